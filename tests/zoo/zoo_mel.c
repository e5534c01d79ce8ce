/* zoo_mel.c - mel spectra, written plainly: a Fourier sum over each frame.
 *
 *     samples -> frames of 400, hop 160, Hann window -> power in 201 bins -> 80 triangles on Slaney's mel scale -> log10
 *
 * The layout is Whisper's (Radford et al., 2022, section 2.2, and its log_mel_spectrogram): frame f is centred on sample 160 f,
 * samples beyond the ends are mirrored, the last frame is left out. The mel scale and the area-normalised triangles are
 * those of M. Slaney, Auditory Toolbox, 1998: linear to 1000 Hz, logarithmic above. */
#include "zoo.h"

enum { FRAME = 400, HOP = 160, BINS = FRAME / 2 + 1 };
#define PI 3.14159265358979323846

static double hz_from_mel(double mel) { return mel < 15 ? mel * 200 / 3 : 1000 * exp((mel - 15) * log(6.4) / 27); }
static double mel_from_hz(double hz) { return hz < 1000 ? hz * 3 / 200 : 15 + 27 * log(hz / 1000) / log(6.4); }

/* weights[band][bin] */
static void make_filters(int32_t rate_hz, double weights[ZOO_MELS][BINS]) {
    double top = mel_from_hz(rate_hz / 2.0), edges[ZOO_MELS + 2];
    for (int i = 0; i < ZOO_MELS + 2; i++) edges[i] = hz_from_mel(top * i / (ZOO_MELS + 1));
    for (int band = 0; band < ZOO_MELS; band++)
        for (int bin = 0; bin < BINS; bin++) {
            double hz = (double)bin * rate_hz / FRAME;
            double up = (hz - edges[band]) / (edges[band + 1] - edges[band]);
            double down = (edges[band + 2] - hz) / (edges[band + 2] - edges[band + 1]);
            double height = up < down ? up : down;
            weights[band][bin] = height > 0 ? height * 2 / (edges[band + 2] - edges[band]) : 0;
        }
}

/* Sample `at` of a signal that is mirrored at its ends (the ends themselves are not repeated). */
static double mirrored(const float *samples, int64_t count, int64_t at) {
    if (at < 0) at = -at;
    if (at >= count) at = 2 * (count - 1) - at;
    return at >= 0 && at < count ? (double)samples[at] : 0;
}

static void frame_power(const double frame[FRAME], double power[BINS]) {
    static double cosine[FRAME], sine[FRAME];
    if (cosine[0] == 0)
        for (int i = 0; i < FRAME; i++) cosine[i] = cos(2 * PI * i / FRAME), sine[i] = sin(2 * PI * i / FRAME);
    for (int bin = 0; bin < BINS; bin++) {
        double re = 0, im = 0;
        for (int i = 0, turn = 0; i < FRAME; i++) {
            re += frame[i] * cosine[turn];
            im += frame[i] * sine[turn];
            turn += bin;
            if (turn >= FRAME) turn -= FRAME;
        }
        power[bin] = re * re + im * im;
    }
}

void zoo_mel_power(const float *samples, int64_t count, int32_t rate_hz, double *power) {
    static double weights[ZOO_MELS][BINS];
    double        frame[FRAME], bins[BINS];
    int64_t       frames = count / HOP;
    make_filters(rate_hz, weights);
    for (int64_t f = 0; f < frames; f++) {
        double loudest = 0;
        for (int i = 0; i < FRAME; i++) {
            frame[i] = mirrored(samples, count, f * HOP + i - FRAME / 2) * (0.5 - 0.5 * cos(2 * PI * i / FRAME));
            if (fabs(frame[i]) > loudest) loudest = fabs(frame[i]);
        }
        memset(bins, 0, sizeof bins);
        if (loudest > 0) frame_power(frame, bins);
        for (int band = 0; band < ZOO_MELS; band++) {
            double sum = 0;
            for (int bin = 0; bin < BINS; bin++) sum += weights[band][bin] * bins[bin];
            power[band * frames + f] = sum;
        }
    }
}

void zoo_mel_log(double *power, int64_t count) {
    double top = -10;
    for (int64_t i = 0; i < count; i++) {
        power[i] = log10(power[i] > 1e-10 ? power[i] : 1e-10);
        if (power[i] > top) top = power[i];
    }
    for (int64_t i = 0; i < count; i++)
        if (power[i] < top - 8) power[i] = top - 8;
}

/* ---- two recordings ---- */

static double frame_distance(const double *a, int64_t a_frames, int64_t i, const double *b, int64_t b_frames, int64_t k) {
    double sum = 0;
    for (int band = 0; band < ZOO_MELS; band++) sum += fabs(a[band * a_frames + i] - b[band * b_frames + k]);
    return 10 * sum / ZOO_MELS;
}

/* Cost of the cheapest way from (0, 0) to the ends by steps of one frame in either or both, over its length. Row by row: what
 * ways to the row's frames cost, and how long they are. */
static double aligned_distance(const double *a, int64_t a_frames, const double *b, int64_t b_frames, double *cost,
                               double *length) {
    for (int64_t i = 0; i < a_frames; i++) {
        double above_left = INFINITY, above_left_length = 0;
        for (int64_t k = 0; k < b_frames; k++) {
            double best = above_left, steps = above_left_length; /* both */
            above_left = i ? cost[k] : INFINITY, above_left_length = length[k];
            if (i && cost[k] < best) best = cost[k], steps = length[k];
            if (k && cost[k - 1] < best) best = cost[k - 1], steps = length[k - 1];
            if (i == 0 && k == 0) best = steps = 0;
            cost[k] = best + frame_distance(a, a_frames, i, b, b_frames, k);
            length[k] = steps + 1;
        }
    }
    return cost[b_frames - 1] / length[b_frames - 1];
}

double zoo_mel_distance(const float *a, int64_t a_count, const float *b, int64_t b_count, int32_t rate_hz) {
    int64_t a_frames = a_count / HOP, b_frames = b_count / HOP;
    double *memory = calloc((size_t)((a_frames + b_frames) * ZOO_MELS + 2 * b_frames + 1), sizeof *memory), result = INFINITY;
    if (memory && a_frames > 0 && b_frames > 0) {
        double *b_mel = memory + a_frames * ZOO_MELS, *cost = b_mel + b_frames * ZOO_MELS;
        zoo_mel_power(a, a_count, rate_hz, memory);
        zoo_mel_power(b, b_count, rate_hz, b_mel);
        zoo_mel_log(memory, a_frames * ZOO_MELS);
        zoo_mel_log(b_mel, b_frames * ZOO_MELS);
        if (a_frames != b_frames) {
            result = aligned_distance(memory, a_frames, b_mel, b_frames, cost, cost + b_frames);
        } else {
            result = 0;
            for (int64_t i = 0; i < a_frames; i++) result += frame_distance(memory, a_frames, i, b_mel, b_frames, i);
            result /= (double)a_frames;
        }
    }
    free(memory);
    return result;
}
