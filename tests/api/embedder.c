/* A sentence embedder as GGUF through the door: all-MiniLM-L6-v2, converted by tools/convert/minilm_gguf.py and run by llama.cpp, against
 * the same weights as ONNX on the engine of our own, which tests/api/models.c holds against reference vectors. The bound of 0.9999
 * leaves room for matrices that one has as float16, the other as int8 with float32 scales. */
#include <time.h>

#include "counted.h"
#include "door.h"

static xybrid_error err;

/* Both models; 0 (and the test is skipped) where one is not there. The ONNX pack reads 256 tokens of a text. */
typedef struct pair {
    xybrid_runtime *rt;
    xybrid_model   *onnx, *gguf;
} pair;

static const char *gguf_file(void) { return XB_TEST_MODELS "/all-minilm-l6-v2/all-minilm-l6-v2.gguf"; }

#if defined(__SANITIZE_THREAD__)
#  define NEED_MODELS CHECK_SKIP("llama.cpp is not instrumented: it runs without the thread sanitizer")
#elif defined(XB_TEST_NO_ONNXRUNTIME)
#  define NEED_MODELS CHECK_SKIP("no plug-in for this system")
#else
#  define NEED_MODELS                                                                                \
      if (!door_file_exists(DOOR_ENGINES "/libxybrid-llama.so"))                                     \
          CHECK_SKIP("build/engines/libxybrid-llama.so is not there: scripts/build-llama makes it"); \
      if (!door_file_exists(gguf_file())) CHECK_SKIP("all-minilm-l6-v2.gguf is not there: scripts/setup test makes it")
#endif

static int open_pair(pair *p, const char *metadata) {
    xybrid_load_options o;
    memset(p, 0, sizeof *p);
    p->rt = door_runtime();
    xybrid_load_options_init(&o, sizeof o);
    o.metadata = metadata;
    return door_ok_(xybrid_model_load(p->rt, XB_TEST_MODELS "/all-minilm-l6-v2", NULL, &p->onnx, &err), &err, "ONNX",
                    __LINE__) &&
           door_ok_(xybrid_model_load(p->rt, gguf_file(), &o, &p->gguf, &err), &err, "GGUF", __LINE__);
}

static void close_pair(pair *p) {
    xybrid_model_free(p->onnx);
    xybrid_model_free(p->gguf);
    xybrid_runtime_free(p->rt);
}

static xybrid_envelope *text_of(xybrid_runtime *rt, const char *text) {
    xybrid_envelope *e = NULL;
    CHECK_INT(xybrid_envelope_new_text(rt, text, -1, &e, &err), XYBRID_OK);
    return e;
}

/* The vector's product with another one; of two with length 1 the cosine. */
static double product(const xybrid_envelope *a, const xybrid_envelope *b) {
    int64_t      n = 0, m = 0;
    const float *x = xybrid_envelope_floats(a, &n), *y = xybrid_envelope_floats(b, &m);
    double       sum = 0;
    CHECK_INT(n, 384);
    CHECK_INT(m, 384);
    for (int64_t i = 0; x && y && i < 384; i++) sum += (double)x[i] * (double)y[i];
    return sum;
}

static const char *const texts[] = {
    "A man is eating food.",
    "A man is eating a piece of bread.",
    "The girl plays the violin.",
    "Größe, Übermut, naïve café: ÉCLAIR!",
    "東京は日本の首都です。 Привет, мир! 😀👍🏽",
    "한국어 문장입니다",
    "Ελλάδα, ΆΈΉ, สวัสดี, مرحبا بالعالم, שלום",
    "tabs\tand\r\nlines  [MASK] [SEP] ##ing",
    "supercalifragilisticexpialidocious antidisestablishmentarianism",
    "?!",
    "x",
    "",
};
enum { TEXTS = sizeof texts / sizeof texts[0] };

static void agrees_with_onnx(void) {
    NEED_MODELS;
    pair   p;
    char   many[12000] = "";
    double worst = 1;
    CHECK_OR_RETURN(open_pair(&p, "{\"execution_template\":{\"context_length\":256}}"));
    while (strlen(many) < sizeof many - 64) strcat(many, "one two three, four five; six seven eight. ");
    for (int i = 0; i <= TEXTS; i++) {
        xybrid_envelope *in = text_of(p.rt, i < TEXTS ? texts[i] : many), *a = NULL, *b = NULL;
        DOOR_OK(xybrid_model_run(p.onnx, in, NULL, &a, &err));
        DOOR_OK(xybrid_model_run(p.gguf, in, NULL, &b, &err));
        CHECK_INT(xybrid_envelope_view(b)->kind, XYBRID_EMBEDDING);
        CHECK_INT(xybrid_envelope_view(b)->dtype, XYBRID_FLOAT32);
        CHECK_NEAR(product(b, b), 1, 1e-5);
        double cosine = product(a, b);
        if (cosine < 0.9999) printf("%.6f %s\n", cosine, i < TEXTS ? texts[i] : "many words");
        CHECK(cosine >= 0.9999);
        if (cosine < worst) worst = cosine;
        if (i < TEXTS) CHECK(xybrid_envelope_get(b, "tokens_dropped") == NULL);
        else CHECK(atoi(xybrid_envelope_get(b, "tokens_dropped") ? xybrid_envelope_get(b, "tokens_dropped") : "0") > 2000);
        xybrid_envelope_free(a);
        xybrid_envelope_free(b);
        xybrid_envelope_free(in);
    }
    printf("%d texts: the lowest cosine is %.7f\n", TEXTS + 1, worst);
    close_pair(&p);
}

