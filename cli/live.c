/* cli/live.c - see live.h. */
#include "live.h"

#include <errno.h>
#include <string.h>

#include "host.h"
#include "output.h"
#include "system.h"

enum { BLOCK_FRAMES = 1600, MOST_CHANNELS = 8, HEAD = 12, CHUNK = 8, FORMAT = 16 };

typedef struct live {
    cli              *c;
    xybrid_stream    *stream;
    int               rate_hz, channels;
    int               is_partial; /* a line without its end stands on the terminal */
    xybrid_envelope **items;
    size_t            count, room;
} live;

static uint32_t number(const unsigned char *p, int bytes) {
    uint32_t n = 0;
    for (int i = bytes - 1; i >= 0; i--) n = n << 8 | p[i];
    return n;
}

static int read_whole(void *to, size_t size) { return fread(to, 1, size, stdin) == size; }

/* Behind "RIFF....WAVE": the chunks up to the samples. */
static int read_header(live *l) {
    unsigned char chunk[CHUNK], format[FORMAT];
    int           has_format = 0;
    while (read_whole(chunk, CHUNK)) {
        uint32_t size = number(chunk + 4, 4);
        if (memcmp(chunk, "data", 4) == 0) return has_format ? CLI_OK : cli_fail("standard input: WAV without a format");
        int is_format = memcmp(chunk, "fmt ", 4) == 0;
        if (is_format && (size < FORMAT || !read_whole(format, FORMAT))) break;
        for (uint32_t left = size + (size & 1) - (is_format ? FORMAT : 0); left > 0; left--)
            if (getchar() == EOF) return cli_fail("standard input: the WAV header is cut off");
        if (!is_format) continue;
        has_format = 1;
        l->channels = (int)number(format + 2, 2);
        l->rate_hz = (int)number(format + 4, 4);
        if (number(format + 14, 2) != 16 || l->channels < 1 || l->channels > MOST_CHANNELS)
            return cli_fail("standard input: WAV of %u bits and %d channels; --live takes 16 bits and 1 to %d channels",
                            number(format + 14, 2), l->channels, MOST_CHANNELS);
    }
    return cli_fail("standard input: the WAV header is cut off");
}

static int keep(live *l, const xybrid_envelope *e) {
    xybrid_error err;
    void        *items = l->items;
    if (xb_grow(&l->c->mem, &items, &l->room, l->count, sizeof(xybrid_envelope *), SIZE_MAX / 64, "segments", &err))
        return cli_fail("%s", err.message);
    l->items = items;
    l->items[l->count++] = xybrid_envelope_retain(e);
    return CLI_OK;
}

static void show_partial(live *l, const xybrid_event *e) {
    if (!system_is_terminal(stdout)) return;
    fprintf(stdout, "\r\033[K%s%.*s%s", cli_style_of(stdout, CLI_DIM), (int)(e->text_bytes < 4096 ? e->text_bytes : 4096),
            e->text, cli_style_of(stdout, CLI_PLAIN));
    fflush(stdout);
    l->is_partial = 1;
}

static int show_segment(live *l, const xybrid_event *e) {
    xb_str s;
    cli_begin(l->c, &s);
    if (l->is_partial) xb_str_add(&s, "\r\033[K");
    l->is_partial = 0;
    output_add(&s, e->data, system_is_terminal(stdout));
    cli_print(l->c, &s);
    fflush(stdout);
    return keep(l, e->data);
}

/* All events that are there. 1 in *is_done after DONE. */
static int take_events(live *l, int *is_done) {
    xybrid_error        err;
    const xybrid_event *e = NULL;
    for (;;) {
        if (xybrid_stream_next(l->stream, 0, &e, &err)) return host_fail(l->c, &err, NULL);
        if (e->kind == XYBRID_EVENT_PARTIAL) show_partial(l, e);
        if (e->kind == XYBRID_EVENT_SEGMENT && show_segment(l, e)) return CLI_FAILED;
        if (e->kind == XYBRID_EVENT_DONE) *is_done = 1;
        if (e->kind == XYBRID_EVENT_DONE || e->kind == XYBRID_EVENT_NEED_INPUT) return CLI_OK;
    }
}

static int feed(live *l, const unsigned char *bytes, size_t frames) {
    float        samples[BLOCK_FRAMES * MOST_CHANNELS];
    xybrid_error err;
    for (size_t i = 0; i < frames * (size_t)l->channels; i++) samples[i] = (float)(int16_t)number(bytes + 2 * i, 2) / 32768;
    if (xybrid_stream_feed_audio(l->stream, samples, (int64_t)frames, l->rate_hz, l->channels, &err))
        return host_fail(l->c, &err, NULL);
    return CLI_OK;
}

static int listen(live *l) {
    unsigned char bytes[2 * BLOCK_FRAMES * MOST_CHANNELS];
    xybrid_error  err;
    int           is_done = 0;
    size_t        have = fread(bytes, 1, HEAD, stdin), frame;
    if (have == HEAD && memcmp(bytes, "RIFF", 4) == 0 && memcmp(bytes + 8, "WAVE", 4) == 0) {
        int code = read_header(l);
        if (code) return code;
        have = 0;
    }
    frame = 2 * (size_t)l->channels;
    for (size_t n = 1; n > 0 && !is_done;) {
        n = fread(bytes + have, 1, frame * BLOCK_FRAMES - have, stdin);
        size_t frames = (have + n) / frame;
        if (feed(l, bytes, frames) || take_events(l, &is_done)) return CLI_FAILED;
        have = have + n - frames * frame;
        memmove(bytes, bytes + frames * frame, have);
    }
    if (ferror(stdin)) return cli_fail("cannot read standard input: %s", strerror(errno));
    if (xybrid_stream_finish(l->stream, &err)) return host_fail(l->c, &err, NULL);
    while (!is_done)
        if (take_events(l, &is_done)) return CLI_FAILED;
    return CLI_OK;
}

int live_run(cli *c, xybrid_runtime *rt, xybrid_model *model, const xybrid_run_options *options, xybrid_envelope **out) {
    live            l = { .c = c, .rate_hz = 16000, .channels = 1 };
    xybrid_error    err;
    xybrid_session *session = NULL;
    int             code = xybrid_session_open(model, NULL, &session, &err) ? host_fail(c, &err, NULL) : CLI_OK;
    if (code == CLI_OK && xybrid_session_start(session, NULL, options, &l.stream, &err)) code = host_fail(c, &err, NULL);
    if (code == CLI_OK) code = listen(&l);
    if (l.is_partial) fputs("\r\033[K", stdout);
    if (code == CLI_OK && xybrid_envelope_new_list(rt, l.items, (int32_t)l.count, out, &err)) code = host_fail(c, &err, NULL);
    for (size_t i = 0; i < l.count; i++) xybrid_envelope_free(l.items[i]);
    xb_free(&c->mem, l.items);
    xybrid_stream_close(l.stream);
    xybrid_session_free(session);
    return code;
}
