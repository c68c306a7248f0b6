// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/bars_model.h"

#include <algorithm>
#include <cmath>

#include "widgets/style/file_export.h"
#include "widgets/style/quantity.h"

namespace roundhouse::widgets {

void BarsModel::setBars(BarSet bars) {
  double greatest = 0;
  bool whole = true;
  for (const Bar& bar : bars.bars)
    if (std::isfinite(bar.value)) {
      const double shown = std::abs(bar.value * bars.unitScale);
      greatest = std::max(greatest, shown);
      whole = whole && std::abs(shown - std::round(shown)) < 1e-6 * std::max(1.0, shown);
    }
  decimals_ = whole ? 0 : decimalsFor(greatest);
  const bool same_rows = bars.bars.size() == bars_.bars.size();
  double maximum = bars.maximum;
  if (!(maximum > 0))
    for (const Bar& bar : bars.bars)
      if (std::isfinite(bar.value)) maximum = std::max(maximum, std::abs(bar.value));
  if (same_rows) {
    bars_ = std::move(bars);
    maximum_ = maximum > 0 ? maximum : 1;
    if (!bars_.bars.empty()) Q_EMIT dataChanged(index(0), index(int(bars_.bars.size()) - 1));
    return;
  }
  beginResetModel();
  bars_ = std::move(bars);
  maximum_ = maximum > 0 ? maximum : 1;
  endResetModel();
}

QString BarsModel::valueText(int row) const {
  return formatFixed(bars_.bars[size_t(row)].value, decimals_, bars_.unit, bars_.unitScale);
}

int BarsModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : int(bars_.bars.size()); }

QVariant BarsModel::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) return {};
  const Bar& bar = bars_.bars[size_t(index.row())];
  switch (role) {
    case Qt::DisplayRole: return bar.label;
    case Qt::AccessibleTextRole:
    case Qt::ToolTipRole: {
      QStringList parts{bar.label, valueText(index.row())};
      if (bar.kind == BarKind::RunnerUp) parts << tr("not chosen");
      if (bar.kind == BarKind::Disabled) parts << tr("disabled");
      if (!bar.note.isEmpty()) parts << bar.note;
      return parts.join(QStringLiteral(", "));
    }
    case ValueRole: return bar.value;
    case ShareRole: return std::isfinite(bar.value) ? std::clamp(std::abs(bar.value) / maximum_, 0.0, 1.0) : 0.0;
    case KindRole: return int(bar.kind);
    case NoteRole: return bar.note;
    case IdRole: return bar.id;
    default: return {};
  }
}

QByteArray BarsModel::csv() const {
  QByteArray csv("label,value,kind,note\r\n");
  for (const Bar& bar : bars_.bars) {
    const char* kind = bar.kind == BarKind::Chosen ? "chosen" : bar.kind == BarKind::RunnerUp ? "runner-up" : "disabled";
    csv += csvField(bar.label) + ',' + (std::isfinite(bar.value) ? QByteArray::number(bar.value, 'g', 9) : QByteArray()) + ',' + kind + ',' + csvField(bar.note) + "\r\n";
  }
  return csv;
}

}  // namespace roundhouse::widgets
