/* engine/onnxruntime/ort_library.c - finds ONNX Runtime's library, refuses what must not be loaded, reads its table.
 *
 * The order matters. Official builds for Linux, macOS and Android from 1.29 on contain an uploader of usage data. Loading
 * such a library and asking for its version does nothing; creating the environment makes a database and a device id below
 * the user's cache folder, files in the temporary folder and a thread, unless ORT_DISABLE_TELEMETRY=1 is in the environment
 * by then (seen with strace in 1.29.0 and 1.32.0). Builds for Windows have none of it, only event tracing, which
 * DisableTelemetryEvents ends. So: set the variable if we may, load, ask the version, and stop there if nothing protects the
 * user. */
#if !defined(_WIN32)
#  define _POSIX_C_SOURCE 200809L /* setenv */
#endif

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/str.h"
#include "engine/onnxruntime/ort_int.h"
#include "plat/file.h"
#include "plat/path.h"

enum { FIRST_WITH_TELEMETRY = 29 };

#if defined(_WIN32)
#  define LIBRARY_PREFIX "onnxruntime"
#  define LIBRARY_NAME   "onnxruntime.dll"
#elif defined(__APPLE__)
#  define LIBRARY_PREFIX "libonnxruntime."
#  define LIBRARY_NAME   "libonnxruntime.dylib"
#else
#  define LIBRARY_PREFIX "libonnxruntime.so"
#  define LIBRARY_NAME   "libonnxruntime.so"
#endif

/* ---- finding ---- */

/* Is it the library's name with a version: libonnxruntime.so.1.32.0, libonnxruntime.1.32.0.dylib? */
static int is_versioned_name(const char *name) {
    if (!xb_starts_with(name, LIBRARY_PREFIX)) return 0;
#if defined(_WIN32)
    return 0;
#elif defined(__APPLE__)
    return name[sizeof LIBRARY_PREFIX - 1] >= '0' && name[sizeof LIBRARY_PREFIX - 1] <= '9' && xb_ends_with(name, ".dylib");
#else
    return name[sizeof LIBRARY_PREFIX - 1] == '.' && name[sizeof LIBRARY_PREFIX] >= '0' && name[sizeof LIBRARY_PREFIX] <= '9';
#endif
}

static int64_t next_number(const char **text) {
    int64_t value = 0;
    while (**text && (**text < '0' || **text > '9')) ++*text;
    for (; **text >= '0' && **text <= '9' && value < 1000000; ++*text) value = value * 10 + (**text - '0');
    return value;
}

static int is_newer(const char *name, const char *than) {
    for (int i = 0; i < 4; i++) {
        int64_t a = next_number(&name), b = next_number(&than);
        if (a != b) return a > b;
    }
    return 0;
}

/* The plain name if the folder has it, else the highest version. */
static xybrid_status find_in_folder(xb_mem *mem, const char *dir, char **out, xybrid_error *err) {
    xb_folder folder;
    XB_TRY(xb_folder_list(mem, dir, &folder, err));
    const char *best = NULL;
    for (size_t i = 0; i < folder.count; i++) {
        const char *name = folder.names[i];
        if (xb_streq(name, LIBRARY_NAME)) {
            best = name;
            break;
        }
        if (is_versioned_name(name) && (!best || is_newer(name, best))) best = name;
    }
    xybrid_status st = best ? xb_path_join(mem, dir, best, out, err)
                            : xb_fail(err, XYBRID_ENGINE_MISSING, dir,
                                      LIBRARY_NAME " not found in %s; put ONNX Runtime's library there, or set the runtime's "
                                                   "engine_dir to the folder that has it",
                                      dir);
    xb_folder_free(&folder);
    return st;
}

static xybrid_status find_library(xb_mem *mem, const ort_config *config, char **out, xybrid_error *err) {
    const char *given = config->library ? config->library : config->dir;
    if (!given)
        return xb_fail(err, XYBRID_ENGINE_MISSING, LIBRARY_NAME,
                       LIBRARY_NAME " is not looked for: set the runtime's engine_dir to the folder that has it");
    if (!xb_path_is_absolute(given))
        return xb_fail(err, XYBRID_ENGINE_MISSING, given, "%s is looked for by absolute path only, \"%s\" is none",
                       LIBRARY_NAME, given);
    int32_t kind = XB_PATH_NONE;
    XB_TRY(xb_path_kind(mem, given, &kind, err));
    if (kind == XB_PATH_FOLDER && !config->library) return find_in_folder(mem, given, out, err);
    if (kind != XB_PATH_FILE)
        return xb_fail(err, XYBRID_ENGINE_MISSING, given, "%s not found: %s %s", LIBRARY_NAME, given,
                       kind == XB_PATH_NONE ? "does not exist" : "is not a file");
    char *copy = xb_strdup(mem, given, err);
    if (!copy) return err->code;
    *out = copy;
    return XYBRID_OK;
}

/* ---- opening ---- */

