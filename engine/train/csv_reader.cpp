// SPDX-License-Identifier: Apache-2.0
#include "engine/train/csv_reader.h"

#include <algorithm>
#include <utility>

namespace roundhouse {

Error CsvReader::fail(std::string expected, std::string received) {
  return {ErrorCode::malformed, "read CSV", "record of line " + std::to_string(begin_line_), std::move(expected), std::move(received)};
}

void CsvReader::pass_line_end() {
  if (at_ >= text_.size()) return;
  at_ += text_[at_] == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n' ? 2 : 1;
  ++line_;
}

void CsvReader::skip_line() {
  at_ = std::min(text_.find_first_of("\r\n", at_), text_.size());
  pass_line_end();
}

std::optional<Result<std::vector<std::string>>> CsvReader::next() {
  while (at_ < text_.size() && at_line_end()) pass_line_end();
  begin_line_ = line_;
  if (at_ >= text_.size()) return std::nullopt;
  std::vector<std::string> fields;
  for (;;) {
    if (fields.size() == most_fields) {
      skip_line();
      return fail("at most " + std::to_string(most_fields) + " fields", "more");
    }
    std::string& field = fields.emplace_back();
    if (at_ < text_.size() && text_[at_] == '"') {
      ++at_;
      for (;;) {
        const std::size_t quote = text_.find('"', at_);
        const std::string_view part = text_.substr(at_, quote - at_);
        // Lines within quotes: \r\n is one end, a \r alone another.
        for (std::size_t i = 0; i < part.size(); ++i) line_ += part[i] == '\n' || (part[i] == '\r' && (i + 1 == part.size() || part[i + 1] != '\n'));
        field += part;
        if (quote == std::string_view::npos) {
          at_ = text_.size();
          return fail("a closing quote", "the end of the file; what follows line " + std::to_string(begin_line_) + " was not read");
        }
        at_ = quote + 1;
        if (at_ >= text_.size() || text_[at_] != '"') break;
        field += '"';
        ++at_;
      }
      if (!at_line_end() && text_[at_] != separator_) {
        skip_line();
        return fail("a separator or the line's end after a closing quote", "other text");
      }
    } else {
      const char stops[] = {separator_, '\r', '\n'};
      const std::size_t end = std::min(text_.find_first_of(std::string_view(stops, 3), at_), text_.size());
      field = text_.substr(at_, end - at_);
      at_ = end;
    }
    if (at_line_end()) {
      pass_line_end();
      return fields;
    }
    ++at_;
  }
}

char detect_separator(std::string_view text) {
  constexpr std::size_t sampled_bytes = 65536;
  constexpr int sampled_records = 50;
  const bool cut = text.size() > sampled_bytes;
  const std::string_view head = text.substr(0, sampled_bytes);
  char best = ',';
  std::pair<double, std::size_t> best_score{0.0, 0};
  for (const char candidate : {',', ';', '\t', '|'}) {
    CsvReader reader(head, candidate);
    std::vector<std::size_t> counts;  // fields of each record; 0: it is none
    for (int i = 0; i < sampled_records; ++i) {
      const auto record = reader.next();
      if (!record) {
        if (cut && counts.size() > 1) counts.pop_back();  // the last one may be half a record
        break;
      }
      counts.push_back(record->ok() ? (*record)->size() : 0);
    }
    if (counts.empty() || counts[0] < 2) continue;
    const auto same = std::count(counts.begin(), counts.end(), counts[0]);
    const std::pair score{static_cast<double>(same) / static_cast<double>(counts.size()), counts[0]};
    if (score > best_score) {
      best_score = score;
      best = candidate;
    }
  }
  return best;
}

}  // namespace roundhouse
