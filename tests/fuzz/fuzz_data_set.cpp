// SPDX-License-Identifier: Apache-2.0
// Data sets of every container, format and mapping. First byte: bits 0-1 the container, bit 2 a mapping, bit 3 paragraphs, bit 4
// found by content instead, bits 5-7 the format.
#include <algorithm>
#include <cstdint>
#include <string_view>

#include "engine/base/printable.h"
#include "engine/train/csv_reader.h"
#include "engine/train/data_set.h"
#include "engine/train/json_elements.h"
#include "tests/fuzz/require.h"

using namespace roundhouse;

namespace {

void require_text(const std::string& text) { FUZZ_REQUIRE(is_utf8(text) && text.find('\0') == std::string::npos); }

void require_sound(const DataSet& set, std::int64_t lines) {
  std::int64_t line = 1;
  for (const DataRow& row : set.rows) {
    FUZZ_REQUIRE(row.line >= line && row.line <= lines);
    line = row.line;
    FUZZ_REQUIRE((set.format == DataFormat::text) == !row.text.empty());
    FUZZ_REQUIRE((set.format == DataFormat::text) == row.messages.empty());
    FUZZ_REQUIRE((set.format == DataFormat::preference) == !row.chosen.empty());
    require_text(row.text + row.chosen + row.rejected);
    for (const Message& message : row.messages) {
      for (const Part& part : message.parts) {
        if (const auto* text = std::get_if<TextPart>(&part.content)) require_text(text->text);
      }
    }
  }
  FUZZ_REQUIRE(set.problem_count >= static_cast<std::int64_t>(set.problems.size()));
  for (const DataProblem& problem : set.problems) FUZZ_REQUIRE(problem.line >= 1 && problem.line <= lines && is_utf8(problem.reason));
  FUZZ_REQUIRE(is_utf8(set.detection.description()) && is_utf8(set.detection.sample));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  DataOptions options;
  if ((*data & 16) == 0) options.container = static_cast<DataContainer>(*data & 3);
  if (*data & 4) options.mapping = {{"prompt", "frage"}, {"response", "antwort"}};
  if (*data & 8) options.plain_text = DataOptions::PlainText::paragraphs;
  if (const int format = *data >> 5; format >= 1 && format <= 5) options.format = static_cast<DataFormat>(format - 1);
  constexpr const char* names[] = {"data", "data.json", "data.csv", "data.txt"};
  const auto set = parse_data_set(text, names[*data & 3], options);
  // \r alone ends lines of CSV.
  const std::int64_t lines = 1 + std::count_if(text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r'; });
  if (set.ok()) {
    require_sound(*set, lines);
    options.most_rows = 1;
    const auto first = parse_data_set(text, names[*data & 3], options);
    FUZZ_REQUIRE(first.ok() && first->rows.size() == 1 && first->rows[0].line == set->rows[0].line);
  } else {
    FUZZ_REQUIRE(is_utf8(set.error().message()));
  }
  return 0;
}
