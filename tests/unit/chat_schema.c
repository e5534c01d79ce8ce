/* JSON Schemas: build/schemas/cases.json holds schemas from the wild and what Python's jsonschema says of texts for them
 * (scripts/schema_cases.py, scripts/golden/chat_schemas.py); here are failures, their paths, and limits. */
#include "base/error.h"
#include "chat/schema.h"
#include "codec/json.h"
#include "support.h"

static xybrid_error err;

static int is_taken(xb_mem *mem, const xb_grammar *g, const char *text, size_t size) {
    xb_grammar_state *s = NULL;
    CHECK_INT(xb_grammar_state_open(mem, g, NULL, &s, &err), XYBRID_OK);
    const int taken = s && xb_grammar_accept_bytes(s, text, size, &err) == XYBRID_OK && xb_grammar_can_end(s);
    xb_grammar_state_free(s);
    return taken;
}

static int takes(const char *schema, const char *text) {
    xb_mem      mem;
    xb_grammar *g = NULL;
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    CHECK_INT(xb_schema_grammar(&mem, schema, strlen(schema), &g, &err), XYBRID_OK);
    if (!g) printf("%s: %s\n", schema, err.message);
    const int taken = g && is_taken(&mem, g, text, strlen(text));
    xb_grammar_free(g);
    CHECK_INT(mem.used_bytes, 0);
    return taken;
}

static void fails(const char *schema, xybrid_status code, const char *subject, const char *words) {
    xb_mem      mem;
    xb_grammar *g = NULL;
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    memset(&err, 0, sizeof err);
    CHECK_INT(xb_schema_grammar(&mem, schema, strlen(schema), &g, &err), code);
    if (subject) CHECK_STR(err.subject, subject);
    if (!strstr(err.message, words)) CHECK_STR(err.message, words);
    xb_grammar_free(g);
    CHECK_INT(mem.used_bytes, 0);
}

/* ---- schemas of the wild ---- */

static void check_texts(xb_mem *mem, const xb_grammar *g, const xb_json *entry, const char *key, int wanted, long *count) {
    const char *name = "", *text = "";
    size_t      size = 0, name_size = 0;
    (void)xb_json_string(xb_json_get(entry, "name"), &name, &name_size);
    for (xb_json_iter it = xb_json_items(xb_json_get(entry, key)); xb_json_next(&it); ++*count) {
        CHECK(xb_json_string(it.value, &text, &size));
        if (is_taken(mem, g, text, size) == wanted) continue;
        printf("%s: %s\n", name, text);
        CHECK(0 && "another answer than jsonschema's");
    }
}

static void check_entry(xb_mem *mem, const xb_json *entry, long *taken, long *refused, long *errors) {
    const char    *name = "", *code = "", *subject = "";
    size_t         size = 0;
    xb_str         schema;
    xb_json_writer w;
    xb_grammar    *g = NULL;
    xb_str_init(&schema, mem, 1 << 20);
    xb_json_writer_init(&w, &schema, XB_JSON_COMPACT);
    xb_json_put_value(&w, xb_json_get(entry, "schema"));
    CHECK_INT(xb_json_writer_status(&w, &err), XYBRID_OK);
    (void)xb_json_string(xb_json_get(entry, "name"), &name, &size);
    const xybrid_status st = xb_schema_grammar(mem, schema.data, schema.size, &g, &err);
    if (xb_json_string(xb_json_get(entry, "error"), &code, &size)) {
        (void)xb_json_string(xb_json_get(entry, "subject"), &subject, &size);
        CHECK_STR(xb_status_name(st), code);
        CHECK_STR(err.subject, subject);
        ++*errors;
    } else if (st != XYBRID_OK) {
        printf("%s: %s\n", name, err.message);
        CHECK_INT(st, XYBRID_OK);
    } else {
        check_texts(mem, g, entry, "accepted", 1, taken);
        check_texts(mem, g, entry, "refused", 0, refused);
    }
    xb_grammar_free(g), xb_str_free(&schema);
}

