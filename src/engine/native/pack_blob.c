/* engine/native/pack_blob.c - see pack_blob.h. */
#include "engine/native/pack_blob.h"

#include <string.h>

#include "base/error.h"
#include "base/format.h"

typedef struct header {
    char     magic[8]; /* "xbpack" */
    int32_t  format, number, kind;
    uint32_t rewrites_off;
    int64_t  size_bytes;
    uint64_t checksum; /* of the form */
    int64_t  form[XB_PACK_FORM];
    char     isa[16], qisa[16], unused[24];
} header;

_Static_assert(sizeof(header) == XB_PACK_BLOB_HEADER, "the form behind it is aligned");

static void mix(uint64_t lane[4], const char *p) {
    uint64_t word[4];
    memcpy(word, p, sizeof word);
    for (int i = 0; i < 4; i++) {
        lane[i] = (lane[i] ^ word[i]) * UINT64_C(0x9e3779b97f4a7c15);
        lane[i] ^= lane[i] >> 32;
    }
}

/* Four lanes, so that it runs as fast as memory: words are added, multiplied and turned as in FNV and its descendants. */
uint64_t xb_pack_checksum(const void *bytes, int64_t size) {
    enum { STEP = 32 };
    const char *p = bytes;
    uint64_t    lane[4] = { 1, 2, 3, 4 }, sum = 0;
    for (; size >= STEP; p += STEP, size -= STEP) mix(lane, p);
    if (size > 0) {
        char last[STEP] = { 0 };
        memcpy(last, p, (size_t)size);
        mix(lane, last);
    }
    for (int i = 0; i < 4; i++) sum = (sum ^ lane[i]) * UINT64_C(0xff51afd7ed558ccd) + (sum >> 29);
    return sum;
}

static header header_of(const xb_pack_blob_key *key) {
    header h = { .magic = "xbpack",
                 .format = XB_PACK_FORMAT,
                 .number = key->number,
                 .kind = key->kind,
                 .rewrites_off = key->rewrites_off,
                 .size_bytes = key->size_bytes };
    memcpy(h.form, key->form, sizeof h.form);
    xb_format(h.isa, sizeof h.isa, "%s", key->isa);
    xb_format(h.qisa, sizeof h.qisa, "%s", key->qisa);
    return h;
}

/* <identity>-<number>-<hash of the header>: forms of a key differ, and so do their names. */
static void name_of(const xb_pack_blobs *b, const header *h, char out[128]) {
    xb_format(out, 128, "%s-%d-%016llx", b->identity, (int)h->number, (unsigned long long)xb_pack_checksum(h, sizeof *h));
}

const void *xb_pack_blob_get(const xb_pack_blobs *b, const xb_pack_blob_key *key, void **handle) {
    if (!b->host) return NULL;
    xybrid_error why;
    header       wanted = header_of(key), found;
    char         name[128];
    const void  *bytes;
    int64_t      size;
    name_of(b, &wanted, name);
    if (b->host->blob_get(b->host->ctx, name, &bytes, &size, handle, &why) != XYBRID_OK) return NULL;
    if (size == key->size_bytes + XB_PACK_BLOB_HEADER) {
        const char *form = (const char *)bytes + XB_PACK_BLOB_HEADER;
        memcpy(&found, bytes, sizeof found);
        wanted.checksum = found.checksum;
        if (memcmp(&found, &wanted, sizeof found) == 0 && xb_pack_checksum(form, key->size_bytes) == found.checksum)
            return form;
    }
    xb_pack_blob_drop(b, *handle);
    return NULL;
}

void xb_pack_blob_drop(const xb_pack_blobs *b, void *handle) {
    if (handle) b->host->blob_drop(b->host->ctx, handle);
}

void xb_pack_blob_put(xb_pack_blobs *b, const xb_pack_blob_key *key, void *block) {
    if (!b->host || b->is_full) return;
    xybrid_error why;
    header       h = header_of(key);
    char         name[128];
    name_of(b, &h, name);
    h.checksum = xb_pack_checksum((const char *)block + XB_PACK_BLOB_HEADER, key->size_bytes);
    memcpy(block, &h, sizeof h);
    b->is_full = b->host->blob_put(b->host->ctx, name, block, key->size_bytes + XB_PACK_BLOB_HEADER, &why) != XYBRID_OK;
}
