/* The transforms against the sum of their definition, linearity, Parseval's equation, lanes that do not know each other. */
#include "kernel/fft.h"

#include "check.h"

#define PI 3.14159265358979323846

enum { LONGEST = 3000 };
static const int64_t lengths[] = { 1,   2,   3,   4,    5,    6,    7,    8,    9,    10,   11,   12,  13,  15,
                                   16,  17,  25,  29,   31,   32,   37,   48,   60,   64,   81,   97,  100, 121,
                                   127, 128, 200, 210,  256,  321,  400,  401,  480,  509,  512,  600, 625, 640,
                                   720, 960, 961, 1021, 1024, 1103, 1200, 1331, 1536, 2000, 2048, 2310 };
enum { LENGTHS = sizeof lengths / sizeof lengths[0] };

static uint32_t state = 1;
static double   chance(void) { /* -1..1 */
    state = state * 1664525u + 1013904223u;
    return (double)(state >> 8) / (1 << 23) - 1;
}

/* Room for any length up to LONGEST. */
static double *table, *scratch, *x, *y, *wanted;
static float  *ftable, *fdata, *fout, *fscratch;

static void begin(void) {
    int64_t size = 0, most = 0;
    for (int64_t n = 1; n <= LONGEST; n++) {
        if (xb_rfft_table_size(n) > size) size = xb_rfft_table_size(n);
        if (xb_fft_table_size(n) > size) size = xb_fft_table_size(n);
        if (xb_rfft_scratch_size(n) > most) most = xb_rfft_scratch_size(n);
        if (xb_fft_scratch_size(n) > most) most = xb_fft_scratch_size(n);
    }
    table = calloc((size_t)size, sizeof *table), scratch = calloc((size_t)most, sizeof *scratch);
    x = calloc(2 * LONGEST, sizeof *x), y = calloc(2 * LONGEST, sizeof *y), wanted = calloc(2 * LONGEST, sizeof *wanted);
    ftable = calloc((size_t)size, sizeof *ftable), fscratch = calloc((size_t)most + 1, sizeof *fscratch);
    fdata = calloc(XB_LANES * LONGEST, sizeof *fdata), fout = calloc(XB_LANES * (LONGEST + 2), sizeof *fout);
}

static void end(void) {
    void *all[] = { table, scratch, x, y, wanted, ftable, fscratch, fdata, fout };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) free(all[i]);
}

/* The definition; the angle's multiple is reduced first, so that it is exact, and one of n. */
static void plain(int64_t n, int64_t bins, double sign, const double *from, double *to) {
    static double cosines[LONGEST], sines[LONGEST];
    for (int64_t i = 0; i < n; i++) {
        double angle = sign * 2 * PI * (double)i / (double)n;
        cosines[i] = cos(angle), sines[i] = sin(angle);
    }
    for (int64_t k = 0; k < bins; k++) {
        double re = 0, im = 0;
        for (int64_t j = 0; j < n; j++) {
            double c = cosines[j * k % n], s = sines[j * k % n];
            re += from[2 * j] * c - from[2 * j + 1] * s;
            im += from[2 * j] * s + from[2 * j + 1] * c;
        }
        to[2 * k] = re, to[2 * k + 1] = im;
    }
}

static double largest(const double *v, int64_t count) {
    double most = 0;
    for (int64_t i = 0; i < count; i++) most = fmax(most, fabs(v[i]));
    return most;
}

static void complex_by_definition(void) {
    begin();
    double worst = 0;
    for (int i = 0; i < LENGTHS; i++)
        for (int inverse = 0; inverse < 2; inverse++) {
            int64_t n = lengths[i];
            xb_fft_table(n, table);
            for (int64_t j = 0; j < 2 * n; j++) x[j] = y[j] = chance();
            plain(n, n, inverse ? 1 : -1, x, wanted);
            xb_fft_run(n, table, inverse, y, scratch);
            double off = 0;
            for (int64_t j = 0; j < 2 * n; j++) off = check_worse(off, fabs(y[j] - wanted[j]));
            off /= largest(wanted, 2 * n) * (log2((double)n) + 1);
            if (!(off < 1e-15)) printf("length %d: %g\n", (int)n, off);
            CHECK(off < 1e-15);
            worst = check_worse(worst, off);
            xb_fft_run(n, table, !inverse, y, scratch); /* and back */
            for (int64_t j = 0; j < 2 * n; j++) CHECK_NEAR(y[j] / (double)n, x[j], 1e-14 * log2((double)n + 2));
        }
    printf("float64: %.3g log2 n at most\n", worst);
    end();
}

