/* pack/pack_open.c - a pack in use: where it comes from, its metadata in force, and the table of its open files.
 *
 *     source -> place (root folder, given model file) -> metadata text -> overlay -> structs
 *     name   -> confined path -> entry of the table, opened once */
#include <string.h>

#include "base/buf.h"
#include "base/checked.h"
#include "base/error.h"
#include "base/limits.h"
#include "codec/gguf.h"
#include "codec/onnx.h"
#include "codec/sha256.h"
#include "codec/sniff.h"
#include "pack/pack.h"
#include "plat/file.h"
#include "plat/oserror.h"
#include "plat/path.h"
#include "plat/thread.h"

static const char metadata_file[] = "model_metadata.json";
enum { HASHED_BYTES = 64 << 10 }; /* at each end of a file */

/* An open file. `file` comes first: what is handed out is a pointer to it. */
typedef struct entry {
    xb_pack_file  file;
    struct entry *next;
    char         *name, *path; /* path NULL: memory */
    xb_file_view  view;
    xb_buf       *buf; /* the caller's memory; NULL: view */
} entry;

struct xb_pack {
    xb_mem          *mem;
    xb_arena         arena; /* metadata */
    xb_json_doc     *doc;
    char            *json;      /* its text */
    char            *json_path; /* where it came from; NULL: made */
    char            *root;      /* NULL: memory */
    int32_t          view_mode;
    xb_pack_metadata meta;
    xb_mutex         mutex; /* guards the list */
    entry           *files;
};

const xb_pack_metadata *xb_pack_meta(const xb_pack *p) { return &p->meta; }
const char             *xb_pack_root(const xb_pack *p) { return p->root; }
const char             *xb_pack_json(const xb_pack *p) { return p->json; }

/* ---------------------------------------------------------------- the table of files ----------------------------------- */

static void entry_free(xb_mem *mem, entry *e) {
    if (!e) return;
    xb_file_view_close(&e->view);
    xb_buf_drop(e->buf);
    xb_free(mem, e->name);
    xb_free(mem, e->path);
    xb_free(mem, e);
}

/* An entry without bytes yet. NULL: *err is filled. */
static entry *entry_new(xb_mem *mem, const char *name, const char *path, xybrid_error *err) {
    entry *e = xb_calloc(mem, 1, sizeof *e, err);
    if (!e) return NULL;
    e->name = xb_strdup(mem, name, err);
    if (e->name && path) e->path = xb_strdup(mem, path, err);
    if (e->name && (!path || e->path)) return e;
    entry_free(mem, e);
    return NULL;
}

/* Its bytes are there: an empty file is refused here, for all. */
static xybrid_status entry_finish(entry *e, xybrid_error *err) {
    const char *shown = e->path ? e->path : e->name;
    e->file = (xb_pack_file){
        .name = e->name, .path = e->path, .bytes = e->view.bytes, .size_bytes = e->view.size_bytes, .mapped = e->view.is_mapped
    };
    if (e->buf) {
        e->file.bytes = e->buf->data;
        e->file.size_bytes = e->buf->size_bytes;
    }
    if (e->file.size_bytes < 1) return xb_fail(err, XYBRID_MALFORMED, shown, "%s is empty (0 bytes)", shown);
    return XYBRID_OK;
}

/* A file in memory is the first stage's model file, whatever an overlay calls it. */
static xybrid_status entry_rename(xb_mem *mem, entry *e, const char *name, xybrid_error *err) {
    char *copy = xb_strdup(mem, name, err);
    if (!copy) return err->code;
    xb_free(mem, e->name);
    e->file.name = e->name = copy;
    return XYBRID_OK;
}

static void table_add(xb_pack *p, entry *e) {
    e->next = p->files;
    p->files = e;
}

/* By path, or by name where there is none. */
static entry *table_find(xb_pack *p, const char *name, const char *path) {
    for (entry *e = p->files; e; e = e->next)
        if (path ? e->path && strcmp(e->path, path) == 0 : strcmp(e->name, name) == 0) return e;
    return NULL;
}

