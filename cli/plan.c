/* cli/plan.c - see plan.h. */
#include "plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "host.h"

enum { MAX_INPUTS = 256, MAX_ELEMENTS = 1 << 28, NAME_WIDTH = 44, KERNEL_WIDTH = 16, SHAPE_WIDTH = 30 };

static const struct {
    const char  *name;
    xybrid_dtype dtype;
    int32_t      bytes;
} types[] = {
    { "float32", XYBRID_FLOAT32, 4 }, { "float16", XYBRID_FLOAT16, 2 }, { "bfloat16", XYBRID_BFLOAT16, 2 },
    { "float64", XYBRID_FLOAT64, 8 }, { "int64", XYBRID_INT64, 8 },     { "int32", XYBRID_INT32, 4 },
    { "int16", XYBRID_INT16, 2 },     { "int8", XYBRID_INT8, 1 },       { "uint8", XYBRID_UINT8, 1 },
    { "uint16", XYBRID_UINT16, 2 },   { "uint32", XYBRID_UINT32, 4 },   { "uint64", XYBRID_UINT64, 8 },
    { "bool", XYBRID_BOOL, 1 },
};

/* "1,3,640,640" into dims; the number of them, -1 if it is none. */
static int read_dims(const char *text, int64_t dims[XB_MAX_RANK]) {
    int count = 0;
    while (*text) {
        char     *end;
        long long d = strtoll(text, &end, 10);
        if (end == text || d < 0 || count == XB_MAX_RANK || (*end && *end != ',')) return -1;
        dims[count++] = d;
        text = *end ? end + 1 : end;
    }
    return count;
}

/* The shape that was asked for; 0 if none was for this input. */
static int asked_shape(const option_texts *shapes, const char *name, int64_t dims[XB_MAX_RANK], int *rank) {
    for (size_t i = 0; i < shapes->count; i++) {
        const char *equal = strchr(shapes->items[i], '=');
        if (!equal || strlen(name) != (size_t)(equal - shapes->items[i]) || strncmp(name, shapes->items[i], strlen(name)) != 0)
            continue;
        *rank = read_dims(equal + 1, dims);
        return 1;
    }
    return 0;
}

static int own_shape(const xb_json *input, int64_t dims[XB_MAX_RANK]) {
    int rank = 0;
    for (xb_json_iter it = xb_json_items(xb_json_get(input, "shape")); xb_json_next(&it) && rank < XB_MAX_RANK; rank++)
        if (!xb_json_int(it.value, &dims[rank]) || dims[rank] < 0) dims[rank] = 1;
    return rank;
}

static int make_input(cli *c, xybrid_runtime *rt, const xb_json *input, const option_texts *shapes, xybrid_envelope **out) {
    const char  *name = "", *type = "";
    size_t       size;
    int64_t      dims[XB_MAX_RANK] = { 0 }, count = 1;
    int          rank = 0;
    xybrid_error err;
    xb_json_string(xb_json_get(input, "name"), &name, &size);
    xb_json_string(xb_json_get(input, "type"), &type, &size);
    if (!asked_shape(shapes, name, dims, &rank)) rank = own_shape(input, dims);
    if (rank < 0) return cli_fail("--shape of input \"%s\" is no list of up to %d numbers", name, XB_MAX_RANK);
    size_t at = 0;
    while (at + 1 < sizeof types / sizeof types[0] && strcmp(types[at].name, type) != 0) at++;
    for (int i = 0; i < rank; i++) {
        if (dims[i] > MAX_ELEMENTS / (count ? count : 1)) return cli_fail("input \"%s\" would be too large", name);
        count *= dims[i];
    }
    int64_t bytes = count * types[at].bytes;
    void   *zeros = cli_alloc(c, (size_t)bytes + 1, 1);
    if (xybrid_envelope_new_tensor(rt, name, types[at].dtype, dims, rank, zeros, bytes, xybrid_release_none, NULL, out, &err))
        return host_fail(c, &err, NULL);
    return CLI_OK;
}

static int run_traced(cli *c, xybrid_runtime *rt, xybrid_model *model, xybrid_envelope *const *inputs, int32_t count,
                      xybrid_envelope **result) {
    xybrid_error       err;
    xybrid_envelope   *in = NULL;
    xybrid_run_options opt;
    xybrid_run_options_init(&opt, sizeof opt);
    opt.flags = XYBRID_RUN_RAW | XYBRID_RUN_TRACE;
    xybrid_status st = xybrid_envelope_new_list(rt, inputs, count, &in, &err);
    if (st == XYBRID_OK) st = xybrid_model_run(model, in, &opt, result, &err);
    xybrid_envelope_free(in);
    return st ? host_fail(c, &err, NULL) : CLI_OK;
}

