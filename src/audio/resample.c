/* audio/resample.c - a bank of filters, one for each phase, and windows of the source.
 *
 *     result n: source place p = n * from / to, with the rates in lowest terms (up = to, down = from)
 *               phase = fraction of p; result = filter of that phase . source[floor(p) - taps/2 + 1 ...]
 *
 * Phases come again after `up` results. The results of one period (or several) are cut into groups of the tile's width. A group
 * reads one window, each of its filters shifted to its place in it, so that the groups of many periods are a matrix product
 * (kernel/polyphase.h):
 *
 *     window of group g, period q: source[q period_in + first[g] ...], group_taps long
 *     bank:                        [groups][group_taps][width]
 *
 * Ratios whose bank would have more than BANK_FLOATS share a coarser one ([rows + 3][taps], for the phases -1, 0, 1, ... rows + 1
 * of rows), one result at a time, of which each is a cubic through four neighbouring rows' (Lagrange). */
#include "audio/resample.h"

#include <math.h>
#include <string.h>

#include "audio/samples_int.h"
#include "base/checked.h"
#include "base/error.h"
#include "kernel/polyphase.h"

#define STOP_BAND_DB 126.0
#define PASS_BAND    0.9133 /* of the lower Nyquist frequency; the stop band begins at 1 */
#define COARSE_ROWS  36.0   /* for each sample of the lower rate: cubics err by 0.0234 pi^4 / 5 / 36^4, that is -131 dB */
#define PI           3.14159265358979323846

enum {
    BANK_FLOATS = 1 << 20, /* 4 MiB */
    MAX_RATIO = 1024,
    LANES = 16, /* taps are a multiple: whole vectors of all instruction sets */
    BESSEL_TERMS = 64,
    PIECE = 1 << 14,    /* frames of the source taken in at once */
    PIECE_OUT = 1 << 16 /* and of the result made of them */
};

struct xb_resampler {
    xb_mem       *mem;
    const xb_isa *isa;
    int32_t       channels;
    int64_t       up, down;
    int32_t       taps;
    float        *bank;
    /* exact phases */
    int64_t  width, groups, period_in, period_out, group_taps;
    int64_t *first; /* [groups]; NULL = coarse phases */
    /* coarse phases */
    int64_t rows;
    /* the signal */
    float  *history; /* [channels, room]: source samples base .. base + held */
    int64_t room, base, held, piece;
    int64_t pushed, total; /* total -1 = not finished */
    int64_t made;          /* results computed; after the finish at most total are handed out */
    float  *block;         /* one channel's results */
    int64_t block_rows;
    float  *ready; /* [ready_room, channels]; frames ready_at .. ready_end wait */
    int64_t ready_room, ready_at, ready_end;
};

/* ---- filters ---- */