static void check_source(const char *name, int64_t wanted) {
    xb_mem       mem;
    xb_json_doc *doc = NULL;
    size_t       size = 0;
    long         taken = 0, refused = 0, errors = 0;
    char        *bytes = xb_test_file_(XB_TEST_SOURCE "/build/schemas/cases.json", &size);
    if (!bytes) CHECK_SKIP("no build/schemas (scripts/setup test)");
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    CHECK_INT(xb_json_parse(&mem, bytes, (int64_t)size, XB_MAX_JSON_BYTES, &doc, &err), XYBRID_OK);
    const xb_json *list = xb_json_get(xb_json_root(doc), name);
    CHECK_INT(xb_json_count(list), wanted);
    for (xb_json_iter it = xb_json_items(list); xb_json_next(&it);) check_entry(&mem, it.value, &taken, &refused, &errors);
    printf("%s: %lld schemas (%ld are errors), %ld texts taken, %ld refused\n", name, (long long)xb_json_count(list), errors,
           taken, refused);
    xb_json_free(doc), free(bytes);
    CHECK_INT(mem.used_bytes, 0);
}

static void agrees_on_llama_cpps_schemas(void) { check_source("llama_cpp", 110); }
static void agrees_on_stored_schemas(void) { check_source("schemastore", 168); }
static void agrees_on_the_test_suite(void) { check_source("test_suite", 693); }

/* ---- by hand ---- */

static void writes_a_grammar_for_people(void) {
    static const char schema[] = "{\"type\":\"object\",\"properties\":{\"a b\":{\"enum\":[1,\"x\"]}},\"required\":[\"a b\"]}";
    xb_mem            mem;
    char             *text = NULL;
    size_t            size = 0;
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    CHECK_INT(xb_schema_gbnf(&mem, schema, sizeof schema - 1, &text, &size, &err), XYBRID_OK);
    CHECK_STR(text, "root ::= r0\n# #\nr0 ::= \"{\" n0 \"}\"\n# #/properties/a b\nr1 ::= \"1\" | \"\\\"x\\\"\"\n"
                    "n0 ::= \"\\\"a b\\\"\" colon r1 n3\nn2 ::= \"\"\nn3 ::= \"\"\ncolon ::= \":\" \" \"?\n");
    xb_free(&mem, text);
    CHECK_INT(mem.used_bytes, 0);
}

static void json_mode_takes_any_object(void) {
    static const char text[] = "{\"a\":[1,-2.5e3,{\"b\":null}], \"\\ud83d\\ude00\\n\": true}";
    xb_mem            mem;
    xb_grammar       *g = NULL;
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    CHECK_INT(xb_json_object_grammar(&mem, &g, &err), XYBRID_OK);
    CHECK(g && is_taken(&mem, g, text, sizeof text - 1) && !is_taken(&mem, g, "[1]", 3) && !is_taken(&mem, g, "{}}", 3));
    CHECK(g && !is_taken(&mem, g, "{\"\\ud83d\":1}", 12) && !is_taken(&mem, g, "{  }", 4));
    xb_grammar_free(g);
    CHECK_INT(mem.used_bytes, 0);
}

static void other_names_are_not_the_members_names(void) {
    static const char s[] = "{\"properties\":{\"ab\":{\"const\":1},\"abc\":{\"const\":2},\"\xC3\xA9-]\":{\"const\":3}},"
                            "\"additionalProperties\":{\"type\":\"null\"}}";
    CHECK(takes(s, "{\"ab\":1,\"abc\":2,\"\xC3\xA9-]\":3,\"a\":null,\"abcd\":null,\"\":null,\"\xC3\xA8\":null,\"\\n\":null}"));
    CHECK(!takes(s, "{\"ab\":null}") && !takes(s, "{\"abc\":null}") && !takes(s, "{\"\xC3\xA9-]\":null}") &&
          !takes(s, "{\"a\\u0062\":null}"));
    CHECK(!takes(s, "{\"ab\":1,\"ab\":null}"));
}

