// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QElapsedTimer>
#include <QHash>
#include <QJsonObject>
#include <QObject>
#include <QSet>
#include <QString>
#include <QTimer>

#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "app/jobs/event_tail.h"
#include "app/jobs/job_end.h"
#include "app/jobs/job_info.h"
#include "app/jobs/job_run.h"
#include "app/jobs/job_run_builder.h"
#include "app/stores/job_store.h"

namespace roundhouse::app {

// Does what JobManager is asked for, on the thread that it lives on: keeps the store, starts workers and follows their events.
// What comes of it goes out as values, by signals.
class JobDesk : public QObject {
  Q_OBJECT
 public:
  JobDesk(QString dataFolder, QString program, int parallel, int pollMs);
  ~JobDesk() override;

  void begin();
  // `folder` empty: one in runs/, by its id.
  void add(JobInfo job);
  void pause(const QString& id);
  void resume(const QString& id);
  void cancel(const QString& id);
  void remove(const QString& id, bool deleteFolder);
  void move(const QString& id, int place);
  // From now on runRead() comes for the job, or no more.
  void watch(const QString& id, bool watched);

 Q_SIGNALS:
  void listed(const QList<roundhouse::app::JobInfo>& jobs);
  void runRead(const QString& id, const roundhouse::app::JobRun& run);
  void failed(const QString& id, const roundhouse::Error& error);
  void noticed(const QString& text);

 private:
  struct Live {
    StoredJob row;
    JobInfo info;
    std::unique_ptr<EventTail> tail;  // null: its events are not read
    JobRunBuilder events;
    bool watched = false, news = false, unread = true;
    bool held = false;                // a worker was there when last looked
    std::optional<WorkerEnd> end;     // of our child
    QElapsedTimer gone;               // since no worker is there any more
    bool asked = false, signalled = false;  // this window was asked to end it; the worker knows
  };

  void tick();
  void soon();
  bool openStore();
  bool readStore();
  void rebuild();
  void take(const QList<StoredJob>& rows);
  Live* find(const QString& id);
  bool changeRow(Live& job, const std::function<bool(StoredJob&)>& change);
  void refreshInfo(Live& job);
  void follow(Live& job, bool slow);
  void readEvents(Live& job);
  void settle(Live& job);
  void tell(Live& job);
  void startNext();
  void launch(Live& job);
  void markFailed(Live& job, const Error& error);
  void complain(const QString& id, const Error& error);
  void publish();
  QString runsFolder() const;

  const QString data_folder_, program_;
  const int parallel_, poll_ms_;
  std::unique_ptr<JobStore> store_;
  std::map<QString, Live> jobs_;
  QHash<QString, qint64> children_;   // job -> worker that this program started
  QTimer timer_;
  QElapsedTimer since_slow_, since_published_;
  bool list_changed_ = false, first_look_ = true;
  bool queue_held_ = false;           // no worker could be started: not again before somebody asks for it
  QString complaint_;                 // what was told last: the same again and again helps nobody
};

}  // namespace roundhouse::app
