#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks an exported audit log without Roundhouse, from the rules the export itself states.

usage: check_export.py EXPORT.json|EXPORT.csv.proof.json...
Prints what it found and exits 1 when something does not hold.
"""
import base64
import csv
import hashlib
import json
import os
import subprocess
import sys
import tempfile

INTEGERS = {"format", "sequence", "time_ns", "refers_to", "prompt_tokens", "answer_tokens"}
HASHES = {"previous", "hash"}


def u64(n):
    return (n & (2**64 - 1)).to_bytes(8, "little")


def item(tag, data):
    return tag + u64(len(data)) + data


def raw(value):
    if isinstance(value, dict):
        return base64.b64decode(value["text_base64"])
    return value.encode()


def entry_hash(entry, columns):
    data = b"roundhouse-audit-entry-1\n"
    for name in columns[:-1]:
        if name in INTEGERS:
            data += b"i" + u64(8) + u64(entry[name])
        elif name in HASHES:
            data += item(b"b", bytes.fromhex(entry[name]))
        else:
            data += item(b"t", raw(entry[name]))
    return hashlib.sha256(data).hexdigest()


def check_contents(entry, redacted, complain):
    texts = json.loads(raw(entry["texts"]) or "[]")
    contents = {raw(c["part"]).decode(): c for c in entry["contents"]}
    for text in texts:
        part = text["part"]
        content = contents.pop(part, None)
        if content is None:
            if (entry["sequence"], part) not in redacted:
                complain(f"entry {entry['sequence']}: text {part} is not there and no exported entry says why")
            continue
        salt = bytes.fromhex(content["salt"])
        if hashlib.sha256(b"roundhouse-audit-salt-1\n" + item(b"b", salt)).hexdigest() != text["salt_sha256"]:
            complain(f"entry {entry['sequence']}: the salt of {part} was changed")
        if (content["text"] is not None) != text["stored"]:
            complain(f"entry {entry['sequence']}: text {part} was added or removed")
        elif content["text"] is not None:
            data = b"roundhouse-audit-text-1\n" + item(b"b", salt) + item(b"t", part.encode())
            data += item(b"t", raw(content["text"]))
            if hashlib.sha256(data).hexdigest() != text["commitment"]:
                complain(f"entry {entry['sequence']}: text {part} was changed")
    for part in contents:
        complain(f"entry {entry['sequence']}: text {part} does not belong to it")


def read_csv(path, columns):
    """The rows of a CSV export as entries like those of a JSON export."""

    def plain(cell):
        return cell[1:] if cell.startswith("'") else cell

    csv.field_size_limit(2**31 - 1)
    with open(path, newline="", encoding="utf-8", errors="surrogateescape") as file:
        rows = csv.reader(file)
        header = next(rows)
        for row in rows:
            cells = dict(zip(header, row))
            entry = {}
            for name in columns:
                if name in INTEGERS:
                    entry[name] = int(cells[name])
                elif name in HASHES:
                    entry[name] = cells[name]
                else:
                    data = plain(cells[name]).encode("utf-8", "surrogateescape")
                    entry[name] = {"text_base64": base64.b64encode(data).decode()}
            stored = {t["part"]: t["stored"] for t in json.loads(raw(entry["texts"]) or "[]")}
            entry["contents"] = []
            for name in header:
                if name.startswith("salt:") and cells[name]:
                    part = name[5:]
                    data = plain(cells["text:" + part]).encode("utf-8", "surrogateescape")
                    text = {"text_base64": base64.b64encode(data).decode()} if stored.get(part) or data else None
                    entry["contents"].append({"part": part, "salt": cells[name], "text": text})
            yield entry


def check_signature(export, complain):
    with tempfile.TemporaryDirectory() as folder:
        paths = {name: os.path.join(folder, name) for name in ("key", "text", "signature")}
        for name, data in (("key", export["public_key"].encode()), ("text", export["signed"].encode()),
                           ("signature", base64.b64decode(export["signature"]))):
            with open(paths[name], "wb") as file:
                file.write(data)
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", paths["key"], "-rawin", "-in", paths["text"],
                   "-sigfile", paths["signature"]]
        if subprocess.run(command, capture_output=True, check=False).returncode != 0:
            complain("the signature does not hold")
    head = export["head"]
    if f"entry {head['sequence']}, hash {head['hash']}," not in export["signed"]:
        complain("the signature is of another head")


def check(export_path):
    """Prints what it finds in one export; true when all holds."""
    with open(export_path, encoding="utf-8") as file:
        export = json.load(file)
    problems = []
    complain = problems.append
    columns = export["columns"]
    listed = export["entries"]
    if "csv" in export:
        path = os.path.join(os.path.dirname(export_path), export["csv"])
        with open(path, "rb") as file:
            if hashlib.sha256(file.read()).hexdigest() != export["csv_sha256"]:
                complain("the CSV file is not the one that was exported")
        full = {entry["sequence"]: entry for entry in read_csv(path, columns)}
    else:
        full = {entry["sequence"]: entry for entry in listed if "kind" in entry}
    redacted = {(e["refers_to"], raw(e["action"]).decode()) for e in full.values() if raw(e["kind"]) == b"redaction"}
    known = {entry["sequence"]: entry["hash"] for entry in listed}
    if sorted(known) != list(range(1, len(known) + 1)):
        complain("sequences have gaps")
    for sequence, entry in full.items():
        if entry_hash(entry, columns) != entry["hash"] or known.get(sequence) != entry["hash"]:
            complain(f"entry {sequence}: its columns do not give its hash")
        if entry["previous"] != known.get(sequence - 1, "00" * 32):
            complain(f"entry {sequence} does not follow entry {sequence - 1}")
        check_contents(entry, redacted, complain)
    head = export["head"]
    if known.get(head["sequence"], "00" * 32) != head["hash"] or head["sequence"] != len(known):
        complain("the head is not the last entry's")
    recorded = export["recorded_head"]
    if recorded and recorded["sequence"] and known.get(recorded["sequence"]) != recorded["hash"]:
        complain("the head recorded outside is not of this log")
    if "signature" in export:
        check_signature(export, complain)
    for problem in problems:
        print(problem)
    print(f"{export_path}: {len(full)} entries checked in full, {len(known)} in the chain: "
          + ("does not hold" if problems else "holds" + (", signed" if "signature" in export else "")))
    return not problems


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    results = [check(path) for path in sys.argv[1:]]
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
