/* engine/engine_registry.c - the list of a runtime's engines: adding, starting at first use, choosing by score. */
#include <stdarg.h>
#include <string.h>

#include "base/error.h"
#include "base/str.h"
#include "engine/engine_int.h"
#include "plat/path.h"

/* ---- adding ---- */

static xybrid_status check_table(const xybrid_engine *t, xybrid_error *err) {
    if (!t->name || !*t->name || strlen(t->name) > 64)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "", "an engine's name has 1 to 64 bytes");
    if (t->abi < 1 || t->abi > XYBRID_ENGINE_ABI)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, t->name,
                       "engine \"%s\" was built for engine ABI %u; this library has 1 to %d", t->name, (unsigned)t->abi,
                       XYBRID_ENGINE_ABI);
    const struct {
        int         has;
        const char *name;
    } slots[] = {
        { t->init != NULL, "init" },
        { t->shutdown != NULL, "shutdown" },
        { t->probe != NULL, "probe" },
        { t->open != NULL, "open" },
        { t->close != NULL, "close" },
        { t->port != NULL, "port" },
        { t->session_open != NULL, "session_open" },
        { t->session_close != NULL, "session_close" },
        { t->bind != NULL || t->tokens != NULL, "bind" },
        { t->run != NULL || t->tokens != NULL, "run" },
        { t->reset != NULL || t->carry == NULL, "reset (carry needs it)" },
    };
    for (size_t i = 0; i < sizeof slots / sizeof slots[0]; i++)
        if (!slots[i].has)
            return xb_fail(err, XYBRID_INVALID_ARGUMENT, t->name, "engine \"%s\" lacks the slot %s", t->name, slots[i].name);
    return XYBRID_OK;
}

static xb_engine *find(const xb_engines *engines, const char *name) {
    for (int32_t i = 0; i < xb_atomic_get(&engines->count); i++)
        if (xb_streq(engines->entries[i]->table.name, name)) return engines->entries[i];
    return NULL;
}

static void free_entry(xb_engine *e) {
    if (!e) return;
    xb_mem *mem = e->list->services.mem;
    xb_dynlib_close(&e->library);
    xb_free(mem, e->origin);
    xb_free(mem, e->config);
    xb_free(mem, e);
}

/* Puts a table, its origin and its library into an entry. The name is read without the lock, so an awaited one keeps its own. */
static xybrid_status fill(xb_engine *e, const xybrid_engine *table, const char *origin, xb_dynlib library, xybrid_error *err) {
    const size_t rest = offsetof(xybrid_engine, version);
    char        *copy = xb_strdup(e->list->services.mem, origin, err);
    if (!copy) return err->code;
    xb_free(e->list->services.mem, e->origin);
    e->origin = copy;
    if (!e->table.name) e->table.name = table->name;
    memcpy((char *)&e->table + rest, (const char *)table + rest, sizeof *table - rest);
    e->library = library;
    e->is_awaited = 0;
    xb_engine_host_init(e);
    return XYBRID_OK;
}

/* A whole table from one of any size. */
static xybrid_status take_table(const xybrid_engine *table, xybrid_engine *out, xybrid_error *err) {
    if (!table || table->struct_size < offsetof(xybrid_engine, init))
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "", "engine table without struct_size");
    memset(out, 0, sizeof *out);
    memcpy(out, table, table->struct_size < sizeof *out ? table->struct_size : sizeof *out);
    return check_table(out, err);
}

/* The caller holds the mutex. `library` is taken over on success. */
static xybrid_status add(xb_engines *engines, const xybrid_engine *table, const char *origin, xb_dynlib library,
                         xybrid_error *err) {
    xybrid_engine copy;
    XB_TRY(take_table(table, &copy, err));
    xb_engine *e = find(engines, copy.name);
    if (e && e->is_awaited) {
        XB_TRY(fill(e, &copy, origin, library, err));
        e->format = NULL;
        return XYBRID_OK;
    }
    if (e) return xb_fail(err, XYBRID_INVALID_ARGUMENT, copy.name, "there is an engine \"%s\" already", copy.name);
    int32_t count = xb_atomic_get(&engines->count);
    if (count >= XB_MAX_ENGINES)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, copy.name, "a runtime has at most %d engines", XB_MAX_ENGINES);
    e = xb_calloc(engines->services.mem, 1, sizeof *e, err);
    if (!e) return err->code;
    e->list = engines;
    if (fill(e, &copy, origin, library, err)) {
        xb_free(engines->services.mem, e);
        return err->code;
    }
    engines->entries[count] = e;
    xb_atomic_set(&engines->count, count + 1);
    return XYBRID_OK;
}

