// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QProcess>
#include <QProcessEnvironment>
#include <QTemporaryDir>

// The window's program and roundhouse-cli over one data folder of their own, without a display.
class WindowProgram {
 public:
  QString data() const { return folder_.path(); }
  QString file(const QString& name) const { return folder_.filePath(name); }

  void prepare(QProcess& process) const {
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    for (const char* name : {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "ROUNDHOUSE_PLUGINS"}) environment.remove(name);
    environment.insert("ROUNDHOUSE_DATA", data());
    environment.insert("HF_HUB_CACHE", file("hub"));
    environment.insert("LC_ALL", "C.UTF-8");
    process.setProcessEnvironment(environment);
  }

 private:
  QTemporaryDir folder_;
};
