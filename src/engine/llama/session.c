/* engine/llama/session.c - a context of llama.cpp: batches in, rows of logits out. One thread at a time for each session.
 *
 * A batch of any size is cut: to LL_MAX_BATCH tokens, to LL_OUTPUT_ROWS wanted rows (llama.cpp reserves work space for as many
 * rows of the whole vocabulary as it may have to give), and to what attention computes in one node of the graph, where a cancel is
 * seen: 4 * heads * key size * positions for each token. Rows of all pieces but the last are copied. */
#include <math.h>
#include <string.h>

#include "engine/llama/plugin.h"

static const double node_work = 6e8;  /* multiplications and additions between two looks at the cancel: some 10 ms */
static const double alone_work = 2e8; /* in a whole decode: some 4 ms of one core */

/* ---- opening ---- */

static int32_t is_stopped(void *ctx) {
    const ll_session *s = ctx;
    return !s->is_deaf && __atomic_load_n(&s->is_fired, __ATOMIC_RELAXED);
}

static void on_fired(void *ctx) { __atomic_store_n(&((ll_session *)ctx)->is_fired, 1, __ATOMIC_RELAXED); }

/* Tokens that one node computes at once: as many as keep it short, by the model's largest matrix. */
static int32_t choose_micro(const ll_model *m, int32_t context) {
    int32_t micro = m->settings.micro_tokens;
    if (micro == 0) {
        double fit = m->header.largest > 0 ? node_work / (2.0 * (double)m->header.largest) : 512;
        micro = fit < 64 ? 64 : fit > 512 ? 512 : (int32_t)fit / 32 * 32;
        if (fit > 300 && micro < 512) micro = 512; /* no odd sizes for a few milliseconds */
    }
    return micro < context ? micro : context;
}

static xybrid_status check_options(const ll_model *m, const xybrid_engine_options *options, xybrid_error *err) {
    if (m->facts.unsupported) return ll_fail(m->host, err, XYBRID_UNSUPPORTED_MODEL, "", "%s", m->facts.unsupported);
    if (options->context_tokens != XYBRID_AUTO && (options->context_tokens < 1 || options->context_tokens > LL_MAX_CONTEXT))
        return ll_fail(m->host, err, XYBRID_INVALID_ARGUMENT, "context_tokens", "a context has 1 to %d tokens, not %d",
                       LL_MAX_CONTEXT, options->context_tokens);
    if (options->sequences < 1 || options->sequences > LL_MAX_SEQUENCES)
        return ll_fail(m->host, err, XYBRID_INVALID_ARGUMENT, "sequences", "a session has 1 to %d sequences, not %d",
                       LL_MAX_SEQUENCES, options->sequences);
    return XYBRID_OK;
}

static void choose_options(ll_session *s, const ll_settings *settings, const xybrid_engine_options *options) {
    const ll_model *m = s->model;
    int32_t         pooling = ll_model_pooling(m, settings);
    int32_t         context = ll_model_context(m, options->context_tokens);
    if (pooling > 0 && options->context_tokens == XYBRID_AUTO && context > LL_POOLED_CONTEXT) context = LL_POOLED_CONTEXT;
    int32_t rows = options->sequences > LL_OUTPUT_ROWS ? options->sequences : LL_OUTPUT_ROWS;
    s->options = (xl_context_options){
        .context_tokens = context,
        .sequences = options->sequences,
        .micro_tokens = choose_micro(m, context),
        .pooling = pooling,
        .is_embedding = pooling > 0,
        .is_stopped = is_stopped,
        .ctx = s,
    };
    /* what is pooled, or sees all of itself, is computed at once */
    int32_t batch = context < LL_MAX_BATCH ? context : LL_MAX_BATCH;
    s->is_whole = !m->facts.is_causal || pooling > 0;
    if (pooling > 0) batch -= batch % options->sequences; /* llama.cpp plans for as many tokens of each, and no remainder */
    if (batch < options->sequences) batch = options->sequences;
    s->options.batch_tokens = batch;
    if (s->is_whole) s->options.micro_tokens = batch;
    s->options.output_rows = s->options.is_embedding || rows > s->options.batch_tokens ? s->options.batch_tokens : rows;
    if (s->options.output_rows < options->sequences) s->options.output_rows = options->sequences;
}

