/* engine/native/ops_conv.c - Conv, ConvTranspose, DeformConv, Col2Im, CausalConvWithState. */
#include <string.h>

#include "base/checked.h"
#include "engine/native/layout.h"
#include "engine/native/nn.h"
#include "engine/native/op_list.h"
#include "kernel/columns.h"

/* ---- Conv, ConvTranspose: shapes ---- */

/* Group, channels, kernel_shape and bias against each other. *channels_out gets their number. */
static xybrid_status want_weights(const xb_node *n, int is_transposed, int64_t *channels_out) {
    const xb_val  *x = n->in[0], *w = n->in[1];
    const int64_t *given;
    int64_t        group = xb_attr_int(n, "group", 1);
    XB_TRY(xb_want_float(n, 0));
    XB_TRY(xb_want_type(n, 1, x->dtype));
    if (x->rank < 3) return xb_refuse(n, "input 0 has %d dimensions", x->rank);
    XB_TRY(xb_want_rank(n, 1, x->rank));
    int64_t channels = x->dims[1], inner;
    if (group < 1 || xb_mul_overflows(w->dims[1], group, &inner) || channels % group || w->dims[0] % group ||
        (is_transposed ? w->dims[0] : inner) != channels)
        return xb_refuse(n, "weights [%lld,%lld,...] with %lld channels in %lld groups", (long long)w->dims[0],
                         (long long)w->dims[1], (long long)channels, (long long)group);
    *channels_out = is_transposed ? inner : w->dims[0];
    int32_t count = xb_attr_ints(n, "kernel_shape", &given);
    for (int32_t i = 0; i < count; i++)
        if (count != x->rank - 2 || given[i] != w->dims[2 + i]) return xb_refuse(n, "kernel_shape is not that of the weights");
    return XYBRID_OK;
}

static xybrid_status want_bias(const xb_node *n, int64_t channels_out) {
    XB_TRY(xb_want_type(n, 2, n->in[0]->dtype));
    return xb_want_vector(n, 2, channels_out);
}

static xybrid_status conv_window(const xb_node *n, xb_window *w, int64_t *channels_out) {
    XB_TRY(want_weights(n, 0, channels_out));
    return xb_window_read(n, n->in[1]->dims + 2, 0, w);
}

xybrid_status xb_infer_conv(xb_node *n) {
    xb_window w = { 0 };
    int64_t   channels = 0, dims[XB_MAX_RANK];
    XB_TRY(conv_window(n, &w, &channels));
    XB_TRY(want_bias(n, channels));
    int32_t rank = xb_window_dims(&w, channels, dims);
    return xb_out_set(n, 0, n->in[0]->dtype, rank, dims);
}

/* Size and padding along one axis. Given the size, the padding is what is left over: its larger half stands first, but for
 * SAME_UPPER. */
static xybrid_status transposed_axis(const xb_node *n, xb_window *w, int32_t axis, int64_t more, int64_t given, int is_upper) {
    int64_t reach = w->dilation[axis] * (w->kernel[axis] - 1) + 1, size;
    if (w->in[axis] == 0 && given < 0) {
        w->out[axis] = 0;
        return XYBRID_OK;
    }
    if (xb_mul_overflows(w->stride[axis], xb_max64(w->in[axis] - 1, 0), &size) || xb_add_overflows(size, reach, &size) ||
        xb_add_overflows(size, more, &size))
        return xb_refuse(n, "a result of this size is not possible");
    if (given >= 0) {
        int64_t total = xb_max64(0, size - given);
        w->pad[axis] = is_upper ? total / 2 : total - total / 2;
        w->pad_end[axis] = total - w->pad[axis];
        w->out[axis] = given;
    } else {
        w->out[axis] = xb_max64(0, size - w->pad[axis] - w->pad_end[axis]);
    }
    return XYBRID_OK;
}

enum { TRANSPOSED_PHASES = 1 << 16 }; /* each is a convolution of its own */

