/* api/envelope_json.c - the wire form: {"kind":{"Text":"hi"},"metadata":{}}, as the original writes it.
 *
 *     Text "..."   Audio, Image [bytes]   Embedding [float]   Tokens [int]   Tensor {name, dtype, shape, data}   List [envelopes]
 *
 * What the original has no place for (score, corners, times, how bytes are to be read) stands in the metadata as text and
 * comes back from there. docs/envelope.md says it for people. */
#include <string.h>

#include "api/api.h"
#include "base/checked.h"
#include "base/error.h"
#include "codec/json.h"
#include "codec/sniff.h"
#include "image/colour.h"

/* ---- writing ---- */

static void put_bytes(xb_json_writer *w, const xybrid_view *v) {
    const unsigned char *bytes = v->data;
    xb_json_begin_array(w);
    for (int64_t i = 0; i < v->size_bytes; i++) xb_json_put_int(w, bytes[i]);
    xb_json_end(w);
}

static void put_numbers(xb_json_writer *w, const xb_tensor *t) {
    int64_t count = xb_tensor_count(t);
    xb_json_begin_array(w);
    for (int64_t i = 0; i < count; i++) {
        const char *at = (const char *)t->data + i * xb_dtype_size(t->dtype);
        if (t->dtype == XYBRID_FLOAT32 || t->dtype == XYBRID_FLOAT16 || t->dtype == XYBRID_BFLOAT16) {
            float value;
            xb_convert(&value, XYBRID_FLOAT32, at, t->dtype, 1);
            xb_json_put_float(w, value);
        } else if (t->dtype == XYBRID_FLOAT64) {
            double value;
            memcpy(&value, at, sizeof value);
            xb_json_put_double(w, value);
        } else {
            int64_t value;
            xb_convert(&value, XYBRID_INT64, at, t->dtype, 1);
            xb_json_put_int(w, value);
        }
    }
    xb_json_end(w);
}

static void put_tensor(xb_json_writer *w, const xybrid_envelope *e) {
    xb_json_begin_object(w);
    xb_json_key(w, "name"), xb_json_put_string(w, e->view.name);
    xb_json_key(w, "dtype"), xb_json_put_string(w, xb_dtype_name(e->tensor.dtype));
    xb_json_key(w, "shape"), xb_json_put_ints(w, e->tensor.shape, e->tensor.rank);
    xb_json_key(w, "data"), put_numbers(w, &e->tensor);
    xb_json_end(w);
}

static void put_envelope(xb_json_writer *w, const xybrid_envelope *e);

static void put_payload(xb_json_writer *w, const xybrid_envelope *e) {
    switch (e->view.kind) {
    case XYBRID_TEXT: xb_json_put_stringn(w, e->view.data, (size_t)e->view.size_bytes); break;
    case XYBRID_AUDIO:
    case XYBRID_IMAGE: put_bytes(w, &e->view); break;
    case XYBRID_TOKENS:
    case XYBRID_EMBEDDING: put_numbers(w, &e->tensor); break;
    case XYBRID_TENSOR: put_tensor(w, e); break;
    default:
        xb_json_begin_array(w);
        for (int32_t i = 0; i < e->item_count; i++) put_envelope(w, e->items[i]); /* as deep as XB_MAX_LIST_DEPTH */
        xb_json_end(w);
    }
}

static const char *const pixel_names[] = { "rgb8", "rgba8", "bgr8", "bgra8", "gray8", "nv12", "nv21", "i420" };

static const char *audio_format_name(const xybrid_view *v) {
    if (v->format == XYBRID_FORMAT_F32) return "float32";
    if (v->format == XYBRID_FORMAT_PCM16) return "pcm16";
    switch (xb_sniff(v->data, v->size_bytes)) {
    case XB_KIND_FLAC: return "flac";
    case XB_KIND_MP3: return "mp3";
    case XB_KIND_OGG: return "ogg";
    default: return "wav";
    }
}

static void put_string(xb_json_writer *w, const xybrid_envelope *e, const char *key, const char *value) {
    if (xb_envelope_get(e, key)) return; /* the maker's own word stands */
    xb_json_key(w, key);
    xb_json_put_string(w, value);
}

static void put_number(xb_json_writer *w, const xybrid_envelope *e, const char *key, int64_t value) {
    char text[24];
    xb_format(text, sizeof text, "%lld", (long long)value);
    put_string(w, e, key, text);
}

