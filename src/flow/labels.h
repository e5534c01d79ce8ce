/* flow/labels.h - names of classes, from a step's parameter "labels": an array of strings, or a file with one a line. */
#ifndef XB_LABELS_H
#define XB_LABELS_H

#include "flow/step.h"

typedef struct xb_labels {
    const char **names; /* count of them; NULL = none were given */
    int32_t      count;
} xb_labels;

/* Reads "labels" of the step; none is fine. Names live in the model's arena. */
xybrid_status xb_labels_read(xb_step_maker *m, xb_labels *out, xybrid_error *err);

/* A Text: the name, or the number where there is none. */
xybrid_status xb_labels_envelope(const xb_labels *l, xb_frame *f, int64_t id, float score, xybrid_envelope **out,
                                 xybrid_error *err);

/* What flows becomes a List of these. */
xybrid_status xb_labels_list(const xb_labels *l, xb_frame *f, const int64_t *ids, const float *scores, int64_t count,
                             xybrid_error *err);

#endif
