// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/chat/conversation_library.h"

#include <QFile>
#include <QPointer>

#include <algorithm>
#include <map>
#include <utility>

#include "app/chat/unsaved_files.h"

namespace roundhouse::app {
namespace {

class MemoryConversations : public ConversationBackend {
 public:
  explicit MemoryConversations(const QString& database) {
    if (!database.isEmpty()) unsaved_.emplace(database);
  }
  Result<QList<ConversationSummary>> list(const QString& search) override {
    QList<ConversationSummary> found;
    for (const auto& [id, entry] : entries_) {
      if (entry.removedMs) continue;
      ConversationSummary summary{id, entry.conversation.title, entry.conversation.updatedMs, entry.conversation.tree.size(), {}};
      if (!search.trimmed().isEmpty() && !matches(entry.conversation, search.trimmed(), summary.snippet)) continue;
      found.append(summary);
    }
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.updatedMs > b.updatedMs; });
    return found;
  }
  Result<Conversation> load(const QString& id) override {
    const auto found = entries_.find(id);
    if (found == entries_.end()) return Error{ErrorCode::not_found, "open conversation", id.toStdString(), "a conversation", "none"};
    return found->second.conversation;
  }
  Result<Saved> save(const ConversationChanges& changes) override {
    auto found = entries_.find(changes.id);
    if (found == entries_.end()) {
      if (!changes.created) return Error{ErrorCode::not_found, "save conversation", changes.id.toStdString(), "a conversation", "none"};
      found = entries_.try_emplace(changes.id).first;
    }
    changes.applyTo(found->second.conversation);
    if (changes.removedMs) found->second.removedMs = *changes.removedMs ? changes.removedMs : std::nullopt;
    return Saved::Plainly;
  }
  Status purge(qint64 beforeMs) override {
    std::erase_if(entries_, [&](const auto& each) { return each.second.removedMs && *each.second.removedMs < beforeMs; });
    return Ok{};
  }
  // Those of this run stay in memory elsewhere, and there is no other run.
  Status keepAnswer(const AnswerSnapshot&) override { return Ok{}; }
  Result<AnswerSnapshot> loadAnswer(const QString&, const QString& answer) override {
    return Error{ErrorCode::not_found, "read the tokens of an answer", answer.toStdString(), "a kept answer", "none"};
  }
  Result<bool> changedElsewhere() override { return false; }
  const UnsavedFiles* unsavedFiles() const override { return unsaved_ ? &*unsaved_ : nullptr; }
  bool lasting() const override { return false; }
  QList<ConversationChanges> fleeting() const override {
    QList<ConversationChanges> all;
    for (const auto& [id, entry] : entries_) {
      if (!entry.removedMs) all.append(ConversationChanges::whole(entry.conversation));
    }
    return all;
  }

 private:
  struct Entry {
    Conversation conversation;
    std::optional<qint64> removedMs;
  };

  static bool matches(const Conversation& conversation, const QString& search, QString& snippet) {
    if (conversation.title.contains(search, Qt::CaseInsensitive)) return true;
    for (const QString& id : conversation.tree.ids()) {
      const QString text = visibleText(conversation.tree.find(id)->content);
      const qsizetype at = text.indexOf(search, 0, Qt::CaseInsensitive);
      if (at < 0) continue;
      snippet = text.mid(std::max<qsizetype>(0, at - 20), search.size() + 60).simplified();
      return true;
    }
    return false;
  }
  std::map<QString, Entry> entries_;
  std::optional<UnsavedFiles> unsaved_;
};

qsizetype messageCount(const QList<ConversationChanges>& all) {
  qsizetype count = 0;
  for (const ConversationChanges& each : all) count += each.messages.size();
  return count;
}

// What a list says of a conversation, from its messages where it is not known any more.
void nameAnew(ConversationChanges& changes, qint64 writtenMs) {
  const auto [first, last] = std::minmax_element(changes.messages.cbegin(), changes.messages.cend(),
                                                 [](const ChatMessage& a, const ChatMessage& b) { return a.createdMs < b.createdMs; });
  if (!changes.createdMs) changes.createdMs = first->createdMs > 0 ? first->createdMs : writtenMs;
  if (!changes.updatedMs) changes.updatedMs = last->createdMs > 0 ? last->createdMs : writtenMs;
  for (const ChatMessage& each : std::as_const(changes.messages)) {
    if (!changes.title.value_or(QString()).isEmpty()) return;
    if (each.content.role == Role::user) changes.title = titleFrom(each.content);
  }
  if (changes.title.value_or(QString()).isEmpty()) changes.title = titleFrom(changes.messages.first().content);  // an answer whose question is lost
}

