/* The list of engines: adding, starting at first use, choosing, and what it says when there is none. */
#include "engine_rig.h"

#include <stddef.h>

/* ---- an engine made of switches ---- */

static struct fake {
    int           inits, shutdowns, order;
    xybrid_status init_status;
    const char   *init_text;
    int32_t       score;
    xybrid_status refusal;
    const char   *refusal_text;
    const char   *last_config;
} fakes[2];
static int shut_order;

static xybrid_status fake_init(int which, const xybrid_host *host, const char *config, void **engine, xybrid_error *err) {
    struct fake *f = &fakes[which];
    f->inits++;
    f->last_config = config;
    if (f->init_status) return host->error_set(err, f->init_status, "", f->init_text);
    *engine = (void *)host;
    return XYBRID_OK;
}
static int32_t fake_probe(int which, void *engine, xybrid_error *why) {
    const xybrid_host *host = engine;
    if (fakes[which].score <= 0) host->error_set(why, fakes[which].refusal, "", fakes[which].refusal_text);
    return fakes[which].score;
}
static xybrid_status init_a(const xybrid_host *h, const char *c, void **e, xybrid_error *err) {
    return fake_init(0, h, c, e, err);
}
static xybrid_status init_b(const xybrid_host *h, const char *c, void **e, xybrid_error *err) {
    return fake_init(1, h, c, e, err);
}
static int32_t probe_a(void *e, const xybrid_source *s, xybrid_error *why) { return (void)s, fake_probe(0, e, why); }
static int32_t probe_b(void *e, const xybrid_source *s, xybrid_error *why) { return (void)s, fake_probe(1, e, why); }
static void    shutdown_a(void *e) { (void)e, fakes[0].shutdowns++, fakes[0].order = ++shut_order; }
static void    shutdown_b(void *e) { (void)e, fakes[1].shutdowns++, fakes[1].order = ++shut_order; }

static xybrid_engine fake_table(int which) {
    xybrid_engine t = xb_engine_null;
    t.name = which == 0 ? "a" : "b";
    t.init = which == 0 ? init_a : init_b;
    t.probe = which == 0 ? probe_a : probe_b;
    t.shutdown = which == 0 ? shutdown_a : shutdown_b;
    return t;
}

static void reset_fakes(void) {
    memset(fakes, 0, sizeof fakes);
    shut_order = 0;
    for (int i = 0; i < 2; i++) {
        fakes[i].refusal = XYBRID_UNSUPPORTED_FORMAT;
        fakes[i].refusal_text = "another format";
    }
}

typedef struct list {
    xb_test_mem   tm;
    xybrid_engine tables[2];
    rig           r;
    xybrid_error  err;
} list;

static void open_list(list *l) {
    reset_fakes();
    xb_test_mem_init(&l->tm, 0, 0);
    l->tables[0] = fake_table(0);
    l->tables[1] = fake_table(1);
    const xybrid_engine *both[] = { &l->tables[0], &l->tables[1] };
    CHECK_INT(rig_open(&l->r, &l->tm.mem, both, 2, 1, &l->err), XYBRID_OK);
}

static void close_list(list *l) {
    rig_close(&l->r);
    CHECK_INT(l->tm.live_blocks, 0);
}

static const xybrid_source some_file = {
    .struct_size = sizeof some_file, .format = "x", .path = "/models/m.x", .bytes = "", .size_bytes = 0
};

static const char *choose(list *l, const char *name) {
    xb_engine    *e = NULL;
    xybrid_status st = xb_engines_select(l->r.engines, &some_file, name, &e, &l->err);
    if (st == XYBRID_OK) return xb_engine_name(e);
    CHECK_INT(st, l->err.code);
    CHECK(e == NULL);
    return l->err.message;
}

/* ---- choosing ---- */

