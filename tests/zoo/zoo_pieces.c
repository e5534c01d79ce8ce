/* zoo_pieces.c - the program zoo_pieces: models that quantise as they run, piece by piece on two engines.
 *
 *     zoo_pieces [--only NAME]... [--candidate ENGINE] [--engines FOLDER] [--spoil] ...
 *
 * Whole, such a net is chaotic (zoo.h). Cut before each quantisation (tools/convert/quantized_pieces.py) it is not: the
 * reference runs the whole net, and what it computed at the cuts is given to every piece, on both engines. Then
 *
 *     what DynamicQuantizeLinear says is equal to the bit: steps, scale, zero point;
 *     everything else differs by at most ZOO_TOLERANCE of its range.
 *
 * A voice rounds durations, too, so its length is as chaotic. That the pieces together do what the reference does is measured
 * against the reference's own spread: runs in which every number, before it was quantised, was moved by up to NUDGE of itself,
 * about what the engines' sums of floats differ by.
 *
 *     durations   those of the two engines are at most ZOO_SPREAD times as far apart as the reference's among themselves; none
 *                 leaves the reference's range for it by more than the width of that range. So a duration rounds as in the
 *                 reference unless a tie (.5) is that near; the length follows from them
 *     speech      with the reference's durations: equal length, and a log-mel distance between the engines of at most
 *                 ZOO_SPREAD times that of the reference's runs
 *
 * A wrong rounding, scale or padding shows in the pieces; what is right in each piece and wrong between them, in speech. */
#include "zoo.h"

static const char usage[] = "zoo_pieces [option ...]\n"
                            "  --only NAME            models whose name holds NAME; may be repeated\n"
                            "  --candidate ENGINE     compared with the reference; native unless given\n"
                            "  --engines FOLDER       of ONNX Runtime; build/engines unless given\n"
                            "  --candidate-engines F  of the candidate's\n"
                            "  --candidate-config J   JSON of the candidate's own settings for a model\n"
                            "  --verbose              a line for each tensor\n"
                            "  --spoil                moves one element that is given to the candidate by one 8-bit step: the\n"
                            "                         comparison must fail\n";

enum { MAX_ONLY = 16, NAME_BYTES = 256, THREADS = 2, NUDGES = 24, SPEECHES = 3, MAX_FRAMES = 64 };
#define NUDGE       5e-7
#define ZOO_SPREAD  1.5   /* ONNX Runtime 1.32.0 against 1.28.2 has 1.0, the native engine 0.97 to 1.18, with -pi for pi 3.3 */
#define LEAST_WIDTH 1e-3f /* frames: of a range in which the reference's runs happen to be one number */

typedef struct run {
    const char *only[MAX_ONLY], *candidate, *dir, *candidate_dir, *config;
    int         only_count, is_verbose, is_spoil;
    zoo_side    sides[2]; /* reference, candidate */
    int         passed, failed, skipped;
} run;

typedef xybrid_status (*bind_fn)(zoo_net *net, const void *ctx, xybrid_error *err);

/* ---- nets ---- */

static int has_input(const zoo_net *net, const char *name) { return xb_engine_model_find(net->model, XYBRID_INPUT, name) >= 0; }

static int ends_with(const char *text, const char *end) {
    size_t n = strlen(text), m = strlen(end);
    return n > m && strcmp(text + n - m, end) == 0;
}

static xybrid_status open_and_run(zoo_side *s, const char *path, bind_fn bind, const void *ctx, zoo_net **out,
                                  xybrid_error *err) {
    XB_TRY(zoo_open(s, path, out, err));
    XB_TRY(bind(*out, ctx, err));
    return zoo_run(*out, err);
}

/* ---- one piece against the other ---- */

typedef struct tally {
    int    steps, floats, bad;
    double worst;
} tally;

