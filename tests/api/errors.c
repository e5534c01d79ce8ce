/* Every status code and the text that comes with it, through the public door, against tests/golden/errors.txt.
 *
 * A line of the golden file is "case: CODE [causes] message". Paths of the build and of the data are written <build> and
 * <source>. After a wanted change of a text: run this
 * program with XB_UPDATE_GOLDEN=1 in the environment and read the difference. */
#include <sys/stat.h>
#include <unistd.h>

#include "door.h"

static char   lines[1 << 16];
static size_t lines_size;

/* Copies `text` with the folders of this machine replaced. */
static void add_text(const char *text) {
    static const struct {
        const char *folder, *name;
    } folders[] = { { XB_TEST_BUILD, "<build>" }, { XB_TEST_SOURCE, "<source>" } };
    while (*text && lines_size < sizeof lines - 64) {
        size_t skip = 0;
        for (size_t i = 0; i < 2 && !skip; i++)
            if (strncmp(text, folders[i].folder, strlen(folders[i].folder)) == 0) {
                lines_size += (size_t)snprintf(lines + lines_size, 64, "%s", folders[i].name);
                skip = strlen(folders[i].folder);
            }
        if (!skip) lines[lines_size++] = *text, skip = 1;
        text += skip;
    }
    lines[lines_size] = 0;
}

/* The bytes that a runtime itself takes differ between systems and builds: "the 6529 in use" becomes "the # in use". */
static const char *without_own_bytes(const char *message) {
    static char text[sizeof((xybrid_error *)0)->message];
    const char *end = strstr(message, " in use"), *at = end;
    if (!end) return message;
    while (at > message && at[-1] >= '0' && at[-1] <= '9') at--;
    if (at == end) return message;
    snprintf(text, sizeof text, "%.*s#%s", (int)(at - message), message, end);
    return text;
}

static void note(const char *name, xybrid_status st, const xybrid_error *err) {
    char head[256];
    if (st != err->code) printf("%s: returned %d, err.code %d\n", name, (int)st, (int)err->code);
    CHECK(st != XYBRID_OK && st == err->code);
    snprintf(head, sizeof head, "%s: %s", name, xybrid_status_name(st));
    add_text(head);
    for (int i = 0; i < 3 && err->cause[i]; i++) add_text(" < "), add_text(xybrid_status_name(err->cause[i]));
    add_text(": ");
    add_text(without_own_bytes(err->message));
    add_text("\n");
}

/* ---- files made for the cases ---- */

static const char *folder_of(const char *name) {
    static char path[1024];
    snprintf(path, sizeof path, "%s/Testing", XB_TEST_BUILD);
    mkdir(path, 0777);
    snprintf(path, sizeof path, "%s/Testing/%s", XB_TEST_BUILD, name);
    mkdir(path, 0777);
    return path;
}

/* A pack of one stage with these steps, on the echo model `echo`. One buffer. */
static const char *make_pack(const char *name, const char *pre, const char *post, const char *model_file, const char *echo) {
    char json[2048], file[256];
    folder_of(name);
    snprintf(json, sizeof json,
             "{\"model_id\":\"%s\",\"version\":\"1\",\"execution_template\":{\"type\":\"Onnx\",\"model_file\":\"%s\"},"
             "\"preprocessing\":[%s],\"postprocessing\":[%s],\"files\":[]}",
             name, model_file, pre, post);
    snprintf(file, sizeof file, "%s/model_metadata.json", name);
    door_write(file, json, strlen(json));
    if (echo) {
        snprintf(file, sizeof file, "%s/m.echo", name);
        door_write(file, echo, strlen(echo));
    }
    return folder_of(name);
}

static const char echo_text[] = "xybrid-echo 1\ninput x float32 1 -1\noutput y x\n";

/* ---- cases ---- */

static void try_load(const char *name, xybrid_runtime *rt, const char *ref, const xybrid_load_options *o) {
    xybrid_error  err;
    xybrid_model *m = (xybrid_model *)1;
    note(name, xybrid_model_load(rt, ref, o, &m, &err), &err);
    CHECK(m == (xybrid_model *)1); /* untouched */
}

