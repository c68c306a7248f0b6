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

}  // namespace roundhouse::app
