// SPDX-License-Identifier: GPL-3.0-or-later
#include <QComboBox>
#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QtTest>

#include "app/panels/routing/compare_view.h"
#include "tests/app/panels/routing/trace_fixture.h"
#include "widgets/heatmap/heatmap_view.h"
#include "widgets/markdown/split_compare.h"
#include "widgets/plots/metric_view.h"

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

 private:
  static const widgets::SplitCompare* texts(const CompareView& view) {
    return view.findChild<widgets::SplitCompare*>(QStringLiteral("routingCompareTexts"));
  }
  static int layers(const CompareView& view) {
    return view.findChild<widgets::MetricView*>(QStringLiteral("routingDivergence"))->metrics()->rowCount();
  }

 private Q_SLOTS:
  void marksTheFirstDifferingToken() {
    CompareView view;
    view.setAnswers({answer(QStringLiteral("a"), {"你", "好", " there"}, 1), answer(QStringLiteral("b"), {"你", "坏", " there"}, 2)});
    const widgets::TextDifference& parts = texts(view)->difference();
    QCOMPARE(parts.token, 1);
    QCOMPARE(parts.range[0], std::make_pair(3, 6));  // bytes of the second character
    QVERIFY(!view.settled());  // long traces are compared on another thread
    QTRY_VERIFY(view.settled());
    QCOMPARE(layers(view), 3);
    QVERIFY(view.map()->snapshot() && view.map()->snapshot()->rows == 3);
    const auto divergence = layer_divergence(randomTrace(20, 3, 8, 1), randomTrace(20, 3, 8, 2));
    const auto* metrics = view.findChild<widgets::MetricView*>(QStringLiteral("routingDivergence"))->metrics();
    for (int l = 0; l < 3; ++l) QCOMPARE(metrics->table().value(l, 0), (*divergence)[size_t(l)]);
    // The greatest fills more than half of its bar, whose end is told.
    const widgets::MetricColumn& column = metrics->table().columns[0];
    const double greatest = *std::ranges::max_element(*divergence);
    QVERIFY2(column.barHigh >= greatest && column.barHigh < 2 * greatest, qPrintable(QString::number(column.barHigh)));
    QVERIFY2(column.title.contains(QLocale().toString(column.barHigh, 'g', 3)), qPrintable(column.title));
  }
  void equalAnswersHaveNoMark() {
    CompareView view;
    view.setAnswers({answer(QStringLiteral("a"), {"x", "y"}, 1), answer(QStringLiteral("b"), {"x", "y"}, 1)});
    QVERIFY(texts(view)->difference().equal);
  }
  void oneAnswerHasNothingToBeComparedWith() {
    CompareView view;
    view.setAnswers({answer(QStringLiteral("a"), {"x"}, 1)});
    QVERIFY(texts(view)->isHidden());
    QCOMPARE(layers(view), 0);
    // Until another comes.
    view.setAnswers({answer(QStringLiteral("a"), {"x"}, 1), answer(QStringLiteral("b"), {"y"}, 2)});
    QVERIFY(!texts(view)->isHidden());
    QTRY_VERIFY(view.settled());
  }
  void otherShapesAreToldApart() {
    CompareView view;
    auto other = std::make_shared<AnswerSnapshot>(*answer(QStringLiteral("b"), {"x"}, 1));
    other->trace = randomTrace(20, 4, 8, 1);
    view.setAnswers({answer(QStringLiteral("a"), {"x"}, 1), other});
    QTRY_VERIFY(view.settled());
    QVERIFY(!view.findChild<QLabel*>(QStringLiteral("routingCompareProblem"))->isHidden());
    QCOMPARE(layers(view), 0);
    view.choose(QStringLiteral("a"), QStringLiteral("a"));
    QVERIFY(view.findChild<QLabel*>(QStringLiteral("routingCompareProblem"))->isHidden());
  }
  void whatElseDiffersThanTheRoutingIsTold() {
    const auto drawn = [](const QString& id, std::uint64_t seed, float temperature) {
      auto made = std::make_shared<AnswerSnapshot>(*answer(id, {"x"}, 1));
      made->result.emplace().seed = seed;
      made->sampling.emplace().temperature = temperature;
      return made;
    };
    CompareView view;
    const auto* told = view.findChild<QLabel*>(QStringLiteral("routingCompareDrawn"));
    view.setAnswers({drawn("a", 1, 0.4f), drawn("b", 1, 0.4f), drawn("c", 2, 0.4f), drawn("d", 1, 0.9f), drawn("e", 2, 0.9f), drawn("f", 1, 0), drawn("g", 2, 0),
                     answer("h", {"x"}, 1)});
    const auto says = [&](const char* first, const char* second) {
      view.choose(QLatin1String(first), QLatin1String(second));
      return told->isHidden() ? QString() : told->text();
    };
    QCOMPARE(says("a", "b"), QString());
    QVERIFY(says("a", "c").startsWith("Different seeds:"));
    QVERIFY(says("a", "d").startsWith("Different sampling settings:"));
    QVERIFY(says("a", "e").startsWith("Different seeds and sampling settings:"));
    QCOMPARE(says("f", "g"), QString());  // no chance in them
    QCOMPARE(says("a", "h"), QString());  // it is not known
    QTRY_VERIFY(view.settled());
  }
  void theSameAnswersAgainChangeNothing() {
    CompareView view;
    const auto a = answer(QStringLiteral("a"), {"x"}, 1), b = answer(QStringLiteral("b"), {"y"}, 2);
    view.setAnswers({a, b});
    QTRY_VERIFY(view.settled());
    auto* box = view.findChild<QComboBox*>(QStringLiteral("routingCompareFirst"));
    QSignalSpy filled(box->model(), &QAbstractItemModel::rowsInserted);
    view.map()->setSelectedCells({{1, 2}});
    const auto picture = view.map()->snapshot();
    view.setAnswers({a, b});
    QCOMPARE(filled.count(), 0);
    QCOMPARE(view.map()->snapshot(), picture);
    // One more to choose from: the pair on show stays, and is not computed again.
    view.setAnswers({a, b, answer(QStringLiteral("c"), {"z"}, 3)});
    QCOMPARE(box->count(), 3);
    QCOMPARE(view.map()->snapshot(), picture);
    QCOMPARE(view.map()->selectedCells(), (QList<widgets::HeatmapCell>{{1, 2}}));
    view.choose(QStringLiteral("b"), QStringLiteral("c"));
    QVERIFY(view.map()->snapshot() != picture);
    QTRY_VERIFY(view.settled());
    QCOMPARE(view.map()->snapshot()->rows, 3);
  }
  void whatWasChosenLastIsShown() {
    CompareView view;
    view.setAnswers({answer(QStringLiteral("a"), {"x"}, 1), answer(QStringLiteral("b"), {"y"}, 2), answer(QStringLiteral("c"), {"z"}, 3)});
    view.choose(QStringLiteral("a"), QStringLiteral("b"));
    view.choose(QStringLiteral("a"), QStringLiteral("a"));  // before they are compared
    QTRY_VERIFY(view.settled());
    QCOMPARE(view.map()->snapshot()->rows, 0);
    QCOMPARE(layers(view), 0);
  }
  void tracesOfFilesJoinIn() {
    QTemporaryDir dir;
    const QString path = dir.filePath(QStringLiteral("a.rhtrace"));
    QVERIFY(randomTrace(20, 3, 8, 9).save(path.toStdString()).ok());
    CompareView view;
    view.setAnswers({answer(QStringLiteral("a"), {"x"}, 1)});
    auto* open = view.findChild<QPushButton*>(QStringLiteral("routingCompareOpen"));
    view.openTrace(path);
    QVERIFY(!open->isEnabled());  // read meanwhile, not here
    QCOMPARE(layers(view), 0);
    QTRY_VERIFY(open->isEnabled() && view.settled());
    QCOMPARE(layers(view), 3);
    view.openTrace(dir.filePath(QStringLiteral("none")));
    QTRY_VERIFY(open->isEnabled());
    QVERIFY(view.findChild<QLabel*>(QStringLiteral("routingCompareProblem"))->text().contains(QStringLiteral("none")));
  }
};

QTEST_MAIN(TestCompareView)
#include "test_compare_view.moc"
