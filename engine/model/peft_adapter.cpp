// SPDX-License-Identifier: Apache-2.0
#include "engine/model/peft_adapter.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <set>
#include <span>
#include <utility>

#include "engine/base/sha256.h"
#include "engine/io/json.h"
#include "engine/io/safetensors_file.h"
#include "engine/io/safetensors_writer.h"
#include "engine/model/families.h"
#include "engine/model/rotary_rows.h"
#include "roundhouse/atomic_file.h"
#include "roundhouse/model.h"
#include "roundhouse/text_file.h"

namespace roundhouse {

namespace {

constexpr const char* operation = "read adapter";
constexpr std::string_view prefix = "base_model.model.";

struct Config {
  double alpha = 0;
  bool rank_stabilised = false;  // rsLoRA
  bool magnitudes = false;       // DoRA
  std::vector<std::pair<std::string, double>> alphas;  // by the end of a module's name
};

// What changes the arithmetic in a way that is not done here, unless it is null, false, empty or the value given.
constexpr std::pair<const char*, const char*> neutral_settings[] = {
    {"use_qalora", ""}, {"use_bdlora", ""}, {"lora_bias", ""}, {"fan_in_fan_out", ""}, {"bias", "none"}, {"modules_to_save", ""},
    {"layer_replication", ""}, {"trainable_token_indices", ""}, {"alora_invocation_tokens", ""}, {"arrow_config", ""}, {"monteclora_config", ""},
    {"velora_config", ""}};

bool neutral(const Json& value, std::string_view plain) {
  return value.is_null() || value == false || ((value.is_array() || value.is_object() || value.is_string()) && value.empty()) ||
         (value.is_string() && value.get_ref<const std::string&>() == plain);
}

Result<Config> read_config(const std::string& path, std::string_view text) {
  RH_ASSIGN(const Json json, parse_json(text, path));
  RH_ASSIGN(const JsonView view, JsonView::of(json, path));
  RH_ASSIGN(const std::string kind, view.string("peft_type"));
  if (kind != "LORA") return Error{ErrorCode::unsupported, operation, path, "peft_type LORA", kind};
  for (const auto& [key, plain] : neutral_settings) {
    const Json* const value = view.find(key);
    if (value && !neutral(*value, plain)) {
      return Error{ErrorCode::unsupported, operation, std::string(key) + " in " + path, "an adapter without it", dump_json(*value).substr(0, 80)};
    }
  }
  // Those that begin by changing the base: beside the unchanged one the adapter would be wrong.
  const Json* const begun = view.find("init_lora_weights");
  const std::string start = begun && begun->is_string() ? begun->get<std::string>() : std::string();  // else a flag
  for (const std::string_view changing : {"pissa", "olora", "corda", "loftq", "lora_ga"}) {
    if (start.starts_with(changing)) return Error{ErrorCode::unsupported, operation, "init_lora_weights in " + path, "an adapter without it", start};
  }
  Config config;
  RH_ASSIGN(config.alpha, view.number("lora_alpha"));
  RH_ASSIGN(config.rank_stabilised, view.boolean_or("use_rslora", false));
  RH_ASSIGN(config.magnitudes, view.boolean_or("use_dora", false));
  if (view.contains("alpha_pattern")) {
    RH_ASSIGN(const JsonView pattern, view.object("alpha_pattern"));
    for (const auto& [name, value] : pattern.json().items()) {
      // PEFT reads them as regular expressions; those it writes itself are names.
      if (name.find_first_of("\\*+?[](){}|^$") != std::string::npos) {
        return Error{ErrorCode::unsupported, operation, "alpha_pattern in " + path, "names of modules", name};
      }
      RH_ASSIGN(const double alpha, pattern.number(name));
      config.alphas.emplace_back(name, alpha);
    }
  }
  return config;
}

class Reader {
 public:
  Reader(const SafetensorsFile& file, const Config& config, std::string path, const TextModel& model)
      : file_(file), config_(config), path_(std::move(path)), model_(model) {}

