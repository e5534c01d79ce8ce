#!/usr/bin/env python3
"""Makes tests/golden/chat_grammar.txt: random grammars and texts, and whether a plain Earley parser takes them.

    python3 scripts/golden/chat_grammar.py > tests/golden/chat_grammar.txt

Lines: "G " and a GBNF text with byte 1 for the end of a line, then "+ " or "- " and a text in hexadecimal. Grammars are made as trees, from
which both the GBNF text and the parser's productions come; repetitions become productions of their own.
"""
import random

rng = random.Random(20240607)
ALPHABET = "abc\u00e9\u20ac\U0001F600"


def char(c):
    return c if ord(c) < 128 else rng.choice([c, f"\\u{ord(c):04X}" if ord(c) < 65536 else f"\\U{ord(c):08X}"])


class Maker:
    def __init__(self, rules):
        self.rules, self.productions, self.fresh = rules, {}, 0

    def name(self):
        self.fresh += 1
        return f"_{self.fresh}"

    def literal(self):
        text = "".join(rng.choice(ALPHABET) for _ in range(rng.choice([0, 1, 1, 1, 2, 3])))
        return '"' + "".join(map(char, text)) + '"', [("t", {c}) for c in text]

    def charset(self):
        lo, hi = sorted(rng.sample(ALPHABET, 2))
        chosen, text = {c for c in ALPHABET if lo <= c <= hi}, char(lo) + "-" + char(hi)
        if rng.random() < 0.4:
            c = rng.choice(ALPHABET)
            chosen, text = chosen | {c}, text + char(c)
        if rng.random() < 0.3 and len(chosen) < len(ALPHABET):
            return "[^" + text + "]", [("t", set(ALPHABET) - chosen)]
        return "[" + text + "]", [("t", chosen)]

    def item(self, depth, later):
        kind = rng.random()
        if kind < 0.35 or depth > 3:
            text, symbols = self.literal()
        elif kind < 0.5:
            text, symbols = self.charset()
        elif kind < 0.55:
            text, symbols = ".", [("t", set(ALPHABET))]
        elif kind < 0.75 and later:
            r = rng.choice(later)
            text, symbols = r, [("n", r)]
        else:
            n = self.name()
            text, self.productions[n] = self.choice(depth + 1, later)
            text, symbols = "(" + text + ")", [("n", n)]
        if rng.random() < 0.3:
            lo, hi, mark = rng.choice([(0, None, "*"), (1, None, "+"), (0, 1, "?"), (2, 2, "{2}"), (1, 3, "{1,3}"), (2, None, "{2,}"),
                                       (0, 2, "{0,2}")])
            n = self.name()
            if hi is None:
                self.productions[n] = [symbols * lo, symbols + [("n", n)]] if lo == 0 else [symbols * lo, symbols + [("n", n)]]
            else:
                self.productions[n] = [symbols * k for k in range(lo, hi + 1)]
            text, symbols = text + mark, [("n", n)]
        return text, symbols

    def choice(self, depth, later):
        texts, alternatives = [], []
        for _ in range(rng.choice([1, 1, 2, 3])):
            parts = [self.item(depth, later) for _ in range(rng.choice([1, 1, 2, 3]))]
            texts.append(" ".join(p[0] for p in parts))
            alternatives.append([s for p in parts for s in p[1]])
        return " | ".join(texts), alternatives

    def grammar(self):
        lines = []
        for i, r in enumerate(self.rules):
            text, alternatives = self.choice(0, self.rules[i + 1:])
            if rng.random() < 0.6:  # recursion behind and between something
                first = rng.choice(ALPHABET)
                back = rng.choice(self.rules[:i + 1])
                last, symbols = self.literal()
                text += f' | "{first}" {back} {last}'
                alternatives.append([("t", {first}), ("n", back)] + symbols)
            self.productions[r] = alternatives
            lines.append(f"{r} ::= {text}")
        return "\x01".join(lines)


def earley(productions, text):
    start = ("S", (("n", "root"),), 0, 0)
    sets = [set() for _ in range(len(text) + 1)]
    sets[0].add(start)
    for i in range(len(text) + 1):
        changed = True
        while changed:  # until nothing is new: slow, and right for what may be empty
            changed = False
            for left, right, dot, origin in list(sets[i]):
                new = set()
                if dot < len(right) and right[dot][0] == "n":
                    new |= {(right[dot][1], tuple((k, frozenset(v) if k == "t" else v) for k, v in p), 0, i) for p in productions[right[dot][1]]}
                elif dot == len(right):
                    new |= {(a, b, c + 1, o) for a, b, c, o in sets[origin] if c < len(b) and b[c] == ("n", left)}
                if not new <= sets[i]:
                    sets[i] |= new
                    changed = True
        if i < len(text):
            sets[i + 1] |= {(a, b, c + 1, o) for a, b, c, o in sets[i] if c < len(b) and b[c][0] == "t" and text[i] in b[c][1]}
    return (start[0], start[1], 1, 0) in sets[len(text)]


def derive(productions, symbols, budget):
    """A text of the language, or None."""
    out = ""
    for kind, value in symbols:
        if budget[0] <= 0:
            return None
        budget[0] -= 1
        if kind == "t":
            if not value:
                return None
            out += rng.choice(sorted(value))
        else:
            part = derive(productions, rng.choice(productions[value]), budget)
            if part is None:
                return None
            out += part
    return out


made = 0
while made < 260:
    m = Maker(["root", "one", "two-2"][:rng.choice([1, 2, 3])])
    gbnf = m.grammar()
    if any(not s for alternatives in m.productions.values() for p in alternatives for k, s in p if k == "t"):
        continue  # an empty class
    texts = {"", "a"}
    for _ in range(60):
        t = derive(m.productions, [("n", "root")], [60])
        if t is None or len(t) > 12:
            continue
        texts.add(t)
        if t:
            k = rng.randrange(len(t))
            texts |= {t[:k] + t[k + 1:], t[:k] + rng.choice(ALPHABET) + t[k + 1:], t + rng.choice(ALPHABET)}
    texts |= {"".join(rng.choice(ALPHABET) for _ in range(rng.randrange(6))) for _ in range(8)}
    if len(texts) < 12:
        continue
    made += 1
    print("G " + gbnf)
    for t in sorted(texts)[:40]:
        print("+-"[not earley(m.productions, t)] + " " + t.encode().hex())
