// SPDX-License-Identifier: Apache-2.0
#include "engine/cpu/create_backend.h"

#include <algorithm>

#include "engine/cpu/fast_backend.h"
#include "engine/cpu/training_backend.h"

namespace roundhouse {

namespace {

template <class Fast>
Result<std::unique_ptr<Backend>> create(Isa isa, int threads, Context context) {
  const std::vector<Isa> there = available_isas();
  if (isa == Isa::automatic) isa = there.back();
  if (std::find(there.begin(), there.end(), isa) == there.end()) {
    std::string names;
    for (const Isa one : there) names += (names.empty() ? "" : ", ") + std::string(isa_name(one));
    return Error{ErrorCode::unsupported, "create backend", processor_description(), "one of " + names, isa_name(isa)};
  }
  auto pool = std::make_shared<ThreadPool>(threads);
  if (isa == Isa::reference) return std::unique_ptr<Backend>(std::make_unique<ReferenceBackend>(std::move(context), std::move(pool)));
  RH_ASSIGN(std::unique_ptr<Backend> fast, Fast::create(std::move(context), std::move(pool), isa));
  return fast;
}

}  // namespace

Result<std::unique_ptr<Backend>> create_cpu_backend(Isa isa, int threads, Context context) {
  return create<FastBackend>(isa, threads, std::move(context));
}

Result<std::unique_ptr<Backend>> create_training_backend(Isa isa, int threads, Context context) {
  return create<TrainingBackend>(isa, threads, std::move(context));
}

}  // namespace roundhouse
