// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/bridge/session_hub.h"

#include <QSet>

#include <algorithm>

namespace roundhouse::app {
namespace {

// Calls `take` with each chunk of the trace, known by its first id, and its bytes.
template <class Take>
void eachChunk(const RoutingTrace& trace, const Take& take) {
  if (trace.layer_count() == 0) return;
  const qint64 perLayer = trace.top_k() * qint64(sizeof(std::uint16_t) + sizeof(float)) + (trace.has_scores() ? trace.score_stride() * qint64(sizeof(float)) : 0);
  const qint64 bytes = TraceChunk::tokens * (qint64(sizeof(std::int32_t)) + trace.layer_count() * perLayer);
  for (int token = 0; token < trace.token_count(); token += TraceChunk::tokens) take(static_cast<const void*>(trace.ids(token, 0).data()), bytes);
}

// Without the trace.
qint64 ownBytes(const AnswerSnapshot& answer) {
  const std::size_t alternatives = answer.tokens.empty() ? 0 : answer.tokens.front().alternatives.size();
  return qint64(sizeof(AnswerSnapshot) + answer.text.size() + answer.tokens.size() * (sizeof(AnswerToken) + alternatives * sizeof(TokenAlternative)));
}

}  // namespace

SessionHub::SessionHub(EngineController& engine, QObject* parent, qint64 keptBytes) : QObject(parent), engine_(engine), kept_bytes_(keptBytes) {
  thread_.setObjectName(QStringLiteral("session bridge"));
  anchor_.moveToThread(&thread_);
  thread_.start();
  connect(&engine_, &EngineController::aboutToUnload, this, [this](const QString& path) {
    const std::shared_ptr<Model> model = engine_.model(path);
    for (qsizetype i = sessions_.size() - 1; i >= 0; --i) {
      if (i < sessions_.size() && sessions_[i]->model() == model) end(i);
    }
  });
}

SessionHub::~SessionHub() {
  qDeleteAll(sessions_);
  // The workers' deletion is queued on the thread; this runs behind it.
  QMetaObject::invokeMethod(&anchor_, [this] { thread_.quit(); }, Qt::QueuedConnection);
  thread_.wait();
}

void SessionHub::setCurrentConversation(const QString& conversation) {
  if (conversation == current_) return;
  current_ = conversation;
  shown_.clear();
  Q_EMIT currentConversationChanged(current_);
}

void SessionHub::setShownAnswer(const QString& answer) {
  if (answer == shown_) return;
  shown_ = answer;
  Q_EMIT shownAnswerChanged(shown_);
}

SessionController* SessionHub::session(const QString& conversation) {
  const std::shared_ptr<Model> model = engine_.current();
  for (qsizetype i = 0; i < sessions_.size(); ++i) {
    SessionController* found = sessions_[i];
    if (found->conversation() != conversation) continue;
    if (found->model() == model || found->busy()) {
      sessions_.move(i, sessions_.size() - 1);
      return found;
    }
    end(i);
    break;
  }
  if (!model) return nullptr;
  auto* made = new SessionController(model, conversation, engine_.api(), &thread_);
  connect(made, &SessionController::snapshotChanged, this, [this](const AnswerSnapshotPtr& snapshot) {
    remember(snapshot);
    Q_EMIT snapshotChanged(snapshot);
  });
  connect(made, &SessionController::busyChanged, this, [this, conversation](bool busy) {
    Q_EMIT busyChanged(conversation, busy);
  });
  sessions_.append(made);
  dropIdle();
  return made;
}

void SessionHub::end(qsizetype index) {
  std::unique_ptr<SessionController> controller(sessions_.takeAt(index));
  controller->close();
}

void SessionHub::dropIdle() {
  for (qsizetype i = 0; sessions_.size() > kLiveSessions && i < sessions_.size() - 1;) {
    if (sessions_[i]->busy()) ++i;
    else end(i);
  }
}

bool SessionHub::submit(const QString& conversation, AnswerRequest request) {
  SessionController* controller = session(conversation);
  if (!controller) return false;
  controller->submit(std::move(request));
  return true;
}

void SessionHub::cancel(const QString& conversation) {
  for (SessionController* controller : std::as_const(sessions_)) {
    if (controller->conversation() == conversation) controller->cancel();
  }
}

bool SessionHub::busy(const QString& conversation) const {
  return std::any_of(sessions_.begin(), sessions_.end(), [&](const SessionController* controller) {
    return controller->conversation() == conversation && controller->busy();
  });
}

bool SessionHub::anyBusy() const {
  return std::any_of(sessions_.begin(), sessions_.end(), [](const SessionController* each) { return each->busy(); });
}

QList<AnswerSnapshotPtr> SessionHub::snapshots(const QString& conversation) const {
  QList<AnswerSnapshotPtr> found;
  for (const QString& answer : order_) {
    const AnswerSnapshotPtr snapshot = snapshots_.value(answer);
    if (snapshot->conversation == conversation) found.append(snapshot);
  }
  return found;
}

AnswerSnapshotPtr SessionHub::latest(const QString& conversation) const {
  for (auto answer = order_.rbegin(); answer != order_.rend(); ++answer) {
    const AnswerSnapshotPtr snapshot = snapshots_.value(*answer);
    if (snapshot->conversation == conversation) return snapshot;
  }
  return nullptr;
}

void SessionHub::remember(const AnswerSnapshotPtr& snapshot) {
  const bool first = !snapshots_.contains(snapshot->answer);
  if (first) order_.append(snapshot->answer);
  snapshots_.insert(snapshot->answer, snapshot);
  if (first || snapshot->finished()) makeRoom();  // not with each of the many that follow while it grows
}

void SessionHub::makeRoom() {
  QHash<const void*, int> users;
  qint64 total = 0;
  for (const AnswerSnapshotPtr& each : std::as_const(snapshots_)) {
    total += ownBytes(*each);
    eachChunk(each->trace, [&](const void* chunk, qint64 bytes) {
      if (users[chunk]++ == 0) total += bytes;
    });
  }
  const auto worth = [&](const AnswerSnapshotPtr& each) { return each->answer == shown_ ? 2 : latest(each->conversation) == each ? 1 : 0; };
  for (const int least : {0, 1, 2}) {
    for (qsizetype i = 0; total > kept_bytes_ && order_.size() > 1 && i < order_.size();) {
      const AnswerSnapshotPtr each = snapshots_.value(order_[i]);
      if (!each->finished() || worth(each) != least) {
        ++i;
        continue;
      }
      total -= ownBytes(*each);
      eachChunk(each->trace, [&](const void* chunk, qint64 bytes) {
        if (--users[chunk] == 0) total -= bytes;
      });
      snapshots_.remove(order_.takeAt(i));
    }
  }
}

void SessionHub::bringBack(const AnswerSnapshotPtr& snapshot, const QStringList& messages) {
  if (snapshots_.contains(snapshot->answer)) return;
  const QSet<QString> earlier(messages.begin(), messages.begin() + std::max<qsizetype>(0, messages.indexOf(snapshot->answer)));
  qsizetype place = order_.size();
  while (place > 0 && !(earlier.contains(order_[place - 1]) && snapshots_.value(order_[place - 1])->conversation == snapshot->conversation)) --place;
  order_.insert(place, snapshot->answer);
  snapshots_.insert(snapshot->answer, snapshot);
  makeRoom();
  if (snapshots_.contains(snapshot->answer)) Q_EMIT broughtBack(snapshot);
}

void SessionHub::forget(const QString& conversation) {
  for (qsizetype i = sessions_.size() - 1; i >= 0; --i) {
    if (i < sessions_.size() && sessions_[i]->conversation() == conversation) end(i);
  }
  for (qsizetype i = order_.size() - 1; i >= 0; --i) {
    if (snapshots_.value(order_[i])->conversation == conversation) snapshots_.remove(order_.takeAt(i));
  }
  edits_.remove(conversation);
}

Status SessionHub::setEdits(const QString& conversation, const RoutingEdits& edits) {
  // Those in force may be of another model: they are checked, too.
  if (const std::shared_ptr<Model> model = engine_.current(); model && !edits.empty()) RH_TRY(edits.validate(model->info().routing));
  if (edits == edits_.value(conversation)) return Ok{};
  if (edits.empty()) edits_.remove(conversation);
  else edits_.insert(conversation, edits);
  Q_EMIT editsChanged(conversation);
  return Ok{};
}

void SessionHub::requestAnswerAgain(const QString& conversation, const QString& answer, const RoutingEdits& edits) {
  Q_EMIT answerAgainRequested(conversation, answer, edits);
}

}  // namespace roundhouse::app
