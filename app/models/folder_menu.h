// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMenu>

namespace roundhouse::app {

class Settings;

// Which folders are searched for models: each can be left out, and the Hugging Face cache, too.
class FolderMenu : public QMenu {
  Q_OBJECT
 public:
  explicit FolderMenu(Settings& settings, QWidget* parent = nullptr);

 private:
  void fill();
  Settings& settings_;
};

}  // namespace roundhouse::app
