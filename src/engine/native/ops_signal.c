/* engine/native/ops_signal.c - DFT, STFT, window functions, MelWeightMatrix. */
#include <math.h>
#include <string.h>

#include "engine/native/build.h"
#include "engine/native/op_list.h"
#include "kernel/fft.h"
#include "tensor/tensor.h"

enum { LONGEST_FRAME = 1 << 24 };

static xybrid_status want_float(const xb_node *n, const xb_val *x) {
    if (x->dtype == XYBRID_FLOAT32 || x->dtype == XYBRID_FLOAT64) return XYBRID_OK;
    return xb_fail_node(n, XYBRID_UNSUPPORTED_OPERATOR, "of %s; float32 and float64 are built", xb_onnx_dtype_name(x->dtype));
}

static xybrid_status want_length(const xb_node *n, int64_t length) {
    if (length >= 1 && length <= LONGEST_FRAME) return XYBRID_OK;
    return xb_refuse(n, "a length of %lld; 1 to %d are possible", (long long)length, LONGEST_FRAME);
}

static xybrid_status make_table(xb_build *b, int64_t n, const double **out) {
    double *table = xb_build_alloc(&b->none, (size_t)xb_fft_table_size(n), sizeof *table);
    if (!table) return b->err->code;
    xb_fft_table(n, table);
    *out = table;
    return XYBRID_OK;
}

static int64_t span(const xb_val *v, int32_t from, int32_t to) {
    int64_t product = 1;
    for (int32_t i = from; i < to; i++) product *= v->dims[i];
    return product;
}

/* ---- DFT ---- */

typedef struct dft_state {
    int32_t axis, inverse, is_complex, is_half, real_out;
    int64_t n, bins;
} dft_state;

xybrid_status xb_infer_dft(xb_node *n) {
    const xb_val *x = n->in[0];
    dft_state    *s = xb_build_alloc(n, 1, sizeof *s);
    int64_t       axis = n->opset < 20 ? xb_attr_int(n, "axis", 1) : -2, dims[XB_MAX_RANK];
    if (!s) return n->b->err->code;
    XB_TRY(want_float(n, x));
    if (x->rank < 2 || (x->dims[x->rank - 1] != 1 && x->dims[x->rank - 1] != 2))
        return xb_refuse(n, "the last dimension holds real numbers (1) or complex ones (2)");
    if (xb_in(n, 2)) XB_TRY(xb_int(n, 2, &axis));
    XB_TRY(xb_axis(n, axis, x->rank, &s->axis));
    if (s->axis == x->rank - 1) return xb_refuse(n, "axis %d holds the parts of the numbers", s->axis);
    int one_sided = xb_attr_int(n, "onesided", 0) != 0;
    s->inverse = xb_attr_int(n, "inverse", 0) != 0;
    s->is_complex = x->dims[x->rank - 1] == 2;
    s->is_half = s->inverse && one_sided;
    s->real_out = s->is_half;
    s->n = s->is_half ? 2 * (x->dims[s->axis] - 1) : x->dims[s->axis];
    if (xb_in(n, 1)) XB_TRY(xb_int(n, 1, &s->n));
    XB_TRY(want_length(n, s->n));
    if (one_sided && !s->inverse && s->is_complex)
        return xb_refuse(n, "a one-sided spectrum of complex numbers does not exist");
    s->bins = one_sided && !s->inverse ? s->n / 2 + 1 : s->n;
    memcpy(dims, x->dims, sizeof dims);
    dims[s->axis] = s->bins;
    dims[x->rank - 1] = s->real_out ? 1 : 2;
    n->state = s;
    return xb_out_set(n, 0, x->dtype, x->rank, dims);
}

