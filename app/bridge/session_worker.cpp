// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/bridge/session_worker.h"

#include <chrono>

namespace roundhouse::app {
namespace {

constexpr int kSnapshotIntervalMs = 17;  // at most 60 a second

std::int64_t steadyNs() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

SessionWorker::SessionWorker(std::shared_ptr<Model> model, QString conversation, EngineApi api,
                             std::shared_ptr<SessionLink> link)
    : model_(std::move(model)), conversation_(std::move(conversation)), api_(std::move(api)), link_(std::move(link)),
      publishTimer_(this) {
  publishTimer_.setSingleShot(true);
  publishTimer_.setTimerType(Qt::PreciseTimer);
  connect(&publishTimer_, &QTimer::timeout, this, &SessionWorker::publish);
}

SessionWorker::~SessionWorker() {
  if (mailbox_) {
    std::lock_guard lock(mailbox_->mutex);
    mailbox_->receiver = nullptr;
  }
  std::shared_ptr<Session> session;
  {
    std::lock_guard lock(link_->mutex);
    session = std::move(link_->session);
  }
  if (session) session->cancel();
}

void SessionWorker::enqueue(AnswerRequest request, std::uint64_t number, std::int64_t submittedNs) {
  queue_.push_back({std::move(request), number, submittedNs});
  startNext();
}

void SessionWorker::startNext() {
  while (!running_ && !queue_.empty()) {
    current_ = std::move(queue_.front());
    queue_.pop_front();
    running_ = true;
    state_ = {};
    firstTokenAtNs_ = 0;
    state_.conversation = conversation_;
    state_.answer = current_->request.answer;
    state_.edits = current_->request.edits;
    state_.sampling = current_->request.request.sampling;
    state_.modelName = model_->info().name;
    state_.modelSha256 = model_->sha256();
    if (cancelled(*current_)) {
      finishWithout(FinishReason::cancelled, std::nullopt);
      continue;
    }
    Status begun = begin(*current_);
    if (!begun.ok()) finishWithout(FinishReason::failed, std::move(begun).error());
  }
}

Status SessionWorker::begin(Command& command) {
  std::shared_ptr<Session> session;
  {
    std::lock_guard lock(link_->mutex);
    session = link_->session;
  }
  if (!session) {
    SessionOptions options;
    options.conversation = conversation_.toStdString();
    RH_ASSIGN(session, model_->create_session(options));
    std::lock_guard lock(link_->mutex);
    link_->session = session;
  }
  RH_TRY(session->set_edits(command.request.edits));
  RH_TRY(session->set_adapter(command.request.adapter));

  mailbox_ = std::make_shared<EngineMailbox>();
  mailbox_->receiver = this;
  auto post = [this](EngineMailbox& box) {  // box.mutex is held: `this` lives as long as the receiver is set
    if (!box.receiver || box.posted) return;
    box.posted = true;
    QMetaObject::invokeMethod(box.receiver, [this] { collect(); }, Qt::QueuedConnection);
  };
  GenerationCallbacks callbacks;
  callbacks.prompt_progress = [box = mailbox_, post](int evaluated, int total) {
    std::lock_guard lock(box->mutex);
    box->promptEvaluated = evaluated;
    box->promptTotal = total;
    post(*box);
  };
  callbacks.token = [box = mailbox_, post](const TokenEvent& event) {
    std::lock_guard lock(box->mutex);
    box->events.push_back(event);
    box->eventNs.push_back(steadyNs());
    post(*box);
  };
  callbacks.finished = [box = mailbox_, post](const GenerationResult& result) {
    std::lock_guard lock(box->mutex);
    box->result = result;
    post(*box);
  };
  state_.state = AnswerState::Prompt;
  RH_TRY(session->generate(command.request.request, std::move(callbacks)));
  if (cancelled(command)) session->cancel();
  publish();
  return Ok{};
}

void SessionWorker::collect() {
  if (!mailbox_ || !running_) return;
  std::vector<TokenEvent> events;
  std::vector<std::int64_t> eventNs;
  std::optional<GenerationResult> result;
  {
    std::lock_guard lock(mailbox_->mutex);
    mailbox_->posted = false;
    events.swap(mailbox_->events);
    eventNs.swap(mailbox_->eventNs);
    result = std::move(mailbox_->result);
    mailbox_->result.reset();
    state_.promptEvaluated = mailbox_->promptEvaluated;
    state_.promptTotal = mailbox_->promptTotal;
  }
  for (std::size_t i = 0; i < events.size(); ++i) {
    TokenEvent& event = events[i];
    if (state_.tokens.empty()) {
      firstTokenAtNs_ = eventNs[i];
      state_.firstTokenNs = eventNs[i] - current_->submittedNs;
    }
    state_.generationNs = eventNs[i] - firstTokenAtNs_;
    state_.text += event.text;
    state_.state = AnswerState::Generating;
    if (event.position < 0) continue;  // text that had been held back, at the end: no token of its own
    state_.tokens.push_back({event.id, event.position, event.text_begin, event.text_end, event.logprob,
                             std::move(event.alternatives)});
  }
  if (result) {
    state_.state = AnswerState::Finished;
    state_.text = result->text;
    if (result->token_spans.size() == state_.tokens.size()) state_.tokens.setSpans(result->token_spans);
    state_.edits = result->edits;
    state_.result = std::move(result);
    publish();
    running_ = false;
    startNext();
    return;
  }
  if (!sincePublish_.isValid() || sincePublish_.elapsed() >= kSnapshotIntervalMs) publish();
  else if (!publishTimer_.isActive()) publishTimer_.start(kSnapshotIntervalMs - static_cast<int>(sincePublish_.elapsed()));
}

void SessionWorker::readPrompt() {
  if (state_.promptTexts || state_.tokens.empty() || !api_.tokenText || !link_->session) return;
  const std::vector<std::int32_t> ids = link_->session->tokens();
  const std::size_t count = std::min<std::size_t>(ids.size(), static_cast<std::size_t>(state_.tokens.front().position));
  auto texts = std::make_shared<std::vector<std::string>>();
  texts->reserve(count);
  for (std::size_t i = 0; i < count; ++i) texts->push_back(api_.tokenText(*model_, ids[i]));
  if (api_.reasoning) {
    std::string prompt;
    for (const std::string& text : *texts) prompt += text;
    state_.reasoning = api_.reasoning(*model_, prompt);
  }
  state_.promptTexts = std::move(texts);
}

void SessionWorker::publish() {
  publishTimer_.stop();
  sincePublish_.start();
  if (link_->session) {  // written on this thread only
    readPrompt();
    state_.trace = link_->session->trace();
  }
  auto snapshot = std::make_shared<const AnswerSnapshot>(state_);
  std::lock_guard lock(link_->mutex);
  if (!link_->outbox.empty() && link_->outbox.back()->answer == snapshot->answer && !link_->outbox.back()->finished()) {
    link_->outbox.back() = std::move(snapshot);
  } else {
    link_->outbox.push_back(std::move(snapshot));
  }
  if (link_->posted || !link_->controller) return;
  link_->posted = true;
  QMetaObject::invokeMethod(link_->controller, link_->deliver, Qt::QueuedConnection);
}

void SessionWorker::finishWithout(FinishReason reason, std::optional<Error> error) {
  GenerationResult result;
  result.finish = reason;
  result.error = std::move(error);
  result.edits = state_.edits;
  state_.result = std::move(result);
  state_.state = AnswerState::Finished;
  publish();
  running_ = false;
}

}  // namespace roundhouse::app
