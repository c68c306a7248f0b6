// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/bridge/token_selection.h"

namespace roundhouse::app {

void TokenSelection::set(const TokenRange& value, QObject* by) {
  TokenRange next = value;
  if (next.last <= next.first || next.first < 0) next.first = next.last = -1;
  if (next.layer < 0) next.layer = next.expert = -1;
  if (next == value_) return;
  value_ = next;
  Q_EMIT changed(value_, by);
}

void TokenSelection::selectTokens(const QString& conversation, const QString& answer, int first, int last,
                                  QObject* by) {
  set({conversation, answer, first, last, value_.layer, value_.expert}, by);
}

void TokenSelection::selectExpert(int layer, int expert, QObject* by) {
  TokenRange next = value_;
  next.layer = layer;
  next.expert = layer < 0 ? -1 : expert;
  set(next, by);
}

}  // namespace roundhouse::app
