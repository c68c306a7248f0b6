// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QThread>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>

#include "app/bridge/audit_service.h"
#include "app/bridge/session_hub.h"
#include "app/bridge/token_selection.h"
#include "app/jobs/job_manager.h"
#include "app/net/network_gate.h"
#include "app/panels/finetune/finetune_widget.h"
#include "app/shell/app_context.h"
#include "app/shell/command_registry.h"
#include "app/shell/settings.h"
#include "roundhouse/training_job.h"
#include "tests/app/fake/fake_engine.h"
#include "tests/app/panels/finetune/run_fixture.h"

namespace roundhouse::app {

inline std::atomic<bool> askedToPause{false};

// The test program as roundhouse-cli: `--check` tells a report, a run writes scripted events, evaluation.every milliseconds apart (0: at once).
inline int scriptedWorker(int argc, char** argv) {
  const auto job = read_training_job(argv[2]);
  if (!job.ok()) return 1;
  bool check = false;
  for (int i = 3; i < argc; ++i) check = check || QByteArray(argv[i]) == "--check";
  if (check) {
    QByteArray report = reportJson();
    if (job->name == "clean") report.replace("\"problems\": 3", "\"problems\": 0").replace("\"dropped\": 5", "\"dropped\": 0");
    std::puts(report.constData());
    return 0;
  }
  struct sigaction action {};
  action.sa_handler = [](int) { askedToPause = true; };
  ::sigaction(SIGTERM, &action, nullptr);
  const QString folder = QString::fromStdString(job->output);
  const int lock = ::open(QFile::encodeName(folder + QStringLiteral("/run.lock")).constData(), O_RDWR | O_CREAT, 0644);
  if (lock < 0 || ::flock(lock, LOCK_EX | LOCK_NB) != 0) return 1;
  QFile events(folder + QStringLiteral("/events.jsonl"));
  if (!events.open(QIODevice::Append | QIODevice::Unbuffered)) return 1;
  const int steps = int(job->steps.steps);
  int at = 0;
  for (const QByteArray& line : scriptedEvents(steps, steps, 10, 6, 8, true)) {
    if (line.contains("\"event\":\"step\"")) ++at;
    if (askedToPause) {
      events.write("{\"event\":\"paused\",\"time\":\"2026-12-01T04:00:00Z\",\"step\":" + QByteArray::number(at) + "}\n");
      return 143;
    }
    events.write(line + '\n');
    QThread::msleep(static_cast<unsigned long>(job->evaluation.every));
  }
  return 0;
}

// The room by itself, over a scripted engine and worker.
struct Room {
  std::shared_ptr<fake::World> world = std::make_shared<fake::World>();
  QTemporaryDir folder;
  EngineController engine{fake::api(world)};
  SessionHub sessions{engine};
  TokenSelection selection;
  Settings settings;
  NetworkGate network{{}};
  CommandRegistry commands{settings};
  QHash<QString, std::shared_ptr<void>> kept;
  AuditService audit;
  AppContext context{engine, sessions, selection, settings, network, commands, folder.path(), audit, kept};
  JobManager jobs{{folder.path(), QCoreApplication::applicationFilePath(), 1, 20}};
  std::unique_ptr<FinetuneWidget> widget;

  void open(const QString& example = {}) {
    FinetuneOptions options;
    options.embeddedModel = folder.filePath("mini.gguf");
    options.exampleJob = example;
    QFile(options.embeddedModel).open(QIODevice::WriteOnly);
    world->change([&](fake::Script& script) { script.files[options.embeddedModel.toStdString()] = fake::modelInfo(options.embeddedModel.toStdString(), script); });
    widget = std::make_unique<FinetuneWidget>(context, jobs, options);
    widget->resize(1208, 684);
    widget->show();
    widget->setActive(true);
  }
  TrainingJob job(const std::string& name, int steps = 30, int everyMs = 0) {
    QFile data(folder.filePath("train.jsonl"));
    if (data.open(QIODevice::WriteOnly)) data.write("{}\n");
    TrainingJob made;
    made.name = name;
    made.data.train = {data.fileName().toStdString()};
    made.steps.steps = steps;
    made.evaluation.every = everyMs;
    return made;
  }
  template <class W>
  W* part(const char* name) { return widget->findChild<W*>(QString::fromLatin1(name)); }
};

}  // namespace roundhouse::app
