// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/controls/elided_button.h"

#include <QEvent>

#include <algorithm>

namespace roundhouse::widgets {
namespace {

constexpr int kFewest = 6;  // letters that are always seen

// An ampersand of the text is one, not the mark of a key.
QString shownAs(QString text) { return text.replace(QLatin1Char('&'), QLatin1String("&&")); }

}  // namespace

ElidedButton::ElidedButton(QWidget* parent) : QPushButton(parent) { setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Fixed); }

void ElidedButton::setWholeText(const QString& text, const QString& hint) {
  whole_ = text;
  hint_ = hint;
  setAccessibleName(text);
  setText(shownAs(text));
  updateGeometry();
  fit();
}

int ElidedButton::textWidth(const QString& text) const { return fontMetrics().size(Qt::TextShowMnemonic, text).width(); }

QSize ElidedButton::sizeHint() const {
  QSize hint = QPushButton::sizeHint();
  hint.rwidth() += textWidth(shownAs(whole_)) - textWidth(text());
  return hint;
}

QSize ElidedButton::minimumSizeHint() const {
  const QSize hint = sizeHint();
  const int frame = QPushButton::sizeHint().width() - textWidth(text());
  return {std::min(hint.width(), frame + kFewest * fontMetrics().averageCharWidth()), hint.height()};
}

void ElidedButton::fit() {
  const int frame = QPushButton::sizeHint().width() - textWidth(text());
  const QString shown = fontMetrics().elidedText(whole_, Qt::ElideRight, std::max(0, width() - frame));
  if (text() != shownAs(shown)) setText(shownAs(shown));
  QStringList told;
  if (shown != whole_) told.append(whole_);
  if (!hint_.isEmpty()) told.append(hint_);
  setToolTip(told.join(QLatin1Char('\n')));
}

void ElidedButton::resizeEvent(QResizeEvent* event) {
  QPushButton::resizeEvent(event);
  fit();
}

void ElidedButton::changeEvent(QEvent* event) {
  QPushButton::changeEvent(event);
  if (event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange) {
    updateGeometry();
    fit();
  }
}

}  // namespace roundhouse::widgets
