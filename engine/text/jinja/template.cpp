// SPDX-License-Identifier: Apache-2.0
#include "engine/text/jinja/template.h"

#include <new>
#include <stdexcept>

#include "engine/text/jinja/interpreter.h"
#include "engine/text/jinja/parser.h"

namespace roundhouse::jinja {
namespace {

Error to_error(const char* operation, const TemplateError& error) {
  std::string place = "chat template";
  if (error.line > 0) place += ", line " + std::to_string(error.line);
  return Error{error.code, operation, std::move(place), "", error.text};
}

// Runs `work` and turns whatever it throws into an Error.
template <class Work>
auto guarded(const char* operation, Work work) -> decltype(work()) {
  try {
    return work();
  } catch (const TemplateError& error) {
    return to_error(operation, error);
  } catch (const std::bad_alloc&) {
    return to_error(operation, {ErrorCode::out_of_memory, "no memory left", 0});
  } catch (const std::length_error&) {
    return to_error(operation, {ErrorCode::limit, "a text beyond all bounds", 0});
  }
}

}  // namespace

Result<std::shared_ptr<const Template>> Template::parse(std::string_view source) {
  return guarded("parse", [&]() -> Result<std::shared_ptr<const Template>> {
    return std::shared_ptr<const Template>(new Template(std::make_shared<const Program>(jinja::parse(source))));
  });
}

Result<Rendered> Template::render(const std::function<void(Meter&, Dict&)>& fill, const std::tm& now, const Limits& limits) const {
  return guarded("render", [&]() -> Result<Rendered> {
    Meter meter(limits);
    Dict variables;
    fill(meter, variables);
    Interpreter interpreter(*program_, std::move(variables), now, limits);
    Text text = interpreter.run();
    return Rendered{std::move(text.bytes), std::move(text.foreign)};
  });
}

}  // namespace roundhouse::jinja
