// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/jobs/job_run_builder.h"

#include <QJsonArray>
#include <QJsonDocument>

#include <algorithm>
#include <cmath>

#include "app/jobs/job_run_data.h"

namespace roundhouse::app {
namespace {

constexpr qsizetype kMostTexts = 64, kMostCells = 1 << 20;

QString textOf(const QJsonObject& object, const char* key) { return object.value(QLatin1String(key)).toString(); }
double numberOf(const QJsonObject& object, const char* key, double other = StepPoint::kNone) { return object.value(QLatin1String(key)).toDouble(other); }
qint64 wholeOf(const QJsonObject& object, const char* key, qint64 other = 0) {
  const QJsonValue value = object.value(QLatin1String(key));
  return value.isDouble() ? value.toInteger(other) : other;
}

// Of two values with these weights; what is missing does not count.
double meanOf(double a, int weightA, double b, int weightB) {
  if (std::isnan(a)) return b;
  if (std::isnan(b)) return a;
  return (a * weightA + b * weightB) / (weightA + weightB);
}
double mostOf(double a, double b) { return std::isnan(a) ? b : std::isnan(b) ? a : std::max(a, b); }

// `b` follows `a`.
StepPoint merged(const StepPoint& a, const StepPoint& b) {
  StepPoint out;
  out.step = b.step;
  out.count = a.count + b.count;
  out.loss = meanOf(a.loss, a.count, b.loss, b.count);
  out.balanceLoss = meanOf(a.balanceLoss, a.count, b.balanceLoss, b.count);
  out.zLoss = meanOf(a.zLoss, a.count, b.zLoss, b.count);
  out.tokensPerSecond = meanOf(a.tokensPerSecond, a.count, b.tokensPerSecond, b.count);
  out.gradientNorm = mostOf(a.gradientNorm, b.gradientNorm);
  out.memoryBytes = mostOf(a.memoryBytes, b.memoryBytes);
  out.peakMemoryBytes = mostOf(a.peakMemoryBytes, b.peakMemoryBytes);
  out.learningRate = std::isnan(b.learningRate) ? a.learningRate : b.learningRate;
  out.tokens = a.tokens + b.tokens;
  out.learnedTokens = a.learnedTokens + b.learnedTokens;
  out.seconds = a.seconds + b.seconds;
  return out;
}

bool sameShape(const RoutingCounts& a, const RoutingCounts& b) { return a.layers == b.layers && a.experts == b.experts; }

void addTo(RoutingCounts& sum, const RoutingCounts& next) {
  for (qsizetype i = 0; i < sum.counts.size(); ++i) sum.counts[i] += next.counts[i];
  sum.last = next.last;
}

QList<EvaluationSample> samplesOf(const QJsonValue& value) {
  QList<EvaluationSample> out;
  for (const QJsonValue each : value.toArray()) {
    if (out.size() == kMostTexts) break;
    const QJsonObject object = each.toObject();
    out.append({wholeOf(object, "sample"), numberOf(object, "loss", 0), textOf(object, "text")});
  }
  return out;
}

void appendBounded(auto& list, auto value, int most) {
  if (list.size() >= most) list.removeFirst();
  list.append(std::move(value));
}

}  // namespace

Error errorOfJson(const QJsonObject& object) {
  Error error{ErrorCode::internal, textOf(object, "operation").toStdString(), textOf(object, "object").toStdString(),
              textOf(object, "expected").toStdString(), textOf(object, "received").toStdString()};
  const QString code = textOf(object, "code");
  for (int each = 0; each <= int(ErrorCode::internal); ++each) {
    if (code == QLatin1String(error_code_name(ErrorCode(each)))) error.code = ErrorCode(each);
  }
  if (error.operation.empty()) error.operation = "train";
  if (error.object.empty()) error.object = "job";
  return error;
}

QJsonObject jsonOfError(const Error& error) {
  return {{QStringLiteral("code"), QLatin1String(error_code_name(error.code))},
          {QStringLiteral("operation"), QString::fromStdString(error.operation)},
          {QStringLiteral("object"), QString::fromStdString(error.object)},
          {QStringLiteral("expected"), QString::fromStdString(error.expected)},
          {QStringLiteral("received"), QString::fromStdString(error.received)}};
}

JobRun::Data& JobRunBuilder::data() { return *run_.data_; }

void JobRunBuilder::clear() { *this = JobRunBuilder(); }

void JobRunBuilder::addSkipped(qint64 lines) {
  if (lines > 0) data().skippedLines += lines;
}

void JobRunBuilder::setComplete(bool complete) {
  if (run_.complete() != complete) data().complete = complete;
}

bool JobRunBuilder::add(const QByteArray& line, qint64 offset) {
  const QJsonObject event = QJsonDocument::fromJson(line).object();
  const QString name = textOf(event, "event");
  if (name.isEmpty()) {
    addSkipped(1);
    return false;
  }
  JobRun::Data& d = data();
  const QDateTime time = QDateTime::fromString(textOf(event, "time"), Qt::ISODateWithMs).toUTC();
  const qint64 step = wholeOf(event, "step", -1);
  if (name == QLatin1String("preparing")) {
    d.stage = textOf(event, "stage");
    d.fraction = std::clamp(numberOf(event, "fraction", 0), 0.0, 1.0);
  } else {
    d.stage.clear();
    d.fraction = 0;
  }
  d.error.reset();
  if (name == QLatin1String("start")) beginSession(event, time);
  else if (name == QLatin1String("step")) addStep(event);
  else if (name == QLatin1String("evaluation")) addEvaluation(event);
  else if (name == QLatin1String("answers")) addAnswers(event);
  else if (name == QLatin1String("parity")) addParity(event);
  else if (name == QLatin1String("checkpoint")) {
    d.checkpointStep = std::max<qint64>(step, 0);
    d.checkpointPath = textOf(event, "path");
  } else if (name == QLatin1String("export")) {
    d.exports.removeIf([&](const RunExport& each) { return each.path == textOf(event, "path"); });  // written again after a pause
    appendBounded(d.exports, RunExport{textOf(event, "kind"), textOf(event, "path"), textOf(event, "sha256")}, JobRun::kMostExports);
  } else if (name == QLatin1String("paused") || name == QLatin1String("finished") || name == QLatin1String("failed")) {
    if (name == QLatin1String("finished")) d.adapter = textOf(event, "adapter");
    if (name == QLatin1String("failed")) d.error = errorOfJson(event.value(QLatin1String("error")).toObject());
    endSession(name, time, step);
  }
  d.lastEvent = name;
  if (time.isValid()) d.lastTime = time;
  last_offset_ = offset;
  return true;
}

void JobRunBuilder::beginSession(const QJsonObject& event, const QDateTime& time) {
  JobRun::Data& d = data();
  RunSession session;
  session.started = time;
  session.firstStep = session.lastStep = wholeOf(event, "step");
  session.pid = wholeOf(event, "pid");
  appendBounded(d.sessions, session, JobRun::kMostSessions);
  d.steps = wholeOf(event, "steps", d.steps);
  const QJsonObject report = event.value(QLatin1String("report")).toObject();
  if (!report.isEmpty()) d.report = report;
  dropAfter(session.firstStep);
}

void JobRunBuilder::endSession(const QString& end, const QDateTime& time, qint64 step) {
  JobRun::Data& d = data();
  if (d.sessions.isEmpty() || !d.sessions.last().end.isEmpty()) return;  // failed before it began
  RunSession& session = d.sessions.last();
  session.end = end;
  session.ended = time;
  if (step >= 0) session.lastStep = step;
}

// A run that was killed goes on from its last checkpoint: what came after that is done again.
void JobRunBuilder::dropAfter(qint64 step) {
  JobRun::Data& d = data();
  if (d.newest.step <= step) return;
  while (!d.points.isEmpty() && d.points.last().step > step) {
    d.seconds -= d.points.last().seconds;
    d.points.removeLast();
  }
  while (!d.evaluations.isEmpty() && d.evaluations.last().step > step) d.evaluations.removeLast();
  while (!d.routingHistory.isEmpty() && d.routingHistory.last().last > step) d.routingHistory.removeLast();
  d.newest = d.points.isEmpty() ? StepPoint() : d.points.last();
  d.newest.step = step;
  d.seconds = std::max(d.seconds, 0.0);
}

void JobRunBuilder::addStep(const QJsonObject& event) {
  JobRun::Data& d = data();
  StepPoint point;
  point.step = wholeOf(event, "step", d.newest.step + 1);
  point.loss = numberOf(event, "loss");
  point.gradientNorm = numberOf(event, "gradient_norm");
  point.learningRate = numberOf(event, "learning_rate");
  point.tokensPerSecond = numberOf(event, "tokens_per_s");
  point.balanceLoss = numberOf(event, "balance_loss");
  point.zLoss = numberOf(event, "z_loss");
  point.memoryBytes = numberOf(event, "memory_bytes");
  point.peakMemoryBytes = numberOf(event, "peak_memory_bytes");
  point.tokens = numberOf(event, "tokens", 0);
  point.learnedTokens = numberOf(event, "learned_tokens", 0);
  point.seconds = std::max(numberOf(event, "seconds", 0), 0.0);
  d.steps = wholeOf(event, "steps", d.steps);
  if (point.step <= d.newest.step) dropAfter(point.step - 1);
  d.newest = point;
  d.seconds += point.seconds;
  if (!d.sessions.isEmpty()) d.sessions.last().lastStep = point.step;
  addPoint(point);
  addRouting(event.value(QLatin1String("routing")).toObject(), point.step);
}

void JobRunBuilder::addPoint(const StepPoint& point) {
  QList<StepPoint>& points = data().points;
  if (!points.isEmpty() && points.last().count < point_steps_) {
    points.last() = merged(points.last(), point);
    return;
  }
  points.append(point);
  if (points.size() <= JobRun::kMostPoints) return;
  QList<StepPoint> thinned;
  thinned.reserve(JobRun::kMostPoints);
  for (qsizetype i = 0; i < points.size(); i += 2) thinned.append(i + 1 < points.size() ? merged(points[i], points[i + 1]) : points[i]);
  points = std::move(thinned);
  point_steps_ *= 2;
}

void JobRunBuilder::addRouting(const QJsonObject& routing, qint64 step) {
  const QJsonArray rows = routing.value(QLatin1String("counts")).toArray();
  if (rows.isEmpty()) return;
  qsizetype experts = 0;
  QList<QJsonArray> layers;
  layers.reserve(rows.size());
  for (const QJsonValue row : rows) {
    layers.append(row.toArray());
    experts = std::max(experts, layers.last().size());
  }
  if (experts == 0 || layers.size() * experts > kMostCells) return;
  RoutingCounts made{step, step, int(layers.size()), int(experts), QList<qint64>(layers.size() * experts, 0), {}};
  qint64* cells = made.counts.data();
  for (qsizetype l = 0; l < layers.size(); ++l) {
    for (qsizetype e = 0; e < layers[l].size(); ++e) cells[l * experts + e] = layers[l][e].toInteger();
  }
  for (const QJsonValue each : routing.value(QLatin1String("layers")).toArray()) made.numbers.append(each.toInt());
  if (made.numbers.size() != made.layers) made.numbers.clear();
  JobRun::Data& d = data();
  QList<RoutingCounts>& history = d.routingHistory;
  if (!history.isEmpty() && !sameShape(history.last(), made)) {
    history.clear();
    routing_steps_ = 1;
  }
  d.routing = made;
  if (!history.isEmpty() && history.last().last - history.last().first + 1 < routing_steps_) {
    addTo(history.last(), made);
    return;
  }
  history.append(std::move(made));
  if (history.size() <= JobRun::kMostRouting) return;
  QList<RoutingCounts> thinned;
  for (qsizetype i = 0; i < history.size(); i += 2) {
    thinned.append(history[i]);
    if (i + 1 < history.size()) addTo(thinned.last(), history[i + 1]);
  }
  history = std::move(thinned);
  routing_steps_ *= 2;
}

// Answers and losses of one evaluation come as two events.
EvaluationPoint& JobRunBuilder::evaluationAt(qint64 step) {
  QList<EvaluationPoint>& evaluations = data().evaluations;
  while (!evaluations.isEmpty() && evaluations.last().step > step) evaluations.removeLast();
  if (!evaluations.isEmpty() && evaluations.last().step == step) return evaluations.last();
  evaluations.append(EvaluationPoint{});
  evaluations.last().step = step;
  // The first stays whole: what the others are compared with.
  if (const qsizetype old = evaluations.size() - 1 - JobRun::kMostDetailed; old > 0) {
    evaluations[old].best.clear();
    evaluations[old].worst.clear();
    evaluations[old].answers.clear();
  }
  if (evaluations.size() > JobRun::kMostEvaluations) {
    QList<EvaluationPoint> thinned;
    const qsizetype detailed = evaluations.size() - JobRun::kMostDetailed;
    for (qsizetype i = 0; i < evaluations.size(); ++i) {
      if (i >= detailed || i % 2 == 0) thinned.append(evaluations[i]);
    }
    evaluations = std::move(thinned);
  }
  return evaluations.last();
}

void JobRunBuilder::addEvaluation(const QJsonObject& event) {
  EvaluationPoint& point = evaluationAt(wholeOf(event, "step", run_.step()));
  point.loss = numberOf(event, "loss");
  point.perplexity = numberOf(event, "perplexity");
  point.seconds = numberOf(event, "seconds");
  point.tokens = wholeOf(event, "tokens");
  point.drift.clear();
  for (const QJsonValue each : event.value(QLatin1String("drift")).toArray()) point.drift.append(each.toDouble(StepPoint::kNone));
  point.best = samplesOf(event.value(QLatin1String("best")));
  point.worst = samplesOf(event.value(QLatin1String("worst")));
}

void JobRunBuilder::addAnswers(const QJsonObject& event) {
  EvaluationPoint& point = evaluationAt(wholeOf(event, "step", run_.step()));
  point.answers.clear();
  for (const QJsonValue each : event.value(QLatin1String("answers")).toArray()) {
    if (point.answers.size() == kMostTexts) break;
    point.answers.append({textOf(each.toObject(), "prompt"), textOf(each.toObject(), "answer")});
  }
}

void JobRunBuilder::addParity(const QJsonObject& event) {
  JobRun::Data& d = data();
  d.parity.clear();
  for (const QJsonValue each : event.value(QLatin1String("exports")).toArray()) {
    const QJsonObject of = each.toObject();
    appendBounded(d.parity, ExportParity{textOf(of, "name"), numberOf(of, "kl_mean"), numberOf(of, "kl_max"), numberOf(of, "agreement"),
                                         of.value(QLatin1String("passed")).toBool()}, JobRun::kMostExports);
  }
  d.parityPassed = event.value(QLatin1String("passed")).toBool(false);
}

}  // namespace roundhouse::app
