/* engine/native/ops_einsum.c - Einsum: any equation, as matrix products over strided views.
 *
 *     "bhqd,bhkd->bhqk":  b, h batch;  q rows of A;  k columns of B;  d summed
 *
 * Factors are joined from left to right. For each pair every label is one of four: in both and kept (batch), in one and kept
 * (rows or columns), in both and not kept (summed); what only one factor has and nobody keeps is summed before, against a 1.
 * A factor is read where it lies if its rows, its columns and what is summed each have a stride of their own; else it is
 * copied first. */
#include <string.h>

#include "base/checked.h"
#include "engine/native/nn.h"
#include "engine/native/op_list.h"
#include "kernel/move.h"

enum { LETTERS = 52, LABELS = LETTERS + XB_MAX_RANK }; /* a-z, A-Z, dimensions of "..." */

/* A factor, or what became of some: a tensor seen with one stride for each label. */
typedef struct term {
    xb_val  *val;
    uint64_t has; /* bit for each label */
    int64_t  stride[LABELS];
} term;

typedef struct equation {
    int32_t dots;         /* dimensions that "..." stands for */
    int64_t size[LABELS]; /* -1: not used */
    term   *terms;
    int32_t term_count, out_rank;
    int32_t out[XB_MAX_RANK];
} equation;

/* Labels in an order, as dimensions. */
typedef struct axes {
    int32_t count;
    int32_t label[LABELS];
} axes;

/* ---- the equation ---- */

static int label_of(char c) { return c >= 'a' && c <= 'z' ? c - 'a' : c >= 'A' && c <= 'Z' ? c - 'A' + 26 : -1; }

/* The labels of one side's part [at, end), "..." as the last `dots` of the LABELS; -1 and an error if it cannot be. */
static xybrid_status read_labels(const xb_node *n, const char *at, const char *end, int32_t dots, int32_t *labels,
                                 int32_t *count) {
    int has_dots = 0;
    *count = 0;
    for (; at < end; at++) {
        int32_t added = 1;
        if (*at == ' ') continue;
        if (*at == '.') {
            if (end - at < 3 || at[1] != '.' || at[2] != '.' || has_dots) break;
            has_dots = 1;
            at += 2;
            added = dots;
        } else if (label_of(*at) < 0) {
            break;
        }
        if (*count + added > XB_MAX_RANK)
            return xb_fail_node(n, XYBRID_UNSUPPORTED_MODEL, "the equation has more than %d labels in a term", XB_MAX_RANK);
        for (int32_t i = 0; i < added; i++) labels[(*count)++] = *at == '.' ? LABELS - dots + i : label_of(*at);
    }
    if (at == end) return XYBRID_OK;
    return xb_refuse(n, "the equation has an unexpected '%c'", *at);
}

static int32_t count_letters(const char *at, const char *end) {
    int32_t count = 0;
    for (; at < end; at++) count += label_of(*at) >= 0;
    return count;
}

static const char *find_char(const char *at, const char *end, char c) {
    while (at < end && *at != c) at++;
    return at;
}

/* Sizes and strides of one factor. A dimension of 1 repeats; a label that comes twice walks the diagonal. */
static xybrid_status read_term(const xb_node *n, equation *e, int32_t i, const char *at, const char *end) {
    term   *t = &e->terms[i];
    int32_t labels[XB_MAX_RANK], count, dots = n->in[i]->rank - count_letters(at, end);
    int64_t own[XB_MAX_RANK];
    int     has_dots = find_char(at, end, '.') < end;
    XB_TRY(read_labels(n, at, end, has_dots && dots > 0 ? dots : 0, labels, &count));
    if (count != n->in[i]->rank)
        return xb_refuse(n, "term %d of the equation has %d labels for %d dimensions", i, count, n->in[i]->rank);
    if (has_dots && dots > e->dots) e->dots = dots;
    t->val = n->in[i];
    xb_dense_strides(count, t->val->dims, own);
    for (int32_t d = 0; d < count; d++) {
        int64_t size = t->val->dims[d], *known = &e->size[labels[d]];
        if (*known >= 0 && size != *known && size != 1 && *known != 1)
            return xb_refuse(n, "a label of the equation has sizes %lld and %lld", (long long)*known, (long long)size);
        if (*known < 0 || *known == 1) *known = size;
        if (size != 1) t->stride[labels[d]] += own[d];
        t->has |= UINT64_C(1) << labels[d];
    }
    return XYBRID_OK;
}

