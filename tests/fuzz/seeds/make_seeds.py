#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the small well-formed files that the fuzzers start from (beside this script, one folder a target)."""
import json
import pathlib
import struct

here = pathlib.Path(__file__).parent


def save(target: str, name: str, content: bytes) -> None:
    (here / target).mkdir(exist_ok=True)
    (here / target / name).write_bytes(content)


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value.encode())) + value.encode()


def gguf(entries: list[bytes], tensors: list[bytes], data: bytes, version: int = 3) -> bytes:
    head = b"GGUF" + struct.pack("<IQQ", version, len(tensors), len(entries)) + b"".join(entries) + b"".join(tensors)
    return head + b"\0" * (-len(head) % 32) + data


def tensor(name: str, dims: list[int], kind: int, offset: int) -> bytes:
    return text(name) + struct.pack(f"<I{len(dims)}QIQ", len(dims), *dims, kind, offset)


entries = [
    text("u8") + struct.pack("<IB", 0, 200), text("i8") + struct.pack("<Ib", 1, -1), text("u16") + struct.pack("<IH", 2, 9),
    text("i16") + struct.pack("<Ih", 3, -9), text("u32") + struct.pack("<II", 4, 9), text("i32") + struct.pack("<Ii", 5, -9),
    text("f32") + struct.pack("<If", 6, 0.5), text("yes") + struct.pack("<IB", 7, 1), text("s") + struct.pack("<I", 8) + text("llama"),
    text("a") + struct.pack("<IIQ", 9, 8, 2) + text("x") + text("yz"), text("n") + struct.pack("<IIQIQh", 9, 9, 1, 3, 1, 7),
    text("u64") + struct.pack("<IQ", 10, 1 << 60), text("i64") + struct.pack("<Iq", 11, -5), text("f64") + struct.pack("<Id", 12, 2.0),
]
save("fuzz_gguf", "values", gguf(entries, [], b""))
save("fuzz_gguf", "tensors", gguf([], [tensor("a", [64, 2], 2, 0), tensor("b", [5], 0, 96), tensor("c", [256], 12, 128), tensor("d", [3], 99, 288)], b"\0" * 320))
save("fuzz_gguf", "aligned", gguf([text("general.alignment") + struct.pack("<II", 4, 64)], [tensor("t", [4], 1, 0)], b"\0" * 80, 2))
save("fuzz_gguf", "bits", gguf([text("b") + struct.pack("<IIQ", 9, 7, 3) + b"\1\0\1", text("r") + struct.pack("<IIQ2f", 9, 6, 2, 1, 2)], [], b""))


def safetensors(header: dict, data: bytes) -> bytes:
    body = json.dumps(header).encode()
    return struct.pack("<Q", len(body)) + body + data


def entry(kind: str, shape: list[int], begin: int, end: int) -> dict:
    return {"dtype": kind, "shape": shape, "data_offsets": [begin, end]}


save("fuzz_safetensors", "two", safetensors({"__metadata__": {"format": "pt"}, "a": entry("F32", [2, 1], 0, 8), "b": entry("BF16", [], 8, 10)}, b"0123456789"))
save("fuzz_safetensors", "none", safetensors({}, b""))
save("fuzz_safetensors", "kinds", safetensors({"a": entry("U8", [0], 0, 0), "b": entry("F4", [4], 0, 2), "c": entry("BOOL", [1], 2, 3)}, b"abc"))

save("fuzz_json", "object", '{"model_type":"glm4_moe","n":[1,-2.5e-3,true,false,null],"o":{"p":{"q":"é\\u4e13\\ud83d\\ude42"}}}'.encode())
save("fuzz_json", "array", b'[[[[]]],"",{},18446744073709551615,-9223372036854775808,1e300]')

for kind in range(6):
    save("fuzz_quant", f"type{kind}", bytes([kind]) + bytes(range(0, 60)) * 8)

# Every fourth of the templates that the unit tests hold against jinja2.
cases = json.loads((here.parent.parent / "data" / "text" / "jinja_cases.json").read_text(encoding="utf-8"))["cases"]
for section in ("lexer", "expressions", "statements", "methods", "filters", "tests"):
    for index, (template, _) in enumerate(cases[section]):
        if index % 4 == 0:
            save("fuzz_jinja", f"{section}_{index:02d}", template.encode())

# The first byte chooses a pre-tokenizer; 255: a tokenizer.json.
save("fuzz_tokenizer", "seed_0", b"\x00Hello <s>, it's 2026!\n\n\xe4\xb8\xad\xff")
save("fuzz_tokenizer", "seed_1", b"\x09 aaaa  <think><|im_end|>\r\n")
save("fuzz_tokenizer", "seed_2", b"\x11\xf0\x9f\x9a 12345 \xe6\x97\xa5\xe3\x81\x8b")
save("fuzz_tokenizer", "seed_3", b"\xff" + json.dumps({
    "added_tokens": [{"id": 3, "content": "<s>", "special": True}], "normalizer": None,
    "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": True}, "decoder": {"type": "ByteLevel"},
    "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b"]}}).encode())

# The first byte says how the rest is read, see fuzz_data_set.cpp.
turns = '[{"role":"user","content":"q"},{"role":"assistant","content":[{"type":"text","text":"a"}]}]'
for name, content in {
    "messages": '\0{"messages":' + turns + '}\n{"conversations":[{"from":"human","value":"q"},{"from":"gpt","value":"a"}],"system":"s"}\n',
    "alpaca": '\0{"instruction":"q","input":"i","output":"a","history":[["q","a"]]}\n{"text":"t","images":["x"]}\n',
    "preference": '\1[{"prompt":"q","chosen":"a","rejected":' + turns + '},\n{"chosen":' + turns + ',"rejected":"b"}]',
    "csv": '\2question;answer;note\r\n"a ""b"";\n";c;\r\nd;e;f\n',
    "text": "\3One\r\ntwo.\n\n \nThree \u00e9.",
    "mapped": '\x14frage,antwort\nq,a\n',
}.items():
    save("fuzz_data_set", name, content.encode())
