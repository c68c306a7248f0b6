// SPDX-License-Identifier: Apache-2.0
#include <QtTest>
#include <cstdlib>
#include <future>
#include <limits>
#include <new>

#include "engine/cpu/create_backend.h"
#include "engine/runtime/model_runtime.h"
#include "tests/engine/fixtures/tiny_model.h"

using namespace roundhouse;

namespace {
// Allocations of this thread that still succeed; below 0: all.
thread_local int allocations_left = -1;
}  // namespace

void* operator new(std::size_t bytes) {
  if (allocations_left == 0) {
    allocations_left = -1;
    throw std::bad_alloc();
  }
  if (allocations_left > 0) --allocations_left;
  if (void* memory = std::malloc(bytes > 0 ? bytes : 1)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace {

using Ids = std::vector<std::int32_t>;

std::shared_ptr<SharedBackend> backend(Isa isa = Isa::reference) {
  auto shared = std::make_shared<SharedBackend>();
  shared->backend = create_cpu_backend(isa, 2).value();
  return shared;
}

struct Machine {
  std::shared_ptr<SharedBackend> device;
  std::unique_ptr<ModelRuntime> runtime;
  explicit Machine(ModelRuntime::Options options = {}, Isa isa = Isa::reference, std::function<void(Weights&)> change = {})
      : device(backend(isa)) {
    auto model = testing::tiny_model(1, 256, change);
    for (const Weight& w : model->weights().all()) (void)device->backend->prepare(1, w).ok();
    runtime = ModelRuntime::create(model, device, std::move(options)).value();
  }
  std::future<TokenResult> start(const std::shared_ptr<Sequence>& s, Ids prompt, int tokens, TokenCallbacks callbacks = {}) {
    auto promise = std::make_shared<std::promise<TokenResult>>();
    auto future = promise->get_future();
    TokenRequest request;
    request.prompt = std::move(prompt);
    request.sampling.temperature = 0;
    request.sampling.max_tokens = tokens;
    callbacks.finished = [promise](TokenResult r) {
      allocations_left = -1;  // of the runtime's thread
      promise->set_value(std::move(r));
    };
    const Status started = runtime->submit(s, std::move(request), std::move(callbacks));
    if (!started.ok()) {
      TokenResult failed;
      failed.error = started.error();
      promise->set_value(failed);
    }
    return future;
  }
  TokenResult run(const std::shared_ptr<Sequence>& s, Ids prompt, int tokens) { return start(s, std::move(prompt), tokens).get(); }
};

Ids prompt(int n, int seed = 3) {
  std::mt19937 random(static_cast<unsigned>(seed));
  Ids ids;
  for (int i = 0; i < n; ++i) ids.push_back(static_cast<std::int32_t>(random() % 96));
  return ids;
}

bool same_routes(const RoutingTrace& a, const RoutingTrace& b, int tokens) {
  for (int t = 0; t < tokens; ++t) {
    for (int l = 0; l < a.layer_count(); ++l) {
      if (!std::ranges::equal(a.ids(t, l), b.ids(t, l)) || !std::ranges::equal(a.weights(t, l), b.weights(t, l))) return false;
    }
  }
  return true;
}

}  // namespace

class TestModelRuntime : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void nothingOfItStaysWhenItIsGone() {
    const auto device = backend();
    auto model = testing::tiny_model(1, 256, {});
    for (const Weight& w : model->weights().all()) QVERIFY(device->backend->prepare(1, w).ok());
    const std::weak_ptr<const TextModel> left = model;
    auto runtime = ModelRuntime::create(std::move(model), device, {}).value();
    auto first = runtime->create_sequence({}), second = runtime->create_sequence({});
    first.reset();
    runtime.reset();
    QVERIFY(!left.expired());  // a sequence outlives the runtime, not its state
    second.reset();
    QVERIFY(left.expired());
  }
  void whatAnotherAdapterCachedIsNotReused() {
    ModelRuntime::Options options;
    options.adapters = {"finance", "medicine"};
    Machine m(std::move(options));
    const auto s = m.runtime->create_sequence({});
    const Ids prompt(20, 3);
    const Ids plain = m.run(s, prompt, 4).tokens;
    QVERIFY(m.run(s, prompt, 4).stats.reused_tokens > 0);
    QVERIFY(m.runtime->set_adapter(s, "medicine").ok());
    QCOMPARE(m.runtime->adapter(s), std::string("medicine"));
    const TokenResult adapted = m.run(s, prompt, 4);
    QCOMPARE(adapted.stats.reused_tokens, 0);
    QCOMPARE(adapted.tokens, plain);  // the tiny model's weights have none: rows that ask for one get nothing added
    QCOMPARE(m.runtime->trace(s).provenance().adapter, std::string("medicine"));
    QVERIFY(m.run(s, prompt, 4).stats.reused_tokens > 0);
    QCOMPARE(m.runtime->set_adapter(s, "law").error().code, ErrorCode::not_found);
    QVERIFY(m.runtime->set_adapter(s, "").ok());
    QCOMPARE(m.run(s, prompt, 4).stats.reused_tokens, 0);
    QCOMPARE(m.runtime->trace(s).provenance().adapter, std::string());
  }
  void interleavedSessionsGiveTheirSoloAnswers() {
    Machine m;
    const Ids p = prompt(40, 1), q = prompt(23, 2);
    const Ids solo_p = m.run(m.runtime->create_sequence({}), p, 30).tokens;
    const Ids solo_q = m.run(m.runtime->create_sequence({}), q, 30).tokens;
    auto s = m.runtime->create_sequence({}), t = m.runtime->create_sequence({});
    auto a = m.start(s, p, 30), b = m.start(t, q, 30);
    QCOMPARE(a.get().tokens, solo_p);
    QCOMPARE(b.get().tokens, solo_q);
    QCOMPARE(solo_p.size(), std::size_t{30});
  }
  void aCommonPrefixIsReusedAndChangesNothing() {
    Machine m;
    auto s = m.runtime->create_sequence({});
    Ids p = prompt(50);
    const auto first = m.run(s, p, 5);
    QCOMPARE(first.stats.reused_tokens, 0);
    Ids changed = p;
    changed[45] = (changed[45] + 1) % 96;
    const auto second = m.run(s, changed, 5);
    QCOMPARE(second.stats.reused_tokens, 45);
    QCOMPARE(second.stats.evaluated_tokens, 5);
    const RoutingTrace reused = m.runtime->trace(s);
    auto fresh = m.runtime->create_sequence({});
    QCOMPARE(m.run(fresh, changed, 5).tokens, second.tokens);
    QVERIFY(same_routes(reused, m.runtime->trace(fresh), 55));
    // Going on after the answer evaluates only what is new.
    Ids longer = changed;
    longer.insert(longer.end(), second.tokens.begin(), second.tokens.end());
    longer.push_back(7);
    QCOMPARE(m.run(s, longer, 1).stats.evaluated_tokens, 1);
  }
  void everyAnswerTokenHasItsRouting() {
    Machine m;
    auto s = m.runtime->create_sequence({});
    const auto result = m.run(s, prompt(10), 6);
    const RoutingTrace trace = m.runtime->trace(s);
    QCOMPARE(trace.token_count(), 16);
    QCOMPARE(trace.prompt_tokens(), 10);
    QCOMPARE(trace.token_id(15), result.tokens.back());
    for (int t = 0; t < 16; ++t) {
      for (int l = 0; l < 2; ++l) {
        const auto scores = trace.scores(t, l);
        const auto ids = trace.ids(t, l);
        QVERIFY(ids[0] != no_expert && ids[1] != no_expert && ids[0] != ids[1]);
        for (std::size_t e = 0; e < scores.size(); ++e) {
          if (e != ids[0] && e != ids[1]) QVERIFY(scores[e] <= scores[ids[1]]);
        }
        QVERIFY(std::abs(trace.weights(t, l)[0] + trace.weights(t, l)[1] - 1.0f) < 1e-5f);
      }
    }
  }
  void editsActAndAreReversible() {
    Machine m;
    auto s = m.runtime->create_sequence({});
    const Ids p = prompt(30);
    const Ids plain = m.run(s, p, 12).tokens;
    const int victim = m.runtime->trace(s).ids(20, 0)[0];
    RoutingEdits edits;
    edits.experts = {{1, victim, ExpertAction::disable, 0}, {2, 3, ExpertAction::force, 0}};
    QVERIFY(m.runtime->set_edits(s, edits).ok());
    const auto edited = m.run(s, p, 12);
    QCOMPARE(edited.stats.reused_tokens, 0);
    const RoutingTrace trace = m.runtime->trace(s);
    for (int t = 0; t < trace.token_count(); ++t) {
      for (const auto id : trace.ids(t, 0)) QVERIFY(id != victim);
      QVERIFY(std::ranges::count(trace.ids(t, 1), 3) == 1);
    }
    QVERIFY(m.runtime->set_edits(s, {}).ok());
    QCOMPARE(m.run(s, p, 12).tokens, plain);
  }
  void topKEditsChangeTheNumberOfExperts() {
    Machine m;
    auto s = m.runtime->create_sequence({});
    RoutingEdits edits;
    edits.top_k = {{-1, 1}, {2, 4}};
    QVERIFY(m.runtime->set_edits(s, edits).ok());
    QVERIFY(!m.run(s, prompt(12), 4).error);
    const RoutingTrace trace = m.runtime->trace(s);
    QCOMPARE(trace.top_k(), 4);
    QVERIFY(trace.ids(5, 0)[0] != no_expert);
    QCOMPARE(trace.ids(5, 0)[1], no_expert);
    QVERIFY(trace.ids(5, 1)[3] != no_expert);
  }
  void editsFromAPositionKeepWhatCameBefore() {
    Machine m;
    auto s = m.runtime->create_sequence({}), t = m.runtime->create_sequence({});
    const Ids p = prompt(30);
    m.run(s, p, 1);
    RoutingEdits edits;
    edits.from_position = 20;
    edits.experts = {{-1, 0, ExpertAction::disable, 0}, {-1, 1, ExpertAction::disable, 0}};
    QVERIFY(m.runtime->set_edits(s, edits).ok());
    QCOMPARE(m.run(s, p, 1).stats.reused_tokens, 20);
    m.run(t, p, 1);
    const RoutingTrace edited = m.runtime->trace(s), plain = m.runtime->trace(t);
    QVERIFY(same_routes(edited, plain, 20));
    QVERIFY(!same_routes(edited, plain, 30));
  }
  // The last token is evaluated after the answer has ended; a cancel that comes then must not stop that for ever.
  void aCancelWithTheLastTokenStillEnds() {
    Machine m;
    auto s = m.runtime->create_sequence({});
    for (int round = 0; round < 3; ++round) {
      int drawn = 0;
      TokenCallbacks callbacks;
      callbacks.token = [&](const DrawnToken&, std::int32_t) {
        if (++drawn == 4) m.runtime->cancel(s);
        return true;
      };
      auto result = m.start(s, prompt(10, round), 4, callbacks);
      QCOMPARE(int(result.wait_for(std::chrono::seconds(20))), int(std::future_status::ready));
      const TokenResult ended = result.get();
      QCOMPARE(int(ended.finish), int(FinishReason::max_tokens));
      QCOMPARE(ended.tokens.size(), std::size_t{4});
      QCOMPARE(m.runtime->trace(s).token_count(), 14);
    }
  }
  void cancelEndsAPromptSoon() {
    ModelRuntime::Options options;
    options.context_tokens = 256;
    Machine m(options);
    auto s = m.runtime->create_sequence({});
    std::promise<void> began;
    TokenCallbacks callbacks;
    bool told = false;
    callbacks.token = [&](const DrawnToken&, std::int32_t) {
      if (!told) began.set_value();
      told = true;
      return true;
    };
    auto result = m.start(s, prompt(30), -1, callbacks);
    began.get_future().wait();
    QElapsedTimer clock;
    clock.start();
    m.runtime->cancel(s);
    QCOMPARE(int(result.get().finish), int(FinishReason::cancelled));
    QVERIFY2(clock.elapsed() < 100, qPrintable(QString::number(clock.elapsed())));
    QVERIFY(!m.runtime->busy(s));
  }
  void aFullContextEndsTheAnswer() {
    ModelRuntime::Options options;
    options.context_tokens = 64;
    Machine m(options);
    const auto result = m.run(m.runtime->create_sequence({}), prompt(50), -1);
    QCOMPARE(int(result.finish), int(FinishReason::context_full));
    QCOMPARE(result.tokens.size(), std::size_t{14});
    QCOMPARE(result.stats.context_used_tokens, 64);
  }
  void badRequestsAreRefused() {
    Machine m;
    auto s = m.runtime->create_sequence({});
    QCOMPARE(m.run(s, {}, 3).error->code, ErrorCode::invalid_argument);
    QCOMPARE(m.run(s, prompt(256), 3).error->code, ErrorCode::limit);
    QCOMPARE(m.run(s, {96}, 3).error->code, ErrorCode::out_of_range);
    QCOMPARE(m.run(s, {-1}, 3).error->code, ErrorCode::out_of_range);
    auto running = m.start(s, prompt(20), -1);
    QCOMPARE(m.run(s, prompt(5), 3).error->code, ErrorCode::conflict);
    m.runtime->cancel(s);
    running.get();
  }
  void idleCachesGiveWay() {
    ModelRuntime::Options options;
    options.context_tokens = 128;  // two pages for everyone
    Machine m(options);
    auto s = m.runtime->create_sequence({}), t = m.runtime->create_sequence({});
    const Ids p = prompt(70);
    const Ids answer = m.run(s, p, 4).tokens;
    QVERIFY(!m.run(t, prompt(70, 9), 4).error);
    QCOMPARE(m.runtime->trace(s).token_count(), 74);  // its routing is still known
    const auto again = m.run(s, p, 4);
    QCOMPARE(again.stats.reused_tokens, 0);
    QCOMPARE(again.tokens, answer);
  }
  // Together they need twice the cache that there is: the younger one waits, gives way, and comes to the same end.
  void sessionsTogetherNeedNoMoreThanOneContext() {
    ModelRuntime::Options options;
    options.context_tokens = 256;  // four pages
    Machine m(options);
    const std::vector<Ids> prompts = {prompt(60, 1), prompt(70, 2), prompt(10, 3)};
    std::vector<TokenResult> alone;
    std::vector<RoutingTrace> traces;
    for (const Ids& p : prompts) {
      const auto s = m.runtime->create_sequence({});
      alone.push_back(m.run(s, p, 150));
      traces.push_back(m.runtime->trace(s));
    }
    std::vector<std::shared_ptr<Sequence>> sequences;
    std::vector<std::future<TokenResult>> together;
    for (const Ids& p : prompts) {
      sequences.push_back(m.runtime->create_sequence({}));
      together.push_back(m.start(sequences.back(), p, 150));
    }
    for (std::size_t i = 0; i < prompts.size(); ++i) {
      const TokenResult result = together[i].get();
      QVERIFY2(!result.error, result.error ? result.error->message().c_str() : "");
      QCOMPARE(result.tokens.size(), std::size_t{150});
      QCOMPARE(result.tokens, alone[i].tokens);
      const RoutingTrace trace = m.runtime->trace(sequences[i]);
      QCOMPARE(trace.token_count(), traces[i].token_count());
      QVERIFY(same_routes(trace, traces[i], trace.token_count()));
    }
    QVERIFY(m.runtime->cache_bytes_used() <= m.runtime->cache_bytes());
  }
  void aScoreThatGaveWayIsTheSame() {
    ModelRuntime::Options options;
    options.context_tokens = 128;
    Machine m(options);
    const auto score = [&] {
      TokenRequest request;
      request.prompt = prompt(100, 6);
      request.score_from = 1;
      std::promise<TokenResult> promise;
      TokenCallbacks callbacks;
      callbacks.finished = [&](TokenResult r) { promise.set_value(std::move(r)); };
      if (!m.runtime->submit(m.runtime->create_sequence({}), request, callbacks).ok()) return 0.0;
      return promise.get_future().get().scored_logprob;
    };
    const double alone = score();
    // An older answer grows into a second page while the score is being summed.
    auto older = m.runtime->create_sequence({});
    std::promise<void> began;
    TokenCallbacks callbacks;
    callbacks.token = [&, told = false](const DrawnToken&, std::int32_t) mutable {
      if (!std::exchange(told, true)) began.set_value();
      return true;
    };
    auto answer = m.start(older, prompt(20, 5), 90, callbacks);
    began.get_future().wait();
    const double together = score();
    QCOMPARE(together, alone);
    QCOMPARE(answer.get().tokens.size(), std::size_t{90});
  }
  void logitsThatAreNoNumbersEndTheAnswer() {
    for (const Isa isa : available_isas()) {
      for (const float value : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
        for (const char* name : {"output_norm", "layers.1.router", "embedding"}) {
          const auto damage = [&](Weights& weights) {
            const WeightRef weight = weights.find(name);
            const_cast<float*>(reinterpret_cast<const float*>(weight->data))[3] = value;
          };
          ModelRuntime::Options options;
          options.provenance.model_name = "Tiny";
          Machine m(options, isa, damage);
          auto s = m.runtime->create_sequence({});
          for (const float temperature : {0.0f, 1.0f}) {
            TokenRequest request;
            request.prompt = {0, 5, 9};
            request.sampling.temperature = temperature;
            request.sampling.max_tokens = 3;
            request.sampling.min_p = 0.0f;
            request.sampling.top_p = 1.0f;
            request.sampling.top_logprobs = 5;
            std::promise<TokenResult> promise;
            TokenCallbacks callbacks;
            callbacks.finished = [&](TokenResult r) { promise.set_value(std::move(r)); };
            QVERIFY(m.runtime->submit(s, request, callbacks).ok());
            const TokenResult result = promise.get_future().get();
            if (std::string(name) == "layers.1.router" && !result.error) continue;  // the expert that it makes up is still one
            QVERIFY2(result.error, name);
            QCOMPARE(int(result.finish), int(FinishReason::failed));
            const std::string message = result.error->message();
            QVERIFY2(message.starts_with("run model: Tiny: expected finite logits"), message.c_str());
            QCOMPARE(m.runtime->trace(s).token_count(), 0);
          }
          TokenRequest request;
          request.prompt = {0, 5, 9};
          request.score_from = 1;
          std::promise<TokenResult> promise;
          TokenCallbacks callbacks;
          callbacks.finished = [&](TokenResult r) { promise.set_value(std::move(r)); };
          QVERIFY(m.runtime->submit(s, request, callbacks).ok());
          const TokenResult scored = promise.get_future().get();
          QVERIFY(scored.error || std::string(name) == "layers.1.router");
        }
      }
    }
  }
  void tokensThatTheTokenizerHasNotDoNotExist() {
    ModelRuntime::Options all, some;
    some.token_count = 10;
    Machine m(all), n(some);
    const Ids p = {1, 2, 3};
    QVERIFY(std::ranges::any_of(m.run(m.runtime->create_sequence({}), p, 40).tokens, [](auto id) { return id >= 10; }));
    for (const float temperature : {0.0f, 50.0f}) {
      TokenRequest request;
      request.prompt = p;
      request.sampling.temperature = temperature;
      request.sampling.max_tokens = 100;
      request.sampling.top_logprobs = 20;
      request.sampling.logit_bias[50] = 1000.0f;
      std::promise<TokenResult> promise;
      double mass = 0;
      bool known = true;
      TokenCallbacks callbacks;
      callbacks.token = [&](const DrawnToken& drawn, std::int32_t) {
        mass = 0;
        for (const auto& [id, logprob] : drawn.alternatives) known &= id < 10, mass += std::exp(logprob);
        return true;
      };
      callbacks.finished = [&](TokenResult r) { promise.set_value(std::move(r)); };
      QVERIFY(n.runtime->submit(n.runtime->create_sequence({}), request, callbacks).ok());
      const TokenResult result = promise.get_future().get();
      QCOMPARE(result.tokens.size(), std::size_t{100});
      QVERIFY(std::ranges::all_of(result.tokens, [](auto id) { return id < 10; }));
      QVERIFY(known && std::abs(mass - 1.0) < 1e-4);
    }
    QCOMPARE(n.run(n.runtime->create_sequence({}), {10}, 3).error->code, ErrorCode::out_of_range);
  }
  // Whichever allocation of a step fails: the answer ends, with an error where it needed the memory, and the next is as ever.
  void withoutMemoryTheAnswerFailsAndTheRuntimeGoesOn() {
    Machine m;
    auto s = m.runtime->create_sequence({});
    const Ids p = prompt(70);
    const Ids plain = m.run(s, p, 6).tokens;
    int failed = 0;
    for (int fails_at = 0; fails_at < 60; ++fails_at) {
      TokenCallbacks callbacks;
      callbacks.token = [&, told = false](const DrawnToken&, std::int32_t) mutable {
        if (!std::exchange(told, true)) allocations_left = fails_at;
        return true;
      };
      auto answer = m.start(m.runtime->create_sequence({}), p, 6, callbacks);
      QCOMPARE(int(answer.wait_for(std::chrono::seconds(20))), int(std::future_status::ready));
      const TokenResult result = answer.get();
      if (result.error) {
        ++failed;
        QCOMPARE(result.error->code, ErrorCode::out_of_memory);
        QCOMPARE(int(result.finish), int(FinishReason::failed));
      } else {
        QCOMPARE(result.tokens, plain);
      }
      QCOMPARE(m.run(s, p, 6).tokens, plain);
    }
    QVERIFY(failed > 10);
  }
  void withoutMemoryARequestIsRefusedAndTheSessionIsAsItWas() {
    Machine m;
    auto s = m.runtime->create_sequence({});
    RoutingEdits edits;
    edits.experts = {{1, 0, ExpertAction::disable, 0}};
    const Ids p = prompt(20), plain = m.run(s, p, 6).tokens;
    QVERIFY(m.runtime->set_edits(s, edits).ok());
    const Ids edited = m.run(s, p, 6).tokens;
    for (int fails_at = 0; fails_at < 30; ++fails_at) {
      for (const bool edit : {false, true}) {
        QVERIFY(m.runtime->set_edits(s, edit ? edits : RoutingEdits{}).ok());
        TokenRequest request;
        request.prompt = p;
        allocations_left = fails_at;
        try {
          const Status submitted = m.runtime->submit(s, request, {});
          QVERIFY(submitted.ok());
          m.runtime->cancel(s);
          while (m.runtime->busy(s)) std::this_thread::yield();
        } catch (const std::bad_alloc&) {
        }
        allocations_left = -1;
        QVERIFY(!m.runtime->busy(s));
        QCOMPARE(m.run(s, p, 6).tokens, edit ? edited : plain);
      }
    }
  }
  void aChangedFileStopsTheAnswer() {
    auto broken = std::make_shared<std::atomic<bool>>(false);
    ModelRuntime::Options options;
    options.verify_unchanged = [broken]() -> Status {
      if (*broken) return Error{ErrorCode::conflict, "read model", "file", "an unchanged file", "a shorter one"};
      return Ok{};
    };
    Machine m(options);
    TokenCallbacks callbacks;
    callbacks.token = [broken](const DrawnToken&, std::int32_t) { return *broken = true; };
    const auto result = m.start(m.runtime->create_sequence({}), prompt(5), 50, callbacks).get();
    QCOMPARE(int(result.finish), int(FinishReason::failed));
    QCOMPARE(result.error->code, ErrorCode::conflict);
  }
  void scoringSumsTheLogProbabilities() {
    Machine m;
    auto s = m.runtime->create_sequence({});
    const Ids p = prompt(20);
    TokenRequest request;
    request.prompt = p;
    request.prompt.insert(request.prompt.end(), {5, 6});
    request.score_from = 20;
    std::promise<TokenResult> promise;
    TokenCallbacks callbacks;
    callbacks.finished = [&](TokenResult r) { promise.set_value(std::move(r)); };
    QVERIFY(m.runtime->submit(s, request, callbacks).ok());
    const double scored = promise.get_future().get().scored_logprob;
    // The same from the reported log-probabilities of forced draws.
    double sum = 0;
    Ids context = p;
    for (const std::int32_t forced : {5, 6}) {
      TokenRequest one;
      one.prompt = context;
      one.sampling.temperature = 0;
      one.sampling.max_tokens = 1;
      one.sampling.logit_bias[forced] = 1e9f;
      float logprob = 0;
      std::promise<void> done;
      TokenCallbacks c;
      c.token = [&](const DrawnToken& d, std::int32_t) {
        logprob = d.logprob;
        return true;
      };
      c.finished = [&](TokenResult) { done.set_value(); };
      QVERIFY(m.runtime->submit(s, one, c).ok());
      done.get_future().wait();
      sum += logprob;
      context.push_back(forced);
    }
    QVERIFY2(std::abs(scored - sum) < 1e-4, qPrintable(QStringLiteral("%1 %2").arg(scored).arg(sum)));
  }
  void droppingEverythingWhileRunningIsClean() {
    std::future<TokenResult> result;
    {
      Machine m;
      result = m.start(m.runtime->create_sequence({}), prompt(20), -1);
    }
    QVERIFY(result.wait_for(std::chrono::seconds(5)) == std::future_status::ready);
  }
};

QTEST_GUILESS_MAIN(TestModelRuntime)
#include "test_model_runtime.moc"
