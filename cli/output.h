/* cli/output.h - results for people.
 *
 *     Text          as it is
 *     List          an item a line: time, score, corners, text in columns, as far as the items have them
 *     Embedding     a JSON array
 *     Tokens        the numbers
 *     Tensor        name, type, shape, the first values
 *     Audio, Image  what it is; -o keeps it */
#ifndef OUTPUT_H
#define OUTPUT_H

#include "cli.h"

/* Adds the result to `s`, each line with its end. `for_terminal`: control characters in texts become '?'. */
void output_add(xb_str *s, const xybrid_envelope *result, int for_terminal);

/* Adds a model's text: control characters become '?' for a terminal, line breaks blanks for one line. Whole characters only. */
void output_add_text(xb_str *s, const char *text, size_t size, int for_terminal, int one_line);

/* "float32"; "type 99" for a number this program does not know. Static, or in `text`. */
const char *output_dtype(xybrid_dtype dtype, char text[16]);

#endif
