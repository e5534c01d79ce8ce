/* text/lexicon.h - pronunciations by word: a packed lexicon used where it is mapped, misaki's JSON, or cmudict.
 *
 *     xb_lexicon l;
 *     XB_TRY(xb_lexicon_open(&l, mem, files, count, err));
 *     xb_pronunciation p;
 *     if (xb_lexicon_find(&l, "record", 6, &p)) say(xb_pronunciation_for(&p, XB_SAID_NOUN));
 *     xb_lexicon_close(&l);
 *
 * A packed lexicon (tools/convert/lexicon.py makes it from misaki's lists; all numbers little-endian):
 *
 *     0  "xblexic1"    8 size of the file      12 FNV-1a of bytes 16..63      16 FNV-1a of bytes 64..size-1
 *    20 language, 8 bytes     28 count of words     32 offset and size of: blocks, codes, rules, words
 *    blocks  u32 [ceil(count / 16) + 1]: where in `words` each block of 16 begins
 *    codes   u16 [257], then texts: a byte c of a pronunciation stands for the text between offset c and c + 1
 *    rules   text/letters.h
 *    words   sorted by bytes. A word: high 4 bits = bytes shared with the word before it in the block, low 4 bits = own bytes
 *            (15: a byte with what goes beyond 15 follows, first for the shared ones), the own bytes; then a byte:
 *            bit 7 = of the second list ("silver"); bit 6 clear: low 6 bits = n, then n codes; bit 6 set: low 6 bits = variants, each
 *            a tag, n, n codes (n = 0: spelled letter by letter)
 *
 * Opening checks the header and allocates nothing; every access is held against the section it reads, so a damaged file gives
 * wrong words and never a wrong read. xb_lexicon_verify reads it all and compares the sums. Never changes after opening: any
 * thread. Errors: MALFORMED, OUT_OF_MEMORY. */
#ifndef XB_LEXICON_H
#define XB_LEXICON_H

#include "codec/json.h"
#include "codec/slice.h"

/* As the lists of misaki name them, in the order of the packed tags. */
typedef enum xb_said {
    XB_SAID_DEFAULT,
    XB_SAID_LAST, /* "None": nothing is said after it */
    XB_SAID_NOUN,
    XB_SAID_VERB,
    XB_SAID_ADJ,
    XB_SAID_ADV,
    XB_SAID_DT,
    XB_SAID_VBD,
    XB_SAID_VBN,
    XB_SAID_VBP,
    XB_SAID_KINDS
} xb_said;

enum { XB_MAX_PHONEMES = 240 /* bytes of one pronunciation */ };

typedef struct xb_pronunciation {
    int      is_silver;
    uint16_t has;                      /* bit n: there is one for xb_said n */
    char     text[4][XB_MAX_PHONEMES]; /* different ones, NUL-terminated; "" = spelled letter by letter */
    uint8_t  which[XB_SAID_KINDS];     /* index in `text` */
} xb_pronunciation;

/* The one for `kind`, else the default; NULL = spelled letter by letter. */
const char *xb_pronunciation_for(const xb_pronunciation *p, xb_said kind);

typedef struct xb_lexicon_list { /* words of JSON or cmudict, found by hash */
    xb_json_doc  *doc;
    xb_json_iter *members; /* [count]; JSON */
    xb_slice      lines;   /* cmudict */
    uint32_t     *slots;   /* [mask + 1] number of the member or offset of the line, + 1; 0 = free */
    uint32_t      mask;
} xb_lexicon_list;

typedef struct xb_lexicon_section {
    uint32_t at, size; /* in the file */
} xb_lexicon_section;

typedef struct xb_lexicon {
    xb_mem            *mem;
    const uint8_t     *file; /* packed; NULL */
    uint32_t           size, word_count;
    xb_lexicon_section blocks, codes, rules, words;
    xb_lexicon_list    lists[2]; /* gold, silver; or cmudict */
    int                list_count;
} xb_lexicon;

/* `files`: one packed lexicon, or one or two JSON objects (gold, silver; read at once, may be freed afterwards). */
xybrid_status xb_lexicon_open(xb_lexicon *l, xb_mem *mem, const xb_slice *files, int count, xybrid_error *err);
/* cmudict.dict: "word P H1", a line each, later pronunciations "word(2)" are passed over; borrowed until close. */
xybrid_status xb_lexicon_open_cmu(xb_lexicon *l, xb_mem *mem, xb_slice file, xybrid_error *err);
void          xb_lexicon_close(xb_lexicon *l);

int xb_lexicon_is_packed(xb_slice file);

/* "en-us"; "" for lists. */
void xb_lexicon_language(const xb_lexicon *l, char out[9]);

/* Reads all of a packed lexicon: CHECKSUM or MALFORMED if a byte differs from what was packed. */
xybrid_status xb_lexicon_verify(const xb_lexicon *l, xybrid_error *err);

/* 1 and *out if the word stands there: as it is written, or with a capital for its small first letter, or the other way
 * round; the first list is asked for both before the second. */
int xb_lexicon_find(const xb_lexicon *l, const char *word, size_t size, xb_pronunciation *out);

#endif
