/* image/textboxes.c - DB head to text boxes: components, hulls, smallest rectangles, scores, order.
 *
 * A component is filled from its first pixel; of each of its rows only the leftmost and the rightmost pixel matter, because
 * the hull needs no others. Rectangles are worked out in float64 in map pixels (pixel centres are whole numbers). */
#include "image/textboxes.h"

#include <math.h>
#include <stdlib.h>

#include "base/checked.h"
#include "base/error.h"

typedef struct point {
    double x, y;
} point;

/* A rectangle: centre, unit vector along its width, and its sides. */
typedef struct rectangle {
    point  center, along;
    double width, height;
} rectangle;

/* What one decoding works with. */
typedef struct work {
    xb_mem      *mem;
    const float *map; /* [height, width] */
    int32_t      width, height;
    float        threshold;
    uint8_t     *seen;  /* [height, width]: 1 = belongs to a component that was visited */
    int32_t     *stack; /* pixels whose neighbours are still to be looked at */
    size_t       stack_room;
    int32_t     *left, *right; /* [height]: extremes of the rows of what is looked at */
    int32_t      top, bottom;  /* these rows, both included */
    point       *hull;         /* room for 2 * height + 2 */
} work;

void xb_text_box_options_init(xb_text_box_options *o) {
    *o = (xb_text_box_options){ .threshold = 0.3f,
                                .box_threshold = 0.6f,
                                .unclip_ratio = 1.5f,
                                .max_candidates = 1000,
                                .min_side = 3,
                                .line_tolerance = 10 };
}

/* ---- components ---- */

static int is_text(const work *w, int64_t at) { return w->map[at] > w->threshold; }

static void visit(work *w, int32_t at, size_t *waiting) {
    int32_t x = at % w->width, y = at / w->width;
    w->seen[at] = 1;
    w->stack[(*waiting)++] = at;
    if (y > w->bottom) {
        for (int32_t row = w->bottom + 1; row <= y; row++) w->left[row] = INT32_MAX, w->right[row] = -1;
        w->bottom = y;
    }
    if (x < w->left[y]) w->left[y] = x;
    if (x > w->right[y]) w->right[y] = x;
}

/* The 8-connected component of `start`, which is its first pixel in reading order, so that no row lies above. */
static xybrid_status fill_component(work *w, int32_t start, xybrid_error *err) {
    size_t waiting = 0, pixels = (size_t)w->width * (size_t)w->height;
    w->top = start / w->width;
    w->bottom = w->top - 1;
    visit(w, start, &waiting);
    while (waiting > 0) {
        int32_t at = w->stack[--waiting], x = at % w->width, y = at / w->width;
        void   *stack = w->stack;
        XB_TRY(xb_grow(w->mem, &stack, &w->stack_room, waiting + 8, sizeof *w->stack, pixels + 16, "text component", err));
        w->stack = stack;
        for (int32_t ny = y - (y > 0); ny <= y + (y + 1 < w->height); ny++)
            for (int32_t nx = x - (x > 0); nx <= x + (x + 1 < w->width); nx++) {
                int32_t next = ny * w->width + nx;
                if (!w->seen[next] && is_text(w, next)) visit(w, next, &waiting);
            }
    }
    return XYBRID_OK;
}

/* ---- hull and smallest rectangle ---- */

/* Above 0 when a, b, c turn clockwise on the screen (y points down). */
static double turn(point a, point b, point c) { return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x); }

static int32_t hull_push(point *hull, int32_t count, int32_t from, point p) {
    while (count - from >= 2 && turn(hull[count - 2], hull[count - 1], p) <= 0) count--;
    hull[count] = p;
    return count + 1;
}

/* Andrew's monotone chain along y: down the right side, up the left one. The points of a row are already in order. Gives
 * the number of corners, clockwise, none twice; 1 or 2 for a point or a line. */
static int32_t convex_hull(const work *w) {
    int32_t count = 0, from;
    hull_push(w->hull, 0, 0, (point){ w->left[w->top], w->top });
    count = 1;
    for (int32_t y = w->top; y <= w->bottom; y++)
        if (y > w->top || w->right[y] != w->left[y]) count = hull_push(w->hull, count, 0, (point){ w->right[y], y });
    from = count - 1; /* the second chain starts at the end of the first */
    for (int32_t y = w->bottom; y >= w->top; y--)
        if (y < w->bottom || w->right[y] != w->left[y]) count = hull_push(w->hull, count, from, (point){ w->left[y], y });
    return count > 1 ? count - 1 : 1; /* the first corner came back at the end */
}

