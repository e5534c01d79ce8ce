/* engine/native/ops_text.c - operators on text. Text is content of the plan (plan.h), so all of them are done while it is
 * made: StringConcat, StringNormalizer, StringSplit, RegexFullMatch; and TfIdfVectorizer, whose input may be text. */
#include <string.h>

#include "engine/native/build.h"
#include "engine/native/op_list.h"
#include "engine/native/regex.h"

static xybrid_status texts_of(const xb_node *n, int32_t i, const xb_slice **out) {
    const void *data;
    if (n->in[i]->dtype != XB_ONNX_STRING) return xb_refuse(n, "input %d is not text", i);
    XB_TRY(xb_content(n, n->in[i], &data));
    *out = data;
    return XYBRID_OK;
}

/* ---- StringConcat ---- */

xybrid_status xb_infer_text_concat(xb_node *n) {
    const xb_slice *x, *y;
    const xb_val   *a = n->in[0], *c = n->in[1];
    int32_t         rank;
    int64_t         dims[XB_MAX_RANK];
    XB_TRY(texts_of(n, 0, &x));
    XB_TRY(texts_of(n, 1, &y));
    XB_TRY(xb_broadcast(n, a->rank, a->dims, c->rank, c->dims, &rank, dims));
    XB_TRY(xb_out_set(n, 0, XB_ONNX_STRING, rank, dims));
    int64_t   count = n->out[0]->count;
    xb_slice *out = xb_build_alloc(n, (size_t)count, sizeof *out);
    if (!out) return n->b->err->code;
    for (int64_t i = 0; i < count; i++) {
        int64_t rest = i, at_a = 0, at_c = 0, step_a = 1, step_c = 1;
        for (int32_t d = rank - 1; d >= 0; d--) {
            int64_t index = rest % dims[d];
            int32_t da = d - (rank - a->rank), dc = d - (rank - c->rank);
            rest /= dims[d];
            if (da >= 0 && a->dims[da] != 1) at_a += index * step_a;
            if (dc >= 0 && c->dims[dc] != 1) at_c += index * step_c;
            if (da >= 0) step_a *= a->dims[da];
            if (dc >= 0) step_c *= c->dims[dc];
        }
        char *joined = xb_build_alloc(n, x[at_a].size + y[at_c].size + 1, 1);
        if (!joined) return n->b->err->code;
        if (x[at_a].size) memcpy(joined, x[at_a].data, x[at_a].size);
        if (y[at_c].size) memcpy(joined + x[at_a].size, y[at_c].data, y[at_c].size);
        out[i] = (xb_slice){ joined, x[at_a].size + y[at_c].size };
    }
    return xb_out_content(n, 0, out);
}

/* ---- StringNormalizer: letters of ASCII and Latin-1 change case, others stay ---- */

static void change_case(char *text, size_t size, int to_upper) {
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i], before = i ? (unsigned char)text[i - 1] : 0;
        if (c >= 'a' && c <= 'z' && to_upper) text[i] = (char)(c - 32);
        if (c >= 'A' && c <= 'Z' && !to_upper) text[i] = (char)(c + 32);
        if (before != 0xC3) continue; /* U+00C0..U+00FF: C3 80..C3 BF; D7 and F7 are signs */
        if (to_upper && c >= 0xA0 && c != 0xB7 && c != 0xBF) text[i] = (char)(c - 32);
        if (!to_upper && c >= 0x80 && c <= 0x9E && c != 0x97) text[i] = (char)(c + 32);
    }
}

static xybrid_status folded(const xb_node *n, xb_slice text, int to_upper, xb_slice *out) {
    char *copy = xb_build_alloc(n, text.size + 1, 1);
    if (!copy) return n->b->err->code;
    if (text.size) memcpy(copy, text.data, text.size);
    change_case(copy, text.size, to_upper);
    *out = (xb_slice){ copy, text.size };
    return XYBRID_OK;
}

xybrid_status xb_infer_normalizer(xb_node *n) {
    const xb_slice *x, *stop;
    const xb_val   *in = n->in[0];
    int32_t         stops = xb_attr_strings(n, "stopwords", &stop);
    xb_slice        action = xb_attr_string(n, "case_change_action", "NONE");
    int             exact = xb_attr_int(n, "is_case_sensitive", 0) != 0;
    int64_t         count = 0;
    XB_TRY(texts_of(n, 0, &x));
    if (in->rank < 1 || in->rank > 2 || (in->rank == 2 && in->dims[0] != 1))
        return xb_refuse(n, "the input is not [C] or [1, C]");
    xb_slice *out = xb_build_alloc(n, (size_t)in->count + 1, sizeof *out);
    if (!out) return n->b->err->code;
    for (int64_t i = 0; i < in->count; i++) {
        xb_slice text = x[i], word;
        int      is_stop = 0;
        if (!exact) XB_TRY(folded(n, text, 0, &text));
        for (int32_t k = 0; k < stops && !is_stop; k++) {
            word = stop[k];
            if (!exact) XB_TRY(folded(n, word, 0, &word));
            is_stop = xb_slice_eq(text, word);
        }
        if (is_stop) continue;
        out[count] = x[i];
        if (!xb_slice_is(action, "NONE")) XB_TRY(folded(n, x[i], xb_slice_is(action, "UPPER"), &out[count]));
        count++;
    }
    if (count == 0) out[count++] = (xb_slice){ "", 0 };
    int64_t dims[2] = { 1, count };
    XB_TRY(xb_out_set(n, 0, XB_ONNX_STRING, in->rank, in->rank == 1 ? dims + 1 : dims));
    return xb_out_content(n, 0, out);
}

