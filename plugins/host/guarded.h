// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cxxabi.h>

#include <exception>
#include <string>
#include <utility>

#include "plugins/host/text.h"
#include "roundhouse/result.h"

namespace roundhouse::plugins {

// Calls plugin code: what it throws is caught here and told as a printable line, and goes no further.
// (A thread's cancellation is passed on: swallowing it would end the process.)
template <class Call, class Told>
auto caught(Call&& call, Told&& told) -> decltype(call()) {
  try {
    return call();
  } catch (abi::__forced_unwind&) {
    throw;
  } catch (const std::exception& error) {
    return told(one_line(error.what()));
  } catch (...) {
    return told(std::string("not a std::exception"));
  }
}

// The same for calls that give a Result: an exception becomes its Error.
template <class Call>
auto guarded(const std::string& operation, const std::string& object, Call&& call) -> decltype(call()) {
  return caught(std::forward<Call>(call), [&](std::string what) -> decltype(call()) {
    return Error{ErrorCode::internal, operation, object, "no exception", std::move(what)};
  });
}

}  // namespace roundhouse::plugins
