// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include "app/cli/json_text.h"
#include "app/cli/options.h"
#include "roundhouse/data_folder.h"

namespace roundhouse::cli {
namespace {

struct AuditOptionsOfCommand : CommandOptions {
  std::string database, head;              // of another log
  std::string output, format, sign;        // export
  std::string from, until, session, plugin, text;
  std::vector<std::string> kinds;
};

AuditOptions log_options(Cli& cli, const AuditOptionsOfCommand& options) {
  AuditOptions log = AuditOptions::in(cli.data());
  if (!options.database.empty()) {
    log.database = options.database;
    log.head = options.head;  // empty: beside it
  }
  log.program = "roundhouse-cli";
  return log;
}

Result<int> run_path(Cli& cli, const AuditOptionsOfCommand& options) {
  const AuditOptions log = log_options(cli, options);
  if (options.json) {
    RH_TRY(cli.out.write(to_text({{"database", log.database.string()}, {"head", log.head.string()}}) + "\n"));
  } else {
    RH_TRY(cli.out.write(log.database.string() + "\n"));
  }
  return exit_ok;
}

Result<int> run_verify(Cli& cli, const AuditOptionsOfCommand& options) {
  AuditOptions log_option = log_options(cli, options);
  log_option.read_only = true;
  auto opened = AuditLog::open(std::move(log_option));
  if (!opened.ok()) {
    // The database is gone and its recorded head is not: that is a finding too.
    if (opened.error().code != ErrorCode::tampered) return std::move(opened).error();
    cli.note(opened.error().message());
    if (options.json) RH_TRY(cli.out.write(to_text({{"ok", false}, {"error", error_json(opened.error())}}) + "\n"));
    return exit_tampered;
  }
  const CancelToken cancel;
  const Interrupt::Scope scope(cli.interrupt, [cancel] { cancel.cancel(); });
  RH_ASSIGN(const AuditVerifyReport report, (*opened)->verify({}, cancel));
  if (options.json) {
    RH_TRY(cli.out.write(to_text(verify_json(report)) + "\n"));
    return report.ok ? exit_ok : exit_tampered;
  }
  std::string text;
  for (const AuditFinding& finding : report.findings) {
    text += (finding.entry > 0 ? fmt::format("entry {}: ", finding.entry) : std::string("log: ")) + terminal_safe(finding.what) + "\n";
  }
  if (report.findings_total > static_cast<std::int64_t>(report.findings.size())) {
    text += fmt::format("and {} more\n", report.findings_total - static_cast<std::int64_t>(report.findings.size()));
  }
  for (const AuditFinding& note : report.notes) text += "note: " + terminal_safe(note.what) + "\n";
  if (!report.unfinished.empty()) {
    text += "note: answers that began and never ended (killed, or still running): entries";
    for (const std::int64_t entry : report.unfinished) text += fmt::format(" {}", entry);
    text += "\n";
  }
  text += report.ok ? fmt::format("intact: {} entries, head {}\n", report.entries_checked, audit_hex(report.head.hash))
                    : fmt::format("TAMPERED: {} findings in {} entries\n", report.findings_total, report.entries_checked);
  RH_TRY(cli.out.write(text));
  return report.ok ? exit_ok : exit_tampered;
}

Result<int> run_export(Cli& cli, const AuditOptionsOfCommand& options) {
  std::string format = options.format;
  if (format.empty()) {
    const std::string extension = std::filesystem::path(options.output).extension().string();
    if (extension == ".csv" || extension == ".json") format = extension.substr(1);
  }
  if (format.empty()) {
    return Error{ErrorCode::invalid_argument, read_argument, options.output, "a name that ends in .json or .csv, or --format", "another"};
  }
  AuditExportOptions export_options;
  export_options.signing_key = options.sign;
  AuditFilter& filter = export_options.filter;
  const auto time = [](const char* option, const std::string& text, std::optional<std::int64_t>& into) -> Status {
    if (text.empty()) return Ok{};
    into = parse_utc(text);
    if (into) return Ok{};
    return Error{ErrorCode::invalid_argument, read_argument, option, "a time such as 2026-11-24 or 2026-11-24T10:11:12 (UTC)", "'" + text + "'"};
  };
  RH_TRY(time("--from", options.from, filter.from_ns));
  RH_TRY(time("--until", options.until, filter.until_ns));
  RH_TRY(require_utf8("--text", options.text));
  filter.kinds = options.kinds;
  filter.session = options.session;
  filter.plugin = options.plugin;
  filter.text = options.text;
  // Not the command line's own text mode: what is exported stands in the log already. The export itself is logged.
  AuditOptions log_option = log_options(cli, options);
  std::error_code error;
  if (!std::filesystem::exists(log_option.database, error)) {
    if (error) return Error{ErrorCode::io, "export audit log", log_option.database.string(), "an audit log", error.message()};
    return Error{ErrorCode::not_found, "export audit log", log_option.database.string(), "an audit log", "no file"};
  }
  auto log = AuditLog::open(log_option);
  if (!log.ok() && log.error().code == ErrorCode::io) {
    // Full, or of somebody else: it can be read all the same.
    log_option.read_only = true;
    if (auto readable = AuditLog::open(std::move(log_option)); readable.ok()) {
      cli.note("the export will not stand in the log: " + log.error().message());
      log = std::move(readable);
    }
  }
  if (!log.ok()) return std::move(log).error();
  const CancelToken cancel;
  const Interrupt::Scope scope(cli.interrupt, [cancel] { cancel.cancel(); });
  auto receipt = format == "csv" ? (*log)->export_csv(options.output, export_options, {}, cancel)
                                 : (*log)->export_json(options.output, export_options, {}, cancel);
  if (!receipt.ok()) return std::move(receipt).error();
  if (!receipt->warning.empty()) cli.note(receipt->warning);
  const int code = receipt->findings > 0 ? exit_tampered : exit_ok;
  if (options.json) {
    Json json = {{"entries", receipt->entries}, {"findings", receipt->findings}, {"files", Json::array()}};
    for (const auto& file : receipt->files) json["files"].push_back(file.string());
    if (!receipt->warning.empty()) json["warning"] = receipt->warning;
    RH_TRY(cli.out.write(to_text(json) + "\n"));
    return code;
  }
  std::string text = fmt::format("{} entries in full, all others by their hash:", receipt->entries);
  for (const auto& file : receipt->files) text += " " + file.string();
  RH_TRY(cli.out.write(text + "\n"));
  return code;
}

}  // namespace

void add_audit(CLI::App& root, Commands& commands) {
  CLI::App* audit = root.add_subcommand("audit", "Check or export the log of what was done with models");
  audit->require_subcommand(1);
  const auto log_of = [](AuditOptionsOfCommand& options) {
    options.app->add_option("--database", options.database, "Another log's database [audit.db of the data folder]");
  };
  auto& verify = add_command<AuditOptionsOfCommand>(*audit, commands, "verify", "Check every entry; ends with 3 and names the entry if the log was tampered with", &run_verify);
  log_of(verify);
  verify.app->add_option("--head", verify.head, "Its recorded head, with --database [beside it]");
  auto& exported = add_command<AuditOptionsOfCommand>(*audit, commands, "export", "Write entries with the proof that they belong to the log; ends with 3 if it was tampered with", &run_export);
  log_of(exported);
  exported.app->add_option("-o,--output", exported.output, "File: NAME.json or NAME.csv (with NAME.csv.proof.json)")->required();
  exported.app->add_option("--format", exported.format, "json or csv, whatever the file's name says")->check(CLI::IsMember({"json", "csv"}));
  exported.app->add_option("--sign", exported.sign, "PEM file of an Ed25519 private key that signs the log's head");
  exported.app->add_option("--from", exported.from, "Only entries from this UTC time on: 2026-11-24 or 2026-11-24T10:11:12");
  exported.app->add_option("--until", exported.until, "Only entries before this UTC time");
  exported.app->add_option("--kind", exported.kinds, "Only entries of this kind (may be given several times)")->take_all()->allow_extra_args(false);
  exported.app->add_option("--conversation", exported.session, "Only entries of this conversation or job");
  exported.app->add_option("--plugin", exported.plugin, "Only entries of this plugin");
  exported.app->add_option("--text", exported.text, "Only entries with these words");
  auto& path = add_command<AuditOptionsOfCommand>(*audit, commands, "path", "Print where the log is", &run_path);
  log_of(path);
}

}  // namespace roundhouse::cli
