// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <vector>

#include "engine/base/printable.h"
#include "engine/io/gguf_header.h"
#include "tests/fuzz/require.h"

using namespace roundhouse;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  const auto header = parse_gguf_header(bytes, "input");
  if (!header.ok()) {
    FUZZ_REQUIRE(is_utf8(header.error().message()));
    return 0;
  }
  std::vector<bool> used(size);
  for (const GgufTensor& tensor : header->tensors) {
    FUZZ_REQUIRE(tensor.file_offset >= header->data_offset && tensor.file_offset % header->alignment == 0);
    FUZZ_REQUIRE(tensor.byte_size <= size && tensor.file_offset <= size - tensor.byte_size);
    for (std::uint64_t i = 0; i < tensor.byte_size; ++i) {
      FUZZ_REQUIRE(!used[tensor.file_offset + i]);
      used[tensor.file_offset + i] = true;
    }
    FUZZ_REQUIRE(tensor.elements() >= tensor.row_elements());
  }
  for (const GgufMetadata::Entry& entry : header->metadata.entries()) {
    FUZZ_REQUIRE(is_utf8(entry.value.to_text()));
    const auto integer = header->metadata.integer(entry.key);
    const auto number = header->metadata.number(entry.key);
    FUZZ_REQUIRE(!integer.ok() || number.ok());
    const auto integers = header->metadata.integers(entry.key);
    FUZZ_REQUIRE(!integers.ok() || header->metadata.numbers(entry.key)->size() == integers->size());
    static_cast<void>(header->metadata.strings(entry.key).ok());
    static_cast<void>(header->metadata.booleans(entry.key).ok());
    static_cast<void>(header->metadata.integers_for_each(entry.key, 3).ok());
  }
  return 0;
}
