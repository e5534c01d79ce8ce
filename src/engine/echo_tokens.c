/* engine/echo_tokens.c - the language model of the tests: it says again what the user said last, and its answers tell when a
 * token is missing, is there twice or is in the wrong place. Lines of its file, beside those of echo.c:
 *
 *     tokens 512                a language model with a context of 512 tokens for each sequence
 *     batch 64                  most tokens of one decode; 512 if absent
 *     no_trim                   sequences can only be dropped or copied whole, as those of recurrent models
 *     no_shift                  positions cannot be moved
 *     sum                       an answer ends with " #" and 8 hexadecimal digits: the sum of all tokens before it and their places
 *     template {{ x }}\n        the chat template, \n a line break, \\ a backslash; several lines follow each other
 *
 * and of those there: slow_ms and wait_cancel are for each token; fail_at 3 fails at the third token that the session computes
 * (counted once: the same tokens pass when they are tried again).
 *
 * Tokens: 0..255 bytes, then those of `specials`. Logits depend on nothing but the tokens of the sequence and their positions:
 * 12 for the token that goes on, 0 to 4, by a sum over all of them, for every other. What goes on, from the tokens alone:
 *
 *     <|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\nHel   ->  "l", and after "Hello" <|im_end|>
 *     first line\nsecond\nsec                                        ->  "o" (no <|im_start|>: the line before), then </s>
 *
 * The message that is said again is the last one before the answer whose role is not "assistant". Any thread or one at a time as
 * the contract has it. Uses the contract only. */
#include <string.h>

#include "base/format.h"
#include "engine/echo_int.h"

enum { BOS = 256, EOS, IM_START, IM_END, VOCABULARY = 264, WIDTH = 8, MAX_SEQUENCES = 256 };

static const char specials[][16] = { "<s>",     "</s>",     "<|im_start|>", "<|im_end|>",
                                     "<think>", "</think>", "<tool_call>",  "</tool_call>" };

static const char chatml[] = "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + "
                             "'<|im_end|>' + '\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' "
                             "}}{% endif %}";

typedef struct place {
    int32_t token, position;
} place;

typedef struct sequence {  /* positions ascend */
    place  *places;        /* [context]; NULL until it is used */
    int32_t count, before; /* before: the count when the decode began */
} sequence;

struct echo_state {
    const echo_model *model;
    int32_t           context, sequences, rows, row_capacity;
    int64_t           computed; /* tokens, failures too */
    sequence         *list;     /* [sequences] */
    float            *logits;   /* [row_capacity, VOCABULARY] */
    float             vector[WIDTH];
};

static xybrid_status refuse(const echo_model *m, xybrid_status code, const char *text, xybrid_error *err) {
    return m->host->error_set(err, code, "", text);
}

/* ---- the file ---- */

static int read_template(echo_model *m, echo_words *w) {
    if (w->at < w->end && *w->at == ' ') w->at++;
    while (w->at < w->end && *w->at != '\r') {
        char c = *w->at++;
        if (c == '\\' && w->at < w->end) c = *w->at++ == 'n' ? '\n' : '\\';
        if (m->template_size + 1 >= ECHO_MAX_TEMPLATE) return 0;
        m->template_text[m->template_size++] = c;
    }
    m->template_text[m->template_size] = 0;
    return 1;
}

int xb_echo_token_line(echo_model *m, const char *key, echo_words *w) {
    if (strcmp(key, "tokens") == 0)
        return xb_echo_int(w, &m->context_tokens) && m->context_tokens >= 1 && m->context_tokens <= ECHO_MAX_CONTEXT;
    if (strcmp(key, "batch") == 0)
        return xb_echo_int(w, &m->max_batch) && m->max_batch >= 1 && m->max_batch <= ECHO_MAX_CONTEXT;
    if (strcmp(key, "template") == 0) return read_template(m, w);
    if (strcmp(key, "sum") == 0) return m->tells_sum = 1;
    if (strcmp(key, "no_trim") == 0) return (m->token_flags |= XYBRID_TOKENS_NO_TRIM) != 0;
    if (strcmp(key, "no_shift") == 0) return (m->token_flags |= XYBRID_TOKENS_NO_SHIFT) != 0;
    return -1;
}

