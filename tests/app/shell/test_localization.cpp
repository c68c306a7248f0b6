// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/localization.h"

#include <QAbstractItemView>
#include <QAction>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QGroupBox>
#include <QHeaderView>
#include <QLabel>
#include <QLibraryInfo>
#include <QLineEdit>
#include <QMenu>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTabWidget>
#include <QTableView>
#include <QToolButton>
#include <QXmlStreamReader>
#include <QtTest>

#include "app/shell/format.h"
#include "roundhouse/engine.h"
#include "roundhouse/load_stage.h"
#include "tests/app/shell/workbench_fixture.h"
#include "tests/engine/fixtures/tiny_gguf.h"
#include "widgets/controls/command_palette.h"
#include "widgets/controls/error_bar.h"

using namespace roundhouse;
using namespace roundhouse::app;

namespace {

bool chinese(const QString& text) {
  return std::any_of(text.begin(), text.end(), [](QChar c) { return c.script() == QChar::Script_Han; });
}

// The English texts of the .ts file that have another Chinese one, placeholders as wildcards.
QList<QRegularExpression> translatedTexts() {
  QFile file(QStringLiteral(ROUNDHOUSE_SOURCE_DIR "/resources/translations/roundhouse_zh_CN.ts"));
  if (!file.open(QIODevice::ReadOnly)) return {};
  QList<QRegularExpression> found;
  QXmlStreamReader xml(&file);
  QString source;
  while (!xml.atEnd()) {
    if (xml.readNext() != QXmlStreamReader::StartElement) continue;
    if (xml.name() == QLatin1String("source")) source = xml.readElementText();
    if (xml.name() != QLatin1String("translation")) continue;
    const QString translation = xml.readElementText(QXmlStreamReader::IncludeChildElements).trimmed();
    if (translation == source) continue;
    static const QRegularExpression placeholder(QStringLiteral("%(n|\\d)")), word(QStringLiteral("[A-Za-z]{2}"));
    if (!QString(source).remove(placeholder).contains(word)) continue;  // "%1 s" says nothing
    QStringList pieces;
    for (const QString& piece : source.split(placeholder)) pieces.append(QRegularExpression::escape(piece));
    found.append(QRegularExpression(QRegularExpression::anchoredPattern(pieces.join(QStringLiteral(".*"))),
                                    QRegularExpression::DotMatchesEverythingOption));
  }
  return found;
}

// Every text that a person sees, hovers over or has read out, with where it stands.
class Texts {
 public:
  explicit Texts(const QWidget& window) {
    widget(window);
    for (const QWidget* each : window.findChildren<QWidget*>()) widget(*each);
    for (const QAction* each : window.findChildren<QAction*>()) action(*each);
  }
  QMultiMap<QString, QString> all;  // text, place

  void add(const QObject& owner, const QString& what, QString text) {
    text.remove(QLatin1Char('&'));
    if (text.trimmed().isEmpty()) return;
    all.insert(text, QStringLiteral("%1 %2 %3").arg(QLatin1String(owner.metaObject()->className()), owner.objectName(), what));
  }

 private:
  void action(const QAction& a) {
    add(a, QStringLiteral("text"), a.text());
    add(a, QStringLiteral("tool tip"), a.toolTip());
  }
  void model(const QObject& owner, const QAbstractItemModel& m) {
    for (int column = 0; column < m.columnCount(); ++column) {
      for (const int role : {int(Qt::DisplayRole), int(Qt::ToolTipRole)}) {
        add(owner, QStringLiteral("header"), m.headerData(column, Qt::Horizontal, role).toString());
        for (int row = 0; row < std::min(200, m.rowCount()); ++row) add(owner, QStringLiteral("cell"), m.index(row, column).data(role).toString());
      }
    }
  }
  void widget(const QWidget& w) {
    add(w, QStringLiteral("title"), w.windowTitle());
    add(w, QStringLiteral("tool tip"), w.toolTip());
    add(w, QStringLiteral("accessible name"), w.accessibleName());
    add(w, QStringLiteral("accessible description"), w.accessibleDescription());
    for (const char* property : {"text", "plainText", "placeholderText", "specialValueText", "suffix", "emptyText", "title"}) {
      add(w, QLatin1String(property), w.property(property).toString());
    }
    if (const auto* tabs = qobject_cast<const QTabWidget*>(&w)) {
      for (int i = 0; i < tabs->count(); ++i) {
        add(w, QStringLiteral("tab"), tabs->tabText(i));
        add(w, QStringLiteral("tab"), tabs->tabToolTip(i));
      }
    }
    if (const auto* box = qobject_cast<const QComboBox*>(&w)) model(w, *box->model());
    if (const auto* view = qobject_cast<const QAbstractItemView*>(&w); view && view->model()) model(w, *view->model());
  }
};

}  // namespace

