/* api/abi_describe.c - made by scripts/gen_abi.py from the public headers. Do not edit.
 *
 * xybrid_abi_describe, and the proof by the compiler of every number in it. Its form:
 *
 *     "structs":   {"xybrid_view": {"kind": "view", "size": 112, "align": 8,        kind: options, view, frozen or table
 *                      "fields": {"rank": {"offset": 48, "size": 4, "type": "int32_t"}, ...}}, ...}      arrays: + "count"
 *     "enums":     {"xybrid_kind": {"XYBRID_TEXT": 1, ...}, "xybrid_run_options.flags": {...}, ...}
 *     "functions": {"xybrid_envelope_key": {"returns": "const char *",
 *                      "parameters": [["const xybrid_envelope *", "envelope"], ["int32_t", "index"]]}, ...}
 *     "callbacks" and slots of tables as functions; "types": {"xybrid_kind": "int32_t", ...}; "handles": [names];
 *     "constants": {"XYBRID_AUTO": -1, ...}; "abi", "engine_abi", "pointer_bytes", "int64_align": numbers */
#include <xybrid/engine.h>
#include <xybrid/xybrid.h>

#include "base/atomic.h"
#include "plat/thread.h"

// clang-format off
// NOLINTBEGIN(bugprone-sizeof-expression): the sizes of pointers are wanted

/* N: pointers of 64 bits; of 32 bits; of 32 bits with int64_t aligned to 4 in structs (i386, but not on Windows). */
#if UINTPTR_MAX > 0xffffffff
#  define N(model_64, model_32, model_i386) model_64
#elif defined(__i386__) && !defined(_WIN32)
#  define N(model_64, model_32, model_i386) model_i386
#else
#  define N(model_64, model_32, model_i386) model_32
#endif
#define TEXT(number) #number
#define T(model_64, model_32, model_i386) N(TEXT(model_64), TEXT(model_32), TEXT(model_i386))

