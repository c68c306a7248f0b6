// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "app/bridge/engine_api.h"

namespace roundhouse::app::fake {

// How the scripted engine behaves; may be changed between calls.
struct Script {
  int layers = 6, denseLayers = 1, experts = 8, topK = 2;
  int contextTokens = 512;
  double tokensPerSecond = 2000;       // of answers
  double promptTokensPerSecond = 50000;
  int loadMs = 0;                      // spread over the stages of a load
  int createMs = 0;
  // The answer to a conversation; the default answers "Answer to: <last user text>".
  std::function<std::string(const std::vector<Message>&)> answer;
  AnswerReasoning reasoning;           // of every model; `opened` when the prompt ends with its opening marker, too
  std::optional<Error> createError, loadError, sessionError, generateError;  // refuse at once
  std::function<void()> measuring;     // called by each memory_use(), on its thread
  std::optional<Error> failAfter;      // a generation fails after `failAfterTokens`
  int failAfterTokens = 3;
  std::map<std::string, ModelInfo> files;  // what inspect() says of paths; others are malformed
};

// What has happened so far.
struct Journal {
  std::atomic<int> loads{0}, liveModels{0}, liveSessions{0}, generations{0}, cancels{0};
  std::mutex mutex;
  std::vector<GenerationRequest> requests;  // guarded
  std::vector<RoutingEdits> edits;          // guarded; in force for each request
  std::vector<EngineOptions> created;       // guarded
  std::shared_ptr<AuditLog> audit;          // guarded; the engine's now
  std::atomic<bool> auditTexts{true};
  std::vector<std::shared_ptr<PromptHook>> promptHooks;  // guarded; before_prompt() may refuse a generation
};

struct World {
  std::mutex mutex;  // guards script
  Script script;
  Journal journal;
  Script read() {
    std::lock_guard lock(mutex);
    return script;
  }
  template <class F>
  void change(F&& f) {
    std::lock_guard lock(mutex);
    f(script);
  }
};

// Deterministic in everything but time: tokens are words, routing is a hash of token, position and layer.
EngineApi api(const std::shared_ptr<World>& world);

// A loadable mixture of experts as inspect() would describe it.
ModelInfo modelInfo(const std::string& path, const Script& script = {});

// The words that the fake takes for tokens, separators included: joined they give the text again.
std::vector<std::string> words(const std::string& text);

}  // namespace roundhouse::app::fake
