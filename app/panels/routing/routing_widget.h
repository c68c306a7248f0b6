// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTimer>
#include <QWidget>

#include "app/bridge/answer_snapshot.h"
#include "app/bridge/token_selection.h"
#include "app/panels/routing/routing_pictures.h"

class QAbstractItemModel;
class QComboBox;
class QLabel;
class QTabWidget;
class QTableView;

namespace roundhouse::widgets {
class HeatmapView;
}

namespace roundhouse::app {

struct AppContext;
class BalanceModel;
class CompareView;
class DecisionModel;
class EditsEditor;
class ExpertTokensModel;

// The routing of the current conversation's answers: heatmap (live and cumulative), decisions of the chosen tokens,
// balance, co-activation, an expert's tokens, edits, comparison. Follows and sets the shared selection.
class RoutingWidget : public QWidget {
  Q_OBJECT
 public:
  explicit RoutingWidget(AppContext& context, QWidget* parent = nullptr);

  // Hidden, it only remembers what is newest.
  void setActive(bool active);
  void showTab(const QString& objectName);
  widgets::HeatmapView* heatmap() const { return heatmap_; }
  // Nothing is waiting to be drawn.
  bool settled() const { return !refresh_.isActive() && !details_.isActive(); }
  // Shows this answer; null: nothing. Also what a trace player calls.
  void setSnapshot(const AnswerSnapshotPtr& snapshot);

 private:
  void buildToolbar(QLayout* into);
  void buildTabs();
  void followConversation();
  void followSelection(const TokenRange& value, QObject* by);
  void scheduleRefresh();
  void refresh();
  void refreshTab();
  void showDetails();
  void chooseCells();
  void answerAgain();
  void exportAs(const QString& kind);
  std::pair<int, int> range() const;
  QTableView* table(QAbstractItemModel* model, const QString& name, const char* object);

  AppContext& context_;
  AnswerSnapshotPtr snapshot_;
  LoadCounter counter_;
  QTimer refresh_, details_;
  bool details_due_ = true;  // something else than a new token: the figures follow at once
  bool active_ = false, following_ = false;
  TokenRange followed_;
  QString again_of_;  // asked again under an edit; compared with what comes, once that is complete

  QLabel* title_;
  QLabel* message_;
  QComboBox *measure_, *range_;
  widgets::HeatmapView* heatmap_;
  QTabWidget* tabs_;
  struct DecisionsShown {
    QString answer;
    int from = -1, to = -1;
    bool operator==(const DecisionsShown&) const = default;
  };
  DecisionsShown decisions_shown_;
  DecisionModel* decisions_;
  BalanceModel* balance_;
  ExpertTokensModel* expert_tokens_;
  QTableView *decision_table_, *balance_table_, *expert_table_;
  QLabel *decision_title_, *together_title_, *expert_title_;
  widgets::HeatmapView* together_;
  EditsEditor* edits_;
  CompareView* compare_;
};

}  // namespace roundhouse::app
