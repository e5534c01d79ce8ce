/* speech/phoneme_ids.c */
#include "speech/phoneme_ids.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/utf8.h"
#include "codec/slice.h"
#include "text/unicode.h"

enum { SILENCE_ID = 30 /* of the original's silence_tokens */, SYMBOL_BYTES = 32, IDS_EACH = 8 /* of one symbol */ };

typedef struct symbol {
    xb_slice text;
    int64_t  ids[IDS_EACH];
    int32_t  count;
    int32_t  order; /* in the file: of two alike the later wins */
} symbol;

struct xb_phoneme_table {
    xb_mem            *mem;
    xb_arena           arena;
    xb_phoneme_options options;
    xb_json_doc       *doc;     /* Piper's */
    symbol            *symbols; /* sorted by text */
    size_t             count, room, longest;
    const symbol      *begin, *pad, *end; /* Piper's ^ _ $ */
};

/* ---- loading ---- */

static xybrid_status add_symbol(xb_phoneme_table *t, const char *name, xb_slice text, const int64_t *ids, int32_t count,
                                xybrid_error *err) {
    if (text.size == 0 || text.size > SYMBOL_BYTES)
        return xb_fail(err, XYBRID_MALFORMED, name, "a phoneme of %zu bytes; wanted 1 to %d", text.size, SYMBOL_BYTES);
    XB_TRY(xb_grow(t->mem, (void **)&t->symbols, &t->room, t->count, sizeof *t->symbols, XB_MAX_VOCABULARY, "phonemes", err));
    symbol *s = &t->symbols[t->count];
    *s = (symbol){ .text = { xb_arena_strndup(&t->arena, text.data, text.size, err), text.size }, .count = count };
    if (!s->text.data) return err->code;
    memcpy(s->ids, ids, (size_t)count * sizeof *ids);
    s->order = (int32_t)t->count++;
    if (text.size > t->longest) t->longest = text.size;
    return XYBRID_OK;
}

static xybrid_status load_lines(xb_phoneme_table *t, const char *bytes, size_t size, const char *name, xybrid_error *err) {
    const char *end = bytes + size;
    for (const char *p = bytes; p < end;) {
        const char *line = p, *stop = memchr(p, '\n', (size_t)(end - p));
        if (!stop) stop = end;
        p = stop < end ? stop + 1 : end;
        while (stop > line && (stop[-1] == '\r' || (stop[-1] == ' ' && stop - line > 1))) stop--;
        if (stop == line) continue;
        uint32_t    code;
        int         length = xb_utf8_read(line, stop, &code);
        int64_t     id = 0;
        const char *q = line + length;
        while (q < stop && (*q == ' ' || *q == '\t')) q++;
        int digits = 0;
        for (; q < stop && *q >= '0' && *q <= '9' && digits < 9; q++, digits++) id = id * 10 + *q - '0';
        if (length == 0 || digits == 0 || q != stop)
            return xb_fail_at(err, XYBRID_MALFORMED, line - bytes, name,
                              "byte %lld is no line \"symbol id\" of a phoneme table", (long long)(line - bytes));
        XB_TRY(add_symbol(t, name, (xb_slice){ line, (size_t)length }, &id, 1, err));
    }
    return XYBRID_OK;
}

static xybrid_status load_object(xb_phoneme_table *t, const xb_json *map, const char *name, xybrid_error *err) {
    for (xb_json_iter it = xb_json_items(map); xb_json_next(&it);) {
        int64_t ids[IDS_EACH];
        int32_t count = 0;
        int     ok = xb_json_int(it.value, &ids[0]);
        if (ok) count = 1;
        else if (xb_json_is(it.value, XB_JSON_ARRAY) && xb_json_count(it.value) <= IDS_EACH)
            for (xb_json_iter id = xb_json_items(it.value); (ok = 1, xb_json_next(&id));) {
                if (!(ok = xb_json_int(id.value, &ids[count]))) break;
                count++;
            }
        for (int32_t i = 0; i < count; i++) ok &= ids[i] >= 0 && ids[i] < XB_MAX_VOCABULARY;
        if (!ok) return xb_json_fail(it.value, name, it.key, "an id, or an array of at most 8", err);
        if (it.key_size > SYMBOL_BYTES) continue; /* a marker of a tokenizer; no phoneme */
        XB_TRY(add_symbol(t, name, (xb_slice){ it.key, it.key_size }, ids, count, err));
    }
    return XYBRID_OK;
}

