/* Shows a step of the host's own: "Vowels" makes a tensor of a text. What follows is the library's: a model, here one that hands
 * on what it is given, and the built-in step "Argmax", which names the most frequent. The pack's metadata is changed at load.
 *
 *     step tests/cli/packs/scores "the cat sat on the mat" */
#include <stdio.h>
#include <string.h>
#include <xybrid/xybrid.h>

static xybrid_status count_vowels(void *ctx, void *state, const xybrid_envelope *in, const xybrid_cancel *cancel,
                                  xybrid_envelope **out, xybrid_error *err) {
    static const char    vowels[] = "aeiou";
    static const int64_t shape[] = { 1, 5 };
    float                counts[5] = { 0 };
    const char          *text = xybrid_envelope_text(in);
    (void)state, (void)cancel;
    if (!text) return xybrid_error_set(err, XYBRID_INVALID_ARGUMENT, "Vowels", "takes a Text");
    for (; *text; text++) {
        const char *v = strchr(vowels, *text);
        if (v) counts[v - vowels] += 1;
    }
    return xybrid_envelope_new_tensor(ctx, "x", XYBRID_FLOAT32, shape, 2, counts, sizeof counts, NULL, NULL, out, err);
}

int main(int argc, char **argv) {
    xybrid_error        err;
    xybrid_load_options load;
    xybrid_runtime     *rt = NULL;
    xybrid_model       *model = NULL;
    xybrid_envelope    *in = NULL, *out = NULL;
    if (argc != 3) return fprintf(stderr, "usage: step MODEL TEXT\n"), 2;
    xybrid_load_options_init(&load, sizeof load);
    load.metadata = "{\"preprocessing\":[{\"type\":\"Vowels\"}],"
                    "\"postprocessing\":[{\"type\":\"Argmax\",\"labels\":[\"a\",\"e\",\"i\",\"o\",\"u\"]}]}";
    int failed = xybrid_runtime_create(NULL, &rt, &err);
    xybrid_step step = { sizeof step, 0, "Vowels", NULL, rt, NULL, count_vowels, NULL };
    failed = failed || xybrid_step_register(rt, &step, &err) ||
             xybrid_model_load(rt, argv[1], &load, &model, &err) ||
             xybrid_envelope_new_text(rt, argv[2], -1, &in, &err) ||
             xybrid_model_run(model, in, NULL, &out, &err);
    if (failed) fprintf(stderr, "%s\n", err.message);
    else puts(xybrid_envelope_text(out));
    xybrid_envelope_free(out);
    xybrid_envelope_free(in);
    xybrid_model_free(model);
    xybrid_runtime_free(rt);
    return failed;
}
