// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/panel_host/panel_loader.h"

#include <QMetaObject>

#include <algorithm>
#include <mutex>

#include "plugins/panel_host/panel_library.h"

namespace roundhouse::plugins {

// Calls may outlive the loader.
struct PanelLoader::Link {
  std::mutex mutex;
  QObject* window = nullptr;  // guarded; null once the loader is gone

  void post(std::function<void()> work) {
    const std::lock_guard lock(mutex);
    if (window) QMetaObject::invokeMethod(window, std::move(work), Qt::QueuedConnection);
  }
};

namespace {

constexpr int kPatienceMs = 1000;

// Carries a tool's result to its panel: lives on the window's thread, dies with the panel, and the call with it.
class Delivery : public QObject {
 public:
  Delivery(QObject* context, std::function<void(const Result<plugin::ToolResult>&)> done) : QObject(context), done_(std::move(done)) {}
  ~Delivery() override { cancel_.cancel(); }
  const CancelToken& cancel() const { return cancel_; }
  void arrive(const Result<plugin::ToolResult>& result) {
    if (done_) done_(result);
    deleteLater();
  }

 private:
  std::function<void(const Result<plugin::ToolResult>&)> done_;
  const CancelToken cancel_;
};

using Post = std::function<void(std::function<void()>)>;  // onto the window's thread, from any

class WindowPanelHost final : public plugin::PanelHost {
 public:
  WindowPanelHost(std::shared_ptr<PluginManager> manager, QThreadPool& workers, Post post, plugin::Host& host, plugin::Plugin& plugin,
                  const QString& language)
      : manager_(std::move(manager)), workers_(workers), post_(std::move(post)), host_(host), plugin_(plugin), language_(language) {}

  plugin::Host& host() override { return host_; }
  plugin::Plugin& plugin() override { return plugin_; }
  QString language() const override { return language_; }
  void callTool(const QString& name, const QString& arguments, QObject* context,
                std::function<void(const Result<plugin::ToolResult>&)> done) override {
    const QPointer<Delivery> delivery = new Delivery(context, std::move(done));
    workers_.start([delivery, manager = manager_, post = post_, cancel = delivery->cancel(), tool = name.toStdString(),
                    json = arguments.toStdString()] {
      const auto part = manager->call_tool(ToolCallPart{{}, tool, json}, {}, cancel);
      Result<plugin::ToolResult> result =
          part.ok() ? Result<plugin::ToolResult>(plugin::ToolResult{part->content, part->citations}) : Result<plugin::ToolResult>(part.error());
      // The pointer is only looked at on the window's thread.
      post([delivery, result = std::move(result)] {
        if (delivery) delivery->arrive(result);
      });
    });
  }

 private:
  const std::shared_ptr<PluginManager> manager_;
  QThreadPool& workers_;
  const Post post_;
  plugin::Host& host_;
  plugin::Plugin& plugin_;
  const QString& language_;
};

}  // namespace

struct PanelLoader::Loaded {
  std::filesystem::path folder;
  QString id;
  std::unique_ptr<WindowPanelHost> host;
  std::unique_ptr<PanelLibrary> library;
  std::vector<plugin::PanelSpec> specs;
  std::vector<QPointer<QWidget>> widgets;

