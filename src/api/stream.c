/* api/stream.c - include/xybrid/stream.h. */
#include "api/api.h"
#include "base/error.h"

static const xybrid_run_options defaults = { .struct_size = sizeof defaults,
                                             .deadline_ms = XYBRID_AUTO,
                                             .speed = XYBRID_AUTO,
                                             .max_tokens = XYBRID_AUTO,
                                             .top_k = XYBRID_AUTO,
                                             .temperature = XYBRID_AUTO,
                                             .top_p = XYBRID_AUTO,
                                             .min_p = XYBRID_AUTO,
                                             .repeat_penalty = XYBRID_AUTO,
                                             .seed = XYBRID_AUTO };

void xybrid_run_options_init(xybrid_run_options *options, uint32_t struct_size) {
    xb_options_init(options, struct_size, &defaults, sizeof defaults);
}

xybrid_status xb_run_options_take(xybrid_run_options *out, const xybrid_run_options *given, xybrid_error *err) {
    *out = defaults;
    XB_TRY(xb_options_take(out, sizeof *out, given, offsetof(xybrid_run_options, speed), "run_options", err));
    XB_TRY(xb_check_cancel(out->cancel, err));
    return out->into ? xb_check_envelope(out->into, "options.into", err) : XYBRID_OK;
}

xybrid_status xybrid_stream_feed(xybrid_stream *stream, xybrid_envelope *item, xybrid_error *err) {
    xybrid_error own;
    err = err ? err : &own;
    XB_TRY(xb_check_stream(stream, err));
    XB_TRY(xb_check_envelope(item, "item", err));
    return xb_stream_feed(stream, item, err);
}

xybrid_status xybrid_stream_feed_audio(xybrid_stream *stream, const float *samples, int64_t frames, int32_t sample_rate,
                                       int32_t channels, xybrid_error *err) {
    xybrid_error own;
    err = err ? err : &own;
    XB_TRY(xb_check_stream(stream, err));
    if (frames > 0) XB_TRY(xb_check_pointer(samples, "samples", err));
    return xb_stream_feed_audio(stream, samples, frames, sample_rate, channels, err);
}

xybrid_status xybrid_stream_finish(xybrid_stream *stream, xybrid_error *err) {
    xybrid_error own;
    err = err ? err : &own;
    XB_TRY(xb_check_stream(stream, err));
    return xb_stream_finish(stream, err);
}

xybrid_status xybrid_stream_next(xybrid_stream *stream, int32_t wait_ms, const xybrid_event **out, xybrid_error *err) {
    xybrid_error own;
    err = err ? err : &own;
    XB_TRY(xb_check_stream(stream, err));
    XB_TRY(xb_check_pointer(out, "out", err));
    if (wait_ms < XYBRID_AUTO)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "wait_ms", "wait_ms is %d, wanted XYBRID_AUTO or 0 and more", wait_ms);
    return xb_stream_next(stream, wait_ms, out, err);
}

xybrid_status xybrid_stream_drain(xybrid_stream *stream, xybrid_event_fn fn, void *ctx, xybrid_envelope **out,
                                  xybrid_error *err) {
    xybrid_error own;
    err = err ? err : &own;
    XB_TRY(xb_check_stream(stream, err));
    return xb_stream_drain(stream, fn, ctx, out, err);
}

void xybrid_stream_interrupt(xybrid_stream *stream) {
    xybrid_error why;
    if (xb_check_stream(stream, &why) == XYBRID_OK) xb_stream_interrupt(stream);
}

void xybrid_stream_close(xybrid_stream *stream) {
    xybrid_error why;
    if (xb_check_stream(stream, &why) == XYBRID_OK) xb_stream_close(stream);
}
