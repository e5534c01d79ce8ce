/* kernel/fft_core.h - the text of the transforms of kernel/fft.c, included once for each element type.
 *
 *     #define XB_FFT_REAL     float
 *     #define XB_FFT_LANES    8
 *     #define XB_FFT(name)    name##_lanes
 *     #include "kernel/fft_core.h"
 *
 * A complex number is XB_FFT_LANES real parts, then as many imaginary ones: as many transforms run side by side, each by the
 * same operations, so that a result depends neither on its lane nor on the other lanes. The loops over lanes have a constant
 * count, which compilers turn into vectors.
 *
 * Stockham's self-sorting form (C. Van Loan, "Computational Frameworks for the Fast Fourier Transform", 1992, 1.7), by
 * decimation in frequency: a pass of radix r takes n = r m numbers, s of each, from x to y:
 *
 *     y[q + s (r p + k)] = w^(p k) sum over j < r of x[q + s (p + m j)] exp(-2 pi i j k / r),   w = exp(-2 pi i / n)
 *
 * and goes on with m numbers, s r of each. The inverse exchanges real and imaginary parts on both ends. */
typedef struct XB_FFT(twist) {
    XB_FFT_REAL re, im;
} XB_FFT(twist);

#define XB_FFT_TWIST XB_FFT(twist)
#define XB_FFT_SIZE  (2 * XB_FFT_LANES)
#define XB_FFT_EACH  XB_APART for (int l = 0; l < XB_FFT_LANES; l++)
/* out = (a + i b) w, for lane l */
#define XB_FFT_PUT(out, w, a, b) ((out)[l] = (a) * (w).re - (b) * (w).im, (out)[l + XB_FFT_LANES] = (a) * (w).im + (b) * (w).re)

static void XB_FFT(radix2)(int64_t s, int64_t step, XB_FFT_TWIST w, const XB_FFT_REAL *restrict x, XB_FFT_REAL *restrict y) {
    for (int64_t q = 0; q < s; q++, x += XB_FFT_SIZE, y += XB_FFT_SIZE) {
        const XB_FFT_REAL *a = x, *b = x + step;
        XB_FFT_REAL       *c = y, *d = y + s * XB_FFT_SIZE;
        XB_FFT_EACH {
            XB_FFT_REAL ar = a[l], ai = a[l + XB_FFT_LANES], br = b[l], bi = b[l + XB_FFT_LANES];
            c[l] = ar + br, c[l + XB_FFT_LANES] = ai + bi;
            XB_FFT_PUT(d, w, ar - br, ai - bi);
        }
    }
}

static void XB_FFT(radix3)(int64_t s, int64_t step, const XB_FFT_TWIST *w, const XB_FFT_REAL *restrict x,
                           XB_FFT_REAL *restrict y) {
    const XB_FFT_REAL sine = (XB_FFT_REAL)0.86602540378443864676;
    for (int64_t q = 0; q < s; q++, x += XB_FFT_SIZE, y += XB_FFT_SIZE) {
        const XB_FFT_REAL *a = x, *b = a + step, *c = b + step;
        XB_FFT_REAL       *y0 = y, *y1 = y0 + s * XB_FFT_SIZE, *y2 = y1 + s * XB_FFT_SIZE;
        XB_FFT_EACH {
            XB_FFT_REAL br = b[l], bi = b[l + XB_FFT_LANES], cr = c[l], ci = c[l + XB_FFT_LANES];
            XB_FFT_REAL pr = br + cr, pi = bi + ci, mr = sine * (br - cr), mi = sine * (bi - ci);
            XB_FFT_REAL hr = a[l] - pr / 2, hi = a[l + XB_FFT_LANES] - pi / 2;
            y0[l] = a[l] + pr, y0[l + XB_FFT_LANES] = a[l + XB_FFT_LANES] + pi;
            XB_FFT_PUT(y1, w[1], hr + mi, hi - mr);
            XB_FFT_PUT(y2, w[2], hr - mi, hi + mr);
        }
    }
}

