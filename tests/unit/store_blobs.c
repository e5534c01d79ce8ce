/* Packed weights in a folder: written once, mapped afterwards, never trusted. Through the public door, with a convolution whose
 * packed weights have 36 KB. */
#include <xybrid/xybrid.h>

#include "engine/native/pack_blob.h"
#include "onnx_writer.h"
#include "plat/file.h"
#include "plat/path.h"
#include "temp.h"

enum { CHANNELS = 96, PIXELS = 64 };

static char  model_path[512], folder[600]; /* absolute, as options want it */
static float golden[CHANNELS * PIXELS];

static float number(int64_t i) { return (float)((i * 2654435761u >> 7) % 2048) / 1024 - 1; }

static void write_model(onnx_writer *w) {
    onnx_bytes file = onnx_write_end(w);
    FILE      *f = fopen(model_path, "wb");
    CHECK(f && fwrite(file.data, 1, file.size, f) == file.size);
    if (f) fclose(f);
    onnx_bytes_free(&file);
}

static void make_model(int64_t seed) {
    onnx_writer  m;
    static float w[CHANNELS * CHANNELS];
    for (int64_t i = 0; i < CHANNELS * CHANNELS; i++) w[i] = number(i + seed);
    onnx_write_begin(&m, 21);
    onnx_write_input(&m, "x", XYBRID_FLOAT32);
    onnx_write_constant(&m, "w", XYBRID_FLOAT32, 4, (int64_t[]){ CHANNELS, CHANNELS, 1, 1 }, w, sizeof w);
    onnx_write_node(&m, "", "Conv", "x w", "y");
    onnx_write_typed_output(&m, "y", XYBRID_FLOAT32);
    write_model(&m);
}

static void begin(void) {
    static xb_mem mem;
    xybrid_error  err;
    char         *root = NULL;
    temp_open();
    temp_folder("cache");
    temp_path("model.onnx");
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    CHECK(xb_path_real(&mem, temp_root_, &root, &err) == XYBRID_OK && root);
    const char *plain = !root                              ? ""
                        : strncmp(root, "\\\\?\\", 4) == 0 ? root + 4
                                                           : root; /* Windows takes no '/' behind that prefix */
    snprintf(folder, sizeof folder, "%.400s/cache", plain);
    snprintf(model_path, sizeof model_path, "%.400s/model.onnx", plain);
    if (root) xb_free(&mem, root);
    make_model(0);
}

/* One process's life: a runtime, a model, two runs. The result; the private bytes that the model holds. */
static xybrid_status live(const char *cache, float *y, int64_t *private_bytes, xybrid_error *err) {
    static float           x[CHANNELS * PIXELS];
    const int64_t          shape[] = { 1, CHANNELS, 8, 8 };
    xybrid_runtime_options o;
    xybrid_runtime        *rt = NULL;
    xybrid_model          *model = NULL;
    xybrid_envelope       *in = NULL, *out = NULL;
    xybrid_stats           stats;
    int64_t                count = 0;
    for (int64_t i = 0; i < CHANNELS * PIXELS; i++) x[i] = number(i * 3);
    xybrid_runtime_options_init(&o, sizeof o);
    o.threads = 1;
    o.cache_dir = cache;
    xybrid_status st = xybrid_runtime_create(&o, &rt, err);
    if (!st) st = xybrid_model_load(rt, model_path, NULL, &model, err);
    if (!st) st = xybrid_envelope_new_tensor(rt, "x", XYBRID_FLOAT32, shape, 4, x, sizeof x, NULL, NULL, &in, err);
    for (int i = 0; i < 2 && !st; i++) {
        xybrid_envelope_free(out);
        out = NULL;
        st = xybrid_model_run(model, in, NULL, &out, err);
    }
    const float *found = out ? xybrid_envelope_floats(out, &count) : NULL;
    if (!st) CHECK(found && count == CHANNELS * PIXELS);
    if (found && count == CHANNELS * PIXELS) memcpy(y, found, sizeof golden);
    xybrid_envelope_free(out);
    xybrid_envelope_free(in);
    xybrid_runtime_stats(rt, &stats);
    *private_bytes = stats.private_bytes;
    xybrid_model_free(model);
    xybrid_runtime_free(rt);
    return st;
}

static void check_life(const char *cache, int64_t *private_bytes) {
    xybrid_error  err;
    float         y[CHANNELS * PIXELS] = { 0 };
    xybrid_status st = live(cache, y, private_bytes, &err);
    if (st) printf("%s\n", err.message);
    CHECK_INT(st, XYBRID_OK);
    CHECK(memcmp(y, golden, sizeof y) == 0);
}

/* The only file of the folder; the number of files. */
static size_t kept(char *path, size_t room) {
    xb_mem       mem;
    xb_folder    list;
    xybrid_error err;
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    if (xb_folder_list(&mem, folder, &list, &err) != XYBRID_OK) return 0;
    size_t count = list.count;
    if (count) snprintf(path, room, "%.500s/%.400s", folder, list.names[0]);
    xb_folder_free(&list);
    return count;
}