static void takes_the_best_score(void) {
    list l;
    open_list(&l);
    CHECK_INT(fakes[0].inits, 0);
    fakes[0].score = 50, fakes[1].score = 60;
    CHECK_STR(choose(&l, NULL), "b");
    CHECK_INT(fakes[0].inits, 1);
    fakes[0].score = 60;
    CHECK_STR(choose(&l, NULL), "a"); /* the earlier of equals */
    CHECK_STR(choose(&l, "b"), "b");
    CHECK_INT(fakes[0].inits, 1); /* once */
    CHECK_INT(fakes[1].inits, 1);
    close_list(&l);
    CHECK_INT(fakes[0].shutdowns, 1);
    CHECK_INT(fakes[1].order, 1); /* reverse order */
    CHECK_INT(fakes[0].order, 2);
}

static void ends_the_search_at_100(void) {
    list l;
    open_list(&l);
    fakes[0].score = 100;
    CHECK_STR(choose(&l, NULL), "a");
    CHECK_INT(fakes[1].inits, 0); /* never started, so never shut down */
    close_list(&l);
    CHECK_INT(fakes[1].shutdowns, 0);
}

/* An engine that is costly to start is started when no other runs the model, or by its name. */
static void costly_ones_come_last(void) {
    list l;
    reset_fakes();
    xb_test_mem_init(&l.tm, 0, 0);
    l.tables[0] = fake_table(0);
    l.tables[1] = fake_table(1);
    l.tables[0].flags = XYBRID_ENGINE_COSTLY_START;
    const xybrid_engine *both[] = { &l.tables[0], &l.tables[1] };
    CHECK_INT(rig_open(&l.r, &l.tm.mem, both, 2, 1, &l.err), XYBRID_OK);
    fakes[0].score = 90, fakes[1].score = 60;
    CHECK_STR(choose(&l, NULL), "b");
    CHECK_INT(fakes[0].inits, 0);
    fakes[1].score = 0;
    CHECK_STR(choose(&l, NULL), "a");
    CHECK_INT(fakes[0].inits, 1);
    fakes[1].score = 60;
    CHECK_STR(choose(&l, NULL), "b"); /* the choice does not depend on what runs already */
    CHECK_STR(choose(&l, "a"), "a");
    close_list(&l);
}

static void names_each_reason(void) {
    list l;
    open_list(&l);
    CHECK_STR(choose(&l, NULL), "no engine reads m.x (format \"x\"); there are: a, b");
    CHECK_INT(l.err.code, XYBRID_UNSUPPORTED_MODEL);
    fakes[0].refusal = XYBRID_UNSUPPORTED_OPERATOR, fakes[0].refusal_text = "lacks Foo";
    CHECK_STR(choose(&l, NULL), "no engine runs m.x: a: lacks Foo");
    CHECK_INT(l.err.code, XYBRID_UNSUPPORTED_OPERATOR);
    CHECK_STR(l.err.subject, "m.x");
    fakes[1].refusal = XYBRID_UNSUPPORTED_MODEL, fakes[1].refusal_text = "too new";
    CHECK_STR(choose(&l, NULL), "no engine runs m.x: a: lacks Foo; b: too new");
    CHECK_INT(l.err.code, XYBRID_UNSUPPORTED_MODEL);
    CHECK_STR(choose(&l, "a"), "a does not run m.x: lacks Foo");
    CHECK_INT(l.err.code, XYBRID_UNSUPPORTED_MODEL);
    CHECK_INT(l.err.cause[0], XYBRID_UNSUPPORTED_OPERATOR);
    CHECK_STR(choose(&l, "c"), "there is no engine \"c\"; there are: a, b");
    CHECK_INT(l.err.code, XYBRID_INVALID_ARGUMENT);
    close_list(&l);
}

