/* Convolutions in every form and instruction set against the definition in float64, on small random shapes.
 *
 * Tolerance of direct forms: a sum of n products in any order errs by at most n u sum |x w| (N. Higham, "Accuracy and
 * Stability of Numerical Algorithms", 3.1; u = 2^-24); bias and epilogue add a few roundings. Of Winograd's: a direct sum of n
 * products of numbers that are uniform in [-1, 1] has an error with a standard deviation of 0.14 u n (each partial sum, sqrt k
 * / 3 large, is rounded to u / sqrt 3), Winograd's has 1.9 times that (kernel/conv_winograd.c), and a few u for what the
 * transforms round; 8 u (n + 24) is some 30 standard deviations. The bound that always holds is so wide that wrong matrices
 * would pass. */
#include "isas.h"
#include "kernel/conv.h"

typedef struct problem {
    xb_conv_args a; /* pointers are not set */
    int64_t      pad_end[3];
} problem;

static uint32_t seed = 1;
static int64_t  pick(int64_t low, int64_t high) { return low + (int64_t)(isas_random(&seed) % (uint32_t)(high - low + 1)); }

static const char *const form_names[XB_CONV_FORMS] = { "dense",    "blocked", "first",         "depthwise",
                                                       "winograd", "nwc",     "nwc_depthwise", "nwc_winograd" };
static int               is_nwc(int form) { return form >= XB_CONV_NWC; }
static int               is_winograd(int form) { return form == XB_CONV_WINOGRAD || form == XB_CONV_NWC_WINOGRAD; }
static int is_blocked_in(int form) { return form == XB_CONV_BLOCKED || form == XB_CONV_DEPTHWISE || form == XB_CONV_WINOGRAD; }
static int is_blocked_out(int form) { return is_blocked_in(form) || form == XB_CONV_FIRST; }
static int64_t volume(const int64_t s[3]) { return s[0] * s[1] * s[2]; }

static void set_out(problem *p, int axis, int64_t output_padding) {
    xb_conv_args *a = &p->a;
    int64_t       reach = (a->kernel[axis] - 1) * a->dilation[axis] + 1;
    if (a->transposed)
        a->out[axis] = (a->in[axis] - 1) * a->stride[axis] + reach - a->pad[axis] - p->pad_end[axis] + output_padding;
    else a->out[axis] = (a->in[axis] + a->pad[axis] + p->pad_end[axis] - reach) / a->stride[axis] + 1;
    if (a->out[axis] < 0 || a->in[axis] + a->pad[axis] + p->pad_end[axis] < reach)
        a->out[axis] = a->transposed ? a->out[axis] : 0;
    if (a->out[axis] < 0) a->out[axis] = 0;
}

