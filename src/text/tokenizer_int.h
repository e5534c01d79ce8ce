/* text/tokenizer_int.h - the parts of a tokenizer: vocabulary, steps that change or cut text, models, the frame around a text.
 *
 *     added.c      special tokens cut out of the text
 *     normalizer.c text to text, with the span that each byte came from
 *     splitter.c   text to words
 *     wordpiece.c, bpe.c   a word to ids
 *     tokenizer.c  the way through all of them, and back
 *     tokenizer_json.c, tokenizer_gguf.c   files to this structure */
#ifndef XB_TOKENIZER_INT_H
#define XB_TOKENIZER_INT_H

#include "base/limits.h"
#include "text/tokenizer.h"
#include "text/unicode.h"
#include "text/vocabulary.h"

/* ---- added tokens: cut out of the text before anything else, the longest at each place ---- */

typedef struct xb_added_token {
    xb_slice content;
    int32_t  id;
    uint8_t  special, single_word, strip_left, strip_right;
} xb_added_token;

typedef struct xb_added_set { /* sorted by content */
    xb_added_token *items;
    int32_t         count;
    uint8_t         first[32]; /* bit set of first bytes */
} xb_added_set;

/* Sorts, drops repeats, makes `first`. */
void xb_added_prepare(xb_added_set *set);

/* The next token in text[from, size): 1 and its place, or 0. `parse_special` 0 passes over special ones. */
int xb_added_next(const xb_added_set *set, const char *text, size_t from, size_t size, int parse_special, size_t *start,
                  size_t *end, const xb_added_token **token);

/* ---- normalizer: steps from text to text ---- */

typedef enum xb_norm_kind {
    XB_NORM_CLEAN, /* BERT: control characters dropped, white space to ' ' */
    XB_NORM_CJK,   /* BERT: spaces around ideographs */
    XB_NORM_LOWER,
    XB_NORM_DROP,    /* characters of the categories in `set`, which holds none of ASCII */
    XB_NORM_FORM,    /* NFD, NFC, NFKD, NFKC */
    XB_NORM_REPLACE, /* each `a` by `b` */
    XB_NORM_PREPEND, /* `a`, unless the text is empty */
    XB_NORM_PREFIX,  /* `a`, unless the text is empty or begins with it; only_first: at the start of the whole text */
    XB_NORM_STRIP    /* white space off the left and right end */
} xb_norm_kind;

typedef struct xb_norm_step {
    xb_norm_kind   kind;
    xb_normal_form form;
    uint32_t       set;
    xb_slice       a, b;
    uint8_t        left, right, only_first;
} xb_norm_step;

/* A stretch of text on its way: its bytes, and where each came from. */
typedef struct xb_view {
    const char         *bytes;
    size_t              size;
    const xb_text_span *spans; /* [size] NULL: byte i is byte origin + i of the text */
    uint32_t            origin;
} xb_view;

typedef struct xb_text_buffer { /* the first failure sticks */
    xb_mem       *mem;
    char         *bytes;
    xb_text_span *spans;
    size_t        size, capacity, span_capacity;
    int           want_spans;
    xybrid_error *err;
    xybrid_status failed;
} xb_text_buffer;

/* ---- splitter: text to words ---- */

typedef enum xb_split_kind {
    XB_SPLIT_BERT,        /* at white space (dropped), punctuation alone */
    XB_SPLIT_WORDS,       /* \w+|[^\w\s]+ */
    XB_SPLIT_SPACES,      /* at white space, dropped */
    XB_SPLIT_DIGITS_ONE,  /* each number character alone */
    XB_SPLIT_DIGITS_RUN,  /* runs of number characters */
    XB_SPLIT_PUNCTUATION, /* each punctuation character alone */
    XB_SPLIT_GPT2,        /* the pattern of GPT-2 */
    XB_SPLIT_CL100K,      /* the pattern of GPT-4, llama 3 and Qwen 2; at most `digits` numbers in a word */
    XB_SPLIT_LITERAL      /* at `literal` */
} xb_split_kind;

