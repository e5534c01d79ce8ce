/* cli/draw.c - outlines, labels and scores in a picture. */
#include "draw.h"

#include <math.h>
#include <string.h>

#include "codec/image.h"
#include "font.h"
#include "new_file.h"
#include "png_write.h"

typedef struct colour {
    uint8_t red, green, blue;
} colour;

typedef struct canvas {
    uint8_t *pixels; /* [height, width, 3] */
    int      width, height;
    int      pen; /* thickness of lines and of a label's dots, pixels */
} canvas;

enum { LABEL_MAX = 48, REACH = 1 << 16 /* corners further out are moved in to here */ };

/* In turn, so that neighbours differ. Dark enough for a white label. */
static const colour colours[] = { { 200, 30, 40 }, { 20, 110, 200 }, { 10, 130, 60 }, { 160, 60, 170 }, { 200, 100, 0 } };

static void fill(canvas *v, int left, int top, int width, int height, colour with) {
    int right = left + width, bottom = top + height;
    if (left < 0) left = 0;
    if (top < 0) top = 0;
    if (right > v->width) right = v->width;
    if (bottom > v->height) bottom = v->height;
    for (int y = top; y < bottom; y++) {
        uint8_t *p = v->pixels + 3 * ((size_t)y * (size_t)v->width + (size_t)left);
        for (int x = left; x < right; x++, p += 3) p[0] = with.red, p[1] = with.green, p[2] = with.blue;
    }
}

/* Bresenham's line, drawn with a square pen. */
static void draw_line(canvas *v, int x0, int y0, int x1, int y1, colour with) {
    int dx = x1 > x0 ? x1 - x0 : x0 - x1, dy = y1 > y0 ? y0 - y1 : y1 - y0; /* dy <= 0 */
    int step_x = x0 < x1 ? 1 : -1, step_y = y0 < y1 ? 1 : -1, error = dx + dy;
    for (;;) {
        fill(v, x0 - v->pen / 2, y0 - v->pen / 2, v->pen, v->pen, with);
        if (x0 == x1 && y0 == y1) return;
        int twice = 2 * error;
        if (twice >= dy) error += dy, x0 += step_x;
        if (twice <= dx) error += dx, y0 += step_y;
    }
}

static void draw_text(canvas *v, int left, int top, const char *text, colour with) {
    for (; *text; text++, left += FONT_ADVANCE * v->pen) {
        for (int y = 0; y < FONT_HEIGHT; y++) {
            for (int x = 0; x < FONT_WIDTH; x++) {
                if (font_dot(*text, x, y)) fill(v, left + x * v->pen, top + y * v->pen, v->pen, v->pen, with);
            }
        }
    }
}

static int pixel(float x) {
    if (!(x > -(float)REACH)) return -REACH;
    return x < (float)REACH ? (int)floorf(x + 0.5F) : REACH;
}

/* "face 0.98": the text as far as there is room for `columns` letters, one '?' for a character that the font lacks. */
static void make_label(char out[LABEL_MAX], const xybrid_view *item, int columns) {
    char   score[16] = "";
    size_t used = 0;
    if (item->score >= 0) xb_format(score, sizeof score, "%.2f", (double)item->score);
    int room = columns - (int)strlen(score) - 1;
    if (room > LABEL_MAX - 20) room = LABEL_MAX - 20;
    const char *text = item->kind == XYBRID_TEXT ? item->data : "";
    for (int64_t i = 0; i < item->size_bytes && *text && (int)used < room; i++) {
        if (((unsigned char)text[i] & 0xc0) != 0x80) out[used++] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
    }
    while (used && out[used - 1] == ' ') used--;
    if (used && score[0]) out[used++] = ' ';
    xb_format(out + used, LABEL_MAX - used, "%s", score);
}

/* The outline, and on its top left corner the label: above it, or inside where the picture ends. */
static void draw_item(canvas *v, const xybrid_view *item, colour with) {
    static const colour white = { 255, 255, 255 };
    int                 left = REACH, top = REACH, right = -REACH;
    for (int32_t i = 0; i < item->point_count; i++) {
        int32_t next = (i + 1) % item->point_count;
        int     x = pixel(item->points[2 * i]), y = pixel(item->points[2 * i + 1]);
        draw_line(v, x, y, pixel(item->points[2 * next]), pixel(item->points[2 * next + 1]), with);
        if (x < left) left = x;
        if (x > right) right = x;
        if (y < top) top = y;
    }
    char label[LABEL_MAX];
    int  height = (FONT_HEIGHT + 2) * v->pen;
    make_label(label, item, (right - left) / (FONT_ADVANCE * v->pen));
    if (!label[0]) return;
    int width = ((int)strlen(label) * FONT_ADVANCE + 1) * v->pen;
    if (left + width > v->width) left = v->width - width;
    if (left < 0) left = 0;
    top = top >= height ? top - height : (top < 0 ? 0 : top);
    fill(v, left, top, width, height, with);
    draw_text(v, left + v->pen, top + v->pen, label, white);
}

int draw_has_boxes(const xybrid_envelope *result) {
    for (int32_t i = 0; i < xybrid_envelope_count(result); i++) {
        const xybrid_view *item = xybrid_envelope_view(xybrid_envelope_at(result, i));
        if (item && item->point_count > 0) return 1;
    }
    return 0;
}

int draw_boxes(cli *c, const xybrid_envelope *picture, const xybrid_envelope *result, const char *path) {
    xybrid_error       err;
    xb_image           image = { 0 };
    const xybrid_view *in = xybrid_envelope_view(picture);
    if (xb_image_decode(&c->mem, in->data, in->size_bytes, 3, &image, &err)) return cli_fail("%s: %s", path, err.message);
    int    longer = image.width > image.height ? image.width : image.height;
    canvas v = { image.pixels, image.width, image.height, longer < 800 ? 1 : longer / 800 + 1 };
    for (int32_t i = 0, drawn = 0; i < xybrid_envelope_count(result); i++) {
        const xybrid_view *item = xybrid_envelope_view(xybrid_envelope_at(result, i));
        if (!item || item->point_count < 1) continue;
        draw_item(&v, item, colours[(size_t)drawn++ % (sizeof colours / sizeof colours[0])]);
    }
    new_file f;
    int      code = new_file_open(c, path, &f);
    if (code == CLI_OK) {
        int is_good = png_write(f.stream, image.pixels, image.width, image.height) == 0;
        if (!is_good) cli_fail("%s: out of memory", path);
        code = new_file_close(&f, is_good);
    }
    xb_image_free(&image);
    return code;
}
