/* chat/stops.c - see stops.h.
 *
 * The text that waits is always the beginning of a stop string, and the node of the automaton says which: nothing is stored but
 * the node. Stop strings begin with a whole character, so what does not wait ends with one. */
#include "chat/stops.h"

#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/utf8.h"

typedef struct node { /* 0 is the root; a node's text is the first `depth` bytes of `text` */
    const char *text;
    uint16_t    child, sibling, fail; /* 0 = none, or the root */
    uint16_t    depth;
    int16_t     found; /* index of the longest stop string that ends here; -1 = none */
    uint8_t     byte;
} node;

struct xb_stops {
    xb_mem  *mem;
    node    *nodes;
    char    *texts;
    uint16_t at;
    int16_t  found;
    uint8_t  held; /* bytes of a character that is not whole yet */
    char     part[4];
};

_Static_assert(XB_MAX_STOPS *XB_MAX_STOP_BYTES < UINT16_MAX, "nodes are numbered with 16 bits");

/* ---- the automaton ---- */

static uint16_t child_of(const node *nodes, uint16_t at, uint8_t byte) {
    uint16_t c = nodes[at].child;
    while (c && nodes[c].byte != byte) c = nodes[c].sibling;
    return c;
}

static uint16_t step(const node *nodes, uint16_t at, uint8_t byte) {
    uint16_t next = child_of(nodes, at, byte);
    while (!next && at) {
        at = nodes[at].fail;
        next = child_of(nodes, at, byte);
    }
    return next;
}

static void add_text(node *nodes, uint16_t *count, const char *text, int16_t index) {
    uint16_t at = 0;
    for (uint16_t i = 0; text[i]; i++) {
        uint16_t next = child_of(nodes, at, (uint8_t)text[i]);
        if (!next) {
            next = (*count)++;
            nodes[next] = (node){
                .text = text, .sibling = nodes[at].child, .depth = (uint16_t)(i + 1), .found = -1, .byte = (uint8_t)text[i]
            };
            nodes[at].child = next;
        }
        at = next;
    }
    if (nodes[at].found < 0) nodes[at].found = index;
}

/* Depth by depth: a node's fail is less deep than the node. */
static void add_fails(node *nodes, uint16_t count) {
    for (uint16_t depth = 1, seen = 1; seen; depth++) {
        seen = 0;
        for (uint16_t parent = 0; parent < count; parent++) {
            if (nodes[parent].depth + 1 != depth) continue;
            for (uint16_t c = nodes[parent].child; c; c = nodes[c].sibling) {
                nodes[c].fail = parent ? step(nodes, nodes[parent].fail, nodes[c].byte) : 0;
                if (nodes[c].found < 0) nodes[c].found = nodes[nodes[c].fail].found;
                seen = 1;
            }
        }
    }
}

static xybrid_status check_texts(const char *const *texts, int32_t count, size_t *size, xybrid_error *err) {
    if (count < 0 || count > XB_MAX_STOPS)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "stop", "%d stop strings, wanted 0 to %d", (int)count, XB_MAX_STOPS);
    *size = 0;
    for (int32_t i = 0; i < count; i++) {
        size_t n = texts[i] ? strlen(texts[i]) : 0;
        if (n == 0 || n > XB_MAX_STOP_BYTES)
            return xb_fail(err, XYBRID_INVALID_ARGUMENT, "stop", "stop string %d has %zu bytes, wanted 1 to %d", (int)i, n,
                           XB_MAX_STOP_BYTES);
        if (xb_utf8_valid(texts[i], n) != n)
            return xb_fail(err, XYBRID_INVALID_ARGUMENT, "stop", "stop string %d is not UTF-8", (int)i);
        *size += n + 1;
    }
    return XYBRID_OK;
}

