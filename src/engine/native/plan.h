/* engine/native/plan.h - a plan: what is computed for the shapes (and small contents) that a run brings.
 *
 *     segment: steps, in order, each a kernel with its arguments  +  the facts that the next segment depends on
 *
 * Most models are one segment. Where a shape depends on what was computed (NonZero, a sum of durations, the condition of an If),
 * the steps up to there are a segment of their own; they run, the facts are read, and the segment for these facts follows, made
 * now or found among those made before. So a plan is a path through a tree, and every step of it has fixed shapes.
 *
 *     inputs' shapes -> segment -> facts -> segment -> facts -> segment (no facts: the end)
 *
 * VALUES. An xb_val is a tensor of the plan: type, shape, and where its bytes are. Constants point to their content; the rest
 * have a place: in the segment's block (offsets fixed when the segment is made), in the caller's input or output, or in memory
 * that a step of unknown size made. A view is a value whose bytes are part of another's. Sequences and optionals exist only
 * while a plan is made: they are lists of values. Text is always content, never computed by a step.
 *
 * POINTERS. Arguments of kernels hold plain pointers. The plan keeps a list of where in the arguments they stand (xb_ref), and
 * before a run those whose base has moved are written anew. So a plan belongs to one session. */
#ifndef XB_NATIVE_PLAN_H
#define XB_NATIVE_PLAN_H

#include "base/arena.h"
#include "base/limits.h"
#include "engine/native/graph.h"
#include "kernel/kernel.h"
#include "kernel/layout.h"

typedef struct xb_val     xb_val;
typedef struct xb_segment xb_segment;
typedef struct xb_node    xb_node;
typedef struct xb_run     xb_run;   /* engine/native/run.h */
typedef struct xb_front   xb_front; /* engine/native/rebind.h */

typedef enum xb_place {
    XB_PLACE_NONE,    /* nobody has said yet */
    XB_PLACE_CONTENT, /* data */
    XB_PLACE_BLOCK,   /* memory block of segment `index`, at `offset` */
    XB_PLACE_INPUT,   /* the caller's input `index` (item by item for sequences: see run.h) */
    XB_PLACE_OUTPUT,  /* memory that the host gives for output `index` */
    XB_PLACE_DYNAMIC, /* run.dynamics[index]: made by a step */
    XB_PLACE_SLAB     /* the slab of the carried output `index`: carry.h */
} xb_place;

struct xb_val {
    int32_t      number; /* in the model's graph; XB_NO_VALUE: made by the plan */
    xb_onnx_kind kind;   /* XB_ONNX_TENSOR, XB_ONNX_SEQUENCE, XB_ONNX_OPTIONAL */
    int32_t      dtype;  /* elements below a byte take a byte each */
    int32_t      rank;
    int64_t      dims[XB_MAX_RANK];
    int64_t      count, size_bytes; /* size in its layout */
    const void  *data;              /* content, when known; text: xb_slice[count] */
    xb_val     **items;             /* SEQUENCE; OPTIONAL: 0 or 1 */
    int32_t      item_count;
    uint8_t      is_pending; /* shape (and all else) is known only after the segment has run */
    uint8_t      is_needed;  /* by an output, a fact or a node that is not dead */
    uint8_t      is_static;  /* content that depends on the file alone, not on inputs */
    uint8_t      layout;     /* kernel/layout.h; shapes are always those of the dense tensor */
    uint8_t      place;      /* xb_place; of the root */
    int32_t      index;      /* see xb_place; BLOCK: depth of the segment */
    int64_t      offset;     /* BLOCK: bytes */
    xb_val      *root;       /* a view: the value whose memory this is in; NULL */
    int64_t      root_offset;
    xb_val      *twin;        /* the same tensor in another layout; NULL */
    int32_t      uses;        /* inputs of living nodes that this is; while rewrites run */
    xb_node     *maker;       /* node of this segment whose output it is, or NULL; while rewrites run */
    xb_node     *user;        /* of uses == 1: that node */
    int32_t      first, last; /* steps of the segment that write it first and use it last; INT32_MAX: needed afterwards */
    uint64_t     changed;     /* rebind.h: when shape or content changed last */
    int64_t      own_bytes;   /* the same: of the memory at `data` that is this value's alone */
};

typedef struct xb_step xb_step;
/* A step that is more than a kernel: control flow, results of unknown size. */
typedef xybrid_status (*xb_step_fn)(xb_run *run, const xb_step *step, xybrid_error *err);

struct xb_step {
    xb_work              work;
    xb_step_fn           call; /* NULL: work */
    void                *args;
    const xb_graph_node *node; /* where it comes from; NULL: made by a rewrite */
    xb_val              *out;  /* what it writes first; NULL: nothing */
    const char          *what; /* name of the kernel, for plans and traces; static */
};

typedef struct xb_ref { /* *field = address of root + offset */
    const void **field;
    xb_val      *root;
    int64_t      offset;
} xb_ref;

typedef enum xb_fact_kind { XB_FACT_SHAPE, XB_FACT_CONTENT } xb_fact_kind;
typedef struct xb_fact { /* what the next segment depends on */
    xb_fact_kind kind;
    int32_t      number; /* of the value */
    xb_val      *val;
} xb_fact;

typedef struct xb_append { /* a carried output that grows in its slab: carry.h */
    int32_t output, axis;
    xb_val *slab, *present;
} xb_append;

struct xb_segment {
    xb_segment *parent, *sibling, *children; /* the tree; children newest first */
    uint64_t    used;                        /* of the session's clock: the least recently used goes first */
    xb_arena    arena;                       /* all that belongs to it */
    int32_t     depth;                       /* 0 = the first */

    uint8_t *key; /* the facts it is made for */
    size_t   key_size;

    xb_front *front; /* NULL: it cannot be bound to other shapes */
    uint64_t  bound; /* when it was made or bound */
    uint64_t  parent_bound;
    int32_t   is_unfit; /* the last binding failed: it is for no key */
    int32_t   failures; /* bindings of children that were not possible */

    int32_t               step_count, ref_count, fact_count, output_count, dynamic_count;
    xb_step              *steps;
    xb_ref               *refs; /* BLOCK ones first, then the others */
    int32_t               block_ref_count;
    xb_fact              *facts;  /* none: the run is complete */
    xb_val              **known;  /* [parent's facts] what they became here */
    xb_val              **values; /* [graph's values] by number: known so far; for the next segment */
    int32_t               remaining_count;
    const xb_graph_node **remaining; /* nodes that wait for facts */
    int32_t               append_count;
    xb_append            *appends;
    xb_val              **outputs; /* [output_count] graph outputs that this segment makes known; NULL where it does not */
    int64_t               block_bytes, scratch_bytes;
    int64_t               live_bytes;   /* the largest sum of values alive at one step: the lower bound of block_bytes */
    int32_t               dynamic_base; /* number of the first dynamic result */
    uint64_t              block_epoch;  /* of the run's memory when the references into blocks were written */
};

#endif
