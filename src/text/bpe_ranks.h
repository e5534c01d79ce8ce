/* text/bpe_ranks.h - ids to text by a file of "base64 [rank]" lines (tiktoken's format; the BPEDecode step).
 *
 *     IQ== 0        the bytes of a token in base64, then its id; without the number the line is the id
 *
 * Never changes after loading: any thread. */
#ifndef XB_BPE_RANKS_H
#define XB_BPE_RANKS_H

#include "base/str.h"

typedef struct xb_bpe_ranks xb_bpe_ranks;

/* `bytes` may be freed afterwards. Empty lines at the end are skipped. Errors: MALFORMED with the byte, OUT_OF_MEMORY. */
xybrid_status xb_bpe_ranks_load(xb_mem *mem, const void *bytes, int64_t size, xb_bpe_ranks **out, xybrid_error *err);

void    xb_bpe_ranks_free(xb_bpe_ranks *r);       /* NULL is fine */
int32_t xb_bpe_ranks_size(const xb_bpe_ranks *r); /* highest id + 1 */

/* Appends the bytes of ids[0 .. count - 1]; bytes that are not UTF-8 become U+FFFD. Errors: INVALID_ARGUMENT (an id without a
 * token, its index as position), OUT_OF_MEMORY. */
xybrid_status xb_bpe_ranks_decode(const xb_bpe_ranks *r, const int64_t *ids, int64_t count, xb_str *out, xybrid_error *err);

#endif
