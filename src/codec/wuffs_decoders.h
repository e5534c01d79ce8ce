/* codec/wuffs_decoders.h - the little that codec takes from Wuffs: JPEG and deflate. Used by image_read.c, png.c and npz.c; one
 * file holds all of Wuffs, so that its code is there once. Any thread; all memory comes from `mem`. */
#ifndef XB_WUFFS_DECODERS_H
#define XB_WUFFS_DECODERS_H

#include "codec/image.h"

/* Decodes a JPEG into pixels[height, width, channels], as it is stored (not turned). The header was read before: another size
 * here is MALFORMED. channels 4 gets an alpha of 255. */
xybrid_status xb_wuffs_decode_jpeg(xb_mem *mem, const xb_image_header *header, const void *bytes, size_t size, int32_t channels,
                                   uint8_t *pixels, xybrid_error *err);

/* "PNG", "JPEG", "BMP". */
const char *xb_image_format_name(xb_image_format format);

/* Raw deflate (RFC 1951) of a known size: `out` gets exactly out_size bytes, else MALFORMED. */
xybrid_status xb_inflate(xb_mem *mem, const void *bytes, size_t size, void *out, size_t out_size, xybrid_error *err);

typedef struct xb_inflated {
    enum { XB_INFLATE_DONE, XB_INFLATE_CUT, XB_INFLATE_MORE, XB_INFLATE_LESS, XB_INFLATE_BROKEN } end;
    const char *fault; /* XB_INFLATE_BROKEN: what is wrong, else NULL */
    size_t      read, written;
} xb_inflated;

/* The same where the stream may end before its bytes do. MORE and LESS than out_size bytes are for the caller to judge, and so
 * is what is broken; what fails here is memory. */
xybrid_status xb_inflate_part(xb_mem *mem, const void *bytes, size_t size, void *out, size_t out_size, xb_inflated *result,
                              xybrid_error *err);

#endif
