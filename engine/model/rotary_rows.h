// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/model/text_model.h"

namespace roundhouse {

// Rows of a query or key matrix `weight` of the model, or of the B of an adapter of it: values [rows, rank]. From the order
// that the model's own file has (LayerSpec::rope) to `order`, or, with `back`, from that to the model's own. Of other weights
// nothing changes. In each head the rows that rotate are those of the pairs: (i, i + n/2) or (2i, 2i + 1).
void reorder_rotary_rows(const TextModel& model, const std::string& weight, std::int64_t rank, RopeOrder order, bool back, std::vector<float>& values);

}  // namespace roundhouse
