// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>

#include <functional>

class QWidget;

namespace roundhouse::app {

// Asks where to save a file. `filters` are as "CSV (*.csv)"; the first one is chosen. A name without a suffix gets that
// of the chosen filter before the dialog asks whether to write over a file. `chosen` is called once, and not when the
// dialog is cancelled or `parent` is gone.
void askSavePath(QWidget* parent, const QString& title, const QString& name, const QStringList& filters,
                 std::function<void(const QString& path)> chosen);

}  // namespace roundhouse::app
