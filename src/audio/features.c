/* audio/features.c - see features.h: where a frame's samples come from, and when they are all there. */
#include "audio/features.h"

#include <string.h>

#include "audio/features_int.h"
#include "base/checked.h"
#include "base/error.h"

static const float largest_sample = 1e9f; /* its square, summed over the longest frame, is a float32 */

/* ---- making ---- */

xybrid_status xb_feature_ranges(const char *subject, const xb_feature_range *ranges, size_t count, xybrid_error *err) {
    for (const xb_feature_range *r = ranges; r < ranges + count; r++)
        if (!(r->found >= r->least && r->found <= r->most))
            return xb_fail(err, XYBRID_INVALID_ARGUMENT, subject, "%s: %s is %g; %g to %g are possible", subject, r->what,
                           r->found, r->least, r->most);
    return XYBRID_OK;
}

void xb_features_free(xb_features *f) {
    if (!f) return;
    void *parts[] = { f->window, f->table, f->weights, f->silence, f->bands };
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) xb_free(f->mem, parts[i]);
    xb_free(f->mem, f);
}

static xybrid_status make_table(xb_features *f, xybrid_error *err) {
    int64_t size = xb_rfft_table_size(f->spectrum.n);
    double *scratch = xb_calloc(f->mem, (size_t)size, sizeof *scratch, err);
    if (scratch) f->table = xb_calloc(f->mem, (size_t)size, sizeof *f->table, err);
    if (f->table) xb_rfft_table(f->spectrum.n, f->table, scratch);
    xb_free(f->mem, scratch);
    return f->table ? XYBRID_OK : err->code;
}

/* What a row of zeros gives: so that nobody need compute it. */
static xybrid_status make_silence(xb_features *f, xybrid_error *err) {
    int64_t length = f->spectrum.length;
    float  *zeros = xb_calloc(f->mem, (size_t)length, sizeof *zeros, err);
    if (!zeros) return err->code;
    f->silence = xb_calloc(f->mem, (size_t)f->columns, sizeof *f->silence, err);
    xybrid_status st = f->silence ? xb_features_fill(f, f->mem, zeros, length, -1, f->silence, f->columns, 1, err) : err->code;
    xb_free(f->mem, zeros);
    return st;
}

static xybrid_status fill_in(xb_features *f, xybrid_error *err) {
    xb_spectrum *s = &f->spectrum;
    f->columns = s->band_count + (s->energy ? 1 : 0);
    f->band_at = s->energy && !f->form.energy_last;
    f->energy_at = f->form.energy_last ? s->band_count : 0;
    f->window = xb_calloc(f->mem, (size_t)s->length, sizeof *f->window, err);
    if (!f->window) return err->code;
    xb_window_make(f->form.window, f->form.is_periodic, s->length, f->window);
    XB_TRY(make_table(f, err));
    XB_TRY(xb_triangles_make(f->mem, &f->form.triangles, &f->bands, &f->weights, err));
    s->window = f->window;
    s->table = f->table;
    s->bands = f->bands;
    s->weights = f->weights;
    return make_silence(f, err);
}

xybrid_status xb_features_new(xb_mem *mem, const xb_feature_form *form, xb_features **out, xybrid_error *err) {
    xb_features *f = xb_calloc(mem, 1, sizeof *f, err);
    if (!f) return err->code;
    f->mem = mem;
    f->form = *form;
    f->spectrum = form->spectrum;
    xybrid_status st = fill_in(f, err);
    if (st) xb_features_free(f);
    else *out = f;
    return st;
}

int32_t xb_features_columns(const xb_features *f) { return f->columns; }
int64_t xb_features_hop(const xb_features *f) { return f->form.hop; }

int64_t xb_features_frames(const xb_features *f, int64_t count) {
    const xb_feature_form *m = &f->form;
    if (m->limit) count = m->limit;
    if (count <= 0 || count + m->extra < m->span) return 0;
    return (count + m->extra - m->span) / m->hop + 1 - m->drop;
}

/* `before`: samples that came before them, as many as it may be */
static xybrid_status check(const float *samples, int64_t count, int64_t before, xybrid_error *err) {
    if (count < 0 || count > XB_MAX_AUDIO_FRAMES)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "samples", "%lld samples; at most %d are possible", (long long)count,
                       XB_MAX_AUDIO_FRAMES);
    int64_t wild = xb_find_wild(samples, count, largest_sample);
    if (wild < 0) return XYBRID_OK;
    return xb_fail(err, XYBRID_INVALID_ARGUMENT, "samples", "sample %lld is %g; numbers of at most %g are wanted",
                   (long long)(before + wild), (double)samples[wild], (double)largest_sample);
}

