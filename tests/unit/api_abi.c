/* What xybrid_abi_describe says, held against this compiler and against the golden list of functions. */
#include <xybrid/engine.h>
#include <xybrid/xybrid.h>

#include "codec/json.h"
#include "support.h"

static xb_test_mem tm;

static xb_json_doc *description(void) {
    xybrid_error err;
    xb_json_doc *doc = NULL;
    const char  *text = xybrid_abi_describe();
    xb_test_mem_init(&tm, 0, 0);
    if (xb_json_parse(&tm.mem, text, (int64_t)strlen(text), 1 << 20, &doc, &err)) printf("%s\n", err.message);
    return doc;
}

static int64_t integer(const xb_json *object, const char *key) {
    int64_t n = -1;
    CHECK(xb_json_int(xb_json_get(object, key), &n));
    return n;
}

static const xb_json *field(const xb_json_doc *doc, const char *type, const char *name) {
    const xb_json *s = xb_json_get(xb_json_get(xb_json_root(doc), "structs"), type);
    return xb_json_get(xb_json_get(s, "fields"), name);
}

#define CHECK_FIELD(doc, type, name)                                                     \
    do {                                                                                 \
        CHECK_INT(integer(field(doc, #type, #name), "offset"), offsetof(type, name));    \
        CHECK_INT(integer(field(doc, #type, #name), "size"), sizeof(((type *)0)->name)); \
    } while (0)

static void the_numbers_are_this_compilers(void) {
    xb_json_doc *doc = description();
    CHECK_OR_RETURN(doc != NULL);
    const xb_json *root = xb_json_root(doc), *structs = xb_json_get(root, "structs");
    CHECK_INT(integer(root, "abi"), XYBRID_ABI_VERSION);
    CHECK_INT(integer(root, "engine_abi"), XYBRID_ENGINE_ABI);
    CHECK_INT(integer(root, "pointer_bytes"), sizeof(void *));
    CHECK_INT(integer(xb_json_get(structs, "xybrid_load_options"), "size"), sizeof(xybrid_load_options));
    CHECK_INT(integer(xb_json_get(structs, "xybrid_engine"), "size"), sizeof(xybrid_engine));
    // NOLINTBEGIN(bugprone-sizeof-expression): the sizes of pointers are wanted
    CHECK_FIELD(doc, xybrid_error, position);
    CHECK_FIELD(doc, xybrid_error, message);
    CHECK_FIELD(doc, xybrid_view, data);
    CHECK_FIELD(doc, xybrid_view, end_ms);
    CHECK_FIELD(doc, xybrid_event, data);
    CHECK_FIELD(doc, xybrid_runtime_options, memory_budget_bytes);
    CHECK_FIELD(doc, xybrid_load_options, fd);
    CHECK_FIELD(doc, xybrid_load_options, progress_ctx);
    CHECK_FIELD(doc, xybrid_cost, missing);
    CHECK_FIELD(doc, xybrid_engine, tokens);
    // NOLINTEND(bugprone-sizeof-expression)
    CHECK_INT(integer(xb_json_get(xb_json_get(root, "enums"), "xybrid_status"), "XYBRID_IO_NO_SPACE"), XYBRID_IO_NO_SPACE);
    CHECK_INT(integer(xb_json_get(root, "constants"), "XYBRID_AUTO"), XYBRID_AUTO);
    xb_json_free(doc);
    CHECK_INT(tm.live_blocks, 0);
}

static void the_frozen_structs_keep_their_sizes(void) {
    static const struct {
        const char *name;
        int64_t     bytes;
    } frozen[] = { { "xybrid_error", 1024 }, { "xybrid_estimate", 512 }, { "xybrid_stats", 128 } };
    xb_json_doc *doc = description();
    CHECK_OR_RETURN(doc != NULL);
    int count = 0;
    for (xb_json_iter it = xb_json_items(xb_json_get(xb_json_root(doc), "structs")); xb_json_next(&it);) {
        const char *kind = "";
        size_t      size = 0;
        (void)xb_json_string(xb_json_get(it.value, "kind"), &kind, &size);
        count += strcmp(kind, "frozen") == 0;
    }
    CHECK_INT(count, 3);
    for (int i = 0; i < 3; i++) {
        CHECK_INT(integer(xb_json_get(xb_json_get(xb_json_root(doc), "structs"), frozen[i].name), "size"), frozen[i].bytes);
    }
    xb_json_free(doc);
}

/* Every function of the golden list, and as many. */
static void the_functions_are_the_golden_list(void) {
    size_t size = 0;
    char  *golden = xb_test_golden("symbols.txt", &size);
    CHECK_OR_RETURN(golden != NULL);
    xb_json_doc *doc = description();
    CHECK_OR_RETURN(doc != NULL);
    const xb_json *functions = xb_json_get(xb_json_root(doc), "functions");
    int64_t        count = 0;
    for (char *name = strtok(golden, "\r\n"); name; name = strtok(NULL, "\r\n"), count++) {
        if (!xb_json_is(xb_json_get(functions, name), XB_JSON_OBJECT)) printf("%s is not described\n", name), check_failures++;
    }
    CHECK_INT(xb_json_count(functions), count);
    xb_json_free(doc);
    free(golden);
}

CHECK_MAIN(RUN(the_numbers_are_this_compilers), RUN(the_frozen_structs_keep_their_sizes),
           RUN(the_functions_are_the_golden_list))
