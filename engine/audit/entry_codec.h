// SPDX-License-Identifier: Apache-2.0
#pragma once

// How an entry becomes columns, and columns become its hash. The formats here are fixed for ever (README.md, "Formats"):
// a change is a new value of the column `format`.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/audit/sqlite.h"
#include "roundhouse/audit.h"
#include "roundhouse/result.h"

namespace roundhouse::audit {

inline constexpr std::int64_t entry_format = 1;

// The columns of table `entries`, in their order in the table and in the hash.
enum Column : int {
  col_format, col_sequence, col_kind, col_time_ns, col_user, col_program, col_session, col_refers_to,
  col_model_name, col_model_digest, col_settings, col_edits, col_prompt_tokens, col_answer_tokens,
  col_plugin, col_action, col_extra, col_texts, col_previous, col_hash,
  column_count
};
inline constexpr const char* column_names[column_count] = {
    "format", "sequence", "kind", "time_ns", "user", "program", "session", "refers_to",
    "model_name", "model_digest", "settings", "edits", "prompt_tokens", "answer_tokens",
    "plugin", "action", "extra", "texts", "previous", "hash"};
std::string column_list();  // "format, sequence, ..."

struct Blob { std::string bytes; };
using Value = std::variant<std::monostate, std::int64_t, double, std::string, Blob>;

// All columns but `hash` of a row as read from the database, whatever types it holds; and their hash.
std::vector<Value> read_values(const Statement& row);
Result<AuditHash> hash_of(std::span<const Value> values);  // [column_count - 1]

// One element of the column `texts`.
struct TextCommitment {
  std::string part;
  AuditHash commitment{};
  AuditHash salt_hash{};
  bool stored = false;  // the text was kept, not only its hash
};
std::string encode_commitments(std::span<const TextCommitment> commitments);
Result<std::vector<TextCommitment>> decode_commitments(std::string_view json);

Result<AuditHash> text_commitment(std::string_view salt, std::string_view part, std::string_view text);
Result<AuditHash> salt_commitment(std::string_view salt);
Result<std::string> fresh_salt();  // 32 random bytes

// Checks names and JSON. `limit` for texts over what SQLite can hold.
Status check_entry(const AuditEntry& entry);

// An entry ready to be written: columns without `hash`, and the content rows that stand beside it.
struct PreparedEntry {
  std::vector<Value> values;  // [column_count - 1]
  AuditHash hash{};
  struct Content {
    std::string part;
    std::string salt;
    std::string text;
    bool stored = false;
  };
  std::vector<Content> contents;
};
Result<PreparedEntry> prepare_entry(AuditEntry entry, std::int64_t sequence, std::int64_t time_ns,
                                    const AuditHash& previous, bool hashes_only);

// Whether the columns of a row of `entries` give its hash; whether the chain holds, verify() says.
Result<bool> row_is_intact(const Statement& row);

// A record from a row of `entries`; texts and parts' states are filled in by the reader of `contents`.
Result<AuditRecord> read_record(const Statement& row);

std::string_view as_bytes(const AuditHash& hash);
// A zero hash for anything that is not 32 bytes long.
AuditHash as_hash(std::string_view bytes);

}  // namespace roundhouse::audit
