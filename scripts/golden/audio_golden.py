"""Resampling of a chirp by SoX's resampler, and voice-activity segments by silero-vad's own function (its torch import is
replaced by an empty module: the function on probabilities needs none of it).

    python3 -m venv v && v/bin/pip install numpy soxr && v/bin/pip download --no-deps silero-vad==6.2.3 -d d
    v/bin/python scripts/golden/audio_golden.py d/silero_vad-6.2.3-py3-none-any.whl ../shared/data/vad/silero_vad.jfk.probs.txt
"""
import ast
import sys
import types
import warnings
import zipfile
from typing import Callable, List

import numpy as np
import soxr

from golden_arrays import Writer, noise

out = Writer("audio_golden", "soxr %s, silero-vad 6.2.3" % soxr.__version__)

# ---- resampling ----
for from_hz, to_hz in ((44100, 16000), (16000, 24000), (8000, 16000), (48000, 16000), (16000, 22050)):
    n = np.arange(from_hz // 10)
    t = n / from_hz
    top = 0.4 * min(from_hz, to_hz)  # Hz; 0.8 of the lower Nyquist frequency
    x = (0.5 * np.sin(2 * np.pi * (200 * t + (top - 200) * t * t / 0.2))).astype(np.float32)
    y = soxr.resample(x.astype(np.float64), from_hz, to_hz, quality="VHQ")
    middle = len(y) // 2
    out.array("float", "chirp_%d_%d" % (from_hz, to_hz), y[middle - 60:middle + 60].tolist())

# ---- voice activity ----
source = zipfile.ZipFile(sys.argv[1]).read("silero_vad/utils_vad.py").decode()
name = "get_speech_timestamps_from_probs"
tree = [n for n in ast.parse(source).body if isinstance(n, ast.FunctionDef) and n.name == name]
space = {"List": List, "Callable": Callable, "warnings": warnings, "torch": types.ModuleType("torch")}
exec(compile(ast.Module(tree, []), name, "exec"), space)
segments = space[name]
jfk = [float(v) for v in open(sys.argv[2])]
wave = [v / 255 for v in noise(400, 5)]  # nothing but changes
walk, level = [], 128
for v in noise(1200, 9):  # a slow walk: long stretches and silences
    level = min(255, max(0, level + (v - 128) // 5))
    walk.append(level / 255)
loud = [1.0] * 300
CASES = [
    ("jfk", {}, jfk, 176000), ("jfk_2s", {"max_speech_duration_s": 2.0}, jfk, 176000),
    ("jfk_wide", {"speech_pad_ms": 400, "min_silence_duration_ms": 30}, jfk, 176000),
    ("wave", {"min_speech_duration_ms": 0, "min_silence_duration_ms": 0}, wave, None),
    ("walk", {}, walk, None), ("walk_1s", {"max_speech_duration_s": 1.0, "min_silence_duration_ms": 300}, walk, None),
    ("walk_high", {"threshold": 0.75, "neg_threshold": 0.25, "min_speech_duration_ms": 500}, walk, None),
    ("loud", {"max_speech_duration_s": 3.0}, loud, None), ("loud_all", {}, loud, 300 * 512 - 100),
]
for key, options, probs, total in CASES:
    found = segments(probs, audio_length_samples=total, **options)
    out.array("int64_t", "vad_" + key, [v for s in found for v in (s["start"], s["end"])] or [0])
    print(key, len(found))
out.close()
