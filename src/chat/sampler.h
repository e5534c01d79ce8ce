/* chat/sampler.h - from the logits of one position to the next token.
 *
 *     xb_sampler_options o;
 *     xb_sampler_options_init(&o);                       // everything off: plain draws at temperature 1
 *     o.temperature = 0.7f, o.top_k = 40, o.seed = 42;
 *     XB_TRY(xb_sampler_open(mem, vocabulary, &o, &s, err));
 *     for (each token of the prompt) xb_sampler_accept(s, token);      // penalties look at the prompt, too
 *     for (;;) {
 *         xb_sampler_adjust(s, logits);                  // once for each row: bias and penalties, in place
 *         XB_TRY_OUT(xb_sampler_pick(s, logits, allowed, &token, err));    // as often as wanted, with any mask
 *         xb_sampler_accept(s, token);
 *     }
 *     xb_sampler_close(s);
 *
 * Order, as llama.cpp's default chain: bias, penalties | mask, top_k, typical_p, top_p, min_p, temperature, draw. Each stage
 * looks at the probabilities of what the stage before it left, at temperature 1. A temperature of 0 takes the largest logit
 * after bias, penalties and mask, whatever the other options say; of equal logits the lower id.
 *
 *     bias        logit += value
 *     repetition  logit > 0: logit / r, else logit * r       N. S. Keskar et al., "CTRL" (2019), section 4.1, in the signed
 *                                                             form that llama.cpp and transformers use
 *     frequency, presence   logit -= count * f + p           OpenAI API reference; count of the token in the last last_n
 *     top_k       the k largest                              A. Fan et al., "Hierarchical Neural Story Generation" (2018)
 *     typical_p   smallest set of mass > p by |-log p(x) - H|    C. Meister et al., "Locally Typical Sampling" (2022)
 *     top_p       smallest set of mass >= p by p(x)          A. Holtzman et al., "The Curious Case of Neural Text
 *                                                             Degeneration" (2020)
 *     min_p       p(x) >= min_p * max p                      M. N. Nguyen et al., "Turning Up the Heat" (2024)
 *     temperature softmax(logit / t)
 *
 * THE SAME ON EVERY MACHINE. Same logits, options, seed and history give the same token everywhere: differences of logits are
 * single IEEE double operations (no sum of products that could be fused), their exponential is a polynomial in whole numbers
 * (relative error below 5e-9), and sums, thresholds and the draw are whole numbers; no libm is asked. Weights are fixed-point
 * with 2^40 for the most probable token: what is 2^41 times less probable cannot be drawn. Logits closer than 2e-10 count as
 * equal behind top_k, and the lower id comes first. The generator is SplitMix64 (G. L. Steele et al., "Fast Splittable
 * Pseudorandom Number Generators", 2014); a token is the high half of its 64 bits times the sum of weights.
 *
 * NaN is never chosen, nor is -inf; +inf counts as the largest finite number. One pass over the logits with top_k (or
 * greedily), no sort, no allocation after open. One thread at a time. */
#ifndef XB_SAMPLER_H
#define XB_SAMPLER_H

#include "base/mem.h"

typedef struct xb_logit_bias {
    int32_t token;
    float   value; /* -INFINITY forbids the token */
} xb_logit_bias;

typedef struct xb_sampler_options {
    float                temperature;        /* 0 = greedy; up to 1e6 */
    int32_t              top_k;              /* 0 = all */
    float                typical_p;          /* (0, 1]; 1 = off */
    float                top_p;              /* (0, 1]; 1 = off */
    float                min_p;              /* [0, 1]; 0 = off */
    float                repetition_penalty; /* > 0; 1 = off */
    float                frequency_penalty;  /* 0 = off; may be negative */
    float                presence_penalty;   /* 0 = off; may be negative */
    int32_t              last_n;             /* tokens that the penalties look at: 0..XB_MAX_PENALTY_TOKENS */
    int32_t              bias_count;         /* 0..XB_MAX_LOGIT_BIAS */
    const xb_logit_bias *bias;               /* copied */
    uint64_t             seed;
} xb_sampler_options;

typedef struct xb_sampler xb_sampler;

void xb_sampler_options_init(xb_sampler_options *o); /* all off, temperature 1, last_n 64 */

/* Errors: INVALID_ARGUMENT naming the option, its value and its range; OUT_OF_MEMORY. Takes 16 bytes for each token of the
 * vocabulary, with top_k 64 for each of top_k (at least 16 KB). */
xybrid_status xb_sampler_open(xb_mem *mem, int32_t vocabulary, const xb_sampler_options *o, xb_sampler **out,
                              xybrid_error *err);
void          xb_sampler_close(xb_sampler *s); /* NULL is fine */

/* Bias and penalties into logits[vocabulary]; once for each row. */
void xb_sampler_adjust(xb_sampler *s, float *logits);

/* A token from logits[vocabulary], which stay as they are. `allowed`: bit (t & 31) of word t / 32 for token t,
 * (vocabulary + 31) / 32 words, NULL = all. A draw takes one random number, a greedy choice none. Errors: INFERENCE_FAILED when
 * no allowed token has a logit (all NaN or -inf), INVALID_ARGUMENT when nothing is allowed; then no number was taken. */
xybrid_status xb_sampler_pick(xb_sampler *s, const float *logits, const uint32_t *allowed, int32_t *token, xybrid_error *err);

/* Puts a token into the history of the penalties; ids outside of the vocabulary are left out. */
void xb_sampler_accept(xb_sampler *s, int32_t token);

/* History empty, random numbers from the seed on. */
void xb_sampler_reset(xb_sampler *s);

/* The candidates of the last draw in no order of meaning, with the probabilities it was made with; 0 past the end, or after a
 * greedy choice. Valid until the next pick. */
int xb_sampler_candidate(const xb_sampler *s, int32_t index, int32_t *token, double *probability);

/* The state: 16 bytes and 4 for each token of last_n (272 by default), the same on every machine. restore takes what save
 * wrote of a sampler with the same vocabulary and last_n. Errors: MALFORMED; then the sampler is as before. */
size_t        xb_sampler_state_size(const xb_sampler *s);
void          xb_sampler_save(const xb_sampler *s, void *state);
xybrid_status xb_sampler_restore(xb_sampler *s, const void *state, size_t size, xybrid_error *err);

#endif