static xybrid_status recharge(ll_session *s, int64_t bytes, xybrid_error *err) {
    xybrid_status st = s->host->charge(s->host->ctx, bytes - s->charged, err);
    if (st == XYBRID_OK) s->charged = bytes;
    return st;
}

static xybrid_status make_room(ll_session *s, xybrid_error *err) {
    int64_t n = s->options.batch_tokens;
    char   *block = s->host->alloc(s->host->ctx, n * (int64_t)(sizeof *s->lists + 3 * sizeof(int32_t) + 1), LL_SMALL_ALIGN);
    if (!block) return ll_fail(s->host, err, XYBRID_OUT_OF_MEMORY_HOST, "", "no memory for a batch");
    s->lists = (int32_t **)(void *)block;
    s->positions = (int32_t *)(void *)(s->lists + n);
    s->sequences = s->positions + n;
    s->ones = s->sequences + n;
    s->want = (uint8_t *)(s->ones + n);
    for (int64_t i = 0; i < n; i++) s->ones[i] = 1;
    return XYBRID_OK;
}

static xybrid_status open_context(ll_session *s, xybrid_error *err) {
    const ll_model *m = s->model;
    xl_call         call = { .host = s->host };
    int64_t         rows = (int64_t)s->options.output_rows * (m->facts.vocabulary + m->facts.embedding_size) * 4;
    /* what is pooled is computed at once, and forgotten before the next: a context of all */
    int64_t cells = (int64_t)s->options.context_tokens * (s->options.is_embedding ? 1 : s->options.sequences);
    if (cells > LL_MAX_CONTEXT)
        return ll_fail(s->host, err, XYBRID_INVALID_ARGUMENT, "context_tokens",
                       "%d sequences of %d tokens are more than %d in all", s->options.sequences, s->options.context_tokens,
                       LL_MAX_CONTEXT);
    xybrid_status st = recharge(s, cells * ll_header_bytes_per_token(&m->header) + rows, err);
    if (st != XYBRID_OK) return st;
    int32_t each = s->options.context_tokens;
    s->options.context_tokens = (int32_t)cells; /* one cache for all sequences */
    int32_t status = xl_context_open(&call, m->handle, &s->options, &s->handle);
    s->options.context_tokens = each;
    if (status == XL_FAILED || status == XL_MEMORY)
        return ll_fail(s->host, err, XYBRID_OUT_OF_MEMORY_HOST, "", "no context of %d sequences of %d tokens: %s",
                       s->options.sequences, each, call.said[0] ? call.said : "no memory");
    if (status == XL_OK) status = xl_pool_new(&call, 1, &s->solo);
    if (status != XL_OK) return ll_status(s->host, err, status, &call, "opening a context");
    s->has_cache = xl_has_cache(s->handle);
    return recharge(s, xl_context_bytes(&call, s->handle) + rows, err);
}

xybrid_status ll_session_open(void *model, const xybrid_engine_options *options, void **session, xybrid_error *err) {
    ll_model          *m = model;
    const xybrid_host *host = m->host;
    ll_settings        settings = m->settings;
    xybrid_status      st = check_options(m, options, err);
    if (st == XYBRID_OK && options->config) st = ll_settings_read(host, options->config, &settings, err);
    if (st != XYBRID_OK) return st;
    ll_session *s = host->alloc(host->ctx, sizeof *s, LL_SMALL_ALIGN);
    if (!s) return ll_fail(host, err, XYBRID_OUT_OF_MEMORY_HOST, "", "no memory for the session");
    memset(s, 0, sizeof *s);
    s->model = m;
    s->host = host;
    s->threads = options->threads < 1 ? 1 : options->threads > host->threads ? host->threads : options->threads;
    choose_options(s, &settings, options);
    st = make_room(s, err);
    if (st == XYBRID_OK) st = open_context(s, err);
    if (st == XYBRID_OK) *session = s;
    else ll_session_close(s);
    return st;
}

