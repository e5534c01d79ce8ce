/* plat/file.h: views by path, descriptor and callback; replacement; folders; every failure, by nature and on demand. */
#define _GNU_SOURCE 1
#include "plat/file.h"

#include <fcntl.h>
#if defined(_WIN32)
#  include <io.h>
#else
#  include <sys/stat.h>
#  include <unistd.h>
#endif

#include "base/error.h"
#include "base/limits.h"
#include "plat/fault.h"
#include "plat/oserror.h"
#include "plat/path.h"
#include "support.h"
#include "temp.h"

#if defined(__wasi__)
#  define HAS_MAP 0
#else
#  define HAS_MAP 1
#endif
#ifndef O_BINARY
#  define O_BINARY 0
#endif

enum { BIG = 300000 };
static unsigned char pattern[BIG];

static void fill(void) {
    for (int i = 0; i < BIG; i++) pattern[i] = (unsigned char)(i * 7 + i / 251);
}

static int is_aligned(const void *p) { return ((uintptr_t)p & 63) == 0; }

static xb_mem *plain_mem(void) {
    static xb_test_mem t;
    xb_test_mem_init(&t, 0, 0);
    return &t.mem;
}

static void views_of_a_path(void) {
    static const int32_t modes[] = { XB_VIEW_AUTO, XB_VIEW_MAP, XB_VIEW_READ };
    fill();
    temp_open();
    const char *path = temp_file("big.bin", pattern, BIG);
    for (int i = 0; i < 3; i++) {
        xb_test_mem tm;
        xb_test_mem_init(&tm, 0, 0);
        xb_file_view  v = { 0 };
        xybrid_error  err;
        xybrid_status st = xb_file_view_open(&tm.mem, path, modes[i], &v, &err);
        if (!HAS_MAP && modes[i] == XB_VIEW_MAP) {
            CHECK_INT(st, XYBRID_IO_MAP);
            continue;
        }
        CHECK_OR_RETURN(st == XYBRID_OK);
        CHECK_INT(v.size_bytes, BIG);
        CHECK_INT(v.is_mapped, HAS_MAP && modes[i] != XB_VIEW_READ);
        CHECK(is_aligned(v.bytes));
        CHECK(memcmp(v.bytes, pattern, BIG) == 0);
        CHECK_INT(v.id.size_bytes, BIG);
        CHECK(v.id.mtime_ns > INT64_C(1500000000) * 1000000000);
        CHECK_INT(tm.live_blocks, modes[i] == XB_VIEW_READ || !HAS_MAP ? 1 : 0);
        xb_file_view_close(&v);
        xb_file_view_close(&v);
        CHECK(v.bytes == NULL);
        CHECK_INT(tm.live_blocks, 0);
    }
    xb_file_view_close(NULL);
    temp_close();
}

static void empty_file(void) {
    temp_open();
    const char *path = temp_file("empty", "", 0);
    for (int32_t mode = XB_VIEW_AUTO; mode <= XB_VIEW_READ; mode++) {
        xb_file_view v = { 0 };
        xybrid_error err;
        CHECK_INT(xb_file_view_open(plain_mem(), path, mode, &v, &err), XYBRID_OK);
        CHECK_INT(v.size_bytes, 0);
        CHECK(v.bytes != NULL);
        xb_file_view_close(&v);
    }
    temp_close();
}