  Result<LoraAdapter> read() {
    RH_TRY(pair_up());
    for (const auto& [name, pair] : pairs_) {
      if (!pair.a || !pair.b) return refuse(ErrorCode::malformed, name, "an A and a B", pair.a ? "A alone" : pair.b ? "B alone" : "neither");
      if ((pair.m != nullptr) != config_.magnitudes) {
        return refuse(ErrorCode::malformed, name, config_.magnitudes ? "a lora_magnitude_vector, as use_dora says" : "no lora_magnitude_vector, as use_dora says",
                      pair.m ? "one" : "none");
      }
      RH_TRY(place(name, pair));
    }
    for (auto& [weight, experts] : single_) RH_TRY(stack(weight, experts));
    if (adapter_.modules.empty()) return refuse(ErrorCode::malformed, "tensors", "pairs of LoRA matrices", "none");
    return std::move(adapter_);
  }

 private:
  struct Pair {
    const SafetensorsTensor* a = nullptr;  // [rank, in]
    const SafetensorsTensor* b = nullptr;  // [out, rank]
    const SafetensorsTensor* m = nullptr;  // [out] magnitudes
  };

  Error refuse(ErrorCode code, const std::string& name, std::string expected, std::string received) const {
    return {code, operation, name + " in " + path_, std::move(expected), std::move(received)};
  }
  static std::string shape(const Pair& pair) {
    const auto text = [](const SafetensorsTensor& t) { return std::to_string(t.shape[0]) + " x " + std::to_string(t.shape[1]); };
    return "A " + text(*pair.a) + " and B " + text(*pair.b);
  }

  Status pair_up() {
    for (const SafetensorsTensor& tensor : file_.tensors()) {
      const std::string& full = tensor.name;
      if (const std::size_t dot = full.rfind(".lora_magnitude_vector"); dot != std::string::npos) {
        const std::string_view behind = std::string_view(full).substr(dot + std::string_view(".lora_magnitude_vector").size());
        const bool known = behind.empty() || behind == ".weight" || behind == ".default" || behind == ".default.weight";
        if (!full.starts_with(prefix) || dot <= prefix.size() || !known) return refuse(ErrorCode::unsupported, full, "magnitudes of a module", "a tensor of another name");
        if (tensor.shape.size() != 1 || tensor.shape[0] < 1) return refuse(ErrorCode::malformed, full, "a vector", "another shape");
        const SafetensorsTensor*& own = pairs_[full.substr(prefix.size(), dot - prefix.size())].m;
        if (own) return refuse(ErrorCode::malformed, full, "one tensor of its meaning", "a second one");
        own = &tensor;
        continue;
      }
      const std::size_t at = std::max(full.rfind(".lora_A.") + 1, full.rfind(".lora_B.") + 1);
      const std::string_view end = at == 0 ? std::string_view() : std::string_view(full).substr(at + 7);
      if (!full.starts_with(prefix) || at <= prefix.size() || (end != "weight" && end != "default.weight")) {
        return refuse(ErrorCode::unsupported, full, "a LoRA matrix of a module", "a tensor that is none");
      }
      if (tensor.shape.size() != 2 || tensor.shape[0] < 1 || tensor.shape[1] < 1) return refuse(ErrorCode::malformed, full, "a matrix", "another shape");
      Pair& pair = pairs_[full.substr(prefix.size(), at - 1 - prefix.size())];
      const SafetensorsTensor*& half = full[at + 5] == 'A' ? pair.a : pair.b;
      if (half) return refuse(ErrorCode::malformed, full, "one tensor of its meaning", "a second one");
      half = &tensor;
    }
    return Ok{};
  }