static void forget(void) {
    char path[1024];
    while (kept(path, sizeof path) && remove(path) == 0) {}
}

static void kept_and_mapped(void) {
    int64_t      own, first, second;
    char         path[1024], again[1024];
    xybrid_error err;
    begin();
    CHECK_INT(live(NULL, golden, &own, &err), XYBRID_OK);
    check_life(folder, &first);
    CHECK_INT(kept(path, sizeof path), 1);
    check_life(folder, &second);
    CHECK_INT(kept(again, sizeof again), 1);
    CHECK_STR(again, path);
#if !defined(__wasi__)                                    /* which maps nothing */
    CHECK(first <= own - CHANNELS * CHANNELS * 4 + 2048); /* already the process that made it maps it */
    CHECK(second <= own - CHANNELS * CHANNELS * 4 + 2048);
#endif
    forget();
    temp_close();
}

/* Each byte of the header, some of the weights, other lengths: the file is made anew, the result stays. */
static void damaged(void) {
    static char  bytes[64 * 1024];
    char         path[1024];
    int64_t      size;
    xybrid_error err;
    begin();
    CHECK_INT(live(NULL, golden, &size, &err), XYBRID_OK);
    check_life(folder, &size);
    CHECK_OR_RETURN(kept(path, sizeof path) == 1);
    FILE  *f = fopen(path, "rb");
    size_t length = f ? fread(bytes, 1, sizeof bytes, f) : 0;
    if (f) fclose(f);
    CHECK_OR_RETURN(length > 32 * 1024 && length < sizeof bytes);
    for (size_t at = 0; at < length + 3; at += at < 256 ? 1 : 3001) {
        size_t part = at == length ? 0 : at == length + 1 ? length - 1 : length;
        f = fopen(path, "wb");
        CHECK_OR_RETURN(f);
        if (at < length) bytes[at] ^= 16;
        CHECK(fwrite(bytes, 1, part, f) == part);
        if (at == length + 2) CHECK(fwrite("more", 1, 4, f) == 4);
        fclose(f);
        if (at < length) bytes[at] ^= 16;
        check_life(folder, &size);
    }
    f = fopen(path, "rb"); /* the last repair */
    static char again[sizeof bytes];
    CHECK(f && fread(again, 1, sizeof again, f) == length && memcmp(again, bytes, length) == 0);
    if (f) fclose(f);
    forget();
    temp_close();
}

/* Another version of the model under the same name is another model. */
static void other_version(void) {
    char         path[1024];
    int64_t      size;
    xybrid_error err;
    begin();
    CHECK_INT(live(NULL, golden, &size, &err), XYBRID_OK);
    check_life(folder, &size);
    xb_sleep_ms(20); /* file times have the resolution of the system's tick */
    make_model(7);
    CHECK_INT(live(NULL, golden, &size, &err), XYBRID_OK);
    check_life(folder, &size);
    CHECK_INT(kept(path, sizeof path), 2);
    forget();
    temp_close();
}

static void no_folder(void) {
    char         missing[700];
    int64_t      size;
    xybrid_error err;
    float        y[CHANNELS * PIXELS];
    begin();
    CHECK_INT(live(NULL, golden, &size, &err), XYBRID_OK);
    snprintf(missing, sizeof missing, "%.600s/missing", folder);
    check_life(missing, &size);
    CHECK_INT(live("relative", y, &size, &err), XYBRID_INVALID_ARGUMENT);
    CHECK_STR(err.message, "options.cache_dir is \"relative\", wanted an absolute path");
    temp_close();
}

/* ---- the format ---- */

/* One node "op" with weights w [dims] behind its first input. */
static void make_node(const char *op, int32_t dtype, int32_t rank, const int64_t *dims, int pads, const char *inputs) {
    onnx_writer  m;
    static float w[CHANNELS * CHANNELS];
    int64_t      count = 1;
    for (int32_t i = 0; i < rank; i++) count *= dims[i];
    for (int64_t i = 0; i < count; i++)
        if (dtype == XYBRID_FLOAT32) w[i] = number(i);
        else ((int8_t *)w)[i] = (int8_t)(i * 31 % 251);
    onnx_write_begin(&m, 21);
    onnx_write_input(&m, "x", dtype);
    onnx_write_constant(&m, "w", dtype, rank, dims, w, (size_t)(count * (dtype == XYBRID_FLOAT32 ? 4 : 1)));
    if (strchr(inputs, 'f')) { /* a recurrence, whose W is short */
        const int64_t first[3] = { 1, dims[1], 1 };
        onnx_write_constant(&m, "f", dtype, 3, first, w, (size_t)first[1] * 4);
    }
    onnx_write_node(&m, "", op, inputs, "y");
    if (pads) onnx_write_ints(&m, "pads", 4, (int64_t[]){ 1, 1, 1, 1 });
    if (strchr(inputs, 'f')) onnx_write_int(&m, "hidden_size", dims[2]);
    onnx_write_typed_output(&m, "y", dtype == XYBRID_FLOAT32 ? XYBRID_FLOAT32 : XYBRID_INT32);
    write_model(&m);
}

