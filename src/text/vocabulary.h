/* text/vocabulary.h - tokens: id to bytes by index, bytes to id by a hash table with open addressing. The bytes lie in one
 * block, in an arena or in a mapped file. */
#ifndef XB_VOCABULARY_H
#define XB_VOCABULARY_H

#include "base/arena.h"
#include "codec/slice.h"

enum { XB_MAX_PROBES = 512 /* of a hash table at most half full; more means a file that was made to collide */ };

enum { XB_TOKEN_SPECIAL = 1, XB_TOKEN_ADDED = 2 /* not part of the model: never found while encoding a word */ };

typedef struct xb_token_entry {
    uint32_t offset, size; /* in `base`; offset XB_NO_TOKEN = unused id */
} xb_token_entry;
#define XB_NO_TOKEN UINT32_MAX

typedef struct xb_vocabulary {
    const char     *base;   /* in the arena, or the mapped GGUF */
    xb_token_entry *tokens; /* [count] */
    uint8_t        *flags;  /* [count] */
    int32_t         count;
    uint32_t       *slots; /* [mask + 1] id + 1, 0 = free */
    uint32_t        mask;
    uint32_t        longest; /* bytes */
} xb_vocabulary;

/* Room for `count` ids, all unused; without a table, so that only ids can be looked up. Then with one, at most half full. */
xybrid_status xb_vocabulary_init_list(xb_vocabulary *v, xb_arena *arena, int32_t count, const char *base, xybrid_error *err);
xybrid_status xb_vocabulary_init(xb_vocabulary *v, xb_arena *arena, int32_t count, const char *base, xybrid_error *err);

/* Enters tokens[id] into the table; of equal tokens the lowest id stays. MALFORMED if the table degenerates. */
xybrid_status xb_vocabulary_enter(xb_vocabulary *v, int32_t id, xybrid_error *err);

/* FNV-1a, so that the hash of a longer prefix goes on from that of a shorter. */
#define XB_HASH_START UINT32_C(2166136261)
static inline uint32_t xb_hash_more(uint32_t hash, const char *bytes, size_t size) {
    for (size_t i = 0; i < size; i++) hash = (hash ^ (uint8_t)bytes[i]) * UINT32_C(16777619);
    return hash;
}

/* The token that is a followed by b; `hash` is the hash of both. -1 if there is none. */
int32_t  xb_vocabulary_find_joined(const xb_vocabulary *v, uint32_t hash, xb_slice a, xb_slice b);
int32_t  xb_vocabulary_find(const xb_vocabulary *v, const char *bytes, size_t size);
xb_slice xb_vocabulary_token(const xb_vocabulary *v, int64_t id); /* data NULL if there is none */

/* Copies a token to block + *used, the vocabulary's base, and gives it to `id`. */
void xb_vocabulary_place(xb_vocabulary *v, char *block, uint32_t *used, int64_t id, xb_slice token);

/* May a file of `count` tokens have this id? A small file must not ask for big tables. */
int xb_vocabulary_id_fits(int64_t highest, int64_t count);

/* Takes the next line, without its end, off *rest; 0 at the end of the text. */
int xb_next_line(xb_slice *rest, xb_slice *line);

#endif
