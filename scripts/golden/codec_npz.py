"""tests/golden/npz: arrays as NumPy writes them. Their elements are 0, 1, 2, ... in row-major order, so the test needs no copy.

    pip install numpy==2.4.6
    python scripts/golden/codec_npz.py tests/golden/npz"""
import pathlib, sys
import numpy as np
from numpy.lib import format as npy

out = pathlib.Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
arrays = {t: np.arange(6).astype(t).reshape(2, 3) for t in "b1 i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8".split()}
arrays["fortran"] = np.asfortranarray(np.arange(24, dtype="<f4").reshape(2, 3, 4))
arrays["scalar"] = np.array(7, "<i8")
arrays["empty"] = np.zeros((0, 5), "<f4")
arrays["long"] = np.arange(5000, dtype="<i4")
np.savez(out / "stored.npz", **{k: v for k, v in arrays.items() if k != "long"})
np.savez_compressed(out / "packed.npz", **arrays)
for version in (1, 2, 3):
    with open(out / f"version{version}.npy", "wb") as f:
        npy.write_array(f, np.arange(6, dtype="<f4").reshape(3, 2), (version, 0))
np.save(out / "fortran.npy", arrays["fortran"])
np.save(out / "bigendian.npy", np.arange(3, dtype=">f4"))
np.save(out / "complex.npy", np.arange(3, dtype="<c8"))
np.save(out / "text.npy", np.array(["a", "b"]))
np.save(out / "structured.npy", np.zeros(2, [("x", "<f4"), ("y", "<i4")]))
