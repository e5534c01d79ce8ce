/* Every open, read, map, write, rename and thread start is refused in its turn, once and for ever after, while an echo pack is
 * loaded, run and its result saved: the error of that failure, nothing leaked, no file left behind, handles that close, and
 * the same again works. Builds with XYBRID_FAULTS. */
#include <dirent.h>
#include <sys/stat.h>

#include "counted.h"
#include "door.h"
#include "plat/fault.h"

#define FOLDER XB_TEST_BUILD "/Testing/io_faults"

/* Two stages and a step with a file of its own, so that several files are opened. */
static void write_pack(void) {
    static const char json[] =
        "{\"model_id\":\"io\",\"version\":\"1\",\"execution_template\":{\"type\":\"ModelGraph\",\"stages\":["
        "{\"name\":\"a\",\"model_file\":\"a.echo\",\"inputs\":[\"x\"],\"outputs\":[\"x\"]},{\"name\":\"b\",\"model_file\":\"b."
        "echo\",\"inputs\":[\"x\"],\"outputs\":[\"x\"],"
        "\"postprocessing\":[{\"type\":\"TopK\",\"k\":2,\"labels\":\"labels.txt\"}]}]},\"files\":[\"a.echo\",\"b.echo\","
        "\"labels.txt\"]}";
    static const char echo[] = "xybrid-echo 1\ninput x float32 1 -1\noutput x x\n";
    mkdir(XB_TEST_BUILD "/Testing", 0777);
    mkdir(FOLDER, 0777);
    mkdir(FOLDER "/out", 0777);
    door_write("io_faults/model_metadata.json", json, sizeof json - 1);
    door_write("io_faults/a.echo", echo, sizeof echo - 1);
    door_write("io_faults/b.echo", echo, sizeof echo - 1);
    door_write("io_faults/labels.txt", "one\ntwo\nthree\nfour\n", 19);
    door_write("io_faults/in.json", "{\"kind\":{\"Text\":\"hello\"},\"metadata\":{}}", 40);
    door_write("io_faults/out/result.json", "the old one", 11);
}

typedef struct scenario {
    const char      *name;
    xybrid_load_mode mode;
} scenario;

static xybrid_status run(xybrid_runtime *rt, const scenario *s, xybrid_error *err) {
    static const float  values[4] = { 1, 4, 2, 3 };
    xybrid_load_options o;
    xybrid_run_options  ro;
    xybrid_model       *m = NULL;
    xybrid_envelope    *in = NULL, *out = NULL, *read = NULL;
    xybrid_status       st;
    xybrid_load_options_init(&o, sizeof o);
    xybrid_run_options_init(&ro, sizeof ro);
    o.mode = s->mode;
    ro.deadline_ms = 60000; /* wants a thread */
    if (!(st = xybrid_model_load(rt, FOLDER, &o, &m, err)) &&
        !(st = xybrid_envelope_new_file(rt, FOLDER "/in.json", &read, err)) &&
        !(st = xybrid_envelope_new_tensor(rt, "x", XYBRID_FLOAT32, (int64_t[]){ 1, 4 }, 2, values, sizeof values, NULL, NULL,
                                          &in, err)) &&
        !(st = xybrid_model_run(m, in, &ro, &out, err)))
        st = xybrid_envelope_save(out, FOLDER "/out/result.json", err);
    xybrid_envelope_free(out);
    xybrid_envelope_free(in);
    xybrid_envelope_free(read);
    xybrid_model_free(m);
    return st;
}

/* May a refusal of this kind give this status? */
static int is_right(int kind, const scenario *s, xybrid_status st) {
    switch (kind) {
    case XB_FAULT_OPEN: return st == XYBRID_IO_OPEN || st == XYBRID_IO_PERMISSION;
    case XB_FAULT_READ: return st == XYBRID_IO_READ;
    case XB_FAULT_SHORT: return st == XYBRID_IO_READ || st == XYBRID_IO_MAP || (s->mode == XYBRID_LOAD_AUTO && st == XYBRID_OK);
    case XB_FAULT_MAP: return st == (s->mode == XYBRID_LOAD_MAP ? XYBRID_IO_MAP : XYBRID_OK); /* AUTO reads instead */
    case XB_FAULT_WRITE: return st == XYBRID_IO_NO_SPACE || st == XYBRID_IO_WRITE;
    case XB_FAULT_RENAME: return st == XYBRID_IO_PERMISSION || st == XYBRID_IO_WRITE;
    default: return st == XYBRID_OK; /* XB_FAULT_THREAD: fewer threads do the same work */
    }
}

