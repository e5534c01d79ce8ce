/* family_text.c - nets over token ids or drawn digits that need no more than a table of inputs: MiniLM, MNIST. */
#include "zoo.h"

#include "codec/json.h"

/* ---- MiniLM: ids and mask -> a vector for each token ---- */

enum { MINILM_CASES = 5, SENTENCE = 8, WIDTH = 384 };

typedef struct ids_case {
    int64_t batch, length;
} ids_case;

static const ids_case minilm_cases[MINILM_CASES] = { { 1, 8 }, { 1, 128 }, { 1, 16 }, { 2, 8 }, { 2, 16 } };

/* "A man is eating food." and "The girl plays the violin.", as in data/reference/minilm.json */
static const int64_t sentences[2][SENTENCE] = { { 101, 1037, 2158, 2003, 5983, 2833, 1012, 102 },
                                                { 101, 1996, 2611, 3248, 1996, 6710, 1012, 102 } };

/* Row 0 is the first sentence, repeated where the row is long; row 1 the second, with a mask of 0 behind it. */
static void fill_ids(const ids_case *c, int64_t *ids, int64_t *mask) {
    for (int64_t row = 0; row < c->batch; row++)
        for (int64_t i = 0; i < c->length; i++, ids++, mask++) {
            int is_there = row == 0 || i < SENTENCE;
            *ids = is_there ? sentences[row][i % SENTENCE] : 0;
            *mask = is_there;
        }
}

/* The vectors of the first sentence, averaged and of length 1, against the reference data. */
static xybrid_status check_embedding(zoo_side *s, const xb_tensor *hidden, xybrid_error *err) {
    char        *text;
    int64_t      size;
    xb_json_doc *doc;
    float        mean[WIDTH] = { 0 }, wanted[WIDTH] = { 0 };
    double       length = 0;
    if (zoo_read(s, "data/reference/minilm.json", &text, &size, err) != XYBRID_OK) return XYBRID_OK; /* not here */
    XB_TRY(xb_json_parse(&s->mem, text, size, size, &doc, err));
    xb_json_iter it = xb_json_items(xb_json_get(xb_json_at(xb_json_root(doc), 0), "embedding"));
    for (int i = 0; i < WIDTH && xb_json_next(&it); i++) {
        double value = 0;
        xb_json_double(it.value, &value);
        wanted[i] = (float)value;
    }
    xb_json_free(doc);
    for (int i = 0; i < SENTENCE * WIDTH; i++) mean[i % WIDTH] += ((float *)hidden->data)[i];
    for (int i = 0; i < WIDTH; i++) length += (double)mean[i] * (double)mean[i];
    for (int i = 0; i < WIDTH; i++) mean[i] /= (float)sqrt(length);
    zoo_expect_near(s, "embedding of the reference data", mean, wanted, WIDTH, 1e-4); /* given with 6 decimals */
    return XYBRID_OK;
}

static xybrid_status drive_minilm(zoo_side *s, const zoo_model *m, xybrid_error *err) {
    zoo_net *net;
    XB_TRY(zoo_open(s, m->files[0], &net, err));
    for (int run = 0; run < 2 * MINILM_CASES; run++) {
        const ids_case *c = &minilm_cases[run % MINILM_CASES];
        int64_t         shape[2] = { c->batch, c->length };
        xb_tensor       ids, mask, types;
        char            label[64];
        XB_TRY(zoo_new(s, XYBRID_INT64, 2, shape, &ids, err));
        XB_TRY(zoo_new(s, XYBRID_INT64, 2, shape, &mask, err));
        XB_TRY(zoo_new(s, XYBRID_INT64, 2, shape, &types, err));
        fill_ids(c, ids.data, mask.data);
        XB_TRY(zoo_bind(net, "input_ids", &ids, err));
        XB_TRY(zoo_bind(net, "attention_mask", &mask, err));
        XB_TRY(zoo_bind(net, "token_type_ids", &types, err));
        XB_TRY(zoo_run(net, err));
        snprintf(label, sizeof label, "[%d,%d]#%d", (int)c->batch, (int)c->length, run / MINILM_CASES + 1);
        XB_TRY(zoo_keep_all(s, ZOO_CLOSE, label, net, err));
        if (run == 0) XB_TRY(check_embedding(s, &net->outputs[0], err));
    }
    return XYBRID_OK;
}

/* ---- MNIST: a drawn 1 ---- */

static xybrid_status drive_mnist(zoo_side *s, const zoo_model *m, xybrid_error *err) {
    zoo_net  *net;
    xb_tensor image;
    XB_TRY(zoo_open(s, m->files[0], &net, err));
    XB_TRY(zoo_new(s, XYBRID_FLOAT32, 4, (int64_t[]){ 1, 1, 28, 28 }, &image, err));
    float *pixels = image.data;
    for (int y = 5; y < 23; y++) pixels[y * 28 + 13] = pixels[y * 28 + 14] = 255;
    XB_TRY(zoo_bind(net, "Input3", &image, err));
    for (int run = 1; run <= 2; run++) {
        char label[32];
        XB_TRY(zoo_run(net, err));
        snprintf(label, sizeof label, "digit#%d", run);
        XB_TRY(zoo_keep_all(s, ZOO_CLOSE, label, net, err));
    }
    int64_t digit = zoo_best(net->outputs[0].data, 10, NULL);
    zoo_expect_ids(s, "digit", &digit, 1, (int64_t[]){ 1 }, 1);
    return zoo_keep_ids(s, "digit", &digit, NULL, 1, err);
}

static const zoo_model models[] = {
    { "mnist", drive_mnist, NULL, { "data/vision/mnist.onnx" } },
    { "all-minilm-l6-v2", drive_minilm, NULL, { "models/all-minilm-l6-v2/model.onnx" } },
};
const zoo_family zoo_text = { models, sizeof models / sizeof models[0] };
