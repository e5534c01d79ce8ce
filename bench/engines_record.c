/* bench/engines_record.c - see engines.h: inputs of an entry, as they are in the middle of a real use of the model.
 *
 *     struct record | bytes of the inputs, each at a multiple of 64 */
#include "engines.h"

#include "plat/path.h"

enum { ALIGN = 64, FILES = sizeof((zoo_model *)0)->files / sizeof((zoo_model *)0)->files[0] };

typedef struct catcher {
    const entry     *entry;
    const zoo_model *model;
    FILE            *file;
    int64_t          at;          /* size of the file so far */
    int              runs[FILES]; /* so far, of each file of the model */
    int              net;         /* whose run is under way; -1 = none that is wanted */
    int              left;
    record           made;
} catcher;

static void write_bytes(catcher *c, const void *bytes, int64_t size) {
    static const char zeros[ALIGN];
    int64_t           gap = (ALIGN - size % ALIGN) % ALIGN;
    if (size && fwrite(bytes, (size_t)size, 1, c->file) != 1) bench_die("the inputs of %s cannot be kept", c->entry->name);
    if (gap && fwrite(zeros, (size_t)gap, 1, c->file) != 1) bench_die("the inputs of %s cannot be kept", c->entry->name);
    c->at += size + gap;
}

static void describe(const xybrid_port *p, const xb_tensor *t, port *out) {
    *out = (port){ .dtype = t->dtype, .rank = t->rank, .size_bytes = xb_tensor_size_bytes(t) };
    if (strlen(p->name) >= NAME_BYTES) bench_die("the name %s is too long", p->name);
    snprintf(out->name, NAME_BYTES, "%s", p->name);
    memcpy(out->dims, t->shape, sizeof out->dims);
}

static int file_of(const catcher *c, const char *path) {
    int file = 0;
    while (file < FILES && c->model->files[file] && strcmp(c->model->files[file], path) != 0) file++;
    return file;
}

/* The net of the entry that this run is; -1 = none. */
static int net_of(catcher *c, const char *path) {
    int file = file_of(c, path);
    if (file == FILES) return -1;
    int run = c->runs[file]++;
    for (int i = 0; i < c->entry->net_count; i++)
        if (c->entry->nets[i].file == file && c->entry->nets[i].run == run) return i;
    return -1;
}

static xybrid_status catch_run(void *ctx, const zoo_net *net, int is_after, xybrid_error *err) {
    catcher *c = ctx;
    if (!is_after) {
        c->net = net_of(c, net->path);
        if (c->net < 0) return XYBRID_OK;
        net_record *n = &c->made.nets[c->net];
        zoo_path(net->path, n->path);
        n->input_count = net->model->input_count;
        n->output_count = net->model->output_count;
        if (n->input_count > MAX_NET_PORTS || n->output_count > MAX_NET_PORTS) bench_die("%s has too many ports", net->path);
        for (int32_t i = 0; i < n->input_count; i++) {
            describe(&net->model->inputs[i], &net->inputs[i], &n->inputs[i]);
            n->inputs[i].at = c->at;
            write_bytes(c, net->inputs[i].data, n->inputs[i].size_bytes);
        }
    } else if (c->net >= 0) {
        net_record *n = &c->made.nets[c->net];
        for (int32_t i = 0; i < n->output_count; i++) {
            describe(&net->model->outputs[i], &net->outputs[i], &n->outputs[i]);
            n->outputs[i].is_wanted = net->wanted[i];
        }
        if (--c->left == 0) return xb_fail(err, XYBRID_CANCELLED, NULL, "all is caught");
    }
    return XYBRID_OK;
}

static const zoo_model *find_model(const char *name) {
    for (int f = 0; f < ZOO_FAMILIES; f++)
        for (int i = 0; i < zoo_families[f]->count; i++)
            if (strcmp(zoo_families[f]->models[i].name, name) == 0) return &zoo_families[f]->models[i];
    bench_die("the zoo has no model %s", name);
}

void record_make(const entry *e, const char *library, const char *path) {
    static zoo_side side;
    static catcher  c;
    xybrid_error    err;
    char            dir[PATH_BYTES];
    c = (catcher){ .entry = e, .model = find_model(e->model), .file = fopen(path, "wb"), .left = e->net_count };
    c.made.net_count = e->net_count;
    if (!c.file) bench_die("%s cannot be written", path);
    snprintf(dir, sizeof dir, "%s", library);
    *strrchr(dir, '/') = 0; /* it is absolute */
    write_bytes(&c, &c.made, sizeof c.made);
    bench_check(zoo_side_open(&side, "onnxruntime", dir, NULL, 1, NULL, &err), &err, "ONNX Runtime");
    side.observe = catch_run;
    side.observe_ctx = &c;
    xybrid_status st = c.model->drive(&side, c.model, &err);
    if (c.left) bench_die("%s: %s", e->name, st == XYBRID_OK ? "its driver makes fewer runs" : err.message);
    zoo_side_close(&side);
    int is_written = fseek(c.file, 0, SEEK_SET) == 0 && fwrite(&c.made, sizeof c.made, 1, c.file) == 1;
    if (fclose(c.file) || !is_written) bench_die("%s cannot be written", path);
}

void record_read(const char *path, record *out) {
    xb_mem       mem;
    xybrid_error err;
    char        *bytes;
    int64_t      size;
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    bench_check(xb_file_read_all(&mem, path, INT64_C(1) << 30, &bytes, &size, &err), &err, path);
    if (size < (int64_t)sizeof *out) bench_die("%s is too short", path);
    memcpy(out, bytes, sizeof *out);
    out->bytes = xb_malloc_aligned(&mem, (size_t)size, ALIGN, &err);
    if (!out->bytes) bench_die("%s", err.message);
    memcpy(out->bytes, bytes, (size_t)size);
    xb_free(&mem, bytes);
}
