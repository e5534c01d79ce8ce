/* bench/speech.c - recognising, detecting and speaking beside sherpa-onnx and faster-whisper: the same weights, sound or
 * phonemes, and threads.
 *
 *     for each model and number of threads: one process for us and one for each rival, all open at the same time
 *         a first call of each, then rounds of one call each, in turn; whoever begins changes from round to round
 *         the same once more for the first partial result, where the model recognises
 *     a ratio (ours / rival) for each round; their median and quartiles are what is reported
 *
 * Times at 1 thread are processor time of the whole process, which leaves out what others do with the machine; at more threads
 * the clock, since that is what threads are for. */
#if !defined(_GNU_SOURCE)
#  define _GNU_SOURCE
#endif
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "speech.h"

enum { MAX_ROUNDS = 99, MAX_RIVALS = 3, MAX_RIVAL_FILES = 4, MAX_COMMAND = 16, PATH_BYTES = 4096 };

/* ---- the table ---- */

#define PACKS  "build/models/"
#define RIVALS "build/zoo/rivals/"

typedef struct rival {
    const char *name, *kind;            /* speech_rival.py's */
    const char *files[MAX_RIVAL_FILES]; /* paths from the project, or words without a slash */
} rival;

typedef struct entry {
    const char *name, *pack;
    speech_task task;
    rival       rivals[MAX_RIVALS];
} entry;

#define MOONSHINE(size) \
    { "sherpa-onnx",    \
      "moonshine",      \
      { PACKS size "/encoder_model.onnx", PACKS size "/decoder_model_merged.onnx", RIVALS "moonshine-tokens.txt" } }

static const entry entries[] = {
    { "silero", PACKS "silero-vad", TASK_DETECT, { { "sherpa-onnx", "silero", { PACKS "silero-vad/silero_vad.onnx" } } } },
    { "moonshine-tiny", PACKS "moonshine-tiny", TASK_RECOGNISE, { MOONSHINE("moonshine-tiny") } },
    { "moonshine-base", PACKS "moonshine-base", TASK_RECOGNISE, { MOONSHINE("moonshine-base") } },
    { "whisper-tiny.en",
      PACKS "whisper-tiny.en",
      TASK_RECOGNISE,
      { { "sherpa-onnx",
          "whisper",
          { RIVALS "whisper-encoder.onnx", RIVALS "whisper-decoder.onnx", RIVALS "whisper-tokens.txt" } },
        { "faster-whisper int8", "faster-whisper", { RIVALS "whisper-ct2", "int8" } },
        { "faster-whisper float32", "faster-whisper", { RIVALS "whisper-ct2", "float32" } } } },
    { "piper-joe",
      PACKS "piper-joe",
      TASK_SPEAK,
      { { "sherpa-onnx", "vits", { RIVALS "piper.onnx", RIVALS "piper-tokens.txt" } } } },
    { "kokoro-82m",
      PACKS "kokoro-82m",
      TASK_SPEAK,
      { { "sherpa-onnx",
          "kokoro",
          { RIVALS "kokoro.onnx", RIVALS "kokoro-tokens.txt", PACKS "kokoro-82m/voices/af_heart.bin" } } } },
};
enum { ENTRIES = sizeof entries / sizeof entries[0], OURS = 0, ARMS = 1 + MAX_RIVALS };

static const char *const task_names[] = { [TASK_DETECT] = "detect", [TASK_RECOGNISE] = "recognise", [TASK_SPEAK] = "speak" };

typedef struct options {
    const char *only, *sound, *phonemes, *cache;
    int         rounds, is_check;
} options;

/* ---- measuring ---- */

typedef struct arm {
    speech_peer *peer; /* while measuring */
    const char  *name;
    speech_ready ready;
    double       peak_kib; /* after all calls */
    speech_done  first_call, calls[MAX_ROUNDS], partials[MAX_ROUNDS];
} arm;

typedef struct line { /* of the table */
    const entry *entry;
    int          threads, arm_count;
    arm          arms[ARMS];
    char         profile[2048]; /* "" = not looked at */
    char         failure[256];
} line;

static int is_wall(const line *l) { return l->threads > 1; }

