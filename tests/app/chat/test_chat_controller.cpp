// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/chat/chat_controller.h"

#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QtTest>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "app/chat/store_backend.h"
#include "app/chat/unsaved_files.h"
#include "app/stores/database.h"
#include "tests/app/fake/fake_engine.h"

using namespace roundhouse;
using namespace roundhouse::app;

namespace {

// Nothing can be saved while the disk is full.
class FullDisk : public ConversationBackend {
 public:
  explicit FullDisk(const std::atomic<bool>& full, std::unique_ptr<ConversationBackend> behind = memoryConversations())
      : full_(full), memory_(std::move(behind)) {}
  const UnsavedFiles* unsavedFiles() const override { return memory_->unsavedFiles(); }
  Result<QList<ConversationSummary>> list(const QString& search) override { return memory_->list(search); }
  Result<Conversation> load(const QString& id) override { return memory_->load(id); }
  Result<Saved> save(const ConversationChanges& changes) override {
    if (full_) return Error{ErrorCode::io, "save conversation", "conversations.db", "room on the disk", "none"};
    return memory_->save(changes);
  }
  Status purge(qint64 beforeMs) override { return memory_->purge(beforeMs); }
  Status keepAnswer(const AnswerSnapshot&) override { return Ok{}; }
  Result<AnswerSnapshot> loadAnswer(const QString& conversation, const QString& answer) override { return memory_->loadAnswer(conversation, answer); }
  Result<bool> changedElsewhere() override { return false; }

 private:
  const std::atomic<bool>& full_;
  const std::unique_ptr<ConversationBackend> memory_;
};

}  // namespace

class TestChatController : public QObject {
  Q_OBJECT

 private:
  std::shared_ptr<fake::World> world_;
  std::unique_ptr<EngineController> engine_;
  std::unique_ptr<SessionHub> hub_;
  std::unique_ptr<ConversationLibrary> library_;
  std::unique_ptr<ChatController> chat_;
  std::vector<std::unique_ptr<QTemporaryDir>> folders_;

  QString text(qsizetype fromEnd = 1) const {
    const QStringList path = chat_->tree().path();
    return path.size() < fromEnd ? QString() : visibleText(chat_->tree().find(path[path.size() - fromEnd])->content);
  }
  const ChatMessage& last() const { return *chat_->tree().find(chat_->tree().leaf()); }
  Conversation stored(const QString& id) {
    std::optional<Conversation> found;
    library_->load(id, this, [&](Result<Conversation> loaded) {
      if (loaded.ok()) found = std::move(loaded).value();
      else found.emplace();
    });
    [&] { QVERIFY(until([&] { return found.has_value(); })); }();
    return *found;
  }
  void loadModel() {
    engine_->load("/m/a.gguf");
    QVERIFY(until([&] { return engine_->current() != nullptr; }));
  }
  // As QTRY_VERIFY, looking more often.
  static bool until(const std::function<bool()>& what) { return QTest::qWaitFor(what, 5000); }
  // Other storage than memory.
  void use(const std::function<std::unique_ptr<ConversationBackend>()>& make) {
    chat_.reset();
    library_ = std::make_unique<ConversationLibrary>([&](const auto&) { return make(); }, ConversationLibrary::Times{20, 2000, 3000});
    chat_ = std::make_unique<ChatController>(*engine_, *hub_, *library_, ChatController::Times{60, 200});
  }
  // Outlives what is kept in it, which would be put back where it was.
  const QTemporaryDir& newFolder() { return *folders_.emplace_back(std::make_unique<QTemporaryDir>()); }
  bool idle() const { return until([&] { return !chat_->busy(); }); }
  void slow(int tokens) {
    world_->change([tokens](fake::Script& script) {
      script.tokensPerSecond = 100;
      script.answer = [tokens](const auto&) {
        std::string answer;
        for (int i = 0; i < tokens; ++i) answer += "w" + std::to_string(i) + " ";
        return answer;
      };
    });
  }

 private Q_SLOTS:
  void init() {
    world_ = std::make_shared<fake::World>();
    engine_ = std::make_unique<EngineController>(fake::api(world_));
    hub_ = std::make_unique<SessionHub>(*engine_);
    library_ = std::make_unique<ConversationLibrary>(nullptr);
    chat_ = std::make_unique<ChatController>(*engine_, *hub_, *library_, ChatController::Times{60, 200});
    engine_->start({});
  }
  void cleanup() {
    chat_.reset();
    hub_.reset();
    library_.reset();
    engine_.reset();
    folders_.clear();
  }

