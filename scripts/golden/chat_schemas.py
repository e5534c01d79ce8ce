#!/usr/bin/env python3
"""Makes tests/golden/schemas/*.json: schemas from the wild, and what Python's jsonschema says of texts for them.

    pip install jsonschema==4.26.0 regress==2026.9.1    # regress: regular expressions as ECMA-262 has them, which Python's are not
    pip download --no-deps --no-binary jsonschema jsonschema==4.26.0    # its source holds JSON-Schema-Test-Suite under json/
    pip download --no-deps check-jsonschema==0.39.0                     # a wheel that holds schemas of schemastore.org
    cmake --build build --target xybrid_testing
    cc -O1 -Isrc -Iinclude scripts/golden/chat_walk.c build/src/libxybrid_testing.a -lm -lpthread -o WALK
    scripts/golden/chat_schemas.py WALK tests/golden/schemas ../shared/data JSONSCHEMA_SOURCE CHECK_JSONSCHEMA LLAMA_CPP

Each file: {"source", "schemas": [{"name", "schema", "accepted": [text], "refused": [text]} or {"name", "schema", "error": code,
"subject"}]}. A text is `accepted` when it was made by a random walk along the grammar (a vocabulary of bytes and pieces, then GPT-2's)
or by a change to such a text, or stands in the suite, and jsonschema finds it valid and the grammar takes it; `refused` when
jsonschema finds it invalid. The script fails when a made text is invalid, or an invalid one is taken: nothing is filtered. Valid
texts that the grammar refuses (chat/schema.h says which) are counted. multipleOf of fractions is decided by jsonschema in
floating point, where 6.127 is no multiple of 0.0001: there the walks are judged in decimals.
"""
import glob
import json
import os
import random
import re
import subprocess
import sys
from decimal import Decimal

import jsonschema
import regress

WALK, OUT, DATA, SUITE, STORE, LLAMA = sys.argv[1:7]
DRAFTS = {"draft4": ("http://json-schema.org/draft-04/schema#", jsonschema.Draft4Validator),
          "draft7": ("http://json-schema.org/draft-07/schema#", jsonschema.Draft7Validator),
          "draft2020-12": ("https://json-schema.org/draft/2020-12/schema", jsonschema.Draft202012Validator)}
# what grammars narrow on purpose, or formats of the suite that are remarks here
SKIPPED = re.compile(r"refRemote|vocabulary|dynamicRef|/format\.json|idn-|iri|json-pointer|regex\.json|uri-(reference|template)|unknown|bignum")


