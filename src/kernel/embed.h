/* kernel/embed.h - rows of tables looked up and added: the embeddings of a text model. Contract: kernel/kernel.h.
 *
 *     out[r] = tables[0][ids[0][r]] + tables[1][ids[1][r]] + ...
 *
 * An index beyond its table counts as the nearest row. ids NULL: r % period. */
#ifndef XB_EMBED_H
#define XB_EMBED_H

#include "kernel/element.h"
#include "kernel/kernel.h"

enum { XB_EMBED_TABLES = 3 };

typedef struct xb_embed_table {
    const float   *rows; /* [count, width]; NULL: no such table */
    const int32_t *ids;  /* [period], repeated for every `period` rows; NULL: 0, 1, ... */
    int64_t        count, period;
} xb_embed_table;

typedef struct xb_embed_args {
    xb_embed_table tables[XB_EMBED_TABLES];
    float         *out; /* [rows, width] */
    int64_t        rows, width;
    int64_t        per_chunk; /* xb_embed_work's own */
} xb_embed_args;

xb_work xb_embed_work(xb_embed_args *args);

/* out[r] = how many of mask [rows, width] are 1. */
typedef struct xb_count_args {
    const int32_t *mask;
    int32_t       *out;
    int64_t        rows, width;
} xb_count_args;

xb_work xb_count_work(const xb_count_args *args);

/* Rows of integers in blocks with a scale and a zero point each, looked up and made floats:
 *
 *     out[o, i, r, j] = (data[o, ids[i], r, j] - zero) scale      zero, scale: [o, ids[i], r, j / block]
 *
 * A negative index counts from the end; the row of one beyond the table is 0. */
typedef struct xb_lookup_args {
    const void *data; /* [outer, dim, rows, width] of `bits`: 2 or 4, lowest first in a byte, each row in bytes of its own; 8 */
    const void *zeros; /* [outer, dim, rows, blocks], as data is; NULL: all are `zero` */
    const void *scales;
    const void *ids; /* [count] */
    void       *out; /* of the scales' type */
    int64_t     outer, dim, rows, width, count, block;
    int32_t     bits, is_signed, zero, are_ids_64, dtype; /* is_signed: of 8 bits; dtype: of scales and out */
    int64_t     per_chunk;                                /* xb_lookup_work's own */
    const xb_isa *isa;
} xb_lookup_args;

xb_work xb_lookup_work(const xb_isa *isa, xb_lookup_args *args);

#endif