/* Loads the pack and runs it on `in`; the run must fail. Takes `in` over. */
static void try_run(const char *name, xybrid_runtime *rt, const char *folder, xybrid_envelope *in,
                    const xybrid_run_options *o) {
    xybrid_error     err;
    xybrid_model    *m = NULL;
    xybrid_envelope *out = (xybrid_envelope *)1;
    DOOR_OK(xybrid_model_load(rt, folder, NULL, &m, &err));
    for (int round = 0; round < 2; round++) { /* the same again: a failure leaves everything usable */
        xybrid_status st = xybrid_model_run(m, in, o, &out, &err);
        if (round == 0) note(name, st, &err);
        CHECK(st != XYBRID_OK && out == (xybrid_envelope *)1);
    }
    xybrid_model_free(m);
    xybrid_envelope_free(in);
}

static xybrid_envelope *text_of(xybrid_runtime *rt, const char *text) {
    xybrid_envelope *e = NULL;
    CHECK_INT(xybrid_envelope_new_text(rt, text, -1, &e, NULL), XYBRID_OK);
    return e;
}

static xybrid_envelope *tensor_of(xybrid_runtime *rt, xybrid_dtype dtype, int64_t rows, int64_t columns, int64_t bytes) {
    static const char zeros[4096];
    xybrid_envelope  *e = NULL;
    CHECK_INT(xybrid_envelope_new_tensor(rt, "x", dtype, (int64_t[]){ rows, columns }, 2, zeros, bytes, NULL, NULL, &e, NULL),
              XYBRID_OK);
    return e;
}

static void models_and_files(xybrid_runtime *rt) {
    try_load("missing file", rt, XB_TEST_BUILD "/Testing/no-such.onnx", NULL);
    try_load("empty file", rt, door_write("empty.onnx", "", 0), NULL);
    try_load("folder without metadata", rt, folder_of("bare"), NULL);
    try_load("not a model", rt, door_write("text.onnx", "hello, I am no model", 20), NULL);
    try_load("unknown step", rt, make_pack("unknown-step", "{\"type\":\"Sharpen\"}", "", "m.echo", echo_text), NULL);
    try_load("step not in this build", rt, make_pack("codec", "{\"type\":\"CodecDecode\"}", "", "m.echo", echo_text), NULL);
    try_load("step in the wrong place", rt, make_pack("wrong-place", "{\"type\":\"Softmax\"}", "", "m.echo", echo_text), NULL);
    try_load("bad parameter", rt,
             make_pack("bad-parameter", "{\"type\":\"Resize\",\"width\":\"12\",\"height\":3}", "", "m.echo", echo_text), NULL);
    try_load("path leaves the pack", rt, make_pack("leaves", "", "", "../secret.onnx", NULL), NULL);
    try_load("vocabulary leaves the pack", rt,
             make_pack("leaves-2", "{\"type\":\"Tokenize\",\"vocab_file\":\"/etc/passwd\",\"tokenizer_type\":\"WordPiece\"}",
                       "", "m.echo", echo_text),
             NULL);
    try_load("file of the pack is missing", rt, make_pack("hole", "", "", "gone.onnx", NULL), NULL);
    folder_of("broken-json");
    door_write("broken-json/model_metadata.json", "{\"model_id\": \"x\",\n  oops}", 25);
    try_load("metadata is not JSON", rt, folder_of("broken-json"), NULL);
    folder_of("tflite-pack");
    const char *tflite = "{\"model_id\":\"g\",\"version\":\"1\",\"execution_template\":{\"type\":\"TfLite\",\"model_file\":\"g."
                         "tflite\"},\"files\":[]}";
    door_write("tflite-pack/model_metadata.json", tflite, strlen(tflite));
    try_load("template not in this build", rt, folder_of("tflite-pack"), NULL);
    xybrid_load_options o;
    xybrid_load_options_init(&o, sizeof o);
    o.engine = "tflite";
    try_load("no such engine", rt, make_pack("engine", "", "", "m.echo", echo_text), &o);
}

