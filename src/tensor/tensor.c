/* tensor/tensor.c - element types, shapes, and tensors as views of reference-counted bytes. */
#include "tensor/tensor.h"

#include <string.h>

#include "base/checked.h"
#include "base/error.h"
#include "base/str.h"

/* ---- element types ---- */

typedef struct dtype_row {
    xybrid_dtype dtype;
    int32_t      size;
    const char  *name;
} dtype_row;

static const dtype_row dtype_rows[] = {
    { XYBRID_FLOAT32, 4, "float32" }, { XYBRID_FLOAT16, 2, "float16" }, { XYBRID_BFLOAT16, 2, "bfloat16" },
    { XYBRID_FLOAT64, 8, "float64" }, { XYBRID_UINT8, 1, "uint8" },     { XYBRID_INT8, 1, "int8" },
    { XYBRID_UINT16, 2, "uint16" },   { XYBRID_INT16, 2, "int16" },     { XYBRID_UINT32, 4, "uint32" },
    { XYBRID_INT32, 4, "int32" },     { XYBRID_UINT64, 8, "uint64" },   { XYBRID_INT64, 8, "int64" },
    { XYBRID_BOOL, 1, "bool" },
};
enum { DTYPE_ROWS = sizeof dtype_rows / sizeof dtype_rows[0] };

static const dtype_row *dtype_find(xybrid_dtype dtype) {
    for (int i = 0; i < DTYPE_ROWS; i++)
        if (dtype_rows[i].dtype == dtype) return &dtype_rows[i];
    return NULL;
}

int32_t xb_dtype_size(xybrid_dtype dtype) {
    const dtype_row *row = dtype_find(dtype);
    return row ? row->size : 0;
}

const char *xb_dtype_name(xybrid_dtype dtype) {
    const dtype_row *row = dtype_find(dtype);
    return row ? row->name : "unknown";
}

xybrid_dtype xb_dtype_from_name(const char *name) {
    for (int i = 0; i < DTYPE_ROWS; i++)
        if (xb_streq(name, dtype_rows[i].name)) return dtype_rows[i].dtype;
    return 0;
}

int xb_dtype_is_float(xybrid_dtype dtype) {
    return dtype == XYBRID_FLOAT32 || dtype == XYBRID_FLOAT16 || dtype == XYBRID_BFLOAT16 || dtype == XYBRID_FLOAT64;
}

/* ---- shapes ---- */

xybrid_status xb_shape_count(int32_t rank, const int64_t *shape, const char *what, int64_t *out, xybrid_error *err) {
    if (rank < 0 || rank > XB_MAX_RANK)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, what, "%s has %d dimensions; 0 to %d are possible", what, (int)rank,
                       XB_MAX_RANK);
    char    text[XB_SHAPE_TEXT_BYTES];
    int64_t count = 1;
    int     has_zero = 0;
    for (int32_t i = 0; i < rank; i++) {
        if (shape[i] < 0) {
            xb_shape_format(rank, shape, text, sizeof text);
            return xb_fail(err, XYBRID_INVALID_ARGUMENT, what, "%s has shape %s, dimension %d must be at least 0", what, text,
                           (int)i);
        }
        has_zero |= shape[i] == 0;
    }
    for (int32_t i = 0; i < rank && !has_zero; i++) {
        if (xb_mul_overflows(count, shape[i], &count)) {
            xb_shape_format(rank, shape, text, sizeof text);
            return xb_fail(err, XYBRID_INVALID_ARGUMENT, what, "%s has shape %s: more elements than 64 bits can count", what,
                           text);
        }
    }
    *out = has_zero ? 0 : count;
    return XYBRID_OK;
}

size_t xb_shape_format(int32_t rank, const int64_t *shape, char *out, size_t capacity) {
    size_t n = xb_format(out, capacity, "[");
    for (int32_t i = 0; i < rank; i++) n += xb_format(out + n, capacity - n, i ? ",%lld" : "%lld", (long long)shape[i]);
    return n + xb_format(out + n, capacity - n, "]");
}

int xb_shape_equal(int32_t rank_a, const int64_t *a, int32_t rank_b, const int64_t *b) {
    if (rank_a != rank_b) return 0;
    for (int32_t i = 0; i < rank_a; i++)
        if (a[i] != b[i]) return 0;
    return 1;
}

