/* kernel/fft.h - the discrete Fourier transform of any length: one complex transform in float64, or XB_LANES real ones side by
 * side in float32.
 *
 *     double *table = ...[xb_fft_table_size(n)];          // once for each length
 *     xb_fft_table(n, table);
 *     xb_fft_run(n, table, 0, data, scratch);             // data: n complex numbers, in place; scratch: xb_fft_scratch_size(n)
 *
 *     X[k] = sum over j of x[j] exp(-2 pi i j k / n);     inverse: exp(+...), without the 1/n
 *
 * Mixed radix: J. W. Cooley, J. W. Tukey, "An algorithm for the machine calculation of complex Fourier series" (1965), with
 * butterflies of 2, 3, 4, 5 and sums for primes to XB_FFT_PRIME (kernel/fft_core.h). A length with a larger prime factor: as a
 * convolution of a power of two, L. I. Bluestein, "A linear filtering approach to the computation of discrete Fourier
 * transform" (1970). Error, of the largest result: float64 below 1e-15 log2 n, float32 below 1e-7 log2 n
 * (tests/unit/kernel_fft.c). Complex numbers are pairs (real, imaginary). Pure; any thread. */
#ifndef XB_FFT_H
#define XB_FFT_H

#include "kernel/kernel.h"

enum {
    XB_FFT_PRIME = 31, /* the largest whose sum is faster than a convolution */
    XB_LANES = 8
};

/* In doubles; n at least 1, at most 2^28. */
int64_t xb_fft_table_size(int64_t n);
int64_t xb_fft_scratch_size(int64_t n);
void    xb_fft_table(int64_t n, double *table);
void    xb_fft_run(int64_t n, const double *table, int inverse, double *data, double *scratch);

/* Real to complex, XB_LANES transforms of n. data [n, XB_LANES] is overwritten; out [n / 2 + 1, 2, XB_LANES]: real parts, then
 * imaginary ones. A lane's bits depend on no other lane. Sizes in numbers: the table in floats, and as many doubles of
 * scratch to make it in. */
int64_t xb_rfft_table_size(int64_t n);
int64_t xb_rfft_scratch_size(int64_t n);
void    xb_rfft_table(int64_t n, float *table, double *scratch);
void    xb_rfft_run(int64_t n, const float *table, float *data, float *out, float *scratch);

/* Frames of a tensor: each is `count` numbers (real, or complex pairs) `step` apart, times a window, padded with zeros to n;
 * what comes out are `bins` complex numbers, or, with real_out, `bins` real ones (the inverse of a onesided spectrum). */
typedef struct xb_frames_args {
    const void   *in;     /* float32 or float64 */
    const void   *window; /* [count] of the same type, NULL: ones */
    void         *out;
    const double *table;
    int64_t       n, count, bins;
    int64_t       outer, frames, inner; /* frame (o, f, i) begins at in + o in_outer + f in_frame + i in_inner */
    int64_t       in_outer, in_frame, in_inner, in_step; /* in numbers (a complex pair counts as parts numbers) */
    int64_t       out_outer, out_frame, out_inner, out_step;
    int32_t       is_double, is_complex, inverse, is_half, real_out; /* is_half: the input is a onesided spectrum */
    int64_t       frames_per_chunk;                                  /* set by xb_frames_work */
} xb_frames_args;

xb_work xb_frames_work(xb_frames_args *a);

#endif
