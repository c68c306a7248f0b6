// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/example/calculator_panel.h"

namespace example {
namespace {

class ExamplePanels final : public roundhouse::plugin::PanelPlugin {
 public:
  std::vector<roundhouse::plugin::PanelSpec> panels(const QString& language) override {
    const bool chinese = language.startsWith(QLatin1String("zh"));
    roundhouse::plugin::PanelSpec spec;
    spec.id = QStringLiteral("calculator");
    spec.title = chinese ? QStringLiteral("计算器") : QStringLiteral("Calculator");
    spec.tooltip = chinese ? QStringLiteral("做算术，并指出每个数字的出处") : QStringLiteral("Arithmetic, with the place of each number");
    spec.icon = QIcon::fromTheme(QStringLiteral("accessories-calculator"));
    return {spec};
  }

  QWidget* createPanel(const QString& id, roundhouse::plugin::PanelHost& host, QWidget* parent) override {
    return id == QLatin1String("calculator") ? new CalculatorPanel(host, parent) : nullptr;
  }
};

}  // namespace
}  // namespace example

ROUNDHOUSE_PANEL_PLUGIN(example::ExamplePanels, "roundhouse.example");
