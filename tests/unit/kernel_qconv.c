/* kernel/qconv.h on every table of 8-bit products, against loops: integers exactly. */
#include "kernel/qconv.h"

#include "base/checked.h"
#include "kernel/qgemm_kernels.h"
#include "kernels.h"

typedef struct shape {
    int64_t batch, groups, channels_in, channels_out, in[3], kernel[3], stride[3], dilation[3], pad[3], pad_end[3];
} shape;

static const shape shapes[] = {
    { 1, 1, 1, 1, { 1, 1, 1 }, { 1, 1, 1 }, { 1, 1, 1 }, { 1, 1, 1 }, { 0 }, { 0 } },
    { 2, 1, 16, 30, { 1, 1, 100 }, { 1, 1, 3 }, { 1, 1, 1 }, { 1, 1, 5 }, { 0, 0, 5 }, { 0, 0, 5 } },
    { 1, 1, 128, 128, { 1, 1, 333 }, { 1, 1, 11 }, { 1, 1, 1 }, { 1, 1, 1 }, { 0, 0, 5 }, { 0, 0, 5 } },
    { 1, 1, 7, 33, { 1, 1, 90 }, { 1, 1, 12 }, { 1, 1, 6 }, { 1, 1, 1 }, { 0, 0, 3 }, { 0, 0, 3 } },
    { 2, 1, 3, 20, { 1, 17, 19 }, { 1, 3, 3 }, { 1, 2, 2 }, { 1, 1, 1 }, { 0, 1, 1 }, { 0, 1, 1 } },
    { 1, 4, 8, 12, { 1, 9, 40 }, { 1, 3, 2 }, { 1, 1, 1 }, { 1, 2, 1 }, { 0, 0, 1 }, { 0, 2, 0 } },
    { 1, 24, 24, 24, { 1, 14, 14 }, { 1, 3, 3 }, { 1, 1, 1 }, { 1, 1, 1 }, { 0, 1, 1 }, { 0, 1, 1 } },
    { 1, 1, 5, 6, { 4, 5, 6 }, { 2, 3, 2 }, { 1, 2, 1 }, { 2, 1, 1 }, { 1, 0, 1 }, { 0, 1, 0 } },
    { 1, 1, 64, 70, { 1, 12, 12 }, { 1, 1, 1 }, { 1, 1, 1 }, { 1, 1, 1 }, { 0 }, { 0 } },
};
enum { SHAPES = sizeof shapes / sizeof shapes[0] };

typedef struct problem {
    xb_qconv_args a;
    const shape  *s;
    uint8_t      *x, *w, *zeros;
    int32_t      *bias, *sums;
    float        *scales;
    void         *packed_room, *image_room;
    char         *y;
    uint8_t      *x_zero;
    int64_t       pixels, k;
} problem;

static void *room(int64_t size) {
    void *p = malloc((size_t)size + 1);
    if (!p) exit(1);
    return p;
}

static void *aligned(int64_t size, void **block) {
    char *p = *block = room(size + 63);
    return p + (64 - (uintptr_t)p % 64) % 64;
}

static void fill(uint8_t *p, int64_t count, uint32_t *seed) {
    for (int64_t i = 0; i < count; i++) p[i] = (uint8_t)(isas_random(seed) >> 11);
}

