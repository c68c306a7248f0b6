// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QTimer>
#include <QWidget>

#include "app/bridge/answer_snapshot.h"
#include "app/bridge/token_selection.h"
#include "app/panels/routing/routing_exports.h"
#include "app/panels/routing/routing_pictures.h"
#include "app/panels/routing/token_pieces.h"
#include "roundhouse/audit.h"

class QComboBox;
class QLabel;
class QPushButton;
class QTabWidget;
class QTableView;
class QToolButton;

namespace roundhouse::widgets {
class BarsView;
class ElidedLabel;
class HeatmapView;
class MetricView;
class TokenStrip;
}

namespace roundhouse::app {

struct AppContext;
class CompareView;
class DecisionModel;
class EditsEditor;

// The routing of the current conversation's answers: heatmap (live and cumulative), the tokens and the decisions of those
// chosen, balance, co-activation, an expert's tokens, edits, comparison. Follows and sets the shared selection.
class RoutingWidget : public QWidget {
  Q_OBJECT
 public:
  explicit RoutingWidget(AppContext& context, QWidget* parent = nullptr);

  // Hidden, it only remembers what is newest.
  void setActive(bool active);
  void showTab(const QString& objectName);
  widgets::HeatmapView* heatmap() const { return heatmap_; }
  // Nothing is waiting to be drawn.
  bool settled() const;
  // Shows this answer; null: nothing. Also what a trace player calls.
  void setSnapshot(const AnswerSnapshotPtr& snapshot);

 private:
  void buildToolbar(QLayout* into);
  void buildTabs();
  void followAnswer(const AnswerSnapshotPtr& snapshot);
  void followConversation();
  void followShownAnswer();
  void followSelection(const TokenRange& value, QObject* by);
  void scheduleRefresh();
  void refresh();
  void refreshTab();
  void showDetails();
  void chooseCells();
  void fineTuneChosen();
  void answerAgain();
  void chooseTokens(int first, int last);
  void showTokensOf(const widgets::HeatmapCell& cell);
  void showCellMenu(const widgets::HeatmapCell& cell, const QPoint& at);
  void showTokenMenu(const QPoint& at);
  void showTokenTab(const RoutingTrace& trace, int layer);
  struct Export {
    QString text, suffix;
    RoutingExports::Write write;
    AnswerSnapshotPtr answer;  // whose routing it is
  };
  // What the heatmap, the open tab and the trace can be written as: as they are now, whatever is shown when it is written.
  QList<Export> exports() const;
  void exportAs(const Export& kind);
  void exportTo(const QString& path, RoutingExports::Write write, AuditEntry entry);
  void showExported(const QString& path, const QString& error);
  void showExportable();
  // An entry of the conversation on show and the current model: what the next answer will be asked with.
  AuditEntry ofConversation() const;
  std::pair<int, int> range() const;

  AppContext& context_;
  RoutingExports& exports_;
  AnswerSnapshotPtr snapshot_;
  LoadCounter counter_;
  QTimer refresh_, details_;
  bool details_due_ = true;  // something else than a new token: the figures follow at once
  bool active_ = false, following_ = false;
  TokenRange followed_;
  bool looking_back_ = false;  // tokens of another answer than the one on show in Chat are chosen: that may stream unseen
  QString again_of_;  // asked again under an edit; compared with what comes, once that is complete

  widgets::ElidedLabel* title_;
  QLabel* message_;
  QComboBox *measure_, *range_;
  widgets::HeatmapView* heatmap_;
  QTabWidget* tabs_;
  struct DecisionsShown {
    QString answer;
    int from = -1, to = -1;
    int layer = -1;  // whose bars stand beside the table
    bool ofTokens(const DecisionsShown& other) const { return answer == other.answer && from == other.from && to == other.to; }
  };
  DecisionsShown decisions_shown_;
  TokenPieces pieces_;
  widgets::TokenStrip* strip_;
  DecisionModel* decisions_;
  QTableView* decision_table_;
  widgets::BarsView *decision_bars_, *expert_tokens_;
  widgets::MetricView* balance_;
  QLabel *decision_title_, *together_title_, *expert_title_;
  widgets::HeatmapView* together_;
  EditsEditor* edits_;
  CompareView* compare_;
  QToolButton* export_;
  QPushButton* fine_tune_;
};

}  // namespace roundhouse::app
