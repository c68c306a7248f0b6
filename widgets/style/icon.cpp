// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/style/icon.h"

#include <QDir>
#include <QFile>
#include <QGuiApplication>
#include <QIconEngine>
#include <QPainter>
#include <QPixmapCache>
#include <QSvgRenderer>

#include <cmath>

static void loadIconResources() { Q_INIT_RESOURCE(icons); }

namespace roundhouse::widgets {
namespace {

QString pathOf(const QString& name) { return QStringLiteral(":/roundhouse/icons/%1.svg").arg(name); }

class TintedIconEngine : public QIconEngine {
 public:
  TintedIconEngine(QString name, ColorToken tint) : name_(std::move(name)), tint_(tint) {}

  void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State state) override {
    const double ratio = painter->device() ? painter->device()->devicePixelRatioF() : 1.0;
    const int side = qMin(rect.width(), rect.height());
    QRect target(0, 0, side, side);
    target.moveCenter(rect.center());
    painter->drawPixmap(target, iconPixmap(name_, side, ratio, colorFor(mode, state)));
  }
  QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override {
    return scaledPixmap(size, mode, state, 1.0);
  }
  // The size is in device pixels here.
  QPixmap scaledPixmap(const QSize& size, QIcon::Mode mode, QIcon::State state, qreal) override {
    return iconPixmap(name_, qMin(size.width(), size.height()), 1.0, colorFor(mode, state));
  }
  QIconEngine* clone() const override { return new TintedIconEngine(name_, tint_); }
  QString key() const override { return QStringLiteral("roundhouse-tinted"); }
  QString iconName() override { return name_; }
  bool isNull() override { return false; }

 private:
  QColor colorFor(QIcon::Mode mode, QIcon::State state) const {
    const Tokens& tokens = Tokens::current();
    // Paler than a text has to be: there is no word to read, and muted icons must not look alike.
    if (mode == QIcon::Disabled) return tokens[ColorToken::BorderStrong];
    const bool plain = tint_ == ColorToken::Text || tint_ == ColorToken::TextMuted;
    if (plain && (state == QIcon::On || mode == QIcon::Selected)) return tokens[ColorToken::TextOnSubtle];
    return tokens[tint_];
  }

  QString name_;
  ColorToken tint_;
};

}  // namespace

QIcon icon(const QString& name, ColorToken tint) {
  loadIconResources();
  if (!QFile::exists(pathOf(name))) return {};
  return QIcon(new TintedIconEngine(name, tint));
}

QStringList iconNames() {
  loadIconResources();
  QStringList names = QDir(QStringLiteral(":/roundhouse/icons")).entryList({QStringLiteral("*.svg")}, QDir::Files);
  for (QString& name : names) name.chop(4);
  names.sort();
  return names;
}

QPixmap iconPixmap(const QString& name, int side, double devicePixelRatio, const QColor& color) {
  loadIconResources();
  const int pixels = qMax(1, int(std::lround(side * devicePixelRatio)));
  const QString key = QStringLiteral("rh-icon/%1/%2/%3").arg(name).arg(pixels).arg(color.rgba(), 8, 16);
  QPixmap pixmap;
  if (!QPixmapCache::find(key, &pixmap)) {
    QFile file(pathOf(name));
    if (!file.open(QIODevice::ReadOnly)) return {};
    QByteArray svg = file.readAll();
    svg.replace("currentColor", color.name().toLatin1());
    QSvgRenderer renderer(svg);
    pixmap = QPixmap(pixels, pixels);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    renderer.render(&painter, QRectF(0, 0, pixels, pixels));
    painter.end();
    QPixmapCache::insert(key, pixmap);
  }
  pixmap.setDevicePixelRatio(devicePixelRatio);
  return pixmap;
}

}  // namespace roundhouse::widgets
