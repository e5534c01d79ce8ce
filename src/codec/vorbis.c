/* codec/vorbis.c - Ogg Vorbis: packets to samples, after the Vorbis I specification (Xiph.Org, 2020); its sections are given.
 * Floors of type 1, as all encoders since 2000 make; residues 0, 1 and 2.
 *
 * Positions are those of the pages (A.2): samples before the recording's start and behind its end are cut, and where pages are
 * missing, silence fills the gap, whose length the next page says. The inverse MDCT is a complex FFT of a quarter of the
 * block's length between two rotations (P. Duhamel, Y. Mahieux, J. Petit, 1991, A fast algorithm for the implementation of
 * filter banks based on time domain aliasing cancellation). */
#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/checked.h"
#include "base/error.h"
#include "base/limits.h"
#include "codec/audio_int.h"
#include "codec/ogg.h"
#include "codec/vorbis_int.h"

#define PI 3.14159265358979323846

enum { GAP_BLOCK = 1 << 12 }; /* frames of silence in one piece */

typedef struct vorbis_cpx {
    float re, im;
} vorbis_cpx;

typedef struct vorbis_mdct { /* for one length of block */
    int32_t     size;
    vorbis_cpx *turn;  /* [size / 4]: exp(-2 pi i (k + 1/8) / size) */
    vorbis_cpx *roots; /* [size / 8]: exp(-2 pi i k / (size / 4)) */
    float      *slope; /* [size / 2]: the rising half of the window */
} vorbis_mdct;

typedef struct vorbis_state {
    xb_mem         *mem;
    xb_ogg          ogg;
    xb_arena        arena; /* all of the current stream */
    xb_vorbis_setup setup;
    vorbis_mdct     mdct[2];
    int32_t         headers; /* of the current stream: 0..3 */
    int32_t         rate_hz, channels;
    int32_t         last_block; /* whose right half waits in `tail`; 0 = none */
    int64_t         position;   /* of the next sample; -1 = a page must say it */
    int64_t         gap;        /* frames of silence that come before what `made` holds */
    int64_t         held;
    const char     *why; /* nothing was decoded because of this */
    int64_t         why_at;
    int             is_open, has_decoded;
    float          *spectrum; /* [channels, block / 2]; floors, then products */
    float          *residue;  /* [channels, block / 2] */
    float          *block;    /* [block]: samples of one channel */
    float          *tail;     /* [channels, block / 2]: the last right half, in its window */
    float          *made;     /* [block, channels] */
    float          *silence;  /* [GAP_BLOCK, channels] */
    vorbis_cpx     *work;     /* [block / 4] */
    uint8_t        *classes;  /* [channels, partitions + dims of a class book] */
    float           decibels[256];
} vorbis_state;

/* ---- inverse MDCT (1.3.2, 4.3.6) and windows (4.3.1) ---- */

static xybrid_status mdct_make(xb_arena *arena, vorbis_mdct *m, int32_t size, xybrid_error *err) {
    int32_t quarter = size / 4;
    m->size = size;
    m->turn = xb_arena_array(arena, (size_t)quarter, sizeof *m->turn, err);
    m->roots = m->turn ? xb_arena_array(arena, (size_t)quarter / 2, sizeof *m->roots, err) : NULL;
    m->slope = m->roots ? xb_arena_array(arena, (size_t)size / 2, sizeof *m->slope, err) : NULL;
    if (!m->slope) return err->code;
    for (int32_t k = 0; k < quarter; k++) {
        double angle = 2 * PI * (k + 0.125) / size;
        m->turn[k] = (vorbis_cpx){ (float)cos(angle), (float)-sin(angle) };
    }
    for (int32_t k = 0; k < quarter / 2; k++) {
        double angle = 2 * PI * k / quarter;
        m->roots[k] = (vorbis_cpx){ (float)cos(angle), (float)-sin(angle) };
    }
    for (int32_t i = 0; i < size / 2; i++) {
        double x = sin((i + 0.5) / size * PI);
        m->slope[i] = (float)sin(PI / 2 * x * x);
    }
    return XYBRID_OK;
}

