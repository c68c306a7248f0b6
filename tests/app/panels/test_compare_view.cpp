// SPDX-License-Identifier: GPL-3.0-or-later
#include <QPlainTextEdit>
#include <QTableWidget>
#include <QTemporaryDir>
#include <QtTest>

#include "app/panels/routing/compare_view.h"
#include "tests/app/panels/trace_fixture.h"
#include "widgets/heatmap/heatmap_view.h"

using namespace roundhouse;
using namespace roundhouse::app;

namespace {
AnswerSnapshotPtr answer(const QString& id, const std::vector<std::string>& words, unsigned seed) {
  auto made = std::make_shared<AnswerSnapshot>();
  made->answer = id;
  made->state = AnswerState::Finished;
  made->trace = randomTrace(20, 3, 8, seed);
  for (const std::string& word : words) {
    AnswerToken token;
    token.id = static_cast<std::int32_t>(std::hash<std::string>()(word) % 1000);
    token.textBegin = static_cast<std::uint32_t>(made->text.size());
    made->text += word;
    token.textEnd = static_cast<std::uint32_t>(made->text.size());
    made->tokens.push_back(token);
  }
  return made;
}
}  // namespace

class TestCompareView : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void marksTheFirstDifferingToken() {
    CompareView view;
    view.setAnswers({answer(QStringLiteral("a"), {"你", "好", " there"}, 1), answer(QStringLiteral("b"), {"你", "坏", " there"}, 2)});
    for (const char* name : {"routingCompareFirstText", "routingCompareSecondText"}) {
      const auto marks = view.findChild<QPlainTextEdit*>(QString::fromLatin1(name))->extraSelections();
      QCOMPARE(marks.size(), 1);
      QCOMPARE(marks[0].cursor.selectionStart(), 1);
      QCOMPARE(marks[0].cursor.selectionEnd(), 2);
    }
    QCOMPARE(view.findChild<QTableWidget*>(QStringLiteral("routingDivergence"))->rowCount(), 3);
    QVERIFY(view.map()->snapshot() && view.map()->snapshot()->rows == 3);
  }
  void equalAnswersHaveNoMark() {
    CompareView view;
    view.setAnswers({answer(QStringLiteral("a"), {"x", "y"}, 1), answer(QStringLiteral("b"), {"x", "y"}, 1)});
    QVERIFY(view.findChild<QPlainTextEdit*>(QStringLiteral("routingCompareFirstText"))->extraSelections().isEmpty());
  }
  void tracesOfFilesJoinIn() {
    QTemporaryDir dir;
    const QString path = dir.filePath(QStringLiteral("a.rhtrace"));
    QVERIFY(randomTrace(20, 3, 8, 9).save(path.toStdString()).ok());
    CompareView view;
    view.setAnswers({answer(QStringLiteral("a"), {"x"}, 1)});
    QString error;
    QVERIFY2(view.openTrace(path, &error), qPrintable(error));
    QCOMPARE(view.findChild<QTableWidget*>(QStringLiteral("routingDivergence"))->rowCount(), 3);
    QVERIFY(!view.openTrace(dir.filePath(QStringLiteral("none")), &error));
    QVERIFY(!error.isEmpty());
  }
};

QTEST_MAIN(TestCompareView)
#include "test_compare_view.moc"
