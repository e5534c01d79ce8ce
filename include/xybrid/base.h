/* xybrid/base.h - status codes, the error struct, element types, version.
 *
 *     xybrid_error err;                                    // no initialisation needed
 *     if (xybrid_runtime_create(NULL, &rt, &err) ||        // XYBRID_OK is 0, so calls chain with ||
 *         xybrid_model_load(rt, "models/mnist", NULL, &model, &err) ||
 *         xybrid_model_run(model, in, NULL, &out, &err)) {
 *         fprintf(stderr, "%s\n", err.message);            // one line: what, where, the way out
 *         if (err.retryable) try_again_later();
 *     }
 *     xybrid_envelope_free(out);                           // NULL is fine everywhere
 *
 * RULES OF THE WHOLE API
 *  Errors    Functions that can fail return xybrid_status (which must be looked at) and take a caller-owned xybrid_error
 *            last; NULL is allowed.
 *            On failure no out-parameter is written and nothing is leaked. Free functions take NULL and cannot fail.
 *  Strings   UTF-8. Names, paths, references and JSON are NUL-terminated. Payload text has a length, -1 = NUL-terminated.
 *            Every string the library gives out is NUL-terminated and its lifetime is stated.
 *  Numbers   int64_t for bytes, elements and times; int32_t for counts, indexes and enumerations. No size_t, no bool,
 *            no C enum type crosses the door. XYBRID_AUTO (-1) = "the library or the model decides"; 0 means 0.
 *  Structs   options   you fill; xybrid_X_options_init(&o, sizeof o) writes size and real defaults; append-only.
 *            views     the library owns them, you read by const pointer; struct_size says how much it filled; append-only.
 *            frozen    xybrid_error, xybrid_estimate, xybrid_stats: fixed size for ever, spare room inside, no init.
 *            tables    functions you implement; set struct_size = sizeof; optional slots may be NULL.
 *  Callbacks The context is the first argument. The calling thread is stated. 0 = go on, anything else = stop. A callback
 *            must not unwind (no exception, no longjmp) through the library.
 *  Lifetime  A handle keeps what it was made from alive, so handles may be freed in any order (finalizers included).
 *  Silence   The library never prints, exits, reads the environment or installs signal handlers; it has no mutable globals.
 */
#ifndef XYBRID_BASE_H
#define XYBRID_BASE_H

#include <stddef.h> /* NULL */
#include <stdint.h>

#if defined(_WIN32) && !defined(XYBRID_STATIC)
#  ifdef XYBRID_BUILD
#    define XYBRID_API __declspec(dllexport)
#  else
#    define XYBRID_API __declspec(dllimport)
#  endif
#elif defined(__GNUC__)
#  define XYBRID_API __attribute__((visibility("default")))
#else
#  define XYBRID_API
#endif

/* The compiler makes the caller look at a status. */
#if defined(__cplusplus) && __cplusplus >= 201703L
#  define XYBRID_NODISCARD [[nodiscard]]
#elif defined(__GNUC__)
#  define XYBRID_NODISCARD __attribute__((warn_unused_result))
#else
#  define XYBRID_NODISCARD
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef struct xybrid_runtime  xybrid_runtime;   /* allocator, log, budgets, engines: runtime.h */
typedef struct xybrid_envelope xybrid_envelope;  /* data in and out: envelope.h */
typedef struct xybrid_model    xybrid_model;     /* anything that runs: model.h */
typedef struct xybrid_session  xybrid_session;   /* one conversation or timeline: session.h */
typedef struct xybrid_stream   xybrid_stream;    /* one request in flight: stream.h */
typedef struct xybrid_cancel   xybrid_cancel;    /* one-shot token: cancel.h */

enum { XYBRID_AUTO = -1, XYBRID_ABI_VERSION = 1 };

/* A status: primary code in the low byte, detail in the next. Numbers are never reused; code that knows only the primary
 * compares (status & XYBRID_PRIMARY_MASK). The enumeration is generated from src/base/status.def. */