static vorbis_cpx times(vorbis_cpx a, vorbis_cpx b) {
    return (vorbis_cpx){ a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re };
}

/* In place; the input in bit-reversed order. */
static void fft(vorbis_cpx *z, int32_t count, const vorbis_cpx *roots) {
    for (int32_t half = 1; half < count; half *= 2) {
        for (int32_t at = 0; at < count; at += 2 * half) {
            for (int32_t k = 0; k < half; k++) {
                vorbis_cpx *a = z + at + k, *b = a + half, t = times(*b, roots[k * (count / 2 / half)]);
                *b = (vorbis_cpx){ a->re - t.re, a->im - t.im };
                *a = (vorbis_cpx){ a->re + t.re, a->im + t.im };
            }
        }
    }
}

/* y[i] = sum over k < size / 2 of x[k] cos(2 pi / size (i + 1/2 + size / 4) (k + 1/2)), i < size. */
static void mdct_inverse(const vorbis_mdct *m, const float *x, vorbis_cpx *z, float *y) {
    int32_t quarter = m->size / 4, turned = 0;
    for (int32_t k = 0; k < quarter; k++) {
        z[turned] = times((vorbis_cpx){ x[2 * k], x[2 * quarter - 1 - 2 * k] }, m->turn[k]);
        int32_t bit = quarter / 2; /* counts with the bits in reverse */
        for (; turned & bit; bit /= 2) turned ^= bit;
        turned |= bit;
    }
    fft(z, quarter, m->roots);
    for (int32_t k = 0; k < quarter; k++) {
        vorbis_cpx v = times(z[k], m->turn[k]);
        y[quarter + 2 * k] = v.im;
        y[3 * quarter - 1 - 2 * k] = -v.re;
    }
    for (int32_t i = 0; i < quarter; i++) {
        y[quarter - 1 - i] = -y[quarter + i];
        y[3 * quarter + i] = y[3 * quarter - 1 - i];
    }
}

/* ---- floor 1 (7.2.3, 7.2.4) ---- */

static int32_t point_at(int32_t x0, int32_t y0, int32_t x1, int32_t y1, int32_t x) { /* 9.2.6 */
    int32_t dy = y1 - y0, offset = (dy < 0 ? -dy : dy) * (x - x0) / (x1 - x0);
    return dy < 0 ? y0 - offset : y0 + offset;
}

static void draw_line(const float *decibels, int32_t x0, int32_t y0, int32_t x1, int32_t y1, int32_t end,
                      float *out) { /* 9.2.7 */
    int32_t dy = y1 - y0, dx = x1 - x0, base = dy / dx, step = dy < 0 ? base - 1 : base + 1, y = y0, error = 0;
    int32_t rest = (dy < 0 ? -dy : dy) - (base < 0 ? -base : base) * dx;
    if (x1 > end) x1 = end;
    for (int32_t x = x0; x < x1; x++) {
        out[x] = decibels[y];
        error += rest;
        if (error >= dx) error -= dx, y += step;
        else y += base;
    }
}

static int read_points(const vorbis_state *s, const xb_vorbis_floor *f, xb_vorbis_bits *b, int32_t range, int32_t *y) {
    int32_t count = 2, bits = xb_vorbis_ilog((uint32_t)range - 1);
    if (!xb_vorbis_get(b, 1)) return 0;
    y[0] = (int32_t)xb_vorbis_get(b, bits);
    y[1] = (int32_t)xb_vorbis_get(b, bits);
    if (y[0] >= range || y[1] >= range) return 0;
    for (int32_t p = 0; p < f->partitions; p++) {
        int32_t c = f->partition_class[p], sub_bits = f->subclass_bits[c], value = 0;
        if (sub_bits) value = xb_vorbis_entry(&s->setup.books[f->master[c]], b);
        if (value < 0) return 0;
        for (int32_t i = 0; i < f->dims[c]; i++, value >>= sub_bits) {
            int32_t book = f->books[c][value & ((1 << sub_bits) - 1)];
            y[count] = book < 0 ? 0 : xb_vorbis_entry(&s->setup.books[book], b);
            if (y[count++] < 0) return 0;
        }
    }
    return !b->is_past;
}

