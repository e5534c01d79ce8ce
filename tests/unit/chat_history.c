/* The turns of a conversation: as messages of a template and back, what goes first, and with each allocation failing. */
#include "base/error.h"
#include "chat/history.h"
#include "support.h"

static xybrid_error err;

static const char conversation[] = "[{\"role\":\"system\",\"content\":\"Be brief.\"},"
                                   "{\"role\":\"user\",\"content\":\"What \\\"time\\\" is it?\"},"
                                   "{\"role\":\"assistant\",\"content\":\"\",\"reasoning_content\":\"I must ask.\","
                                   "\"tool_calls\":[{\"id\":\"call_0\",\"type\":\"function\",\"function\":{\"name\":\"clock\","
                                   "\"arguments\":{\"zone\":\"UTC\"}}}]},"
                                   "{\"role\":\"tool\",\"content\":\"12:00\",\"tool_call_id\":\"call_0\",\"name\":\"clock\"},"
                                   "{\"role\":\"assistant\",\"content\":\"Noon.\"},"
                                   "{\"role\":\"user\",\"content\":\"Thanks \xf0\x9f\x98\x80\"}]";

static xybrid_status read_all(xb_mem *mem, xb_history *h, const char *json) {
    xb_json_doc *doc;
    xb_history_init(h, mem);
    XB_TRY(xb_json_parse(mem, json, (int64_t)strlen(json), XB_MAX_JSON_BYTES, &doc, &err));
    xybrid_status st = xb_history_read(h, xb_json_root(doc), &err);
    xb_json_free(doc);
    return st;
}

static xybrid_status write_all(xb_mem *mem, const xb_history *h, size_t first, xb_history_form form, xb_str *out) {
    xb_json_writer w;
    xb_str_init(out, mem, XB_MAX_JSON_BYTES);
    xb_json_writer_init(&w, out, XB_JSON_COMPACT);
    xb_history_write(h, first, form, &w);
    return xb_json_writer_status(&w, &err);
}

static void there_and_back(void) {
    xb_test_mem tm;
    xb_history  h, copy;
    xb_str      text;
    xb_test_mem_init(&tm, 0, 0);
    CHECK_INT(read_all(&tm.mem, &h, conversation), XYBRID_OK);
    CHECK_INT(h.count, 5);
    CHECK_STR(h.system, "Be brief.");
    CHECK_STR(h.turns[1].reasoning, "I must ask.");
    xb_history_init(&copy, &tm.mem);
    CHECK_INT(xb_history_copy(&h, &copy, &err), XYBRID_OK);
    CHECK_INT(write_all(&tm.mem, &copy, 0, XB_HISTORY_FILE, &text), XYBRID_OK);
    CHECK_STR(text.data, conversation);
    xb_str_free(&text);
    CHECK_INT(write_all(&tm.mem, &copy, 4, XB_HISTORY_FILE, &text), XYBRID_OK);
    CHECK_STR(text.data,
              "[{\"role\":\"system\",\"content\":\"Be brief.\"},{\"role\":\"user\",\"content\":\"Thanks \xf0\x9f\x98\x80\"}]");
    xb_str_free(&text);
    xb_history_free(&copy);
    xb_history_free(&h);
    CHECK_INT(tm.live_blocks, 0);
}

