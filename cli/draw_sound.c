/* cli/draw_sound.c - see draw_sound.h. */
#include "draw_sound.h"

#include <math.h>
#include <string.h>

#include "canvas.h"
#include "spectrum.h"

enum {
    LEFT = 84,
    RIGHT = 28, /* beside the plots */
    TITLE_TOP = 10,
    WAVE_TOP = 34,
    WAVE_HEIGHT = 140,
    MEL_TOP = WAVE_TOP + WAVE_HEIGHT + 12,
    BAND_HEIGHT = 3,
    MEL_HEIGHT = SPECTRUM_BANDS * BAND_HEIGHT,
    AXIS_TOP = MEL_TOP + MEL_HEIGHT,
    AXIS_HEIGHT = 30,
    LANES_TOP = AXIS_TOP + AXIS_HEIGHT + 6,
    LANE_HEIGHT = 24,
    MOST_LANES = 6,
    PEN = 2,
    LETTER = FONT_ADVANCE * PEN,
    LINE = FONT_HEIGHT * PEN,
    MARK = 7, /* a colour and a gap before a text */
    MOST_SHIFT = 10 * LETTER,
    STRIP = 5,      /* of a band's full colour at the top of a plot */
    TEXT_MAX = 136, /* letters: what fits into the widest picture */
    RANGE_DB = 80,
    TICK_SPACE = 88 /* least room between two labels of the axis */
};

static const colour white = { 255, 255, 255 }, ink = { 30, 34, 42 }, dim = { 110, 116, 126 }, wave = { 44, 62, 92 },
                    paper = { 244, 246, 249 };

typedef struct picture {
    canvas              v;
    int                 columns, lanes; /* of the plots; of the texts */
    const float        *samples;
    int64_t             frames;
    int32_t             channels, rate_hz;
    const xybrid_view **items; /* with a place, in the order of the result */
    int32_t             count;
} picture;

const xybrid_envelope *draw_sound_of(const xybrid_envelope *in, const xybrid_envelope *result) {
    const xybrid_envelope *first = xybrid_envelope_at(result, 0);
    const xybrid_view     *v = xybrid_envelope_view(first);
    if (v && v->kind == XYBRID_AUDIO) return first;
    v = xybrid_envelope_view(in);
    return v && v->kind == XYBRID_AUDIO ? in : NULL;
}

/* ---- time ---- */

/* Column of a time, within the plots. */
static int column_of(const picture *p, int64_t ms) {
    double x = (double)ms * p->rate_hz / 1e3 / (double)p->frames * p->columns;
    return LEFT + (x < p->columns ? (int)(x + 0.5) : p->columns);
}

static void draw_axis(picture *p) {
    static const int steps_ms[] = { 1,    2,     5,     10,    20,     50,     100,    200,     500,     1000,    2000,
                                    5000, 10000, 30000, 60000, 120000, 300000, 600000, 1800000, 3600000, 7200000, 18000000 };
    double           columns_each_ms = (double)p->columns * p->rate_hz / 1e3 / (double)p->frames,
                     length_ms = p->columns / columns_each_ms;
    int64_t          step = 0;
    char             text[32];
    double           space = (double)LETTER * (3.0 + (double)xb_format(text, sizeof text, "%.0f s", length_ms / 1e3));
    space = fmax(space, (double)TICK_SPACE);
    for (size_t i = 0; i < sizeof steps_ms / sizeof steps_ms[0] && (double)step * columns_each_ms < space; i++)
        step = steps_ms[i];
    while ((double)step * columns_each_ms < space) step *= 2;
    int decimals = step < 10 ? 3 : step < 100 ? 2 : step < 1000;
    for (int64_t ms = 0; (double)ms <= length_ms; ms += step) {
        int x = column_of(p, ms), width = LETTER * (int)xb_format(text, sizeof text, "%.*f s", decimals, (double)ms / 1e3);
        canvas_fill(&p->v, x, AXIS_TOP, 1, 6, ink);
        x -= width / 2;
        if (x + width > p->v.width) x = p->v.width - width;
        canvas_text(&p->v, x, AXIS_TOP + 11, text, ink);
    }
}

/* ---- waveform ---- */

