/* cli/inputs.c - inputs from texts, files and standard input. */
#include "inputs.h"

#include <errno.h>
#include <string.h>

#include "codec/json.h"
#include "host.h"
#include "system.h"

static void release_bytes(void *ctx, const void *bytes) { xb_free(ctx, (void *)(uintptr_t)bytes); }

/* Reads all of `f`. CLI_OK with bytes to free by xb_free, or CLI_FAILED. */
static int read_all(cli *c, FILE *f, const char *name, char **bytes, size_t *size) {
    xybrid_error err;
    xb_str       s;
    char         block[16384];
    cli_begin(c, &s);
    errno = 0;
    for (size_t n; (n = fread(block, 1, sizeof block, f)) > 0;) xb_str_addn(&s, block, n);
    if (ferror(f)) {
        xb_str_free(&s);
        return cli_fail("cannot read %s: %s", name, strerror(errno));
    }
    if (xb_str_take(&s, bytes, size, &err) == XYBRID_OK) return CLI_OK;
    xb_str_free(&s);
    return cli_fail("%s: %s", name, err.message);
}

int inputs_read_text(cli *c, const char *path, const char **out) {
    FILE  *f = system_open(path, "rb");
    char  *bytes = NULL;
    size_t size = 0;
    if (!f) return cli_fail("cannot open %s: %s", path, strerror(errno));
    int code = read_all(c, f, path, &bytes, &size);
    fclose(f);
    if (code) return code;
    if (memchr(bytes, 0, size)) code = cli_fail("%s is no text: it holds a zero byte", path);
    char *copy = cli_alloc(c, size + 1, 1);
    memcpy(copy, bytes, size);
    xb_free(&c->mem, bytes);
    *out = copy;
    return code;
}

static int open_stdin(cli *c, const command *m, xybrid_runtime *rt, xybrid_envelope **out) {
    xybrid_error err;
    char        *bytes = NULL;
    size_t       size = 0;
    int          code = read_all(c, stdin, "standard input", &bytes, &size);
    if (code) return code;
    if (size == 0) {
        xb_free(&c->mem, bytes);
        return usage_fail(m, "standard input is empty; give --input TEXT or --input FILE");
    }
    if (xybrid_envelope_new_bytes(rt, bytes, (int64_t)size, release_bytes, &c->mem, out, &err) == XYBRID_OK) return CLI_OK;
    xb_free(&c->mem, bytes);
    return cli_fail("standard input: %s", err.message);
}

/* Does the JSON say "kind" at its top? Then it is an envelope and not a text. */
static int is_wire_form(cli *c, const char *json, size_t size) {
    xybrid_error err;
    xb_json_doc *doc = NULL;
    if (xb_json_parse(&c->mem, json, (int64_t)size, XB_MAX_JSON_BYTES, &doc, &err)) return 0;
    int has_kind = xb_json_get(xb_json_root(doc), "kind") != NULL;
    xb_json_free(doc);
    return has_kind;
}

static int open_json(cli *c, xybrid_runtime *rt, const char *path, xybrid_envelope **out) {
    xybrid_error err;
    FILE        *f = system_open(path, "rb");
    char        *json = NULL;
    size_t       size = 0;
    if (!f) return cli_fail("cannot open %s: %s", path, strerror(errno));
    int code = read_all(c, f, path, &json, &size);
    fclose(f);
    if (code) return code;
    xybrid_status st = is_wire_form(c, json, size) ? xybrid_envelope_from_json(rt, json, (int64_t)size, out, &err)
                                                   : xybrid_envelope_new_file(rt, path, out, &err);
    xb_free(&c->mem, json);
    return st ? cli_fail("%s: %s", path, err.message) : CLI_OK;
}

/* A mistyped path would else be taken for a text, and the model would say something odd about it. */
static int looks_like_a_file(const char *text) {
    static const char *const suffixes[] = { ".png",  ".jpg", ".jpeg", ".bmp", ".gif",  ".webp", ".wav",
                                            ".flac", ".mp3", ".ogg",  ".txt", ".json", ".npy" };
    if (strpbrk(text, " \t\r\n")) return 0;
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        if (xb_ends_with(text, suffixes[i])) return 1;
    }
    return 0;
}

static int open_one(cli *c, const command *m, xybrid_runtime *rt, const char *typed, xybrid_envelope **out) {
    xybrid_error err;
    if (strcmp(typed, "-") == 0) return open_stdin(c, m, rt, out);
    switch (system_kind_of(typed)) {
    case SYSTEM_FOLDER: return cli_fail("--input %s is a folder; give a file in it", typed);
    case SYSTEM_FILE:
        if (xb_ends_with(typed, ".json")) return open_json(c, rt, typed, out);
        return xybrid_envelope_new_file(rt, typed, out, &err) ? host_fail(c, &err, NULL) : CLI_OK;
    default: break;
    }
    if (looks_like_a_file(typed)) {
        cli_fail("no such file: %s", typed);
        cli_hint("if it is meant as a text, send it through standard input: --input -");
        return CLI_FAILED;
    }
    return xybrid_envelope_new_text(rt, typed, -1, out, &err) ? cli_fail("--input: %s", err.message) : CLI_OK;
}

int inputs_open(cli *c, const command *m, xybrid_runtime *rt, const option_texts *typed, input **out, size_t *count) {
    static const char *const standard_input[] = { "-" };
    const char *const       *names = (const char *const *)typed->items;
    size_t                   n = typed->count;
    if (n == 0) {
        if (system_is_terminal(stdin)) return usage_fail(m, "no input; give --input TEXT or --input FILE");
        names = standard_input;
        n = 1;
    }
    input *inputs = cli_alloc(c, n, sizeof *inputs);
    for (size_t i = 0; i < n; i++) {
        inputs[i].name = names[i];
        int code = open_one(c, m, rt, names[i], &inputs[i].envelope);
        if (code) {
            inputs_free(inputs, i);
            return code;
        }
    }
    *out = inputs;
    *count = n;
    return CLI_OK;
}

void inputs_free(input *inputs, size_t count) {
    for (size_t i = 0; i < count; i++) xybrid_envelope_free(inputs[i].envelope);
}
