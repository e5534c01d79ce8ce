/* speech/voices.h - the voices of a pack: tables of style vectors, the right row of a table, blends of several.
 *
 *     pack's "voices" -> xb_voices   "af_bella.4+am_adam.6" -> xb_voice (parts and weights) -> style [width]
 *
 *     XB_TRY(xb_voices_open(mem, pack, 256, &voices, err));
 *     XB_TRY_OUT(xb_voices_find(voices, mem, "af_heart", &voice, err));
 *     xb_voice_style(&voice, id_count, style);             // float32 [256]
 *     xb_voice_drop(&voice), xb_voices_free(voices);
 *
 * Forms, told apart by their first bytes and not by the name or the "loader" (float32 little endian everywhere):
 *     npz      an array for each voice: [rows,1,width], [rows,width] or [width]
 *     raw      the voices one after the other in catalog order (or by "index"): rows x width numbers each, rows 510 or 1
 *     JSON     { "af_heart": "<base64 of rows x width numbers>", ... }, also below a member "voices"
 *     folder   "per_model": voice_dir with a raw file for each voice, named by `pattern` ("{voice_id}.bin", as kokoro-js)
 * A pack without "voices" is looked through for voices.bin and voices.npz; raw voices then have numbers for names.
 *
 * Row: StyleTTS 2 voices hold a style for each length of text. n phonemes take row n - 1, at most the last one (hexgrad's
 * kokoro, pipeline.py: pack[len(ps) - 1]); a table of one row has no choice.
 *
 * Tables stay where they are: in the mapped file (npz entries that are compressed, and base64, are unpacked for the request).
 * xb_voices never changes and borrows the pack's files: any thread, as long as the pack. */
#ifndef XB_VOICES_H
#define XB_VOICES_H

#include "codec/npz.h"
#include "pack/pack.h"

typedef struct xb_voices xb_voices;

enum { XB_MAX_VOICE_PARTS = 8 };

typedef struct xb_voice_part {
    xb_npy  table; /* [rows, width] */
    int64_t rows;
    float   weight;
} xb_voice_part;

typedef struct xb_voice { /* of one request */
    xb_voice_part parts[XB_MAX_VOICE_PARTS];
    int32_t       count, width;
    const char   *language; /* of the first part: the catalog's; NULL if it says none. Borrowed from the pack */
} xb_voice;

/* `width` numbers in a style. Errors: MODEL_NOT_FOUND (the file, or no voices at all), MALFORMED (sizes that do not fit),
 * UNSUPPORTED_PACK (cloning, precomputed codes), OUT_OF_MEMORY. */
xybrid_status xb_voices_open(xb_mem *mem, xb_pack *pack, int32_t width, xb_voices **out, xybrid_error *err);
void          xb_voices_free(xb_voices *v); /* NULL is fine */

int32_t     xb_voices_count(const xb_voices *v);
const char *xb_voices_name(const xb_voices *v, int32_t index);

/* `id`: a name, a number (its place), or parts joined by '+', each a name with an optional weight: ".4" or ":0.4"; none is 1.
 * Weights are scaled to the sum 1. NULL or "" is the pack's default. Errors: INVALID_ARGUMENT naming the nearest voices,
 * MALFORMED (a table in the file that is none), OUT_OF_MEMORY. */
xybrid_status xb_voices_find(const xb_voices *v, xb_mem *mem, const char *id, xb_voice *out, xybrid_error *err);
void          xb_voice_drop(xb_voice *voice); /* one of zeros is fine */

/* The smallest number of rows among its parts: how many phonemes have a style of their own. 1: any number. */
int64_t xb_voice_rows(const xb_voice *voice);

/* style[width] for a text of `ids` phonemes (without padding). */
void xb_voice_style(const xb_voice *voice, int64_t ids, float *style);

/* "nearest are a, b, c" (or "known are ...", when all fit) for the message about a name that is none of `count`.
 * Writes at most `capacity` bytes with the NUL. */
void xb_nearest_names(const char *name, int32_t count, const char *(*name_at)(const void *ctx, int32_t index), const void *ctx,
                      char *out, size_t capacity);

#endif
