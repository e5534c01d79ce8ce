/* speech/pauses.h - is somebody speaking? From the energy of 10 ms frames at 16 kHz, against the noise of the place.
 *
 *     xb_pauses p;
 *     xb_pauses_init(&p);
 *     xb_pause_frame f = xb_pauses_hear(&p, samples);      // XB_FRAME_SAMPLES of them, one frame after the other
 *
 * The noise floor is the least mean energy of 100 ms in the last 6 s (the idea is R. Martin's: Noise power spectral density
 * estimation based on optimal smoothing and minimum statistics, 2001). A frame is loud when it is 9 dB above the floor, not 45
 * dB below what was loudest lately, and above -65 dB of full scale. What is loud for 6 s without a dip (a machine, a tone)
 * becomes floor. Frames below 50 Hz (hum, an offset) count little: they are filtered. The answers depend on the samples alone,
 * not on how they came. */
#ifndef XB_PAUSES_H
#define XB_PAUSES_H

#include <stdint.h>

enum {
    XB_SPEECH_HZ = 16000,
    XB_FRAME_SAMPLES = 160,
    XB_FRAMES_A_SECOND = XB_SPEECH_HZ / XB_FRAME_SAMPLES,
    XB_PAUSE_BLOCKS = 6, /* seconds of memory for the floor */
    XB_PAUSE_MEAN = 10   /* frames */
};

typedef struct xb_pauses {
    float   last_in, last_out;       /* of the filter */
    float   recent[XB_PAUSE_MEAN];   /* energies, a ring */
    float   lowest[XB_PAUSE_BLOCKS]; /* least mean of each second, a ring, dB */
    float   peak_db;
    int64_t frames;
} xb_pauses;

typedef struct xb_pause_frame {
    float db; /* of full scale, at least -100 */
    int   is_loud;
} xb_pause_frame;

void           xb_pauses_init(xb_pauses *p);
xb_pause_frame xb_pauses_hear(xb_pauses *p, const float *samples);

/* The quietest place of frames [from, to): the middle of the 150 ms with the least energy, the later of equals. */
int64_t xb_quietest(const xb_pause_frame *frames, int64_t from, int64_t to);

#endif
