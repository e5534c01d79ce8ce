/* family_pictures.c - nets that take one picture, or a batch of them: readers of text, classifiers, detectors.
 *
 *     file -> part of it, turned -> size -> numbers -> [N,3,H,W] or [N,H,W,3] -> net -> all outputs, twice for each shape
 *
 * The shapes of a net are run in turn, and then all once more, so that a session meets each shape again after another. What the
 * picture shows is known and checked (MODELS.md gives the owners' results). */
#include "zoo.h"

#include "codec/image.h"
#include "codec/json.h"
#include "image/boxes.h"
#include "image/geometry.h"
#include "kernel/resize.h"

/* ---- pictures to numbers ---- */

typedef struct view { /* a part of a picture; width 0 = all of it */
    const char *file;
    int32_t     left, top, width, height;
    int32_t     turns; /* quarters, clockwise */
} view;

typedef struct look { /* (v * scale - mean) / std */
    int   is_bgr, is_channels_last;
    float scale, mean[3], std[3];
} look;

enum { MAX_BATCH = 2, MAX_CASES = 4, SYNTHETIC = -1 };

typedef struct picture_case {
    int32_t width, height;
    int32_t short_side; /* resized to this, then the centre is cut out; 0 = resized to width x height */
    int32_t batch;      /* SYNTHETIC: the pattern of data/reference/effnet_synthetic.json */
    view    views[MAX_BATCH];
} picture_case;

typedef struct picture_net {
    const char  *input;
    look         look;
    picture_case cases[MAX_CASES]; /* batch 0 ends the list */
    xybrid_status (*check)(zoo_side *s, const zoo_net *net, const picture_case *c,
                           xybrid_error *err); /* NULL = nothing known */
} picture_net;

static xybrid_status load_view(zoo_side *s, const view *v, xb_tensor *out, xybrid_error *err) {
    char     *bytes;
    int64_t   size;
    xb_image  image = { 0 };
    xb_tensor whole, part, turned;
    XB_TRY(zoo_read(s, v->file, &bytes, &size, err));
    XB_TRY(xb_image_decode(&s->mem, bytes, size, 3, &image, err));
    whole = zoo_wrap(image.pixels, XYBRID_UINT8, 3, (int64_t[]){ image.height, image.width, 3 });
    xybrid_status st = xb_picture_crop(&s->mem, &whole, v->left, v->top, v->width ? v->width : image.width,
                                       v->width ? v->height : image.height, &part, err);
    xb_image_free(&image);
    XB_TRY(st);
    st = xb_picture_rotate(&s->mem, &part, v->turns, &turned, err);
    xb_tensor_drop(&part);
    XB_TRY(st);
    st = zoo_copy(s, &turned, out, err);
    xb_tensor_drop(&turned);
    return st;
}

static xybrid_status fit(zoo_side *s, const picture_case *c, const xb_tensor *picture, xb_tensor *out, xybrid_error *err) {
    int64_t        height = picture->shape[0], width = picture->shape[1], side = width < height ? width : height;
    xb_resize_spec spec = { c->width, c->height, XB_LAYOUT_HWC, XB_RESIZE_BILINEAR, 1 };
    xb_tensor      resized, cut;
    if (c->short_side) {
        spec.width = (int32_t)(width * c->short_side / side);
        spec.height = (int32_t)(height * c->short_side / side);
        spec.filter = XB_RESIZE_BICUBIC;
    }
    XB_TRY(xb_resize(&s->mem, picture, &spec, &resized, err));
    xybrid_status st = xb_picture_center_crop(&s->mem, &resized, c->width, c->height, &cut, err);
    xb_tensor_drop(&resized);
    XB_TRY(st);
    st = zoo_copy(s, &cut, out, err);
    xb_tensor_drop(&cut);
    return st;
}

/* Writes one picture of a batch. */
static void write_numbers(const look *l, const xb_tensor *picture, float *out) {
    const uint8_t *pixels = picture->data;
    int64_t        area = picture->shape[0] * picture->shape[1];
    for (int64_t i = 0; i < area; i++)
        for (int c = 0; c < 3; c++) {
            float v = pixels[3 * i + (l->is_bgr ? 2 - c : c)] * l->scale;
            out[l->is_channels_last ? 3 * i + c : c * area + i] = (v - l->mean[c]) / l->std[c];
        }
}

