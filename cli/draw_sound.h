/* cli/draw_sound.h - a recording and what was found in it, as one picture.
 *
 *     title
 *     waveform         least and largest sample of each column, scaled to the loudest
 *     mel spectrogram  80 bands up to 8 kHz (or half the rate), 80 dB below the loudest from dark to light
 *     seconds          10 ms a column, wider for recordings beyond 15 s: then the whole fits into DRAW_SOUND_MOST columns
 *     texts            of the items of the result that have a start and an end, in lanes, cut where the next one begins
 *
 * Each such item is a band of its colour over both. */
#ifndef DRAW_SOUND_H
#define DRAW_SOUND_H

#include "cli.h"

enum { DRAW_SOUND_LEAST = 640, DRAW_SOUND_MOST = 1600 }; /* columns of the whole picture */

/* The sound to draw for a request: the result if that is Audio (or its first item), else the input if that is; NULL if
 * neither is. Borrowed. */
const xybrid_envelope *draw_sound_of(const xybrid_envelope *in, const xybrid_envelope *result);

/* Decodes `sound` (Audio of any form), draws, writes a PNG. CLI_OK, or CLI_FAILED after it was told. */
int draw_sound(cli *c, const xybrid_envelope *sound, const xybrid_envelope *result, const char *title, const char *path);

#endif
