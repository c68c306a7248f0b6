// SPDX-License-Identifier: Apache-2.0
#include "engine/facade/adapter_bytes.h"

#include <QtTest>

#include "engine/model/gguf_adapter.h"
#include "engine/model/model_builder.h"
#include "engine/model/peft_adapter.h"
#include "facade_fixture.h"
#include "tests/engine/fixtures/random_adapter.h"

using namespace roundhouse;
using namespace roundhouse::testing;

class TestAdapterBytes : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  // What a load predicts is what it holds then, and what it refuses when there is less.
  void adaptersCountAsWeights() {
    const Bench bench;
    const auto source = must(open_model_source(bench.path("tiny.gguf")));
    BuiltModel built = must(build_model(source));
    const TextModel base(std::move(built.spec), std::move(built.weights));
    const auto adapter = [&](unsigned seed, std::int64_t rank) {
      std::mt19937 random(seed);
      LoraAdapter made;
      made.modules = {random_module(random, base, {"layers.0.q"}, rank), random_module(random, base, {"layers.1.experts.gate", "layers.1.experts.up"}, rank),
                      random_module(random, base, {"layers.1.experts.down"}, rank)};
      return made;
    };
    QVERIFY(write_peft_adapter(bench.path("one"), adapter(1, 4), base, "tiny").ok());
    QVERIFY(write_peft_adapter(bench.path("two"), adapter(2, 2), base, "tiny").ok());
    QVERIFY(write_gguf_adapter(bench.path("three.gguf"), adapter(1, 4), base, source->architecture).ok());
    const std::uint64_t dense = 4 * (32 + 32) * 4, experts = 4 * 4 * ((32 + 2 * 16) + (16 + 32)) * 4;  // rank (in + out) float32, 4 experts
    for (const auto& [paths, adapters] : {std::pair(std::vector<std::string>{bench.path("one")}, 1u), {{bench.path("one"), bench.path("two")}, 2u}}) {
      LoadOptions options;
      options.adapters = paths;
      const MemoryUse bytes = adapter_bytes(paths), none = predict_memory(bench.model->info(), {}), with = predict_memory(bench.model->info(), options);
      QCOMPARE(bytes.dense_weights_bytes, adapters * dense);
      QCOMPARE(bytes.expert_weights_bytes, adapters * experts);
      QCOMPARE(with.total_bytes() - none.total_bytes(), bytes.total_bytes());
      const auto model = must(bench.engine->load_model(bench.path("tiny.gguf"), options));
      QCOMPARE(model->memory_use().dense_weights_bytes - bench.model->memory_use().dense_weights_bytes, bytes.dense_weights_bytes);
      QCOMPARE(model->memory_use().expert_weights_bytes - bench.model->memory_use().expert_weights_bytes, bytes.expert_weights_bytes);
    }
    // In GGUF gate and up have an A each.
    QCOMPARE(adapter_bytes({bench.path("three.gguf")}).expert_weights_bytes, experts + 4 * 4 * 32 * 4);
    QCOMPARE(adapter_bytes({bench.path("nothing"), bench.path("nothing.gguf")}).total_bytes(), std::uint64_t{0});
  }
  void aLoadThatAdaptersDoNotFitIntoIsRefused() {
    const Bench bench;
    const auto source = must(open_model_source(bench.path("tiny.gguf")));
    BuiltModel built = must(build_model(source));
    const TextModel base(std::move(built.spec), std::move(built.weights));
    std::mt19937 random(1);
    LoraAdapter made{"a", {random_module(random, base, {"layers.0.q"}, 64)}, {}};
    QVERIFY(write_peft_adapter(bench.path("one"), made, base, "tiny").ok());
    EngineOptions options;
    options.isa = Isa::reference;
    options.memory_bytes = 4096;  // less than A and B
    const auto engine = must(Engine::create(options));
    QVERIFY(engine->load_model(bench.path("tiny.gguf")).ok());
    LoadOptions load;
    load.adapters = {bench.path("one")};
    QCOMPARE(engine->load_model(bench.path("tiny.gguf"), load).error().code, ErrorCode::out_of_memory);
  }
};

QTEST_GUILESS_MAIN(TestAdapterBytes)
#include "test_adapter_bytes.moc"
