#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Names sources that no test mirrors (test_STEM.cpp) or names by header, stem or type.

untested.txt lists the debt: what has no test yet. The check fails for any other source without one, and for an entry of
the list that has a test by now, so the list can only shrink."""
import os
import re
import subprocess
import sys

DEBT = {line.split("#")[0].strip() for line in open("packaging/checks/untested.txt", encoding="utf-8")} - {""}
files = subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=True).stdout.split("\n")
tests = "\n".join(open(f, encoding="utf-8", errors="replace").read() for f in files
                  if f.startswith("tests/") and f.endswith((".cpp", ".h", ".py", ".sh")) and os.path.exists(f))
missing = []
for path in files:
    if not re.match(r"(engine|widgets|app|plugins)/.*\.cpp$", path) or path.endswith("main.cpp"):
        continue
    stem = os.path.splitext(os.path.basename(path))[0]
    camel = "".join(part.capitalize() for part in stem.split("_"))
    mirrored = any(re.match(rf"tests/.*/test_{stem}\.cpp$", f) for f in files)
    if not mirrored and not re.search(rf"\b({stem}|{camel})\b|/{stem}\.h", tests):
        missing.append(path)
new, paid = sorted(set(missing) - DEBT), sorted(DEBT - set(missing))
for path in new:
    print(f"{path}: no test names it")
for path in paid:
    print(f"{path}: has a test or is gone; take it out of packaging/checks/untested.txt")
if not new and not paid:
    print(f"sources: each has a test, {len(DEBT)} of the debt list excepted")
sys.exit(1 if new or paid else 0)
