// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/panel_host/panel_probe.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QTimer>
#include <QVBoxLayout>
#include <QWidget>

#include "plugins/host/guarded.h"
#include "plugins/panel_host/panel_library.h"

namespace roundhouse::plugins {
namespace {

constexpr int kLifeMs = 60;

class ProbePanelHost final : public plugin::PanelHost {
 public:
  ProbePanelHost(plugin::Host& host, plugin::Plugin& plugin) : host_(host), plugin_(plugin) {}
  void setLanguage(const QString& language) { language_ = language; }

  plugin::Host& host() override { return host_; }
  plugin::Plugin& plugin() override { return plugin_; }
  QString language() const override { return language_; }
  void callTool(const QString& name, const QString&, QObject* context, std::function<void(const Result<plugin::ToolResult>&)> done) override {
    const std::string tool = name.toStdString();
    QTimer::singleShot(0, context, [tool, done = std::move(done)] {
      done(Error{ErrorCode::not_found, "call tool", tool, "a running plugin's tool", "none"});
    });
  }

 private:
  plugin::Host& host_;
  plugin::Plugin& plugin_;
  QString language_ = QStringLiteral("en");
};

void live() {
  QElapsedTimer timer;
  timer.start();
  while (timer.elapsed() < kLifeMs) QCoreApplication::processEvents(QEventLoop::AllEvents, kLifeMs);
}

}  // namespace

std::optional<Failure> probe_panels(CoreInstance& core, const std::filesystem::path& folder, plugin::Host& host,
                                    const std::function<void(Phase)>& entering) {
  PanelLibrary library(core.manifest(), folder, entering);
  if (auto failure = library.load()) return failure;
  ProbePanelHost panel_host(host, *core.plugin());
  std::vector<plugin::PanelSpec> specs;
  if (auto failure = library.describe(QStringLiteral("en"), specs)) return failure;
  for (const plugin::PanelSpec& spec : specs) {
    auto window = std::make_unique<QWidget>();
    auto* layout = new QVBoxLayout(window.get());
    QWidget* panel = nullptr;
    if (auto failure = library.create_panel(spec.id, panel_host, window.get(), &panel)) return failure;
    // (What a panel does in its events may throw through Qt; here it is caught, in the window the application does it.)
    auto failure = caught(
        [&]() -> std::optional<Failure> {
          layout->addWidget(panel);
          window->resize(900, 600);
          window->show();
          live();
          panel_host.setLanguage(QStringLiteral("zh_CN"));
          QEvent change(QEvent::LanguageChange);
          QCoreApplication::sendEvent(panel, &change);
          live();
          panel_host.setLanguage(QStringLiteral("en"));
          window->hide();
          if (entering) entering(Phase::panel_destroy);
          window.reset();
          live();
          return {};
        },
        [](std::string what) -> std::optional<Failure> { return Failure{FailureKind::threw, Phase::panel_show, std::move(what)}; });
    if (failure) return failure;
  }
  return library.destroy();
}

}  // namespace roundhouse::plugins
