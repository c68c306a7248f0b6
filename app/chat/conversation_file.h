// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>

#include "app/chat/conversation_tree.h"
#include "roundhouse/result.h"

namespace roundhouse::app {

// A conversation as a value: what stores keep and files carry.
struct Conversation {
  QString id;
  QString title;
  qint64 createdMs = 0, updatedMs = 0;  // UTC
  QString systemPrompt;
  SamplingSettings sampling;
  RoutingEdits edits;
  ConversationTree tree;
};

// JSON: everything, all branches; `{"roundhouse_conversation": 1, ...}`. Reading checks structure and sizes; the
// result keeps the file's ids (give it new ones before it stands beside its original).
QByteArray conversationToJson(const Conversation& conversation);
Result<Conversation> conversationFromJson(const QByteArray& json, const QString& source);

// Markdown: the current path, for people and other programs. A line "## User", "## Assistant", "## System" or
// "## Tool" begins a message; such a line within a message is written with a backslash before it. Attached files
// stand as fenced blocks after a line "Attached file: NAME".
QByteArray conversationToMarkdown(const Conversation& conversation);
Result<Conversation> conversationFromMarkdown(const QByteArray& markdown, const QString& source);

// Parts of one message, for stores.
QByteArray messagePartsToJson(const Message& message);
Result<std::vector<Part>> messagePartsFromJson(const QByteArray& json, const QString& source);
QByteArray answerFactsToJson(const AnswerFacts& facts);
Result<AnswerFacts> answerFactsFromJson(const QByteArray& json, const QString& source);

// New ids for the conversation and all its messages.
void renewIds(Conversation& conversation);
QString newId();

// The text a reader sees: text parts joined, reasoning and files left out.
QString visibleText(const Message& message);
// A tool's result with its citations, as Markdown.
QString toolResultMarkdown(const ToolResultPart& result);

}  // namespace roundhouse::app
