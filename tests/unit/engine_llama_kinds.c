/* Tiny models of every architecture that the guard takes (gguf_tree.h: numbers, no knowledge) through the plug-in
 * libxybrid-llama: a batch equals its tokens one by one, and a stopped or refused batch leaves the sequences as they were,
 * recurrent ones too. */
#include "engine_rig.h"

#include "engine/model_int.h"
#include "gguf_tree.h"
#include "plat/cancel.h"
#include "plat/file.h"
#include "temp.h"

enum { COUNT = 12, MAX_VOCABULARY = 1024 };

typedef struct kind {
    xb_test_mem                 tm;
    rig                         r;
    xb_engine_source           *source;
    xb_engine_model            *model;
    const xybrid_engine_tokens *t;
    xybrid_token_info           info;
    xybrid_error                err;
    void                       *s;
} kind;

static xybrid_status open_kind(kind *k, const char *path) {
    memset(k, 0, sizeof *k);
    xb_test_mem_init(&k->tm, 0, 0);
    xb_engine            *engine = NULL;
    xybrid_engine_options options;
    xb_engine_source_spec spec = { .path = path, .format = "gguf" };
    xb_engine_options_init(&options);
    options.context_tokens = 64;
    options.sequences = 3;
    xybrid_status st = rig_open(&k->r, &k->tm.mem, NULL, 0, 1, &k->err);
    if (st == XYBRID_OK) st = xb_engines_load(k->r.engines, RIG_LLAMA, &k->err);
    if (st == XYBRID_OK) st = xb_file_view_open(&k->tm.mem, path, XB_VIEW_READ, &spec.view, &k->err);
    if (st == XYBRID_OK) st = xb_engine_source_new(&k->tm.mem, &spec, &k->source, &k->err);
    if (st == XYBRID_OK) st = xb_engines_select(k->r.engines, xb_engine_source_view(k->source), NULL, &engine, &k->err);
    if (st == XYBRID_OK) st = xb_engine_model_open(engine, k->source, &options, NULL, &k->model, &k->err);
    if (st != XYBRID_OK) return st;
    k->t = k->model->table->tokens;
    k->info.struct_size = sizeof k->info;
    st = k->t->info(k->model->handle, &k->info, &k->err);
    return st == XYBRID_OK ? xb_engine_session_handle(k->model, &options, &k->s, &k->err) : st;
}

static void close_kind(kind *k) {
    if (k->s) k->model->table->session_close(k->s);
    xb_engine_model_drop(k->model);
    xb_engine_source_drop(k->source);
    rig_close(&k->r);
    CHECK_INT(k->tm.live_blocks, 0);
}

static xybrid_status feed(kind *k, int32_t sequence, const int32_t *tokens, int32_t count, const xybrid_cancel *cancel) {
    int32_t      sequences[COUNT];
    xybrid_batch b = { .struct_size = sizeof b, .count = count, .tokens = tokens, .sequences = sequences };
    for (int32_t i = 0; i < count; i++) sequences[i] = sequence;
    return k->t->decode(k->s, &b, cancel, &k->err);
}

static int row_is(kind *k, float *row, int is_new) {
    float *found = NULL;
    double worst = 0;
    if (k->t->logits(k->s, 0, &found, &k->err) != XYBRID_OK) return 0;
    for (int32_t i = 0; i < k->info.vocabulary && i < MAX_VOCABULARY; i++) {
        if (is_new) row[i] = found[i];
        worst = check_worse(worst, fabs((double)row[i] - (double)found[i]));
        if (!isfinite(found[i])) return 0;
    }
    return worst < 1e-2f;
}

