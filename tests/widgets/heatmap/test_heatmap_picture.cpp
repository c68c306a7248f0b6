// SPDX-License-Identifier: GPL-3.0-or-later
#include <QAbstractItemModelTester>
#include <QBuffer>
#include <QPainter>
#include <QSvgRenderer>
#include <QXmlStreamReader>
#include <QtTest>

#include "tests/widgets/heatmap/heatmap_fixture.h"
#include "widgets/heatmap/heatmap_export.h"
#include "widgets/heatmap/heatmap_model.h"
#include "widgets/heatmap/heatmap_painter.h"
#include "widgets/heatmap/heatmap_view.h"
#include "widgets/style/metrics.h"
#include "widgets/style/theme.h"

using namespace roundhouse::widgets;

namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

HeatmapPainter painterOf(HeatmapSnapshotPtr snapshot, HeatmapMode mode = HeatmapMode::Magnitude) {
  HeatmapView view;
  view.setMode(mode);
  view.setSnapshot(std::move(snapshot));
  return view.painter();
}

// The colour that the published map gives a value, found without the painter.
QRgb expected(const HeatmapSnapshot& s, float value, bool difference = false) {
  if (std::isnan(value)) return Tokens::current()[ColorToken::Sunken].rgb();
  const HeatmapRange range = rangeOf(s, difference);
  const ColorMap map(difference ? ColorMapKind::Diverging : ColorMapKind::Viridis, Tokens::current().scheme());
  return map.rgb((value - range.low) / (range.high - range.low));
}

// The records of an RFC 4180 file.
QList<QStringList> parseCsv(const QByteArray& bytes) {
  QList<QStringList> records;
  QStringList record;
  QString field;
  bool quoted = false;
  const QString text = QString::fromUtf8(bytes);
  for (qsizetype i = 0; i < text.size(); ++i) {
    const QChar c = text[i];
    if (quoted) {
      if (c != u'"') field += c;
      else if (i + 1 < text.size() && text[i + 1] == u'"') field += text[++i];
      else quoted = false;
    } else if (c == u'"') {
      quoted = true;
    } else if (c == u',') {
      record << std::exchange(field, {});
    } else if (c == u'\r') {
      continue;
    } else if (c == u'\n') {
      record << std::exchange(field, {});
      records << std::exchange(record, {});
    } else {
      field += c;
    }
  }
  return records;
}

}  // namespace