xybrid_status xb_features_check(const float *samples, int64_t count, xybrid_error *err) {
    return check(samples, count, 0, err);
}

/* ---- frames ---- */

/* Samples [base, have) of a recording of `total`, which goes on with zeros behind `have`; total -1: it is not known yet, and
 * only frames that do not need it are asked for. */
typedef struct source {
    const float *x;
    int64_t      base, have, total;
} source;

/* Sample i of the recording, which has at least one. */
static float sample_at(const xb_features *f, const source *s, int64_t i) {
    if (i < 0 || (s->total >= 0 && i >= s->total)) {
        int64_t repeats = f->form.repeats_edge, total = s->total >= 0 ? s->total : INT64_C(1) << 40;
        int64_t period = 2 * (total - 1 + repeats);
        i = period ? i % period : 0; /* C's remainder has the sign of i */
        if (i < 0) i += period;
        if (i >= total) i = period - i - repeats;
    }
    return i < s->have ? s->x[i - s->base] : 0;
}

/* Does frame `start` lie in the zeros, also where it is mirrored? */
static int is_silent(const xb_features *f, const source *s, int64_t start) {
    int64_t end = start + f->spectrum.length;
    return s->total >= 0 && start >= s->have && 2 * s->total - 1 - end >= s->have && end <= 2 * s->total - 1;
}

/* The frame's samples: where they lie, or gathered in `room`. */
static const float *frame_at(const xb_features *f, const source *s, int64_t start, float *room) {
    int64_t length = f->spectrum.length;
    if (start >= s->base && start + length <= s->have) return s->x + (start - s->base);
    for (int64_t j = 0; j < length; j++) room[j] = sample_at(f, s, start + j);
    return room;
}

static int64_t scratch_floats(const xb_features *f) {
    return xb_spectrum_scratch(&f->spectrum) + XB_LANES * f->spectrum.length;
}

static void run(const xb_features *f, const source *s, int64_t first, int64_t count, float *out, int64_t out_frame,
                int64_t out_column, float *scratch) {
    float *rooms = scratch + xb_spectrum_scratch(&f->spectrum);
    for (int64_t done = 0; done < count; done += XB_LANES, out += XB_LANES * out_frame) {
        const float *frames[XB_LANES];
        int32_t      some = (int32_t)xb_min64(XB_LANES, count - done);
        int64_t      start = (first + done) * f->form.hop + f->form.offset;
        if (is_silent(f, s, start) && is_silent(f, s, start + (some - 1) * f->form.hop)) {
            for (int32_t i = 0; i < some; i++)
                for (int32_t c = 0; c < f->columns; c++) out[i * out_frame + c * out_column] = f->silence[c];
            continue;
        }
        for (int32_t i = 0; i < some; i++) frames[i] = frame_at(f, s, start + i * f->form.hop, rooms + i * f->spectrum.length);
        xb_spectrum_run(&f->spectrum, frames, some, out + f->band_at * out_column, out_frame, out_column,
                        f->spectrum.energy ? out + f->energy_at * out_column : NULL, scratch);
    }
}

/* frames -1: the `count` samples are one frame by themselves. */
xybrid_status xb_features_fill(const xb_features *f, xb_mem *mem, const float *samples, int64_t count, int64_t frames,
                               float *out, int64_t out_frame, int64_t out_column, xybrid_error *err) {
    int64_t limit = f->form.limit;
    source  s = { samples, 0, limit && count > limit ? limit : count, limit ? limit : count };
    float  *scratch = xb_malloc_aligned(mem, (size_t)scratch_floats(f) * sizeof *scratch, 64, err);
    if (!scratch) return err->code;
    if (frames < 0) {
        s.base = f->form.offset, s.have = s.base + count, s.total = -1;
        frames = 1;
    }
    run(f, &s, 0, frames, out, out_frame, out_column, scratch);
    xb_free(mem, scratch);
    return XYBRID_OK;
}

