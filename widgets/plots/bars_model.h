// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractListModel>
#include <QString>

#include <vector>

namespace roundhouse::widgets {

enum class BarKind : quint8 {
  Chosen,    // filled bar
  RunnerUp,  // outlined bar
  Disabled,  // hatched, struck out
};

struct Bar {
  QString label;   // "Expert 17"
  double value = 0;
  BarKind kind = BarKind::Chosen;
  QString note;    // short text behind the value, e.g. "boosted"
  int id = -1;     // whatever the owner wants back
};

// Immutable once shared by value.
struct BarSet {
  std::vector<Bar> bars;
  QString unit;
  double unitScale = 1;
  double maximum = 0;  // end of the scale; 0: from the data
};

class BarsModel : public QAbstractListModel {
  Q_OBJECT
 public:
  enum Role { ValueRole = Qt::UserRole, ShareRole, KindRole, NoteRole, IdRole };
  using QAbstractListModel::QAbstractListModel;

  void setBars(BarSet bars);
  const BarSet& bars() const { return bars_; }
  QString valueText(int row) const;
  // label,value,kind,note
  QByteArray csv() const;

  int rowCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;

 private:
  BarSet bars_;
  double maximum_ = 1;
  int decimals_ = 0;
};

}  // namespace roundhouse::widgets
