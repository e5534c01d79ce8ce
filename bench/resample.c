/* bench/resample.c - the resampler beside soxr's HQ (libsoxr.so.0), in turn on one thread: processor time for a second of mono
 * sound, and ours / soxr as median and quartiles of pairs.
 *
 *     whole     20 s at once: filter made, used, freed
 *     stream    the same in pieces of 100 ms, the filter made before
 *
 *     build/bench/resample [--pairs 21] [--soxr PATH] [--json FILE] */
#include <dlfcn.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audio/resample.h"
#include "bench.h"
#include "plat/cpu.h"

enum { SECONDS = 20 };

/* soxr.h: sizes are size_t, NULL specifications mean float32 and HQ. */
typedef const char *(*oneshot_fn)(double from, double to, unsigned channels, const void *in, size_t in_frames, size_t *taken,
                                  void *out, size_t out_frames, size_t *made, const void *io, const void *quality,
                                  const void *runtime);
typedef void *(*create_fn)(double from, double to, unsigned channels, const char **error, const void *io, const void *quality,
                           const void *runtime);
typedef const char *(*process_fn)(void *s, const void *in, size_t in_frames, size_t *taken, void *out, size_t out_frames,
                                  size_t *made);
typedef void (*delete_fn)(void *s);

typedef struct soxr {
    oneshot_fn oneshot;
    create_fn  create;
    process_fn process;
    delete_fn  remove;
} soxr;

static float        *in, *out;
static xb_mem        mem;
static const xb_isa *isa;

static void *symbol(void *library, const char *name) {
    void *found = dlsym(library, name);
    if (!found) bench_die("libsoxr has no %s", name);
    return found;
}

static void open_soxr(soxr *s, const char *path) {
    void *library = dlopen(path, RTLD_NOW), *found[4];
    if (!library) bench_die("%s: scripts/setup bench brings it", dlerror());
    found[0] = symbol(library, "soxr_oneshot"), found[1] = symbol(library, "soxr_create");
    found[2] = symbol(library, "soxr_process"), found[3] = symbol(library, "soxr_delete");
    memcpy(s, found, sizeof found);
}

/* ---- the arms: nanoseconds of processor time ---- */

static double ours(int32_t from, int32_t to, int is_stream) {
    xybrid_error  err;
    xb_resampler *r;
    int64_t       start = bench_cpu_ns(), piece = is_stream ? from / 10 : 16384, made = 0;
    bench_check(xb_resampler_new(&mem, isa, from, to, 1, &r, &err), &err, "xb_resampler_new");
    if (is_stream) start = bench_cpu_ns();
    for (int64_t at = 0, frames = (int64_t)from * SECONDS; at < frames; at += piece) {
        bench_check(xb_resampler_push(r, in + at, frames - at < piece ? frames - at : piece, &err), &err, "push");
        made += xb_resampler_pull(r, out + made, INT64_MAX);
    }
    bench_check(xb_resampler_finish(r, &err), &err, "finish");
    made += xb_resampler_pull(r, out + made, INT64_MAX);
    int64_t end = bench_cpu_ns();
    xb_resampler_free(r);
    if (made != (int64_t)to * SECONDS) bench_die("%lld frames", (long long)made);
    return (double)((is_stream ? end : bench_cpu_ns()) - start);
}

static double theirs(const soxr *s, int32_t from, int32_t to, int is_stream) {
    size_t  frames = (size_t)from * SECONDS, room = (size_t)to * SECONDS, made = 0, piece = (size_t)from / 10;
    int64_t start = bench_cpu_ns();
    if (!is_stream) {
        if (s->oneshot(from, to, 1, in, frames, NULL, out, room, &made, NULL, NULL, NULL)) bench_die("soxr_oneshot");
        return (double)(bench_cpu_ns() - start);
    }
    void *r = s->create(from, to, 1, NULL, NULL, NULL, NULL);
    if (!r) bench_die("soxr_create");
    start = bench_cpu_ns();
    for (size_t at = 0, got; at < frames; at += piece, made += got) {
        size_t taken;
        if (s->process(r, in + at, piece, &taken, out + made, room - made, &got)) bench_die("soxr_process");
    }
    size_t rest = 0;
    (void)s->process(r, NULL, 0, NULL, out + made, room - made, &rest);
    int64_t end = bench_cpu_ns();
    s->remove(r);
    return (double)(end - start);
}

