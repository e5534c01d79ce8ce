/* kernel/polyphase.c - filters as a matrix product whose A overlaps itself. */
#include "kernel/polyphase.h"

#include "kernel/gemm.h"
#include "kernel/isa.h"

int32_t xb_polyphase_width(const xb_isa *isa) { return isa->gemm.nr; }

void xb_polyphase(const xb_isa *isa, const xb_polyphase_args *args) {
    for (int64_t row = 0; row < args->rows; row += isa->gemm.mr) {
        int64_t left = args->rows - row;
        isa->gemm.tile((int32_t)(left < isa->gemm.mr ? left : isa->gemm.mr),
                       &(xb_gemm_tile){ .a = args->source + row * args->source_step,
                                        .lda = args->source_step,
                                        .b = args->bank,
                                        .ldb = isa->gemm.nr,
                                        .c = args->out + row * args->out_step,
                                        .ldc = args->out_step,
                                        .k = args->taps,
                                        .alpha = 1 });
    }
}

void xb_polyphase_four(const xb_isa *isa, const float *source, const float *filters, int64_t taps, float out[4]) {
    isa->gemm.dot(
        1,
        &(xb_gemm_dot){
            .a = { source }, .c = { out }, .b = filters, .ldb = taps, .cols = 4, .k = taps, .alpha = 1, .type = XB_GEMM_F32 });
}
