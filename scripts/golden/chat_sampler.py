"""The sampler's chain computed another way: the papers' formulas on sorted lists, probabilities by exact sums of doubles. Gives the
candidates and their probabilities, not the draw.

    python3 scripts/golden/chat_sampler.py
"""
import itertools
import math
import platform
import struct

from golden_arrays import Writer, noise

VOCABULARY = 301  # not a multiple of 32
EDGE = 1e-7       # a case whose threshold is nearer to a candidate than this proves nothing


def f32(value):
    return struct.unpack("f", struct.pack("f", value))[0]


def softmax(pairs, temperature=1.0):
    most = max(v for _, v in pairs)
    weights = [math.exp((v - most) / temperature) for _, v in pairs]
    total = math.fsum(weights)
    return [w / total for w in weights]


def first_with_mass(order, probabilities, mass, is_above):
    """Number of leading items whose probabilities reach the mass (or are above it)."""
    total = []
    for n, i in enumerate(order):
        total.append(probabilities[i])
        reached = math.fsum(total)
        assert abs(reached - mass) > EDGE, "too near to an edge"
        if reached > mass or (not is_above and reached >= mass):
            return n + 1
    return len(order)


def adjusted(logits, history, repetition, frequency, presence):
    out = list(logits)
    for token in set(history):
        count = history.count(token)
        value = f32(out[token] * f32(repetition)) if out[token] <= 0 else f32(out[token] / f32(repetition))
        out[token] = f32(value - count * f32(frequency) - f32(presence))
    return out


def candidates(logits, allowed, top_k, typical_p, top_p, min_p, temperature):
    pairs = sorted(((i, v) for i, v in enumerate(logits) if i in allowed), key=lambda p: (-p[1], p[0]))
    if top_k:
        pairs = pairs[:top_k]
    if typical_p < 1:
        p = softmax(pairs)
        entropy = -math.fsum(v * math.log(v) for v in p)
        order = sorted(range(len(p)), key=lambda i: (round(abs(-math.log(p[i]) - entropy), 9), pairs[i][0]))
        kept = order[:first_with_mass(order, p, typical_p, True)]
        pairs = [pairs[i] for i in sorted(kept)]
    if top_p < 1:
        p = softmax(pairs)
        pairs = pairs[:first_with_mass(range(len(p)), p, top_p, False)]
    if min_p > 0:
        p = softmax(pairs)
        assert all(abs(v / max(p) - min_p) > EDGE for v in p)
        pairs = [pair for pair, v in zip(pairs, p) if v >= min_p * max(p)]
    found = sorted(zip((i for i, _ in pairs), softmax(pairs, temperature)))
    most = max(p for _, p in found)
    return [(i, p) for i, p in found if p >= most * 2**-40]  # what the sampler's fixed point leaves out


bytes_ = noise(2 * VOCABULARY, 7)
plain = [(256 * a + b - 32768) / 4096 for a, b in zip(bytes_[::2], bytes_[1::2])]  # -8..8, float32 holds them
tied = [(a - 128) // 8 / 4 for a in bytes_[::2]]                                 # 32 values: many equal ones
history = [v % 40 for v in noise(100, 3)]
everything = set(range(VOCABULARY))
some = {i for i in everything if (i * 7 + i // 32) % 5 < 2}

cases = []
for row, top_k, typical, top_p, min_p, temperature in itertools.product((0, 1), (0, 5, 40), (100, 60), (100, 85), (0, 7), (100, 35)):
    if not (row == 1 and typical < 100):  # equal distances on both sides of the entropy have no order in the paper
        cases.append((row, 0, 64, 100, 0, 0, top_k, typical, top_p, min_p, temperature))
for penalties in ((64, 110, 0, 0), (64, 130, 25, 50), (100, 80, -30, 10), (10, 100, 70, 0), (8192, 100, 0, 150)):
    cases.append((0, 0) + penalties + (30, 100, 95, 0, 80))
for top_k, top_p in ((0, 100), (10, 100), (0, 50)):
    cases.append((0, 1, 64, 120, 0, 0, top_k, 100, top_p, 0, 150))

parameters, ids, probabilities = [], [], []
for case in cases:
    row, is_masked, last_n, repetition, frequency, presence, top_k, typical, top_p, min_p, temperature = case
    logits = adjusted((plain, tied)[row], history[-last_n:], repetition / 100, frequency / 100, presence / 100)
    if repetition == 100 and frequency == presence == 0:
        assert logits == (plain, tied)[row]
    found = candidates(logits, some if is_masked else everything, top_k,
                       *(f32(v / 100) for v in (typical, top_p, min_p, temperature)))
    parameters += list(case) + [len(found)]
    ids += [i for i, _ in found]
    probabilities += [p for _, p in found]

out = Writer("chat_sampler", "Python %s" % platform.python_version())
out.text("/* logits: 0 = 65,536 values, 1 = 32 values | is_masked | last_n | in hundredths: repetition, frequency, presence | top_k |")
out.text(" * in hundredths: typical_p, top_p, min_p, temperature | number of candidates, which follow each other below */")
out.array("int16_t", "sampler_cases", parameters)
out.array("int16_t", "sampler_ids", ids)
out.array("float", "sampler_probabilities", probabilities)
out.close()
