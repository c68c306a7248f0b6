// SPDX-License-Identifier: Apache-2.0
#include "engine/cpu/create_backend.h"

#include <algorithm>

#include "engine/cpu/fast_backend.h"
#include "engine/cpu/training_backend.h"

namespace roundhouse {

namespace {

Result<Isa> choose(Isa isa) {
  const std::vector<Isa> there = available_isas();
  if (isa == Isa::automatic) return there.back();
  if (std::find(there.begin(), there.end(), isa) != there.end()) return isa;
  std::string names;
  for (const Isa one : there) names += (names.empty() ? "" : ", ") + std::string(isa_name(one));
  return Error{ErrorCode::unsupported, "create backend", processor_description(), "one of " + names, isa_name(isa)};
}

std::unique_ptr<Backend> reference(int threads, Context context) {
  return std::make_unique<ReferenceBackend>(std::move(context), std::make_shared<ThreadPool>(threads));
}

}  // namespace

Result<std::unique_ptr<Backend>> create_cpu_backend(Isa isa, int threads, Context context) {
  RH_ASSIGN(const Isa chosen, choose(isa));
  if (chosen == Isa::reference) return reference(threads, std::move(context));
  RH_ASSIGN(std::unique_ptr<Backend> fast, FastBackend::create(std::move(context), std::make_shared<ThreadPool>(threads), chosen));
  return fast;
}

Result<std::unique_ptr<Backend>> create_training_backend(Isa isa, int threads, Context context, ProductPrecision precision) {
  RH_ASSIGN(const Isa chosen, choose(isa));
  if (chosen == Isa::reference) {
    if (precision == ProductPrecision::float32) return reference(threads, std::move(context));
    return Error{ErrorCode::unsupported, "create training backend", "bfloat16 with reference", "float32, or avx512 on a processor with AVX-512 BF16",
                 processor_description()};
  }
  RH_ASSIGN(std::unique_ptr<Backend> fast, TrainingBackend::create(std::move(context), std::make_shared<ThreadPool>(threads), chosen, precision));
  return fast;
}

}  // namespace roundhouse
