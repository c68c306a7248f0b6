// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <string_view>

#include "engine/base/printable.h"
#include "engine/io/json.h"
#include "tests/fuzz/require.h"

using namespace roundhouse;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  JsonLimits limits;
  limits.depth = 20;
  limits.values = 2000;
  const auto value = parse_json(text, "input", limits);
  const auto ordered = parse_ordered_json(text, "input", limits);
  FUZZ_REQUIRE(value.ok() == ordered.ok());
  if (!value.ok()) {
    FUZZ_REQUIRE(is_utf8(value.error().message()));
    return 0;
  }
  const std::string written = dump_json(*value);
  const auto again = parse_json(written, "written", limits);
  FUZZ_REQUIRE(again.ok() && dump_json(*again) == written);
  FUZZ_REQUIRE(dump_json(*parse_json(dump_json(*ordered, 1), "written", limits)) == written);
  if (const auto view = JsonView::of(*value, "input"); view.ok()) {
    for (const auto& item : value->items()) {
      static_cast<void>(view->integer(item.key()).ok());
      static_cast<void>(view->numbers(item.key()).ok());
      static_cast<void>(view->strings(item.key()).ok());
      static_cast<void>(view->object(item.key()).ok());
    }
  }
  return 0;
}
