// SPDX-License-Identifier: Apache-2.0
#include "engine/io/json.h"
#include "engine/io/safetensors_file.h"
#include "engine/model/source_formats.h"

namespace roundhouse {

namespace {

// config.json; a key with dots reaches into nested objects. Null counts as absent.
class ConfigLookup : public MetadataLookup {
 public:
  explicit ConfigLookup(Json config) : config_(std::move(config)) {}
  std::optional<std::int64_t> integer(const std::string& key) const override {
    const Json* value = find(key);
    if (!value || !value->is_number_integer()) return std::nullopt;
    if (value->is_number_unsigned() && value->get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX)) return std::nullopt;
    return value->get<std::int64_t>();
  }
  std::optional<double> number(const std::string& key) const override {
    const Json* value = find(key);
    return value && value->is_number() ? std::optional(value->get<double>()) : std::nullopt;
  }
  std::optional<bool> flag(const std::string& key) const override {
    const Json* value = find(key);
    return value && value->is_boolean() ? std::optional(value->get<bool>()) : std::nullopt;
  }
  std::optional<std::string> text(const std::string& key) const override {
    const Json* value = find(key);
    return value && value->is_string() ? std::optional(value->get<std::string>()) : std::nullopt;
  }
  const Json& json() const { return config_; }

 private:
  const Json* find(const std::string& key) const {
    const Json* at = &config_;
    for (std::size_t begin = 0; begin <= key.size();) {
      const std::size_t dot = std::min(key.find('.', begin), key.size());
      if (!at->is_object()) return nullptr;
      const auto it = at->find(key.substr(begin, dot - begin));
      if (it == at->end() || it->is_null()) return nullptr;
      at = &*it;
      begin = dot + 1;
    }
    return at;
  }
  Json config_;
};

}  // namespace

Result<std::shared_ptr<const ModelSource>> open_hugging_face_source(const std::string& folder) {
  RH_ASSIGN(Json config, read_json_file(folder + "/config.json"));
  RH_ASSIGN(SafetensorsFile opened, SafetensorsFile::open(folder));
  const auto file = std::make_shared<const SafetensorsFile>(std::move(opened));
  const auto lookup = std::make_shared<const ConfigLookup>(std::move(config));
  auto source = std::make_shared<ModelSource>();
  source->format = ModelFormat::hugging_face;
  source->path = folder;
  source->metadata = lookup;
  const auto type = lookup->text("model_type");
  if (!type) return Error{ErrorCode::malformed, "read model", folder + "/config.json", "a text \"model_type\"", "none"};
  source->architecture = *type;
  if (lookup->json().is_object()) {
    for (const auto& [key, value] : lookup->json().items()) source->described_metadata.emplace_back(key, dump_json(value).substr(0, 200));
  }
  for (const SafetensorsTensor& tensor : file->tensors()) {
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
  source->verify_unchanged = [file] { return file->verify_unchanged(); };
  return std::shared_ptr<const ModelSource>(std::move(source));
}

}  // namespace roundhouse