/* Puts "path: " before a failure, which stays what it is. `subject` NULL keeps the one it has. */
static xybrid_status name_path(xybrid_error *err, const char *subject, const char *path) {
    xybrid_status st = err->code;
    int32_t       causes[3];
    memcpy(causes, err->cause, sizeof causes);
    st = xb_wrap(err, st, -1, subject, "%s: ", path);
    memcpy(err->cause, causes, sizeof causes);
    return st;
}

static xybrid_status fail_missing(xybrid_error *err, const char *what, const char *path, const char *why) {
    return xb_fail(err, XYBRID_MODEL_NOT_FOUND, path, "%s not found: %s (%s)", what, path, why);
}

/* Under the lock. */
static xybrid_status open_locked(xb_pack *p, const char *relative, const char *what, entry **out, xybrid_error *err) {
    char         *path = NULL;
    entry        *e = NULL;
    xybrid_status st = XYBRID_OK;
    *out = table_find(p, relative, NULL); /* the given model file, or one that was opened by this name */
    if (*out) return XYBRID_OK;
    if (!xb_pack_name_ok(relative))
        return xb_fail(err, XYBRID_MALFORMED, relative, "%s: \"%.300s\" is a path that leaves the pack; wanted one inside it",
                       what, relative);
    if (!p->root) return fail_missing(err, what, relative, "the model was loaded from memory, which holds one file");
    XB_TRY_OUT(xb_path_confined(p->mem, p->root, relative, &path, err));
    *out = table_find(p, relative, path);
    if (*out) goto out;
    e = entry_new(p->mem, relative, path, err);
    if (!e) {
        st = err->code;
        goto out;
    }
    st = xb_file_view_open(p->mem, path, p->view_mode, &e->view, err);
    if (st && xb_error_is_missing(err)) st = fail_missing(err, what, path, "no such file");
    if (!st) st = entry_finish(e, err);
    if (st) goto out;
    table_add(p, e);
    *out = e;
    e = NULL;
out:
    entry_free(p->mem, e);
    xb_free(p->mem, path);
    return st;
}

xybrid_status xb_pack_file_open(xb_pack *p, const char *relative, const char *what, const xb_pack_file **out,
                                xybrid_error *err) {
    entry *e = NULL;
    xb_mutex_lock(&p->mutex);
    xybrid_status st = open_locked(p, relative, what, &e, err);
    xb_mutex_unlock(&p->mutex);
    if (st) return st;
    *out = &e->file;
    return XYBRID_OK;
}

xybrid_status xb_pack_sibling_open(xb_pack *p, const xb_pack_file *beside, const char *relative, const char *what,
                                   const xb_pack_file **out, xybrid_error *err) {
    const char *slash = strrchr(beside->name, '/');
    if (!slash || !xb_pack_name_ok(relative)) return xb_pack_file_open(p, relative, what, out, err);
    xb_str        name;
    xybrid_status st;
    xb_str_init(&name, p->mem, XB_MAX_PATH);
    xb_str_addn(&name, beside->name, (size_t)(slash - beside->name) + 1);
    xb_str_add(&name, relative);
    XB_TRY_OUT(xb_str_status(&name, err));
    st = xb_pack_file_open(p, name.data, what, out, err);
out:
    xb_str_free(&name);
    return st;
}

/* ---------------------------------------------------------------- model files ------------------------------------------ */

/* Every file that holds weights is there, in the pack and long enough. */
static xybrid_status check_external(xb_pack *p, const xb_pack_file *file, const xb_onnx *m, xybrid_error *err) {
    for (int32_t i = 0; i < m->external_file_count; i++) {
        const xb_onnx_file *x = &m->external_files[i];
        const xb_pack_file *weights;
        XB_TRY(xb_pack_sibling_open(p, file, x->location, "external weights", &weights, err));
        if (weights->size_bytes < x->least_bytes)
            return xb_fail(err, XYBRID_MALFORMED, weights->name, "external weights %s have %lld bytes, the model needs %lld",
                           weights->name, (long long)weights->size_bytes, (long long)x->least_bytes);
    }
    return XYBRID_OK;
}

