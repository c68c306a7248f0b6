// SPDX-License-Identifier: Apache-2.0
#include "engine/text/special_tokens.h"

namespace roundhouse::text {

SpecialTokens::SpecialTokens() = default;

void SpecialTokens::add(std::string_view text, std::int32_t id, bool control) {
  if (text.empty() || text.size() > max_bytes) return;
  const auto make = [this](char byte, std::uint32_t sibling) {
    nodes_.push_back(Node{0, sibling, -1, byte, false});
    return static_cast<std::uint32_t>(nodes_.size());
  };
  std::uint32_t& root = roots_[static_cast<unsigned char>(text[0])];
  if (root == 0) root = make(text[0], 0);
  std::uint32_t node = root;
  for (std::size_t i = 1; i < text.size(); ++i) {
    std::uint32_t next = child(nodes_[node - 1], text[i]);
    if (next == 0) {
      next = make(text[i], nodes_[node - 1].first_child);
      nodes_[node - 1].first_child = next;
    }
    node = next;
  }
  Node& last = nodes_[node - 1];
  if (last.id >= 0) return;
  last.id = id;
  last.control = control;
}

}  // namespace roundhouse::text
