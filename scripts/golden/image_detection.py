"""Non-maximum suppression in numpy, the textbook way: sort by score, keep what no kept box overlaps by more than 0.4.

    python3 -m venv v && v/bin/pip install numpy && v/bin/python scripts/golden/image_detection.py
"""
import numpy as np

from golden_arrays import Writer, noise

N = 80
out = Writer("image_detection", "numpy %s" % np.__version__)
n = np.array(noise(N * 6, 21), np.float64).reshape(N, 6)
lo = n[:, :2]
box = np.concatenate([lo, lo + 30 + n[:, 2:4] / 3], 1)
score = np.floor(n[:, 4] / 8) / 32  # many ties
label = n[:, 5].astype(int) % 3


def iou(a, b):
    wh = np.clip(np.minimum(a[2:], b[:, 2:]) - np.maximum(a[:2], b[:, :2]), 0, None)
    both = wh.prod(1)
    return both / ((a[2:] - a[:2]).prod() + (b[:, 2:] - b[:, :2]).prod(1) - both)


for name, per_class in (("all", False), ("per_class", True)):
    kept = []
    for i in np.argsort(-score, kind="stable"):
        rivals = [k for k in kept if not per_class or label[k] == label[i]]
        if not rivals or (iou(box[i], box[rivals]) <= 0.4).all():
            kept.append(int(i))
    out.array("int32_t", "kept_" + name, kept)
out.array("float", "iou_first", iou(box[0], box).tolist())
out.close()
