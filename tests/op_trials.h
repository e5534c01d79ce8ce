/* op_trials.h - samples of operators, run as they should be and changed.
 *
 *     static const op_sample samples[] = { { "", "Softmax", 13, 1, "f2,3,4", "axis=1" }, ... };
 *     static void samples_run(void) { op_samples_run(samples, COUNT, NULL); }
 *     static void changed_samples_fail_or_run(void) { op_changed_samples(samples, COUNT); }
 *
 * A changed sample has dimensions, types and attributes that are changed at random, to values that are known for trouble: it
 * answers with an error or with a result, and touches nothing that is not its own (the sanitizers' builds look at that). */
#ifndef OP_TRIALS_H
#define OP_TRIALS_H

#include "onnx_model.h"

enum { INPUTS = 14, ATTRIBUTES = 12, TRIALS = 150, BUDGET = 32 << 20 };

/* inputs: "f2,3" a float32 tensor of [2, 3]; d float64, h float16, i int32, l int64, b bool, u uint8, s int8; "-" is left out;
 * "=" before it: a constant; "i2@5": filled with 5, which else are 2 and 3. attributes: "axis=1" an integer, "pads=1,1"
 * integers ("pads=1," a single one), "mode:avg" text, "alpha=0.5" a float. */
typedef struct op_sample {
    const char *domain, *op;
    int         opset, outputs;
    const char *inputs, *attributes;
} op_sample;

/* ---- a sample, taken apart ---- */

typedef struct port {
    int32_t dtype, rank, is_constant, filling; /* dtype 0: left out; filling -1: 2 and 3 */
    int64_t dims[XB_MAX_RANK];
} port;

typedef struct attribute {
    char    name[40], text[40]; /* text "": numbers */
    int32_t count, is_list, is_float;
    int64_t values[8];
    float   value;
} attribute;

typedef struct trial {
    const op_sample *of;
    int32_t          input_count, attribute_count;
    port             inputs[INPUTS];
    attribute        attributes[ATTRIBUTES];
} trial;

static int32_t dtype_of(char c) {
    return c == 'f'   ? XYBRID_FLOAT32
           : c == 'd' ? XYBRID_FLOAT64
           : c == 'h' ? XYBRID_FLOAT16
           : c == 'i' ? XYBRID_INT32
           : c == 'l' ? XYBRID_INT64
           : c == 'u' ? XYBRID_UINT8
           : c == 's' ? XYBRID_INT8
                      : XYBRID_BOOL;
}

static void read_inputs(trial *t) {
    for (const char *at = t->of->inputs; *at; at += *at == ' ') {
        port *p = &t->inputs[t->input_count++];
        if (*at == '-') {
            at++;
            continue;
        }
        p->is_constant = *at == '=';
        at += p->is_constant;
        p->dtype = dtype_of(*at++);
        p->filling = -1;
        while (*at && *at != ' ' && *at != '@') {
            char *end;
            p->dims[p->rank++] = strtoll(at, &end, 10);
            at = *end == ',' ? end + 1 : end;
        }
        if (*at == '@') p->filling = (int32_t)strtol(at + 1, NULL, 10);
        at += strcspn(at, " ");
    }
}

static void read_attributes(trial *t) {
    for (const char *at = t->of->attributes; *at; at += *at == ' ') {
        attribute *a = &t->attributes[t->attribute_count++];
        size_t     name = strcspn(at, "=:"), size = strcspn(at, " ");
        memcpy(a->name, at, name);
        const char *value = at + name + 1;
        at += size;
        if (value[-1] == ':') {
            memcpy(a->text, value, (size_t)(at - value));
            continue;
        }
        a->is_float = memchr(value, '.', (size_t)(at - value)) != NULL;
        a->is_list = memchr(value, ',', (size_t)(at - value)) != NULL;
        if (a->is_float) a->value = strtof(value, NULL);
        while (!a->is_float && value < at) {
            char *end;
            a->values[a->count++] = strtoll(value, &end, 10);
            value = *end == ',' ? end + 1 : end;
        }
    }
}

