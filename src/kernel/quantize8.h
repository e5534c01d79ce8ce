/* kernel/quantize8.h - float32 to 8 bits: QuantizeLinear and DynamicQuantizeLinear of ONNX, and the latter for each row.
 *
 *     xb_quantize8_args q = { .x = x, .rows = m, .cols = k, .y = y, .channels = 1, .mode = XB_QUANTIZE8_DYNAMIC,
 *                            .scale = &scale, .zero = &zero, .ranges = ranges };
 *     xb_work first = xb_quantize8_range_work(isa, &q), then = xb_quantize8_work(isa, &q);    // one after the other
 *
 *     y = saturate(round(x / scale) + zero)          half to even; a NaN gives the lowest value, as in ONNX Runtime
 *
 * DYNAMIC (uint8):  low = min(0, min x), high = max(0, max x);  scale = (high - low) / 255, 1 if that is 0;
 *                   zero = saturate(round(-low / scale)).   NaN are left out of min and max.
 * All tables give the same bits. */
#ifndef XB_QUANTIZE8_H
#define XB_QUANTIZE8_H

#include "kernel/kernel.h"

typedef enum xb_quantize8_mode {
    XB_QUANTIZE8_GIVEN,       /* row r: scale[r % channels], zero[r % channels] are inputs */
    XB_QUANTIZE8_DYNAMIC,     /* one scale and zero for all, results of the second work */
    XB_QUANTIZE8_DYNAMIC_ROWS /* scale[r], zero[r] are results; there is no first work */
} xb_quantize8_mode;

enum { XB_QUANTIZE8_RANGES = 64 };

typedef struct xb_quantize8_args {
    const float      *x; /* [rows, cols], dense */
    int64_t           rows, cols, channels;
    void             *y;
    int32_t           is_signed; /* int8: GIVEN only */
    xb_quantize8_mode mode;
    float            *scale;
    void             *zero;   /* of y's type; NULL: 0, GIVEN only */
    float            *ranges; /* DYNAMIC: 2 XB_QUANTIZE8_RANGES of the caller's, from the first work to the second */
    const xb_isa     *isa;    /* set by the functions below */
} xb_quantize8_args;

xb_work xb_quantize8_range_work(const xb_isa *isa, xb_quantize8_args *q); /* no chunks but for DYNAMIC */
xb_work xb_quantize8_work(const xb_isa *isa, xb_quantize8_args *q);

#endif
