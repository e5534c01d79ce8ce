/* text/unicode.c - look-ups in the generated tables, and the normal forms on top of them. */
#include "text/unicode.h"

#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "text/unicode_int.h"

/* ---- properties ---- */

/* Bits of the table's category. */
static uint32_t paged_category(uint32_t code) {
    const uint16_t *list = xb_unicode_category_lists + xb_unicode_category_pages[code >> 8];
    int             low = 0, high = list[0] >> 5; /* the last change at or before it is in [low, high], 0: none */
    while (low < high) {
        int mid = (low + high + 1) / 2;
        if (list[mid] >> 5 <= (int)(code & 255)) low = mid;
        else high = mid - 1;
    }
    return list[low] & 31u;
}

static uint32_t far_category(uint32_t code) {
    int low = 0, high = xb_unicode_category_run_count - 1; /* the run is in [low, high] */
    while (low < high) {
        int mid = (low + high + 1) / 2;
        if (xb_unicode_category_runs[mid] >> 5 <= code) low = mid;
        else high = mid - 1;
    }
    return xb_unicode_category_runs[low] & 31;
}

xb_category xb_unicode_category(uint32_t code) {
    if (code > 0x10ffff) return XB_CAT_CN;
    uint32_t category = code < XB_CATEGORY_PAGED ? paged_category(code) : far_category(code);
    if (category == XB_CATEGORY_EVEN_UPPER) return code & 1 ? XB_CAT_LL : XB_CAT_LU;
    if (category == XB_CATEGORY_ODD_UPPER) return code & 1 ? XB_CAT_LU : XB_CAT_LL;
    return (xb_category)category;
}

int xb_unicode_is_space(uint32_t code) {
    if (code < 0x85) return code == ' ' || (code >= 9 && code <= 13);
    return code == 0x85 || code == 0xa0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200a) || code == 0x2028 ||
           code == 0x2029 || code == 0x202f || code == 0x205f || code == 0x3000;
}

int xb_unicode_is_word(uint32_t code) {
    const uint32_t set = XB_LETTER | XB_MARK | XB_CAT_BIT(XB_CAT_ND) | XB_CAT_BIT(XB_CAT_NL) | XB_CAT_BIT(XB_CAT_PC);
    if (xb_unicode_is(code, set)) return 1;
    return code == 0x200c || code == 0x200d ||     /* join controls */
           (code >= 0x24b6 && code <= 0x24e9) ||   /* Other_Alphabetic beyond letters and marks: */
           (code >= 0x1f130 && code <= 0x1f149) || /* letters in circles and squares */
           (code >= 0x1f150 && code <= 0x1f169) || (code >= 0x1f170 && code <= 0x1f189);
}

int xb_unicode_is_cjk(uint32_t code) {
    return (code >= 0x4e00 && code <= 0x9fff) || (code >= 0x3400 && code <= 0x4dbf) || (code >= 0x20000 && code <= 0x2a6df) ||
           (code >= 0x2a700 && code <= 0x2b73f) || (code >= 0x2b740 && code <= 0x2b81f) ||
           (code >= 0x2b920 && code <= 0x2ceaf) || (code >= 0xf900 && code <= 0xfaff) || (code >= 0x2f800 && code <= 0x2fa1f);
}

/* ---- mappings ---- */

int xb_unicode_lower(uint32_t code, uint32_t out[XB_MAX_LOWER]) {
    out[0] = code;
    if (code < 0x80) {
        if (code >= 'A' && code <= 'Z') out[0] = code + 32;
        return 1;
    }
    if (code == 0x130) { /* I with a dot: the only one that becomes two */
        out[0] = 'i', out[1] = 0x307;
        return 2;
    }
    int low = 0, high = xb_unicode_lower_run_count - 1;
    while (low < high) {
        int mid = (low + high + 1) / 2;
        if (xb_unicode_lower_runs[mid].first <= code) low = mid;
        else high = mid - 1;
    }
    const xb_lower_run *run = &xb_unicode_lower_runs[low];
    if (code < run->first) return 1;
    uint32_t distance = code - run->first;
    if (distance % run->step == 0 && distance / run->step < run->count) out[0] = (uint32_t)((int32_t)code + run->delta);
    return 1;
}

int xb_unicode_combining(uint32_t code) {
    if (code < 0x300 || code > 0x10ffff) return 0;
    int low = 0, high = xb_unicode_combining_run_count - 1;
    while (low < high) {
        int mid = (low + high + 1) / 2;
        if (xb_unicode_combining_runs[mid] >> 8 <= code) low = mid;
        else high = mid - 1;
    }
    return (int)(xb_unicode_combining_runs[low] & 0xff);
}

