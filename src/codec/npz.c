/* codec/npz.c - zip directory -> entry (stored, or inflated by Wuffs) -> .npy header -> array.
 *
 * Zip after PKWARE's APPNOTE 6.3, .npy after numpy.lib.format. Only the directory at the end is believed, and every size in it
 * is checked against the bytes that are there. */
#include "codec/npz.h"

#include <string.h>

#include "base/checked.h"
#include "base/error.h"
#include "base/utf8.h"
#include "codec/crc32.h"
#include "codec/wuffs_decoders.h"

static uint32_t le16(const uint8_t *p) { return (uint32_t)p[1] << 8 | p[0]; }
static uint32_t le32(const uint8_t *p) { return le16(p + 2) << 16 | le16(p); }
static uint64_t le64(const uint8_t *p) { return (uint64_t)le32(p + 4) << 32 | le32(p); }

/* ---- .npy header: a Python dictionary with three keys ---- */

typedef struct dtype_name {
    char         text[3]; /* NumPy's kind and size */
    uint8_t      size_bytes;
    xybrid_dtype dtype;
} dtype_name;

static const dtype_name dtype_names[] = {
    { "b1", 1, XYBRID_BOOL },   { "i1", 1, XYBRID_INT8 },    { "i2", 2, XYBRID_INT16 },   { "i4", 4, XYBRID_INT32 },
    { "i8", 8, XYBRID_INT64 },  { "u1", 1, XYBRID_UINT8 },   { "u2", 2, XYBRID_UINT16 },  { "u4", 4, XYBRID_UINT32 },
    { "u8", 8, XYBRID_UINT64 }, { "f2", 2, XYBRID_FLOAT16 }, { "f4", 4, XYBRID_FLOAT32 }, { "f8", 8, XYBRID_FLOAT64 },
};
enum { DTYPE_NAMES = sizeof dtype_names / sizeof dtype_names[0] };

typedef struct reader {
    const char   *start, *at, *end; /* the file; the dictionary that is being read */
    xybrid_error *err;
} reader;

static xybrid_status fail_header(const reader *r, const char *wanted) {
    int64_t position = r->at - r->start;
    return xb_fail_at(r->err, XYBRID_MALFORMED, position, "", "npy: header without %s at byte %lld", wanted,
                      (long long)position);
}

static void skip_spaces(reader *r) {
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\n' || *r->at == '\t')) r->at++;
}

static int take(reader *r, char c) {
    skip_spaces(r);
    if (r->at == r->end || *r->at != c) return 0;
    r->at++;
    return 1;
}

/* 'text' or "text" without escapes. */
static xybrid_status read_quoted(reader *r, char *out, size_t capacity) {
    skip_spaces(r);
    char quote = r->at < r->end ? *r->at : 0;
    if (quote != '\'' && quote != '"') return fail_header(r, "a quoted string");
    const char *text = ++r->at;
    while (r->at < r->end && *r->at != quote) r->at++;
    if (r->at == r->end) return fail_header(r, "the end of a string");
    if ((size_t)(r->at - text) >= capacity) return fail_header(r, "a short string");
    xb_format(out, capacity, "%.*s", (int)(r->at - text), text);
    r->at++;
    return XYBRID_OK;
}

static xybrid_status read_descr(reader *r, xb_npy *out, int *item_bytes) {
    char text[16];
    skip_spaces(r);
    int64_t position = r->at - r->start;
    if (r->at < r->end && *r->at == '[')
        return xb_fail_at(r->err, XYBRID_UNSUPPORTED_FORMAT, position, "",
                          "npy: structured type at byte %lld; numbers are supported", (long long)position);
    XB_TRY(read_quoted(r, text, sizeof text));
    char order = text[0];
    for (int i = 0; i < DTYPE_NAMES; i++) {
        const dtype_name *d = &dtype_names[i];
        if (!xb_streq(text + (order != 0), d->text)) continue;
        if (order == '<' || (d->size_bytes == 1 && (order == '|' || order == '>'))) {
            out->dtype = d->dtype;
            *item_bytes = d->size_bytes;
            return XYBRID_OK;
        }
    }
    return xb_fail_at(r->err, XYBRID_UNSUPPORTED_FORMAT, position, "",
                      "npy: type \"%s\" at byte %lld; little-endian bool, integers of 8 to 64 and floats of 16 to 64 bits are "
                      "supported",
                      text, (long long)position);
}

