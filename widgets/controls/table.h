// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

class QTableView;
class QWidget;

namespace roundhouse::widgets {

// A table as all rooms have it: whole rows chosen one at a time, no grid, Tab leads out of it. Rows and columns follow the
// text size.
QTableView* makeTable(QWidget* parent, const QString& objectName, const QString& accessibleName);

// As high as its rows, without scrolling. For tables of makeTable().
void showAllRows(QTableView* table);

// Makes the columns whose width the user may change as wide as what they hold, up to 40 letters.
void fitColumns(QTableView* table);

}  // namespace roundhouse::widgets
