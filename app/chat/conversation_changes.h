// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QString>

#include <optional>

#include "app/chat/conversation_file.h"

namespace roundhouse::app {

// What is to be written of a conversation. What is absent stays as it is, so that two windows that change different
// things of one conversation keep both. A value.
struct ConversationChanges {
  QString id;
  bool created = false;    // it is made when it is not there; else it has to be
  bool bringBack = false;  // another program has removed it: with a new message it is listed again
  bool anew = false;       // the stored messages may be in another order or have lost their parents: they are put as here
  bool ifNewer = false;    // all but the messages is written only over what is older than `updatedMs`
  std::optional<qint64> createdMs, updatedMs;
  std::optional<qint64> removedMs;         // not listed any more (UTC), but kept until it is purged; 0: listed again
  std::optional<QString> title, systemPrompt, leaf;
  std::optional<SamplingSettings> sampling;
  std::optional<RoutingEdits> edits;
  QList<ChatMessage> messages;             // new ones, and those with other content or facts; parents before children

  static ConversationChanges whole(const Conversation& conversation);
  bool properties() const { return title || systemPrompt || leaf || sampling || edits; }  // any is among them
  // What came later counts.
  void add(ConversationChanges later);
  void applyTo(Conversation& conversation) const;
};

}  // namespace roundhouse::app
