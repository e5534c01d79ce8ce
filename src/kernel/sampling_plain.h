/* kernel/sampling_plain.h - the text of kernel/sampling.h for one type: kernel/sampling.c includes it with REAL, FLOOR, CEIL,
 * RINT, ROUND and NAME(x), which gives a function its suffix. */

/* ---- GridSample ---- */

/* What an axis is read at, and how much each counts. An index of -1 is a 0. */
typedef struct NAME(taps) {
    int32_t count;
    int64_t at[4];
    REAL    weight[4];
} NAME(taps);

/* Back and forth between low and high. */
static REAL NAME(reflect)(REAL x, REAL low, REAL high) {
    REAL range = high - low, over;
    int  is_below = x < low;
    if (!(range > 0)) return low;
    if (!is_below && x <= high) return x;
    over = is_below ? low - x : x - high;
    REAL turns = FLOOR(over / range), rest = over - turns * range;
    int  is_odd = turns - 2 * FLOOR(turns / 2) != 0;
    return is_below != is_odd ? low + rest : high - rest;
}

/* The point that index i stands for; -1: none. */
static int64_t NAME(inside)(const xb_grid_sample_args *a, int64_t i, int64_t size) {
    if (i >= 0 && i < size) return i;
    if (a->border == XB_SAMPLE_ZEROS) return -1;
    if (a->border == XB_SAMPLE_REFLECT)
        i = (int64_t)NAME(reflect)((REAL)i, a->align_corners ? 0 : (REAL)-0.5, (REAL)size - (a->align_corners ? 1 : (REAL)0.5));
    return i < 0 ? 0 : i >= size ? size - 1 : i;
}

static void NAME(cubic_weights)(REAL t, REAL w[4]) {
    REAL a = (REAL)-0.75, before = t + 1, after = 1 - t, last = 2 - t;
    w[0] = ((a * before - 5 * a) * before + 8 * a) * before - 4 * a;
    w[1] = ((a + 2) * t - (a + 3)) * t * t + 1;
    w[2] = ((a + 2) * after - (a + 3)) * after * after + 1;
    w[3] = ((a * last - 5 * a) * last + 8 * a) * last - 4 * a;
}

static NAME(taps) NAME(taps_of)(const xb_grid_sample_args *a, REAL v, int64_t size) {
    NAME(taps) t = { .count = 1, .at = { -1 } };
    REAL low = a->align_corners ? 0 : (REAL)-0.5, high = (REAL)size - (a->align_corners ? 1 : (REAL)0.5);
    v = a->align_corners ? (v + 1) / 2 * (REAL)(size - 1) : ((v + 1) * (REAL)size - 1) / 2;
    if (!(v > -(REAL)FAR_OUTSIDE && v < (REAL)FAR_OUTSIDE)) return t; /* NaN, too */
    if (a->mode == XB_SAMPLE_NEAREST) v = RINT(v);
    if (v < low || v > high) {
        if (a->border == XB_SAMPLE_CLAMP && a->mode != XB_SAMPLE_CUBIC) v = v < 0 ? 0 : (REAL)(size - 1);
        else if (a->border == XB_SAMPLE_REFLECT) v = NAME(reflect)(v, low, high);
    }
    if (a->mode == XB_SAMPLE_NEAREST) {
        t.at[0] = NAME(inside)(a, (int64_t)v, size);
        t.weight[0] = 1;
        return t;
    }
    REAL    whole = FLOOR(v), part = v - whole;
    int64_t first = (int64_t)whole;
    if (a->mode == XB_SAMPLE_LINEAR) {
        t.count = 2;
        t.weight[0] = 1 - part;
        t.weight[1] = part;
    } else {
        t.count = 4;
        first--;
        NAME(cubic_weights)(part, t.weight);
    }
    for (int32_t i = 0; i < t.count; i++) t.at[i] = NAME(inside)(a, first + i, size);
    return t;
}

/* One point of the result, all channels: the points that are read, and how much each counts, are the same for them. */
static void NAME(sample_point)(const xb_grid_sample_args *a, int64_t unit) {
    int64_t     item = unit / a->points, plane = 1, step[3] = { 0, 0, 0 }, from[64];
    const REAL *at = (const REAL *)a->grid + unit * a->rank;
    REAL        weight[64];
    int32_t     count = 0;
    NAME(taps) t[3] = { { 1, { 0 }, { 1 } }, { 1, { 0 }, { 1 } }, { 1, { 0 }, { 1 } } }; /* missing axes: one point, 0 */
    for (int32_t d = a->rank - 1, k = 2; d >= 0; d--, k--) {
        t[k] = NAME(taps_of)(a, at[a->rank - 1 - d], a->in[d]);
        step[k] = plane;
        plane *= a->in[d];
    }
    for (int32_t i = 0; i < t[0].count; i++)
        for (int32_t j = 0; j < t[1].count; j++)
            for (int32_t k = 0; k < t[2].count; k++) {
                if (t[0].at[i] < 0 || t[1].at[j] < 0 || t[2].at[k] < 0) continue;
                from[count] = t[0].at[i] * step[0] + t[1].at[j] * step[1] + t[2].at[k];
                weight[count++] = t[0].weight[i] * t[1].weight[j] * t[2].weight[k];
            }
    const REAL *x = (const REAL *)a->x + item * a->channels * plane;
    REAL       *y = (REAL *)a->y + item * a->channels * a->points + unit % a->points;
    for (int64_t c = 0; c < a->channels; c++, x += plane, y += a->points) {
        REAL sum = 0;
        for (int32_t i = 0; i < count; i++) sum += weight[i] * x[from[i]];
        *y = sum;
    }
}

