// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/tokens/token_accessible.h"

#include <algorithm>

#include "widgets/tokens/token_strip.h"

namespace roundhouse::widgets {
namespace {

QAccessibleInterface* tokenFactory(const QString&, QObject* object) {
  if (auto* strip = qobject_cast<TokenStrip*>(object)) return new TokenAccessible(strip);
  return nullptr;
}

}  // namespace

void installTokenAccessibility() {
  static const bool installed = (QAccessible::installFactory(tokenFactory), true);
  Q_UNUSED(installed);
}

void announceTokenSelection(TokenStrip* strip) {
  auto* face = QAccessible::queryAccessibleInterface(strip);
  if (!face || !face->textInterface()) return;
  int start = 0, end = 0;
  face->textInterface()->selection(0, &start, &end);
  QAccessibleTextSelectionEvent event(strip, start, end);
  event.setCursorPosition(face->textInterface()->cursorPosition());
  QAccessible::updateAccessibility(&event);
}

TokenAccessible::TokenAccessible(TokenStrip* strip) : QAccessibleWidget(strip, QAccessible::EditableText) {}

TokenStrip* TokenAccessible::strip() const { return static_cast<TokenStrip*>(object()); }

void* TokenAccessible::interface_cast(QAccessible::InterfaceType type) {
  if (type == QAccessible::TextInterface) return static_cast<QAccessibleTextInterface*>(this);
  return QAccessibleWidget::interface_cast(type);
}

QAccessible::State TokenAccessible::state() const {
  QAccessible::State state = QAccessibleWidget::state();
  state.readOnly = true;
  state.multiLine = true;
  state.selectableText = true;
  return state;
}

QString TokenAccessible::text(QAccessible::Text text) const {
  if (text == QAccessible::Value) return whole();
  return QAccessibleWidget::text(text);
}

QString TokenAccessible::whole() const {
  QString text;
  for (const TokenPiece& piece : strip()->tokens()->tokens) text += piece.text;
  return text;
}

int TokenAccessible::offsetOf(int token) const {
  int offset = 0;
  for (int i = 0; i < std::min(token, strip()->tokens()->size()); ++i)
    offset += int(strip()->tokens()->tokens[size_t(i)].text.size());
  return offset;
}

int TokenAccessible::tokenAtOffset(int offset) const {
  int end = 0;
  for (int i = 0; i < strip()->tokens()->size(); ++i) {
    end += int(strip()->tokens()->tokens[size_t(i)].text.size());
    if (offset < end) return i;
  }
  return strip()->tokens()->size() - 1;
}

int TokenAccessible::selectionCount() const { return strip()->firstSelected() >= 0 ? 1 : 0; }

void TokenAccessible::selection(int index, int* start, int* end) const {
  *start = *end = 0;
  if (index != 0 || selectionCount() == 0) return;
  *start = offsetOf(strip()->firstSelected());
  *end = offsetOf(strip()->lastSelected() + 1);
}

void TokenAccessible::addSelection(int start, int end) {
  if (end > start) strip()->select(tokenAtOffset(start), tokenAtOffset(end - 1));
}
void TokenAccessible::removeSelection(int index) {
  if (index == 0) strip()->clearSelection();
}
void TokenAccessible::setSelection(int index, int start, int end) {
  if (index == 0) addSelection(start, end);
}

int TokenAccessible::cursorPosition() const {
  return strip()->currentToken() >= 0 ? offsetOf(strip()->currentToken()) : 0;
}
void TokenAccessible::setCursorPosition(int position) {
  const int token = tokenAtOffset(position);
  strip()->select(token, token);
}

QString TokenAccessible::text(int start, int end) const { return whole().mid(start, end < 0 ? -1 : end - start); }
int TokenAccessible::characterCount() const { return offsetOf(strip()->tokens()->size()); }

QRect TokenAccessible::characterRect(int offset) const {
  const QRect rect = strip()->tokenRect(tokenAtOffset(offset));
  return {strip()->viewport()->mapToGlobal(rect.topLeft()), rect.size()};
}

int TokenAccessible::offsetAtPoint(const QPoint& point) const {
  const int token = strip()->tokenAt(strip()->viewport()->mapFromGlobal(point));
  return token < 0 ? -1 : offsetOf(token);
}

void TokenAccessible::scrollToSubstring(int start, int) { strip()->ensureVisible(tokenAtOffset(start)); }

QString TokenAccessible::attributes(int offset, int* start, int* end) const {
  // A run of attributes is a token: screen readers can walk from token to token.
  const int token = tokenAtOffset(offset);
  *start = offsetOf(token);
  *end = offsetOf(token + 1);
  return {};
}

}  // namespace roundhouse::widgets