/* Without "->": "..." and then the letters that come once, in the order of the alphabet (capitals first, as in ASCII). */
static xybrid_status implicit_out(const xb_node *n, equation *e, const char *at, const char *end) {
    int32_t uses[LETTERS] = { 0 };
    for (; at < end; at++)
        if (label_of(*at) >= 0) uses[label_of(*at)]++;
    for (int32_t i = 0; i < e->dots; i++) e->out[e->out_rank++] = LABELS - e->dots + i;
    for (int32_t i = 0; i < LETTERS; i++) {
        int32_t label = (i + 26) % LETTERS;
        if (uses[label] != 1) continue;
        if (e->out_rank == XB_MAX_RANK)
            return xb_fail_node(n, XYBRID_UNSUPPORTED_MODEL, "a result of more than %d dimensions", XB_MAX_RANK);
        e->out[e->out_rank++] = label;
    }
    return XYBRID_OK;
}

static xybrid_status read_equation(const xb_node *n, equation *e) {
    xb_slice    text = xb_attr_string(n, "equation", "");
    const char *end = text.data + text.size, *arrow = find_char(text.data, end, '-'), *at = text.data;
    uint64_t    given = 0;
    *e = (equation){ .term_count = n->in_count };
    for (int32_t i = 0; i < LABELS; i++) e->size[i] = -1;
    e->terms = xb_build_alloc(n, (size_t)n->in_count, sizeof *e->terms);
    if (!e->terms) return n->b->err->code;
    for (int32_t i = 0; i < n->in_count; i++) {
        const char *stop = find_char(at, arrow, ',');
        if (!n->in[i] || (stop == arrow) != (i == n->in_count - 1))
            return xb_refuse(n, "the equation does not have %d terms", n->in_count);
        XB_TRY(read_term(n, e, i, at, stop));
        given |= e->terms[i].has;
        at = stop + 1;
    }
    if (arrow == end) return implicit_out(n, e, text.data, arrow);
    if (end - arrow < 2 || arrow[1] != '>') return xb_refuse(n, "the equation has a '-' without '>'");
    XB_TRY(read_labels(n, arrow + 2, end, e->dots, e->out, &e->out_rank));
    for (int32_t i = 0; i < e->out_rank; i++) {
        uint64_t bit = UINT64_C(1) << e->out[i];
        if (!(given & bit)) return xb_refuse(n, "the result has a label that no term has, or has it twice");
        given &= ~bit;
    }
    return XYBRID_OK;
}

/* ---- infer ---- */

static int is_known_type(int32_t dtype) {
    switch (dtype) {
    case XYBRID_INT8:
    case XYBRID_UINT8:
    case XYBRID_INT16:
    case XYBRID_UINT16:
    case XYBRID_INT32:
    case XYBRID_UINT32:
    case XYBRID_INT64:
    case XYBRID_UINT64: return 1;
    default: return xb_is_float(dtype);
    }
}

xybrid_status xb_infer_einsum(xb_node *n) {
    equation e;
    int64_t  dims[XB_MAX_RANK];
    int32_t  dtype = n->in[0]->dtype;
    if (!is_known_type(dtype)) return xb_want_float(n, 0);
    for (int32_t i = 1; i < n->in_count; i++) XB_TRY(xb_want_type(n, i, dtype));
    XB_TRY(read_equation(n, &e));
    for (int32_t i = 0; i < e.out_rank; i++) dims[i] = e.size[e.out[i]];
    return xb_out_set(n, 0, dtype, e.out_rank, dims);
}

