/* codec/sniff.c - magic numbers; then a look for protobuf and for text. */
#include "codec/sniff.h"

#include <string.h>

#include "base/utf8.h"

typedef struct magic {
    uint8_t kind, offset, size;
    char    bytes[9];
} magic;

static const magic magics[] = {
    { XB_KIND_WAV, 8, 4, "WAVE" }, /* after RIFF, RIFX, RF64 or BW64 */
    { XB_KIND_WEBP, 8, 4, "WEBP" },
    { XB_KIND_FLAC, 0, 4, "fLaC" },
    { XB_KIND_OGG, 0, 4, "OggS" },
    { XB_KIND_MP3, 0, 3, "ID3" },
    { XB_KIND_PNG, 0, 8, "\x89PNG\r\n\x1a\n" },
    { XB_KIND_JPEG, 0, 3, "\xFF\xD8\xFF" },
    { XB_KIND_GIF, 0, 4, "GIF8" },
    { XB_KIND_GGUF, 0, 4, "GGUF" },
    { XB_KIND_ZIP, 0, 4, "PK\x03\x04" },
    { XB_KIND_ZIP, 0, 4, "PK\x05\x06" }, /* empty archive */
    { XB_KIND_NPY, 0, 6, "\x93NUMPY" },
};

static int is_riff(const uint8_t *p) {
    return memcmp(p, "RIFF", 4) == 0 || memcmp(p, "RIFX", 4) == 0 || memcmp(p, "RF64", 4) == 0 || memcmp(p, "BW64", 4) == 0;
}

static xb_kind by_magic(const uint8_t *p, int64_t size) {
    for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++) {
        const magic *m = &magics[i];
        if (size < m->offset + m->size || memcmp(p + m->offset, m->bytes, m->size) != 0) continue;
        if (m->offset == 0 || is_riff(p)) return (xb_kind)m->kind;
    }
    return XB_KIND_UNKNOWN;
}

/* "BM" alone is two letters of text; the header's size and the reserved zeros make sure. */
static int is_bmp(const uint8_t *p, int64_t size) {
    static const uint8_t zeros[4];
    return size >= 18 && p[0] == 'B' && p[1] == 'M' && memcmp(p + 6, zeros, 4) == 0 && p[15] <= 3 && p[16] == 0 && p[17] == 0;
}

/* An MPEG audio frame header: sync, layer III, a bit rate and a sample rate that exist. */
static int is_mp3_frame(const uint8_t *p, int64_t size) {
    return size >= 4 && p[0] == 0xFF && (p[1] & 0xE6) == 0xE2 && (p[1] & 0x18) != 0x08 && (p[2] & 0xF0) != 0xF0 &&
           (p[2] & 0xF0) != 0 && (p[2] & 0x0C) != 0x0C;
}

/* A base-128 number at *at; 0 when there is none. */
static int read_varint(const uint8_t *p, int64_t size, int64_t *at, uint64_t *out) {
    uint64_t value = 0;
    for (int shift = 0; shift < 64 && *at < size; shift += 7) {
        uint8_t byte = p[(*at)++];
        value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) {
            *out = value;
            return 1;
        }
    }
    return 0;
}

/* ONNX ModelProto: the fields of onnx.proto with their wire types (0 = number, 2 = bytes). Two sensible ones in a row, the
 * last of which may go on beyond what we see, are taken for a model. */
static int is_onnx(const uint8_t *p, int64_t size) {
    int64_t at = 0;
    for (int fields = 0; at < size && fields < 8; fields++) {
        uint64_t tag = 0, value = 0;
        if (!read_varint(p, size, &at, &tag) || !read_varint(p, size, &at, &value)) return 0;
        switch (tag) {
        case 1 << 3 | 0: /* ir_version */
            if (value < 1 || value > 64) return 0;
            continue;
        case 5 << 3 | 0: continue; /* model_version */
        case 2 << 3 | 2:           /* producer_name */
        case 3 << 3 | 2:           /* producer_version */
        case 4 << 3 | 2:           /* domain */
        case 6 << 3 | 2:           /* doc_string */
        case 7 << 3 | 2:           /* graph */
        case 8 << 3 | 2:           /* opset_import */
        case 14 << 3 | 2:          /* metadata_props */
        case 20 << 3 | 2:          /* training_info */
        case 25 << 3 | 2: break;   /* functions */
        default: return 0;
        }
        if (value > (uint64_t)(size - at)) return fields >= 1;
        at += (int64_t)value;
    }
    return at > 2;
}

/* Bytes that could go on to be one UTF-8 character. */
static int is_cut_character(const uint8_t *p, size_t size) {
    if (size > 3 || p[0] < 0xC2 || p[0] > 0xF4) return 0;
    for (size_t i = 1; i < size; i++)
        if ((p[i] & 0xC0) != 0x80) return 0;
    return 1;
}

static int is_text(const uint8_t *p, int64_t size) {
    size_t valid = xb_utf8_valid((const char *)p, (size_t)size);
    if (valid < (size_t)size && !is_cut_character(p + valid, (size_t)size - valid)) return 0;
    for (size_t i = 0; i < valid; i++) {
        int is_space = p[i] >= '\t' && p[i] <= '\r';
        if ((p[i] < 0x20 && !is_space) || p[i] == 0x7F) return 0;
    }
    return 1;
}

xb_kind xb_sniff(const void *bytes, int64_t size) {
    const uint8_t *p = bytes;
    if (!p || size <= 0) return XB_KIND_UNKNOWN;
    if (size > XB_SNIFF_BYTES) size = XB_SNIFF_BYTES;
    xb_kind kind = by_magic(p, size);
    if (kind != XB_KIND_UNKNOWN) return kind;
    if (is_bmp(p, size)) return XB_KIND_BMP;
    if (is_mp3_frame(p, size)) return XB_KIND_MP3;
    if (is_text(p, size)) return XB_KIND_TEXT;
    return is_onnx(p, size) ? XB_KIND_ONNX : XB_KIND_UNKNOWN;
}

const char *xb_kind_name(xb_kind kind) {
    static const char names[][14] = { "unknown bytes", "WAV",  "FLAC", "MP3",  "Ogg", "PNG",         "JPEG", "BMP",
                                      "GIF",           "WebP", "ONNX", "GGUF", "zip", "NumPy array", "text" };
    return names[(unsigned)kind < sizeof names / sizeof names[0] ? kind : 0];
}

int xb_kind_is_audio(xb_kind kind) { return kind >= XB_KIND_WAV && kind <= XB_KIND_OGG; }
int xb_kind_is_image(xb_kind kind) { return kind >= XB_KIND_PNG && kind <= XB_KIND_WEBP; }
