// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>

#include "engine/base/dtype.h"

namespace roundhouse {

enum class MemorySpace : std::uint8_t { host, device };

// A contiguous row-major array in a backend's workspace (or a caller's buffer wrapped by Ops::wrap). Not owning; valid
// until the workspace mark it was made under is released. `id` names the value: a reshape keeps it, every op's result
// gets a new one. The Tape keys gradients by it.
struct Tensor {
  void* data = nullptr;
  DType dtype = DType::f32;
  MemorySpace space = MemorySpace::host;
  std::int32_t rank = 0;
  std::int64_t dim[4] = {0, 0, 0, 0};
  std::uint32_t id = 0;

  bool defined() const { return data != nullptr; }
  std::int64_t elements() const {
    std::int64_t n = 1;
    for (int i = 0; i < rank; ++i) n *= dim[i];
    return n;
  }
  std::int64_t last() const { return dim[rank - 1]; }
  // Elements / last(): how many vectors of the last dimension there are.
  std::int64_t vectors() const { return rank == 0 ? 0 : elements() / last(); }
  float* f32() const { return static_cast<float*>(data); }
  std::int32_t* i32() const { return static_cast<std::int32_t*>(data); }

  // The same bytes under another shape of equally many elements.
  Tensor reshaped(std::initializer_list<std::int64_t> shape) const {
    Tensor other = *this;
    other.rank = 0;
    for (const std::int64_t d : shape) other.dim[other.rank++] = d;
    return other;
  }
};

}  // namespace roundhouse
