/* kernel/pool_plain.h - the text of dense pooling; kernel/pool.c includes it with REAL float and double and RUN the function's
 * name. A chunk is lines of one channel. */

static void RUN(const void *args, int32_t chunk, void *scratch) {
    const xb_pool_args *a = args;
    int64_t             lines = a->out[0] * a->out[1], line = chunk % a->pieces * a->piece, channel = chunk / a->pieces;
    int64_t             end = xb_min64(line + a->piece, lines), plane = a->in[0] * a->in[1] * a->in[2];
    const REAL         *x = (const REAL *)a->x + channel * plane;
    REAL               *y = (REAL *)a->y + (channel * lines + line) * a->out[2];
    int64_t            *index = a->indices ? a->indices + (channel * lines + line) * a->out[2] : NULL;
    (void)scratch;
    for (; line < end; line++)
        for (int64_t q = 0; q < a->out[2]; q++) {
            int64_t at[3] = { line / a->out[1], line % a->out[1], q }, from[3], to[3], best = -1;
            double  divisor = window_of(a, at, from, to), sum = 0;
            REAL    largest = (REAL)-INFINITY;
            for (int64_t i = from[0]; i < to[0]; i += a->dilation[0])
                for (int64_t j = from[1]; j < to[1]; j += a->dilation[1])
                    for (int64_t k = from[2]; k < to[2]; k += a->dilation[2]) {
                        int64_t place = (i * a->in[1] + j) * a->in[2] + k;
                        REAL    v = x[place];
                        switch (a->kind) {
                        case XB_POOL_MAX:
                            if (best < 0 || v > largest || (v != v && largest == largest)) largest = v, best = place;
                            break;
                        case XB_POOL_AVERAGE: sum += (double)v; break;
                        case XB_POOL_L1: sum += fabs((double)v); break;
                        case XB_POOL_L2: sum += (double)v * (double)v; break;
                        default: sum += pow(fabs((double)v), a->p); break;
                        }
                    }
            if (a->kind == XB_POOL_AVERAGE && divisor > 0) sum /= divisor;
            if (a->kind == XB_POOL_L2) sum = sqrt(sum);
            if (a->kind == XB_POOL_LP) sum = pow(sum, 1 / a->p);
            *y++ = a->kind == XB_POOL_MAX ? largest : (REAL)sum;
            if (index) *index++ = best < 0 ? -1 : channel * plane + (a->column_major ? turned(a, best) : best);
        }
}
