/* family_deepfilter.c - DeepFilterNet3: three graphs in a chain, with GRUs that see the whole file at once.
 *
 *     feat_erb [1,1,S,32], feat_spec [1,2,S,96] -> enc -> e0..e3, emb, c0, lsnr
 *                                     emb, e3..e0 -> erb_dec -> m [1,1,S,32]          mask over bands
 *                                         emb, c0 -> df_dec  -> coefs [1,S,96,10]     filter of the lowest bins
 *
 * The features are a pattern in their true range; S goes through 100, 37 and 100 frames. */
#include "zoo.h"

/* Waves of different lengths in time and frequency, -1..1. */
static void fill(float *out, int64_t channels, int64_t frames, int64_t bins) {
    for (int64_t c = 0; c < channels; c++)
        for (int64_t f = 0; f < frames; f++)
            for (int64_t b = 0; b < bins; b++)
                *out++ = (float)(0.6 * sin(0.31 * (double)f + 0.7 * (double)c) +
                                 0.4 * cos(0.23 * (double)b + 0.05 * (double)f));
}

static xybrid_status pass_on(const zoo_net *from, zoo_net *to, const char *const *names, xybrid_error *err) {
    for (; *names; names++) {
        const xb_tensor *t = zoo_out(from, *names);
        if (!t) return xb_fail(err, XYBRID_INTERNAL, *names, "the encoder has no output %s", *names);
        XB_TRY(zoo_bind(to, *names, t, err));
    }
    return XYBRID_OK;
}

static xybrid_status drive(zoo_side *s, const zoo_model *m, xybrid_error *err) {
    static const char *const for_erb[] = { "emb", "e3", "e2", "e1", "e0", NULL }, *const for_df[] = { "emb", "c0", NULL };
    static const int64_t lengths[] = { 100, 37, 100 };
    zoo_net             *enc, *erb_dec, *df_dec;
    XB_TRY(zoo_open(s, m->files[0], &enc, err));
    XB_TRY(zoo_open(s, m->files[1], &erb_dec, err));
    XB_TRY(zoo_open(s, m->files[2], &df_dec, err));
    for (int run = 0; run < 3; run++) {
        int64_t   frames = lengths[run];
        xb_tensor erb, spectrum;
        char      label[32];
        XB_TRY(zoo_new(s, XYBRID_FLOAT32, 4, (int64_t[]){ 1, 1, frames, 32 }, &erb, err));
        XB_TRY(zoo_new(s, XYBRID_FLOAT32, 4, (int64_t[]){ 1, 2, frames, 96 }, &spectrum, err));
        fill(erb.data, 1, frames, 32);
        fill(spectrum.data, 2, frames, 96);
        XB_TRY(zoo_bind(enc, "feat_erb", &erb, err));
        XB_TRY(zoo_bind(enc, "feat_spec", &spectrum, err));
        XB_TRY(zoo_run(enc, err));
        XB_TRY(pass_on(enc, erb_dec, for_erb, err));
        XB_TRY(pass_on(enc, df_dec, for_df, err));
        XB_TRY(zoo_run(erb_dec, err));
        XB_TRY(zoo_run(df_dec, err));
        snprintf(label, sizeof label, "%d frames#%d", (int)frames, run + 1);
        XB_TRY(zoo_keep_all(s, ZOO_CLOSE, label, enc, err));
        XB_TRY(zoo_keep_all(s, ZOO_CLOSE, label, erb_dec, err));
        XB_TRY(zoo_keep_all(s, ZOO_CLOSE, label, df_dec, err));
    }
    return XYBRID_OK;
}

static const zoo_model models[] = {
    { "deepfilternet3",
      drive,
      NULL,
      { "zoo/deepfilternet3/enc.onnx", "zoo/deepfilternet3/erb_dec.onnx", "zoo/deepfilternet3/df_dec.onnx" } },
};
const zoo_family zoo_deepfilter = { models, sizeof models / sizeof models[0] };