/* way: bit 0 x signed, 1 w signed, 2 zero points, 3 for each channel, 4 bias */
static problem problem_make(const xb_qisa *q, const shape *s, int way) {
    uint32_t seed = 77;
    problem  p = { .s = s, .x_zero = room(1) };
    *p.x_zero = way & 4 ? 0x91 : 0;
    p.a = (xb_qconv_args){ .q = q,
                           .batch = s->batch,
                           .groups = s->groups,
                           .channels_in = s->channels_in,
                           .channels_out = s->channels_out,
                           .x_signed = way & 1,
                           .w_signed = way >> 1 & 1 };
    int64_t inside = 1;
    p.pixels = 1, p.k = s->channels_in / s->groups;
    for (int i = 0; i < 3; i++) {
        int64_t padded = s->in[i] + s->pad[i] + s->pad_end[i];
        p.a.in[i] = s->in[i], p.a.pad[i] = s->pad[i], p.a.pad_end[i] = s->pad_end[i];
        p.a.kernel[i] = s->kernel[i], p.a.stride[i] = s->stride[i], p.a.dilation[i] = s->dilation[i];
        p.a.out[i] = (padded - s->dilation[i] * (s->kernel[i] - 1) - 1) / s->stride[i] + 1;
        inside *= s->in[i], p.pixels *= p.a.out[i], p.k *= s->kernel[i];
    }
    p.x = room(s->batch * s->channels_in * inside);
    p.w = room(s->channels_out * p.k);
    p.zeros = room(s->channels_out);
    p.bias = room(s->channels_out * 4), p.scales = room(s->channels_out * 4);
    p.sums = room(s->batch * s->channels_out * p.pixels * 4);
    p.y = room(s->batch * s->channels_out * p.pixels * 4);
    fill(p.x, s->batch * s->channels_in * inside, &seed);
    fill(p.w, s->channels_out * p.k, &seed);
    fill(p.zeros, s->channels_out, &seed);
    for (int64_t o = 0; o < s->channels_out; o++) {
        p.bias[o] = (int32_t)isas_random(&seed) / 4096;
        p.scales[o] = isas_uniform(&seed, 0.001f, 0.01f);
    }
    xb_qimage_args image = { .conv = &p.a, .x = p.x, .zero = p.x_zero };
    image.image = aligned(xb_qimage_bytes(&p.a), &p.image_room);
    kernels_run(xb_qimage_work(&image), &image, 1);
    p.a.image = image.image, p.a.y = p.y;
    if (way & 4) p.a.x_zero = p.x_zero, p.a.w_zero = p.zeros;
    p.a.w_zero_step = way >> 3 & 1;
    if (way & 16) p.a.bias = p.bias;
    void *packed = aligned(xb_qconv_pack_bytes(&p.a), &p.packed_room);
    xb_qconv_pack(&p.a, p.w, packed);
    p.a.packed = packed;
    return p;
}

static void problem_free(problem *p) {
    free(p->x), free(p->w), free(p->zeros), free(p->bias), free(p->sums), free(p->scales), free(p->y);
    free(p->packed_room), free(p->image_room), free(p->x_zero);
}

static int32_t value(uint8_t bits, int is_signed) { return is_signed ? (int8_t)bits : bits; }

/* The sum of one output, from the image without its border. */
static int32_t reference(const problem *p, int64_t n, int64_t o, int64_t pixel) {
    const shape *s = p->s;
    int64_t      out[3] = { pixel / p->a.out[2] / p->a.out[1], pixel / p->a.out[2] % p->a.out[1], pixel % p->a.out[2] };
    int64_t      inputs = s->channels_in / s->groups, first = o / (s->channels_out / s->groups) * inputs;
    int64_t      taps = s->kernel[0] * s->kernel[1] * s->kernel[2], plane = s->in[0] * s->in[1] * s->in[2];
    uint32_t     sum = p->a.bias ? (uint32_t)p->bias[o] : 0;
    int32_t      w_zero = p->a.w_zero ? value(p->zeros[o * p->a.w_zero_step], p->a.w_signed) : 0;
    int32_t      x_zero = p->a.x_zero ? value(*p->x_zero, p->a.x_signed) : 0;
    for (int64_t t = 0; t < taps; t++) {
        int64_t tap[3] = { t / s->kernel[2] / s->kernel[1], t / s->kernel[2] % s->kernel[1], t % s->kernel[2] }, x = 0;
        int     inside = 1;
        for (int i = 0; i < 3; i++) {
            int64_t place = out[i] * s->stride[i] + tap[i] * s->dilation[i] - s->pad[i];
            inside &= place >= 0 && place < s->in[i];
            x = x * s->in[i] + place;
        }
        for (int64_t c = 0; c < inputs && inside; c++) { /* outside is the zero point: 0 */
            int32_t a = value(p->x[(n * s->channels_in + first + c) * plane + x], p->a.x_signed) - x_zero;
            sum += (uint32_t)(a * (value(p->w[o * p->k + c * taps + t], p->a.w_signed) - w_zero));
        }
    }
    return (int32_t)sum;
}