static double time_of(const line *l, const speech_done *d) { return is_wall(l) ? d->ms : d->cpu_ms; }
static double first_of(const line *l, const speech_done *d) { return is_wall(l) ? d->first_ms : d->first_cpu_ms; }
static double cpu_rtf_of(const line *l, const speech_done *d) {
    (void)l;
    return d->cpu_ms / 1e3 / d->audio_s;
}
static double rtf_of(const line *l, const speech_done *d) { return time_of(l, d) / 1e3 / d->audio_s; }

static const char *input_of(const options *o, const entry *e) { return e->task == TASK_SPEAK ? o->phonemes : o->sound; }

static void from_project(const char *path, char out[PATH_BYTES]) {
    snprintf(out, PATH_BYTES, strchr(path, '/') ? XB_BENCH_PROJECT "/%s" : "%s", path);
}

static speech_peer *start_own(const options *o, const entry *e, int threads) {
    char        number[16];
    const char *argv[MAX_COMMAND] = { "speech", "--child", e->name, "--threads", number };
    int         count = 5;
    snprintf(number, sizeof number, "%d", threads);
    argv[count++] = e->task == TASK_SPEAK ? "--phonemes" : "--sound";
    argv[count++] = input_of(o, e);
    if (o->cache) argv[count++] = "--cache", argv[count++] = o->cache;
    return speech_peer_start("/proc/self/exe", argv);
}

static speech_peer *start_rival(const options *o, const entry *e, const rival *r, int threads) {
    char        number[16], files[MAX_RIVAL_FILES][PATH_BYTES];
    const char *argv[MAX_COMMAND] = { "python3.11", XB_BENCH_PROJECT "/bench/speech_rival.py", r->kind, number,
                                      input_of(o, e) };
    int         count = 5;
    snprintf(number, sizeof number, "%d", threads);
    setenv("OMP_NUM_THREADS", number, 1);
    setenv("OPENBLAS_NUM_THREADS", number, 1);
    for (int i = 0; i < MAX_RIVAL_FILES && r->files[i]; i++) {
        from_project(r->files[i], files[i]);
        argv[count++] = files[i];
    }
    return speech_peer_start(argv[0], argv);
}

/* 1, or 0 with the first file that is missing in `failure`. */
static int has_files(const options *o, line *l) {
    char path[PATH_BYTES], metadata[PATH_BYTES + 32];
    from_project(l->entry->pack, path);
    snprintf(metadata, sizeof metadata, "%s/model_metadata.json", path);
    const char *missing = access(metadata, R_OK)                ? metadata
                          : access(input_of(o, l->entry), R_OK) ? input_of(o, l->entry)
                                                                : NULL;
    for (int i = 0; i < MAX_RIVALS && !missing && l->entry->rivals[i].name; i++)
        for (int k = 0; k < MAX_RIVAL_FILES && !missing && l->entry->rivals[i].files[k]; k++) {
            from_project(l->entry->rivals[i].files[k], path);
            if (strchr(path, '/') && access(path, R_OK)) missing = path;
        }
    if (missing) snprintf(l->failure, sizeof l->failure, "%.180s is not there (scripts/setup zoo bench)", missing);
    return !missing;
}

static int ask(line *l, int which, const char *command, speech_done *out) {
    if (speech_peer_ask(l->arms[which].peer, command, out)) {
        l->arms[which].peak_kib = out->peak_kib;
        return 1;
    }
    snprintf(l->failure, sizeof l->failure, "%s ended during \"%s\"", l->arms[which].name, command);
    return 0;
}

/* Everybody loads in turn, then makes a first call. */
static int open_arms(const options *o, line *l) {
    l->arms[OURS].name = "xybrid";
    l->arm_count = 1;
    for (int i = 0; i < MAX_RIVALS && l->entry->rivals[i].name; i++) l->arms[l->arm_count++].name = l->entry->rivals[i].name;
    for (int which = 0; which < l->arm_count; which++) {
        arm *a = &l->arms[which];
        a->peer = which == OURS ? start_own(o, l->entry, l->threads)
                                : start_rival(o, l->entry, &l->entry->rivals[which - 1], l->threads);
        if (!speech_peer_ready(a->peer, &a->ready)) {
            snprintf(l->failure, sizeof l->failure, "%s did not open the model", a->name);
            return 0;
        }
    }
    for (int which = 0; which < l->arm_count; which++)
        if (!ask(l, which, "run", &l->arms[which].first_call)) return 0;
    return 1;
}