static double dot(point a, point b) { return a.x * b.x + a.y * b.y; }

/* Rotating calipers: the smallest rectangle has a side on an edge of the hull; while the edge goes round, the three points
 * that touch the other sides go round with it. */
static rectangle smallest_rectangle(const point *hull, int32_t count) {
    rectangle best = { .center = hull[0], .along = { 1, 0 } };
    double    best_area = INFINITY;
    int32_t   far = 0, front = 0, back = 0; /* furthest from the edge, along it, against it */
    for (int32_t i = 0; i < count && count > 1; i++) {
        point  a = hull[i], b = hull[(i + 1) % count];
        double length = hypot(b.x - a.x, b.y - a.y);
        point  u = { (b.x - a.x) / length, (b.y - a.y) / length }, v = { -u.y, u.x };
        if (i == 0) {
            for (int32_t k = 1; k < count; k++) {
                if (dot(hull[k], v) > dot(hull[far], v)) far = k;
                if (dot(hull[k], u) > dot(hull[front], u)) front = k;
                if (dot(hull[k], u) < dot(hull[back], u)) back = k;
            }
        }
        for (int32_t k = 0; k < count && dot(hull[(far + 1) % count], v) > dot(hull[far], v); k++) far = (far + 1) % count;
        for (int32_t k = 0; k < count && dot(hull[(front + 1) % count], u) > dot(hull[front], u); k++)
            front = (front + 1) % count;
        for (int32_t k = 0; k < count && dot(hull[(back + 1) % count], u) < dot(hull[back], u); k++) back = (back + 1) % count;
        double low = dot(hull[back], u), width = dot(hull[front], u) - low;
        double base = dot(a, v), height = dot(hull[far], v) - base;
        if (width * height >= best_area) continue;
        double along = low + width / 2, across = base + height / 2;
        best_area = width * height;
        best = (rectangle){ { u.x * along + v.x * across, u.y * along + v.y * across }, u, width, height };
    }
    return best;
}

/* Corners clockwise. */
static void rectangle_corners(const rectangle *r, point corner[4]) {
    static const double side[4][2] = { { -0.5, -0.5 }, { 0.5, -0.5 }, { 0.5, 0.5 }, { -0.5, 0.5 } };
    for (int i = 0; i < 4; i++) {
        double along = side[i][0] * r->width, across = side[i][1] * r->height;
        corner[i] = (point){ r->center.x + r->along.x * along - r->along.y * across,
                             r->center.y + r->along.y * along + r->along.x * across };
    }
}

/* ---- score ---- */

/* Widens the rows' extremes by the pixels of a line, one for each step along its longer side. */
static void draw_edge(work *w, int32_t x0, int32_t y0, int32_t x1, int32_t y1) {
    int32_t dx = x1 - x0, dy = y1 - y0, steps = abs(dx) > abs(dy) ? abs(dx) : abs(dy);
    for (int32_t s = 0; s <= steps; s++) {
        double  t = steps ? (double)s / steps : 0;
        int32_t x = x0 + (int32_t)floor(dx * t + 0.5), y = y0 + (int32_t)floor(dy * t + 0.5);
        if (y < w->top || y > w->bottom) continue;
        if (x < w->left[y]) w->left[y] = x;
        if (x > w->right[y]) w->right[y] = x;
    }
}

/* Mean probability inside the rectangle. As in PaddleOCR its corners are first cut to whole pixels, and its border, drawn as
 * lines of pixels, counts: thin boxes score visibly lower for it, and the usual thresholds are made for that. */
static float rectangle_score(work *w, const rectangle *r) {
    point   corner[4];
    int32_t x[4], y[4];
    rectangle_corners(r, corner);
    w->top = w->height - 1;
    w->bottom = 0;
    for (int i = 0; i < 4; i++) {
        x[i] = (int32_t)(corner[i].x + 1e-4); /* a whole number less its rounding error stays that number */
        y[i] = (int32_t)(corner[i].y + 1e-4);
        w->top = y[i] < w->top ? (y[i] < 0 ? 0 : y[i]) : w->top;
        w->bottom = y[i] > w->bottom ? (y[i] >= w->height ? w->height - 1 : y[i]) : w->bottom;
    }
    for (int32_t row = w->top; row <= w->bottom; row++) w->left[row] = INT32_MAX, w->right[row] = -1;
    for (int i = 0; i < 4; i++) draw_edge(w, x[i], y[i], x[(i + 1) % 4], y[(i + 1) % 4]);
    double  sum = 0;
    int64_t counted = 0;
    for (int32_t row = w->top; row <= w->bottom; row++) {
        int32_t first = w->left[row] < 0 ? 0 : w->left[row], last = w->right[row] < w->width ? w->right[row] : w->width - 1;
        for (int32_t column = first; column <= last; column++) {
            float p = w->map[(int64_t)row * w->width + column];
            if (!isfinite(p)) continue;
            sum += (double)p;
            counted++;
        }
    }
    return counted ? (float)(sum / (double)counted) : 0.0f;
}