static void talks(kind *k, const char *name) {
    int32_t       tokens[COUNT];
    static float  row[MAX_VOCABULARY];
    xybrid_error *err = &k->err;
    for (int i = 0; i < COUNT; i++) tokens[i] = (7 + i * 5) % k->info.vocabulary;
    CHECK_INT(feed(k, 0, tokens, COUNT, NULL), XYBRID_OK);
    CHECK(row_is(k, row, 1));
    for (int i = 0; i < COUNT; i++) CHECK_INT(feed(k, 1, tokens + i, 1, NULL), XYBRID_OK); /* one by one */
    if (!row_is(k, row, 0)) printf("%s: tokens one by one differ\n", name);
    CHECK(row_is(k, row, 0));

    CHECK_INT(feed(k, 2, tokens, COUNT - 3, NULL), XYBRID_OK); /* what was stopped, refused, saved: no trace */
    xybrid_cancel *fired;
    CHECK_INT(xb_cancel_new(&k->tm.mem, &fired, err), XYBRID_OK);
    xb_cancel_fire(fired, XYBRID_CANCELLED_TOKEN);
    CHECK_INT(feed(k, 2, tokens, 5, fired), XYBRID_CANCELLED_TOKEN);
    CHECK_INT(feed(k, 2, tokens, 1, fired), XYBRID_CANCELLED_TOKEN);
    xb_cancel_drop(fired);
    int32_t bad[2] = { 3, k->info.vocabulary };
    CHECK_INT(feed(k, 2, bad, 2, NULL), XYBRID_INVALID_ARGUMENT);
    int64_t size = 0, written = 0;
    CHECK_INT(k->t->cache_size(k->s, 2, &size, err), XYBRID_OK);
    char *bytes = malloc((size_t)size);
    CHECK_INT(k->t->cache_save(k->s, 2, bytes, size, &written, err), XYBRID_OK);
    CHECK_INT(feed(k, 2, tokens + COUNT - 3, 3, NULL), XYBRID_OK);
    CHECK(row_is(k, row, 0));
    CHECK_INT(k->t->cache_trim(k->s, 2, 0, XYBRID_AUTO, err), XYBRID_OK);
    CHECK_INT(k->t->cache_restore(k->s, 2, bytes, written, err), XYBRID_OK);
    CHECK_INT(feed(k, 2, tokens + COUNT - 3, 3, NULL), XYBRID_OK);
    CHECK(row_is(k, row, 0));
    free(bytes);

    CHECK_INT(k->t->cache_trim(k->s, 1, 0, XYBRID_AUTO, err), XYBRID_OK); /* a fork of a whole sequence */
    CHECK_INT(k->t->cache_trim(k->s, 2, 0, XYBRID_AUTO, err), XYBRID_OK);
    CHECK_INT(feed(k, 1, tokens, COUNT - 1, NULL), XYBRID_OK);
    CHECK_INT(k->t->cache_copy(k->s, 1, 2, 0, XYBRID_AUTO, err), XYBRID_OK);
    CHECK_INT(feed(k, 1, tokens, 1, NULL), XYBRID_OK);
    CHECK_INT(feed(k, 2, tokens + COUNT - 1, 1, NULL), XYBRID_OK);
    CHECK(row_is(k, row, 0));
    if (k->info.flags & XYBRID_TOKENS_NO_TRIM)
        CHECK(k->t->cache_trim(k->s, 2, 3, XYBRID_AUTO, err) == XYBRID_UNSUPPORTED_FORMAT);
    else CHECK_INT(k->t->cache_trim(k->s, 2, 3, XYBRID_AUTO, err), XYBRID_OK);
    for (int i = 0; i < 64; i++) /* to the end of the context, and no further */
        if (feed(k, 0, tokens, 1, NULL) != XYBRID_OK) break;
    CHECK_INT(feed(k, 0, tokens, 1, NULL), XYBRID_INVALID_ARGUMENT);
    CHECK_STR(err->subject, "context");
}

/* A text's vector is the same alone and beside another. */
static void embeds(kind *k) {
    int32_t      tokens[2 * COUNT], sequences[2 * COUNT];
    float        alone[MAX_VOCABULARY];
    const float *found = NULL;
    xybrid_batch both = { .struct_size = sizeof both, .count = 2 * COUNT, .tokens = tokens, .sequences = sequences };
    for (int i = 0; i < 2 * COUNT; i++) tokens[i] = (7 + i * 5) % k->info.vocabulary, sequences[i] = i < COUNT;
    xybrid_status st = feed(k, 1, tokens, COUNT, NULL);
    CHECK_INT(st, XYBRID_OK);
    if (st != XYBRID_OK) printf("%s\n", k->err.message);
    st = k->t->embedding(k->s, 1, &found, &k->err);
    CHECK(st == XYBRID_OK || st == XYBRID_UNSUPPORTED_FORMAT);
    for (int32_t i = 0; found && i < k->info.embedding_size; i++) CHECK(isfinite(found[i]));
    if (!found) return;
    memcpy(alone, found, (size_t)k->info.embedding_size * sizeof *alone);
    for (int32_t i = 0; i < 2; i++) CHECK_INT(k->t->cache_trim(k->s, i, 0, XYBRID_AUTO, &k->err), XYBRID_OK);
    CHECK_INT(k->t->decode(k->s, &both, NULL, &k->err), XYBRID_OK);
    CHECK_INT(k->t->embedding(k->s, 1, &found, &k->err), XYBRID_OK);
    for (int32_t i = 0; i < k->info.embedding_size; i++) CHECK(fabs((double)found[i] - (double)alone[i]) < 1e-2);
}

