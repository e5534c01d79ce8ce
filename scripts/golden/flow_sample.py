"""TemperatureSample and Denormalize, computed another way: probabilities by exact sums over a sorted list, SplitMix64 on whole
numbers, channels by indices.

    python3 scripts/golden/flow_sample.py
"""
import itertools
import math
import platform

from golden_arrays import Writer, noise

BATCH, POSITIONS, VOCABULARY = 3, 2, 40
MASK = (1 << 64) - 1


def splitmix64(seed):
    while True:
        seed = (seed + 0x9E3779B97F4A7C15) & MASK
        z = seed
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        yield (z ^ (z >> 31)) >> 11  # 53 bits


def sample(scores, temperature, top_k, top_p, chance):
    """The id for a chance of 0 .. 2^53 - 1."""
    order = sorted(range(len(scores)), key=lambda i: (-scores[i], i))
    if temperature == 0:
        return order[0]
    order = order[:top_k] if top_k else order
    weights = [math.exp((scores[i] - scores[order[0]]) / temperature) for i in order]
    probabilities = [w / math.fsum(weights) for w in weights]
    kept = 1
    while kept < len(order) and math.fsum(probabilities[:kept]) < top_p:
        kept += 1
    point = chance / 2**53 * math.fsum(probabilities[:kept])
    edges = list(itertools.accumulate(probabilities[:kept]))
    assert min(abs(point - edge) for edge in edges) > 1e-9, "too near to an edge for a golden case"
    return order[next(i for i, edge in enumerate(edges) if edge > point or i == kept - 1)]


scores = [(v - 128) / 32 for v in noise(BATCH * POSITIONS * VOCABULARY)]
last = [scores[(b * POSITIONS + POSITIONS - 1) * VOCABULARY:][:VOCABULARY] for b in range(BATCH)]
parameters, ids = [], []
for temperature, top_k, top_p in itertools.product((0, 3, 10, 50), (0, 1, 5, 100), (10, 9, 5, 0)):  # tenths
    for seed in (0, 1, 42, 123456789):
        chances = splitmix64(seed)
        parameters += [temperature, top_k, top_p, seed]
        ids += [sample(row, temperature / 10, top_k, top_p / 10, next(chances)) for row in last]

out = Writer("flow_sample", "Python %s" % platform.python_version())
out.text("/* temperature in tenths, top_k (0 = none), top_p in tenths, seed; then the ids of the %d rows */" % BATCH)
out.array("int64_t", "sample_parameters", parameters)
out.array("int64_t", "sample_ids", ids)
out.text("/* row 0: probabilities at temperature 0.8 */")
weights = [math.exp((v - max(last[0])) / 0.8) for v in last[0]]
out.array("float", "sample_probabilities", [w / math.fsum(weights) for w in weights])

mean, std = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
image = scores[:2 * 3 * 2 * 5]  # [2,3,2,5]
out.array("float", "denormalized", [v * std[i // 10 % 3] + mean[i // 10 % 3] for i, v in enumerate(image)])
out.array("float", "denormalized_255", [(v * std[i // 10 % 3] + mean[i // 10 % 3]) * 255 for i, v in enumerate(image)])
out.close()