static int64_t greatest_divisor(int64_t a, int64_t b) {
    while (b != 0) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* Modified Bessel function of order 0 of x, by its power series in x^2 / 4 (all terms positive, so nothing cancels). */
static double bessel_i0(double quarter_square, const double *inverse_squares) {
    double term = 1, sum = 1;
    for (int k = 1; k < BESSEL_TERMS && term > sum * 1e-12; k++) {
        term *= quarter_square * inverse_squares[k];
        sum += term;
    }
    return sum;
}

/* Coefficients for a result that lies `phase` (0..1) after the source sample in the middle of the row, with sum 1. The sine runs
 * on by the sum of angles. A cutoff of 1 passes everything: a single 1. */
static void row_make(float *row, double *value, int32_t taps, double phase, double cutoff) {
    const double beta = 0.1102 * (STOP_BAND_DB - 8.7), half = taps / 2.0;
    const double step_sin = sin(PI * cutoff), step_cos = cos(PI * cutoff);
    double       t = -(half - 1) - phase, sine = sin(PI * cutoff * t), cosine = cos(PI * cutoff * t), sum = 0;
    double       inverse_squares[BESSEL_TERMS];
    for (int k = 1; k < BESSEL_TERMS; k++) inverse_squares[k] = 1.0 / (k * k);
    for (int32_t k = 0; k < taps; k++, t += 1) {
        double x = PI * cutoff * t, edge = t / half, inside = 1 - edge * edge;
        double window = inside > 0 ? bessel_i0(beta * beta * inside / 4, inverse_squares) : 0;
        value[k] = fabs(x) < 1e-9 ? window : cutoff < 1 ? window * sine / x : 0;
        sum += value[k];
        double next = sine * step_cos + cosine * step_sin;
        cosine = cosine * step_cos - sine * step_sin;
        sine = next;
    }
    for (int32_t k = 0; k < taps; k++) row[k] = (float)(value[k] / sum);
}

/* How many times `up` results make a period: so that its groups are nearly full, and the bank not too large. 0 = it would be. */
static int64_t choose_periods(const xb_resampler *r) {
    int64_t best = 0;
    double  best_use = 0;
    for (int64_t m = 1; m <= 64 && best_use < 0.95; m++) {
        int64_t groups = (r->up * m + r->width - 1) / r->width;
        double  use = (double)(r->up * m) / (double)(groups * r->width);
        if (groups * r->width > BANK_FLOATS / r->group_taps) break;
        if (use > best_use) best_use = use, best = m;
    }
    return best;
}

static xybrid_status exact_bank(xb_resampler *r, int64_t periods, double cutoff, double *value, float *row, xybrid_error *err) {
    r->period_in = r->down * periods;
    r->period_out = r->up * periods;
    r->groups = (r->period_out + r->width - 1) / r->width;
    r->bank = xb_calloc(r->mem, (size_t)(r->groups * r->group_taps * r->width), sizeof *r->bank, err);
    r->first = r->bank ? xb_calloc(r->mem, (size_t)r->groups, sizeof *r->first, err) : NULL;
    if (!r->first) return err->code;
    for (int64_t g = 0; g < r->groups; g++) r->first[g] = g * r->width * r->down / r->up - (r->taps / 2 - 1);
    for (int64_t phase = 0; phase < r->up; phase++) {
        row_make(row, value, r->taps, (double)(phase * r->down % r->up) / (double)r->up, cutoff);
        for (int64_t n = phase; n < r->period_out; n += r->up) {
            int64_t g = n / r->width, shift = n * r->down / r->up - (r->taps / 2 - 1) - r->first[g];
            float  *to = r->bank + (g * r->group_taps + shift) * r->width + n % r->width;
            for (int32_t k = 0; k < r->taps; k++) to[k * r->width] = row[k];
        }
    }
    return XYBRID_OK;
}

static xybrid_status coarse_bank(xb_resampler *r, double stretch, double cutoff, double *value, xybrid_error *err) {
    r->rows = xb_max64(4, (int64_t)ceil(COARSE_ROWS / stretch));
    r->bank = xb_calloc(r->mem, (size_t)((r->rows + 3) * r->taps), sizeof *r->bank, err);
    if (!r->bank) return err->code;
    for (int64_t k = 0; k < r->rows + 3; k++)
        row_make(r->bank + k * r->taps, value, r->taps, (double)(k - 1) / (double)r->rows, cutoff);
    return XYBRID_OK;
}

static xybrid_status make_bank(xb_resampler *r, xybrid_error *err) {
    double stretch = r->down > r->up ? (double)r->down / (double)r->up : 1; /* source samples for one of the lower rate */
    double cutoff = (1 + PASS_BAND) / 2 / stretch;
    /* Kaiser's length for this attenuation and a transition of (1 - PASS_BAND) of the Nyquist frequency. */
    double length = (STOP_BAND_DB - 7.95) / (2.285 * PI * (1 - PASS_BAND)) + 1;
    r->taps = r->up == r->down ? LANES : ((int32_t)ceil(length * stretch) + 2 * LANES - 1) / LANES * LANES;
    if (r->up == r->down) cutoff = 1; /* the sinc is 1, 0, 0, ... at whole places */
    r->width = xb_polyphase_width(r->isa);
    r->group_taps = r->taps + ((r->width - 1) * r->down + r->up - 1) / r->up;
    double *value = xb_malloc(r->mem, (size_t)r->taps * (sizeof(double) + sizeof(float)), err);
    if (!value) return err->code;
    int64_t       periods = choose_periods(r);
    xybrid_status st = periods ? exact_bank(r, periods, cutoff, value, (float *)(value + r->taps), err)
                               : coarse_bank(r, stretch, cutoff, value, err);
    xb_free(r->mem, value);
    return st;
}

/* ---- the signal ---- */

/* The first source sample that the next result needs, and the one behind the last. */
static void next_window(const xb_resampler *r, int64_t *begin, int64_t *end) {
    if (r->first) {
        int64_t period = r->made / r->period_out, group = r->made % r->period_out / r->width;
        *begin = period * r->period_in + r->first[group];
        *end = *begin + r->group_taps;
    } else {
        *begin = r->made / r->up * r->down + r->made % r->up * r->down / r->up - (r->taps / 2 - 1);
        *end = *begin + r->taps;
    }
}

/* Room for `frames` more results. */
static xybrid_status make_ready_room(xb_resampler *r, int64_t frames, xybrid_error *err) {
    int64_t waiting = r->ready_end - r->ready_at, needed = waiting + frames, bytes = r->channels * (int64_t)sizeof(float);
    if (needed > XB_MAX_AUDIO_FRAMES)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "resample", "more than %d frames wait to be pulled", XB_MAX_AUDIO_FRAMES);
    if (r->ready_at > 0) {
        memmove(r->ready, r->ready + r->ready_at * r->channels, (size_t)(waiting * bytes));
        r->ready_at = 0;
        r->ready_end = waiting;
    }
    if (needed <= r->ready_room) return XYBRID_OK;
    int64_t room = xb_max64(needed, r->ready_room + r->ready_room / 2);
    float  *grown = xb_realloc(r->mem, r->ready, xb_size(room * bytes), err);
    if (!grown) return err->code;
    r->ready = grown;
    r->ready_room = room;
    return XYBRID_OK;
}

