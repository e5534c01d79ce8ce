/* text/ctc.h - greedy decoding of connectionist temporal classification (wav2vec2, PP-OCR).
 *
 *     scores [frames, classes] -> best class of each frame -> repeats collapsed, blanks dropped -> tokens -> text
 *
 * Graves et al. 2006, "best path decoding". A vocabulary never changes after loading: any thread. */
#ifndef XB_CTC_H
#define XB_CTC_H

#include "base/str.h"
#include "codec/slice.h"

typedef struct xb_ctc_vocabulary xb_ctc_vocabulary;

/* A JSON object {"token": id} (the first byte that is no white space is '{'), or one token a line, the line is the id; an
 * empty line is an empty token, a '\r' before the end of line is dropped. PP-OCR v5's dictionary is of the second kind: line 0
 * stands for the blank. `bytes` may be freed afterwards. Errors: MALFORMED, OUT_OF_MEMORY. */
xybrid_status xb_ctc_vocabulary_load(xb_mem *mem, const void *bytes, int64_t size, xb_ctc_vocabulary **out, xybrid_error *err);

/* PP-OCR v4's dictionary: id 0 is the blank, line n is id n + 1, the id after the last line is a space. Else as above. */
xybrid_status xb_ctc_vocabulary_load_ppocr4(xb_mem *mem, const void *bytes, int64_t size, xb_ctc_vocabulary **out,
                                            xybrid_error *err);

void xb_ctc_vocabulary_free(xb_ctc_vocabulary *v); /* NULL is fine */

int32_t xb_ctc_vocabulary_size(const xb_ctc_vocabulary *v); /* highest id + 1 */

/* data NULL for an id without a token. Lives as long as `v`. */
xb_slice xb_ctc_token(const xb_ctc_vocabulary *v, int64_t id);

enum {
    XB_CTC_BAR_IS_SPACE = 1,    /* "|" parts words (wav2vec2) */
    XB_CTC_SKIP_MARKERS = 2,    /* drop tokens in angle brackets: "<s>", "<pad>"; a single "<" is text */
    XB_CTC_COLLAPSE_SPACES = 4, /* one space for a run of them, none at the ends */
    XB_CTC_WAV2VEC2 = 7,
    XB_CTC_LOGITS = 8 /* scores are logits: probabilities by softmax over the classes; else they are probabilities */
};

/* `scores` [frames, classes] row-major; `blank` is the class that means "nothing". Appends to `text`; *probability is the mean
 * over the frames whose token was kept (the first of each run that is neither blank nor a marker), 0 without any. Ties go to
 * the lower class, NaN never wins. Errors: INVALID_ARGUMENT (blank outside the classes, a class beyond the vocabulary that wins,
 * sizes), OUT_OF_MEMORY. */
xybrid_status xb_ctc_decode(const xb_ctc_vocabulary *v, const float *scores, int64_t frames, int64_t classes, int64_t blank,
                            int flags, xb_str *text, float *probability, xybrid_error *err);

#endif