/* ---- the vocabulary ---- */

static xybrid_status echo_info(void *model, xybrid_token_info *out, xybrid_error *err) {
    const echo_model *m = model;
    if (m->context_tokens == 0)
        return refuse(m, XYBRID_UNSUPPORTED_MODEL, "echo: no language model; a line \"tokens 512\" makes it one", err);
    out->vocabulary = VOCABULARY;
    out->context_tokens = (int32_t)m->context_tokens;
    out->embedding_size = WIDTH;
    out->bos = BOS;
    out->eos = EOS;
    out->max_batch = (int32_t)m->max_batch;
    out->flags = m->token_flags;
    out->chat_template = m->template_size ? m->template_text : chatml;
    return XYBRID_OK;
}

static int32_t special_at(const char *text, int64_t len, int64_t *size) {
    for (int32_t i = 0; i < VOCABULARY - BOS; i++) {
        size_t n = strlen(specials[i]);
        if ((uint64_t)len < n || memcmp(text, specials[i], n) != 0) continue;
        *size = (int64_t)n;
        return BOS + i;
    }
    return -1;
}

static xybrid_status echo_tokenize(void *model, const char *text, int64_t len, int32_t add_bos, int32_t special,
                                   int32_t *tokens, int32_t capacity, int32_t *count, xybrid_error *err) {
    const echo_model *m = model;
    int32_t           n = 0;
    if (len < 0 || len > INT32_MAX - 1) return refuse(m, XYBRID_INVALID_ARGUMENT, "echo: the text is too long", err);
    if (add_bos && n++ < capacity) tokens[0] = BOS;
    for (int64_t i = 0, size; i < len; i += size, n++) {
        int32_t token = special ? special_at(text + i, len - i, &size) : -1;
        if (token < 0) token = (uint8_t)text[i], size = 1;
        if (n < capacity) tokens[n] = token;
    }
    *count = n;
    return n <= capacity ? XYBRID_OK : refuse(m, XYBRID_INVALID_ARGUMENT, "echo: more tokens than there is room for", err);
}

static xybrid_status echo_piece(void *model, int32_t token, const char **bytes, int32_t *size, int32_t *flags,
                                xybrid_error *err) {
    const echo_model *m = model;
    if (token < 0 || token >= VOCABULARY) return refuse(m, XYBRID_INVALID_ARGUMENT, "echo: no such token", err);
    *bytes = token < BOS ? &m->bytes[token] : specials[token - BOS];
    *size = token < BOS ? 1 : (int32_t)strlen(specials[token - BOS]);
    *flags = token == EOS || token == IM_END ? XYBRID_PIECE_END : 0;
    if (token >= BOS) *flags |= XYBRID_PIECE_CONTROL;
    return XYBRID_OK;
}

/* ---- what goes on ---- */

static uint32_t sum_of(const place *p, int32_t count) { /* FNV-1a over 32-bit words */
    uint32_t sum = UINT32_C(2166136261);
    for (int32_t i = 0; i < count; i++) {
        sum = (sum ^ (uint32_t)p[i].token) * UINT32_C(16777619);
        sum = (sum ^ (uint32_t)p[i].position) * UINT32_C(16777619);
    }
    return sum;
}

/* The last place of `token` before `end`; -1 if there is none. */
static int32_t last_of(const place *p, int32_t end, int32_t token) {
    while (--end >= 0 && p[end].token != token) {}
    return end;
}

static int32_t next_of(const place *p, int32_t from, int32_t end, int32_t token) {
    while (from < end && p[from].token != token) from++;
    return from;
}

static int is_role(const place *p, int32_t from, int32_t end, const char *role) {
    int32_t n = (int32_t)strlen(role);
    if (end - from != n) return 0;
    for (int32_t i = 0; i < n; i++)
        if (p[from + i].token != (uint8_t)role[i]) return 0;
    return 1;
}

