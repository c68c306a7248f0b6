// SPDX-License-Identifier: Apache-2.0
#include "engine/facade/session_impl.h"

#include <chrono>
#include <future>
#include <random>

#include "engine/base/guarded.h"
#include "engine/facade/answer_assembler.h"

namespace roundhouse {

const char* finish_reason_name(FinishReason reason) {
  switch (reason) {
    case FinishReason::end_token: return "end_token";
    case FinishReason::stop_string: return "stop_string";
    case FinishReason::max_tokens: return "max_tokens";
    case FinishReason::context_full: return "context_full";
    case FinishReason::cancelled: return "cancelled";
    case FinishReason::refused: return "refused";
    case FinishReason::failed: return "failed";
  }
  return "failed";
}

namespace {

// What lives as long as one answer is being made. Touched by the runtime's thread only, after submit().
struct Answer {
  AnswerAssembler assembler;
  GenerationLog log;
  GenerationCallbacks callbacks;
  std::vector<std::int32_t> prompt_tokens;
  std::vector<std::int32_t> token_ids;
  std::uint64_t seed = 0;
  RoutingEdits edits;
  std::string adapter;
  std::int32_t dropped_messages = 0;
  std::int64_t prepare_ns = 0;
  std::optional<Error> refused;

  bool token(const DrawnToken& drawn, std::int32_t position) {
    token_ids.push_back(drawn.id);
    TokenEvent event;
    auto piece = assembler.push(drawn.id);
    if (!piece.ok()) {
      refused = piece.error();
      return false;
    }
    event.id = drawn.id;
    event.position = position;
    event.text = std::move(piece->text);
    event.logprob = drawn.logprob;
    event.alternatives = drawn.alternatives;
    std::tie(event.text_begin, event.text_end) = assembler.last_span();
    if (callbacks.token) callbacks.token(event);
    return !piece->stop;
  }

