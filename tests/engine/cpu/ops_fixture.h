// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QtGlobal>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <initializer_list>
#include <memory>
#include <random>
#include <vector>

#include "engine/cpu/reference_backend.h"
#include "engine/quant/dequantize.h"
#include "engine/quant/quantize.h"

// Random weights, batches and tensors for tests of operations.
namespace roundhouse::test {

using Random = std::mt19937;

inline std::vector<float> normal(Random& random, std::int64_t n, float sigma = 1.0f) {
  std::normal_distribution<float> distribution(0.0f, sigma);
  std::vector<float> values(static_cast<std::size_t>(n));
  for (float& x : values) x = distribution(random);
  return values;
}

// A weight with its bytes; `values` are what the type holds, as f32.
struct OwnedWeight {
  Weight weight;
  std::vector<float> values;
  std::vector<std::byte> bytes;

  OwnedWeight() = default;
  OwnedWeight(const OwnedWeight&) = delete;
  OwnedWeight& operator=(const OwnedWeight&) = delete;

  // Shape [experts, rows, cols] of a type that can be quantised. `misalign` shifts the bytes off their natural alignment.
  OwnedWeight(Random& random, std::int64_t experts, std::int64_t rows, std::int64_t cols, float sigma, DType type = DType::f32,
              std::size_t misalign = 0) {
    static std::uint32_t next = 0;
    values = normal(random, experts * rows * cols, sigma);
    weight.id = next++;
    weight.name = "test." + std::to_string(weight.id);
    weight.type = type;
    weight.residency = Residency::host;
    weight.experts = experts;
    weight.rows = rows;
    weight.cols = cols;
    weight.bytes = static_cast<std::uint64_t>(*dtype_row_bytes(type, experts * rows * cols));
    bytes.resize(weight.bytes + misalign);
    weight.data = bytes.data() + misalign;
    store();
    for (std::int64_t row = 0; row < experts * rows; ++row) {
      const auto status = dequantize_row(type, weight.data + static_cast<std::uint64_t>(row) * weight.row_bytes(), cols,
                                         values.data() + row * cols);
      if (!status.ok()) qFatal("%s", status.error().message().c_str());
    }
  }
  // Writes `values` to the bytes: tests move them.
  void store() {
    for (std::int64_t row = 0; row < weight.experts * weight.rows; ++row) {
      const auto status = quantize_row(weight.type, values.data() + row * weight.cols, weight.cols,
                                       const_cast<std::byte*>(weight.data) + static_cast<std::uint64_t>(row) * weight.row_bytes());
      if (!status.ok()) qFatal("%s", status.error().message().c_str());
    }
  }
  WeightRef ref() const { return &weight; }
  float at(std::int64_t expert, std::int64_t row, std::int64_t col) const {
    return values[static_cast<std::size_t>((expert * weight.rows + row) * weight.cols + col)];
  }
};

// A batch that owns its arrays: sequences of the given lengths, packed, without a cache.
struct OwnedBatch {
  std::vector<std::int32_t> tokens, positions, sequence, outputs;
  std::vector<BatchSequence> sequences;
  Batch batch;

  OwnedBatch(Random& random, const std::vector<std::int32_t>& lengths, std::int32_t vocabulary, std::int32_t first_position = 0) {
    for (std::size_t s = 0; s < lengths.size(); ++s) {
      sequences.push_back({static_cast<std::int32_t>(tokens.size()), lengths[s], 0, nullptr});
      for (std::int32_t i = 0; i < lengths[s]; ++i) {
        tokens.push_back(static_cast<std::int32_t>(random() % static_cast<unsigned>(vocabulary)));
        positions.push_back(first_position + i);
        sequence.push_back(static_cast<std::int32_t>(s));
        outputs.push_back(static_cast<std::int32_t>(tokens.size()) - 1);
      }
    }
    batch.rows = static_cast<std::int32_t>(tokens.size());
    batch.tokens = tokens.data();
    batch.positions = positions.data();
    batch.sequence = sequence.data();
    batch.sequences = sequences;
    batch.output_rows = outputs.data();
    batch.outputs = batch.rows;
  }
  OwnedBatch(const OwnedBatch&) = delete;
  OwnedBatch& operator=(const OwnedBatch&) = delete;
};

inline std::unique_ptr<ReferenceBackend> backend_with(int threads) {
  return std::make_unique<ReferenceBackend>(Context(), std::make_shared<ThreadPool>(threads));
}

inline bool close(double a, double b, double tolerance = 2e-5) { return std::abs(a - b) <= tolerance * std::max(1.0, std::abs(b)); }

// Any number of places used in each row; the weights of unused ones are 0.
inline Routing random_routing(Random& random, Backend& backend, std::int32_t rows, std::int32_t k, std::int32_t experts) {
  Routing routing;
  routing.k = k;
  routing.ids = backend.allocate(DType::i32, {rows, k});
  routing.weights = backend.allocate(DType::f32, {rows, k});
  for (std::int32_t row = 0; row < rows; ++row) {
    const auto used = static_cast<std::int32_t>(random() % static_cast<unsigned>(k + 1));
    for (std::int32_t j = 0; j < k; ++j) {
      routing.ids.i32()[row * k + j] = j < used ? static_cast<std::int32_t>(random() % static_cast<unsigned>(experts)) : -1;
      routing.weights.f32()[row * k + j] = j < used ? normal(random, 1)[0] : 0.0f;
    }
  }
  return routing;
}

inline Tensor put(Backend& backend, const std::vector<float>& values, std::initializer_list<std::int64_t> shape) {
  return backend.upload(values.data(), DType::f32, shape);
}

inline std::vector<float> get(Backend& backend, const Tensor& tensor) {
  std::vector<float> values(static_cast<std::size_t>(tensor.elements()));
  backend.read(tensor, values.data());
  return values;
}

inline double inner(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * b[i];
  return sum;
}

// Whether `gradient` is that of `loss` at `x`: compared along random directions with central differences, extrapolated
// (error h^4), relative to the size of the gradient along them.
inline bool gradient_holds(Random& random, std::vector<float> x, const std::vector<float>& gradient,
                           const std::function<double(const std::vector<float>&)>& loss, float h = 0.01f,
                           double tolerance = 1e-3) {
  if (x.size() != gradient.size()) return false;
  for (int trial = 0; trial < 4; ++trial) {
    const std::vector<float> direction = normal(random, static_cast<std::int64_t>(x.size()));
    const auto slope = [&](float step) {
      std::vector<float> up = x, down = x;
      double moved = 0;  // what rounding left of the step
      for (std::size_t i = 0; i < x.size(); ++i) {
        up[i] += step * direction[i];
        down[i] -= step * direction[i];
        moved += static_cast<double>(up[i] - down[i]) * direction[i];
      }
      double squares = 0;
      for (const float d : direction) squares += static_cast<double>(d) * d;
      return (loss(up) - loss(down)) / (moved / squares);
    };
    const double numeric = (4 * slope(h) - slope(2 * h)) / 3;
    double norm = 0;
    for (const float g : gradient) norm += static_cast<double>(g) * g;
    const double analytic = inner(gradient, direction);
    if (!(std::abs(numeric - analytic) <= tolerance * std::sqrt(norm) + 1e-6)) {
      qWarning("numeric %g, analytic %g, |gradient| %g", numeric, analytic, std::sqrt(norm));
      return false;
    }
  }
  return true;
}

}  // namespace roundhouse::test