/* ---- products ---- */

/* What small integers are computed in: the low bits of a sum of products are the same. */
static int32_t computed_in(int32_t dtype) {
    if (xb_is_float(dtype)) return xb_float_of(dtype);
    return xb_element_bytes(dtype) < 4 ? XYBRID_INT32 : dtype;
}

static void add_axis(axes *a, int32_t label) { a->label[a->count++] = label; }

/* Labels of `set`, those of the result first, in its order, then the others. */
static axes axes_of(const equation *e, uint64_t set) {
    axes     a = { 0 };
    uint64_t rest = set;
    for (int32_t i = 0; i < e->out_rank; i++)
        if (set >> e->out[i] & 1) {
            add_axis(&a, e->out[i]);
            rest &= ~(UINT64_C(1) << e->out[i]);
        }
    for (int32_t label = 0; label < LABELS; label++)
        if (rest >> label & 1) add_axis(&a, label);
    return a;
}

static int64_t volume(const equation *e, const axes *a) {
    int64_t count = 1;
    for (int32_t i = 0; i < a->count; i++) count *= e->size[a->label[i]];
    return count;
}

/* Does t walk these labels with one stride? *stride is that of the last. */
static int is_one_stride(const equation *e, const term *t, const axes *a, int64_t *stride) {
    int64_t next = 0;
    *stride = 0;
    for (int32_t i = a->count - 1; i >= 0; i--) {
        int64_t own = t->stride[a->label[i]], size = e->size[a->label[i]];
        if (size == 1) continue;
        if (next == 0 && *stride == 0) *stride = own;
        else if (own != next) return 0;
        next = own * size;
        if (next == 0 && i > 0) { /* repeated: only together with others that are */
            for (int32_t k = 0; k < i; k++)
                if (t->stride[a->label[k]] != 0 && e->size[a->label[k]] != 1) return 0;
            return 1;
        }
    }
    return 1;
}

/* Dimensions of a copy: labels of up to three lists, without those of size 1. */
static xybrid_status list_dims(const xb_node *n, const equation *e, const axes *const *lists, int32_t *rank, int32_t *labels) {
    *rank = 0;
    for (int l = 0; l < 3; l++)
        for (int32_t i = 0; lists[l] && i < lists[l]->count; i++) {
            if (e->size[lists[l]->label[i]] == 1) continue;
            if (*rank == XB_MAX_RANK)
                return xb_fail_node(n, XYBRID_UNSUPPORTED_MODEL, "a product of more than %d dimensions", XB_MAX_RANK);
            labels[(*rank)++] = lists[l]->label[i];
        }
    return XYBRID_OK;
}

/* A dense term with labels in this order, without a value. */
static void dense_term(const equation *e, int32_t rank, const int32_t *labels, term *t) {
    int64_t stride = 1;
    memset(t->stride, 0, sizeof t->stride);
    for (int32_t i = rank - 1; i >= 0 && i < XB_MAX_RANK; i--) {
        t->stride[labels[i]] = stride;
        stride *= e->size[labels[i]];
    }
}

/* t copied, its labels in the order of the lists. */
static xybrid_status copied(const xb_node *n, const equation *e, term *t, const axes *const *lists) {
    int32_t rank, labels[XB_MAX_RANK];
    int64_t dims[XB_MAX_RANK], strides[XB_MAX_RANK];
    XB_TRY(list_dims(n, e, lists, &rank, labels));
    for (int32_t i = 0; i < rank; i++) {
        dims[i] = e->size[labels[i]];
        strides[i] = t->stride[labels[i]];
    }
    XB_TRY(xb_gathered(n, t->val, 0, rank, dims, strides, &t->val));
    dense_term(e, rank, labels, t);
    return XYBRID_OK;
}