class TestHeatmapPicture : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() { theme_ = std::make_unique<Theme>(*qApp); }
  void cleanupTestCase() { theme_.reset(); }
  void init() { theme_->setMode(Theme::Mode::Light); }

  // The model -----------------------------------------------------------------------------------------------------

  void theModelHoldsItsContractThroughRandomChanges() {
    HeatmapModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
    std::mt19937 random(7);
    for (unsigned step = 0; step < 60; ++step) {
      if (random() % 8 == 0) {
        model.setSnapshot({});
        QCOMPARE(model.rowCount(), 0);
        continue;
      }
      auto next = randomPicture(int(random() % 5), int(random() % 6), step);
      if (random() % 2) next->rowLabels = QStringList(next->rows, QStringLiteral("x%1").arg(step));
      model.setSnapshot(next);
      QCOMPARE(model.rowCount(), next->rows);
      QCOMPARE(model.columnCount(), next->columns);
      for (int row = 0; row < next->rows; ++row) {
        QCOMPARE(model.headerData(row, Qt::Vertical, Qt::DisplayRole).toString(), next->rowLabel(row));
        for (int column = 0; column < next->columns; ++column) {
          const float given = next->value(row, column);
          const float held = model.index(row, column).data(Qt::EditRole).toFloat();
          QVERIFY(held == given || (std::isnan(held) && std::isnan(given)));
        }
      }
    }
  }
  void aPictureOfTheSameShapeKeepsIndexes() {
    HeatmapModel model;
    model.setSnapshot(randomPicture(4, 6, 1));
    const QPersistentModelIndex kept = model.index(2, 3);
    QSignalSpy reset(&model, &QAbstractItemModel::modelReset), changed(&model, &QAbstractItemModel::dataChanged),
        headers(&model, &QAbstractItemModel::headerDataChanged);
    auto next = randomPicture(4, 6, 2);
    model.setSnapshot(next);
    QCOMPARE(reset.count(), 0);
    QCOMPARE(changed.count(), 1);
    QCOMPARE(headers.count(), 0);
    QVERIFY(kept.isValid());
    auto labelled = std::make_shared<HeatmapSnapshot>(*next);
    labelled->rowLabels = {"a", "b", "c", "d"};
    model.setSnapshot(labelled);
    QCOMPARE(headers.count(), 2);
    model.setSnapshot(randomPicture(5, 6, 3));
    QCOMPARE(reset.count(), 1);
    QVERIFY(!kept.isValid());
  }
  void aCellIsToldInWords() {
    HeatmapModel model;
    auto picture = randomPicture(3, 4, 1, true);
    picture->rowLabels = {"1", "2", "4"};
    picture->values[picture->index(2, 1)] = 0.042f;
    picture->secondary.assign(12, 0.5f);
    picture->secondaryName = QStringLiteral("Gate mass");
    picture->edits.assign(12, CellEdit::None);
    model.setSnapshot(picture);
    QCOMPARE(model.describe(2, 1), QStringLiteral("Layer 4, Expert 1: Share of tokens 4.20\u00a0%; Gate mass: 0.500"));
    for (const auto& [edit, word] : {std::pair(CellEdit::Disabled, "disabled"), std::pair(CellEdit::Boosted, "boosted"),
                                     std::pair(CellEdit::Damped, "damped"), std::pair(CellEdit::Forced, "forced")}) {
      auto edited = std::make_shared<HeatmapSnapshot>(*picture);
      edited->edits[edited->index(2, 1)] = edit;
      model.setSnapshot(edited);
      QVERIFY(model.describe(2, 1).endsWith(QStringLiteral("%1 by an edit").arg(QLatin1String(word))));
      QCOMPARE(model.index(2, 1).data(Qt::AccessibleTextRole).toString(), model.describe(2, 1));
    }
    QCOMPARE(model.index(2, 1).data().toString(), QStringLiteral("4.20\u00a0%"));
    QVERIFY(model.describe(3, 0).isEmpty());
    QVERIFY(model.describe(0, -1).isEmpty());
    auto unmeasured = std::make_shared<HeatmapSnapshot>(*picture);
    unmeasured->values[0] = kNaN;
    model.setSnapshot(unmeasured);
    QCOMPARE(model.index(0, 0).data().toString(), QStringLiteral("–"));
  }

  // The scale -----------------------------------------------------------------------------------------------------

  void theScaleHoldsEveryValueAndIsRound() {
    std::mt19937 random(11);
    for (int i = 0; i < 500; ++i) {
      HeatmapSnapshot s;
      s.rows = 1;
      s.columns = 8;
      s.unitScale = random() % 2 ? 100 : 1;
      const float size = std::pow(10.0f, float(int(random() % 12)) - 6);
      for (int k = 0; k < 8; ++k) s.values.push_back(random() % 9 == 0 ? kNaN : (float(random() % 2000) - 500) / 1000 * size);
      for (bool difference : {false, true}) {
        const HeatmapRange range = rangeOf(s, difference);
        QVERIFY(range.high > range.low);
        if (difference) QCOMPARE(range.low, -range.high);
        for (float value : s.values) {
          if (std::isnan(value)) continue;
          QVERIFY2(value <= range.high * 1.00001f && value >= range.low * 1.00001f, qPrintable(QString::number(value)));
        }
      }
    }
    HeatmapSnapshot fixed;
    fixed.rows = fixed.columns = 1;
    fixed.values = {3};
    fixed.low = 1;
    fixed.high = 2;
    QCOMPARE(rangeOf(fixed, false).position(3), 1.0f);
    QCOMPARE(rangeOf(fixed, false).position(0), 0.0f);
    QCOMPARE(rangeOf(fixed, false).position(1.5f), 0.5f);
    // Nothing measured, all zero: a scale all the same.
    fixed.low = fixed.high = {};
    for (float value : {0.0f, kNaN, std::numeric_limits<float>::infinity()}) {
      fixed.values = {value};
      QVERIFY(rangeOf(fixed, false).high > rangeOf(fixed, false).low);
    }
  }
  void wrongBuffersAreRefused() {
    auto picture = randomPicture(3, 4, 1);
    QVERIFY(picture->consistent());
    HeatmapView view;
    QVERIFY(view.setSnapshot(picture));
    const auto broken = [&](auto change) {
      auto copy = std::make_shared<HeatmapSnapshot>(*picture);
      change(*copy);
      QVERIFY(!copy->consistent());
      QVERIFY(!view.setSnapshot(copy));
      QCOMPARE(view.snapshot(), HeatmapSnapshotPtr(picture));
    };
    broken([](HeatmapSnapshot& s) { s.values.pop_back(); });
    broken([](HeatmapSnapshot& s) { s.edits.push_back(CellEdit::None); });
    broken([](HeatmapSnapshot& s) { s.secondary = {1}; });
    broken([](HeatmapSnapshot& s) { s.rows = -3; });
    broken([](HeatmapSnapshot& s) { s.columns = 5; });
  }

  // The picture ---------------------------------------------------------------------------------------------------

  void everyCellHasTheColourOfItsValue() {
    std::mt19937 random(3);
    for (Theme::Mode mode : {Theme::Mode::Light, Theme::Mode::Dark}) {
      theme_->setMode(mode);
      for (unsigned round = 0; round < 14; ++round) {
        const auto picture = randomPicture(1 + int(random() % 50), 1 + int(random() % 130), round);
        const bool difference = round % 3 == 0;
        const HeatmapPainter painter = painterOf(picture, difference ? HeatmapMode::Difference : HeatmapMode::Magnitude);
        const HeatmapLayout layout = painter.layout({300 + int(random() % 1600), 200 + int(random() % 800)});
        const double ratio = std::array{1.0, 1.25, 2.0}[round % 3];
        const QImage image = painter.cellImage(layout, ratio);
        for (int row = 0; row < picture->rows; ++row)
          for (int column = 0; column < picture->columns; ++column) {
            const QRect cell = layout.cellRect(row, column).translated(-layout.cells.topLeft());
            if (cell.width() < 2 || cell.height() < 2 || cell.right() >= layout.cells.width() || cell.bottom() >= layout.cells.height()) continue;
            const QPoint middle(int((cell.left() + cell.width() / 2.0) * ratio), int((cell.top() + cell.height() / 2.0) * ratio));
            QCOMPARE(image.pixel(middle), expected(*picture, picture->value(row, column), difference));
          }
      }
    }
  }
  void zeroDifferenceIsTheGround() {
    auto picture = std::make_shared<HeatmapSnapshot>();
    picture->rows = 1;
    picture->columns = 3;
    picture->values = {-1, 0, 1};
    for (Theme::Mode mode : {Theme::Mode::Light, Theme::Mode::Dark}) {
      theme_->setMode(mode);
      const HeatmapPainter painter = painterOf(picture, HeatmapMode::Difference);
      QCOMPARE(painter.colorOf(0), Tokens::current()[ColorToken::Surface].rgb());
      QVERIFY(painter.colorOf(-1) != painter.colorOf(1));
      QCOMPARE(painter.colorOf(kNaN), Tokens::current()[ColorToken::Sunken].rgb());
      QCOMPARE(painter.colorOf(std::numeric_limits<float>::infinity()), painter.colorOf(kNaN));
    }
  }
  void everyPointOfTheCellsBelongsToOneCell() {
    std::mt19937 random(5);
    for (unsigned round = 0; round < 40; ++round) {
      const auto picture = randomPicture(1 + int(random() % 64), 1 + int(random() % 520), round, true);
      const HeatmapPainter painter = painterOf(picture);
      const double zoom = round % 2 ? 1 : 1 + double(random() % 400) / 100;
      const HeatmapLayout layout = painter.layout({200 + int(random() % 1500), 100 + int(random() % 900)}, zoom,
                                                  {int(random() % 500), int(random() % 300)});
      for (int i = 0; i < 200; ++i) {
        const QPoint point(layout.cells.left() + int(random() % unsigned(layout.cells.width())),
                           layout.cells.top() + int(random() % unsigned(layout.cells.height())));
        const HeatmapCell cell = layout.cellAt(point);
        QVERIFY(cell.valid());
        QVERIFY(layout.cellRect(cell.row, cell.column).contains(point));
        QCOMPARE(layout.rowLabelAt({layout.rowLabels.left() + 1, point.y()}), cell.row);
        QCOMPARE(layout.columnLabelAt({point.x(), layout.columnLabels.top() + 1}), cell.column);
      }
      QVERIFY(!layout.cellAt({layout.cells.left() - 1, layout.cells.top()}).valid());
      QCOMPARE(layout.rowLabelAt(layout.cells.center()), -1);
    }
  }
  void editsMarkTheirCellsAndNoOthers() {
    auto plain = randomPicture(6, 8, 9, true);
    for (CellEdit edit : {CellEdit::Disabled, CellEdit::Boosted, CellEdit::Damped, CellEdit::Forced}) {
      auto edited = std::make_shared<HeatmapSnapshot>(*plain);
      edited->edits.assign(48, CellEdit::None);
      edited->edits[edited->index(2, 5)] = edit;
      const HeatmapPainter painter = painterOf(edited);
      const HeatmapLayout layout = painter.layout({800, 400});
      QImage image(800, 400, QImage::Format_RGB32);
      image.fill(Qt::red);
      QPainter surface(&image);
      painter.paintEdits(surface, layout);
      surface.end();
      int inside = 0, outside = 0;
      for (int y = 0; y < 400; ++y)
        for (int x = 0; x < 800; ++x)
          if (image.pixelColor(x, y) != QColor(Qt::red)) ++(layout.cellRect(2, 5).contains(x, y) ? inside : outside);
      QVERIFY(inside > 20);
      QCOMPARE(outside, 0);
    }
  }
  void theArrowOfADampedExpertPointsDown() {
    // Where its strokes lie in the mean: the head is the wide part.
    const auto middle = [](CellEdit edit) {
      auto picture = std::make_shared<HeatmapSnapshot>();
      picture->rows = picture->columns = 1;
      picture->values = {0};
      picture->edits = {edit};
      const HeatmapPainter painter = painterOf(picture);
      const HeatmapLayout layout = painter.layout({300, 300});
      QImage image(300, 300, QImage::Format_RGB32);
      image.fill(Qt::red);
      QPainter surface(&image);
      painter.paintEdits(surface, layout);
      surface.end();
      double sum = 0, count = 0;
      for (int y = 0; y < 300; ++y)
        for (int x = 0; x < 300; ++x)
          if (image.pixelColor(x, y) != QColor(Qt::red)) sum += y, ++count;
      return sum / count - layout.cellRect(0, 0).center().y();
    };
    QVERIFY(middle(CellEdit::Boosted) < -2);
    QVERIFY(middle(CellEdit::Damped) > 2);
  }
  void cellsFillTheirRoom() {
    for (const auto& [rows, columns] : {std::pair(12, 16), std::pair(16, 64), std::pair(48, 128)}) {
      const HeatmapPainter painter = painterOf(randomPicture(rows, columns, 1, true));
      for (const QSize& size : {QSize(1190, 260), QSize(730, 180), QSize(3700, 1800)}) {
        const HeatmapLayout layout = painter.layout(size);
        QVERIFY2(layout.cells.width() > size.width() * 0.85, qPrintable(QString("%1 of %2 wide").arg(layout.cells.width()).arg(size.width())));
        QVERIFY(layout.cells.height() > size.height() * 0.7);
        QVERIFY(layout.cells.right() < size.width() && layout.columnLabels.bottom() < size.height());
      }
    }
    // Within bounds: a strip of one cell is none.
    const HeatmapLayout layout = painterOf(randomPicture(4, 1, 1, true)).layout({1200, 120});
    QVERIFY(layout.cellWidth <= 8 * layout.cellHeight + 1e-9);
  }
  void filesAreNoLargerThanWhatTheyShow() {
    // One cell in a wide picture: the rest would be blank. The scale and the keys of the edits stay whole.
    auto picture = randomPicture(30, 1, 1);
    picture->edits.assign(30, CellEdit::None);
    picture->edits[0] = CellEdit::Forced;
    const HeatmapPainter painter = painterOf(picture);
    const QImage image = heatmapImage(painter, {1600, 1000}, 1);
    QVERIFY2(image.width() < 1000, qPrintable(QString::number(image.width())));
    QVERIFY(image.width() >= painter.legendWidth(painter.layout({1568, 968})));
    QBuffer svg;
    svg.open(QIODevice::WriteOnly);
    writeHeatmapSvg(painter, {1600, 1000}, &svg);
    const QSvgRenderer drawing(svg.data());
    QCOMPARE(drawing.viewBox().size(), image.size());
    QVERIFY(svg.data().contains("forced"));
  }
  void aPictureWithoutCellsPaintsNothing() {
    for (const auto& picture : {randomPicture(0, 0, 1), randomPicture(0, 7, 1), randomPicture(3, 0, 1)}) {
      const HeatmapPainter painter = painterOf(picture);
      const QImage image = heatmapImage(painter, {200, 100}, 1);
      for (int x = 0; x < 200; ++x) QCOMPARE(image.pixel(x, 50), Tokens::current()[ColorToken::Surface].rgb());
      QCOMPARE(heatmapCsv(*picture).count('\n'), 1);
    }
  }

  // Files ---------------------------------------------------------------------------------------------------------

  void thePngShowsTheValues() {
    QTemporaryDir folder;
    const auto picture = randomPicture(9, 12, 21, true);
    const HeatmapPainter painter = painterOf(picture);
    const QString path = folder.filePath(QStringLiteral("map.png"));
    QString error;
    QVERIFY2(exportHeatmapPng(painter, {640, 480}, path, &error), qPrintable(error));
    const QImage image(path);
    QVERIFY(image.width() > 1270 && image.width() <= 1280 && image.height() > 900 && image.height() <= 960);  // what stays empty is cut off
    const HeatmapLayout layout = painter.layout({640 - 2 * grid::kLarge, 480 - 2 * grid::kLarge});
    for (int row = 0; row < 9; ++row)
      for (int column = 0; column < 12; ++column) {
        const QPoint middle = (layout.cellRect(row, column).center() + QPoint(grid::kLarge, grid::kLarge)) * 2;
        QCOMPARE(image.pixel(middle), expected(*picture, picture->value(row, column)));
      }
  }
  void theSvgIsWellFormedAndShowsTheValues() {
    QTemporaryDir folder;
    auto picture = randomPicture(7, 10, 22);
    picture->rowTitle = QStringLiteral("<Layer & \"co\">");
    picture->edits.clear();
    const HeatmapPainter painter = painterOf(picture);
    const QString path = folder.filePath(QStringLiteral("map.svg"));
    QString error;
    QVERIFY2(exportHeatmapSvg(painter, {640, 480}, path, &error), qPrintable(error));
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QXmlStreamReader reader(&file);
    int texts = 0;
    while (!reader.atEnd())
      if (reader.readNext() == QXmlStreamReader::StartElement && reader.name() == QLatin1String("text")) ++texts;
    QVERIFY2(!reader.hasError(), qPrintable(reader.errorString()));
    QVERIFY(texts > 7 + 10);  // labels stay text
    QSvgRenderer drawing(path);
    QVERIFY(drawing.isValid());
    QImage image(640, 480, QImage::Format_RGB32);
    image.fill(Qt::black);
    QPainter surface(&image);
    drawing.render(&surface);
    surface.end();
    const HeatmapLayout layout = painter.layout({640 - 2 * grid::kLarge, 480 - 2 * grid::kLarge});
    for (int row = 0; row < 7; ++row)
      for (int column = 0; column < 10; ++column) {
        const QPoint middle = layout.cellRect(row, column).center() + QPoint(grid::kLarge, grid::kLarge);
        QCOMPARE(QColor(image.pixel(middle)).name(), QColor(expected(*picture, picture->value(row, column))).name());
      }
  }
  void theCsvHoldsTheData() {
    auto picture = randomPicture(13, 17, 23);
    picture->rowLabels = QStringList(13, QString());
    for (int row = 0; row < 13; ++row) picture->rowLabels[row] = QStringLiteral("layer, \"%1\"\n专家").arg(row);
    picture->secondary = picture->values;
    for (float& value : picture->secondary) value *= 1e-9f;
    picture->secondaryName = QStringLiteral("=mass");
    QTemporaryDir folder;
    QString error;
    const QString path = folder.filePath(QStringLiteral("map.csv"));
    QVERIFY2(exportHeatmapCsv(*picture, path, &error), qPrintable(error));
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QList<QStringList> records = parseCsv(file.readAll());
    QCOMPARE(records.size(), 1 + 13 * 17);
    QCOMPARE(records[0], QStringList({"Layer", "Expert", "Share of tokens", "'=mass", "edit"}));
    static const QHash<CellEdit, QString> names{{CellEdit::None, ""}, {CellEdit::Disabled, "disabled"}, {CellEdit::Boosted, "boosted"}, {CellEdit::Damped, "damped"}, {CellEdit::Forced, "forced"}};
    for (int row = 0; row < 13; ++row)
      for (int column = 0; column < 17; ++column) {
        const QStringList& record = records[1 + row * 17 + column];
        QCOMPARE(record.size(), 5);
        QCOMPARE(record[0], picture->rowLabel(row));
        QCOMPARE(record[1], picture->columnLabel(column));
        const float value = picture->value(row, column);
        if (std::isnan(value)) {
          QVERIFY(record[2].isEmpty() && record[3].isEmpty());
        } else {
          QCOMPARE(record[2].toFloat(), value);
          QCOMPARE(record[3].toFloat(), picture->secondaryValue(row, column));
        }
        QCOMPARE(record[4], names[picture->edit(row, column)]);
      }
  }
  void aPathThatCannotBeWrittenIsNamed() {
    const HeatmapPainter painter = painterOf(randomPicture(3, 3, 1));
    const QString path = QStringLiteral("/nonexistent/folder/map");
    for (int kind = 0; kind < 3; ++kind) {
      QString error;
      const bool done = kind == 0   ? exportHeatmapPng(painter, {64, 64}, path, &error)
                        : kind == 1 ? exportHeatmapSvg(painter, {64, 64}, path, &error)
                                    : exportHeatmapCsv(*painter.snapshot, path, &error);
      QVERIFY(!done);
      QVERIFY2(error.startsWith(path) && error.size() > path.size() + 20, qPrintable(error));
      // A caller that does not ask is no reason to crash.
      QVERIFY(!exportHeatmapPng(painter, {64, 64}, path, nullptr));
    }
  }

 private:
  std::unique_ptr<Theme> theme_;
};

QTEST_MAIN(TestHeatmapPicture)
#include "test_heatmap_picture.moc"
