/* kernel/lines_plain.h - the text of kernel/lines.h for one type: kernel/lines.c includes it with REAL, and the C library's
 * functions for it, and NAME(x), which gives a function its suffix. */

/* ---- softmax ---- */

/* Lines [first, first + count) of an outer index, side by side. */
static void NAME(softmax_lines)(const xb_line_softmax_args *a, const REAL *x, REAL *y, int64_t count) {
    REAL most[XB_LINES], sum[XB_LINES];
    for (int64_t l = 0; l < count; l++) {
        most[l] = -(REAL)INFINITY;
        sum[l] = 0;
    }
    for (int64_t i = 0; i < a->n; i++)
        for (int64_t l = 0; l < count; l++) {
            REAL v = x[i * a->inner + l];
            most[l] = v > most[l] || v != v ? v : most[l];
        }
    for (int64_t l = 0; l < count; l++)
        if (a->zero_if_masked && most[l] == -(REAL)INFINITY) most[l] = 0;
    for (int64_t i = 0; i < a->n; i++)
        for (int64_t l = 0; l < count; l++) {
            REAL shifted = x[i * a->inner + l] - most[l], e = EXP(shifted);
            sum[l] += e;
            y[i * a->inner + l] = a->is_log ? shifted : e;
        }
    for (int64_t l = 0; l < count; l++) {
        if (a->zero_if_masked && sum[l] == 0) sum[l] = 1;
        sum[l] = a->is_log ? LOG(sum[l]) : 1 / sum[l];
    }
    for (int64_t i = 0; i < a->n; i++)
        for (int64_t l = 0; l < count; l++) {
            REAL *to = &y[i * a->inner + l];
            *to = a->is_log ? *to - sum[l] : *to * sum[l];
        }
}

/* ---- rows ---- */

static void NAME(norm_row)(const xb_row_norm_args *a, int64_t r) {
    const REAL *x = (const REAL *)a->x + r * a->width, *scale = a->scale, *bias = a->bias;
    REAL       *y = (REAL *)a->y + r * a->width, n = (REAL)a->width, mean = 0, square = 0;
    int64_t     base = r % a->period * a->per_row;
    if (!a->keeps_mean) {
        for (int64_t j = 0; j < a->width; j++) mean += x[j];
        mean /= n;
    }
    for (int64_t j = 0; j < a->width; j++) square += (x[j] - mean) * (x[j] - mean);
    square /= n;
    REAL inv = a->epsilon_beside_root ? 1 / (SQRT(square) + (REAL)a->epsilon) : 1 / SQRT(square + (REAL)a->epsilon);
    if (a->mean) ((REAL *)a->mean)[r] = mean;
    if (a->inv_std) ((REAL *)a->inv_std)[r] = inv;
    if (scale && a->inner == 1) {
        scale += base;
        if (bias) bias += base;
        for (int64_t j = 0; j < a->width; j++) y[j] = (x[j] - mean) * inv * scale[j];
        for (int64_t j = 0; bias && j < a->width; j++) y[j] += bias[j];
        return;
    }
    for (int64_t at = 0, k = base; at < a->width; at += a->inner, k++) {
        int64_t end = a->width - at < a->inner ? a->width : at + a->inner;
        REAL    gain = scale ? inv * scale[k] : inv, offset = bias ? bias[k] : 0;
        for (int64_t j = at; j < end; j++) y[j] = (x[j] - mean) * gain + offset;
    }
}

/* ---- lines ---- */

static void NAME(lp_lines)(const xb_lp_norm_args *a, const REAL *x, REAL *y, int64_t count) {
    REAL sum[XB_LINES] = { 0 };
    for (int64_t i = 0; i < a->n; i++)
        for (int64_t l = 0; l < count; l++) {
            REAL v = x[i * a->inner + l];
            sum[l] += a->p == 1 ? (v < 0 ? -v : v) : v * v;
        }
    for (int64_t l = 0; l < count; l++) {
        if (a->p != 1) sum[l] = SQRT(sum[l]);
        if (sum[l] == 0) sum[l] = 1;
    }
    for (int64_t i = 0; i < a->n; i++)
        for (int64_t l = 0; l < count; l++) y[i * a->inner + l] = x[i * a->inner + l] / sum[l];
}

/* The window's sum is made anew for each channel: a running one would depend on what has left it. */
static void NAME(lrn_lines)(const xb_lrn_args *a, const REAL *x, REAL *y, int64_t count) {
    int64_t before = (a->size - 1) / 2, after = a->size / 2;
    for (int64_t c = 0; c < a->n; c++) {
        REAL    sum[XB_LINES] = { 0 };
        int64_t from = c > before ? c - before : 0, to = after < a->n - 1 - c ? c + after : a->n - 1;
        for (int64_t i = from; i <= to; i++)
            for (int64_t l = 0; l < count; l++) sum[l] += x[i * a->inner + l] * x[i * a->inner + l];
        for (int64_t l = 0; l < count; l++) {
            REAL s = (REAL)a->bias + (REAL)a->alpha / (REAL)a->size * sum[l];
            y[c * a->inner + l] = x[c * a->inner + l] / POW(s, (REAL)a->beta);
        }
    }
}

/* ---- channels ---- */

static void NAME(moments_of)(const xb_moments_args *a, int64_t c) {
    const REAL *x = (const REAL *)a->x + c * a->inner;
    double      sum = 0, square = 0, n = (double)(a->outer * a->inner);
    for (int64_t o = 0; o < a->outer; o++)
        for (int64_t i = 0; i < a->inner; i++) sum += x[o * a->channels * a->inner + i];
    double mean = sum / n;
    for (int64_t o = 0; o < a->outer; o++)
        for (int64_t i = 0; i < a->inner; i++) {
            double d = x[o * a->channels * a->inner + i] - mean;
            square += d * d;
        }
    ((REAL *)a->mean)[c] = (REAL)mean;
    ((REAL *)a->variance)[c] = (REAL)(square / n);
}

static void NAME(batch_norm_plane)(const xb_batch_norm_args *a, int64_t plane) {
    int64_t     c = plane % a->channels;
    const REAL *x = (const REAL *)a->x + plane * a->inner;
    REAL       *y = (REAL *)a->y + plane * a->inner;
    double      gain = (double)((const REAL *)a->scale)[c] / sqrt((double)((const REAL *)a->variance)[c] + a->epsilon);
    REAL        g = (REAL)gain, offset = (REAL)((double)((const REAL *)a->bias)[c] - (double)((const REAL *)a->mean)[c] * gain);
    for (int64_t i = 0; i < a->inner; i++) y[i] = x[i] * g + offset;
}

static void NAME(mix)(const xb_mix_args *a) {
    for (int64_t i = 0; i < a->count; i++)
        ((REAL *)a->out)[i] = ((const REAL *)a->a)[i] * (REAL)a->wa + ((const REAL *)a->b)[i] * (REAL)a->wb;
}
