// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/finetune/check_report.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

namespace roundhouse::app {
namespace {

std::int64_t whole(const QJsonValue& value) { return std::int64_t(value.toDouble()); }

QList<CheckReport::Problem> problems(const QJsonValue& list) {
  QList<CheckReport::Problem> found;
  for (const QJsonValue& each : list.toArray()) {
    QString reason = each["reason"].toString();
    if (reason.isEmpty() && each["tokens"].isDouble()) reason = QString::number(whole(each["tokens"]));
    found.append({whole(each["line"]), reason});
  }
  return found;
}

CheckReport::Data dataOf(const QJsonValue& json) {
  CheckReport::Data data;
  for (const QJsonValue& each : json["files"].toArray()) {
    data.files.append({each["path"].toString(), each["format"].toString(), each["sha256"].toString(), whole(each["rows"]),
                       whole(each["problem_count"]), problems(each["problems"])});
  }
  data.rows = whole(json["rows"]);
  data.samples = whole(json["samples"]);
  data.tokens = whole(json["tokens"]);
  data.learnedTokens = whole(json["learned_tokens"]);
  data.truncatedCount = whole(json["truncated_count"]);
  data.truncated = problems(json["truncated"]);
  data.droppedCount = whole(json["dropped_count"]);
  data.dropped = problems(json["dropped"]);
  const QJsonValue lengths = json["lengths"];
  data.least = whole(lengths["least"]);
  data.median = whole(lengths["median"]);
  data.p95 = whole(lengths["p95"]);
  data.most = whole(lengths["most"]);
  for (const QJsonValue& each : lengths["buckets"].toArray()) data.lengths.append({whole(each["up_to"]), whole(each["count"])});
  const QJsonValue duplicates = json["duplicates"];
  data.exactDuplicates = whole(duplicates["exact"]);
  data.nearDuplicates = whole(duplicates["near"]);
  for (const QJsonValue& each : duplicates["examples"].toArray()) {
    QStringList lines;
    for (const QJsonValue& line : each["lines"].toArray()) lines.append(QString::number(whole(line)));
    data.duplicateExamples.append(lines.join(QStringLiteral(", ")));
  }
  return data;
}

}  // namespace

std::int64_t CheckReport::Data::problemCount() const {
  std::int64_t count = 0;
  for (const File& file : files) count += file.problemCount;
  return count;
}

std::optional<CheckReport> checkReport(const QByteArray& json) {
  const QJsonDocument document = QJsonDocument::fromJson(json);
  if (!document.isObject()) return std::nullopt;
  return checkReport(document.object());
}

CheckReport checkReport(const QJsonObject& report) {
  CheckReport found;
  const QJsonValue model = report["model"];
  found.modelName = model["name"].toString();
  found.modelPath = model["path"].toString();
  found.modelSha256 = model["sha256"].toString();
  found.modelParameters = whole(model["parameters"]);
  const QJsonValue data = report["data"];
  found.train = dataOf(data["train"]);
  if (data["evaluation"].isObject()) found.evaluation = dataOf(data["evaluation"]);
  found.overlapCount = whole(data["overlap"]["count"]);
  for (const QJsonValue& each : data["overlap"]["examples"].toArray()) {
    found.overlapExamples.append(QStringLiteral("%1 = %2").arg(whole(each["train_line"])).arg(whole(each["evaluation_line"])));
  }
  for (const QJsonValue& sample : data["first_batch"].toArray()) {
    QList<CheckReport::Token> tokens;
    for (const QJsonValue& each : sample["tokens"].toArray()) tokens.append({each["text"].toString(), each["learned"].toBool()});
    found.firstBatch.append(tokens);
  }
  const QJsonValue trained = report["trained"];
  found.method = trained["method"].toString();
  for (const QJsonValue& each : trained["groups"].toArray()) {
    found.groups.append({each["name"].toString(), whole(each["modules"]), whole(each["parameters"])});
  }
  for (const QJsonValue& each : trained["modules"].toArray()) {
    QStringList weights;
    for (const QJsonValue& weight : each["weights"].toArray()) weights.append(weight.toString());
    found.modules.append({each["name"].toString(), weights, whole(each["rank"]), whole(each["experts"]), whole(each["trained_experts"]), whole(each["parameters"])});
  }
  found.trainedParameters = whole(trained["parameters"]);
  if (found.modelParameters == 0) found.modelParameters = whole(trained["model_parameters"]);
  found.share = trained["share"].toDouble();
  found.adapterBytes = whole(trained["adapter_bytes"]);
  const QJsonValue router = report["router"];
  found.routerTrained = router["trained"].toBool();
  found.balance = router["balance"].toString();
  found.balanceWeight = router["balance_weight"].toDouble();
  found.zWeight = router["z_weight"].toDouble();
  found.biasRate = router["bias_rate"].toDouble();
  const QJsonValue steps = report["steps"];
  found.steps = whole(steps["steps"]);
  found.epochs = steps["epochs"].toDouble();
  found.stepSamples = whole(steps["samples"]);
  found.stepTokens = whole(steps["tokens"]);
  found.memoryBytes = whole(report["predicted"]["memory_bytes"]);
  found.seconds = report["predicted"]["seconds"].toDouble();
  found.availableBytes = whole(report["available_memory_bytes"]);
  return found;
}

}  // namespace roundhouse::app