int64_t xb_tensor_span(const xb_tensor *t, int32_t from, int32_t to) {
    int64_t n = 1;
    for (int32_t i = from; i < to; i++) {
        if (t->shape[i] == 0) return 0;
        if (n > INT64_MAX / t->shape[i]) return 0; /* only where another dimension is 0: no elements either way */
        n *= t->shape[i];
    }
    return n;
}

/* ---- making and sharing ---- */

/* Elements and bytes of what is to be made, checked. */
static xybrid_status describe(xybrid_dtype dtype, int32_t rank, const int64_t *shape, xb_tensor *out, int64_t *bytes,
                              xybrid_error *err) {
    int32_t element = xb_dtype_size(dtype);
    if (element == 0)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "tensor", "tensor has element type %d, which is not known", (int)dtype);
    int64_t count;
    XB_TRY(xb_shape_count(rank, shape, "tensor", &count, err));
    if (xb_mul_overflows(count, element, bytes) || (uint64_t)*bytes > SIZE_MAX / 2) {
        char text[XB_SHAPE_TEXT_BYTES];
        xb_shape_format(rank, shape, text, sizeof text);
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "tensor",
                       "tensor of shape %s and type %s has more bytes than this machine can address", text,
                       xb_dtype_name(dtype));
    }
    *out = (xb_tensor){ .dtype = dtype, .rank = rank };
    for (int32_t i = 0; i < rank; i++) out->shape[i] = shape[i];
    return XYBRID_OK;
}

xybrid_status xb_tensor_new(xb_mem *mem, xybrid_dtype dtype, int32_t rank, const int64_t *shape, xb_tensor *out,
                            xybrid_error *err) {
    xb_tensor t;
    int64_t   bytes;
    XB_TRY(describe(dtype, rank, shape, &t, &bytes, err));
    XB_TRY(xb_buf_new(mem, bytes, &t.buf, err));
    t.data = t.buf->data;
    *out = t;
    return XYBRID_OK;
}

xybrid_status xb_tensor_zeros(xb_mem *mem, xybrid_dtype dtype, int32_t rank, const int64_t *shape, xb_tensor *out,
                              xybrid_error *err) {
    XB_TRY(xb_tensor_new(mem, dtype, rank, shape, out, err));
    memset(out->data, 0, (size_t)xb_tensor_size_bytes(out));
    return XYBRID_OK;
}

static xybrid_status place(const void *data, int64_t size_bytes, int64_t needed_bytes, xb_tensor *t, xybrid_error *err) {
    char    text[XB_SHAPE_TEXT_BYTES];
    int32_t element_bytes = xb_dtype_size(t->dtype);
    XB_CHECK(element_bytes > 0);
    if (needed_bytes > size_bytes) {
        xb_shape_format(t->rank, t->shape, text, sizeof text);
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "tensor",
                       "tensor of shape %s and type %s needs %lld bytes, there are %lld", text, xb_dtype_name(t->dtype),
                       (long long)needed_bytes, (long long)size_bytes);
    }
    if (needed_bytes > 0 && !data)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "tensor", "tensor data is NULL; %lld bytes are needed",
                       (long long)needed_bytes);
    if ((uintptr_t)data % (uintptr_t)element_bytes != 0)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "tensor", "tensor data of type %s is not aligned to %d bytes",
                       xb_dtype_name(t->dtype), (int)element_bytes);
    t->data = (void *)(uintptr_t)data;
    return XYBRID_OK;
}

xybrid_status xb_tensor_from_buf(xb_buf *buf, int64_t offset_bytes, xybrid_dtype dtype, int32_t rank, const int64_t *shape,
                                 xb_tensor *out, xybrid_error *err) {
    xb_tensor t;
    int64_t   bytes;
    XB_TRY(describe(dtype, rank, shape, &t, &bytes, err));
    if (!xb_range_ok(offset_bytes, 0, buf->size_bytes))
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "tensor", "tensor starts at byte %lld of a buffer of %lld bytes",
                       (long long)offset_bytes, (long long)buf->size_bytes);
    const char *start = buf->data ? (const char *)buf->data + offset_bytes : NULL;
    XB_TRY(place(start, buf->size_bytes - offset_bytes, bytes, &t, err));
    t.buf = xb_buf_keep(buf);
    *out = t;
    return XYBRID_OK;
}

