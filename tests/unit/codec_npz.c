/* .npy and .npz as NumPy writes them (scripts/golden/codec_npz.py), archives that lie, and the writer read back. */
#include "codec/npz.h"
#include "base/error.h"
#include "support.h"

static char *golden(const char *name, size_t *size) {
    char path[128];
    snprintf(path, sizeof path, "npz/%s", name);
    return xb_test_golden(path, size);
}

static double element(const xb_npy *a, int64_t i) {
    const char *p = a->data;
    switch (a->dtype) {
    case XYBRID_BOOL:
    case XYBRID_UINT8: return ((const uint8_t *)p)[i];
    case XYBRID_INT8: return ((const int8_t *)p)[i];
    case XYBRID_INT16: return ((const int16_t *)(const void *)p)[i];
    case XYBRID_UINT16: return ((const uint16_t *)(const void *)p)[i];
    case XYBRID_INT32: return ((const int32_t *)(const void *)p)[i];
    case XYBRID_UINT32: return ((const uint32_t *)(const void *)p)[i];
    case XYBRID_INT64: return (double)((const int64_t *)(const void *)p)[i];
    case XYBRID_UINT64: return (double)((const uint64_t *)(const void *)p)[i];
    case XYBRID_FLOAT32: return (double)((const float *)(const void *)p)[i];
    case XYBRID_FLOAT64: return ((const double *)(const void *)p)[i];
    case XYBRID_FLOAT16: { /* 0..5: zero, or normal numbers without a fraction below 2^-10 */
        uint16_t bits = ((const uint16_t *)(const void *)p)[i];
        return bits ? ldexp(1.0 + (bits & 1023) / 1024.0, (bits >> 10) - 15) : 0.0;
    }
    default: return -1;
    }
}

static void check_counting(const xb_npy *a) {
    for (int64_t i = 0; i < a->count; i++) CHECK(element(a, i) == (a->dtype == XYBRID_BOOL ? (double)(i != 0) : (double)i));
}

static void check_archive(const char *file, int packed) {
    static const struct {
        const char  *name;
        xybrid_dtype dtype;
        int          item_bytes;
    } types[] = {
        { "b1", XYBRID_BOOL, 1 },   { "i1", XYBRID_INT8, 1 },    { "i2", XYBRID_INT16, 2 },   { "i4", XYBRID_INT32, 4 },
        { "i8", XYBRID_INT64, 8 },  { "u1", XYBRID_UINT8, 1 },   { "u2", XYBRID_UINT16, 2 },  { "u4", XYBRID_UINT32, 4 },
        { "u8", XYBRID_UINT64, 8 }, { "f2", XYBRID_FLOAT16, 2 }, { "f4", XYBRID_FLOAT32, 4 }, { "f8", XYBRID_FLOAT64, 8 },
    };
    xb_test_mem tm;
    xb_test_mem_init(&tm, 0, 0);
    size_t       size = 0;
    char        *bytes = golden(file, &size);
    xb_npz      *npz = NULL;
    xb_npy       a;
    xybrid_error err;
    CHECK_OR_RETURN(bytes != NULL);
    CHECK_OR_RETURN(xb_npz_open(&tm.mem, bytes, (int64_t)size, &npz, &err) == XYBRID_OK);
    CHECK_INT(xb_npz_count(npz), packed ? 16 : 15);
    CHECK_STR(xb_npz_name(npz, 0), "b1");
    CHECK_INT(xb_npz_find(npz, "nothing"), -1);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        CHECK_OR_RETURN(xb_npz_read(npz, xb_npz_find(npz, types[i].name), &a, &err) == XYBRID_OK);
        CHECK_INT(a.dtype, types[i].dtype);
        CHECK(a.rank == 2 && a.shape[0] == 2 && a.shape[1] == 3 && a.count == 6);
        CHECK_INT(a.size_bytes, 6 * types[i].item_bytes);
        CHECK((uintptr_t)a.data % (size_t)types[i].item_bytes == 0);
        check_counting(&a);
        xb_npy_free(&a);
        xb_npy_free(&a);
    }
    CHECK_OR_RETURN(xb_npz_read(npz, xb_npz_find(npz, "fortran"), &a, &err) == XYBRID_OK);
    CHECK(a.rank == 3 && a.shape[0] == 2 && a.shape[1] == 3 && a.shape[2] == 4 && a.owned == a.data);
    check_counting(&a);
    xb_npy_free(&a);
    CHECK_OR_RETURN(xb_npz_read(npz, xb_npz_find(npz, "scalar"), &a, &err) == XYBRID_OK);
    CHECK(a.rank == 0 && a.count == 1 && element(&a, 0) == 7);
    xb_npy_free(&a);
    CHECK_OR_RETURN(xb_npz_read(npz, xb_npz_find(npz, "empty"), &a, &err) == XYBRID_OK);
    CHECK(a.rank == 2 && a.shape[0] == 0 && a.shape[1] == 5 && a.count == 0);
    xb_npy_free(&a);
    if (packed) {
        CHECK_OR_RETURN(xb_npz_read(npz, xb_npz_find(npz, "long"), &a, &err) == XYBRID_OK);
        CHECK_INT(a.count, 5000);
        check_counting(&a);
        xb_npy_free(&a);
    }
    xb_npz_free(npz);
    CHECK_INT(tm.live_blocks, 0);
    free(bytes);
}