static int entries(const char *folder) {
    int  count = 0;
    DIR *d = opendir(folder);
    CHECK(d != NULL);
    for (struct dirent *e; d && (e = readdir(d));) count += e->d_name[0] != '.' || strlen(e->d_name) > 2;
    if (d) closedir(d);
    return count;
}

/* One round with the nth call of this kind failing; 0 when there is no such call. */
static int strike(const scenario *s, int kind, int64_t nth, int for_ever) {
    counter                c = { 0 };
    const xybrid_allocator a = { .struct_size = sizeof a, .ctx = &c, .alloc = counted_alloc, .free = counted_free };
    xybrid_runtime_options o;
    xybrid_runtime        *rt = NULL;
    xybrid_error           err;
    xybrid_runtime_options_init(&o, sizeof o);
    o.allocator = &a;
    o.threads = 2;
    CHECK(door_ok_(xybrid_runtime_create(&o, &rt, &err), &err, "create", __LINE__));
    if (!rt) return 0;
    xb_fault_set(kind, nth, for_ever);
    xybrid_status st = run(rt, s, &err);
    int           struck = xb_fault_struck(kind);
    xb_fault_clear();
    if (struck ? !is_right(kind, s, st) : st != XYBRID_OK)
        printf("%s, kind %d, call %lld%s: %s %s\n", s->name, kind, (long long)nth, for_ever ? " and all later" : "",
               xybrid_status_name(st), st ? err.message : "");
    CHECK(struck ? is_right(kind, s, st) : st == XYBRID_OK);
    CHECK_INT(entries(FOLDER "/out"), 1);
    CHECK(door_ok_(run(rt, s, &err), &err, "the second try", __LINE__));
    xybrid_runtime_free(rt);
    CHECK_INT(c.live, 0);
    return struck;
}

static void each_call(const scenario *s) {
    static const int kinds[] = { XB_FAULT_OPEN,  XB_FAULT_READ,   XB_FAULT_WRITE, XB_FAULT_MAP,
                                 XB_FAULT_SHORT, XB_FAULT_RENAME, XB_FAULT_THREAD };
    int              struck[XB_FAULT_KINDS] = { 0 };
    write_pack();
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
        for (int64_t nth = 1; strike(s, kinds[k], nth, 0); nth++) {
            CHECK(strike(s, kinds[k], nth, 1));
            CHECK_OR_RETURN(nth < 200);
            struck[kinds[k]]++;
        }
    printf("%s: %d opens, %d reads, %d writes, %d maps, %d short, %d renames, %d threads were refused\n", s->name,
           struck[XB_FAULT_OPEN], struck[XB_FAULT_READ], struck[XB_FAULT_WRITE], struck[XB_FAULT_MAP], struck[XB_FAULT_SHORT],
           struck[XB_FAULT_RENAME], struck[XB_FAULT_THREAD]);
    CHECK(struck[XB_FAULT_OPEN] > 1 && struck[XB_FAULT_READ] > 1 && struck[XB_FAULT_WRITE] > 0 && struck[XB_FAULT_SHORT] > 1);
    CHECK(struck[XB_FAULT_RENAME] > 0 && struck[XB_FAULT_THREAD] > 0);
    CHECK(s->mode == XYBRID_LOAD_READ ? !struck[XB_FAULT_MAP] : struck[XB_FAULT_MAP] > 0);
}

static void mapped_or_read(void) { each_call(&(scenario){ .name = "AUTO", .mode = XYBRID_LOAD_AUTO }); }
static void mapped(void) { each_call(&(scenario){ .name = "MAP", .mode = XYBRID_LOAD_MAP }); }
static void read_in(void) { each_call(&(scenario){ .name = "READ", .mode = XYBRID_LOAD_READ }); }

CHECK_MAIN(RUN(mapped_or_read), RUN(mapped), RUN(read_in))