static void bad_pictures_and_sound(xybrid_runtime *rt) {
    /* a PNG header alone: 60,000 x 60,000 pixels, RGB */
    static const unsigned char png[] = { 0x89, 'P', 'N', 'G',  '\r', '\n', 0x1a, '\n', 0, 0,    0,    13, 'I',
                                         'H',  'D', 'R', 0,    0,    0xea, 0x60, 0,    0, 0xea, 0x60, 8,  2,
                                         0,    0,   0,   0x1a, 0xa2, 0x4f, 0x66, 0,    0, 0,    0 };
    static const unsigned char wav[] = { 'R', 'I', 'F', 'F', 0xff, 0,   0,   0,   'W',  'A',  'V', 'E', 'f', 'm',  't', ' ',
                                         16,  0,   0,   0,   1,    0,   1,   0,   0x80, 0x3e, 0,   0,   0,   0x7d, 0,   0,
                                         2,   0,   16,  0,   'L',  'I', 'S', 'T', 0xe8, 3,    0,   0,   1,   0 };
    static const unsigned char adpcm[] = { 'R', 'I', 'F', 'F', 0x28, 0,   0,   0,   'W',  'A',  'V', 'E', 'f', 'm',  't', ' ',
                                           16,  0,   0,   0,   0x55, 0,   1,   0,   0x80, 0x3e, 0,   0,   0,   0x7d, 0,   0,
                                           2,   0,   16,  0,   'd',  'a', 't', 'a', 4,    0,    0,   0,   1,   0,    2,   0 };
    const char                *resize = make_pack("resize", "{\"type\":\"Resize\",\"width\":4,\"height\":4}", "", "m.echo",
                                                  "xybrid-echo 1\ninput x float32 1 3 4 4\noutput y x\n");
    char                       folder[1024];
    xybrid_error               err;
    xybrid_envelope           *in = NULL;
    snprintf(folder, sizeof folder, "%s", resize);
    DOOR_OK(xybrid_envelope_new_bytes(rt, png, sizeof png, NULL, NULL, &in, &err));
    try_run("picture of 60,000 x 60,000", rt, folder, in, NULL);
    try_run("text for a picture", rt, folder, text_of(rt, "a cat"), NULL);
    snprintf(folder, sizeof folder, "%s",
             make_pack("decode", "{\"type\":\"AudioDecode\",\"sample_rate\":16000,\"channels\":1}", "", "m.echo", echo_text));
    DOOR_OK(xybrid_envelope_new_bytes(rt, wav, sizeof wav, NULL, NULL, &in, &err));
    try_run("WAV claims more than it has", rt, folder, in, NULL);
    DOOR_OK(xybrid_envelope_new_bytes(rt, adpcm, sizeof adpcm, NULL, NULL, &in, &err));
    try_run("WAV of another codec", rt, folder, in, NULL);
    note("GIF", xybrid_envelope_new_bytes(rt, "GIF89a\1\0\1\0\0\0\0", 13, NULL, NULL, &in, &err), &err);
    DOOR_OK(xybrid_envelope_new_bytes(rt, "fLaC\0\0\0\42", 8, NULL, NULL, &in, &err));
    try_run("FLAC cut in its header", rt, folder, in, NULL);
    note("bytes of nothing known", xybrid_envelope_new_bytes(rt, "\1\2\xff\xfe\3", 5, NULL, NULL, &in, &err), &err);
}

