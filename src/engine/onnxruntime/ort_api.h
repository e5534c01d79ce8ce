/* engine/onnxruntime/ort_api.h - the part of ONNX Runtime's C interface that we use, in our own words.
 *
 * The library exports one function, OrtGetApiBase. Its table gives, for each version N of the interface, a table of function
 * pointers that only ever grows: a slot keeps its number and its signature for ever. So we name the slots we use by number
 * and copy them out; no header of theirs is needed to build, and no symbol of theirs is linked.
 *
 * How a number is verified: scripts/check_ort_slots.py reads this file and the published onnxruntime_c_api.h, and compares
 * name, number, return type, parameter types and first version of every row (and the numbers of the enumerations). It was
 * last run against the header of version 29 and, for the order, against the table of the crate ort-sys (version 31). */
#ifndef XB_ORT_API_H
#define XB_ORT_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32)
#  define ORT_CALL __stdcall
typedef wchar_t ort_char; /* of paths */
#else
#  define ORT_CALL
typedef char ort_char;
#endif

enum {
    ORT_API_OLDEST = 20, /* the oldest library that the tests were run with: 1.20.1, 1.24.4, 1.28.2, 1.32.0 */
    ORT_API_NEWEST = 29  /* the newest that the slots were compared with; a newer library answers to it, too */
};

typedef struct OrtStatus                 OrtStatus; /* NULL = success */
typedef struct OrtEnv                    OrtEnv;
typedef struct OrtSession                OrtSession;
typedef struct OrtSessionOptions         OrtSessionOptions;
typedef struct OrtRunOptions             OrtRunOptions;
typedef struct OrtThreadingOptions       OrtThreadingOptions;
typedef struct OrtIoBinding              OrtIoBinding;
typedef struct OrtValue                  OrtValue;
typedef struct OrtMemoryInfo             OrtMemoryInfo;
typedef struct OrtAllocator              OrtAllocator;
typedef struct OrtTypeInfo               OrtTypeInfo;
typedef struct OrtTensorTypeAndShapeInfo OrtTensorTypeAndShapeInfo;
typedef struct OrtCUDAProviderOptionsV2  OrtCUDAProviderOptionsV2;

typedef int OrtErrorCode;
typedef int OrtLoggingLevel;
typedef int GraphOptimizationLevel;
typedef int ONNXType;
typedef int ONNXTensorElementDataType; /* the numbers of xybrid_dtype */
typedef int OrtAllocatorType;
typedef int OrtMemType;

enum {
    ORT_FAIL = 1,
    ORT_INVALID_ARGUMENT = 2,
    ORT_NO_SUCHFILE = 3,
    ORT_RUNTIME_EXCEPTION = 6,
    ORT_INVALID_PROTOBUF = 7,
    ORT_NOT_IMPLEMENTED = 9,
    ORT_INVALID_GRAPH = 10,
    ORT_LOGGING_LEVEL_ERROR = 3,
    ORT_ENABLE_ALL = 99,
    ONNX_TYPE_TENSOR = 1,
    OrtDeviceAllocator = 0,
    OrtMemTypeDefault = 0
};

typedef void(ORT_CALL *OrtLoggingFunction)(void *param, OrtLoggingLevel severity, const char *category, const char *logid,
                                           const char *code_location, const char *message);

