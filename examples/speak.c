/* Says a text, piece by piece: the first samples come while the rest is still computed.
 *
 *     speak models/piper-joe "Good morning. How are you?" >speech.f32     # float32 samples, mono
 *     speak models/kokoro-82m "Good morning." af_heart | aplay -f FLOAT_LE -r 24000 */
#include <stdio.h>
#include <xybrid/xybrid.h>

/* Called on this thread as each piece is ready; a player would take it here. Non-zero stops. */
static int32_t play(void *ctx, const xybrid_event *ev) {
    FILE *out = ctx;
    if (ev->kind != XYBRID_EVENT_AUDIO) return 0;
    const xybrid_view *v = xybrid_envelope_view(ev->data);
    fprintf(stderr, "%.2f s at %d Hz\n", (double)v->count / v->sample_rate, (int)v->sample_rate);
    return fwrite(v->data, sizeof(float), (size_t)v->count, out) != (size_t)v->count;
}

int main(int argc, char **argv) {
    xybrid_error       err;
    xybrid_run_options opt;
    xybrid_runtime    *rt = NULL;
    xybrid_model      *voice = NULL;
    xybrid_envelope   *text = NULL;
    xybrid_stream     *s = NULL;
    if (argc < 3) return fprintf(stderr, "usage: speak MODEL TEXT [VOICE]\n"), 2;
    xybrid_run_options_init(&opt, sizeof opt);
    opt.voice = argc > 3 ? argv[3] : NULL;
    opt.params = "{\"whole\": false}"; /* the pieces are enough: nothing else is kept, however long the text is */
    int failed = xybrid_runtime_create(NULL, &rt, &err) ||
                 xybrid_model_load(rt, argv[1], NULL, &voice, &err) ||
                 xybrid_envelope_new_text(rt, argv[2], -1, &text, &err) ||
                 xybrid_model_start(voice, text, &opt, &s, &err) ||
                 xybrid_stream_drain(s, play, stdout, NULL, &err);
    if (failed) fprintf(stderr, "%s\n", err.message);
    xybrid_stream_close(s);
    xybrid_envelope_free(text);
    xybrid_model_free(voice);
    xybrid_runtime_free(rt);
    return failed;
}