/* ---- AffineGrid ---- */

/* The i-th of `size` places from -1 to 1. */
static REAL NAME(place)(int64_t i, int64_t size, int align_corners) {
    if (align_corners) return size > 1 ? 2 * (REAL)i / (REAL)(size - 1) - 1 : 0;
    return (2 * (REAL)i + 1) / (REAL)size - 1;
}

static void NAME(affine_point)(const xb_affine_grid_args *a, int64_t unit) {
    int64_t points = 1, rest = unit;
    REAL    at[XB_SAMPLE_RANK];
    for (int32_t d = a->rank - 1; d >= 0 && d < XB_SAMPLE_RANK; d--) {
        at[a->rank - 1 - d] = NAME(place)(rest % a->out[d], a->out[d], a->align_corners);
        rest /= a->out[d];
        points *= a->out[d];
    }
    const REAL *theta = (const REAL *)a->theta + unit / points * a->rank * (a->rank + 1);
    REAL       *y = (REAL *)a->y + unit * a->rank;
    for (int32_t i = 0; i < a->rank; i++, theta += a->rank + 1) {
        REAL sum = 0;
        for (int32_t j = 0; j < a->rank; j++) sum += theta[j] * at[j];
        y[i] = sum + theta[a->rank];
    }
}

/* ---- RoiAlign ---- */

/* A place along an axis: two neighbours and the second one's weight; 0 if it is outside, as all are of an axis without points. */
static int NAME(neighbours)(REAL v, int64_t size, int64_t *low, int64_t *high, REAL *part) {
    if (size == 0 || !(v >= -1 && v <= (REAL)size)) return 0;
    if (v < 0) v = 0;
    *low = (int64_t)v;
    *high = *low + 1;
    if (*low >= size - 1) *low = *high = size - 1;
    *part = *low == *high ? 0 : v - (REAL)*low;
    return 1;
}

static int64_t NAME(samples)(const xb_roi_align_args *a, REAL length, int64_t bins) {
    REAL wanted = CEIL(length / (REAL)bins);
    if (a->ratio > 0) return a->ratio;
    int64_t most = 4 * (a->height > a->width ? a->height : a->width);
    return wanted > 0 ? (wanted < (REAL)most ? (int64_t)wanted : most) : 0;
}

/* A region as an axis sees it: where it begins, the size of a bin, samples in each. */
typedef struct NAME(roi_axis) {
    REAL    start, bin, step;
    int64_t samples;
} NAME(roi_axis);

static NAME(roi_axis) NAME(roi_axis_of)(const xb_roi_align_args *a, REAL low, REAL high, int64_t bins) {
    REAL scale = (REAL)a->scale, shift = a->half_pixel ? (REAL)0.5 : 0;
    NAME(roi_axis) x = { .start = low * scale - shift };
    REAL length = high * scale - shift - x.start;
    if (!a->half_pixel && !(length > 1)) length = 1;
    x.bin = length / (REAL)bins;
    x.samples = NAME(samples)(a, length, bins);
    x.step = x.samples ? x.bin / (REAL)x.samples : 0;
    return x;
}

/* A bin of a region in up to ROI_CHANNELS channels. */
static void NAME(roi_align_bin)(const xb_roi_align_args *a, const REAL *x, NAME(roi_axis) v, NAME(roi_axis) h, int64_t p,
                                int64_t channels, REAL *y) {
    REAL    most[ROI_CHANNELS], sum[ROI_CHANNELS] = { 0 };
    int64_t plane = a->height * a->width, bins = a->out_height * a->out_width, row = p / a->out_width, col = p % a->out_width;
    for (int64_t c = 0; c < channels; c++) most[c] = -(REAL)INFINITY;
    for (int64_t i = 0; i < v.samples; i++) {
        int64_t top = 0, bottom = 0, left = 0, right = 0;
        REAL    py = 0, px = 0, at_y = v.start + (REAL)row * v.bin + ((REAL)i + (REAL)0.5) * v.step;
        int     is_inside = NAME(neighbours)(at_y, a->height, &top, &bottom, &py);
        for (int64_t j = 0; j < h.samples; j++) {
            REAL at_x = h.start + (REAL)col * h.bin + ((REAL)j + (REAL)0.5) * h.step;
            if (!is_inside || !NAME(neighbours)(at_x, a->width, &left, &right, &px)) {
                for (int64_t c = 0; c < channels; c++) most[c] = most[c] > 0 ? most[c] : 0;
                continue;
            }
            for (int64_t c = 0; c < channels; c++) {
                const REAL *from = x + c * plane;
                REAL lt = (1 - py) * (1 - px) * from[top * a->width + left], rt = (1 - py) * px * from[top * a->width + right];
                REAL lb = py * (1 - px) * from[bottom * a->width + left], rb = py * px * from[bottom * a->width + right];
                REAL upper = lt > rt ? lt : rt, lower = lb > rb ? lb : rb, largest = upper > lower ? upper : lower;
                sum[c] += lt + rt + lb + rb;
                most[c] = largest > most[c] ? largest : most[c];
            }
        }
    }
    REAL count = (REAL)(v.samples * h.samples > 1 ? v.samples * h.samples : 1);
    for (int64_t c = 0; c < channels; c++) y[c * bins] = !a->is_max ? sum[c] / count : most[c] == -(REAL)INFINITY ? 0 : most[c];
}