/* What the view says beyond the payload. */
static void put_view(xb_json_writer *w, const xybrid_envelope *e) {
    const xybrid_view *v = &e->view;
    if (v->kind == XYBRID_AUDIO) {
        put_string(w, e, "format", audio_format_name(v));
        if (v->format != XYBRID_FORMAT_ENCODED)
            put_number(w, e, "sample_rate", v->sample_rate), put_number(w, e, "channels", v->channels);
    }
    if (v->kind == XYBRID_IMAGE && v->format >= XYBRID_FORMAT_RGB8 && v->format <= XYBRID_FORMAT_I420) {
        put_string(w, e, "format", pixel_names[v->format - XYBRID_FORMAT_RGB8]);
        put_number(w, e, "width", v->width), put_number(w, e, "height", v->height),
            put_number(w, e, "stride_bytes", v->stride_bytes);
    }
    if (v->score >= 0) {
        char text[40];
        xb_json_format_float(text, v->score);
        put_string(w, e, "score", text);
    }
    if (v->start_ms >= 0) put_number(w, e, "start_ms", v->start_ms);
    if (v->end_ms >= 0) put_number(w, e, "end_ms", v->end_ms);
    if (v->point_count && !xb_envelope_get(e, "points")) {
        xb_str points;
        xb_str_init(&points, e->mem, XB_MAX_TEXT_BYTES);
        for (int32_t i = 0; i < 2 * v->point_count; i++) {
            char text[40];
            xb_json_format_float(text, v->points[i]);
            if (i) xb_str_addc(&points, i % 2 ? ',' : ' ');
            xb_str_add(&points, text);
        }
        xb_json_key(w, "points"), xb_json_put_string(w, points.data);
        if (points.failed) w->out->failed = points.failed;
        xb_str_free(&points);
    }
}

static void put_envelope(xb_json_writer *w, const xybrid_envelope *e) {
    xb_json_begin_object(w);
    xb_json_key(w, "kind");
    xb_json_begin_object(w);
    xb_json_key(w, xb_envelope_kind_name(e->view.kind));
    put_payload(w, e);
    xb_json_end(w);
    xb_json_key(w, "metadata");
    xb_json_begin_object(w);
    for (size_t i = 0; i < e->metadata_count; i++)
        xb_json_key(w, e->metadata[i].key), xb_json_put_string(w, e->metadata[i].value);
    put_view(w, e);
    xb_json_end(w);
    xb_json_end(w);
}

xybrid_status xb_envelope_write_json(const xybrid_envelope *e, xb_str *out, xybrid_error *err) {
    xb_json_writer w;
    xb_json_writer_init(&w, out, XB_JSON_COMPACT);
    put_envelope(&w, e);
    return xb_json_writer_status(&w, err);
}

/* ---- reading ---- */

static xybrid_status read_envelope(xb_root *root, const xb_json *v, int depth, xybrid_envelope **out, xybrid_error *err);

/* An array of numbers as a tensor [count]. */
static xybrid_status read_numbers(xb_root *root, const xb_json *array, xybrid_dtype dtype, const char *where, xb_tensor *out,
                                  xybrid_error *err) {
    if (!xb_json_is(array, XB_JSON_ARRAY)) return xb_json_fail(array, "kind", where, "an array of numbers", err);
    XB_TRY(xb_tensor_new(&root->mem, dtype, 1, (int64_t[]){ xb_json_count(array) }, out, err));
    char   *to = out->data;
    int32_t size = xb_dtype_size(dtype);
    for (xb_json_iter it = xb_json_items(array); xb_json_next(&it); to += size) {
        double  real = 0;
        int64_t whole;
        if (xb_json_int(it.value, &whole)) xb_convert(to, dtype, &whole, XYBRID_INT64, 1);
        else if (xb_json_double(it.value, &real) || xb_json_is(it.value, XB_JSON_NULL))
            xb_convert(to, dtype, &real, XYBRID_FLOAT64, 1);
        else {
            xb_tensor_drop(out);
            return xb_json_fail(it.value, "kind", where, "an array of numbers", err);
        }
    }
    return XYBRID_OK;
}