  Status place(const std::string& name, const Pair& pair) {
    std::string stem = name;
    while (stem.ends_with(".base_layer")) stem.resize(stem.size() - 11);  // modules within each other, one for each parameter
    const TensorName own = canonical_tensor_name(ModelFormat::hugging_face, stem + ".weight");
    if (!own.canonical.empty() && stem == name) {
      if (own.expert >= 0) return single_[own.canonical].emplace(own.expert, std::pair(name, pair)).second ? Status(Ok{}) : twice(name);
      return dense(name, own.canonical, pair);
    }
    // Fused experts: the shapes say which of the two parameters it is.
    for (const char* parameter : {".gate_up_proj", ".down_proj"}) {
      const TensorName fused = canonical_tensor_name(ModelFormat::hugging_face, stem + parameter);
      const Weight* const first = fused.canonical.empty() ? nullptr : adaptable_weight(model_.weights(), fused.canonical);
      if (!first) continue;
      const std::int64_t rows = first->rows * (fused.fused_gate_up ? 2 : 1);
      const bool fits = pair.a->shape[1] == first->cols && pair.b->shape[0] == rows && pair.a->shape[0] == pair.b->shape[1] && pair.a->shape[0] % first->experts == 0;
      if (fits && pair.m) return refuse(ErrorCode::unsupported, name, "fused experts without magnitudes", "DoRA");
      if (fits) return fused_experts(stem + parameter, fused, *first, pair);
    }
    return refuse(ErrorCode::invalid_argument, name, "a module of this model, of its shape", shape(pair));
  }

  Error twice(const std::string& name) const { return refuse(ErrorCode::malformed, name, "one adapter for each weight", "a second one"); }

  float scale(const std::string& module, std::int64_t rank) const {
    double alpha = config_.alpha;
    for (const auto& [end, value] : config_.alphas) {
      if (module == end || module.ends_with("." + end)) {
        alpha = value;
        break;
      }
    }
    return static_cast<float>(alpha / (config_.rank_stabilised ? std::sqrt(static_cast<double>(rank)) : static_cast<double>(rank)));
  }

  // One matrix's own pair, its shape checked against the model's weight (of which it may be one expert).
  Result<LoraModule> matrix(const std::string& name, const std::string& canonical, const Pair& pair) const {
    const Weight* const weight = adaptable_weight(model_.weights(), canonical);
    if (!weight) return refuse(ErrorCode::unsupported, name, "a module of this model that can be adapted", "another one");
    if (pair.a->shape[1] != weight->cols || pair.b->shape[0] != weight->rows || pair.a->shape[0] != pair.b->shape[1]) {
      return refuse(ErrorCode::invalid_argument, name, "A rank x " + std::to_string(weight->cols) + " and B " + std::to_string(weight->rows) + " x rank", shape(pair));
    }
    LoraModule module;
    module.name = name;
    module.rank = pair.a->shape[0];
    module.cols = weight->cols;
    module.scale = scale(name, module.rank);
    RH_ASSIGN(module.a, file_.read_f32(pair.a->name));
    RH_ASSIGN(std::vector<float> b, file_.read_f32(pair.b->name));
    module.targets.push_back({canonical, weight->rows, std::move(b)});
    if (pair.m) {
      if (pair.m->shape[0] != weight->rows) return refuse(ErrorCode::invalid_argument, name, std::to_string(weight->rows) + " magnitudes", std::to_string(pair.m->shape[0]));
      RH_ASSIGN(module.targets[0].magnitude, file_.read_f32(pair.m->name));
    }
    return module;
  }

  Status dense(const std::string& name, const std::string& canonical, const Pair& pair) {
    RH_ASSIGN(LoraModule module, matrix(name, canonical, pair));
    reorder_rotary_rows(model_, canonical, module.rank, RopeOrder::halves, true, module.targets[0].b);
    if (pair.m) reorder_rotary_rows(model_, canonical, 1, RopeOrder::halves, true, module.targets[0].magnitude);
    adapter_.modules.push_back(std::move(module));
    return Ok{};
  }

