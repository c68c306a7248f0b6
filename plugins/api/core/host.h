// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the program offers to a plugin. All methods may be called from any thread between initialise() and the end of
// release(), and block until done unless said otherwise. Texts are UTF-8. Later minor versions append methods.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "roundhouse/cancel.h"
#include "roundhouse/message.h"
#include "roundhouse/result.h"
#include "roundhouse/routing.h"

namespace roundhouse::plugin {

enum class LogLevel : std::uint8_t { debug, info, warning, error };

// What every router decided for every token of a prompt; immutable. Layers index layout().layers.
class TraceView {
 public:
  virtual ~TraceView() = default;
  virtual const RoutingLayout& layout() const = 0;
  virtual int token_count() const = 0;
  virtual int top_k() const = 0;
  virtual std::int32_t token_id(int token) const = 0;
  virtual std::span<const std::uint16_t> ids(int token, int layer) const = 0;  // [top_k], 0xFFFF: unused place
  virtual std::span<const float> weights(int token, int layer) const = 0;      // [top_k]
  virtual std::span<const float> scores(int token, int layer) const = 0;       // [experts] or empty
};

struct ScoreRequest {
  std::string prompt;                // as it is, special tokens parsed; or ...
  std::vector<Message> messages;     // ... these through the model's chat template. Exactly one of the two is given
  std::vector<std::string> labels;   // what may follow; at least one, none empty
  std::string adapter;               // path of an adapter; empty: the model as it is
  RoutingEdits edits;                // empty: the model's own routing
  bool trace = false;                // also return the routing of the prompt and the last label
  CancelToken cancel;
};

struct LabelScore {
  std::string label;
  double logprob = 0.0;     // sum over the label's tokens, natural logarithm
  std::int32_t tokens = 0;  // for a mean per token
};

struct ScoreResult {
  std::vector<LabelScore> scores;          // in the order of the request
  std::shared_ptr<const TraceView> trace;  // null unless asked for
  std::string model_name;
  std::string model_sha256;                // hex; empty when not known
};

struct EmbeddingRequest {
  std::string text;                                     // a text, or ...
  std::shared_ptr<const std::vector<std::byte>> image;  // ... an encoded image of `media_type`
  std::string media_type;
  CancelToken cancel;
};

struct Embedding {
  std::vector<float> values;  // [width]
  std::string encoder;        // its name
  std::string encoder_sha256;
};

enum class JobState : std::uint8_t { queued, running, paused, finished, failed, cancelled };

struct JobRequest {
  std::string kind;      // "train", "evaluate", ...
  std::string spec;      // the job file's text
  std::string label;     // shown to people
};

struct JobSnapshot {
  std::string id;
  JobState state = JobState::queued;
  double fraction = 0.0;     // 0..1
  std::string message;       // one line
  std::string result_json;   // once finished
  std::optional<Error> error;  // once failed
};

// Long work outside this process. A watcher is called on a thread of the program's, exactly once with a terminal
// state; it must return at once. unwatch() returns when no call of the watcher is running or will come.
class Jobs {
 public:
  virtual Result<std::string> submit(const JobRequest& request) = 0;  // the job's id
  virtual Result<JobSnapshot> status(const std::string& id) = 0;
  virtual Result<std::uint64_t> watch(const std::string& id, std::function<void(const JobSnapshot&)> watcher) = 0;
  virtual void unwatch(std::uint64_t watch) = 0;
  virtual Status cancel(const std::string& id) = 0;

 protected:
  ~Jobs() = default;
};

// One entry of the audit log, kind "plugin"; the program adds plugin, version, user and time. The log is append-only.
struct AuditNote {
  std::string action;           // one word that the manifest declares under contributes.audit
  std::string session;          // conversation or job; may be empty
  std::int64_t refers_to = 0;   // an earlier entry; 0: none
  std::string extra_json;       // a JSON value or empty
  std::vector<std::pair<std::string, std::string>> texts;  // part ([a-z0-9_.-]) and content
};

struct NetworkRequest {
  std::string host;
  std::uint16_t port = 0;
  std::string purpose;  // one line, shown to the user in the connection log
};

// Values of this plugin only, kept between runs; a value is any UTF-8 text up to 64 KiB, a key [A-Za-z0-9_.-]{1,64}.
class Settings {
 public:
  virtual Result<std::optional<std::string>> get(const std::string& key) = 0;
  virtual Status set(const std::string& key, const std::string& value) = 0;
  virtual Status remove(const std::string& key) = 0;

 protected:
  ~Settings() = default;
};

class Host {
 public:
  // Of the program: "roundhouse", "roundhouse-cli"; "0.1.0"; "en" or "zh".
  virtual std::string program() const = 0;
  virtual std::string program_version() const = 0;
  virtual std::string language() const = 0;
  // A folder of this plugin's own, created on the first call.
  virtual Result<std::filesystem::path> data_folder() = 0;

  virtual void log(LogLevel level, std::string_view line) = 0;
  virtual Settings& settings() = 0;

  // Log-probabilities of labels after a prompt, with the model at hand. `not_found`: no model is loaded.
  virtual Result<ScoreResult> score(const ScoreRequest& request) = 0;
  // `unsupported` as long as the program has no encoder.
  virtual Result<Embedding> embed(const EmbeddingRequest& request) = 0;
  // Its methods give `unsupported` as long as the program runs no jobs.
  virtual Jobs& jobs() = 0;

  // On return the entry is durable; the value is its number. `unsupported`: this run keeps no log.
  virtual Result<std::int64_t> audit(const AuditNote& note) = 0;

  // To be asked before each connection. Refused with `conflict` while the user is offline; what is allowed is logged.
  virtual Status allow_connection(const NetworkRequest& request) = 0;

  // A tool of any plugin that is running; from extensions_ready() on. Not from inside the same tool.
  virtual Result<ToolResultPart> call_tool(const std::string& name, const std::string& arguments_json,
                                           const CancelToken& cancel) = 0;

 protected:
  ~Host() = default;
};

}  // namespace roundhouse::plugin