static void XB_FFT(radix4)(int64_t s, int64_t step, const XB_FFT_TWIST *w, const XB_FFT_REAL *restrict x,
                           XB_FFT_REAL *restrict y) {
    for (int64_t q = 0; q < s; q++, x += XB_FFT_SIZE, y += XB_FFT_SIZE) {
        const XB_FFT_REAL *a = x, *b = a + step, *c = b + step, *d = c + step;
        XB_FFT_REAL       *y0 = y, *y1 = y0 + s * XB_FFT_SIZE, *y2 = y1 + s * XB_FFT_SIZE, *y3 = y2 + s * XB_FFT_SIZE;
        XB_FFT_EACH {
            XB_FFT_REAL pr = a[l] + c[l], pi = a[l + XB_FFT_LANES] + c[l + XB_FFT_LANES];
            XB_FFT_REAL mr = a[l] - c[l], mi = a[l + XB_FFT_LANES] - c[l + XB_FFT_LANES];
            XB_FFT_REAL ur = b[l] + d[l], ui = b[l + XB_FFT_LANES] + d[l + XB_FFT_LANES];
            XB_FFT_REAL vr = b[l] - d[l], vi = b[l + XB_FFT_LANES] - d[l + XB_FFT_LANES];
            y0[l] = pr + ur, y0[l + XB_FFT_LANES] = pi + ui;
            XB_FFT_PUT(y1, w[1], mr + vi, mi - vr);
            XB_FFT_PUT(y2, w[2], pr - ur, pi - ui);
            XB_FFT_PUT(y3, w[3], mr - vi, mi + vr);
        }
    }
}

static void XB_FFT(radix5)(int64_t s, int64_t step, const XB_FFT_TWIST *w, const XB_FFT_REAL *restrict x,
                           XB_FFT_REAL *restrict y) {
    const XB_FFT_REAL c1 = (XB_FFT_REAL)0.30901699437494742410, s1 = (XB_FFT_REAL)0.95105651629515357212; /* of 2 pi / 5 */
    const XB_FFT_REAL c2 = (XB_FFT_REAL)-0.80901699437494742410, s2 = (XB_FFT_REAL)0.58778525229247312917;
    for (int64_t q = 0; q < s; q++, x += XB_FFT_SIZE, y += XB_FFT_SIZE) {
        const XB_FFT_REAL *a = x, *b = a + step, *c = b + step, *d = c + step, *e = d + step;
        XB_FFT_REAL       *y0 = y, *y1 = y0 + s * XB_FFT_SIZE, *y2 = y1 + s * XB_FFT_SIZE, *y3 = y2 + s * XB_FFT_SIZE,
                    *y4 = y3 + s * XB_FFT_SIZE;
        XB_FFT_EACH {
            XB_FFT_REAL ar = a[l], ai = a[l + XB_FFT_LANES];
            XB_FFT_REAL pr = b[l] + e[l], pi = b[l + XB_FFT_LANES] + e[l + XB_FFT_LANES];
            XB_FFT_REAL mr = b[l] - e[l], mi = b[l + XB_FFT_LANES] - e[l + XB_FFT_LANES];
            XB_FFT_REAL ur = c[l] + d[l], ui = c[l + XB_FFT_LANES] + d[l + XB_FFT_LANES];
            XB_FFT_REAL vr = c[l] - d[l], vi = c[l + XB_FFT_LANES] - d[l + XB_FFT_LANES];
            XB_FFT_REAL fr = ar + c1 * pr + c2 * ur, fi = ai + c1 * pi + c2 * ui;
            XB_FFT_REAL gr = ar + c2 * pr + c1 * ur, gi = ai + c2 * pi + c1 * ui;
            XB_FFT_REAL hr = s1 * mr + s2 * vr, hi = s1 * mi + s2 * vi, kr = s2 * mr - s1 * vr, ki = s2 * mi - s1 * vi;
            y0[l] = ar + pr + ur, y0[l + XB_FFT_LANES] = ai + pi + ui;
            XB_FFT_PUT(y1, w[1], fr + hi, fi - hr);
            XB_FFT_PUT(y2, w[2], gr + ki, gi - kr);
            XB_FFT_PUT(y3, w[3], gr - ki, gi + kr);
            XB_FFT_PUT(y4, w[4], fr - hi, fi + hr);
        }
    }
}