static uint64_t form_of(int32_t dtype, int32_t rank, const int64_t *shape) {
    static char            bytes[1 << 18], x[1 << 16];
    char                   path[1024];
    int64_t                size = dtype == XYBRID_FLOAT32 ? 4 : 1;
    uint64_t               checksum = 0;
    xybrid_error           err;
    xybrid_runtime_options o;
    xybrid_runtime        *rt = NULL;
    xybrid_model          *model = NULL;
    xybrid_envelope       *in = NULL, *out = NULL;
    for (int32_t i = 0; i < rank; i++) size *= shape[i];
    xybrid_runtime_options_init(&o, sizeof o);
    o.cache_dir = folder;
    o.engine_config = "{\"native\":{\"instructions\":\"scalar\"}}";
    xybrid_load_options load;
    xybrid_load_options_init(&load, sizeof load);
    load.engine_config = "{\"instructions\":\"scalar\"}";
    xybrid_status st = xybrid_runtime_create(&o, &rt, &err);
    if (!st) st = xybrid_model_load(rt, model_path, &load, &model, &err);
    if (!st) st = xybrid_envelope_new_tensor(rt, "x", dtype, shape, rank, x, size, NULL, NULL, &in, &err);
    if (!st) st = xybrid_model_run(model, in, NULL, &out, &err);
    if (st) printf("%s\n", err.message);
    CHECK_INT(st, XYBRID_OK);
    xybrid_envelope_free(out);
    xybrid_envelope_free(in);
    xybrid_model_free(model);
    xybrid_runtime_free(rt);
    CHECK_INT(kept(path, sizeof path), 1);
    FILE  *f = fopen(path, "rb");
    size_t length = f ? fread(bytes, 1, sizeof bytes, f) : 0;
    if (f) fclose(f);
    if (length > XB_PACK_BLOB_HEADER)
        checksum = xb_pack_checksum(bytes + XB_PACK_BLOB_HEADER, (int64_t)length - XB_PACK_BLOB_HEADER);
    forget();
    return checksum;
}

/* What the kernels' packed forms look like, for the scalar table: the others differ in their widths alone. If this fails
 * because a form was changed on purpose, raise XB_PACK_FORMAT, without which programs read the old forms of their users'
 * caches. */
static void format(void) {
    static const struct {
        const char *op;
        int32_t     dtype, rank;
        int64_t     dims[4];
        int         pads;
        const char *inputs;
        int32_t     x_rank;
        int64_t     x[4];
        uint64_t    checksum;
    } forms[] = {
        { "Conv", XYBRID_FLOAT32, 4, { 96, 96, 1, 1 }, 0, "x w", 4, { 1, 96, 8, 8 }, UINT64_C(0x2b24dc6a47708a99) },
        { "Conv", XYBRID_FLOAT32, 4, { 32, 32, 3, 3 }, 1, "x w", 4, { 1, 32, 16, 16 }, UINT64_C(0xe847c19182d9ea6a) },
        { "Conv", XYBRID_FLOAT32, 3, { 96, 32, 3 }, 0, "x w", 3, { 1, 32, 40 }, UINT64_C(0x6df7f99e7f0cb72d) },
        { "ConvTranspose", XYBRID_FLOAT32, 4, { 32, 32, 3, 3 }, 0, "x w", 4, { 1, 32, 8, 8 }, UINT64_C(0x67c7026a4c809b3a) },
        { "MatMul", XYBRID_FLOAT32, 2, { 96, 96 }, 0, "x w", 2, { 16, 96 }, UINT64_C(0x3f82d20d9fac2179) },
        { "MatMulInteger", XYBRID_INT8, 2, { 192, 192 }, 0, "x w", 2, { 16, 192 }, UINT64_C(0xcb7b884bb4d98b89) },
        { "ConvInteger", XYBRID_INT8, 4, { 64, 64, 3, 3 }, 0, "x w", 4, { 1, 64, 8, 8 }, UINT64_C(0x94cb15cb778938bc) },
        { "LSTM", XYBRID_FLOAT32, 3, { 1, 192, 48 }, 0, "x f w", 3, { 4, 1, 1 }, UINT64_C(0x5d1e026a18382d35) },
    };
    begin();
    CHECK_INT(XB_PACK_FORMAT, 1);
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
#if defined(__wasi__)
        if (forms[i].dtype == XYBRID_INT8) continue; /* the table of 8-bit products is the module's there, not the scalar one */
#endif
        make_node(forms[i].op, forms[i].dtype, forms[i].rank, forms[i].dims, forms[i].pads, forms[i].inputs);
        uint64_t found = form_of(forms[i].dtype, forms[i].x_rank, forms[i].x);
        if (found != forms[i].checksum) printf("form %zu, %s: 0x%016llx\n", i, forms[i].op, (unsigned long long)found);
        CHECK(found == forms[i].checksum);
    }
    temp_close();
}

CHECK_MAIN(RUN(kept_and_mapped), RUN(damaged), RUN(other_version), RUN(no_folder), RUN(format))
