/* door.h - what the tests of the public API share. They see include/xybrid alone. */
#ifndef DOOR_H
#define DOOR_H

#include <xybrid/engine.h>
#include <xybrid/xybrid.h>

#include "check.h"

#ifndef XB_TEST_DATA
#  define XB_TEST_DATA "../shared/data"
#endif

#define DOOR_ENGINES XB_TEST_ENGINES

/* At the start of a test that counts memory over many runs: a build that knows freed handles keeps them. */
#if defined(XB_CHECKED_HANDLES)
#  define DOOR_NEEDS_STEADY_MEMORY CHECK_SKIP("this build keeps freed handles: XYBRID_CHECKED_HANDLES")
#else
#  define DOOR_NEEDS_STEADY_MEMORY ((void)0)
#endif

/* Everything takes ten times as long, or more: fewer rounds, wider bounds of time. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || defined(XB_TEST_EMULATED)
#  define DOOR_IS_SLOW 1
#elif defined(__has_feature)
#  if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#    define DOOR_IS_SLOW 1
#  endif
#endif
#if !defined(DOOR_IS_SLOW)
#  define DOOR_IS_SLOW 0
#endif

/* At the start of a test that loads ONNX Runtime. The thread sanitizer would call its locks races, for it does not see them;
 * a cross build has no library of its system. */
#if defined(__SANITIZE_THREAD__)
#  define DOOR_NEEDS_ONNXRUNTIME CHECK_SKIP("ONNX Runtime is not instrumented: it runs without the thread sanitizer")
#elif defined(XB_TEST_NO_ONNXRUNTIME)
#  define DOOR_NEEDS_ONNXRUNTIME CHECK_SKIP("no ONNX Runtime for this system")
#else
#  define DOOR_NEEDS_ONNXRUNTIME ((void)0)
#endif
#define DOOR_OK(expr) CHECK_OR_RETURN(door_ok_((expr), &err, #expr, __LINE__))

static inline int door_ok_(xybrid_status st, const xybrid_error *err, const char *what, int line) {
    if (st) printf("line %d: %s: %s (%s)\n", line, what, err->message, xybrid_status_name(st));
    return st == XYBRID_OK;
}

/* A runtime with the engines of the build folder; NULL (and a failed check) if it cannot be made. */
static inline xybrid_runtime *door_runtime(void) {
    xybrid_error           err;
    xybrid_runtime_options o;
    xybrid_runtime        *rt = NULL;
    xybrid_runtime_options_init(&o, sizeof o);
    o.engine_dir = DOOR_ENGINES;
    o.flags = XYBRID_RUNTIME_MAY_SET_ENV;
    o.threads = 2;
    CHECK(door_ok_(xybrid_runtime_create(&o, &rt, &err), &err, "xybrid_runtime_create", __LINE__));
    return rt;
}

static inline int door_file_exists(const char *path) {
    FILE *f = fopen(path, "rb");
    if (f) fclose(f);
    return f != NULL;
}

/* A file of the reference data, or NULL. One buffer: use it at once. */
static inline const char *door_data(const char *name) {
    static char path[1024];
    snprintf(path, sizeof path, "%s/%s", XB_TEST_DATA, name);
    return door_file_exists(path) ? path : NULL;
}

/* The folder of a pack with its weights, or NULL. One buffer. */
static inline const char *door_pack(const char *name, const char *weights) {
    static char path[1024];
    snprintf(path, sizeof path, "%s/%s/%s", XB_TEST_MODELS, name, weights);
    if (!door_file_exists(path)) return NULL;
    snprintf(path, sizeof path, "%s/%s", XB_TEST_MODELS, name);
    return path;
}

/* Reads at most `room` bytes of a file; 0 if there is none. */
static inline size_t door_read(const char *path, char *bytes, size_t room) {
    FILE *f = fopen(path, "rb");
    if (!f) return 0;
    size_t size = fread(bytes, 1, room, f);
    fclose(f);
    return size;
}

static inline int door_write_to(const char *path, const void *bytes, size_t size) {
    FILE *f = fopen(path, "wb");
    if (!f) return 0;
    size_t written = fwrite(bytes, 1, size, f);
    return fclose(f) == 0 && written == size;
}

/* Writes a small file into the build folder; its path. One buffer for each of 8 calls. */
static inline const char *door_write(const char *name, const void *bytes, size_t size) {
    static char paths[8][1024];
    static int  next;
    char       *path = paths[next++ % 8];
    snprintf(path, 1024, "%s/Testing/%s", XB_TEST_BUILD, name);
    CHECK(door_write_to(path, bytes, size));
    return path;
}

#endif
