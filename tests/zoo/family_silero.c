/* family_silero.c - Silero VAD in all its forms: frames of speech, one after the other, with a state that goes from each run to
 * the next.
 *
 *     jfk.wav -> frames of 512 (before each its 64 last samples) -> probability of speech; state carried by the session
 *
 * The recording goes through twice on one session. Where the model can, a batch of two and 8000 Hz follow: other branches. */
#include "zoo.h"

typedef struct silero_net {
    const char *output;
    int         frame, context; /* samples */
    int64_t     state[3];       /* shape */
    int         has_sr, has_hc; /* input `sr`; h and c instead of `state` */
    int         is_sequence;    /* all frames in one run */
    int         can_batch, can_8k;
    int         speech; /* frames over 0.5 in jfk.wav, of MODELS.md */
} silero_net;

/* Frame `number` with the samples before it, zeros before the first. */
static void cut_frame(const silero_net *n, const float *samples, int64_t number, float *out) {
    int64_t start = number * n->frame - n->context;
    for (int64_t i = 0; i < n->frame + n->context; i++) out[i] = start + i < 0 ? 0 : samples[start + i];
}

/* Zeros to begin with, carried from then on. */
static xybrid_status start_state(zoo_net *net, const silero_net *n, int64_t batch, xybrid_error *err) {
    xb_tensor zeros;
    XB_TRY(zoo_new(net->side, XYBRID_FLOAT32, 3, (int64_t[]){ n->state[0], batch, n->state[2] }, &zeros, err));
    if (!n->has_hc) return zoo_bind(net, "state", &zeros, err);
    XB_TRY(zoo_bind(net, "h", &zeros, err));
    return zoo_bind(net, "c", &zeros, err);
}

static xybrid_status carry_state(zoo_net *net, const silero_net *n, xybrid_error *err) {
    if (!n->has_hc) return zoo_carry(net, "stateN", "state", -1, err);
    XB_TRY(zoo_carry(net, "hn", "h", -1, err));
    return zoo_carry(net, "cn", "c", -1, err);
}

static xybrid_status bind_rate(zoo_net *net, const silero_net *n, int64_t rate_hz, xybrid_error *err) {
    xb_tensor rate;
    if (!n->has_sr) return XYBRID_OK;
    XB_TRY(zoo_new(net->side, XYBRID_INT64, 0, NULL, &rate, err));
    *(int64_t *)rate.data = rate_hz;
    return zoo_bind(net, "sr", &rate, err);
}

/* Runs frames [0, count), keeps their probabilities and the last state; *speech = how many are over 0.5. */
static xybrid_status run_frames(zoo_net *net, const silero_net *n, const float *samples, int64_t count, const char *label,
                                int64_t *speech, xybrid_error *err) {
    zoo_side *s = net->side;
    xb_tensor frame, probabilities;
    char      text[ZOO_LABEL_BYTES];
    XB_TRY(zoo_new(s, XYBRID_FLOAT32, 2, (int64_t[]){ 1, n->frame + n->context }, &frame, err));
    XB_TRY(zoo_new(s, XYBRID_FLOAT32, 1, &count, &probabilities, err));
    XB_TRY(start_state(net, n, 1, err));
    *speech = 0;
    for (int64_t i = 0; i < count; i++) {
        cut_frame(n, samples, i, frame.data);
        XB_TRY(zoo_bind(net, "input", &frame, err));
        XB_TRY(zoo_run(net, err));
        float p = *(float *)zoo_out(net, n->output)->data;
        ((float *)probabilities.data)[i] = p;
        *speech += p > 0.5f;
    }
    XB_TRY(zoo_keep(s, ZOO_CLOSE, label, &probabilities, err));
    snprintf(text, sizeof text, "%s, last state", label);
    XB_TRY(zoo_keep(s, ZOO_CLOSE, text, zoo_out(net, n->has_hc ? "hn" : "stateN"), err));
    return XYBRID_OK;
}

/* The shared probabilities are those of v6. */
static xybrid_status check_probabilities(zoo_side *s, const zoo_output *found, xybrid_error *err) {
    char   *text;
    int64_t size;
    float   wanted[343];
    if (zoo_read(s, "data/vad/silero_vad.jfk.probs.txt", &text, &size, err) != XYBRID_OK) return XYBRID_OK; /* not here */
    for (int i = 0; i < 343; i++) wanted[i] = strtof(text, &text);
    zoo_expect_near(s, "probabilities of the reference data", found->values, wanted, 343, 1e-4);
    return XYBRID_OK;
}

static xybrid_status check_speech(zoo_side *s, const silero_net *n, const zoo_output *found, int64_t speech,
                                  xybrid_error *err) {
    if (speech != n->speech) zoo_complain(s, "%d frames over 0.5, expected %d", (int)speech, n->speech);
    if (n->speech == 233) XB_TRY(check_probabilities(s, found, err));
    return zoo_keep_ids(s, "frames over 0.5", &speech, NULL, 1, err);
}

/* All frames in one run. */
static xybrid_status drive_sequence(zoo_side *s, const silero_net *n, zoo_net *net, const float *samples, int64_t count,
                                    xybrid_error *err) {
    xb_tensor frames;
    int64_t   speech = 0, width = n->frame + n->context;
    XB_TRY(zoo_new(s, XYBRID_FLOAT32, 2, (int64_t[]){ count, width }, &frames, err));
    for (int64_t i = 0; i < count; i++) cut_frame(n, samples, i, (float *)frames.data + i * width);
    for (int run = 0; run < 4; run++) { /* whole, a part, whole, a part */
        xb_tensor part = frames;
        char      label[32];
        part.shape[0] = run & 1 ? 50 : count;
        snprintf(label, sizeof label, "%d frames#%d", (int)part.shape[0], run / 2 + 1);
        XB_TRY(start_state(net, n, 1, err));
        XB_TRY(zoo_bind(net, "input", &part, err));
        XB_TRY(zoo_run(net, err));
        XB_TRY(zoo_keep_all(s, ZOO_CLOSE, label, net, err));
    }
    const zoo_output *first = &s->result.outputs[0];
    for (int64_t i = 0; i < first->count; i++) speech += first->values[i] > 0.5f;
    return check_speech(s, n, first, speech, err);
}

