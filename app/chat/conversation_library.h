// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDateTime>
#include <QDeadlineTimer>
#include <QList>
#include <QObject>
#include <QSet>
#include <QString>
#include <QStringList>
#include <QThread>
#include <QTimer>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "app/bridge/answer_snapshot.h"
#include "app/chat/conversation_changes.h"
#include "roundhouse/result.h"

namespace roundhouse::app {

struct ConversationSummary {
  QString id;
  QString title;
  qint64 updatedMs = 0;  // UTC
  qint64 messages = 0;
  QString snippet;       // where a search found its words; empty without a search
  bool operator==(const ConversationSummary&) const = default;
};

class UnsavedFiles;

// Where conversations are kept. Blocking; called on one thread, not always the same one.
class ConversationBackend {
 public:
  virtual ~ConversationBackend() = default;
  // Newest first. `search` as typed, Chinese too; empty: all.
  virtual Result<QList<ConversationSummary>> list(const QString& search) = 0;
  virtual Result<Conversation> load(const QString& id) = 0;
  // All or nothing; the same once more is no harm. `not_found`: it is not there, and not created.
  enum class Saved {
    Plainly,
    BroughtBack,  // had been removed by another program, and has got a new message
  };
  virtual Result<Saved> save(const ConversationChanges& changes) = 0;
  // Deletes for good what was removed before this time (UTC).
  virtual Status purge(qint64 beforeMs) = 0;
  // A finished answer's tokens and routing, which may be given up again. They go with their conversation. `not_found`:
  // that is not stored.
  virtual Status keepAnswer(const AnswerSnapshot& answer) = 0;
  // Without a result; `not_found`: nothing is kept of it.
  virtual Result<AnswerSnapshot> loadAnswer(const QString& conversation, const QString& answer) = 0;
  // Whether another program has written since this was asked last.
  virtual Result<bool> changedElsewhere() = 0;
  // Whether the storage had to be put right since this was asked last, and may lack what had been saved.
  virtual bool remade() { return false; }
  // Where what cannot be saved outlives the program; null: nowhere.
  virtual const UnsavedFiles* unsavedFiles() const { return nullptr; }
  // As keepAnswer(), of a conversation that waits there.
  virtual Status keepWaitingAnswer(const AnswerSnapshot& answer) { return keepAnswer(answer); }
  // What is saved here but ends with the program all the same.
  virtual bool lasting() const { return true; }
  virtual QList<ConversationChanges> fleeting() const { return {}; }
  // What was saved outlives a loss of power, too.
  virtual Status secure() { return Ok{}; }
  // While on, nothing waits long for another program. Any thread.
  virtual void hurry(bool on) { (void)on; }
};

// Conversations in memory: tests, and when the data folder refuses. `database`: where they should be; then they are left
// in a file for a run that can save them there. Empty: they end with the program.
std::unique_ptr<ConversationBackend> memoryConversations(const QString& database = {});

// The backend on a thread of its own. Calls are queued and done in their order; answers come as signals or through
// callbacks on the caller's thread. GUI thread only.
//
// What is to be saved is kept here until it is: of each conversation only the newest state of what has changed. When
// it cannot be written (a full disk, a locked database) all of it waits, in its order, and is tried again. What belongs
// to a conversation waits for it: answers to be kept, and its deletion for good. What cannot be saved until the end goes
// to a file (UnsavedFiles), which the next run takes in.
class ConversationLibrary : public QObject {
  Q_OBJECT
 public:
  // What the backend has to tell although nobody asked, or nothing failed; any thread.
  using Tell = std::function<void(const Error&)>;
  struct Times {
    int retryMs = 3'000;  // after this what could not be saved is tried again
    int watchMs = 2'000;  // so often others' changes are looked for
    int closeMs = 3'000;  // so long the end waits for what others hold up
  };
  // `make` gives the backend, which may tell(): it is among notices(). Empty: in memory.
  ConversationLibrary(const std::function<std::unique_ptr<ConversationBackend>(Tell)>& make, const Times& times, QObject* parent = nullptr);
  explicit ConversationLibrary(const std::function<std::unique_ptr<ConversationBackend>(Tell)>& make, QObject* parent = nullptr)
      : ConversationLibrary(make, Times(), parent) {}
  ~ConversationLibrary() override;  // finish()
  // Last call. Waits until everything is written: for another program's lock at most Times::closeMs, and as long
  // once more for answers to be kept (one whose large trace is being written takes its time). The value is the file of what could
  // not be saved, empty when all was; that, and what is lost, is said as a warning, too.
  QString finish();

