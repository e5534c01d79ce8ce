/* flow/step.h - a step of pre- or postprocessing, and the table of all of them.
 *
 * A step is a row: name, where it may stand, a function that reads its parameters once for each model, one that runs, one
 * that ends. Rows live in flow/steps_*.c; the table is flow/step_table.c. docs/add-a-step.md walks through adding one. */
#ifndef XB_STEP_H
#define XB_STEP_H

#include <xybrid/step.h>

#include "flow/value.h"
#include "pack/pack.h"
#include "plat/cancel.h"

/* ---- what a running step sees ---- */

typedef struct xb_stage_result {
    const char      *stage;
    xybrid_envelope *list;    /* what its last step made, if that is an envelope; NULL */
    xb_value         outputs; /* else the tensors */
} xb_stage_result;

/* One request on its way. What steps note for later ones stands here by name; all of it is dropped at the end. */
typedef struct xb_frame {
    xb_root       *root;
    xb_mem        *mem; /* the session's: memory for all that is made */
    xybrid_cancel *cancel;
    xb_value       value; /* what flows */

    xb_tensor              picture; /* uint8 [H, W, 3], RGB: the picture of the request, decoded once; data NULL = none */
    int32_t                input_width, input_height; /* pixels that the model saw of it, before padding; 0 = none */
    xb_tensor              attention_mask;            /* of the last Tokenize, int64 [1, n]; data NULL = none */
    int64_t                audio_frames;              /* of the last AudioDecode, at audio_rate_hz */
    int32_t                audio_rate_hz;
    const xybrid_envelope *region; /* for_each: the item whose crop flows; NULL = none */

    xb_stage_result *results; /* of the stages before, result_count of them */
    int32_t          result_count;
} xb_frame;

/* The picture that flows: decodes an Image envelope (and notes it as f->picture); a PICTURE is given as it is. Borrowed from
 * the value. Errors: INVALID_ARGUMENT for anything else; UNSUPPORTED_IMAGE, MALFORMED. */
xybrid_status xb_frame_picture(xb_frame *f, xb_tensor **out, xybrid_error *err);

/* Is what flows a picture, decoded or not? */
int xb_frame_has_picture(const xb_frame *f);

/* The tensor that flows, or of several the one named (NULL = the first). A picture becomes float32 [1, C, H, W], 0..255.
 * Borrowed from the value. */
xybrid_status xb_frame_tensor(xb_frame *f, const char *name, xb_tensor **out, xybrid_error *err);

/* Replaces what flows by one tensor, by a Text with a score, by a List. Each takes over what it is given. */
xybrid_status xb_frame_put_tensor(xb_frame *f, xb_tensor tensor, xybrid_error *err);
xybrid_status xb_frame_put_text(xb_frame *f, const char *text, size_t size, float score, xybrid_error *err);
xybrid_status xb_frame_put_list(xb_frame *f, int64_t count, xb_item_fn make, const void *ctx, xybrid_error *err);

/* ---- the row ---- */

enum { XB_STEP_PRE = 1, XB_STEP_POST = 2 };

/* What a step is made from. */
typedef struct xb_step_maker {
    xb_mem        *mem;   /* the runtime's: freed in close */
    xb_arena      *arena; /* the model's: for what needs no freeing */
    xb_pack       *pack;  /* for files that a parameter names: xb_pack_file_open */
    const xb_json *params;
    const char    *where; /* "preprocessing[2]": for messages */
} xb_step_maker;

typedef struct xb_step_row {
    const char *name;
    int32_t     where;                                                       /* XB_STEP_PRE, XB_STEP_POST or both */
    size_t      state_bytes;                                                 /* zeroed before open */
    xybrid_status (*open)(xb_step_maker *m, void *state, xybrid_error *err); /* NULL = no parameters */
    xybrid_status (*run)(const void *state, xb_frame *f, xybrid_error *err); /* NULL = known, not in this build */
    void (*close)(void *state, xb_mem *mem); /* NULL = nothing to free; only after open succeeded */
} xb_step_row;

/* The row of that name; NULL if there is none. */
const xb_step_row *xb_step_find(const char *name);

/* Row `index`, NULL past the end. */
const xb_step_row *xb_step_at(int32_t index);

/* ---- a step in a loaded model ---- */

typedef struct xb_custom_step xb_custom_step; /* flow/custom_step.h */

typedef struct xb_step {
    const char           *name;
    const xb_step_row    *row; /* NULL = a step of the host's */
    const xb_custom_step *custom;
    void                 *state;
} xb_step;

typedef struct xb_steps {
    xb_step    *items;
    int32_t     count;
    int32_t     where; /* XB_STEP_PRE or XB_STEP_POST */
    const char *stage; /* name of the stage it belongs to, NULL = the pack */
} xb_steps;

#endif