/* Results of one channel that came in rows of `stride`, `count` of each, to the frames that are ready from `at` on. */
static void hand_over(xb_resampler *r, int64_t at, int32_t channel, int64_t rows, int64_t count, int64_t stride) {
    float *to = r->ready + at * r->channels + channel;
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < count; j++, to += r->channels) *to = r->block[i * stride + j];
}

/* Whole periods at once, as many as the source reaches for; else one group. 0 = the source must go on. */
static xybrid_status run_exact(xb_resampler *r, int64_t available, int64_t *made, xybrid_error *err) {
    int64_t begin, end, group = r->made % r->period_out / r->width, last = group + 1, rows = 1, stride = r->groups * r->width;
    next_window(r, &begin, &end);
    *made = 0;
    if (end > available) return XYBRID_OK;
    int64_t period_end = begin - r->first[group] + r->first[r->groups - 1] + r->group_taps;
    if (group == 0 && period_end <= available) {
        rows = xb_min64((available - period_end) / r->period_in + 1, r->block_rows);
        last = r->groups;
    }
    int64_t count = xb_min64(last * r->width, r->period_out) - group * r->width;
    XB_TRY(make_ready_room(r, rows * count, err));
    for (int32_t c = 0; c < r->channels; c++) {
        const float *source = r->history + c * r->room + (begin - r->first[group] - r->base);
        for (int64_t g = group; g < last; g++)
            xb_polyphase(r->isa, &(xb_polyphase_args){ .source = source + r->first[g],
                                                       .source_step = r->period_in,
                                                       .rows = rows,
                                                       .bank = r->bank + g * r->group_taps * r->width,
                                                       .taps = r->group_taps,
                                                       .out = r->block + (g - group) * r->width,
                                                       .out_step = stride });
        hand_over(r, r->ready_end, c, rows, count, stride);
    }
    *made = rows * count;
    return XYBRID_OK;
}

/* One channel's results from place at + phase / up on. */
static void coarse_channel(const xb_resampler *r, const float *history, int64_t at, int64_t phase, int64_t count, float *to) {
    const double  scale = (double)r->rows / (double)r->up;
    const int64_t up = r->up, whole = r->down / up, rest = r->down % up;
    for (; count > 0; count--, to += r->channels) {
        double  place = (double)phase * scale;
        int64_t row = (int64_t)place;
        double  x = place - (double)row; /* between the second row and the third */
        float   four[4];
        xb_polyphase_four(r->isa, history + at, r->bank + row * r->taps, r->taps, four);
        double outer = (double)four[3] * (x + 1) - (double)four[0] * (x - 2);
        double inner = (double)four[1] * (x - 2) * (x - 1) * (x + 1) - (double)four[2] * (x + 1) * x * (x - 2);
        *to = (float)(outer * x * (x - 1) / 6 + inner / 2);
        at += whole;
        phase += rest;
        if (phase >= up) at++, phase -= up;
    }
}