/* A random problem that the form can do. */
static problem make_problem(const xb_isa *isa, int form) {
    for (;;) {
        problem p = { .a = { .batch = pick(1, 2), .groups = 1, .channels_in = pick(1, 40), .channels_out = pick(1, 70) } };
        xb_conv_args *a = &p.a;
        int           one = is_nwc(form) || (form == XB_CONV_WINOGRAD && pick(0, 3) == 0);
        int           dims = form == XB_CONV_DENSE ? (int)pick(1, 3) : one ? 1 : 2;
        if (form == XB_CONV_FIRST) a->channels_in = pick(1, 4);
        if (form == XB_CONV_NWC && pick(0, 3) == 0) a->channels_in = pick(1, 2);
        a->transposed = !is_winograd(form) && pick(0, 2) == 0;
        if (form == XB_CONV_DEPTHWISE || form == XB_CONV_NWC_DEPTHWISE) a->channels_out = a->groups = a->channels_in;
        else if (!is_winograd(form) && pick(0, 3) == 0) {
            int64_t unit = is_blocked_in(form) || form == XB_CONV_FIRST ? xb_conv_block(isa) : 1;
            a->groups = pick(2, 3);
            a->channels_in = a->groups * pick(1, 3) * (form == XB_CONV_FIRST ? 1 : unit);
            a->channels_out = a->groups * pick(1, 3) * unit;
        }
        for (int i = 0; i < 3; i++) {
            a->in[i] = a->out[i] = a->kernel[i] = a->stride[i] = a->dilation[i] = 1;
            if (i < 3 - dims) continue;
            a->in[i] = pick(1, dims == 1 ? 60 : dims == 2 ? 20 : 6);
            a->kernel[i] = pick(1, dims == 1 ? 8 : 4);
            a->stride[i] = pick(0, 1) ? 1 : pick(1, 3);
            a->dilation[i] = pick(0, 1) ? 1 : pick(1, 3);
            if (is_winograd(form)) a->kernel[i] = one ? pick(3, 12) : 3;
            if (is_winograd(form)) a->stride[i] = 1;
            if (is_winograd(form) && !one) a->dilation[i] = 1;
            a->pad[i] = pick(0, 1) ? a->kernel[i] / 2 : pick(0, 4);
            p.pad_end[i] = pick(0, 1) ? a->kernel[i] / 2 : pick(0, 4);
            set_out(&p, i, pick(0, 1) ? pick(0, a->stride[i] - 1) : 0);
        }
        if (xb_conv_fits(isa, (xb_conv_form)form, a)) return p;
    }
}

/* ---- layouts ---- */

/* Place of (item, channel, point) in a form's layout. */
static int64_t place(int blocked, int nwc, int64_t c, int64_t channels, int64_t points, int64_t n, int64_t ch, int64_t q) {
    if (nwc) return (n * points + q) * channels + ch;
    if (!blocked) return (n * channels + ch) * points + q;
    return ((n * ((channels + c - 1) / c) + ch / c) * points + q) * c + ch % c;
}
static int64_t padded(int blocked, int64_t c, int64_t channels) { return blocked ? (channels + c - 1) / c * c : channels; }

static float *numbers(int64_t count) { /* exactly as many as there are, so that the address sanitizer sees the end */
    float *p = malloc((size_t)count * sizeof *p + (count == 0));
    if (!p) exit(2);
    return p;
}

static void lay_out(float *to, const float *from, int blocked, int nwc, int64_t c, int64_t n, int64_t channels,
                    int64_t points) {
    memset(to, 0, (size_t)(n * padded(blocked, c, channels) * points) * sizeof *to);
    for (int64_t i = 0; i < n * channels * points; i++)
        to[place(blocked, nwc, c, channels, points, i / points / channels, i / points % channels, i % points)] = from[i];
}

/* ---- the definition ---- */

/* Of one output: the value before bias, the sum of absolute products and the largest of them, the number of products. */
static double define(const problem *p, const float *x, const float *w, int64_t n, int64_t o, int64_t q, double *absolute,
                     int64_t *terms) {
    const xb_conv_args *a = &p->a;
    int64_t             ci = a->channels_in / a->groups, co = a->channels_out / a->groups, kernel = volume(a->kernel);
    int64_t             at[3] = { q / a->out[2] / a->out[1], q / a->out[2] % a->out[1], q % a->out[2] };
    double              sum = 0;
    *absolute = 0, *terms = 0;
    for (int64_t k = 0; k < kernel; k++) {
        int64_t tap[3] = { k / a->kernel[2] / a->kernel[1], k / a->kernel[2] % a->kernel[1], k % a->kernel[2] }, from = 0;
        int     inside = 1;
        for (int d = 0; d < 3; d++) {
            int64_t j = a->transposed ? at[d] + a->pad[d] - tap[d] * a->dilation[d]
                                      : at[d] * a->stride[d] - a->pad[d] + tap[d] * a->dilation[d];
            if (a->transposed && j % a->stride[d]) inside = 0;
            if (a->transposed) j /= a->stride[d];
            if (j < 0 || j >= a->in[d]) inside = 0;
            from = from * a->in[d] + j;
        }
        for (int64_t i = 0; i < ci && inside; i++) {
            int64_t channel = o / co * ci + i;
            double  weight = (double)(a->transposed ? w[(channel * co + o % co) * kernel + k] : w[(o * ci + i) * kernel + k]);
            double  product = weight * (double)x[(n * a->channels_in + channel) * volume(a->in) + from];
            sum += product;
            *absolute += fabs(product);
            ++*terms;
        }
    }
    return sum;
}

