// SPDX-License-Identifier: GPL-3.0-or-later
// A walk over the whole window, room by room: what takes the focus or a click has a name, and Tab reaches it.
#include <QAbstractButton>
#include <QAbstractItemView>
#include <QAbstractSlider>
#include <QAbstractSpinBox>
#include <QAccessible>
#include <QComboBox>
#include <QDialog>
#include <QLineEdit>
#include <QListWidget>
#include <QPlainTextEdit>
#include <QPointer>
#include <QRadioButton>
#include <QTabBar>
#include <QTabWidget>
#include <QTableView>
#include <QTextEdit>
#include <QtTest>

#include "tests/app/shell/workbench_fixture.h"

using namespace roundhouse;
using namespace roundhouse::app;

class TestAccessibility : public QObject {
  Q_OBJECT

 private:
  std::unique_ptr<fake::WorkbenchFixture> run_;

  static QString describe(const QWidget* widget) {
    QStringList path;
    for (const QWidget* at = widget; at && path.size() < 3; at = at->parentWidget()) {
      path.prepend(QStringLiteral("%1(%2)").arg(at->metaObject()->className(), at->objectName()));
    }
    return path.join(QStringLiteral(" / "));
  }
  static bool partOfAnother(const QWidget* widget) {  // the line of a spin box, the page of a list's scroll area, Qt's own helpers
    const QWidget* parent = widget->parentWidget();
    if (qobject_cast<const QAbstractSpinBox*>(parent) || qobject_cast<const QComboBox*>(parent) || qobject_cast<const QTabBar*>(parent)) return true;
    if (parent && (parent->inherits("QKeySequenceEdit") || parent->inherits("QLineEdit"))) return true;
    if (widget->objectName().startsWith(QLatin1String("qt_"))) return true;
    return false;
  }
  static bool interactive(const QWidget* widget) {
    if (partOfAnother(widget)) return false;
    if (widget->focusPolicy() != Qt::NoFocus) return true;
    return qobject_cast<const QAbstractButton*>(widget) || qobject_cast<const QAbstractSpinBox*>(widget) ||
           qobject_cast<const QComboBox*>(widget) || qobject_cast<const QLineEdit*>(widget);
  }
  static QString nameOf(QWidget* widget) {
    QAccessibleInterface* face = QAccessible::queryAccessibleInterface(widget);
    return face ? face->text(QAccessible::Name) : QString();
  }
  QList<QWidget*> visible(QWidget* root) const {
    QList<QWidget*> found;
    for (QWidget* each : root->findChildren<QWidget*>()) {
      if (each->isVisible() && each->window() == root->window()) found.append(each);
    }
    return found;
  }
  void rows(const std::function<void(const QString& state)>& check) {
    MainWindow& window = run_->window();
    for (const QString& id : window.panelIds()) {
      window.showPanel(id);
      QTRY_VERIFY(window.panel(id)->prepareTourView({}));
      for (const QString& view : window.panel(id)->tourViews()) {
        QTRY_VERIFY(window.panel(id)->prepareTourView(view));
        QCoreApplication::processEvents();  // layouts
        check(view.isEmpty() ? id : id + QLatin1Char('-') + view);
        if (QTest::currentTestFailed()) return;
      }
      if (id == QLatin1String("routing")) {  // every page, not only those of the tour
        auto* tabs = run_->find<QTabWidget>("routing", "routingTabs");
        for (int page = 0; page < tabs->count(); ++page) {
          tabs->setCurrentIndex(page);
          QCoreApplication::processEvents();
          check(QStringLiteral("routing: %1").arg(tabs->tabText(page)));
          if (QTest::currentTestFailed()) return;
        }
        tabs->setCurrentIndex(0);
      }
      if (id == QLatin1String("settings")) {
        auto* sections = run_->find<QListWidget>("settings", "settingsSections");
        for (int row = 0; row < sections->count(); ++row) {
          sections->setCurrentRow(row);
          QCoreApplication::processEvents();
          check(QStringLiteral("settings: %1").arg(sections->item(row)->text()));
        }
      }
    }
  }