/* Lane l of fdata, as complex float64. */
static void lane_of(int64_t n, int l) {
    for (int64_t j = 0; j < n; j++) x[2 * j] = (double)fdata[j * XB_LANES + l], x[2 * j + 1] = 0;
}

static void real_by_definition(void) {
    begin();
    double worst = 0;
    for (int i = 0; i < LENGTHS; i++) {
        int64_t n = lengths[i], bins = n / 2 + 1;
        xb_rfft_table(n, ftable, table);
        for (int64_t j = 0; j < n * XB_LANES; j++) fdata[j] = (float)chance();
        for (int l = 0; l < XB_LANES; l += 3) {
            float *data = malloc((size_t)(n * XB_LANES) * sizeof *data);
            CHECK_OR_RETURN(data);
            memcpy(data, fdata, (size_t)(n * XB_LANES) * sizeof *data);
            lane_of(n, l);
            plain(n, bins, -1, x, wanted);
            xb_rfft_run(n, ftable, data, fout, fscratch);
            free(data);
            double off = 0;
            for (int64_t k = 0; k < bins; k++)
                for (int part = 0; part < 2; part++)
                    off = check_worse(off, fabs((double)fout[(2 * k + part) * XB_LANES + l] - wanted[2 * k + part]));
            off /= largest(wanted, 2 * bins) * (log2((double)n) + 1);
            if (!(off < 1e-7)) printf("length %d: %g\n", (int)n, off);
            CHECK(off < 1e-7);
            worst = check_worse(worst, off);
        }
    }
    printf("float32: %.3g log2 n at most\n", worst);
    end();
}

/* sum |x|^2 = sum |X|^2 / n, and the transform of a x + b y is a X + b Y. */
static void parseval_and_linearity(void) {
    begin();
    for (int64_t n = 1; n <= 700; n += 1 + n / 9) {
        double in = 0, out = 0, *sum = wanted;
        xb_fft_table(n, table);
        for (int64_t j = 0; j < 2 * n; j++) {
            x[j] = chance(), y[j] = chance(), sum[j] = 3 * x[j] - 0.5 * y[j];
            in += x[j] * x[j];
        }
        xb_fft_run(n, table, 0, x, scratch);
        xb_fft_run(n, table, 0, y, scratch);
        xb_fft_run(n, table, 0, sum, scratch);
        for (int64_t j = 0; j < 2 * n; j++) {
            out += x[j] * x[j] / (double)n;
            CHECK_NEAR(sum[j], 3 * x[j] - 0.5 * y[j], 1e-13 * (double)n);
        }
        CHECK_NEAR(out, in, 1e-14 * in * 10);
    }
    end();
}

/* What the other lanes hold, also if it is no number, changes no bit; nor does the lane. */
static void lanes_are_alone(void) {
    begin();
    for (int i = 0; i < LENGTHS; i++) {
        int64_t n = lengths[i], bins = n / 2 + 1;
        float   first[2 * (LONGEST / 2 + 1)];
        xb_rfft_table(n, ftable, table);
        for (int l = 0; l < XB_LANES; l++) {
            uint32_t seed = 77;
            for (int64_t j = 0; j < n * XB_LANES; j++) fdata[j] = l == 3 ? INFINITY : l == 5 ? NAN : (float)chance();
            for (int64_t j = 0; j < n; j++) {
                seed = seed * 1664525u + 1013904223u;
                fdata[j * XB_LANES + l] = (float)(seed >> 8) / (1 << 23) - 1;
            }
            xb_rfft_run(n, ftable, fdata, fout, fscratch);
            for (int64_t k = 0; k < 2 * bins; k++) {
                if (!l) first[k] = fout[k * XB_LANES];
                CHECK(first[k] == fout[k * XB_LANES + l]);
            }
        }
    }
    end();
}

CHECK_MAIN(RUN(complex_by_definition), RUN(real_by_definition), RUN(parseval_and_linearity), RUN(lanes_are_alone))
