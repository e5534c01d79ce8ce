/* engine/engine_source.c - a model file held open: its bytes, and the files beside it that engines ask for. */
#include <string.h>

#include "base/error.h"
#include "base/str.h"
#include "engine/model.h"
#include "plat/path.h"
#include "plat/thread.h"

typedef struct sibling {
    char        *path; /* absolute */
    xb_file_view view;
} sibling;

struct xb_engine_source {
    xb_atomic32       refs;
    xb_mem           *mem;
    xybrid_source     seen; /* what engines get; its ctx is this struct */
    xb_file_view      view;
    xybrid_release_fn release;
    void             *release_ctx;
    char             *path, *name, *format, *identity, *folder;
    xb_mutex          mutex; /* guards the siblings */
    sibling          *siblings;
    size_t            sibling_count, sibling_capacity;
};

/* Opens the file, or finds it open. The mutex is held; `path` is taken over on success. */
static xybrid_status open_sibling(xb_engine_source *s, char *path, const sibling **out, xybrid_error *err) {
    for (size_t i = 0; i < s->sibling_count; i++) {
        if (!xb_streq(s->siblings[i].path, path)) continue;
        xb_free(s->mem, path);
        *out = &s->siblings[i];
        return XYBRID_OK;
    }
    void *items = s->siblings;
    XB_TRY(xb_grow(s->mem, &items, &s->sibling_capacity, s->sibling_count, sizeof *s->siblings, XB_MAX_EXTERNAL_FILES,
                   "files beside the model", err));
    s->siblings = items;
    sibling *next = &s->siblings[s->sibling_count];
    int32_t  mode = s->view.is_mapped ? XB_VIEW_AUTO : XB_VIEW_READ; /* who did not map the model has his reasons */
    XB_TRY(xb_file_view_open(s->mem, path, mode, &next->view, err));
    next->path = path;
    s->sibling_count++;
    *out = next;
    return XYBRID_OK;
}

static xybrid_status source_sibling(void *ctx, const char *relative_path, const void **bytes, int64_t *size_bytes,
                                    const char **path, xybrid_error *err) {
    xb_engine_source *s = ctx;
    if (!s->folder)
        return xb_fail(err, XYBRID_MODEL_NOT_FOUND, relative_path, "%s is only in memory: there is no file \"%.96s\" beside it",
                       s->name, relative_path ? relative_path : "");
    char *full = NULL;
    XB_TRY(xb_path_confined(s->mem, s->folder, relative_path ? relative_path : "", &full, err));
    xb_mutex_lock(&s->mutex);
    const sibling *found = NULL;
    xybrid_status  st = open_sibling(s, full, &found, err);
    if (st == XYBRID_OK) {
        *bytes = found->view.bytes;
        *size_bytes = found->view.size_bytes;
        if (path) *path = found->path;
    } else {
        xb_free(s->mem, full);
    }
    xb_mutex_unlock(&s->mutex);
    return st;
}

static void free_source(xb_engine_source *s) {
    for (size_t i = 0; i < s->sibling_count; i++) {
        xb_file_view_close(&s->siblings[i].view);
        xb_free(s->mem, s->siblings[i].path);
    }
    xb_free(s->mem, s->siblings);
    xb_mutex_free(&s->mutex);
    xb_free(s->mem, s->path);
    xb_free(s->mem, s->name);
    xb_free(s->mem, s->format);
    xb_free(s->mem, s->identity);
    xb_free(s->mem, s->folder);
    xb_free(s->mem, s);
}

static xybrid_status copy_text(xb_mem *mem, const char *text, char **out, xybrid_error *err) {
    if (!text) return XYBRID_OK;
    char *copy = xb_strdup(mem, text, err);
    if (!copy) return err->code;
    *out = copy;
    return XYBRID_OK;
}

xybrid_status xb_engine_source_new(xb_mem *mem, const xb_engine_source_spec *spec, xb_engine_source **out, xybrid_error *err) {
    xb_engine_source *s = xb_calloc(mem, 1, sizeof *s, err);
    if (!s) return err->code;
    xybrid_status st;
    s->mem = mem;
    s->refs = 1;
    xb_mutex_init(&s->mutex);
    const char *name = spec->name ? spec->name : spec->path ? xb_path_base(spec->path) : "model";
    XB_TRY_OUT(copy_text(mem, spec->path, &s->path, err));
    XB_TRY_OUT(copy_text(mem, name, &s->name, err));
    XB_TRY_OUT(copy_text(mem, spec->format ? spec->format : "", &s->format, err));
    XB_TRY_OUT(copy_text(mem, spec->identity, &s->identity, err));
    if (spec->folder) XB_TRY_OUT(copy_text(mem, spec->folder, &s->folder, err));
    else if (s->path) XB_TRY_OUT(xb_path_folder(mem, s->path, &s->folder, err));
    s->view = spec->view;
    s->release = spec->release;
    s->release_ctx = spec->release_ctx;
    s->seen = (xybrid_source){
        .struct_size = sizeof s->seen,
        .is_mapped = s->view.is_mapped,
        .format = s->format,
        .path = s->path,
        .bytes = s->view.bytes,
        .size_bytes = s->view.size_bytes,
        .identity = s->identity,
        .ctx = s,
        .sibling = source_sibling,
    };
    *out = s;
    return XYBRID_OK;
out:
    free_source(s);
    return st;
}

xb_engine_source *xb_engine_source_keep(xb_engine_source *source) {
    if (source) xb_ref_take(&source->refs);
    return source;
}

void xb_engine_source_drop(xb_engine_source *source) {
    if (!source || !xb_ref_drop(&source->refs)) return;
    if (source->release) source->release(source->release_ctx, source->view.bytes);
    else xb_file_view_close(&source->view);
    free_source(source);
}

const xybrid_source *xb_engine_source_view(const xb_engine_source *source) { return &source->seen; }

const char *xb_engine_source_name(const xb_engine_source *source) { return source->name; }