  void stages() {
    QTest::addColumn<bool>("conversation");
    QTest::newRow("empty") << false;
    QTest::newRow("a conversation") << true;
  }
  void converse() {
    QFETCH(bool, conversation);
    const int before = run_->world->journal.generations;
    run_->window().showPanel("chat");
    QVERIFY(run_->commands().trigger("chat.new"));
    if (!conversation) return;
    auto* question = run_->find<QPlainTextEdit>("chat", "question");
    QVERIFY(question);
    QTest::keyClicks(question, "Hello there");
    QTest::keyClick(question, Qt::Key_Return);
    QTRY_COMPARE(run_->world->journal.generations.load(), before + 1);
    QTRY_VERIFY(!run_->bench().sessions().currentConversation().isEmpty());
    QTRY_VERIFY(!run_->bench().sessions().busy(run_->bench().sessions().currentConversation()));
  }

 private Q_SLOTS:
  void initTestCase() {
    QAccessible::setActive(true);
    run_ = std::make_unique<fake::WorkbenchFixture>();
    run_->world->change([](fake::Script& script) {
      script.answer = [](const auto&) { return std::string("<think>hm</think>\n# Head\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```cpp\nint x = 1;\n```\n\n[link](https://example.org) and words."); };
    });
    QVERIFY(run_->start());
    run_->window().resize(1280, 720);
  }
  void cleanupTestCase() { run_.reset(); }

  // Twice: as the first start shows it, and with a conversation.
  void everythingThatActsHasAName_data() { stages(); }
  void tabReachesEverythingAndComesBack_data() { stages(); }

  void everythingThatActsHasAName() {
    converse();
    QStringList nameless;
    rows([&](const QString& state) {
      for (QWidget* each : visible(&run_->window())) {
        if (interactive(each) && nameOf(each).trimmed().isEmpty()) nameless.append(state + QStringLiteral(": ") + describe(each));
      }
    });
    nameless.removeDuplicates();
    for (const QString& each : std::as_const(nameless)) qWarning("%s", qPrintable(each));
    QVERIFY(nameless.isEmpty());
  }

  // What comes up on occasion: dialogs, the palette, bars of errors, and the first page without a model.
  void whatComesUpHasNamesToo() {
    MainWindow& window = run_->window();
    QStringList nameless;
    const auto check = [&](QWidget* root, const QString& state) {
      QVERIFY2(root && root->isVisible(), qPrintable(state));
      QCoreApplication::processEvents();
      for (QWidget* each : visible(root)) {
        if (interactive(each) && nameOf(each).trimmed().isEmpty()) nameless.append(state + QStringLiteral(": ") + describe(each));
      }
    };
    const auto dialog = [&](const char* room, const char* button, const char* name) {
      window.showPanel(room);
      auto* opens = run_->find<QAbstractButton>(room, button);
      QVERIFY2(opens, button);
      opens->setEnabled(true);  // whatever it waits for
      opens->click();
      QDialog* opened = nullptr;
      QVERIFY2(QTest::qWaitFor([&] { return (opened = window.findChild<QDialog*>(name)) && opened->isVisible(); }), name);
      check(opened, QString::fromLatin1(name));
      const QPointer<QDialog> gone(opened);
      opened->reject();
      QTRY_VERIFY(!gone);
    };
    AuditEntry entry;
    entry.kind = audit_kind::generation_started;
    entry.session = "talk";
    entry.texts.push_back({"prompt", "one"});
    AuditLog& log = *run_->bench().context().audit.log();
    QVERIFY(log.append(entry).ok() && log.append(entry).ok());
    window.showPanel("audit");
    auto* table = run_->find<QTableView>("audit", "auditTable");
    QTRY_VERIFY(table->model()->rowCount() > 1);
    QTest::mouseClick(table->viewport(), Qt::LeftButton, {}, table->visualRect(table->model()->index(0, 1)).center());
    QTRY_VERIFY(run_->find<QAbstractButton>("audit", "auditRedact")->isEnabled());
    dialog("audit", "auditRedact", "auditReason");
    dialog("audit", "auditSetAside", "auditReason");
    QVERIFY(run_->commands().trigger("go.settings"));
    dialog("settings", "deleteKeptAnswers", "deleteKeptQuestion");
    window.showPanel("chat");
    QVERIFY(window.panel("chat")->prepareTourView("settings"));
    dialog("chat", "savePreset", "presetName");
    window.showWarning("Something", "in detail");
    window.showTampering("Something else", "in detail", "audit");
    check(window.findChild<QWidget*>("problem"), "the bar above the rooms");
    window.dismissProblem("audit");
    QVERIFY(run_->commands().trigger("window.palette"));
    check(window.findChild<QWidget*>("palette"), "the palette");
    QTest::keyClick(window.findChild<QWidget*>("palette")->findChild<QLineEdit*>(), Qt::Key_Escape);
    run_->bench().engine().unload(run_->embedded);
    QVERIFY(run_->commands().trigger("chat.new"));
    QTRY_VERIFY(run_->find<QWidget>("chat", "loadEmbedded")->isVisible());
    check(&window, "no model");
    run_->bench().engine().load(run_->embedded);
    QTRY_VERIFY(run_->bench().engine().current());
    window.activateWindow();  // again, after the dialogs
    QVERIFY(QTest::qWaitForWindowActive(&window));
    for (const QString& each : std::as_const(nameless)) qWarning("%s", qPrintable(each));
    QVERIFY(nameless.isEmpty());
  }

