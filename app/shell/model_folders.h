// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>

class QWidget;

namespace roundhouse::app {

class Settings;

// Adds folders, and single GGUF files, to those that are searched for models, as absolute clean paths and each once.
// Others are left out. Returns the files among them.
QStringList addModelFolders(Settings& settings, const QStringList& paths);

// Asks for a folder and adds it.
void askForModelFolder(Settings& settings, QWidget* parent);

}  // namespace roundhouse::app
