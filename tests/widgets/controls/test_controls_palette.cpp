// SPDX-License-Identifier: GPL-3.0-or-later
#include <QAbstractItemModelTester>
#include <QAccessible>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QtTest>

#include <functional>
#include <random>

#include "widgets/controls/command_model.h"
#include "widgets/controls/command_palette.h"
#include "widgets/controls/fuzzy_match.h"
#include "widgets/style/theme.h"

using namespace roundhouse::widgets;

namespace {

struct Provider : CommandProvider {
  QList<Command> all;
  QStringList ran;
  std::function<void()> during;
  QList<Command> commands(const QString&) override { return all; }
  void run(const QString& id) override {
    ran << id;
    if (during) during();
  }
};

Command command(const QString& id, const QString& title, const QString& keywords = {}, bool enabled = true) {
  Command made;
  made.id = id;
  made.title = title;
  made.group = QStringLiteral("Command");
  made.keywords = keywords;
  made.enabled = enabled;
  return made;
}

QStringList ids(const CommandModel& model) {
  QStringList found;
  for (int row = 0; row < model.rowCount(); ++row) found << model.index(row).data(CommandModel::IdRole).toString();
  return found;
}

bool isSubsequence(const QString& word, const QString& text) {
  qsizetype at = 0;
  for (const QChar c : text)
    if (at < word.size() && c.toCaseFolded() == word[at].toCaseFolded()) ++at;
  return at == word.size();
}

}  // namespace

