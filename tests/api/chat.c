/* Conversations through the door, on the echo engine's language model: turns and their cache, streams, stopping, saving, forms,
 * options, failures. */
#include "chat_rig.h"

static xybrid_error err;

typedef struct rig {
    xybrid_runtime    *rt;
    xybrid_model      *model;
    xybrid_session    *chat;
    xybrid_run_options options; /* greedy, nothing that changes what is said */
} rig;

static const char plain_model[] = "tokens 2000\nbatch 64\nsum\n";

static int open_rig(rig *r, const char *name, const char *lines) {
    memset(r, 0, sizeof *r);
    r->rt = door_runtime();
    xybrid_run_options_init(&r->options, sizeof r->options);
    r->options.temperature = 0;
    r->options.repeat_penalty = 1;
    int ok = r->rt && xybrid_model_load(r->rt, chat_pack(name, lines, ""), NULL, &r->model, &err) == XYBRID_OK &&
             xybrid_session_open(r->model, NULL, &r->chat, &err) == XYBRID_OK;
    if (!ok) printf("%s: %s\n", name, err.message);
    CHECK(ok);
    return ok;
}

static void close_rig(rig *r) {
    xybrid_session_free(r->chat);
    xybrid_model_free(r->model);
    xybrid_runtime_free(r->rt);
}

/* The answer in a buffer of its own (one of four, in turn). */
static const char *ask_in(rig *r, xybrid_session *s, const char *text) {
    static char      answers[4][256];
    static int       next;
    char            *to = answers[next++ % 4];
    xybrid_envelope *answer = chat_ask(r->rt, s, text, &r->options, &err);
    snprintf(to, sizeof answers[0], "%s", answer ? chat_text(answer) : err.message);
    xybrid_envelope_free(answer);
    return to;
}
static const char *ask(rig *r, const char *text) { return ask_in(r, r->chat, text); }

static xybrid_session *new_session(rig *r) {
    xybrid_session *s = NULL;
    CHECK_INT(xybrid_session_open(r->model, NULL, &s, &err), XYBRID_OK);
    return s;
}

static void append(rig *r, xybrid_session *s, const char *role, const char *text) {
    xybrid_envelope *turn = NULL;
    CHECK_INT(xybrid_envelope_new_text(r->rt, text, -1, &turn, &err), XYBRID_OK);
    CHECK_INT(xybrid_envelope_set(turn, "xybrid.role", role, &err), XYBRID_OK);
    CHECK_INT(xybrid_session_append(s, turn, &err), XYBRID_OK);
    xybrid_envelope_free(turn);
}

/* ---- turns ---- */

static void a_turn_costs_only_what_is_new(void) {
    rig r;
    if (!open_rig(&r, "chat-turns", plain_model)) {
        close_rig(&r);
        return;
    }
    xybrid_envelope *first = chat_ask(r.rt, r.chat, "Hello", &r.options, &err);
    CHECK(first && strncmp(chat_text(first), "Hello #", 7) == 0);
    CHECK_STR(xybrid_envelope_get(first, "finish_reason"), "stop");
    CHECK_INT(chat_figure(first, "tokens_cached"), 0);
    xybrid_envelope *second = chat_ask(r.rt, r.chat, "again", &r.options, &err);
    long             before = chat_figure(first, "tokens_in") + chat_figure(first, "tokens_out");
    CHECK_INT(chat_figure(second, "tokens_cached"), before); /* all of the first turn */

    /* the same conversation, computed anew: the sum says whether the cache held what it should */
    xybrid_session *other = new_session(&r);
    append(&r, other, "user", "Hello");
    append(&r, other, "assistant", chat_text(first));
    CHECK_STR(ask_in(&r, other, "again"), chat_text(second));
    xybrid_session_free(other);
    xybrid_envelope_free(first);
    xybrid_envelope_free(second);
    close_rig(&r);
}

