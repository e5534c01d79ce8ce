/* fuzz_vocabulary.c - any bytes as the vocabulary of a CTC decoder and as a file of base64 ranks; then decoding by them. */
#include "text/bpe_ranks.h"
#include "text/ctc.h"

#include "base/utf8.h"

static void must(int holds) {
    if (!holds) __builtin_trap();
}

static void use_ctc(xb_mem *mem, const uint8_t *data, size_t size) {
    static const float  scores[] = { 0, 1, 0, 0, 0, 0, 0, 1, 0.5f, 0, 0, 0, 1, 0, 0 };
    xb_ctc_vocabulary  *v = NULL;
    xybrid_error        err;
    xb_str              s;
    float               probability;
    const xybrid_status st = size & 1 ? xb_ctc_vocabulary_load(mem, data, (int64_t)size, &v, &err)
                                      : xb_ctc_vocabulary_load_ppocr4(mem, data, (int64_t)size, &v, &err);
    if (st != XYBRID_OK) return;
    xb_str_init(&s, mem, 1 << 20);
    if (xb_ctc_decode(v, scores, 3, 5, 0, (int)(size >> 1 & 15), &s, &probability, &err) == XYBRID_OK)
        must(xb_utf8_valid(s.data, s.size) == s.size && probability >= 0 && probability <= 1);
    xb_str_free(&s);
    xb_ctc_vocabulary_free(v);
}

static void use_ranks(xb_mem *mem, const uint8_t *data, size_t size) {
    xb_bpe_ranks *r = NULL;
    xybrid_error  err;
    xb_str        s;
    if (xb_bpe_ranks_load(mem, data, (int64_t)size, &r, &err) != XYBRID_OK) return;
    xb_str_init(&s, mem, 1 << 24);
    for (int64_t id = 0; id < xb_bpe_ranks_size(r); id++) (void)xb_bpe_ranks_decode(r, &id, 1, &s, &err);
    must(xb_utf8_valid(s.data, s.size) == s.size);
    xb_str_free(&s);
    xb_bpe_ranks_free(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    xb_mem mem;
    xb_mem_init(&mem, NULL, NULL, NULL, INT64_C(256) << 20);
    use_ctc(&mem, data, size);
    use_ranks(&mem, data, size);
    must(mem.used_bytes == 0);
    return 0;
}
