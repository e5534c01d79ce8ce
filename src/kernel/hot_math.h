/* kernel/hot_math.h - elementary functions on vectors. Each is one sequence of operations without branches on values (but for
 * sin and cos beyond 1e5), so a value's result does not depend on its lane.
 *
 *     y = xb_vf_tanh(x);
 *
 *     function   largest error, ulp     where
 *     exp        2                      all; below -87.33654 (a denormal result) 0, above 88.72283 infinity
 *     expm1      3                      -80 <= x <= 80
 *     log        2                      normal numbers; +-0 and denormals -infinity, below NaN
 *     tanh       3                      all
 *     sigmoid    3                      all; a denormal result is 0
 *     erf        2                      all
 *     sin, cos   2 (2.1 without fma)    |x| <= 1e5; beyond that the C library's; infinities NaN
 *     softplus   3                      all: log(1 + exp x)
 *     NaN gives NaN. tests/unit/kernel_math.c measures these.
 *
 * METHOD. Argument reduction after W. J. Cody and W. Waite, "Software Manual for the Elementary Functions" (1980): n * c is
 * subtracted in parts of c that make the first products exact, with or without a fused multiply-add. Then a polynomial, made by
 * minimising the largest relative error over the reduced interval (Remez; J.-M. Muller, "Elementary Functions", 3rd ed., ch. 3)
 * with coefficients rounded to float32 one after the other. The error of each polynomial by itself stands beside it. */
#ifndef XB_HOT_MATH_H
#define XB_HOT_MATH_H

#include <math.h>

#include "kernel/vec.h"

/* c[0] + x (c[1] + x (c[2] + ...)) would be a loop; these are written out, highest first */
#define XB_HORNER(p, x, c) ((p) = xb_vf_fma((p), (x), xb_vf_set(c)))

/* ---- exp ---- */

/* To the nearest integer, |x| <= 2^22: with 1.5 * 2^23 added a float32 has no room for a fraction, and its low bits are the
 * integer's. *n is the integer, the result has its bits from the lowest on. */
#define XB_SHIFT 12582912.0f
XB_INLINE xb_vi xb_nearest(xb_vf shifted, xb_vf *n) {
    *n = xb_vf_sub(shifted, xb_vf_set(XB_SHIFT));
    return xb_vi_of(shifted);
}

/* x = n ln 2 + r, |r| <= ln 2 / 2; the result has n in its exponent bits */
XB_INLINE xb_vi xb_reduce_ln2(xb_vf x, xb_vf *r) {
    xb_vf n;
    xb_vi bits = xb_nearest(xb_vf_fma(x, xb_vf_set(1.44269504f), xb_vf_set(XB_SHIFT)), &n);
    *r = xb_vf_fnma(n, xb_vf_set(0.693359375f), x); /* 10 bits: n times it is exact */
    *r = xb_vf_fnma(n, xb_vf_set(-0x1.bd0106p-13f), *r);
    return xb_vi_shl(bits, 23);
}

/* (exp r - 1 - r) / r^2; 3.1e-9 of exp r */
XB_INLINE xb_vf xb_exp_tail(xb_vf r) {
    xb_vf p = xb_vf_set(0x1.6a4f6cp-10f);
    XB_HORNER(p, r, 0x1.12398p-7f);
    XB_HORNER(p, r, 0x1.5558aep-5f);
    XB_HORNER(p, r, 0x1.555492p-3f);
    return XB_HORNER(p, r, 0x1.fffffcp-2f);
}

/* exp r for the reduced r */
XB_INLINE xb_vf xb_exp_reduced(xb_vf r) {
    xb_vf one = xb_vf_set(1.0f);
    return xb_vf_fma(xb_vf_fma(xb_exp_tail(r), r, one), r, one);
}

/* exp x for x <= 88: 0 below the smallest normal number */
XB_INLINE xb_vf xb_exp_bounded(xb_vf x) {
    xb_vf r;
    xb_vi n = xb_reduce_ln2(x, &r);
    xb_vf y = xb_vf_mul(xb_exp_reduced(r), xb_vf_of(xb_vi_add(n, xb_vi_set(0x3f800000)))); /* 2^n */
    return xb_vf_select(xb_vf_lt(x, xb_vf_set(-87.33654f)), xb_vf_zero(), y);
}

/* n is added to the exponent, because 2^128 does not stand alone; a NaN's bits would be spoilt by that, so it goes the way of
 * what is too large. */
XB_INLINE xb_vf xb_vf_exp(xb_vf x) {
    xb_vf r;
    xb_vi n = xb_reduce_ln2(x, &r);
    xb_vf y = xb_vf_of(xb_vi_add(xb_vi_of(xb_exp_reduced(r)), n));
    y = xb_vf_select(xb_vf_lt(x, xb_vf_set(-87.33654f)), xb_vf_zero(), y);
    return xb_vf_select(xb_vf_le(x, xb_vf_set(0x1.62e42ep+6f)), y, xb_vf_add(x, xb_vf_set(INFINITY)));
}

