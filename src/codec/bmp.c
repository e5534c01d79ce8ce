/* codec/bmp.c - BMP: BITMAPFILEHEADER of 14 bytes, an info header told apart by its size, masks or a palette, then rows of
 * whole 4 bytes or runs (Microsoft, "Bitmap Storage" and "Bitmap Compression"; OS/2's headers: IBM, "Presentation Manager
 * Programming Reference"). Numbers are little-endian; colours are stored blue first. */
#include "codec/bmp.h"

#include <string.h>

#include "base/error.h"

enum { PLAIN = 0, RUNS_8 = 1, RUNS_4 = 2, MASKS = 3, MASKS_WITH_ALPHA = 6 }; /* compression */
enum { AT_START = 10, AT_INFO = 14, AT_COMPRESSION = 30, AT_MASKS = 54, OS2_CORE = 12, OS2_SHORT = 16, OS2_FULL = 64 };

typedef struct channel {
    uint32_t mask;
    int      shift, bits; /* no bits: always 255 */
} channel;

typedef struct bmp {
    const uint8_t *bytes;
    int64_t        size, start; /* of the pixels */
    int64_t        width, height;
    int            bits; /* a pixel */
    uint32_t       compression;
    int            is_top_down;
    int            channels;
    uint8_t       *pixels;
    channel        channel[4];      /* red, green, blue, alpha; more than 8 bits a pixel */
    uint8_t        palette[256][4]; /* what the file does not have is black */
} bmp;

static uint32_t le16(const uint8_t *p) { return (uint32_t)p[1] << 8 | p[0]; }
static uint32_t le32(const uint8_t *p) { return le16(p + 2) << 16 | le16(p); }

static xybrid_status fail_cut(const bmp *b, xybrid_error *err) {
    return xb_fail_at(err, XYBRID_MALFORMED, b->size, "", "BMP: the file is cut at byte %lld", (long long)b->size);
}

static int is_known_info(uint32_t size) {
    static const uint8_t known[] = { OS2_CORE, OS2_SHORT, 40, 52, 56, OS2_FULL, 108, 124 };
    return size < 256 && memchr(known, (int)size, sizeof known) != NULL;
}

static int is_known_pixel(uint32_t compression, int bits) {
    switch (compression) {
    case PLAIN: return bits == 1 || bits == 2 || bits == 4 || bits == 8 || bits == 16 || bits == 24 || bits == 32;
    case RUNS_8: return bits == 8;
    case RUNS_4: return bits == 4;
    case MASKS:
    case MASKS_WITH_ALPHA: return bits == 16 || bits == 24 || bits == 32;
    default: return 0;
    }
}

/* The channel whose mask is given; at byte `at` of the file, or nowhere. */
static xybrid_status set_channel(channel *c, uint32_t mask, int at, xybrid_error *err) {
    *c = (channel){ .mask = mask };
    while (mask && !(mask & 1)) mask >>= 1, c->shift++;
    for (uint32_t rest = mask; rest & 1; rest >>= 1) c->bits++;
    if ((mask & (mask + 1)) == 0) return XYBRID_OK;
    return xb_fail_at(err, XYBRID_MALFORMED, at, "", "BMP: mask 0x%08x at byte %d; its bits must be neighbours",
                      (unsigned)c->mask, at);
}