static xybrid_status read_bool(reader *r, int *out) {
    skip_spaces(r);
    if (r->end - r->at >= 4 && memcmp(r->at, "True", 4) == 0) {
        *out = 1;
        r->at += 4;
    } else if (r->end - r->at >= 5 && memcmp(r->at, "False", 5) == 0) {
        *out = 0;
        r->at += 5;
    } else {
        return fail_header(r, "True or False");
    }
    return XYBRID_OK;
}

static xybrid_status read_shape(reader *r, xb_npy *out) {
    if (!take(r, '(')) return fail_header(r, "a shape");
    out->rank = 0;
    while (!take(r, ')')) {
        int64_t n = 0;
        skip_spaces(r);
        const char *digits = r->at;
        for (; r->at < r->end && *r->at >= '0' && *r->at <= '9'; r->at++)
            if (xb_mul_overflows(n, 10, &n) || xb_add_overflows(n, *r->at - '0', &n))
                return fail_header(r, "a size below 2^63");
        if (r->at == digits) return fail_header(r, "a number in the shape");
        if (out->rank == XB_MAX_RANK)
            return xb_fail_at(r->err, XYBRID_UNSUPPORTED_FORMAT, r->at - r->start, "",
                              "npy: more than %d dimensions at byte %lld", XB_MAX_RANK, (long long)(r->at - r->start));
        out->shape[out->rank++] = n;
        if (!take(r, ',') && (r->at == r->end || *r->at != ')')) return fail_header(r, "the end of the shape");
    }
    return XYBRID_OK;
}

static xybrid_status read_dictionary(reader *r, xb_npy *out, int *item_bytes, int *is_fortran) {
    enum { DESCR = 1, ORDER = 2, SHAPE = 4, ALL = 7 };
    int seen = 0;
    if (!take(r, '{')) return fail_header(r, "a dictionary");
    while (!take(r, '}')) {
        char key[16];
        XB_TRY(read_quoted(r, key, sizeof key));
        if (!take(r, ':')) return fail_header(r, "a colon");
        int which = xb_streq(key, "descr")           ? DESCR
                    : xb_streq(key, "fortran_order") ? ORDER
                    : xb_streq(key, "shape")         ? SHAPE
                                                     : 0;
        if (which == 0 || (seen & which)) return fail_header(r, "the keys descr, fortran_order and shape, once each,");
        seen |= which;
        if (which == DESCR) XB_TRY(read_descr(r, out, item_bytes));
        else if (which == ORDER) XB_TRY(read_bool(r, is_fortran));
        else XB_TRY(read_shape(r, out));
        if (!take(r, ',') && (r->at == r->end || *r->at != '}')) return fail_header(r, "a closing brace");
    }
    return seen == ALL ? XYBRID_OK : fail_header(r, "the keys descr, fortran_order and shape");
}

/* Fills all of *out but `data` and `owned`; *data_at is where the elements start. */
static xybrid_status read_header(const uint8_t *p, int64_t size, xb_npy *out, int *item_bytes, int *is_fortran,
                                 int64_t *data_at, xybrid_error *err) {
    if (size < 10 || memcmp(p, "\x93NUMPY", 6) != 0)
        return xb_fail_at(err, XYBRID_MALFORMED, 0, "", "npy: no NumPy header in %lld bytes", (long long)size);
    int version = p[6];
    if (version < 1 || version > 3)
        return xb_fail_at(err, XYBRID_UNSUPPORTED_FORMAT, 6, "", "npy: version %d at byte 6; 1 to 3 are supported", version);
    int64_t text_at = version == 1 ? 10 : 12;
    int64_t text_size = version == 1 ? (int64_t)le16(p + 8) : size >= 12 ? (int64_t)le32(p + 8) : 0;
    if (!xb_range_ok(text_at, text_size, size))
        return xb_fail_at(err, XYBRID_MALFORMED, 8, "", "npy: header claims %lld bytes at byte 8, the file has %lld",
                          (long long)text_size, (long long)size);
    const char *start = (const char *)p;
    reader      r = { start, start + text_at, start + text_at + text_size, err };
    XB_TRY(read_dictionary(&r, out, item_bytes, is_fortran));

    *data_at = text_at + text_size;
    out->count = 1;
    int overflows = 0;
    for (int32_t i = 0; i < out->rank; i++) overflows |= xb_mul_overflows(out->count, out->shape[i], &out->count);
    if (overflows || xb_mul_overflows(out->count, *item_bytes, &out->size_bytes) || out->size_bytes > size - *data_at)
        return xb_fail_at(err, XYBRID_MALFORMED, *data_at, "", "npy: the shape needs more than the %lld bytes at byte %lld",
                          (long long)(size - *data_at), (long long)*data_at);
    return XYBRID_OK;
}

