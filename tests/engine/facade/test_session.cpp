// SPDX-License-Identifier: Apache-2.0
// Tests of engine/facade: generation_log session_impl
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <future>
#include <limits>
#include <thread>

#include "facade_fixture.h"
#include "roundhouse/chat_template.h"
#include "roundhouse/tokenizer.h"

using namespace roundhouse;
using namespace roundhouse::testing;

namespace {

struct Replaces : PromptHook {
  Status before_prompt(std::vector<Message>& messages) override {
    for (Message& message : messages) {
      for (Part& part : message.parts) {
        auto* text = std::get_if<TextPart>(&part.content);
        if (text && text->text == "forbidden") return Error{ErrorCode::limit, "guard", "prompt", "another question", "a forbidden one"};
        if (text && text->text == "secret") text->text = "[name]";
      }
    }
    return Ok{};
  }
  Status before_tools(std::vector<ToolSpec>& tools) override {
    for (const ToolSpec& tool : tools) {
      if (tool.description == "forbidden") return Error{ErrorCode::limit, "guard", "tools", "another tool", "a forbidden one"};
    }
    return Ok{};
  }
};

struct Stars : OutputHook {
  struct Filter : OutputFilter {
    Result<std::string> feed(const std::string& text) override { return std::string(text.size(), '*'); }
    Result<std::string> finish() override { return std::string("."); }
  };
  std::unique_ptr<OutputFilter> start(const std::vector<Message>&) override { return std::make_unique<Filter>(); }
};

struct Masks : AuditHook {
  Status before_audit(std::vector<AuditText>& texts) override {
    for (AuditText& each : texts) {
      if (each.text.find("only hash") != std::string::npos) return Error{ErrorCode::limit, "guard", "audit", "", ""};
      if (each.part == "answer" || each.part == "continuations") each.text = "masked";
    }
    return Ok{};
  }
};

std::string stored(const AuditRecord& record) { return record.entry.texts.empty() ? "" : record.entry.texts[0].text; }

}  // namespace