static xybrid_status add_open(xb_engines *engines, const xybrid_engine *table, const char *origin, xb_dynlib library,
                              xybrid_error *err) {
    xybrid_status st;
    xb_mutex_lock(&engines->mutex);
    if (xb_atomic_get(&engines->is_closed))
        st = xb_fail(err, XYBRID_BUSY, table && table->name ? table->name : "",
                     "engines are added before the first model is loaded");
    else st = add(engines, table, origin, library, err);
    xb_mutex_unlock(&engines->mutex);
    return st;
}

xybrid_status xb_engines_register(xb_engines *engines, const xybrid_engine *table, xybrid_error *err) {
    return add_open(engines, table, "registered", (xb_dynlib){ 0 }, err);
}

/* Loads a shared object and asks for its table. *library is to be closed, but not after a failure. */
static xybrid_status load_table(xb_mem *mem, const char *path, xb_dynlib *library, const xybrid_engine **table,
                                xybrid_error *err) {
    XB_TRY(xb_dynlib_open(mem, path, library, err));
    xybrid_engine_entry_fn entry = (xybrid_engine_entry_fn)xb_dynlib_symbol(library, "xybrid_engine_entry");
    *table = entry ? entry(XYBRID_ENGINE_ABI) : NULL;
    if (*table) return XYBRID_OK;
    if (!entry) xb_fail(err, XYBRID_ENGINE_MISSING, path, "%s is no engine: it does not export xybrid_engine_entry", path);
    else
        xb_fail(err, XYBRID_ENGINE_MISSING, path, "%s refuses this library, whose engine ABI is %d; one of them is too old",
                path, XYBRID_ENGINE_ABI);
    xb_dynlib_close(library);
    return err->code;
}

xybrid_status xb_engines_load(xb_engines *engines, const char *path, xybrid_error *err) {
    if (!path || !xb_path_is_absolute(path))
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, path, "the path of an engine must be absolute, \"%s\" is not",
                       path ? path : "");
    xb_dynlib            library = { 0 };
    const xybrid_engine *table;
    XB_TRY(load_table(engines->services.mem, path, &library, &table, err));
    xybrid_status st = add_open(engines, table, path, library, err);
    if (st != XYBRID_OK) xb_dynlib_close(&library);
    return st;
}

xybrid_status xb_engines_configure(xb_engines *engines, const char *name, const char *config, xybrid_error *err) {
    xb_mem *mem = engines->services.mem;
    char   *copy = NULL;
    if (config && !(copy = xb_strdup(mem, config, err))) return err->code;
    xybrid_status st = XYBRID_OK;
    xb_mutex_lock(&engines->mutex);
    xb_engine *e = find(engines, name);
    if (!e) {
        st = xb_fail(err, XYBRID_INVALID_ARGUMENT, name, "there is no engine \"%s\" to configure", name ? name : "");
    } else if (xb_atomic_get(&e->is_ready)) {
        st = xb_fail(err, XYBRID_BUSY, name, "engine \"%s\" runs already; it is configured before its first model", name);
    } else {
        char *old = e->config;
        e->config = copy;
        copy = old;
        e->is_tried = 0;
    }
    xb_mutex_unlock(&engines->mutex);
    xb_free(mem, copy);
    return st;
}

