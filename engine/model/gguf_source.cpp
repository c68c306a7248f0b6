// SPDX-License-Identifier: Apache-2.0
#include "engine/io/gguf_file.h"
#include "engine/model/source_formats.h"

namespace roundhouse {

namespace {

class GgufLookup : public MetadataLookup {
 public:
  explicit GgufLookup(std::shared_ptr<const GgufFile> file) : file_(std::move(file)) {}
  std::optional<std::int64_t> integer(const std::string& key) const override { return keep(file_->metadata().integer(key)); }
  std::optional<double> number(const std::string& key) const override { return keep(file_->metadata().number(key)); }
  std::optional<bool> flag(const std::string& key) const override { return keep(file_->metadata().boolean(key)); }
  std::optional<std::string> text(const std::string& key) const override { return keep(file_->metadata().string(key)); }

 private:
  template <class T>
  static std::optional<T> keep(Result<T> value) {
    if (!value.ok()) return std::nullopt;
    return std::move(value).value();
  }
  std::shared_ptr<const GgufFile> file_;
};

}  // namespace

Result<std::shared_ptr<const ModelSource>> open_gguf_source(const std::string& path) {
  RH_ASSIGN(GgufFile opened, GgufFile::open(path));
  const auto file = std::make_shared<const GgufFile>(std::move(opened));
  auto source = std::make_shared<ModelSource>();
  source->format = ModelFormat::gguf;
  source->path = path;
  source->metadata = std::make_shared<GgufLookup>(file);
  RH_ASSIGN(source->architecture, file->metadata().string("general.architecture"));
  for (const GgufMetadata::Entry& entry : file->metadata().entries()) {
    source->described_metadata.emplace_back(entry.key, entry.value.to_text());
  }
  for (const GgufTensor& tensor : file->tensors()) {
    SourceTensor own;
    own.name = tensor.name;
    own.type_known = tensor.dtype.has_value();
    own.type = tensor.dtype.value_or(DType::f32);
    own.shape = tensor.shape;
    own.bytes = tensor.byte_size;
    if (own.type_known) {
      RH_ASSIGN(const auto bytes, file->data(tensor));
      own.data = bytes.data();
    }
    source->tensors.push_back(std::move(own));
  }
  source->file_bytes = file->file_bytes();
  source->owner = file;
  source->gguf = file;
  source->verify_unchanged = [file] { return file->verify_unchanged(); };
  return std::shared_ptr<const ModelSource>(std::move(source));
}

}  // namespace roundhouse
