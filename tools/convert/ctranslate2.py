"""Reads the tensors of a CTranslate2 model (model.bin, file version 6). Standard library only.

    weights = read("model.bin")                     # dict name -> Array of onnx_plain.py, of the file's own type

The file, little-endian; a string is a u16 length that counts its closing NUL, then the bytes:

    u32 version, string specification, u32 revision
    u32 count, then for each tensor: string name, u8 rank, u32 dimensions, u8 type, u32 bytes, data
    u32 count, then for each alias: string alias, string name
"""

import math
import struct

from onnx_plain import FLOAT, FLOAT16, Array

VERSION = 6
SIZES = {0: 4, 1: 1, 2: 2, 3: 4, 4: 2}  # float32, int8, int16, int32, float16
TYPES = {0: FLOAT, 4: FLOAT16}          # that are converted


class _Reader:
    def __init__(self, data):
        self.data = data
        self.at = 0

    def bytes(self, size):
        if size > len(self.data) - self.at:
            raise ValueError(f"cut off at byte {self.at}: {size} bytes wanted, {len(self.data) - self.at} left")
        self.at += size
        return self.data[self.at - size:self.at]

    def number(self, code):
        return struct.unpack("<" + code, self.bytes(struct.calcsize(code)))[0]

    def string(self):
        return bytes(self.bytes(self.number("H"))[:-1]).decode()

    def tensor(self):
        shape = [self.number("I") for _ in range(self.number("B"))]
        dtype, size = self.number("B"), self.number("I")
        if size != math.prod(shape) * SIZES[dtype]:
            raise ValueError(f"{size} bytes for a tensor of shape {shape}")
        data = self.bytes(size)
        return Array.from_bytes(TYPES[dtype], shape, data) if dtype in TYPES else None


def read(path):
    """Dict name -> Array, aliases included; None for whole numbers."""
    with open(path, "rb") as file:
        reader = _Reader(memoryview(file.read()))
    version = reader.number("I")
    if version != VERSION:
        raise ValueError(f"{path}: version {version}, only {VERSION} is known")
    reader.string(), reader.number("I")  # specification and its revision
    weights = {}
    for _ in range(reader.number("I")):
        name = reader.string()
        weights[name] = reader.tensor()
    for _ in range(reader.number("I")):
        alias = reader.string()
        weights[alias] = weights[reader.string()]
    return weights
