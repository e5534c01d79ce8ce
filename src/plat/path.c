/* plat/path.c - names of files, without the system but for the last look of xb_path_confined. */
#include "plat/path.h"

#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/str.h"
#include "base/utf8.h"
#include "plat/file.h"

enum { PART_BYTES = 255 }; /* the longest name that every file system takes */

int xb_path_is_separator(char c) {
#if defined(_WIN32)
    return c == '/' || c == '\\';
#else
    return c == '/';
#endif
}

#if defined(_WIN32)
static int is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/* Length of "C:" or "C:\" at the start. */
static size_t drive_size(const char *path) {
    if (!is_letter(path[0]) || path[1] != ':') return 0;
    return xb_path_is_separator(path[2]) ? 3 : 2;
}
#else
static size_t drive_size(const char *path) {
    (void)path;
    return 0;
}
#endif

int xb_path_is_absolute(const char *path) { return xb_path_is_separator(path[0]) || drive_size(path) > 0; }

xybrid_status xb_path_join(xb_mem *mem, const char *folder, const char *name, char **out, xybrid_error *err) {
    xb_str s;
    size_t folder_size = strlen(folder), name_size = strlen(name);
    if (folder_size + name_size + 1 > XB_MAX_PATH)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, name, "a path of %zu bytes; at most %d", folder_size + name_size + 1,
                       XB_MAX_PATH);
    xb_str_init(&s, mem, XB_MAX_PATH);
    if (!xb_path_is_absolute(name) && folder_size > 0) {
        xb_str_addn(&s, folder, folder_size);
        if (!xb_path_is_separator(folder[folder_size - 1])) xb_str_addc(&s, '/');
    }
    xb_str_addn(&s, name, name_size);
    xybrid_status st = xb_str_take(&s, out, NULL, err);
    xb_str_free(&s);
    return st;
}

const char *xb_path_base(const char *path) {
    const char *base = path + drive_size(path);
    for (const char *p = base; *p; p++)
        if (xb_path_is_separator(*p)) base = p + 1;
    return base;
}

xybrid_status xb_path_folder(xb_mem *mem, const char *path, char **out, xybrid_error *err) {
    size_t root = drive_size(path), size = (size_t)(xb_path_base(path) - path);
    if (root == 0 && xb_path_is_separator(path[0])) root = 1;
    while (size > root && xb_path_is_separator(path[size - 1])) size--;
    char *folder = size ? xb_strndup(mem, path, size, err) : xb_strdup(mem, ".", err);
    if (!folder) return err->code;
    *out = folder;
    return XYBRID_OK;
}

const char *xb_path_suffix(const char *path) {
    const char *base = xb_path_base(path), *dot = strrchr(base, '.');
    return dot && dot != base ? dot : base + strlen(base);
}

/* ---- confinement ---- */

static char ascii_upper(char c) { return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c; }

static int equals_upper(const char *text, size_t size, const char *upper) {
    size_t i = 0;
    while (i < size && upper[i] && ascii_upper(text[i]) == upper[i]) i++;
    return i == size && !upper[i];
}

/* Windows opens a device for these names in any folder, whatever follows the first dot; spaces before the dot do not help. */
static int is_device(const char *part, size_t size) {
    static const char *const plain[] = { "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$" };
    static const char *const digits[] = {
        "1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "\xC2\xB9", "\xC2\xB2", "\xC2\xB3"
    };
    size_t stem = 0;
    while (stem < size && part[stem] != '.') stem++;
    while (stem > 0 && part[stem - 1] == ' ') stem--;
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
        if (equals_upper(part, stem, plain[i])) return 1;
    if (stem < 4 || (!equals_upper(part, 3, "COM") && !equals_upper(part, 3, "LPT"))) return 0;
    for (size_t i = 0; i < sizeof digits / sizeof digits[0]; i++)
        if (equals_upper(part + 3, stem - 3, digits[i])) return 1;
    return 0;
}