/* The labels of `keep` of a and b's product, in `result`, whose labels have their strides already if `result->val` is given;
 * else it becomes a dense tensor of its own. */
static xybrid_status multiply(xb_node *n, const equation *e, term a, term t, uint64_t keep, term *result) {
    axes       batch = axes_of(e, a.has & t.has & keep), m = axes_of(e, a.has & ~t.has), cols = axes_of(e, t.has & ~a.has);
    axes       sum = axes_of(e, a.has & t.has & ~keep);
    int32_t    rank, labels[XB_MAX_RANK];
    int64_t    one;
    xb_product p = { .dtype = computed_in(n->in[0]->dtype), .alpha = 1 };
    result->has = (a.has | t.has) & keep;
    if (!is_one_stride(e, &a, &m, &p.a_row) || !is_one_stride(e, &a, &sum, &p.a_col)) {
        XB_TRY(copied(n, e, &a, (const axes *[]){ &batch, &m, &sum }));
        is_one_stride(e, &a, &m, &p.a_row);
        is_one_stride(e, &a, &sum, &p.a_col);
    }
    if (!is_one_stride(e, &t, &sum, &p.b_row) || !is_one_stride(e, &t, &cols, &p.b_col)) {
        XB_TRY(copied(n, e, &t, (const axes *[]){ &batch, &sum, &cols }));
        is_one_stride(e, &t, &sum, &p.b_row);
        is_one_stride(e, &t, &cols, &p.b_col);
    }
    p.m = volume(e, &m);
    p.n = volume(e, &cols);
    p.k = volume(e, &sum);
    if (!result->val) {
        XB_TRY(list_dims(n, e, (const axes *[]){ &batch, &m, &cols }, &rank, labels));
        dense_term(e, rank, labels, result);
        int64_t count = volume(e, &batch) * p.m * p.n;
        result->val = xb_temp(n, p.dtype, 1, &count);
        if (!result->val) return n->b->err->code;
    }
    is_one_stride(e, result, &m, &p.c_row);
    is_one_stride(e, result, &cols, &one);
    for (int32_t i = 0; i < batch.count; i++) {
        int32_t label = batch.label[i];
        if (e->size[label] == 1) continue;
        p.batch[p.batch_rank] = e->size[label];
        p.a_batch[p.batch_rank] = a.stride[label];
        p.b_batch[p.batch_rank] = t.stride[label];
        p.c_batch[p.batch_rank++] = result->stride[label];
    }
    XB_TRY(xb_as_type(n, a.val, p.dtype, &p.a));
    XB_TRY(xb_as_type(n, t.val, p.dtype, &p.b));
    p.c = result->val;
    return xb_product_emit(n, &p);
}

/* Can a product write its rows and columns where `result` has them? */
static int takes_product(const equation *e, const term *result, const term *a, const term *t) {
    axes    m = axes_of(e, a->has & ~t->has & result->has), cols = axes_of(e, t->has & ~a->has & result->has);
    int64_t row, col;
    return is_one_stride(e, result, &m, &row) && is_one_stride(e, result, &cols, &col) && (col == 1 || volume(e, &cols) == 1);
}

/* Labels that t alone has and nobody keeps are summed: against a 1. */
static xybrid_status summed(xb_node *n, const equation *e, term *t, uint64_t keep) {
    int64_t dims[1] = { 1 };
    int32_t dtype = computed_in(n->in[0]->dtype), width = xb_element_bytes(dtype);
    void   *data;
    term    result = { 0 }, one = { 0 };
    if (!(t->has & ~keep)) return XYBRID_OK;
    one.val = xb_temp_content(n, dtype, 1, dims, &data);
    if (!one.val) return n->b->err->code;
    if (dtype == XYBRID_FLOAT32) memcpy(data, &(float){ 1 }, sizeof(float));
    else if (dtype == XYBRID_FLOAT64) memcpy(data, &(double){ 1 }, sizeof(double));
    else memcpy(data, &(int64_t){ 1 }, (size_t)width);
    one.has = t->has & ~keep; /* with strides of 0 */
    XB_TRY(multiply(n, e, *t, one, keep, &result));
    *t = result;
    return XYBRID_OK;
}

