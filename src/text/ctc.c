/* text/ctc.c */
#include "text/ctc.h"

#include <math.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "codec/json.h"
#include "text/vocabulary.h"

struct xb_ctc_vocabulary {
    xb_arena      arena;
    xb_vocabulary tokens;
};

/* ---- loading ---- */

static xybrid_status load_json(xb_ctc_vocabulary *v, const xb_json *root, xybrid_error *err) {
    int64_t id = 0, count = xb_json_count(root), highest = -1, bytes = 0;
    if (!xb_json_is(root, XB_JSON_OBJECT)) return xb_json_fail(root, "", "vocabulary", "an object of tokens and ids", err);
    for (xb_json_iter it = xb_json_items(root); xb_json_next(&it);) {
        if (!xb_json_int(it.value, &id) || id < 0 || !xb_vocabulary_id_fits(id, count))
            return xb_json_fail(it.value, "", it.key, "an id (a small number from 0)", err);
        bytes += (int64_t)it.key_size;
        if (id > highest) highest = id;
    }
    char *block = xb_arena_alloc(&v->arena, (size_t)bytes + 1, err);
    if (!block) return err->code;
    uint32_t used = 0;
    XB_TRY(xb_vocabulary_init_list(&v->tokens, &v->arena, (int32_t)highest + 1, block, err));
    for (xb_json_iter it = xb_json_items(root); xb_json_next(&it);) {
        xb_slice token = { it.key, it.key_size };
        (void)xb_json_int(it.value, &id);
        xb_vocabulary_place(&v->tokens, block, &used, id, token);
    }
    return XYBRID_OK;
}

/* PP-OCR v4: ids move up by one for the blank, and a space follows the last line. */
static xybrid_status load_lines(xb_ctc_vocabulary *v, const char *text, size_t size, int is_ppocr4, xybrid_error *err) {
    int64_t  count = is_ppocr4 ? 2 : 0, id = is_ppocr4;
    xb_slice line, rest = { text, size };
    size_t   valid = xb_utf8_valid(text, size);
    if (valid < size)
        return xb_fail_at(err, XYBRID_MALFORMED, (int64_t)valid, NULL, "vocabulary: byte %zu is not UTF-8", valid);
    for (; xb_next_line(&rest, &line); count++)
        if (count >= XB_MAX_VOCABULARY)
            return xb_fail(err, XYBRID_MALFORMED, NULL, "vocabulary: more than %d lines", XB_MAX_VOCABULARY);
    if (count == (is_ppocr4 ? 2 : 0)) return xb_fail(err, XYBRID_MALFORMED, NULL, "vocabulary: the file is empty");
    char *block = xb_arena_alloc(&v->arena, size + 1, err);
    if (!block) return err->code;
    uint32_t used = 0;
    XB_TRY(xb_vocabulary_init_list(&v->tokens, &v->arena, (int32_t)count, block, err));
    rest.data = text, rest.size = size;
    for (; xb_next_line(&rest, &line); id++) xb_vocabulary_place(&v->tokens, block, &used, id, line);
    if (!is_ppocr4) return XYBRID_OK;
    xb_vocabulary_place(&v->tokens, block, &used, id, xb_slice_of(" ")); /* fits: the block has a byte more than the file */
    return XYBRID_OK;
}

static xybrid_status load_any(xb_ctc_vocabulary *v, const char *text, size_t size, int is_ppocr4, xybrid_error *err) {
    size_t at = 0;
    while (at < size && (text[at] == ' ' || text[at] == '\t' || text[at] == '\n' || text[at] == '\r')) at++;
    int is_json = !is_ppocr4 && at < size && text[at] == '{';
    if (!is_json) return load_lines(v, text, size, is_ppocr4, err);
    xb_json_doc *doc = NULL;
    XB_TRY(xb_json_parse(v->arena.mem, text, (int64_t)size, XB_MAX_JSON_BYTES, &doc, err));
    xybrid_status st = load_json(v, xb_json_root(doc), err);
    xb_json_free(doc);
    return st;
}

static xybrid_status load(xb_mem *mem, const void *bytes, int64_t size, int is_ppocr4, xb_ctc_vocabulary **out,
                          xybrid_error *err) {
    if (size < 0 || size > XB_MAX_JSON_BYTES || (size > 0 && !bytes))
        return xb_fail(err, XYBRID_MALFORMED, NULL, "vocabulary: %lld bytes; at most %d", (long long)size, XB_MAX_JSON_BYTES);
    xb_ctc_vocabulary *v = xb_calloc(mem, 1, sizeof *v, err);
    if (!v) return err->code;
    xb_arena_init(&v->arena, mem, 0);
    xybrid_status st = load_any(v, size ? bytes : "", (size_t)size, is_ppocr4, err);
    if (st != XYBRID_OK) {
        xb_ctc_vocabulary_free(v);
        return st;
    }
    *out = v;
    return XYBRID_OK;
}

