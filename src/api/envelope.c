/* api/envelope.c - include/xybrid/envelope.h: making, looking, saving. */
#include <string.h>

#include "api/api.h"
#include "base/checked.h"
#include "base/error.h"
#include "base/utf8.h"
#include "codec/audio.h"
#include "codec/image.h"
#include "codec/npz.h"
#include "codec/sniff.h"
#include "codec/wav.h"
#include "envelope/subtitles.h"
#include "image/colour.h"
#include "plat/file.h"

/* ---- make ---- */

static xybrid_status check_new(const xybrid_runtime *rt, xybrid_envelope **out, xybrid_error *err) {
    XB_TRY(xb_check_runtime(rt, err));
    return xb_check_pointer(out, "out", err);
}

/* The bytes that every payload starts from: copied, borrowed or handed over, as the release says. */
static xybrid_status payload(xybrid_runtime *rt, const void *data, int64_t size_bytes, xybrid_dtype dtype, int32_t rank,
                             const int64_t *shape, xybrid_release_fn release, void *release_ctx, xb_tensor *out,
                             xybrid_error *err) {
    xb_buf *buf;
    XB_TRY(xb_buf_from(&rt->root.mem, data, size_bytes, release, release_ctx, &buf, err));
    xybrid_status st = xb_tensor_from_buf(buf, 0, dtype, rank, shape, out, err);
    if (st && release) buf->release = xybrid_release_none; /* the caller keeps what a failed call was lent */
    xb_buf_drop(buf);
    return st;
}

/* Drops the payload's own reference; after a failure without calling the caller's release. */
static xybrid_status made(xybrid_status st, xb_tensor *t) {
    if (st && t->buf->release) t->buf->release = xybrid_release_none;
    xb_tensor_drop(t);
    return st;
}

static xybrid_status fail_count(const char *name, int64_t found, int64_t least, xybrid_error *err) {
    return xb_fail(err, XYBRID_INVALID_ARGUMENT, name, "%s is %lld, wanted at least %lld", name, (long long)found,
                   (long long)least);
}

xybrid_status xybrid_envelope_new_text(xybrid_runtime *rt, const char *text, int64_t len, xybrid_envelope **out,
                                       xybrid_error *err) {
    xybrid_error own;
    err = err ? err : &own;
    XB_TRY(check_new(rt, out, err));
    XB_TRY(xb_check_pointer(text, "text", err));
    if (len < XYBRID_AUTO) return fail_count("len", len, XYBRID_AUTO, err);
    return xb_envelope_new_text(&rt->root, &rt->root.mem, text, len == XYBRID_AUTO ? (int64_t)strlen(text) : len, out, err);
}

xybrid_status xybrid_envelope_new_tool_result(xybrid_runtime *rt, const char *id, const char *name, const char *result,
                                              xybrid_envelope **out, xybrid_error *err) {
    xybrid_error     own;
    xybrid_envelope *e;
    err = err ? err : &own;
    XB_TRY(check_new(rt, out, err));
    XB_TRY(xb_check_pointer(id, "id", err));
    XB_TRY(xb_check_pointer(name, "name", err));
    XB_TRY(xb_check_pointer(result, "result", err));
    XB_TRY(xb_envelope_new_text(&rt->root, &rt->root.mem, result, (int64_t)strlen(result), &e, err));
    xybrid_status st = xb_envelope_set(e, "xybrid.role", "tool", err);
    if (st == XYBRID_OK) st = xb_envelope_set(e, "tool_call_id", id, err);
    if (st == XYBRID_OK) st = xb_envelope_set(e, "name", name, err);
    if (st) xb_envelope_drop(e);
    else *out = e;
    return st;
}

