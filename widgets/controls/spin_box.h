// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDoubleSpinBox>
#include <QSpinBox>

namespace roundhouse::widgets {

// Boxes in which one may type a number beyond the limits: it becomes the nearest one when the editing ends. (Qt's own
// refuse its last digits, so that another number than the typed one stands there.)
class SpinBox : public QSpinBox {
  Q_OBJECT
 public:
  using QSpinBox::QSpinBox;

 protected:
  QValidator::State validate(QString& input, int& at) const override;
  void fixup(QString& input) const override;
};

class DoubleSpinBox : public QDoubleSpinBox {
  Q_OBJECT
 public:
  using QDoubleSpinBox::QDoubleSpinBox;

 protected:
  QValidator::State validate(QString& input, int& at) const override;
  void fixup(QString& input) const override;
};

}  // namespace roundhouse::widgets