static int run_rounds(const options *o, line *l) {
    for (int round = 0; round < o->rounds; round++)
        for (int turn = 0; turn < l->arm_count; turn++) {
            int which = (round + turn) % l->arm_count;
            if (!ask(l, which, "run", &l->arms[which].calls[round])) return 0;
        }
    for (int round = 0; round < o->rounds && l->entry->task == TASK_RECOGNISE; round++)
        for (int turn = 0; turn < l->arm_count; turn++) {
            int which = (round + turn) % l->arm_count;
            if (!ask(l, which, "partial", &l->arms[which].partials[round])) return 0;
        }
    return 1;
}

/* ---- figures of a line ---- */

typedef double (*figure)(const line *l, const speech_done *d);

static bench_spread spread_of(const options *o, const line *l, const speech_done *calls, figure of) {
    double values[MAX_ROUNDS];
    for (int i = 0; i < o->rounds; i++) values[i] = of(l, &calls[i]);
    return bench_spread_of(values, (size_t)o->rounds);
}

/* Ours / the rival's, by rounds. */
static bench_spread ratio_of(const options *o, const line *l, int which, figure of) {
    double values[MAX_ROUNDS];
    for (int i = 0; i < o->rounds; i++) values[i] = of(l, &l->arms[OURS].calls[i]) / of(l, &l->arms[which].calls[i]);
    return bench_spread_of(values, (size_t)o->rounds);
}

/* The rival that takes the least time. */
static int best_of(const options *o, const line *l) {
    int best = 1;
    for (int which = 2; which < l->arm_count; which++)
        if (spread_of(o, l, l->arms[which].calls, rtf_of).p50 < spread_of(o, l, l->arms[best].calls, rtf_of).p50) best = which;
    return best;
}

static double mb(double kib) { return kib * 1024 / 1e6; }

static void measure(const options *o, line *l) {
    if (has_files(o, l) && open_arms(o, l) && run_rounds(o, l) && ratio_of(o, l, best_of(o, l), rtf_of).p50 > 1) {
        speech_done done;
        if (ask(l, OURS, "profile", &done)) snprintf(l->profile, sizeof l->profile, "%s", done.text);
    }
    for (int which = 0; which < l->arm_count; which++) speech_peer_end(l->arms[which].peer);
}

/* ---- the table, printed ---- */

static void print_heading(void) {
    printf(
        "\nours / rival = ratio [quartiles], and that of processor time. Real-time factor and ms: processor time at 1 thread,\n"
        "the clock at more. MB: peak of the process; in brackets a rival's Python and numpy, which are in it.\n"
        "* the best rival of several.\n\n");
    printf("%-16s t %-23s %36s   cpu %24s %20s %18s\n", "model", "rival", "real-time factor", "first sound ms",
           "first partial ms", "peak MB");
}

static void print_pair(const options *o, const line *l, int which) {
    const arm   *us = &l->arms[OURS], *a = &l->arms[which];
    bench_spread ratio = ratio_of(o, l, which, rtf_of);
    char         title[64];
    snprintf(title, sizeof title, "%s%s", a->name, l->arm_count > 2 && which == best_of(o, l) ? " *" : "");
    printf("%-16s %d %-23s %8.4f /%8.4f %5.2f [%.2f %.2f] %5.2f", l->entry->name, l->threads, title,
           spread_of(o, l, us->calls, rtf_of).p50, spread_of(o, l, a->calls, rtf_of).p50, ratio.p50, ratio.p25, ratio.p75,
           ratio_of(o, l, which, cpu_rtf_of).p50);
    if (l->entry->task == TASK_SPEAK)
        printf(" %8.1f /%7.1f %5.2f", spread_of(o, l, us->calls, first_of).p50, spread_of(o, l, a->calls, first_of).p50,
               ratio_of(o, l, which, first_of).p50);
    else printf(" %23s", "");
    if (l->entry->task == TASK_RECOGNISE)
        printf(" %8.1f /%8.1f ", spread_of(o, l, us->partials, first_of).p50, spread_of(o, l, a->partials, first_of).p50);
    else printf(" %19s", "");
    printf(" %6.1f /%6.1f (%.1f)\n", mb(us->peak_kib), mb(a->peak_kib), mb(a->ready.base_kib));
}

static void print_line(const options *o, const line *l) {
    if (l->failure[0]) {
        printf("%-16s %d %s\n", l->entry->name, l->threads, l->failure);
        return;
    }
    for (int which = 1; which < l->arm_count; which++) print_pair(o, l, which);
    if (l->profile[0]) printf("    where our time goes: %s\n", l->profile);
    fflush(stdout);
}

