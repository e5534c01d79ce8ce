"""Resized pictures by Pillow (antialias) and OpenCV (no antialias). Pillow before 13: that one goes down the columns first
when the height shrinks more than the width, which moves bytes by a few levels.

    python3 -m venv v && v/bin/pip install numpy "pillow<13" opencv-python-headless
    v/bin/python scripts/golden/kernel_resize.py
"""
import cv2
import numpy as np
import PIL
from PIL import Image

from golden_arrays import Writer, noise

W, H, C = 13, 9, 3
SIZES = [(20, 17), (5, 4), (13, 4), (40, 3), (1, 1)]
out = Writer("kernel_resize", "Pillow %s, OpenCV %s" % (PIL.__version__, cv2.__version__))
u8 = np.array(noise(W * H * C), np.uint8).reshape(H, W, C)
f32 = u8[:, :, 0].astype(np.float32)
rows = []
for w, h in SIZES:
    for name, pil, cv in (("NEAREST", Image.Resampling.NEAREST, None),
                          ("BILINEAR", Image.Resampling.BILINEAR, cv2.INTER_LINEAR),
                          ("BICUBIC", Image.Resampling.BICUBIC, cv2.INTER_CUBIC)):
        key = "%s_%dx%d" % (name.lower(), w, h)
        out.array("uint8_t", "u8_antialias_" + key, np.asarray(Image.fromarray(u8).resize((w, h), pil)).ravel().tolist())
        out.array("float", "f32_antialias_" + key, np.asarray(Image.fromarray(f32).resize((w, h), pil)).ravel().tolist())
        plain = "NULL"
        if cv is not None:
            out.array("float", "f32_plain_" + key, cv2.resize(f32, (w, h), interpolation=cv).ravel().tolist())
            plain = "f32_plain_" + key
        rows.append("    {XB_RESIZE_%s, %d, %d, u8_antialias_%s, f32_antialias_%s, %s}," % (name, w, h, key, key, plain))
out.text("static const golden_resize golden_resizes[%d] = {" % len(rows))
for r in rows:
    out.text(r)
out.text("};")
out.close()
