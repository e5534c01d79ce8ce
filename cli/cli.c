/* cli/cli.c - the program's memory and streams. */
#include "cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/format.h"
#include "base/utf8.h"
#include "system.h"

enum { TEXT_MAX = 4096 };

void cli_init(cli *c) {
    memset(c, 0, sizeof *c);
    xb_mem_init(&c->mem, NULL, NULL, NULL, XYBRID_AUTO);
    xb_arena_init(&c->arena, &c->mem, 0);
}

static void die_of_memory(void) {
    fputs("xybrid: out of memory\n", stderr);
    exit(CLI_FAILED);
}

/* What a reader leaves behind that wanted no more: `xybrid run ... | head -1`. Windows knows EINVAL only. */
static int is_closed_pipe(int error) {
#ifdef _WIN32
    return error == EPIPE || error == EINVAL;
#else
    return error == EPIPE;
#endif
}

int cli_end(cli *c, int code) {
    if (c->output_error && !is_closed_pipe(c->output_error)) {
        code = cli_fail("standard output: %s", strerror(c->output_error));
    }
    xb_arena_free(&c->arena);
    return code;
}

void *cli_alloc(cli *c, size_t count, size_t size) {
    xybrid_error err;
    void        *p = xb_arena_array(&c->arena, count, size, &err);
    if (!p) die_of_memory();
    return p;
}

char *cli_text(cli *c, const char *fmt, ...) {
    char    text[TEXT_MAX];
    va_list args;
    va_start(args, fmt);
    size_t size = xb_vformat(text, sizeof text, fmt, args);
    va_end(args);
    char *out = cli_alloc(c, size + 1, 1);
    memcpy(out, text, size + 1);
    return out;
}

void cli_begin(cli *c, xb_str *s) { xb_str_init(s, &c->mem, (size_t)PTRDIFF_MAX); }

void cli_print(cli *c, xb_str *s) {
    xybrid_error err;
    if (xb_str_status(s, &err)) die_of_memory();
    if (!c->output_error) {
        errno = 0;
        if (fwrite(s->data, 1, s->size, stdout) != s->size || fflush(stdout)) c->output_error = errno ? errno : EIO;
    }
    xb_str_free(s);
}

int cli_output_is_closed(const cli *c) { return c->output_error != 0; }

/* One line on standard error. */
static void say(const char *lead, cli_style style, const char *fmt, va_list args) {
    char text[TEXT_MAX];
    xb_vformat(text, sizeof text, fmt, args);
    const char *begin = style ? cli_style_of(stderr, style) : "", *end = style ? cli_style_of(stderr, CLI_PLAIN) : "";
    fprintf(stderr, "%s%s%s%s\n", begin, lead, end, text);
}

int cli_fail(const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    say("xybrid: ", CLI_RED, fmt, args);
    va_end(args);
    return CLI_FAILED;
}

void cli_hint(const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    say("  ", CLI_PLAIN, fmt, args);
    va_end(args);
}

void cli_note(const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    say("", CLI_PLAIN, fmt, args);
    va_end(args);
}

const char *cli_style_of(FILE *f, cli_style style) {
    static const char *const codes[] = { "\033[0m", "\033[1m", "\033[2m", "\033[1;31m", "\033[32m", "\033[33m" };
    const char              *no_colour = getenv("NO_COLOR"); /* only whether it is set and not empty: no encoding matters */
    if ((no_colour && *no_colour) || !system_is_terminal(f)) return "";
    return codes[style];
}

static size_t columns(const char *text) {
    size_t n = 0;
    for (; *text; text++) n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

void cli_pad(xb_str *s, const char *text, size_t width) {
    xb_str_add(s, text);
    for (size_t n = columns(text); n < width; n++) xb_str_addc(s, ' ');
}