static xybrid_status read_tensor(xb_root *root, const xb_json *v, xybrid_envelope **out, xybrid_error *err) {
    const char *name, *type;
    int64_t     shape[XB_MAX_RANK], rank;
    xb_tensor   flat, t;
    XB_TRY(xb_json_opt_string(v, "kind.Tensor", "name", "", &name, err));
    XB_TRY(xb_json_get_string(v, "kind.Tensor", "dtype", &type, err));
    XB_TRY(xb_json_get_ints(v, "kind.Tensor", "shape", 0, INT64_MAX, 0, XB_MAX_RANK, shape, &rank, err));
    xybrid_dtype dtype = xb_dtype_from_name(type);
    if (!dtype) return xb_json_fail(xb_json_get(v, "dtype"), "kind.Tensor", "dtype", "an element type such as float32", err);
    XB_TRY(read_numbers(root, xb_json_get(v, "data"), dtype, "Tensor.data", &flat, err));
    xybrid_status st = xb_tensor_reshape(&flat, (int32_t)rank, shape, &t, err);
    xb_tensor_drop(&flat);
    if (st) return xb_json_fail(xb_json_get(v, "data"), "kind.Tensor", "data", "as many numbers as the shape has", err);
    st = xb_envelope_new_tensor(root, &root->mem, XYBRID_TENSOR, name, &t, out, err);
    xb_tensor_drop(&t);
    return st;
}

static xybrid_status read_list(xb_root *root, const xb_json *v, int depth, xybrid_envelope **out, xybrid_error *err) {
    int64_t count = xb_json_count(v);
    if (!xb_json_is(v, XB_JSON_ARRAY) || count > XB_MAX_LIST_ITEMS)
        return xb_json_fail(v, "kind", "List", "an array of envelopes", err);
    xybrid_envelope **items = xb_calloc(&root->mem, (size_t)count, sizeof *items, err);
    if (!items) return err->code;
    xybrid_status st = XYBRID_OK;
    for (xb_json_iter it = xb_json_items(v); st == XYBRID_OK && xb_json_next(&it);)
        st = read_envelope(root, it.value, depth + 1, &items[it.index], err);
    if (st == XYBRID_OK) st = xb_envelope_new_list(root, &root->mem, items, (int32_t)count, out, err);
    for (int64_t i = 0; i < count; i++) xb_envelope_drop(items[i]);
    xb_free(&root->mem, items);
    return st;
}

/* A metadata value as a number, or the fallback. */
static xybrid_status meta_int(const xb_json *meta, const char *key, int64_t min, int64_t max, int64_t fallback, int64_t *out,
                              xybrid_error *err) {
    const xb_json *v = xb_json_get(meta, key);
    const char    *text;
    size_t         size;
    int64_t        n = 0;
    *out = fallback;
    if (!v || xb_json_is(v, XB_JSON_NULL)) return XYBRID_OK;
    if (xb_json_string(v, &text, &size) && size > 0 && size < 12) {
        size_t i = 0;
        for (; i < size && text[i] >= '0' && text[i] <= '9'; i++) n = n * 10 + (text[i] - '0');
        if (i == size && n >= min && n <= max) {
            *out = n;
            return XYBRID_OK;
        }
    }
    return xb_json_fail(v, "metadata", key, "a whole number in quotes, within its limits", err);
}

static xybrid_status read_audio(xb_root *root, const xb_json *meta, const xb_tensor *bytes, const char *format,
                                xybrid_envelope **out, xybrid_error *err) {
    int64_t rate = 0, channels = 1;
    XB_TRY(meta_int(meta, "sample_rate", 1, XB_MAX_AUDIO_RATE, 16000, &rate, err));
    XB_TRY(meta_int(meta, "channels", 1, XB_MAX_AUDIO_CHANNELS, 1, &channels, err));
    if (strcmp(format, "float32") && strcmp(format, "pcm16"))
        return xb_envelope_new_encoded(root, &root->mem, XYBRID_AUDIO, bytes, out, err);
    xybrid_dtype dtype = format[0] == 'f' ? XYBRID_FLOAT32 : XYBRID_INT16;
    int64_t      frame_bytes = channels * xb_dtype_size(dtype), frames = bytes->shape[0] / frame_bytes;
    if (frames * frame_bytes != bytes->shape[0])
        return xb_fail(err, XYBRID_MALFORMED, "kind.Audio",
                       "Audio of %lld bytes is no whole number of %s frames of %lld channels", (long long)bytes->shape[0],
                       format, (long long)channels);
    xb_tensor samples, as_float;
    XB_TRY(xb_tensor_from_buf(bytes->buf, 0, dtype, 2, (int64_t[]){ frames, channels }, &samples, err));
    xybrid_status st = xb_tensor_convert(&root->mem, &samples, XYBRID_FLOAT32, &as_float, err);
    xb_tensor_drop(&samples);
    if (st) return st;
    for (int64_t i = 0; dtype == XYBRID_INT16 && i < frames * channels; i++) ((float *)as_float.data)[i] /= 32768.0f;
    st = xb_envelope_new_audio(root, &root->mem, &as_float, (int32_t)rate, out, err);
    xb_tensor_drop(&as_float);
    return st;
}

