// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/chat/answer_archive.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QThread>
#include <QtTest>

#include <atomic>
#include <cmath>
#include <limits>
#include <random>

#include "app/stores/folder_lock.h"
#include "app/stores/kept_answers.h"
#include "tests/app/panels/routing/trace_fixture.h"
#include "tests/engine/fixtures/trace_text.h"

using namespace roundhouse;
using namespace roundhouse::app;

namespace {

// An answer of `tokens` words after a prompt of as many, as the bridge makes it.
AnswerSnapshot randomAnswer(const QString& conversation, const QString& answer, int tokens, unsigned seed, bool traced = true) {
  static const std::vector<std::string> words{"steam", " 蒸汽", "", "\n", "💡", " x", "<think>", "\""};
  std::mt19937 random(seed);
  AnswerSnapshot made;
  made.conversation = conversation;
  made.answer = answer;
  made.state = AnswerState::Finished;
  made.result.emplace();
  if (traced) made.trace = randomTrace(2 * tokens, 4, 16, seed);
  std::vector<std::string> prompt;
  for (int i = 0; i < tokens; ++i) prompt.push_back(words[random() % words.size()]);
  if (traced) made.promptTexts = std::make_shared<const std::vector<std::string>>(prompt);
  for (int i = 0; i < tokens; ++i) {
    AnswerToken token;
    token.id = int(random() % 1000);
    token.position = tokens + i;
    token.textBegin = std::uint32_t(made.text.size());
    made.text += words[random() % words.size()];
    token.textEnd = std::uint32_t(made.text.size());
    token.logprob = -float(random() % 1000) / 64;
    for (unsigned k = random() % 4; k > 0; --k) token.alternatives.push_back({int(random() % 1000), -float(k)});
    made.tokens.push_back(token);
  }
  made.firstTokenNs = random();
  made.generationNs = random();
  made.reasoning.opened = random() % 2;
  if (random() % 2) made.reasoning.marks = ReasoningMarks{"<think>", "</think>"};
  return made;
}

}  // namespace

class TestAnswerArchive : public QObject {
  Q_OBJECT

 private:
  std::unique_ptr<QTemporaryDir> folder_;
  QString path(const QString& name) const { return folder_->filePath(name); }
  AnswerArchive archive(qint64 bytes = AnswerArchive::kBytes) const { return AnswerArchive(path("answers"), bytes); }
  static QByteArray bytes(const QString& file) {
    QFile in(file);
    return in.open(QIODevice::ReadOnly) ? in.readAll() : QByteArray();
  }
  static void write(const QString& file, const QByteArray& content) {
    QFile out(file);
    QVERIFY(out.open(QIODevice::WriteOnly));
    out.write(content);
  }

 private Q_SLOTS:
  void init() { folder_ = std::make_unique<QTemporaryDir>(); }

