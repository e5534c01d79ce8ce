"""Text boxes on synthetic probability maps, decoded the way PaddleOCR's DBPostProcess does it (OpenCV contours, smallest
rectangles and polygon masks, pyclipper offset), and a perspective crop by OpenCV.

    python3 -m venv v && v/bin/pip install numpy opencv-python-headless pyclipper
    v/bin/python scripts/golden/image_textboxes.py
"""
import cv2
import numpy as np
import pyclipper

from golden_arrays import Writer, noise

# centre x, y, width, height, degrees, probability; map of 96 x 160
WORDS = [
    (30, 15, 40, 10, 0, 200), (90, 17, 50, 9, 0, 220), (40, 45, 60, 11, 7, 230), (120, 50, 50, 12, -12, 180),
    (30, 78, 12, 30, 20, 240), (90, 80, 70, 8, -3, 190), (148, 80, 12, 26, 45, 210), (62, 32, 3, 3, 0, 250),
    (75, 62, 20, 8, 0, 100), (157, 8, 14, 10, 0, 230),
]
W, H, SRC_W, SRC_H = 160, 96, 400, 216


def draw():
    y, x = np.mgrid[0:H, 0:W].astype(np.float64)
    m = np.array([n % 40 for n in noise(H * W, 7)], np.float64).reshape(H, W)
    for cx, cy, w, h, deg, p in WORDS:
        c, s = np.cos(np.radians(deg)), np.sin(np.radians(deg))
        u, v = (x - cx) * c + (y - cy) * s, -(x - cx) * s + (y - cy) * c
        m[(np.abs(u) <= w / 2) & (np.abs(v) <= h / 2)] = p
    return m.astype(np.uint8)


def mini_box(points):
    box = cv2.minAreaRect(points)
    p = sorted(cv2.boxPoints(box).tolist(), key=lambda q: q[0])
    a, d = (p[0], p[1]) if p[1][1] > p[0][1] else (p[1], p[0])
    b, c = (p[2], p[3]) if p[3][1] > p[2][1] else (p[3], p[2])
    return np.array([a, b, c, d]), min(box[1])


def score_fast(m, box):
    b = box.copy()
    x0, x1 = np.clip([np.floor(b[:, 0].min()), np.ceil(b[:, 0].max())], 0, W - 1).astype(int)
    y0, y1 = np.clip([np.floor(b[:, 1].min()), np.ceil(b[:, 1].max())], 0, H - 1).astype(int)
    mask = np.zeros((y1 - y0 + 1, x1 - x0 + 1), np.uint8)
    b -= [x0, y0]
    cv2.fillPoly(mask, b.reshape(1, -1, 2).astype(np.int32), 1)
    return cv2.mean(m[y0:y1 + 1, x0:x1 + 1], mask)[0]


def unclip(box, ratio):
    x, y = box[:, 0], box[:, 1]
    area = abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2
    length = np.linalg.norm(box - np.roll(box, -1, 0), axis=1).sum()
    scale = 1000.0  # PaddleOCR offsets in whole pixels; thousandths keep its own rounding out of the comparison
    o = pyclipper.PyclipperOffset()
    o.AddPath((box * scale).round().astype(int).tolist(), pyclipper.JT_ROUND, pyclipper.ET_CLOSEDPOLYGON)
    return np.array(o.Execute(area * ratio / length * scale)[0]) / scale


def decode(m8):
    m = m8.astype(np.float32) / 255
    contours, _ = cv2.findContours((m > 0.3).astype(np.uint8) * 255, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    found = []
    for c in contours[:1000]:
        box, side = mini_box(c.reshape(-1, 1, 2))
        if side < 3:
            continue
        score = score_fast(m, box)
        if score < 0.6:
            continue
        box, side = mini_box(unclip(box, 1.5).reshape(-1, 1, 2).astype(np.float32))
        if side < 5:
            continue
        box[:, 0] = np.clip(np.round(box[:, 0] / W * SRC_W), 0, SRC_W - 1)
        box[:, 1] = np.clip(np.round(box[:, 1] / H * SRC_H), 0, SRC_H - 1)
        first = box.sum(1).argmin()
        found.append((np.roll(box, -first, 0), score))
    found.sort(key=lambda f: (f[0][0][1], f[0][0][0]))
    for i in range(len(found) - 1):
        for j in range(i, -1, -1):
            a, b = found[j][0][0], found[j + 1][0][0]
            if abs(b[1] - a[1]) < 10 and b[0] < a[0]:
                found[j], found[j + 1] = found[j + 1], found[j]
            else:
                break
    return found


out = Writer("image_textboxes", "OpenCV %s, pyclipper %s" % (cv2.__version__, pyclipper.__version__))
m8 = draw()
out.text("/* words as drawn: centre x, y, width, height, degrees, probability of 255 */")
out.array("float", "golden_words", [float(v) for word in WORDS for v in word])
found = decode(m8)
out.text("/* 4 corners and the score of each box, in reading order, in a picture of 400 x 216 */")
out.array("float", "golden_boxes", [float(v) for box, score in found for v in [*box.ravel().tolist(), score]])
picture = np.array(noise(24 * 20 * 3, 3), np.uint8).reshape(20, 24, 3)
picture = cv2.GaussianBlur(picture, (5, 5), 1.2)
quad = np.float32([[3.5, 2.25], [20.5, 5], [18, 17.5], [1, 15]])
m = cv2.getPerspectiveTransform(quad, np.float32([[0, 0], [16, 0], [16, 9], [0, 9]]))
out.array("uint8_t", "golden_picture", picture.ravel().tolist())
for name, flag in (("bilinear", cv2.INTER_LINEAR), ("bicubic", cv2.INTER_CUBIC)):
    warped = cv2.warpPerspective(picture, m, (16, 9), flags=flag, borderMode=cv2.BORDER_REPLICATE)
    out.array("uint8_t", "golden_warp_" + name, warped.ravel().tolist())
out.close()
