// SPDX-License-Identifier: Apache-2.0
#include "engine/train/training_batch.h"

#include <string>

namespace roundhouse {

Result<TrainingBatch> TrainingBatch::pack(std::span<const TrainingSample> samples, const ModelSpec& spec, std::int32_t adapter) {
  TrainingBatch out;
  for (std::size_t s = 0; s < samples.size(); ++s) {
    const TrainingSample& sample = samples[s];
    const auto refuse = [&](std::string expected, std::string received) {
      return Error{ErrorCode::invalid_argument, "pack samples", "sample " + std::to_string(s), std::move(expected), std::move(received)};
    };
    const std::size_t count = sample.tokens.size();
    if (!sample.learned.empty() && sample.learned.size() != count) {
      return refuse("a mark for each of " + std::to_string(count) + " tokens", std::to_string(sample.learned.size()));
    }
    if (count > static_cast<std::size_t>(spec.context_tokens)) {
      return refuse("at most " + std::to_string(spec.context_tokens) + " tokens", std::to_string(count));
    }
    out.sequences_.push_back({static_cast<std::int32_t>(out.tokens_.size()), static_cast<std::int32_t>(count), 0, nullptr});
    for (std::size_t i = 0; i < count; ++i) {
      const std::int32_t token = sample.tokens[i];
      if (token < 0 || token >= spec.vocabulary) return refuse("tokens from 0 to " + std::to_string(spec.vocabulary - 1), std::to_string(token));
      if (i > 0 && (sample.learned.empty() || sample.learned[i])) {
        out.outputs_.push_back(static_cast<std::int32_t>(out.tokens_.size()) - 1);
        out.targets_.push_back(token);
      }
      out.tokens_.push_back(token);
      out.positions_.push_back(static_cast<std::int32_t>(i));
      out.sequence_.push_back(static_cast<std::int32_t>(s));
      out.adapter_.push_back(adapter);
    }
  }
  if (out.targets_.empty()) return Error{ErrorCode::invalid_argument, "pack samples", "batch", "a token to learn", "none"};
  Batch& b = out.batch_;
  b.rows = static_cast<std::int32_t>(out.tokens_.size());
  b.tokens = out.tokens_.data();
  b.positions = out.positions_.data();
  b.padding_token = spec.padding_token;
  b.sequence = out.sequence_.data();
  b.adapter = adapter < 0 ? nullptr : out.adapter_.data();
  b.sequences = out.sequences_;
  b.output_rows = out.outputs_.data();
  b.outputs = static_cast<std::int32_t>(out.outputs_.size());
  b.routed_layers = static_cast<std::int32_t>(spec.routing_layout().layers.size());
  return out;
}

}  // namespace roundhouse
