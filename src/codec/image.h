/* codec/image.h - PNG, JPEG and BMP bytes to pixels.
 *
 *     bytes -> xb_image_info: format, size, orientation, limits -> xb_image_decode: pixels, upright, [height, width, channels]
 *
 * Any thread. All memory, the decoders' own included, comes from `mem`. */
#ifndef XB_CODEC_IMAGE_H
#define XB_CODEC_IMAGE_H

#include "base/limits.h"
#include "base/mem.h"

typedef enum xb_image_format { XB_IMAGE_PNG, XB_IMAGE_JPEG, XB_IMAGE_BMP } xb_image_format;

typedef struct xb_image_header {
    xb_image_format format;
    int32_t         width, height; /* pixels, 1..XB_MAX_IMAGE_SIDE, as stored: orientations 5..8 swap them when decoded */
    int32_t         channels;      /* in the file: 1 grey, 2 grey + alpha, 3 colour, 4 colour + alpha or CMYK */
    int32_t         has_alpha;
    int32_t         orientation; /* EXIF 1..8; 1 = upright; always 1 for PNG and BMP */
} xb_image_header;

/* Looks at the header alone and applies XB_MAX_IMAGE_SIDE and XB_MAX_IMAGE_PIXELS. Allocates nothing.
 * UNSUPPORTED_IMAGE: too large, another format (GIF, WebP, ... by name) or an unsupported kind of JPEG.
 * MALFORMED: nothing there, or a broken header, with the byte in err->position. */
xybrid_status xb_image_info(const void *bytes, int64_t size, xb_image_header *out, xybrid_error *err);

typedef struct xb_image {
    xb_mem  *mem;
    uint8_t *pixels; /* [height, width, channels], rows without padding; aligned to 16 */
    int32_t  width, height;
    int32_t  channels; /* 3 = red, green, blue; 4 = and alpha, not premultiplied */
} xb_image;

/* Decodes the first picture of the file and turns it upright (EXIF). channels 3: transparent pixels are laid over white;
 * channels 4: alpha is kept, 255 where the file has none; a colour that a PNG declares transparent (tRNS) becomes 0, 0, 0, 0.
 * 16 bits a channel become 8 by dropping the low byte. Colour profiles and gamma are ignored; CMYK becomes RGB by
 * (255 - c) x (255 - k) / 255. Pixels of JPEG equal those of libjpeg-turbo's slow integer method.
 * Peak memory: width x height x 4 and what the decoder needs: up to as much again for PNG, and its compressed data
 * where it lies in several chunks; 6 bytes a pixel for progressive JPEG; twice the result when it is turned.
 * MALFORMED: broken or cut, with the byte in err->position. */
xybrid_status xb_image_decode(xb_mem *mem, const void *bytes, int64_t size, int32_t channels, xb_image *out, xybrid_error *err);

void xb_image_free(xb_image *image); /* NULL and an image of zeros are fine */

#endif