/* An answer, and what it says again: [said, said_end). */
typedef struct answer {
    int32_t begin, said, said_end, end_token;
} answer;

/* 0: the tokens do not end in an answer; *token is what goes on. */
static int find_answer(const place *p, int32_t count, answer *a, int32_t *token) {
    int32_t start = last_of(p, count, IM_START), line = next_of(p, start + 1, count, '\n');
    *token = EOS;
    if (start < 0) { /* the line before the last line break */
        int32_t end = last_of(p, count, '\n'), before = last_of(p, end < 0 ? 0 : end, '\n');
        if (end < 0) return 0;
        if (before < 0 && p[0].token == BOS) before = 0;
        *a = (answer){ end + 1, before + 1, end, EOS };
        return 1;
    }
    if (line == count) *token = '\n';
    if (line == count || last_of(p, count, IM_END) > start) return 0;
    *token = IM_END;
    if (!is_role(p, start + 1, line, "assistant")) return 0;
    *a = (answer){ line + 1, 0, 0, IM_END };
    for (int32_t at = last_of(p, start, IM_START); at >= 0; at = last_of(p, at, IM_START)) {
        line = next_of(p, at + 1, start, '\n');
        if (is_role(p, at + 1, line, "assistant")) continue;
        a->said = line < start ? line + 1 : start;
        a->said_end = next_of(p, a->said, start, IM_END);
        break;
    }
    return 1;
}

static int32_t what_goes_on(const echo_model *m, const place *p, int32_t count) {
    answer  a;
    int32_t token;
    char    sum[16];
    if (!find_answer(p, count, &a, &token)) return token;
    int32_t at = count - a.begin, said = a.said_end - a.said;
    if (at < said) return p[a.said + at].token;
    xb_format(sum, sizeof sum, " #%08x", (unsigned)sum_of(p, a.begin));
    if (m->tells_sum && at - said < 10) return (uint8_t)sum[at - said];
    return a.end_token;
}

static void fill_logits(const echo_model *m, const sequence *q, float *logits) {
    uint32_t sum = sum_of(q->places, q->count);
    for (uint32_t i = 0; i < VOCABULARY; i++) {
        uint32_t x = (sum ^ i * UINT32_C(0x9E3779B9)) * UINT32_C(0x85EBCA6B);
        logits[i] = (float)((x ^ x >> 15) & 0xFFFF) / 16384.0f;
    }
    logits[what_goes_on(m, q->places, q->count)] = 12;
}

/* ---- sessions ---- */

static void *take(const xybrid_host *host, int64_t size, xybrid_error *err) {
    void *p = host->alloc(host->ctx, size, 16);
    if (p) memset(p, 0, (size_t)size);
    else xb_echo_fail_memory(host, size, err);
    return p;
}

xybrid_status xb_echo_state_open(const echo_model *m, const xybrid_engine_options *options, echo_state **out,
                                 xybrid_error *err) {
    int32_t sequences = m->context_tokens == 0 ? 0 : options->sequences > 0 ? options->sequences : 1;
    if (sequences > MAX_SEQUENCES) return refuse(m, XYBRID_INVALID_ARGUMENT, "echo: more than 256 sequences", err);
    echo_state *s = take(m->host, sizeof *s, err);
    if (!s) return err->code;
    s->model = m;
    s->sequences = sequences;
    s->context = (int32_t)m->context_tokens;
    if (options->context_tokens > 0 && options->context_tokens < s->context) s->context = options->context_tokens;
    s->list = take(m->host, (sequences + 1) * (int64_t)sizeof *s->list, err);
    if (!s->list) {
        xb_echo_state_close(s);
        return err->code;
    }
    *out = s;
    return XYBRID_OK;
}

void xb_echo_state_close(echo_state *s) {
    if (!s) return;
    const xybrid_host *host = s->model->host;
    for (int32_t i = 0; s->list && i < s->sequences; i++) host->free(host->ctx, s->list[i].places);
    host->free(host->ctx, s->list);
    host->free(host->ctx, s->logits);
    host->free(host->ctx, s);
}

