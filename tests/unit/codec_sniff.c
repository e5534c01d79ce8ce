/* The kind of bytes, by their first ones. */
#include "codec/sniff.h"
#include "support.h"

#define KIND(literal) xb_sniff(literal, (int64_t)sizeof(literal) - 1)

static void magic_numbers(void) {
    CHECK_INT(KIND("RIFF\x10\0\0\0WAVEfmt "), XB_KIND_WAV);
    CHECK_INT(KIND("RF64\xff\xff\xff\xffWAVEds64"), XB_KIND_WAV);
    CHECK_INT(KIND("RIFX\x10\0\0\0WAVEfmt "), XB_KIND_WAV);
    CHECK_INT(KIND("RIFF\x10\0\0\0WEBPVP8 "), XB_KIND_WEBP);
    CHECK_INT(KIND("RIFF\x10\0\0\0AVI LIST"), XB_KIND_UNKNOWN);
    CHECK_INT(KIND("xxxxyyyyWAVEfmt "), XB_KIND_TEXT);
    CHECK_INT(KIND("fLaC\0\0\0\x22"), XB_KIND_FLAC);
    CHECK_INT(KIND("OggS\0\2"), XB_KIND_OGG);
    CHECK_INT(KIND("ID3\4\0\0"), XB_KIND_MP3);
    CHECK_INT(KIND("\xff\xfb\x90\x64\0"), XB_KIND_MP3);
    CHECK_INT(KIND("\xff\xf3\x90\x64\0"), XB_KIND_MP3);
    CHECK_INT(KIND("\xff\xfb\xf0\x64\0"), XB_KIND_UNKNOWN);
    CHECK_INT(KIND("\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), XB_KIND_PNG);
    CHECK_INT(KIND("\xff\xd8\xff\xe0\0\x10JFIF"), XB_KIND_JPEG);
    CHECK_INT(KIND("BM\x36\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0"), XB_KIND_BMP);
    CHECK_INT(KIND("BMW is a car maker, not a bitmap"), XB_KIND_TEXT);
    CHECK_INT(KIND("GIF89a\1\0"), XB_KIND_GIF);
    CHECK_INT(KIND("GGUF\3\0\0\0"), XB_KIND_GGUF);
    CHECK_INT(KIND("PK\3\4\x14\0"), XB_KIND_ZIP);
    CHECK_INT(KIND("PK\5\6\0\0"), XB_KIND_ZIP);
    CHECK_INT(KIND("\x93NUMPY\1\0"), XB_KIND_NPY);
}

static void onnx(void) {
    CHECK_INT(KIND("\x08\x07\x12\x07pytorch\x1a\x03"
                   "2.1:\xa0\x1f"),
              XB_KIND_ONNX);
    CHECK_INT(KIND("\x08\x0a\x3a\xff\xff\x03\x0a\x10"), XB_KIND_ONNX); /* a graph longer than what we see */
    CHECK_INT(KIND("\x08\x08\x42\x04\x0a\x00\x10\x11"), XB_KIND_ONNX);
    CHECK_INT(KIND("\x08\xff\xff\x03\x12\x01x"), XB_KIND_UNKNOWN); /* no such version */
    CHECK_INT(KIND("\x0a\x03"
                   "abc"),
              XB_KIND_UNKNOWN); /* field 1 as bytes */
    CHECK_INT(KIND("\x08\x07"), XB_KIND_UNKNOWN);
    CHECK_INT(KIND("\x08"), XB_KIND_UNKNOWN);
}

static void text(void) {
    CHECK_INT(KIND("{\"a\": 1}"), XB_KIND_TEXT);
    CHECK_INT(KIND("\xef\xbb\xbf"
                   "BOM\r\n"),
              XB_KIND_TEXT);
    CHECK_INT(KIND("Gr\xc3\xbc\xc3\x9f"), XB_KIND_TEXT);
    CHECK_INT(KIND("Gr\xc3\xbc\xc3"), XB_KIND_TEXT); /* cut in a character */
    CHECK_INT(KIND("Gr\xfc\xdf"), XB_KIND_UNKNOWN);  /* Latin-1 */
    CHECK_INT(KIND("a\0b"), XB_KIND_UNKNOWN);
    CHECK_INT(KIND("\x01"), XB_KIND_UNKNOWN);
    CHECK_INT(xb_sniff("", 0), XB_KIND_UNKNOWN);
    CHECK_INT(xb_sniff(NULL, 5), XB_KIND_UNKNOWN);

    char *large = malloc(XB_SNIFF_BYTES + 8);
    CHECK_OR_RETURN(large != NULL);
    memset(large, 'x', XB_SNIFF_BYTES);
    memset(large + XB_SNIFF_BYTES, 0, 8);
    CHECK_INT(xb_sniff(large, XB_SNIFF_BYTES + 8), XB_KIND_TEXT); /* what comes later is not looked at */
    free(large);
}

static void names(void) {
    CHECK_STR(xb_kind_name(XB_KIND_UNKNOWN), "unknown bytes");
    CHECK_STR(xb_kind_name(XB_KIND_WEBP), "WebP");
    CHECK_STR(xb_kind_name(XB_KIND_TEXT), "text");
    CHECK(xb_kind_is_audio(XB_KIND_WAV) && xb_kind_is_audio(XB_KIND_OGG) && !xb_kind_is_audio(XB_KIND_PNG));
    CHECK(xb_kind_is_image(XB_KIND_PNG) && xb_kind_is_image(XB_KIND_WEBP) && !xb_kind_is_image(XB_KIND_ONNX));
}

/* No prefix of any golden file is read beyond its end (the sanitizer watches). */
static void every_prefix(void) {
    static const char *const files[] = { "image/rgb.png", "image/rgb24.bmp", "wav/pcm16.wav", "npz/packed.npz" };
    for (size_t f = 0; f < sizeof files / sizeof files[0]; f++) {
        size_t size = 0;
        char  *bytes = xb_test_golden(files[f], &size);
        CHECK_OR_RETURN(bytes != NULL);
        xb_kind whole = xb_sniff(bytes, (int64_t)size);
        for (size_t n = 0; n < 64; n++) {
            char *part = malloc(n + 1);
            memcpy(part, bytes, n);
            xb_kind kind = xb_sniff(part, (int64_t)n);
            CHECK(n < 18 || kind == whole);
            free(part);
        }
        free(bytes);
    }
}

CHECK_MAIN(RUN(magic_numbers), RUN(onnx), RUN(text), RUN(names), RUN(every_prefix))
