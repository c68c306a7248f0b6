// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>
#include <QWidget>

class QListWidget;
class QPushButton;

namespace roundhouse::app {

// Files of one kind, in order: added by a dialog or dropped from the desktop, removed with a button or Delete.
class FileList : public QWidget {
  Q_OBJECT
 public:
  // `filter` is as "Data (*.jsonl)".
  FileList(const QString& name, const QString& dialogTitle, const QString& filter, QWidget* parent = nullptr);

  QStringList files() const;
  void setFiles(const QStringList& files);

 Q_SIGNALS:
  void changed();

 protected:
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void add(const QStringList& files);
  void removeChosen();
  void refresh();

  QListWidget* list_;
  QPushButton *add_, *remove_;
};

}  // namespace roundhouse::app
