// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QSize>
#include <QString>
#include <QStringList>

#include <optional>

#include "roundhouse/result.h"

namespace roundhouse::app {

// The command line of the window.
struct ProgramOptions {
  bool tour = false;                    // --tour
  QString screenshots;                  // --screenshots DIR: of every panel, then the program ends
  QString question;                     // --question TEXT: of the tour
  QString model;                        // a path to start on instead of the remembered one
  std::optional<QSize> size;            // --size WxH
  std::optional<QString> theme;         // --theme dark|light|system
  std::optional<QString> language;      // --language en|zh_CN
  bool help = false, version = false;

  bool runsByItself() const { return tour || !screenshots.isEmpty(); }
};

// `arguments` without the program's name. `invalid_argument` names what is wrong.
Result<ProgramOptions> parseProgramOptions(const QStringList& arguments);
QString programHelp();

}  // namespace roundhouse::app
