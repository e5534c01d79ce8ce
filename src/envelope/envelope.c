/* envelope/envelope.c - see envelope.h. */
#include "envelope/envelope.h"

#include <string.h>

#include "base/error.h"
#include "base/handle.h"
#include "base/utf8.h"

const char *xb_envelope_kind_name(xybrid_kind kind) {
    static const char *const names[] = { "?", "Text", "Audio", "Image", "Tokens", "Embedding", "Tensor", "List" };
    return kind >= XYBRID_TEXT && kind <= XYBRID_LIST ? names[kind] : names[0];
}

/* ---- make ---- */

xybrid_status xb_envelope_new(xb_root *root, xb_mem *mem, xybrid_kind kind, xybrid_envelope **out, xybrid_error *err) {
    xybrid_envelope *e = xb_calloc(xb_handle_mem(root, mem), 1, sizeof *e, err);
    if (!e) return err->code;
    e->mark = XB_ENVELOPE_MARK;
    e->refs = 1;
    e->root = xb_root_keep(root);
    e->mem = mem;
    e->view = (xybrid_view){ .struct_size = sizeof e->view,
                             .kind = kind,
                             .name = "",
                             .shape = e->tensor.shape,
                             .score = -1,
                             .start_ms = -1,
                             .end_ms = -1 };
    *out = e;
    return XYBRID_OK;
}

/* Makes `tensor` (a reference is taken) the payload. */
static void set_payload(xybrid_envelope *e, const xb_tensor *tensor) {
    e->tensor = xb_tensor_keep(tensor);
    e->view.data = e->tensor.data;
    e->view.size_bytes = xb_tensor_size_bytes(&e->tensor);
    e->view.count = xb_tensor_count(&e->tensor);
    e->view.rank = e->tensor.rank;
    e->view.dtype = e->tensor.dtype;
}

static xybrid_status finish(xybrid_envelope *e, xybrid_status st, xybrid_envelope **out) {
    if (st) xb_envelope_drop(e);
    else *out = e;
    return st;
}

xybrid_status xb_envelope_new_text(xb_root *root, xb_mem *mem, const char *text, int64_t size, xybrid_envelope **out,
                                   xybrid_error *err) {
    size_t valid = xb_utf8_valid(text, (size_t)size);
    if (valid != (size_t)size)
        return xb_fail_at(err, XYBRID_INVALID_ARGUMENT, (int64_t)valid, "text", "text is not UTF-8 at byte %zu (0x%02x)", valid,
                          (unsigned)(unsigned char)text[valid]);
    xb_buf *buf;
    XB_TRY(xb_buf_new(mem, size + 1, &buf, err));
    memcpy(buf->data, text, (size_t)size);
    ((char *)buf->data)[size] = 0;
    xb_tensor        bytes = { .dtype = XYBRID_UINT8, .rank = 1, .shape = { size }, .data = buf->data, .buf = buf };
    xybrid_envelope *e;
    xybrid_status    st = xb_envelope_new(root, mem, XYBRID_TEXT, &e, err);
    if (st == XYBRID_OK) {
        set_payload(e, &bytes);
        e->view.dtype = 0;
        *out = e;
    }
    xb_buf_drop(buf);
    return st;
}

xybrid_status xb_envelope_new_list(xb_root *root, xb_mem *mem, xybrid_envelope *const *items, int32_t count,
                                   xybrid_envelope **out, xybrid_error *err) {
    int32_t depth = 1;
    for (int32_t i = 0; i < count; i++)
        if (items[i]->depth >= depth) depth = items[i]->depth + 1;
    if (depth > XB_MAX_LIST_DEPTH || count > XB_MAX_LIST_ITEMS)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "items", "List of %d items, %d deep; at most %d items, %d deep", count,
                       depth, XB_MAX_LIST_ITEMS, XB_MAX_LIST_DEPTH);
    xybrid_envelope *e;
    XB_TRY(xb_envelope_new(root, mem, XYBRID_LIST, &e, err));
    e->depth = depth;
    e->items = xb_calloc(mem, (size_t)count, sizeof *e->items, err);
    if (!e->items) return finish(e, err->code, out);
    for (; e->item_count < count; e->item_count++) e->items[e->item_count] = xb_envelope_keep(items[e->item_count]);
    e->view.count = count;
    return finish(e, XYBRID_OK, out);
}