  Status fused_experts(const std::string& name, const TensorName& tensor, const Weight& first, const Pair& pair) {
    LoraModule module;
    module.name = name;
    module.experts = first.experts;
    module.rank = pair.a->shape[0] / first.experts;
    module.cols = first.cols;
    module.scale = scale(name, module.rank);
    RH_ASSIGN(module.a, file_.read_f32(pair.a->name));
    RH_ASSIGN(const std::vector<float> b, file_.read_f32(pair.b->name));
    std::vector<std::string> weights{tensor.canonical};
    if (tensor.fused_gate_up) weights.push_back(tensor.canonical.substr(0, tensor.canonical.size() - 4) + "up");
    const auto experts = static_cast<std::size_t>(module.experts), rank = static_cast<std::size_t>(module.rank), rows = static_cast<std::size_t>(first.rows);
    for (std::size_t t = 0; t < weights.size(); ++t) {
      LoraModule::Target target{weights[t], first.rows, std::vector<float>(experts * rows * rank)};
      for (std::size_t e = 0; e < experts; ++e) {
        for (std::size_t r = 0; r < rows; ++r) {
          for (std::size_t j = 0; j < rank; ++j) target.b[(e * rows + r) * rank + j] = b[(t * rows + r) * rank * experts + j * experts + e];
        }
      }
      module.targets.push_back(std::move(target));
    }
    adapter_.modules.push_back(std::move(module));
    return Ok{};
  }

  Status stack(const std::string& canonical, const std::map<std::int32_t, std::pair<std::string, Pair>>& experts) {
    LoraModule whole;
    for (const auto& [expert, named] : experts) {
      RH_ASSIGN(const LoraModule one, matrix(named.first, canonical, named.second));
      const std::int64_t count = model_.weights().find(canonical)->experts;
      if (expert >= count) return refuse(ErrorCode::invalid_argument, named.first, "an expert below " + std::to_string(count), std::to_string(expert));
      const auto at = static_cast<std::size_t>(expert), rank = static_cast<std::size_t>(one.rank), cols = static_cast<std::size_t>(one.cols);
      const auto rows = static_cast<std::size_t>(one.targets[0].rows);
      if (whole.targets.empty()) {
        whole = {named.first, {{canonical, one.targets[0].rows, {}}}, count, one.rank, one.cols, one.scale, {}};
        whole.a.resize(static_cast<std::size_t>(count) * rank * cols);
        whole.targets[0].b.resize(static_cast<std::size_t>(count) * rows * rank);
        if (config_.magnitudes) {  // of experts without an adapter: their own lengths
          RH_ASSIGN(whole.targets[0].magnitude, row_norms(*model_.weights().find(canonical), whole, whole.targets[0]));
        }
      }
      if (one.rank != whole.rank) return refuse(ErrorCode::unsupported, named.first, "the rank of the other experts, " + std::to_string(whole.rank), std::to_string(one.rank));
      std::copy(one.a.begin(), one.a.end(), whole.a.begin() + static_cast<std::ptrdiff_t>(at * rank * cols));
      if (config_.magnitudes) std::copy(one.targets[0].magnitude.begin(), one.targets[0].magnitude.end(), whole.targets[0].magnitude.begin() + static_cast<std::ptrdiff_t>(at * rows));
      const float factor = one.scale / whole.scale;
      std::transform(one.targets[0].b.begin(), one.targets[0].b.end(), whole.targets[0].b.begin() + static_cast<std::ptrdiff_t>(at * rows * rank),
                     [factor](float v) { return factor * v; });
    }
    adapter_.modules.push_back(std::move(whole));
    return Ok{};
  }

