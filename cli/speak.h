/* cli/speak.h - a model that speaks, into a WAV file or to standard output, piece by piece as it comes. */
#ifndef SPEAK_H
#define SPEAK_H

#include "cli.h"

/* Does the model speak? From its description. */
int speak_can(cli *c, const xybrid_model *model);

/* Speaks `text` into `path` ("-" = standard output, a header without a length): 16-bit PCM. Nothing is kept, so a book needs no
 * more memory than a sentence. `options` are the request's; its params are added to. CLI_OK, or CLI_FAILED after it was
 * told. */
int speak_to(cli *c, xybrid_model *model, const char *model_name, xybrid_envelope *text, const xybrid_run_options *options,
             const char *path);

#endif
