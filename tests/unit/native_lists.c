/* A sequence where an operator wants a tensor, for each operator of the table and each of its inputs: an error or a result. */
#include "api/native_models.h"
#include "engine/native/op.h"

enum { MOST_INPUTS = 8 };

static const xb_op *tried;
static int          list_at; /* the input that is a sequence */

static void write(onnx_writer *w) {
    char inputs[MOST_INPUTS * 4] = "";
    int  count = tried->min_in > list_at + 1 ? tried->min_in : list_at + 1;
    for (int i = 0; i < count; i++) strcat(inputs, i == list_at ? "s " : "x ");
    w->opset = XB_OPSET_NEWEST; /* which has them all */
    onnx_write_input(w, "x", XYBRID_FLOAT32);
    onnx_write_node(w, "", "SequenceConstruct", "x x", "s");
    onnx_write_node(w, xb_op_domain(tried), xb_op_name(tried), inputs, "y");
    onnx_write_int(w, "dtype", XYBRID_FLOAT32);
    onnx_write_int(w, "to", XYBRID_FLOAT32);
    onnx_write_typed_output(w, "y", XYBRID_FLOAT32);
}

static void are_no_tensors(void) {
    xybrid_runtime *rt = door_runtime();
    int             results = 0, errors = 0;
    for (int32_t i = 0; (tried = xb_op_at(i)) != NULL; i++) {
        int32_t most = tried->max_in < 0 || tried->max_in > MOST_INPUTS ? tried->min_in + 1 : tried->max_in;
        for (list_at = 0; list_at < most && list_at < MOST_INPUTS; list_at++) {
            const native_model m = { xb_op_name(tried), write, { { "x", XYBRID_FLOAT32, 2, { 2, 3 }, 0 } } };
            xybrid_error       err;
            xybrid_model      *model = NULL;
            xybrid_envelope   *in = NULL, *out = NULL;
            xybrid_run_options options;
            onnx_bytes         file = native_file(&m);
            xybrid_run_options_init(&options, sizeof options);
            options.flags = XYBRID_RUN_RAW;
            xybrid_status st = native_load(rt, &file, NULL, &model, &err);
            if (!st) st = native_input(rt, &m, 0, &in, &err);
            if (!st) st = xybrid_model_run(model, in, &options, &out, &err);
            if (st == XYBRID_INTERNAL) printf("%s: %s\n", m.name, err.message);
            CHECK(st != XYBRID_INTERNAL);
            *(st ? &errors : &results) += 1;
            xybrid_envelope_free(out);
            xybrid_envelope_free(in);
            xybrid_model_free(model);
            onnx_bytes_free(&file);
        }
    }
    printf("%d errors, %d results\n", errors, results);
    CHECK(results > 0 && errors > 500);
    xybrid_runtime_free(rt);
}

CHECK_MAIN(RUN(are_no_tensors))
