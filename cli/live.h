/* cli/live.h - xybrid run --live: samples from standard input to a model that listens, as they come. */
#ifndef LIVE_H
#define LIVE_H

#include "cli.h"

/* Reads standard input to its end: a WAV file (16 bits), or 16-bit samples of one channel at 16 kHz, little endian, without a
 * header. Final segments are lines on standard output; what is not final yet stands on the terminal's last line. *out: all
 * segments, a List to be freed. CLI_OK, or an exit code after the failure was told. */
int live_run(cli *c, xybrid_runtime *rt, xybrid_model *model, const xybrid_run_options *options, xybrid_envelope **out);

#endif
