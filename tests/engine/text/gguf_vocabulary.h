// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QByteArray>
#include <QFile>

#include <cstring>
#include <map>
#include <string>
#include <variant>

#include "engine/text/metadata_source.h"

// The metadata of a GGUF file that is trusted, for tests of this room alone (the checked reader is engine/io's, a
// floor that tests of tokenizers need not wait for).
class GgufVocabulary : public roundhouse::text::MetadataSource {
 public:
  static GgufVocabulary read(const QString& path) {
    GgufVocabulary result;
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) return result;
    const uchar* bytes = file.map(0, file.size());
    Cursor cursor{reinterpret_cast<const char*>(bytes)};
    cursor.at += 8;  // magic, version
    cursor.take<std::uint64_t>();
    const auto pairs = cursor.take<std::uint64_t>();
    for (std::uint64_t i = 0; i < pairs; ++i) {
      std::string key = cursor.text();
      const auto type = cursor.take<std::uint32_t>();
      result.values_.emplace(std::move(key), cursor.value(type));
    }
    return result;
  }
  bool empty() const { return values_.empty(); }

  template <class T> using Result = roundhouse::Result<T>;
  Result<std::string> text(std::string_view key) const override { return get<std::string>(key); }
  Result<std::int64_t> integer(std::string_view key) const override { return get<std::int64_t>(key); }
  Result<bool> boolean(std::string_view key) const override { return get<bool>(key); }
  Result<std::vector<std::string>> texts(std::string_view key) const override { return get<std::vector<std::string>>(key); }
  Result<std::vector<std::int64_t>> integers(std::string_view key) const override { return get<std::vector<std::int64_t>>(key); }
  Result<std::vector<float>> numbers(std::string_view key) const override { return get<std::vector<float>>(key); }

 private:
  using Value = std::variant<std::string, std::int64_t, bool, double, std::vector<std::string>, std::vector<std::int64_t>, std::vector<float>>;

  struct Cursor {
    const char* at;
    template <class T> T take() {
      T value;
      std::memcpy(&value, at, sizeof value);
      at += sizeof value;
      return value;
    }
    std::string text() {
      const auto size = take<std::uint64_t>();
      std::string result(at, size);
      at += size;
      return result;
    }
    std::int64_t integer(std::uint32_t type) {
      switch (type) {
        case 0: return take<std::uint8_t>();
        case 1: return take<std::int8_t>();
        case 2: return take<std::uint16_t>();
        case 3: return take<std::int16_t>();
        case 4: return take<std::uint32_t>();
        case 5: return take<std::int32_t>();
        case 10: return static_cast<std::int64_t>(take<std::uint64_t>());
        case 11: return take<std::int64_t>();
        default: qFatal("GGUF type %u", type);
      }
    }
    Value value(std::uint32_t type) {
      switch (type) {
        case 6: return static_cast<double>(take<float>());
        case 7: return take<std::uint8_t>() != 0;
        case 8: return text();
        case 12: return take<double>();
        case 9: break;
        default: return integer(type);
      }
      const auto element = take<std::uint32_t>();
      const auto count = take<std::uint64_t>();
      std::vector<std::string> texts;
      std::vector<std::int64_t> integers;
      std::vector<float> numbers;
      for (std::uint64_t i = 0; i < count; ++i) {
        if (element == 8) texts.push_back(text());
        else if (element == 6) numbers.push_back(take<float>());
        else integers.push_back(integer(element));
      }
      if (element == 8) return texts;
      if (element == 6) return numbers;
      return integers;
    }
  };

  template <class T> Result<T> get(std::string_view key) const {
    using roundhouse::Error;
    using roundhouse::ErrorCode;
    const auto found = values_.find(std::string(key));
    if (found == values_.end()) return Error{ErrorCode::not_found, "read metadata", std::string(key), "", "absent"};
    if (const T* value = std::get_if<T>(&found->second)) return *value;
    return Error{ErrorCode::malformed, "read metadata", std::string(key), "another type", ""};
  }

  std::map<std::string, Value> values_;
};
