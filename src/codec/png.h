/* codec/png.h - the pixels of a PNG: chunks, interlacing, an animation's first picture. Used by image_read.c, which has read
 * the header.
 *
 *     uint8_t *pixels = xb_malloc(mem, (size_t)header.width * header.height * channels, err);
 *     XB_TRY_OUT(xb_png_decode(mem, &header, bytes, size, channels, pixels, err));
 *
 * Any thread. Memory beside the result, from `mem`: the filtered rows, and the compressed data where it lies in several
 * chunks. */
#ifndef XB_PNG_H
#define XB_PNG_H

#include "codec/image.h"

/* Decodes into pixels[height, width, channels]. channels 3 drops alpha, 4 keeps it (255 where the file has none).
 * MALFORMED: broken or cut, with the byte in err->position. UNSUPPORTED_IMAGE: a way of compression that PNG does not have yet,
 * an interlaced animation. */
xybrid_status xb_png_decode(xb_mem *mem, const xb_image_header *header, const void *bytes, int64_t size, int32_t channels,
                            uint8_t *pixels, xybrid_error *err);

#endif
