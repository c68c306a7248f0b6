// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/routing/edits_editor.h"

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QGridLayout>
#include <QLabel>
#include <QListWidget>
#include <QLocale>
#include <QMenu>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSpinBox>

#include <algorithm>
#include <cmath>
#include <utility>

#include "app/shell/background.h"
#include "app/shell/format.h"
#include "app/shell/open_dialog.h"
#include "app/shell/remembered.h"
#include "app/shell/save_dialog.h"
#include "app/shell/settings.h"
#include "widgets/controls/action_button.h"
#include "widgets/controls/focus_home.h"
#include "widgets/controls/spin_box.h"

namespace roundhouse::app {

EditsEditor::EditsEditor(QWidget* parent) : QWidget(parent) {
  setObjectName(QStringLiteral("routingEdits"));
  target_label_ = new QLabel(this);
  target_label_->setWordWrap(true);
  disable_ = widgets::makeActionButton(this, QStringLiteral("routingDisable"), tr("Disable"), tr("The chosen experts get no token."));
  boost_ = widgets::makeActionButton(this, QStringLiteral("routingBoost"), tr("Boost"), tr("Adds to the chosen experts' router logits."));
  force_ = widgets::makeActionButton(this, QStringLiteral("routingForce"), tr("Force"), tr("The chosen experts answer every token."));
  amount_ = new widgets::DoubleSpinBox(this);
  amount_->setRange(-50, 50);
  amount_->setValue(1);
  amount_->setSingleStep(0.5);
  amount_->setObjectName(QStringLiteral("routingBoostAmount"));
  amount_->setAccessibleName(tr("Boost in logits"));
  top_k_layer_ = new QComboBox(this);
  top_k_layer_->setObjectName(QStringLiteral("routingTopKLayer"));
  top_k_layer_->setAccessibleName(tr("Layer whose number of experts is set"));
  top_k_ = new widgets::SpinBox(this);
  top_k_->setObjectName(QStringLiteral("routingTopK"));
  top_k_->setAccessibleName(tr("Active experts per token"));
  top_k_->setSpecialValueText(tr("as trained"));
  top_k_->setKeyboardTracking(false);
  top_k_rest_.setSingleShot(true);
  top_k_rest_.setInterval(400);
  list_ = new QListWidget(this);
  list_->setObjectName(QStringLiteral("routingEditList"));
  list_->setAccessibleName(tr("Routing edits in force"));
  list_->setSelectionMode(QAbstractItemView::ExtendedSelection);
  remove_ = widgets::makeActionButton(this, QStringLiteral("routingEditRemove"), tr("Remove"), tr("Takes the marked edits back."));
  clear_ = widgets::makeActionButton(this, QStringLiteral("routingEditClear"), tr("Remove all"), tr("Restores the model's own routing."));
  save_ = widgets::makeActionButton(this, QStringLiteral("routingEditSave"), tr("Save…"), tr("Writes the edits to a file."));
  load_ = widgets::makeActionButton(this, QStringLiteral("routingEditLoad"), tr("Open…"), tr("Reads edits from a file."));
  again_ = widgets::makeActionButton(this, QStringLiteral("routingAnswerAgain"), tr("Answer again with this edit"), tr("Asks the same question under these edits, as a branch."));
  again_->setDefault(true);
  error_ = new QLabel(this);
  error_->setObjectName(QStringLiteral("routingEditError"));
  error_->setTextFormat(Qt::PlainText);
  error_->setWordWrap(true);
  error_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  error_->setVisible(false);

  auto* grid = new QGridLayout(this);
  grid->setContentsMargins(8, 8, 8, 8);
  grid->setSpacing(8);
  grid->addWidget(target_label_, 0, 0, 1, 5);
  grid->addWidget(disable_, 1, 0);
  grid->addWidget(force_, 1, 1);
  grid->addWidget(boost_, 1, 2);
  grid->addWidget(amount_, 1, 3);
  auto* experts = new QLabel(tr("Active &experts:"), this);
  experts->setBuddy(top_k_);
  grid->addWidget(experts, 2, 0);
  grid->addWidget(top_k_, 2, 1);
  grid->addWidget(top_k_layer_, 2, 2, 1, 2);
  grid->addWidget(list_, 3, 0, 1, 5);
  grid->addWidget(remove_, 4, 0);
  grid->addWidget(clear_, 4, 1);
  grid->addWidget(save_, 4, 2);
  grid->addWidget(load_, 4, 3);
  grid->addWidget(error_, 5, 0, 1, 5);
  grid->addWidget(again_, 6, 0, 1, 5);
  grid->setColumnStretch(4, 1);
  grid->setRowStretch(3, 1);

  connect(disable_, &QPushButton::clicked, this, [this] { apply(ExpertAction::disable); });
  connect(boost_, &QPushButton::clicked, this, [this] { apply(ExpertAction::boost); });
  connect(force_, &QPushButton::clicked, this, [this] { apply(ExpertAction::force); });
  connect(amount_, &QDoubleSpinBox::valueChanged, this, [this](double amount) { boost_->setText(amount < 0 ? tr("Damp") : tr("Boost")); });
  connect(top_k_, &QSpinBox::valueChanged, this, [this] {
    top_k_of_ = top_k_layer_->currentData().toInt();
    top_k_rest_.start();
    showAnswerable();
  });
  connect(top_k_, &QSpinBox::editingFinished, this, &EditsEditor::changeTopK);
  connect(&top_k_rest_, &QTimer::timeout, this, &EditsEditor::changeTopK);
  connect(top_k_layer_, &QComboBox::currentIndexChanged, this, [this] {
    wanted_layer_ = top_k_layer_->currentData().toString();
    changeTopK();
    refresh();
  });
  connect(remove_, &QPushButton::clicked, this, &EditsEditor::removeChosen);
  connect(clear_, &QPushButton::clicked, this, [this] { change({}); });
  connect(save_, &QPushButton::clicked, this, &EditsEditor::save);
  connect(load_, &QPushButton::clicked, this, &EditsEditor::load);
  connect(again_, &QPushButton::clicked, this, [this] {
    changeTopK();
    Q_EMIT answerAgainRequested();
  });
  widgets::keepFocusAt(list_, {disable_, boost_, force_, amount_, top_k_, top_k_layer_, remove_, clear_, save_, load_, again_});
  connect(list_, &QListWidget::itemSelectionChanged, this, [this] { remove_->setEnabled(!list_->selectedItems().isEmpty()); });
  refresh();
}

void EditsEditor::setLayout(const RoutingLayout& layout) {
  const bool same = std::ranges::equal(layout.layers, layout_.layers, [](const RoutedLayer& a, const RoutedLayer& b) {
    return a.layer == b.layer && a.experts == b.experts && a.top_k == b.top_k;
  });
  if (same && top_k_layer_->count() > 0) return;
  layout_ = layout;
  const QSignalBlocker quiet(top_k_layer_);
  top_k_layer_->clear();
  top_k_layer_->addItem(tr("in every layer"), -1);
  for (const RoutedLayer& layer : layout.layers) top_k_layer_->addItem(tr("in layer %1").arg(layer.layer), layer.layer);
  int at = 0;
  for (int i = 0; i < top_k_layer_->count(); ++i) {
    if (top_k_layer_->itemData(i).toString() == wanted_layer_) at = i;
  }
  top_k_layer_->setCurrentIndex(at);
  refresh();
}

void EditsEditor::setTargets(const QList<widgets::HeatmapCell>& cells) {
  if (cells == targets_) return;
  targets_ = cells;
  refresh();
}

void EditsEditor::setEdits(const RoutingEdits& edits) {
  // What was tried before is over.
  ++reading_;
  showError({});
  top_k_of_.reset();
  top_k_rest_.stop();
  edits_ = edits;
  refresh();
}

void EditsEditor::setAnswered(const std::optional<RoutingEdits>& edits) {
  answered_ = edits;
  showAnswerable();
}

// An expert number that still rests becomes an edit when the button is pressed.
void EditsEditor::showAnswerable() { again_->setEnabled(answered_ && (top_k_of_ || !(*answered_ == edits_))); }

void EditsEditor::rememberIn(Settings& settings) {
  remember(settings, amount_);
  const QString key = QStringLiteral("view/routingTopKLayer");
  wanted_layer_ = settings.text(key);
  connect(top_k_layer_, &QComboBox::currentIndexChanged, this, [this, &settings, key] { settings.set(key, wanted_layer_); });
}

void EditsEditor::showError(const QString& text) {
  error_->setText(text);
  error_->setVisible(!text.isEmpty());
}

void EditsEditor::apply(ExpertAction action) {
  RoutingEdits next = edits_;
  for (const widgets::HeatmapCell& cell : targets_) {
    if (cell.row < 0 || cell.row >= static_cast<int>(layout_.layers.size())) continue;
    const ExpertEdit edit{layout_.layers[static_cast<size_t>(cell.row)].layer, cell.column, action,
                          action == ExpertAction::boost ? static_cast<float>(amount_->value()) : 0.0f};
    std::erase_if(next.experts, [&](const ExpertEdit& e) { return e.layer == edit.layer && e.expert == edit.expert; });
    next.experts.push_back(edit);
  }
  change(std::move(next));
}

void EditsEditor::changeTopK() {
  if (!top_k_of_) return;
  const std::int32_t layer = *std::exchange(top_k_of_, std::nullopt);
  top_k_rest_.stop();
  RoutingEdits next = edits_;
  std::erase_if(next.top_k, [&](const TopKEdit& e) { return e.layer == layer; });
  if (top_k_->value() > 0) next.top_k.push_back({layer, top_k_->value()});
  change(std::move(next));
}

bool EditsEditor::targeted(const ExpertEdit& edit) const {
  return std::ranges::any_of(targets_, [&](const widgets::HeatmapCell& cell) {
    return cell.row >= 0 && cell.row < static_cast<int>(layout_.layers.size()) && cell.column == edit.expert &&
           layout_.layers[static_cast<size_t>(cell.row)].layer == edit.layer;
  });
}

void EditsEditor::takeBack() {
  RoutingEdits next = edits_;
  std::erase_if(next.experts, [this](const ExpertEdit& edit) { return targeted(edit); });
  change(std::move(next));
}

void EditsEditor::fillMenu(QMenu* menu) {
  menu->addAction(disable_->text(), this, [this] { apply(ExpertAction::disable); });
  menu->addAction(force_->text(), this, [this] { apply(ExpertAction::force); });
  const double amount = amount_->value();
  menu->addAction((amount < 0 ? tr("Damp by %1") : tr("Boost by %1")).arg(QLocale().toString(std::abs(amount))), this, [this] { apply(ExpertAction::boost); });
  menu->addAction(tr("No edit"), this, &EditsEditor::takeBack)
      ->setEnabled(std::ranges::any_of(edits_.experts, [this](const ExpertEdit& edit) { return targeted(edit); }));
}

void EditsEditor::removeChosen() {
  RoutingEdits next = edits_;
  QList<int> rows;
  for (const QListWidgetItem* item : list_->selectedItems()) rows.append(list_->row(item));
  std::sort(rows.begin(), rows.end(), std::greater<>());
  for (const int row : rows) {
    const auto at = static_cast<size_t>(row);
    if (at < next.experts.size()) next.experts.erase(next.experts.begin() + row);
    else if (at - next.experts.size() < next.top_k.size()) next.top_k.erase(next.top_k.begin() + (row - static_cast<int>(edits_.experts.size())));
  }
  change(std::move(next));
}

void EditsEditor::change(RoutingEdits edits) {
  const Status valid = edits.validate(layout_);
  if (!valid.ok()) {
    showError(tr("Not possible: %1").arg(errorDetails(valid.error())));
    refresh();
    return;
  }
  showError({});
  edits_ = std::move(edits);
  refresh();
  Q_EMIT edited(edits_);
}

void EditsEditor::save() {
  showError({});
  askSavePath(this, tr("Save routing edits"), QStringLiteral("routing-edits"), {tr("Routing edits (*.json)")},
              [this](const QString& path) { Q_EMIT saveRequested(path, edits_); });
}

void EditsEditor::load() {
  askOpenPath(this, tr("Open routing edits"), tr("Routing edits (*.json)"), [this](const QString& path) {
    runInBackground(this, [path] { return RoutingEdits::load(path.toStdString()); }, [this, reading = ++reading_](Result<RoutingEdits> loaded) {
      if (reading != reading_) return;
      if (loaded.ok()) change(std::move(loaded).value());
      else showError(errorLine(loaded.error()));
    });
  });
}

void EditsEditor::refresh() {
  const bool some = !targets_.isEmpty();
  if (some) {
    QStringList names;
    for (const auto& cell : targets_.mid(0, 4)) {
      if (cell.row < static_cast<int>(layout_.layers.size())) {
        names.append(tr("layer %1, expert %2").arg(layout_.layers[static_cast<size_t>(cell.row)].layer).arg(cell.column));
      }
    }
    if (targets_.size() > 4) names.append(tr("and %n more", nullptr, static_cast<int>(targets_.size()) - 4));
    target_label_->setText(tr("Chosen: %1").arg(names.join(QStringLiteral("; "))));
  } else {
    target_label_->setText(tr("Choose experts in the heatmap to edit them."));
  }
  for (QWidget* w : {static_cast<QWidget*>(disable_), static_cast<QWidget*>(boost_), static_cast<QWidget*>(force_), static_cast<QWidget*>(amount_)}) {
    w->setEnabled(some);
  }
  list_->clear();
  for (const ExpertEdit& edit : edits_.experts) list_->addItem(editText(edit));
  for (const TopKEdit& edit : edits_.top_k) list_->addItem(editText(edit));
  remove_->setEnabled(false);
  clear_->setEnabled(!edits_.empty());
  save_->setEnabled(!edits_.empty());
  const QSignalBlocker quiet(top_k_);
  top_k_->setRange(0, std::max(1, layout_.max_experts()));
  top_k_->setEnabled(!layout_.layers.empty());
  top_k_layer_->setEnabled(!layout_.layers.empty());
  load_->setEnabled(!layout_.layers.empty());
  int wanted = 0;
  for (const TopKEdit& edit : edits_.top_k) {
    if (edit.layer == top_k_layer_->currentData().toInt()) wanted = edit.top_k;
  }
  if (!top_k_of_) top_k_->setValue(wanted);
  showAnswerable();
}

}  // namespace roundhouse::app