static void write_pattern(int32_t width, int32_t height, float *out) {
    for (int c = 0; c < 3; c++)
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++) *out++ = (float)((7 * c + 3 * y + 5 * x) % 255 - 127) / 128;
}

static xybrid_status make_input(zoo_side *s, const picture_net *n, const picture_case *c, xb_tensor *out, xybrid_error *err) {
    int64_t batch = c->batch == SYNTHETIC ? 1 : c->batch, area = (int64_t)c->width * c->height;
    int64_t first[4] = { batch, 3, c->height, c->width }, last[4] = { batch, c->height, c->width, 3 };
    XB_TRY(zoo_new(s, XYBRID_FLOAT32, 4, n->look.is_channels_last ? last : first, out, err));
    float *numbers = out->data;
    if (c->batch == SYNTHETIC) write_pattern(c->width, c->height, numbers);
    for (int32_t i = 0; i < c->batch; i++) {
        xb_tensor picture, fitted;
        XB_TRY(load_view(s, &c->views[i], &picture, err));
        XB_TRY(fit(s, c, &picture, &fitted, err));
        write_numbers(&n->look, &fitted, numbers + 3 * area * i);
    }
    return XYBRID_OK;
}

static xybrid_status drive(zoo_side *s, const zoo_model *m, xybrid_error *err) {
    const picture_net *n = m->spec;
    zoo_net           *net;
    xb_tensor          inputs[MAX_CASES];
    int                count = 0;
    XB_TRY(zoo_open(s, m->files[0], &net, err));
    for (; count < MAX_CASES && n->cases[count].batch; count++) XB_TRY(make_input(s, n, &n->cases[count], &inputs[count], err));
    for (int run = 0; run < 2 * count; run++) {
        const picture_case *c = &n->cases[run % count];
        char                label[48], shape[XB_SHAPE_TEXT_BYTES];
        xb_shape_format(4, inputs[run % count].shape, shape, sizeof shape);
        snprintf(label, sizeof label, "%.36s#%d", shape, run / count + 1);
        XB_TRY(zoo_bind(net, n->input, &inputs[run % count], err));
        XB_TRY(zoo_run(net, err));
        XB_TRY(zoo_keep_all(s, ZOO_CLOSE, label, net, err));
        if (n->check && run < count) XB_TRY(n->check(s, net, c, err));
    }
    return XYBRID_OK;
}

/* ---- what is in the pictures ---- */

/* Keeps the best class of each row of the first output. */
static xybrid_status keep_classes(zoo_side *s, const zoo_net *net, const int64_t *wanted, int64_t count, xybrid_error *err) {
    const xb_tensor *scores = &net->outputs[0];
    int64_t          ids[MAX_BATCH], width = scores->shape[scores->rank - 1], rows = xb_tensor_count(scores) / width;
    for (int64_t i = 0; i < rows && i < MAX_BATCH; i++) ids[i] = zoo_best((float *)scores->data + i * width, width, NULL);
    zoo_expect_ids(s, "classes", ids, rows, wanted, count);
    return zoo_keep_ids(s, "classes", ids, NULL, rows, err);
}

static xybrid_status upright_and_turned(zoo_side *s, const zoo_net *net, const picture_case *c, xybrid_error *err) {
    return keep_classes(s, net, (int64_t[]){ 0, 1 }, c->batch, err);
}

static xybrid_status is_decent(zoo_side *s, const zoo_net *net, const picture_case *c, xybrid_error *err) {
    (void)c;
    return keep_classes(s, net, (int64_t[]){ 0, 0 }, c->batch, err);
}