static void NAME(roi_align_block)(const xb_roi_align_args *a, int64_t unit) {
    int64_t     blocks = (a->channels + ROI_CHANNELS - 1) / ROI_CHANNELS, roi = unit / blocks, c = unit % blocks * ROI_CHANNELS;
    int64_t     item = a->items[roi], bins = a->out_height * a->out_width;
    int64_t     channels = a->channels - c < ROI_CHANNELS ? a->channels - c : ROI_CHANNELS;
    const REAL *box = (const REAL *)a->rois + roi * 4;
    REAL       *y = (REAL *)a->y + (roi * a->channels + c) * bins;
    int         is_known = item >= 0 && item < a->batch;
    const REAL *x = (const REAL *)a->x + ((is_known ? item : 0) * a->channels + c) * a->height * a->width;
    NAME(roi_axis) v = NAME(roi_axis_of)(a, box[1], box[3], a->out_height);
    NAME(roi_axis) h = NAME(roi_axis_of)(a, box[0], box[2], a->out_width);
    if (!is_known) v.samples = 0;
    for (int64_t p = 0; p < bins; p++) NAME(roi_align_bin)(a, x, v, h, p, channels, y + p);
}

/* ---- MaxRoiPool ---- */

static int64_t NAME(whole)(REAL v) { return v > -(REAL)FAR_OUTSIDE && v < (REAL)FAR_OUTSIDE ? (int64_t)ROUND(v) : -1; }

static int64_t NAME(cut)(REAL v, int64_t low, int64_t high) {
    return v > (REAL)low ? (v < (REAL)high ? (int64_t)v : high) : low;
}

static void NAME(roi_pool_plane)(const xb_roi_pool_args *a, int64_t unit) {
    int64_t     roi = unit / a->channels, c = unit % a->channels;
    const REAL *box = (const REAL *)a->rois + roi * 5;
    REAL       *y = (REAL *)a->y + unit * a->out_height * a->out_width, scale = (REAL)a->scale;
    int64_t     item = NAME(whole)(box[0]), x0 = NAME(whole)(box[1] * scale), y0 = NAME(whole)(box[2] * scale);
    int64_t     x1 = NAME(whole)(box[3] * scale), y1 = NAME(whole)(box[4] * scale);
    int         is_known = item >= 0 && item < a->batch;
    REAL        bin_h = (REAL)(y1 - y0 + 1 > 1 ? y1 - y0 + 1 : 1) / (REAL)a->out_height;
    REAL        bin_w = (REAL)(x1 - x0 + 1 > 1 ? x1 - x0 + 1 : 1) / (REAL)a->out_width;
    const REAL *x = (const REAL *)a->x + ((is_known ? item : 0) * a->channels + c) * a->height * a->width;
    for (int64_t p = 0; p < a->out_height * a->out_width; p++) {
        int64_t bin_row = p / a->out_width, bin_col = p % a->out_width;
        REAL    row = (REAL)bin_row, col = (REAL)bin_col, most = -(REAL)INFINITY;
        int64_t top = NAME(cut)(FLOOR(row * bin_h) + (REAL)y0, 0, a->height);
        int64_t bottom = NAME(cut)(CEIL((row + 1) * bin_h) + (REAL)y0, 0, a->height);
        int64_t left = NAME(cut)(FLOOR(col * bin_w) + (REAL)x0, 0, a->width);
        int64_t right = NAME(cut)(CEIL((col + 1) * bin_w) + (REAL)x0, 0, a->width);
        int     is_empty = !is_known || bottom <= top || right <= left;
        for (int64_t i = top; !is_empty && i < bottom; i++)
            for (int64_t j = left; j < right; j++) {
                REAL v = x[i * a->width + j];
                if (v > most || v != v) most = v;
            }
        y[p] = is_empty ? 0 : most;
    }
}