typedef enum xb_split_behavior {
    XB_SPLIT_REMOVED,
    XB_SPLIT_ISOLATED,
    XB_SPLIT_WITH_PREVIOUS,
    XB_SPLIT_WITH_NEXT
} xb_split_behavior;

typedef struct xb_split_step {
    xb_split_kind     kind;
    int32_t           digits;
    xb_slice          literal;
    xb_split_behavior behavior;
} xb_split_step;

/* The end of the word that begins at `from` (below `size`); *drop is 1 if it is to be dropped. Always moves on. */
size_t xb_split_next(const xb_split_step *s, const char *text, size_t from, size_t size, int *drop);

/* ---- models ---- */

typedef struct xb_wordpiece {
    xb_slice first_prefix, more_prefix; /* "" and "##", or "\u2581" and "" in GGUF */
    int32_t  unknown;
    int32_t  max_word_chars;
} xb_wordpiece;

typedef struct xb_merge {
    int32_t left, right, merged;
} xb_merge;

typedef struct xb_bpe {
    xb_merge *merges; /* [count] by rank; NULL: by score */
    uint32_t  count;
    uint32_t *slots; /* [mask + 1] rank + 1, 0 = free */
    uint32_t  mask;
    uint32_t *score_ranks; /* [vocabulary] of SentencePiece: the lower, the sooner */
    int32_t   bytes[256];  /* id of each byte (byte level: of its character; else of "<0x41>"), -1 if there is none */
    int32_t   unknown;     /* -1: what is not in the vocabulary is dropped */
    uint8_t   byte_level, byte_fallback, fuse_unknown, whole_words_first;
} xb_bpe;

/* The characters that stand for bytes in a byte-level vocabulary. */
uint32_t xb_byte_char(uint8_t byte);
int      xb_char_byte(uint32_t code); /* -1 if it stands for none */

/* Fills `bytes` from the vocabulary. */
void xb_bpe_find_bytes(xb_bpe *b, const xb_vocabulary *v);

/* Room for `count` merges in the arena; then one call for each, in rank order. */
xybrid_status xb_bpe_init_merges(xb_bpe *b, xb_arena *arena, uint32_t count, xybrid_error *err);
xybrid_status xb_bpe_add_merge(xb_bpe *b, const xb_vocabulary *v, xb_slice left, xb_slice right, xybrid_error *err);

/* ---- the whole ---- */

typedef enum xb_model_kind { XB_MODEL_WORDPIECE, XB_MODEL_BPE } xb_model_kind;

typedef enum xb_decoder_kind {
    XB_DECODER_SPACES, /* a space between tokens */
    XB_DECODER_JOIN,   /* nothing between; `replace`, byte fallback, strip */
    XB_DECODER_BYTE_LEVEL,
    XB_DECODER_WORDPIECE
} xb_decoder_kind;

typedef struct xb_decoder {
    xb_decoder_kind kind;
    xb_slice        prefix;        /* WordPiece: the mark of a piece that goes on ("##") */
    xb_slice        word_start;    /* WordPiece of GGUF: the mark of a piece that begins a word; "" if not used */
    xb_slice        replace;       /* becomes a space */
    uint8_t         cleanup;       /* WordPiece: no space before punctuation */
    uint8_t         byte_fallback; /* "<0x41>" is a byte */
    int32_t         strip_left;    /* spaces off the beginning, at most */
} xb_decoder;

typedef struct xb_frame_token {
    int32_t id, type_id;
} xb_frame_token;

struct xb_tokenizer {
    xb_arena       arena;
    xb_vocabulary  vocabulary;
    xb_added_set   added;            /* matched in the text as it comes */
    xb_added_set   added_normalized; /* matched after normalisation */
    xb_norm_step   norm[XB_MAX_TOKENIZER_STEPS];
    int32_t        norm_count;   /* the first are the normalizer, */
    int32_t        prepare_from; /* from here on: once more for each stretch between added tokens */
    xb_split_step  split[XB_MAX_TOKENIZER_STEPS];
    int32_t        split_count;
    xb_model_kind  model;
    xb_wordpiece   wordpiece;
    xb_bpe         bpe;
    xb_frame_token before[XB_MAX_FRAME_TOKENS], after[XB_MAX_FRAME_TOKENS];
    int32_t        before_count, after_count, text_type_id;
    uint8_t        trim_spans; /* spans without the white space at their ends */
    uint8_t        truncate_left;
    int32_t        max_length; /* XYBRID_AUTO = none */
    int32_t        special[XB_TOKEN_KINDS];
    xb_decoder     decoder;
};

