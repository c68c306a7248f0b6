// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/host/model_services.h"

#include <QTest>

#include <atomic>
#include <thread>

#include "roundhouse/chat_template.h"
#include "roundhouse/session.h"
#include "tests/plugins/host/scratch.h"

using namespace roundhouse;
using namespace roundhouse::plugins;

namespace {

struct Journal {
  std::atomic<int> sessions{0}, alive{0}, inside{0}, most_inside{0};
  std::vector<std::string> adapters;  // set on sessions
  std::vector<std::string> prompts, labels;
  std::vector<RoutingEdits> edits;
  std::vector<SessionOptions> options;
  bool session_fails = false, score_fails = false, edits_fail = false;
};

RoutingTrace smallTrace() {
  RoutingLayout layout;
  layout.model_layers = 2;
  layout.layers = {{1, 4, 2, 0, "softmax"}};
  auto chunk = std::make_shared<TraceChunk>();
  chunk->token_ids.assign(TraceChunk::tokens, 7);
  for (int token = 0; token < TraceChunk::tokens; ++token) {
    chunk->ids.insert(chunk->ids.end(), {3, 1});
    chunk->weights.insert(chunk->weights.end(), {0.75f, 0.25f});
  }
  return RoutingTrace(layout, 2, false, {chunk}, 5, 3, {});
}

class ScriptedSession final : public Session {
 public:
  explicit ScriptedSession(Journal& journal) : journal_(journal) { ++journal_.alive; }
  ~ScriptedSession() override { --journal_.alive; }
  Status generate(GenerationRequest, GenerationCallbacks) override { return refused(); }
  Result<GenerationResult> generate_and_wait(GenerationRequest, std::function<void(const TokenEvent&)>) override { return refused(); }
  void cancel() override {}
  bool busy() const override { return false; }
  Status set_edits(RoutingEdits edits) override {
    if (journal_.edits_fail) return refused();
    journal_.edits.push_back(std::move(edits));
    return Ok{};
  }
  RoutingEdits edits() const override { return {}; }
  Status set_adapter(const std::string& name) override {
    journal_.adapters.push_back(name);
    return Ok{};
  }
  std::string adapter() const override { return {}; }
  RoutingTrace trace() const override { return smallTrace(); }
  std::vector<std::int32_t> tokens() const override { return {}; }
  std::int32_t context_tokens() const override { return 128; }
  Result<std::vector<ScoredSequence>> score(const std::string& prompt, const std::vector<std::string>& labels,
                                            const CancelToken& cancel) override {
    const int now = ++journal_.inside;
    journal_.most_inside = std::max(journal_.most_inside.load(), now);
    std::this_thread::yield();
    journal_.prompts.push_back(prompt);
    --journal_.inside;
    if (journal_.score_fails) return refused();
    std::vector<ScoredSequence> scores;
    for (const std::string& label : labels) {
      if (cancel.cancelled()) return Error{ErrorCode::cancelled, "test", {}, {}, "cancelled"};
      journal_.labels.push_back(label);
      scores.push_back({-0.5 * double(label.size()), std::int32_t(label.size())});
    }
    return scores;
  }
  Status reset() override { return Ok{}; }

 private:
  static Error refused() { return {ErrorCode::limit, "test", {}, {}, "refused"}; }
  Journal& journal_;
};

class ScriptedModel final : public Model {
 public:
  explicit ScriptedModel(Journal& journal) : journal_(journal) {
    info_.name = "scripted";
    template_ = *ChatTemplate::create("{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}", {}, {});
  }
  const ModelInfo& info() const override { return info_; }
  const std::string& sha256() const override { return sha256_; }
  MemoryUse memory_use() const override { return {}; }
  const Tokenizer& tokenizer() const override { std::abort(); }
  const ChatTemplate& chat_template() const override { return *template_; }
  std::int32_t context_tokens() const override { return 128; }
  std::vector<std::string> adapters() const override { return {"finance"}; }
  Result<std::shared_ptr<Session>> create_session(const SessionOptions& options) override {
    if (journal_.session_fails) return Error{ErrorCode::limit, "create session", {}, {}, "no memory"};
    ++journal_.sessions;
    journal_.options.push_back(options);
    return std::shared_ptr<Session>(std::make_shared<ScriptedSession>(journal_));
  }

