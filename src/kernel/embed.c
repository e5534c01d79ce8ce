/* kernel/embed.c - see embed.h. */
#include "kernel/embed.h"

#include <string.h>

#include "base/checked.h"
#include "kernel/chunks.h"

static void run(const void *args, int32_t chunk, void *scratch) {
    const xb_embed_args *a = args;
    int64_t              r = chunk * a->per_chunk, end = xb_chunk_end(r, a->per_chunk, a->rows);
    (void)scratch;
    for (; r < end; r++) {
        float *out = a->out + r * a->width;
        int    any = 0;
        for (int t = 0; t < XB_EMBED_TABLES; t++) {
            const xb_embed_table *table = &a->tables[t];
            if (!table->rows) continue;
            int64_t      id = table->ids ? table->ids[r % table->period] : r % table->period;
            const float *row = table->rows + xb_max64(xb_min64(id, table->count - 1), 0) * a->width;
            if (!any) memcpy(out, row, (size_t)a->width * sizeof *out);
            for (int64_t i = 0; any && i < a->width; i++) out[i] += row[i];
            any = 1;
        }
    }
}

xb_work xb_embed_work(xb_embed_args *a) {
    int64_t rows = a->width ? a->rows : 0;
    a->per_chunk = xb_units_per_chunk(rows, a->width * 2);
    return (xb_work){ .run = run, .chunks = xb_chunk_count(rows, a->per_chunk) };
}

static void run_count(const void *args, int32_t chunk, void *scratch) {
    const xb_count_args *a = args;
    (void)chunk, (void)scratch;
    for (int64_t r = 0; r < a->rows; r++) {
        a->out[r] = 0;
        for (int64_t i = 0; i < a->width; i++) a->out[r] += a->mask[r * a->width + i] == 1;
    }
}

xb_work xb_count_work(const xb_count_args *a) { return (xb_work){ .run = run_count, .chunks = a->rows > 0 }; }

/* ---- blocks of integers ---- */

static int32_t few_bits(const void *row, int64_t i, int32_t bits, int32_t is_signed) {
    int64_t bit = i * bits;
    int32_t byte = ((const uint8_t *)row)[bit >> 3];
    if (bits == 8) return is_signed ? (int8_t)byte : byte;
    return byte >> (bit & 7) & ((1 << bits) - 1);
}

/* Row `from` of the table, or 0, as row `to` of the result. */
static void look_up(const xb_lookup_args *a, int64_t from, int64_t to, int is_known) {
    int64_t        blocks = (a->width + a->block - 1) / a->block, size = xb_bytes_of(a->dtype);
    const uint8_t *row = (const uint8_t *)a->data + from * ((a->width * a->bits + 7) / 8);
    const uint8_t *zeros = a->zeros ? (const uint8_t *)a->zeros + from * ((blocks * a->bits + 7) / 8) : NULL;
    uint8_t       *out = (uint8_t *)a->out + to * a->width * size;
    xb_block       room, number;
    for (int64_t j = 0, n; j < a->width; j += n) {
        int64_t block = j / a->block;
        n = xb_min64(xb_min64((block + 1) * a->block, a->width) - j, XB_BLOCK);
        float   scale = 0;
        int32_t zero = a->zero;
        if (is_known)
            scale = *(const float *)xb_block_load(a->isa, &number, XB_CLASS_F32,
                                                  (const uint8_t *)a->scales + (from * blocks + block) * size, a->dtype, 1);
        if (is_known && zeros) zero = few_bits(zeros, block, a->bits, a->is_signed);
        for (int64_t i = 0; i < n; i++)
            room.f32[i] = is_known ? (float)(few_bits(row, j + i, a->bits, a->is_signed) - zero) * scale : 0;
        xb_block_store(a->isa, out + j * size, a->dtype, room.f32, XB_CLASS_F32, n, NULL);
    }
}

static void run_lookup(const void *args, int32_t chunk, void *scratch) {
    const xb_lookup_args *a = args;
    int64_t               to = chunk * a->per_chunk, end = xb_chunk_end(to, a->per_chunk, a->outer * a->count * a->rows);
    (void)scratch;
    for (; to < end; to++) {
        int64_t i = to / a->rows % a->count, outer = to / a->rows / a->count;
        int64_t id = a->are_ids_64 ? ((const int64_t *)a->ids)[i] : ((const int32_t *)a->ids)[i];
        if (id < 0) id += a->dim;
        int is_known = id >= 0 && id < a->dim;
        look_up(a, is_known ? (outer * a->dim + id) * a->rows + to % a->rows : 0, to, is_known);
    }
}

xb_work xb_lookup_work(const xb_isa *isa, xb_lookup_args *a) {
    int64_t rows = a->width ? a->outer * a->count * a->rows : 0;
    a->isa = isa;
    a->per_chunk = xb_units_per_chunk(rows, a->width * 4);
    return (xb_work){ .run = run_lookup, .chunks = xb_chunk_count(rows, a->per_chunk) };
}