/* ---- one case ---- */

typedef struct data {
    float *x, *w, *bias, *residual, *scale; /* dense */
    float *x_form, *y_form, *y_back, *packed, *residual_form, *scale_form;
    char  *scratch;
} data;

static void drop(data *d) {
    float *all[] = { d->x,      d->w,      d->bias,   d->residual,      d->scale,     d->x_form,
                     d->y_form, d->y_back, d->packed, d->residual_form, d->scale_form };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) free(all[i]);
    free(d->scratch);
}

static float *random_numbers(int64_t count, float scale) {
    float *p = numbers(count);
    for (int64_t i = 0; i < count; i++) p[i] = isas_uniform(&seed, -scale, scale);
    return p;
}

static void run_chunks(const xb_work *work, const xb_conv_args *a, char *scratch, int backwards) {
    for (int32_t i = 0; i < work->chunks; i++) {
        memset(scratch, 0xff, (size_t)work->scratch_bytes); /* NaN */
        work->run(a, backwards ? work->chunks - 1 - i : i, scratch);
    }
}

static void say(const xb_isa *isa, int form, const problem *p) {
    const xb_conv_args *a = &p->a;
    printf("  %s %s%s: n %d, %d -> %d, groups %d", isa->name, form_names[form], a->transposed ? " transposed" : "",
           (int)a->batch, (int)a->channels_in, (int)a->channels_out, (int)a->groups);
    for (int i = 0; i < 3; i++)
        printf(", in %d out %d k %d s %d d %d p %d", (int)a->in[i], (int)a->out[i], (int)a->kernel[i], (int)a->stride[i],
               (int)a->dilation[i], (int)a->pad[i]);
    printf("\n");
}

enum { WITH_BIAS = 1, WITH_EPILOGUE = 2, WITH_NAN = 4 };

static int check_value(float found, double wanted, double tolerance, const char *what) {
    int ok = isnan(wanted) ? isnan(found) : isinf(wanted) ? (double)found == wanted : fabs((double)found - wanted) <= tolerance;
    if (!ok) printf("  %s: %.9g, wanted %.9g within %.3g\n", what, (double)found, wanted, tolerance);
    return ok;
}

