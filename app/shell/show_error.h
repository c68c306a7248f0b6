// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/shell/format.h"
#include "widgets/controls/error_bar.h"

namespace roundhouse::app {

// Shows a failure where the action was. `title` says what did not work ("The file was not attached"); empty: the kind
// of error does.
inline void showError(widgets::ErrorBar* bar, const Error& error, const QString& title = {}, const QString& action = {}) {
  ErrorText text = errorText(error);
  if (!title.isEmpty()) text.title = title;
  bar->showError(text.line(), text.details, action);
}

}  // namespace roundhouse::app
