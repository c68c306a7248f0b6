// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/generation.h"

#include <fmt/format.h>

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>

namespace roundhouse::cli {
namespace {

// Between the engine's thread and ours; the engine may hold it longer than we do.
struct Mailbox {
  std::mutex mutex;
  std::condition_variable filled;
  std::deque<TokenEvent> tokens;            // guarded
  std::optional<GenerationResult> result;   // guarded
};

}  // namespace

GenerationRequest request_for(const std::string& prompt, const std::string& system, bool raw) {
  GenerationRequest request;
  if (raw) {
    request.raw_prompt = prompt;
    return request;
  }
  if (!system.empty()) request.messages.push_back(Message::text(Role::system, system));
  request.messages.push_back(Message::text(Role::user, prompt));
  return request;
}

Result<GenerationResult> generate(Session& session, GenerationRequest request, Interrupt& interrupt,
                                  const std::function<Status(const TokenEvent&)>& token) {
  const auto mailbox = std::make_shared<Mailbox>();
  GenerationCallbacks callbacks;
  callbacks.token = [mailbox](const TokenEvent& event) {
    const std::lock_guard lock(mailbox->mutex);
    mailbox->tokens.push_back(event);
    mailbox->filled.notify_one();
  };
  callbacks.finished = [mailbox](const GenerationResult& result) {
    const std::lock_guard lock(mailbox->mutex);
    mailbox->result = result;
    mailbox->filled.notify_one();
  };
  const Interrupt::Scope scope(interrupt, [&session] { session.cancel(); });
  RH_TRY(session.generate(std::move(request), std::move(callbacks)));
  if (interrupt.came()) session.cancel();  // it came before there was something to cancel
  std::optional<Error> failure;
  std::unique_lock lock(mailbox->mutex);
  for (;;) {
    mailbox->filled.wait(lock, [&] { return !mailbox->tokens.empty() || mailbox->result; });
    if (mailbox->tokens.empty()) break;
    const TokenEvent event = std::move(mailbox->tokens.front());
    mailbox->tokens.pop_front();
    if (failure) continue;
    lock.unlock();
    if (const Status status = token(event); !status.ok()) {
      failure = status.error();
      session.cancel();
    }
    lock.lock();
  }
  if (failure) return *failure;
  return *mailbox->result;
}

std::vector<std::string> remarks(const GenerationResult& result) {
  std::vector<std::string> lines;
  if (!result.edits.empty()) {
    lines.push_back("answered with edited routing" + (result.edits.name.empty() ? "" : " (" + result.edits.name + ")") + ": " + result.edits.summary());
  }
  if (result.stats.dropped_messages > 0) {
    lines.push_back(fmt::format("the context of {} tokens was full: the oldest {} messages were left out", result.stats.context_tokens,
                                result.stats.dropped_messages));
  }
  if (result.finish == FinishReason::context_full) {
    lines.push_back(fmt::format("the answer ends because the context of {} tokens is full", result.stats.context_tokens));
  }
  return lines;
}

Result<std::shared_ptr<Session>> start_session(Model& model, const SessionOptions& options) {
  RH_ASSIGN(std::shared_ptr<Session> session, model.create_session(options));
  if (const std::vector<std::string> adapters = model.adapters(); !adapters.empty()) RH_TRY(session->set_adapter(adapters.front()));
  return session;
}

}  // namespace roundhouse::cli