/* Runs p in the form and compares; the first wrong value is told. */
static void try_problem(const xb_isa *isa, int form, problem p, int with) {
    xb_conv_args *a = &p.a;
    int64_t       c = xb_conv_block(isa), in = volume(a->in), out = volume(a->out), n = a->batch, co = a->channels_out;
    int           b_in = is_blocked_in(form), b_out = is_blocked_out(form), nwc = is_nwc(form), failures = check_failures;
    int64_t       x_count = n * padded(b_in, c, a->channels_in) * in, y_count = n * padded(b_out, c, co) * out;
    int64_t       w_count = a->channels_in * (co / a->groups) * volume(a->kernel);
    data          d = { .x = random_numbers(n * a->channels_in * in, 1),
                        .w = random_numbers(w_count, 1),
                        .bias = random_numbers(co, 1),
                        .residual = random_numbers(n * co * out, 1),
                        .scale = random_numbers(co, 1) };
    if (with & WITH_NAN && n * a->channels_in * in > 0) d.x[pick(0, n * a->channels_in * in - 1)] = pick(0, 1) ? NAN : INFINITY;
    d.x_form = numbers(x_count);
    lay_out(d.x_form, d.x, b_in, nwc, c, n, a->channels_in, in);
    d.y_form = numbers(y_count), d.y_back = numbers(y_count);
    d.residual_form = numbers(y_count);
    lay_out(d.residual_form, d.residual, b_out, nwc, c, n, co, out);
    d.scale_form = numbers(padded(b_out, c, co));
    memset(d.scale_form, 0, (size_t)padded(b_out, c, co) * sizeof(float));
    memcpy(d.scale_form, d.scale, (size_t)co * sizeof(float));
    d.packed = numbers(xb_conv_pack_size(isa, (xb_conv_form)form, a) / 4);
    xb_conv_pack(isa, (xb_conv_form)form, a, d.w, d.packed);

    int         per_row = form == XB_CONV_DENSE;
    xb_epilogue e = { .count = 4,
                      .steps = { { .op = XB_EP_LEAKY_RELU, .a = 0.25f },
                                 { .op = XB_EP_MUL,
                                   .from = per_row ? XB_EP_ROW : XB_EP_COL,
                                   .data = d.scale_form,
                                   .stride = per_row ? co : 0 },
                                 { .op = XB_EP_ADD,
                                   .from = XB_EP_FULL,
                                   .data = d.residual_form,
                                   .stride = nwc     ? co
                                             : b_out ? c
                                                     : out },
                                 { .op = XB_EP_LINEAR, .a = 0.5f, .b = 0.25f } } };
    a->x = d.x_form, a->w = d.packed, a->y = d.y_form;
    a->bias = with & WITH_BIAS ? d.bias : NULL;
    a->epilogue = with & WITH_EPILOGUE ? &e : NULL;
    xb_work work = xb_conv_work(isa, (xb_conv_form)form, a);
    d.scratch = malloc((size_t)work.scratch_bytes + 1);
    memset(d.y_form, 0xff, (size_t)y_count * sizeof(float));
    run_chunks(&work, a, d.scratch, 0);
    a->y = d.y_back;
    memset(d.y_back, 0xff, (size_t)y_count * sizeof(float));
    run_chunks(&work, a, d.scratch, 1);
    CHECK(memcmp(d.y_form, d.y_back, (size_t)y_count * sizeof(float)) == 0);

    for (int64_t i = 0; i < n * co * out; i++) {
        double  absolute;
        int64_t terms, o = i / out % co;
        double  wanted = define(&p, d.x, d.w, i / out / co, o, i % out, &absolute, &terms), u = 0x1p-24;
        double  tolerance = (double)terms * u * absolute + 0x1p-140;
        if (is_winograd(form)) tolerance = 8 * u * (double)(a->channels_in * volume(a->kernel) + 24);
        if (with & WITH_BIAS) wanted += (double)d.bias[o], tolerance += 2 * u * (absolute + 1);
        if (with & WITH_EPILOGUE) {
            if (wanted < 0) wanted *= 0.25;
            wanted = 0.5 * (wanted * (double)d.scale[o] + (double)d.residual[i]) + 0.25;
            tolerance += 4 * u * (absolute + 2);
        }
        float found = d.y_form[place(b_out, nwc, c, co, out, i / out / co, o, i % out)];
        CHECK(check_value(found, wanted, tolerance, form_names[form]));
        if (check_failures > failures) break;
    }
    if (b_out) /* the channels that are not there are 0 */
        for (int64_t item = 0; item < n; item++)
            for (int64_t ch = co; ch < padded(1, c, co); ch++)
                for (int64_t q = 0; q < out; q++)
                    if (check_failures == failures) CHECK(d.y_form[place(1, 0, c, padded(1, c, co), out, item, ch, q)] == 0);
    if (check_failures > failures) say(isa, form, &p);
    drop(&d);
}

/* ---- tests ---- */

static void every_form_agrees(void) {
    for (int form = 0; form < XB_CONV_FORMS; form++) ISAS_EACH(isa) {
            seed = 7 + (uint32_t)form;
            for (int i = 0; i < CHECK_ROUNDS(100); i++) try_problem(isa, form, make_problem(isa, form), i & 3);
        }
}

