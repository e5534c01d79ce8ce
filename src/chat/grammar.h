/* chat/grammar.h - text that must follow a grammar: which tokens may come next.
 *
 *     xb_grammar *g;
 *     xb_grammar_vocabulary *v;
 *     xb_grammar_state *s;
 *     XB_TRY(xb_grammar_compile(mem, "root ::= \"yes\" | \"no\"", 21, &g, err));   // once; shared
 *     XB_TRY(xb_grammar_vocabulary_open(mem, &pieces, &v, err));                   // once for a model; shared
 *     XB_TRY(xb_grammar_state_open(mem, g, v, &s, err));                           // one for each answer
 *     for (;;) {
 *         token = sample(logits);
 *         XB_TRY(xb_grammar_allowed(s, token, &is_allowed, err));                  // nearly free
 *         if (!is_allowed) {
 *             XB_TRY(xb_grammar_mask(s, bits, &count, err));                       // bit t % 32 of bits[t / 32]: token t
 *             token = sample_among(logits, bits);
 *         }
 *         XB_TRY(xb_grammar_accept(s, token, err));
 *     }
 *     xb_grammar_state_free(s), xb_grammar_vocabulary_free(v), xb_grammar_free(g);  // in this order
 *
 * The language is GBNF as llama.cpp's grammars/README.md describes it: rules, alternates, sequences, groups, classes, ".",
 * literals with escapes, * + ? {m} {m,} {m,n}, comments, `root`. Characters are Unicode, matching is by bytes: a token may end
 * inside a character. Repetitions of what may be empty are fine; left recursion is an error. Not built: the token terminals
 * <[7]>, <text>, !<text> (UNSUPPORTED_FORMAT).
 *
 * How it matches: rules are compiled to a program of byte ranges, forks and calls; a state is the set of all places that the text
 * so far may have led to, each with the set of places to return to (Tomita's graph-structured stack, "Efficient Parsing for
 * Natural Language", 1985). Sets are kept once each and numbered, so that a byte that was seen before in the same state costs
 * one look into a table, as in a lazily built automaton (Thompson, CACM 11(6), 1968). Alternatives that share a place share
 * its return sets, so an ambiguous grammar costs no more states than its rules have places.
 *
 * Grammars and vocabularies never change: any thread, several at once. A state: one thread at a time. A state borrows both. */
#ifndef XB_GRAMMAR_H
#define XB_GRAMMAR_H

#include "base/mem.h"

typedef struct xb_grammar            xb_grammar;
typedef struct xb_grammar_vocabulary xb_grammar_vocabulary;
typedef struct xb_grammar_state      xb_grammar_state;

/* Errors: MALFORMED with position (byte), line and column (characters, from 1), and what was wanted; left recursion, a rule
 * that is missing, defined twice or never ends, with the place; UNSUPPORTED_FORMAT for token terminals; a limit by its name. */
xybrid_status xb_grammar_compile(xb_mem *mem, const char *gbnf, size_t size, xb_grammar **out, xybrid_error *err);
void          xb_grammar_free(xb_grammar *g); /* NULL is fine */

enum {
    XB_PIECE_END = 1,  /* ends the answer: may be chosen where the grammar may end */
    XB_PIECE_NEVER = 2 /* may never be chosen: control tokens, unused ones; also what a piece without bytes is taken for */
};

typedef struct xb_grammar_pieces {
    int32_t count; /* of tokens */
    void   *ctx;
    /* The bytes that token 0..count - 1 writes, as they would be appended to the answer; borrowed until the next call. */
    xybrid_status (*get)(void *ctx, int32_t token, const char **bytes, size_t *size, int *flags, xybrid_error *err);
} xb_grammar_pieces;

/* Takes some 12 bytes for each different beginning of a piece: 2 MB for 50,000 tokens. */
xybrid_status xb_grammar_vocabulary_open(xb_mem *mem, const xb_grammar_pieces *pieces, xb_grammar_vocabulary **out,
                                         xybrid_error *err);
void          xb_grammar_vocabulary_free(xb_grammar_vocabulary *v);
int32_t       xb_grammar_vocabulary_count(const xb_grammar_vocabulary *v);

/* At the grammar's start. `v` NULL: for bytes alone. */
xybrid_status xb_grammar_state_open(xb_mem *mem, const xb_grammar *g, const xb_grammar_vocabulary *v, xb_grammar_state **out,
                                    xybrid_error *err);
void          xb_grammar_state_free(xb_grammar_state *s);

/* Back to the start; what was learnt is kept. */
void xb_grammar_reset(xb_grammar_state *s);

/* A second state at the same place, with memory of its own. */
xybrid_status xb_grammar_clone(xb_mem *mem, const xb_grammar_state *s, xb_grammar_state **out, xybrid_error *err);

/* Appends. INVALID_ARGUMENT where the grammar does not allow it, and then the state stays as it was. */
xybrid_status xb_grammar_accept(xb_grammar_state *s, int32_t token, xybrid_error *err);
xybrid_status xb_grammar_accept_bytes(xb_grammar_state *s, const void *bytes, size_t size, xybrid_error *err);

/* *is_allowed: may this token come next? A token outside of the vocabulary may not. */
xybrid_status xb_grammar_allowed(xb_grammar_state *s, int32_t token, int *is_allowed, xybrid_error *err);

/* All tokens at once: bits[(count + 31) / 32] is written whole; *allowed is how many bits are set (0: no token of this
 * vocabulary goes on). Masks of a state that comes again are remembered. */
xybrid_status xb_grammar_mask(xb_grammar_state *s, uint32_t *bits, int32_t *allowed, xybrid_error *err);

int xb_grammar_can_end(const xb_grammar_state *s);   /* the text so far is whole */
int xb_grammar_must_end(const xb_grammar_state *s);  /* and nothing can follow */
int xb_grammar_has_ended(const xb_grammar_state *s); /* an end token was accepted */

#endif
