/* PNG, JPEG and BMP against Pillow's pixels (scripts/golden/codec_image.py), limits, broken and cut files. */
#include "codec/image.h"
#include "base/error.h"
#include "codec/crc32.h"
#include "support.h"

enum { WIDTH = 19, HEIGHT = 13 };

typedef struct picture {
    const char *file;
    int         channels, has_alpha, tolerance; /* of a pixel; JPEG decoders may round differently */
} picture;

static const picture pictures[] = {
    { "grey.png", 1, 0, 0 },           { "rgb.png", 3, 0, 0 },
    { "rgba.png", 4, 1, 0 },           { "grey_alpha.png", 2, 1, 0 },
    { "bits.png", 1, 0, 0 },           { "rgb16.png", 3, 0, 0 },
    { "grey16.png", 1, 0, 0 },         { "rgba16.png", 4, 1, 0 },
    { "interlaced.png", 3, 0, 0 },     { "palette.png", 3, 0, 0 },
    { "palette_alpha.png", 4, 1, 0 },  { "key.png", 4, 1, 0 },
    { "filters1.png", 1, 0, 0 },       { "filters2.png", 2, 1, 0 },
    { "filters3.png", 3, 0, 0 },       { "filters4.png", 4, 1, 0 },
    { "filters8.png", 4, 1, 0 },       { "key2.png", 2, 1, 0 },
    { "palette4.png", 3, 0, 0 },       { "bits_interlaced.png", 1, 0, 0 },
    { "pieces.png", 3, 0, 0 },         { "animation.png", 3, 0, 0 },
    { "animation_part.png", 3, 0, 0 }, { "baseline.jpg", 3, 0, 0 },
    { "half.jpg", 3, 0, 0 },           { "quarter.jpg", 3, 0, 0 },
    { "progressive.jpg", 3, 0, 0 },    { "restart.jpg", 3, 0, 0 },
    { "grey_jpeg.jpg", 1, 0, 0 },      { "cmyk.jpg", 4, 0, 0 },
    { "rgb24.bmp", 3, 0, 0 },          { "palette8.bmp", 3, 0, 0 },
    { "bits1.bmp", 3, 0, 0 },          { "rgb32.bmp", 3, 0, 0 },
    { "topdown32.bmp", 3, 0, 0 },      { "rgba32.bmp", 4, 1, 0 },
    { "rgb565.bmp", 3, 0, 0 },         { "rle8.bmp", 3, 0, 0 },
    { "rle4.bmp", 3, 0, 0 },           { "os2.bmp", 3, 0, 0 },
    { "rgba16b.bmp", 4, 1, 0 },
};
enum { PICTURES = sizeof pictures / sizeof pictures[0] };

static char *golden(const char *stem, const char *ending, size_t *size) {
    char        name[128];
    const char *dot = strrchr(stem, '.');
    snprintf(name, sizeof name, "image/%.*s%s", (int)(dot && *ending ? dot - stem : (long)strlen(stem)), stem, ending);
    return xb_test_golden(name, size);
}

static int largest_difference(const uint8_t *a, const uint8_t *b, size_t size) {
    int largest = 0;
    for (size_t i = 0; i < size; i++) {
        int d = abs((int)a[i] - (int)b[i]);
        if (d > largest) largest = d;
    }
    return largest;
}

static void compare(const char *file, const char *bytes, size_t size, int channels, int tolerance) {
    xb_test_mem tm;
    xb_test_mem_init(&tm, 0, 0);
    xb_image     image = { 0 };
    xybrid_error err;
    size_t       wanted_size = 0;
    char        *wanted = golden(file, channels == 4 ? ".rgba" : ".rgb", &wanted_size);
    CHECK(wanted != NULL);
    xybrid_status st = xb_image_decode(&tm.mem, bytes, (int64_t)size, channels, &image, &err);
    if (st) printf("%s: %s\n", file, err.message);
    CHECK_INT(st, XYBRID_OK);
    if (!st && wanted) {
        CHECK_INT(image.width * image.height * image.channels, wanted_size);
        int d = largest_difference(image.pixels, (const uint8_t *)wanted, wanted_size);
        if (d > tolerance) printf("%s as %d channels: pixels differ by %d\n", file, channels, d);
        CHECK(d <= tolerance);
    }
    xb_image_free(&image);
    xb_image_free(&image);
    CHECK_INT(tm.live_blocks, 0);
    free(wanted);
}

