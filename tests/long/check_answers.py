#!/usr/bin/env python3
"""Does each answer that long_schemas wrote fit its schema? Python's jsonschema is asked, formats left out.

    check_answers.py ANSWERS        ends with 1 at the first that does not fit, with 77 without jsonschema or ANSWERS

An answer that was cut at the most tokens is none and is counted. Which draft a schema is of says its "$schema",
else its "items".
"""
import json
import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "build", "deps", "python-deep"))
try:
    import jsonschema
except ImportError:
    print("SKIP check_answers: jsonschema is not in build/deps: scripts/setup deep brings it")
    sys.exit(77)

LEAST = 100


def validator(schema):
    lists = isinstance(schema, dict) and '"items": [' in json.dumps(schema)  # the old form of prefixItems
    newest = jsonschema.Draft7Validator if lists else jsonschema.Draft202012Validator
    return jsonschema.validators.validator_for(schema, default=newest)(schema, format_checker=None)


def main(path):
    if not os.path.exists(path):
        print(f"SKIP check_answers: no {path}: long_schemas writes it, where build/models holds smollm2-135m")
        sys.exit(77)
    fit = cut = 0
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            a = json.loads(line)
            if a["finish_reason"] != "stop":
                cut += 1
                continue
            try:
                validator(a["schema"]).validate(json.loads(a["answer"]))
            except (ValueError, jsonschema.ValidationError) as e:
                sys.exit(f"{a['name']}: {a['answer']}\ndoes not fit {json.dumps(a['schema'])}:\n{e}")
            fit += 1
    print(f"{fit} answers fit their schemas; {cut} were cut")
    if fit < LEAST:
        sys.exit(f"that is fewer than {LEAST}")


main(sys.argv[1])
