// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/example/calculator_panel.h"

#include <QAbstractItemModelTester>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLabel>
#include <QLineEdit>
#include <QPointer>
#include <QPushButton>
#include <QTableWidget>
#include <QtTest>

#include <map>

using namespace roundhouse;
using example::CalculatorPanel;

namespace {

Error refused() { return {ErrorCode::unsupported, "test", {}, {}, {}}; }

// The program as a core sees it: keeps settings and what is logged.
struct Core final : plugin::Host, plugin::Settings, plugin::Jobs {
  std::map<std::string, std::string> kept;
  std::vector<std::string> lines;
  bool settings_fail = false;

  std::string program() const override { return "test"; }
  std::string program_version() const override { return "0"; }
  std::string language() const override { return "en"; }
  Result<std::filesystem::path> data_folder() override { return refused(); }
  void log(plugin::LogLevel, std::string_view line) override { lines.emplace_back(line); }
  plugin::Settings& settings() override { return *this; }
  Result<plugin::ScoreResult> score(const plugin::ScoreRequest&) override { return refused(); }
  Result<plugin::Embedding> embed(const plugin::EmbeddingRequest&) override { return refused(); }
  plugin::Jobs& jobs() override { return *this; }
  Result<std::int64_t> audit(const plugin::AuditNote&) override { return refused(); }
  Status allow_connection(const plugin::NetworkRequest&) override { return refused(); }
  Result<ToolResultPart> call_tool(const std::string&, const std::string&, const CancelToken&) override { return refused(); }

  Result<std::optional<std::string>> get(const std::string& key) override {
    if (settings_fail) return refused();
    const auto found = kept.find(key);
    return found == kept.end() ? std::optional<std::string>() : std::optional<std::string>(found->second);
  }
  Status set(const std::string& key, const std::string& value) override {
    if (settings_fail) return Error{ErrorCode::io, "write settings", {}, {}, "disk full"};
    kept[key] = value;
    return Ok{};
  }
  Status remove(const std::string&) override { return Ok{}; }

  Result<std::string> submit(const plugin::JobRequest&) override { return refused(); }
  Result<plugin::JobSnapshot> status(const std::string&) override { return refused(); }
  Result<std::uint64_t> watch(const std::string&, std::function<void(const plugin::JobSnapshot&)>) override { return refused(); }
  void unwatch(std::uint64_t) override {}
  Status cancel(const std::string&) override { return refused(); }
};

// The program as a panel sees it: calls wait for their answer.
struct Program final : plugin::PanelHost {
  struct Call {
    QString tool, arguments;
    QPointer<QObject> context;
    std::function<void(const Result<plugin::ToolResult>&)> done;
  };
  QList<Call> calls;
  Core core;
  QString spoken = QStringLiteral("en");

  void answer(const Result<plugin::ToolResult>& result) {
    const Call call = calls.takeFirst();
    if (call.context) call.done(result);
  }
  plugin::Host& host() override { return core; }
  plugin::Plugin& plugin() override { qFatal("not asked for here"); }
  QString language() const override { return spoken; }
  void callTool(const QString& name, const QString& arguments, QObject* context, std::function<void(const Result<plugin::ToolResult>&)> done) override {
    calls.append({name, arguments, context, std::move(done)});
  }
};

}  // namespace

class TestCalculatorPanel : public QObject {
  Q_OBJECT

 private:
  std::unique_ptr<Program> program_;
  std::unique_ptr<CalculatorPanel> panel_;

  QLineEdit* expression() { return panel_->findChild<QLineEdit*>("ExampleExpression"); }
  QPushButton* button() { return panel_->findChild<QPushButton*>("ExampleCalculate"); }
  QTableWidget* results() { return panel_->findChild<QTableWidget*>("ExampleResults"); }
  QString message() { return panel_->findChild<QLabel*>("ExampleMessage")->text(); }
  void open() {
    panel_ = std::make_unique<CalculatorPanel>(*program_, nullptr);
    panel_->resize(700, 400);
    panel_->show();
    QVERIFY(QTest::qWaitForWindowActive(panel_.get()));
  }
  void ask(const QString& text) {
    expression()->setFocus();
    expression()->selectAll();
    QTest::keyClicks(expression(), text);
    QTest::keyClick(expression(), Qt::Key_Return);
  }
  static plugin::ToolResult result(const std::string& content) { return {content, {{"expression", "characters 1 to 2", "17"}, {"expression", "character 6", "4"}}}; }

 private Q_SLOTS:
  void init() {
    program_ = std::make_unique<Program>();
    open();
  }
  void cleanup() {
    panel_.reset();
    program_.reset();
  }

