/* JSON: what is accepted and what is refused where, typed access and its messages, the writer, numbers that read back. */
#include "codec/json.h"
#include "base/error.h"
#include "support.h"

static xb_test_mem test_memory;

static xb_json_doc *parse(const char *text) {
    xb_json_doc *doc = NULL;
    xybrid_error err;
    xb_test_mem_init(&test_memory, 0, 0);
    xybrid_status st = xb_json_parse(&test_memory.mem, text, (int64_t)strlen(text), XB_MAX_JSON_BYTES, &doc, &err);
    if (st) printf("%s: %s\n", text, err.message);
    CHECK_INT(st, XYBRID_OK);
    return doc;
}

static void done(xb_json_doc *doc) {
    xb_json_free(doc);
    CHECK_INT(test_memory.live_blocks, 0);
}

/* ---- reading ---- */

static void accepted(void) {
    static const char *const texts[] = {
        "{}",
        "[]",
        "null",
        "true",
        " false ",
        "0",
        "-0",
        "1e5",
        "-1.5E-3",
        "\"\"",
        "\"\\u00e9\\ud83d\\ude00\\n\\/\"",
        "[1,2,3]",
        "[ ]",
        "\r\n\t{ \"a\" : [ ] }\n",
        "[[[[]]]]",
        "{\"a\":{\"a\":1},\"a\":2}",
        "\xef\xbb\xbf{}",
        "\"\x7f\"",
        "18446744073709551615",
        "123456789012345678901234567890",
        "1.7976931348623157e308",
        "\"\xf0\x9f\x98\x80\"",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) done(parse(texts[i]));
}

