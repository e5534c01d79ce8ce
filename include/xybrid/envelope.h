/* xybrid/envelope.h - what goes in and what comes out.
 *
 *     xybrid_envelope *in = NULL, *out = NULL;
 *     if (xybrid_envelope_new_file(rt, "photo.jpg", &in, &err) ||     // text, audio or picture, by content
 *         xybrid_model_run(ocr, in, NULL, &out, &err)) return fail(err.message);
 *     for (int32_t i = 0; i < xybrid_envelope_count(out); i++) {      // a List: one Text for each line found
 *         const xybrid_view *v = xybrid_envelope_view(xybrid_envelope_at(out, i));
 *         printf("%s  score %.2f  at %.0f,%.0f\n", (const char *)v->data, v->score, v->points[0], v->points[1]);
 *     }
 *     if (xybrid_envelope_save(out, "lines.json", &err)) return fail(err.message);
 *     xybrid_envelope_free(in);
 *     xybrid_envelope_free(out);
 *
 * An envelope is reference-counted. Its payload never changes through the library; several threads may read it at once.
 * Metadata (xybrid_envelope_set) may be written by one thread, before others see it. A List holds references to its items
 * and cannot be changed after it is made. Payloads above 4 KiB are never copied on the way through.
 */
#ifndef XYBRID_ENVELOPE_H
#define XYBRID_ENVELOPE_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef int32_t xybrid_kind;
enum {
    XYBRID_TEXT = 1,       /* UTF-8 */
    XYBRID_AUDIO = 2,      /* interleaved float32 samples, or encoded bytes (format) */
    XYBRID_IMAGE = 3,      /* pixels, or encoded bytes (format) */
    XYBRID_TOKENS = 4,     /* int64 */
    XYBRID_EMBEDDING = 5,  /* float32 */
    XYBRID_TENSOR = 6,     /* any element type and shape, named */
    XYBRID_LIST = 7        /* envelopes */
};

/* How the payload of Audio and Image is stored. */
typedef int32_t xybrid_format;
enum {
    XYBRID_FORMAT_ENCODED = 0,  /* a file's bytes; decoded by content where it is used */
    XYBRID_FORMAT_F32 = 1,      /* Audio: float32, interleaved, -1 to 1 */
    XYBRID_FORMAT_PCM16 = 2,    /* Audio: int16, interleaved */
    XYBRID_FORMAT_RGB8 = 16, XYBRID_FORMAT_RGBA8 = 17, XYBRID_FORMAT_BGR8 = 18, XYBRID_FORMAT_BGRA8 = 19,
    XYBRID_FORMAT_GRAY8 = 20, XYBRID_FORMAT_NV12 = 21, XYBRID_FORMAT_NV21 = 22, XYBRID_FORMAT_I420 = 23
};

/* All about one envelope. A view: owned by the envelope, valid until its last reference is freed, read-only. Fields that do
 * not apply are 0, NULL, or what is stated. One struct carries results of every task: label or text, score, place, time. */
typedef struct xybrid_view {
    uint32_t       struct_size;
    xybrid_kind    kind;
    const char    *name;         /* tensor or input name, "" if none */
    const void    *data;         /* payload; Text: also NUL-terminated; List: NULL */
    int64_t        size_bytes;   /* of data, without Text's NUL */
    int64_t        count;        /* elements; Audio: frames; List: items */
    const int64_t *shape;        /* rank numbers */
    int32_t        rank;
    xybrid_dtype   dtype;        /* of data; 0 for Text, List and encoded bytes */
    xybrid_format  format;       /* Audio, Image */
    int32_t        sample_rate;  /* Audio, Hz */
    int32_t        channels;     /* Audio, Image */
    int32_t        width, height;/* Image, pixels */
    int32_t        stride_bytes; /* Image: from one row to the next */
    float          score;        /* 0 to 1; -1 if none */
    int32_t        point_count;  /* corners of a box or polygon, each x and y in pixels of the input picture */
    const float   *points;       /* 2 * point_count numbers, clockwise from the top left */
    int64_t        start_ms, end_ms; /* place in the recording; -1 if none */
} xybrid_view;

/* ---- make: each gives *out, freed with xybrid_envelope_free. Any thread. Errors: INVALID_ARGUMENT, OUT_OF_MEMORY. ---- */

