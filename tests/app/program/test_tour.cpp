// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/program/tour.h"

#include <QDir>
#include <QImage>
#include <QSignalSpy>
#include <QtTest>

#include "app/program/program_options.h"
#include "tests/app/shell/workbench_fixture.h"

using namespace roundhouse;
using namespace roundhouse::app;

class TestTour : public QObject {
  Q_OBJECT

 private:
  std::unique_ptr<fake::WorkbenchFixture> run_;
  QString out_, failure_;
  QStringList pictures_;

  int tour(TourOptions options = {}) {
    out_.clear();
    options.out = [this](const QString& text) { out_ += text; };
    if (options.folder.isEmpty()) options.folder = run_->path("tour");
    Tour tour(run_->bench(), options);
    QSignalSpy finished(&tour, &Tour::finished);
    tour.start();
    [&] { QTRY_COMPARE_WITH_TIMEOUT(finished.size(), 1, 20000); }();
    pictures_ = tour.pictures();
    failure_ = tour.failure();
    return finished.isEmpty() ? -1 : finished[0][0].toInt();
  }

 private Q_SLOTS:
  void initTestCase() {
    run_ = std::make_unique<fake::WorkbenchFixture>();
    QVERIFY(run_->start());
  }
  void cleanupTestCase() { run_.reset(); }

  void asksPrintsAndTakesPictures() {
    TourOptions options;
    options.question = "Why is the sky blue?";
    QVERIFY2(tour(options) == 0, qPrintable(failure_));
    QVERIFY(out_.startsWith("Question: Why is the sky blue?\nAnswer: Answer to: Why is the sky blue?\n"));
    QVERIFY2(out_.contains("blue?\"), by weight:"), qPrintable(out_));
    QCOMPARE(out_.count("\n  layer "), 5);
    QVERIFY(out_.endsWith(pictures_.join('\n') + '\n'));
    QSet<QString> rooms;
    for (const QString& path : std::as_const(pictures_)) {
      QVERIFY2(!QImage(path).isNull(), qPrintable(path));
      rooms.insert(QFileInfo(path).baseName().section('-', 0, 0));
    }
    QCOMPARE(int(rooms.size()), int(run_->window().panelIds().size()));
    QCOMPARE(run_->world->journal.requests.back().sampling.seed, std::optional<std::uint64_t>(1));
  }
  void aFolderThatCannotBeWrittenEndsItAtOnce() {
    QFile(run_->path("file")).open(QIODevice::WriteOnly);
    TourOptions options;
    options.folder = run_->path("file/below");
    QCOMPARE(tour(options), 1);
    QVERIFY(failure_.contains(run_->path("file/below")));
    QVERIFY(pictures_.isEmpty());
  }
  void anAnswerThatFailsEndsIt() {
    run_->world->change([](fake::Script& script) { script.failAfter = Error{ErrorCode::out_of_memory, "evaluate", "batch", "1 GB", "none"}; });
    QCOMPARE(tour(), 1);
    QVERIFY2(failure_.contains("evaluate"), qPrintable(failure_));
    run_->world->change([](fake::Script& script) {
      script.failAfter.reset();
      script.answer = [](const auto&) { return std::string(); };
    });
    QCOMPARE(tour(), 1);
    QVERIFY(failure_.contains("empty"));
    run_->world->change([](fake::Script& script) { script.answer = {}; });
  }
  void anAuditLogThatCannotBeOpenedEndsIt() {
    run_->adjust = [](WorkbenchOptions& options) {
      options.openAudit = []() -> Result<std::shared_ptr<AuditLog>> { return Error{ErrorCode::io, "open the audit log", "/x/audit.db", {}, "Permission denied"}; };
    };
    QVERIFY(run_->restart());
    QCOMPARE(tour(), 1);
    QVERIFY2(failure_.contains("log the answer") && failure_.contains("/x/audit.db"), qPrintable(failure_));
    run_->adjust = {};
    QVERIFY(run_->restart());
  }
  void noProgressEndsIt() {
    run_->world->change([](fake::Script& script) { script.tokensPerSecond = 0.2; });
    TourOptions options;
    options.timeoutMs = 150;
    QCOMPARE(tour(options), 1);
    QVERIFY(failure_.contains("no progress"));
    run_->world->change([](fake::Script& script) { script.tokensPerSecond = 2000; });
  }
  void aModelThatDoesNotLoadEndsIt() {
    run_->world->change([](fake::Script& script) { script.loadError = Error{ErrorCode::malformed, "read GGUF header", "x.gguf", "GGUF", "oops"}; });
    run_->adjust = [](WorkbenchOptions& options) { options.loadModel = false; };
    QVERIFY(run_->restart());
    QTimer::singleShot(0, this, [this] { run_->bench().engine().load("/x.gguf"); });
    QCOMPARE(tour(), 1);
    QVERIFY(failure_.contains("oops"));
  }

  void theCommandLineIsRead() {
    const auto read = [](const QString& line) { return parseProgramOptions(line.split(' ', Qt::SkipEmptyParts)); };
    const auto all = read("--tour --question=why --screenshots /s --size 1280x720 --theme dark --language zh_CN m.gguf");
    QVERIFY(all.ok());
    QVERIFY(all->tour && all->runsByItself());
    QCOMPARE(all->question, QString("why"));
    QCOMPARE(all->screenshots, QString("/s"));
    QCOMPARE(all->size, std::optional<QSize>(QSize(1280, 720)));
    QCOMPARE(all->theme, std::optional<QString>("dark"));
    QCOMPARE(all->language, std::optional<QString>("zh_CN"));
    QCOMPARE(all->model, QString("m.gguf"));
    QVERIFY(!read("")->runsByItself());
    QVERIFY(read("--screenshots s")->runsByItself());
    QVERIFY(read("-h")->help && read("--version")->version);
    for (const char* option : {"--tour", "--question", "--screenshots", "--size", "--theme", "--language", "--version", "--help"}) {
      QVERIFY2(programHelp().contains(option), option);
    }
    for (const char* bad : {"--nonsense", "--size", "--size big", "--size 1x1", "--size 123456x1", "--theme pink", "--language fr", "a b", "--screenshots="}) {
      const auto refused = read(bad);
      QVERIFY2(!refused.ok(), bad);
      QVERIFY(refused.error().code == ErrorCode::invalid_argument);
    }
  }
};

QTEST_MAIN(TestTour)
#include "test_tour.moc"
