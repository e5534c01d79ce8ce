#!/usr/bin/env python3
"""Prints the faces that tests/api/models.c expects: UltraFace on the reference picture, driven as its authors do.

pip install onnxruntime==1.32.0 numpy opencv-python-headless; run with the folder of the reference data as argument.
Picture: OpenCV's JPEG decoder and bilinear resize to 320x240, (v - 127) / 128; faces above 0.7, suppression at 0.3.
"""
import sys

import cv2
import numpy as np
import onnxruntime

folder = sys.argv[1] + "/vision/ultraface/"
session = onnxruntime.InferenceSession(folder + "version-RFB-320.onnx")
picture = cv2.imread(folder + "3.jpg")
height, width = picture.shape[:2]
x = cv2.resize(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), (320, 240)).astype(np.float32)
scores, boxes = session.run(None, {"input": ((x - 127) / 128).transpose(2, 0, 1)[None]})
scores, boxes = scores[0, :, 1], boxes[0] * [width, height, width, height]


def iou(a, b):
    w, h = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if w <= 0 or h <= 0:
        return 0
    return w * h / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - w * h)


kept = []
for i in np.argsort(-scores):
    if scores[i] > 0.7 and all(iou(boxes[i], boxes[k]) <= 0.3 for k in kept):
        kept.append(i)
for i in kept:
    print("{ %.2ff, %.2ff, %.2ff, %.2ff }," % tuple(boxes[i]))
