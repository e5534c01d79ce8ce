/* text/tokenizer.h - text to token ids and back, as the model was trained.
 *
 *     text -> special tokens cut out -> normalised -> cut into words -> ids of pieces -> [CLS] ... [SEP], truncated
 *
 *     xb_tokenizer *tok = NULL;
 *     XB_TRY(xb_tokenizer_from_json(mem, bytes, size, &tok, err));
 *     xb_encoding enc;
 *     xb_encoding_init(&enc, mem);
 *     xb_encode_options options = xb_encode_defaults();
 *     XB_TRY_OUT(xb_tokenizer_encode(tok, "Hello world", 11, &options, &enc, err));
 *     ... enc.ids[0 .. enc.count - 1] ...
 *     xb_encoding_free(&enc), xb_tokenizer_free(tok);
 *
 * Models: WordPiece, BPE on bytes (GPT-2's) or characters with byte fallback, SentencePiece BPE by scores (GGUF "llama").
 * What a file asks for and is not here is UNSUPPORTED_PACK naming it; nothing is silently skipped. A tokenizer never changes
 * after loading: any thread, several at once, each with its own xb_encoding. */
#ifndef XB_TOKENIZER_H
#define XB_TOKENIZER_H

#include "base/str.h"
#include "codec/gguf.h"

typedef struct xb_tokenizer xb_tokenizer;

/* ---- loading ---- */

/* tokenizer.json of the HuggingFace library; `bytes` may be freed afterwards. The file's "padding" is not applied: a text is
 * one sequence. Errors: MALFORMED (with the byte where it is not JSON), UNSUPPORTED_PACK, OUT_OF_MEMORY. */
xybrid_status xb_tokenizer_from_json(xb_mem *mem, const void *bytes, int64_t size, xb_tokenizer **out, xybrid_error *err);

/* The vocabulary in a GGUF file, tokenized as llama.cpp does. The tokens are used where they lie: the file's bytes (not
 * `g`) must outlive the tokenizer. Errors: those of xb_gguf_vocabulary_read, UNSUPPORTED_PACK (a model or pre-tokenizer not
 * known, with its name). */
xybrid_status xb_tokenizer_from_gguf(xb_mem *mem, const xb_gguf *g, xb_tokenizer **out, xybrid_error *err);

/* vocab.txt of BERT: one token a line, the line is the id. `lower_case` as the model's do_lower_case: lower case and accents
 * stripped. Must hold [UNK], [CLS] and [SEP]. `bytes` may be freed afterwards. Errors: MALFORMED, OUT_OF_MEMORY. */
xybrid_status xb_tokenizer_from_vocab_txt(xb_mem *mem, const void *bytes, int64_t size, int lower_case, xb_tokenizer **out,
                                          xybrid_error *err);

void xb_tokenizer_free(xb_tokenizer *t); /* NULL is fine */

/* ---- what it knows ---- */

typedef enum xb_special_token {
    XB_TOKEN_BOS,
    XB_TOKEN_EOS,
    XB_TOKEN_CLS,
    XB_TOKEN_SEP,
    XB_TOKEN_PAD,
    XB_TOKEN_UNK,
    XB_TOKEN_MASK,
    XB_TOKEN_KINDS
} xb_special_token;

/* Highest id + 1; ids below may be unused. */
int32_t xb_tokenizer_size(const xb_tokenizer *t);

/* -1 if there is none. */
int32_t xb_tokenizer_special(const xb_tokenizer *t, xb_special_token kind);

/* The id of exactly this vocabulary entry (as it stands in the file: "##ing", "\xc4\xa0the"); -1 if there is none. */
int32_t xb_tokenizer_find(const xb_tokenizer *t, const char *token, size_t size);

/* The entry as it stands in the file, not NUL-terminated; data NULL for an unused id or one outside. Lives as long as `t`. */
xb_slice xb_tokenizer_token(const xb_tokenizer *t, int64_t id);

/* Is the token one that a text does not spell ([CLS], <|endoftext|>)? 0 for an id outside. */
int xb_tokenizer_is_special(const xb_tokenizer *t, int64_t id);

/* Tokens that add_special puts around a text. */
int32_t xb_tokenizer_added_count(const xb_tokenizer *t);

/* ---- encoding ---- */

typedef struct xb_text_span {
    uint32_t start, end; /* bytes of the text that was encoded; both 0 for a token that add_special put there */
} xb_text_span;

typedef struct xb_encode_options {
    int32_t max_length;    /* tokens, special ones included; the text gives way. XYBRID_AUTO = the file's "truncation", else
                            * no limit */
    int32_t add_special;   /* 1: the model's frame around the text ([CLS] ... [SEP], <s> ...) */
    int32_t parse_special; /* 1: "<|endoftext|>" in the text becomes that token; 0: it is spelled like any text */
    int32_t want_spans;    /* 1: fill `spans` */
} xb_encode_options;

/* { XYBRID_AUTO, 1, 1, 0 } */
xb_encode_options xb_encode_defaults(void);

/* A result with its working memory; re-used by the next encode, which then allocates nothing if the text is not longer. */
typedef struct xb_encoding {
    int64_t       count;
    int64_t      *ids;      /* [count] */
    int64_t      *type_ids; /* [count] 0 or as the file's template says */
    int64_t      *mask;     /* [count] all 1: the attention mask of one sequence */
    xb_text_span *spans;    /* [count], NULL unless asked for */

    struct xb_encode_work *work; /* private */
    xb_mem                *mem;
} xb_encoding;

void xb_encoding_init(xb_encoding *e, xb_mem *mem);
void xb_encoding_free(xb_encoding *e);

/* `text` is UTF-8, at most XB_MAX_TEXT_BYTES. `options` NULL = the defaults. On failure `e` holds what it held or nothing.
 * Errors: INVALID_ARGUMENT (text that is not UTF-8, with the byte; too long; max_length below the number of added tokens),
 * OUT_OF_MEMORY. */
xybrid_status xb_tokenizer_encode(const xb_tokenizer *t, const char *text, size_t size, const xb_encode_options *options,
                                  xb_encoding *e, xybrid_error *err);

/* ---- decoding ---- */

enum {
    XB_DECODE_SKIP_SPECIAL = 1, /* leave out what xb_tokenizer_is_special */
    XB_DECODE_RAW = 2           /* keep bytes that are not UTF-8 (yet); else they become U+FFFD */
};

/* Appends the text of ids[0 .. count - 1] to `out`. For a stream: decode with XB_DECODE_RAW and give out the first
 * xb_utf8_valid bytes. Errors: INVALID_ARGUMENT (an id outside the vocabulary, with its index as position), OUT_OF_MEMORY. */
xybrid_status xb_tokenizer_decode(const xb_tokenizer *t, const int64_t *ids, int64_t count, int flags, xb_str *out,
                                  xybrid_error *err);

#endif