  void whatIsKeptIsRead() {
    for (unsigned seed = 1; seed <= 20; ++seed) {
      const AnswerSnapshot made = randomAnswer("talk", QString("a%1").arg(seed), int(1 + seed * 7), seed, seed % 4 != 0);
      QVERIFY(archive().keep(made).ok());
      const auto read = archive().load("talk", made.answer);
      QVERIFY2(read.ok(), read.ok() ? "" : read.error().message().c_str());
      QVERIFY(read->finished());
      QVERIFY(!read->result);
      QCOMPARE(read->text, made.text);
      QCOMPARE(read->firstTokenNs, made.firstTokenNs);
      QCOMPARE(read->generationNs, made.generationNs);
      QCOMPARE(read->reasoning.opened, made.reasoning.opened);
      QCOMPARE(read->reasoning.marks.has_value(), made.reasoning.marks.has_value());
      QCOMPARE(read->tokens.size(), made.tokens.size());
      for (std::size_t i = 0; i < made.tokens.size(); ++i) {
        const AnswerToken &a = read->tokens[i], &b = made.tokens[i];
        QCOMPARE(std::tie(a.id, a.position, a.textBegin, a.textEnd, a.logprob), std::tie(b.id, b.position, b.textBegin, b.textEnd, b.logprob));
        QCOMPARE(a.alternatives.size(), b.alternatives.size());
        for (std::size_t k = 0; k < a.alternatives.size(); ++k) QCOMPARE(a.alternatives[k].id, b.alternatives[k].id);
      }
      QCOMPARE(read->trace.token_count(), made.trace.token_count());
      QCOMPARE(testing::trace_text(read->trace, &RoutingTrace::write_json), testing::trace_text(made.trace, &RoutingTrace::write_json));  // scores included
      for (int position = 0; position < 2 * int(made.tokens.size()); ++position) QCOMPARE(read->contextText(position), made.contextText(position));
    }
  }
  void anotherTimeReplaces() {
    QVERIFY(archive().keep(randomAnswer("talk", "a", 5, 1)).ok());
    QVERIFY(archive().keep(randomAnswer("talk", "a", 9, 2)).ok());
    QCOMPARE(archive().load("talk", "a")->tokens.size(), std::size_t(9));
  }
  void impossibleLogprobsAreReadAsTheLowest() {
    AnswerSnapshot made = randomAnswer("talk", "a", 2, 1);
    AnswerToken first = made.tokens[0];
    first.logprob = -std::numeric_limits<float>::infinity();
    made.tokens = {};
    made.tokens.push_back(first);
    QVERIFY(archive().keep(made).ok());
    QCOMPARE(archive().load("talk", "a")->tokens[0].logprob, std::numeric_limits<float>::lowest());
  }
  void onlyTheUserCanReadThem() {
    QVERIFY(archive().keep(randomAnswer("talk", "a", 2, 1)).ok());
    for (const char* name : {"answers", "answers/talk"}) QCOMPARE(QFile::permissions(path(name)) & (QFile::ReadGroup | QFile::ReadOther), QFile::Permissions());
  }
  void forgottenIsGone() {
    QVERIFY(archive().keep(randomAnswer("talk", "a", 5, 1)).ok());
    QVERIFY(archive().keep(randomAnswer("other", "a", 5, 1)).ok());
    QVERIFY(archive().forget("talk").ok());
    QVERIFY(!QFile::exists(path("answers/talk")));
    QVERIFY(archive().load("talk", "a").error().code == ErrorCode::not_found);
    QVERIFY(archive().load("other", "a").ok());
    QVERIFY(archive().forget("talk").ok());  // nothing is there to forget
  }
  void idsCannotLeaveTheFolder() {
    write(path("precious"), "x");
    for (const QString id : {"..", ".", "", "../precious", "a/b", "/", "a\nb"}) {
      QVERIFY(!archive().keep(randomAnswer(id, "a", 1, 1)).ok());
      QVERIFY(!archive().keep(randomAnswer("talk", id, 1, 1)).ok());
      QVERIFY(!archive().load(id, "a").ok());
      QVERIFY(archive().forget(id).ok());  // nothing is there, and nothing else goes
    }
    QCOMPARE(bytes(path("precious")), QByteArray("x"));
  }
  void theOldestMakeRoom() {
    QVERIFY(archive().keep(randomAnswer("talk", "a0", 50, 1)).ok());
    qint64 one = 0;
    for (const QFileInfo& each : QDir(path("answers/talk")).entryInfoList(QDir::Files)) one += each.size();
    AnswerArchive small(path("answers"), 3 * one + one / 2);
    const auto keep = [&](int i) {
      const QString talk = i % 2 ? "other" : "talk", answer = QString("a%1").arg(i);
      QVERIFY(small.keep(randomAnswer(talk, answer, 50, 1)).ok());
      for (const char* suffix : {"json", "rhtrace"}) {  // their age is told by the files' times
        QFile file(path(QString("answers/%1/%2.%3").arg(talk, answer, suffix)));
        QVERIFY(file.open(QIODevice::ReadWrite) && file.setFileTime(QDateTime::fromSecsSinceEpoch(1'000'000 + i), QFileDevice::FileModificationTime));
      }
    };
    for (int i = 0; i < 6; ++i) keep(i);
    QVERIFY(small.load("talk", "a0").error().code == ErrorCode::not_found);
    QVERIFY(small.load("other", "a1").error().code == ErrorCode::not_found);
    QVERIFY(!QFile::exists(path("answers/talk/a0.rhtrace")));
    for (const auto& [talk, answer] : {std::pair("other", "a3"), {"talk", "a4"}, {"other", "a5"}}) QVERIFY(small.load(talk, answer).ok());
    // One that is larger than all the room stays until the next.
    AnswerArchive tiny(path("answers"), 10);
    QVERIFY(tiny.keep(randomAnswer("talk", "last", 50, 1)).ok());
    QVERIFY(tiny.load("talk", "last").ok());
    QVERIFY(!tiny.load("other", "a5").ok());
  }
  void whatKilledProgramsLeftGoesWithTheNext() {
    QVERIFY(archive().keep(randomAnswer("talk", "a", 5, 1)).ok());
    const QString trace = path("answers/talk/b.rhtrace.0123456789abcdef.part"), json = path("answers/talk/b.json.aBcDeF");
    write(trace, "half a trace");
    write(json, "half a text");
    write(path("answers/talk/mine.txt"), "x");
    QVERIFY(archive().keep(randomAnswer("other", "c", 5, 1)).ok());
    QVERIFY(!QFile::exists(trace) && !QFile::exists(json));
    QVERIFY(QFile::exists(path("answers/talk/mine.txt")));
    QVERIFY(archive().load("talk", "a").ok());
    write(trace, "half a trace");
    QVERIFY(archive().forget("talk").ok());
    QVERIFY(!QFile::exists(path("answers/talk")));
  }
  void keptWhileAllIsDeletedItIsWholeOrGone() {
    const AnswerSnapshot made = randomAnswer("talk", "a", 5, 1);
    std::atomic<bool> go = true;
    const std::unique_ptr<QThread> other(QThread::create([&] {
      while (go) (void)deleteKeptAnswers(folder_->path());
    }));
    other->start();
    Status kept = Ok{};
    Result<AnswerSnapshot> read = made;
    for (int i = 0; i < 40 && kept.ok() && (read.ok() || read.error().code == ErrorCode::not_found); ++i) {
      kept = archive().keep(made);
      const FolderLock lock(path("answers"));
      read = archive().load("talk", "a");
    }
    go = false;
    other->wait();
    QVERIFY2(kept.ok(), kept.ok() ? "" : kept.error().message().c_str());
    QVERIFY2(read.ok() || read.error().code == ErrorCode::not_found, read.ok() ? "" : read.error().message().c_str());
  }
  void aLinkIsNotFollowed() {
    QVERIFY(QDir(folder_->path()).mkpath("answers"));
    QVERIFY(QDir(folder_->path()).mkpath("elsewhere"));
    write(path("elsewhere/precious.json"), "x");
    QVERIFY(QFile::link(path("elsewhere"), path("answers/talk")));
    QVERIFY(!archive().forget("talk").ok());
    QCOMPARE(bytes(path("elsewhere/precious.json")), QByteArray("x"));
  }
  void damageIsToldAndNeverShown() {
    const AnswerSnapshot made = randomAnswer("talk", "a", 20, 5);
    QVERIFY(archive().keep(made).ok());
    const QString json = path("answers/talk/a.json"), trace = path("answers/talk/a.rhtrace");
    const QByteArray good = bytes(json), traced = bytes(trace);
    std::mt19937 random(3);
    for (int round = 0; round < 400; ++round) {
      QByteArray broken = good;
      if (round % 2) broken.truncate(qsizetype(random() % unsigned(broken.size())));
      else broken[qsizetype(random() % unsigned(broken.size()))] = char(random());
      write(json, broken);
      const auto read = archive().load("talk", "a");  // an error, or values that hold together
      if (!read.ok()) continue;
      for (const AnswerToken& each : read->tokens) QVERIFY(each.textBegin <= each.textEnd && each.textEnd <= read->text.size());
      for (int position = -1; position < 60; ++position) (void)read->contextText(position);
    }
    for (const QByteArray odd : {"", "[]", "{}", "{\"roundhouse_answer\":2,\"text\":\"\"}"}) {
      write(json, odd);
      QVERIFY(archive().load("talk", "a").error().code == ErrorCode::malformed);
    }
    write(json, QByteArray(good).replace("\"tokens\":[", "\"tokens\":[[1,2000000000,0,0,0,[]],"));
    QVERIFY(!archive().load("talk", "a").ok());
    write(json, QByteArray(good).replace("\"first_token_ns\":", "\"first_token_ns\":1e300,\"x\":").replace("\"generation_ns\":", "\"generation_ns\":-1e300,\"y\":"));
    QCOMPARE(archive().load("talk", "a")->firstTokenNs, 0);
    QCOMPARE(archive().load("talk", "a")->generationNs, 0);
    write(json, good);
    QByteArray flipped = traced;
    flipped[flipped.size() / 2] = char(flipped[flipped.size() / 2] ^ 1);
    write(trace, flipped);
    QVERIFY(archive().load("talk", "a").error().code == ErrorCode::tampered);
    QVERIFY(QFile::remove(trace));
    QVERIFY(!archive().load("talk", "a").ok());
  }
  void aFolderThatRefusesIsTold() {
    write(path("answers"), "a file in its place");
    QVERIFY(!archive().keep(randomAnswer("talk", "a", 1, 1)).ok());
  }
};

QTEST_GUILESS_MAIN(TestAnswerArchive)
#include "test_answer_archive.moc"