class TestLocalization : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() { QLocale::setDefault(QLocale::c()); }

  void aChoiceIsALanguageOrTheSystems() {
    for (const QString& language : Localization::languages()) {
      QCOMPARE(Localization::resolve(language), language);
      QVERIFY(!Localization::nameOf(language).isEmpty());
    }
    for (const QString& other : {QString(), QString("system"), QString("tlh")}) {
      QVERIFY(Localization::languages().contains(Localization::resolve(other)));
      QCOMPARE(Localization::resolve(other), Localization::resolve("system"));
    }
  }
  void onlyAChangeIsTold() {
    Localization localization;
    QSignalSpy changed(&localization, &Localization::changed);
    localization.setChoice("en");
    QCOMPARE(changed.size(), 0);
    localization.setChoice("zh_CN");
    localization.setChoice("zh_CN");
    QCOMPARE(changed.size(), 1);
    QCOMPARE(changed[0][0].toString(), QString("zh_CN"));
    QCOMPARE(localization.language(), QString("zh_CN"));
  }
  void englishHasPlurals() {
    Localization localization;
    const auto tokens = [](int n) { return QCoreApplication::translate("roundhouse::app::MessageCard", "%Ln token(s)", nullptr, n); };
    QCOMPARE(tokens(1), QString("1 token"));
    for (const int n : {0, 2, 21, 160}) QCOMPARE(tokens(n), QString("%1 tokens").arg(n));
    const auto same = [](int n) { return QCoreApplication::translate("roundhouse::widgets::SplitCompare", "The first %Ln token(s) are the same", nullptr, n); };
    QCOMPARE(same(1), QString("The first 1 token is the same"));
    QCOMPARE(same(2), QString("The first 2 tokens are the same"));
    localization.setChoice("zh_CN");
    QCOMPARE(same(1), QStringLiteral("前 1 个词元相同"));
    QCOMPARE(tokens(1), QStringLiteral("1 词元"));
    localization.setChoice("en");
    QCOMPARE(tokens(1), QString("1 token"));
  }
  void widgetsFollowAtOnce() {
    Localization localization;
    widgets::ErrorBar bar;
    bar.showError("Title", "details");
    const auto* copy = bar.findChild<QWidget*>("errorCopy");
    QCOMPARE(copy->toolTip(), QString("Copy message"));
    localization.setChoice("zh_CN");
    QTRY_COMPARE(copy->toolTip(), QStringLiteral("复制消息"));
    QCOMPARE(copy->accessibleName(), QStringLiteral("复制消息"));
    localization.setChoice("en");
    QTRY_COMPARE(copy->toolTip(), QString("Copy message"));
  }
  void numbersDatesAndUnitsFollow() {
    Localization localization;
    QCOMPARE(QLocale().language(), QLocale::English);
    QCOMPARE(speedText(12.34), QString("12.3 tokens/s"));
    const QDate day(2026, 11, 24);
    const QString english = QLocale().toString(day, QLocale::LongFormat);
    localization.setChoice("zh_CN");
    QCOMPARE(QLocale().language(), QLocale::Chinese);
    QCOMPARE(speedText(12.34), QStringLiteral("12.3 词元/秒"));
    QVERIFY(QLocale().toString(day, QLocale::LongFormat) != english);
    QVERIFY(QLocale().toString(day, QLocale::LongFormat).contains(QStringLiteral("11月24日")));
  }
  void errorsKeepTheEnginesWords() {
    Localization localization;
    const Error error{ErrorCode::malformed, "read tensor", "blk.3 in m.gguf", "offset below 100", "200"};
    QCOMPARE(errorDetails(error), QString::fromStdString(error.message()));
    localization.setChoice("zh_CN");
    QCOMPARE(errorDetails(error), QStringLiteral("读取张量：blk.3 in m.gguf：期望 offset below 100，实际 200"));
    // What the table of engineText() does not have stays as the engine wrote it.
    const Error other{ErrorCode::malformed, "weigh tea", "leaf 3", "a gram", "two"};
    QCOMPARE(errorDetails(other), QStringLiteral("weigh tea：leaf 3：期望 a gram，实际 two"));
    QVERIFY(chinese(errorText(error).title));
    for (int code = 0; code <= int(ErrorCode::internal); ++code) {
      Error each = error;
      each.code = ErrorCode(code);
      QVERIFY(chinese(errorText(each).line()));
      QVERIFY(errorLine(each).startsWith(errorText(each).title));
    }
  }
  void englishErrorsReadAsTheEngineWritesThem() {
    Localization localization;
    for (const bool expected : {false, true}) {
      for (const bool received : {false, true}) {
        const Error error{ErrorCode::io, "open", "%1 %2 file", expected ? "this %3" : "", received ? "that %1" : ""};
        QCOMPARE(errorDetails(error), QString::fromStdString(error.message()));
      }
    }
  }
  void editsAreDescribed() {
    Localization localization;
    RoutingEdits edits;
    edits.experts = {{3, 5, ExpertAction::disable, 0}, {-1, 2, ExpertAction::boost, 1.5f}};
    edits.top_k = {{-1, 1}};
    QCOMPARE(editsText(edits), QString("Expert 5 in layer 3: disabled; Expert 2 in every layer: boosted by 1.5; 1 active experts in every layer"));
    QCOMPARE(editText({3, 5, ExpertAction::boost, -9}), QString("Expert 5 in layer 3: damped by 9"));
    localization.setChoice("zh_CN");
    QCOMPARE(editsText(edits), QStringLiteral("第 3 层专家 5：禁用；所有层专家 2：增强 1.5；所有层：激活 1 个专家"));
    edits.name = "mine";
    QCOMPARE(editsText(edits), QString("mine"));
  }
  // The engine's own words, as it says them.
  void theStagesOfALoadFollow() {
    const QTemporaryDir folder;
    EngineOptions options;
    options.threads = 1;
    options.isa = Isa::reference;
    const auto engine = Engine::create(options);
    QVERIFY(engine.ok());
    QStringList stages;
    const auto note = [&](const LoadProgress& at) {
      const QString stage = QString::fromStdString(at.stage);
      if (!stages.contains(stage)) stages.append(stage);
    };
    QVERIFY((*engine)->load_model(roundhouse::testing::write_tiny_gguf(folder.filePath("tiny.gguf").toStdString(), {}), {}, note).ok());
    QCOMPARE(stages, (QStringList{load_stage::mapping, load_stage::computing_digest, load_stage::preparing_weights, load_stage::ready}));
    Localization localization;
    localization.setChoice("zh_CN");
    for (const QString& stage : stages) QVERIFY2(chinese(stageText(stage)), qPrintable(stage));
    localization.setChoice("en");
    for (const QString& stage : stages) QVERIFY2(stageText(stage).front().isUpper(), qPrintable(stage));
  }
  void qtsOwnTextsFollow() {
    if (!QFile::exists(QLibraryInfo::path(QLibraryInfo::TranslationsPath) + "/qtbase_zh_CN.qm")) QSKIP("qt6-translations-l10n is not installed");
    Localization localization;
    QDialogButtonBox box(QDialogButtonBox::Cancel);
    const QString english = box.button(QDialogButtonBox::Cancel)->text();
    localization.setChoice("zh_CN");
    QTRY_VERIFY(chinese(box.button(QDialogButtonBox::Cancel)->text()));
    localization.setChoice("en");
    QTRY_COMPARE(box.button(QDialogButtonBox::Cancel)->text(), english);
  }

  void theWholeWindowFollows() {
    fake::WorkbenchFixture run;
    run.adjust = [](WorkbenchOptions& options) { options.settings.insert(keys::language, "en"); };
    QVERIFY(run.start());
    fill(run);
    const QList<QRegularExpression> translated = translatedTexts();
    QVERIFY(translated.size() > 500);
    const auto leftOver = [&](bool inChinese) {
      openEverything(run);
      QStringList problems;
      const Texts texts(run.window());
      for (auto at = texts.all.begin(); at != texts.all.end(); ++at) {
        const bool wrong = inChinese ? std::any_of(translated.begin(), translated.end(), [&](const auto& each) { return each.match(at.key()).hasMatch(); })
                                     : chinese(at.key()) && at.key() != Localization::nameOf("zh_CN");
        // Questions to begin with are in the language of the embedded model.
        if (wrong && !at.value().contains(" example.")) problems.append(at.value() + ": " + at.key());
      }
      return problems.join('\n');
    };
    QCOMPARE(leftOver(false), QString());
    const QStringList footersBefore = footers(run);
    run.window().showPanel("chat");
    QTest::keyClicks(run.find<QPlainTextEdit>("chat", "question"), "half a question");
    choose(run, "zh_CN");
    QCOMPARE(leftOver(true), QString());
    QCOMPARE(run.find<QPlainTextEdit>("chat", "question")->toPlainText(), QString("half a question"));
    QCOMPARE(run.stored().value(keys::language).toString(), QString("zh_CN"));
    choose(run, "en");
    QCOMPARE(leftOver(false), QString());
    QCOMPARE(footers(run), footersBefore);
  }

 private:
  // Something on show in every room: answers, one of them under a routing edit, a chosen token, entries of the log.
  static void fill(fake::WorkbenchFixture& run) {
    ask(run, 1);
    run.window().showPanel("routing");
    auto* tabs = run.find<QTabWidget>("routing", "routingTabs");
    auto* topK = run.find<QSpinBox>("routing", "routingTopK");
    tabs->setCurrentIndex(tabs->count() - 2);
    QTRY_VERIFY(topK->isEnabled());
    topK->setFocus();
    QTest::keyClick(topK, Qt::Key_Up);
    run.window().showPanel("chat");
    ask(run, 2);
    for (const std::string_view kind : {audit_kind::generation_started, audit_kind::generation, audit_kind::model_load, audit_kind::model_unload,
                                        audit_kind::edit, audit_kind::settings, audit_kind::plugin, audit_kind::exported}) {
      AuditEntry entry;
      entry.kind = std::string(kind);
      QVERIFY(run.bench().context().audit.log()->append(entry).ok());
    }
  }
  static void ask(fake::WorkbenchFixture& run, int count) {
    auto* question = run.find<QPlainTextEdit>("chat", "question");
    question->setPlainText("Ice 123?");
    QTest::keyClick(question, Qt::Key_Return);
    QTRY_COMPARE(run.world->journal.generations.load(), count);
    QTRY_COMPARE(footers(run).size(), count);
  }
  static QStringList footers(fake::WorkbenchFixture& run) {
    QStringList told;
    for (const auto* each : run.window().findChildren<QLabel*>("answerFooter")) {
      if (each->text().contains("512")) told.append(each->text());
    }
    return told;
  }
  // As a person does, in Settings.
  static void choose(fake::WorkbenchFixture& run, const QString& language) {
    run.window().showPanel("settings");
    auto* box = run.find<QComboBox>("settings", "language");
    QSignalSpy replaced(&run.bench(), &Workbench::windowReplaced);
    box->setFocus();
    while (box->currentData().toString() != language) {
      const int before = box->currentIndex();
      QTest::keyClick(box, box->findData(language) > before ? Qt::Key_Down : Qt::Key_Up);
      QVERIFY(box->currentIndex() != before);
    }
    QTRY_COMPARE(replaced.size(), 1);
    QVERIFY(run.window().isVisible());
    QCOMPARE(run.window().currentPanel(), QString("settings"));
    QCOMPARE(run.window().focusWidget(), run.find<QComboBox>("settings", "language"));
    for (const QString& id : run.window().panelIds()) run.window().panelWidget(id);
  }
  static void openEverything(fake::WorkbenchFixture& run) {
    for (const QString& id : run.window().panelIds()) {
      run.window().showPanel(id);
      QCoreApplication::processEvents();
    }
    run.commands().trigger("window.palette");
    QTRY_VERIFY(run.find<QTableView>("audit", "auditTable")->model()->rowCount() > 0);
    QTRY_VERIFY(run.find<QTableView>("models", "modelsTable")->model()->rowCount() > 0);
  }
};

QTEST_MAIN(TestLocalization)
#include "test_localization.moc"
