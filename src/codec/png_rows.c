/* codec/png_rows.c - filters and samples of PNG rows. What a photo goes through has loops of its own: colours of 8 bits, three or
 * four a pixel. */
#include "codec/png_rows.h"

#include <stdlib.h>
#include <string.h>

/* ---- filters (section 9): a = left, b = above, c = above left ---- */

static inline uint8_t paeth(int a, int b, int c) {
    int to_a = abs(b - c), to_b = abs(a - c), to_c = abs(a + b - 2 * c);
    int best = to_b < to_a ? to_b : to_a;
    int nearest = to_b < to_a ? b : a;
    return (uint8_t)(to_c < best ? c : nearest);
}

/* The pixel before is at hand in `left`, and that above it in `corner`. */
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
    return (uint8_t)(form->depth == 16 ? sample >> 8 : form->depth == 8 ? sample : sample * 255 / ((1u << form->depth) - 1));
}

/* One pixel of any kind. */
static void expand_pixel(const xb_png_form *form, const uint8_t *row, size_t at, uint8_t to[4]) {
    unsigned s[4] = { 0 };
    size_t   samples = (size_t)form->samples;
    for (size_t i = 0; i < samples; i++) s[i] = sample_of(form, row, samples * at + i);
    if (form->colour == XB_PNG_PALETTE) {
        memcpy(to, form->palette + 4 * s[0], 4);
        return;
    }
    if (samples < 3) s[3] = s[1], s[1] = s[2] = s[0];
    for (int i = 0; i < 4; i++) to[i] = eight_bits(form, s[i]);
    if (samples == 1 || samples == 3) to[3] = 255;
    if (form->has_key && s[0] == form->key[0] && s[1] == form->key[1] && s[2] == form->key[2]) memset(to, 0, 4);
}

static void expand_palette(const xb_png_form *form, const uint8_t *row, size_t count, uint8_t *to, size_t step) {
    for (size_t i = 0; i < count; i++, to += step) {
        const uint8_t *colour = form->palette + (size_t)4 * row[i];
        to[0] = colour[0], to[1] = colour[1], to[2] = colour[2];
        if (form->channels == 4) to[3] = colour[3];
    }
}

/* red, green, blue, with or without alpha on either side, of 8 bits */
static void expand_colours(const xb_png_form *form, const uint8_t *row, size_t count, uint8_t *to, size_t step) {
    size_t samples = (size_t)form->samples;
    for (size_t i = 0; i < count; i++, row += samples, to += step) {
        to[0] = row[0], to[1] = row[1], to[2] = row[2];
        if (form->channels == 4) to[3] = samples == 4 ? row[3] : 255;
    }
}

void xb_png_expand(const xb_png_form *form, const uint8_t *row, size_t count, uint8_t *to, size_t step) {
    int is_plain = form->depth == 8 && !form->has_key;
    if (is_plain && form->samples == form->channels && step == (size_t)form->channels) {
        memcpy(to, row, count * step);
    } else if (is_plain && form->colour == XB_PNG_PALETTE) {
        expand_palette(form, row, count, to, step);
    } else if (is_plain && form->samples >= 3) {
        expand_colours(form, row, count, to, step);
    } else {
        for (size_t i = 0; i < count; i++, to += step) {
            uint8_t pixel[4];
            expand_pixel(form, row, i, pixel);
            memcpy(to, pixel, (size_t)form->channels);
        }
    }
}
