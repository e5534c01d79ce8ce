/* kernel/number.h - elements of any numeric type as one of three kinds of number, a tile at a time: for kernels that work on
 * every type, and are fast on float32 by a loop of their own.
 *
 *     double tile[XB_TILE];
 *     xb_load_reals(tile, dtype, x, stride, n);       // n <= XB_TILE elements, `stride` elements apart
 *     ... one loop for all types ...
 *     xb_store_reals(y, dtype, 1, tile, n);
 *
 * Pointers have the alignment of their element. dtype is an xybrid_dtype; others are not numbers here. */
#ifndef XB_NUMBER_H
#define XB_NUMBER_H

#include <stdint.h>

enum { XB_TILE = 128 }; /* elements that kernels take at a time: 1 KB of the widest kind */

typedef enum xb_number {
    XB_NUMBER_NONE,
    XB_NUMBER_REAL,    /* float16, bfloat16, float32, float64 */
    XB_NUMBER_SIGNED,  /* int8 .. int64 */
    XB_NUMBER_UNSIGNED /* uint8 .. uint64, bool */
} xb_number;

xb_number xb_number_of(int32_t dtype);
int32_t   xb_number_bytes(int32_t dtype); /* of one element; 0: not a number */

/* Any type as double: exact but for integers beyond 2^53. bool: 0 or 1. */
void xb_load_reals(double *to, int32_t dtype, const void *from, int64_t stride, int64_t n);
/* Integers and bool; uint64 as the same bits. Reals: towards zero, saturated, NaN is 0. */
void xb_load_integers(int64_t *to, int32_t dtype, const void *from, int64_t stride, int64_t n);
/* Unsigned numbers in the order of the elements: a < b exactly if key(a) < key(b). -0 is 0; NaN is above all, one of a kind. */
void xb_load_keys(uint64_t *to, int32_t dtype, const void *from, int64_t stride, int64_t n);

/* Reals are rounded once; integers take the whole part, saturated, NaN gives 0; bool is "not 0". */
void xb_store_reals(void *to, int32_t dtype, int64_t stride, const double *from, int64_t n);
/* The low bits of an integer (sums wrap around); bool is "not 0"; reals as doubles would be. */
void xb_store_integers(void *to, int32_t dtype, int64_t stride, const int64_t *from, int64_t n);

/* The value 1 of a type, at most 8 bytes, at `to`. */
void xb_store_one(void *to, int32_t dtype);

/* The least and the greatest value of an integer type or bool; uint64 as the same bits. */
int64_t xb_integer_min(int32_t dtype);
int64_t xb_integer_max(int32_t dtype);

#endif
