/* fuzz_image.c - any bytes to the picture decoders, with and without alpha. */
#include "base/error.h"
#include "codec/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    enum { SMALL = 1 << 20 }; /* pixels: larger pictures are refused here, or the fuzzer spends its time clearing memory */
    xb_mem          mem;
    xybrid_error    err;
    xb_image_header header;
    xb_mem_init(&mem, NULL, NULL, NULL, INT64_C(256) << 20);
    if (xb_image_info(data, (int64_t)size, &header, &err) != XYBRID_OK) return 0;
    if ((int64_t)header.width * header.height > SMALL) return 0;
    for (int32_t channels = 3; channels <= 4; channels++) {
        xb_image image;
        if (xb_image_decode(&mem, data, (int64_t)size, channels, &image, &err) != XYBRID_OK) continue;
        if ((int64_t)image.width * image.height != (int64_t)header.width * header.height) __builtin_trap();
        xb_image_free(&image);
    }
    if (mem.used_bytes != 0) __builtin_trap();
    return 0;
}
