/* codec/flac.c - FLAC, after RFC 9639 (the section numbers below are its). 4 to 32 bits, 1 to 8 channels, any block size.
 *
 * Sums are 64-bit: the side channel of 32-bit audio has 33 bits, and no sum of a predictor overflows as long as every sample is
 * held within its bits, which is checked. A frame that is damaged (CRC-8 of its header, CRC-16 of all of it) is passed over:
 * the search goes on behind its first byte, and silence fills the gap up to the number that the next good frame carries. */
#include <string.h>

#include "base/checked.h"
#include "base/error.h"
#include "base/limits.h"
#include "codec/audio_int.h"

enum {
    MAX_ORDER = 32,
    GAP_BLOCK = 1 << 12 /* frames of silence in one piece, at most a block */
};

/* Bits from the left; past the end there are zeros, and is_past says so. */
typedef struct flac_bits {
    const uint8_t *bytes;
    int64_t        size, at; /* the next byte that goes into the cache */
    uint64_t       cache;    /* its lowest `count` bits are to come */
    int32_t        count;
    int            is_past;
} flac_bits;

typedef struct flac_header {
    int64_t first; /* sample of the stream */
    int32_t block; /* samples of each channel */
    int32_t layout;
    int32_t bits;
} flac_header;

typedef struct flac_state {
    xb_mem        *mem;
    const uint8_t *bytes;
    int64_t        size, at;
    int32_t        rate_hz, channels, bits, max_block;
    int64_t        total; /* frames; 0 = unknown */
    int64_t        made;  /* frames handed out, silence included */
    int64_t        gap;   /* frames of silence that come first */
    int64_t        bad_at;
    const char    *bad; /* the first trouble; NULL = none */
    int32_t        damaged;
    int            has_decoded;
    int64_t       *work;    /* [channels, max_block] */
    float         *samples; /* [max_block, channels] */
    int64_t        held;    /* frames in samples that wait behind the gap */
} flac_state;

/* ---- bits ---- */

static uint32_t get_bits(flac_bits *b, int32_t count) { /* 0..32 */
    while (b->count < count) {
        if (b->at < b->size) b->cache = b->cache << 8 | b->bytes[b->at++];
        else b->cache <<= 8, b->is_past = 1;
        b->count += 8;
    }
    b->count -= count;
    return (uint32_t)(b->cache >> b->count & (((uint64_t)1 << count) - 1));
}

static int64_t get_signed(flac_bits *b, int32_t count) { /* 0..33 */
    uint64_t value = count > 32 ? (uint64_t)get_bits(b, 1) << 32 | get_bits(b, 32) : get_bits(b, count);
    uint64_t sign = count ? (uint64_t)1 << (count - 1) : 0;
    return (int64_t)(value ^ sign) - (int64_t)sign;
}

static uint32_t get_unary(flac_bits *b) { /* zeros before a one */
    uint32_t zeros = 0;
    while (!b->is_past && get_bits(b, 1) == 0) zeros++;
    return zeros;
}

static int64_t next_byte(const flac_bits *b) { return b->at - b->count / 8; }

/* CRC-8 (x^8 + x^2 + x + 1) of the header and CRC-16 (x^16 + x^15 + x^2 + 1) of the frame, 4 bits at a time. */
static uint32_t crc(const uint8_t *bytes, int64_t size, int32_t width, uint32_t polynomial) {
    uint32_t table[16], value = 0, mask = (1u << width) - 1;
    for (uint32_t i = 0; i < 16; i++) {
        table[i] = i << (width - 4);
        for (int bit = 0; bit < 4; bit++) table[i] = table[i] << 1 ^ (table[i] >> (width - 1) & 1 ? polynomial : 0);
        table[i] &= mask;
    }
    for (int64_t i = 0; i < size; i++) {
        value ^= (uint32_t)bytes[i] << (width - 8);
        for (int half = 0; half < 2; half++) value = (value << 4 & mask) ^ table[value >> (width - 4)];
    }
    return value;
}

/* ---- residual and subframes (9.2) ---- */