/* The floor of one channel, [n]; 0 = it is silent. */
static int decode_floor(const vorbis_state *s, const xb_vorbis_floor *f, xb_vorbis_bits *b, int32_t n, float *out) {
    static const uint16_t ranges[4] = { 256, 128, 86, 64 };
    int32_t               y[XB_VORBIS_FLOOR_POINTS], range = ranges[f->multiplier - 1];
    uint8_t               is_used[XB_VORBIS_FLOOR_POINTS] = { 1, 1 };
    if (!read_points(s, f, b, range, y)) return 0;
    for (int32_t i = 2; i < f->count; i++) {
        int32_t low = f->low[i], high = f->high[i];
        int32_t guess = point_at(f->x[low], y[low], f->x[high], y[high], f->x[i]);
        int32_t above = range - guess, below = guess, room = (above < below ? above : below) * 2, value = y[i];
        y[i] = guess;
        if (value == 0) continue;
        is_used[low] = is_used[high] = is_used[i] = 1;
        if (value >= room) y[i] = above > below ? value : range - 1 - value;
        else y[i] = value & 1 ? guess - (value + 1) / 2 : guess + value / 2;
        y[i] = y[i] < 0 ? 0 : y[i] >= range ? range - 1 : y[i]; /* only damaged packets go beyond */
    }
    int32_t x0 = 0, y0 = y[0] * f->multiplier;
    for (int32_t k = 1; k < f->count; k++) {
        int32_t i = f->order[k];
        if (!is_used[i]) continue;
        draw_line(s->decibels, x0, y0, f->x[i], y[i] * f->multiplier, n, out);
        x0 = f->x[i];
        y0 = y[i] * f->multiplier;
    }
    for (; x0 < n; x0++) out[x0] = s->decibels[y0];
    return 1;
}

/* ---- residue (8.6) ---- */

/* One partition: vectors added to out[from, from + size), in the order of the residue's type; 0 where the packet ends. */
static int add_partition(const xb_vorbis_book *book, xb_vorbis_bits *b, int32_t type, float *out, int32_t size) {
    int32_t steps = size / book->dims; /* type 0 */
    for (int32_t i = 0; i < (type == 0 ? steps : size);) {
        int32_t entry = xb_vorbis_entry(book, b);
        if (entry < 0) return 0;
        const float *vector = book->vectors + (int64_t)entry * book->dims;
        if (type == 0) {
            for (int32_t d = 0; d < book->dims; d++) out[i + d * steps] += vector[d];
            i++;
        } else {
            for (int32_t d = 0; d < book->dims && i < size; d++) out[i++] += vector[d];
        }
    }
    return 1;
}

/* `vectors` vectors of n floats at out, each n apart; those that are silent are not in the packet. */
static void decode_vectors(vorbis_state *s, const xb_vorbis_residue *r, xb_vorbis_bits *b, int32_t vectors,
                           const uint8_t *is_silent, int32_t n, float *const *out) {
    const xb_vorbis_book *class_book = &s->setup.books[r->class_book];
    int32_t               begin = r->begin < n ? r->begin : n, end = r->end < n ? r->end : n, words = class_book->dims;
    int32_t               partitions = (end - begin) / r->partition_size, stride = partitions + words;
    for (int32_t pass = 0; pass < XB_VORBIS_PASSES; pass++) {
        for (int32_t at = 0; at < partitions;) {
            for (int32_t v = 0; pass == 0 && v < vectors; v++) {
                if (is_silent[v]) continue;
                int32_t word = xb_vorbis_entry(class_book, b);
                if (word < 0) return;
                for (int32_t i = words; i-- > 0; word /= r->classes)
                    s->classes[v * stride + at + i] = (uint8_t)(word % r->classes);
            }
            for (int32_t i = 0; i < words && at < partitions; i++, at++) {
                for (int32_t v = 0; v < vectors; v++) {
                    if (is_silent[v]) continue;
                    int32_t book = r->books[s->classes[v * stride + at]][pass];
                    float  *to = out[v] + begin + at * r->partition_size;
                    if (book >= 0 && !add_partition(&s->setup.books[book], b, r->type, to, r->partition_size)) return;
                }
            }
        }
    }
}

