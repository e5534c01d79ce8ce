/* codec/slice.c - which paths stay inside. */
#include "codec/slice.h"

#include "base/limits.h"
#include "base/utf8.h"

static int is_separator(char c) { return c == '/' || c == '\\'; }

int xb_slice_stays_inside(xb_slice path) {
    if (path.size == 0 || path.size >= XB_MAX_NAME || is_separator(path.data[0])) return 0;
    if (path.size >= 2 && path.data[1] == ':') return 0;
    if (xb_utf8_valid(path.data, path.size) != path.size) return 0;

    size_t part = 0; /* length of the name so far */
    int    dots = 1; /* is it dots alone? */
    for (size_t i = 0; i <= path.size; i++) {
        char c = i < path.size ? path.data[i] : '/';
        if ((unsigned char)c < 0x20 || c == 0x7f) return 0;
        if (!is_separator(c)) {
            part++;
            dots &= c == '.';
            continue;
        }
        if (part == 2 && dots) return 0;
        part = 0;
        dots = 1;
    }
    return 1;
}