static const char *text_of(const xb_json *step, const char *key) {
    const char *text = "";
    size_t      size;
    xb_json_string(xb_json_get(step, key), &text, &size);
    return text;
}

static int64_t int_of(const xb_json *step, const char *key, int64_t otherwise) {
    int64_t value = otherwise;
    xb_json_int(xb_json_get(step, key), &value);
    return value;
}

static void add_row(xb_str *s, int64_t number, const xb_json *event) {
    const xb_json *step = xb_json_get(xb_json_get(event, "args"), "step");
    double         us = 0;
    char           shape[160], line[64];
    xb_json_double(xb_json_get(event, "dur"), &us);
    xb_format(line, sizeof line, "%5lld %9.1f  ", (long long)number, us);
    xb_str_add(s, line);
    cli_pad(s, text_of(step, "kernel"), KERNEL_WIDTH);
    xb_format(shape, sizeof shape, "%s %s", text_of(step, "type"), text_of(step, "shape"));
    cli_pad(s, shape, SHAPE_WIDTH);
    xb_format(line, sizeof line, "%-6s %10lld %10lld  ", text_of(step, "layout"), (long long)int_of(step, "bytes", 0),
              (long long)int_of(step, "offset", -1));
    xb_str_add(s, line);
    xb_str_addf(s, "%.120s\n", text_of(event, "name"));
}

static int print_steps(cli *c, const char *trace, size_t size) {
    xybrid_error err;
    xb_json_doc *doc = NULL;
    xb_str       s;
    int64_t      number = 0, segment = -1;
    if (xb_json_parse(&c->mem, trace, (int64_t)size, XB_MAX_JSON_BYTES, &doc, &err)) return cli_fail("trace: %s", err.message);
    cli_begin(c, &s);
    xb_str_addf(&s, "%s step        us  %-*s%-*s%-6s %10s %10s  %s%s\n", cli_style_of(stdout, CLI_BOLD), KERNEL_WIDTH, "kernel",
                SHAPE_WIDTH, "result", "layout", "bytes", "at", "node", cli_style_of(stdout, CLI_PLAIN));
    for (xb_json_iter it = xb_json_items(xb_json_get(xb_json_root(doc), "traceEvents")); xb_json_next(&it);) {
        const xb_json *step = xb_json_get(xb_json_get(it.value, "args"), "step");
        if (!step) continue;
        int64_t of = int_of(step, "segment", 0);
        if (of != segment && of > 0) xb_str_addf(&s, "-- the shapes from here on depend on what was computed --\n");
        segment = of;
        add_row(&s, number++, it.value);
    }
    xb_json_free(doc);
    if (number == 0) {
        xb_str_free(&s);
        return cli_fail("the engine of this model does not tell its steps; --engine native does");
    }
    cli_print(c, &s);
    return CLI_OK;
}

int plan_print(cli *c, xybrid_runtime *rt, xybrid_model *model, const xb_json *describe, const option_texts *shapes) {
    xybrid_envelope *inputs[MAX_INPUTS] = { NULL }, *result = NULL;
    int32_t          count = 0;
    int              code = CLI_OK;
    const xb_json   *stages = xb_json_get(describe, "stages");
    if (xb_json_count(stages) != 1) return cli_fail("a plan is shown for one file; this model has several, name one of them");
    xb_json_iter stage = xb_json_items(stages);
    xb_json_next(&stage);
    for (xb_json_iter it = xb_json_items(xb_json_get(stage.value, "inputs"));
         code == CLI_OK && xb_json_next(&it) && count < MAX_INPUTS;)
        code = make_input(c, rt, it.value, shapes, &inputs[count++]);
    if (code == CLI_OK) code = run_traced(c, rt, model, inputs, count, &result);
    if (code == CLI_OK) {
        const char *trace = xybrid_envelope_get(result, "xybrid.trace");
        code = trace ? print_steps(c, trace, strlen(trace)) : cli_fail("the run left no trace");
    }
    for (int32_t i = 0; i < count; i++) xybrid_envelope_free(inputs[i]);
    xybrid_envelope_free(result);
    return code;
}
