/* flow/produce_segments.c - voice activity, live: samples go in, stretches of speech come out as soon as each is final.
 *
 *     feed -> listener (mono, the model's rate) -> windows (a probability each) -> audio/vad -> SEGMENT "speech", ...; DONE
 *
 * For a pack whose one stage is Windowed between AudioDecode and VadSegments. A single request goes the plain way, through the same
 * windows and the same rules: it gives the same segments. */
#include <string.h>

#include "audio/vad.h"
#include "base/error.h"
#include "flow/flow_int.h"
#include "flow/listener.h"
#include "flow/step_rows.h"
#include "flow/windows.h"

typedef struct segments {
    xybrid_session *session;
    xb_engine_run   run;
    xb_listener    *listener;
    xb_windows      windows;
    xb_vad          vad;
    int32_t         rate_hz;
    int64_t         heard; /* samples */
    int             is_finished, is_over;
    xb_vad_segment *found; /* what waits to be given: from `given` to `count` */
    size_t          count, room, given;
} segments;

static int has_only(const xb_pack_steps *steps, const xb_pack_steps *others, const char *type) {
    return steps->count + others->count == 1 && strcmp((steps->count ? steps : others)->items[0].type, type) == 0;
}

static int segments_fits(const xybrid_model *m) {
    const xb_pack_metadata *meta = m->meta;
    return meta->stage_count == 1 && meta->stages[0].execution.mode == XB_PACK_WINDOWED &&
           has_only(&meta->preprocessing, &meta->stages[0].preprocessing, "AudioDecode") &&
           has_only(&meta->postprocessing, &meta->stages[0].postprocessing, "VadSegments");
}

static xybrid_status keep(segments *p, const xb_vad_segment *some, int32_t count, xybrid_error *err) {
    for (int32_t i = 0; i < count; i++) {
        void *grown = p->found;
        XB_TRY(
            xb_grow(p->session->mem, &grown, &p->room, p->count, sizeof *p->found, XB_MAX_LIST_ITEMS, "voice segments", err));
        p->found = grown;
        p->found[p->count++] = some[i];
    }
    return XYBRID_OK;
}

/* What the model says of one window: its first delivered output's only number. */
static xybrid_status on_window(void *ctx, int64_t index, const xb_tensor *outputs, xybrid_error *err) {
    segments        *p = ctx;
    const xb_tensor *o = &outputs[p->run.stage->output_order[0]];
    xb_vad_segment   some[XB_VAD_AT_ONCE];
    (void)index;
    if (o->dtype != XYBRID_FLOAT32 || xb_tensor_count(o) != 1)
        return xb_fail(err, XYBRID_UNSUPPORTED_PACK, "VadSegments", "a window gives %lld numbers, one float32 is wanted",
                       (long long)xb_tensor_count(o));
    return keep(p, some, xb_vad_push(&p->vad, *(const float *)o->data, some), err);
}

static void segments_close(void *producer) {
    segments *p = producer;
    xb_windows_close(&p->windows);
    xb_listener_free(p->listener);
    xb_free(p->session->mem, p->found);
    xb_free(p->session->mem, p);
}

static xybrid_status segments_open(xybrid_session *s, const xybrid_run_options *options, int is_live, void **out,
                                   xybrid_error *err) {
    const xybrid_model *m = s->model;
    const xb_step      *decode = m->pre.count ? &m->pre.items[0] : &m->stages[0].pre.items[0];
    const xb_step      *rules = m->post.count ? &m->post.items[0] : &m->stages[0].post.items[0];
    (void)options, (void)is_live;
    segments *p = xb_calloc(s->mem, 1, sizeof *p, err);
    if (!p) return err->code;
    p->session = s;
    p->rate_hz = xb_step_audio_rate(decode->state);
    p->run = (xb_engine_run){ .session = s, .stage = &m->stages[0] };
    xybrid_status st = xb_vad_init(&p->vad, xb_step_vad_options(rules->state), err);
    if (st == XYBRID_OK) st = xb_listener_new(s->mem, p->rate_hz, &p->listener, err);
    if (st == XYBRID_OK) st = xb_engine_run_open(s, 0, 0, &p->run.engine, err);
    if (st == XYBRID_OK) st = xb_windows_open(&p->windows, &p->run, s->mem, on_window, p, err);
    if (st) segments_close(p);
    else *out = p;
    return st;
}

static xybrid_status segments_feed(void *producer, xybrid_envelope *in, xybrid_error *err) {
    return xb_listener_hear(((segments *)producer)->listener, in, err);
}

static xybrid_status segments_finish(void *producer, xybrid_error *err) {
    (void)err;
    segments *p = producer;
    p->is_finished = 1;
    xb_listener_finish(p->listener);
    return XYBRID_OK;
}

static xybrid_status give(segments *p, xb_produced *out, xybrid_error *err) {
    const xb_vad_segment *s = &p->found[p->given++];
    XB_TRY(xb_envelope_new_text(p->session->model->env->root, p->session->mem, "speech", 6, &out->data, err));
    out->kind = XYBRID_EVENT_SEGMENT;
    out->start_ms = s->start_sample * 1000 / p->rate_hz;
    out->end_ms = s->end_sample * 1000 / p->rate_hz;
    xb_envelope_set_score(out->data, s->score);
    xb_envelope_set_times(out->data, out->start_ms, out->end_ms);
    if (p->given == p->count) p->given = p->count = 0;
    return XYBRID_OK;
}

static xybrid_status segments_next(void *producer, xb_produced *out, xybrid_error *err) {
    segments *p = producer;
    while (p->given == p->count) {
        const float *samples;
        int64_t      count;
        if (p->is_over) {
            out->kind = XYBRID_EVENT_DONE;
            return XYBRID_OK;
        }
        XB_TRY(xb_listener_next(p->listener, &samples, &count, err));
        if (count) {
            p->heard += count;
            XB_TRY(xb_windows_push(&p->windows, samples, count, err));
            continue;
        }
        if (!p->is_finished) return XYBRID_OK;
        xb_vad_segment some[XB_VAD_AT_ONCE];
        XB_TRY(xb_windows_finish(&p->windows, err));
        XB_TRY(keep(p, some, xb_vad_finish(&p->vad, p->heard, some), err));
        p->is_over = 1;
    }
    return give(p, out, err);
}

const xb_producer_row xb_producer_segments = {
    .name = "segments",
    .takes = XB_TAKES_SAMPLES | XB_LIVE_ONLY,
    .fits = segments_fits,
    .open = segments_open,
    .feed = segments_feed,
    .finish = segments_finish,
    .next = segments_next,
    .close = segments_close,
};
