/* fuzz_chat_template.c - any bytes as a chat template, up to a NUL; what follows it is JSON, or else a conversation stands in.
 * What compiles is rendered; what was rendered is UTF-8, and renders the same again. */
#include <string.h>

#include "base/error.h"
#include "base/utf8.h"
#include "chat/template.h"

static const char conversation[] = "{\"messages\":[{\"role\":\"system\",\"content\":\"S\"},{\"role\":\"user\",\"content\":[{"
                                   "\"type\":\"text\",\"text\":\"h\\u00e9 \\ud83d\\ude42\"}]},"
                                   "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"1\",\"function\":{"
                                   "\"name\":\"f\",\"arguments\":{\"x\":1.5,\"y\":[]}}}]},"
                                   "{\"role\":\"tool\",\"content\":\"42\"}],\"tools\":[{\"type\":\"function\",\"function\":{"
                                   "\"name\":\"f\",\"parameters\":{\"type\":\"object\"}}}],"
                                   "\"add_generation_prompt\":true,\"bos_token\":\"<s>\",\"eos_token\":\"</s>\"}";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const xb_template_clock clock = { 1783260189, 3600 };
    xb_mem                         mem;
    xybrid_error                   err;
    xb_json_doc                   *doc = NULL;
    xb_template                   *t = NULL;
    xb_mem_init(&mem, NULL, NULL, NULL, INT64_C(512) << 20);
    const char *text = (const char *)data, *nul = size ? memchr(text, 0, size) : NULL;
    size_t      n = nul ? (size_t)(nul - text) : size;
    if (!nul || xb_json_parse(&mem, nul + 1, (int64_t)(size - n - 1), 1 << 20, &doc, &err) != XYBRID_OK)
        if (xb_json_parse(&mem, conversation, sizeof conversation - 1, 1 << 20, &doc, &err) != XYBRID_OK) __builtin_trap();
    if (xb_template_compile(&mem, text, n, &t, &err) == XYBRID_OK) {
        xb_str first, second;
        xb_str_init(&first, &mem, 1 << 20);
        xb_str_init(&second, &mem, 1 << 20);
        xybrid_status st = xb_template_render(t, xb_json_root(doc), &clock, &first, &err);
        if (xb_template_render(t, xb_json_root(doc), &clock, &second, &err) != st || first.size != second.size ||
            memcmp(first.data, second.data, first.size) != 0 || xb_utf8_valid(first.data, first.size) != first.size)
            __builtin_trap();
        if (st != XYBRID_OK && first.size != 0) __builtin_trap();
        xb_str_free(&first);
        xb_str_free(&second);
    }
    xb_template_free(t);
    xb_json_free(doc);
    return 0;
}
