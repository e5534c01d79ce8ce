/* flow/step_rows.h - the rows of the step table, by the file that holds them. */
#ifndef XB_STEP_ROWS_H
#define XB_STEP_ROWS_H

#include "flow/step.h"

extern const xb_step_row xb_step_audio_decode; /* steps_audio.c */
extern const xb_step_row xb_step_vad_segments;
extern const xb_step_row xb_step_mel_spectrogram, xb_step_filter_bank, xb_step_normalize_audio; /* steps_mel.c */
extern const xb_step_row xb_step_phonemize, xb_step_tts_encode; /* steps_speech.c */
extern const xb_step_row xb_step_color, xb_step_resize, xb_step_center_crop, xb_step_normalize, xb_step_pad,
    xb_step_denormalize;                                                           /* steps_image.c */
extern const xb_step_row xb_step_tokenize, xb_step_ctc_decode, xb_step_bpe_decode, xb_step_whisper_decode; /* steps_text.c */
extern const xb_step_row xb_step_reshape, xb_step_softmax, xb_step_argmax, xb_step_topk, xb_step_threshold,
    xb_step_meanpool;                                                              /* steps_score.c */
extern const xb_step_row xb_step_temperature_sample;                               /* steps_sample.c */
extern const xb_step_row xb_step_detection, xb_step_text_boxes, xb_step_text_turn; /* steps_detect.c */

/* What a producer asks of a step's state. */
struct xb_vad_options;
int32_t                      xb_step_audio_rate(const void *audio_decode);
const struct xb_vad_options *xb_step_vad_options(const void *vad_segments);

#endif
