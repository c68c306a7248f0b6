// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLineEdit>

namespace roundhouse::widgets {

// A title that can be edited. Without the focus a text that is too long for its room ends in "…".
class TitleEdit : public QLineEdit {
  Q_OBJECT
 public:
  using QLineEdit::QLineEdit;

 protected:
  void paintEvent(QPaintEvent* event) override;
};

}  // namespace roundhouse::widgets