/* What nobody measures in steady rounds: opening, and that only the first call pays for it; and what was understood. */
static void print_details(const line *l) {
    if (l->failure[0]) return;
    printf("\n%s, %d thread%s\n", l->entry->name, l->threads, l->threads > 1 ? "s" : "");
    for (int which = 0; which < l->arm_count; which++) {
        const arm *a = &l->arms[which];
        printf("  %-23s open %7.1f ms, first call %8.1f, second %8.1f; %.2f s: %s\n", a->name,
               is_wall(l) ? a->ready.ms : a->ready.cpu_ms, time_of(l, &a->first_call), time_of(l, &a->calls[0]),
               a->calls[0].audio_s, a->calls[0].text);
        if (l->entry->task == TASK_RECOGNISE)
            printf("  %-23s first partial after %.1f s of sound: %s\n", "", a->partials[0].audio_s, a->partials[0].text);
    }
}

/* ---- figures ---- */

static void write_pair(bench_json *json, const options *o, const line *l, int which) {
    const arm   *us = &l->arms[OURS], *a = &l->arms[which];
    bench_spread ratio = ratio_of(o, l, which, rtf_of);
    bench_json_begin_item(json);
    bench_json_text(json, "name", l->entry->name);
    bench_json_text(json, "task", task_names[l->entry->task]);
    bench_json_text(json, "rival", a->name);
    bench_json_text(json, "rival_version", a->ready.version);
    bench_json_number(json, "is_best_rival", which == best_of(o, l));
    bench_json_number(json, "threads", l->threads);
    bench_json_number(json, "rtf", spread_of(o, l, us->calls, rtf_of).p50);
    bench_json_number(json, "rtf_rival", spread_of(o, l, a->calls, rtf_of).p50);
    bench_json_number(json, "ratio", ratio.p50);
    bench_json_spread(json, "ratio_spread", ratio);
    bench_json_number(json, "ratio_cpu", ratio_of(o, l, which, cpu_rtf_of).p50);
    if (l->entry->task == TASK_SPEAK) {
        bench_json_number(json, "first_audio_ms", spread_of(o, l, us->calls, first_of).p50);
        bench_json_number(json, "first_audio_ms_rival", spread_of(o, l, a->calls, first_of).p50);
        bench_json_number(json, "first_audio_ratio", ratio_of(o, l, which, first_of).p50);
    }
    if (l->entry->task == TASK_RECOGNISE) {
        bench_json_number(json, "first_partial_ms", spread_of(o, l, us->partials, first_of).p50);
        bench_json_number(json, "first_partial_ms_rival", spread_of(o, l, a->partials, first_of).p50);
        bench_json_number(json, "first_partial_after_s", us->partials[0].audio_s);
    }
    bench_json_number(json, "peak_mb", mb(us->peak_kib));
    bench_json_number(json, "peak_mb_rival", mb(a->peak_kib));
    bench_json_number(json, "python_mb_rival", mb(a->ready.base_kib));
    bench_json_number(json, "open_ms", is_wall(l) ? us->ready.ms : us->ready.cpu_ms);
    bench_json_number(json, "open_ms_rival", is_wall(l) ? a->ready.ms : a->ready.cpu_ms);
    bench_json_number(json, "first_call_ms", time_of(l, &us->first_call));
    bench_json_number(json, "second_call_ms", time_of(l, &us->calls[0]));
    bench_json_text(json, "text", us->calls[0].text);
    bench_json_text(json, "text_rival", a->calls[0].text);
    if (l->profile[0]) bench_json_text(json, "profile", l->profile);
    bench_json_end(json);
}

static void write_line(bench_json *json, const options *o, const line *l) {
    if (!l->failure[0]) {
        for (int which = 1; which < l->arm_count; which++) write_pair(json, o, l, which);
        return;
    }
    bench_json_begin_item(json);
    bench_json_text(json, "name", l->entry->name);
    bench_json_number(json, "threads", l->threads);
    bench_json_text(json, "failure", l->failure);
    bench_json_end(json);
}

/* ---- the program ---- */

