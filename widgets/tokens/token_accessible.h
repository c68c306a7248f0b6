// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAccessibleWidget>

namespace roundhouse::widgets {

class TokenStrip;

// Registers the factory that makes every TokenStrip a text for assistive technology. Idempotent.
void installTokenAccessibility();
// Tells assistive technology that the chosen range has changed.
void announceTokenSelection(TokenStrip* strip);

// The tokens' texts joined; offsets are UTF-16 units of it. Selecting text chooses the tokens that it touches.
class TokenAccessible : public QAccessibleWidget, public QAccessibleTextInterface {
 public:
  explicit TokenAccessible(TokenStrip* strip);

  void* interface_cast(QAccessible::InterfaceType type) override;
  QString text(QAccessible::Text text) const override;
  QAccessible::State state() const override;

  void selection(int index, int* start, int* end) const override;
  int selectionCount() const override;
  void addSelection(int start, int end) override;
  void removeSelection(int index) override;
  void setSelection(int index, int start, int end) override;
  int cursorPosition() const override;
  void setCursorPosition(int position) override;
  QString text(int start, int end) const override;
  int characterCount() const override;
  QRect characterRect(int offset) const override;
  int offsetAtPoint(const QPoint& point) const override;
  void scrollToSubstring(int start, int end) override;
  QString attributes(int offset, int* start, int* end) const override;

 private:
  TokenStrip* strip() const;
  int offsetOf(int token) const;
  int tokenAtOffset(int offset) const;
  QString whole() const;
};

}  // namespace roundhouse::widgets