/* Failures of the header readers get the file's name. */
static xybrid_status name_file(const xb_pack_file *file, xybrid_error *err) {
    const char *shown = file->path ? file->path : file->name;
    return name_path(err, *err->subject ? NULL : shown, shown);
}

xybrid_status xb_pack_model_open(xb_pack *p, const xb_pack_stage *stage, const xb_pack_file **out, const char **format,
                                 xybrid_error *err) {
    const xb_pack_file *file;
    const char         *kind = "";
    xb_arena            arena;
    xybrid_status       st = XYBRID_OK;
    XB_TRY(xb_pack_file_open(p, stage->model_file, "model", &file, err));
    size_t size = (size_t)file->size_bytes;
    xb_arena_init(&arena, p->mem, 0);
    if (xb_sniff(file->bytes, file->size_bytes) == XB_KIND_GGUF || xb_ends_with(stage->model_file, ".gguf")) {
        xb_gguf g;
        kind = "gguf";
        st = xb_gguf_read(file->bytes, size, &arena, &g, err);
        if (st) st = name_file(file, err);
    } else if (xb_ends_with(stage->model_file, ".onnx") || xb_sniff(file->bytes, file->size_bytes) == XB_KIND_ONNX) {
        xb_onnx m;
        kind = "onnx";
        st = xb_onnx_read(file->bytes, size, &arena, &m, err);
        if (st) st = name_file(file, err);
        if (!st) st = check_external(p, file, &m, err);
    }
    xb_arena_free(&arena);
    if (st) return st;
    *out = file;
    if (format) *format = kind;
    return XYBRID_OK;
}

int xb_pack_identify(const xb_pack_file *file, char out[65]) {
    const xb_file_id *id = &((const entry *)(const void *)file)->view.id;
    const uint8_t    *bytes = file->bytes;
    int64_t           first = xb_min64(file->size_bytes, HASHED_BYTES), last = xb_min64(file->size_bytes - first, HASHED_BYTES);
    uint8_t           digest[32];
    xb_sha256         sha;
    if (id->inode == 0 && id->mtime_ns == 0) return 0;
    xb_sha256_init(&sha);
    xb_sha256_add(&sha, id, sizeof *id);
    xb_sha256_add(&sha, bytes, (size_t)first);
    xb_sha256_add(&sha, bytes + (file->size_bytes - last), (size_t)last);
    xb_sha256_end(&sha, digest);
    xb_sha256_hex(digest, out);
    return 1;
}

/* ---------------------------------------------------------------- opening ---------------------------------------------- */

/* What a model file is called in its pack. */
static const char *name_of(const char *path) { return xb_pack_name_ok(xb_path_base(path)) ? xb_path_base(path) : "model"; }

/* xb_file_read_fn of a source's callback, which reads all or fails. */
static int64_t read_all(void *ctx, int64_t offset, void *buffer, int64_t size_bytes) {
    const xb_pack_source *s = ctx;
    return s->read(s->read_ctx, offset, buffer, size_bytes) == 0 ? size_bytes : -1;
}

/* The model file that the caller gave in place of a path. */
static xybrid_status open_given(xb_pack *p, const xb_pack_source *s, entry **out, xybrid_error *err) {
    const char   *name = name_of(s->path ? s->path : "");
    xybrid_status st;
    entry        *e = entry_new(p->mem, name, NULL, err);
    if (!e) return err->code;
    if (s->data) st = xb_buf_from(p->mem, s->data, s->data_bytes, s->release, s->release_ctx, &e->buf, err);
    else if (s->read) st = xb_file_view_callback(p->mem, name, s->read_bytes, read_all, (void *)(uintptr_t)s, &e->view, err);
    else st = xb_file_view_fd(p->mem, s->fd, s->fd_offset, s->fd_bytes, p->view_mode, &e->view, err);
    if (!st) st = entry_finish(e, err);
    if (st) {
        if (e->buf) e->buf->release = NULL; /* a failure leaves the bytes with the caller */
        entry_free(p->mem, e);
        return st;
    }
    *out = e;
    return XYBRID_OK;
}

