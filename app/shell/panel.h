// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>

#include <functional>
#include <memory>

class QWidget;

namespace roundhouse::app {

struct AppContext;

// A room of the window. The shell shows it in the rail, makes its widget when it is first needed, and tells it when it
// is seen. It is made anew with the window (a change of language does that), so what must last lives in stores.
class Panel {
 public:
  enum class Place {
    Work,       // fills the work area
    Inspector,  // fills the work area, and docks at the right of the rooms named by beside()
    Foot,       // as Work; its rail item stands at the foot
  };

  virtual ~Panel() = default;
  virtual QString id() const = 0;        // stable: "routing"; the widget's object name is "routingPanel"
  virtual QString title() const = 0;     // in the window's language, one or two words
  virtual QString iconName() const = 0;  // of resources/icons
  virtual Place place() const { return Place::Work; }
  virtual QStringList beside() const { return {}; }

  // Once. The window owns the widget; a plain widget with a stable object name and accessible names throughout.
  virtual QWidget* createWidget(QWidget* parent) = 0;
  // The widget has become visible, or hidden. A hidden panel computes nothing; what it missed it does when shown.
  virtual void shown() {}
  virtual void hidden() {}
  // Where the keyboard goes when the room is entered; null: the first widget that takes it.
  virtual QWidget* focusWidget() { return nullptr; }
  // Its user closes the window. False: not yet; the room sees to it and calls `close`, if ever.
  virtual bool mayClose(const std::function<void()>& close) { return (void)close, true; }

  // For screenshots of the tour: the views worth a picture ("" is the plain panel; others get a suffix), and putting
  // the panel into one. True once nothing more is expected to change (it is asked again every few milliseconds).
  virtual QStringList tourViews() const { return {QString()}; }
  virtual bool prepareTourView(const QString&) { return true; }
};

using PanelFactory = std::function<std::unique_ptr<Panel>(AppContext&)>;

}  // namespace roundhouse::app
