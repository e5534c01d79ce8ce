/* flow/labels.c - see labels.h. */
#include "flow/labels.h"

#include <string.h>

#include "base/error.h"
#include "base/utf8.h"

static xybrid_status read_array(xb_step_maker *m, const xb_json *array, xb_labels *out, xybrid_error *err) {
    int64_t count = xb_json_count(array);
    out->names = xb_arena_array(m->arena, (size_t)count, sizeof *out->names, err);
    if (!out->names) return err->code;
    for (xb_json_iter it = xb_json_items(array); xb_json_next(&it);) {
        size_t size;
        if (!xb_json_string(it.value, &out->names[it.index], &size))
            return xb_json_fail(it.value, m->where, "labels", "an array of strings", err);
    }
    out->count = (int32_t)count;
    return XYBRID_OK;
}

static xybrid_status read_file(xb_step_maker *m, const char *name, xb_labels *out, xybrid_error *err) {
    const xb_pack_file *file;
    XB_TRY(xb_pack_file_open(m->pack, name, "labels", &file, err));
    const char *text = file->bytes, *end = text + file->size_bytes;
    size_t      valid = xb_utf8_valid(text, (size_t)file->size_bytes), lines = 0;
    if (valid != (size_t)file->size_bytes)
        return xb_fail_at(err, XYBRID_MALFORMED, (int64_t)valid, name, "labels file %s is not UTF-8 at byte %zu", name, valid);
    for (const char *p = text; p < end; p++) lines += *p == '\n';
    if (end[-1] != '\n') lines++;
    if (lines > XB_MAX_VOCABULARY)
        return xb_fail(err, XYBRID_MALFORMED, name, "labels file %s has %zu lines; at most %d", name, lines, XB_MAX_VOCABULARY);
    out->names = xb_arena_array(m->arena, lines, sizeof *out->names, err);
    if (!out->names) return err->code;
    for (const char *p = text; p < end;) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        if (!stop) stop = end;
        size_t size = (size_t)(stop - p);
        if (size && p[size - 1] == '\r') size--;
        char *copy = xb_arena_strndup(m->arena, p, size, err);
        if (!copy) return err->code;
        out->names[out->count++] = copy;
        p = stop + 1;
    }
    return XYBRID_OK;
}

xybrid_status xb_labels_read(xb_step_maker *m, xb_labels *out, xybrid_error *err) {
    const xb_json *v = xb_json_get(m->params, "labels");
    const char    *name;
    size_t         size;
    if (xb_json_is(v, XB_JSON_MISSING) || xb_json_is(v, XB_JSON_NULL)) return XYBRID_OK;
    if (xb_json_is(v, XB_JSON_ARRAY)) return read_array(m, v, out, err);
    if (xb_json_string(v, &name, &size)) return read_file(m, name, out, err);
    return xb_json_fail(v, m->where, "labels", "an array of strings or the name of a file", err);
}

xybrid_status xb_labels_envelope(const xb_labels *l, xb_frame *f, int64_t id, float score, xybrid_envelope **out,
                                 xybrid_error *err) {
    char        number[24];
    const char *text = number;
    xb_format(number, sizeof number, "%lld", (long long)id);
    if (id >= 0 && id < l->count) text = l->names[id];
    xybrid_envelope *e;
    XB_TRY(xb_envelope_new_text(f->root, f->mem, text, (int64_t)strlen(text), &e, err));
    xb_envelope_set_score(e, score);
    xybrid_status st = l->count ? xb_envelope_set(e, "class_id", number, err) : XYBRID_OK;
    if (st) xb_envelope_drop(e);
    else *out = e;
    return st;
}

typedef struct class_items {
    const xb_labels *labels;
    xb_frame        *frame;
    const int64_t   *ids;
    const float     *scores;
} class_items;

static xybrid_status class_item(const void *ctx, int32_t index, xybrid_envelope **out, xybrid_error *err) {
    const class_items *c = ctx;
    return xb_labels_envelope(c->labels, c->frame, c->ids[index], c->scores[index], out, err);
}

xybrid_status xb_labels_list(const xb_labels *l, xb_frame *f, const int64_t *ids, const float *scores, int64_t count,
                             xybrid_error *err) {
    return xb_frame_put_list(f, count, class_item, &(class_items){ l, f, ids, scores }, err);
}