/* 0 when a model takes more than 1.5 times the best rival's time, or failed. */
static int check(const options *o, const line *lines, int count) {
    int is_pass = 1;
    for (int i = 0; i < count; i++) {
        const line *l = &lines[i];
        double      ratio = l->failure[0] ? 0 : ratio_of(o, l, best_of(o, l), rtf_of).p50;
        if (!l->failure[0] && ratio <= 1.5) continue;
        printf("FAIL  %s, %d: %s", l->entry->name, l->threads, l->failure);
        printf(l->failure[0] ? "\n" : "%.2f times the best rival's time\n", ratio);
        is_pass = 0;
    }
    return is_pass;
}

static int is_wanted(const options *o, const entry *e) { return !o->only || strncmp(e->name, o->only, strlen(o->only)) == 0; }

_Noreturn static void be_child(const options *o, const char *name, int threads) {
    static char pack[PATH_BYTES];
    for (int i = 0; i < ENTRIES; i++)
        if (strcmp(entries[i].name, name) == 0) {
            from_project(entries[i].pack, pack);
            speech_own(&(speech_setting){ pack, input_of(o, &entries[i]), o->cache, entries[i].task, threads });
        }
    bench_die("no model %s", name);
}

static void prepare_rivals(void) {
    setenv("PYTHONPATH", XB_BENCH_PROJECT "/build/deps/python-speech:" XB_BENCH_PROJECT "/build/deps/python", 1);
    setenv("PYTHONDONTWRITEBYTECODE", "1", 1);
    setenv("HF_HUB_OFFLINE", "1", 1);
    setenv("ORT_DISABLE_TELEMETRY", "1", 1);
}

int main(int argc, char **argv) {
    enum { ONLY, ROUNDS, THREADS, SOUND, PHONEMES, CACHE, CHECK, JSON, CHILD, ARGS };
    bench_arg args[ARGS] = {
        [ONLY] = { "--only", "NAME", "models whose names begin so", NULL },
        [ROUNDS] = { "--rounds", "N", "calls of each, in turn", "5" },
        [THREADS] = { "--threads", "N", "of all; 0 = first 1, then 2", "0" },
        [SOUND] = { "--sound", "FILE", "what is recognised: WAV, 16 kHz, one channel, 16 bits",
                    XB_BENCH_PROJECT "/../shared/data/audio/jfk.wav" },
        [PHONEMES] = { "--phonemes", "FILE", "what is spoken, a sentence a line",
                       XB_BENCH_PROJECT "/bench/speech_phonemes.txt" },
        [CACHE] = { "--cache", "FOLDER", "of our packed weights, absolute; else they are private memory", NULL },
        [CHECK] = { "--check", "", "end with 1 above 1.5 times the best rival's time, or where a model fails", NULL },
        [JSON] = { "--json", "FILE", "write the figures there", NULL },
        [CHILD] = { "--child", "NAME", NULL, NULL },
    };
    bench_parse(argc, argv, "Speech beside sherpa-onnx and faster-whisper, in turn, with the same weights and threads.", args,
                ARGS);
    options o = { .only = args[ONLY].value,
                  .sound = args[SOUND].value,
                  .phonemes = args[PHONEMES].value,
                  .cache = args[CACHE].value,
                  .rounds = bench_number(&args[ROUNDS], 1, MAX_ROUNDS),
                  .is_check = args[CHECK].value != NULL };
    int     only_threads = bench_number(&args[THREADS], 0, 64), count = 0;
    if (args[CHILD].value) be_child(&o, args[CHILD].value, only_threads ? only_threads : 1);

    line       *lines = bench_alloc((size_t)ENTRIES * 2, sizeof *lines);
    bench_json *json = bench_json_open(args[JSON].value, "speech");
    prepare_rivals();
    bench_print_machine();
    print_heading();
    bench_json_number(json, "rounds", o.rounds);
    bench_json_begin_list(json, "speech");
    for (int i = 0; i < ENTRIES; i++)
        for (int threads = 1; threads <= 2 && is_wanted(&o, &entries[i]); threads++) {
            if (only_threads && threads == 2) break;
            line *l = &lines[count++];
            l->entry = &entries[i];
            l->threads = only_threads ? only_threads : threads;
            measure(&o, l);
            print_line(&o, l);
            write_line(json, &o, l);
        }
    bench_json_end(json);
    for (int i = 0; i < count; i++) print_details(&lines[i]);
    printf("\n");
    bench_print_machine();
    bench_json_close(json);
    return o.is_check && !check(&o, lines, count);
}