xybrid_status xb_features_rows(const xb_features *f, xb_mem *mem, const float *samples, int64_t count, xb_tensor *out,
                               xybrid_error *err) {
    xb_tensor made;
    XB_TRY(check(samples, count, 0, err));
    int64_t shape[2] = { xb_features_frames(f, count), f->columns };
    XB_TRY(xb_tensor_new(mem, XYBRID_FLOAT32, 2, shape, &made, err));
    xybrid_status st = xb_features_fill(f, mem, samples, count, shape[0], made.data, f->columns, 1, err);
    if (st) xb_tensor_drop(&made);
    else *out = made;
    return st;
}

/* ---- as samples come ---- */

struct xb_feature_stream {
    const xb_features *f;
    xb_mem            *mem;
    int64_t            base, have; /* samples in the buffer: [base, have) */
    int64_t            next;       /* frame */
    int64_t            reach, capacity;
    float             *buffer, *scratch;
};

xybrid_status xb_feature_stream_new(const xb_features *f, xb_mem *mem, xb_feature_stream **out, xybrid_error *err) {
    xb_feature_stream *s = xb_calloc(mem, 1, sizeof *s, err);
    if (!s) return err->code;
    s->f = f;
    s->mem = mem;
    s->reach = f->spectrum.length + f->form.span + f->form.hop; /* as far back as any frame to come reaches */
    s->capacity = 2 * s->reach + XB_LANES * f->form.hop;
    s->buffer = xb_calloc(mem, (size_t)s->capacity, sizeof *s->buffer, err);
    if (s->buffer) s->scratch = xb_malloc_aligned(mem, (size_t)scratch_floats(f) * sizeof *s->scratch, 64, err);
    if (!s->scratch) {
        xb_feature_stream_free(s);
        return err->code;
    }
    *out = s;
    return XYBRID_OK;
}

void xb_feature_stream_free(xb_feature_stream *s) {
    if (!s) return;
    xb_free(s->mem, s->buffer);
    xb_free(s->mem, s->scratch);
    xb_free(s->mem, s);
}

void xb_feature_stream_reset(xb_feature_stream *s) { s->base = s->have = s->next = 0; }

/* Frames that `have` samples make whole, whatever follows. */
static int64_t whole_frames(const xb_features *f, int64_t have) {
    const xb_feature_form *m = &f->form;
    int64_t                room = have - m->offset - f->spectrum.length;
    if (room < 0 || have + m->offset < !m->repeats_edge) return 0; /* the mirror image of the beginning is not there */
    return xb_min64(room / m->hop + 1, xb_features_frames(f, have));
}

int64_t xb_feature_stream_ready(const xb_feature_stream *s, int64_t count, int is_last) {
    int64_t limit = s->f->form.limit, have = s->have + count;
    if (limit) have = xb_min64(have, limit);
    return (is_last ? xb_features_frames(s->f, have) : whole_frames(s->f, have)) - s->next;
}

/* The frames up to `end`; then what no later one needs goes. */
static float *advance(xb_feature_stream *s, int64_t end, int64_t total, float *rows) {
    source  from = { s->buffer, s->base, s->have, total };
    int64_t columns = s->f->columns;
    if (end > s->next) {
        run(s->f, &from, s->next, end - s->next, rows, columns, 1, s->scratch);
        rows += (end - s->next) * columns;
        s->next = end;
    }
    int64_t keep = xb_min64(s->next * s->f->form.hop + s->f->form.offset, s->have - s->reach);
    if (keep > s->base) {
        memmove(s->buffer, s->buffer + (keep - s->base), (size_t)(s->have - keep) * sizeof *s->buffer);
        s->base = keep;
    }
    return rows;
}

xybrid_status xb_feature_stream_push(xb_feature_stream *s, const float *samples, int64_t count, int is_last, float *rows,
                                     xybrid_error *err) {
    int64_t limit = s->f->form.limit;
    XB_TRY(check(samples, count, s->have, err));
    if (limit) count = xb_min64(count, limit - s->have);
    while (count > 0) {
        int64_t some = xb_min64(count, s->capacity - (s->have - s->base));
        memcpy(s->buffer + (s->have - s->base), samples, (size_t)some * sizeof *samples);
        s->have += some, samples += some, count -= some;
        rows = advance(s, whole_frames(s->f, s->have), -1, rows);
    }
    if (is_last) {
        advance(s, xb_features_frames(s->f, s->have), limit ? limit : s->have, rows);
        xb_feature_stream_reset(s);
    }
    return XYBRID_OK;
}