void ll_session_close(void *session) {
    ll_session *s = session;
    xl_call     call = { .host = s->host };
    xl_context_free(&call, s->handle);
    xl_pool_free(&call, s->solo);
    xybrid_error ignored;
    (void)s->host->charge(s->host->ctx, -s->charged, &ignored);
    s->host->free(s->host->ctx, s->lists);
    s->host->free(s->host->ctx, s->saved);
    s->host->free(s->host->ctx, s);
}

/* ---- threads ---- */

/* The engine's pool, large enough for this session: each thread of it wakes for each decode, so there are no more than asked for. */
static void grow_pool(ll_engine *e, const ll_session *s, xl_call *call) {
    if (e->pool && e->pool_threads >= s->threads) return;
    xl_pool_free(call, e->pool);
    e->pool_threads = s->threads;
    if (xl_pool_new(call, s->threads, &e->pool) != XL_OK) e->pool = NULL;
}

/* Is a batch of `count` tokens so little work that other threads are not worth their wake? They meet at hundreds of nodes: a short
 * text gains a millisecond or two by them while a core is free for each, and takes many times as long when one has to wait for
 * its core. Where text is generated, one decode follows the other, and memory is what limits it: not asked there. */
static int32_t is_alone(const ll_session *s, int32_t count) {
    const xl_facts *f = &s->model->facts;
    double weights = (double)f->parameters - (double)f->vocabulary * f->embedding_size; /* all but the table of tokens */
    return s->options.is_embedding && 2 * weights * count <= alone_work;
}

/* Takes the engine's pool for one decode of `count` tokens, if it is free, this session may use it, and it pays; else the caller
 * computes alone. */
static int32_t take_pool(ll_session *s, int32_t count, xl_call *call) {
    ll_engine *e = s->model->engine;
    int32_t    is_mine = s->threads > 1 && !is_alone(s, count) && !__atomic_exchange_n(&e->pool_taken, 1, __ATOMIC_ACQUIRE);
    if (is_mine) grow_pool(e, s, call);
    if (is_mine && e->pool) xl_context_use(s->handle, e->pool, s->threads);
    else xl_context_use(s->handle, s->solo, 1);
    call->is_parallel = is_mine && e->pool;
    return is_mine;
}

static void give_pool(ll_session *s, int32_t is_mine) {
    if (is_mine) __atomic_store_n(&s->model->engine->pool_taken, 0, __ATOMIC_RELEASE);
}

/* ---- checking a batch ---- */

xybrid_status ll_check_sequence(ll_session *s, int32_t sequence, xybrid_error *err) {
    if (s->is_broken)
        return ll_fail(s->host, err, XYBRID_INTERNAL, "", "ggml gave up in this session; close it and open another");
    if (sequence < 0 || sequence >= s->options.sequences)
        return ll_fail(s->host, err, XYBRID_INVALID_ARGUMENT, "sequence", "sequence %d of %d", sequence, s->options.sequences);
    return XYBRID_OK;
}

static xybrid_status check_content(const ll_session *s, const xybrid_batch *b, xybrid_error *err) {
    const xl_facts *f = &s->model->facts;
    if (b->count < 1 || !b->tokens == !b->vectors)
        return ll_fail(s->host, err, XYBRID_INVALID_ARGUMENT, "batch", "a batch holds tokens or vectors; this one has %d of %s",
                       b->count, b->tokens ? "both" : "neither");
    for (int32_t i = 0; b->tokens && i < b->count; i++)
        if (b->tokens[i] < 0 || b->tokens[i] >= f->vocabulary)
            return ll_fail(s->host, err, XYBRID_INVALID_ARGUMENT, "tokens", "item %d is token %d, outside the vocabulary of %d",
                           i, b->tokens[i], f->vocabulary);
    if (b->vectors && f->positions > 1)
        return ll_fail(s->host, err, XYBRID_UNSUPPORTED_MODEL, "vectors",
                       "vectors whose places have %d numbers each (M-RoPE) are not supported", f->positions);
    for (int64_t i = 0; b->vectors && i < (int64_t)b->count * f->input_size; i++)
        if (!isfinite(b->vectors[i]))
            return ll_fail(s->host, err, XYBRID_INVALID_ARGUMENT, "vectors", "number %lld of the vectors is not finite",
                           (long long)i);
    if (s->is_whole && b->count > s->options.batch_tokens)
        return ll_fail(s->host, err, XYBRID_INVALID_ARGUMENT, "batch", "%d tokens; this session takes %d at once", b->count,
                       s->options.batch_tokens);
    return XYBRID_OK;
}

