#!/usr/bin/env python3
"""Compares src/engine/onnxruntime/ort_api.h with ONNX Runtime's published declarations.

    check_ort_slots.py onnxruntime_c_api.h      C header: number, return type, parameter types, first version
    check_ort_slots.py lib.rs                   source of the crate ort-sys: number and count of parameters

A development check: run it when a slot is added. The header is in the npm package com.github.asus4.onnxruntime
(Plugins/Android/onnxruntime.aar, headers/onnxruntime_c_api.h with onnxruntime_error_code.h beside it)."""
import pathlib
import re
import sys

CRATE_NAMES = {"AddExternalInitializersFromMemory": "AddExternalInitializersFromFilesInMemory"}
OURS = pathlib.Path(__file__).resolve().parent.parent / "src/engine/onnxruntime/ort_api.h"


def without_comments(text):
    return re.sub(r"//[^\n]*", "", re.sub(r"/\*.*?\*/", "", text, flags=re.S))


def split_parameters(text):
    """Types of a parameter list, without names, annotations and spaces."""
    text = re.sub(r"\b_\w+_(\([^()]*(\([^()]*\))?[^()]*\))?(?=\s|\w|$)", " ", text)  # _In_, _Out_writes_all_(n)
    parts, depth, start = [], 0, 0
    for i, c in enumerate(text + ","):
        depth += {"(": 1, ")": -1}.get(c, 0)
        if c == "," and depth == 0:
            parts.append(text[start:i])
            start = i + 1
    types = []
    for part in parts:
        part = re.sub(r"\b(enum|struct)\b", " ", part)
        part = part.replace("ORTCHAR_T", "ort_char").replace("OrtStatusPtr", "OrtStatus*")
        array = "*" if "[" in part else ""
        part = re.sub(r"\[\w*\]", "", part)
        part = re.sub(r"\s*\*\s*", "*", part).strip()
        match = re.match(r"(.*[\s*])(\w+)$", part)
        types.append(re.sub(r"\s+", " ", (match[1] if match else part)).strip() + array)
    return [t for t in types if t and t != "void"]


def normal_type(text):
    return re.sub(r"\s*\*\s*", "*", text.replace("OrtStatusPtr", "OrtStatus*")).strip()


def read_ours():
    text = without_comments(OURS.read_text()).replace("\\\n", " ")
    rows = []
    for m in re.finditer(r"X\((\d+), (\d+), (\w+),\s*([^,]+?),\s*\(", text):
        depth, i = 1, m.end()
        while depth:
            depth += {"(": 1, ")": -1}.get(text[i], 0)
            i += 1
        rows.append((int(m[1]), int(m[2]), m[3], normal_type(m[4]), split_parameters(text[m.end():i - 1])))
    enums = {name: int(value) for name, value in re.findall(r"\b((?:ORT|ONNX|Ort)\w+) = (\d+)", text)}
    return rows, enums


def read_header(path):
    raw = path.read_text()
    body = raw[raw.index("struct OrtApi {") + len("struct OrtApi {"):]
    body = body[:body.index("\n};")]
    since = {}
    for m in re.finditer(r"\\since Version 1\.(\d+)(?:(?!\\since).)*?\*/\s*(?:#[^\n]*\n\s*)*"
                         r"(?:ORT_API2_STATUS\(\s*(\w+)|ORT_CLASS_RELEASE\(\s*(\w+)|ORT_API_T\([^,]*,\s*(\w+)|"
                         r"[^;()]*\(\s*ORT_API_CALL\s*\*\s*(\w+))", body, flags=re.S):
        name = m[2] or (m[3] and "Release" + m[3]) or m[4] or m[5]
        since[name] = int(m[1])
    rows = []
    for item in without_comments(body).split(";"):
        item = " ".join(re.sub(r"^\s*#[^\n]*$", "", item, flags=re.M).split())
        if not item:
            continue
        if m := re.match(r"ORT_API2_STATUS\(\s*(\w+)\s*,?(.*)\)$", item):
            rows.append((m[1], "OrtStatus*", m[2]))
        elif m := re.match(r"ORT_CLASS_RELEASE\(\s*(\w+)\s*\)", item):
            rows.append(("Release" + m[1], "void", f"Ort{m[1]}* input"))
        elif m := re.match(r"ORT_API_T\(([^,]*),\s*(\w+)\s*,?(.*)\)$", item):
            rows.append((m[2], m[1], m[3]))
        elif m := re.match(r"(.*?)\(\s*ORT_API_CALL\s*\*\s*(\w+)\s*\)\s*\((.*)\)", item):
            rows.append((m[2], m[1], m[3]))
        else:
            sys.exit(f"not understood: {item}")
    return {name: (i, normal_type(result), split_parameters(params), since.get(name)) for i, (name, result, params) in
            enumerate(rows)}


