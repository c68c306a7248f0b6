// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/finetune/check_report.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

namespace roundhouse::app {
namespace {

std::int64_t whole(const QJsonValue& value) { return std::int64_t(value.toDouble()); }

QString pairOf(const QJsonValue& pair) {
  // A place is file, line, piece.
  return QStringLiteral("%1 = %2").arg(whole(pair["first"][1])).arg(whole(pair["second"][1]));
}

CheckReport::Data dataOf(const QJsonValue& json) {
  CheckReport::Data found;
  for (const QJsonValue& each : json["files"].toArray()) {
    CheckReport::File file{each["path"].toString(), each["detection"]["format"].toString(), whole(each["rows"]), whole(each["problem_count"]), {}};
    for (const QJsonValue& problem : each["problems"].toArray()) file.problems.append({whole(problem["line"]), problem["reason"].toString()});
    found.files.append(file);
  }
  found.rows = whole(json["rows"]);
  found.problems = whole(json["problems"]);
  found.samples = whole(json["samples"]);
  found.tokens = whole(json["tokens"]);
  found.learnedTokens = whole(json["learned_tokens"]);
  found.truncated = whole(json["truncated"]);
  found.dropped = whole(json["dropped"]);
  found.refused = whole(json["refused"]);
  for (const QJsonValue& each : json["notes"].toArray()) {
    const QString kind = each["kind"].toString();
    const auto what = kind == QLatin1String("truncated") ? CheckReport::Note::Truncated : kind == QLatin1String("refused") ? CheckReport::Note::Refused : CheckReport::Note::Dropped;
    found.notes.append({what, int(whole(each["at"][0])), whole(each["at"][1]), whole(each["tokens"]), each["reason"].toString()});
  }
  const QJsonValue lengths = json["lengths"];
  found.shortest = whole(lengths["shortest"]);
  found.median = whole(lengths["median"]);
  found.p90 = whole(lengths["p90"]);
  found.p99 = whole(lengths["p99"]);
  found.longest = whole(lengths["longest"]);
  for (const QJsonValue& each : lengths["buckets"].toArray()) found.lengths.append({whole(each["from"]), whole(each["to"]), whole(each["samples"])});
  found.exactDuplicates = whole(json["exact_duplicates"]);
  found.nearDuplicates = whole(json["near_duplicates"]);
  for (const char* examples : {"exact_examples", "near_examples"}) {
    for (const QJsonValue& each : json[QLatin1String(examples)].toArray()) found.duplicateExamples.append(pairOf(each));
  }
  return found;
}

}  // namespace

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
  found.evaluation = dataOf(data["evaluation"]);
  found.heldOut = data["held_out"].toBool();
  const QJsonValue overlap = data["overlap"];
  found.sameText = whole(overlap["same_text"]);
  found.nearText = whole(overlap["near_text"]);
  found.samePrompt = whole(overlap["same_prompt"]);
  for (const char* examples : {"text_examples", "near_examples", "prompt_examples"}) {
    for (const QJsonValue& each : overlap[QLatin1String(examples)].toArray()) found.overlapExamples.append(pairOf(each));
  }
  for (const QJsonValue& each : data["remarks"].toArray()) found.remarks.append(each.toString());
  for (const QJsonValue& sample : data["first_batch"].toArray()) {
    QList<CheckReport::Token> tokens;
    for (const QJsonValue& each : sample["tokens"].toArray()) tokens.append({each[0].toString(), whole(each[1]) != 0, whole(each[2]) != 0});
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
