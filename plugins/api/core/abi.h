// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "roundhouse/message.h"
#include "roundhouse/result.h"
#include "roundhouse/routing.h"

namespace roundhouse::plugin {

// A number that two sides share only if they agree on how the C++ types that cross between them are laid out:
// compiler ABI, standard library and the public structures. FNV-1a (Fowler, Noll, Vo) over their sizes.
constexpr std::uint64_t cxx_abi() {
  std::uint64_t hash = 0xcbf29ce484222325u;
  const std::uint64_t facts[] = {
      __GXX_ABI_VERSION,
#ifdef _GLIBCXX_USE_CXX11_ABI
      1u + _GLIBCXX_USE_CXX11_ABI,
#else
      0u,
#endif
      sizeof(void*),
      sizeof(std::string),
      sizeof(std::vector<int>),
      sizeof(std::function<void()>),
      sizeof(std::map<int, int>),
      sizeof(Error),
      sizeof(Result<std::string>),
      sizeof(Part),
      sizeof(Message),
      sizeof(Citation),
      sizeof(ToolSpec),
      sizeof(RoutingEdits),
      sizeof(RoutingLayout),
  };
  for (std::uint64_t fact : facts) {
    for (int byte = 0; byte < 8; ++byte) {
      hash ^= (fact >> (8 * byte)) & 0xff;
      hash *= 0x100000001b3u;
    }
  }
  return hash;
}

}  // namespace roundhouse::plugin
