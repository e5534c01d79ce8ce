"""tests/golden/json/numbers.txt: numbers and how many significant digits their shortest form has, by Python and NumPy.

    pip install numpy==2.4.6
    python scripts/golden/codec_numbers.py > tests/golden/json/numbers.txt

Lines: "d <bits in hex> <digits>" for float64, "f ..." for float32."""
import struct, sys
import numpy as np

rng = np.random.default_rng(2)


def digits(text):
    mantissa = text.lower().split("e")[0].lstrip("-").replace(".", "").lstrip("0").rstrip("0")
    return mantissa or "0"


doubles = [0.1, 1 / 3, 1e21, 1e-7, 123456789.0, 5e-324, 1.7976931348623157e308, 2.2250738585072014e-308, 2.0**53, 9007199254740993.0]
doubles += [struct.unpack("<d", int(b).to_bytes(8, "little"))[0] for b in rng.integers(1, 0x7FEFFFFFFFFFFFFF, 150)]
floats = np.array([0.1, 1 / 3, 1e-45, 3.4028235e38, 1.1754944e-38, 16777216.0, 123456.79], np.float32)
floats = np.concatenate([floats, rng.integers(1, 0x7F7FFFFF, 150, dtype=np.uint32).view(np.float32)])
for d in doubles:
    print("d", struct.pack(">d", d).hex(), digits(repr(float(d))))
for f in floats:
    print("f", struct.pack(">f", f).hex(), digits(np.format_float_scientific(f, unique=True)))