xybrid_status xb_engines_new(const xb_engine_services *services, const xybrid_engine *const *builtin, int32_t count,
                             xb_engines **out, xybrid_error *err) {
    xb_engines *engines = xb_calloc(services->mem, 1, sizeof *engines, err);
    if (!engines) return err->code;
    engines->services = *services;
    if (services->blobs) engines->blobs = *services->blobs;
    engines->services.blobs = NULL;
    xb_mutex_init(&engines->mutex);
    for (int32_t i = 0; i < count; i++) {
        if (add(engines, builtin[i], "built in", (xb_dynlib){ 0 }, err) == XYBRID_OK) continue;
        xb_engines_free(engines);
        return err->code;
    }
    *out = engines;
    return XYBRID_OK;
}

int xb_engines_keep_blobs(const xb_engines *engines) { return engines->blobs.put != NULL; }

void xb_engines_free(xb_engines *engines) {
    if (!engines) return;
    for (int32_t i = engines->started_count; i-- > 0;) engines->started[i]->table.shutdown(engines->started[i]->handle);
    for (int32_t i = xb_atomic_get(&engines->count); i-- > 0;) free_entry(engines->entries[i]);
    xb_mutex_free(&engines->mutex);
    xb_free(engines->services.mem, engines);
}

/* ---- plug-ins that are awaited ---- */

#if defined(_WIN32)
#  define PLUGIN_FORMAT "xybrid-%s.dll"
#elif defined(__APPLE__)
#  define PLUGIN_FORMAT "libxybrid-%s.dylib"
#else
#  define PLUGIN_FORMAT "libxybrid-%s.so"
#endif

#if defined(__wasi__)
static xybrid_status load_awaited(xb_engine *e, xybrid_error *err) {
    return xb_fail(err, XYBRID_UNSUPPORTED_MODEL, e->table.name,
                   "this engine is a plug-in, and WebAssembly loads no libraries");
}
#else
/* The origin of an awaited plug-in is its path, "" if no folder is known. The caller holds the mutex. */
static xybrid_status load_awaited(xb_engine *e, xybrid_error *err) {
    char file[96];
    xb_format(file, sizeof file, PLUGIN_FORMAT, e->table.name);
    if (!*e->origin)
        return xb_fail(err, XYBRID_ENGINE_MISSING, file, "%s is looked for in the runtime's engine_dir, which is not set",
                       file);
    xb_dynlib            library = { 0 };
    const xybrid_engine *table;
    xybrid_engine        whole;
    XB_TRY(load_table(e->list->services.mem, e->origin, &library, &table, err));
    xybrid_status st = take_table(table, &whole, err);
    if (st == XYBRID_OK && !xb_streq(whole.name, e->table.name))
        st = xb_fail(err, XYBRID_ENGINE_MISSING, file, "%s holds the engine \"%.64s\", wanted \"%s\"", file, whole.name,
                     e->table.name);
    if (st == XYBRID_OK) st = fill(e, &whole, e->origin, library, err);
    if (st != XYBRID_OK) xb_dynlib_close(&library);
    return st;
}
#endif

xybrid_status xb_engines_await(xb_engines *engines, const char *name, const char *format, const char *folder,
                               xybrid_error *err) {
    xb_mem       *mem = engines->services.mem;
    xybrid_engine table = xb_engine_null; /* complete, so that `add` takes it; none of its slots is called */
    char          file[96], *path = NULL;
    xb_format(file, sizeof file, PLUGIN_FORMAT, name);
    table.name = name;
    table.version = "";
    table.flags = XYBRID_ENGINE_COSTLY_START;
    if (folder) XB_TRY(xb_path_join(mem, folder, file, &path, err));
    xybrid_status st = add_open(engines, &table, path ? path : "", (xb_dynlib){ 0 }, err);
    xb_free(mem, path);
    if (st) return st;
    xb_mutex_lock(&engines->mutex);
    xb_engine *e = find(engines, name);
    e->format = format;
    e->is_awaited = 1;
    xb_mutex_unlock(&engines->mutex);
    return XYBRID_OK;
}

/* ---- starting ---- */