static void set_telemetry_switch(const ort_config *config) {
#if !defined(_WIN32)
    if (config->allow_telemetry_switch) (void)setenv("ORT_DISABLE_TELEMETRY", "1", 1);
#else
    (void)config;
#endif
}

static xybrid_status check_telemetry(const ort_config *config, const ort_library *l, xybrid_error *err) {
#if defined(_WIN32)
    (void)config, (void)l, (void)err;
    return XYBRID_OK;
#else
    if (l->minor < FIRST_WITH_TELEMETRY || config->telemetry_switch_set || config->allow_telemetry_switch) return XYBRID_OK;
    return xb_fail(
        err, XYBRID_ENGINE_MISSING, l->path,
        "%.160s is ONNX Runtime %s, which writes a device id below the user's cache folder and sends usage data unless "
        "ORT_DISABLE_TELEMETRY=1 is in the environment: set it before the process starts and tell the runtime so "
        "(XYBRID_RUNTIME_TELEMETRY_IS_OFF), or let the library set it (XYBRID_RUNTIME_MAY_SET_ENV), or use 1.28",
        l->path, l->version);
#endif
}

/* "1.28.2" -> 28; -1 if it is no version of the kind we know. */
static int32_t read_minor(const char *version) {
    if (!version || !xb_starts_with(version, "1.")) return -1;
    const char *p = version + 2;
    if (*p < '0' || *p > '9') return -1;
    return (int32_t)next_number(&p);
}

static void read_table(const void *table, int32_t version, ort_api *api) {
    typedef void (*any_fn)(void);
    const any_fn *slots = table;
#define ORT_READ(number, since, name, result, parameters) \
    api->name = version >= (since) ? (result(ORT_CALL *) parameters)slots[number] : NULL;
    ORT_SLOTS(ORT_READ)
#undef ORT_READ
}

static xybrid_status read_base(const OrtApiBase *base, const ort_config *config, ort_library *l, xybrid_error *err) {
    const char *version = base->GetVersionString();
    xb_format(l->version, sizeof l->version, "%s", version ? version : "");
    l->minor = read_minor(version);
    if (l->minor < ORT_API_OLDEST)
        return xb_fail(err, XYBRID_ENGINE_MISSING, l->path, "%s is ONNX Runtime %s; 1.%d or newer is wanted", l->path,
                       l->version, ORT_API_OLDEST);
    XB_TRY(check_telemetry(config, l, err));
    /* the library answers to every version up to its own; a higher one would make it print a line */
    l->api_version = l->minor < ORT_API_NEWEST ? l->minor : ORT_API_NEWEST;
    const void *table = base->GetApi((uint32_t)l->api_version);
    if (!table)
        return xb_fail(err, XYBRID_ENGINE_MISSING, l->path, "%s is ONNX Runtime %s, but has no interface version %d", l->path,
                       l->version, l->api_version);
    read_table(table, l->api_version, &l->api);
    return XYBRID_OK;
}

static xybrid_status load(xb_mem *mem, const ort_config *config, ort_library *l, xybrid_error *err) {
    XB_TRY(find_library(mem, config, &l->path, err));
    set_telemetry_switch(config);
    xybrid_status st = xb_dynlib_open(mem, l->path, &l->lib, err);
    if (st == XYBRID_ENGINE_MISSING) {
        char words[300];
        xb_format(words, sizeof words, "%s", err->message);
        return xb_fail(err, st, l->path, "%s cannot be loaded; ONNX Runtime 1.%d or newer for this system is wanted (%s)",
                       l->path, ORT_API_OLDEST, words);
    }
    XB_TRY(st);
    ort_get_api_base_fn get = (ort_get_api_base_fn)xb_dynlib_symbol(&l->lib, "OrtGetApiBase");
    const OrtApiBase   *base = get ? get() : NULL;
    if (!base)
        return xb_fail(err, XYBRID_ENGINE_MISSING, l->path,
                       "%s is a library, but not ONNX Runtime: it exports no OrtGetApiBase", l->path);
    return read_base(base, config, l, err);
}

xybrid_status xb_ort_library_open(xb_mem *mem, const ort_config *config, ort_library *out, xybrid_error *err) {
    ort_library   l = { 0 };
    xybrid_status st;
    if (config->api_base != 0) {
        l.is_linked = 1;
        l.path = xb_strdup(mem, "linked", err);
        set_telemetry_switch(config);
        st = l.path ? read_base((const OrtApiBase *)(uintptr_t)config->api_base, config, &l, err) : err->code;
    } else {
        st = load(mem, config, &l, err);
    }
    if (st == XYBRID_OK) *out = l;
    else xb_ort_library_close(mem, &l);
    return st;
}

void xb_ort_library_close(xb_mem *mem, ort_library *library) {
    /* once in use it stays loaded: each time ONNX Runtime is unloaded it leaves 80 bytes of its own behind */
    if (!library->api_version) xb_dynlib_close(&library->lib);
    xb_free(mem, library->path);
    memset(library, 0, sizeof *library);
}