/* A value that is not a number reaches exactly the results that it should: not the neighbours, not the channels that are not
 * there. Not in Winograd's forms, where it reaches its whole tile. */
static void nan_stays_where_it_belongs(void) {
    for (int form = 0; form < XB_CONV_FORMS; form++) ISAS_EACH(isa) {
            seed = 70 + (uint32_t)form;
            if (is_winograd(form)) continue;
            for (int i = 0; i < CHECK_ROUNDS(40); i++) {
                problem p = make_problem(isa, form);
                try_problem(isa, form, p, (i & 3) | WITH_NAN);
            }
        }
}

static problem small_problem(int form) {
    problem p = { .a = { .batch = 1,
                         .groups = 1,
                         .channels_in = 5,
                         .channels_out = 5,
                         .in = { 1, is_nwc(form) ? 1 : 4, 4 },
                         .out = { 1, is_nwc(form) ? 1 : 4, 4 },
                         .kernel = { 1, is_nwc(form) ? 1 : 3, 3 },
                         .stride = { 1, 1, 1 },
                         .dilation = { 1, 1, 1 },
                         .pad = { 0, is_nwc(form) ? 0 : 1, 1 } } };
    if (form == XB_CONV_DEPTHWISE || form == XB_CONV_NWC_DEPTHWISE) p.a.groups = 5;
    return p;
}

static void sizes_of_nothing(void) {
    for (int form = 0; form < XB_CONV_FORMS; form++) ISAS_EACH(isa) {
            problem p = small_problem(form);
            p.a.batch = 0;
            try_problem(isa, form, p, 3);
            p = small_problem(form);
            p.a.out[2] = 0;
            try_problem(isa, form, p, 3);
            p = small_problem(form); /* all padding */
            p.a.in[2] = 0;
            p.a.out[2] = 1;
            p.a.pad[2] = 2;
            try_problem(isa, form, p, 3);
            p = small_problem(form); /* a kernel larger than the input, one point */
            p.a.in[2] = 1;
            p.a.out[2] = 1;
            if (!is_nwc(form)) p.a.in[1] = p.a.out[1] = 1;
            try_problem(isa, form, p, 3);
            if (form == XB_CONV_DEPTHWISE || form == XB_CONV_NWC_DEPTHWISE) continue;
            p = small_problem(form); /* no channels: the bias */
            p.a.channels_in = 0;
            try_problem(isa, form, p, 3);
        }
}

