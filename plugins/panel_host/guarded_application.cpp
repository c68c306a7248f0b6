// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugins/panel_host/guarded_application.h"

#include <cxxabi.h>

#include <QPointer>

#include "plugins/host/text.h"

namespace roundhouse::plugins {

bool GuardedApplication::notify(QObject* receiver, QEvent* event) {
  const QPointer<QObject> kept(receiver);  // its event may have deleted it
  try {
    return QApplication::notify(receiver, event);
  } catch (abi::__forced_unwind&) {
    throw;
  } catch (const std::exception& error) {
    if (handler_ && handler_(kept, QString::fromStdString(one_line(error.what())))) return true;
    throw;
  } catch (...) {
    if (handler_ && handler_(kept, QStringLiteral("not a std::exception"))) return true;
    throw;
  }
}

}  // namespace roundhouse::plugins