// session_impl and generation_log through the public interface.
class TestSession : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void theAnswerIsItsTokens() {
    const Bench bench;
    const auto session = bench.session();
    std::string streamed;
    std::vector<std::int32_t> ids;
    const auto result = must(session->generate_and_wait(ask("hello", 20), [&](const TokenEvent& event) {
      streamed += event.text;
      if (event.position >= 0) ids.push_back(event.id);
    }));
    QVERIFY(result.finish == FinishReason::max_tokens);
    QCOMPARE(ids, result.token_ids);
    QCOMPARE(result.token_ids.size(), std::size_t{20});
    QCOMPARE(streamed, result.text);
    QCOMPARE(must(bench.model->tokenizer().decode(result.token_ids)), result.text);
    QCOMPARE(result.token_spans.size(), result.token_ids.size());
    for (const auto& [begin, end] : result.token_spans) QVERIFY(begin <= end && end <= result.text.size());
    QCOMPARE(result.stats.prompt_tokens, static_cast<std::int32_t>(result.prompt_token_ids.size()));
    QCOMPARE(result.stats.generated_tokens, 20);
    QVERIFY(result.stats.first_token_ns > 0 && result.stats.generation_tokens_per_s() > 0);
    // The context: the prompt and the answer but its last token, which nothing has followed yet.
    auto whole = result.prompt_token_ids;
    whole.insert(whole.end(), result.token_ids.begin(), result.token_ids.end());
    const auto context = session->tokens();
    QVERIFY(context.size() + 1 >= whole.size());
    QVERIFY(std::equal(context.begin(), context.end(), whole.begin()));
    QCOMPARE(session->trace().token_count(), static_cast<int>(context.size()));
  }
  void theSameSeedGivesTheSameText() {
    const Bench bench;
    auto request = ask("hello", 24);
    request.sampling.temperature = 1.5f;
    request.sampling.seed = 7;
    const auto first = must(bench.session()->generate_and_wait(request));
    const auto again = must(bench.session()->generate_and_wait(request));
    QCOMPARE(again.token_ids, first.token_ids);
    request.sampling.seed.reset();
    const auto drawn = must(bench.session()->generate_and_wait(request));
    QVERIFY(drawn.token_ids != first.token_ids);
    request.sampling.seed = drawn.seed;  // reported, so that the answer can be had again
    QCOMPARE(must(bench.session()->generate_and_wait(request)).token_ids, drawn.token_ids);
  }
  void onlyTheChangedSuffixIsEvaluated() {
    const Bench bench;
    const auto session = bench.session();
    const auto first = must(session->generate_and_wait(ask("hello there, hello", 4)));
    QCOMPARE(first.stats.reused_tokens, 0);
    const auto again = must(session->generate_and_wait(ask("hello there, hello", 4)));
    QCOMPARE(again.text, first.text);
    QCOMPARE(again.stats.evaluated_tokens, 1);  // the last one, whose logits are wanted
    const auto edited = must(session->generate_and_wait(ask("hello there, world", 4)));
    const auto& a = first.prompt_token_ids;
    const auto& b = edited.prompt_token_ids;
    const auto common = std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin();
    QCOMPARE(edited.stats.reused_tokens, static_cast<std::int32_t>(common));
    QCOMPARE(edited.stats.evaluated_tokens, static_cast<std::int32_t>(b.size()) - edited.stats.reused_tokens);
    QCOMPARE(must(bench.session()->generate_and_wait(ask("hello there, world", 4))).text, edited.text);
    QVERIFY(session->reset().ok());
    QCOMPARE(must(session->generate_and_wait(ask("hello there, world", 4))).stats.reused_tokens, 0);
  }
  void sessionsTogetherGiveTheirSoloAnswers() {
    const Bench bench({}, Isa::automatic);
    std::vector<std::string> questions = {"hello", "a longer question, with more in it", "世界"}, alone;
    for (const auto& q : questions) alone.push_back(must(bench.session()->generate_and_wait(ask(q, 30))).text);
    std::vector<std::future<std::string>> together;
    for (const auto& q : questions) {
      together.push_back(std::async(std::launch::async, [&bench, q] { return must(bench.session()->generate_and_wait(ask(q, 30))).text; }));
    }
    for (std::size_t i = 0; i < questions.size(); ++i) QCOMPARE(together[i].get(), alone[i]);
  }
  void stopsBeforeAStopString() {
    const Bench bench;
    auto request = ask("hello", 24);
    request.sampling.temperature = 2.0f;
    request.sampling.seed = 3;
    const auto whole = must(bench.session()->generate_and_wait(request));
    std::size_t at = 2;  // a letter of ASCII that the answer holds
    while (at < whole.text.size() && (whole.text[at] <= ' ' || whole.text[at] > '~')) ++at;
    QVERIFY(at < whole.text.size());
    request.sampling.stop = {whole.text.substr(at, 1)};
    const auto stopped = must(bench.session()->generate_and_wait(request));
    QVERIFY(stopped.finish == FinishReason::stop_string);
    QCOMPARE(stopped.text, whole.text.substr(0, whole.text.find(request.sampling.stop[0])));
  }
  void cancelsSoon() {
    TinyFile file;
    file.context = 4096;
    const Bench bench(file);
    for (const int tokens : {3000, 0}) {
      const bool in_prompt = tokens == 0;
      auto best = std::chrono::nanoseconds::max();  // of a few: the machine may be busy with other tests
      for (int round = 0; round < 5 && best >= std::chrono::milliseconds(100); ++round) best = std::min(best, cancelled(bench, in_prompt, tokens));
      QVERIFY(best < std::chrono::milliseconds(100));
    }
  }
  void scoringIsCancelledWithinALabel() {
    TinyFile file;
    file.context = 4096;
    const Bench bench(file);
    const auto session = bench.session();
    std::string question;
    for (int i = 0; i < 2000; ++i) question += "hello ";
    const CancelToken cancel;
    std::thread user([&] {
      while (!session->busy()) std::this_thread::yield();
      cancel.cancel();
    });
    const auto scored = session->score(question, {"aab"}, cancel);
    user.join();
    QVERIFY(!scored.ok());
    QCOMPARE(scored.error().code, ErrorCode::cancelled);
    QVERIFY(session->score("hello", {"aab"}, {}).ok());
  }
  void whoeverWaitsHearsOfTheEndWhateverHappensThere() {
    const Bench bench;
    const auto session = bench.session();
    std::promise<GenerationResult> heard;
    int calls = 0;
    GenerationCallbacks callbacks;
    callbacks.finished = [&](const GenerationResult& result) {
      if (++calls == 1) throw std::bad_alloc();
      heard.set_value(result);
    };
    QVERIFY(session->generate(ask("hello", 3), callbacks).ok());
    const GenerationResult result = heard.get_future().get();
    QVERIFY(result.finish == FinishReason::failed);
    QCOMPARE(result.error->code, ErrorCode::out_of_memory);
    QCOMPARE(must(session->generate_and_wait(ask("hello", 2))).token_ids.size(), std::size_t{2});
  }
  void aFullContextDropsTheOldestOrFails() {
    TinyFile file;
    file.context = 64;
    const Bench bench(file);
    GenerationRequest request = ask("", 8);
    request.messages = {Message::text(Role::system, "sys")};
    for (int i = 0; i < 8; ++i) {
      request.messages.push_back(Message::text(Role::user, "question " + std::to_string(i)));
      request.messages.push_back(Message::text(Role::assistant, "answer"));
    }
    request.messages.push_back(Message::text(Role::user, "last"));
    const auto dropped = must(bench.session()->generate_and_wait(request));
    QVERIFY(dropped.stats.dropped_messages > 0);
    const std::string prompt = must(bench.model->tokenizer().decode(dropped.prompt_token_ids));
    QVERIFY2(prompt.find("sys") != std::string::npos && prompt.find("last") != std::string::npos, prompt.c_str());
    QVERIFY(prompt.find("question 0") == std::string::npos);
    request.overflow = OverflowPolicy::fail;
    const auto failed = bench.session()->generate_and_wait(request);
    QVERIFY(!failed.ok());
    QVERIFY2(failed.error().code == ErrorCode::limit && failed.error().message().find("64") != std::string::npos,
             failed.error().message().c_str());
    // An answer that fills it up says so.
    const auto full = must(bench.session()->generate_and_wait(ask("hello", 500)));
    QVERIFY(full.finish == FinishReason::context_full);
    QCOMPARE(full.stats.context_used_tokens, 64);
  }
  // A template that insists on alternating roles, as Mixtral's does.
  void whatIsDroppedIsWholeTurns() {
    TinyFile file;
    file.context = 96;
    file.chat_template =
        "{% set ns = namespace(expect='user') %}{% for m in messages %}{% if m['role'] == 'system' %}<s>{{ m['content'] }}"
        "{% elif m['role'] == 'tool' %}[{{ m['content'] }}]{% else %}{% if m['role'] != ns.expect %}"
        "{{ raise_exception('roles must alternate') }}{% endif %}<s>{{ m['role'] + m['content'] }}"
        "{% set ns.expect = 'assistant' if ns.expect == 'user' else 'user' %}{% endif %}{% endfor %}";
    const Bench bench(file);
    for (const int turns : {1, 2, 3, 5, 8, 40}) {
      GenerationRequest request = ask("", 8);
      request.messages = {Message::text(Role::system, "sys")};
      for (int i = 0; i < turns; ++i) {
        request.messages.push_back(Message::text(Role::user, "q" + std::to_string(i)));
        request.messages.push_back(Message::text(Role::assistant, "calls"));
        request.messages.push_back(Message::text(Role::tool, "result"));
      }
      request.messages.push_back(Message::text(Role::user, "last"));
      const auto result = must(bench.session()->generate_and_wait(request));
      QCOMPARE(result.stats.dropped_messages % 3, 0);
      const std::string prompt = must(bench.model->tokenizer().decode(result.prompt_token_ids, true));
      QVERIFY2(prompt.starts_with("<s>sys<s>user") && prompt.ends_with("last"), prompt.c_str());
      // No more than needed: with one turn more it would not have fitted.
      const std::size_t turn = std::string("<s>userq0<s>assistantcalls[result]").size();  // bytes, at least as many as tokens
      if (result.stats.dropped_messages > 0) QVERIFY(result.prompt_token_ids.size() + turn + 8 > 96);
      else QVERIFY(turns < 3);
    }
    // What follows the last question belongs to it.
    GenerationRequest request = ask("", 8);
    request.messages = {Message::text(Role::user, std::string(80, 'x')), Message::text(Role::assistant, "a"), Message::text(Role::user, "now"),
                        Message::text(Role::assistant, "calls"), Message::text(Role::tool, "found")};
    const auto result = must(bench.session()->generate_and_wait(request));
    QCOMPARE(result.stats.dropped_messages, 2);
    const std::string prompt = must(bench.model->tokenizer().decode(result.prompt_token_ids, true));
    QCOMPARE(prompt, std::string("<s>usernow<s>assistantcalls[found]"));
  }
  void editsAreObeyedAndLabelled() {
    const Bench bench;
    const auto session = bench.session();
    const auto plain = must(session->generate_and_wait(ask("hello", 12)));
    RoutingEdits edits;
    edits.name = "without 1";
    edits.experts = {{-1, 1, ExpertAction::disable, 0.0f}};
    QVERIFY(session->set_edits(edits).ok());
    const auto edited = must(session->generate_and_wait(ask("hello", 12)));
    QVERIFY(edited.edits == edits);
    QCOMPARE(edited.stats.reused_tokens, 0);  // another routing, another cache
    const RoutingTrace trace = session->trace();
    for (int t = 0; t < trace.token_count(); ++t) {
      for (int l = 0; l < 2; ++l) QVERIFY(std::ranges::find(trace.ids(t, l), std::uint16_t{1}) == trace.ids(t, l).end());
    }
    QVERIFY(bench.entries(audit_kind::generation)[0].entry.edits_json.find("without 1") != std::string::npos);
    QVERIFY(session->set_edits({}).ok());
    QCOMPARE(must(session->generate_and_wait(ask("hello", 12))).text, plain.text);
    RoutingEdits wrong;
    wrong.experts = {{0, 4, ExpertAction::disable, 0.0f}};
    QVERIFY(!session->set_edits(wrong).ok());
  }
  void bothEndsOfAnAnswerAreLogged() {
    const Bench bench;
    SessionOptions options;
    options.conversation = "c1";
    GenerationRequest request = ask("hello", 5);
    request.sampling.repetition_penalty = 1.1f;
    const auto result = must(bench.session(options)->generate_and_wait(request));
    const auto ends = bench.entries(audit_kind::generation), starts = bench.entries(audit_kind::generation_started);
    QCOMPARE(ends.size(), std::size_t{1});
    QCOMPARE(starts.size(), std::size_t{1});
    QCOMPARE(ends[0].sequence, result.audit_entry);
    QCOMPARE(ends[0].entry.refers_to, starts[0].sequence);
    QCOMPARE(ends[0].entry.session, std::string("c1"));
    QCOMPARE(ends[0].entry.answer_tokens, std::int64_t{5});
    QCOMPARE(ends[0].entry.model_digest, "sha256:" + bench.model->sha256());
    QVERIFY(ends[0].entry.settings_json.find(std::to_string(result.seed)) != std::string::npos);
    QVERIFY2(ends[0].entry.settings_json.find("\"repetition_penalty\":1.1,") != std::string::npos, ends[0].entry.settings_json.c_str());
    QCOMPARE(stored(ends[0]), result.text);
    QCOMPARE(stored(starts[0]), std::string("<s>user\nhello</s><s>assistant\n"));
    bench.engine->set_audit_texts(false);
    must(bench.session()->generate_and_wait(ask("hello", 2)));
    QCOMPARE(stored(bench.entries(audit_kind::generation)[0]), std::string());
    QVERIFY(must(bench.audit->verify()).ok);
  }
  void withoutAnEntryThereIsNoAnswer() {
    const Bench bench;
    const auto session = bench.session();
    {
      // Another program holds the log.
      const std::string lock = bench.path("audit/audit.db.lock");
      QProcess holder;
      holder.start(QStringLiteral("flock"), {QString::fromStdString(lock), QStringLiteral("cat")});
      QVERIFY(holder.waitForStarted());
      Result<GenerationResult> result = Error{};
      QTRY_VERIFY(!(result = session->generate_and_wait(ask("hello", 2))).ok());
      QVERIFY2(result.error().code == ErrorCode::conflict, result.error().message().c_str());
      holder.closeWriteChannel();
      QVERIFY(holder.waitForFinished());
    }
    QVERIFY(session->generate_and_wait(ask("hello", 2)).ok());
  }
  void nothingReachesModelOrLogAroundTheHooks() {
    const Bench bench;
    bench.engine->add_hooks({std::make_shared<Replaces>(), std::make_shared<Stars>(), std::make_shared<Masks>()});
    const auto session = bench.session();
    const auto result = must(session->generate_and_wait(ask("secret", 6)));
    QCOMPARE(must(bench.model->tokenizer().decode(result.prompt_token_ids)).find("secret"), std::string::npos);
    QVERIFY(result.text.find_first_not_of('*') == result.text.size() - 1 && result.text.back() == '.');
    QCOMPARE(stored(bench.entries(audit_kind::generation)[0]), std::string("masked"));
    QVERIFY(stored(bench.entries(audit_kind::generation_started)[0]).find("[name]") != std::string::npos);
    GenerationRequest raw = ask("");
    raw.messages.clear();
    raw.raw_prompt = "secret";
    QCOMPARE(must(session->generate_and_wait(raw)).prompt_token_ids, must(bench.model->tokenizer().encode("[name]", {.add_special = true})));
    QVERIFY(!session->generate_and_wait(ask("forbidden")).ok());
    must(session->generate_and_wait(ask("only hash")));
    QCOMPARE(stored(bench.entries(audit_kind::generation_started)[0]), std::string());
    // An answer that is continued, the tools, and what others write to the same log.
    GenerationRequest continued = ask("hello", 2);
    continued.continue_answer = "secret";
    const auto begun = must(bench.model->tokenizer().decode(must(session->generate_and_wait(continued)).prompt_token_ids));
    QVERIFY2(begun.ends_with("[name]") && begun.find("secret") == std::string::npos, begun.c_str());
    continued.continue_answer = "forbidden";
    QVERIFY(!session->generate_and_wait(continued).ok());
    GenerationRequest with_tools = ask("hello", 2);
    with_tools.tools = {{"tool", "forbidden", "{}"}};
    QVERIFY(!session->generate_and_wait(with_tools).ok());
    AuditEntry note;
    note.kind = audit_kind::plugin;
    note.texts = {{"answer", "of a plugin"}};
    must(bench.audit->append(note));
    QCOMPARE(stored(bench.entries(audit_kind::plugin)[0]), std::string("masked"));
    note.texts = {{"arguments", "only hash"}};
    must(bench.audit->append(note));
    QCOMPARE(stored(bench.entries(audit_kind::plugin)[0]), std::string());
  }
  void scoresAreLogProbabilities() {
    const Bench bench;
    const auto session = bench.session();
    GenerationRequest request = ask("", 1);
    request.messages.clear();
    request.raw_prompt = "hello";
    request.sampling.top_logprobs = 5;
    std::vector<TokenAlternative> alternatives;
    must(session->generate_and_wait(request, [&](const TokenEvent& e) { alternatives = e.alternatives; }));
    QCOMPARE(alternatives.size(), std::size_t{5});
    int compared = 0;
    for (const TokenAlternative& a : alternatives) {
      const std::string text(bench.model->tokenizer().token_bytes(a.id));
      if (must(bench.model->tokenizer().encode(text)) != std::vector<TokenId>{a.id}) continue;
      const auto scores = must(session->score("hello", {text, text + "a"}));
      QVERIFY(std::abs(scores[0].logprob - static_cast<double>(a.logprob)) < 1e-4);
      QCOMPARE(scores[0].tokens, 1);
      QVERIFY(scores[1].logprob < scores[0].logprob || scores[1].tokens == 1);
      ++compared;
    }
    QVERIFY(compared > 0);
    QVERIFY(!session->score("hello", {""}).ok());
    // What is cached from the label before changes nothing.
    const std::vector<std::string> labels = {"aab", "aac", "aac", "a", "aab and more"};
    const auto together = must(session->score("hello", labels));
    for (std::size_t i = 0; i < labels.size(); ++i) {
      QCOMPARE(together[i].logprob, must(bench.session()->score("hello", {labels[i]}))[0].logprob);
    }
  }
  void aScoringPassesHooksAndLog() {
    const Bench bench;
    SessionOptions options;
    options.conversation = "c1";
    const auto session = bench.session(options);
    const auto plain = must(session->score("hello", {"aab", "c"}));
    auto entries = bench.entries(audit_kind::scoring);
    QCOMPARE(entries.size(), std::size_t{1});
    const AuditEntry& entry = entries[0].entry;
    QCOMPARE(entry.session, std::string("c1"));
    QCOMPARE(entry.model_digest, "sha256:" + bench.model->sha256());
    QCOMPARE(entry.texts.size(), std::size_t{2});
    std::map<std::string, std::string> texts;
    for (const AuditText& text : entry.texts) texts[text.part] = text.text;
    QCOMPARE(texts["prompt"], std::string("hello"));
    QCOMPARE(texts["continuations"], std::string(R"(["aab","c"])"));
    QCOMPARE(entry.answer_tokens, std::int64_t{plain[0].tokens + plain[1].tokens});
    const auto extra = QJsonDocument::fromJson(QByteArray::fromStdString(entry.extra_json)).object();
    QCOMPARE(extra[QStringLiteral("scores")].toArray().size(), 2);
    QCOMPARE(extra[QStringLiteral("scores")].toArray()[1].toObject()[QStringLiteral("logprob")].toDouble(), plain[1].logprob);
    // What fails is an entry as well.
    const CancelToken cancel;
    cancel.cancel();
    QCOMPARE(session->score("hello", {"aab"}, cancel).error().code, ErrorCode::cancelled);
    entries = bench.entries(audit_kind::scoring);
    QCOMPARE(entries.size(), std::size_t{2});
    QVERIFY2(entries[0].entry.extra_json.find("error") != std::string::npos, entries[0].entry.extra_json.c_str());
    // Hooks replace and refuse, and mask what the log keeps.
    const auto replaced = must(session->score("[name]", {"[name]"}));
    bench.engine->add_hooks({std::make_shared<Replaces>(), nullptr, std::make_shared<Masks>()});
    const auto hooked = must(session->score("secret", {"secret"}));
    QCOMPARE(hooked[0].logprob, replaced[0].logprob);
    entries = bench.entries(audit_kind::scoring);
    texts.clear();
    for (const AuditText& text : entries[0].entry.texts) texts[text.part] = text.text;
    QCOMPARE(texts["prompt"], std::string("[name]"));
    QCOMPARE(texts["continuations"], std::string("masked"));
    QVERIFY(!session->score("forbidden", {"a"}).ok());
    QVERIFY(!session->score("hello", {"forbidden"}).ok());
    QCOMPARE(bench.entries(audit_kind::scoring).size(), entries.size());  // these never came to the model
    must(session->score("only hash", {"a"}));
    QVERIFY(bench.entries(audit_kind::scoring)[0].entry.texts.empty());
    QVERIFY(must(bench.audit->verify()).ok);
  }
  void withoutAnEntryThereIsNoScore() {
    const Bench bench;
    const auto session = bench.session();
    QProcess holder;
    holder.start(QStringLiteral("flock"), {QString::fromStdString(bench.path("audit/audit.db.lock")), QStringLiteral("cat")});
    QVERIFY(holder.waitForStarted());
    Result<std::vector<ScoredSequence>> result = Error{};
    QTRY_VERIFY(!(result = session->score("hello", {"a"})).ok());
    QCOMPARE(result.error().code, ErrorCode::conflict);
    holder.closeWriteChannel();
    QVERIFY(holder.waitForFinished());
    QVERIFY(session->score("hello", {"a"}).ok());
  }
  void aDamagedModelEndsTheAnswerWithItsReason() {
    for (const Isa isa : available_isas()) {
      TinyFile file;
      file.filled["output_norm.weight"] = std::numeric_limits<float>::quiet_NaN();
      const Bench bench(file, isa);
      GenerationRequest request = ask("hello");
      request.sampling.temperature = 1.0f;
      request.sampling.top_p = 1.0f;
      const auto result = must(bench.session()->generate_and_wait(request));
      QVERIFY(result.finish == FinishReason::failed && result.error);
      QVERIFY2(result.error->message().find("NaN; the model's file may be damaged") != std::string::npos, result.error->message().c_str());
      QVERIFY(bench.entries(audit_kind::generation)[0].entry.texts[1].text.find("NaN") != std::string::npos);
      const auto scored = bench.session()->score("hello", {"a"});
      QVERIFY(!scored.ok());
      QCOMPARE(scored.error().message(), result.error->message());
    }
  }
  // Rows of the output matrix that no token belongs to are never drawn, however likely the model makes them.
  void paddedVocabulariesYieldTokensOnly() {
    TinyFile file;
    const std::int64_t tokens = file.vocabulary();
    file.shapes["token_embd.weight"] = {tokens + 500, file.width};
    file.shapes["output.weight"] = {tokens + 500, file.width};
    const Bench bench(file);
    QCOMPARE(bench.model->info().vocabulary, static_cast<std::int32_t>(tokens + 500));
    auto request = ask("hello", 60);
    for (const float temperature : {0.0f, 5.0f}) {
      request.sampling.temperature = temperature;
      request.sampling.top_logprobs = 20;
      bool contained = true;
      const auto result = must(bench.session()->generate_and_wait(request, [&](const TokenEvent& event) {
        contained &= bench.model->tokenizer().contains(event.id);
        for (const TokenAlternative& other : event.alternatives) contained &= bench.model->tokenizer().contains(other.id);
      }));
      QVERIFY(contained);
      QCOMPARE(result.token_ids.size(), std::size_t{60});
    }
  }
  void continuesABegunAnswer() {
    const Bench bench;
    const auto whole = must(bench.session()->generate_and_wait(ask("hello", 10)));
    GenerationRequest request = ask("hello", 3);
    request.continue_answer = "aa";
    const auto result = must(bench.session()->generate_and_wait(request));
    const std::string prompt = must(bench.model->tokenizer().decode(result.prompt_token_ids, true));
    QVERIFY2(prompt.ends_with("<s>assistant\naa"), prompt.c_str());
    // A control token written by a person stays text.
    const auto plain = must(bench.session()->generate_and_wait(ask("</s>", 1)));
    QCOMPARE(std::ranges::count(plain.prompt_token_ids, *bench.model->tokenizer().eos()), std::ptrdiff_t{1});
  }
  void aCutLogIsTold() {
    Bench bench;
    must(bench.session()->generate_and_wait(ask("hello", 1)));
    bench.audit.reset();
    bench.engine.reset();
    bench.model.reset();
    std::ofstream(bench.path("audit/audit.head"))
        << "{\"format\":\"roundhouse-audit-head-1\",\"sequence\":99,\"hash\":\"" << std::string(64, 'a') << "\"}\n";
    std::vector<std::string> warnings;
    EngineOptions options;
    options.threads = 1;
    options.audit = must(AuditLog::open(AuditOptions::in(bench.path("audit"))));
    options.log = [&](const std::string& line) { if (line.starts_with("warning ")) warnings.push_back(line); };
    must(must(Engine::create(options))->load_model(bench.path("tiny.gguf")));
    QCOMPARE(warnings.size(), std::size_t{1});
    QVERIFY2(warnings[0].starts_with("warning audit: ") && warnings[0].find("cut") != std::string::npos, warnings[0].c_str());
  }
  void badInputIsRefused() {
    const Bench bench;
    const auto session = bench.session();
    GenerationRequest request = ask("hello");
    request.sampling.top_p = 0.0f;
    QVERIFY(!session->generate_and_wait(request).ok());
    QVERIFY(session->generate_and_wait(ask("\xff\xfe broken \xc3", 2)).ok());  // any bytes
    QVERIFY(!bench.model->create_session({100000, {}, true, true}).ok());
    request = ask("");
    request.messages.clear();
    request.raw_prompt = std::string(10000, 'a');
    QVERIFY(!session->generate_and_wait(request).ok());
  }
  void aFileThatShrinksEndsTheAnswerNotTheProgram() {
    const Bench bench;
    const auto session = bench.session();
    must(session->generate_and_wait(ask("hello", 2)));
    std::filesystem::resize_file(bench.path("tiny.gguf"), 100);
    const auto result = session->generate_and_wait(ask("something else", 2));
    const std::optional<Error> error = result.ok() ? result->error : result.error();
    QVERIFY(error);
    QVERIFY2(error->message().find("tiny.gguf") != std::string::npos, error->message().c_str());
  }

 private:
  // How long a generation goes on after cancel().
  static std::chrono::nanoseconds cancelled(const Bench& bench, bool in_prompt, int tokens) {
    const auto session = bench.session();
    std::promise<GenerationResult> finished;
    std::promise<void> running;
    std::once_flag once;
    const auto tell = [&] { std::call_once(once, [&] { running.set_value(); }); };
    GenerationCallbacks callbacks;
    callbacks.finished = [&](const GenerationResult& r) { finished.set_value(r); };
    if (in_prompt) callbacks.prompt_progress = [&](int, int) { tell(); };
    else callbacks.token = [&](const TokenEvent&) { tell(); };
    std::string question;
    for (int i = 0; i < (in_prompt ? 700 : 1); ++i) question += "hello ";
    if (!session->generate(ask(question, tokens), callbacks).ok()) throw std::runtime_error("not started");
    running.get_future().wait();
    if (!session->busy() || session->generate(ask("more"), {}).ok()) throw std::runtime_error("two at a time");
    const auto begin = std::chrono::steady_clock::now();
    session->cancel();
    const GenerationResult result = finished.get_future().get();
    const auto took = std::chrono::steady_clock::now() - begin;
    if (result.finish != FinishReason::cancelled) throw std::runtime_error(finish_reason_name(result.finish));
    while (session->busy()) std::this_thread::yield();
    if (must(session->generate_and_wait(ask("hello", 2))).token_ids.size() != 2) throw std::runtime_error("not ready again");
    return took;
  }
};

QTEST_GUILESS_MAIN(TestSession)
#include "test_session.moc"
