// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/error_advice.h"

#include <QCoreApplication>

#include <algorithm>
#include <initializer_list>
#include <string_view>

#include "app/bridge/log_guard.h"

namespace roundhouse::app {
namespace {

// In one context with the titles of errors.
struct Format {
  Q_DECLARE_TR_FUNCTIONS(Format)
};

using Words = std::initializer_list<std::string_view>;

bool begins(const std::string& operation, Words words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view each) { return operation.compare(0, each.size(), each) == 0; });
}

bool ofDatabase(const std::string& operation) {
  return operation.find("audit log") != std::string::npos || operation.find("database") != std::string::npos ||
         operation.find("search index") != std::string::npos ||
         begins(operation, {"open conversation", "open the conversations", "list conversations", "list removed", "save conversation", "save message",
                            "delete conversations"});
}

bool ofModel(const std::string& operation) {
  return begins(operation, {"open file", "read file", "read GGUF", "open split", "read split", "read safetensors", "open safetensors", "read tensor", "find tensor",
                            "read model", "load model", "read tokenizer", "stack experts", "run model", "verify file", "digest file"});
}

bool ofFileFromElsewhere(const std::string& operation) {
  return ofModel(operation) || begins(operation, {"read trace", "load routing edits", "read routing edits", "read conversation", "import conversation"});
}

}  // namespace

QString errorAdvice(const Error& error) {
  const std::string& operation = error.operation;
  if (operation == LogGuard::kOperation) return Format::tr("Nothing is answered without its audit log: go to Audit, where the log can be opened again, or set aside for a new one.");
  switch (error.code) {
    case ErrorCode::invalid_argument:
      if (begins(operation, {"check ", "load model", "create session", "create KV cache"})) return Format::tr("Change the value named in the details and try again.");
      if (begins(operation, {"call tool"})) return Format::tr("Check what stands behind the tool's name.");
      return {};
    case ErrorCode::not_found:
      if (begins(operation, {"call tool", "start plugin"})) return Format::tr("Look up its name in Plugins.");
      if (begins(operation, {"answer", "score labels"})) return Format::tr("Load a model in Models first.");
      if (begins(operation, {"attach file", "open file", "read file", "open safetensors", "open split", "load model", "load routing edits", "read trace",
                             "import conversation", "read settings"})) {
        return Format::tr("Check that the file or folder named in the details still exists.");
      }
      return {};
    case ErrorCode::malformed:
      if (begins(operation, {"attach file"})) return Format::tr("Only text can be attached.");
      if (operation.find("audit log") != std::string::npos) return Format::tr("Go to Audit: there the log can be set aside for a new one.");
      if (ofFileFromElsewhere(operation)) return Format::tr("If the file named in the details came from elsewhere, get it again.");
      return {};
    case ErrorCode::unsupported:
      if (ofFileFromElsewhere(operation)) return Format::tr("Choose another file, or a newer version of Roundhouse.");
      return {};
    case ErrorCode::out_of_range:
      if (ofFileFromElsewhere(operation)) return Format::tr("If the file named in the details came from elsewhere, get it again.");
      return {};
    case ErrorCode::out_of_memory: return Format::tr("Unload other models, or choose a shorter context or a smaller model.");
    case ErrorCode::io:
      if (begins(operation, {"open page"})) return Format::tr("Copy the address from the details and open it in a browser.");
      if (begins(operation, {"open folder"})) return Format::tr("Copy the path from the details.");
      if (begins(operation, {"write file", "write trace", "create file", "create folder", "save ", "export ", "append to", "write settings", "write the head",
                             "set the audit log", "set damaged", "delete "}) ||
          ofDatabase(operation)) {
        return Format::tr("Check free space and permissions of the place named in the details.");
      }
      if (ofFileFromElsewhere(operation) || begins(operation, {"attach file", "read settings"})) {
        return Format::tr("Check the permissions of the place named in the details.");
      }
      return {};
    case ErrorCode::conflict:
      if (begins(operation, {"open connection"})) return Format::tr("Allow the network, at the foot of the window, to follow it.");
      if (begins(operation, {"add tool result", "start generation", "session", "reset session"})) return Format::tr("Wait until the answer has ended, then try again.");
      if (operation == "lock" || ofDatabase(operation)) return Format::tr("Another program or task holds it. Wait until it is done, then try again.");
      if (ofFileFromElsewhere(operation)) return Format::tr("Another program changed the file while it was in use: load it again once it is whole.");
      return {};
    case ErrorCode::cancelled: return {};
    case ErrorCode::tampered: return Format::tr("The content is not what was recorded. Do not rely on it.");
    case ErrorCode::limit:
      if (begins(operation, {"attach file", "build prompt", "read conversation", "import conversation"})) return Format::tr("Make the input smaller and try again.");
      return {};
    case ErrorCode::internal: return Format::tr("Please report it with the details.");
  }
  return {};
}

}  // namespace roundhouse::app
