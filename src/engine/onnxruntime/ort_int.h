/* engine/onnxruntime/ort_int.h - what the files of this engine share. */
#ifndef XB_ORT_INT_H
#define XB_ORT_INT_H

#include <xybrid/engine.h>

#include "base/arena.h"
#include "base/limits.h"
#include "codec/json.h"
#include "engine/onnxruntime/ort_api.h"
#include "plat/dynlib.h"
#include "plat/thread.h"

enum { ORT_MAX_PROVIDERS = 8, ORT_REASON_BYTES = 240 };

typedef struct ort_library {
    xb_dynlib lib;         /* none for a linked one */
    char     *path;        /* "linked" for that; owned */
    char      version[32]; /* "1.28.2" */
    int32_t   minor;
    int32_t   api_version;
    int32_t   is_linked;
    ort_api   api;
} ort_library;

typedef struct ort_config {
    const char    *library, *dir; /* NULL = none; borrowed from the JSON document */
    int64_t        api_base;      /* 0 = none */
    int            telemetry_switch_set, allow_telemetry_switch;
    const xb_json *providers; /* NULL = none */
} ort_config;

/* A value of ONNX Runtime's that was handed to the host, until the host releases it. Kept for the next one. */
typedef struct ort_gift {
    struct ort_gift   *next;
    struct ort_engine *engine;
    OrtValue          *value;
} ort_gift;

typedef struct ort_engine {
    const xybrid_host *host;
    xb_mem             mem;        /* hands on to host->alloc, for the rooms that want an xb_mem */
    xb_json_doc       *config_doc; /* NULL = no configuration */
    ort_config         config;
    ort_library        library;
    OrtEnv            *env;
    OrtMemoryInfo     *cpu;
    OrtAllocator      *allocator; /* the library's own, not released */
    int64_t            charged_bytes;
    char              *about;
    xb_mutex           gift_mutex;
    ort_gift          *gifts;
} ort_engine;

typedef struct ort_provider {
    char    name[64];
    int32_t is_used;
    char    reason[ORT_REASON_BYTES]; /* why not */
} ort_provider;

typedef struct ort_model {
    ort_engine  *engine;
    xb_arena     arena; /* ports and their strings */
    OrtSession  *session;
    int32_t      input_count, output_count;
    xybrid_port *inputs, *outputs;
    int64_t      charged_bytes;
    int32_t      provider_count;
    ort_provider providers[ORT_MAX_PROVIDERS];
    char        *description; /* JSON */
} ort_model;

/* ---- ort_library.c ---- */

/* Loads the library that the configuration names and fills *out. Errors: ENGINE_MISSING with what was found and what is
 * wanted, MALFORMED for the configuration, OUT_OF_MEMORY. */
xybrid_status xb_ort_library_open(xb_mem *mem, const ort_config *config, ort_library *out, xybrid_error *err);
void          xb_ort_library_close(xb_mem *mem, ort_library *library); /* zero is fine */

/* ---- onnxruntime.c ---- */

/* Turns a failure of the library into an error of `code` ("<what><its text>") and releases it. */
xybrid_status xb_ort_fail(const ort_api *api, OrtStatus *status, xybrid_status code, const char *subject, const char *what,
                          xybrid_error *err);

/* For calls that fail only when memory is out, or that hold no news: 1 = failed; releases the status. */
int xb_ort_failed(const ort_api *api, OrtStatus *status);

/* A path in the form that the library takes; freed with xb_free. */
xybrid_status xb_ort_path(xb_mem *mem, const char *path, ort_char **out, xybrid_error *err);

/* ---- ort_model.c ---- */

xybrid_status xb_ort_estimate(void *engine, const xybrid_source *source, const xybrid_engine_options *options, xybrid_cost *out,
                              xybrid_error *err);
xybrid_status xb_ort_open(void *engine, const xybrid_source *source, const xybrid_engine_options *options,
                          const xybrid_cancel *cancel, void **model, xybrid_error *err);
void          xb_ort_close(void *model);
xybrid_status xb_ort_port(void *model, int32_t way, int32_t index, xybrid_port *out, xybrid_error *err);
const char   *xb_ort_describe(void *model);

/* ---- ort_session.c ---- */

xybrid_status xb_ort_session_open(void *model, const xybrid_engine_options *options, void **out, xybrid_error *err);
void          xb_ort_session_close(void *session);
xybrid_status xb_ort_bind(void *session, int32_t index, const xybrid_tensor *tensor, xybrid_error *err);
xybrid_status xb_ort_carry(void *session, int32_t output, int32_t input, int32_t axis, xybrid_error *err);
void          xb_ort_reset(void *session);
xybrid_status xb_ort_run(void *session, const xybrid_call *call, xybrid_error *err);
int64_t       xb_ort_session_trim(void *session, int32_t pressure);

#endif
