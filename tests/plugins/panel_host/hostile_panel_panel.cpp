// SPDX-License-Identifier: GPL-3.0-or-later
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>

#include "plugins/api/panel/panel.h"

namespace {

using namespace roundhouse::plugin;

struct Widget : QWidget {
  using QWidget::QWidget;
  ~Widget() override {
#if defined(HOSTILE_EXITS_WHEN_DESTROYED)
    ::exit(0);
#endif
  }
  void showEvent(QShowEvent*) override {
#if defined(HOSTILE_CRASHES_WHEN_SHOWN)
    volatile int* nowhere = nullptr;
    *nowhere = 1;
#endif
  }
};

struct Panels : PanelPlugin {
  Panels() {
#if defined(HOSTILE_THROWS_IN_CONSTRUCTOR)
    throw std::runtime_error("no panels today");
#endif
  }
  std::vector<PanelSpec> panels(const QString&) override {
#if defined(HOSTILE_UNDECLARED_PANEL)
    return {{"one", "One", "", {}}, {"two", "Two", "", {}}};
#else
    return {{"one", "One", "", {}}};
#endif
  }
  QWidget* createPanel(const QString&, [[maybe_unused]] PanelHost& host, QWidget* parent) override {
#if defined(HOSTILE_THROWS_IN_PANEL)
    throw 5;
#elif defined(HOSTILE_ABORTS_IN_PANEL)
    std::abort();
#elif defined(HOSTILE_HANGS_IN_PANEL)
    for (;;) ::pause();
#elif defined(HOSTILE_MAKES_NO_WIDGET)
    return nullptr;
#elif defined(HOSTILE_CALLS_DEAF_TOOL) || defined(HOSTILE_CALLS_WAITING_TOOL)
    auto* widget = new Widget(parent);
#if defined(HOSTILE_CALLS_DEAF_TOOL)
    host.callTool("full_deaf", "{}", widget, [](const roundhouse::Result<ToolResult>&) {});
#else
    host.callTool("full_waits", "{}", widget, [](const roundhouse::Result<ToolResult>&) {});
#endif
    return widget;
#else
    return new Widget(parent);
#endif
  }
};

}  // namespace

#if defined(HOSTILE_WRONG_VERSION) || defined(HOSTILE_FUTURE_QT)
extern "C" __attribute__((visibility("default"))) const RoundhousePluginEntry roundhouse_panel_entry = {
    ROUNDHOUSE_PANEL_MAGIC,
#if defined(HOSTILE_WRONG_VERSION)
    2, 0,
#else
    ROUNDHOUSE_PLUGIN_API_MAJOR, ROUNDHOUSE_PLUGIN_API_MINOR,
#endif
    sizeof(RoundhousePluginEntry), roundhouse::plugin::cxx_abi(), QT_VERSION_CHECK(6, 200, 0), 0, HOSTILE_ID,
    []() -> void* { __builtin_trap(); }, [](void*) {}};
#else
ROUNDHOUSE_PANEL_PLUGIN(Panels, HOSTILE_ID);
#endif