xybrid_status xb_envelope_make_list(xb_root *root, xb_mem *mem, int32_t count, xb_item_fn make, const void *ctx,
                                    xybrid_envelope **out, xybrid_error *err) {
    xybrid_envelope **items = xb_calloc(mem, (size_t)count, sizeof *items, err);
    if (!items) return err->code;
    xybrid_status st = XYBRID_OK;
    for (int32_t i = 0; i < count && st == XYBRID_OK; i++) st = make(ctx, i, &items[i], err);
    if (st == XYBRID_OK) st = xb_envelope_new_list(root, mem, items, count, out, err);
    for (int32_t i = 0; i < count; i++) xb_envelope_drop(items[i]);
    xb_free(mem, items);
    return st;
}

xybrid_status xb_envelope_new_tensor(xb_root *root, xb_mem *mem, xybrid_kind kind, const char *name, const xb_tensor *tensor,
                                     xybrid_envelope **out, xybrid_error *err) {
    xybrid_envelope *e;
    XB_TRY(xb_envelope_new(root, mem, kind, &e, err));
    set_payload(e, tensor);
    return finish(e, name ? xb_envelope_set_name(e, name, err) : XYBRID_OK, out);
}

xybrid_status xb_envelope_new_audio(xb_root *root, xb_mem *mem, const xb_tensor *samples, int32_t rate_hz,
                                    xybrid_envelope **out, xybrid_error *err) {
    xybrid_envelope *e;
    XB_TRY(xb_envelope_new(root, mem, XYBRID_AUDIO, &e, err));
    set_payload(e, samples);
    e->view.format = samples->dtype == XYBRID_INT16 ? XYBRID_FORMAT_PCM16 : XYBRID_FORMAT_F32;
    e->view.sample_rate = rate_hz;
    e->view.channels = samples->rank > 1 ? (int32_t)samples->shape[1] : 1;
    e->view.count = samples->shape[0];
    return finish(e, XYBRID_OK, out);
}

xybrid_status xb_envelope_new_image(xb_root *root, xb_mem *mem, const xb_tensor *bytes, xybrid_format format, int32_t width,
                                    int32_t height, int32_t stride_bytes, xybrid_envelope **out, xybrid_error *err) {
    xybrid_envelope *e;
    XB_TRY(xb_envelope_new(root, mem, XYBRID_IMAGE, &e, err));
    set_payload(e, bytes);
    e->view.format = format;
    e->view.width = width;
    e->view.height = height;
    e->view.stride_bytes = stride_bytes;
    e->view.channels = format == XYBRID_FORMAT_GRAY8                                    ? 1
                       : format == XYBRID_FORMAT_RGBA8 || format == XYBRID_FORMAT_BGRA8 ? 4
                                                                                        : 3;
    return finish(e, XYBRID_OK, out);
}

xybrid_status xb_envelope_new_encoded(xb_root *root, xb_mem *mem, xybrid_kind kind, const xb_tensor *bytes,
                                      xybrid_envelope **out, xybrid_error *err) {
    xybrid_envelope *e;
    XB_TRY(xb_envelope_new(root, mem, kind, &e, err));
    set_payload(e, bytes);
    e->view.format = XYBRID_FORMAT_ENCODED;
    e->view.dtype = 0;
    return finish(e, XYBRID_OK, out);
}

/* ---- fill ---- */

xybrid_status xb_envelope_set_name(xybrid_envelope *e, const char *name, xybrid_error *err) {
    size_t size = strlen(name);
    if (size > XB_MAX_NAME || xb_utf8_valid(name, size) != size)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "name", "name of %zu bytes; at most %d bytes of UTF-8", size, XB_MAX_NAME);
    char *copy = xb_strndup(e->mem, name, size, err);
    if (!copy) return err->code;
    xb_free(e->mem, e->name);
    e->name = copy;
    e->view.name = copy;
    return XYBRID_OK;
}

xybrid_status xb_envelope_set_points(xybrid_envelope *e, const float *points, int32_t point_count, xybrid_error *err) {
    float *copy = xb_memdup(e->mem, points, sizeof *points * 2 * (size_t)point_count, err);
    if (!copy) return err->code;
    xb_free(e->mem, e->points);
    e->points = copy;
    e->view.points = copy;
    e->view.point_count = point_count;
    return XYBRID_OK;
}

void xb_envelope_set_score(xybrid_envelope *e, float score) { e->view.score = score; }

void xb_envelope_set_times(xybrid_envelope *e, int64_t start_ms, int64_t end_ms) {
    e->view.start_ms = start_ms;
    e->view.end_ms = end_ms;
}

/* ---- metadata: few keys, so a sorted array ---- */

/* Place of `key`, or where it would be; *found says which. */
static size_t find_key(const xybrid_envelope *e, const char *key, int *found) {
    size_t i = 0;
    while (i < e->metadata_count && strcmp(e->metadata[i].key, key) < 0) i++;
    *found = i < e->metadata_count && strcmp(e->metadata[i].key, key) == 0;
    return i;
}

