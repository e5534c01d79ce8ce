/* flow/producers.c - the producers, in the order in which a model is offered to them, and the check of what they take. */
#include "flow/producer.h"

#include "base/error.h"
#include "flow/flow_int.h"

static const xb_producer_row *const rows[] = { &xb_producer_chat, &xb_producer_speech, &xb_producer_transcript, &xb_producer_segments,
                                               &xb_producer_plain };

const xb_producer_row *xb_producer_find(const xybrid_model *m) {
    size_t i = 0;
    while (rows[i]->fits && !rows[i]->fits(m)) i++; /* the last fits all */
    return rows[i];
}

xybrid_status xb_producer_check(const xb_producer_row *row, const xybrid_run_options *o, xybrid_error *err) {
    const struct {
        uint32_t    takes;
        int         is_given;
        const char *name;
    } options[] = {
        { XB_TAKES_RAW, (o->flags & XYBRID_RUN_RAW) != 0, "flags with XYBRID_RUN_RAW" },
        { XB_TAKES_PARTIALS, (o->flags & XYBRID_RUN_NO_PARTIALS) != 0, "flags with XYBRID_RUN_NO_PARTIALS" },
        { XB_TAKES_WORDS, (o->flags & XYBRID_RUN_WORDS) != 0, "flags with XYBRID_RUN_WORDS" },
        { XB_TAKES_SPEED, o->speed != (float)XYBRID_AUTO, "speed" },
        { XB_TAKES_VOICE, o->voice != NULL, "voice" },
        { XB_TAKES_LANGUAGE, o->language != NULL, "language" },
        { XB_TAKES_PARAMS, o->params != NULL, "params" },
        { XB_TAKES_LANGUAGE_MODEL, o->max_tokens != XYBRID_AUTO, "max_tokens" },
        { XB_TAKES_LANGUAGE_MODEL, o->top_k != XYBRID_AUTO, "top_k" },
        { XB_TAKES_LANGUAGE_MODEL, o->temperature != (float)XYBRID_AUTO, "temperature" },
        { XB_TAKES_LANGUAGE_MODEL, o->top_p != (float)XYBRID_AUTO, "top_p" },
        { XB_TAKES_LANGUAGE_MODEL, o->min_p != (float)XYBRID_AUTO, "min_p" },
        { XB_TAKES_LANGUAGE_MODEL, o->repeat_penalty != (float)XYBRID_AUTO, "repeat_penalty" },
        { XB_TAKES_LANGUAGE_MODEL, o->seed != XYBRID_AUTO, "seed" },
        { XB_TAKES_LANGUAGE_MODEL, o->stop_count != 0, "stop" },
        { XB_TAKES_LANGUAGE_MODEL, o->schema != NULL, "schema" },
        { XB_TAKES_LANGUAGE_MODEL, o->grammar != NULL, "grammar" },
        { XB_TAKES_LANGUAGE_MODEL, o->tools != NULL, "tools" },
    };
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
        if (options[i].is_given && !(row->takes & options[i].takes))
            return xb_fail(err, XYBRID_INVALID_ARGUMENT, "options", "this model has no use for options.%s", options[i].name);
    return XYBRID_OK;
}
