// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <vector>

#include "app/stores/migration.h"

namespace roundhouse::app {

const std::vector<Migration>& conversationMigrations();

// Copies what can be read of a damaged database of conversations, row by row, into `target` (of the present schema). What
// stood in a column that is gone is made up for where it can be. Only what is damaged, or does not fit, is passed over: any
// other failure is one of the whole, and what could be read another time is not taken for lost. `cancelled`: `hurry` was set.
struct Salvaged {
  qint64 conversations = 0, messages = 0;
  qint64 refused = 0;  // rows that could be read, but hold nothing that fits
};
Result<Salvaged> salvageConversations(Database& damaged, Database& target, const std::atomic<bool>* hurry = nullptr);

}  // namespace roundhouse::app