static void missing_and_folder(void) {
    xb_file_view v = { .size_bytes = 77 };
    xybrid_error err;
    char         wanted[256];
    temp_open();
    const char *path = temp_path("nothing.onnx");
    CHECK_INT(xb_file_view_open(plain_mem(), path, XB_VIEW_AUTO, &v, &err), XYBRID_IO_OPEN);
    xb_format(wanted, sizeof wanted, "cannot open %s: no such file", path);
    CHECK_STR(err.message, wanted);
    CHECK_STR(err.subject, path);
    CHECK(err.os_code != 0);
    CHECK(xb_error_is_missing(&err));
    CHECK_INT(v.size_bytes, 77);
    xb_format(wanted, sizeof wanted, "%s/deeper/x", path);
    CHECK_INT(xb_file_view_open(plain_mem(), wanted, XB_VIEW_AUTO, &v, &err), XYBRID_IO_OPEN);
    CHECK(xb_error_is_missing(&err));

    path = temp_folder("folder");
    CHECK_INT(xb_file_view_open(plain_mem(), path, XB_VIEW_AUTO, &v, &err), XYBRID_IO_OPEN);
    xb_format(wanted, sizeof wanted, "cannot open %s: is a folder", path);
    CHECK_STR(err.message, wanted);
    CHECK(!xb_error_is_missing(&err));
    temp_close();
}

#if !defined(_WIN32) && !defined(__wasi__)
static void pipe_is_not_waited_for(void) {
    xb_file_view v;
    xybrid_error err;
    int32_t      kind = -1;
    temp_open();
    const char *path = temp_path("pipe");
    CHECK_OR_RETURN(mkfifo(path, 0600) == 0);
    CHECK_INT(xb_file_view_open(plain_mem(), path, XB_VIEW_AUTO, &v, &err), XYBRID_IO_OPEN);
    CHECK(strstr(err.message, "not a regular file") != NULL);
    CHECK_INT(xb_path_kind(plain_mem(), path, &kind, &err), XYBRID_OK);
    CHECK_INT(kind, XB_PATH_OTHER);
    CHECK_INT(xb_file_view_open(plain_mem(), "/dev/zero", XB_VIEW_READ, &v, &err), XYBRID_IO_OPEN);
    temp_close();
}

static void no_permission(void) {
    xb_file_view v;
    xybrid_error err;
    if (geteuid() == 0) {
        CHECK_INT(xb_os_status(13, XYBRID_IO_OPEN), XYBRID_IO_PERMISSION);
        CHECK_SKIP("root may open everything");
    }
    temp_open();
    const char *path = temp_file("secret", "x", 1);
    CHECK_INT(chmod(path, 0), 0);
    CHECK_INT(xb_file_view_open(plain_mem(), path, XB_VIEW_AUTO, &v, &err), XYBRID_IO_PERMISSION);
    CHECK(strstr(err.message, "permission denied") != NULL);
    temp_close();
}

static void full_disk(void) {
    xb_file      f;
    xybrid_error err;
    int          fd = open("/dev/full", O_RDWR);
    if (fd < 0) CHECK_SKIP("/dev/full");
    f.handle = fd;
    f.path = "/dev/full";
    CHECK_INT(xb_file_write(&f, 0, "x", 1, &err), XYBRID_IO_NO_SPACE);
    CHECK_STR(err.message, "cannot write /dev/full: no space left on the device");
    xb_file_close(&f);
}

static void descriptor_is_not_inherited(void) {
    xb_file      f;
    xybrid_error err;
    temp_open();
    const char *path = temp_file("a", "x", 1);
    CHECK_OR_RETURN(xb_file_open(plain_mem(), path, XB_FILE_READ, &f, &err) == XYBRID_OK);
    CHECK(fcntl((int)f.handle, F_GETFD) & FD_CLOEXEC);
    xb_file_close(&f);
    temp_close();
}
#endif

