/* flow/value.c - see value.h. */
#include "flow/value.h"

#include <string.h>

#include "base/checked.h"
#include "base/error.h"

void xb_value_init(xb_value *v, xb_mem *mem) { *v = (xb_value){ .mem = mem }; }

void xb_value_clear(xb_value *v) {
    for (size_t i = 0; i < v->count; i++) xb_tensor_drop(&v->tensors[i].tensor);
    xb_envelope_drop(v->envelope);
    *v = (xb_value){ .mem = v->mem, .tensors = v->tensors, .room = v->room };
}

void xb_value_free(xb_value *v) {
    xb_value_clear(v);
    xb_free(v->mem, v->tensors);
    xb_value_init(v, v->mem);
}

void xb_value_set_envelope(xb_value *v, xybrid_envelope *envelope) {
    xb_value_clear(v);
    v->kind = XB_VALUE_ENVELOPE;
    v->envelope = envelope;
}

xybrid_status xb_value_add_tensor(xb_value *v, const char *name, xb_tensor tensor, xybrid_error *err) {
    void         *room = v->tensors;
    xybrid_status st = xb_grow(v->mem, &room, &v->room, v->count, sizeof *v->tensors, XB_MAX_PORTS, "tensors", err);
    if (st) {
        xb_tensor_drop(&tensor);
        return st;
    }
    v->tensors = room;
    v->tensors[v->count++] = (xb_named_tensor){ name, tensor };
    if (v->kind == XB_VALUE_NONE) v->kind = XB_VALUE_TENSORS;
    return XYBRID_OK;
}

xybrid_status xb_value_set_tensor(xb_value *v, xb_value_kind kind, const char *name, xb_tensor tensor, xybrid_error *err) {
    int32_t rate_hz = v->rate_hz;
    xb_value_clear(v);
    XB_TRY(xb_value_add_tensor(v, name, tensor, err));
    v->kind = kind;
    v->rate_hz = kind == XB_VALUE_AUDIO ? rate_hz : 0;
    return XYBRID_OK;
}

xb_tensor *xb_value_find(xb_value *v, const char *name) {
    if (v->kind == XB_VALUE_ENVELOPE) return NULL;
    for (size_t i = 0; i < v->count; i++)
        if (!name || strcmp(v->tensors[i].name, name) == 0) return &v->tensors[i].tensor;
    return NULL;
}

const char *xb_value_describe(const xb_value *v) {
    switch (v->kind) {
    case XB_VALUE_ENVELOPE: return xb_envelope_kind_name(v->envelope->view.kind);
    case XB_VALUE_PICTURE: return "a picture";
    case XB_VALUE_AUDIO: return "audio";
    case XB_VALUE_TENSORS: return v->count == 1 ? "a tensor" : "tensors";
    default: return "nothing";
    }
}

/* "1,80,3000" into dims; 0 if it is something else. */
static int32_t read_shape(const char *text, int64_t *dims) {
    int32_t rank = 0;
    while (rank < XB_MAX_RANK) {
        int64_t n = 0;
        if (*text < '0' || *text > '9') return 0;
        for (; *text >= '0' && *text <= '9'; text++)
            if (xb_mul_overflows(n, 10, &n) || xb_add_overflows(n, *text - '0', &n)) return 0;
        dims[rank++] = n;
        if (*text == 0) return rank;
        if (*text++ != ',') return 0;
    }
    return 0;
}

