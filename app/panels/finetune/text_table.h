// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractTableModel>
#include <QList>
#include <QString>
#include <QStringList>

namespace roundhouse::app {

// Texts in rows and columns, as somebody else made them: modules of an adapter, lines of a file with their problems, settings that
// differ. A longer table that begins as the one before gets its new rows, so that choice and scrolling stay.
class TextTable : public QAbstractTableModel {
  Q_OBJECT
 public:
  explicit TextTable(QStringList titles, QObject* parent = nullptr) : QAbstractTableModel(parent), titles_(std::move(titles)) {}

  // Columns of figures stand at the right.
  void setFigures(const QList<int>& columns) { figures_ = columns; }
  void setTitles(const QStringList& titles);
  void setRows(QList<QStringList> rows);
  const QList<QStringList>& rows() const { return rows_; }
  QByteArray csv() const;

  int rowCount(const QModelIndex& parent = {}) const override { return parent.isValid() ? 0 : int(rows_.size()); }
  int columnCount(const QModelIndex& parent = {}) const override { return parent.isValid() ? 0 : int(titles_.size()); }
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  QStringList titles_;
  QList<int> figures_;
  QList<QStringList> rows_;
};

}  // namespace roundhouse::app