/* Column-major -> row-major: walks the result in order, and keeps the place in the source. */
static void copy_transposed(const xb_npy *array, const uint8_t *from, int item_bytes, uint8_t *to) {
    int64_t stride[XB_MAX_RANK], index[XB_MAX_RANK] = { 0 };
    int64_t place = 0, step = item_bytes;
    for (int32_t d = 0; d < array->rank; d++) {
        stride[d] = step;
        step *= array->shape[d];
    }
    for (int64_t i = 0; i < array->count; i++, to += item_bytes) {
        memcpy(to, from + place, (size_t)item_bytes);
        for (int32_t d = array->rank - 1; d >= 0; d--) {
            place += stride[d];
            if (++index[d] < array->shape[d]) break;
            place -= stride[d] * array->shape[d];
            index[d] = 0;
        }
    }
}

xybrid_status xb_npy_read(xb_mem *mem, const void *bytes, int64_t size, xb_npy *out, xybrid_error *err) {
    xb_npy  array = { .mem = mem };
    int     item_bytes = 0, is_fortran = 0;
    int64_t data_at = 0;
    XB_TRY(read_header(bytes, size, &array, &item_bytes, &is_fortran, &data_at, err));
    XB_CHECK(item_bytes > 0); /* all three keys were there */
    const uint8_t *data = (const uint8_t *)bytes + data_at;
    int            must_turn = is_fortran && array.rank > 1;
    array.data = data;
    if (must_turn || (uintptr_t)data % (uintptr_t)item_bytes != 0) {
        array.owned = xb_malloc(mem, (size_t)array.size_bytes, err);
        if (!array.owned) return err->code;
        if (must_turn) copy_transposed(&array, data, item_bytes, array.owned);
        else memcpy(array.owned, data, (size_t)array.size_bytes);
        array.data = array.owned;
    }
    *out = array;
    return XYBRID_OK;
}

void xb_npy_free(xb_npy *array) {
    if (!array) return;
    if (array->owned) xb_free(array->mem, array->owned);
    memset(array, 0, sizeof *array);
}

xybrid_status xb_npy_write(xb_str *out, xybrid_dtype dtype, int32_t rank, const int64_t *shape, const void *data,
                           xybrid_error *err) {
    enum { HEADER_BYTES = 256 }; /* 8 sizes of 19 digits fit; a multiple of 64, which NumPy wants for the data */
    const dtype_name *name = NULL;
    for (int i = 0; i < DTYPE_NAMES; i++)
        if (dtype_names[i].dtype == dtype) name = &dtype_names[i];
    if (!name) return xb_fail(err, XYBRID_INVALID_ARGUMENT, "", "npy: NumPy has no element type %d", (int)dtype);
    if (rank < 0 || rank > XB_MAX_RANK)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "", "npy: %d dimensions; 0..%d", (int)rank, XB_MAX_RANK);

    char    header[HEADER_BYTES + 1];
    int64_t size = name->size_bytes;
    size_t  n = xb_format(header, sizeof header, "\x93NUMPY____{'descr': '%c%s', 'fortran_order': False, 'shape': (",
                          name->size_bytes == 1 ? '|' : '<', name->text);
    for (int32_t i = 0; i < rank; i++) {
        if (xb_mul_overflows(size, shape[i], &size))
            return xb_fail(err, XYBRID_INVALID_ARGUMENT, "", "npy: size %lld in dimension %d", (long long)shape[i], (int)i);
        n += xb_format(header + n, sizeof header - n, "%lld,%s", (long long)shape[i], i + 1 < rank ? " " : "");
    }
    n += xb_format(header + n, sizeof header - n, "), }");
    memset(header + n, ' ', HEADER_BYTES - n);
    header[HEADER_BYTES - 1] = '\n';
    memcpy(header + 6, "\x01\x00\xF6\x00", 4); /* version 1.0, HEADER_BYTES - 10 */
    xb_str_addn(out, header, HEADER_BYTES);
    if (size > 0) xb_str_addn(out, data, (size_t)size);
    return xb_str_status(out, err);
}

