// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLineEdit>

#include <optional>

namespace roundhouse::app {

// A number as it is written ("2e-4", "0.01"), of any magnitude. It is shown with as many digits as tell it apart from all others, so
// that what was read from a file goes back unchanged.
class NumberEdit : public QLineEdit {
  Q_OBJECT
 public:
  explicit NumberEdit(QWidget* parent = nullptr);

  void setValue(double value);
  // Nothing when the text is no finite number.
  std::optional<double> value() const;

 Q_SIGNALS:
  void valueChanged();
};

}  // namespace roundhouse::app
