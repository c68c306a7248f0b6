// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>
#include <QList>
#include <QString>
#include <QStringList>

#include <vector>

#include "roundhouse/message.h"
#include "roundhouse/result.h"

class QHBoxLayout;
class QLabel;
class QMimeData;
class QPlainTextEdit;
class QPushButton;
class QToolButton;

namespace roundhouse::app {

class QuestionEdit;

// Where a question is written: a text that grows with its lines, attached files, and send or stop.
class Composer : public QFrame {
  Q_OBJECT
 public:
  explicit Composer(QWidget* parent = nullptr);

  QString text() const;
  void setText(const QString& text);
  // Reads files on a worker thread; attached() or failed() follow for each.
  void attach(const QStringList& paths);
  int attachmentCount() const { return int(files_.size()); }
  const QStringList& reading() const { return reading_; }
  void chooseFiles();
  // Takes what was written; the composer is empty afterwards.
  std::pair<QString, std::vector<Part>> take();
  void putBack(std::pair<QString, std::vector<Part>> taken);
  bool empty() const;
  // While an answer is coming, the button stops it and Enter sends nothing.
  void setBusy(bool busy);
  QPlainTextEdit* editor() const;

 Q_SIGNALS:
  void sendRequested();
  void stopRequested();
  void attached();
  void failed(const roundhouse::Error& error);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;
  void changeEvent(QEvent* event) override;
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;

 private:
  void fitHeight();
  void showState();
  void addFile(Part part);
  void showChips();

  QuestionEdit* edit_;
  QToolButton* attach_;
  QPushButton* send_;
  QWidget* chips_;
  QHBoxLayout* chip_row_;
  std::vector<Part> files_;
  QStringList reading_;  // paths
  bool busy_ = false;
};

// The paths of local files that a drop or paste brings; empty when it brings others too, or none.
QStringList droppedFiles(const QMimeData* data);

}  // namespace roundhouse::app
