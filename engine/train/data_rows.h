// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "engine/io/json.h"
#include "engine/train/data_set.h"
#include "roundhouse/result.h"

namespace roundhouse {

// Turns objects into rows: which field plays which role is said by a mapping, or known by its usual name. Immutable; any thread.
class RowReader {
 public:
  // A mapping that check_data_mapping() accepts.
  explicit RowReader(DataMapping mapping);

  // What the mapping's roles say; otherwise the format of which the row has the necessary fields, or none.
  std::optional<DataFormat> format_of(const JsonView& row) const;
  bool has(DataFormat format, const JsonView& row) const;  // the necessary fields
  // Line 0. Errors say what was expected and found, in words for a person; code unsupported for a row with images.
  Result<DataRow> read(DataFormat format, const JsonView& row) const;
  std::map<std::string, std::string> roles(DataFormat format, const JsonView& row) const;  // those that the row has a field for

 private:
  // The field of a role, as the row has it; empty: none.
  std::string field(std::string_view role, const JsonView& row) const;
  std::string named(std::string_view role) const;  // as errors call it: the mapped or the most usual name
  Result<std::string> text(std::string_view role, const JsonView& row) const;
  Result<std::string> text_or_empty(std::string_view role, const JsonView& row) const;
  Result<std::vector<Message>> turns(const std::string& field, const Json* value) const;
  Result<DataRow> conversation(const JsonView& row) const;
  Result<DataRow> alpaca(const JsonView& row) const;
  Result<DataRow> preference(const JsonView& row) const;

  DataMapping mapping_;
  std::optional<DataFormat> mapped_format_;
};

}  // namespace roundhouse