/* The state and one of its sequences, or NULL and a failure. Without a language model there are none. */
static echo_state *find_state(void *session, int32_t index, sequence **q, xybrid_error *err) {
    echo_state *s = xb_echo_state_of(session);
    if (index < 0 || index >= s->sequences) {
        refuse(s->model, XYBRID_INVALID_ARGUMENT, "echo: no such sequence", err);
        return NULL;
    }
    *q = &s->list[index];
    if (!(*q)->places) (*q)->places = take(s->model->host, s->context * (int64_t)sizeof(place), err);
    return (*q)->places ? s : NULL;
}

/* ---- decode ---- */

static int is_wanted(const xybrid_batch *b, int32_t i) { return b->want ? b->want[i] : i == b->count - 1; }

static xybrid_status reserve_rows(echo_state *s, const xybrid_batch *b, xybrid_error *err) {
    const xybrid_host *host = s->model->host;
    int32_t            rows = 0;
    for (int32_t i = 0; i < b->count; i++) rows += is_wanted(b, i) != 0;
    if (rows > s->row_capacity) {
        float *more = take(host, rows * (int64_t)VOCABULARY * (int64_t)sizeof *more, err);
        if (!more) return err->code;
        host->free(host->ctx, s->logits);
        s->logits = more;
        s->row_capacity = rows;
    }
    s->rows = 0;
    return XYBRID_OK;
}

static xybrid_status compute(echo_state *s, void *session, const xybrid_batch *b, int32_t i, const xybrid_cancel *cancel,
                             xybrid_error *err) {
    const echo_model *m = s->model;
    sequence         *q;
    if (b->tokens[i] < 0 || b->tokens[i] >= VOCABULARY) return refuse(m, XYBRID_INVALID_ARGUMENT, "echo: no such token", err);
    if (!find_state(session, b->sequences ? b->sequences[i] : 0, &q, err)) return err->code;
    int32_t next = q->count ? q->places[q->count - 1].position + 1 : 0, position = b->positions ? b->positions[i] : next;
    if (position < next) return refuse(m, XYBRID_INVALID_ARGUMENT, "echo: positions must ascend in a sequence", err);
    if (q->count == s->context || position >= s->context)
        return refuse(m, XYBRID_INVALID_ARGUMENT, "echo: the context is full", err);
    xybrid_status st = xb_echo_wait(m, cancel, err);
    if (st != XYBRID_OK) return st;
    if (++s->computed == m->fail_at) return refuse(m, m->fail_code, "echo: a token fails as asked", err);
    q->places[q->count++] = (place){ b->tokens[i], position };
    if (is_wanted(b, i)) fill_logits(m, q, s->logits + (int64_t)s->rows++ * VOCABULARY);
    return XYBRID_OK;
}

static xybrid_status echo_decode(void *session, const xybrid_batch *b, const xybrid_cancel *cancel, xybrid_error *err) {
    echo_state       *s = xb_echo_state_of(session);
    const echo_model *m = s->model;
    xybrid_status     st = XYBRID_OK;
    if (!b->tokens) return refuse(m, XYBRID_UNSUPPORTED_FORMAT, "echo: tokens only, no vectors", err);
    if (b->count < 1 || b->count > m->max_batch)
        return refuse(m, XYBRID_INVALID_ARGUMENT, "echo: an empty batch, or more tokens than max_batch", err);
    if ((st = reserve_rows(s, b, err)) != XYBRID_OK) return st;
    for (int32_t i = 0; i < s->sequences; i++) s->list[i].before = s->list[i].count;
    for (int32_t i = 0; i < b->count && st == XYBRID_OK; i++) st = compute(s, session, b, i, cancel, err);
    if (st == XYBRID_OK) return st;
    for (int32_t i = 0; i < s->sequences; i++) s->list[i].count = s->list[i].before;
    s->rows = 0;
    return st;
}

