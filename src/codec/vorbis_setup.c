/* codec/vorbis_setup.c - Vorbis headers: codebooks, floors, residues, mappings, modes (Vorbis I specification, 3 and 4.2). */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "codec/vorbis_int.h"

enum { MAX_BOOK_FLOATS = 1 << 21 }; /* entries x dims; libvorbis's largest has 26,244 */

uint32_t xb_vorbis_get(xb_vorbis_bits *b, int32_t count) {
    while (b->count < count) {
        uint64_t byte = 0;
        if (b->at < b->size) byte = b->bytes[b->at++];
        else b->is_past = 1;
        b->cache |= byte << b->count;
        b->count += 8;
    }
    uint32_t value = (uint32_t)(b->cache & (((uint64_t)1 << count) - 1));
    b->cache >>= count;
    b->count -= count;
    return value;
}

static int32_t get(xb_vorbis_bits *b, int32_t count) { return (int32_t)xb_vorbis_get(b, count); } /* up to 31 bits */

int32_t xb_vorbis_ilog(uint32_t value) {
    int32_t bits = 0;
    for (; value; value >>= 1) bits++;
    return bits;
}

static xybrid_status bad(const char **why, const char *what) {
    *why = what;
    return XYBRID_MALFORMED;
}

xybrid_status xb_vorbis_read_identification(xb_vorbis_bits *b, xb_vorbis_setup *s, const char **why) {
    uint32_t version = xb_vorbis_get(b, 32);
    s->channels = get(b, 8);
    uint32_t rate = xb_vorbis_get(b, 32);
    for (int i = 0; i < 3; i++) (void)xb_vorbis_get(b, 32); /* bit rates */
    int32_t small = get(b, 4), large = get(b, 4), framing = get(b, 1);
    if (version != 0 || s->channels < 1 || rate < 1 || small < 6 || large > 13 || small > large || !framing || b->is_past)
        return bad(why, "identification header");
    if (s->channels > XB_MAX_AUDIO_CHANNELS || rate > XB_MAX_AUDIO_RATE) {
        *why = s->channels > XB_MAX_AUDIO_CHANNELS ? "more than 64 channels" : "a sample rate above 768000 Hz";
        return XYBRID_UNSUPPORTED_AUDIO;
    }
    s->rate_hz = (int32_t)rate;
    s->block[0] = 1 << small;
    s->block[1] = 1 << large;
    return XYBRID_OK;
}

/* ---- codebooks ---- */

int32_t xb_vorbis_entry(const xb_vorbis_book *book, xb_vorbis_bits *b) {
    if (!book->nodes) return -1;
    for (int32_t node = 0;;) {
        node = book->nodes[node][xb_vorbis_get(b, 1)];
        if (b->is_past || node == 0) return -1;
        if (node < 0) return ~node;
    }
}

/* Code lengths, 0 = unused (3.2.1). */
static int read_lengths(xb_vorbis_bits *b, uint8_t *lengths, int32_t entries) {
    if (get(b, 1)) { /* ordered: how many have each length */
        int32_t length = get(b, 5) + 1;
        for (int32_t at = 0; at < entries; length++) {
            int32_t count = get(b, xb_vorbis_ilog((uint32_t)(entries - at)));
            if (count > entries - at || length > 32 || b->is_past) return 0;
            memset(lengths + at, length, (size_t)count);
            at += count;
        }
        return 1;
    }
    int is_sparse = get(b, 1);
    for (int32_t i = 0; i < entries && !b->is_past; i++) lengths[i] = is_sparse && !get(b, 1) ? 0 : (uint8_t)(get(b, 5) + 1);
    return !b->is_past;
}

/* Gives each entry, in order, the lowest code of its length that is free (3.2.1), and makes a tree of them. open[n] is the
 * lowest free code of length n, its bits from the left; at most one for each length. A code that does not fit is an error; what
 * stays free means nothing, and is met only in damaged packets. */
