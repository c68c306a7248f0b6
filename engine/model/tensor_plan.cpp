// SPDX-License-Identifier: Apache-2.0
#include "engine/model/tensor_plan.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <mutex>
#include <unordered_map>
#include <unordered_set>

#include "engine/model/families.h"
#include "engine/quant/dequantize.h"
#include "engine/quant/quantize.h"

namespace roundhouse {

namespace {

constexpr const char* operation = "write model";
constexpr float largest_f16 = 65504.0f;

bool touches(const WeightUpdate* update, std::int64_t expert) { return update && (!update->touches || update->touches(expert)); }

// The type that a matrix of `cols` columns gets where `wanted` was asked for.
DType type_that_fits(DType wanted, std::int64_t cols) {
  for (const DType type : {wanted, DType::q8_0}) {
    if (cols % dtype_block_elements(type) == 0) return type;
  }
  return DType::f16;
}

double bits(DType type) { return 8.0 * dtype_block_bytes(type) / dtype_block_elements(type); }  // of a number

bool holds_type(ModelFormat format, DType type) {
  if (format == ModelFormat::gguf) return dtype_supported(type);
  return type == DType::f32 || type == DType::f16 || type == DType::bf16;
}

}  // namespace

bool TensorPlan::changed() const {
  const std::int64_t matrices = matrix_rows_ > 0 ? rows_ / matrix_rows_ : 0;
  for (const WeightUpdate* update : {first_, second_}) {
    if (expert_ >= 0 && touches(update, expert_)) return true;
    for (std::int64_t e = 0; expert_ < 0 && e < matrices; ++e) {
      if (touches(update, e)) return true;
    }
  }
  return false;
}

TensorPlan::Place TensorPlan::place(std::int64_t row) const {
  const std::int64_t expert = expert_ >= 0 ? expert_ : row / matrix_rows_, within = row % matrix_rows_;
  const std::int64_t half = fused_ ? matrix_rows_ / 2 : matrix_rows_;
  const WeightUpdate* const update = within < half ? first_ : second_;
  return {touches(update, expert) ? update : nullptr, expert, within % half};
}

Status TensorPlan::convert_row(std::int64_t row, std::byte* out, std::vector<float>& values) const {
  const std::uint64_t from_bytes = source_->bytes / static_cast<std::uint64_t>(rows_);
  const std::byte* const from = source_->data + static_cast<std::uint64_t>(row) * from_bytes;
  const Place at = place(row);
  if (!at.update && type_ == source_->type) {
    std::memcpy(out, from, from_bytes);
    return Ok{};
  }
  values.resize(static_cast<std::size_t>(cols_));
  RH_TRY(dequantize_row(source_->type, from, cols_, values.data()));
  if (at.update) at.update->apply(at.expert, at.row, values.data());
  const float largest = type_ == DType::f16 ? largest_f16 : std::numeric_limits<float>::max();
  for (const float v : values) {
    if (std::abs(v) <= largest) continue;
    return Error{ErrorCode::invalid_argument, operation, "row " + std::to_string(row) + " of tensor " + source_->name,
                 "finite numbers that type " + std::string(dtype_name(type_)) + " holds", std::to_string(v)};
  }
  Status made = quantize_row(type_, values.data(), cols_, out);
  if (made.ok()) return made;
  Error error = made.error();
  error.object += " in row " + std::to_string(row) + " of tensor " + source_->name;
  return error;
}

Status TensorPlan::convert(std::int64_t first, std::int64_t count, std::byte* out, ThreadPool& pool) const {
  std::vector<std::vector<float>> scratch(static_cast<std::size_t>(pool.threads()));
  std::mutex mutex;
  std::int64_t failed_row = -1;
  std::optional<Error> failure;  // of the first row that has one
  pool.parallel_for(count, 1, [&](std::int64_t begin, std::int64_t end, int worker) {
    for (std::int64_t r = begin; r < end; ++r) {
      const Status made = convert_row(first + r, out + static_cast<std::uint64_t>(r) * row_bytes(), scratch[static_cast<std::size_t>(worker)]);
      if (made.ok()) continue;
      const std::lock_guard<std::mutex> guard(mutex);
      if (failed_row >= 0 && failed_row < r) return;
      failed_row = r;
      failure = made.error();
      return;
    }
  });
  if (failure) return std::move(*failure);
  return Ok{};
}

Result<TensorPlans> TensorPlans::make(const ModelSource& source, const std::vector<WeightUpdate>& updates, const TypeChoice& types) {
  for (const std::optional<DType>& type : {types.all, types.updated}) {
    if (!type || holds_type(source.format, *type)) continue;
    return Error{ErrorCode::unsupported, operation, source.path,
                 source.format == ModelFormat::gguf ? "type f32, f16, bf16, q8_0, q4_0, q4_k or q6_k" : "type f32, f16 or bf16 in safetensors",
                 std::string(dtype_name(*type))};
  }
  TensorPlans plans;
  plans.updates_ = std::make_shared<const std::vector<WeightUpdate>>(chained(updates));
  std::unordered_map<std::string, const WeightUpdate*> by_weight;
  for (const WeightUpdate& update : *plans.updates_) by_weight.emplace(update.weight, &update);
  std::unordered_set<std::string> found;
  const auto update_of = [&](const std::string& weight) -> const WeightUpdate* {
    const auto at = by_weight.find(weight);
    if (at == by_weight.end()) return nullptr;
    found.insert(weight);
    return at->second;
  };
  for (const SourceTensor& tensor : source.tensors) {
    if (!tensor.type_known) {
      return Error{ErrorCode::unsupported, operation, "tensor " + tensor.name + " in " + source.path, "a type that this build knows", "an unknown one"};
    }
    TensorPlan& plan = plans.plans_.emplace_back();
    plan.source_ = &tensor;
    plan.type_ = tensor.type;
    plan.bytes_ = tensor.bytes;
    const std::vector<std::int64_t>& shape = tensor.shape;
    plan.cols_ = shape.empty() ? 1 : shape.back();
    plan.matrix_rows_ = shape.size() > 1 ? shape[shape.size() - 2] : 1;
    plan.rows_ = 1;
    for (std::size_t i = 0; i + 1 < shape.size(); ++i) plan.rows_ *= shape[i];
    const TensorName name = canonical_tensor_name(source.format, tensor.name);
    plan.expert_ = name.expert;
    plan.fused_ = name.fused_gate_up;
    if (!name.canonical.empty()) plan.first_ = update_of(name.canonical);
    if (plan.fused_) plan.second_ = update_of(name.canonical.substr(0, name.canonical.size() - 4) + "up");
    const bool ends = name.canonical == "embedding" || name.canonical == "output";
    const bool convertible = dtype_supported(tensor.type) && plan.rows_ > 0 && (ends || adaptable_name(name.canonical));
    std::optional<DType> type = types.all;
    if (!type && types.updated && plan.changed() && bits(tensor.type) < bits(*types.updated)) type = types.updated;
    if (!type || !convertible || tensor.type == *type) continue;
    plan.type_ = type_that_fits(ends && bits(*type) < 8.0 ? DType::q8_0 : *type, plan.cols_);
    if (plan.type_ != *type) plans.in_another_type_.push_back(tensor.name);
    plan.bytes_ = static_cast<std::uint64_t>(plan.rows_ * dtype_row_bytes(plan.type_, plan.cols_).value_or(0));
  }
  for (const WeightUpdate& update : updates) {
    if (!found.contains(update.weight)) return Error{ErrorCode::not_found, operation, update.weight + " in " + source.path, "a tensor of this weight", "none"};
  }
  return plans;
}

std::uint64_t TensorPlans::bytes() const {
  std::uint64_t sum = 0;
  for (const TensorPlan& plan : plans_) sum += plan.bytes();
  return sum;
}

}  // namespace roundhouse
