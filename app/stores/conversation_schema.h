// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "app/stores/migration.h"

namespace roundhouse::app {

const std::vector<Migration>& conversationMigrations();

// Copies what can be read of a damaged database of conversations, row by row, into `target` (of the present schema). What
// stood in a column that is gone is made up for where it can be. Fails only when `target` does.
struct Salvaged {
  qint64 conversations = 0, messages = 0;
  qint64 refused = 0;  // rows that could be read, but hold nothing that fits
};
Result<Salvaged> salvageConversations(Database& damaged, Database& target);

}  // namespace roundhouse::app