/* A List of Texts gives what each gives alone, in their order. 40 of them are more than a batch takes. */
static void takes_lists(void) {
    NEED_MODELS;
    enum { COUNT = 40 };
    pair             p;
    xybrid_envelope *items[COUNT], *list = NULL, *all = NULL, *empty = NULL, *one = NULL;
    CHECK_OR_RETURN(open_pair(&p, NULL));
    for (int i = 0; i < COUNT; i++) items[i] = text_of(p.rt, texts[i % TEXTS]);
    DOOR_OK(xybrid_envelope_new_list(p.rt, items, COUNT, &list, &err));
    DOOR_OK(xybrid_model_run(p.gguf, list, NULL, &all, &err));
    CHECK_INT(xybrid_envelope_count(all), COUNT);
    for (int i = 0; i < COUNT && i < xybrid_envelope_count(all); i++) {
        DOOR_OK(xybrid_model_run(p.gguf, items[i], NULL, &one, &err));
        CHECK_NEAR(product(one, xybrid_envelope_at(all, i)), 1, 1e-5);
        xybrid_envelope_free(one);
        xybrid_envelope_free(items[i]);
    }
    DOOR_OK(xybrid_envelope_new_list(p.rt, NULL, 0, &empty, &err));
    DOOR_OK(xybrid_model_run(p.gguf, empty, NULL, &one, &err));
    CHECK_INT(xybrid_envelope_count(one), 0);
    xybrid_envelope_free(one);
    xybrid_envelope_free(empty);
    xybrid_envelope_free(all);
    xybrid_envelope_free(list);
    close_pair(&p);
}

static void refuses_by_name(void) {
    NEED_MODELS;
    static const float zeros[160];
    pair               p;
    xybrid_envelope   *out = NULL, *audio = NULL, *list = NULL, *text;
    xybrid_cancel     *stop = NULL;
    xybrid_run_options o;
    CHECK_OR_RETURN(open_pair(&p, NULL));
    text = text_of(p.rt, "A man eats.");
    DOOR_OK(xybrid_envelope_new_audio(p.rt, zeros, 160, 16000, 1, NULL, NULL, &audio, &err));
    CHECK_INT(xybrid_model_run(p.gguf, audio, NULL, &out, &err), XYBRID_INVALID_ARGUMENT);
    CHECK(strstr(err.message, "Audio; Text, or a List of Texts, is wanted") != NULL);
    xybrid_envelope *both[] = { text, audio };
    DOOR_OK(xybrid_envelope_new_list(p.rt, both, 2, &list, &err));
    CHECK_INT(xybrid_model_run(p.gguf, list, NULL, &out, &err), XYBRID_INVALID_ARGUMENT);
    xybrid_run_options_init(&o, sizeof o);
    o.temperature = 0.5f;
    CHECK_INT(xybrid_model_run(p.gguf, text, &o, &out, &err), XYBRID_INVALID_ARGUMENT);
    CHECK(strstr(err.message, "temperature") != NULL);
    xybrid_run_options_init(&o, sizeof o);
    o.flags = XYBRID_RUN_RAW;
    CHECK_INT(xybrid_model_run(p.gguf, text, &o, &out, &err), XYBRID_INVALID_ARGUMENT);
    o.flags = 0;
    DOOR_OK(xybrid_cancel_create(p.rt, &stop, &err));
    xybrid_cancel_fire(stop);
    o.cancel = stop;
    CHECK_INT(xybrid_model_run(p.gguf, text, &o, &out, &err), XYBRID_CANCELLED_TOKEN);
    CHECK(out == NULL);
    CHECK_INT(xybrid_model_run(p.gguf, text, NULL, &out, &err), XYBRID_OK); /* and goes on */
    CHECK_INT(xybrid_envelope_view(out)->kind, XYBRID_EMBEDDING);
    xybrid_cancel_free(stop);
    xybrid_envelope_free(list);
    xybrid_envelope_free(out);
    xybrid_envelope_free(audio);
    xybrid_envelope_free(text);
    close_pair(&p);
}

