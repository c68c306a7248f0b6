// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "app/shell/app_context.h"

class QFormLayout;
class QKeySequenceEdit;
class QLabel;
class QListWidget;
class QPushButton;
class QSortFilterProxyModel;
class QStackedWidget;
class QTableView;

namespace roundhouse::widgets {
class ErrorBar;
}

namespace roundhouse::app {

// What is remembered, by section. Each change counts at once, or says when it will.
class SettingsWidget : public QWidget {
  Q_OBJECT
 public:
  explicit SettingsWidget(AppContext& context, QWidget* parent = nullptr);

  QListWidget* sections() const { return sections_; }
  // "look", "models", "engine", "evidence", "network", "shortcuts", "about"
  void showSection(const QString& id);

 protected:
  void showEvent(QShowEvent* event) override;

 private:
  QWidget* addSection(const QString& id, const QString& title, const QString& icon);  // its column's owner
  void buildLook();
  void buildModels();
  void buildEngine();
  void buildEvidence();
  void buildKeptAnswers(QWidget* page);
  void showKept();
  void deleteKept();
  void buildNetwork();
  void buildShortcuts();
  void buildAbout();
  void showShortcut();
  void setShortcut();
  QString belongsTo(const QKeySequence& keys, const QString& id) const;

  AppContext& context_;
  QListWidget* sections_;
  QStackedWidget* pages_;
  // kept answers
  QLabel* kept_ = nullptr;
  QPushButton* delete_kept_ = nullptr;
  widgets::ErrorBar* kept_problem_ = nullptr;
  // shortcuts
  QSortFilterProxyModel* shortcuts_ = nullptr;
  QTableView* shortcut_table_ = nullptr;
  QKeySequenceEdit* keys_ = nullptr;
  QPushButton *set_keys_ = nullptr, *reset_keys_ = nullptr, *clear_keys_ = nullptr;
  QLabel* conflict_ = nullptr;
};

}  // namespace roundhouse::app
