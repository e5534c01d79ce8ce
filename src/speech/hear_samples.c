/* speech/hear_samples.c - models that hear samples as they are (Moonshine). See hear.h.
 *
 *     samples [1, n] -> encoder; start id -> decoder -> best id -> decoder ... end id
 *
 * As the reference does it: greedily, at most tokens_a_second ids for each second. Ids that go round in circles end it, and
 * are cut. */
#include "base/error.h"
#include "speech/choose.h"
#include "speech/hear.h"

enum { LEAST_SAMPLES = XB_SEQ2SEQ_TOKENS * 4 }; /* below, the encoder's convolutions have nothing left */

static xybrid_status fail_logits(const xb_hearing *h, xybrid_error *err) {
    const char *name = h->model->plan.decoder->name;
    return xb_fail(err, XYBRID_INFERENCE_FAILED, name, "inference failed in \"%.96s\": no logit is a number", name);
}

/* Lowers what the last ten ids were, as the pack says (the original's rule): positive logits are divided, others multiplied. */
static void penalise(float *row, const int64_t *ids, int32_t count, double penalty) {
    for (int32_t i = count > 10 ? count - 10 : 0; penalty > 0 && i < count; i++)
        row[ids[i]] = (float)(row[ids[i]] > 0 ? (double)row[ids[i]] / penalty : (double)row[ids[i]] * penalty);
}

static int32_t most_tokens(const xb_hearing_model *m, int64_t samples) {
    int32_t most = m->max_tokens < XB_MAX_HEARD ? m->max_tokens : XB_MAX_HEARD;
    double  by_time = (double)samples / 16000 * m->tokens_a_second;
    if (m->tokens_a_second > 0 && by_time < most) most = (int32_t)by_time;
    return most > 1 ? most : 1;
}

xybrid_status xb_hear_samples(xb_hearing *h, const float *samples, int64_t count, xb_heard *out, xybrid_error *err) {
    const xb_hearing_model *m = h->model;
    if (count < LEAST_SAMPLES) return XYBRID_OK;
    xb_tensor input = { .dtype = XYBRID_FLOAT32, .rank = 2, .shape = { 1, count }, .data = (void *)(uintptr_t)samples };
    XB_TRY(xb_seq2seq_encode(h->net, &input, err));
    int32_t   most = most_tokens(m, count), steps = 0;
    double    sum = 0;
    xb_choice next = { m->start, 0 };
    for (; steps < most; steps++) {
        XB_TRY(xb_seq2seq_step(h->net, &next.id, 1, err));
        float *row = xb_seq2seq_row(h->net, 0);
        penalise(row, out->ids, out->count, m->repetition_penalty);
        next = xb_choose(row, m->plan.vocabulary, 0, NULL);
        if (next.id < 0) return fail_logits(h, err);
        sum += next.log_probability;
        if (next.id == m->end) break;
        out->ids[out->count++] = next.id;
        int32_t kept = (int32_t)xb_tokens_without_loop(out->ids, out->count);
        if (kept < out->count) {
            out->count = kept;
            break;
        }
    }
    out->log_probability = sum / (steps + 1);
    return XYBRID_OK;
}