xybrid_status xybrid_envelope_new_audio(xybrid_runtime *rt, const float *samples, int64_t frames, int32_t sample_rate,
                                        int32_t channels, xybrid_release_fn release, void *release_ctx, xybrid_envelope **out,
                                        xybrid_error *err) {
    xybrid_error own;
    xb_tensor    t;
    int64_t      bytes;
    err = err ? err : &own;
    XB_TRY(check_new(rt, out, err));
    XB_TRY(xb_check_pointer(samples, "samples", err));
    if (sample_rate < 1 || sample_rate > XB_MAX_AUDIO_RATE)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "sample_rate", "sample_rate is %d Hz, wanted 1 to %d", sample_rate,
                       XB_MAX_AUDIO_RATE);
    if (channels < 1 || channels > XB_MAX_AUDIO_CHANNELS)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "channels", "channels is %d, wanted 1 to %d", channels,
                       XB_MAX_AUDIO_CHANNELS);
    if (frames < 0 || frames > XB_MAX_AUDIO_FRAMES || xb_mul_overflows(frames, 4 * (int64_t)channels, &bytes))
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "frames", "frames is %lld, wanted 0 to %d", (long long)frames,
                       XB_MAX_AUDIO_FRAMES);
    XB_TRY(payload(rt, samples, bytes, XYBRID_FLOAT32, 2, (int64_t[]){ frames, channels }, release, release_ctx, &t, err));
    return made(xb_envelope_new_audio(&rt->root, &rt->root.mem, &t, sample_rate, out, err), &t);
}

xybrid_status xybrid_envelope_new_image(xybrid_runtime *rt, const void *pixels, xybrid_format format, int32_t width,
                                        int32_t height, int32_t stride_bytes, xybrid_release_fn release, void *release_ctx,
                                        xybrid_envelope **out, xybrid_error *err) {
    xybrid_error own;
    xb_tensor    t;
    int64_t      bytes;
    err = err ? err : &own;
    XB_TRY(check_new(rt, out, err));
    XB_TRY(xb_check_pointer(pixels, "pixels", err));
    XB_TRY(xb_pixels_size_bytes((xb_pixel_format)format, width, height, stride_bytes, &bytes, err));
    XB_TRY(payload(rt, pixels, bytes, XYBRID_UINT8, 1, &bytes, release, release_ctx, &t, err));
    return made(xb_envelope_new_image(&rt->root, &rt->root.mem, &t, format, width, height, stride_bytes, out, err), &t);
}

/* Bytes of a file by their content; the tensor's reference is taken over. */
static xybrid_status from_bytes(xybrid_runtime *rt, xb_tensor *t, const char *name, xybrid_envelope **out, xybrid_error *err) {
    int64_t size = t->shape[0];
    xb_kind kind = xb_sniff(t->data, size);
    if (xb_audio_is_known(kind)) return made(xb_envelope_new_encoded(&rt->root, &rt->root.mem, XYBRID_AUDIO, t, out, err), t);
    if (kind == XB_KIND_PNG || kind == XB_KIND_JPEG || kind == XB_KIND_BMP)
        return made(xb_envelope_new_encoded(&rt->root, &rt->root.mem, XYBRID_IMAGE, t, out, err), t);
    if (xb_kind_is_audio(kind))
        return made(xb_fail(err, XYBRID_UNSUPPORTED_AUDIO, name, "%s holds %s, which was left out of this build of the library",
                            name, xb_kind_name(kind)),
                    t);
    if (xb_kind_is_image(kind))
        return made(xb_fail(err, XYBRID_UNSUPPORTED_IMAGE, name, "%s holds %s; PNG, JPEG and BMP are supported", name,
                            xb_kind_name(kind)),
                    t);
    size_t valid = size ? xb_utf8_valid(t->data, (size_t)size) : 0;
    if (valid != (size_t)size)
        return made(xb_fail_at(err, XYBRID_UNSUPPORTED_FORMAT, (int64_t)valid, name,
                               "%s holds %s; wanted WAV, FLAC, MP3, Ogg Vorbis, PNG, JPEG, BMP or UTF-8 text", name,
                               xb_kind_name(kind)),
                    t);
    xybrid_status st = xb_envelope_new_text(&rt->root, &rt->root.mem, size ? t->data : "", size, out, err);
    return made(st, t);
}

xybrid_status xybrid_envelope_new_bytes(xybrid_runtime *rt, const void *bytes, int64_t size_bytes, xybrid_release_fn release,
                                        void *release_ctx, xybrid_envelope **out, xybrid_error *err) {
    xybrid_error own;
    xb_tensor    t;
    err = err ? err : &own;
    XB_TRY(check_new(rt, out, err));
    if (size_bytes < 0) return fail_count("size_bytes", size_bytes, 0, err);
    if (size_bytes > 0) XB_TRY(xb_check_pointer(bytes, "bytes", err));
    XB_TRY(payload(rt, bytes, size_bytes, XYBRID_UINT8, 1, &size_bytes, release, release_ctx, &t, err));
    return from_bytes(rt, &t, "the input", out, err);
}