static void pixels_equal_pillow(void) {
    for (int i = 0; i < PICTURES; i++) {
        const picture  *p = &pictures[i];
        size_t          size = 0;
        char           *bytes = golden(p->file, "", &size);
        xb_image_header header;
        xybrid_error    err;
        CHECK_OR_RETURN(bytes != NULL);
        CHECK_INT(xb_image_info(bytes, (int64_t)size, &header, &err), XYBRID_OK);
        CHECK_INT(header.width, WIDTH);
        CHECK_INT(header.height, HEIGHT);
        CHECK_INT(header.channels, p->channels);
        CHECK_INT(header.has_alpha, p->has_alpha);
        CHECK_INT(header.orientation, 1);
        compare(p->file, bytes, size, 3, p->tolerance);
        if (p->has_alpha) compare(p->file, bytes, size, 4, p->tolerance);
        free(bytes);
    }
}

static void opaque_pictures_have_full_alpha(void) {
    xb_test_mem tm;
    xb_test_mem_init(&tm, 0, 0);
    size_t       size = 0, rgb_size = 0;
    char        *bytes = golden("rgb.png", "", &size), *rgb = golden("rgb.png", ".rgb", &rgb_size);
    xb_image     image = { 0 };
    xybrid_error err;
    CHECK_OR_RETURN(bytes && rgb);
    CHECK_INT(xb_image_decode(&tm.mem, bytes, (int64_t)size, 4, &image, &err), XYBRID_OK);
    for (size_t i = 0; i < WIDTH * HEIGHT; i++) {
        CHECK(memcmp(image.pixels + 4 * i, rgb + 3 * i, 3) == 0);
        CHECK_INT(image.pixels[4 * i + 3], 255);
    }
    xb_image_free(&image);
    free(bytes), free(rgb);
}

static void exif_turns(void) {
    for (int orientation = 1; orientation <= 8; orientation++) {
        char file[32];
        snprintf(file, sizeof file, "turned%d.jpg", orientation);
        size_t          size = 0;
        char           *bytes = golden(file, "", &size);
        xb_image_header header;
        xybrid_error    err;
        CHECK_OR_RETURN(bytes != NULL);
        CHECK_INT(xb_image_info(bytes, (int64_t)size, &header, &err), XYBRID_OK);
        CHECK_INT(header.orientation, orientation);
        CHECK_INT(header.width, WIDTH);
        compare(file, bytes, size, 3, 0);

        xb_test_mem tm;
        xb_test_mem_init(&tm, 0, 0);
        xb_image image = { 0 };
        CHECK_INT(xb_image_decode(&tm.mem, bytes, (int64_t)size, 3, &image, &err), XYBRID_OK);
        CHECK_INT(image.width, orientation < 5 ? WIDTH : HEIGHT);
        xb_image_free(&image);
        free(bytes);
    }
}

static void check_refused(const void *bytes, size_t size, xybrid_status code, const char *message) {
    xb_test_mem tm;
    xb_test_mem_init(&tm, 0, 0);
    xb_image     image = { 0 };
    xybrid_error err;
    CHECK_INT(xb_image_decode(&tm.mem, bytes, (int64_t)size, 3, &image, &err), code);
    CHECK_STR(err.message, message);
    CHECK(image.pixels == NULL);
    CHECK_INT(tm.live_blocks, 0);
}

static void refused_file(const char *file, xybrid_status code, const char *message) {
    size_t size = 0;
    char  *bytes = golden(file, "", &size);
    CHECK_OR_RETURN(bytes != NULL);
    check_refused(bytes, size, code, message);
    free(bytes);
}

