// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/jobs/job_desk.h"

#include <QDateTime>
#include <QDir>
#include <QFileInfo>
#include <QJsonDocument>

#include <algorithm>
#include <cmath>
#include <csignal>

#include "app/jobs/worker.h"
#include "app/stores/folder_lock.h"
#include "roundhouse/atomic_file.h"
#include "roundhouse/data_folder.h"
#include "roundhouse/training_job.h"

namespace roundhouse::app {
namespace {

constexpr int kSlowMs = 2000;          // between two looks at what seems to rest
constexpr int kIdleMs = 1000;          // between two looks when nothing runs
constexpr int kGoneMs = 1500;          // another window, whose child the worker was, knows better how it ended
constexpr int kReadingMs = 50;         // at a stretch
constexpr int kPublishMs = 200;        // while a long run is being read
constexpr qint64 kPartBytes = 1 << 20;

qint64 nowMs() { return QDateTime::currentMSecsSinceEpoch(); }

QDateTime timeOf(qint64 ms) { return ms > 0 ? QDateTime::fromMSecsSinceEpoch(ms, Qt::UTC) : QDateTime(); }

QString eventsFile(const QString& folder) { return QDir(folder).filePath(QStringLiteral("events.jsonl")); }
QString jobFile(const QString& folder) { return QDir(folder).filePath(QStringLiteral("job.yaml")); }
qint64 sizeOf(const QString& file) { return QFileInfo(file).size(); }

const QString& stateName(JobState state) {
  static const QList<QString> names = [] {
    QList<QString> all;
    for (int i = 0; i <= int(JobState::interrupted); ++i) all.append(jobStateName(JobState(i)));
    return all;
  }();
  return names[int(state)];
}

bool is(const StoredJob& row, JobState state) { return row.state == stateName(state); }

bool isEnd(const QString& event) { return event == QLatin1String("paused") || event == QLatin1String("finished") || event == QLatin1String("failed"); }

QByteArray textOf(const std::optional<Error>& error) { return error ? QJsonDocument(jsonOfError(*error)).toJson(QJsonDocument::Compact) : QByteArray(); }

std::optional<Error> errorOf(const QByteArray& text) {
  if (text.isEmpty()) return std::nullopt;
  return errorOfJson(QJsonDocument::fromJson(text).object());
}

bool sameNumber(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

bool sameError(const std::optional<Error>& a, const std::optional<Error>& b) { return a.has_value() == b.has_value() && (!a || a->message() == b->message()); }

bool looksTheSame(const JobInfo& a, const JobInfo& b) {
  return a.state == b.state && a.ending == b.ending && a.step == b.step && a.steps == b.steps && sameNumber(a.loss, b.loss) &&
         sameNumber(a.evaluationLoss, b.evaluationLoss) && a.stage == b.stage && a.fraction == b.fraction && sameError(a.error, b.error) &&
         a.started == b.started && a.ended == b.ended && a.name == b.name && a.folder == b.folder && a.created == b.created;
}

TrainingJob jobOf(const StoredJob& row) {
  auto job = parse_training_job(row.job.toStdString(), "job " + row.name.toStdString(), row.folder.toStdString());
  if (job.ok()) return std::move(job).value();
  TrainingJob other;  // the worker will say what is wrong with it
  other.name = row.name.toStdString();
  other.output = row.folder.toStdString();
  return other;
}

// What a run leaves in a folder; nothing else is deleted.
void deleteRun(const QString& folder, bool whole) {
  QDir dir(folder);
  if (whole) {
    dir.removeRecursively();
    return;
  }
  for (const QFileInfo& each : dir.entryInfoList({QStringLiteral("job.yaml"), QStringLiteral("run.lock"), QStringLiteral("worker.lock"), QStringLiteral("worker.log"),
                                                  QStringLiteral("events.jsonl"), QStringLiteral("partial-checkpoint"), QStringLiteral("checkpoint-[0-9]*"), QStringLiteral("adapter"), QStringLiteral("adapter.gguf"),
                                                  QStringLiteral("adapter.safetensors"), QStringLiteral("weights.safetensors"), QStringLiteral("merged"), QStringLiteral("merged.gguf")},
                                                 QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot)) {
    if (each.isDir() && !each.isSymLink()) QDir(each.filePath()).removeRecursively();
    else QFile::remove(each.filePath());
  }
  QDir().rmdir(folder);
}

}  // namespace

JobDesk::JobDesk(QString dataFolder, QString program, int parallel, int pollMs)
    : data_folder_(std::move(dataFolder)), program_(std::move(program)), parallel_(std::max(parallel, 1)), poll_ms_(std::max(pollMs, 10)), timer_(this) {
  timer_.setSingleShot(true);
  connect(&timer_, &QTimer::timeout, this, &JobDesk::tick);
}

JobDesk::~JobDesk() = default;

QString JobDesk::runsFolder() const { return QDir(data_folder_).filePath(QStringLiteral("runs")); }

void JobDesk::begin() {
  since_slow_.start();
  since_published_.start();
  list_changed_ = true;
  tick();
}

void JobDesk::soon() { timer_.start(0); }

bool JobDesk::openStore() {
  if (data_folder_.isEmpty()) return false;
  if (!store_) store_ = std::make_unique<JobStore>(QDir(data_folder_).filePath(QStringLiteral("jobs.db")));
  const auto opened = store_->open();
  if (!opened.ok()) {
    complain({}, opened.error());
    return false;
  }
  if (opened->anew) {
    for (const auto& [id, job] : jobs_) (void)store_->add(job.row);  // what this window knows of one that vanished; or it is there already
    rebuild();
  }
  if (!opened->setAside.isEmpty()) Q_EMIT noticed(tr("The list of fine-tunes was damaged. It has been made anew from the folders of the runs; the damaged file is %1.").arg(opened->setAside));
  return true;
}

// Runs whose rows are lost. What has events is looked at as if it ran: that tells how it ended.
void JobDesk::rebuild() {
  QSet<QString> known;
  if (const auto rows = store_->list(); rows.ok()) {
    for (const StoredJob& row : *rows) known.insert(QDir::cleanPath(row.folder));
  }
  for (const QFileInfo& each : QDir(runsFolder()).entryInfoList(QDir::Dirs | QDir::NoDotAndDotDot)) {
    const QString folder = QDir::cleanPath(each.absoluteFilePath());
    if (known.contains(folder) || !QFileInfo(jobFile(folder)).isFile()) continue;
    const auto job = read_training_job(QFile::encodeName(jobFile(folder)).toStdString());
    StoredJob row;
    row.id = each.fileName();
    row.folder = folder;
    row.name = job.ok() ? QString::fromStdString(job->name) : each.fileName();
    if (job.ok()) row.job = QByteArray::fromStdString(training_job_yaml(*job));
    const bool begun = QFileInfo::exists(eventsFile(folder));
    row.state = stateName(begun ? JobState::running : JobState::paused);
    row.launches = begun ? 1 : 0;
    row.createdMs = QFileInfo(jobFile(folder)).lastModified().toMSecsSinceEpoch();
    if (begun) row.startedMs = row.createdMs;
    if (const Status added = store_->add(row); !added.ok()) Q_EMIT failed(row.id, added.error());
  }
}

bool JobDesk::readStore() {
  const auto rows = store_->list();
  if (rows.ok()) {
    take(*rows);
    return true;
  }
  if (!isDamage(rows.error())) {
    complain({}, rows.error());
    return false;  // another time
  }
  if (!openStore()) return false;
  const auto again = store_->list();
  if (again.ok()) take(*again);
  return again.ok();
}

void JobDesk::take(const QList<StoredJob>& rows) {
  QSet<QString> there;
  for (const StoredJob& row : rows) {
    there.insert(row.id);
    const bool fresh = !jobs_.contains(row.id);
    Live& job = jobs_[row.id];
    if (!fresh && job.row == row) continue;
    const bool parse = fresh || job.row.job != row.job;
    if (!fresh && job.row.launches != row.launches) {  // another window has started it
      job.gone.invalidate();
      job.asked = job.signalled = job.held = false;
    }
    job.row = row;
    if (parse) job.info.job = jobOf(row);
    list_changed_ = true;
    refreshInfo(job);
  }
  for (auto each = jobs_.begin(); each != jobs_.end();) {
    if (there.contains(each->first)) {
      ++each;
    } else {
      each = jobs_.erase(each);
      list_changed_ = true;
    }
  }
}

JobDesk::Live* JobDesk::find(const QString& id) {
  const auto found = jobs_.find(id);
  return found == jobs_.end() ? nullptr : &found->second;
}

bool JobDesk::changeRow(Live& job, const std::function<bool(StoredJob&)>& change) {
  StoredJob changed = job.row;
  const auto done = store_->change(job.row.id, [&](StoredJob& row) {
    const bool wanted = change(row);
    changed = row;
    return wanted;
  });
  if (!done.ok()) {
    if (done.error().code != ErrorCode::not_found) complain(job.row.id, done.error());
    return false;
  }
  job.row = changed;
  refreshInfo(job);
  return *done;
}

void JobDesk::refreshInfo(Live& job) {
  JobInfo info = job.info;
  const StoredJob& row = job.row;
  const JobRun& run = job.events.run();
  info.id = row.id;
  info.name = row.name;
  info.folder = row.folder;
  info.state = jobStateOf(row.state).value_or(JobState::interrupted);
  info.ending = info.state == JobState::running && !row.wanted.isEmpty();
  info.created = timeOf(row.createdMs);
  info.started = timeOf(row.startedMs);
  info.ended = timeOf(row.endedMs);
  info.error = errorOf(row.error);
  info.step = row.step;
  info.steps = row.steps;
  info.loss = row.loss.value_or(JobInfo::kNone);
  info.evaluationLoss = row.evaluationLoss.value_or(JobInfo::kNone);
  if (!run.isEmpty()) {
    info.step = run.step();
    if (run.steps() > 0) info.steps = run.steps();
    if (!std::isnan(run.newest().loss)) info.loss = run.newest().loss;
    info.evaluationLoss = run.evaluationLoss();
  }
  const bool prepares = info.state == JobState::running && job.events.lastOffset() >= row.eventsFrom;
  const bool silent = info.state == JobState::running && !prepares && !job.unread;  // model and data are read before the first event
  info.stage = prepares ? run.stage() : silent ? QStringLiteral("preparing") : QString();
  info.fraction = prepares ? run.fraction() : 0;
  if (looksTheSame(info, job.info)) return;
  job.info = std::move(info);
  list_changed_ = true;
}

void JobDesk::tick() {
  if (!data_folder_.isEmpty()) {
    const bool slow = first_look_ || since_slow_.hasExpired(kSlowMs);
    if (slow) since_slow_.restart();
    if ((store_ && store_->isOpen()) || (slow && openStore())) {
      if (first_look_ || store_->changedByOthers()) (void)readStore();
      for (auto& [id, job] : jobs_) follow(job, slow);
      startNext();
      first_look_ = false;
    }
  }
  publish();
  bool reading = false, running = false;
  for (const auto& [id, job] : jobs_) {
    running = running || is(job.row, JobState::running);
    reading = reading || (job.tail && job.unread);
  }
  timer_.start(reading ? 0 : running ? poll_ms_ : std::max(kIdleMs, poll_ms_));
}

void JobDesk::follow(Live& job, bool slow) {
  if (!is(job.row, JobState::running)) {
    if (job.tail && job.unread) readEvents(job);
    if (!slow || is(job.row, JobState::finished) || !workerOf(job.row.folder).held) return;
    // Resumed by hand.
    changeRow(job, [](StoredJob& row) {
      if (is(row, JobState::running)) return false;
      row.state = stateName(JobState::running);
      row.wanted.clear();
      row.error.clear();
      row.endedMs = 0;
      row.eventsFrom = 0;
      if (row.startedMs == 0) row.startedMs = nowMs();
      ++row.launches;
      return true;
    });
    return;
  }
  const qint64 child = children_.value(job.row.id);
  if (child > 0) {
    if (const auto end = reap(pid_t(child))) {
      job.end = *end;
      children_.remove(job.row.id);
    }
  }
  if (!job.tail) {
    job.tail = std::make_unique<EventTail>(eventsFile(job.row.folder));
    job.events.clear();
    job.unread = true;
  }
  const bool held = workerOf(job.row.folder).held;  // before the events are read: what it wrote last is among them
  readEvents(job);
  job.held = held;
  if (held) {
    job.gone.invalidate();
    if (job.asked && !job.signalled) tell(job);
    return;
  }
  if (!job.gone.isValid()) job.gone.start();
  if (job.unread || children_.contains(job.row.id)) return;
  const bool said = isEnd(job.events.run().lastEvent()) && job.events.lastOffset() >= job.row.eventsFrom;
  if (job.end || said || first_look_ || job.gone.hasExpired(kGoneMs)) settle(job);
}

void JobDesk::readEvents(Live& job) {
  QElapsedTimer spent;
  spent.start();
  bool more = true;
  while (more && !spent.hasExpired(kReadingMs)) {
    const EventTail::Part part = job.tail->read(kPartBytes);
    if (part.anew) {
      job.events.clear();
      job.news = true;
    }
    for (const EventTail::Line& line : part.lines) job.events.add(line.text, line.offset);
    job.events.addSkipped(part.passedOver);
    job.news = job.news || !part.lines.isEmpty() || part.passedOver > 0;
    more = part.more;
  }
  job.unread = more;
  if (!more && !job.events.run().complete()) {
    job.events.setComplete(true);
    job.news = true;
  }
  if (job.news) refreshInfo(job);
}

void JobDesk::settle(Live& job) {
  const JobRun& run = job.events.run();
  EndFacts facts;
  facts.job = job.row.name;
  facts.wanted = job.row.wanted;
  const bool said = isEnd(run.lastEvent()) && job.events.lastOffset() >= job.row.eventsFrom;
  if (said) {
    facts.event = run.lastEvent();
    facts.error = run.error();
  } else {
    facts.words = lastWords(job.row.folder, job.row.logFrom);
  }
  facts.end = job.end;
  facts.begun = job.events.lastOffset() >= job.row.eventsFrom;
  const qint64 launches = job.row.launches;
  changeRow(job, [&](StoredJob& row) {
    if (!is(row, JobState::running) || row.launches != launches) return false;
    facts.wanted = row.wanted;
    const JobEnd end = endOf(facts);
    row.state = stateName(end.state);
    row.error = textOf(end.error);
    row.wanted.clear();
    row.endedMs = said && run.lastTime().isValid() ? run.lastTime().toMSecsSinceEpoch() : nowMs();
    row.step = run.step();
    if (run.steps() > 0) row.steps = run.steps();
    if (!std::isnan(run.newest().loss)) row.loss = run.newest().loss;
    if (!std::isnan(run.evaluationLoss())) row.evaluationLoss = run.evaluationLoss();
    return true;
  });
  if (is(job.row, JobState::running)) return;
  job.gone.invalidate();
  job.end.reset();
  job.asked = job.signalled = job.held = false;
  if (!job.watched) {
    job.news = false;
    job.tail.reset();
    job.events.clear();
  }
}

// What is wanted of the worker.
void JobDesk::tell(Live& job) {
  const Status sent = signalWorker(job.row.folder, SIGTERM);
  if (sent.ok()) {
    job.signalled = true;
  } else if (sent.error().code != ErrorCode::not_found) {  // not_found: it has not come so far yet, or has just ended
    job.asked = false;
    Q_EMIT failed(job.row.id, sent.error());
    changeRow(job, [](StoredJob& row) {
      row.wanted.clear();
      return true;
    });
  }
}

void JobDesk::startNext() {
  if (queue_held_) return;
  const auto waiting = [this] {
    std::vector<Live*> queued;
    int running = 0;
    for (auto& [id, job] : jobs_) {
      if (is(job.row, JobState::queued)) queued.push_back(&job);
      if (is(job.row, JobState::running)) ++running;
    }
    std::sort(queued.begin(), queued.end(), [](const Live* a, const Live* b) { return std::pair(a->row.place, a->row.createdMs) < std::pair(b->row.place, b->row.createdMs); });
    queued.resize(std::min(queued.size(), size_t(std::max(parallel_ - running, 0))));
    return queued;
  };
  if (waiting().empty()) return;
  if (const Status made = create_private_folder(QFile::encodeName(runsFolder()).toStdString()); !made.ok()) return complain({}, made.error());
  // Of several windows one at a time looks what runs and starts the next.
  const FolderLock lock(runsFolder(), 0);
  if (lock.busy() || !readStore()) return;
  for (Live* job : waiting()) {
    launch(*job);
    if (queue_held_) return;
  }
}

// What goes wrong at each look.
void JobDesk::complain(const QString& id, const Error& error) {
  const QString text = id + QLatin1Char('\n') + QString::fromStdString(error.message());
  if (text == complaint_) return;
  complaint_ = text;
  Q_EMIT failed(id, error);
}

void JobDesk::markFailed(Live& job, const Error& error) {
  changeRow(job, [&](StoredJob& row) {
    row.state = stateName(JobState::failed);
    row.error = textOf(error);
    row.endedMs = nowMs();
    return true;
  });
}

void JobDesk::launch(Live& job) {
  const QString folder = job.row.folder, events = eventsFile(folder), file = jobFile(folder);
  if (const Status made = create_private_folder(QFile::encodeName(folder).toStdString()); !made.ok()) return markFailed(job, made.error());
  const bool resume = QFileInfo::exists(events);
  if (resume && job.row.launches == 0) {
    return markFailed(job, {ErrorCode::conflict, "start job", folder.toStdString(), "a folder without a run", "one of another job"});
  }
  auto claim = WorkerClaim::take(folder);
  if (!claim.ok()) {
    if (claim.error().code != ErrorCode::conflict) markFailed(job, claim.error());
    return;  // somebody has just begun it: seen as running next time
  }
  if (QFile given(file); job.row.launches == 0 && given.open(QIODevice::ReadOnly) && given.readAll() != job.row.job) {
    return markFailed(job, {ErrorCode::conflict, "start job", folder.toStdString(), "a folder without a run", "one of another job"});
  }
  if (!QFileInfo::exists(file)) {
    const Status written = write_file_atomically(QFile::encodeName(file).toStdString(), job.row.job.toStdString());
    if (!written.ok()) return markFailed(job, written.error());
  }
  const bool mine = changeRow(job, [&](StoredJob& row) {
    if (!is(row, JobState::queued)) return false;
    row.state = stateName(JobState::running);
    row.wanted.clear();
    row.error.clear();
    row.endedMs = 0;
    if (row.startedMs == 0) row.startedMs = nowMs();
    ++row.launches;
    row.eventsFrom = resume ? sizeOf(events) : 0;
    row.logFrom = sizeOf(QDir(folder).filePath(QStringLiteral("worker.log")));
    return true;
  });
  if (!mine) return;
  const auto child = claim->start(program_, workerArguments(file, resume));
  if (!child.ok()) {
    queue_held_ = true;
    return markFailed(job, child.error());
  }
  children_.insert(job.row.id, *child);
  job.end.reset();
  job.gone.invalidate();
  job.asked = job.signalled = false;
  job.held = true;
  if (!job.tail) {
    job.tail = std::make_unique<EventTail>(events);
    job.events.clear();
    job.unread = true;
  }
}

void JobDesk::publish() {
  const bool reading = std::any_of(jobs_.begin(), jobs_.end(), [](const auto& each) { return each.second.watched && each.second.tail && each.second.unread; });
  if (reading && !since_published_.hasExpired(kPublishMs)) return;
  since_published_.restart();
  for (auto& [id, job] : jobs_) {
    if (!job.watched || !job.news) continue;
    job.news = false;
    Q_EMIT runRead(id, job.events.run());
  }
  if (!list_changed_) return;
  list_changed_ = false;
  std::vector<const Live*> order;
  for (const auto& [id, job] : jobs_) order.push_back(&job);
  const auto rank = [](const Live* job) { return is(job->row, JobState::running) ? 0 : is(job->row, JobState::queued) ? 1 : 2; };
  std::sort(order.begin(), order.end(), [&](const Live* a, const Live* b) {
    if (rank(a) != rank(b)) return rank(a) < rank(b);
    const auto key = [&](const Live* job) { return rank(job) == 0 ? job->row.startedMs : rank(job) == 1 ? job->row.place : -job->row.createdMs; };
    return std::tuple(key(a), a->row.createdMs, a->row.id) < std::tuple(key(b), b->row.createdMs, b->row.id);
  });
  QList<JobInfo> list;
  for (const Live* job : order) list.append(job->info);
  Q_EMIT listed(list);
}

void JobDesk::add(JobInfo info) {
  complaint_.clear();
  const auto refuse = [&](const Error& error) {
    list_changed_ = true;  // it does not stay in the list
    Q_EMIT failed(info.id, error);
    soon();
  };
  if (data_folder_.isEmpty()) return refuse({ErrorCode::io, "add job", info.name.toStdString(), "a data folder", "none: nothing is kept in this run"});
  if (!store_ || !store_->isOpen()) return refuse({ErrorCode::io, "add job", info.name.toStdString(), "the list of jobs", "none that can be opened"});
  StoredJob row;
  row.id = info.id;
  row.name = info.name;
  row.folder = info.folder;
  row.job = QByteArray::fromStdString(training_job_yaml(info.job));
  row.createdMs = info.created.toMSecsSinceEpoch();
  const auto place = store_->lastPlace();
  if (!place.ok()) return refuse(place.error());
  row.place = *place;

  const auto prepare = [&]() -> Status {
    RH_TRY(check_training_job(info.job));
    for (const QString& each : {jobFile(row.folder), eventsFile(row.folder)}) {
      if (QFileInfo::exists(each)) return Error{ErrorCode::conflict, "add job", row.folder.toStdString(), "a folder without a run", QFileInfo(each).fileName().toStdString()};
    }
    RH_TRY(create_private_folder(QFile::encodeName(row.folder).toStdString()));
    return write_file_atomically(QFile::encodeName(jobFile(row.folder)).toStdString(), row.job.toStdString());
  };
  const Status prepared = prepare();
  row.state = stateName(prepared.ok() ? JobState::queued : JobState::failed);
  if (!prepared.ok()) {
    row.error = textOf(prepared.error());
    row.endedMs = row.createdMs;
  }
  if (const Status added = store_->add(row); !added.ok()) return refuse(added.error());
  Live& job = jobs_[row.id];
  job.row = row;
  job.info.job = info.job;
  refreshInfo(job);
  list_changed_ = true;
  queue_held_ = false;
  soon();
}

void JobDesk::pause(const QString& id) {
  complaint_.clear();
  Live* job = find(id);
  if (!job) return;
  changeRow(*job, [](StoredJob& row) {
    if (is(row, JobState::queued)) row.state = stateName(JobState::paused);
    else if (is(row, JobState::running) && row.wanted.isEmpty()) row.wanted = stateName(JobState::paused);
    else return false;
    return true;
  });
  if (is(job->row, JobState::running) && !job->asked) {
    job->asked = true;
    if (!job->signalled) tell(*job);
  }
  soon();
}

void JobDesk::cancel(const QString& id) {
  complaint_.clear();
  Live* job = find(id);
  if (!job) return;
  bool again = false;
  changeRow(*job, [&](StoredJob& row) {
    if (is(row, JobState::running)) {
      again = row.wanted == stateName(JobState::cancelled);
      row.wanted = stateName(JobState::cancelled);
    } else if (!is(row, JobState::finished) && !is(row, JobState::failed)) {
      row.state = stateName(JobState::cancelled);
      row.error.clear();
      if (row.endedMs == 0) row.endedMs = nowMs();
    }
    return true;
  });
  if (is(job->row, JobState::running)) {
    if (again) {
      const Status killed = signalWorker(job->row.folder, SIGKILL);
      if (!killed.ok() && killed.error().code != ErrorCode::not_found) Q_EMIT failed(id, killed.error());
    } else if (!std::exchange(job->asked, true) && !job->signalled) {
      tell(*job);
    }
  }
  soon();
}

void JobDesk::resume(const QString& id) {
  complaint_.clear();
  Live* job = find(id);
  if (!job) return;
  const auto place = store_->lastPlace();
  if (!place.ok()) return Q_EMIT failed(id, place.error());
  changeRow(*job, [&](StoredJob& row) {
    if (is(row, JobState::queued) || is(row, JobState::running) || is(row, JobState::finished)) return false;
    row.state = stateName(JobState::queued);
    row.place = *place;
    row.wanted.clear();
    row.error.clear();
    row.endedMs = 0;
    return true;
  });
  queue_held_ = false;
  soon();
}

void JobDesk::remove(const QString& id, bool deleteFolder) {
  Live* job = find(id);
  if (!job) return;
  const QString folder = job->row.folder;
  if (is(job->row, JobState::running) || workerOf(folder).held) {
    return Q_EMIT failed(id, {ErrorCode::conflict, "remove job", job->row.name.toStdString(), "one that does not run", "a running one"});
  }
  // A job that was refused because of another's folder has nothing in it.
  const bool own = std::none_of(jobs_.begin(), jobs_.end(), [&](const auto& each) { return each.first != id && each.second.row.folder == folder; }) &&
                   !(job->row.launches == 0 && is(job->row, JobState::failed));
  if (const Status removed = store_->remove(id); !removed.ok()) return Q_EMIT failed(id, removed.error());
  jobs_.erase(id);
  list_changed_ = true;
  if (deleteFolder && own) deleteRun(folder, QDir::cleanPath(QFileInfo(folder).absolutePath()) == QDir::cleanPath(QFileInfo(runsFolder()).absoluteFilePath()));
  soon();
}

void JobDesk::move(const QString& id, int place) {
  std::vector<const Live*> queued;
  for (const auto& [key, job] : jobs_) {
    if (is(job.row, JobState::queued) && key != id) queued.push_back(&job);
  }
  const Live* moved = find(id);
  if (!moved || !is(moved->row, JobState::queued)) return;
  std::sort(queued.begin(), queued.end(), [](const Live* a, const Live* b) { return std::pair(a->row.place, a->row.createdMs) < std::pair(b->row.place, b->row.createdMs); });
  queued.insert(queued.begin() + std::clamp<qsizetype>(place, 0, qsizetype(queued.size())), moved);
  QStringList ids;
  for (const Live* each : queued) ids.append(each->row.id);
  if (const Status arranged = store_->arrange(ids); !arranged.ok()) return Q_EMIT failed(id, arranged.error());
  (void)readStore();
  soon();
}

void JobDesk::watch(const QString& id, bool watched) {
  Live* job = find(id);
  if (!job) return;
  job->watched = watched;
  if (!watched) {
    if (!is(job->row, JobState::running)) {
      job->tail.reset();
      job->events.clear();
    }
    return;
  }
  job->news = true;
  if (!job->tail) {
    job->tail = std::make_unique<EventTail>(eventsFile(job->row.folder));
    job->events.clear();
    job->unread = true;
  }
  soon();
}

}  // namespace roundhouse::app
