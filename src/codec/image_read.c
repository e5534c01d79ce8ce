/* codec/image_read.c - headers of PNG, JPEG and BMP read by hand (no memory, no decoding, limits first), then
 * codec/png.c, Wuffs or codec/bmp.c for the pixels, then alpha over white and EXIF orientation. */
#include "codec/image.h"

#include <string.h>

#include "base/checked.h"
#include "base/error.h"
#include "codec/bmp.h"
#include "codec/png.h"
#include "codec/sniff.h"
#include "codec/wuffs_decoders.h"

static uint32_t be16(const uint8_t *p) { return (uint32_t)p[0] << 8 | p[1]; }
static uint32_t be32(const uint8_t *p) { return be16(p) << 16 | be16(p + 2); }
static uint32_t le16(const uint8_t *p) { return (uint32_t)p[1] << 8 | p[0]; }
static uint32_t le32(const uint8_t *p) { return le16(p + 2) << 16 | le16(p); }

static xybrid_status fail_cut(const char *name, int64_t position, xybrid_error *err) {
    return xb_fail_at(err, XYBRID_MALFORMED, position, "", "%s: the file is cut at byte %lld, in its header", name,
                      (long long)position);
}

static xybrid_status check_size(xb_image_format format, uint32_t width, uint32_t height, int64_t position, xybrid_error *err) {
    const char *name = xb_image_format_name(format);
    if (width == 0 || height == 0)
        return xb_fail_at(err, XYBRID_MALFORMED, position, "", "%s: %u x %u pixels at byte %lld; at least 1 x 1", name,
                          (unsigned)width, (unsigned)height, (long long)position);
    if (width > XB_MAX_IMAGE_SIDE || height > XB_MAX_IMAGE_SIDE || (uint64_t)width * height > XB_MAX_IMAGE_PIXELS)
        return xb_fail_at(err, XYBRID_UNSUPPORTED_IMAGE, position, "", "%s: %u x %u pixels; at most %d a side and %d in all",
                          name, (unsigned)width, (unsigned)height, XB_MAX_IMAGE_SIDE, XB_MAX_IMAGE_PIXELS);
    return XYBRID_OK;
}

/* ---- PNG: signature, then chunks of length, type, data, CRC (W3C PNG section 5) ---- */

/* A tRNS chunk before the pixels makes colours transparent. */
static int png_has_transparency(const uint8_t *p, int64_t size) {
    for (int64_t at = 8; at + 12 <= size;) {
        const uint8_t *type = p + at + 4;
        if (memcmp(type, "tRNS", 4) == 0) return 1;
        if (memcmp(type, "IDAT", 4) == 0) return 0;
        at += 12 + (int64_t)be32(p + at);
    }
    return 0;
}

static xybrid_status png_info(const uint8_t *p, int64_t size, xb_image_header *out, xybrid_error *err) {
    static const int8_t channels_of[7] = { 1, 0, 3, 3, 2, 0, 4 }; /* by colour type */
    if (size < 33) return fail_cut("PNG", size, err);
    if (be32(p + 8) != 13 || memcmp(p + 12, "IHDR", 4) != 0)
        return xb_fail_at(err, XYBRID_MALFORMED, 8, "", "PNG: no IHDR chunk at byte 8");
    uint32_t width = be32(p + 16), height = be32(p + 20);
    XB_TRY(check_size(XB_IMAGE_PNG, width, height, 16, err));
    int type = p[25];
    if (type > 6 || channels_of[type] == 0)
        return xb_fail_at(err, XYBRID_MALFORMED, 25, "", "PNG: colour type %d at byte 25; 0, 2, 3, 4 and 6 exist", type);
    int alpha_channel = type >= 4, transparent = !alpha_channel && png_has_transparency(p, size);
    *out = (xb_image_header){ .format = XB_IMAGE_PNG,
                              .width = (int32_t)width,
                              .height = (int32_t)height,
                              .channels = channels_of[type] + transparent,
                              .has_alpha = alpha_channel || transparent,
                              .orientation = 1 };
    return XYBRID_OK;
}

/* ---- JPEG: markers with big-endian lengths (ITU T.81 annex B) ---- */

/* The orientation tag in the first directory of the TIFF structure inside an APP1 segment (EXIF 2.3 section 4.5); 1 if there
 * is none that makes sense. */
static int32_t exif_orientation(const uint8_t *p, int64_t size) {
    if (size < 14 || memcmp(p, "Exif\0\0", 6) != 0) return 1;
    p += 6, size -= 6;
    int little = p[0] == 'I' && p[1] == 'I';
    if (!little && !(p[0] == 'M' && p[1] == 'M')) return 1;
    int64_t at = little ? le32(p + 4) : be32(p + 4);
    if (!xb_range_ok(at, 2, size)) return 1;
    int64_t entries = little ? le16(p + at) : be16(p + at);
    at += 2;
    for (int64_t i = 0; i < entries && xb_range_ok(at, 12, size); i++, at += 12) {
        uint32_t tag = little ? le16(p + at) : be16(p + at);
        uint32_t value = little ? le16(p + at + 8) : be16(p + at + 8);
        if (tag == 0x0112) return value >= 1 && value <= 8 ? (int32_t)value : 1;
    }
    return 1;
}

