/* engine/echo.c - the engine of the tests: copies inputs to outputs and misbehaves on request. It uses nothing but the
 * plug-in contract, so it is also the shortest complete example of one.
 *
 * Its model is a text file (suffix .echo), a line for each thing, words parted by spaces, '#' begins a comment:
 *
 *     xybrid-echo 1             first line
 *     input x float32 1 -1      name, type, dimensions (-1 = free)
 *     input s int64 1
 *     output y x                name, the input it is a copy of
 *     output s2 s plus 1        each element and 1: shows a carried state at work (numbers only)
 *     steps 5                   a run goes through 5 steps; 1 if absent
 *     slow_ms 50                each step takes so long; cancel is looked at every millisecond
 *     wait_cancel               each step waits for the cancel
 *     fail_at 3 IO_READ         step 3 fails (steps count from 1); INFERENCE_FAILED if no code is given: see fail_codes
 *     fail_run 2                but only in the second run of a session
 *     scratch 4096              allocates so many bytes in each step
 *     parallel 8                copies in 8 chunks on the host's pool
 *     give                      hands over memory of its own instead of asking for the host's
 *
 * A line `tokens` makes it a small language model: see echo_tokens.c for it and its other lines. */
#include <string.h>

#include "base/format.h"
#include "engine/echo_int.h"
#include "plat/clock.h"
#include "tensor/tensor.h"

typedef struct echo_input {
    xybrid_tensor tensor;
    int64_t       shape[XB_MAX_RANK];
} echo_input;

typedef struct echo_carry {
    int32_t output, input;
    void   *memory[2]; /* in turn */
    int64_t capacity_bytes[2];
    int32_t now; /* the one that is the input; -1 = what was bound */
} echo_carry;

typedef struct echo_session {
    echo_model *model;
    echo_input  inputs[ECHO_PORTS];
    echo_carry  carries[ECHO_PORTS];
    int32_t     carry_count;
    int64_t     runs, steps;
    char        profile[64];
    echo_state *state; /* of the language model */
} echo_session;

/* ---- reading the file ---- */

static const struct {
    const char   *name;
    xybrid_status code;
} fail_codes[] = {
    { "INFERENCE_FAILED", XYBRID_INFERENCE_FAILED },
    { "OUT_OF_MEMORY_HOST", XYBRID_OUT_OF_MEMORY_HOST },
    { "OUT_OF_MEMORY_BUDGET", XYBRID_OUT_OF_MEMORY_BUDGET },
    { "INVALID_ARGUMENT", XYBRID_INVALID_ARGUMENT },
    { "IO_READ", XYBRID_IO_READ },
    { "BUSY", XYBRID_BUSY },
    { "MALFORMED", XYBRID_MALFORMED },
    { "INTERNAL", XYBRID_INTERNAL },
};

int xb_echo_word(echo_words *w, char out[ECHO_NAME_BYTES]) {
    while (w->at < w->end && (*w->at == ' ' || *w->at == '\t' || *w->at == '\r')) w->at++;
    size_t n = 0;
    if (w->at < w->end && *w->at == '#') w->at = w->end;
    while (w->at < w->end && *w->at != ' ' && *w->at != '\t' && *w->at != '\r') {
        if (n + 1 < ECHO_NAME_BYTES) out[n++] = *w->at;
        w->at++;
    }
    out[n] = 0;
    return n > 0;
}

static int read_int(const char *text, int64_t *out) {
    int         negative = *text == '-';
    int64_t     value = 0;
    const char *p = text + negative;
    if (!*p) return 0;
    for (; *p; p++) {
        if (*p < '0' || *p > '9' || value > INT64_C(1) << 50) return 0;
        value = value * 10 + (*p - '0');
    }
    *out = negative ? -value : value;
    return 1;
}

int xb_echo_int(echo_words *w, int64_t *out) {
    char word[ECHO_NAME_BYTES];
    return xb_echo_word(w, word) && read_int(word, out);
}

static int find_port(const echo_port *ports, int32_t count, const char *name) {
    for (int32_t i = 0; i < count; i++)
        if (strcmp(ports[i].name, name) == 0) return i;
    return -1;
}