  void list(const QString& search);  // listed() follows
  // With what is not yet saved of it.
  void load(const QString& id, QObject* context, std::function<void(Result<Conversation>)> done);
  // saved(), broughtBack() or missing() follows, sooner or later.
  void save(ConversationChanges changes);
  // Something of it waits to be saved, or its missing() to be told.
  bool unsaved(const QString& id) const;
  bool unsaved() const;  // of any conversation
  void remove(const QString& id, qint64 atMs);
  void restore(const QString& id);
  void purge(qint64 beforeMs);
  // Not if the conversation is gone for good. Of those that must wait the newest kWaitingAnswers are held.
  static constexpr qsizetype kWaitingAnswers = 32;
  void keepAnswer(const AnswerSnapshotPtr& answer);
  void loadAnswer(const QString& conversation, const QString& answer, QObject* context, std::function<void(Result<AnswerSnapshot>)> done);
  // While on, changed() also tells of what other programs write.
  void watch(bool on);
  // Why something is not saved yet, and since when; nothing while all goes well.
  struct NotSaved {
    Error reason;
    QDateTime since;
  };
  const std::optional<NotSaved>& notSavedYet() const { return failing_; }
  // Tries at once to write what waits, without waiting for other programs. Then `done`, unless `context` is gone:
  // notSavedYet() is up to date.
  void tryNow(QObject* context, std::function<void()> done);
  // What somebody should read although nobody asked: what was repaired, what of an earlier run cannot be read. Each stays
  // until it is put away, the oldest first.
  const QList<Error>& notices() const { return notices_; }
  void putNoticeAway();  // the first
  // Where finish() would put what is not saved, as tryNow() found it; empty: nowhere.
  const QString& unsavedFolder() const { return unsaved_folder_; }

 Q_SIGNALS:
  void listed(const QString& search, const QList<roundhouse::app::ConversationSummary>& conversations);
  // Something about a conversation was written: lists should be asked for again.
  void changed();
  // Likewise, by another program, which may have been to any conversation.
  void changedElsewhere();
  void saved(const QString& id);
  // Another program had removed it; it is listed again, because it has got a new message.
  void broughtBack(const QString& id);
  // Another program has deleted it for good; nothing was written. `messages`: some were among what was to be saved.
  void missing(const QString& id, bool messages);
  // Told again only when the reason becomes another; it is tried again until savedAgain().
  void notSaved(const roundhouse::Error& error);
  void savedAgain();
  // The storage had to be put right and may lack what had been saved: what is known of conversations is to be saved whole.
  void remade();
  // What an earlier run could not save has been saved now: first each conversation's part, then all of a file.
  void tookIn(const roundhouse::app::ConversationChanges& changes);
  void takenIn(int messages);
  // One more of notices().
  void noticed(const roundhouse::Error& error);
  void failed(const roundhouse::Error& error);  // list()

 private:
  struct Outcome {
    std::optional<Error> error;  // why something waits
    bool all = false;            // it is refused for the disk or the database as a whole: whatever comes now waits, too
    bool postponed = false;      // what is left was not tried: remade() comes before
  };
  void postWriting();
  Outcome writePending(bool purge = true);
  void takeInUnsaved(Outcome& outcome);
  Status takeInFile(const QString& file);
  Status takeIn(ConversationChanges& changes, qint64 writtenMs);
  bool noticeRemade();
  void writeConversations(Outcome& outcome);
  void writeAnswers(Outcome& outcome);
  void purgeRemoved(Outcome& outcome);
  void written(const Outcome& outcome);
  void tell(const Error& error);
  void lookForChanges();
  void end(bool failing);
  template <class T>
  void read(QObject* context, std::function<Result<T>(ConversationBackend&)> work, std::function<void(Result<T>)> done);

  const Times times_;
  std::unique_ptr<ConversationBackend> backend_;  // used on thread_ only, but for hurry()
  QThread thread_;
  QObject worker_;                                // lives on thread_
  mutable std::mutex mutex_;
  QList<ConversationChanges> pending_;            // guarded; one of each conversation, those that have waited longest first
  QString writing_;                               // guarded; the conversation that is being written
  QStringList gone_;                              // guarded; those of which missing() is still to be told
  QList<AnswerSnapshotPtr> answers_;              // guarded; to be kept, oldest first
  std::optional<qint64> purge_;                   // guarded; what was removed before this is to be purged
  bool posted_ = false;                           // guarded: writePending() will run
  std::atomic<bool> closing_ = false;
  std::atomic<bool> looking_ = false;
  std::atomic<bool> whole_wanted_ = false;        // remade() is still to be told: nothing is written before
  QDeadlineTimer deadline_;                       // set before closing_
  QSet<QString> removed_;                         // by this program
  std::optional<NotSaved> failing_;
  QList<Error> notices_;
  std::optional<QStringList> unsaved_files_;      // used on thread_ only; of earlier runs, still to be taken in
  QString unsaved_folder_;
  QString kept_in_;                               // the value of finish()
  bool blocked_ = false;                          // nothing is tried before retry_
  QTimer retry_, watch_;
};

}  // namespace roundhouse::app