static xybrid_status transposed_window(const xb_node *n, xb_window *w, int64_t *channels_out) {
    const int64_t *given;
    int64_t        more[3];
    XB_TRY(want_weights(n, 1, channels_out));
    XB_TRY(xb_window_read(n, n->in[1]->dims + 2, 0, w));
    int32_t  from = 3 - w->rank, count = xb_attr_ints(n, "output_shape", &given);
    xb_slice mode = xb_attr_string(n, "auto_pad", "NOTSET");
    int      is_upper = xb_slice_is(mode, "SAME_UPPER"), is_same = is_upper || xb_slice_is(mode, "SAME_LOWER");
    XB_TRY(xb_attr_window(n, "output_padding", w->rank, 0, INT32_MAX, 0, more));
    if (count >= 0 && count != w->rank && count != w->rank + 2)
        return xb_refuse(n, "output_shape has %d numbers, wanted %d", count, w->rank);
    int64_t phases = 1;
    for (int32_t i = 0; i < w->rank; i++) {
        int64_t size = count >= 0 ? given[count - w->rank + i] : -1;
        if (count >= 0 && (size < 0 || size > INT32_MAX)) return xb_refuse(n, "output_shape has %lld", (long long)size);
        if (count < 0 && is_same && xb_mul_overflows(w->in[from + i], w->stride[from + i], &size)) size = 0;
        XB_TRY(transposed_axis(n, w, from + i, more[i], size, is_upper));
        if (w->in[from + i] <= 1) w->stride[from + i] = 1; /* there is no next point */
        if (w->stride[from + i] <= TRANSPOSED_PHASES) phases *= w->stride[from + i];
        if (w->stride[from + i] > TRANSPOSED_PHASES || phases > TRANSPOSED_PHASES)
            return xb_fail_node(n, XYBRID_UNSUPPORTED_MODEL, "strides whose product is more than %d", TRANSPOSED_PHASES);
    }
    return XYBRID_OK;
}

xybrid_status xb_infer_transposed(xb_node *n) {
    xb_window w = { 0 };
    int64_t   channels = 0, dims[XB_MAX_RANK];
    XB_TRY(transposed_window(n, &w, &channels));
    XB_TRY(want_bias(n, channels));
    int32_t rank = xb_window_dims(&w, channels, dims);
    return xb_out_set(n, 0, n->in[0]->dtype, rank, dims);
}

/* ---- Conv, ConvTranspose: steps ---- */

typedef struct conv_step {
    xb_conv_args conv; /* first: the kernel's arguments */
    xb_epilogue  epilogue;
} conv_step;

typedef struct conv_pack {
    const xb_isa *isa;
    xb_conv_form  form;
    xb_conv_args  args;
    float         scale, shift; /* 1 and 0, but for weights that were converted, which are the packing's own */
    int64_t       count;
} conv_pack;

static void pack_weights(const void *ctx, const void *src, void *out, void *scratch) {
    const conv_pack *p = ctx;
    float           *w = (float *)(uintptr_t)src;
    (void)scratch;
    for (int64_t i = 0; i < p->count && (p->scale != 1 || p->shift != 0); i++) w[i] = w[i] * p->scale + p->shift;
    xb_conv_pack(p->isa, p->form, &p->args, src, out);
}

/* What input 1 stands for, whose shape it has (rewrite_stored.c). */
static xb_val *weights_of(const xb_node *n) { return n->state ? ((const xb_cast_weight *)n->state)->v : n->in[1]; }

/* The weights as the form wants them. Where taps stand depends on strides and padding in transposed convolutions only. */
static xybrid_status packed_weights(const xb_node *n, conv_pack *p, xb_val **out) {
    const xb_conv_args   *a = &p->args;
    const xb_cast_weight *cast = n->state;
    p->count = n->in[1]->count;
    p->scale = cast ? cast->scale : 1;
    p->shift = cast ? cast->shift : 0;
    xb_pack how = { .kind = XB_PACK_CONV, .run = pack_weights, .as_float = 1, .ctx = p, .ctx_size = sizeof *p };
    int64_t key[] = { (int64_t)p->form, a->channels_in, a->channels_out, a->groups, a->kernel[0] * a->kernel[1] * a->kernel[2],
                      a->kernel[1],     a->kernel[2] };
    memcpy(how.key, key, sizeof key);
    if (a->transposed) {
        how.key[7] = 1;
        memcpy(how.key + 8, a->stride, sizeof a->stride);
        memcpy(how.key + 11, a->dilation, sizeof a->dilation);
        memcpy(how.key + 14, a->pad, sizeof a->pad);
    }
    memcpy(how.key + 17, &p->scale, sizeof p->scale);
    memcpy(how.key + 18, &p->shift, sizeof p->shift);
    how.size_bytes = xb_conv_pack_size(p->isa, p->form, a);
    how.what = "conv_pack";
    return xb_packed(n, weights_of(n), &how, out);
}