/* A bare model file in the file system: its folder is the pack. */
static xybrid_status open_bare(xb_pack *p, const char *path, entry **out, xybrid_error *err) {
    entry *e = entry_new(p->mem, name_of(path), path, err);
    if (!e) return err->code;
    xybrid_status st = xb_file_view_open(p->mem, path, p->view_mode, &e->view, err);
    if (!st) st = entry_finish(e, err);
    if (!st) st = xb_path_folder(p->mem, path, &p->root, err);
    if (st) {
        entry_free(p->mem, e);
        return st;
    }
    *out = e;
    return XYBRID_OK;
}

static xybrid_status set_json(xb_pack *p, const char *text, size_t size, xybrid_error *err) {
    xb_json_doc *doc;
    char        *copy = xb_strndup(p->mem, text, size, err);
    if (!copy) return err->code;
    xybrid_status st = xb_json_parse(p->mem, text, (int64_t)size, XB_MAX_PACK_JSON_BYTES, &doc, err);
    if (st) {
        xb_free(p->mem, copy);
        return st;
    }
    xb_free(p->mem, p->json);
    xb_json_free(p->doc);
    p->json = copy;
    p->doc = doc;
    return XYBRID_OK;
}

/* The metadata of a folder, or of a .json file that was named. */
static xybrid_status read_metadata(xb_pack *p, const char *path, int is_folder, xybrid_error *err) {
    char         *file = NULL, *text = NULL;
    int64_t       size = 0;
    xybrid_status st;
    if (is_folder) {
        XB_TRY_OUT(xb_path_join(p->mem, path, metadata_file, &file, err));
        XB_TRY_OUT((p->root = xb_strdup(p->mem, path, err)) ? XYBRID_OK : err->code);
    } else {
        XB_TRY_OUT((file = xb_strdup(p->mem, path, err)) ? XYBRID_OK : err->code);
        XB_TRY_OUT(xb_path_folder(p->mem, path, &p->root, err));
    }
    st = xb_file_read_all(p->mem, file, XB_MAX_PACK_JSON_BYTES, &text, &size, err);
    if (st && is_folder && xb_error_is_missing(err))
        st = xb_fail(err, XYBRID_MODEL_NOT_FOUND, path, "%s not found in %s; `xybrid init FILE.onnx` makes one", metadata_file,
                     path);
    if (st) goto out;
    st = set_json(p, text, (size_t)size, err);
    if (st) st = name_path(err, file, file);
out:
    xb_free(p->mem, text);
    p->json_path = file;
    return st;
}

/* Metadata made for the model file `e`. */
static xybrid_status make_metadata(xb_pack *p, entry *e, xybrid_error *err) {
    xb_str        text;
    xybrid_status st;
    xb_str_init(&text, p->mem, XB_MAX_PACK_JSON_BYTES);
    st = xb_pack_init_metadata(p->mem, e->name, e->file.bytes, (size_t)e->file.size_bytes, &text, err);
    if (st) st = name_file(&e->file, err);
    if (!st) st = set_json(p, text.data, text.size, err);
    xb_str_free(&text);
    return st;
}

