// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/controls/value_slider.h"

#include <QDoubleSpinBox>
#include <QEvent>
#include <QGridLayout>
#include <QLabel>
#include <QSignalBlocker>
#include <QSlider>
#include <QToolButton>

#include <algorithm>
#include <cmath>

#include "widgets/style/icon.h"
#include "widgets/style/metrics.h"

namespace roundhouse::widgets {
namespace {
constexpr int kPositions = 1000;
}

ValueSlider::ValueSlider(QWidget* parent)
    : QWidget(parent), label_(new QLabel(this)), slider_(new QSlider(Qt::Horizontal, this)),
      spin_(new QDoubleSpinBox(this)), reset_(new QToolButton(this)) {
  auto* layout = new QGridLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setHorizontalSpacing(grid::kSmall);
  layout->setVerticalSpacing(0);
  layout->addWidget(label_, 0, 0, 1, 3);
  layout->addWidget(slider_, 1, 0);
  layout->addWidget(spin_, 1, 1);
  layout->addWidget(reset_, 1, 2);
  layout->setColumnStretch(0, 1);
  label_->setBuddy(spin_);
  // The button keeps its room while hidden, or the row would jump.
  QSizePolicy policy = reset_->sizePolicy();
  policy.setRetainSizeWhenHidden(true);
  reset_->setSizePolicy(policy);
  reset_->setObjectName(QStringLiteral("resetValue"));
  spin_->setKeyboardTracking(false);
  slider_->setRange(0, kPositions);
  slider_->setMinimumWidth(80);
  connect(slider_, &QSlider::valueChanged, this, [this](int position) { setValue(valueAt(position)); });
  connect(spin_, &QDoubleSpinBox::valueChanged, this, [this](double value) {
    const QSignalBlocker quiet(slider_);
    slider_->setValue(positionOf(value));
    refresh();
    Q_EMIT valueChanged(value);
  });
  connect(reset_, &QToolButton::clicked, this, &ValueSlider::reset);
  refresh();
}

void ValueSlider::setLabel(const QString& label, const QString& toolTip) {
  label_->setText(label);
  label_->setVisible(!label.isEmpty());
  for (QWidget* part : QList<QWidget*>{slider_, spin_}) {
    part->setAccessibleName(label);
    part->setAccessibleDescription(toolTip);
  }
  setToolTip(toolTip);
  refresh();
}

void ValueSlider::setRange(double minimum, double maximum, double step, int decimals, bool logarithmic) {
  minimum_ = minimum;
  maximum_ = std::max(minimum, maximum);
  logarithmic_ = logarithmic && minimum > 0;
  spin_->setDecimals(decimals);
  spin_->setSingleStep(step);
  spin_->setRange(minimum_, maximum_);
  const QSignalBlocker quiet(slider_);
  const double steps = step > 0 ? (maximum_ - minimum_) / step : kPositions;
  slider_->setRange(0, logarithmic_ ? kPositions : int(std::clamp(std::round(steps), 1.0, 100000.0)));
  slider_->setPageStep(std::max(1, slider_->maximum() / 10));
  slider_->setValue(positionOf(spin_->value()));
  refresh();
}

void ValueSlider::setUnit(const QString& unit) { spin_->setSuffix(unit.isEmpty() ? QString() : QChar(0x00A0) + unit); }
void ValueSlider::setMinimumText(const QString& text) { spin_->setSpecialValueText(text); }

void ValueSlider::setDefaultValue(double value) {
  default_ = value;
  refresh();
}

double ValueSlider::value() const { return spin_->value(); }
void ValueSlider::setValue(double value) { spin_->setValue(value); }

int ValueSlider::positionOf(double value) const {
  if (!(maximum_ > minimum_)) return 0;
  const double share = logarithmic_ ? std::log(value / minimum_) / std::log(maximum_ / minimum_)
                                    : (value - minimum_) / (maximum_ - minimum_);
  return int(std::lround(share * slider_->maximum()));
}

double ValueSlider::valueAt(int position) const {
  const double share = double(position) / slider_->maximum();
  return logarithmic_ ? minimum_ * std::pow(maximum_ / minimum_, share) : minimum_ + (maximum_ - minimum_) * share;
}

void ValueSlider::refresh() {
  reset_->setVisible(std::abs(spin_->value() - default_) > 1e-9);
  reset_->setIcon(icon(QStringLiteral("undo"), ColorToken::TextMuted));
  reset_->setToolTip(tr("Reset to %1").arg(spin_->textFromValue(default_)));
  reset_->setAccessibleName(tr("Reset %1").arg(label_->text()));
  spin_->setFont(tabularFont());
}

void ValueSlider::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::LanguageChange || event->type() == QEvent::PaletteChange) refresh();
}

}  // namespace roundhouse::widgets
