/* case_file.c - reads the whole file and cuts it up; models and messages stay where they are. */
#include "case_file.h"

#include "support.h"

typedef struct cursor {
    const char *at, *end;
} cursor;

static void *array(size_t count, size_t size) {
    void *p = calloc(count ? count : 1, size);
    if (p) return p;
    printf("out of memory\n");
    exit(1);
}

static const char *take(cursor *c, size_t size) {
    if (size > (size_t)(c->end - c->at)) {
        printf("the file of test cases is damaged; remove it, then scripts/setup test\n");
        exit(1);
    }
    c->at += size;
    return c->at - size;
}

static uint32_t take_number(cursor *c) {
    const uint8_t *p = (const uint8_t *)take(c, 4);
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* How many of something of at least `least` bytes each follow. */
static int32_t take_count(cursor *c, size_t least) {
    uint32_t count = take_number(c);
    if (count > (size_t)(c->end - c->at) / least) (void)take(c, SIZE_MAX);
    return (int32_t)count;
}

static xb_slice take_slice(cursor *c) {
    uint32_t size = take_number(c);
    return (xb_slice){ take(c, size), size };
}

static const char *take_text(cursor *c) {
    xb_slice s = take_slice(c);
    char    *text = array(s.size + 1, 1);
    memcpy(text, s.data, s.size);
    return text;
}

static double take_double(cursor *c) {
    uint64_t low = take_number(c), bits = low | (uint64_t)take_number(c) << 32;
    double   value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static xb_slice *take_slices(cursor *c, int32_t count) {
    xb_slice *slices = array((size_t)count, sizeof *slices);
    for (int32_t i = 0; i < count; i++) slices[i] = take_slice(c);
    return slices;
}

static void take_case(cursor *c, op_case *out) {
    out->name = take_text(c);
    out->category = take_text(c);
    out->op = take_text(c);
    out->domain = take_text(c);
    out->relative = take_double(c);
    out->absolute = take_double(c);
    out->model = take_slice(c);
    out->set_count = take_count(c, 8);
    out->sets = array((size_t)out->set_count, sizeof *out->sets);
    for (int32_t i = 0; i < out->set_count; i++) {
        op_set *s = &out->sets[i];
        s->input_count = take_count(c, 4);
        s->output_count = take_count(c, 4);
        s->inputs = take_slices(c, s->input_count);
        s->outputs = take_slices(c, s->output_count);
    }
}

int case_file_read(const char *path, case_file *out) {
    size_t size = 0;
    memset(out, 0, sizeof *out);
    out->bytes = xb_test_file_(path, &size);
    if (!out->bytes) return 0;
    cursor c = { out->bytes, out->bytes + size };
    if (memcmp(take(&c, 8), "XBCASES1", 8) != 0) (void)take(&c, SIZE_MAX);
    out->count = take_count(&c, 40);
    out->cases = array((size_t)out->count, sizeof *out->cases);
    for (int32_t i = 0; i < out->count; i++) take_case(&c, &out->cases[i]);
    return 1;
}

void case_file_free(case_file *f) {
    for (int32_t i = 0; i < f->count; i++) {
        op_case *c = &f->cases[i];
        for (int32_t s = 0; s < c->set_count; s++) free(c->sets[s].inputs), free(c->sets[s].outputs);
        free(c->sets);
        free((void *)c->name), free((void *)c->category), free((void *)c->op), free((void *)c->domain);
    }
    free(f->cases);
    free(f->bytes);
}
