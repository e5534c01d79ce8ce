/* The packs on real pictures, recordings and sentences, through the public door. */
#include <sys/stat.h>

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

/* ---- sentences: every number of the reference vectors ---- */

/* The next number behind `*at`; moves *at behind it. */
static double next_number(const char **at) {
    char *end;
    *at += strcspn(*at, "-0123456789");
    double v = strtod(*at, &end);
    *at = end;
    return v;
}

/* Copies the string behind the next `"text": "`. 0 when there is none. */
static int next_text(const char **at, char *out, size_t room) {
    const char *p = strstr(*at, "\"text\": \"");
    if (!p) return 0;
    p += strlen("\"text\": \"");
    size_t n = strcspn(p, "\"");
    snprintf(out, room, "%.*s", (int)n, p);
    *at = strstr(p, "\"embedding\"");
    return *at != NULL;
}

static void minilm_agrees_with_its_reference(void) {
    static char json[1 << 16];
    char        pack[1024], sentence[256];
    const char *folder = door_pack("all-minilm-l6-v2", "model.onnx"), *path = door_data("reference/minilm.json"), *at = json;
    if (!folder) CHECK_SKIP("build/models/all-minilm-l6-v2 is not there: scripts/setup core brings it");
    if (!path) CHECK_SKIP("reference data reference/minilm.json is not there");
    snprintf(pack, sizeof pack, "%s", folder);
    json[door_read(path, json, sizeof json - 1)] = 0;
    xybrid_error    err;
    xybrid_runtime *rt = door_runtime();
    xybrid_model   *m = NULL;
    int             count = 0;
    DOOR_OK(xybrid_model_load(rt, pack, NULL, &m, &err));
    for (; next_text(&at, sentence, sizeof sentence); count++) {
        xybrid_envelope *in = NULL, *out = NULL;
        int64_t          n = 0;
        double           worst = 0;
        DOOR_OK(xybrid_envelope_new_text(rt, sentence, -1, &in, &err));
        DOOR_OK(xybrid_model_run(m, in, NULL, &out, &err));
        const float *v = xybrid_envelope_floats(out, &n);
        CHECK_INT(n, 384);
        CHECK_INT(xybrid_envelope_view(out)->kind, XYBRID_EMBEDDING);
        for (int64_t k = 0; k < n; k++) worst = check_worse(worst, fabs(next_number(&at) - (double)v[k]));
        CHECK_NEAR(worst, 0, 1e-4); /* one graph and one engine: rounding alone */
        printf("%s: largest difference %.2g\n", sentence, worst);
        xybrid_envelope_free(out);
        xybrid_envelope_free(in);
    }
    CHECK_INT(count, 3);
    xybrid_model_free(m);
    xybrid_runtime_free(rt);
}

/* ---- speech: the probability of every window, and the segments ---- */

/* Numbers of a text file; how many. */
static int read_floats(const char *path, float *out, int room) {
    static char text[1 << 14];
    const char *at = text;
    int         count = 0;
    text[door_read(path, text, sizeof text - 1)] = 0;
    while (count < room && at[strcspn(at, "-0123456789")]) out[count++] = (float)next_number(&at);
    return count;
}

static void silero_agrees_with_its_reference(void) {
    char        pack[1024];
    float       wanted[400];
    const char *folder = door_pack("silero-vad", "silero_vad.onnx"), *path = door_data("vad/silero_vad.jfk.probs.txt");
    if (!folder) CHECK_SKIP("build/models/silero-vad is not there: scripts/setup core brings it");
    if (!path) CHECK_SKIP("reference data vad/silero_vad.jfk.probs.txt is not there");
    snprintf(pack, sizeof pack, "%s", folder);
    int count = read_floats(path, wanted, 400);
    CHECK_INT(count, 343);
    xybrid_error        err;
    xybrid_runtime     *rt = door_runtime();
    xybrid_model       *m = NULL;
    xybrid_envelope    *in = NULL, *out = NULL;
    xybrid_load_options o;
    xybrid_load_options_init(&o, sizeof o);
    o.metadata = "{\"postprocessing\":[]}"; /* the probabilities themselves */
    DOOR_OK(xybrid_model_load(rt, pack, &o, &m, &err));
    DOOR_OK(xybrid_envelope_new_file(rt, door_data("audio/jfk.wav"), &in, &err));
    for (int round = 0; round < 2; round++) { /* a second run begins with a fresh state */
        int64_t n = 0;
        double  worst = 0;
        DOOR_OK(xybrid_model_run(m, in, NULL, &out, &err));
        const float *v = xybrid_envelope_floats(out, &n);
        CHECK_INT(n, 344); /* the last window is filled up with zeros; the reference leaves it out */
        for (int i = 0; i < count; i++) worst = check_worse(worst, fabs((double)(wanted[i] - v[i])));
        CHECK_NEAR(worst, 0, 1e-4);
        printf("%d probabilities: largest difference %.2g\n", count, worst);
        xybrid_envelope_free(out);
    }
    xybrid_model_free(m);
    DOOR_OK(xybrid_model_load(rt, pack, NULL, &m, &err));
    DOOR_OK(xybrid_model_run(m, in, NULL, &out, &err));
    /* samples by silero-vad 6.2.3's own get_speech_timestamps: scripts/golden/audio_golden.py */
    static const int64_t segments[4][2] = { { 5152, 36320 }, { 52256, 71136 }, { 86048, 122848 }, { 130592, 169952 } };
    CHECK_INT(xybrid_envelope_count(out), 4);
    for (int32_t i = 0; i < xybrid_envelope_count(out) && i < 4; i++) {
        const xybrid_view *v = xybrid_envelope_view(xybrid_envelope_at(out, i));
        CHECK_INT(v->start_ms, segments[i][0] / 16);
        CHECK_INT(v->end_ms, segments[i][1] / 16);
        CHECK(v->score > 0.5f);
    }
    xybrid_envelope_free(out);
    xybrid_envelope_free(in);
    xybrid_model_free(m);
    xybrid_runtime_free(rt);
}

