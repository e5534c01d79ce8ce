/* codec/png_rows.c - filters and samples of PNG rows. What a photo goes through has loops of its own: colours of 8 bits, three
 * or four a pixel. */
#include "codec/png_rows.h"

#include <stdlib.h>
#include <string.h>
#if defined(__SSE2__)
#  include <emmintrin.h>
#endif

/* ---- filters (section 9): a = left, b = above, c = above left ---- */

static inline uint8_t paeth(int a, int b, int c) {
    int to_a = abs(b - c), to_b = abs(a - c), to_c = abs(a + b - 2 * c);
    int best = to_b < to_a ? to_b : to_a;
    int nearest = to_b < to_a ? b : a;
    return (uint8_t)(to_c < best ? c : nearest);
}

/* The pixel before is at hand in `left`, and that above it in `corner`. With SSE2, which every x86-64 has, the samples of a
 * pixel are worked on at once; equal distances choose alike: a before b before c. */
#if defined(__SSE2__)
static inline __m128i load_pixel(const uint8_t *pixel, size_t rest) { /* of the row; a fourth sample may be the next pixel's */
    int32_t bytes;
    if (rest >= 4) memcpy(&bytes, pixel, 4);
    else bytes = pixel[0] | pixel[1] << 8 | pixel[2] << 16;
    return _mm_unpacklo_epi8(_mm_cvtsi32_si128(bytes), _mm_setzero_si128());
}

static inline __m128i magnitude(__m128i x) { return _mm_max_epi16(x, _mm_sub_epi16(_mm_setzero_si128(), x)); }

static inline __m128i choose(__m128i is_first, __m128i first, __m128i second) {
    return _mm_or_si128(_mm_and_si128(is_first, first), _mm_andnot_si128(is_first, second));
}

static inline void paeth_pixels(uint8_t *row, const uint8_t *above, size_t size, size_t distance) {
    __m128i left = _mm_setzero_si128(), corner = left;
    for (size_t i = 0; i + distance <= size; i += distance) {
        __m128i up = load_pixel(above + i, size - i);
        __m128i a = _mm_sub_epi16(up, corner), b = _mm_sub_epi16(left, corner), c = magnitude(_mm_add_epi16(a, b));
        a = magnitude(a), b = magnitude(b);
        __m128i least = _mm_min_epi16(_mm_min_epi16(a, b), c);
        __m128i nearest = choose(_mm_cmpeq_epi16(least, a), left, choose(_mm_cmpeq_epi16(least, b), up, corner));
        left = _mm_add_epi8(load_pixel(row + i, size - i), nearest); /* the high bytes stay 0 */
        corner = up;
        int32_t bytes = _mm_cvtsi128_si32(_mm_packus_epi16(left, left));
        memcpy(row + i, &bytes, distance);
    }
}
#else
static inline void paeth_pixels(uint8_t *row, const uint8_t *above, size_t size, size_t distance) {
    uint8_t left[4] = { 0 }, corner[4] = { 0 };
    for (size_t i = 0; i + distance <= size; i += distance) {
        for (size_t c = 0; c < distance; c++) {
            left[c] = (uint8_t)(row[i + c] + paeth(left[c], above[i + c], corner[c]));
            corner[c] = above[i + c];
            row[i + c] = left[c];
        }
    }
}
#endif

static inline void average_pixels(uint8_t *row, const uint8_t *above, size_t size, size_t distance) {
    uint8_t left[4] = { 0 };
    for (size_t i = 0; i + distance <= size; i += distance)
        for (size_t c = 0; c < distance; c++) row[i + c] = left[c] = (uint8_t)(row[i + c] + ((left[c] + above[i + c]) >> 1));
}

static void unfilter_paeth(uint8_t *row, const uint8_t *above, size_t size, size_t distance) {
    if (distance == 3) {
        paeth_pixels(row, above, size, 3);
    } else if (distance == 4) {
        paeth_pixels(row, above, size, 4);
    } else {
        for (size_t i = 0; i < distance && i < size; i++) row[i] = (uint8_t)(row[i] + above[i]);
        for (size_t i = distance; i < size; i++)
            row[i] = (uint8_t)(row[i] + paeth(row[i - distance], above[i], above[i - distance]));
    }
}