static xybrid_status make_tree(xb_arena *arena, const uint8_t *lengths, int32_t entries, xb_vorbis_book *book, const char **why,
                               xybrid_error *err) {
    uint32_t open[33] = { 0 };
    int32_t  used = 0, nodes = 1, first = 1, last = 0;
    for (int32_t i = 0; i < entries; i++)
        if (lengths[i]) used++, last = i;
    if (used == 0) return XYBRID_OK;
    int32_t limit = used + 33; /* one for each leaf but one, and one for each code that stays free */
    book->nodes = xb_arena_array(arena, (size_t)limit, sizeof *book->nodes, err);
    if (!book->nodes) return err->code;
    if (used == 1) { /* one bit, of either value (errata 20150226) */
        book->nodes[0][0] = book->nodes[0][1] = ~last;
        return XYBRID_OK;
    }
    for (int32_t i = 0; i < entries; i++) {
        int32_t  length = lengths[i], from = length;
        uint32_t code = 0;
        if (length == 0) continue;
        if (first) from = 0;
        else {
            while (from > 0 && !open[from]) from--;
            if (from == 0) return bad(why, "codebook with too many codes");
            code = open[from];
            open[from] = 0;
        }
        first = 0;
        for (int32_t n = from + 1; n <= length; n++) open[n] = code + ((uint32_t)1 << (32 - n));
        int32_t node = 0;
        for (int32_t n = 0; n < length; n++) {
            int32_t *to = &book->nodes[node][code >> (31 - n) & 1];
            if (n == length - 1) {
                *to = ~i;
            } else {
                if (*to < 0 || (*to == 0 && nodes == limit)) return bad(why, "codebook whose codes overlap");
                if (*to == 0) *to = nodes++;
                node = *to;
            }
        }
    }
    return XYBRID_OK;
}

/* 9.2.2. */
static double packed_float(uint32_t bits) {
    double mantissa = (double)(bits & 0x1FFFFF);
    return ldexp(bits >> 31 ? -mantissa : mantissa, (int)(bits >> 21 & 0x3FF) - 788);
}

/* The vector of each entry (3.2.1, 3.3). */
static xybrid_status read_vectors(xb_vorbis_bits *b, xb_arena *arena, xb_vorbis_book *book, const char **why,
                                  xybrid_error *err) {
    int32_t type = get(b, 4);
    if (type == 0) return XYBRID_OK;
    if (type > 2 || book->dims == 0) return bad(why, "codebook of an unknown kind");
    if ((int64_t)book->entries * book->dims > MAX_BOOK_FLOATS) return bad(why, "codebook beyond all measure");
    double  least = packed_float(xb_vorbis_get(b, 32)), step = packed_float(xb_vorbis_get(b, 32));
    int32_t bits = get(b, 4) + 1, is_sum = get(b, 1);
    int64_t count = (int64_t)book->entries * book->dims, room = count;
    if (type == 1) { /* 9.2.3: the greatest number whose power `dims` is not above `entries` */
        for (count = 1;; count++) {
            int64_t power = 1;
            for (int32_t d = 0; d < book->dims && power <= book->entries; d++) power *= count + 1;
            if (power > book->entries) break;
        }
    }
    if (count * bits > (b->size - b->at) * 8 + b->count) return bad(why, "codebook that is cut");
    double *values = xb_arena_array(arena, (size_t)count, sizeof *values, err);
    book->vectors = values ? xb_arena_array(arena, (size_t)room, sizeof *book->vectors, err) : NULL;
    if (!book->vectors) return err->code;
    for (int64_t i = 0; i < count; i++) values[i] = get(b, bits) * step + least;
    float *to = book->vectors;
    for (int32_t entry = 0; entry < book->entries; entry++) {
        double  last = 0;
        int64_t place = entry;
        for (int32_t d = 0; d < book->dims; d++) {
            double value = last + (type == 1 ? values[place % count] : values[(int64_t)entry * book->dims + d]);
            if (type == 1) place /= count;
            if (is_sum) last = value;
            *to++ = (float)value;
        }
    }
    return XYBRID_OK;
}