  void itSaysWhatWillBeHere() {
    QVERIFY(message().contains(QStringLiteral("/calculate")));
    QCOMPARE(results()->rowCount(), 0);
    QCOMPARE(expression()->accessibleName(), QStringLiteral("Expression"));
    QCOMPARE(results()->accessibleName(), QStringLiteral("Results"));
    panel_->setFocus();
    QVERIFY(expression()->hasFocus());
    QTest::keyClick(expression(), Qt::Key_Tab);
    QVERIFY(button()->hasFocus());
    QTest::keyClick(button(), Qt::Key_Tab);
    QTest::keyClick(panel_->focusWidget(), Qt::Key_Tab);
    QVERIFY(panel_->focusWidget() != button());  // the table lets Tab through
  }
  void whatIsAskedGoesThroughTheTool() {
    ask(QStringLiteral("  17 + 4 \"x\" "));
    QCOMPARE(program_->calls.size(), 1);
    QCOMPARE(program_->calls[0].tool, QStringLiteral("calculate"));
    QCOMPARE(QJsonDocument::fromJson(program_->calls[0].arguments.toUtf8()).object()["expression"].toString(), QStringLiteral("17 + 4 \"x\""));
    // One call at a time.
    QVERIFY(!button()->isEnabled());
    QTest::keyClick(expression(), Qt::Key_Return);
    QTest::mouseClick(button(), Qt::LeftButton);
    QCOMPARE(program_->calls.size(), 1);
    program_->answer(result("17 + 4 = 21"));
    QVERIFY(button()->isEnabled());
    QCOMPARE(results()->item(0, 1)->text(), QStringLiteral("21"));
    QCOMPARE(results()->item(0, 2)->text(), QStringLiteral("17: characters 1 to 2; 4: character 6"));
    QCOMPARE(message(), QStringLiteral("17 + 4 = 21"));
    QCOMPARE(expression()->selectedText(), expression()->text());  // ready for the next
    ask(QStringLiteral("2"));
    program_->answer(result("2 = 2"));
    QCOMPARE(results()->item(0, 0)->text(), QStringLiteral("2"));  // the newest on top
    QTest::mouseClick(button(), Qt::LeftButton);
    QCOMPARE(program_->calls.size(), 1);
  }
  void nothingIsNoQuestion() {
    for (const char* text : {"", "   "}) ask(QLatin1String(text));
    QVERIFY(program_->calls.isEmpty());
    ask(QString(3000, u'1'));
    QCOMPARE(expression()->text().size(), 1000);
  }
  void aFailureSaysWhatWasExpected() {
    const auto said = [&](const char* expected, const char* received) {
      ask(QStringLiteral("1 / 0"));
      program_->answer(Error{ErrorCode::malformed, "calculate", "expression", expected, received});
      return message();
    };
    QCOMPARE(said("a divisor other than zero", "0"), QStringLiteral("Expected a divisor other than zero, received 0."));
    QCOMPARE(said("a number", ""), QStringLiteral("a number"));
    QCOMPARE(said("", "cancelled"), QStringLiteral("cancelled"));
    QVERIFY(button()->isEnabled());
    QCOMPARE(results()->rowCount(), 0);
    QVERIFY(program_->core.kept.empty());
  }
  void markupIsText() {
    ask(QStringLiteral("1"));
    program_->answer(plugin::ToolResult{"<b>1</b> = <img src=x>", {}});
    auto* label = panel_->findChild<QLabel*>("ExampleMessage");
    QCOMPARE(label->textFormat(), Qt::PlainText);
    QCOMPARE(label->text(), QStringLiteral("<b>1</b> = <img src=x>"));
  }
  void theLastFiftyAreKept() {
    QAbstractItemModelTester tester(results()->model(), QAbstractItemModelTester::FailureReportingMode::QtTest);
    for (int i = 0; i < 60; ++i) {
      ask(QString::number(i));
      program_->answer(result(QStringLiteral("%1 = %1").arg(i).toStdString()));
    }
    QCOMPARE(results()->rowCount(), 50);
    QCOMPARE(results()->item(49, 0)->text(), QStringLiteral("10"));
    open();
    QCOMPARE(results()->rowCount(), 50);
    for (int row = 0; row < 50; ++row) QCOMPARE(results()->item(row, 1)->text(), QString::number(59 - row));
  }
  void aHistoryThatIsNoneIsIgnored() {
    for (const char* history : {"", "nonsense", "{}", "[1, null, [], [\"a\"], [1, 2, 3, 4]]"}) {
      program_->core.kept["history"] = history;
      open();
      for (int row = 0; row < results()->rowCount(); ++row)
        for (int column = 0; column < 3; ++column) QVERIFY(results()->item(row, column));
    }
    program_->core.settings_fail = true;
    open();
    ask(QStringLiteral("1"));
    program_->answer(result("1 = 1"));
    QCOMPARE(results()->rowCount(), 1);
    QCOMPARE(program_->core.lines, (std::vector<std::string>{"the history was not kept: disk full"}));
  }
  void itFollowsTheLanguage() {
    program_->spoken = QStringLiteral("zh_CN");
    QEvent change(QEvent::LanguageChange);
    QCoreApplication::sendEvent(panel_.get(), &change);
    QCOMPARE(button()->text(), QStringLiteral("计算"));
    QCOMPARE(results()->horizontalHeaderItem(1)->text(), QStringLiteral("结果"));
    QVERIFY(message().contains(QStringLiteral("/calculate")));
    ask(QStringLiteral("1 +"));
    program_->answer(Error{ErrorCode::malformed, "calculate", "expression", "x", "y"});
    QCOMPARE(message(), QStringLiteral("应为 x，实际为 y。"));
  }
  void aPanelThatGoesIsNotCalled() {
    ask(QStringLiteral("1"));
    panel_.reset();
    program_->answer(result("1 = 1"));
    QVERIFY(program_->core.kept.empty());
  }
};

QTEST_MAIN(TestCalculatorPanel)
#include "test_calculator_panel.moc"
