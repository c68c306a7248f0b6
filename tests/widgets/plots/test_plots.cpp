// SPDX-License-Identifier: GPL-3.0-or-later
#include <QAbstractItemModelTester>
#include <QAccessible>
#include <QHeaderView>
#include <QLabel>
#include <QPainter>
#include <QTemporaryDir>
#include <QXmlStreamReader>
#include <QScrollBar>
#include <QtTest>

#include <cmath>
#include <limits>
#include <random>

#include "widgets/plots/bar_delegate.h"
#include "widgets/plots/bars_model.h"
#include "widgets/plots/bars_view.h"
#include "widgets/plots/curve_stack.h"
#include "widgets/plots/line_plot.h"
#include "widgets/plots/metric_model.h"
#include "widgets/plots/metric_view.h"
#include "widgets/plots/sparkline.h"
#include "widgets/plots/view_picture.h"
#include "widgets/style/metrics.h"
#include "widgets/style/theme.h"

using namespace roundhouse::widgets;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

BarSet randomBars(int count, std::mt19937& random) {
  BarSet set;
  set.unit = QStringLiteral("%");
  set.unitScale = 100;
  for (int i = 0; i < count; ++i)
    set.bars.push_back({QStringLiteral("Expert %1").arg(random() % 128), random() % 9 == 0 ? kNaN : double(random() % 1000) / 1000, BarKind(random() % 3), {}, i});
  return set;
}

MetricTable randomTable(int rows, int columns, std::mt19937& random) {
  MetricTable table;
  table.rowTitle = QStringLiteral("Layer");
  for (int row = 0; row < rows; ++row) table.rowLabels << QString::number(row);
  for (int column = 0; column < columns; ++column) table.columns.push_back({QStringLiteral("M%1").arg(column), {}, 1, 0, column % 2 ? 1.0 : 0.0, {}});
  for (int i = 0; i < rows * columns; ++i) table.values.push_back(random() % 6 == 0 ? kNaN : double(random() % 1000) / 1000);
  return table;
}

}  // namespace

