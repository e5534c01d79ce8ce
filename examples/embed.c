/* Shows text embedding: how near two sentences are in meaning, from -1 to 1. The model is loaded once.
 *
 *     embed /opt/app/engines models/all-minilm-l6-v2 "A man is eating food." "Someone has lunch." */
#include <stdio.h>
#include <xybrid/xybrid.h>

static xybrid_status embed(xybrid_runtime *rt, xybrid_model *model, const char *text, xybrid_envelope **out, xybrid_error *err) {
    xybrid_envelope *in = NULL;
    xybrid_status    st = xybrid_envelope_new_text(rt, text, -1, &in, err);
    if (st == XYBRID_OK) st = xybrid_model_run(model, in, NULL, out, err);
    xybrid_envelope_free(in);
    return st;
}

int main(int argc, char **argv) {
    xybrid_error           err;
    xybrid_runtime_options opt;
    xybrid_runtime        *rt = NULL;
    xybrid_model          *model = NULL;
    xybrid_envelope       *a = NULL, *b = NULL;
    if (argc != 5) return fprintf(stderr, "usage: embed ENGINES MODEL TEXT TEXT\n"), 2;
    xybrid_runtime_options_init(&opt, sizeof opt);
    opt.engine_dir = argv[1];
    int failed = xybrid_runtime_create(&opt, &rt, &err) ||
                 xybrid_model_load(rt, argv[2], NULL, &model, &err) ||
                 embed(rt, model, argv[3], &a, &err) ||
                 embed(rt, model, argv[4], &b, &err);
    if (failed) {
        fprintf(stderr, "%s\n", err.message);
    } else {
        int64_t      n = 0;
        const float *v = xybrid_envelope_floats(a, &n), *w = xybrid_envelope_floats(b, &n);
        float        cosine = 0; /* the vectors have length 1 */
        for (int64_t i = 0; i < n; i++) cosine += v[i] * w[i];
        printf("%.3f\n", (double)cosine);
    }
    xybrid_envelope_free(b);
    xybrid_envelope_free(a);
    xybrid_model_free(model);
    xybrid_runtime_free(rt);
    return failed;
}
