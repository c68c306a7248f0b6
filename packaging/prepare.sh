#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Common to run.sh and test.sh: installs what is missing, configures, builds. Quiet when all is well; a step that fails
# is named and its log shown. Sourced; sets `root` and `build`.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." >/dev/null && pwd)
build="$root/build/release"
log="$root/build/log"
if ! mkdir -p "$log" 2>/dev/null || [ ! -w "$log" ]; then
  echo "Step \"set-up\" failed: $log cannot be written by $(id -un); who built here before?" >&2
  exit 1
fi

# step NAME COMMAND...: runs it with its output in build/log/NAME.log
step() {
  local name=$1
  shift
  if ! "$@" >"$log/$name.log" 2>&1; then
    printf 'Step "%s" failed: %s\n--- last lines of build/log/%s.log ---\n' "$name" "$*" "$name" >&2
    tail -n 40 "$log/$name.log" >&2
    exit 1
  fi
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"
  elif command -v sudo >/dev/null 2>&1; then sudo "$@"
  else
    echo "missing packages, and neither root nor sudo to install them: $*" >&2
    return 1
  fi
}

install_packages() {
  local missing=()
  local package
  while read -r package; do
    case "$package" in '' | \#*) continue ;; esac
    dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
  done <"$root/packaging/dependencies.txt"
  [ ${#missing[@]} -eq 0 ] && return 0
  echo "installing: ${missing[*]}"
  [ "$(id -u)" -eq 0 ] || echo "sudo installs Debian packages: ${missing[*]}" >/dev/tty 2>/dev/null || true
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
}

# ccache fails the build where its folder cannot be written (a home that is read-only or not there).
writable_cache() {
  local cache=${CCACHE_DIR:-${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/ccache}
  if ! mkdir -p "$cache" 2>/dev/null || [ ! -w "$cache" ]; then export CCACHE_DIR="$root/build/ccache"; fi
}

# Stays in the caller's folder: relative arguments mean what they say.
prepare() {
  step install-packages install_packages
  writable_cache
  step configure cmake -S "$root" --preset release
  step build cmake --build "$build"
}
