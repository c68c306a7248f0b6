// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/routing/decision_model.h"

#include <QLocale>

#include <algorithm>
#include <cmath>

namespace roundhouse::app {

namespace {

QString decimals(double value, int digits) {
  return std::isfinite(value) ? QLocale().toString(value, 'f', digits) : QStringLiteral("–");
}

QString choice(int expert, double weight) { return QStringLiteral("%1 · %2").arg(expert).arg(decimals(weight, 2)); }

}  // namespace

void DecisionModel::show(const RoutingTrace& trace, int first, int last) {
  beginResetModel();
  rows_.clear();
  last = std::min(last, trace.token_count());
  for (int l = 0; first >= 0 && first < last && l < trace.layer_count(); ++l) {
    Row row;
    row.text[Layer] = QString::number(trace.layout().layers[static_cast<size_t>(l)].layer);
    QStringList chosen, rest;
    if (last - first == 1) {
      const TokenDecision decision = token_decision(trace, first, l, 3);
      for (const auto& c : decision.selected) chosen.append(choice(c.expert, c.weight));
      for (const auto& c : decision.runners_up) rest.append(choice(c.expert, c.score));
      row.text[Entropy] = decimals(decision.entropy, 3);
      row.text[Margin] = decimals(decision.margin, 4);
    } else {
      const LayerLoad load = layer_load(trace, l, first, last);
      std::vector<size_t> order(load.gate_mass.size());
      for (size_t i = 0; i < order.size(); ++i) order[i] = i;
      std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return load.gate_mass[a] > load.gate_mass[b]; });
      const size_t k = static_cast<size_t>(trace.top_k());
      for (size_t i = 0; i < order.size() && i < k + 3; ++i) {
        if (load.gate_mass[order[i]] <= 0) break;
        (i < k ? chosen : rest).append(choice(static_cast<int>(order[i]), load.gate_mass[order[i]] / (last - first)));
      }
      double margin = 0;
      for (int t = first; t < last; ++t) margin += token_decision(trace, t, l, 1).margin;
      row.text[Entropy] = decimals(load.entropy, 3);
      row.text[Margin] = decimals(margin / (last - first), 4);
    }
    row.text[Experts] = chosen.join(QStringLiteral("   "));
    row.text[RunnersUp] = rest.join(QStringLiteral("   "));
    rows_.push_back(std::move(row));
  }
  endResetModel();
}

int DecisionModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : static_cast<int>(rows_.size()); }
int DecisionModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : ColumnCount; }

QVariant DecisionModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid() || index.row() >= rowCount() || index.column() >= ColumnCount) return {};
  if (role == Qt::DisplayRole) return rows_[static_cast<size_t>(index.row())].text[index.column()];
  if (role == Qt::TextAlignmentRole) {
    const bool words = index.column() == Experts || index.column() == RunnersUp;
    return int((words ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
  }
  return {};
}

QVariant DecisionModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal) return {};
  if (role == Qt::DisplayRole) {
    switch (section) {
      case Layer: return tr("Layer");
      case Experts: return tr("Experts · weight");
      case RunnersUp: return tr("Runners-up · score");
      case Entropy: return tr("Entropy");
      case Margin: return tr("Margin");
    }
  }
  if (role == Qt::ToolTipRole) {
    switch (section) {
      case Entropy: return tr("How evenly the router spread its scores: 0 one expert, 1 all alike.");
      case Margin: return tr("Score of the last chosen expert minus that of the first one left out.");
    }
  }
  return {};
}

void BalanceModel::show(const RoutingTrace& trace, int first, int last) {
  std::vector<Row> rows;
  if (trace.token_count() > 0) {
    for (int l = 0; l < trace.layer_count(); ++l) {
      rows.push_back({trace.layout().layers[static_cast<size_t>(l)].layer, layer_load(trace, l, first, last)});
    }
  }
  // While an answer streams the table stays: only its figures change.
  if (rows.size() == rows_.size() && !rows.empty()) {
    rows_ = std::move(rows);
    Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
    return;
  }
  beginResetModel();
  rows_ = std::move(rows);
  endResetModel();
}

int BalanceModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : static_cast<int>(rows_.size()); }
int BalanceModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : ColumnCount; }

QVariant BalanceModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid() || index.row() >= rowCount() || index.column() >= ColumnCount) return {};
  if (role == Qt::TextAlignmentRole) return int(Qt::AlignRight | Qt::AlignVCenter);
  if (role != Qt::DisplayRole) return {};
  const Row& row = rows_[static_cast<size_t>(index.row())];
  const auto& used = row.load.utilisation;
  switch (index.column()) {
    case Layer: return QString::number(row.layer);
    case Busiest: {
      const auto busiest = std::max_element(used.begin(), used.end());
      return busiest == used.end() ? QString()
                                   : tr("%1 × (expert %2)").arg(decimals(*busiest, 2)).arg(busiest - used.begin());
    }
    case Unused: return QString::number(row.load.unused_experts);
    case Entropy: return decimals(row.load.entropy, 3);
    case Variation: return decimals(row.load.coefficient_of_variation, 3);
    case MaxViolation: return decimals(row.load.max_violation, 3);
    case Jain: return decimals(row.load.jain, 3);
  }
  return {};
}

QVariant BalanceModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || (role != Qt::DisplayRole && role != Qt::ToolTipRole)) return {};
  const bool tip = role == Qt::ToolTipRole;
  switch (section) {
    case Layer: return tr("Layer");
    case Busiest: return tip ? tr("Load of the busiest expert, relative to the mean.") : tr("Busiest");
    case Unused: return tip ? tr("Experts that got no token.") : tr("Unused");
    case Entropy: return tip ? tr("Of the experts' shares: 1 is an even load.") : tr("Entropy");
    case Variation: return tip ? tr("Coefficient of variation: standard deviation over mean.") : tr("CV");
    case MaxViolation: return tip ? tr("(greatest load − mean) / mean") : tr("MaxVio");
    case Jain: return tip ? tr("Jain's fairness index: 1 is an even load.") : tr("Jain");
  }
  return {};
}

QString BalanceModel::toCsv() const {
  QString csv = QStringLiteral("layer,unused,entropy,cv,max_violation,jain\n");
  for (const Row& row : rows_) {
    csv += QStringLiteral("%1,%2,%3,%4,%5,%6\n").arg(row.layer).arg(row.load.unused_experts).arg(row.load.entropy)
               .arg(row.load.coefficient_of_variation).arg(row.load.max_violation).arg(row.load.jain);
  }
  return csv;
}

void ExpertTokensModel::show(std::vector<Row> rows) {
  if (rows.size() == rows_.size() && !rows.empty()) {
    rows_ = std::move(rows);
    Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
    return;
  }
  beginResetModel();
  rows_ = std::move(rows);
  endResetModel();
}

int ExpertTokensModel::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : static_cast<int>(rows_.size()); }
int ExpertTokensModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : ColumnCount; }

QVariant ExpertTokensModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid() || index.row() >= rowCount() || index.column() >= ColumnCount) return {};
  if (role == Qt::TextAlignmentRole) return int((index.column() == Token ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
  if (role != Qt::DisplayRole) return {};
  const Row& row = rows_[static_cast<size_t>(index.row())];
  switch (index.column()) {
    case Token: return row.text;
    case Times: return QLocale().toString(row.count);
    case Mass: return decimals(row.mass, 2);
  }
  return {};
}

QVariant ExpertTokensModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return {};
  switch (section) {
    case Token: return tr("Token");
    case Times: return tr("Times");
    case Mass: return tr("Gate mass");
  }
  return {};
}

}  // namespace roundhouse::app
