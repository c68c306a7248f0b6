// SPDX-License-Identifier: Apache-2.0
#include "engine/train/data_set.h"

#include <algorithm>
#include <set>
#include <utility>

#include "engine/base/printable.h"
#include "engine/io/json.h"
#include "engine/io/mapped_file.h"
#include "engine/train/csv_reader.h"
#include "engine/train/data_rows.h"
#include "engine/train/json_elements.h"
#include "engine/train/paragraphs.h"

namespace roundhouse {

namespace {

constexpr const char* operation = "read data set";
constexpr std::string_view white = " \t\r\n";

Error not_read(const std::string& path, std::string what, std::string instead) {
  return {ErrorCode::unsupported, operation, path, std::move(instead), std::move(what)};
}

std::string lower_extension(const std::string& path) {
  const std::size_t slash = path.find_last_of('/'), dot = path.find_last_of('.');
  if (dot == std::string::npos || (slash != std::string::npos && dot < slash)) return {};
  std::string extension = path.substr(dot + 1);
  for (char& c : extension) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return extension;
}

// What is known by its first bytes and not read.
Status refuse_other_kinds(const std::string& path, std::string_view bytes) {
  const std::string extension = lower_extension(path);
  if (bytes.starts_with("PAR1") || extension == "parquet") {
    return not_read(path, "Parquet, for which this program has no library", "JSON, JSON lines, CSV or text; convert it, e.g. in Python: pandas.read_parquet(FILE).to_json(\"data.jsonl\", orient=\"records\", lines=True, force_ascii=False)");
  }
  if (bytes.starts_with("ARROW1") || extension == "arrow" || extension == "feather") return not_read(path, "an Arrow file", "JSON, JSON lines, CSV or text; export it as JSON lines");
  if (bytes.starts_with(std::string_view("\x1F\x8B", 2)) || bytes.starts_with("BZh") || bytes.starts_with("\xFD" "7zXZ") || bytes.starts_with("\x28\xB5\x2F\xFD") || bytes.starts_with("PK\x03\x04")) {
    return not_read(path, "a packed file", "JSON, JSON lines, CSV or text; unpack it first");
  }
  if (bytes.starts_with(std::string_view("\xFF\xFE", 2)) || bytes.starts_with(std::string_view("\xFE\xFF", 2))) return not_read(path, "UTF-16", "UTF-8; save the file as UTF-8");
  return Ok{};
}

bool begins_with_object_line(std::string_view text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  return line.size() < (std::size_t{1} << 20) && line.starts_with('{') && parse_json(line, "line").ok();
}

DataContainer container_of(const std::string& path, std::string_view text) {
  const std::string extension = lower_extension(path);
  if (extension == "csv" || extension == "tsv" || extension == "tab") return DataContainer::csv;
  const std::size_t begin = text.find_first_not_of(white);
  const std::string_view content = begin == std::string_view::npos ? std::string_view() : text.substr(begin);
  if (extension == "txt" || extension == "text" || extension == "md") return begins_with_object_line(content) ? DataContainer::json_lines : DataContainer::plain_text;
  return content.starts_with('[') ? DataContainer::json_array : DataContainer::json_lines;
}

std::string joined(const std::vector<std::string>& names) {
  std::string all;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i == 12) return all + " and " + std::to_string(names.size() - i) + " more";
    all += (i == 0 ? "" : ", ") + printable(names[i], 40);
  }
  return all;
}

// Whole characters of at most `bytes`.
std::string shortened(std::string text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0u) == 0x80u) --bytes;
  text.resize(bytes);
  return text + "…";
}

bool has_zero(const DataRow& row) {
  const auto zero = [](const std::string& text) { return text.find('\0') != std::string::npos; };
  for (const Message& message : row.messages) {
    for (const Part& part : message.parts) {
      const auto* text = std::get_if<TextPart>(&part.content);
      if (text && zero(text->text)) return true;
    }
  }
  return zero(row.text) || zero(row.chosen) || zero(row.rejected);
}

class Reader {
 public:
  explicit Reader(const DataOptions& options) : rows_(options.mapping), format_(options.format), most_rows_(options.most_rows) {}

  bool full() const { return most_rows_ > 0 && static_cast<std::int64_t>(set_.rows.size()) >= most_rows_; }
  DataSet& set() { return set_; }

