/* codec/sniff.h - what kind of bytes is this? Looks at the first XB_SNIFF_BYTES at most; says what they claim to be, not that
 * they are whole. Any thread. */
#ifndef XB_SNIFF_H
#define XB_SNIFF_H

#include <stdint.h>

enum { XB_SNIFF_BYTES = 4096 }; /* more is not looked at; fewer will do for all but text and ONNX */

typedef enum xb_kind {
    XB_KIND_UNKNOWN,
    XB_KIND_WAV,
    XB_KIND_FLAC,
    XB_KIND_MP3,
    XB_KIND_OGG,
    XB_KIND_PNG,
    XB_KIND_JPEG,
    XB_KIND_BMP,
    XB_KIND_GIF,
    XB_KIND_WEBP,
    XB_KIND_ONNX, /* by a look at the first protobuf fields: likely, not certain */
    XB_KIND_GGUF,
    XB_KIND_ZIP, /* also .npz */
    XB_KIND_NPY,
    XB_KIND_TEXT /* UTF-8 without control characters; JSON and YAML too */
} xb_kind;

xb_kind     xb_sniff(const void *bytes, int64_t size); /* UNKNOWN for no bytes */
const char *xb_kind_name(xb_kind kind);                /* "PNG"; "unknown bytes" */
int         xb_kind_is_audio(xb_kind kind);
int         xb_kind_is_image(xb_kind kind);

#endif
