// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "roundhouse/result.h"

namespace roundhouse {

// Records of comma-separated values as RFC 4180 has them: fields in quotes may hold separators, line ends and doubled quotes;
// lines end with \r\n, \n or \r; empty lines are none. A quote within a field that does not begin with one is a character.
class CsvReader {
 public:
  // `text` must outlive this.
  CsvReader(std::string_view text, char separator) : text_(text), separator_(separator) {}

  // Fields of the next record, or why it is none: text after a closing quote (the rest of its line is left out), a quote that
  // is never closed (the rest of the file is), more than most_fields. nullopt: the end.
  std::optional<Result<std::vector<std::string>>> next();
  std::int64_t line() const { return begin_line_; }  // from 1: where the record of the last next() begins

  static constexpr std::size_t most_fields = 4096;

 private:
  Error fail(std::string expected, std::string received);
  void skip_line();
  bool at_line_end() const { return at_ >= text_.size() || text_[at_] == '\n' || text_[at_] == '\r'; }
  void pass_line_end();

  std::string_view text_;
  char separator_;
  std::size_t at_ = 0;
  std::int64_t line_ = 1, begin_line_ = 1;
};

// Of , ; tab and |: the one that splits the first records into the same number of fields, more than one; comma when none does.
char detect_separator(std::string_view text);

}  // namespace roundhouse
