// SPDX-License-Identifier: Apache-2.0
#include "roundhouse/result.h"

namespace roundhouse {

const char* error_code_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument: return "invalid_argument";
    case ErrorCode::not_found: return "not_found";
    case ErrorCode::malformed: return "malformed";
    case ErrorCode::unsupported: return "unsupported";
    case ErrorCode::out_of_range: return "out_of_range";
    case ErrorCode::out_of_memory: return "out_of_memory";
    case ErrorCode::io: return "io";
    case ErrorCode::conflict: return "conflict";
    case ErrorCode::cancelled: return "cancelled";
    case ErrorCode::tampered: return "tampered";
    case ErrorCode::limit: return "limit";
    case ErrorCode::internal: return "internal";
  }
  return "internal";
}

std::string Error::message() const {
  std::string text = operation + ": " + object;
  if (!expected.empty()) text += ": expected " + expected;
  if (!received.empty()) text += (expected.empty() ? ": " : ", found ") + received;
  return text;
}

}  // namespace roundhouse
