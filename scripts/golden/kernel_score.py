"""Softmax, top k, normalisation, pooling by numpy (float64 inside).

    python3 -m venv v && v/bin/pip install numpy && v/bin/python scripts/golden/kernel_score.py
"""
import numpy as np

from golden_arrays import Writer, noise

out = Writer("kernel_score", "numpy %s" % np.__version__)
x = (np.array(noise(2 * 5 * 3), np.float64) - 128) / 16
x = x.reshape(2, 5, 3)
for axis in (0, 1, 2):
    e = np.exp(x - x.max(axis, keepdims=True))
    out.array("float", "softmax_%d" % axis, (e / e.sum(axis, keepdims=True)).ravel().tolist())
    out.array("int64_t", "argmax_%d" % axis, x.argmax(axis).ravel().tolist())
order = np.argsort(-x, axis=1, kind="stable")[:, :3]
out.array("int64_t", "topk_indices", order.ravel().tolist())
out.array("float", "topk_values", np.take_along_axis(x, order, 1).ravel().tolist())
mean, std = np.array([0.485, 0.456, 0.406, 0.5, 0.1]), np.array([0.229, 0.224, 0.225, 0.5, 2.0])
out.array("float", "normalize_1", ((x * 0.25 - mean[:, None]) / std[:, None]).ravel().tolist())
mask = np.array([[1, 1, 0, 1, 0], [0, 0, 0, 0, 1]], np.float64)
out.array("float", "mean_pool", ((x * mask[:, :, None]).sum(1) / mask.sum(1)[:, None]).ravel().tolist())
out.array("float", "l2_normalize", (x / np.linalg.norm(x, axis=2, keepdims=True)).ravel().tolist())
out.close()
