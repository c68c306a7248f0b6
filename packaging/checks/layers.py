#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Dependencies point down only: who may include whom, where architecture names may stand, Qt-free floors."""
import re
import subprocess
import sys

FLOORS = ["base", "io", "audit", "guard", "media", "text", "quant", "ops", "cpu", "cuda", "model", "runtime", "train", "serve", "facade"]
# What a floor may include besides itself, base and the public headers.
ALLOWED = {
    "base": set(), "io": set(), "audit": set(), "guard": set(), "media": set(), "text": set(), "quant": set(),
    "ops": {"quant"}, "cpu": {"ops", "quant"}, "cuda": {"ops", "quant"},
    "model": {"io", "ops", "quant"},
    "runtime": {"io", "ops", "model"},
    "train": {"io", "ops", "model", "runtime", "quant"},
    "serve": {"runtime"},
    "facade": set(FLOORS),
}
ROOMS = [  # (files that start with, forbidden include, why)
    ("widgets/", r"^(engine|roundhouse|app|plugins)/", "widgets know no engine and no application"),
    ("plugins/", r"^(engine/|app/)", "plugins see plugins/api, widgets and the public headers only"),
    ("app/", r"^engine/", "the application sees the public headers only"),
]
# Rooms of the window; only app/program puts them together.
APP_ROOMS = re.compile(r"^app/(chat|models|settings|panels/\w+)/")
QT = re.compile(r'^\s*#\s*include\s*[<"](Q[A-Z]\w*|Qt\w+/.*|qt?[a-z]+\.h)[>"]')
QT_FREE = ("engine/", "app/cli/", "app/common/", "plugins/api/core/", "plugins/host/")
# The files that map a family's names; no other may compare with one.
MAPPING = {"engine/model/families.cpp"}
ARCHITECTURES = re.compile(r'"(glm4moe|glm4_moe|mixtral|qwen3moe|qwen3_moe|olmoe|llama|qwen3|deepseek\d*|gpt-oss)"')

problems = []
for path in subprocess.run(["git", "ls-files", "*.h", "*.cpp", "*.cu", "*.cuh"], capture_output=True, text=True, check=True).stdout.split():
    text = open(path, encoding="utf-8").read()
    includes = re.findall(r'^\s*#\s*include\s*"([^"]+)"', text, re.M)
    if path.startswith("engine/") and not path.startswith("engine/include/"):
        floor = path.split("/")[1]
        for include in includes:
            match = re.match(r"engine/(\w+)/", include)
            if match and match[1] != floor and match[1] != "base" and match[1] not in ALLOWED.get(floor, set()):
                problems.append(f"{path}: engine/{floor} may not include {include}")
            if re.match(r"(app|widgets|plugins)/", include):
                problems.append(f"{path}: the engine may not include {include}")
    if path.startswith("engine/include/"):
        problems += [f"{path}: public headers include public headers only, not {i}" for i in includes if not i.startswith("roundhouse/")]
    for prefix, forbidden, why in ROOMS:
        if path.startswith(prefix):
            problems += [f"{path}: includes {i}: {why}" for i in includes if re.search(forbidden, i)]
    if path.startswith("app/") and not path.startswith(("app/program/", "app/main.cpp")):
        own = APP_ROOMS.match(path)
        for include in includes:
            room = APP_ROOMS.match(include)
            if room and (not own or own[1] != room[1]):
                problems.append(f"{path}: includes {include}: a room is known to app/program only")
    if path.startswith(QT_FREE) and any(QT.match(line) for line in text.splitlines()):
        problems.append(f"{path}: includes Qt in a Qt-free room")
    if path.startswith("engine/") and path not in MAPPING and ARCHITECTURES.search(text) and not path.startswith("engine/text/"):
        problems.append(f"{path}: names an architecture ({ARCHITECTURES.search(text)[0]}) outside the mapping files")
    first = text.split("\n", 1)[0]
    if "SPDX-License-Identifier:" not in first:
        problems.append(f"{path}: no licence in the first line")
    elif path.startswith(("engine/", "plugins/api/")) and "Apache-2.0" not in first:
        problems.append(f"{path}: engine and plugins/api are Apache-2.0")
print("\n".join(problems) if problems else "layers: in order")
sys.exit(1 if problems else 0)