static xybrid_status read_book(xb_vorbis_bits *b, xb_arena *arena, xb_vorbis_book *book, const char **why, xybrid_error *err) {
    if (get(b, 24) != 0x564342) return bad(why, "codebook without its mark");
    book->dims = get(b, 16);
    book->entries = get(b, 24);
    uint8_t *lengths = xb_arena_alloc(arena, (size_t)book->entries + 1, err);
    if (!lengths) return err->code;
    if (!read_lengths(b, lengths, book->entries)) return bad(why, "codebook's lengths");
    XB_TRY(make_tree(arena, lengths, book->entries, book, why, err));
    XB_TRY(read_vectors(b, arena, book, why, err));
    return b->is_past ? bad(why, "codebook that is cut") : XYBRID_OK;
}

/* ---- floors (7.2.2) ---- */

/* The order by x, and the nearest points before each that lie left and right of it. */
static int sort_points(xb_vorbis_floor *f) {
    for (int32_t i = 0; i < f->count; i++) {
        int32_t at = i;
        for (; at > 0 && f->x[i] < f->x[f->order[at - 1]]; at--) f->order[at] = f->order[at - 1];
        f->order[at] = (uint8_t)i;
        if (at > 0 && f->x[f->order[at - 1]] == f->x[i]) return 0;
        if (i < 2) continue;
        f->low[i] = f->order[at - 1]; /* 0 and the end are left and right of all: read_floor made sure */
        f->high[i] = f->order[at + 1];
    }
    return 1;
}

static xybrid_status read_floor(xb_vorbis_bits *b, const xb_vorbis_setup *s, xb_vorbis_floor *f, const char **why) {
    int32_t classes = 0;
    if (get(b, 16) != 1) {
        *why = "floor of type 0";
        return XYBRID_UNSUPPORTED_AUDIO;
    }
    f->partitions = get(b, 5);
    for (int32_t i = 0; i < f->partitions; i++) {
        f->partition_class[i] = (uint8_t)get(b, 4);
        if (f->partition_class[i] >= classes) classes = f->partition_class[i] + 1;
    }
    for (int32_t c = 0; c < classes; c++) {
        f->dims[c] = (uint8_t)(get(b, 3) + 1);
        f->subclass_bits[c] = (uint8_t)get(b, 2);
        if (f->subclass_bits[c]) f->master[c] = (uint8_t)get(b, 8);
        if (f->subclass_bits[c] && f->master[c] >= s->book_count) return bad(why, "floor without its codebook");
        for (int32_t i = 0; i < 1 << f->subclass_bits[c]; i++) {
            f->books[c][i] = (int16_t)(get(b, 8) - 1);
            if (f->books[c][i] >= s->book_count) return bad(why, "floor without its codebook");
        }
    }
    f->multiplier = get(b, 2) + 1;
    int32_t bits = get(b, 4), end = 1 << bits;
    f->x[1] = end;
    f->count = 2;
    for (int32_t p = 0; p < f->partitions; p++) {
        for (int32_t i = 0; i < f->dims[f->partition_class[p]]; i++) {
            if (f->count == XB_VORBIS_FLOOR_POINTS) return bad(why, "floor with too many points");
            f->x[f->count++] = get(b, bits);
        }
    }
    return sort_points(f) && !b->is_past ? XYBRID_OK : bad(why, "floor's points");
}

/* ---- residues, mappings, modes ---- */