static void remembers_a_missing_library(void) {
    list l;
    open_list(&l);
    fakes[1].init_status = XYBRID_ENGINE_MISSING, fakes[1].init_text = "libb.so not found in /x";
    CHECK_STR(choose(&l, NULL), "no engine to run m.x: b: libb.so not found in /x");
    CHECK_INT(l.err.code, XYBRID_ENGINE_MISSING);
    CHECK_STR(choose(&l, NULL), "no engine to run m.x: b: libb.so not found in /x");
    CHECK_INT(fakes[1].inits, 1); /* automatic choice does not try again */
    fakes[0].refusal = XYBRID_UNSUPPORTED_OPERATOR, fakes[0].refusal_text = "lacks Foo";
    CHECK_STR(choose(&l, NULL), "no engine runs m.x: a: lacks Foo; b: libb.so not found in /x");
    CHECK_INT(l.err.code, XYBRID_UNSUPPORTED_MODEL);
    CHECK_STR(choose(&l, "b"), "b: libb.so not found in /x"); /* asking by name tries again */
    CHECK_INT(l.err.code, XYBRID_ENGINE_MISSING);
    CHECK_INT(l.err.cause[0], 0);
    CHECK_INT(fakes[1].inits, 2);

    xb_engine_info info;
    xb_engines_info(l.r.engines, 1, 0, &info);
    CHECK_INT(info.is_ready, 0);
    CHECK_INT(info.status, XYBRID_ENGINE_MISSING);
    CHECK_STR(info.reason, "libb.so not found in /x");
    CHECK_INT(fakes[1].inits, 2);
    fakes[1].init_status = XYBRID_OK; /* somebody installed it */
    fakes[1].score = 50;
    xb_engines_info(l.r.engines, 1, 1, &info);
    CHECK_INT(info.is_ready, 1);
    CHECK_INT(info.status, XYBRID_OK);
    CHECK_STR(info.reason, "");
    CHECK_STR(choose(&l, NULL), "b");
    close_list(&l);
}

static void passes_configuration_on(void) {
    list l;
    open_list(&l);
    char config[] = "{\"dir\":\"/x\"}";
    CHECK_INT(xb_engines_configure(l.r.engines, "a", config, &l.err), XYBRID_OK);
    config[0] = '!';
    CHECK_INT(xb_engines_configure(l.r.engines, "nobody", NULL, &l.err), XYBRID_INVALID_ARGUMENT);
    fakes[0].score = 50;
    CHECK_STR(choose(&l, NULL), "a");
    CHECK_STR(fakes[0].last_config, "{\"dir\":\"/x\"}");
    CHECK(fakes[1].last_config == NULL);
    CHECK_INT(xb_engines_configure(l.r.engines, "a", NULL, &l.err), XYBRID_BUSY);
    close_list(&l);
}

/* ---- opening: what an engine cannot see to itself ---- */

static xybrid_status opened(rig *r, const char *path, xybrid_error *err) {
    xb_engine_model *m = NULL;
    xybrid_status    st = rig_model(r, "xybrid-null", 11, path, "m.x", "x", NULL, NULL, NULL, &m, err);
    xb_engine_model_drop(m);
    return st;
}

static void checks_files_for_engines_that_ask(void) {
    xb_test_mem          tm;
    rig                  r;
    xybrid_error         err;
    xybrid_engine        t = xb_engine_null;
    const xybrid_engine *table = &t;
    for (int flags = 0; flags < 4; flags++) {
        t.flags = (uint32_t)flags; /* XYBRID_ENGINE_NEEDS_GUARD 1, XYBRID_ENGINE_NEEDS_PATH 2 */
        xb_test_mem_init(&tm, 0, 0);
        CHECK_INT(rig_open(&r, &tm.mem, &table, 1, 1, &err), XYBRID_OK);
        CHECK_INT(opened(&r, "/m.x", &err), XYBRID_OK);
        CHECK_INT(r.guarded, flags & 1);
        CHECK_INT(opened(&r, NULL, &err), flags & 2 ? XYBRID_UNSUPPORTED_MODEL : XYBRID_OK);
        r.guard_refuses = 1;
        CHECK_INT(opened(&r, "/m.x", &err), flags & 1 ? XYBRID_MALFORMED : XYBRID_OK);
        if (flags & 1) CHECK_STR(err.message, "m.x: not sound");
        rig_close(&r);
        CHECK_INT(tm.live_blocks, 0);
    }
    t.flags = XYBRID_ENGINE_NEEDS_GUARD; /* nobody checks: nothing is opened */
    xb_engine_services services = { .mem = &tm.mem, .threads = 1 };
    r = (rig){ .mem = &tm.mem };
    CHECK_INT(xb_engines_new(&services, &table, 1, &r.engines, &err), XYBRID_OK);
    CHECK_INT(opened(&r, "/m.x", &err), XYBRID_UNSUPPORTED_MODEL);
    rig_close(&r);
    CHECK_INT(tm.live_blocks, 0);
}

