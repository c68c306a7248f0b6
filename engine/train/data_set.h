// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "roundhouse/message.h"
#include "roundhouse/result.h"

namespace roundhouse {

// How a file lays out its rows (see ../shared knowledge "Data formats that users bring").
enum class DataFormat : std::uint8_t {
  messages,    // OpenAI: {"messages": [{"role", "content"}]}
  sharegpt,    // {"conversations": [{"from", "value"}]}, with "system" beside it or not
  alpaca,      // {"instruction", "input", "output", "system", "history"}
  preference,  // {"prompt", "chosen", "rejected"}
  text,        // {"text"}: raw, to go on with
};
const char* data_format_name(DataFormat format);

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

struct DataSet {
  DataFormat format = DataFormat::messages;
  std::vector<DataRow> rows;
  std::vector<DataProblem> problems;  // at most `most_problems` of them
  std::int64_t problem_count = 0;     // all

  static constexpr std::size_t most_problems = 1000;
};

// Reads JSON lines, or one JSON array of rows. The format is that of the first row that has one (unless `format` says it);
// rows of another are problems. Fails for a file that cannot be read or that has no row. Blocks.
Result<DataSet> read_data_set(const std::string& path, std::optional<DataFormat> format = {});

}  // namespace roundhouse
