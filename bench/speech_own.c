/* bench/speech_own.c - the child of bench/speech that runs Xybrid, through the public interface as any program does.
 *
 *     open once:    runtime, model, session
 *     run:          samples or phonemes are there; the clock runs from xybrid_session_start to DONE
 *     partial:      a live stream, fed 100 ms at a time as fast as it takes them; what counts is all time inside the library up
 *                   to the first PARTIAL
 *     profile:      a run with XYBRID_RUN_TRACE; the engine's steps, summed by stage and name, the longest ones */
#if !defined(_GNU_SOURCE)
#  define _GNU_SOURCE
#endif
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "speech.h"

enum { RATE_HZ = 16000, PIECE = RATE_HZ / 10, MAX_PIECES = 600, MAX_GROUPS = 512, SHOWN_GROUPS = 5 };

typedef struct own {
    const speech_setting *setting;
    xybrid_runtime       *rt;
    xybrid_model         *model;
    xybrid_session       *session;
    xybrid_envelope      *in;
    const float          *samples; /* of `in`, 16 kHz */
    int64_t               frames;
} own;

/* ---- opening ---- */

static void open_library(own *o) {
    xybrid_error           err;
    xybrid_runtime_options options;
    xybrid_load_options    load;
    xybrid_runtime_options_init(&options, sizeof options);
    xybrid_load_options_init(&load, sizeof load);
    options.threads = o->setting->threads;
    options.cache_dir = o->setting->cache;
    bench_check(xybrid_runtime_create(&options, &o->rt, &err), &err, "runtime");
    bench_check(xybrid_model_load(o->rt, o->setting->pack, &load, &o->model, &err), &err, o->setting->pack);
    bench_check(xybrid_session_open(o->model, NULL, &o->session, &err), &err, "session");
}