class TestControlsPalette : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() { theme_ = std::make_unique<Theme>(*qApp); }
  void cleanupTestCase() { theme_.reset(); }

  void aMatchIsASubsequenceOfEachWord() {
    std::mt19937 random(1);
    const QString letters = QStringLiteral("abAB 专家-");
    const auto any = [&](int most) {
      QString text;
      for (unsigned n = random() % unsigned(most); n > 0; --n) text += letters[qsizetype(random() % unsigned(letters.size()))];
      return text;
    };
    int found = 0;
    for (int round = 0; round < 5000; ++round) {
      const QString query = any(6), text = any(20);
      const auto match = fuzzyMatch(query, text);
      const QStringList words = query.split(QLatin1Char(' '), Qt::SkipEmptyParts);
      const bool wanted = std::all_of(words.begin(), words.end(), [&](const QString& word) { return isSubsequence(word, text); });
      QVERIFY2(match.has_value() == wanted, qPrintable(query + QStringLiteral(" in ") + text));
      if (!match) continue;
      ++found;
      QVERIFY(std::is_sorted(match->positions.begin(), match->positions.end()));
      QVERIFY(std::adjacent_find(match->positions.begin(), match->positions.end()) == match->positions.end());
      QString picked;
      for (int at : match->positions) picked += text[at];
      if (words.size() == 1) QCOMPARE(picked.toCaseFolded(), words[0].toCaseFolded());
      if (words.isEmpty()) QCOMPARE(match->score, 0);
    }
    QVERIFY(found > 500);
  }
  void betterMatchesScoreHigher() {
    const auto score = [](const char* query, const QString& text) { return fuzzyMatch(QLatin1String(query), text)->score; };
    QVERIFY(score("nc", "New conversation") > score("nc", "Announce"));
    QVERIFY(score("conv", "conversation") > score("conv", "c o n v"));
    QVERIFY(score("open", "Open") > score("open", "Open the model of another folder"));
    QVERIFY(fuzzyMatch("a", QString(1000, u'b') + "a") == std::nullopt);
    QVERIFY(fuzzyMatch(QString(5000, u'a'), QString(5000, u'a')).has_value());  // bounded
  }
  void theModelHoldsItsContract() {
    Provider one, two;
    for (int i = 0; i < 30; ++i) one.all << command(QStringLiteral("one.%1").arg(i), QStringLiteral("Open model %1").arg(i));
    for (int i = 0; i < 400; ++i) two.all << command(QStringLiteral("two.%1").arg(i), QStringLiteral("Conversation %1").arg(i));
    CommandModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
    model.addProvider(&one);
    model.addProvider(&two);
    for (const char* query : {"", "o", "open", "open 2", "zzz", "conv 39", ""}) model.setQuery(QLatin1String(query));
    QCOMPARE(model.rowCount(), CommandModel::kMost);
    model.removeProvider(&two);
    for (const QString& id : ids(model)) QVERIFY(id.startsWith(QStringLiteral("one.")));
    model.setQuery(QStringLiteral("open 7"));
    QCOMPARE(ids(model).first(), QStringLiteral("one.7"));
    QCOMPARE(model.index(0).data(Qt::AccessibleTextRole).toString(), QStringLiteral("Open model 7, Command"));
    QVERIFY(!model.index(0).data(CommandModel::MatchesRole).value<QList<int>>().isEmpty());
  }
  void whatWasRunComesFirst() {
    Provider provider;
    for (int i = 0; i < 15; ++i) provider.all << command(QString::number(i), QStringLiteral("Thing %1").arg(i));
    provider.all << command(QStringLiteral("off"), QStringLiteral("Thing off"), {}, false);
    provider.all << command(QStringLiteral("key"), QStringLiteral("Look"), QStringLiteral("dark theme"));
    CommandModel model;
    model.addProvider(&provider);
    model.setQuery({});
    QVERIFY(!ids(model).contains(QStringLiteral("off")));
    for (int row : {4, 7, 4}) model.run(int(ids(model).indexOf(QString::number(row))));
    QCOMPARE(provider.ran, (QStringList{"4", "7", "4"}));
    QCOMPARE(model.recent(), (QStringList{"4", "7"}));
    model.setQuery({});
    QCOMPARE(ids(model).mid(0, 2), (QStringList{"4", "7"}));
    model.setQuery(QStringLiteral("thing"));
    QCOMPARE(ids(model).first(), QStringLiteral("4"));
    model.setQuery(QStringLiteral("dark"));
    QCOMPARE(ids(model), QStringList{QStringLiteral("key")});
    for (int i = 0; i < 15; ++i) {
      model.setQuery(QString::number(i));
      model.run(0);
    }
    QCOMPARE(model.recent().size(), 10);
    model.run(-1);
    model.run(999);
    model.setRecent(QStringList(30, QStringLiteral("x")));
    QCOMPARE(model.recent().size(), 10);
  }

  void thePaletteFindsAndRunsByKeyboard() {
    Provider provider;
    for (const char* title : {"New conversation", "Open model", "Dark theme"}) provider.all << command(QLatin1String(title), QLatin1String(title));
    QWidget window;
    window.resize(900, 600);
    QLineEdit first(&window), before(&window), after(&window);
    CommandPalette palette(&window);
    palette.addProvider(&provider);
    window.show();
    QVERIFY(QTest::qWaitForWindowActive(&window));
    before.setFocus();
    QTRY_VERIFY(before.hasFocus());
    palette.popup();
    auto* edit = palette.findChild<QLineEdit*>();
    auto* list = palette.findChild<QListView*>();
    QVERIFY(palette.isVisible() && edit->hasFocus());
    QVERIFY(window.rect().contains(palette.geometry()));
    QTest::keyClicks(edit, "opm");
    QCOMPARE(list->currentIndex().data().toString(), QStringLiteral("Open model"));
    bool focus_was_back = false;
    provider.during = [&] { focus_was_back = before.hasFocus() && palette.isHidden(); };
    QSignalSpy closed(&palette, &CommandPalette::closed);
    QTest::keyClick(edit, Qt::Key_Return);
    QCOMPARE(provider.ran, QStringList{QStringLiteral("Open model")});
    QVERIFY(focus_was_back);
    QCOMPARE(closed.count(), 1);
    // Up from the first goes to the last and back.
    palette.popup();
    QCOMPARE(list->currentIndex().row(), 0);
    QTest::keyClick(edit, Qt::Key_Up);
    QCOMPARE(list->currentIndex().row(), 2);
    QTest::keyClick(edit, Qt::Key_Down);
    QCOMPARE(list->currentIndex().row(), 0);
    QTest::keyClick(edit, Qt::Key_PageDown);
    QCOMPARE(list->currentIndex().row(), 2);
    QTest::keyClick(edit, Qt::Key_Tab);
    QVERIFY(edit->hasFocus());
    QTest::keyClick(edit, Qt::Key_Escape);
    QVERIFY(palette.isHidden() && before.hasFocus());
  }
  void thePaletteClosesOnAClickElsewhere() {
    Provider provider;
    provider.all << command("a", "Alpha") << command("b", "Beta");
    QWidget window;
    window.resize(900, 600);
    CommandPalette palette(&window);
    palette.addProvider(&provider);
    window.show();
    QVERIFY(QTest::qWaitForWindowActive(&window));
    palette.popup("zzz");
    auto* nothing = palette.findChild<QLabel*>();
    QVERIFY(nothing->isVisible() && !palette.findChild<QListView*>()->isVisible());
    QTest::keyClick(palette.findChild<QLineEdit*>(), Qt::Key_Return);  // nothing to run
    QVERIFY(palette.isVisible());
    QTest::mouseClick(&window, Qt::LeftButton, {}, QPoint(5, 590));
    QVERIFY(palette.isHidden());
    palette.popup();
    auto* list = palette.findChild<QListView*>();
    QTest::mouseClick(list->viewport(), Qt::LeftButton, {}, list->visualRect(palette.model()->index(1)).center());
    QCOMPARE(provider.ran, QStringList{QStringLiteral("b")});
    palette.popup();
    window.resize(300, 200);
    QVERIFY(window.rect().contains(palette.geometry()));
  }
  void thePaletteCanBeReadOut() {
    Provider provider;
    provider.all << command("a", "Alpha");
    QWidget window;
    CommandPalette palette(&window);
    palette.addProvider(&provider);
    window.show();
    palette.popup();
    QCOMPARE(QAccessible::queryAccessibleInterface(&palette)->text(QAccessible::Name), QStringLiteral("Command palette"));
    QCOMPARE(QAccessible::queryAccessibleInterface(palette.findChild<QLineEdit*>())->text(QAccessible::Name), QStringLiteral("Find a command, conversation or model"));
    auto* list = QAccessible::queryAccessibleInterface(palette.findChild<QListView*>());
    QCOMPARE(list->text(QAccessible::Name), QStringLiteral("Results"));
    QVERIFY(list->childCount() >= 1);
    QCOMPARE(list->child(0)->text(QAccessible::Name), QStringLiteral("Alpha, Command"));
  }

 private:
  std::unique_ptr<Theme> theme_;
};

QTEST_MAIN(TestControlsPalette)
#include "test_controls_palette.moc"
