/* speech/pauses.c - see pauses.h. */
#include "speech/pauses.h"

#include <math.h>

enum { QUIET = 15 /* frames that are looked at together for a place to cut */ };

static const float first_floor_db = -45, above_floor_db = 9, below_peak_db = 45, least_db = -65, silence_db = -100;
static const float peak_fall_db = 0.02f; /* a frame: 2 dB a second */
static const float high_pass = 0.98f;    /* 50 Hz at 16 kHz */

void xb_pauses_init(xb_pauses *p) {
    *p = (xb_pauses){ .peak_db = silence_db };
    for (int i = 0; i < XB_PAUSE_BLOCKS; i++) p->lowest[i] = first_floor_db;
}

static float decibel(double energy) { return energy > 1e-10 ? (float)(10 * log10(energy)) : silence_db; }

static float frame_energy(xb_pauses *p, const float *samples) {
    double sum = 0;
    for (int i = 0; i < XB_FRAME_SAMPLES; i++) {
        p->last_out = samples[i] - p->last_in + high_pass * p->last_out;
        p->last_in = samples[i];
        sum += (double)p->last_out * (double)p->last_out;
    }
    if (fabsf(p->last_out) < 1e-20f) p->last_out = 0;
    return (float)(sum / (double)XB_FRAME_SAMPLES);
}

/* Notes the mean of the last 100 ms; the floor. */
static float floor_of(xb_pauses *p, float energy) {
    p->recent[p->frames % XB_PAUSE_MEAN] = energy;
    int64_t block = p->frames / XB_FRAMES_A_SECOND;
    float  *lowest = &p->lowest[block % XB_PAUSE_BLOCKS];
    if (block > 0 && p->frames % XB_FRAMES_A_SECOND == 0) *lowest = 0;
    if (p->frames >= XB_PAUSE_MEAN - 1) {
        double sum = 0;
        for (int i = 0; i < XB_PAUSE_MEAN; i++) sum += (double)p->recent[i];
        float mean = decibel(sum / (double)XB_PAUSE_MEAN);
        if (mean < *lowest) *lowest = mean;
    }
    p->frames++;
    float least = p->lowest[0];
    for (int i = 1; i < XB_PAUSE_BLOCKS; i++)
        if (p->lowest[i] < least) least = p->lowest[i];
    return least;
}

xb_pause_frame xb_pauses_hear(xb_pauses *p, const float *samples) {
    float          energy = frame_energy(p, samples);
    xb_pause_frame f = { decibel((double)energy), 0 };
    float          threshold = floor_of(p, energy) + above_floor_db;
    p->peak_db = f.db > p->peak_db ? f.db : p->peak_db - peak_fall_db;
    if (threshold < p->peak_db - below_peak_db) threshold = p->peak_db - below_peak_db;
    if (threshold < least_db) threshold = least_db;
    f.is_loud = f.db > threshold;
    return f;
}

int64_t xb_quietest(const xb_pause_frame *frames, int64_t from, int64_t to) {
    double  sum = 0, least = INFINITY;
    int64_t best = to - (to - from) / 2;
    for (int64_t i = from; i < to; i++) {
        sum += (double)frames[i].db;
        if (i - QUIET >= from) sum -= (double)frames[i - QUIET].db;
        if (i - from >= QUIET - 1 && sum <= least) {
            least = sum;
            best = i - QUIET / 2;
        }
    }
    return best;
}
