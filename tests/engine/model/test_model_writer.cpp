// SPDX-License-Identifier: Apache-2.0
#include "engine/model/model_writer.h"

#include <sys/resource.h>
#include <unistd.h>

#include <QtTest>

#include <csignal>

#include "engine/io/gguf_file.h"
#include "engine/io/json.h"
#include "engine/io/safetensors_file.h"
#include "engine/model/model_builder.h"
#include "engine/quant/dequantize.h"
#include "engine/quant/quantize.h"
#include "tests/engine/fixtures/random_adapter.h"
#include "tests/engine/fixtures/tiny_gguf.h"

using namespace roundhouse;
using namespace roundhouse::testing;

namespace {

template <class T>
T must(Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.error().message());
  return std::move(result).value();
}

struct Loaded {
  std::shared_ptr<const ModelSource> source;
  std::shared_ptr<const TextModel> model;
  explicit Loaded(const std::string& path) : source(must(open_model_source(path))) {
    BuiltModel built = must(build_model(source));
    model = std::make_shared<const TextModel>(std::move(built.spec), std::move(built.weights));
  }
};

// Attention, routed experts with gate and up under one A, and downs of which one expert has a zero B.
LoraAdapter adapter_of(const TextModel& model) {
  std::mt19937 random(7);
  LoraAdapter adapter{"a", {}, {}};
  for (const char* weight : {"layers.0.q", "layers.1.k", "layers.1.output"}) adapter.modules.push_back(random_module(random, model, {weight}, 2, 4.0f));
  adapter.modules.push_back(random_module(random, model, {"layers.0.experts.gate", "layers.0.experts.up"}, 3, 4.0f));
  adapter.modules.push_back(random_module(random, model, {"layers.1.experts.down"}, 2, 4.0f));
  std::vector<float>& b = adapter.modules.back().targets[0].b;
  std::fill(b.begin(), b.begin() + static_cast<std::ptrdiff_t>(b.size()) / 4, 0.0f);
  return adapter;
}

std::vector<float> numbers(const Weight& weight) {
  std::vector<float> values(static_cast<std::size_t>(weight.experts * weight.rows * weight.cols));
  if (!dequantize_row(weight.type, weight.data, static_cast<std::int64_t>(values.size()), values.data()).ok()) qFatal("dequantize");
  return values;
}

// Whether each weight of `written` is that of `expected`, rounded to its type row by row.
void compare(const TextModel& written, const TextModel& expected) {
  QCOMPARE(written.weights().all().size(), expected.weights().all().size());
  for (const Weight& weight : written.weights().all()) {
    const WeightRef twin = expected.weights().find(weight.name);
    QVERIFY2(twin, weight.name.c_str());
    const std::vector<float> values = numbers(*twin);
    std::vector<std::byte> bytes(weight.bytes);
    QVERIFY(quantize_row(weight.type, values.data(), static_cast<std::int64_t>(values.size()), bytes.data()).ok());
    std::vector<float> rounded(values.size());  // (blocks that mean the same may differ in their bytes)
    QVERIFY(dequantize_row(weight.type, bytes.data(), static_cast<std::int64_t>(values.size()), rounded.data()).ok());
    QVERIFY2(rounded == numbers(weight), weight.name.c_str());
  }
}

}  // namespace

class TestModelWriter : public QObject {
  Q_OBJECT
  const QTemporaryDir folder_;
  std::string path(const std::string& name) const { return folder_.filePath(QString::fromStdString(name)).toStdString(); }
  QStringList files(const std::string& folder = {}) const {
    return QDir(QString::fromStdString(path(folder))).entryList(QDir::AllEntries | QDir::NoDotAndDotDot | QDir::Hidden, QDir::Name);
  }
  static TinyFile wide() {
    TinyFile file;
    file.hidden = 32;  // whole blocks everywhere
    return file;
  }

