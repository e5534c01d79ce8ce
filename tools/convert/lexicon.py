"""misaki's word lists (gold and silver JSON, one behind the other) -> a packed lexicon that the library maps and uses in place.

    python3 lexicon.py GOLD+SILVER.json OUT en-us

The layout is told in src/text/lexicon.h. Packing and training (the rules that say unknown words) are work for a compiler: this
program hands the words to lexicon_pack.c beside it, which it builds with `cc` on the way. The same lists give the same bytes.
"""

import json
import os
import subprocess
import sys
import tempfile

TAGS = ["DEFAULT", "None", "NOUN", "VERB", "ADJ", "ADV", "DT", "VBD", "VBN", "VBP"]


def lists(text):
    """The JSON objects that stand one behind the other in `text`."""
    decoder, at = json.JSONDecoder(), 0
    while at < len(text):
        value, at = decoder.raw_decode(text, at)
        yield value
        while at < len(text) and text[at].isspace():
            at += 1


def lines(words):
    """word TAB is-silver TAB tag=phonemes|tag=phonemes, in the order of the bytes; an empty value means spelled out."""
    for word in sorted(words, key=lambda w: w.encode()):
        silver, value = words[word]
        if isinstance(value, str):
            value = {"DEFAULT": value}
        yield "%s\t%d\t%s\n" % (word, silver, "|".join("%d=%s" % (TAGS.index(t), value[t] or "") for t in TAGS if t in value))


def main(source, target, language):
    words = {}
    with open(source, encoding="utf-8") as f:
        for rank, entries in enumerate(lists(f.read())):
            for word, value in entries.items():
                words.setdefault(word, (int(rank > 0), value))
    here = os.path.dirname(os.path.abspath(__file__))
    with tempfile.TemporaryDirectory() as folder:
        program = os.path.join(folder, "lexicon_pack")
        subprocess.run([os.environ.get("CC", "cc"), "-O2", "-ffp-contract=off", "-o", program,
                        os.path.join(here, "lexicon_pack.c")], check=True)
        subprocess.run([program, target, language] + sys.argv[4:], input="".join(lines(words)).encode(), check=True)


if __name__ == "__main__":
    main(*sys.argv[1:4])
