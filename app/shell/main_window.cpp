// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/main_window.h"

#include <QCloseEvent>
#include <QDockWidget>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QScreen>
#include <QStackedWidget>
#include <QVBoxLayout>

#include <cmath>
#include <utility>

#include "app/shell/command_registry.h"
#include "app/shell/palette_source.h"
#include "app/shell/screen_fit.h"
#include "app/shell/settings.h"
#include "app/shell/show_error.h"
#include "app/shell/status_strip.h"
#include "widgets/controls/command_palette.h"
#include "widgets/controls/error_bar.h"
#include "widgets/controls/navigation_rail.h"

namespace roundhouse::app {
namespace {

constexpr int kLayoutVersion = 1;
constexpr QSize kFirstSize{1280, 800};

QWidget* makePage(QWidget* parent) {
  auto* page = new QWidget(parent);
  auto* layout = new QVBoxLayout(page);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(0);
  return page;
}

QString inspectorKey(const QString& id) { return QStringLiteral("window/inspector/") + id; }

}  // namespace

MainWindow::MainWindow(AppContext& context, const QList<PanelFactory>& factories, QWidget* parent)
    : QMainWindow(parent), context_(context) {
  setObjectName(QStringLiteral("mainWindow"));
  setWindowTitle(QStringLiteral("Roundhouse"));
  setDockOptions(QMainWindow::AnimatedDocks | QMainWindow::AllowTabbedDocks | QMainWindow::AllowNestedDocks);
  setDockNestingEnabled(true);

  auto* center = new QWidget(this);
  center->setObjectName(QStringLiteral("workArea"));
  auto* row = new QHBoxLayout(center);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(0);
  rail_ = new widgets::NavigationRail(center);
  rail_->setObjectName(QStringLiteral("rail"));
  rail_->setAccessibleName(tr("Rooms"));
  stack_ = new QStackedWidget(center);
  stack_->setObjectName(QStringLiteral("rooms"));
  row->addWidget(rail_);
  auto* column = new QVBoxLayout;
  column->setSpacing(0);
  problem_ = new widgets::ErrorBar(center);
  problem_->setObjectName(QStringLiteral("problem"));
  connect(qGuiApp, &QGuiApplication::commitDataRequest, this, [this] { expectSessionsEnd(); });
  connect(problem_, &widgets::ErrorBar::actionTriggered, this, [this] { showPanel(problem_room_); });
  column->addWidget(problem_);
  column->addWidget(stack_, 1);
  row->addLayout(column, 1);
  setCentralWidget(center);

  status_ = new StatusStrip(context_, this);
  setStatusBar(status_);

  for (const PanelFactory& factory : factories) {
    Room made;
    made.panel = factory(context_);
    made.page = makePage(stack_);
    stack_->addWidget(made.page);
    const QString id = made.panel->id(), title = made.panel->title(), icon = made.panel->iconName();
    if (made.panel->place() == Panel::Place::Foot) rail_->addFootItem(id, icon, title);
    else rail_->addItem(id, icon, title);
    if (made.panel->place() == Panel::Place::Inspector) {
      made.dock = new QDockWidget(title, this);
      made.dock->setObjectName(QStringLiteral("dock.") + id);
      made.dock->setAllowedAreas(Qt::RightDockWidgetArea | Qt::LeftDockWidgetArea | Qt::BottomDockWidgetArea);
      made.dockPage = makePage(made.dock);
      made.dock->setWidget(made.dockPage);
      addDockWidget(Qt::RightDockWidgetArea, made.dock);
      made.dock->hide();
    }
    rooms_.push_back(std::move(made));
  }
  for (const Room& each : rooms_) {
    if (!each.dock) continue;
    const QString id = each.panel->id();
    connect(each.dock, &QDockWidget::visibilityChanged, this, [this] { tellPanels(); });
    connect(each.dock->toggleViewAction(), &QAction::triggered, this, [this, id](bool on) { setInspectorWanted(id, on); });
    connect(each.dock, &QDockWidget::dockLocationChanged, this, [this] { saveLayoutSoon(); });
    connect(each.dock, &QDockWidget::topLevelChanged, this, [this] { saveLayoutSoon(); });
    each.dock->installEventFilter(this);
  }

  connect(rail_, &widgets::NavigationRail::activated, this, &MainWindow::showPanel);
  connect(&context_.commands, &CommandRegistry::added, this, [this](QAction* action) {
    if (action->shortcutContext() == Qt::ApplicationShortcut) addAction(action);
  });
  const QList<CommandSpec> early = context_.commands.specs();
  for (const CommandSpec& spec : early) {
    if (!spec.scope) addAction(context_.commands.action(spec.id));
  }
  addCommands();

  save_timer_.setSingleShot(true);
  save_timer_.setInterval(400);
  connect(&save_timer_, &QTimer::timeout, this, &MainWindow::saveLayout);

  restoreLayout();
  const QString last = context_.settings.text(QStringLiteral("window/room"));
  if (!rooms_.empty()) showPanel(room(last) ? last : rooms_.front().panel->id());
}

MainWindow::~MainWindow() {
  if (save_timer_.isActive()) saveLayout();
  delete palette_;
  arranging_ = true;  // docks tell of their hiding while children go
  // Widgets first: they may refer to their panels.
  for (Room& each : rooms_) {
    delete each.widget;
    each.widget = nullptr;
  }
}

QStringList MainWindow::panelIds() const {
  QStringList ids;
  for (const Room& each : rooms_) ids.append(each.panel->id());
  return ids;
}

MainWindow::Room* MainWindow::room(const QString& id) {
  for (Room& each : rooms_) {
    if (each.panel->id() == id) return &each;
  }
  return nullptr;
}

const MainWindow::Room* MainWindow::room(const QString& id) const { return const_cast<MainWindow*>(this)->room(id); }

Panel* MainWindow::panel(const QString& id) const {
  const Room* found = room(id);
  return found ? found->panel.get() : nullptr;
}

QWidget* MainWindow::ensureWidget(Room& each) {
  if (!each.widget) each.widget = each.panel->createWidget(each.page);
  return each.widget;
}

QWidget* MainWindow::panelWidget(const QString& id) {
  Room* found = room(id);
  if (!found) return nullptr;
  const bool first = !found->widget;
  ensureWidget(*found);
  if (first) found->page->layout()->addWidget(found->widget);
  return found->widget;
}

void MainWindow::showPanel(const QString& id) {
  Room* found = room(id);
  if (!found) return;
  const bool other = current_ != id;
  if (other && save_timer_.isActive()) saveLayout();  // while the docks to remember are on show
  current_ = id;
  rail_->setCurrent(id);
  arrange();
  stack_->setCurrentWidget(found->page);
  tellPanels();
  if (!other) return;
  context_.settings.set(QStringLiteral("window/room"), id);
  setWindowTitle(QStringLiteral("%1 \u2013 Roundhouse").arg(found->panel->title()));
  focusRoom(*found);
  Q_EMIT currentPanelChanged(id);
}

void MainWindow::focusRoom(const Room& room) {
  const auto takes = [this](const QWidget* each) { return each->focusPolicy() & Qt::TabFocus && each->isEnabled() && each->isVisibleTo(this); };
  QWidget* focus = room.panel->focusWidget();
  if (focus && takes(focus)) return focus->setFocus(Qt::OtherFocusReason);
  // Else what Tab would come to first.
  for (QWidget* each = room.widget->nextInFocusChain(); each != room.widget; each = each->nextInFocusChain()) {
    if (room.widget->isAncestorOf(each) && takes(each)) return each->setFocus(Qt::OtherFocusReason);
  }
}

bool MainWindow::inspectorWanted(const QString& id) const { return context_.settings.flag(inspectorKey(id), true); }

void MainWindow::setInspectorWanted(const QString& id, bool wanted) {
  context_.settings.set(inspectorKey(id), wanted);
  arrange();
  tellPanels();
}

QDockWidget* MainWindow::inspectorDock(const QString& id) const {
  const Room* found = room(id);
  return found ? found->dock : nullptr;
}

bool MainWindow::visibleBeside(const Room& each) const {
  return each.dock && each.panel->id() != current_ && each.panel->beside().contains(current_) &&
         inspectorWanted(each.panel->id());
}

void MainWindow::arrange() {
  if (arranging_) return;
  arranging_ = true;
  for (Room& each : rooms_) {
    const bool beside = visibleBeside(each);
    if (each.panel->id() == current_) each.page->layout()->addWidget(ensureWidget(each));
    else if (beside) each.dockPage->layout()->addWidget(ensureWidget(each));
    if (each.widget) each.widget->show();
    if (each.dock) each.dock->setVisible(beside);
    if (QAction* toggle = each.dock ? context_.commands.action(QStringLiteral("view.inspector.") + each.panel->id()) : nullptr) {
      toggle->setChecked(inspectorWanted(each.panel->id()));
      toggle->setEnabled(each.panel->beside().contains(current_));
    }
  }
  arranging_ = false;
  keepShare();
}

void MainWindow::tellPanels() {
  if (arranging_) return;
  for (Room& each : rooms_) {
    const bool shown = isVisible() && !isMinimized() && each.widget &&
                       (each.panel->id() == current_ || (each.dock && each.dock->isVisible()));
    if (shown == each.shown) continue;
    each.shown = shown;
    if (shown) each.panel->shown();
    else each.panel->hidden();
  }
}

void MainWindow::addCommands() {
  CommandRegistry& commands = context_.commands;
  const QString group = tr("Window");
  int number = 1;
  for (const Room& each : rooms_) {
    const QString id = each.panel->id();
    const bool foot = each.panel->place() == Panel::Place::Foot;
    const QKeySequence keys = foot          ? QKeySequence(QStringLiteral("Ctrl+,"))
                              : number <= 9 ? QKeySequence(QStringLiteral("Ctrl+%1").arg(number++))
                                            : QKeySequence();
    commands.add({QStringLiteral("go.") + id, tr("Go to %1").arg(each.panel->title()), group, each.panel->iconName(), keys},
                 [this, id] { showPanel(id); });
    if (each.dock) {
      QAction* toggle = commands.add({QStringLiteral("view.inspector.") + id, tr("%1 beside the conversation").arg(each.panel->title()),
                                      group, QStringLiteral("sidebar"), number == 3 ? QKeySequence(QStringLiteral("Ctrl+Shift+B")) : QKeySequence()},
                                     [this, id] { setInspectorWanted(id, !inspectorWanted(id)); });
      toggle->setCheckable(true);
    }
  }
  commands.add({QStringLiteral("window.palette"), tr("Find a command, conversation or model"), group, QStringLiteral("search"),
                QKeySequence(QStringLiteral("Ctrl+K")), nullptr, false},
               [this] { openPalette(); });
  commands.add({QStringLiteral("window.fullscreen"), tr("Full screen"), group, QStringLiteral("fit"), QKeySequence(Qt::Key_F11)},
               [this] { setWindowState(windowState() ^ Qt::WindowFullScreen); });
  commands.add({QStringLiteral("window.quit"), tr("Quit"), group, QStringLiteral("close"), QKeySequence(QStringLiteral("Ctrl+Q"))},
               [this] { close(); });
  connect(&commands, &CommandRegistry::shortcutsChanged, this, &MainWindow::showKeys);
  showKeys();
}

void MainWindow::showKeys() {
  for (const Room& each : rooms_) {
    const QString title = each.panel->title();
    const QString keys = context_.commands.shortcut(QStringLiteral("go.") + each.panel->id()).toString(QKeySequence::NativeText);
    rail_->setItemText(each.panel->id(), title, keys.isEmpty() ? title : QStringLiteral("%1 (%2)").arg(title, keys));
  }
}

void MainWindow::openPalette() {
  if (!palette_) {
    palette_source_ = std::make_unique<PaletteSource>(context_.commands);
    palette_ = new widgets::CommandPalette(this);
    palette_->setObjectName(QStringLiteral("palette"));
    palette_->model()->setRecent(context_.settings.texts(QStringLiteral("window/palette_recent")));
    palette_->addProvider(palette_source_.get());
    connect(palette_, &widgets::CommandPalette::closed, this, [this] {
      context_.settings.setTexts(QStringLiteral("window/palette_recent"), palette_->model()->recent());
    }, Qt::QueuedConnection);  // it closes first and runs its choice then
  }
  palette_source_->refresh();
  palette_->popup();
}

QString MainWindow::wayTo(const QString& room) {
  problem_room_ = room;
  return panel(room) ? tr("Go to %1").arg(panel(room)->title()) : QString();
}

void MainWindow::showProblem(const Error& error, const QString& title, const QString& room) { showError(problem_, error, title, wayTo(room)); }

void MainWindow::showWarning(const QString& title, const QString& details) {
  problem_->showMessage(widgets::ErrorBar::Severity::Warning, title, details, wayTo({}));
}

void MainWindow::showTampering(const QString& title, const QString& details, const QString& room) {
  problem_->showMessage(widgets::ErrorBar::Severity::Error, title, details, wayTo(room));
}

void MainWindow::dismissProblem(const QString& room) {
  if (problem_room_ == room) problem_->dismiss();
}

void MainWindow::closeEvent(QCloseEvent* event) {
  saveLayout();
  // When the session ends nobody may be there to answer.
  for (Room& each : rooms_) {
    if (session_ends_ || each.panel->mayClose([this] { close(); })) continue;
    event->ignore();
    return;
  }
  QMainWindow::closeEvent(event);
  if (event->isAccepted()) Q_EMIT closed();
}

// Qt tells when the session is about to end, but not when that is called off: then somebody goes on here.
void MainWindow::expectSessionsEnd() {
  saveLayout();
  if (std::exchange(session_ends_, true)) return;
  qApp->installEventFilter(this);
}

bool MainWindow::eventFilter(QObject* watched, QEvent* event) {
  if (session_ends_ && (event->type() == QEvent::KeyPress || event->type() == QEvent::MouseButtonPress || event->type() == QEvent::TouchBegin)) {
    session_ends_ = false;
    qApp->removeEventFilter(this);
  }
  const auto* dock = qobject_cast<QDockWidget*>(watched);
  // Only the user's hand on the separator changes the share, not a window too narrow for it.
  if (dock && event->type() == QEvent::Resize && width() == shared_width_ && (QGuiApplication::mouseButtons() & Qt::LeftButton)) {
    dock_share_ = double(dock->width()) / width();
    saveLayoutSoon();
  }
  return QMainWindow::eventFilter(watched, event);
}

void MainWindow::keepShare() {
  if (width() == shared_width_ || !isVisible()) return;
  for (const Room& each : rooms_) {
    if (!each.dock || !each.dock->isVisible() || each.dock->isFloating()) continue;
    if (dockWidgetArea(each.dock) == Qt::BottomDockWidgetArea) continue;
    if (dock_share_ > 0) resizeDocks({each.dock}, {int(std::lround(dock_share_ * width()))}, Qt::Horizontal);
    else dock_share_ = double(each.dock->width()) / width();
    shared_width_ = width();
  }
}

void MainWindow::setExactSize(const QSize& size) {
  exact_size_ = true;
  resize(size);
}

void MainWindow::fitScreen() {
  if (exact_size_ || !isVisible() || windowState() & (Qt::WindowMinimized | Qt::WindowMaximized | Qt::WindowFullScreen)) return;
  const QRect inner = geometry(), outer = frameGeometry();
  const QMargins frame(inner.left() - outer.left(), inner.top() - outer.top(), outer.right() - inner.right(), outer.bottom() - inner.bottom());
  if (fitted_frame_ == frame) return;  // where the user puts it then is the user's choice
  fitted_frame_ = frame;
  const QRect fitted = fittedToScreen(inner, frame, screen()->availableGeometry(), minimumSizeHint());
  if (fitted.size() != inner.size()) resize(fitted.size());
  if (fitted.topLeft() != inner.topLeft()) move(fitted.topLeft() - QPoint(frame.left(), frame.top()));
}

void MainWindow::resizeEvent(QResizeEvent* event) {
  QMainWindow::resizeEvent(event);
  fitScreen();
  keepShare();
  saveLayoutSoon();
}

void MainWindow::moveEvent(QMoveEvent* event) {
  QMainWindow::moveEvent(event);
  fitScreen();  // the frame comes after the window was shown: with a move, or at the latest when the window becomes active
  saveLayoutSoon();
}

void MainWindow::showEvent(QShowEvent* event) {
  QMainWindow::showEvent(event);
  QTimer::singleShot(0, this, &MainWindow::fitScreen);
  QTimer::singleShot(0, this, &MainWindow::keepShare);  // once the docks have their places
  QTimer::singleShot(0, this, &MainWindow::raiseFloating);  // those came before the window
  // Nothing takes the focus before it is on show.
  const Room* current = room(current_);
  if (current && current->widget && !current->widget->isAncestorOf(focusWidget())) focusRoom(*current);
  tellPanels();
  // The other rooms are made once the first one stands, so that their commands and the palette know them.
  QTimer::singleShot(200, this, &MainWindow::makeNextRoom);
}

void MainWindow::makeNextRoom() {
  for (Room& each : rooms_) {
    if (each.widget) continue;
    panelWidget(each.panel->id());
    QTimer::singleShot(0, this, &MainWindow::makeNextRoom);
    return;
  }
}

void MainWindow::changeEvent(QEvent* event) {
  QMainWindow::changeEvent(event);
  if (event->type() == QEvent::WindowStateChange) tellPanels();
  if (event->type() == QEvent::ActivationChange) {
    fitScreen();
    raiseFloating();
  }
}

void MainWindow::raiseFloating() {
  for (const Room& each : rooms_) {
    if (each.dock && each.dock->isFloating() && each.dock->isVisible()) each.dock->raise();
  }
}

void MainWindow::saveLayoutSoon() {
  if (restored_ && isVisible()) save_timer_.start();
}

void MainWindow::saveLayout() {
  save_timer_.stop();
  context_.settings.setBytes(QStringLiteral("window/geometry"), saveGeometry());
  // Where docks stand is remembered only while they are on show: hidden ones say nothing of their width.
  for (const Room& each : rooms_) {
    if (each.dock && each.dock->isVisible()) {
      context_.settings.setBytes(QStringLiteral("window/docks"), saveState(kLayoutVersion));
      break;
    }
  }
}

void MainWindow::restoreLayout() {
  const QByteArray geometry = context_.settings.bytes(QStringLiteral("window/geometry"));
  if (geometry.isEmpty() || !restoreGeometry(geometry)) {
    const QScreen* screen = QGuiApplication::primaryScreen();
    const QSize room = screen ? screen->availableGeometry().size() : kFirstSize;
    resize(kFirstSize.boundedTo(room));
    dock_share_ = 0.45;
  }
  const QByteArray docks = context_.settings.bytes(QStringLiteral("window/docks"));
  if (!docks.isEmpty()) restoreState(docks, kLayoutVersion);
  restored_ = true;
}

}  // namespace roundhouse::app
