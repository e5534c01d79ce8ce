/* A thousand damaged GGUF files through load, and a short answer from those that are whole after all: an error or a result,
 * never a crash, a hang, or memory beyond the budget. Half are tiny models of every architecture that is taken (gguf_tree.h),
 * changed in keys, tensors and tokens; the others are a real model's file with bits flipped, its end cut off, or nothing but
 * its header. */
#include "chat_rig.h"
#include "gguf_mutate.h"

enum { TINY = 600, REAL = 400, BUDGET = 256 << 20 };

static xybrid_error err;

typedef struct tally {
    int loaded, answered, refused, strange;
} tally;

static int is_an_answer_to_a_bad_file(xybrid_status st) {
    xybrid_status primary = st & XYBRID_PRIMARY_MASK;
    return primary == XYBRID_UNSUPPORTED_FORMAT || primary == XYBRID_OUT_OF_MEMORY || primary == XYBRID_INFERENCE_FAILED ||
           primary == XYBRID_PREPROCESSING_FAILED || primary == XYBRID_INVALID_ARGUMENT;
}

static void note(tally *t, uint64_t number, xybrid_status st) {
    if (is_an_answer_to_a_bad_file(st)) t->refused++;
    else {
        t->strange++;
        printf("file %llu: %s (%s)\n", (unsigned long long)number, err.message, xybrid_status_name(st));
    }
}

static void try_file(xybrid_runtime *rt, const char *path, uint64_t number, tally *t) {
    xybrid_model      *m = NULL;
    xybrid_envelope   *in = NULL, *out = NULL;
    xybrid_run_options o;
    xybrid_status      st = xybrid_model_load(rt, path, NULL, &m, &err);
    if (st) {
        note(t, number, st);
        return;
    }
    t->loaded++;
    xybrid_run_options_init(&o, sizeof o);
    o.max_tokens = 3;
    st = xybrid_envelope_new_text(rt, "a b", -1, &in, &err);
    if (!st) st = xybrid_model_run(m, in, &o, &out, &err);
    if (st == XYBRID_INVALID_ARGUMENT && strstr(err.message, "max_tokens")) st = xybrid_model_run(m, in, NULL, &out, &err);
    if (st) note(t, number, st);
    else t->answered++;
    xybrid_envelope_free(out);
    xybrid_envelope_free(in);
    xybrid_model_free(m);
}

/* A real file with some bits changed, mostly in its header; cut; or the header alone. */
static size_t damage(char *to, const char *bytes, size_t size, size_t header, uint64_t seed) {
    uint64_t state = seed;
    memcpy(to, bytes, size);
    if (seed % 16 == 0) return header;
    if (seed % 8 == 1) return (size_t)gguf_random(&state, size);
    for (uint64_t i = 0, n = 1 + gguf_random(&state, 4); i < n; i++) {
        size_t at = (size_t)gguf_random(&state, gguf_random(&state, 4) ? header : size);
        to[at] = (char)(to[at] ^ (1 << gguf_random(&state, 8)));
    }
    return size;
}

static xybrid_runtime *small_runtime(void) {
    xybrid_runtime        *rt = NULL;
    xybrid_runtime_options o;
    xybrid_runtime_options_init(&o, sizeof o);
    o.engine_dir = DOOR_ENGINES;
    o.threads = 1;
    o.memory_budget_bytes = BUDGET;
    CHECK_INT(xybrid_runtime_create(&o, &rt, &err), XYBRID_OK);
    return rt;
}

static int has_plug_in(void) { return door_file_exists(DOOR_ENGINES "/libxybrid-llama.so"); }

static void tiny_models(void) {
    tally           t = { 0 };
    xybrid_runtime *rt = small_runtime();
    if (!has_plug_in()) CHECK_SKIP("build/engines/libxybrid-llama.so is not there: scripts/build-llama makes it");
    mkdir(XB_TEST_BUILD "/Testing", 0777);
    for (uint64_t seed = 0; rt && seed < (uint64_t)CHECK_ROUNDS(TINY); seed++) {
        size_t size;
        char  *bytes = gguf_mutant(seed, &size);
        try_file(rt, door_write("mutant.gguf", bytes, size), seed, &t);
        free(bytes);
    }
    printf("tiny models: %d loaded, %d of them answered, %d refusals\n", t.loaded, t.answered, t.refused);
    CHECK_INT(t.strange, 0);
    CHECK(t.answered > 20 && t.refused > 100);
    xybrid_runtime_free(rt);
}

static void a_real_model(void) {
    enum { MOST = 2 << 20, HEADER = 20 << 10 };
    static char bytes[MOST], copy[MOST];
    tally       t = { 0 };
    const char *path = door_data("llm/stories260K.gguf");
    if (!has_plug_in()) CHECK_SKIP("build/engines/libxybrid-llama.so is not there: scripts/build-llama makes it");
    if (!path) CHECK_SKIP("reference data llm/stories260K.gguf");
    size_t          size = door_read(path, bytes, sizeof bytes);
    xybrid_runtime *rt = small_runtime();
    CHECK(size > HEADER && size < MOST);
    for (uint64_t seed = 0; rt && seed < (uint64_t)CHECK_ROUNDS(REAL); seed++) {
        size_t left = damage(copy, bytes, size, HEADER, seed);
        try_file(rt, door_write("damaged.gguf", copy, left), seed, &t);
    }
    printf("a real model: %d loaded, %d of them answered, %d refusals\n", t.loaded, t.answered, t.refused);
    CHECK_INT(t.strange, 0);
    CHECK(t.refused > 100);
    xybrid_runtime_free(rt);
}

CHECK_MAIN(RUN(tiny_models), RUN(a_real_model))