/* ---- zip ---- */

enum { END_BYTES = 22, ENTRY_BYTES = 46, LOCAL_BYTES = 30, METHOD_STORED = 0, METHOD_DEFLATED = 8 };
enum { MAX_DEFLATE_RATIO = 1032 }; /* 258 bytes from 2 bits */

typedef struct entry {
    const char *name; /* without ".npy" */
    int64_t     local_at, packed_bytes, size_bytes;
    uint32_t    crc, method, flags;
} entry;

struct xb_npz {
    xb_mem        *mem;
    const uint8_t *bytes;
    int64_t        size;
    int32_t        count;
    entry         *entries;
    char          *names;
};

/* The end record: a comment of up to 65,535 bytes may follow it. */
static xybrid_status find_end(const uint8_t *p, int64_t size, int64_t *out, xybrid_error *err) {
    int64_t lowest = xb_max64(0, size - END_BYTES - 65535);
    for (int64_t at = size - END_BYTES; at >= lowest; at--) {
        if (memcmp(p + at, "PK\x05\x06", 4) == 0 && at + END_BYTES + le16(p + at + 20) <= size) {
            *out = at;
            return XYBRID_OK;
        }
    }
    return xb_fail_at(err, XYBRID_MALFORMED, size, "", "zip: no end of the directory in %lld bytes: cut, or no archive",
                      (long long)size);
}

/* Replaces each of the fields that holds 0xFFFFFFFF by the next number of the zip64 extra field, in the order of the format. */
static xybrid_status read_zip64(const uint8_t *extra, int64_t size, int64_t at, int64_t *fields[3], xybrid_error *err) {
    const uint8_t *values = NULL;
    int64_t        left = 0;
    for (int64_t i = 0; i + 4 <= size; i += 4 + (int64_t)le16(extra + i + 2)) {
        if (le16(extra + i) != 1) continue;
        values = extra + i + 4;
        left = xb_min64(le16(extra + i + 2), size - i - 4);
        break;
    }
    for (int f = 0; f < 3; f++) {
        if (*fields[f] != UINT32_MAX) continue;
        uint64_t value = left >= 8 ? le64(values) : UINT64_MAX;
        if (value > INT64_MAX)
            return xb_fail_at(err, XYBRID_MALFORMED, at, "", "zip: entry without its 64-bit sizes at byte %lld", (long long)at);
        *fields[f] = (int64_t)value;
        values += 8;
        left -= 8;
    }
    return XYBRID_OK;
}

/* The directory's entry at byte `at`, *name not terminated; *next is where the one after it starts. */
static xybrid_status read_entry(const uint8_t *p, int64_t at, int64_t end, entry *out, const char **name, int64_t *name_bytes,
                                int64_t *next, xybrid_error *err) {
    if (!xb_range_ok(at, ENTRY_BYTES, end) || memcmp(p + at, "PK\x01\x02", 4) != 0)
        return xb_fail_at(err, XYBRID_MALFORMED, at, "", "zip: no directory entry at byte %lld", (long long)at);
    int64_t name_size = le16(p + at + 28), extra_size = le16(p + at + 30), comment_size = le16(p + at + 32);
    *next = at + ENTRY_BYTES + name_size + extra_size + comment_size;
    if (*next > end)
        return xb_fail_at(err, XYBRID_MALFORMED, at, "", "zip: directory entry at byte %lld is cut", (long long)at);
    *name = (const char *)p + at + ENTRY_BYTES;
    *name_bytes = name_size;
    if (name_size > XB_MAX_NAME || memchr(*name, 0, (size_t)name_size) ||
        xb_utf8_valid(*name, (size_t)name_size) != (size_t)name_size)
        return xb_fail_at(err, XYBRID_MALFORMED, at, "", "zip: name of the entry at byte %lld is no UTF-8 of at most %d bytes",
                          (long long)at, XB_MAX_NAME);
    *out = (entry){ .flags = le16(p + at + 8),
                    .method = le16(p + at + 10),
                    .crc = le32(p + at + 16),
                    .packed_bytes = le32(p + at + 20),
                    .size_bytes = le32(p + at + 24),
                    .local_at = le32(p + at + 42) };
    int64_t *fields[3] = { &out->size_bytes, &out->packed_bytes, &out->local_at };
    return read_zip64(p + at + ENTRY_BYTES + name_size, extra_size, at, fields, err);
}

