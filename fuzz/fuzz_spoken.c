/* fuzz_spoken.c - any bytes as a text: sentence after sentence, by a lexicon of three words and by none. */
#include "text/phonemize.h"
#include "text/spoken.h"

#include "base/limits.h"
#include "base/utf8.h"

static void must(int holds) {
    if (!holds) __builtin_trap();
}

static void read_spoken(xb_mem *mem, const char *text, size_t size, int is_british) {
    const int    valid = xb_utf8_valid(text, size) == size;
    xb_spoken    s;
    xybrid_error err;
    uint32_t     before = 0, last = 0;
    must(xb_spoken_init(&s, mem, text, size, is_british, &err) == XYBRID_OK);
    while (s.at < s.size) {
        must(xb_spoken_next(&s, &err) == XYBRID_OK);
        must(s.at > before && s.at <= s.size && s.count <= XB_MAX_SENTENCE_WORDS);
        before = s.at;
        for (size_t i = 0; i < s.count; i++) {
            const xb_spoken_word *w = &s.words[i];
            must(w->size > 0 && w->text <= s.text.size && w->size <= s.text.size - w->text);
            must(w->start >= last && w->start <= w->end && w->end <= size);
            last = w->start;
            for (uint32_t k = 0; k < w->size && w->kind == XB_SPOKEN_WORD; k++) {
                const char c = s.text.data[w->text + k];
                must((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '\'' || c == '-');
            }
        }
        must(!valid || xb_utf8_valid(s.text.data, s.text.size) == s.text.size);
    }
    xb_spoken_free(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char words[] =
        "{\"to\":\"tu\",\"A\":\"\xcb\x88\x41\",\"dollar\":{\"DEFAULT\":\"d\xcb\x88\xc9\x91l\xc9\x99\xc9\xb9\",\"None\":\"d\"}}";
    xb_mem                mem;
    xybrid_error          err;
    xb_phonemizer        *p = NULL;
    xb_phonemizer_options o = {
        XB_PHONEMIZER_MISAKI, size & 1 ? XB_SYMBOLS_IPA : XB_SYMBOLS_MISAKI, NULL, { { words, sizeof words - 1 } }, 1, NULL
    };
    xb_str out;
    xb_mem_init(&mem, NULL, NULL, NULL, INT64_C(256) << 20);
    read_spoken(&mem, (const char *)data, size, (int)(size & 1));
    must(xb_spoken_whole((const char *)data, size) <= size);
    xb_str_init(&out, &mem, 64 << 20);
    must(xb_phonemizer_open(&mem, &o, &p, &err) == XYBRID_OK);
    must(xb_phonemize(p, &mem, (const char *)data, size, &out, &err) == XYBRID_OK);
    xb_phonemizer_free(p), xb_str_free(&out);
    must(mem.used_bytes == 0);
    return 0;
}