static xybrid_status conv_args_of(const xb_node *n, const xb_window *w, int64_t channels_out, int is_transposed,
                                  xb_conv_args *a) {
    *a = (xb_conv_args){ .batch = w->batch,
                         .channels_in = w->channels,
                         .channels_out = channels_out,
                         .groups = xb_attr_int(n, "group", 1),
                         .transposed = is_transposed };
    memcpy(a->in, w->in, sizeof a->in);
    memcpy(a->out, w->out, sizeof a->out);
    memcpy(a->kernel, w->kernel, sizeof a->kernel);
    memcpy(a->stride, w->stride, sizeof a->stride);
    memcpy(a->dilation, w->dilation, sizeof a->dilation);
    memcpy(a->pad, w->pad, sizeof a->pad);
    const xb_val *largest = n->in[0]->count > n->out[0]->count ? n->in[0] : n->out[0];
    if (largest->count <= INT32_MAX && n->in[1]->count <= INT32_MAX) return XYBRID_OK;
    return xb_fail_node(n, XYBRID_UNSUPPORTED_MODEL, "a tensor of more than 2^31 elements");
}

/* The form for a 2-D convolution in NCHWc. A picture's few channels are read as they lie, more of them are reordered. */
static xb_conv_form blocked_form(const xb_build *b, const xb_val *x, const xb_conv_args *a) {
    int is_few = a->channels_in / a->groups < xb_conv_block(b->isa);
    if (a->transposed)
        return x->layout == XB_LAYOUT_BLOCKED && xb_conv_fits(b->isa, XB_CONV_BLOCKED, a) ? XB_CONV_BLOCKED : XB_CONV_DENSE;
    if (xb_conv_fits(b->isa, XB_CONV_DEPTHWISE, a) && (x->layout == XB_LAYOUT_BLOCKED || a->groups > 1))
        return XB_CONV_DEPTHWISE;
    if (x->layout != XB_LAYOUT_BLOCKED && is_few && xb_conv_fits(b->isa, XB_CONV_FIRST, a)) return XB_CONV_FIRST;
    if (xb_conv_fits(b->isa, XB_CONV_WINOGRAD, a) && xb_conv_prefers_winograd(b->isa, a)) return XB_CONV_WINOGRAD;
    return xb_conv_fits(b->isa, XB_CONV_BLOCKED, a) ? XB_CONV_BLOCKED : XB_CONV_DENSE;
}

/* The same in [N, W, C] for one dimension. */
static xb_conv_form last_form(const xb_build *b, const xb_conv_args *a) {
    if (xb_conv_fits(b->isa, XB_CONV_NWC_DEPTHWISE, a) && a->groups > 1) return XB_CONV_NWC_DEPTHWISE;
    if (xb_conv_fits(b->isa, XB_CONV_NWC_WINOGRAD, a) && xb_conv_prefers_winograd(b->isa, a)) return XB_CONV_NWC_WINOGRAD;
    return XB_CONV_NWC;
}

/* XB_CONV_DENSE if none of the others fits, or only reordering would come of it. Few channels of the result leave most of a vector
 * of them unused; the dense form has columns in its vectors. */
static xb_conv_form form_of(const xb_node *n, const xb_window *w, const xb_conv_args *a) {
    const xb_build *b = n->b;
    if (b->is_folding || w->rank > 2 || n->in[0]->dtype != XYBRID_FLOAT32 || !weights_of(n)->is_static || !xb_blocked_fits(n))
        return XB_CONV_DENSE;
    if ((a->transposed || w->rank == 1) && a->channels_out / a->groups < xb_conv_block(b->isa) / 2 &&
        a->groups < a->channels_in)
        return XB_CONV_DENSE;
    return w->rank == 1 ? last_form(b, a) : blocked_form(b, n->in[0], a);
}

