/* Shows a result of many parts: the lines of text in a picture, each with its score and its corners.
 *
 *     ocr /opt/app/engines models/ppocr-v5 page.png */
#include <stdio.h>
#include <xybrid/xybrid.h>

static void print_line(const xybrid_view *line) {
    printf("%.3f  ", (double)line->score);
    for (int32_t i = 0; i < line->point_count; i++) {
        printf("(%.0f,%.0f) ", (double)line->points[2 * i], (double)line->points[2 * i + 1]);
    }
    printf(" %s\n", (const char *)line->data);
}

int main(int argc, char **argv) {
    xybrid_error           err;
    xybrid_runtime_options opt;
    xybrid_runtime        *rt = NULL;
    xybrid_model          *ocr = NULL;
    xybrid_envelope       *in = NULL, *out = NULL;
    if (argc != 4) return fprintf(stderr, "usage: ocr ENGINES MODEL PICTURE\n"), 2;
    xybrid_runtime_options_init(&opt, sizeof opt);
    opt.engine_dir = argv[1];
    int failed = xybrid_runtime_create(&opt, &rt, &err) ||
                 xybrid_model_load(rt, argv[2], NULL, &ocr, &err) ||
                 xybrid_envelope_new_file(rt, argv[3], &in, &err) ||
                 xybrid_model_run(ocr, in, NULL, &out, &err);
    if (failed) fprintf(stderr, "%s\n", err.message);
    for (int32_t i = 0; i < xybrid_envelope_count(out); i++) print_line(xybrid_envelope_view(xybrid_envelope_at(out, i)));
    xybrid_envelope_free(out);
    xybrid_envelope_free(in);
    xybrid_model_free(ocr);
    xybrid_runtime_free(rt);
    return failed;
}
