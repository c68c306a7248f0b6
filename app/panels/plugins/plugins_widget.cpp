// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panels/plugins/plugins_widget.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPointer>
#include <QPushButton>
#include <QSplitter>
#include <QStackedWidget>
#include <QTabBar>
#include <QTabWidget>
#include <QTableView>
#include <QVBoxLayout>

#include <algorithm>

#include "app/panels/plugins/failure_text.h"
#include "app/panels/plugins/plugins_model.h"
#include "app/plugins/plugin_service.h"
#include "app/shell/open_folder.h"
#include "app/shell/remembered.h"
#include "app/shell/show_error.h"
#include "widgets/controls/action_button.h"
#include "widgets/controls/empty_state.h"
#include "widgets/controls/error_bar.h"
#include "widgets/controls/focus_home.h"
#include "widgets/controls/progress_line.h"
#include "widgets/controls/table.h"
#include "widgets/style/icon.h"
#include "widgets/style/metrics.h"
#include "widgets/style/text_role.h"

namespace roundhouse::app {
namespace {

namespace grid = widgets::grid;

QString names(const std::vector<plugins::Contribution>& list, const QString& prefix = {}) {
  QStringList lines;
  for (const plugins::Contribution& contribution : list) {
    lines << QStringLiteral("    %1%2: %3").arg(prefix, QString::fromStdString(contribution.name), localText(contribution.summary));
  }
  return lines.join(QLatin1Char('\n'));
}

}  // namespace

PluginsWidget::PluginsWidget(PluginService& service, Settings& settings, QWidget* parent)
    : QWidget(parent), service_(service), settings_(settings), model_(new PluginsModel(this)), open_folder_(openFolder) {
  setObjectName(QStringLiteral("pluginsPanel"));
  tabs_ = new QTabWidget(this);
  tabs_->setObjectName(QStringLiteral("pluginTabs"));
  tabs_->setDocumentMode(true);
  tabs_->setAccessibleName(tr("Plugins and their panels"));
  tabs_->tabBar()->setAccessibleName(tabs_->accessibleName());

  auto* manager = new QWidget(tabs_);
  manager->setObjectName(QStringLiteral("pluginManager"));
  auto* column = new QVBoxLayout(manager);
  column->setContentsMargins(grid::kLarge, grid::kLarge, grid::kLarge, grid::kLarge);
  column->setSpacing(grid::kSmall);

  switch_ = widgets::makeActionButton(this, QStringLiteral("pluginSwitch"), tr("Switch off"), tr("Switches the plugin on or off, here and on the command line. It is remembered and logged."));
  check_ = widgets::makeActionButton(this, QStringLiteral("pluginCheck"), tr("Check again"), tr("Forgets what was found out about it, tries it in a process of its own and starts it."));
  open_ = widgets::makeActionButton(this, QStringLiteral("pluginOpen"), tr("Open its folder"), tr("Shows the plugin's files."));
  rescan_ = widgets::makeActionButton(this, QStringLiteral("pluginRescan"), tr("Look for plugins"), tr("Looks for plugins that were added, tries them and starts them."));
  user_folder_ = widgets::makeActionButton(this, QStringLiteral("pluginUserFolder"), tr("Open your plugins folder"), tr("A folder put in here is found the next time."));

  auto* bar = new QHBoxLayout;
  bar->setSpacing(grid::kSmall);
  bar->addWidget(rescan_);
  bar->addWidget(user_folder_);
  bar->addStretch(1);
  column->addLayout(bar);
  error_ = new widgets::ErrorBar(manager);
  column->addWidget(error_);

  progress_ = new widgets::ProgressLine(manager);
  progress_->setObjectName(QStringLiteral("pluginProgress"));
  column->addWidget(progress_);

  pages_ = new QStackedWidget(manager);
  empty_ = new widgets::EmptyState(pages_);
  empty_->setIcon(QStringLiteral("plugins"));
  empty_->setText(tr("No plugins yet"), tr("Plugins add panels, tools for chat and commands. Put a plugin's folder into your plugins folder, then look for plugins."));
  empty_->setAction(tr("Open your plugins folder"));
  connect(empty_, &widgets::EmptyState::actionTriggered, user_folder_, &QPushButton::click);

  auto* split = new QSplitter(Qt::Horizontal, pages_);
  split->setObjectName(QStringLiteral("pluginSplit"));
  split->setChildrenCollapsible(false);
  table_ = widgets::makeTable(split, QStringLiteral("pluginTable"), tr("Plugins"));
  table_->setModel(model_);
  table_->horizontalHeader()->setSectionResizeMode(PluginsModel::Name, QHeaderView::Stretch);

  auto* chosen_plugin = new QWidget(split);
  auto* detail = new QVBoxLayout(chosen_plugin);
  detail->setContentsMargins(grid::kLarge, 0, 0, 0);
  detail->setSpacing(grid::kSmall);
  const auto label = [&](const char* name, widgets::TextRole role, widgets::Tone tone) {
    auto* made = new QLabel(chosen_plugin);
    made->setObjectName(QString::fromLatin1(name));
    made->setTextFormat(Qt::PlainText);
    made->setWordWrap(true);
    made->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    widgets::setTextRole(made, role, tone);
    detail->addWidget(made);
    return made;
  };
  title_ = label("pluginTitle", widgets::TextRole::Title, widgets::Tone::Normal);
  state_ = label("pluginState", widgets::TextRole::Body, widgets::Tone::Muted);
  reason_ = label("pluginReason", widgets::TextRole::Body, widgets::Tone::Normal);
  auto* actions = new QHBoxLayout;
  actions->setSpacing(grid::kSmall);
  for (QPushButton* each : {switch_, check_, open_}) actions->addWidget(each);
  actions->addStretch(1);
  detail->addLayout(actions);
  details_ = new QPlainTextEdit(chosen_plugin);
  details_->setObjectName(QStringLiteral("pluginDetails"));
  details_->setAccessibleName(tr("What the plugin says of itself"));
  details_->setReadOnly(true);
  detail->addWidget(details_, 1);
  split->addWidget(table_);
  split->addWidget(chosen_plugin);
  split->setStretchFactor(0, 3);
  split->setStretchFactor(1, 2);
  pages_->addWidget(empty_);
  pages_->addWidget(split);
  column->addWidget(pages_, 1);
  tabs_->addTab(manager, widgets::icon(QStringLiteral("plugins")), tr("Manage"));

  auto* whole = new QVBoxLayout(this);
  whole->setContentsMargins(0, 0, 0, 0);
  whole->addWidget(tabs_);

  connect(&service_, &PluginService::changed, this, &PluginsWidget::refresh);
  connect(&service_, &PluginService::failed, this, [this](const Error& error) { showError(error_, error); });
  connect(&service_.panels(), &plugins::PanelLoader::panelsChanged, this, &PluginsWidget::refreshPanels);
  connect(table_->selectionModel(), &QItemSelectionModel::currentRowChanged, this, &PluginsWidget::showChosen);
  connect(rescan_, &QPushButton::clicked, this, [this] { service_.rescan(); });
  connect(progress_, &widgets::ProgressLine::cancelRequested, &service_, &PluginService::cancel);
  connect(user_folder_, &QPushButton::clicked, this, [this] { showFolder(service_.userFolder(), true); });
  connect(open_, &QPushButton::clicked, this, [this] { showFolder(chosen(), false); });
  connect(check_, &QPushButton::clicked, this, [this] {
    error_->dismiss();
    service_.checkAgain(chosen());
  });
  connect(switch_, &QPushButton::clicked, this, [this] {
    error_->dismiss();
    const plugins::PluginInfo* plugin = model_->plugin(table_->currentIndex().row());
    if (plugin) service_.setEnabled(plugin->folder, plugin->state == plugins::PluginState::disabled);
  });
  widgets::keepFocusAt(table_, {switch_, check_, open_, rescan_});
  for (QWidget* each : progress_->findChildren<QWidget*>()) widgets::keepFocusAt(table_, {each});
  refresh();
  refreshPanels();
  remember(settings_, split);
  remember(settings_, table_);
  remember(settings_, tabs_);
}

std::filesystem::path PluginsWidget::chosen() const {
  const plugins::PluginInfo* plugin = model_->plugin(table_->currentIndex().row());
  return plugin ? plugin->folder : std::filesystem::path();
}

void PluginsWidget::refresh() {
  const std::filesystem::path before = chosen();
  model_->replace(service_.list());
  if (!hasUserWidths(table_)) widgets::fitColumns(table_);
  const bool any = model_->rowCount() > 0;
  pages_->setCurrentIndex(any || service_.busy() ? 1 : 0);
  if (any && !table_->currentIndex().isValid()) {
    table_->selectRow(std::max(0, model_->rowOf(before)));
  }
  rescan_->setEnabled(!service_.busy());
  showProgress();
  showChosen();
}

void PluginsWidget::showProgress() {
  progress_->setVisible(service_.busy());
  if (!service_.busy()) return progress_->finish(widgets::ProgressLine::Outcome::Done, {});
  if (!progress_->running()) progress_->start(tr("Plugins are tried and started"));
  const auto untried = [](const plugins::PluginInfo& each) {
    return each.state == plugins::PluginState::found || each.state == plugins::PluginState::checking;
  };
  const auto& list = service_.list();
  const auto left = std::count_if(list.begin(), list.end(), untried);
  progress_->setProgress(double(list.size()) - double(left), double(list.size()));
}

void PluginsWidget::showChosen() {
  const plugins::PluginInfo* plugin = model_->plugin(table_->currentIndex().row());
  const bool idle = !service_.busy();
  open_->setEnabled(plugin);
  check_->setEnabled(plugin && idle && plugin->state != plugins::PluginState::disabled);
  switch_->setEnabled(plugin && plugins::can_be_switched(*plugin) && idle);
  const bool off = plugin && plugin->state == plugins::PluginState::disabled;
  switch_->setText(off ? tr("Switch on") : tr("Switch off"));
  switch_->setAccessibleName(switch_->text());
  if (!plugin) {
    for (QLabel* label : {title_, state_, reason_}) label->clear();
    reason_->hide();
    details_->clear();
    return;
  }
  const auto& manifest = plugin->manifest;
  title_->setText(manifest ? localText(manifest->name) : QString::fromStdString(plugin->folder.filename().string()));
  state_->setText(QStringLiteral("%1 · %2").arg(stateText(plugin->state), originText(plugin->origin)));
  QStringList reasons;
  if (plugin->failure) reasons << failureText(*plugin->failure);
  if (plugin->failure && plugin->failure->kind == plugins::FailureKind::duplicate) reasons << tr("It is not running and cannot be switched off: remove one of the two folders, then check again.");
  if (plugin->panel_failure) reasons << tr("Its panels are not shown. %1").arg(failureText(*plugin->panel_failure));
  reason_->setText(reasons.join(QLatin1Char('\n')));
  reason_->setVisible(!reasons.isEmpty());

  QStringList lines;
  if (manifest) {
    lines << localText(manifest->description) << QString() << tr("Id: %1").arg(QString::fromStdString(manifest->id))
          << tr("Version: %1, for plugin interface %2.%3").arg(QString::fromStdString(manifest->version), QString::number(manifest->api_major), QString::number(manifest->api_minor))
          << tr("Licence: %1").arg(QString::fromStdString(manifest->licence));
    if (!manifest->author.empty()) lines << tr("Author: %1").arg(QString::fromStdString(manifest->author));
  }
  lines << tr("Folder: %1").arg(QString::fromStdString(plugin->folder.string()));
  if (manifest) {
    const auto section = [&](const QString& title, const std::vector<plugins::Contribution>& list, const QString& prefix = {}) {
      if (!list.empty()) lines << QString() << title << names(list, prefix);
    };
    section(tr("Panels"), manifest->panels);
    section(tr("Tools, called in chat"), manifest->tools, QStringLiteral("/"));
    section(tr("Commands of roundhouse-cli"), manifest->commands);
    section(tr("Evaluation tasks"), manifest->eval_tasks);
    section(tr("Imports"), manifest->imports);
    section(tr("What it writes to the audit log"), manifest->audit_actions);
  }
  const QString text = lines.join(QLatin1Char('\n'));
  if (details_->toPlainText() != text) details_->setPlainText(text);
}

void PluginsWidget::refreshPanels() {
  // Panels of plugins that went were deleted by the loader, and their tabs with them. New ones come at the end.
  const auto panels = service_.panels().panels();
  for (const plugins::AvailablePanel& panel : panels) {
    const QString key = panel.plugin + QLatin1Char('/') + panel.spec.id;
    int at = -1;
    for (int tab = 1; tab < tabs_->count(); ++tab) {
      if (tabs_->tabBar()->tabData(tab).toString() == key) at = tab;
    }
    if (at < 0) {
      QWidget* widget = service_.panels().create(panel.folder, panel.spec.id, tabs_);
      if (!widget) continue;
      at = tabs_->addTab(widget, panel.spec.icon, panel.spec.title);
      tabs_->tabBar()->setTabData(at, key);
      chooseRemembered(settings_, tabs_);
    }
    tabs_->setTabText(at, panel.spec.title);
    tabs_->setTabToolTip(at, panel.spec.tooltip);
  }
}

void PluginsWidget::showFolder(const std::filesystem::path& folder, bool make) {
  std::error_code error;
  if (make) std::filesystem::create_directories(folder, error);
  if (error) return showError(error_, Error{ErrorCode::io, "create folder", folder.string(), {}, error.message()});
  if (const Status opened = open_folder_(QString::fromStdString(folder.string())); !opened.ok()) showError(error_, opened.error());
}

}  // namespace roundhouse::app
