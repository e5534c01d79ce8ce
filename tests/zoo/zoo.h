/* zoo.h - every real model on two engines, and what one says against what the other says.
 *
 *     zoo_model --drive--> zoo_side (reference)  -> zoo_result --+
 *               --drive--> zoo_side (candidate)  -> zoo_result --+--> zoo_compare -> a line of the table
 *
 * A driver runs one model the way its owners do (MODELS.md of the shared notes), on one engine, through the engine contract,
 * and keeps what came out: tensors, each with the rule by which it is compared, and ids. It knows nothing of the other engine.
 *
 *     static xybrid_status drive(zoo_side *s, const zoo_model *m, xybrid_error *err) {
 *         zoo_net  *net;
 *         xb_tensor x;
 *         XB_TRY(zoo_open(s, m->files[0], &net, err));
 *         XB_TRY(zoo_new(s, XYBRID_FLOAT32, 2, (int64_t[]){ 1, 576 }, &x, err));      // zeros; memory of the side
 *         XB_TRY(zoo_bind(net, "input", &x, err));
 *         XB_TRY(zoo_run(net, err));
 *         return zoo_keep(s, ZOO_CLOSE, "output", zoo_out(net, "output"), err);
 *     }
 *
 * Nets and memory belong to the side and end with the model. Paths begin with models/ or zoo/ (below build/), data/ (the
 * reference data) or examples/, or are absolute. One thread. */
#ifndef ZOO_H
#define ZOO_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"
#include "engine/model.h"
#include "store/blobs.h"

/* ---- what a driver keeps ---- */

/* The rules. Nets that quantise as they run (Moonshine's encoder, Kokoro) are chaotic: an activation on the edge of a step
 * falls to one side or the other, and a few layers on everything has moved. ONNX Runtime 1.28.2, 1.32.0 and onnx's reference
 * evaluator, all exact in integers, differ from one another by cosines of 0.9981 to 0.9993 at the end of Moonshine's encoders,
 * and Kokoro's lengths by 2 %. Whole, such nets must lead to the same words; piece by piece they must agree, which is
 * zoo_pieces.c's part. */
enum {
    ZOO_CLOSE = 1,  /* float nets: every element within ZOO_TOLERANCE of the reference's range */
    ZOO_COSINE,     /* quantised nets: ZOO_MIN_COSINE */
    ZOO_VOICE,      /* float voices: equal length, log-mel distance at most ZOO_VOICE_DB */
    ZOO_LOOSE_VOICE /* quantised voices: length within ZOO_LENGTH, log-mel distance, aligned in time, at most ZOO_LOOSE_DB */
};
#define ZOO_TOLERANCE  1e-4
#define ZOO_MIN_COSINE 0.997
#define ZOO_VOICE_DB   0.5 /* half of the smallest difference in level that is heard */
#define ZOO_LOOSE_DB   3.0
#define ZOO_LENGTH     0.03
#define ZOO_TIE        0.05f /* where the reference's best two logits are nearer than that, either may win */

enum { ZOO_LABEL_BYTES = 96, ZOO_MAX_KEPT = 96, ZOO_MAX_COMPLAINTS = 8 };

typedef struct zoo_output {
    char    label[ZOO_LABEL_BYTES];
    int     rule;    /* one of the above */
    int32_t rate_hz; /* of a wave; else 0 */
    int32_t rank;
    int64_t shape[XB_MAX_RANK];
    int64_t count;
    float  *values;
} zoo_output;

typedef struct zoo_ids {
    char     label[ZOO_LABEL_BYTES];
    int64_t  count;
    int64_t *ids;
    float   *margins; /* of the best logit over the second, for each id; NULL = no tie is accepted */
} zoo_ids;

typedef struct zoo_result {
    zoo_output outputs[ZOO_MAX_KEPT];
    int        output_count;
    zoo_ids    ids[ZOO_MAX_KEPT];
    int        ids_count;
    char       complaints[ZOO_MAX_COMPLAINTS][256]; /* what is not as expected, whatever the other engine says */
    int        complaint_count;
} zoo_result;

/* ---- an engine with the model at hand (zoo_side.c) ---- */

