// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/view_picture.h"

#include <QAbstractItemView>
#include <QBuffer>
#include <QCoreApplication>
#include <QImage>
#include <QPainter>
#include <QStyleOptionViewItem>
#include <QSvgGenerator>
#include <QTableView>

#include <algorithm>
#include <vector>

#include "widgets/style/file_export.h"
#include "widgets/style/metrics.h"
#include "widgets/style/tokens.h"

namespace roundhouse::widgets {
namespace {

constexpr int kMargin = grid::kLarge;
constexpr int kListWidth = 640;      // of a list without columns
constexpr double kPixelRatio = 2;    // of a PNG

QString header(const QAbstractItemModel& model, int column) { return model.headerData(column, Qt::Horizontal, Qt::DisplayRole).toString(); }

}  // namespace

ViewPicture viewPicture(const QAbstractItemView& view) {
  const QAbstractItemModel& model = *view.model();
  const bool table = qobject_cast<const QTableView*>(&view);
  const int rows = model.rowCount(), columns = table ? model.columnCount() : 1;
  const QFont font = tabularFont();
  const QFontMetrics metrics(font);
  std::vector<int> widths(static_cast<size_t>(columns), table ? 0 : kListWidth);
  int height = metrics.height();
  QStyleOptionViewItem option;
  option.font = font;
  for (int column = 0; column < columns; ++column) {
    auto& width = widths[static_cast<size_t>(column)];
    if (table) width = metrics.horizontalAdvance(header(model, column)) + 2 * grid::kSmall;
    for (int row = 0; row < rows; ++row) {
      const QModelIndex index = model.index(row, column);
      const QSize wanted = view.itemDelegateForIndex(index)->sizeHint(option, index);
      if (table) width = std::max(width, wanted.width());
      height = std::max(height, wanted.height());
    }
  }
  const int head = table ? metrics.height() + grid::kSmall : 0;
  int width = 0;
  for (const int each : widths) width += each;

  ViewPicture made;
  made.size = QSize(width + 2 * kMargin, head + rows * height + 2 * kMargin);
  QPainter painter(&made.drawing);
  const Tokens& tokens = Tokens::current();
  painter.fillRect(QRect(QPoint(), made.size), tokens[ColorToken::Surface]);
  painter.translate(kMargin, kMargin);
  int left = 0;
  for (int column = 0; column < columns; ++column) {
    const int wide = widths[static_cast<size_t>(column)];
    if (table) {
      painter.setFont(font);
      painter.setPen(tokens[ColorToken::TextMuted]);
      const QRect room(left + grid::kSmall, 0, wide - 2 * grid::kSmall, head);
      painter.drawText(room, int((column == 0 ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignTop), header(model, column));
    }
    for (int row = 0; row < rows; ++row) {
      const QModelIndex index = model.index(row, column);
      option.rect = QRect(left, head + row * height, wide, height);
      view.itemDelegateForIndex(index)->paint(&painter, option, index);
    }
    left += wide;
  }
  painter.end();
  return made;
}

bool exportViewPng(const ViewPicture& picture, const QString& path, QString* error) {
  QImage image(picture.size * kPixelRatio, QImage::Format_RGB32);
  QBuffer buffer;
  buffer.open(QIODevice::WriteOnly);
  if (!image.isNull()) {
    image.setDevicePixelRatio(kPixelRatio);
    QPainter painter(&image);
    QPicture drawing = picture.drawing;
    drawing.play(&painter);
  }
  if (image.isNull() || !image.save(&buffer, "PNG")) {
    if (error) *error = QCoreApplication::translate("HeatmapExport", "The picture could not be made into a PNG.");
    return false;
  }
  return writeWholeFile(path, buffer.data(), error);
}

bool exportViewSvg(const ViewPicture& picture, const QString& title, const QString& path, QString* error) {
  QBuffer buffer;
  buffer.open(QIODevice::WriteOnly);
  QSvgGenerator generator;
  generator.setOutputDevice(&buffer);
  generator.setSize(picture.size);
  generator.setViewBox(QRect(QPoint(), picture.size));
  generator.setTitle(title);
  QPainter painter(&generator);
  QPicture drawing = picture.drawing;
  drawing.play(&painter);
  painter.end();
  return writeWholeFile(path, buffer.data(), error);
}

}  // namespace roundhouse::widgets
