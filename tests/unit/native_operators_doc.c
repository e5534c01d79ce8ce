/* docs/operators.md is made from the native engine's table of operators: this test holds the two together, and with
 * XB_UPDATE_GOLDEN=1 in the environment writes the page anew. */
#include "check.h"
#include "engine/native/op.h"

enum { PAGE_BYTES = 1 << 17, MOST = 1024 };

static char   page[PAGE_BYTES], found[PAGE_BYTES];
static size_t used;

#define TEXT(name, text) text,
static const char *const type_texts[] = { XB_OP_TYPES(TEXT) };

static void add(const char *fmt, const char *a, const char *b, const char *c) {
    used += (size_t)snprintf(page + used, sizeof page - used, fmt, a, b, c);
}

static int by_name(const void *x, const void *y) {
    const xb_op *a = *(const xb_op *const *)x, *b = *(const xb_op *const *)y;
    int          order = strcmp(xb_op_domain(a), xb_op_domain(b));
    if (order == 0) order = strcmp(xb_op_name(a), xb_op_name(b));
    return order ? order : a->since - b->since;
}

static void add_row(const xb_op *op) {
    char opsets[48], counts[64], most[16] = "any number";
    snprintf(opsets, sizeof opsets, "%d and later", op->since);
    if (op->max_in >= 0) snprintf(most, sizeof most, "%d", op->max_in);
    if (op->max_in == op->min_in) snprintf(counts, sizeof counts, "%d", op->min_in);
    else snprintf(counts, sizeof counts, "%d to %s", op->min_in, most);
    add("| `%s` | %s | %s | ", xb_op_name(op), opsets, counts);
    add("%s |\n%s%s", type_texts[op->types], "", "");
}

static void the_page_is_the_table(void) {
    static const xb_op *ops[MOST];
    int32_t             count = 0;
    const char         *domain = NULL;
    for (const xb_op *op; count < MOST && (op = xb_op_at(count)) != NULL; count++) ops[count] = op;
    qsort(ops, (size_t)count, sizeof *ops, by_name);
    add("# Operators of the native engine\n\n"
        "Made from the engine's own table (`src/engine/native/ops.def`). *Opset* is the version of the operator's domain from "
        "which\n"
        "the meaning is known; a model of any later version, up to the newest (%s), runs. *Types* are the element types of\n"
        "the first input. An operator that is not here is named in the error, and the model is left to the next engine.\n%s%s",
        "28", "", "");
    for (int32_t i = 0; i < count; i++) {
        if (!domain || strcmp(domain, xb_op_domain(ops[i])) != 0) {
            domain = xb_op_domain(ops[i]);
            add("\n## %s\n\n| operator | opset | inputs | types |\n|---|---|---|---|\n%s%s", domain[0] ? domain : "ai.onnx", "",
                "");
        }
        if (i + 1 < count && strcmp(xb_op_name(ops[i]), xb_op_name(ops[i + 1])) == 0 && ops[i]->since == ops[i + 1]->since)
            CHECK_STR(xb_op_name(ops[i]), "in the table once");
        add_row(ops[i]);
    }
    CHECK(used < sizeof page - 1);
    const char *path = XB_TEST_SOURCE "/docs/operators.md";
    if (getenv("XB_UPDATE_GOLDEN")) {
        FILE *f = fopen(path, "wb");
        CHECK_OR_RETURN(f != NULL);
        size_t written = fwrite(page, 1, used, f);
        int    closed = fclose(f);
        CHECK(closed == 0 && written == used);
    }
    FILE *f = fopen(path, "rb");
    CHECK_OR_RETURN(f != NULL);
    found[fread(found, 1, sizeof found - 1, f)] = 0;
    fclose(f);
    CHECK(strcmp(found, page) == 0);
}

CHECK_MAIN(RUN(the_page_is_the_table))