static xybrid_status read_masks(bmp *b, uint32_t info, int has_alpha, xybrid_error *err) {
    static const uint32_t plain[2][3] = { { 0xFF0000, 0xFF00, 0xFF }, { 0x7C00, 0x3E0, 0x1F } };
    const int             has_masks = b->compression == MASKS || b->compression == MASKS_WITH_ALPHA;
    if (has_masks && b->start < AT_MASKS + 12)
        return xb_fail_at(err, XYBRID_MALFORMED, AT_START, "", "BMP: pixels from byte %lld on, where its masks are",
                          (long long)b->start);
    if (has_masks && info == OS2_FULL) /* there they are other ones: Huffman, and runs of 24 bits */
        return xb_fail_at(err, XYBRID_UNSUPPORTED_IMAGE, AT_COMPRESSION, "",
                          "BMP: OS/2 compression %u at byte %d; 0 to 2 are supported", (unsigned)b->compression,
                          AT_COMPRESSION);
    for (int c = 0; c < 3; c++) {
        const int at = AT_MASKS + 4 * c;
        XB_TRY(set_channel(&b->channel[c], has_masks ? le32(b->bytes + at) : plain[b->bits == 16][c], at, err));
        if (b->channel[c].mask == 0) return xb_fail_at(err, XYBRID_MALFORMED, at, "", "BMP: mask of no bits at byte %d", at);
    }
    if (!has_alpha) return XYBRID_OK;
    const int at = AT_MASKS + 12;
    return set_channel(&b->channel[3], le32(b->bytes + at) & UINT32_MAX >> (32 - b->bits), at, err); /* 24 bits have none */
}

/* All that lies between the header and the pixels, at most 256. */
static void read_palette(bmp *b, uint32_t info) {
    const int      size = info == OS2_CORE ? 3 : 4;
    const uint8_t *p = b->bytes + AT_INFO + info, *end = b->bytes + b->start;
    for (int i = 0; i < 256; i++) {
        uint8_t *to = b->palette[i];
        if (end - p >= size) to[0] = p[2], to[1] = p[1], to[2] = p[0], p += size;
        to[3] = 255;
    }
}

static xybrid_status read_header(bmp *b, int has_alpha, xybrid_error *err) {
    const uint8_t *p = b->bytes;
    const uint32_t info = le32(p + AT_INFO);
    const int      at = info == OS2_CORE ? 22 : 26; /* planes, then bits */
    if (!is_known_info(info))
        return xb_fail_at(err, XYBRID_UNSUPPORTED_IMAGE, AT_INFO, "",
                          "BMP: header of %u bytes at byte %d; 12, 16, 40, 52, 56, 64, 108 and 124 are known", (unsigned)info,
                          AT_INFO);
    b->start = le32(p + AT_START);
    if (b->start < AT_INFO + (int64_t)info)
        return xb_fail_at(err, XYBRID_MALFORMED, AT_START, "", "BMP: pixels from byte %lld on, inside its header of %u bytes",
                          (long long)b->start, (unsigned)info);
    if (info > OS2_SHORT) {
        b->compression = le32(p + AT_COMPRESSION);
        b->is_top_down = le32(p + 22) > INT32_MAX;
    }
    b->bits = (int)le16(p + at + 2);
    if (le16(p + at) != 1 || !is_known_pixel(b->compression, b->bits))
        return xb_fail_at(
            err, XYBRID_UNSUPPORTED_IMAGE, at, "",
            "BMP: %u planes, %d bits a pixel, compression %u at byte %d; 1 plane, 1 to 32 bits, compression 0 to 3 "
            "or 6 are supported",
            (unsigned)le16(p + at), b->bits, (unsigned)b->compression, at);
    if (b->start >= b->size) return fail_cut(b, err);
    if (b->bits > 8) return read_masks(b, info, has_alpha, err);
    read_palette(b, info);
    return XYBRID_OK;
}

/* Row y of the file. */
static uint8_t *row_of(const bmp *b, int64_t y) {
    return b->pixels + (b->is_top_down ? y : b->height - 1 - y) * b->width * b->channels;
}

/* 8 bits from any number: the value, repeated as often as it takes. */
static uint8_t eight_bits(const channel *c, uint32_t pixel) {
    if (c->bits == 0) return 255;
    uint32_t v = (pixel & c->mask) >> c->shift;
    int      bits = c->bits;
    for (; bits < 8; bits *= 2) v |= v << bits;
    return (uint8_t)(v >> (bits - 8));
}

