/* kernel/resize.c - weights, then rows, then columns, scalar. The uint8 and the float32 forms have the same outline: the
 * pass structure is written once, over a small table of two row functions. */
#include "kernel/resize.h"

#include <math.h>
#include <string.h>

#include "base/checked.h"
#include "base/error.h"

enum {
    FIXED_BITS = 22, /* of the uint8 weights: 8 bits of pixel and 2 of headroom below 32, as in Pillow */
    MAX_CHANNELS = 64
};

/* ---- weights of one axis ---- */

/* Result i is the sum over k < count[i] of weight[i * taps + k] * source[first[i] + k]. */
typedef struct axis_weights {
    int32_t  size, taps;
    int32_t *first, *count;
    float   *weight; /* float32 pictures */
    int32_t *fixed;  /* uint8 pictures: weight * 2^FIXED_BITS; the other pointer is NULL */
    void    *memory;
} axis_weights;

static double filter_support(xb_resize_filter filter) { return filter == XB_RESIZE_BICUBIC ? 2.0 : 1.0; }

static double filter_at(xb_resize_filter filter, double x, double a) {
    x = fabs(x);
    if (filter == XB_RESIZE_BILINEAR) return x < 1 ? 1 - x : 0;
    if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
    return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

static int32_t clamp_index(double index, int32_t size) {
    return index <= 0 ? 0 : index >= size - 1 ? size - 1 : (int32_t)index;
}

/* Stretched by the reduction, cut at the borders, sum 1. Writes the weights to w[] and gives their number. */
static int32_t antialias_taps(const xb_resize_spec *spec, int32_t in, int32_t out, int32_t i, int32_t *first, double *w) {
    double  scale = (double)in / out, stretch = scale < 1 ? 1 : scale;
    double  support = filter_support(spec->filter) * stretch, center = (i + 0.5) * scale;
    double  low = floor(center - support + 0.5), high = floor(center + support + 0.5);
    int32_t begin = low < 0 ? 0 : (int32_t)low, end = high > in ? in : (int32_t)high;
    double  sum = 0;
    for (int32_t k = begin; k < end; k++) {
        w[k - begin] = filter_at(spec->filter, (k - center + 0.5) / stretch, -0.5);
        sum += w[k - begin];
    }
    for (int32_t k = 0; k < end - begin && sum != 0; k++) w[k] /= sum;
    *first = begin;
    return end - begin;
}

/* 2 or 4 taps around the centre; those beyond a border add to the border's pixel. */
static int32_t plain_taps(const xb_resize_spec *spec, int32_t in, int32_t out, int32_t i, int32_t *first, double *w) {
    int32_t reach = (int32_t)filter_support(spec->filter);
    double  center = (i + 0.5) * in / out - 0.5, base = floor(center);
    int32_t begin = clamp_index(base - reach + 1, in), end = clamp_index(base + reach, in) + 1;
    for (int32_t k = 0; k < end - begin; k++) w[k] = 0;
    for (int32_t k = 1 - reach; k <= reach; k++)
        w[clamp_index(base + k, in) - begin] += filter_at(spec->filter, center - base - k, -0.75);
    *first = begin;
    return end - begin;
}

static int32_t nearest_tap(int32_t in, int32_t out, int32_t i, int32_t *first, double *w) {
    *first = clamp_index(floor((i + 0.5) * in / out), in);
    w[0] = 1;
    return 1;
}

static int32_t taps_needed(const xb_resize_spec *spec, int32_t in, int32_t out) {
    if (spec->filter == XB_RESIZE_NEAREST) return 1;
    double stretch = spec->antialias && in > out ? (double)in / out : 1;
    return (int32_t)xb_min64((int64_t)ceil(filter_support(spec->filter) * stretch) * 2 + 1, xb_max64(in, 4));
}

static void store_weights(axis_weights *a, int32_t i, const double *w) {
    for (int32_t k = 0; k < a->count[i]; k++) {
        int64_t at = (int64_t)i * a->taps + k;
        if (a->weight) a->weight[at] = (float)w[k];
        else a->fixed[at] = (int32_t)round(w[k] * (1 << FIXED_BITS));
    }
}

static xybrid_status weights_make(xb_mem *mem, const xb_resize_spec *spec, int is_fixed, int32_t in, int32_t out,
                                  axis_weights *made, xybrid_error *err) {
    axis_weights a = { .size = out, .taps = taps_needed(spec, in, out) };
    double      *w = xb_calloc(mem, (size_t)a.taps, sizeof *w, err);
    if (!w) return err->code;
    a.memory = xb_calloc(mem, (size_t)out * ((size_t)a.taps + 2), 4, err); /* two indexes and the weights, 4 bytes each */
    if (!a.memory) {
        xb_free(mem, w);
        return err->code;
    }
    a.first = a.memory;
    a.count = a.first + out;
    if (is_fixed) a.fixed = a.count + out;
    else a.weight = (float *)(void *)(a.count + out);
    for (int32_t i = 0; i < out; i++) {
        if (spec->filter == XB_RESIZE_NEAREST) a.count[i] = nearest_tap(in, out, i, &a.first[i], w);
        else if (spec->antialias) a.count[i] = antialias_taps(spec, in, out, i, &a.first[i], w);
        else a.count[i] = plain_taps(spec, in, out, i, &a.first[i], w);
        store_weights(&a, i, w);
    }
    xb_free(mem, w);
    *made = a;
    return XYBRID_OK;
}

/* ---- one row, one column step ---- */

/* Sums fit 32 bits: the sizes of the weights add up to less than 1.9, and 1.9 * 255 * 2^22 is below 2^31. */
static uint8_t fixed_to_uint8(int32_t sum) {
    int32_t value = sum >> FIXED_BITS; /* arithmetic: a negative sum stays negative */
    return value < 0 ? 0 : value > 255 ? 255 : (uint8_t)value;
}

/* src [in, channels] -> dst [size, channels]. Called with a constant number of channels where it is a usual one, so that
 * the sums of a pixel stay in registers. */
static inline void row_u8_of(uint8_t *dst, const uint8_t *src_row, const axis_weights *a, int32_t channels) {
    for (int32_t i = 0; i < a->size; i++, dst += channels) {
        const uint8_t *src = src_row + (int64_t)a->first[i] * channels;
        const int32_t *w = a->fixed + (int64_t)i * a->taps;
        int32_t        sum[MAX_CHANNELS];
        for (int32_t c = 0; c < channels; c++) sum[c] = 1 << (FIXED_BITS - 1);
        for (int32_t k = 0; k < a->count[i]; k++, src += channels)
            for (int32_t c = 0; c < channels; c++) sum[c] += src[c] * w[k];
        for (int32_t c = 0; c < channels; c++) dst[c] = fixed_to_uint8(sum[c]);
    }
}

static inline void row_f32_of(float *dst, const float *src_row, const axis_weights *a, int32_t channels) {
    for (int32_t i = 0; i < a->size; i++, dst += channels) {
        const float *src = src_row + (int64_t)a->first[i] * channels;
        const float *w = a->weight + (int64_t)i * a->taps;
        float        sum[MAX_CHANNELS];
        for (int32_t c = 0; c < channels; c++) sum[c] = 0;
        for (int32_t k = 0; k < a->count[i]; k++, src += channels)
            for (int32_t c = 0; c < channels; c++) sum[c] += src[c] * w[k];
        for (int32_t c = 0; c < channels; c++) dst[c] = sum[c];
    }
}

static void row_u8(void *dst, const void *src, const axis_weights *a, int32_t channels) {
    switch (channels) {
    case 1: row_u8_of(dst, src, a, 1); break;
    case 3: row_u8_of(dst, src, a, 3); break;
    default: row_u8_of(dst, src, a, channels); break;
    }
}

static void row_f32(void *dst, const void *src, const axis_weights *a, int32_t channels) {
    switch (channels) {
    case 1: row_f32_of(dst, src, a, 1); break;
    case 3: row_f32_of(dst, src, a, 3); break;
    default: row_f32_of(dst, src, a, channels); break;
    }
}

/* Rows [first, first + count) of a ring of `ring_rows` rows of `width` numbers -> result row i. Walks column by column in
 * blocks, so that the sums stay in registers and the rows in the cache. */
enum { BLOCK = 64 };

static void column_u8(void *dst_row, const void *ring, int64_t ring_rows, int64_t width, const axis_weights *a, int32_t i) {
    uint8_t       *dst = dst_row;
    const int32_t *w = a->fixed + (int64_t)i * a->taps;
    for (int64_t x = 0; x < width; x += BLOCK) {
        int32_t sum[BLOCK];
        int64_t n = xb_min64(BLOCK, width - x);
        for (int64_t j = 0; j < n; j++) sum[j] = 1 << (FIXED_BITS - 1);
        for (int32_t k = 0; k < a->count[i]; k++) {
            const uint8_t *src = (const uint8_t *)ring + (a->first[i] + k) % ring_rows * width + x;
            for (int64_t j = 0; j < n; j++) sum[j] += src[j] * w[k];
        }
        for (int64_t j = 0; j < n; j++) dst[x + j] = fixed_to_uint8(sum[j]);
    }
}

static void column_f32(void *dst_row, const void *ring, int64_t ring_rows, int64_t width, const axis_weights *a, int32_t i) {
    float       *dst = dst_row;
    const float *w = a->weight + (int64_t)i * a->taps;
    for (int64_t x = 0; x < width; x += BLOCK) {
        float   sum[BLOCK] = { 0 };
        int64_t n = xb_min64(BLOCK, width - x);
        for (int32_t k = 0; k < a->count[i]; k++) {
            const float *src = (const float *)ring + (a->first[i] + k) % ring_rows * width + x;
            for (int64_t j = 0; j < n; j++) sum[j] += src[j] * w[k];
        }
        for (int64_t j = 0; j < n; j++) dst[x + j] = sum[j];
    }
}

typedef struct row_forms {
    int32_t element_bytes;
    void (*row)(void *dst_row, const void *src_row, const axis_weights *a, int32_t channels);
    void (*column)(void *dst_row, const void *ring, int64_t ring_rows, int64_t width, const axis_weights *a, int32_t i);
} row_forms;

static const row_forms forms_u8 = { 1, row_u8, column_u8 };
static const row_forms forms_f32 = { 4, row_f32, column_f32 };

/* ---- one plane: [height, width, channels] ---- */

typedef struct resizer {
    const row_forms *forms;
    axis_weights     x, y;
    int32_t          in_width, in_height, channels;
    int64_t          ring_rows;
    void            *ring;
} resizer;

static void resize_plane(const resizer *r, char *dst, const char *src) {
    int64_t src_bytes = (int64_t)r->in_width * r->channels * r->forms->element_bytes;
    int64_t width = (int64_t)r->x.size * r->channels, dst_bytes = width * r->forms->element_bytes;
    int32_t ready = 0; /* source rows before this one are in the ring, or were */
    for (int32_t i = 0; i < r->y.size; i++) {
        int32_t first = r->y.first[i], end = first + r->y.count[i];
        for (ready = ready < first ? first : ready; ready < end; ready++) {
            char *slot = (char *)r->ring + ready % r->ring_rows * dst_bytes;
            if (r->x.size == r->in_width) /* every weight is 1 on its own pixel */
                memcpy(slot, src + ready * src_bytes, (size_t)src_bytes);
            else r->forms->row(slot, src + ready * src_bytes, &r->x, r->channels);
        }
        r->forms->column(dst + i * dst_bytes, r->ring, r->ring_rows, width, &r->y, i);
    }
}

/* ---- the door ---- */

static int side_ok(int64_t side) { return side >= 1 && side <= XB_MAX_IMAGE_SIDE; }

static xybrid_status check(const xb_tensor *t, const xb_resize_spec *spec, xybrid_error *err) {
    char text[XB_SHAPE_TEXT_BYTES];
    xb_shape_format(t->rank, t->shape, text, sizeof text);
    if (t->dtype != XYBRID_UINT8 && t->dtype != XYBRID_FLOAT32)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "resize", "resize of %s; uint8 or float32 is needed",
                       xb_dtype_name(t->dtype));
    if (t->rank != 3 && t->rank != 4)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "resize",
                       "resize of a tensor of shape %s; 3 dimensions (or 4 with a batch) are needed", text);
    if (!side_ok(spec->width) || !side_ok(spec->height) || (int64_t)spec->width * spec->height > XB_MAX_IMAGE_PIXELS)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "resize",
                       "resize to %d x %d pixels; sides of 1 to %d and %d pixels are possible", (int)spec->width,
                       (int)spec->height, XB_MAX_IMAGE_SIDE, XB_MAX_IMAGE_PIXELS);
    const int64_t *s = t->shape + (t->rank - 3);
    int            hwc = spec->layout == XB_LAYOUT_HWC;
    int64_t        height = hwc ? s[0] : s[1], width = hwc ? s[1] : s[2], channels = hwc ? s[2] : s[0];
    if (!side_ok(height) || !side_ok(width) || channels < 1 || channels > MAX_CHANNELS)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "resize",
                       "resize of a picture of shape %s (%s); sides of 1 to %d pixels and 1 to %d channels are possible", text,
                       hwc ? "height,width,channels" : "channels,height,width", XB_MAX_IMAGE_SIDE, MAX_CHANNELS);
    return XYBRID_OK;
}

