// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/facade/engine_impl.h"
#include "roundhouse/chat_template.h"
#include "roundhouse/tokenizer.h"

namespace roundhouse {

class ModelImpl : public Model, public std::enable_shared_from_this<ModelImpl> {
 public:
  ModelImpl(std::shared_ptr<EngineImpl> engine, std::uint64_t id, ModelInfo info, std::string sha256, MemoryUse in_place,
            std::shared_ptr<const Tokenizer> tokenizer, std::shared_ptr<const ChatTemplate> chat_template,
            std::unique_ptr<ModelRuntime> runtime, std::int32_t context_tokens, std::vector<std::string> adapters);
  ~ModelImpl() override;

  const ModelInfo& info() const override { return info_; }
  const std::string& sha256() const override { return sha256_; }
  MemoryUse memory_use() const override;
  const Tokenizer& tokenizer() const override { return *tokenizer_; }
  const ChatTemplate& chat_template() const override { return *chat_template_; }
  std::int32_t context_tokens() const override { return context_tokens_; }
  std::vector<std::string> adapters() const override { return adapters_; }
  Result<std::shared_ptr<Session>> create_session(const SessionOptions& options) override;

  EngineImpl& engine() const { return *engine_; }
  ModelRuntime& runtime() const { return *runtime_; }

 private:
  std::shared_ptr<EngineImpl> engine_;
  std::uint64_t id_;
  ModelInfo info_;
  std::string sha256_;
  MemoryUse in_place_;  // weights computed with where they lie: in the mapped file, or in stacks of experts
  std::shared_ptr<const Tokenizer> tokenizer_;
  std::shared_ptr<const ChatTemplate> chat_template_;
  std::unique_ptr<ModelRuntime> runtime_;
  std::int32_t context_tokens_;
  std::vector<std::string> adapters_;
};

}  // namespace roundhouse
