// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "engine/base/context.h"
#include "engine/runtime/model_runtime.h"
#include "roundhouse/engine.h"

namespace roundhouse {

class EngineImpl : public Engine, public std::enable_shared_from_this<EngineImpl> {
 public:
  EngineImpl(EngineOptions options, Context context, std::shared_ptr<SharedBackend> backend, Isa isa, int threads);

  Result<std::shared_ptr<Model>> load_model(const std::string& path, const LoadOptions& options,
                                            std::function<void(const LoadProgress&)> progress, CancelToken cancel) override;
  void add_hooks(Hooks hooks) override;
  Isa isa() const override { return isa_; }
  int threads() const override { return threads_; }
  void set_audit_texts(bool on) override { audit_texts_ = on; }
  void set_audit(std::shared_ptr<AuditLog> log) override;

  std::vector<Hooks> hooks() const;
  bool audit_texts() const { return audit_texts_; }
  std::shared_ptr<AuditLog> audit() const;
  const EngineOptions& options() const { return options_; }  // but for the log: audit()
  const Context& context() const { return context_; }
  const std::shared_ptr<SharedBackend>& backend() const { return backend_; }

 private:
  Result<std::shared_ptr<Model>> load(const std::string& path, const LoadOptions& options,
                                      const std::function<void(const LoadProgress&)>& progress, const CancelToken& cancel);

  void guard_audit();  // lets the log's texts pass the audit hooks; called with mutex_ held

  EngineOptions options_;
  Context context_;
  std::shared_ptr<SharedBackend> backend_;
  Isa isa_;
  int threads_;
  std::atomic<bool> audit_texts_;
  std::atomic<std::uint64_t> next_model_{1};
  mutable std::mutex mutex_;
  std::vector<Hooks> hooks_;         // guarded by mutex_
  std::shared_ptr<AuditLog> audit_;  // guarded by mutex_
};

}  // namespace roundhouse