/* ---- packs whose weights are in the reference data ---- */

/* Copies a pack's metadata and the weights into the build folder. One buffer; NULL without the data. */
static const char *pack_of_data(const char *name, const char *data) {
    static char bytes[2 << 20], path[1024];
    char        from[1024], to[256];
    const char *weights = door_data(data);
    if (!weights) return NULL;
    mkdir(XB_TEST_BUILD "/Testing", 0777);
    snprintf(path, sizeof path, "%s/Testing/%s", XB_TEST_BUILD, name);
    mkdir(path, 0777);
    snprintf(to, sizeof to, "%s/%s", name, strrchr(data, '/') + 1);
    door_write(to, bytes, door_read(weights, bytes, sizeof bytes));
    snprintf(from, sizeof from, "%s/models/%s/model_metadata.json", XB_TEST_SOURCE, name);
    snprintf(to, sizeof to, "%s/model_metadata.json", name);
    door_write(to, bytes, door_read(from, bytes, sizeof bytes));
    return path;
}

/* A seven in white strokes on black. */
static void draw_seven(unsigned char *pixels, int side) {
    memset(pixels, 0, (size_t)side * (size_t)side);
    for (int y = side * 6 / 28; y < side * 9 / 28; y++)
        for (int x = side * 7 / 28; x < side * 21 / 28; x++) pixels[y * side + x] = 255;
    for (int y = side * 9 / 28; y < side * 23 / 28; y++) {
        int middle = side * 20 / 28 - (y - side * 8 / 28) * 6 / 10;
        for (int x = middle - side * 3 / 56; x < middle + side * 3 / 56 + 1; x++) pixels[y * side + x] = 255;
    }
}

static void mnist_reads_a_digit(void) {
    static unsigned char pixels[112 * 112];
    const char          *folder = pack_of_data("mnist", "vision/mnist.onnx");
    if (!folder) CHECK_SKIP("reference data vision/mnist.onnx is not there");
    xybrid_error    err;
    xybrid_runtime *rt = door_runtime();
    xybrid_model   *m = NULL;
    DOOR_OK(xybrid_model_load(rt, folder, NULL, &m, &err));
    for (int side = 28; side <= 112; side *= 2) { /* as it is, and shrunk */
        xybrid_envelope *in = NULL, *out = NULL;
        draw_seven(pixels, side);
        DOOR_OK(
            xybrid_envelope_new_image(rt, pixels, XYBRID_FORMAT_GRAY8, side, side, 0, xybrid_release_none, NULL, &in, &err));
        DOOR_OK(xybrid_model_run(m, in, NULL, &out, &err));
        CHECK_STR(xybrid_envelope_text(out), "7");
        CHECK(xybrid_envelope_view(out)->score > 0.9f);
        xybrid_envelope_free(out);
        xybrid_envelope_free(in);
    }
    xybrid_model_free(m);
    xybrid_runtime_free(rt);
}

static float overlap(const float *a, const float *b) {
    float w = fminf(a[2], b[2]) - fmaxf(a[0], b[0]), h = fminf(a[3], b[3]) - fmaxf(a[1], b[1]);
    if (w <= 0 || h <= 0) return 0;
    return w * h / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - w * h);
}

