/* fuzz_speech.c - any bytes as a table of phonemes, as phonemes, and as a text that is cut into phrases. */
#include "base/error.h"
#include "speech/phoneme_ids.h"
#include "speech/phrases.h"

/* Every byte is in one piece; all pieces are inside the text, and none is empty. */
static void cut(const char *text, size_t size, const xb_phrase_limits *limits, int is_all) {
    for (xb_phrase p; xb_phrase_next(text, size, is_all, limits, &p); text += p.size, size -= p.size)
        if (p.size == 0 || p.size > size || p.start > p.end || p.end > p.size) __builtin_trap();
    if (is_all && size) __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    xb_mem            mem;
    xybrid_error      err;
    xb_phoneme_table *table = NULL;
    const char       *text = (const char *)data;
    if (size == 0) return 0;
    xb_phrase_limits limits = { 1 + data[0] % 64, 1 + data[0] % 64 + data[0] % 32, data[0] >> 7 };
    xb_mem_init(&mem, NULL, NULL, NULL, INT64_C(64) << 20);
    cut(text, size, &limits, 1);
    cut(text, size, &limits, 0);
    if (xb_phoneme_table_load(&mem, data, (int64_t)size, "table", &(xb_phoneme_options){ 1, data[0] % 3 }, &table, &err) ==
        XYBRID_OK) {
        xb_phoneme_ids ids = { .mem = &mem };
        (void)xb_phoneme_encode(table, text, size, &ids, &err);
        if (ids.spoken > ids.phonemes || ids.phonemes > ids.count) __builtin_trap();
        xb_phoneme_ids_free(&ids);
        xb_phoneme_table_free(table);
    }
    if (mem.used_bytes != 0) __builtin_trap();
    return 0;
}
