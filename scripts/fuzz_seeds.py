#!/usr/bin/env python3
"""Cut the small ones of ONNX's own test cases (scripts/node_cases.py) into seeds for the fuzzers of the native engine. Started by
scripts/fuzz.

    scripts/fuzz_seeds.py build/node-cases/cases.bin build/fuzz/seeds

Models go to native_reader and native_checker; models with their inputs, as fuzz/onnx_tree.h lays them out, to native_planner and
native_executor.
"""

import os
import struct
import sys

MOST = 6000  # bytes of a seed
MODEL, TENSOR, SEQUENCE, OPTIONAL, OPTIONS = range(1, 6)
INPUT_KINDS = {1: TENSOR, 4: SEQUENCE, 9: OPTIONAL}  # by the field of TypeProto


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def number(self):
        self.at += 4
        return struct.unpack_from("<I", self.data, self.at - 4)[0]

    def blob(self):
        size = self.number()
        self.at += size
        return self.data[self.at - size:self.at]


def varint(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out + bytearray([value]))


def fields(data):
    """(number, value) of a message; numbers or bytes."""
    at = 0
    while at < len(data):
        def take():
            nonlocal at
            value = shift = 0
            while True:
                byte = data[at]
                at += 1
                value |= (byte & 127) << shift
                shift += 7
                if byte < 128:
                    return value
        tag = take()
        if tag & 7 == 0:
            yield tag >> 3, take()
        else:
            size = {1: 8, 5: 4}.get(tag & 7) or take()
            yield tag >> 3, data[at:at + size]
            at += size


def input_kinds(model):
    """What each input without an initializer is: TENSOR, SEQUENCE or OPTIONAL."""
    graph = b"".join(value for number, value in fields(model) if number == 7)
    constants = {name for number, t in fields(graph) if number == 5 for n, name in fields(t) if n == 8}
    kinds = []
    for number, port in fields(graph):
        if number != 11:
            continue
        name = b"".join(v for n, v in fields(port) if n == 1)
        type_ = b"".join(v for n, v in fields(port) if n == 2)
        if name not in constants:
            kinds += [INPUT_KINDS.get(n) for n, _ in fields(type_) if n in INPUT_KINDS][:1] or [TENSOR]
    return kinds


def message(number, data):
    return varint(number << 3 | 2) + varint(len(data)) + data


def main(cases, folder):
    for name in ("reader", "checker", "planner", "executor"):
        os.makedirs(os.path.join(folder, "native_" + name), exist_ok=True)

    def write(target, name, data):
        if len(data) <= MOST:
            with open(os.path.join(folder, "native_" + target, name), "wb") as f:
                f.write(data)

    with open(cases, "rb") as f:
        r = Reader(f.read())
    r.at = 8
    for index in range(r.number()):
        name = r.blob().decode()
        for _ in range(3):
            r.blob()
        r.at += 16
        model = r.blob()
        kinds = input_kinds(model)
        for number in range(r.number()):
            counts = r.number(), r.number()
            inputs = [r.blob() for _ in range(counts[0])]
            for _ in range(counts[1]):
                r.blob()
            if number:
                continue
            options = index % 8 | (index // 8 % 2) << 6
            case = b"".join([message(MODEL, model), *map(message, kinds, inputs), varint(OPTIONS << 3) + varint(options)])
            write("planner", name, case)
            write("executor", name, case)
        write("reader", name, model)
        write("checker", name, model)


main(*sys.argv[1:])
