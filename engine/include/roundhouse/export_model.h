// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "roundhouse/audit.h"
#include "roundhouse/cancel.h"
#include "roundhouse/model.h"
#include "roundhouse/result.h"

namespace roundhouse {

// A LoRA adapter (a folder as PEFT writes it, or a GGUF file), or whole trained weights (the *.safetensors file of a run).
struct ExportPart {
  std::string path;
  double scale = 1.0;  // of an adapter: times its own. Whole weights have none
};

enum class ExportFormat : std::uint8_t {
  merged,        // the model with everything in its weights, in its own format: a GGUF file, or a folder of safetensors
  peft,          // the adapter alone, as a folder for PEFT
  gguf_adapter,  // the adapter alone, as a GGUF file for llama.cpp
};

struct ExportOptions {
  ExportFormat format = ExportFormat::merged;
  // Of merged matrices: "f32", "f16", "bf16", and in GGUF "q8_0", "q4_0", "q4_k", "q6_k". "own": each keeps its type; levels of
  // four bits lie further apart than what a fine-tune adds, and most of it is lost there. Empty: its own, but matrices that are
  // updated and have fewer than 8 bits get q8_0.
  std::string type;
  int threads = 0;                  // 0: one per processor
  std::shared_ptr<AuditLog> audit;  // null: nothing is logged. An export that cannot be logged is taken back and fails
  std::string program = "roundhouse";
  std::string user;                 // empty: the system's login name
};

struct ExportReport {
  std::string path, format;                // "gguf", "safetensors", "peft", "gguf-adapter"
  std::string sha256, model_sha256;        // hex; of several files: of sha256sum's lines
  struct Part {
    std::string name, sha256;
    double scale = 1.0;
  };
  std::vector<Part> parts;
  std::uint64_t bytes = 0;                 // of what was written
  std::uint64_t tensors = 0, updated_tensors = 0, converted_tensors = 0;  // of a merged model
  std::vector<std::string> in_another_type;  // tensors that could not take the type asked for: their rows are no whole blocks of it
  std::int64_t audit_entry = 0;            // 0: no log
};

namespace export_stage {
inline constexpr const char* reading = "reading model";
inline constexpr const char* writing = "writing";
inline constexpr const char* computing_digest = "computing digest";
}  // namespace export_stage

// Writes a model with a fine-tune in it, or the fine-tune alone. Without parts a merged export is a conversion of types.
// Several adapters add up, each times its scale; whole weights come before them. `output` must not be there yet (an empty
// folder may): it appears whole or not at all, and never in place of the model. What was written is opened again for its
// digest. Memory: the adapters, and some 16 MiB. Blocks; `progress` comes on the calling thread. Any thread.
Result<ExportReport> export_model(const std::string& model_path, const std::vector<ExportPart>& parts, const std::string& output,
                                  const ExportOptions& options = {}, const std::function<void(const LoadProgress&)>& progress = {},
                                  const CancelToken& cancel = {});

}  // namespace roundhouse
