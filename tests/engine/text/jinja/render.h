// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "engine/text/jinja/json.h"
#include "engine/text/jinja/template.h"

// 2026-11-23 12:00, the time of the reference renderings.
inline std::tm referenceTime() {
  std::tm now{};
  now.tm_year = 126, now.tm_mon = 10, now.tm_mday = 23, now.tm_hour = 12, now.tm_wday = 1, now.tm_yday = 326;
  return now;
}

// Renders with the members of a JSON object as (foreign) variables.
inline roundhouse::Result<roundhouse::jinja::Rendered> renderFull(std::string_view source, std::string_view variables = "{}",
                                                                  const roundhouse::jinja::Limits& limits = {}) {
  using namespace roundhouse::jinja;
  auto parsed = Template::parse(source);
  if (!parsed.ok()) return std::move(parsed).error();
  return (*parsed)->render(
      [&](Meter& meter, Dict& out) {
        const Value object = from_json(meter, variables, true);
        for (const auto& [key, value] : object.dict()->entries()) out.set(meter, key, value);
        out.set(meter, Value::text("bos_token"), Value::text("<s>"));
        out.set(meter, Value::text("eos_token"), Value::text("</s>"));
      },
      referenceTime(), limits);
}

// The text, or "ERR " and what jinja2 would say.
inline std::string render(std::string_view source, std::string_view variables = "{}", const roundhouse::jinja::Limits& limits = {}) {
  const auto result = renderFull(source, variables, limits);
  return result.ok() ? result->text : "ERR " + result.error().received;
}
