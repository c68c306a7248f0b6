// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/finetune/number_edit.h"

#include <QLocale>
#include <QRegularExpression>

#include <cmath>

#include "widgets/style/metrics.h"

namespace roundhouse::app {

NumberEdit::NumberEdit(QWidget* parent) : QLineEdit(parent) {
  setFont(widgets::tabularFont());
  setMaximumWidth(fontMetrics().averageCharWidth() * 18);
  connect(this, &QLineEdit::textChanged, this, &NumberEdit::valueChanged);
}

void NumberEdit::setValue(double value) {
  if (value == this->value()) return;
  QLocale locale;
  locale.setNumberOptions(QLocale::OmitGroupSeparator);
  static const QRegularExpression padded(QStringLiteral("e([+-])0*(\\d)"));
  setText(locale.toString(value, 'g', QLocale::FloatingPointShortest).toLower().replace(padded, QStringLiteral("e\\1\\2")));
}

std::optional<double> NumberEdit::value() const {
  bool ok = false;
  const QString written = text().trimmed();
  double value = QLocale().toDouble(written, &ok);
  if (!ok) value = QLocale::c().toDouble(written, &ok);
  if (!ok || !std::isfinite(value)) return std::nullopt;
  return value;
}

}  // namespace roundhouse::app