// A conversation that is refused for itself: others may do.
bool forItself(const Error& error) {
  return error.code == ErrorCode::invalid_argument || error.code == ErrorCode::limit || error.code == ErrorCode::internal;
}

}  // namespace

std::unique_ptr<ConversationBackend> memoryConversations(const QString& database) { return std::make_unique<MemoryConversations>(database); }

ConversationLibrary::ConversationLibrary(const std::function<std::unique_ptr<ConversationBackend>(Tell)>& make, const Times& times, QObject* parent)
    : QObject(parent), times_(times) {
  backend_ = !make ? memoryConversations() : make([this](const Error& error) { tell(error); });
  retry_.setSingleShot(true);
  retry_.setInterval(times_.retryMs);
  connect(&retry_, &QTimer::timeout, this, &ConversationLibrary::postWriting);
  watch_.setInterval(times_.watchMs);
  connect(&watch_, &QTimer::timeout, this, &ConversationLibrary::lookForChanges);
  thread_.setObjectName(QStringLiteral("conversations"));
  worker_.moveToThread(&thread_);
  thread_.start();
  postWriting();  // what earlier runs left
}

ConversationLibrary::~ConversationLibrary() { (void)finish(); }

QString ConversationLibrary::finish() {
  if (closing_) return kept_in_;
  deadline_.setRemainingTime(times_.closeMs);
  closing_ = true;
  backend_->hurry(true);
  QMetaObject::invokeMethod(&worker_, [this, failing = failing_.has_value()] {
    end(failing);
    thread_.quit();
  }, Qt::QueuedConnection);
  thread_.wait();
  return kept_in_;
}

// Worker thread, last of all.
void ConversationLibrary::end(bool failing) {
  constexpr unsigned long kPauseMs = 20;
  backend_->hurry(true);  // tryNow() may just have ended it
  const UnsavedFiles* files = backend_->unsavedFiles();
  // What most likely fails again is safe before anything else takes its time.
  const Result<QString> early = failing && files && !pending_.isEmpty() ? files->write(pending_) : Result<QString>(QString());
  (void)backend_->changedElsewhere();  // notices a database that is gone, also when nothing is to be written
  Outcome outcome = writePending();
  // A lock may be gone in a moment; a full disk stays full.
  while (outcome.error && outcome.error->code == ErrorCode::conflict && !deadline_.hasExpired()) {
    QThread::msleep(kPauseMs);
    outcome = writePending();
  }
  const std::string why = outcome.error ? outcome.error->message() : backend_->lasting() ? "there was no more time" : "there was no database";
  if (files) pending_.append(backend_->fleeting());
  if (files && !pending_.isEmpty()) {
    const Result<QString> kept = files->write(pending_);
    if (kept.ok()) {
      qWarning("roundhouse: %d messages of %d conversations could not be saved: %s. They are kept in %s until the next start", int(messageCount(pending_)),
               int(pending_.size()), why.c_str(), qUtf8Printable(*kept));
      kept_in_ = *kept;
      const QDeadlineTimer soon(times_.closeMs);  // the lock may have taken all of the other time
      answers_.removeIf([&](const AnswerSnapshotPtr& each) {
        const bool waits = std::any_of(pending_.begin(), pending_.end(), [&](const auto& one) { return one.id == each->conversation; });
        return waits && !soon.hasExpired() && backend_->keepWaitingAnswer(*each).ok();
      });
      pending_.clear();
    } else if (early.ok() && !early->isEmpty()) {
      qWarning("roundhouse: what could not be saved is kept in %s until the next start", qUtf8Printable(*early));
      kept_in_ = *early;
      pending_.clear();
    } else {
      qWarning("roundhouse: what could not be saved could not be kept in a file either: %s", kept.error().message().c_str());
    }
  }
  if (early.ok() && !early->isEmpty() && kept_in_ != *early) QFile::remove(*early);
  for (const ConversationChanges& each : std::as_const(pending_)) {
    qWarning("roundhouse: %d messages of the conversation %s are lost: %s", int(each.messages.size()), qUtf8Printable(each.id), why.c_str());
  }
  if (!answers_.isEmpty()) qWarning("roundhouse: tokens of %d answers are lost: %s", int(answers_.size()), why.c_str());
}

