// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/routing/routing_pictures.h"

#include <QCoreApplication>
#include <QLocale>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "app/panels/routing/token_pieces.h"

namespace roundhouse::app {

namespace {

using widgets::BarSet;
using widgets::CellEdit;
using widgets::HeatmapSnapshot;
using widgets::HeatmapSnapshotPtr;
using widgets::MetricTable;

struct Texts {
  Q_DECLARE_TR_FUNCTIONS(RoutingPictures)
};

void nameAxes(HeatmapSnapshot& picture, const RoutingLayout& layout) {
  picture.rows = static_cast<int>(layout.layers.size());
  picture.columns = layout.max_experts();
  picture.rowTitle = Texts::tr("Layer");
  picture.columnTitle = Texts::tr("Expert");
  for (const RoutedLayer& layer : layout.layers) picture.rowLabels.append(QString::number(layer.layer));
}

bool sameShape(const RoutingLayout& a, const RoutingLayout& b) {
  return std::ranges::equal(a.layers, b.layers, [](const RoutedLayer& x, const RoutedLayer& y) {
    return x.layer == y.layer && x.experts == y.experts;
  });
}

}  // namespace

std::vector<CellEdit> editMarks(const RoutingLayout& layout, const RoutingEdits& edits) {
  if (edits.experts.empty()) return {};
  const auto stride = static_cast<size_t>(layout.max_experts());
  std::vector<CellEdit> marks(layout.layers.size() * stride, CellEdit::None);
  for (const bool own : {false, true}) {
    for (const ExpertEdit& edit : edits.experts) {
      if (own != (edit.layer >= 0)) continue;
      for (size_t l = 0; l < layout.layers.size(); ++l) {
        if (own && layout.layers[l].layer != edit.layer) continue;
        if (edit.expert < 0 || edit.expert >= layout.layers[l].experts) continue;
        const CellEdit mark = edit.action == ExpertAction::disable ? CellEdit::Disabled
                              : edit.action == ExpertAction::force ? CellEdit::Forced
                              : edit.amount < 0 ? CellEdit::Damped : CellEdit::Boosted;
        marks[l * stride + static_cast<size_t>(edit.expert)] = mark;
      }
    }
  }
  return marks;
}

void LoadCounter::count(const QString& answer, const RoutingTrace& trace, int first, int last) {
  last = std::min(last, trace.token_count());
  first = std::clamp(first, 0, std::max(last, 0));
  const auto stride = static_cast<size_t>(trace.layout().max_experts());
  const bool continues = answer == answer_ && first == counted_from_ && last >= counted_to_ && sameShape(trace.layout(), layout_) &&
                         (counted_to_ == counted_from_ || trace.token_id(counted_to_ - 1) == last_token_);
  if (!continues) {
    answer_ = answer;
    layout_ = trace.layout();
    counted_from_ = counted_to_ = first;
    assignments_.assign(layout_.layers.size() * stride, 0.0);
    gate_mass_.assign(assignments_.size(), 0.0);
  }
  for (int t = counted_to_; t < last; ++t) {
    for (int l = 0; l < trace.layer_count(); ++l) {
      const auto ids = trace.ids(t, l);
      const auto weights = trace.weights(t, l);
      for (size_t i = 0; i < ids.size(); ++i) {
        if (ids[i] >= stride) continue;
        assignments_[static_cast<size_t>(l) * stride + ids[i]] += 1.0;
        gate_mass_[static_cast<size_t>(l) * stride + ids[i]] += weights[i];
      }
    }
  }
  counted_to_ = last;
  last_token_ = last > first ? trace.token_id(last - 1) : -1;
}

HeatmapSnapshotPtr LoadCounter::picture(LoadMeasure measure, const RoutingEdits& edits) const {
  auto picture = std::make_shared<HeatmapSnapshot>();
  nameAxes(*picture, layout_);
  const auto stride = static_cast<size_t>(picture->columns);
  picture->values.assign(assignments_.size(), std::numeric_limits<float>::quiet_NaN());
  picture->secondary = picture->values;
  const double count = std::max(tokens(), 1);
  for (size_t l = 0; l < layout_.layers.size(); ++l) {
    double total = 0;
    for (size_t e = 0; e < stride; ++e) total += assignments_[l * stride + e];
    for (size_t e = 0; e < static_cast<size_t>(layout_.layers[l].experts); ++e) {
      const auto share = static_cast<float>(total > 0 ? assignments_[l * stride + e] / total : 0.0);
      const auto mass = static_cast<float>(gate_mass_[l * stride + e] / count);
      picture->values[l * stride + e] = measure == LoadMeasure::Share ? share : mass;
      picture->secondary[l * stride + e] = measure == LoadMeasure::Share ? mass : share;
    }
  }
  const auto name = [](bool share, QString& title, QString& unit, double& scale) {
    title = share ? Texts::tr("Share of assignments") : Texts::tr("Gate mass per token");
    unit = share ? QStringLiteral("%") : QString();
    scale = share ? 100 : 1;
  };
  name(measure == LoadMeasure::Share, picture->valueName, picture->unit, picture->unitScale);
  name(measure != LoadMeasure::Share, picture->secondaryName, picture->secondaryUnit, picture->secondaryScale);
  picture->edits = editMarks(layout_, edits);
  return picture;
}

QList<widgets::HeatmapCell> expertsOf(const RoutingTrace& trace, int first, int last) {
  const auto stride = static_cast<size_t>(trace.layout().max_experts());
  std::vector<bool> seen(static_cast<size_t>(trace.layer_count()) * stride, false);
  QList<widgets::HeatmapCell> cells;
  for (int t = std::max(first, 0); t < std::min(last, trace.token_count()); ++t) {
    for (int l = 0; l < trace.layer_count(); ++l) {
      for (const auto id : trace.ids(t, l)) {
        if (id >= stride || seen[static_cast<size_t>(l) * stride + id]) continue;
        seen[static_cast<size_t>(l) * stride + id] = true;
        cells.append({l, id});
      }
    }
  }
  return cells;
}

HeatmapSnapshotPtr differencePicture(const RoutingTrace& a, const RoutingTrace& b) {
  const auto difference = load_difference(a, b);
  if (!difference.ok()) return {};
  auto picture = std::make_shared<HeatmapSnapshot>();
  nameAxes(*picture, a.layout());
  picture->values.assign(difference->begin(), difference->end());
  picture->valueName = Texts::tr("Difference of shares");
  picture->unit = Texts::tr("% points");
  picture->unitScale = 100;
  return picture;
}

HeatmapSnapshotPtr coActivationPicture(const RoutingTrace& trace, int layer, int first, int last) {
  if (layer < 0 || layer >= trace.layer_count()) return {};
  auto picture = std::make_shared<HeatmapSnapshot>();
  const auto together = co_activation(trace, layer, first, last);
  const int experts = trace.layout().layers[static_cast<size_t>(layer)].experts;
  picture->rows = picture->columns = experts;
  picture->rowTitle = Texts::tr("Expert");
  picture->columnTitle = Texts::tr("with expert");
  picture->values.assign(together.begin(), together.end());
  // The diagonal is 1 by definition and would drown the rest.
  for (int e = 0; e < experts; ++e) picture->values[picture->index(e, e)] = std::numeric_limits<float>::quiet_NaN();
  picture->valueName = Texts::tr("Chosen together");
  picture->unit = QStringLiteral("%");
  picture->unitScale = 100;
  return picture;
}

MetricTable balanceTable(const RoutingTrace& trace, int first, int last) {
  MetricTable table;
  table.rowTitle = Texts::tr("Layer");
  table.columns = {
      {Texts::tr("Busiest"), QStringLiteral("×"), 1, 0, 0, Texts::tr("Load of the busiest expert, relative to the mean.")},
      {Texts::tr("Expert"), {}, 1, 0, 0, Texts::tr("The busiest expert.")},
      {Texts::tr("Unused"), {}, 1, 0, double(trace.layout().max_experts()), Texts::tr("Experts that got no token.")},
      {Texts::tr("Entropy"), {}, 1, 0, 1, Texts::tr("Of the experts' shares: 1 is an even load.")},
      {Texts::tr("CV"), {}, 1, 0, 0, Texts::tr("Coefficient of variation: standard deviation over mean.")},
      {Texts::tr("MaxVio"), {}, 1, 0, 0, Texts::tr("(greatest load − mean) / mean")},
      {Texts::tr("Jain"), {}, 1, 0, 1, Texts::tr("Jain's fairness index: 1 is an even load.")},
  };
  for (int l = 0; last > first && l < trace.layer_count(); ++l) {
    const LayerLoad load = layer_load(trace, l, first, last);
    const auto busiest = std::max_element(load.utilisation.begin(), load.utilisation.end());
    table.rowLabels.append(QString::number(trace.layout().layers[static_cast<size_t>(l)].layer));
    table.values.insert(table.values.end(), {*busiest, double(busiest - load.utilisation.begin()), double(load.unused_experts), load.entropy,
                                             load.coefficient_of_variation, load.max_violation, load.jain});
  }
  return table;
}

BarSet decisionBars(const RoutingTrace& trace, int layer, int first, int last) {
  constexpr int kRunnersUp = 4;
  BarSet set;
  if (layer < 0 || layer >= trace.layer_count() || first < 0 || last > trace.token_count() || first >= last) return set;
  const auto add = [&](int expert, double value, bool chosen, const QString& note) {
    set.bars.push_back({Texts::tr("Expert %1").arg(expert), value, chosen ? widgets::BarKind::Chosen : widgets::BarKind::RunnerUp, note, expert});
  };
  if (last - first == 1) {
    const TokenDecision decision = token_decision(trace, first, layer, kRunnersUp);
    for (const auto& c : decision.selected) {
      add(c.expert, trace.has_scores() ? c.score : c.weight, true, Texts::tr("weight %1").arg(QLocale().toString(c.weight, 'f', 2)));
    }
    for (const auto& c : decision.runners_up) add(c.expert, c.score, false, {});
    return set;
  }
  const LayerLoad load = layer_load(trace, layer, first, last);
  std::vector<int> order(load.gate_mass.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return load.gate_mass[size_t(a)] > load.gate_mass[size_t(b)]; });
  for (size_t i = 0; i < order.size() && i < size_t(trace.top_k() + kRunnersUp) && load.gate_mass[size_t(order[i])] > 0; ++i) {
    const auto times = load.assignments[size_t(order[i])];
    add(order[i], load.gate_mass[size_t(order[i])] / (last - first), true, Texts::tr("%Ln time(s)", nullptr, static_cast<int>(times)));
  }
  return set;
}

