/* The packs on real pictures, recordings and sentences, through the public door. */
#include "door.h"

/* ---- the three rendered lines, each read exactly ---- */

static void ocr_reads_three_lines(void) {
    const char *folder = door_pack("ppocr-v5", "ppocrv5_rec.onnx");
    if (!folder) CHECK_SKIP("build/models/ppocr-v5 is not there: scripts/setup core brings it");
    xybrid_error     err;
    xybrid_runtime  *rt = door_runtime();
    xybrid_model    *m = NULL;
    xybrid_envelope *in = NULL, *out = NULL;
    DOOR_OK(xybrid_model_load(rt, folder, NULL, &m, &err));
    DOOR_OK(xybrid_envelope_new_file(rt, XB_TEST_SOURCE "/examples/receipt.png", &in, &err));
    for (int round = 0; round < 2; round++) { /* the second call on the same model is the one that fails elsewhere */
        DOOR_OK(xybrid_model_run(m, in, NULL, &out, &err));
        CHECK_STR(xybrid_envelope_text(out), "Hello World 12345\nXybrid runs on the device.\nTotal: $42.50 (VAT 19%)");
        CHECK_INT(xybrid_envelope_count(out), 3);
        for (int32_t i = 0; i < xybrid_envelope_count(out); i++) {
            const xybrid_view *v = xybrid_envelope_view(xybrid_envelope_at(out, i));
            CHECK(v->score > 0.9f && v->score <= 1);
            CHECK_INT(v->point_count, 4);
        }
        xybrid_envelope_free(out);
    }
    xybrid_envelope_free(in);
    xybrid_model_free(m);
    xybrid_runtime_free(rt);
}

/* ---- sentences: cosine and values against the reference vectors ---- */

static void minilm_embeds(void) {
    const char *folder = door_pack("all-minilm-l6-v2", "model.onnx");
    if (!folder) CHECK_SKIP("build/models/all-minilm-l6-v2 is not there: scripts/setup core brings it");
    /* first values of the first vector, from MODELS (ONNX Runtime 1.32, masked mean, L2) */
    static const float wanted[8] = { 0.03095f, 0.00667f, -0.00437f, 0.04751f, -0.13992f, -0.03591f, 0.10226f, -0.05563f };
    xybrid_error     err;
    xybrid_runtime  *rt = door_runtime();
    xybrid_model    *m = NULL;
    xybrid_envelope *in = NULL, *out = NULL;
    DOOR_OK(xybrid_model_load(rt, folder, NULL, &m, &err));
    DOOR_OK(xybrid_envelope_new_text(rt, "A man is eating food.", -1, &in, &err));
    DOOR_OK(xybrid_model_run(m, in, NULL, &out, &err));
    int64_t      n = 0;
    const float *v = xybrid_envelope_floats(out, &n);
    CHECK_INT(n, 384);
    CHECK_INT(xybrid_envelope_view(out)->kind, XYBRID_EMBEDDING);
    for (int i = 0; i < 8 && v; i++) CHECK_NEAR(v[i], wanted[i], 1e-4);
    xybrid_envelope_free(out);
    xybrid_envelope_free(in);
    xybrid_model_free(m);
    xybrid_runtime_free(rt);
}

/* ---- speech segments ---- */

static void silero_finds_speech(void) {
    const char *folder = door_pack("silero-vad", "silero_vad.onnx");
    if (!folder) CHECK_SKIP("build/models/silero-vad is not there: scripts/setup core brings it");
    xybrid_error     err;
    xybrid_runtime  *rt = door_runtime();
    xybrid_model    *m = NULL;
    xybrid_envelope *in = NULL, *out = NULL;
    DOOR_OK(xybrid_model_load(rt, folder, NULL, &m, &err));
    const char *wav = door_data("audio/jfk.wav");
    if (!wav) CHECK_SKIP("reference data audio/jfk.wav is not there");
    DOOR_OK(xybrid_envelope_new_file(rt, wav, &in, &err));
    DOOR_OK(xybrid_model_run(m, in, NULL, &out, &err));
    CHECK(xybrid_envelope_count(out) >= 3);
    const xybrid_view *v = xybrid_envelope_view(xybrid_envelope_at(out, 0));
    CHECK(v->start_ms >= 0 && v->end_ms > v->start_ms && v->end_ms <= 11000);
    xybrid_envelope_free(out);
    xybrid_envelope_free(in);
    xybrid_model_free(m);
    xybrid_runtime_free(rt);
}

CHECK_MAIN(RUN(ocr_reads_three_lines), RUN(minilm_embeds), RUN(silero_finds_speech))
