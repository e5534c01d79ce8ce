/* codec/wuffs_decoders.c - Wuffs (memory-safe decoders, generated C), compiled into this file so that no name of it leaves.
 *
 * Its decoders keep their state in one struct each (3 to 45 KB), which lives on the heap with the work buffer, and read all
 * of their input from memory at once: a request for more input means that the file is cut. */
#include "codec/wuffs_decoders.h"

#include <string.h>

#include "base/error.h"
#include "codec/wuffs_names.h"

#if defined(__GNUC__)
#  pragma GCC diagnostic push
#  pragma GCC diagnostic ignored "-Wunused-function"
#  pragma GCC diagnostic ignored "-Wunused-parameter"
#  pragma GCC diagnostic ignored "-Wunused-variable"
#  pragma GCC diagnostic ignored "-Wconversion"
#  pragma GCC diagnostic ignored "-Wsign-conversion"
#  pragma GCC diagnostic ignored "-Wsign-compare"
#  pragma GCC diagnostic ignored "-Wshadow"
#  pragma GCC diagnostic ignored "-Wpedantic"
#  pragma GCC diagnostic ignored "-Wstrict-prototypes"
#  pragma GCC diagnostic ignored "-Wimplicit-fallthrough"
#endif
#if defined(__clang_analyzer__) /* sees declarations alone: the code takes it minutes, and the tables of functions mislead it */
#  pragma GCC diagnostic ignored "-Wundefined-internal"
#else
#  define WUFFS_IMPLEMENTATION
#endif
#define WUFFS_CONFIG__STATIC_FUNCTIONS
#define WUFFS_CONFIG__MODULES
#define WUFFS_CONFIG__MODULE__BASE
#define WUFFS_CONFIG__MODULE__DEFLATE
#define WUFFS_CONFIG__MODULE__JPEG
#define WUFFS_CONFIG__DST_PIXEL_FORMAT__ENABLE_ALLOWLIST
#define WUFFS_CONFIG__DST_PIXEL_FORMAT__ALLOW_RGB

/* WUFFS_CONFIG__STATIC_FUNCTIONS leaves out three functions of each module: an earlier static declaration wins in C. */
typedef struct wuffs_base__status__struct wuffs_base__status;
#define KEEP_INSIDE(type)                               \
    typedef struct type##__struct type;                 \
    static type                  *type##__alloc(void);  \
    static size_t                 sizeof__##type(void); \
    static wuffs_base__status     type##__initialize(type *, size_t, uint64_t, uint32_t);
KEEP_INSIDE(wuffs_deflate__decoder)
KEEP_INSIDE(wuffs_jpeg__decoder)
#undef KEEP_INSIDE

/* Wuffs sets 0 bytes at NULL where a row ends, which C11 leaves undefined. */
static void *set_bytes(void *to, int value, size_t size) { return size > 0 ? memset(to, value, size) : to; }
#undef memset
#define memset set_bytes
#if defined(__clang__) /* it also adds 0 to NULL for an empty slice, which no compiler minds but this one's sanitizer */
#  pragma clang attribute push(__attribute__((no_sanitize("pointer-overflow"))), apply_to = function)
#endif
#include "wuffs/wuffs.c"
#if defined(__clang__)
#  pragma clang attribute pop
#endif
#undef memset
#if defined(__GNUC__)
#  pragma GCC diagnostic pop
#endif

const char *xb_image_format_name(xb_image_format format) {
    static const char *const names[] = { "PNG", "JPEG", "BMP" };
    return names[format];
}

/* Wuffs's texts look like "#png: bad filter"; its suspensions like "$base: short read". */
static const char *status_reason(const char *repr) {
    const char *colon = strstr(repr, ": ");
    return colon ? colon + 2 : repr;
}

static xybrid_status fail_status(const char *repr, uint64_t position, xybrid_error *err) {
    const char   *reason = status_reason(repr);
    xybrid_status code = XYBRID_MALFORMED;
    if (repr == wuffs_base__suspension__short_read || strcmp(reason, "truncated input") == 0) reason = "the file is cut";
    else if (strstr(reason, "unsupported") || repr == wuffs_base__note__i_o_redirect) code = XYBRID_UNSUPPORTED_IMAGE;
    return xb_fail_at(err, code, (int64_t)position, "", "JPEG: %s at byte %llu", reason, (unsigned long long)position);
}

/* [pixels, 3] -> [pixels, 4] in place, from the end */
static void add_alpha(uint8_t *pixels, size_t count) {
    for (size_t i = count; i-- > 0;) {
        uint8_t red = pixels[3 * i], green = pixels[3 * i + 1], blue = pixels[3 * i + 2], *to = pixels + 4 * i;
        to[0] = red, to[1] = green, to[2] = blue, to[3] = 255;
    }
}