/* exp x - 1 for |x| <= 80, right beside 0 too */
XB_INLINE xb_vf xb_vf_expm1(xb_vf x) {
    xb_vf r, one = xb_vf_set(1.0f);
    xb_vi n = xb_reduce_ln2(x, &r);
    xb_vf p = xb_vf_fma(xb_vf_mul(r, r), xb_exp_tail(r), r);
    xb_vf s = xb_vf_of(xb_vi_add(n, xb_vi_of(one))); /* 2^n */
    return xb_vf_fma(s, p, xb_vf_sub(s, one));
}

/* 1 / (1 + exp -x), by exp of a number <= 0 on both sides */
XB_INLINE xb_vf xb_vf_sigmoid(xb_vf x) {
    xb_vf one = xb_vf_set(1.0f), e = xb_exp_bounded(xb_vf_neg(xb_vf_abs(x)));
    return xb_vf_div(xb_vf_select(xb_vf_lt(x, xb_vf_zero()), e, one), xb_vf_add(one, e));
}

/* With e = exp(-2 |x|) - 1: tanh |x| = -e / (e + 2). Beyond 9.02 it is 1. */
XB_INLINE xb_vf xb_vf_tanh(xb_vf x) {
    xb_vf z = xb_vf_min(xb_vf_set(9.02f), xb_vf_abs(x));
    xb_vf e = xb_vf_expm1(xb_vf_mul(z, xb_vf_set(-2.0f)));
    xb_vf t = xb_vf_div(e, xb_vf_add(e, xb_vf_set(2.0f)));
    return xb_vf_or(xb_vf_abs(t), xb_vf_signbit(x));
}

/* ---- log ---- */

/* log(1 + f) + k ln 2 for sqrt(1/2) <= 1 + f <= sqrt 2; 5.9e-9 */
XB_INLINE xb_vf xb_log_near_one(xb_vf f, xb_vf k) {
    xb_vf z = xb_vf_mul(f, f), p = xb_vf_set(-0x1.38c8a8p-4f);
    XB_HORNER(p, f, 0x1.055e8p-3f);
    XB_HORNER(p, f, -0x1.0d824ep-3f);
    XB_HORNER(p, f, 0x1.22d934p-3f);
    XB_HORNER(p, f, -0x1.54728ap-3f);
    XB_HORNER(p, f, 0x1.99a01cp-3f);
    XB_HORNER(p, f, -0x1.000226p-2f);
    XB_HORNER(p, f, 0x1.555554p-2f);
    xb_vf y = xb_vf_mul(xb_vf_mul(f, z), p);
    y = xb_vf_fma(k, xb_vf_set(-0x1.bd0106p-13f), y);
    y = xb_vf_fnma(z, xb_vf_set(0.5f), y);
    return xb_vf_fma(k, xb_vf_set(0.693359375f), xb_vf_add(f, y));
}

XB_INLINE xb_vf xb_vf_log(xb_vf x) {
    xb_vi half = xb_vi_set(0x3f3504f3); /* sqrt(1/2): the exponent of x / sqrt(1/2) is k */
    xb_vi k = xb_vi_sar(xb_vi_sub(xb_vi_of(x), half), 23);
    xb_vf m = xb_vf_of(xb_vi_sub(xb_vi_of(x), xb_vi_shl(k, 23)));
    xb_vf y = xb_log_near_one(xb_vf_sub(m, xb_vf_set(1.0f)), xb_vf_from_vi(k));
    y = xb_vf_select(xb_vf_lt(x, xb_vf_set(INFINITY)), y, x);
    xb_vf smallest = xb_vf_set(0x1p-126f);
    xb_vf below = xb_vf_select(xb_vf_le(x, xb_vf_neg(smallest)), xb_vf_set(NAN), xb_vf_set(-INFINITY));
    return xb_vf_select(xb_vf_lt(x, smallest), below, y);
}

/* max(x, 0) + log(1 + exp -|x|). With e above sqrt 2 - 1, 1 + e = 2 (1 + (e - 1) / 2). */
XB_INLINE xb_vf xb_vf_softplus(xb_vf x) {
    xb_vf e = xb_exp_bounded(xb_vf_neg(xb_vf_abs(x))), one = xb_vf_set(1.0f);
    xb_vm large = xb_vf_gt(e, xb_vf_set(0.41421356f));
    xb_vf f = xb_vf_select(large, xb_vf_mul(xb_vf_sub(e, one), xb_vf_set(0.5f)), e);
    return xb_vf_add(xb_vf_max(xb_vf_zero(), x), xb_log_near_one(f, xb_vf_select(large, one, xb_vf_zero())));
}