static trial trial_of(const op_sample *of) {
    trial t = { .of = of };
    read_inputs(&t);
    read_attributes(&t);
    return t;
}

/* ---- running it ---- */

/* Floats are 0, bytes anything. */
static const float zeros[1 << 14];
static uint8_t     bytes[1 << 13];

static int is_of_numbers(int32_t dtype) { return dtype == XYBRID_INT64 || dtype == XYBRID_INT32 || dtype == XYBRID_BOOL; }

static xb_onnx_value value_of(const port *p, int32_t at) {
    static union {
        int64_t l[64];
        int32_t i[64];
    } numbers[INPUTS];
    for (int i = 0; i < 64; i++) {
        int32_t number = p->filling < 0 ? 2 + i % 2 : p->filling;
        if (p->dtype == XYBRID_INT32) numbers[at].i[i] = number;
        else numbers[at].l[i] = number;
    }
    for (int i = 0; i < (int)sizeof bytes; i++) bytes[i] = (uint8_t)(i * 37 + 11);
    const void *data = is_of_numbers(p->dtype)                               ? (const void *)&numbers[at]
                       : p->dtype == XYBRID_UINT8 || p->dtype == XYBRID_INT8 ? (const void *)bytes
                                                                             : zeros;
    return onnx_tensor(p->dtype, data, p->rank, p->dims);
}

static int is_runnable(const trial *t) {
    for (int32_t i = 0; i < t->input_count; i++) {
        int64_t count = 1;
        for (int32_t d = 0; d < t->inputs[i].rank; d++) {
            if (t->inputs[i].dims[d] > 4096) return 0;
            count *= t->inputs[i].dims[d];
        }
        if (count > (is_of_numbers(t->inputs[i].dtype) ? 60 : 5000)) return 0;
    }
    return 1;
}

static xybrid_status run_trial(const trial *t, onnx_model *m, xybrid_error *err) {
    static const char *const names[INPUTS] = { "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n" };
    static const char *const outputs[] = { "", "y0", "y0 y1", "y0 y1 y2", "y0 y1 y2 y3" };
    char                     inputs[INPUTS * 2 + 1] = "", one[3] = "y0";
    xb_onnx_value            in[INPUTS];
    int32_t                  count = 0;
    onnx_model_begin(m, t->of->opset);
    m->mem.budget_bytes = BUDGET;
    for (int32_t i = 0; i < t->input_count; i++) {
        const port *p = &t->inputs[i];
        strcat(inputs, i ? " " : "");
        strcat(inputs, p->dtype ? names[i] : "-");
        if (!p->dtype) continue;
        xb_onnx_value v = value_of(p, i);
        if (p->is_constant) onnx_model_constant(m, names[i], p->dtype, p->rank, p->dims, v.data, (size_t)v.size_bytes);
        else onnx_model_input(m, names[i], p->dtype);
        if (!p->is_constant) in[count++] = v;
    }
    onnx_model_node(m, t->of->domain, t->of->op, inputs, outputs[t->of->outputs]);
    for (int32_t i = 0; i < t->attribute_count; i++) {
        const attribute *a = &t->attributes[i];
        if (a->text[0]) onnx_model_text(m, a->name, a->text);
        else if (a->is_float) onnx_model_float(m, a->name, a->value);
        else if (a->is_list) onnx_model_ints(m, a->name, a->count, a->values);
        else onnx_model_int(m, a->name, a->values[0]);
    }
    for (int32_t o = 0; o < t->of->outputs; o++) {
        one[1] = (char)('0' + o);
        onnx_model_output(m, one);
    }
    xybrid_status st = onnx_model_run(m, in, count);
    if (st == XYBRID_OK) st = onnx_model_run(m, in, count);
    *err = m->err;
    return st;
}

/* ---- as it should be ---- */

/* wrong: the inputs of those samples whose types do not go together, or NULL. */
static void op_samples_run(const op_sample *samples, int count, const char *wrong) {
    for (int i = 0; i < count; i++) {
        trial        t = trial_of(&samples[i]);
        onnx_model   m;
        xybrid_error err;
        int          is_wrong = wrong && strcmp(samples[i].inputs, wrong) == 0;
        int          found = (int)run_trial(&t, &m, &err);
        if (found != (is_wrong ? XYBRID_INVALID_ARGUMENT : XYBRID_OK)) { CHECK_STR(err.message, samples[i].op); }
        onnx_model_end(&m);
    }
}