static xybrid_status spatial_steps(xb_node *n, conv_pack *pack) {
    static const char names[XB_CONV_FORMS][20] = { [XB_CONV_BLOCKED] = "conv blocked",
                                                   [XB_CONV_FIRST] = "conv first",
                                                   [XB_CONV_DEPTHWISE] = "conv depthwise",
                                                   [XB_CONV_WINOGRAD] = "conv winograd",
                                                   [XB_CONV_NWC] = "conv nwc",
                                                   [XB_CONV_NWC_DEPTHWISE] = "conv nwc depthwise",
                                                   [XB_CONV_NWC_WINOGRAD] = "conv nwc winograd" };
    xb_val           *x, *y, *weights, *operands[XB_FUSED_STEPS], *bias = xb_in(n, 2);
    XB_TRY(xb_as_layout(n, n->in[0], pack->form == XB_CONV_FIRST ? XB_LAYOUT_DENSE : xb_spatial_layout(n->out[0]), &x));
    XB_TRY(xb_as_layout(n, bias, XB_LAYOUT_DENSE, &bias));
    XB_TRY(xb_blocked_operands(n, operands));
    XB_TRY(packed_weights(n, pack, &weights));
    XB_TRY(xb_blocked_out(n, n->out[0], &y));
    conv_step *s = xb_step_new(n, sizeof *s, names[pack->form]);
    if (!s) return n->b->err->code;
    s->conv = pack->args;
    xb_step_in(n, &s->conv.x, x);
    xb_step_in(n, &s->conv.w, weights);
    xb_step_in(n, &s->conv.bias, bias);
    xb_step_out(n, &s->conv.y, y);
    XB_TRY(xb_blocked_epilogue(n, operands, &s->epilogue));
    if (s->epilogue.count) s->conv.epilogue = &s->epilogue;
    XB_TRY(xb_step_work(n, xb_conv_work(n->b->isa, pack->form, &s->conv)));
    return xb_blocked_done(n, y, n->out[0]);
}

static xybrid_status conv_steps(xb_node *n, const xb_window *w, int64_t channels_out, int is_transposed) {
    conv_pack pack = { .isa = n->b->isa, .form = XB_CONV_DENSE };
    xb_val   *x, *y, *weights, *bias;
    if (n->out[0]->count == 0) return XYBRID_OK;
    XB_TRY(conv_args_of(n, w, channels_out, is_transposed, &pack.args));
    pack.form = form_of(n, w, &pack.args);
    if (pack.form != XB_CONV_DENSE) return spatial_steps(n, &pack);
    XB_TRY(xb_dense_inputs(n));
    XB_TRY(xb_float_in(n, n->in[0], &x));
    XB_TRY(xb_float_in(n, xb_in(n, 2), &bias));
    XB_TRY(xb_float_out(n, n->out[0], &y));
    int is_double = x->dtype == XYBRID_FLOAT64;
    if (is_double) weights = n->in[1];
    else XB_TRY(packed_weights(n, &pack, &weights));
    conv_step *s = xb_step_new(n, sizeof *s, is_transposed ? "conv_transpose" : "conv");
    if (!s) return n->b->err->code;
    s->conv = pack.args;
    xb_step_in(n, &s->conv.x, x);
    xb_step_in(n, &s->conv.w, weights);
    xb_step_in(n, &s->conv.bias, bias);
    xb_step_out(n, &s->conv.y, y);
    XB_TRY(xb_epilogue_fill(n, 2, &s->epilogue));
    if (s->epilogue.count) s->conv.epilogue = &s->epilogue;
    XB_TRY(xb_step_work(n, is_double ? xb_conv_plain_work_f64(&s->conv) : xb_conv_work(n->b->isa, pack.form, &s->conv)));
    return xb_float_done(n, y, n->out[0]);
}

xybrid_status xb_emit_conv(xb_node *n) {
    xb_window w = { 0 };
    int64_t   channels = 0;
    XB_TRY(conv_window(n, &w, &channels));
    return conv_steps(n, &w, channels, 0);
}

xybrid_status xb_emit_transposed(xb_node *n) {
    xb_window w = { 0 };
    int64_t   channels = 0;
    XB_TRY(transposed_window(n, &w, &channels));
    return conv_steps(n, &w, channels, 1);
}