class TestPlots : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() {
    theme_ = std::make_unique<Theme>(*qApp);
    theme_->setMode(Theme::Mode::Light);
  }
  void cleanupTestCase() { theme_.reset(); }

  void theBarsModelHoldsItsContract() {
    BarsModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
    std::mt19937 random(1);
    for (int round = 0; round < 80; ++round) {
      const BarSet set = randomBars(int(random() % 6), random);
      model.setBars(set);
      QCOMPARE(model.rowCount(), int(set.bars.size()));
      double greatest = 0;
      for (int row = 0; row < model.rowCount(); ++row) {
        const QModelIndex index = model.index(row);
        const double share = index.data(BarsModel::ShareRole).toDouble();
        QVERIFY(share >= 0 && share <= 1);
        greatest = std::max(greatest, share);
        QCOMPARE(index.data(BarsModel::IdRole).toInt(), row);
        const QString said = index.data(Qt::AccessibleTextRole).toString();
        QVERIFY(said.startsWith(set.bars[size_t(row)].label + QStringLiteral(", ") + model.valueText(row)));
        QCOMPARE(said.contains(QStringLiteral("not chosen")), set.bars[size_t(row)].kind == BarKind::RunnerUp);
        QCOMPARE(said.contains(QStringLiteral("disabled")), set.bars[size_t(row)].kind == BarKind::Disabled);
        if (std::isnan(set.bars[size_t(row)].value)) QCOMPARE(model.valueText(row), QStringLiteral("–\u00a0%").left(1));
      }
      const bool some = std::any_of(set.bars.begin(), set.bars.end(), [](const Bar& bar) { return bar.value > 0; });
      if (some) QCOMPARE(greatest, 1.0);
      QCOMPARE(model.csv().count("\r\n"), 1 + model.rowCount());
      QVERIFY(!model.csv().contains("nan"));
    }
  }
  void barsKeepTheirRowWhileTheyChange() {
    std::mt19937 random(2);
    BarsView view;
    view.setBars(randomBars(6, random));
    view.show();
    QVERIFY(QTest::qWaitForWindowActive(&view));
    QSignalSpy current(&view, &BarsView::currentBarChanged), activated(&view, &BarsView::barActivated), hovered(&view, &BarsView::barHovered);
    view.setFocus();
    QTest::mouseClick(view.viewport(), Qt::LeftButton, {}, view.visualRect(view.model()->index(3, 0)).center());
    QCOMPARE(current.last()[0].toInt(), 3);
    view.setBars(randomBars(6, random));
    QCOMPARE(view.currentIndex().row(), 3);
    view.setBars(randomBars(5, random));  // another number of rows: the same place
    QCOMPARE(view.currentIndex().row(), 3);
    view.setBars(randomBars(2, random));
    QVERIFY(!view.currentIndex().isValid());
    view.setBars(randomBars(6, random));
    view.setCurrentIndex(view.model()->index(0, 0));
    QTest::keyClick(&view, Qt::Key_Down);
    QCOMPARE(current.last()[0].toInt(), 1);
    QTest::keyClick(&view, Qt::Key_Return);
    QCOMPARE(activated.last()[0].toInt(), 1);
    QEvent leave(QEvent::Leave);
    QCoreApplication::sendEvent(&view, &leave);
    QCOMPARE(hovered.last()[0].toInt(), -1);
  }
  void aBarIsAsLongAsItsShare() {
    BarsModel model;
    BarSet set;
    set.maximum = 1;
    for (double value : {0.0, 0.25, 0.5, 1.0}) set.bars.push_back({QStringLiteral("x"), value, BarKind::Chosen, {}, 0});
    model.setBars(set);
    BarDelegate delegate;
    delegate.setColumns(20, 40);
    const QColor ink = Tokens::current()[ColorToken::Accent];
    QList<int> lengths;
    for (int row = 0; row < 4; ++row) {
      QImage image(400, 28, QImage::Format_RGB32);
      image.fill(Qt::white);
      QPainter painter(&image);
      QStyleOptionViewItem option;
      option.rect = image.rect();
      delegate.paint(&painter, option, model.index(row));
      painter.end();
      int length = 0;
      for (int x = 0; x < 400; ++x) length += image.pixelColor(x, 14) == ink;
      lengths << length;
    }
    QVERIFY(lengths[0] <= 2);
    QVERIFY(lengths[3] > 200);
    QVERIFY(std::abs(lengths[1] * 4 - lengths[3]) <= 8 && std::abs(lengths[2] * 2 - lengths[3]) <= 4);
    // Chosen, runner-up and disabled differ without their colours too.
    set.bars = {{"x", 1, BarKind::Chosen, {}, 0}, {"x", 1, BarKind::RunnerUp, {}, 0}, {"x", 1, BarKind::Disabled, {}, 0}};
    model.setBars(set);
    QList<int> dark;
    for (int row = 0; row < 3; ++row) {
      QImage image(400, 28, QImage::Format_RGB32);
      image.fill(Qt::white);
      QPainter painter(&image);
      QStyleOptionViewItem option;
      option.rect = image.rect();
      delegate.paint(&painter, option, model.index(row));
      painter.end();
      int count = 0;
      for (int y = 0; y < 28; ++y)
        for (int x = 60; x < 340; ++x) count += qGray(image.pixel(x, y)) < 160;
      dark << count;
    }
    QVERIFY(dark[0] > dark[2] + 300 && dark[2] > dark[1] + 300);
  }

  void theMetricModelHoldsItsContract() {
    MetricModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
    std::mt19937 random(3);
    for (int round = 0; round < 60; ++round) {
      MetricTable table = randomTable(int(random() % 6), int(random() % 4), random);
      QVERIFY(model.setTable(table));
      QCOMPARE(model.rowCount(), int(table.rowLabels.size()));
      for (int row = 0; row < model.rowCount(); ++row)
        for (int column = 1; column < model.columnCount(); ++column) {
          const double value = table.value(row, column - 1);
          const QModelIndex index = model.index(row, column);
          QCOMPARE(index.data().toString() == QStringLiteral("–"), std::isnan(value));
          if (!std::isnan(value)) QVERIFY(std::abs(QLocale().toDouble(index.data().toString()) - value) < 0.006);
          const double share = index.data(MetricModel::ShareRole).toDouble();
          QVERIFY(share >= 0 && share <= 1);
          QCOMPARE(index.data(MetricModel::HasBarRole).toBool(), (column - 1) % 2 == 1);
        }
      QVERIFY(!model.csv().contains("nan"));
      QCOMPARE(model.csv().count("\r\n"), 1 + model.rowCount());
      table.values.push_back(1);
      QVERIFY(!model.setTable(table));
    }
  }
  void columnsSortByNumberAndGapsComeLast() {
    MetricView view;
    MetricTable table;
    table.rowTitle = QStringLiteral("Layer");
    table.rowLabels = {"2", "10", "1", "7"};
    table.columns.push_back({QStringLiteral("Entropy"), {}, 1, 0, 1, {}});
    table.values = {0.5, kNaN, 0.25, 0.75};
    QAbstractItemModelTester tester(view.model(), QAbstractItemModelTester::FailureReportingMode::Fatal);  // with gaps, sorted anew and shrinking
    QVERIFY(view.setTable(table));
    view.resize(400, 300);
    view.show();
    QVERIFY(QTest::qWaitForWindowActive(&view));
    const auto labels = [&] {
      QStringList seen;
      for (int row = 0; row < view.model()->rowCount(); ++row) seen << view.model()->index(row, 0).data().toString();
      return seen;
    };
    QCOMPARE(labels(), (QStringList{"1", "2", "7", "10"}));
    auto* header = view.horizontalHeader();
    const auto click = [&](int section) {
      QTest::mouseClick(header->viewport(), Qt::LeftButton, {}, {header->sectionViewportPosition(section) + 20, header->height() / 2});
    };
    click(1);
    const QStringList one_way = labels();
    click(1);
    const QStringList other_way = labels();
    QCOMPARE(one_way.last(), QStringLiteral("10"));
    QCOMPARE(other_way.last(), QStringLiteral("10"));
    QCOMPARE((QStringList{one_way[2], one_way[1], one_way[0]}), other_way.mid(0, 3));
    // Rows are told in the table's own order.
    QSignalSpy current(&view, &MetricView::currentTableRowChanged);
    view.setCurrentTableRow(3);
    QCOMPARE(view.currentTableRow(), 3);
    QCOMPARE(current.last()[0].toInt(), 3);
    QCOMPARE(view.currentIndex().siblingAtColumn(0).data().toString(), QStringLiteral("7"));
    view.setFocus();
    QTest::keyClick(&view, Qt::Key_Home, Qt::ControlModifier);
    QCOMPARE(view.currentTableRow(), int(table.rowLabels.indexOf(labels().first())));
    view.setCurrentTableRow(99);
    QCOMPARE(view.currentTableRow(), -1);
    // New figures keep the row.
    view.setCurrentTableRow(0);
    table.values = {0.1, 0.2, 0.3, 0.4};
    QVERIFY(view.setTable(table));
    QCOMPARE(view.currentTableRow(), 0);
    auto* face = QAccessible::queryAccessibleInterface(&view);
    QCOMPARE(face->text(QAccessible::Name), QStringLiteral("Metrics"));
    QVERIFY(face->tableInterface() && face->tableInterface()->rowCount() == 4);
  }

  // In the narrowest view, with a title that is shorter than its figures.
  void noFigureIsCutAtAnyFontSize() {
    const QFont before = QApplication::font();
    MetricView view;
    MetricTable table;
    table.rowTitle = QStringLiteral("L");
    table.rowLabels = {"1", "2"};
    for (int i = 0; i < 6; ++i) table.columns.push_back({QStringLiteral("E"), {}, 1, 0, 1, {}});
    for (int i = 0; i < 12; ++i) table.values.push_back(0.987 - i * 0.0371);
    view.resize(200, 200);
    view.show();
    QVERIFY(view.setTable(table));
    for (int tenths = 80; tenths <= 200; tenths += 7) {
      QFont font = before;
      font.setPointSizeF(tenths / 10.0);
      font.setHintingPreference(QFont::PreferNoHinting);  // widths in fractions of a pixel
      QApplication::setFont(font);
      QApplication::sendPostedEvents();
      const QFontMetrics metrics(tabularFont());
      for (int column = 1; column < view.model()->columnCount(); ++column) {
        for (int row = 0; row < 2; ++row) {
          const QString figure = view.model()->index(row, column).data().toString();
          const int room = view.columnWidth(column) - 2 * grid::kSmall;
          QVERIFY2(metrics.elidedText(figure, Qt::ElideRight, room) == figure, qPrintable(QStringLiteral("%1 in %2 at %3").arg(figure).arg(room).arg(tenths)));
        }
      }
    }
    QApplication::setFont(before);
  }
  void titlesAndFiguresHaveTheRoomThatTheyNeed() {
    MetricView view;
    MetricTable table;
    table.rowTitle = QStringLiteral("Layer");
    table.rowLabels = {"1", "2"};
    for (const char* title : {"Busiest", "Expert", "Unused", "Entropy", "CV", "Greatest violation", "Jain"}) table.columns.push_back({title, {}, 1, 0, 1, {}});
    table.values = std::vector<double>(14, 0.25);
    view.resize(900, 300);
    view.show();
    QVERIFY(view.setTable(table));
    QFont bold = view.horizontalHeader()->font();
    bold.setBold(true);
    const auto fits = [&] {
      for (int column = 0; column < view.model()->columnCount(); ++column) {
        const int needed = QFontMetrics(bold).horizontalAdvance(view.model()->headerData(column, Qt::Horizontal).toString());
        if (view.columnWidth(column) < needed + 16) return false;
      }
      return true;
    };
    QVERIFY(fits());
    QCOMPARE(view.horizontalHeader()->length(), view.viewport()->width());  // and no room is left over
    QVERIFY(view.columnWidth(6) > view.columnWidth(5) + 40);
    view.resize(300, 300);
    QVERIFY(fits());
    const int narrow = view.columnWidth(5);
    table.values.assign(14, 123'456'789.25);  // the same table, with larger figures
    QVERIFY(view.setTable(table));
    QVERIFY(view.columnWidth(5) > narrow);
    QVERIFY(view.columnWidth(5) >= QFontMetrics(tabularFont()).horizontalAdvance(view.model()->index(0, 5).data().toString()) + 16);
    QVERIFY(view.horizontalScrollBar()->maximum() > 0);
    view.resize(1200, 300);
    QTRY_COMPARE(view.horizontalHeader()->length(), view.viewport()->width());
  }

  void aListOrTableIsAPictureWhole() {
    std::mt19937 random(3);
    BarsView bars;
    bars.setBars(randomBars(40, random));  // more than a small window shows
    MetricView metrics;
    QVERIFY(metrics.setTable(randomTable(30, 3, random)));
    const QTemporaryDir folder;
    for (const QAbstractItemView* view : std::initializer_list<const QAbstractItemView*>{&bars, &metrics}) {
      const ViewPicture picture = viewPicture(*view);
      QVERIFY(picture.size.height() > view->model()->rowCount() * 12);
      QString error;
      QVERIFY2(exportViewPng(picture, folder.filePath("p.png"), &error), qPrintable(error));
      const QImage image(folder.filePath("p.png"));
      QCOMPARE(image.size(), picture.size * 2);
      // Something is drawn in the first rows and in the last.
      const QRgb ground = image.pixel(2, 2);
      const auto drawn = [&](int from, int to) {
        for (int y = from; y < to; ++y) {
          for (int x = 0; x < image.width(); ++x) {
            if (image.pixel(x, y) != ground) return true;
          }
        }
        return false;
      };
      QVERIFY(drawn(34, 120) && drawn(image.height() - 100, image.height() - 34));
      QVERIFY2(exportViewSvg(picture, "Title", folder.filePath("p.svg"), &error), qPrintable(error));
      QFile svg(folder.filePath("p.svg"));
      QVERIFY(svg.open(QIODevice::ReadOnly));
      QXmlStreamReader reader(&svg);
      int texts = 0;
      while (!reader.atEnd()) {
        if (reader.readNext() == QXmlStreamReader::StartElement && reader.name() == QLatin1String("text")) ++texts;
      }
      QVERIFY2(!reader.hasError() && texts >= view->model()->rowCount(), qPrintable(QString::number(texts)));
      QVERIFY(!exportViewPng(picture, folder.filePath("no/such/p.png"), &error) && !error.isEmpty());
    }
  }
  void aSparklineTellsItsRange() {
    Sparkline line;
    line.resize(120, 30);
    line.setName("Tokens per second", "tokens/s");
    QVERIFY(line.accessibleDescription().isEmpty());
    line.grab();
    for (float value : {1.0f, 5.0f, std::numeric_limits<float>::quiet_NaN(), 3.0f}) line.append(value);
    QCOMPARE(line.accessibleName(), QStringLiteral("Tokens per second"));
    QCOMPARE(line.accessibleDescription(), QStringLiteral("now 3\u00a0tokens/s, from 1\u00a0tokens/s to 5\u00a0tokens/s"));
    const QImage four = line.grab().toImage();
    line.append(9);
    QVERIFY(line.grab().toImage() != four);
    line.setCapacity(2);
    QCOMPARE(line.accessibleDescription(), QStringLiteral("now 9\u00a0tokens/s, from 3\u00a0tokens/s to 9\u00a0tokens/s"));
    line.setValues({std::numeric_limits<float>::quiet_NaN()});
    line.grab();
    line.setValues({2, 2, 2});  // no range
    line.grab();
  }

  void curvesAreReadOutAndExported() {
    LinePlot plot;
    plot.resize(500, 300);
    plot.setAxes("Step", "", "Loss", "nats");
    plot.setSeries({{"train", {1, 2, 4}, {3, 2, 1}}, {"=held out", {1, 3}, {2.5, kNaN}}});
    plot.show();
    QVERIFY(QTest::qWaitForWindowActive(&plot));
    QVERIFY(plot.describeAt(2.2).startsWith(QStringLiteral("Step 2   train: 2\u00a0nats")));
    QVERIFY(plot.describeAt(-100).startsWith(QStringLiteral("Step 1")));
    QVERIFY(plot.describeAt(100).contains(QStringLiteral("–")));
    QCOMPARE(plot.csv(), QByteArray("series,Step,Loss (nats)\r\ntrain,1,3\r\ntrain,2,2\r\ntrain,4,1\r\n'=held out,1,2.5\r\n'=held out,3,\r\n"));
    QVERIFY(plot.accessibleDescription().contains(QStringLiteral("train")));
    QTemporaryDir folder;
    QString error;
    QVERIFY(plot.exportPng(folder.filePath("a.png"), {300, 200}, &error));
    QCOMPARE(QImage(folder.filePath("a.png")).size(), QSize(600, 400));
    QVERIFY(plot.exportSvg(folder.filePath("a.svg"), {300, 200}, &error));
    QFile svg(folder.filePath("a.svg"));
    QVERIFY(svg.open(QIODevice::ReadOnly));
    QXmlStreamReader reader(&svg);
    while (!reader.atEnd()) reader.readNext();
    QVERIFY2(!reader.hasError(), qPrintable(reader.errorString()));
    QVERIFY(plot.exportCsv(folder.filePath("a.csv"), &error));
    QVERIFY(!plot.exportCsv("/nonexistent/a.csv", &error));
    QVERIFY(error.contains(QStringLiteral("/nonexistent/a.csv")));
    // Lengths that differ are cut to the shorter, nothing at all is no curve.
    plot.setSeries({{"a", {1, 2, 3}, {1}}});
    QCOMPARE(plot.series()[0].x.size(), size_t(1));
    plot.setSeries({});
    QCOMPARE(plot.describeAt(1), QString());
    for (Qt::Key key : {Qt::Key_Left, Qt::Key_Right, Qt::Key_Plus, Qt::Key_Minus, Qt::Key_0}) QTest::keyClick(&plot, key);
  }

  void stackedCurvesShareTheirAxis() {
    CurveStack stack({"Step", ""}, {{"Loss", "nats"}, {"Rate", ""}, {"Speed", "tokens/s"}});
    stack.resize(700, 500);
    stack.setSeries(0, {{"training", {1, 2, 3, 4}, {4, 3, 2, 1}}, {"evaluation", {0, 4}, {4.5, 1.5}}});
    stack.setSeries(1, {{"rate", {1, 2, 3, 4}, {1, kNaN, 0.5, 0}}});
    stack.fit();
    stack.show();
    QVERIFY(QTest::qWaitForWindowExposed(&stack));
    // The first point of any of them is on show in all, and new ones are.
    double low = 9, high = 0;
    connect(stack.plot(2), &LinePlot::xRangeChanged, &stack, [&](double from, double to) { low = from, high = to; });
    stack.setSeries(1, {{"rate", {1, 2, 3, 4, 5}, {1, kNaN, 0.5, 0, 2}}});
    QVERIFY(low <= 0 && high >= 5);
    connect(stack.plot(2), &LinePlot::xRangeChanged, &stack, [&](double from, double to) { low = from, high = to; });
    stack.plot(0)->setXRange(1.5, 3);
    QCOMPARE(low, 1.5);
    QCOMPARE(high, 3.0);
    stack.setSeries(1, {{"rate", {1, 2, 3, 4, 6}, {1, kNaN, 0.5, 0, 2}}});
    QCOMPARE(high, 3.0);  // who looks at a part stays there
    QVERIFY(stack.describeAt(2.9).startsWith(QStringLiteral("Step 3   training: 2\u00a0nats")));
    QVERIFY(stack.describeAt(2.9).contains(QStringLiteral("rate: 0.5")));
    Q_EMIT stack.plot(1)->pointed(4);
    auto* readout = stack.findChild<QLabel*>("curveReadout");
    QVERIFY(readout->text().contains(QStringLiteral("training: 1")));
    Q_EMIT stack.plot(1)->pointed(kNaN);
    QCOMPARE(readout->text(), QString());
    QVERIFY(stack.csv().startsWith("plot,series,Step,value,unit\r\nLoss,training,1,4,nats\r\n"));
    QVERIFY(stack.csv().contains("Rate,rate,2,,\r\n"));
    QTemporaryDir folder;
    QString error;
    QVERIFY(stack.exportPng(folder.filePath("a.png"), {400, 300}, &error));
    QCOMPARE(QImage(folder.filePath("a.png")).size(), QSize(800, 600));
    QVERIFY(stack.exportSvg(folder.filePath("a.svg"), {400, 300}, "a run", &error));
    QFile svg(folder.filePath("a.svg"));
    QVERIFY(svg.open(QIODevice::ReadOnly));
    QXmlStreamReader reader(&svg);
    while (!reader.atEnd()) reader.readNext();
    QVERIFY2(!reader.hasError(), qPrintable(reader.errorString()));
    QVERIFY(!stack.exportPng("/nonexistent/a.png", {40, 30}, &error));
  }

 private:
  std::unique_ptr<Theme> theme_;
};

QTEST_MAIN(TestPlots)
#include "test_plots.moc"
