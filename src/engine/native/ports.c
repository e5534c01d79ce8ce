/* engine/native/ports.c - see ports.h. */
#include "engine/native/ports.h"

#include <string.h>

#include "base/error.h"
#include "engine/native/run.h"
#include "plat/fpenv.h"

enum { SAMPLES = 4, MAX_FREE = 256 };

/* Number of free dimension i in a sample: all different, small and large, multiples of 32 and not; the last ones for sound and
 * pictures that must not be small. */
static int64_t number_of(int32_t sample, int64_t i) {
    static const int64_t first[XB_USUAL_SHAPES] = { 5, 64, 96, 257, 16000, 640 },
                         step[XB_USUAL_SHAPES] = { 2, 32, 64, 31, 160, 0 };
    return first[sample] + i * step[sample];
}

typedef struct names { /* of the inputs' free dimensions; "" for those without */
    const char *free[MAX_FREE];
    int32_t     count;
} names;

typedef struct search {
    xb_native_model *m;
    int32_t          input_count, output_count;
    names            names;
    xb_onnx_value   *inputs, *outputs[SAMPLES]; /* [input_count], [output_count] each */
    int32_t          samples[SAMPLES], sample_count;
} search;

static int needs_some(const xb_onnx *h) {
    for (int32_t o = 0; o < h->output_count; o++) {
        const xb_onnx_port *p = &h->outputs[o];
        if (p->kind == XB_ONNX_NO_TYPE || (p->kind == XB_ONNX_TENSOR && (p->rank < 0 || !p->dtype))) return 1;
    }
    return 0;
}

/* The number of a free dimension's name; -1: there are too many. */
static int32_t free_number(names *n, const char *name) {
    for (int32_t i = 0; name && name[0] && i < n->count; i++)
        if (strcmp(n->free[i], name) == 0) return i;
    if (n->count == MAX_FREE) return -1;
    n->free[n->count] = name ? name : "";
    return n->count++;
}

/* The inputs' shapes in that sample, with one item of a batch if is_single; 0: they are not known. */
static int set_inputs(const xb_native_model *m, names *n, int32_t sample, int is_single, xb_onnx_value *inputs) {
    n->count = 0;
    for (int32_t i = 0; i < m->graph.main->input_count; i++) {
        const xb_onnx_port *p = &m->graph.header.inputs[i];
        xb_onnx_value      *v = &inputs[i];
        int64_t             size = xb_onnx_dtype_bits(p->dtype) / 8;
        if (p->kind != XB_ONNX_TENSOR || p->rank < 0 || p->rank > XB_MAX_RANK || size == 0) return 0;
        *v = (xb_onnx_value){ .kind = XB_ONNX_TENSOR, .dtype = p->dtype, .rank = p->rank, .count = 1 };
        for (int32_t d = 0; d < p->rank; d++) {
            int32_t number = p->shape[d] < 0 ? free_number(n, p->symbols[d]) : 0;
            if (number < 0) return 0;
            v->dims[d] = p->shape[d] >= 0 ? p->shape[d] : is_single && d == 0 && p->rank > 1 ? 1 : number_of(sample, number);
            if (v->dims[d] > XB_MAX_PLAN_ELEMENTS / (v->count ? v->count : 1)) return 0;
            v->count *= v->dims[d];
        }
        v->size_bytes = v->count * size;
    }
    return 1;
}

int xb_usual_inputs(const xb_native_model *m, int32_t choice, xb_onnx_value *inputs) {
    static const int32_t order[XB_USUAL_SHAPES] = { 1, 5, 4, 3, 2, 0 };
    names                n;
    return m->graph.main->input_count == m->graph.header.input_count && set_inputs(m, &n, order[choice], 1, inputs);
}

static xybrid_status take_sample(search *s, xb_exec *exec, int32_t sample, xybrid_error *err) {
    xb_run_call    call = { .inputs = s->inputs };
    xb_onnx_value *out = s->outputs[s->sample_count];
    if (!set_inputs(s->m, &s->names, sample, 0, s->inputs)) return XYBRID_OK;
    xb_fp_modes   was = xb_fp_enter();
    xybrid_status st = xb_exec_infer(exec, &call, out, err);
    xb_fp_leave(was);
    if ((st & XYBRID_PRIMARY_MASK) == XYBRID_OUT_OF_MEMORY) return st;
    if (st == XYBRID_OK) s->samples[s->sample_count++] = sample;
    return XYBRID_OK;
}