static void compare_output(const run *r, const char *name, const xb_tensor *a, const xb_tensor *b, int is_exact, tally *t) {
    const int64_t count = xb_tensor_count(a);
    char          left[XB_SHAPE_TEXT_BYTES], right[XB_SHAPE_TEXT_BYTES];
    int           is_bad;
    xb_shape_format(a->rank, a->shape, left, sizeof left);
    if (!b || a->dtype != b->dtype || !xb_shape_equal(a->rank, a->shape, b->rank, b->shape)) {
        xb_shape_format(b ? b->rank : 0, b ? b->shape : NULL, right, sizeof right);
        printf("  %s: shape %s, wanted %s: FAIL\n", name, right, left);
        t->bad++;
        return;
    }
    if (is_exact || a->dtype != XYBRID_FLOAT32) {
        is_bad = memcmp(a->data, b->data, (size_t)xb_tensor_size_bytes(a)) != 0;
        t->steps++;
        if (is_bad || r->is_verbose) printf("  %s %s: %s\n", name, left, is_bad ? "differs: FAIL" : "equal");
    } else {
        const float *x = a->data, *y = b->data;
        zoo_distance d = zoo_distance_of(x, y, count);
        is_bad = !(d.worst <= ZOO_TOLERANCE);
        t->floats++;
        if (d.worst > t->worst) t->worst = d.worst;
        if (is_bad || r->is_verbose)
            printf("  %s %s: difference %.2e of the range at element %lld (%.9g, wanted %.9g)%s\n", name, left, d.worst,
                   (long long)d.at, count ? (double)y[d.at] : 0, count ? (double)x[d.at] : 0, is_bad ? ": FAIL" : "");
    }
    t->bad += is_bad;
}

static void print_verdict(run *r, const char *name, int is_pass) {
    printf("%s: %s\n", name, is_pass ? "pass" : "FAIL");
    fflush(stdout);
    if (is_pass) r->passed++;
    else r->failed++;
}

/* One element becomes what one step of all 255 is away. */
static xybrid_status spoil(zoo_side *s, xb_tensor *t, xybrid_error *err) {
    float  low = 0, high = 0;
    float *x;
    XB_TRY(zoo_copy(s, t, t, err));
    x = t->data;
    for (int64_t i = 0, n = xb_tensor_count(t); i < n; i++) low = fminf(low, x[i]), high = fmaxf(high, x[i]);
    x[0] += (x[0] > 0 ? low - high : high - low) / 255;
    return XYBRID_OK;
}

static xybrid_status give(const run *r, zoo_net *net, const zoo_net *whole, int is_spoiled, xybrid_error *err) {
    for (int32_t i = 0; i < net->model->input_count; i++) {
        const char *name = net->model->inputs[i].name;
        char        tensor[NAME_BYTES];
        if (!ends_with(name, ".given")) continue;
        snprintf(tensor, sizeof tensor, "%.*s", (int)(strlen(name) - strlen(".given")), name);
        const xb_tensor *given = zoo_out(whole, tensor);
        if (!given) return xb_fail(err, XYBRID_INTERNAL, tensor, "%s: the whole net does not give it", tensor);
        xb_tensor t = *given;
        if (is_spoiled && r->is_spoil) XB_TRY(spoil(net->side, &t, err));
        XB_TRY(zoo_bind(net, name, &t, err));
        is_spoiled = 0;
    }
    return XYBRID_OK;
}

/* `whole` ran on the reference. */
static xybrid_status judge_pieces(run *r, const char *name, const zoo_net *whole, const char *pieces, bind_fn bind,
                                  const void *ctx, xybrid_error *err) {
    zoo_net *nets[2];
    tally    t = { 0 };
    for (int k = 0; k < 2; k++) {
        XB_TRY(zoo_open(&r->sides[k], pieces, &nets[k], err));
        XB_TRY(bind(nets[k], ctx, err));
        XB_TRY(give(r, nets[k], whole, k == 1, err));
        XB_TRY(zoo_run(nets[k], err));
    }
    for (int32_t i = 0; i < nets[0]->model->output_count; i++) {
        const char *tensor = nets[0]->model->outputs[i].name;
        compare_output(r, tensor, &nets[0]->outputs[i], zoo_out(nets[1], tensor), !zoo_out(whole, tensor), &t);
    }
    printf("%s, pieces: %d tensors of 8 bits, scales, zero points; %d of floats, at most %.2e of the range apart; %d differ\n",
           name, t.steps, t.floats, t.worst, t.bad);
    if (t.steps < 3 || t.floats < 2) t.bad++; /* not what was meant */
    print_verdict(r, name, t.bad == 0);
    return XYBRID_OK;
}