static xybrid_status run_coarse(xb_resampler *r, int64_t available, int64_t *made, xybrid_error *err) {
    int64_t begin, end, phase = r->made % r->up * r->down % r->up;
    next_window(r, &begin, &end);
    *made = 0;
    if (end > available) return XYBRID_OK;
    int64_t count = ((available - end + 1) * r->up - phase + r->down - 1) / r->down;
    if (r->total >= 0) count = xb_min64(count, r->total - r->made);
    XB_TRY(make_ready_room(r, count, err));
    for (int32_t c = 0; c < r->channels; c++)
        coarse_channel(r, r->history + c * r->room, begin - r->base, phase, count, r->ready + r->ready_end * r->channels + c);
    *made = count;
    return XYBRID_OK;
}

/* Everything that the source reaches for. */
static xybrid_status run(xb_resampler *r, xybrid_error *err) {
    int64_t made = 1, available = r->base + r->held;
    while (made > 0 && (r->total < 0 || r->made < r->total)) {
        XB_TRY((r->first ? run_exact : run_coarse)(r, available, &made, err));
        r->made += made;
        r->ready_end += made;
    }
    if (r->total >= 0 && r->made > r->total) { /* behind the recording's end */
        r->ready_end -= r->made - r->total;
        r->made = r->total;
    }
    return XYBRID_OK;
}

/* samples NULL = silence. At most r->piece frames. */
static xybrid_status take(xb_resampler *r, const float *samples, int64_t frames, xybrid_error *err) {
    int64_t begin, end;
    next_window(r, &begin, &end);
    int64_t drop = xb_min64(xb_max64(begin - r->base, 0), r->held);
    if (r->held + frames > r->room && drop > 0) {
        for (int32_t c = 0; c < r->channels; c++)
            memmove(r->history + c * r->room, r->history + c * r->room + drop, (size_t)(r->held - drop) * sizeof(float));
        r->base += drop;
        r->held -= drop;
    }
    for (int32_t c = 0; c < r->channels; c++) {
        float *to = r->history + c * r->room + r->held;
        for (int64_t i = 0; i < frames; i++) {
            float sample = samples ? samples[i * r->channels + c] : 0;
            to[i] = sample - sample == 0 ? sample : 0; /* NaN and infinities are silence */
        }
    }
    r->held += frames;
    return run(r, err);
}

xybrid_status xb_resampler_push(xb_resampler *r, const float *samples, int64_t frames, xybrid_error *err) {
    if (r->total >= 0) return xb_fail(err, XYBRID_INVALID_ARGUMENT, "resample", "samples after the end");
    if (frames < 0 || r->pushed > INT64_MAX / 4 / XB_MAX_AUDIO_RATE - frames)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "resample", "%lld frames after %lld; that is no recording",
                       (long long)frames, (long long)r->pushed);
    while (frames > 0) {
        int64_t count = xb_min64(frames, r->piece);
        XB_TRY(take(r, samples, count, err));
        r->pushed += count;
        samples += count * r->channels;
        frames -= count;
    }
    return XYBRID_OK;
}

xybrid_status xb_resampler_finish(xb_resampler *r, xybrid_error *err) {
    if (r->total < 0) r->total = r->pushed / r->down * r->up + (r->pushed % r->down * r->up + r->down - 1) / r->down;
    if (r->made > r->total) XB_TRY(run(r, err));
    while (r->made < r->total) XB_TRY(take(r, NULL, r->piece, err));
    return XYBRID_OK;
}

int64_t xb_resampler_ready(const xb_resampler *r) { return r->ready_end - r->ready_at; }

int64_t xb_resampler_pull(xb_resampler *r, float *out, int64_t frames) {
    int64_t count = xb_max64(0, xb_min64(frames, r->ready_end - r->ready_at));
    if (count > 0) memcpy(out, r->ready + r->ready_at * r->channels, (size_t)(count * r->channels) * sizeof *out);
    r->ready_at += count;
    return count;
}

void xb_resampler_reset(xb_resampler *r) {
    r->base = -(r->taps / 2 - 1);
    r->held = r->taps / 2 - 1;
    for (int32_t c = 0; c < r->channels; c++) memset(r->history + c * r->room, 0, (size_t)r->held * sizeof(float));
    r->pushed = r->made = 0;
    r->total = -1;
    r->ready_at = r->ready_end = 0;
}

static xybrid_status check_rates(int32_t from_hz, int32_t to_hz, xybrid_error *err) {
    if (from_hz >= 1 && to_hz >= 1 && from_hz <= XB_MAX_AUDIO_RATE && to_hz <= XB_MAX_AUDIO_RATE &&
        from_hz / to_hz < MAX_RATIO && to_hz / from_hz < MAX_RATIO)
        return XYBRID_OK;
    return xb_fail(err, XYBRID_INVALID_ARGUMENT, "resample",
                   "resample from %d Hz to %d Hz; 1 to %d Hz and a ratio below %d are possible", (int)from_hz, (int)to_hz,
                   XB_MAX_AUDIO_RATE, MAX_RATIO);
}