/* The last product goes straight to the result where that has the order of one. */
static xybrid_status join(xb_node *n, const equation *e, term *a, term *t, uint64_t keep, const term *target, int *is_done) {
    term result = { 0 };
    XB_TRY(summed(n, e, a, keep | t->has));
    XB_TRY(summed(n, e, t, keep | a->has));
    if (target) {
        int is_turned = !takes_product(e, target, a, t);
        *is_done = !is_turned || takes_product(e, target, t, a);
        if (*is_done) {
            result = *target;
            return is_turned ? multiply(n, e, *t, *a, keep, &result) : multiply(n, e, *a, *t, keep, &result);
        }
    }
    XB_TRY(multiply(n, e, *a, *t, keep, &result));
    *a = result;
    return XYBRID_OK;
}

/* ---- emit ---- */

/* The low bytes of integers: a narrower integer, modulo its size. */
static xybrid_status narrowed(const xb_node *n, const xb_val *from, xb_val *to) {
    int32_t       bytes = xb_element_bytes(to->dtype);
    xb_move_args *a = xb_step_new(n, sizeof *a, "narrow");
    if (!a) return n->b->err->code;
    *a = (xb_move_args){ .rank = 1, .element_bytes = bytes, .dims = { to->count }, .dst_strides = { 1 } };
    a->src_strides[0] = xb_element_bytes(from->dtype) / bytes;
    xb_step_in(n, &a->src, from);
    xb_step_out(n, &a->dst, to);
    return xb_step_work(n, xb_move_work(a));
}

static xybrid_status finish(const xb_node *n, xb_val *from, xb_val *to) {
    if (from == to) return XYBRID_OK;
    return xb_is_float(to->dtype) ? xb_float_done(n, from, to) : narrowed(n, from, to);
}

xybrid_status xb_emit_einsum(xb_node *n) {
    equation e;
    xb_val  *out = n->out[0];
    uint64_t wanted = 0;
    term     target = { 0 };
    int64_t  strides[XB_MAX_RANK];
    int      is_done = 0;
    if (out->count == 0) return XYBRID_OK;
    XB_TRY(read_equation(n, &e));
    for (int32_t i = 0; i < e.out_rank; i++) wanted |= UINT64_C(1) << e.out[i];
    term *first = &e.terms[0];
    if (e.term_count == 1 && !(first->has & ~wanted)) { /* only moved */
        for (int32_t i = 0; i < e.out_rank; i++) strides[i] = first->stride[e.out[i]];
        return xb_gather_into(n, first->val, 0, strides, out);
    }
    int32_t dtype = computed_in(out->dtype);
    target.val = out->dtype == dtype ? out : xb_temp(n, dtype, out->rank, out->dims);
    if (!target.val) return n->b->err->code;
    target.has = wanted;
    dense_term(&e, e.out_rank, e.out, &target);
    for (int32_t i = 1; i < e.term_count; i++) {
        uint64_t later = wanted;
        for (int32_t k = i + 1; k < e.term_count; k++) later |= e.terms[k].has;
        XB_TRY(join(n, &e, first, &e.terms[i], later, i == e.term_count - 1 ? &target : NULL, &is_done));
    }
    if (!is_done) {
        XB_TRY(summed(n, &e, first, wanted));
        for (int32_t i = 0; i < e.out_rank; i++) strides[i] = first->stride[e.out[i]];
        XB_TRY(xb_gather_into(n, first->val, 0, strides, target.val));
    }
    return finish(n, target.val, out);
}
