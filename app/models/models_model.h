// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractTableModel>
#include <QHash>

#include "app/bridge/engine_controller.h"
#include "app/models/model_scanner.h"

namespace roundhouse::app {

// The models that were found, in the order of finding, and what is loaded of them.
class ModelsModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Column { Name, State, Architecture, Size, Parameters, Experts, Types, Context, License, ColumnCount };
  enum Role { SortRole = Qt::UserRole, PathRole };

  explicit ModelsModel(QObject* parent = nullptr) : QAbstractTableModel(parent) {}

  void clear();
  void add(const FoundModel& model);
  // Paths that are loaded, the current one, and what is being loaded.
  void setLoaded(const QStringList& loaded, const QString& current);
  void setLoading(const QList<LoadState>& loading);
  void setFailure(const QString& path, const std::optional<Error>& error);  // of the last try to load it
  const FoundModel* at(int row) const { return row >= 0 && row < int(models_.size()) ? &models_[row] : nullptr; }
  int rowOf(const QString& path) const;
  bool isLoaded(const QString& path) const { return loaded_.contains(path); }
  // Why it cannot be loaded, or an empty string.
  QString reason(const FoundModel& model) const;
  std::optional<Error> failure(const QString& path) const { return failures_.contains(path) ? std::optional(failures_.value(path)) : std::nullopt; }

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

 private:
  QString text(const FoundModel& model, int column) const;
  QVariant sortValue(const FoundModel& model, int column) const;
  QString stateText(const FoundModel& model) const;
  void stateChanged();

  QList<FoundModel> models_;
  QStringList loaded_;
  QString current_;
  QList<LoadState> loading_;
  QHash<QString, Error> failures_;
};

// "29 x 16, top 4": routed layers, experts, used ones. "dense" without experts.
QString expertsText(const RoutingLayout& layout);
QString typesText(const std::vector<TypeShare>& types);

}  // namespace roundhouse::app