/* Where each item goes: fills s->first and s->next; positions must follow what a sequence holds without a gap. */
static xybrid_status check_places(ll_session *s, const xybrid_batch *b, xybrid_error *err) {
    for (int32_t q = 0; q < s->options.sequences; q++) s->first[q] = s->next[q] = -1;
    for (int32_t i = 0; i < b->count; i++) {
        int32_t       q = b->sequences ? b->sequences[i] : 0;
        xybrid_status st = ll_check_sequence(s, q, err);
        if (st != XYBRID_OK) return st;
        if (s->first[q] < 0) {
            int32_t last = s->has_cache ? xl_last(s->handle, q) : -1;
            int32_t start = last < 0 && b->positions ? b->positions[i] : last + 1;
            s->first[q] = s->next[q] = start < 0 ? 0 : start;
        }
        if (b->positions && b->positions[i] != s->next[q])
            return ll_fail(s->host, err, XYBRID_INVALID_ARGUMENT, "positions",
                           "item %d has position %d in sequence %d; the next is %d", i, b->positions[i], q, s->next[q]);
        if (s->next[q] >= s->options.context_tokens)
            return ll_fail(s->host, err, XYBRID_INVALID_ARGUMENT, "context", "the context of %d tokens is full (sequence %d)",
                           s->options.context_tokens, q);
        s->next[q]++;
    }
    for (int32_t q = 0; q < s->options.sequences; q++) s->next[q] = s->first[q]; /* again, for the pieces */
    return XYBRID_OK;
}

/* ---- keeping what was there ---- */

static void drop_checkpoints(ll_session *s) {
    for (int32_t q = 0; q < s->options.sequences; q++) {
        s->host->free(s->host->ctx, s->checkpoint[q]);
        s->checkpoint[q] = NULL;
    }
}

/* Recurrent models: a copy of each sequence that the batch touches and that holds something. */
static xybrid_status make_checkpoints(ll_session *s, xl_call *call, xybrid_error *err) {
    for (int32_t q = 0; q < s->options.sequences; q++) {
        if (s->first[q] < 0 || xl_last(s->handle, q) < 0) continue;
        int64_t size = xl_state_size(call, s->handle, q);
        s->checkpoint[q] = size > 0 ? s->host->alloc(s->host->ctx, size, LL_SMALL_ALIGN) : NULL;
        s->checkpoint_bytes[q] = size;
        if (!s->checkpoint[q] || xl_state_get(call, s->handle, q, s->checkpoint[q], size) != size) {
            drop_checkpoints(s);
            return ll_fail(s->host, err, XYBRID_OUT_OF_MEMORY_HOST, "", "no memory to keep a sequence of %lld bytes",
                           (long long)size);
        }
    }
    return XYBRID_OK;
}

/* After a failure: the sequences as they were before. One token of a recurrent model has no checkpoint: it is not stopped
 * halfway, and what fails before it computes changes nothing. */
static void put_back(ll_session *s, xl_call *call) {
    for (int32_t q = 0; q < s->options.sequences && s->has_cache; q++) {
        if (s->first[q] < 0 || xl_last(s->handle, q) < s->first[q]) continue;
        int32_t is_cut = !s->model->facts.is_recurrent;
        int32_t status = xl_remove(call, s->handle, q, is_cut ? s->first[q] : -1, -1);
        if (s->checkpoint[q]) status = xl_state_set(call, s->handle, q, s->checkpoint[q], s->checkpoint_bytes[q]);
        else if (!is_cut && s->first[q] > 0) status = XL_FAILED;
        if (status != XL_OK) s->is_broken = 1;
    }
    s->row_count = s->saved_rows = 0;
}

