/* flow/steps_speech.c - Phonemize and TTSAudioEncode: what they say is read by the producer of speech (produce_speech.c), which
 * does their work phrase by phrase. Here their parameters are checked when the pack is loaded. TTSAudioEncode also runs as a
 * step of its own, on the waveform of any other model. */
#include "base/error.h"
#include "flow/step_rows.h"
#include "speech/speaker.h"
#include "speech/speech_encode.h"

static xybrid_status phonemize_open(xb_step_maker *m, void *state, xybrid_error *err) {
    return xb_phonemize_read(m->params, m->where, state, err);
}

static xybrid_status phonemize_run(const void *state, xb_frame *f, xybrid_error *err) {
    (void)state, (void)f;
    return xb_fail(err, XYBRID_UNSUPPORTED_PACK, "Phonemize",
                   "Phonemize runs as the first step of a pack alone, not inside a stage");
}

static xybrid_status encode_open(xb_step_maker *m, void *state, xybrid_error *err) {
    return xb_tts_encode_read(m->params, m->where, state, err);
}

static xybrid_status encode_run(const void *state, xb_frame *f, xybrid_error *err) {
    const xb_tts_encode_params *s = state;
    xb_tensor                  *t, x, out;
    xb_speech_encoder           e;
    XB_TRY(xb_frame_tensor(f, NULL, &t, err));
    XB_TRY(xb_tensor_convert(f->mem, t, XYBRID_FLOAT32, &x, err)); /* a copy: it is worked on in place */
    xb_speech_encoder_init(&e, f->mem, &(xb_speech_encoding){ s->rate_hz, s->is_polished, s->trims_silence, 0 });
    xybrid_status st = xb_speech_encode(&e, x.data, xb_tensor_count(&x), 0, 1, &out, err);
    xb_speech_encoder_free(&e);
    xb_tensor_drop(&x);
    if (st) return st;
    xybrid_envelope *audio;
    st = xb_envelope_new_audio(f->root, f->mem, &out, s->rate_hz, &audio, err);
    xb_tensor_drop(&out);
    if (st == XYBRID_OK) xb_value_set_envelope(&f->value, audio);
    return st;
}

const xb_step_row xb_step_phonemize = { "Phonemize",    XB_STEP_PRE,   sizeof(xb_phonemize_params),
                                        phonemize_open, phonemize_run, NULL };
const xb_step_row xb_step_tts_encode = { "TTSAudioEncode", XB_STEP_POST, sizeof(xb_tts_encode_params),
                                         encode_open,      encode_run,   NULL };
