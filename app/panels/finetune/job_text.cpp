// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/finetune/job_text.h"

#include <QCoreApplication>
#include <QLocale>

#include <algorithm>
#include <cmath>

#include "app/shell/format.h"
#include "widgets/style/quantity.h"

namespace roundhouse::app {
namespace {

struct JobText {
  Q_DECLARE_TR_FUNCTIONS(JobText)
};

QString count(qint64 value) { return QLocale().toString(value); }

}  // namespace

QString stateText(JobState state) {
  switch (state) {
    case JobState::queued: return JobText::tr("Queued");
    case JobState::running: return JobText::tr("Running");
    case JobState::paused: return JobText::tr("Paused");
    case JobState::finished: return JobText::tr("Finished");
    case JobState::failed: return JobText::tr("Failed");
    case JobState::cancelled: return JobText::tr("Cancelled");
    case JobState::interrupted: return JobText::tr("Interrupted");
  }
  return {};
}

QString stateIcon(JobState state) {
  switch (state) {
    case JobState::queued: return QStringLiteral("clock");
    case JobState::running: return QStringLiteral("play");
    case JobState::paused: return QStringLiteral("pause");
    case JobState::finished: return QStringLiteral("success");
    case JobState::failed: return QStringLiteral("error");
    case JobState::cancelled: return QStringLiteral("stop");
    case JobState::interrupted: return QStringLiteral("warning");
  }
  return {};
}

QString jobLine(const JobInfo& job) {
  QStringList parts{stateText(job.state)};
  if (job.ending) parts[0] = JobText::tr("Ending after this step");
  if (job.state == JobState::running && !job.stage.isEmpty()) parts << trainingStageText(job.stage);
  if (job.steps > 0 && job.state != JobState::queued) parts << JobText::tr("step %1 of %2").arg(count(job.step), count(job.steps));
  if (std::isfinite(job.loss)) parts << JobText::tr("loss %1").arg(widgets::formatQuantity(job.loss));
  if (job.state == JobState::failed && job.error) parts << errorText(*job.error).title;
  return parts.join(QStringLiteral(" · "));
}

std::optional<double> secondsLeft(const JobInfo& job, const JobRun& run) {
  if (job.state != JobState::running || job.steps <= job.step || run.sessions().isEmpty()) return std::nullopt;
  // The newest points tell the speed; what was trained before a pause may have been on a busier machine.
  double seconds = 0;
  qint64 steps = 0;
  const auto& points = run.points();
  for (qsizetype i = points.size() - 1; i >= 0 && steps < 50; --i) {
    seconds += points[i].seconds;
    steps += points[i].count;
  }
  if (steps == 0 || !(seconds > 0)) return std::nullopt;
  return seconds / double(steps) * double(job.steps - job.step);
}

QString trainingStageText(const QString& stage) {
  if (stage == QLatin1String("preparing")) return JobText::tr("preparing");
  if (stage.contains(QLatin1String("data"))) return JobText::tr("reading the data");
  if (stage == QLatin1String("model")) return JobText::tr("loading the model");
  return stageText(stage);
}

QString kindText(const QString& kind) {
  if (kind == QLatin1String("peft")) return JobText::tr("Adapter (PEFT)");
  if (kind == QLatin1String("gguf")) return JobText::tr("Adapter (GGUF)");
  if (kind == QLatin1String("merged")) return JobText::tr("Merged model");
  if (kind == QLatin1String("quantised") || kind == QLatin1String("quantized")) return JobText::tr("Merged and quantised");
  return kind;
}

}  // namespace roundhouse::app
