/* cli/output.c - prints envelopes for people. */
#include "output.h"

#include <math.h>
#include <string.h>

#include "codec/json.h"

enum {
    VALUES_SHOWN = 8,  /* of a tensor */
    POINTS_SHOWN = 16, /* corners of a polygon */
    DEPTH_SHOWN = XB_MAX_LIST_DEPTH
};

const char *output_dtype(xybrid_dtype dtype, char text[16]) {
    switch (dtype) {
    case XYBRID_FLOAT32: return "float32";
    case XYBRID_UINT8: return "uint8";
    case XYBRID_INT8: return "int8";
    case XYBRID_UINT16: return "uint16";
    case XYBRID_INT16: return "int16";
    case XYBRID_INT32: return "int32";
    case XYBRID_INT64: return "int64";
    case XYBRID_BOOL: return "bool";
    case XYBRID_FLOAT16: return "float16";
    case XYBRID_FLOAT64: return "float64";
    case XYBRID_UINT32: return "uint32";
    case XYBRID_UINT64: return "uint64";
    case XYBRID_BFLOAT16: return "bfloat16";
    default: xb_format(text, 16, "type %d", dtype); return text;
    }
}

/* ---- pieces of a line ---- */

/* A model's text may hold what a terminal takes for commands. */
void output_add_text(xb_str *s, const char *text, size_t size, int for_terminal, int one_line) {
    for (size_t i = 0; i < size; i++) {
        unsigned char b = (unsigned char)text[i];
        int           is_c1 = b == 0xc2 && i + 1 < size && (unsigned char)text[i + 1] < 0xa0; /* U+0080..U+009F */
        if (one_line && (b == '\n' || b == '\r')) {
            xb_str_addc(s, ' ');
        } else if (for_terminal && ((b < 0x20 && b != '\n' && b != '\t') || b == 0x7f || is_c1)) {
            xb_str_addc(s, '?');
            i += (size_t)is_c1;
        } else {
            xb_str_addc(s, text[i]);
        }
    }
}

/* To the nearest pixel; whatever a model makes up, in numbers that can be printed. */
static int pixel(float x) {
    if (!(x > -1e6F)) return -1000000;
    return x < 1e6F ? (int)floorf(x + 0.5F) : 1000000;
}

/* "12,34 200,34 200,60 12,60" */
static void format_points(char *out, size_t capacity, const xybrid_view *v) {
    size_t used = 0;
    out[0] = 0;
    for (int32_t i = 0; i < v->point_count && i < POINTS_SHOWN; i++) {
        used += xb_format(out + used, capacity - used, "%s%d,%d", i ? " " : "", pixel(v->points[2 * i]),
                          pixel(v->points[2 * i + 1]));
    }
    if (v->point_count > POINTS_SHOWN) xb_format(out + used, capacity - used, " ...");
}

/* "8.16 s - 10.62 s", each number in so many columns. */
static void format_time(char out[64], const xybrid_view *v, size_t start_width, size_t end_width) {
    char start[24], end[24];
    xb_format(start, sizeof start, "%.2f", (double)v->start_ms / 1e3);
    xb_format(end, sizeof end, "%.2f", (double)v->end_ms / 1e3);
    if (v->end_ms < 0) xb_format(out, 64, "%*s s", (int)start_width, start);
    else xb_format(out, 64, "%*s s - %*s s", (int)start_width, start, (int)end_width, end);
}

/* Element `index` of a dense tensor as a number. */
static double element(const xybrid_view *v, int64_t index) {
    const unsigned char *p = v->data;
    union {
        float    f32;
        double   f64;
        int16_t  i16;
        uint16_t u16;
        int32_t  i32;
        uint32_t u32;
        int64_t  i64;
        uint64_t u64;
    } n;
    switch (v->dtype) {
    case XYBRID_UINT8:
    case XYBRID_BOOL: return p[index];
    case XYBRID_INT8: return (int8_t)p[index];
    case XYBRID_INT16: memcpy(&n, p + 2 * index, 2); return n.i16;
    case XYBRID_UINT16: memcpy(&n, p + 2 * index, 2); return n.u16;
    case XYBRID_INT32: memcpy(&n, p + 4 * index, 4); return n.i32;
    case XYBRID_UINT32: memcpy(&n, p + 4 * index, 4); return n.u32;
    case XYBRID_FLOAT32: memcpy(&n, p + 4 * index, 4); return (double)n.f32;
    case XYBRID_INT64: memcpy(&n, p + 8 * index, 8); return (double)n.i64;
    case XYBRID_UINT64: memcpy(&n, p + 8 * index, 8); return (double)n.u64;
    case XYBRID_FLOAT64: memcpy(&n, p + 8 * index, 8); return n.f64;
    default: return 0;
    }
}

static void add_values(xb_str *s, const xybrid_view *v) {
    int64_t shown = v->count < VALUES_SHOWN ? v->count : VALUES_SHOWN;
    if (v->dtype == XYBRID_FLOAT16 || v->dtype == XYBRID_BFLOAT16) shown = 0;
    for (int64_t i = 0; i < shown; i++) xb_str_addf(s, " %.6g", element(v, i));
    if (v->count > shown) xb_str_add(s, " ...");
}

/* ---- one envelope a line ---- */

