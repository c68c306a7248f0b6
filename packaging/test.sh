#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The same set-up as run.sh, then the whole suite but the tests labelled slow (`--all` runs those too).
source "$(dirname "${BASH_SOURCE[0]}")/prepare.sh"
selection=(-LE slow)
case "$*" in
  '') ;;
  --all) selection=() ;;
  *) echo "usage: packaging/test.sh [--all]" >&2; exit 2 ;;
esac
prepare
export QT_QPA_PLATFORM="${QT_QPA_PLATFORM:-offscreen}"
if ! ctest --test-dir "$build" --output-on-failure "${selection[@]}" >"$log/test.log" 2>&1; then
  echo 'Step "test" failed; build/log/test.log:' >&2
  # What each failed test printed, then the summary.
  awk '/^ *[0-9]+\/[0-9]+ Test +#[0-9]+:/ { shown = !/ Passed / && !/Skipped/ } shown' "$log/test.log" | head -n 200 >&2
  sed -n '/% tests passed/,$p' "$log/test.log" >&2
  exit 1
fi
grep -E '% tests passed|^Total Test time|\((Skipped|Not Run)\)$' "$log/test.log"
