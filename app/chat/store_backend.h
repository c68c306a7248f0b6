// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>

#include "app/chat/conversation_library.h"

namespace roundhouse::app {

// Folder of the answers' tokens and traces, beside the database.
inline constexpr const char* kAnswersFolder = "answers";

// Conversations in the database `file`. `tell` hears on the library's thread of what was repaired.
std::unique_ptr<ConversationBackend> storedConversations(const QString& file, std::function<void(const Error&)> tell);

}  // namespace roundhouse::app
