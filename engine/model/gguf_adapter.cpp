// SPDX-License-Identifier: Apache-2.0
#include "engine/model/gguf_adapter.h"

#include <algorithm>
#include <map>
#include <span>

#include "engine/base/sha256.h"
#include "engine/io/gguf_file.h"
#include "engine/io/gguf_writer.h"
#include "engine/model/families.h"
#include "engine/model/rotary_rows.h"
#include "engine/quant/dequantize.h"
#include "roundhouse/model.h"

namespace roundhouse {

namespace {

constexpr const char* operation = "read adapter";

Result<std::vector<float>> numbers(const GgufFile& file, const GgufTensor& tensor) {
  RH_ASSIGN(const std::span<const std::byte> bytes, file.data(tensor));
  std::vector<float> values(static_cast<std::size_t>(tensor.elements()));
  RH_TRY(dequantize_row(*tensor.dtype, bytes.data(), tensor.elements(), values.data()));  // data() knows the type
  return values;
}

// The order of rotary pairs in GGUF files of an architecture; of one that is not known, the model's own.
RopeOrder rope_order(const TextModel& model, const std::string& architecture) {
  const FamilyRow* const row = find_family(ModelFormat::gguf, architecture);
  return row ? row->rope_order : model.spec().layers.front().rope.order;
}

struct Pair {
  const GgufTensor* a = nullptr;
  const GgufTensor* b = nullptr;
};

}  // namespace

Result<LoraAdapter> read_gguf_adapter(const std::string& path, const TextModel& model, const std::string& architecture) {
  RH_ASSIGN(const GgufFile file, GgufFile::open(path));
  const auto refuse = [&](ErrorCode code, const std::string& what, std::string expected, std::string received) {
    return Error{code, operation, what + " in " + path, std::move(expected), std::move(received)};
  };
  for (const auto& [key, wanted] : {std::pair<const char*, std::string>("general.type", "adapter"), {"adapter.type", "lora"}, {"general.architecture", architecture}}) {
    RH_ASSIGN(const std::string value, file.metadata().string(key));
    if (value != wanted) return refuse(ErrorCode::invalid_argument, key, wanted, value);
  }
  RH_ASSIGN(const double alpha, file.metadata().number("adapter.lora.alpha"));

  std::map<std::string, Pair> pairs;  // by base tensor
  for (const GgufTensor& tensor : file.tensors()) {
    const bool a = tensor.name.ends_with(".lora_a"), b = tensor.name.ends_with(".lora_b");
    if (!a && !b) return refuse(ErrorCode::unsupported, tensor.name, "a LoRA matrix of a tensor", "a tensor that is none");
    Pair& pair = pairs[tensor.name.substr(0, tensor.name.size() - 7)];
    (a ? pair.a : pair.b) = &tensor;
  }
  LoraAdapter adapter{adapter_name(path), {}, {}};
  for (const auto& [name, pair] : pairs) {
    if (!pair.a || !pair.b) return refuse(ErrorCode::malformed, name, "an A and a B", pair.a ? "A alone" : "B alone");
    const TensorName tensor = canonical_tensor_name(ModelFormat::gguf, name);
    const WeightRef weight = tensor.expert >= 0 || tensor.fused_gate_up ? nullptr : adaptable_weight(model.weights(), tensor.canonical);
    if (!weight) return refuse(ErrorCode::unsupported, name, "a tensor of this model that can be adapted", "another one");
    const std::vector<std::int64_t>&as = pair.a->shape, &bs = pair.b->shape;
    const std::size_t dimensions = weight->experts > 1 ? 3 : 2;
    const bool fits = as.size() == dimensions && bs.size() == dimensions && (dimensions == 2 || (as[0] == weight->experts && bs[0] == weight->experts)) &&
                      as[dimensions - 1] == weight->cols && bs[dimensions - 2] == weight->rows && as[dimensions - 2] == bs[dimensions - 1] && bs[dimensions - 1] > 0;
    if (!fits) return refuse(ErrorCode::invalid_argument, name, "matrices that fit " + std::to_string(weight->experts) + " x " + std::to_string(weight->rows) + " x " + std::to_string(weight->cols), "others");
    LoraModule module{name, {}, weight->experts, bs[dimensions - 1], weight->cols, 1.0f, {}};
    if (alpha != 0.0) module.scale = static_cast<float>(alpha / static_cast<double>(module.rank));
    RH_ASSIGN(module.a, numbers(file, *pair.a));
    RH_ASSIGN(std::vector<float> b, numbers(file, *pair.b));
    reorder_rotary_rows(model, weight->name, module.rank, rope_order(model, architecture), true, b);
    module.targets.push_back({weight->name, weight->rows, std::move(b)});
    adapter.modules.push_back(std::move(module));
  }
  if (adapter.modules.empty()) return refuse(ErrorCode::malformed, "tensors", "pairs of LoRA matrices", "none");
  RH_ASSIGN(const Sha256Digest digest, sha256(file.files().front().bytes()));
  adapter.sha256 = to_hex(digest);
  RH_TRY(check_adapter(model, adapter));
  return adapter;
}

Status write_gguf_adapter(const std::string& path, const LoraAdapter& adapter, const TextModel& model, const std::string& architecture) {
  RH_TRY(check_adapter(model, adapter));
  if (adapter.modules.empty()) return Error{ErrorCode::invalid_argument, "write adapter", adapter.name, "a module", "none"};
  if (!adapter.bottlenecks.empty()) return Error{ErrorCode::unsupported, "write adapter", adapter.name, "low-rank modules alone, all that GGUF knows", "bottlenecks"};
  if (has_magnitudes(adapter)) {
    return Error{ErrorCode::unsupported, "write adapter", adapter.name, "A and B alone, all that a GGUF adapter holds: merge it into a model instead", "magnitudes (DoRA)"};
  }
  if (architecture.empty()) return Error{ErrorCode::unsupported, "write adapter", path, "a model that GGUF has an architecture for", "none"};
  LoraAdapter uniform = uniform_adapter(model, adapter, true);
  for (LoraModule& module : uniform.modules) {
    reorder_rotary_rows(model, module.targets[0].weight, module.rank, rope_order(model, architecture), false, module.targets[0].b);
  }
  RH_ASSIGN(GgufWriter writer, GgufWriter::create(path));
  RH_TRY(writer.add_metadata("general.type", GgufValue::of_string("adapter")));
  RH_TRY(writer.add_metadata("general.architecture", GgufValue::of_string(architecture)));
  RH_TRY(writer.add_metadata("general.name", GgufValue::of_string(adapter.name)));
  RH_TRY(writer.add_metadata("adapter.type", GgufValue::of_string("lora")));
  RH_TRY(writer.add_metadata("adapter.lora.alpha", GgufValue::of_f32(static_cast<float>(uniform.modules.front().rank))));
  for (const LoraModule& module : uniform.modules) {
    const std::string name = file_tensor_name(ModelFormat::gguf, module.targets[0].weight);
    std::vector<std::int64_t> a{module.rank, module.cols}, b{module.targets[0].rows, module.rank};
    if (module.experts > 1) {
      a.insert(a.begin(), module.experts);
      b.insert(b.begin(), module.experts);
    }
    RH_TRY(writer.add_tensor(name + ".lora_a", DType::f32, a));
    RH_TRY(writer.add_tensor(name + ".lora_b", DType::f32, b));
  }
  for (const LoraModule& module : uniform.modules) {
    RH_TRY(writer.write_data(std::as_bytes(std::span(module.a))));
    RH_TRY(writer.write_data(std::as_bytes(std::span(module.targets[0].b))));
  }
  return writer.finish();
}

}  // namespace roundhouse
