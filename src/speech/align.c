/* speech/align.c - see align.h. */
#include "speech/align.h"

#include <math.h>
#include <string.h>

#include "base/error.h"

enum { MEDIAN = 7, FRAME_MS = 20, FRAME_SAMPLES = 320 };

/* Median of the 7 around x[at], mirrored at the ends. */
static float median(const float *x, int64_t n, int64_t at) {
    float v[MEDIAN];
    for (int64_t i = 0; i < MEDIAN; i++) {
        int64_t k = at + i - MEDIAN / 2;
        if (k < 0) k = -k;
        if (k >= n) k = 2 * (n - 1) - k;
        if (k < 0) k = 0;
        float   value = x[k];
        int64_t place = i;
        for (; place > 0 && v[place - 1] > value; place--) v[place] = v[place - 1];
        v[place] = value;
    }
    return v[MEDIAN / 2];
}

/* Adds a head's rows, normalised over the tokens and smoothed, to sum [rows, frames]. */
static void add_head(const float *weights, int64_t all_frames, int64_t rows, int64_t frames, float *line, float *sum) {
    for (int64_t f = 0; f < frames; f++) {
        double mean = 0, square = 0;
        for (int64_t r = 0; r < rows; r++) mean += (double)weights[r * all_frames + f];
        mean /= (double)rows;
        for (int64_t r = 0; r < rows; r++) {
            double d = (double)weights[r * all_frames + f] - mean;
            square += d * d;
        }
        double scale = square > 0 ? 1 / sqrt(square / (double)rows) : 0;
        for (int64_t r = 0; r < rows; r++) line[r * frames + f] = (float)(((double)weights[r * all_frames + f] - mean) * scale);
    }
    for (int64_t r = 0; r < rows; r++)
        for (int64_t f = 0; f < frames; f++) sum[r * frames + f] += median(line + r * frames, frames, f);
}

/* The cheapest way from (0, 0) to the last corner through -sum; moves: 1 = a token, 2 = a frame, 3 = both. times: the frame
 * where each row begins. */
static void warp(const float *sum, int64_t rows, int64_t frames, double *cost, uint8_t *moves, int32_t *begins) {
    for (int64_t r = 0; r < rows; r++) {
        double corner = r == 0 ? 0 : INFINITY; /* cost of (r - 1, f - 1) */
        for (int64_t f = 0; f < frames; f++) {
            double above = r == 0 ? INFINITY : cost[f], left = f == 0 ? INFINITY : cost[f - 1];
            if (r == 0 && f > 0) corner = INFINITY;
            double best = corner;
            int    move = 3;
            if (above < best) best = above, move = 1;
            if (left < best) best = left, move = 2;
            corner = above;
            cost[f] = best - (double)sum[r * frames + f];
            moves[r * frames + f] = (uint8_t)move;
        }
    }
    for (int64_t r = rows - 1, f = frames - 1; r >= 0 && f >= 0;) {
        begins[r] = (int32_t)f;
        int move = moves[r * frames + f];
        if (move & 1) r--;
        if (move & 2) f--;
    }
}

xybrid_status xb_align(xb_mem *mem, const xb_tensor *attention, int64_t first, int64_t count, int64_t samples, int32_t *times,
                       xybrid_error *err) {
    int64_t heads = attention->shape[1], all_rows = attention->shape[2], all_frames = attention->shape[3], rows = count + 1;
    int64_t frames = (samples + FRAME_SAMPLES - 1) / FRAME_SAMPLES;
    if (frames > all_frames) frames = all_frames;
    XB_CHECK(first >= 0 && count >= 0 && first + rows <= all_rows && rows <= INT32_MAX / 8);
    memset(times, 0, (size_t)count * sizeof *times);
    if (frames < 1) return XYBRID_OK;
    size_t        cells = (size_t)rows * (size_t)frames;
    float        *sum = xb_calloc(mem, cells, sizeof *sum, err);
    float        *line = sum ? xb_calloc(mem, cells, sizeof *line, err) : NULL;
    double       *cost = line ? xb_calloc(mem, (size_t)frames, sizeof *cost, err) : NULL;
    uint8_t      *moves = cost ? xb_calloc(mem, cells, 1, err) : NULL;
    int32_t      *begins = moves ? xb_calloc(mem, (size_t)rows, sizeof *begins, err) : NULL;
    xybrid_status st = begins ? XYBRID_OK : err->code;
    if (begins) {
        const float *weights = attention->data;
        for (int64_t h = 0; h < heads; h++)
            add_head(weights + (h * all_rows + first) * all_frames, all_frames, rows, frames, line, sum);
        warp(sum, rows, frames, cost, moves, begins);
        for (int64_t i = 0; i < count; i++) times[i] = begins[i] * FRAME_MS;
    }
    xb_free(mem, begins);
    xb_free(mem, moves);
    xb_free(mem, cost);
    xb_free(mem, line);
    xb_free(mem, sum);
    return st;
}
