// SPDX-License-Identifier: Apache-2.0
#include "engine/base/printable.h"
#include "engine/io/json.h"
#include "engine/io/safetensors_file.h"
#include "engine/model/source_formats.h"
#include "roundhouse/text_file.h"

namespace roundhouse {

namespace {

// config.json; a key with dots reaches into nested objects.
class ConfigLookup : public MetadataLookup {
 public:
  ConfigLookup(Json config, std::string path) : config_(std::move(config)), path_(std::move(path)) {}

  Found<std::int64_t> integer(const std::string& key) const override { return find(key, &JsonView::integer); }
  Found<double> number(const std::string& key) const override { return find(key, &JsonView::number); }
  Found<bool> flag(const std::string& key) const override { return find(key, &JsonView::boolean); }
  Found<std::string> text(const std::string& key) const override { return find(key, &JsonView::string); }
  Found<std::vector<std::string>> texts(const std::string& key) const override { return find(key, &JsonView::strings); }
  Found<std::vector<std::int64_t>> integers_for_each(const std::string& key, std::size_t count) const override {
    RH_ASSIGN(const auto one, find(key, &JsonView::integer));  // a config has no arrays by layer of these
    if (!one) return std::optional<std::vector<std::int64_t>>();
    return std::optional(std::vector<std::int64_t>(count, *one));
  }
  const Json& json() const { return config_; }

 private:
  template <class T>
  Found<T> find(const std::string& key, Result<T> (JsonView::*get)(std::string_view) const) const {
    RH_ASSIGN(JsonView at, JsonView::of(config_, path_));
    for (std::size_t begin = 0;;) {
      const std::size_t dot = key.find('.', begin);
      const std::string part = key.substr(begin, dot == std::string::npos ? dot : dot - begin);
      if (!at.contains(part)) return std::optional<T>();
      if (dot == std::string::npos) {
        RH_ASSIGN(T value, (at.*get)(part));
        return std::optional<T>(std::move(value));
      }
      RH_ASSIGN(at, at.object(part));
      begin = dot + 1;
    }
  }
  Json config_;
  std::string path_;
};

struct Owner {
  std::string config;  // as it stands in the file
  std::shared_ptr<const SafetensorsFile> weights;
};

}  // namespace

Result<std::shared_ptr<const ModelSource>> open_hugging_face_source(const std::string& folder) {
  const std::string config_path = folder + "/config.json";
  auto owner = std::make_shared<Owner>();
  RH_ASSIGN(owner->config, read_text_file(config_path, JsonLimits{}.bytes));
  RH_ASSIGN(Json config, parse_json(owner->config, config_path));
  RH_ASSIGN(SafetensorsFile opened, SafetensorsFile::open(folder));
  const auto file = std::make_shared<const SafetensorsFile>(std::move(opened));
  const auto lookup = std::make_shared<const ConfigLookup>(std::move(config), config_path);
  auto source = std::make_shared<ModelSource>();
  source->format = ModelFormat::hugging_face;
  source->path = folder;
  source->metadata = lookup;
  RH_ASSIGN(const auto type, lookup->text("model_type"));
  if (!type) return Error{ErrorCode::malformed, "read model", config_path, "a text \"model_type\"", "none"};
  source->architecture = *type;
  for (const auto& [key, value] : lookup->json().items()) source->described_metadata.emplace_back(key, printable(dump_json(value), 200));
  for (const SafetensorsTensor& tensor : file->tensors()) {
    RH_ASSIGN(SourceTensor own, source_tensor(*file, tensor));
    source->tensors.push_back(std::move(own));
  }
  source->file_bytes = file->file_bytes();
  source->files.push_back({config_path, std::as_bytes(std::span(owner->config))});
  for (const MappedFile& each : file->files()) source->files.push_back({each.path(), each.bytes()});
  owner->weights = file;
  source->owner = owner;
  source->verify_unchanged = [file] { return file->verify_unchanged(); };
  return std::shared_ptr<const ModelSource>(std::move(source));
}

}  // namespace roundhouse