static void stored(void) { check_archive("stored.npz", 0); }
static void packed(void) { check_archive("packed.npz", 1); }

static xybrid_status read_npy(const void *bytes, size_t size, int offset, xb_npy *out, xybrid_error *err) {
    static xb_test_mem tm;
    xb_test_mem_init(&tm, 0, 0);
    char *own = malloc(size + (size_t)offset + 1);
    memcpy(own + offset, bytes, size);
    xybrid_status st = xb_npy_read(&tm.mem, own + offset, (int64_t)size, out, err);
    if (st == XYBRID_OK) {
        CHECK((out->owned != NULL) == (offset != 0 || out->shape[1] == 3));
        check_counting(out);
        xb_npy_free(out);
    }
    CHECK_INT(tm.live_blocks, 0);
    free(own);
    return st;
}

static void header_versions(void) {
    static const char *const files[] = { "version1.npy", "version2.npy", "version3.npy", "fortran.npy" };
    for (size_t i = 0; i < 4; i++) {
        size_t       size = 0;
        char        *bytes = golden(files[i], &size);
        xb_npy       a;
        xybrid_error err;
        CHECK_OR_RETURN(bytes != NULL);
        CHECK_INT(read_npy(bytes, size, 0, &a, &err), XYBRID_OK);
        CHECK_INT(read_npy(bytes, size, 1, &a, &err), XYBRID_OK); /* odd address: copied */
        CHECK_INT(read_npy(bytes, size - 1, 0, &a, &err), XYBRID_MALFORMED);
        for (size_t n = 0; n < size; n++) CHECK(read_npy(bytes, n, 0, &a, &err) == XYBRID_MALFORMED);
        free(bytes);
    }
}

static void refused_file(const char *file, const char *message) {
    size_t       size = 0;
    char        *bytes = golden(file, &size);
    xb_npy       a;
    xybrid_error err;
    CHECK_OR_RETURN(bytes != NULL);
    CHECK_INT(read_npy(bytes, size, 0, &a, &err), XYBRID_UNSUPPORTED_FORMAT);
    CHECK_STR(err.message, message);
    free(bytes);
}

/* A header of version 1 with this dictionary and 24 bytes of data. */
static void refused_header(const char *dictionary, xybrid_status code, const char *message) {
    char         bytes[512] = "\x93NUMPY\x01";
    size_t       n = strlen(dictionary);
    xb_npy       a;
    xybrid_error err;
    bytes[8] = (char)n;
    memcpy(bytes + 10, dictionary, n);
    xybrid_status st = read_npy(bytes, 10 + n + 24, 0, &a, &err);
    CHECK_INT(st, code);
    if (st == code) CHECK_STR(err.message, message);
}