static xybrid_status read_rows(const bmp *b, xybrid_error *err) {
    const int64_t  bytes = (b->width * b->bits + 7) / 8, step = (bytes + 3) / 4 * 4, pixel_bytes = b->bits / 8;
    const uint8_t *from = b->bytes + b->start;
    if ((b->height - 1) * step + bytes > b->size - b->start) return fail_cut(b, err); /* the last row needs no padding */
    for (int64_t y = 0; y < b->height; y++, from += step) {
        uint8_t *to = row_of(b, y);
        for (int64_t x = 0; x < b->width; x++, to += b->channels) {
            if (b->bits <= 8) {
                const int64_t bit = x * b->bits; /* the first pixel is in the highest bits */
                const int     index = from[bit / 8] >> (8 - b->bits - bit % 8) & ((1 << b->bits) - 1);
                memcpy(to, b->palette[index], (size_t)b->channels);
            } else {
                uint32_t pixel = 0;
                for (int64_t i = pixel_bytes; i-- > 0;) pixel = pixel << 8 | from[x * pixel_bytes + i];
                for (int c = 0; c < b->channels; c++) to[c] = eight_bits(&b->channel[c], pixel);
            }
        }
    }
    return XYBRID_OK;
}

static xybrid_status fail_runs(int64_t at, xybrid_error *err) {
    return xb_fail_at(err, XYBRID_MALFORMED, at, "", "BMP: runs leave the picture at byte %lld", (long long)at);
}

/* `count` pixels to (x, y), what is outside left out: colours from p, or its first over and over (4 bits: two in turn). */
static void put_run(const bmp *b, int64_t x, int64_t y, int count, const uint8_t *p, int repeats) {
    if (y >= b->height) return;
    for (int i = 0; i < count && x + i < b->width; i++) {
        const uint8_t byte = repeats ? p[0] : p[b->bits == 8 ? i : i / 2];
        const int     index = b->bits == 8 ? byte : i % 2 ? byte & 15 : byte >> 4;
        memcpy(row_of(b, y) + (x + i) * b->channels, b->palette[index], (size_t)b->channels);
    }
}

/* Pairs of bytes: a count and what to repeat, or 0 and: 0 the next row, 1 the end, 2 a step right and on (two more bytes), from
 * 3 on so many pixels as they are, up to whole 2 bytes. */
static xybrid_status read_runs(const bmp *b, xybrid_error *err) {
    int64_t x = 0, y = 0, at = b->start;
    while (at + 2 <= b->size) {
        const uint8_t *p = b->bytes + at;
        const int      count = p[0], code = p[1];
        at += 2;
        if (count > 0) {
            put_run(b, x, y, count, p + 1, 1);
            x += count;
        } else if (code == 0) {
            if (y >= b->height) return fail_runs(at - 1, err);
            x = 0, y++;
        } else if (code == 1) {
            return XYBRID_OK;
        } else if (code == 2) {
            if (at + 2 > b->size) break;
            x += p[2], y += p[3], at += 2;
            if ((p[2] && x > b->width) || (p[3] && y >= b->height)) return fail_runs(at - 2, err);
        } else {
            const int bytes = b->bits == 8 ? (code + 1) / 2 * 2 : (code + 3) / 4 * 2;
            if (at + bytes > b->size) break;
            put_run(b, x, y, code, p + 2, 0);
            x += code, at += bytes;
        }
    }
    return fail_cut(b, err);
}

xybrid_status xb_bmp_decode(const xb_image_header *header, const uint8_t *bytes, int64_t size, int32_t channels,
                            uint8_t *pixels, xybrid_error *err) {
    bmp b = { .bytes = bytes, .size = size, .width = header->width, .height = header->height, .channels = channels };
    b.pixels = pixels;
    XB_TRY(read_header(&b, header->has_alpha, err));
    return b.compression == RUNS_8 || b.compression == RUNS_4 ? read_runs(&b, err) : read_rows(&b, err);
}