/* ---- */

static void measure(const soxr *s, int32_t from, int32_t to, int is_stream, int pairs, bench_json *json) {
    double *a = bench_alloc((size_t)pairs, sizeof *a), *b = bench_alloc((size_t)pairs, sizeof *b),
           *ratio = bench_alloc((size_t)pairs, sizeof *ratio);
    for (int i = -1; i < pairs; i++) {
        double x = i & 1 ? ours(from, to, is_stream) : 0, y = theirs(s, from, to, is_stream);
        if (!(i & 1)) x = ours(from, to, is_stream);
        if (i < 0) continue; /* warm */
        a[i] = x / (double)SECONDS / 1e6;
        b[i] = y / (double)SECONDS / 1e6;
        ratio[i] = x / y;
    }
    bench_spread ms = bench_spread_of(a, (size_t)pairs), soxr_ms = bench_spread_of(b, (size_t)pairs);
    bench_spread of = bench_spread_of(ratio, (size_t)pairs);
    printf("%6d -> %6d  %-6s  %7.3f ms  soxr %7.3f ms  ours / soxr %5.2f  (%.2f .. %.2f)\n", from, to,
           is_stream ? "stream" : "whole", ms.p50, soxr_ms.p50, of.p50, of.p25, of.p75);
    bench_json_begin_item(json);
    bench_json_number(json, "from_hz", from);
    bench_json_number(json, "to_hz", to);
    bench_json_text(json, "how", is_stream ? "stream" : "whole");
    bench_json_spread(json, "ours_ms", ms);
    bench_json_spread(json, "soxr_ms", soxr_ms);
    bench_json_spread(json, "ratio", of);
    bench_json_end(json);
    free(a), free(b), free(ratio);
}

int main(int argc, char **argv) {
    static const int32_t rates[][2] = { { 44100, 16000 }, { 48000, 16000 }, { 24000, 16000 }, { 22050, 16000 },
                                        { 16000, 24000 }, { 48000, 44100 }, { 44101, 16000 } };
    bench_arg            args[] = { { "--pairs", "N", "pairs of runs", "21" },
                                    { "--isa", "NAME", "instruction set; the machine's best one", NULL },
                                    { "--soxr", "PATH", "the library", "libsoxr.so.0" },
                                    { "--json", "FILE", "write the figures there", NULL } };
    bench_parse(argc, argv, "The resampler beside soxr's HQ: processor time for a second of mono sound.", args, 4);
    soxr s;
    open_soxr(&s, args[2].value);
    isa = args[1].value ? xb_isa_named(args[1].value) : xb_isa_best(xb_cpu_features());
    if (!isa) bench_die("no such instruction set: %s", args[1].value);
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    in = bench_alloc(48000 * SECONDS + 48000, sizeof *in);
    out = bench_alloc(48000 * SECONDS + 48000, sizeof *out);
    for (int i = 0; i < 48000 * SECONDS; i++) in[i] = (float)(0.4 * sin(i * 0.05) + 0.2 * sin(i * 0.31));
    bench_print_machine();
    bench_json *json = bench_json_open(args[3].value, "resample");
    bench_json_begin_list(json, "rates");
    for (size_t k = 0; k < sizeof rates / sizeof rates[0]; k++)
        for (int is_stream = 0; is_stream < 2; is_stream++)
            measure(&s, rates[k][0], rates[k][1], is_stream, bench_number(&args[0], 1, 1000), json);
    bench_json_end(json);
    bench_json_close(json);
    free(in), free(out);
    return 0;
}
