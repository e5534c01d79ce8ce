/* engine/llama/model.c - a model: opening, what describe says of it, its vocabulary. Immutable once open: any thread. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "engine/llama/plugin.h"

/* ---- description: a JSON object ---- */

typedef struct writer {
    char  *out; /* NULL: only measures */
    size_t used;
} writer;

static void put(writer *w, const char *bytes, size_t n) {
    if (w->out) memcpy(w->out + w->used, bytes, n);
    w->used += n;
}

static void put_text(writer *w, const char *s) { put(w, s, strlen(s)); }

static void put_number(writer *w, const char *key, int64_t n) {
    char line[96];
    (void)snprintf(line, sizeof line, ",\"%s\":%lld", key, (long long)n);
    put_text(w, line);
}

/* Bytes of the whole UTF-8 character at `s`; 0 if there is none (RFC 3629; the text is terminated). */
static size_t character(const unsigned char *s) {
    size_t n = s[0] < 0x80                   ? 1
               : s[0] >= 0xC2 && s[0] < 0xE0 ? 2
               : (s[0] & 0xF0) == 0xE0       ? 3
               : s[0] >= 0xF0 && s[0] < 0xF5 ? 4
                                             : 0;
    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xC0) != 0x80) return 0;
    if ((s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xED && s[1] > 0x9F) || (s[0] == 0xF0 && s[1] < 0x90) ||
        (s[0] == 0xF4 && s[1] > 0x8F))
        return 0;
    return n;
}

static void put_string(writer *w, const char *text) {
    put(w, "\"", 1);
    for (const unsigned char *s = (const unsigned char *)text; *s;) {
        char   escape[8];
        size_t n = character(s);
        if (n == 0) put_text(w, "\\ufffd");
        else if (*s == '"' || *s == '\\' || *s < 0x20) {
            (void)snprintf(escape, sizeof escape, "\\u%04x", (unsigned)*s);
            put_text(w, escape);
        } else put(w, (const char *)s, n);
        s += n ? n : 1;
    }
    put(w, "\"", 1);
}

static void put_metadata(writer *w, const xl_model *model, xl_call *call) {
    char key[128], value[256];
    put_text(w, ",\"metadata\":{");
    for (int32_t i = 0, count = 0; xl_model_metadata(call, model, i, key, sizeof key, value, sizeof value) == XL_OK; i++) {
        if (strstr(key, "chat_template")) continue; /* long, and in the token table */
        if (count++) put(w, ",", 1);
        put_string(w, key);
        put(w, ":", 1);
        put_string(w, value);
    }
    put(w, "}", 1);
}

static void write_description(writer *w, const ll_model *m, xl_call *call) {
    put_text(w, "{\"architecture\":");
    put_string(w, m->facts.architecture);
    put_text(w, ",\"quantisation\":");
    put_string(w, m->facts.quantisation);
    put_text(w, ",\"cpu\":");
    put_string(w, xl_cpu_level());
    put_number(w, "parameters", m->facts.parameters);
    put_number(w, "weight_bytes", m->facts.weight_bytes);
    put_number(w, "private_bytes", m->facts.private_bytes);
    put_number(w, "context_tokens", m->facts.context_tokens);
    put_number(w, "vocabulary", m->facts.vocabulary);
    put_number(w, "embedding_size", m->facts.embedding_size);
    put_number(w, "layers", m->facts.layers);
    put_metadata(w, m->handle, call);
    put(w, "}", 2); /* and the end of the string */
}

static xybrid_status describe(ll_model *m, xl_call *call, xybrid_error *err) {
    writer w = { 0 };
    write_description(&w, m, call);
    w.out = m->host->alloc(m->host->ctx, (int64_t)w.used, LL_SMALL_ALIGN);
    if (!w.out) return ll_fail(m->host, err, XYBRID_OUT_OF_MEMORY_HOST, "", "no memory for the description");
    w.used = 0;
    write_description(&w, m, call);
    m->description = w.out;
    return XYBRID_OK;
}

/* ---- opening ---- */

typedef struct waiting {
    const xybrid_host   *host;
    const xybrid_cancel *cancel;
    xybrid_status        fired;
} waiting;