static float loudest(const picture *p) {
    float most = 0;
    for (int64_t i = 0; i < p->frames; i++) most = fmaxf(most, fabsf(spectrum_sample(p->samples, p->channels, i)));
    return most;
}

static void draw_wave(picture *p) {
    float most = loudest(p), scale = (WAVE_HEIGHT / 2 - STRIP - 3) / fmaxf(most, 1e-4F);
    int   middle = WAVE_TOP + WAVE_HEIGHT / 2;
    char  text[16];
    for (int x = 0; x < p->columns; x++) {
        int64_t begin = p->frames * x / p->columns, end = p->frames * (x + 1) / p->columns;
        float   least = INFINITY, largest = -INFINITY;
        /* with the sample before, so that it is one line */
        for (int64_t i = begin ? begin - 1 : 0; i < end || i <= begin; i++) {
            float s = spectrum_sample(p->samples, p->channels, i);
            least = fminf(least, s), largest = fmaxf(largest, s);
        }
        int top = middle - (int)floorf(largest * scale + 0.5F), bottom = middle - (int)floorf(least * scale + 0.5F);
        canvas_fill(&p->v, LEFT + x, top, 1, bottom - top + 1, wave);
    }
    int width = LETTER * (int)xb_format(text, sizeof text, most < 10 ? "%.2f" : "%.3g", (double)most);
    canvas_text(&p->v, LEFT - 8 - width, middle - (int)(most * scale) - LINE / 2 + 2, text, dim);
    canvas_text(&p->v, LEFT - 8 - LETTER, middle - LINE / 2, "0", dim);
}

/* ---- spectrogram ---- */

/* 0 = silence, 1 = the loudest: night, violet, red, amber, cream; straight lines between them. */
static colour heat(float x) {
    static const float stops[][3] = { { 9, 10, 28 }, { 62, 30, 112 }, { 178, 48, 98 }, { 244, 142, 54 }, { 255, 248, 206 } };
    enum { LAST = sizeof stops / sizeof stops[0] - 1 };
    x = fmaxf(0, fminf(1, x)) * (float)LAST;
    int   i = x < (float)LAST ? (int)x : LAST - 1;
    float part = x - (float)i, rgb[3];
    for (int k = 0; k < 3; k++) rgb[k] = stops[i][k] + (stops[i + 1][k] - stops[i][k]) * part + 0.5F;
    return (colour){ (uint8_t)rgb[0], (uint8_t)rgb[1], (uint8_t)rgb[2] };
}

static void draw_bands(picture *p, const float *bands) {
    static const int marks_hz[] = { 500, 1000, 2000, 4000, 8000 };
    float            most = 0;
    for (int i = 0; i < p->columns * SPECTRUM_BANDS; i++) most = fmaxf(most, bands[i]);
    for (int x = 0; x < p->columns; x++) {
        for (int m = 0; m < SPECTRUM_BANDS; m++) {
            float power = bands[x * SPECTRUM_BANDS + m];
            float db = most > 0 && power > 0 ? 10 * log10f(power / most) : -RANGE_DB;
            canvas_fill(&p->v, LEFT + x, AXIS_TOP - (m + 1) * BAND_HEIGHT, 1, BAND_HEIGHT, heat(1 + db / (float)RANGE_DB));
        }
    }
    for (size_t i = 0; i < sizeof marks_hz / sizeof marks_hz[0]; i++) {
        char   text[16];
        double place = spectrum_place(marks_hz[i], p->rate_hz);
        if (place > 1.001) break;
        int y = AXIS_TOP - (int)(place * (double)MEL_HEIGHT), width;
        if (marks_hz[i] < 1000) width = LETTER * (int)xb_format(text, sizeof text, "%d Hz", marks_hz[i]);
        else width = LETTER * (int)xb_format(text, sizeof text, "%d kHz", marks_hz[i] / 1000);
        canvas_fill(&p->v, LEFT - 5, y, 5, 1, dim);
        canvas_text(&p->v, LEFT - 8 - width, y - LINE / 2 + (place > 0.99 ? 4 : 0), text, dim);
    }
}

