// SPDX-License-Identifier: Apache-2.0
#include "engine/model/tensor_plan.h"

#include <QtTest>

#include <limits>

#include "tests/engine/fixtures/tiny_gguf.h"

using namespace roundhouse;
using namespace roundhouse::testing;

class TestTensorPlan : public QObject {
  Q_OBJECT
  const QTemporaryDir folder_;

  std::shared_ptr<const ModelSource> gguf(const TinyFile& file = {}) const {
    auto source = open_model_source(write_tiny_gguf(folder_.filePath("m.gguf").toStdString(), file));
    if (!source.ok()) qFatal("%s", source.error().message().c_str());
    return *source;
  }
  static const TensorPlan& plan(const TensorPlans& plans, const std::string& name) {
    for (const TensorPlan& each : plans.all()) {
      if (each.source().name == name) return each;
    }
    qFatal("no tensor %s", name.c_str());
  }

 private Q_SLOTS:
  void matricesTakeTheTypeAndOthersKeepTheirs() {
    TinyFile file;
    file.hidden = 32;
    const auto source = gguf(file);
    const auto plans = TensorPlans::make(*source, {}, {DType::q4_0, {}});
    QVERIFY(plans.ok());
    QCOMPARE(plan(*plans, "blk.0.attn_q.weight").type(), DType::q4_0);
    QCOMPARE(plan(*plans, "blk.1.ffn_down_exps.weight").type(), DType::q4_0);
    QCOMPARE(plan(*plans, "token_embd.weight").type(), DType::q8_0);
    QCOMPARE(plan(*plans, "output.weight").type(), DType::q8_0);
    for (const char* kept : {"output_norm.weight", "blk.0.ffn_gate_inp.weight", "blk.0.attn_q_norm.weight"}) {
      QVERIFY(plan(*plans, kept).copied());
    }
    QCOMPARE(plan(*plans, "blk.0.attn_q.weight").bytes(), std::uint64_t{32 * 18});
    QCOMPARE(plans->in_another_type(), (std::vector<std::string>{"token_embd.weight", "output.weight"}));
    const auto halves = TensorPlans::make(*source, {}, {DType::f16, {}});
    QCOMPARE(plan(*halves, "token_embd.weight").type(), DType::f16);
    QVERIFY(halves->in_another_type().empty());
    const auto same = TensorPlans::make(*source, {}, {});
    for (const TensorPlan& each : same->all()) QVERIFY(each.copied());
    QCOMPARE(same->bytes(), source->file_bytes - (source->file_bytes - same->bytes()));
  }
  // Rows of 16 are no blocks of 32, rows of 32 none of 256.
  void whereRowsAreNoWholeBlocksAnotherTypeIsTakenAndNamed() {
    const auto source = gguf();
    const auto plans = TensorPlans::make(*source, {}, {DType::q4_k, {}});
    QCOMPARE(plan(*plans, "blk.0.attn_q.weight").type(), DType::q8_0);
    QCOMPARE(plan(*plans, "blk.0.ffn_down_exps.weight").type(), DType::f16);
    const auto& named = plans->in_another_type();
    QVERIFY(std::find(named.begin(), named.end(), "blk.0.ffn_down_exps.weight") != named.end());
  }
  void rowsAreUpdatedWhereTheyAreTouched() {
    const auto source = gguf();
    const std::vector<WeightUpdate> updates = {{"layers.1.experts.down", [](std::int64_t expert) { return expert == 2; },
                                                [](std::int64_t expert, std::int64_t row, float* values) { values[3] = static_cast<float>(1000 * expert + row); }}};
    const auto plans = TensorPlans::make(*source, updates, {});
    QVERIFY(plans.ok());
    const TensorPlan& down = plan(*plans, "blk.1.ffn_down_exps.weight");
    QVERIFY(down.changed() && !down.copied() && plan(*plans, "blk.0.ffn_down_exps.weight").copied());
    ThreadPool pool(3);
    std::vector<float> all(static_cast<std::size_t>(4 * 32 * 16)), part(static_cast<std::size_t>(40 * 16));
    QVERIFY(down.convert(0, 4 * 32, reinterpret_cast<std::byte*>(all.data()), pool).ok());
    QVERIFY(down.convert(50, 40, reinterpret_cast<std::byte*>(part.data()), pool).ok());
    QVERIFY(std::equal(part.begin(), part.end(), all.begin() + 50 * 16));
    const auto* const before = reinterpret_cast<const float*>(down.source().data);
    for (std::int64_t i = 0; i < 4 * 32 * 16; ++i) {
      const std::int64_t row = i / 16;
      const bool set = row / 32 == 2 && i % 16 == 3;
      QCOMPARE(all[static_cast<std::size_t>(i)], set ? static_cast<float>(2000 + row % 32) : before[i]);
    }
  }
  // Where a fine-tune would be lost between the levels of few bits.
  void onlyWhatIsUpdatedMayGetMoreBits() {
    TinyFile file;
    file.type = DType::bf16;
    const auto source = gguf(file);
    const std::vector<WeightUpdate> updates = {{"layers.0.q", {}, [](std::int64_t, std::int64_t, float*) {}},
                                               {"layers.1.experts.down", [](std::int64_t) { return false; }, [](std::int64_t, std::int64_t, float*) {}}};
    const auto more = TensorPlans::make(*source, updates, {{}, DType::f32});
    QCOMPARE(plan(*more, "blk.0.attn_q.weight").type(), DType::f32);
    for (const char* kept : {"blk.0.attn_k.weight", "blk.1.ffn_down_exps.weight", "token_embd.weight"}) QVERIFY(plan(*more, kept).copied());
    const auto fewer = TensorPlans::make(*source, updates, {{}, DType::q8_0});
    QCOMPARE(plan(*fewer, "blk.0.attn_q.weight").type(), DType::bf16);
  }
  void whatCannotBeWrittenIsNamed() {
    const auto source = gguf();
    const auto nothing = [](std::int64_t, std::int64_t, float*) {};
    QCOMPARE(TensorPlans::make(*source, {{"layers.7.q", {}, nothing}}, {}).error().code, ErrorCode::not_found);
    QCOMPARE(TensorPlans::make(*source, {}, {DType::q2_k, {}}).error().code, ErrorCode::unsupported);
    const auto folder = open_model_source(write_tiny_hugging_face(folder_.filePath("hf").toStdString()));
    QVERIFY(folder.ok() && TensorPlans::make(**folder, {}, {DType::bf16, {}}).ok());
    QCOMPARE(TensorPlans::make(**folder, {}, {{}, DType::q8_0}).error().code, ErrorCode::unsupported);
  }
  // Beyond what f16 holds, and no number at all.
  void numbersThatATypeDoesNotHoldAreAnErrorByTensorAndRow() {
    const auto source = gguf();
    ThreadPool pool(2);
    std::vector<std::byte> out(32 * 32 * 4);
    for (const auto& [type, value] : {std::pair(std::optional(DType::f16), 70000.0f), {std::nullopt, std::numeric_limits<float>::quiet_NaN()}}) {
      const std::vector<WeightUpdate> updates = {{"layers.0.q", {}, [v = value](std::int64_t, std::int64_t row, float* values) { if (row >= 17) values[0] = v; }}};
      const auto plans = TensorPlans::make(*source, updates, {type, {}});
      const Status made = plan(*plans, "blk.0.attn_q.weight").convert(0, 32, out.data(), pool);
      QVERIFY(!made.ok());
      QCOMPARE(made.error().object, std::string("row 17 of tensor blk.0.attn_q.weight"));
    }
  }
};

QTEST_GUILESS_MAIN(TestTensorPlan)
#include "test_tensor_plan.moc"