  // Tab goes round: each control once, none left out, and Shift+Tab goes the same way back.
  void tabReachesEverythingAndComesBack() {
    converse();
    QStringList problems;
    rows([&](const QString& state) {
      MainWindow& window = run_->window();
      QSet<QWidget*> wanted;
      for (QWidget* each : visible(&window)) {
        if (!(each->focusPolicy() & Qt::TabFocus) || !each->isEnabled() || partOfAnother(each)) continue;
        if (each->focusProxy()) continue;
        if (auto* radio = qobject_cast<QRadioButton*>(each); radio && !radio->isChecked()) continue;  // arrows go there
        wanted.insert(each);
      }
      QWidget* start = window.findChild<QWidget*>(QStringLiteral("rail.chat"));
      start->setFocus(Qt::TabFocusReason);
      QList<QWidget*> way{QApplication::focusWidget()};
      int links = 0;
      for (int step = 0; step < 400; ++step) {
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
        QWidget* now = QApplication::focusWidget();
        if (!now) {
          problems.append(state + QStringLiteral(": the focus is lost after ") + describe(way.last()));
          break;
        }
        if (now == way.first()) break;
        if (now == way.last() && ++links < 20) continue;  // from link to link of a text
        if (way.contains(now)) {
          problems.append(state + QStringLiteral(": Tab is caught in ") + describe(now));
          break;
        }
        way.append(now);
      }
      QSet<QWidget*> reached(way.begin(), way.end());
      for (QWidget* each : std::as_const(wanted)) {
        const bool inside = std::any_of(way.begin(), way.end(), [each](QWidget* at) { return at == each || each->isAncestorOf(at); });
        if (!inside) problems.append(state + QStringLiteral(": Tab does not reach ") + describe(each));
      }
      for (qsizetype i = way.size() - 1; i > 0; --i) {
        for (int step = 0; step < 20 && QApplication::focusWidget() == way.value((i + 1) % way.size()); ++step) {
          QTest::keyClick(QApplication::focusWidget(), Qt::Key_Backtab, Qt::ShiftModifier);
        }
        if (QApplication::focusWidget() != way.value(i)) {
          problems.append(state + QStringLiteral(": Shift+Tab goes another way at ") + describe(way.value(i)) +
                          QStringLiteral(" -> ") + describe(QApplication::focusWidget()));
          break;
        }
      }
      // In reading order: never far back up within the same column.
      for (qsizetype i = 1; i < way.size(); ++i) {
        const QRect before(way[i - 1]->mapTo(&window, QPoint()), way[i - 1]->size()), here(way[i]->mapTo(&window, QPoint()), way[i]->size());
        const int shared = std::min(here.right(), before.right()) - std::max(here.left(), before.left());
        const bool sameColumn = shared > std::min(here.width(), before.width()) / 2;
        if (sameColumn && here.bottom() <= before.top() && !way[i - 1]->isAncestorOf(way[i])) {
          problems.append(state + QStringLiteral(": Tab goes up from ") + describe(way[i - 1]) + QStringLiteral(" to ") + describe(way[i]));
        }
      }
    });
    problems.removeDuplicates();
    for (const QString& each : std::as_const(problems)) qWarning("%s", qPrintable(each));
    QVERIFY(problems.isEmpty());
  }

  // What is read out: labels of fields, states of switches, cells of tables.
  void tablesAreReadable() {
    rows([&](const QString& state) {
      for (QWidget* each : visible(&run_->window())) {
        auto* view = qobject_cast<QAbstractItemView*>(each);
        if (!view || !view->model() || view->model()->rowCount() == 0) continue;
        QAccessibleInterface* face = QAccessible::queryAccessibleInterface(view);
        QVERIFY2(face && face->childCount() > 0, qPrintable(state + QStringLiteral(": ") + describe(view)));
      }
    });
  }
};

QTEST_MAIN(TestAccessibility)
#include "test_accessibility.moc"