static xybrid_status decode_frame(wuffs_jpeg__decoder *decoder, wuffs_base__image_config *config, xb_mem *mem,
                                  wuffs_base__io_buffer *source, uint8_t *pixels, xybrid_error *err) {
    uint32_t width = wuffs_base__pixel_config__width(&config->pixcfg),
             height = wuffs_base__pixel_config__height(&config->pixcfg);
    size_t   pixels_size = (size_t)width * height * 3;
    uint64_t work_size = wuffs_jpeg__decoder__workbuf_len(decoder).max_incl;
    if (work_size > SIZE_MAX) return xb_fail_memory(err, INT64_MAX);

    wuffs_base__pixel_buffer target;
    wuffs_base__pixel_config__set(&config->pixcfg, WUFFS_BASE__PIXEL_FORMAT__RGB, WUFFS_BASE__PIXEL_SUBSAMPLING__NONE, width,
                                  height);
    wuffs_base__status status = wuffs_base__pixel_buffer__set_from_slice(&target, &config->pixcfg,
                                                                         wuffs_base__make_slice_u8(pixels, pixels_size));
    if (status.repr) return xb_fail(err, XYBRID_INTERNAL, "", "JPEG: %s", status.repr);
    uint8_t *work = xb_malloc(mem, (size_t)work_size, err);
    if (!work) return err->code;
    status = wuffs_jpeg__decoder__decode_frame(decoder, &target, source, WUFFS_BASE__PIXEL_BLEND__SRC,
                                               wuffs_base__make_slice_u8(work, (size_t)work_size), NULL);
    xb_free(mem, work);
    return status.repr ? fail_status(status.repr, source->meta.ri, err) : XYBRID_OK;
}

static xybrid_status decode_jpeg(wuffs_jpeg__decoder *decoder, xb_mem *mem, const xb_image_header *header, const void *bytes,
                                 size_t size, uint8_t *pixels, xybrid_error *err) {
    wuffs_base__io_buffer    source = wuffs_base__ptr_u8__reader((uint8_t *)(uintptr_t)bytes, size, true); /* only read */
    wuffs_base__image_config config = wuffs_base__null_image_config();
    wuffs_base__status       status = wuffs_jpeg__decoder__initialize(decoder, sizeof__wuffs_jpeg__decoder(), WUFFS_VERSION, 0);
    if (status.repr) return xb_fail(err, XYBRID_INTERNAL, "", "JPEG decoder: %s", status.repr);
    status = wuffs_jpeg__decoder__decode_image_config(decoder, &config, &source);
    if (status.repr) return fail_status(status.repr, source.meta.ri, err);
    uint32_t width = wuffs_base__pixel_config__width(&config.pixcfg), height = wuffs_base__pixel_config__height(&config.pixcfg);
    if (width != (uint32_t)header->width || height != (uint32_t)header->height)
        return xb_fail(err, XYBRID_MALFORMED, "", "JPEG: %u x %u pixels, but %d x %d in its first header", (unsigned)width,
                       (unsigned)height, (int)header->width, (int)header->height);
    return decode_frame(decoder, &config, mem, &source, pixels, err);
}

xybrid_status xb_wuffs_decode_jpeg(xb_mem *mem, const xb_image_header *header, const void *bytes, size_t size, int32_t channels,
                                   uint8_t *pixels, xybrid_error *err) {
    wuffs_jpeg__decoder *decoder = xb_malloc(mem, sizeof__wuffs_jpeg__decoder(), err);
    if (!decoder) return err->code;
    xybrid_status st = decode_jpeg(decoder, mem, header, bytes, size, pixels, err);
    xb_free(mem, decoder);
    if (st == XYBRID_OK && channels == 4) add_alpha(pixels, (size_t)header->width * (size_t)header->height);
    return st;
}

xybrid_status xb_inflate_part(xb_mem *mem, const void *bytes, size_t size, void *out, size_t out_size, xb_inflated *result,
                              xybrid_error *err) {
    uint8_t                 work[1]; /* WUFFS_DEFLATE__DECODER_WORKBUF_LEN_MAX_INCL_WORST_CASE */
    size_t                  state_size = sizeof__wuffs_deflate__decoder();
    wuffs_deflate__decoder *decoder = xb_malloc(mem, state_size, err);
    if (!decoder) return err->code;
    wuffs_base__status    status = wuffs_deflate__decoder__initialize(decoder, state_size, WUFFS_VERSION, 0);
    wuffs_base__io_buffer source = wuffs_base__ptr_u8__reader((uint8_t *)(uintptr_t)bytes, size, true); /* only read */
    wuffs_base__io_buffer target = wuffs_base__ptr_u8__writer(out, out_size);
    if (!status.repr)
        status = wuffs_deflate__decoder__transform_io(decoder, &target, &source, wuffs_base__make_slice_u8(work, sizeof work));
    *result = (xb_inflated){ XB_INFLATE_DONE, NULL, source.meta.ri, target.meta.wi };
    xb_free(mem, decoder);
    if (status.repr == wuffs_deflate__error__truncated_input) result->end = XB_INFLATE_CUT;
    else if (status.repr == wuffs_base__suspension__short_write) result->end = XB_INFLATE_MORE;
    else if (status.repr) result->end = XB_INFLATE_BROKEN, result->fault = status_reason(status.repr);
    else if (result->written != out_size) result->end = XB_INFLATE_LESS;
    return XYBRID_OK;
}

xybrid_status xb_inflate(xb_mem *mem, const void *bytes, size_t size, void *out, size_t out_size, xybrid_error *err) {
    xb_inflated done;
    XB_TRY(xb_inflate_part(mem, bytes, size, out, out_size, &done, err));
    if (done.end == XB_INFLATE_DONE) return XYBRID_OK;
    const char *why = done.end == XB_INFLATE_CUT    ? "the data is cut"
                      : done.end == XB_INFLATE_MORE ? "there is more than its size says"
                      : done.end == XB_INFLATE_LESS ? "there is less than its size says"
                                                    : done.fault;
    return xb_fail_at(err, XYBRID_MALFORMED, (int64_t)done.read, "",
                      "deflate: %s at byte %zu of %zu, %zu of %zu bytes unpacked", why, done.read, size, done.written,
                      out_size);
}
