/* text/unicode_int.h - layout of the tables in unicode_tables.c (see scripts/gen_unicode.py). Runs are sorted by their first
 * code point and end where the next begins. */
#ifndef XB_UNICODE_INT_H
#define XB_UNICODE_INT_H

#include <stdint.h>

/* Pages of 256 code points: where the page's list begins. A list is how many changes << 5 | the first category, then for each
 * change the low 8 bits of its code point << 5 | category. 30 and 31 are Lu and Ll by turns: the even (30) or odd (31) code points
 * are Lu. */
enum { XB_CATEGORY_EVEN_UPPER = 30, XB_CATEGORY_ODD_UPPER = 31, XB_CATEGORY_PAGED = 0x20000 };
extern const uint16_t xb_unicode_category_pages[];
extern const uint16_t xb_unicode_category_lists[];

/* From XB_CATEGORY_PAGED on: first << 5 | category. */
extern const uint32_t xb_unicode_category_runs[];
extern const int      xb_unicode_category_run_count;

extern const uint32_t xb_unicode_combining_runs[]; /* first << 8 | class */
extern const int      xb_unicode_combining_run_count;

/* first, first + step, ... (count of them) are lowered by adding delta. */
typedef struct xb_lower_run {
    uint32_t first;
    int32_t  delta;
    uint16_t count, step;
} xb_lower_run;
extern const xb_lower_run xb_unicode_lower_runs[];
extern const int          xb_unicode_lower_run_count;

/* Code points first .. first + count - 1 decompose into `length` UTF-16 units each, one after the other from `offset` on. */
typedef struct xb_decomposition_run {
    uint32_t first;
    uint16_t offset;
    uint8_t  count, length;
} xb_decomposition_run;
extern const xb_decomposition_run xb_unicode_canonical_runs[];
extern const int                  xb_unicode_canonical_run_count;
extern const xb_decomposition_run xb_unicode_compatible_runs[]; /* only what differs from the canonical one */
extern const int                  xb_unicode_compatible_run_count;
extern const uint16_t             xb_unicode_decomposition_units[];

/* first, second, composite; sorted. */
extern const uint16_t xb_unicode_compositions[][3];
extern const int      xb_unicode_composition_count;
extern const uint32_t xb_unicode_wide_compositions[][3]; /* with a code point above U+FFFF */
extern const int      xb_unicode_wide_composition_count;

#endif
