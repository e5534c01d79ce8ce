/* speech/speaker_int.h - a speaker's parts, for speaker.c (loading) and talk.c (requests). */
#ifndef XB_SPEAKER_INT_H
#define XB_SPEAKER_INT_H

#include "speech/phoneme_ids.h"
#include "speech/speaker.h"
#include "speech/speech_encode.h"
#include "speech/voices.h"
#include "text/phonemize.h"

/* What an input of the model is. */
typedef enum speaker_role {
    ROLE_TOKENS,
    ROLE_LENGTHS, /* how many tokens */
    ROLE_STYLE,
    ROLE_SPEED,
    ROLE_SCALES, /* noise, length, width of noise */
    ROLE_NOISE,
    ROLE_LENGTH,
    ROLE_NOISE_W,
    ROLE_SPEAKER,
    ROLE_COUNT
} speaker_role;

typedef struct speaker_scales {
    double noise, length, noise_w;
} speaker_scales;

struct xb_speaker {
    xb_mem                 *mem;
    const xb_pack_metadata *meta;
    const xb_engine_model  *model;
    int32_t                 ports[ROLE_COUNT]; /* index of the input, -1 = the model has none */
    int32_t                 style_width;
    xb_phonemize_params     phonemize;
    xb_speech_encoding      encoding;
    xb_phoneme_table       *table;
    xb_pack                *pack;
    const xb_espeak        *espeak;
    xb_phonemizer          *phonemizer;    /* of the pack's language; NULL: the text is phonemes */
    xb_voices              *voices;        /* NULL: no style */
    const xb_json          *speakers;      /* Piper: name to number; NULL if it has no names */
    int64_t                 speaker_count; /* 0 = the model has no such input */
    speaker_scales          scales;
    int32_t                 max_chars;
};

/* Another one for `language` (NULL = the default); freed with xb_phonemizer_free. Errors: those of xb_phonemizer_open. */
xybrid_status xb_speaker_phonemizer(const xb_speaker *s, xb_mem *mem, const char *language, xb_phonemizer **out,
                                    xybrid_error *err);

#endif
