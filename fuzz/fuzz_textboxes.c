/* Text-box decoding of any map: the first bytes are width, options and picture sides, the rest repeats as probabilities
 * (0 = NaN, 255 = infinity). */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "image/textboxes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_boxes(const xb_text_box *boxes, int32_t count, int32_t width, int32_t height) {
    for (int32_t i = 0; i < count; i++) {
        for (int k = 0; k < 4; k++) {
            float x = boxes[i].corner[k].x, y = boxes[i].corner[k].y;
            if (!(x >= 0 && x < (float)width && y >= 0 && y < (float)height)) abort();
        }
        int32_t w, h;
        xb_text_box_size(&boxes[i], &w, &h);
        if (w < 1 || h < 1) abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static float map[4096];
    if (size < 6) return 0;
    int32_t             columns = data[0] % 64 + 1, rows = data[1] % 64 + 1, width = data[2] * 8 + 1, height = data[3] * 8 + 1;
    xb_text_box_options options;
    xb_text_box_options_init(&options);
    options.unclip_ratio = (float)data[4] / 16;
    options.min_side = data[5] % 4;
    options.box_threshold = 0.1f;
    for (int32_t i = 0; i < columns * rows; i++) {
        uint8_t v = size > 6 ? data[6 + (size_t)i % (size - 6)] : 200;
        map[i] = v == 0 ? NAN : v == 255 ? INFINITY : (float)v / 254;
    }
    xb_mem       mem;
    xybrid_error err;
    xb_tensor    t;
    xb_text_box *boxes = NULL;
    int32_t      count = 0;
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    int64_t shape[2] = { rows, columns };
    if (xb_tensor_borrow(map, (int64_t)sizeof map, XYBRID_FLOAT32, 2, shape, &t, &err)) abort();
    if (xb_text_boxes_decode(&mem, &t, width, height, &options, &boxes, &count, &err)) abort();
    check_boxes(boxes, count, width, height);
    xb_free(&mem, boxes);
    if (xb_atomic_get(&mem.used_bytes) != 0) abort();
    return 0;
}
