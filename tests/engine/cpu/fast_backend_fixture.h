// SPDX-License-Identifier: Apache-2.0
#pragma once

// Fast backends beside the reference, weights prepared on them, and mixtures of experts of several shapes.

#include <algorithm>
#include <cmath>
#include <deque>
#include <memory>
#include <utility>

#include <QtGlobal>

#include "engine/cpu/fast_backend.h"
#include "fast_test_support.h"

namespace fast_test {

using Values = std::vector<float>;

inline std::vector<Isa> fast_isas() {
  std::vector<Isa> isas = available_isas();
  std::erase(isas, Isa::reference);
  return isas;
}

inline std::unique_ptr<Backend> make(Isa isa, int threads = 2) {
  const auto pool = std::make_shared<ThreadPool>(threads);
  if (isa == Isa::reference) return std::make_unique<ReferenceBackend>(Context{}, pool);
  auto fast = FastBackend::create(Context{}, pool, isa);
  if (!fast.ok()) qFatal("%s", fast.error().message().c_str());
  return std::move(fast).value();
}

inline Values read(Backend& backend, const Tensor& tensor) {
  Values values(static_cast<std::size_t>(tensor.elements()));
  backend.read(tensor, values.data());
  return values;
}

inline Values row_of(const Values& values, std::size_t row, std::size_t width) {
  return {values.begin() + static_cast<std::ptrdiff_t>(row * width), values.begin() + static_cast<std::ptrdiff_t>((row + 1) * width)};
}

inline double length(const Values& v) {
  double squares = 0;
  for (const float x : v) squares += static_cast<double>(x) * x;
  return std::sqrt(squares);
}

inline double distance(const Values& a, const Values& b) {
  Values difference(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) difference[i] = a[i] - b[i];
  return a.size() == b.size() ? length(difference) : std::nan("");
}

// Weights that stay where they are and are prepared on every backend asked for.
struct Weights {
  std::deque<OwnedWeight> owned;
  WeightRef add(Random& random, DType type, std::int64_t experts, std::int64_t rows, std::int64_t cols) {
    owned.push_back(random_weight(random, type, experts, rows, cols, static_cast<std::uint32_t>(owned.size())));
    owned.back().weight.residency = Residency::host;
    return &owned.back().weight;
  }
  void prepare(Backend& backend, std::uint64_t model = 1) const {
    for (const OwnedWeight& w : owned) {
      const Status status = backend.prepare(model, w.weight);
      if (!status.ok()) qFatal("%s", status.error().message().c_str());
    }
  }
};

inline Batch plain_batch(std::int32_t rows) {
  Batch batch;
  batch.rows = rows;
  return batch;
}

struct MoeCase {
  const char* name;
  DType gate_up, down;
  std::int64_t width, hidden;
  std::int32_t experts, top_k;
  std::int64_t shared_hidden;  // 0: none
  bool shared_gate, router_bias, selection_bias;
  ActivationKind activation;
  bool gated = true, biased = false;
};

// The embedded model's shape first; others mix types, sizes that do not fill a group, and options.
inline const MoeCase moe_cases[] = {
    {"embedded", DType::q4_0, DType::q4_0, 576, 64, 16, 4, 512, false, false, true, ActivationKind::silu},
    {"q4_k with q6_k down", DType::q4_k, DType::q6_k, 512, 256, 8, 2, 0, false, false, false, ActivationKind::silu},
    {"gated shared, q8_0", DType::q8_0, DType::q8_0, 160, 96, 12, 3, 192, true, false, false, ActivationKind::gelu_tanh},
    {"f16 down, odd hidden", DType::q4_0, DType::f16, 96, 40, 5, 2, 0, false, true, false, ActivationKind::silu},
    {"bf16", DType::bf16, DType::bf16, 70, 50, 6, 6, 30, false, true, true, ActivationKind::relu_squared},
    {"f32 and q8_0 down", DType::f32, DType::q8_0, 33, 64, 4, 1, 64, true, false, false, ActivationKind::gelu},
    {"biases, clamped", DType::q4_0, DType::q8_0, 96, 64, 8, 2, 96, true, true, false, ActivationKind::swiglu_clamped, true, true},
    {"no gate", DType::q8_0, DType::q4_0, 160, 96, 12, 3, 64, false, false, true, ActivationKind::relu_squared, false, false},
    {"no gate, biases", DType::bf16, DType::f32, 70, 50, 6, 2, 30, false, false, false, ActivationKind::gelu, false, true},
};

struct MoeModel {
  Weights weights;
  MoeWeights moe;
  RouterSpec router;
  Activation activation;
  explicit MoeModel(Random& random, const MoeCase& c) {
    const auto network = [&](std::int64_t experts, std::int64_t hidden) {
      FfnWeights w;
      if (c.gated) w.gate = weights.add(random, c.gate_up, experts, hidden, c.width);
      w.up = weights.add(random, c.gate_up, experts, hidden, c.width);
      w.down = weights.add(random, c.down, experts, c.width + 3, hidden);
      if (c.biased) {
        if (c.gated) w.gate_bias = weights.add(random, DType::f32, experts, 1, hidden);
        w.up_bias = weights.add(random, DType::bf16, experts, 1, hidden);
        w.down_bias = weights.add(random, DType::f16, experts, 1, c.width + 3);
      }
      return w;
    };
    moe.router = weights.add(random, DType::f32, 1, c.experts, c.width);
    if (c.router_bias) moe.router_bias = weights.add(random, DType::f32, 1, 1, c.experts);
    if (c.selection_bias) moe.selection_bias = weights.add(random, DType::bf16, 1, 1, c.experts);
    moe.experts = network(c.experts, c.hidden);
    if (c.shared_hidden) moe.shared = network(1, c.shared_hidden);
    if (c.shared_gate) moe.shared_gate = weights.add(random, DType::f32, 1, 1, c.width);
    router.score = RouterScore::sigmoid;
    router.experts = c.experts;
    router.top_k = c.top_k;
    router.normalise = true;
    router.normalise_epsilon = 1e-20f;
    router.scale = 2.5f;
    activation = {c.activation, 1.702f, 0.4f};
  }
};

}  // namespace fast_test
