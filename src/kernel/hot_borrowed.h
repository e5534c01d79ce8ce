/* kernel/hot_borrowed.h - what the AVX-512 table takes from the AVX2 one, because wider vectors gain nothing there: memory is the
 * bound, or it is rare. The results are the same, bit for bit. */
#ifndef XB_HOT_BORROWED_H
#define XB_HOT_BORROWED_H

#include "kernel/isa.h"

#define XB_BORROWED(NAME, MEMBER) \
    static void NAME(const void *args, int32_t chunk, void *scratch) { xb_isa_table_avx2.MEMBER(args, chunk, scratch); }
XB_BORROWED(xb_hot_binary_chunk, binary)
XB_BORROWED(xb_hot_where_chunk, where)
XB_BORROWED(xb_hot_argmax_chunk, argmax)

#endif