/* ---- StringSplit ---- */

static int is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/* The next piece of *text; 0 at the end. Without a delimiter: runs of white space part, and none stands at the ends. */
static int next_piece(xb_slice *text, xb_slice delimiter, int64_t left, int *is_done, xb_slice *out) {
    const char *p = text->data, *end = text->data + text->size;
    if (*is_done) return 0;
    if (delimiter.size == 0) {
        while (p < end && is_space(*p)) p++;
        if (p == end) return 0;
        const char *begin = p;
        if (left != 0)
            while (p < end && !is_space(*p)) p++;
        else
            for (p = end; p > begin && is_space(p[-1]);) p--;
        *out = (xb_slice){ begin, (size_t)(p - begin) };
        *text = (xb_slice){ p, left ? (size_t)(end - p) : 0 };
        return 1;
    }
    if (left != 0)
        for (const char *at = p; (size_t)(end - at) >= delimiter.size; at++)
            if (memcmp(at, delimiter.data, delimiter.size) == 0) {
                *out = (xb_slice){ p, (size_t)(at - p) };
                *text = (xb_slice){ at + delimiter.size, (size_t)(end - at) - delimiter.size };
                return 1;
            }
    *out = *text;
    *is_done = 1;
    return 1;
}

xybrid_status xb_infer_text_split(xb_node *n) {
    const xb_slice *x;
    const xb_val   *in = n->in[0];
    xb_slice        delimiter = xb_attr_string(n, "delimiter", ""), piece;
    int64_t         most = 0, maxsplit = xb_attr_int(n, "maxsplit", -1), dims[XB_MAX_RANK];
    XB_TRY(texts_of(n, 0, &x));
    if (in->rank >= XB_MAX_RANK) return xb_fail_node(n, XYBRID_UNSUPPORTED_MODEL, "one more dimension than %d", XB_MAX_RANK);
    int64_t *counts = xb_build_alloc(n, (size_t)in->count, sizeof *counts);
    if (!counts) return n->b->err->code;
    for (int64_t i = 0; i < in->count; i++) {
        xb_slice text = x[i];
        for (int is_done = 0; next_piece(&text, delimiter, maxsplit < 0 ? -1 : maxsplit - counts[i], &is_done, &piece);)
            counts[i]++;
        if (counts[i] > most) most = counts[i];
    }
    memcpy(dims, in->dims, sizeof dims);
    dims[in->rank] = most;
    XB_TRY(xb_out_set(n, 0, XB_ONNX_STRING, in->rank + 1, dims));
    XB_TRY(xb_out_set(n, 1, XYBRID_INT64, in->rank, in->dims));
    xb_slice *out = xb_build_alloc(n, (size_t)(in->count * most), sizeof *out);
    if (!out) return n->b->err->code;
    for (int64_t i = 0; i < in->count; i++) {
        xb_slice text = x[i];
        int      is_done = 0;
        for (int64_t k = 0; k < most; k++) {
            out[i * most + k] = (xb_slice){ "", 0 };
            if (k < counts[i]) next_piece(&text, delimiter, maxsplit < 0 ? -1 : maxsplit - k, &is_done, &out[i * most + k]);
        }
    }
    XB_TRY(xb_out_content(n, 0, out));
    return xb_out_content(n, 1, counts);
}

/* ---- RegexFullMatch ---- */

xybrid_status xb_infer_regex(xb_node *n) {
    const xb_slice *x;
    xb_regex       *r;
    XB_TRY(texts_of(n, 0, &x));
    XB_TRY(xb_regex_compile(n->b->arena, xb_attr_string(n, "pattern", ""), &r, n->b->err));
    XB_TRY(xb_out_set(n, 0, XYBRID_BOOL, n->in[0]->rank, n->in[0]->dims));
    uint8_t *out = xb_build_alloc(n, (size_t)n->in[0]->count, 1);
    if (!out) return n->b->err->code;
    for (int64_t i = 0; i < n->in[0]->count; i++) out[i] = (uint8_t)xb_regex_matches(r, x[i]);
    return xb_out_content(n, 0, out);
}

/* ---- TfIdfVectorizer ---- */

