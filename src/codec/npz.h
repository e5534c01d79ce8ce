/* codec/npz.h - NumPy's .npy arrays and .npz archives (zip) of them; also any zip that is read by name from memory.
 *
 *     XB_TRY(xb_npz_open(mem, bytes, size, &npz, err));
 *     int32_t i = xb_npz_find(npz, "bella");                     // entry "bella.npy"
 *     if (i >= 0) XB_TRY_OUT(xb_npz_read(npz, i, &array, err));
 *     xb_npy_free(&array), xb_npz_free(npz);
 *
 * Formats: numpy.lib.format versions 1 to 3, little endian: bool, (u)int 8 to 64, float 16 to 64, C or Fortran order, at most
 * XB_MAX_RANK dimensions. Zip: stored and deflated entries, no encryption, no zip64 beyond its size fields. */
#ifndef XB_NPZ_H
#define XB_NPZ_H

#include "base/limits.h"
#include "base/str.h"

typedef struct xb_npy {
    xybrid_dtype dtype;
    int32_t      rank; /* 0 = one element */
    int64_t      shape[XB_MAX_RANK];
    int64_t      count; /* elements */
    int64_t      size_bytes;
    const void  *data;  /* row-major, aligned to its element: in the caller's bytes, or in `owned` */
    void        *owned; /* NULL when nothing had to be copied */
    xb_mem      *mem;
} xb_npy;

/* The array borrows `bytes` unless it had to be copied (Fortran order, odd address). MALFORMED with the byte;
 * UNSUPPORTED_FORMAT names big-endian, structured, text, object and complex types. */
xybrid_status xb_npy_read(xb_mem *mem, const void *bytes, int64_t size, xb_npy *out, xybrid_error *err);
void          xb_npy_free(xb_npy *array); /* NULL and an array of zeros are fine */

/* Appends a .npy file, version 1.0, C order. INVALID_ARGUMENT: bfloat16, which NumPy lacks, a bad rank or shape. */
xybrid_status xb_npy_write(xb_str *out, xybrid_dtype dtype, int32_t rank, const int64_t *shape, const void *data,
                           xybrid_error *err);

/* An open archive: the directory alone is read and checked. Borrows `bytes` until freed. Unchanging: any thread. */
typedef struct xb_npz xb_npz;
xybrid_status         xb_npz_open(xb_mem *mem, const void *bytes, int64_t size, xb_npz **out, xybrid_error *err);
void                  xb_npz_free(xb_npz *npz); /* NULL is fine */
int32_t               xb_npz_count(const xb_npz *npz);

/* The entry's name without ".npy"; as long as the archive. index is 0..count-1. Names are never used as paths. */
const char *xb_npz_name(const xb_npz *npz, int32_t index);
int32_t     xb_npz_find(const xb_npz *npz, const char *name); /* index, or -1; of two with one name the last */

/* Unpacks one entry (at most XB_MAX_INFLATED_BYTES) and checks its CRC-32. A stored entry borrows the archive's bytes. */
xybrid_status xb_npz_read(const xb_npz *npz, int32_t index, xb_npy *out, xybrid_error *err);

/* The entry's bytes, whatever they are: *owned is freed by the caller with xb_free, NULL when *data is in the archive. */
xybrid_status xb_npz_read_bytes(const xb_npz *npz, int32_t index, const void **data, int64_t *size, void **owned,
                                xybrid_error *err);

#endif
