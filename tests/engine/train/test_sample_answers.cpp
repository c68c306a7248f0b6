// SPDX-License-Identifier: Apache-2.0
#include "engine/train/sample_answers.h"

#include <QtTest>

#include "engine/cpu/create_backend.h"
#include "roundhouse/chat_template.h"
#include "tests/engine/fixtures/random_adapter.h"
#include "tests/engine/fixtures/tiny_model.h"
#include "tests/engine/text/tiny_tokenizer.h"

using namespace roundhouse;
using namespace roundhouse::testing;

class TestSampleAnswers : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  // Greedy, as the model's own logits say, token after token without a cache.
  void answersAreTheMostLikelyTokens() {
    const auto model = tiny_model();
    auto backend = std::make_shared<SharedBackend>();
    backend->backend = create_training_backend(Isa::reference, 1).value();
    for (const Weight& w : model->weights().all()) QVERIFY(backend->backend->prepare(1, w).ok());
    const ModelText text{tinyTokenizer(), ChatTemplate::create("{% for m in messages %}{{ m['content'] }}{% endfor %}", "", "").value()};
    const LoraAdapter adapter = random_adapter(1, *model, 2);
    const auto plain = sample_answers({"HELLO", "NOW"}, 6, model, false, nullptr, backend, 9, text);
    QVERIFY2(plain.ok(), plain.ok() ? "" : plain.error().message().c_str());
    QCOMPARE(plain->size(), std::size_t{2});
    QCOMPARE((*plain)[1].prompt, std::string("NOW"));
    const auto adapted = sample_answers({"HELLO", "NOW"}, 6, model, false, &adapter, backend, 9, text);
    QVERIFY(adapted.ok());
    QVERIFY((*adapted)[0].answer != (*plain)[0].answer || (*adapted)[1].answer != (*plain)[1].answer);
    // With the adapter in the weights: the same words.
    const auto merged = merge_adapter(model, adapter).value();
    const auto own = sample_answers({"HELLO", "NOW"}, 6, merged, true, nullptr, backend, 9, text);
    QVERIFY(own.ok());
    QCOMPARE((*own)[0].answer, (*adapted)[0].answer);
    QCOMPARE((*own)[1].answer, (*adapted)[1].answer);
    // And once more: nothing is left behind.
    QCOMPARE((*sample_answers({"HELLO"}, 6, model, false, nullptr, backend, 9, text))[0].answer, (*plain)[0].answer);
  }
};

QTEST_GUILESS_MAIN(TestSampleAnswers)
#include "test_sample_answers.moc"
