// SPDX-License-Identifier: Apache-2.0
// Tests of engine/model: gguf_source hugging_face_source
#include <QtTest>

#include "engine/model/model_source.h"
#include "tests/engine/fixtures/tiny_gguf.h"

using namespace roundhouse;
using namespace roundhouse::testing;

// open_model_source: gguf_source.cpp and hugging_face_source.cpp behind one door.
class TestModelSource : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void bothFormatsGiveTheSameBytes() {
    const TinyFile file;
    const auto gguf = open_model_source(write_tiny_gguf(path("a.gguf"), file)).value();
    const auto folder = open_model_source(write_tiny_hugging_face(path("a"), file)).value();
    QCOMPARE(gguf->format, ModelFormat::gguf);
    QCOMPARE(folder->format, ModelFormat::hugging_face);
    QCOMPARE(gguf->architecture, std::string("qwen3moe"));
    QCOMPARE(folder->architecture, std::string("qwen3_moe"));
    QVERIFY(gguf->gguf != nullptr && folder->gguf == nullptr);
    for (const TinyTensor& tensor : tiny_tensors(file)) {
      const SourceTensor* stored = find(*gguf, tensor.gguf);
      QVERIFY2(stored, tensor.gguf.c_str());
      QCOMPARE(stored->shape, tensor.shape);
      QCOMPARE(stored->bytes, std::uint64_t{tensor.values.size() * 4});
      QVERIFY(std::memcmp(stored->data, tensor.values.data(), stored->bytes) == 0);
      std::string name = tensor.hugging_face;
      const std::size_t mark = name.find('#');
      const SourceTensor* last = find(*folder, mark == std::string::npos ? name : name.replace(mark, 1, "3"));
      QVERIFY2(last, name.c_str());
      QVERIFY(std::memcmp(last->data, tensor.values.data() + tensor.values.size() - last->bytes / 4, last->bytes) == 0);
    }
  }
  void aValueOfAnotherKindIsAnErrorThatNamesTheKey() {
    TinyFile file;
    file.metadata["layers.each"] = GgufValue::of_i32s({3, 4});
    const auto gguf = open_model_source(write_tiny_gguf(path("b.gguf"), file)).value();
    const MetadataLookup& m = *gguf->metadata;
    QCOMPARE(there(m.integer("qwen3moe.block_count")), 2);
    QCOMPARE(there(m.number("qwen3moe.block_count")), 2.0);
    QCOMPARE(there(m.integers_for_each("qwen3moe.block_count", 3)), (std::vector<std::int64_t>{2, 2, 2}));
    QCOMPARE(there(m.integers_for_each("layers.each", 2)), (std::vector<std::int64_t>{3, 4}));
    refused(m.integers_for_each("layers.each", 3), "layers.each");
    refused(m.text("qwen3moe.block_count"), "qwen3moe.block_count");
    refused(m.flag("qwen3moe.block_count"), "qwen3moe.block_count");
    refused(m.integer("general.name"), "general.name");
    refused(m.texts("general.name"), "general.name");
    QVERIFY(absent(m.integer("nothing.here")) && absent(m.texts("nothing.here")) && absent(m.integers_for_each("nothing.here", 2)));
  }
  void dotsReachIntoConfigObjects() {
    TinyFile file;
    file.config = {{"rope_parameters", R"({"rope_theta": 5000.5, "deep": {"flag": true}})"}, {"nothing", "null"},
                   {"huge", "18446744073709551615"}, {"whole", "2.0"}, {"half", "2.5"}, {"kinds", R"(["a", "b"])"}};
    const auto source = open_model_source(write_tiny_hugging_face(path("c"), file));
    const MetadataLookup& m = *source.value()->metadata;
    QCOMPARE(there(m.number("rope_parameters.rope_theta")), 5000.5);
    QCOMPARE(there(m.flag("rope_parameters.deep.flag")), true);
    QCOMPARE(there(m.texts("kinds")), (std::vector<std::string>{"a", "b"}));
    QCOMPARE(there(m.integer("whole")), 2);
    QCOMPARE(there(m.integers_for_each("whole", 2)), (std::vector<std::int64_t>{2, 2}));
    QVERIFY(absent(m.number("rope_parameters.none")) && absent(m.text("nothing")) && absent(m.text("nothing.deep")));
    refused(m.integer("huge"), "huge");  // does not fit
    refused(m.integer("half"), "half");
    refused(m.number("kinds"), "kinds");
    refused(m.text("rope_parameters.deep.flag"), "rope_parameters.deep.flag");
    refused(m.number("num_hidden_layers.deep"), "num_hidden_layers");
  }
  void namesItsFilesInOrder() {
    TinyFile first, second;
    for (TinyFile* file : {&first, &second}) {
      file->metadata["split.count"] = GgufValue::of_u32(2);
      file->metadata["split.no"] = GgufValue::of_u32(file == &second ? 1 : 0);
    }
    second.layers = 0;
    first.without = {"output.weight"};
    second.without = {"token_embd.weight", "output_norm.weight"};
    const std::string a = write_tiny_gguf(path("s-00001-of-00002.gguf"), first), b = write_tiny_gguf(path("s-00002-of-00002.gguf"), second);
    for (const std::string& named : {a, b}) QCOMPARE(paths(named), (std::vector<std::string>{a, b}));
    const std::string folder = write_tiny_hugging_face(path("files"));
    QCOMPARE(paths(folder), (std::vector<std::string>{folder + "/config.json", folder + "/model.safetensors"}));
  }
  void valuesForDisplayAreCutAtWholeCharacters() {
    TinyFile file;
    std::string words = "\"";
    for (int i = 0; i < 100; ++i) words += "专";
    file.config["words"] = words + "\"";
    const auto source = open_model_source(write_tiny_hugging_face(path("long"), file)).value();
    const auto shown = std::find_if(source->described_metadata.begin(), source->described_metadata.end(), [](const auto& e) { return e.first == "words"; });
    QVERIFY(shown != source->described_metadata.end() && shown->second.size() <= 203);
    QVERIFY(QString::fromStdString(shown->second).toStdString() == shown->second && shown->second.ends_with("…"));
  }
  void saysWhatIsMissing() {
    refuses(path("none.gguf"), ErrorCode::not_found, "none.gguf");
    std::filesystem::create_directories(path("empty"));
    refuses(path("empty"), ErrorCode::not_found, "config.json");
    std::ofstream(path("empty") + "/config.json") << "{\"hidden_size\": 3";
    refuses(path("empty"), ErrorCode::malformed, "config.json");
    const std::string typeless = write_tiny_hugging_face(path("typeless"));
    std::ofstream(typeless + "/config.json") << "{\"hidden_size\": 3}";
    refuses(typeless, ErrorCode::malformed, "model_type");
    TinyFile nameless;
    nameless.without.insert("general.architecture");
    refuses(write_tiny_gguf(path("nameless.gguf"), nameless), ErrorCode::not_found, "general.architecture");
  }
  void noticesThatTheFileShrank() {
    const std::string file = write_tiny_gguf(path("shrinks.gguf"));
    const auto source = open_model_source(file).value();
    QVERIFY(source->verify_unchanged().ok());
    std::filesystem::resize_file(file, std::filesystem::file_size(file) / 2);
    const Status changed = source->verify_unchanged();
    QVERIFY(!changed.ok());
    QVERIFY(changed.error().message().find("shrinks.gguf") != std::string::npos);
  }
  // Cut or flipped anywhere: an error or a source, never a crash.
  void survivesBrokenFiles() {
    const std::string whole = write_tiny_gguf(path("whole.gguf"));
    std::ifstream in(whole, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), {});
    std::mt19937 random(5);
    int refused = 0;
    for (int round = 0; round < 200; ++round) {
      std::string broken = bytes;
      if (round % 2 == 0) {
        broken.resize(random() % broken.size());
      } else {
        for (int i = 0; i < 3; ++i) broken[random() % 9000] ^= static_cast<char>(1u << (random() % 8));  // in the header
      }
      std::ofstream(path("broken.gguf"), std::ios::binary | std::ios::trunc) << broken;
      const auto source = open_model_source(path("broken.gguf"));
      if (source.ok()) continue;
      ++refused;
      QVERIFY(!source.error().message().empty());
      QVERIFY2(round % 2 != 0 || source.error().message().find("broken.gguf") != std::string::npos, source.error().message().c_str());
    }
    QVERIFY(refused >= 100);  // each cut at least
  }

 private:
  std::string path(const char* name) const { return folder_.filePath(name).toStdString(); }
  static std::vector<std::string> paths(const std::string& model) {
    std::vector<std::string> found;
    const auto source = open_model_source(model).value();
    for (const SourceFile& file : source->files) found.push_back(file.path);
    return found;
  }
  // Throws where Qt Test reports it.
  template <class T>
  static T there(const Found<T>& found) {
    if (!found.ok()) throw std::runtime_error(found.error().message());
    if (!*found) throw std::runtime_error("nothing found");
    return **found;
  }
  template <class T>
  static bool absent(const Found<T>& found) { return found.ok() && !*found; }
  template <class T>
  static void refused(const Found<T>& found, const char* key) {
    QVERIFY2(!found.ok() && found.error().code == ErrorCode::malformed, key);
    QVERIFY2(found.error().message().find(key) != std::string::npos, found.error().message().c_str());
  }
  static const SourceTensor* find(const ModelSource& source, const std::string& name) {
    const auto found = std::find_if(source.tensors.begin(), source.tensors.end(), [&](const SourceTensor& t) { return t.name == name; });
    return found == source.tensors.end() ? nullptr : &*found;
  }
  void refuses(const std::string& where, ErrorCode code, const char* names) const {
    const auto source = open_model_source(where);
    QVERIFY(!source.ok());
    QVERIFY2(source.error().code == code, source.error().message().c_str());
    QVERIFY2(source.error().message().find(names) != std::string::npos, source.error().message().c_str());
  }
  QTemporaryDir folder_;
};

QTEST_APPLESS_MAIN(TestModelSource)
#include "test_model_source.moc"
