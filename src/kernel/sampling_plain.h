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

/* One point of the result, all channels: the axes that are missing have one tap, at 0. */
static void NAME(sample_point)(const xb_grid_sample_args *a, int64_t unit) {
    int64_t     item = unit / a->points, point = unit % a->points, plane = 1, step[3] = { 0, 0, 0 };
    const REAL *at = (const REAL *)a->grid + unit * a->rank;
    NAME(taps) t[3] = { { 1, { 0 }, { 1 } }, { 1, { 0 }, { 1 } }, { 1, { 0 }, { 1 } } };
    for (int32_t d = a->rank - 1, k = 2; d >= 0; d--, k--) {
        t[k] = NAME(taps_of)(a, at[a->rank - 1 - d], a->in[d]);
        step[k] = plane;
        plane *= a->in[d];
    }
    const REAL *x = (const REAL *)a->x + item * a->channels * plane;
    REAL       *y = (REAL *)a->y + item * a->channels * a->points + point;
    for (int64_t c = 0; c < a->channels; c++, x += plane, y += a->points) {
        REAL sum = 0;
        for (int32_t i = 0; i < t[0].count; i++)
            for (int32_t j = 0; t[0].at[i] >= 0 && j < t[1].count; j++) {
                REAL        line = 0;
                const REAL *from = x + t[0].at[i] * step[0] + t[1].at[j] * step[1];
                if (t[1].at[j] < 0) continue;
                for (int32_t k = 0; k < t[2].count; k++)
                    if (t[2].at[k] >= 0) line += t[2].weight[k] * from[t[2].at[k]];
                sum += line * t[0].weight[i] * t[1].weight[j];
            }
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
    for (int32_t d = a->rank - 1; d >= 0; d--) {
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

/* A place along an axis: two neighbours and the second one's weight; 0 if it is outside. */
static int NAME(neighbours)(REAL v, int64_t size, int64_t *low, int64_t *high, REAL *part) {
    if (!(v >= -1 && v <= (REAL)size)) return 0;
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

static void NAME(roi_align_plane)(const xb_roi_align_args *a, int64_t unit) {
    int64_t     roi = unit / a->channels, c = unit % a->channels, item = a->items[roi];
    const REAL *box = (const REAL *)a->rois + roi * 4;
    REAL       *y = (REAL *)a->y + unit * a->out_height * a->out_width, scale = (REAL)a->scale, shift = a->half_pixel ? (REAL)0.5 : 0;
    REAL        x0 = box[0] * scale - shift, y0 = box[1] * scale - shift;
    REAL        width = box[2] * scale - shift - x0, height = box[3] * scale - shift - y0;
    if (!a->half_pixel) {
        width = width > 1 ? width : 1;
        height = height > 1 ? height : 1;
    }
    REAL    bin_h = height / (REAL)a->out_height, bin_w = width / (REAL)a->out_width;
    int64_t rows = NAME(samples)(a, height, a->out_height), cols = NAME(samples)(a, width, a->out_width);
    int     is_known = item >= 0 && item < a->batch;
    const REAL *x = (const REAL *)a->x + ((is_known ? item : 0) * a->channels + c) * a->height * a->width;
    for (int64_t p = 0; p < a->out_height * a->out_width; p++) {
        REAL most = -(REAL)INFINITY, sum = 0;
        for (int64_t i = 0; is_known && i < rows; i++)
            for (int64_t j = 0; j < cols; j++) {
                int64_t top, bottom, left, right;
                REAL    py, px, at_y = y0 + (REAL)(p / a->out_width) * bin_h + ((REAL)i + (REAL)0.5) * bin_h / (REAL)rows;
                REAL    at_x = x0 + (REAL)(p % a->out_width) * bin_w + ((REAL)j + (REAL)0.5) * bin_w / (REAL)cols;
                REAL    v[4] = { 0, 0, 0, 0 };
                if (NAME(neighbours)(at_y, a->height, &top, &bottom, &py) && NAME(neighbours)(at_x, a->width, &left, &right, &px)) {
                    v[0] = (1 - py) * (1 - px) * x[top * a->width + left];
                    v[1] = (1 - py) * px * x[top * a->width + right];
                    v[2] = py * (1 - px) * x[bottom * a->width + left];
                    v[3] = py * px * x[bottom * a->width + right];
                }
                sum += v[0] + v[1] + v[2] + v[3];
                for (int k = 0; k < 4; k++) most = v[k] > most ? v[k] : most;
            }
        int64_t count = rows * cols > 1 ? rows * cols : 1;
        y[p] = !a->is_max ? sum / (REAL)count : most == -(REAL)INFINITY ? 0 : most;
    }
}

/* ---- MaxRoiPool ---- */

static int64_t NAME(whole)(REAL v) { return v > -(REAL)FAR_OUTSIDE && v < (REAL)FAR_OUTSIDE ? (int64_t)ROUND(v) : -1; }

static int64_t NAME(cut)(REAL v, int64_t low, int64_t high) { return v > (REAL)low ? (v < (REAL)high ? (int64_t)v : high) : low; }

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
        REAL    row = (REAL)(p / a->out_width), col = (REAL)(p % a->out_width), most = -(REAL)INFINITY;
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
