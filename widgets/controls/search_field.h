// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLineEdit>
#include <QTimer>

class QLabel;

namespace roundhouse::widgets {

// A line to search in: reports a text once typing rests, Enter and Shift+Enter step through hits, Escape clears.
class SearchField : public QLineEdit {
  Q_OBJECT
 public:
  explicit SearchField(QWidget* parent = nullptr);

  // "3 of 17", shown inside at the right; empty for none.
  void setStatus(const QString& status);

 Q_SIGNALS:
  // Not sooner than 150 ms after the last key; at once when cleared or confirmed with Enter.
  void searchChanged(const QString& text);
  void nextRequested();
  void previousRequested();

 protected:
  bool event(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  void report();
  void placeStatus();

  QLabel* status_;
  QTimer rest_;
  QString reported_;
};

}  // namespace roundhouse::widgets
