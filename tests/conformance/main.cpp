// SPDX-License-Identifier: Apache-2.0
// roundhouse-conformance: holds this engine against the recorded outputs of other implementations.
#include <CLI/CLI.hpp>
#include <thread>

#include "tests/conformance/gguf_check.h"
#include "tests/conformance/training_check.h"

using namespace roundhouse;
using namespace roundhouse::conformance;

int main(int argc, char** argv) {
  CLI::App app{"Holds the engine against recorded outputs of other implementations. One line a check, then the count."};
  app.require_subcommand(1);
  app.fallthrough();  // subcommands inherit it: options may stand behind them, too
  std::string isa_text = "all", file, folder, adapter;
  int threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  app.add_option("--isa", isa_text, "reference, avx2, avx512, amx, or all that this processor has")->capture_default_str();
  app.add_option("--threads", threads, "compute threads")->check(CLI::Range(1, 256));
  auto* gguf = app.add_subcommand("gguf", "a GGUF file against DIR/reference.safetensors");
  gguf->add_option("FILE", file)->required();
  gguf->add_option("DIR", folder)->required();
  auto* model = app.add_subcommand("model", "a Hugging Face folder against its reference.safetensors");
  model->add_option("DIR", folder)->required();
  auto* train = app.add_subcommand("train", "a Hugging Face folder's gradients and LoRA steps against its reference.safetensors");
  train->add_option("DIR", folder)->required();
  auto* peft = app.add_subcommand("peft", "a PEFT adapter over its base model against ADAPTER_DIR/reference.safetensors");
  peft->add_option("BASE_DIR", folder)->required();
  peft->add_option("ADAPTER_DIR", adapter)->required();
  CLI11_PARSE(app, argc, argv);

  Report report;
  std::vector<Isa> isas = available_isas();
  if (isa_text != "all") {
    const auto isa = parse_isa(isa_text);
    if (!isa.ok()) {
      report.check(false, "--isa", isa.error().message());
      return report.finish();
    }
    isas = {*isa};
  }
  for (const Isa isa : isas) {
    report.run(isa_name(isa), [&] {
      if (*gguf) check_gguf(report, file, folder, isa, threads);
      else if (*train) check_training(report, folder, isa, threads);
      else if (*peft) check_peft(report, folder, adapter, isa, threads);
      else check_model(report, folder, isa, threads);
    });
  }
  return report.finish();
}
