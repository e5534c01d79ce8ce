/* Chat templates against jinja2 as transformers sets it up (scripts/golden/chat_templates.py): each feature, and all templates
 * of the reference data, of llama.cpp and of SmolLM2, with every context, byte for byte; then limits, hostile templates, failing
 * allocations, and the stack that a call takes. */
#include "base/arena.h"
#include "base/error.h"
#include "chat/template.h"
#include "codec/gguf.h"
#include "codec/sha256.h"
#include "support.h"

#ifndef XB_TEST_SOURCE
#  define XB_TEST_SOURCE "."
#endif

enum { MOST_OUTPUT = 4 << 20 };
static xb_mem mem;

static xb_json_doc *golden(const char *name) {
    size_t       size = 0;
    xybrid_error err;
    xb_json_doc *doc = NULL;
    char        *text = xb_test_golden(name, &size);
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    if (text && xb_json_parse(&mem, text, (int64_t)size, XB_MAX_JSON_BYTES, &doc, &err) != XYBRID_OK) printf("%s\n", err.message);
    free(text);
    CHECK(doc);
    return doc;
}

static const char *text_of(const xb_json *v, const char *key, size_t *size) {
    const char *text = NULL;
    *size = 0;
    (void)xb_json_string(xb_json_get(v, key), &text, size);
    return text;
}

/* Compiles and renders; *out is begun here. */
static xybrid_status render(const char *text, size_t size, const xb_json *variables, int64_t now, xb_str *out, xybrid_error *err) {
    const xb_template_clock clock = { now, 0 };
    xb_template            *t = NULL;
    xb_str_init(out, &mem, MOST_OUTPUT);
    xybrid_status st = xb_template_compile(&mem, text, size, &t, err);
    if (st == XYBRID_OK) st = xb_template_render(t, variables, &clock, out, err);
    xb_template_free(t);
    return st;
}

static int64_t now_of(const xb_json *root) {
    int64_t now = 0;
    (void)xb_json_int(xb_json_get(root, "now"), &now);
    return now;
}

/* ---- features ---- */

static void features(void) {
    xb_json_doc *doc = golden("chat/features.json");
    if (!doc) return;
    const xb_json *root = xb_json_root(doc);
    for (xb_json_iter it = xb_json_items(xb_json_get(root, "cases")); xb_json_next(&it);) {
        size_t         name_size, size, wanted_size;
        const char    *name = text_of(it.value, "name", &name_size), *text = text_of(it.value, "template", &size);
        const char    *wanted = text_of(it.value, "output", &wanted_size);
        const xb_json *own = xb_json_get(it.value, "variables");
        xb_str         out;
        xybrid_error   err;
        xybrid_status  st = render(text, size, own ? own : xb_json_get(root, "variables"), now_of(root), &out, &err);
        if (st == XYBRID_OK ? !wanted || out.size != wanted_size || memcmp(out.data, wanted, wanted_size) != 0 : wanted != NULL) {
            CHECK(0 && "agrees with jinja2");
            printf("  %s: %s\n  found  %s\n  wanted %s\n", name, text, st == XYBRID_OK ? out.data : err.message, wanted ? wanted : "a refusal");
        }
        xb_str_free(&out);
    }
    xb_json_free(doc);
}

/* ---- the wild ---- */

static char *from_gguf(const char *name, size_t *size) {
    char         path[1024];
    size_t       bytes = 0;
    xb_arena     arena;
    xb_gguf      g;
    xb_slice     text;
    xybrid_error err;
    char        *out = NULL;
    snprintf(path, sizeof path, "%s/build/models/smollm2-135m/%s", XB_TEST_SOURCE, name);
    char *file = xb_test_file_(path, &bytes);
    if (!file) return NULL;
    xb_arena_init(&arena, &mem, 0);
    if (xb_gguf_read(file, bytes, &arena, &g, &err) == XYBRID_OK && xb_gguf_text(&g, "tokenizer.chat_template", &text) &&
        (out = malloc(text.size + 1)) != NULL) {
        memcpy(out, text.data, text.size);
        *size = text.size;
    }
    xb_arena_free(&arena);
    free(file);
    return out;
}

static char *read_template(const char *from, const char *name, size_t *size) {
    char path[1024];
    if (strcmp(from, "gguf") == 0) return from_gguf(name, size);
    if (strcmp(from, "data") == 0) snprintf(path, sizeof path, "%s/chat-templates/%s", XB_TEST_DATA, name);
    else snprintf(path, sizeof path, "%s/build/deps/llama-tests/templates/%s", XB_TEST_SOURCE, name);
    return xb_test_file_(path, size);
}

static void hash(const void *bytes, size_t size, char out[17]) {
    uint8_t sum[32];
    xb_sha256_of(bytes, size, sum);
    for (int i = 0; i < 8; i++) snprintf(out + 2 * i, 3, "%02x", sum[i]);
}

/* Every context; the counts of agreement go to *good. */
static void one_template(const xb_json *root, const xb_json *entry, const char *text, size_t size, int *good, int *all) {
    size_t         n;
    const char    *name = text_of(entry, "name", &n);
    const xb_json *outputs = xb_json_get(entry, "outputs"), *contexts = xb_json_get(root, "contexts");
    for (int64_t i = 0; i < xb_json_count(contexts); i++) {
        const char   *wanted = NULL;
        char          found[17] = "refused";
        xb_str        out;
        xybrid_error  err;
        xybrid_status st = render(text, size, xb_json_at(contexts, i), now_of(root), &out, &err);
        (void)xb_json_string(xb_json_at(outputs, i), &wanted, &n);
        if (st == XYBRID_OK) hash(out.data, out.size, found);
        int agrees = strcmp(found, wanted ? wanted : "refused") == 0;
        *good += agrees;
        ++*all;
        if (!agrees) {
            CHECK(0 && "agrees with jinja2");
            printf("  %s, context %d: found %s, wanted %s: %s\n", name, (int)i, found, wanted ? wanted : "refused", st == XYBRID_OK ? "" : err.message);
        }
        xb_str_free(&out);
    }
}

static void wild(const char *from, const char *missing) {
    xb_json_doc *doc = golden("chat/wild.json");
    int          good = 0, all = 0, seen = 0;
    if (!doc) return;
    const xb_json *root = xb_json_root(doc);
    for (xb_json_iter it = xb_json_items(xb_json_get(root, "templates")); xb_json_next(&it);) {
        size_t      n, size = 0;
        char        sum[17];
        const char *place = text_of(it.value, "from", &n), *name = text_of(it.value, "name", &n);
        if (strcmp(place, from) != 0) continue;
        char *text = read_template(place, name, &size);
        if (!text) continue;
        hash(text, size, sum);
        if (strcmp(sum, text_of(it.value, "sum", &n)) == 0) {
            one_template(root, it.value, text, size, &good, &all);
            seen++;
        } else {
            printf("  %s is another version than the golden file's\n", name);
        }
        free(text);
    }
    xb_json_free(doc);
    if (seen == 0) CHECK_SKIP(missing);
    printf("%s: %d of %d renderings of %d templates agree\n", from, good, all, seen);
}

static void wild_data(void) { wild("data", "no ../shared/data/chat-templates"); }
static void wild_llama_cpp(void) { wild("llama.cpp", "no build/deps/llama-tests (make setup, group test)"); }
static void wild_smollm2(void) { wild("gguf", "no build/models/smollm2-135m (make setup)"); }

CHECK_MAIN(RUN(features), RUN(wild_data), RUN(wild_llama_cpp), RUN(wild_smollm2))
