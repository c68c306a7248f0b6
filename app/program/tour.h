// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>
#include <QStringList>
#include <QTimer>

#include <functional>

#include "app/shell/workbench.h"

namespace roundhouse::app {

struct TourOptions {
  bool ask = true;          // false: only screenshots
  QString question;         // empty: the tour's own
  QString folder;           // made when missing
  std::uint64_t seed = 1;   // so that two tours of one model read alike
  int timeoutMs = 180'000;  // of any one step
  std::function<void(const QString& text)> out;  // standard output
};

// Uses the workbench as a person would, by itself: waits for the model, asks, prints what comes, looks into every room
// and takes its picture. Ends with finished(): 0, or 1 after telling why.
class Tour : public QObject {
  Q_OBJECT
 public:
  Tour(Workbench& workbench, TourOptions options, QObject* parent = nullptr);
  void start();

  const QStringList& pictures() const { return pictures_; }
  QString failure() const { return failure_; }

 Q_SIGNALS:
  void finished(int exitCode);

 private:
  void ask();
  void follow(const AnswerSnapshotPtr& snapshot);
  void printExperts(const AnswerSnapshot& answer);
  void nextPicture();
  void takePicture();
  void fail(const QString& reason);
  void end(int code);

  struct View {
    QString panel, view;
    bool whole = false;  // with the inspectors beside it
  };

  Workbench& workbench_;
  TourOptions options_;
  QString answer_;           // id, once it is known
  std::size_t printed_ = 0;  // bytes of the answer
  QList<View> views_;
  QStringList pictures_;
  QString failure_;
  QTimer guard_, poll_;
  int polls_ = 0;
  bool asked_ = false, done_ = false;
};

}  // namespace roundhouse::app
