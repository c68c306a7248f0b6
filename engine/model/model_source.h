// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/dtype.h"
#include "roundhouse/result.h"

namespace roundhouse {

class GgufFile;

// Nothing: the file has no such key. An error: the key has a value of another kind, which both are named.
template <class T>
using Found = Result<std::optional<T>>;

// Named values of a model file, whatever the format. Nested keys join with '.'; null counts as no key.
class MetadataLookup {
 public:
  virtual ~MetadataLookup() = default;
  virtual Found<std::int64_t> integer(const std::string& key) const = 0;
  virtual Found<double> number(const std::string& key) const = 0;  // integers too
  virtual Found<bool> flag(const std::string& key) const = 0;
  virtual Found<std::string> text(const std::string& key) const = 0;
  virtual Found<std::vector<std::string>> texts(const std::string& key) const = 0;
  // A value per layer: an array of exactly `count` integers, or one integer that counts for all.
  virtual Found<std::vector<std::int64_t>> integers_for_each(const std::string& key, std::size_t count) const = 0;
};

struct SourceTensor {
  std::string name;
  DType type = DType::f32;
  bool type_known = true;           // false: the file names a type this build has no name for
  std::vector<std::int64_t> shape;  // outermost first: [experts, rows, cols]
  const std::byte* data = nullptr;  // mapped
  std::uint64_t bytes = 0;
};

// A file that says what the model computes, as it was read: a file that takes its place later does not change these bytes.
struct SourceFile {
  std::string path;
  std::span<const std::byte> bytes;  // kept by ModelSource::owner
};

enum class ModelFormat : std::uint8_t { gguf, hugging_face };

// A model file as bytes and names. Opened by open_model_source(); `owner` keeps the mapping alive.
struct ModelSource {
  ModelFormat format = ModelFormat::gguf;
  std::string path;
  std::string architecture;  // general.architecture or model_type
  std::shared_ptr<const MetadataLookup> metadata;
  std::vector<SourceTensor> tensors;
  std::vector<std::pair<std::string, std::string>> described_metadata;  // for display, values shortened
  std::uint64_t file_bytes = 0;
  std::vector<SourceFile> files;  // a folder's config.json, then the weights' in order
  std::shared_ptr<const void> owner;
  std::shared_ptr<const GgufFile> gguf;  // null for other formats; the tokenizer reads its arrays here
  // Fails once the mapped file has changed or shrunk. Cheap; called before each step of a generation.
  std::function<Status()> verify_unchanged;
};

// "[8, 64, 32]", for messages.
std::string shape_text(const std::vector<std::int64_t>& shape);

// A .gguf file (or the first of a split set), or a folder with config.json and safetensors.
Result<std::shared_ptr<const ModelSource>> open_model_source(const std::string& path);

}  // namespace roundhouse
