/* fuzz_tokenizer.c - any bytes as a tokenizer file with a text, and any bytes as a text for a fixed vocabulary.
 *
 *     | length of the file: 2 bytes, little-endian | the file: tokenizer.json, GGUF or vocab.txt | the text |
 *
 * What loads must encode every text that is UTF-8 into ids of its vocabulary and spans inside the text, and decode them. */
#include "text/tokenizer.h"

#include "base/utf8.h"

static const char VOCABULARY[] = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\n##a\n##b\nab\n!\n\xc3\xa9\n";

static void must(int holds) {
    if (!holds) __builtin_trap();
}

static void use(xb_mem *mem, const xb_tokenizer *t, const char *text, size_t size) {
    xybrid_error err;
    xb_encoding  e;
    xb_str       s;
    int          valid = xb_utf8_valid(text, size) == size;
    xb_encoding_init(&e, mem);
    xb_str_init(&s, mem, 1 << 24);
    for (int mode = 0; mode < 4; mode++) {
        xb_encode_options options = { mode == 3 ? 64 : XYBRID_AUTO, mode & 1, mode >> 1, 1 };
        if (xb_tokenizer_encode(t, text, size, &options, &e, &err) != XYBRID_OK) {
            must(err.message[0] != '\0');
            continue;
        }
        must(valid && e.count >= 0);
        for (int64_t i = 0; i < e.count; i++) {
            must(e.ids[i] >= 0 && e.ids[i] < xb_tokenizer_size(t));
            must(e.spans[i].start <= e.spans[i].end && e.spans[i].end <= size);
        }
        xb_str_clear(&s);
        if (xb_tokenizer_decode(t, e.ids, e.count, mode & 1, &s, &err) == XYBRID_OK)
            must(xb_utf8_valid(s.data, s.size) == s.size);
    }
    xb_str_free(&s);
    xb_encoding_free(&e);
}

static xybrid_status load(xb_mem *mem, const char *file, size_t size, xb_tokenizer **out, xybrid_error *err) {
    if (size > 4 && memcmp(file, "GGUF", 4) == 0) {
        xb_gguf  header;
        xb_arena arena;
        xb_arena_init(&arena, mem, 0);
        xybrid_status st = xb_gguf_read(file, size, &arena, &header, err);
        if (st == XYBRID_OK) st = xb_tokenizer_from_gguf(mem, &header, out, err);
        xb_arena_free(&arena);
        return st;
    }
    if (size > 0 && file[0] == '[') return xb_tokenizer_from_vocab_txt(mem, file, (int64_t)size, (int)(size & 1), out, err);
    return xb_tokenizer_from_json(mem, file, (int64_t)size, out, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char   *bytes = (const char *)data;
    xb_mem        mem;
    xybrid_error  err;
    xb_tokenizer *t = NULL;
    xb_mem_init(&mem, NULL, NULL, NULL, INT64_C(512) << 20);
    must(xb_tokenizer_from_vocab_txt(&mem, VOCABULARY, sizeof VOCABULARY - 1, 1, &t, &err) == XYBRID_OK);
    use(&mem, t, bytes, size);
    xb_tokenizer_free(t);
    if (size >= 2) {
        size_t file_size = (size_t)data[0] | (size_t)data[1] << 8;
        if (file_size > size - 2) file_size = size - 2;
        if (load(&mem, bytes + 2, file_size, &t, &err) == XYBRID_OK) {
            use(&mem, t, bytes + 2 + file_size, size - 2 - file_size);
            xb_tokenizer_free(t);
        }
    }
    must(mem.used_bytes == 0);
    return 0;
}