  void asksAndWritesTheAnswerDown() {
    loadModel();
    chat_->setSystemPrompt("Be brief.");
    QVERIFY(!chat_->send("   "));
    QVERIFY(chat_->send("What is steam?"));
    QVERIFY(chat_->busy());
    QVERIFY(!chat_->send("and water?"));
    QVERIFY(idle());
    QCOMPARE(text(), QString("Answer to: What is steam?"));
    QCOMPARE(text(2), QString("What is steam?"));
    QVERIFY(last().facts->finish == FinishReason::end_token);
    QVERIFY(last().facts->stats.generated_tokens > 0);
    QCOMPARE(last().facts->modelName, QString("a"));
    const auto& request = world_->journal.requests.at(0);
    QCOMPARE(request.messages.size(), std::size_t{2});
    QVERIFY(request.messages[0].role == Role::system);
    const Conversation kept = stored(chat_->current().id);
    QCOMPARE(kept.title, QString("What is steam?"));
    QCOMPARE(conversationToJson(kept), conversationToJson(chat_->current()));
    QVERIFY(chat_->send("And water?"));
    QVERIFY(idle());
    QCOMPARE(world_->journal.requests.at(1).messages.size(), std::size_t{4});
  }
  void aQuestionIsKeptBeforeItsAnswer() {
    loadModel();
    slow(200);
    QVERIFY(chat_->send("What is steam?"));
    const QString id = chat_->current().id;
    QVERIFY(until([&] { return text().size() > 20; }));
    const qsizetype seen = text().size();
    QElapsedTimer clock;
    clock.start();
    QVERIFY(until([&] { return visibleText(stored(id).tree.find(last().id)->content).size() >= seen; }));
    QVERIFY2(clock.elapsed() < 500, qPrintable(QString::number(clock.elapsed())));
    const Conversation kept = stored(id);
    QCOMPARE(kept.tree.size(), 2);
    QVERIFY(!kept.tree.find(last().id)->facts->finish);  // a kill now leaves an answer that says it has no end
    chat_->stop();
    QVERIFY(idle());
    QVERIFY(last().facts->finish == FinishReason::cancelled);
    QVERIFY(text().size() > 20);
  }
  void waitsForAModelThatIsLoading() {
    world_->change([](fake::Script& script) { script.loadMs = 60; });
    engine_->load("/m/a.gguf");
    QVERIFY(chat_->send("Early bird"));
    QVERIFY(chat_->busy());
    QVERIFY(chat_->waitingForModel());
    QVERIFY(idle());
    QCOMPARE(text(), QString("Answer to: Early bird"));
  }
  void stoppingWhileWaitingEndsIt() {
    world_->change([](fake::Script& script) { script.loadMs = 60; });
    engine_->load("/m/a.gguf");
    QVERIFY(chat_->send("Early bird"));
    chat_->stop();
    QVERIFY(!chat_->busy());
    QVERIFY(last().facts->finish == FinishReason::cancelled);
    QTRY_VERIFY(engine_->current());
    QVERIFY(chat_->send("Late bird"));
    QVERIFY(idle());
    QCOMPARE(world_->journal.generations.load(), 1);
    QCOMPARE(text(), QString("Answer to: Late bird"));
  }
  void withoutAModelTheAnswerSaysSo() {
    QTRY_VERIFY(engine_->running());
    QVERIFY(chat_->send("Anyone there?"));
    QVERIFY(!chat_->busy());
    QVERIFY(last().facts->finish == FinishReason::failed);
    QVERIFY(last().facts->error.contains("loaded model"));
    loadModel();
    QVERIFY(chat_->regenerate(last().id));
    QVERIFY(idle());
    QCOMPARE(text(), QString("Answer to: Anyone there?"));
  }
  void regeneratingAndEditingBranch() {
    loadModel();
    QVERIFY(chat_->send("one"));
    QVERIFY(idle());
    const QString first = last().id;
    QVERIFY(chat_->regenerate(first));
    QVERIFY(idle());
    const QString second = last().id;
    QCOMPARE(chat_->tree().siblings(first), (QStringList{first, second}));
    const QString question = chat_->tree().path().first();
    QVERIFY(chat_->editQuestion(question, "two"));
    QVERIFY(idle());
    QCOMPARE(text(), QString("Answer to: two"));
    QCOMPARE(chat_->tree().siblings(question).size(), 2);
    QSignalSpy path(chat_.get(), &ChatController::pathChanged);
    chat_->selectBranch(first);
    QCOMPARE(path.size(), 1);
    QCOMPARE(text(2), QString("one"));
    QCOMPARE(stored(chat_->current().id).tree.leaf(), first);
    QVERIFY(!chat_->regenerate(question));
    QVERIFY(!chat_->editQuestion(first, "x"));
  }
  void aRoutingEditLabelsItsAnswers() {
    loadModel();
    QVERIFY(chat_->send("one"));
    QVERIFY(idle());
    RoutingEdits edits;
    edits.name = "without 3";
    edits.experts = {{-1, 3, ExpertAction::disable, 0}};
    hub_->requestAnswerAgain(chat_->current().id, last().id, edits);
    QVERIFY(idle());
    QCOMPARE(last().facts->editsLabel, QString("without 3"));
    QVERIFY(world_->journal.edits.at(1) == edits);
    QVERIFY(hub_->edits(chat_->current().id).empty());  // for that answer only
    QVERIFY(hub_->setEdits(chat_->current().id, edits).ok());
    QVERIFY(chat_->send("two"));
    QVERIFY(idle());
    QCOMPARE(last().facts->editsLabel, QString("without 3"));
    QVERIFY(stored(chat_->current().id).edits == edits);
  }
  void onlyTheRoutingDiffersInAnAnswerUnderOtherEdits() {
    loadModel();
    const auto asked = [&] {
      std::lock_guard lock(world_->journal.mutex);
      return world_->journal.requests.back().sampling.seed;
    };
    SamplingSettings sampling = chat_->current().sampling;
    sampling.seed = 41;
    chat_->setSampling(sampling);
    QVERIFY(chat_->send("one"));
    QVERIFY(idle());
    const QString plain = last().id;
    sampling.seed.reset();
    chat_->setSampling(sampling);
    RoutingEdits edits;
    edits.experts = {{-1, 3, ExpertAction::disable, 0}};
    hub_->requestAnswerAgain(chat_->current().id, plain, edits);
    QVERIFY(idle());
    QVERIFY(asked() == std::optional<std::uint64_t>(41));
    QCOMPARE(last().facts->seed, quint64(41));
    QVERIFY(last().facts->sampling && last().facts->sampling->temperature == sampling.temperature);
    const QString edited = last().id;
    hub_->requestAnswerAgain(chat_->current().id, edited, {});  // taken back
    QVERIFY(idle());
    QVERIFY(asked() == std::optional<std::uint64_t>(41));
    QVERIFY(chat_->regenerate(last().id));  // just another one
    QVERIFY(idle());
    QVERIFY(!asked());
    const Conversation kept = stored(chat_->current().id);
    QVERIFY(kept.tree.find(edited)->facts->sampling.has_value());
  }
  void editsThatDoNotFitTheModelAreKeptAndComeBack() {
    loadModel();
    QVERIFY(chat_->send("one"));
    QVERIFY(idle());
    const QString id = chat_->current().id;
    RoutingEdits edits;
    edits.name = "without 7";
    edits.experts = {{-1, 7, ExpertAction::disable, 0}};
    QVERIFY(hub_->setEdits(id, edits).ok());
    QVERIFY(!chat_->editsRefused());
    world_->change([](fake::Script& script) { script.experts = 4; });
    engine_->load("/m/b.gguf");
    QVERIFY(until([&] { return engine_->currentPath() == "/m/b.gguf"; }));
    for (const bool opened : {false, true}) {  // while it is open, and when it is opened
      if (opened) {
        chat_->startNew();
        chat_->open(id);
        QVERIFY(until([&] { return chat_->current().id == id; }));
      }
      QVERIFY(hub_->edits(id).empty());
      QVERIFY(chat_->editsRefused());
      QVERIFY(chat_->editsRefused()->message().find("7") != std::string::npos);
      QVERIFY(stored(id).edits == edits);
      QVERIFY(chat_->send("two"));
      QVERIFY(idle());
      QVERIFY(last().facts->finish == FinishReason::end_token);
      QCOMPARE(last().facts->editsLabel, QString());
      QVERIFY(stored(id).edits == edits);
    }
    const auto copy = conversationFromJson(conversationToJson(chat_->current()), "x");
    QVERIFY(copy.ok());
    chat_->import(*copy);
    QVERIFY(stored(chat_->current().id).edits == edits);
    chat_->open(id);
    QVERIFY(until([&] { return chat_->current().id == id; }));
    engine_->load("/m/a.gguf");
    QVERIFY(until([&] { return engine_->currentPath() == "/m/a.gguf"; }));
    QVERIFY(!chat_->editsRefused());
    QVERIFY(hub_->edits(id) == edits);
    QVERIFY(hub_->setEdits(id, {}).ok());  // taken back by a person
    QVERIFY(stored(id).edits.empty());
  }
  void theAnswerAtTheEndOfThePathIsTheShownOne() {
    loadModel();
    QVERIFY(chat_->send("one"));
    QVERIFY(idle());
    const QString first = last().id;
    QCOMPARE(hub_->shownAnswer(), first);
    QVERIFY(chat_->regenerate(first));
    QCOMPARE(hub_->shownAnswer(), last().id);
    QVERIFY(idle());
    chat_->selectBranch(first);
    QCOMPARE(hub_->shownAnswer(), first);
    const QString id = chat_->current().id;
    chat_->startNew();
    QCOMPARE(hub_->shownAnswer(), QString());
    chat_->open(id);
    QVERIFY(until([&] { return hub_->shownAnswer() == first; }));
  }
  void theConversationShownLastComesBackUnlessAnotherIsBegun() {
    loadModel();
    QVERIFY(chat_->send("one"));
    QVERIFY(idle());
    const QString id = chat_->current().id;
    QSignalSpy problems(chat_.get(), &ChatController::problem);
    chat_->startNew();
    chat_->reopen("nothing");
    QCOMPARE(stored("nothing").tree.size(), 0);
    QVERIFY(chat_->tree().empty());
    chat_->reopen(id);
    QVERIFY(chat_->send("already begun"));
    QCOMPARE(stored(id).tree.size(), 2);
    QVERIFY(chat_->current().id != id);
    QVERIFY(idle());
    chat_->startNew();
    chat_->reopen(id);
    QVERIFY(until([&] { return chat_->current().id == id; }));
    QVERIFY(problems.isEmpty());
  }
  void answersGoOnInTheBackground() {
    loadModel();
    slow(30);
    QVERIFY(chat_->send("long one"));
    const QString id = chat_->current().id;
    QTRY_VERIFY(!text().isEmpty());
    chat_->startNew();
    QVERIFY(!chat_->busy());
    QVERIFY(chat_->tree().empty());
    QTRY_VERIFY(!hub_->busy(id));
    QTRY_COMPARE(visibleText(stored(id).tree.find(stored(id).tree.leaf())->content).trimmed().split(' ').size(), 30);
    chat_->open(id);
    QTRY_COMPARE(chat_->current().id, id);
    QVERIFY(text().startsWith("w0"));
  }
  void theLastOpenedWins() {
    loadModel();
    QStringList ids;
    for (int i = 0; i < 3; ++i) {
      chat_->startNew();
      QVERIFY(chat_->send(QString("talk %1").arg(i)));
      QVERIFY(idle());
      ids.append(chat_->current().id);
    }
    QSignalSpy shown(chat_.get(), &ChatController::currentChanged);
    chat_->open(ids[0]);
    chat_->open(ids[1]);
    QTRY_COMPARE(chat_->current().id, ids[1]);
    (void)stored(ids[2]);  // loads are answered in their order
    QCOMPARE(chat_->current().id, ids[1]);
    QCOMPARE(shown.size(), 1);
    QCOMPARE(hub_->currentConversation(), ids[1]);
    QSignalSpy problems(chat_.get(), &ChatController::problem);
    chat_->open("nothing");
    QTRY_COMPARE(problems.size(), 1);
    QCOMPARE(chat_->current().id, ids[1]);
  }
  void aNewConversationInheritsItsSettings() {
    SamplingSettings sampling = chat_->current().sampling;
    sampling.temperature = 1.25f;
    chat_->setSampling(sampling);
    chat_->setSystemPrompt("Brief.");
    loadModel();
    QVERIFY(chat_->send("x"));
    QVERIFY(idle());
    const QString before = chat_->current().id;
    chat_->startNew();
    QVERIFY(chat_->current().id != before);
    QCOMPARE(chat_->current().sampling.temperature, 1.25f);
    QCOMPARE(chat_->current().systemPrompt, QString("Brief."));
    const QString empty = chat_->current().id;
    chat_->startNew();
    QCOMPARE(chat_->current().id, empty);
  }
  void removingShowsANewOneAndCanBeUndone() {
    loadModel();
    QVERIFY(chat_->send("keep me"));
    QVERIFY(idle());
    const QString id = chat_->current().id;
    QSignalSpy changed(chat_.get(), &ChatController::removedChanged);
    chat_->remove(id);
    QCOMPARE(changed.size(), 1);
    QCOMPARE(chat_->removed().size(), 1);
    QCOMPARE(chat_->removed().last().title, QString("keep me"));
    QVERIFY(chat_->current().id != id);
    chat_->restore(id);
    QVERIFY(chat_->removed().isEmpty());
    QVERIFY(until([&] { return chat_->current().id == id; }));
    QCOMPARE(text(2), QString("keep me"));
    QTest::qWait(2 * 60);  // past the time: it is not deleted all the same
    QCOMPARE(stored(id).tree.size(), 2);
  }
  void whatIsNotBroughtBackInTimeIsDeletedForGood() {
    loadModel();
    QStringList ids;
    for (int i = 0; i < 3; ++i) {
      chat_->startNew();
      QVERIFY(chat_->send(QString("talk %1").arg(i)));
      QVERIFY(idle());
      ids.append(chat_->current().id);
    }
    chat_->remove(ids[0], "talk 0");
    chat_->remove(ids[1]);
    QCOMPARE(chat_->removed().first().title, QString("talk 0"));
    chat_->holdRemoved(true);
    QTest::qWait(2 * 60);
    QCOMPARE(chat_->removed().size(), 2);
    chat_->restore(ids[0]);
    QVERIFY(until([&] { return chat_->current().id == ids[0]; }));
    chat_->holdRemoved(false);
    QVERIFY(until([&] { return chat_->removed().isEmpty(); }));
    QCOMPARE(stored(ids[1]).tree.size(), 0);  // a library that knows none gives an empty one
    QCOMPARE(stored(ids[0]).tree.size(), 2);
  }
  void whatIsBeingRedactedCannotBeBroughtBack() {
    loadModel();
    QVERIFY(chat_->send("secret"));
    QVERIFY(idle());
    const QString id = chat_->current().id, answer = chat_->tree().leaf();
    QVERIFY(hub_->snapshot(answer));
    const QTemporaryDir& folder = newFolder();
    AuditService audit([&, path = folder.path().toStdString()]() -> Result<std::shared_ptr<AuditLog>> {
      RH_ASSIGN(std::unique_ptr<AuditLog> log, AuditLog::open(AuditOptions::in(path)));
      return std::shared_ptr<AuditLog>(std::move(log));
    }, folder.path());
    audit.open();
    QVERIFY(until([&] { return audit.log() != nullptr; }));
    AuditEntry entry;
    entry.kind = audit_kind::generation_started;
    entry.session = id.toStdString();
    entry.texts.push_back({"prompt", "secret"});
    QVERIFY(audit.log()->append(entry).ok());
    QSignalSpy done(chat_.get(), &ChatController::redacted), failed(chat_.get(), &ChatController::redactionFailed);

    // A log that only reads: the conversation is offered again.
    AuditService reading([path = folder.path().toStdString()]() -> Result<std::shared_ptr<AuditLog>> {
      AuditOptions options = AuditOptions::in(path);
      options.read_only = true;
      RH_ASSIGN(std::unique_ptr<AuditLog> log, AuditLog::open(options));
      return std::shared_ptr<AuditLog>(std::move(log));
    });
    reading.open();
    QVERIFY(until([&] { return reading.log() != nullptr; }));
    chat_->remove(id);
    chat_->redact(id, "asked for", reading);
    QVERIFY(chat_->removed().isEmpty());
    QVERIFY(until([&] { return failed.size() == 1; }));
    QCOMPARE(chat_->removed().value(0).id, id);
    chat_->holdRemoved(true);
    QCOMPARE(stored(id).tree.size(), 2);

    // Another program writes meanwhile.
    QFile lock(folder.filePath("audit.db.lock"));
    QVERIFY(lock.open(QIODevice::ReadWrite) && ::flock(lock.handle(), LOCK_EX) == 0);
    chat_->redact(id, "asked for", audit);
    chat_->holdRemoved(false);
    QVERIFY(chat_->removed().isEmpty());
    const QString shown = chat_->current().id;
    chat_->restore(id);
    QTest::qWait(2 * 60);
    QCOMPARE(chat_->current().id, shown);
    QCOMPARE(stored(id).tree.size(), 2);  // not before the log has let go of it
    ::flock(lock.handle(), LOCK_UN);
    QVERIFY(until([&] { return done.size() == 1; }));
    QCOMPARE(done[0][0].value<AuditReceipt>().entries, 1);
    QCOMPARE(stored(id).tree.size(), 0);
    QVERIFY(!hub_->snapshot(answer));
  }
  void whatAnEarlierRunRemovedIsDeletedForGood() {
    Conversation old;
    old.id = "old";
    chat_.reset();
    library_->save(ConversationChanges::whole(old));
    library_->remove("old", QDateTime::currentMSecsSinceEpoch());
    chat_ = std::make_unique<ChatController>(*engine_, *hub_, *library_, ChatController::Times{60, 200});
    bool there = true;
    QObject listener;
    QVERIFY(until([&] {
      library_->load("old", &listener, [&](const Result<Conversation>& loaded) { there = loaded.ok(); });
      return !there;
    }));
  }
  void nothingIsLostWhileTheDiskIsFull() {
    std::atomic<bool> full{true};
    use([&full] { return std::make_unique<FullDisk>(full); });
    QSignalSpy notSaved(library_.get(), &ConversationLibrary::notSaved), again(library_.get(), &ConversationLibrary::savedAgain);
    loadModel();
    QVERIFY(chat_->send("one"));
    QVERIFY(idle());
    QVERIFY(chat_->send("two"));
    QVERIFY(idle());
    const QString id = chat_->current().id;
    const QByteArray expected = conversationToJson(chat_->current());
    chat_->startNew();
    QVERIFY(chat_->send("elsewhere"));
    QVERIFY(idle());
    const QString other = chat_->current().id;
    QCOMPARE(notSaved.size(), 1);
    chat_->open(id);  // it is there all the same
    QVERIFY(until([&] { return chat_->current().id == id; }));
    QCOMPARE(chat_->tree().size(), 4);
    chat_->open(other);
    full = false;
    QVERIFY(until([&] { return again.size() == 1; }));
    QVERIFY(until([&] { return !library_->unsaved(id) && !library_->unsaved(other); }));
    QCOMPARE(conversationToJson(stored(id)), expected);
    QCOMPARE(stored(other).tree.size(), 2);
    QCOMPARE(notSaved.size(), 1);
    chat_->open(id);
    QVERIFY(until([&] { return chat_->current().id == id; }));
    QVERIFY(chat_->send("three"));
    QVERIFY(idle());
    QCOMPARE(stored(id).tree.size(), 6);
  }
  void aDatabaseThatIsRepairedGetsAllThatStandsHere_data() {
    QTest::addColumn<int>("kind");
    QTest::newRow("overwritten") << 0;
    QTest::newRow("without its messages") << 1;
    QTest::newRow("without its conversations") << 2;
    QTest::newRow("without a column") << 3;
    QTest::newRow("replaced by another") << 4;
  }
  void aDatabaseThatIsRepairedGetsAllThatStandsHere() {
    QFETCH(const int, kind);
    const QTemporaryDir& folder = newFolder();
    const QString file = folder.filePath("conversations.db");
    use([&] { return storedConversations(file, {}); });
    QSignalSpy elsewhere(chat_.get(), &ChatController::deletedElsewhere);
    loadModel();
    QVERIFY(chat_->send("one"));
    QVERIFY(idle());
    QVERIFY(chat_->regenerate(last().id));
    QVERIFY(idle());
    const QString id = chat_->current().id;
    QVERIFY(until([&] { return !library_->unsaved(); }));
    {
      const auto other = Database::open(file, "open");
      QVERIFY(other.ok());
      const auto run = [&](const char* statement) { return (*other)->run("change", QString(statement)).ok(); };
      QVERIFY(run("PRAGMA wal_checkpoint(TRUNCATE)"));
      if (kind == 1) QVERIFY(run("DROP TABLE messages"));
      if (kind == 2) QVERIFY(run("DROP TABLE conversations"));
      if (kind == 3) QVERIFY(run("ALTER TABLE messages DROP COLUMN parent"));
    }
    if (kind == 0) {
      QFile over(file);
      QVERIFY(over.open(QIODevice::ReadWrite) && over.write(QByteArray(over.size(), 'x')) > 0);
    }
    if (kind == 4) {
      QVERIFY(storedConversations(folder.filePath("other.db"), {})->list({}).ok());
      QCOMPARE(std::rename(QFile::encodeName(folder.filePath("other.db")).constData(), QFile::encodeName(file).constData()), 0);
    }
    const timespec then{::time(nullptr) - 60, 0}, times[2] = {then, then};  // what is still being written is not repaired
    QCOMPARE(::utimensat(AT_FDCWD, QFile::encodeName(file).constData(), times, 0), 0);
    if (kind == 3) chat_->rename(id, "Another title");  // what is written need not be what is missing
    else QVERIFY(chat_->send("two"));
    QVERIFY(idle());
    QVERIFY(until([&] { return !library_->unsaved(); }));
    const Conversation& here = chat_->current();
    const auto stored = [&] {
      const auto found = storedConversations(file, {})->load(id);
      return found.ok() ? conversationToJson(*found) : QByteArray::fromStdString(found.error().message());
    };
    QVERIFY(until([&] { return !library_->unsaved() && stored() == conversationToJson(here); }));
    QCOMPARE(stored(), conversationToJson(here));
    QVERIFY(elsewhere.isEmpty() && !library_->notSavedYet());
  }
  void whatAnEarlierRunLeftIsShownWhereItsConversationIsOpen_data() {
    QTest::addColumn<bool>("elsewhere");
    QTest::newRow("on show at its end") << false;
    QTest::newRow("another branch on show") << true;
  }
  void whatAnEarlierRunLeftIsShownWhereItsConversationIsOpen() {
    QFETCH(const bool, elsewhere);
    const QTemporaryDir& folder = newFolder();
    const QString file = folder.filePath("conversations.db");
    use([&] { return storedConversations(file, {}); });
    loadModel();
    QVERIFY(chat_->send("one"));
    QVERIFY(idle());
    const QString id = chat_->current().id, first = last().id;
    QVERIFY(until([&] { return !library_->unsaved(); }));
    // The run before was cut off within its answer.
    ConversationChanges left;
    left.id = id;
    ChatMessage question, answer;
    question.id = "left-1";
    question.parent = first;
    question.content = Message::text(Role::user, "left");
    answer.id = left.leaf.emplace("left-2");
    answer.parent = "left-1";
    answer.content = Message::text(Role::assistant, "half an ans");
    answer.facts.emplace();
    left.messages = {question, answer};
    left.updatedMs = QDateTime::currentMSecsSinceEpoch() + 1000;
    const UnsavedFiles files(file, {});
    QVERIFY(files.write({left}).ok());
    std::atomic<bool> full{true};  // what is stored can be read meanwhile
    use([&] { return std::make_unique<FullDisk>(full, storedConversations(file, {})); });
    chat_->open(id);
    QVERIFY(until([&] { return chat_->current().id == id; }));
    if (elsewhere) {
      chat_->selectBranch(chat_->tree().path().first());
      QVERIFY(chat_->regenerate(first));
      QVERIFY(idle());
    }
    const QString before = chat_->tree().leaf();
    QVERIFY(!chat_->tree().find("left-1"));
    QSignalSpy path(chat_.get(), &ChatController::pathChanged), taken(library_.get(), &ConversationLibrary::takenIn);
    full = false;
    QVERIFY(until([&] { return taken.size() == 1; }));
    QVERIFY(!path.isEmpty());
    QVERIFY(chat_->tree().find("left-1") && chat_->tree().find("left-2"));
    QCOMPARE(chat_->tree().leaf(), elsewhere ? before : QString("left-2"));
    if (elsewhere) return;
    QVERIFY(chat_->send("and on"));  // below it, not beside it
    QVERIFY(idle());
    QCOMPARE(chat_->tree().path().size(), 6);
    QVERIFY(until([&] { return !library_->unsaved(); }));
    QCOMPARE(storedConversations(file, {})->load(id)->tree.path().size(), 6);
  }
  void twoWindowsKeepEachOthersChanges() {
    const QTemporaryDir& folder = newFolder();
    const QString file = folder.filePath("conversations.db");
    use([&] { return storedConversations(file, {}); });
    const auto other = storedConversations(file, {});
    loadModel();
    QVERIFY(chat_->send("one"));
    QVERIFY(idle());
    const QString id = chat_->current().id;
    QVERIFY(until([&] { return !library_->unsaved(id); }));
    ConversationChanges theirs;
    theirs.id = id;
    theirs.title = "Renamed there";
    theirs.systemPrompt = "Brief.";
    ChatMessage message;
    message.id = "theirs";
    message.parent = last().id;
    message.content = Message::text(Role::user, "asked there");
    theirs.messages = {message};
    QVERIFY(other->save(theirs).ok());
    QVERIFY(chat_->send("two"));
    QVERIFY(idle());
    const Conversation kept = stored(id);
    QCOMPARE(kept.title, QString("Renamed there"));
    QCOMPARE(kept.systemPrompt, QString("Brief."));
    QCOMPARE(kept.tree.size(), 5);
    QCOMPARE(kept.tree.path().size(), 4);
  }
  void whatAnotherWindowDeletedComesBackWhenItGoesOnHere_data() {
    QTest::addColumn<bool>("purged");
    QTest::newRow("can still be undone there") << false;
    QTest::newRow("for good") << true;
  }
  void whatAnotherWindowDeletedComesBackWhenItGoesOnHere() {
    QFETCH(const bool, purged);
    const QTemporaryDir& folder = newFolder();
    const QString file = folder.filePath("conversations.db");
    use([&] { return storedConversations(file, {}); });
    const auto other = storedConversations(file, {});
    QSignalSpy told(chat_.get(), &ChatController::deletedElsewhere), problems(chat_.get(), &ChatController::problem);
    loadModel();
    QVERIFY(chat_->send("one"));
    QVERIFY(idle());
    const QString id = chat_->current().id;
    QCOMPARE(stored(id).tree.size(), 2);  // behind all that was asked of the library
    ConversationChanges removed;
    removed.id = id;
    removed.removedMs = QDateTime::currentMSecsSinceEpoch();
    QVERIFY(other->save(removed).ok());
    if (purged) QVERIFY(other->purge(*removed.removedMs + 1).ok());
    chat_->rename(id, "Only a title");  // that alone is no going on
    QVERIFY(until([&] { return !library_->unsaved(id); }));
    QVERIFY(other->list({})->isEmpty());
    if (purged) QVERIFY(until([&] { return told.size() == 1; }));
    QCOMPARE(told.size(), purged ? 1 : 0);
    if (purged) QCOMPARE(told.takeFirst(), (QVariantList{"Only a title", false}));
    QVERIFY(chat_->send("two"));
    QVERIFY(idle());
    QVERIFY(until([&] { return !library_->unsaved(id); }));
    QCOMPARE(other->list({})->value(0).messages, 4);
    QCOMPARE(conversationToJson(*other->load(id)), conversationToJson(chat_->current()));
    if (!purged) QVERIFY(until([&] { return told.size() == 1; }));
    QVERIFY(purged || told.takeFirst() == (QVariantList{"Only a title", true}));
    QVERIFY2(problems.isEmpty(), problems.isEmpty() ? "" : problems[0][0].value<Error>().message().c_str());
  }
  void anAnswerThatEndsAfterItsConversationWasDeletedBringsNothingBack() {
    loadModel();
    slow(400);
    QVERIFY(chat_->send("one"));
    const QString id = chat_->current().id;
    QVERIFY(until([&] { return text().size() > 10; }));
    QSignalSpy told(chat_.get(), &ChatController::deletedElsewhere), problems(chat_.get(), &ChatController::problem);
    chat_->remove(id);
    QVERIFY(until([&] { return !hub_->busy(id) && chat_->removed().isEmpty(); }));
    QVERIFY(until([&] { return !library_->unsaved(id); }));
    QCOMPARE(stored(id).tree.size(), 0);
    QVERIFY(told.isEmpty());
  }
  void aToolAnswersInItsConversationWhateverIsOnShow() {
    ChatController::ToolResult finish;
    CancelToken cancelled;
    const ToolCallPart call{"1", "calculate", "{}"};
    QVERIFY(!chat_->callTool("/calculate 6*7", call));
    chat_->setToolCaller([&](const ToolCallPart&, const QString&, const CancelToken& cancel, QObject*, ChatController::ToolResult done) {
      finish = std::move(done);
      cancelled = cancel;
    });
    const ToolResultPart result{"1", "calculate", "42", {}};
    QSignalSpy answered(chat_.get(), &ChatController::toolAnswered), failed(chat_.get(), &ChatController::toolFailed);
    QVERIFY(chat_->callTool("/calculate 6*7", call));
    QVERIFY(chat_->busy());
    QVERIFY(!chat_->send("meanwhile"));
    QVERIFY(!chat_->callTool("/calculate 1", call));
    const QString id = chat_->current().id;
    chat_->import(*conversationFromMarkdown("## User\n\nother\n", "x"));
    QVERIFY(!chat_->busy());
    finish(result);
    QCOMPARE(answered.size(), 1);
    QCOMPARE(chat_->tree().size(), 1);
    const Conversation kept = stored(id);
    QCOMPARE(kept.title, QString("/calculate 6*7"));
    QCOMPARE(visibleText(kept.tree.find(kept.tree.leaf())->content), QString("42"));
    // Stopped, it is told what was typed.
    QVERIFY(chat_->callTool("/calculate 6*7", call));
    chat_->stop();
    QVERIFY(cancelled.cancelled());
    finish(Error{ErrorCode::cancelled, "call tool", "calculate", "", ""});
    QVERIFY(!chat_->busy());
    QCOMPARE(failed.size(), 1);
    QCOMPARE(failed[0][0].toString(), QString("/calculate 6*7"));
    QCOMPARE(chat_->tree().size(), 1);
  }
  void aToolAnswersAgain() {
    loadModel();
    QList<std::string> called;
    chat_->setToolCaller([&](const ToolCallPart& call, const QString&, const CancelToken&, QObject*, ChatController::ToolResult done) {
      called.append(call.arguments_json);
      done(ToolResultPart{call.id, call.name, std::to_string(called.size()), {}});
    });
    QVERIFY(chat_->callTool("/count", {"1", "count", "{\"n\":1}"}));
    const QString question = chat_->tree().path().first(), first = last().id;
    QVERIFY(chat_->regenerate(first));
    QCOMPARE(called, (QList<std::string>{"{\"n\":1}", "{\"n\":1}"}));
    QCOMPARE(text(), QString("2"));
    QCOMPARE(last().parent, question);
    QCOMPARE(chat_->tree().siblings(first), (QStringList{first, last().id}));
    QVERIFY(world_->journal.requests.empty());
  }
  void whatAnotherWindowAddsIsShown() {
    const QTemporaryDir& folder = newFolder();
    const QString file = folder.filePath("conversations.db");
    use([&] { return storedConversations(file, {}); });
    const auto other = storedConversations(file, {});
    loadModel();
    QVERIFY(chat_->send("one"));
    QVERIFY(idle());
    const QString id = chat_->current().id, answer = last().id;
    QVERIFY(until([&] { return !library_->unsaved(id); }));
    library_->watch(true);
    QCOMPARE(stored(id).tree.size(), 2);  // behind the first look, which others' changes are told from
    const auto message = [&](const QString& name, const QString& parent, Role role, std::optional<FinishReason> finish = {}) {
      ChatMessage made;
      made.id = name;
      made.parent = parent;
      made.content = Message::text(role, name.toStdString());
      if (role == Role::assistant) made.facts.emplace().finish = finish;
      return made;
    };
    // An answer that is still being written there comes with its end.
    ConversationChanges theirs;
    theirs.id = id;
    theirs.title = "Renamed there";
    theirs.messages = {message("asked there", answer, Role::user), message("there", "asked there", Role::assistant)};
    theirs.leaf = "there";
    QVERIFY(other->save(theirs).ok());
    QVERIFY(until([&] { return chat_->current().title == "Renamed there"; }));
    QCOMPARE(chat_->tree().leaf(), answer);
    QSignalSpy path(chat_.get(), &ChatController::pathChanged);
    ConversationChanges end;
    end.id = id;
    end.messages = {message("there", "asked there", Role::assistant, FinishReason::end_token)};
    const auto look = [&] {
      library_->watch(false);
      library_->watch(true);
    };
    QVERIFY(other->save(end).ok());
    look();
    QVERIFY(until([&] { return chat_->tree().leaf() == "there"; }));
    QCOMPARE(path.size(), 1);
    QCOMPARE(hub_->shownAnswer(), QString("there"));
    // Not while an answer comes here; then.
    slow(20);
    QVERIFY(chat_->regenerate(answer));
    ConversationChanges more;
    more.id = id;
    more.messages = {message("again there", "asked there", Role::assistant, FinishReason::end_token)};
    more.leaf = "again there";
    QVERIFY(other->save(more).ok());
    look();
    QVERIFY(idle());
    QVERIFY(until([&] { return chat_->tree().find("again there") != nullptr; }));
    QVERIFY(text().startsWith("w0"));  // the branch on show stays
  }
  void withoutAFileTheTitleOfAnAttachmentIsEmpty() {
    loadModel();
    std::vector<Part> parts{{ImagePart{"image/png", {}, 1, 1}, {}}};
    QVERIFY(chat_->send("", parts));
    QVERIFY(idle());
    QCOMPARE(chat_->current().title, QString());
  }
  void renamingWorksOpenAndClosed() {
    loadModel();
    QVERIFY(chat_->send("first title"));
    QVERIFY(idle());
    const QString id = chat_->current().id;
    chat_->rename(id, "  Steam \n engines ");
    QCOMPARE(chat_->current().title, QString("Steam engines"));
    chat_->startNew();
    chat_->rename(id, "Again");
    QTRY_COMPARE(stored(id).title, QString("Again"));
    chat_->rename(id, "   ");
    QCOMPARE(stored(id).title, QString("Again"));
    QCOMPARE(stored(id).tree.size(), 2);
  }
  void importedConversationsStandBesideTheirOriginal() {
    loadModel();
    QVERIFY(chat_->send("original"));
    QVERIFY(idle());
    const Conversation original = chat_->current();
    const auto copy = conversationFromJson(conversationToJson(original), "x");
    QVERIFY(copy.ok());
    chat_->import(*copy);
    QVERIFY(chat_->current().id != original.id);
    QCOMPARE(text(2), QString("original"));
    QCOMPARE(stored(chat_->current().id).tree.path(), chat_->tree().path());
    QCOMPARE(stored(original.id).tree.size(), 2);
    QVERIFY(chat_->send("go on"));
    QVERIFY(idle());
    QCOMPARE(world_->journal.requests.back().messages.size(), std::size_t{3});
  }
  void reasoningBecomesAPartOfItsOwn() {
    world_->change([](fake::Script& script) {
      script.answer = [](const auto&) { return std::string("<think>two and two</think>\n\nFour."); };
    });
    loadModel();
    QVERIFY(chat_->send("2+2"));
    QVERIFY(idle());
    QCOMPARE(text(), QString("Four."));
    QVERIFY(std::holds_alternative<ReasoningPart>(last().content.parts.front().content));
  }
  void theModelsOwnMarkersCount() {
    world_->change([](fake::Script& script) {
      script.reasoning.marks = ReasoningMarks{"<|muse|>", "<|/muse|>"};
      script.answer = [](const auto&) { return std::string("<|muse|>two <think> two<|/muse|>Four."); };
    });
    loadModel();
    QVERIFY(chat_->send("2+2"));
    QVERIFY(idle());
    QCOMPARE(text(), QString("Four."));
    QCOMPARE(std::get<ReasoningPart>(last().content.parts.front().content).text, std::string("two <think> two"));
  }
  void reasoningThatThePromptOpenedIsSeenWhileItGrows() {
    world_->change([](fake::Script& script) { script.reasoning = {ReasoningMarks{"<|muse|>", "<|/muse|>"}, true}; });
    slow(200);
    loadModel();
    QVERIFY(chat_->send("2+2"));
    QVERIFY(until([&] { return !last().content.parts.empty(); }));
    QVERIFY(std::holds_alternative<ReasoningPart>(last().content.parts.front().content));
    chat_->stop();
    QVERIFY(idle());
  }
  void filesGoBeforeTheQuestion() {
    loadModel();
    std::vector<Part> files{{FilePart{"a.txt", "text/plain", "data"}, {}}};
    QVERIFY(chat_->send("", files));
    QVERIFY(idle());
    QCOMPARE(chat_->current().title, QString("a.txt"));
    QVERIFY(chat_->send("look", files));
    QVERIFY(idle());
    const Message& sent = world_->journal.requests.back().messages.back();
    QVERIFY(std::holds_alternative<FilePart>(sent.parts.front().content));
    const QString question = chat_->tree().path().at(2);
    QVERIFY(chat_->editQuestion(question, "look again"));
    QVERIFY(idle());
    QCOMPARE(world_->journal.requests.back().messages.back().parts.size(), std::size_t{2});
  }
  void titlesAreShortAndWhole() {
    QCOMPARE(titleFrom(QString("  hello\nworld ")), QString("hello"));
    const QString title = titleFrom(QString("word ").repeated(40));
    QVERIFY(title.size() <= 61 && title.endsWith(QChar(0x2026)) && !title.contains("wor\u2026"));
    QVERIFY(titleFrom(QString("字").repeated(200)).size() == 61);
  }
};

QTEST_GUILESS_MAIN(TestChatController)
#include "test_chat_controller.moc"