static void broken_headers(void) {
#define TYPES "; little-endian bool, integers of 8 to 64 and floats of 16 to 64 bits are supported"
    refused_file("bigendian.npy", "npy: type \">f4\" at byte 20" TYPES);
    refused_file("complex.npy", "npy: type \"<c8\" at byte 20" TYPES);
    refused_file("text.npy", "npy: type \"<U1\" at byte 20" TYPES);
    refused_file("structured.npy", "npy: structured type at byte 20; numbers are supported");
#undef TYPES
    refused_header("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 4)}", XYBRID_MALFORMED,
                   "npy: the shape needs more than the 24 bytes at byte 67");
    refused_header("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4)}", XYBRID_MALFORMED,
                   "npy: the shape needs more than the 24 bytes at byte 85");
    refused_header("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}", XYBRID_MALFORMED,
                   "npy: header without a size below 2^63 at byte 79");
    refused_header("{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1)}", XYBRID_UNSUPPORTED_FORMAT,
                   "npy: more than 8 dimensions at byte 78");
    refused_header("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}", XYBRID_MALFORMED,
                   "npy: header without a number in the shape at byte 61");
    refused_header("{'descr': '<f4', 'fortran_order': False, 'shape': (1 2)}", XYBRID_MALFORMED,
                   "npy: header without the end of the shape at byte 63");
    refused_header("{'descr': '<f4', 'fortran_order': False, 'shape': 3}", XYBRID_MALFORMED,
                   "npy: header without a shape at byte 60");
    refused_header("{'descr': '<f4', 'fortran_order': Maybe, 'shape': ()}", XYBRID_MALFORMED,
                   "npy: header without True or False at byte 44");
    refused_header("{'descr': '<f4', 'shape': ()}", XYBRID_MALFORMED,
                   "npy: header without the keys descr, fortran_order and shape at byte 39");
    refused_header("{'descr': '<f4', 'descr': '<f4'}", XYBRID_MALFORMED,
                   "npy: header without the keys descr, fortran_order and shape, once each, at byte 35");
    refused_header("{'descr", XYBRID_MALFORMED, "npy: header without the end of a string at byte 17");
    refused_header("{'averyveryverylongkey': 1}", XYBRID_MALFORMED, "npy: header without a short string at byte 32");
    refused_header("{descr: 1}", XYBRID_MALFORMED, "npy: header without a quoted string at byte 11");
    refused_header("{'shape' ()}", XYBRID_MALFORMED, "npy: header without a colon at byte 19");
    refused_header("{'shape': () 'descr': 0}", XYBRID_MALFORMED, "npy: header without a closing brace at byte 23");
    refused_header("[]", XYBRID_MALFORMED, "npy: header without a dictionary at byte 10");

    xb_npy       a;
    xybrid_error err;
    CHECK_INT(read_npy("\x93NUMPY\x04\0\0\0\0\0", 12, 0, &a, &err), XYBRID_UNSUPPORTED_FORMAT);
    CHECK_STR(err.message, "npy: version 4 at byte 6; 1 to 3 are supported");
    CHECK_INT(read_npy("hello, world", 12, 0, &a, &err), XYBRID_MALFORMED);
    CHECK_STR(err.message, "npy: no NumPy header in 12 bytes");
}

static void write_and_read(void) {
    static const xybrid_dtype types[] = { XYBRID_BOOL,   XYBRID_INT8,    XYBRID_INT16,   XYBRID_INT32,
                                          XYBRID_INT64,  XYBRID_UINT8,   XYBRID_UINT16,  XYBRID_UINT32,
                                          XYBRID_UINT64, XYBRID_FLOAT16, XYBRID_FLOAT32, XYBRID_FLOAT64 };
    const int64_t             shape[XB_MAX_RANK] = { 1, 2, 1, 3, 1, 1, 1, 1 };
    uint8_t                   data[48];
    for (size_t i = 0; i < sizeof data; i++) data[i] = (uint8_t)(i * 5);
    for (size_t t = 0; t < sizeof types / sizeof types[0]; t++) {
        for (int32_t rank = 0; rank <= XB_MAX_RANK; rank++) {
            xb_test_mem tm;
            xb_test_mem_init(&tm, 0, 0);
            xb_str       s;
            xb_npy       a;
            xybrid_error err;
            xb_str_init(&s, &tm.mem, 1000);
            CHECK_INT(xb_npy_write(&s, types[t], rank, shape, data, &err), XYBRID_OK);
            CHECK_OR_RETURN(xb_npy_read(&tm.mem, s.data, (int64_t)s.size, &a, &err) == XYBRID_OK);
            CHECK(a.dtype == types[t] && a.rank == rank && memcmp(a.shape, shape, (size_t)rank * sizeof *shape) == 0);
            CHECK(memcmp(a.data, data, (size_t)a.size_bytes) == 0);
            CHECK_INT(s.size, 256 + a.size_bytes);
            xb_npy_free(&a);
            xb_str_free(&s);
        }
    }
}

