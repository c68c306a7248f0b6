// SPDX-License-Identifier: Apache-2.0
#include "engine/ops/tape.h"

#include <string>
#include <utility>

namespace roundhouse {
namespace {

// `tensor`'s data under the shape of `like`.
Tensor in_shape_of(Tensor tensor, const Tensor& like) {
  tensor.rank = like.rank;
  for (int i = 0; i < 4; ++i) tensor.dim[i] = like.dim[i];
  return tensor;
}

Error refuse(std::string expected, std::string received) {
  return {ErrorCode::invalid_argument, "differentiate", "loss", std::move(expected), std::move(received)};
}

}  // namespace

Tape::Tape(Backend& backend) : backend_(backend), start_(backend.mark()) {}

Tape::~Tape() { backend_.release(start_); }

void Tape::watch(WeightRef weight, Tensor gradient) { gradients_of_weights_[weight] = gradient; }

Tensor Tape::watch(WeightRef weight) {
  const Tensor gradient = backend_.allocate(DType::f32, {weight->experts, weight->rows, weight->cols});
  backend_.clear(gradient);
  watch(weight, gradient);
  return gradient;
}

void Tape::watch(const Tensor& tensor) { needed_.insert(tensor.id); }

void Tape::add_router_losses(const RouterLossSpec& losses, float weight) {
  router_losses_ = losses;
  router_losses_weight_ = weight;
}

std::pair<double, double> Tape::router_losses() {
  std::pair<double, double> sum{0.0, 0.0};
  for (const Tensor& losses : losses_of_routers_) {
    float values[2];
    backend_.read(losses, values);
    sum.first += values[0];
    sum.second += values[1];
  }
  return sum;
}

void Tape::add(const Tensor& tensor, const Tensor& value, bool shared) {
  if (!needed(tensor)) return;
  const auto [at, first] = gradients_.try_emplace(tensor.id, Gradient{value, shared});
  if (first) return;
  Gradient& held = at->second;
  if (held.shared) held = {backend_.scale(held.value, 1.0f), false};
  backend_.accumulate(held.value, value);
}

Status Tape::backward(const Tensor& loss) {
  if (loss.elements() != 1) return refuse("one element", std::to_string(loss.elements()));
  const float one = 1.0f;
  return backward(loss, backend_.upload(&one, DType::f32, {1}));
}

Status Tape::backward(const Tensor& result, const Tensor& gradient) {
  if (used_cache_) return refuse("a forward pass without a KV cache", "one with");
  if (gradient.elements() != result.elements()) return refuse(std::to_string(result.elements()) + " elements", std::to_string(gradient.elements()));
  if (!needed(result)) return refuse("a result of this tape that depends on something watched", "one that does not");
  gradients_.clear();
  gradients_[result.id] = {gradient, true};
  const float weights[2] = {router_losses_weight_, router_losses_weight_};
  for (const Tensor& losses : losses_of_routers_) gradients_[losses.id] = {backend_.upload(weights, DType::f32, {2}), true};
  for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
    const auto found = gradients_.find(step->output.id);
    if (found == gradients_.end()) continue;
    const Tensor dy = in_shape_of(found->second.value, step->output);  // a copy: the map may move
    step->backward(dy);
  }
  return Ok{};
}

Tensor Tape::gradient(const Tensor& tensor) const {
  const auto found = gradients_.find(tensor.id);
  return found == gradients_.end() ? Tensor{} : in_shape_of(found->second.value, tensor);
}

Tensor Tape::embed(WeightRef table, const Batch& batch) {
  const Tensor y = backend_.embed(table, batch);
  record(watched(table), y, [this, table, batch](const Tensor& dy) {
    backend_.embed_backward(dy, batch, gradients_of_weights_.at(table));
  });
  return y;
}

Tensor Tape::linear(const Tensor& x, const LinearWeights& w) {
  const Tensor y = backend_.linear(x, w);
  if (watched(w.weight)) save(x);
  record(needed(x) || watched(w.weight) || watched(w.bias), y, [this, x, w](const Tensor& dy) {
    if (watched(w.weight)) backend_.linear_backward_weight(dy, x, gradients_of_weights_.at(w.weight));
    if (watched(w.bias)) backend_.bias_backward(dy, gradients_of_weights_.at(w.bias));
    if (needed(x)) add(x, backend_.linear_backward_input(dy, w.weight));
  });
  return y;
}

