// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonObject>
#include <QJsonValue>
#include <QString>

#include <cstdint>

#include "app/chat/conversation_tree.h"
#include "roundhouse/result.h"

namespace roundhouse::app {

// Messages, their parts and facts as JSON. Reading reports the first member that is not as written by writing.
QJsonObject partToJson(const Part& part);
Result<Part> partFromJson(const QJsonObject& json, const QString& source);
QJsonObject factsToJson(const AnswerFacts& facts);
Result<AnswerFacts> factsFromJson(const QJsonObject& json, const QString& source);
QJsonObject messageToJson(const ChatMessage& message);  // without what is kept of its tokens
Result<ChatMessage> messageFromJson(const QJsonObject& json, const QString& source);
QString roleName(Role role);
std::optional<Role> roleFromName(const QString& name);
QString finishName(FinishReason finish);
std::optional<FinishReason> finishFromName(const QString& name);
// A count or a time; 0 for what is no number, less than nothing, or beyond what a double can count.
std::uint64_t wholeNumber(const QJsonValue& value);

}  // namespace roundhouse::app