/* What the writer makes is byte for byte what NumPy 2.4.6 accepts and reads as float32 [2, 3]. */
static void writer_bytes(void) {
    const int64_t shape[2] = { 2, 3 };
    const float   data[6] = { 0, 1, 2, 3, 4, 5 };
    xb_test_mem   tm;
    xb_test_mem_init(&tm, 0, 0);
    xb_str       s;
    xybrid_error err;
    xb_str_init(&s, &tm.mem, 1000);
    CHECK_INT(xb_npy_write(&s, XYBRID_FLOAT32, 2, shape, data, &err), XYBRID_OK);
    static const char start[] = "\x93NUMPY\x01\x00\xF6\x00{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3,), } ";
    CHECK(memcmp(s.data, start, sizeof start - 1) == 0);
    CHECK(s.data[255] == '\n' && s.size == 280);
    xb_str_free(&s);

    const int64_t huge[3] = { INT64_MAX, 2, 2 };
    CHECK_INT(xb_npy_write(&s, XYBRID_BFLOAT16, 2, shape, data, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_STR(err.message, "npy: NumPy has no element type 16");
    CHECK_INT(xb_npy_write(&s, XYBRID_FLOAT32, 9, shape, data, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_npy_write(&s, XYBRID_FLOAT32, 3, huge, data, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_STR(err.message, "npy: size 9223372036854775807 in dimension 0");
    CHECK_INT(s.size, 0);
    xb_str_free(&s);
}

/* ---- archives that lie ---- */

static size_t find(const char *bytes, size_t size, const char *magic) {
    for (size_t i = 0; i + 4 <= size; i++)
        if (memcmp(bytes + i, magic, 4) == 0) return i;
    return size;
}

/* Opens packed.npz with `count` bytes at `offset` behind the first (or, at_end, the only) `magic` set to `value`, and reads the
 * first entry. */
static void refused_change(const char *magic, size_t offset, size_t count, uint64_t value, xybrid_status code,
                           const char *message) {
    xb_test_mem tm;
    xb_test_mem_init(&tm, 0, 0);
    size_t       size = 0;
    char        *bytes = golden("packed.npz", &size);
    xb_npz      *npz = NULL;
    xb_npy       a;
    xybrid_error err;
    CHECK_OR_RETURN(bytes != NULL);
    size_t at = find(bytes, size, magic) + offset;
    CHECK_OR_RETURN(at + count <= size);
    for (size_t i = 0; i < count; i++) bytes[at + i] = (char)(value >> (8 * i));
    xybrid_status st = xb_npz_open(&tm.mem, bytes, (int64_t)size, &npz, &err);
    if (!st) st = xb_npz_read(npz, 0, &a, &err);
    CHECK_INT(st, code);
    if (st == code) CHECK_STR(err.message, message);
    xb_npz_free(npz);
    CHECK_INT(tm.live_blocks, 0);
    free(bytes);
}

#define ENTRY "PK\1\2"
#define END   "PK\5\6"

static void broken_archives(void) {
    refused_change(END, 0, 4, 0, XYBRID_MALFORMED, "zip: no end of the directory in 10075 bytes: cut, or no archive");
    refused_change(END, 10, 2, 5000, XYBRID_UNSUPPORTED_FORMAT, "zip: 5000 entries; at most 4096");
    refused_change(END, 10, 2, 65535, XYBRID_UNSUPPORTED_FORMAT,
                   "zip: 64-bit directory at byte 10053; archives of 4 GiB and more are not supported");
    refused_change(END, 16, 4, 9600, XYBRID_MALFORMED, "zip: directory of 846 bytes at byte 9600 ends behind byte 10053");
    refused_change(END, 10, 2, 17, XYBRID_MALFORMED, "zip: no directory entry at byte 10053");
    refused_change(ENTRY, 0, 1, 'x', XYBRID_MALFORMED, "zip: no directory entry at byte 9207");
    refused_change(ENTRY, 32, 2, 60000, XYBRID_MALFORMED, "zip: directory entry at byte 9207 is cut");
    refused_change(ENTRY, 46, 1, 0xFF, XYBRID_MALFORMED,
                   "zip: name of the entry at byte 9207 is no UTF-8 of at most 1024 bytes");
    refused_change(ENTRY, 46, 1, 0, XYBRID_MALFORMED, "zip: name of the entry at byte 9207 is no UTF-8 of at most 1024 bytes");
    refused_change(ENTRY, 8, 2, 1, XYBRID_UNSUPPORTED_FORMAT, "zip: \"b1\" is encrypted");
    refused_change(ENTRY, 10, 2, 14, XYBRID_UNSUPPORTED_FORMAT,
                   "zip: \"b1\" is packed by method 14; stored (0) and deflate (8) are supported");
    refused_change(ENTRY, 16, 1, 0, XYBRID_MALFORMED, "zip: \"b1\" at byte 0 does not match its CRC-32: damaged");
    refused_change(ENTRY, 24, 4, 4000000000u, XYBRID_MALFORMED, "zip: \"b1\" claims 4000000000 bytes from 74");
    refused_change(ENTRY, 24, 4, 0xFFFFFFFFu, XYBRID_MALFORMED, "zip: entry without its 64-bit sizes at byte 9207");
    refused_change(ENTRY, 10, 2, 0, XYBRID_MALFORMED, "zip: \"b1\" claims 134 bytes from 74");
    refused_change(ENTRY, 42, 4, 1, XYBRID_MALFORMED, "zip: no entry at byte 1 for \"b1\"");
    refused_change(ENTRY, 42, 4, 10070, XYBRID_MALFORMED, "zip: no entry at byte 10070 for \"b1\"");
    refused_change(ENTRY, 20, 4, 20000, XYBRID_MALFORMED, "zip: \"b1\" claims 20000 bytes at byte 56, the file has 10075");
    refused_change(ENTRY, 24, 4, 135, XYBRID_MALFORMED,
                   "deflate: there is less than its size says at byte 74 of 74, 134 of 135 bytes unpacked");
    refused_change(ENTRY, 24, 4, 100, XYBRID_MALFORMED,
                   "deflate: there is more than its size says at byte 68 of 74, 100 of 100 bytes unpacked");
    refused_change(ENTRY, 20, 4, 40, XYBRID_MALFORMED, "deflate: the data is cut at byte 40 of 40, 39 of 134 bytes unpacked");
}

static void torture(void) {
    size_t size = 0;
    char  *bytes = golden("packed.npz", &size);
    CHECK_OR_RETURN(bytes != NULL);
    xb_test_mem tm;
    XB_TORTURE (tm, 100) {
        xb_npz       *npz = NULL;
        xb_npy        a = { 0 };
        xybrid_error  err;
        xybrid_status st = xb_npz_open(&tm.mem, bytes, (int64_t)size, &npz, &err);
        if (!st) st = xb_npz_read(npz, xb_npz_find(npz, "fortran"), &a, &err);
        XB_TORTURE_STATUS(tm, st);
        xb_npy_free(&a);
        xb_npz_free(npz);
    }
    free(bytes);
}

static void empty_and_cut(void) {
    xb_test_mem tm;
    xb_test_mem_init(&tm, 0, 0);
    xb_npz      *npz = NULL;
    xybrid_error err;
    char         end[23] = "PK\5\6";
    CHECK_INT(xb_npz_open(&tm.mem, end, 22, &npz, &err), XYBRID_OK);
    CHECK_INT(xb_npz_count(npz), 0);
    CHECK_INT(xb_npz_find(npz, "x"), -1);
    xb_npz_free(npz);
    for (int n = 0; n < 22; n++) CHECK_INT(xb_npz_open(&tm.mem, end, n, &npz, &err), XYBRID_MALFORMED);
    xb_npz_free(NULL);
    xb_npy_free(NULL);

    size_t size = 0;
    char  *bytes = golden("stored.npz", &size);
    CHECK_OR_RETURN(bytes != NULL);
    for (size_t n = 0; n < size; n += 7) CHECK(xb_npz_open(&tm.mem, bytes, (int64_t)n, &npz, &err) == XYBRID_MALFORMED);
    free(bytes);
    CHECK_INT(tm.live_blocks, 0);
}

CHECK_MAIN(RUN(stored), RUN(packed), RUN(header_versions), RUN(broken_headers), RUN(write_and_read), RUN(writer_bytes),
           RUN(broken_archives), RUN(torture), RUN(empty_and_cut))
