/* speech/speaker.h - text to speech with a model of phonemes: StyleTTS 2 (Kokoro, Kitten) and VITS (Piper).
 *
 *     text -> phrase -> phonemes -> ids -> engine (ids, style or speaker, speed or scales) -> samples -> encoded piece, ...
 *
 *     XB_TRY(xb_speaker_open(mem, pack, engine_model, &speaker, err));                     once for each model
 *     XB_TRY_OUT(xb_talk_open(speaker, mem, &net, &(xb_talk_options){ .voice = "af_heart", .speed = 1 }, &talk, err));
 *     XB_TRY_OUT(xb_talk_feed(talk, "Hello world.", 12, err));
 *     xb_talk_finish(talk);
 *     while (!(st = xb_talk_next(talk, &state, &piece, err)) && state == XB_TALK_AUDIO) play(&piece), xb_tensor_drop(&piece);
 *     xb_talk_close(talk), xb_speaker_free(speaker);
 *
 * The first piece is a short phrase, so that the sound begins soon; the next ones may be twice as long each, up to the pack's
 * max_chunk_chars. A talk holds its text and one piece: memory does not grow with what was said. What follows depends on no
 * timing: the same text fed at once gives the same pieces, whoever takes them and how fast.
 *
 * Inputs of the model are known by their names (Piper: input, input_lengths, scales, sid; other VITS exports: noise_scale, ...)
 * and else, as the original does, by type and shape: int64 [1,n] tokens, float32 [1,m] style, one float32 speed.
 *
 * A speaker never changes: any thread, as long as the pack and the engine's model. A talk: one thread at a time. */
#ifndef XB_SPEAKER_H
#define XB_SPEAKER_H

#include "codec/json.h"
#include "pack/pack.h"
#include "speech/net.h"
#include "text/phonemize.h"

/* ---- the steps' parameters, as the pack has them ---- */

typedef enum xb_phonemize_backend {
    XB_PHONEMIZE_MISAKI,
    XB_PHONEMIZE_CMU,
    XB_PHONEMIZE_ESPEAK,
    XB_PHONEMIZE_NONE /* ours, "Characters": the text's own characters are the symbols */
} xb_phonemize_backend;

typedef struct xb_phonemize_params {
    const char    *tokens_file, *dict_file, *language; /* NULL if not given; borrowed from the pack */
    const xb_json *dict_files;                         /* ours: language to file; dict_file for the others */
    int32_t        backend;
    int32_t        add_padding, normalize_text, silence_tokens;
} xb_phonemize_params;

typedef struct xb_tts_encode_params {
    int32_t rate_hz, is_polished, trims_silence;
} xb_tts_encode_params;

/* Errors: MALFORMED naming the path; UNSUPPORTED_PACK for a backend that is not built in. */
xybrid_status xb_phonemize_read(const xb_json *step, const char *where, xb_phonemize_params *out, xybrid_error *err);
xybrid_status xb_tts_encode_read(const xb_json *step, const char *where, xb_tts_encode_params *out, xybrid_error *err);

/* Does a model with this metadata speak? It has a Phonemize step. */
int xb_speaker_fits(const xb_pack_metadata *meta);

/* Are its phonemes espeak-ng's? */
int xb_speaker_wants_espeak(const xb_pack_metadata *meta);

/* ---- the speaker ---- */

typedef struct xb_speaker xb_speaker;

/* Reads the symbol table, the pronunciations and the voices; `model` is the pack's only stage. `espeak` for a pack that wants it,
 * else NULL; outlives the speaker. Errors: MALFORMED, MODEL_NOT_FOUND (a file), UNSUPPORTED_PACK (inputs that are not understood,
 * all listed), ENGINE_MISSING (espeak-ng), OUT_OF_MEMORY. */
xybrid_status xb_speaker_open(xb_mem *mem, xb_pack *pack, const xb_engine_model *model, const xb_espeak *espeak,
                              xb_speaker **out, xybrid_error *err);
void          xb_speaker_free(xb_speaker *s); /* NULL is fine */

int32_t xb_speaker_rate_hz(const xb_speaker *s);

/* Members "sample_rate", "voices" (id, name, language, gender) and "default_voice" of an object that is being written. */
void xb_speaker_describe(const xb_speaker *s, xb_json_writer *w);

/* ---- one request ---- */

typedef struct xb_talk_options { /* copied */
    const char *voice;           /* NULL or "" = the pack's default; see speech/voices.h */
    const char *language;        /* NULL = the voice's, the pack's */
    const char *params;          /* JSON object, NULL = none: "phonemes" (true: the text is phonemes), "noise_scale", "noise_w",
                                  * "seed" (0; the same one: the same noise),
                                  * "length_scale" (VITS), "max_chunk_chars", "first_chunk_chars" (0: as the others),
                                  * and the host's "whole", "format" */
    double      speed;           /* 0.5..2; XYBRID_AUTO = 1 */
    uint64_t   *run_seed;        /* where `net.run` looks for the seed of operators that draw random numbers; NULL: nowhere */
    int32_t     wants_whole;     /* out, filled by open: "whole", 1 if not given */
    int32_t     wants_pcm16;     /* out: "format" is "pcm16" */
} xb_talk_options;

typedef struct xb_talk xb_talk;
typedef enum xb_talk_state { XB_TALK_AUDIO, XB_TALK_WANTS_TEXT, XB_TALK_DONE } xb_talk_state;

/* `net` is copied, what it points to is borrowed until close. Errors: INVALID_ARGUMENT (speed, params, an unknown voice with the
 * nearest names), OUT_OF_MEMORY. */
xybrid_status xb_talk_open(const xb_speaker *s, xb_mem *mem, const xb_net *net, xb_talk_options *options, xb_talk **out,
                           xybrid_error *err);
void          xb_talk_close(xb_talk *t); /* NULL is fine */

/* More text, UTF-8; parts of sentences may come in any size. Errors: INVALID_ARGUMENT (not UTF-8; more than XB_MAX_TEXT_BYTES
 * wait), OUT_OF_MEMORY. */
xybrid_status xb_talk_feed(xb_talk *t, const char *text, size_t size, xybrid_error *err);
void          xb_talk_finish(xb_talk *t); /* no more comes */
void          xb_talk_stop(xb_talk *t);   /* what is not spoken yet never will be: next gives DONE */

/* The next piece: *samples float32 [n], to be dropped; zeroed in the other states. WANTS_TEXT never after finish; DONE again and
 * again. Errors: INVALID_ARGUMENT (finished without any text), the engine's, CANCELLED. */
xybrid_status xb_talk_next(xb_talk *t, xb_talk_state *state, xb_tensor *samples, xybrid_error *err);

#endif
