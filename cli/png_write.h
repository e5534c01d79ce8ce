/* cli/png_write.h - pixels to PNG. */
#ifndef PNG_WRITE_H
#define PNG_WRITE_H

#include <stdint.h>
#include <stdio.h>

/* Writes red, green, blue of [height, width, 3] without padding. 0, or -1 without memory; the stream's own errors are the
 * caller's to look at. */
int png_write(FILE *f, const uint8_t *pixels, int32_t width, int32_t height);

#endif
