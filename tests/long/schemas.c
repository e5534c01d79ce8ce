/* Schemas from the wild, each answered by a real model in a form that fits: those of build/schemas that are understood.
 *
 *     long_schemas [ANSWERS [NAME]]    all, or those with NAME in their names; a line for each:
 *                                      {"name", "schema", "answer", "finish_reason", "tokens"}; check_answers.py judges them
 *
 * The likeliest token is taken always. Right after an answer that is long enough the same prompt is answered freely, just as
 * long, and the processor time of a token is compared: what the form costs. The engine has one thread, as several would wait
 * for each other in a loop. */
#include <time.h>

#include "api/door.h"
#include "base/str.h"
#include "codec/json.h"
#include "support.h"

enum {
    MAX_TOKENS = 256,
    MOST_SCHEMAS = 400,
    LEAST_SCHEMAS = 100,
    LEAST_TIMED = 16,
    MOST_TIMED = 128 /* tokens, to compare time */
};

typedef struct answer {
    char   text[4 * 4096], finish[16];
    int    tokens;
    double token_s; /* of processor time, behind the first */
} answer;

typedef struct trial {
    xybrid_runtime    *rt;
    xybrid_session    *session;
    xybrid_run_options options;
    FILE              *answers;
    const char        *wanted; /* part of a name */
    int                whole, cut, compared;
    double             cost[MOST_SCHEMAS], bound_s, free_s; /* cost: time of a token with the form by that without */
} trial;

static xybrid_error err;

static int take(xybrid_stream *s, answer *a) {
    const xybrid_event *ev = NULL;
    clock_t             start = 0;
    while (xybrid_stream_next(s, XYBRID_AUTO, &ev, &err) == XYBRID_OK) {
        if (!start) start = clock();
        if (ev->kind != XYBRID_EVENT_DONE) continue;
        a->tokens = (int)strtol(xybrid_envelope_get(ev->data, "tokens_out"), NULL, 10);
        a->token_s = (double)(clock() - start) / CLOCKS_PER_SEC / (a->tokens > 1 ? a->tokens - 1 : 1);
        snprintf(a->finish, sizeof a->finish, "%s", xybrid_envelope_get(ev->data, "finish_reason"));
        return (size_t)snprintf(a->text, sizeof a->text, "%s", xybrid_envelope_text(ev->data)) < sizeof a->text;
    }
    return 0;
}

/* The first question of a conversation. */
static int ask(trial *t, const char *question, const char *schema, int32_t max_tokens, answer *a) {
    xybrid_envelope *in = NULL;
    xybrid_stream   *s = NULL;
    t->options.schema = schema;
    t->options.max_tokens = max_tokens;
    err.message[0] = 0;
    int ok = xybrid_session_rewind(t->session, 0, &err) == XYBRID_OK &&
             xybrid_envelope_new_text(t->rt, question, -1, &in, &err) == XYBRID_OK &&
             xybrid_session_start(t->session, in, &t->options, &s, &err) == XYBRID_OK && take(s, a);
    xybrid_stream_close(s);
    xybrid_envelope_free(in);
    if (!ok) printf("%s: %s\n", question, err.message);
    CHECK(ok);
    return ok;
}

static void compare(trial *t, const char *question, const answer *bound) {
    static answer unbound;
    if (bound->tokens < LEAST_TIMED || bound->tokens > MOST_TIMED || !ask(t, question, NULL, bound->tokens, &unbound)) return;
    if (unbound.tokens < LEAST_TIMED) return;
    t->cost[t->compared++] = bound->token_s / unbound.token_s;
    t->bound_s += bound->token_s * bound->tokens, t->free_s += unbound.token_s * bound->tokens;
}

static void write_answer(FILE *to, const char *name, const xb_str *schema, const answer *a) {
    xb_test_mem    tm;
    xb_str         line;
    xb_json_writer w;
    xb_test_mem_init(&tm, 0, 0);
    xb_str_init(&line, &tm.mem, 1 << 20);
    xb_json_writer_init(&w, &line, XB_JSON_COMPACT);
    xb_json_begin_object(&w);
    xb_json_key(&w, "name"), xb_json_put_string(&w, name);
    xb_json_key(&w, "schema"), xb_json_put_raw(&w, schema->data, schema->size);
    xb_json_key(&w, "answer"), xb_json_put_string(&w, a->text);
    xb_json_key(&w, "finish_reason"), xb_json_put_string(&w, a->finish);
    xb_json_key(&w, "tokens"), xb_json_put_int(&w, a->tokens);
    xb_json_end(&w);
    CHECK_INT(xb_json_writer_status(&w, &err), XYBRID_OK);
    fprintf(to, "%s\n", line.data);
    fflush(to);
    xb_str_free(&line);
}

