#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Dependencies point down only: which room may include which, rooms without Qt, where architecture names may stand, licences."""
import re
import subprocess
import sys

# Rooms (folders; the longest that fits counts) and the rooms each may include besides itself. "public" is roundhouse/*.h.
STYLE = {"widgets/style"}
WIDGETS = {f"widgets/{room}" for room in ("controls", "heatmap", "markdown", "plots", "style", "tokens")}
SHELL = {"public", "app/bridge", "app/net", "app/shell"} | WIDGETS
PANEL = {"public", "plugins/api/core", "plugins/api/panel"} | WIDGETS  # what a plugin sees
ALLOWED = {
    "engine/include": {"public"},
    **{f"engine/{floor}": {"public", "engine/base"} | {f"engine/{below}" for below in lower.split()} for floor, lower in {
        "base": "", "io": "", "audit": "", "guard": "", "media": "", "text": "io", "quant": "",
        "ops": "quant", "cpu": "ops quant", "cuda": "ops quant",
        "model": "io ops quant",
        "runtime": "io ops model",
        "train": "io ops model runtime quant",
        "serve": "runtime",
        "facade": "io audit guard media text quant ops cpu cuda model runtime train serve",
    }.items()},
    "widgets/style": set(),
    **{f"widgets/{room}": STYLE for room in ("controls", "heatmap", "plots", "tokens")},
    "widgets/markdown": STYLE | {"widgets/controls"},
    "plugins/api/core": {"public"},
    "plugins/api/panel": {"public", "plugins/api/core"},
    "plugins/host": {"public", "plugins/api/core"},
    "plugins/panel_host": {"public", "plugins/host", "plugins/api/core", "plugins/api/panel"},
    "plugins/example": PANEL,
    "app/common": {"public"},
    "app/cli": {"public", "app/common", "plugins/host", "plugins/api/core"},
    "app/net": {"public"},
    "app/stores": {"public"},
    "app/jobs": {"public", "app/stores"},
    "app/bridge": {"public"},
    "app/shell": {"public", "app/bridge", "app/net"} | WIDGETS,
    "app/plugins": {"public", "app/bridge", "app/net", "app/shell", "plugins/host", "plugins/panel_host"},
    "app/chat": SHELL | {"app/stores", "app/plugins"},
    "app/models": SHELL,
    "app/settings": SHELL | {"app/stores"},
    "app/panels/audit": SHELL,
    "app/panels/finetune": SHELL | {"app/jobs"},
    "app/panels/routing": SHELL,
    "app/panels/plugins": SHELL | {"app/plugins", "plugins/host"},
    "app/program": {"*"},  # puts the rooms together
    "app": {"app/program"},
}
QT = re.compile(r"(Q[A-Z]\w*|Qt[A-Z]\w*(/.*)?|private/q.*|q(?!ueue)[a-z]\w*\.h)$")
QT_FREE = ("engine/", "app/cli/", "app/common/", "plugins/api/core/", "plugins/host/")
APACHE = ("engine/", "plugins/api/")
GPL = ("app/", "widgets/", "plugins/host/", "plugins/panel_host/", "plugins/example/")
APACHE_IN_APP = ("app/cli/", "app/common/", "plugins/host/")  # no Qt in them; may say either
# The files that map a family's names; the names are read out of the first.
MAPPING = ("engine/model/families.cpp", "engine/text/")


def room_of(path):
    if path.startswith("roundhouse/"):
        return "public"
    fits = [room for room in ALLOWED if path.startswith(room + "/")]
    return max(fits, key=len) if fits else None


def tracked(*patterns):
    listed = subprocess.run(["git", "ls-files", *patterns], capture_output=True, text=True)
    if listed.returncode:
        sys.exit("layers: git cannot list the files: " + listed.stderr.strip())
    return listed.stdout.split("\n")[:-1]


def architectures():
    text = open(MAPPING[0], encoding="utf-8").read()
    names = set(re.findall(r'FamilyRow\{\w+, "([^"]+)"', text))
    if not names:
        sys.exit(f"layers: {MAPPING[0]} has no FamilyRow that can be read")
    names |= {"glm4moe", "glm4_moe", "mixtral", "qwen2moe", "qwen2_moe", "qwen3moe", "qwen3_moe", "olmoe", "llama", "qwen3", "gpt-oss",
              "gpt_oss", "dbrx", "phimoe", "deepseek", "deepseek2", "deepseek_v2", "deepseek_v3"}
    literal = "|".join(sorted(map(re.escape, names), key=len, reverse=True))
    return re.compile(rf'"(?:{literal})"|"(?:Glm|Mixtral|Qwen|Olmo|Llama|Deepseek|Phi)\w*ForCausalLM"|starts_with\("(?:glm|qwen|llama|deepseek|mixtral|olmo|phi)')


def problems_of(path, text, names):
    found = []
    own = room_of(path)
    for include in re.findall(r'^\s*#\s*include\s*[<"]([^">]+)[">]', text, re.M):
        if ".." in include.split("/"):
            found.append(f"includes {include}: includes begin at the root")
        if path.startswith(QT_FREE) and QT.match(include):
            found.append(f"includes {include}: a room without Qt")
        if not re.match(r"(engine|roundhouse|app|widgets|plugins|tests)/", include) or path.startswith("tests/"):
            continue
        room = room_of(include)
        if own is None:
            found.append("lies in no room that packaging/checks/layers.py knows")
        elif room != own and ALLOWED[own] != {"*"} and room not in ALLOWED[own] and not (own == "engine/include" and room == "public"):
            found.append(f"includes {include}: {own} may not include {room or 'that'}")
    if path.startswith(("engine/", "app/", "plugins/")) and not path.startswith(MAPPING) and names.search(text):
        found.append(f"names an architecture ({names.search(text)[0]}) outside the mapping files")
    return found


def licence_of(path, text):
    head = "\n".join(text.split("\n", 2)[:2])
    match = re.search(r"SPDX-License-Identifier: ([\w.-]+)", head)
    if not match:
        return "no licence in the first two lines"
    if path.startswith(APACHE) and match[1] != "Apache-2.0":
        return "engine and plugins/api are Apache-2.0"
    if path.startswith(GPL) and not path.startswith(APACHE_IN_APP) and match[1] != "GPL-3.0-or-later":
        return "window, widgets and bundled plugins are GPL-3.0-or-later"
    return None


def main():
    names = architectures()
    problems = []
    for path in tracked("*.h", "*.cpp", "*.cu", "*.cuh"):
        text = open(path, encoding="utf-8").read()
        problems += [f"{path}: {each}" for each in dict.fromkeys(problems_of(path, text, names))]
    for path in tracked("*.h", "*.cpp", "*.cu", "*.cuh", "*.py", "*.sh", "*CMakeLists.txt", "*.cmake"):
        if wrong := licence_of(path, open(path, encoding="utf-8").read()):
            problems.append(f"{path}: {wrong}")
    print("\n".join(problems) if problems else "layers: in order")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
