/* kernel/random.h - random numbers by number: the value at (seed, stream, index) is the same on every machine, whatever is
 * computed before or beside it.
 *
 * Generator: Philox4x32-10, J. K. Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3" (2011). Uniform numbers take 24
 * (float32) bits of it; normal ones follow G. E. P. Box, M. E. Muller, "A Note on the Generation of Random Normal Deviates"
 * (1958). Pure; any thread. */
#ifndef XB_RANDOM_H
#define XB_RANDOM_H

#include <stdint.h>

/* Four words for the counter (stream, index). */
void xb_random_words(uint64_t seed, uint64_t stream, uint64_t index, uint32_t out[4]);

/* [0, 1), and mean 0 and deviation 1. */
double xb_random_uniform(uint64_t seed, uint64_t stream, uint64_t index);
double xb_random_normal(uint64_t seed, uint64_t stream, uint64_t index);

#endif
