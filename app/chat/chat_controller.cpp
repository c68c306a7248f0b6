// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/chat/chat_controller.h"

#include <QDateTime>
#include <QScopedValueRollback>

#include <algorithm>

#include "app/chat/reasoning.h"
#include "app/chat/sampling_presets.h"

namespace roundhouse::app {
namespace {

constexpr int kAlternatives = 5;  // per token, for the token view
constexpr qint64 kRecalledBytes = 64ll << 20;  // of a conversation when it is opened; others when asked for

// About what a recalled answer takes in memory.
qint64 keptBytes(const AnswerSnapshot& answer) {
  const RoutingTrace& trace = answer.trace;
  const qint64 row = trace.layer_count() * (qint64(trace.top_k()) * 6 + (trace.has_scores() ? trace.score_stride() * 4 : 0));
  return trace.token_count() * row + qint64(answer.tokens.size() * sizeof(AnswerToken) + answer.text.size());
}

RoutingEdits editsOf(const AnswerFacts& facts) {
  auto edits = facts.editsJson.isEmpty() ? Result<RoutingEdits>(RoutingEdits()) : RoutingEdits::from_json(facts.editsJson.toStdString());
  return edits.ok() ? std::move(edits).value() : RoutingEdits();
}

qint64 nowMs() { return QDateTime::currentMSecsSinceEpoch(); }

std::vector<Part> answerParts(const AnswerSnapshot& answer) {
  const std::string& text = answer.text;
  const std::vector<AnswerSegment> segments = splitReasoning(text, !answer.finished(), answer.reasoning);
  bool reasoning = false;
  for (const AnswerSegment& each : segments) reasoning = reasoning || each.reasoning;
  if (!reasoning) return {{TextPart{text}, {}}};
  std::vector<Part> parts;
  for (const AnswerSegment& each : segments) {
    std::string piece = text.substr(each.begin, each.end - each.begin);
    if (each.reasoning) parts.push_back({ReasoningPart{std::move(piece)}, {}});
    else parts.push_back({TextPart{std::move(piece)}, {}});
  }
  return parts;
}

}  // namespace

ChatController::ChatController(EngineController& engine, SessionHub& sessions, ConversationLibrary& library, const Times& times)
    : times_(times), engine_(engine), sessions_(sessions), library_(library) {
  connect(&sessions_, &SessionHub::snapshotChanged, this, &ChatController::take);
  connect(&sessions_, &SessionHub::busyChanged, this, [this](const QString& conversation, bool busy) {
    if (conversation == current_) Q_EMIT busyChanged();
    if (!busy) dropIdle();
  });
  connect(&sessions_, &SessionHub::editsChanged, this, [this](const QString& id) {
    Conversation* conversation = find(id);
    if (!conversation) return;
    if (!applying_ && conversation->edits != sessions_.edits(id)) {
      conversation->edits = sessions_.edits(id);
      ConversationChanges changes;
      changes.edits = conversation->edits;
      keep(*conversation, std::move(changes));
    }
    if (id == current_) Q_EMIT propertiesChanged();
  });
  connect(&sessions_, &SessionHub::answerAgainRequested, this,
          [this](const QString& conversation, const QString& answer, const RoutingEdits& edits) {
            if (conversation == current_) regenerate(answer, edits);
          });
  connect(&engine_, &EngineController::currentChanged, this, [this] {
    for (const Conversation& each : std::as_const(open_)) applyEdits(each);
    if (!current().edits.empty()) Q_EMIT propertiesChanged();
    submitWaiting();
  });
  connect(&engine_, &EngineController::loadFinished, this, &ChatController::submitWaiting);
  connect(&library_, &ConversationLibrary::failed, this, &ChatController::problem);
  connect(&library_, &ConversationLibrary::saved, this, [this] {
    dropIdle();
    lookForNews();
  });
  connect(&library_, &ConversationLibrary::changedElsewhere, this, [this] {
    news_ = true;
    lookForNews();
  });
  connect(&library_, &ConversationLibrary::tookIn, this, &ChatController::takeEarlier);
  connect(&library_, &ConversationLibrary::missing, this, &ChatController::missing);
  connect(&library_, &ConversationLibrary::remade, this, &ChatController::saveWhole);
  connect(&library_, &ConversationLibrary::broughtBack, this, [this](const QString& id) {
    if (const Conversation* conversation = find(id)) Q_EMIT deletedElsewhere(conversation->title, true);
  });
  save_.setSingleShot(true);
  save_.setInterval(times_.saveMs);
  connect(&save_, &QTimer::timeout, this, &ChatController::saveGrowing);
  purge_.setSingleShot(true);
  connect(&purge_, &QTimer::timeout, this, &ChatController::purge);
  purge();  // what was removed in earlier runs and not brought back ...
  purge_.start(times_.undoMs);  // ... a moment ago, too: another window may still want it
  startNew();
}

ChatController::~ChatController() { saveGrowing(); }

Conversation* ChatController::find(const QString& id) {
  const auto found = open_.find(id);
  return found == open_.end() ? nullptr : &*found;
}

void ChatController::show(const QString& id) {
  current_ = id;
  dropIdle();
  sessions_.setCurrentConversation(id);
  showAnswer();
  Q_EMIT currentChanged();
  Q_EMIT busyChanged();
}

// Tells the other rooms which answer ends the branch on show.
void ChatController::showAnswer() {
  const QStringList path = tree().path();
  const auto last = std::find_if(path.crbegin(), path.crend(), [&](const QString& id) { return tree().find(id)->facts.has_value(); });
  sessions_.setShownAnswer(last == path.crend() ? QString() : *last);
}

// A conversation keeps its edits where they do not fit the model.
void ChatController::applyEdits(const Conversation& conversation) {
  const QScopedValueRollback<bool> guard(applying_, true);
  if (!sessions_.setEdits(conversation.id, conversation.edits).ok()) (void)sessions_.setEdits(conversation.id, {});
}

std::optional<Error> ChatController::editsRefused() const {
  const Conversation& conversation = current();
  const std::shared_ptr<Model> model = engine_.current();
  if (!model || conversation.edits.empty() || conversation.edits == sessions_.edits(conversation.id)) return std::nullopt;
  const Status fits = conversation.edits.validate(model->info().routing);
  if (fits.ok()) return std::nullopt;
  return fits.error();
}

void ChatController::dropIdle() {
  for (auto each = open_.begin(); each != open_.end();) {
    const QString& id = each.key();
    const bool needed = id == current_ || busy(id) || library_.unsaved(id);
    each = needed ? std::next(each) : open_.erase(each);
  }
}

void ChatController::startNew() {
  ++opening_;
  Conversation made;
  if (const Conversation* last = find(current_)) {
    if (last->tree.empty() && !stored_.contains(current_)) {  // it is new already
      Q_EMIT currentChanged();
      return;
    }
    made.systemPrompt = last->systemPrompt;
    made.sampling = last->sampling;
  } else {
    made.sampling = samplingPresets().first().settings;
    made.sampling.top_logprobs = kAlternatives;
  }
  made.id = newId();
  made.createdMs = made.updatedMs = nowMs();
  const QString id = made.id;
  open_.insert(id, std::move(made));
  show(id);
}

void ChatController::open(const QString& id) {
  const quint64 serial = ++opening_;
  if (id == current_) return;
  if (find(id)) {
    show(id);
    return;
  }
  library_.load(id, this, [this, id, serial](Result<Conversation> loaded) {
    if (serial != opening_) return;
    if (!loaded.ok()) {
      Q_EMIT problem(loaded.error());
      return;
    }
    showLoaded(id, std::move(loaded).value());
  });
}

void ChatController::reopen(const QString& id) {
  library_.load(id, this, [this, id, serial = ++opening_](Result<Conversation> loaded) {
    if (serial == opening_ && loaded.ok() && tree().empty()) showLoaded(id, std::move(loaded).value());
  });
}

void ChatController::showLoaded(const QString& id, Conversation conversation) {
  stored_.insert(id);
  if (!find(id)) {
    applyEdits(conversation);
    open_.insert(id, std::move(conversation));
  }
  show(id);
  // The answer on show first, then the newest.
  QStringList answers{sessions_.shownAnswer()};
  for (auto each = tree().ids().crbegin(); each != tree().ids().crend(); ++each) {
    if (*each != answers.first()) answers.append(*each);
  }
  answers.removeIf([&](const QString& each) { return each.isEmpty() || tree().find(each)->kept.isEmpty(); });
  recallNewest(id, std::move(answers), kRecalledBytes);
}

void ChatController::recallNewest(const QString& id, QStringList answers, qint64 bytes) {
  while (!answers.isEmpty() && sessions_.snapshot(answers.first())) answers.removeFirst();
  if (answers.isEmpty() || bytes <= 0 || id != current_) return;
  const QString answer = answers.takeFirst();
  library_.loadAnswer(id, answer, this, [this, id, answer, answers = std::move(answers), bytes](Result<AnswerSnapshot> kept) {
    const qint64 left = kept.ok() ? bytes - keptBytes(*kept) : bytes;
    if (kept.ok()) recalled(id, answer, std::move(kept).value());
    recallNewest(id, answers, left);
  });
}

void ChatController::recall(const QString& answer) {
  const ChatMessage* message = tree().find(answer);
  if (!message || message->kept.isEmpty() || sessions_.snapshot(answer)) return;
  library_.loadAnswer(current_, answer, this, [this, id = current_, answer](Result<AnswerSnapshot> kept) {
    if (kept.ok()) recalled(id, answer, std::move(kept).value());
    else if (kept.error().code != ErrorCode::not_found) Q_EMIT problem(kept.error());
  });
}

void ChatController::recalled(const QString& id, const QString& answer, AnswerSnapshot kept) {
  const Conversation* conversation = find(id);
  const ChatMessage* message = conversation ? conversation->tree.find(answer) : nullptr;
  if (!message || !message->facts) return;
  const AnswerFacts& facts = *message->facts;
  kept.modelName = facts.modelName.toStdString();
  kept.modelSha256 = facts.modelSha256.toStdString();
  kept.edits = editsOf(facts);
  kept.sampling = facts.sampling;
  GenerationResult& result = kept.result.emplace();
  result.finish = facts.finish.value_or(FinishReason::cancelled);
  result.text = kept.text;
  result.seed = facts.seed;
  result.edits = kept.edits;
  result.stats = facts.stats;
  result.audit_entry = facts.auditEntry;
  sessions_.bringBack(std::make_shared<const AnswerSnapshot>(std::move(kept)), conversation->tree.ids());
  if (id == current_) Q_EMIT messageChanged(answer);
}

// Writes changes down. A conversation that is not stored is, whole, with its first message.
void ChatController::keep(const Conversation& conversation, ConversationChanges changes) {
  const bool first = !stored_.contains(conversation.id);
  if (first && changes.messages.isEmpty()) return;
  if (first) changes = ConversationChanges::whole(conversation);
  changes.id = conversation.id;
  stored_.insert(conversation.id);
  library_.save(std::move(changes));
}

void ChatController::append(Conversation& conversation, const ChatMessage& message, ConversationChanges changes) {
  conversation.tree.add(message);
  conversation.updatedMs = nowMs();
  changes.updatedMs = conversation.updatedMs;
  changes.leaf = conversation.tree.leaf();
  changes.messages.append(message);
  keep(conversation, std::move(changes));
}

void ChatController::missing(const QString& id, bool messages) {
  stored_.remove(id);
  const Conversation* conversation = find(id);
  if (!conversation) return;
  if (messages) library_.save(ConversationChanges::whole(*conversation));
  if (messages) stored_.insert(id);
  Q_EMIT deletedElsewhere(conversation->title, messages);
}

// The storage may have lost of it what stands here.
void ChatController::saveWhole() {
  for (const Conversation& each : std::as_const(open_)) {
    const bool removed = redacting_.contains(each.id) || std::any_of(removed_.begin(), removed_.end(), [&](const Removed& one) { return one.id == each.id; });
    if (removed || !stored_.contains(each.id)) continue;
    ConversationChanges whole = ConversationChanges::whole(each);
    whole.anew = whole.ifNewer = true;  // others may have gone on with it
    library_.save(std::move(whole));
  }
}

// What others have written is read while nothing here waits to be: then it is all that is newer.
void ChatController::lookForNews() {
  const auto quiet = [this](const QString& id) { return id == current_ && stored_.contains(id) && !busy(id) && !library_.unsaved(id); };
  if (!news_ || !quiet(current_)) return;
  news_ = false;
  library_.load(current_, this, [this, quiet, id = current_](Result<Conversation> loaded) {
    if (!quiet(id)) news_ = true;
    else if (loaded.ok()) takeNews(*loaded);
  });
}

void ChatController::takeNews(const Conversation& theirs) {
  Conversation& mine = *find(theirs.id);
  bool added = false;
  for (const QString& id : theirs.tree.ids()) {
    const ChatMessage& message = *theirs.tree.find(id);
    // Still being written there, or cut off: it comes with its end.
    if (message.facts && !message.facts->finish && !message.facts->imported) continue;
    ChatMessage* there = mine.tree.find(id);
    if (there && there->facts && !there->facts->finish && message.facts) {
      *there = message;
      Q_EMIT messageChanged(id);
    } else if (!there && mine.tree.restore(message)) {
      added = true;
    }
  }
  // Where they went on from what is on show, up to an answer; who looks at another branch stays there.
  const QString before = mine.tree.leaf();
  const QStringList path = theirs.tree.path();
  for (qsizetype i = path.indexOf(before) + 1; i > 0 && i < path.size(); ++i) {
    const ChatMessage* next = mine.tree.find(path[i]);
    if (!next) break;
    if (next->content.role == Role::assistant) mine.tree.setLeaf(next->id);
  }
  const bool edited = mine.edits != theirs.edits;
  mine.title = theirs.title;
  mine.systemPrompt = theirs.systemPrompt;
  mine.sampling = theirs.sampling;
  mine.edits = theirs.edits;
  mine.updatedMs = theirs.updatedMs;
  if (edited) applyEdits(mine);
  Q_EMIT propertiesChanged();
  if (mine.tree.leaf() != before) {
    showAnswer();
    recall(sessions_.shownAnswer());
  }
  if (added) Q_EMIT pathChanged();
}

// What an earlier run had left of a conversation that is open. It goes on where that ended, if it stands where that began.
void ChatController::takeEarlier(const ConversationChanges& theirs) {
  Conversation* mine = find(theirs.id);
  if (!mine) return;
  const bool quiet = !busy(theirs.id), settled = quiet && !library_.unsaved(theirs.id);
  const QString before = mine->tree.leaf();
  QString leaf = before;
  bool added = false;
  for (const ChatMessage& message : theirs.messages) {
    if (ChatMessage* there = mine->tree.find(message.id)) {
      if (quiet && there->facts && !there->facts->finish && message.facts) *there = message;
    } else if (mine->tree.restore(message)) {
      added = true;
      if (message.parent == leaf) leaf = message.id;
    }
  }
  if (theirs.leaf && mine->tree.pathTo(*theirs.leaf).contains(leaf)) leaf = *theirs.leaf;
  if (settled) {
    const auto take = [](auto& to, const auto& from) {
      if (from) to = *from;
    };
    const bool edited = theirs.edits && mine->edits != *theirs.edits;
    take(mine->title, theirs.title);
    take(mine->systemPrompt, theirs.systemPrompt);
    take(mine->sampling, theirs.sampling);
    take(mine->edits, theirs.edits);
    take(mine->updatedMs, theirs.updatedMs);
    if (edited) applyEdits(*mine);
  }
  if (added && quiet && leaf != before) {
    mine->tree.setLeaf(leaf);
    ConversationChanges changes;
    changes.leaf = leaf;
    if (theirs.leaf != leaf) keep(*mine, std::move(changes));
  }
  if (theirs.id != current_) return;
  Q_EMIT propertiesChanged();
  if (mine->tree.leaf() != before) {
    showAnswer();
    recall(sessions_.shownAnswer());
  }
  Q_EMIT pathChanged();
  for (const ChatMessage& message : theirs.messages) {
    if (mine->tree.path().contains(message.id)) Q_EMIT messageChanged(message.id);
  }
}

bool ChatController::send(const QString& text, std::vector<Part> files) {
  Conversation& conversation = *find(current_);
  if (busy() || (text.trimmed().isEmpty() && files.empty())) return false;
  ChatMessage question;
  question.id = newId();
  question.parent = conversation.tree.leaf();
  question.createdMs = nowMs();
  question.content.role = Role::user;
  for (Part& file : files) question.content.parts.push_back(std::move(file));
  if (!text.trimmed().isEmpty()) question.content.parts.push_back({TextPart{text.toStdString()}, {}});
  ConversationChanges changes;
  if (conversation.title.isEmpty()) {
    conversation.title = titleFrom(question.content);
    changes.title = conversation.title;
    Q_EMIT propertiesChanged();
  }
  append(conversation, question, std::move(changes));
  return ask(conversation, question.id, sessions_.edits(conversation.id));
}

bool ChatController::callTool(const QString& typed, const ToolCallPart& call) { return runTool(typed, call, {}); }

bool ChatController::runTool(const QString& typed, const ToolCallPart& call, const QString& question) {
  if (busy() || !call_tool_) return false;
  const QString id = current_;
  const CancelToken cancel = *tools_.insert(id, CancelToken());
  call_tool_(call, id, cancel, this, [this, id, typed, call, question](const Result<ToolResultPart>& result) {
    tools_.remove(id);
    if (!result.ok()) Q_EMIT toolFailed(typed, result.error());
    else if (addToolAnswer(id, typed, question, call, *result)) Q_EMIT toolAnswered(id);
    else Q_EMIT toolFailed(typed, Error{ErrorCode::conflict, "add tool result", "conversation", "an idle conversation", "one that is being answered or gone"});
    if (id == current_) Q_EMIT busyChanged();
    dropIdle();
  });
  Q_EMIT busyChanged();
  return true;
}

bool ChatController::addToolAnswer(const QString& id, const QString& typed, const QString& question, const ToolCallPart& call, const ToolResultPart& result) {
  Conversation* conversation = find(id);
  if (!conversation || busy(id)) return false;
  ChatMessage answer;
  answer.id = newId();
  answer.createdMs = nowMs();
  answer.content.role = Role::assistant;
  answer.content.parts = {Part{call, {}}, Part{result, {}}};
  answer.facts.emplace();
  answer.facts->modelName = QStringLiteral("/") + QString::fromStdString(result.name);
  answer.facts->finish = FinishReason::end_token;
  answer.parent = question;
  if (question.isEmpty()) {
    ChatMessage asked;
    asked.id = answer.parent = newId();
    asked.parent = conversation->tree.leaf();
    asked.createdMs = answer.createdMs;
    asked.content = Message::text(Role::user, typed.toStdString());
    ConversationChanges changes;
    if (conversation->title.isEmpty()) {
      conversation->title = titleFrom(typed);
      changes.title = conversation->title;
    }
    append(*conversation, asked, std::move(changes));
  }
  append(*conversation, answer);
  if (id == current_) {
    showAnswer();
    Q_EMIT propertiesChanged();
    Q_EMIT pathChanged();
  }
  return true;
}

bool ChatController::ask(Conversation& conversation, const QString& question, RoutingEdits edits, std::optional<quint64> seed) {
  ChatMessage answer;
  answer.id = newId();
  answer.parent = question;
  answer.createdMs = nowMs();
  answer.content.role = Role::assistant;
  answer.facts.emplace();
  if (!edits.empty()) {
    answer.facts->editsLabel = edits.name.empty() ? QString::fromStdString(edits.summary()) : QString::fromStdString(edits.name);
    answer.facts->editsJson = QString::fromStdString(edits.to_json());
  }
  append(conversation, answer);
  waiting_.insert(conversation.id, {answer.id, std::move(edits), seed});
  if (conversation.id == current_) showAnswer();
  Q_EMIT pathChanged();
  submitWaiting();
  Q_EMIT busyChanged();
  return true;
}

void ChatController::submitWaiting() {
  if (!engine_.current() && !engine_.startError() && (!engine_.loading().isEmpty() || !engine_.running())) return;
  const QHash<QString, Waiting> waiting = std::exchange(waiting_, {});
  for (auto each = waiting.begin(); each != waiting.end(); ++each) {
    Conversation* conversation = find(each.key());
    const ChatMessage* answer = conversation ? conversation->tree.find(each->answer) : nullptr;
    if (!answer) continue;
    AnswerRequest request;
    request.answer = each->answer;
    request.edits = each->edits;
    request.request.messages = requestMessages(*conversation, answer->parent);
    request.request.sampling = conversation->sampling;
    if (each->seed) request.request.sampling.seed = *each->seed;
    if (sessions_.submit(each.key(), std::move(request))) continue;
    auto refused = std::make_shared<AnswerSnapshot>();
    refused->conversation = each.key();
    refused->answer = each->answer;
    refused->state = AnswerState::Finished;
    refused->result.emplace();
    refused->result->finish = FinishReason::failed;
    refused->result->error = engine_.startError().value_or(
        Error{ErrorCode::not_found, "answer", conversation->title.toStdString(), "a loaded model", "none"});
    take(refused);
    if (each.key() == current_) Q_EMIT busyChanged();
  }
}

std::vector<Message> ChatController::requestMessages(const Conversation& conversation, const QString& question) {
  std::vector<Message> messages;
  if (!conversation.systemPrompt.trimmed().isEmpty()) {
    messages.push_back(Message::text(Role::system, conversation.systemPrompt.toStdString()));
  }
  const QStringList path = conversation.tree.pathTo(question);
  for (const QString& id : path) {
    Message message = conversation.tree.find(id)->content;
    // A person called the tool, not the model: its template is to see a plain answer, whatever it knows of tools.
    if (message.role == Role::assistant) {
      std::vector<Part> parts;
      for (Part& part : message.parts) {
        if (std::holds_alternative<ToolCallPart>(part.content)) continue;
        if (auto* result = std::get_if<ToolResultPart>(&part.content)) part.content = TextPart{std::string(result->content)};
        parts.push_back(std::move(part));
      }
      message.parts = std::move(parts);
    }
    messages.push_back(std::move(message));
  }
  return messages;
}

bool ChatController::regenerate(const QString& answer, std::optional<RoutingEdits> edits) {
  Conversation& conversation = *find(current_);
  const ChatMessage* message = conversation.tree.find(answer);
  if (busy() || !message || message->content.role != Role::assistant || message->parent.isEmpty()) return false;
  for (const Part& part : message->content.parts) {
    if (const auto* call = std::get_if<ToolCallPart>(&part.content)) return runTool({}, ToolCallPart(*call), QString(message->parent));
  }
  RoutingEdits next = edits ? *std::move(edits) : sessions_.edits(conversation.id);
  std::optional<quint64> seed;
  if (const auto& facts = message->facts; facts && facts->stats.generated_tokens > 0 && next != editsOf(*facts)) seed = facts->seed;
  return ask(conversation, message->parent, std::move(next), seed);
}

bool ChatController::editQuestion(const QString& question, const QString& text) {
  Conversation& conversation = *find(current_);
  const ChatMessage* message = conversation.tree.find(question);
  if (busy() || !message || message->content.role != Role::user) return false;
  ChatMessage edited;
  edited.id = newId();
  edited.parent = message->parent;
  edited.createdMs = nowMs();
  edited.content.role = Role::user;
  for (const Part& part : message->content.parts) {
    if (!std::holds_alternative<TextPart>(part.content)) edited.content.parts.push_back(part);
  }
  if (!text.trimmed().isEmpty()) edited.content.parts.push_back({TextPart{text.toStdString()}, {}});
  if (edited.content.parts.empty()) return false;
  append(conversation, edited);
  return ask(conversation, edited.id, sessions_.edits(conversation.id));
}

void ChatController::stop() {
  if (const auto tool = tools_.constFind(current_); tool != tools_.constEnd()) tool->cancel();
  if (waiting_.contains(current_)) {
    auto stopped = std::make_shared<AnswerSnapshot>();
    stopped->conversation = current_;
    stopped->answer = waiting_.take(current_).answer;
    stopped->state = AnswerState::Finished;
    stopped->result.emplace();
    stopped->result->finish = FinishReason::cancelled;
    take(stopped);
    Q_EMIT busyChanged();
  }
  sessions_.cancel(current_);
}

void ChatController::take(const AnswerSnapshotPtr& snapshot) {
  Conversation* conversation = find(snapshot->conversation);
  ChatMessage* message = conversation ? conversation->tree.find(snapshot->answer) : nullptr;
  if (!message || !message->facts) return;
  AnswerFacts& facts = *message->facts;
  if (!snapshot->modelName.empty()) {
    facts.modelName = QString::fromStdString(snapshot->modelName);
    facts.modelSha256 = QString::fromStdString(snapshot->modelSha256);
  }
  if (snapshot->result) {
    const GenerationResult& result = *snapshot->result;
    if (!snapshot->text.empty()) message->content.parts = answerParts(*snapshot);
    facts.finish = result.finish;
    facts.error = result.error ? QString::fromStdString(result.error->message()) : QString();
    facts.stats = result.stats;
    facts.seed = result.seed;
    facts.sampling = snapshot->sampling;
    facts.auditEntry = result.audit_entry;
    growing_.remove(message->id);
    const bool kept = keeps_answers_ && !snapshot->tokens.empty();
    if (kept) message->kept = conversation->id + QLatin1Char('/') + message->id;
    conversation->updatedMs = nowMs();
    ConversationChanges changes;
    changes.updatedMs = conversation->updatedMs;
    changes.messages = {*message};
    keep(*conversation, std::move(changes));
    if (kept) library_.keepAnswer(snapshot);
  } else if (!snapshot->text.empty()) {
    growing_.insert(message->id, snapshot);
    if (!save_.isActive()) save_.start();
  }
  if (conversation->id == current_ && conversation->tree.path().contains(message->id)) Q_EMIT messageChanged(message->id);
}

// Not with each snapshot: it is the whole text each time.
void ChatController::saveGrowing() {
  for (const AnswerSnapshotPtr& snapshot : std::exchange(growing_, {})) {
    Conversation* conversation = find(snapshot->conversation);
    ChatMessage* message = conversation ? conversation->tree.find(snapshot->answer) : nullptr;
    if (!message) continue;
    message->content.parts = answerParts(*snapshot);
    ConversationChanges changes;
    changes.messages = {*message};
    keep(*conversation, std::move(changes));
  }
}

void ChatController::selectBranch(const QString& message) {
  Conversation& conversation = *find(current_);
  const QString before = conversation.tree.leaf();
  conversation.tree.select(message);
  if (conversation.tree.leaf() == before) return;
  ConversationChanges changes;
  changes.leaf = conversation.tree.leaf();
  keep(conversation, std::move(changes));
  showAnswer();
  recall(sessions_.shownAnswer());
  Q_EMIT pathChanged();
}

void ChatController::rename(const QString& id, const QString& title) {
  ConversationChanges changes;
  changes.id = id;
  changes.title = title.simplified().left(200);
  if (changes.title->isEmpty()) return;
  Conversation* conversation = find(id);
  if (!conversation) return library_.save(std::move(changes));
  if (conversation->title == *changes.title) return;
  conversation->title = *changes.title;
  keep(*conversation, std::move(changes));
  if (id == current_) Q_EMIT propertiesChanged();
}

void ChatController::remove(QString id, const QString& title) {
  sessions_.cancel(id);
  if (const auto tool = tools_.constFind(id); tool != tools_.constEnd()) tool->cancel();
  waiting_.remove(id);
  const qint64 now = nowMs();
  library_.remove(id, now);
  const Conversation* conversation = find(id);
  offerBack({id, conversation ? conversation->title : title, now, 0});
  if (id == current_) {
    stored_.insert(id);  // so that the next one is another
    startNew();
  }
  Q_EMIT removedChanged();
}

void ChatController::offerBack(Removed removed) {
  removed.untilMs = removed.atMs + times_.undoMs;
  removed_.append(std::move(removed));
  if (!held_ && !purge_.isActive()) purge_.start(times_.undoMs);
}

void ChatController::restore(QString id) {
  if (redacting_.contains(id)) return;
  if (removed_.removeIf([&](const Removed& each) { return each.id == id; })) Q_EMIT removedChanged();
  library_.restore(id);
  open(id);
}

void ChatController::redact(const QString& id, const QString& reason, AuditService& audit) {
  const auto found = std::find_if(removed_.begin(), removed_.end(), [&](const Removed& each) { return each.id == id; });
  if (found == removed_.end()) return;
  redacting_.insert(id, *found);
  removed_.erase(found);
  Q_EMIT removedChanged();
  const auto start = [this, id, reason, &audit] {
    audit.redactSession(id, reason, this, [this, id](const Result<AuditReceipt>& receipt) {
      Removed taken = redacting_.take(id);
      if (receipt.ok()) {
        purgeNow(id);
        Q_EMIT redacted(*receipt);
        return;
      }
      taken.atMs = nowMs();
      library_.remove(id, taken.atMs);
      offerBack(std::move(taken));
      Q_EMIT removedChanged();
      Q_EMIT redactionFailed(receipt.error());
    });
  };
  if (!sessions_.busy(id)) return start();
  auto* wait = new QObject(this);  // its last entry is still to be written
  connect(&sessions_, &SessionHub::busyChanged, wait, [wait, id, start](const QString& conversation, bool busy) {
    if (conversation != id || busy) return;
    wait->deleteLater();
    start();
  });
}

void ChatController::purgeNow(const QString& id) {
  constexpr qint64 kLongAgo = 1;
  library_.remove(id, kLongAgo);
  library_.purge(kLongAgo + 1);
  sessions_.forget(id);
}

void ChatController::holdRemoved(bool hold) {
  held_ = hold;
  purge_.stop();
  if (hold) return;
  for (Removed& each : removed_) each.untilMs = nowMs() + times_.undoMs;
  purge_.start(times_.undoMs);
}

void ChatController::purge() {
  const qint64 now = nowMs();
  bool any = false;
  while (!removed_.isEmpty() && removed_.first().untilMs <= now) {
    sessions_.forget(removed_.takeFirst().id);
    any = true;
  }
  qint64 before = now - times_.undoMs + 1;
  if (!removed_.isEmpty()) {
    before = std::min(before, removed_.first().atMs);
    purge_.start(int(removed_.first().untilMs - now));
  }
  for (const Removed& each : std::as_const(redacting_)) before = std::min(before, each.atMs);
  library_.purge(before);
  if (any) Q_EMIT removedChanged();
}

void ChatController::setSystemPrompt(const QString& prompt) {
  Conversation& conversation = *find(current_);
  if (conversation.systemPrompt == prompt) return;
  conversation.systemPrompt = prompt;
  ConversationChanges changes;
  changes.systemPrompt = prompt;
  keep(conversation, std::move(changes));
  Q_EMIT propertiesChanged();
}

void ChatController::setSampling(const SamplingSettings& sampling) {
  Conversation& conversation = *find(current_);
  conversation.sampling = sampling;
  ConversationChanges changes;
  changes.sampling = sampling;
  keep(conversation, std::move(changes));
  Q_EMIT propertiesChanged();
}

void ChatController::import(Conversation conversation) {
  ++opening_;
  renewIds(conversation);
  if (conversation.title.isEmpty() && !conversation.tree.empty()) {
    conversation.title = titleFrom(conversation.tree.find(conversation.tree.ids().first())->content);
  }
  conversation.updatedMs = nowMs();
  const QString id = conversation.id;
  stored_.insert(id);
  library_.save(ConversationChanges::whole(conversation));
  applyEdits(conversation);
  open_.insert(id, std::move(conversation));
  show(id);
}

}  // namespace roundhouse::app
