// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <string_view>

#include "engine/text/jinja/json.h"
#include "engine/text/jinja/template.h"
#include "tests/fuzz/require.h"

using namespace roundhouse;

namespace {

constexpr std::string_view variables =
    R"({"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": " é\n<b>"},
        {"role": "assistant", "content": "b", "reasoning_content": "r", "tool_calls": [{"id": "1", "type": "function",
         "function": {"name": "f", "arguments": {"x": 1, "y": [2.5, null, true]}}}]}, {"role": "tool", "content": "c"}],
        "tools": [{"type": "function", "function": {"name": "f", "description": "d", "parameters": {"type": "object"}}}],
        "add_generation_prompt": true, "l": [3, 1, 2], "d": {"k": 1, "b": "x"}, "s": "ab c", "n": 5, "f": 2.5, "z": null})";

Result<jinja::Rendered> render(const jinja::Template& program, bool foreign) {
  jinja::Limits limits;
  limits.steps = 100'000;
  limits.bytes = 4 << 20;
  limits.output_bytes = 1 << 20;
  // By steps and bytes alone, so that both renderings below end at the same place.
  limits.time = std::chrono::hours(1);
  return program.render(
      [&](jinja::Meter& meter, jinja::Dict& out) {
        const jinja::Value object = jinja::from_json(meter, variables, foreign);
        for (const auto& [key, value] : object.dict()->entries()) out.set(meter, key, value);
      },
      std::tm{}, limits);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto program = jinja::Template::parse(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!program.ok()) {
    FUZZ_REQUIRE(program.error().code != ErrorCode::internal && !program.error().received.empty());
    return 0;
  }
  const auto own = render(**program, false), foreign = render(**program, true);
  // Where bytes come from changes nothing but the marks.
  if (own.ok() && foreign.ok()) {
    FUZZ_REQUIRE(own->text == foreign->text);
    FUZZ_REQUIRE(own->foreign.empty());
    std::size_t end = 0;
    for (const TextSpan& span : foreign->foreign) {
      FUZZ_REQUIRE(span.begin >= end && span.begin < span.end && span.end <= foreign->text.size());
      end = span.end;
    }
  }
  return 0;
}
