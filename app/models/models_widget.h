// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "app/models/model_scanner.h"
#include "app/shell/app_context.h"

class QHBoxLayout;
class QLabel;
class QSortFilterProxyModel;
class QSplitter;
class QStackedWidget;
class QTableView;
class QToolButton;
class QVBoxLayout;

namespace roundhouse::widgets {
class EmptyState;
class ErrorBar;
class SearchField;
}

namespace roundhouse::app {

class MemoryModel;
class ModelDetails;
class ModelsModel;
struct ModelPaths;

// Every model that was found, and the details of the chosen one.
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
  MemoryModel& memory() const;
  void addFolders(const ModelPaths& paths);
  void select(const QString& path);

 protected:
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;

 private:
  void buildTools(QVBoxLayout* column);
  void addCommands();
  void scanFirst();
  void rescan();
  void stopScan();
  void showScanning();
  void endScan(const QString& told);
  void showFound();
  const FoundModel* chosen() const;

  AppContext& context_;
  QString embedded_;
  ModelScanner scanner_;
  ModelsModel* models_;
  QSortFilterProxyModel* sorted_;
  bool active_ = false, stale_ = true, scanned_ = false;
  QString wanted_;              // path to choose once it is found

  QTableView* table_;
  widgets::EmptyState* nothing_;
  QStackedWidget* stack_;
  widgets::SearchField* filter_;
  QLabel* scan_state_;
  QToolButton* again_;
  widgets::ErrorBar* scan_error_;
  QSplitter* splitter_;
  ModelDetails* details_;
};

}  // namespace roundhouse::app
