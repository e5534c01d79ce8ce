/* cli/canvas.c - see canvas.h. */
#include "canvas.h"

#include "new_file.h"
#include "png_write.h"

const colour canvas_colours[CANVAS_COLOURS] = {
    { 200, 30, 40 }, { 20, 110, 200 }, { 10, 130, 60 }, { 160, 60, 170 }, { 200, 100, 0 }
};

void canvas_tint(canvas *v, int left, int top, int width, int height, colour with, int percent) {
    int right = left + width, bottom = top + height;
    if (left < 0) left = 0;
    if (top < 0) top = 0;
    if (right > v->width) right = v->width;
    if (bottom > v->height) bottom = v->height;
    for (int y = top; y < bottom; y++) {
        uint8_t *p = v->pixels + 3 * ((size_t)y * (size_t)v->width + (size_t)left);
        for (int x = left; x < right; x++, p += 3) {
            p[0] = (uint8_t)((p[0] * (100 - percent) + with.red * percent) / 100);
            p[1] = (uint8_t)((p[1] * (100 - percent) + with.green * percent) / 100);
            p[2] = (uint8_t)((p[2] * (100 - percent) + with.blue * percent) / 100);
        }
    }
}

void canvas_fill(canvas *v, int left, int top, int width, int height, colour with) {
    canvas_tint(v, left, top, width, height, with, 100);
}

/* Bresenham's line. */
void canvas_line(canvas *v, int x0, int y0, int x1, int y1, colour with) {
    int dx = x1 > x0 ? x1 - x0 : x0 - x1, dy = y1 > y0 ? y0 - y1 : y1 - y0; /* dy <= 0 */
    int step_x = x0 < x1 ? 1 : -1, step_y = y0 < y1 ? 1 : -1, error = dx + dy;
    for (;;) {
        canvas_fill(v, x0 - v->pen / 2, y0 - v->pen / 2, v->pen, v->pen, with);
        if (x0 == x1 && y0 == y1) return;
        int twice = 2 * error;
        if (twice >= dy) error += dy, x0 += step_x;
        if (twice <= dx) error += dx, y0 += step_y;
    }
}

void canvas_text(canvas *v, int left, int top, const char *text, colour with) {
    for (; *text; text++, left += FONT_ADVANCE * v->pen) {
        for (int y = 0; y < FONT_HEIGHT; y++) {
            for (int x = 0; x < FONT_WIDTH; x++) {
                if (font_dot(*text, x, y)) canvas_fill(v, left + x * v->pen, top + y * v->pen, v->pen, v->pen, with);
            }
        }
    }
}

int canvas_letters(char *out, int room, const char *text, int64_t size) {
    int used = 0;
    for (int64_t i = 0; i < size && text[i] && used < room; i++) {
        if (((unsigned char)text[i] & 0xc0) == 0x80 || (used == 0 && text[i] == ' ')) continue;
        out[used++] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
    }
    while (used && out[used - 1] == ' ') used--;
    if (room >= 0) out[used] = 0;
    return used;
}

int canvas_write(cli *c, const canvas *v, const char *path) {
    new_file f;
    int      code = new_file_open(c, path, &f);
    if (code) return code;
    int is_good = png_write(f.stream, v->pixels, v->width, v->height) == 0;
    if (!is_good) cli_fail("%s: out of memory", path);
    return new_file_close(&f, is_good);
}