static xybrid_status read_image(xb_root *root, const xb_json *meta, const xb_tensor *bytes, const char *format,
                                xybrid_envelope **out, xybrid_error *err) {
    int64_t width = 1, height = 1, stride = 0, needed = 0;
    size_t  i = 0;
    while (i < sizeof pixel_names / sizeof pixel_names[0] && strcmp(format, pixel_names[i])) i++;
    if (i == sizeof pixel_names / sizeof pixel_names[0])
        return xb_envelope_new_encoded(root, &root->mem, XYBRID_IMAGE, bytes, out, err);
    XB_TRY(meta_int(meta, "width", 1, XB_MAX_IMAGE_SIDE, 1, &width, err));
    XB_TRY(meta_int(meta, "height", 1, XB_MAX_IMAGE_SIDE, 1, &height, err));
    XB_TRY(meta_int(meta, "stride_bytes", 0, INT32_MAX, 0, &stride, err));
    XB_TRY(xb_pixels_size_bytes((xb_pixel_format)(XYBRID_FORMAT_RGB8 + (int)i), (int32_t)width, (int32_t)height, stride,
                                &needed, err));
    if (needed > bytes->shape[0])
        return xb_fail(err, XYBRID_MALFORMED, "kind.Image", "Image of %lld bytes; %lld x %lld pixels of %s need %lld",
                       (long long)bytes->shape[0], (long long)width, (long long)height, format, (long long)needed);
    return xb_envelope_new_image(root, &root->mem, bytes, XYBRID_FORMAT_RGB8 + (xybrid_format)i, (int32_t)width,
                                 (int32_t)height, (int32_t)stride, out, err);
}

static xybrid_status read_media(xb_root *root, xybrid_kind kind, const xb_json *v, const xb_json *meta, xybrid_envelope **out,
                                xybrid_error *err) {
    const char *format;
    xb_tensor   bytes = { 0 };
    XB_TRY(xb_json_opt_string(meta, "metadata", "format", "", &format, err));
    XB_TRY(read_numbers(root, v, XYBRID_UINT8, xb_envelope_kind_name(kind), &bytes, err));
    xybrid_status st = (kind == XYBRID_AUDIO ? read_audio : read_image)(root, meta, &bytes, format, out, err);
    xb_tensor_drop(&bytes);
    return st;
}

static xybrid_status read_row(xb_root *root, xybrid_kind kind, const xb_json *v, xybrid_envelope **out, xybrid_error *err) {
    xb_tensor t;
    XB_TRY(read_numbers(root, v, kind == XYBRID_TOKENS ? XYBRID_INT64 : XYBRID_FLOAT32, xb_envelope_kind_name(kind), &t, err));
    xybrid_status st = xb_envelope_new_tensor(root, &root->mem, kind, NULL, &t, out, err);
    xb_tensor_drop(&t);
    return st;
}

static xybrid_status read_payload(xb_root *root, const char *kind, const xb_json *v, const xb_json *meta, int depth,
                                  xybrid_envelope **out, xybrid_error *err) {
    const char *text;
    size_t      size;
    if (strcmp(kind, "Text") == 0) {
        if (!xb_json_string(v, &text, &size)) return xb_json_fail(v, "kind", "Text", "a string", err);
        return xb_envelope_new_text(root, &root->mem, text, (int64_t)size, out, err);
    }
    if (strcmp(kind, "Audio") == 0) return read_media(root, XYBRID_AUDIO, v, meta, out, err);
    if (strcmp(kind, "Image") == 0) return read_media(root, XYBRID_IMAGE, v, meta, out, err);
    if (strcmp(kind, "Embedding") == 0) return read_row(root, XYBRID_EMBEDDING, v, out, err);
    if (strcmp(kind, "Tokens") == 0) return read_row(root, XYBRID_TOKENS, v, out, err);
    if (strcmp(kind, "Tensor") == 0) return read_tensor(root, v, out, err);
    if (strcmp(kind, "List") == 0 || strcmp(kind, "MultiPart") == 0) return read_list(root, v, depth, out, err);
    return xb_fail(err, XYBRID_MALFORMED, "kind",
                   "kind is \"%.60s\", wanted Text, Audio, Image, Tokens, Embedding, Tensor or List", kind);
}

