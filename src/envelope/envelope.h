/* envelope/envelope.h - what goes in and what comes out: kind, payload, name, place, metadata, items.
 *
 * The struct behind the public xybrid_envelope. Its memory is the runtime's, or a session's (plat/recycler.h) for results:
 * then freeing it hands every block back for the next run. Functions that fill an envelope are for its maker, before others
 * see it; afterwards nothing changes but the reference count and the joined text of a List. */
#ifndef XB_ENVELOPE_H
#define XB_ENVELOPE_H

#include <xybrid/envelope.h>

#include "base/root.h"
#include "base/str.h"
#include "tensor/tensor.h"

enum { XB_ENVELOPE_MARK = 0x564e4558 };

typedef struct xb_metadata_entry {
    char *key, *value;
} xb_metadata_entry;

struct xybrid_envelope {
    uint32_t           mark; /* XB_ENVELOPE_MARK while alive */
    xb_atomic32        refs;
    xb_root           *root; /* kept */
    xb_mem            *mem;
    xybrid_view        view;   /* points into what follows */
    xb_tensor          tensor; /* payload of every kind but List: bytes of a Text without its NUL are shape[0] */
    char              *name;
    float             *points;
    xybrid_envelope  **items;             /* references */
    int32_t            item_count, depth; /* depth: Lists below this one, 1 for a List of others */
    xb_metadata_entry *metadata;          /* sorted by key */
    size_t             metadata_count, metadata_room;
    _Atomic(char *)    joined; /* of a List, made on first use */
};

/* ---- make: *out is dropped with xb_envelope_drop. All: OUT_OF_MEMORY. ---- */

/* An empty one of this kind, to be filled. */
xybrid_status xb_envelope_new(xb_root *root, xb_mem *mem, xybrid_kind kind, xybrid_envelope **out, xybrid_error *err);

/* Text, copied; must be UTF-8: INVALID_ARGUMENT with the position otherwise. */
xybrid_status xb_envelope_new_text(xb_root *root, xb_mem *mem, const char *text, int64_t size, xybrid_envelope **out,
                                   xybrid_error *err);

/* A List; takes references to the items. INVALID_ARGUMENT beyond the limits of depth and length. */
xybrid_status xb_envelope_new_list(xb_root *root, xb_mem *mem, xybrid_envelope *const *items, int32_t count,
                                   xybrid_envelope **out, xybrid_error *err);

/* The same from items made one after the other: make(ctx, 0..count-1, &item). */
typedef xybrid_status (*xb_item_fn)(const void *ctx, int32_t index, xybrid_envelope **out, xybrid_error *err);
xybrid_status xb_envelope_make_list(xb_root *root, xb_mem *mem, int32_t count, xb_item_fn make, const void *ctx,
                                    xybrid_envelope **out, xybrid_error *err);

/* Tensor, Tokens or Embedding: takes a reference to the payload. `name` NULL = "". */
xybrid_status xb_envelope_new_tensor(xb_root *root, xb_mem *mem, xybrid_kind kind, const char *name, const xb_tensor *tensor,
                                     xybrid_envelope **out, xybrid_error *err);

/* Audio [frames] or [frames, channels], float32 or int16. */
xybrid_status xb_envelope_new_audio(xb_root *root, xb_mem *mem, const xb_tensor *samples, int32_t rate_hz,
                                    xybrid_envelope **out, xybrid_error *err);

/* Raw pixels, or with XYBRID_FORMAT_ENCODED a file's bytes (then `kind` may be Audio). The payload is uint8 [bytes]. */
xybrid_status xb_envelope_new_image(xb_root *root, xb_mem *mem, const xb_tensor *bytes, xybrid_format format, int32_t width,
                                    int32_t height, int32_t stride_bytes, xybrid_envelope **out, xybrid_error *err);
xybrid_status xb_envelope_new_encoded(xb_root *root, xb_mem *mem, xybrid_kind kind, const xb_tensor *bytes,
                                      xybrid_envelope **out, xybrid_error *err);

/* ---- fill ---- */

xybrid_status xb_envelope_set_name(xybrid_envelope *e, const char *name, xybrid_error *err);
xybrid_status xb_envelope_set_points(xybrid_envelope *e, const float *points, int32_t point_count, xybrid_error *err);
void          xb_envelope_set_score(xybrid_envelope *e, float score);
void          xb_envelope_set_times(xybrid_envelope *e, int64_t start_ms, int64_t end_ms);

/* Value NULL removes. INVALID_ARGUMENT beyond XB_MAX_METADATA_KEYS, for an empty key, or for text that is not UTF-8. */
xybrid_status xb_envelope_set(xybrid_envelope *e, const char *key, const char *value, xybrid_error *err);

/* ---- look, keep ---- */

const char *xb_envelope_get(const xybrid_envelope *e, const char *key); /* NULL if there is none */

/* The text of a Text, or of a List's Texts joined by line breaks; NULL for other kinds, or when memory is out. Any thread. */
const char *xb_envelope_text(const xybrid_envelope *e);

xybrid_envelope *xb_envelope_keep(const xybrid_envelope *e); /* NULL is fine */
void             xb_envelope_drop(xybrid_envelope *e);       /* NULL is fine */

/* "Text", "Audio", ...; static. */
const char *xb_envelope_kind_name(xybrid_kind kind);

#endif
