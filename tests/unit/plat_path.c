/* plat/path.h: parts of paths, and what a path from a file may not do. */
#define _GNU_SOURCE 1
#include "plat/path.h"

#include "base/limits.h"
#include "plat/file.h"
#include "support.h"
#include "temp.h"

static xb_test_mem tm;

static void joined(const char *folder, const char *name, const char *wanted) {
    char        *path = NULL;
    xybrid_error err;
    CHECK_OR_RETURN(xb_path_join(&tm.mem, folder, name, &path, &err) == XYBRID_OK);
    CHECK_STR(path, wanted);
    xb_free(&tm.mem, path);
}

static void folder_is(const char *path, const char *wanted) {
    char        *folder = NULL;
    xybrid_error err;
    CHECK_OR_RETURN(xb_path_folder(&tm.mem, path, &folder, &err) == XYBRID_OK);
    CHECK_STR(folder, wanted);
    xb_free(&tm.mem, folder);
}

static void parts(void) {
    xb_test_mem_init(&tm, 0, 0);
    joined("a", "b", "a/b");
    joined("a/", "b", "a/b");
    joined("", "b", "b");
    joined("/", "b", "/b");
    joined("a", "/b", "/b");
    folder_is("a/b/c.onnx", "a/b");
    folder_is("a/b/", "a/b");
    folder_is("a//b", "a");
    folder_is("c.onnx", ".");
    folder_is("/c.onnx", "/");
    folder_is("//", "/");
    folder_is("", ".");
    CHECK_STR(xb_path_base("a/b/c.onnx"), "c.onnx");
    CHECK_STR(xb_path_base("a/b/"), "");
    CHECK_STR(xb_path_base("c"), "c");
    CHECK_STR(xb_path_suffix("a.b/c.tar.gz"), ".gz");
    CHECK_STR(xb_path_suffix("a.b/c"), "");
    CHECK_STR(xb_path_suffix(".profile"), "");
    CHECK_STR(xb_path_suffix("x/.profile.txt"), ".txt");
    CHECK(xb_path_is_absolute("/a"));
    CHECK(!xb_path_is_absolute("a/b"));
    CHECK(!xb_path_is_absolute(""));
#if defined(_WIN32)
    joined("a\\", "b", "a\\b");
    joined("a", "C:\\b", "C:\\b");
    folder_is("C:\\c.onnx", "C:\\");
    folder_is("C:c.onnx", "C:");
    folder_is("a\\b\\c", "a\\b");
    CHECK_STR(xb_path_base("C:\\x\\y.gguf"), "y.gguf");
    CHECK(xb_path_is_absolute("\\\\server\\share"));
#else
    joined("a\\", "b", "a\\/b");
    CHECK_STR(xb_path_base("x\\y.gguf"), "x\\y.gguf");
#endif
    CHECK_INT(tm.live_blocks, 0);
}

static void too_long(void) {
    static char  name[XB_MAX_PATH + 10];
    char        *path = NULL;
    xybrid_error err;
    xb_test_mem_init(&tm, 0, 0);
    memset(name, 'a', sizeof name - 1);
    CHECK_INT(xb_path_join(&tm.mem, "f", name, &path, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_path_confined(&tm.mem, "f", name, &path, &err), XYBRID_MALFORMED);
    CHECK(path == NULL);
}

static void taken(const char *root, const char *relative, const char *wanted) {
    char         *path = NULL;
    xybrid_error  err;
    xybrid_status st = xb_path_confined(&tm.mem, root, relative, &path, &err);
    if (st) printf("%s: %s\n", relative, err.message);
    CHECK_OR_RETURN(st == XYBRID_OK);
    CHECK_STR(path, wanted);
    xb_free(&tm.mem, path);
}

static void confined_takes(void) {
    xb_test_mem_init(&tm, 0, 0);
    taken("/models/x", "model.onnx", "/models/x/model.onnx");
    taken("/models/x/", "model.onnx", "/models/x/model.onnx");
    taken("/models/x", "./a//b/./c.bin", "/models/x/a/b/c.bin");
    taken("", "a/b", "a/b");
    taken("/", "none/such", "/none/such");
    taken("m", "..a/...b/a..b/ c", "m/..a/...b/a..b/ c");
    taken("m", "\xE6\xBC\xA2\xE5\xAD\x97/\xC3\xBC.txt", "m/\xE6\xBC\xA2\xE5\xAD\x97/\xC3\xBC.txt");
    taken("m", "nullable.txt", "m/nullable.txt");
    taken("m", "com10.txt", "m/com10.txt");
    taken("m", "com", "m/com");
    taken("m", "console/lpt", "m/console/lpt");
    taken("m", "a/", "m/a");
    CHECK_INT(tm.live_blocks, 0);
}

static void confined_refuses(void) {
    static const char *const bad[] = {
        "",
        ".",
        "./",
        "././",
        "/",
        "/etc/passwd",
        "//server/share",
        "..",
        "../x",
        "a/../b",
        "a/..",
        "a/b/../../c",
        "\\windows",
        "a\\b",
        "..\\x",
        "C:",
        "C:/x",
        "c:x",
        "a:stream",
        "\\\\s\\x",
        "a\nb",
        "a\x7F",
        "a\x01",
        "a/\t",
        "nul",
        "NUL",
        "nul.txt",
        "a/Con",
        "aux.tar.gz",
        "com1",
        "COM1.txt",
        "lpt9",
        "com0",
        "COM\xC2\xB9",
        "conin$",
        "CONOUT$.x",
        "prn /x",
        "nul .txt",
        "a.",
        "a/b ",
        "a./b",
        "...",
        ".. /x",
        "x/.. ",
        "bad\xFFname",
        "\xC0\xAE\xC0\xAE/x",
        "\xED\xA0\x80",
    };
    xb_test_mem_init(&tm, 0, 0);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char         *path = NULL;
        xybrid_error  err;
        xybrid_status st = xb_path_confined(&tm.mem, "root", bad[i], &path, &err);
        if (st != XYBRID_MALFORMED) printf("taken: \"%s\"\n", bad[i]);
        CHECK_INT(st, XYBRID_MALFORMED);
        CHECK(path == NULL);
        for (const char *p = err.message; st && *p; p++) CHECK_OR_RETURN((unsigned char)*p >= 0x20);
    }
    char         long_part[300], *path = NULL;
    xybrid_error err;
    memset(long_part, 'x', 256);
    long_part[256] = 0;
    CHECK_INT(xb_path_confined(&tm.mem, "root", long_part, &path, &err), XYBRID_MALFORMED);
    CHECK_INT(xb_path_confined(&tm.mem, "root", "../secret", &path, &err), XYBRID_MALFORMED);
    CHECK_STR(err.message,
              "path \"../secret\" is refused: \"..\" would leave its folder; wanted a relative path inside its folder");
    CHECK_STR(err.subject, "../secret");
    CHECK_INT(tm.live_blocks, 0);
}

