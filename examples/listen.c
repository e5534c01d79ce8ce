/* Recognises speech as it comes: samples go in 100 ms at a time, text comes out while somebody speaks.
 *
 *     arecord -q -f S16_LE -r 16000 -c 1 -t raw | listen models/moonshine-tiny */
#include <stdio.h>
#include <xybrid/xybrid.h>

/* Takes what is there: until the stream wants more sound, or has ended. */
static xybrid_status take(xybrid_stream *s, int32_t wait_ms, xybrid_error *err) {
    const xybrid_event *ev = NULL;
    xybrid_status       st;
    while (!(st = xybrid_stream_next(s, wait_ms, &ev, err)) && ev->kind != XYBRID_EVENT_NEED_INPUT &&
           ev->kind != XYBRID_EVENT_DONE) {
        if (ev->kind == XYBRID_EVENT_PARTIAL) fprintf(stderr, "\r%s", ev->text); /* replaces the one before */
        if (ev->kind == XYBRID_EVENT_SEGMENT) printf("[%.1f s] %s\n", (double)ev->start_ms / 1000, ev->text);
    }
    return st;
}

/* 16-bit samples of one channel at 16 kHz, from standard input; the number, 0 at the end. */
static int64_t microphone(float *samples, int64_t room) {
    int64_t n = 0;
    for (int low, high; n < room && (low = getchar()) != EOF && (high = getchar()) != EOF; n++)
        samples[n] = (float)(int16_t)(uint16_t)((unsigned)high << 8 | (unsigned)low) / 32768;
    return n;
}

int main(int argc, char **argv) {
    xybrid_error    err;
    xybrid_runtime *rt = NULL;
    xybrid_model   *ear = NULL;
    xybrid_stream  *s = NULL;
    float           piece[1600];
    int64_t         n;
    if (argc != 2) return fprintf(stderr, "usage: listen MODEL <samples\n"), 2;
    int failed = xybrid_runtime_create(NULL, &rt, &err) ||
                 xybrid_model_load(rt, argv[1], NULL, &ear, &err) ||
                 xybrid_model_start(ear, NULL, NULL, &s, &err); /* no input yet: live */
    while (!failed && (n = microphone(piece, 1600)) > 0)
        failed = xybrid_stream_feed_audio(s, piece, n, 16000, 1, &err) || take(s, 0, &err);
    failed = failed || xybrid_stream_finish(s, &err) || take(s, XYBRID_AUTO, &err);
    if (failed) fprintf(stderr, "%s\n", err.message);
    xybrid_stream_close(s);
    xybrid_model_free(ear);
    xybrid_runtime_free(rt);
    return failed;
}