/* X(number, first version, name, return type, parameters); the formatter takes the pointers for products */
/* clang-format off */
#define ORT_SLOTS(X)                                                                                                          \
    X(1, 1, GetErrorCode, OrtErrorCode, (const OrtStatus *status))                                                            \
    X(2, 1, GetErrorMessage, const char *, (const OrtStatus *status))                                                         \
    X(6, 1, DisableTelemetryEvents, OrtStatus *, (const OrtEnv *env))                                                         \
    X(7, 1, CreateSession, OrtStatus *,                                                                                       \
      (const OrtEnv *env, const ort_char *model_path, const OrtSessionOptions *options, OrtSession **out))                    \
    X(8, 1, CreateSessionFromArray, OrtStatus *,                                                                              \
      (const OrtEnv *env, const void *model_data, size_t model_data_length, const OrtSessionOptions *options,                 \
       OrtSession **out))                                                                                                     \
    X(10, 1, CreateSessionOptions, OrtStatus *, (OrtSessionOptions **options))                                                \
    X(17, 1, DisableMemPattern, OrtStatus *, (OrtSessionOptions *options))                                                    \
    X(23, 1, SetSessionGraphOptimizationLevel, OrtStatus *,                                                                   \
      (OrtSessionOptions *options, GraphOptimizationLevel graph_optimization_level))                                          \
    X(24, 1, SetIntraOpNumThreads, OrtStatus *, (OrtSessionOptions *options, int intra_op_num_threads))                       \
    X(25, 1, SetInterOpNumThreads, OrtStatus *, (OrtSessionOptions *options, int inter_op_num_threads))                       \
    X(30, 1, SessionGetInputCount, OrtStatus *, (const OrtSession *session, size_t *out))                                     \
    X(31, 1, SessionGetOutputCount, OrtStatus *, (const OrtSession *session, size_t *out))                                    \
    X(33, 1, SessionGetInputTypeInfo, OrtStatus *, (const OrtSession *session, size_t index, OrtTypeInfo **type_info))        \
    X(34, 1, SessionGetOutputTypeInfo, OrtStatus *, (const OrtSession *session, size_t index, OrtTypeInfo **type_info))       \
    X(36, 1, SessionGetInputName, OrtStatus *,                                                                                \
      (const OrtSession *session, size_t index, OrtAllocator *allocator, char **value))                                       \
    X(37, 1, SessionGetOutputName, OrtStatus *,                                                                               \
      (const OrtSession *session, size_t index, OrtAllocator *allocator, char **value))                                       \
    X(39, 1, CreateRunOptions, OrtStatus *, (OrtRunOptions **out))                                                            \
    X(46, 1, RunOptionsSetTerminate, OrtStatus *, (OrtRunOptions *options))                                                   \
    X(47, 1, RunOptionsUnsetTerminate, OrtStatus *, (OrtRunOptions *options))                                                 \
    X(49, 1, CreateTensorWithDataAsOrtValue, OrtStatus *,                                                                     \
      (const OrtMemoryInfo *info, void *p_data, size_t p_data_len, const int64_t *shape, size_t shape_len,                    \
       ONNXTensorElementDataType type, OrtValue **out))                                                                       \
    X(50, 1, IsTensor, OrtStatus *, (const OrtValue *value, int *out))                                                        \
    X(51, 1, GetTensorMutableData, OrtStatus *, (OrtValue *value, void **out))                                                \
    X(55, 1, CastTypeInfoToTensorInfo, OrtStatus *, (const OrtTypeInfo *type_info, const OrtTensorTypeAndShapeInfo **out))    \
    X(56, 1, GetOnnxTypeFromTypeInfo, OrtStatus *, (const OrtTypeInfo *type_info, ONNXType *out))                             \
    X(60, 1, GetTensorElementType, OrtStatus *, (const OrtTensorTypeAndShapeInfo *info, ONNXTensorElementDataType *out))      \
    X(61, 1, GetDimensionsCount, OrtStatus *, (const OrtTensorTypeAndShapeInfo *info, size_t *out))                           \
    X(62, 1, GetDimensions, OrtStatus *,                                                                                      \
      (const OrtTensorTypeAndShapeInfo *info, int64_t *dim_values, size_t dim_values_length))                                 \
    X(63, 1, GetSymbolicDimensions, OrtStatus *,                                                                              \
      (const OrtTensorTypeAndShapeInfo *info, const char *dim_params[], size_t dim_params_length))                            \
    X(65, 1, GetTensorTypeAndShape, OrtStatus *, (const OrtValue *value, OrtTensorTypeAndShapeInfo **out))                    \
    X(69, 1, CreateCpuMemoryInfo, OrtStatus *, (OrtAllocatorType type, OrtMemType mem_type, OrtMemoryInfo **out))             \
    X(76, 1, AllocatorFree, OrtStatus *, (OrtAllocator *ort_allocator, void *p))                                              \
    X(78, 1, GetAllocatorWithDefaultOptions, OrtStatus *, (OrtAllocator **out))                                               \
    X(92, 1, ReleaseEnv, void, (OrtEnv *input))                                                                               \
    X(93, 1, ReleaseStatus, void, (OrtStatus *input))                                                                         \
    X(94, 1, ReleaseMemoryInfo, void, (OrtMemoryInfo *input))                                                                 \
    X(95, 1, ReleaseSession, void, (OrtSession *input))                                                                       \
    X(96, 1, ReleaseValue, void, (OrtValue *input))                                                                           \
    X(97, 1, ReleaseRunOptions, void, (OrtRunOptions *input))                                                                 \
    X(98, 1, ReleaseTypeInfo, void, (OrtTypeInfo *input))                                                                     \
    X(99, 1, ReleaseTensorTypeAndShapeInfo, void, (OrtTensorTypeAndShapeInfo *input))                                         \
    X(100, 1, ReleaseSessionOptions, void, (OrtSessionOptions *input))                                                        \
    X(120, 3, DisablePerSessionThreads, OrtStatus *, (OrtSessionOptions *options))                                            \
    X(121, 3, CreateThreadingOptions, OrtStatus *, (OrtThreadingOptions **out))                                               \
    X(122, 3, ReleaseThreadingOptions, void, (OrtThreadingOptions *input))                                                    \
    X(125, 4, GetAvailableProviders, OrtStatus *, (char ***out_ptr, int *provider_length))                                    \
    X(126, 4, ReleaseAvailableProviders, OrtStatus *, (char **ptr, int providers_length))                                     \
    X(130, 4, AddSessionConfigEntry, OrtStatus *,                                                                             \
      (OrtSessionOptions *options, const char *config_key, const char *config_value))                                         \
    X(133, 4, RunWithBinding, OrtStatus *,                                                                                    \
      (OrtSession *session, const OrtRunOptions *run_options, const OrtIoBinding *binding_ptr))                               \
    X(134, 4, CreateIoBinding, OrtStatus *, (OrtSession *session, OrtIoBinding **out))                                        \
    X(135, 4, ReleaseIoBinding, void, (OrtIoBinding *input))                                                                  \
    X(136, 4, BindInput, OrtStatus *, (OrtIoBinding *binding_ptr, const char *name, const OrtValue *val_ptr))                 \
    X(137, 4, BindOutput, OrtStatus *, (OrtIoBinding *binding_ptr, const char *name, const OrtValue *val_ptr))                \
    X(138, 4, BindOutputToDevice, OrtStatus *,                                                                                \
      (OrtIoBinding *binding_ptr, const char *name, const OrtMemoryInfo *mem_info_ptr))                                       \
    X(140, 4, GetBoundOutputValues, OrtStatus *,                                                                              \
      (const OrtIoBinding *binding_ptr, OrtAllocator *allocator, OrtValue ***output, size_t *output_count))                   \
    X(142, 4, ClearBoundOutputs, void, (OrtIoBinding *binding_ptr))                                                           \
    X(147, 5, SetGlobalIntraOpNumThreads, OrtStatus *, (OrtThreadingOptions *tp_options, int intra_op_num_threads))           \
    X(148, 5, SetGlobalInterOpNumThreads, OrtStatus *, (OrtThreadingOptions *tp_options, int inter_op_num_threads))           \
    X(149, 5, SetGlobalSpinControl, OrtStatus *, (OrtThreadingOptions *tp_options, int allow_spinning))                       \
    X(151, 5, CreateEnvWithCustomLoggerAndGlobalThreadPools, OrtStatus *,                                                     \
      (OrtLoggingFunction logging_function, void *logger_param, OrtLoggingLevel log_severity_level, const char *logid,        \
       const OrtThreadingOptions *tp_options, OrtEnv **out))                                                                  \
    X(155, 5, SetGlobalDenormalAsZero, OrtStatus *, (OrtThreadingOptions *tp_options))                                        \
    X(204, 11, SessionOptionsAppendExecutionProvider_CUDA_V2, OrtStatus *,                                                    \
      (OrtSessionOptions *options, const OrtCUDAProviderOptionsV2 *cuda_options))                                             \
    X(205, 11, CreateCUDAProviderOptions, OrtStatus *, (OrtCUDAProviderOptionsV2 **out))                                      \
    X(208, 11, ReleaseCUDAProviderOptions, void, (OrtCUDAProviderOptionsV2 *input))                                           \
    X(216, 12, SessionOptionsAppendExecutionProvider, OrtStatus *,                                                            \
      (OrtSessionOptions *options, const char *provider_name, const char *const *provider_options_keys,                       \
       const char *const *provider_options_values, size_t num_keys))                                                          \
    X(279, 18, AddExternalInitializersFromFilesInMemory, OrtStatus *,                                                         \
      (OrtSessionOptions *options, const ort_char *const *external_initializer_file_names,                                    \
       char *const *external_initializer_file_buffer_array, const size_t *external_initializer_file_lengths,                  \
       size_t num_external_initializer_files))                                                                                \
    X(293, 22, SessionOptionsSetLoadCancellationFlag, OrtStatus *, (OrtSessionOptions *options, bool cancel))                 \
    X(414, 24, GetTensorElementTypeAndShapeDataReference, OrtStatus *,                                                        \
      (const OrtValue *value, ONNXTensorElementDataType *elem_type, const int64_t **shape_data, size_t *shape_data_count))

/* clang-format on */

/* The functions by name; NULL where the library's version does not have one yet. */
typedef struct ort_api {
#define ORT_MEMBER(number, since, name, result, parameters) result(ORT_CALL *name) parameters;
    ORT_SLOTS(ORT_MEMBER)
#undef ORT_MEMBER
} ort_api;

/* What OrtGetApiBase points to. */
typedef struct OrtApiBase {
    const void *(ORT_CALL *GetApi)(uint32_t version);
    const char *(ORT_CALL *GetVersionString)(void);
} OrtApiBase;

typedef const OrtApiBase *(ORT_CALL *ort_get_api_base_fn)(void);

#endif