/* ---- adding ---- */

static void refuses_bad_tables(void) {
    list l;
    open_list(&l);
    xybrid_engine t = xb_engine_null;
    CHECK_INT(xb_engines_register(l.r.engines, &t, &l.err), XYBRID_OK);
    CHECK_INT(xb_engines_register(l.r.engines, &t, &l.err), XYBRID_INVALID_ARGUMENT);
    CHECK_STR(l.err.message, "there is an engine \"null\" already");
    t.name = "new", t.abi = XYBRID_ENGINE_ABI + 1;
    CHECK_INT(xb_engines_register(l.r.engines, &t, &l.err), XYBRID_INVALID_ARGUMENT);
    CHECK_STR(l.err.message, "engine \"new\" was built for engine ABI 2; this library has 1 to 1");
    t.abi = XYBRID_ENGINE_ABI, t.run = NULL;
    CHECK_INT(xb_engines_register(l.r.engines, &t, &l.err), XYBRID_INVALID_ARGUMENT);
    CHECK_STR(l.err.message, "engine \"new\" lacks the slot run");
    t.run = xb_engine_null.run, t.carry = xb_engine_echo.carry;
    CHECK_INT(xb_engines_register(l.r.engines, &t, &l.err), XYBRID_INVALID_ARGUMENT);
    t.carry = NULL, t.name = NULL;
    CHECK_INT(xb_engines_register(l.r.engines, &t, &l.err), XYBRID_INVALID_ARGUMENT);
    t.name = "new", t.struct_size = 8;
    CHECK_INT(xb_engines_register(l.r.engines, &t, &l.err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_engines_register(l.r.engines, NULL, &l.err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_engines_count(l.r.engines), 3);

    /* slots beyond struct_size are absent, whatever lies there */
    t.struct_size = offsetof(xybrid_engine, profile);
    t.profile = (const char *(*)(void *))(void (*)(void))shutdown_a;
    CHECK_INT(xb_engines_register(l.r.engines, &t, &l.err), XYBRID_OK);
    xb_engine_info info;
    xb_engines_info(l.r.engines, 3, 1, &info);
    CHECK_STR(info.name, "new");
    CHECK_STR(info.origin, "registered");
    CHECK_INT(info.is_ready, 1);
    CHECK(info.about == NULL);
    xb_engines_info(l.r.engines, 4, 1, &info);
    CHECK(info.name == NULL);

    fakes[0].score = 10;
    CHECK_STR(choose(&l, NULL), "a");
    t.name = "late";
    CHECK_INT(xb_engines_register(l.r.engines, &t, &l.err), XYBRID_BUSY);
    close_list(&l);
}

static void refuses_what_is_no_plug_in(void) {
    list l;
    open_list(&l);
    CHECK_INT(xb_engines_load(l.r.engines, "libengine.so", &l.err), XYBRID_INVALID_ARGUMENT);
    CHECK_INT(xb_engines_load(l.r.engines, NULL, &l.err), XYBRID_INVALID_ARGUMENT);
#if !defined(__wasi__)
#  if defined(_WIN32)
    const char *path = "C:\\no\\such\\engine.dll";
#  else
    const char *path = "/no/such/libengine.so";
#  endif
    CHECK_INT(xb_engines_load(l.r.engines, path, &l.err), XYBRID_ENGINE_MISSING);
    CHECK_STR(l.err.subject, path);
#endif
    CHECK_INT(xb_engines_count(l.r.engines), 2);
    close_list(&l);
}

/* ---- plug-ins that are awaited ---- */

#ifdef XB_TEST_PLUGINS
#  define FOLDER XB_TEST_PLUGINS
#else
#  define FOLDER "/no/such"
#endif
#if defined(__wasi__)
#  define NOT_LOADED XYBRID_UNSUPPORTED_MODEL
#  define NOT_FOUND  "no engine runs m.x: none: this engine is a plug-in, and WebAssembly loads no libraries"
#else
#  define NOT_LOADED XYBRID_ENGINE_MISSING
#  define NOT_FOUND  "is looked for in the runtime's engine_dir, which is not set"
#endif

static const char *origin_of(list *l, int32_t index, int is_start, int *is_ready) {
    xb_engine_info info;
    xb_engines_info(l->r.engines, index, is_start, &info);
    *is_ready = info.is_ready;
    return info.origin;
}

static void awaits_a_plug_in(void) {
    list l;
    int  is_ready;
    open_list(&l);
    CHECK_INT(xb_engines_await(l.r.engines, "test", "y", FOLDER, &l.err), XYBRID_OK);
    fakes[0].score = 10;
    CHECK_STR(choose(&l, NULL), "a");
    fakes[0].score = 0;
    CHECK_STR(choose(&l, NULL), "no engine reads m.x (format \"x\"); there are: a, b, test"); /* files of another format */
    CHECK(strstr(origin_of(&l, 2, 0, &is_ready), "xybrid-test.") != NULL);
    CHECK_INT(is_ready, 0);
#ifdef XB_TEST_PLUGINS
    CHECK_STR(choose(&l, "test"), "test"); /* by name it comes for any file */
    xb_engine_info info;
    xb_engines_info(l.r.engines, 2, 0, &info);
    CHECK_INT(info.is_ready, 1);
    CHECK_STR(info.version, "7");
#else
    CHECK(strstr(choose(&l, "test"), "test: ") != NULL);
    CHECK_INT(l.err.code, NOT_LOADED);
#endif
    close_list(&l);
}

/* Loaded when no cheap engine runs the file, and before others that are costly to start. */
static void loads_a_plug_in_for_its_format(void) {
    list l;
    int  is_ready;
    reset_fakes();
    xb_test_mem_init(&l.tm, 0, 0);
    l.tables[0] = fake_table(0);
    l.tables[1] = fake_table(1);
    l.tables[1].flags = XYBRID_ENGINE_COSTLY_START;
    const xybrid_engine *both[] = { &l.tables[0], &l.tables[1] };
    CHECK_INT(rig_open(&l.r, &l.tm.mem, both, 2, 1, &l.err), XYBRID_OK);
    CHECK_INT(xb_engines_await(l.r.engines, "test", "x", FOLDER, &l.err), XYBRID_OK);
    fakes[0].score = 10;
    CHECK_STR(choose(&l, NULL), "a");
    (void)origin_of(&l, 2, 0, &is_ready);
    CHECK_INT(is_ready, 0);
    fakes[0].score = 0;
#ifdef XB_TEST_PLUGINS
    CHECK_STR(choose(&l, NULL), "test");
    CHECK_INT(fakes[1].inits, 0);
    CHECK_INT(xb_engines_await(l.r.engines, "late", "x", FOLDER, &l.err), XYBRID_BUSY);
#else
    CHECK(strstr(choose(&l, NULL), " m.x: test: ") != NULL);
    CHECK_INT(l.err.code, NOT_LOADED);
#endif
    close_list(&l);
}

static void a_plug_in_that_is_missing_says_what_would_bring_it(void) {
    list l;
    open_list(&l);
    CHECK_INT(xb_engines_await(l.r.engines, "none", "x", NULL, &l.err), XYBRID_OK);
    CHECK(strstr(choose(&l, NULL), NOT_FOUND) != NULL);
    CHECK_INT(l.err.code, NOT_LOADED);
    close_list(&l);
#ifdef XB_TEST_PLUGINS
    open_list(&l);
    CHECK_INT(xb_engines_await(l.r.engines, "other", "x", FOLDER, &l.err), XYBRID_OK);
    CHECK(strstr(choose(&l, NULL), "holds the engine \"test\", wanted \"other\"") != NULL);
    close_list(&l);
#endif
}

static void one_that_is_registered_takes_its_place(void) {
    list l;
    open_list(&l);
    xybrid_engine t = fake_table(0);
    t.name = "test";
    CHECK_INT(xb_engines_await(l.r.engines, "test", "y", FOLDER, &l.err), XYBRID_OK);
    CHECK_INT(xb_engines_register(l.r.engines, &t, &l.err), XYBRID_OK);
    CHECK_INT(xb_engines_count(l.r.engines), 3);
    CHECK_INT(xb_engines_register(l.r.engines, &t, &l.err), XYBRID_INVALID_ARGUMENT);
    fakes[0].score = 10;
    CHECK_STR(choose(&l, "test"), "test");
    CHECK_INT(fakes[0].inits, 1);
    close_list(&l);
}

static void has_a_maximum(void) {
    list l;
    open_list(&l);
    static char   names[XB_MAX_ENGINES + 1][16];
    xybrid_status st = XYBRID_OK;
    for (int i = 2; i <= XB_MAX_ENGINES; i++) {
        xybrid_engine t = xb_engine_null;
        snprintf(names[i], sizeof names[i], "n%d", i);
        t.name = names[i];
        st = xb_engines_register(l.r.engines, &t, &l.err);
        CHECK_INT(st, i < XB_MAX_ENGINES ? XYBRID_OK : XYBRID_INVALID_ARGUMENT);
    }
    close_list(&l);
}

static void survives_lack_of_memory(void) {
    xb_test_mem          tm;
    xybrid_engine        a = fake_table(0), b = fake_table(1);
    const xybrid_engine *tables[] = { &a, &b };
    XB_TORTURE (tm, 100) {
        reset_fakes();
        fakes[0].score = 50;
        rig           r;
        xybrid_error  err;
        xb_engine    *e = NULL;
        xybrid_status st = rig_open(&r, &tm.mem, tables, 2, 1, &err);
        if (st == XYBRID_OK) st = xb_engines_configure(r.engines, "a", "{}", &err);
        if (st == XYBRID_OK) st = xb_engines_register(r.engines, &xb_engine_echo, &err);
        if (st == XYBRID_OK) st = xb_engines_await(r.engines, "test", "y", FOLDER, &err);
        if (st == XYBRID_OK) st = xb_engines_select(r.engines, &some_file, NULL, &e, &err);
        XB_TORTURE_STATUS(tm, st);
        rig_close(&r);
    }
}

CHECK_MAIN(RUN(takes_the_best_score), RUN(ends_the_search_at_100), RUN(costly_ones_come_last), RUN(names_each_reason),
           RUN(remembers_a_missing_library), RUN(passes_configuration_on), RUN(checks_files_for_engines_that_ask),
           RUN(refuses_bad_tables), RUN(refuses_what_is_no_plug_in), RUN(awaits_a_plug_in), RUN(loads_a_plug_in_for_its_format),
           RUN(a_plug_in_that_is_missing_says_what_would_bring_it), RUN(one_that_is_registered_takes_its_place),
           RUN(has_a_maximum), RUN(survives_lack_of_memory))