static void release_memory(void *ctx, const void *data) { xb_free(ctx, (void *)(uintptr_t)data); }

xybrid_status xybrid_envelope_new_file(xybrid_runtime *rt, const char *path, xybrid_envelope **out, xybrid_error *err) {
    xybrid_error own;
    xb_tensor    t;
    char        *bytes;
    int64_t      size;
    err = err ? err : &own;
    XB_TRY(check_new(rt, out, err));
    XB_TRY(xb_check_pointer(path, "path", err));
    XB_TRY(xb_file_read_all(&rt->root.mem, path, INT64_C(4) << 30, &bytes, &size, err));
    xybrid_status st = payload(rt, bytes, size, XYBRID_UINT8, 1, &size, release_memory, &rt->root.mem, &t, err);
    if (st) {
        xb_free(&rt->root.mem, bytes);
        return st;
    }
    xb_buf *buf = xb_buf_keep(t.buf); /* from_bytes leaves memory alone when it fails, and this is ours */
    st = from_bytes(rt, &t, path, out, err);
    if (st) xb_free(&rt->root.mem, bytes);
    xb_buf_drop(buf);
    return st;
}

xybrid_status xybrid_envelope_new_tensor(xybrid_runtime *rt, const char *name, xybrid_dtype dtype, const int64_t *shape,
                                         int32_t rank, const void *data, int64_t size_bytes, xybrid_release_fn release,
                                         void *release_ctx, xybrid_envelope **out, xybrid_error *err) {
    xybrid_error own;
    xb_tensor    t;
    int64_t      count, wanted = INT64_MAX; /* stays where the product does not fit */
    char         text[XB_SHAPE_TEXT_BYTES];
    err = err ? err : &own;
    XB_TRY(check_new(rt, out, err));
    if (rank < 0 || rank > XB_MAX_RANK)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "rank", "rank is %d, wanted 0 to %d", rank, XB_MAX_RANK);
    if (rank > 0) XB_TRY(xb_check_pointer(shape, "shape", err));
    if (!xb_dtype_size(dtype))
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "dtype", "dtype %d is not an element type of this library", dtype);
    XB_TRY(xb_shape_count(rank, shape, "tensor", &count, err));
    xb_shape_format(rank, shape, text, sizeof text);
    if (xb_mul_overflows(count, xb_dtype_size(dtype), &wanted) || wanted != size_bytes)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "size_bytes", "size_bytes is %lld; a %s tensor of shape %s has %lld bytes",
                       (long long)size_bytes, xb_dtype_name(dtype), text, (long long)wanted);
    if (size_bytes > 0) XB_TRY(xb_check_pointer(data, "data", err));
    XB_TRY(payload(rt, data, size_bytes, dtype, rank, shape, release, release_ctx, &t, err));
    return made(xb_envelope_new_tensor(&rt->root, &rt->root.mem, XYBRID_TENSOR, name, &t, out, err), &t);
}

/* Tokens and Embedding: a row of numbers. */
static xybrid_status new_row(xybrid_runtime *rt, xybrid_kind kind, xybrid_dtype dtype, const void *values, int64_t count,
                             xybrid_release_fn release, void *release_ctx, xybrid_envelope **out, xybrid_error *err) {
    xybrid_error own;
    xb_tensor    t;
    int64_t      bytes;
    err = err ? err : &own;
    XB_TRY(check_new(rt, out, err));
    if (count < 0 || xb_mul_overflows(count, xb_dtype_size(dtype), &bytes)) return fail_count("count", count, 0, err);
    if (count > 0) XB_TRY(xb_check_pointer(values, "values", err));
    XB_TRY(payload(rt, values, bytes, dtype, 1, &count, release, release_ctx, &t, err));
    return made(xb_envelope_new_tensor(&rt->root, &rt->root.mem, kind, NULL, &t, out, err), &t);
}

xybrid_status xybrid_envelope_new_tokens(xybrid_runtime *rt, const int64_t *ids, int64_t count, xybrid_release_fn release,
                                         void *release_ctx, xybrid_envelope **out, xybrid_error *err) {
    return new_row(rt, XYBRID_TOKENS, XYBRID_INT64, ids, count, release, release_ctx, out, err);
}

