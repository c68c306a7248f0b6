// SPDX-License-Identifier: Apache-2.0
#include "engine/audit/entry_codec.h"

#include <sqlite3.h>
#include <sys/random.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>

#include "engine/base/printable.h"
#include "engine/base/sha256.h"
#include "engine/base/system_error.h"

namespace roundhouse {

std::string audit_hex(const AuditHash& hash) { return to_hex(hash); }

bool AuditPart::matches(std::string_view text) const {
  if (salt.empty()) return false;
  const auto candidate = audit::text_commitment(salt, part, text);
  return candidate.ok() && *candidate == commitment;
}

namespace audit {
namespace {

constexpr std::size_t max_text_bytes = 500'000'000;  // SQLite holds 1e9 bytes a row

void put_length(Sha256& digest, std::uint64_t value) {
  char bytes[8];
  for (int i = 0; i < 8; ++i) bytes[i] = static_cast<char>(value >> (8 * i));
  digest.update(std::string_view(bytes, 8));
}

void put_bytes(Sha256& digest, char tag, std::string_view bytes) {
  digest.update(std::string_view(&tag, 1));
  put_length(digest, bytes.size());
  digest.update(bytes);
}

void put_number(Sha256& digest, char tag, std::uint64_t value) {
  digest.update(std::string_view(&tag, 1));
  put_length(digest, 8);
  put_length(digest, value);
}

bool name_ok(std::string_view name, bool part) {
  if (name.empty() || name.size() > 64) return false;
  if (!part && !(name.front() >= 'a' && name.front() <= 'z')) return false;
  return std::all_of(name.begin(), name.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || (part && (c == '.' || c == '-'));
  });
}

Error refuse(std::string object, std::string expected, std::string_view received) {
  return Error{ErrorCode::invalid_argument, "append to the audit log", std::move(object), std::move(expected),
               printable(received)};
}

}  // namespace

std::string column_list() {
  std::string out;
  for (const char* name : column_names) out.append(out.empty() ? "" : ", ").append(name);
  return out;
}

std::vector<Value> read_values(const Statement& row) {
  std::vector<Value> values;
  values.reserve(col_hash);
  for (int column = 0; column < col_hash; ++column) {
    switch (row.type(column)) {
      case SQLITE_INTEGER: values.emplace_back(row.integer(column)); break;
      case SQLITE_FLOAT: values.emplace_back(row.real(column)); break;
      case SQLITE_TEXT: values.emplace_back(std::string(row.bytes(column))); break;
      case SQLITE_BLOB: values.emplace_back(Blob{std::string(row.bytes(column))}); break;
      default: values.emplace_back(std::monostate{}); break;
    }
  }
  return values;
}

Result<AuditHash> hash_of(std::span<const Value> values) {
  Sha256 digest;
  digest.update("roundhouse-audit-entry-1\n");
  for (const Value& value : values) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
      put_number(digest, 'i', static_cast<std::uint64_t>(*number));
    } else if (const auto* real = std::get_if<double>(&value)) {
      put_number(digest, 'f', std::bit_cast<std::uint64_t>(*real));
    } else if (const auto* text = std::get_if<std::string>(&value)) {
      put_bytes(digest, 't', *text);
    } else if (const auto* blob = std::get_if<Blob>(&value)) {
      put_bytes(digest, 'b', blob->bytes);
    } else {
      put_bytes(digest, 'n', {});
    }
  }
  return digest.finish();
}

std::string encode_commitments(std::span<const TextCommitment> commitments) {
  std::string out;
  for (const auto& c : commitments) {
    out += out.empty() ? "[" : ",";
    out += "{\"part\":\"" + c.part + "\",\"commitment\":\"" + to_hex(c.commitment) + "\",\"salt_sha256\":\"" +
           to_hex(c.salt_hash) + "\",\"stored\":" + (c.stored ? "true" : "false") + "}";
  }
  return out.empty() ? out : out + "]";
}

Result<std::vector<TextCommitment>> decode_commitments(std::string_view json) {
  std::vector<TextCommitment> out;
  if (json.empty()) return out;
  const auto bad = [&] {
    return Error{ErrorCode::malformed, "read audit entry", "column texts", "the list of its texts' salted hashes",
                 printable(json)};
  };
  const auto list = nlohmann::json::parse(json, nullptr, false);
  if (!list.is_array()) return bad();
  for (const auto& item : list) {
    if (!item.is_object()) return bad();
    const auto text = [&](const char* key) {
      const auto found = item.find(key);
      return found != item.end() && found->is_string() ? found->get<std::string>() : std::string();
    };
    const auto commitment = sha256_from_hex(text("commitment"));
    const auto salt_hash = sha256_from_hex(text("salt_sha256"));
    const auto stored = item.find("stored");
    if (!commitment || !salt_hash || text("part").empty() || stored == item.end() || !stored->is_boolean())
      return bad();
    out.push_back({text("part"), *commitment, *salt_hash, stored->get<bool>()});
  }
  return out;
}

Result<AuditHash> text_commitment(std::string_view salt, std::string_view part, std::string_view text) {
  Sha256 digest;
  digest.update("roundhouse-audit-text-1\n");
  put_bytes(digest, 'b', salt);
  put_bytes(digest, 't', part);
  put_bytes(digest, 't', text);
  return digest.finish();
}

Result<AuditHash> salt_commitment(std::string_view salt) {
  Sha256 digest;
  digest.update("roundhouse-audit-salt-1\n");
  put_bytes(digest, 'b', salt);
  return digest.finish();
}