static void runs(xybrid_runtime *rt) {
    char folder[1024];
    snprintf(folder, sizeof folder, "%s",
             make_pack("plain", "", "", "m.echo", "xybrid-echo 1\ninput x float32 1 3\noutput y x\n"));
    try_run("wrong shape", rt, folder, tensor_of(rt, XYBRID_FLOAT32, 1, 5, 20), NULL);
    try_run("text for a tensor", rt, folder, text_of(rt, "hello"), NULL);
    xybrid_run_options o;
    xybrid_run_options_init(&o, sizeof o);
    o.flags = XYBRID_RUN_RAW;
    try_run("wrong type", rt, folder, tensor_of(rt, XYBRID_INT32, 1, 3, 12), &o);
    snprintf(folder, sizeof folder, "%s",
             make_pack("reshape", "{\"type\":\"Reshape\",\"shape\":[7,7]}", "", "m.echo", echo_text));
    try_run("step before fails", rt, folder, tensor_of(rt, XYBRID_FLOAT32, 1, 3, 12), NULL);
    snprintf(
        folder, sizeof folder, "%s",
        make_pack("engine-fails", "", "", "m.echo", "xybrid-echo 1\ninput x float32 1 -1\noutput y x\nsteps 3\nfail_at 2\n"));
    try_run("engine fails", rt, folder, tensor_of(rt, XYBRID_FLOAT32, 1, 3, 12), NULL);

    xybrid_cancel *stop = NULL;
    CHECK_INT(xybrid_cancel_create(rt, &stop, NULL), XYBRID_OK);
    xybrid_cancel_fire(stop);
    o.flags = 0;
    o.cancel = stop;
    snprintf(folder, sizeof folder, "%s",
             make_pack("waits", "", "", "m.echo", "xybrid-echo 1\ninput x float32 1 -1\noutput y x\nwait_cancel\n"));
    try_run("cancelled by token", rt, folder, tensor_of(rt, XYBRID_FLOAT32, 1, 3, 12), &o);
    xybrid_cancel_free(stop);
    o.cancel = NULL;
    o.deadline_ms = 5;
    try_run("deadline", rt, folder, tensor_of(rt, XYBRID_FLOAT32, 1, 3, 12), &o);
}

static int32_t stop_at_once(void *ctx, int64_t done, int64_t total) {
    (void)ctx, (void)done, (void)total;
    return 7;
}

static void limits(xybrid_runtime *rt) {
    xybrid_error        err;
    xybrid_load_options o;
    xybrid_load_options_init(&o, sizeof o);
    o.progress = stop_at_once;
    try_load("callback says stop", rt, make_pack("progress", "", "", "m.echo", echo_text), &o);

    xybrid_runtime_options ro;
    xybrid_runtime        *small = NULL;
    xybrid_runtime_options_init(&ro, sizeof ro);
    ro.memory_budget_bytes = 20000;
    DOOR_OK(xybrid_runtime_create(&ro, &small, &err));
    xybrid_envelope *e = NULL;
    static float     samples[8000];
    note("budget too small", xybrid_envelope_new_audio(small, samples, 8000, 16000, 1, NULL, NULL, &e, &err), &err);
    xybrid_runtime_free(small);

    xybrid_model   *m = NULL;
    xybrid_session *s = NULL;
    xybrid_stream  *first = NULL, *second = NULL;
    DOOR_OK(xybrid_model_load(rt, make_pack("busy", "", "", "m.echo", echo_text), NULL, &m, &err));
    DOOR_OK(xybrid_session_open(m, NULL, &s, &err));
    DOOR_OK(xybrid_session_start(s, NULL, NULL, &first, &err));
    note("session is busy", xybrid_session_start(s, NULL, NULL, &second, &err), &err);
    xybrid_stream_close(first);
    xybrid_session_free(s);
    xybrid_model_free(m);
}

static void engines(void) {
    xybrid_error    err;
    xybrid_runtime *rt = NULL;
    DOOR_OK(xybrid_runtime_create(NULL, &rt, &err));
    note("plug-in is missing", xybrid_engine_load(rt, XB_TEST_BUILD "/Testing/libnone.so", &err), &err);
    note("plug-in path is relative", xybrid_engine_load(rt, "libnone.so", &err), &err);
    xybrid_runtime_free(rt);
}

/* Codes that nothing in this build gives by itself, from a step of the host's own: the code passes the door unchanged as the
 * cause. */
static xybrid_status refuse(void *ctx, void *state, const xybrid_envelope *in, const xybrid_cancel *cancel,
                            xybrid_envelope **out, xybrid_error *err) {
    (void)state, (void)in, (void)cancel, (void)out;
    return xybrid_error_set(err, *(xybrid_status *)ctx, "Refuse", "the host's own words");
}

