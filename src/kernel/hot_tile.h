/* kernel/hot_tile.h - the shape of tiles, and what their texts are written with. */
#ifndef XB_HOT_TILE_H
#define XB_HOT_TILE_H

#include "kernel/vec.h"

/* Registers: sums, a row of B, one broadcast (and a product where there is no fused form). */
#if XB_VW == 16
#  define XB_TILE_MR 14
#  define XB_TILE_NV 2
#elif XB_VREGS == 32
#  define XB_TILE_MR 6
#  define XB_TILE_NV 4
#elif XB_VW == 1
#  define XB_TILE_MR 4
#  define XB_TILE_NV 4
#elif XB_VFMA
#  define XB_TILE_MR 6
#  define XB_TILE_NV 2
#else
#  define XB_TILE_MR 4
#  define XB_TILE_NV 2
#endif
#define XB_TILE_NR (XB_TILE_NV * XB_VW)

#if defined(__GNUC__)
#  define XB_ALWAYS_INLINE static inline __attribute__((always_inline))
#  define XB_NEVER_INLINE  static __attribute__((noinline))
#else
#  define XB_ALWAYS_INLINE static __forceinline
#  define XB_NEVER_INLINE  static __declspec(noinline)
#endif

#if defined(__GNUC__)
#  define XB_PREFETCH(p) __builtin_prefetch(p)
#else
#  define XB_PREFETCH(p) ((void)0)
#endif
/* Rows of B read ahead: 5-25 % faster where B comes from beyond the second-level cache. A row is one line or two. */
#define XB_TILE_AHEAD 12
#define XB_TILE_FETCH(b)                            \
    do {                                            \
        XB_PREFETCH(b);                             \
        if (XB_TILE_NR > 16) XB_PREFETCH((b) + 16); \
    } while (0)

#define XB_TILE_ROWS_4(F)  F(0) F(1) F(2) F(3)
#define XB_TILE_ROWS_6(F)  XB_TILE_ROWS_4(F) F(4) F(5)
#define XB_TILE_ROWS_14(F) XB_TILE_ROWS_6(F) F(6) F(7) F(8) F(9) F(10) F(11) F(12) F(13)
/* The same downwards: a macro is not expanded within itself. */
#define XB_TILE_DOWN_4(F)  F(3) F(2) F(1) F(0)
#define XB_TILE_DOWN_6(F)  F(5) F(4) XB_TILE_DOWN_4(F)
#define XB_TILE_DOWN_14(F) F(13) F(12) F(11) F(10) F(9) F(8) F(7) F(6) XB_TILE_DOWN_6(F)
#if XB_TILE_MR == 14
#  define XB_TILE_ROWS XB_TILE_ROWS_14
#  define XB_TILE_DOWN XB_TILE_DOWN_14
#elif XB_TILE_MR == 6
#  define XB_TILE_ROWS XB_TILE_ROWS_6
#  define XB_TILE_DOWN XB_TILE_DOWN_6
#else
#  define XB_TILE_ROWS XB_TILE_ROWS_4
#  define XB_TILE_DOWN XB_TILE_DOWN_4
#endif
#if XB_TILE_NV == 4
#  define XB_TILE_WIDE(text) text
#else
#  define XB_TILE_WIDE(text)
#endif

#endif