  ~Loaded() {
    for (const QPointer<QWidget>& widget : widgets) delete widget.data();
  }
};

PanelLoader::PanelLoader(std::shared_ptr<PluginManager> manager, QObject* parent)
    : QObject(parent), manager_(std::move(manager)), link_(std::make_shared<Link>()), workers_(std::make_unique<QThreadPool>()) {
  link_->window = this;
  workers_->setMaxThreadCount(2);
}

PanelLoader::~PanelLoader() {
  loaded_.clear();
  workers_->clear();
  if (!workers_->waitForDone(kPatienceMs)) (void)workers_.release();  // a pool waits for its threads, however long
  const std::lock_guard lock(link_->mutex);
  link_->window = nullptr;
}

void PanelLoader::setLanguage(const QString& language) {
  if (language == language_) return;
  language_ = language;
  for (const auto& loaded : loaded_) {
    std::vector<plugin::PanelSpec> specs;
    if (!loaded->library->describe(language_, specs)) loaded->specs = std::move(specs);
  }
  Q_EMIT panelsChanged();
}

void PanelLoader::refresh() {
  const std::vector<PluginInfo> plugins = manager_->list();
  bool changed = false;
  const auto runs = [&](const std::filesystem::path& folder) {
    return std::any_of(plugins.begin(), plugins.end(), [&](const PluginInfo& plugin) { return plugin.folder == folder && plugin.state == PluginState::running; });
  };
  const auto gone = std::remove_if(loaded_.begin(), loaded_.end(), [&](const auto& loaded) { return !runs(loaded->folder); });
  changed = gone != loaded_.end();
  loaded_.erase(gone, loaded_.end());
  for (const PluginInfo& plugin : plugins) {
    if (plugin.state != PluginState::running || !plugin.panel_checked || plugin.panel_failure) continue;
    if (std::any_of(loaded_.begin(), loaded_.end(), [&](const auto& loaded) { return loaded->folder == plugin.folder; })) continue;
    auto loaded = std::make_unique<Loaded>();
    loaded->folder = plugin.folder;
    loaded->id = QString::fromStdString(plugin.manifest->id);
    std::optional<Failure> failure;
    const Status used = manager_->with_running(plugin.folder, [&](plugin::Plugin& core, plugin::Host& host) -> Status {
      loaded->host = std::make_unique<WindowPanelHost>(manager_, *workers_, [link = link_](auto work) { link->post(std::move(work)); }, host, core, language_);
      loaded->library = std::make_unique<PanelLibrary>(*plugin.manifest, plugin.folder);
      failure = loaded->library->load();
      if (!failure) failure = loaded->library->describe(language_, loaded->specs);
      return Ok{};
    });
    if (failure) manager_->set_panel_failure(plugin.folder, *failure);
    if (!used.ok() || failure) continue;
    loaded_.push_back(std::move(loaded));
    changed = true;
  }
  if (changed) Q_EMIT panelsChanged();
}

std::vector<AvailablePanel> PanelLoader::panels() const {
  std::vector<AvailablePanel> list;
  for (const auto& loaded : loaded_) {
    for (const plugin::PanelSpec& spec : loaded->specs) list.push_back({loaded->folder, loaded->id, spec});
  }
  return list;
}

QWidget* PanelLoader::create(const std::filesystem::path& folder, const QString& panel, QWidget* parent) {
  for (const auto& loaded : loaded_) {
    if (loaded->folder != folder) continue;
    QWidget* widget = nullptr;
    if (auto failure = loaded->library->create_panel(panel, *loaded->host, parent, &widget)) {
      manager_->set_panel_failure(folder, *failure);
      return nullptr;
    }
    loaded->widgets.emplace_back(widget);
    return widget;
  }
  return nullptr;
}

bool PanelLoader::blame(QObject* receiver, const QString& what) {
  for (QObject* object = receiver; object; object = object->parent()) {
    for (const auto& loaded : loaded_) {
      if (std::none_of(loaded->widgets.begin(), loaded->widgets.end(), [&](const QPointer<QWidget>& widget) { return widget == object; })) continue;
      manager_->set_panel_failure(loaded->folder, Failure{FailureKind::threw, Phase::panel_show, what.toStdString()});
      QMetaObject::invokeMethod(this, [this, folder = loaded->folder] { unload(folder); }, Qt::QueuedConnection);
      return true;
    }
  }
  return false;
}

void PanelLoader::unload(const std::filesystem::path& folder) {
  const auto gone = std::remove_if(loaded_.begin(), loaded_.end(), [&](const auto& loaded) { return loaded->folder == folder; });
  if (gone == loaded_.end()) return;
  loaded_.erase(gone, loaded_.end());
  Q_EMIT panelsChanged();
}

}  // namespace roundhouse::plugins
