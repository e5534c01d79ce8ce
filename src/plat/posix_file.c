/* plat/posix_file.c - the system's calls beneath file.c on POSIX systems, and on WASI, whose C library has the same. */
#if !defined(_WIN32)
#  define _GNU_SOURCE
#  define _DARWIN_C_SOURCE
#  define _FILE_OFFSET_BITS 64
#  include <dirent.h>
#  include <errno.h>
#  include <fcntl.h>
#  include <limits.h>
#  include <stdio.h>  /* rename */
#  include <stdlib.h> /* realpath */
#  include <string.h>
#  include <sys/stat.h>
#  include <unistd.h>

#  include "base/error.h"
#  include "base/limits.h"
#  include "plat/file_int.h"
#  include "plat/oserror.h"

#  ifndef O_CLOEXEC
#    define O_CLOEXEC 0 /* WASI has no child processes */
#  endif
#  ifndef O_NOCTTY
#    define O_NOCTTY 0
#  endif
#  ifndef PATH_MAX
#    define PATH_MAX 4096
#  endif

_Static_assert(sizeof(off_t) == 8, "offsets have 64 bits");

/* EISDIR or ENXIO for what is no regular file, errno if it cannot be told, 0 if it is one. */
static int32_t not_regular(int fd) {
    struct stat st;
    if (fstat(fd, &st) != 0) return errno;
    if (S_ISREG(st.st_mode)) return 0;
    return S_ISDIR(st.st_mode) ? EISDIR : ENXIO;
}

xybrid_status xb_sys_open(xb_mem *mem, const char *path, int32_t mode, xb_file *out, xybrid_error *err) {
    static const int access[] = { O_RDONLY, O_RDWR | O_CREAT, O_RDWR | O_CREAT | O_EXCL };
    int              fd;
    (void)mem;
    do /* O_NONBLOCK: opening a pipe must not wait for its other end */
        fd = open(path, access[mode] | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0666);
    while (fd < 0 && errno == EINTR);
    if (fd < 0) return xb_fail_file(err, XYBRID_IO_OPEN, errno, "open", path);
    int32_t code = not_regular(fd);
    if (code) {
        close(fd);
        return xb_fail_file(err, XYBRID_IO_OPEN, code, "open", path);
    }
    out->handle = fd;
    out->path = path;
    return XYBRID_OK;
}

void xb_sys_close(xb_file *f) { close((int)f->handle); }

xybrid_status xb_sys_from_fd(int fd, xb_file *out, xybrid_error *err) {
    int32_t code = not_regular(fd);
    if (code) return xb_fail_file(err, XYBRID_IO_OPEN, code, "open", "descriptor");
    out->handle = fd;
    out->path = "descriptor";
    return XYBRID_OK;
}

xybrid_status xb_sys_read(const xb_file *f, int64_t offset, void *buffer, int64_t size_bytes, int64_t *got, xybrid_error *err) {
    ssize_t n;
    do n = pread((int)f->handle, buffer, (size_t)size_bytes, offset);
    while (n < 0 && errno == EINTR);
    if (n < 0) return xb_fail_file(err, XYBRID_IO_READ, errno, "read", f->path);
    *got = n;
    return XYBRID_OK;
}

xybrid_status xb_sys_write(const xb_file *f, int64_t offset, const void *bytes, int64_t size_bytes, int64_t *done,
                           xybrid_error *err) {
    ssize_t n;
    do n = pwrite((int)f->handle, bytes, (size_t)size_bytes, offset);
    while (n < 0 && errno == EINTR);
    if (n < 0) return xb_fail_file(err, XYBRID_IO_WRITE, errno, "write", f->path);
    *done = n;
    return XYBRID_OK;
}

xybrid_status xb_sys_sync(const xb_file *f, xybrid_error *err) {
#  if defined(F_FULLFSYNC)
    if (fcntl((int)f->handle, F_FULLFSYNC) == 0) return XYBRID_OK; /* Apple's fsync stops at the disk's cache */
#  endif
    if (fsync((int)f->handle) == 0) return XYBRID_OK;
    return xb_fail_file(err, XYBRID_IO_WRITE, errno, "write", f->path);
}

xybrid_status xb_sys_identify(const xb_file *f, xb_file_id *out, xybrid_error *err) {
    struct stat st;
    if (fstat((int)f->handle, &st) != 0) return xb_fail_file(err, XYBRID_IO_READ, errno, "look at", f->path);
#  if defined(__APPLE__)
    const struct timespec *changed = &st.st_mtimespec;
#  else
    const struct timespec *changed = &st.st_mtim;
#  endif
    out->device = (uint64_t)st.st_dev;
    out->inode = (uint64_t)st.st_ino;
    out->size_bytes = st.st_size;
    out->mtime_ns = (int64_t)changed->tv_sec * 1000000000 + changed->tv_nsec;
    return XYBRID_OK;
}

void xb_sys_discard(const xb_file *f) { unlink(f->path); }

xybrid_status xb_sys_rename(xb_mem *mem, const char *from, const char *to, xybrid_error *err) {
    (void)mem;
    if (rename(from, to) == 0) return XYBRID_OK;
    return xb_fail_file(err, XYBRID_IO_WRITE, errno, "replace", to);
}

xybrid_status xb_sys_remove(xb_mem *mem, const char *path, xybrid_error *err) {
    (void)mem;
    if (unlink(path) == 0) return XYBRID_OK;
    return xb_fail_file(err, xb_os_is_missing(errno) ? XYBRID_IO_OPEN : XYBRID_IO_WRITE, errno, "remove", path);
}

xybrid_status xb_sys_list(xb_mem *mem, const char *path, xb_sys_add_fn add, void *ctx, xybrid_error *err) {
    xybrid_status st = XYBRID_OK;
    (void)mem;
    DIR *d = opendir(path);
    if (!d) return xb_fail_file(err, XYBRID_IO_OPEN, errno, "open", path);
    while (!st) {
        errno = 0;
        const struct dirent *e = readdir(d); /* no other thread reads this d */
        if (!e) {
            if (errno) st = xb_fail_file(err, XYBRID_IO_READ, errno, "read", path);
            break;
        }
        st = add(ctx, e->d_name, err);
    }
    closedir(d);
    return st;
}

xybrid_status xb_path_kind(xb_mem *mem, const char *path, int32_t *out, xybrid_error *err) {
    struct stat st;
    (void)mem;
    if (stat(path, &st) != 0) {
        if (!xb_os_is_missing(errno)) return xb_fail_file(err, XYBRID_IO_OPEN, errno, "look at", path);
        *out = XB_PATH_NONE;
        return XYBRID_OK;
    }
    *out = S_ISREG(st.st_mode) ? XB_PATH_FILE : S_ISDIR(st.st_mode) ? XB_PATH_FOLDER : XB_PATH_OTHER;
    return XYBRID_OK;
}

xybrid_status xb_path_real(xb_mem *mem, const char *path, char **out, xybrid_error *err) {
    char *room = xb_malloc(mem, PATH_MAX, err);
    if (!room) return err->code;
    char         *copy = NULL;
    xybrid_status st = XYBRID_OK;
    if (realpath(path, room)) {
        copy = xb_strdup(mem, room, err);
        if (!copy) st = err->code;
    } else if (!xb_os_is_missing(errno)) {
        st = xb_fail_file(err, XYBRID_IO_OPEN, errno, "look at", path);
    }
    if (!st) *out = copy;
    xb_free(mem, room);
    return st;
}

#else
typedef int xb_posix_file_is_elsewhere;
#endif