def text_of(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def validator(schema):
    wanted = schema.get("$schema", "") if isinstance(schema, dict) else ""
    newest = DRAFTS["draft7" if not wanted and '"items":[' in text_of(schema) else "draft2020-12"][1]  # tuples of the old form
    cls = next((c for url, c in DRAFTS.values() if url.rstrip("#") == wanted.rstrip("#")), newest)
    return cls(schema, format_checker=None)


def multiple(v, d, instance, schema):
    if v.is_type(instance, "number") and Decimal(repr(instance)) % Decimal(repr(d)) != 0:
        yield jsonschema.ValidationError("no multiple")


def pattern(v, p, instance, schema):
    try:
        regex = regress.Regex(p, "u")
    except regress.RegressError:  # what only the old grammar allows, such as \\-
        regex = regress.Regex(p)
    if v.is_type(instance, "string") and not regex.find(instance):
        yield jsonschema.ValidationError("no match")


def is_valid(schema, value):
    v = validator(schema)
    cls = jsonschema.validators.extend(type(v), {"multipleOf": multiple, "pattern": pattern})
    return cls(schema).is_valid(value)


def changes(rng, value):
    """Texts like this one, with something else in one place."""
    others = [None, True, 0, -1, 7, 1.5, 10 ** 6, "", "x", "2024-02-30", [], {}, ["x"], {"x": 1}]
    if isinstance(value, dict):
        for k in value:
            yield {a: b for a, b in value.items() if a != k}
            for other in list(changes(rng, value[k]))[:4]:
                yield {a: (other if a == k else b) for a, b in value.items()}
        yield {**value, "zz": rng.choice(others)}
    elif isinstance(value, list):
        yield value[1:]
        yield value + [rng.choice(others)]
        yield value + value
        for i in range(min(len(value), 3)):
            for other in list(changes(rng, value[i]))[:3]:
                yield value[:i] + [other] + value[i + 1:]
    elif isinstance(value, str):
        yield value + "!"
        yield value[:-1]
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield -value
        yield value + 1
        yield value * 1000
    rng.shuffle(others)
    yield from others[:4]


class Walk:
    def __init__(self, vocabulary, count):
        self.p = subprocess.Popen([WALK, vocabulary, str(count)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, schema, texts):
        self.p.stdin.write("".join(t + "\n" for t in [text_of(schema)] + texts + [""]).encode())
        self.p.stdin.flush()
        lines = iter(lambda: self.p.stdout.readline().decode(errors="replace").rstrip("\n"), "")
        first = next(lines)
        if first != "OK":
            list(lines)
            code, subject = first[6:].split("\t")
            return code, subject, []
        answers = [next(lines) == "1" for _ in texts]
        return None, answers, list(lines)


TOY, GPT2 = Walk("toy", 6), Walk(os.path.join(DATA, "tokenizers/ggml-vocab-gpt-2.gguf"), 3)
totals = {"schemas": 0, "errors": 0, "made": 0, "accepted": 0, "refused": 0, "narrower": 0, "no end": 0}


def judge(name, schema, given):
    code, subject, made = TOY.ask(schema, [])
    if code:
        totals["errors"] += 1
        return {"name": name, "schema": schema, "error": code, "subject": subject}
    try:
        type(validator(schema)).check_schema(schema)
    except jsonschema.SchemaError as e:
        sys.exit(f"{name}: the grammar is made of a schema that is none, {e.message}: {text_of(schema)}")
    made += GPT2.ask(schema, [])[2]
    totals["schemas"] += 1
    totals["no end"] += sum(t.startswith("!") for t in made)
    made = [t for t in made if not t.startswith("!")]
    totals["made"] += len(made)
    for t in made:
        try:
            valid = is_valid(schema, json.loads(t))
        except json.JSONDecodeError:
            valid = False
        if not valid:
            sys.exit(f"{name}: the grammar made {t}, which is invalid: {text_of(schema)}")
    rng = random.Random(name)
    texts = [text_of(g) for g in given]
    for t in made[:4]:
        texts += [text_of(c) for c in list(changes(rng, json.loads(t)))[:16]]
    texts = [t for t in dict.fromkeys(texts) if len(t) < 600 and not re.search("[\\ud800-\\udfff\\x00-\\x1f]", t)]
    out = {"name": name, "schema": schema, "accepted": [t for t in made if len(t) < 300], "refused": []}
    for t, accepted in zip(texts, TOY.ask(schema, texts)[1]):
        valid = is_valid(schema, json.loads(t))
        if accepted and not valid:
            sys.exit(f"{name}: the grammar takes {t}, which is invalid: {text_of(schema)}")
        totals["narrower"] += valid and not accepted
        if accepted:
            out["accepted"].append(t)
        elif not valid:
            out["refused"].append(t)
    out["accepted"], out["refused"] = out["accepted"][:12], out["refused"][:12]
    totals["accepted"] += len(out["accepted"])
    totals["refused"] += len(out["refused"])
    return out


def write(name, source, entries):
    with open(os.path.join(OUT, name), "w", encoding="utf-8") as f:
        f.write('{"source": ' + json.dumps(source) + ',\n"schemas": [\n')
        f.write(",\n".join(json.dumps(e, ensure_ascii=False, separators=(",", ":")) for e in entries))
        f.write("\n]}\n")
    print(name, len(entries), "schemas,", sum("error" in e for e in entries), "of them errors")


def suite():
    entries = []
    for draft, (url, _) in DRAFTS.items():
        for path in sorted(glob.glob(f"{SUITE}/json/tests/{draft}/*.json") + glob.glob(f"{SUITE}/json/tests/{draft}/optional/format/*.json")):
            if SKIPPED.search(path) or (draft != "draft2020-12" and "format/" in path):
                continue
            for group in json.load(open(path, encoding="utf-8")):
                schema = group["schema"]
                if isinstance(schema, dict):
                    schema = {"$schema": url, **schema}
                given = [t["data"] for t in group["tests"]] if "format/" not in path else []
                entries.append(judge(f"{draft}/{os.path.basename(path)[:-5]}: {group['description']}", schema, given))
    return entries


def llama():
    entries = []
    text = open(f"{LLAMA}/tests/test-json-schema-to-grammar.cpp", encoding="utf-8").read()
    for m in re.finditer(r'test\(\{\s*(?:SUCCESS|FAILURE),\s*"((?:[^"\\]|\\.)*)",\s*R"""\((.*?)\)"""', text, re.S):
        entries.append(judge("grammar: " + m[1], json.loads(m[2]), []))
    text = open(f"{LLAMA}/tests/test-chat.cpp", encoding="utf-8").read()
    seen = set()
    for m in re.finditer(r'"([\w ]+)",\s*/\* \.description = \*/[^\n]*\n\s*/\* \.parameters = \*/ R"\((.*?)\)"', text, re.S):
        schema = json.loads(m[2])
        if text_of(schema) not in seen:
            entries.append(judge("function: " + m[1], schema, []))
        seen.add(text_of(schema))
    return entries


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
    """Definitions of the stored schemas that are small together with all that they refer to."""
    entries = []
    for path in sorted(glob.glob(f"{STORE}/check_jsonschema/builtin_schemas/vendor/*.json")):
        whole = json.load(open(path, encoding="utf-8"))
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
                if not isinstance(node, dict) or any(not r.startswith(f"#/{key}/") for n in [node, *needed.values()] for r in refs_of(n)):
                    continue
                version = whole.get("$schema", DRAFTS["draft7"][0]).replace("https://json-schema.org/draft-07", "http://json-schema.org/draft-07")
                schema = {"$schema": version, **plain(node)}
                if needed:
                    schema[key] = {n: plain(s) for n, s in needed.items()}
                if 100 < len(text_of(schema)) < 2500 and found < 8:
                    found += 1
                    entries.append(judge(f"{name}: {d}", schema, []))
    return entries


write("llama_cpp.json", "llama.cpp: tests/test-json-schema-to-grammar.cpp, tests/test-chat.cpp (MIT)", llama())
write("schemastore.json", "schemastore.org (Apache-2.0), as in check-jsonschema 0.39.0", store())
write("test_suite.json", "JSON-Schema-Test-Suite (MIT), as in jsonschema 4.26.0", suite())
print(totals)
