/* xybrid/runtime.h - the host's side: memory, log, threads, budgets, engines.
 *
 *     xybrid_runtime_options opt;
 *     xybrid_runtime_options_init(&opt, sizeof opt);
 *     opt.threads = 4;                                   // for everything this runtime does
 *     opt.memory_budget_bytes = 512 << 20;               // enforced: OUT_OF_MEMORY_BUDGET, never a dead app
 *     opt.engine_dir = "/opt/app/engines";               // where libxybrid-llama, libonnxruntime lie
 *     opt.log = my_log;
 *     xybrid_runtime *rt = NULL;
 *     if (xybrid_runtime_create(&opt, &rt, &err)) return fail(err.message);
 *     ...
 *     xybrid_runtime_trim(rt, XYBRID_PRESSURE_CRITICAL); // from onTrimMemory, didReceiveMemoryWarning
 *     xybrid_runtime_free(rt);
 *
 * One runtime for an application; several are possible and share nothing. NULL options are the defaults: the C allocator, no
 * log, only the engines that are built in. All functions here: any thread.
 *
 * In a child process after fork every function of this library answers BUSY and frees nothing: use exec, or make the runtime
 * after the fork.
 */
#ifndef XYBRID_RUNTIME_H
#define XYBRID_RUNTIME_H

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Table: the host's memory. Any thread, several at once; must not call the library. */
typedef struct xybrid_allocator {
    uint32_t struct_size;
    uint32_t reserved;
    void    *ctx;
    void  *(*alloc)(void *ctx, int64_t size_bytes, int64_t align);                /* NULL = no memory; not zeroed */
    void   (*free)(void *ctx, void *memory, int64_t size_bytes, int64_t align);   /* the sizes given to alloc */
} xybrid_allocator;

typedef int32_t xybrid_log_level;
enum { XYBRID_LOG_OFF = 0, XYBRID_LOG_ERROR = 1, XYBRID_LOG_WARN = 2, XYBRID_LOG_INFO = 3, XYBRID_LOG_DEBUG = 4 };

/* One line, no line break, valid during the call. Any thread, one call at a time; must not call the library. */
typedef void (*xybrid_log_fn)(void *ctx, xybrid_log_level level, const char *room, const char *line);

enum { /* xybrid_runtime_options.flags */
    /* Microsoft's ONNX Runtime libraries from 1.29 on report their use over the network, and keep a database and a device id
     * in the user's folders, unless the process environment says ORT_DISABLE_TELEMETRY=1 before they are loaded. This library
     * does not touch the environment of its host unasked, so without one of these two such a library is refused
     * (ENGINE_MISSING, with this advice). */
    XYBRID_RUNTIME_TELEMETRY_IS_OFF = 1,  /* the host has set the variable itself, before making the runtime */
    XYBRID_RUNTIME_MAY_SET_ENV = 2        /* the engine may set it, once, before it loads the library */
};

typedef struct xybrid_runtime_options {
    uint32_t                struct_size;
    uint32_t                flags;               /* 0 */
    const xybrid_allocator *allocator;           /* NULL = the C library's; table copied */
    xybrid_log_fn           log;                 /* NULL */
    void                   *log_ctx;
    xybrid_log_level        log_level;           /* XYBRID_LOG_WARN */
    int32_t                 threads;             /* XYBRID_AUTO = big cores, at most 4; 1 = only the callers' threads */
    int64_t                 memory_budget_bytes; /* private memory of everything; XYBRID_AUTO = no limit */
    const char             *engine_dir;          /* absolute folder of engines' libraries, NULL = none are looked for; copied */
    const void             *onnxruntime_api;     /* OrtApiBase of an ONNX Runtime that is linked in; NULL */
    const char             *engine_config;       /* JSON: {"onnxruntime": {...}}, see docs/engines.md; NULL; copied */
    const char             *cache_dir;           /* absolute folder, which exists, for what engines derive from models: NULL =
                                                  * nothing is kept; copied. See below */
} xybrid_runtime_options;

/* cache_dir. The native engine puts weights into forms that its kernels read faster, up to four times as large. With a folder
 * each is written once and mapped from then on: the next start of the application packs nothing, and the memory is the system's
 * file cache instead of the process's own. Without one it is private memory, made anew by each process. Give the application's
 * own cache folder (Android getCacheDir, Apple Caches): who can write there can change results, though never more than that.
 * Files are named after engine, version, processor and model; all may be removed at any time, also while a model runs on
 * POSIX systems. A folder that is missing, full or read-only is as none. */

typedef struct xybrid_stats {      /* frozen, 128 bytes */
    int64_t private_bytes, private_peak_bytes;   /* allocated and charged */
    int64_t mapped_bytes;                        /* models' files in place */
    int64_t allocations;                         /* since creation */
    int64_t runs;                                /* requests that have ended, well or not */
    int64_t store_bytes;                         /* 0: this build has no store */
    int32_t models, sessions, streams, threads;  /* alive now; threads: the budget */
    int64_t reserved[8];
} xybrid_stats;

typedef int32_t xybrid_pressure;
enum { XYBRID_PRESSURE_IDLE = 0, XYBRID_PRESSURE_WARN = 1, XYBRID_PRESSURE_CRITICAL = 2 };

/* Writes the size and the defaults shown above. `struct_size` = sizeof *options as the caller compiled it. */
XYBRID_API void xybrid_runtime_options_init(xybrid_runtime_options *options, uint32_t struct_size);

/* Makes a runtime. No file is read, no thread starts and no library is loaded before it is needed. `options` may be NULL and
 * is not kept. *out is freed with xybrid_runtime_free. Errors: INVALID_ARGUMENT, OUT_OF_MEMORY, ENGINE_MISSING (a processor older
 * than x86-64-v2, which has SSE4.2). */
XYBRID_NODISCARD XYBRID_API xybrid_status xybrid_runtime_create(const xybrid_runtime_options *options, xybrid_runtime **out,
                                                                xybrid_error *err);

/* Drops the caller's reference; the runtime ends when the last handle made from it is freed. The allocator and the log must
 * stay valid until then. */
XYBRID_API void xybrid_runtime_free(xybrid_runtime *rt);

/* JSON: version, CPU features, threads, engines (found, missing and how to get them), steps. Loads the engines' libraries to
 * ask them. *out is a Text. Errors: OUT_OF_MEMORY. */
XYBRID_NODISCARD XYBRID_API xybrid_status xybrid_runtime_describe(xybrid_runtime *rt, xybrid_envelope **out, xybrid_error *err);

/* Figures of this moment. Never fails; NULL gives zeros. */
XYBRID_API void xybrid_runtime_stats(const xybrid_runtime *rt, xybrid_stats *out);

/* Gives memory back: IDLE drops pools and work space of sessions at rest; WARN and CRITICAL also the sessions that models keep
 * for runs without one. Running requests go on. Returns the private bytes given back. */
XYBRID_API int64_t xybrid_runtime_trim(xybrid_runtime *rt, xybrid_pressure pressure);

#ifdef __cplusplus
}
#endif
#endif