/* 282 tiger cat, 967 espresso; the synthetic input has all its logits in the reference data */
static xybrid_status imagenet_classes(zoo_side *s, const zoo_net *net, const picture_case *c, xybrid_error *err) {
    if (c->batch != SYNTHETIC) return keep_classes(s, net, (int64_t[]){ 282, 967 }, c->batch, err);
    char        *text;
    int64_t      size, i = 0;
    xb_json_doc *doc;
    float        wanted[1000];
    if (zoo_read(s, "data/reference/effnet_synthetic.json", &text, &size, err) != XYBRID_OK) return XYBRID_OK; /* not here */
    XB_TRY(xb_json_parse(&s->mem, text, size, size, &doc, err));
    for (xb_json_iter it = xb_json_items(xb_json_get(xb_json_root(doc), "logits")); i < 1000 && xb_json_next(&it); i++) {
        double value = 0;
        xb_json_double(it.value, &value);
        wanted[i] = (float)value;
    }
    xb_json_free(doc);
    zoo_expect_near(s, "logits of the reference data", net->outputs[0].data, wanted, i, 1e-3); /* given with 5 decimals */
    return keep_classes(s, net, (int64_t[]){ 807 }, 1, err);
}

/* The text of the first row: the best letter of each column, repetitions and blanks left out. Letters are lines of `file`, the
 * first of them having the id `first`; a blank line stands for the space behind the last. */
static xybrid_status read_text(zoo_side *s, const zoo_net *net, const char *file, int first, const char *wanted,
                               xybrid_error *err) {
    const xb_tensor *scores = &net->outputs[0];
    int64_t          columns = scores->shape[1], letters = scores->shape[2], size, last = 0, count = 0;
    char            *bytes, text[256] = "";
    size_t           length = 0;
    XB_TRY(zoo_read(s, file, &bytes, &size, err));
    const char **lines = zoo_alloc(s, letters + 1, sizeof *lines, err);
    int64_t     *ids = zoo_alloc(s, columns + 1, sizeof *ids, err);
    if (!lines || !ids) return err->code;
    for (int64_t id = first; id < letters && bytes; id++) {
        lines[id] = bytes;
        bytes = strchr(bytes, '\n');
        if (bytes) *bytes++ = 0;
    }
    for (int64_t i = 0; i < columns; i++) {
        int64_t id = zoo_best((float *)scores->data + i * letters, letters, NULL);
        if (id != last && id != 0) {
            ids[count++] = id;
            const char *letter = lines[id] && lines[id][0] ? lines[id] : " ";
            length += (size_t)snprintf(text + length, sizeof text - length, "%s", letter);
            if (length >= sizeof text) length = sizeof text - 1;
        }
        last = id;
    }
    if (strcmp(text, wanted) != 0) zoo_complain(s, "reads \"%s\", expected \"%s\"", text, wanted);
    return zoo_keep_ids(s, "letters", ids, NULL, count, err);
}

#define LINE_2 "Xybrid runs on the device."
#define LINE_1 "Hello World 12345"

static xybrid_status reads_v5(zoo_side *s, const zoo_net *net, const picture_case *c, xybrid_error *err) {
    return read_text(s, net, "models/ppocr-v5/ppocr_keys_v5.txt", 0, c->width > 450 ? LINE_2 : LINE_1, err);
}

static xybrid_status reads_v4(zoo_side *s, const zoo_net *net, const picture_case *c, xybrid_error *err) {
    return read_text(s, net, "zoo/ppocr-v4/ppocr_keys_v1.txt", 1, c->width > 450 ? LINE_2 : LINE_1, err);
}

/* Classes of the boxes that are left after suppression. */
static xybrid_status keep_boxes(zoo_side *s, const zoo_net *net, const xb_box_decoding *how, float iou, const int64_t *wanted,
                                int64_t wanted_count, xybrid_error *err) {
    const xb_tensor *all_boxes = zoo_out(net, "boxes"), *all_scores = zoo_out(net, "scores");
    xb_tensor        boxes, scores;
    xb_box          *found = NULL;
    int32_t          count = 0;
    int64_t          ids[16];
    XB_TRY(xb_tensor_rows(all_boxes, 0, 1, &boxes, err)); /* of the first picture */
    xybrid_status st = xb_tensor_rows(all_scores, 0, 1, &scores, err);
    if (st == XYBRID_OK) {
        st = xb_boxes_decode(&s->mem, &boxes, &scores, how, &found, &count, err);
        xb_tensor_drop(&scores);
    }
    xb_tensor_drop(&boxes);
    XB_TRY(st);
    count = xb_boxes_suppress(found, count, iou, 1, 16);
    for (int32_t i = 0; i < count; i++) ids[i] = found[i].class_id;
    xb_free(&s->mem, found);
    zoo_expect_ids(s, "classes of the boxes", ids, count, wanted, wanted_count);
    return zoo_keep_ids(s, "classes of the boxes", ids, NULL, count, err);
}

