/* cli/canvas.h - a picture to draw on: rectangles, tints, lines, text; kept as PNG.
 *
 *     canvas v = { pixels, 640, 480, 2 };                     // letters of 10 x 14
 *     canvas_fill(&v, 0, 0, 640, 480, (colour){ 255, 255, 255 });
 *     canvas_text(&v, 8, 8, "12.5 s", (colour){ 0, 0, 0 });
 *     code = canvas_write(c, &v, "picture.png");
 *
 * All places and sizes are pixels; what lies outside the picture is cut off. */
#ifndef CANVAS_H
#define CANVAS_H

#include "cli.h"
#include "font.h"

typedef struct colour {
    uint8_t red, green, blue;
} colour;

typedef struct canvas {
    uint8_t *pixels; /* [height, width, 3] */
    int      width, height;
    int      pen; /* thickness of lines and of a letter's dots */
} canvas;

/* In turn, so that neighbours differ. Dark enough for a white label. */
enum { CANVAS_COLOURS = 5 };
extern const colour canvas_colours[CANVAS_COLOURS];

void canvas_fill(canvas *v, int left, int top, int width, int height, colour with);

/* So many percent of the colour over what is there. */
void canvas_tint(canvas *v, int left, int top, int width, int height, colour with, int percent);

/* Drawn with a square pen. */
void canvas_line(canvas *v, int x0, int y0, int x1, int y1, colour with);

/* Letters are FONT_ADVANCE pens wide with their gap, FONT_HEIGHT pens high. */
void canvas_text(canvas *v, int left, int top, const char *text, colour with);

/* The text as far as there is room for `room` letters, without blanks at its ends, one '?' for a character that the font
 * lacks. `out` holds room + 1 bytes. Returns the letters. */
int canvas_letters(char *out, int room, const char *text, int64_t size);

/* CLI_OK, or CLI_FAILED after it was told. */
int canvas_write(cli *c, const canvas *v, const char *path);

#endif
