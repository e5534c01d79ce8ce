/* fuzz_mp3.c - any bytes to the MP3 decoder. */
#include "audio_case.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    audio_case(&xb_audio_mp3, data, size);
    return 0;
}
