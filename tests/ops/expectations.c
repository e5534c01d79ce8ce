/* expectations.c - lines of a text file, found by name. */
#include "expectations.h"

#include "support.h"

int pattern_fits(const char *pattern, const char *name) {
    for (; *pattern != '*'; pattern++, name++) {
        if (*pattern != *name) return 0;
        if (!*pattern) return 1;
    }
    for (;; name++) {
        if (pattern_fits(pattern + 1, name)) return 1;
        if (!*name) return 0;
    }
}

int expectations_read(const char *path, expectations *out) {
    size_t size;
    memset(out, 0, sizeof *out);
    out->text = xb_test_file_(path, &size);
    if (!out->text) return 0;
    size_t lines = 1;
    for (const char *p = out->text; *p; p++) lines += *p == '\n';
    out->items = calloc(lines, sizeof *out->items);
    if (!out->items) exit(1);
    for (char *line = out->text, *next; *line; line = next) {
        size_t length = strcspn(line, "\r\n");
        next = line + length + (line[length] != 0);
        line[length] = 0;
        if (length == 0 || line[0] == '#') continue;
        size_t name = strcspn(line, " \t"), blanks = strspn(line + name, " \t");
        out->items[out->count++] = (expectation){ .pattern = line, .reason = line + name + blanks };
        line[name] = 0;
    }
    return 1;
}

void expectations_free(expectations *e) {
    free(e->items);
    free(e->text);
}

expectation *expectations_find(expectations *e, const char *name) {
    for (int32_t i = 0; i < e->count; i++) {
        if (!pattern_fits(e->items[i].pattern, name)) continue;
        e->items[i].matches++;
        return &e->items[i];
    }
    return NULL;
}
