// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>
#include <new>
#include <stdexcept>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>

#include "roundhouse/result.h"

namespace roundhouse {

// Calls `body`, which returns a Result, where no exception may pass: an entry of the API, a thread of ours, a callback.
// What the standard library throws for want of memory or of a system resource becomes an Error of this operation.
template <class Body>
std::invoke_result_t<Body> guarded(const char* operation, const std::string& object, Body&& body) {
  const auto no_memory = [&] { return Error{ErrorCode::out_of_memory, operation, object, "enough free memory", "none"}; };
  try {
    return std::forward<Body>(body)();
  } catch (const std::bad_alloc&) {
    return no_memory();
  } catch (const std::length_error&) {
    return no_memory();
  } catch (const std::system_error& error) {
    return Error{ErrorCode::io, operation, object, {}, error.what()};
  } catch (const std::exception& error) {
    return Error{ErrorCode::internal, operation, object, {}, error.what()};
  }
}

}  // namespace roundhouse