void ConversationLibrary::tryNow(QObject* context, std::function<void()> done) {
  backend_->hurry(true);
  QMetaObject::invokeMethod(&worker_, [this, context = QPointer<QObject>(context), done = std::move(done)] {
    if (closing_) return;
    const Outcome outcome = writePending(false);
    backend_->hurry(closing_);
    const UnsavedFiles* files = backend_->unsavedFiles();
    QMetaObject::invokeMethod(this, [this, outcome, context, done, folder = files ? files->folder() : QString()] {
      unsaved_folder_ = folder;
      written(outcome);
      if (!blocked_) postWriting();  // what was to be deleted may have been given up for this
      if (context && outcome.postponed) tryNow(context, done);
      else if (context) done();
    }, Qt::QueuedConnection);
  }, Qt::QueuedConnection);
}

void ConversationLibrary::save(ConversationChanges changes) {
  changes.bringBack = !removed_.contains(changes.id);
  {
    std::lock_guard lock(mutex_);
    const auto waiting = std::find_if(pending_.begin(), pending_.end(), [&](const auto& each) { return each.id == changes.id; });
    if (waiting != pending_.end()) waiting->add(std::move(changes));
    else pending_.append(std::move(changes));
  }
  if (!blocked_) postWriting();  // else with the others, when it is time
}

bool ConversationLibrary::unsaved(const QString& id) const {
  std::lock_guard lock(mutex_);
  return writing_ == id || gone_.contains(id) || std::any_of(pending_.begin(), pending_.end(), [&](const auto& each) { return each.id == id; });
}

bool ConversationLibrary::unsaved() const {
  std::lock_guard lock(mutex_);
  return !writing_.isEmpty() || !pending_.isEmpty();
}

void ConversationLibrary::postWriting() {
  {
    std::lock_guard lock(mutex_);
    if (posted_) return;
    posted_ = true;
  }
  QMetaObject::invokeMethod(&worker_, [this] {
    {
      std::lock_guard lock(mutex_);
      posted_ = false;
    }
    const Outcome outcome = writePending();
    QMetaObject::invokeMethod(this, [this, outcome] { written(outcome); }, Qt::QueuedConnection);
  }, Qt::QueuedConnection);
}

// Worker thread.
void ConversationLibrary::tell(const Error& error) {
  QMetaObject::invokeMethod(this, [this, error] {
    const auto same = [&](const Error& each) { return each.message() == error.message(); };
    if (std::any_of(notices_.cbegin(), notices_.cend(), same)) return;
    notices_.append(error);
    Q_EMIT noticed(error);
  }, Qt::QueuedConnection);
}

void ConversationLibrary::putNoticeAway() {
  if (!notices_.isEmpty()) notices_.removeFirst();
}

// Worker thread, as are the three parts.
ConversationLibrary::Outcome ConversationLibrary::writePending(bool purge) {
  Outcome outcome;
  if (whole_wanted_ && !closing_) {  // a part may not fit what was put right
    outcome.postponed = true;
    return outcome;
  }
  if (!closing_) takeInUnsaved(outcome);
  if (!outcome.all) writeConversations(outcome);
  if (!outcome.all) writeAnswers(outcome);
  if (!outcome.all && purge) purgeRemoved(outcome);
  noticeRemade();
  return outcome;
}

bool ConversationLibrary::noticeRemade() {
  if (!backend_->remade()) return false;
  whole_wanted_ = true;
  QMetaObject::invokeMethod(this, [this] {
    Q_EMIT remade();
    Q_EMIT changed();
    whole_wanted_ = false;
    postWriting();
  }, Qt::QueuedConnection);
  return true;
}

// First of all: what is older comes before what is newer.
void ConversationLibrary::takeInUnsaved(Outcome& outcome) {
  const UnsavedFiles* files = backend_->unsavedFiles();
  if (!files || !backend_->lasting()) return;
  if (!unsaved_files_) unsaved_files_ = files->find();
  while (!unsaved_files_->isEmpty()) {
    const QString file = unsaved_files_->first();
    const UnsavedClaim claim(file);
    if (claim.state() == UnsavedClaim::State::Others) return unsaved_files_->clear();  // in their order, it takes the others, too
    const Status done = claim.state() == UnsavedClaim::State::Gone ? Status(Ok{}) : takeInFile(file);
    if (!done.ok()) {
      outcome.error = done.error();
      outcome.all = true;
      return;
    }
    unsaved_files_->removeFirst();
  }
}