/* The channels of one part of the mapping: their spectra, [n] each, into s->residue. */
static void decode_residue(vorbis_state *s, const xb_vorbis_mapping *m, int32_t part, xb_vorbis_bits *b,
                           const uint8_t *is_silent, int32_t n) {
    const xb_vorbis_residue *r = &s->setup.residues[m->residue[part]];
    float                   *out[XB_MAX_AUDIO_CHANNELS];
    uint8_t                  silent[XB_MAX_AUDIO_CHANNELS], all_silent = 1;
    int32_t                  count = 0;
    for (int32_t c = 0; c < s->channels; c++) {
        if (m->mux[c] != part) continue;
        out[count] = s->residue + (int64_t)c * (s->setup.block[1] / 2);
        silent[count++] = is_silent[c];
        all_silent &= is_silent[c];
    }
    if (count == 0) return;
    if (r->type != 2) {
        decode_vectors(s, r, b, count, silent, n, out);
    } else if (!all_silent) { /* all channels in one vector, a value of each in turn; made in the place of the last result */
        float *mixed = s->made;
        memset(mixed, 0, (size_t)(n * count) * sizeof *mixed);
        decode_vectors(s, r, b, 1, &(uint8_t){ 0 }, n * count, &mixed);
        for (int32_t i = 0; i < n; i++)
            for (int32_t v = 0; v < count; v++) out[v][i] = mixed[i * count + v];
    }
}

/* 4.3.5. */
static void uncouple(float *magnitude, float *angle, int32_t n) {
    for (int32_t i = 0; i < n; i++) {
        float m = magnitude[i], a = angle[i], other = (m > 0) == (a > 0) ? m - a : m + a;
        if (a > 0) angle[i] = other;
        else magnitude[i] = other, angle[i] = m;
    }
}

/* ---- audio packets (4.3) ---- */

/* The window of a block with these neighbours, on y [size] (4.3.1). */
static void shape(const vorbis_state *s, float *y, int32_t size, int is_long, int left_long, int right_long) {
    int32_t      left = s->setup.block[is_long && left_long] / 2, right = s->setup.block[is_long && right_long] / 2;
    int32_t      left_at = size / 4 - left / 2, right_at = size * 3 / 4 - right / 2;
    const float *rising = s->mdct[is_long && left_long].slope, *falling = s->mdct[is_long && right_long].slope;
    memset(y, 0, (size_t)left_at * sizeof *y);
    for (int32_t i = 0; i < left; i++) y[left_at + i] *= rising[i];
    for (int32_t i = 0; i < right; i++) y[right_at + i] *= falling[right - 1 - i];
    memset(y + right_at + right, 0, (size_t)(size - right_at - right) * sizeof *y);
}

/* Block y of channel c and the tail of the last one: `count` samples into s->made; its right half becomes the tail. */
static void overlap(vorbis_state *s, int32_t c, int32_t size, int32_t count) {
    float  *tail = s->tail + (int64_t)c * (s->setup.block[1] / 2);
    int32_t shift = s->last_block / 4 - size / 4;
    for (int32_t i = 0; i < count; i++) {
        float sum = i < s->last_block / 2 ? tail[i] : 0;
        if (i >= shift && i - shift < size / 2) sum += s->block[i - shift];
        s->made[(int64_t)i * s->channels + c] = sum;
    }
    memcpy(tail, s->block + size / 2, (size_t)(size / 2) * sizeof *tail);
}

