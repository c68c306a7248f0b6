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
    QString path, format;
    std::int64_t rows = 0, problemCount = 0;
    QList<Problem> problems;  // the first ones
  };
  // A sample that is not learned from as it stands.
  struct Note {
    enum Kind { Truncated, Dropped, Refused } kind = Dropped;
    int file = 0;             // index into files
    std::int64_t line = 0, tokens = 0;
    QString reason;
  };
  struct Data {
    QList<File> files;
    std::int64_t rows = 0, problems = 0, samples = 0, tokens = 0, learnedTokens = 0;
    std::int64_t truncated = 0, dropped = 0, refused = 0;
    QList<Note> notes;        // the first ones
    std::int64_t shortest = 0, median = 0, p90 = 0, p99 = 0, longest = 0;  // tokens of a sample
    struct Bucket {
      std::int64_t from = 0, to = 0, samples = 0;
    };
    QList<Bucket> lengths;
    std::int64_t exactDuplicates = 0, nearDuplicates = 0;
    QStringList duplicateExamples;  // "3 = 17", lines
    // Rows that give no sample: they cannot be read, or there is nothing to learn in them.
    std::int64_t unusable() const { return problems + refused; }
  };
  struct Token {
    QString text;
    bool learned = false, special = false;
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
  Data evaluation;              // no samples: there is none
  bool heldOut = false;         // evaluation is a share of the training files
  std::int64_t sameText = 0, nearText = 0, samePrompt = 0;  // evaluation samples that are also trained on
  QStringList overlapExamples;  // "3 = 17": line of training and of evaluation
  QStringList remarks;          // what a person should know
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
  std::int64_t leftOut() const { return train.unusable() + train.dropped; }
};

// Nothing when the text is no report.
std::optional<CheckReport> checkReport(const QByteArray& json);
CheckReport checkReport(const QJsonObject& report);

}  // namespace roundhouse::app