/* ---- cancel ---- */

static double wall_ms(void) {
    struct timespec t;
    (void)timespec_get(&t, TIME_UTC);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

/* The next request on the session gives what the one before gave. */
static void answers_as_before(xybrid_session *s, xybrid_envelope *in, const xybrid_envelope *wanted) {
    xybrid_envelope *out = NULL;
    DOOR_OK(xybrid_session_run(s, in, NULL, &out, &err));
    CHECK_NEAR(product(out, wanted), 1, 1e-5);
    xybrid_envelope_free(out);
}

/* A List of texts that fill a batch each, seconds of work, is stopped at several moments, most of them in the middle of a batch. */
static void stops_while_it_computes(void) {
    NEED_MODELS;
    enum { COUNT = 64 };
    static const int   moments[] = { 10, 20, 35, 50, 70, 100 };
    pair               p;
    char               many[4096] = "";
    xybrid_session    *s = NULL;
    xybrid_envelope   *text, *items[COUNT], *list = NULL, *wanted = NULL, *out = NULL;
    xybrid_run_options o;
    CHECK_OR_RETURN(open_pair(&p, NULL));
    while (strlen(many) < sizeof many - 64) strcat(many, "one two three, four five; six seven eight. ");
    text = text_of(p.rt, many);
    for (int i = 0; i < COUNT; i++) items[i] = text;
    DOOR_OK(xybrid_envelope_new_list(p.rt, items, COUNT, &list, &err));
    DOOR_OK(xybrid_session_open(p.gguf, NULL, &s, &err));
    DOOR_OK(xybrid_session_run(s, text, NULL, &wanted, &err));
    xybrid_run_options_init(&o, sizeof o);
    for (int i = 0; i < (int)(sizeof moments / sizeof *moments); i++) {
        double start = wall_ms();
        o.deadline_ms = moments[i];
        CHECK_INT(xybrid_session_run(s, list, &o, &out, &err), XYBRID_CANCELLED_DEADLINE);
        printf("stopped %.1f ms after a deadline of %d ms\n", wall_ms() - start - moments[i], moments[i]);
        CHECK(out == NULL);
        answers_as_before(s, text, wanted);
    }
    xybrid_session_free(s);
    xybrid_envelope_free(wanted);
    xybrid_envelope_free(list);
    xybrid_envelope_free(text);
    close_pair(&p);
}

/* Each allocation of two requests, one after the other, fails once. */
static void survives_refused_memory(void) {
    NEED_MODELS;
    counter                c = { .fail_at = -1 };
    const xybrid_allocator a = { .struct_size = sizeof a, .ctx = &c, .alloc = counted_alloc, .free = counted_free };
    xybrid_runtime_options o;
    xybrid_runtime        *rt = NULL;
    xybrid_model          *m = NULL;
    xybrid_envelope       *list = NULL, *out = NULL, *items[2];
    int                    refused = 0, more = 1;
    xybrid_runtime_options_init(&o, sizeof o);
    o.allocator = &a;
    o.threads = 1;
    o.engine_dir = DOOR_ENGINES;
    o.flags = XYBRID_RUNTIME_MAY_SET_ENV;
    DOOR_OK(xybrid_runtime_create(&o, &rt, &err));
    DOOR_OK(xybrid_model_load(rt, gguf_file(), NULL, &m, &err));
    for (int i = 0; i < 2; i++) items[i] = text_of(rt, texts[i]);
    DOOR_OK(xybrid_envelope_new_list(rt, items, 2, &list, &err));
    for (int64_t at = 1; at < 1000 && more; at++) {
        c.calls = 0;
        c.struck = 0;
        c.fail_at = at;
        xybrid_status st = xybrid_model_run(m, list, NULL, &out, &err);
        more = c.struck;
        refused += st != XYBRID_OK;
        CHECK(st == XYBRID_OK || (st & XYBRID_PRIMARY_MASK) == XYBRID_OUT_OF_MEMORY);
        if (st == XYBRID_OK) CHECK_INT(xybrid_envelope_count(out), 2);
        xybrid_envelope_free(out);
        out = NULL;
    }
    c.fail_at = -1;
    printf("%d allocations failed in turn\n", refused);
    CHECK(refused > 5 && !more);
    xybrid_envelope_free(list);
    for (int i = 0; i < 2; i++) xybrid_envelope_free(items[i]);
    xybrid_model_free(m);
    xybrid_runtime_free(rt);
    CHECK_INT(c.live, 0);
}

CHECK_MAIN(RUN(agrees_with_onnx), RUN(takes_lists), RUN(refuses_by_name), RUN(stops_while_it_computes),
           RUN(survives_refused_memory))
