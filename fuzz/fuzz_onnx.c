/* Any bytes as an ONNX file: an error, or a header whose every part can be read. */
#include "base/limits.h"
#include "codec/onnx.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile uint64_t sink;

static void touch(xb_slice s) {
    for (size_t i = 0; i < s.size; i++) sink += (uint8_t)s.data[i];
}
static void touch_port(const xb_onnx_port *p) {
    touch(xb_slice_of(p->name));
    for (int i = 0; i < p->rank; i++) {
        if (p->shape[i] < -1) __builtin_trap();
        if (p->symbols[i]) touch(xb_slice_of(p->symbols[i]));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    xb_mem       mem;
    xb_arena     arena;
    xb_onnx      m;
    xybrid_error err;
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    xb_arena_init(&arena, &mem, 0);
    if (xb_onnx_read(data, size, &arena, &m, &err) == XYBRID_OK) {
        for (int i = 0; i < m.input_count; i++) touch_port(&m.inputs[i]);
        for (int i = 0; i < m.output_count; i++) touch_port(&m.outputs[i]);
        for (int i = 0; i < m.property_count; i++) touch(m.properties[i].key), touch(m.properties[i].value);
        for (int i = 0; i < m.operator_count; i++) touch(xb_slice_of(m.operators[i].name));
        for (int i = 0; i < m.external_file_count; i++)
            if (!xb_slice_stays_inside(xb_slice_of(m.external_files[i].location))) __builtin_trap();
        for (int i = 0; i < m.tensor_count; i++) {
            const xb_onnx_tensor *t = &m.tensors[i];
            touch(t->name);
            for (int d = 0; d < t->rank; d++)
                if (t->dims[d] < 0) __builtin_trap();
            if (t->place == XB_ONNX_RAW) touch((xb_slice){ (const char *)data + t->offset, (size_t)t->size_bytes });
            if (t->external && t->external->file >= m.external_file_count) __builtin_trap();
        }
    } else if (!err.message[0]) {
        __builtin_trap();
    }
    xb_arena_free(&arena);
    return 0;
}