Result<std::string> fresh_salt() {
  std::string salt(32, '\0');
  for (std::size_t have = 0; have < salt.size();) {
    const ssize_t got = ::getrandom(salt.data() + have, salt.size() - have, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error("draw a salt", "the system's random numbers", errno);
    have += static_cast<std::size_t>(got);
  }
  return salt;
}

Status check_entry(const AuditEntry& entry) {
  if (!name_ok(entry.kind, false)) return refuse("kind", "a name of a-z, 0-9, _ (1 to 64)", entry.kind);
  for (const auto reserved : {audit_kind::redaction, audit_kind::head_mismatch, audit_kind::log_replaced})
    if (entry.kind == reserved) return refuse("kind", "a kind that callers may write", entry.kind);
  const std::pair<const char*, const std::string&> json[] = {
      {"settings_json", entry.settings_json}, {"edits_json", entry.edits_json}, {"extra_json", entry.extra_json}};
  for (const auto& [name, text] : json)
    if (!text.empty() && !nlohmann::json::accept(text)) return refuse(name, "a JSON value or nothing", text);
  if (entry.refers_to < 0) return refuse("refers_to", "0 or an entry's sequence", std::to_string(entry.refers_to));
  if (entry.prompt_tokens < 0 || entry.answer_tokens < 0)
    return refuse("token counts", "0 or more",
                  std::to_string(entry.prompt_tokens) + " and " + std::to_string(entry.answer_tokens));
  std::set<std::string_view> parts;
  for (const auto& text : entry.texts) {
    if (!name_ok(text.part, true)) return refuse("part of a text", "a name of a-z, 0-9, _ . - (1 to 64)", text.part);
    if (!parts.insert(text.part).second) return refuse("parts of its texts", "each once", text.part);
    if (text.text.size() > max_text_bytes)
      return Error{ErrorCode::limit, "append to the audit log", "text " + text.part,
                   "at most " + std::to_string(max_text_bytes) + " bytes", std::to_string(text.text.size())};
  }
  return Ok{};
}

Result<PreparedEntry> prepare_entry(AuditEntry entry, std::int64_t sequence, std::int64_t time_ns,
                                    const AuditHash& previous, bool hashes_only) {
  PreparedEntry out;
  std::vector<TextCommitment> commitments;
  for (auto& text : entry.texts) {
    RH_ASSIGN(std::string salt, fresh_salt());
    TextCommitment c;
    c.part = text.part;
    c.stored = !hashes_only;
    RH_ASSIGN(c.commitment, text_commitment(salt, text.part, text.text));
    RH_ASSIGN(c.salt_hash, salt_commitment(salt));
    commitments.push_back(c);
    out.contents.push_back({text.part, std::move(salt), hashes_only ? "" : std::move(text.text), !hashes_only});
  }
  auto& v = out.values;
  v.resize(col_hash);
  v[col_format] = entry_format;
  v[col_sequence] = sequence;
  v[col_kind] = std::move(entry.kind);
  v[col_time_ns] = time_ns;
  v[col_user] = std::move(entry.user);
  v[col_program] = std::move(entry.program);
  v[col_session] = std::move(entry.session);
  v[col_refers_to] = entry.refers_to;
  v[col_model_name] = std::move(entry.model_name);
  v[col_model_digest] = std::move(entry.model_digest);
  v[col_settings] = std::move(entry.settings_json);
  v[col_edits] = std::move(entry.edits_json);
  v[col_prompt_tokens] = entry.prompt_tokens;
  v[col_answer_tokens] = entry.answer_tokens;
  v[col_plugin] = std::move(entry.plugin);
  v[col_action] = std::move(entry.action);
  v[col_extra] = std::move(entry.extra_json);
  v[col_texts] = encode_commitments(commitments);
  v[col_previous] = Blob{std::string(as_bytes(previous))};
  RH_ASSIGN(out.hash, hash_of(v));
  return out;
}

Result<bool> row_is_intact(const Statement& row) {
  RH_ASSIGN(const AuditHash hash, hash_of(read_values(row)));
  return hash == as_hash(row.bytes(col_hash)) && row.type(col_hash) == SQLITE_BLOB &&
         decode_commitments(row.bytes(col_texts)).ok();
}

Result<AuditRecord> read_record(const Statement& row) {
  AuditRecord record;
  const auto text = [&](int column) { return std::string(row.bytes(column)); };
  record.sequence = row.integer(col_sequence);
  record.time_ns = row.integer(col_time_ns);
  record.previous = as_hash(row.bytes(col_previous));
  record.hash = as_hash(row.bytes(col_hash));
  AuditEntry& e = record.entry;
  e.kind = text(col_kind);
  e.user = text(col_user);
  e.program = text(col_program);
  e.session = text(col_session);
  e.refers_to = row.integer(col_refers_to);
  e.model_name = text(col_model_name);
  e.model_digest = text(col_model_digest);
  e.settings_json = text(col_settings);
  e.edits_json = text(col_edits);
  e.prompt_tokens = row.integer(col_prompt_tokens);
  e.answer_tokens = row.integer(col_answer_tokens);
  e.plugin = text(col_plugin);
  e.action = text(col_action);
  e.extra_json = text(col_extra);
  RH_ASSIGN(record.intact, row_is_intact(row));
  if (const auto commitments = decode_commitments(row.bytes(col_texts)); commitments.ok()) {
    for (const auto& c : *commitments) {
      AuditPart part;
      part.part = c.part;
      part.commitment = c.commitment;
      record.parts.push_back(std::move(part));
    }
  }
  return record;
}

std::string_view as_bytes(const AuditHash& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

AuditHash as_hash(std::string_view bytes) {
  AuditHash hash{};
  if (bytes.size() == hash.size()) std::memcpy(hash.data(), bytes.data(), hash.size());
  return hash;
}

}  // namespace audit
}  // namespace roundhouse
