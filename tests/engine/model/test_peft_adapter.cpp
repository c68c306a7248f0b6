// SPDX-License-Identifier: Apache-2.0
#include "engine/model/peft_adapter.h"

#include <QtTest>

#include <limits>
#include <map>

#include "engine/io/json.h"
#include "engine/io/safetensors_writer.h"
#include "tests/engine/fixtures/random_adapter.h"
#include "tests/engine/fixtures/tiny_model.h"

using namespace roundhouse;
using namespace roundhouse::testing;

namespace {

using Tensors = std::map<std::string, std::pair<std::vector<std::int64_t>, std::vector<float>>>;

const std::string head = "base_model.model.model.layers.";

Json plain_config() { return {{"peft_type", "LORA"}, {"r", 2}, {"lora_alpha", 6}, {"bias", "none"}, {"use_dora", false}, {"modules_to_save", nullptr}}; }

// As PEFT packs it: rows of A by expert and then rank place, columns of B by rank place and then expert.
void add_fused(Tensors& tensors, const std::string& module, const LoraModule& m) {
  tensors[head + module + ".lora_A.weight"] = {{m.experts * m.rank, m.cols}, m.a};
  std::int64_t rows = 0;
  std::vector<float> b;
  for (const auto& target : m.targets) {
    for (std::int64_t r = 0; r < target.rows; ++r) {
      for (std::int64_t j = 0; j < m.rank; ++j) {
        for (std::int64_t e = 0; e < m.experts; ++e) b.push_back(target.b[static_cast<std::size_t>((e * target.rows + r) * m.rank + j)]);
      }
    }
    rows += target.rows;
  }
  tensors[head + module + ".lora_B.weight"] = {{rows, m.rank * m.experts}, b};
}

void add_matrix(Tensors& tensors, const std::string& module, const LoraModule& m, std::int64_t expert = 0) {
  const auto a = m.a.begin() + expert * m.rank * m.cols;
  const auto b = m.targets[0].b.begin() + expert * m.targets[0].rows * m.rank;
  tensors[head + module + ".lora_A.weight"] = {{m.rank, m.cols}, {a, a + m.rank * m.cols}};
  tensors[head + module + ".lora_B.weight"] = {{m.targets[0].rows, m.rank}, {b, b + m.targets[0].rows * m.rank}};
}

class Folder {
 public:
  Folder(const Tensors& tensors, const Json& config) {
    auto writer = SafetensorsWriter::create(path("adapter_model.safetensors"));
    for (const auto& [name, tensor] : tensors) {
      if (!writer->add_tensor(name, DType::f32, tensor.first).ok()) qFatal("not announced");
    }
    for (const auto& [name, tensor] : tensors) {
      if (!writer->write_data(std::as_bytes(std::span(tensor.second))).ok()) qFatal("not written");
    }
    if (!writer->finish().ok()) qFatal("not finished");
    QFile file(QString::fromStdString(path("adapter_config.json")));
    if (!file.open(QIODevice::WriteOnly)) qFatal("no config");
    file.write(dump_json(config).c_str());
  }
  std::string path(const std::string& name = {}) const { return folder_.path().toStdString() + (name.empty() ? "" : "/" + name); }

 private:
  QTemporaryDir folder_;
};

const LoraModule* find(const LoraAdapter& adapter, const std::string& weight) {
  for (const LoraModule& module : adapter.modules) {
    if (module.targets[0].weight == weight) return &module;
  }
  return nullptr;
}

}  // namespace

