/* mutate.h - damages protobuf files, the same way for the same number.
 *
 *     onnx_bytes bad = mutate(&seed, &donor, number);          // onnx_bytes_free(&bad)
 *
 * A quarter of the changes is to bytes: flips, lengths, cuts, parts of another file. The others are to fields: one, at any
 * depth, gets another number, value or content, is dropped or doubled, and the lengths around it are right again, so that the
 * change gets past the reader. */
#ifndef MUTATE_H
#define MUTATE_H

#include "../onnx_writer.h"

/* splitmix64 (Steele, Lea, Flood 2014) */
static inline uint64_t mutate_random(uint64_t *state) {
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}
static inline size_t mutate_below(uint64_t *state, size_t bound) { return bound ? (size_t)(mutate_random(state) % bound) : 0; }

/* ---- fields ---- */

typedef struct mutate_field {
    size_t   at, body, end; /* body: of a varint the value, of a length-delimited one the content */
    uint64_t value;
    int      number, wire;
} mutate_field;

static inline int mutate_varint(const onnx_bytes *b, size_t *at, size_t end, uint64_t *out) {
    *out = 0;
    for (int shift = 0; shift < 64 && *at < end; shift += 7) {
        unsigned char c = (unsigned char)b->data[(*at)++];
        *out |= (uint64_t)(c & 127) << shift;
        if (!(c & 128)) return 1;
    }
    return 0;
}

/* The field at *at; 0 at the end, or where there is none. */
static inline int mutate_next(const onnx_bytes *b, size_t *at, size_t end, mutate_field *f) {
    uint64_t key;
    f->at = *at;
    if (!mutate_varint(b, at, end, &key) || key >> 3 == 0 || key >> 3 > 100) return 0;
    f->number = (int)(key >> 3);
    f->wire = (int)(key & 7);
    f->body = *at;
    f->value = 0;
    size_t fixed = f->wire == 1 ? 8 : f->wire == 5 ? 4 : 0;
    if (f->wire == 0 || f->wire == 2) {
        if (!mutate_varint(b, at, end, &f->value)) return 0;
        if (f->wire == 2) {
            f->body = *at;
            if (f->value > end - *at) return 0;
            *at += (size_t)f->value;
        }
    } else if (!fixed || fixed > end - *at) {
        return 0;
    }
    *at += fixed;
    f->end = *at;
    return 1;
}

/* Does the content look like a message? Then its fields are changed, not its bytes. */
static inline int mutate_is_message(const onnx_bytes *b, const mutate_field *f) {
    mutate_field inner;
    size_t       at = f->body;
    if (f->wire != 2 || f->end == f->body) return 0;
    while (at < f->end)
        if (!mutate_next(b, &at, f->end, &inner)) return 0;
    return 1;
}

/* Number of fields in [at, end), at any depth; field number `which` of them in *found. */
static inline int64_t mutate_count(const onnx_bytes *b, size_t at, size_t end, int64_t which, mutate_field *found) {
    int64_t      count = 0;
    mutate_field f;
    while (at < end && mutate_next(b, &at, end, &f)) {
        if (count++ == which) *found = f;
        if (mutate_is_message(b, &f)) count += mutate_count(b, f.body, f.end, which - count, found);
    }
    return count;
}

static inline void mutate_value(onnx_bytes *out, const mutate_field *f, uint64_t *state) {
    static const uint64_t values[] = {
        0,         1,          2,          7,          8,       64,    UINT64_MAX,     UINT32_MAX,     INT32_MAX, 1u << 31,
        INT64_MAX, 1ull << 63, 1ull << 62, 1ull << 34, 1000000, 65536, UINT64_MAX - 1, UINT64_MAX - 7, 3,         16
    };
    uint64_t v;
    switch (mutate_below(state, 4)) {
    case 0: v = f->value + 1; break;
    case 1: v = f->value - 1; break;
    case 2: v = mutate_below(state, 32); break;
    default: v = values[mutate_below(state, sizeof values / sizeof values[0])];
    }
    onnx_put_varint(out, (uint64_t)f->number << 3);
    onnx_put_varint(out, v);
}