// An error: it is to be tried again.
Status ConversationLibrary::takeInFile(const QString& file) {
  const auto read = UnsavedFiles::read(file);
  std::optional<Error> refused;
  if (!read.ok()) refused = read.error();
  const qint64 writtenMs = UnsavedFiles::writtenMs(file);
  for (qsizetype i = 0; read.ok() && i < read->size(); ++i) {
    ConversationChanges changes = (*read)[i];
    const Status done = takeIn(changes, writtenMs);
    if (done.ok()) {
      QMetaObject::invokeMethod(this, [this, changes = std::move(changes)] { Q_EMIT tookIn(changes); }, Qt::QueuedConnection);
      continue;
    }
    const Error& error = done.error();
    if (!forItself(error)) return done;
    if (!refused) refused = Error{error.code, UnsavedFiles::kReading, file.toStdString(), error.expected, error.received + " (" + error.object + ")"};
  }
  if (read.ok()) RH_TRY(backend_->secure());
  if (refused) tell(*refused);  // it stays where it is
  else if (!QFile::remove(file) && QFile::exists(file)) tell({ErrorCode::io, "delete a file that was taken in", file.toStdString(), "permission", "none"});
  if (!read.ok()) return Ok{};
  QMetaObject::invokeMethod(this, [this, all = !refused, messages = int(messageCount(*read))] {
    Q_EMIT changed();
    if (all) Q_EMIT takenIn(messages);
  }, Qt::QueuedConnection);
  return Ok{};
}

// A change may be to what is not there any more: its messages are what counts. Where others have gone on since, only what
// they do not have is taken.
Status ConversationLibrary::takeIn(ConversationChanges& changes, qint64 writtenMs) {
  const auto stored = backend_->load(changes.id);
  if (!stored.ok() && (stored.error().code == ErrorCode::conflict || stored.error().code == ErrorCode::io)) return stored.error();
  if (stored.ok() && stored->updatedMs > changes.updatedMs.value_or(writtenMs)) {
    ConversationChanges added;
    added.id = changes.id;
    added.bringBack = changes.bringBack;
    for (ChatMessage& each : changes.messages) {
      const ChatMessage* there = stored->tree.find(each.id);
      const bool unfinished = there && there->facts && !there->facts->finish && !there->facts->imported;
      if (!there || unfinished) added.messages.append(std::move(each));
    }
    changes = std::move(added);
    if (changes.messages.isEmpty()) return Ok{};
  }
  const auto saved = backend_->save(changes);
  if (saved.ok()) return Ok{};
  const bool unfit = saved.error().code == ErrorCode::not_found || saved.error().code == ErrorCode::invalid_argument;
  if (!unfit) return saved.error();
  if (changes.messages.isEmpty()) return Ok{};
  changes.created = true;
  if (!stored.ok()) nameAnew(changes, writtenMs);
  QSet<QString> known;
  if (stored.ok()) {
    for (const QString& id : stored->tree.ids()) known.insert(id);
  }
  for (ChatMessage& each : changes.messages) {
    if (!known.contains(each.parent)) each.parent.clear();
    known.insert(each.id);
  }
  if (const auto anyway = backend_->save(changes); !anyway.ok()) return anyway.error();
  return Ok{};
}

