/* codec/ogg.h - the packets of one logical stream of an Ogg file (RFC 3533), in memory.
 *
 *     xb_ogg o;
 *     xb_ogg_init(&o, mem, bytes, size, "\1vorbis", 7);
 *     for (xb_ogg_packet p; xb_ogg_next(&o, &p, err) == XYBRID_OK && p.data;) ...     // p.data NULL = the end
 *     xb_ogg_free(&o);
 *
 * A stream begins with a page whose first packet starts with the given bytes; other streams of the file are passed over, and one
 * of the kind that begins after this one ended follows it (is_first). Pages with a wrong checksum, missing pages and bytes
 * between pages are passed over: the packets of which a part is missing do not come, and the next one says is_after_loss. */
#ifndef XB_OGG_H
#define XB_OGG_H

#include "base/mem.h"

typedef struct xb_ogg_packet {
    const uint8_t *data; /* valid until the next call */
    int64_t        size;
    int64_t        at;           /* of its last page in the file */
    int64_t        page_granule; /* of that page: position at the end of the last packet that ends there; -1 = none */
    int            is_first;     /* of a stream */
    int            is_after_loss;
    int            is_page_first, is_page_last; /* among the packets that end on that page */
    int            is_last_page;                /* of the stream */
} xb_ogg_packet;

typedef struct xb_ogg {
    xb_mem        *mem;
    const uint8_t *bytes;
    int64_t        size, at; /* the next page */
    const char    *magic;
    size_t         magic_size;
    int            is_inside; /* a stream began */
    uint32_t       serial, sequence;
    int            lost, first;
    /* the page in work */
    const uint8_t *page;
    int32_t        segment, segments, last_end; /* the last segment that ends a packet; -1 = none */
    int64_t        body;                        /* of the next segment, from the page's start */
    int            page_first;
    uint8_t       *packet; /* the one in work */
    size_t         packet_size, packet_room;
    int            is_partial; /* it goes on on the next page */
    int            drops;      /* what comes belongs to a packet whose start is missing */
} xb_ogg;

void          xb_ogg_init(xb_ogg *o, xb_mem *mem, const void *bytes, int64_t size, const char *magic, size_t magic_size);
xybrid_status xb_ogg_next(xb_ogg *o, xb_ogg_packet *out, xybrid_error *err);

/* The first byte and the sizes of the packets that end on the current page from the next one on: calls `each` for each. */
void xb_ogg_peek(const xb_ogg *o, void (*each)(void *ctx, uint8_t first), void *ctx);
void xb_ogg_free(xb_ogg *o);

#endif
