// SPDX-License-Identifier: Apache-2.0
#include "engine/base/dtype.h"

#include "engine/base/checked.h"

namespace roundhouse {

std::optional<DType> dtype_from_name(std::string_view name) {
  for (const DTypeInfo& row : detail::dtype_table) {
    if (row.name == name) return row.type;
  }
  return std::nullopt;
}

std::optional<std::int64_t> dtype_row_bytes(DType type, std::int64_t elements) {
  const DTypeInfo& info = dtype_info(type);
  if (elements < 0 || elements % info.block_elements != 0) return std::nullopt;
  return checked_mul<std::int64_t>(elements / info.block_elements, info.block_bytes);
}

}  // namespace roundhouse
