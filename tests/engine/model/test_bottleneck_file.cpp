// SPDX-License-Identifier: Apache-2.0
#include "engine/model/bottleneck_file.h"

#include <QtTest>

#include <limits>

#include "engine/model/gguf_adapter.h"
#include "engine/model/peft_adapter.h"
#include "tests/engine/fixtures/random_adapter.h"
#include "tests/engine/fixtures/tiny_model.h"
#include "tests/engine/io/file_fixture.h"

using namespace roundhouse;
using namespace roundhouse::testing;

namespace {

std::string changed(std::string bytes, const std::string& from, const std::string& to) {
  return bytes.replace(bytes.find(from), from.size(), to);
}

}  // namespace

class TestBottleneckFile : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void whatIsWrittenIsRead() {
    const test::Folder folder;
    const auto model = tiny_model();
    for (const ActivationKind kind : {ActivationKind::relu, ActivationKind::gelu, ActivationKind::gelu_tanh, ActivationKind::silu}) {
      LoraAdapter adapter = random_bottlenecks(1, *model, 5, {0, 2});
      adapter.bottlenecks[1].width = 3;
      for (auto* values : {&adapter.bottlenecks[1].down, &adapter.bottlenecks[1].up}) values->resize(3 * 32);
      adapter.bottlenecks[1].down_bias.resize(3);
      for (BottleneckModule& module : adapter.bottlenecks) module.activation.kind = kind;
      QVERIFY(write_bottlenecks(folder.path("mine.safetensors"), adapter, *model).ok());
      const auto read = read_bottlenecks(folder.path("mine.safetensors"), *model);
      QVERIFY2(read.ok(), read.ok() ? "" : read.error().message().c_str());
      QCOMPARE(read->name, std::string("mine"));
      QCOMPARE(read->sha256.size(), std::size_t{64});
      QCOMPARE(read->parameters(), adapter.parameters());
      QCOMPARE(read->bottlenecks.size(), std::size_t{2});
      for (std::size_t i = 0; i < 2; ++i) {
        const BottleneckModule &a = adapter.bottlenecks[i], &b = read->bottlenecks[i];
        QVERIFY(a.layer == b.layer && a.width == b.width && a.activation.kind == b.activation.kind);
        QVERIFY(a.down == b.down && a.down_bias == b.down_bias && a.up == b.up && a.up_bias == b.up_bias);
      }
    }
  }
  void whatDoesNotFitIsRefused() {
    const test::Folder folder;
    const auto model = tiny_model();
    QVERIFY(write_bottlenecks(folder.path("a.safetensors"), random_bottlenecks(1, *model, 5, {0, 2}), *model).ok());
    const std::string bytes = folder.read("a.safetensors");
    const auto refused = [&](const std::string& other, const std::string& named) {
      const auto read = read_bottlenecks(folder.write("b.safetensors", other), *model);
      const std::string said = read.ok() ? "read" : read.error().message();
      QVERIFY2(!read.ok() && test::contains(said, named), said.c_str());
    };
    refused(changed(bytes, "layers.0.bottleneck.up_bias", "layers.0.bottleneck.up_size"), "up_size");
    refused(changed(bytes, "layers.0.bottleneck.up_bias", "layers.1.bottleneck.up_bias"), "layers.0");
    refused(changed(bytes, "layers.0.bottleneck.up_bias", "layers.2.bottleneck.up_bias"), "layers.2");
    refused(changed(bytes, "\"relu\"", "\"relo\""), "activation");
    refused(changed(bytes, "bottlenecks", "somethings.."), "b.safetensors");
    refused(changed(bytes, "[5,32]", "[32,5]"), "shape");
    for (std::size_t length = 0; length < bytes.size(); length += 61) refused(bytes.substr(0, length), "b.safetensors");
    QVERIFY(!read_bottlenecks(folder.path("none.safetensors"), *model).ok());
  }
  void otherFormatsAndMergingRefuseBottlenecks() {
    const test::Folder folder;
    const auto model = tiny_model();
    LoraAdapter both = random_adapter(1, *model, 2);
    both.bottlenecks = random_bottlenecks(1, *model, 5, {1}).bottlenecks;
    QVERIFY(check_adapter(*model, both).ok() && !both.empty());
    QVERIFY(!write_peft_adapter(folder.path("peft"), both, *model, "base").ok());
    QVERIFY(!write_gguf_adapter(folder.path("a.gguf"), both, *model, "llama").ok());
    QVERIFY(!write_bottlenecks(folder.path("a.safetensors"), both, *model).ok());
    QVERIFY(!merge_adapter(model, both).ok());
  }
  void modulesOfWrongShapeAreRefused() {
    const auto model = tiny_model();
    const auto refused = [&](auto&& change) {
      LoraAdapter adapter = random_bottlenecks(1, *model, 5, {0, 2});
      change(adapter.bottlenecks);
      return !check_adapter(*model, adapter).ok();
    };
    using Modules = std::vector<BottleneckModule>;
    QVERIFY(!refused([](Modules&) {}));
    QVERIFY(refused([](Modules& m) { m[0].layer = 3; }));
    QVERIFY(refused([](Modules& m) { m[0].layer = -1; }));
    QVERIFY(refused([](Modules& m) { m[0].layer = 2; }));
    QVERIFY(refused([](Modules& m) { m[0].width = 0; }));
    QVERIFY(refused([](Modules& m) { m[0].down.pop_back(); }));
    QVERIFY(refused([](Modules& m) { m[1].up_bias.push_back(0); }));
    QVERIFY(refused([](Modules& m) { m[1].up[2] = std::numeric_limits<float>::infinity(); }));
    QVERIFY(refused([](Modules& m) { m[1].activation.kind = ActivationKind::swiglu_clamped; }));
  }
};

QTEST_GUILESS_MAIN(TestBottleneckFile)
#include "test_bottleneck_file.moc"