static void limits_come_first(void) {
    refused_file("huge.png", XYBRID_UNSUPPORTED_IMAGE, "PNG: 60000 x 60000 pixels; at most 32768 a side and 100000000 in all");

    size_t size = 0;
    char  *bytes = golden("quarter.jpg", "", &size);
    CHECK_OR_RETURN(bytes != NULL);
    for (size_t i = 2; i + 9 < size; i++) {
        if ((uint8_t)bytes[i] != 0xFF || (uint8_t)bytes[i + 1] != 0xC0) continue;
        memcpy(bytes + i + 5, "\x75\x30\x75\x30", 4);
        break;
    }
    check_refused(bytes, size, XYBRID_UNSUPPORTED_IMAGE,
                  "JPEG: 30000 x 30000 pixels; at most 32768 a side and 100000000 in all");
    free(bytes);

    bytes = golden("rgb24.bmp", "", &size);
    CHECK_OR_RETURN(bytes != NULL);
    memcpy(bytes + 22, "\x00\x00\x00\x80", 4);
    check_refused(bytes, size, XYBRID_UNSUPPORTED_IMAGE,
                  "BMP: 19 x 2147483648 pixels; at most 32768 a side and 100000000 in all");
    memcpy(bytes + 22, "\x00\x00\x00\x00", 4);
    check_refused(bytes, size, XYBRID_MALFORMED, "BMP: 19 x 0 pixels at byte 18; at least 1 x 1");
    free(bytes);
}

static void other_formats_are_named(void) {
    refused_file("picture.gif", XYBRID_UNSUPPORTED_IMAGE, "image: found GIF; PNG, JPEG and BMP are supported");
    refused_file("picture.webp", XYBRID_UNSUPPORTED_IMAGE, "image: found WebP; PNG, JPEG and BMP are supported");
    check_refused("hello", 5, XYBRID_UNSUPPORTED_IMAGE, "image: found text; PNG, JPEG and BMP are supported");
    check_refused("\x01\x02", 2, XYBRID_UNSUPPORTED_IMAGE, "image: found unknown bytes; PNG, JPEG and BMP are supported");
    check_refused("", 0, XYBRID_MALFORMED, "image: the file is empty");
    check_refused(NULL, 0, XYBRID_MALFORMED, "image: the file is empty");

    xb_test_mem tm;
    xb_test_mem_init(&tm, 0, 0);
    xb_image     image = { 0 };
    xybrid_error err;
    CHECK_INT(xb_image_decode(&tm.mem, "x", 1, 1, &image, &err), XYBRID_INVALID_ARGUMENT);
}

/* Byte `at` of the file replaced by `value`. */
static void refused_change(const char *file, size_t at, uint8_t value, xybrid_status code, const char *message) {
    size_t size = 0;
    char  *bytes = golden(file, "", &size);
    CHECK_OR_RETURN(bytes != NULL && at < size);
    bytes[at] = (char)value;
    check_refused(bytes, size, code, message);
    free(bytes);
}