xybrid_status xb_emit_dft(xb_node *n) {
    const dft_state *s = n->state;
    const xb_val    *x = n->in[0], *y = n->out[0];
    xb_frames_args  *a = xb_step_new(n, sizeof *a, "dft");
    int64_t          in_parts = s->is_complex ? 2 : 1, out_parts = s->real_out ? 1 : 2;
    if (!a) return n->b->err->code;
    XB_TRY(make_table(n->b, s->n, &a->table));
    a->n = s->n;
    a->count = s->is_half && x->dims[s->axis] > s->n / 2 + 1 ? s->n / 2 + 1 : x->dims[s->axis];
    a->bins = s->bins;
    a->outer = span(x, 0, s->axis);
    a->frames = 1;
    a->inner = span(x, s->axis + 1, x->rank - 1);
    a->in_inner = in_parts;
    a->in_step = a->inner * in_parts;
    a->in_outer = x->dims[s->axis] * a->in_step;
    a->out_inner = out_parts;
    a->out_step = a->inner * out_parts;
    a->out_outer = y->dims[s->axis] * a->out_step;
    a->is_double = x->dtype == XYBRID_FLOAT64;
    a->is_complex = s->is_complex;
    a->inverse = s->inverse;
    a->is_half = s->is_half;
    a->real_out = s->real_out;
    xb_step_in(n, &a->in, x);
    xb_step_out(n, &a->out, n->out[0]);
    return xb_step_work(n, xb_frames_work(a));
}

/* ---- STFT ---- */

typedef struct stft_state {
    int64_t length, step, frames, bins;
    int32_t is_complex;
} stft_state;

xybrid_status xb_infer_stft(xb_node *n) {
    const xb_val *x = n->in[0], *window = xb_in(n, 2);
    stft_state   *s = xb_build_alloc(n, 1, sizeof *s);
    if (!s) return n->b->err->code;
    XB_TRY(want_float(n, x));
    int is_plain = x->rank == 2;
    if (!is_plain && (x->rank != 3 || x->dims[2] < 1 || x->dims[2] > 2))
        return xb_refuse(n, "the signal is not [batch, length, 1 or 2]");
    s->is_complex = !is_plain && x->dims[2] == 2;
    XB_TRY(xb_int(n, 1, &s->step));
    s->length = window ? window->count : x->dims[1];
    if (xb_in(n, 3)) XB_TRY(xb_int(n, 3, &s->length));
    XB_TRY(want_length(n, s->length));
    if (s->step < 1 || (window && (window->count != s->length || window->dtype != x->dtype)))
        return xb_refuse(n, "steps of %lld, or a window that does not fit frames of %lld", (long long)s->step,
                         (long long)s->length);
    int one_sided = xb_attr_int(n, "onesided", 1) != 0 && !s->is_complex;
    s->bins = one_sided ? s->length / 2 + 1 : s->length;
    s->frames = x->dims[1] < s->length ? 0 : (x->dims[1] - s->length) / s->step + 1;
    int64_t dims[4] = { x->dims[0], s->frames, s->bins, 2 };
    n->state = s;
    return xb_out_set(n, 0, x->dtype, 4, dims);
}

xybrid_status xb_emit_stft(xb_node *n) {
    const stft_state *s = n->state;
    const xb_val     *x = n->in[0];
    xb_frames_args   *a = xb_step_new(n, sizeof *a, "stft");
    int64_t           parts = s->is_complex ? 2 : 1;
    if (!a) return n->b->err->code;
    XB_TRY(make_table(n->b, s->length, &a->table));
    a->n = a->count = s->length;
    a->bins = s->bins;
    a->outer = x->dims[0];
    a->frames = s->frames;
    a->inner = 1;
    a->in_outer = x->dims[1] * parts;
    a->in_frame = s->step * parts;
    a->in_step = parts;
    a->out_outer = s->frames * s->bins * 2;
    a->out_frame = s->bins * 2;
    a->out_step = 2;
    a->is_double = x->dtype == XYBRID_FLOAT64;
    a->is_complex = s->is_complex;
    xb_step_in(n, &a->in, x);
    xb_step_in(n, &a->window, xb_in(n, 2));
    xb_step_out(n, &a->out, n->out[0]);
    return xb_step_work(n, xb_frames_work(a));
}

/* ---- windows and mel: small tables, known while the plan is made ---- */

/* Content of output 0 from float64 numbers. */
static xybrid_status put_numbers(xb_node *n, const double *numbers) {
    xb_val *y = n->out[0];
    XB_TRY(xb_out_content(n, 0, NULL));
    xb_convert((void *)(uintptr_t)y->data, y->dtype, numbers, XYBRID_FLOAT64, y->count);
    return XYBRID_OK;
}

