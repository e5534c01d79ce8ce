/* Shows live input: pictures are fed to an open request, and each gives its result while the next one is read.
 *
 *     live /opt/app/engines models/ppocr-v5 page-1.png page-2.png ... */
#include <stdio.h>
#include <xybrid/xybrid.h>

/* Takes results until the request wants more input, or has ended. */
static xybrid_status take(xybrid_stream *s, int32_t wait_ms, xybrid_error *err) {
    const xybrid_event *ev = NULL;
    xybrid_status       st;
    while (!(st = xybrid_stream_next(s, wait_ms, &ev, err)) && ev->kind == XYBRID_EVENT_OUTPUT) {
        printf("picture %lld: %d lines\n", (long long)ev->number + 1, (int)xybrid_envelope_count(ev->data));
    }
    return st;
}

static xybrid_status feed(xybrid_runtime *rt, xybrid_stream *s, const char *path, xybrid_error *err) {
    xybrid_envelope *picture = NULL;
    xybrid_status    st = xybrid_envelope_new_file(rt, path, &picture, err);
    if (!st) st = xybrid_stream_feed(s, picture, err);
    xybrid_envelope_free(picture);
    return st;
}

int main(int argc, char **argv) {
    xybrid_error           err;
    xybrid_runtime_options opt;
    xybrid_runtime        *rt = NULL;
    xybrid_model          *ocr = NULL;
    xybrid_stream         *s = NULL;
    if (argc < 4) return fprintf(stderr, "usage: live ENGINES MODEL PICTURE ...\n"), 2;
    xybrid_runtime_options_init(&opt, sizeof opt);
    opt.engine_dir = argv[1];
    int failed = xybrid_runtime_create(&opt, &rt, &err) ||
                 xybrid_model_load(rt, argv[2], NULL, &ocr, &err) ||
                 xybrid_model_start(ocr, NULL, NULL, &s, &err); /* no input yet: live */
    for (int i = 3; i < argc && !failed; i++) failed = feed(rt, s, argv[i], &err) || take(s, 0, &err);
    failed = failed || xybrid_stream_finish(s, &err) || take(s, XYBRID_AUTO, &err);
    if (failed) fprintf(stderr, "%s\n", err.message);
    xybrid_stream_close(s);
    xybrid_model_free(ocr);
    xybrid_runtime_free(rt);
    return failed;
}
