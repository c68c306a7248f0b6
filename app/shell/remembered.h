// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

class QComboBox;
class QDateEdit;
class QDoubleSpinBox;
class QLineEdit;
class QSplitter;
class QTableView;
class QTabWidget;

namespace roundhouse::app {

class Settings;

// What the user arranged in a room, kept between runs: each call brings the widget to what is kept under "view/" and its
// object name, and writes what the user changes from then on. Call once, when the widget holds its parts and has what
// it starts with. A value that does not fit the widget is passed over. `settings` outlives the widget.

void remember(Settings& settings, QSplitter* splitter);    // its sizes
void remember(Settings& settings, QTabWidget* tabs);       // by the tab's data, as text, or its page's object name
void remember(Settings& settings, QComboBox* box);         // by its item's data, as text
void remember(Settings& settings, QLineEdit* line);        // up to 1000 characters
void remember(Settings& settings, QDateEdit* day);
void remember(Settings& settings, QDoubleSpinBox* number);
void remember(Settings& settings, QTableView* table);      // sorting, and the widths that the user gave

// For a page that came later than remember().
void chooseRemembered(const Settings& settings, QTabWidget* tabs);

// Whether the table's widths are the user's, so that they are not to be fitted.
bool hasUserWidths(const QTableView* table);

}  // namespace roundhouse::app
