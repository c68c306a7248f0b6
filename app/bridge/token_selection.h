// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>

namespace roundhouse::app {

// What the reader points at: tokens of one answer's context, and of the routers what of them. A value.
struct TokenRange {
  QString conversation;  // id; empty: nothing is chosen
  QString answer;        // id of the message whose trace the positions index
  int first = -1;        // positions in that answer's context, [first, last); first < 0: no token
  int last = -1;
  int layer = -1;        // index into RoutingLayout::layers; -1: every layer
  int expert = -1;       // -1: every expert; needs a layer

  bool hasTokens() const { return first >= 0 && last > first; }
  int size() const { return hasTokens() ? last - first : 0; }
  bool operator==(const TokenRange&) const = default;
};

// The one selection that chat, routing and inspectors share: each of them sets it and follows it. GUI thread only.
class TokenSelection : public QObject {
  Q_OBJECT
 public:
  explicit TokenSelection(QObject* parent = nullptr) : QObject(parent) {}

  const TokenRange& value() const { return value_; }
  // Emits changed() only when something differs. `by` is whoever sets it, so that it can leave its own view alone.
  void set(const TokenRange& value, QObject* by = nullptr);
  // Other tokens of the same or another answer, the chosen layer and expert kept.
  void selectTokens(const QString& conversation, const QString& answer, int first, int last, QObject* by = nullptr);
  // Another layer and expert, the chosen tokens kept. An expert without a layer is dropped.
  void selectExpert(int layer, int expert, QObject* by = nullptr);
  void clear(QObject* by = nullptr) { set({}, by); }

 Q_SIGNALS:
  void changed(const roundhouse::app::TokenRange& value, QObject* by);

 private:
  TokenRange value_;
};

}  // namespace roundhouse::app