static int32_t on_progress(void *ctx, float done) {
    waiting *w = ctx;
    (void)done;
    w->fired = w->host->cancelled(w->host->ctx, w->cancel);
    return w->fired == XYBRID_OK;
}

/* Makes the charge `bytes`. */
static xybrid_status recharge(ll_model *m, int64_t bytes, xybrid_error *err) {
    xybrid_status st = m->host->charge(m->host->ctx, bytes - m->charged, err);
    if (st == XYBRID_OK) m->charged = bytes;
    return st;
}

/* Loads the file within the budget: where repacked weights have no room there, they stay in the mapping. */
static xybrid_status load(ll_model *m, const char *path, const xybrid_cancel *cancel, xl_call *call, xybrid_error *err) {
    const xybrid_host *host = m->host;
    waiting            w = { host, cancel, XYBRID_OK };
    xl_model_options   options = { .is_vocabulary = m->header.tensors == 0,
                                   .is_repacking = m->settings.is_repacking,
                                   .gpu_layers = m->settings.gpu_layers,
                                   .progress = on_progress,
                                   .ctx = &w };
    int64_t            vocabulary = m->header.vocabulary * LL_VOCABULARY_BYTES;
    xybrid_status      st = recharge(m, vocabulary, err);
    if (st != XYBRID_OK) return st;
    if (options.is_repacking && recharge(m, vocabulary + m->header.repackable_bytes, err) != XYBRID_OK) {
        options.is_repacking = 0;
        host->log(host->ctx, 3, "llama", "the budget has no room for repacked weights; they stay mapped");
    }
    if (!on_progress(&w, 0)) return ll_fail(host, err, w.fired, "", "loading was stopped");
    int32_t status = xl_model_open(call, path, &options, &m->handle);
    int64_t heap = call->heap_bytes;
    if (w.fired != XYBRID_OK) return ll_fail(host, err, w.fired, "", "loading was stopped");
    if (status == XL_FAILED)
        return ll_fail(host, err, XYBRID_UNSUPPORTED_MODEL, "", "llama.cpp does not load it: %s",
                       call->said[0] ? call->said : "no reason given");
    if (status != XL_OK) return ll_status(host, err, status, call, "loading");
    status = xl_model_facts(call, m->handle, &m->facts);
    if (status != XL_OK) return ll_status(host, err, status, call, "reading the model's facts");
    return recharge(m, (heap > 0 ? heap : vocabulary) + m->facts.private_bytes, err);
}

xybrid_status ll_model_open(void *engine, const xybrid_source *source, const xybrid_engine_options *options,
                            const xybrid_cancel *cancel, void **model, xybrid_error *err) {
    ll_engine         *e = engine;
    const xybrid_host *host = e->host;
    if (!source->path)
        return ll_fail(host, err, XYBRID_UNSUPPORTED_MODEL, "", "llama.cpp opens files, not memory; give the model's path");
    ll_settings   settings;
    xybrid_status st = ll_settings_read(host, options->config, &settings, err);
    if (st != XYBRID_OK) return st;
    ll_model *m = host->alloc(host->ctx, sizeof *m, LL_SMALL_ALIGN);
    if (!m) return ll_fail(host, err, XYBRID_OUT_OF_MEMORY_HOST, "", "no memory for the model");
    memset(m, 0, sizeof *m);
    m->engine = e;
    m->host = host;
    m->settings = settings;
    xl_call call = { .host = host };
    if (!ll_header_read(source->bytes, source->size_bytes, &m->header))
        st = ll_fail(host, err, XYBRID_MALFORMED, "", "the GGUF header is broken or of an unknown version");
    if (st == XYBRID_OK) st = load(m, source->path, cancel, &call, err);
    if (st == XYBRID_OK) st = describe(m, &call, err);
    if (st == XYBRID_OK) *model = m;
    else ll_model_close(m);
    return st;
}

void ll_model_close(void *model) {
    ll_model *m = model;
    xl_call   call = { .host = m->host };
    xl_model_free(&call, m->handle);
    xybrid_error ignored;
    (void)m->host->charge(m->host->ctx, -m->charged, &ignored);
    m->host->free(m->host->ctx, m->description);
    m->host->free(m->host->ctx, m);
}