/* Decodes a packet; *count samples are in s->made. 0 = it is no sound. */
static int decode_packet(vorbis_state *s, xb_vorbis_bits *b, int32_t *count) {
    uint8_t is_silent[XB_MAX_AUDIO_CHANNELS];
    if (xb_vorbis_get(b, 1)) return 0;
    uint32_t mode = xb_vorbis_get(b, xb_vorbis_ilog((uint32_t)s->setup.mode_count - 1));
    if (b->is_past || mode >= (uint32_t)s->setup.mode_count) return 0;
    const xb_vorbis_mapping *m = &s->setup.mappings[s->setup.modes[mode].mapping];
    int                      is_long = s->setup.modes[mode].is_long, left_long = 0, right_long = 0;
    int32_t                  size = s->setup.block[is_long], n = size / 2, stride = s->setup.block[1] / 2;
    if (is_long) left_long = (int)xb_vorbis_get(b, 1), right_long = (int)xb_vorbis_get(b, 1);
    if (b->is_past) return 0;
    for (int32_t c = 0; c < s->channels; c++)
        is_silent[c] = !decode_floor(s, &s->setup.floors[m->floor[m->mux[c]]], b, n, s->spectrum + (int64_t)c * stride);
    uint8_t is_skipped[XB_MAX_AUDIO_CHANNELS];
    memcpy(is_skipped, is_silent, sizeof is_skipped);
    for (int32_t i = 0; i < m->couplings; i++) /* 4.3.3 */
        if (!is_skipped[m->magnitude[i]] || !is_skipped[m->angle[i]]) is_skipped[m->magnitude[i]] = is_skipped[m->angle[i]] = 0;
    memset(s->residue, 0, (size_t)s->channels * (size_t)stride * sizeof *s->residue);
    for (int32_t part = 0; part < m->submaps; part++) decode_residue(s, m, part, b, is_skipped, n);
    for (int32_t i = m->couplings; i-- > 0;)
        uncouple(s->residue + (int64_t)m->magnitude[i] * stride, s->residue + (int64_t)m->angle[i] * stride, n);
    *count = s->last_block ? s->last_block / 4 + size / 4 : 0;
    for (int32_t c = 0; c < s->channels; c++) {
        float *spectrum = s->spectrum + (int64_t)c * stride;
        for (int32_t i = 0; i < n; i++) spectrum[i] = is_silent[c] ? 0 : spectrum[i] * s->residue[(int64_t)c * stride + i];
        mdct_inverse(&s->mdct[is_long], spectrum, s->work, s->block);
        shape(s, s->block, size, is_long, left_long, right_long);
        overlap(s, c, size, *count);
    }
    s->last_block = size;
    return 1;
}

/* ---- streams ---- */

static void note_trouble(vorbis_state *s, const char *why, int64_t at) {
    if (s->why) return;
    s->why = why;
    s->why_at = at;
}

static xybrid_status make_rooms(vorbis_state *s, xybrid_error *err) {
    size_t  channels = (size_t)s->channels, half = (size_t)s->setup.block[1] / 2;
    int32_t classes = 0;
    for (int32_t i = 0; i < s->setup.residue_count; i++) {
        const xb_vorbis_residue *r = &s->setup.residues[i];
        int32_t                  partitions = (int32_t)half * (r->type == 2 ? s->channels : 1) / r->partition_size;
        int32_t                  needed = partitions + s->setup.books[r->class_book].dims;
        if (needed > classes) classes = needed;
    }
    for (int is_long = 0; is_long < 2; is_long++) XB_TRY(mdct_make(&s->arena, &s->mdct[is_long], s->setup.block[is_long], err));
    struct {
        void **to;
        size_t count, size;
    } rooms[] = {
        { (void **)&s->spectrum, channels * half, sizeof *s->spectrum },
        { (void **)&s->residue, channels * half, sizeof *s->residue },
        { (void **)&s->block, 2 * half, sizeof *s->block },
        { (void **)&s->tail, channels * half, sizeof *s->tail },
        { (void **)&s->made, channels * 2 * half, sizeof *s->made },
        { (void **)&s->silence, channels * GAP_BLOCK, sizeof *s->silence },
        { (void **)&s->work, half / 2, sizeof *s->work },
        { (void **)&s->classes, channels * (size_t)classes, 1 },
    };
    for (size_t i = 0; i < sizeof rooms / sizeof rooms[0]; i++) {
        *rooms[i].to = xb_arena_array(&s->arena, rooms[i].count, rooms[i].size, err);
        if (!*rooms[i].to) return err->code;
    }
    return XYBRID_OK;
}

