/* The small language model of the echo engine, slot by slot: what it says, and that every kind of cache mistake would show. */
#include "engine_rig.h"

#include "plat/cancel.h"

#define USER(text)   "<|im_start|>user\n" text "<|im_end|>\n"
#define PROMPT(text) USER(text) "<|im_start|>assistant\n"

static const xybrid_engine *const  tables[] = { &xb_engine_echo, &xb_engine_null };
static const xybrid_engine_tokens *t;

typedef struct bench {
    xb_test_mem      tm;
    rig              r;
    xb_engine_model *model;
    void            *session;
    xybrid_error     err;
} bench;

static int open_bench(bench *b, const char *text, int32_t sequences) {
    xybrid_engine_options options;
    memset(b, 0, sizeof *b);
    xb_test_mem_init(&b->tm, 0, 0);
    xb_engine_options_init(&options);
    options.sequences = sequences;
    t = xb_engine_echo.tokens;
    xybrid_status st = rig_open(&b->r, &b->tm.mem, tables, 2, 1, &b->err);
    if (st == XYBRID_OK) st = rig_text_model(&b->r, text, &b->model, &b->err);
    if (st == XYBRID_OK) st = b->model->table->session_open(b->model->handle, &options, &b->session, &b->err);
    if (st != XYBRID_OK) printf("%s\n", b->err.message);
    CHECK_INT(st, XYBRID_OK);
    return st == XYBRID_OK;
}

static void close_bench(bench *b) {
    if (b->session) b->model->table->session_close(b->session);
    xb_engine_model_drop(b->model);
    rig_close(&b->r);
    CHECK_INT(b->tm.live_blocks, 0);
}

static int32_t tokens_of(bench *b, const char *text, int32_t *tokens, int32_t capacity) {
    int32_t count = 0;
    CHECK_INT(t->tokenize(b->model->handle, text, (int64_t)strlen(text), 0, 1, tokens, capacity, &count, &b->err), XYBRID_OK);
    return count;
}

static xybrid_status decode(bench *b, int32_t sequence, const int32_t *tokens, int32_t count, const xybrid_cancel *cancel) {
    int32_t sequences[600];
    for (int i = 0; i < count; i++) sequences[i] = sequence;
    const xybrid_batch batch = { .struct_size = sizeof batch, .count = count, .tokens = tokens, .sequences = sequences };
    return t->decode(b->session, &batch, cancel, &b->err);
}

static void say(bench *b, int32_t sequence, const char *text) {
    int32_t tokens[600], count = tokens_of(b, text, tokens, 600);
    CHECK_INT(decode(b, sequence, tokens, count, NULL), XYBRID_OK);
}

/* Greedily until the end; the answer stays in the sequence, without its end. */
static const char *answer(bench *b, int32_t sequence) {
    static char text[600];
    size_t      size = 0;
    for (;;) {
        const char *bytes;
        int32_t     token = -1, n, is_end;
        if (t->argmax(b->session, 0, &token, &b->err) || t->piece(b->model->handle, token, &bytes, &n, &is_end, &b->err))
            return "?";
        if (is_end || size + (size_t)n >= sizeof text || decode(b, sequence, &token, 1, NULL)) break;
        memcpy(text + size, bytes, (size_t)n);
        size += (size_t)n;
    }
    text[size] = 0;
    return text;
}

static const char *ask(bench *b, int32_t sequence, const char *prompt) {
    say(b, sequence, prompt);
    return answer(b, sequence);
}

/* ---- */

