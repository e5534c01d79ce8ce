"""tests/golden/image: tiny pictures of every kind that codec reads, and their pixels as Pillow and NumPy see them.

    pip install pillow==13.0.0 numpy==2.4.6
    python scripts/golden/codec_image.py tests/golden/image

NAME.png|jpg|bmp is the picture, NAME.rgb or NAME.rgba the pixels [height, width, 3 or 4] bytes. 16 bits become 8 by dropping
the low byte; .rgb of a picture with alpha is over white. Interlaced PNG, run-length, bit-field and top-down BMP are written
here, because Pillow writes none."""
import io, pathlib, struct, sys, zlib
import numpy as np
from PIL import Image, ImageOps

out = pathlib.Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
W, H = 19, 13
y, x = np.mgrid[0:H, 0:W]
rgb = np.stack([x * 13 % 256, y * 19 % 256, (x * y * 3 + 40) % 256], -1).astype(np.uint8)
grey = ((x * 7 + y * 11) % 256).astype(np.uint8)
alpha = ((x * 14 + y * 5) % 256).astype(np.uint8)
alpha[0, 0], alpha[0, 1] = 0, 255
rgba = np.dstack([rgb, alpha])


def save(name, data, pixels):
    (out / name).write_bytes(data)
    stem = name.rsplit(".", 1)[0]
    pixels = np.asarray(pixels, np.uint8)
    if pixels.ndim == 2:
        pixels = np.dstack([pixels] * 3)
    if pixels.shape[2] == 4:
        (out / (stem + ".rgba")).write_bytes(pixels.tobytes())
        c, a = pixels[..., :3].astype(int), pixels[..., 3:].astype(int)
        pixels = ((c * a + 255 * (255 - a) + 127) // 255).astype(np.uint8)
    (out / (stem + ".rgb")).write_bytes(pixels.tobytes())


def pillow(image, format, **options):
    f = io.BytesIO()
    image.save(f, format, **options)
    return f.getvalue()


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, depth, colour, rows, interlace=0, extra=b""):
    """rows: bytes of the rows, each with its filter byte."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b""))


def unfiltered(a):
    return b"".join(b"\0" + row.tobytes() for row in a)


def packed(a, depth):
    """Samples of 1, 2 or 4 bits."""
    planes = np.stack([a >> (depth - 1 - i) & 1 for i in range(depth)], -1).reshape(a.shape[0], -1)
    return unfiltered(np.packbits(planes.astype(np.uint8), axis=1))


def adam7(a, rows=unfiltered):
    passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
    return b"".join(rows(a[r::dr, c::dc]) for r, c, dr, dc in passes if a[r::dr, c::dc].size)


def filtered(a, filters, distance):
    """The rows of a[height, bytes] by the filters in turn, from the definitions (section 9)."""
    out, above = b"", np.zeros(a.shape[1], int)
    for y, row in enumerate(a.astype(int)):
        left = np.concatenate([np.zeros(distance, int), row[:-distance]])
        corner = np.concatenate([np.zeros(distance, int), above[:-distance]])
        guess = left + above - corner
        d = [abs(guess - left), abs(guess - above), abs(guess - corner)]
        paeth = np.where((d[0] <= d[1]) & (d[0] <= d[2]), left, np.where(d[1] <= d[2], above, corner))
        kind = filters[y % len(filters)]
        out += bytes([kind]) + ((row - [0 * left, left, above, (left + above) // 2, paeth][kind]) % 256).astype(np.uint8).tobytes()
        above = row
    return out


def frame(sequence, width, height, left, top):
    return chunk(b"fcTL", struct.pack(">IIIIIHHBB", sequence, width, height, left, top, 1, 10, 0, 0))


# ---- PNG ----
save("grey.png", pillow(Image.fromarray(grey), "PNG"), grey)
save("rgb.png", pillow(Image.fromarray(rgb), "PNG"), rgb)
save("rgba.png", pillow(Image.fromarray(rgba), "PNG"), rgba)
save("grey_alpha.png", pillow(Image.fromarray(np.dstack([grey, alpha])), "PNG"), np.dstack([grey, grey, grey, alpha]))
bits = ((x + y) % 3 == 0)
save("bits.png", pillow(Image.fromarray(bits), "PNG"), bits * 255)
wide = np.stack([x * 3000 % 65536, y * 5000 % 65536, (x * y * 777) % 65536], -1).astype(">u2")
save("rgb16.png", png(W, H, 16, 2, unfiltered(wide)), wide >> 8)
save("grey16.png", png(W, H, 16, 0, unfiltered(wide[..., 0])), wide[..., 0] >> 8)
wide_alpha = np.dstack([wide, alpha.astype(np.uint16) * 257]).astype(">u2")
save("rgba16.png", png(W, H, 16, 6, unfiltered(wide_alpha)), wide_alpha >> 8)
save("interlaced.png", png(W, H, 8, 2, adam7(rgb), 1), rgb)
colours = (np.arange(48).reshape(16, 3) * 5).astype(np.uint8)
index = ((x * 3 + y) % 16).astype(np.uint8)
palette = chunk(b"PLTE", colours.tobytes())
save("palette.png", png(W, H, 8, 3, unfiltered(index), 0, palette), colours[index])
fade = (np.arange(16) * 17).astype(np.uint8)
save("palette_alpha.png", png(W, H, 8, 3, unfiltered(index), 0, palette + chunk(b"tRNS", fade.tobytes())),
     np.dstack([colours[index], fade[index]]))
key = rgb[2, 3]
masked = np.where((rgb == key).all(-1), 0, 255)
visible = np.where(masked[..., None] > 0, rgb, 0)  # what is fully transparent has no colour
save("key.png", png(W, H, 8, 2, unfiltered(rgb), 0, chunk(b"tRNS", key.astype(">u2").tobytes())), np.dstack([visible, masked]))
for name, distance, a in (("filters1", 1, grey), ("filters2", 2, np.dstack([grey, alpha])), ("filters3", 3, rgb), ("filters4", 4, rgba)):
    rows = filtered(a.reshape(H, -1), (4, 3, 1, 2, 4, 4, 3, 0), distance)
    save(name + ".png", png(W, H, 8, {1: 0, 2: 4, 3: 2, 4: 6}[distance], rows), np.dstack([grey] * 3 + [alpha]) if distance == 2 else a)
rows = filtered(np.frombuffer(wide_alpha.tobytes(), np.uint8).reshape(H, -1), (4, 3, 1), 8)
save("filters8.png", png(W, H, 16, 6, rows), wide_alpha >> 8)
two = ((x + 2 * y) % 4).astype(np.uint8)
shades = np.dstack([two * 85] * 3 + [np.where(two == 2, 0, 255)])
shades[two == 2] = 0
save("key2.png", png(W, H, 2, 0, packed(two, 2), 0, chunk(b"tRNS", b"\0\2")), shades)
save("bits_interlaced.png", png(W, H, 1, 0, adam7(bits.astype(np.uint8), lambda a: packed(a, 1)), 1), bits * 255)
save("palette4.png", png(W, H, 4, 3, packed(index, 4), 0, palette), colours[index])
data = zlib.compress(unfiltered(rgb), 9)
pieces = [data[:1], b"", data[1:50], data[50:-3], data[-3:]]
start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", W, H, 8, 2, 0, 0, 0))
end = chunk(b"IEND", b"")
save("pieces.png", start + b"".join(chunk(b"IDAT", p) for p in pieces) + end, rgb)
animation = start + chunk(b"acTL", struct.pack(">II", 1, 0))
save("animation.png", animation + frame(0, W, H, 0, 0) + chunk(b"IDAT", data) + end, rgb)
part = zlib.compress(unfiltered(rgb[3:9, 5:16]), 9)
wanted = np.zeros_like(rgb)
wanted[3:9, 5:16] = rgb[3:9, 5:16]
save("animation_part.png", animation + chunk(b"IDAT", data) + frame(0, 11, 6, 5, 3) + chunk(b"fdAT", b"\0\0\0\1" + part[:40]) +
     chunk(b"fdAT", b"\0\0\0\2" + part[40:]) + end, wanted)
(out / "huge.png").write_bytes(png(60000, 60000, 8, 2, b"\0"))

# ---- JPEG ----
smooth = Image.fromarray(np.stack([x * 12, y * 18, 255 - x * 6 - y * 9], -1).astype(np.uint8))


def jpeg(name, image, **options):
    data = pillow(image, "JPEG", quality=90, **options)
    save(name, data, np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")))


jpeg("baseline.jpg", smooth, subsampling=0)
jpeg("half.jpg", smooth, subsampling=1)
jpeg("quarter.jpg", smooth, subsampling=2)
jpeg("progressive.jpg", smooth, progressive=True, subsampling=2)
jpeg("restart.jpg", smooth, subsampling=2, restart_marker_blocks=1)
jpeg("grey_jpeg.jpg", Image.fromarray((x * 9 + y * 6).astype(np.uint8)))
jpeg("cmyk.jpg", smooth.convert("CMYK"))
for orientation in range(1, 9):
    exif = Image.Exif()
    exif[0x0112] = orientation
    jpeg("turned%d.jpg" % orientation, smooth, subsampling=0, exif=exif)

# ---- BMP ----
save("rgb24.bmp", pillow(Image.fromarray(rgb), "BMP"), rgb)
save("palette8.bmp", pillow(Image.fromarray(grey), "BMP"), grey)
save("bits1.bmp", pillow(Image.fromarray(bits), "BMP"), bits * 255)


def bmp(height, bits_per_pixel, compression, pixels, masks=b"", colour_table=b"", info=40):
    start = 14 + info + (len(masks) if info == 40 else 0) + len(colour_table)
    header = struct.pack("<IiiHHIIiiII", info, W, height, 1, bits_per_pixel, compression, len(pixels), 2835, 2835,
                         len(colour_table) // 4, 0)
    header += masks + bytes(max(0, info - 40 - len(masks)))
    return b"BM" + struct.pack("<IHHI", start + len(pixels), 0, 0, start) + header + colour_table + pixels


bgrx = np.dstack([rgb[..., ::-1], np.full((H, W), 99, np.uint8)])
save("rgb32.bmp", bmp(H, 32, 0, bgrx[::-1].tobytes()), rgb)
save("topdown32.bmp", bmp(-H, 32, 0, bgrx.tobytes()), rgb)
bgra = np.dstack([rgb[..., ::-1], alpha])
save("rgba32.bmp", bmp(H, 32, 3, bgra[::-1].tobytes(), struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000), info=108), rgba)
five = (rgb >> 3).astype(np.uint16)
rows565 = (five[..., 0] << 11 | (rgb[..., 1].astype(np.uint16) >> 2) << 5 | five[..., 2]).astype("<u2")
pad = np.zeros((H, W % 2), "<u2")
r, g, b = [(rows565 >> s) & m for s, m in ((11, 31), (5, 63), (0, 31))]
widened = np.dstack([r << 3 | r >> 2, g << 2 | g >> 4, b << 3 | b >> 2])
save("rgb565.bmp", bmp(H, 16, 3, np.hstack([rows565, pad])[::-1].tobytes(), struct.pack("<III", 0xF800, 0x7E0, 0x1F)), widened)
runs = ((x // 5 + y) % 16).astype(np.uint8)
packed = bytearray()
for row in runs[::-1]:
    at = 0
    while at < W:
        n = 1
        while at + n < W and row[at + n] == row[at]:
            n += 1
        packed += bytes([n, row[at]])
        at += n
    packed += b"\0\0"
packed += b"\0\1"
table = b"".join(bytes([*c[::-1], 0]) for c in colours.tolist())
save("rle8.bmp", bmp(H, 8, 1, bytes(packed), colour_table=table), colours[runs])

# runs of 4 bits: two colours in turn, pixels as they are, and a step over two rows
packed = bytearray()
wanted = np.zeros((H, W, 3), np.uint8)
for row in range(H - 1, 2, -1):
    packed += bytes([0, 7, *(runs[row, i] << 4 | runs[row, i + 1] for i in (0, 2, 4, 6)), 12, 0x3A, 0, 0])
    wanted[row, :7] = colours[runs[row, :7]]
    wanted[row, 7:] = colours[[3, 10] * 6]
packed += bytes([0, 2, 5, 2, 9, 0x77, 0, 1])
wanted[0, 5:14] = colours[7]
save("rle4.bmp", bmp(H, 4, 2, bytes(packed), colour_table=table), wanted)
nibbles = np.hstack([runs, np.zeros((H, 24 - W), np.uint8)])
nibbles = (nibbles[:, ::2] << 4 | nibbles[:, 1::2])[::-1].tobytes()
table = b"".join(bytes(c[::-1]) for c in colours.tolist())
save("os2.bmp", b"BM" + struct.pack("<IHHIIHHHH", 26 + len(table) + len(nibbles), 0, 0, 26 + len(table), 12, W, H, 1, 4) + table +
     nibbles, colours[runs])
rows5551 = (five[..., 0] << 10 | five[..., 1] << 5 | five[..., 2] | (alpha >> 7).astype(np.uint16) << 15).astype("<u2")
widened = np.dstack([five << 3 | five >> 2, (alpha >> 7) * 255])
save("rgba16b.bmp", bmp(H, 16, 6, np.hstack([rows5551, pad])[::-1].tobytes(), struct.pack("<IIII", 0x7C00, 0x3E0, 0x1F, 0x8000)),
     widened)

for name, format in (("picture.gif", "GIF"), ("picture.webp", "WEBP")):
    (out / name).write_bytes(pillow(smooth, format))
