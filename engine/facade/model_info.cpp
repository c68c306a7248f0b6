// SPDX-License-Identifier: Apache-2.0
#include "engine/facade/model_info.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "engine/base/guarded.h"
#include "engine/facade/adapter_bytes.h"
#include "engine/facade/memory_check.h"
#include "engine/facade/model_text.h"

namespace roundhouse {

namespace {

// A weight that only some tokens use.
bool is_routed_expert(const Weight& weight) { return weight.name.find(".experts.") != std::string::npos; }

// For display: a value of another kind counts as none.
std::string first_text(const MetadataLookup& metadata, std::initializer_list<const char*> keys) {
  for (const char* key : keys) {
    if (auto text = metadata.text(key).value_or({})) return *text;
  }
  return {};
}

// A file without its suffix; a folder as it is called ("Qwen3-0.6B"); a snapshot in the Hugging Face cache
// (models--OWNER--NAME/snapshots/REVISION) as OWNER/NAME.
std::string name_of_path(const ModelSource& source) {
  std::filesystem::path path = source.path;
  if (source.format == ModelFormat::gguf) return path.stem().string();
  if (!path.has_filename()) path = path.parent_path();
  const std::string prefix = "models--", repository = path.parent_path().parent_path().filename().string();
  if (path.parent_path().filename() != "snapshots" || !repository.starts_with(prefix)) return path.filename().string();
  std::string name = repository.substr(prefix.size());
  if (const std::size_t mark = name.find("--"); mark != std::string::npos) name.replace(mark, 2, "/");
  return name;
}

}  // namespace

ModelInfo describe_model(const ModelSource& source, const BuiltModel* built, bool own_template, const Error* failure) {
  ModelInfo info;
  info.path = source.path;
  info.format = source.format == ModelFormat::gguf ? "GGUF" : "safetensors";
  info.architecture = source.architecture;
  info.file_bytes = source.file_bytes;
  info.metadata = source.described_metadata;
  const MetadataLookup& metadata = *source.metadata;
  info.name = first_text(metadata, {"general.name", "_name_or_path"});
  if (info.name.empty()) info.name = name_of_path(source);
  info.description = first_text(metadata, {"general.description"});
  info.license = first_text(metadata, {"general.license", "license"});
  info.author = first_text(metadata, {"general.author", "general.organization"});
  info.base_model = first_text(metadata, {"general.base_model.0.name"});
  info.has_chat_template = own_template;
  std::map<std::string, TypeShare> types;
  for (const SourceTensor& tensor : source.tensors) {
    const std::string name = tensor.type_known ? std::string(dtype_info(tensor.type).name) : "unknown";
    TypeShare& share = types[name];
    share.type = name;
    ++share.tensors;
    share.bytes += tensor.bytes;
    std::uint64_t elements = 1;
    for (const std::int64_t d : tensor.shape) elements *= static_cast<std::uint64_t>(d);
    info.parameters += elements;
  }
  for (auto& [name, share] : types) info.types.push_back(share);
  std::sort(info.types.begin(), info.types.end(), [](const TypeShare& a, const TypeShare& b) { return a.bytes > b.bytes; });
  if (failure) info.not_loadable = *failure;
  if (!built) return info;

  const ModelSpec& spec = built->spec;
  const AttentionSpec& attention = spec.layers.front().attention;
  info.layers = static_cast<std::int32_t>(spec.layers.size());
  info.width = spec.width;
  info.heads = attention.heads;
  info.kv_heads = attention.kv_heads;
  info.head_width = attention.key_dim;
  info.vocabulary = spec.vocabulary;
  info.context_tokens = spec.context_tokens;
  info.routing = spec.routing_layout();
  info.parameters = info.active_parameters = 0;
  for (const Weight& weight : built->weights.all()) {
    const auto count = static_cast<std::uint64_t>(weight.experts * weight.rows * weight.cols);
    info.parameters += count;
    if (!is_routed_expert(weight)) {
      info.dense_bytes += weight.bytes;
      info.active_parameters += count;
      continue;
    }
    info.expert_bytes += weight.bytes;
    const std::int32_t layer = std::atoi(weight.name.c_str() + 7);  // "layers.N."
    const std::int32_t index = info.routing.index_of(layer);
    const std::int32_t used = index >= 0 ? info.routing.layers[static_cast<std::size_t>(index)].top_k : 0;
    info.active_parameters += count / static_cast<std::uint64_t>(weight.experts) * static_cast<std::uint64_t>(used);
  }
  // What the fast paths store. The reference path stores four bytes a number.
  info.kv_bytes_per_token = static_cast<std::uint64_t>(info.layers) * static_cast<std::uint64_t>(attention.kv_heads) *
                            static_cast<std::uint64_t>(attention.key_dim + attention.value_dim) *
                            static_cast<std::uint64_t>(dtype_block_bytes(built->weights.cache_type()));
  return info;
}

Result<ModelInfo> inspect_model(const std::string& path) {
  return guarded("read model", path, [&]() -> Result<ModelInfo> {
    RH_ASSIGN(const auto source, open_model_source(path));
    const auto built = build_model(source, false);
    const auto text = load_model_text(*source);
    const bool own_template = text.ok() && text->own_template;
    if (!built.ok()) return describe_model(*source, nullptr, own_template, &built.error());
    const Status usable = text.ok() ? check_vocabulary(*source, *text->text.tokenizer, built->spec.vocabulary) : text.error();
    ModelInfo info = describe_model(*source, &*built, own_template, usable.ok() ? nullptr : &usable.error());
    const Status fits = check_memory(path, {info.dense_bytes + info.expert_bytes, 0}, {0, physical_memory_bytes()});
    if (!fits.ok() && !info.not_loadable) info.not_loadable = fits.error();
    return info;
  });
}

MemoryUse predict_memory(const ModelInfo& info, const LoadOptions& options) {
  MemoryUse use = adapter_bytes(options.adapters);
  use.dense_weights_bytes += info.dense_bytes;
  use.expert_weights_bytes += info.expert_bytes;
  const auto context = static_cast<std::uint64_t>(options.context_tokens > 0 ? options.context_tokens : info.context_tokens);
  use.kv_cache_bytes = info.kv_bytes_per_token * context;
  // Per row of a prompt chunk (up to 512 rows): residual stream, projections, hidden units of the experts; then one row
  // of logits, and the trace of the whole context.
  const auto width = static_cast<std::uint64_t>(info.width);
  use.workspace_bytes = 512 * width * 4 * 16 + static_cast<std::uint64_t>(info.vocabulary) * 4 * 2;
  for (const RoutedLayer& layer : info.routing.layers) {
    use.workspace_bytes += context * static_cast<std::uint64_t>(layer.top_k * 6 + layer.experts * 4);
  }
  return use;
}

}  // namespace roundhouse
