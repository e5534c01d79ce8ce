/* Chat templates against jinja2 as transformers sets it up (scripts/golden/chat_templates.py): each feature, and all templates
 * of the reference data, of llama.cpp and of SmolLM2, with every context, byte for byte; then limits, hostile templates,
 * failing allocations, and the stack that a call takes. */
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
    if (text && xb_json_parse(&mem, text, (int64_t)size, XB_MAX_JSON_BYTES, &doc, &err) != XYBRID_OK)
        printf("%s\n", err.message);
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
static xybrid_status render(const char *text, size_t size, const xb_json *variables, int64_t now, xb_str *out,
                            xybrid_error *err) {
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
        if (st == XYBRID_OK ? !wanted || out.size != wanted_size || memcmp(out.data, wanted, wanted_size) != 0
                            : wanted != NULL) {
            CHECK(0 && "agrees with jinja2");
            printf("  %s: %s\n  found  %s\n  wanted %s\n", name, text, st == XYBRID_OK ? out.data : err.message,
                   wanted ? wanted : "a refusal");
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
            printf("  %s, context %d: found %s, wanted %s: %s\n", name, (int)i, found, wanted ? wanted : "refused",
                   st == XYBRID_OK ? "" : err.message);
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

/* ---- failures ---- */

static xb_json_doc *json(const char *text) {
    xb_json_doc *doc = NULL;
    xybrid_error err;
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    CHECK(xb_json_parse(&mem, text, (int64_t)strlen(text), XB_MAX_JSON_BYTES, &doc, &err) == XYBRID_OK);
    return doc;
}

static void refused(const char *text, const char *variables, int32_t code, int32_t line, int32_t column, const char *message) {
    xb_json_doc  *doc = json(variables);
    xb_str        out;
    xybrid_error  err = { 0 };
    xybrid_status st = render(text, strlen(text), xb_json_root(doc), 0, &out, &err);
    CHECK_INT(st, code);
    if (st != XYBRID_OK) {
        CHECK_STR(err.message, message);
        CHECK_INT(err.line, line);
        CHECK_INT(err.column, column);
    }
    xb_str_free(&out);
    xb_json_free(doc);
}

static void failures(void) {
    const int32_t malformed = XYBRID_MALFORMED, failed = XYBRID_PREPROCESSING_FAILED, refuses = XYBRID_INVALID_ARGUMENT;
    refused("a\n{{ 1 + }}", "{}", malformed, 2, 8, "chat template: found \"}}\", wanted an expression at line 2, column 8");
    refused("{% if x %}\n\n", "{}", malformed, 2, 1, "chat template: the template ends, wanted {% elif %} at line 2, column 1");
    refused("\xc3\xa9{{ ( }}", "{}", malformed, 1, 7, "chat template: a \"}\" that closes nothing at line 1, column 7");
    refused("{% frob %}", "{}", malformed, 1, 4, "chat template: found \"frob\", wanted a statement at line 1, column 4");
    refused("{{ a|frob }}", "{}", malformed, 1, 6, "chat template: there is no filter \"frob\", at line 1, column 6");
    refused("\xff", "{}", malformed, 0, 0, "chat template: byte 0 is no UTF-8");
    refused("{% include 'x' %}", "{}", XYBRID_UNSUPPORTED_FORMAT, 0, 0,
            "chat template: {% include %} in line 1 is not supported");
    refused("\n\n{{ raise_exception('Roles must alternate: ' ~ a) }}", "{\"a\":\"user\"}", refuses, 3, 0,
            "chat template, line 3: Roles must alternate: user");
    refused("{{ a.b.c }}", "{\"a\":{}}", failed, 1, 0, "chat template, line 1: \"b\" is undefined");
    refused("\n{{ 1 + 'x' }}", "{}", failed, 2, 0, "chat template, line 2: \"+\" of a int and a str");
    refused("{{ l.append(1) }}", "{\"l\":[]}", failed, 1, 0,
            "chat template, line 1: \"append\" would change a value; a template may not");
    refused("{{ 9223372036854775807 + 1 }}", "{}", failed, 1, 0, "chat template, line 1: a number of more than 64 bits");
    refused("{{ 9223372036854775808 }}", "{}", malformed, 1, 4,
            "chat template: the number \"9223372036854775808\", wanted one of at most 64 bits at line 1, column 4");
    refused("{{ a }}", "{\"a\":18446744073709551615}", failed, 0, 0,
            "chat template, line 0: a number of the variables has more than 64 bits");
    refused("{% for a in [1] recursive %}{{ loop([2]) }}{% endfor %}", "{}", failed, 1, 0,
            "chat template, line 1: a LoopContext cannot be called");
}

/* What is more than the limits is a failure by name, soon, and within the stack. */
static void limits(void) {
    static const struct {
        const char *text, *message;
    } cases[] = {
        { "{% set r = range(100000) %}{% for a in r %}{% for b in r %}{% endfor %}{% endfor %}", "more than 10000000 steps" },
        { "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "more than 140 levels of evaluation" },
        { "{{ 'x' * 1000000 * 1000000 }}", "a repetition of more than 134217728 bytes" },
        { "{{ range(100001) }}", "a range of more than 100000 numbers" },
        { "{{ 'x' * 11000000 }}", "more than 10000000 steps" },
        { "{% for a in range(2000) %}{% set x = [0] * 100000 %}{% endfor %}", "its values take more than 134217728 bytes" },
        { "{% set ns = namespace(l=[]) %}{% for a in range(150) %}{% set ns.l = [ns.l] %}{% endfor %}{{ ns.l }}",
          "values of more than 72 levels" },
        { "{% set ns = namespace(l=[]) %}{% for a in range(150) %}{% set ns.l = [ns.l] %}{% endfor %}{{ ns.l|tojson }}",
          "values of more than 72 levels" },
        { "{% set ns = namespace() %}{% set ns.a = ns %}{{ ns }}", "a Namespace is not a text" },
        { "{{ [[[1]]]|map('map', 'map', 'map', 'map', 'map', 'list')|map('list')|list }}", "a int cannot be iterated" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char message[128];
        snprintf(message, sizeof message, "chat template, line 1: %s", cases[i].message);
        refused(cases[i].text, "{}", XYBRID_PREPROCESSING_FAILED, 1, 0, message);
    }
    xb_str       big;
    xybrid_error err;
    xb_template *t = NULL;
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    xb_str_init(&big, &mem, 8 << 20);
    while (big.size <= XB_MAX_TEMPLATE_BYTES) xb_str_add(&big, "{{ x }}");
    CHECK_INT(xb_template_compile(&mem, big.data, big.size, &t, &err), XYBRID_MALFORMED);
    xb_str_clear(&big);
    for (int i = 0; i < XB_MAX_TEMPLATE_NAMES + 2; i++) xb_str_addf(&big, "{{ n%d }}", i);
    CHECK_INT(xb_template_compile(&mem, big.data, big.size, &t, &err), XYBRID_MALFORMED);
    xb_str_free(&big);
    CHECK(!t);
}

/* Output that is full fails, and leaves what was there. */
static void appends(void) {
    xb_json_doc *doc = json("{\"a\":\"0123456789\"}");
    xb_template *t = NULL;
    xybrid_error err;
    xb_str       out;
    const char   text[] = "{{ a }}{{ b }}{{ a }}";
    CHECK_OR_RETURN(xb_template_compile(&mem, text, sizeof text - 1, &t, &err) == XYBRID_OK);
    xb_str_init(&out, &mem, 32);
    xb_str_add(&out, "start ");
    CHECK_INT(xb_template_render(t, xb_json_root(doc), NULL, &out, &err), XYBRID_OK);
    CHECK_STR(out.data, "start 01234567890123456789");
    CHECK_INT(xb_template_render(t, xb_json_root(doc), NULL, &out, &err), XYBRID_PREPROCESSING_FAILED);
    CHECK_STR(err.message, "chat template, line 1: a text of more than 32 bytes");
    CHECK_STR(out.data, "start 01234567890123456789");
    CHECK_INT(out.failed, XYBRID_OK);
    CHECK_INT(xb_template_render(t, NULL, NULL, &out, &err), XYBRID_OK);
    CHECK_STR(out.data, "start 01234567890123456789");
    CHECK(xb_template_mentions(t, "a") && xb_template_mentions(t, "b") && !xb_template_mentions(t, "c"));
    xb_template_free(t);
    xb_str_free(&out);
    const char set[] = "{% set tools = 1 %}{{ x.enable_thinking }}{{ f(documents=1) }}{% if messages is defined %}{% endif %}";
    CHECK_OR_RETURN(xb_template_compile(&mem, set, sizeof set - 1, &t, &err) == XYBRID_OK);
    CHECK(!xb_template_mentions(t, "tools") && !xb_template_mentions(t, "enable_thinking") &&
          !xb_template_mentions(t, "documents"));
    CHECK(xb_template_mentions(t, "messages") && xb_template_mentions(t, "x"));
    xb_template_free(t);
    xb_template_free(NULL);
    xb_json_free(doc);
}

/* ---- memory ---- */

static const char everything[] =
    "{% macro m(a, b=[1, {'k': 2.5}]) %}{{ a }}{{ b|tojson(indent=1) }}{{ caller() if caller else kwargs }}{% endmacro %}"
    "{% set ns = namespace(s='', n=0) %}{% for x in messages if x.role != 'none' %}{% set ns.s = ns.s ~ x.content.strip()[1:] "
    "%}"
    "{{ m(x.role|upper, z=loop.previtem) }}{% call m(loop.index) %}{{ x.content.split(' ')|join('-')|title }}{% endcall %}{% "
    "endfor %}"
    "{% set b %}{{ ns.s|replace('a', 'bb') }}{% endset %}{{ b }}{{ messages|map(attribute='role')|unique|sort|list }}{{ "
    "'1.5'|float }}"
    "{% for k, v in messages[0]|dictsort %}{{ '{}={:>4}'.format(k, v) }}{{ '%s' % k }}{% endfor %}{{ strftime_now('%F') }}"
    "{{ messages|groupby('role')|list|length }}{{ dict(a=1).items()|list }}{{ messages|selectattr('role', 'equalto', "
    "'user')|list|tojson }}";

static void failing_allocations(void) {
    static const char variables[] =
        "{\"messages\":[{\"role\":\"user\",\"content\":\" Hi there \"},{\"role\":\"assistant\",\"content\":\"Yo, a b\"}]}";
    const xb_template_clock clock = { 1783260189, 7200 };
    xb_json_doc            *doc = json(variables);
    xb_test_mem             tm;
    XB_TORTURE (tm, 400) {
        xb_template *t = NULL;
        xybrid_error err;
        xb_str       out;
        xb_str_init(&out, &tm.mem, MOST_OUTPUT);
        xybrid_status st = xb_template_compile(&tm.mem, everything, sizeof everything - 1, &t, &err);
        if (st == XYBRID_OK) st = xb_template_render(t, xb_json_root(doc), &clock, &out, &err);
        XB_TORTURE_STATUS(tm, st);
        if (st != XYBRID_OK && !tm.struck) printf("%s\n", err.message);
        xb_str_free(&out);
        xb_template_free(t);
    }
    xb_json_free(doc);
}

/* ---- the stack of a call ---- */

enum { PAINTED = 256 << 10 };

#if defined(__GNUC__)
__attribute__((noinline))
#endif
static size_t stack_used(int paint) {
    volatile unsigned char room[PAINTED];
    size_t                 clean = 0;
    if (paint) {
        for (size_t i = 0; i < PAINTED; i++) room[i] = 0xA5;
        return 0;
    }
    while (clean < PAINTED && room[clean] == 0xA5) clean++;
    return PAINTED - clean;
}

/* The deepest of each kind that is accepted, and one that is refused. */
static void stack(void) {
    /* for "@": a value of 68 levels */
    static const char deep_value[] =
        "{% set ns = namespace(l=[]) %}{% for a in range(34) %}{% set ns.l = [{1: ns.l}] %}{% endfor %}";
    static const char *const shapes[][5] = {
        { "{{ ", "(", "1", ")", " }}" },
        { "{{ ", "[", "1", "]", " }}" },
        { "{{ 1", "|default(1", "", ")", " }}" },
        { "{{ ", "{0: 0}[", "0", "]", " }}" },
        { "{{ ", "{1: ", "1", "}", " }}" },
        { "{{ ", "dict(a=", "1", ")", " }}" },
        { "{{ 1 ", "+ 2 * (1 * (1 ~ ", "1", ")|int)", " }}" },
        { "{{ ", "(1 and 1 or 1 in [1, 1 + 2 * ", "1", "])", " }}" },
        { "{{ ", "not ", "1", "", " }}" },
        { "{{ ", "-", "1", "", " }}" },
        { "{{ 1", " if 1 else 1", "", "", " }}" },
        { "", "{% if 1 %}", "", "{% endif %}", "" },
        { "", "{% for a in [1] %}", "", "{% endfor %}", "" },
        { "", "{% set a %}", "", "{% endset %}{{ a }}", "" },
        { "", "{% filter upper %}", "", "{% endfilter %}", "" },
        { "", "{% macro m() %}", "", "{% endmacro %}{{ m() }}", "" },
        { "{% macro c() %}{{ caller() }}{% endmacro %}", "{% call c() %}", "", "{% endcall %}", "" },
        { "@{% macro c() %}{{ caller() }}{% endmacro %}", "{% call c() %}", "{{ ns.l|tojson(sort_keys=true) }}",
          "{% endcall %}", "" },
        { "@{% macro c() %}{{ caller() }}{% endmacro %}", "{% call c() %}", "{{ ns.l }}{{ ns.l == ns.l }}", "{% endcall %}",
          "" },
        { "@{% set l2 = [[ns.l]] %}{% macro m(a=[ns.l] < [ns.l]) %}", "{% if 1 %}", "{{ ''.join(['{}'.format(l2)]) }}",
          "{% endif %}", "{% endmacro %}{{ m() }}" },
        { "{% macro m(k, a=m(k - 1) if k else 1) %}{{ a }}{% endmacro %}", "{% if 1 %}", "{{ m(12) }}", "{% endif %}", "" },
    };
    size_t most = 0;
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++) {
        size_t deepest = 0;
        int    accepted = 0;
        for (int depth = 1; depth <= 220; depth++) {
            xb_str       text, out;
            xybrid_error err;
            xb_str_init(&text, &mem, 1 << 20);
            if (shapes[s][0][0] == '@') xb_str_add(&text, deep_value);
            xb_str_add(&text, shapes[s][0] + (shapes[s][0][0] == '@'));
            for (int i = 0; i < depth; i++) xb_str_add(&text, shapes[s][1]);
            xb_str_add(&text, shapes[s][2]);
            for (int i = 0; i < depth; i++) xb_str_add(&text, shapes[s][3]);
            xb_str_add(&text, shapes[s][4]);
            (void)stack_used(1);
            accepted += render(text.data, text.size, NULL, 0, &out, &err) == XYBRID_OK;
            size_t used = stack_used(0);
            if (used > deepest) deepest = used;
            xb_str_free(&out);
            xb_str_free(&text);
        }
        if (deepest > most) most = deepest;
        CHECK(accepted > 10);
    }
    printf("at most %zu bytes of stack\n", most);
    CHECK(most > 1000);
    CHECK(most < 64 << 10);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#  define HAS_SANITIZER
#elif defined(__has_feature)
#  if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#    define HAS_SANITIZER
#  endif
#endif
static void stack_of_a_call(void) {
#if defined(HAS_SANITIZER) || !defined(NDEBUG) || defined(__wasm__)
    (void)stack;
    CHECK_SKIP("the stack of a build that is checked or not optimised says nothing");
#else
    stack();
#endif
}

CHECK_MAIN(RUN(features), RUN(wild_data), RUN(wild_llama_cpp), RUN(wild_smollm2), RUN(failures), RUN(limits), RUN(appends),
           RUN(failing_allocations), RUN(stack_of_a_call))
