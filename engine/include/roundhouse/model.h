// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "roundhouse/cancel.h"
#include "roundhouse/result.h"
#include "roundhouse/routing.h"

namespace roundhouse {

class Tokenizer;
class ChatTemplate;
class Session;
struct SessionOptions;

struct TypeShare {
  std::string type;  // "Q4_0"
  std::uint64_t tensors = 0;
  std::uint64_t bytes = 0;
};

// What a model file says of itself, read from its header without loading weights.
struct ModelInfo {
  std::string path;
  std::string format;        // "GGUF" or "safetensors"
  std::string name;
  std::string architecture;  // as the file writes it
  std::string description, license, author, base_model;
  std::uint64_t file_bytes = 0;
  std::uint64_t parameters = 0, active_parameters = 0;  // active: used by one token
  std::int32_t layers = 0, width = 0, heads = 0, kv_heads = 0, head_width = 0, vocabulary = 0, context_tokens = 0;
  RoutingLayout routing;     // no layers: a dense model
  std::vector<TypeShare> types;
  bool has_chat_template = false;
  std::uint64_t dense_bytes = 0, expert_bytes = 0;       // of weights as stored
  std::uint64_t kv_bytes_per_token = 0;
  std::vector<std::pair<std::string, std::string>> metadata;  // every key with its value shortened to 200 characters
  std::optional<Error> not_loadable;  // what load_model() would say of the file; empty: it loads
};

// Blocking; reads headers only. Any thread.
Result<ModelInfo> inspect_model(const std::string& path);

// What turns text into tokens and messages into a prompt. Never null.
struct ModelText {
  std::shared_ptr<const Tokenizer> tokenizer;
  std::shared_ptr<const ChatTemplate> chat_template;
};

// The same as a loaded model's, without its weights: reads headers and the tokenizer's files only. Blocking. Any thread.
Result<ModelText> load_model_text(const std::string& path);

// Memory by purpose, in bytes. As a prediction: before loading. As a measurement: what accounts hold now.
struct MemoryUse {
  std::uint64_t dense_weights_bytes = 0;   // both: adapters included
  std::uint64_t expert_weights_bytes = 0;
  std::uint64_t kv_cache_bytes = 0;
  std::uint64_t workspace_bytes = 0;  // activations, logits, routing trace, tokenizer
  std::uint64_t total_bytes() const {
    return dense_weights_bytes + expert_weights_bytes + kv_cache_bytes + workspace_bytes;
  }
};

struct LoadOptions {
  std::int32_t context_tokens = 0;  // 0: the model's own; KV memory is reserved for so many tokens, of all sessions
                                    // together, and taken from the system as they fill
  std::vector<std::string> adapters;  // adapters to run beside the weights: folders as PEFT writes them, GGUF files, or
                                      // bottlenecks (.safetensors). Sessions choose one by its name (Model::adapters)
  bool verify_digest = true;        // compute Model::sha256() while loading (the audit log names models by it)
};

// Reads the headers of the adapters' files; one that cannot be read counts as nothing.
MemoryUse predict_memory(const ModelInfo& info, const LoadOptions& options);

// What Model::adapters() calls the adapter at a path of LoadOptions::adapters: a folder's name, a file's without ".gguf" or
// ".safetensors".
std::string adapter_name(const std::string& path);

// What programs could take now without swapping, by the kernel's estimate (MemAvailable), lowered to what the process's
// control groups (their cached files count as free) and its limit of address space leave; 0: unknown. Bytes.
std::uint64_t available_memory_bytes();
// What there is at most, whoever uses it now: the machine's memory, lowered to the limits of the process's control groups;
// 0: unknown. Bytes.
std::uint64_t physical_memory_bytes();

struct LoadProgress {
  std::string stage;      // one of load_stage.h
  double fraction = 0.0;  // 0..1 over everything
};

// Loaded weights, shared by sessions. Destroyed when the last session and handle are gone. Any thread.
class Model {
 public:
  virtual ~Model() = default;
  virtual const ModelInfo& info() const = 0;
  virtual const std::string& sha256() const = 0;  // hex; of several files: of sha256sum's lines. Empty: not computed
  virtual MemoryUse memory_use() const = 0;
  virtual const Tokenizer& tokenizer() const = 0;
  virtual const ChatTemplate& chat_template() const = 0;
  virtual std::int32_t context_tokens() const = 0;
  // Names of LoadOptions::adapters, in that order: see adapter_name().
  virtual std::vector<std::string> adapters() const { return {}; }
  virtual Result<std::shared_ptr<Session>> create_session(const SessionOptions& options) = 0;
};

}  // namespace roundhouse