/* ---- a voice ---- */

typedef struct speech {
    int64_t   ids;
    int       nudge;  /* 0: none; else which */
    xb_tensor frames; /* without data: the net's own */
} speech;

static xybrid_status bind_number(zoo_net *net, const char *input, float number, xybrid_error *err) {
    xb_tensor t;
    XB_TRY(zoo_new(net->side, XYBRID_FLOAT32, 0, NULL, &t, err));
    *(float *)t.data = number;
    return zoo_bind(net, input, &t, err);
}

static xybrid_status bind_speech(zoo_net *net, const void *ctx, xybrid_error *err) {
    const speech *s = ctx;
    xb_tensor     t;
    XB_TRY(zoo_bind_kokoro(net, s->ids, err));
    if (has_input(net, "nudge.size")) {
        XB_TRY(bind_number(net, "nudge.size", s->nudge ? (float)NUDGE : 0, err));
        XB_TRY(bind_number(net, "nudge.phase", (float)s->nudge, err));
    }
    if (!has_input(net, "frames")) return XYBRID_OK;
    t = s->frames;
    if (!t.data) XB_TRY(zoo_new(net->side, XYBRID_FLOAT32, 2, (int64_t[]){ 1, s->ids + 2 }, &t, err));
    return zoo_bind(net, "frames", &t, err);
}

/* Durations in frames, of one run for each nudge; the first is not nudged. */
typedef struct cloud {
    int64_t count;
    float   runs[1 + NUDGES][MAX_FRAMES];
    int     frames[1 + NUDGES]; /* what they add up to, rounded */
} cloud;

static int rounded(float duration) { return (int)fmaxf(1, rintf(duration)); }

static xybrid_status measure_cloud(zoo_side *s, const char *path, int64_t ids, cloud *c, xybrid_error *err) {
    zoo_net *net;
    speech   what = { .ids = ids };
    XB_TRY(zoo_open(s, path, &net, err));
    for (int k = 0; k <= NUDGES; k++) {
        what.nudge = k;
        XB_TRY(bind_speech(net, &what, err));
        XB_TRY(zoo_run(net, err));
        c->count = xb_tensor_count(&net->outputs[0]);
        if (c->count > MAX_FRAMES) return xb_fail(err, XYBRID_INTERNAL, path, "%lld durations", (long long)c->count);
        memcpy(c->runs[k], net->outputs[0].data, (size_t)c->count * sizeof(float));
        c->frames[k] = 0;
        for (int64_t i = 0; i < c->count; i++) c->frames[k] += rounded(c->runs[k][i]);
    }
    return XYBRID_OK;
}

/* Mean over all pairs of the root of the mean square of what durations differ by. */
static double apart(const cloud *a, const cloud *b) {
    double sum = 0;
    int    pairs = 0;
    for (int i = 0; i <= NUDGES; i++)
        for (int j = a == b ? i + 1 : 0; j <= NUDGES; j++, pairs++) {
            double squares = 0;
            for (int64_t k = 0; k < a->count; k++) squares += pow((double)a->runs[i][k] - (double)b->runs[j][k], 2);
            sum += sqrt(squares / (double)a->count);
        }
    return sum / pairs;
}

