// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/facade/generation_log.h"
#include "engine/facade/model_impl.h"
#include "roundhouse/session.h"

namespace roundhouse {

class SessionImpl : public Session {
 public:
  SessionImpl(std::shared_ptr<ModelImpl> model, const SessionOptions& options);
  ~SessionImpl() override;

  Status generate(GenerationRequest request, GenerationCallbacks callbacks) override;
  Result<GenerationResult> generate_and_wait(GenerationRequest request, std::function<void(const TokenEvent&)> token) override;
  void cancel() override { model_->runtime().cancel(sequence_); }
  bool busy() const override { return model_->runtime().busy(sequence_); }
  Status set_edits(RoutingEdits edits) override;
  RoutingEdits edits() const override { return model_->runtime().edits(sequence_); }
  Status set_adapter(const std::string& name) override { return model_->runtime().set_adapter(sequence_, name); }
  std::string adapter() const override { return model_->runtime().adapter(sequence_); }
  RoutingTrace trace() const override { return model_->runtime().trace(sequence_); }
  std::vector<std::int32_t> tokens() const override { return model_->runtime().tokens(sequence_); }
  std::int32_t context_tokens() const override { return context_tokens_; }
  Result<std::vector<ScoredSequence>> score(const std::string& raw_prompt, const std::vector<std::string>& continuations,
                                            const CancelToken& cancel) override;
  Status reset() override { return model_->runtime().reset(sequence_); }

 private:
  struct Prompt {
    std::string text;
    std::vector<std::int32_t> tokens;
    std::int32_t dropped_messages = 0;
  };
  // The first `system` messages and those from `begin` on.
  Result<Prompt> render(const GenerationRequest& request, std::size_t system, std::size_t begin) const;
  Result<Prompt> build_prompt(const GenerationRequest& request) const;
  Status start(GenerationRequest request, GenerationCallbacks callbacks);
  // Scores record.continuations after record.prompt, as far as it comes.
  Status score_all(ScoringRecord& record, const CancelToken& cancel);

  std::shared_ptr<ModelImpl> model_;
  std::string conversation_;
  std::int32_t context_tokens_;
  std::shared_ptr<Sequence> sequence_;
};

}  // namespace roundhouse