// What could not be written waits again, before what has come meanwhile: it is at no time in neither place.
void ConversationLibrary::writeConversations(Outcome& outcome) {
  QStringList refused;
  const auto waitAgain = [&](ConversationChanges changes) {
    refused.append(changes.id);
    const auto later = std::find_if(pending_.begin(), pending_.end(), [&](const auto& each) { return each.id == changes.id; });
    if (later != pending_.end()) {
      changes.add(std::move(*later));
      pending_.erase(later);
    }
    pending_.insert(refused.size() - 1, std::move(changes));
  };
  bool again = false;
  while (!outcome.all && !again) {
    ConversationChanges next;
    {
      std::lock_guard lock(mutex_);
      const auto untried = std::find_if(pending_.begin(), pending_.end(), [&](const auto& each) { return !refused.contains(each.id); });
      if (untried == pending_.end()) break;
      next = std::move(*untried);
      pending_.erase(untried);
      writing_ = next.id;
    }
    const Result<ConversationBackend::Saved> done = backend_->save(next);
    const QString id = next.id;
    // What a repair could not save of it is still known here.
    again = noticeRemade() && !done.ok() && (done.error().code == ErrorCode::not_found || done.error().code == ErrorCode::invalid_argument);
    const bool gone = !done.ok() && done.error().code == ErrorCode::not_found && !again, messages = !next.messages.isEmpty();
    const bool inList = next.created || next.title || next.updatedMs || next.removedMs;
    const bool broughtHere = done.ok() && *done == ConversationBackend::Saved::BroughtBack;
    {
      std::lock_guard lock(mutex_);
      writing_.clear();
      if (gone) gone_.append(id);
      if (!done.ok() && !gone) waitAgain(std::move(next));
      if (again) {
        outcome.postponed = true;
        continue;
      }
      if (!done.ok() && !gone) {
        outcome.error = done.error();
        outcome.all = !forItself(*outcome.error);
        continue;
      }
    }
    QMetaObject::invokeMethod(this, [this, id, gone, messages, broughtHere, inList] {
      if (gone) {
        if (!removed_.contains(id)) Q_EMIT missing(id, messages);
        {
          std::lock_guard lock(mutex_);
          gone_.removeOne(id);
        }
        postWriting();  // its answers waited for that
      }
      if (broughtHere) Q_EMIT broughtBack(id);
      if (!gone && inList) Q_EMIT changed();
      Q_EMIT saved(id);
    }, Qt::QueuedConnection);
  }
}

void ConversationLibrary::writeAnswers(Outcome& outcome) {
  QList<AnswerSnapshotPtr> waiting;
  {
    std::lock_guard lock(mutex_);
    waiting = std::exchange(answers_, {});
  }
  waiting.removeIf([&](const AnswerSnapshotPtr& each) {
    if (closing_ && deadline_.hasExpired()) return false;
    // Before the conversation is there, it would be taken for one that is gone.
    if (unsaved(each->conversation)) return false;
    const Status kept = backend_->keepAnswer(*each);
    if (kept.ok() || kept.error().code == ErrorCode::not_found) return true;
    if (kept.error().code == ErrorCode::invalid_argument) {  // and ever will be
      tell(kept.error());
      return true;
    }
    outcome.error = kept.error();
    return false;
  });
  std::lock_guard lock(mutex_);
  answers_ = waiting + answers_;
  while (answers_.size() > kWaitingAnswers) answers_.removeFirst();
}

void ConversationLibrary::purgeRemoved(Outcome& outcome) {
  qint64 before = 0;
  {
    std::lock_guard lock(mutex_);
    if (!purge_ || closing_) return;  // at the next start
    before = *purge_;
    // Behind what says which are to go, and which are not.
    if (std::any_of(pending_.begin(), pending_.end(), [&](const auto& each) { return each.removedMs && *each.removedMs < before; })) return;
  }
  const Status purged = backend_->purge(before);
  if (!purged.ok() && (purged.error().code == ErrorCode::conflict || purged.error().code == ErrorCode::io)) {
    outcome = {purged.error(), true};
    return;
  }
  if (!purged.ok() && purged.error().code == ErrorCode::cancelled) return;  // it is still to be done
  if (!purged.ok()) tell(purged.error());
  std::lock_guard lock(mutex_);
  if (purge_ == before) purge_.reset();
}

void ConversationLibrary::written(const Outcome& outcome) {
  if (outcome.postponed && !outcome.error) return;
  const bool failed = failing_.has_value(), blocked = std::exchange(blocked_, outcome.all);
  if (blocked && !blocked_) postWriting();  // what has come since
  if (!outcome.error) {
    failing_.reset();
    if (failed) Q_EMIT savedAgain();
    return;
  }
  retry_.start();
  if (failed && failing_->reason.message() == outcome.error->message() && (blocked || !blocked_)) return;
  failing_ = NotSaved{*outcome.error, failed ? failing_->since : QDateTime::currentDateTime()};
  Q_EMIT notSaved(failing_->reason);
}

