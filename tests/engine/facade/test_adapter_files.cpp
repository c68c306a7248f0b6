// SPDX-License-Identifier: Apache-2.0
#include "engine/facade/adapter_files.h"

#include <QCryptographicHash>
#include <QtTest>

#include "engine/model/gguf_adapter.h"
#include "engine/model/model_builder.h"
#include "engine/model/peft_adapter.h"
#include "facade_fixture.h"
#include "tests/engine/fixtures/random_adapter.h"

using namespace roundhouse;
using namespace roundhouse::testing;

namespace {

// The fixture's model as the floors below see it, and adapters of it.
struct Adapters {
  std::shared_ptr<const ModelSource> source;
  std::unique_ptr<TextModel> model;

  explicit Adapters(const std::string& path) : source(must(open_model_source(path))) {
    BuiltModel built = must(build_model(source));
    model = std::make_unique<TextModel>(std::move(built.spec), std::move(built.weights));
  }
  LoraAdapter random(unsigned seed) const {
    std::mt19937 numbers(seed);
    LoraAdapter adapter;
    for (const char* weight : {"layers.0.q", "layers.1.output"}) adapter.modules.push_back(random_module(numbers, *model, {weight}, 2, 4.0f));
    adapter.modules.push_back(random_module(numbers, *model, {"layers.0.experts.gate", "layers.0.experts.up"}, 3, 4.0f));
    adapter.modules.push_back(random_module(numbers, *model, {"layers.1.experts.down"}, 2, 4.0f));
    return adapter;
  }
};

std::vector<TokenId> answer(Session& session) {
  std::vector<TokenId> tokens;
  must(session.generate_and_wait(ask("Who are you?", 12), [&](const TokenEvent& event) { tokens.push_back(event.id); }));
  return tokens;
}

}  // namespace

class TestAdapterFiles : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  // From both formats; each session by its choice; the same as with merged weights; in the log with its digest.
  void sessionsAnswerWithTheAdapterTheyChose() {
    const Bench bench;
    const Adapters made(bench.path("tiny.gguf"));
    const LoraAdapter one = made.random(1), two = made.random(2);
    QVERIFY(write_gguf_adapter(bench.path("one.gguf"), one, *made.model, made.source->architecture).ok());
    QVERIFY(write_peft_adapter(bench.path("two"), two, *made.model, "tiny").ok());
    LoadOptions options;
    options.adapters = {bench.path("one.gguf"), bench.path("two")};
    const auto model = must(bench.engine->load_model(bench.path("tiny.gguf"), options));
    QCOMPARE(model->adapters(), (std::vector<std::string>{"one", "two"}));
    QVERIFY(bench.model->adapters().empty());
    const auto plain = must(model->create_session({})), first = must(model->create_session({})), second = must(model->create_session({}));
    QVERIFY(first->set_adapter("one").ok() && second->set_adapter("two").ok());
    const auto base = answer(*bench.session());
    const auto with_one = answer(*first), with_two = answer(*second);
    QCOMPARE(answer(*plain), base);
    QVERIFY(with_one != base && with_two != base && with_one != with_two);
    QVERIFY(first->set_adapter("two").ok());  // hot: the same session, another adapter
    QCOMPARE(answer(*first), with_two);
    QVERIFY(first->set_adapter("").ok());
    QCOMPARE(answer(*first), base);

    QFile file(QString::fromStdString(bench.path("one.gguf")));
    QVERIFY(file.open(QIODevice::ReadOnly));
    const auto digest = QCryptographicHash::hash(file.readAll(), QCryptographicHash::Sha256).toHex().toStdString();
    const std::string logged = bench.entries(audit_kind::model_load)[0].entry.extra_json;
    QVERIFY2(logged.find("\"one\"") != std::string::npos && logged.find("sha256:" + digest) != std::string::npos, logged.c_str());
  }
  void adaptersAreNamedByTheirFiles() {
    QCOMPARE(adapter_name("/a/b/finance"), std::string("finance"));
    QCOMPARE(adapter_name("/a/b/finance.v2/"), std::string("finance.v2"));
    QCOMPARE(adapter_name("medicine.q8.gguf"), std::string("medicine.q8"));
  }
  void whatCannotBeAnAdapterIsRefusedByName() {
    const Bench bench;
    const Adapters made(bench.path("tiny.gguf"));
    QVERIFY(write_gguf_adapter(bench.path("one.gguf"), made.random(1), *made.model, made.source->architecture).ok());
    QVERIFY(write_peft_adapter(bench.path("here/one"), made.random(2), *made.model, "tiny").ok());
    const auto refused = [&](std::vector<std::string> adapters, const std::string& named) {
      LoadOptions options;
      options.adapters = std::move(adapters);
      const auto model = bench.engine->load_model(bench.path("tiny.gguf"), options);
      const std::string said = model.ok() ? "loaded" : model.error().message();
      QVERIFY2(!model.ok() && said.find(named) != std::string::npos, said.c_str());
    };
    refused({bench.path("none.gguf")}, "none.gguf");
    refused({bench.path("tiny.gguf")}, "general.type");
    refused({bench.path("one.gguf"), bench.path("here/one")}, "a name that no other adapter has");
    refused({bench.folder.path().toStdString()}, "adapter_config.json");
  }
};

QTEST_GUILESS_MAIN(TestAdapterFiles)
#include "test_adapter_files.moc"
