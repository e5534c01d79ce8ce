/* cli/font.h - printable ASCII in 5 x 7 dots, for labels in pictures. */
#ifndef FONT_H
#define FONT_H

enum { FONT_WIDTH = 5, FONT_HEIGHT = 7, FONT_ADVANCE = 6 /* with the gap */ };

/* Is dot (x, y) of the character set? Characters that are not in the font look like '?'. */
int font_dot(char c, int x, int y);

#endif