static xybrid_status echo_logits(void *session, int32_t row, float **out, xybrid_error *err) {
    echo_state *s = xb_echo_state_of(session);
    if (row < 0 || row >= s->rows) return refuse(s->model, XYBRID_INVALID_ARGUMENT, "echo: no such row of logits", err);
    *out = s->logits + (int64_t)row * VOCABULARY;
    return XYBRID_OK;
}

static xybrid_status echo_argmax(void *session, int32_t row, int32_t *token, xybrid_error *err) {
    float        *logits;
    xybrid_status st = echo_logits(session, row, &logits, err);
    if (st != XYBRID_OK) return st;
    *token = 0;
    for (int32_t i = 1; i < VOCABULARY; i++)
        if (logits[i] > logits[*token]) *token = i;
    return XYBRID_OK;
}

/* Shares of the tokens by their number modulo 8. */
static xybrid_status echo_embedding(void *session, int32_t index, const float **out, xybrid_error *err) {
    sequence   *q;
    echo_state *s = find_state(session, index, &q, err);
    if (!s) return err->code;
    if (q->count == 0) return refuse(s->model, XYBRID_INVALID_ARGUMENT, "echo: the sequence is empty", err);
    memset(s->vector, 0, sizeof s->vector);
    for (int32_t i = 0; i < q->count; i++) s->vector[q->places[i].token % WIDTH] += 1.0f / (float)q->count;
    *out = s->vector;
    return XYBRID_OK;
}

/* ---- the cache ---- */

/* Index of the first place at `position` or behind; XYBRID_AUTO = the end. */
static int32_t find_place(const sequence *q, int32_t position) {
    int32_t i = 0;
    while (i < q->count && (position == XYBRID_AUTO || q->places[i].position < position)) i++;
    return i;
}

static int is_whole(const sequence *q, int32_t from, int32_t to) {
    return find_place(q, from < 0 ? 0 : from) == 0 && find_place(q, to) == q->count;
}

static xybrid_status refuse_part(const echo_model *m, xybrid_error *err) {
    return refuse(m, XYBRID_UNSUPPORTED_FORMAT, "echo: with no_trim a sequence goes only as a whole", err);
}

static xybrid_status echo_cache_copy(void *session, int32_t from_sequence, int32_t to_sequence, int32_t from, int32_t to,
                                     xybrid_error *err) {
    sequence   *a, *b;
    echo_state *s = find_state(session, from_sequence, &a, err);
    if (!s || !find_state(session, to_sequence, &b, err)) return err->code;
    if (s->model->token_flags & XYBRID_TOKENS_NO_TRIM && !is_whole(a, from, to)) return refuse_part(s->model, err);
    int32_t first = find_place(a, from < 0 ? 0 : from), end = find_place(a, to), count = end > first ? end - first : 0;
    if (a == b || count == 0) return XYBRID_OK;
    if (b->count > 0 && b->places[b->count - 1].position >= a->places[first].position)
        return refuse(s->model, XYBRID_INVALID_ARGUMENT, "echo: the copy would lie on positions that the sequence holds", err);
    memcpy(b->places + b->count, a->places + first, (size_t)count * sizeof *b->places); /* positions ascend: there is room */
    b->count += count;
    return XYBRID_OK;
}

static xybrid_status echo_cache_trim(void *session, int32_t index, int32_t from, int32_t to, xybrid_error *err) {
    sequence   *q;
    echo_state *s = find_state(session, index, &q, err);
    if (!s) return err->code;
    int32_t first = find_place(q, from < 0 ? 0 : from), end = find_place(q, to);
    if (end <= first) return XYBRID_OK;
    if (s->model->token_flags & XYBRID_TOKENS_NO_TRIM && !is_whole(q, from, to)) return refuse_part(s->model, err);
    memmove(q->places + first, q->places + end, (size_t)(q->count - end) * sizeof *q->places);
    q->count -= end - first;
    return XYBRID_OK;
}

