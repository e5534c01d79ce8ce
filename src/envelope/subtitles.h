/* envelope/subtitles.h - a transcript as subtitles: SubRip (.srt) and WebVTT (.vtt, W3C).
 *
 *     xb_str text;
 *     xb_str_init(&text, mem, XB_MAX_TEXT_BYTES);
 *     XB_TRY(xb_subtitles_write(envelope, XB_SUBTITLES_SRT, &text, err));
 *
 * Takes a Text with times, or a List of them: segments of a recording, or words (name "word"). A cue has at most 84 characters;
 * longer segments are parted between words, their time shared by length, words are put together up to the end of a sentence, a
 * pause of 1 s, or 6 s. Any thread. */
#ifndef XB_SUBTITLES_H
#define XB_SUBTITLES_H

#include "envelope/envelope.h"

typedef enum xb_subtitles_form { XB_SUBTITLES_SRT, XB_SUBTITLES_VTT } xb_subtitles_form;

/* Adds to `out`. INVALID_ARGUMENT for an envelope, or an item, that is no Text with a start; OUT_OF_MEMORY. */
xybrid_status xb_subtitles_write(const xybrid_envelope *e, xb_subtitles_form form, xb_str *out, xybrid_error *err);

#endif
