// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace roundhouse::text {

// Finds tokens that stand in a text as a whole: leftmost first, the longest of those that begin there.
// Filled once, then immutable.
class SpecialTokens {
 public:
  // Longer ones are never looked for in text: real ones stay far below, and the bound keeps a search linear.
  static constexpr std::size_t max_bytes = 256;

  struct Match { std::size_t begin = 0, end = 0; std::int32_t id = -1; bool found() const { return id >= 0; } };

  SpecialTokens();
  // `control`: found only when the search asks for control tokens. The first id of a text counts.
  void add(std::string_view text, std::int32_t id, bool control);
  bool empty() const { return nodes_.empty(); }

  // The first match at or after `from`. Control tokens count only if `control`, and only where `allowed(begin, end)`.
  template <class Allowed>
  Match find(std::string_view text, std::size_t from, bool control, Allowed allowed) const {
    for (std::size_t begin = from; begin < text.size(); ++begin) {
      Match best;
      std::uint32_t node = roots_[static_cast<unsigned char>(text[begin])];
      for (std::size_t at = begin + 1; node != 0; ++at) {
        const Node& here = nodes_[node - 1];
        if (here.id >= 0 && (!here.control || (control && allowed(begin, at)))) best = {begin, at, here.id};
        if (at >= text.size()) break;
        node = child(here, text[at]);
      }
      if (best.found()) return best;
    }
    return {};
  }

 private:
  struct Node {
    std::uint32_t first_child = 0, next_sibling = 0;  // index + 1; 0: none
    std::int32_t id = -1;
    char byte = 0;
    bool control = false;
  };
  std::uint32_t child(const Node& node, char byte) const {
    std::uint32_t at = node.first_child;
    while (at != 0 && nodes_[at - 1].byte != byte) at = nodes_[at - 1].next_sibling;
    return at;
  }

  std::array<std::uint32_t, 256> roots_{};
  std::vector<Node> nodes_;
};

}  // namespace roundhouse::text