/* Large enough for several chunks in every direction, against BLOCKED's or NWC's plain sums: float64 would take long. */
static void many_chunks(void) {
    static const struct {
        int     form;
        int64_t in, out, height, width, kernel, dilation, chunks;
    } cases[] = { { XB_CONV_DENSE, 40, 70, 9, 300, 3, 1, 4 },       { XB_CONV_DENSE, 260, 300, 3, 40, 3, 1, 2 },
                  { XB_CONV_DENSE, 20, 2, 50, 300, 3, 1, 3 },       { XB_CONV_BLOCKED, 40, 70, 9, 300, 3, 1, 4 },
                  { XB_CONV_BLOCKED, 260, 300, 3, 40, 3, 1, 4 },    { XB_CONV_BLOCKED, 130, 70, 30, 30, 1, 1, 3 },
                  { XB_CONV_FIRST, 3, 20, 90, 80, 3, 1, 2 },        { XB_CONV_DEPTHWISE, 40, 40, 100, 100, 3, 1, 3 },
                  { XB_CONV_WINOGRAD, 40, 70, 30, 300, 3, 1, 4 },   { XB_CONV_WINOGRAD, 260, 290, 13, 14, 3, 1, 2 },
                  { XB_CONV_NWC, 60, 70, 1, 900, 7, 3, 4 },         { XB_CONV_NWC_DEPTHWISE, 40, 40, 1, 9000, 3, 2, 3 },
                  { XB_CONV_NWC_WINOGRAD, 60, 70, 1, 900, 7, 3, 4 } };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const int    form = cases[i].form, one = is_nwc(form);
        xb_conv_args a = { .batch = 1,
                           .groups = form == XB_CONV_DEPTHWISE || form == XB_CONV_NWC_DEPTHWISE ? cases[i].in : 1,
                           .channels_in = cases[i].in,
                           .channels_out = cases[i].out,
                           .in = { 1, cases[i].height, cases[i].width },
                           .out = { 1, cases[i].height, cases[i].width },
                           .kernel = { 1, one ? 1 : cases[i].kernel, cases[i].kernel },
                           .stride = { 1, 1, 1 },
                           .dilation = { 1, 1, cases[i].dilation } };
        a.pad[1] = a.kernel[1] / 2;
        a.pad[2] = a.kernel[2] / 2 * a.dilation[2];
        int64_t in = volume(a.in), out = volume(a.out), co = a.channels_out,
                terms = a.channels_in / a.groups * volume(a.kernel), w_count = terms * co;
        float  *x = random_numbers(a.channels_in * in, 1), *w = random_numbers(w_count, 1), *wanted = numbers(co * out);
        a.x = x, a.w = w, a.y = wanted;
        xb_work work = xb_conv_plain_work_f32(&a);
        for (int32_t j = 0; j < work.chunks; j++) work.run(&a, j, NULL);
        size_t turn = i;
        ISAS_EACH(isa) {
            if (CHECK_IS_EMULATED && turn++ % 2) continue; /* by turns: these are the largest of all */
            int64_t c = xb_conv_block(isa), failures = check_failures;
            float  *x_form = numbers(padded(is_blocked_in(form), c, a.channels_in) * in),
                  *y = numbers(padded(is_blocked_out(form), c, co) * out);
            float *packed = numbers(xb_conv_pack_size(isa, (xb_conv_form)form, &a) / 4);
            lay_out(x_form, x, is_blocked_in(form), one, c, 1, a.channels_in, in);
            xb_conv_pack(isa, (xb_conv_form)form, &a, w, packed);
            a.x = x_form, a.w = packed, a.y = y;
            work = xb_conv_work(isa, (xb_conv_form)form, &a);
            CHECK(work.chunks >= cases[i].chunks);
            char *scratch = malloc((size_t)work.scratch_bytes + 1);
            run_chunks(&work, &a, scratch, 1);
            /* both sums err by u sqrt(n) about, of numbers with a deviation of 1/3 sqrt(n): 64 times that is far out */
            double tolerance = 64 * 0x1p-24 * (double)terms / 3;
            for (int64_t q = 0; q < co * out && check_failures == failures; q++)
                CHECK(check_value(y[place(is_blocked_out(form), one, c, co, out, 0, q / out, q % out)], (double)wanted[q],
                                  tolerance, form_names[form]));
            free(x_form), free(y), free(packed), free(scratch);
        }
        free(x), free(w), free(wanted);
    }
}

