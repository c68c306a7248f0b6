// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/models/models_model.h"

#include <QFileInfo>
#include <QLocale>

#include <algorithm>

#include "app/shell/engine_text.h"
#include "app/shell/format.h"
#include "widgets/style/tokens.h"

namespace roundhouse::app {

namespace {

bool isNumber(int column) {
  return column == ModelsModel::Size || column == ModelsModel::Context || column == ModelsModel::Parameters;
}

}  // namespace

QString expertsText(const RoutingLayout& layout) {
  if (layout.layers.empty()) return ModelsModel::tr("dense");
  return ModelsModel::tr("%1 × %2, top %3").arg(layout.layers.size()).arg(layout.max_experts()).arg(layout.max_top_k());
}

QString typesText(const std::vector<TypeShare>& types) {
  std::vector<TypeShare> sorted = types;
  std::stable_sort(sorted.begin(), sorted.end(), [](const TypeShare& a, const TypeShare& b) { return a.bytes > b.bytes; });
  QStringList names;
  for (const TypeShare& each : sorted) names.append(QString::fromStdString(each.type));
  return names.join(QStringLiteral(", "));
}

void ModelsModel::clear() {
  beginResetModel();
  models_.clear();
  endResetModel();
}

void ModelsModel::add(const FoundModel& model) {
  if (const int row = rowOf(model.path); row >= 0) {
    models_[row] = model;
    Q_EMIT dataChanged(index(row, 0), index(row, ColumnCount - 1));
    return;
  }
  beginInsertRows({}, int(models_.size()), int(models_.size()));
  models_.append(model);
  endInsertRows();
}

int ModelsModel::rowOf(const QString& path) const {
  for (int row = 0; row < int(models_.size()); ++row) {
    if (models_[row].path == path) return row;
  }
  return -1;
}

void ModelsModel::stateChanged() {
  if (!models_.isEmpty()) Q_EMIT dataChanged(index(0, State), index(int(models_.size()) - 1, State));
}

void ModelsModel::setLoaded(const QStringList& loaded, const QString& current) {
  loaded_ = loaded;
  current_ = current;
  stateChanged();
}

void ModelsModel::setLoading(const QList<LoadState>& loading) {
  loading_ = loading;
  stateChanged();
}

void ModelsModel::setFailure(const QString& path, const std::optional<Error>& error) {
  if (error) failures_.insert(path, *error);
  else failures_.remove(path);
  stateChanged();
}

QString ModelsModel::reason(const FoundModel& model) const {
  if (model.error) return errorLine(*model.error);
  if (model.info && model.info->not_loadable) return errorLine(*model.info->not_loadable);
  return {};
}

QString ModelsModel::stateText(const FoundModel& model) const {
  for (const LoadState& each : loading_) {
    if (each.path != model.path) continue;
    return each.stage.isEmpty() ? tr("Waiting") : tr("Loading, %1 %").arg(int(each.fraction * 100));
  }
  if (loaded_.contains(model.path)) return model.path == current_ ? tr("Loaded, answers") : tr("Loaded");
  if (const QString why = reason(model); !why.isEmpty()) return tr("Cannot be loaded: %1").arg(why);
  if (failures_.contains(model.path)) return tr("Loading failed: %1").arg(errorLine(failures_.value(model.path)));
  return tr("Can be loaded");
}

QString ModelsModel::text(const FoundModel& model, int column) const {
  const ModelInfo info = model.info.value_or(ModelInfo{});
  switch (column) {
    case Name:
      return model.info ? modelTitle(info) : QFileInfo(model.path).fileName();
    case Architecture: return QString::fromStdString(info.architecture);
    case Size: return bytesText(model.bytes);
    case Parameters:
      if (!info.parameters) return {};
      return info.active_parameters && info.active_parameters < info.parameters
                 ? tr("%1, %2 active").arg(countText(info.parameters), countText(info.active_parameters))
                 : countText(info.parameters);
    case Experts: return model.info && info.layers > 0 ? expertsText(info.routing) : QString();
    case Types: return typesText(info.types);
    case Context: return info.context_tokens > 0 ? tr("%1 tokens").arg(QLocale().toString(info.context_tokens)) : QString();
    case License: return QString::fromStdString(info.license);
    case State: return stateText(model);
    default: return {};
  }
}

QVariant ModelsModel::sortValue(const FoundModel& model, int column) const {
  const ModelInfo info = model.info.value_or(ModelInfo{});
  switch (column) {
    case Size: return qulonglong(model.bytes);
    case Parameters: return qulonglong(info.parameters);
    case Experts: return qulonglong(info.routing.layers.size()) * 100000 + qulonglong(info.routing.max_experts());
    case Context: return info.context_tokens;
    default: return text(model, column).toCaseFolded();
  }
}

int ModelsModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : int(models_.size()); }

int ModelsModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : ColumnCount; }

QVariant ModelsModel::data(const QModelIndex& index, int role) const {
  if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid)) return {};
  const FoundModel& model = models_[index.row()];
  switch (role) {
    case Qt::DisplayRole: return text(model, index.column());
    case Qt::ToolTipRole: return index.column() == Name ? model.path : text(model, index.column());
    case Qt::TextAlignmentRole:
      if (isNumber(index.column())) return int(Qt::AlignRight | Qt::AlignVCenter);
      return {};
    case Qt::ForegroundRole:
      if (index.column() == State && !loaded_.contains(model.path) && (!reason(model).isEmpty() || failures_.contains(model.path))) return widgets::Tokens::current()[widgets::ColorToken::Danger];
      return {};
    case SortRole: return sortValue(model, index.column());
    case PathRole: return model.path;
    default: return {};
  }
}

QVariant ModelsModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation == Qt::Horizontal && role == Qt::TextAlignmentRole && isNumber(section)) return int(Qt::AlignRight | Qt::AlignVCenter);
  if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return {};
  switch (section) {
    case Name: return tr("Name");
    case Architecture: return tr("Architecture");
    case Size: return tr("Size");
    case Parameters: return tr("Parameters");
    case Experts: return tr("Experts");
    case Types: return tr("Types");
    case Context: return tr("Context");
    case License: return tr("Licence");
    case State: return tr("State");
    default: return {};
  }
}

}  // namespace roundhouse::app
