// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractButton>
#include <QApplication>
#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

#include <functional>
#include <memory>

#include "app/bridge/audit_service.h"
#include "app/chat/store_backend.h"
#include "app/program/panels.h"
#include "app/shell/main_window.h"
#include "app/shell/workbench.h"
#include "app/stores/settings_store.h"
#include "roundhouse/audit.h"
#include "tests/app/fake/fake_engine.h"

namespace roundhouse::app::fake {

// The whole window as the program builds it, every room included, over the scripted engine and a data folder of its
// own. start() and stop() are one run of the program; what is on disk stays between runs.
class WorkbenchFixture {
 public:
  explicit WorkbenchFixture() {
    qputenv("HF_HUB_CACHE", path(QStringLiteral("hub")).toLocal8Bit());
    qunsetenv("ROUNDHOUSE_PLUGINS");
    embedded = addModel(QStringLiteral("mini.gguf"));
  }
  ~WorkbenchFixture() { stop(); }

  // Until the window is active, the audit log open (or found unusable), the engine running and (with `loadModel`) the model there.
  [[nodiscard]] bool start() {
    stop();
    store_ = std::make_unique<SettingsStore>(path(QStringLiteral("settings.ini")));
    WorkbenchOptions options;
    options.api = api(world);
    options.dataFolder = path(QStringLiteral("data"));
    QDir().mkpath(options.dataFolder);
    options.embeddedModel = embedded;
    options.settings = store_->read();
    options.writeSetting = [this](const QString& key, const QJsonValue& value) { store_->write(key, value); };
    ChatPanelOptions chat;
    chat.embeddedModel = embedded;
    chat.backend = [file = path(QStringLiteral("data/conversations.db"))](std::function<void(const Error&)> tell) {
      return storedConversations(file, std::move(tell));
    };
    options.panels = allPanels(chat);
    options.openAudit = [folder = options.dataFolder.toStdString()]() -> Result<std::shared_ptr<AuditLog>> {
      RH_ASSIGN(std::unique_ptr<AuditLog> log, AuditLog::open(AuditOptions::in(folder)));
      return std::shared_ptr<AuditLog>(std::move(log));
    };
    if (adjust) adjust(options);
    const bool audit = bool(options.openAudit), load = options.loadModel;
    bench_ = std::make_unique<Workbench>(*qApp, std::move(options));
    bench_->show();
    window().activateWindow();
    const AuditService& log = bench_->context().audit;
    const auto settled = [&] {
      const bool loaded = !load || bench_->engine().current();
      const bool ready = (!audit || log.log() || log.error()) && bench_->engine().running() && loaded;
      return window().isActiveWindow() && (ready || bench_->engine().startError());
    };
    if (!QTest::qWaitFor(settled, 5000) || bench_->engine().startError()) return false;
    for (const QString& id : window().panelIds()) window().panelWidget(id);  // or a moment later by itself
    return true;
  }
  // As the user does: the window closes, the program ends.
  void stop() {
    if (bench_) bench_->window()->close();
    bench_.reset();
    store_.reset();
  }
  [[nodiscard]] bool restart() {
    stop();
    return start();
  }

  Workbench& bench() { return *bench_; }
  MainWindow& window() { return *bench_->window(); }
  CommandRegistry& commands() { return bench_->context().commands; }
  // What is on disk now.
  QHash<QString, QJsonValue> stored() {
    if (store_) (void)store_->flush();
    return SettingsStore(path(QStringLiteral("settings.ini"))).read();
  }

  template <class W>
  W* find(const QString& panel, const QString& name) {
    QWidget* room = window().panelWidget(panel);
    if (room && room->objectName() == name) return qobject_cast<W*>(room);
    return room ? room->findChild<W*>(name) : nullptr;
  }
  static void click(QWidget* widget) { QTest::mouseClick(widget, Qt::LeftButton, {}, widget->rect().center()); }

  QString path(const QString& name) const { return folder.filePath(name); }
  // An (empty) file that the scripted engine takes for a model.
  QString addModel(const QString& name, const std::function<void(ModelInfo&)>& change = {}) {
    const QString file = path(name);
    QDir().mkpath(QFileInfo(file).absolutePath());
    QFile(file).open(QIODevice::WriteOnly);
    world->change([&](Script& script) {
      ModelInfo info = modelInfo(file.toStdString(), script);
      if (change) change(info);
      script.files[file.toStdString()] = info;
    });
    return file;
  }

  const std::shared_ptr<World> world = std::make_shared<World>();
  const QTemporaryDir folder;
  QString embedded;
  std::function<void(WorkbenchOptions&)> adjust;  // of each start()

 private:
  std::unique_ptr<SettingsStore> store_;
  std::unique_ptr<Workbench> bench_;
};

}  // namespace roundhouse::app::fake