static void runs_every_architecture(void) {
    FILE *f = fopen(RIG_LLAMA, "rb");
    if (!f) CHECK_SKIP("no " RIG_LLAMA);
    fclose(f);
    temp_open();
    for (int i = 0; i < 2 * GGUF_TINIES; i++) { /* with all that may be missing, and without */
        static gguf_tree tree;
        kind             k;
        size_t           size;
        char             file[64];
        const char      *name = gguf_tinies[i / 2].name;
        gguf_tree_make(&tree, &gguf_tinies[i / 2], 0, i % 2 == 0, NULL);
        snprintf(file, sizeof file, "tiny%d.gguf", i);
        char         *bytes = gguf_tree_write(&tree, &size);
        const char   *path = temp_file(file, bytes, size);
        xybrid_status st = open_kind(&k, path);
        if (st != XYBRID_OK) printf("%s: %s\n", name, k.err.message);
        CHECK_INT(st, XYBRID_OK);
        int is_embedder = strstr(name, "bert") || strstr(name, "embedding");
        if (st == XYBRID_OK && is_embedder) embeds(&k);
        if (st == XYBRID_OK && !is_embedder) talks(&k, name);
        close_kind(&k);
        free(bytes);
        gguf_tree_free(&tree);
    }
    temp_close();
}

/* The tokenizer "t5", with maps of characters that hold anything: ids of the vocabulary, or an error, for any text. */
static void reads_unigrams(void) {
    FILE *f = fopen(RIG_LLAMA, "rb");
    if (!f) CHECK_SKIP("no " RIG_LLAMA);
    fclose(f);
    temp_open();
    uint64_t seed = 88172645463325252u;
    int      made = 0, refused = 0;
    for (int round = 0; round < 20; round++) {
        static gguf_tree tree;
        kind             k;
        size_t           size;
        char             map[4 + 1024 + 8] = "\0\4\0\0", file[32];
        for (int i = 4; i < 4 + 1024; i++) { /* xorshift; one entry in four leads on */
            seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
            map[i] = (char)(i % 4 == 0 ? seed >> 40 : i % 4 == 1 ? seed >> 32 & 7 : 0);
        }
        memcpy(map + 4 + 1024, "ab\0c\0d ", 8);
        CHECK_OR_RETURN(gguf_tree_tiny(&tree, "bert"));
        gguf_tree_set_text(&tree, "tokenizer.ggml.model", "t5");
        if (round)
            gguf_tree_set(&tree, "tokenizer.ggml.precompiled_charsmap", XB_GGUF_ARRAY, XB_GGUF_UINT8, sizeof map, map,
                          sizeof map);
        char *bytes = gguf_tree_write(&tree, &size);
        snprintf(file, sizeof file, "unigram%d.gguf", round);
        xybrid_status st = open_kind(&k, temp_file(file, bytes, size));
        CHECK(st == XYBRID_OK || (round && st == XYBRID_UNSUPPORTED_MODEL)); /* a line's end is tokenized at loading */
        for (int i = 0; st == XYBRID_OK && i < 200; i++) {
            int32_t ids[600], count = 0;
            char    text[64];
            for (int n = 0; n < 64; n++) {
                seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
                text[n] = (char)(i % 2 ? seed >> 40 : 'a' + (seed >> 40) % 28);
            }
            xybrid_status answer = k.t->tokenize(k.model->handle, text, 64, 1, 0, ids, 600, &count, &k.err);
            CHECK(answer == XYBRID_OK || answer == XYBRID_INVALID_ARGUMENT);
            for (int32_t n = 0; answer == XYBRID_OK && n < count; n++) CHECK(ids[n] >= 0 && ids[n] < k.info.vocabulary);
            made += answer == XYBRID_OK;
            refused += answer != XYBRID_OK;
        }
        if (st == XYBRID_OK) embeds(&k);
        close_kind(&k);
        free(bytes);
        gguf_tree_free(&tree);
    }
    printf("%d texts tokenized, %d refused\n", made, refused);
    CHECK(made > 1000 && refused > 0);
    temp_close();
}

CHECK_MAIN(RUN(runs_every_architecture), RUN(reads_unigrams))