/* Any radix by the sum itself; root: of all `total` numbers. */
static void XB_FFT(radix_any)(int64_t radix, int64_t s, int64_t step, const XB_FFT_TWIST *w, const XB_FFT_TWIST *root,
                              int64_t total, const XB_FFT_REAL *restrict x, XB_FFT_REAL *restrict y) {
    for (int64_t q = 0; q < s; q++, x += XB_FFT_SIZE, y += XB_FFT_SIZE)
        for (int64_t k = 0; k < radix; k++) {
            XB_FFT_REAL re[XB_FFT_LANES] = { 0 }, im[XB_FFT_LANES] = { 0 }, *out = y + k * s * XB_FFT_SIZE;
            for (int64_t j = 0; j < radix; j++) {
                const XB_FFT_REAL *a = x + j * step;
                XB_FFT_TWIST       t = root[j * k % radix * (total / radix)];
                XB_FFT_EACH {
                    re[l] += a[l] * t.re - a[l + XB_FFT_LANES] * t.im;
                    im[l] += a[l] * t.im + a[l + XB_FFT_LANES] * t.re;
                }
            }
            XB_FFT_EACH XB_FFT_PUT(out, w[k], re[l], im[l]);
        }
}

/* n numbers from x by way of y; gives the one of the two that holds the result. Table: n roots. n has no prime factor above
 * XB_FFT_PRIME. */
static XB_FFT_REAL *XB_FFT(smooth)(int64_t n, const XB_FFT_REAL *table, XB_FFT_REAL *x, XB_FFT_REAL *y) {
    const XB_FFT_TWIST *root = (const void *)table;
    XB_FFT_TWIST        w[XB_FFT_PRIME + 1];
    for (int64_t left = n, s = 1; left > 1;) {
        int64_t radix = next_radix(left), m = left / radix, step = m * s * XB_FFT_SIZE;
        for (int64_t p = 0; p < m; p++) {
            const XB_FFT_REAL *from = x + p * s * XB_FFT_SIZE;
            XB_FFT_REAL       *to = y + p * radix * s * XB_FFT_SIZE;
            for (int64_t k = 0; k < radix; k++) w[k] = root[p * k * s];
            switch (radix) {
            case 2: XB_FFT(radix2)(s, step, w[1], from, to); break;
            case 3: XB_FFT(radix3)(s, step, w, from, to); break;
            case 4: XB_FFT(radix4)(s, step, w, from, to); break;
            case 5: XB_FFT(radix5)(s, step, w, from, to); break;
            default: XB_FFT(radix_any)(radix, s, step, w, root, n, from, to); break;
            }
        }
        XB_FFT_REAL *swap = x;
        x = y, y = swap;
        left = m, s *= radix;
    }
    return x;
}

/* y[k] = x[k] w[k]; x may be y. */
static void XB_FFT(twisted)(int64_t n, const XB_FFT_TWIST *w, const XB_FFT_REAL *x, XB_FFT_REAL *y) {
    for (int64_t k = 0; k < n; k++, x += XB_FFT_SIZE, y += XB_FFT_SIZE) {
        XB_FFT_REAL a[XB_FFT_SIZE];
        memcpy(a, x, sizeof a);
        XB_FFT_EACH XB_FFT_PUT(y, w[k], a[l], a[l + XB_FFT_LANES]);
    }
}

/* Bluestein's convolution: the transform of the product is made by the forward one, of the conjugate. Table: n chirp factors,
 * the transform of the chirp [m] by 1/m, m roots. Scratch: 2 m numbers; the result is in x. */
static void XB_FFT(chirped)(int64_t n, const XB_FFT_REAL *table, XB_FFT_REAL *x, XB_FFT_REAL *scratch) {
    int64_t             m = padded(n);
    const XB_FFT_TWIST *chirp = (const void *)table, *spectrum = chirp + n;
    const XB_FFT_REAL  *root = (const void *)(spectrum + m);
    XB_FFT_REAL        *a = scratch, *b = scratch + m * XB_FFT_SIZE, *y;
    XB_FFT(twisted)(n, chirp, x, a);
    memset(a + n * XB_FFT_SIZE, 0, (size_t)((m - n) * XB_FFT_SIZE) * sizeof *a);
    y = XB_FFT(smooth)(m, root, a, b);
    XB_FFT(twisted)(m, spectrum, y, y);
    for (int64_t k = 0; k < m * XB_FFT_SIZE; k += XB_FFT_SIZE) XB_FFT_EACH y[k + l + XB_FFT_LANES] = -y[k + l + XB_FFT_LANES];
    y = XB_FFT(smooth)(m, root, y, y == a ? b : a);
    for (int64_t k = 0; k < n * XB_FFT_SIZE; k += XB_FFT_SIZE) XB_FFT_EACH y[k + l + XB_FFT_LANES] = -y[k + l + XB_FFT_LANES];
    XB_FFT(twisted)(n, chirp, y, x);
}