xybrid_status xybrid_envelope_new_embedding(xybrid_runtime *rt, const float *values, int64_t count, xybrid_release_fn release,
                                            void *release_ctx, xybrid_envelope **out, xybrid_error *err) {
    return new_row(rt, XYBRID_EMBEDDING, XYBRID_FLOAT32, values, count, release, release_ctx, out, err);
}

xybrid_status xybrid_envelope_new_list(xybrid_runtime *rt, xybrid_envelope *const *items, int32_t count, xybrid_envelope **out,
                                       xybrid_error *err) {
    xybrid_error own;
    err = err ? err : &own;
    XB_TRY(check_new(rt, out, err));
    if (count < 0) return fail_count("count", count, 0, err);
    if (count > 0) XB_TRY(xb_check_pointer(items, "items", err));
    for (int32_t i = 0; i < count; i++) XB_TRY(xb_check_envelope(items[i], "items[]", err));
    return xb_envelope_new_list(&rt->root, &rt->root.mem, items, count, out, err);
}

xybrid_status xybrid_envelope_from_json(xybrid_runtime *rt, const char *json, int64_t len, xybrid_envelope **out,
                                        xybrid_error *err) {
    xybrid_error own;
    err = err ? err : &own;
    XB_TRY(check_new(rt, out, err));
    XB_TRY(xb_check_pointer(json, "json", err));
    if (len < XYBRID_AUTO) return fail_count("len", len, XYBRID_AUTO, err);
    return xb_envelope_read_json(&rt->root, json, len == XYBRID_AUTO ? (int64_t)strlen(json) : len, out, err);
}

/* ---- decode ---- */

/* Audio of any form as float32 [info->frames, info->channels], freed with xb_free. */
static xybrid_status decode_samples(xb_mem *mem, const xybrid_view *v, xb_audio_info *info, float **samples,
                                    xybrid_error *err) {
    if (v->format == XYBRID_FORMAT_ENCODED) return xb_audio_decode(mem, v->data, v->size_bytes, info, samples, err);
    *info = (xb_audio_info){ .rate_hz = v->sample_rate, .channels = v->channels, .frames = v->count };
    *samples = xb_calloc(mem, (size_t)(v->count * v->channels), sizeof **samples, err);
    if (!*samples) return err->code;
    xb_pcm_decode(XB_WAV_PCM16, v->data, v->count * v->channels, *samples);
    return XYBRID_OK;
}

/* Memory of `mem` as a tensor; taken over, also by a failure. */
static xybrid_status take(xb_mem *mem, void *data, xybrid_dtype dtype, int32_t rank, const int64_t *shape, int64_t size_bytes,
                          xb_tensor *out, xybrid_error *err) {
    xb_buf       *buf;
    xybrid_status st = xb_buf_from(mem, data, size_bytes, release_memory, mem, &buf, err);
    if (st) {
        xb_free(mem, data);
        return st;
    }
    st = xb_tensor_from_buf(buf, 0, dtype, rank, shape, out, err);
    xb_buf_drop(buf);
    return st;
}

static xybrid_status decode_audio(xb_root *root, const xybrid_view *v, xybrid_envelope **out, xybrid_error *err) {
    xb_audio_info info;
    float        *samples;
    xb_tensor     t;
    XB_TRY(decode_samples(&root->mem, v, &info, &samples, err));
    int64_t shape[] = { info.frames, info.channels };
    XB_TRY(take(&root->mem, samples, XYBRID_FLOAT32, 2, shape, 4 * info.frames * info.channels, &t, err));
    xybrid_status st = xb_envelope_new_audio(root, &root->mem, &t, info.rate_hz, out, err);
    xb_tensor_drop(&t);
    return st;
}

static xybrid_status decode_image(xb_root *root, const xybrid_view *v, xybrid_envelope **out, xybrid_error *err) {
    xb_image  image;
    xb_tensor t;
    XB_TRY(xb_image_decode(&root->mem, v->data, v->size_bytes, 3, &image, err));
    int64_t size_bytes = (int64_t)image.width * image.height * 3;
    XB_TRY(take(&root->mem, image.pixels, XYBRID_UINT8, 1, &size_bytes, size_bytes, &t, err));
    xybrid_status st = xb_envelope_new_image(root, &root->mem, &t, XYBRID_FORMAT_RGB8, image.width, image.height, 0, out, err);
    xb_tensor_drop(&t);
    return st;
}