/* The overlay is the caller's own: what is wrong with it is his mistake. */
static xybrid_status apply_overlay(xb_pack *p, const char *overlay, xybrid_error *err) {
    xb_json_doc  *patch;
    xb_str        merged;
    xybrid_status st = xb_json_parse(p->mem, overlay, (int64_t)strlen(overlay), XB_MAX_PACK_JSON_BYTES, &patch, err);
    if (st) return xb_wrap(err, XYBRID_INVALID_ARGUMENT, -1, "metadata", "the metadata laid over the pack's: ");
    xb_str_init(&merged, p->mem, XB_MAX_PACK_JSON_BYTES);
    if (xb_json_is(xb_json_root(patch), XB_JSON_OBJECT))
        st = xb_pack_merge(xb_json_root(p->doc), xb_json_root(patch), &merged, err);
    else st = xb_fail(err, XYBRID_INVALID_ARGUMENT, "metadata", "the metadata laid over the pack's is not a JSON object");
    if (!st) st = set_json(p, merged.data, merged.size, err);
    xb_str_free(&merged);
    xb_json_free(patch);
    return st;
}

/* A path alone: a folder, a .json file or a model file. */
static xybrid_status open_path(xb_pack *p, const char *path, entry **given, xybrid_error *err) {
    int32_t kind;
    XB_TRY(xb_path_kind(p->mem, path, &kind, err));
    if (kind == XB_PATH_NONE)
        return fail_missing(err, "model", path, *xb_path_suffix(path) ? "no such file" : "no such file or folder");
    if (kind == XB_PATH_FOLDER) return read_metadata(p, path, 1, err);
    if (xb_ends_with(path, ".json")) return read_metadata(p, path, 0, err);
    return open_bare(p, path, given, err);
}

/* Fills an empty pack. */
static xybrid_status open_source(xb_pack *p, const xb_pack_source *s, entry **given, xybrid_error *err) {
    int others = (s->data != NULL) + (s->read != NULL) + (s->has_fd != 0);
    if (others > 1)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, NULL,
                       "a model comes from memory, a descriptor or a callback, not from two of them");
    if (others == 0 && (!s->path || !*s->path)) return xb_fail(err, XYBRID_INVALID_ARGUMENT, NULL, "no model is named");
    XB_TRY(others ? open_given(p, s, given, err) : open_path(p, s->path, given, err));
    if (*given) XB_TRY(make_metadata(p, *given, err));
    if (s->overlay) XB_TRY(apply_overlay(p, s->overlay, err));
    xybrid_status st = xb_pack_metadata_read(xb_json_root(p->doc), &p->arena, &p->meta, err);
    if (st) return p->json_path ? name_path(err, NULL, p->json_path) : st;
    return *given && !p->root ? entry_rename(p->mem, *given, p->meta.stages[0].model_file, err) : XYBRID_OK;
}

xybrid_status xb_pack_open(xb_mem *mem, const xb_pack_source *source, xb_pack **out, xybrid_error *err) {
    entry   *given = NULL;
    xb_pack *p = xb_calloc(mem, 1, sizeof *p, err);
    if (!p) return err->code;
    p->mem = mem;
    p->view_mode = source->load == XB_PACK_LOAD_MAP    ? XB_VIEW_MAP
                   : source->load == XB_PACK_LOAD_READ ? XB_VIEW_READ
                                                       : XB_VIEW_AUTO;
    xb_arena_init(&p->arena, mem, 0);
    xb_mutex_init(&p->mutex);
    xybrid_status st = open_source(p, source, &given, err);
    if (given) table_add(p, given);
    if (st) {
        if (given && given->buf) given->buf->release = NULL; /* a failure leaves the bytes with the caller */
        xb_pack_free(p);
        return st;
    }
    *out = p;
    return XYBRID_OK;
}

void xb_pack_free(xb_pack *p) {
    if (!p) return;
    for (entry *e = p->files, *next; e; e = next) {
        next = e->next;
        entry_free(p->mem, e);
    }
    xb_mutex_free(&p->mutex);
    xb_json_free(p->doc);
    xb_free(p->mem, p->json);
    xb_free(p->mem, p->json_path);
    xb_free(p->mem, p->root);
    xb_arena_free(&p->arena);
    xb_free(p->mem, p);
}
