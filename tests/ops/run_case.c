/* run_case.c - a case's messages are decoded, the model is opened, every data set runs twice on the one object. */
#include "run_case.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "plat/clock.h"
#include "value_compare.h"

/* A case in memory. Model and inputs lie in blocks of just their size, so that a sanitizer sees a read beyond their end. */
typedef struct loaded_case {
    const op_case  *c;
    xb_mem          mem; /* the runner's own */
    xb_arena        arena;
    xb_onnx         header;
    void           *model;
    void         ***messages; /* [set][input] */
    xb_onnx_value **inputs, **wanted;
} loaded_case;

void verdict_set(case_verdict *v, case_outcome outcome, const char *format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(v->reason, sizeof v->reason, format, args);
    va_end(args);
    v->reason[strcspn(v->reason, "\n")] = 0;
    v->outcome = (int32_t)outcome;
}

/* ---- decoding ---- */

static void *copy_of(const void *bytes, size_t size) {
    void *copy = malloc(size ? size : 1);
    if (!copy) exit(1);
    memcpy(copy, bytes, size);
    return copy;
}

static uint32_t values_of(const xb_onnx_value *v) {
    uint32_t found = v->kind == XB_ONNX_SEQUENCE ? VALUES_SEQUENCE : v->kind == XB_ONNX_OPTIONAL ? VALUES_OPTIONAL : 0;
    int32_t  bits = xb_onnx_dtype_bits(v->dtype);
    for (int32_t i = 0; i < v->item_count; i++) found |= values_of(&v->items[i]);
    if (v->dtype == XB_ONNX_STRING) found |= VALUES_STRING;
    if (v->dtype == XYBRID_FLOAT16 || v->dtype == XYBRID_BFLOAT16) found |= VALUES_16_BIT_FLOAT;
    if ((v->dtype >= XB_ONNX_FLOAT8E4M3FN && bits == 8) || bits == 6 || v->dtype == XB_ONNX_FLOAT4E2M1)
        found |= VALUES_SMALL_FLOAT;
    else if (bits == 4 || bits == 2) found |= VALUES_SMALL_INTEGER;
    return found;
}

static xybrid_status decode(loaded_case *l, const xb_onnx_port *ports, int32_t port_count, const xb_slice *messages,
                            int32_t count, xb_onnx_value **out, uint32_t *values, xybrid_error *err) {
    xb_onnx_source from = { .arena = &l->arena };
    *out = xb_arena_array(&l->arena, (size_t)count, sizeof **out, err);
    if (!*out) return err->code;
    if (count > port_count)
        return xb_fail(err, XYBRID_MALFORMED, NULL, "%d values for %d inputs or outputs of the graph", count, port_count);
    for (int32_t i = 0; i < count; i++) {
        xb_onnx_kind kind = ports[i].kind == XB_ONNX_NO_TYPE ? XB_ONNX_TENSOR : ports[i].kind;
        XB_TRY(xb_onnx_value_read(&from, kind, messages[i], &(*out)[i], err));
        *values |= values_of(&(*out)[i]);
    }
    return XYBRID_OK;
}

static xybrid_status decode_set(loaded_case *l, int32_t i, uint32_t *values, xybrid_error *err) {
    const op_set *s = &l->c->sets[i];
    xb_slice     *inputs = xb_arena_array(&l->arena, (size_t)s->input_count, sizeof *inputs, err);
    l->messages[i] = xb_arena_array(&l->arena, (size_t)s->input_count, sizeof(void *), err);
    if (!inputs || !l->messages[i]) return err->code;
    for (int32_t n = 0; n < s->input_count; n++) {
        l->messages[i][n] = copy_of(s->inputs[n].data, s->inputs[n].size);
        inputs[n] = (xb_slice){ l->messages[i][n], s->inputs[n].size };
    }
    XB_TRY(decode(l, l->header.inputs, l->header.input_count, inputs, s->input_count, &l->inputs[i], values, err));
    return decode(l, l->header.outputs, l->header.output_count, s->outputs, s->output_count, &l->wanted[i], values, err);
}

static xybrid_status load_parts(loaded_case *l, uint32_t *values, xybrid_error *err) {
    size_t sets = (size_t)l->c->set_count;
    l->messages = xb_arena_array(&l->arena, sets, sizeof *l->messages, err);
    l->inputs = xb_arena_array(&l->arena, sets, sizeof *l->inputs, err);
    l->wanted = xb_arena_array(&l->arena, sets, sizeof *l->wanted, err);
    if (!l->messages || !l->inputs || !l->wanted) return err->code;
    XB_TRY(xb_onnx_read(l->model, l->c->model.size, &l->arena, &l->header, err));
    for (int32_t i = 0; i < l->c->set_count; i++) XB_TRY(decode_set(l, i, values, err));
    return XYBRID_OK;
}