static uint32_t u32_at(const unsigned char *p) {
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* A WAV of 16 kHz, one channel, 16 bits, read here, so that both sides are given samples. */
static void read_samples(own *o) {
    unsigned char head[16];
    FILE         *file = fopen(o->setting->input, "rb");
    int           is_right = file && fread(head, 1, 12, file) == 12 && memcmp(head, "RIFF", 4) == 0;
    while (is_right && fread(head, 1, 8, file) == 8) {
        uint32_t size = u32_at(head + 4);
        if (memcmp(head, "data", 4) == 0) {
            float *samples = bench_alloc(size / 2 + 1, sizeof *samples);
            while (o->frames < (int64_t)(size / 2) && fread(head, 1, 2, file) == 2)
                samples[o->frames++] = (float)(int16_t)(head[0] | head[1] << 8) / 32768;
            o->samples = samples;
            break;
        }
        long skipped = memcmp(head, "fmt ", 4) == 0 && size >= 16 ? 16 : 0;
        if (skipped) {
            is_right = fread(head, 1, 16, file) == 16 && head[0] == 1 && head[2] == 1 && u32_at(head + 4) == RATE_HZ &&
                       head[14] == 16;
        }
        if (fseek(file, (long)((size + 1) & ~1u) - skipped, SEEK_CUR)) break;
    }
    if (!is_right || !o->frames) bench_die("%s is no WAV of 16 kHz, one channel, 16 bits", o->setting->input);
    fclose(file);
}

static void make_input(own *o) {
    xybrid_error err;
    if (o->setting->task != TASK_SPEAK) {
        bench_check(
            xybrid_envelope_new_audio(o->rt, o->samples, o->frames, RATE_HZ, 1, xybrid_release_none, NULL, &o->in, &err), &err,
            "audio");
        return;
    }
    static char text[8192];
    FILE       *file = fopen(o->setting->input, "rb");
    if (!file || !fread(text, 1, sizeof text - 1, file)) bench_die("%s cannot be read", o->setting->input);
    fclose(file);
    for (char *c = text; *c; c++)
        if (*c == '\n') *c = ' ';
    bench_check(xybrid_envelope_new_text(o->rt, text, -1, &o->in, &err), &err, "text");
}

/* ---- a call ---- */

typedef struct clocks {
    int64_t wall_ns, cpu_ns;
} clocks;

static clocks now(void) { return (clocks){ bench_wall_ns(), bench_process_cpu_ns() }; }

static void mark(clocks from, double *ms, double *cpu_ms) {
    clocks to = now();
    *ms = (double)(to.wall_ns - from.wall_ns) / 1e6;
    *cpu_ms = (double)(to.cpu_ns - from.cpu_ns) / 1e6;
}

static void take_text(speech_done *out, const char *text) {
    snprintf(out->text, sizeof out->text, "%s", text ? text : "");
    for (char *c = out->text; *c; c++)
        if ((unsigned char)*c < ' ') *c = ' ';
}

/* Text, or where the speech is. */
static void take_result(speech_done *out, const xybrid_envelope *result, speech_task task) {
    size_t used = 0;
    if (task != TASK_DETECT) {
        take_text(out, xybrid_envelope_text(result));
        return;
    }
    for (int32_t i = 0; i < xybrid_envelope_count(result) && used < sizeof out->text - 64; i++) {
        const xybrid_view *v = xybrid_envelope_view(xybrid_envelope_at(result, i));
        used += (size_t)snprintf(out->text + used, sizeof out->text - used, "%s%.2f-%.2f", i ? " " : "",
                                 (double)v->start_ms / 1e3, (double)v->end_ms / 1e3);
    }
}

static void make_options(const own *o, xybrid_run_options *options, int has_partials) {
    xybrid_run_options_init(options, sizeof *options);
    if (o->setting->task == TASK_SPEAK) options->params = "{\"phonemes\": true}";
    if (o->setting->task == TASK_RECOGNISE && !has_partials) options->flags = XYBRID_RUN_NO_PARTIALS;
}

static void run(own *o, int flags, xybrid_envelope **result, speech_done *out) {
    xybrid_error        err;
    xybrid_run_options  options;
    xybrid_stream      *stream = NULL;
    const xybrid_event *event = NULL;
    int64_t             frames = 0;
    int32_t             rate_hz = RATE_HZ;
    make_options(o, &options, 0);
    options.flags |= (uint32_t)flags;
    clocks from = now();
    bench_check(xybrid_session_start(o->session, o->in, &options, &stream, &err), &err, "start");
    do {
        bench_check(xybrid_stream_next(stream, XYBRID_AUTO, &event, &err), &err, "next");
        if (event->kind != XYBRID_EVENT_AUDIO) continue;
        if (!frames) mark(from, &out->first_ms, &out->first_cpu_ms);
        frames += xybrid_envelope_view(event->data)->count;
        rate_hz = xybrid_envelope_view(event->data)->sample_rate;
    } while (event->kind != XYBRID_EVENT_DONE);
    mark(from, &out->ms, &out->cpu_ms);
    if (frames) snprintf(out->text, sizeof out->text, "%lld samples", (long long)frames);
    else take_result(out, event->data, o->setting->task), frames = o->frames;
    if (result && event->data) *result = xybrid_envelope_retain(event->data);
    out->audio_s = (double)frames / rate_hz;
    xybrid_stream_close(stream);
}

/* 1 when the stream said something. */
static int take_events(xybrid_stream *stream, speech_done *out) {
    xybrid_error        err;
    const xybrid_event *event = NULL;
    for (;;) {
        bench_check(xybrid_stream_next(stream, 0, &event, &err), &err, "next");
        if (event->kind == XYBRID_EVENT_NEED_INPUT || event->kind == XYBRID_EVENT_DONE) return 0;
        if (event->kind != XYBRID_EVENT_PARTIAL && event->kind != XYBRID_EVENT_SEGMENT) continue;
        take_text(out, event->text);
        if (event->text[0]) return 1;
    }
}

static void run_live(own *o, speech_done *out) {
    xybrid_error       err;
    xybrid_run_options options;
    xybrid_stream     *stream = NULL;
    int                is_found = 0;
    make_options(o, &options, 1);
    clocks from = now();
    bench_check(xybrid_session_start(o->session, NULL, &options, &stream, &err), &err, "start");
    for (int64_t at = 0; at < o->frames && !is_found; at += PIECE) {
        int64_t count = o->frames - at < PIECE ? o->frames - at : PIECE;
        bench_check(xybrid_stream_feed_audio(stream, o->samples + at, count, RATE_HZ, 1, &err), &err, "feed");
        is_found = take_events(stream, out);
        out->audio_s = (double)(at + count) / (double)RATE_HZ;
    }
    mark(from, &out->ms, &out->cpu_ms);
    out->first_ms = out->ms;
    out->first_cpu_ms = out->cpu_ms;
    xybrid_stream_close(stream);
}

/* ---- profile ---- */

typedef struct group {
    char   name[160];
    double ms;
    int    count;
} group;

/* The string value behind `key` in one event of the trace, which ends at `end`; "" if it has none. */
static void read_value(const char *event, const char *end, const char *key, char *out, size_t size) {
    const char *at = memmem(event, (size_t)(end - event), key, strlen(key));
    out[0] = 0;
    if (!at) return;
    at += strlen(key);
    size_t length = strcspn(at, "\",}");
    snprintf(out, size, "%.*s", (int)length, at);
}

/* Our own trace, written without blanks: one event after the other, {"name":"...","cat":"step",...,"dur":us,...}. */
static int read_groups(const char *trace, group *groups, double *total_ms) {
    int count = 0;
    for (const char *event = strstr(trace, "{\"name\":\""), *end; event; event = end) {
        char name[64], category[16], stage[32], kernel[32], duration[32];
        end = strstr(event + 1, "{\"name\":\"");
        const char *last = end ? end : event + strlen(event);
        read_value(event, last, "\"cat\":\"", category, sizeof category);
        if (strcmp(category, "step") != 0) continue;
        read_value(event, last, "{\"name\":\"", name, sizeof name);
        read_value(event, last, "\"stage\":\"", stage, sizeof stage);
        read_value(event, last, "\"kernel\":\"", kernel, sizeof kernel);
        read_value(event, last, "\"dur\":", duration, sizeof duration);
        char text[160];
        snprintf(text, sizeof text, "%s %s %s", stage, kernel, name);
        int at = 0;
        while (at < count && strcmp(groups[at].name, text) != 0) at++;
        if (at == MAX_GROUPS) at--;
        else if (at == count) snprintf(groups[count++].name, sizeof groups[at].name, "%s", text);
        double ms = strtod(duration, NULL) / 1000;
        groups[at].ms += ms;
        groups[at].count++;
        *total_ms += ms;
    }
    return count;
}

static int by_time(const void *a, const void *b) {
    double x = ((const group *)a)->ms, y = ((const group *)b)->ms;
    return (x < y) - (x > y);
}

static void profile(own *o, speech_done *out) {
    static group     groups[MAX_GROUPS];
    xybrid_envelope *result = NULL;
    double           total_ms = 0;
    size_t           used = 0;
    memset(groups, 0, sizeof groups);
    run(o, XYBRID_RUN_TRACE, &result, out);
    const char *trace = result ? xybrid_envelope_get(result, "xybrid.trace") : NULL;
    int         count = trace ? read_groups(trace, groups, &total_ms) : 0;
    qsort(groups, (size_t)count, sizeof groups[0], by_time);
    used += (size_t)snprintf(out->text, sizeof out->text, "%.1f of %.1f ms in the engine's steps", total_ms, out->ms);
    for (int i = 0; i < count && i < SHOWN_GROUPS; i++)
        used += (size_t)snprintf(out->text + used, sizeof out->text - used, "; %.1f ms in %d x %s", groups[i].ms,
                                 groups[i].count, groups[i].name);
    xybrid_envelope_free(result);
}

/* ---- the child ---- */

void speech_own(const speech_setting *s) {
    static char        line[64];
    static speech_done done;
    own                o = { .setting = s };
    double             ms, cpu_ms;
    FILE              *answers = fdopen(dup(STDOUT_FILENO), "w");
    if (!answers || dup2(STDERR_FILENO, STDOUT_FILENO) < 0) bench_die("no standard output");
    setvbuf(answers, NULL, _IOLBF, 0);
    if (s->task != TASK_SPEAK) read_samples(&o);
    long   base_kib = bench_proc_kib("/proc/self/status", "VmHWM");
    clocks from = now();
    open_library(&o);
    mark(from, &ms, &cpu_ms);
    make_input(&o);
    fprintf(answers, "ready %.3f %.3f %ld xybrid %s\n", ms, cpu_ms, base_kib, xybrid_version());
    while (fgets(line, sizeof line, stdin)) {
        memset(&done, 0, sizeof done);
        if (strcmp(line, "run\n") == 0) run(&o, 0, NULL, &done);
        else if (strcmp(line, "partial\n") == 0) run_live(&o, &done);
        else if (strcmp(line, "profile\n") == 0) profile(&o, &done);
        else break;
        fprintf(answers, "done %.3f %.3f %.3f %.3f %.4f %ld %s\n", done.ms, done.cpu_ms, done.first_ms, done.first_cpu_ms,
                done.audio_s, bench_proc_kib("/proc/self/status", "VmHWM"), done.text);
    }
    exit(0);
}