/* ---- erf ---- */

/* Below 0.8 an odd polynomial (3.5e-9); above, 1 - exp(-q(|x|)) with q for -log(erfc x) (2.6e-9); from 3.95 on it is 1. */
XB_INLINE xb_vf xb_vf_erf(xb_vf x) {
    xb_vf a = xb_vf_abs(x), z = xb_vf_mul(x, x);
    xb_vf p = xb_vf_set(-0x1.575e2p-11f);
    XB_HORNER(p, z, 0x1.4d6dcp-8f);
    XB_HORNER(p, z, -0x1.b776p-6f);
    XB_HORNER(p, z, 0x1.ce2892p-4f);
    XB_HORNER(p, z, -0x1.812732p-2f);
    XB_HORNER(p, z, 0x1.06eba8p-3f);
    xb_vf near = xb_vf_fma(p, x, x);
    xb_vf t = xb_vf_min(xb_vf_set(3.95f), a);
    xb_vf q = xb_vf_set(0x1.b5ad4cp-13f);
    XB_HORNER(q, t, -0x1.9ed5dap-9f);
    XB_HORNER(q, t, 0x1.73e0f2p-6f);
    XB_HORNER(q, t, -0x1.ad939ap-4f);
    XB_HORNER(q, t, -0x1.45b45p-1f);
    XB_HORNER(q, t, -0x1.20d66cp+0f);
    XB_HORNER(q, t, -0x1.dc029p-15f);
    xb_vf far = xb_vf_sub(xb_vf_set(1.0f), xb_exp_bounded(q));
    return xb_vf_select(xb_vf_lt(a, xb_vf_set(0.8f)), near, xb_vf_or(far, xb_vf_signbit(x)));
}

/* ---- sin, cos ---- */

/* x - h pi, |x| <= 1e5, 2 h an integer of at most 16 bits. All parts are positive, so that 0 times them keeps x = -0. */
XB_INLINE xb_vf xb_reduce_pi(xb_vf x, xb_vf h) {
#if XB_VFMA
    x = xb_vf_fnma(h, xb_vf_set(0x1.921fb4p+1f), x);
    x = xb_vf_fnma(h, xb_vf_set(0x1.4442dp-23f), x);
    return xb_vf_fnma(h, xb_vf_set(0x1.846988p-47f), x);
#else
    return xb_vf_reduce64(x, h, 0x1.921fb5444p+1, 0x1.68c234c4c6629p-38);
#endif
}

/* sin r for |r| <= pi / 2, with the sign turned where k is odd; 6.2e-9 */
XB_INLINE xb_vf xb_sin_reduced(xb_vf r, xb_vi k) {
    xb_vf z = xb_vf_mul(r, r), p = xb_vf_set(0x1.5dc8c4p-19f);
    XB_HORNER(p, z, -0x1.9f70eep-13f);
    XB_HORNER(p, z, 0x1.110edap-7f);
    XB_HORNER(p, z, -0x1.55554cp-3f);
    xb_vf a = xb_vf_abs(r);
    xb_vf y = xb_vf_min(xb_vf_set(1.0f), xb_vf_fma(xb_vf_mul(p, z), a, a)); /* rounding may go one step beyond 1 */
    return xb_vf_xor(y, xb_vf_xor(xb_vf_signbit(r), xb_vf_of(xb_vi_shl(k, 31))));
}

/* The lanes beyond 1e5, one by one. */
XB_COLD xb_vf xb_sin_beyond(xb_vf x, xb_vf y, int is_cos) {
    float in[XB_VW], out[XB_VW];
    xb_vf_store(in, x);
    xb_vf_store(out, y);
    for (int i = 0; i < XB_VW; i++)
        if (!(fabsf(in[i]) <= 1e5f)) out[i] = is_cos ? cosf(in[i]) : sinf(in[i]);
    return xb_vf_load(out);
}
XB_INLINE int xb_is_beyond(xb_vf x) { return xb_vm_any(xb_vm_not(xb_vf_le(xb_vf_abs(x), xb_vf_set(1e5f)))); }

XB_INLINE xb_vf xb_vf_sin(xb_vf x) {
    xb_vf n;
    xb_vi k = xb_nearest(xb_vf_fma(x, xb_vf_set(0.318309886f), xb_vf_set(XB_SHIFT)), &n);
    xb_vf y = xb_sin_reduced(xb_reduce_pi(x, n), k);
    return xb_is_beyond(x) ? xb_sin_beyond(x, y, 0) : y;
}

