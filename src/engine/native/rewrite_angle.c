/* engine/native/rewrite_angle.c - the phase of a Fourier transform, x + iy, as PyTorch's exporter writes atan2:
 *
 *     a = Atan(Div(y, x));   Where(Less(x, 0), Where(Greater(y, 0), Add(a, pi), Sub(a, pi)), a)
 *
 * Where y is 0 and x below it these nodes say -pi, atan2 says pi. It is the same angle, but not the same number, and a model that
 * learned from phases learned pi: the sum of a real signal is real, so that is the phase of every frame whose sum is negative.
 * Transforms that round in float32, as ONNX Runtime's does, leave about 1e-7 there, mostly above 0, and hide the difference;
 * kernel/fft.c says 0. So y >= 0 takes the place of y > 0, behind a transform and nowhere else.
 *
 * atan2: ISO/IEC 9899:2011, F.10.1.4. */
#include <math.h>

#include "engine/native/rewrite.h"

enum { MOST_MOVES = 8 };

static int is_near(const xb_val *v, float wanted) {
    float x;
    return xb_is_number(v, &x) && fabsf(x - wanted) <= 1e-6f;
}

/* A node of row `op` of something and 0. */
static int tests_against_zero(const xb_node *n, int32_t op) { return xb_node_is(n, op) && !n->fused && is_near(n->in[1], 0); }

/* Has n the operands a and pi? */
static int moves_by_pi(const xb_node *n, const xb_val *a) {
    return n && !n->fused && n->in[0] == a && is_near(n->in[1], 3.14159265f);
}

/* Are the elements of v those of a transform, picked or arranged otherwise? */
static int is_of_transform(const xb_val *v) {
    static const int16_t moves[] = { XB_OP_ONNX_Gather,  XB_OP_ONNX_Reshape,   XB_OP_ONNX_Slice,    XB_OP_ONNX_Split,
                                     XB_OP_ONNX_Squeeze, XB_OP_ONNX_Transpose, XB_OP_ONNX_Unsqueeze };
    for (int i = 0; i < MOST_MOVES && v->maker; i++) {
        const xb_node *n = v->maker;
        size_t         m = 0;
        if (xb_node_is(n, XB_OP_ONNX_STFT) || xb_node_is(n, XB_OP_ONNX_DFT)) return 1;
        while (m < sizeof moves / sizeof moves[0] && !xb_node_is(n, moves[m])) m++;
        if (m == sizeof moves / sizeof moves[0]) return 0;
        v = n->in[0];
    }
    return 0;
}

xybrid_status xb_rewrite_angle(xb_build *b, size_t i, int *changed) {
    const xb_node *outer = b->nodes[i],
                  *inner = xb_node_is(outer, XB_OP_ONNX_Where) ? xb_made_by(outer, 1, XB_OP_ONNX_Where) : NULL;
    if (!inner) return XYBRID_OK;
    const xb_val  *a = outer->in[2];
    const xb_node *less = outer->in[0]->maker, *atan = a->maker, *div = NULL;
    xb_node       *greater = xb_made_by(inner, 0, XB_OP_ONNX_Greater);
    if (xb_node_is(atan, XB_OP_ONNX_Atan) && !atan->fused) div = atan->in[0]->maker;
    if (!xb_node_is(div, XB_OP_ONNX_Div) || div->fused || !tests_against_zero(less, XB_OP_ONNX_Less) ||
        !tests_against_zero(greater, XB_OP_ONNX_Greater) || div->in[0] != greater->in[0] || div->in[1] != less->in[0] ||
        !moves_by_pi(xb_made_by(inner, 1, XB_OP_ONNX_Add), a) || !moves_by_pi(xb_made_by(inner, 2, XB_OP_ONNX_Sub), a) ||
        !is_of_transform(greater->in[0]))
        return XYBRID_OK;
    greater->op = &xb_ops[XB_OP_ONNX_GreaterOrEqual];
    *changed = 1;
    return XYBRID_OK;
}
