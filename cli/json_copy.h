/* cli/json_copy.h - a parsed JSON value to a writer: pretty becomes compact, or the other way round. */
#ifndef JSON_COPY_H
#define JSON_COPY_H

#include "codec/json.h"

/* The value with all that is in it, members in order. At most XB_MAX_JSON_DEPTH levels, as they were parsed. */
void json_copy(xb_json_writer *w, const xb_json *v);

/* The same from text; null if it is none. */
void json_copy_text(xb_json_writer *w, xb_mem *mem, const char *json, size_t size);

#endif
