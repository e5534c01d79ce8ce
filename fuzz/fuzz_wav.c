/* fuzz_wav.c - any bytes to the WAV reader; every sample of what it accepts is decoded. */
#include <stdlib.h>

#include "base/error.h"
#include "codec/wav.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    xb_wav_info  info;
    xybrid_error err;
    if (xb_wav_read(data, (int64_t)size, &info, &err) != XYBRID_OK) return 0;
    if (info.data_offset + info.data_bytes > (int64_t)size) __builtin_trap();
    size_t samples = (size_t)(info.frames * info.channels);
    float *out = malloc((samples + 1) * sizeof *out);
    if (!out) return 0;
    xb_wav_decode(&info, data, 0, info.frames, out);
    free(out);
    return 0;
}
