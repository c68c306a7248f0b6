#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every string has a Chinese translation, and none equals its English outside same_in_chinese.txt."""
import glob
import sys
import xml.etree.ElementTree as ET

same = {line.rstrip("\n") for line in open("packaging/checks/same_in_chinese.txt", encoding="utf-8") if not line.startswith("# ")}
problems = []
count = 0
for path in glob.glob("resources/translations/*zh_CN.ts") + glob.glob("plugins/*/translations/*zh_CN.ts"):
    for context in ET.parse(path).getroot().iter("context"):
        for message in context.iter("message"):
            translation = message.find("translation")
            if translation is None or translation.get("type") in ("vanished", "obsolete"):
                continue
            source = message.findtext("source") or ""
            texts = [form.text or "" for form in translation.iter("numerusform")] or [translation.text or ""]
            count += 1
            where = f"{path}: {context.findtext('name')}: {source!r}"
            if translation.get("type") == "unfinished" or not all(texts):
                problems.append(f"{where}: not translated")
            elif source in texts and source not in same and any(c.isalpha() for c in source):
                problems.append(f"{where}: the Chinese equals the English")
print("\n".join(problems) if problems else f"translations: {count} strings in order")
sys.exit(1 if problems else 0)