/* How many of the candidate's durations are where the reference's cannot be; *sure: how many cannot be rounded otherwise. */
static int outside(const cloud *reference, const cloud *candidate, int *sure) {
    int count = 0;
    *sure = 0;
    for (int64_t i = 0; i < reference->count; i++) {
        float low = INFINITY, high = -INFINITY, width, found = candidate->runs[0][i];
        for (int k = 0; k <= NUDGES; k++) low = fminf(low, reference->runs[k][i]), high = fmaxf(high, reference->runs[k][i]);
        width = fmaxf(high - low, LEAST_WIDTH);
        *sure += rounded(low - width) == rounded(high + width);
        if (found >= low - width && found <= high + width) continue;
        printf("  duration %d is %.4f, the reference's are %.4f to %.4f: FAIL\n", (int)i, (double)found, (double)low,
               (double)high);
        count++;
    }
    return count;
}

static void print_frames(const char *who, const cloud *c) {
    int least = c->frames[0], most = c->frames[0];
    for (int k = 1; k <= NUDGES; k++) {
        if (c->frames[k] < least) least = c->frames[k];
        if (c->frames[k] > most) most = c->frames[k];
    }
    printf("%s %d frames, nudged %d to %d; ", who, c->frames[0], least, most);
}

static xybrid_status judge_durations(run *r, const char *name, int64_t ids, xybrid_error *err) {
    static cloud c[2];
    for (int k = 0; k < 2; k++) XB_TRY(measure_cloud(&r->sides[k], "zoo/kokoro/durations.onnx", ids, &c[k], err));
    if (c[0].count != c[1].count) return xb_fail(err, XYBRID_INTERNAL, name, "durations of different lengths");
    int    sure, out = outside(&c[0], &c[1], &sure);
    double within = apart(&c[0], &c[0]), between = apart(&c[0], &c[1]);
    printf("%s, durations: ", name);
    print_frames("reference", &c[0]);
    print_frames("candidate", &c[1]);
    printf("%d of %d cannot round otherwise; between the engines %.4f frames, within the reference %.4f\n", sure,
           (int)c[0].count, between, within);
    print_verdict(r, name, out == 0 && between <= ZOO_SPREAD * within);
    return XYBRID_OK;
}

/* Speech of the reference's durations: `whole` ran on it, not nudged. */
static xybrid_status judge_speech(run *r, const char *name, const zoo_net *whole, int64_t ids, xybrid_error *err) {
    const xb_tensor *frames = zoo_out(whole, "/encoder/Round_output_0");
    xb_tensor        waves[2][SPEECHES];
    double           within = 0, between = 0, candidate = 0;
    int              is_equal = 1, pairs = 0;
    if (!frames) return xb_fail(err, XYBRID_INTERNAL, name, "no durations");
    for (int k = 0; k < 2; k++) {
        zoo_net *net;
        XB_TRY(zoo_open(&r->sides[k], "zoo/kokoro/whole.onnx", &net, err));
        for (int i = 0; i < SPEECHES; i++) {
            speech what = { .ids = ids, .nudge = i, .frames = *frames };
            XB_TRY(bind_speech(net, &what, err));
            XB_TRY(zoo_run(net, err));
            XB_TRY(zoo_copy(&r->sides[k], zoo_out(net, "audio"), &waves[k][i], err));
            is_equal &= xb_tensor_count(&waves[k][i]) == xb_tensor_count(&waves[0][0]);
        }
    }
    for (int i = 0; i < SPEECHES; i++)
        for (int j = 0; j < SPEECHES; j++) {
            const int64_t n = xb_tensor_count(&waves[0][i]), m = xb_tensor_count(&waves[1][j]);
            double        d = zoo_mel_distance(waves[0][i].data, n, waves[1][j].data, m, ZOO_KOKORO_RATE_HZ);
            if (r->is_verbose) printf("  %d %d: %.3f dB\n", i, j, d);
            between += d / (SPEECHES * SPEECHES);
            if (j <= i) continue;
            within += zoo_mel_distance(waves[0][i].data, n, waves[0][j].data, n, ZOO_KOKORO_RATE_HZ);
            candidate += zoo_mel_distance(waves[1][i].data, m, waves[1][j].data, m, ZOO_KOKORO_RATE_HZ);
            pairs++;
        }
    within /= pairs, candidate /= pairs;
    printf(
        "%s, speech of the reference's durations: %lld samples, wanted %lld; log-mel between the engines %.3f dB, within the "
        "reference %.3f dB, the candidate %.3f dB\n",
        name, (long long)xb_tensor_count(&waves[1][0]), (long long)xb_tensor_count(&waves[0][0]), between, within, candidate);
    print_verdict(r, name, is_equal && between <= ZOO_SPREAD * within);
    return XYBRID_OK;
}

