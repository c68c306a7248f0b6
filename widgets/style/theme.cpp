// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/style/theme.h"

#include <QApplication>
#include <QEvent>
#include <QFile>
#include <QMetaEnum>
#include <QRegularExpression>
#include <QScopedValueRollback>
#include <QTimer>

#include <algorithm>

#include "widgets/style/metrics.h"
#include "widgets/style/roundhouse_style.h"

// Q_INIT_RESOURCE must stand outside every namespace.
static void loadWidgetResources() {
  Q_INIT_RESOURCE(icons);
  Q_INIT_RESOURCE(style);
}

namespace roundhouse::widgets {
namespace {

// Without a desktop's own setting Qt falls back to 9 pt, where the small text role would be 7.6 pt.
constexpr double kSmallestBasePt = 10;

QString fontSize(const QFont& base, TextRole role) {
  if (base.pointSizeF() > 0) return QString::number(base.pointSizeF() * typeScale(role), 'f', 2) + QLatin1String("pt");
  return QString::number(std::max(1, qRound(base.pixelSize() * typeScale(role)))) + QLatin1String("px");
}

}  // namespace

QPalette paletteFor(const Tokens& tokens) {
  using T = ColorToken;
  QPalette palette;
  const auto set = [&](QPalette::ColorRole role, T token) { palette.setColor(role, tokens[token]); };
  set(QPalette::Window, T::Background);
  set(QPalette::WindowText, T::Text);
  set(QPalette::Base, T::Surface);
  set(QPalette::AlternateBase, T::Background);
  set(QPalette::Text, T::Text);
  set(QPalette::PlaceholderText, T::TextMuted);
  set(QPalette::Button, T::Surface);
  set(QPalette::ButtonText, T::Text);
  set(QPalette::BrightText, T::Danger);
  set(QPalette::ToolTipBase, T::Raised);
  set(QPalette::ToolTipText, T::Text);
  set(QPalette::Highlight, T::SelectionGround);
  set(QPalette::HighlightedText, T::SelectionText);
  set(QPalette::Link, T::Link);
  set(QPalette::LinkVisited, T::Link);
  set(QPalette::Light, T::Raised);
  set(QPalette::Midlight, T::Hover);
  set(QPalette::Mid, T::Border);
  set(QPalette::Dark, T::BorderStrong);
  set(QPalette::Shadow, T::Border);
  for (auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText, QPalette::HighlightedText})
    palette.setColor(QPalette::Disabled, role, tokens[T::TextDisabled]);
  palette.setColor(QPalette::Disabled, QPalette::Highlight, tokens[T::Hover]);
  return palette;
}

QString styleSheetFor(const Tokens& tokens, const QFont& base) {
  loadWidgetResources();
  QFile file(QStringLiteral(":/roundhouse/style/roundhouse.qss"));
  if (!file.open(QIODevice::ReadOnly)) return {};
  const QString source = QString::fromUtf8(file.readAll());
  const QMetaEnum names = QMetaEnum::fromType<ColorToken>();
  static const QRegularExpression name(QStringLiteral("@([A-Za-z]+)"));
  QString sheet;
  qsizetype copied = 0;
  for (auto it = name.globalMatch(source); it.hasNext();) {
    const auto match = it.next();
    sheet += QStringView(source).mid(copied, match.capturedStart() - copied);
    copied = match.capturedEnd();
    const QString key = match.captured(1);
    bool known = false;
    const int token = names.keyToValue(key.toLatin1().constData(), &known);
    if (known)
      sheet += tokens[ColorToken(token)].name();
    else if (key == QLatin1String("fontSmall"))
      sheet += fontSize(base, TextRole::Small);
    else if (key == QLatin1String("fontBody"))
      sheet += fontSize(base, TextRole::Body);
    else if (key == QLatin1String("fontTitle"))
      sheet += fontSize(base, TextRole::Title);
    else if (key == QLatin1String("fontDisplay"))
      sheet += fontSize(base, TextRole::Display);
    else
      qWarning("style sheet: unknown name @%s", qPrintable(key));
  }
  sheet += QStringView(source).mid(copied);
  return sheet;
}

Theme::Theme(QApplication& app, QObject* parent) : QObject(parent), app_(app), system_font_(app.font()) {
  loadWidgetResources();
  if (system_font_.pointSizeF() > 0 && system_font_.pointSizeF() < kSmallestBasePt)
    system_font_.setPointSizeF(kSmallestBasePt);
  scheme_ = schemeOf(app.palette());
  app_.setStyle(new RoundhouseStyle);
  app_.installEventFilter(this);
  apply();
}

bool Theme::reducedMotion() const {
  const auto* style = RoundhouseStyle::of(app_);
  return style && style->reducedMotion();
}

void Theme::setMode(Mode mode) {
  if (mode == mode_) return;
  mode_ = mode;
  apply();
}

void Theme::setReducedMotion(bool reduced) {
  auto* style = RoundhouseStyle::of(app_);
  if (!style || style->reducedMotion() == reduced) return;
  style->setReducedMotion(reduced);
  Q_EMIT changed();
}

void Theme::setTextScale(double scale) {
  scale = std::clamp(scale, 0.8, 2.0);
  if (qFuzzyCompare(scale, text_scale_)) return;
  text_scale_ = scale;
  apply();
}

Scheme Theme::systemScheme() const {
  // A default palette has no colours of its own: the application's palette falls back to the platform's.
  QApplication::setPalette(QPalette());
  return schemeOf(QApplication::palette());
}

void Theme::apply() {
  const QScopedValueRollback<bool> guard(applying_, true);
  scheme_ = mode_ == Mode::Light ? Scheme::Light : mode_ == Mode::Dark ? Scheme::Dark : systemScheme();
  const Tokens& tokens = Tokens::of(scheme_);
  QFont font = system_font_;
  if (font.pointSizeF() > 0)
    font.setPointSizeF(font.pointSizeF() * text_scale_);
  else
    font.setPixelSize(std::max(1, qRound(font.pixelSize() * text_scale_)));
  if (auto* style = RoundhouseStyle::of(app_)) style->setTextScale(text_scale_);
  QApplication::setFont(font);
  QApplication::setPalette(paletteFor(tokens));
  app_.setStyleSheet(styleSheetFor(tokens, font));
  Q_EMIT changed();
}

bool Theme::eventFilter(QObject* watched, QEvent* event) {
  // Qt 6.4 has no signal for the colour scheme: a platform theme change is an event to every window.
  if (event->type() == QEvent::ThemeChange && mode_ == Mode::System && !applying_ && !probe_pending_) {
    probe_pending_ = true;
    QTimer::singleShot(0, this, [this] {
      probe_pending_ = false;
      if (mode_ == Mode::System) apply();
    });
  }
  return QObject::eventFilter(watched, event);
}

}  // namespace roundhouse::widgets