 private:
  Journal& journal_;
  ModelInfo info_;
  std::string sha256_ = std::string(64, 'b');
  std::shared_ptr<const ChatTemplate> template_;
};

plugin::ScoreRequest asking(std::string prompt, std::vector<std::string> labels) {
  plugin::ScoreRequest request;
  request.prompt = std::move(prompt);
  request.labels = std::move(labels);
  return request;
}

}  // namespace

class TestModelServices : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void labelsAreScoredInTheirOrder() {
    Journal journal;
    const auto model = std::make_shared<ScriptedModel>(journal);
    const auto score = make_score_service([&] { return Result<std::shared_ptr<Model>>(model); }, ScoreSession::between_requests);
    const auto result = score(asking("Is it?", {" yes", " no", "專"}));
    QVERIFY(result.ok());
    QCOMPARE(result->scores.size(), std::size_t{3});
    QCOMPARE(result->scores[0].label, std::string(" yes"));
    QCOMPARE(result->scores[1].logprob, -1.5);
    QCOMPARE(result->scores[2].tokens, 3);
    QCOMPARE(result->model_name, std::string("scripted"));
    QCOMPARE(result->model_sha256, std::string(64, 'b'));
    QVERIFY(!result->trace);
    QCOMPARE(journal.prompts, std::vector<std::string>{"Is it?"});
    QVERIFY(!journal.options[0].trace_scores);
  }
  void messagesGoThroughTheTemplate() {
    Journal journal;
    const auto model = std::make_shared<ScriptedModel>(journal);
    const auto score = make_score_service([&] { return Result<std::shared_ptr<Model>>(model); }, ScoreSession::for_each_request);
    plugin::ScoreRequest request = asking({}, {"x"});
    request.messages = {Message::text(Role::user, "hello")};
    QVERIFY(score(request).ok());
    QCOMPARE(journal.prompts.at(0), std::string("<user>hello"));
  }
  void theSessionIsKeptOrNot() {
    for (const bool kept : {true, false}) {
      Journal journal;
      std::shared_ptr<Model> model = std::make_shared<ScriptedModel>(journal);
      {
        const auto score = make_score_service([&] { return Result<std::shared_ptr<Model>>(model); }, kept ? ScoreSession::between_requests : ScoreSession::for_each_request);
        for (int i = 0; i < 3; ++i) QVERIFY(score(asking("p", {"a"})).ok());
        QCOMPARE(journal.sessions.load(), kept ? 1 : 3);
        QCOMPARE(journal.alive.load(), kept ? 1 : 0);
        QCOMPARE(model.use_count(), kept ? 2L : 1L);
        // Another model needs another session, and the old one goes.
        model = std::make_shared<ScriptedModel>(journal);
        QVERIFY(score(asking("p", {"a"})).ok());
        QCOMPARE(journal.alive.load(), kept ? 1 : 0);
      }
      QCOMPARE(journal.alive.load(), 0);
    }
  }
  void editsApplyToTheirRequestOnly() {
    Journal journal;
    const auto model = std::make_shared<ScriptedModel>(journal);
    const auto score = make_score_service([&] { return Result<std::shared_ptr<Model>>(model); }, ScoreSession::between_requests);
    plugin::ScoreRequest edited = asking("p", {"a"});
    edited.edits.experts = {{1, 2, ExpertAction::disable, 0}};
    QVERIFY(score(edited).ok());
    QVERIFY(score(asking("p", {"a"})).ok());
    QCOMPARE(journal.edits.size(), std::size_t{2});
    QCOMPARE(journal.edits[0].experts.size(), std::size_t{1});
    QVERIFY(journal.edits[1].empty());
  }
  void theTraceIsTheSessions() {
    Journal journal;
    const auto model = std::make_shared<ScriptedModel>(journal);
    const auto score = make_score_service([&] { return Result<std::shared_ptr<Model>>(model); }, ScoreSession::for_each_request);
    plugin::ScoreRequest request = asking("p", {"a"});
    request.trace = true;
    const auto result = score(request);
    QVERIFY(result.ok() && result->trace);
    const plugin::TraceView& trace = *result->trace;
    const RoutingTrace own = smallTrace();
    QCOMPARE(trace.token_count(), 5);
    QCOMPARE(trace.top_k(), 2);
    QCOMPARE(trace.layout().layers.size(), std::size_t{1});
    for (int token = 0; token < 5; ++token) {
      QCOMPARE(trace.token_id(token), own.token_id(token));
      QVERIFY(std::ranges::equal(trace.ids(token, 0), own.ids(token, 0)));
      QVERIFY(std::ranges::equal(trace.weights(token, 0), own.weights(token, 0)));
      QVERIFY(trace.scores(token, 0).empty());
    }
  }
  void anAdapterThatWasLoadedWithTheModelIsUsed() {
    Journal journal;
    const auto model = std::make_shared<ScriptedModel>(journal);
    const auto score = make_score_service([&] { return Result<std::shared_ptr<Model>>(model); }, ScoreSession::between_requests);
    plugin::ScoreRequest adapted = asking("p", {"a"});
    adapted.adapter = "/adapters/finance.gguf";
    QVERIFY(score(adapted).ok());
    QCOMPARE(journal.adapters.back(), std::string("finance"));
    QVERIFY(score(asking("p", {"a"})).ok());
    QCOMPARE(journal.adapters.back(), std::string());
  }
  void failuresAreTold() {
    Journal journal;
    std::shared_ptr<Model> model = std::make_shared<ScriptedModel>(journal);
    std::optional<Error> missing;
    const auto score = make_score_service([&]() -> Result<std::shared_ptr<Model>> {
      if (missing) return *missing;
      return model;
    }, ScoreSession::between_requests);
    plugin::ScoreRequest adapted = asking("p", {"a"});
    adapted.adapter = "/a.gguf";
    QCOMPARE(score(adapted).error().code, ErrorCode::unsupported);
    missing = Error{ErrorCode::io, "load model", {}, {}, {}};
    QCOMPARE(score(asking("p", {"a"})).error().code, ErrorCode::io);
    missing.reset();
    journal.session_fails = true;
    QCOMPARE(score(asking("p", {"a"})).error().code, ErrorCode::limit);
    journal.session_fails = false;
    journal.edits_fail = true;
    QVERIFY(!score(asking("p", {"a"})).ok());
    journal.edits_fail = false;
    journal.score_fails = true;
    QVERIFY(!score(asking("p", {"a"})).ok());
    journal.score_fails = false;
    plugin::ScoreRequest stopped = asking("p", {"a", "b"});
    stopped.cancel.cancel();
    const std::size_t before = journal.labels.size();
    QCOMPARE(score(stopped).error().code, ErrorCode::cancelled);
    QCOMPARE(journal.labels.size(), before);
    model.reset();
    QCOMPARE(score(asking("p", {"a"})).error().code, ErrorCode::not_found);
    model = std::make_shared<ScriptedModel>(journal);
    QVERIFY(score(asking("p", {"a"})).ok());  // nothing of it stays behind
  }
  void requestsWaitForEachOther() {
    Journal journal;
    const auto model = std::make_shared<ScriptedModel>(journal);
    const auto score = make_score_service([&] { return Result<std::shared_ptr<Model>>(model); }, ScoreSession::between_requests);
    std::atomic<int> failed{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([&] {
        for (int n = 0; n < 50; ++n) failed += !score(asking("p", {"a", "b"})).ok();
      });
    for (std::thread& thread : threads) thread.join();
    QCOMPARE(failed.load(), 0);
    QCOMPARE(journal.labels.size(), std::size_t{400});
    QCOMPARE(journal.most_inside.load(), 1);
  }
  void auditEntriesAreNumbered() {
    scratch::Folder folder;
    auto opened = AuditLog::open(AuditOptions::in(folder.path()));
    QVERIFY(opened.ok());
    const std::shared_ptr<AuditLog> log = std::move(opened).value();
    const auto audit = make_audit_service(log);
    AuditEntry entry;
    entry.kind = "plugin";
    entry.plugin = "test.one";
    entry.action = "did";
    const auto first = audit(entry), second = audit(entry);
    QVERIFY(first.ok() && second.ok());
    QCOMPARE(*second, *first + 1);
    QCOMPARE(log->entry(*second)->entry.action, std::string("did"));
    QVERIFY(log->verify()->findings.empty());
    entry.extra_json = "{not json";
    QCOMPARE(audit(entry).error().code, ErrorCode::invalid_argument);
  }
};

QTEST_GUILESS_MAIN(TestModelServices)
#include "test_model_services.moc"
