/* chat_rig.h - a small language model of the echo engine (src/engine/echo_tokens.c) as a pack, and asking it. It says again
 * what the user said last, and a sum over all tokens before: an answer is the same only if the whole conversation is. */
#ifndef CHAT_RIG_H
#define CHAT_RIG_H

#include <sys/stat.h>

#include "door.h"

/* Writes the pack; its folder, of which there is one for each name. `lines` follow the echo file's first one. */
static inline const char *chat_pack(const char *name, const char *lines, const char *generation) {
    static char folder[512];
    char        file[600], text[2048];
    mkdir(XB_TEST_BUILD "/Testing", 0777);
    snprintf(folder, sizeof folder, "%s/Testing/%s", XB_TEST_BUILD, name);
    mkdir(folder, 0777);
    int n = snprintf(
        text, sizeof text,
        "{\"model_id\":\"%s\",\"version\":\"1\",\"execution_template\":{\"type\":\"Gguf\",\"model_file\":\"m.echo\","
        "\"generation_params\":{%s}},\"files\":[\"m.echo\"],\"metadata\":{\"task\":\"text-generation\"}}",
        name, generation);
    snprintf(file, sizeof file, "%s/model_metadata.json", name);
    door_write(file, text, (size_t)n);
    n = snprintf(text, sizeof text, "xybrid-echo 1\n%s", lines);
    snprintf(file, sizeof file, "%s/m.echo", name);
    door_write(file, text, (size_t)n);
    return folder;
}

/* One turn; the answer is freed by the caller, NULL after a failure. */
static inline xybrid_envelope *chat_ask(xybrid_runtime *rt, xybrid_session *s, const char *text, const xybrid_run_options *o,
                                        xybrid_error *err) {
    xybrid_envelope *in = NULL, *out = NULL;
    if (xybrid_envelope_new_text(rt, text, -1, &in, err) == XYBRID_OK && xybrid_session_run(s, in, o, &out, err)) out = NULL;
    xybrid_envelope_free(in);
    return out;
}

/* The answer's text and a figure of it; freed with it. */
static inline const char *chat_text(const xybrid_envelope *e) { return e ? xybrid_envelope_text(e) : "(none)"; }
static inline long        chat_figure(const xybrid_envelope *e, const char *key) {
    const char *text = e ? xybrid_envelope_get(e, key) : NULL;
    return text ? strtol(text, NULL, 10) : -1;
}

#endif