typedef struct zoo_net {
    struct zoo_side   *side;
    struct zoo_net    *next;
    const char        *path; /* as the driver gave it */
    xb_engine_model   *model;
    xb_engine_session *session;
    xb_tensor         *outputs; /* of the last run, one for each output of the model */
    uint8_t           *wanted;  /* one for each output, all 1 at first: 0 = not delivered, as carried caches need not be */
    xb_tensor         *inputs;  /* as the next run gets them, one for each input; carried ones only with an observer */
    int32_t           *carried; /* one for each output: the input that it becomes, -1 = none */
} zoo_net;

/* Is told of each run, before it (net->inputs are complete) and after it (net->outputs, too: all of them, wanted or not). What
 * it answers but OK ends the driver with that. */
typedef xybrid_status (*zoo_observer)(void *ctx, const zoo_net *net, int is_after, xybrid_error *err);

typedef struct zoo_side {
    const char  *engine, *config; /* name; JSON of the models' own settings, NULL = none */
    xb_mem       mem;
    xb_pool     *pool;
    xb_engines  *engines;
    xb_blobs     blobs;
    zoo_net     *nets;
    int32_t      is_traced; /* runs are: xb_engine_session_profile */
    zoo_observer observe;   /* NULL = nobody */
    void        *observe_ctx;
    xb_arena     arena; /* what drivers make and keep */
    zoo_result   result;
    double       load_s, run_s; /* of this model: opening its files; all runs */
} zoo_side;

/* `threads` for the pool and for each model, `engine_dir` the folder of ONNX Runtime (NULL = set-up's), `cache_dir` that of
 * packed weights (NULL = not kept). The engine must be one of this build's: zoo_has_engine. */
int           zoo_has_engine(const char *name);
xybrid_status zoo_side_open(zoo_side *s, const char *engine, const char *engine_dir, const char *cache_dir, int32_t threads,
                            const char *config, xybrid_error *err);
void          zoo_side_clear(zoo_side *s); /* ends the model at hand */
void          zoo_side_close(zoo_side *s);

/* Opens a file with a session; a second session on the model of `net`. */
xybrid_status zoo_open(zoo_side *s, const char *path, zoo_net **out, xybrid_error *err);
xybrid_status zoo_open_again(const zoo_net *net, zoo_net **out, xybrid_error *err);

xybrid_status zoo_bind(zoo_net *net, const char *input, const xb_tensor *t, xybrid_error *err);
xybrid_status zoo_carry(zoo_net *net, const char *output, const char *input, int32_t axis, xybrid_error *err);
xybrid_status zoo_run(zoo_net *net, xybrid_error *err);

/* Only that output is delivered from now on. */
void zoo_want_only(zoo_net *net, const char *output);

/* An output of the last run, valid until the next; NULL (an empty tensor for zoo_keep to refuse) if there is no such output. */
const xb_tensor *zoo_out(const zoo_net *net, const char *output);

/* ---- memory, files, results ---- */

void         *zoo_alloc(zoo_side *s, int64_t count, size_t size, xybrid_error *err); /* zeros; NULL = *err is filled */
xybrid_status zoo_new(zoo_side *s, xybrid_dtype dtype, int32_t rank, const int64_t *shape, xb_tensor *out, xybrid_error *err);
xb_tensor     zoo_wrap(const void *data, xybrid_dtype dtype, int32_t rank, const int64_t *shape); /* memory that stays */
xybrid_status zoo_copy(zoo_side *s, const xb_tensor *t, xb_tensor *out, xybrid_error *err);

void          zoo_path(const char *path, char out[1024]);
xybrid_status zoo_read(zoo_side *s, const char *path, char **out, int64_t *size, xybrid_error *err);       /* NUL behind it */
xybrid_status zoo_read_wav(zoo_side *s, const char *path, float **out, int64_t *count, xybrid_error *err); /* 16 kHz, mono */

xybrid_status zoo_keep(zoo_side *s, int rule, const char *label, const xb_tensor *t, xybrid_error *err);
xybrid_status zoo_keep_all(zoo_side *s, int rule, const char *label, const zoo_net *net, xybrid_error *err);
xybrid_status zoo_keep_wave(zoo_side *s, int rule, const char *label, const xb_tensor *t, int32_t rate_hz, xybrid_error *err);
xybrid_status zoo_keep_ids(zoo_side *s, const char *label, const int64_t *ids, const float *margins, int64_t count,
                           xybrid_error *err);

