/* cli/png_write.c - the only file that knows stb_image_write. */
#include "png_write.h"

#ifndef __clang_analyzer__ /* it would report on the insides of what is not ours */
#  define STB_IMAGE_WRITE_STATIC
#  define STB_IMAGE_WRITE_IMPLEMENTATION
#endif
#include "stb_image_write.h"

static void write_bytes(void *ctx, void *bytes, int size) { fwrite(bytes, 1, (size_t)size, ctx); }

int png_write(FILE *f, const uint8_t *pixels, int32_t width, int32_t height) {
    return stbi_write_png_to_func(write_bytes, f, width, height, 3, pixels, 3 * width) ? 0 : -1;
}
