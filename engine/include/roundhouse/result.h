// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace roundhouse {

// What went wrong, coarse enough to branch on. The text says the rest.
enum class ErrorCode {
  invalid_argument,   // the caller's value is out of its documented range
  not_found,          // file, tensor, key, session, tool
  malformed,          // bytes do not follow their format
  unsupported,        // well-formed, but a kind that is not implemented (type, architecture, version)
  out_of_range,       // an offset, id or size lies beyond the object
  out_of_memory,
  io,                 // the operating system refused: read, write, map, lock, full disk
  conflict,           // another process or session holds it, or it changed meanwhile
  cancelled,
  tampered,           // a checked digest or chain does not hold
  limit,              // a bound on time, size or depth was reached
  internal,           // a broken invariant of ours; always a bug
};

const char* error_code_name(ErrorCode code);

// A failure: what was done, to which object, what was expected, what was received.
// `message()` joins them into one line; `operation` and `object` are never empty.
struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string operation;  // "read tensor"
  std::string object;     // "blk.3.ffn_gate_exps.weight in model.gguf"
  std::string expected;   // "offset below 81300480 bytes"; may be empty
  std::string received;   // "90000000"; may be empty

  std::string message() const;
};

struct Ok {};

// A value or an Error. Exceptions do not cross the engine's API.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & { assert(ok()); return std::get<0>(state_); }
  const T& value() const& { assert(ok()); return std::get<0>(state_); }
  T&& value() && { assert(ok()); return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const& { assert(!ok()); return std::get<1>(state_); }
  Error&& error() && { assert(!ok()); return std::get<1>(std::move(state_)); }

  T value_or(T other) const& { return ok() ? value() : std::move(other); }

 private:
  std::variant<T, Error> state_;
};

using Status = Result<Ok>;

}  // namespace roundhouse

// Propagate a failure: RH_TRY(status_expression);
#define RH_TRY(expression)                                        \
  do {                                                            \
    auto rh_status_ = (expression);                               \
    if (!rh_status_.ok()) return std::move(rh_status_).error();   \
  } while (false)

#define RH_CONCAT_INNER_(a, b) a##b
#define RH_CONCAT_(a, b) RH_CONCAT_INNER_(a, b)

// Bind a value or propagate: RH_ASSIGN(auto file, MappedFile::open(path));
#define RH_ASSIGN(declaration, expression) RH_ASSIGN_IMPL_(RH_CONCAT_(rh_result_, __LINE__), declaration, expression)
#define RH_ASSIGN_IMPL_(temporary, declaration, expression)    \
  auto temporary = (expression);                               \
  if (!temporary.ok()) return std::move(temporary).error();    \
  declaration = std::move(temporary).value()
