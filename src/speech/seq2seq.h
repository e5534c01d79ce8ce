/* speech/seq2seq.h - an encoder and a decoder with caches: the encoder runs once, the decoder once for each token.
 *
 *     XB_TRY(xb_seq2seq_plan_make(&arena, encoder_model, decoder_model, &plan, err));      // at load, shared
 *     XB_TRY(xb_seq2seq_open(&plan, mem, encoder, decoder, &s, err));                      // for each session
 *     XB_TRY(xb_seq2seq_encode(s, &features, err));
 *     xb_seq2seq_restart(s);                                                               // as often as one likes
 *     XB_TRY(xb_seq2seq_step(s, prompt, 3, err));                                          // logits of the last of them:
 *     use(xb_seq2seq_row(s, 2));                                                           //   [plan.vocabulary]
 *     XB_TRY(xb_seq2seq_step(s, &next, 1, err));
 *     xb_seq2seq_close(s);
 *
 * Two layouts, known by their ports (the names are those of the Hugging Face exporters):
 *
 *     split    encoder -> last_hidden_state, present.{i}.encoder.{key,value}
 *              decoder: input_ids, past_key_values.{i}.{decoder,encoder}.{key,value} -> logits, present.{i}.decoder.{key,value}
 *     merged   encoder -> last_hidden_state
 *              decoder: the same and encoder_hidden_states, use_cache_branch -> the same and present.{i}.encoder.{key,value},
 *              which the first step (branch false) makes and later ones take
 *
 * The decoder's own caches are carried inside the engine's session and grow where they are. A plan is immutable: any thread. A
 * xb_seq2seq belongs to one thread at a time, as its engine sessions, on which nothing else may be bound in between. */
#ifndef XB_SEQ2SEQ_H
#define XB_SEQ2SEQ_H

#include "base/arena.h"
#include "speech/net.h"

enum { XB_SEQ2SEQ_TOKENS = 448 }; /* most ids of one step */

typedef struct xb_seq2seq_cache {
    int32_t input;              /* of the decoder */
    int32_t present;            /* the decoder's output of the same name; -1 */
    int32_t encoder_output;     /* split: the encoder's output that it is; -1 */
    int32_t is_cross;           /* merged: made by the first step alone */
    int64_t first[XB_MAX_RANK]; /* its shape before the first step */
} xb_seq2seq_cache;

typedef struct xb_seq2seq_plan {
    const xb_engine_model *encoder, *decoder;
    int32_t                features_input;                        /* of the encoder */
    int32_t                hidden_output;                         /* of the encoder */
    int32_t                ids_input, hidden_input, branch_input; /* of the decoder; -1 = it has none */
    int32_t                logits_output;
    int32_t                alignment_output; /* cross-attention of the alignment heads [1, heads, T, frames]; -1 = not there */
    int64_t                vocabulary;       /* logits of one position */
    xb_seq2seq_cache      *caches;
    int32_t                cache_count;
    uint8_t               *encoder_wanted, *first_wanted, *later_wanted, *align_wanted; /* outputs */
} xb_seq2seq_plan;

/* All of *out lives in `arena`; the models outlive it. UNSUPPORTED_PACK naming the port that does not fit. */
xybrid_status xb_seq2seq_plan_make(xb_arena *arena, const xb_engine_model *encoder, const xb_engine_model *decoder,
                                   xb_seq2seq_plan *out, xybrid_error *err);

typedef struct xb_seq2seq xb_seq2seq;

/* Borrows both nets; the decoder's session is set up to carry, once. Errors: OUT_OF_MEMORY, the engine's. */
xybrid_status xb_seq2seq_open(const xb_seq2seq_plan *plan, xb_mem *mem, const xb_net *encoder, const xb_net *decoder,
                              xb_seq2seq **out, xybrid_error *err);
void          xb_seq2seq_close(xb_seq2seq *s); /* NULL is fine */

/* Runs the encoder; `features` (what its input wants) is read only until this returns. The decoder begins anew. */
xybrid_status xb_seq2seq_encode(xb_seq2seq *s, const xb_tensor *features, xybrid_error *err);

/* The next step is a first one: for another prompt on what was encoded. */
void xb_seq2seq_restart(xb_seq2seq *s);

/* Runs the decoder on count ids (1..XB_SEQ2SEQ_TOKENS), which follow those of the steps before. Errors: the engine's;
 * INFERENCE_FAILED when the logits do not have the shape they must have. */
xybrid_status xb_seq2seq_step(xb_seq2seq *s, const int64_t *ids, int64_t count, xybrid_error *err);

/* Logits after id `position` of the last step; the caller may change them. Valid until the next step. */
float *xb_seq2seq_row(const xb_seq2seq *s, int64_t position);

/* Runs all `count` ids as a first step and gives the attention of plan.alignment_output: float32 [1, heads, count, frames],
 * dropped by the caller. The caches are new afterwards. */
xybrid_status xb_seq2seq_align(xb_seq2seq *s, const int64_t *ids, int64_t count, xb_tensor *out, xybrid_error *err);

#endif
