/* kernel/columns_plain.h - the text of kernel/columns.h for one type: kernel/columns.c includes it with REAL, EXP, FLOOR and
 * NAME(x), which gives a function its suffix. */

/* Four neighbours of (y, x), weighed; what lies outside is 0. NaN and what is far outside give 0. */
static REAL NAME(bilinear)(const REAL *plane, int64_t height, int64_t width, REAL y, REAL x) {
    if (!(y > -1 && y < (REAL)height && x > -1 && x < (REAL)width)) return 0;
    REAL    fy = FLOOR(y), fx = FLOOR(x), wy = y - fy, wx = x - fx, sum = 0;
    int64_t y0 = (int64_t)fy, x0 = (int64_t)fx;
    if (y0 >= 0 && x0 >= 0) sum += (1 - wy) * (1 - wx) * plane[y0 * width + x0];
    if (y0 >= 0 && x0 + 1 < width) sum += (1 - wy) * wx * plane[y0 * width + x0 + 1];
    if (y0 + 1 < height && x0 >= 0) sum += wy * (1 - wx) * plane[(y0 + 1) * width + x0];
    if (y0 + 1 < height && x0 + 1 < width) sum += wy * wx * plane[(y0 + 1) * width + x0 + 1];
    return sum;
}

/* One channel of one item. */
static void NAME(deform_plane)(const xb_deform_args *a, int64_t plane) {
    int64_t     taps = a->kernel[0] * a->kernel[1], points = a->out[0] * a->out[1];
    int64_t     item = plane / a->channels, g = plane % a->channels / (a->channels / a->offset_groups);
    const REAL *x = (const REAL *)a->x + plane * a->in[0] * a->in[1];
    const REAL *offset = (const REAL *)a->offset + (item * a->offset_groups + g) * taps * 2 * points;
    const REAL *mask = a->mask ? (const REAL *)a->mask + (item * a->offset_groups + g) * taps * points : NULL;
    REAL       *to = (REAL *)a->columns + plane * taps * points;
    for (int64_t tap = 0; tap < taps; tap++, offset += 2 * points) {
        int64_t ky = tap / a->kernel[1] * a->dilation[0] - a->pad[0], kx = tap % a->kernel[1] * a->dilation[1] - a->pad[1];
        for (int64_t p = 0; p < points; p++, to++) {
            int64_t row = p / a->out[1] * a->stride[0] + ky, col = p % a->out[1] * a->stride[1] + kx;
            *to = NAME(bilinear)(x, a->in[0], a->in[1], (REAL)row + offset[p], (REAL)col + offset[points + p]);
            if (mask) *to *= *mask++;
        }
    }
}

static void NAME(col2im_plane)(const xb_col2im_args *a, int64_t plane) {
    int64_t     size = a->image[0] * a->image[1] * a->image[2], taps = a->kernel[0] * a->kernel[1] * a->kernel[2];
    int64_t     points = a->points[0] * a->points[1] * a->points[2];
    const REAL *from = (const REAL *)a->columns + plane * taps * points;
    REAL       *y = (REAL *)a->y + plane * size;
    for (int64_t i = 0; i < size; i++) y[i] = 0;
    for (int64_t tap = 0; tap < taps; tap++) {
        int64_t k[3] = { tap / (a->kernel[1] * a->kernel[2]), tap / a->kernel[2] % a->kernel[1], tap % a->kernel[2] };
        for (int64_t p0 = 0; p0 < a->points[0]; p0++)
            for (int64_t p1 = 0; p1 < a->points[1]; p1++, from += a->points[2]) {
                int64_t at0 = p0 * a->stride[0] - a->pad[0] + k[0] * a->dilation[0];
                int64_t at1 = p1 * a->stride[1] - a->pad[1] + k[1] * a->dilation[1];
                if (at0 < 0 || at0 >= a->image[0] || at1 < 0 || at1 >= a->image[1]) continue;
                REAL *line = y + (at0 * a->image[1] + at1) * a->image[2];
                for (int64_t p2 = 0; p2 < a->points[2]; p2++) {
                    int64_t at2 = p2 * a->stride[2] - a->pad[2] + k[2] * a->dilation[2];
                    if (at2 >= 0 && at2 < a->image[2]) line[at2] += from[p2];
                }
            }
    }
}

static void NAME(causal_plane)(const xb_causal_args *a, int64_t plane) {
    int64_t     c = plane % a->channels, before = a->kernel - 1;
    const REAL *x = (const REAL *)a->x + plane * a->length, *w = (const REAL *)a->w + c * a->kernel;
    const REAL *past = a->past ? (const REAL *)a->past + plane * before : NULL;
    for (int64_t t = 0; a->y && t < a->length; t++) {
        REAL sum = a->bias ? ((const REAL *)a->bias)[c] : 0;
        for (int64_t j = 0; j < a->kernel; j++) {
            int64_t at = t + j - before;
            if (at >= 0) sum += w[j] * x[at];
            else if (past) sum += w[j] * past[at + before];
        }
        if (a->is_silu) sum = sum / (1 + EXP(-sum));
        ((REAL *)a->y)[plane * a->length + t] = sum;
    }
    for (int64_t i = 0; a->state && i < before; i++) {
        int64_t at = a->length - before + i;
        ((REAL *)a->state)[plane * before + i] = at >= 0 ? x[at] : past ? past[at + before] : 0;
    }
}
