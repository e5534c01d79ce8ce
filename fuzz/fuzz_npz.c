/* fuzz_npz.c - any bytes as a .npy array, and as an archive whose entries are all read. */
#include "base/error.h"
#include "codec/npz.h"

/* Touches both ends, so that a sanitizer sees data that is not there. */
static volatile unsigned touched;
static void              touch(const xb_npy *array) {
    const uint8_t *p = array->data;
    if (array->size_bytes > 0) touched += p[0] + (unsigned)p[array->size_bytes - 1];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    xb_mem       mem;
    xybrid_error err;
    xb_npy       array;
    xb_npz      *npz = NULL;
    xb_mem_init(&mem, NULL, NULL, NULL, INT64_C(64) << 20);
    if (xb_npy_read(&mem, data, (int64_t)size, &array, &err) == XYBRID_OK) {
        touch(&array);
        xb_npy_free(&array);
    }
    if (xb_npz_open(&mem, data, (int64_t)size, &npz, &err) == XYBRID_OK) {
        for (int32_t i = 0; i < xb_npz_count(npz); i++) {
            if (xb_npz_find(npz, xb_npz_name(npz, i)) < 0) __builtin_trap();
            if (xb_npz_read(npz, i, &array, &err) != XYBRID_OK) continue;
            touch(&array);
            xb_npy_free(&array);
        }
        xb_npz_free(npz);
    }
    if (mem.used_bytes != 0) __builtin_trap();
    return 0;
}