static xybrid_status load_json(xb_phoneme_table *t, const void *bytes, int64_t size, const char *name, xybrid_error *err) {
    XB_TRY(xb_json_parse(t->mem, bytes, size, XB_MAX_JSON_BYTES, &t->doc, err));
    const xb_json *root = xb_json_root(t->doc), *map = xb_json_get(root, "phoneme_id_map");
    int            is_piper = map != NULL;
    if (!map) map = xb_json_get(root, "vocab");
    if (!map) map = xb_json_get(xb_json_get(root, "model"), "vocab");
    XB_TRY(load_object(t, map ? map : root, name, err));
    if (is_piper) return XYBRID_OK;
    xb_json_free(t->doc);
    t->doc = NULL;
    return XYBRID_OK;
}

static int compare_text(xb_slice a, xb_slice b) {
    int c = memcmp(a.data, b.data, a.size < b.size ? a.size : b.size);
    return c ? c : (a.size > b.size) - (a.size < b.size);
}

static int compare_symbols(const void *a, const void *b) {
    const symbol *x = a, *y = b;
    int           c = compare_text(x->text, y->text);
    return c ? c : (x->order < y->order) - (x->order > y->order);
}

/* The last of the file stands first of those alike. */
static const symbol *find_symbol(const xb_phoneme_table *t, xb_slice text) {
    size_t low = 0, high = t->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_text(t->symbols[middle].text, text) < 0) low = middle + 1;
        else high = middle;
    }
    return low < t->count && xb_slice_eq(t->symbols[low].text, text) ? &t->symbols[low] : NULL;
}

static xybrid_status load(xb_phoneme_table *t, const void *bytes, int64_t size, const char *name, xybrid_error *err) {
    const char *text = bytes;
    int64_t     at = 0;
    if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) at = 3;
    while (at < size && (text[at] == ' ' || text[at] == '\n' || text[at] == '\r' || text[at] == '\t')) at++;
    /* "{ 17" would be a line: an object has a key, or nothing, behind its brace */
    int64_t key = at + 1;
    while (key < size && (text[key] == ' ' || text[key] == '\n' || text[key] == '\r' || text[key] == '\t')) key++;
    if (at < size && text[at] == '{' && key < size && (text[key] == '"' || text[key] == '}'))
        XB_TRY(load_json(t, bytes, size, name, err));
    else XB_TRY(load_lines(t, text, (size_t)size, name, err));
    if (t->count == 0) return xb_fail(err, XYBRID_MALFORMED, name, "the phoneme table is empty");
    qsort(t->symbols, t->count, sizeof *t->symbols, compare_symbols);
    if (!t->doc) return XYBRID_OK;
    t->begin = find_symbol(t, xb_slice_of("^"));
    t->pad = find_symbol(t, xb_slice_of("_"));
    t->end = find_symbol(t, xb_slice_of("$"));
    if (t->begin && t->pad && t->end) return XYBRID_OK;
    return xb_fail(err, XYBRID_MALFORMED, name, "phoneme_id_map lacks %s", !t->begin ? "\"^\"" : !t->pad ? "\"_\"" : "\"$\"");
}

xybrid_status xb_phoneme_table_load(xb_mem *mem, const void *bytes, int64_t size, const char *name,
                                    const xb_phoneme_options *options, xb_phoneme_table **out, xybrid_error *err) {
    xb_phoneme_table *t = xb_calloc(mem, 1, sizeof *t, err);
    if (!t) return err->code;
    t->mem = mem;
    t->options = *options;
    xb_arena_init(&t->arena, mem, 0);
    xybrid_status st = load(t, bytes, size, name, err);
    if (st) xb_phoneme_table_free(t);
    else *out = t;
    return st;
}

void xb_phoneme_table_free(xb_phoneme_table *t) {
    if (!t) return;
    xb_json_free(t->doc);
    xb_free(t->mem, t->symbols);
    xb_arena_free(&t->arena);
    xb_free(t->mem, t);
}