static void tells_what_it_is(void) {
    bench             b;
    xybrid_token_info info = { .struct_size = sizeof info };
    int32_t           tokens[8], count, size, is_end;
    const char       *bytes;
    if (!open_bench(&b, "xybrid-echo 1\ntokens 300\nbatch 64\nno_trim\ntemplate {{ a }}\\n\ntemplate b\\\\\n", 1)) return;
    CHECK_INT(t->info(b.model->handle, &info, &b.err), XYBRID_OK);
    CHECK_INT(info.vocabulary, 264), CHECK_INT(info.context_tokens, 300), CHECK_INT(info.max_batch, 64);
    CHECK_INT(info.bos, 256), CHECK_INT(info.eos, 257), CHECK_INT(info.flags, XYBRID_TOKENS_NO_TRIM);
    CHECK_STR(info.chat_template, "{{ a }}\nb\\");
    CHECK_INT(t->tokenize(b.model->handle, "a<|im_end|>", 11, 1, 1, tokens, 8, &count, &b.err), XYBRID_OK);
    CHECK(count == 3 && tokens[0] == 256 && tokens[1] == 'a' && tokens[2] == 259);
    CHECK_INT(t->tokenize(b.model->handle, "\xFF<s>", 4, 0, 0, tokens, 8, &count, &b.err), XYBRID_OK);
    CHECK(count == 4 && tokens[0] == 255 && tokens[1] == '<');
    CHECK_INT(t->tokenize(b.model->handle, "0123456789", 10, 1, 0, tokens, 8, &count, &b.err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(count, 11);
    CHECK_INT(t->piece(b.model->handle, 0, &bytes, &size, &is_end, &b.err), XYBRID_OK);
    CHECK(size == 1 && bytes[0] == 0 && !is_end);
    CHECK_INT(t->piece(b.model->handle, 259, &bytes, &size, &is_end, &b.err), XYBRID_OK);
    CHECK(size == 10 && memcmp(bytes, "<|im_end|>", 10) == 0 && is_end);
    CHECK_INT(t->piece(b.model->handle, 264, &bytes, &size, &is_end, &b.err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(t->piece(b.model->handle, -1, &bytes, &size, &is_end, &b.err), XYBRID_INVALID_ARGUMENT);
    close_bench(&b);
    if (!open_bench(&b, "xybrid-echo 1\ninput x float32 1\n", 1)) return;
    CHECK_INT(t->info(b.model->handle, &info, &b.err), XYBRID_UNSUPPORTED_MODEL);
    CHECK_INT(decode(&b, 0, (int32_t[]){ 1 }, 1, NULL), XYBRID_INVALID_ARGUMENT);
    close_bench(&b);
}

static void says_it_again(void) {
    bench b;
    if (!open_bench(&b, "xybrid-echo 1\ntokens 512\n", 3)) return;
    CHECK_STR(ask(&b, 0, PROMPT("Hello \xE2\x82\xAC!")), "Hello \xE2\x82\xAC!");
    CHECK_STR(ask(&b, 0, "<|im_end|>\n" PROMPT("And\nthen?")), "And\nthen?"); /* the same conversation goes on */
    CHECK_STR(ask(&b, 1, "<|im_start|>system\nBe short.<|im_end|>\n" PROMPT("")), "");
    CHECK_STR(ask(&b, 2, "one\ntwo\n"), "two");
    close_bench(&b);
    if (!open_bench(&b, "xybrid-echo 1\ntokens 512\nsum\n", 2)) return;
    CHECK_STR(ask(&b, 0, PROMPT("Hi")), "Hi #08385f14"); /* of every machine */
    CHECK_STR(ask(&b, 1, "<|im_start|>system\nx<|im_end|>\n" PROMPT("Hi")), "Hi #06234538");
    close_bench(&b);
}

static void logits_depend_on_tokens_and_places(void) {
    bench   b;
    float  *logits, kept[3][264];
    int32_t tokens[3][3] = { { 'a', 'b', '\n' }, { 'b', 'a', '\n' }, { 'a', 'b', '\n' } }, places[3] = { 0, 1, 3 };
    if (!open_bench(&b, "xybrid-echo 1\ntokens 512\n", 4)) return;
    for (int32_t i = 0; i < 3; i++) {
        int32_t            sequences[3] = { i, i, i };
        const xybrid_batch batch = {
            .count = 3, .tokens = tokens[i], .sequences = sequences, .positions = i == 2 ? places : NULL
        };
        CHECK_INT(t->decode(b.session, &batch, NULL, &b.err), XYBRID_OK);
        CHECK_INT(t->logits(b.session, 0, &logits, &b.err), XYBRID_OK);
        CHECK_INT(t->logits(b.session, 1, &logits, &b.err), XYBRID_INVALID_ARGUMENT);
        memcpy(kept[i], logits, sizeof kept[i]);
        for (int k = 0; k < 264; k++) CHECK(logits[k] == 12 || (logits[k] >= 0 && logits[k] <= 4));
    }
    CHECK(memcmp(kept[0], kept[1], sizeof kept[0]) != 0);
    CHECK(memcmp(kept[0], kept[2], sizeof kept[0]) != 0);
    /* several sequences and several wanted rows in one batch: as one by one */
    const int32_t      mixed[] = { 'a', 'a', 'b', 'b', '\n', '\n' }, of[] = { 3, 1, 3, 1, 3, 1 };
    const uint8_t      want[] = { 0, 0, 0, 0, 1, 1 };
    const xybrid_batch batch = { .count = 6, .tokens = mixed, .sequences = of, .want = want };
    CHECK_INT(t->cache_trim(b.session, 1, 0, XYBRID_AUTO, &b.err), XYBRID_OK);
    CHECK_INT(t->decode(b.session, &batch, NULL, &b.err), XYBRID_OK);
    for (int32_t row = 0; row < 2; row++) {
        CHECK_INT(t->logits(b.session, row, &logits, &b.err), XYBRID_OK);
        CHECK(memcmp(kept[0], logits, sizeof kept[0]) == 0);
    }
    close_bench(&b);
}

static void the_cache_is_told_apart(void) {
    bench       b;
    char        bytes[4096], plain[64], system[64];
    int64_t     size, written;
    int32_t     tokens[600];
    const char *first = "<|im_start|>system\nx<|im_end|>\n";
    if (!open_bench(&b, "xybrid-echo 1\ntokens 512\nsum\n", 4)) return;
    snprintf(plain, sizeof plain, "%s", ask(&b, 0, PROMPT("Hi")));
    snprintf(system, sizeof system, "%s", ask(&b, 1, "<|im_start|>system\nx<|im_end|>\n" PROMPT("Hi")));
    /* trimmed to a common beginning, which is copied, saved, restored: the same answer */
    int32_t begin = tokens_of(&b, first, tokens, 600);
    CHECK_INT(t->cache_trim(b.session, 1, begin, XYBRID_AUTO, &b.err), XYBRID_OK);
    CHECK_INT(t->cache_copy(b.session, 1, 2, 0, XYBRID_AUTO, &b.err), XYBRID_OK);
    CHECK_INT(t->cache_size(b.session, 1, &size, &b.err), XYBRID_OK);
    CHECK_INT(t->cache_save(b.session, 1, bytes, size - 1, &written, &b.err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(t->cache_save(b.session, 1, bytes, sizeof bytes, &written, &b.err), XYBRID_OK);
    CHECK_INT(written, size);
    CHECK_STR(ask(&b, 1, PROMPT("Hi")), system);
    CHECK_STR(ask(&b, 2, PROMPT("Hi")), system);
    CHECK_INT(t->cache_restore(b.session, 3, bytes, size, &b.err), XYBRID_OK);
    CHECK_STR(ask(&b, 3, PROMPT("Hi")), system);
    /* the beginning taken out: another answer as long as the rest is not moved down, then that of a new sequence */
    CHECK_INT(t->cache_restore(b.session, 3, bytes, size, &b.err), XYBRID_OK);
    say(&b, 3, USER("Hi"));
    CHECK_INT(t->cache_trim(b.session, 3, 0, begin, &b.err), XYBRID_OK);
    CHECK_INT(t->cache_copy(b.session, 3, 0, 0, XYBRID_AUTO, &b.err), XYBRID_INVALID_ARGUMENT); /* places that 0 holds */
    CHECK_INT(t->cache_trim(b.session, 0, 0, XYBRID_AUTO, &b.err), XYBRID_OK);
    CHECK_INT(t->cache_copy(b.session, 3, 0, 0, XYBRID_AUTO, &b.err), XYBRID_OK);
    CHECK(strcmp(ask(&b, 0, "<|im_start|>assistant\n"), plain) != 0);
    CHECK_INT(t->cache_shift(b.session, 3, 0, -begin - 1, &b.err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(t->cache_shift(b.session, 3, 0, 512, &b.err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(t->cache_shift(b.session, 3, 0, -begin, &b.err), XYBRID_OK);
    CHECK_STR(ask(&b, 3, "<|im_start|>assistant\n"), plain);
    /* a token missing in the middle: nothing but the sum tells */
    snprintf(plain, sizeof plain, "%s", ask(&b, 2, "<|im_end|>\n" PROMPT("Hi")));
    CHECK_INT(t->cache_trim(b.session, 1, begin + 5, begin + 6, &b.err), XYBRID_OK);
    snprintf(system, sizeof system, "%s", ask(&b, 1, "<|im_end|>\n" PROMPT("Hi")));
    CHECK(strncmp(plain, system, 4) == 0 && strcmp(plain, system) != 0);
    close_bench(&b);
}

static void refuses_damaged_states(void) {
    bench   b;
    int32_t state[8];
    int64_t size, written;
    if (!open_bench(&b, "xybrid-echo 1\ntokens 100\n", 1)) return;
    say(&b, 0, "abc");
    CHECK_INT(t->cache_save(b.session, 0, state, sizeof state, &written, &b.err), XYBRID_OK);
    CHECK_INT(written, sizeof state);
    for (size = 0; size < 32; size++) CHECK_INT(t->cache_restore(b.session, 0, state, size, &b.err), XYBRID_MALFORMED);
    for (int i = 0; i < 8; i++) {
        int32_t damaged[8];
        memcpy(damaged, state, sizeof damaged);
        damaged[i] += i % 2 ? 100 : 1000; /* token, or position */
        CHECK_INT(t->cache_restore(b.session, 0, damaged, 32, &b.err), XYBRID_MALFORMED);
    }
    state[5] = 0; /* the same position twice */
    CHECK_INT(t->cache_restore(b.session, 0, state, 32, &b.err), XYBRID_MALFORMED);
    CHECK_INT(t->cache_size(b.session, 0, &size, &b.err), XYBRID_OK);
    CHECK_INT(size, 32);
    close_bench(&b);
}

static void failures_leave_sequences_as_they_were(void) {
    bench          b;
    xybrid_cancel *cancel = NULL;
    int64_t        size;
    int32_t        tokens[600], bad[] = { 'a', 264 };
    if (!open_bench(&b, "xybrid-echo 1\ntokens 40\nbatch 30\nfail_at 5 IO_READ\n", 2)) return;
    CHECK_INT(decode(&b, 0, tokens, tokens_of(&b, "abcdef", tokens, 600), NULL), XYBRID_IO_READ);
    CHECK_INT(t->cache_size(b.session, 0, &size, &b.err), XYBRID_OK);
    CHECK_INT(size, 8);
    CHECK_INT(decode(&b, 0, tokens, 6, NULL), XYBRID_OK); /* tried again */
    CHECK_INT(decode(&b, 0, bad, 2, NULL), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(decode(&b, 2, bad, 1, NULL), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(decode(&b, 0, bad, 0, NULL), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(decode(&b, 0, tokens, 31, NULL), XYBRID_INVALID_ARGUMENT);
    for (int i = 0; i < 30; i++) tokens[i] = 'x';
    CHECK_INT(decode(&b, 0, tokens, 30, NULL), XYBRID_OK);
    CHECK_INT(decode(&b, 0, tokens, 5, NULL), XYBRID_INVALID_ARGUMENT);
    CHECK_STR(b.err.message, "echo: the context is full");
    CHECK_INT(t->cache_size(b.session, 0, &size, &b.err), XYBRID_OK);
    CHECK_INT(size, 37 * 8);
    const float       *vector;
    const float        vectors[8] = { 0 };
    const xybrid_batch batch = { .count = 1, .vectors = vectors };
    CHECK_INT(t->decode(b.session, &batch, NULL, &b.err), XYBRID_UNSUPPORTED_FORMAT);
    CHECK_INT(t->embedding(b.session, 0, &vector, &b.err), XYBRID_OK);
    CHECK_NEAR(vector['x' % 8], 30 / 36.0, 1e-6);
    CHECK_INT(t->embedding(b.session, 1, &vector, &b.err), XYBRID_INVALID_ARGUMENT);
    close_bench(&b);

    if (!open_bench(&b, "xybrid-echo 1\ntokens 40\nwait_cancel\n", 1)) return;
    CHECK_INT(xb_cancel_new(&b.tm.mem, &cancel, &b.err), XYBRID_OK);
    xb_cancel_fire(cancel, XYBRID_CANCELLED_TOKEN);
    CHECK_INT(decode(&b, 0, tokens, 3, cancel), XYBRID_CANCELLED_TOKEN);
    CHECK_INT(t->cache_size(b.session, 0, &size, &b.err), XYBRID_OK);
    CHECK_INT(size, 8);
    CHECK_INT(decode(&b, 0, tokens, 3, NULL), XYBRID_INVALID_ARGUMENT); /* would wait for ever */
    xb_cancel_drop(cancel);
    close_bench(&b);
}

static void whole_sequences_only(void) {
    bench b;
    if (!open_bench(&b, "xybrid-echo 1\ntokens 100\nno_trim\n", 2)) return;
    say(&b, 0, "abc");
    CHECK_INT(t->cache_trim(b.session, 0, 1, XYBRID_AUTO, &b.err), XYBRID_UNSUPPORTED_FORMAT);
    CHECK_INT(t->cache_copy(b.session, 0, 1, 0, 2, &b.err), XYBRID_UNSUPPORTED_FORMAT);
    CHECK_INT(t->cache_shift(b.session, 0, 0, 1, &b.err), XYBRID_UNSUPPORTED_FORMAT);
    CHECK_INT(t->cache_trim(b.session, 0, 3, XYBRID_AUTO, &b.err), XYBRID_OK); /* nothing there */
    CHECK_INT(t->cache_copy(b.session, 0, 1, 0, XYBRID_AUTO, &b.err), XYBRID_OK);
    CHECK_INT(t->cache_trim(b.session, 0, 0, XYBRID_AUTO, &b.err), XYBRID_OK);
    CHECK_INT(t->cache_trim(b.session, 0, 0, 3, &b.err), XYBRID_OK);
    CHECK_INT(t->cache_trim(b.session, 2, 0, 3, &b.err), XYBRID_INVALID_ARGUMENT);
    close_bench(&b);
    if (!open_bench(&b, "xybrid-echo 1\ntokens 100\nno_shift\n", 1)) return;
    say(&b, 0, "abc");
    CHECK_INT(t->cache_shift(b.session, 0, 0, 1, &b.err), XYBRID_UNSUPPORTED_FORMAT);
    CHECK_INT(t->cache_trim(b.session, 0, 1, 2, &b.err), XYBRID_OK);
    close_bench(&b);
}

static void names_the_line_that_is_wrong(void) {
    static const char *const lines[] = { "tokens 0", "tokens", "tokens 2000000", "batch 0", "batch x" };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        xb_test_mem      tm;
        rig              r;
        xb_engine_model *m = NULL;
        xybrid_error     err;
        char             text[64];
        snprintf(text, sizeof text, "xybrid-echo 1\n%s\n", lines[i]);
        xb_test_mem_init(&tm, 0, 0);
        CHECK_INT(rig_open(&r, &tm.mem, tables, 2, 1, &err), XYBRID_OK);
        CHECK_INT(rig_text_model(&r, text, &m, &err), XYBRID_MALFORMED);
        rig_close(&r);
    }
}

static void survives_lack_of_memory(void) {
    xb_test_mem tm;
    XB_TORTURE (tm, 40) {
        rig                   r;
        xybrid_error          err;
        xb_engine_model      *m = NULL;
        void                 *session = NULL;
        xybrid_engine_options options;
        const int32_t         tokens[] = { 'a', '\n' };
        const uint8_t         want[] = { 1, 1 };
        xybrid_batch          batch = { .count = 1, .tokens = tokens };
        xb_engine_options_init(&options);
        xybrid_status st = rig_open(&r, &tm.mem, tables, 2, 1, &err);
        if (st == XYBRID_OK) st = rig_text_model(&r, "xybrid-echo 1\ntokens 100\n", &m, &err);
        if (st == XYBRID_OK) st = m->table->session_open(m->handle, &options, &session, &err);
        if (st == XYBRID_OK) st = m->table->tokens->decode(session, &batch, NULL, &err);
        batch.count = 2;
        batch.want = want;
        if (st == XYBRID_OK) st = m->table->tokens->decode(session, &batch, NULL, &err);
        XB_TORTURE_STATUS(tm, st);
        if (session) m->table->session_close(session);
        xb_engine_model_drop(m);
        rig_close(&r);
    }
}

CHECK_MAIN(RUN(tells_what_it_is), RUN(says_it_again), RUN(logits_depend_on_tokens_and_places), RUN(the_cache_is_told_apart),
           RUN(refuses_damaged_states), RUN(failures_leave_sequences_as_they_were), RUN(whole_sequences_only),
           RUN(names_the_line_that_is_wrong), RUN(survives_lack_of_memory))
