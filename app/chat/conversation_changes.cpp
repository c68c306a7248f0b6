// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/chat/conversation_changes.h"

#include <algorithm>
#include <utility>

namespace roundhouse::app {

ConversationChanges ConversationChanges::whole(const Conversation& conversation) {
  ConversationChanges all;
  all.id = conversation.id;
  all.created = true;
  all.createdMs = conversation.createdMs;
  all.updatedMs = conversation.updatedMs;
  all.title = conversation.title;
  all.systemPrompt = conversation.systemPrompt;
  all.leaf = conversation.tree.leaf();
  all.sampling = conversation.sampling;
  all.edits = conversation.edits;
  for (const QString& id : conversation.tree.ids()) all.messages.append(*conversation.tree.find(id));
  return all;
}

void ConversationChanges::add(ConversationChanges later) {
  const auto take = [](auto& mine, auto& other) {
    if (other) mine = std::move(other);
  };
  created = created || later.created;
  bringBack = later.bringBack;
  anew = anew || later.anew;
  // What somebody has just changed is written in any case.
  const auto may = [](const ConversationChanges& each) { return each.ifNewer || !each.properties(); };
  ifNewer = (ifNewer || later.ifNewer) && may(*this) && may(later);
  take(createdMs, later.createdMs);
  take(updatedMs, later.updatedMs);
  take(removedMs, later.removedMs);
  take(title, later.title);
  take(systemPrompt, later.systemPrompt);
  take(leaf, later.leaf);
  take(sampling, later.sampling);
  take(edits, later.edits);
  // What comes whole has the parents of what was changed before.
  const bool swapped = later.created;
  if (swapped) std::swap(messages, later.messages);
  for (ChatMessage& message : later.messages) {
    const auto there = std::find_if(messages.begin(), messages.end(), [&](const ChatMessage& each) { return each.id == message.id; });
    if (there == messages.end()) messages.append(std::move(message));
    else if (!swapped) *there = std::move(message);
  }
}

void ConversationChanges::applyTo(Conversation& conversation) const {
  conversation.id = id;
  if (createdMs) conversation.createdMs = *createdMs;
  if (updatedMs) conversation.updatedMs = *updatedMs;
  if (title) conversation.title = *title;
  if (systemPrompt) conversation.systemPrompt = *systemPrompt;
  if (sampling) conversation.sampling = *sampling;
  if (edits) conversation.edits = *edits;
  for (const ChatMessage& message : messages) {
    if (ChatMessage* there = conversation.tree.find(message.id)) *there = message;
    else conversation.tree.restore(message);
  }
  if (leaf) conversation.tree.setLeaf(*leaf);
}

}  // namespace roundhouse::app
