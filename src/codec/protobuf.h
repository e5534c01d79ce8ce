/* codec/protobuf.h - the wire form of Protocol Buffers, read in place.
 *
 *     static const xb_pb_row rows[] = { {1, XB_PB_INT, "ir_version"}, {7, XB_PB_MESSAGE, "graph"} };   // in rising order
 *     static const xb_pb_schema model = { "ModelProto", rows, 2 };
 *     xb_pb c, g;
 *     xb_pb_field f;
 *     xb_pb_begin(&c, &model, "ONNX", bytes, size);
 *     for (;;) {
 *         XB_TRY(xb_pb_next(&c, &f, err));
 *         if (f.number == 0) break;                                  // end of the message
 *         if (f.number == 1) version = xb_pb_int(&f);
 *         if (f.number == 7) XB_TRY(xb_pb_enter(&c, &f, &graph, &g, err));
 *     }
 *
 * A message is a run of (number, wire type, value); a value of bytes is skipped by its length, so that reading a model of
 * 100 MB touches its headers alone. Fields that the schema lacks are passed over; fields it has must have the wire type it
 * says, or the failure names them. Wire format: protobuf.dev/programming-guides/encoding. Any thread; a cursor is a value. */
#ifndef XB_PROTOBUF_H
#define XB_PROTOBUF_H

#include "base/error.h"
#include "codec/slice.h"

typedef enum xb_pb_kind {
    XB_PB_INT,    /* varint: every integer, boolean and enumeration of ONNX (none of them is zigzag-coded) */
    XB_PB_INTS,   /* the same repeated: one by one or packed into bytes; read both with xb_pb_each */
    XB_PB_FLOAT,  /* 4 bytes, little-endian */
    XB_PB_FLOATS, /* repeated, one by one or packed */
    XB_PB_DOUBLE, /* 8 bytes */
    XB_PB_DOUBLES,
    XB_PB_BYTES,  /* bytes or text */
    XB_PB_MESSAGE /* bytes that xb_pb_enter reads */
} xb_pb_kind;

typedef struct xb_pb_row {
    uint16_t number;
    uint8_t  kind;     /* xb_pb_kind */
    char     name[21]; /* here, not a pointer: that would cost its relocation, too */
} xb_pb_row;

typedef struct xb_pb_schema {
    const char      *message; /* "ModelProto" */
    const xb_pb_row *rows;    /* by rising number */
    int32_t          count;
} xb_pb_schema;

typedef struct xb_pb { /* what is left of one message */
    const uint8_t      *at, *end;
    const uint8_t      *file; /* first byte of the file: positions in messages */
    const xb_pb_schema *schema;
    const char         *format; /* "ONNX" */
    int32_t             depth;  /* messages around this one */
} xb_pb;

typedef struct xb_pb_field {
    uint32_t         number;   /* 0: the message ended, nothing else is set */
    int32_t          packed;   /* INTS, FLOATS, DOUBLES: the values are in `bytes` */
    const xb_pb_row *row;      /* of the schema */
    uint64_t         value;    /* varint, or 4 or 8 bytes as they are, zero-extended */
    xb_slice         bytes;    /* BYTES, MESSAGE, packed values */
    int64_t          position; /* of the field's tag in the file */
} xb_pb_field;

/* A cursor over the whole of `bytes`, which must stay valid. `format` stands at the start of messages. */
void xb_pb_begin(xb_pb *c, const xb_pb_schema *schema, const char *format, const void *bytes, size_t size);

/* The next field that the schema has. Errors: MALFORMED with the byte, e.g. "ONNX: truncated at byte 1204: field 7 (graph)
 * of ModelProto claims 5000 bytes, 200 are left". */
xybrid_status xb_pb_next(xb_pb *c, xb_pb_field *out, xybrid_error *err);

/* A cursor over the message in field `f` of `c`. Errors: MALFORMED beyond XB_MAX_PROTOBUF_DEPTH. */
xybrid_status xb_pb_enter(const xb_pb *c, const xb_pb_field *f, const xb_pb_schema *schema, xb_pb *out, xybrid_error *err);

/* The value of an INT (int32 values are sign-extended on the wire). */
static inline int64_t xb_pb_int(const xb_pb_field *f) { return (int64_t)f->value; }

/* Takes the next value of an INTS, FLOATS or DOUBLES field into *value and sets *more to 1, or to 0 when there is none left;
 * consumes `f`. Errors: MALFORMED. */
xybrid_status xb_pb_each(const xb_pb *c, xb_pb_field *f, uint64_t *value, int *more, xybrid_error *err);

/* Where `p` (inside the file) lies. */
static inline int64_t xb_pb_position(const xb_pb *c, const void *p) { return (const uint8_t *)p - c->file; }

#endif
