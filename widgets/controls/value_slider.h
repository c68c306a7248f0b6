// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QDoubleSpinBox;
class QLabel;
class QSlider;
class QToolButton;

namespace roundhouse::widgets {

// A number with a name, a unit and a default: slider and spin box that move together, and a reset button that shows
// only while the value differs from the default.
class ValueSlider : public QWidget {
  Q_OBJECT
 public:
  explicit ValueSlider(QWidget* parent = nullptr);

  // The label is also the accessible name of both parts.
  void setLabel(const QString& label, const QString& toolTip = {});
  // A logarithmic slider needs a minimum above zero.
  void setRange(double minimum, double maximum, double step, int decimals, bool logarithmic = false);
  void setUnit(const QString& unit);
  // Text for the minimum instead of its number ("off").
  void setMinimumText(const QString& text);
  void setDefaultValue(double value);
  double value() const;
  // Clamped to the range and rounded to the decimals; emits valueChanged() when it differs.
  void setValue(double value);
  void reset() { setValue(default_); }

 Q_SIGNALS:
  void valueChanged(double value);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  int positionOf(double value) const;
  double valueAt(int position) const;
  void refresh();

  QLabel* label_;
  QSlider* slider_;
  QDoubleSpinBox* spin_;
  QToolButton* reset_;
  double minimum_ = 0;
  double maximum_ = 1;
  double default_ = 0;
  bool logarithmic_ = false;
};

}  // namespace roundhouse::widgets
