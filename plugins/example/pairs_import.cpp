// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/example/pairs_import.h"

#include <cerrno>
#include <cstring>
#include <fstream>

namespace example {

using namespace roundhouse;

Status PairsImport::run(const std::string& path, plugin::ImportSink& sink, const CancelToken& cancel) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Error{ErrorCode::io, "read pairs", path, {}, std::strerror(errno)};
  std::string line;
  for (std::int64_t number = 1; std::getline(file, line); ++number) {
    if (cancel.cancelled()) return Error{ErrorCode::cancelled, "read pairs", path, {}, "cancelled"};
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty()) continue;
    const std::string source = "line " + std::to_string(number);
    const std::size_t tab = line.find('\t');
    if (tab == std::string::npos || tab == 0 || tab + 1 == line.size() || line.find('\t', tab + 1) != std::string::npos) {
      RH_TRY(sink.problem({source, "expected a question, one tab and an answer"}));
      continue;
    }
    plugin::ImportedConversation conversation;
    conversation.source = source;
    conversation.messages = {Message::text(Role::user, line.substr(0, tab)), Message::text(Role::assistant, line.substr(tab + 1))};
    RH_TRY(sink.conversation(conversation));
  }
  if (file.bad()) return Error{ErrorCode::io, "read pairs", path, {}, std::strerror(errno)};
  return Ok{};
}

}  // namespace example
