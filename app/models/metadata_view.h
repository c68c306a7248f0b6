// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include <string>
#include <utility>
#include <vector>

class QLabel;
class QSortFilterProxyModel;
class QStackedWidget;
class QTableView;

namespace roundhouse::widgets {
class SearchField;
}

namespace roundhouse::app {

class MetadataModel;
class Settings;

// Keys and values of a model's header, with a search over them.
class MetadataView : public QWidget {
  Q_OBJECT
 public:
  explicit MetadataView(Settings& settings, QWidget* parent = nullptr);
  void setMetadata(std::vector<std::pair<std::string, std::string>> metadata);

 private:
  void showFound();

  MetadataModel* metadata_;
  QSortFilterProxyModel* found_;
  widgets::SearchField* filter_;
  QStackedWidget* stack_;
  QTableView* table_;
  QLabel* nothing_;
};

}  // namespace roundhouse::app
