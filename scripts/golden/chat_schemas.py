#!/usr/bin/env python3
"""Makes tests/golden/schemas.jsonl: what Python's jsonschema says of texts for schemas of the wild (scripts/schema_cases.py).

    scripts/setup test                                  # brings the schemas
    pip install jsonschema==4.26.0 regress==2026.9.1    # regress: regular expressions as ECMA-262 has them, which Python's are not
    cmake --build build --target xybrid_testing
    cc -O1 -Isrc -Iinclude scripts/golden/chat_walk.c build/src/libxybrid_testing.a -lm -lpthread -o WALK
    scripts/golden/chat_schemas.py WALK ../shared/data
    scripts/schema_cases.py build/schemas/cases.json

A text is `accepted` when it was made by a random walk along the grammar (a vocabulary of bytes and pieces, then GPT-2's)
or by a change to such a text, or stands in the suite, and jsonschema finds it valid and the grammar takes it; `refused` when
jsonschema finds it invalid. The script fails when a made text is invalid, or an invalid one is taken: nothing is filtered. Valid
texts that the grammar refuses (chat/schema.h says which) are counted. multipleOf of fractions is decided by jsonschema in
floating point, where 6.127 is no multiple of 0.0001: there the walks are judged in decimals.
"""
import json
import os
import random
import re
import subprocess
import sys
from decimal import Decimal

import jsonschema
import regress

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import schema_cases  # noqa: E402
from schema_cases import DRAFTS, text_of  # noqa: E402

WALK, DATA = sys.argv[1:3]
CLASSES = {"draft4": jsonschema.Draft4Validator, "draft7": jsonschema.Draft7Validator,
           "draft2020-12": jsonschema.Draft202012Validator}


def validator(schema):
    wanted = schema.get("$schema", "") if isinstance(schema, dict) else ""
    newest = CLASSES["draft7" if not wanted and '"items":[' in text_of(schema) else "draft2020-12"]  # tuples of the old form
    cls = next((CLASSES[draft] for draft, url in DRAFTS.items() if url.rstrip("#") == wanted.rstrip("#")), newest)
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


def line(name, schema, given):
    """What schema_cases.py reads."""
    names, entry = schema_cases.references(schema, given), judge(name, schema, given)
    key = schema_cases.digest(name, schema)
    if "error" in entry:
        return [key, entry["error"], schema_cases.shorten(entry["subject"], names)]
    texts = [[schema_cases.shorten(t, names) for t in entry[k]] for k in ("accepted", "refused")]
    return [key, *([t for t in part if t is not None] for part in texts)]


with open(schema_cases.GOLDEN, "w", encoding="utf-8") as f:
    for source, entries in schema_cases.sources().items():
        lines = [line(*entry) for entry in entries]
        f.writelines(text_of(entry) + "\n" for entry in lines)
        print(source, len(lines), "schemas,", sum(isinstance(entry[1], str) for entry in lines), "of them errors")
print(totals)
