// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/sparkline.h"

#include <QPainter>
#include <QPainterPath>

#include <algorithm>
#include <cmath>

#include "widgets/style/quantity.h"
#include "widgets/style/tokens.h"

namespace roundhouse::widgets {

Sparkline::Sparkline(QWidget* parent) : QWidget(parent) { setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed); }

void Sparkline::setValues(std::vector<float> values) {
  values_ = std::move(values);
  trim();
}

void Sparkline::append(float value) {
  values_.push_back(value);
  trim();
}

void Sparkline::setCapacity(int capacity) {
  capacity_ = std::max(2, capacity);
  trim();
}

void Sparkline::setName(const QString& name, const QString& unit) {
  name_ = name;
  unit_ = unit;
  describe();
}

void Sparkline::setRange(double low, double high) {
  low_ = low;
  high_ = high;
  update();
}

void Sparkline::trim() {
  if (int(values_.size()) > capacity_) values_.erase(values_.begin(), values_.end() - capacity_);
  describe();
  update();
}

void Sparkline::describe() {
  setAccessibleName(name_);
  const auto last = std::find_if(values_.rbegin(), values_.rend(), [](float value) { return std::isfinite(value); });
  if (last == values_.rend()) return setAccessibleDescription({});
  float low = *last, high = *last;
  for (float value : values_)
    if (std::isfinite(value)) {
      low = std::min(low, value);
      high = std::max(high, value);
    }
  setAccessibleDescription(tr("now %1, from %2 to %3")
                               .arg(formatQuantity(double(*last), unit_), formatQuantity(double(low), unit_),
                                    formatQuantity(double(high), unit_)));
}

void Sparkline::paintEvent(QPaintEvent*) {
  double low = low_, high = high_;
  if (!(high > low)) {
    bool any = false;
    for (float value : values_)
      if (std::isfinite(value)) {
        low = any ? std::min(low, double(value)) : double(value);
        high = any ? std::max(high, double(value)) : double(value);
        any = true;
      }
    if (!any) return;
    if (!(high > low)) {
      low -= 0.5;
      high += 0.5;
    }
  }
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const QRectF room = QRectF(rect()).adjusted(2, 3, -4, -3);
  const auto place = [&](size_t i) {
    const double x = values_.size() < 2 ? room.right() : room.left() + room.width() * double(i) / double(values_.size() - 1);
    const double share = std::clamp((double(values_[i]) - low) / (high - low), 0.0, 1.0);
    return QPointF(x, room.bottom() - share * room.height());
  };
  QPainterPath line;
  bool open = false;
  QPointF last;
  for (size_t i = 0; i < values_.size(); ++i) {
    if (!std::isfinite(values_[i])) {
      open = false;
      continue;
    }
    last = place(i);
    if (open)
      line.lineTo(last);
    else
      line.moveTo(last);
    open = true;
  }
  const QColor ink = Tokens::current()[ColorToken::Accent];
  painter.setPen(QPen(ink, 1.5, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
  painter.drawPath(line);
  painter.setPen(Qt::NoPen);
  painter.setBrush(ink);
  painter.drawEllipse(last, 2, 2);
}

}  // namespace roundhouse::widgets
