#!/usr/bin/env python3
"""Put together the JSON Schemas of the wild that tests/unit/chat_schema.c and tests/long/schemas.c read. Started by scripts/setup
(group test) with the file to write.

    scripts/schema_cases.py build/schemas/cases.json

The schemas come from the packages in build/deps/schemas; tests/golden/schemas.jsonl says what each one's grammar and Python's
jsonschema answered (scripts/golden/chat_schemas.py). Strings of a schema and texts that came with it stand there as references:
the letter REFERENCE + n is the nth of references(). A line, in the order of sources():
    [digest of name and schema, [text that is accepted, ..], [text that is refused, ..]]   or   [digest, error code, subject]

The file written: {"llama_cpp": .., "schemastore": .., "test_suite": ..}, each an array of {"name", "schema", "accepted", "refused"}
or {"name", "schema", "error", "subject"}.
"""

import glob
import hashlib
import json
import os
import re
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
PACKAGES = os.path.join(ROOT, "build", "deps", "schemas")
GOLDEN = os.path.join(ROOT, "tests", "golden", "schemas.jsonl")
DRAFTS = {"draft4": "http://json-schema.org/draft-04/schema#", "draft7": "http://json-schema.org/draft-07/schema#",
          "draft2020-12": "https://json-schema.org/draft/2020-12/schema"}
# what grammars narrow on purpose, or formats of the suite that are remarks here
SKIPPED = re.compile(r"refRemote|vocabulary|dynamicRef|/format\.json|idn-|iri|json-pointer|regex\.json|uri-(reference|template)|"
                     "unknown|bignum")
REFERENCE = 0xF0000