static xybrid_status make_rooms(xb_resampler *r, xybrid_error *err) {
    XB_TRY(make_bank(r, err));
    int64_t window = r->first ? r->group_taps + r->period_in : r->taps;
    r->piece = xb_max64(1, xb_min64(PIECE, PIECE_OUT * r->down / r->up));
    r->room = 2 * window + 2 * r->piece;
    r->history = xb_calloc(r->mem, (size_t)(r->room * r->channels), sizeof *r->history, err);
    if (!r->history) return err->code;
    if (r->first) {
        r->block_rows = r->room / r->period_in + 1;
        r->block = xb_calloc(r->mem, (size_t)(r->block_rows * r->groups * r->width), sizeof *r->block, err);
        if (!r->block) return err->code;
    }
    xb_resampler_reset(r);
    return XYBRID_OK;
}

xybrid_status xb_resampler_new(xb_mem *mem, const xb_isa *isa, int32_t from_hz, int32_t to_hz, int32_t channels,
                               xb_resampler **out, xybrid_error *err) {
    XB_TRY(check_rates(from_hz, to_hz, err));
    if (channels < 1 || channels > XB_MAX_AUDIO_CHANNELS)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "resample", "%d channels; 1 to %d are possible", (int)channels,
                       XB_MAX_AUDIO_CHANNELS);
    int64_t       divisor = greatest_divisor(from_hz, to_hz);
    xb_resampler *r = xb_calloc(mem, 1, sizeof *r, err);
    if (!r) return err->code;
    r->mem = mem;
    r->isa = isa;
    r->channels = channels;
    r->up = to_hz / divisor;
    r->down = from_hz / divisor;
    xybrid_status st = make_rooms(r, err);
    if (st) xb_resampler_free(r);
    else *out = r;
    return st;
}

void xb_resampler_free(xb_resampler *r) {
    if (!r) return;
    xb_free(r->mem, r->bank);
    xb_free(r->mem, r->first);
    xb_free(r->mem, r->history);
    xb_free(r->mem, r->block);
    xb_free(r->mem, r->ready);
    xb_free(r->mem, r);
}

/* ---- all at once ---- */

static xybrid_status resample_all(xb_resampler *r, const float *from, int64_t frames, float *to, xybrid_error *err) {
    while (frames > 0) {
        int64_t count = xb_min64(frames, PIECE);
        XB_TRY(xb_resampler_push(r, from, count, err));
        to += xb_resampler_pull(r, to, INT64_MAX) * r->channels;
        from += count * r->channels;
        frames -= count;
    }
    XB_TRY(xb_resampler_finish(r, err));
    (void)xb_resampler_pull(r, to, INT64_MAX);
    return XYBRID_OK;
}

xybrid_status xb_audio_resample(xb_mem *mem, const xb_isa *isa, const xb_tensor *samples, int32_t from_hz, int32_t to_hz,
                                xb_tensor *out, xybrid_error *err) {
    int32_t channels;
    XB_TRY(xb_audio_check(samples, "resample", &channels, err));
    XB_TRY(check_rates(from_hz, to_hz, err));
    if (from_hz == to_hz || samples->shape[0] == 0) {
        *out = xb_tensor_keep(samples);
        return XYBRID_OK;
    }
    int64_t shape[2] = { (samples->shape[0] * to_hz + from_hz - 1) / from_hz, samples->shape[1] };
    if (shape[0] > XB_MAX_AUDIO_FRAMES)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "resample", "resample to %lld frames; at most %d are possible",
                       (long long)shape[0], XB_MAX_AUDIO_FRAMES);
    xb_resampler *r = NULL;
    xb_tensor     made = { 0 };
    xybrid_status st;
    XB_TRY_OUT(xb_resampler_new(mem, isa, from_hz, to_hz, channels, &r, err));
    XB_TRY_OUT(xb_tensor_new(mem, XYBRID_FLOAT32, samples->rank, shape, &made, err));
    XB_TRY_OUT(resample_all(r, samples->data, samples->shape[0], made.data, err));
    *out = xb_tensor_keep(&made);
out:
    xb_tensor_drop(&made);
    xb_resampler_free(r);
    return st;
}