static xybrid_status read_directory(xb_npz *npz, int64_t at, int64_t end, xybrid_error *err) {
    const char *name = NULL;
    int64_t     name_bytes = 0, names_bytes = 0, next = at;
    entry       scratch;
    for (int32_t i = 0; i < npz->count; i++) {
        XB_TRY(read_entry(npz->bytes, next, end, &scratch, &name, &name_bytes, &next, err));
        names_bytes += name_bytes + 1;
    }
    npz->entries = xb_calloc(npz->mem, (size_t)npz->count, sizeof *npz->entries, err);
    if (!npz->entries) return err->code;
    char *to = npz->names = xb_malloc(npz->mem, (size_t)names_bytes, err);
    if (!to) return err->code;
    next = at;
    for (int32_t i = 0; i < npz->count; i++) {
        XB_TRY(read_entry(npz->bytes, next, end, &npz->entries[i], &name, &name_bytes, &next, err));
        if (name_bytes >= 4 && memcmp(name + name_bytes - 4, ".npy", 4) == 0) name_bytes -= 4;
        memcpy(to, name, (size_t)name_bytes);
        to[name_bytes] = 0;
        npz->entries[i].name = to;
        to += name_bytes + 1;
    }
    return XYBRID_OK;
}

xybrid_status xb_npz_open(xb_mem *mem, const void *bytes, int64_t size, xb_npz **out, xybrid_error *err) {
    const uint8_t *p = bytes;
    int64_t        end = 0;
    XB_TRY(find_end(p, size, &end, err));
    int64_t count = le16(p + end + 10), directory_bytes = le32(p + end + 12), directory_at = le32(p + end + 16);
    if (count == UINT16_MAX || directory_at == UINT32_MAX)
        return xb_fail_at(err, XYBRID_UNSUPPORTED_FORMAT, end, "",
                          "zip: 64-bit directory at byte %lld; archives of 4 GiB and "
                          "more are not supported",
                          (long long)end);
    if (count > XB_MAX_NPZ_ENTRIES)
        return xb_fail_at(err, XYBRID_UNSUPPORTED_FORMAT, end + 10, "", "zip: %lld entries; at most %d", (long long)count,
                          XB_MAX_NPZ_ENTRIES);
    if (!xb_range_ok(directory_at, directory_bytes, end))
        return xb_fail_at(err, XYBRID_MALFORMED, end + 12, "",
                          "zip: directory of %lld bytes at byte %lld ends behind byte %lld", (long long)directory_bytes,
                          (long long)directory_at, (long long)end);

    xb_npz *npz = xb_calloc(mem, 1, sizeof *npz, err);
    if (!npz) return err->code;
    *npz = (xb_npz){ .mem = mem, .bytes = p, .size = size, .count = (int32_t)count };
    xybrid_status st = read_directory(npz, directory_at, directory_at + directory_bytes, err);
    if (st != XYBRID_OK) {
        xb_npz_free(npz);
        return st;
    }
    *out = npz;
    return XYBRID_OK;
}

void xb_npz_free(xb_npz *npz) {
    if (!npz) return;
    xb_free(npz->mem, npz->entries);
    xb_free(npz->mem, npz->names);
    xb_free(npz->mem, npz);
}

int32_t xb_npz_count(const xb_npz *npz) { return npz->count; }

const char *xb_npz_name(const xb_npz *npz, int32_t index) { return npz->entries[index].name; }

int32_t xb_npz_find(const xb_npz *npz, const char *name) {
    for (int32_t i = npz->count - 1; i >= 0; i--)
        if (xb_streq(npz->entries[i].name, name)) return i;
    return -1;
}