static xybrid_status sees_faces(zoo_side *s, const zoo_net *net, const picture_case *c, xybrid_error *err) {
    (void)c;
    xb_box_decoding how = {
        .form = XB_BOX_CORNERS, .scale_x = 1, .scale_y = 1, .background_class = 0, .score_threshold = 0.7f
    };
    return keep_boxes(s, net, &how, 0.3f, (int64_t[]){ 1, 1, 1, 1, 1 }, 5, err);
}

static xybrid_status sees_a_cat(zoo_side *s, const zoo_net *net, const picture_case *c, xybrid_error *err) {
    (void)c;
    xb_box_decoding how = {
        .form = XB_BOX_CORNERS_YX, .scale_x = 1, .scale_y = 1, .background_class = 0, .score_threshold = 0.5f
    };
    return keep_boxes(s, net, &how, 0.6f, (int64_t[]){ 17 }, 1, err);
}

/* CenterFace: peaks of the heat map, 3 x 3. */
static xybrid_status counts_peaks(zoo_side *s, const zoo_net *net, const picture_case *c, xybrid_error *err) {
    const xb_tensor *heat = zoo_out(net, "537");
    const float     *v = heat->data;
    int64_t          rows = heat->shape[2], columns = heat->shape[3], count = 0;
    for (int64_t y = 0; y < rows; y++)
        for (int64_t x = 0; x < columns; x++) {
            int is_peak = v[y * columns + x] > 0.5f;
            for (int64_t k = 0; k < 9; k++) {
                int64_t row = y + k / 3 - 1, column = x + k % 3 - 1;
                if (row >= 0 && row < rows && column >= 0 && column < columns)
                    is_peak &= v[y * columns + x] >= v[row * columns + column];
            }
            count += is_peak;
        }
    if (count != 5 && c->width == 640) zoo_complain(s, "%lld faces, expected 5", (long long)count);
    return zoo_keep_ids(s, "faces", &count, NULL, 1, err);
}

/* ---- the nets ---- */

#define RECEIPT   { .file = "examples/receipt.png" }
#define RECEIPT_2 { .file = "examples/receipt.png", .turns = 2 }
#define TEXT_1    { .file = "examples/receipt.png", .left = 47, .top = 43, .width = 314, .height = 35 }
#define TEXT_2    { .file = "examples/receipt.png", .left = 46, .top = 106, .width = 451, .height = 40 }
#define TEXT_2_UP { .file = "examples/receipt.png", .left = 46, .top = 106, .width = 451, .height = 40, .turns = 2 }
#define FACES     { .file = "data/vision/ultraface/3.jpg" }
#define CAT       { .file = "zoo/photos/chelsea.png" }
#define COFFEE    { .file = "zoo/photos/coffee.png" }

#define IMAGENET { 1, 0, 1.0f / 255, { 0.485f, 0.456f, 0.406f }, { 0.229f, 0.224f, 0.225f } } /* BGR: Paddle keeps the order */
#define HALVES   { 1, 0, 1.0f / 255, { 0.5f, 0.5f, 0.5f }, { 0.5f, 0.5f, 0.5f } }
#define BY_127   { 0, 0, 1, { 127, 127, 127 }, { 128, 128, 128 } }
#define PLAIN    { 0, 0, 1, { 0, 0, 0 }, { 1, 1, 1 } }

#define DETECTION                                                           \
    {                                                                       \
        { 640, 640, 0, 1, { RECEIPT } }, { 640, 256, 0, 1, { RECEIPT } }, { \
            320, 256, 0, 2, { RECEIPT, RECEIPT_2 }                          \
        }                                                                   \
    }
#define READING                                                         \
    {                                                                   \
        { 541, 48, 0, 1, { TEXT_2 } }, { 418, 48, 0, 1, { TEXT_1 } }, { \
            640, 48, 0, 2, { TEXT_2, TEXT_1 }                           \
        }                                                               \
    }

