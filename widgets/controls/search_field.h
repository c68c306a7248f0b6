// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLineEdit>
#include <QTimer>

namespace roundhouse::widgets {

// A line to search in: reports a text once typing rests, Escape clears.
class SearchField : public QLineEdit {
  Q_OBJECT
 public:
  explicit SearchField(QWidget* parent = nullptr);

 Q_SIGNALS:
  // Not sooner than 150 ms after the last key; at once when cleared or confirmed with Enter.
  void searchChanged(const QString& text);

 protected:
  bool event(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;

 private:
  void report();

  QTimer rest_;
  QString reported_;
};

}  // namespace roundhouse::widgets
