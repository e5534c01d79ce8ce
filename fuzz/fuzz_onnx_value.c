/* Any bytes as a stored ONNX value, the first of them its kind: an error, or a value whose every byte can be read. */
#include "codec/onnx_value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_MEMORY = 16 << 20 }; /* of the arena: sparse tensors could take more, and time with it */

static volatile uint64_t sink;

static void touch(const void *bytes, size_t size) {
    for (size_t i = 0; i < size; i++) sink += ((const uint8_t *)bytes)[i];
}

static void touch_value(const xb_onnx_value *v) {
    int32_t bits = xb_onnx_dtype_bits(v->dtype);
    for (int32_t i = 0; i < v->item_count; i++) touch_value(&v->items[i]);
    if (v->kind != XB_ONNX_TENSOR) return;
    for (int32_t d = 0; d < v->rank; d++)
        if (v->dims[d] < 0) __builtin_trap();
    if (!v->data) __builtin_trap();
    touch(v->data, (size_t)v->size_bytes);
    for (int64_t i = 0; v->dtype == XB_ONNX_STRING && i < v->count; i++)
        touch(((xb_slice *)v->data)[i].data, ((xb_slice *)v->data)[i].size);
    for (int64_t i = 0; bits > 0 && bits <= 8 && i < v->count; i++) {
        uint8_t one;
        xb_onnx_unpack(v->dtype, v->data, i, 1, &one);
        sink += xb_onnx_small_float(v->dtype, one) > 1.0f;
    }
}

/* External data: anything, but as long as was asked for. */
static const uint8_t *file;
static size_t         file_size;
static xybrid_status  find(void *ctx, const char *location, int64_t offset, int64_t size_bytes, const void **out,
                           xybrid_error *err) {
    (void)ctx;
    touch(location, strlen(location));
    if (!xb_slice_stays_inside(xb_slice_of(location)) || offset < 0 || size_bytes < 0) __builtin_trap();
    if (offset > (int64_t)file_size || size_bytes > (int64_t)file_size - offset)
        return xybrid_error_set(err, XYBRID_IO_READ, location, "too short");
    *out = file + offset;
    return XYBRID_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    xb_mem         mem;
    xb_arena       arena;
    xb_onnx_value  value;
    xybrid_error   err;
    xb_onnx_source from = { .arena = &arena, .file = data, .external = find };
    if (size == 0) return 0;
    file = data;
    file_size = size;
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    xb_arena_init(&arena, &mem, MOST_MEMORY);
    xybrid_status st = xb_onnx_value_read(&from, (xb_onnx_kind)data[0], (xb_slice){ (const char *)data + 1, size - 1 }, &value,
                                          &err);
    if (st == XYBRID_OK) touch_value(&value);
    else if (!err.message[0]) __builtin_trap();
    xb_arena_free(&arena);
    return 0;
}
