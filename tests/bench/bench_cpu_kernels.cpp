// SPDX-License-Identifier: Apache-2.0
// Kernels of the fast CPU path, one thread: weights' GB/s and int8 (or float) operations a second.
//   build/release/tests/bench/bench_cpu_kernels --benchmark_filter='product/avx512/q4_0'
#include <benchmark/benchmark.h>

#include <cmath>
#include <string>
#include <vector>

#include "engine/cpu/fast_pack.h"
#include "engine/cpu/kernels/select.h"
#include "roundhouse/isa.h"
#include "tests/engine/cpu/fast_test_support.h"

namespace {

using namespace roundhouse;

void product(benchmark::State& state, Isa isa, DType type, std::int64_t rows, std::int64_t columns, int tokens) {
  fast_test::Random random(1);
  const fast_test::OwnedWeight owned = fast_test::random_weight(random, type, 1, rows, columns);
  ThreadPool pool(1);
  WeightArena arena(nullptr, MemoryTag::other);
  const PackedWeight packed = pack_weight(owned.weight, arena, pool).value();
  const kernels::KernelTable& table = *kernels_for(isa);
  const std::vector<float> values = fast_test::gaussian_row(random, columns * tokens);
  std::vector<kernels::ActivationBlock> blocks(static_cast<std::size_t>(columns * tokens / 32));
  table.quantise(values.data(), columns * tokens, blocks.data());
  std::vector<float> results(static_cast<std::size_t>(rows * tokens));
  std::vector<const void*> x;
  std::vector<float*> y;
  for (int t = 0; t < tokens; ++t) {
    x.push_back(kernels::takes_quantised(packed.kind) ? static_cast<const void*>(blocks.data() + t * columns / 32)
                                                      : values.data() + t * columns);
    y.push_back(results.data() + t * rows);
  }
  const kernels::ProductArguments arguments{packed.data, packed.stride_bytes, columns, rows, 0, packed.groups(), x.data(),
                                            tokens, y.data(), 0, nullptr, nullptr};
  for (auto _ : state) table.product[static_cast<int>(packed.kind)](arguments);
  const auto iterations = static_cast<double>(state.iterations());
  state.counters["weights_B/s"] = benchmark::Counter(iterations * static_cast<double>(owned.bytes.size()), benchmark::Counter::kIsRate);
  state.counters["op/s"] = benchmark::Counter(2.0 * iterations * static_cast<double>(rows * columns * tokens), benchmark::Counter::kIsRate);
}

void quantise(benchmark::State& state, Isa isa) {
  fast_test::Random random(1);
  const std::vector<float> x = fast_test::gaussian_row(random, 576);
  std::vector<kernels::ActivationBlock> blocks(18);
  for (auto _ : state) kernels_for(isa)->quantise(x.data(), 576, blocks.data());
  state.SetItemsProcessed(state.iterations() * 576);
}

// `rows` query vectors of one key/value head at the end of a context of `positions`.
void attention(benchmark::State& state, Isa isa, int rows, int positions) {
  fast_test::Random random(1);
  constexpr int dim = 64;
  const int pages = (positions + 63) / 64;
  std::vector<std::uint16_t> keys(static_cast<std::size_t>(pages * 64 * dim)), values(keys.size());
  const std::vector<float> source = fast_test::gaussian_row(random, static_cast<std::int64_t>(keys.size()));
  kernels_for(isa)->to_f16(source.data(), static_cast<std::int64_t>(source.size()), keys.data());
  kernels_for(isa)->to_f16(source.data(), static_cast<std::int64_t>(source.size()), values.data());
  std::vector<std::int32_t> table, first(static_cast<std::size_t>(rows), 0), last(static_cast<std::size_t>(rows), positions - 1);
  for (int p = 0; p < pages; ++p) table.push_back(p);
  std::vector<float> out(static_cast<std::size_t>(rows * dim));
  std::vector<const float*> q;
  std::vector<float*> y;
  for (int r = 0; r < rows; ++r) {
    q.push_back(source.data() + r * dim);
    y.push_back(out.data() + r * dim);
  }
  auto scratch = AlignedBuffer::allocate(nullptr, MemoryTag::other, 4 * kernels::attention_scratch_floats(dim, dim), "bench");
  const kernels::AttentionArguments arguments{false, keys.data(), values.data(), 64 * dim, 64 * dim, table.data(), dim, dim, 0.125f,
                                              0.0f, rows, q.data(), y.data(), first.data(), last.data(), nullptr,
                                              scratch->as<float>().data()};
  for (auto _ : state) kernels_for(isa)->attention(arguments);
  state.counters["op/s"] = benchmark::Counter(4.0 * static_cast<double>(state.iterations()) * rows * positions * dim,
                                              benchmark::Counter::kIsRate);
}

[[maybe_unused]] const int registered = [] {
  for (const Isa isa : available_isas()) {
    if (!kernels_for(isa)) continue;
    const std::string set = isa_name(isa);
    for (const DType type : fast_test::weight_types()) {
      const std::string name = "product/" + set + "/" + std::string(dtype_name(type));
      for (const int tokens : {1, 3, 8, 64}) {
        benchmark::RegisterBenchmark((name + "/768x768/" + std::to_string(tokens)).c_str(), product, isa, type, 768, 768, tokens);
      }
      benchmark::RegisterBenchmark((name + "/32768x768/1").c_str(), product, isa, type, 32768, 768, 1);
    }
    benchmark::RegisterBenchmark(("quantise/" + set + "/576").c_str(), quantise, isa);
    benchmark::RegisterBenchmark(("attention/" + set + "/3x512").c_str(), attention, isa, 3, 512);
    benchmark::RegisterBenchmark(("attention/" + set + "/24x512").c_str(), attention, isa, 24, 512);
  }
  return 0;
}();

}  // namespace
