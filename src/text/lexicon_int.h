/* text/lexicon_int.h - the lists that are found by hash (lexicon_list.c). */
#ifndef XB_LEXICON_INT_H
#define XB_LEXICON_INT_H

#include "text/lexicon.h"

/* Reads a JSON object of misaki as the next list of `l`. */
xybrid_status xb_lexicon_list_json(xb_lexicon *l, xb_slice file, xybrid_error *err);
int           xb_lexicon_list_find(const xb_lexicon_list *list, const char *word, size_t size, xb_pronunciation *out);

/* text[*used] is the pronunciation for `kind`; equal ones are kept once. 0: no further one has room. */
int xb_pronunciation_put(xb_pronunciation *p, uint32_t kind, int *used);

#endif
