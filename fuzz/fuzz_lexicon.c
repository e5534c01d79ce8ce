/* fuzz_lexicon.c - any bytes as a lexicon: packed (with the header's own sum put right, else nothing else is reached), as
 * misaki's JSON, as cmudict. Whatever opens must answer for any word without reading outside. */
#include <stdlib.h>

#include "text/letters.h"
#include "text/phonemize.h"

static void must(int holds) {
    if (!holds) __builtin_trap();
}

static void put32(uint8_t *p, uint32_t v) {
    for (int i = 0; i < 4; i++) p[i] = (uint8_t)(v >> 8 * i);
}

static void mend_header(uint8_t *p, size_t size) {
    uint32_t sum = UINT32_C(2166136261);
    put32(p + 8, (uint32_t)size);
    for (size_t i = 16; i < 64; i++) sum = (sum ^ p[i]) * UINT32_C(16777619);
    put32(p + 12, sum);
}

static void ask(const xb_lexicon *l, const char *word, size_t size) {
    xb_pronunciation p;
    char             said[200];
    if (xb_lexicon_find(l, word, size, &p))
        for (int k = 0; k < XB_SAID_KINDS; k++) {
            const char *text = xb_pronunciation_for(&p, (xb_said)k);
            must(!text || strlen(text) < XB_MAX_PHONEMES);
        }
    must(xb_letters_say(l, word, size, said, sizeof said) <= sizeof said);
}

static void use(xb_mem *mem, xb_slice file, int backend) {
    static const char *const words[] = {
        "a", "the", "Hello", "record", "ZZZ", "it's", "used", "unknownwordthatislongerthanall"
    };
    xb_lexicon          l;
    xybrid_error        err;
    const xybrid_status st = backend == XB_PHONEMIZER_CMU ? xb_lexicon_open_cmu(&l, mem, file, &err)
                                                          : xb_lexicon_open(&l, mem, &file, 1, &err);
    if (st == XYBRID_OK) {
        for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) ask(&l, words[i], strlen(words[i]));
        for (size_t n = 0; n < 32 && n < file.size; n++) ask(&l, file.data + file.size - n, n);
        (void)xb_lexicon_verify(&l, &err);
        xb_lexicon_close(&l);
    }
    xb_phonemizer_options o = { backend, (int)(file.size & 1), NULL, { file }, 1, NULL };
    xb_phonemizer        *p = NULL;
    xb_str                out;
    static const char     text[] = "The record, he used to sing: well-known hits and 42 (or XYZ) aardvarks' cries!";
    if (xb_phonemizer_open(mem, &o, &p, &err) != XYBRID_OK) return;
    xb_str_init(&out, mem, 1 << 20);
    must(xb_phonemize(p, mem, text, sizeof text - 1, &out, &err) == XYBRID_OK);
    xb_str_free(&out), xb_phonemizer_free(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    xb_mem   mem;
    uint8_t *copy = malloc(size + 1);
    xb_slice file = { (const char *)copy, size };
    if (!copy) return 0;
    memcpy(copy, data, size);
    xb_mem_init(&mem, NULL, NULL, NULL, INT64_C(256) << 20);
    if (size >= 64 && xb_lexicon_is_packed(file)) mend_header(copy, size);
    use(&mem, file, XB_PHONEMIZER_MISAKI);
    if (!xb_lexicon_is_packed(file)) use(&mem, file, XB_PHONEMIZER_CMU);
    must(mem.used_bytes == 0);
    free(copy);
    return 0;
}
