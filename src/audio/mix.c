/* audio/mix.c - channels. */
#include "audio/mix.h"

#include "audio/samples_int.h"
#include "base/error.h"

xybrid_status xb_audio_check(const xb_tensor *samples, const char *what, int32_t *channels, xybrid_error *err) {
    char    text[XB_SHAPE_TEXT_BYTES];
    int64_t count = samples->rank == 1 ? 1 : samples->rank == 2 ? samples->shape[1] : 0;
    if (samples->dtype != XYBRID_FLOAT32 || count < 1 || count > XB_MAX_AUDIO_CHANNELS ||
        samples->shape[0] > XB_MAX_AUDIO_FRAMES) {
        xb_shape_format(samples->rank, samples->shape, text, sizeof text);
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, what,
                       "%s of samples of shape %s and type %s; float32 [frames] or [frames,channels] is needed, at most "
                       "%d channels and %d frames",
                       what, text, xb_dtype_name(samples->dtype), XB_MAX_AUDIO_CHANNELS, XB_MAX_AUDIO_FRAMES);
    }
    *channels = (int32_t)count;
    return XYBRID_OK;
}

void xb_audio_mean(const float *samples, int64_t frames, int32_t channels, float *out) {
    for (int64_t f = 0; f < frames; f++) {
        float sum = 0;
        for (int32_t c = 0; c < channels; c++) sum += *samples++;
        out[f] = sum / (float)channels;
    }
}

xybrid_status xb_audio_to_mono(xb_mem *mem, const xb_tensor *samples, xb_tensor *out, xybrid_error *err) {
    int32_t channels;
    XB_TRY(xb_audio_check(samples, "mix to mono", &channels, err));
    int64_t frames = samples->shape[0];
    if (channels == 1) return xb_tensor_reshape(samples, 1, &frames, out, err);
    xb_tensor made;
    XB_TRY(xb_tensor_new(mem, XYBRID_FLOAT32, 1, &frames, &made, err));
    xb_audio_mean(samples->data, frames, channels, made.data);
    *out = made;
    return XYBRID_OK;
}

static int is_finite(float sample) { return sample - sample == 0; }

xybrid_status xb_audio_finite(xb_mem *mem, const xb_tensor *samples, xb_tensor *out, xybrid_error *err) {
    int32_t channels;
    XB_TRY(xb_audio_check(samples, "look at", &channels, err));
    const float *src = samples->data;
    int64_t      count = samples->shape[0] * channels, bad = 0;
    while (bad < count && is_finite(src[bad])) bad++;
    if (bad == count) {
        *out = xb_tensor_keep(samples);
        return XYBRID_OK;
    }
    xb_tensor made;
    XB_TRY(xb_tensor_new(mem, XYBRID_FLOAT32, samples->rank, samples->shape, &made, err));
    for (int64_t i = 0; i < count; i++) ((float *)made.data)[i] = is_finite(src[i]) ? src[i] : 0;
    *out = made;
    return XYBRID_OK;
}

xybrid_status xb_audio_spread(xb_mem *mem, const xb_tensor *samples, int32_t channels, xb_tensor *out, xybrid_error *err) {
    int32_t found;
    XB_TRY(xb_audio_check(samples, "spread", &found, err));
    if (channels < 1 || channels > XB_MAX_AUDIO_CHANNELS || (found != 1 && found != channels))
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "spread",
                       "%d channels to %d; 1 to 1 through %d are possible, mix to mono first", (int)found, (int)channels,
                       XB_MAX_AUDIO_CHANNELS);
    int64_t shape[2] = { samples->shape[0], channels };
    if (found == channels) return xb_tensor_reshape(samples, 2, shape, out, err);
    xb_tensor made;
    XB_TRY(xb_tensor_new(mem, XYBRID_FLOAT32, 2, shape, &made, err));
    const float *src = samples->data;
    float       *dst = made.data;
    for (int64_t f = 0; f < shape[0]; f++)
        for (int32_t c = 0; c < channels; c++) *dst++ = src[f];
    *out = made;
    return XYBRID_OK;
}
