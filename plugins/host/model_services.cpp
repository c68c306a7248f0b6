// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/host/model_services.h"

#include <algorithm>
#include <mutex>
#include <string>
#include <vector>

#include "roundhouse/chat_template.h"
#include "roundhouse/session.h"

namespace roundhouse::plugins {
namespace {

class RecordedTrace final : public plugin::TraceView {
 public:
  explicit RecordedTrace(RoutingTrace trace) : trace_(std::move(trace)) {}
  const RoutingLayout& layout() const override { return trace_.layout(); }
  int token_count() const override { return trace_.token_count(); }
  int top_k() const override { return trace_.top_k(); }
  std::int32_t token_id(int token) const override { return trace_.token_id(token); }
  std::span<const std::uint16_t> ids(int token, int layer) const override { return trace_.ids(token, layer); }
  std::span<const float> weights(int token, int layer) const override { return trace_.weights(token, layer); }
  std::span<const float> scores(int token, int layer) const override { return trace_.scores(token, layer); }

 private:
  const RoutingTrace trace_;
};

class Scorer {
 public:
  Scorer(std::function<Result<std::shared_ptr<Model>>()> model, ScoreSession kept) : model_(std::move(model)), kept_(kept) {}

  Result<plugin::ScoreResult> score(const plugin::ScoreRequest& request) {
    const std::lock_guard lock(mutex_);
    auto result = run(request);
    if (kept_ == ScoreSession::for_each_request) {
      session_.reset();
      used_.reset();
    }
    return result;
  }

 private:
  Result<plugin::ScoreResult> run(const plugin::ScoreRequest& request) {
    RH_ASSIGN(const std::shared_ptr<Model> model, model_());
    if (!model) return Error{ErrorCode::not_found, "score labels", "model", "a loaded model", "none"};
    const std::string adapter = request.adapter.empty() ? std::string() : adapter_name(request.adapter);
    if (const std::vector<std::string> loaded = model->adapters(); !adapter.empty() && std::find(loaded.begin(), loaded.end(), adapter) == loaded.end()) {
      return Error{ErrorCode::unsupported, "score labels", "adapter " + request.adapter, "one that was loaded with the model", "none of that name"};
    }
    if (model != used_ || !session_) {
      session_.reset();
      SessionOptions options;
      options.trace_scores = false;
      RH_ASSIGN(session_, model->create_session(options));
      used_ = model;
    }
    RH_TRY(session_->set_adapter(adapter));
    RH_TRY(session_->set_edits(request.edits));
    std::string prompt = request.prompt;
    if (!request.messages.empty()) {
      ChatRequest chat;
      chat.messages = request.messages;
      RH_ASSIGN(RenderedChat rendered, model->chat_template().render(chat));
      prompt = std::move(rendered.text);
    }
    plugin::ScoreResult result;
    result.model_name = model->info().name;
    result.model_sha256 = model->sha256();
    RH_ASSIGN(const auto scores, session_->score(prompt, request.labels, request.cancel));
    for (std::size_t i = 0; i < scores.size(); ++i) result.scores.push_back({request.labels[i], scores[i].logprob, scores[i].tokens});
    if (request.trace) result.trace = make_trace_view(session_->trace());
    return result;
  }

  const std::function<Result<std::shared_ptr<Model>>()> model_;
  const ScoreSession kept_;
  std::mutex mutex_;
  std::shared_ptr<Model> used_;       // guarded
  std::shared_ptr<Session> session_;  // guarded
};

}  // namespace

std::shared_ptr<const plugin::TraceView> make_trace_view(RoutingTrace trace) { return std::make_shared<RecordedTrace>(std::move(trace)); }

std::function<Result<plugin::ScoreResult>(const plugin::ScoreRequest&)> make_score_service(std::function<Result<std::shared_ptr<Model>>()> model,
                                                                                           ScoreSession kept) {
  const auto scorer = std::make_shared<Scorer>(std::move(model), kept);
  return [scorer](const plugin::ScoreRequest& request) { return scorer->score(request); };
}

std::function<Result<std::int64_t>(AuditEntry)> make_audit_service(std::shared_ptr<AuditLog> log, std::function<void(const std::string&)> tell) {
  return [log = std::move(log), tell = std::move(tell)](AuditEntry entry) -> Result<std::int64_t> {
    RH_ASSIGN(const AuditReceipt receipt, log->append(std::move(entry)));
    if (!receipt.warning.empty() && tell) tell(receipt.warning);
    return receipt.sequence;
  };
}

}  // namespace roundhouse::plugins