/* ---- DeformConv ---- */

static xybrid_status deform_window(const xb_node *n, xb_window *w, int64_t *channels_out, int64_t *offset_groups) {
    const xb_val *x = n->in[0];
    *offset_groups = xb_attr_int(n, "offset_group", 1);
    XB_TRY(conv_window(n, w, channels_out));
    if (w->rank != 2) return xb_fail_node(n, XYBRID_UNSUPPORTED_MODEL, "%d spatial dimensions; 2 are possible", w->rank);
    if (*offset_groups < 1 || w->channels % *offset_groups)
        return xb_refuse(n, "%lld channels in %lld offset groups", (long long)w->channels, (long long)*offset_groups);
    int64_t taps = w->kernel[1] * w->kernel[2];
    for (int32_t i = 2; i < 5; i++) { /* offset, bias, mask */
        XB_TRY(xb_want_type(n, i, x->dtype));
        if (i == 3) XB_TRY(xb_want_vector(n, 3, *channels_out));
        const xb_val *v = xb_in(n, i);
        if (i == 3 || !v) continue;
        XB_TRY(xb_want_rank(n, i, 4));
        if (v->dims[0] != w->batch || v->dims[1] / taps != *offset_groups * (i == 2 ? 2 : 1) || v->dims[1] % taps ||
            v->dims[2] != w->out[1] || v->dims[3] != w->out[2])
            return xb_refuse(n, "input %d does not have the shape of the result's taps", i);
    }
    return XYBRID_OK;
}

xybrid_status xb_infer_deform(xb_node *n) {
    xb_window w = { 0 };
    int64_t   channels = 0, groups = 1, dims[XB_MAX_RANK];
    XB_TRY(deform_window(n, &w, &channels, &groups));
    int32_t rank = xb_window_dims(&w, channels, dims);
    return xb_out_set(n, 0, n->in[0]->dtype, rank, dims);
}

/* Columns [N, C taps, points], then a product for each item and group. */
xybrid_status xb_emit_deform(xb_node *n) {
    xb_window w = { 0 };
    xb_val   *x, *y, *offset, *mask, *columns;
    int64_t   channels = 0, offset_groups = 1, group = xb_attr_int(n, "group", 1);
    XB_TRY(deform_window(n, &w, &channels, &offset_groups));
    if (n->out[0]->count == 0) return XYBRID_OK;
    XB_TRY(xb_float_in(n, n->in[0], &x));
    XB_TRY(xb_float_in(n, n->in[2], &offset));
    XB_TRY(xb_float_in(n, xb_in(n, 4), &mask));
    XB_TRY(xb_float_out(n, n->out[0], &y));
    int64_t taps = w.kernel[1] * w.kernel[2], points = w.out[1] * w.out[2], k = w.channels / group * taps;
    columns = xb_temp(n, x->dtype, 3, (int64_t[]){ w.batch, w.channels * taps, points });
    xb_deform_args *a = columns ? xb_step_new(n, sizeof *a, "deform_columns") : NULL;
    if (!a) return n->b->err->code;
    *a = (xb_deform_args){ .batch = w.batch, .channels = w.channels, .offset_groups = offset_groups };
    for (int i = 0; i < 2; i++) {
        a->in[i] = w.in[i + 1];
        a->out[i] = w.out[i + 1];
        a->kernel[i] = w.kernel[i + 1];
        a->stride[i] = w.stride[i + 1];
        a->dilation[i] = w.dilation[i + 1];
        a->pad[i] = w.pad[i + 1];
    }
    a->is_double = x->dtype == XYBRID_FLOAT64;
    xb_step_in(n, &a->x, x);
    xb_step_in(n, &a->offset, offset);
    xb_step_in(n, &a->mask, mask);
    xb_step_out(n, &a->columns, columns);
    XB_TRY(xb_step_work(n, xb_deform_work(a)));
    xb_product p = { .dtype = x->dtype,
                     .m = channels / group,
                     .n = points,
                     .k = k,
                     .a = n->in[1],
                     .b = columns,
                     .c = y,
                     .a_row = k,
                     .a_col = 1,
                     .b_row = points,
                     .b_col = 1,
                     .c_row = points,
                     .alpha = 1,
                     .beta = 1,
                     .batch_rank = 2,
                     .batch = { w.batch, group },
                     .add = xb_in(n, 3),
                     .add_row = 1 };
    XB_TRY(xb_float_in(n, p.a, &p.a));
    p.a_batch[1] = p.m * k;
    p.b_batch[0] = w.channels * taps * points;
    p.b_batch[1] = k * points;
    p.c_batch[0] = channels * points;
    p.c_batch[1] = p.m * points;
    p.add_batch[1] = p.m;
    XB_TRY(xb_product_emit(n, &p));
    return xb_float_done(n, y, n->out[0]);
}