static int draw_mel(cli *c, picture *p, const char *path) {
    xybrid_error err;
    float       *bands = xb_calloc(&c->mem, (size_t)p->columns * SPECTRUM_BANDS, sizeof *bands, &err);
    int is_made = bands && spectrum_make(&c->mem, p->samples, p->frames, p->channels, p->rate_hz, p->columns, bands) == 0;
    if (is_made) draw_bands(p, bands);
    xb_free(&c->mem, bands);
    return is_made ? CLI_OK : cli_fail("%s: out of memory", path);
}

/* ---- what was found ---- */

/* The item's text; cut to `room` letters it ends with two dots. Returns whether it is whole. */
static int item_text(const xybrid_view *item, int room, char out[TEXT_MAX + 1]) {
    char whole[TEXT_MAX + 1];
    int  letters = item->kind == XYBRID_TEXT ? canvas_letters(whole, TEXT_MAX, item->data, item->size_bytes) : 0;
    if (room > TEXT_MAX) room = TEXT_MAX;
    out[0] = 0;
    if (letters == 0) return 1;
    if (room < 1) return 0;
    memcpy(out, whole, (size_t)letters + 1);
    if (letters <= room) return 1;
    out[room] = 0;
    if (room > 3) out[room - 1] = out[room - 2] = '.';
    return 0;
}

/* Puts the item's text into `text`, cut where the next one of its lane begins, and where it stands into *left: where the item
 * begins, or for the last of a lane a little before it if it fits then and nothing stands there. Returns whether it is
 * whole. */
static int place_text(const picture *p, int32_t index, int lanes, int *left, char text[TEXT_MAX + 1]) {
    int end = p->v.width - 6, is_last = index + lanes >= p->count, free_from, before;
    if (!is_last) end = column_of(p, p->items[index + lanes]->start_ms) - 5;
    *left = column_of(p, p->items[index]->start_ms);
    if (item_text(p->items[index], (end - *left - MARK) / LETTER, text)) return 1;
    if (!is_last) return 0;
    free_from = *left - MOST_SHIFT < LEFT ? LEFT : *left - MOST_SHIFT;
    if (index >= lanes) {
        place_text(p, index - lanes, lanes, &before, text); /* no last one: it goes no deeper */
        before += MARK + LETTER * ((int)strlen(text) + 1);
        if (free_from < before) free_from = before;
    }
    if (item_text(p->items[index], (end - free_from - MARK) / LETTER, text)) {
        *left = end - MARK - LETTER * (int)strlen(text);
        return 1;
    }
    return item_text(p->items[index], (end - *left - MARK) / LETTER, text);
}

/* As few lanes as leave the most texts whole; none if there is no text. */
static int choose_lanes(const picture *p) {
    char    text[TEXT_MAX + 1];
    int     best = 0, has_text = 0, left;
    int32_t best_cut = INT32_MAX;
    for (int lanes = 1; lanes <= MOST_LANES; lanes++) {
        int32_t cut = 0;
        for (int32_t i = 0; i < p->count; i++) {
            cut += !place_text(p, i, lanes, &left, text);
            has_text |= text[0] != 0;
        }
        if (cut < best_cut) best = lanes, best_cut = cut;
    }
    return has_text ? best : 0;
}

/* Under the wave: the tint. Over everything: a strip at the top of each plot and lines where it begins and ends. */
static void draw_item_bands(picture *p, int is_over) {
    for (int32_t i = 0; i < p->count; i++) {
        colour with = canvas_colours[i % CANVAS_COLOURS];
        int    left = column_of(p, p->items[i]->start_ms), right = column_of(p, p->items[i]->end_ms);
        if (right <= left) right = left + 1;
        if (!is_over) {
            canvas_tint(&p->v, left, WAVE_TOP, right - left, WAVE_HEIGHT, with, 16);
            continue;
        }
        canvas_fill(&p->v, left, WAVE_TOP, right - left, STRIP, with);
        canvas_fill(&p->v, left, MEL_TOP, right - left, STRIP, with);
        canvas_tint(&p->v, left, MEL_TOP + STRIP, right - left, MEL_HEIGHT - STRIP, with, 12);
        for (int x = left; right - left > 4; x = right - 1) { /* narrow ones would be nothing but lines */
            canvas_fill(&p->v, x, WAVE_TOP, 1, WAVE_HEIGHT, with);
            canvas_tint(&p->v, x, MEL_TOP, 1, MEL_HEIGHT, white, 40);
            if (x == right - 1) break;
        }
    }
}

