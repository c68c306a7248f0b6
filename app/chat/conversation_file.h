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
// "## Tool" begins a message. An answer under edited routing begins with editedRoutingLine(); reasoning stands as a
// quotation that begins with "> Reasoning:", attached files as fenced blocks after a line "Attached file: NAME". Such
// lines within a text are written with a backslash before them.
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

// Says in Markdown how the routing was edited for an answer; empty: it was not.
QString editedRoutingLine(const AnswerFacts& facts);

// What a conversation is called that begins so: the text's first line, or the name of an attached file.
QString titleFrom(const QString& text);
QString titleFrom(const Message& first);

// The text a reader sees: text parts joined, reasoning and files left out.
QString visibleText(const Message& message);
// A tool's result with its citations, as Markdown.
QString toolResultMarkdown(const ToolResultPart& result);

}  // namespace roundhouse::app