static int read_input(echo_model *m, echo_words *w) {
    if (m->input_count == ECHO_PORTS) return 0;
    echo_port *p = &m->inputs[m->input_count];
    char       word[ECHO_NAME_BYTES];
    if (!xb_echo_word(w, p->name) || find_port(m->inputs, m->input_count, p->name) >= 0) return 0;
    if (!xb_echo_word(w, word) || (p->dtype = xb_dtype_from_name(word)) == 0) return 0;
    while (xb_echo_word(w, word)) {
        if (p->rank == XB_MAX_RANK || !read_int(word, &p->shape[p->rank]) || p->shape[p->rank] < -1) return 0;
        p->rank++;
    }
    m->input_count++;
    return 1;
}

static int read_output(echo_model *m, echo_words *w) {
    if (m->output_count == ECHO_PORTS) return 0;
    echo_port *p = &m->outputs[m->output_count];
    char       name[ECHO_NAME_BYTES], word[ECHO_NAME_BYTES];
    if (!xb_echo_word(w, name) || !xb_echo_word(w, word)) return 0;
    int32_t from = find_port(m->inputs, m->input_count, word);
    if (from < 0) return 0;
    *p = m->inputs[from];
    p->from = from;
    xb_format(p->name, sizeof p->name, "%s", name);
    if (xb_echo_word(w, word) && (strcmp(word, "plus") != 0 || !xb_echo_int(w, &p->plus))) return 0;
    if (p->plus && p->dtype != XYBRID_FLOAT32 && p->dtype != XYBRID_INT32 && p->dtype != XYBRID_INT64) return 0;
    m->output_count++;
    return 1;
}

static int read_failure(echo_model *m, echo_words *w) {
    char word[ECHO_NAME_BYTES];
    if (!xb_echo_int(w, &m->fail_at)) return 0;
    if (!xb_echo_word(w, word)) return 1;
    for (size_t i = 0; i < sizeof fail_codes / sizeof fail_codes[0]; i++) {
        if (strcmp(word, fail_codes[i].name) != 0) continue;
        m->fail_code = fail_codes[i].code;
        return 1;
    }
    return 0;
}

static int read_line(echo_model *m, echo_words *w) {
    char word[ECHO_NAME_BYTES];
    if (!xb_echo_word(w, word)) return 1;
    if (strcmp(word, "input") == 0) return read_input(m, w);
    if (strcmp(word, "output") == 0) return read_output(m, w);
    if (strcmp(word, "steps") == 0) return xb_echo_int(w, &m->steps) && m->steps >= 0;
    if (strcmp(word, "slow_ms") == 0) return xb_echo_int(w, &m->slow_ms) && m->slow_ms >= 0;
    if (strcmp(word, "fail_at") == 0) return read_failure(m, w);
    if (strcmp(word, "fail_run") == 0) return xb_echo_int(w, &m->fail_run);
    if (strcmp(word, "scratch") == 0) return xb_echo_int(w, &m->scratch_bytes) && m->scratch_bytes >= 0;
    if (strcmp(word, "parallel") == 0) return xb_echo_int(w, &m->chunks) && m->chunks >= 1 && m->chunks <= 1 << 20;
    if (strcmp(word, "wait_cancel") == 0) return m->waits = 1;
    if (strcmp(word, "give") == 0) return m->gives = 1;
    return xb_echo_token_line(m, word, w) > 0;
}

static const char magic[] = "xybrid-echo 1";

static int has_magic(const xybrid_source *source) {
    return source->size_bytes >= (int64_t)sizeof magic - 1 && memcmp(source->bytes, magic, sizeof magic - 1) == 0;
}

static xybrid_status read_model(echo_model *m, const xybrid_source *source, xybrid_error *err) {
    const char *bytes = source->bytes, *end = bytes + source->size_bytes;
    for (const char *line = bytes + sizeof magic - 1; line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        echo_words  w = { line, newline ? newline : end };
        if (!read_line(m, &w)) {
            char text[160];
            xb_format(text, sizeof text, "echo: line not understood: \"%.*s\"; engine/echo.c lists them",
                      (int)(w.end - line > 64 ? 64 : w.end - line), line);
            m->host->error_set(err, XYBRID_MALFORMED, "", text);
            m->host->error_detail(err, 0, line - bytes);
            return XYBRID_MALFORMED;
        }
        line = newline ? newline + 1 : end;
    }
    return XYBRID_OK;
}

/* ---- engine and model ---- */

xybrid_status xb_echo_fail_memory(const xybrid_host *host, int64_t size_bytes, xybrid_error *err) {
    char text[80];
    xb_format(text, sizeof text, "out of memory: echo asked for %lld bytes", (long long)size_bytes);
    return host->error_set(err, XYBRID_OUT_OF_MEMORY_HOST, "", text);
}

