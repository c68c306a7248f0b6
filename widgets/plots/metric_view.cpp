// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/metric_view.h"

#include <QEvent>
#include <QHeaderView>
#include <QPainter>
#include <QSortFilterProxyModel>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "widgets/style/metrics.h"
#include "widgets/style/tokens.h"

namespace roundhouse::widgets {
namespace {

// What was not measured comes last, whichever way the others are sorted.
class GapsLast : public QSortFilterProxyModel {
 public:
  using QSortFilterProxyModel::QSortFilterProxyModel;

 protected:
  bool lessThan(const QModelIndex& left, const QModelIndex& right) const override {
    const auto gap = [](const QModelIndex& index) {
      const QVariant value = index.data(Qt::EditRole);
      return value.typeId() == QMetaType::Double && std::isnan(value.toDouble());
    };
    const bool left_gap = gap(left), right_gap = gap(right);
    if (left_gap || right_gap) return left_gap != right_gap && right_gap == (sortOrder() == Qt::AscendingOrder);
    return QSortFilterProxyModel::lessThan(left, right);
  }
};

}  // namespace

QSize MetricDelegate::sizeHint(const QStyleOptionViewItem&, const QModelIndex& index) const {
  const QFontMetrics metrics(tabularFont());
  const int width = metrics.horizontalAdvance(index.data().toString()) + 2 * grid::kMedium;
  return {std::max(width, index.column() == 0 ? 48 : 80), std::max(28, metrics.height() + grid::kMedium)};
}

void MetricDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
  const Tokens& tokens = Tokens::current();
  const bool selected = option.state & QStyle::State_Selected;
  painter->save();
  if (selected)
    painter->fillRect(option.rect, tokens[ColorToken::AccentSubtle]);
  else if (option.features & QStyleOptionViewItem::Alternate)
    painter->fillRect(option.rect, tokens[ColorToken::Background]);
  painter->setFont(tabularFont());
  painter->setPen(tokens[selected ? ColorToken::TextOnSubtle : ColorToken::Text]);
  const bool bar = index.data(MetricModel::HasBarRole).toBool();
  const QRect room = option.rect.adjusted(grid::kSmall, 0, -grid::kSmall, bar ? -3 : 0);
  const int alignment = index.column() == 0 ? int(Qt::AlignLeft | Qt::AlignVCenter) : int(Qt::AlignRight | Qt::AlignVCenter);
  painter->drawText(room, alignment, painter->fontMetrics().elidedText(index.data().toString(), Qt::ElideRight, room.width()));
  if (bar) {
    const QRect track(room.left(), option.rect.bottom() - 4, room.width(), 3);
    painter->fillRect(track, tokens[selected ? ColorToken::Surface : ColorToken::Pressed]);
    QRect filled = track;
    filled.setWidth(qRound(track.width() * index.data(MetricModel::ShareRole).toDouble()));
    painter->fillRect(filled, tokens[ColorToken::Accent]);
  }
  if (option.state & QStyle::State_HasFocus) {
    painter->setPen(tokens[ColorToken::Accent]);
    painter->setBrush(Qt::NoBrush);
    painter->drawRect(option.rect.adjusted(0, 0, -1, -1));
  }
  painter->restore();
}

MetricView::MetricView(QWidget* parent)
    : QTableView(parent), model_(new MetricModel(this)), sorted_(new GapsLast(this)) {
  sorted_->setSourceModel(model_);
  sorted_->setSortRole(Qt::EditRole);
  setModel(sorted_);
  setItemDelegate(new MetricDelegate(this));
  setSortingEnabled(true);
  sortByColumn(0, Qt::AscendingOrder);
  setSelectionBehavior(SelectRows);
  setSelectionMode(SingleSelection);
  setShowGrid(false);
  setAlternatingRowColors(true);
  setWordWrap(false);
  verticalHeader()->hide();
  verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
  horizontalHeader()->setSectionResizeMode(QHeaderView::Fixed);
  horizontalHeader()->setHighlightSections(false);
  setTabKeyNavigation(false);
  setAccessibleName(tr("Metrics"));
  connect(model_, &QAbstractItemModel::modelReset, this, &MetricView::fitColumns);
  connect(model_, &QAbstractItemModel::dataChanged, this, [this] {
    const QList<int> widths = neededWidths();
    for (int column = 0; column < widths.size(); ++column) {
      if (widths[column] > columnWidth(column)) return fitColumns();
    }
  });
  connect(horizontalHeader(), &QHeaderView::sortIndicatorChanged, this, &MetricView::fitColumns);
  QEvent font(QEvent::FontChange);
  changeEvent(&font);
}

void MetricView::changeEvent(QEvent* event) {
  QTableView::changeEvent(event);
  if (event->type() != QEvent::FontChange && event->type() != QEvent::StyleChange) return;
  verticalHeader()->setDefaultSectionSize(std::max(28, QFontMetrics(tabularFont()).height() + grid::kMedium));
  fitColumns();
}

void MetricView::resizeEvent(QResizeEvent* event) {
  QTableView::resizeEvent(event);
  fitColumns();
}

// By title and figures.
QList<int> MetricView::neededWidths() const {
  const QHeaderView* header = horizontalHeader();
  QFont bold = header->font();
  bold.setBold(true);  // as the style sheet has titles
  // Exact ones: what is rounded down would be cut.
  const QFontMetricsF title(bold), figure(tabularFont());
  const int mark = style()->pixelMetric(QStyle::PM_HeaderMarkSize, nullptr, header) + style()->pixelMetric(QStyle::PM_HeaderMargin, nullptr, header);
  QList<int> widths;
  for (int column = 0; column < header->count(); ++column) {
    double width = title.horizontalAdvance(model()->headerData(column, Qt::Horizontal).toString()) + (column == header->sortIndicatorSection() ? mark : 0);
    if (column > 0) width = std::max(width, figure.horizontalAdvance(QStringLiteral("0.000")));  // figures to come
    for (int row = 0; row < model()->rowCount(); ++row)
      width = std::max(width, figure.horizontalAdvance(model()->index(row, column).data().toString()));
    widths.append(int(std::ceil(width)) + 2 * grid::kSmall);
  }
  return widths;
}

// What they need, and an even share of the room that is left.
void MetricView::fitColumns() {
  QHeaderView* header = horizontalHeader();
  const QList<int> widths = neededWidths();
  const int columns = int(widths.size());
  int spare = viewport()->width() - std::accumulate(widths.begin(), widths.end(), 0);
  for (int column = 0; column < columns; ++column) {
    const int share = std::max(0, spare) / (columns - column);
    spare -= share;
    header->resizeSection(column, widths[column] + share);
  }
}

bool MetricView::setTable(MetricTable table) { return model_->setTable(std::move(table)); }

int MetricView::currentTableRow() const {
  return currentIndex().isValid() ? sorted_->mapToSource(currentIndex()).row() : -1;
}

void MetricView::setCurrentTableRow(int row) {
  setCurrentIndex(row >= 0 && row < model_->rowCount() ? sorted_->mapFromSource(model_->index(row, 0)) : QModelIndex());
}

void MetricView::currentChanged(const QModelIndex& current, const QModelIndex& previous) {
  QTableView::currentChanged(current, previous);
  if (current.row() != previous.row() || current.isValid() != previous.isValid())
    Q_EMIT currentTableRowChanged(currentTableRow());
}

}  // namespace roundhouse::widgets