static xybrid_status judge_kokoro(run *r, const char *name, xybrid_error *err) {
    speech   what = { .ids = ZOO_KOKORO_SHORT };
    zoo_net *whole;
    XB_TRY(open_and_run(&r->sides[0], "zoo/kokoro/whole.onnx", bind_speech, &what, &whole, err));
    XB_TRY(judge_pieces(r, name, whole, "zoo/kokoro/pieces.onnx", bind_speech, &what, err));
    XB_TRY(judge_durations(r, name, ZOO_KOKORO_SHORT, err));
    XB_TRY(judge_durations(r, name, ZOO_KOKORO_LONG, err));
    return judge_speech(r, name, whole, ZOO_KOKORO_SHORT, err);
}

/* ---- Moonshine: encoder, decoder with and without caches ---- */

typedef struct moonshine {
    xb_tensor      samples, id, hidden;
    const zoo_net *first; /* NULL: no caches */
} moonshine;

static xybrid_status bind_moonshine(zoo_net *net, const void *ctx, xybrid_error *err) {
    static const char past[] = "past_key_values";
    const moonshine  *m = ctx;
    if (has_input(net, "input_values")) XB_TRY(zoo_bind(net, "input_values", &m->samples, err));
    if (has_input(net, "input_ids")) XB_TRY(zoo_bind(net, "input_ids", &m->id, err));
    if (has_input(net, "encoder_hidden_states")) XB_TRY(zoo_bind(net, "encoder_hidden_states", &m->hidden, err));
    for (int32_t i = 0; i < net->model->input_count; i++) {
        const char *name = net->model->inputs[i].name;
        char        present[NAME_BYTES];
        if (!xb_starts_with(name, past) || ends_with(name, ".given")) continue;
        snprintf(present, sizeof present, "present%s", name + sizeof past - 1);
        const xb_tensor *cache = m->first ? zoo_out(m->first, present) : NULL;
        if (!cache) return xb_fail(err, XYBRID_INTERNAL, name, "no cache for %s", name);
        XB_TRY(zoo_bind(net, name, cache, err));
    }
    return XYBRID_OK;
}

static xybrid_status judge_part(run *r, const char *name, const char *part, const moonshine *m, zoo_net **whole,
                                xybrid_error *err) {
    char path[2][NAME_BYTES], label[NAME_BYTES];
    snprintf(label, sizeof label, "%s %s", name, part);
    snprintf(path[0], sizeof path[0], "zoo/%s/%s.whole.onnx", name, part);
    snprintf(path[1], sizeof path[1], "zoo/%s/%s.pieces.onnx", name, part);
    XB_TRY(open_and_run(&r->sides[0], path[0], bind_moonshine, m, whole, err));
    return judge_pieces(r, label, *whole, path[1], bind_moonshine, m, err);
}

static xybrid_status judge_moonshine(run *r, const char *name, xybrid_error *err) {
    moonshine m = { 0 };
    zoo_net  *encoder, *first, *later;
    float    *samples;
    int64_t   count;
    XB_TRY(zoo_read_wav(&r->sides[0], "data/audio/jfk.wav", &samples, &count, err));
    m.samples = zoo_wrap(samples, XYBRID_FLOAT32, 2, (int64_t[]){ 1, count });
    XB_TRY(zoo_new(&r->sides[0], XYBRID_INT64, 2, (int64_t[]){ 1, 1 }, &m.id, err));
    *(int64_t *)m.id.data = 1;
    XB_TRY(judge_part(r, name, "encoder", &m, &encoder, err));
    m.hidden = *zoo_out(encoder, "last_hidden_state");
    XB_TRY(judge_part(r, name, "first", &m, &first, err));
    m.first = first;
    *(int64_t *)m.id.data = zoo_best(zoo_out(first, "logits")->data, xb_tensor_count(zoo_out(first, "logits")), NULL);
    return judge_part(r, name, "later", &m, &later, err);
}