static int is_start_of_frame(int marker) {
    return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

static xybrid_status jpeg_frame(const uint8_t *p, int64_t at, int64_t length, int marker, int32_t orientation,
                                xb_image_header *out, xybrid_error *err) {
    if (marker > 0xC2)
        return xb_fail_at(err, XYBRID_UNSUPPORTED_IMAGE, at, "",
                          "JPEG: coding process %d at byte %lld; baseline, extended and progressive (0, 1, 2) are supported",
                          marker - 0xC0, (long long)at);
    if (length < 8)
        return xb_fail_at(err, XYBRID_MALFORMED, at, "", "JPEG: frame header of %lld bytes at byte %lld", (long long)length,
                          (long long)at);
    int      bits = p[at + 4], channels = p[at + 9];
    uint32_t height = be16(p + at + 5), width = be16(p + at + 7);
    if (bits != 8)
        return xb_fail_at(err, XYBRID_UNSUPPORTED_IMAGE, at + 4, "", "JPEG: %d bits a sample at byte %lld; 8 are supported",
                          bits, (long long)at + 4);
    if (channels != 1 && channels != 3 && channels != 4)
        return xb_fail_at(err, XYBRID_UNSUPPORTED_IMAGE, at + 9, "",
                          "JPEG: %d components at byte %lld; 1, 3 and 4 are supported", channels, (long long)at + 9);
    XB_TRY(check_size(XB_IMAGE_JPEG, width, height, at + 5, err));
    *out = (xb_image_header){ .format = XB_IMAGE_JPEG,
                              .width = (int32_t)width,
                              .height = (int32_t)height,
                              .channels = channels,
                              .orientation = orientation };
    return XYBRID_OK;
}

static xybrid_status jpeg_info(const uint8_t *p, int64_t size, xb_image_header *out, xybrid_error *err) {
    int32_t orientation = 1;
    int64_t at = 2;
    for (;;) {
        while (at + 1 < size && p[at] == 0xFF && p[at + 1] == 0xFF) at++; /* fill bytes */
        if (at + 4 > size) return fail_cut("JPEG", size, err);
        if (p[at] != 0xFF)
            return xb_fail_at(err, XYBRID_MALFORMED, at, "", "JPEG: 0x%02X at byte %lld where a marker belongs",
                              (unsigned)p[at], (long long)at);
        int     marker = p[at + 1];
        int64_t length = be16(p + at + 2); /* of the segment, without the marker's two bytes */
        if (marker == 0x01 || (marker >= 0xD0 && marker <= 0xD7)) {
            at += 2; /* stands alone */
            continue;
        }
        if (marker == 0xD9 || marker == 0xDA)
            return xb_fail_at(err, XYBRID_MALFORMED, at, "", "JPEG: no frame header before byte %lld", (long long)at);
        if (length < 2)
            return xb_fail_at(err, XYBRID_MALFORMED, at + 2, "", "JPEG: segment of %lld bytes at byte %lld; at least 2",
                              (long long)length, (long long)at);
        if (!xb_range_ok(at + 2, length, size)) return fail_cut("JPEG", size, err);
        if (is_start_of_frame(marker)) return jpeg_frame(p, at, length, marker, orientation, out, err);
        if (marker == 0xE1 && orientation == 1) orientation = exif_orientation(p + at + 4, length - 2);
        at += 2 + length;
    }
}

/* ---- BMP: file header of 14 bytes, then one of the info headers, told apart by its size ---- */

static xybrid_status bmp_info(const uint8_t *p, int64_t size, xb_image_header *out, xybrid_error *err) {
    if (size < 26) return fail_cut("BMP", size, err);
    uint32_t info_size = le32(p + 14), width, height, compression = 0;
    if (info_size == 12) {
        width = le16(p + 18), height = le16(p + 20);
    } else {
        if (info_size < 16 || info_size > 1024)
            return xb_fail_at(err, XYBRID_UNSUPPORTED_IMAGE, 14, "", "BMP: header of %u bytes at byte 14; 12 to 124 are known",
                              (unsigned)info_size);
        if (size < 14 + (int64_t)info_size) return fail_cut("BMP", size, err);
        width = le32(p + 18), height = le32(p + 22);
        if (info_size >= 20) compression = le32(p + 30);
        if (height > INT32_MAX) height = 0u - height; /* rows from top to bottom */
    }
    XB_TRY(check_size(XB_IMAGE_BMP, width, height, 18, err));
    enum { MASKS = 3, MASKS_WITH_ALPHA = 6 };
    int alpha_mask = (compression == MASKS && info_size >= 56) ||
                     (compression == MASKS_WITH_ALPHA && (info_size >= 56 || info_size == 40) && size >= 70 &&
                      le32(p + 10) >= 70);
    int has_alpha = alpha_mask && le32(p + 66) != 0;
    *out = (xb_image_header){ .format = XB_IMAGE_BMP,
                              .width = (int32_t)width,
                              .height = (int32_t)height,
                              .channels = 3 + has_alpha,
                              .has_alpha = has_alpha,
                              .orientation = 1 };
    return XYBRID_OK;
}

xybrid_status xb_image_info(const void *bytes, int64_t size, xb_image_header *out, xybrid_error *err) {
    if (size <= 0 || !bytes) return xb_fail_at(err, XYBRID_MALFORMED, 0, "", "image: the file is empty");
    xb_kind kind = xb_sniff(bytes, size);
    switch (kind) {
    case XB_KIND_PNG: return png_info(bytes, size, out, err);
    case XB_KIND_JPEG: return jpeg_info(bytes, size, out, err);
    case XB_KIND_BMP: return bmp_info(bytes, size, out, err);
    default:
        return xb_fail_at(err, XYBRID_UNSUPPORTED_IMAGE, 0, "", "image: found %s; PNG, JPEG and BMP are supported",
                          xb_kind_name(kind));
    }
}

/* ---- pixels ---- */

/* [pixels, 4] with alpha -> [pixels, 3] over white, in place. */
static void flatten_over_white(uint8_t *pixels, size_t count) {
    const uint8_t *from = pixels;
    uint8_t       *to = pixels;
    for (size_t i = 0; i < count; i++, from += 4, to += 3) {
        unsigned alpha = from[3], white = 255 * (255 - alpha);
        for (int c = 0; c < 3; c++) to[c] = (uint8_t)((from[c] * alpha + white + 127) / 255);
    }
}

/* Turns stored pixels upright. EXIF orientation says where row 0 and column 0 of the stored picture belong: 5..8 exchange
 * rows and columns, and then rows, columns or both may run backwards. */
static void turn(const uint8_t *from, int64_t width, int64_t height, int64_t channels, int32_t orientation, uint8_t *to) {
    int     swaps = orientation >= 5;
    int     right_to_left = orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
    int     bottom_to_top = orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
    int64_t out_width = swaps ? height : width, out_height = swaps ? width : height;
    for (int64_t y = 0; y < out_height; y++) {
        for (int64_t x = 0; x < out_width; x++) {
            int64_t        column = right_to_left ? out_width - 1 - x : x;
            int64_t        row = bottom_to_top ? out_height - 1 - y : y;
            const uint8_t *pixel = from + (swaps ? column * width + row : row * width + column) * channels;
            for (int64_t c = 0; c < channels; c++) *to++ = pixel[c];
        }
    }
}

xybrid_status xb_image_decode(xb_mem *mem, const void *bytes, int64_t size, int32_t channels, xb_image *out,
                              xybrid_error *err) {
    if (channels != 3 && channels != 4)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "", "image: %d channels asked for; 3 or 4", (int)channels);
    xb_image_header header;
    XB_TRY(xb_image_info(bytes, size, &header, err));

    int32_t  decoded_channels = header.has_alpha ? 4 : channels;
    size_t   count = (size_t)header.width * (size_t)header.height; /* at most XB_MAX_IMAGE_PIXELS */
    uint8_t *pixels = xb_malloc(mem, count * (size_t)decoded_channels, err), *turned = NULL;
    if (!pixels) return err->code;
    xybrid_status st = XYBRID_OK;
    if (header.format == XB_IMAGE_BMP) {
        memset(pixels, 0, count * (size_t)decoded_channels); /* runs may skip pixels */
        XB_TRY_OUT(xb_bmp_decode(&header, bytes, size, decoded_channels, pixels, err));
    } else if (header.format == XB_IMAGE_PNG) {
        XB_TRY_OUT(xb_png_decode(mem, &header, bytes, size, decoded_channels, pixels, err));
    } else {
        XB_TRY_OUT(xb_wuffs_decode_jpeg(mem, &header, bytes, (size_t)size, decoded_channels, pixels, err));
    }
    if (decoded_channels > channels) {
        flatten_over_white(pixels, count);
        uint8_t *smaller = xb_realloc(mem, pixels, count * (size_t)channels, err);
        if (!smaller) {
            st = err->code;
            goto out;
        }
        pixels = smaller;
    }
    if (header.orientation != 1) {
        turned = xb_malloc(mem, count * (size_t)channels, err);
        if (!turned) {
            st = err->code;
            goto out;
        }
        turn(pixels, header.width, header.height, channels, header.orientation, turned);
        xb_free(mem, pixels);
        pixels = turned;
    }
    int swaps = header.orientation >= 5;
    *out = (xb_image){ .mem = mem,
                       .pixels = pixels,
                       .width = swaps ? header.height : header.width,
                       .height = swaps ? header.width : header.height,
                       .channels = channels };
    return XYBRID_OK;
out:
    xb_free(mem, pixels);
    return st;
}

void xb_image_free(xb_image *image) {
    if (!image || !image->pixels) return;
    xb_free(image->mem, image->pixels);
    memset(image, 0, sizeof *image);
}