const char *xb_envelope_get(const xybrid_envelope *e, const char *key) {
    int    found;
    size_t i = find_key(e, key, &found);
    return found ? e->metadata[i].value : NULL;
}

static xybrid_status add_key(xybrid_envelope *e, size_t at, const char *key, char *value, xybrid_error *err) {
    void  *room = e->metadata;
    size_t capacity = e->metadata_room;
    XB_TRY(
        xb_grow(e->mem, &room, &capacity, e->metadata_count, sizeof *e->metadata, XB_MAX_METADATA_KEYS, "metadata keys", err));
    e->metadata = room;
    e->metadata_room = capacity;
    char *name = xb_strdup(e->mem, key, err);
    if (!name) return err->code;
    memmove(e->metadata + at + 1, e->metadata + at, (e->metadata_count - at) * sizeof *e->metadata);
    e->metadata[at].key = name;
    e->metadata[at].value = value;
    e->metadata_count++;
    return XYBRID_OK;
}

xybrid_status xb_envelope_set(xybrid_envelope *e, const char *key, const char *value, xybrid_error *err) {
    int    found;
    size_t at = find_key(e, key, &found);
    if (!value) {
        if (!found) return XYBRID_OK;
        xb_free(e->mem, e->metadata[at].key);
        xb_free(e->mem, e->metadata[at].value);
        e->metadata_count--;
        memmove(e->metadata + at, e->metadata + at + 1, (e->metadata_count - at) * sizeof *e->metadata);
        return XYBRID_OK;
    }
    size_t key_size = strlen(key), value_size = strlen(value);
    if (key_size == 0 || key_size > XB_MAX_NAME || xb_utf8_valid(key, key_size) != key_size ||
        xb_utf8_valid(value, value_size) != value_size)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "metadata",
                       "metadata key of %zu bytes; wanted 1 to %d bytes of UTF-8, and a value of UTF-8", key_size, XB_MAX_NAME);
    char *copy = xb_strndup(e->mem, value, value_size, err);
    if (!copy) return err->code;
    if (!found) {
        xybrid_status st = add_key(e, at, key, copy, err);
        if (st) xb_free(e->mem, copy);
        return st;
    }
    xb_free(e->mem, e->metadata[at].value);
    e->metadata[at].value = copy;
    return XYBRID_OK;
}

/* ---- look, keep ---- */

const char *xb_envelope_text(const xybrid_envelope *e) {
    if (e->view.kind == XYBRID_TEXT) return e->view.data;
    if (e->view.kind != XYBRID_LIST) return NULL;
    xybrid_envelope *self = (xybrid_envelope *)(uintptr_t)e; /* what several threads may make at once; the first one stays */
    char            *joined = atomic_load(&self->joined);
    if (joined) return joined;
    xb_str s;
    xb_str_init(&s, e->mem, XB_MAX_FILE_BYTES < SIZE_MAX ? (size_t)XB_MAX_FILE_BYTES : SIZE_MAX / 2);
    for (int32_t i = 0; i < e->item_count; i++) {
        const char *text = xb_envelope_text(e->items[i]);
        if (!text) continue;
        if (s.size) xb_str_addc(&s, '\n');
        xb_str_add(&s, text);
    }
    xybrid_error why;
    if (xb_str_take(&s, &joined, NULL, &why)) {
        xb_str_free(&s);
        return NULL;
    }
    char *expected = NULL;
    if (!atomic_compare_exchange_strong(&self->joined, &expected, joined)) {
        xb_free(e->mem, joined);
        return expected;
    }
    return joined;
}

xybrid_envelope *xb_envelope_keep(const xybrid_envelope *e) {
    xybrid_envelope *self = (xybrid_envelope *)(uintptr_t)e; /* the count is not part of what is constant */
    if (self) xb_ref_take(&self->refs);
    return self;
}

void xb_envelope_drop(xybrid_envelope *e) {
    if (!e || !xb_ref_drop(&e->refs)) return;
    for (int32_t i = 0; i < e->item_count; i++) xb_envelope_drop(e->items[i]); /* as deep as XB_MAX_LIST_DEPTH */
    for (size_t i = 0; i < e->metadata_count; i++) {
        xb_free(e->mem, e->metadata[i].key);
        xb_free(e->mem, e->metadata[i].value);
    }
    xb_free(e->mem, e->metadata);
    xb_free(e->mem, e->items);
    xb_free(e->mem, e->points);
    xb_free(e->mem, e->name);
    xb_free(e->mem, atomic_load(&e->joined));
    xb_tensor_drop(&e->tensor);
    xb_root *root = e->root;
    xb_handle_free(root, e->mem, e);
    xb_root_drop(root);
}
