// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <limits>

#include "app/cli/json_text.h"
#include "app/cli/options.h"

namespace roundhouse::cli {
namespace {

struct InspectOptions : CommandOptions {
  std::string file;
  int context = 0;
  bool metadata = false;
};

std::string count_text(std::uint64_t count) {
  if (count >= 1'000'000'000) return fmt::format("{:.2f} B", static_cast<double>(count) / 1e9);
  return fmt::format("{:.1f} M", static_cast<double>(count) / 1e6);
}

// "layers 1 to 29: 16 experts, top-4, 8 shared, sigmoid"; equal neighbours together.
std::vector<std::string> routing_lines(const RoutingLayout& layout) {
  std::vector<std::string> lines;
  const auto& layers = layout.layers;
  for (std::size_t i = 0; i < layers.size();) {
    std::size_t end = i + 1;
    while (end < layers.size() && layers[end].experts == layers[i].experts && layers[end].top_k == layers[i].top_k &&
           layers[end].shared_experts == layers[i].shared_experts && layers[end].score == layers[i].score &&
           layers[end].layer == layers[end - 1].layer + 1) {
      ++end;
    }
    const RoutedLayer& layer = layers[i];
    std::string line = end - i == 1 ? fmt::format("layer {}", layer.layer) : fmt::format("layers {} to {}", layer.layer, layers[end - 1].layer);
    line += fmt::format(": {} experts, top-{}", layer.experts, layer.top_k);
    if (layer.shared_experts > 0) line += fmt::format(", {} shared", layer.shared_experts);
    lines.push_back(line + ", " + layer.score);
    i = end;
  }
  if (lines.empty()) lines.push_back("none: a dense model");
  return lines;
}

std::string info_text(const ModelInfo& info, const MemoryUse& memory, int context, bool metadata) {
  std::string text;
  const auto line = [&](const char* name, const std::string& value) {
    if (!value.empty()) text += fmt::format("{:<18}{}\n", name, terminal_safe(value));
  };
  line("name", info.name);
  line("file", info.path);
  line("format", fmt::format("{}, architecture {}, {}", info.format, info.architecture, bytes_text(info.file_bytes)));
  line("description", info.description);
  line("author", info.author);
  line("licence", info.license);
  line("base model", info.base_model);
  line("parameters", fmt::format("{}, {} active for a token", count_text(info.parameters), count_text(info.active_parameters)));
  line("shape", fmt::format("{} layers, width {}, {} heads ({} key-value) of {}, vocabulary {}", info.layers, info.width, info.heads, info.kv_heads,
                            info.head_width, info.vocabulary));
  line("context", fmt::format("{} tokens", info.context_tokens));
  line("chat template", info.has_chat_template ? "yes" : "no");
  const auto routing = routing_lines(info.routing);
  for (std::size_t i = 0; i < routing.size(); ++i) line(i == 0 ? "routing" : "", routing[i]);
  for (std::size_t i = 0; i < info.types.size(); ++i) {
    line(i == 0 ? "types" : "", fmt::format("{}: {} tensors, {}", info.types[i].type, info.types[i].tensors, bytes_text(info.types[i].bytes)));
  }
  line("memory", fmt::format("{} predicted at {} tokens: dense {}, experts {}, KV cache {}, working space {}", bytes_text(memory.total_bytes()),
                             context > 0 ? context : info.context_tokens, bytes_text(memory.dense_weights_bytes),
                             bytes_text(memory.expert_weights_bytes), bytes_text(memory.kv_cache_bytes), bytes_text(memory.workspace_bytes)));
  line("loadable", info.not_loadable ? "no: " + info.not_loadable->message() : "yes");
  if (metadata) {
    text += "metadata\n";
    for (const auto& [key, value] : info.metadata) text += fmt::format("  {} = {}\n", terminal_safe(key), terminal_safe(value));
  }
  return text;
}

Result<int> run_inspect(Cli& cli, const InspectOptions& options) {
  ModelOptions model;
  model.model = options.file;
  RH_ASSIGN(const std::string path, cli.model_path(model));
  RH_ASSIGN(const ModelInfo info, cli.environment().inspect(path));
  LoadOptions load_options;
  load_options.context_tokens = options.context;
  const MemoryUse memory = predict_memory(info, load_options);
  if (options.json) {
    RH_TRY(cli.out.write(to_text(model_info_json(info, memory, options.metadata)) + "\n"));
  } else {
    RH_TRY(cli.out.write(info_text(info, memory, options.context, options.metadata)));
  }
  return exit_ok;
}

}  // namespace

void add_inspect(CLI::App& root, Commands& commands) {
  auto& options = add_command<InspectOptions>(root, commands, "inspect", "Show what a model file says of itself, and the memory it will need", &run_inspect);
  options.app->add_option("FILE,-m,--model", options.file, "GGUF file or folder [the embedded model]");
  options.app->add_option("--context", options.context, "Predict memory for so many tokens; 0: the model's own [0]")->transform(whole_number(0, std::numeric_limits<int>::max()));
  options.app->add_flag("--metadata", options.metadata, "Also every metadata key");
}

}  // namespace roundhouse::cli