/* A header packet: 1, 3 and 5 "vorbis", in this order (4.2). */
static xybrid_status read_header(vorbis_state *s, const xb_ogg_packet *p, xybrid_error *err) {
    const char    *why = "header packet";
    xb_vorbis_bits b = { .bytes = p->data, .size = p->size, .at = 7 };
    xybrid_status  st = XYBRID_MALFORMED;
    if (p->size >= 7 && p->data[0] == 2 * s->headers + 1 && memcmp(p->data + 1, "vorbis", 6) == 0) {
        st = XYBRID_OK;
        err->code = XYBRID_OK;
        if (s->headers == 0) st = xb_vorbis_read_identification(&b, &s->setup, &why);
        if (s->headers == 2) st = xb_vorbis_read_setup(&b, &s->arena, &s->setup, &why, err);
        if (st && err->code) return st;
    }
    if (st)
        return xb_fail_at(err, st, p->at, "", "Ogg Vorbis: %s, in the page at byte %lld, %s", why, (long long)p->at,
                          st == XYBRID_MALFORMED ? "is damaged" : "is not supported");
    if (++s->headers == 1 && s->channels == 0) s->channels = s->setup.channels, s->rate_hz = s->setup.rate_hz;
    if (s->setup.channels != s->channels || s->setup.rate_hz != s->rate_hz)
        return xb_fail_at(err, XYBRID_UNSUPPORTED_AUDIO, p->at, "",
                          "Ogg Vorbis: from %d channels at %d Hz to %d at %d Hz, at byte %lld, inside one file",
                          (int)s->channels, (int)s->rate_hz, (int)s->setup.channels, (int)s->setup.rate_hz, (long long)p->at);
    return s->headers == 3 ? make_rooms(s, err) : XYBRID_OK;
}

static void begin_stream(vorbis_state *s) {
    xb_arena_free(&s->arena);
    memset(&s->setup, 0, sizeof s->setup);
    s->headers = 0;
    s->last_block = 0;
    s->position = -1;
}

/* Lengths of packets that were not decoded yet. */
typedef struct vorbis_lengths {
    const xb_vorbis_setup *setup;
    int32_t                last;
    int64_t                sum;
} vorbis_lengths;

static void add_length(void *ctx, uint8_t first) {
    vorbis_lengths *l = ctx;
    xb_vorbis_bits  b = { .bytes = &first, .size = 1 };
    if (xb_vorbis_get(&b, 1)) return;
    uint32_t mode = xb_vorbis_get(&b, xb_vorbis_ilog((uint32_t)l->setup->mode_count - 1));
    if (mode >= (uint32_t)l->setup->mode_count) return;
    int32_t size = l->setup->block[l->setup->modes[mode].is_long];
    if (l->last) l->sum += l->last / 4 + size / 4;
    l->last = size;
}

/* Where the samples of the first packet of a page begin, by its granule position; -1 = it does not say. */
static int64_t page_start(const vorbis_state *s, const xb_ogg_packet *p) {
    vorbis_lengths l = { .setup = &s->setup, .last = s->last_block };
    if (p->page_granule < 0 || p->page_granule > INT64_MAX / 2) return -1;
    if (p->size > 0) add_length(&l, p->data[0]);
    xb_ogg_peek(&s->ogg, add_length, &l);
    return p->page_granule - l.sum;
}

/* Places `count` new samples: what lies before 0, or behind the last page's position, is cut; a gap is measured. */
static void place(vorbis_state *s, const xb_ogg_packet *p, int64_t start, int is_new, int64_t count) {
    int64_t cut = 0;
    if (is_new && start != -1) { /* on a recording's only page, what is too much is at its end */
        if (s->position < 0 && start < 0 && !p->is_last_page) cut = xb_min64(-start, count);
        else if (s->position >= 0 && start > s->position) s->gap = xb_min64(start - s->position, XB_MAX_AUDIO_GAP);
        s->position = xb_max64(start, xb_max64(s->position, 0));
    }
    if (s->position < 0) s->position = 0;
    if (cut > 0) memmove(s->made, s->made + cut * s->channels, (size_t)((count - cut) * s->channels) * sizeof *s->made);
    count -= cut;
    s->position += count;
    if (p->is_last_page && p->is_page_last && p->page_granule >= 0 && s->position > p->page_granule)
        count = xb_max64(0, count - (s->position - p->page_granule));
    s->held = count;
}