/* ---- computing ---- */

/* Copies the rows of the piece just computed behind those saved before. `all` = rows that the batch wants. */
static xybrid_status save_rows(ll_session *s, int32_t all, xl_call *call, xybrid_error *err) {
    int64_t each = s->model->facts.vocabulary;
    if (all > s->saved_capacity) {
        float *grown = s->host->alloc(s->host->ctx, all * each * (int64_t)sizeof *grown, 64);
        if (!grown) return ll_fail(s->host, err, XYBRID_OUT_OF_MEMORY_HOST, "", "no memory for %d rows of logits", all);
        if (s->saved) memcpy(grown, s->saved, (size_t)(s->saved_rows * each) * sizeof *grown);
        s->host->free(s->host->ctx, s->saved);
        s->saved = grown;
        s->saved_capacity = all;
    }
    for (; s->saved_rows < s->row_count; s->saved_rows++) {
        const float *row = xl_logits(call, s->handle, s->index[0]);
        if (!row) return ll_status(s->host, err, XL_FAILED, call, "reading logits");
        memcpy(s->saved + s->saved_rows * each, row, (size_t)each * sizeof *row);
        memmove(s->index, s->index + 1, (size_t)(s->row_count - s->saved_rows - 1) * sizeof *s->index);
    }
    return XYBRID_OK;
}

static int32_t is_wanted(const xybrid_batch *b, int32_t i) { return b->want ? b->want[i] != 0 : i == b->count - 1; }

/* Lays out the piece from item `at` on; returns its length. */
static int32_t lay_out(ll_session *s, const xybrid_batch *b, int32_t at) {
    const ll_header *h = &s->model->header;
    int32_t          rows = 0, n = 0, most = s->options.batch_tokens;
    if (!s->is_whole && h->heads > 0 && h->key_size > 0) {
        int32_t held = s->next[b->sequences ? b->sequences[at] : 0];
        double  fit = node_work / (4.0 * (double)h->heads * (double)h->key_size * (held < 256 ? 256 : held));
        if (fit < most) most = fit < 32 ? 32 : (int32_t)fit;
    }
    for (; n < most && n < s->options.batch_tokens && at + n < b->count; n++) {
        int32_t q = b->sequences ? b->sequences[at + n] : 0;
        int32_t wanted = is_wanted(b, at + n);
        if (wanted && !s->options.is_embedding) {
            if (rows == s->options.output_rows) break;
            s->index[rows++] = n;
        }
        s->want[n] = wanted || s->options.is_embedding;
        s->sequences[n] = q;
        s->positions[n] = s->next[q]++;
    }
    s->row_count += rows;
    return n;
}

static xybrid_status compute(ll_session *s, const xybrid_batch *b, xl_call *call, const xybrid_cancel *cancel,
                             xybrid_error *err) {
    int32_t all = 0;
    for (int32_t i = 0; i < b->count; i++) all += is_wanted(b, i);
    s->row_count = s->saved_rows = 0;
    for (int32_t at = 0; at < b->count;) {
        if (is_stopped(s)) return ll_fail(s->host, err, s->host->cancelled(s->host->ctx, cancel), "", "decoding was stopped");
        int32_t  n = lay_out(s, b, at);
        xl_batch piece = { .count = n,
                           .tokens = b->tokens ? b->tokens + at : NULL,
                           .vectors = b->vectors ? b->vectors + (int64_t)at * s->model->facts.input_size : NULL,
                           .positions = s->positions,
                           .sequences = s->sequences,
                           .want = s->want,
                           .lists = s->lists,
                           .ones = s->ones };
        int32_t  status = xl_decode(call, s->handle, &piece);
        if (status == XL_BROKEN) s->is_broken = 1;
        if (status == XL_ABORTED)
            return ll_fail(s->host, err, s->host->cancelled(s->host->ctx, cancel), "", "decoding was stopped");
        if (status == XL_FULL)
            return ll_fail(s->host, err, XYBRID_INVALID_ARGUMENT, "context", "the cache of %d tokens is full",
                           s->options.context_tokens * s->options.sequences);
        if (status != XL_OK) return ll_status(s->host, err, status, call, "decoding");
        at += n;
        if (at < b->count && s->row_count > s->saved_rows) {
            xybrid_status st = save_rows(s, all, call, err);
            if (st != XYBRID_OK) return st;
        }
    }
    return XYBRID_OK;
}

