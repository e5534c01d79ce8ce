/* codec/png_rows.h - one row of a PNG: its filter taken back, its samples made pixels (W3C PNG sections 7 and 9).
 *
 *     if (!xb_png_unfilter(filter, row, above, size, form.distance)) ...     // in place
 *     xb_png_expand(&form, row, width, pixels, form.channels);               // [width, channels] bytes
 *
 * Any thread; nothing is allocated, nothing fails but an unknown filter. */
#ifndef XB_PNG_ROWS_H
#define XB_PNG_ROWS_H

#include <stddef.h>
#include <stdint.h>

enum { XB_PNG_GREY = 0, XB_PNG_RGB = 2, XB_PNG_PALETTE = 3, XB_PNG_GREY_ALPHA = 4, XB_PNG_RGBA = 6 }; /* colour types */

typedef struct xb_png_form {
    int32_t  colour, depth;    /* of the file: colour type, bits a sample (1, 2, 4, 8, 16) */
    int32_t  samples;          /* a pixel: 1 to 4 */
    int32_t  channels;         /* of the result: 3, or 4 with alpha */
    size_t   distance;         /* bytes from a sample to that of the pixel before, at least 1 */
    int32_t  has_key;          /* pixels of this colour are transparent: all 0 in the result */
    uint16_t key[3];           /* grey, or red, green, blue, as they are stored */
    uint8_t  palette[256 * 4]; /* red, green, blue, alpha of a pixel that is one sample of up to 8 bits */
} xb_png_form;

/* The palette of grey of up to 8 bits, the key in it. */
void xb_png_make_grey_palette(xb_png_form *form);

/* Takes the filter (0 to 4) of row[size] back. `above` is the row before as it came out of this, or `size` zeros. 0: no such
 * filter. */
int xb_png_unfilter(int filter, uint8_t *row, const uint8_t *above, size_t size, size_t distance);

/* The first `count` pixels of `row` to to[0], to[step], ...: `channels` bytes each. 16 bits become 8 by dropping the low
 * byte. */
void xb_png_expand(const xb_png_form *form, const uint8_t *row, size_t count, uint8_t *to, size_t step);

#endif
