/* speech/phoneme_ids.h - a phoneme string to the ids that a model was trained with.
 *
 *     "həlˈO" -> NFD (Piper) -> the longest symbols that the table has -> padded: 0 50 83 54 156 31 0
 *                                                                   or, Piper:   1 0 20 0 59 0 ... 2
 *
 * Tables, told apart by their content:
 *     lines     "ə 83": the first character is the symbol, the rest its id (so "  16" is the space); Kokoro's tokens.txt
 *     object    { "ə": 83, ... }, also below "vocab" (Kokoro's config.json) or "model"."vocab" (tokenizer.json)
 *     Piper     the voice's .onnx.json: "phoneme_id_map" { "ə": [59], ... }, with its rate, scales and speakers
 *
 * Symbols that the table lacks are left out, as every reference does (kokoro, misaki, piper-phonemize).
 * Never changes after loading: any thread. Sources: hexgrad/kokoro pipeline.py and KModel; rhasspy/piper-phonemize,
 * phoneme_ids.cpp: bos, pad, (phoneme, pad)*, eos. */
#ifndef XB_PHONEME_IDS_H
#define XB_PHONEME_IDS_H

#include "base/str.h"
#include "codec/json.h"

typedef struct xb_phoneme_table xb_phoneme_table;

typedef struct xb_phoneme_options { /* of the Phonemize step */
    int32_t add_padding;            /* 1: id 0 at both ends. Piper's form has its own frame */
    int32_t silence_tokens;         /* ids 30 after the first 0, as the original puts there */
} xb_phoneme_options;

typedef struct xb_phoneme_ids { /* re-used by the next encoding */
    int64_t *ids;
    size_t   count, room;
    size_t   phonemes; /* symbols that have an id: without frame and padding */
    size_t   spoken;   /* those of them that are no spaces, marks and punctuation */
    xb_mem  *mem;
} xb_phoneme_ids;

/* `bytes` may be freed afterwards, `name` is for messages. Errors: MALFORMED, OUT_OF_MEMORY. */
xybrid_status xb_phoneme_table_load(xb_mem *mem, const void *bytes, int64_t size, const char *name,
                                    const xb_phoneme_options *options, xb_phoneme_table **out, xybrid_error *err);
void          xb_phoneme_table_free(xb_phoneme_table *t); /* NULL is fine */

int xb_phoneme_table_is_piper(const xb_phoneme_table *t);

/* The Piper file's root, for its other members; NULL for the other forms. */
const xb_json *xb_phoneme_table_json(const xb_phoneme_table *t);

void xb_phoneme_ids_free(xb_phoneme_ids *ids);

/* The ids of `phonemes` (UTF-8) with frame and padding, into `ids` (zeroed but for mem at first). Errors: INVALID_ARGUMENT (not
 * UTF-8; more than XB_MAX_PHONEME_IDS), OUT_OF_MEMORY. */
xybrid_status xb_phoneme_encode(const xb_phoneme_table *t, const char *phonemes, size_t size, xb_phoneme_ids *ids,
                                xybrid_error *err);

#endif