static xybrid_status add_envelope(xb_value *v, const xybrid_envelope *e, xybrid_error *err) {
    const xb_tensor *payload = &e->tensor;
    const char      *name = e->view.name;
    xb_tensor        t;
    switch (e->view.kind) {
    case XYBRID_TENSOR: t = xb_tensor_keep(payload); break;
    case XYBRID_TOKENS:
        XB_TRY(xb_tensor_reshape(payload, 2, (int64_t[]){ 1, -1 }, &t, err));
        if (!*name) name = "input_ids";
        break;
    case XYBRID_EMBEDDING: {
        const char *shape = xb_envelope_get(e, "tensor_shape");
        int64_t     dims[XB_MAX_RANK];
        int32_t     rank = shape ? read_shape(shape, dims) : 0;
        if (shape && !rank)
            return xb_fail(err, XYBRID_INVALID_ARGUMENT, "tensor_shape",
                           "metadata \"tensor_shape\" is \"%.60s\", wanted dimensions with commas between: \"1,80,3000\"",
                           shape);
        if (rank) XB_TRY(xb_tensor_reshape(payload, rank, dims, &t, err));
        else t = xb_tensor_keep(payload);
        break;
    }
    default:
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "input",
                       "the input is %s; a tensor is wanted here: Tensor, Tokens, Embedding, or a List of them",
                       xb_envelope_kind_name(e->view.kind));
    }
    return xb_value_add_tensor(v, name, t, err);
}

xybrid_status xb_value_to_tensors(xb_value *v, xybrid_error *err) {
    if (v->kind == XB_VALUE_TENSORS) return XYBRID_OK;
    if (v->kind == XB_VALUE_AUDIO) {
        v->kind = XB_VALUE_TENSORS;
        return XYBRID_OK;
    }
    if (v->kind != XB_VALUE_ENVELOPE)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "input", "there is %s; a tensor is wanted here", xb_value_describe(v));
    xybrid_envelope *e = v->envelope; /* names may point into it: the tensors keep only its bytes, so it stays to the end */
    xb_value         made;
    xb_value_init(&made, v->mem);
    xybrid_status st = XYBRID_OK;
    if (e->view.kind != XYBRID_LIST) st = add_envelope(&made, e, err);
    for (int32_t i = 0; st == XYBRID_OK && i < e->item_count; i++) st = add_envelope(&made, e->items[i], err);
    if (st == XYBRID_OK && made.count == 0)
        st = xb_fail(err, XYBRID_INVALID_ARGUMENT, "input", "the input is an empty List; tensors are wanted here");
    if (st) {
        xb_value_free(&made);
        return st;
    }
    made.envelope = e;
    v->envelope = NULL;
    xb_value_free(v);
    *v = made;
    return XYBRID_OK;
}

typedef struct tensor_items {
    const xb_value *value;
    xb_root        *root;
    xb_mem         *mem;
} tensor_items;

static xybrid_status tensor_item(const void *ctx, int32_t index, xybrid_envelope **out, xybrid_error *err) {
    const tensor_items    *c = ctx;
    const xb_named_tensor *t = &c->value->tensors[index];
    return xb_envelope_new_tensor(c->root, c->mem, XYBRID_TENSOR, t->name, &t->tensor, out, err);
}

xybrid_status xb_value_to_envelope(xb_value *v, xb_root *root, xb_mem *mem, xybrid_envelope **out, xybrid_error *err) {
    const xb_tensor *t = v->count ? &v->tensors[0].tensor : NULL;
    XB_CHECK(t || (v->kind != XB_VALUE_PICTURE && v->kind != XB_VALUE_AUDIO));
    switch (v->kind) {
    case XB_VALUE_ENVELOPE: *out = xb_envelope_keep(v->envelope); return XYBRID_OK;
    case XB_VALUE_PICTURE:
        return xb_envelope_new_image(root, mem, t, t->shape[2] == 1 ? XYBRID_FORMAT_GRAY8 : XYBRID_FORMAT_RGB8,
                                     (int32_t)t->shape[1], (int32_t)t->shape[0], (int32_t)(t->shape[1] * t->shape[2]), out,
                                     err);
    case XB_VALUE_AUDIO: return xb_envelope_new_audio(root, mem, t, v->rate_hz, out, err);
    case XB_VALUE_TENSORS:
        if (v->count == 1) return xb_envelope_new_tensor(root, mem, XYBRID_TENSOR, v->tensors[0].name, t, out, err);
        return xb_envelope_make_list(root, mem, (int32_t)v->count, tensor_item, &(tensor_items){ v, root, mem }, out, err);
    default: return xb_envelope_new_list(root, mem, NULL, 0, out, err);
    }
}