static void schemas_that_refer_to_themselves_end(void) {
    static const char tree[] =
        "{\"$defs\":{\"n/~\":{\"type\":\"object\",\"properties\":{\"v\":{\"type\":\"integer\"},\"c\":{\"type\":\"array\","
        "\"items\":{\"$ref\":\"#/$defs/n~1~0\"}}},\"required\":[\"v\"]}},\"$ref\":\"#/%24defs/n~1~0\"}";
    CHECK(takes(tree, "{\"v\":1,\"c\":[{\"v\":2},{\"v\":3,\"c\":[]}]}") && !takes(tree, "{\"v\":1,\"c\":[{}]}"));
    fails("{\"$ref\":\"#\"}", XYBRID_MALFORMED, "#", "does not refer to itself");
    fails("{\"allOf\":[{\"$ref\":\"#/$defs/a\"}],\"$defs\":{\"a\":{\"anyOf\":[{\"$ref\":\"#/$defs/a\"}]}}}", XYBRID_MALFORMED,
          "#/$defs/a", "does not refer to itself");
    fails("{\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":\"#\"}},\"required\":[\"a\"]}", XYBRID_INVALID_ARGUMENT, "#",
          "each value needs another inside");
    CHECK(takes("{\"type\":[\"object\",\"null\"],\"properties\":{\"a\":{\"$ref\":\"#\"}},\"required\":[\"a\"]}",
                "{\"a\":{\"a\":null}}"));
}

static void failures_name_their_place(void) {
    fails("{\"type\":\"object\",\n \"properties\" 1}", XYBRID_MALFORMED, NULL, "line 2");
    CHECK(err.line == 2 && err.column > 0);
    fails("{\"properties\":{\"a\":{\"items\":{\"type\":\"text\"}}}}", XYBRID_MALFORMED, "#/properties/a/items/type",
          "wanted null, boolean");
    fails("{\"properties\":{\"a/b\":{\"minLength\":-1}}}", XYBRID_MALFORMED, "#/properties/a~1b/minLength", "a whole number");
    fails("{\"$ref\":\"#/$defs/none\"}", XYBRID_MALFORMED, "#/$ref", "that is there");
    fails("{\"$ref\":\"http://other/s\"}", XYBRID_UNSUPPORTED_FORMAT, "#/$ref", "another document");
    fails("{\"properties\":{\"a\":{\"type\":\"array\",\"uniqueItems\":true}}}", XYBRID_UNSUPPORTED_FORMAT,
          "#/properties/a/uniqueItems", "list");
    fails("{\"type\":\"string\",\"pattern\":\"^(?=a)b$\"}", XYBRID_UNSUPPORTED_FORMAT, "#/pattern", "look-ahead");
    fails("{\"type\":\"string\",\"pattern\":\"(a)\\\\1\"}", XYBRID_UNSUPPORTED_FORMAT, "#/pattern", "back-reference");
    fails("{\"if\":{},\"then\":{}}", XYBRID_UNSUPPORTED_FORMAT, "#/if", "what follows");
    fails("false", XYBRID_INVALID_ARGUMENT, "#", "cannot be met");
    fails("{\"allOf\":[{\"type\":\"string\"},{\"type\":\"number\"}]}", XYBRID_INVALID_ARGUMENT, "#", "no type is left");
    fails("{\"type\":\"object\",\"properties\":{\"a\":{\"enum\":[1],\"type\":\"string\"}},\"required\":[\"a\"]}",
          XYBRID_INVALID_ARGUMENT, "#/properties/a", "none of the listed values");
    fails("{\"type\":\"integer\",\"minimum\":3,\"maximum\":2}", XYBRID_INVALID_ARGUMENT, "#", "within its bounds");
    fails("{\"type\":\"object\",\"required\":[\"a\"],\"additionalProperties\":false}", XYBRID_INVALID_ARGUMENT, "#",
          "not allowed");
    fails("{\"oneOf\":[{\"type\":\"number\"},{\"type\":\"integer\"}]}", XYBRID_UNSUPPORTED_FORMAT, "#/oneOf", "together");
    CHECK(takes("{\"type\":\"object\",\"properties\":{\"a\":false,\"b\":{\"type\":\"null\"}}}", "{\"b\":null}"));
}

static void lengths_hold_beside_patterns(void) {
    static const char slug[] = "{\"type\":\"string\",\"pattern\":\"^[a-z][a-z0-9_]*$\",\"minLength\":3,\"maxLength\":5}";
    CHECK(takes(slug, "\"abc\"") && takes(slug, "\"a_123\"") && !takes(slug, "\"ab\"") && !takes(slug, "\"abcdef\""));
    CHECK(takes("{\"type\":\"string\",\"pattern\":\"^ab\",\"maxLength\":4}", "\"abcd\""));
    CHECK(!takes("{\"type\":\"string\",\"pattern\":\"^ab\",\"maxLength\":4}", "\"abcde\""));
    fails("{\"type\":\"string\",\"pattern\":\"^a*b*$\",\"maxLength\":4}", XYBRID_UNSUPPORTED_FORMAT, "#/pattern",
          "more than one part");
    CHECK(takes("{\"type\":\"string\",\"minLength\":2,\"maxLength\":2}", "\"\xC3\xA9\\ud83d\\ude00\""));
}

