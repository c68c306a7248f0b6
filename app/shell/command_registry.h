// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAction>
#include <QKeySequence>
#include <QList>
#include <QObject>
#include <QString>

#include <functional>

namespace roundhouse::app {

class Settings;

// Something the user can do, wherever it is offered: button, palette, keyboard.
struct CommandSpec {
  QString id;              // stable and untranslated: "chat.new"
  QString title;           // translated, an imperative: "New conversation"
  QString group;           // translated name of its room; the palette and the shortcut list show it
  QString iconName;
  QKeySequence shortcut;   // the default one
  QWidget* scope = nullptr;  // where the shortcut works; null: everywhere in the application
  bool inPalette = true;
};

// A thing that the palette finds besides commands: a conversation, a model.
struct PaletteTarget {
  QString id;
  QString title;
  QString group;
  QString detail;
  QString iconName;
  std::function<void()> run;
};

// All commands of a window, with the user's shortcuts. GUI thread only.
class CommandRegistry : public QObject {
  Q_OBJECT
 public:
  explicit CommandRegistry(Settings& settings, QObject* parent = nullptr);

  // The action is the registry's; enable, check or retitle it at will. An id may be added once.
  QAction* add(const CommandSpec& spec, std::function<void()> run);
  QAction* action(const QString& id) const;
  const QList<CommandSpec>& specs() const { return specs_; }  // in the order they were added
  // False when there is no such command or it is disabled.
  bool trigger(const QString& id);

  QKeySequence shortcut(const QString& id) const;
  QKeySequence defaultShortcut(const QString& id) const;
  // Remembered; an empty sequence takes the shortcut away. The caller has asked conflict() before.
  void setShortcut(const QString& id, const QKeySequence& sequence);
  void resetShortcut(const QString& id);
  // The other command that has this shortcut (or one that begins like it), or an empty string.
  QString conflict(const QString& id, const QKeySequence& sequence) const;

  // Asked anew each time the palette opens.
  void addTargets(std::function<QList<PaletteTarget>()> targets) { targets_.append(std::move(targets)); }
  QList<PaletteTarget> targets() const;

 Q_SIGNALS:
  void added(QAction* action);
  void shortcutsChanged();

 private:
  const CommandSpec* find(const QString& id) const;
  void apply(const QString& id);

  Settings& settings_;
  QList<CommandSpec> specs_;
  QHash<QString, QAction*> actions_;
  QList<std::function<QList<PaletteTarget>()>> targets_;
};

}  // namespace roundhouse::app