/* Starts the engine unless it runs; after a failure only if `is_retry`, else the old failure is told again. */
static xybrid_status start(xb_engine *e, int32_t is_retry, xybrid_error *err) {
    if (xb_atomic_get(&e->is_ready)) return XYBRID_OK;
    xb_engines   *engines = e->list;
    xybrid_status st = XYBRID_OK;
    xb_mutex_lock(&engines->mutex);
    if (!xb_atomic_get(&e->is_ready) && (!e->is_tried || is_retry)) {
        e->is_tried = 1;
        void *handle = NULL;
        memset(&e->failure, 0, sizeof e->failure);
        st = e->is_awaited ? load_awaited(e, &e->failure) : XYBRID_OK;
        if (st == XYBRID_OK) st = e->table.init(&e->host, e->config, &handle, &e->failure);
        if (st == XYBRID_OK) {
            e->handle = handle;
            e->about = e->table.about ? e->table.about(handle) : NULL;
            engines->started[engines->started_count++] = e;
            xb_atomic_set(&e->is_ready, 1);
        } else {
            e->failure.code = st; /* whatever the engine wrote there */
            if (xb_log_wants(engines->services.log, XB_LOG_INFO))
                xb_log_write(engines->services.log, XB_LOG_INFO, "engine", "%s: %s", e->table.name, e->failure.message);
        }
    }
    if (!xb_atomic_get(&e->is_ready)) {
        *err = e->failure;
        st = err->code;
    }
    xb_mutex_unlock(&engines->mutex);
    return st;
}

/* ---- choosing ---- */

xybrid_status xb_engine_wrap(xybrid_error *err, xybrid_status code, const char *subject, const char *fmt, ...) {
    char    prefix[256];
    va_list args;
    va_start(args, fmt);
    xb_vformat(prefix, sizeof prefix, fmt, args);
    va_end(args);
    xybrid_status old = err->code;
    xybrid_status st = xb_wrap(err, code, -1, subject, "%s", prefix);
    if (old == code && err->cause[0] == code) {
        err->cause[0] = err->cause[1];
        err->cause[1] = err->cause[2];
        err->cause[2] = 0;
    }
    return st;
}

size_t xb_engine_add_text(char *out, size_t capacity, size_t used, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    size_t added = xb_vformat(out + used, capacity - used, fmt, args);
    va_end(args);
    return used + added;
}

static const char *source_name(const xybrid_source *source) { return source->path ? xb_path_base(source->path) : "the model"; }

static size_t list_names(const xb_engines *engines, char *out, size_t capacity) {
    size_t used = 0;
    out[0] = 0;
    for (int32_t i = 0; i < xb_atomic_get(&engines->count); i++)
        used = xb_engine_add_text(out, capacity, used, "%s%s", i ? ", " : "", engines->entries[i]->table.name);
    return used;
}

static xybrid_status select_named(xb_engines *engines, const xybrid_source *source, const char *name, xb_engine **out,
                                  xybrid_error *err) {
    xb_engine *e = find(engines, name);
    if (!e) {
        char names[256];
        list_names(engines, names, sizeof names);
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, name, "there is no engine \"%.64s\"; there are: %s", name, names);
    }
    if (start(e, 1, err) != XYBRID_OK) return xb_engine_wrap(err, err->code, NULL, "%s: ", name);
    xb_fail(err, XYBRID_UNSUPPORTED_MODEL, "", "no reason given");
    if (e->table.probe(e->handle, source, err) <= 0)
        return xb_engine_wrap(err, XYBRID_UNSUPPORTED_MODEL, source_name(source), "%s does not run %.96s: ", name,
                              source_name(source));
    *out = e;
    return XYBRID_OK;
}

/* The refusals of a search. An engine that only says "not my format" (plain UNSUPPORTED_FORMAT) is no refusal. */
typedef struct refusals {
    int32_t       count, missing;
    xybrid_status code; /* of the last one */
    size_t        used;
    char          text[480];
} refusals;

static void refuse(refusals *r, const xb_engine *e, const xybrid_error *why) {
    if (why->code == XYBRID_UNSUPPORTED_FORMAT) return;
    r->count++;
    r->missing += why->code == XYBRID_ENGINE_MISSING;
    r->code = why->code;
    r->used = xb_engine_add_text(r->text, sizeof r->text, r->used, "%s%s: %s", r->used ? "; " : "", e->table.name,
                                 why->message);
}

