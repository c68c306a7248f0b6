// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>

#include <functional>

class QWidget;

namespace roundhouse::app {

class Settings;

// Paths that a person gave, each once, absolute and clean.
struct ModelPaths {
  QStringList usable;   // folders, and single GGUF files
  QStringList refused;  // hold no models
};
ModelPaths modelPaths(const QStringList& given);

// Adds `usable` ones to those that are searched for models.
void addModelFolders(Settings& settings, const ModelPaths& paths);

// Asks for a folder. `chosen` is not called when the dialog is cancelled or `parent` is gone.
void askForModelFolder(QWidget* parent, std::function<void(const ModelPaths& paths)> chosen);

}  // namespace roundhouse::app