/* The field of b, changed. */
static inline void mutate_one(onnx_bytes *out, const onnx_bytes *b, const mutate_field *f, const onnx_bytes *donor,
                              uint64_t *state) {
    size_t how = mutate_below(state, 8), size = f->end - f->body;
    if (how == 0) return;
    if (how == 1 || how == 2) { /* twice; or under another number */
        if (how == 1) onnx_bytes_add(out, b->data + f->at, f->end - f->at);
        onnx_put_varint(out, (uint64_t)(how == 1 ? (size_t)f->number : 1 + mutate_below(state, 25)) << 3 | (uint64_t)f->wire);
        if (f->wire == 2) onnx_put_varint(out, size);
        onnx_bytes_add(out, b->data + f->body, size);
    } else if (f->wire == 0) {
        mutate_value(out, f, state);
    } else if (f->wire != 2) {
        onnx_put_varint(out, (uint64_t)f->number << 3 | (uint64_t)f->wire);
        for (size_t i = 0; i < size; i++) {
            char byte = (char)mutate_random(state);
            onnx_bytes_add(out, &byte, 1);
        }
    } else if (how < 6) { /* the content of a field with the same number, of this file or another */
        const onnx_bytes *from = how == 3 ? donor : b;
        int64_t           count = mutate_count(from, 0, from->size, -1, NULL);
        for (int tries = 0; tries < 40; tries++) {
            mutate_field g = { .wire = 9 };
            mutate_count(from, 0, from->size, (int64_t)mutate_below(state, (size_t)count), &g);
            if (g.wire != 2 || g.number != f->number) continue;
            onnx_put_bytes(out, f->number, from->data + g.body, g.end - g.body);
            return;
        }
        onnx_put_bytes(out, f->number, "", 0);
    } else { /* bytes of the content */
        onnx_bytes copy = { 0 };
        onnx_bytes_add(&copy, b->data + f->body, how == 6 ? mutate_below(state, size + 1) : size);
        if (copy.size) copy.data[mutate_below(state, copy.size)] = (char)mutate_random(state);
        onnx_put_message(out, f->number, &copy);
    }
}

static inline void mutate_fields(onnx_bytes *out, const onnx_bytes *b, size_t at, size_t end, int64_t *which,
                                 const onnx_bytes *donor, uint64_t *state) {
    mutate_field f;
    while (at < end && mutate_next(b, &at, end, &f)) {
        int64_t mine = (*which)--;
        if (mine == 0) {
            mutate_one(out, b, &f, donor, state);
        } else if (mine > 0 && mutate_is_message(b, &f)) {
            onnx_bytes inner = { 0 };
            mutate_fields(&inner, b, f.body, f.end, which, donor, state);
            onnx_put_message(out, f.number, &inner);
        } else {
            onnx_bytes_add(out, b->data + f.at, f.end - f.at);
        }
    }
}

/* ---- bytes ---- */

static inline void mutate_bytes(onnx_bytes *b, const onnx_bytes *donor, uint64_t *state) {
    static const unsigned char lengths[] = { 0, 1, 0x7f, 0x80, 0xff, 0xfe };
    size_t                     at = mutate_below(state, b->size), size = mutate_below(state, 32) + 1;
    if (size > b->size - at) size = b->size - at;
    switch (mutate_below(state, 6)) {
    case 0: b->data[at] = (char)(b->data[at] ^ 1 << mutate_below(state, 8)); break;
    case 1: b->data[at] = (char)lengths[mutate_below(state, sizeof lengths)]; break;
    case 2: b->size = at; break;
    case 3: /* without a piece */
        memmove(b->data + at, b->data + at + size, b->size - at - size);
        b->size -= size;
        break;
    case 4: /* a piece of another file on top */
        if (size > donor->size) size = donor->size;
        memcpy(b->data + at, donor->data + mutate_below(state, donor->size - size + 1), size);
        break;
    default: { /* a piece of another file between */
        onnx_bytes tail = { 0 };
        if (size > donor->size) size = donor->size;
        onnx_bytes_add(&tail, b->data + at, b->size - at);
        b->size = at;
        onnx_bytes_add(b, donor->data + mutate_below(state, donor->size - size + 1), size);
        onnx_bytes_add(b, tail.data, tail.size);
        onnx_bytes_free(&tail);
    }
    }
}

/* One or two changes. */
static inline onnx_bytes mutate(const onnx_bytes *seed, const onnx_bytes *donor, uint64_t number) {
    uint64_t   state = number;
    onnx_bytes b = { 0 };
    onnx_bytes_add(&b, seed->data, seed->size);
    for (size_t changes = 1 + mutate_below(&state, 5) / 3; changes > 0 && b.size > 0; changes--) {
        if (mutate_below(&state, 4) == 0) {
            mutate_bytes(&b, donor, &state);
            continue;
        }
        onnx_bytes out = { 0 };
        int64_t    which = (int64_t)mutate_below(&state, (size_t)mutate_count(&b, 0, b.size, -1, NULL));
        mutate_fields(&out, &b, 0, b.size, &which, donor, &state);
        onnx_bytes_free(&b);
        b = out;
    }
    return b;
}

#endif