static xybrid_status window_infer(xb_node *n, const double terms[3]) {
    int64_t size;
    int32_t dtype = (int32_t)xb_attr_int(n, "output_datatype", XYBRID_FLOAT32);
    XB_TRY(xb_int(n, 0, &size));
    XB_TRY(want_length(n, size));
    if (!xb_dtype_size(dtype)) return xb_fail_node(n, XYBRID_UNSUPPORTED_MODEL, "element type %d", dtype);
    double *w = xb_build_alloc(n, (size_t)size, sizeof *w), period = (double)size;
    if (!w) return n->b->err->code;
    if (!xb_attr_int(n, "periodic", 1)) period -= 1;
    for (int64_t i = 0; i < size; i++) {
        double angle = period > 0 ? 2 * 3.14159265358979323846 * (double)i / period : 0;
        w[i] = terms[0] - terms[1] * cos(angle) + terms[2] * cos(2 * angle);
    }
    XB_TRY(xb_out_set(n, 0, dtype, 1, &size));
    return put_numbers(n, w);
}

xybrid_status xb_infer_hann(xb_node *n) { return window_infer(n, (const double[]){ 0.5, 0.5, 0 }); }
xybrid_status xb_infer_hamming(xb_node *n) { return window_infer(n, (const double[]){ 25.0 / 46, 1 - 25.0 / 46, 0 }); }
xybrid_status xb_infer_blackman(xb_node *n) { return window_infer(n, (const double[]){ 0.42, 0.5, 0.08 }); }

static double mel_of(double hertz) { return 2595 * log10(1 + hertz / 700); }
static double hertz_of(double mel) { return 700 * (pow(10, mel / 2595) - 1); }

/* Triangles whose corners are equally far apart on the mel scale, each corner at a bin: floor((length + 1) hertz / rate). */
xybrid_status xb_infer_mel(xb_node *n) {
    int64_t numbers[3];
    float   low, high;
    for (int32_t i = 0; i < 3; i++) XB_TRY(xb_int(n, i, &numbers[i]));
    XB_TRY(xb_float(n, 3, &low));
    XB_TRY(xb_float(n, 4, &high));
    int64_t mels = numbers[0], length = numbers[1], rate = numbers[2], bins = length / 2 + 1;
    XB_TRY(want_length(n, length));
    if (mels < 1 || mels > 4096 || rate < 1 || bins * mels > LONGEST_FRAME)
        return xb_refuse(n, "%lld mel bins at %lld Hz", (long long)mels, (long long)rate);
    double  *w = xb_build_alloc(n, (size_t)(bins * mels), sizeof *w);
    int64_t *corner = w ? xb_build_alloc(n, (size_t)mels + 2, sizeof *corner) : NULL;
    if (!corner) return n->b->err->code;
    double from = mel_of(low), step = (mel_of(high) - from) / (double)(mels + 2);
    for (int64_t i = 0; i < mels + 2; i++) {
        double at = floor((double)(length + 1) * hertz_of(from + step * (double)i) / (double)rate);
        corner[i] = at < 0 || at != at ? 0 : at > (double)bins ? bins : (int64_t)at;
    }
    for (int64_t m = 0; m < mels; m++) {
        int64_t left = corner[m], centre = corner[m + 1], right = corner[m + 2];
        if (left == centre && centre < bins) w[centre * mels + m] = 1;
        for (int64_t k = left; left < centre && k <= centre && k < bins; k++)
            w[k * mels + m] = (double)(k - left) / (double)(centre - left);
        for (int64_t k = centre; centre < right && k < right && k < bins; k++)
            w[k * mels + m] = (double)(right - k) / (double)(right - centre);
    }
    int64_t dims[2] = { bins, mels };
    XB_TRY(xb_out_set(n, 0, (int32_t)xb_attr_int(n, "output_datatype", XYBRID_FLOAT32), 2, dims));
    if (!xb_dtype_size(n->out[0]->dtype)) return xb_fail_node(n, XYBRID_UNSUPPORTED_MODEL, "this element type");
    return put_numbers(n, w);
}
