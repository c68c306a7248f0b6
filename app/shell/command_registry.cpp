// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/shell/command_registry.h"

#include <QWidget>

#include "app/shell/settings.h"
#include "widgets/style/icon.h"

namespace roundhouse::app {

CommandRegistry::CommandRegistry(Settings& settings, QObject* parent) : QObject(parent), settings_(settings) {}

QAction* CommandRegistry::add(const CommandSpec& spec, std::function<void()> run) {
  Q_ASSERT(!spec.id.isEmpty() && !actions_.contains(spec.id));
  auto* action = new QAction(spec.title, this);
  action->setObjectName(spec.id);
  if (!spec.iconName.isEmpty()) action->setIcon(widgets::icon(spec.iconName));
  action->setShortcutContext(spec.scope ? Qt::WidgetWithChildrenShortcut : Qt::ApplicationShortcut);
  if (spec.scope) spec.scope->addAction(action);
  connect(action, &QAction::triggered, this, [run = std::move(run)] { run(); });
  specs_.append(spec);
  actions_.insert(spec.id, action);
  apply(spec.id);
  Q_EMIT added(action);
  return action;
}

QAction* CommandRegistry::action(const QString& id) const { return actions_.value(id); }

bool CommandRegistry::trigger(const QString& id) {
  QAction* found = action(id);
  if (!found || !found->isEnabled()) return false;
  found->trigger();
  return true;
}

const CommandSpec* CommandRegistry::find(const QString& id) const {
  for (const CommandSpec& spec : specs_) {
    if (spec.id == id) return &spec;
  }
  return nullptr;
}

QKeySequence CommandRegistry::shortcut(const QString& id) const {
  const QAction* found = action(id);
  return found ? found->shortcut() : QKeySequence();
}

QKeySequence CommandRegistry::defaultShortcut(const QString& id) const {
  const CommandSpec* spec = find(id);
  return spec ? spec->shortcut : QKeySequence();
}

void CommandRegistry::setShortcut(const QString& id, const QKeySequence& sequence) {
  if (sequence == defaultShortcut(id)) {
    resetShortcut(id);
    return;
  }
  settings_.set(keys::shortcuts + id, sequence.toString(QKeySequence::PortableText));
  apply(id);
  Q_EMIT shortcutsChanged();
}

void CommandRegistry::resetShortcut(const QString& id) {
  settings_.remove(keys::shortcuts + id);
  apply(id);
  Q_EMIT shortcutsChanged();
}

void CommandRegistry::apply(const QString& id) {
  QAction* found = action(id);
  if (!found) return;
  const QJsonValue chosen = settings_.value(keys::shortcuts + id, QJsonValue(QJsonValue::Undefined));
  found->setShortcut(chosen.isString() ? QKeySequence(chosen.toString(), QKeySequence::PortableText)
                                       : defaultShortcut(id));
}

QString CommandRegistry::conflict(const QString& id, const QKeySequence& sequence) const {
  if (sequence.isEmpty()) return {};
  const CommandSpec* mine = find(id);
  for (const CommandSpec& other : specs_) {
    if (other.id == id) continue;
    // Two rooms may use the same keys when neither contains the other.
    if (mine && mine->scope && other.scope && mine->scope != other.scope && !mine->scope->isAncestorOf(other.scope) &&
        !other.scope->isAncestorOf(mine->scope)) {
      continue;
    }
    const QKeySequence theirs = shortcut(other.id);
    if (theirs.isEmpty()) continue;
    if (theirs.matches(sequence) != QKeySequence::NoMatch || sequence.matches(theirs) != QKeySequence::NoMatch) return other.id;
  }
  return {};
}

QList<PaletteTarget> CommandRegistry::targets() const {
  QList<PaletteTarget> all;
  for (const auto& source : targets_) all += source();
  return all;
}

}  // namespace roundhouse::app
