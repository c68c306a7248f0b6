// SPDX-License-Identifier: Apache-2.0
// Prompt and generation speed of a model file at the level of backend and forward pass, best of several rounds:
//   build/release/tests/bench/bench_forward MODEL.gguf [avx512|avx2|reference] [threads] [prompt] [generated] [rounds]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <vector>

#include "engine/cpu/fast_backend.h"
#include "engine/model/model_builder.h"
#include "engine/model/source_formats.h"
#include "engine/model/text_model.h"

namespace {

using namespace roundhouse;

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

template <class T>
T must(Result<T> result) {
  if (!result.ok()) {
    std::fprintf(stderr, "%s\n", result.error().message().c_str());
    std::exit(1);
  }
  return std::move(result).value();
}

// One sequence in a cache whose pages are in order.
struct Runner {
  const TextModel& model;
  Backend& backend;
  KvCache* cache;
  std::vector<std::int32_t> pages;
  std::int32_t cached = 0;

  void step(const std::vector<std::int32_t>& tokens) {
    const auto rows = static_cast<std::int32_t>(tokens.size());
    std::vector<std::int32_t> positions, slots, sequence(tokens.size(), 0);
    for (std::int32_t i = 0; i < rows; ++i) {
      positions.push_back(cached + i);
      slots.push_back(pages[static_cast<std::size_t>((cached + i) / KvCache::page_tokens)] * KvCache::page_tokens +
                      (cached + i) % KvCache::page_tokens);
    }
    const BatchSequence part{0, rows, cached, pages.data()};
    const std::int32_t output = rows - 1;
    Batch batch;
    batch.rows = rows;
    batch.tokens = tokens.data();
    batch.positions = positions.data();
    batch.sequence = sequence.data();
    batch.cache_slot = slots.data();
    batch.sequences = std::span(&part, 1);
    batch.output_rows = &output;
    batch.outputs = 1;
    batch.cache = cache;
    const Ops::Mark mark = backend.mark();
    (void)model.forward(backend, batch);
    backend.release(mark);
    cached += rows;
  }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return std::fprintf(stderr, "usage: %s MODEL [isa] [threads] [prompt] [generated] [rounds]\n", argv[0]), 2;
  const Isa isa = argc > 2 ? must(parse_isa(argv[2])) : available_isas().back();
  const int threads = argc > 3 ? std::atoi(argv[3]) : 2, prompt = argc > 4 ? std::atoi(argv[4]) : 512;
  const int generated = argc > 5 ? std::atoi(argv[5]) : 64, rounds = argc > 6 ? std::atoi(argv[6]) : 3;
  const auto source = must(open_gguf_source(argv[1]));
  BuiltModel built = must(build_model(source));
  const auto pool = std::make_shared<ThreadPool>(threads);
  std::unique_ptr<Backend> backend;
  if (isa == Isa::reference) backend = std::make_unique<ReferenceBackend>(Context{}, pool);
  else backend = must(FastBackend::create(Context{}, pool, isa));
  const double started = seconds();
  for (const Weight& weight : built.weights.all()) must(backend->prepare(1, weight));
  const double prepared = seconds() - started;
  const TextModel model(std::move(built.spec), std::move(built.weights));
  const AttentionSpec& attention = model.spec().layers[0].attention;
  const std::int32_t pages = (prompt + generated) / KvCache::page_tokens + 1;
  const auto cache = must(backend->create_cache(static_cast<std::int32_t>(model.spec().layers.size()), pages,
                                                attention.kv_heads, attention.key_dim, attention.value_dim, model.weights().cache_type()));
  std::mt19937 random(1);
  const auto token = [&] { return static_cast<std::int32_t>(random() % static_cast<unsigned>(model.spec().vocabulary)); };
  std::vector<std::int32_t> order;
  for (std::int32_t p = 0; p < pages; ++p) order.push_back(p);
  double best_prompt = 0, best_generation = 0;
  for (int round = 0; round < rounds; ++round) {
    Runner runner{model, *backend, cache.get(), order};
    std::vector<std::int32_t> tokens;
    for (int i = 0; i < prompt; ++i) tokens.push_back(token());
    double start = seconds();
    if (prompt > 0) runner.step(tokens);
    best_prompt = std::max(best_prompt, prompt / (seconds() - start));
    runner.cached = 0;
    runner.step({token()});
    start = seconds();
    for (int i = 0; i < generated; ++i) runner.step({token()});
    best_generation = std::max(best_generation, generated / (seconds() - start));
  }
  std::printf("%s, %d threads: prompt %d %.0f tokens/s, generation %d %.1f tokens/s; prepared in %.0f ms\n",
              backend->name().c_str(), threads, prompt, best_prompt, generated, best_generation, prepared * 1e3);
}
