// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/remembered.h"

#include <QComboBox>
#include <QDateEdit>
#include <QDoubleSpinBox>
#include <QEvent>
#include <QHeaderView>
#include <QJsonArray>
#include <QJsonObject>
#include <QLineEdit>
#include <QPointer>
#include <QSplitter>
#include <QTabBar>
#include <QTabWidget>
#include <QTableView>

#include <algorithm>

#include "app/shell/settings.h"

namespace roundhouse::app {
namespace {

constexpr int kLargest = 100'000;     // pixels
constexpr int kNarrowest = 24;        // column
constexpr int kLongestText = 1000;
constexpr int kSections = 64;
const QString kColumns = QStringLiteral("columns"), kSorted = QStringLiteral("sorted"), kDescending = QStringLiteral("descending");

QString keyOf(const QObject* widget) {
  Q_ASSERT(!widget->objectName().isEmpty());
  return QStringLiteral("view/") + widget->objectName();
}

QJsonArray toJson(const QList<int>& numbers) {
  QJsonArray array;
  for (const int each : numbers) array.append(each);
  return array;
}

// So many sizes in pixels, or none.
QList<int> sizes(const QJsonValue& value, int count) {
  const QJsonArray array = value.toArray();
  QList<int> found;
  if (array.size() != count) return found;
  for (const QJsonValue& each : array) found.append(each.toInt(-1));
  const auto outside = [](int each) { return each < 0 || each > kLargest; };
  if (std::any_of(found.begin(), found.end(), outside)) found.clear();
  return found;
}

QString pageName(const QTabWidget* tabs, int at) {
  const QString data = tabs->tabBar()->tabData(at).toString();
  return data.isEmpty() ? tabs->widget(at)->objectName() : data;
}

// Widths that the user gives with the mouse; those that the program gives are not kept.
class ColumnWidths : public QObject {
 public:
  ColumnWidths(Settings& settings, QTableView* table) : QObject(table), settings_(settings), table_(table) {
    header()->viewport()->installEventFilter(this);
    // The columns may be there only once the model has its first rows.
    QObject::connect(header(), &QHeaderView::sectionCountChanged, this, [this] { apply(); });
    apply();
  }
  bool byUser() const { return by_user_; }

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override {
    if (event->type() == QEvent::MouseButtonPress || event->type() == QEvent::MouseButtonDblClick) before_ = widths();
    else if (event->type() == QEvent::MouseButtonRelease) keepIfChanged();
    return QObject::eventFilter(watched, event);
  }

 private:
  QHeaderView* header() const { return table_->horizontalHeader(); }
  QList<int> widths() const {
    QList<int> all;
    for (int i = 0; i < header()->count(); ++i) all.append(header()->sectionSize(i));
    return all;
  }
  void keepIfChanged() {
    const QList<int> now = widths();
    if (before_.size() != now.size() || before_ == now) return;
    by_user_ = true;
    QJsonObject kept = settings_.value(keyOf(table_)).toObject();
    kept.insert(kColumns, toJson(now));
    settings_.set(keyOf(table_), kept);
  }
  void apply() {
    const QList<int> kept = sizes(settings_.value(keyOf(table_)).toObject().value(kColumns), header()->count());
    for (int i = 0; i < kept.size(); ++i) {
      if (header()->sectionResizeMode(i) == QHeaderView::Interactive) header()->resizeSection(i, std::max(kNarrowest, kept[i]));
    }
    by_user_ |= !kept.isEmpty();
  }

  Settings& settings_;
  QTableView* table_;
  QList<int> before_;
  bool by_user_ = false;
};

}  // namespace

void remember(Settings& settings, QSplitter* splitter) {
  const QString key = keyOf(splitter);
  const QList<int> kept = sizes(settings.value(key), splitter->count());
  if (std::any_of(kept.begin(), kept.end(), [](int size) { return size > 0; })) splitter->setSizes(kept);
  QObject::connect(splitter, &QSplitter::splitterMoved, splitter, [&settings, splitter, key] { settings.set(key, toJson(splitter->sizes())); });
}

void remember(Settings& settings, QTabWidget* tabs) {
  chooseRemembered(settings, tabs);
  // By hand or by the room: what was last on show. Not what is left over when a page goes.
  QObject::connect(tabs, &QTabWidget::currentChanged, tabs, [&settings, tabs, shown = QPointer<QWidget>(tabs->currentWidget())](int at) mutable {
    const bool there = tabs->indexOf(shown) >= 0;
    shown = tabs->widget(at);
    if (there && shown) settings.set(keyOf(tabs), pageName(tabs, at));
  });
}

void chooseRemembered(const Settings& settings, QTabWidget* tabs) {
  const QString wanted = settings.text(keyOf(tabs));
  for (int i = 0; i < tabs->count() && !wanted.isEmpty(); ++i) {
    if (pageName(tabs, i) == wanted) tabs->setCurrentIndex(i);
  }
}

void remember(Settings& settings, QComboBox* box) {
  const QString key = keyOf(box);
  const QString kept = settings.text(key);
  for (int i = 0; i < box->count() && settings.value(key).isString(); ++i) {
    if (box->itemData(i).toString() == kept) box->setCurrentIndex(i);
  }
  QObject::connect(box, &QComboBox::currentIndexChanged, box, [&settings, box, key] { settings.set(key, box->currentData().toString()); });
}

void remember(Settings& settings, QLineEdit* line) {
  const QString key = keyOf(line);
  const QString kept = settings.text(key);
  if (!kept.isEmpty() && kept.size() <= kLongestText) line->setText(kept);
  QObject::connect(line, &QLineEdit::textChanged, line, [&settings, key](const QString& text) { settings.set(key, text.left(kLongestText)); });
}

void remember(Settings& settings, QDateEdit* day) {
  const QString key = keyOf(day);
  if (const QDate kept = QDate::fromString(settings.text(key), Qt::ISODate); kept.isValid()) day->setDate(kept);
  QObject::connect(day, &QDateEdit::dateChanged, day, [&settings, key](const QDate& date) { settings.set(key, date.toString(Qt::ISODate)); });
}

void remember(Settings& settings, QDoubleSpinBox* number) {
  const QString key = keyOf(number);
  if (const QJsonValue kept = settings.value(key); kept.isDouble()) number->setValue(kept.toDouble());  // within its range
  QObject::connect(number, &QDoubleSpinBox::valueChanged, number, [&settings, key](double value) { settings.set(key, value); });
}

void remember(Settings& settings, QTableView* table) {
  const QString key = keyOf(table);
  new ColumnWidths(settings, table);
  if (!table->isSortingEnabled()) return;
  const QJsonObject kept = settings.value(key).toObject();
  const int column = kept.value(kSorted).toInt(-2);
  if (column >= -1 && column < kSections) {
    table->sortByColumn(column, kept.value(kDescending).toBool() ? Qt::DescendingOrder : Qt::AscendingOrder);
  }
  QObject::connect(table->horizontalHeader(), &QHeaderView::sortIndicatorChanged, table, [&settings, key](int at, Qt::SortOrder order) {
    QJsonObject now = settings.value(key).toObject();
    now.insert(kSorted, at);
    now.insert(kDescending, order == Qt::DescendingOrder);
    settings.set(key, now);
  });
}

bool hasUserWidths(const QTableView* table) {
  const QObjectList& parts = table->children();
  for (const QObject* each : parts) {
    if (const auto* widths = dynamic_cast<const ColumnWidths*>(each)) return widths->byUser();
  }
  return false;
}

}  // namespace roundhouse::app