static void history_and_rewind(void) {
    rig              r;
    xybrid_envelope *list = NULL;
    char             answer[256];
    if (!open_rig(&r, "chat-history", plain_model)) {
        close_rig(&r);
        return;
    }
    ask(&r, "one");
    snprintf(answer, sizeof answer, "%s", ask(&r, "two"));
    CHECK_INT(xybrid_session_history(r.chat, &list, &err), XYBRID_OK);
    CHECK_INT(xybrid_envelope_count(list), 4);
    CHECK_STR(xybrid_envelope_text(xybrid_envelope_at(list, 2)), "two");
    CHECK_STR(xybrid_envelope_get(xybrid_envelope_at(list, 3), "xybrid.role"), "assistant");
    CHECK_STR(xybrid_envelope_text(xybrid_envelope_at(list, 3)), answer);
    xybrid_envelope_free(list);
    CHECK_INT(xybrid_session_rewind(r.chat, 2, &err), XYBRID_OK);
    CHECK_STR(ask(&r, "two"), answer); /* the same place, the same answer */
    CHECK_INT(xybrid_session_rewind(r.chat, 5, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_STR(err.message, "turns is 5; the conversation has 4");
    CHECK_INT(xybrid_session_rewind(r.chat, 0, &err), XYBRID_OK);
    xybrid_session *fresh = new_session(&r);
    CHECK_STR(ask(&r, "one"), ask_in(&r, fresh, "one"));
    xybrid_session_free(fresh);
    close_rig(&r);
}

static void a_fork_has_the_same_past(void) {
    rig             r;
    xybrid_session *fork = NULL;
    if (!open_rig(&r, "chat-fork", plain_model)) {
        close_rig(&r);
        return;
    }
    ask(&r, "one");
    CHECK_INT(xybrid_session_fork(r.chat, &fork, &err), XYBRID_OK);
    xybrid_envelope *answer = chat_ask(r.rt, fork, "two", &r.options, &err);
    CHECK(chat_figure(answer, "tokens_cached") > 20);
    ask(&r, "other"); /* the first goes its own way */
    CHECK_INT(xybrid_session_rewind(r.chat, 2, &err), XYBRID_OK);
    CHECK_STR(ask(&r, "two"), chat_text(answer));
    xybrid_envelope_free(answer);
    xybrid_session_free(fork);
    close_rig(&r);
}

static void saved_and_restored(void) {
    static char bytes[1 << 20];
    const char *path = XB_TEST_BUILD "/Testing/chat-save/talk.session";
    rig         r;
    if (!open_rig(&r, "chat-save", plain_model)) {
        close_rig(&r);
        return;
    }
    ask(&r, "one");
    CHECK_INT(xybrid_session_save(r.chat, path, &err), XYBRID_OK);
    char            wanted[256];
    xybrid_session *other = new_session(&r);
    snprintf(wanted, sizeof wanted, "%s", ask(&r, "two"));
    ask_in(&r, other, "something else");
    CHECK_INT(xybrid_session_restore(other, path, &err), XYBRID_OK);
    xybrid_envelope *answer = chat_ask(r.rt, other, "two", &r.options, &err);
    CHECK_STR(chat_text(answer), wanted);
    CHECK(chat_figure(answer, "tokens_cached") > 20);
    xybrid_envelope_free(answer);

    /* damaged anywhere, or cut: a failure, and the conversation is as before */
    size_t size = door_read(path, bytes, sizeof bytes);
    CHECK(size > 100 && size < sizeof bytes);
    for (size_t i = 0; i < size; i += size / 40 + 1) {
        bytes[i] ^= 0x20;
        xybrid_status st = xybrid_session_restore(other, door_write("chat-save/bad.session", bytes, size), &err);
        CHECK(st == XYBRID_CHECKSUM || st == XYBRID_MALFORMED);
        bytes[i] ^= 0x20;
        CHECK(xybrid_session_restore(other, door_write("chat-save/bad.session", bytes, i), &err) == XYBRID_MALFORMED);
    }
    CHECK_INT(xybrid_session_rewind(other, 2, &err), XYBRID_OK);
    CHECK_STR(ask_in(&r, other, "two"), wanted);
    CHECK_INT(xybrid_session_restore(other, XB_TEST_BUILD "/Testing/chat-save/none", &err) & XYBRID_PRIMARY_MASK, XYBRID_IO);
    xybrid_session_free(other);
    close_rig(&r);
}

/* Another model's cache is not taken, its turns are. */
static void restored_by_another_model(void) {
    const char *path = XB_TEST_BUILD "/Testing/chat-save-a/talk.session";
    rig         a, b;
    if (!open_rig(&a, "chat-save-a", plain_model)) {
        close_rig(&a);
        return;
    }
    ask(&a, "one");
    CHECK_INT(xybrid_session_save(a.chat, path, &err), XYBRID_OK);
    if (open_rig(&b, "chat-save-b", "tokens 1999\nbatch 64\nsum\n")) {
        CHECK_INT(xybrid_session_restore(b.chat, path, &err), XYBRID_OK);
        xybrid_envelope *answer = chat_ask(b.rt, b.chat, "two", &b.options, &err);
        CHECK_INT(chat_figure(answer, "tokens_cached"), 0);
        CHECK_STR(chat_text(answer), ask(&a, "two"));
        xybrid_envelope_free(answer);
    }
    close_rig(&b);
    close_rig(&a);
}

/* ---- the context ---- */

static void old_turns_go(void) {
    rig                    r;
    xybrid_session_options so;
    xybrid_session        *s = NULL;
    char                   text[64];
    long                   dropped = 0;
    if (!open_rig(&r, "chat-context", plain_model)) {
        close_rig(&r);
        return;
    }
    xybrid_session_options_init(&so, sizeof so);
    so.system = "Be brief.";
    so.context_tokens = 400;
    CHECK_INT(xybrid_session_open(r.model, &so, &s, &err), XYBRID_OK);
    for (int i = 0; i < 40; i++) {
        snprintf(text, sizeof text, "question number %d", i);
        xybrid_envelope *answer = chat_ask(r.rt, s, text, &r.options, &err);
        CHECK(answer && strncmp(chat_text(answer), text, strlen(text)) == 0);
        CHECK(chat_figure(answer, "tokens_in") <= 400 - 100);
        dropped += chat_figure(answer, "turns_dropped");
        xybrid_envelope_free(answer);
    }
    CHECK(dropped > 40 && dropped % 2 == 0);
    xybrid_envelope *list = NULL;
    CHECK_INT(xybrid_session_history(s, &list, &err), XYBRID_OK);
    CHECK_INT(xybrid_envelope_count(list), 80 - dropped);
    CHECK_STR(xybrid_envelope_get(xybrid_envelope_at(list, 0), "xybrid.role"), "user");
    xybrid_envelope_free(list);

    static char long_text[500];
    memset(long_text, 'x', sizeof long_text - 1);
    CHECK(!chat_ask(r.rt, s, long_text, &r.options, &err));
    CHECK(strstr(err.message, "the context holds 400; shorten it") != NULL);
    CHECK(strncmp(ask_in(&r, s, "still here"), "still here", 10) == 0);
    xybrid_session_free(s);

    so.context_tokens = 3000;
    CHECK_INT(xybrid_session_open(r.model, &so, &s, &err), XYBRID_INVALID_ARGUMENT);
    CHECK(strstr(err.message, "1 to 2000") != NULL);
    so.context_tokens = XYBRID_AUTO;
    so.max_turns = 2;
    CHECK_INT(xybrid_session_open(r.model, &so, &s, &err), XYBRID_OK);
    for (int i = 0; i < 5; i++) ask_in(&r, s, "x");
    CHECK_INT(xybrid_session_history(s, &list, &err), XYBRID_OK);
    CHECK_INT(xybrid_envelope_count(list), 4);
    xybrid_envelope_free(list);
    xybrid_session_free(s);
    close_rig(&r);
}

/* ---- ends ---- */

static void length_and_stop_strings(void) {
    static const char *const stops[] = { "zzz", "lo wo" };
    rig                      r;
    if (!open_rig(&r, "chat-ends", plain_model)) {
        close_rig(&r);
        return;
    }
    r.options.max_tokens = 4;
    xybrid_envelope *answer = chat_ask(r.rt, r.chat, "Hello world", &r.options, &err);
    CHECK_STR(chat_text(answer), "Hell");
    CHECK_STR(xybrid_envelope_get(answer, "finish_reason"), "length");
    CHECK_INT(chat_figure(answer, "tokens_out"), 4);
    xybrid_envelope_free(answer);
    r.options.max_tokens = XYBRID_AUTO;
    r.options.stop = stops;
    r.options.stop_count = 2;
    answer = chat_ask(r.rt, r.chat, "Hello world", &r.options, &err);
    CHECK_STR(chat_text(answer), "Hel");
    CHECK_STR(xybrid_envelope_get(answer, "finish_reason"), "stop");
    xybrid_envelope_free(answer);
    close_rig(&r);
}

/* Text as it comes, whole characters only; the pieces are the result. */
static void streamed(void) {
    rig                 r;
    xybrid_envelope    *in = NULL;
    xybrid_stream      *s = NULL;
    const xybrid_event *ev = NULL;
    char                text[256] = "";
    int                 pieces = 0;
    static const char   said[] = "gr\xc3\xbc\xc3\x9f dich \xf0\x9f\x98\x80";
    if (!open_rig(&r, "chat-stream", plain_model)) {
        close_rig(&r);
        return;
    }
    DOOR_OK(xybrid_envelope_new_text(r.rt, said, -1, &in, &err));
    DOOR_OK(xybrid_session_start(r.chat, in, &r.options, &s, &err));
    while (xybrid_stream_next(s, XYBRID_AUTO, &ev, &err) == XYBRID_OK && ev->kind != XYBRID_EVENT_DONE) {
        CHECK_INT(ev->kind, XYBRID_EVENT_TEXT);
        CHECK((ev->text[0] & 0xc0) != 0x80);
        CHECK_INT(ev->text_bytes, strlen(ev->text));
        strncat(text, ev->text, sizeof text - strlen(text) - 1);
        pieces++;
    }
    CHECK(pieces > 10);
    CHECK(strncmp(text, said, sizeof said - 1) == 0);
    CHECK_INT(ev->kind, XYBRID_EVENT_DONE);
    CHECK_INT(ev->finish, XYBRID_FINISH_STOP);
    CHECK_STR(xybrid_envelope_text(ev->data), text);
    xybrid_stream_close(s);
    xybrid_envelope_free(in);
    close_rig(&r);
}

static void cancelled_and_interrupted(void) {
    rig                 r;
    xybrid_envelope    *in = NULL, *list = NULL;
    xybrid_stream      *s = NULL;
    xybrid_cancel      *stop = NULL;
    const xybrid_event *ev = NULL;
    if (!open_rig(&r, "chat-cancel", plain_model)) {
        close_rig(&r);
        return;
    }
    xybrid_session *fresh = new_session(&r);
    ask(&r, "one"), ask_in(&r, fresh, "one");
    DOOR_OK(xybrid_cancel_create(r.rt, &stop, &err));
    DOOR_OK(xybrid_envelope_new_text(r.rt, "a long question", -1, &in, &err));
    r.options.cancel = stop;
    DOOR_OK(xybrid_session_start(r.chat, in, &r.options, &s, &err));
    for (int i = 0; i < 3; i++) CHECK_INT(xybrid_stream_next(s, XYBRID_AUTO, &ev, &err), XYBRID_OK);
    xybrid_cancel_fire(stop);
    CHECK_INT(xybrid_stream_next(s, XYBRID_AUTO, &ev, &err), XYBRID_CANCELLED_TOKEN);
    xybrid_stream_close(s);
    r.options.cancel = NULL;
    CHECK_STR(ask(&r, "two"), ask_in(&r, fresh, "two")); /* as if it had never been asked */

    DOOR_OK(xybrid_session_start(r.chat, in, &r.options, &s, &err));
    for (int i = 0; i < 3; i++) CHECK_INT(xybrid_stream_next(s, XYBRID_AUTO, &ev, &err), XYBRID_OK);
    xybrid_stream_interrupt(s);
    while (xybrid_stream_next(s, XYBRID_AUTO, &ev, &err) == XYBRID_OK && ev->kind != XYBRID_EVENT_DONE) {}
    CHECK_INT(ev->finish, XYBRID_FINISH_INTERRUPTED);
    CHECK_STR(xybrid_envelope_text(ev->data), "a l");
    xybrid_stream_close(s);
    CHECK_INT(xybrid_session_history(r.chat, &list, &err), XYBRID_OK);
    CHECK_INT(xybrid_envelope_count(list), 6);
    CHECK_STR(xybrid_envelope_text(xybrid_envelope_at(list, 5)), "a l");
    xybrid_envelope_free(list);
    xybrid_envelope_free(in);
    xybrid_cancel_free(stop);
    xybrid_session_free(fresh);
    close_rig(&r);
}

/* The engine fails at some token of the prompt or of the answer: the turn is undone, and can be tried again. */
static void the_engine_fails(void) {
    char lines[80];
    for (int at = 1; at < 90; at += 8) {
        rig r;
        snprintf(lines, sizeof lines, "%sfail_at %d", plain_model, at);
        if (!open_rig(&r, "chat-fails", lines)) {
            close_rig(&r);
            return;
        }
        int              failed = 0;
        xybrid_envelope *answer = NULL, *list = NULL;
        for (int i = 0; i < 3 && !answer; i++) {
            answer = chat_ask(r.rt, r.chat, "Hello there", &r.options, &err);
            failed += !answer;
            if (!answer) CHECK_INT(err.code, XYBRID_INFERENCE_FAILED);
        }
        CHECK_INT(failed, at < 51); /* the tokens of the whole turn */
        CHECK(answer && strncmp(chat_text(answer), "Hello there #", 13) == 0);
        CHECK_INT(xybrid_session_history(r.chat, &list, &err), XYBRID_OK);
        CHECK_INT(xybrid_envelope_count(list), 2);
        xybrid_envelope_free(list);
        xybrid_envelope_free(answer);
        close_rig(&r);
    }
}

/* ---- forms and options ---- */

static void an_answer_fits_its_form(void) {
    rig r;
    if (!open_rig(&r, "chat-form", plain_model)) {
        close_rig(&r);
        return;
    }
    r.options.grammar = "root ::= \"yes\" | \"no\"";
    CHECK_STR(ask(&r, "no way"), "no");
    CHECK_STR(ask(&r, "yes sir"), "yes");
    xybrid_envelope *other = chat_ask(r.rt, r.chat, "maybe", &r.options, &err); /* refused, so one of the two it is */
    CHECK(strcmp(chat_text(other), "yes") == 0 || strcmp(chat_text(other), "no") == 0);
    xybrid_envelope_free(other);
    r.options.grammar = "root ::= (\"a\" | ";
    CHECK(strstr(ask(&r, "x"), "line 1") != NULL);
    r.options.grammar = NULL;
    r.options.schema = "{\"type\":\"boolean\"}";
    CHECK_STR(ask(&r, "true"), "true");
    r.options.schema = "{\"type\":";
    CHECK(strstr(ask(&r, "x"), "line 1") != NULL);
    r.options.schema = "{\"items\":{\"minimum\":5,\"maximum\":3,\"type\":\"integer\"},\"minItems\":1,\"type\":\"array\"}";
    CHECK(strstr(ask(&r, "x"), "#/items") != NULL);
    r.options.grammar = "root ::= \"a\"";
    CHECK(strstr(ask(&r, "x"), "both given") != NULL);
    close_rig(&r);
}

/* A prompt that ends in an open <think>: what is bound to a form from there on is the answer. */
static void a_form_leaves_no_room_to_think(void) {
    rig r;
    if (!open_rig(&r, "chat-form-think",
                  "tokens 2000\ntemplate {% for m in messages %}{{ '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>' "
                  "}}{% endfor %}\n"
                  "template <|im_start|>assistant\\n<think>\n")) {
        close_rig(&r);
        return;
    }
    CHECK_STR(ask(&r, "true"), "");
    r.options.schema = "{\"type\":\"boolean\"}";
    CHECK_STR(ask(&r, "true"), "true");
    r.options.schema = NULL;
    r.options.grammar = "root ::= \"<think>\" [a-z]+ \"</think>\" \"yes\"";
    const char *whole = ask(&r, "true");
    CHECK(strncmp(whole, "<think>", 7) == 0 && strcmp(whole + strlen(whole) - 3, "yes") == 0);
    close_rig(&r);
}

/* A template that reads "thinking" and adds a call's arguments to a text: here it shows both as what the user says. */
static void calls_are_written_as_the_template_wants_them(void) {
    rig              r;
    xybrid_envelope *turn = NULL;
    if (!open_rig(
            &r, "chat-calls",
            "tokens 2000\ntemplate {% for m in messages %}{% if m.tool_calls %}{{ '<|im_start|>user\\n' + m.thinking + ' ' "
            "+ m.tool_calls[0].function.name + m.tool_calls[0].function.arguments + '<|im_end|>' }}{% endif %}{% endfor %}\n"
            "template <|im_start|>assistant\\n\\n")) {
        close_rig(&r);
        return;
    }
    append(&r, r.chat, "user", "What time is it?");
    CHECK_INT(xybrid_envelope_new_text(r.rt, "", -1, &turn, &err), XYBRID_OK);
    CHECK_INT(xybrid_envelope_set(turn, "xybrid.role", "assistant", &err), XYBRID_OK);
    CHECK_INT(xybrid_envelope_set(turn, "reasoning_content", "Hm.", &err), XYBRID_OK);
    CHECK_INT(xybrid_envelope_set(turn, "tool_calls",
                                  "[{\"id\":\"call_0\",\"function\":{\"name\":\"clock\",\"arguments\":{\"zone\": \"UTC\"}}}]",
                                  &err),
              XYBRID_OK);
    CHECK_INT(xybrid_session_append(r.chat, turn, &err), XYBRID_OK);
    xybrid_envelope_free(turn);
    CHECK_STR(ask(&r, "go"), "Hm. clock{\"zone\":\"UTC\"}");
    close_rig(&r);
}

static void the_same_seed_says_the_same(void) {
    rig  r;
    char first[256];
    if (!open_rig(&r, "chat-seed", plain_model)) {
        close_rig(&r);
        return;
    }
    r.options.temperature = 20; /* the echo is far ahead at 1 */
    r.options.min_p = 0;
    r.options.top_p = 1;
    r.options.max_tokens = 30;
    r.options.seed = 7;
    snprintf(first, sizeof first, "%s", ask(&r, "Hello"));
    xybrid_session *other = new_session(&r);
    CHECK_STR(ask_in(&r, other, "Hello"), first);
    xybrid_session_free(other);
    other = new_session(&r);
    r.options.seed = 8;
    CHECK(strcmp(ask_in(&r, other, "Hello"), first) != 0);
    xybrid_session_free(other);
    close_rig(&r);
}

static void what_is_refused(void) {
    rig              r;
    xybrid_envelope *in = NULL;
    xybrid_stream   *s = NULL;
    if (!open_rig(&r, "chat-refused", plain_model)) {
        close_rig(&r);
        return;
    }
    static const struct {
        const char *params, *wanted;
    } params[] = {
        { "{\"top_q\":1}", "options.params has \"top_q\", which a language model does not know; see docs/language.md" },
        { "{\"temperature\":-1}", "options.params.temperature is -1, wanted 0 to 1000" },
        { "{\"top_k\":1.5}", "options.params.top_k is 1.5, wanted a whole number, 0 to 4.1943e+06" },
        { "{\"logit_bias\":{\"x\":1}}", "options.params.logit_bias has \"x\", wanted token ids below 264, with numbers" },
        { "{\"tool_choice\":\"maybe\"}", "options.params.tool_choice is \"maybe\", wanted auto, none or required" },
        { "[]", "options.params is no JSON object" },
    };
    for (size_t i = 0; i < sizeof params / sizeof params[0]; i++) {
        xybrid_run_options o = r.options;
        o.temperature = o.repeat_penalty = XYBRID_AUTO;
        o.params = params[i].params;
        CHECK(!chat_ask(r.rt, r.chat, "x", &o, &err));
        CHECK_STR(err.message, params[i].wanted);
    }
    r.options.top_p = 1.5f;
    CHECK_STR(ask(&r, "x"), "options.top_p is 1.5, wanted 0 to 1");
    r.options.top_p = XYBRID_AUTO;
    r.options.tools = "[]";
    CHECK(strstr(ask(&r, "x"), "knows no tools") != NULL);
    r.options.tools = NULL;
    r.options.voice = "af_heart";
    CHECK_STR(ask(&r, "x"), "this model has no use for options.voice");
    r.options.voice = NULL;
    CHECK_INT(xybrid_session_start(r.chat, NULL, &r.options, &s, &err), XYBRID_INVALID_ARGUMENT);
    r.options.flags = XYBRID_RUN_RAW;
    CHECK(!chat_ask(r.rt, r.chat, "x", &r.options, &err));
    r.options.flags = 0;
    CHECK_INT(xybrid_envelope_new_tokens(r.rt, (const int64_t[]){ 1, 2 }, 2, NULL, NULL, &in, &err), XYBRID_OK);
    CHECK_INT(xybrid_session_append(r.chat, in, &err), XYBRID_INVALID_ARGUMENT);
    xybrid_envelope_free(in);
    CHECK_INT(xybrid_envelope_new_text(r.rt, "x", -1, &in, &err), XYBRID_OK);
    CHECK_INT(xybrid_envelope_set(in, "xybrid.role", "boss", &err), XYBRID_OK);
    CHECK_INT(xybrid_session_append(r.chat, in, &err), XYBRID_INVALID_ARGUMENT);
    xybrid_envelope_free(in);
    CHECK(strncmp(ask(&r, "x"), "x #", 3) == 0); /* none of it did any harm */
    close_rig(&r);
}

/* A run without a session remembers nothing, and the input's metadata say what options do not. */
static void without_a_session(void) {
    rig              r;
    xybrid_envelope *in = NULL, *first = NULL, *second = NULL;
    if (!open_rig(&r, "chat-alone", plain_model)) {
        close_rig(&r);
        return;
    }
    DOOR_OK(xybrid_envelope_new_text(r.rt, "Hello", -1, &in, &err));
    DOOR_OK(xybrid_model_run(r.model, in, &r.options, &first, &err));
    DOOR_OK(xybrid_model_run(r.model, in, &r.options, &second, &err));
    CHECK_STR(chat_text(first), chat_text(second));
    CHECK(chat_figure(second, "tokens_cached") > 0); /* the same words: the cache serves them */
    xybrid_envelope_free(second);
    DOOR_OK(xybrid_envelope_set(in, "system_prompt", "Be brief.", &err));
    DOOR_OK(xybrid_envelope_set(in, "max_tokens", "3", &err));
    DOOR_OK(xybrid_model_run(r.model, in, &r.options, &second, &err));
    CHECK_STR(chat_text(second), "Hel");
    CHECK(chat_figure(second, "tokens_in") > chat_figure(first, "tokens_in"));
    xybrid_envelope_free(second);
    xybrid_envelope_free(first);
    xybrid_envelope_free(in);
    close_rig(&r);
}

/* An engine that can only drop sequences whole gives the same answers. */
static void an_engine_that_cannot_trim(void) {
    rig a, b;
    if (open_rig(&a, "chat-trim", plain_model) && open_rig(&b, "chat-no-trim", "tokens 2000\nbatch 64\nsum\nno_trim\n")) {
        CHECK_STR(ask(&a, "one"), ask(&b, "one"));
        CHECK_STR(ask(&a, "two"), ask(&b, "two"));
        CHECK_INT(xybrid_session_rewind(a.chat, 2, &err), XYBRID_OK);
        CHECK_INT(xybrid_session_rewind(b.chat, 2, &err), XYBRID_OK);
        CHECK_STR(ask(&a, "three"), ask(&b, "three"));
        close_rig(&b);
    }
    close_rig(&a);
}

CHECK_MAIN(RUN(a_turn_costs_only_what_is_new), RUN(history_and_rewind), RUN(a_fork_has_the_same_past), RUN(saved_and_restored),
           RUN(restored_by_another_model), RUN(old_turns_go), RUN(length_and_stop_strings), RUN(streamed),
           RUN(cancelled_and_interrupted), RUN(the_engine_fails), RUN(an_answer_fits_its_form),
           RUN(a_form_leaves_no_room_to_think), RUN(calls_are_written_as_the_template_wants_them),
           RUN(the_same_seed_says_the_same), RUN(what_is_refused), RUN(without_a_session), RUN(an_engine_that_cannot_trim))
