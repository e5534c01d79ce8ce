/* speech/align.h - when each token was said, from where the decoder looked: dynamic time warping over its cross-attention.
 *
 *     XB_TRY(xb_align(mem, &attention, first, count, samples, times, err));
 *
 * As the reference does it (OpenAI, whisper/timing.py): the weights of each head are normalised over the tokens, smoothed
 * along time by a median of 7, averaged over the heads; the cheapest way through minus their matrix (H. Sakoe, S. Chiba,
 * Dynamic programming algorithm optimization for spoken word recognition, 1978) gives each token its first frame. A frame is
 * 20 ms. Any thread. */
#ifndef XB_ALIGN_H
#define XB_ALIGN_H

#include "tensor/tensor.h"

/* attention float32 [1, heads, tokens, frames], each row sums to 1. Row first + i is where the decoder looked to write token i
 * of count (i = 0..count, the last of them the end). times[count] in ms, rising. `samples` at 16 kHz bounds the frames that
 * count. */
xybrid_status xb_align(xb_mem *mem, const xb_tensor *attention, int64_t first, int64_t count, int64_t samples, int32_t *times,
                       xybrid_error *err);

#endif