/* ---- the program ---- */

static const struct {
    zoo_model model; /* name and files */
    xybrid_status (*judge)(run *r, const char *name, xybrid_error *err);
} models[] = {
    { { .name = "kokoro", .files = { "zoo/kokoro/pieces.onnx", "zoo/kokoro/af_heart.bin" } }, judge_kokoro },
    { { .name = "moonshine-tiny", .files = { "zoo/moonshine-tiny/encoder.pieces.onnx", "data/audio/jfk.wav" } },
      judge_moonshine },
    { { .name = "moonshine-base", .files = { "zoo/moonshine-base/encoder.pieces.onnx", "data/audio/jfk.wav" } },
      judge_moonshine },
};

static int read_options(int argc, char **argv, run *r) {
    r->candidate = "native";
    for (int i = 1; i < argc; i++) {
        const char *name = argv[i], *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (strcmp(name, "--verbose") == 0) r->is_verbose = 1;
        else if (strcmp(name, "--spoil") == 0) r->is_spoil = 1;
        else if (!value) return 2;
        else if (strcmp(name, "--only") == 0 && r->only_count < MAX_ONLY) r->only[r->only_count++] = argv[++i];
        else if (strcmp(name, "--candidate") == 0) r->candidate = argv[++i];
        else if (strcmp(name, "--engines") == 0) r->dir = argv[++i];
        else if (strcmp(name, "--candidate-engines") == 0) r->candidate_dir = argv[++i];
        else if (strcmp(name, "--candidate-config") == 0) r->config = argv[++i];
        else return 2;
    }
    return 0;
}

static int is_chosen(const run *r, const char *name) {
    int chosen = r->only_count == 0;
    for (int i = 0; i < r->only_count; i++) chosen |= strstr(name, r->only[i]) != NULL;
    return chosen;
}

static void run_model(run *r, size_t i) {
    xybrid_error err;
    const char  *name = models[i].model.name, *file = zoo_missing_file(&r->sides[0].mem, &models[i].model);
    if (file) {
        printf("SKIP %s: %s is not here, %s\n", name, file, zoo_who_brings(file));
        r->skipped++;
        return;
    }
    if (models[i].judge(r, name, &err) != XYBRID_OK) {
        printf("  %s\n", err.message);
        print_verdict(r, name, 0);
    }
    zoo_side_clear(&r->sides[0]);
    zoo_side_clear(&r->sides[1]);
}

int main(int argc, char **argv) {
    static run   r;
    xybrid_error err;
    if (read_options(argc, argv, &r)) {
        fputs(usage, stderr);
        return 2;
    }
    if (!zoo_has_engine("onnxruntime") || !zoo_has_engine(r.candidate)) {
        printf("SKIP zoo_pieces: this build has no engine \"%s\"\n",
               zoo_has_engine("onnxruntime") ? r.candidate : "onnxruntime");
        return 77;
    }
    xybrid_status st = zoo_side_open(&r.sides[0], "onnxruntime", r.dir, NULL, THREADS, NULL, &err);
    if (st == XYBRID_OK) st = zoo_side_open(&r.sides[1], r.candidate, r.candidate_dir, NULL, THREADS, r.config, &err);
    if (st != XYBRID_OK) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++)
        if (is_chosen(&r, models[i].model.name)) run_model(&r, i);
    zoo_side_close(&r.sides[1]);
    zoo_side_close(&r.sides[0]);
    printf("%d comparisons agree, %d do not, %d models skipped\n", r.passed, r.failed, r.skipped);
    if (r.failed) return 1;
    return r.passed ? 0 : 77;
}