/* cos x = -sin(x - pi / 2): with h = k + 1/2, x = h pi + r gives (-1)^(k + 1) sin r */
XB_INLINE xb_vf xb_vf_cos(xb_vf x) {
    xb_vf n, turns = xb_vf_fma(x, xb_vf_set(0.318309886f), xb_vf_set(-0.5f));
    xb_vi k = xb_nearest(xb_vf_add(turns, xb_vf_set(XB_SHIFT)), &n);
    xb_vf r = xb_reduce_pi(x, xb_vf_add(n, xb_vf_set(0.5f)));
    xb_vf y = xb_sin_reduced(r, xb_vi_add(k, xb_vi_set(1)));
    return xb_is_beyond(x) ? xb_sin_beyond(x, y, 1) : y;
}

/* ---- activations ---- */

/* x / 2 (1 + erf(x / sqrt 2)): D. Hendrycks, K. Gimpel, "Gaussian Error Linear Units" (2016) */
XB_INLINE xb_vf xb_vf_gelu(xb_vf x) {
    xb_vf h = xb_vf_mul(x, xb_vf_set(0.5f));
    return xb_vf_fma(h, xb_vf_erf(xb_vf_mul(x, xb_vf_set(0.707106781f))), h);
}

/* the same paper's approximation by tanh */
XB_INLINE xb_vf xb_vf_gelu_tanh(xb_vf x) {
    xb_vf h = xb_vf_mul(x, xb_vf_set(0.5f)), cubic = xb_vf_mul(xb_vf_set(0.044715f), xb_vf_mul(x, x));
    xb_vf u = xb_vf_mul(xb_vf_set(0.797884561f), xb_vf_fma(cubic, x, x));
    return xb_vf_fma(h, xb_vf_tanh(u), h);
}

/* x tanh(log(1 + e)), e = exp x: with w = e (e + 2) it is x w / (w + 2); from 20 on, x. D. Misra, "Mish" (2019) */
XB_INLINE xb_vf xb_vf_mish(xb_vf x) {
    xb_vf e = xb_exp_bounded(xb_vf_min(xb_vf_set(20.0f), x));
    xb_vf w = xb_vf_mul(e, xb_vf_add(e, xb_vf_set(2.0f)));
    return xb_vf_mul(x, xb_vf_div(w, xb_vf_add(w, xb_vf_set(2.0f))));
}

/* x max(0, min(1, x / 6 + 1 / 2)): A. Howard et al., "Searching for MobileNetV3" (2019) */
XB_INLINE xb_vf xb_vf_hard_swish(xb_vf x) {
    xb_vf gate = xb_vf_fma(x, xb_vf_set(1.0f / 6.0f), xb_vf_set(0.5f));
    return xb_vf_mul(x, xb_vf_max(xb_vf_zero(), xb_vf_min(xb_vf_set(1.0f), gate)));
}

/* x < 0 ? a (exp x - 1) : x: D.-A. Clevert et al., "Exponential Linear Units" (2015) */
XB_INLINE xb_vf xb_vf_elu(xb_vf x, xb_vf a) {
    return xb_vf_select(xb_vf_lt(x, xb_vf_zero()), xb_vf_mul(a, xb_vf_expm1(xb_vf_max(xb_vf_set(-80.0f), x))), x);
}

/* x + sin(x y)^2 / (y + b): L. Ziyin et al., "Neural Networks Fail to Learn Periodic Functions" (2020) */
XB_INLINE xb_vf xb_vf_snake(xb_vf x, xb_vf y, xb_vf b) {
    xb_vf s = xb_vf_sin(xb_vf_mul(x, y));
    return xb_vf_add(x, xb_vf_div(xb_vf_mul(s, s), xb_vf_add(y, b)));
}

/* ---- the C library's, lane by lane ---- */

/* Some libraries look at the bits, and would see a denormal. */
XB_INLINE xb_vf xb_vf_flush(xb_vf x) { return xb_vf_select(xb_vf_lt(xb_vf_abs(x), xb_vf_set(0x1p-126f)), xb_vf_signbit(x), x); }

XB_COLD xb_vf xb_vf_by_lane(float (*f)(float, float), xb_vf x, xb_vf y) {
    float a[XB_VW], b[XB_VW];
    xb_vf_store(a, xb_vf_flush(x));
    xb_vf_store(b, xb_vf_flush(y));
    for (int i = 0; i < XB_VW; i++) a[i] = f(a[i], b[i]);
    return xb_vf_load(a);
}
XB_INLINE xb_vf xb_vf_pow(xb_vf x, xb_vf y) { return xb_vf_by_lane(powf, x, y); }
XB_INLINE xb_vf xb_vf_fmod(xb_vf x, xb_vf y) { return xb_vf_by_lane(fmodf, x, y); } /* with the sign of x */

#endif
