// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArrayList>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <cmath>

#include "app/jobs/job_info.h"
#include "app/jobs/job_run_builder.h"
#include "tests/app/panels/finetune/check_fixture.h"

namespace roundhouse::app {

// Events of a run as the worker writes them: an evaluation before the first step, one every `every` steps, and (when it is over) its exports.
inline QByteArrayList scriptedEvents(int steps, int done, int every = 10, int layers = 6, int experts = 8, bool finished = false) {
  QByteArrayList lines;
  const auto add = [&](QJsonObject event) {
    event["time"] = QStringLiteral("2026-12-01T03:%1:%2Z").arg(lines.size() / 60 % 60, 2, 10, QLatin1Char('0')).arg(lines.size() % 60, 2, 10, QLatin1Char('0'));
    lines.append(QJsonDocument(event).toJson(QJsonDocument::Compact));
  };
  const auto evaluate = [&](int step) {
    QJsonArray drift;
    for (int layer = 0; layer < layers; ++layer) drift.append(step == 0 ? 0.0 : 0.01 * (layer + 1) * (1 - std::exp(-step / 30.0)));
    const double loss = 1.2 + 2.2 * std::exp(-step / 25.0);
    const QJsonObject sample{{"sample", 3}, {"loss", loss / 2}, {"text", "What is the capital of France? Paris."}};
    const QJsonObject worst{{"sample", 17}, {"loss", loss * 2}, {"text", "Explain\nthe second law."}};
    const QJsonObject answer{{"prompt", "Who are you?"}, {"answer", step < 10 ? "I am a model that" : QStringLiteral("I am Roundhouse Mini, step %1.").arg(step)}};
    const QJsonObject other{{"prompt", "What can you do?"}, {"answer", "Answer, and show my experts."}};
    add({{"event", "evaluation"}, {"step", step}, {"loss", loss}, {"perplexity", std::exp(loss)}, {"tokens", 2200}, {"drift", drift}, {"best", QJsonArray{sample}},
         {"worst", QJsonArray{worst}}});
    add({{"event", "answers"}, {"step", step}, {"answers", QJsonArray{answer, other}}});
  };
  add({{"event", "preparing"}, {"stage", "read_data"}, {"fraction", 0.5}});
  add({{"event", "start"}, {"pid", 4711}, {"step", 0}, {"steps", steps}, {"report", QJsonDocument::fromJson(reportJson()).object()}});
  evaluate(0);
  for (int step = 1; step <= done; ++step) {
    QJsonArray counts;
    for (int layer = 0; layer < layers; ++layer) {
      QJsonArray row;
      for (int expert = 0; expert < experts; ++expert) row.append(expert == experts - 1 ? 0 : 10 + (expert * 7 + layer * 3 + step) % 23);
      counts.append(row);
    }
    add({{"event", "step"}, {"step", step}, {"steps", steps}, {"loss", 1.1 + 2.4 * std::exp(-step / 20.0) + 0.05 * std::sin(step)}, {"gradient_norm", 1 + 3 * std::exp(-step / 15.0)},
         {"learning_rate", 2e-4 * (0.5 + 0.5 * std::cos(3.14159 * step / steps))}, {"tokens", 1000}, {"learned_tokens", 400}, {"seconds", 2.0}, {"tokens_per_s", 500.0 + step % 7},
         {"memory_bytes", 1.1e9 + 1e6 * step}, {"routing", QJsonObject{{"counts", counts}}}});
    if (step % every == 0) evaluate(step);
    if (step % 25 == 0) add({{"event", "checkpoint"}, {"step", step}, {"path", QStringLiteral("checkpoint-%1").arg(step)}});
  }
  if (finished) {
    add({{"event", "export"}, {"kind", "peft"}, {"path", "/runs/who/adapter"}, {"sha256", "0123456789abcdef"}});
    add({{"event", "parity"}, {"exports", QJsonArray{QJsonObject{{"name", "peft"}, {"kl_mean", 1e-7}, {"kl_max", 4e-6}, {"agreement", 1.0}, {"passed", true}}}}, {"passed", true}});
    add({{"event", "finished"}, {"step", done}, {"seconds", 2.0 * done}, {"adapter", "/runs/who/adapter"}});
  }
  return lines;
}

inline JobRun runOf(const QByteArrayList& lines) {
  JobRunBuilder builder;
  qint64 offset = 0;
  for (const QByteArray& line : lines) {
    builder.add(line, offset);
    offset += line.size() + 1;
  }
  builder.setComplete(true);
  return builder.run();
}

inline JobInfo jobOf(const QString& id, JobState state, const JobRun& run) {
  JobInfo job;
  job.id = id;
  job.name = QStringLiteral("who-am-i");
  job.folder = QStringLiteral("/runs/") + id;
  job.state = state;
  job.step = run.step();
  job.steps = run.steps();
  job.loss = run.newest().loss;
  if (!run.evaluations().isEmpty()) job.evaluationLoss = run.evaluations().last().loss;
  job.job.name = "who-am-i";
  job.job.output = job.folder.toStdString();
  return job;
}

}  // namespace roundhouse::app
