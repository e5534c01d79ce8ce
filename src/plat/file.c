/* plat/file.c - the part of files that is the same on every system: loops over short reads and writes, views, replacement.
 * The system's calls are in posix_file.c (also WASI) and windows_file.c, maps in *_map.c. */
#include "plat/file.h"

#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "plat/clock.h"
#include "plat/fault.h"
#include "plat/file_int.h"
#include "plat/fork.h"
#include "plat/oserror.h"
#include "plat/path.h"

enum { VIEW_ALIGN = 64 };

/* What an empty view points to. */
static const uint64_t no_bytes[VIEW_ALIGN / 4] = { 0 };

/* ---- one file ---- */

xybrid_status xb_file_open(xb_mem *mem, const char *path, int32_t mode, xb_file *out, xybrid_error *err) {
    if (xb_fault_hit(XB_FAULT_OPEN)) return xb_fail_file(err, XYBRID_IO_OPEN, xb_sys_code_denied, "open", path);
    return xb_sys_open(mem, path, mode, out, err);
}

void xb_file_close(xb_file *f) { xb_sys_close(f); }

xybrid_status xb_file_read_some(const xb_file *f, int64_t offset, void *buffer, int64_t size_bytes, int64_t *got,
                                xybrid_error *err) {
    int64_t wanted = size_bytes, done = 0;
    if (xb_fault_hit(XB_FAULT_READ)) return xb_fail_file(err, XYBRID_IO_READ, xb_sys_code_io, "read", f->path);
    if (wanted > 0 && xb_fault_hit(XB_FAULT_SHORT)) wanted--;
    while (done < wanted) {
        int64_t n = 0;
        XB_TRY(xb_sys_read(f, offset + done, (char *)buffer + done, xb_min64(wanted - done, XB_SYS_CHUNK_BYTES), &n, err));
        if (n == 0) break;
        done += n;
    }
    *got = done;
    return XYBRID_OK;
}

xybrid_status xb_file_read(const xb_file *f, int64_t offset, void *buffer, int64_t size_bytes, xybrid_error *err) {
    int64_t got = 0;
    XB_TRY(xb_file_read_some(f, offset, buffer, size_bytes, &got, err));
    if (got == size_bytes) return XYBRID_OK;
    return xb_fail_at(err, XYBRID_IO_READ, offset + got, f->path,
                      "cannot read %.400s: it ends at byte %lld, %lld bytes from byte %lld were wanted", f->path,
                      (long long)(offset + got), (long long)size_bytes, (long long)offset);
}

xybrid_status xb_file_write(const xb_file *f, int64_t offset, const void *bytes, int64_t size_bytes, xybrid_error *err) {
    int64_t done = 0;
    if (xb_fault_hit(XB_FAULT_WRITE)) return xb_fail_file(err, XYBRID_IO_WRITE, xb_sys_code_no_space, "write", f->path);
    while (done < size_bytes) {
        int64_t n = 0;
        XB_TRY(xb_sys_write(f, offset + done, (const char *)bytes + done, xb_min64(size_bytes - done, XB_SYS_CHUNK_BYTES), &n,
                            err));
        if (n <= 0) return xb_fail_file(err, XYBRID_IO_WRITE, xb_sys_code_no_space, "write", f->path);
        done += n;
    }
    return XYBRID_OK;
}

xybrid_status xb_file_sync(const xb_file *f, xybrid_error *err) { return xb_sys_sync(f, err); }

xybrid_status xb_file_identify(const xb_file *f, xb_file_id *out, xybrid_error *err) { return xb_sys_identify(f, out, err); }

/* ---- views ---- */

