// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLabel>

namespace roundhouse::widgets {

// One line of plain text that gives way: what does not fit ends in "…", the whole is the tool tip and the accessible name.
class ElidedLabel : public QLabel {
  Q_OBJECT
 public:
  explicit ElidedLabel(QWidget* parent = nullptr);

  void setWholeText(const QString& text);

 protected:
  void resizeEvent(QResizeEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  void fit();
  QString whole_;
};

}  // namespace roundhouse::widgets