  GenerationResult finish(TokenResult from) {
    GenerationResult result;
    auto rest = assembler.finish();
    if (!rest.ok() && !refused) refused = rest.error();
    if (rest.ok() && !rest->text.empty() && callbacks.token) {
      TokenEvent event;  // held text, released without a token of its own
      event.id = token_ids.empty() ? -1 : token_ids.back();
      event.position = -1;
      event.text = rest->text;
      callbacks.token(event);
    }
    result.finish = refused ? FinishReason::refused : from.finish;
    result.error = refused ? refused : std::move(from.error);
    result.text = assembler.text();
    result.prompt_token_ids = std::move(prompt_tokens);
    result.token_ids = std::move(token_ids);
    result.token_spans = assembler.spans();
    result.seed = seed;
    result.edits = edits;
    result.adapter = adapter;
    result.stats = from.stats;
    result.stats.dropped_messages = dropped_messages;
    result.stats.first_token_ns += result.stats.first_token_ns > 0 ? prepare_ns : 0;
    auto entry = log.finish(result);
    if (entry.ok()) {
      result.audit_entry = *entry;
    } else if (!result.error) {
      result.finish = FinishReason::failed;
      result.error = entry.error();
    }
    return result;
  }
};

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

Status pass_prompt_hooks(const std::vector<Hooks>& hooks, std::vector<Message>& messages) {
  for (const Hooks& hook : hooks) {
    if (hook.prompt) RH_TRY(hook.prompt->before_prompt(messages));
  }
  return Ok{};
}

std::string text_of(const Message& message) {
  std::string text;
  for (const Part& part : message.parts) {
    if (const auto* piece = std::get_if<TextPart>(&part.content)) text += piece->text;
  }
  return text;
}

// Messages, the answer to be continued after them, and the tools.
Status pass_hooks(const std::vector<Hooks>& hooks, GenerationRequest& request) {
  const bool continued = request.continue_answer && !request.continue_answer->empty();
  if (continued) request.messages.push_back(Message::text(Role::assistant, *request.continue_answer));
  RH_TRY(pass_prompt_hooks(hooks, request.messages));
  if (continued) {
    if (request.messages.empty() || request.messages.back().role != Role::assistant) {
      return Error{ErrorCode::conflict, "build prompt", "prompt hooks", "the answer to be continued as the last message", "another one"};
    }
    request.continue_answer = text_of(request.messages.back());
    request.messages.pop_back();
  }
  for (const Hooks& hook : hooks) {
    if (hook.prompt) RH_TRY(hook.prompt->before_tools(request.tools));
  }
  return Ok{};
}

// Where a conversation may begin: after its first `system` messages, or later at a user's message.
std::vector<std::size_t> beginnings(const std::vector<Message>& messages, std::size_t system) {
  std::vector<std::size_t> found{system};
  for (std::size_t i = system + 1; i < messages.size(); ++i) {
    if (messages[i].role == Role::user) found.push_back(i);
  }
  return found;
}

}  // namespace

SessionImpl::SessionImpl(std::shared_ptr<ModelImpl> model, const SessionOptions& options)
    : model_(std::move(model)), conversation_(options.conversation) {
  context_tokens_ = options.context_tokens > 0 ? std::min(options.context_tokens, model_->context_tokens()) : model_->context_tokens();
  sequence_ = model_->runtime().create_sequence({context_tokens_, options.trace, options.trace_scores});
}

SessionImpl::~SessionImpl() { cancel(); }

Result<SessionImpl::Prompt> SessionImpl::render(const GenerationRequest& request, std::size_t system, std::size_t begin) const {
  Prompt prompt;
  EncodeOptions options;
  options.parse_special = true;
  options.add_special = request.raw_prompt.has_value();
  if (request.raw_prompt) {
    prompt.text = *request.raw_prompt;
  } else {
    ChatRequest chat;
    const auto at = [&](std::size_t index) { return request.messages.begin() + static_cast<std::ptrdiff_t>(index); };
    chat.messages.assign(at(0), at(system));
    chat.messages.insert(chat.messages.end(), at(begin), request.messages.end());
    chat.tools = request.tools;
    chat.arguments_json = request.template_arguments_json;
    chat.add_generation_prompt = true;
    auto rendered = model_->chat_template().render(chat);
    if (!rendered.ok()) {
      Error error = rendered.error();
      error.object += " of " + model_->info().path;
      return error;
    }
    prompt.text = std::move(rendered->text);
    options.literal = std::move(rendered->literal);
  }
  if (request.continue_answer && !request.continue_answer->empty()) {
    options.literal.push_back({prompt.text.size(), prompt.text.size() + request.continue_answer->size()});
    prompt.text += *request.continue_answer;
  }
  RH_ASSIGN(prompt.tokens, model_->tokenizer().encode(prompt.text, options));
  prompt.dropped_messages = static_cast<std::int32_t>(begin - system);
  return prompt;
}

Result<SessionImpl::Prompt> SessionImpl::build_prompt(const GenerationRequest& request) const {
  const int wanted = request.sampling.max_tokens;
  // Room for an answer: what was asked for, but not more than a quarter of the context.
  const std::int32_t reserve = std::max(1, std::min(wanted > 0 ? wanted : 256, context_tokens_ / 4));
  const auto fits = [&](const Prompt& prompt) { return static_cast<std::int64_t>(prompt.tokens.size()) + reserve <= context_tokens_; };
  const std::vector<Message>& messages = request.messages;
  std::size_t system = 0;
  while (system < messages.size() && messages[system].role == Role::system) ++system;
  RH_ASSIGN(Prompt prompt, render(request, system, system));
  if (!fits(prompt) && request.overflow == OverflowPolicy::drop_oldest && !request.raw_prompt) {
    // The earliest beginning that fits, or the last one: fewer messages are fewer tokens.
    const std::vector<std::size_t> all = beginnings(messages, system);
    std::size_t low = 0, high = all.size() - 1;  // `low` is known not to fit; `prompt` begins at `high` once it was lowered
    bool rendered = high == 0;
    while (low + 1 < high) {
      const std::size_t middle = (low + high) / 2;
      RH_ASSIGN(Prompt shorter, render(request, system, all[middle]));
      if (!fits(shorter)) {
        low = middle;
        continue;
      }
      high = middle;
      prompt = std::move(shorter);
      rendered = true;
    }
    if (!rendered) {
      RH_ASSIGN(prompt, render(request, system, all[high]));
    }
  }
  if (static_cast<std::int64_t>(prompt.tokens.size()) < context_tokens_) return prompt;
  return Error{ErrorCode::limit, "build prompt", "conversation", "fewer tokens than the context of " + std::to_string(context_tokens_),
               std::to_string(prompt.tokens.size())};
}

Status SessionImpl::generate(GenerationRequest request, GenerationCallbacks callbacks) {
  return guarded("start generation", "session", [&] { return start(std::move(request), std::move(callbacks)); });
}

Status SessionImpl::start(GenerationRequest request, GenerationCallbacks callbacks) {
  const std::int64_t begin = now_ns();
  RH_TRY(request.sampling.validate());
  if (busy()) return Error{ErrorCode::conflict, "start generation", "session", "an idle session", "one that is generating"};
  const std::vector<Hooks> hooks = model_->engine().hooks();
  // A raw prompt passes the hooks as one user message.
  if (request.raw_prompt) request.messages = {Message::text(Role::user, *request.raw_prompt)};
  RH_TRY(pass_hooks(hooks, request));
  if (request.raw_prompt) {
    request.raw_prompt.emplace();
    for (const Message& message : request.messages) *request.raw_prompt += text_of(message);
  }
  RH_ASSIGN(Prompt prompt, build_prompt(request));
  std::vector<std::unique_ptr<OutputFilter>> filters;
  for (const Hooks& hook : hooks) {
    if (!hook.output) continue;
    if (auto filter = hook.output->start(request.messages)) filters.push_back(std::move(filter));
  }

  auto answer = std::make_shared<Answer>(Answer{
      AnswerAssembler(model_->tokenizer(), request.sampling.stop, std::move(filters)),
      GenerationLog(model_->engine(), model_->info().name, model_->sha256(), conversation_), std::move(callbacks), prompt.tokens, {},
      request.sampling.seed ? *request.sampling.seed : std::random_device()() | (std::uint64_t{std::random_device()()} << 32), edits(), adapter(),
      prompt.dropped_messages, 0, {}});
  RH_TRY(answer->log.start(prompt.text, static_cast<std::int32_t>(prompt.tokens.size()), request.sampling, answer->seed, answer->edits));

  TokenRequest tokens;
  tokens.prompt = std::move(prompt.tokens);
  tokens.sampling = request.sampling;
  tokens.seed = answer->seed;
  const std::shared_ptr<ModelImpl> model = model_;  // the model stays while its answer is made
  tokens.is_end = [model](std::int32_t id) { return model->tokenizer().is_end_of_generation(id); };
  TokenCallbacks inner;
  if (answer->callbacks.prompt_progress) inner.prompt_progress = answer->callbacks.prompt_progress;
  inner.token = [answer](const DrawnToken& drawn, std::int32_t position) { return answer->token(drawn, position); };
  inner.finished = [answer](TokenResult result) {
    GenerationResult whole;
    const Status made = guarded("finish answer", "session", [&]() -> Status {
      whole = answer->finish(std::move(result));
      return Ok{};
    });
    if (!made.ok()) whole.error = made.error();  // its finish is `failed` already
    if (!answer->callbacks.finished) return;
    const auto tell = [&](const GenerationResult& told) {
      return guarded("finish answer", "session", [&]() -> Status { return answer->callbacks.finished(told), Ok{}; });
    };
    const Status told = tell(whole);
    if (told.ok()) return;
    // Whoever waits for the end must hear of it, if there is no memory for the answer then without it.
    GenerationResult failed;
    failed.error = told.error();
    (void)tell(failed);
  };
  answer->prepare_ns = now_ns() - begin;
  const Status submitted = model_->runtime().submit(sequence_, std::move(tokens), std::move(inner));
  if (!submitted.ok()) {
    // The start is in the log; so is its end.
    GenerationResult failed;
    failed.error = submitted.error();
    (void)answer->log.finish(failed);
  }
  return submitted;
}

Result<GenerationResult> SessionImpl::generate_and_wait(GenerationRequest request, std::function<void(const TokenEvent&)> token) {
  return guarded("generate", "session", [&]() -> Result<GenerationResult> {
    auto promise = std::make_shared<std::promise<GenerationResult>>();
    auto future = promise->get_future();
    GenerationCallbacks callbacks;
    callbacks.token = std::move(token);
    callbacks.finished = [promise](const GenerationResult& result) {
      GenerationResult copy = result;  // what throws, throws before the promise is touched
      promise->set_value(std::move(copy));
    };
    RH_TRY(generate(std::move(request), std::move(callbacks)));
    return future.get();
  });
}

Status SessionImpl::set_edits(RoutingEdits edits) { return model_->runtime().set_edits(sequence_, std::move(edits)); }

Result<std::vector<ScoredSequence>> SessionImpl::score(const std::string& raw_prompt, const std::vector<std::string>& continuations,
                                                       const CancelToken& cancel) {
  return guarded("score continuations", "session", [&]() -> Result<std::vector<ScoredSequence>> {
    std::vector<Message> messages{Message::text(Role::user, raw_prompt)};
    for (const std::string& continuation : continuations) messages.push_back(Message::text(Role::assistant, continuation));
    RH_TRY(pass_prompt_hooks(model_->engine().hooks(), messages));
    if (messages.size() != continuations.size() + 1) {
      return Error{ErrorCode::conflict, "score continuations", "prompt hooks", "as many messages as before", std::to_string(messages.size())};
    }
    ScoringRecord record;
    record.prompt = text_of(messages.front());
    for (std::size_t i = 1; i < messages.size(); ++i) record.continuations.push_back(text_of(messages[i]));
    record.edits = edits();
    // What it throws is an entry of the log, too.
    const Status scored = guarded("score continuations", "session", [&] { return score_all(record, cancel); });
    if (!scored.ok()) record.error = scored.error();
    GenerationLog log(model_->engine(), model_->info().name, model_->sha256(), conversation_);
    RH_TRY(log.scored(record));
    RH_TRY(scored);
    return record.scores;
  });
}

Status SessionImpl::score_all(ScoringRecord& record, const CancelToken& cancel) {
  const Tokenizer& tokenizer = model_->tokenizer();
  EncodeOptions options;
  options.parse_special = true;
  options.add_special = true;
  RH_ASSIGN(const auto prompt, tokenizer.encode(record.prompt, options));
  record.prompt_tokens = static_cast<std::int32_t>(prompt.size());
  if (prompt.empty()) return Error{ErrorCode::invalid_argument, "score continuations", "prompt", "at least one token", "none"};
  for (const std::string& continuation : record.continuations) {
    const Error cancelled{ErrorCode::cancelled, "score continuations", "session", "", ""};
    if (cancel.cancelled()) return cancelled;
    RH_ASSIGN(const auto label, tokenizer.encode(continuation));
    if (label.empty()) return Error{ErrorCode::invalid_argument, "score continuations", "continuation", "at least one token", "none"};
    TokenRequest request;
    request.prompt = prompt;
    request.prompt.insert(request.prompt.end(), label.begin(), label.end());
    request.score_from = static_cast<std::int32_t>(prompt.size());
    auto promise = std::make_shared<std::promise<TokenResult>>();
    auto future = promise->get_future();
    TokenCallbacks callbacks;
    callbacks.finished = [promise](TokenResult result) { promise->set_value(std::move(result)); };
    RH_TRY(model_->runtime().submit(sequence_, std::move(request), std::move(callbacks)));
    while (future.wait_for(std::chrono::milliseconds(20)) != std::future_status::ready) {
      if (cancel.cancelled()) model_->runtime().cancel(sequence_);
    }
    const TokenResult result = future.get();
    if (result.error) return *result.error;
    if (result.finish == FinishReason::cancelled) return cancelled;
    record.scores.push_back({result.scored_logprob, static_cast<std::int32_t>(label.size())});
  }
  return Ok{};
}

}  // namespace roundhouse
