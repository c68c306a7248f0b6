// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include <vector>

namespace roundhouse::widgets {

// A small line without axes beside a figure: tokens per second, loss. Said in words to assistive technology.
class Sparkline : public QWidget {
  Q_OBJECT
 public:
  explicit Sparkline(QWidget* parent = nullptr);

  // NaN breaks the line. More than `capacity` values: the oldest go.
  void setValues(std::vector<float> values);
  void append(float value);
  void setCapacity(int capacity);
  void setName(const QString& name, const QString& unit = {});
  // A fixed range; equal bounds mean: from the data.
  void setRange(double low, double high);
  const std::vector<float>& values() const { return values_; }

  QSize sizeHint() const override { return {96, 24}; }
  QSize minimumSizeHint() const override { return {32, 16}; }

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  void trim();
  void describe();

  std::vector<float> values_;
  QString name_;
  QString unit_;
  int capacity_ = 120;
  double low_ = 0;
  double high_ = 0;
};

}  // namespace roundhouse::widgets