static xybrid_status echo_init(const xybrid_host *host, const char *config, void **engine, xybrid_error *err) {
    (void)config, (void)err;
    *engine = (void *)host;
    return XYBRID_OK;
}

static void echo_shutdown(void *engine) { (void)engine; }

static int32_t echo_probe(void *engine, const xybrid_source *source, xybrid_error *why) {
    const xybrid_host *host = engine;
    if (has_magic(source)) return 100;
    host->error_set(why, XYBRID_UNSUPPORTED_FORMAT, "", "not a file for the echo engine");
    return 0;
}

static void echo_close(void *model) {
    echo_model *m = model;
    m->host->free(m->host->ctx, m);
}

static xybrid_status echo_open(void *engine, const xybrid_source *source, const xybrid_engine_options *options,
                               const xybrid_cancel *cancel, void **model, xybrid_error *err) {
    (void)options, (void)cancel;
    const xybrid_host *host = engine;
    if (!has_magic(source) || source->size_bytes > ECHO_MAX_FILE_BYTES)
        return host->error_set(err, XYBRID_MALFORMED, "",
                               "echo: the file must begin with \"xybrid-echo 1\" and end within 64 KiB");
    echo_model *m = host->alloc(host->ctx, sizeof *m, 16);
    if (!m) return xb_echo_fail_memory(host, sizeof *m, err);
    memset(m, 0, sizeof *m);
    m->host = host;
    m->steps = m->chunks = 1;
    m->max_batch = 512;
    for (int i = 0; i < 256; i++) m->bytes[i] = (char)i;
    m->fail_code = XYBRID_INFERENCE_FAILED;
    xybrid_status st = read_model(m, source, err);
    if (st != XYBRID_OK) echo_close(m);
    else *model = m;
    return st;
}

static xybrid_status echo_port_at(void *model, int32_t way, int32_t index, xybrid_port *out, xybrid_error *err) {
    echo_model *m = model;
    if (index < 0 || index >= (way == XYBRID_INPUT ? m->input_count : m->output_count))
        return m->host->error_set(err, XYBRID_INVALID_ARGUMENT, "", "echo: no such port");
    const echo_port *p = way == XYBRID_INPUT ? &m->inputs[index] : &m->outputs[index];
    out->dtype = p->dtype;
    out->name = p->name;
    out->shape = p->shape;
    out->symbols = NULL;
    out->rank = p->rank;
    out->optional = 0;
    return XYBRID_OK;
}

static const char *echo_describe(void *model) {
    (void)model;
    return "{\"engine\":\"echo\"}";
}

/* ---- session ---- */

static xybrid_status echo_session_open(void *model, const xybrid_engine_options *options, void **session, xybrid_error *err) {
    echo_model   *m = model;
    echo_session *s = m->host->alloc(m->host->ctx, sizeof *s, 16);
    if (!s) return xb_echo_fail_memory(m->host, sizeof *s, err);
    memset(s, 0, sizeof *s);
    s->model = m;
    xybrid_status st = xb_echo_state_open(m, options, &s->state, err);
    if (st != XYBRID_OK) m->host->free(m->host->ctx, s);
    else *session = s;
    return st;
}

static void echo_session_close(void *session) {
    echo_session      *s = session;
    const xybrid_host *host = s->model->host;
    for (int32_t i = 0; i < s->carry_count; i++) {
        host->free(host->ctx, s->carries[i].memory[0]);
        host->free(host->ctx, s->carries[i].memory[1]);
    }
    xb_echo_state_close(s->state);
    host->free(host->ctx, s);
}

echo_state *xb_echo_state_of(void *session) { return ((echo_session *)session)->state; }

static xybrid_status echo_bind(void *session, int32_t index, const xybrid_tensor *tensor, xybrid_error *err) {
    echo_session *s = session;
    if (index < 0 || index >= s->model->input_count || tensor->rank < 0 || tensor->rank > XB_MAX_RANK)
        return s->model->host->error_set(err, XYBRID_INVALID_ARGUMENT, "", "echo: no such input, or too many dimensions");
    echo_input *in = &s->inputs[index];
    in->tensor = *tensor;
    if (tensor->rank > 0) memcpy(in->shape, tensor->shape, (size_t)tensor->rank * sizeof in->shape[0]);
    in->tensor.shape = in->shape;
    for (int32_t i = 0; i < s->carry_count; i++)
        if (s->carries[i].input == index) s->carries[i].now = -1;
    return XYBRID_OK;
}

