/* cli/inputs.h - what was typed behind --input, as envelopes.
 *
 *     "-"              the bytes of standard input
 *     a file's path    the file: a picture, a recording, a text; a .json file that holds an envelope in wire form is that
 *                      envelope
 *     anything else    the text itself */
#ifndef INPUTS_H
#define INPUTS_H

#include "cli.h"
#include "options.h"

typedef struct input {
    const char      *name; /* as typed */
    xybrid_envelope *envelope;
} input;

/* All inputs in order, in the program's arena; standard input when none was typed and it is no terminal. CLI_OK, or an exit
 * code after the failure was told; *out is then freed. */
int inputs_open(cli *c, const command *m, xybrid_runtime *rt, const option_texts *typed, input **out, size_t *count);

/* A file of text, in the program's arena. CLI_OK, or CLI_FAILED after it was told. */
int inputs_read_text(cli *c, const char *path, const char **out);

void inputs_free(input *inputs, size_t count);

#endif