void ConversationLibrary::watch(bool on) {
  if (on == watch_.isActive()) return;
  if (!on) return watch_.stop();
  watch_.start();
  lookForChanges();
}

void ConversationLibrary::lookForChanges() {
  if (looking_.exchange(true)) return;
  QMetaObject::invokeMethod(&worker_, [this] {
    looking_ = false;
    if (closing_) return;
    // What is wrong with the database is told by those who want something of it.
    const Result<bool> changes = backend_->changedElsewhere();
    noticeRemade();
    if (!changes.ok() || !*changes) return;
    QMetaObject::invokeMethod(this, [this] {
      Q_EMIT changed();
      Q_EMIT changedElsewhere();
    }, Qt::QueuedConnection);
  }, Qt::QueuedConnection);
}

void ConversationLibrary::list(const QString& search) {
  QMetaObject::invokeMethod(&worker_, [this, search] {
    if (closing_) return;
    Result<QList<ConversationSummary>> found = backend_->list(search);
    noticeRemade();
    QMetaObject::invokeMethod(this, [this, search, found = std::move(found)] {
      if (found.ok()) Q_EMIT listed(search, *found);
      else Q_EMIT failed(found.error());
    }, Qt::QueuedConnection);
  }, Qt::QueuedConnection);
}

template <class T>
void ConversationLibrary::read(QObject* context, std::function<Result<T>(ConversationBackend&)> work, std::function<void(Result<T>)> done) {
  QMetaObject::invokeMethod(&worker_, [this, work = std::move(work), context = QPointer<QObject>(context), done = std::move(done)] {
    if (closing_) return;
    auto found = std::make_shared<Result<T>>(work(*backend_));
    noticeRemade();
    QMetaObject::invokeMethod(this, [context, done, found] {
      if (context) done(std::move(*found));
    }, Qt::QueuedConnection);
  }, Qt::QueuedConnection);
}

void ConversationLibrary::load(const QString& id, QObject* context, std::function<void(Result<Conversation>)> done) {
  read<Conversation>(context, [this, id](ConversationBackend& backend) -> Result<Conversation> {
    Result<Conversation> found = backend.load(id);
    std::lock_guard lock(mutex_);
    const auto waiting = std::find_if(pending_.begin(), pending_.end(), [&](const auto& each) { return each.id == id; });
    if (waiting == pending_.end()) return found;
    if (!found.ok()) {
      if (!waiting->created) return found;
      found = Conversation();
    }
    waiting->applyTo(*found);
    return found;
  }, std::move(done));
}

void ConversationLibrary::loadAnswer(const QString& conversation, const QString& answer, QObject* context, std::function<void(Result<AnswerSnapshot>)> done) {
  read<AnswerSnapshot>(context, [this, conversation, answer](ConversationBackend& backend) -> Result<AnswerSnapshot> {
    std::unique_lock lock(mutex_);
    for (const AnswerSnapshotPtr& each : std::as_const(answers_)) {
      if (each->conversation != conversation || each->answer != answer) continue;
      AnswerSnapshot found = *each;
      found.result.reset();
      return found;
    }
    lock.unlock();
    return backend.loadAnswer(conversation, answer);
  }, std::move(done));
}

void ConversationLibrary::keepAnswer(const AnswerSnapshotPtr& answer) {
  {
    std::lock_guard lock(mutex_);
    answers_.removeIf([&](const AnswerSnapshotPtr& each) { return each->conversation == answer->conversation && each->answer == answer->answer; });
    answers_.append(answer);
    if (answers_.size() > kWaitingAnswers) answers_.removeFirst();
  }
  if (!blocked_) postWriting();
}

void ConversationLibrary::remove(const QString& id, qint64 atMs) {
  removed_.insert(id);
  ConversationChanges changes;
  changes.id = id;
  changes.removedMs = atMs;
  save(std::move(changes));
}

void ConversationLibrary::restore(const QString& id) {
  removed_.remove(id);
  ConversationChanges changes;
  changes.id = id;
  changes.removedMs = 0;
  save(std::move(changes));
}

void ConversationLibrary::purge(qint64 beforeMs) {
  {
    std::lock_guard lock(mutex_);
    purge_ = std::max(purge_.value_or(beforeMs), beforeMs);
  }
  if (!blocked_) postWriting();
}

}  // namespace roundhouse::app
