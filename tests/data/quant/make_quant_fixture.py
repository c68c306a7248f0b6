#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random rows of each tensor type with the values that the Python package `gguf` gives them.

Writes TYPE.bin beside this script: the row's bytes, then its values as float32. Run with numpy and gguf 0.17 or
newer; the output is the same on every run.
"""
import pathlib

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Type

here = pathlib.Path(__file__).parent
random = np.random.default_rng(20261124)
blocks = {Type.F16: 512, Type.BF16: 512, Type.Q8_0: 24, Type.Q4_0: 24, Type.Q4_K: 6, Type.Q6_K: 6}
# Where a block keeps its binary16 scales.
scale_bytes = {Type.F16: [0], Type.Q8_0: [0], Type.Q4_0: [0], Type.Q4_K: [0, 2], Type.Q6_K: [208]}


def finite_half(count: int) -> np.ndarray:
    """Bit patterns over the whole range: normal, subnormal, zero, of both signs; none infinite or not a number."""
    return (random.integers(0, 0x7C00, count) | (random.integers(0, 2, count) << 15)).astype(np.uint16)


for kind, count in blocks.items():
    _, size = gguf.GGML_QUANT_SIZES[kind]
    row = random.integers(0, 256, (count, size)).astype(np.uint8)
    for offset in scale_bytes.get(kind, []):
        row[:, offset:offset + 2] = finite_half(count).view(np.uint8).reshape(count, 2)
    if kind == Type.BF16:
        row[:, 1] &= 0xBF  # exponents below the highest bit: finite
    values = gguf.dequantize(row.reshape(-1), kind).astype(np.float32).reshape(-1)
    assert np.isfinite(values).all()
    (here / f"{kind.name.lower()}.bin").write_bytes(row.tobytes() + values.tobytes())
    print(kind.name, row.nbytes, values.size)
