#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Names sources that no test covers: none mirrors it (tests/FOLDER/test_STEM.cpp), includes its header, uses its type, or says
so in a line `// Tests of FOLDER: STEM STEM ...` (patterns allowed) because they are reached through something else.

untested.txt lists the debt: what has no test yet. The check fails for any other source without one, and for an entry of
the list that has a test by now, so the list can only shrink."""
import fnmatch
import os
import re
import subprocess
import sys

DEBT = {line.split("#")[0].strip() for line in open("packaging/checks/untested.txt", encoding="utf-8")} - {""}
listed = subprocess.run(["git", "ls-files"], capture_output=True, text=True)
if listed.returncode:
    sys.exit("sources: git cannot list the files: " + listed.stderr.strip())
files = listed.stdout.split("\n")
tests = [open(f, encoding="utf-8", errors="replace").read() for f in files
         if f.startswith("tests/") and f.endswith((".cpp", ".h")) and os.path.exists(f)]
code = "\n".join(re.sub(r"//[^\n]*|/\*.*?\*/", "", text, flags=re.S) for text in tests)
told = [f"{folder}/{stem}.cpp" for text in tests for folder, stems in re.findall(r"^// Tests of (\S+): (.+)$", text, re.M)
        for stem in stems.split()]


def covered(path):
    stem = os.path.splitext(os.path.basename(path))[0]
    camel = "".join(part.capitalize() for part in stem.split("_"))
    return (any(re.match(rf"tests/.*/test_{stem}\.cpp$", f) for f in files) or f'"{path[:-4]}.h"' in code
            or re.search(rf"\b{camel}\b", code) or any(fnmatch.fnmatchcase(path, each) for each in told))


sources = [f for f in files if re.match(r"(engine|widgets|app|plugins)/.*\.cpp$", f) and not f.endswith("main.cpp")]
missing = {path for path in sources if not covered(path)}
problems = [f"{path}: no test covers it" for path in sorted(missing - DEBT)]
problems += [f"{path}: has a test or is gone; take it out of packaging/checks/untested.txt" for path in sorted(DEBT - missing)]
problems += [f"a test says that it is of {each}, which is not there" for each in told if not fnmatch.filter(sources, each)]
print("\n".join(problems) if problems else f"sources: a test covers each, {len(DEBT)} of the debt list excepted")
sys.exit(1 if problems else 0)
