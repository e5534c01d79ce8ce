/* speech/hear.c - see hear.h. */
#include "speech/hear.h"

xybrid_status xb_hear(xb_hearing *h, const float *samples, int64_t count, int is_draft, xb_heard *out, xybrid_error *err) {
    return h->model->is_whisper ? xb_hear_whisper(h, samples, count, is_draft, out, err)
                                : xb_hear_samples(h, samples, count, out, err);
}