/* ---- Col2Im ---- */

/* The image and the window from contents and attributes; [N, C taps, points] to [N, C, image]. */
static xybrid_status col2im_window(xb_node *n, xb_window *w) {
    const xb_val  *x = n->in[0];
    const int64_t *image, *block;
    int64_t        rank, block_rank, pads[6], taps = 1, points = 1;
    XB_TRY(xb_want_float(n, 0));
    XB_TRY(xb_want_rank(n, 0, 3));
    XB_TRY(xb_ints(n, 1, &image, &rank));
    XB_TRY(xb_ints(n, 2, &block, &block_rank));
    if (rank < 1 || rank != block_rank)
        return xb_refuse(n, "an image of %lld dimensions and blocks of %lld", (long long)rank, (long long)block_rank);
    if (rank > 3) return xb_fail_node(n, XYBRID_UNSUPPORTED_MODEL, "an image of %lld dimensions; at most 3", (long long)rank);
    int32_t from = 3 - (int32_t)rank;
    *w = (xb_window){ .rank = (int32_t)rank, .batch = x->dims[0] };
    for (int32_t i = 0; i < 3; i++) w->in[i] = w->kernel[i] = w->stride[i] = w->dilation[i] = w->out[i] = 1;
    XB_TRY(xb_attr_window(n, "strides", w->rank, 1, INT32_MAX, 1, w->stride + from));
    XB_TRY(xb_attr_window(n, "dilations", w->rank, 1, INT32_MAX, 1, w->dilation + from));
    XB_TRY(xb_attr_window(n, "pads", 2 * w->rank, 0, INT32_MAX, 0, pads));
    for (int32_t i = from; i < 3; i++) {
        w->in[i] = image[i - from];
        w->kernel[i] = block[i - from];
        w->pad[i] = pads[i - from];
        if (w->in[i] < 1 || w->in[i] > INT32_MAX || w->kernel[i] < 1 || w->kernel[i] > INT32_MAX)
            return xb_refuse(n, "an image or block of size %lld, %lld", (long long)w->in[i], (long long)w->kernel[i]);
        int64_t room = w->in[i] + w->pad[i] + pads[i - from + rank] - (w->dilation[i] * (w->kernel[i] - 1) + 1);
        w->out[i] = room < 0 ? 0 : room / w->stride[i] + 1;
        if (xb_mul_overflows(taps, w->kernel[i], &taps) || xb_mul_overflows(points, w->out[i], &points)) taps = -1;
        if (taps < 0) return xb_refuse(n, "blocks of this size are not possible");
    }
    w->channels = x->dims[1] / taps;
    if (x->dims[1] % taps == 0 && x->dims[2] == points) return XYBRID_OK;
    return xb_refuse(n, "input 0 has %lld columns of %lld, wanted %lld of a multiple of %lld", (long long)x->dims[2],
                     (long long)x->dims[1], (long long)points, (long long)taps);
}

xybrid_status xb_infer_col2im(xb_node *n) {
    xb_window w = { 0 };
    XB_TRY(col2im_window(n, &w));
    int64_t dims[5] = { w.batch, w.channels };
    memcpy(dims + 2, w.in + 3 - w.rank, (size_t)w.rank * sizeof *dims);
    return xb_out_set(n, 0, n->in[0]->dtype, 2 + w.rank, dims);
}