/* A metadata value that is numbers with commas or spaces between, as a tensor of floats; data NULL when there is none. */
static xybrid_status meta_floats(xb_root *root, const xb_json *meta, const char *key, xb_tensor *out, xybrid_error *err) {
    const xb_json *v = xb_json_get(meta, key);
    const char    *text;
    size_t         size;
    *out = (xb_tensor){ 0 };
    if (!v || !xb_json_string(v, &text, &size)) return XYBRID_OK;
    xb_str       array;
    xb_json_doc *doc = NULL;
    xybrid_error why;
    xb_str_init(&array, &root->mem, XB_MAX_TEXT_BYTES);
    xb_str_addc(&array, '[');
    for (size_t i = 0; i < size; i++) xb_str_addc(&array, text[i] == ' ' ? ',' : text[i]);
    xb_str_addc(&array, ']');
    xybrid_status st = xb_str_status(&array, err);
    if (st == XYBRID_OK && xb_json_parse(&root->mem, array.data, (int64_t)array.size, XB_MAX_TEXT_BYTES, &doc, &why)) {
        st = xb_passes_unwrapped(why.code) ? why.code : xb_json_fail(v, "metadata", key, "numbers with commas between", err);
        if (st == why.code) *err = why;
    }
    if (st == XYBRID_OK) st = read_numbers(root, xb_json_root(doc), XYBRID_FLOAT32, key, out, err);
    xb_json_free(doc);
    xb_str_free(&array);
    return st;
}

static xybrid_status read_place(xb_root *root, const xb_json *meta, xybrid_envelope *e, xybrid_error *err) {
    xb_tensor t;
    XB_TRY(meta_floats(root, meta, "score", &t, err));
    if (t.data && t.shape[0] == 1) xb_envelope_set_score(e, *(float *)t.data);
    xb_tensor_drop(&t);
    XB_TRY(meta_floats(root, meta, "points", &t, err));
    xybrid_status st = t.data && t.shape[0] ? xb_envelope_set_points(e, t.data, (int32_t)(t.shape[0] / 2), err) : XYBRID_OK;
    xb_tensor_drop(&t);
    return st;
}

/* Metadata, and what stands there for the view: score, points, times. */
static xybrid_status read_metadata(xb_root *root, const xb_json *meta, xybrid_envelope *e, xybrid_error *err) {
    int64_t     start_ms, end_ms;
    const char *text;
    size_t      size;
    for (xb_json_iter it = xb_json_items(meta); xb_json_next(&it);) {
        if (!xb_json_string(it.value, &text, &size)) return xb_json_fail(it.value, "metadata", it.key, "a string", err);
        XB_TRY(xb_envelope_set(e, it.key, text, err));
    }
    XB_TRY(meta_int(meta, "start_ms", 0, INT64_MAX, -1, &start_ms, err));
    XB_TRY(meta_int(meta, "end_ms", 0, INT64_MAX, -1, &end_ms, err));
    xb_envelope_set_times(e, start_ms, end_ms);
    return read_place(root, meta, e, err);
}

static xybrid_status read_envelope(xb_root *root, const xb_json *v, int depth, xybrid_envelope **out, xybrid_error *err) {
    const xb_json *kind, *meta;
    if (depth > XB_MAX_LIST_DEPTH)
        return xb_fail(err, XYBRID_MALFORMED, "kind", "Lists in Lists, more than %d deep", XB_MAX_LIST_DEPTH);
    XB_TRY(xb_json_get_node(v, "", "kind", XB_JSON_OBJECT, &kind, err));
    XB_TRY(xb_json_opt_node(v, "", "metadata", XB_JSON_OBJECT, &meta, err));
    xb_json_iter it = xb_json_items(kind);
    if (xb_json_count(kind) != 1 || !xb_json_next(&it)) return xb_json_fail(kind, "", "kind", "an object with one member", err);
    xybrid_envelope *e = NULL;
    XB_TRY(read_payload(root, it.key, it.value, meta, depth, &e, err));
    xybrid_status st = read_metadata(root, meta, e, err);
    if (st) xb_envelope_drop(e);
    else *out = e;
    return st;
}

xybrid_status xb_envelope_read_json(xb_root *root, const char *json, int64_t size, xybrid_envelope **out, xybrid_error *err) {
    xb_json_doc *doc;
    XB_TRY(xb_json_parse(&root->mem, json, size, XB_MAX_JSON_BYTES, &doc, err));
    xybrid_status st = read_envelope(root, xb_json_root(doc), 0, out, err);
    xb_json_free(doc);
    return st;
}
