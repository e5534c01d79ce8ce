/* text/unicode.h - what the tokenizers ask of Unicode: categories, lower case, decomposition, normal forms.
 *
 * Unicode 15.1.0, from tables of 41 KB that scripts/gen_unicode.py makes. Code points are taken as they come: one above
 * U+10FFFF is unassigned and maps to itself. Any thread. */
#ifndef XB_UNICODE_H
#define XB_UNICODE_H

#include "base/str.h"

/* ---- properties ---- */

/* General category, in the order of the tables. */
typedef enum xb_category {
    XB_CAT_CN,
    XB_CAT_LU,
    XB_CAT_LL,
    XB_CAT_LT,
    XB_CAT_LM,
    XB_CAT_LO,
    XB_CAT_MN,
    XB_CAT_MC,
    XB_CAT_ME,
    XB_CAT_ND,
    XB_CAT_NL,
    XB_CAT_NO,
    XB_CAT_PC,
    XB_CAT_PD,
    XB_CAT_PS,
    XB_CAT_PE,
    XB_CAT_PI,
    XB_CAT_PF,
    XB_CAT_PO,
    XB_CAT_SM,
    XB_CAT_SC,
    XB_CAT_SK,
    XB_CAT_SO,
    XB_CAT_ZS,
    XB_CAT_ZL,
    XB_CAT_ZP,
    XB_CAT_CC,
    XB_CAT_CF,
    XB_CAT_CS,
    XB_CAT_CO
} xb_category;

/* Sets of categories: one bit each. */
#define XB_CAT_BIT(category) (UINT32_C(1) << (category))
#define XB_LETTER            (UINT32_C(0x1f) << XB_CAT_LU)
#define XB_MARK              (UINT32_C(7) << XB_CAT_MN)
#define XB_NUMBER            (UINT32_C(7) << XB_CAT_ND)
#define XB_PUNCTUATION       (UINT32_C(0x7f) << XB_CAT_PC)
#define XB_SYMBOL            (UINT32_C(0xf) << XB_CAT_SM)
#define XB_OTHER (XB_CAT_BIT(XB_CAT_CN) | UINT32_C(0xf) << XB_CAT_CC) /* control, format, surrogate, private, unassigned */

xb_category xb_unicode_category(uint32_t code);

static inline int xb_unicode_is(uint32_t code, uint32_t set) { return (XB_CAT_BIT(xb_unicode_category(code)) & set) != 0; }

int xb_unicode_is_space(uint32_t code); /* White_Space, the \s of regular expressions */
int xb_unicode_is_word(uint32_t code);  /* the \w of UTS 18: alphabetic, mark, decimal digit, connector, join control */
int xb_unicode_is_cjk(uint32_t code);   /* the ideographs that BERT cuts out one by one; no Hangul, no kana */

/* ---- mappings ---- */

enum { XB_MAX_LOWER = 2, XB_MAX_DECOMPOSITION = 18 };

/* Lower case without context (the capital sigma is never final), as HuggingFace's. Returns how many code points: 1 or 2. */
int xb_unicode_lower(uint32_t code, uint32_t out[XB_MAX_LOWER]);

/* Canonical combining class, 0 for what does not reorder. */
int xb_unicode_combining(uint32_t code);

/* Full canonical (or, with `compatible`, compatibility) decomposition, in order. Returns how many: 1 if it is its own. */
int xb_unicode_decompose(uint32_t code, int compatible, uint32_t out[XB_MAX_DECOMPOSITION]);

/* The primary composite of the pair, 0 if there is none. */
uint32_t xb_unicode_compose(uint32_t first, uint32_t second);

/* ---- normal forms (UAX 15) ---- */

typedef enum xb_normal_form { XB_NFD, XB_NFC, XB_NFKD, XB_NFKC } xb_normal_form;

/* A character and the bytes it came from. */
typedef struct xb_uchar {
    uint32_t code, start, end, combining;
} xb_uchar;

/* Normalises a stream of characters: push each, then end; `emit` is called for each character of the result, which carries the
 * span of all it came from. Linear for any input. */
typedef struct xb_normalizing {
    xb_normal_form form;
    void (*emit)(void *ctx, uint32_t code, uint32_t start, uint32_t end);
    void     *ctx;
    xb_mem   *mem;
    xb_uchar *segment; /* a starter and what may still reorder or compose with it */
    size_t    count, capacity;
} xb_normalizing;

void xb_normalizing_init(xb_normalizing *n, xb_mem *mem);
void xb_normalizing_free(xb_normalizing *n);

/* Begins a stream; the room of earlier streams is kept. */
void          xb_normalizing_begin(xb_normalizing *n, xb_normal_form form, void (*emit)(void *, uint32_t, uint32_t, uint32_t),
                                   void *ctx);
xybrid_status xb_normalizing_push(xb_normalizing *n, uint32_t code, uint32_t start, uint32_t end, xybrid_error *err);
xybrid_status xb_normalizing_end(xb_normalizing *n, xybrid_error *err);

/* Appends the normal form of `text` (valid UTF-8) to `out`. Errors: OUT_OF_MEMORY, the limit of `out`. */
xybrid_status xb_unicode_normalize(xb_normal_form form, const char *text, size_t size, xb_str *out, xybrid_error *err);

#endif