def text_of(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def load(path):
    with open(path, encoding="utf-8") as f:
        return json.load(f)


# ---- the packages: each gives (name, schema, values that came with it) ---------------------------------------------------


def suite():
    """JSON-Schema-Test-Suite."""
    for draft, url in DRAFTS.items():
        folder = os.path.join(PACKAGES, "suite", draft)
        for path in sorted(glob.glob(f"{folder}/*.json") + glob.glob(f"{folder}/optional/format/*.json")):
            if SKIPPED.search(path) or (draft != "draft2020-12" and "format/" in path):
                continue
            for group in load(path):
                schema = group["schema"]
                if isinstance(schema, dict):
                    schema = {"$schema": url, **schema}
                given = [t["data"] for t in group["tests"]] if "format/" not in path else []
                yield f"{draft}/{os.path.basename(path)[:-5]}: {group['description']}", schema, given


def llama():
    """llama.cpp: tests/test-json-schema-to-grammar.cpp, and the functions of tests/test-chat.cpp."""
    def text(name):
        with open(os.path.join(PACKAGES, "llama-cpp", name), encoding="utf-8") as f:
            return f.read()
    case = r'test\(\{\s*(?:SUCCESS|FAILURE),\s*"((?:[^"\\]|\\.)*)",\s*R"""\((.*?)\)"""'
    for m in re.finditer(case, text("test-json-schema-to-grammar.cpp"), re.S):
        yield "grammar: " + m[1], json.loads(m[2]), []
    seen = set()
    function = r'"([\w ]+)",\s*/\* \.description = \*/[^\n]*\n\s*/\* \.parameters = \*/ R"\((.*?)\)"'
    for m in re.finditer(function, text("test-chat.cpp"), re.S):
        schema = json.loads(m[2])
        if text_of(schema) not in seen:
            yield "function: " + m[1], schema, []
        seen.add(text_of(schema))


def refs_of(node):
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for v in node.values():
            yield from refs_of(v)
    elif isinstance(node, list):
        for v in node:
            yield from refs_of(v)


def plain(node):
    """Without what only people read."""
    if isinstance(node, dict):
        return {k: ({a: plain(b) for a, b in v.items()} if k in ("properties", "definitions", "$defs", "patternProperties")
                    and isinstance(v, dict) else plain(v)) for k, v in node.items()
                if not (k in ("description", "title", "default", "examples", "deprecationMessage", "markdownDescription", "$comment")
                        and not isinstance(v, dict)) and not k.startswith("x-")}
    return [plain(v) for v in node] if isinstance(node, list) else node


def store():
    """schemastore.org: definitions that are small together with all that they refer to."""
    for path in sorted(glob.glob(os.path.join(PACKAGES, "store", "*.json"))):
        whole = load(path)
        name, found = os.path.basename(path)[:-5], 0
        places = [(k, whole[k]) for k in ("definitions", "$defs") if isinstance(whole.get(k), dict)]
        for key, definitions in places:
            for d, node in definitions.items():
                needed, todo = {}, [node]
                while todo:
                    for r in refs_of(todo.pop()):
                        n = r.split("/")[-1]
                        if r.startswith(f"#/{key}/") and n in definitions and n not in needed:
                            needed[n] = definitions[n]
                            todo.append(definitions[n])
                if not isinstance(node, dict) or any(not r.startswith(f"#/{key}/") for n in [node, *needed.values()]
                                                     for r in refs_of(n)):
                    continue
                version = whole.get("$schema", DRAFTS["draft7"])
                version = version.replace("https://json-schema.org/draft-07", "http://json-schema.org/draft-07")
                schema = {"$schema": version, **plain(node)}
                if needed:
                    schema[key] = {n: plain(s) for n, s in needed.items()}
                if 100 < len(text_of(schema)) < 2500 and found < 8:
                    found += 1
                    yield f"{name}: {d}", schema, []


def sources():
    return {"llama_cpp": llama(), "schemastore": store(), "test_suite": suite()}


# ---- references -----------------------------------------------------------------------------------------------------------


def strings_of(node):
    if isinstance(node, str):
        yield text_of(node)[1:-1]
    for v in node if isinstance(node, list) else node.values() if isinstance(node, dict) else []:
        yield from strings_of(v)
    if isinstance(node, dict):
        yield from strings_of(list(node))


def references(schema, given):
    """What a text may refer to: values that came with the schema, and strings of both, of three letters or more, the longest first."""
    return sorted({s for s in [*map(text_of, given), *strings_of([schema, given])] if len(s) > 2}, key=lambda s: (-len(s), s))


def shorten(text, names):
    if any(REFERENCE <= ord(c) < REFERENCE + len(names) for c in text):
        return None
    for i, name in enumerate(names):
        text = text.replace(name, chr(REFERENCE + i))
    return text


def restore(text, names):
    return "".join(names[ord(c) - REFERENCE] if REFERENCE <= ord(c) < REFERENCE + len(names) else c for c in text)


def digest(name, schema):
    return hashlib.sha256(f"{name}\n{text_of(schema)}".encode()).hexdigest()[:12]


def main(path):
    if not os.path.isdir(os.path.join(PACKAGES, "store")):
        sys.exit("schema_cases: no schemas in build/deps/schemas: scripts/setup test brings them")
    written = {}
    with open(GOLDEN, encoding="utf-8") as golden:
        for source, entries in sources().items():
            written[source] = []
            for name, schema, given in entries:
                key, first, second = json.loads(golden.readline() or '["", "", ""]')
                if key != digest(name, schema):
                    sys.exit(f"schema_cases: {name} is not the schema that {GOLDEN} was made for: scripts/golden/chat_schemas.py")
                names, entry = references(schema, given), {"name": name, "schema": schema}
                if isinstance(first, str):
                    entry.update(error=first, subject=restore(second, names))
                else:
                    entry.update(accepted=[restore(t, names) for t in first], refused=[restore(t, names) for t in second])
                written[source].append(entry)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path + ".new", "w", encoding="utf-8") as f:
        f.write(text_of(written))
    os.replace(path + ".new", path)


if __name__ == "__main__":
    main(sys.argv[1])
