/* codec/bmp.h - the pixels of a BMP file. codec/image_read.c has read the sizes and applied the limits before:
 *
 *     xb_bmp_decode(&header, bytes, size, 3, pixels, err);      // pixels [height, width, 3], zeroed by the caller
 *
 * Known: headers of 12 bytes (OS/2 1), 16 and 64 (OS/2 2), 40, 52, 56, 108 and 124 (Windows); palettes of 1, 2, 4 and 8 bits,
 * 16, 24 and 32 bits with or without masks, runs of 4 and 8 bits, rows from the bottom or the top. Any thread; allocates
 * nothing. */
#ifndef XB_CODEC_BMP_H
#define XB_CODEC_BMP_H

#include "codec/image.h"

/* channels: 3, or 4 with alpha, which is 255 where the file has none. Pixels that runs skip stay as they were.
 * MALFORMED: broken or cut, with the byte in err->position. UNSUPPORTED_IMAGE: another header or compression. */
xybrid_status xb_bmp_decode(const xb_image_header *header, const uint8_t *bytes, int64_t size, int32_t channels,
                            uint8_t *pixels, xybrid_error *err);

#endif