Tensor Tape::rms_norm(const Tensor& x, WeightRef weight, float epsilon) {
  const Tensor y = backend_.rms_norm(x, weight, epsilon);
  if (needed(x) || watched(weight)) save(x);
  record(needed(x) || watched(weight), y, [this, x, weight, epsilon](const Tensor& dy) {
    const Tensor* const dweight = watched(weight) ? &gradients_of_weights_.at(weight) : nullptr;
    add(x, backend_.rms_norm_backward(dy, x, weight, epsilon, dweight));
  });
  return y;
}

Tensor Tape::rope(const Tensor& x, const RopeSpec& spec, const Batch& batch) {
  const Tensor y = backend_.rope(x, spec, batch);
  record(needed(x), y, [this, x, spec, batch](const Tensor& dy) { add(x, backend_.rope_backward(dy, spec, batch)); });
  return y;
}

Tensor Tape::attention(const Tensor& q, const Tensor& k, const Tensor& v, const AttentionSpec& spec, const Batch& batch,
                       std::int32_t layer, const Tensor* probabilities) {
  if (batch.cache) used_cache_ = true;
  const Tensor y = backend_.attention(q, k, v, spec, batch, layer, probabilities);
  for (const Tensor& each : {q, k, v}) save(each);
  record(needed(q) || needed(k) || needed(v), y, [this, q, k, v, spec, batch](const Tensor& dy) {
    const Backend::AttentionGradients gradients = backend_.attention_backward(dy, q, k, v, spec, batch);
    add(q, gradients.dq);
    add(k, gradients.dk);
    add(v, gradients.dv);
  });
  return y;
}

Tensor Tape::glu(const Tensor& gate, const Tensor& up, const Activation& activation) {
  const Tensor y = backend_.glu(gate, up, activation);
  save(gate);
  save(up);
  record((gate.defined() && needed(gate)) || needed(up), y, [this, gate, up, activation](const Tensor& dy) {
    const auto [dgate, dup] = backend_.glu_backward(dy, gate, up, activation);
    if (dgate.defined()) add(gate, dgate);
    add(up, dup);
  });
  return y;
}

Routing Tape::route(const Tensor& logits, WeightRef selection_bias, const RouterSpec& spec, const Batch& batch,
                    std::int32_t routed_layer) {
  const Routing routing = backend_.route(logits, selection_bias, spec, batch, routed_layer);
  save(logits);
  record(needed(logits), routing.weights, [this, logits, routing, selection_bias, spec, batch, routed_layer](const Tensor& dy) {
    add(logits, backend_.route_backward(dy, logits, routing, selection_bias, spec, batch, routed_layer));
  });
  if (router_losses_.any()) losses_of_routers_.push_back(router_loss(logits, routing, spec, router_losses_, batch));
  return routing;
}

void Tape::expert_linear_backward(const Tensor& dy, const Tensor& x, WeightRef weight, const Routing& routing) {
  if (watched(weight)) backend_.expert_linear_backward_weight(dy, x, routing, gradients_of_weights_.at(weight));
  if (needed(x)) add(x, backend_.expert_linear_backward_input(dy, x, weight, routing));
}

Tensor Tape::router_loss(const Tensor& logits, const Routing& routing, const RouterSpec& spec, const RouterLossSpec& losses,
                         const Batch& batch) {
  const Tensor both = backend_.router_loss(logits, routing, spec, losses, batch);
  save(logits);
  record(needed(logits), both, [this, logits, routing, spec, losses, batch](const Tensor& dlosses) {
    add(logits, backend_.router_loss_backward(dlosses, logits, routing, spec, losses, batch));
  });
  return both;
}

Tensor Tape::expert_linear(const Tensor& x, WeightRef weight, const Routing& routing) {
  const Tensor y = backend_.expert_linear(x, weight, routing);
  if (watched(weight)) save(x);
  record(needed(x) || watched(weight), y, [this, x, weight, routing](const Tensor& dy) { expert_linear_backward(dy, x, weight, routing); });
  return y;
}