static void draw_texts(picture *p) {
    char text[TEXT_MAX + 1];
    for (int32_t i = 0; p->lanes && i < p->count; i++) {
        int left, top = LANES_TOP + i % p->lanes * LANE_HEIGHT;
        place_text(p, i, p->lanes, &left, text);
        if (!text[0]) continue;
        canvas_fill(&p->v, left, top, 3, LANE_HEIGHT - 5, canvas_colours[i % CANVAS_COLOURS]);
        canvas_text(&p->v, left + MARK, top + 3, text, ink);
    }
}

/* ---- the whole ---- */

static void gather(cli *c, picture *p, const xybrid_envelope *result) {
    int32_t count = xybrid_envelope_count(result);
    p->items = cli_alloc(c, (size_t)count + 1, sizeof *p->items);
    for (int32_t i = 0; i < count; i++) {
        const xybrid_view *v = xybrid_envelope_view(xybrid_envelope_at(result, i));
        if (v && v->start_ms >= 0 && v->end_ms >= v->start_ms) p->items[p->count++] = v;
    }
}

static int draw_all(cli *c, picture *p, const char *title, const char *path) {
    char text[TEXT_MAX + 1];
    canvas_fill(&p->v, 0, 0, p->v.width, p->v.height, white);
    canvas_letters(text, (p->v.width - LEFT) / LETTER < TEXT_MAX ? (p->v.width - LEFT) / LETTER : TEXT_MAX, title,
                   (int64_t)strlen(title));
    canvas_text(&p->v, LEFT, TITLE_TOP, text, ink);
    canvas_fill(&p->v, LEFT, WAVE_TOP, p->columns, WAVE_HEIGHT, paper);
    draw_item_bands(p, 0);
    draw_wave(p);
    int code = draw_mel(c, p, path);
    if (code) return code;
    draw_item_bands(p, 1);
    draw_axis(p);
    draw_texts(p);
    return canvas_write(c, &p->v, path);
}

static int draw_decoded(cli *c, const xybrid_view *v, const xybrid_envelope *result, const char *title, const char *path) {
    xybrid_error err;
    picture      p = { .samples = v->data, .frames = v->count, .channels = v->channels, .rate_hz = v->sample_rate };
    if (v->count < 1) return cli_fail("%s: the recording has no samples", path);
    double columns = 100.0 * (double)v->count / v->sample_rate + 0.5;
    int    least = DRAW_SOUND_LEAST - LEFT - RIGHT, most = DRAW_SOUND_MOST - LEFT - RIGHT;
    p.columns = columns < least ? least : columns > most ? most : (int)columns;
    gather(c, &p, result);
    p.v = (canvas){ NULL, LEFT + p.columns + RIGHT, 0, PEN };
    p.lanes = choose_lanes(&p);
    p.v.height = LANES_TOP + p.lanes * LANE_HEIGHT + 4;
    p.v.pixels = xb_calloc(&c->mem, (size_t)p.v.width * (size_t)p.v.height, 3, &err);
    if (!p.v.pixels) return cli_fail("%s: %s", path, err.message);
    const char *head = cli_text(c, "%.60s   %.2f s, %d Hz, %d %s", title, (double)v->count / v->sample_rate, v->sample_rate,
                                v->channels, v->channels == 1 ? "channel" : "channels");
    int         code = draw_all(c, &p, head, path);
    xb_free(&c->mem, p.v.pixels);
    return code;
}

int draw_sound(cli *c, const xybrid_envelope *sound, const xybrid_envelope *result, const char *title, const char *path) {
    xybrid_error     err;
    xybrid_envelope *decoded = NULL;
    if (xybrid_envelope_decode(sound, &decoded, &err)) return cli_fail("%s: %s", path, err.message);
    int code = draw_decoded(c, xybrid_envelope_view(decoded), result, title, path);
    xybrid_envelope_free(decoded);
    return code;
}