static xybrid_status echo_carry_on(void *session, int32_t output, int32_t input, int32_t axis, xybrid_error *err) {
    (void)axis;
    echo_session *s = session;
    if (s->carry_count == ECHO_PORTS)
        return s->model->host->error_set(err, XYBRID_INVALID_ARGUMENT, "", "echo: too many carried outputs");
    s->carries[s->carry_count++] = (echo_carry){ .output = output, .input = input, .now = -1 };
    return XYBRID_OK;
}

static void echo_reset(void *session) {
    echo_session *s = session;
    for (int32_t i = 0; i < s->carry_count; i++) s->carries[i].now = -1;
}

/* ---- running ---- */

static void set_flag(void *arg) { xb_atomic_set((xb_atomic32 *)arg, 1); }

/* Told of the cancel by a callback and by asking, as engines do both. */
xybrid_status xb_echo_wait(const echo_model *m, const xybrid_cancel *cancel, xybrid_error *err) {
    const xybrid_host *host = m->host;
    int64_t            ms = m->waits ? -1 : m->slow_ms; /* -1 = for ever */
    xb_atomic32        flag = 0;
    xybrid_cancel_hook hook = { { 0 } };
    if (ms < 0 && !cancel)
        return host->error_set(err, XYBRID_INVALID_ARGUMENT, "", "echo: wait_cancel needs a call that can be cancelled");
    host->on_cancel(host->ctx, cancel, set_flag, &flag, &hook);
    int64_t end_ns = ms < 0 ? INT64_MAX : xb_clock_after_ms(ms);
    while (!xb_atomic_get(&flag) && host->cancelled(host->ctx, cancel) == XYBRID_OK && xb_clock_ns() < end_ns) xb_sleep_ms(1);
    host->off_cancel(host->ctx, cancel, &hook);
    xybrid_status st = host->cancelled(host->ctx, cancel);
    return st == XYBRID_OK ? XYBRID_OK : host->error_set(err, st, "", "cancelled while the engine ran");
}

static xybrid_status do_step(echo_session *s, const xybrid_call *call, int64_t step, xybrid_error *err) {
    const echo_model  *m = s->model;
    const xybrid_host *host = m->host;
    xybrid_status      st = xb_echo_wait(m, call->cancel, err);
    if (st != XYBRID_OK) return st;
    if (step == m->fail_at && (m->fail_run == 0 || m->fail_run == s->runs)) {
        char text[80];
        xb_format(text, sizeof text, "echo: step %lld of %lld fails as asked", (long long)step, (long long)m->steps);
        return host->error_set(err, m->fail_code, "", text);
    }
    if (m->scratch_bytes > 0) {
        void *scratch = host->alloc(host->ctx, m->scratch_bytes, 64);
        if (!scratch) return xb_echo_fail_memory(host, m->scratch_bytes, err);
        memset(scratch, 0x5a, (size_t)m->scratch_bytes);
        host->free(host->ctx, scratch);
    }
    s->steps++;
    return XYBRID_OK;
}

typedef struct copy_job { /* elements [0, count) in `chunks` parts */
    const void  *from;
    void        *to;
    xybrid_dtype dtype;
    int64_t      count, chunks, plus;
} copy_job;

static void copy_chunk(void *arg, int32_t chunk, int32_t worker) {
    (void)worker;
    const copy_job *job = arg;
    int64_t         begin = job->count * chunk / job->chunks, end = job->count * (chunk + 1) / job->chunks;
    int64_t         size = xb_dtype_size(job->dtype);
    if (end > begin)
        memcpy((char *)job->to + begin * size, (const char *)job->from + begin * size, (size_t)((end - begin) * size));
    for (int64_t i = begin; job->plus && i < end; i++) {
        if (job->dtype == XYBRID_FLOAT32) ((float *)job->to)[i] += (float)job->plus;
        if (job->dtype == XYBRID_INT32) ((uint32_t *)job->to)[i] += (uint32_t)job->plus;
        if (job->dtype == XYBRID_INT64) ((uint64_t *)job->to)[i] += (uint64_t)job->plus;
    }
}

static void copy_output(const echo_model *m, const echo_port *port, const xybrid_tensor *from, void *to) {
    copy_job job = { from->data, to, port->dtype, from->size_bytes / xb_dtype_size(port->dtype), m->chunks, port->plus };
    if (m->chunks > 1) m->host->parallel(m->host->ctx, (int32_t)m->chunks, copy_chunk, &job);
    else copy_chunk(&job, 0, 0);
}

