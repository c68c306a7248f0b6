// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "engine/io/gguf_file.h"
#include "engine/text/metadata_source.h"

namespace roundhouse {

// GGUF metadata as the tokenizer's reader wants it.
class GgufTextMetadata : public text::MetadataSource {
 public:
  explicit GgufTextMetadata(std::shared_ptr<const GgufFile> file) : file_(std::move(file)) {}
  Result<std::string> text(std::string_view key) const override { return file_->metadata().string(key); }
  Result<std::int64_t> integer(std::string_view key) const override { return file_->metadata().integer(key); }
  Result<bool> boolean(std::string_view key) const override { return file_->metadata().boolean(key); }
  Result<std::vector<std::string>> texts(std::string_view key) const override {
    RH_ASSIGN(const auto* values, file_->metadata().strings(key));
    return *values;
  }
  Result<std::vector<std::int64_t>> integers(std::string_view key) const override { return file_->metadata().integers(key); }
  Result<std::vector<float>> numbers(std::string_view key) const override {
    RH_ASSIGN(const auto values, file_->metadata().numbers(key));
    return std::vector<float>(values.begin(), values.end());
  }

 private:
  std::shared_ptr<const GgufFile> file_;
};

}  // namespace roundhouse