static void add_tensor(xb_str *s, const xybrid_view *v) {
    char type[16];
    xb_str_addf(s, "%.200s%s%s [", v->name, v->name[0] ? "  " : "", output_dtype(v->dtype, type));
    for (int32_t i = 0; i < v->rank; i++) xb_str_addf(s, "%s%lld", i ? "," : "", (long long)v->shape[i]);
    xb_str_add(s, "] ");
    add_values(s, v);
    xb_str_addc(s, '\n');
}

static void add_embedding(xb_str *s, const xybrid_envelope *e) {
    int64_t        count = 0;
    const float   *values = xybrid_envelope_floats(e, &count);
    xb_json_writer w;
    xb_json_writer_init(&w, s, XB_JSON_COMPACT);
    xb_json_put_floats(&w, values, values ? count : 0);
    xb_str_addc(s, '\n');
}

static void add_tokens(xb_str *s, const xybrid_view *v) {
    for (int64_t i = 0; i < v->count; i++) {
        int64_t id;
        memcpy(&id, (const char *)v->data + 8 * i, 8);
        xb_str_addf(s, "%s%lld", i ? " " : "", (long long)id);
    }
    xb_str_addc(s, '\n');
}

static void add_audio(xb_str *s, const xybrid_view *v) {
    if (v->format == XYBRID_FORMAT_ENCODED || v->sample_rate < 1) {
        xb_str_addf(s, "audio, %lld bytes (-o FILE.wav keeps it)\n", (long long)v->size_bytes);
    } else {
        xb_str_addf(s, "audio, %.2f s, %d Hz, %d %s (-o FILE.wav keeps it)\n", (double)v->count / v->sample_rate,
                    v->sample_rate, v->channels, v->channels == 1 ? "channel" : "channels");
    }
}

static void add_image(xb_str *s, const xybrid_view *v) {
    if (v->width > 0) xb_str_addf(s, "picture, %d x %d\n", v->width, v->height);
    else xb_str_addf(s, "picture, %lld bytes\n", (long long)v->size_bytes);
}

/* ---- columns of Texts ---- */

typedef struct columns {
    size_t start, end, points; /* characters of the widest; 0 = no item has one */
    int    score;
} columns;

static size_t decimals_width(int64_t ms) {
    char text[24];
    return xb_format(text, sizeof text, "%.2f", (double)ms / 1e3);
}

static void widen(columns *w, const xybrid_view *v) {
    char   points[512];
    size_t size;
    if (v->score >= 0) w->score = 1;
    if (v->point_count > 0) {
        format_points(points, sizeof points, v);
        if (strlen(points) > w->points) w->points = strlen(points);
    }
    if (v->start_ms >= 0 && (size = decimals_width(v->start_ms)) > w->start) w->start = size;
    if (v->end_ms >= 0 && (size = decimals_width(v->end_ms)) > w->end) w->end = size;
}

static void add_row(xb_str *s, const xybrid_view *v, const columns *w, int for_terminal, int one_line) {
    char   points[512] = "", time[64] = "", score[16] = "";
    size_t begin = s->size;
    if (v->start_ms >= 0) format_time(time, v, w->start, w->end);
    if (v->score >= 0) xb_format(score, sizeof score, "%.3f", (double)v->score);
    if (v->point_count > 0) format_points(points, sizeof points, v);
    if (w->start) cli_pad(s, time, w->start + (w->end ? w->end + 5 : 0) + 4); /* "S s - E s  " */
    if (w->score) cli_pad(s, score, 7);
    if (w->points) cli_pad(s, points, w->points + 2);
    output_add_text(s, v->data, (size_t)v->size_bytes, for_terminal, one_line);
    while (s->size > begin && s->data[s->size - 1] == ' ') s->data[--s->size] = 0;
    if (s->size == begin || s->data[s->size - 1] != '\n') xb_str_addc(s, '\n');
}

static void add_any(xb_str *s, const xybrid_envelope *e, int for_terminal, int depth) {
    const xybrid_view *v = xybrid_envelope_view(e);
    columns            w = { 0 };
    switch (v ? v->kind : 0) {
    case XYBRID_TEXT:
        widen(&w, v);
        add_row(s, v, &w, for_terminal, 0);
        break;
    case XYBRID_AUDIO: add_audio(s, v); break;
    case XYBRID_IMAGE: add_image(s, v); break;
    case XYBRID_TOKENS: add_tokens(s, v); break;
    case XYBRID_EMBEDDING: add_embedding(s, e); break;
    case XYBRID_TENSOR: add_tensor(s, v); break;
    case XYBRID_LIST: {
        int32_t count = xybrid_envelope_count(e);
        for (int32_t i = 0; i < count; i++) {
            const xybrid_view *item = xybrid_envelope_view(xybrid_envelope_at(e, i));
            if (item && item->kind == XYBRID_TEXT) widen(&w, item);
        }
        for (int32_t i = 0; i < count; i++) {
            const xybrid_envelope *item = xybrid_envelope_at(e, i);
            const xybrid_view     *iv = xybrid_envelope_view(item);
            if (iv && iv->kind == XYBRID_TEXT) add_row(s, iv, &w, for_terminal, 1);
            else if (depth < DEPTH_SHOWN) add_any(s, item, for_terminal, depth + 1);
        }
        break;
    }
    default: break;
    }
}

void output_add(xb_str *s, const xybrid_envelope *result, int for_terminal) { add_any(s, result, for_terminal, 0); }