/* Why this part of a path is refused, NULL if it is not. */
static const char *part_fault(const char *part, size_t size) {
    if (size == 2 && part[0] == '.' && part[1] == '.') return "\"..\" would leave its folder";
    if (size > PART_BYTES) return "a part is longer than 255 bytes";
    if (part[size - 1] == '.' || part[size - 1] == ' ') return "a part ends in a dot or a space, which Windows drops";
    if (is_device(part, size)) return "a part is the name of a Windows device";
    return NULL;
}

static xybrid_status refuse(xybrid_error *err, const char *relative, const char *why) {
    return xb_fail(err, XYBRID_MALFORMED, relative, "path \"%.300s\" is refused: %s; wanted a relative path inside its folder",
                   relative, why);
}

static xybrid_status check_bytes(const char *relative, size_t size, xybrid_error *err) {
    size_t valid = xb_utf8_valid(relative, size);
    if (valid != size) return xb_fail(err, XYBRID_MALFORMED, "", "a path is refused: its byte %zu is not UTF-8", valid);
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)relative[i];
        if (c < 0x20 || c == 0x7F)
            return xb_fail(err, XYBRID_MALFORMED, "", "a path is refused: control character 0x%02x at its byte %zu", c, i);
        if (c == '\\') return refuse(err, relative, "it has a backslash; folders are parted by '/'");
        if (c == ':') return refuse(err, relative, "it has a colon, which on Windows names a drive or a stream");
    }
    return XYBRID_OK;
}

/* Appends the clean parts of `relative` to s, each after a '/' if something is before it. */
static xybrid_status add_parts(xb_str *s, const char *relative, xybrid_error *err) {
    int parts = 0;
    for (const char *p = relative; *p;) {
        size_t size = strcspn(p, "/");
        if (size > 0 && !(size == 1 && p[0] == '.')) {
            const char *why = part_fault(p, size);
            if (why) return refuse(err, relative, why);
            if (s->size > 0 && !xb_path_is_separator(s->data[s->size - 1])) xb_str_addc(s, '/');
            xb_str_addn(s, p, size);
            parts++;
        }
        p += size + (p[size] == '/');
    }
    return parts ? XYBRID_OK : refuse(err, relative, "it names no file");
}

/* Links followed, is `path` still inside `root`? What does not exist leads nowhere. */
static xybrid_status check_links(xb_mem *mem, const char *root, const char *path, const char *relative, xybrid_error *err) {
    char         *real_root = NULL, *real = NULL;
    xybrid_status st;
    XB_TRY_OUT(xb_path_real(mem, *root ? root : ".", &real_root, err));
    XB_TRY_OUT(xb_path_real(mem, path, &real, err));
    if (real_root && real) {
        size_t size = strlen(real_root);
        int    is_inside = strncmp(real, real_root, size) == 0 &&
                           (xb_path_is_separator(real[size]) || (size > 0 && xb_path_is_separator(real_root[size - 1])));
        if (!is_inside) st = refuse(err, relative, "a symbolic link leads out of the folder");
    }
out:
    xb_free(mem, real_root);
    xb_free(mem, real);
    return st;
}

xybrid_status xb_path_confined(xb_mem *mem, const char *root, const char *relative, char **out, xybrid_error *err) {
    xb_str        s;
    xybrid_status st;
    char         *path = NULL;
    size_t        size = strlen(relative);
    if (size == 0) return xb_fail(err, XYBRID_MALFORMED, "", "a path is refused: it is empty");
    if (strlen(root) + size + 2 > XB_MAX_PATH)
        return xb_fail(err, XYBRID_MALFORMED, "", "a path is refused: it has %zu bytes, with its folder at most %d", size,
                       XB_MAX_PATH);
    XB_TRY(check_bytes(relative, size, err));
    if (relative[0] == '/') return refuse(err, relative, "it is absolute");
    xb_str_init(&s, mem, XB_MAX_PATH);
    xb_str_add(&s, root);
    XB_TRY_OUT(add_parts(&s, relative, err));
    XB_TRY_OUT(xb_str_take(&s, &path, NULL, err));
    XB_TRY_OUT(check_links(mem, root, path, relative, err));
    *out = path;
    path = NULL;
out:
    xb_free(mem, path);
    xb_str_free(&s);
    return st;
}