class TestPeftAdapter : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void fusedExpertsAndProjectionsAreRead() {
    const auto model = tiny_model();
    std::mt19937 random(1);
    const LoraModule q = random_module(random, *model, {"layers.0.q"}, 2), gate_up = random_module(random, *model, {"layers.1.experts.gate", "layers.1.experts.up"}, 3),
                     down = random_module(random, *model, {"layers.1.experts.down"}, 3), dense = random_module(random, *model, {"layers.0.dense.down"}, 2);
    Tensors tensors;
    add_matrix(tensors, "0.self_attn.q_proj", q);
    add_matrix(tensors, "0.mlp.down_proj", dense);
    add_fused(tensors, "1.mlp.experts.base_layer", gate_up);
    add_fused(tensors, "1.mlp.experts", down);
    const Folder folder(tensors, plain_config());
    const auto read = read_peft_adapter(folder.path() + "/", *model);
    QVERIFY2(read.ok(), read.ok() ? "" : read.error().message().c_str());
    QCOMPARE(read->name, QFileInfo(QString::fromStdString(folder.path())).fileName().toStdString());
    QCOMPARE(read->modules.size(), std::size_t{4});
    for (const LoraModule* expected : {&q, &gate_up, &down, &dense}) {
      const LoraModule* const got = find(*read, expected->targets[0].weight);
      QVERIFY(got);
      QCOMPARE(got->a, expected->a);
      QCOMPARE(got->scale, 6.0f / static_cast<float>(expected->rank));
      QCOMPARE(got->targets.size(), expected->targets.size());
      for (std::size_t t = 0; t < got->targets.size(); ++t) {
        QCOMPARE(got->targets[t].weight, expected->targets[t].weight);
        QCOMPARE(got->targets[t].b, expected->targets[t].b);
      }
    }
  }
  // Either parameter may be wrapped alone or inside the other; the shapes tell them apart.
  void theOrderOfWrappingDoesNotMatter() {
    const auto model = tiny_model();
    std::mt19937 random(2);
    const LoraModule gate_up = random_module(random, *model, {"layers.2.experts.gate", "layers.2.experts.up"}, 1), down = random_module(random, *model, {"layers.2.experts.down"}, 2);
    for (const auto& [inner, outer] : {std::pair(&down, &gate_up), std::pair(&gate_up, &down)}) {
      Tensors tensors;
      add_fused(tensors, "2.mlp.experts.base_layer", *inner);
      add_fused(tensors, "2.mlp.experts", *outer);
      const auto read = read_peft_adapter(Folder(tensors, plain_config()).path(), *model);
      QVERIFY(read.ok());
      QCOMPARE(find(*read, "layers.2.experts.gate")->targets[1].b, gate_up.targets[1].b);
      QCOMPARE(find(*read, "layers.2.experts.down")->targets[0].b, down.targets[0].b);
    }
    Tensors alone;
    add_fused(alone, "2.mlp.experts", gate_up);
    QVERIFY(find(*read_peft_adapter(Folder(alone, plain_config()).path(), *model), "layers.2.experts.gate"));
  }
  void singleExpertsAreStacked() {
    const auto model = tiny_model();
    std::mt19937 random(3);
    const LoraModule gate = random_module(random, *model, {"layers.1.experts.gate"}, 2);
    Tensors tensors;
    for (const int expert : {0, 3, 7}) add_matrix(tensors, "1.mlp.experts." + std::to_string(expert) + ".gate_proj", gate, expert);
    Json config = plain_config();
    config["alpha_pattern"] = {{"experts.3.gate_proj", 12}};
    const auto read = read_peft_adapter(Folder(tensors, config).path(), *model);
    QVERIFY2(read.ok(), read.ok() ? "" : read.error().message().c_str());
    QCOMPARE(read->modules.size(), std::size_t{1});
    const LoraModule& got = read->modules[0];
    const std::size_t a = gate.a.size() / 8, b = gate.targets[0].b.size() / 8;
    for (std::size_t e = 0; e < 8; ++e) {
      for (std::size_t i = 0; i < a; ++i) QCOMPARE(got.a[e * a + i], e % 4 == 3 || e == 0 ? gate.a[e * a + i] : 0.0f);
      const float alpha = e == 3 ? 12.0f : 6.0f;
      for (std::size_t i = 0; i < b; ++i) QCOMPARE(got.scale * got.targets[0].b[e * b + i], e % 4 == 3 || e == 0 ? alpha / 2 * gate.targets[0].b[e * b + i] : 0.0f);
    }
  }
  void scalesFollowTheConfiguration() {
    const auto model = tiny_model();
    std::mt19937 random(4);
    Tensors tensors;
    add_matrix(tensors, "0.self_attn.q_proj", random_module(random, *model, {"layers.0.q"}, 4));
    add_matrix(tensors, "1.self_attn.q_proj", random_module(random, *model, {"layers.1.q"}, 2));
    add_matrix(tensors, "1.self_attn.v_proj", random_module(random, *model, {"layers.1.v"}, 4));
    Json config = plain_config();
    config["alpha_pattern"] = {{"layers.1.self_attn.q_proj", 10}, {"v_proj", 3.5}};
    auto read = read_peft_adapter(Folder(tensors, config).path(), *model);
    QVERIFY(read.ok());
    QCOMPARE(find(*read, "layers.0.q")->scale, 1.5f);
    QCOMPARE(find(*read, "layers.1.q")->scale, 5.0f);
    QCOMPARE(find(*read, "layers.1.v")->scale, 0.875f);
    config["use_rslora"] = true;
    read = read_peft_adapter(Folder(tensors, config).path(), *model);
    QCOMPARE(find(*read, "layers.0.q")->scale, 3.0f);
  }
  // A model whose file has rotary pairs side by side: rows of q and k are in another order there, and so are B's.
  void theOrderOfRotaryPairsIsFollowed() {
    const auto halves = tiny_model();
    ModelSpec spec = halves->spec();
    for (LayerSpec& layer : spec.layers) layer.rope.order = RopeOrder::pairs;
    Weights weights;
    weights.keep(halves);
    for (Weight weight : halves->weights().all()) weights.add(weight);
    weights.bind(spec.layers.size());
    const TextModel pairs(std::move(spec), std::move(weights));
    std::mt19937 random(5);
    const LoraModule q = random_module(random, pairs, {"layers.0.q"}, 2), v = random_module(random, pairs, {"layers.0.v"}, 2);
    Tensors tensors;
    add_matrix(tensors, "0.self_attn.q_proj", q);
    add_matrix(tensors, "0.self_attn.v_proj", v);
    const auto read = read_peft_adapter(Folder(tensors, plain_config()).path(), pairs);
    QVERIFY(read.ok());
    QCOMPARE(find(*read, "layers.0.v")->targets[0].b, v.targets[0].b);
    const auto& got = find(*read, "layers.0.q")->targets[0].b;
    for (std::size_t row = 0; row < 32; ++row) {  // heads of 8
      const std::size_t head_row = row / 8 * 8, within = row % 8;
      const std::size_t from = head_row + within / 2 + within % 2 * 4;
      for (std::size_t j = 0; j < 2; ++j) QCOMPARE(got[row * 2 + j], q.targets[0].b[from * 2 + j]);
    }
  }
  void whatIsNotDoneIsRefusedByName_data() {
    QTest::addColumn<QString>("key");
    QTest::addColumn<QString>("value");
    QTest::newRow("kind") << "peft_type" << "\"IA3\"";
    QTest::newRow("bias") << "bias" << "\"all\"";
    QTest::newRow("changed base") << "init_lora_weights" << "\"pissa_niter_16\"";
    QTest::newRow("saved") << "modules_to_save" << "[\"lm_head\"]";
    QTest::newRow("expression") << "alpha_pattern" << "{\"layers\\\\.[01].*\": 4}";
    QTest::newRow("alpha") << "lora_alpha" << "\"six\"";
  }
  void whatIsNotDoneIsRefusedByName() {
    QFETCH(QString, key);
    QFETCH(QString, value);
    const auto model = tiny_model();
    std::mt19937 random(6);
    Tensors tensors;
    add_matrix(tensors, "0.self_attn.q_proj", random_module(random, *model, {"layers.0.q"}, 2));
    Json config = plain_config();
    config[key.toStdString()] = *parse_json(value.toStdString(), "value");
    const auto read = read_peft_adapter(Folder(tensors, config).path(), *model);
    QVERIFY(!read.ok());
    const std::string said = read.error().message();
    QVERIFY2(said.find(key.toStdString()) != std::string::npos && said.find("adapter_config.json") != std::string::npos, said.c_str());
  }
  void tensorsThatDoNotFitAreRefusedByName() {
    const auto model = tiny_model();
    std::mt19937 random(7);
    const LoraModule q = random_module(random, *model, {"layers.0.q"}, 2);
    const auto refused = [&](const std::function<void(Tensors&)>& change, const std::string& named) {
      Tensors tensors;
      add_matrix(tensors, "0.self_attn.q_proj", q);
      change(tensors);
      const auto read = read_peft_adapter(Folder(tensors, plain_config()).path(), *model);
      const std::string said = read.ok() ? "read" : read.error().message();
      QVERIFY2(!read.ok() && said.find(named) != std::string::npos, said.c_str());
    };
    const std::string name = head + "0.self_attn.q_proj.lora_A.weight";
    refused([&](Tensors& t) { t.erase(name); }, "B alone");
    refused([&](Tensors& t) { t[head + "0.self_attn.q_proj.lora_magnitude_vector"] = {{32}, std::vector<float>(32)}; }, "lora_magnitude_vector");
    refused([&](Tensors& t) { t[name].first = {4, 16}; }, "q_proj");
    refused([&](Tensors& t) { t[name].second[3] = std::numeric_limits<float>::infinity(); }, "finite");
    refused([&](Tensors& t) { add_matrix(t, "0.self_attn.w_proj", q); }, "w_proj");
    refused([&](Tensors& t) { add_matrix(t, "9.self_attn.q_proj", q); }, "9.self_attn.q_proj");
    refused([&](Tensors& t) { add_matrix(t, "1.mlp.gate", random_module(random, *model, {"layers.1.router"}, 2)); }, "mlp.gate");
    refused([&](Tensors& t) { add_fused(t, "1.mlp.experts", random_module(random, *model, {"layers.0.q"}, 2)); }, "mlp.experts");
    refused([&](Tensors& t) { t.clear(); }, "none");
  }
  // Modules of several ranks and scales, gates without ups and ups without gates; with rotary pairs side by side too.
  void whatIsWrittenIsRead() {
    const auto halves = tiny_model();
    ModelSpec spec = halves->spec();
    for (LayerSpec& layer : spec.layers) layer.rope.order = RopeOrder::pairs;
    Weights weights;
    weights.keep(halves);
    for (Weight weight : halves->weights().all()) weights.add(weight);
    weights.bind(spec.layers.size());
    const TextModel pairs(std::move(spec), std::move(weights));
    for (const TextModel* model : {halves.get(), &pairs}) {
      std::mt19937 random(8);
      for (int kind = 0; kind < 6; ++kind) {
        LoraAdapter adapter{"kind " + std::to_string(kind), {}, {}};
        if (kind != 3) adapter = random_adapter(1, *model, 3);
        if (kind == 1) adapter.modules.push_back(random_module(random, *model, {"layers.2.experts.gate"}, 5, 0.3f));
        if (kind == 2) adapter.modules.push_back(random_module(random, *model, {"layers.2.experts.up"}, 1));
        if (kind == 3) adapter.modules.push_back(random_module(random, *model, {"layers.2.experts.up", "layers.2.experts.gate"}, 2));
        if (kind == 4) {
          adapter.modules.push_back(random_module(random, *model, {"layers.2.experts.up"}, 2));
          adapter.modules.push_back(random_module(random, *model, {"layers.2.experts.gate"}, 4));
        }
        if (kind == 5) adapter.modules.erase(adapter.modules.begin(), adapter.modules.end() - 1);
        const QTemporaryDir folder;
        const std::string path = folder.filePath("made/here").toStdString();
        const Status written = write_peft_adapter(path, adapter, *model, "the base");
        QVERIFY2(written.ok(), written.ok() ? "" : written.error().message().c_str());
        const auto read = read_peft_adapter(path, *model);
        QVERIFY2(read.ok(), read.ok() ? "" : read.error().message().c_str());
        QVERIFY2(same_effect(*model, *read, adapter), adapter.name.c_str());
        const auto config = read_json_file(path + "/adapter_config.json");
        QVERIFY(config.ok() && (*config)["base_model_name_or_path"] == "the base");
        if (kind == 0) {
          QCOMPARE((*config)["target_parameters"].size(), std::size_t{2});
          QCOMPARE((*config)["r"], 3);
          QVERIFY((*config)["target_modules"].dump().find("\"self_attn.q_proj\"") != std::string::npos);
        }
      }
    }
    QVERIFY(!write_peft_adapter("/proc/no/such", random_adapter(1, *halves, 1), *halves, "").ok());
    QVERIFY(!write_peft_adapter("/tmp/never", {}, *halves, "").ok());
  }
  void missingFilesAreNamed() {
    const auto model = tiny_model();
    const auto read = read_peft_adapter("/no/such/folder", *model);
    QVERIFY(!read.ok());
    QVERIFY(read.error().message().find("/no/such/folder") != std::string::npos);
  }
  void magnitudesAreRead() {
    const auto model = tiny_model();
    std::mt19937 random(1);
    LoraAdapter expected{"x", {random_module(random, *model, {"layers.0.q"}, 2, 3.0f), random_module(random, *model, {"layers.1.experts.up"}, 2, 3.0f)}, {}};
    expected = with_magnitudes(3, *model, expected);
    Json config = plain_config();
    config["use_dora"] = true;
    for (const char* end : {"", ".weight", ".default.weight"}) {
      Tensors tensors;
      const auto magnitudes = [&](const std::string& module, const LoraModule& m, std::int64_t expert) {
        const auto first = m.targets[0].magnitude.begin() + expert * m.targets[0].rows;
        tensors[head + module + ".lora_magnitude_vector" + end] = {{m.targets[0].rows}, {first, first + m.targets[0].rows}};
      };
      add_matrix(tensors, "0.self_attn.q_proj", expected.modules[0]);
      magnitudes("0.self_attn.q_proj", expected.modules[0], 0);
      for (const std::int64_t expert : {1, 6}) {
        const std::string name = "1.mlp.experts." + std::to_string(expert) + ".up_proj";
        add_matrix(tensors, name, expected.modules[1], expert);
        magnitudes(name, expected.modules[1], expert);
      }
      const Folder folder(tensors, config);
      const auto read = read_peft_adapter(folder.path(), *model);
      QVERIFY2(read.ok(), read.ok() ? "" : read.error().message().c_str());
      QCOMPARE(find(*read, "layers.0.q")->targets[0].magnitude, expected.modules[0].targets[0].magnitude);
      // Experts without an adapter keep what they are.
      LoraAdapter whole = expected;
      LoraModule& up = whole.modules[1];
      const LoraModule none{"none", {{up.targets[0].weight, up.targets[0].rows, std::vector<float>(up.targets[0].b.size())}}, 8, 2, 32, 1.0f, std::vector<float>(up.a.size())};
      const std::vector<float> own = row_norms(*model->weights().find("layers.1.experts.up"), none, none.targets[0]).value();
      for (std::int64_t e = 0; e < 8; ++e) {
        if (e == 1 || e == 6) continue;
        std::fill_n(up.targets[0].b.begin() + e * 16 * 2, 16 * 2, 0.0f);
        std::copy_n(own.begin() + e * 16, 16, up.targets[0].magnitude.begin() + e * 16);
      }
      QVERIFY(same_effect(*model, whole, *read));
      // One of the two said, not the other; another length.
      QVERIFY(!read_peft_adapter(Folder(tensors, plain_config()).path(), *model).ok());
      Tensors fewer = tensors;
      fewer.erase(head + "0.self_attn.q_proj.lora_magnitude_vector" + end);
      QVERIFY(!read_peft_adapter(Folder(fewer, config).path(), *model).ok());
      Tensors other = tensors;
      other[head + "0.self_attn.q_proj.lora_magnitude_vector" + end] = {{31}, std::vector<float>(31, 1.0f)};
      QVERIFY(!read_peft_adapter(Folder(other, config).path(), *model).ok());
    }
    Tensors fused;
    const LoraModule down = random_module(random, *model, {"layers.1.experts.down"}, 3);
    add_fused(fused, "1.mlp.experts", down);
    fused[head + "1.mlp.experts.lora_magnitude_vector"] = {{32}, std::vector<float>(32, 1.0f)};
    QVERIFY(!read_peft_adapter(Folder(fused, config).path(), *model).ok());
  }
  // Attention, dense and experts, with magnitudes on all weights or on some, rotary pairs side by side or not.
  void magnitudesAreWrittenAndReadBack() {
    for (const bool all : {true, false}) {
      for (const bool pairs : {false, true}) {
        const auto plain = tiny_model();
        ModelSpec spec = plain->spec();
        for (LayerSpec& layer : spec.layers) layer.rope.order = pairs ? RopeOrder::pairs : RopeOrder::halves;
        Weights weights;
        weights.keep(plain);
        for (const Weight& weight : plain->weights().all()) weights.add(weight);
        weights.bind(3);
        const auto model = std::make_shared<const TextModel>(spec, std::move(weights));
        const LoraAdapter adapter = with_magnitudes(3, *model, random_adapter(5, *model, 2), all);
        const QTemporaryDir folder;
        const Status written = write_peft_adapter(folder.path().toStdString(), adapter, *model, "base");
        QVERIFY2(written.ok(), written.ok() ? "" : written.error().message().c_str());
        const auto read = read_peft_adapter(folder.path().toStdString(), *model);
        QVERIFY2(read.ok(), read.ok() ? "" : read.error().message().c_str());
        QVERIFY(same_effect(*model, adapter, *read));
        for (const LoraModule& module : read->modules) QVERIFY(!module.targets[0].magnitude.empty());
      }
    }
  }
};

QTEST_GUILESS_MAIN(TestPeftAdapter)
#include "test_peft_adapter.moc"
