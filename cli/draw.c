/* cli/draw.c - outlines, labels and scores in a picture. */
#include "draw.h"

#include <math.h>
#include <string.h>

#include "canvas.h"
#include "codec/image.h"

enum { LABEL_MAX = 48, REACH = 1 << 16 /* corners further out are moved in to here */ };

static int pixel(float x) {
    if (!(x > -(float)REACH)) return -REACH;
    return x < (float)REACH ? (int)floorf(x + 0.5F) : REACH;
}

/* "face 0.98": the text as far as there is room for `columns` letters. */
static void make_label(char out[LABEL_MAX], const xybrid_view *item, int columns) {
    char   score[16] = "";
    size_t used = 0;
    if (item->score >= 0) xb_format(score, sizeof score, "%.2f", (double)item->score);
    int room = columns - (int)strlen(score) - 1;
    if (room > LABEL_MAX - 20) room = LABEL_MAX - 20;
    if (item->kind == XYBRID_TEXT) used = (size_t)canvas_letters(out, room, item->data, item->size_bytes);
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
        canvas_line(v, x, y, pixel(item->points[2 * next]), pixel(item->points[2 * next + 1]), with);
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
    canvas_fill(v, left, top, width, height, with);
    canvas_text(v, left + v->pen, top + v->pen, label, white);
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
        draw_item(&v, item, canvas_colours[drawn++ % CANVAS_COLOURS]);
    }
    int code = canvas_write(c, &v, path);
    xb_image_free(&image);
    return code;
}
