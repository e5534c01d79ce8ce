/* cli/speak.c */
#include "speak.h"

#include <math.h>
#include <string.h>

#include "host.h"
#include "load.h"
#include "new_file.h"
#include "system.h"

enum { HEADER_BYTES = 44, MAX_DATA_BYTES = 0x7fffff00 };

typedef struct speaking {
    cli        *c;
    new_file    file;
    FILE       *stream;
    const char *path;
    int         is_pipe;
    int32_t     rate_hz;
    int64_t     samples;
    double      begin_ms, first_ms; /* first_ms: when the first piece was there */
} speaking;

int speak_can(cli *c, const xybrid_model *model) { return load_number(c, model, "sample_rate") > 0; }

static void put_le(unsigned char *to, uint32_t value, int bytes) {
    for (int i = 0; i < bytes; i++) to[i] = (unsigned char)(value >> 8 * i);
}

/* RIFF, fmt, data: 16-bit PCM, one channel. data_bytes UINT32_MAX: until the end. */
static int write_header(speaking *s, uint32_t data_bytes) {
    unsigned char h[HEADER_BYTES] = "RIFF....WAVEfmt ";
    put_le(h + 4, data_bytes == UINT32_MAX ? UINT32_MAX : data_bytes + HEADER_BYTES - 8, 4);
    put_le(h + 16, 16, 4);
    put_le(h + 20, 1, 2);
    put_le(h + 22, 1, 2);
    put_le(h + 24, (uint32_t)s->rate_hz, 4);
    put_le(h + 28, (uint32_t)s->rate_hz * 2, 4);
    put_le(h + 32, 2, 2);
    put_le(h + 34, 16, 2);
    memcpy(h + 36, "data", 4);
    put_le(h + 40, data_bytes, 4);
    return fwrite(h, 1, sizeof h, s->stream) == sizeof h;
}

static int write_piece(speaking *s, const xybrid_view *v) {
    unsigned char bytes[2048];
    const float  *x = v->data;
    if (s->samples == 0) {
        s->rate_hz = v->sample_rate;
        s->first_ms = system_now_ms() - s->begin_ms;
        if (!write_header(s, UINT32_MAX)) return 0;
    }
    if (!s->is_pipe && (s->samples + v->count) * 2 > MAX_DATA_BYTES) return 0;
    for (int64_t i = 0; i < v->count;) {
        size_t n = 0;
        for (; n < sizeof bytes && i < v->count; n += 2, i++)
            put_le(bytes + n, (uint32_t)(int32_t)lrintf(fmaxf(-1, fminf(1, x[i])) * 32767), 2);
        if (fwrite(bytes, 1, n, s->stream) != n) return 0;
    }
    s->samples += v->count;
    return !s->is_pipe || fflush(s->stream) == 0;
}

/* {"whole": false} and what the user asked for. */
static const char *add_params(cli *c, const char *params) {
    const char *p = params ? params : "{}";
    while (*p == ' ' || *p == '\t' || *p == '\n') p++;
    if (*p != '{') return params; /* the library says what is wrong */
    for (p++; *p == ' ' || *p == '\t' || *p == '\n';) p++;
    return cli_text(c, "{\"whole\":false%s%s", *p == '}' ? "" : ",", p);
}

static int say_all(speaking *s, xybrid_stream *stream, const char *model_name) {
    const xybrid_event *event = NULL;
    xybrid_error        err;
    do {
        if (xybrid_stream_next(stream, XYBRID_AUTO, &event, &err)) return host_fail(s->c, &err, model_name);
        if (event->kind != XYBRID_EVENT_AUDIO) continue;
        if (write_piece(s, xybrid_envelope_view(event->data))) continue;
        if (s->is_pipe) return CLI_FAILED; /* the reader has gone */
        return cli_fail("%s cannot be written: no room, or more than 2 GB", s->path);
    } while (event->kind != XYBRID_EVENT_DONE);
    if (s->samples == 0) return cli_fail("there was nothing to say");
    return CLI_OK;
}

int speak_to(cli *c, xybrid_model *model, const char *model_name, xybrid_envelope *text, const xybrid_run_options *options,
             const char *path) {
    speaking           s = { .c = c, .path = path, .is_pipe = strcmp(path, "-") == 0, .begin_ms = system_now_ms() };
    xybrid_run_options o = *options;
    xybrid_stream     *stream = NULL;
    xybrid_error       err;
    o.params = add_params(c, options->params);
    if (s.is_pipe && system_is_terminal(stdout))
        return cli_fail("-o -: standard output is a terminal; send it to a program or a file");
    if (xybrid_model_start(model, text, &o, &stream, &err)) return host_fail(c, &err, model_name);
    if (s.is_pipe) s.stream = stdout;
    else if (new_file_open(c, path, &s.file)) {
        xybrid_stream_close(stream);
        return CLI_FAILED;
    } else s.stream = s.file.stream;
    int code = say_all(&s, stream, model_name);
    xybrid_stream_close(stream);
    if (s.is_pipe) return code;
    int is_good = code == CLI_OK && fseek(s.stream, 0, SEEK_SET) == 0 && write_header(&s, (uint32_t)s.samples * 2);
    if (new_file_close(&s.file, is_good) || !is_good) return CLI_FAILED;
    cli_note("wrote %s (%.2f s of speech in %.2f s, the first after %.2f s)", path, (double)s.samples / s.rate_hz,
             (system_now_ms() - s.begin_ms) / 1e3, s.first_ms / 1e3);
    return CLI_OK;
}
