// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/chat/conversation_tree.h"


#include <algorithm>

namespace roundhouse::app {

bool ConversationTree::restore(ChatMessage message) {
  if (message.id.isEmpty() || messages_.contains(message.id)) return false;
  if (!message.parent.isEmpty() && !messages_.contains(message.parent)) return false;
  order_.append(message.id);
  const QString id = message.id;
  messages_.insert(id, std::move(message));
  return true;
}

bool ConversationTree::add(ChatMessage message) {
  const QString id = message.id;
  if (!restore(std::move(message))) return false;
  setLeaf(id);
  return true;
}

const ChatMessage* ConversationTree::find(const QString& id) const {
  const auto found = messages_.constFind(id);
  return found == messages_.constEnd() ? nullptr : &*found;
}

ChatMessage* ConversationTree::find(const QString& id) {
  const auto found = messages_.find(id);
  return found == messages_.end() ? nullptr : &*found;
}

QStringList ConversationTree::pathTo(const QString& id) const {
  QStringList path;
  for (const ChatMessage* at = find(id); at; at = find(at->parent)) path.prepend(at->id);
  return path;
}

QStringList ConversationTree::path() const { return pathTo(leaf_); }

QStringList ConversationTree::children(const QString& id) const {
  QStringList found;
  for (const QString& each : order_) {
    if (messages_.constFind(each)->parent == id) found.append(each);
  }
  return found;
}

QStringList ConversationTree::siblings(const QString& id) const {
  const ChatMessage* message = find(id);
  return message ? children(message->parent) : QStringList();
}

void ConversationTree::setLeaf(const QString& id) {
  if (!id.isEmpty() && !messages_.contains(id)) return;
  leaf_ = id;
  for (const ChatMessage* at = find(id); at; at = find(at->parent)) last_child_.insert(at->parent, at->id);
}

void ConversationTree::select(const QString& id) {
  if (!messages_.contains(id)) return;
  QString at = id;
  for (;;) {
    const QStringList below = children(at);
    if (below.isEmpty()) break;
    const QString last = last_child_.value(at);
    at = below.contains(last) ? last : below.last();
  }
  setLeaf(at);
}

}  // namespace roundhouse::app
