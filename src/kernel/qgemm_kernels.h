/* kernel/qgemm_kernels.h - a table of 8-bit products (xb_qisa): what kernel/hot_qgemm.h defines and kernel/qgemm.c drives.
 *
 * A panel of B is [groups of k][nr columns][group] int8 (uint8 less 128), 0 where there is no k or no column, then nr int32:
 * the sums of its columns. A line of A is made of groups of the same k, of the kind the table multiplies by. */
#ifndef XB_QGEMM_KERNELS_H
#define XB_QGEMM_KERNELS_H

#include <stdint.h>

#include "kernel/isa.h"

typedef enum xb_qgemm_line { XB_QLINE_U8, XB_QLINE_S8, XB_QLINE_S16 } xb_qgemm_line;

/* sums [rows, nr] = lines of a x panel. B may lie in pieces (kernel/qconv.c): `runs` times `groups` groups, those of run r from
 * b + offsets[r] on, `step` bytes apart. */
typedef struct xb_qgemm_tile {
    const void    *a;
    int64_t        lda; /* bytes */
    const int8_t  *b;
    int64_t        groups;
    int32_t       *sums;
    int64_t        runs, step; /* 0: one, one behind the other */
    const int64_t *offsets;    /* bytes; NULL: 0 */
} xb_qgemm_tile;

/* From a tile's sums to results: v = sum - a_zero column_sum - b_zero row_term + row_add. */
typedef struct xb_qgemm_finish {
    const int32_t *sums, *column_sums;
    const int32_t *b_zero;            /* of the panel's columns; NULL: all 0 */
    const float   *b_scale;           /* of the panel's columns */
    const int32_t *a_zero, *row_term; /* of the tile's rows; row_term: sum of the row - k a_zero */
    const int32_t *row_add;           /* of the tile's rows; NULL: all 0 */
    const float   *a_scale;           /* of the tile's rows */
    float          c_scale;
    int32_t        c_zero, low, high; /* of the output's type */
    int32_t        output;            /* xb_qgemm_output */
    int32_t        rows, cols;
    void          *c;
    int64_t        ldc; /* elements */
} xb_qgemm_finish;

struct xb_qisa {
    const char   *name;
    uint32_t      needs;
    const xb_isa *isa; /* whose epilogue is used */
    int32_t       mr, nr, group;
    int32_t       line; /* xb_qgemm_line */
    void (*tile)(int32_t rows, const xb_qgemm_tile *t);
    void (*finish)(const xb_qgemm_finish *f);
    /* `count` elements of A, less 128 or more by 128 if the line's kind asks for it, to a line; returns their sum. Line NULL:
     * only that. */
    int32_t (*make_line)(const uint8_t *a, int is_signed, int64_t count, void *line);
};

/* ---- panels, for others that make them (kernel/qconv.c) ---- */

int64_t xb_qgemm_panel_bytes(const xb_qisa *q, int64_t k);
/* out[j * group + i] = line i's byte j, with the highest bit turned by `flip`. group 2: lines 2 and 3 are read, not used. */
void xb_qgemm_interleave(const uint8_t *const line[4], int32_t group, uint8_t flip, int64_t cols, int8_t *out);
/* The sums that stand behind a panel of so many groups. */
void xb_qgemm_sum_columns(const xb_qisa *q, const int8_t *panel, int64_t groups, int32_t *sums);

extern const xb_qisa xb_qisa_table_scalar, xb_qisa_table_sse4, xb_qisa_table_avx2, xb_qisa_table_avx512vnni, xb_qisa_table_neon,
    xb_qisa_table_neondot, xb_qisa_table_wasm;

#endif
