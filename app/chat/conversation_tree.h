// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QString>
#include <QStringList>

#include <optional>
#include <vector>

#include "roundhouse/message.h"
#include "roundhouse/routing.h"
#include "roundhouse/sampling.h"
#include "roundhouse/session.h"

namespace roundhouse::app {

// How an answer came about and how it went; kept with it.
struct AnswerFacts {
  QString modelName, modelSha256;
  QString editsLabel;              // empty: the model's own routing
  QString editsJson;
  std::optional<FinishReason> finish;  // absent: imported, or cut off by the end of the program
  bool imported = false;           // from a file that does not tell how it went
  QString error;                   // Error::message(), with `failed` and `refused`
  GenerationStats stats;
  quint64 seed = 0;
  std::optional<SamplingSettings> sampling;  // absent: not known
  qint64 auditEntry = 0;
};

struct ChatMessage {
  QString id;
  QString parent;                  // empty: a first message
  qint64 createdMs = 0;            // UTC
  Message content;
  std::optional<AnswerFacts> facts;  // answers only
  QString kept;                    // what the answer's tokens and trace are kept under; empty: nothing is kept
};

// A conversation's messages with all their branches: each message has one parent, siblings are alternatives. One path
// from a first message to a leaf is current. A value.
class ConversationTree {
 public:
  // An unknown or repeated id, a parent that is not there: refused (false), nothing changes.
  bool add(ChatMessage message);             // becomes the current leaf
  // Puts a message where it was, without moving the current path.
  bool restore(ChatMessage message);

  bool empty() const { return order_.isEmpty(); }
  qsizetype size() const { return order_.size(); }
  const ChatMessage* find(const QString& id) const;
  ChatMessage* find(const QString& id);
  const QStringList& ids() const { return order_; }  // parents before children, oldest first

  const QString& leaf() const { return leaf_; }
  QStringList path() const;                  // first message to leaf
  QStringList pathTo(const QString& id) const;
  QStringList siblings(const QString& id) const;  // itself included, oldest first
  QStringList children(const QString& id) const;
  // Makes the branch through `id` current: down to where it was left last time.
  void select(const QString& id);
  // The path ends at `id` ("" for before the first message) until something is added.
  void setLeaf(const QString& id);

 private:
  QHash<QString, ChatMessage> messages_;
  QStringList order_;
  QHash<QString, QString> last_child_;       // which child of a message was on the path last
  QString leaf_;
};

}  // namespace roundhouse::app