static xybrid_status read_residue(xb_vorbis_bits *b, const xb_vorbis_setup *s, xb_vorbis_residue *r, const char **why) {
    uint8_t cascade[64] = { 0 };
    r->type = get(b, 16);
    r->begin = get(b, 24);
    r->end = get(b, 24);
    r->partition_size = get(b, 24) + 1;
    r->classes = get(b, 6) + 1;
    r->class_book = get(b, 8);
    if (r->type > 2 || r->end < r->begin || r->class_book >= s->book_count || s->books[r->class_book].dims == 0)
        return bad(why, "residue");
    for (int32_t c = 0; c < r->classes; c++) {
        int32_t low = get(b, 3);
        cascade[c] = (uint8_t)(low | (get(b, 1) ? get(b, 5) << 3 : 0));
    }
    for (int32_t c = 0; c < r->classes; c++) {
        for (int32_t pass = 0; pass < XB_VORBIS_PASSES; pass++) {
            int32_t book = cascade[c] >> pass & 1 ? get(b, 8) : -1;
            if (book >= s->book_count || (book >= 0 && !s->books[book].vectors))
                return bad(why, "residue without its codebook");
            r->books[c][pass] = (int16_t)book;
        }
    }
    return b->is_past ? bad(why, "residue that is cut") : XYBRID_OK;
}

static xybrid_status read_mapping(xb_vorbis_bits *b, const xb_vorbis_setup *s, xb_vorbis_mapping *m, const char **why) {
    int32_t type = get(b, 16), bits = xb_vorbis_ilog((uint32_t)s->channels - 1);
    m->submaps = get(b, 1) ? get(b, 4) + 1 : 1;
    m->couplings = get(b, 1) ? get(b, 8) + 1 : 0;
    for (int32_t i = 0; i < m->couplings; i++) {
        m->magnitude[i] = (uint8_t)get(b, bits);
        m->angle[i] = (uint8_t)get(b, bits);
        if (m->magnitude[i] == m->angle[i] || m->magnitude[i] >= s->channels || m->angle[i] >= s->channels)
            return bad(why, "mapping's channels");
    }
    if (type != 0 || get(b, 2) != 0) return bad(why, "mapping");
    for (int32_t c = 0; m->submaps > 1 && c < s->channels; c++) {
        m->mux[c] = (uint8_t)get(b, 4);
        if (m->mux[c] >= m->submaps) return bad(why, "mapping's parts");
    }
    for (int32_t i = 0; i < m->submaps; i++) {
        (void)get(b, 8);
        m->floor[i] = (uint8_t)get(b, 8);
        m->residue[i] = (uint8_t)get(b, 8);
        if (m->floor[i] >= s->floor_count || m->residue[i] >= s->residue_count) return bad(why, "mapping's parts");
    }
    return XYBRID_OK;
}

static xybrid_status read_modes(xb_vorbis_bits *b, xb_vorbis_setup *s, const char **why) {
    s->mode_count = get(b, 6) + 1;
    for (int32_t i = 0; i < s->mode_count; i++) {
        s->modes[i].is_long = (uint8_t)get(b, 1);
        int32_t window = get(b, 16), transform = get(b, 16);
        s->modes[i].mapping = (uint8_t)get(b, 8);
        if (window != 0 || transform != 0 || s->modes[i].mapping >= s->mapping_count) return bad(why, "mode");
    }
    return get(b, 1) && !b->is_past ? XYBRID_OK : bad(why, "end of the setup header");
}

/* Room for 1..2^bits things, zeroed. */
#define READ_ALL(things, bits, reader)                                                              \
    do {                                                                                            \
        s->things##_count = get(b, bits) + 1;                                                       \
        s->things##s = xb_arena_array(arena, (size_t)s->things##_count, sizeof *s->things##s, err); \
        if (!s->things##s) return err->code;                                                        \
        for (int32_t i = 0; i < s->things##_count; i++) XB_TRY(reader);                             \
    } while (0)

xybrid_status xb_vorbis_read_setup(xb_vorbis_bits *b, xb_arena *arena, xb_vorbis_setup *s, const char **why,
                                   xybrid_error *err) {
    READ_ALL(book, 8, read_book(b, arena, &s->books[i], why, err));
    for (int32_t i = get(b, 6) + 1; i > 0; i--)
        if (get(b, 16) != 0) return bad(why, "time transform");
    READ_ALL(floor, 6, read_floor(b, s, &s->floors[i], why));
    READ_ALL(residue, 6, read_residue(b, s, &s->residues[i], why));
    READ_ALL(mapping, 6, read_mapping(b, s, &s->mappings[i], why));
    return read_modes(b, s, why);
}
