#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing, builds, and opens the workbench. Without a display, or with --tour, it runs the tour.
# Further arguments go to the program.
source "$(dirname "${BASH_SOURCE[0]}")/prepare.sh"
prepare
arguments=("$@")
if [ -z "${DISPLAY:-}" ] && [ -z "${WAYLAND_DISPLAY:-}" ]; then
  export QT_QPA_PLATFORM=offscreen
  case " ${*:-} " in *" --tour "*) ;; *) arguments=(--tour "$@") ;; esac
fi
exec "$build/app/roundhouse" "${arguments[@]}"