static void try_schema(trial *t, const char *name, const xb_str *schema) {
    static answer bound;
    char          question[256];
    const char   *what = strstr(name, ": ");
    snprintf(question, sizeof question, "Give a short example of \"%.100s\" as JSON.", what ? what + 2 : name);
    if (!ask(t, question, schema->data, MAX_TOKENS, &bound)) return;
    write_answer(t->answers, name, schema, &bound);
    if (strcmp(bound.finish, "stop") == 0) t->whole++;
    else t->cut++;
    compare(t, question, &bound);
}

/* Those of a source that are understood. */
static void try_all(trial *t, const xb_json *root, const char *source) {
    for (xb_json_iter it = xb_json_items(xb_json_get(root, source)); xb_json_next(&it) && t->whole + t->cut < MOST_SCHEMAS;) {
        const char    *name;
        xb_test_mem    tm;
        xb_str         schema;
        xb_json_writer w;
        CHECK_INT(xb_json_get_string(it.value, source, "name", &name, &err), XYBRID_OK);
        if (xb_json_get(it.value, "error") || !strstr(name, t->wanted)) continue;
        xb_test_mem_init(&tm, 0, 0);
        xb_str_init(&schema, &tm.mem, XB_MAX_JSON_BYTES);
        xb_json_writer_init(&w, &schema, XB_JSON_COMPACT);
        xb_json_put_value(&w, xb_json_get(it.value, "schema"));
        if (xb_json_writer_status(&w, &err) == XYBRID_OK) try_schema(t, name, &schema);
        xb_str_free(&schema);
    }
}

static int by_size(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void report(trial *t) {
    const double *c = t->cost;
    const int     n = t->compared;
    printf("%d schemas: %d answers are whole, %d were cut at %d tokens\n", t->whole + t->cut, t->whole, t->cut, MAX_TOKENS);
    if (*t->wanted) return;
    CHECK(t->whole >= LEAST_SCHEMAS);
    CHECK_OR_RETURN(n >= LEAST_SCHEMAS / 4);
    qsort(t->cost, (size_t)n, sizeof *c, by_size);
    printf(
        "time of a token with the form by that without, %d answers: median %.3f, quartiles %.3f %.3f; of all together %.3f\n",
        n, c[n / 2], c[n / 4], c[n * 3 / 4], t->bound_s / t->free_s);
    CHECK(c[n / 2] < 1.1 && t->bound_s / t->free_s < 1.1);
}

int main(int argc, char **argv) {
    static trial t;
    xb_test_mem  tm;
    xb_json_doc *doc = NULL;
    size_t       size = 0;
    char        *cases = xb_test_file_(XB_TEST_SOURCE "/build/schemas/cases.json", &size);
    const char  *folder = door_pack("smollm2-135m", "SmolLM2-135M-Instruct.Q4_1.gguf");
    if (!folder || !cases) {
        printf("SKIP long_schemas: no %s: scripts/setup test brings it\n",
               folder ? "build/schemas" : "build/models/smollm2-135m");
        free(cases);
        return 77;
    }
    xb_test_mem_init(&tm, 0, 0);
    xybrid_model          *model = NULL;
    xybrid_runtime_options ro;
    xybrid_runtime_options_init(&ro, sizeof ro);
    ro.engine_dir = DOOR_ENGINES;
    ro.threads = 1;
    t.answers = fopen(argc > 1 ? argv[1] : XB_TEST_BUILD "/Testing/answers.jsonl", "w");
    t.wanted = argc > 2 ? argv[2] : "";
    xybrid_run_options_init(&t.options, sizeof t.options);
    t.options.temperature = 0;
    t.options.repeat_penalty = 1.1F; /* a small model without it says the same for ever */
    int ok = t.answers && xb_json_parse(&tm.mem, cases, (int64_t)size, XB_MAX_JSON_BYTES, &doc, &err) == XYBRID_OK &&
             door_ok_(xybrid_runtime_create(&ro, &t.rt, &err), &err, "create", __LINE__) &&
             door_ok_(xybrid_model_load(t.rt, folder, NULL, &model, &err), &err, "load", __LINE__) &&
             door_ok_(xybrid_session_open(model, NULL, &t.session, &err), &err, "open", __LINE__);
    CHECK(ok);
    if (ok) {
        try_all(&t, xb_json_root(doc), "schemastore");
        try_all(&t, xb_json_root(doc), "llama_cpp");
        report(&t);
    }
    if (t.answers) CHECK(fclose(t.answers) == 0);
    xb_json_free(doc), free(cases);
    xybrid_session_free(t.session);
    xybrid_model_free(model);
    xybrid_runtime_free(t.rt);
    return check_failures != 0;
}
