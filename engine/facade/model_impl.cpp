// SPDX-License-Identifier: Apache-2.0
#include "engine/facade/model_impl.h"

#include "engine/base/guarded.h"
#include "engine/facade/session_impl.h"

namespace roundhouse {

ModelImpl::ModelImpl(std::shared_ptr<EngineImpl> engine, std::uint64_t id, ModelInfo info, std::string sha256, MemoryUse in_place,
                     std::shared_ptr<const Tokenizer> tokenizer, std::shared_ptr<const ChatTemplate> chat_template,
                     std::unique_ptr<ModelRuntime> runtime, std::int32_t context_tokens, std::vector<std::string> adapters)
    : engine_(std::move(engine)), id_(id), info_(std::move(info)), sha256_(std::move(sha256)), in_place_(in_place), tokenizer_(std::move(tokenizer)),
      chat_template_(std::move(chat_template)), runtime_(std::move(runtime)), context_tokens_(context_tokens), adapters_(std::move(adapters)) {}

ModelImpl::~ModelImpl() {
  runtime_.reset();
  engine_->context().log->log(LogLevel::info, "model", "unloaded " + info_.path);
  const std::lock_guard<std::mutex> guard(engine_->backend()->mutex);
  engine_->backend()->backend->forget(id_);
}

MemoryUse ModelImpl::memory_use() const {
  MemoryUse use;
  {
    const std::lock_guard<std::mutex> guard(engine_->backend()->mutex);
    const auto [dense, experts] = engine_->backend()->backend->prepared_bytes(id_);
    use.dense_weights_bytes = in_place_.dense_weights_bytes + dense;
    use.expert_weights_bytes = in_place_.expert_weights_bytes + experts;
    use.workspace_bytes = engine_->backend()->backend->workspace_bytes();
  }
  use.kv_cache_bytes = runtime_->cache_bytes_used();
  use.workspace_bytes += runtime_->trace_bytes() + tokenizer_->memory_bytes();
  return use;
}

Result<std::shared_ptr<Session>> ModelImpl::create_session(const SessionOptions& options) {
  if (options.context_tokens < 0 || options.context_tokens > context_tokens_) {
    return Error{ErrorCode::invalid_argument, "create session", "context", "up to " + std::to_string(context_tokens_) + " tokens",
                 std::to_string(options.context_tokens)};
  }
  return guarded("create session", info_.name, [&]() -> Result<std::shared_ptr<Session>> {
    return std::shared_ptr<Session>(std::make_shared<SessionImpl>(shared_from_this(), options));
  });
}

}  // namespace roundhouse