/* Text of `len` bytes, -1 = up to the NUL; copied. Errors: also INVALID_ARGUMENT with the position of bad UTF-8. */
XYBRID_NODISCARD XYBRID_API xybrid_status xybrid_envelope_new_text(xybrid_runtime *rt, const char *text, int64_t len,
                                                  xybrid_envelope **out, xybrid_error *err);

/* What a tool gave for a call of XYBRID_EVENT_TOOL_CALL: a Text with "xybrid.role" = "tool". `id` and `name` are the event's; several
 * results go into a List. `result` is UTF-8, NUL-terminated. Errors: INVALID_ARGUMENT, OUT_OF_MEMORY. */
XYBRID_NODISCARD XYBRID_API xybrid_status xybrid_envelope_new_tool_result(xybrid_runtime *rt, const char *id, const char *name,
                                                                          const char *result, xybrid_envelope **out,
                                                                          xybrid_error *err);

/* Interleaved float32 samples; frames = samples of one channel. For `release` see xybrid_release_fn. */
XYBRID_NODISCARD XYBRID_API xybrid_status xybrid_envelope_new_audio(xybrid_runtime *rt, const float *samples, int64_t frames,
                                                   int32_t sample_rate, int32_t channels, xybrid_release_fn release,
                                                   void *release_ctx, xybrid_envelope **out, xybrid_error *err);

/* Raw pixels, `stride_bytes` from row to row (0 = tight); planes of YUV forms follow one another. */
XYBRID_NODISCARD XYBRID_API xybrid_status xybrid_envelope_new_image(xybrid_runtime *rt, const void *pixels, xybrid_format format,
                                                   int32_t width, int32_t height, int32_t stride_bytes,
                                                   xybrid_release_fn release, void *release_ctx,
                                                   xybrid_envelope **out, xybrid_error *err);

/* A file's bytes from memory: WAV, FLAC, MP3, Ogg Vorbis; PNG, JPEG, BMP; else UTF-8 text. Only the first bytes are looked at
 * now; decoding comes where it is used. Errors: also UNSUPPORTED_AUDIO, UNSUPPORTED_IMAGE (by name), UNSUPPORTED_FORMAT (neither, nor text). */
XYBRID_NODISCARD XYBRID_API xybrid_status xybrid_envelope_new_bytes(xybrid_runtime *rt, const void *bytes, int64_t size_bytes,
                                                   xybrid_release_fn release, void *release_ctx,
                                                   xybrid_envelope **out, xybrid_error *err);

/* The same from a file, read into private memory (what happens to the file later does not matter). Errors: also IO (a
 * missing file is IO_OPEN). */
XYBRID_NODISCARD XYBRID_API xybrid_status xybrid_envelope_new_file(xybrid_runtime *rt, const char *path,
                                                  xybrid_envelope **out, xybrid_error *err);

/* A dense row-major tensor. `name` (copied, NULL = "") is the model's input name. With xybrid_release_none the memory may be
 * rewritten between runs: each run reads it anew. size_bytes must equal the product of shape times the element size. */
XYBRID_NODISCARD XYBRID_API xybrid_status xybrid_envelope_new_tensor(xybrid_runtime *rt, const char *name, xybrid_dtype dtype,
                                                    const int64_t *shape, int32_t rank, const void *data, int64_t size_bytes,
                                                    xybrid_release_fn release, void *release_ctx,
                                                    xybrid_envelope **out, xybrid_error *err);

/* Token ids. */
XYBRID_NODISCARD XYBRID_API xybrid_status xybrid_envelope_new_tokens(xybrid_runtime *rt, const int64_t *ids, int64_t count,
                                                    xybrid_release_fn release, void *release_ctx,
                                                    xybrid_envelope **out, xybrid_error *err);

/* A vector. */
XYBRID_NODISCARD XYBRID_API xybrid_status xybrid_envelope_new_embedding(xybrid_runtime *rt, const float *values, int64_t count,
                                                       xybrid_release_fn release, void *release_ctx,
                                                       xybrid_envelope **out, xybrid_error *err);

/* A List of `count` envelopes: several inputs, a batch, a message with pictures, a history. It takes its own references;
 * the caller still frees the items. At most 8 lists deep and 1,048,576 items long. */
XYBRID_NODISCARD XYBRID_API xybrid_status xybrid_envelope_new_list(xybrid_runtime *rt, xybrid_envelope *const *items, int32_t count,
                                                  xybrid_envelope **out, xybrid_error *err);

/* Reads the wire form (docs/envelope.md): `{"kind":{"Text":"hi"},"metadata":{}}`. `len` -1 = up to the NUL. Errors: also
 * MALFORMED with position, line and column. */
