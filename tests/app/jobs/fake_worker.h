// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QCoreApplication>
#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QtTest>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

#include "roundhouse/training_job.h"

// The test program itself, called as `roundhouse-cli train` is: it holds the lock, writes events, pauses on SIGTERM and goes on
// with --resume, but trains nothing. Words in the job's name say what goes wrong; warmup_steps is the time of a step in ms.
namespace fake {

inline std::atomic<bool> asked{false};

inline void append(const QString& file, const QByteArray& text) {
  QFile out(file);
  if (!out.open(QIODevice::Append) || out.write(text) != text.size()) std::abort();
}

inline QByteArray line(const char* event, QJsonObject object = {}) {
  object.insert(QStringLiteral("event"), QLatin1String(event));
  object.insert(QStringLiteral("time"), QDateTime::currentDateTimeUtc().toString(Qt::ISODateWithMs));
  return QJsonDocument(object).toJson(QJsonDocument::Compact) + '\n';
}

inline QByteArray step(qint64 at, qint64 of) {
  return line("step", {{QStringLiteral("step"), at}, {QStringLiteral("steps"), of}, {QStringLiteral("loss"), 4.0 / double(at)}, {QStringLiteral("gradient_norm"), 1.5},
                       {QStringLiteral("learning_rate"), 1e-4}, {QStringLiteral("tokens"), 100}, {QStringLiteral("learned_tokens"), 60}, {QStringLiteral("seconds"), 0.5},
                       {QStringLiteral("tokens_per_s"), 200}, {QStringLiteral("memory_bytes"), 1e9},
                       {QStringLiteral("routing"), QJsonObject{{QStringLiteral("counts"), QJsonArray{QJsonArray{1, 2}, QJsonArray{3, 4}}}}}});
}

inline int work(int argc, char** argv) {
  struct sigaction action {};
  action.sa_handler = [](int) { asked = true; };
  ::sigaction(SIGTERM, &action, nullptr);
  bool resume = false, check = false;
  for (int i = 3; i < argc; ++i) {
    resume = resume || QByteArray(argv[i]) == "--resume";
    check = check || QByteArray(argv[i]) == "--check";
  }
  const auto job = roundhouse::read_training_job(argv[2]);
  if (!job.ok()) {
    std::fprintf(stderr, "roundhouse-cli: %s\n", job.error().message().c_str());
    return 1;
  }
  const QString name = QString::fromStdString(job->name), folder = QFile::decodeName(job->output.c_str());
  if (check) {
    if (name.contains(QLatin1String("slow"))) ::sleep(60);
    if (name.contains(QLatin1String("refused"))) {
      std::printf(R"({"error":{"code":"not_found","operation":"read data","object":"a.jsonl","expected":"a file","received":"none"}})");
      return 1;
    }
    if (name.contains(QLatin1String("mute"))) return 1;
    std::printf(R"({"model":{"name":"%s"},"predicted":{"seconds":3}})" "\n", "mini");
    return 0;
  }
  if (name.contains(QLatin1String("silent"))) {
    std::fprintf(stderr, "roundhouse-cli: there is no such model\n");
    return 1;
  }
  const QString events = folder + QStringLiteral("/events.jsonl"), kept = folder + QStringLiteral("/checkpoint-000001");
  const int lock = ::open(QFile::encodeName(folder + QStringLiteral("/run.lock")).constData(), O_RDWR | O_CREAT, 0644);
  if (lock < 0 || ::flock(lock, LOCK_EX | LOCK_NB) != 0) return 1;
  const QByteArray pid = QByteArray::number(qint64(::getpid()));
  if (::ftruncate(lock, 0) != 0 || ::pwrite(lock, pid.constData(), size_t(pid.size()), 0) < 0) return 1;
  if (QFile::exists(events) != resume) return 1;
  qint64 at = 0;
  if (QFile file(kept); resume && file.open(QIODevice::ReadOnly)) at = file.readAll().toLongLong();
  const qint64 steps = job->steps.steps;
  append(events, line("preparing", {{QStringLiteral("stage"), QStringLiteral("model")}, {QStringLiteral("fraction"), 0.5}}));
  append(events, line("start", {{QStringLiteral("pid"), qint64(::getpid())}, {QStringLiteral("step"), at}, {QStringLiteral("steps"), steps},
                                {QStringLiteral("report"), QJsonObject{{QStringLiteral("steps"), QJsonObject{{QStringLiteral("steps"), steps}}}}}}));
  const auto keep = [&] {
    QFile file(kept);
    if (!file.open(QIODevice::WriteOnly) || file.write(QByteArray::number(at)) < 0) std::abort();
    file.close();
    append(events, line("checkpoint", {{QStringLiteral("step"), at}, {QStringLiteral("path"), kept}}));
  };
  while (at < steps) {
    ++at;
    if (name.contains(QLatin1String("garbage"))) append(events, "{\"event\":\n\xff\xfe not JSON\n[1,2]\n\n");
    append(events, step(at, steps));
    if (at % 5 == 0) keep();
    if (name.contains(QLatin1String("full")) && at == 3) {
      append(events, line("failed", {{QStringLiteral("step"), at},
                                     {QStringLiteral("error"), QJsonObject{{QStringLiteral("code"), QStringLiteral("io")}, {QStringLiteral("operation"), QStringLiteral("write checkpoint")},
                                                                           {QStringLiteral("object"), kept}, {QStringLiteral("expected"), QStringLiteral("room on the disk")},
                                                                           {QStringLiteral("received"), QStringLiteral("No space left on device")}}}}));
      return 1;
    }
    if (name.contains(QLatin1String("hurt")) && at == 3) ::raise(SIGKILL);
    for (qint64 ms = 0; ms < job->optimizer.warmup_steps && !asked; ms += 5) ::usleep(5000);
    if (asked && !name.contains(QLatin1String("deaf"))) {
      keep();
      append(events, line("paused", {{QStringLiteral("step"), at}}));
      return 143;
    }
    asked = false;
  }
  append(events, line("evaluation", {{QStringLiteral("step"), at}, {QStringLiteral("loss"), 0.75}, {QStringLiteral("perplexity"), 2.1}}));
  append(events, line("finished", {{QStringLiteral("step"), at}, {QStringLiteral("seconds"), 2}, {QStringLiteral("adapter"), folder + QStringLiteral("/adapter")}}));
  return 0;
}

template <class Test>
int main(int argc, char** argv) {
  if (argc > 2 && QByteArray(argv[1]) == "train") return work(argc, argv);
  QCoreApplication app(argc, argv);
  Test test;
  return QTest::qExec(&test, argc, argv);
}

inline roundhouse::TrainingJob job(const char* name, qint64 steps = 4, int stepMs = 5) {
  roundhouse::TrainingJob made;
  made.name = name;
  made.data.train = {"/nowhere/a.jsonl"};
  made.steps.steps = steps;
  made.optimizer.warmup_steps = stepMs;
  return made;
}

class Folder {
 public:
  explicit Folder(const QString& name = QStringLiteral("data")) {
    if (!dir_.isValid() || !QDir().mkpath(dir_.filePath(name))) throw std::runtime_error("no temporary folder");
    path_ = dir_.filePath(name);
  }
  const QString& path() const { return path_; }
  QString path(const QString& name) const { return QDir(path_).filePath(name); }

 private:
  QTemporaryDir dir_;
  QString path_;
};

}  // namespace fake