QByteArray decisionsCsv(const RoutingTrace& trace, int first, int last) {
  const auto number = [](double value) { return std::isfinite(value) ? QByteArray::number(value, 'g', 9) : QByteArray(); };
  const bool one = last - first == 1;
  QByteArray csv = one ? "layer,expert,chosen,weight,score,entropy,margin\r\n" : "layer,expert,times,mean weight,entropy\r\n";
  for (int l = 0; first >= 0 && first < last && last <= trace.token_count() && l < trace.layer_count(); ++l) {
    const RoutedLayer& layer = trace.layout().layers[static_cast<size_t>(l)];
    const QByteArray name = QByteArray::number(layer.layer) + ',';
    if (one) {
      const TokenDecision decision = token_decision(trace, first, l, layer.experts);
      const QByteArray end = ',' + number(decision.entropy) + ',' + number(decision.margin) + "\r\n";
      const auto row = [&](const TokenDecision::Choice& choice, const char* chosen) {
        const QByteArray score = trace.has_scores() ? number(double(choice.score)) : QByteArray();
        csv += name + QByteArray::number(choice.expert) + ',' + chosen + ',' + number(double(choice.weight)) + ',' + score + end;
      };
      for (const auto& each : decision.selected) row(each, "yes");
      for (const auto& each : decision.runners_up) row(each, "no");
      continue;
    }
    const LayerLoad load = layer_load(trace, l, first, last);
    for (size_t e = 0; e < load.assignments.size(); ++e) {
      if (load.assignments[e] == 0) continue;
      csv += name + QByteArray::number(qulonglong(e)) + ',' + QByteArray::number(qlonglong(load.assignments[e])) + ',' +
             number(load.gate_mass[e] / (last - first)) + ',' + number(load.entropy) + "\r\n";
    }
  }
  return csv;
}

BarSet expertTokenBars(const AnswerSnapshot& answer, int layer, int expert, int first, int last, int limit) {
  BarSet set;
  const RoutingTrace& trace = answer.trace;
  for (const ExpertToken& token : top_tokens(trace, layer, expert, first, last, limit)) {
    QString text;
    for (int t = first; t < last && text.isEmpty(); ++t) {
      if (trace.token_id(t) == token.token_id) text = tokenText(answer, t);
    }
    text = text.isEmpty() ? Texts::tr("token %1").arg(token.token_id) : widgets::visibleToken(text);
    set.bars.push_back({text, token.gate_mass, widgets::BarKind::Chosen, Texts::tr("%Ln time(s)", nullptr, token.count), token.token_id});
  }
  return set;
}

}  // namespace roundhouse::app