static xybrid_status echo_cache_shift(void *session, int32_t index, int32_t from, int32_t delta, xybrid_error *err) {
    sequence   *q;
    echo_state *s = find_state(session, index, &q, err);
    if (!s) return err->code;
    if (s->model->token_flags & (XYBRID_TOKENS_NO_SHIFT | XYBRID_TOKENS_NO_TRIM))
        return refuse(s->model, XYBRID_UNSUPPORTED_FORMAT, "echo: with no_shift or no_trim positions stay", err);
    int32_t first = find_place(q, from < 0 ? 0 : from);
    if (first == q->count) return XYBRID_OK;
    int64_t least = first ? q->places[first - 1].position + 1 : 0;
    if (q->places[first].position + (int64_t)delta < least || q->places[q->count - 1].position + (int64_t)delta >= s->context)
        return refuse(s->model, XYBRID_INVALID_ARGUMENT, "echo: the shift leaves the context or meets other positions", err);
    for (int32_t i = first; i < q->count; i++) q->places[i].position += delta;
    return XYBRID_OK;
}

/* Bytes of a sequence: a mark and the count, then the places. */
static const int32_t saved_mark = 0x65636831;

static xybrid_status echo_cache_size(void *session, int32_t index, int64_t *size_bytes, xybrid_error *err) {
    sequence *q;
    if (!find_state(session, index, &q, err)) return err->code;
    *size_bytes = (q->count + 1) * (int64_t)sizeof(place);
    return XYBRID_OK;
}

static xybrid_status echo_cache_save(void *session, int32_t index, void *buffer, int64_t capacity, int64_t *written,
                                     xybrid_error *err) {
    sequence   *q;
    echo_state *s = find_state(session, index, &q, err);
    if (!s) return err->code;
    int64_t     size = (q->count + 1) * (int64_t)sizeof(place);
    const place head = { saved_mark, q->count };
    if (capacity < size) return refuse(s->model, XYBRID_INVALID_ARGUMENT, "echo: less room than cache_size said", err);
    memcpy(buffer, &head, sizeof head);
    memcpy((char *)buffer + sizeof head, q->places, (size_t)q->count * sizeof *q->places);
    *written = size;
    return XYBRID_OK;
}

static xybrid_status echo_cache_restore(void *session, int32_t index, const void *bytes, int64_t size_bytes,
                                        xybrid_error *err) {
    sequence   *q;
    echo_state *s = find_state(session, index, &q, err);
    if (!s) return err->code;
    place head = { 0, 0 }, at;
    if (size_bytes >= (int64_t)sizeof head) memcpy(&head, bytes, sizeof head);
    int is_ok = head.token == saved_mark && head.position >= 0 && head.position <= s->context &&
                size_bytes == (head.position + 1) * (int64_t)sizeof head;
    for (int32_t i = 0, least = 0; is_ok && i < head.position; i++, least = at.position + 1) {
        memcpy(&at, (const char *)bytes + (size_t)(i + 1) * sizeof at, sizeof at);
        is_ok = at.token >= 0 && at.token < VOCABULARY && at.position >= least && at.position < s->context;
    }
    if (!is_ok) return refuse(s->model, XYBRID_MALFORMED, "echo: these bytes are no sequence of this model", err);
    memcpy(q->places, (const char *)bytes + sizeof head, (size_t)head.position * sizeof *q->places);
    q->count = head.position;
    return XYBRID_OK;
}

const xybrid_engine_tokens xb_echo_tokens = {
    .struct_size = sizeof xb_echo_tokens,
    .info = echo_info,
    .tokenize = echo_tokenize,
    .piece = echo_piece,
    .decode = echo_decode,
    .logits = echo_logits,
    .argmax = echo_argmax,
    .embedding = echo_embedding,
    .cache_copy = echo_cache_copy,
    .cache_trim = echo_cache_trim,
    .cache_shift = echo_cache_shift,
    .cache_size = echo_cache_size,
    .cache_save = echo_cache_save,
    .cache_restore = echo_cache_restore,
};