/* Hangul syllables are arithmetic (Unicode, section 3.12). */
enum {
    HANGUL_S = 0xac00,
    HANGUL_L = 0x1100,
    HANGUL_V = 0x1161,
    HANGUL_T = 0x11a7, /* T itself means "no final consonant" */
    HANGUL_LS = 19,
    HANGUL_VS = 21,
    HANGUL_TS = 28,
    HANGUL_SS = HANGUL_LS * HANGUL_VS * HANGUL_TS
};

static int decompose_by(const xb_decomposition_run *runs, int count, uint32_t code, uint32_t out[XB_MAX_DECOMPOSITION]) {
    int low = 0, high = count - 1;
    while (low < high) {
        int mid = (low + high + 1) / 2;
        if (runs[mid].first <= code) low = mid;
        else high = mid - 1;
    }
    const xb_decomposition_run *run = &runs[low];
    if (code < run->first || code - run->first >= run->count) return 0;
    const uint16_t *unit = xb_unicode_decomposition_units + run->offset + (code - run->first) * run->length;
    int             n = 0;
    for (int i = 0; i < run->length && n < XB_MAX_DECOMPOSITION; i++) {
        uint32_t c = unit[i];
        if (c >= 0xd800 && c < 0xdc00) c = 0x10000 + ((c - 0xd800) << 10) + (unit[++i] - 0xdc00u);
        out[n++] = c;
    }
    return n;
}

int xb_unicode_decompose(uint32_t code, int compatible, uint32_t out[XB_MAX_DECOMPOSITION]) {
    out[0] = code;
    if (code < 0xa0) return 1;
    if (code - HANGUL_S < HANGUL_SS) {
        uint32_t s = code - HANGUL_S, t = s % HANGUL_TS;
        out[0] = HANGUL_L + s / (HANGUL_VS * HANGUL_TS);
        out[1] = HANGUL_V + s / HANGUL_TS % HANGUL_VS;
        out[2] = HANGUL_T + t;
        return t ? 3 : 2;
    }
    int n = compatible ? decompose_by(xb_unicode_compatible_runs, xb_unicode_compatible_run_count, code, out) : 0;
    if (n == 0) n = decompose_by(xb_unicode_canonical_runs, xb_unicode_canonical_run_count, code, out);
    return n ? n : 1;
}

static int pair_less(uint32_t a1, uint32_t a2, uint32_t b1, uint32_t b2) { return a1 < b1 || (a1 == b1 && a2 < b2); }

uint32_t xb_unicode_compose(uint32_t first, uint32_t second) {
    if (first - HANGUL_L < HANGUL_LS && second - HANGUL_V < HANGUL_VS)
        return HANGUL_S + ((first - HANGUL_L) * HANGUL_VS + second - HANGUL_V) * HANGUL_TS;
    if (first - HANGUL_S < HANGUL_SS && (first - HANGUL_S) % HANGUL_TS == 0 && second > HANGUL_T &&
        second < HANGUL_T + HANGUL_TS)
        return first + second - HANGUL_T;
    if (second < 0x300) return 0; /* nothing composes backwards below */
    int wide = first > 0xffff || second > 0xffff;
    int low = 0, high = wide ? xb_unicode_wide_composition_count : xb_unicode_composition_count;
    while (low < high) {
        int      mid = (low + high) / 2;
        uint32_t a, b, composite;
        if (wide) {
            const uint32_t *row = xb_unicode_wide_compositions[mid];
            a = row[0], b = row[1], composite = row[2];
        } else {
            const uint16_t *row = xb_unicode_compositions[mid];
            a = row[0], b = row[1], composite = row[2];
        }
        if (a == first && b == second) return composite;
        if (pair_less(a, b, first, second)) low = mid + 1;
        else high = mid;
    }
    return 0;
}

/* ---- normal forms ---- */

void xb_normalizing_init(xb_normalizing *n, xb_mem *mem) {
    memset(n, 0, sizeof *n);
    n->mem = mem;
}

void xb_normalizing_free(xb_normalizing *n) {
    xb_free(n->mem, n->segment);
    xb_normalizing_init(n, n->mem);
}

void xb_normalizing_begin(xb_normalizing *n, xb_normal_form form, void (*emit)(void *, uint32_t, uint32_t, uint32_t),
                          void *ctx) {
    n->form = form;
    n->emit = emit;
    n->ctx = ctx;
    n->count = 0;
}

static xybrid_status segment_add(xb_normalizing *n, xb_uchar c, xybrid_error *err) {
    void *segment = n->segment;
    XB_TRY(xb_grow(n->mem, &segment, &n->capacity, n->count, sizeof *n->segment,
                   2 * XB_MAX_DECOMPOSITION * (size_t)XB_MAX_TEXT_BYTES, "combining characters", err));
    n->segment = segment;
    n->segment[n->count++] = c;
    return XYBRID_OK;
}