xybrid_status xb_tensor_borrow(const void *data, int64_t size_bytes, xybrid_dtype dtype, int32_t rank, const int64_t *shape,
                               xb_tensor *out, xybrid_error *err) {
    xb_tensor t;
    int64_t   bytes;
    XB_TRY(describe(dtype, rank, shape, &t, &bytes, err));
    XB_TRY(place(data, size_bytes, bytes, &t, err));
    *out = t;
    return XYBRID_OK;
}

xb_tensor xb_tensor_keep(const xb_tensor *t) {
    xb_buf_keep(t->buf);
    return *t;
}

void xb_tensor_drop(xb_tensor *t) {
    xb_buf_drop(t->buf);
    *t = (xb_tensor){ 0 };
}

int64_t xb_tensor_count(const xb_tensor *t) { return xb_tensor_span(t, 0, t->rank); }

int64_t xb_tensor_size_bytes(const xb_tensor *t) { return xb_tensor_count(t) * xb_dtype_size(t->dtype); }

/* ---- views ---- */

/* The dimension that was written as -1, from the product of the others. */
static xybrid_status infer_dimension(const xb_tensor *t, int32_t rank, const int64_t *wanted, int64_t *shape,
                                     xybrid_error *err) {
    char    text[XB_SHAPE_TEXT_BYTES];
    int32_t free_axis = -1;
    int64_t known;
    if (rank < 0 || rank > XB_MAX_RANK) return xb_shape_count(rank, wanted, "reshape", &known, err);
    for (int32_t i = 0; i < rank; i++) {
        shape[i] = wanted[i];
        if (wanted[i] != -1) continue;
        if (free_axis >= 0) {
            xb_shape_format(rank, wanted, text, sizeof text);
            return xb_fail(err, XYBRID_INVALID_ARGUMENT, "reshape", "shape %s has more than one -1", text);
        }
        free_axis = i;
        shape[i] = 1;
    }
    XB_TRY(xb_shape_count(rank, shape, "reshape", &known, err));
    int64_t count = xb_tensor_count(t);
    if (free_axis >= 0 && known > 0 && count % known == 0) {
        shape[free_axis] = count / known;
        return XYBRID_OK;
    }
    if (free_axis < 0 && known == count) return XYBRID_OK;
    xb_shape_format(rank, wanted, text, sizeof text);
    return xb_fail(err, XYBRID_INVALID_ARGUMENT, "reshape", "a tensor of %lld elements cannot have the shape %s",
                   (long long)count, text);
}

xybrid_status xb_tensor_reshape(const xb_tensor *t, int32_t rank, const int64_t *shape, xb_tensor *out, xybrid_error *err) {
    int64_t checked[XB_MAX_RANK] = { 0 };
    XB_TRY(infer_dimension(t, rank, shape, checked, err));
    xb_tensor view = xb_tensor_keep(t);
    view.rank = rank;
    for (int32_t i = 0; i < XB_MAX_RANK; i++) view.shape[i] = checked[i];
    *out = view;
    return XYBRID_OK;
}

xybrid_status xb_tensor_rows(const xb_tensor *t, int64_t start, int64_t count, xb_tensor *out, xybrid_error *err) {
    if (t->rank < 1) return xb_fail(err, XYBRID_INVALID_ARGUMENT, "tensor", "a tensor without dimensions has no rows");
    if (!xb_range_ok(start, count, t->shape[0]))
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "tensor", "%lld rows from row %lld of a tensor that has %lld",
                       (long long)count, (long long)start, (long long)t->shape[0]);
    int64_t   row_bytes = xb_tensor_span(t, 1, t->rank) * xb_dtype_size(t->dtype);
    xb_tensor view = xb_tensor_keep(t);
    view.shape[0] = count;
    if (t->data && row_bytes > 0) view.data = (char *)t->data + start * row_bytes;
    *out = view;
    return XYBRID_OK;
}
