/* chat/chat_model.h - what all conversations with one model share: its vocabulary, its chat template, the dialect of its tool calls.
 *
 *     XB_TRY(xb_chat_model_open(mem, engine_model, &(xb_chat_source){ .generation = &options->generation }, &cm, err));
 *     XB_TRY(xb_chat_model_prompt(cm, &history, first, &what, &prompt, err));      // turns to the text that the model continues
 *
 * A model without a template is no chat model: its prompt is the bare text, which it goes on writing. Immutable but for the
 * vocabulary's index for grammars, made when the first one is asked for; any thread. */
#ifndef XB_CHAT_MODEL_H
#define XB_CHAT_MODEL_H

#include "chat/grammar.h"
#include "chat/history.h"
#include "chat/template.h"
#include "chat/tools.h"
#include "engine/tokens.h"
#include "pack/pack.h"
#include "plat/thread.h"

typedef struct xb_chat_source {
    const xb_pack_generation *generation; /* the pack's defaults; NULL */
    const char               *chat_template; /* in place of the model's own; NULL */
    size_t                    template_bytes;
    int32_t                   context_tokens; /* the pack's; -1 = not given */
} xb_chat_source;

typedef struct xb_chat_model {
    xb_mem                *mem;
    const xb_engine_model *engine;
    xybrid_token_info      info;
    int32_t                context_tokens; /* of a conversation that asks for none */
    xb_pack_generation     generation;     /* borrowed from the pack */
    xb_template           *chat_template;  /* NULL = none */
    xb_tool_dialect        dialect;
    char                  *bos, *eos;      /* as text; "" if none */

    xb_mutex               mutex;
    xb_grammar_vocabulary *vocabulary; /* NULL until it is asked for */
} xb_chat_model;

/* `engine` and what the source points to outlive it. Errors: INFERENCE_FAILED (the engine), MALFORMED (the template),
 * OUT_OF_MEMORY. */
xybrid_status xb_chat_model_open(xb_mem *mem, const xb_engine_model *engine, const xb_chat_source *source, xb_chat_model **out,
                                 xybrid_error *err);
void          xb_chat_model_close(xb_chat_model *cm); /* NULL is fine */

/* What a prompt is made of beside the turns. */
typedef struct xb_prompt_parts {
    const char    *tools;     /* JSON array; NULL */
    const xb_json *variables; /* object: more of the template's variables, as {"enable_thinking": false}; NULL */
} xb_prompt_parts;

/* The text of the turns from `first` on, ready to be answered; added to `out`. Errors: INVALID_ARGUMENT (tools, and the template
 * knows none), what the template says. */
xybrid_status xb_chat_model_prompt(const xb_chat_model *cm, const xb_history *h, size_t first, const xb_prompt_parts *parts,
                                   xb_str *out, xybrid_error *err);

/* The vocabulary as grammars need it, made once. */
xybrid_status xb_chat_model_vocabulary(xb_chat_model *cm, const xb_grammar_vocabulary **out, xybrid_error *err);

/* Members of the model's description: context, vocabulary, template, tools. */
void xb_chat_model_describe(const xb_chat_model *cm, xb_json_writer *w);

#endif