/* ---- from component to box ---- */

static float to_picture(double value, int32_t map_size, int32_t size) {
    double scaled = rint(value * size / map_size);
    return (float)(scaled < 0 ? 0 : scaled > size - 1 ? size - 1 : scaled);
}

/* The corner that the others follow: x + y is smallest, the left one of equals. */
static int first_corner(const xb_point c[4]) {
    int first = 0;
    for (int i = 1; i < 4; i++) {
        float sum = c[i].x + c[i].y, best = c[first].x + c[first].y;
        if (sum < best || (sum == best && c[i].x < c[first].x)) first = i;
    }
    return first;
}

static double side_length(const xb_point *a, const xb_point *b) {
    return hypot((double)b->x - (double)a->x, (double)b->y - (double)a->y);
}

/* The box of the component that was filled last; 0 when it is not text. */
static int component_box(work *w, const xb_text_box_options *o, int32_t width, int32_t height, xb_text_box *out) {
    rectangle r = smallest_rectangle(w->hull, convex_hull(w));
    double    min_side = (double)o->min_side;
    if (fmin(r.width, r.height) < min_side) return 0;
    float score = rectangle_score(w, &r);
    if (score < o->box_threshold) return 0;
    double perimeter = 2 * (r.width + r.height);
    double grow = perimeter > 0 ? r.width * r.height * (double)o->unclip_ratio / perimeter : 0; /* one pixel has none */
    r.width += 2 * grow;
    r.height += 2 * grow;
    if (fmin(r.width, r.height) < min_side + 2) return 0;
    point       corner[4];
    xb_point    pixel[4];
    xb_text_box box = { .score = score };
    rectangle_corners(&r, corner);
    for (int i = 0; i < 4; i++)
        pixel[i] = (xb_point){ to_picture(corner[i].x, w->width, width), to_picture(corner[i].y, w->height, height) };
    for (int i = 0; i < 4; i++) box.corner[i] = pixel[(first_corner(pixel) + i) % 4];
    /* Clipping may leave nothing to read: less than 4 pixels of the picture. */
    if (side_length(&box.corner[0], &box.corner[1]) < 4 || side_length(&box.corner[0], &box.corner[3]) < 4) return 0;
    *out = box;
    return 1;
}

/* ---- order and size ---- */

/* As PaddleOCR's sorted_boxes: by the top left corner's y, then x; then a box moves before its left neighbours in the list
 * while their tops are within the tolerance and it lies further left. */
void xb_text_boxes_sort(xb_text_box *boxes, int32_t count, float line_tolerance) {
    for (int pass = 0; pass < 2; pass++) {
        for (int32_t i = 1; i < count; i++) {
            xb_text_box b = boxes[i];
            int32_t     at = i;
            for (; at > 0; at--) {
                xb_point p = b.corner[0], q = boxes[at - 1].corner[0];
                int      is_before = pass == 0 ? p.y < q.y || (p.y == q.y && p.x < q.x)
                                               : fabsf(p.y - q.y) < line_tolerance && p.x < q.x;
                if (!is_before) break;
                boxes[at] = boxes[at - 1];
            }
            boxes[at] = b;
        }
    }
}

void xb_text_box_size(const xb_text_box *box, int32_t *width, int32_t *height) {
    const xb_point *c = box->corner;
    *width = (int32_t)fmax(1, fmax(side_length(&c[0], &c[1]), side_length(&c[3], &c[2])));
    *height = (int32_t)fmax(1, fmax(side_length(&c[0], &c[3]), side_length(&c[1], &c[2])));
}

/* ---- the whole ---- */

