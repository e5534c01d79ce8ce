/* kernel/kernel.h - what every numeric kernel of this room is: a function of plain numbers and pointers, cut into chunks.
 *
 *     xb_gemm_args  args = { .a = x, .lda = k, ... };          // POD: pointers, sizes in elements, strides in elements
 *     xb_work       work = xb_gemm_work(isa, &args);           // chosen once: function, chunks, scratch for each worker
 *     for (int32_t c = 0; c < work.chunks; c++) work.run(&args, c, scratch);     // any order, any threads, the same bits
 *
 * THE CONTRACT.
 * - A kernel allocates nothing, fails in no way, keeps no state, reads no global but constant tables, touches only what its
 *   arguments name, and at most `scratch_bytes` of its worker's scratch (64-byte aligned, contents undefined).
 * - The number of chunks depends on shapes alone, never on the number of threads, and a chunk's result depends on no other
 *   chunk: so any number of threads gives the same bits. Sums run in a fixed order; K is never split between chunks.
 * - A chunk takes about 10-50 us; work that takes less is one chunk. Aim at 4 chunks or more for each of 4 threads in large
 *   work.
 * - Pointers have the alignment of their element, no more. Dimensions may be 0. Nothing is read beyond what the sizes say:
 *   tails are masked or copied through scratch, with the same order of operations as full tiles, so that a value does not
 *   depend on where in a tile it stands.
 * - NaN, infinities, -0: as IEEE 754 says for the formula. Denormals are zero (plat/fpenv.h): the caller has set the modes.
 *
 * VARIANTS. Each family has one scalar form, and the hot ones have a form for each instruction set, from one text: the files
 * kernel/hot_*.h are written in the vectors of kernel/vec.h and included once by each kernel/isa_*.c, which is compiled with
 * that instruction set's flags. An xb_isa is the table of the functions of one set. The scalar table is the reference that
 * the others are tested against (tests/unit/kernel_*.c) and what runs where there is nothing better. */
#ifndef XB_KERNEL_H
#define XB_KERNEL_H

#include <stddef.h>
#include <stdint.h>

/* `args` is the family's own struct. */
typedef void (*xb_kernel_fn)(const void *args, int32_t chunk, void *scratch);

typedef struct xb_work {
    xb_kernel_fn run;
    int32_t      chunks;        /* 0: nothing to do */
    int64_t      scratch_bytes; /* for each worker */
} xb_work;

typedef struct xb_isa xb_isa; /* kernel/isa.h */

/* The best table for a processor with these features (plat/cpu.h), or the one of that name ("scalar", "sse4", "avx2",
 * "avx512", "neon", "wasm"), NULL if this build has none: no "scalar" where all promised processors have vectors. A runtime does
 * not open without one. Pure. */
const xb_isa *xb_isa_best(uint32_t cpu_features);
const xb_isa *xb_isa_named(const char *name);
const char   *xb_isa_name(const xb_isa *isa);
uint32_t      xb_isa_needs(const xb_isa *isa); /* features, as in plat/cpu.h */

#endif