/* Two different frames side by side. */
static xybrid_status run_batch(zoo_side *s, const silero_net *n, const zoo_net *model, const float *samples,
                               xybrid_error *err) {
    zoo_net  *net;
    xb_tensor frames;
    int64_t   width = n->frame + n->context;
    XB_TRY(zoo_open_again(model, &net, err));
    XB_TRY(zoo_new(s, XYBRID_FLOAT32, 2, (int64_t[]){ 2, width }, &frames, err));
    cut_frame(n, samples, 20, frames.data);
    cut_frame(n, samples, 60, (float *)frames.data + width);
    XB_TRY(bind_rate(net, n, 16000, err));
    XB_TRY(start_state(net, n, 2, err));
    XB_TRY(zoo_bind(net, "input", &frames, err));
    XB_TRY(zoo_run(net, err));
    return zoo_keep_all(s, ZOO_CLOSE, "batch of 2", net, err);
}

/* Half the rate: every second sample, frames half as long. */
static xybrid_status run_8k(zoo_side *s, const silero_net *n, const zoo_net *model, const float *samples, int64_t count,
                            xybrid_error *err) {
    zoo_net   *net;
    silero_net half = *n;
    int64_t    speech;
    float     *thinned = zoo_alloc(s, count / 2, sizeof *thinned, err);
    if (!thinned) return err->code;
    for (int64_t i = 0; i < count / 2; i++) thinned[i] = samples[2 * i];
    half.frame /= 2;
    half.context /= 2;
    XB_TRY(zoo_open_again(model, &net, err));
    XB_TRY(carry_state(net, n, err));
    XB_TRY(bind_rate(net, n, 8000, err));
    return run_frames(net, &half, thinned, 100, "8000 Hz", &speech, err);
}

static xybrid_status drive(zoo_side *s, const zoo_model *m, xybrid_error *err) {
    const silero_net *n = m->spec;
    zoo_net          *net;
    float            *samples;
    int64_t           sample_count, count, speech = 0;
    XB_TRY(zoo_read_wav(s, "data/audio/jfk.wav", &samples, &sample_count, err));
    XB_TRY(zoo_open(s, m->files[0], &net, err));
    count = sample_count / n->frame;
    if (n->is_sequence) return drive_sequence(s, n, net, samples, count, err);
    XB_TRY(carry_state(net, n, err));
    XB_TRY(bind_rate(net, n, 16000, err));
    XB_TRY(run_frames(net, n, samples, count, "probabilities", &speech, err));
    xb_engine_session_reset(net->session);
    XB_TRY(run_frames(net, n, samples, count, "probabilities again", &speech, err));
    XB_TRY(check_speech(s, n, &s->result.outputs[2], speech, err));
    if (n->can_batch) XB_TRY(run_batch(s, n, net, samples, err));
    return n->can_8k ? run_8k(s, n, net, samples, sample_count, err) : XYBRID_OK;
}

#define STATE { 2, 1, 128 }
static const silero_net v6 = { "output", 512, 64, STATE, .has_sr = 1, .can_batch = 1, .can_8k = 1, .speech = 233 };
static const silero_net op15 = { "output", 512, 64, STATE, .has_sr = 1, .can_batch = 1, .speech = 233 };
static const silero_net openvino = { "output", 512, 64, STATE, .speech = 233 };
static const silero_net sequence = { "speech_probs", 512, 64, { 1, 1, 128 }, .has_hc = 1, .is_sequence = 1, .speech = 233 };
static const silero_net half = { "output", 512, 64, STATE, .can_batch = 1, .speech = 214 };
static const silero_net v5 = { "output", 512, 64, STATE, .has_sr = 1, .can_batch = 1, .can_8k = 1, .speech = 214 };
static const silero_net legacy = { "output",    1536,           0,           { 2, 1, 64 }, .has_sr = 1,
                                   .has_hc = 1, .can_batch = 1, .can_8k = 1, .speech = 78 };

#define SPEECH "data/audio/jfk.wav"
static const zoo_model models[] = {
    { "silero-vad", drive, &v6, { "models/silero-vad/silero_vad.onnx", SPEECH } },
    { "silero-16k-op15", drive, &op15, { "zoo/silero/silero_vad_16k_op15.onnx", SPEECH } },
    { "silero-16k-sequence", drive, &sequence, { "zoo/silero/silero_vad_16k_sequence.onnx", SPEECH } },
    { "silero-op18-ifless", drive, &v6, { "zoo/silero/silero_vad_op18_ifless.onnx", SPEECH } },
    { "silero-openvino-16k", drive, &openvino, { "zoo/silero/silero_vad_openvino_16k.onnx", SPEECH } },
    { "silero-half", drive, &half, { "zoo/silero/silero_vad_half.onnx", SPEECH } },
    { "silero-v5", drive, &v5, { "zoo/silero/silero_vad_v5.onnx", SPEECH } },
    { "silero-legacy", drive, &legacy, { "zoo/silero/silero_vad_legacy.onnx", SPEECH } },
};
const zoo_family zoo_silero = { models, sizeof models / sizeof models[0] };