Tensor Tape::add_expert_linear(const Tensor& y, const Tensor& x, WeightRef weight, const Routing& routing) {
  const Tensor sum = backend_.add_expert_linear(saved(y) ? backend_.scale(y, 1.0f) : y, x, weight, routing);
  if (watched(weight)) save(x);
  record(needed(y) || needed(x) || watched(weight), sum, [this, y, x, weight, routing](const Tensor& dy) {
    expert_linear_backward(dy.reshaped({x.dim[0], routing.k, weight->rows}), x, weight, routing);
    add(y, dy, true);
  });
  return sum;
}

Tensor Tape::expert_bias(Tensor y, WeightRef bias, const Routing& routing) {
  const Tensor sum = backend_.expert_bias(saved(y) ? backend_.scale(y, 1.0f) : y, bias, routing);
  record(needed(y) || watched(bias), sum, [this, y, bias, routing](const Tensor& dy) {
    if (watched(bias)) backend_.expert_bias_backward(dy, routing, gradients_of_weights_.at(bias));
    add(y, dy, true);
  });
  return sum;
}

Tensor Tape::expert_scale(const Tensor& y, WeightRef scale, const Routing& routing) {
  const Tensor scaled = backend_.expert_scale(y, scale, routing);
  if (watched(scale)) save(y);
  record(needed(y) || watched(scale), scaled, [this, y, scale, routing](const Tensor& dy) {
    if (watched(scale)) backend_.expert_scale_backward(dy, y, routing, gradients_of_weights_.at(scale));
    if (needed(y)) add(y, backend_.expert_scale(dy, scale, routing));
  });
  return scaled;
}

Tensor Tape::combine(const Tensor& y, const Routing& routing) {
  const Tensor out = backend_.combine(y, routing);
  if (routing.weights.defined()) save(y);
  record(needed(y) || (routing.weights.defined() && needed(routing.weights)), out, [this, y, routing](const Tensor& dout) {
    const Backend::CombineGradients gradients = backend_.combine_backward(dout, y, routing);
    add(y, gradients.dy);
    if (gradients.dweights.defined()) add(routing.weights, gradients.dweights);
  });
  return out;
}

Tensor Tape::weigh_input(const Tensor& x, const Routing& routing) {
  const Tensor y = backend_.weigh_input(x, routing);
  if (routing.weights.defined()) save(x);
  record(needed(x) || (routing.weights.defined() && needed(routing.weights)), y, [this, x, routing](const Tensor& dy) {
    if (needed(x)) add(x, backend_.combine(dy, routing));
    if (routing.weights.defined() && needed(routing.weights)) add(routing.weights, backend_.combine_backward(x, dy, routing).dweights);
  });
  return y;
}

Tensor Tape::residual_add(Tensor x, const Tensor& y) {
  const Tensor sum = !saved(x)   ? backend_.residual_add(x, y)
                     : !saved(y) ? in_shape_of(backend_.residual_add(y, x), x)
                                 : backend_.residual_add(backend_.scale(x, 1.0f), y);
  record(needed(x) || needed(y), sum, [this, x, y](const Tensor& dy) {
    add(x, dy, true);
    add(y, dy, true);
  });
  return sum;
}

Tensor Tape::sigmoid_gate(const Tensor& y, const Tensor& g) {
  const Tensor out = backend_.sigmoid_gate(y, g);
  save(y);
  save(g);
  record(needed(y) || needed(g), out, [this, y, g](const Tensor& dout) {
    const auto [dy, dg] = backend_.sigmoid_gate_backward(dout, y, g);
    add(y, dy);
    add(g, dg);
  });
  return out;
}

Tensor Tape::scale(const Tensor& x, float s) {
  const Tensor y = backend_.scale(x, s);
  record(needed(x), y, [this, x, s](const Tensor& dy) { add(x, backend_.scale(dy, s)); });
  return y;
}

Tensor Tape::output_rows(const Tensor& x, const Batch& batch) {
  const Tensor y = backend_.output_rows(x, batch);
  record(needed(x), y, [this, x, batch](const Tensor& dy) { add(x, backend_.output_rows_backward(dy, batch)); });
  return y;
}

Tensor Tape::cross_entropy(const Tensor& logits, const std::int32_t* targets) {
  const Tensor loss = backend_.cross_entropy(logits, targets);
  save(logits);
  record(needed(logits), loss, [this, logits, targets](const Tensor& dloss) {
    add(logits, backend_.cross_entropy_backward(dloss, logits, targets));
  });
  return loss;
}

}  // namespace roundhouse
