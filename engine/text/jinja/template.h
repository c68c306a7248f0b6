// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ctime>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/text/jinja/value.h"

namespace roundhouse::jinja {

struct Program;

struct Rendered {
  std::string text;
  std::vector<TextSpan> foreign;  // sorted: bytes that came in through variables marked foreign
};

// A Jinja template as jinja2 3.1 renders it in transformers' environment: sandboxed and immutable, trim_blocks,
// lstrip_blocks, loop controls, the generation tag, tojson, raise_exception, strftime_now. Immutable; any thread.
class Template {
 public:
  // Malformed, unsupported or limit, with the line.
  static Result<std::shared_ptr<const Template>> parse(std::string_view source);

  // `fill` adds the variables (it may fail like any template code). `now`: local time. The error's `received` is the
  // sentence jinja2 would raise: invalid_argument when the template or its input does not fit, limit, unsupported.
  Result<Rendered> render(const std::function<void(Meter&, Dict&)>& fill, const std::tm& now, const Limits& limits = {}) const;

 private:
  explicit Template(std::shared_ptr<const Program> program) : program_(std::move(program)) {}
  std::shared_ptr<const Program> program_;
};

}  // namespace roundhouse::jinja