def read_header_enums(path):
    values = {}
    for file in (path, path.parent / "onnxruntime_error_code.h"):
        if not file.exists():
            continue
        for body in re.findall(r"enum \w+ \{(.*?)\}", without_comments(file.read_text()), flags=re.S):
            value = -1
            for item in body.split(","):
                m = re.match(r"\s*(\w+)\s*(?:=\s*([-\w]+))?\s*$", item)
                if not m:
                    continue
                value = int(m[2]) if m[2] and re.match(r"-?\d+$", m[2]) else values.get(m[2], value + 1)
                values[m[1]] = value
    return values


def read_crate(path):
    text = path.read_text()
    body = text[text.index("pub struct OrtApi {"):]
    body = re.sub(r'#\[doc = "(?:[^"\\]|\\.)*"\]', "", body[:body.index("\n}\n")])
    rows = []
    body = re.sub(r"\n\t#\[cfg\(all\(target_family = \"wasm\"[^\n]*\n\tpub ", "\n\tbrowser ", body)  # twins of other slots
    for member in re.split(r"\n\t(?=pub |browser )", body)[1:]:
        if member.startswith("browser "):
            continue
        name, kind = member[len("pub "):].split(":", 1)
        name = CRATE_NAMES.get(name, name)
        params = kind[kind.index("(") + 1:kind.rindex(")")] if "(" in kind else ""
        rows.append((name, len(re.findall(r"\w+\s*:(?!:)", re.sub(r"\w+::", "", params)))))
    return {name: (i, count) for i, (name, count) in enumerate(rows)}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    path = pathlib.Path(sys.argv[1])
    ours, our_enums = read_ours()
    wrong = []

    def check(what, found, wanted):
        if found != wanted:
            wrong.append(f"{what} is {found}, published {wanted}")

    if path.suffix == ".rs":
        theirs = read_crate(path)
        for number, _, name, _, params in ours:
            check(f"number of {name}", number, theirs.get(name, (None,))[0])
            if name in theirs:
                check(f"parameters of {name}", len(params), theirs[name][1])
    else:
        theirs = read_header(path)
        for number, since, name, result, params in ours:
            if name not in theirs:
                wrong.append(f"{name} is not published")
                continue
            slot, their_result, their_params, their_since = theirs[name]
            check(f"number of {name}", number, slot)
            check(f"result of {name}", result, their_result)
            check(f"parameters of {name}", params, their_params)
            if their_since:
                check(f"first version of {name}", since, their_since)
        their_enums = read_header_enums(path)
        for name, value in our_enums.items():
            if name.startswith("ORT_API_"):
                continue
            check(f"value of {name}", value, their_enums.get(name))
    numbers = [row[0] for row in ours]
    check("order of the rows", numbers, sorted(set(numbers)))
    for line in wrong:
        print(line)
    print(f"{len(ours)} slots and {len(our_enums)} constants compared with {len(theirs)} slots of {path.name}: "
          f"{len(wrong)} differences")
    sys.exit(1 if wrong else 0)


main()