/* Decodes packets until there are samples; s->held 0 = the end. */
static xybrid_status next_block(vorbis_state *s, xybrid_error *err) {
    while (s->held == 0) {
        xb_ogg_packet p;
        int32_t       count = 0;
        XB_TRY(xb_ogg_next(&s->ogg, &p, err));
        if (!p.data) return XYBRID_OK;
        if (p.is_first) begin_stream(s);
        if (s->headers < 3) {
            XB_TRY(read_header(s, &p, err));
            if (s->headers == 3 && !s->is_open) return XYBRID_OK;
            continue;
        }
        if (p.is_after_loss) s->last_block = 0;
        /* the page that is in the middle of its packets says nothing about where this one begins */
        int            is_new = (s->position < 0 || p.is_after_loss) && p.is_page_first;
        int64_t        start = is_new ? page_start(s, &p) : -1;
        xb_vorbis_bits b = { .bytes = p.data, .size = p.size };
        if (!decode_packet(s, &b, &count)) {
            note_trouble(s, "a packet is no sound", p.at);
            continue;
        }
        s->has_decoded = 1;
        place(s, &p, start, is_new, count);
    }
    return XYBRID_OK;
}

static xybrid_status vorbis_open(void *state, xb_mem *mem, const uint8_t *bytes, int64_t size, xb_audio_info *info,
                                 xybrid_error *err) {
    vorbis_state *s = state;
    s->mem = mem;
    s->position = -1;
    xb_ogg_init(&s->ogg, mem, bytes, size, "\1vorbis", 7);
    xb_arena_init(&s->arena, mem, XB_MAX_CODEC_BYTES);
    for (int32_t i = 0; i < 256; i++) s->decibels[i] = (float)pow(10, (i - 255) * (140.0 / 256 / 20)); /* 10.1 */
    XB_TRY(next_block(s, err));
    s->is_open = 1;
    if (s->headers < 3 && s->ogg.is_inside)
        return xb_fail_at(err, XYBRID_MALFORMED, size, "", "Ogg Vorbis: the file is cut in its headers, at byte %lld",
                          (long long)size);
    if (s->headers < 3)
        return xb_fail_at(err, XYBRID_UNSUPPORTED_AUDIO, 0, "", "Ogg without a Vorbis stream; Vorbis is supported in it");
    info->rate_hz = s->rate_hz;
    info->channels = s->channels;
    info->frames = -1;
    return XYBRID_OK;
}

static xybrid_status vorbis_next(void *state, const float **samples, int64_t *frames, xybrid_error *err) {
    vorbis_state *s = state;
    *frames = 0;
    if (s->held == 0) XB_TRY(next_block(s, err));
    if (s->held == 0 && s->why && !s->has_decoded)
        return xb_fail_at(err, XYBRID_MALFORMED, s->why_at, "", "Ogg Vorbis: %s, in the page at byte %lld", s->why,
                          (long long)s->why_at);
    if (s->gap > 0 && s->held > 0) {
        *frames = xb_min64(s->gap, GAP_BLOCK);
        *samples = s->silence;
        s->gap -= *frames;
    } else {
        *frames = s->held;
        *samples = s->made;
        s->held = 0;
    }
    return XYBRID_OK;
}

static void vorbis_close(void *state) {
    vorbis_state *s = state;
    if (!s->mem) return;
    xb_ogg_free(&s->ogg);
    xb_arena_free(&s->arena);
}

const xb_audio_codec xb_audio_vorbis = { sizeof(vorbis_state), vorbis_open, vorbis_next, vorbis_close };
