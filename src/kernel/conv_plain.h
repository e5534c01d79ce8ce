/* kernel/conv_plain.h - the text of the plain convolution; kernel/conv_plain.c includes it with REAL float and double and
 * RUN the function's name. A chunk is one channel of one item. */

static void RUN(const void *args, int32_t chunk, void *scratch) {
    const xb_conv_args *a = args;
    int64_t             o = chunk % a->channels_out, item = chunk / a->channels_out;
    int64_t             channels_in = a->channels_in / a->groups, channels_out = a->channels_out / a->groups;
    int64_t             group = o / channels_out, volume = xb_conv_volume(a->kernel), plane = xb_conv_volume(a->in);
    const REAL         *x = (const REAL *)(const void *)a->x + (item * a->channels_in + group * channels_in) * plane;
    const REAL         *w = (const REAL *)(const void *)a->w, *bias = (const REAL *)(const void *)a->bias;
    REAL               *y = (REAL *)(void *)a->y + (int64_t)chunk * xb_conv_volume(a->out);
    int64_t             to_in = a->transposed ? channels_out * volume : volume;
    w += a->transposed ? group * channels_in * to_in + o % channels_out * volume : o * channels_in * volume;
    (void)scratch;
    for (int64_t q0 = 0; q0 < a->out[0]; q0++)
        for (int64_t q1 = 0; q1 < a->out[1]; q1++)
            for (int64_t q2 = 0; q2 < a->out[2]; q2++) {
                int64_t q[3] = { q0, q1, q2 };
                REAL    sum = 0;
                for (int64_t tap = 0; tap < volume; tap++) {
                    int64_t k[3] = { tap / (a->kernel[1] * a->kernel[2]), tap / a->kernel[2] % a->kernel[1],
                                     tap % a->kernel[2] };
                    int64_t at = xb_conv_plain_place(a, q, k);
                    for (int64_t i = 0; at >= 0 && i < channels_in; i++) sum += x[i * plane + at] * w[i * to_in + tap];
                }
                *y++ = bias ? sum + bias[o] : sum;
            }
}
