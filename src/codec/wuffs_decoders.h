/* codec/wuffs_decoders.h - the little that codec takes from Wuffs: pictures, deflate, CRC-32. Used by image_read.c and npz.c;
 * one file holds all of Wuffs, so that its code is there once. Any thread; all memory comes from `mem`. */
#ifndef XB_WUFFS_DECODERS_H
#define XB_WUFFS_DECODERS_H

#include "codec/image.h"

/* Decodes the first picture into pixels[height, width, channels], as it is stored (not turned). The header was read before:
 * another size here is MALFORMED. channels 3 drops alpha, 4 keeps it (255 where the file has none). */
xybrid_status xb_wuffs_decode_image(xb_mem *mem, const xb_image_header *header, const void *bytes, size_t size,
                                    int32_t channels, uint8_t *pixels, xybrid_error *err);

/* "PNG", "JPEG", "BMP". */
const char *xb_image_format_name(xb_image_format format);

/* Raw deflate (RFC 1951) of a known size: `out` gets exactly out_size bytes, else MALFORMED. */
xybrid_status xb_inflate(xb_mem *mem, const void *bytes, size_t size, void *out, size_t out_size, xybrid_error *err);

/* CRC-32 of zip and PNG (polynomial 0xEDB88320). */
uint32_t xb_crc32(const void *bytes, size_t size);

#endif
