"""YUV pictures to RGB by OpenCV (BT.601, limited range).

    python3 -m venv v && v/bin/pip install numpy opencv-python-headless && v/bin/python scripts/golden/image_colour.py
"""
import cv2
import numpy as np

from golden_arrays import Writer, noise

W, H = 10, 6
out = Writer("image_colour", "OpenCV %s" % cv2.__version__)
yuv = np.array([16 + n * 219 // 255 for n in noise(W * H * 3 // 2, 11)], np.uint8).reshape(H * 3 // 2, W)
for name, code in (("nv12", cv2.COLOR_YUV2RGB_NV12), ("nv21", cv2.COLOR_YUV2RGB_NV21), ("i420", cv2.COLOR_YUV2RGB_I420)):
    out.array("uint8_t", "golden_" + name, cv2.cvtColor(yuv, code).ravel().tolist())
out.close()