static int load(loaded_case *l, const op_case *c, case_verdict *out) {
    xybrid_error err;
    *l = (loaded_case){ .c = c };
    xb_mem_init(&l->mem, NULL, NULL, NULL, XYBRID_AUTO);
    xb_arena_init(&l->arena, &l->mem, 0);
    l->model = copy_of(c->model.data, c->model.size);
    if (load_parts(l, &out->values, &err) == XYBRID_OK) return 1;
    verdict_set(out, CASE_FAILED, "the test's own decoder: %s", err.message);
    return 0;
}

static void unload(loaded_case *l) {
    for (int32_t i = 0; l->messages && i < l->c->set_count; i++)
        for (int32_t n = 0; l->messages[i] && n < l->c->sets[i].input_count; n++) free(l->messages[i][n]);
    free(l->model);
    xb_arena_free(&l->arena);
}

/* ---- running ---- */

static int carries(const engine_adapter *adapter, const xb_onnx_port *ports, int32_t count, case_verdict *out) {
    for (int32_t i = 0; i < count; i++) {
        const char *reason = adapter->cannot_carry(&ports[i]);
        if (!reason) continue;
        verdict_set(out, CASE_LEFT_OUT, "%s", reason);
        return 0;
    }
    return 1;
}

/* An engine writes to its outputs only. */
static int has_changed_input(const loaded_case *l, int32_t set) {
    const op_set *s = &l->c->sets[set];
    for (int32_t i = 0; i < s->input_count; i++)
        if (memcmp(l->messages[set][i], s->inputs[i].data, s->inputs[i].size) != 0) return 1;
    return memcmp(l->model, l->c->model.data, l->c->model.size) != 0;
}

/* One data set, once. `which`: 0 the first, 1 the second run. */
static int run_set(const engine_adapter *adapter, void *model, const loaded_case *l, int32_t set, int which,
                   case_verdict *out) {
    static const char *const runs[] = { "", "second run: " };
    const op_set            *s = &l->c->sets[set];
    const xb_onnx_value     *found = NULL;
    int32_t                  count = 0;
    xybrid_error             err;
    char                     why[400];
    if (adapter->run(model, l->inputs[set], s->input_count, &found, &count, &err) != XYBRID_OK) {
        verdict_set(out, CASE_FAILED, "%srun: %s", runs[which], err.message);
        return 0;
    }
    if (count != s->output_count) {
        verdict_set(out, CASE_FAILED, "%s%d outputs, wanted %d", runs[which], count, s->output_count);
        return 0;
    }
    for (int32_t i = 0; i < count; i++) {
        if (value_compare(&found[i], &l->wanted[set][i], l->c->relative, l->c->absolute, why, sizeof why)) continue;
        verdict_set(out, CASE_FAILED, "%soutput %d%s", runs[which], i, why);
        return 0;
    }
    if (has_changed_input(l, set)) {
        verdict_set(out, CASE_FAILED, "%sthe engine has written to its inputs", runs[which]);
        return 0;
    }
    return 1;
}

static void run_loaded(const engine_adapter *adapter, void *engine, const loaded_case *l, case_verdict *out) {
    void        *model = NULL;
    xybrid_error err;
    if (!carries(adapter, l->header.inputs, l->header.input_count, out)) return;
    if (!carries(adapter, l->header.outputs, l->header.output_count, out)) return;
    if (adapter->open(engine, l->model, l->c->model.size, &model, &err) != XYBRID_OK) {
        verdict_set(out, CASE_FAILED, "open: %s", err.message);
        return;
    }
    int ok = 1;
    for (int which = 0; ok && which < 2; which++)
        for (int32_t set = 0; ok && set < l->c->set_count; set++) ok = run_set(adapter, model, l, set, which, out);
    adapter->close(model);
}

void run_case(const engine_adapter *adapter, void *engine, xb_mem *mem, const op_case *c, case_verdict *out) {
    loaded_case l;
    int64_t     start = xb_clock_ns(), used = mem->used_bytes;
    *out = (case_verdict){ .outcome = CASE_PASSED };
    if (load(&l, c, out)) run_loaded(adapter, engine, &l, out);
    unload(&l);
    if (out->outcome == CASE_PASSED && !adapter->may_keep_memory && mem->used_bytes != used)
        verdict_set(out, CASE_FAILED, "%lld bytes were not given back", (long long)(mem->used_bytes - used));
    out->seconds = (double)(xb_clock_ns() - start) / 1e9;
}

void describe_case(const op_case *c, case_verdict *out) {
    loaded_case l;
    *out = (case_verdict){ .outcome = CASE_PASSED };
    (void)load(&l, c, out);
    unload(&l);
}
