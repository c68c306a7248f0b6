// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>

#include "app/chat/conversation_library.h"
#include "app/stores/kept_answers.h"

namespace roundhouse::app {

// Conversations in the database `file`, and beside it the folder of their answers' tokens and traces (kAnswersFolder).
// `tell` hears on the library's thread of what was repaired, and of what cannot be deleted (once).
std::unique_ptr<ConversationBackend> storedConversations(const QString& file, std::function<void(const Error&)> tell);

}  // namespace roundhouse::app
