/* codec/protobuf.c - tags, varints, lengths; every byte checked against the end of its message. */
#include "codec/protobuf.h"

#include "base/limits.h"

enum { WIRE_VARINT = 0, WIRE_8_BYTES = 1, WIRE_BYTES = 2, WIRE_GROUP = 3, WIRE_GROUP_END = 4, WIRE_4_BYTES = 5 };
enum { MAX_VARINT_BYTES = 10 };

void xb_pb_begin(xb_pb *c, const xb_pb_schema *schema, const char *format, const void *bytes, size_t size) {
    const uint8_t *first = size ? bytes : (const uint8_t *)"";
    *c = (xb_pb){ .at = first, .end = first + size, .file = first, .schema = schema, .format = format };
}

/* Length of the varint at `p`, or 0 if it does not end before `end` or is too long. */
static size_t read_varint(const uint8_t *p, const uint8_t *end, uint64_t *out) {
    uint64_t value = 0;
    for (size_t i = 0; i < MAX_VARINT_BYTES && p + i < end; i++) {
        value |= (uint64_t)(p[i] & 0x7f) << (7 * i); /* the tenth byte's upper bits fall out, as in other readers */
        if (p[i] < 0x80) {
            *out = value;
            return i + 1;
        }
    }
    return 0;
}

static uint64_t read_little(const uint8_t *p, int bytes) {
    uint64_t value = 0;
    for (int i = 0; i < bytes; i++) value |= (uint64_t)p[i] << (8 * i);
    return value;
}

static const xb_pb_row *find_row(const xb_pb_schema *s, uint64_t number) {
    for (int32_t i = 0; i < s->count && s->rows[i].number <= number; i++)
        if (s->rows[i].number == number) return &s->rows[i];
    return NULL;
}

/* "field 7 (graph) of ModelProto" */
static const char *describe(const xb_pb *c, uint64_t number, char *out, size_t capacity) {
    const xb_pb_row *row = find_row(c->schema, number);
    if (row) xb_format(out, capacity, "field %llu (%s) of %s", (unsigned long long)number, row->name, c->schema->message);
    else xb_format(out, capacity, "field %llu of %s", (unsigned long long)number, c->schema->message);
    return out;
}

/* The message ends inside a value. At depth 0 this is the end of the file. */
static xybrid_status fail_cut(const xb_pb *c, const uint8_t *at, const char *field, const char *what, xybrid_error *err) {
    int64_t position = xb_pb_position(c, at);
    if (c->depth == 0)
        return xb_fail_at(err, XYBRID_MALFORMED, position, NULL, "%s: truncated at byte %lld: %s %s", c->format,
                          (long long)position, field, what);
    return xb_fail_at(err, XYBRID_MALFORMED, position, NULL, "%s: damaged at byte %lld: %s %s", c->format, (long long)position,
                      field, what);
}

static xybrid_status fail_wire(const xb_pb *c, int64_t position, const char *field, int wire, const char *wanted,
                               xybrid_error *err) {
    static const char *const names[8] = { "varint", "8 bytes", "bytes", "group", "end of group", "4 bytes", "6", "7" };
    return xb_fail_at(err, XYBRID_MALFORMED, position, NULL, "%s: damaged at byte %lld: %s has wire type %d (%s), wanted %s",
                      c->format, (long long)position, field, wire, names[wire], wanted);
}

/* Takes a value of type `wire` off the cursor into *out. */
static xybrid_status take_value(xb_pb *c, uint64_t number, int wire, xb_pb_field *out, xybrid_error *err) {
    char   field[160], claim[96];
    size_t left = (size_t)(c->end - c->at);
    if (wire == WIRE_VARINT || wire == WIRE_BYTES) {
        size_t n = read_varint(c->at, c->end, &out->value);
        if (n == 0) {
            describe(c, number, field, sizeof field);
            if (left >= MAX_VARINT_BYTES) return fail_cut(c, c->at, field, "has a number of more than 10 bytes", err);
            return fail_cut(c, c->at, field, "ends within a number", err);
        }
        c->at += n;
        left -= n;
        if (wire == WIRE_VARINT) return XYBRID_OK;
    } else if (wire == WIRE_8_BYTES || wire == WIRE_4_BYTES) {
        out->value = wire == WIRE_8_BYTES ? 8 : 4;
    } else {
        return fail_wire(c, out->position, describe(c, number, field, sizeof field), wire, "0, 1, 2 or 5", err);
    }
    if (out->value > left) {
        xb_format(claim, sizeof claim, "claims %llu bytes, %zu are left", (unsigned long long)out->value, left);
        return fail_cut(c, c->at, describe(c, number, field, sizeof field), claim, err);
    }
    const uint8_t *value = c->at;
    c->at += out->value;
    out->bytes = (xb_slice){ (const char *)value, (size_t)out->value };
    if (wire != WIRE_BYTES) out->value = read_little(value, (int)out->value);
    return XYBRID_OK;
}