xybrid_status xybrid_envelope_decode(const xybrid_envelope *envelope, xybrid_envelope **out, xybrid_error *err) {
    xybrid_error own;
    err = err ? err : &own;
    XB_TRY(xb_check_envelope(envelope, "envelope", err));
    XB_TRY(xb_check_pointer(out, "out", err));
    const xybrid_view *v = &envelope->view;
    xybrid_envelope   *made = NULL;
    if (v->kind != XYBRID_AUDIO && v->kind != XYBRID_IMAGE)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "envelope", "the envelope is %s; Audio or Image can be decoded",
                       xb_envelope_kind_name(v->kind));
    if (v->kind == XYBRID_AUDIO ? v->format == XYBRID_FORMAT_F32 : v->format != XYBRID_FORMAT_ENCODED) {
        *out = xb_envelope_keep(envelope);
        return XYBRID_OK;
    }
    XB_TRY((v->kind == XYBRID_AUDIO ? decode_audio : decode_image)(envelope->root, v, &made, err));
    xybrid_status st = v->name[0] ? xb_envelope_set_name(made, v->name, err) : XYBRID_OK;
    if (st) xb_envelope_drop(made);
    else *out = made;
    return st;
}

/* ---- look ---- */

static int is_alive(const xybrid_envelope *e) { return e && e->mark == XB_ENVELOPE_MARK; }

const xybrid_view *xybrid_envelope_view(const xybrid_envelope *envelope) { return is_alive(envelope) ? &envelope->view : NULL; }

const char *xybrid_envelope_text(const xybrid_envelope *envelope) {
    return is_alive(envelope) ? xb_envelope_text(envelope) : NULL;
}

const float *xybrid_envelope_floats(const xybrid_envelope *envelope, int64_t *count) {
    int is_float = is_alive(envelope) && envelope->view.dtype == XYBRID_FLOAT32;
    if (count) *count = is_float ? xb_tensor_count(&envelope->tensor) : 0;
    return is_float ? envelope->view.data : NULL;
}

int32_t xybrid_envelope_count(const xybrid_envelope *envelope) {
    if (!is_alive(envelope)) return 0;
    return envelope->view.kind == XYBRID_LIST ? envelope->item_count : 1;
}

const xybrid_envelope *xybrid_envelope_at(const xybrid_envelope *envelope, int32_t index) {
    if (index < 0 || index >= xybrid_envelope_count(envelope)) return NULL;
    return envelope->view.kind == XYBRID_LIST ? envelope->items[index] : envelope;
}

const xybrid_envelope *xybrid_envelope_find(const xybrid_envelope *envelope, const char *name) {
    if (!is_alive(envelope) || !name) return NULL;
    for (int32_t i = 0; i < xybrid_envelope_count(envelope); i++) {
        const xybrid_envelope *e = xybrid_envelope_at(envelope, i);
        if (strcmp(e->view.name, name) == 0) return e;
    }
    return NULL;
}

/* ---- metadata ---- */

xybrid_status xybrid_envelope_set(xybrid_envelope *envelope, const char *key, const char *value, xybrid_error *err) {
    xybrid_error own;
    err = err ? err : &own;
    XB_TRY(xb_check_envelope(envelope, "envelope", err));
    XB_TRY(xb_check_pointer(key, "key", err));
    return xb_envelope_set(envelope, key, value, err);
}

const char *xybrid_envelope_get(const xybrid_envelope *envelope, const char *key) {
    return is_alive(envelope) && key ? xb_envelope_get(envelope, key) : NULL;
}

const char *xybrid_envelope_key(const xybrid_envelope *envelope, int32_t index) {
    if (!is_alive(envelope) || index < 0 || (size_t)index >= envelope->metadata_count) return NULL;
    return envelope->metadata[index].key;
}

/* ---- keep, write, free ---- */

xybrid_status xybrid_envelope_to_json(const xybrid_envelope *envelope, xybrid_envelope **out, xybrid_error *err) {
    xybrid_error own;
    err = err ? err : &own;
    XB_TRY(xb_check_envelope(envelope, "envelope", err));
    XB_TRY(xb_check_pointer(out, "out", err));
    xb_str text;
    xb_str_init(&text, &envelope->root->mem, SIZE_MAX / 4);
    xybrid_status st = xb_envelope_write_json(envelope, &text, err);
    if (st == XYBRID_OK)
        st = xb_envelope_new_text(envelope->root, &envelope->root->mem, text.data, (int64_t)text.size, out, err);
    xb_str_free(&text);
    return st;
}

