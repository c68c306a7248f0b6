// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

#include "app/cli/cli_options.h"
#include "app/cli/commands.h"
#include "roundhouse/tokenizer.h"

namespace roundhouse::cli {

namespace {

using Json = nlohmann::json;

std::string dump(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

std::string mib(std::uint64_t bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f MiB", static_cast<double>(bytes) / 1048576.0);
  return text;
}

int inspect(const CommonOptions& options, bool metadata) {
  const auto path = model_path(options);
  if (!path.ok()) return report(path.error(), options.json);
  const auto found = inspect_model(*path);
  if (!found.ok()) return report(found.error(), options.json);
  const ModelInfo& info = *found;
  LoadOptions load_options;
  load_options.context_tokens = options.context_tokens;
  const MemoryUse memory = predict_memory(info, load_options);
  if (options.json) {
    Json types = Json::array(), layers = Json::array();
    for (const TypeShare& t : info.types) types.push_back({{"type", t.type}, {"tensors", t.tensors}, {"bytes", t.bytes}});
    for (const RoutedLayer& l : info.routing.layers) layers.push_back({{"layer", l.layer}, {"experts", l.experts}, {"top_k", l.top_k}, {"shared", l.shared_experts}, {"score", l.score}});
    Json out = {{"path", info.path}, {"format", info.format}, {"name", info.name}, {"architecture", info.architecture}, {"license", info.license},
                {"author", info.author}, {"base_model", info.base_model}, {"description", info.description}, {"file_bytes", info.file_bytes},
                {"parameters", info.parameters}, {"active_parameters", info.active_parameters}, {"layers", info.layers}, {"width", info.width},
                {"heads", info.heads}, {"kv_heads", info.kv_heads}, {"vocabulary", info.vocabulary}, {"context_tokens", info.context_tokens},
                {"routed_layers", layers}, {"types", types}, {"loadable", info.loadable}, {"not_loadable_reason", info.not_loadable_reason},
                {"memory", {{"dense_weights_bytes", memory.dense_weights_bytes}, {"expert_weights_bytes", memory.expert_weights_bytes},
                            {"kv_cache_bytes", memory.kv_cache_bytes}, {"workspace_bytes", memory.workspace_bytes}}}};
    if (metadata) {
      for (const auto& [key, value] : info.metadata) out["metadata"][key] = value;
    }
    print(dump(out));
    return exit_ok;
  }
  std::string out = info.name + "\n";
  const auto row = [&](const std::string& name, const std::string& value) {
    if (value.empty()) return;
    char line[64];
    std::snprintf(line, sizeof line, "  %-16s ", name.c_str());
    out += line + value + "\n";
  };
  row("file", info.path + " (" + info.format + ", " + mib(info.file_bytes) + ")");
  row("architecture", info.architecture);
  row("licence", info.license);
  row("based on", info.base_model);
  row("parameters", std::to_string(info.parameters / 1000000) + " M, of which " + std::to_string(info.active_parameters / 1000000) + " M work on a token");
  if (info.layers > 0) {
    row("shape", std::to_string(info.layers) + " layers, width " + std::to_string(info.width) + ", " + std::to_string(info.heads) + "/" +
                     std::to_string(info.kv_heads) + " heads of " + std::to_string(info.head_width) + ", vocabulary " + std::to_string(info.vocabulary));
  }
  if (!info.routing.layers.empty()) {
    const RoutedLayer& l = info.routing.layers.back();
    row("experts", std::to_string(l.experts) + " in " + std::to_string(info.routing.layers.size()) + " layers, top-" + std::to_string(l.top_k) +
                       ", " + l.score + (l.shared_experts > 0 ? ", shared: " + std::to_string(l.shared_experts) : ""));
  }
  row("context", info.context_tokens > 0 ? std::to_string(info.context_tokens) + " tokens" : "");
  std::string types;
  for (const TypeShare& t : info.types) types += (types.empty() ? "" : ", ") + t.type + " " + mib(t.bytes);
  row("types", types);
  row("memory", "dense " + mib(memory.dense_weights_bytes) + ", experts " + mib(memory.expert_weights_bytes) + ", KV cache " +
                    mib(memory.kv_cache_bytes) + ", working space " + mib(memory.workspace_bytes));
  row("loadable", info.loadable ? "yes" : "no: " + info.not_loadable_reason);
  for (const auto& [key, value] : info.metadata) {
    if (metadata) out += "  " + key + " = " + value + "\n";
  }
  print(out);
  return exit_ok;
}

int tokenize(const CommonOptions& options, std::string text, bool special) {
  if (text == "-") text.assign(std::istreambuf_iterator<char>(std::cin), {});
  CommonOptions quiet = options;
  quiet.no_audit = true;  // nothing is asked of the model
  const auto loaded = load(quiet);
  if (!loaded.ok()) return report(loaded.error(), options.json);
  EncodeOptions encode;
  encode.parse_special = special;
  const auto ids = loaded->model->tokenizer().encode(text, encode);
  if (!ids.ok()) return report(ids.error(), options.json);
  if (options.json) {
    Json out = {{"ids", *ids}, {"tokens", Json::array()}};
    for (const TokenId id : *ids) out["tokens"].push_back(std::string(loaded->model->tokenizer().token_bytes(id)));
    print(dump(out));
    return exit_ok;
  }
  std::string out;
  for (const TokenId id : *ids) {
    out += std::to_string(id) + "\t";
    for (const char c : loaded->model->tokenizer().token_bytes(id)) {
      if (c == '\n') out += "\\n";
      else if (c == '\t') out += "\\t";
      else out += c;
    }
    out += '\n';
  }
  print(out);
  return exit_ok;
}

}  // namespace

void add_inspect(CLI::App& app, Run& run) {
  auto options = std::make_shared<CommonOptions>();
  auto metadata = std::make_shared<bool>(false);
  auto* command = app.add_subcommand("inspect", "what a model file says of itself, and the memory it will take");
  add_common(*command, *options);
  command->add_flag("--metadata", *metadata, "every key of the file");
  command->add_option("MODEL", options->model, "instead of --model");
  command->callback([=, &run] { run = [=] { return inspect(*options, *metadata); }; });
}

void add_tokenize(CLI::App& app, Run& run) {
  auto options = std::make_shared<CommonOptions>();
  auto text = std::make_shared<std::string>();
  auto special = std::make_shared<bool>(false);
  auto* command = app.add_subcommand("tokenize", "a text's tokens, one a line");
  add_common(*command, *options);
  command->add_flag("--special", *special, "read control tokens in the text as such");
  command->add_option("TEXT", *text, "the text; \"-\" reads standard input")->required();
  command->callback([=, &run] { run = [=] { return tokenize(*options, *text, *special); }; });
}

}  // namespace roundhouse::cli
