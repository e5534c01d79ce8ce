/* codec/ogg.c - Ogg pages to packets, after RFC 3533, 6. */
#include "codec/ogg.h"

#include <string.h>

#include "base/error.h"
#include "base/limits.h"

enum { PAGE_HEADER = 27, FLAG_CONTINUED = 1, FLAG_FIRST = 2, FLAG_LAST = 4 };

static uint32_t le32(const uint8_t *p) { return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0]; }

/* CRC-32 with 0x04C11DB7, the highest bit first, of a page with zeros where the sum stands; 4 bits at a time. */
static uint32_t page_crc(const uint8_t *p, int64_t size) {
    uint32_t table[16], crc = 0;
    for (uint32_t i = 0; i < 16; i++) {
        table[i] = i << 28;
        for (int bit = 0; bit < 4; bit++) table[i] = table[i] << 1 ^ (table[i] >> 31 ? 0x04C11DB7u : 0);
    }
    for (int64_t i = 0; i < size; i++) {
        uint32_t byte = i >= 22 && i < 26 ? 0 : p[i];
        crc = crc << 4 ^ table[crc >> 28 ^ byte >> 4];
        crc = crc << 4 ^ table[crc >> 28 ^ (byte & 15)];
    }
    return crc;
}

void xb_ogg_init(xb_ogg *o, xb_mem *mem, const void *bytes, int64_t size, const char *magic, size_t magic_size) {
    *o = (xb_ogg){ .mem = mem, .bytes = bytes, .size = size, .magic = magic, .magic_size = magic_size };
}

/* Bytes of the whole page at p; 0 = there is none. */
static int64_t page_bytes(const uint8_t *p, int64_t left) {
    if (left < PAGE_HEADER || memcmp(p, "OggS", 4) != 0 || p[4] != 0 || left < PAGE_HEADER + p[26]) return 0;
    int64_t size = PAGE_HEADER + p[26];
    for (int i = 0; i < p[26]; i++) size += p[PAGE_HEADER + i];
    return size <= left && page_crc(p, size) == le32(p + 22) ? size : 0;
}

/* Does the page belong to the stream, or begin the one that we look for? */
static int is_wanted(xb_ogg *o, const uint8_t *p, int64_t size) {
    uint32_t serial = le32(p + 14);
    int64_t  body = PAGE_HEADER + p[26];
    if ((p[5] & FLAG_FIRST) && !o->is_inside) {
        if (size - body < (int64_t)o->magic_size || memcmp(p + body, o->magic, o->magic_size) != 0) return 0;
        o->is_inside = o->first = 1;
        o->serial = serial;
        o->sequence = le32(p + 18);
        o->lost = o->is_partial = o->drops = 0;
        return 1;
    }
    return o->is_inside && serial == o->serial;
}

/* Goes to the next page of the stream; 0 = there is none. */
static int next_page(xb_ogg *o) {
    while (o->at < o->size) {
        const uint8_t *p = o->bytes + o->at;
        int64_t        size = page_bytes(p, o->size - o->at);
        if (size == 0) {
            const uint8_t *next = memchr(p + 1, 'O', (size_t)(o->size - o->at - 1));
            o->at = next ? next - o->bytes : o->size;
            continue;
        }
        o->at += size;
        if (!is_wanted(o, p, size)) continue;
        uint32_t sequence = le32(p + 18);
        int      is_continued = p[5] & FLAG_CONTINUED;
        if (sequence != o->sequence) o->lost = 1;
        o->sequence = sequence + 1;
        if (o->lost || !is_continued || !o->is_partial) { /* what we have is not what goes on here */
            if (o->is_partial) o->lost = 1;
            o->drops = is_continued;
            if (is_continued) o->lost = 1;
            o->is_partial = 0;
            o->packet_size = 0;
        }
        o->page = p;
        o->segment = 0;
        o->segments = p[26];
        o->body = PAGE_HEADER + p[26];
        o->page_first = 1;
        o->last_end = -1;
        for (int32_t i = 0; i < o->segments; i++)
            if (p[PAGE_HEADER + i] < 255) o->last_end = i;
        return 1;
    }
    return 0;
}

static xybrid_status add_segment(xb_ogg *o, const uint8_t *bytes, size_t size, xybrid_error *err) {
    if (o->packet_size + size > o->packet_room) {
        size_t   room = o->packet_room ? 2 * o->packet_room : 4096;
        uint8_t *grown;
        if (room > XB_MAX_OGG_PACKET)
            return xb_fail_at(err, XYBRID_MALFORMED, o->page - o->bytes, "", "Ogg: a packet of more than %d bytes at byte %lld",
                              XB_MAX_OGG_PACKET, (long long)(o->page - o->bytes));
        grown = xb_realloc(o->mem, o->packet, room, err);
        if (!grown) return err->code;
        o->packet = grown;
        o->packet_room = room;
    }
    if (size) memcpy(o->packet + o->packet_size, bytes, size);
    o->packet_size += size;
    return XYBRID_OK;
}

/* Goes on with the page; *is_whole: the packet ended. */
static xybrid_status take_packet(xb_ogg *o, int *is_whole, xybrid_error *err) {
    *is_whole = 0;
    if (!o->is_partial) o->packet_size = 0;
    o->is_partial = 0;
    while (o->segment < o->segments && !*is_whole) {
        size_t size = o->page[PAGE_HEADER + o->segment++];
        int    ends = size < 255;
        if (!o->drops) XB_TRY(add_segment(o, o->page + o->body, size, err));
        o->body += (int64_t)size;
        if (ends && !o->drops) *is_whole = 1;
        if (ends) o->drops = 0;
        o->is_partial = !ends;
    }
    return XYBRID_OK;
}

xybrid_status xb_ogg_next(xb_ogg *o, xb_ogg_packet *out, xybrid_error *err) {
    int is_whole = 0;
    memset(out, 0, sizeof *out);
    while (!is_whole) {
        if (!o->page || o->segment >= o->segments) {
            if (o->page && (o->page[5] & FLAG_LAST)) o->is_inside = 0;
            o->page = NULL;
            if (!next_page(o)) return XYBRID_OK;
        }
        XB_TRY(take_packet(o, &is_whole, err));
    }
    uint32_t low = le32(o->page + 6), high = le32(o->page + 10);
    *out = (xb_ogg_packet){ .data = o->packet ? o->packet : o->page,
                            .size = (int64_t)o->packet_size,
                            .at = o->page - o->bytes,
                            .page_granule = (int64_t)((uint64_t)high << 32 | low),
                            .is_first = o->first,
                            .is_after_loss = o->lost,
                            .is_page_first = o->page_first,
                            .is_page_last = o->segment > o->last_end,
                            .is_last_page = o->page[5] & FLAG_LAST };
    o->first = o->lost = o->page_first = 0;
    return XYBRID_OK;
}

void xb_ogg_peek(const xb_ogg *o, void (*each)(void *ctx, uint8_t first), void *ctx) {
    int64_t body = o->body, start = body;
    for (int32_t i = o->segment; i <= o->last_end; i++) {
        uint8_t size = o->page[PAGE_HEADER + i];
        body += size;
        if (size == 255) continue;
        each(ctx, body > start ? o->page[start] : 1); /* an empty packet is no sound, as an odd one */
        start = body;
    }
}

void xb_ogg_free(xb_ogg *o) { xb_free(o->mem, o->packet); }
