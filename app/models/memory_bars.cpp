// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/memory_bars.h"

#include <QPainter>

#include "app/shell/format.h"
#include "widgets/style/metrics.h"
#include "widgets/style/tokens.h"

namespace roundhouse::app {
namespace {

namespace grid = widgets::grid;
constexpr int kBar = 16;

}  // namespace

MemoryBars::MemoryBars(MemoryModel& model, QWidget* parent) : QWidget(parent), model_(model) {
  setObjectName(QStringLiteral("memoryBars"));
  connect(&model_, &QAbstractItemModel::dataChanged, this, [this] {
    describe();
    updateGeometry();
    update();
  });
  describe();
}

void MemoryBars::describe() {
  QStringList parts;
  if (model_.predicted()) parts.append(tr("predicted %1").arg(bytesText(model_.predicted()->total_bytes())));
  if (model_.used()) parts.append(tr("used %1").arg(bytesText(model_.used()->total_bytes())));
  setAccessibleName(tr("Memory: %1").arg(parts.isEmpty() ? tr("not known") : parts.join(QStringLiteral(", "))));
}

void MemoryBars::setAvailable(std::uint64_t bytes) {
  available_ = bytes;
  update();
}

QColor MemoryBars::colorOf(int row) { return widgets::Tokens::current().category(row); }

QSize MemoryBars::sizeHint() const { return {320, 2 * (fontMetrics().height() + kBar + grid::kTight) + grid::kSmall}; }

QSize MemoryBars::minimumSizeHint() const { return {160, sizeHint().height()}; }

void MemoryBars::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const widgets::Tokens& tokens = widgets::Tokens::current();
  const QFont small = widgets::tabularFont(widgets::TextRole::Small);
  painter.setFont(small);
  const QFontMetrics metrics(small);
  const std::uint64_t predicted = model_.predicted() ? model_.predicted()->total_bytes() : 0;
  const std::uint64_t used = model_.used() ? model_.used()->total_bytes() : 0;
  const double scale = double(std::max({predicted, used, std::uint64_t(1)}));
  int top = 0;
  auto bar = [&](const QString& name, const std::optional<MemoryUse>& use) {
    painter.setPen(tokens[widgets::ColorToken::TextMuted]);
    painter.drawText(QRect(0, top, width(), metrics.height()), Qt::AlignLeft | Qt::AlignVCenter,
                     use ? QStringLiteral("%1: %2").arg(name, bytesText(use->total_bytes())) : name);
    const QRect track(0, top + metrics.height() + 2, width(), kBar);
    painter.fillRect(track, tokens[widgets::ColorToken::Sunken]);
    if (use) {
      double x = 0;
      for (int row = 0; row < MemoryModel::Total; ++row) {
        const double w = double(MemoryModel::bytes(*use, row)) / scale * track.width();
        const QRectF part(x, track.top(), std::max(0.0, w), kBar);
        painter.fillRect(part, colorOf(row));
        if (row > 0 && w > 1) painter.fillRect(QRectF(part.left(), part.top(), 1, kBar), tokens[widgets::ColorToken::Background]);
        x += w;
      }
    }
    if (available_ > 0 && double(available_) < scale) {
      const double x = double(available_) / scale * track.width();
      painter.fillRect(QRectF(x - 1, track.top() - 2, 2, kBar + 4), tokens[widgets::ColorToken::Danger]);
    }
    top += fontMetrics().height() + kBar + grid::kTight + grid::kTight;
  };
  bar(tr("Predicted"), model_.predicted());
  bar(model_.used() ? tr("Used") : tr("Used: shown once the model is loaded"), model_.used());
}

}  // namespace roundhouse::app
