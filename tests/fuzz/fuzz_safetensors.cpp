// SPDX-License-Identifier: Apache-2.0
#include <cstdint>

#include "engine/base/printable.h"
#include "engine/io/safetensors_header.h"
#include "tests/fuzz/require.h"

using namespace roundhouse;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto header = parse_safetensors_header(std::as_bytes(std::span(data, size)), "input");
  if (!header.ok()) {
    FUZZ_REQUIRE(is_utf8(header.error().message()));
    return 0;
  }
  std::uint64_t end = header->data_offset;
  for (const SafetensorsTensor& tensor : header->tensors) {
    FUZZ_REQUIRE(tensor.file_offset == end);
    end += tensor.byte_size;
    FUZZ_REQUIRE(tensor.elements() >= 0);
  }
  FUZZ_REQUIRE(end == size);
  return 0;
}