static xybrid_status write_text(const xybrid_envelope *e, xb_str *out) {
    const char *text = xb_envelope_text(e);
    if (!text) return XYBRID_INVALID_ARGUMENT;
    xb_str_add(out, text);
    if (out->size && out->data[out->size - 1] != '\n') xb_str_addc(out, '\n');
    return XYBRID_OK;
}

static xybrid_status write_wav(const xybrid_envelope *e, xb_str *out, xybrid_error *err) {
    const xybrid_view *v = &e->view;
    if (v->kind != XYBRID_AUDIO) return XYBRID_INVALID_ARGUMENT;
    if (v->format == XYBRID_FORMAT_F32)
        return xb_wav_write(out, XB_WAV_PCM16, v->sample_rate, v->channels, v->data, v->count, err);
    if (v->format == XYBRID_FORMAT_ENCODED && xb_sniff(v->data, v->size_bytes) == XB_KIND_WAV) {
        xb_str_addn(out, v->data, (size_t)v->size_bytes);
        return XYBRID_OK;
    }
    xb_audio_info info;
    float        *samples;
    XB_TRY(decode_samples(e->mem, v, &info, &samples, err));
    xybrid_status st = xb_wav_write(out, XB_WAV_PCM16, info.rate_hz, info.channels, samples, info.frames, err);
    xb_free(e->mem, samples);
    return st;
}

static xybrid_status write_npy(const xybrid_envelope *e, xb_str *out, xybrid_error *err) {
    if (e->view.kind != XYBRID_TENSOR && e->view.kind != XYBRID_TOKENS && e->view.kind != XYBRID_EMBEDDING)
        return XYBRID_INVALID_ARGUMENT;
    return xb_npy_write(out, e->tensor.dtype, e->tensor.rank, e->tensor.shape, e->tensor.data, err);
}

xybrid_status xybrid_envelope_save(const xybrid_envelope *envelope, const char *path, xybrid_error *err) {
    xybrid_error own;
    err = err ? err : &own;
    XB_TRY(xb_check_envelope(envelope, "envelope", err));
    XB_TRY(xb_check_pointer(path, "path", err));
    xb_str text;
    xb_str_init(&text, &envelope->root->mem, SIZE_MAX / 4);
    err->code = XYBRID_OK;
    xybrid_status st = XYBRID_INVALID_ARGUMENT;
    if (xb_ends_with(path, ".txt")) st = write_text(envelope, &text);
    else if (xb_ends_with(path, ".srt")) st = xb_subtitles_write(envelope, XB_SUBTITLES_SRT, &text, err);
    else if (xb_ends_with(path, ".vtt")) st = xb_subtitles_write(envelope, XB_SUBTITLES_VTT, &text, err);
    else if (xb_ends_with(path, ".json")) st = xb_envelope_write_json(envelope, &text, err);
    else if (xb_ends_with(path, ".wav")) st = write_wav(envelope, &text, err);
    else if (xb_ends_with(path, ".npy")) st = write_npy(envelope, &text, err);
    if (st == XYBRID_INVALID_ARGUMENT && err->code == XYBRID_OK)
        xb_fail(err, st, path,
                "cannot save %s as \"%s\": .json takes everything, .txt Text, .srt and .vtt Text with times, .wav Audio, "
                ".npy Tensor, Tokens and Embedding",
                xb_envelope_kind_name(envelope->view.kind), path);
    if (st == XYBRID_OK) st = xb_str_status(&text, err);
    if (st == XYBRID_OK) st = xb_file_replace(&envelope->root->mem, path, text.data, (int64_t)text.size, 0, err);
    xb_str_free(&text);
    return st;
}

xybrid_envelope *xybrid_envelope_retain(const xybrid_envelope *envelope) {
    return is_alive(envelope) ? xb_envelope_keep(envelope) : NULL;
}

void xybrid_envelope_free(xybrid_envelope *envelope) {
    if (is_alive(envelope) && !xb_is_foreign_root(envelope->root)) xb_envelope_drop(envelope);
}
