/* kernel/chunks.h - cutting the work of a plain kernel: equal units (rows, planes, elements), some of them a chunk.
 *
 *     args->per_chunk = xb_units_per_chunk(rows, width * 4);                  // a row costs width * 4 operations
 *     return (xb_work){ .run = run, .chunks = xb_chunk_count(rows, args->per_chunk) };
 *     ...
 *     int64_t begin = chunk * args->per_chunk, end = xb_chunk_end(begin, args->per_chunk, rows);
 *
 * By shape alone, as the contract wants. */
#ifndef XB_CHUNKS_H
#define XB_CHUNKS_H

#include <stdint.h>

enum { XB_CHUNK_OPERATIONS = 1 << 16 }; /* of a chunk, simple ones: 20 to 50 us */

static inline int64_t xb_units_per_chunk(int64_t units, int64_t operations) {
    int64_t per = operations > 0 ? XB_CHUNK_OPERATIONS / operations : XB_CHUNK_OPERATIONS;
    int64_t fewest = units / INT32_MAX + 1; /* chunks have 31 bits */
    return per < fewest ? fewest : per;
}
static inline int32_t xb_chunk_count(int64_t units, int64_t per) { return (int32_t)(units / per + (units % per != 0)); }
static inline int64_t xb_chunk_end(int64_t begin, int64_t per, int64_t units) {
    return per < units - begin ? begin + per : units;
}

#endif