  void add(std::int64_t line, const Json& value, const std::vector<std::string>* columns = nullptr) {
    const auto view = JsonView::of(value, "row");
    if (!view.ok()) return problem(line, "a row must be an object");
    const bool fits = format_ && rows_.has(*format_, *view);
    const auto own = fits ? format_ : rows_.format_of(*view);
    if (!own) {
      std::vector<std::string> fields;
      for (const auto& [name, field] : value.items()) fields.push_back(name);
      return problem(line, (fields.empty() ? "no known format: no fields" : "no known format among the fields " + joined(fields)) +
                               "; expected messages, conversations, instruction and output, chosen and rejected, or text, or a mapping that names the fields");
    }
    if (!format_) format_ = own;
    if (*own != *format_) return problem(line, std::string("format ") + data_format_name(*own) + " among rows of format " + data_format_name(*format_));
    if (!described_) describe(*view, columns);
    auto row = rows_.read(*format_, *view);
    if (!row.ok()) {
      if (row.error().code == ErrorCode::unsupported) ++set_.detection.image_rows;
      return problem(line, row.error().object + ": expected " + row.error().expected + ", found " + row.error().received);
    }
    if (has_zero(*row)) return problem(line, "text with a zero byte");
    row->line = line;
    set_.rows.push_back(std::move(row).value());
  }
  void add_text(std::int64_t line, std::string text) {
    if (!format_) format_ = DataFormat::text;
    if (set_.detection.sample.empty()) set_.detection.sample = shortened(text, 2000);
    DataRow row;
    row.line = line;
    row.text = std::move(text);
    set_.rows.push_back(std::move(row));
  }
  void problem(std::int64_t line, std::string reason) {
    ++set_.problem_count;
    if (set_.problems.size() < DataSet::most_problems) set_.problems.push_back({line, std::move(reason)});
  }
  Result<DataSet> finish(const std::string& path) {
    if (set_.rows.empty()) {
      return Error{ErrorCode::malformed, operation, path, "rows to learn from",
                   set_.problems.empty() ? "none" : "none; line " + std::to_string(set_.problems[0].line) + ": " + set_.problems[0].reason};
    }
    set_.format = set_.detection.format = *format_;
    return std::move(set_);
  }

 private:
  void describe(const JsonView& row, const std::vector<std::string>* columns) {
    described_ = true;
    DataDetection& found = set_.detection;
    found.roles = rows_.roles(*format_, row);
    if (columns) found.fields = *columns;
    else
      for (const auto& [name, field] : row.json().items()) found.fields.push_back(name);
    std::set<std::string> used;
    for (const auto& [role, name] : found.roles) used.insert(name);
    for (const std::string& name : found.fields) {
      if (!used.contains(name)) found.unused.push_back(name);
    }
    found.sample = shortened(dump_json(row.json()), 2000);
  }

  RowReader rows_;
  std::optional<DataFormat> format_;
  std::int64_t most_rows_;
  bool described_ = false;
  DataSet set_;
};

void read_json_lines(std::string_view text, Reader& reader) {
  for (std::int64_t line = 1; !text.empty() && !reader.full(); ++line) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view one = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t begin = one.find_first_not_of(white);
    if (begin == std::string_view::npos) continue;
    const auto value = parse_json(one, "line");
    if (value.ok()) reader.add(line, *value);
    else if (one.substr(begin) == "{" || one.substr(begin) == "{\r") reader.problem(line, "no JSON: an object that goes on in the next line; in JSON lines a row is one line, otherwise rows stand in one array [...]");
    else reader.problem(line, "no JSON: " + value.error().received);
  }
}

void read_json_array(std::string_view text, Reader& reader) {
  JsonElements elements(text);
  while (!reader.full()) {
    const auto element = elements.next();
    if (!element) {
      if (!elements.failure().empty()) reader.problem(elements.line(), elements.failure());
      return;
    }
    if (element->text.empty()) {
      reader.problem(element->line, "a comma without a row");
      continue;
    }
    const auto value = parse_json(element->text, "row");
    if (value.ok()) reader.add(element->line, *value);
    else reader.problem(element->line, "no JSON: within the row, " + value.error().received);
  }
}

Status read_csv(std::string_view text, const std::string& path, Reader& reader) {
  const char separator = detect_separator(text);
  reader.set().detection.separator = separator;
  CsvReader records(text, separator);
  const auto header = records.next();
  if (!header) return Ok{};
  if (!header->ok()) return header->error();
  const std::vector<std::string>& columns = header->value();
  std::set<std::string> names;
  for (const std::string& name : columns) {
    if (!is_utf8(name)) return Error{ErrorCode::malformed, operation, path + ": line 1", "names of columns in UTF-8", printable(name)};
    if (!name.empty() && !names.insert(name).second) return Error{ErrorCode::malformed, operation, path + ": line 1", "each name of a column once", "'" + printable(name) + "' twice"};
  }
  while (!reader.full()) {
    const auto record = records.next();
    if (!record) return Ok{};
    const std::int64_t line = records.line();
    if (!record->ok()) {
      reader.problem(line, "no record: expected " + record->error().expected + ", found " + record->error().received);
      continue;
    }
    const std::vector<std::string>& fields = record->value();
    if (fields.size() != columns.size()) {
      reader.problem(line, std::to_string(fields.size()) + " fields where line 1 names " + std::to_string(columns.size()) + " columns");
      continue;
    }
    Json row = Json::object();
    bool valid = true;
    for (std::size_t i = 0; i < fields.size(); ++i) {
      valid = valid && is_utf8(fields[i]);
      if (!fields[i].empty() && !columns[i].empty()) row[columns[i]] = fields[i];  // an empty field is none
    }
    if (valid) reader.add(line, row, &columns);
    else reader.problem(line, "text that is not UTF-8");
  }
  return Ok{};
}