static void release_own(void *ctx, const void *data) {
    const xybrid_host *host = ctx;
    host->free(host->ctx, (void *)data);
}

static xybrid_status deliver(echo_session *s, const xybrid_call *call, int32_t index, xybrid_error *err) {
    const echo_model *m = s->model;
    const echo_port  *port = &m->outputs[index];
    xybrid_tensor     t = s->inputs[port->from].tensor;
    void             *data = NULL;
    if (!m->gives) {
        xybrid_status st = call->out_alloc(call->ctx, index, &t, &data, err);
        if (st == XYBRID_OK) copy_output(m, port, &s->inputs[port->from].tensor, data);
        return st;
    }
    data = m->host->alloc(m->host->ctx, t.size_bytes, 64);
    if (!data) return xb_echo_fail_memory(m->host, t.size_bytes, err);
    copy_output(m, port, &t, data);
    t.data = data;
    xybrid_status st = call->out_give(call->ctx, index, &t, release_own, (void *)m->host, err);
    if (st != XYBRID_OK) m->host->free(m->host->ctx, data);
    return st;
}

static xybrid_status fill_carry(echo_session *s, echo_carry *c, xybrid_error *err) {
    const xybrid_host   *host = s->model->host;
    const echo_port     *port = &s->model->outputs[c->output];
    const xybrid_tensor *from = &s->inputs[port->from].tensor;
    int32_t              other = c->now == 0 ? 1 : 0;
    if (c->capacity_bytes[other] < from->size_bytes || !c->memory[other]) {
        host->free(host->ctx, c->memory[other]);
        c->capacity_bytes[other] = 0;
        c->memory[other] = host->alloc(host->ctx, from->size_bytes, 64);
        if (!c->memory[other]) return xb_echo_fail_memory(host, from->size_bytes, err);
        c->capacity_bytes[other] = from->size_bytes;
    }
    copy_output(s->model, port, from, c->memory[other]);
    return XYBRID_OK;
}

/* All carried outputs are filled: they become inputs. The shapes come first, a carry may feed on another's input. */
static void turn_carries(echo_session *s) {
    echo_input before[ECHO_PORTS];
    memcpy(before, s->inputs, sizeof before);
    for (int32_t i = 0; i < s->carry_count; i++) {
        echo_carry *c = &s->carries[i];
        echo_input *in = &s->inputs[c->input];
        c->now = c->now == 0 ? 1 : 0;
        *in = before[s->model->outputs[c->output].from];
        in->tensor.shape = in->shape;
        in->tensor.data = c->memory[c->now];
    }
}

static xybrid_status echo_run(void *session, const xybrid_call *call, xybrid_error *err) {
    echo_session *s = session;
    xybrid_status st = XYBRID_OK;
    s->runs++;
    s->steps = 0;
    for (int64_t step = 1; step <= s->model->steps && st == XYBRID_OK; step++) st = do_step(s, call, step, err);
    for (int32_t i = 0; i < s->carry_count && st == XYBRID_OK; i++) st = fill_carry(s, &s->carries[i], err);
    for (int32_t i = 0; i < s->model->output_count && st == XYBRID_OK; i++)
        if (!call->wanted || call->wanted[i]) st = deliver(s, call, i, err);
    if (st == XYBRID_OK) turn_carries(s);
    return st;
}

static const char *echo_profile(void *session) {
    echo_session *s = session;
    xb_format(s->profile, sizeof s->profile, "{\"runs\":%lld,\"steps\":%lld}", (long long)s->runs, (long long)s->steps);
    return s->profile;
}

const xybrid_engine xb_engine_echo = {
    .struct_size = sizeof xb_engine_echo,
    .abi = XYBRID_ENGINE_ABI,
    .name = "echo",
    .version = "1.0",
    .init = echo_init,
    .shutdown = echo_shutdown,
    .probe = echo_probe,
    .open = echo_open,
    .close = echo_close,
    .port = echo_port_at,
    .describe = echo_describe,
    .session_open = echo_session_open,
    .session_close = echo_session_close,
    .bind = echo_bind,
    .carry = echo_carry_on,
    .reset = echo_reset,
    .run = echo_run,
    .profile = echo_profile,
    .tokens = &xb_echo_tokens,
};
