#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every string stands translated in resources/translations: none missing, obsolete, without its placeholders, or (in
Chinese) equal to its English outside same_in_chinese.txt. --update brings the .ts files up to the sources instead."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET

FOLDER = "resources/translations"
LANGUAGES = {"zh_CN": [], "en": ["-pluralonly"]}  # English: plural forms only
LUPDATE = next((path for path in ("/usr/lib/qt6/bin/lupdate", shutil.which("lupdate6")) if path and os.access(path, os.X_OK)), None)


def lupdate(language, ts):
    """Brings `ts` up to the sources; gives lupdate's warnings that a context is not the one of run time."""
    said = subprocess.run([LUPDATE, "app", "widgets", "plugins", "-I", ".", "-I", "engine/include", "-locations", "none",
                           "-no-obsolete", "-source-language", "en_US", "-target-language", language, *LANGUAGES[language],
                           "-ts", ts], capture_output=True, text=True, check=True)
    return [line for line in (said.stdout + said.stderr).splitlines() if "Q_OBJECT" in line or "unknown namespace" in line]


def messages(ts):
    return {(context.findtext("name"), message.findtext("source") or "", message.findtext("comment") or ""): message.find("translation")
            for context in ET.parse(ts).getroot().iter("context") for message in context.iter("message")}


def placeholders(text):
    return set(re.findall(r"%(?:n|L?\d+)", text))


def main():
    if "--update" in sys.argv:
        if not LUPDATE:
            sys.exit("lupdate of Qt 6 is not installed (qt6-l10n-tools)")
        for language in LANGUAGES:
            print("\n".join(lupdate(language, f"{FOLDER}/roundhouse_{language}.ts")))
        return
    same = {line.rstrip("\n") for line in open("packaging/checks/same_in_chinese.txt", encoding="utf-8") if not line.startswith("# ")}
    problems, count = [], 0
    for language in LANGUAGES:
        ts = f"{FOLDER}/roundhouse_{language}.ts"
        if not os.path.exists(ts):
            problems.append(f"{ts}: is not there")
            continue
        ours = messages(ts)
        if LUPDATE:
            with tempfile.TemporaryDirectory() as folder:
                problems += lupdate(language, f"{folder}/fresh.ts")
                fresh = messages(f"{folder}/fresh.ts")
            problems += [f"{ts}: {context}: {source!r}: missing" for context, source, _ in fresh.keys() - ours.keys()]
            problems += [f"{ts}: {context}: {source!r}: obsolete" for context, source, _ in ours.keys() - fresh.keys()]
        for (context, source, _), translation in ours.items():
            texts = [form.text or "" for form in translation.iter("numerusform")] or [translation.text or ""]
            count += 1
            where = f"{ts}: {context}: {source!r}"
            if translation.get("type") or not all(texts):
                problems.append(f"{where}: not translated")
                continue
            if language != "en" and source in texts and source not in same and any(c.isalpha() for c in source):
                problems.append(f"{where}: the Chinese equals the English")
            problems += [f"{where}: {text!r} has other placeholders" for text in texts if placeholders(text) != placeholders(source)]
    if not LUPDATE:
        print("translations: without lupdate of Qt 6, not compared with the sources")
    print("\n".join(problems) if problems else f"translations: {count} strings in order")
    sys.exit(1 if problems else 0)


main()