/* An empty view or one with a private block of size_bytes to be filled. */
static xybrid_status view_allocate(xb_mem *mem, const char *name, int64_t size_bytes, xb_file_view *v, xybrid_error *err) {
    memset(v, 0, sizeof *v);
    v->mem = mem;
    v->bytes = no_bytes;
    if (size_bytes > XB_MAX_FILE_BYTES)
        return xb_fail(err, XYBRID_IO_READ, name, "cannot read %.400s: %lld bytes; at most %lld", name, (long long)size_bytes,
                       (long long)XB_MAX_FILE_BYTES);
    if (size_bytes == 0) return XYBRID_OK;
    if ((uint64_t)size_bytes > SIZE_MAX) return xb_fail_memory(err, size_bytes);
    v->base = xb_malloc_aligned(mem, (size_t)size_bytes, VIEW_ALIGN, err);
    if (!v->base) return err->code;
    v->bytes = v->base;
    v->base_bytes = v->size_bytes = size_bytes;
    return XYBRID_OK;
}

static xybrid_status view_read(xb_mem *mem, const xb_file *f, int64_t offset, int64_t size_bytes, xb_file_view *v,
                               xybrid_error *err) {
    XB_TRY(view_allocate(mem, f->path, size_bytes, v, err));
    xybrid_status st = xb_file_read(f, offset, v->base, size_bytes, err);
    if (st) xb_file_view_close(v);
    return st;
}

static xybrid_status view_map(xb_mem *mem, const xb_file *f, int64_t offset, int64_t size_bytes, xb_file_view *v,
                              xybrid_error *err) {
    xb_file_id now;
    memset(v, 0, sizeof *v);
    if (offset % VIEW_ALIGN != 0)
        return xb_fail(err, XYBRID_IO_MAP, f->path,
                       "cannot map %.400s: offset %lld is not a multiple of %d; load.mode READ needs no mapping", f->path,
                       (long long)offset, VIEW_ALIGN);
    if (size_bytes > XB_MAX_FILE_BYTES || (uint64_t)size_bytes > SIZE_MAX / 2)
        return xb_fail(err, XYBRID_IO_MAP, f->path, "cannot map %.400s: %lld bytes do not fit into memory", f->path,
                       (long long)size_bytes);
    if (xb_fault_hit(XB_FAULT_MAP)) return xb_fail_file(err, XYBRID_IO_MAP, xb_sys_code_no_map, "map", f->path);
    XB_TRY(xb_sys_map(f, offset, size_bytes, v, err));
    v->mem = mem;
    v->size_bytes = size_bytes;
    v->is_mapped = 1;
    xybrid_status st = xb_sys_identify(f, &now, err);
    if (!st && (xb_fault_hit(XB_FAULT_SHORT) || now.size_bytes < offset + size_bytes))
        st = xb_fail(err, XYBRID_IO_MAP, f->path, "cannot map %.400s: it became shorter meanwhile", f->path);
    if (st) xb_file_view_close(v);
    return st;
}

/* The part is inside the file. */
static xybrid_status view_make(xb_mem *mem, const xb_file *f, const xb_file_id *id, int64_t offset, int64_t size_bytes,
                               int32_t mode, xb_file_view *out, xybrid_error *err) {
    xb_file_view v;
    xybrid_error ignored;
    if (mode == XB_VIEW_MAP && size_bytes > 0) XB_TRY(view_map(mem, f, offset, size_bytes, &v, err));
    else if (mode == XB_VIEW_READ || size_bytes == 0 || view_map(mem, f, offset, size_bytes, &v, &ignored))
        XB_TRY(view_read(mem, f, offset, size_bytes, &v, err));
    v.id = *id;
    *out = v;
    return XYBRID_OK;
}

xybrid_status xb_file_view_open(xb_mem *mem, const char *path, int32_t mode, xb_file_view *out, xybrid_error *err) {
    xb_file    f;
    xb_file_id id;
    XB_TRY(xb_file_open(mem, path, XB_FILE_READ, &f, err));
    xybrid_status st = xb_sys_identify(&f, &id, err);
    if (!st) st = view_make(mem, &f, &id, 0, id.size_bytes, mode, out, err);
    xb_file_close(&f);
    return st;
}

