// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "app/cli/json_text.h"
#include "app/cli/options.h"
#include "roundhouse/export_model.h"

namespace roundhouse::cli {
namespace {

struct ExportCommand : CommandOptions {
  ModelOptions model;
  std::vector<std::string> adapters;
  std::string output, type, format;
  int threads = 0;
};

constexpr std::array types = {"own", "f32", "f16", "bf16", "q8_0", "q4_0", "q4_k", "q6_k"};
constexpr std::array formats = {"gguf", "safetensors", "peft", "gguf-adapter"};

template <std::size_t n>
Status one_of(const char* option, const std::array<const char*, n>& names, const std::string& value) {
  if (value.empty() || std::find(names.begin(), names.end(), value) != names.end()) return Ok{};
  return argument_error({ErrorCode::invalid_argument, {}, option, fmt::format("{}", fmt::join(names, ", ")), "'" + value + "'"});
}

// "PATH" or "PATH=SCALE".
ExportPart part_of(const std::string& text) {
  const std::size_t sign = text.rfind('=');
  double scale = 1.0;
  if (sign == std::string::npos || sign == 0) return {text, scale};
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data() + sign + 1, end, scale);
  if (read.ec != std::errc() || read.ptr != end || !std::isfinite(scale)) return {text, 1.0};  // a path with '=' in it
  return {text.substr(0, sign), scale};
}

// The export that the format means for this model.
Result<ExportFormat> format_of(Cli& cli, const ExportCommand& options, const std::string& model) {
  if (options.format == "peft") return ExportFormat::peft;
  if (options.format == "gguf-adapter") return ExportFormat::gguf_adapter;
  if (options.format.empty()) return ExportFormat::merged;
  RH_ASSIGN(const ModelInfo info, cli.environment().inspect(model));
  const std::string own = info.format == "GGUF" ? "gguf" : "safetensors";
  if (options.format == own) return ExportFormat::merged;
  return argument_error({ErrorCode::unsupported, {}, "--format", own + ", which the model is in, or peft or gguf-adapter", "'" + options.format + "'"});
}

Json report_json(const ExportReport& report) {
  Json json = {{"path", report.path}, {"format", report.format}, {"bytes", report.bytes}, {"sha256", report.sha256}, {"model_sha256", report.model_sha256}};
  json["adapters"] = Json::array();
  for (const ExportReport::Part& part : report.parts) json["adapters"].push_back({{"name", part.name}, {"sha256", part.sha256}, {"scale", part.scale}});
  if (report.tensors > 0) {
    json["tensors"] = {{"all", report.tensors}, {"updated", report.updated_tensors}, {"converted", report.converted_tensors}};
    json["in_another_type"] = report.in_another_type;
  }
  json["audit_entry"] = report.audit_entry;
  return json;
}

std::string report_text(const ExportReport& report) {
  std::string text;
  const auto line = [&](const char* name, const std::string& value) { text += fmt::format("{:<18}{}\n", name, terminal_safe(value)); };
  line("written", report.path);
  line("format", fmt::format("{}, {}", report.format, bytes_text(report.bytes)));
  if (report.tensors > 0) line("tensors", fmt::format("{}, {} updated, {} of another type than before", report.tensors, report.updated_tensors, report.converted_tensors));
  for (const std::string& name : report.in_another_type) line("other type", name);
  for (const ExportReport::Part& part : report.parts) line("adapter", fmt::format("{}{}, sha256 {}", part.name, part.scale == 1.0 ? "" : fmt::format(" times {}", part.scale), part.sha256));
  line("sha256", report.sha256);
  return text;
}

Result<int> run_export(Cli& cli, const ExportCommand& options) {
  RH_TRY(one_of("--type", types, options.type));
  RH_TRY(one_of("--format", formats, options.format));
  if (options.adapters.empty() && options.type.empty()) {
    return argument_error({ErrorCode::invalid_argument, {}, "export", "an --adapter, or a --type to convert the model to", "neither"});
  }
  std::vector<ExportPart> parts;
  for (const std::string& adapter : options.adapters) parts.push_back(part_of(adapter));
  RH_ASSIGN(const std::string model, cli.model_path(options.model));
  ExportOptions wanted;
  RH_ASSIGN(wanted.format, format_of(cli, options, model));
  wanted.type = options.type;
  wanted.threads = options.threads;
  wanted.program = "roundhouse-cli";
  RH_ASSIGN(wanted.audit, cli.audit());
  const CancelToken cancel;
  const Interrupt::Scope scope(cli.interrupt, [cancel] { cancel.cancel(); });
  const auto report = export_model(model, parts, options.output, wanted, [&](const LoadProgress& progress) { cli.show_progress(progress); }, cancel);
  cli.end_progress();
  RH_TRY(report);
  RH_TRY(cli.out.write(options.json ? to_text(report_json(*report)) + "\n" : report_text(*report)));
  return exit_ok;
}

}  // namespace

void add_export(CLI::App& root, Commands& commands) {
  auto& options = add_command<ExportCommand>(root, commands, "export", "Write a model with a fine-tune in its weights, or the fine-tune alone", &run_export);
  add_model_option(*options.app, options.model);
  options.app->add_option("--adapter", options.adapters, "PATH or PATH=SCALE: a LoRA adapter (folder as PEFT writes it, or GGUF file) or the *.safetensors "
                          "file of whole weights that a run wrote; may be given several times, they add up");
  options.app->add_option("-o,--output", options.output, "File or folder to write; nothing may be there yet")->required();
  options.app->add_option("--type", options.type, "Of merged matrices: own, f32, f16, bf16, in GGUF also q8_0, q4_0, q4_k, q6_k [their own, but q8_0 for updated "
                          "ones of fewer bits, between whose levels a fine-tune would be lost]");
  options.app->add_option("--format", options.format, "gguf or safetensors (the model's own), or the adapter alone as peft or gguf-adapter [the model's own]");
  options.app->add_option("-t,--threads", options.threads, "Threads; 0: one a processor [0]")->transform(whole_number(0, 1024));
}

}  // namespace roundhouse::cli
