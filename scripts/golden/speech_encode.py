"""What TTSAudioEncode does to a waveform, by scipy and the original's description: high-pass of one pole, edges below -40 dBFS
cut to 12.5 ms, root mean square 0.1, soft clip at 0.95, ends faded over the 12.5 ms; and two pieces cross-faded over 20 ms.

    python3 -m venv v && v/bin/pip install numpy scipy && v/bin/python scripts/golden/speech_encode.py
"""
import numpy as np
import scipy
from scipy.signal import lfilter

from golden_arrays import Writer, noise

out = Writer("speech_encode", "scipy %s" % scipy.__version__)
RATE = 8000


def source(seed, count=640, lead=300, tail=250):
    """Noise under a bump, silence before and behind, on a constant offset that the high-pass takes away."""
    x = (np.array(noise(count, seed)) - 128) / 128
    x *= np.sin(np.pi * np.arange(count) / count) ** 2 * 0.8
    return np.concatenate([np.zeros(lead), x, np.zeros(tail)]).astype(np.float32) + np.float32(0.125)


def high_pass(x, state):
    rc = 1 / (2 * np.pi * 80)
    a = rc / (rc + 1 / RATE)
    return lfilter([a, -a], [1, -a], x.astype(np.float64), zi=state)


def trim(y):
    loud = np.nonzero(np.abs(y) >= 0.01)[0]
    keep = int(RATE * 0.0125)
    return y[max(0, loud[0] - keep):loud[-1] + 1 + keep]


def clip(y):
    size = np.abs(y)
    return np.where(size > 0.95, np.sign(y) * (0.95 + 0.05 * np.tanh((size - 0.95) / 0.05)), y)


def level(y, gain_before=None):
    gain = min(10.0, 0.1 / np.sqrt(np.mean(y * y)))
    if gain_before is not None:
        gain = min(max(gain, gain_before / 1.5), gain_before * 1.5)
    return clip(y * gain), gain


def fade(y, begin, end):
    y, n = y.copy(), min(int(RATE * 0.0125), len(y) // 2)
    ramp = np.arange(1, n + 1) / (n + 1)
    if begin:
        y[:n] *= ramp
    if end:
        y[-n:] *= ramp[::-1]
    return y


first, second = source(3), source(11, 500) * np.float32(0.5)
y1, state = high_pass(first, np.zeros(1))
out.array("float", "high_passed", y1[290:350].tolist())
p1, gain1 = level(trim(y1))
out.array("float", "alone", fade(p1, True, True).tolist())
y2, state = high_pass(second, state)
p2, gain2 = level(trim(y2), gain1)
print("gains", gain1, gain2)
n = RATE // 50
up = np.arange(1, n + 1) / (n + 1)
a, b = fade(p1, True, False), fade(p2, False, True)
out.array("float", "joined", np.concatenate([a[:-n], a[-n:] * (1 - up) + b[:n] * up, b[n:]]).tolist())
out.array("float", "clipped", clip(np.array([0.5, -0.95, 0.96, -1, 1.2, -3])).tolist())
out.close()