static void check_sums(problem *p) {
    int64_t wrong = 0, at = 0;
    for (int64_t n = 0; n < p->s->batch; n++)
        for (int64_t o = 0; o < p->s->channels_out; o++)
            for (int64_t i = 0; i < p->pixels; i++, at++)
                wrong += ((int32_t *)(void *)p->y)[at] != (p->sums[at] = reference(p, n, o, i));
    if (wrong) printf("%s: %lld of %lld sums\n", isas_current, (long long)wrong, (long long)at);
    CHECK(wrong == 0);
}

static const xb_qisa *qisa_at(int i) {
    static const char *const names[] = { "scalar", "sse4", "avx2", "avx512vnni", "neon", "neondot", "wasm" };
    const xb_qisa           *q = i < 7 ? xb_qisa_named(names[i]) : NULL;
    if (!q || (xb_qisa_needs(q) & ~xb_cpu_features())) return NULL;
    isas_current = xb_qisa_name(q);
    return q;
}

static void sums_are_exact(void) {
    for (int t = 0; t < 7; t++) {
        const xb_qisa *q = qisa_at(t);
        if (!q) continue;
        for (int i = 0; i < SHAPES; i++)
            for (int way = 0; way < 32; way++) {
                if (i != 1 && way % 5 != i % 5) continue; /* all ways on one shape, some on the others */
                problem p = problem_make(q, &shapes[i], way);
                p.a.output = XB_QGEMM_I32;
                kernels_run(xb_qconv_work(&p.a), &p.a, (uint32_t)way);
                check_sums(&p);
                problem_free(&p);
            }
    }
}

/* float32: the sum times the product of the scales, then the epilogue; 8 bits: rounded by hand from the same sums. */
static void outputs_follow_from_sums(void) {
    const float   x_scale = 0.02f, y_scale = 3.7f;
    const uint8_t y_zero = 100;
    for (int t = 0; t < 7; t++) {
        const xb_qisa *q = qisa_at(t);
        if (!q) continue;
        problem     p = problem_make(q, &shapes[4], 4 | 8 | 16);
        int64_t     count = p.s->batch * p.s->channels_out * p.pixels, wrong = 0;
        xb_epilogue e = { 1, { { .op = XB_EP_ADD, .from = XB_EP_ROW, .data = p.scales, .stride = p.s->channels_out } } };
        p.a.output = XB_QGEMM_I32;
        kernels_run(xb_qconv_work(&p.a), &p.a, 2);
        check_sums(&p);
        p.a.x_scale = &x_scale, p.a.w_scale = p.scales, p.a.w_scale_step = 1, p.a.y_scale = &y_scale, p.a.y_zero = &y_zero;
        p.a.output = XB_QGEMM_F32, p.a.epilogue = &e;
        kernels_run(xb_qconv_work(&p.a), &p.a, 3);
        for (int64_t i = 0; i < count; i++) {
            int64_t o = i / p.pixels % p.s->channels_out;
            wrong += ((float *)(void *)p.y)[i] != (float)p.sums[i] * (p.scales[o] * x_scale) + p.scales[o];
        }
        p.a.output = XB_QGEMM_U8;
        kernels_run(xb_qconv_work(&p.a), &p.a, 4);
        for (int64_t i = 0; i < count; i++) {
            float wanted = rintf((float)p.sums[i] * (p.scales[i / p.pixels % p.s->channels_out] * x_scale / y_scale)) + y_zero;
            wrong += ((uint8_t *)p.y)[i] != (wanted < 0 ? 0 : wanted > 255 ? 255 : (int)wanted);
        }
        CHECK_INT(wrong, 0);
        problem_free(&p);
    }
}

CHECK_MAIN(RUN(sums_are_exact), RUN(outputs_follow_from_sums))
