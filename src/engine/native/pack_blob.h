/* engine/native/pack_blob.h - packed weights that the host keeps (xybrid_host, blob_get and blob_put), so that the next process
 * maps them instead of packing again into memory of its own.
 *
 *     blob: [header, 256 bytes: which form of which value of which file, length, checksum] [the form]
 *
 * A blob that does not say exactly what is wanted, or whose checksum is not its content's, is none. The checksum is against
 * files that were cut short or damaged, not against an enemy: whoever may write there can change results, but no value of a
 * packed form is ever an index.
 *
 * The format is raised with every change of what a form of kernel/ looks like; tests/unit/native_pack_blob.c holds it against
 * the forms. */
#ifndef XB_NATIVE_PACK_BLOB_H
#define XB_NATIVE_PACK_BLOB_H

#include <xybrid/engine.h>

#include "base/mem.h"

enum {
    XB_PACK_FORMAT = 1,
    XB_PACK_FORM = 20,
    XB_PACK_BLOB_HEADER = 256,
    XB_PACK_IDENTITY = 72,
    XB_PACK_BLOB_LEAST = 32 * 1024 /* bytes of a form; a smaller one is made faster than its file is opened */
};

/* What decides a form's bytes, besides the file: all of it stands in the header. */
typedef struct xb_pack_blob_key {
    int32_t        number, kind;
    const int64_t *form;       /* [XB_PACK_FORM] */
    const char    *isa, *qisa; /* names of the kernels' tables */
    uint32_t       rewrites_off;
    int64_t        size_bytes;
} xb_pack_blob_key;

/* Where blobs are kept. host NULL = nowhere. */
typedef struct xb_pack_blobs {
    const xybrid_host *host;
    char               identity[XB_PACK_IDENTITY]; /* xybrid_source.identity */
    int32_t            is_full;                    /* a put failed: no other is tried */
} xb_pack_blobs;

/* The form, mapped, and the handle for xb_pack_blob_drop; NULL if there is none. */
const void *xb_pack_blob_get(const xb_pack_blobs *b, const xb_pack_blob_key *key, void **handle);
void        xb_pack_blob_drop(const xb_pack_blobs *b, void *handle);

/* Keeps the form that stands at block + XB_PACK_BLOB_HEADER, and writes the header before it. */
void xb_pack_blob_put(xb_pack_blobs *b, const xb_pack_blob_key *key, void *block);

/* Checksum of `size` bytes, 64-bit little-endian words; a last part is filled up with zeros. */
uint64_t xb_pack_checksum(const void *bytes, int64_t size);

#endif
