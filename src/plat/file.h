/* plat/file.h - files: open, read, write, look, map, replace.
 *
 *     path, file descriptor or callback --> xb_file_view: the bytes in memory, mapped or read
 *
 * Paths are UTF-8; on Windows they may be longer than 260 characters. Offsets and sizes are 64 bits. Only regular files are
 * opened: a folder, a pipe or a device is refused at once, never waited for. Handles are not inherited by child processes.
 * Errors name the path (subject) and carry the system's number: IO_OPEN, IO_READ, IO_WRITE, IO_NO_SPACE, IO_PERMISSION,
 * IO_MAP; OUT_OF_MEMORY. A file that is not there is IO_OPEN, told by xb_error_is_missing (plat/oserror.h). Any thread;
 * one xb_file: reads and writes at offsets, several at once. `mem` serves the system's form of a path. */
#ifndef XB_FILE_H
#define XB_FILE_H

#include "base/arena.h"

/* ---- one file ---- */

typedef struct xb_file {
    intptr_t    handle; /* descriptor; on Windows a HANDLE */
    const char *path;   /* borrowed from the opener, for messages; stays valid until close */
} xb_file;

enum {
    XB_FILE_READ = 0,  /* must exist */
    XB_FILE_WRITE = 1, /* read and write; made if missing, contents kept */
    XB_FILE_NEW = 2    /* read and write; must not exist */
};
xybrid_status xb_file_open(xb_mem *mem, const char *path, int32_t mode, xb_file *out, xybrid_error *err);
void          xb_file_close(xb_file *f);

/* All `size_bytes` at `offset`, or IO_READ, which says where the file ends. */
xybrid_status xb_file_read(const xb_file *f, int64_t offset, void *buffer, int64_t size_bytes, xybrid_error *err);

/* As many as there are: *got < size_bytes only at the end of the file. */
xybrid_status xb_file_read_some(const xb_file *f, int64_t offset, void *buffer, int64_t size_bytes, int64_t *got,
                                xybrid_error *err);
xybrid_status xb_file_write(const xb_file *f, int64_t offset, const void *bytes, int64_t size_bytes, xybrid_error *err);
xybrid_status xb_file_sync(const xb_file *f, xybrid_error *err); /* returns when the disk has it */

/* What tells one version of a file from another. */
typedef struct xb_file_id {
    uint64_t device, inode;
    int64_t  size_bytes;
    int64_t  mtime_ns; /* since 1970 */
} xb_file_id;
xybrid_status xb_file_identify(const xb_file *f, xb_file_id *out, xybrid_error *err);

/* ---- the bytes of a file ---- */

enum {
    XB_VIEW_AUTO = 0, /* map where that can be, else read */
    XB_VIEW_MAP = 1,  /* mapped or IO_MAP. If another process cuts the file short, touching the lost part is a fault of the
                         system (SIGBUS): only for files that are replaced by rename */
    XB_VIEW_READ = 2  /* a private copy; immune to later changes */
};

typedef struct xb_file_view {
    const void *bytes; /* aligned to 64; never NULL; not writable when mapped */
    int64_t     size_bytes;
    int32_t     is_mapped;
    xb_file_id  id; /* as it was at opening; zero from a callback */
    xb_mem     *mem;
    void       *base; /* what is given back: mapping or block */
    int64_t     base_bytes;
} xb_file_view; /* zero = none */

xybrid_status xb_file_view_open(xb_mem *mem, const char *path, int32_t mode, xb_file_view *out, xybrid_error *err);

/* Part of an open file (Android assets): `size_bytes` from `offset`, XYBRID_AUTO = to its end. `fd` is a descriptor of the C
 * library, borrowed: it may be closed afterwards, and its own position is not used and on POSIX not moved. The part must lie
 * inside the file (INVALID_ARGUMENT). An offset that is not a multiple of 64 cannot be mapped: AUTO reads. */
xybrid_status xb_file_view_fd(xb_mem *mem, int fd, int64_t offset, int64_t size_bytes, int32_t mode, xb_file_view *out,
                              xybrid_error *err);

/* Gives up to `size_bytes` at `offset`; returns how many (0 = end), -1 = failed. Called on the caller's thread. */
typedef int64_t (*xb_file_read_fn)(void *ctx, int64_t offset, void *buffer, int64_t size_bytes);

/* Reads all `size_bytes`; an earlier end or a failure is IO_READ. `name` (NULL = "source") is for messages. */
xybrid_status xb_file_view_callback(xb_mem *mem, const char *name, int64_t size_bytes, xb_file_read_fn read, void *ctx,
                                    xb_file_view *out, xybrid_error *err);

/* Unmaps or frees. Zero, a second time and NULL are fine. */
void xb_file_view_close(xb_file_view *v);

/* ---- whole files ---- */

/* Reads a small file. *out has a NUL behind its *size_bytes and is freed with xb_free. Longer than max_bytes: IO_READ. */
xybrid_status xb_file_read_all(xb_mem *mem, const char *path, int64_t max_bytes, char **out, int64_t *size_bytes,
                               xybrid_error *err);

/* Writes all bytes under a temporary name in the same folder and renames it: other processes see the old file or the new one,
 * never a part. On failure the temporary is removed and an old file stays. is_durable: on the disk before the rename. */
xybrid_status xb_file_replace(xb_mem *mem, const char *path, const void *bytes, int64_t size_bytes, int32_t is_durable,
                              xybrid_error *err);

/* A missing file is IO_OPEN (see xb_error_is_missing). */
xybrid_status xb_file_remove(xb_mem *mem, const char *path, xybrid_error *err);

/* ---- folders ---- */

enum { XB_PATH_NONE = 0, XB_PATH_FILE = 1, XB_PATH_FOLDER = 2, XB_PATH_OTHER = 3 /* pipe, device, ... */ };

/* What stands there, links followed. Fails only if that cannot be told (no permission on a folder above, no memory). */
xybrid_status xb_path_kind(xb_mem *mem, const char *path, int32_t *out, xybrid_error *err);

/* Names in a folder without "." and "..", sorted by bytes; a name that is not UTF-8 is left out. At most
 * XB_MAX_FOLDER_ENTRIES, beyond it IO_READ. */
typedef struct xb_folder {
    xb_arena arena;
    char   **names; /* count of them */
    size_t   count;
} xb_folder;
xybrid_status xb_folder_list(xb_mem *mem, const char *path, xb_folder *out, xybrid_error *err);
void          xb_folder_free(xb_folder *f);

/* The path without links, "." and "..", freed with xb_free; *out = NULL if there is nothing (or the system cannot tell). */
xybrid_status xb_path_real(xb_mem *mem, const char *path, char **out, xybrid_error *err);

#endif