 private Q_SLOTS:
  // The oracle is the merge in memory (test_lora), rounded by itself.
  void aGgufHoldsTheMergedWeights_data() {
    QTest::addColumn<QString>("base");
    QTest::addColumn<QString>("type");
    for (const char* base : {"f32", "bf16", "q8_0", "q4_0"}) {
      for (const char* type : {"", "f32", "f16", "bf16", "q8_0", "q4_0"}) QTest::addRow("%s to %s", base, *type ? type : "its own") << base << type;
    }
  }
  void aGgufHoldsTheMergedWeights() {
    QFETCH(QString, base);
    QFETCH(QString, type);
    const std::string name = (base + "-" + type).toStdString();
    const Loaded whole(write_tiny_gguf(path(name + ".f32.gguf"), wide()));
    ModelWriteOptions options;
    options.type = dtype_from_name(base.toStdString());
    must(write_model(*whole.source, {}, path(name + ".base.gguf"), options));
    const Loaded from(path(name + ".base.gguf"));
    compare(*from.model, *whole.model);
    QCOMPARE(from.model->weights().find("layers.0.q")->type, *options.type);

    const LoraAdapter adapter = adapter_of(*from.model);
    options.type = dtype_from_name(type.toStdString());
    options.threads = 3;
    const WrittenModel written = must(write_model(*from.source, lora_updates(adapter), path(name + ".gguf"), options));
    const Loaded now(path(name + ".gguf"));
    compare(*now.model, *must(merge_adapter(from.model, adapter)));
    QCOMPARE(written.updated_tensors, std::size_t{6});
    QCOMPARE(now.model->weights().find("layers.0.q")->type, options.type.value_or(from.model->weights().find("layers.0.q")->type));
    // Only what was touched differs where nothing is converted; of an expert that is not, the very bytes stay.
    if (type.isEmpty()) {
      const WeightRef before = from.model->weights().find("layers.1.experts.down"), after = now.model->weights().find("layers.1.experts.down");
      QVERIFY(std::equal(before->data, before->data + before->bytes / 4, after->data));
      QVERIFY(!std::equal(before->data + before->bytes / 4, before->data + before->bytes, after->data + before->bytes / 4));
    }
  }
  void aGgufKeepsItsMetadata() {
    TinyFile file = wide();
    file.metadata["general.file_type"] = GgufValue::of_u32(0);
    file.metadata["split.count"] = GgufValue::of_u32(1);
    file.metadata["split.no"] = GgufValue::of_u32(0);
    file.metadata["made.of.floats"] = GgufValue::of_f32s({0.1, 0.2});
    const Loaded base(write_tiny_gguf(path("meta.gguf"), file));
    ModelWriteOptions options;
    options.type = DType::q8_0;
    must(write_model(*base.source, {}, path("meta8.gguf"), options));
    const GgufFile before = must(GgufFile::open(path("meta.gguf"))), after = must(GgufFile::open(path("meta8.gguf")));
    std::size_t kept = 0;
    for (const auto& entry : before.metadata().entries()) {
      const GgufValue* const now = after.metadata().find(entry.key);
      if (entry.key.starts_with("split.")) {
        QVERIFY(!now);
        continue;
      }
      ++kept;
      QVERIFY2(now, entry.key.c_str());
      if (entry.key == "general.file_type") QCOMPARE(std::get<std::uint64_t>(now->value), std::uint64_t{7});
      else QVERIFY2(*now == entry.value, entry.key.c_str());
    }
    QCOMPARE(after.metadata().entries().size(), kept);
    for (std::size_t i = 0; i < before.tensors().size(); ++i) {
      QCOMPARE(after.tensors()[i].name, before.tensors()[i].name);
      QCOMPARE(after.tensors()[i].shape, before.tensors()[i].shape);
    }
  }
  // Experts one by one, and fused with gate and up in one matrix.
  void aFolderHoldsTheMergedWeights_data() {
    QTest::addColumn<bool>("fused");
    QTest::addColumn<QString>("type");
    for (const char* type : {"", "f32", "bf16", "f16"}) {
      QTest::addRow("single %s", type) << false << type;
      QTest::addRow("fused %s", type) << true << type;
    }
  }
  void aFolderHoldsTheMergedWeights() {
    QFETCH(bool, fused);
    QFETCH(QString, type);
    TinyFile file;
    file.type = DType::bf16;
    for (int l = 0; fused && l < file.layers; ++l) {
      const std::string experts = "model.layers." + std::to_string(l) + ".mlp.experts.";
      file.without.insert({experts + "#.gate_proj.weight", experts + "#.up_proj.weight", experts + "#.down_proj.weight"});
      file.shapes[experts + "gate_up_proj"] = {file.experts, 2 * file.hidden, file.width};
      file.shapes[experts + "down_proj"] = {file.experts, file.width, file.hidden};
    }
    const std::string name = std::string(fused ? "fused" : "single") + type.toStdString();
    const Loaded base(write_tiny_hugging_face(path(name), file));
    const LoraAdapter adapter = adapter_of(*base.model);
    ModelWriteOptions options;
    options.type = dtype_from_name(type.toStdString());
    must(write_model(*base.source, lora_updates(adapter), path(name + "-merged/"), options));
    const Loaded now(path(name + "-merged"));
    compare(*now.model, *must(merge_adapter(base.model, adapter)));
    const Json config = must(read_json_file(path(name + "-merged/config.json")));
    QCOMPARE(config.contains("torch_dtype"), !type.isEmpty());
    if (!type.isEmpty()) QCOMPARE(config["torch_dtype"].get<std::string>(), std::string(type == "f32" ? "float32" : type == "f16" ? "float16" : "bfloat16"));
    QCOMPARE(files(name + "-merged"), files(name));
    QVERIFY(!must(SafetensorsFile::open(path(name + "-merged"))).metadata().empty());
  }
  void shardsStayAsTheyWereAndOtherFilesComeAlong() {
    write_tiny_hugging_face(path("sharded"));
    {
      const SafetensorsFile whole = must(SafetensorsFile::open(path("sharded")));
      Json index = {{"weight_map", Json::object()}};
      for (int shard = 0; shard < 2; ++shard) {
        const std::string name = shard == 0 ? "model-00001-of-00002.safetensors" : "model-00002-of-00002.safetensors";
        SafetensorsWriter writer = must(SafetensorsWriter::create(path("sharded/" + name)));
        for (int pass = 0; pass < 2; ++pass) {
          for (std::size_t i = 0; i < whole.tensors().size(); ++i) {
            const SafetensorsTensor& tensor = whole.tensors()[i];
            if (static_cast<int>(i % 2) != shard) continue;
            if (pass == 0) require(writer.add_tensor(tensor.name, *tensor.dtype, tensor.shape));
            else require(writer.write_data(must(whole.data(tensor))));
            index["weight_map"][tensor.name] = name;
          }
        }
        require(writer.finish());
      }
      std::ofstream(path("sharded/model.safetensors.index.json")) << index;
      QVERIFY(QFile::remove(QString::fromStdString(path("sharded/model.safetensors"))));
    }
    std::filesystem::create_directory(path("sharded/additional_chat_templates"));
    std::ofstream(path("sharded/additional_chat_templates/tools.jinja")) << "tools";
    std::ofstream(path("sharded/LICENSE")) << "words";
    std::ofstream(path("sharded/pytorch_model.bin")) << "other weights";
    std::ofstream(path("sharded/adapter_config.json")) << "{}";
    const Loaded base(path("sharded"));
    const LoraAdapter adapter = adapter_of(*base.model);
    std::vector<double> told;
    std::filesystem::create_directory(path("sharded-merged"));  // empty: it may be there
    must(write_model(*base.source, lora_updates(adapter), path("sharded-merged"), {}, [&](double fraction) { told.push_back(fraction); }));
    compare(*Loaded(path("sharded-merged")).model, *must(merge_adapter(base.model, adapter)));
    QStringList expected = files("sharded");
    expected.removeAll("pytorch_model.bin");
    expected.removeAll("adapter_config.json");
    QCOMPARE(files("sharded-merged"), expected);
    QCOMPARE(files("sharded-merged/additional_chat_templates"), QStringList("tools.jinja"));
    const SafetensorsFile before = must(SafetensorsFile::open(path("sharded"))), after = must(SafetensorsFile::open(path("sharded-merged")));
    for (const SafetensorsTensor& tensor : before.tensors()) QCOMPARE(must(after.tensor(tensor.name))->shard, tensor.shard);
    QVERIFY(std::is_sorted(told.begin(), told.end()) && told.back() == 1.0);
  }
  void whatIsThereIsNotOverwritten() {
    const Loaded base(write_tiny_gguf(path("there.gguf"), wide()));
    const auto over = write_model(*base.source, {}, path("there.gguf"));
    QCOMPARE(over.error().code, ErrorCode::conflict);
    const Loaded folder(write_tiny_hugging_face(path("there")));
    QCOMPARE(write_model(*folder.source, {}, path("there")).error().code, ErrorCode::conflict);
    QCOMPARE(write_model(*base.source, {}, path("none/here.gguf")).error().code, ErrorCode::not_found);
  }
  void aCancelLeavesNothingBehind() {
    for (const bool folder : {false, true}) {
      const Loaded base(folder ? write_tiny_hugging_face(path("cancel")) : write_tiny_gguf(path("cancel.gguf")));
      const QStringList before = files();
      const CancelToken cancel;
      const auto written = write_model(*base.source, {}, path("out"), {}, [&](double fraction) { if (fraction > 0.5) cancel.cancel(); }, cancel);
      QCOMPARE(written.error().code, ErrorCode::cancelled);
      QCOMPARE(files(), before);
    }
  }
  // A limit of a file's size stands for the full disk: writes past it fail as they do there.
  void aFullDiskIsToldAndLeavesNothingBehind() {
    struct rlimit limit {};
    QCOMPARE(::getrlimit(RLIMIT_FSIZE, &limit), 0);
    for (const bool folder : {false, true}) {
      const Loaded base(folder ? write_tiny_hugging_face(path("full")) : write_tiny_gguf(path("full.gguf")));
      const QStringList before = files();
      const auto handler = std::signal(SIGXFSZ, SIG_IGN);
      const struct rlimit small {20000, limit.rlim_max};
      ::setrlimit(RLIMIT_FSIZE, &small);
      const auto written = write_model(*base.source, {}, path("out"));
      ::setrlimit(RLIMIT_FSIZE, &limit);
      std::signal(SIGXFSZ, handler);
      QVERIFY(!written.ok());
      QCOMPARE(written.error().code, ErrorCode::io);
      QVERIFY2(written.error().message().find("larger than the limit") != std::string::npos, written.error().message().c_str());
      QCOMPARE(files(), before);
    }
  }
};

QTEST_GUILESS_MAIN(TestModelWriter)
#include "test_model_writer.moc"