xybrid_status xb_file_view_fd(xb_mem *mem, int fd, int64_t offset, int64_t size_bytes, int32_t mode, xb_file_view *out,
                              xybrid_error *err) {
    xb_file    f;
    xb_file_id id;
    if (xb_fault_hit(XB_FAULT_OPEN)) return xb_fail_file(err, XYBRID_IO_OPEN, xb_sys_code_denied, "open", "descriptor");
    XB_TRY(xb_sys_from_fd(fd, &f, err));
    XB_TRY(xb_sys_identify(&f, &id, err));
    if (size_bytes == XYBRID_AUTO && offset >= 0 && offset <= id.size_bytes) size_bytes = id.size_bytes - offset;
    if (!xb_range_ok(offset, size_bytes, id.size_bytes))
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, f.path, "descriptor %d: %lld bytes from byte %lld; the file has %lld", fd,
                       (long long)size_bytes, (long long)offset, (long long)id.size_bytes);
    return view_make(mem, &f, &id, offset, size_bytes, mode, out, err);
}

xybrid_status xb_file_view_callback(xb_mem *mem, const char *name, int64_t size_bytes, xb_file_read_fn read, void *ctx,
                                    xb_file_view *out, xybrid_error *err) {
    xb_file_view v;
    int64_t      done = 0;
    if (!name) name = "source";
    if (size_bytes < 0)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, name, "%.400s: a size of %lld bytes", name, (long long)size_bytes);
    XB_TRY(view_allocate(mem, name, size_bytes, &v, err));
    while (done < size_bytes) {
        int64_t n = read(ctx, done, (char *)v.base + done, size_bytes - done);
        if (n <= 0 || n > size_bytes - done) {
            xb_file_view_close(&v);
            return xb_fail_at(err, XYBRID_IO_READ, done, name,
                              n < 0    ? "cannot read %.400s: its callback failed at byte %lld of %lld"
                              : n == 0 ? "cannot read %.400s: it ends at byte %lld, %lld were wanted"
                                       : "cannot read %.400s: its callback gave more than was asked for at byte %lld of %lld",
                              name, (long long)done, (long long)size_bytes);
        }
        done += n;
    }
    *out = v;
    return XYBRID_OK;
}

void xb_file_view_close(xb_file_view *v) {
    if (!v) return;
    if (v->is_mapped) xb_sys_unmap(v->base, v->base_bytes);
    else if (v->base) xb_free(v->mem, v->base);
    memset(v, 0, sizeof *v);
}

/* ---- whole files ---- */

xybrid_status xb_file_read_all(xb_mem *mem, const char *path, int64_t max_bytes, char **out, int64_t *size_bytes,
                               xybrid_error *err) {
    xb_file       f;
    xb_file_id    id;
    char         *bytes = NULL;
    xybrid_status st;
    XB_TRY(xb_file_open(mem, path, XB_FILE_READ, &f, err));
    XB_TRY_OUT(xb_sys_identify(&f, &id, err));
    if (id.size_bytes > max_bytes || (uint64_t)id.size_bytes >= SIZE_MAX) {
        st = xb_fail(err, XYBRID_IO_READ, path, "cannot read %.400s: %lld bytes; at most %lld", path, (long long)id.size_bytes,
                     (long long)max_bytes);
        goto out;
    }
    bytes = xb_malloc(mem, (size_t)id.size_bytes + 1, err);
    if (!bytes) {
        st = err->code;
        goto out;
    }
    XB_TRY_OUT(xb_file_read(&f, 0, bytes, id.size_bytes, err));
    bytes[id.size_bytes] = 0;
    *out = bytes;
    *size_bytes = id.size_bytes;
out:
    if (st) xb_free(mem, bytes);
    xb_file_close(&f);
    return st;
}

/* A name in the folder of `path` that no other process or thread is likely to take: XB_FILE_NEW decides. */
static xybrid_status temporary_name(xb_mem *mem, const char *path, int attempt, char **out, xybrid_error *err) {
    char  name[64];
    char *folder = NULL;
    XB_TRY(xb_path_folder(mem, path, &folder, err));
    xb_format(name, sizeof name, ".xybrid-%llx-%llx-%d.tmp", (unsigned long long)xb_process_id(),
              (unsigned long long)xb_clock_ns(), attempt);
    xybrid_status st = xb_path_join(mem, folder, name, out, err);
    xb_free(mem, folder);
    return st;
}

