// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTimer>
#include <QWidget>

#include "app/models/model_scanner.h"
#include "app/shell/app_context.h"

class QHBoxLayout;
class QLabel;
class QMenu;
class QPushButton;
class QSortFilterProxyModel;
class QSpinBox;
class QSplitter;
class QStackedWidget;
class QTableView;
class QToolButton;
class QVBoxLayout;

namespace roundhouse::widgets {
class EmptyState;
class ErrorBar;
class ProgressLine;
class SearchField;
}

namespace roundhouse::app {

class MemoryBars;
class MemoryModel;
class MetadataModel;
class ModelsModel;

// Every model that was found, and of the chosen one: what it is, what memory it will take and takes, load and unload.
class ModelsWidget : public QWidget {
  Q_OBJECT
 public:
  ModelsWidget(AppContext& context, const QString& embeddedModel, QWidget* parent = nullptr);

  // Only an active panel scans and measures; what it missed it does when it becomes active. The first scan does not
  // wait for that: the palette finds its models.
  void setActive(bool active);
  bool settled() const;
  QTableView* table() const { return table_; }
  ModelsModel& models() const { return *models_; }
  MemoryModel& memory() const { return *memory_; }
  void addFolders(const QStringList& paths);
  void select(const QString& path);

 protected:
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;

 private:
  void buildTools(QVBoxLayout* column);
  QWidget* buildDetails();
  void addCommands();
  void scanFirst();
  void rescan();
  void stopScan();
  void showScanning();
  void endScan(const QString& told);
  void showFound();
  void showMetadataFound();
  void showFolders();
  void showDetails();
  void showMemory();
  void measure();
  void showLoading();
  void loadChosen();
  void unloadChosen();
  const FoundModel* chosen() const;
  LoadOptions loadOptions() const;

  AppContext& context_;
  QString embedded_;
  ModelScanner scanner_;
  ModelsModel* models_;
  QSortFilterProxyModel* sorted_;
  MemoryModel* memory_;
  MetadataModel* metadata_;
  QSortFilterProxyModel* metadata_found_;
  bool active_ = false, stale_ = true, scanned_ = false;
  QString wanted_;              // path to choose once it is found
  QTimer measure_timer_;
  bool measuring_ = false;
  std::weak_ptr<Model> measured_;  // whose memory `used_` is
  MemoryUse used_;

  QTableView* table_;
  widgets::EmptyState* nothing_;
  QStackedWidget *stack_, *metadata_stack_;
  widgets::SearchField *filter_, *metadata_filter_;
  QLabel* scan_state_;
  QToolButton *folders_, *again_;
  QMenu* folder_menu_;
  widgets::ErrorBar* scan_error_;
  QSplitter* splitter_;
  // details
  QLabel *name_, *facts_, *path_, *why_not_, *fits_, *metadata_nothing_;
  QPushButton *load_, *unload_, *use_;
  QSpinBox* context_tokens_;
  widgets::ProgressLine* progress_;
  QString progress_of_;  // path of the model whose load it shows
  widgets::ErrorBar* load_error_;
  MemoryBars* bars_;
  QTableView *memory_table_, *metadata_table_;
};

}  // namespace roundhouse::app