static void unfilter_average(uint8_t *row, const uint8_t *above, size_t size, size_t distance) {
    if (distance == 3) {
        average_pixels(row, above, size, 3);
    } else if (distance == 4) {
        average_pixels(row, above, size, 4);
    } else {
        for (size_t i = 0; i < size; i++)
            row[i] = (uint8_t)(row[i] + (((i < distance ? 0 : row[i - distance]) + above[i]) >> 1));
    }
}

int xb_png_unfilter(int filter, uint8_t *row, const uint8_t *above, size_t size, size_t distance) {
    enum { NONE, SUB, UP, AVERAGE, PAETH };
    switch (filter) {
    case NONE: return 1;
    case SUB:
        for (size_t i = distance; i < size; i++) row[i] = (uint8_t)(row[i] + row[i - distance]);
        return 1;
    case UP:
        for (size_t i = 0; i < size; i++) row[i] = (uint8_t)(row[i] + above[i]);
        return 1;
    case AVERAGE: unfilter_average(row, above, size, distance); return 1;
    case PAETH: unfilter_paeth(row, above, size, distance); return 1;
    default: return 0;
    }
}

/* ---- samples (section 7.2) ---- */

static unsigned sample_of(const xb_png_form *form, const uint8_t *row, size_t at) {
    unsigned depth = (unsigned)form->depth;
    if (depth == 8) return row[at];
    if (depth == 16) return (unsigned)row[2 * at] << 8 | row[2 * at + 1];
    size_t bit = at * depth;
    return (unsigned)(row[bit >> 3] >> (8 - depth - (bit & 7))) & ((1u << depth) - 1);
}

static uint8_t eight_bits(const xb_png_form *form, unsigned sample) {
    return (uint8_t)(form->depth == 16 ? sample >> 8 : sample);
}

/* Two samples and more a pixel, or one of 16 bits. */
static void expand_pixel(const xb_png_form *form, const uint8_t *row, size_t at, uint8_t to[4]) {
    unsigned s[4] = { 0 };
    size_t   samples = (size_t)form->samples;
    for (size_t i = 0; i < samples; i++) s[i] = sample_of(form, row, samples * at + i);
    if (samples < 3) s[3] = s[1], s[1] = s[2] = s[0];
    for (int i = 0; i < 4; i++) to[i] = eight_bits(form, s[i]);
    if (samples == 1 || samples == 3) to[3] = 255;
    if (form->has_key && s[0] == form->key[0] && s[1] == form->key[1] && s[2] == form->key[2]) memset(to, 0, 4);
}

static void expand_palette(const xb_png_form *form, const uint8_t *row, size_t count, uint8_t *to, size_t step) {
    for (size_t i = 0; i < count; i++, to += step) {
        const uint8_t *colour = form->palette + (size_t)4 * sample_of(form, row, i);
        if (form->channels == 4) to[3] = colour[3];
        to[0] = colour[0], to[1] = colour[1], to[2] = colour[2];
    }
}

/* red, green, blue, with or without alpha on either side, of 8 bits */
static void expand_colours(const xb_png_form *form, const uint8_t *row, size_t count, uint8_t *to, size_t step) {
    size_t samples = (size_t)form->samples;
    for (size_t i = 0; i < count; i++, row += samples, to += step) {
        if (form->channels == 4) to[3] = samples == 4 ? row[3] : 255;
        to[0] = row[0], to[1] = row[1], to[2] = row[2];
    }
}

void xb_png_expand(const xb_png_form *form, const uint8_t *row, size_t count, uint8_t *to, size_t step) {
    int is_plain = form->depth == 8 && form->samples >= 3 && !form->has_key;
    if (is_plain && form->samples == form->channels && step == (size_t)form->channels) {
        memcpy(to, row, count * step);
    } else if (is_plain) {
        expand_colours(form, row, count, to, step);
    } else if (form->samples == 1 && form->depth <= 8) {
        expand_palette(form, row, count, to, step);
    } else {
        for (size_t i = 0; i < count; i++, to += step) {
            uint8_t pixel[4];
            expand_pixel(form, row, i, pixel);
            memcpy(to, pixel, (size_t)form->channels);
        }
    }
}

void xb_png_make_grey_palette(xb_png_form *form) {
    int last = (1 << form->depth) - 1;
    for (int i = 0; i <= last; i++) {
        memset(form->palette + 4 * i, i * 255 / last, 3);
        form->palette[4 * i + 3] = 255;
    }
    if (form->has_key) memset(form->palette + 4 * form->key[0], 0, 4);
}