  const SafetensorsFile& file_;
  const Config& config_;
  std::string path_;
  const TextModel& model_;
  std::map<std::string, Pair> pairs_;
  std::map<std::string, std::map<std::int32_t, std::pair<std::string, Pair>>> single_;  // by weight and expert
  LoraAdapter adapter_;
};

}  // namespace

Result<LoraAdapter> read_peft_adapter(const std::string& folder, const TextModel& model) {
  constexpr std::size_t largest_config = std::size_t{1} << 20;
  const std::string config_path = folder + "/adapter_config.json";
  RH_ASSIGN(const std::string text, read_text_file(config_path, largest_config));
  RH_ASSIGN(const Config config, read_config(config_path, text));
  const std::string path = folder + "/adapter_model.safetensors";
  RH_ASSIGN(const SafetensorsFile file, SafetensorsFile::open(path));
  RH_ASSIGN(LoraAdapter adapter, Reader(file, config, path, model).read());
  adapter.name = adapter_name(folder);
  RH_ASSIGN(const Sha256Digest of_config, sha256(text));
  RH_ASSIGN(const Sha256Digest of_weights, sha256(file.files().front().bytes()));
  RH_ASSIGN(const Sha256Digest of_both, sha256(to_hex(of_config) + "  adapter_config.json\n" + to_hex(of_weights) + "  adapter_model.safetensors\n"));
  adapter.sha256 = to_hex(of_both);
  RH_TRY(check_adapter(model, adapter));
  return adapter;
}

namespace {

struct Matrix {
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};

// A module with magnitudes, as PEFT has it: of each matrix by itself, stacked experts as the modules that they were before they
// were fused, since PEFT has no magnitudes of fused ones. A module without any gets those that change nothing: PEFT wants all or none.
Status add_sized(const TextModel& model, const LoraModule& module, std::map<std::string, Matrix>& tensors, std::set<std::string>& modules) {
  const LoraModule::Target& target = module.targets[0];
  std::vector<float> b = target.b, magnitude = target.magnitude;
  if (magnitude.empty()) {
    RH_ASSIGN(magnitude, row_norms(*model.weights().find(target.weight), module, target));
  }
  const bool routed = target.weight.find(".experts.") != std::string::npos;
  if (!routed) {
    reorder_rotary_rows(model, target.weight, module.rank, RopeOrder::halves, false, b);
    reorder_rotary_rows(model, target.weight, 1, RopeOrder::halves, false, magnitude);
  }
  const std::string whole = file_tensor_name(ModelFormat::hugging_face, target.weight);  // of experts without an end
  const std::string file = whole.ends_with(".weight") ? whole.substr(0, whole.size() - 7) : whole;
  const std::string part = target.weight.substr(target.weight.rfind('.') + 1) + "_proj";
  const std::string experts = file_tensor_name(ModelFormat::hugging_face, target.weight.substr(0, target.weight.rfind('.')) + ".down");
  const auto cut = [](const std::vector<float>& values, std::int64_t at, std::int64_t count) {
    return std::vector<float>(values.begin() + at * count, values.begin() + (at + 1) * count);
  };
  for (std::int64_t e = 0; e < module.experts; ++e) {
    const std::string name = routed ? experts.substr(0, experts.rfind('.')) + "." + std::to_string(e) + "." + part : file;
    modules.insert(name.substr(name.find('.', std::string_view("model.layers.").size()) + 1));
    const std::string full = std::string(prefix) + name;
    tensors[full + ".lora_A.weight"] = {{module.rank, module.cols}, cut(module.a, e, module.rank * module.cols)};
    tensors[full + ".lora_B.weight"] = {{target.rows, module.rank}, cut(b, e, target.rows * module.rank)};
    tensors[full + ".lora_magnitude_vector"] = {{target.rows}, cut(magnitude, e, target.rows)};
  }
  return Ok{};
}

}  // namespace

Status write_peft_adapter(const std::string& folder, const LoraAdapter& adapter, const TextModel& model, const std::string& base) {
  RH_TRY(check_adapter(model, adapter));
  if (adapter.modules.empty()) return Error{ErrorCode::invalid_argument, "write adapter", adapter.name, "a module", "none"};
  if (!adapter.bottlenecks.empty()) return Error{ErrorCode::unsupported, "write adapter", adapter.name, "low-rank modules alone, all that PEFT knows", "bottlenecks"};
  const bool sized = has_magnitudes(adapter);
  const LoraAdapter uniform = uniform_adapter(model, adapter, sized);
  std::set<std::string> modules, parameters;  // as the configuration names them
  std::map<std::string, Matrix> tensors;
  for (const LoraModule& module : uniform.modules) {
    if (sized) {
      RH_TRY(add_sized(model, module, tensors, modules));
      continue;
    }
    const std::string& weight = module.targets[0].weight;
    const bool routed = weight.find(".experts.") != std::string::npos;
    std::string name = file_tensor_name(ModelFormat::hugging_face, weight);
    if (routed) {
      // The inner module has gate and up, the outer one down.
      const std::string prefix_of_experts = file_tensor_name(ModelFormat::hugging_face, weight.substr(0, weight.rfind('.')) + ".down");
      name = prefix_of_experts.substr(0, prefix_of_experts.rfind('.'));
      const bool down = weight.ends_with(".down");
      parameters.insert(down ? "mlp.experts.down_proj" : "mlp.experts.gate_up_proj");
      if (!down) name += ".base_layer";
    } else {
      name.resize(name.size() - std::string_view(".weight").size());
      modules.insert(name.substr(name.find('.', std::string_view("model.layers.").size()) + 1));
    }
    const auto experts = static_cast<std::size_t>(module.experts), rank = static_cast<std::size_t>(module.rank);
    Matrix b{{0, module.rank * module.experts}, {}};
    for (const LoraModule::Target& target : module.targets) {
      const auto rows = static_cast<std::size_t>(target.rows);
      std::vector<float> values = target.b;
      if (!routed) reorder_rotary_rows(model, target.weight, module.rank, RopeOrder::halves, false, values);
      b.shape[0] += target.rows;
      for (std::size_t r = 0; r < rows; ++r) {
        for (std::size_t j = 0; j < rank; ++j) {
          for (std::size_t e = 0; e < experts; ++e) b.values.push_back(values[(e * rows + r) * rank + j]);
        }
      }
    }
    tensors[std::string(prefix) + name + ".lora_A.weight"] = {{module.experts * module.rank, module.cols}, module.a};
    tensors[std::string(prefix) + name + ".lora_B.weight"] = std::move(b);
  }
  // An outer module alone has no inner one to be within.
  if (!parameters.contains("mlp.experts.down_proj")) {
    std::map<std::string, Matrix> outer;
    for (auto& [name, tensor] : tensors) {
      std::string own = name;
      if (const std::size_t at = own.find(".experts.base_layer."); at != std::string::npos) own.erase(at + 8, 11);
      outer[own] = std::move(tensor);
    }
    tensors = std::move(outer);
  }
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) return Error{ErrorCode::io, "write adapter", folder, "a folder", failed.message()};
  RH_ASSIGN(SafetensorsWriter writer, SafetensorsWriter::create(folder + "/adapter_model.safetensors"));
  RH_TRY(writer.add_metadata("format", "pt"));
  for (const auto& [name, tensor] : tensors) RH_TRY(writer.add_tensor(name, DType::f32, tensor.shape));
  for (const auto& [name, tensor] : tensors) RH_TRY(writer.write_data(std::as_bytes(std::span(tensor.values))));
  RH_TRY(writer.finish());
  const std::int64_t rank = uniform.modules.front().rank;
  const Json config = {{"peft_type", "LORA"}, {"task_type", "CAUSAL_LM"}, {"base_model_name_or_path", base}, {"r", rank}, {"lora_alpha", rank},
                       {"lora_dropout", 0.0}, {"bias", "none"}, {"fan_in_fan_out", false}, {"inference_mode", true}, {"init_lora_weights", true},
                       {"use_rslora", false}, {"use_dora", sized}, {"rank_pattern", Json::object()}, {"alpha_pattern", Json::object()},
                       {"modules_to_save", nullptr}, {"target_modules", modules}, {"target_parameters", parameters}};
  return write_file_atomically(folder + "/adapter_config.json", dump_json(config, 2) + "\n");
}

}  // namespace roundhouse
