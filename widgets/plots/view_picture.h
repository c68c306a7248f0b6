// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPicture>
#include <QSize>
#include <QString>

class QAbstractItemView;

namespace roundhouse::widgets {

// All rows of a list or table, with its headers, as the view's delegates draw them; nothing is chosen in it. Made on the
// window's thread; written on any.
struct ViewPicture {
  QPicture drawing;
  QSize size;
};
ViewPicture viewPicture(const QAbstractItemView& view);

// On failure `error` says what, where and why, and nothing is left behind at the path.
bool exportViewPng(const ViewPicture& picture, const QString& path, QString* error);
bool exportViewSvg(const ViewPicture& picture, const QString& title, const QString& path, QString* error);

}  // namespace roundhouse::widgets