/* Canonical ordering: a stable counting sort by class of what follows the starter, in the room behind the segment. */
static xybrid_status segment_sort(xb_normalizing *n, xybrid_error *err) {
    size_t count = n->count;
    size_t i = 1;
    while (i < count && n->segment[i - 1].combining <= n->segment[i].combining) i++;
    if (i >= count) return XYBRID_OK;
    for (i = 0; i < count; i++) XB_TRY(segment_add(n, n->segment[i], err));
    n->count = count;
    uint32_t next[257] = { 0 };
    for (i = 0; i < count; i++) next[n->segment[i].combining + 1]++;
    for (i = 1; i < 257; i++) next[i] += next[i - 1];
    for (i = 0; i < count; i++) {
        xb_uchar c = n->segment[count + i];
        n->segment[next[c.combining]++] = c;
    }
    return XYBRID_OK;
}

static void absorb(xb_uchar *starter, uint32_t composite, const xb_uchar *part) {
    starter->code = composite;
    if (part->start < starter->start) starter->start = part->start;
    if (part->end > starter->end) starter->end = part->end;
}

static void segment_compose(xb_normalizing *n) {
    if (n->count < 2 || n->segment[0].combining != 0) return;
    xb_uchar *starter = n->segment;
    size_t    kept = 1;
    for (size_t i = 1; i < n->count; i++) {
        const xb_uchar *c = &n->segment[i];
        int             blocked = kept > 1 && n->segment[kept - 1].combining >= c->combining;
        uint32_t        composite = blocked ? 0 : xb_unicode_compose(starter->code, c->code);
        if (composite) absorb(starter, composite, c);
        else n->segment[kept++] = *c;
    }
    n->count = kept;
}

/* Brings the segment into its final order and form. */
static xybrid_status segment_close(xb_normalizing *n, xybrid_error *err) {
    if (n->count < 2) return XYBRID_OK;
    XB_TRY(segment_sort(n, err));
    if (n->form == XB_NFC || n->form == XB_NFKC) segment_compose(n);
    return XYBRID_OK;
}

static void segment_emit(xb_normalizing *n) {
    for (size_t i = 0; i < n->count; i++) n->emit(n->ctx, n->segment[i].code, n->segment[i].start, n->segment[i].end);
    n->count = 0;
}

/* A starter ends the segment, unless it composes with the segment's own starter and nothing stands between (Hangul jamo, two-part
 * Indic vowels). */
static xybrid_status push_decomposed(xb_normalizing *n, xb_uchar c, xybrid_error *err) {
    if (c.combining == 0 && n->count > 0) {
        XB_TRY(segment_close(n, err));
        if (n->count == 1 && n->segment[0].combining == 0 && (n->form == XB_NFC || n->form == XB_NFKC)) {
            uint32_t composite = xb_unicode_compose(n->segment[0].code, c.code);
            if (composite) {
                absorb(n->segment, composite, &c);
                return XYBRID_OK;
            }
        }
        segment_emit(n);
    }
    return segment_add(n, c, err);
}

xybrid_status xb_normalizing_push(xb_normalizing *n, uint32_t code, uint32_t start, uint32_t end, xybrid_error *err) {
    uint32_t parts[XB_MAX_DECOMPOSITION];
    int      count = xb_unicode_decompose(code, n->form == XB_NFKD || n->form == XB_NFKC, parts);
    for (int i = 0; i < count; i++) {
        xb_uchar c = { parts[i], start, end, (uint32_t)xb_unicode_combining(parts[i]) };
        XB_TRY(push_decomposed(n, c, err));
    }
    return XYBRID_OK;
}

xybrid_status xb_normalizing_end(xb_normalizing *n, xybrid_error *err) {
    XB_TRY(segment_close(n, err));
    segment_emit(n);
    return XYBRID_OK;
}

static void emit_to_str(void *ctx, uint32_t code, uint32_t start, uint32_t end) {
    char utf8[4];
    (void)start, (void)end;
    xb_str_addn(ctx, utf8, (size_t)xb_utf8_write(code, utf8));
}

xybrid_status xb_unicode_normalize(xb_normal_form form, const char *text, size_t size, xb_str *out, xybrid_error *err) {
    xybrid_status  st = XYBRID_OK;
    xb_normalizing n;
    xb_normalizing_init(&n, out->mem);
    xb_normalizing_begin(&n, form, emit_to_str, out);
    const char *end = text + size;
    while (text < end) {
        uint32_t code;
        int      length = xb_utf8_read(text, end, &code);
        if (length == 0) {
            st = xb_fail(err, XYBRID_INVALID_ARGUMENT, NULL, "text to normalise is not UTF-8");
            goto out;
        }
        XB_TRY_OUT(xb_normalizing_push(&n, code, 0, 0, err));
        text += length;
    }
    XB_TRY_OUT(xb_normalizing_end(&n, err));
    st = xb_str_status(out, err);
out:
    xb_normalizing_free(&n);
    return st;
}
