/* cli/draw.h - what a model found, drawn into the picture it was given: outlines with labels and scores. */
#ifndef DRAW_H
#define DRAW_H

#include "cli.h"

/* Does any item of the result have corners? */
int draw_has_boxes(const xybrid_envelope *result);

/* Decodes `picture` (an Image of encoded bytes), draws every item of `result` that has corners, writes a PNG. CLI_OK, or
 * CLI_FAILED after it was told. */
int draw_boxes(cli *c, const xybrid_envelope *picture, const xybrid_envelope *result, const char *path);

#endif