static void broken_headers(void) {
    refused_change("rgb.png", 13, 'X', XYBRID_MALFORMED, "PNG: no IHDR chunk at byte 8");
    refused_change("rgb.png", 25, 5, XYBRID_MALFORMED, "PNG: colour type 5 at byte 25; 0, 2, 3, 4 and 6 exist");
    refused_change("rgb.png", 19, 0, XYBRID_MALFORMED, "PNG: 0 x 13 pixels at byte 16; at least 1 x 1");
    refused_change("rgb.png", 29, 1, XYBRID_MALFORMED, "PNG: bad checksum at byte 33");
    refused_change("rgb24.bmp", 14, 11, XYBRID_UNSUPPORTED_IMAGE, "BMP: header of 11 bytes at byte 14; 12 to 124 are known");
    refused_change(
        "rgb24.bmp", 28, 7, XYBRID_UNSUPPORTED_IMAGE,
        "BMP: 1 planes, 7 bits a pixel, compression 0 at byte 26; 1 plane, 1 to 32 bits, compression 0 to 3 or 6 are "
        "supported");

    refused_change("rgb24.bmp", 10, 53, XYBRID_MALFORMED, "BMP: pixels from byte 53 on, inside its header of 40 bytes");
    refused_change("rgb565.bmp", 54, 0x05, XYBRID_MALFORMED, "BMP: mask 0x0000f805 at byte 54; its bits must be neighbours");
    refused_change(
        "rle8.bmp", 30, 9, XYBRID_UNSUPPORTED_IMAGE,
        "BMP: 1 planes, 8 bits a pixel, compression 9 at byte 26; 1 plane, 1 to 32 bits, compression 0 to 3 or 6 are "
        "supported");

    static const uint8_t lossless[] = { 0xFF, 0xD8, 0xFF, 0xC3, 0, 11, 8, 0, 9, 0, 9, 1, 0, 0, 0 };
    check_refused(lossless, sizeof lossless, XYBRID_UNSUPPORTED_IMAGE,
                  "JPEG: coding process 3 at byte 2; baseline, extended and progressive (0, 1, 2) are supported");
    static const uint8_t twelve_bits[] = { 0xFF, 0xD8, 0xFF, 0xC1, 0, 11, 12, 0, 9, 0, 9, 1, 0, 0, 0 };
    check_refused(twelve_bits, sizeof twelve_bits, XYBRID_UNSUPPORTED_IMAGE,
                  "JPEG: 12 bits a sample at byte 6; 8 are supported");
    static const uint8_t two_components[] = { 0xFF, 0xD8, 0xFF, 0xFF, 0xC0, 0, 11, 8, 0, 9, 0, 9, 2, 0, 0, 0 };
    check_refused(two_components, sizeof two_components, XYBRID_UNSUPPORTED_IMAGE,
                  "JPEG: 2 components at byte 12; 1, 3 and 4 are supported");
    static const uint8_t no_frame[] = { 0xFF, 0xD8, 0xFF, 0xD9, 0, 0, 0, 0 };
    check_refused(no_frame, sizeof no_frame, XYBRID_MALFORMED, "JPEG: no frame header before byte 2");
    static const uint8_t no_marker[] = { 0xFF, 0xD8, 0xFF, 0xE0, 0, 2, 7, 7, 7, 7 };
    check_refused(no_marker, sizeof no_marker, XYBRID_MALFORMED, "JPEG: 0x07 at byte 6 where a marker belongs");
    static const uint8_t no_length[] = { 0xFF, 0xD8, 0xFF, 0xE0, 0, 1, 7, 7 };
    check_refused(no_length, sizeof no_length, XYBRID_MALFORMED, "JPEG: segment of 1 bytes at byte 2; at least 2");
    static const uint8_t cut[] = { 0xFF, 0xD8, 0xFF, 0xE0, 1, 0, 7, 7 };
    check_refused(cut, sizeof cut, XYBRID_MALFORMED, "JPEG: the file is cut at byte 8, in its header");
}

static uint32_t be32(const uint8_t *p) { return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]; }

/* Gives every chunk the sum that it should have. */
static void mend(uint8_t *bytes, size_t size) {
    for (size_t at = 8; at + 12 <= size;) {
        size_t   length = be32(bytes + at);
        uint32_t sum = xb_crc32(bytes + at + 4, length + 4);
        for (int i = 0; i < 4; i++) bytes[at + 8 + length + (size_t)i] = (uint8_t)(sum >> (24 - 8 * i));
        at += 12 + length;
    }
}

static void broken_chunks(void) {
    static const struct {
        const char *file;
        int         at; /* below 0: from the end of the data */
        uint8_t     value;
        const char *message;
    } faults[] = {
        { "rgb16.png", 24, 3, "PNG: 3 bits a sample and colour type 2 at byte 24" },
        { "rgb16.png", 26, 1, "PNG: unsupported PNG compression method at byte 26" },
        { "rgb16.png", 27, 1, "PNG: bad header at byte 27" },
        { "rgb16.png", 28, 2, "PNG: bad header at byte 28" },
        { "rgb16.png", 37, 'X', "PNG: bad chunk at byte 33" },
        { "rgb16.png", 41, 0x79, "PNG: bad compression method at byte 43" },
        { "rgb16.png", 41, 0x88, "PNG: bad compression window size at byte 43" },
        { "rgb16.png", 42, 0xdb, "PNG: bad parity check at byte 43" },
        { "rgb16.png", 42, 0x20, "PNG: dictionary required at byte 43" },
        { "rgb16.png", -1, 0, "PNG: bad checksum at byte 1335" },
        { "rgb16.png", 19, WIDTH + 1, "PNG: not enough data at byte 1331" },
        { "rgb16.png", 23, HEIGHT - 1, "PNG: too much data at byte 1238" },
        { "palette.png", 37, 'p', "PNG: missing palette at byte 93" },
        { "palette_alpha.png", 37, 'p', "PNG: bad chunk at byte 93" },
        { "animation.png", 33 + 8 + 3, 0, "PNG: bad chunk at byte 33" },
        { "animation.png", 53 + 8 + 3, 1, "PNG: bad animation sequence number at byte 53" },
        { "animation.png", 53 + 8 + 7, WIDTH + 1, "PNG: bad chunk at byte 53" },
    };
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        size_t   size = 0;
        uint8_t *bytes = (uint8_t *)golden(faults[i].file, "", &size);
        CHECK_OR_RETURN(bytes != NULL);
        size_t at = faults[i].at < 0 ? size - 12 - 4 - 1 : (size_t)faults[i].at;
        bytes[at] = bytes[at] == faults[i].value ? (uint8_t)~faults[i].value : faults[i].value;
        mend(bytes, size);
        check_refused(bytes, size, at == 26 ? XYBRID_UNSUPPORTED_IMAGE : XYBRID_MALFORMED, faults[i].message);
        free(bytes);
    }
}

