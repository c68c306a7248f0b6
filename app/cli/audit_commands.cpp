// SPDX-License-Identifier: GPL-3.0-or-later
#include <nlohmann/json.hpp>

#include "app/cli/cli_context.h"
#include "app/cli/commands.h"
#include "roundhouse/data_folder.h"

namespace roundhouse::cli {

namespace {

using Json = nlohmann::json;

int verify(bool json) {
  const auto log = open_audit(true);
  if (!log.ok()) return report(log.error(), json);
  const auto checked = (*log)->verify();
  if (!checked.ok()) return report(checked.error(), json);
  if (json) {
    Json findings = Json::array();
    for (const AuditFinding& f : checked->findings) findings.push_back({{"entry", f.entry}, {"what", f.what}});
    print(Json({{"ok", checked->ok}, {"entries", checked->entries_checked}, {"findings", findings}, {"findings_total", checked->findings_total},
                {"unfinished", checked->unfinished}, {"notes", checked->notes}, {"head", audit_hex(checked->head.hash)}})
              .dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
  } else {
    std::string out;
    for (const AuditFinding& f : checked->findings) out += (f.entry > 0 ? "entry " + std::to_string(f.entry) : std::string("log")) + ": " + f.what + "\n";
    for (const std::string& note : checked->notes) out += "note: " + note + "\n";
    if (!checked->unfinished.empty()) out += "note: " + std::to_string(checked->unfinished.size()) + " answers were begun and never ended\n";
    out += checked->ok ? "whole: " + std::to_string(checked->entries_checked) + " entries, head " + audit_hex(checked->head.hash) + "\n"
                       : "TAMPERED: " + std::to_string(checked->findings_total) + " findings in " + std::to_string(checked->entries_checked) + " entries\n";
    print(out);
  }
  return checked->ok ? exit_ok : exit_tampered;
}

int export_log(const std::string& file, const std::string& text, bool json) {
  const auto log = open_audit(false);
  if (!log.ok()) return report(log.error(), json);
  AuditExportOptions filter;
  filter.filter.text = text;
  const auto written = file.ends_with(".csv") ? (*log)->export_csv(file, filter) : (*log)->export_json(file, filter);
  if (!written.ok()) return report(written.error(), json);
  Json files = Json::array();
  std::string out;
  for (const auto& path : written->files) {
    files.push_back(path.string());
    out += path.string() + "\n";
  }
  const Json receipt = {{"files", files}, {"entries", static_cast<std::int64_t>(written->entries)}, {"warning", written->warning}};
  print(json ? receipt.dump(2) + "\n" : out);
  return exit_ok;
}

}  // namespace

void add_audit(CLI::App& app, Run& run) {
  auto* audit = app.add_subcommand("audit", "the log of what was asked, answered and changed");
  audit->require_subcommand(1);
  auto json = std::make_shared<bool>(false);
  auto file = std::make_shared<std::string>(), text = std::make_shared<std::string>();
  auto* check = audit->add_subcommand("verify", "check hashes, chain, texts and head; exit code 3 and the entry's number when tampered");
  check->add_flag("--json", *json);
  check->callback([=, &run] { run = [=] { return verify(*json); }; });
  auto* exporter = audit->add_subcommand("export", "write entries with their proof, as .json or .csv");
  exporter->add_flag("--json", *json);
  exporter->add_option("--search", *text, "only entries with this text");
  exporter->add_option("FILE", *file)->required();
  exporter->callback([=, &run] { run = [=] { return export_log(*file, *text, *json); }; });
  auto* path = audit->add_subcommand("path", "where the log is");
  path->add_flag("--json", *json);
  path->callback([=, &run] {
    run = [=] {
      const std::string database = AuditOptions::in(data_folder()).database.string();
      print(*json ? Json({{"path", database}}).dump() + "\n" : database + "\n");
      return exit_ok;
    };
  });
}

}  // namespace roundhouse::cli