typedef int32_t xybrid_status;
enum {
    XYBRID_OK = 0,
    XYBRID_INVALID_ARGUMENT = 1,
    XYBRID_OUT_OF_MEMORY = 2,
        XYBRID_OUT_OF_MEMORY_HOST = 2 | 1 << 8, XYBRID_OUT_OF_MEMORY_BUDGET = 2 | 2 << 8,
    XYBRID_BUSY = 3,
    XYBRID_CANCELLED = 4,
        XYBRID_CANCELLED_TOKEN = 4 | 1 << 8, XYBRID_CANCELLED_CALLBACK = 4 | 2 << 8, XYBRID_CANCELLED_DEADLINE = 4 | 3 << 8,
    XYBRID_IO = 5,
        XYBRID_IO_OPEN = 5 | 1 << 8, XYBRID_IO_READ = 5 | 2 << 8, XYBRID_IO_WRITE = 5 | 3 << 8,
        XYBRID_IO_NO_SPACE = 5 | 4 << 8, XYBRID_IO_PERMISSION = 5 | 5 << 8, XYBRID_IO_MAP = 5 | 6 << 8,
    XYBRID_NETWORK = 6,
        XYBRID_NETWORK_RESOLVE = 6 | 1 << 8, XYBRID_NETWORK_CONNECT = 6 | 2 << 8, XYBRID_NETWORK_TLS = 6 | 3 << 8,
        XYBRID_NETWORK_HTTP = 6 | 4 << 8, XYBRID_NETWORK_TIMEOUT = 6 | 5 << 8, XYBRID_NETWORK_OFFLINE = 6 | 6 << 8,
    XYBRID_CHECKSUM = 7,
    XYBRID_UNSUPPORTED_FORMAT = 8,
        XYBRID_UNSUPPORTED_MODEL = 8 | 1 << 8, XYBRID_UNSUPPORTED_PACK = 8 | 2 << 8, XYBRID_UNSUPPORTED_AUDIO = 8 | 3 << 8,
        XYBRID_UNSUPPORTED_IMAGE = 8 | 4 << 8, XYBRID_UNSUPPORTED_OPERATOR = 8 | 5 << 8, XYBRID_MALFORMED = 8 | 6 << 8,
        XYBRID_ENGINE_MISSING = 8 | 7 << 8,
    XYBRID_MODEL_NOT_FOUND = 9,
    XYBRID_PREPROCESSING_FAILED = 10,
    XYBRID_INFERENCE_FAILED = 11,
    XYBRID_POSTPROCESSING_FAILED = 12,
    XYBRID_POLICY_DENIED = 13,
    XYBRID_INTERNAL = 14,
    XYBRID_PRIMARY_MASK = 0xff
};

/* What went wrong. Caller-owned (usually on the stack), written only on failure, needs no initialisation, no freeing and no
 * memory, so it works when memory is out. Frozen: 1,024 bytes on every platform, for ever. Text is cut at a character. */
typedef struct xybrid_error {
    int32_t code;            /* the status that the function returned */
    int32_t cause[3];        /* chain of causes, nearest first, 0 ends it */
    int32_t os_code;         /* errno or GetLastError of the root, 0 if none */
    int32_t engine_code;     /* the engine's own number, 0 if none */
    int32_t http_status;     /* 0 if none */
    int32_t retry_after_ms;  /* the server's wish, XYBRID_AUTO if none */
    int32_t retryable;       /* 1: the same call may succeed later without a change */
    int32_t stage;           /* pipeline stage, from 0; -1 if none */
    int32_t step;            /* pre- or postprocessing step, from 0; -1 if none */
    int32_t line, column;    /* in YAML or JSON, from 1; 0 if none */
    int32_t reserved_1;
    int64_t position;        /* byte in the file, character in the text; -1 if none */
    char    subject[192];    /* the path, tensor, step, model or rule it is about */
    char    message[576];    /* one line for people: found, wanted, unit, way out; causes included */
    uint8_t reserved_2[192];
} xybrid_error;

/* Element types. Numbers are ONNX's TensorProto.DataType. */
typedef int32_t xybrid_dtype;
enum {
    XYBRID_FLOAT32 = 1, XYBRID_UINT8 = 2, XYBRID_INT8 = 3, XYBRID_UINT16 = 4, XYBRID_INT16 = 5, XYBRID_INT32 = 6,
    XYBRID_INT64 = 7, XYBRID_BOOL = 9, XYBRID_FLOAT16 = 10, XYBRID_FLOAT64 = 11, XYBRID_UINT32 = 12, XYBRID_UINT64 = 13,
    XYBRID_BFLOAT16 = 16
};

/* Says that the library no longer needs `data`. Called exactly once, on whichever thread drops the last reference; must not
 * call the library. Where a function takes a release: NULL = the data is copied now; xybrid_release_none = borrowed, the
 * caller keeps it valid and unchanged until the envelope and all that uses it are gone; any other = borrowed until it is
 * called. If the function fails, the release is not called and the caller still owns the data. */
typedef void (*xybrid_release_fn)(void *ctx, const void *data);

/* Does nothing: marks borrowed data. A real symbol, so that bindings need no cast of a number to a function. */
XYBRID_API void xybrid_release_none(void *ctx, const void *data);

/* "1.4.2". Static. Any thread. */
XYBRID_API const char *xybrid_version(void);

/* JSON of every public struct (size, offset and type of each field), enumeration and function of this build. Static. Any
 * thread. Bindings compare it with what they were written for; a WASM binding reads its field offsets from it. */
XYBRID_API const char *xybrid_abi_describe(void);

/* "IO_NO_SPACE" for XYBRID_IO_NO_SPACE; "UNKNOWN" for a number this build lacks. Static. Any thread. */
XYBRID_API const char *xybrid_status_name(xybrid_status status);

/* Fills `err` (NULL allowed) for a callback, step or transport that fails, and returns `code`. `subject` and `reason` are
 * copied, NULL = "". Any thread. (Plug-in engines use the same function in xybrid_host.) */
XYBRID_API xybrid_status xybrid_error_set(xybrid_error *err, xybrid_status code, const char *subject, const char *reason);

#ifdef __cplusplus
}
#endif
#endif