XYBRID_NODISCARD XYBRID_API xybrid_status xybrid_envelope_from_json(xybrid_runtime *rt, const char *json, int64_t len,
                                                   xybrid_envelope **out, xybrid_error *err);

/* What an envelope holds, for use outside a model: Audio of encoded bytes or int16 samples as float32 Audio, interleaved, at its
 * own rate and channels; an Image of encoded bytes as RGB8 pixels, upright; the name goes along, metadata does not. What is
 * decoded already (float32 Audio, raw pixels of any form) gives one more reference to itself. *out is freed with
 * xybrid_envelope_free. Any thread.
 * Errors: INVALID_ARGUMENT (other kinds, by name), MALFORMED, UNSUPPORTED_AUDIO, UNSUPPORTED_IMAGE, OUT_OF_MEMORY. */
XYBRID_NODISCARD XYBRID_API xybrid_status xybrid_envelope_decode(const xybrid_envelope *envelope, xybrid_envelope **out, xybrid_error *err);

/* ---- look ---- any thread; all results are borrowed from the envelope; NULL gives NULL, 0 or "". */

/* Everything about the envelope. NULL only for NULL. */
XYBRID_API const xybrid_view *xybrid_envelope_view(const xybrid_envelope *envelope);

/* The text of a Text, or of a List's Texts joined by line breaks (made on first use); NULL for other kinds. */
XYBRID_API const char *xybrid_envelope_text(const xybrid_envelope *envelope);

/* The float32 payload of an Embedding, float32 Audio or float32 Tensor and its element count; NULL for any other. */
XYBRID_API const float *xybrid_envelope_floats(const xybrid_envelope *envelope, int64_t *count);

/* Items of a List; 1 for any other kind; 0 for NULL. So that one loop reads one result and many. */
XYBRID_API int32_t xybrid_envelope_count(const xybrid_envelope *envelope);

/* Item `index` (the envelope itself for other kinds and 0), NULL outside. Borrowed from the list. */
XYBRID_API const xybrid_envelope *xybrid_envelope_at(const xybrid_envelope *envelope, int32_t index);

/* The first item named `name`, or the envelope itself if it has that name; NULL if none. Borrowed. */
XYBRID_API const xybrid_envelope *xybrid_envelope_find(const xybrid_envelope *envelope, const char *name);

/* ---- metadata: string to string, e.g. "sample_rate", "xybrid.trace"; docs/envelope.md ---- */

/* Sets a value (copied); NULL removes it. One thread, before others see the envelope. Errors: OUT_OF_MEMORY. */
XYBRID_NODISCARD XYBRID_API xybrid_status xybrid_envelope_set(xybrid_envelope *envelope, const char *key, const char *value, xybrid_error *err);

/* The value, or NULL. Borrowed until the key is set again or the envelope goes. */
XYBRID_API const char *xybrid_envelope_get(const xybrid_envelope *envelope, const char *key);

/* Key number `index` in sorted order, NULL past the end. */
XYBRID_API const char *xybrid_envelope_key(const xybrid_envelope *envelope, int32_t index);

/* ---- keep, write, free ---- */

/* The wire form as a Text. Big payloads cost their size; *out is freed with xybrid_envelope_free. Any thread. */
XYBRID_NODISCARD XYBRID_API xybrid_status xybrid_envelope_to_json(const xybrid_envelope *envelope, xybrid_envelope **out, xybrid_error *err);

/* Writes a file, form by suffix: .txt (text, lists of texts), .srt and .vtt (texts with times), .json (all), .wav (Audio), .npy (Tensor, Tokens, Embedding). By a
 * temporary name and rename, so that a reader never sees half of it. Any thread.
 * Errors: INVALID_ARGUMENT (this kind has no such form; the forms it has are named), IO. */
XYBRID_NODISCARD XYBRID_API xybrid_status xybrid_envelope_save(const xybrid_envelope *envelope, const char *path, xybrid_error *err);

/* One more reference, for data borrowed from a list, an event or a callback that is to live longer. Returns its argument.
 * Freed with xybrid_envelope_free. Any thread. */
XYBRID_API xybrid_envelope *xybrid_envelope_retain(const xybrid_envelope *envelope);

/* Drops a reference. The last one releases the data. Any thread. */
XYBRID_API void xybrid_envelope_free(xybrid_envelope *envelope);

#ifdef __cplusplus
}
#endif
#endif
