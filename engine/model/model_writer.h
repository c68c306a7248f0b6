// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/model/model_source.h"
#include "engine/model/weight_update.h"
#include "roundhouse/cancel.h"

namespace roundhouse {

struct ModelWriteOptions {
  std::optional<DType> type;  // of the matrices, see TypeChoice; nothing: each tensor's own
  std::optional<DType> updated_type;  // without `type`: of matrices that an update touches, where theirs has fewer bits
  int threads = 1;
};

struct WrittenModel {
  std::uint64_t bytes = 0;      // of all tensors
  std::size_t tensors = 0, updated_tensors = 0, converted_tensors = 0;  // converted: to another type than they had
  std::vector<std::string> in_another_type;  // tensors whose rows are no whole blocks of the type asked for
};

// Writes a model again, in its own format, with `updates` in its weights. A GGUF file keeps all metadata but those of a split
// (it becomes one file) and, with a type, names it in general.file_type; tensors keep names, shapes and order. A folder gets the
// same files of weights, config.json (with a type: its "dtype") and whatever else of settings, tokenizer, template and text
// lies in it. What is rounded is rounded by quantize_row(); what no update touches and keeps its type is copied byte by byte.
//
// `output` must not be there, or be an empty folder; it appears whole or not at all. Free space is asked for before the
// first byte. Memory: some 16 MiB, whatever the model. `progress` gets 0..1 on the calling thread. Blocks. Any thread.
Result<WrittenModel> write_model(const ModelSource& source, const std::vector<WeightUpdate>& updates, const std::string& output,
                                 const ModelWriteOptions& options = {}, const std::function<void(double)>& progress = {}, const CancelToken& cancel = {});

}  // namespace roundhouse