/* What is known of the right answer. A complaint fails the model on that side. */
void zoo_complain(zoo_side *s, const char *fmt, ...) XB_PRINTF(2, 3);
void zoo_expect_ids(zoo_side *s, const char *what, const int64_t *found, int64_t count, const int64_t *wanted,
                    int64_t wanted_count);
void zoo_expect_near(zoo_side *s, const char *what, const float *found, const float *wanted, int64_t count, double tolerance);

/* ---- comparing (zoo_compare.c) ---- */

typedef struct zoo_verdict {
    int     is_pass, compared;
    double  worst;                /* largest difference / range of the reference */
    double  cosine;               /* the smallest */
    double  mel_db;               /* the largest, -1 = no wave */
    int64_t ids, equal_ids, ties; /* ids compared; equal; sequences that parted at a tie */
    int64_t found, wanted;        /* lengths of the first pair that differs; of the first wave if none does; -1 = no wave */
} zoo_verdict;

typedef struct zoo_distance {
    double  worst; /* largest difference / range of the reference; infinite for NaN where the other has a number */
    int64_t at;
    double  cosine;
} zoo_distance;
zoo_distance zoo_distance_of(const float *reference, const float *candidate, int64_t count);

/* Writes what failed to `report`, a line each, and with `is_verbose` a line for each output. */
void zoo_compare(const zoo_result *reference, const zoo_result *candidate, int is_verbose, FILE *report, zoo_verdict *out);

/* ---- mel spectra (zoo_mel.c): frames of 400 samples, hop 160, 80 bands, as in Whisper ---- */

enum { ZOO_MELS = 80 };

/* Power in mel bands, [80, frames] with frames = count / 160; what lies beyond the ends is mirrored. */
void zoo_mel_power(const float *samples, int64_t count, int32_t rate_hz, double *power);

/* Mean difference of the log-mel spectra of two recordings in dB; of different lengths: along the best alignment in time
 * (dynamic time warping). Infinite where there is nothing to compare. */
double zoo_mel_distance(const float *a, int64_t a_count, const float *b, int64_t b_count, int32_t rate_hz);

/* log10 of it, held within 8 of the largest. In place. */
void zoo_mel_log(double *power, int64_t count);

/* ---- words (family_whisper.c): what Whisper tiny.en hears on this side's engine, kept as ids ---- */

#define ZOO_WHISPER_FILES \
    "zoo/whisper-tiny.en/encoder.onnx", "zoo/whisper-tiny.en/decoder.onnx", "zoo/whisper-tiny.en/config.json"
xybrid_status zoo_hear(zoo_side *s, const char *label, const xb_tensor *samples, int32_t rate_hz, const int64_t *wanted,
                       int64_t wanted_count, xybrid_error *err);

/* ---- Kokoro (family_voices.c): a sentence of `count` ids, or its first two words; and the voice ---- */

enum { ZOO_KOKORO_SHORT = 14, ZOO_KOKORO_LONG = 54, ZOO_KOKORO_RATE_HZ = 24000 };
xybrid_status zoo_bind_kokoro(zoo_net *net, int64_t count, xybrid_error *err);

/* ---- greedy choice (zoo_compare.c) ---- */

/* Index of the largest of `count` values, *margin = its lead over the second. */
int64_t zoo_best(const float *values, int64_t count, float *margin);

/* ---- the table (zoo_table.c) ---- */

typedef struct zoo_model {
    const char *name;
    xybrid_status (*drive)(zoo_side *s, const struct zoo_model *m, xybrid_error *err);
    const void *spec;     /* the family's own */
    const char *files[5]; /* what must be there; NULL behind the last */
} zoo_model;

typedef struct zoo_family {
    const zoo_model *models;
    int              count;
} zoo_family;

extern const zoo_family zoo_pictures, zoo_text, zoo_silero, zoo_deepfilter, zoo_moonshine, zoo_whisper, zoo_voices;

enum { ZOO_FAMILIES = 7 };
extern const zoo_family *const zoo_families[ZOO_FAMILIES];

/* The first of the model's files that is not there; NULL = all are. Who brings it. */
const char *zoo_missing_file(xb_mem *mem, const zoo_model *m);
const char *zoo_who_brings(const char *file);

#endif
