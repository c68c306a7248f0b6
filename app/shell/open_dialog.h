// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <functional>

class QWidget;

namespace roundhouse::app {

// Asks for a file to read. `filter` is as "CSV (*.csv)". `chosen` is called once, and not when the dialog is cancelled or
// `parent` is gone.
void askOpenPath(QWidget* parent, const QString& title, const QString& filter, std::function<void(const QString& path)> chosen);

}  // namespace roundhouse::app
