/* A model and the values of its inputs (native_case.h), run by the native engine twice: once, then, with other memory and more
 * workers, twice in a row. All three results are the same bits, and inputs and model stay as they were. */
#include "native_case.h"
#include "onnx_mutator.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile uint64_t sink;

/* A block of just the size, so that a sanitizer sees a write beyond its end. */
static xybrid_status give_output(void *ctx, int32_t index, const xb_val *v, void **data, xybrid_error *err) {
    case_run *r = ctx;
    if (v->size_bytes > CASE_BUDGET) return xb_fail(err, XYBRID_OUT_OF_MEMORY_BUDGET, NULL, "an output too large for the host");
    free(r->out[index]);
    r->out[index] = malloc(v->size_bytes ? (size_t)v->size_bytes : 1);
    if (!r->out[index]) exit(1);
    memset(r->out[index], r->filling, (size_t)v->size_bytes);
    *data = r->out[index];
    r->out_bytes[index] = v->size_bytes;
    return XYBRID_OK;
}

/* ---- a hash of the outputs ---- */

static void mix(uint64_t *hash, const void *bytes, size_t size) { /* FNV-1a */
    for (size_t i = 0; i < size; i++) *hash = (*hash ^ ((const uint8_t *)bytes)[i]) * UINT64_C(0x100000001b3);
}

static void mix_value(uint64_t *hash, const xb_onnx_value *v) {
    mix(hash, &v->kind, sizeof v->kind);
    mix(hash, &v->dtype, sizeof v->dtype);
    mix(hash, v->dims, (size_t)v->rank * sizeof v->dims[0]);
    for (int32_t i = 0; i < v->item_count; i++) mix_value(hash, &v->items[i]);
    if (v->kind != XB_ONNX_TENSOR) return;
    if (v->dtype != XB_ONNX_STRING) mix(hash, v->data, (size_t)v->size_bytes);
    for (int64_t i = 0; v->dtype == XB_ONNX_STRING && i < v->count; i++)
        mix(hash, ((const xb_slice *)v->data)[i].data, ((const xb_slice *)v->data)[i].size);
}

static xybrid_status run(case_run *r, uint64_t *hash) {
    xybrid_error err;
    xb_run_call  call = { .inputs = r->in, .ctx = r, .out_alloc = give_output, .cancelled = case_poll };
    *hash = UINT64_C(0xcbf29ce484222325);
    case_start(r);
    xybrid_status st = xb_exec_run(r->exec, &call, &err);
    case_check_error(st, &err);
    for (int32_t i = 0; st == XYBRID_OK && i < r->model->graph.main->output_count; i++) {
        xb_onnx_value v;
        st = xb_exec_output(r->exec, &call, i, &v, &err);
        case_check_error(st, &err);
        if (st == XYBRID_OK) mix_value(hash, &v);
    }
    return st;
}

/* Random numbers differ from run to run. */
static int is_random(const xb_graph *g) {
    static const char *const names[] = { "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike",
                                         "Multinomial",  "Bernoulli",        "Dropout" };
    for (int32_t i = 0; g && i < g->node_count; i++) {
        for (size_t k = 0; k < sizeof names / sizeof names[0]; k++)
            if (strcmp(xb_op_name(g->nodes[i].op), names[k]) == 0) return 1;
        for (int32_t a = 0; a < g->nodes[i].attr_count; a++)
            if (g->nodes[i].attrs[a].type == XB_ATTR_GRAPH && is_random(g->nodes[i].attrs[a].v.graph)) return 1;
    }
    return 0;
}

static uint64_t hash_inputs(const native_case *c) {
    uint64_t hash = 1;
    mix(&hash, c->model, c->model_size);
    for (int32_t i = 0; i < c->given; i++) mix_value(&hash, &c->inputs[i]);
    return hash;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    native_case   c;
    case_run      r;
    xybrid_error  err;
    uint64_t      first = 0, again = 0;
    int32_t       places = 0;
    xybrid_status st, second;
    if (!case_load(&c, data, size)) {
        case_unload(&c);
        return 0;
    }
    uint64_t    before = hash_inputs(&c);
    xb_fp_modes was = xb_fp_enter();
    places = (int32_t)(c.options >> 6 & 1);
    st = case_open(&c, &r, 0, 1, places, &err);
    if (st == XYBRID_OK) st = run(&r, &first);
    int compared = st == XYBRID_OK && !is_random(r.model->graph.main);
    case_close(&r);
    if (st == XYBRID_OK) {
        second = case_open(&c, &r, 0xff, 3, places, &err);
        for (int i = 0; second == XYBRID_OK && i < 2; i++) {
            second = run(&r, &again);
            if (second == XYBRID_OK && compared && first != again) __builtin_trap();
        }
        case_close(&r);
    }
    xb_fp_leave(was);
    if (hash_inputs(&c) != before) __builtin_trap();
    sink += first;
    case_unload(&c);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t capacity, unsigned int seed) {
    return onnx_mutate(&onnx_case_schema, data, size, capacity, seed, 16);
}
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2, size_t size2, uint8_t *out,
                                 size_t capacity, unsigned int seed) {
    return onnx_cross(&onnx_case_schema, data1, size1, data2, size2, out, capacity, seed);
}
