// SPDX-License-Identifier: Apache-2.0
#include "engine/model/rotary_rows.h"

#include <algorithm>

#include "engine/model/lora.h"

namespace roundhouse {

void reorder_rotary_rows(const TextModel& model, const std::string& weight, std::int64_t rank, RopeOrder order, bool back, std::vector<float>& values) {
  if (!weight.ends_with(".q") && !weight.ends_with(".k")) return;
  const LayerSpec& spec = model.spec().layers[static_cast<std::size_t>(adaptable_layer(weight))];
  if (spec.rope.order == order) return;
  const bool to_pairs = (order == RopeOrder::pairs) != back;
  const std::vector<float> before = values;
  const auto head_rows = static_cast<std::int64_t>(spec.attention.key_dim), half = static_cast<std::int64_t>(spec.rope.inv_freq.size());
  const std::int64_t rows = static_cast<std::int64_t>(values.size()) / rank;
  for (std::int64_t row = 0; row < rows; ++row) {
    const std::int64_t head = row / head_rows * head_rows, within = row % head_rows;
    if (within >= 2 * half) continue;
    const std::int64_t neighbour = head + 2 * (within % half) + within / half;  // of row, where pairs are side by side
    std::copy_n(before.begin() + (to_pairs ? row : neighbour) * rank, rank, values.begin() + (to_pairs ? neighbour : row) * rank);
  }
}

}  // namespace roundhouse