xybrid_status xb_stops_open(xb_mem *mem, const char *const *texts, int32_t count, xb_stops **out, xybrid_error *err) {
    size_t size;
    XB_TRY(check_texts(texts, count, &size, err));
    xb_stops *s = xb_calloc(mem, 1, sizeof *s, err);
    if (!s) return err->code;
    s->mem = mem;
    s->nodes = xb_calloc(mem, size + 1, sizeof *s->nodes, err);
    s->texts = s->nodes ? xb_calloc(mem, 1, size + 1, err) : NULL;
    if (!s->texts) {
        xb_stops_close(s);
        return err->code;
    }
    uint16_t nodes = 1;
    char    *text = s->texts;
    s->nodes[0] = (node){ .text = "", .found = -1 };
    for (int32_t i = 0; i < count; i++) {
        size_t n = strlen(texts[i]) + 1;
        memcpy(text, texts[i], n);
        add_text(s->nodes, &nodes, text, (int16_t)i);
        text += n;
    }
    add_fails(s->nodes, nodes);
    xb_stops_reset(s);
    *out = s;
    return XYBRID_OK;
}

void xb_stops_close(xb_stops *s) {
    if (!s) return;
    xb_free(s->mem, s->nodes);
    xb_free(s->mem, s->texts);
    xb_free(s->mem, s);
}

void xb_stops_reset(xb_stops *s) {
    s->at = 0;
    s->found = -1;
    s->held = 0;
}

int32_t xb_stops_found(const xb_stops *s) { return s->found; }

/* ---- text ---- */

/* One byte of valid text behind the text of the node. What the new node does not hold is certain. */
static void take_byte(xb_stops *s, char byte, xb_str *out) {
    const node *from = &s->nodes[s->at], *to = &s->nodes[s->at = step(s->nodes, s->at, (uint8_t)byte)];
    int         release = from->depth + 1 - to->depth;
    if (to->found >= 0) {
        const node *n = to; /* the last with this stop string is its own node */
        while (s->nodes[n->fail].found == to->found) n = &s->nodes[n->fail];
        s->found = to->found;
        release = from->depth + 1 - n->depth;
    }
    if (release <= 0) return;
    xb_str_addn(out, from->text, (size_t)(release <= from->depth ? release : from->depth));
    if (release > from->depth) xb_str_addc(out, byte);
}

static void take_char(xb_stops *s, const char *bytes, int size, xb_str *out) {
    for (int i = 0; i < size && s->found < 0; i++) take_byte(s, bytes[i], out);
}

/* Can these bytes become a character? RFC 3629, section 4. */
static int is_part(const uint8_t *p, int n) {
    int length = p[0] < 0xC2 || p[0] > 0xF4 ? 0 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
    if (n >= length) return 0;
    if (n == 1) return 1;
    uint8_t low = p[0] == 0xE0 ? 0xA0 : p[0] == 0xF0 ? 0x90 : 0x80, high = p[0] == 0xED ? 0x9F : p[0] == 0xF4 ? 0x8F : 0xBF;
    return p[1] >= low && p[1] <= high && (n == 2 || (p[2] & 0xC0) == 0x80);
}

static const char replacement[] = "\xEF\xBF\xBD";

void xb_stops_feed(xb_stops *s, const void *bytes, size_t size, xb_str *out) {
    const char *p = bytes;
    uint32_t    code;
    for (size_t i = 0; i < size && s->found < 0;) {
        s->part[s->held++] = p[i++];
        if (xb_utf8_read(s->part, s->part + s->held, &code) == s->held) {
            take_char(s, s->part, s->held, out);
            s->held = 0;
        } else if (!is_part((const uint8_t *)s->part, s->held)) {
            i -= s->held > 1; /* the last byte may begin another */
            take_char(s, replacement, 3, out);
            s->held = 0;
        }
    }
}

void xb_stops_finish(xb_stops *s, xb_str *out) {
    if (s->found >= 0) return;
    if (s->held) take_char(s, replacement, 3, out);
    s->held = 0;
    if (s->found < 0) xb_str_addn(out, s->nodes[s->at].text, s->nodes[s->at].depth);
    s->at = 0;
}
