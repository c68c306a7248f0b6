// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QList>
#include <QString>
#include <QStringList>

#include <cstdint>
#include <optional>

class QJsonObject;

namespace roundhouse::app {

// What TrainingRun::report_json() says, as values. What is missing in it is zero or empty.
struct CheckReport {
  struct Problem {
    std::int64_t line = 0;
    QString reason;
  };
  struct File {
    QString path, format, sha256;
    std::int64_t rows = 0, problemCount = 0;
    QList<Problem> problems;
  };
  struct Data {
    QList<File> files;
    std::int64_t rows = 0, samples = 0, tokens = 0, learnedTokens = 0;
    std::int64_t truncatedCount = 0, droppedCount = 0;
    QList<Problem> truncated, dropped;
    std::int64_t least = 0, median = 0, p95 = 0, most = 0;  // tokens of a sample
    QList<std::pair<std::int64_t, std::int64_t>> lengths;   // up to so many tokens: samples
    std::int64_t exactDuplicates = 0, nearDuplicates = 0;
    QStringList duplicateExamples;                          // "3, 17"
    std::int64_t problemCount() const;
  };
  struct Token {
    QString text;
    bool learned = false;
  };
  struct Group {
    QString name;
    std::int64_t modules = 0, parameters = 0;
  };
  struct Module {
    QString name;
    QStringList weights;
    std::int64_t rank = 0, experts = 0, trainedExperts = 0, parameters = 0;
  };

  QString modelName, modelPath, modelSha256;
  std::int64_t modelParameters = 0;
  Data train;
  std::optional<Data> evaluation;
  std::int64_t overlapCount = 0;
  QStringList overlapExamples;  // "3 = 17": line of training and of evaluation
  QList<QList<Token>> firstBatch;
  QString method;
  QList<Group> groups;
  QList<Module> modules;
  std::int64_t trainedParameters = 0, adapterBytes = 0;
  double share = 0;             // of the model's parameters
  bool routerTrained = false;
  QString balance;
  double balanceWeight = 0, zWeight = 0, biasRate = 0;
  std::int64_t steps = 0, stepSamples = 0, stepTokens = 0;
  double epochs = 0;
  std::int64_t memoryBytes = 0, availableBytes = 0;  // predicted; free
  double seconds = 0;                                // predicted

  // Rows that will not be trained on, whatever the reason.
  std::int64_t leftOut() const { return train.problemCount() + train.droppedCount; }
};

// Nothing when the text is no report.
std::optional<CheckReport> checkReport(const QByteArray& json);
CheckReport checkReport(const QJsonObject& report);

}  // namespace roundhouse::app
