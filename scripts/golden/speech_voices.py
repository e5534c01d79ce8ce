"""Voices as NumPy writes them: tests/golden/npz/voices.npz and, compressed, voices_packed.npz.

    python3 -m venv v && v/bin/pip install numpy && v/bin/python scripts/golden/speech_voices.py
"""
import pathlib

import numpy as np

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "tests" / "golden" / "npz"
alpha = (np.arange(12, dtype=np.float32) + 1).reshape(3, 1, 4)  # the value at (row, i) is 4 row + i + 1
arrays = {
    "alpha": alpha, "beta": np.full((1, 4), -2, np.float32), "gamma": alpha[:2, 0] * 10, "delta": np.ones(4, np.float32),
    "double": np.ones((1, 4)), "wide": np.ones((1, 5), np.float32), "cube": np.ones((2, 3, 4), np.float32),
}
np.savez(FOLDER / "voices.npz", **arrays)
np.savez_compressed(FOLDER / "voices_packed.npz", **arrays)
