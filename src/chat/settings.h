/* chat/settings.h - how an answer is to be made: what the request says, else its input's metadata, else the pack, else ours.
 *
 *     XB_TRY(xb_chat_settings_read(mem, cm, options, metadata_get, ctx, &settings, err));
 *     ... settings.sampling, settings.max_tokens, settings.stops
 *     xb_chat_settings_free(&settings);
 *
 * Ours, where nobody says anything: temperature 0.7, top_k 40, top_p 0.9, min_p 0.05, 2,048 tokens, as the original has them; but no
 * penalty on repetition (there 1.1 over 64 tokens): it forbids small models the words of the question. Beyond the run options, `params` (a JSON object) knows:
 *
 *     typical_p, frequency_penalty, presence_penalty   numbers      repeat_last_n   tokens that penalties look at
 *     logit_bias   {"token id": number, ...}                         seed            a number
 *     template     {"enable_thinking": false, ...}: variables for the chat template
 *     json         true: any JSON object, where there is no schema
 *     tool_choice  "auto", "none" or "required"
 *
 * A key that is not known is an error. */
#ifndef XB_CHAT_SETTINGS_H
#define XB_CHAT_SETTINGS_H

#include <xybrid/stream.h>

#include "base/arena.h"
#include "chat/chat_model.h"
#include "chat/sampler.h"

typedef struct xb_chat_settings {
    xb_arena           arena; /* of all below */
    xb_json_doc       *params;
    xb_sampler_options sampling;
    int32_t            max_tokens;
    const char *const *stops;
    int32_t            stop_count;
    const char        *schema, *grammar; /* NULL; at most one */
    int                wants_json;
    const char        *tools;          /* JSON array; NULL = none */
    int                must_call;      /* tool_choice "required" */
    const xb_json     *variables;      /* of the template; NULL */
} xb_chat_settings;

/* The input's metadata: its value, or NULL. */
typedef const char *(*xb_metadata_fn)(const void *ctx, const char *key);

/* `options` has its defaults filled in. All is copied. Errors: INVALID_ARGUMENT naming the option, what was found and what is
 * wanted; MALFORMED for params and tools; then there is nothing to free. */
xybrid_status xb_chat_settings_read(xb_mem *mem, const xb_chat_model *cm, const xybrid_run_options *options,
                                    xb_metadata_fn metadata, const void *ctx, xb_chat_settings *out, xybrid_error *err);
void          xb_chat_settings_free(xb_chat_settings *s);

#endif
