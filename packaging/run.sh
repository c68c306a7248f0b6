#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing, builds, and opens the workbench. Without a display, or with --tour, it runs the tour.
# Further arguments go to the program.
source "$(dirname "${BASH_SOURCE[0]}")/prepare.sh"
prepare
# Without a display the program must be one that ends by itself.
if [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}${QT_QPA_PLATFORM:-}" ]; then
  case " $* " in *" --tour "* | *" --screenshots"[\ =]* | *" --help "* | *" -h "* | *" --version "*) ;; *) set -- --tour "$@" ;; esac
fi
exec "$build/app/roundhouse" "$@"
