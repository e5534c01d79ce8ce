/* answer_rig.h - runs a text through the pipeline of an answer and writes down what comes, neighbours of a kind as one:
 * "text{..}reasoning{..}call_0:name{..}problem{..}". */
#ifndef ANSWER_RIG_H
#define ANSWER_RIG_H

#include "base/error.h"
#include "base/utf8.h"
#include "chat/answer.h"
#include "support.h"

static uint32_t        answer_random = 1;
static inline uint32_t answer_below(uint32_t n) {
    answer_random = answer_random * 1664525u + 1013904223u;
    return (answer_random >> 8) % n;
}

typedef struct answer_log {
    xb_str         text;
    xb_answer_kind last;
    int            is_open;
} answer_log;

static inline void answer_collect(xb_answer *a, answer_log *l) {
    xb_answer_event e;
    while (xb_answer_next(a, &e)) {
        if (l->is_open && (e.kind != l->last || e.problem || e.kind == XB_ANSWER_CALL)) {
            xb_str_addc(&l->text, '}');
            l->is_open = 0;
        }
        if (e.problem) xb_str_addf(&l->text, "problem{%s}", e.problem);
        if (e.kind == XB_ANSWER_CALL) {
            xb_str_addf(&l->text, "%s:%s", e.id, e.name);
            xb_str_addn(&l->text, e.text, e.size);
            CHECK(e.text[e.size] == 0);
            continue;
        }
        CHECK(e.size > 0 && xb_utf8_valid(e.text, e.size) == e.size);
        if (!l->is_open) xb_str_add(&l->text, e.kind == XB_ANSWER_TEXT ? "text{" : "reasoning{");
        xb_str_addn(&l->text, e.text, e.size);
        l->last = e.kind;
        l->is_open = 1;
    }
}

/* In pieces of 1 to `longest` bytes; 0 = in one. */
static inline xybrid_status answer_run(xb_mem *mem, const xb_answer_options *o, const char *bytes, size_t size,
                                       uint32_t longest, xb_str *out, xybrid_error *err) {
    xb_answer    *a = NULL;
    answer_log    log = { .is_open = 0 };
    xybrid_status st = xb_answer_open(mem, o, &a, err);
    xb_str_init(&log.text, mem, 1 << 24);
    for (size_t i = 0; st == XYBRID_OK && i < size;) {
        size_t n = longest ? 1 + answer_below(longest) : size;
        if (n > size - i) n = size - i;
        st = xb_answer_feed(a, bytes + i, n, err);
        if (st == XYBRID_OK) answer_collect(a, &log);
        i += n;
    }
    if (st == XYBRID_OK) st = xb_answer_finish(a, err);
    if (st == XYBRID_OK) answer_collect(a, &log);
    if (log.is_open) xb_str_addc(&log.text, '}');
    if (st == XYBRID_OK) st = xb_str_status(&log.text, err);
    xb_answer_close(a);
    *out = log.text;
    return st;
}

/* However it is cut. */
static inline void answer_check(const xb_answer_options *o, const char *bytes, size_t size, const char *wanted) {
    for (uint32_t round = 0; round < 12; round++) {
        xb_test_mem  tm;
        xybrid_error err;
        xb_str       found;
        xb_test_mem_init(&tm, 0, 0);
        CHECK_INT(answer_run(&tm.mem, o, bytes, size, round < 2 ? round : round * 2, &found, &err), XYBRID_OK);
        int is_right = strcmp(found.data, wanted) == 0;
        CHECK_STR(found.data, wanted);
        xb_str_free(&found);
        CHECK_INT(tm.live_blocks, 0);
        if (!is_right) {
            printf("  in pieces of at most %u bytes\n", round < 2 ? round : round * 2);
            break;
        }
    }
}

#endif