static void refused(void) {
    static const struct {
        const char *text;
        int         line, column, position;
    } cases[] = {
        { "", 1, 1, 0 },
        { "   ", 1, 4, 3 },
        { "{", 1, 2, 1 },
        { "[1,]", 1, 3, 2 },
        { "{\"a\":1,}", 1, 7, 6 },
        { "{'a':1}", 1, 2, 1 },
        { "[1 2]", 1, 4, 3 },
        { "{\"a\" 1}", 1, 6, 5 },
        { "nul", 1, 4, 3 },
        { "NaN", 1, 1, 0 },
        { "[Infinity]", 1, 2, 1 },
        { "01", 1, 1, 0 },
        { "1.", 1, 3, 2 },
        { ".5", 1, 1, 0 },
        { "+1", 1, 1, 0 },
        { "1e", 1, 3, 2 },
        { "1e999", 1, 1, 0 },
        { "\"a", 1, 3, 2 },
        { "\"\\x\"", 1, 3, 2 },
        { "\"\\ud800\"", 1, 8, 7 },
        { "\"a\nb\"", 1, 3, 2 },
        { "[1] 2", 1, 5, 4 },
        { "// no\n1", 1, 1, 0 },
        { "{\n  \"a\": 1,\n  \"b\": x\n}", 3, 8, 19 },
        { "[\"\xc3\xa9\", x]", 1, 7, 7 },
        { "\"\xff\"", 1, 2, 1 },
        { "\"\xc0\x80\"", 1, 2, 1 },
        { "\"\xed\xa0\x80\"", 1, 2, 1 },
        { "\xff\xfe{", 1, 1, 0 },
        { "\xef\xbb\xbf[x]", 1, 3, 4 },
        { "\xef\xbb\xbf", 1, 2, 3 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        xb_test_mem  tm;
        xb_json_doc *doc = NULL;
        xybrid_error err;
        char         place[64];
        xb_test_mem_init(&tm, 0, 0);
        snprintf(place, sizeof place, " at line %d, column %d", cases[i].line, cases[i].column);
        xybrid_status st = xb_json_parse(&tm.mem, cases[i].text, (int64_t)strlen(cases[i].text), XB_MAX_JSON_BYTES, &doc, &err);
        CHECK_INT(st, XYBRID_MALFORMED);
        CHECK(doc == NULL);
        if (st != XYBRID_MALFORMED) {
            xb_json_free(doc);
            continue;
        }
        if (err.line != cases[i].line || err.column != cases[i].column || err.position != cases[i].position)
            printf("%s: %s, byte %lld\n", cases[i].text, err.message, (long long)err.position);
        CHECK_INT(err.line, cases[i].line);
        CHECK_INT(err.column, cases[i].column);
        CHECK_INT(err.position, cases[i].position);
        CHECK(strncmp(err.message, "JSON: ", 6) == 0 && strstr(err.message, place) != NULL);
        CHECK_INT(tm.live_blocks, 0);
    }
}

static void limits(void) {
    char         text[2 * XB_MAX_JSON_DEPTH + 16];
    xb_test_mem  tm;
    xb_json_doc *doc = NULL;
    xybrid_error err;
    xb_test_mem_init(&tm, 0, 0);
    memset(text, '[', XB_MAX_JSON_DEPTH);
    memset(text + XB_MAX_JSON_DEPTH, ']', XB_MAX_JSON_DEPTH);
    CHECK_INT(xb_json_parse(&tm.mem, text, 2 * XB_MAX_JSON_DEPTH, XB_MAX_JSON_BYTES, &doc, &err), XYBRID_OK);
    xb_json_free(doc);

    size_t n = 0;
    n += (size_t)snprintf(text, sizeof text, "[\"[\\\"[\",{},"); /* brackets in a string do not count */
    memset(text + n, '[', XB_MAX_JSON_DEPTH);
    memset(text + n + XB_MAX_JSON_DEPTH, ']', XB_MAX_JSON_DEPTH + 1);
    doc = NULL;
    CHECK_INT(xb_json_parse(&tm.mem, text, (int64_t)n + 2 * XB_MAX_JSON_DEPTH + 1, XB_MAX_JSON_BYTES, &doc, &err),
              XYBRID_MALFORMED);
    CHECK_STR(err.message, "JSON: more than 64 levels of nesting at line 1, column 75");
    CHECK_INT(err.position, 74);

    CHECK_INT(xb_json_parse(&tm.mem, "[1,2]", 5, 4, &doc, &err), XYBRID_MALFORMED);
    CHECK_STR(err.message, "JSON: 5 bytes; at most 4");
    CHECK_INT(xb_json_parse(&tm.mem, "", INT64_MAX, INT64_MAX, &doc, &err), XYBRID_MALFORMED);
    CHECK_INT(xb_json_parse(&tm.mem, NULL, 1, 4, &doc, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_json_parse(&tm.mem, "1", -1, 4, &doc, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_json_parse(&tm.mem, NULL, 0, 4, &doc, &err), XYBRID_MALFORMED);
    CHECK_STR(err.message, "JSON: the text is empty at line 1, column 1");
    CHECK_INT(tm.live_blocks, 0);
}

static void values(void) {
    xb_json_doc *doc = parse("{\"n\":null,\"t\":true,\"i\":-9223372036854775808,\"u\":9223372036854775808,\"d\":1.5,\"w\":1e3,"
                             "\"s\":\"a\\u0000b\",\"a\":[10,[20],30],\"o\":{\"x\":1},\"t\":false,\"\":5}");
    const xb_json *root = xb_json_root(doc);
    int64_t        i = -1;
    double         d = -1;
    int            b = -1;
    const char    *s = NULL;
    size_t         size = 0;
    CHECK_INT(xb_json_type_of(root), XB_JSON_OBJECT);
    CHECK_INT(xb_json_count(root), 11);
    CHECK(xb_json_is(xb_json_get(root, "n"), XB_JSON_NULL));
    CHECK(xb_json_bool(xb_json_get(root, "t"), &b) && b == 0); /* the last of two */
    CHECK(xb_json_int(xb_json_get(root, "i"), &i) && i == INT64_MIN);
    CHECK(!xb_json_int(xb_json_get(root, "u"), &i) && i == INT64_MIN);
    CHECK(xb_json_double(xb_json_get(root, "u"), &d) && d == 9223372036854775808.0);
    CHECK(!xb_json_int(xb_json_get(root, "d"), &i));
    CHECK(xb_json_double(xb_json_get(root, "d"), &d) && d == 1.5);
    CHECK(xb_json_int(xb_json_get(root, "w"), &i) && i == 1000);
    CHECK(xb_json_string(xb_json_get(root, "s"), &s, &size) && size == 3 && memcmp(s, "a\0b", 4) == 0);
    CHECK(xb_json_int(xb_json_get(root, ""), &i) && i == 5);
    const xb_json *a = xb_json_get(root, "a");
    CHECK_INT(xb_json_count(a), 3);
    CHECK(xb_json_int(xb_json_at(a, 2), &i) && i == 30);
    CHECK(xb_json_int(xb_json_at(xb_json_at(a, 1), 0), &i) && i == 20);
    CHECK(xb_json_at(a, 3) == NULL && xb_json_at(a, -1) == NULL && xb_json_at(root, 0) == NULL);
    CHECK(xb_json_get(root, "missing") == NULL && xb_json_get(a, "x") == NULL && xb_json_get(NULL, "x") == NULL);
    CHECK(xb_json_get(xb_json_get(root, "missing"), "deeper") == NULL);
    CHECK_INT(xb_json_type_of(NULL), XB_JSON_MISSING);
    CHECK_INT(xb_json_count(NULL), 0);
    CHECK(!xb_json_int(NULL, &i) && !xb_json_double(NULL, &d) && !xb_json_bool(NULL, &b) && !xb_json_string(NULL, &s, &size));
    done(doc);
    CHECK(xb_json_root(NULL) == NULL);
    xb_json_free(NULL);
}

static void iteration(void) {
    xb_json_doc *doc = parse("{\"a\":[1,{\"deep\":[2,3]},\"x\"],\"b\\u0000c\":7}");
    char         seen[128] = "";
    size_t       n = 0;
    for (xb_json_iter it = xb_json_items(xb_json_root(doc)); xb_json_next(&it);) {
        n += xb_format(seen + n, sizeof seen - n, "%lld:%s/%d(", (long long)it.index, it.key, (int)it.key_size);
        for (xb_json_iter in = xb_json_items(it.value); xb_json_next(&in);)
            n += xb_format(seen + n, sizeof seen - n, "%lld%s%d ", (long long)in.index, in.key ? in.key : "-",
                           (int)xb_json_type_of(in.value));
        n += xb_format(seen + n, sizeof seen - n, ")");
    }
    CHECK_STR(seen, "0:a/1(0-3 1-6 2-4 )1:b/3()");
    xb_json_iter none = xb_json_items(NULL);
    CHECK(!xb_json_next(&none));
    done(doc);
}

static const char MEMBERS[] =
    "{\"width\":\"12\",\"height\":300,\"ratio\":0.5,\"name\":\"kws\",\"nul\":\"a\\u0000b\",\"on\":true,\"none\":null,"
    "\"shape\":[1,-1,3],\"mean\":[0.5,1,\"x\"],\"o\":{\"k\":1},\"line\":\"two\\nlines and more than forty characters "
    "\\u00e9\\u00e9\"}";

static void typed_members(void) {
    xb_json_doc   *doc = parse(MEMBERS);
    const xb_json *o = xb_json_root(doc), *node = NULL;
    xybrid_error   err;
    int64_t        i = 0, ints[4], count = 0;
    double         d = 0, doubles[4];
    int            b = 0;
    const char    *s = NULL;
    CHECK_INT(xb_json_get_int(o, "p", "height", 1, 300, &i, &err), XYBRID_OK);
    CHECK_INT(i, 300);
    CHECK_INT(xb_json_opt_int(o, "p", "height", 1, 300, 7, &i, &err), XYBRID_OK);
    CHECK_INT(i, 300);
    CHECK_INT(xb_json_opt_int(o, "p", "none", 1, 300, 7, &i, &err), XYBRID_OK);
    CHECK_INT(i, 7);
    CHECK_INT(xb_json_opt_int(o, "p", "missing", 1, 300, 8, &i, &err), XYBRID_OK);
    CHECK_INT(i, 8);
    CHECK_INT(xb_json_get_double(o, "p", "ratio", 0, 1, &d, &err), XYBRID_OK);
    CHECK(d == 0.5);
    CHECK_INT(xb_json_get_double(o, "p", "height", 0, 1000, &d, &err), XYBRID_OK);
    CHECK_INT(xb_json_opt_double(o, "p", "missing", 0, 1, 0.25, &d, &err), XYBRID_OK);
    CHECK(d == 0.25);
    CHECK_INT(xb_json_get_string(o, "p", "name", &s, &err), XYBRID_OK);
    CHECK_STR(s, "kws");
    CHECK_INT(xb_json_opt_string(o, "p", "none", "fallback", &s, &err), XYBRID_OK);
    CHECK_STR(s, "fallback");
    CHECK_INT(xb_json_opt_string(o, "p", "name", "fallback", &s, &err), XYBRID_OK);
    CHECK_STR(s, "kws");
    CHECK_INT(xb_json_get_bool(o, "p", "on", &b, &err), XYBRID_OK);
    CHECK_INT(b, 1);
    CHECK_INT(xb_json_opt_bool(o, "p", "missing", 1, &b, &err), XYBRID_OK);
    CHECK_INT(b, 1);
    CHECK_INT(xb_json_get_node(o, "p", "o", XB_JSON_OBJECT, &node, &err), XYBRID_OK);
    CHECK_INT(xb_json_count(node), 1);
    CHECK_INT(xb_json_opt_node(o, "p", "missing", XB_JSON_ARRAY, &node, &err), XYBRID_OK);
    CHECK(node == NULL);
    CHECK_INT(xb_json_get_ints(o, "p", "shape", -1, 10, 1, 4, ints, &count, &err), XYBRID_OK);
    CHECK(count == 3 && ints[0] == 1 && ints[1] == -1 && ints[2] == 3);
    CHECK_INT(xb_json_get_ints(o, "p", "missing", -1, 10, 0, 4, ints, &count, &err), XYBRID_OK);
    CHECK_INT(count, 0);
    CHECK_INT(xb_json_get_doubles(o, "p", "shape", -1, 10, 3, 3, doubles, &count, &err), XYBRID_OK);
    CHECK(count == 3 && doubles[1] == -1);
    done(doc);
}

static void typed_failures(void) {
    xb_json_doc   *doc = parse(MEMBERS);
    const xb_json *o = xb_json_root(doc), *node = o;
    xybrid_error   err;
    int64_t        i = 5, ints[4] = { 9, 9, 9, 9 }, count = 5;
    double         d = 5, doubles[4] = { 9, 9, 9, 9 };
    int            b = 5;
    const char    *s = "untouched";
#define FAILS(call, text)                  \
    do {                                   \
        CHECK_INT(call, XYBRID_MALFORMED); \
        CHECK_STR(err.message, text);      \
    } while (0)
    FAILS(xb_json_get_int(o, "preprocessing[2]", "width", 1, 32768, &i, &err),
          "preprocessing[2].width is \"12\", wanted an integer 1..32768");
    CHECK_STR(err.subject, "preprocessing[2].width");
    FAILS(xb_json_get_int(o, "", "width", INT64_MIN, INT64_MAX, &i, &err), "width is \"12\", wanted an integer");
    FAILS(xb_json_get_int(o, "", "height", 301, INT64_MAX, &i, &err), "height is 300, wanted an integer of at least 301");
    FAILS(xb_json_get_int(o, "", "height", INT64_MIN, 299, &i, &err), "height is 300, wanted an integer of at most 299");
    FAILS(xb_json_get_int(o, "", "ratio", 0, 9, &i, &err), "ratio is 0.5, wanted an integer 0..9");
    FAILS(xb_json_get_int(o, "", "missing", 0, 9, &i, &err), "missing is missing, wanted an integer 0..9");
    FAILS(xb_json_get_int(o, "", "none", 0, 9, &i, &err), "none is null, wanted an integer 0..9");
    FAILS(xb_json_opt_int(o, "", "on", 0, 9, 1, &i, &err), "on is true, wanted an integer 0..9");
    FAILS(xb_json_get_int(NULL, "a.b", "c", 0, 9, &i, &err), "a.b.c is missing, wanted an integer 0..9");
    FAILS(xb_json_get_double(o, "", "height", 0, 1, &d, &err), "height is 300, wanted a number 0.0..1.0");
    FAILS(xb_json_opt_double(o, "", "o", 0, INFINITY, 1, &d, &err), "o is an object, wanted a number of at least 0.0");
    FAILS(xb_json_get_double(o, "", "shape", -INFINITY, 2, &d, &err), "shape is an array of 3, wanted a number of at most 2.0");
    FAILS(xb_json_get_double(o, "", "name", -INFINITY, INFINITY, &d, &err), "name is \"kws\", wanted a number");
    FAILS(xb_json_get_string(o, "", "height", &s, &err), "height is 300, wanted a string");
    FAILS(xb_json_opt_string(o, "", "nul", "", &s, &err), "nul is \"a b\", wanted a string without NUL characters");
    FAILS(xb_json_get_bool(o, "", "height", &b, &err), "height is 300, wanted true or false");
    FAILS(xb_json_opt_bool(o, "", "line", 0, &b, &err),
          "line is \"two lines and more than forty characters...\", wanted true or false");
    FAILS(xb_json_get_node(o, "x", "o", XB_JSON_ARRAY, &node, &err), "x.o is an object, wanted an array");
    FAILS(xb_json_opt_node(o, "x", "shape", XB_JSON_OBJECT, &node, &err), "x.shape is an array of 3, wanted an object");
    FAILS(xb_json_get_ints(o, "x", "shape", 0, 10, 1, 4, ints, &count, &err), "x.shape[1] is -1, wanted an integer 0..10");
    FAILS(xb_json_get_ints(o, "x", "shape", -1, 10, 1, 2, ints, &count, &err),
          "x.shape is an array of 3, wanted an array of 1..2 integers");
    FAILS(xb_json_get_ints(o, "x", "missing", -1, 10, 4, 4, ints, &count, &err),
          "x.missing is missing, wanted an array of 4 integers");
    FAILS(xb_json_get_doubles(o, "x", "mean", 0, 1, 0, 4, doubles, &count, &err),
          "x.mean[2] is \"x\", wanted a number 0.0..1.0");
    FAILS(xb_json_get_doubles(o, "x", "name", 0, 1, 0, 4, doubles, &count, &err),
          "x.name is \"kws\", wanted an array of 0..4 numbers");
    FAILS(xb_json_fail(o, "", "", "an array", &err), "the document is an object, wanted an array");
    FAILS(xb_json_fail(xb_json_get(o, "name"), "step[1]", "name", "one of a, b", &err),
          "step[1].name is \"kws\", wanted one of a, b");
#undef FAILS
    CHECK(i == 5 && d == 5 && b == 5 && count == 5 && ints[0] == 9 && doubles[0] == 9 && node == o);
    CHECK_STR(s, "untouched");
    done(doc);
}

static void parse_torture(void) {
    xb_test_mem tm;
    XB_TORTURE (tm, 50) {
        xb_json_doc  *doc = NULL;
        xybrid_error  err;
        xybrid_status st = xb_json_parse(&tm.mem, MEMBERS, sizeof MEMBERS - 1, XB_MAX_JSON_BYTES, &doc, &err);
        XB_TORTURE_STATUS(tm, st);
        xb_json_free(doc);
    }
    static char many[40000]; /* more values than the first estimate, so that the tree grows */
    for (size_t i = 0; i < sizeof many; i += 2) many[i] = '1', many[i + 1] = ',';
    many[0] = '[', many[1] = '1', many[2] = ',', many[3] = '1';
    for (size_t i = 4; i + 2 < sizeof many; i += 2) many[i] = ',', many[i + 1] = '1';
    many[sizeof many - 2] = ' ', many[sizeof many - 1] = ']';
    XB_TORTURE (tm, 50) {
        xb_json_doc  *doc = NULL;
        xybrid_error  err;
        xybrid_status st = xb_json_parse(&tm.mem, many, sizeof many, XB_MAX_JSON_BYTES, &doc, &err);
        XB_TORTURE_STATUS(tm, st);
        if (!st) CHECK_INT(xb_json_count(xb_json_root(doc)), 19999);
        xb_json_free(doc);
    }
}

/* ---- writing ---- */

static void write_sample(xb_json_writer *w) {
    const int64_t shape[3] = { 1, -2, 3 };
    const float   embedding[3] = { 0.1f, -1.0f, 1e-10f };
    xb_json_begin_object(w);
    xb_json_key(w, "text"), xb_json_put_string(w, "q\"\\\n\x01\x7f Gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80 \xff\xc3");
    xb_json_key(w, "none"), xb_json_put_string(w, NULL);
    xb_json_key(w, "list");
    xb_json_begin_array(w);
    xb_json_put_int(w, INT64_MIN), xb_json_put_bool(w, 1), xb_json_put_bool(w, 0), xb_json_put_null(w);
    xb_json_begin_object(w), xb_json_end(w);
    xb_json_begin_array(w), xb_json_end(w);
    xb_json_end(w);
    xb_json_keyn(w, "shape!", 5), xb_json_put_ints(w, shape, 3);
    xb_json_key(w, "embedding"), xb_json_put_floats(w, embedding, 3);
    xb_json_key(w, "raw"), xb_json_put_raw(w, "{\"a\":1}", 7);
    xb_json_key(w, "d"), xb_json_put_double(w, 0.1);
    xb_json_key(w, "f"), xb_json_put_float(w, 0.1f);
    xb_json_key(w, "nan"), xb_json_put_double(w, NAN);
    xb_json_key(w, "inf"), xb_json_put_float(w, -INFINITY);
    xb_json_end(w);
}

static void check_written(int pretty, const char *wanted) {
    xb_test_mem tm;
    xb_test_mem_init(&tm, 0, 0);
    xb_str         s;
    xb_json_writer w;
    xybrid_error   err;
    xb_str_init(&s, &tm.mem, 4096);
    xb_json_writer_init(&w, &s, pretty);
    write_sample(&w);
    CHECK_INT(xb_json_writer_status(&w, &err), XYBRID_OK);
    CHECK_STR(s.data, wanted);
    xb_json_doc *doc = NULL;
    CHECK_INT(xb_json_parse(&tm.mem, s.data, (int64_t)s.size, XB_MAX_JSON_BYTES, &doc, &err), XYBRID_OK);
    xb_json_free(doc);
    xb_str_free(&s);
    CHECK_INT(tm.live_blocks, 0);
}

static void writer(void) {
    check_written(
        XB_JSON_COMPACT,
        "{\"text\":\"q\\\"\\\\\\n\\u0001\\u007f Gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80 \xef\xbf\xbd\xef\xbf\xbd\",\"none\":null,"
        "\"list\":[-9223372036854775808,true,false,null,{},[]],\"shape\":[1,-2,3],\"embedding\":[0.1,-1.0,1e-10],"
        "\"raw\":{\"a\":1},\"d\":0.1,\"f\":0.1,\"nan\":null,\"inf\":null}");
    check_written(
        XB_JSON_PRETTY,
        "{\n  \"text\": \"q\\\"\\\\\\n\\u0001\\u007f Gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80 \xef\xbf\xbd\xef\xbf\xbd\",\n"
        "  \"none\": null,\n  \"list\": [\n    -9223372036854775808,\n    true,\n    false,\n    null,\n    {},\n    []\n"
        "  ],\n  \"shape\": [1, -2, 3],\n  \"embedding\": [0.1, -1.0, 1e-10],\n  \"raw\": {\"a\":1},\n  \"d\": 0.1,\n"
        "  \"f\": 0.1,\n  \"nan\": null,\n  \"inf\": null\n}");
}

/* Letters are calls: { [ ends with ), k a key, v a value. */
static xybrid_status write_by(const char *calls) {
    static xb_test_mem tm;
    xb_test_mem_init(&tm, 0, 0);
    xb_str         s;
    xb_json_writer w;
    xybrid_error   err;
    xb_str_init(&s, &tm.mem, 4096);
    xb_json_writer_init(&w, &s, XB_JSON_COMPACT);
    for (; *calls; calls++) {
        if (*calls == '{') xb_json_begin_object(&w);
        else if (*calls == '[') xb_json_begin_array(&w);
        else if (*calls == ')') xb_json_end(&w);
        else if (*calls == 'k') xb_json_key(&w, "k");
        else xb_json_put_int(&w, 1);
    }
    xybrid_status st = xb_json_writer_status(&w, &err);
    xb_str_free(&s);
    CHECK_INT(tm.live_blocks, 0);
    return st;
}

static void misuse(void) {
    static const char *const right[] = { "v", "{)", "[)", "[vv)", "{kv)", "{kvk[v))", "[[[)))" };
    static const char *const wrong[] = { "", "vv", "{", "[v", "{v)", "{k)", "{kkv)", "[k)", "k", ")", "{))", "[)v", "{k[)v)" };
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) CHECK_INT(write_by(right[i]), XYBRID_OK);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) CHECK_INT(write_by(wrong[i]), XYBRID_INTERNAL);
    char deep[2 * XB_MAX_JSON_DEPTH + 3];
    memset(deep, '[', XB_MAX_JSON_DEPTH);
    memset(deep + XB_MAX_JSON_DEPTH, ')', XB_MAX_JSON_DEPTH);
    deep[2 * XB_MAX_JSON_DEPTH] = 0;
    CHECK_INT(write_by(deep), XYBRID_OK);
    memset(deep, '[', XB_MAX_JSON_DEPTH + 1);
    memset(deep + XB_MAX_JSON_DEPTH + 1, ')', XB_MAX_JSON_DEPTH + 1);
    deep[2 * XB_MAX_JSON_DEPTH + 2] = 0;
    CHECK_INT(write_by(deep), XYBRID_INTERNAL);
}

static void writer_torture(void) {
    xb_test_mem tm;
    XB_TORTURE (tm, 50) {
        xb_str         s;
        xb_json_writer w;
        xybrid_error   err;
        xb_str_init(&s, &tm.mem, 4096);
        xb_json_writer_init(&w, &s, XB_JSON_PRETTY);
        write_sample(&w);
        xybrid_status st = xb_json_writer_status(&w, &err);
        XB_TORTURE_STATUS(tm, st);
        xb_str_free(&s);
    }
}

/* ---- numbers ---- */

static double double_of(uint64_t bits) {
    double d;
    memcpy(&d, &bits, sizeof d);
    return d;
}
static float float_of(uint32_t bits) {
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

static void number_forms(void) {
    static const struct {
        double      value;
        const char *text;
    } doubles[] = {
        { 0.0, "0.0" },
        { -0.0, "-0.0" },
        { 1, "1.0" },
        { -1.5, "-1.5" },
        { 100, "100.0" },
        { 0.1, "0.1" },
        { 1e21, "1e21" },
        { 123456789012345680.0, "123456789012345680.0" },
        { 5e-324, "5e-324" },
        { 1.7976931348623157e308, "1.7976931348623157e308" },
        { 1e-7, "1e-7" },
        { 0.000001, "0.000001" },
        { 1.0 / 3, "0.3333333333333333" },
    };
    char text[40];
    for (size_t i = 0; i < sizeof doubles / sizeof doubles[0]; i++) {
        size_t n = xb_json_format_double(text, doubles[i].value);
        CHECK_STR(text, doubles[i].text);
        CHECK_INT(n, strlen(text));
    }
    xb_json_format_float(text, 16777216.0f);
    CHECK_STR(text, "16777216.0");
    xb_json_format_float(text, 1e-45f);
    CHECK_STR(text, "1e-45");
    xb_json_format_float(text, 3.4028235e38f);
    CHECK_STR(text, "3.4028235e38");
    CHECK_INT(xb_json_format_double(text, NAN), 4);
    CHECK_STR(text, "null");
}

static void read_back_double(double d) {
    char text[40];
    xb_json_format_double(text, d);
    xb_json_doc *doc = NULL;
    xybrid_error err;
    double       back = 0;
    CHECK_INT(xb_json_parse(&test_memory.mem, text, (int64_t)strlen(text), 100, &doc, &err), XYBRID_OK);
    CHECK(xb_json_double(xb_json_root(doc), &back) && memcmp(&back, &d, sizeof d) == 0);
    xb_json_free(doc);
    double libc = strtod(text, NULL);
    CHECK(memcmp(&libc, &d, sizeof d) == 0);
}

static void random_numbers_read_back(void) {
    uint64_t state = 88172645463325252u;
    xb_test_mem_init(&test_memory, 0, 0);
    for (int i = 0; i < 100000; i++) {
        state ^= state << 13, state ^= state >> 7, state ^= state << 17;        /* xorshift64 */
        double d = double_of(i % 4 == 0 ? state & 0x800FFFFFFFFFFFFFu : state); /* a quarter without an exponent */
        if (isfinite(d)) read_back_double(d);
        read_back_double((double)(int64_t)(state >> (state & 63)) / 1000.0);
        float f = float_of((uint32_t)(state >> 20));
        if (!isfinite(f)) continue;
        char text[40];
        xb_json_format_float(text, f);
        float back = strtof(text, NULL);
        CHECK(memcmp(&back, &f, sizeof f) == 0);
    }
    CHECK_INT(test_memory.live_blocks, 0);
}

/* The significant digits of a number, without leading and trailing zeros. */
static void digits_of(const char *text, char out[40]) {
    size_t n = 0;
    for (; *text && *text != 'e'; text++)
        if (*text >= '0' && *text <= '9' && (n > 0 || *text != '0')) out[n++] = *text;
    while (n > 0 && out[n - 1] == '0') n--;
    out[n] = 0;
}

/* Digit for digit what Python and NumPy find to be the shortest (scripts/golden/codec_numbers.py). */
static void shortest_as_python(void) {
    size_t size = 0;
    char  *file = xb_test_golden("json/numbers.txt", &size);
    CHECK_OR_RETURN(file != NULL);
    int lines = 0;
    for (char *line = file; *line; lines++) {
        char               text[40], digits[40], *wanted = NULL, *end = strchr(line, '\n');
        char               kind = line[0];
        unsigned long long bits = strtoull(line + 2, &wanted, 16);
        CHECK_OR_RETURN(end != NULL && *wanted == ' ');
        *end = 0;
        if (kind == 'd') xb_json_format_double(text, double_of(bits));
        else xb_json_format_float(text, float_of((uint32_t)bits));
        digits_of(text, digits);
        CHECK_STR(digits, wanted + 1);
        line = end + 1;
    }
    CHECK_INT(lines, 317);
    free(file);
}

CHECK_MAIN(RUN(accepted), RUN(refused), RUN(limits), RUN(values), RUN(iteration), RUN(typed_members), RUN(typed_failures),
           RUN(parse_torture), RUN(writer), RUN(misuse), RUN(writer_torture), RUN(number_forms), RUN(random_numbers_read_back),
           RUN(shortest_as_python))