static void as_templates_want_them(void) {
    static const struct {
        xb_history_form form;
        const char     *turn, *wanted;
    } cases[] = {
        { XB_HISTORY_TEMPLATE, "\"content\":\"\",\"reasoning_content\":\"Hm\"",
          "\"content\":\"\",\"reasoning_content\":\"Hm\",\"thinking\":\"Hm\"" },
        { XB_HISTORY_TEMPLATE, "\"content\":\"x\",\"reasoning_content\":\"Hm\",\"tool_calls\":[]",
          "\"content\":\"x\",\"reasoning_content\":\"Hm\",\"tool_calls\":[]" },
        { XB_HISTORY_TEMPLATE, "\"content\":\"\",\"tool_calls\":[{\"function\":{\"arguments\":{\"a\":1}}}]",
          "\"content\":\"\",\"tool_calls\":[{\"function\":{\"arguments\":{\"a\":1}}}]" },
        { XB_HISTORY_TEXT,
          "\"content\":\"\",\"reasoning_content\":\"Hm\",\"tool_calls\":[{\"id\":1,\"function\":{\"name\":"
          "\"f\",\"arguments\":{\"arguments\":[{\"s\":\"\\\"\"}]}}},{\"function\":{\"arguments\":\"{}\"}}]",
          "\"content\":\"\",\"reasoning_content\":\"Hm\",\"thinking\":\"Hm\",\"tool_calls\":[{\"id\":1,\"function\":{\"name\":"
          "\"f\",\"arguments\":\"{\\\"arguments\\\":[{\\\"s\\\":\\\"\\\\\\\"\\\"}]}\"}},{\"function\":{\"arguments\":\"{}\"}}"
          "]" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char        turn[512], wanted[512];
        xb_test_mem tm;
        xb_history  h;
        xb_str      text;
        snprintf(turn, sizeof turn, "[{\"role\":\"assistant\",%s}]", cases[i].turn);
        snprintf(wanted, sizeof wanted, "[{\"role\":\"assistant\",%s}]", cases[i].wanted);
        xb_test_mem_init(&tm, 0, 0);
        CHECK_INT(read_all(&tm.mem, &h, turn), XYBRID_OK);
        CHECK_INT(write_all(&tm.mem, &h, 0, cases[i].form, &text), XYBRID_OK);
        CHECK_STR(text.data, wanted);
        xb_str_free(&text);
        xb_history_free(&h);
        CHECK_INT(tm.live_blocks, 0);
    }
}

static void what_goes_first(void) {
    xb_test_mem tm;
    xb_history  h;
    xb_test_mem_init(&tm, 0, 0);
    CHECK_INT(read_all(&tm.mem, &h, conversation), XYBRID_OK);
    CHECK_INT(xb_history_oldest(&h, 0), 4); /* the question with its call, result and answer */
    CHECK_INT(xb_history_oldest(&h, 4), 0); /* the last question stays */
    xb_history_drop(&h, 4);
    CHECK_INT(h.count, 1);
    CHECK_STR(h.turns[0].role, "user");
    xb_history_keep(&h, 0);
    CHECK_INT(h.count, 0);
    CHECK_INT(xb_history_oldest(&h, 0), 0);
    CHECK_STR(h.system, "Be brief.");
    xb_history_free(&h);
    CHECK_INT(tm.live_blocks, 0);
}

static void what_is_no_turn(void) {
    static const struct {
        const char *json, *message;
    } cases[] = {
        { "[{\"content\":\"x\"}]", "messages[0].role is missing, wanted a string" },
        { "[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"user\",\"tool_calls\":3}]",
          "messages[1].tool_calls is 3, wanted an array" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        xb_test_mem tm;
        xb_history  h;
        xb_test_mem_init(&tm, 0, 0);
        CHECK_INT(read_all(&tm.mem, &h, cases[i].json), XYBRID_MALFORMED);
        CHECK_STR(err.message, cases[i].message);
        xb_history_free(&h);
        CHECK_INT(tm.live_blocks, 0);
    }
}

static void each_allocation_fails(void) {
    xb_test_mem tm;
    XB_TORTURE (tm, 200) {
        xb_history    h, copy;
        xb_str        text;
        xybrid_status st = read_all(&tm.mem, &h, conversation);
        xb_history_init(&copy, &tm.mem);
        xb_str_init(&text, &tm.mem, 1);
        if (st == XYBRID_OK) st = xb_history_copy(&h, &copy, &err);
        if (st == XYBRID_OK) st = write_all(&tm.mem, &copy, 0, XB_HISTORY_TEXT, &text);
        XB_TORTURE_STATUS(tm, st);
        xb_str_free(&text);
        xb_history_free(&copy);
        xb_history_free(&h);
    }
}

CHECK_MAIN(RUN(there_and_back), RUN(as_templates_want_them), RUN(what_goes_first), RUN(what_is_no_turn),
           RUN(each_allocation_fails))
