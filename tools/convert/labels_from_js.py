#!/usr/bin/env python3
"""Class names out of a JavaScript table, one line for each class id. Standard library only.

    labels_from_js.py imagenet_classes.js labels.txt

Reads the tables of two packages (both Apache-2.0, Google LLC):
    @tensorflow-models/mobilenet  dist/imagenet_classes.js   0: 'tench, Tinca tinca', 2: 'great white shark, ' + 'Carcharodon',
    @tensorflow-models/coco-ssd   dist/classes.js            1: { name: '/m/01g317', id: 1, displayName: 'person' },
An id that the table leaves out (COCO has 80 names for the ids 1..90) gets its number as a name.
"""

import re
import sys

STRING = r"'(?:[^'\\]|\\.)*'"
ENTRY = re.compile(rf"(\d+)\s*:\s*(?:\{{[^}}]*displayName:\s*)?({STRING}(?:\s*\+\s*{STRING})*)")


def names_of(script):
    """Dict id -> name: adjoining strings joined, backslashes undone."""
    table = script[script.index("= {"):]
    return {int(number): "".join(re.sub(r"\\(.)", r"\1", part[1:-1]) for part in re.findall(STRING, text))
            for number, text in ENTRY.findall(table)}


def main(source, result):
    with open(source, encoding="utf-8") as script:
        names = names_of(script.read())
    if not names:
        sys.exit(f"{source}: no table of class names")
    with open(result, "w", encoding="utf-8", newline="\n") as lines:
        for number in range(max(names) + 1):
            lines.write(names.get(number, str(number)) + "\n")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
