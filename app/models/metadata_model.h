// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractTableModel>

#include <string>
#include <utility>
#include <vector>

namespace roundhouse::app {

// Keys and values of a model's header, as the file gives them.
class MetadataModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  explicit MetadataModel(QObject* parent = nullptr) : QAbstractTableModel(parent) {}
  void setMetadata(std::vector<std::pair<std::string, std::string>> metadata);

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

 private:
  std::vector<std::pair<std::string, std::string>> metadata_;
};

}  // namespace roundhouse::app