static const picture_net det = { "x", IMAGENET, DETECTION, NULL };
static const picture_net rec_v5 = { "x", HALVES, READING, reads_v5 };
static const picture_net rec_v4 = { "x", HALVES, READING, reads_v4 };
static const picture_net cls_v5 = {
    "x", IMAGENET, { { 160, 80, 0, 1, { TEXT_2 } }, { 160, 80, 0, 2, { TEXT_2, TEXT_2_UP } } }, upright_and_turned
};
static const picture_net cls_v4 = {
    "x", HALVES, { { 192, 48, 0, 1, { TEXT_2 } }, { 192, 48, 0, 2, { TEXT_2, TEXT_2_UP } } }, upright_and_turned
};
static const picture_net efficientnet = {
    "input",
    BY_127,
    { { 224, 224, 256, 1, { CAT } }, { 224, 224, 256, 2, { CAT, COFFEE } }, { 224, 224, 0, SYNTHETIC, { { 0 } } } },
    imagenet_classes
};
static const picture_net ssd = { "image",
                                 { 0, 0, 2.0f / 255, { 1, 1, 1 }, { 1, 1, 1 } },
                                 { { 300, 300, 0, 1, { CAT } }, { 300, 300, 0, 2, { CAT, COFFEE } } },
                                 sees_a_cat };
static const picture_net ultraface = { "input", BY_127, { { 320, 240, 0, 1, { FACES } } }, sees_faces };
static const picture_net centerface = {
    "input.1", PLAIN, { { 640, 480, 0, 1, { FACES } }, { 320, 256, 0, 1, { FACES } } }, counts_peaks
};
static const picture_net yolo = { "images",
                                  { 0, 0, 1.0f / 255, { 0, 0, 0 }, { 1, 1, 1 } },
                                  { { 320, 320, 0, 1, { FACES } }, { 320, 256, 0, 2, { FACES, FACES } } },
                                  NULL };
static const picture_net nsfw = { "input_0",
                                  { 1, 1, 1, { 104, 117, 123 }, { 1, 1, 1 } },
                                  { { 224, 224, 256, 1, { CAT } }, { 224, 224, 256, 2, { CAT, COFFEE } } },
                                  is_decent };

static const zoo_model models[] = {
    { "ppocr-v5-det", drive, &det, { "models/ppocr-v5/ppocrv5_det.onnx" } },
    { "ppocr-v5-cls", drive, &cls_v5, { "models/ppocr-v5/ppocrv5_cls.onnx" } },
    { "ppocr-v5-rec", drive, &rec_v5, { "models/ppocr-v5/ppocrv5_rec.onnx", "models/ppocr-v5/ppocr_keys_v5.txt" } },
    { "ppocr-v4-det", drive, &det, { "zoo/ppocr-v4/ch_PP-OCRv4_det_infer.onnx" } },
    { "ppocr-v4-cls", drive, &cls_v4, { "zoo/ppocr-v4/ch_ppocr_mobile_v2.0_cls_infer.onnx" } },
    { "ppocr-v4-rec", drive, &rec_v4, { "zoo/ppocr-v4/ch_PP-OCRv4_rec_infer.onnx", "zoo/ppocr-v4/ppocr_keys_v1.txt" } },
    { "efficientnet-lite0",
      drive,
      &efficientnet,
      { "models/efficientnet-lite0/efficientnet-lite0.onnx", "zoo/photos/chelsea.png", "zoo/photos/coffee.png" } },
    { "ssd-mobilenet-v2",
      drive,
      &ssd,
      { "models/ssd-mobilenet-v2/ssd_mobilenet_v2_coco.onnx", "zoo/photos/chelsea.png", "zoo/photos/coffee.png" } },
    { "ultraface", drive, &ultraface, { "data/vision/ultraface/version-RFB-320.onnx", "data/vision/ultraface/3.jpg" } },
    { "centerface", drive, &centerface, { "zoo/centerface/centerface.onnx", "data/vision/ultraface/3.jpg" } },
    { "yolov8n", drive, &yolo, { "zoo/yolov8n/320n.onnx", "data/vision/ultraface/3.jpg" } },
    { "open-nsfw", drive, &nsfw, { "zoo/open-nsfw/open_nsfw.onnx", "zoo/photos/chelsea.png", "zoo/photos/coffee.png" } },
};
const zoo_family zoo_pictures = { models, sizeof models / sizeof models[0] };
