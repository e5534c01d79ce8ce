/* speech/transcript.h - ids of a piece to segments and words with times.
 *
 *     piece of 18 s  ->  "One sentence." 0..7.2 s | "Another one, which is longer." 7.2..17.6 s
 *
 * Times of words come from the decoder's attention where the model's file gives it (heard->has_times), else by proportion: the
 * words share the loud frames of the piece in the order of their letters. A piece beyond 15 s is parted at the ends of its
 * sentences; Whisper's own timestamps part it where they stand. */
#ifndef XB_TRANSCRIPT_H
#define XB_TRANSCRIPT_H

#include "base/str.h"
#include "speech/hear.h"
#include "speech/pauses.h"

typedef struct xb_span {
    size_t  at, size; /* bytes of the transcript's text */
    int64_t start_ms, end_ms;
    int32_t first_word, word_count; /* of a segment */
} xb_span;

typedef struct xb_transcript {
    xb_mem  *mem;
    xb_str   text; /* of all segments */
    xb_str   scratch;
    xb_span *segments, *words;
    int32_t  segment_count, word_count;
    size_t   segment_room, word_room;
    int64_t *offsets; /* [XB_MAX_HEARD + 1] bytes of the text before each id */
} xb_transcript;

void xb_transcript_init(xb_transcript *t, xb_mem *mem);
void xb_transcript_free(xb_transcript *t);

/* The piece begins at start_ms and has `frames` of 10 ms. Empty when nothing was said. */
typedef struct xb_piece {
    int64_t               start_ms;
    const xb_pause_frame *frames;
    int64_t               frame_count;
} xb_piece;
xybrid_status xb_transcript_make(xb_transcript *t, const xb_hearing_model *m, const xb_heard *heard, const xb_piece *piece,
                                 xybrid_error *err);

#endif