// \r\n is one line end.
std::string with_plain_ends(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r' || text.substr(i + 1, 1) != "\n") plain += text[i];
  }
  return plain;
}

void read_plain_text(std::string_view text, DataOptions::PlainText rows, Reader& reader) {
  std::string whole;
  std::int64_t first_line = 0;
  std::size_t taken = 0;  // bytes of the text: up to the end of the last paragraph
  for (Paragraphs paragraphs(text); !reader.full();) {
    const auto paragraph = paragraphs.next();
    if (!paragraph) break;
    const bool usable = is_utf8(paragraph->text) && paragraph->text.find('\0') == std::string_view::npos;
    if (!usable) {
      reader.problem(paragraph->line, "a paragraph that is not UTF-8 text");
    } else if (rows == DataOptions::PlainText::paragraphs) {
      reader.add_text(paragraph->line, with_plain_ends(paragraph->text));
    } else {
      if (whole.empty()) first_line = paragraph->line;
      else whole += with_plain_ends(text.substr(taken, paragraph->begin - taken));  // the blank lines before it
      whole += with_plain_ends(paragraph->text);
    }
    taken = paragraph->begin + paragraph->text.size();
  }
  if (!whole.empty()) reader.add_text(first_line, std::move(whole));
}

}  // namespace

const char* data_format_name(DataFormat format) {
  constexpr const char* names[] = {"messages", "sharegpt", "alpaca", "preference", "text"};
  return names[static_cast<int>(format)];
}

std::optional<DataFormat> data_format_named(std::string_view name) {
  for (const DataFormat format : {DataFormat::messages, DataFormat::sharegpt, DataFormat::alpaca, DataFormat::preference, DataFormat::text}) {
    if (name == data_format_name(format)) return format;
  }
  return std::nullopt;
}

const char* data_container_name(DataContainer container) {
  constexpr const char* names[] = {"JSON lines", "JSON array", "CSV", "plain text"};
  return names[static_cast<int>(container)];
}

std::string DataDetection::description() const {
  std::string text = data_container_name(container);
  if (container == DataContainer::csv) text += separator == '\t' ? ", separated by tabs" : std::string(", separated by ") + separator;
  if (container != DataContainer::plain_text) {
    text += std::string(", read as ") + data_format_name(format) + ": ";
    bool first = true;
    for (const auto& [role, name] : roles) {
      text += (first ? "" : ", ") + (role == name ? role : role + " from " + printable(name, 40));
      first = false;
    }
  }
  if (!unused.empty()) text += "; not used: " + joined(unused);
  if (image_rows > 0) text += "; " + std::to_string(image_rows) + (image_rows == 1 ? " row" : " rows") + " with images left out";
  return text;
}

Result<DataSet> parse_data_set(std::string_view text, const std::string& name, const DataOptions& options) {
  RH_TRY(check_data_mapping(options.mapping, options.format));
  RH_TRY(refuse_other_kinds(name, text));
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // a byte order mark
  Reader reader(options);
  const DataContainer container = options.container.value_or(container_of(name, text));
  reader.set().detection.container = container;
  switch (container) {
    case DataContainer::json_lines: read_json_lines(text, reader); break;
    case DataContainer::json_array: read_json_array(text, reader); break;
    case DataContainer::csv: RH_TRY(read_csv(text, name, reader)); break;
    case DataContainer::plain_text:
      if (options.format.value_or(DataFormat::text) != DataFormat::text) {
        return Error{ErrorCode::invalid_argument, operation, name, std::string("rows of format ") + data_format_name(*options.format), "plain text"};
      }
      read_plain_text(text, options.plain_text, reader);
      break;
  }
  return reader.finish(name);
}

Result<DataSet> read_data_set(const std::string& path, const DataOptions& options) {
  RH_ASSIGN(const MappedFile file, MappedFile::open(path));
  const std::string_view text(reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size());
  auto set = parse_data_set(text, path, options);
  RH_TRY(file.verify_unchanged());
  return set;
}

}  // namespace roundhouse
