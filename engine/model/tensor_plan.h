// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/thread_pool.h"
#include "engine/model/model_source.h"
#include "engine/model/weight_update.h"

namespace roundhouse {

// What is written in place of one tensor of a file: its rows, some of them updated, in the same or another type.
class TensorPlan {
 public:
  const SourceTensor& source() const { return *source_; }
  DType type() const { return type_; }          // of what is written
  std::uint64_t bytes() const { return bytes_; }  // likewise
  std::int64_t rows() const { return rows_; }   // of all experts
  std::uint64_t row_bytes() const { return rows_ > 0 ? bytes_ / static_cast<std::uint64_t>(rows_) : 0; }
  bool changed() const;                         // an update touches it
  bool copied() const { return !changed() && type_ == source_->type; }  // the file's own bytes

  // The new bytes of rows [first, first + count): [count * row_bytes()]. Numbers that are not finite, or beyond what the type
  // holds, are an error that names tensor and row.
  Status convert(std::int64_t first, std::int64_t count, std::byte* out, ThreadPool& pool) const;

 private:
  friend class TensorPlans;
  struct Place {                 // of a row of the tensor
    const WeightUpdate* update;  // null: none touches it
    std::int64_t expert, row;    // of the weight
  };
  Place place(std::int64_t row) const;
  Status convert_row(std::int64_t row, std::byte* out, std::vector<float>& values) const;

  const SourceTensor* source_ = nullptr;
  DType type_ = DType::f32;
  std::uint64_t bytes_ = 0;
  std::int64_t rows_ = 1, matrix_rows_ = 1, cols_ = 1;
  std::int32_t expert_ = -1;  // >= 0: the tensor is one expert's
  bool fused_ = false;        // gate's rows, then up's, in each matrix
  const WeightUpdate *first_ = nullptr, *second_ = nullptr;  // second: of a fused tensor's up
};

// Which types the matrices that are multiplied with (attention, networks, experts, embedding and output) get; nothing: each keeps
// its own. A block type goes only where rows are whole blocks of it, else q8_0 or f16 takes its place; embedding and output
// get 8 bits at least. Other tensors keep their types.
struct TypeChoice {
  std::optional<DType> all;
  std::optional<DType> updated;  // without `all`: of those that an update touches and whose own type has fewer bits a number
};

// A plan for each tensor of a model.
class TensorPlans {
 public:
  // `source` and what `updates` refer to must outlive the plans; those of one weight are chained. Refuses types that the
  // format has not, and an update of a weight that no tensor holds.
  static Result<TensorPlans> make(const ModelSource& source, const std::vector<WeightUpdate>& updates, const TypeChoice& types);

  std::span<const TensorPlan> all() const { return plans_; }
  const std::vector<std::string>& in_another_type() const { return in_another_type_; }  // names of tensors that could not take the type chosen
  std::uint64_t bytes() const;

 private:
  std::shared_ptr<const std::vector<WeightUpdate>> updates_;  // that plans point to
  std::vector<TensorPlan> plans_;
  std::vector<std::string> in_another_type_;
};

}  // namespace roundhouse