#if !defined(_WIN32) && !defined(__wasi__)
static void confined_follows_links(void) {
    char        *path = NULL;
    xybrid_error err;
    xb_test_mem_init(&tm, 0, 0);
    temp_open();
    temp_file("outside.bin", "x", 1);
    temp_folder("pack-evil");
    temp_file("pack-evil/e", "x", 1);
    const char *root = temp_folder("pack");
    temp_folder("pack/sub");
    temp_file("pack/sub/in.bin", "x", 1);
    CHECK_INT(symlink("sub/in.bin", temp_path("pack/good")), 0);
    CHECK_INT(symlink("../outside.bin", temp_path("pack/evil")), 0);
    CHECK_INT(symlink("..", temp_path("pack/up")), 0);
    CHECK_INT(symlink("../pack-evil", temp_path("pack/prefix")), 0); /* its name begins with the root's */
    CHECK_INT(symlink("loop", temp_path("pack/loop")), 0);
    CHECK_INT(symlink("nowhere", temp_path("pack/dangling")), 0);
    CHECK_INT(symlink(".", temp_path("pack/self")), 0);

    CHECK_INT(xb_path_confined(&tm.mem, root, "good", &path, &err), XYBRID_OK);
    xb_free(&tm.mem, path);
    CHECK_INT(xb_path_confined(&tm.mem, root, "sub/in.bin", &path, &err), XYBRID_OK);
    xb_free(&tm.mem, path);
    CHECK_INT(xb_path_confined(&tm.mem, root, "dangling", &path, &err), XYBRID_OK);
    xb_free(&tm.mem, path);
    CHECK_INT(xb_path_confined(&tm.mem, root, "self/sub/in.bin", &path, &err), XYBRID_OK);
    xb_free(&tm.mem, path);
    path = NULL;
    CHECK_INT(xb_path_confined(&tm.mem, root, "evil", &path, &err), XYBRID_MALFORMED);
    CHECK(strstr(err.message, "symbolic link") != NULL);
    CHECK_INT(xb_path_confined(&tm.mem, root, "up/outside.bin", &path, &err), XYBRID_MALFORMED);
    CHECK_INT(xb_path_confined(&tm.mem, root, "prefix/e", &path, &err), XYBRID_MALFORMED);
    CHECK_INT(xb_path_confined(&tm.mem, root, "loop", &path, &err), XYBRID_IO_OPEN);
    CHECK(path == NULL);
    CHECK_INT(tm.live_blocks, 0);
    temp_close();
}
#else
static void confined_follows_links(void) { CHECK_SKIP("symbolic links"); }
#endif

static void real_path(void) {
    char        *path = NULL;
    xybrid_error err;
    xb_test_mem_init(&tm, 0, 0);
    temp_open();
    const char *file = temp_file("x.bin", "x", 1);
    CHECK_OR_RETURN(xb_path_real(&tm.mem, file, &path, &err) == XYBRID_OK);
#if !defined(__wasi__)
    CHECK_OR_RETURN(path != NULL);
    CHECK_STR(xb_path_base(path), "x.bin");
    CHECK(xb_path_is_absolute(path));
#endif
    xb_free(&tm.mem, path);
    CHECK_OR_RETURN(xb_path_real(&tm.mem, temp_path("none"), &path, &err) == XYBRID_OK);
    CHECK(path == NULL);
    temp_close();
}

static void out_of_memory(void) {
    temp_open();
    temp_file("x.bin", "x", 1);
    XB_TORTURE (tm, 100) {
        char         *a = NULL, *b = NULL, *c = NULL;
        xybrid_error  err;
        xybrid_status st = xb_path_join(&tm.mem, "folder", "name", &a, &err);
        if (!st) st = xb_path_folder(&tm.mem, "a/b", &b, &err);
        if (!st) st = xb_path_confined(&tm.mem, temp_root_, "x.bin", &c, &err);
        XB_TORTURE_STATUS(tm, st);
        xb_free(&tm.mem, a);
        xb_free(&tm.mem, b);
        xb_free(&tm.mem, c);
    }
    temp_close();
}

CHECK_MAIN(RUN(parts), RUN(too_long), RUN(confined_takes), RUN(confined_refuses), RUN(confined_follows_links), RUN(real_path),
           RUN(out_of_memory))