/* ---- hostile ---- */

static void nested(const char *open, const char *close, int depth, xybrid_status code, const char *words) {
    const size_t size = (strlen(open) + strlen(close)) * (size_t)depth + 8;
    char        *text = malloc(size), *p = text;
    for (int i = 0; i < depth; i++) p += sprintf(p, "%s", open);
    p += sprintf(p, "{}");
    for (int i = 0; i < depth; i++) p += sprintf(p, "%s", close);
    fails(text, code, NULL, words);
    free(text);
}

static void bombs_are_errors(void) {
    nested("{\"items\":", "}", 100, XYBRID_MALFORMED, "JSON");
    nested("{\"anyOf\":[", "]}", 30, XYBRID_OK, "");
    nested("{\"not\":", "}", 20, XYBRID_UNSUPPORTED_FORMAT, "#/not");
    static char text[1 << 18];
    char       *p = text + sprintf(text, "{\"type\":\"null\",\"allOf\":[");
    for (int i = 0; i < 12; i++) p += sprintf(p, "%s{\"anyOf\":[{\"title\":\"\"},{\"title\":\"\"}]}", i ? "," : "");
    sprintf(p, "]}");
    fails(text, XYBRID_INVALID_ARGUMENT, "#", "XB_MAX_SCHEMA_CHOICES");
    p = text + sprintf(text, "{\"allOf\":[{}");
    for (int i = 0; i < 300; i++) p += sprintf(p, ",{}");
    sprintf(p, "]}");
    fails(text, XYBRID_INVALID_ARGUMENT, NULL, "XB_MAX_SCHEMA_PARTS");
    fails("{\"type\":\"string\",\"maxLength\":1000000000}", XYBRID_UNSUPPORTED_FORMAT, "#", "65,536");
    fails("{\"type\":\"string\",\"pattern\":\"^((a{1000}){1000}){70000}$\"}", XYBRID_UNSUPPORTED_FORMAT, "#/pattern", "65,536");
    p = text + sprintf(text, "{\"oneOf\":[");
    for (int i = 0; i < 64; i++)
        p += sprintf(
            p, "%s{\"type\":\"object\",\"properties\":{\"k\":{\"const\":%d},\"n\":{\"$ref\":\"#\"}},\"required\":[\"k\"]}",
            i ? "," : "", i);
    sprintf(p, "]}");
    CHECK(takes(text, "{\"k\":63,\"n\":{\"k\":0}}") && !takes(text, "{\"k\":64}"));
}

static void every_allocation_may_fail(void) {
    static const char schema[] =
        "{\"$defs\":{\"p\":{\"type\":\"string\",\"pattern\":\"^x-[a-z]+$\",\"maxLength\":9}},\"oneOf\":[{\"type\":\"object\","
        "\"properties\":{\"a\":{\"$ref\":\"#/$defs/p\"},\"b\":{\"enum\":[1,\"x\"]}},\"additionalProperties\":{\"type\":"
        "\"number\",\"minimum\":0.5}},{\"type\":\"array\",\"prefixItems\":[{\"format\":\"date\"}],\"items\":true}]}";
    xb_test_mem tm;
    XB_TORTURE (tm, 3000) {
        xb_grammar         *g = NULL;
        const xybrid_status st = xb_schema_grammar(&tm.mem, schema, sizeof schema - 1, &g, &err);
        XB_TORTURE_STATUS(tm, st);
        xb_grammar_free(g);
    }
}

CHECK_MAIN(RUN(agrees_on_llama_cpps_schemas), RUN(agrees_on_stored_schemas), RUN(agrees_on_the_test_suite),
           RUN(writes_a_grammar_for_people), RUN(json_mode_takes_any_object), RUN(other_names_are_not_the_members_names),
           RUN(schemas_that_refer_to_themselves_end), RUN(failures_name_their_place), RUN(lengths_hold_beside_patterns),
           RUN(bombs_are_errors), RUN(every_allocation_may_fail))