static xybrid_status check(const xb_tensor *map, int32_t width, int32_t height, const xb_text_box_options *o, work *w,
                           xybrid_error *err) {
    char    text[XB_SHAPE_TEXT_BYTES];
    int64_t planes = map->rank >= 2 ? xb_tensor_span(map, 0, map->rank - 2) : 0;
    int64_t rows = planes == 1 ? map->shape[map->rank - 2] : 0, columns = planes == 1 ? map->shape[map->rank - 1] : 0;
    if (map->dtype != XYBRID_FLOAT32 || rows < 1 || columns < 1 || rows > XB_MAX_IMAGE_SIDE || columns > XB_MAX_IMAGE_SIDE ||
        rows * columns > XB_MAX_IMAGE_PIXELS) {
        xb_shape_format(map->rank, map->shape, text, sizeof text);
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "text boxes",
                       "text map of shape %s and type %s; one float32 [height,width] is needed", text,
                       xb_dtype_name(map->dtype));
    }
    if (width < 1 || height < 1 || width > XB_MAX_IMAGE_SIDE || height > XB_MAX_IMAGE_SIDE)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "text boxes", "picture of %d x %d pixels; sides of 1 to %d are possible",
                       (int)width, (int)height, XB_MAX_IMAGE_SIDE);
    if (!isfinite(o->threshold) || !isfinite(o->box_threshold) || !(o->unclip_ratio >= 0 && o->unclip_ratio <= 100) ||
        o->max_candidates < 1 || o->max_candidates > XB_MAX_DETECTIONS || !(o->min_side >= 0))
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "text boxes",
                       "text box options: thresholds are finite, unclip_ratio is 0 to 100, max_candidates 1 to %d, "
                       "min_side at least 0",
                       XB_MAX_DETECTIONS);
    w->map = map->data;
    w->height = (int32_t)rows;
    w->width = (int32_t)columns;
    w->threshold = o->threshold;
    return XYBRID_OK;
}

static xybrid_status work_open(work *w, xybrid_error *err) {
    w->seen = xb_calloc(w->mem, (size_t)w->height, (size_t)w->width, err);
    if (!w->seen) return err->code;
    w->left = xb_calloc(w->mem, (size_t)w->height * 2, sizeof *w->left, err);
    if (!w->left) return err->code;
    w->right = w->left + w->height;
    w->hull = xb_calloc(w->mem, (size_t)w->height * 2 + 2, sizeof *w->hull, err);
    if (!w->hull) return err->code;
    void *stack = NULL;
    XB_TRY(xb_grow(w->mem, &stack, &w->stack_room, 0, sizeof *w->stack, 16, "text component", err));
    w->stack = stack;
    return XYBRID_OK;
}

static void work_close(work *w) {
    xb_free(w->mem, w->seen);
    xb_free(w->mem, w->left);
    xb_free(w->mem, w->hull);
    xb_free(w->mem, w->stack);
}

static xybrid_status find_boxes(work *w, const xb_text_box_options *o, int32_t width, int32_t height, xb_text_box **boxes,
                                size_t *count, xybrid_error *err) {
    int32_t pixels = w->width * w->height, candidates = 0;
    size_t  room = 0;
    for (int32_t at = 0; at < pixels && candidates < o->max_candidates; at++) {
        if (w->seen[at] || !is_text(w, at)) continue;
        XB_TRY(fill_component(w, at, err));
        candidates++;
        xb_text_box box;
        if (!component_box(w, o, width, height, &box)) continue;
        void *grown = *boxes;
        XB_TRY(xb_grow(w->mem, &grown, &room, *count, sizeof box, (size_t)o->max_candidates, "text boxes", err));
        *boxes = grown;
        (*boxes)[(*count)++] = box;
    }
    return XYBRID_OK;
}

xybrid_status xb_text_boxes_decode(xb_mem *mem, const xb_tensor *map, int32_t width, int32_t height,
                                   const xb_text_box_options *options, xb_text_box **out, int32_t *count, xybrid_error *err) {
    xb_text_box_options o;
    xybrid_status       st;
    work                w = { .mem = mem };
    xb_text_box        *boxes = NULL;
    size_t              found = 0;
    xb_text_box_options_init(&o);
    if (options) o = *options;
    XB_TRY(check(map, width, height, &o, &w, err));
    XB_TRY_OUT(work_open(&w, err));
    XB_TRY_OUT(find_boxes(&w, &o, width, height, &boxes, &found, err));
    xb_text_boxes_sort(boxes, (int32_t)found, o.line_tolerance);
    *out = boxes;
    *count = (int32_t)found;
    boxes = NULL;
out:
    xb_free(mem, boxes);
    work_close(&w);
    return st;
}