/* Where the entry's packed bytes start: behind its local header, whose name and extra field have sizes of their own. */
static xybrid_status locate(const xb_npz *npz, const entry *e, int64_t *out, xybrid_error *err) {
    const uint8_t *p = npz->bytes + e->local_at;
    if (!xb_range_ok(e->local_at, LOCAL_BYTES, npz->size) || memcmp(p, "PK\x03\x04", 4) != 0)
        return xb_fail_at(err, XYBRID_MALFORMED, e->local_at, e->name, "zip: no entry at byte %lld for \"%s\"",
                          (long long)e->local_at, e->name);
    int64_t at = e->local_at + LOCAL_BYTES + le16(p + 26) + le16(p + 28);
    if (!xb_range_ok(at, e->packed_bytes, npz->size))
        return xb_fail_at(err, XYBRID_MALFORMED, at, e->name, "zip: \"%s\" claims %lld bytes at byte %lld, the file has %lld",
                          e->name, (long long)e->packed_bytes, (long long)at, (long long)npz->size);
    *out = at;
    return XYBRID_OK;
}

static xybrid_status check_entry(const entry *e, xybrid_error *err) {
    if (e->flags & 1)
        return xb_fail_at(err, XYBRID_UNSUPPORTED_FORMAT, e->local_at, e->name, "zip: \"%s\" is encrypted", e->name);
    if (e->method != METHOD_STORED && e->method != METHOD_DEFLATED)
        return xb_fail_at(err, XYBRID_UNSUPPORTED_FORMAT, e->local_at, e->name,
                          "zip: \"%s\" is packed by method %u; stored (0) and deflate (8) are supported", e->name,
                          (unsigned)e->method);
    if (e->size_bytes > XB_MAX_INFLATED_BYTES)
        return xb_fail_at(err, XYBRID_UNSUPPORTED_FORMAT, e->local_at, e->name,
                          "zip: \"%s\" unpacks to %lld bytes; at most %lld", e->name, (long long)e->size_bytes,
                          (long long)XB_MAX_INFLATED_BYTES);
    int possible = e->method == METHOD_STORED ? e->size_bytes == e->packed_bytes
                                              : e->size_bytes / MAX_DEFLATE_RATIO <= e->packed_bytes;
    if (!possible)
        return xb_fail_at(err, XYBRID_MALFORMED, e->local_at, e->name, "zip: \"%s\" claims %lld bytes from %lld", e->name,
                          (long long)e->size_bytes, (long long)e->packed_bytes);
    return XYBRID_OK;
}

xybrid_status xb_npz_read_bytes(const xb_npz *npz, int32_t index, const void **data, int64_t *size, void **owned,
                                xybrid_error *err) {
    XB_CHECK(index >= 0 && index < npz->count);
    const entry *e = &npz->entries[index];
    int64_t      at = 0;
    XB_TRY(check_entry(e, err));
    XB_TRY(locate(npz, e, &at, err));
    const uint8_t *bytes = npz->bytes + at;
    void          *unpacked = NULL;
    xybrid_status  st = XYBRID_OK;
    if (e->method == METHOD_DEFLATED) {
        if ((size_t)e->size_bytes != (uint64_t)e->size_bytes) return xb_fail_memory(err, e->size_bytes);
        unpacked = xb_malloc(npz->mem, (size_t)e->size_bytes, err);
        if (!unpacked) return err->code;
        XB_TRY_OUT(xb_inflate(npz->mem, bytes, (size_t)e->packed_bytes, unpacked, (size_t)e->size_bytes, err));
        bytes = unpacked;
    }
    if (xb_crc32(bytes, (size_t)e->size_bytes) != e->crc) {
        st = xb_fail_at(err, XYBRID_MALFORMED, e->local_at, e->name,
                        "zip: \"%s\" at byte %lld does not match its CRC-32: damaged", e->name, (long long)e->local_at);
        goto out;
    }
    *data = bytes;
    *size = e->size_bytes;
    *owned = unpacked;
    return XYBRID_OK;
out:
    xb_free(npz->mem, unpacked);
    return st;
}

xybrid_status xb_npz_read(const xb_npz *npz, int32_t index, xb_npy *out, xybrid_error *err) {
    const void *data = NULL;
    void       *unpacked = NULL;
    int64_t     size = 0;
    xb_npy      array;
    XB_TRY(xb_npz_read_bytes(npz, index, &data, &size, &unpacked, err));
    xybrid_status st = xb_npy_read(npz->mem, data, size, &array, err);
    if (st != XYBRID_OK || array.owned) xb_free(npz->mem, unpacked); /* failed, or copied */
    else array.owned = unpacked;
    if (st == XYBRID_OK) *out = array;
    return st;
}
