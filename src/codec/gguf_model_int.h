/* codec/gguf_model_int.h - the tables behind gguf_model.h: the numbers a model is made of, its tensors, its architectures.
 *
 *     for (const uint8_t *row = architecture->tensors; *row != XB_GGUF_ROWS_END; row++)
 *         xb_gguf_rows[*row & XB_GGUF_ROW]: name, shape in those numbers, element types, which layers have it */
#ifndef XB_GGUF_MODEL_INT_H
#define XB_GGUF_MODEL_INT_H

#include "codec/gguf_model.h"

/* Numbers of a model; shapes are written in them. */
enum {
    D_NONE,
    /* given by keys */
    D_LAYERS,
    D_CONTEXT,
    D_EMBD,
    D_FF,
    D_HEADS,
    D_KV,
    D_HEAD,
    D_VALUE,
    D_ROT,
    D_HEAD_SWA,
    D_VALUE_SWA,
    D_ROT_SWA,
    D_OUT, /* embedding_length_out */
    D_EXPERTS,
    D_USED,
    D_FF_EXPERT,
    D_FF_SHARED,
    D_MOE_EVERY, /* moe_every_n_layers */
    D_WINDOW,
    D_POOLING,
    D_CONV,   /* width of LFM2's convolution */
    D_LEAD,   /* layers without experts before those with (lfm2moe) */
    D_GATING, /* what makes the experts' weights; llama.cpp stops at one that it does not know */
    D_KERNEL, /* Mamba: width of the convolution, */
    D_INNER,  /* channels, */
    D_STATE,  /* state of each, */
    D_RANK,   /* rank of the time step */
    /* given by the vocabulary */
    D_VOCAB,
    D_TYPES,
    /* made of these */
    D_Q,   /* heads * head */
    D_G,   /* kv * head */
    D_QKV, /* Q + 2 G */
    D_ROT_HALF,
    D_FF2,
    D_UP, /* FF, or FF2 in layers of Jina's BERT that have both parts in one */
    D_EMBD3,
    D_INNER2,
    D_XDT, /* RANK + 2 STATE */
    D_COUNT
};

/* A key of the architecture: "<architecture>.<name>", a uint32. */
typedef struct xb_gguf_key {
    int32_t least, most;
    char    name[38];
    uint8_t dim;  /* D_NONE: only its range matters */
    uint8_t kind; /* XB_GGUF_KEY_ */
} xb_gguf_key;
enum { XB_GGUF_KEY_OPTIONAL, XB_GGUF_KEY_REQUIRED, XB_GGUF_KEY_LAYERED /* optional; a number, or one for each layer */ };
extern const xb_gguf_key xb_gguf_keys[]; /* block_count first; ends with name "" */

/* When a tensor is there. */
enum {
    XB_GGUF_ONCE,        /* of the whole model */
    XB_GGUF_SHORT_ROPE,  /* of the whole model, rope.scaling.type is not longrope */
    XB_GGUF_LONG_ROPE,   /* of the whole model, it is (phi3 has it in any case) */
    XB_GGUF_EACH,        /* of each layer from here on */
    XB_GGUF_LATER,       /* of all but the first */
    XB_GGUF_ATTENTION,   /* layers with attention */
    XB_GGUF_FUSED,       /* ... and attn_qkv.weight */
    XB_GGUF_SPLIT,       /* ... and attn_q.weight, attn_k.weight, attn_v.weight */
    XB_GGUF_RECURRENT,   /* layers without attention */
    XB_GGUF_DENSE,       /* layers without experts */
    XB_GGUF_WITH_EXPERTS /* layers with */
};
typedef struct xb_gguf_row {
    char    name[27]; /* behind "blk.N." where it is of a layer */
    uint8_t dims[3];  /* innermost first, D_NONE = 1 */
    uint8_t when;
    uint8_t is_matrix; /* any element type that can be multiplied; else F32 */
} xb_gguf_row;
enum { XB_GGUF_ROW = 0x7f, XB_GGUF_OPTIONAL = 0x80, XB_GGUF_ROWS_END = 0x7f };
extern const xb_gguf_row xb_gguf_rows[];

enum {                            /* xb_gguf_kind.flags */
       XB_GGUF_RMS = 1,           /* needs attention.layer_norm_rms_epsilon, else attention.layer_norm_epsilon */
       XB_GGUF_PLAIN = 2,         /* head * heads is the embedding's length */
       XB_GGUF_ROPE = 4,          /* positions turn an even part of a head, */
       XB_GGUF_ROPE_WHOLE = 8,    /* all of it */
       XB_GGUF_MOE = 16,          /* may have experts, */
       XB_GGUF_MOE_ONLY = 32,     /* must */
       XB_GGUF_EMBEDDER = 64,     /* gives vectors */
       XB_GGUF_FACTORS = 128,     /* both rope factors may be there with any scaling (phi3) */
       XB_GGUF_SHORTCONV = 256,   /* layers without kv heads are convolutions (lfm2) */
       XB_GGUF_SSM = 512,         /* no attention (mamba) */
       XB_GGUF_SWA = 1024,        /* sliding_window, if above 0, turns windows on */
       XB_GGUF_SWA_ALWAYS = 2048, /* they are always on */
       XB_GGUF_SWA_LATER = 4096,  /* of each sliding_window_pattern layers the first has none, else the last */
       XB_GGUF_EQUAL = 8192,      /* as many kv heads as heads */
       XB_GGUF_MOE_EVERY = 16384, /* of each moe_every_n_layers layers the second has experts, else all */
       XB_GGUF_FF_EXPERT = 32768, /* needs expert_feed_forward_length */
       XB_GGUF_SECTIONS = 65536   /* rope.dimension_sections, if there, makes a position of four numbers */
};
typedef struct xb_gguf_kind {
    char     name[16];
    uint16_t tensors; /* where its list begins in xb_gguf_lists */
    uint32_t flags;
    uint16_t window;  /* default of sliding_window; 0: required where windows are always on */
    uint8_t  pattern; /* default of sliding_window_pattern */
} xb_gguf_kind;
extern const xb_gguf_kind   xb_gguf_kinds[]; /* ends with name "" */
extern const uint8_t *const xb_gguf_lists;   /* of rows, each list up to XB_GGUF_ROWS_END */

#endif