xybrid_status ll_decode(void *session, const xybrid_batch *batch, const xybrid_cancel *cancel, xybrid_error *err) {
    ll_session   *s = session;
    xl_call       call = { .host = s->host };
    xybrid_status st = check_content(s, batch, err);
    if (st == XYBRID_OK) st = check_places(s, batch, err);
    if (st == XYBRID_OK && s->model->facts.is_recurrent && batch->count > 1) st = make_checkpoints(s, &call, err);
    if (st != XYBRID_OK) return st;
    /* what was computed before this is gone in any case */
    xybrid_cancel_hook hook = { { 0 } };
    __atomic_store_n(&s->is_fired, 0, __ATOMIC_RELAXED);
    s->is_deaf = s->model->facts.is_recurrent && batch->count == 1 && s->host->cancelled(s->host->ctx, cancel) == XYBRID_OK;
    s->host->on_cancel(s->host->ctx, cancel, on_fired, s, &hook);
    int32_t is_mine = take_pool(s, batch->count, &call);
    st = compute(s, batch, &call, cancel, err);
    give_pool(s, is_mine);
    call.is_parallel = 0;
    s->host->off_cancel(s->host->ctx, cancel, &hook);
    if (st != XYBRID_OK && !s->is_broken) put_back(s, &call);
    drop_checkpoints(s);
    return st;
}

/* ---- results ---- */

xybrid_status ll_logits(void *session, int32_t row, float **out, xybrid_error *err) {
    ll_session *s = session;
    xl_call     call = { .host = s->host };
    if (row < 0 || row >= s->row_count || s->is_broken)
        return ll_fail(s->host, err, XYBRID_INVALID_ARGUMENT, "row", "row %d of %d wanted ones of the last decode", row,
                       s->row_count);
    float *found = row < s->saved_rows ? s->saved + (int64_t)row * s->model->facts.vocabulary
                                       : xl_logits(&call, s->handle, s->index[row - s->saved_rows]);
    if (!found) return ll_status(s->host, err, XL_FAILED, &call, "reading logits");
    *out = found;
    return XYBRID_OK;
}

xybrid_status ll_argmax(void *session, int32_t row, int32_t *token, xybrid_error *err) {
    const ll_session *s = session;
    float            *logits;
    xybrid_status     st = ll_logits(session, row, &logits, err);
    if (st != XYBRID_OK) return st;
    int32_t best = -1;
    for (int32_t i = 0; i < s->model->facts.vocabulary; i++)
        if (!isnan(logits[i]) && (best < 0 || logits[i] > logits[best])) best = i;
    if (best < 0) return ll_fail(s->host, err, XYBRID_INFERENCE_FAILED, "", "the model gave no number for any token");
    *token = best;
    return XYBRID_OK;
}

xybrid_status ll_embedding(void *session, int32_t sequence, const float **out, xybrid_error *err) {
    ll_session   *s = session;
    xl_call       call = { .host = s->host };
    xybrid_status st = ll_check_sequence(s, sequence, err);
    if (st != XYBRID_OK) return st;
    if (!s->options.is_embedding)
        return ll_fail(s->host, err, XYBRID_UNSUPPORTED_FORMAT, "",
                       "the model pools nothing by itself; set \"pooling\" to \"mean\", \"cls\" or \"last\"");
    const float *found = xl_embedding(&call, s->handle, sequence);
    if (!found)
        return ll_fail(s->host, err, XYBRID_INVALID_ARGUMENT, "sequence", "the last decode held nothing of sequence %d",
                       sequence);
    *out = found;
    return XYBRID_OK;
}