/* Does the value on the wire fit the schema? Repeated numbers may come packed. */
static xybrid_status check_wire(const xb_pb *c, int wire, xb_pb_field *f, xybrid_error *err) {
    static const struct {
        int         wire, packs;
        const char *text;
    } wanted[] = {
        [XB_PB_INT] = { WIRE_VARINT, 0, "0 (varint)" },      [XB_PB_INTS] = { WIRE_VARINT, 1, "0 (varint) or 2 (packed)" },
        [XB_PB_FLOAT] = { WIRE_4_BYTES, 0, "5 (4 bytes)" },  [XB_PB_FLOATS] = { WIRE_4_BYTES, 1, "5 (4 bytes) or 2 (packed)" },
        [XB_PB_DOUBLE] = { WIRE_8_BYTES, 0, "1 (8 bytes)" }, [XB_PB_DOUBLES] = { WIRE_8_BYTES, 1, "1 (8 bytes) or 2 (packed)" },
        [XB_PB_BYTES] = { WIRE_BYTES, 0, "2 (bytes)" },      [XB_PB_MESSAGE] = { WIRE_BYTES, 0, "2 (bytes)" },
    };
    char       field[160];
    xb_pb_kind kind = f->row->kind;
    f->packed = wire == WIRE_BYTES && wanted[kind].packs;
    if (wire != wanted[kind].wire && !f->packed)
        return fail_wire(c, f->position, describe(c, f->number, field, sizeof field), wire, wanted[kind].text, err);
    size_t item = kind == XB_PB_FLOATS ? 4 : kind == XB_PB_DOUBLES ? 8 : 1;
    if (f->packed && f->bytes.size % item != 0)
        return xb_fail_at(err, XYBRID_MALFORMED, f->position, NULL,
                          "%s: damaged at byte %lld: %s has %zu packed bytes, wanted a multiple of %zu", c->format,
                          (long long)f->position, describe(c, f->number, field, sizeof field), f->bytes.size, item);
    return XYBRID_OK;
}

xybrid_status xb_pb_next(xb_pb *c, xb_pb_field *out, xybrid_error *err) {
    while (c->at < c->end) {
        uint64_t    tag;
        xb_pb_field f = { .position = xb_pb_position(c, c->at) };
        size_t      n = read_varint(c->at, c->end, &tag);
        if (n == 0) return fail_cut(c, c->at, c->schema->message, "ends within a field's number", err);
        if (tag >> 3 == 0 || tag > UINT32_MAX)
            return xb_fail_at(err, XYBRID_MALFORMED, f.position, NULL,
                              "%s: damaged at byte %lld: %s has field number %llu, wanted 1 to 536870911", c->format,
                              (long long)f.position, c->schema->message, (unsigned long long)(tag >> 3));
        c->at += n;
        f.number = (uint32_t)(tag >> 3);
        f.row = find_row(c->schema, f.number);
        XB_TRY(take_value(c, f.number, (int)(tag & 7), &f, err));
        if (!f.row) continue;
        XB_TRY(check_wire(c, (int)(tag & 7), &f, err));
        *out = f;
        return XYBRID_OK;
    }
    *out = (xb_pb_field){ .position = xb_pb_position(c, c->at) };
    return XYBRID_OK;
}

xybrid_status xb_pb_enter(const xb_pb *c, const xb_pb_field *f, const xb_pb_schema *schema, xb_pb *out, xybrid_error *err) {
    if (c->depth >= XB_MAX_PROTOBUF_DEPTH)
        return xb_fail_at(err, XYBRID_MALFORMED, f->position, NULL, "%s: at byte %lld: more than %d messages inside each other",
                          c->format, (long long)f->position, XB_MAX_PROTOBUF_DEPTH);
    const uint8_t *first = (const uint8_t *)f->bytes.data;
    *out = (xb_pb){
        .at = first, .end = first + f->bytes.size, .file = c->file, .schema = schema, .format = c->format, .depth = c->depth + 1
    };
    return XYBRID_OK;
}

xybrid_status xb_pb_each(const xb_pb *c, xb_pb_field *f, uint64_t *value, int *more, xybrid_error *err) {
    if (!f->packed) {
        *more = f->number != 0;
        if (*more) *value = f->value;
        f->number = 0; /* its one value is taken */
        return XYBRID_OK;
    }
    *more = f->bytes.size > 0;
    if (!*more) return XYBRID_OK;
    const uint8_t *at = (const uint8_t *)f->bytes.data;
    size_t         n = f->row->kind == XB_PB_FLOATS ? 4 : f->row->kind == XB_PB_DOUBLES ? 8 : 0;
    if (n) {
        *value = read_little(at, (int)n);
    } else {
        n = read_varint(at, at + f->bytes.size, value);
        if (n == 0) {
            char    field[160];
            int64_t position = xb_pb_position(c, at);
            return xb_fail_at(err, XYBRID_MALFORMED, position, NULL, "%s: damaged at byte %lld: %s ends within a number",
                              c->format, (long long)position, describe(c, f->row->number, field, sizeof field));
        }
    }
    f->bytes.data += n;
    f->bytes.size -= n;
    return XYBRID_OK;
}