static void codes_of_the_host(void) {
    static const xybrid_status codes[] = {
        XYBRID_IO_READ,
        XYBRID_IO_WRITE,
        XYBRID_IO_NO_SPACE,
        XYBRID_IO_PERMISSION,
        XYBRID_IO_MAP,
        XYBRID_NETWORK_RESOLVE,
        XYBRID_NETWORK_CONNECT,
        XYBRID_NETWORK_TLS,
        XYBRID_NETWORK_HTTP,
        XYBRID_NETWORK_TIMEOUT,
        XYBRID_NETWORK_OFFLINE,
        XYBRID_CHECKSUM,
        XYBRID_UNSUPPORTED_OPERATOR,
        XYBRID_POLICY_DENIED,
        XYBRID_OUT_OF_MEMORY_HOST,
        XYBRID_CANCELLED_CALLBACK,
        XYBRID_INTERNAL,
    };
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        xybrid_error    err;
        xybrid_runtime *rt = NULL;
        xybrid_status   code = codes[i];
        xybrid_step     step = { .struct_size = sizeof step, .name = "Refuse", .ctx = &code, .run = refuse };
        DOOR_OK(xybrid_runtime_create(NULL, &rt, &err));
        DOOR_OK(xybrid_step_register(rt, &step, &err));
        char folder[1024];
        snprintf(folder, sizeof folder, "%s", make_pack("refuse", "", "{\"type\":\"Refuse\"}", "m.echo", echo_text));
        try_run("a step of the host's", rt, folder, tensor_of(rt, XYBRID_FLOAT32, 1, 3, 12), NULL);
        xybrid_runtime_free(rt);
    }
}

static void files(xybrid_runtime *rt) {
    xybrid_error     err;
    xybrid_envelope *e = NULL;
    note("no such input file", xybrid_envelope_new_file(rt, XB_TEST_BUILD "/Testing/none.txt", &e, &err), &err);
    e = text_of(rt, "hi");
    note("text as WAV", xybrid_envelope_save(e, XB_TEST_BUILD "/Testing/x.wav", &err), &err);
    note("no such folder", xybrid_envelope_save(e, XB_TEST_BUILD "/Testing/none/x.txt", &err), &err);
    xybrid_envelope_free(e);
    note("broken UTF-8", xybrid_envelope_new_text(rt, "abc\xff", -1, &e, &err), &err);
    note("JSON of no envelope", xybrid_envelope_from_json(rt, "{\"kind\":{\"Smell\":1}}", -1, &e, &err), &err);
    note("JSON that is none", xybrid_envelope_from_json(rt, "{\"kind\":\n{]", -1, &e, &err), &err);
    note("NULL for a handle", xybrid_model_run(NULL, NULL, NULL, NULL, &err), &err);
    xybrid_run_options o = { 0 };
    xybrid_stream     *s = NULL;
    xybrid_model      *m = NULL;
    DOOR_OK(xybrid_model_load(rt, make_pack("busy", "", "", "m.echo", echo_text), NULL, &m, &err));
    note("options without init", xybrid_model_start(m, NULL, &o, &s, &err), &err);
    xybrid_model_free(m);
}

static void texts_are_the_golden_ones(void) {
    folder_of(".");
    xybrid_error    err;
    xybrid_runtime *rt = NULL;
    DOOR_OK(xybrid_runtime_create(NULL, &rt, &err));
    models_and_files(rt);
    bad_pictures_and_sound(rt);
    runs(rt);
    limits(rt);
    files(rt);
    xybrid_runtime_free(rt);
    engines();
    codes_of_the_host();

    char        golden[1 << 16] = "";
    const char *path = XB_TEST_SOURCE "/tests/golden/errors.txt";
    if (getenv("XB_UPDATE_GOLDEN")) CHECK(door_write_to(path, lines, lines_size));
    golden[door_read(path, golden, sizeof golden - 1)] = 0;
    const char *a = lines, *b = golden;
    while (*a || *b) { /* line by line, so that a difference is seen at once */
        size_t n = strcspn(a, "\n"), m = strcspn(b, "\n");
        if (n != m || strncmp(a, b, n)) printf("found:  %.*s\nwanted: %.*s\n", (int)n, a, (int)m, b);
        CHECK(n == m && strncmp(a, b, n) == 0);
        a += n + (a[n] != 0);
        b += m + (b[m] != 0);
    }
}

CHECK_MAIN(RUN(texts_are_the_golden_ones))
