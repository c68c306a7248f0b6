// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "roundhouse/message.h"
#include "roundhouse/result.h"

namespace roundhouse {

// What a row holds.
enum class DataFormat : std::uint8_t {
  messages,    // OpenAI: {"messages": [{"role", "content"}]}
  sharegpt,    // {"conversations": [{"from", "value"}]}, with "system" beside it or not
  alpaca,      // {"instruction", "input", "output", "system", "history"}; also {"prompt" or "question", "response", "answer" or "completion"}
  preference,  // {"prompt", "chosen", "rejected"}
  text,        // {"text"}: raw, to go on with
};
const char* data_format_name(DataFormat format);
std::optional<DataFormat> data_format_named(std::string_view name);

// How rows are laid out in the file.
enum class DataContainer : std::uint8_t {
  json_lines,  // an object a line
  json_array,  // one array of objects
  csv,         // RFC 4180, first line: names of the columns; separated by , ; tab or |
  plain_text,  // raw text
};
const char* data_container_name(DataContainer container);

struct DataRow {
  std::int64_t line = 0;             // of the file, from 1: where the row begins
  std::vector<Message> messages;     // of preference: the prompt; of text: empty
  std::string text;                  // of text
  std::string chosen, rejected;      // of preference
};

// A row that cannot be used, or a line that is none.
struct DataProblem {
  std::int64_t line = 0;
  std::string reason;
};

// role -> the file's own name of the field or column. Roles: prompt, response, input, system, history, chosen, rejected, text,
// messages, and of the turns in messages: role, content. A role that is not named has its usual names.
using DataMapping = std::map<std::string, std::string>;

struct DataOptions {
  enum class PlainText : std::uint8_t { whole, paragraphs };  // a row is the file, or what blank lines separate

  std::optional<DataFormat> format;       // none: that of the first row that has one
  std::optional<DataContainer> container; // none: by the file's name and first bytes
  DataMapping mapping;
  PlainText plain_text = PlainText::whole;
  std::int64_t most_rows = 0;             // stop after so many; 0: all
};

// How the file was understood, to be shown before it is used.
struct DataDetection {
  DataContainer container = DataContainer::json_lines;
  DataFormat format = DataFormat::messages;
  char separator = 0;                        // of csv
  std::vector<std::string> fields;           // of the first row with a known format, in alphabetical order; of csv: columns in order
  std::map<std::string, std::string> roles;  // role -> field that plays it in that row
  std::vector<std::string> unused;           // fields that play none
  std::string sample;                        // that row as JSON, at most 2000 bytes
  std::int64_t image_rows = 0;               // rows with images: recognised, each a problem

  std::string description() const;           // one sentence
};

struct DataSet {
  DataFormat format = DataFormat::messages;
  DataDetection detection;
  std::vector<DataRow> rows;
  std::vector<DataProblem> problems;  // at most `most_problems` of them
  std::int64_t problem_count = 0;     // all

  static constexpr std::size_t most_problems = 1000;
};

// Rows of another format than the first are problems. Fails for a file that cannot be read, that has no row, or that is of a
// kind that is not read (Parquet, packed files, UTF-16), and for a mapping that cannot be. Blocks.
Result<DataSet> read_data_set(const std::string& path, const DataOptions& options = {});
// The same of bytes in memory; `name` stands for the file's.
Result<DataSet> parse_data_set(std::string_view text, const std::string& name, const DataOptions& options = {});

// Roles and formats of a mapping that make no sense together, or roles there are not.
Status check_data_mapping(const DataMapping& mapping, std::optional<DataFormat> format = {});

}  // namespace roundhouse