const char *ll_model_describe(void *model) { return ((ll_model *)model)->description; }

xybrid_status ll_model_port(void *model, int32_t way, int32_t index, xybrid_port *out, xybrid_error *err) {
    (void)way, (void)index, (void)out;
    return ll_fail(((ll_model *)model)->host, err, XYBRID_INVALID_ARGUMENT, "", "a language model has tokens and no tensors");
}

/* ---- vocabulary ---- */

int32_t ll_model_context(const ll_model *m, int32_t wanted) {
    int32_t most = m->facts.context_tokens > 0 && m->facts.context_tokens < LL_MAX_CONTEXT ? m->facts.context_tokens
                                                                                           : LL_MAX_CONTEXT;
    if (wanted == XYBRID_AUTO) wanted = LL_DEFAULT_CONTEXT;
    return wanted < most ? wanted : most;
}

int32_t ll_model_pooling(const ll_model *m, const ll_settings *settings) {
    enum { MEAN = 1 };
    if (settings->pooling >= 0) return settings->pooling;
    return m->facts.pooling > 0 || m->facts.is_causal ? m->facts.pooling : MEAN;
}

xybrid_status ll_info(void *model, xybrid_token_info *out, xybrid_error *err) {
    (void)err;
    const ll_model *m = model;
    const xl_facts *f = &m->facts;
    out->vocabulary = f->vocabulary;
    out->context_tokens = f->context_tokens;
    out->embedding_size = f->embedding_size;
    out->bos = f->bos;
    out->eos = f->eos;
    int32_t most = ll_model_context(m, LL_MAX_CONTEXT);
    int32_t is_pooled = ll_model_pooling(m, &m->settings) > 0;
    int32_t is_whole = is_pooled || !f->is_causal;
    out->max_batch = !f->can_compute ? 0 : !is_whole || most < LL_MAX_BATCH ? most : LL_MAX_BATCH;
    out->flags = (is_pooled ? XYBRID_TOKENS_POOLED : 0) |
                 (f->is_recurrent ? XYBRID_TOKENS_NO_TRIM | XYBRID_TOKENS_NO_SHIFT : 0) |
                 (f->positions > 1 || !f->is_causal ? XYBRID_TOKENS_NO_SHIFT : 0);
    out->chat_template = f->chat_template;
    return XYBRID_OK;
}

xybrid_status ll_tokenize(void *model, const char *text, int64_t len, int32_t add_bos, int32_t special, int32_t *tokens,
                          int32_t capacity, int32_t *count, xybrid_error *err) {
    const ll_model *m = model;
    if (len < 0 || len > INT32_MAX / 2 || (!text && len > 0) || capacity < 0 || (!tokens && capacity > 0) || !count)
        return ll_fail(m->host, err, XYBRID_INVALID_ARGUMENT, "text", "a text has 0 to %d bytes; this one has %lld",
                       INT32_MAX / 2, (long long)len);
    xl_call call = { .host = m->host };
    int32_t n = 0;
    int32_t status = xl_tokenize(&call, m->handle, text ? text : "", (int32_t)len, add_bos, special, tokens, capacity, &n);
    if (status == XL_FAILED)
        return ll_fail(m->host, err, XYBRID_INVALID_ARGUMENT, "text", "the text cannot be tokenized: %s", call.said);
    if (status != XL_OK) return ll_status(m->host, err, status, &call, "tokenizing");
    *count = n;
    if (n > capacity)
        return ll_fail(m->host, err, XYBRID_INVALID_ARGUMENT, "tokens", "the text has %d tokens, there is room for %d", n,
                       capacity);
    return XYBRID_OK;
}

xybrid_status ll_piece(void *model, int32_t token, const char **bytes, int32_t *size, int32_t *flags, xybrid_error *err) {
    const ll_model *m = model;
    if (token < 0 || token >= m->facts.vocabulary)
        return ll_fail(m->host, err, XYBRID_INVALID_ARGUMENT, "token", "token %d is outside the vocabulary of %d", token,
                       m->facts.vocabulary);
    xl_call call = { .host = m->host };
    return ll_status(m->host, err, xl_piece(&call, m->handle, token, bytes, size, flags), &call, "a token's text");
}