static void ultraface_finds_five_faces(void) {
    /* scripts/golden/ultraface.py */
    static const float faces[5][4] = { { 742.53f, 261.31f, 837.75f, 365.15f },
                                       { 408.16f, 253.41f, 484.75f, 353.38f },
                                       { 549.41f, 225.05f, 636.31f, 337.82f },
                                       { 185.56f, 233.36f, 252.00f, 323.95f },
                                       { 304.07f, 180.47f, 377.10f, 278.93f } };
    const char        *folder = pack_of_data("ultraface", "vision/ultraface/version-RFB-320.onnx");
    if (!folder) CHECK_SKIP("reference data vision/ultraface is not there");
    xybrid_error     err;
    xybrid_runtime  *rt = door_runtime();
    xybrid_model    *m = NULL;
    xybrid_envelope *in = NULL, *out = NULL;
    DOOR_OK(xybrid_model_load(rt, folder, NULL, &m, &err));
    DOOR_OK(xybrid_envelope_new_file(rt, door_data("vision/ultraface/3.jpg"), &in, &err));
    DOOR_OK(xybrid_model_run(m, in, NULL, &out, &err));
    CHECK_INT(xybrid_envelope_count(out), 5);
    for (int i = 0; i < 5; i++) {
        float best = 0;
        for (int32_t k = 0; k < xybrid_envelope_count(out); k++) {
            const xybrid_view *v = xybrid_envelope_view(xybrid_envelope_at(out, k));
            const float        box[4] = { v->points[0], v->points[1], v->points[4], v->points[5] };
            CHECK_STR(v->data, "face");
            best = fmaxf(best, overlap(faces[i], box));
        }
        printf("face %d: overlap %.3f\n", i + 1, (double)best);
        CHECK(best >= 0.9f);
    }
    xybrid_envelope_free(out);
    xybrid_envelope_free(in);
    xybrid_model_free(m);
    xybrid_runtime_free(rt);
}

/* ---- photos of scikit-image, which the group zoo brings with the weights ---- */

typedef struct finding {
    const char *photo, *text; /* what comes first; the beginning of its name */
    float       score, tolerance;
} finding;

/* The first thing that each photo shows. */
static void check_findings(const char *folder, const finding *findings, int count) {
    xybrid_error    err;
    xybrid_runtime *rt = door_runtime();
    xybrid_model   *m = NULL;
    DOOR_OK(xybrid_model_load(rt, folder, NULL, &m, &err));
    for (int i = 0; i < count; i++) {
        xybrid_envelope *in = NULL, *out = NULL;
        char             path[1024];
        snprintf(path, sizeof path, "%s/../zoo/photos/%s.png", XB_TEST_MODELS, findings[i].photo);
        DOOR_OK(xybrid_envelope_new_file(rt, path, &in, &err));
        DOOR_OK(xybrid_model_run(m, in, NULL, &out, &err));
        CHECK(xybrid_envelope_count(out) >= 1);
        if (xybrid_envelope_count(out) >= 1) {
            const xybrid_view *v = xybrid_envelope_view(xybrid_envelope_at(out, 0));
            if (strncmp(v->data, findings[i].text, strlen(findings[i].text)) != 0) CHECK_STR(v->data, findings[i].text);
            CHECK_NEAR(v->score, findings[i].score, findings[i].tolerance);
        }
        xybrid_envelope_free(out);
        xybrid_envelope_free(in);
    }
    xybrid_model_free(m);
    xybrid_runtime_free(rt);
}

static int has_photos(void) { return door_file_exists(XB_TEST_MODELS "/../zoo/photos/motorcycle_left.png"); }

/* The scores of these two are those of Pillow, or OpenCV's resize, and ONNX Runtime 1.32. */
static void efficientnet_names_photos(void) {
    static const finding findings[] = { { "chelsea", "tiger cat", 0.386f, 0.005f },
                                        { "coffee", "espresso", 0.951f, 0.005f },
                                        { "motorcycle_left", "moped", 0.475f, 0.005f } };
    const char          *folder = door_pack("efficientnet-lite0", "efficientnet-lite0.onnx");
    if (!folder || !has_photos()) CHECK_SKIP("efficientnet-lite0 is not here: scripts/setup zoo brings it");
    check_findings(folder, findings, 3);
}

static void ssd_finds_things(void) {
    static const finding findings[] = { { "chelsea", "cat", 0.91f, 0.01f },
                                        { "coffee", "cup", 0.95f, 0.01f },
                                        { "astronaut", "person", 0.81f, 0.01f },
                                        { "motorcycle_left", "motorcycle", 0.99f, 0.01f } };
    const char          *folder = door_pack("ssd-mobilenet-v2", "ssd_mobilenet_v2_coco.onnx");
    if (!folder || !has_photos()) CHECK_SKIP("ssd-mobilenet-v2 is not here: scripts/setup zoo brings it");
    check_findings(folder, findings, 4);
}

CHECK_MAIN(RUN(ocr_reads_three_lines), RUN(minilm_agrees_with_its_reference), RUN(silero_agrees_with_its_reference),
           RUN(mnist_reads_a_digit), RUN(ultraface_finds_five_faces), RUN(efficientnet_names_photos), RUN(ssd_finds_things))
