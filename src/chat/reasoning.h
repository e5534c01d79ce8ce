/* chat/reasoning.h - parts what a model thinks from what it answers, piece by piece.
 *
 *     xb_reasoning r;
 *     xb_reasoning_init(&r, take, ctx, prompt, prompt_bytes);  // a prompt that ends in an open <think>: starts in reasoning
 *     xb_reasoning_feed(&r, text, size);                       // calls take(ctx, is_reasoning, text, size) with what is certain
 *     xb_reasoning_finish(&r);                                 // and with what was held back
 *
 *     <think>..</think>  <thinking>..</thinking>  <seed:think>..</seed:think>  [THINK]..[/THINK]
 *     <|START_THINKING|>..<|END_THINKING|>      at the beginning of an answer, or behind another such part
 *     <|channel>thought..<channel|>             (Gemma 4) anywhere
 *     <|channel|>analysis<|message|>..<|end|>   anywhere behind a prompt that ends in <|start|>assistant (gpt-oss, "OpenAI harmony
 *                                               response format"); the marks of its other channels are dropped
 *
 * A tag in the middle of an answer is text: people ask about <think>. Blanks and line breaks around a part of reasoning go with
 * its tags (up to 40 in a row at its end). What is never closed is reasoning to the end. Apart from that no byte is lost, and the
 * result does not depend on how the text is cut. No allocation, 80 bytes of text held at most. One thread at a time. */
#ifndef XB_REASONING_H
#define XB_REASONING_H

#include <stddef.h>
#include <stdint.h>

typedef void (*xb_reasoning_fn)(void *ctx, int is_reasoning, const char *text, size_t size);

typedef struct xb_reasoning { /* private */
    xb_reasoning_fn take;
    void           *ctx;
    uint8_t         held_size;
    uint8_t         is_inside, row; /* of the table of tags */
    uint8_t         is_begin;       /* nothing but blanks came since the last tag, or at all */
    uint8_t         drops_blanks;   /* which are a tag's */
    uint8_t         is_harmony;
    char            held[80];
} xb_reasoning;

void xb_reasoning_init(xb_reasoning *r, xb_reasoning_fn take, void *ctx, const char *prompt, size_t prompt_bytes);
void xb_reasoning_feed(xb_reasoning *r, const char *text, size_t size);
void xb_reasoning_finish(xb_reasoning *r);

#endif