static void views_of_a_descriptor(void) {
    xb_file_view v = { 0 };
    xybrid_error err;
    fill();
    temp_open();
    const char *path = temp_file("asset.bin", pattern, BIG);
    int         fd = open(path, O_RDONLY | O_BINARY);
    CHECK_OR_RETURN(fd >= 0);
    /* whole, to the end, from an offset that can be mapped, from one that cannot */
    CHECK_INT(xb_file_view_fd(plain_mem(), fd, 0, XYBRID_AUTO, XB_VIEW_AUTO, &v, &err), XYBRID_OK);
    CHECK_INT(v.size_bytes, BIG);
    CHECK(memcmp(v.bytes, pattern, BIG) == 0);
    xb_file_view_close(&v);
    for (int64_t offset = 64; offset < 200000; offset += 13 * 64) {
        CHECK_OR_RETURN(xb_file_view_fd(plain_mem(), fd, offset, 1000, XB_VIEW_AUTO, &v, &err) == XYBRID_OK);
        CHECK_INT(v.is_mapped, HAS_MAP);
        CHECK(is_aligned(v.bytes));
        CHECK(memcmp(v.bytes, pattern + offset, 1000) == 0);
        xb_file_view_close(&v);
    }
    CHECK_INT(xb_file_view_fd(plain_mem(), fd, 12345, 1000, XB_VIEW_AUTO, &v, &err), XYBRID_OK);
    CHECK_INT(v.is_mapped, 0);
    CHECK(is_aligned(v.bytes));
    CHECK(memcmp(v.bytes, pattern + 12345, 1000) == 0);
    xb_file_view_close(&v);
    CHECK_INT(xb_file_view_fd(plain_mem(), fd, 12345, 1000, XB_VIEW_MAP, &v, &err), XYBRID_IO_MAP);
    /* outside */
    CHECK_INT(xb_file_view_fd(plain_mem(), fd, BIG, XYBRID_AUTO, XB_VIEW_AUTO, &v, &err), XYBRID_OK);
    CHECK_INT(v.size_bytes, 0);
    xb_file_view_close(&v);
    CHECK_INT(xb_file_view_fd(plain_mem(), fd, BIG + 1, XYBRID_AUTO, XB_VIEW_AUTO, &v, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_file_view_fd(plain_mem(), fd, 0, BIG + 1, XB_VIEW_AUTO, &v, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_file_view_fd(plain_mem(), fd, 1, INT64_MAX, XB_VIEW_READ, &v, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_file_view_fd(plain_mem(), fd, -64, 64, XB_VIEW_MAP, &v, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_file_view_fd(plain_mem(), fd, 0, -2, XB_VIEW_MAP, &v, &err), XYBRID_INVALID_ARGUMENT);
    /* the descriptor stayed open and may be closed under a view */
    CHECK_INT(xb_file_view_fd(plain_mem(), fd, 0, XYBRID_AUTO, XB_VIEW_AUTO, &v, &err), XYBRID_OK);
    CHECK_INT(close(fd), 0);
    CHECK(memcmp(v.bytes, pattern, BIG) == 0);
    xb_file_view_close(&v);
    CHECK_INT(xb_file_view_fd(plain_mem(), -1, 0, 1, XB_VIEW_AUTO, &v, &err), XYBRID_IO_OPEN);
    CHECK_STR(err.message, "cannot open descriptor: not an open file");
    temp_close();
}

typedef struct source {
    int64_t size, step, fail_at, lie_at;
    int     calls;
} source;

static int64_t read_source(void *ctx, int64_t offset, void *buffer, int64_t size_bytes) {
    source *s = ctx;
    s->calls++;
    if (s->fail_at && s->calls == s->fail_at) return -1;
    if (s->lie_at && s->calls == s->lie_at) return size_bytes + 1;
    int64_t n = s->size - offset < size_bytes ? s->size - offset : size_bytes;
    if (n > s->step) n = s->step;
    memcpy(buffer, pattern + offset, (size_t)n);
    return n;
}

static void views_of_a_callback(void) {
    xb_file_view v = { 0 };
    xybrid_error err;
    fill();
    source whole = { BIG, 7777, 0, 0, 0 }, early = { 1000, 600, 0, 0, 0 }, broken = { BIG, 100, 3, 0, 0 },
           liar = { BIG, 100, 0, 2, 0 };
    CHECK_INT(xb_file_view_callback(plain_mem(), NULL, BIG, read_source, &whole, &v, &err), XYBRID_OK);
    CHECK_INT(v.size_bytes, BIG);
    CHECK(is_aligned(v.bytes));
    CHECK(memcmp(v.bytes, pattern, BIG) == 0);
    CHECK_INT(whole.calls, BIG / 7777 + 1);
    xb_file_view_close(&v);
    CHECK_INT(xb_file_view_callback(plain_mem(), NULL, 0, read_source, &whole, &v, &err), XYBRID_OK);
    CHECK(v.bytes != NULL);
    xb_file_view_close(&v);
    CHECK_INT(xb_file_view_callback(plain_mem(), "model.onnx", 1001, read_source, &early, &v, &err), XYBRID_IO_READ);
    CHECK_STR(err.message, "cannot read model.onnx: it ends at byte 1000, 1001 were wanted");
    CHECK_INT(err.position, 1000);
    CHECK_INT(xb_file_view_callback(plain_mem(), "m", BIG, read_source, &broken, &v, &err), XYBRID_IO_READ);
    CHECK_STR(err.message, "cannot read m: its callback failed at byte 200 of 300000");
    CHECK_INT(xb_file_view_callback(plain_mem(), "m", BIG, read_source, &liar, &v, &err), XYBRID_IO_READ);
    CHECK_STR(err.message, "cannot read m: its callback gave more than was asked for at byte 100 of 300000");
    CHECK_INT(xb_file_view_callback(plain_mem(), "m", -1, read_source, &liar, &v, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_file_view_callback(plain_mem(), "m", XB_MAX_FILE_BYTES + 1, read_source, &liar, &v, &err), XYBRID_IO_READ);
    CHECK(v.bytes == NULL);
}

static void reads_and_writes_at_offsets(void) {
    xb_file      f;
    xybrid_error err;
    char         buffer[16];
    int64_t      got = -1;
    temp_open();
    const char *path = temp_path("rw.bin");
    CHECK_OR_RETURN(xb_file_open(plain_mem(), path, XB_FILE_WRITE, &f, &err) == XYBRID_OK);
    CHECK_INT(xb_file_write(&f, 0, "hello", 5, &err), XYBRID_OK);
    CHECK_INT(xb_file_write(&f, (INT64_C(1) << 32) + 5, "far", 3, &err), XYBRID_OK); /* a hole beyond 32 bits */
    CHECK_INT(xb_file_sync(&f, &err), XYBRID_OK);
    xb_file_id id;
    CHECK_INT(xb_file_identify(&f, &id, &err), XYBRID_OK);
    CHECK_INT(id.size_bytes, (INT64_C(1) << 32) + 8);
    CHECK_INT(xb_file_read(&f, (INT64_C(1) << 32) + 5, buffer, 3, &err), XYBRID_OK);
    CHECK(memcmp(buffer, "far", 3) == 0);
    CHECK_INT(xb_file_read_some(&f, (INT64_C(1) << 32) + 6, buffer, 10, &got, &err), XYBRID_OK);
    CHECK_INT(got, 2);
    CHECK_INT(xb_file_read_some(&f, INT64_C(1) << 40, buffer, 10, &got, &err), XYBRID_OK);
    CHECK_INT(got, 0);
    CHECK_INT(xb_file_read(&f, (INT64_C(1) << 32) + 6, buffer, 10, &err), XYBRID_IO_READ);
    CHECK(strstr(err.message, "it ends at byte 4294967304, 10 bytes from byte 4294967302 were wanted") != NULL);
    CHECK_INT(err.position, INT64_C(4294967304));
    xb_file_close(&f);
    /* contents are kept; NEW refuses */
    CHECK_INT(xb_file_open(plain_mem(), path, XB_FILE_NEW, &f, &err), XYBRID_IO_OPEN);
    CHECK(strstr(err.message, "exists already") != NULL);
    CHECK_OR_RETURN(xb_file_open(plain_mem(), path, XB_FILE_WRITE, &f, &err) == XYBRID_OK);
    CHECK_INT(xb_file_read(&f, 0, buffer, 5, &err), XYBRID_OK);
    CHECK(memcmp(buffer, "hello", 5) == 0);
    xb_file_close(&f);
    CHECK_OR_RETURN(xb_file_open(plain_mem(), path, XB_FILE_READ, &f, &err) == XYBRID_OK);
    CHECK(xb_file_write(&f, 0, "no", 2, &err) != XYBRID_OK);
    xb_file_close(&f);
    temp_close();
}

static void identity_tells_files_apart(void) {
    xb_file_view a = { 0 }, b = { 0 }, c = { 0 };
    xybrid_error err;
    temp_open();
    const char *one = temp_file("one", "1", 1), *two = temp_file("two", "1", 1);
    CHECK_INT(xb_file_view_open(plain_mem(), one, XB_VIEW_READ, &a, &err), XYBRID_OK);
    CHECK_INT(xb_file_view_open(plain_mem(), two, XB_VIEW_READ, &b, &err), XYBRID_OK);
    CHECK_INT(xb_file_view_open(plain_mem(), one, XB_VIEW_READ, &c, &err), XYBRID_OK);
    CHECK_INT(a.id.device, b.id.device);
    CHECK(a.id.inode != b.id.inode);
    CHECK(memcmp(&a.id, &c.id, sizeof a.id) == 0);
    xb_file_view_close(&a);
    xb_file_view_close(&b);
    xb_file_view_close(&c);
    temp_close();
}

static void read_all_has_a_maximum(void) {
    xb_test_mem  tm;
    char        *text = NULL;
    int64_t      size = 0;
    xybrid_error err;
    xb_test_mem_init(&tm, 0, 0);
    temp_open();
    const char *path = temp_file("note.txt", "twelve bytes", 12);
    CHECK_OR_RETURN(xb_file_read_all(&tm.mem, path, 12, &text, &size, &err) == XYBRID_OK);
    CHECK_STR(text, "twelve bytes");
    CHECK_INT(size, 12);
    xb_free(&tm.mem, text);
    text = NULL;
    CHECK_INT(xb_file_read_all(&tm.mem, path, 11, &text, &size, &err), XYBRID_IO_READ);
    CHECK(strstr(err.message, "12 bytes; at most 11") != NULL);
    CHECK(text == NULL);
    CHECK_INT(tm.live_blocks, 0);
    temp_close();
}

static void replace_is_all_or_nothing(void) {
    xb_test_mem  tm;
    char        *text = NULL;
    int64_t      size = 0;
    xb_folder    folder;
    xybrid_error err;
    xb_test_mem_init(&tm, 0, 0);
    temp_open();
    const char *path = temp_path("result.wav");
    CHECK_INT(xb_file_replace(&tm.mem, path, "old", 3, 0, &err), XYBRID_OK);
    CHECK_INT(xb_file_replace(&tm.mem, path, "newer", 5, 1, &err), XYBRID_OK);
    CHECK_OR_RETURN(xb_file_read_all(&tm.mem, path, 100, &text, &size, &err) == XYBRID_OK);
    CHECK_STR(text, "newer");
    xb_free(&tm.mem, text);
    /* onto a folder, into a folder that is not there */
    const char *taken = temp_folder("taken");
    CHECK(xb_file_replace(&tm.mem, taken, "x", 1, 0, &err) != XYBRID_OK);
    CHECK_INT(xb_file_replace(&tm.mem, temp_path("none/x"), "x", 1, 0, &err), XYBRID_IO_OPEN);
    CHECK(xb_error_is_missing(&err));
    /* no temporary is left */
    CHECK_OR_RETURN(xb_folder_list(&tm.mem, temp_root_, &folder, &err) == XYBRID_OK);
    CHECK_INT(folder.count, 2);
    xb_folder_free(&folder);
    CHECK_INT(xb_file_remove(&tm.mem, path, &err), XYBRID_OK);
    CHECK_INT(xb_file_remove(&tm.mem, path, &err), XYBRID_IO_OPEN);
    CHECK(xb_error_is_missing(&err));
    CHECK_INT(tm.live_blocks, 0);
    temp_close();
}

static void names_beyond_ascii_and_260(void) {
    char         name[300];
    xb_test_mem  tm;
    char        *folder = NULL, *path = NULL, *text = NULL;
    int64_t      size = 0;
    xb_folder    list;
    xybrid_error err;
    xb_test_mem_init(&tm, 0, 0);
    temp_open();
    memset(name, 'd', 200);
    name[200] = 0;
    temp_folder(name);
    CHECK_OR_RETURN(xb_path_join(&tm.mem, temp_root_, name, &folder, &err) == XYBRID_OK);
    snprintf(name + 150, sizeof name - 150, "%s",
             "_\xC3\xBC\xE6\xBC\xA2\xF0\x9F\x98\x80.onnx"); /* u-umlaut, a Chinese character, a smiley */
    CHECK_OR_RETURN(xb_path_join(&tm.mem, folder, name, &path, &err) == XYBRID_OK);
    CHECK_INT(xb_file_replace(&tm.mem, path, "deep", 4, 0, &err), XYBRID_OK);
    CHECK_OR_RETURN(xb_file_read_all(&tm.mem, path, 100, &text, &size, &err) == XYBRID_OK);
    CHECK_STR(text, "deep");
    CHECK_OR_RETURN(xb_folder_list(&tm.mem, folder, &list, &err) == XYBRID_OK);
    CHECK_INT(list.count, 1);
    CHECK_STR(list.names[0], name);
    xb_folder_free(&list);
    CHECK_INT(xb_file_remove(&tm.mem, path, &err), XYBRID_OK);
    xb_free(&tm.mem, text);
    xb_free(&tm.mem, path);
    xb_free(&tm.mem, folder);
    CHECK_INT(tm.live_blocks, 0);
    temp_close();
}

static void kinds_and_lists(void) {
    int32_t      kind = -1;
    xb_test_mem  tm;
    xb_folder    list;
    xybrid_error err;
    xb_test_mem_init(&tm, 0, 0);
    temp_open();
    const char *file = temp_file("b", "x", 1), *folder = temp_folder("c");
    temp_file("a.so", "x", 1);
    temp_file("B", "x", 1);
    CHECK_INT(xb_path_kind(&tm.mem, file, &kind, &err), XYBRID_OK);
    CHECK_INT(kind, XB_PATH_FILE);
    CHECK_INT(xb_path_kind(&tm.mem, folder, &kind, &err), XYBRID_OK);
    CHECK_INT(kind, XB_PATH_FOLDER);
    CHECK_INT(xb_path_kind(&tm.mem, temp_path("none"), &kind, &err), XYBRID_OK);
    CHECK_INT(kind, XB_PATH_NONE);
    CHECK_INT(xb_path_kind(&tm.mem, temp_path("none/none"), &kind, &err), XYBRID_OK);
    CHECK_INT(kind, XB_PATH_NONE);
    CHECK_OR_RETURN(xb_folder_list(&tm.mem, temp_root_, &list, &err) == XYBRID_OK);
#if defined(_WIN32)
    CHECK_INT(list.count, 3); /* "b" and "B" are one file */
#else
    CHECK_OR_RETURN(list.count == 4);
    CHECK_STR(list.names[0], "B");
    CHECK_STR(list.names[1], "a.so");
    CHECK_STR(list.names[2], "b");
    CHECK_STR(list.names[3], "c");
#endif
    xb_folder_free(&list);
    xb_folder_free(&list);
    CHECK_OR_RETURN(xb_folder_list(&tm.mem, folder, &list, &err) == XYBRID_OK);
    CHECK_INT(list.count, 0);
    xb_folder_free(&list);
    CHECK_INT(xb_folder_list(&tm.mem, temp_path("none"), &list, &err), XYBRID_IO_OPEN);
    CHECK(xb_error_is_missing(&err));
    CHECK(xb_folder_list(&tm.mem, file, &list, &err) != XYBRID_OK);
    CHECK_INT(tm.live_blocks, 0);
    temp_close();
}

static int files_in(const char *path) {
    xb_folder    list;
    xybrid_error err;
    if (xb_folder_list(plain_mem(), path, &list, &err)) return -1;
    int count = (int)list.count;
    xb_folder_free(&list);
    return count;
}

static void out_of_memory(void) {
    xb_test_mem tm;
    temp_open();
    const char *path = temp_file("a.bin", "0123456789", 10), *made = temp_path("made");
    temp_file("b.bin", "x", 1);
    XB_TORTURE (tm, 200) {
        xb_file_view  v = { 0 };
        xb_folder     list = { 0 };
        char         *text = NULL, *real = NULL;
        int64_t       size = 0;
        int32_t       kind = 0;
        xybrid_error  err;
        source        all = { 10, 3, 0, 0, 0 };
        xybrid_status st = xb_file_view_open(&tm.mem, path, XB_VIEW_READ, &v, &err);
        xb_file_view_close(&v);
        if (!st) st = xb_file_view_open(&tm.mem, path, XB_VIEW_AUTO, &v, &err);
        xb_file_view_close(&v);
        if (!st) st = xb_file_view_callback(&tm.mem, "c", 10, read_source, &all, &v, &err);
        xb_file_view_close(&v);
        if (!st) st = xb_file_read_all(&tm.mem, path, 10, &text, &size, &err);
        xb_free(&tm.mem, text);
        if (!st) st = xb_file_replace(&tm.mem, made, "x", 1, 0, &err);
        if (!st) st = xb_folder_list(&tm.mem, temp_root_, &list, &err);
        xb_folder_free(&list);
        if (!st) st = xb_path_kind(&tm.mem, made, &kind, &err);
        if (!st) st = xb_path_real(&tm.mem, made, &real, &err);
        xb_free(&tm.mem, real);
        if (!st) st = xb_file_remove(&tm.mem, made, &err);
        XB_TORTURE_STATUS(tm, st);
        remove(made);
        CHECK_INT(files_in(temp_root_), 2); /* no temporary is left, not even when there is no memory to name it */
    }
    temp_close();
}

static void budget_is_kept(void) {
    xb_mem       mem;
    xb_file_view v = { 0 };
    xybrid_error err;
    fill();
    temp_open();
    const char *path = temp_file("big", pattern, BIG);
    xb_mem_init(&mem, NULL, NULL, NULL, 100000);
    CHECK_INT(xb_file_view_open(&mem, path, XB_VIEW_READ, &v, &err), XYBRID_OUT_OF_MEMORY_BUDGET);
    CHECK(v.bytes == NULL);
    temp_close();
}

#if defined(XB_FAULTS)
/* All that reads, with one failure on demand. */
static xybrid_status use_files(xb_mem *mem, const char *path, int32_t mode, xybrid_error *err) {
    xb_file_view  v = { 0 };
    char         *text = NULL;
    int64_t       size = 0;
    xybrid_status st = xb_file_view_open(mem, path, mode, &v, err);
    xb_file_view_close(&v);
    if (!st) st = xb_file_read_all(mem, path, 1000, &text, &size, err);
    xb_free(mem, text);
    if (!st) st = xb_file_replace(mem, path, "0123456789", 10, 1, err);
    return st;
}

static void faults_on_demand(void) {
    static const struct {
        int           kind;
        int32_t       mode;
        xybrid_status wanted;
    } rows[] = {
        { XB_FAULT_OPEN, XB_VIEW_READ, XYBRID_IO_PERMISSION },
        { XB_FAULT_READ, XB_VIEW_READ, XYBRID_IO_READ },
        { XB_FAULT_SHORT, XB_VIEW_READ, XYBRID_IO_READ },
        { XB_FAULT_WRITE, XB_VIEW_READ, XYBRID_IO_NO_SPACE },
        { XB_FAULT_RENAME, XB_VIEW_READ, XYBRID_IO_PERMISSION },
        { XB_FAULT_MAP, HAS_MAP ? XB_VIEW_MAP : XB_VIEW_READ, XYBRID_IO_MAP },
        { XB_FAULT_SHORT, HAS_MAP ? XB_VIEW_MAP : XB_VIEW_READ, 0 },
    };
    temp_open();
    const char *path = temp_file("a", "0123456789", 10);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (int64_t nth = 1;; nth++) {
            xb_test_mem  tm;
            xb_folder    list = { 0 };
            xybrid_error err;
            char        *text = NULL;
            int64_t      size = 0;
            xb_test_mem_init(&tm, 0, 0);
            xb_fault_set(rows[i].kind, nth, (int)(nth & 1));
            xybrid_status st = use_files(&tm.mem, path, rows[i].mode, &err);
            int           struck = xb_fault_struck(rows[i].kind);
            xb_fault_clear();
            CHECK_INT(tm.live_blocks, 0);
            if (!struck) {
                CHECK_INT(st, XYBRID_OK);
                CHECK(nth > 1 || rows[i].kind == XB_FAULT_MAP);
                break;
            }
            CHECK((st & XYBRID_PRIMARY_MASK) == XYBRID_IO);
            if (rows[i].wanted) CHECK_INT(st, rows[i].wanted);
            CHECK_OR_RETURN(xb_file_read_all(&tm.mem, path, 10, &text, &size, &err) == XYBRID_OK);
            CHECK_STR(text, "0123456789"); /* the old file is whole */
            xb_free(&tm.mem, text);
            CHECK_OR_RETURN(xb_folder_list(&tm.mem, temp_root_, &list, &err) == XYBRID_OK);
            CHECK_INT(list.count, 1); /* and no temporary is left */
            xb_folder_free(&list);
            CHECK_OR_RETURN(nth < 50);
        }
    }
    temp_close();
}

static void auto_reads_when_it_cannot_map(void) {
    xb_test_mem  tm;
    xb_file_view v = { 0 };
    xybrid_error err;
    memset(&err, 0x55, sizeof err);
    xybrid_error before = err;
    xb_test_mem_init(&tm, 0, 0);
    temp_open();
    const char *path = temp_file("a", "0123456789", 10);
    xb_fault_set(XB_FAULT_MAP, 1, 1);
    CHECK_INT(xb_file_view_open(&tm.mem, path, XB_VIEW_AUTO, &v, &err), XYBRID_OK);
    CHECK_INT(v.is_mapped, 0);
    CHECK(memcmp(v.bytes, "0123456789", 10) == 0);
    CHECK(memcmp(&err, &before, sizeof err) == 0); /* success writes no error */
    xb_file_view_close(&v);
    xb_fault_clear();
    CHECK_INT(tm.live_blocks, 0);
    temp_close();
}
#else
static void faults_on_demand(void) { CHECK_SKIP("a build with XYBRID_FAULTS"); }
static void auto_reads_when_it_cannot_map(void) { CHECK_SKIP("a build with XYBRID_FAULTS"); }
#endif

static void texts_of_numbers(void) {
    char room[XB_OS_TEXT_BYTES];
    CHECK_STR(xb_os_text(123456, room), "error 123456");
    CHECK_STR(xb_os_text(-2147483647 - 1, room), "error -2147483648");
    CHECK(!xb_os_is_missing(0));
    CHECK_INT(xb_os_status(123456, XYBRID_IO_MAP), XYBRID_IO_MAP);
}

#if !defined(_WIN32) && !defined(__wasi__)
#  define POSIX_ONLY RUN(pipe_is_not_waited_for), RUN(no_permission), RUN(full_disk), RUN(descriptor_is_not_inherited),
#else
#  define POSIX_ONLY
#endif
CHECK_MAIN(POSIX_ONLY RUN(views_of_a_path), RUN(empty_file), RUN(missing_and_folder), RUN(views_of_a_descriptor),
           RUN(views_of_a_callback), RUN(reads_and_writes_at_offsets), RUN(identity_tells_files_apart),
           RUN(read_all_has_a_maximum), RUN(replace_is_all_or_nothing), RUN(names_beyond_ascii_and_260), RUN(kinds_and_lists),
           RUN(out_of_memory), RUN(budget_is_kept), RUN(faults_on_demand), RUN(auto_reads_when_it_cannot_map),
           RUN(texts_of_numbers))