#define SIZE(type, bytes, align) _Static_assert(sizeof(type) == (bytes) && _Alignof(type) == (align), "size of " #type)
#define FIELD(type, field, offset, bytes) \
    _Static_assert(offsetof(type, field) == (offset) && sizeof(((type *)0)->field) == (bytes), "place of " #type "." #field)
#define VALUE(name, number) _Static_assert((name) == (number), "value of " #name)

SIZE(xybrid_error, 1024, N(8, 8, 4));
FIELD(xybrid_error, code, 0, 4);
FIELD(xybrid_error, cause, 4, 12);
FIELD(xybrid_error, os_code, 16, 4);
FIELD(xybrid_error, engine_code, 20, 4);
FIELD(xybrid_error, http_status, 24, 4);
FIELD(xybrid_error, retry_after_ms, 28, 4);
FIELD(xybrid_error, retryable, 32, 4);
FIELD(xybrid_error, stage, 36, 4);
FIELD(xybrid_error, step, 40, 4);
FIELD(xybrid_error, line, 44, 4);
FIELD(xybrid_error, column, 48, 4);
FIELD(xybrid_error, reserved_1, 52, 4);
FIELD(xybrid_error, position, 56, 8);
FIELD(xybrid_error, subject, 64, 192);
FIELD(xybrid_error, message, 256, 576);
FIELD(xybrid_error, reserved_2, 832, 192);
SIZE(xybrid_view, N(112, 96, 96), N(8, 8, 4));
FIELD(xybrid_view, struct_size, 0, 4);
FIELD(xybrid_view, kind, 4, 4);
FIELD(xybrid_view, name, 8, N(8, 4, 4));
FIELD(xybrid_view, data, N(16, 12, 12), N(8, 4, 4));
FIELD(xybrid_view, size_bytes, N(24, 16, 16), 8);
FIELD(xybrid_view, count, N(32, 24, 24), 8);
FIELD(xybrid_view, shape, N(40, 32, 32), N(8, 4, 4));
FIELD(xybrid_view, rank, N(48, 36, 36), 4);
FIELD(xybrid_view, dtype, N(52, 40, 40), 4);
FIELD(xybrid_view, format, N(56, 44, 44), 4);
FIELD(xybrid_view, sample_rate, N(60, 48, 48), 4);
FIELD(xybrid_view, channels, N(64, 52, 52), 4);
FIELD(xybrid_view, width, N(68, 56, 56), 4);
FIELD(xybrid_view, height, N(72, 60, 60), 4);
FIELD(xybrid_view, stride_bytes, N(76, 64, 64), 4);
FIELD(xybrid_view, score, N(80, 68, 68), 4);
FIELD(xybrid_view, point_count, N(84, 72, 72), 4);
FIELD(xybrid_view, points, N(88, 76, 76), N(8, 4, 4));
FIELD(xybrid_view, start_ms, N(96, 80, 80), 8);
FIELD(xybrid_view, end_ms, N(104, 88, 88), 8);
SIZE(xybrid_allocator, N(32, 20, 20), N(8, 4, 4));
FIELD(xybrid_allocator, struct_size, 0, 4);
FIELD(xybrid_allocator, reserved, 4, 4);
FIELD(xybrid_allocator, ctx, 8, N(8, 4, 4));
FIELD(xybrid_allocator, alloc, N(16, 12, 12), N(8, 4, 4));
FIELD(xybrid_allocator, free, N(24, 16, 16), N(8, 4, 4));
SIZE(xybrid_runtime_options, N(80, 56, 52), N(8, 8, 4));
FIELD(xybrid_runtime_options, struct_size, 0, 4);
FIELD(xybrid_runtime_options, flags, 4, 4);
FIELD(xybrid_runtime_options, allocator, 8, N(8, 4, 4));
FIELD(xybrid_runtime_options, log, N(16, 12, 12), N(8, 4, 4));
FIELD(xybrid_runtime_options, log_ctx, N(24, 16, 16), N(8, 4, 4));
FIELD(xybrid_runtime_options, log_level, N(32, 20, 20), 4);
FIELD(xybrid_runtime_options, threads, N(36, 24, 24), 4);
FIELD(xybrid_runtime_options, memory_budget_bytes, N(40, 32, 28), 8);
FIELD(xybrid_runtime_options, engine_dir, N(48, 40, 36), N(8, 4, 4));
FIELD(xybrid_runtime_options, onnxruntime_api, N(56, 44, 40), N(8, 4, 4));
FIELD(xybrid_runtime_options, engine_config, N(64, 48, 44), N(8, 4, 4));
FIELD(xybrid_runtime_options, cache_dir, N(72, 52, 48), N(8, 4, 4));
SIZE(xybrid_stats, 128, N(8, 8, 4));
FIELD(xybrid_stats, private_bytes, 0, 8);
FIELD(xybrid_stats, private_peak_bytes, 8, 8);
FIELD(xybrid_stats, mapped_bytes, 16, 8);
FIELD(xybrid_stats, allocations, 24, 8);
FIELD(xybrid_stats, runs, 32, 8);
FIELD(xybrid_stats, store_bytes, 40, 8);
FIELD(xybrid_stats, models, 48, 4);
FIELD(xybrid_stats, sessions, 52, 4);
FIELD(xybrid_stats, streams, 56, 4);
FIELD(xybrid_stats, threads, 60, 4);
FIELD(xybrid_stats, reserved, 64, 64);
SIZE(xybrid_run_options, N(32, 32, 24), N(8, 8, 4));
FIELD(xybrid_run_options, struct_size, 0, 4);
FIELD(xybrid_run_options, flags, 4, 4);
FIELD(xybrid_run_options, cancel, 8, N(8, 4, 4));
FIELD(xybrid_run_options, deadline_ms, N(16, 16, 12), 8);
FIELD(xybrid_run_options, into, N(24, 24, 20), N(8, 4, 4));
SIZE(xybrid_event, N(32, 32, 28), N(8, 8, 4));
FIELD(xybrid_event, struct_size, 0, 4);
FIELD(xybrid_event, kind, 4, 4);
FIELD(xybrid_event, data, 8, N(8, 4, 4));
FIELD(xybrid_event, number, N(16, 16, 12), 8);
FIELD(xybrid_event, finish, N(24, 24, 20), 4);
FIELD(xybrid_event, reserved, N(28, 28, 24), 4);
SIZE(xybrid_load_options, N(160, 112, 112), N(8, 8, 4));
FIELD(xybrid_load_options, struct_size, 0, 4);
FIELD(xybrid_load_options, flags, 4, 4);
FIELD(xybrid_load_options, cancel, 8, N(8, 4, 4));
FIELD(xybrid_load_options, engine, N(16, 12, 12), N(8, 4, 4));
FIELD(xybrid_load_options, device, N(24, 16, 16), N(8, 4, 4));
FIELD(xybrid_load_options, engine_config, N(32, 20, 20), N(8, 4, 4));
FIELD(xybrid_load_options, metadata, N(40, 24, 24), N(8, 4, 4));
FIELD(xybrid_load_options, threads, N(48, 28, 28), 4);
FIELD(xybrid_load_options, mode, N(52, 32, 32), 4);
FIELD(xybrid_load_options, data, N(56, 36, 36), N(8, 4, 4));
FIELD(xybrid_load_options, data_bytes, N(64, 40, 40), 8);
FIELD(xybrid_load_options, release, N(72, 48, 48), N(8, 4, 4));
FIELD(xybrid_load_options, release_ctx, N(80, 52, 52), N(8, 4, 4));
FIELD(xybrid_load_options, read, N(88, 56, 56), N(8, 4, 4));
FIELD(xybrid_load_options, read_ctx, N(96, 60, 60), N(8, 4, 4));
FIELD(xybrid_load_options, read_bytes, N(104, 64, 64), 8);
FIELD(xybrid_load_options, fd, N(112, 72, 72), 4);
FIELD(xybrid_load_options, max_sessions, N(116, 76, 76), 4);
FIELD(xybrid_load_options, fd_offset, N(120, 80, 80), 8);
FIELD(xybrid_load_options, fd_bytes, N(128, 88, 88), 8);
FIELD(xybrid_load_options, wait_ms, N(136, 96, 96), 8);
FIELD(xybrid_load_options, progress, N(144, 104, 104), N(8, 4, 4));
FIELD(xybrid_load_options, progress_ctx, N(152, 108, 108), N(8, 4, 4));
SIZE(xybrid_estimate, 512, N(8, 8, 4));
FIELD(xybrid_estimate, supported, 0, 4);
FIELD(xybrid_estimate, fits, 4, 4);
FIELD(xybrid_estimate, mapped_bytes, 8, 8);
FIELD(xybrid_estimate, private_bytes, 16, 8);
FIELD(xybrid_estimate, session_bytes, 24, 8);
FIELD(xybrid_estimate, peak_bytes, 32, 8);
FIELD(xybrid_estimate, download_bytes, 40, 8);
FIELD(xybrid_estimate, disk_bytes, 48, 8);
FIELD(xybrid_estimate, context_tokens, 56, 4);
FIELD(xybrid_estimate, tokens_per_second, 60, 4);
FIELD(xybrid_estimate, engine, 64, 32);
FIELD(xybrid_estimate, note, 96, 320);
FIELD(xybrid_estimate, reserved, 416, 96);
SIZE(xybrid_session_options, 8, 4);
FIELD(xybrid_session_options, struct_size, 0, 4);
FIELD(xybrid_session_options, flags, 4, 4);
SIZE(xybrid_step, N(56, 32, 32), N(8, 4, 4));
FIELD(xybrid_step, struct_size, 0, 4);
FIELD(xybrid_step, reserved, 4, 4);
FIELD(xybrid_step, name, 8, N(8, 4, 4));
FIELD(xybrid_step, params, N(16, 12, 12), N(8, 4, 4));
FIELD(xybrid_step, ctx, N(24, 16, 16), N(8, 4, 4));
FIELD(xybrid_step, open, N(32, 20, 20), N(8, 4, 4));
FIELD(xybrid_step, run, N(40, 24, 24), N(8, 4, 4));
FIELD(xybrid_step, close, N(48, 28, 28), N(8, 4, 4));
SIZE(xybrid_cancel_hook, 48, N(8, 8, 4));
FIELD(xybrid_cancel_hook, opaque, 0, 48);
SIZE(xybrid_host, N(128, 72, 72), N(8, 4, 4));
FIELD(xybrid_host, struct_size, 0, 4);
FIELD(xybrid_host, abi, 4, 4);
FIELD(xybrid_host, ctx, 8, N(8, 4, 4));
FIELD(xybrid_host, threads, N(16, 12, 12), 4);
FIELD(xybrid_host, log_level, N(20, 16, 16), 4);
FIELD(xybrid_host, alloc, N(24, 20, 20), N(8, 4, 4));
FIELD(xybrid_host, free, N(32, 24, 24), N(8, 4, 4));
FIELD(xybrid_host, charge, N(40, 28, 28), N(8, 4, 4));
FIELD(xybrid_host, parallel, N(48, 32, 32), N(8, 4, 4));
FIELD(xybrid_host, cancelled, N(56, 36, 36), N(8, 4, 4));
FIELD(xybrid_host, on_cancel, N(64, 40, 40), N(8, 4, 4));
FIELD(xybrid_host, off_cancel, N(72, 44, 44), N(8, 4, 4));
FIELD(xybrid_host, log, N(80, 48, 48), N(8, 4, 4));
FIELD(xybrid_host, error_set, N(88, 52, 52), N(8, 4, 4));
FIELD(xybrid_host, error_detail, N(96, 56, 56), N(8, 4, 4));
FIELD(xybrid_host, blob_get, N(104, 60, 60), N(8, 4, 4));
FIELD(xybrid_host, blob_drop, N(112, 64, 64), N(8, 4, 4));
FIELD(xybrid_host, blob_put, N(120, 68, 68), N(8, 4, 4));
SIZE(xybrid_source, N(64, 48, 40), N(8, 8, 4));
FIELD(xybrid_source, struct_size, 0, 4);
FIELD(xybrid_source, is_mapped, 4, 4);
FIELD(xybrid_source, format, 8, N(8, 4, 4));
FIELD(xybrid_source, path, N(16, 12, 12), N(8, 4, 4));
FIELD(xybrid_source, bytes, N(24, 16, 16), N(8, 4, 4));
FIELD(xybrid_source, size_bytes, N(32, 24, 20), 8);
FIELD(xybrid_source, identity, N(40, 32, 28), N(8, 4, 4));
FIELD(xybrid_source, ctx, N(48, 36, 32), N(8, 4, 4));
FIELD(xybrid_source, sibling, N(56, 40, 36), N(8, 4, 4));
SIZE(xybrid_engine_options, N(32, 24, 24), N(8, 4, 4));
FIELD(xybrid_engine_options, struct_size, 0, 4);
FIELD(xybrid_engine_options, threads, 4, 4);
FIELD(xybrid_engine_options, device, 8, N(8, 4, 4));
FIELD(xybrid_engine_options, context_tokens, N(16, 12, 12), 4);
FIELD(xybrid_engine_options, sequences, N(20, 16, 16), 4);
FIELD(xybrid_engine_options, config, N(24, 20, 20), N(8, 4, 4));
SIZE(xybrid_tensor, N(40, 40, 32), N(8, 8, 4));
FIELD(xybrid_tensor, struct_size, 0, 4);
FIELD(xybrid_tensor, dtype, 4, 4);
FIELD(xybrid_tensor, data, 8, N(8, 4, 4));
FIELD(xybrid_tensor, size_bytes, N(16, 16, 12), 8);
FIELD(xybrid_tensor, shape, N(24, 24, 20), N(8, 4, 4));
FIELD(xybrid_tensor, rank, N(32, 28, 24), 4);
FIELD(xybrid_tensor, device, N(36, 32, 28), 4);
SIZE(xybrid_port, N(40, 28, 28), N(8, 4, 4));
FIELD(xybrid_port, struct_size, 0, 4);
FIELD(xybrid_port, dtype, 4, 4);
FIELD(xybrid_port, name, 8, N(8, 4, 4));
FIELD(xybrid_port, shape, N(16, 12, 12), N(8, 4, 4));
FIELD(xybrid_port, symbols, N(24, 16, 16), N(8, 4, 4));
FIELD(xybrid_port, rank, N(32, 20, 20), 4);
FIELD(xybrid_port, optional, N(36, 24, 24), 4);
SIZE(xybrid_call, N(48, 28, 28), N(8, 4, 4));
FIELD(xybrid_call, struct_size, 0, 4);
FIELD(xybrid_call, is_traced, 4, 4);
FIELD(xybrid_call, ctx, 8, N(8, 4, 4));
FIELD(xybrid_call, cancel, N(16, 12, 12), N(8, 4, 4));
FIELD(xybrid_call, wanted, N(24, 16, 16), N(8, 4, 4));
FIELD(xybrid_call, out_alloc, N(32, 20, 20), N(8, 4, 4));
FIELD(xybrid_call, out_give, N(40, 24, 24), N(8, 4, 4));
SIZE(xybrid_cost, 296, N(8, 8, 4));
FIELD(xybrid_cost, struct_size, 0, 4);
FIELD(xybrid_cost, context_tokens, 4, 4);
FIELD(xybrid_cost, mapped_bytes, 8, 8);
FIELD(xybrid_cost, private_bytes, 16, 8);
FIELD(xybrid_cost, session_bytes, 24, 8);
FIELD(xybrid_cost, bytes_per_token, 32, 8);
FIELD(xybrid_cost, missing, 40, 256);
SIZE(xybrid_token_info, N(40, 36, 36), N(8, 4, 4));
FIELD(xybrid_token_info, struct_size, 0, 4);
FIELD(xybrid_token_info, vocabulary, 4, 4);
FIELD(xybrid_token_info, context_tokens, 8, 4);
FIELD(xybrid_token_info, embedding_size, 12, 4);
FIELD(xybrid_token_info, bos, 16, 4);
FIELD(xybrid_token_info, eos, 20, 4);
FIELD(xybrid_token_info, max_batch, 24, 4);
FIELD(xybrid_token_info, flags, 28, 4);
FIELD(xybrid_token_info, chat_template, 32, N(8, 4, 4));
SIZE(xybrid_batch, N(48, 28, 28), N(8, 4, 4));
FIELD(xybrid_batch, struct_size, 0, 4);
FIELD(xybrid_batch, count, 4, 4);
FIELD(xybrid_batch, tokens, 8, N(8, 4, 4));
FIELD(xybrid_batch, vectors, N(16, 12, 12), N(8, 4, 4));
FIELD(xybrid_batch, positions, N(24, 16, 16), N(8, 4, 4));
FIELD(xybrid_batch, sequences, N(32, 20, 20), N(8, 4, 4));
FIELD(xybrid_batch, want, N(40, 24, 24), N(8, 4, 4));
SIZE(xybrid_engine_tokens, N(112, 60, 60), N(8, 4, 4));
FIELD(xybrid_engine_tokens, struct_size, 0, 4);
FIELD(xybrid_engine_tokens, reserved, 4, 4);
FIELD(xybrid_engine_tokens, info, 8, N(8, 4, 4));
FIELD(xybrid_engine_tokens, tokenize, N(16, 12, 12), N(8, 4, 4));
FIELD(xybrid_engine_tokens, piece, N(24, 16, 16), N(8, 4, 4));
FIELD(xybrid_engine_tokens, decode, N(32, 20, 20), N(8, 4, 4));
FIELD(xybrid_engine_tokens, logits, N(40, 24, 24), N(8, 4, 4));
FIELD(xybrid_engine_tokens, argmax, N(48, 28, 28), N(8, 4, 4));
FIELD(xybrid_engine_tokens, embedding, N(56, 32, 32), N(8, 4, 4));
FIELD(xybrid_engine_tokens, cache_copy, N(64, 36, 36), N(8, 4, 4));
FIELD(xybrid_engine_tokens, cache_trim, N(72, 40, 40), N(8, 4, 4));
FIELD(xybrid_engine_tokens, cache_shift, N(80, 44, 44), N(8, 4, 4));
FIELD(xybrid_engine_tokens, cache_size, N(88, 48, 48), N(8, 4, 4));
FIELD(xybrid_engine_tokens, cache_save, N(96, 52, 52), N(8, 4, 4));
FIELD(xybrid_engine_tokens, cache_restore, N(104, 56, 56), N(8, 4, 4));
SIZE(xybrid_engine, N(192, 104, 104), N(8, 4, 4));
FIELD(xybrid_engine, struct_size, 0, 4);
FIELD(xybrid_engine, abi, 4, 4);
FIELD(xybrid_engine, name, 8, N(8, 4, 4));
FIELD(xybrid_engine, version, N(16, 12, 12), N(8, 4, 4));
FIELD(xybrid_engine, flags, N(24, 16, 16), 4);
FIELD(xybrid_engine, reserved, N(28, 20, 20), 4);
FIELD(xybrid_engine, init, N(32, 24, 24), N(8, 4, 4));
FIELD(xybrid_engine, shutdown, N(40, 28, 28), N(8, 4, 4));
FIELD(xybrid_engine, about, N(48, 32, 32), N(8, 4, 4));
FIELD(xybrid_engine, probe, N(56, 36, 36), N(8, 4, 4));
FIELD(xybrid_engine, estimate, N(64, 40, 40), N(8, 4, 4));
FIELD(xybrid_engine, bake, N(72, 44, 44), N(8, 4, 4));
FIELD(xybrid_engine, open, N(80, 48, 48), N(8, 4, 4));
FIELD(xybrid_engine, close, N(88, 52, 52), N(8, 4, 4));
FIELD(xybrid_engine, port, N(96, 56, 56), N(8, 4, 4));
FIELD(xybrid_engine, describe, N(104, 60, 60), N(8, 4, 4));
FIELD(xybrid_engine, session_open, N(112, 64, 64), N(8, 4, 4));
FIELD(xybrid_engine, session_close, N(120, 68, 68), N(8, 4, 4));
FIELD(xybrid_engine, session_trim, N(128, 72, 72), N(8, 4, 4));
FIELD(xybrid_engine, bind, N(136, 76, 76), N(8, 4, 4));
FIELD(xybrid_engine, carry, N(144, 80, 80), N(8, 4, 4));
FIELD(xybrid_engine, reset, N(152, 84, 84), N(8, 4, 4));
FIELD(xybrid_engine, prepare, N(160, 88, 88), N(8, 4, 4));
FIELD(xybrid_engine, run, N(168, 92, 92), N(8, 4, 4));
FIELD(xybrid_engine, profile, N(176, 96, 96), N(8, 4, 4));
FIELD(xybrid_engine, tokens, N(184, 100, 100), N(8, 4, 4));

VALUE(XYBRID_AUTO, -1);
VALUE(XYBRID_ABI_VERSION, 1);
VALUE(XYBRID_OK, 0);
VALUE(XYBRID_INVALID_ARGUMENT, 1);
VALUE(XYBRID_OUT_OF_MEMORY, 2);
VALUE(XYBRID_OUT_OF_MEMORY_HOST, 258);
VALUE(XYBRID_OUT_OF_MEMORY_BUDGET, 514);
VALUE(XYBRID_BUSY, 3);
VALUE(XYBRID_CANCELLED, 4);
VALUE(XYBRID_CANCELLED_TOKEN, 260);
VALUE(XYBRID_CANCELLED_CALLBACK, 516);
VALUE(XYBRID_CANCELLED_DEADLINE, 772);
VALUE(XYBRID_IO, 5);
VALUE(XYBRID_IO_OPEN, 261);
VALUE(XYBRID_IO_READ, 517);
VALUE(XYBRID_IO_WRITE, 773);
VALUE(XYBRID_IO_NO_SPACE, 1029);
VALUE(XYBRID_IO_PERMISSION, 1285);
VALUE(XYBRID_IO_MAP, 1541);
VALUE(XYBRID_NETWORK, 6);
VALUE(XYBRID_NETWORK_RESOLVE, 262);
VALUE(XYBRID_NETWORK_CONNECT, 518);
VALUE(XYBRID_NETWORK_TLS, 774);
VALUE(XYBRID_NETWORK_HTTP, 1030);
VALUE(XYBRID_NETWORK_TIMEOUT, 1286);
VALUE(XYBRID_NETWORK_OFFLINE, 1542);
VALUE(XYBRID_CHECKSUM, 7);
VALUE(XYBRID_UNSUPPORTED_FORMAT, 8);
VALUE(XYBRID_UNSUPPORTED_MODEL, 264);
VALUE(XYBRID_UNSUPPORTED_PACK, 520);
VALUE(XYBRID_UNSUPPORTED_AUDIO, 776);
VALUE(XYBRID_UNSUPPORTED_IMAGE, 1032);
VALUE(XYBRID_UNSUPPORTED_OPERATOR, 1288);
VALUE(XYBRID_MALFORMED, 1544);
VALUE(XYBRID_ENGINE_MISSING, 1800);
VALUE(XYBRID_MODEL_NOT_FOUND, 9);
VALUE(XYBRID_PREPROCESSING_FAILED, 10);
VALUE(XYBRID_INFERENCE_FAILED, 11);
VALUE(XYBRID_POSTPROCESSING_FAILED, 12);
VALUE(XYBRID_POLICY_DENIED, 13);
VALUE(XYBRID_INTERNAL, 14);
VALUE(XYBRID_PRIMARY_MASK, 255);
VALUE(XYBRID_FLOAT32, 1);
VALUE(XYBRID_UINT8, 2);
VALUE(XYBRID_INT8, 3);
VALUE(XYBRID_UINT16, 4);
VALUE(XYBRID_INT16, 5);
VALUE(XYBRID_INT32, 6);
VALUE(XYBRID_INT64, 7);
VALUE(XYBRID_BOOL, 9);
VALUE(XYBRID_FLOAT16, 10);
VALUE(XYBRID_FLOAT64, 11);
VALUE(XYBRID_UINT32, 12);
VALUE(XYBRID_UINT64, 13);
VALUE(XYBRID_BFLOAT16, 16);
VALUE(XYBRID_TEXT, 1);
VALUE(XYBRID_AUDIO, 2);
VALUE(XYBRID_IMAGE, 3);
VALUE(XYBRID_TOKENS, 4);
VALUE(XYBRID_EMBEDDING, 5);
VALUE(XYBRID_TENSOR, 6);
VALUE(XYBRID_LIST, 7);
VALUE(XYBRID_FORMAT_ENCODED, 0);
VALUE(XYBRID_FORMAT_F32, 1);
VALUE(XYBRID_FORMAT_PCM16, 2);
VALUE(XYBRID_FORMAT_RGB8, 16);
VALUE(XYBRID_FORMAT_RGBA8, 17);
VALUE(XYBRID_FORMAT_BGR8, 18);
VALUE(XYBRID_FORMAT_BGRA8, 19);
VALUE(XYBRID_FORMAT_GRAY8, 20);
VALUE(XYBRID_FORMAT_NV12, 21);
VALUE(XYBRID_FORMAT_NV21, 22);
VALUE(XYBRID_FORMAT_I420, 23);
VALUE(XYBRID_LOG_OFF, 0);
VALUE(XYBRID_LOG_ERROR, 1);
VALUE(XYBRID_LOG_WARN, 2);
VALUE(XYBRID_LOG_INFO, 3);
VALUE(XYBRID_LOG_DEBUG, 4);
VALUE(XYBRID_RUNTIME_TELEMETRY_IS_OFF, 1);
VALUE(XYBRID_RUNTIME_MAY_SET_ENV, 2);
VALUE(XYBRID_PRESSURE_IDLE, 0);
VALUE(XYBRID_PRESSURE_WARN, 1);
VALUE(XYBRID_PRESSURE_CRITICAL, 2);
VALUE(XYBRID_RUN_TRACE, 1);
VALUE(XYBRID_RUN_RAW, 8);
VALUE(XYBRID_EVENT_DONE, 1);
VALUE(XYBRID_EVENT_NEED_INPUT, 2);
VALUE(XYBRID_EVENT_OUTPUT, 9);
VALUE(XYBRID_FINISH_STOP, 1);
VALUE(XYBRID_FINISH_INTERRUPTED, 4);
VALUE(XYBRID_LOAD_WARM, 1);
VALUE(XYBRID_LOAD_AUTO, 0);
VALUE(XYBRID_LOAD_MAP, 1);
VALUE(XYBRID_LOAD_READ, 2);
VALUE(XYBRID_ENGINE_ABI, 1);
VALUE(XYBRID_INPUT, 0);
VALUE(XYBRID_OUTPUT, 1);
VALUE(XYBRID_TOKENS_NO_TRIM, 1);
VALUE(XYBRID_TOKENS_NO_SHIFT, 2);
VALUE(XYBRID_ENGINE_NEEDS_GUARD, 1);
VALUE(XYBRID_ENGINE_NEEDS_PATH, 2);
VALUE(XYBRID_ENGINE_OWN_THREADS, 4);
VALUE(XYBRID_ENGINE_COSTLY_START, 8);

// NOLINTEND(bugprone-sizeof-expression)

#if defined(__GNUC__) || defined(__clang__)
#  pragma GCC diagnostic ignored "-Woverlength-strings"
#endif

/* The text is four times as long. A byte from 0x80 on, then those from 1 to 0x1f, stand each for two others: the next row of
 * pairs. All the rest are themselves. */
static const uint8_t pairs[][2] = {
    { ',', '"' }, { '"', ':' }, { '"', 128 }, { 'i', 'd' }, { 'e', 129 }, { 'e', 't' }, { 'r', 131 },
    { 'x', 'y' }, { 135, 'b' }, { 136, 134 }, { 137, '_' }, { '[', '"' }, { '"', ']' }, { ' ', '*' },
    { '{', '"' }, { 's', 129 }, { 's', 'i' }, { 'i', 'n' }, { '}', 128 }, { 141, 130 }, { 144, 'z' },
    { 's', 't' }, { 140, ',' }, { 150, 139 }, { 148, 132 }, { 'e', 'r' }, { 'o', 'n' }, { 133, 129 },
    { 'f', 'f' }, { 's', 155 }, { 'o', 156 }, { '_', 't' }, { 158, 157 }, { 142, 160 }, { 128, 152 },
    { 145, 't' }, { 'e', 'l' }, { 't', 'y' }, { 'a', 'r' }, { 165, 'p' }, { 167, 132 }, { 168, '"' },
    { 128, 169 }, { '3', '2' }, { 'e', 'n' }, { '"', 146 }, { 'a', 'm' }, { 'c', 154 }, { 163, 171 },
    { 176, 159 }, { 175, 149 }, { 178, ' ' }, { 'v', 'o' }, { 180, 131 }, { 'u', 'r' }, { 'a', 't' },
    { 'o', 'p' }, { 153, 'r' }, { 'r', 133 }, { 'p', 166 }, { 187, 174 }, { 'n', 143 }, { 186, 182 },
    { 190, 189 }, { 191, '"' }, { 188, 133 }, { 193, 153 }, { 194, 143 }, { 195, '[' }, { 196, 139 },
    { 140, ']' }, { 'D', '_' }, { 151, 138 }, { 198, 146 }, { 'R', 'I' }, { 129, 161 }, { 130, 197 },
    { 'X', 'Y' }, { 205, 'B' }, { 206, 202 }, { 207, 199 }, { 'o', 'r' }, { 'e', '_' }, { 162, '4' },
    { 211, 170 }, { 'e', 's' }, { 128, 208 }, { 't', 'i' }, { 'v', 164 }, { 138, 149 }, { 181, 147 },
    { 'c', 'h' }, { 172, 216 }, { 220, 184 }, { '6', '4' }, { 177, 173 }, { 151, 179 }, { 183, 'u' },
    { 'r', 'u' }, { 'c', 't' }, { 163, 222 }, { 185, 209 }, { 225, 's' }, { 142, 192 }, { 228, 159 },
    { 217, 230 }, { 229, 147 }, { 219, 166 }, { 233, 204 }, { 234, 185 }, { 143, 161 }, { 200, 237 },
    { 177, 130 }, { 201, 138 }, { 'c', 'a' }, { 221, 'e' }, { 215, 154 }, { 'o', 'u' }, { 128, 192 },
    { 'r', 'e' }, { 184, 244 }, { 'l', 'o' }, { 212, 223 }, { 'b', 'y' }, { 251, 't' }, { 129, '1' },
    { 132, 161 }, { 226, 'n' }, { 141, 173 }, { 248, 's' }, { 144, 154 }, { 151, 240 }, { 129, 231 },
    { 'n', 'c' }, { 'o', 'd' }, { 227, 'x' }, { 's', 213 }, { 9, 3 }, { 242, 6 }, { 11, 164 },
    { 143, 142 }, { 'a', 'l' }, { 170, 179 }, { 235, 147 }, { 'm', 7 }, { 141, '*' }, { 18, 130 },
    { 245, 't' }, { 'i', 'g' }, { 145, 'd' }, { 146, 138 }, { 255, 215 }, { 24, 'm' }, { 246, 236 },
    { '8', 170 }, { 224, 138 }, { 'O', 'R' }, { 162, 27 }, { 30, 232 }
};

static const char packed[] =
    "\216abi\375\200\254g\221\322abi\375\200po\243\231_\374e\217" T(8, 4, 4) "\200\344_\016\025n\201" T(8, 8, 4)
    "\200\225\342\343\015\212\345\201\216k\026\201\"froz\254\202\2301024\200\016\025n\201" T(8, 8, 4) "\200"
    "fi\244d\015c\007\3760\372\362us\3764\24212\252\360c\365nt\2013\222os_c\007\37616\372\254g\221\322c\007"
    "\37620\372http_\225\341\35624\372\272ry_aft\231_m\35628\372\272ryabl\376\253\372\225ag\37636\372\225"
    "ep\31340\372l\221\37644\372column\31348\372r\325\231ved_1\31352\372po\220\364\31356\037\255subje\343"
    "\313\336\242192\252\353\202c\365nt\37592\222m\325sag\376256\242576\252\353\202c\365nt\201576\222r\325"
    "\231ved_2\3138\253\242192\252u\2438\237\202c\365nt\37592}}\027view\201\216k\026\201\"view\202\230" T(112, 96, 96)
    "\200\016\025n\201" T(8, 8, 4) "\200fi\244d\015\225\342\343_\230\2410\324u\337k\026\3134\324\212k\026"
    "\255n\256\3768\242" T(8, 4, 4) "\017\353\001d\267a\313" T(16, 12, 12) "\242" T(8, 4, 4) "\017\265\001"
    "\224\322\374e\356" T(24, 16, 16) "\037\255c\365nt\313" T(32, 24, 24) "\037\255shap\376" T(40, 32, 32)
    "\242" T(8, 4, 4) "\017\350\001rank\313" T(48, 36, 36) "\372d\250\241" T(52, 40, 40) "\324\212d\247e\255"
    "f\321m\267\313" T(56, 44, 44) "\324\212f\321m\267\255s\256pl\322r\267\376" T(60, 48, 48) "\372\333an"
    "n\244\356" T(64, 52, 52) "\372w\203th\313" T(68, 56, 56) "\372he\025ht\313" T(72, 60, 60) "\372\225\206"
    "\322\374e\356" T(76, 64, 64) "\372sc\321\376" T(80, 68, 68) "\324f\371\267\255po\243_c\365nt\313" T(84, 72, 72)
    "\372po\243\356" T(88, 76, 76) "\242" T(8, 4, 4) "\017f\371\267\001\225\246t_m\356" T(96, 80, 80) "\037"
    "\255\254d_m\356" T(104, 88, 88) "\037\"}}\027\016\371c\267\321\201\216k\026\201\"table\202\230" T(32, 20, 20)
    "\200\016\025n\201" T(8, 4, 4) "\200fi\244d\015\225\342\343_\230\2410\324u\337r\325\231ved\3134\324u\337"
    "\010\3138\242" T(8, 4, 4) "\252\265\001\016\371c\313" T(16, 12, 12) "\242" T(8, 4, 4) "\366\332\305\332"
    "\010\227\350\202\224\322\374\325\227\350\202\016\025n\311f\367\376" T(24, 16, 16) "\242" T(8, 4, 4)
    "\366\265\314\332\010\227\332mem\321y\227\350\202\224\322\374\325\227\350\202\016\025n\306}}\027\031\322"
    "\370\015k\026\201\"\002\202\230" T(80, 56, 52) "\200\016\025n\201" T(8, 8, 4) "\200fi\244d\015\225\342"
    "\343_\230\2410\324u\337flag\3564\324u\337\016\371c\267\321\3138\242" T(8, 4, 4) "\017\212\016\371c\267"
    "\321\001\371g\313" T(16, 12, 12) "\242" T(8, 4, 4) "\252\212\371g_fn\255\371g_\010\313" T(24, 16, 16)
    "\242" T(8, 4, 4) "\252\265\001\371g_le\330\313" T(32, 20, 20) "\324\212\371g_le\330\255th\367ad\356" T(36, 24, 24)
    "\372mem\321y_budg\205_\374e\356" T(40, 32, 28) "\037\255\254g\221\322dir\313" T(48, 40, 36) "\242" T(8, 4, 4)
    "\017\353\001\232nx\031\322api\313" T(56, 44, 40) "\242" T(8, 4, 4) "\017\265\001\254g\221\322\257f\025"
    "\313" T(64, 48, 44) "\242" T(8, 4, 4) "\017\353\001\362\333\322dir\313" T(72, 52, 48) "\242" T(8, 4, 4)
    "\017\353\215\"}}\222\331\267\015k\026\201\"froz\254\202\230128\200\016\025n\201" T(8, 8, 4) "\200fi\244"
    "d\015priv\267\322\374e\3560\037\255priv\267\322peak_\374e\3568\037\255mapped_\374e\35616\037\255\016"
    "\371c\267i\232\35624\037\255\342\275\241\253\037\255\225\321\322\374e\35640\037\255\021\244\35648\372"
    "\012\35652\372\225\367\256\35656\372th\367ad\35660\372r\325\231ved\313\336\242\336\252\350\202c\365n"
    "t\2018}}\027\377_\370\015k\026\201\"\002\202\230" T(32, 32, 24) "\200\016\025n\201" T(8, 8, 4) "\200"
    "fi\244d\015\225\342\343_\230\2410\324u\337flag\3564\324u\337\014\3138\242" T(8, 4, 4) "\252\212\014\001"
    "deadl\221\322m\356" T(16, 16, 12) "\037\255\243o\313" T(24, 24, 20) "\242" T(8, 4, 4) "\252\212\363\215"
    "\"}}\027ev\254t\201\216k\026\201\"view\202\230" T(32, 32, 28) "\200\016\025n\201" T(8, 8, 4) "\200fi"
    "\244d\015\225\342\343_\230\2410\324u\337k\026\3134\324\212ev\254t_k\026\255d\267a\3138\242" T(8, 4, 4)
    "\017\212\363\001numb\231\313" T(16, 16, 12) "\037\255f\221ish\313" T(24, 24, 20) "\324\212f\221ish\255"
    "r\325\231ved\313" T(28, 28, 24) "\324\261\"}}\027\371ad_\370\015k\026\201\"\002\202\230" T(160, 112, 112)
    "\200\016\025n\201" T(8, 8, 4) "\200fi\244d\015\225\342\343_\230\2410\324u\337flag\3564\324u\337\014\313"
    "8\242" T(8, 4, 4) "\252\212\014\001\254g\221\376" T(16, 12, 12) "\242" T(8, 4, 4) "\017\353\001devic"
    "\376" T(24, 16, 16) "\242" T(8, 4, 4) "\017\353\001\254g\221\322\257f\025\313" T(32, 20, 20) "\242" T(8, 4, 4)
    "\017\353\001m\205ad\267a\313" T(40, 24, 24) "\242" T(8, 4, 4) "\017\353\001th\367ad\356" T(48, 28, 28)
    "\372\021\376" T(52, 32, 32) "\324\212\371ad_\021e\255d\267a\313" T(56, 36, 36) "\242" T(8, 4, 4) "\017"
    "\265\001d\267a_\374e\356" T(64, 40, 40) "\037\255r\244eas\376" T(72, 48, 48) "\242" T(8, 4, 4) "\252"
    "\212r\244eas\322fn\255r\244eas\322\010\313" T(80, 52, 52) "\242" T(8, 4, 4) "\252\265\001\367ad\313" T(88, 56, 56)
    "\242" T(8, 4, 4) "\252\212\367ad_fn\255\367ad_\010\313" T(96, 60, 60) "\242" T(8, 4, 4) "\252\265\001"
    "\367ad_\374e\356" T(104, 64, 64) "\037\255fd\313" T(112, 72, 72) "\372max_\012\356" T(116, 76, 76) "\372"
    "fd_\240\241" T(120, 80, 80) "\037\255fd_\374e\356" T(128, 88, 88) "\037\255wait_m\356" T(136, 96, 96)
    "\037\255progr\325\356" T(144, 104, 104) "\242" T(8, 4, 4) "\252\212progr\325s_fn\255progr\325s_\010\313"
     T(152, 108, 108) "\242" T(8, 4, 4) "\252\265\215\"}}\027e\225im\267\204\216k\026\201\"froz\254\202\230"
    "512\200\016\025n\201" T(8, 8, 4) "\200fi\244d\015supp\321ted\3130\372fit\3564\372mapped_\374e\3568\037"
    "\255priv\267\322\374e\35616\037\255\012_\374e\35624\037\255peak_\374e\356\253\037\255down\371ad_\374"
    "e\35640\037\255disk_\374e\35648\037\255\257text\237ok\254\35656\372tok\254s_p\231_se\257d\31360\324f"
    "\371\267\255\254g\221\376\336\242\253\252\353\202c\365nt\201\253\222not\37696\242\2530\252\353\202c\365"
    "nt\201\2530\222r\325\231ved\313416\24296\252u\2438\237\202c\365nt\20196}}\027\012_\370\015k\026\201\""
    "\002\202\2308\200\016\025n\2014\200fi\244d\015\225\342\343_\230\2410\324u\337flag\3564\324u\261\"}}\222"
    "\331ep\201\216k\026\201\"table\202\230" T(56, 32, 32) "\200\016\025n\201" T(8, 4, 4) "\200fi\244d\015"
    "\225\342\343_\230\2410\324u\337r\325\231ved\3134\324u\337n\256\3768\242" T(8, 4, 4) "\017\353\001\274"
    "\356" T(16, 12, 12) "\242" T(8, 4, 4) "\017\353\001\010\313" T(24, 16, 16) "\242" T(8, 4, 4) "\252\265"
    "\001\270\254\313" T(32, 20, 20) "\242" T(8, 4, 4) "\032\332\010\340\020\274s\227\265\023\225\267e\357"
    "\311\377\313" T(40, 24, 24) "\242" T(8, 4, 4) "\032\332\010\227\332\225\267e\034\363\223\221\034\014"
    "\223\014\310\363\023\024\357\311c\371s\376" T(48, 28, 28) "\242" T(8, 4, 4) "\366\265\314\332\010\227"
    "\332\225\267e\306}}\027\014_hook\201\216\23048\200\016\025n\201" T(8, 8, 4) "\200fi\244d\015\270aqu\376"
    "0\323\033u\350\202c\365nt\2016}}\027ho\225\201\216k\026\201\"table\202\230" T(128, 72, 72) "\200\016"
    "\025n\201" T(8, 4, 4) "\200fi\244d\015\225\342\343_\230\2410\324u\337abi\3134\324u\337\010\3138\242" T(8, 4, 4)
    "\252\265\001th\367ad\356" T(16, 12, 12) "\372\371g_le\330\313" T(20, 16, 16) "\372\016\371c\313" T(24, 20, 20)
    "\242" T(8, 4, 4) "\366\332\305\332\010\227\350\202\224\322\374\325\227\350\202\016\025n\311f\367\376"
     T(32, 24, 24) "\242" T(8, 4, 4) "\366\265\314\332\010\227\332mem\321y\311\353g\376" T(40, 28, 28) "\242"
     T(8, 4, 4) "\032\332\010\227\350\202d\244ta_\374\325\357\311\273\016l\244\313" T(48, 32, 32) "\242" T(8, 4, 4)
    "\366\265\314\332\010\004\333unks\310\333unk_fn\202fn\227\332\246g\311\014led\313" T(56, 36, 36) "\242"
     T(8, 4, 4) "\032\332\010\034\014\223\014\311\232_\014\313" T(64, 40, 40) "\242" T(8, 4, 4) "\366\265"
    "\314\332\010\034\014\223\014\310\014led_fn\202fn\227\332\246g\310\014_hook\223hook\311\236_\014\313" T(72, 44, 44)
    "\242" T(8, 4, 4) "\366\265\314\332\010\034\014\223\014\310\014_hook\223hook\311\371g\313" T(80, 48, 48)
    "\242" T(8, 4, 4) "\366\265\314\332\010\004le\330\340\020room\340\020l\221e\311\345_\235\241" T(88, 52, 52)
    "\242" T(8, 4, 4) "\032\212\355\310\225\346\202c\007e\340\020subje\343\340\020\367as\232\311\345_d\205"
    "ail\313" T(96, 56, 56) "\242" T(8, 4, 4) "\366\265\314\212\355\004\254g\221\322c\007e\227\350\202po\220"
    "\364\311b\371b_g\233\241" T(104, 60, 60) "\242" T(8, 4, 4) "\032\332\010\340\020key\340\265\023\374\325"
    "\227\350\223\224\322\374\325\227\265\023handle\357\311b\371b_dr\270\313" T(112, 64, 64) "\242" T(8, 4, 4)
    "\366\265\314\332\010\227\332handle\311b\371b_put\313" T(120, 68, 68) "\242" T(8, 4, 4) "\032\332\010"
    "\340\020key\340\332\374\325\227\350\202\224\322\374\325\357\306}}\027so\266c\204\216k\026\201\"table"
    "\202\230" T(64, 48, 40) "\200\016\025n\201" T(8, 8, 4) "\200fi\244d\015\225\342\343_\230\2410\324u\337"
    "is_mapped\3134\372f\321m\267\3138\242" T(8, 4, 4) "\017\353\001p\267h\313" T(16, 12, 12) "\242" T(8, 4, 4)
    "\017\353\001\374e\356" T(24, 16, 16) "\242" T(8, 4, 4) "\017\265\001\224\322\374e\356" T(32, 24, 20)
    "\037\255\203\254\327\245\313" T(40, 32, 28) "\242" T(8, 4, 4) "\017\353\001\010\313" T(48, 36, 32) "\242"
     T(8, 4, 4) "\252\265\001\220bl\221g\313" T(56, 40, 36) "\242" T(8, 4, 4) "\032\332\010\340\020r\244\267"
    "iv\322p\267h\340\265\023\374\325\227\350\223\224\322\374\325\340\353\023p\267h\357\306}}\027\254g\221"
    "\322\370\015k\026\201\"\002\202\230" T(32, 24, 24) "\200\016\025n\201" T(8, 4, 4) "\200fi\244d\015\225"
    "\342\343_\230\2410\324u\337th\367ad\3564\372devic\3768\242" T(8, 4, 4) "\017\353\001\257text\237ok\254"
    "\356" T(16, 12, 12) "\372sequ\254ce\356" T(20, 16, 16) "\372\257f\025\313" T(24, 20, 20) "\242" T(8, 4, 4)
    "\017\353\215\"}}\027t\254s\321\201\216\230" T(40, 40, 32) "\200\016\025n\201" T(8, 8, 4) "\200fi\244"
    "d\015\225\342\343_\230\2410\324u\337d\250\2414\324\212d\247e\255d\267a\3138\242" T(8, 4, 4) "\252\265"
    "\001\224\322\374e\356" T(16, 16, 12) "\037\255shap\376" T(24, 24, 20) "\242" T(8, 4, 4) "\017\350\001"
    "rank\313" T(32, 28, 24) "\372devic\376" T(36, 32, 28) "\324\261\"}}\027p\321t\201\216\230" T(40, 28, 28)
    "\200\016\025n\201" T(8, 4, 4) "\200fi\244d\015\225\342\343_\230\2410\324u\337d\250\2414\324\212d\247"
    "e\255n\256\3768\242" T(8, 4, 4) "\017\353\001shap\376" T(16, 12, 12) "\242" T(8, 4, 4) "\017\350\001"
    "symbol\356" T(24, 16, 16) "\242" T(8, 4, 4) "\017\353\215\263\001rank\313" T(32, 20, 20) "\372\370\016"
    "\313" T(36, 24, 24) "\324\261\"}}\027\362ll\201\216k\026\201\"table\202\230" T(48, 28, 28) "\200\016"
    "\025n\201" T(8, 4, 4) "\200fi\244d\015\225\342\343_\230\2410\324u\337is\237raced\3134\372\010\3138\242"
     T(8, 4, 4) "\252\265\001\014\313" T(16, 12, 12) "\242" T(8, 4, 4) "\017\212\014\001wanted\313" T(24, 16, 16)
    "\242" T(8, 4, 4) "\017u\2438\237\001\024_\016\371c\313" T(32, 20, 20) "\242" T(8, 4, 4) "\032\332\010"
    "\004\026ex\034t\254s\321\223shape\227\265\023d\267a\357\311\024_giv\376" T(40, 24, 24) "\242" T(8, 4, 4)
    "\032\332\010\004\026ex\034t\254s\321\223t\254s\321\310r\244eas\322fn\202r\244ease\227\332r\244eas\322"
    "\010\357\306}}\027co\225\201\216\230296\200\016\025n\201" T(8, 8, 4) "\200fi\244d\015\225\342\343_\230"
    "\2410\324u\337\257text\237ok\254\3564\372mapped_\374e\3568\037\255priv\267\322\374e\35616\037\255\012"
    "_\374e\35624\037\255\374\325_p\231\237ok\254\313\253\037\255mis\220ng\31340\242256\252\353\202c\365n"
    "t\201256}}\027tok\254_\221fo\201\216\230" T(40, 36, 36) "\200\016\025n\201" T(8, 4, 4) "\200fi\244d\015"
    "\225\342\343_\230\2410\324u\337\264\362bul\246y\3134\372\257text\237ok\254\3568\372embedd\221g_\230\241"
    "12\372bo\35616\372eo\35620\372max_b\267\333\31324\372flag\35628\372\333\267\237empl\267\376\253\242" T(8, 4, 4)
    "\017\353\215\"}}\027b\267\333\201\216\230" T(48, 28, 28) "\200\016\025n\201" T(8, 4, 4) "\200fi\244d"
    "\015\225\342\343_\230\2410\324u\337c\365nt\3134\372tok\254\3568\242" T(8, 4, 4) "\017\261\001ve\343\321"
    "\356" T(16, 12, 12) "\242" T(8, 4, 4) "\017f\371\267\001po\220\364\356" T(24, 16, 16) "\242" T(8, 4, 4)
    "\017\261\001sequ\254ce\356" T(32, 20, 20) "\242" T(8, 4, 4) "\017\261\001want\313" T(40, 24, 24) "\242"
     T(8, 4, 4) "\017u\2438\237\215\"}}\027\254g\221e\237ok\254\015k\026\201\"table\202\230" T(112, 60, 60)
    "\200\016\025n\201" T(8, 4, 4) "\200fi\244d\015\225\342\343_\230\2410\324u\337r\325\231ved\3134\324u\337"
    "\221fo\3138\242" T(8, 4, 4) "\032\332\021\244\310tok\254_\221fo\223\024\357\311tok\254iz\376" T(16, 12, 12)
    "\242" T(8, 4, 4) "\032\332\021\244\340\020text\227\350\202l\254\004add_bos\004speci\016\227\261\223t"
    "ok\254s\004\362paci\245\227\261\223c\365nt\357\311piec\376" T(24, 16, 16) "\242" T(8, 4, 4) "\032\332"
    "\021\244\004tok\254\340\353\023\374\325\227\261\223\224e\227\261\223is_\254d\357\311dec\007\376" T(32, 20, 20)
    "\242" T(8, 4, 4) "\032\332\012\034b\267\333\223b\267\333\034\014\223\014\357\311\371git\356" T(40, 24, 24)
    "\242" T(8, 4, 4) "\032\332\012\004row\227f\371\267\023\024\357\311\246gmax\313" T(48, 28, 28) "\242" T(8, 4, 4)
    "\032\332\012\004row\227\261\223tok\254\357\311embedd\221g\313" T(56, 32, 32) "\242" T(8, 4, 4) "\032"
    "\332\012\004sequ\254ce\340f\371\267\023\024\357\311\362\333\322c\270y\313" T(64, 36, 36) "\242" T(8, 4, 4)
    "\032\332\012\004from_sequ\254ce\004to_sequ\254ce\004from\004to\357\311\362\333e\237rim\313" T(72, 40, 40)
    "\242" T(8, 4, 4) "\032\332\012\004sequ\254ce\004from\004to\357\311\362\333\322shift\313" T(80, 44, 44)
    "\242" T(8, 4, 4) "\032\332\012\004sequ\254ce\004from\004d\244ta\357\311\362\333\322\230\241" T(88, 48, 48)
    "\242" T(8, 4, 4) "\032\332\012\004sequ\254ce\227\350\223\224\322\374\325\357\311\362\333\322sav\376" T(96, 52, 52)
    "\242" T(8, 4, 4) "\032\332\012\004sequ\254ce\227\332bu\234\231\227\350\202\362paci\245\227\350\223wr"
    "itt\254\357\311\362\333\322\367\225\321\376" T(104, 56, 56) "\242" T(8, 4, 4) "\032\332\012\004sequ\254"
    "ce\340\332\374\325\227\350\202\224\322\374\325\357\306}}\027\254g\221\204\216k\026\201\"table\202\230"
     T(192, 104, 104) "\200\016\025n\201" T(8, 4, 4) "\200fi\244d\015\225\342\343_\230\2410\324u\337abi\313"
    "4\324u\337n\256\3768\242" T(8, 4, 4) "\017\353\001v\231\003\313" T(16, 12, 12) "\242" T(8, 4, 4) "\017"
    "\353\001flag\356" T(24, 16, 16) "\324u\337r\325\231ved\313" T(28, 20, 20) "\324u\337\221it\313" T(32, 24, 24)
    "\242" T(8, 4, 4) "\032\263\212ho\225\223ho\225\340\020\257f\025\227\265\023\254g\221e\357\311shutdow"
    "n\313" T(40, 28, 28) "\242" T(8, 4, 4) "\366\265\314\332\254g\221e\311ab\024\313" T(48, 32, 32) "\242"
     T(8, 4, 4) "\366\263\020\305\332\254g\221e\311prob\376" T(56, 36, 36) "\242" T(8, 4, 4) "\366\261\314"
    "\332\254g\221e\034so\266ce\223so\266ce\310\352why\311e\225im\267\376" T(64, 40, 40) "\242" T(8, 4, 4)
    "\032\332\254g\221e\034so\266ce\223so\266ce\034\254g\221\322\002\223\002\310co\225\223\024\357\311bak"
    "\376" T(72, 44, 44) "\242" T(8, 4, 4) "\032\332\254g\221e\034so\266ce\223so\266ce\034\254g\221\322\002"
    "\223\002\034\014\223\014\357\311\270\254\313" T(80, 48, 48) "\242" T(8, 4, 4) "\032\332\254g\221e\034"
    "so\266ce\223so\266ce\034\254g\221\322\002\223\002\034\014\223\014\227\265\023\021\244\357\311c\371s\376"
     T(88, 52, 52) "\242" T(8, 4, 4) "\366\265\314\332\021\244\311p\321t\313" T(96, 56, 56) "\242" T(8, 4, 4)
    "\032\332\021\244\004way\004\026ex\310p\321t\223\024\357\311d\325crib\376" T(104, 60, 60) "\242" T(8, 4, 4)
    "\366\263\020\305\332\021\244\311\012_\270\254\313" T(112, 64, 64) "\242" T(8, 4, 4) "\032\332\021\244"
    "\034\254g\221\322\002\223\002\227\265\023\012\357\311\012_c\371s\376" T(120, 68, 68) "\242" T(8, 4, 4)
    "\366\265\314\332\012\311\012\237rim\313" T(128, 72, 72) "\242" T(8, 4, 4) "\366\350\314\332\012\004p"
    "r\325s\266e\311b\026\313" T(136, 76, 76) "\242" T(8, 4, 4) "\032\332\012\004\026ex\034t\254s\321\223"
    "t\254s\321\357\311c\246ry\313" T(144, 80, 80) "\242" T(8, 4, 4) "\032\332\012\004\024put\004\221put\004"
    "axis\357\311\367\235\241" T(152, 84, 84) "\242" T(8, 4, 4) "\366\265\314\332\012\311p\367\273\376" T(160, 88, 88)
    "\242" T(8, 4, 4) "\032\332\012\034\014\223\014\357\311\377\313" T(168, 92, 92) "\242" T(8, 4, 4) "\032"
    "\332\012\034\362ll\223\362ll\357\311profil\376" T(176, 96, 96) "\242" T(8, 4, 4) "\366\263\020\305\332"
    "\012\311tok\254\356" T(184, 100, 100) "\242" T(8, 4, 4) "\017\212\254g\221e\237ok\254s\215\"}}}\222\254"
    "um\015\331\341\015\320OK\2010\326INVALI\307ARGUMENT\375\326OUT_OF_MEM\035Y\2012\326OUT_OF_MEM\035Y_H"
    "OST\201258\326OUT_OF_MEM\035Y_BUDGET\201514\326BUSY\2013\326CANCELLED\2014\326CANCELLE\307TOKEN\2012"
    "60\326CANCELLE\307CALLBACK\201516\326CANCELLE\307DEADLINE\201772\326IO\2015\326IO_OPEN\201261\326IO_"
    "READ\201517\326IO_W\312TE\201773\326IO_NO_SPACE\375029\326IO_PERMISSION\375285\326IO_MAP\375541\326N"
    "ETW\035K\2016\326NETW\035K_RESOLVE\201262\326NETW\035K_CONNECT\201518\326NETW\035K_TLS\201774\326NET"
    "W\035K_HTTP\375030\326NETW\035K_TIMEOUT\375286\326NETW\035K_OFFLINE\375542\326CHECKSUM\2017\326UNSUP"
    "P\035TE\307F\035MAT\2018\326UNSUPP\035TE\307MODEL\2012\336\326UNSUPP\035TE\307PACK\201520\326UNSUPP\035"
    "TE\307AUDIO\201776\326UNSUPP\035TE\307IMAGE\3750\253\326UNSUPP\035TE\307OPERAT\035\375288\326MALF\035"
    "MED\375544\326ENGINE_MISSING\375800\326MODEL_NOT_FOUND\2019\326PREPROCESSING_FAILED\3750\326INFERENC"
    "E_FAILED\3751\326POSTPROCESSING_FAILED\3752\326POLICY_DENIED\3753\326INTERNAL\3754\326P\312MARY_MASK"
    "\201255\027d\250\216\320FLOAT\253\375\326UINT8\2012\326INT8\2013\326UINT16\2014\326INT16\2015\326INT"
    "\253\2016\326INT\336\2017\326BOOL\2019\326FLOAT16\3750\326FLOAT\336\3751\326UINT\253\3752\326UINT\336"
    "\3753\326BFLOAT16\3756\027k\026\201\216\320TEXT\375\326AUDIO\2012\326IMAGE\2013\326TOKENS\2014\326EM"
    "BEDDING\2015\326TENS\035\2016\326LIST\2017\027f\321m\267\201\216\320F\035MAT_ENCODED\2010\326F\035MA"
    "T_F\253\375\326F\035MAT_PCM16\2012\326F\035MAT_RGB8\3756\326F\035MAT_RGBA8\3757\326F\035MAT_BGR8\375"
    "8\326F\035MAT_BGRA8\3759\326F\035MAT_GRAY8\20120\326F\035MAT_NV12\20121\326F\035MAT_NV21\20122\326F\035"
    "MAT_I420\20123\027\371g_le\330\201\216\320LOG_OFF\2010\326LOG_ERR\035\375\326LOG_WARN\2012\326LOG_IN"
    "FO\2013\326LOG_DEBUG\2014\027\031\322\002.flag\015\320RUNTIME_TELEMETRY_IS_OFF\375\326RUNTIME_MAY_SE"
    "T_ENV\2012\027pr\325s\266\204\216\320PRESSURE_IDLE\2010\326PRESSURE_WARN\375\326PRESSURE_C\312TICAL\201"
    "2\027\377_\002.flag\015\320RUN_TRACE\375\326RUN_RAW\2018\027ev\254t_k\026\201\216\320EVENT_DONE\375\326"
    "EVENT_NEE\307INPUT\2012\326EVENT_OUTPUT\2019\027f\221ish\201\216\320FINISH_STOP\375\326FINISH_INTERR"
    "UPTED\2014\027\371ad_\002.flag\015\320LOA\307WARM\375\027\371ad_\021\204\216\320LOA\307AUTO\2010\326"
    "LOA\307MAP\375\326LOA\307READ\2012\027\254g\221e.flag\015\320ENGINE_NEEDS_GUARD\375\326ENGINE_NEEDS_"
    "PATH\2012\326ENGINE_OWN_THREADS\2014\326ENGINE_COSTLY_START\2018}\222\262ant\015\320AUTO\201-1\326AB"
    "I_VERSION\375\326ENGINE_ABI\375\326INPUT\2010\326OUTPUT\375\326TOKENS_NO_T\312M\375\326TOKENS_NO_SHI"
    "FT\2012\222\247e\015\331\341\217\"\360\212d\251\360\212k\026\201\"\360\212f\321m\267\201\"\360\212\371"
    "g_le\330\201\"\360\212pr\325s\266\204\"\360\212ev\254t_k\026\201\"\360\212f\221ish\201\"\360\212\371"
    "ad_\021\204\"\337handle\217\213\212\031e\202\212\363\202\212\021\244\202\212\012\202\331\367\256\202"
    "\212\014\214\200\362llback\015\212r\244eas\322fn\005\265\314\332\010\340\332d\267a\361\371g_fn\005\265"
    "\314\332\010\310\371g_le\330\202le\330\340\020room\340\020l\221e\361ev\254t_fn\005\261\314\332\010\034"
    "ev\254t\223ev\254t\361progr\325s_fn\005\261\314\332\010\227\350\202d\232\322\374\325\227\350\202tot\016"
    "_\374\325\361\367ad_fn\005\261\314\332\010\227\350\202\236s\205\227\332bu\234\231\227\350\202\224\322"
    "\374\325\361\333unk_fn\005\265\314\332\246g\004\333unk\004w\321k\231\361\014led_fn\005\265\314\332\246"
    "g\361\254g\221\322\254try_fn\005\263\212\254g\221e\223\305u\360ho\225_abi\306}\222fu\006\364\015\212"
    "r\244eas\322n\232\204\347\265\314\332\010\340\332d\267a\361v\231\003\005\263\020\304]\027abi_d\325cr"
    "ib\204\347\263\020\304]\222\351_n\256\204\347\263\020\305\351\202\225\346\361\345_\235\347\354\212\355"
    "\310\225\346\202c\007e\340\020subje\343\340\020\367as\232\361\014_c\367\267\204\347\354\212\031e\223"
    "rt\310\014\023\024\357\361\014_fir\204\347\265\314\212\014\223\014\361\014_is_fi\367d\005\261\314\263"
    "\212\014\223\014\361\014_f\367\204\347\265\314\212\014\223\014\361\335\322new\237ext\005\354\212\031"
    "e\223rt\340\020text\227\350\202l\254\310\363\023\024\357\361\335\322new_audio\005\354\212\031e\223rt"
    "\340f\371\267\223s\256pl\325\227\350\202fr\256\325\004s\256pl\322r\267e\004\333ann\244s\310r\244eas\322"
    "fn\202r\244ease\227\332r\244eas\322\010\310\363\023\024\357\361\335\322new_imag\204\347\354\212\031e"
    "\223rt\340\332pix\244s\310f\321m\267\202f\321m\267\004w\203th\004he\025ht\004\225\206\322\374\325\310"
    "r\244eas\322fn\202r\244ease\227\332r\244eas\322\010\310\363\023\024\357\361\335\322new_\374e\217\347"
    "\354\212\031e\223rt\340\332\374\325\227\350\202\224\322\374\325\310r\244eas\322fn\202r\244ease\227\332"
    "r\244eas\322\010\310\363\023\024\357\361\335\322new_fil\204\347\354\212\031e\223rt\340\020p\267h\310"
    "\363\023\024\357\361\335\322new\237\254s\321\005\354\212\031e\223rt\340\020n\256e\310d\247e\202d\247"
    "e\340\350\223shape\004rank\340\332d\267a\227\350\202\224\322\374\325\310r\244eas\322fn\202r\244ease\227"
    "\332r\244eas\322\010\310\363\023\024\357\361\335\322new\237ok\254\217\347\354\212\031e\223rt\340\350"
    "\223\203s\227\350\202c\365nt\310r\244eas\322fn\202r\244ease\227\332r\244eas\322\010\310\363\023\024\357"
    "\361\335\322new_embedd\221g\005\354\212\031e\223rt\340f\371\267\223v\016u\325\227\350\202c\365nt\310"
    "r\244eas\322fn\202r\244ease\227\332r\244eas\322\010\310\363\023\024\357\361\335\322new_li\225\005\354"
    "\212\031e\223rt\310\363\215\263\223items\004c\365nt\310\363\023\024\357\361\335\322from_js\232\005\354"
    "\212\031e\223rt\340\020js\232\227\350\202l\254\310\363\023\024\357\361\335\322view\005\263\212view\223"
    "\305\263\212\363\223\363\361\363\237ext\005\263\020\305\263\212\363\223\363\361\335\322f\371\267\217"
    "\347\263f\371\267\223\305\263\212\363\223\363\227\350\223c\365nt\361\335\322c\365nt\005\261\314\263\212"
    "\363\223\363\361\335\322\267\005\263\212\363\223\305\263\212\363\223\363\004\026ex\361\335\322f\026\005"
    "\263\212\363\223\305\263\212\363\223\363\340\020n\256e\361\335\322\235\347\354\212\363\223\363\340\020"
    "key\340\020v\016ue\357\361\335\322g\233\347\263\020\305\263\212\363\223\363\340\020key\361\335\322ke"
    "y\005\263\020\305\263\212\363\223\363\004\026ex\361\363\237o_js\232\005\354\263\212\363\223\363\310\363"
    "\023\024\357\361\335\322sav\204\347\354\263\212\363\223\363\340\020p\267h\357\361\335\322\272a\221\005"
    "\212\363\223\305\263\212\363\223\363\361\335\322f\367\204\347\265\314\212\363\223\363\361\031\322\002"
    "_\221it\005\265\314\212\031\322\002\223\002\227u\360\225\342\343_\224e\361\031\322c\367\267\204\347\354"
    "\263\212\031\322\002\223\002\310\031e\023\024\357\361\031\322f\367\204\347\265\314\212\031e\223rt\361"
    "\031\322d\325crib\204\347\354\212\031e\223rt\310\363\023\024\357\361\031\322\225\267\217\347\265\314"
    "\263\212\031e\223rt\310\225\267s\223\024\361\031e\237rim\005\350\314\212\031e\223rt\310pr\325s\266e\202"
    "pr\325s\266e\361\377_\002_\221it\005\265\314\212\377_\002\223\002\227u\360\225\342\343_\224e\311\331"
    "\367\256_feed\005\354\331\367\256\223\225\367\256\310\363\223item\357\311\331\367\256_f\221ish\005\354"
    "\331\367\256\223\225\367\256\357\311\331\367\256_next\005\354\331\367\256\223\225\367\256\004wait_ms"
    "\034ev\254t\023\024\357\311\331\367\256_dra\221\005\354\331\367\256\223\225\367\256\310ev\254t_fn\202"
    "fn\227\332\010\310\363\023\024\357\311\331\367\256_\243\271upt\005\265\314\331\367\256\223\225\367\256"
    "\311\331\367\256_c\371s\204\347\265\314\331\367\256\223\225\367\256\361\371ad_\002_\221it\005\265\314"
    "\212\371ad_\002\223\002\227u\360\225\342\343_\224e\361\021\244_e\225im\267\204\347\354\212\031e\223r"
    "t\340\020\367f\034\371ad_\002\223\002\310e\225im\267e\223\024\357\361\021\244_\371ad\005\354\212\031"
    "e\223rt\340\020\367f\034\371ad_\002\223\002\310\021\244\023\024\357\361\021\244_\377\005\354\212\021"
    "\244\223\021\244\310\363\223\221\034\377_\002\223\002\310\363\023\024\357\361\021\244_\225\246t\005\354"
    "\212\021\244\223\021\244\310\363\223\221\034\377_\002\223\002\310\225\367\256\023\024\357\361\021\244"
    "_d\325crib\204\347\263\020\305\263\212\021\244\223\021\244\361\021\244_\272a\221\005\212\021\244\223"
    "\305\212\021\244\223\021\244\361\021\244_f\367\204\347\265\314\212\021\244\223\021\244\361\012_\002_"
    "\221it\005\265\314\212\012_\002\223\002\227u\360\225\342\343_\224e\361\012_\270\254\005\354\212\021\244"
    "\223\021\244\034\012_\002\223\002\310\012\023\024\357\361\012_\377\005\354\212\012\223\012\310\363\223"
    "\221\034\377_\002\223\002\310\363\023\024\357\361\012_\225\246t\005\354\212\012\223\012\310\363\223\221"
    "\034\377_\002\223\002\310\225\367\256\023\024\357\361\012_f\367\204\347\265\314\212\012\223\012\311\331"
    "ep_\367gi\225\231\005\354\212\031e\223rt\340\331ep\223\225ep\357\361\254g\221\322\367gi\225\231\005\354"
    "\212\031e\223rt\034\254g\221e\223\254g\221e\357\361\254g\221\322\371ad\005\354\212\031e\223rt\340\020"
    "p\267h\357\306}}}";

enum { TEXT_BYTES = N(33457, 33433, 33433) };
static char text[TEXT_BYTES];

/* The bytes of one byte, behind `used`. */
static size_t unpack(uint8_t byte, size_t used) {
    size_t row = byte >= 0x80 ? byte - 0x80u : byte < 0x20 ? byte + 0x7fu : sizeof pairs;
    if (row < sizeof pairs / sizeof pairs[0]) return unpack(pairs[row][1], unpack(pairs[row][0], used));
    if (used < TEXT_BYTES - 1) text[used] = (char)byte;
    return used + 1;
}

const char *xybrid_abi_describe(void) {
    static xb_atomic32 state; /* 0: no text yet; 1: a thread writes it; 2: there it is */
    int32_t            none = 0;
    if (xb_atomic_get(&state) != 2 && atomic_compare_exchange_strong(&state, &none, 1)) {
        size_t used = 0;
        for (const char *p = packed; *p; p++) used = unpack((uint8_t)*p, used);
        xb_atomic_set(&state, 2);
    }
    while (xb_atomic_get(&state) != 2) xb_thread_yield();
    return text;
}
