// SPDX-License-Identifier: Apache-2.0
#include <sqlite3.h>

#include <algorithm>
#include <bit>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>
#include <set>

#include "engine/audit/absolute_path.h"
#include "engine/audit/log_impl.h"
#include "engine/audit/signing.h"
#include "engine/base/sha256.h"
#include "roundhouse/atomic_file.h"

namespace roundhouse {
namespace audit {
namespace {

using Json = nlohmann::ordered_json;
constexpr const char* operation = "export the audit log";

// A file with the digest of what was written to it.
class DigestedFile {
 public:
  static Result<DigestedFile> create(const std::filesystem::path& path) {
    RH_ASSIGN(AtomicFile file, AtomicFile::create(path.string(), FileAccess::owner_only));
    return DigestedFile(std::move(file));
  }
  Status write(std::string_view text) {
    digest_.update(text);
    return file_.write(text);
  }
  Status sync() { return file_.sync(); }
  Status commit() { return file_.commit(); }
  Result<AuditHash> digest() { return digest_.finish(); }

 private:
  explicit DigestedFile(AtomicFile file) : file_(std::move(file)) {}
  AtomicFile file_;
  Sha256 digest_;
};

std::string hex(std::string_view bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    out += digits[(static_cast<unsigned char>(c) >> 4) & 15];
    out += digits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

// JSON holds only UTF-8: other bytes go as base64, so that the proof stays exact.
Json text_json(std::string_view text) {
  Json json = std::string(text);
  try {
    (void)json.dump();
    return json;
  } catch (const Json::exception&) {
    return Json{{"text_base64", base64(text)}};
  }
}

Json value_json(const Value& value, bool hash_column) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return *number;
  if (const auto* text = std::get_if<std::string>(&value)) return text_json(*text);
  if (const auto* blob = std::get_if<Blob>(&value))
    return hash_column ? Json(hex(blob->bytes)) : Json{{"blob", hex(blob->bytes)}};
  if (const auto* real = std::get_if<double>(&value))
    return Json{{"real_bits", std::to_string(std::bit_cast<std::uint64_t>(*real))}};
  return nullptr;
}

Json head_json(const AuditHead& head) { return {{"sequence", head.sequence}, {"hash", to_hex(head.hash)}}; }

Json filter_json(const AuditFilter& filter) {
  Json json = Json::object();
  if (filter.from_ns) json["from_ns"] = *filter.from_ns;
  if (filter.until_ns) json["until_ns"] = *filter.until_ns;
  if (!filter.kinds.empty()) {
    json["kinds"] = Json::array();
    for (const auto& kind : filter.kinds) json["kinds"].push_back(text_json(kind));
  }
  const std::pair<const char*, const std::string&> texts[] = {{"session", filter.session},
                                                              {"user", filter.user},
                                                              {"model_digest", filter.model_digest},
                                                              {"plugin", filter.plugin},
                                                              {"text", filter.text}};
  for (const auto& [name, text] : texts)
    if (!text.empty()) json[name] = text_json(text);
  if (filter.refers_to != 0) json["refers_to"] = filter.refers_to;
  return json;
}

const char* const checking[] = {
    "All hashes are SHA-256. u64(n) is n in 8 bytes, least significant first; item(t, bytes) is the letter t, "
    "u64(length of bytes), the bytes; number(n) is the letter i, u64(8), u64(n) in two's complement.",
    "hash of an entry = SHA-256 of the line 'roundhouse-audit-entry-1' with its line feed, followed by its columns in "
    "the order of `columns`, all but hash: integers as number(n), texts as item('t', UTF-8), previous as "
    "item('b', its 32 bytes).",
    "previous of an entry = hash of the entry before; 32 zero bytes for entry 1. Sequences count 1, 2, 3 without gaps.",
    "The hash of the last entry is `head`; `recorded_head` is what the file beside the database said. Entries that "
    "were not asked for are listed by sequence and hash only.",
    "The column texts lists what texts the entry had. commitment = SHA-256 of the line 'roundhouse-audit-text-1', "
    "item('b', salt), item('t', part), item('t', text); salt_sha256 = SHA-256 of the line 'roundhouse-audit-salt-1', "
    "item('b', salt). A text and salt that are not there were taken out; an entry of kind redaction whose refers_to "
    "is the entry and whose action is the part must say so.",
    "In JSON a text that is not UTF-8 stands as {\"text_base64\": ...}, salts and hashes in hexadecimal. In CSV a cell "
    "that begins with = + - @ ' tab or carriage return has a ' before it, to be removed before hashing.",
    "`findings`, when there, is what the program that exported found when it checked the log; an entry with "
    "\"intact\": false is one of which it found something.",
    "`signature`, when there, is Ed25519 (RFC 8032) over the text `signed`.",
};

struct Snapshot {
  Connection connection;
  AuditHead head;
  std::optional<AuditHead> recorded;
  std::vector<std::int64_t> wanted;  // sequences to export in full, ascending
  AuditVerifyReport report;
  std::set<std::int64_t> named;      // entries that its findings are about
};

Json envelope(const Snapshot& snapshot, const AuditExportOptions& options, const std::string& program,
              std::int64_t now_ns, const std::string& signed_text, const std::optional<Signature>& signature) {
  Json json;
  json["format"] = "roundhouse-audit-export-1";
  json["program"] = text_json(program);
  json["exported_ns"] = now_ns;
  json["filter"] = filter_json(options.filter);
  json["head"] = head_json(snapshot.head);
  json["recorded_head"] = snapshot.recorded ? head_json(*snapshot.recorded) : Json(nullptr);
  if (signature) {
    json["signed"] = signed_text;
    json["signature"] = base64(signature->bytes);
    json["public_key"] = signature->public_key_pem;
  }
  if (!snapshot.report.ok) {
    json["findings"] = Json::array();
    for (const AuditFinding& finding : snapshot.report.findings) json["findings"].push_back(text_json(finding.what));
    json["findings_total"] = snapshot.report.findings_total;
  }
  json["how_to_check"] = checking;
  json["columns"] = column_names;
  return json;
}

// The envelope with `"entries": [` left open.
std::string opened(const Json& envelope) {
  std::string text = envelope.dump(1);
  text.resize(text.size() - 2);  // "\n}"
  return text + ",\n \"entries\": [";
}

std::string time_text(std::int64_t time_ns) {
  const std::int64_t second = 1'000'000'000;
  const std::int64_t part = ((time_ns % second) + second) % second;
  const std::time_t seconds = (time_ns - part) / second;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char date[40], out[64];
  std::strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &utc);
  std::snprintf(out, sizeof out, "%s.%09lldZ", date, static_cast<long long>(part));
  return out;
}

std::string csv_text(std::string_view text) {
  std::string out = "\"";
  if (!text.empty() && std::string_view("=+-@'\t\r").find(text.front()) != std::string_view::npos) out += '\'';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

std::string csv_value(const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  if (const auto* text = std::get_if<std::string>(&value)) return csv_text(*text);
  if (const auto* blob = std::get_if<Blob>(&value)) return hex(blob->bytes);
  if (const auto* real = std::get_if<double>(&value)) return std::to_string(*real);
  return {};
}

// Walks all entries, oldest first; `take(row, wanted)` for each.
Status walk(Snapshot& snapshot, const AuditProgress& progress, const CancelToken& cancel,
            const std::function<Status(const Statement&, bool)>& take) {
  RH_ASSIGN(auto rows, snapshot.connection.prepare("SELECT " + column_list() + " FROM entries ORDER BY sequence"));
  std::int64_t done = 0;
  for (;;) {
    if (cancel.cancelled())
      return Error{ErrorCode::cancelled, operation, snapshot.connection.name(), "", "stopped on request"};
    RH_ASSIGN(const bool row, rows.step());
    if (!row) break;
    const bool wanted = std::binary_search(snapshot.wanted.begin(), snapshot.wanted.end(), rows.integer(col_sequence));
    RH_TRY(take(rows, wanted));
    if (progress && ++done % 256 == 0) progress(done, snapshot.head.sequence);
  }
  if (progress) progress(done, done);
  return Ok{};
}

std::vector<Value> all_values(const Statement& row) {
  std::vector<Value> values = read_values(row);
  values.emplace_back(Blob{std::string(row.bytes(col_hash))});
  return values;
}

Json hash_only(const Statement& row) {
  return {{"sequence", row.integer(col_sequence)}, {"hash", hex(row.bytes(col_hash))}};
}

Status write_json_entries(DigestedFile& out, Snapshot& snapshot, bool full, const AuditProgress& progress,
                          const CancelToken& cancel) {
  RH_ASSIGN(auto contents, snapshot.connection.prepare("SELECT part, salt, text FROM contents WHERE sequence = ? "
                                                       "ORDER BY part"));
  bool first = true;
  const Status walked = walk(snapshot, progress, cancel, [&](const Statement& row, bool wanted) -> Status {
    Json json;
    if (full && wanted) {
      const auto values = all_values(row);
      for (int i = 0; i < column_count; ++i)
        json[column_names[i]] = value_json(values[i], i == col_previous || i == col_hash);
      json["contents"] = Json::array();
      contents.reset();
      contents.bind(1, row.integer(col_sequence));
      for (;;) {
        RH_ASSIGN(const bool there, contents.step());
        if (!there) break;
        Json content{{"part", text_json(contents.bytes(0))}, {"salt", hex(contents.bytes(1))}};
        content["text"] = contents.type(2) == SQLITE_NULL ? Json(nullptr) : text_json(contents.bytes(2));
        json["contents"].push_back(std::move(content));
      }
    } else {
      json = hash_only(row);
    }
    // (The report names the first of very many findings only.)
    RH_ASSIGN(const bool own_hash, row_is_intact(row));
    if (!own_hash || snapshot.named.count(row.integer(col_sequence)) != 0) json["intact"] = false;
    RH_TRY(out.write(first ? "\n" : ",\n"));
    first = false;
    return out.write(json.dump());
  });
  RH_TRY(walked);
  return out.write("\n ]\n}\n");
}

Status write_csv_rows(DigestedFile& out, Snapshot& snapshot, const AuditProgress& progress, const CancelToken& cancel) {
  std::vector<std::string> parts;
  {
    RH_ASSIGN(auto rows, snapshot.connection.prepare("SELECT DISTINCT part FROM contents ORDER BY part"));
    for (;;) {
      RH_ASSIGN(const bool row, rows.step());
      if (!row) break;
      parts.emplace_back(rows.bytes(0));
    }
  }
  std::string header;
  for (const char* name : column_names) header += std::string(name) + ",";
  header += "time";
  for (const auto& part : parts) header += "," + csv_text("text:" + part) + "," + csv_text("salt:" + part);
  RH_TRY(out.write(header + "\r\n"));
  RH_ASSIGN(auto content, snapshot.connection.prepare("SELECT salt, text FROM contents WHERE sequence = ? AND part = ?"));
  return walk(snapshot, progress, cancel, [&](const Statement& row, bool wanted) -> Status {
    if (!wanted) return Ok{};
    std::string line;
    for (const Value& value : all_values(row)) line += csv_value(value) + ",";
    line += time_text(row.integer(col_time_ns));
    for (const auto& part : parts) {
      content.reset();
      content.bind(1, row.integer(col_sequence));
      content.bind_text(2, part);
      RH_ASSIGN(const bool there, content.step());
      line += ",";
      if (there && content.type(1) != SQLITE_NULL) line += csv_text(content.bytes(1));
      line += ",";
      if (there) line += hex(content.bytes(0));
    }
    return out.write(line + "\r\n");
  });
}

}  // namespace
}  // namespace audit

Result<AuditExportReceipt> AuditLog::Impl::write_export(bool csv, const std::filesystem::path& file,
                                                        const AuditExportOptions& export_options,
                                                        const AuditProgress& progress, const CancelToken& cancel) {
  using namespace audit;
  Snapshot snapshot;
  const auto condition = condition_for(export_options.filter);
  if (!condition.matches_none) {
    const Status listed = with_reader(condition, [&](Connection& connection) -> Status {
      snapshot.wanted.clear();
      RH_ASSIGN(auto rows, connection.prepare("SELECT sequence FROM entries WHERE " + condition.sql +
                                              " ORDER BY sequence"));
      bind_values(rows, condition.values);
      for (;;) {
        RH_ASSIGN(const bool row, rows.step());
        if (!row) return Ok{};
        snapshot.wanted.push_back(rows.integer(0));
      }
    });
    if (!listed.ok()) return listed.error();
  }
  RH_ASSIGN(snapshot.connection, open_reader());
  snapshot.connection.set_interrupt([&] { return cancel.cancelled(); });
  RH_ASSIGN(auto lock, LogLock::acquire_existing(files.lock, options.busy_timeout_ms));
  const auto recorded = files.head.recorded();
  const auto pending = files.head.pending();
  if (recorded.ok()) snapshot.recorded = *recorded;
  RH_ASSIGN(auto transaction, Transaction::begin(snapshot.connection, false));
  RH_ASSIGN(snapshot.head, last_entry(snapshot.connection));
  lock.release();
  RH_ASSIGN(snapshot.report, check_chain(snapshot.connection, files, recorded, pending, {}, cancel));
  for (const AuditFinding& finding : snapshot.report.findings) snapshot.named.insert(finding.entry);

  const std::int64_t now_ns = options.clock();
  const std::string signed_text = "roundhouse audit log, entry " + std::to_string(snapshot.head.sequence) + ", hash " +
                                  to_hex(snapshot.head.hash) + ", exported " + time_text(now_ns);
  std::optional<Signature> signature;
  if (!export_options.signing_key.empty()) {
    RH_ASSIGN(signature, sign_ed25519(export_options.signing_key, signed_text));
  }
  Json json = envelope(snapshot, export_options, options.program, now_ns, signed_text, signature);

  AuditExportReceipt receipt;
  receipt.files.push_back(file);
  receipt.entries = static_cast<std::int64_t>(snapshot.wanted.size());
  receipt.findings = snapshot.report.findings_total;
  RH_ASSIGN(DigestedFile main, DigestedFile::create(file));
  std::optional<DigestedFile> proof;
  if (csv) {
    auto proof_path = file;
    proof_path += ".proof.json";
    RH_TRY(write_csv_rows(main, snapshot, progress, cancel));
    RH_ASSIGN(const AuditHash digest, main.digest());
    json["csv"] = text_json(file.filename().string());
    json["csv_sha256"] = to_hex(digest);
    receipt.files.push_back(proof_path);
    RH_ASSIGN(proof, DigestedFile::create(proof_path));
    RH_TRY(proof->write(opened(json)));
    RH_TRY(write_json_entries(*proof, snapshot, false, {}, cancel));
    RH_TRY(proof->sync());
  } else {
    RH_TRY(main.write(opened(json)));
    RH_TRY(write_json_entries(main, snapshot, true, progress, cancel));
  }
  // Everything but the names is on the disk before the log says that it was exported.
  RH_TRY(main.sync());
  RH_TRY(transaction.commit());

  if (!options.read_only) {
    AuditEntry entry;
    entry.kind = audit_kind::exported;
    entry.action = csv ? "csv" : "json";
    entry.extra_json = Json{{"file", text_json(absolute_path(file).string())},
                            {"filter", filter_json(export_options.filter)},
                            {"entries", receipt.entries},
                            {"head", head_json(snapshot.head)}}.dump();
    RH_ASSIGN(const auto logged, write(operation, [&](Connection&) -> Result<std::vector<AuditEntry>> {
      return std::vector<AuditEntry>{entry};
    }));
    receipt.warning = logged.warning;
  }
  if (proof) RH_TRY(proof->commit());
  RH_TRY(main.commit());
  if (receipt.findings > 0) {
    const std::string appended = receipt.warning.empty() ? "" : "; " + receipt.warning;
    receipt.warning = "the log was tampered with (" + std::to_string(receipt.findings) +
                      " findings), and the export says so: " + snapshot.report.findings.front().what + appended;
  }
  return receipt;
}

Result<AuditExportReceipt> AuditLog::export_json(const std::filesystem::path& file, const AuditExportOptions& options,
                                                 const AuditProgress& progress, const CancelToken& cancel) {
  auto receipt = impl_->write_export(false, file, options, progress, cancel);
  if (!receipt.ok()) return audit::in_operation(receipt.error(), audit::operation);
  return receipt;
}

Result<AuditExportReceipt> AuditLog::export_csv(const std::filesystem::path& file, const AuditExportOptions& options,
                                                const AuditProgress& progress, const CancelToken& cancel) {
  auto receipt = impl_->write_export(true, file, options, progress, cancel);
  if (!receipt.ok()) return audit::in_operation(receipt.error(), audit::operation);
  return receipt;
}

}  // namespace roundhouse