/* Dimension d of output o: its length, or -1 and its name. */
static int64_t dimension(const search *s, int32_t o, int32_t d, const char **name) {
    int64_t length = s->outputs[0][o].dims[d];
    int     is_fixed = s->sample_count > 1;
    *name = NULL;
    for (int32_t k = 1; k < s->sample_count; k++) is_fixed &= s->outputs[k][o].dims[d] == length;
    if (is_fixed) return length;
    for (int32_t i = 0; i < s->names.count && s->sample_count > 1; i++) {
        int is_this = 1;
        for (int32_t k = 0; k < s->sample_count; k++) is_this &= s->outputs[k][o].dims[d] == number_of(s->samples[k], i);
        if (is_this && s->names.free[i][0]) *name = s->names.free[i];
    }
    return -1;
}

static xybrid_status complete(const search *s, int32_t o, xb_onnx_port *p, xybrid_error *err) {
    const xb_onnx_value *v = &s->outputs[0][o];
    if ((p->kind != XB_ONNX_TENSOR && p->kind != XB_ONNX_NO_TYPE) || v->kind != XB_ONNX_TENSOR || !v->dtype) return XYBRID_OK;
    for (int32_t k = 1; k < s->sample_count; k++)
        if (s->outputs[k][o].dtype != v->dtype || s->outputs[k][o].rank != v->rank) return XYBRID_OK;
    if (p->kind == XB_ONNX_NO_TYPE || !p->dtype) {
        p->kind = XB_ONNX_TENSOR;
        p->dtype = v->dtype;
        p->rank = -1;
    }
    if (p->rank >= 0) return XYBRID_OK;
    int64_t     *shape = xb_arena_array(&s->m->arena, (size_t)v->rank, sizeof *shape, err);
    const char **symbols = shape ? xb_arena_array(&s->m->arena, (size_t)v->rank, sizeof *symbols, err) : NULL;
    if (!symbols) return err->code;
    for (int32_t d = 0; d < v->rank; d++) shape[d] = dimension(s, o, d, &symbols[d]);
    p->rank = v->rank;
    p->shape = v->rank ? shape : NULL;
    p->symbols = v->rank ? symbols : NULL;
    return XYBRID_OK;
}

static xybrid_status find(search *s, xb_arena *arena, xb_exec *exec, xybrid_error *err) {
    const xb_onnx *h = &s->m->graph.header;
    s->inputs = xb_arena_array(arena, (size_t)s->input_count, sizeof *s->inputs, err);
    if (!s->inputs) return err->code;
    for (int32_t k = 0; k < SAMPLES; k++) {
        s->outputs[k] = xb_arena_array(arena, (size_t)s->output_count, sizeof *s->outputs[k], err);
        if (!s->outputs[k]) return err->code;
    }
    for (int32_t k = 0; k < SAMPLES; k++) XB_TRY(take_sample(s, exec, k, err));
    for (int32_t o = 0; o < s->output_count && s->sample_count; o++)
        XB_TRY(complete(s, o, (xb_onnx_port *)(uintptr_t)&h->outputs[o], err));
    return XYBRID_OK;
}

xybrid_status xb_infer_ports(xb_native_model *m, xybrid_error *err) {
    const xb_graph *graph = m->graph.main;
    search          s = { .m = m, .input_count = graph->input_count, .output_count = graph->output_count };
    xb_exec        *exec = NULL;
    xb_arena        arena;
    if (!needs_some(&m->graph.header) || s.input_count != m->graph.header.input_count) return XYBRID_OK;
    XB_TRY(xb_exec_new(m, graph, NULL, 0, 0, NULL, &exec, err));
    xb_arena_init(&arena, m->services.mem, 0);
    xybrid_status st = find(&s, &arena, exec, err);
    xb_arena_free(&arena);
    xb_exec_free(exec);
    return st;
}