typedef struct grams {
    const xb_slice *texts; /* input; NULL: numbers */
    const int64_t  *numbers;
    const xb_slice *pool_texts;
    const int64_t  *pool_numbers, *counts, *indexes;
    int32_t         count_count, index_count, pool_count;
} grams;

static int same_item(const grams *g, int64_t in, int64_t pool) {
    return g->texts ? xb_slice_eq(g->texts[in], g->pool_texts[pool]) : g->numbers[in] == g->pool_numbers[pool];
}

/* Adds what the row [from, from + length) holds of each n-gram to `row`. */
static void count_row(const grams *g, int64_t from, int64_t length, int64_t shortest, int64_t longest, int64_t skips,
                      double *row) {
    int64_t gram = 0; /* number of the n-gram in ngram_indexes */
    for (int64_t size = 1; size <= g->count_count; size++) {
        int64_t begin = g->counts[size - 1], end = size < g->count_count ? g->counts[size] : g->pool_count;
        for (int64_t at = begin; at + size <= end; at += size, gram++) {
            if (size < shortest || size > longest || gram >= g->index_count) continue;
            for (int64_t skip = 0; skip <= (size == 1 ? 0 : skips) && (size - 1) * (skip + 1) < length; skip++)
                for (int64_t i = 0; i + (size - 1) * (skip + 1) < length; i++) {
                    int64_t k = 0;
                    while (k < size && same_item(g, from + i + k * (skip + 1), at + k)) k++;
                    if (k == size) row[g->indexes[gram]]++;
                }
        }
    }
}

static xybrid_status tfidf_read(xb_node *n, grams *g, int64_t *width) {
    const xb_val *x = n->in[0];
    int64_t       count;
    *g = (grams){ .texts = NULL };
    if (x->dtype == XB_ONNX_STRING) {
        XB_TRY(texts_of(n, 0, &g->texts));
        g->pool_count = xb_attr_strings(n, "pool_strings", &g->pool_texts);
    } else {
        XB_TRY(xb_ints(n, 0, &g->numbers, &count));
        g->pool_count = xb_attr_ints(n, "pool_int64s", &g->pool_numbers);
    }
    g->count_count = xb_attr_ints(n, "ngram_counts", &g->counts);
    g->index_count = xb_attr_ints(n, "ngram_indexes", &g->indexes);
    if (g->pool_count < 0 || g->count_count < 0 || g->index_count < 1 || x->rank < 1 || x->rank > 2)
        return xb_refuse(n, "the pool of n-grams is missing, or the input is not [C] or [N, C]");
    *width = 0;
    for (int32_t i = 0; i < g->count_count; i++)
        if (g->counts[i] < 0 || g->counts[i] > g->pool_count || (i && g->counts[i] < g->counts[i - 1]))
            return xb_refuse(n, "ngram_counts[%d] is %lld", i, (long long)g->counts[i]);
    for (int32_t i = 0; i < g->index_count; i++) {
        if (g->indexes[i] < 0 || g->indexes[i] >= XB_MAX_VOCABULARY)
            return xb_refuse(n, "ngram_indexes[%d] is %lld", i, (long long)g->indexes[i]);
        if (g->indexes[i] >= *width) *width = g->indexes[i] + 1;
    }
    return XYBRID_OK;
}

xybrid_status xb_infer_tfidf(xb_node *n) {
    grams         g;
    int64_t       width;
    const xb_val *x = n->in[0];
    XB_TRY(tfidf_read(n, &g, &width));
    int64_t      rows = x->rank == 2 ? x->dims[0] : 1, length = x->dims[x->rank - 1], dims[2] = { rows, width };
    const float *weights;
    int32_t      weight_count = xb_attr_floats(n, "weights", &weights);
    xb_slice     mode = xb_attr_string(n, "mode", "TF");
    XB_TRY(xb_out_set(n, 0, XYBRID_FLOAT32, x->rank, x->rank == 2 ? dims : dims + 1));
    double *row = xb_build_alloc(n, (size_t)width, sizeof *row);
    float  *out = row ? xb_build_alloc(n, (size_t)n->out[0]->count, sizeof *out) : NULL;
    if (!out) return n->b->err->code;
    for (int64_t r = 0; r < rows; r++) {
        memset(row, 0, (size_t)width * sizeof *row);
        count_row(&g, r * length, length, xb_attr_int(n, "min_gram_length", 1), xb_attr_int(n, "max_gram_length", 1),
                  xb_attr_int(n, "max_skip_count", 0), row);
        for (int64_t i = 0; i < width; i++)
            out[r * width + i] = xb_slice_is(mode, "TF") ? (float)row[i] : row[i] > 0 ? 1.0f : 0.0f;
        for (int32_t k = 0; !xb_slice_is(mode, "TF") && k < weight_count && k < g.index_count; k++) {
            double value = row[g.indexes[k]];
            out[r * width + g.indexes[k]] = xb_slice_is(mode, "IDF") ? (value > 0 ? weights[k] : 0) : (float)value * weights[k];
        }
    }
    return xb_out_content(n, 0, out);
}
