// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "roundhouse/training_job.h"

namespace roundhouse {

// Names that the file has for the values of an enumeration, in their order.
template <class Enum>
struct EnumNames;
template <> struct EnumNames<TrainingJob::TooLong> { static constexpr const char* names[] = {"drop", "truncate"}; };
template <> struct EnumNames<TrainingJob::Problems> { static constexpr const char* names[] = {"stop", "skip"}; };
template <> struct EnumNames<TrainingJob::Method> { static constexpr const char* names[] = {"lora", "dora", "bottleneck", "experts"}; };
template <> struct EnumNames<TrainingJob::ExpertScore> { static constexpr const char* names[] = {"none", "gate", "tokens"}; };
template <> struct EnumNames<TrainingJob::Balance> { static constexpr const char* names[] = {"none", "batch", "sequence"}; };
template <> struct EnumNames<TrainingJob::Moments> { static constexpr const char* names[] = {"float32", "int8"}; };
template <> struct EnumNames<TrainingJob::Schedule> { static constexpr const char* names[] = {"constant", "cosine", "wsd"}; };
template <> struct EnumNames<TrainingJob::Precision> { static constexpr const char* names[] = {"float32", "bfloat16"}; };

template <class Enum>
const char* enum_name(Enum value) { return EnumNames<Enum>::names[static_cast<std::size_t>(value)]; }

// The keys of a job file: each is named here once, for the reader and for the writer. `v` has group(key, function) and
// field(key, member), called in the order of the file.
template <class Visitor, class Job>
void visit_job(Visitor& v, Job& job) {
  v.field("name", job.name);
  v.field("model", job.model);
  v.field("output", job.output);
  v.field("seed", job.seed);
  v.group("data", [&] {
    v.field("train", job.data.train);
    v.field("evaluation", job.data.evaluation);
    v.field("evaluation_share", job.data.evaluation_share);
    v.field("format", job.data.format);
    v.field("mapping", job.data.mapping);
    v.field("max_tokens", job.data.max_tokens);
    v.field("too_long", job.data.too_long);
    v.field("problems", job.data.problems);
  });
  v.group("adapter", [&] {
    v.field("method", job.adapter.method);
    v.field("targets", job.adapter.targets);
    v.field("exclude", job.adapter.exclude);
    v.field("experts", job.adapter.experts);
    v.field("expert_score", job.adapter.expert_score);
    v.field("expert_threshold", job.adapter.expert_threshold);
    v.field("rank", job.adapter.rank);
    v.field("alpha", job.adapter.alpha);
    v.field("rank_stabilised", job.adapter.rank_stabilised);
    v.field("learning_rate_ratio", job.adapter.learning_rate_ratio);
  });
  v.group("router", [&] {
    v.field("train", job.router.train);
    v.field("balance", job.router.balance);
    v.field("balance_weight", job.router.balance_weight);
    v.field("z_weight", job.router.z_weight);
    v.field("bias_rate", job.router.bias_rate);
  });
  v.group("optimizer", [&] {
    v.field("learning_rate", job.optimizer.learning_rate);
    v.field("beta1", job.optimizer.beta1);
    v.field("beta2", job.optimizer.beta2);
    v.field("epsilon", job.optimizer.epsilon);
    v.field("weight_decay", job.optimizer.weight_decay);
    v.field("clip", job.optimizer.clip);
    v.field("moments", job.optimizer.moments);
    v.field("schedule", job.optimizer.schedule);
    v.field("warmup_steps", job.optimizer.warmup_steps);
    v.field("decay_steps", job.optimizer.decay_steps);
    v.field("floor", job.optimizer.floor);
  });
  v.group("steps", [&] {
    v.field("steps", job.steps.steps);
    v.field("epochs", job.steps.epochs);
    v.field("samples", job.steps.samples);
    v.field("batch_tokens", job.steps.batch_tokens);
  });
  v.group("evaluation", [&] {
    v.field("every", job.evaluation.every);
    v.field("prompts", job.evaluation.prompts);
    v.field("answer_tokens", job.evaluation.answer_tokens);
  });
  v.group("checkpoint", [&] {
    v.field("every", job.checkpoint.every);
    v.field("keep", job.checkpoint.keep);
  });
  v.group("exports", [&] {
    v.field("gguf", job.exports.gguf);
    v.field("merged", job.exports.merged);
  });
  v.group("compute", [&] {
    v.field("threads", job.compute.threads);
    v.field("isa", job.compute.isa);
    v.field("precision", job.compute.precision);
    v.field("activation_bytes", job.compute.activation_bytes);
  });
}

}  // namespace roundhouse