xybrid_status xb_ctc_vocabulary_load(xb_mem *mem, const void *bytes, int64_t size, xb_ctc_vocabulary **out, xybrid_error *err) {
    return load(mem, bytes, size, 0, out, err);
}

xybrid_status xb_ctc_vocabulary_load_ppocr4(xb_mem *mem, const void *bytes, int64_t size, xb_ctc_vocabulary **out,
                                            xybrid_error *err) {
    return load(mem, bytes, size, 1, out, err);
}

void xb_ctc_vocabulary_free(xb_ctc_vocabulary *v) {
    if (!v) return;
    xb_mem *mem = v->arena.mem;
    xb_arena_free(&v->arena);
    xb_free(mem, v);
}

int32_t xb_ctc_vocabulary_size(const xb_ctc_vocabulary *v) { return v->tokens.count; }

xb_slice xb_ctc_token(const xb_ctc_vocabulary *v, int64_t id) { return xb_vocabulary_token(&v->tokens, id); }

/* ---- decoding ---- */

/* The class of the highest score, -1 if all are NaN. */
static int64_t best_class(const float *scores, int64_t classes) {
    int64_t best = -1;
    for (int64_t c = 0; c < classes; c++)
        if (best < 0 ? !isnan(scores[c]) : scores[c] > scores[best]) best = c;
    return best;
}

static double probability_of(const float *scores, int64_t classes, int64_t best, int is_logits) {
    double sum = 0, top = (double)scores[best];
    if (!is_logits) return top;
    if (isinf(top)) return 1;
    for (int64_t c = 0; c < classes; c++)
        if (!isnan(scores[c])) sum += exp((double)scores[c] - top);
    return 1 / sum;
}

static int is_marker(xb_slice token) { return token.size > 2 && token.data[0] == '<' && token.data[token.size - 1] == '>'; }

static void add_token(xb_str *out, xb_slice token, int flags) {
    if (token.size == 1 && token.data[0] == '|' && (flags & XB_CTC_BAR_IS_SPACE)) xb_str_addc(out, ' ');
    else xb_str_addn(out, token.data, token.size);
}

static int is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

static void add_collapsed(xb_str *out, const char *text, size_t size) {
    int pending = 0, begun = 0;
    for (size_t i = 0; i < size; i++) {
        if (is_space(text[i])) {
            pending = begun;
            continue;
        }
        if (pending) xb_str_addc(out, ' ');
        xb_str_addc(out, text[i]);
        pending = 0, begun = 1;
    }
}

static xybrid_status decode_frames(const xb_ctc_vocabulary *v, const float *scores, int64_t frames, int64_t classes,
                                   int64_t blank, int flags, xb_str *text, float *probability, xybrid_error *err) {
    int64_t previous = blank, kept = 0;
    double  sum = 0;
    for (int64_t f = 0; f < frames; f++) {
        const float *row = scores + f * classes;
        int64_t      best = best_class(row, classes);
        int          is_new = best >= 0 && best != blank && best != previous;
        previous = best;
        if (!is_new) continue;
        if (best >= v->tokens.count)
            return xb_fail(err, XYBRID_INVALID_ARGUMENT, "CTC",
                           "class %lld wins in frame %lld, but the vocabulary has %d tokens; is it the "
                           "model's?",
                           (long long)best, (long long)f, v->tokens.count);
        xb_slice token = xb_ctc_token(v, best);
        if (!token.data || ((flags & XB_CTC_SKIP_MARKERS) && is_marker(token))) continue;
        add_token(text, token, flags);
        sum += probability_of(row, classes, best, flags & XB_CTC_LOGITS);
        kept++;
    }
    XB_TRY(xb_str_status(text, err));
    *probability = kept ? (float)(sum / (double)kept) : 0.0f;
    return XYBRID_OK;
}

xybrid_status xb_ctc_decode(const xb_ctc_vocabulary *v, const float *scores, int64_t frames, int64_t classes, int64_t blank,
                            int flags, xb_str *text, float *probability, xybrid_error *err) {
    if (frames < 0 || classes < 1 || (frames > 0 && !scores))
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "CTC",
                       "scores of %lld frames and %lld classes; at least one class is wanted", (long long)frames,
                       (long long)classes);
    if (blank < 0 || blank >= classes)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "CTC", "blank is class %lld, the scores have classes 0 to %lld",
                       (long long)blank, (long long)(classes - 1));
    float  found = 0;
    xb_str raw;
    xb_str_init(&raw, text->mem, text->max);
    xybrid_status st = decode_frames(v, scores, frames, classes, blank, flags, &raw, &found, err);
    if (st == XYBRID_OK) {
        if (flags & XB_CTC_COLLAPSE_SPACES) add_collapsed(text, raw.data, raw.size);
        else xb_str_addn(text, raw.data, raw.size);
        st = xb_str_status(text, err);
    }
    xb_str_free(&raw);
    if (st == XYBRID_OK) *probability = found;
    return st;
}