static xybrid_status resizer_open(xb_mem *mem, const xb_tensor *t, const xb_resize_spec *spec, resizer *r, xybrid_error *err) {
    const int64_t *s = t->shape + (t->rank - 3);
    int            hwc = spec->layout == XB_LAYOUT_HWC, is_fixed = t->dtype == XYBRID_UINT8;
    r->forms = is_fixed ? &forms_u8 : &forms_f32;
    r->in_height = (int32_t)(hwc ? s[0] : s[1]);
    r->in_width = (int32_t)(hwc ? s[1] : s[2]);
    r->channels = hwc ? (int32_t)s[2] : 1;
    XB_TRY(weights_make(mem, spec, is_fixed, r->in_width, spec->width, &r->x, err));
    XB_TRY(weights_make(mem, spec, is_fixed, r->in_height, spec->height, &r->y, err));
    r->ring_rows = xb_min64(r->y.taps, r->in_height);
    int64_t row_bytes = (int64_t)spec->width * r->channels * r->forms->element_bytes;
    r->ring = xb_calloc(mem, (size_t)r->ring_rows, (size_t)row_bytes, err);
    return r->ring ? XYBRID_OK : err->code;
}

xybrid_status xb_resize(xb_mem *mem, const xb_tensor *t, const xb_resize_spec *spec, xb_tensor *out, xybrid_error *err) {
    XB_TRY(check(t, spec, err));
    xybrid_status st;
    resizer       r = { 0 };
    xb_tensor     made = { 0 };
    int64_t       shape[4] = { t->shape[0], t->shape[1], t->shape[2], t->shape[3] };
    int32_t       at = t->rank - 3 + (spec->layout == XB_LAYOUT_CHW);
    shape[at] = spec->height;
    shape[at + 1] = spec->width;
    XB_TRY_OUT(resizer_open(mem, t, spec, &r, err));
    XB_TRY_OUT(xb_tensor_new(mem, t->dtype, t->rank, shape, &made, err));
    int64_t planes = xb_tensor_span(t, 0, t->rank - (spec->layout == XB_LAYOUT_HWC ? 3 : 2));
    int64_t src_bytes = (int64_t)r.in_height * r.in_width * r.channels * r.forms->element_bytes;
    int64_t dst_bytes = (int64_t)spec->height * spec->width * r.channels * r.forms->element_bytes;
    for (int64_t p = 0; p < planes; p++)
        resize_plane(&r, (char *)made.data + p * dst_bytes, (const char *)t->data + p * src_bytes);
    *out = made;
out:
    xb_free(mem, r.x.memory);
    xb_free(mem, r.y.memory);
    xb_free(mem, r.ring);
    return st;
}