xybrid_status xb_emit_col2im(xb_node *n) {
    xb_window w = { 0 };
    xb_val   *x, *y;
    if (n->out[0]->count == 0) return XYBRID_OK;
    XB_TRY(col2im_window(n, &w));
    XB_TRY(xb_float_in(n, n->in[0], &x));
    XB_TRY(xb_float_out(n, n->out[0], &y));
    xb_col2im_args *a = xb_step_new(n, sizeof *a, "col2im");
    if (!a) return n->b->err->code;
    a->planes = w.batch * w.channels;
    memcpy(a->image, w.in, sizeof a->image);
    memcpy(a->points, w.out, sizeof a->points);
    memcpy(a->kernel, w.kernel, sizeof a->kernel);
    memcpy(a->stride, w.stride, sizeof a->stride);
    memcpy(a->dilation, w.dilation, sizeof a->dilation);
    memcpy(a->pad, w.pad, sizeof a->pad);
    a->is_double = x->dtype == XYBRID_FLOAT64;
    xb_step_in(n, &a->columns, x);
    xb_step_out(n, &a->y, y);
    XB_TRY(xb_step_work(n, xb_col2im_work(a)));
    return xb_float_done(n, y, n->out[0]);
}

/* ---- CausalConvWithState ---- */

xybrid_status xb_infer_causal(xb_node *n) {
    const xb_val *x = n->in[0], *w = n->in[1], *past = xb_in(n, 3);
    xb_slice      activation = xb_attr_string(n, "activation", "none");
    for (int32_t i = 0; i < 4; i++) {
        XB_TRY(xb_want_float(n, i));
        XB_TRY(xb_want_type(n, i, x->dtype));
        if (i != 2) XB_TRY(xb_want_rank(n, i, 3));
    }
    XB_TRY(xb_want_vector(n, 2, x->dims[1]));
    if (!xb_slice_is(activation, "none") && !xb_slice_is(activation, "silu") && !xb_slice_is(activation, "swish"))
        return xb_refuse(n, "activation \"%.*s\"", xb_slice_len(activation), activation.data);
    if (w->dims[0] != x->dims[1] || w->dims[1] != 1 || w->dims[2] < 1)
        return xb_refuse(n, "weights [%lld,%lld,%lld] for %lld channels", (long long)w->dims[0], (long long)w->dims[1],
                         (long long)w->dims[2], (long long)x->dims[1]);
    int64_t state[3] = { x->dims[0], x->dims[1], w->dims[2] - 1 };
    if (past && memcmp(past->dims, state, sizeof state) != 0)
        return xb_refuse(n, "the state does not have the shape [%lld,%lld,%lld]", (long long)state[0], (long long)state[1],
                         (long long)state[2]);
    XB_TRY(xb_out_like(n, 0, x));
    return xb_out_set(n, 1, x->dtype, 3, state);
}

xybrid_status xb_emit_causal(xb_node *n) {
    xb_val *x, *w, *bias, *past, *y, *state;
    if (n->in[0]->dims[0] * n->in[0]->dims[1] == 0) return XYBRID_OK;
    XB_TRY(xb_float_in(n, n->in[0], &x));
    XB_TRY(xb_float_in(n, n->in[1], &w));
    XB_TRY(xb_float_in(n, xb_in(n, 2), &bias));
    XB_TRY(xb_float_in(n, xb_in(n, 3), &past));
    XB_TRY(xb_float_out(n, xb_out(n, 0), &y));
    XB_TRY(xb_float_out(n, xb_out(n, 1), &state));
    xb_causal_args *a = xb_step_new(n, sizeof *a, "causal_conv");
    if (!a) return n->b->err->code;
    *a = (xb_causal_args){ .batch = x->dims[0], .channels = x->dims[1], .length = x->dims[2], .kernel = w->dims[2] };
    a->is_double = x->dtype == XYBRID_FLOAT64;
    a->is_silu = !xb_attr_is(n, "activation", "none", "none");
    xb_step_in(n, &a->x, x);
    xb_step_in(n, &a->w, w);
    xb_step_in(n, &a->bias, bias);
    xb_step_in(n, &a->past, past);
    if (y) xb_step_out(n, &a->y, y);
    if (state) xb_step_out(n, &a->state, state);
    XB_TRY(xb_step_work(n, xb_causal_work(a)));
    if (y) XB_TRY(xb_float_done(n, y, n->out[0]));
    return state ? xb_float_done(n, state, n->out[1]) : XYBRID_OK;
}