/* ---- encoding ---- */

typedef struct xb_item {
    int32_t  id;
    uint32_t start, end;
} xb_item;

typedef struct xb_symbol { /* a piece of the word; the list is linked, -1 ends it */
    uint32_t start, size;
    int32_t  id, previous, next;
} xb_symbol;

typedef struct xb_candidate { /* a merge that may be made */
    uint32_t rank, left, size;
    int32_t  merged;
} xb_candidate;

typedef struct xb_encode_work {
    xb_mem             *mem;
    const xb_tokenizer *t;
    xb_encode_options   options;
    xb_text_buffer      normalized[2], prepared[2];
    xb_normalizing      normalizing;
    xb_view             view;  /* the stretch being cut into words */
    int                 first; /* it begins the whole text */
    xb_item            *items;
    size_t              item_count, item_capacity;
    xb_symbol          *symbols;
    size_t              symbol_capacity;
    xb_candidate       *heap;
    size_t              heap_count, heap_capacity;
    char               *spelling; /* of a word, in the characters of a byte-level vocabulary */
    size_t              spelling_capacity;
    size_t              out_capacity, span_capacity;
} xb_encode_work;

/* Runs steps [from, to) over *view, which is not in `buffers`; afterwards it may be. */
xybrid_status xb_normalize(xb_encode_work *w, int32_t from, int32_t to, xb_text_buffer buffers[2], xb_view *view,
                           xybrid_error *err);

/* Appends a token that spells bytes [start, end) of w->view. */
xybrid_status xb_encode_put(xb_encode_work *w, int32_t id, size_t start, size_t end, xybrid_error *err);

/* Ids of the word [start, end) of w->view. */
xybrid_status xb_wordpiece_encode(xb_encode_work *w, size_t start, size_t end, xybrid_error *err);
xybrid_status xb_bpe_encode(xb_encode_work *w, size_t start, size_t end, xybrid_error *err);

/* An empty tokenizer with its arena; freed by xb_tokenizer_free. */
xybrid_status xb_tokenizer_new(xb_mem *mem, xb_tokenizer **out, xybrid_error *err);

/* Adds a step, zeroed but for its kind; NULL: there are too many, *err is filled. */
xb_norm_step  *xb_tokenizer_add_norm(xb_tokenizer *t, xb_norm_kind kind, xybrid_error *err);
xb_split_step *xb_tokenizer_add_split(xb_tokenizer *t, xb_split_kind kind, xybrid_error *err);

/* BERT's normalizer and splitter. `strip_accents` takes the marks off the letters. */
xybrid_status xb_tokenizer_add_bert(xb_tokenizer *t, int clean, int cjk, int strip_accents, int lower, xybrid_error *err);

/* Sorts added tokens into their sets; those with `normalized` are brought through the normalizer first, whose
 * steps must be there. `room` = how many will come at most. */
xybrid_status xb_tokenizer_init_added(xb_tokenizer *t, int32_t room, xybrid_error *err);
xybrid_status xb_tokenizer_add_added(xb_tokenizer *t, const xb_added_token *token, int normalized, xybrid_error *err);
void          xb_tokenizer_end_added(xb_tokenizer *t);

/* Names that models give their special tokens, for the kinds that are still -1. */
void xb_tokenizer_guess_special(xb_tokenizer *t);

/* UNSUPPORTED_PACK: `<where> "<name>" is not supported; ...`. */
xybrid_status xb_tokenizer_unsupported(const char *where, xb_slice name, const char *supported, xybrid_error *err);

#endif
