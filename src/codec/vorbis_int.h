/* codec/vorbis_int.h - a Vorbis stream's setup: read once (vorbis_setup.c), used for every packet (vorbis.c). Names and numbers
 * are those of the Vorbis I specification (Xiph.Org, 2020), whose sections are given. */
#ifndef XB_VORBIS_INT_H
#define XB_VORBIS_INT_H

#include "base/arena.h"

enum {
    XB_VORBIS_FLOOR_POINTS = 65, /* 7.2.2: 63 and the two ends */
    XB_VORBIS_PASSES = 8,
    XB_VORBIS_MAX_BLOCK = 8192
};

/* Bits from the right; past the end there are zeros, and is_past says so (2.1). */
typedef struct xb_vorbis_bits {
    const uint8_t *bytes;
    int64_t        size, at;
    uint64_t       cache;
    int32_t        count;
    int            is_past;
} xb_vorbis_bits;

uint32_t xb_vorbis_get(xb_vorbis_bits *b, int32_t count); /* 0..32 */

typedef struct xb_vorbis_book { /* 3.2 */
    int32_t entries, dims;
    int32_t (*nodes)[2]; /* of the tree of codes: > 0 = another node, < 0 = ~entry, 0 = nothing; NULL = no entry is used */
    float *vectors;      /* [entries, dims]; NULL = none */
} xb_vorbis_book;

/* The next entry, or -1 where the packet ends or the bits are no code. */
int32_t xb_vorbis_entry(const xb_vorbis_book *book, xb_vorbis_bits *b);

typedef struct xb_vorbis_floor { /* type 1, 7.2.2 */
    int32_t partitions, multiplier, count;
    uint8_t partition_class[31];
    uint8_t dims[16], subclass_bits[16], master[16];
    int16_t books[16][8]; /* -1 = none */
    int32_t x[XB_VORBIS_FLOOR_POINTS];
    uint8_t order[XB_VORBIS_FLOOR_POINTS]; /* of the points by x */
    uint8_t low[XB_VORBIS_FLOOR_POINTS], high[XB_VORBIS_FLOOR_POINTS];
} xb_vorbis_floor;

typedef struct xb_vorbis_residue { /* 8.6.1 */
    int32_t type, begin, end, partition_size, classes, class_book;
    int16_t books[64][XB_VORBIS_PASSES]; /* -1 = none */
} xb_vorbis_residue;

typedef struct xb_vorbis_mapping { /* 4.2.4 */
    int32_t submaps, couplings;
    uint8_t magnitude[256], angle[256];
    uint8_t mux[256]; /* channel -> submap */
    uint8_t floor[16], residue[16];
} xb_vorbis_mapping;

typedef struct xb_vorbis_setup {
    int32_t            channels, rate_hz;
    int32_t            block[2];
    int32_t            book_count, floor_count, residue_count, mapping_count, mode_count;
    xb_vorbis_book    *books;
    xb_vorbis_floor   *floors;
    xb_vorbis_residue *residues;
    xb_vorbis_mapping *mappings;
    struct {
        uint8_t is_long, mapping;
    } modes[64];
} xb_vorbis_setup;

int32_t xb_vorbis_ilog(uint32_t value); /* 9.2.1: bits of the number, 0 for 0 */

/* The first and the third header packet, without their "\1vorbis". Everything lives in the arena. *why says what is wrong when
 * the result is MALFORMED or UNSUPPORTED_AUDIO (*err is not filled then); other failures fill *err. */
xybrid_status xb_vorbis_read_identification(xb_vorbis_bits *b, xb_vorbis_setup *s, const char **why);
xybrid_status xb_vorbis_read_setup(xb_vorbis_bits *b, xb_arena *arena, xb_vorbis_setup *s, const char **why, xybrid_error *err);

#endif
