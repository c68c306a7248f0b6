// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/controls/spin_box.h"

#include <optional>

namespace roundhouse::widgets {
namespace {

// The limit that the typed number is beyond; nothing when it is within them, or no number.
template <class Box>
auto limitBeyond(const Box& box, const QString& input) -> std::optional<decltype(box.maximum())> {
  QString text = input;
  if (!box.prefix().isEmpty() && text.startsWith(box.prefix())) text.remove(0, box.prefix().size());
  if (!box.suffix().isEmpty() && text.endsWith(box.suffix())) text.chop(box.suffix().size());
  text.remove(box.locale().groupSeparator());
  bool number = false;
  const double typed = box.locale().toDouble(text.trimmed(), &number);
  if (!number) return std::nullopt;
  if (typed > double(box.maximum())) return box.maximum();
  if (typed < double(box.minimum()) && typed < 0) return box.minimum();
  return std::nullopt;
}

}  // namespace

QValidator::State SpinBox::validate(QString& input, int& at) const {
  const QValidator::State state = QSpinBox::validate(input, at);
  return state == QValidator::Invalid && limitBeyond(*this, input) ? QValidator::Intermediate : state;
}

void SpinBox::fixup(QString& input) const {
  if (const auto limit = limitBeyond(*this, input)) input = prefix() + textFromValue(*limit) + suffix();
  else QSpinBox::fixup(input);
}

QValidator::State DoubleSpinBox::validate(QString& input, int& at) const {
  const QValidator::State state = QDoubleSpinBox::validate(input, at);
  return state == QValidator::Invalid && limitBeyond(*this, input) ? QValidator::Intermediate : state;
}

void DoubleSpinBox::fixup(QString& input) const {
  if (const auto limit = limitBeyond(*this, input)) input = prefix() + textFromValue(*limit) + suffix();
  else QDoubleSpinBox::fixup(input);
}

}  // namespace roundhouse::widgets