/* Fewer columns give the same bits in those that are left: a value does not depend on its place in a tile. */
static void place_does_not_matter(void) {
    for (int form = 0; form < XB_CONV_FORMS; form++) ISAS_EACH(isa) {
            seed = 700 + (uint32_t)form;
            for (int i = 0; i < CHECK_ROUNDS(30); i++) {
                problem       p = make_problem(isa, form);
                xb_conv_args *a = &p.a;
                if (a->out[2] < 2 || volume(a->out) == 0) continue;
                int64_t c = xb_conv_block(isa), out = volume(a->out), co = a->channels_out, failures = check_failures;
                int64_t x_count = a->batch * padded(is_blocked_in(form), c, a->channels_in) * volume(a->in);
                int64_t y_count = a->batch * padded(is_blocked_out(form), c, co) * out;
                float  *x = random_numbers(x_count, 1),
                      *w = random_numbers(a->channels_in * co / a->groups * volume(a->kernel), 1);
                float *packed = numbers(xb_conv_pack_size(isa, (xb_conv_form)form, a) / 4),
                      *y[2] = { numbers(y_count), numbers(y_count) };
                int64_t shorter = a->out[2] - pick(1, a->out[2] - 1);
                xb_conv_pack(isa, (xb_conv_form)form, a, w, packed);
                a->x = x, a->w = packed;
                for (int turn = 0; turn < 2; turn++) {
                    if (turn) a->out[2] = shorter;
                    a->y = y[turn];
                    xb_work work = xb_conv_work(isa, (xb_conv_form)form, a);
                    char   *scratch = malloc((size_t)work.scratch_bytes + 1);
                    run_chunks(&work, a, scratch, 0);
                    free(scratch);
                }
                int64_t less = volume(a->out), wide = out / (a->out[0] * a->out[1]);
                for (int64_t j = 0; j < a->batch * co * less && check_failures == failures; j++) {
                    int64_t q = j % less, o = j / less % co, n = j / less / co;
                    CHECK(isas_same(
                        y[1][place(is_blocked_out(form), is_nwc(form), c, co, less, n, o, q)],
                        y[0][place(is_blocked_out(form), is_nwc(form), c, co, out, n, o, q / shorter * wide + q % shorter)]));
                }
                if (check_failures > failures) say(isa, form, &p);
                free(x), free(w), free(packed), free(y[0]), free(y[1]);
            }
        }
}

/* The plain form in both types. */
static void plain_agrees(void) {
    const xb_isa *isa = xb_isa_named("scalar");
    seed = 3;
    for (int i = 0; i < CHECK_ROUNDS(40); i++) {
        problem       p = make_problem(isa, XB_CONV_DENSE);
        xb_conv_args *a = &p.a;
        int64_t x_count = a->batch * a->channels_in * volume(a->in), y_count = a->batch * a->channels_out * volume(a->out);
        int64_t w_count = a->channels_in * (a->channels_out / a->groups) * volume(a->kernel);
        float  *x = random_numbers(x_count, 1), *w = random_numbers(w_count, 1), *y = numbers(y_count);
        double *x64 = malloc((size_t)x_count * 8 + 1), *w64 = malloc((size_t)w_count * 8 + 1),
               *y64 = malloc((size_t)y_count * 8 + 1);
        for (int64_t j = 0; j < x_count; j++) x64[j] = (double)x[j];
        for (int64_t j = 0; j < w_count; j++) w64[j] = (double)w[j];
        a->x = x, a->w = w, a->y = y;
        xb_work work = xb_conv_plain_work_f32(a);
        for (int32_t j = 0; j < work.chunks; j++) work.run(a, j, NULL);
        a->x = (float *)(void *)x64, a->w = (float *)(void *)w64, a->y = (float *)(void *)y64;
        work = xb_conv_plain_work_f64(a);
        for (int32_t j = 0; j < work.chunks; j++) work.run(a, j, NULL);
        int64_t out = volume(a->out);
        for (int64_t j = 0; j < y_count; j++) {
            double  absolute;
            int64_t terms;
            double  wanted = define(&p, x, w, j / out / a->channels_out, j / out % a->channels_out, j % out, &absolute, &terms);
            CHECK_NEAR(y[j], wanted, (double)(terms + 1) * 0x1p-24 * absolute);
            CHECK_NEAR(y64[j], wanted, (double)(terms + 1) * 0x1p-52 * absolute);
        }
        free(x), free(w), free(y), free(x64), free(w64), free(y64);
    }
}

CHECK_MAIN(RUN(every_form_agrees), RUN(nan_stays_where_it_belongs), RUN(sizes_of_nothing), RUN(many_chunks),
           RUN(place_does_not_matter), RUN(plain_agrees))
