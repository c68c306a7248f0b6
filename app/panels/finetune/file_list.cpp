// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/finetune/file_list.h"

#include <QDragEnterEvent>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QListWidget>
#include <QMimeData>
#include <QPushButton>
#include <QVBoxLayout>

#include "app/shell/open_dialog.h"
#include "widgets/controls/focus_home.h"
#include "widgets/style/icon.h"
#include "widgets/style/metrics.h"

namespace roundhouse::app {
namespace {

constexpr int kMostRows = 4;

QStringList localFiles(const QMimeData* data) {
  QStringList files;
  for (const QUrl& url : data->urls()) {
    if (url.isLocalFile()) files.append(url.toLocalFile());
  }
  return files;
}

}  // namespace

FileList::FileList(const QString& name, const QString& dialogTitle, const QString& filter, QWidget* parent)
    : QWidget(parent), list_(new QListWidget(this)), add_(new QPushButton(widgets::icon(QStringLiteral("add")), tr("Add…"), this)),
      remove_(new QPushButton(widgets::icon(QStringLiteral("remove")), tr("Remove"), this)) {
  list_->setObjectName(QStringLiteral("files"));
  list_->setAccessibleName(name);
  list_->setSelectionMode(QAbstractItemView::ExtendedSelection);
  list_->setTextElideMode(Qt::ElideMiddle);
  list_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  list_->installEventFilter(this);
  add_->setObjectName(QStringLiteral("addFile"));
  add_->setAccessibleName(tr("%1: add a file").arg(name));
  remove_->setObjectName(QStringLiteral("removeFile"));
  remove_->setAccessibleName(tr("%1: remove the marked files").arg(name));
  setAcceptDrops(true);
  setFocusProxy(list_);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(widgets::grid::kTight);
  column->addWidget(list_);
  auto* row = new QHBoxLayout;
  row->setSpacing(widgets::grid::kSmall);
  row->addWidget(add_);
  row->addWidget(remove_);
  row->addStretch(1);
  column->addLayout(row);
  connect(add_, &QPushButton::clicked, this, [this, dialogTitle, filter] {
    askOpenPath(this, dialogTitle, filter, [this](const QString& path) { add({path}); });
  });
  connect(remove_, &QPushButton::clicked, this, &FileList::removeChosen);
  connect(list_, &QListWidget::itemSelectionChanged, this, [this] { remove_->setEnabled(!list_->selectedItems().isEmpty()); });
  widgets::keepFocusAt(list_, {remove_});
  refresh();
}

QStringList FileList::files() const {
  QStringList files;
  for (int i = 0; i < list_->count(); ++i) files.append(list_->item(i)->data(Qt::UserRole).toString());
  return files;
}

void FileList::setFiles(const QStringList& files) {
  if (files == this->files()) return;
  list_->clear();
  add(files);
}

void FileList::add(const QStringList& added) {
  const QStringList before = files();
  for (const QString& file : added) {
    if (before.contains(file)) continue;
    auto* item = new QListWidgetItem(QFileInfo(file).fileName(), list_);
    item->setData(Qt::UserRole, file);
    item->setToolTip(file);
  }
  refresh();
  Q_EMIT changed();
}

void FileList::removeChosen() {
  if (list_->selectedItems().isEmpty()) return;
  qDeleteAll(list_->selectedItems());
  refresh();
  Q_EMIT changed();
}

void FileList::refresh() {
  const int rows = std::clamp(list_->count(), 1, kMostRows);
  const int row = std::max(list_->sizeHintForRow(0), fontMetrics().height() + widgets::grid::kSmall);
  list_->setFixedHeight(rows * row + 2 * list_->frameWidth() + widgets::grid::kTight);
  remove_->setEnabled(!list_->selectedItems().isEmpty());
}

void FileList::dragEnterEvent(QDragEnterEvent* event) {
  if (!localFiles(event->mimeData()).isEmpty()) event->acceptProposedAction();
}

void FileList::dropEvent(QDropEvent* event) {
  add(localFiles(event->mimeData()));
  event->acceptProposedAction();
}

bool FileList::eventFilter(QObject* watched, QEvent* event) {
  if (watched == list_ && event->type() == QEvent::KeyPress && static_cast<QKeyEvent*>(event)->key() == Qt::Key_Delete) {
    removeChosen();
    return true;
  }
  return QWidget::eventFilter(watched, event);
}

}  // namespace roundhouse::app
