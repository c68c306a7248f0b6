// SPDX-License-Identifier: Apache-2.0
#include "engine/train/lora_plan.h"

#include <QtTest>

#include "tests/engine/fixtures/tiny_model.h"

using namespace roundhouse;
using namespace roundhouse::testing;

namespace {

std::vector<std::string> targets(const LoraAdapter& adapter) {
  std::vector<std::string> names;
  for (const LoraModule& module : adapter.modules) {
    for (const auto& target : module.targets) names.push_back(target.weight);
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

class TestLoraPlan : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void aFreshAdapterChangesNothingAndIsTheSameEverywhere() {
    const auto model = tiny_model();
    LoraPlan plan;
    plan.rank = 3;
    plan.alpha = 12;
    const auto adapter = plan_lora(*model, plan, "mine");
    QVERIFY(adapter.ok() && check_adapter(*model, *adapter).ok());
    QCOMPARE(adapter->name, std::string("mine"));
    for (const LoraModule& module : adapter->modules) {
      const float bound = 1.0f / std::sqrt(static_cast<float>(module.cols));
      double sum = 0, most = 0;
      for (const float a : module.a) {
        QVERIFY(std::abs(a) <= bound);
        sum += a;
        most = std::max(most, std::abs(static_cast<double>(a)));
      }
      QVERIFY(most > 0.9 * bound && std::abs(sum / static_cast<double>(module.a.size())) < 0.3 * bound);
      QCOMPARE(module.scale, 4.0f);
      for (const auto& target : module.targets) QVERIFY(std::all_of(target.b.begin(), target.b.end(), [](float b) { return b == 0.0f; }));
    }
    const auto again = plan_lora(*model, plan, "mine");
    plan.seed = 1;
    const auto other = plan_lora(*model, plan, "mine");
    QCOMPARE(again->modules[0].a, adapter->modules[0].a);
    QVERIFY(other->modules[0].a != adapter->modules[0].a);
    QCOMPARE(plan_lora(*model, LoraPlan{}, "")->modules[0].a[0], plan_lora(*model, LoraPlan{}, "")->modules[0].a[0]);
    plan.rank_stabilised = true;
    plan.rank = 4;
    QCOMPARE(plan_lora(*model, plan, "")->modules[0].scale, 6.0f);
  }
  void targetsAreNamesGroupsAndPatterns() {
    const auto model = tiny_model();
    const auto chosen = [&](std::vector<std::string> wanted) {
      LoraPlan plan;
      plan.targets = std::move(wanted);
      return targets(*plan_lora(*model, plan, ""));
    };
    QCOMPARE(chosen({"layers.1.q"}), (std::vector<std::string>{"layers.1.q"}));
    QCOMPARE(chosen({"attention"}).size(), std::size_t{12});
    QCOMPARE(chosen({"dense"}), (std::vector<std::string>{"layers.0.dense.down", "layers.0.dense.gate", "layers.0.dense.up"}));
    QCOMPARE(chosen({"experts"}).size(), std::size_t{6});
    QCOMPARE(chosen({"all"}).size(), std::size_t{21});
    QCOMPARE(chosen({"layers.*.v", "layers.2*.experts.*"}).size(), std::size_t{6});
    QCOMPARE(chosen({"*down", "layers.0.dense.down"}).size(), std::size_t{3});
    QCOMPARE(chosen({"layers.1.experts.up"}), (std::vector<std::string>{"layers.1.experts.up"}));
    // Gate and up under one A.
    LoraPlan plan;
    plan.targets = {"layers.1.experts.*"};
    QCOMPARE(plan_lora(*model, plan, "")->modules.size(), std::size_t{2});
  }
  void whatIsExcludedStaysAsItIs() {
    const auto model = tiny_model();
    LoraPlan plan;
    plan.exclude = {"experts", "layers.0.*", "*.k"};
    QCOMPARE(targets(*plan_lora(*model, plan, "")), (std::vector<std::string>{"layers.1.output", "layers.1.q", "layers.1.v", "layers.2.output", "layers.2.q", "layers.2.v"}));
    plan.exclude = {"all"};
    QVERIFY(!plan_lora(*model, plan, "").ok());
    plan.exclude = {"layers.7.*"};
    QCOMPARE(plan_lora(*model, plan, "").error().received, std::string("layers.7.*"));
  }
  void onlyChosenExpertsGetAnAdapter() {
    const auto model = tiny_model();
    LoraPlan plan;
    plan.targets = {"experts", "attention"};
    plan.experts = {{2, {3, 1, 3}}};
    const LoraAdapter adapter = plan_lora(*model, plan, "").value();
    QCOMPARE(adapter.modules.size(), std::size_t{14});  // attention everywhere, the experts of layer 2
    for (const LoraModule& module : adapter.modules) {
      if (module.experts == 1) {
        QVERIFY(module.trained_experts.empty());
        continue;
      }
      QCOMPARE(module.trained_experts, (std::vector<std::int32_t>{1, 3}));
      const std::size_t each = module.a.size() / static_cast<std::size_t>(module.experts);
      for (std::size_t i = 0; i < module.a.size(); ++i) QCOMPARE(module.a[i] != 0.0f, i / each == 1 || i / each == 3);
    }
    for (const std::map<std::int32_t, std::vector<std::int32_t>>& wrong : {std::map<std::int32_t, std::vector<std::int32_t>>{{2, {99}}}, {{2, {-1}}}, {{0, {1}}}, {{9, {1}}}, {{1, {}}}}) {
      plan.experts = wrong;
      QVERIFY(!plan_lora(*model, plan, "").ok());
    }
    plan.experts = {{1, {0}}};
    plan.targets = {"attention"};
    QVERIFY(!plan_lora(*model, plan, "").ok());
  }
  void whatFitsNothingIsRefusedByName() {
    const auto model = tiny_model();
    for (const char* wrong : {"layers.9.q", "shared", "router", "embedding", "q", "", "layers.*.Q"}) {
      LoraPlan plan;
      plan.targets = {"attention", wrong};
      const auto refused = plan_lora(*model, plan, "");
      QVERIFY2(!refused.ok() && refused.error().received == wrong, wrong);
    }
    LoraPlan plan;
    plan.targets = {};
    QVERIFY(!plan_lora(*model, plan, "").ok());
    plan = {};
    plan.rank = 0;
    QVERIFY(!plan_lora(*model, plan, "").ok());
    plan = {};
    plan.alpha = 0;
    QVERIFY(!plan_lora(*model, plan, "").ok());
  }
};

QTEST_GUILESS_MAIN(TestLoraPlan)
#include "test_lora_plan.moc"