/* ---- and not ---- */

static int64_t pick(uint32_t *seed) {
    static const int64_t numbers[] = {
        0,         1,         2,        3, 4, 5, 7, -1, -2, 64, 1000, INT32_MAX, (int64_t)INT32_MAX + 1, INT64_C(1) << 40,
        INT64_MAX, INT64_MIN, INT32_MIN
    };
    *seed = *seed * 1664525 + 1013904223;
    return numbers[(*seed >> 8) % (sizeof numbers / sizeof numbers[0])];
}
static int32_t below(uint32_t *seed, int32_t n) {
    *seed = *seed * 1664525 + 1013904223;
    return (int32_t)((*seed >> 8) % (uint32_t)n);
}

static void change_input(trial *t, uint32_t *seed) {
    static const char types[] = "fdhilbus";
    port             *p = &t->inputs[below(seed, t->input_count)];
    switch (below(seed, 8)) {
    case 0: p->dtype = dtype_of(types[below(seed, 8)]); break;
    case 1: p->dtype = 0; break;
    case 2: p->rank = below(seed, 7); break;
    case 3: p->is_constant = !p->is_constant; break;
    default:
        if (p->rank) p->dims[below(seed, p->rank)] = below(seed, 6);
    }
    for (int32_t d = 0; d < p->rank; d++)
        if (p->dims[d] == 0 && below(seed, 3)) p->dims[d] = 1;
}

static void change_attribute(trial *t, uint32_t *seed) {
    static const char *const words[] = { "VALID",   "SAME_UPPER", "NOTSET", "none",     "sum", "max",  "reverse", "linear",
                                         "nearest", "border",     "ij->ji", "...->...", ",",   "i,->", "x",       "->" };
    static const float       floats[] = { 0, -1, 1e30f, -1e-30f, INFINITY, NAN };
    if (!t->attribute_count) return;
    attribute *a = &t->attributes[below(seed, t->attribute_count)];
    if (a->text[0]) strcpy(a->text, words[below(seed, sizeof words / sizeof words[0])]);
    else if (a->is_float) a->value = floats[below(seed, 6)];
    else if (below(seed, 6) == 0) a->is_list = !a->is_list;
    else if (a->is_list && below(seed, 5) == 0) a->count = below(seed, 8);
    else a->values[a->count ? below(seed, a->count) : 0] = pick(seed);
    if (below(seed, 20) == 0) *a = t->attributes[--t->attribute_count];
}

static void op_changed_samples(const op_sample *samples, int count) {
    int runs = 0, failures = 0;
    for (int i = 0; i < count; i++)
        for (int k = 0; k < TRIALS; k++) {
            uint32_t     seed = (uint32_t)(i * TRIALS + k) * 2654435761u + 1;
            trial        t = trial_of(&samples[i]);
            onnx_model   m;
            xybrid_error err;
            for (int32_t changes = 1 + below(&seed, 3); changes > 0; changes--) {
                if (below(&seed, 2)) change_input(&t, &seed);
                else change_attribute(&t, &seed);
            }
            if (!is_runnable(&t)) continue;
            xybrid_status st = run_trial(&t, &m, &err);
            int           is_known = st == XYBRID_OK || st == XYBRID_INVALID_ARGUMENT || st == XYBRID_UNSUPPORTED_MODEL ||
                                     st == XYBRID_MALFORMED || st == XYBRID_OUT_OF_MEMORY_BUDGET;
            runs += st == XYBRID_OK;
            failures += st != XYBRID_OK;
            if (!is_known) {
                printf("trial %d of %s\n", k, samples[i].op);
                CHECK_STR(err.message, "a result, or an error about the model");
            }
            onnx_model_end(&m);
        }
    CHECK(runs > count * TRIALS / 10 && failures > count * TRIALS / 10);
}

#endif