int            xb_phoneme_table_is_piper(const xb_phoneme_table *t) { return t->doc != NULL; }
const xb_json *xb_phoneme_table_json(const xb_phoneme_table *t) { return xb_json_root(t->doc); }

/* ---- encoding ---- */

void xb_phoneme_ids_free(xb_phoneme_ids *ids) {
    xb_free(ids->mem, ids->ids);
    *ids = (xb_phoneme_ids){ .mem = ids->mem };
}

static xybrid_status put_ids(xb_phoneme_ids *out, const int64_t *ids, int32_t count, xybrid_error *err) {
    for (int32_t i = 0; i < count; i++) {
        XB_TRY(xb_grow(out->mem, (void **)&out->ids, &out->room, out->count, sizeof *out->ids, XB_MAX_PHONEME_IDS,
                       "phoneme ids", err));
        out->ids[out->count++] = ids[i];
    }
    return XYBRID_OK;
}

static xybrid_status put_symbol(xb_phoneme_ids *out, const symbol *s, xybrid_error *err) {
    return put_ids(out, s->ids, s->count, err);
}

/* Letters of any alphabet are spoken, the rest says how. */
static int is_spoken(const char *p, const char *end) {
    uint32_t code;
    return xb_utf8_read(p, end, &code) > 0 && xb_unicode_is(code, XB_LETTER & ~XB_CAT_BIT(XB_CAT_LM));
}

static xybrid_status put_phonemes(const xb_phoneme_table *t, const char *p, size_t size, xb_phoneme_ids *out,
                                  xybrid_error *err) {
    const char *end = p + size;
    while (p < end) {
        const symbol *found = NULL;
        size_t        n = (size_t)(end - p) < t->longest ? (size_t)(end - p) : t->longest;
        for (; n > 0 && !found; n--) found = find_symbol(t, (xb_slice){ p, n });
        if (!found) {
            uint32_t code;
            int      length = xb_utf8_read(p, end, &code);
            p += length > 0 ? length : 1;
            continue;
        }
        XB_TRY(put_symbol(out, found, err));
        if (t->pad) XB_TRY(put_symbol(out, t->pad, err));
        out->phonemes++;
        out->spoken += (size_t)is_spoken(p, end);
        p += found->text.size;
    }
    return XYBRID_OK;
}

static xybrid_status put_all(const xb_phoneme_table *t, const char *phonemes, size_t size, xb_phoneme_ids *out,
                             xybrid_error *err) {
    static const int64_t zero = 0, silence = SILENCE_ID;
    if (t->pad) {
        XB_TRY(put_symbol(out, t->begin, err));
        XB_TRY(put_symbol(out, t->pad, err));
        XB_TRY(put_phonemes(t, phonemes, size, out, err));
        return put_symbol(out, t->end, err);
    }
    if (t->options.add_padding) XB_TRY(put_ids(out, &zero, 1, err));
    for (int32_t i = 0; i < t->options.silence_tokens; i++) XB_TRY(put_ids(out, &silence, 1, err));
    XB_TRY(put_phonemes(t, phonemes, size, out, err));
    return t->options.add_padding ? put_ids(out, &zero, 1, err) : XYBRID_OK;
}

xybrid_status xb_phoneme_encode(const xb_phoneme_table *t, const char *phonemes, size_t size, xb_phoneme_ids *ids,
                                xybrid_error *err) {
    size_t valid = xb_utf8_valid(phonemes, size);
    if (valid != size)
        return xb_fail_at(err, XYBRID_INVALID_ARGUMENT, (int64_t)valid, "phonemes", "byte %zu of the phonemes is not UTF-8",
                          valid);
    ids->count = ids->phonemes = ids->spoken = 0;
    if (!t->pad) return put_all(t, phonemes, size, ids, err);
    xb_str decomposed; /* Piper's tables hold marks apart from their letters */
    xb_str_init(&decomposed, ids->mem, XB_MAX_TEXT_BYTES);
    xybrid_status st = xb_unicode_normalize(XB_NFD, phonemes, size, &decomposed, err);
    if (st == XYBRID_OK) st = xb_str_status(&decomposed, err);
    if (st == XYBRID_OK) st = put_all(t, decomposed.data, decomposed.size, ids, err);
    xb_str_free(&decomposed);
    return st;
}
