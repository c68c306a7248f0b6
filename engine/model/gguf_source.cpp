// SPDX-License-Identifier: Apache-2.0
#include "engine/io/gguf_file.h"
#include "engine/model/source_formats.h"

namespace roundhouse {

namespace {

class GgufLookup : public MetadataLookup {
 public:
  explicit GgufLookup(std::shared_ptr<const GgufFile> file) : file_(std::move(file)) {}
  Found<std::int64_t> integer(const std::string& key) const override { return found(metadata().integer(key)); }
  Found<double> number(const std::string& key) const override { return found(metadata().number(key)); }
  Found<bool> flag(const std::string& key) const override { return found(metadata().boolean(key)); }
  Found<std::string> text(const std::string& key) const override { return found(metadata().string(key)); }
  Found<std::vector<std::string>> texts(const std::string& key) const override {
    if (!metadata().contains(key)) return std::optional<std::vector<std::string>>();
    RH_ASSIGN(const auto* values, metadata().strings(key));
    return std::optional(*values);
  }
  Found<std::vector<std::int64_t>> integers_for_each(const std::string& key, std::size_t count) const override {
    return found(metadata().integers_for_each(key, count));
  }

 private:
  const GgufMetadata& metadata() const { return file_->metadata(); }
  template <class T>
  static Found<T> found(Result<T> value) {
    if (value.ok()) return std::optional<T>(std::move(value).value());
    if (value.error().code == ErrorCode::not_found) return std::optional<T>();
    return std::move(value).error();
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
    RH_ASSIGN(SourceTensor own, source_tensor(*file, tensor));
    source->tensors.push_back(std::move(own));
  }
  source->file_bytes = file->file_bytes();
  for (const MappedFile& each : file->files()) source->files.push_back({each.path(), each.bytes()});
  source->owner = file;
  source->gguf = file;
  source->verify_unchanged = [file] { return file->verify_unchanged(); };
  return std::shared_ptr<const ModelSource>(std::move(source));
}

}  // namespace roundhouse