/* The sum of "123456789" is in the standard; pieces give what the whole gives, wherever they part. */
static void sums(void) {
    const char    *digits = "123456789";
    xb_crc32_table table;
    xb_crc32_init(&table);
    CHECK_INT(xb_crc32(digits, 9), 0xcbf43926);
    for (size_t i = 0; i <= 9; i++)
        CHECK_INT(xb_crc32_update(&table, xb_crc32_update(&table, 0, digits, i), digits + i, 9 - i), 0xcbf43926);
}

/* Every prefix of every picture gives an error (or, when only padding or an end mark is missing, the picture) and no leak. */
static void cut_anywhere(void) {
    for (int i = 0; i < PICTURES; i++) {
        size_t size = 0;
        char  *bytes = golden(pictures[i].file, "", &size);
        CHECK_OR_RETURN(bytes != NULL);
        for (size_t n = 0; n < size; n += 3) {
            char       *part = malloc(n + 1); /* its own block, so that reading beyond is seen */
            xb_test_mem tm;
            xb_test_mem_init(&tm, 0, 0);
            xb_image     image = { 0 };
            xybrid_error err;
            memcpy(part, bytes, n);
            xybrid_status st = xb_image_decode(&tm.mem, part, (int64_t)n, 3, &image, &err);
            CHECK(st != XYBRID_OK || n + 16 > size);
            xb_image_free(&image);
            CHECK_INT(tm.live_blocks, 0);
            free(part);
        }
        free(bytes);
    }
}

static void cut_says_the_byte(void) {
    static const struct {
        const char *file, *message;
        size_t      size;
    } cuts[] = {
        { "rgb24.bmp", "BMP: the file is cut at byte 300", 300 },
        { "rgb16.png", "PNG: the file is cut at byte 600", 600 },
        { "baseline.jpg", "JPEG: the file is cut at byte 700", 700 },
    };
    for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
        size_t size = 0;
        char  *bytes = golden(cuts[i].file, "", &size);
        CHECK_OR_RETURN(bytes != NULL && size > cuts[i].size);
        check_refused(bytes, cuts[i].size, XYBRID_MALFORMED, cuts[i].message);
        free(bytes);
    }
}

static void torture(void) {
    static const char *const files[] = { "rgba.png", "progressive.jpg", "turned6.jpg", "rle8.bmp" };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        size_t      size = 0;
        char       *bytes = golden(files[i], "", &size);
        xb_test_mem tm;
        CHECK_OR_RETURN(bytes != NULL);
        XB_TORTURE (tm, 50) {
            xb_image      image = { 0 };
            xybrid_error  err;
            xybrid_status st = xb_image_decode(&tm.mem, bytes, (int64_t)size, 3, &image, &err);
            XB_TORTURE_STATUS(tm, st);
            xb_image_free(&image);
        }
        free(bytes);
    }
}

CHECK_MAIN(RUN(pixels_equal_pillow), RUN(opaque_pictures_have_full_alpha), RUN(exif_turns), RUN(limits_come_first),
           RUN(other_formats_are_named), RUN(broken_headers), RUN(broken_chunks), RUN(sums), RUN(cut_anywhere),
           RUN(cut_says_the_byte), RUN(torture))