static int read_rice(flac_bits *b, int64_t *out, int64_t count, int32_t parameter) {
    for (int64_t i = 0; i < count; i++) {
        uint64_t high = get_unary(b), value = high << parameter | get_bits(b, parameter);
        if (b->is_past || value > UINT32_MAX) return 0;
        out[i] = (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
    }
    return 1;
}

/* 9.2.7: the residual of samples order, ..., block - 1. */
static int read_residual(flac_bits *b, int64_t *out, int32_t block, int32_t order) {
    uint32_t method = get_bits(b, 2);
    int32_t  parameter_bits = method ? 5 : 4, partitions = 1 << get_bits(b, 4), length = block / partitions;
    if (method > 1 || length * partitions != block || length < order) return 0;
    for (int32_t p = 0, at = order; p < partitions; p++) {
        int32_t count = (p + 1) * length - at, parameter = (int32_t)get_bits(b, parameter_bits);
        if (parameter == (1 << parameter_bits) - 1) { /* plain numbers */
            int32_t bits = (int32_t)get_bits(b, 5);
            for (int32_t i = 0; i < count; i++) out[at + i] = get_signed(b, bits);
        } else if (!read_rice(b, out + at, count, parameter)) return 0;
        if (b->is_past) return 0;
        at += count;
    }
    return 1;
}

/* out holds the first `order` samples and the residual behind them; both become samples of `bits` bits. */
static int predict(int64_t *out, int32_t block, int32_t order, const int32_t *coefficients, int32_t shift, int32_t bits) {
    int64_t limit = (int64_t)1 << (bits - 1);
    for (int32_t i = order; i < block; i++) {
        int64_t sum = 0;
        for (int32_t j = 0; j < order; j++) sum += coefficients[j] * out[i - 1 - j];
        out[i] += sum >> shift;
        if (out[i] < -limit || out[i] >= limit) return 0;
    }
    return 1;
}

static int read_subframe(flac_bits *b, int64_t *out, int32_t block, int32_t bits) {
    static const int32_t fixed[5][4] = { { 0 }, { 1 }, { 2, -1 }, { 3, -3, 1 }, { 4, -6, 4, -1 } };
    int32_t              head = (int32_t)get_bits(b, 8), type = head >> 1 & 63, wasted = 0, order = 0, shift = 0;
    int32_t              coefficients[MAX_ORDER];
    if (head & 0x80) return 0;
    if (head & 1) wasted = (int32_t)xb_min64(get_unary(b), 64) + 1;
    if (b->is_past || wasted >= bits) return 0;
    bits -= wasted;
    if (type <= 1) { /* one value for all, or each as it is */
        for (int32_t i = 0; i < block; i++) out[i] = type == 0 && i > 0 ? out[0] : get_signed(b, bits);
    } else {
        if (type >= 32) order = type - 31;
        else if (type >= 8 && type <= 12) order = type - 8;
        else return 0;
        if (order > block) return 0;
        for (int32_t i = 0; i < order; i++) out[i] = get_signed(b, bits);
        if (type >= 32) {
            int32_t precision = (int32_t)get_bits(b, 4) + 1;
            shift = (int32_t)get_bits(b, 5);
            if (precision == 16 || shift > 15) return 0; /* 16: forbidden; the shift's sign bit: too */
            for (int32_t i = 0; i < order; i++) coefficients[i] = (int32_t)get_signed(b, precision);
        } else memcpy(coefficients, fixed[order], sizeof fixed[0]);
        if (!read_residual(b, out, block, order) || !predict(out, block, order, coefficients, shift, bits)) return 0;
    }
    for (int32_t i = 0; wasted && i < block; i++) out[i] *= (int64_t)1 << wasted;
    return !b->is_past;
}

/* ---- frames (9.1) ---- */

/* 9.1.5: as UTF-8, up to 36 bits; -1 = not a number. */
static int64_t read_number(flac_bits *b) {
    uint32_t first = get_bits(b, 8);
    int32_t  more = 0;
    if (first < 0x80) return first;
    while (more < 7 && (first & 0x40u >> more)) more++;
    if (first < 0xC0 || more > 6) return -1;
    int64_t value = first & (0x3Fu >> more);
    for (int32_t i = 0; i < more; i++) {
        uint32_t byte = get_bits(b, 8);
        if ((byte & 0xC0) != 0x80) return -1;
        value = value << 6 | (byte & 0x3F);
    }
    return value;
}

static int32_t block_size(flac_bits *b, uint32_t code) {
    if (code == 1) return 192;
    if (code >= 2 && code <= 5) return 144 << code;
    if (code == 6) return (int32_t)get_bits(b, 8) + 1;
    if (code == 7) return (int32_t)get_bits(b, 16) + 1;
    return code ? 1 << code : 0;
}

/* Is there a frame header of this stream at byte `at`? Then the reader stands behind it. */
static int read_header(const flac_state *s, int64_t at, flac_bits *b, flac_header *h) {
    static const int8_t depths[8] = { 0, 8, 12, -1, 16, 20, 24, 32 };
    if (s->size - at < 6 || s->bytes[at] != 0xFF || (s->bytes[at + 1] & 0xFE) != 0xF8) return 0;
    *b = (flac_bits){ .bytes = s->bytes, .size = s->size, .at = at + 2 };
    int      is_variable = s->bytes[at + 1] & 1;
    uint32_t block = get_bits(b, 4), rate = get_bits(b, 4), layout = get_bits(b, 4), depth = get_bits(b, 3);
    if (get_bits(b, 1) != 0 || rate == 15 || layout > 10 || depths[depth] < 0) return 0;
    if ((int32_t)(layout < 8 ? layout + 1 : 2) != s->channels || (depth && depths[depth] != s->bits)) return 0;
    int64_t number = read_number(b);
    h->block = block_size(b, block);
    h->layout = (int32_t)layout;
    h->bits = s->bits;
    h->first = is_variable ? number : number * s->max_block;
    if (rate >= 12) (void)get_bits(b, rate == 12 ? 8 : 16); /* the first header's rate holds */
    int64_t end = next_byte(b);
    return number >= 0 && h->block > 0 && h->block <= s->max_block && get_bits(b, 8) == crc(s->bytes + at, end - at, 8, 0x07) &&
           !b->is_past;
}

/* The channels of 9.1.3, as [block, channels] floats. */
static void interleave(const flac_state *s, const flac_header *h) {
    int64_t *left = s->work, *right = s->work + s->max_block;
    for (int32_t i = 0; h->layout >= 8 && i < h->block; i++) {
        int64_t a = left[i], b = right[i];
        if (h->layout == 8) right[i] = a - b;
        else if (h->layout == 9) left[i] = a + b;
        else a = a * 2 + (b & 1), left[i] = (a + b) >> 1, right[i] = (a - b) >> 1;
    }
    float  scale = 1.0f / (float)((int64_t)1 << (h->bits - 1));
    float *to = s->samples;
    for (int32_t i = 0; i < h->block; i++)
        for (int32_t c = 0; c < s->channels; c++) *to++ = (float)s->work[(int64_t)c * s->max_block + i] * scale;
}

/* The frame whose header was read. On success *end is the byte behind it. */
static int read_frame(const flac_state *s, int64_t at, flac_bits *b, const flac_header *h, int64_t *end) {
    for (int32_t c = 0; c < s->channels; c++) {
        int is_side = (h->layout == 8 && c == 1) || (h->layout == 9 && c == 0) || (h->layout == 10 && c == 1);
        if (!read_subframe(b, s->work + (int64_t)c * s->max_block, h->block, h->bits + is_side)) return 0;
    }
    b->count -= b->count % 8; /* zeros up to the byte */
    int64_t  sum_at = next_byte(b);
    uint32_t sum = get_bits(b, 16);
    *end = sum_at + 2;
    return !b->is_past && sum == crc(s->bytes + at, sum_at - at, 16, 0x8005);
}

static void note_trouble(flac_state *s, int64_t at, const char *what) {
    if (s->bad) return;
    s->bad = what;
    s->bad_at = at;
}

/* Decodes the next whole frame into s->samples and says how much silence comes before it; 0 at the end. */
static int next_frame(flac_state *s) {
    while (s->at < s->size) {
        flac_bits   b;
        flac_header h;
        int64_t     end;
        if (!read_header(s, s->at, &b, &h)) note_trouble(s, s->at, "no frame header");
        else if (!read_frame(s, s->at, &b, &h, &end)) {
            note_trouble(s, s->at, b.is_past ? "the file is cut in a frame" : "a frame is damaged");
            if (++s->damaged == XB_MAX_AUDIO_DAMAGE) s->at = s->size;
        } else {
            s->at = end;
            s->held = h.block;
            s->gap = s->bad && h.first > s->made ? xb_min64(h.first - s->made, XB_MAX_AUDIO_GAP) : 0;
            s->has_decoded = 1;
            interleave(s, &h);
            return 1;
        }
        const uint8_t *next = s->at + 1 < s->size ? memchr(s->bytes + s->at + 1, 0xFF, (size_t)(s->size - s->at - 1)) : NULL;
        s->at = next ? next - s->bytes : s->size;
    }
    return 0;
}

static xybrid_status flac_next(void *state, const float **samples, int64_t *frames, xybrid_error *err) {
    flac_state *s = state;
    *frames = 0;
    if (s->held == 0 && !next_frame(s)) {
        if (s->has_decoded || !s->bad) return XYBRID_OK;
        return xb_fail_at(err, XYBRID_MALFORMED, s->bad_at, "", "FLAC: %s at byte %lld, and none can be decoded after it",
                          s->bad, (long long)s->bad_at);
    }
    if (s->gap > 0) { /* the frame stays where it is: silence has memory of its own, behind it */
        *frames = xb_min64(xb_min64(s->gap, GAP_BLOCK), s->max_block);
        *samples = s->samples + (int64_t)s->max_block * s->channels;
        s->gap -= *frames;
    } else {
        *frames = s->held;
        *samples = s->samples;
        s->held = 0;
    }
    s->made += *frames;
    return XYBRID_OK;
}

/* ---- metadata (8) ---- */

static xybrid_status read_streaminfo(flac_state *s, const uint8_t *p, int64_t at, xybrid_error *err) {
    flac_bits b = { .bytes = p, .size = 34, .at = 2 };
    s->max_block = (int32_t)get_bits(&b, 16);
    (void)get_bits(&b, 32), (void)get_bits(&b, 16); /* sizes of frames */
    s->rate_hz = (int32_t)get_bits(&b, 20);
    s->channels = (int32_t)get_bits(&b, 3) + 1;
    s->bits = (int32_t)get_bits(&b, 5) + 1;
    s->total = (int64_t)get_bits(&b, 4) << 32;
    s->total |= get_bits(&b, 32);
    if (s->max_block < 16 || s->bits < 4 || s->rate_hz < 1)
        return xb_fail_at(err, XYBRID_MALFORMED, at, "",
                          "FLAC: blocks of %d samples of %d bits at %d Hz, in the header at byte %lld", (int)s->max_block,
                          (int)s->bits, (int)s->rate_hz, (long long)at);
    if (s->rate_hz > XB_MAX_AUDIO_RATE)
        return xb_fail_at(err, XYBRID_UNSUPPORTED_AUDIO, at + 10, "", "FLAC: sample rate of %d Hz at byte %lld; 1..%d Hz",
                          (int)s->rate_hz, (long long)at + 10, XB_MAX_AUDIO_RATE);
    return XYBRID_OK;
}

static xybrid_status read_blocks(flac_state *s, xybrid_error *err) {
    int64_t at = 4;
    for (int is_last = 0, number = 0; !is_last; number++) {
        if (s->size - at < 4)
            return xb_fail_at(err, XYBRID_MALFORMED, at, "", "FLAC: the file is cut in its header, at byte %lld",
                              (long long)at);
        const uint8_t *p = s->bytes + at;
        int64_t        size = (int64_t)p[1] << 16 | p[2] << 8 | p[3];
        is_last = p[0] >> 7;
        if (number == 0 && ((p[0] & 0x7F) != 0 || size < 34))
            return xb_fail_at(err, XYBRID_MALFORMED, at, "", "FLAC: no stream information at byte %lld", (long long)at);
        if (size > s->size - at - 4)
            return xb_fail_at(err, XYBRID_MALFORMED, at, "", "FLAC: block at byte %lld claims %lld bytes, the file has %lld",
                              (long long)at, (long long)size, (long long)(s->size - at - 4));
        if (number == 0) XB_TRY(read_streaminfo(s, p + 4, at + 4, err));
        at += 4 + size;
    }
    s->at = at;
    return XYBRID_OK;
}

static xybrid_status flac_open(void *state, xb_mem *mem, const uint8_t *bytes, int64_t size, xb_audio_info *info,
                               xybrid_error *err) {
    flac_state *s = state;
    s->mem = mem;
    s->bytes = bytes;
    s->size = size;
    XB_TRY(read_blocks(s, err));
    size_t block = (size_t)s->max_block * (size_t)s->channels;
    s->work = xb_calloc(mem, block, sizeof *s->work, err);
    if (!s->work) return err->code;
    s->samples = xb_calloc(mem, 2 * block, sizeof *s->samples, err); /* a block, and silence */
    if (!s->samples) return err->code;
    info->rate_hz = s->rate_hz;
    info->channels = s->channels;
    info->frames = s->total ? s->total : -1;
    return XYBRID_OK;
}

static void flac_close(void *state) {
    flac_state *s = state;
    xb_free(s->mem, s->work);
    xb_free(s->mem, s->samples);
}

const xb_audio_codec xb_audio_flac = { sizeof(flac_state), flac_open, flac_next, flac_close };