static xybrid_status open_temporary(xb_mem *mem, const char *path, char **name, xb_file *f, xybrid_error *err) {
    enum { ATTEMPTS = 8 };
    for (int i = 0;; i++) {
        int32_t kind = XB_PATH_NONE;
        XB_TRY(temporary_name(mem, path, i, name, err));
        xybrid_status st = xb_file_open(mem, *name, XB_FILE_NEW, f, err);
        if (!st) return st;
        xybrid_error ignored;
        int          is_taken = i < ATTEMPTS && !xb_path_kind(mem, *name, &kind, &ignored) && kind != XB_PATH_NONE;
        xb_free(mem, *name);
        if (!is_taken) return st;
    }
}

/* Speaks of the file that is wanted, not of the temporary one. */
static xybrid_status fail_replace(const char *path, xybrid_error *err) {
    if ((err->code & XYBRID_PRIMARY_MASK) != XYBRID_IO || !err->os_code) return err->code;
    return xb_fail_file(err, err->code, err->os_code, "write", path);
}

xybrid_status xb_file_replace(xb_mem *mem, const char *path, const void *bytes, int64_t size_bytes, int32_t is_durable,
                              xybrid_error *err) {
    char   *name = NULL;
    xb_file f;
    if (open_temporary(mem, path, &name, &f, err)) return fail_replace(path, err);
    xybrid_status st = xb_file_write(&f, 0, bytes, size_bytes, err);
    if (!st && is_durable) st = xb_file_sync(&f, err);
    if (!st) {
        st = xb_fault_hit(XB_FAULT_RENAME) ? xb_fail_file(err, XYBRID_IO_WRITE, xb_sys_code_denied, "replace", path)
                                           : xb_sys_rename(mem, name, path, err);
    }
    if (st) xb_sys_discard(&f);
    xb_file_close(&f);
    xb_free(mem, name);
    return st ? fail_replace(path, err) : XYBRID_OK;
}

xybrid_status xb_file_remove(xb_mem *mem, const char *path, xybrid_error *err) { return xb_sys_remove(mem, path, err); }

/* ---- folders ---- */

typedef struct list_build {
    xb_folder folder;
    size_t    capacity;
} list_build;

static xybrid_status list_add(void *ctx, const char *name, xybrid_error *err) {
    list_build *b = ctx;
    size_t      size = strlen(name);
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || xb_utf8_valid(name, size) != size) return XYBRID_OK;
    void *items = b->folder.names;
    XB_TRY(xb_grow(b->folder.arena.mem, &items, &b->capacity, b->folder.count, sizeof(char *), XB_MAX_FOLDER_ENTRIES,
                   "names in a folder", err));
    b->folder.names = items;
    char *copy = xb_arena_strndup(&b->folder.arena, name, size, err);
    if (!copy) return err->code;
    b->folder.names[b->folder.count++] = copy;
    return XYBRID_OK;
}

static int by_bytes(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

xybrid_status xb_folder_list(xb_mem *mem, const char *path, xb_folder *out, xybrid_error *err) {
    list_build b = { 0 };
    xb_arena_init(&b.folder.arena, mem, 0);
    xybrid_status st = xb_sys_list(mem, path, list_add, &b, err);
    if (st) {
        xb_folder_free(&b.folder);
        return st;
    }
    if (b.folder.count > 1) qsort(b.folder.names, b.folder.count, sizeof(char *), by_bytes);
    *out = b.folder;
    return XYBRID_OK;
}

void xb_folder_free(xb_folder *f) {
    if (!f || !f->arena.mem) return;
    xb_free(f->arena.mem, f->names);
    xb_arena_free(&f->arena);
    memset(f, 0, sizeof *f);
}
