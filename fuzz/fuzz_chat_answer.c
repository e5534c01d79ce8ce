/* fuzz_chat_answer.c - any bytes as an answer: the first chooses the dialect, the second how the rest is cut. Whole and cut must
 * give the same. */
#include "base/error.h"
#include "base/utf8.h"
#include "chat/answer.h"

#include <string.h>

static void must(int holds) {
    if (!holds) __builtin_trap();
}

static const char *const stops[] = { "STOP", "\nUser:", "</s>" };

/* Events as text, neighbours of a kind as one. */
static void run(xb_mem *mem, const xb_answer_options *o, const uint8_t *data, size_t size, uint32_t cut, xb_str *out) {
    xb_answer      *a = NULL;
    xybrid_error    err;
    xb_answer_event e;
    int             last = -1;
    uint32_t        x = cut;
    must(xb_answer_open(mem, o, &a, &err) == XYBRID_OK);
    for (size_t i = 0; i <= size;) {
        x = x * 1664525u + 1013904223u;
        size_t n = cut ? 1 + (x >> 24) % (cut % 16 + 1) : size;
        if (n > size - i) n = size - i;
        if (n == 0) must(xb_answer_finish(a, &err) == XYBRID_OK);
        else must(xb_answer_feed(a, data + i, n, &err) == XYBRID_OK);
        while (xb_answer_next(a, &e)) {
            must(e.kind == XB_ANSWER_CALL ? e.id && e.name && e.name[0] && e.size >= 2 && e.text[0] == '{' : e.size > 0);
            must(e.text[e.size] == 0 && xb_utf8_valid(e.text, e.size) == e.size);
            if ((int)e.kind != last || e.problem) xb_str_addc(out, (char)e.kind);
            if (e.problem) xb_str_add(out, e.problem);
            if (e.name) xb_str_add(out, e.name);
            xb_str_addn(out, e.text, e.size);
            last = e.kind == XB_ANSWER_CALL ? -1 : (int)e.kind;
        }
        if (n == 0) break;
        i += n;
    }
    xb_answer_close(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2) return 0;
    xb_mem mem;
    xb_str whole, cut;
    xb_mem_init(&mem, NULL, NULL, NULL, INT64_C(256) << 20);
    xb_str_init(&whole, &mem, 64 << 20), xb_str_init(&cut, &mem, 64 << 20);
    const xb_answer_options o = { .stops = stops,
                                  .stop_count = 3,
                                  .dialect = (xb_tool_dialect)((data[0] & 63) % XB_TOOL_DIALECTS),
                                  .prompt = data[0] & 64    ? "<|start|>assistant"
                                            : data[0] & 128 ? "<think>"
                                                            : "",
                                  .prompt_bytes = data[0] & 64    ? 18
                                                  : data[0] & 128 ? 7
                                                                  : 0 };
    run(&mem, &o, data + 2, size - 2, 0, &whole);
    run(&mem, &o, data + 2, size - 2, data[1] + 1u, &cut);
    must(whole.failed == XYBRID_OK && whole.size == cut.size && memcmp(whole.data, cut.data, cut.size) == 0);
    xb_str_free(&whole), xb_str_free(&cut);
    must(mem.used_bytes == 0);
    return 0;
}