static xybrid_status fail_search(const xb_engines *engines, const xybrid_source *source, const refusals *r, xybrid_error *err) {
    const char *name = source_name(source);
    if (r->count == 0) {
        char names[256];
        list_names(engines, names, sizeof names);
        return xb_fail(err, XYBRID_UNSUPPORTED_MODEL, name, "no engine reads %.96s (format \"%.32s\"); there are: %s", name,
                       source->format ? source->format : "", names);
    }
    if (r->missing == r->count) return xb_fail(err, XYBRID_ENGINE_MISSING, name, "no engine to run %.96s: %s", name, r->text);
    return xb_fail(err, r->count == 1 && !xb_passes_unwrapped(r->code) ? r->code : XYBRID_UNSUPPORTED_MODEL, name,
                   "no engine runs %.96s: %s", name, r->text);
}

/* Those that cost nothing to start; plug-ins for files of this format; the others that are costly. */
enum { TURN_CHEAP, TURN_PLUGIN, TURN_COSTLY, TURNS };

static int turn_of(const xb_engine *e) {
    if (e->format) return TURN_PLUGIN;
    return e->table.flags & XYBRID_ENGINE_COSTLY_START ? TURN_COSTLY : TURN_CHEAP;
}

static xybrid_status ask(xb_engines *engines, const xybrid_source *source, int turn, xb_engine **best, refusals *r,
                         xybrid_error *err) {
    int32_t best_score = 0;
    for (int32_t i = 0; i < xb_atomic_get(&engines->count) && best_score < 100; i++) {
        xb_engine *e = engines->entries[i];
        if (turn_of(e) != turn || (e->format && !xb_streq(e->format, source->format))) continue;
        xybrid_status st = start(e, 0, err);
        if ((st & XYBRID_PRIMARY_MASK) == XYBRID_OUT_OF_MEMORY) return st;
        if (st != XYBRID_OK) {
            refuse(r, e, err);
            continue;
        }
        xb_fail(err, XYBRID_UNSUPPORTED_MODEL, "", "no reason given");
        int32_t score = e->table.probe(e->handle, source, err);
        if (score <= 0) refuse(r, e, err);
        if (score <= best_score) continue;
        *best = e;
        best_score = score;
    }
    return XYBRID_OK;
}

xybrid_status xb_engines_select(xb_engines *engines, const xybrid_source *source, const char *name, xb_engine **out,
                                xybrid_error *err) {
    xb_atomic_set(&engines->is_closed, 1);
    if (name) return select_named(engines, source, name, out, err);
    xb_engine *best = NULL;
    refusals   r = { 0 };
    for (int turn = TURN_CHEAP; turn < TURNS && !best; turn++) XB_TRY(ask(engines, source, turn, &best, &r, err));
    if (!best) return fail_search(engines, source, &r, err);
    *out = best;
    return XYBRID_OK;
}

/* ---- looking ---- */

int32_t xb_engines_count(xb_engines *engines) { return xb_atomic_get(&engines->count); }

const char *xb_engine_name(const xb_engine *e) { return e->table.name; }

void xb_engines_info(xb_engines *engines, int32_t index, int32_t is_start, xb_engine_info *out) {
    memset(out, 0, sizeof *out);
    if (index < 0 || index >= xb_atomic_get(&engines->count)) return;
    xb_engine   *e = engines->entries[index];
    xybrid_error ignored;
    if (is_start) (void)start(e, 1, &ignored);
    xb_mutex_lock(&engines->mutex);
    out->name = e->table.name;
    out->version = e->table.version ? e->table.version : "";
    out->origin = e->origin;
    out->is_ready = xb_atomic_get(&e->is_ready);
    if (out->is_ready) {
        out->about = e->about;
    } else if (e->is_tried) {
        out->status = e->failure.code;
        xb_format(out->reason, sizeof out->reason, "%s", e->failure.message);
    }
    xb_mutex_unlock(&engines->mutex);
}
