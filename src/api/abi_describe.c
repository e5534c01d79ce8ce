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
SIZE(xybrid_run_options, N(64, 48, 44), N(8, 8, 4));
FIELD(xybrid_run_options, struct_size, 0, 4);
FIELD(xybrid_run_options, flags, 4, 4);
FIELD(xybrid_run_options, cancel, 8, N(8, 4, 4));
FIELD(xybrid_run_options, deadline_ms, N(16, 16, 12), 8);
FIELD(xybrid_run_options, into, N(24, 24, 20), N(8, 4, 4));
FIELD(xybrid_run_options, speed, N(32, 28, 24), 4);
FIELD(xybrid_run_options, reserved, N(36, 32, 28), 4);
FIELD(xybrid_run_options, voice, N(40, 36, 32), N(8, 4, 4));
FIELD(xybrid_run_options, language, N(48, 40, 36), N(8, 4, 4));
FIELD(xybrid_run_options, params, N(56, 44, 40), N(8, 4, 4));
SIZE(xybrid_event, N(64, 64, 56), N(8, 8, 4));
FIELD(xybrid_event, struct_size, 0, 4);
FIELD(xybrid_event, kind, 4, 4);
FIELD(xybrid_event, data, 8, N(8, 4, 4));
FIELD(xybrid_event, number, N(16, 16, 12), 8);
FIELD(xybrid_event, finish, N(24, 24, 20), 4);
FIELD(xybrid_event, reserved, N(28, 28, 24), 4);
FIELD(xybrid_event, text, N(32, 32, 28), N(8, 4, 4));
FIELD(xybrid_event, text_bytes, N(40, 40, 32), 8);
FIELD(xybrid_event, start_ms, N(48, 48, 40), 8);
FIELD(xybrid_event, end_ms, N(56, 56, 48), 8);
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
SIZE(xybrid_call, N(56, 40, 36), N(8, 8, 4));
FIELD(xybrid_call, struct_size, 0, 4);
FIELD(xybrid_call, is_traced, 4, 4);
FIELD(xybrid_call, ctx, 8, N(8, 4, 4));
FIELD(xybrid_call, cancel, N(16, 12, 12), N(8, 4, 4));
FIELD(xybrid_call, wanted, N(24, 16, 16), N(8, 4, 4));
FIELD(xybrid_call, out_alloc, N(32, 20, 20), N(8, 4, 4));
FIELD(xybrid_call, out_give, N(40, 24, 24), N(8, 4, 4));
FIELD(xybrid_call, seed, N(48, 32, 28), 8);
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
VALUE(XYBRID_RUN_NO_PARTIALS, 2);
VALUE(XYBRID_RUN_WORDS, 4);
VALUE(XYBRID_RUN_RAW, 8);
VALUE(XYBRID_EVENT_DONE, 1);
VALUE(XYBRID_EVENT_NEED_INPUT, 2);
VALUE(XYBRID_EVENT_PARTIAL, 6);
VALUE(XYBRID_EVENT_SEGMENT, 7);
VALUE(XYBRID_EVENT_AUDIO, 8);
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
    { '{', '"' }, { 's', 129 }, { 's', 'i' }, { '}', 128 }, { 'i', 'n' }, { 144, 'z' }, { 141, 130 },
    { 's', 't' }, { 140, ',' }, { 150, 139 }, { 147, 132 }, { 'e', 'r' }, { 'o', 'n' }, { 133, 129 },
    { 'f', 'f' }, { 's', 155 }, { 'o', 156 }, { 158, 157 }, { 142, 159 }, { 128, 152 }, { '_', 't' },
    { 146, 't' }, { 'e', 'l' }, { 't', 'y' }, { 165, 'p' }, { 'a', 'r' }, { 166, 132 }, { 168, '"' },
    { 128, 169 }, { '"', 145 }, { 'e', 'n' }, { '3', '2' }, { 'a', 'm' }, { 'c', 154 }, { 163, 173 },
    { 176, 162 }, { 175, 149 }, { 178, ' ' }, { 'a', 't' }, { 'v', 'o' }, { 'o', 'p' }, { 153, 'r' },
    { 'u', 'r' }, { 181, 131 }, { 'p', 167 }, { 'r', 133 }, { 186, 174 }, { 'n', 143 }, { 187, 184 },
    { 190, 189 }, { 191, '"' }, { 188, 133 }, { 193, 153 }, { 194, 143 }, { 195, '[' }, { 'D', '_' },
    { 196, 139 }, { 140, ']' }, { 151, 138 }, { 199, 145 }, { 'R', 'I' }, { 'X', 'Y' }, { 203, 'B' },
    { 204, 202 }, { 205, 197 }, { 129, 160 }, { 130, 198 }, { 'o', 'r' }, { 'e', '_' }, { 161, '4' },
    { 128, 206 }, { 211, 170 }, { 'e', 's' }, { 'v', 164 }, { 138, 149 }, { 't', 'i' }, { 'c', 'h' },
    { 185, 148 }, { '6', '4' }, { 172, 215 }, { 221, 182 }, { 177, 171 }, { 151, 179 }, { 163, 220 },
    { 180, 'u' }, { 225, 162 }, { 183, 209 }, { 226, 's' }, { 142, 192 }, { 'r', 'u' }, { 'c', 't' },
    { 218, 167 }, { 216, 229 }, { 143, 160 }, { 228, 148 }, { 234, 208 }, { 236, 183 }, { 200, 238 },
    { 177, 130 }, { 222, 'e' }, { 239, 201 }, { 'c', 'a' }, { 'o', 'u' }, { 217, 154 }, { 'r', 'e' },
    { 128, 192 }, { 'l', 'o' }, { 182, 245 }, { 213, 223 }, { 141, 171 }, { 'b', 'y' }, { 252, 't' },
    { 132, 160 }, { 151, 240 }, { 129, '1' }, { 231, 'n' }, { 129, 230 }, { 249, 's' }, { 144, 154 },
    { 'o', 'd' }, { 'n', 'c' }, { 170, 179 }, { 232, 'x' }, { 's', 214 }, { 10, 5 }, { 243, 7 },
    { 12, 164 }, { 143, 142 }, { 'a', 'l' }, { 138, 2 }, { '8', 170 }, { 233, 148 }, { 141, '*' },
    { 19, 130 }, { 161, 17 }, { 'm', 6 }, { 244, 't' }, { 21, 227 }, { 'i', 'g' }, { 146, 'd' },
    { 217, 'm' }, { 247, 237 }, { 'O', 'R' }, { 24, 171 }, { 185, 208 }
};

static const char packed[] =
    "\216abi\001\200\254g\222\322abi\001\200po\243\231_\375e\217" T(8, 4, 4) "\200\341_\017\031n\201" T(8, 8, 4)
    "\200\225\347\350\016\212\344\201\216k\032\201\"froz\254\202\2301024\200\017\031n\201" T(8, 8, 4) "\200"
    "fi\244d\016c\006\3760\372\363us\3764\24112\252\360c\364nt\2013\221os_c\006\37616\372\254g\222\322c\006"
    "\37620\372http_\225\342\35324\372\273ry_aft\231_m\35328\372\273ryabl\376\255\372\225ag\37636\372\225"
    "ep\31740\372l\222\37644\372column\31748\372r\326\231ved_1\31752\372po\220\365\31756\036subje\350\317"
    "\334\241192\252\351\202c\364nt\00192\221m\326sag\376256\241576\252\351\202c\364nt\201576\221r\326\231"
    "ved_2\3178\255\241192\252u\2438\242\202c\364nt\00192}}\221\212view\201\216k\032\201\"view\202\230" T(112, 96, 96)
    "\200\017\031n\201" T(8, 8, 4) "\200fi\244d\016\225\347\350_\230\2400\325u\337k\032\3174\325\212k\032"
    "\253n\256\3768\241" T(8, 4, 4) "\010\351\373d\264a\317" T(16, 12, 12) "\241" T(8, 4, 4) "\010\271\373"
    "\223\322\375e\353" T(24, 16, 16) "\036c\364nt\317" T(32, 24, 24) "\036shap\376" T(40, 32, 32) "\241" T(8, 4, 4)
    "\010\343\373rank\317" T(48, 36, 36) "\372d\250\240" T(52, 40, 40) "\325\212d\246e\253f\321m\264\317" T(56, 44, 44)
    "\325\212f\321m\264\253s\256pl\322r\264\376" T(60, 48, 48) "\372\332ann\244\353" T(64, 52, 52) "\372w"
    "\203th\317" T(68, 56, 56) "\372he\031ht\317" T(72, 60, 60) "\372\225\206\322\375e\353" T(76, 64, 64)
    "\372sc\321\376" T(80, 68, 68) "\325f\370\264\253po\243_c\364nt\317" T(84, 72, 72) "\372po\243\353" T(88, 76, 76)
    "\241" T(8, 4, 4) "\010f\370\264\373\225\247t_m\353" T(96, 80, 80) "\036\254d_m\353" T(104, 88, 88) "\030"
    "\"}}\221\212\017\370c\264\321\201\216k\032\201\"table\202\230" T(32, 20, 20) "\200\017\031n\201" T(8, 4, 4)
    "\200fi\244d\016\225\347\350_\230\2400\325u\337r\326\231ved\3174\325u\337\011\3178\241" T(8, 4, 4) "\252"
    "\271\373\017\370c\317" T(16, 12, 12) "\241" T(8, 4, 4) "\367\333\306\333\011\227\343\202\223\322\375"
    "\326\227\343\202\017\031n\311f\366\376" T(24, 16, 16) "\241" T(8, 4, 4) "\367\037\333\011\227\333mem"
    "\321y\227\343\202\223\322\375\326\227\343\202\017\031n\307}}\221\020\033\322\371\016k\032\201\"\004\202"
    "\230" T(80, 56, 52) "\200\017\031n\201" T(8, 8, 4) "\200fi\244d\016\225\347\350_\230\2400\325u\337fl"
    "ag\3534\325u\337\017\370c\264\321\3178\241" T(8, 4, 4) "\010\212\017\370c\264\321\373\370g\317" T(16, 12, 12)
    "\241" T(8, 4, 4) "\252\212\370g_fn\253\370g_\011\317" T(24, 16, 16) "\241" T(8, 4, 4) "\252\271\373\370"
    "g_le\327\317" T(32, 20, 20) "\325\212\370g_le\327\253th\366ad\353" T(36, 24, 24) "\372mem\321y_budg\205"
    "_\375e\353" T(40, 32, 28) "\036\254g\222\322dir\317" T(48, 40, 36) "\241" T(8, 4, 4) "\010\351\373\232"
    "nx\002\033\322api\317" T(56, 44, 40) "\241" T(8, 4, 4) "\010\271\373\254g\222\322\257f\031\317" T(64, 48, 44)
    "\241" T(8, 4, 4) "\010\351\373\363\332\322dir\317" T(72, 52, 48) "\241" T(8, 4, 4) "\010\351\215\"}}"
    "\221\330\264\016k\032\201\"froz\254\202\230128\200\017\031n\201" T(8, 8, 4) "\200fi\244d\016priv\264"
    "\322\375e\3530\036priv\264\322peak_\375e\3538\036mapped_\375e\35316\036\017\370c\264i\232\35324\036\347"
    "\275\240\255\036\225\321\322\375e\35340\036\026\244\35348\372\013\35352\372\225\366\256\35356\372th\366"
    "ad\35360\372r\326\231ved\317\334\241\334\252\343\202c\364nt\2018}}\221\020_\371\016k\032\201\"\004\202"
    "\230" T(64, 48, 44) "\200\017\031n\201" T(8, 8, 4) "\200fi\244d\016\225\347\350_\230\2400\325u\337fl"
    "ag\3534\325u\337\015\3178\241" T(8, 4, 4) "\252\212\015\373deadl\222\322m\353" T(16, 16, 12) "\036\243"
    "o\317" T(24, 24, 20) "\241" T(8, 4, 4) "\252\212\361\373speed\317" T(32, 28, 24) "\325f\370\264\253r"
    "\326\231ved\317" T(36, 32, 28) "\372\265ic\376" T(40, 36, 32) "\241" T(8, 4, 4) "\010\351\373languag"
    "\376" T(48, 40, 36) "\241" T(8, 4, 4) "\010\351\373\274\353" T(56, 44, 40) "\241" T(8, 4, 4) "\010\351"
    "\215\"}}\221\212ev\254t\201\216k\032\201\"view\202\230" T(64, 64, 56) "\200\017\031n\201" T(8, 8, 4)
    "\200fi\244d\016\225\347\350_\230\2400\325u\337k\032\3174\325\212ev\254t_k\032\253d\264a\3178\241" T(8, 4, 4)
    "\010\212\361\373numb\231\317" T(16, 16, 12) "\036f\222ish\317" T(24, 24, 20) "\325\212f\222ish\253r\326"
    "\231ved\317" T(28, 28, 24) "\372text\317" T(32, 32, 28) "\241" T(8, 4, 4) "\010\351\373text_\375e\353"
     T(40, 40, 32) "\036\225\247t_m\353" T(48, 48, 40) "\036\254d_m\353" T(56, 56, 48) "\030\"}}\221\212\370"
    "ad_\371\016k\032\201\"\004\202\230" T(160, 112, 112) "\200\017\031n\201" T(8, 8, 4) "\200fi\244d\016"
    "\225\347\350_\230\2400\325u\337flag\3534\325u\337\015\3178\241" T(8, 4, 4) "\252\212\015\373\254g\222"
    "\376" T(16, 12, 12) "\241" T(8, 4, 4) "\010\351\373devic\376" T(24, 16, 16) "\241" T(8, 4, 4) "\010\351"
    "\373\254g\222\322\257f\031\317" T(32, 20, 20) "\241" T(8, 4, 4) "\010\351\373m\205ad\264a\317" T(40, 24, 24)
    "\241" T(8, 4, 4) "\010\351\373th\366ad\353" T(48, 28, 28) "\372\026\376" T(52, 32, 32) "\325\212\370"
    "ad_\026e\253d\264a\317" T(56, 36, 36) "\241" T(8, 4, 4) "\010\271\373d\264a_\375e\353" T(64, 40, 40)
    "\036r\244eas\376" T(72, 48, 48) "\241" T(8, 4, 4) "\252\212r\244eas\322fn\253r\244eas\322\011\317" T(80, 52, 52)
    "\241" T(8, 4, 4) "\252\271\373\366ad\317" T(88, 56, 56) "\241" T(8, 4, 4) "\252\212\366ad_fn\253\366"
    "ad_\011\317" T(96, 60, 60) "\241" T(8, 4, 4) "\252\271\373\366ad_\375e\353" T(104, 64, 64) "\036fd\317"
     T(112, 72, 72) "\372max_\013\353" T(116, 76, 76) "\372fd_\237\240" T(120, 80, 80) "\036fd_\375e\353" T(128, 88, 88)
    "\036wait_m\353" T(136, 96, 96) "\036progr\326\353" T(144, 104, 104) "\241" T(8, 4, 4) "\252\212progr"
    "\326s_fn\253progr\326s_\011\317" T(152, 108, 108) "\241" T(8, 4, 4) "\252\271\215\"}}\221\212e\225im"
    "\264\204\216k\032\201\"froz\254\202\230512\200\017\031n\201" T(8, 8, 4) "\200fi\244d\016supp\321ted\317"
    "0\372fit\3534\372mapped_\375e\3538\036priv\264\322\375e\35316\036\013_\375e\35324\036peak_\375e\353\255"
    "\036down\370ad_\375e\35340\036disk_\375e\35348\036\257text\242ok\254\35356\372tok\254s_p\231_se\257d"
    "\31760\325f\370\264\253\254g\222\376\334\241\255\252\351\202c\364nt\201\255\221not\37696\241\2550\252"
    "\351\202c\364nt\201\2550\221r\326\231ved\317416\24196\252u\2438\242\202c\364nt\20196}}\221\212\013_\371"
    "\016k\032\201\"\004\202\2308\200\017\031n\2014\200fi\244d\016\225\347\350_\230\2400\325u\337flag\353"
    "4\325u\261\"}}\221\330ep\201\216k\032\201\"table\202\230" T(56, 32, 32) "\200\017\031n\201" T(8, 4, 4)
    "\200fi\244d\016\225\347\350_\230\2400\325u\337r\326\231ved\3174\325u\337n\256\3768\241" T(8, 4, 4) "\010"
    "\351\373\274\353" T(16, 12, 12) "\241" T(8, 4, 4) "\010\351\373\011\317" T(24, 16, 16) "\241" T(8, 4, 4)
    "\252\271\373\266\254\317" T(32, 20, 20) "\241" T(8, 4, 4) "\034\333\011\340\022\274s\227\271\024\225"
    "\264e\362\002\317" T(40, 24, 24) "\241" T(8, 4, 4) "\034\333\011\227\333\225\264e\340\212\361\224\222"
    "\340\212\015\224\015\310\361\024\027\362c\370s\376" T(48, 28, 28) "\241" T(8, 4, 4) "\367\037\333\011"
    "\227\333\225\264e\307}}\221\212\015_hook\201\216\23048\200\017\031n\201" T(8, 8, 4) "\200fi\244d\016"
    "\266aqu\3760\323\021u\343\202c\364nt\2016}}\221\212ho\225\201\216k\032\201\"table\202\230" T(128, 72, 72)
    "\200\017\031n\201" T(8, 4, 4) "\200fi\244d\016\225\347\350_\230\2400\325u\337abi\3174\325u\337\011\317"
    "8\241" T(8, 4, 4) "\252\271\373th\366ad\353" T(16, 12, 12) "\372\370g_le\327\317" T(20, 16, 16) "\372"
    "\017\370c\317" T(24, 20, 20) "\241" T(8, 4, 4) "\367\333\306\333\011\227\343\202\223\322\375\326\227"
    "\343\202\017\031n\311f\366\376" T(32, 24, 24) "\241" T(8, 4, 4) "\367\037\333\011\227\333mem\321y\311"
    "\351g\376" T(40, 28, 28) "\241" T(8, 4, 4) "\034\333\011\227\343\202d\244ta_\375\326\362\272\017l\244"
    "\317" T(48, 32, 32) "\241" T(8, 4, 4) "\367\037\333\011\377\332unks\310\332unk_fn\202fn\227\333\247g"
    "\311\015led\317" T(56, 36, 36) "\241" T(8, 4, 4) "\034\333\011\340\212\015\224\015\311\232_\015\317" T(64, 40, 40)
    "\241" T(8, 4, 4) "\367\037\333\011\340\212\015\224\015\310\015led_fn\202fn\227\333\247g\310\015_hook"
    "\224hook\311\236_\015\317" T(72, 44, 44) "\241" T(8, 4, 4) "\367\037\333\011\340\212\015\224\015\310"
    "\015_hook\224hook\311\370g\317" T(80, 48, 48) "\241" T(8, 4, 4) "\367\037\333\011\377le\327\340\022r"
    "oom\340\022l\222e\311\344_\235\240" T(88, 52, 52) "\241" T(8, 4, 4) "\034\212\356\310\225\345\202c\006"
    "e\340\022subje\350\340\022\366as\232\311\344_d\205ail\317" T(96, 56, 56) "\241" T(8, 4, 4) "\367\037"
    "\212\356\377\254g\222\322c\006e\227\343\202po\220\365\311b\370b_g\233\240" T(104, 60, 60) "\241" T(8, 4, 4)
    "\034\333\011\340\022key\340\271\024\375\326\227\343\224\223\322\375\326\227\271\024handle\362b\370b_"
    "dr\266\317" T(112, 64, 64) "\241" T(8, 4, 4) "\367\037\333\011\227\333handle\311b\370b_put\317" T(120, 68, 68)
    "\241" T(8, 4, 4) "\034\333\011\340\022key\340\333\375\326\227\343\202\223\322\375\326\357\307}}\221\212"
    "so\270c\204\216k\032\201\"table\202\230" T(64, 48, 40) "\200\017\031n\201" T(8, 8, 4) "\200fi\244d\016"
    "\225\347\350_\230\2400\325u\337is_mapped\3174\372f\321m\264\3178\241" T(8, 4, 4) "\010\351\373p\264h"
    "\317" T(16, 12, 12) "\241" T(8, 4, 4) "\010\351\373\375e\353" T(24, 16, 16) "\241" T(8, 4, 4) "\010\271"
    "\373\223\322\375e\353" T(32, 24, 20) "\036\203\254\331\245\317" T(40, 32, 28) "\241" T(8, 4, 4) "\010"
    "\351\373\011\317" T(48, 36, 32) "\241" T(8, 4, 4) "\252\271\373\220bl\222g\317" T(56, 40, 36) "\241" T(8, 4, 4)
    "\034\333\011\340\022r\244\264iv\322p\264h\340\271\024\375\326\227\343\224\223\322\375\326\340\351\024"
    "p\264h\357\307}}\221\212\254g\222\322\371\016k\032\201\"\004\202\230" T(32, 24, 24) "\200\017\031n\201"
     T(8, 4, 4) "\200fi\244d\016\225\347\350_\230\2400\325u\337th\366ad\3534\372devic\3768\241" T(8, 4, 4)
    "\010\351\373\257text\242ok\254\353" T(16, 12, 12) "\372sequ\254ce\353" T(20, 16, 16) "\372\257f\031\317"
     T(24, 20, 20) "\241" T(8, 4, 4) "\010\351\215\"}}\221\212t\254s\321\201\216\230" T(40, 40, 32) "\200"
    "\017\031n\201" T(8, 8, 4) "\200fi\244d\016\225\347\350_\230\2400\325u\337d\250\2404\325\212d\246e\253"
    "d\264a\3178\241" T(8, 4, 4) "\252\271\373\223\322\375e\353" T(16, 16, 12) "\036shap\376" T(24, 24, 20)
    "\241" T(8, 4, 4) "\010\343\373rank\317" T(32, 28, 24) "\372devic\376" T(36, 32, 28) "\325\261\"}}\221"
    "\212p\321t\201\216\230" T(40, 28, 28) "\200\017\031n\201" T(8, 4, 4) "\200fi\244d\016\225\347\350_\230"
    "\2400\325u\337d\250\2404\325\212d\246e\253n\256\3768\241" T(8, 4, 4) "\010\351\373shap\376" T(16, 12, 12)
    "\241" T(8, 4, 4) "\010\343\373symbol\353" T(24, 16, 16) "\241" T(8, 4, 4) "\010\351\215\263\373rank\317"
     T(32, 20, 20) "\372\371\017\317" T(36, 24, 24) "\325\261\"}}\221\212\363ll\201\216k\032\201\"table\202"
    "\230" T(56, 40, 36) "\200\017\031n\201" T(8, 8, 4) "\200fi\244d\016\225\347\350_\230\2400\325u\337is"
    "\242raced\3174\372\011\3178\241" T(8, 4, 4) "\252\271\373\015\317" T(16, 12, 12) "\241" T(8, 4, 4) "\010"
    "\212\015\373wanted\317" T(24, 16, 16) "\241" T(8, 4, 4) "\010u\2438\242\373\027_\017\370c\317" T(32, 20, 20)
    "\241" T(8, 4, 4) "\034\333\011\377\032ex\340\212t\254s\321\224shape\227\271\024d\264a\362\027_giv\376"
     T(40, 24, 24) "\241" T(8, 4, 4) "\034\333\011\377\032ex\340\212t\254s\321\224t\254s\321\310r\244eas\322"
    "fn\202r\244ease\227\333r\244eas\322\011\362seed\317" T(48, 32, 28) "\025u\343\"}}\221\212co\225\201\216"
    "\230296\200\017\031n\201" T(8, 8, 4) "\200fi\244d\016\225\347\350_\230\2400\325u\337\257text\242ok\254"
    "\3534\372mapped_\375e\3538\036priv\264\322\375e\35316\036\013_\375e\35324\036\375\326_p\231\242ok\254"
    "\317\255\036mis\220ng\31740\241256\252\351\202c\364nt\201256}}\221\212tok\254_\222fo\201\216\230" T(40, 36, 36)
    "\200\017\031n\201" T(8, 4, 4) "\200fi\244d\016\225\347\350_\230\2400\325u\337\265\363bul\247y\3174\372"
    "\257text\242ok\254\3538\372embedd\222g_\230\24012\372bo\35316\372eo\35320\372max_b\264\332\31724\372"
    "flag\35328\372\332\264\242empl\264\376\255\241" T(8, 4, 4) "\010\351\215\"}}\221\212b\264\332\201\216"
    "\230" T(48, 28, 28) "\200\017\031n\201" T(8, 4, 4) "\200fi\244d\016\225\347\350_\230\2400\325u\337c\364"
    "nt\3174\372tok\254\3538\241" T(8, 4, 4) "\010\261\373ve\350\321\353" T(16, 12, 12) "\241" T(8, 4, 4)
    "\010f\370\264\373po\220\365\353" T(24, 16, 16) "\241" T(8, 4, 4) "\010\261\373sequ\254ce\353" T(32, 20, 20)
    "\241" T(8, 4, 4) "\010\261\373want\317" T(40, 24, 24) "\241" T(8, 4, 4) "\010u\2438\242\215\"}}\221\212"
    "\254g\222e\242ok\254\016k\032\201\"table\202\230" T(112, 60, 60) "\200\017\031n\201" T(8, 4, 4) "\200"
    "fi\244d\016\225\347\350_\230\2400\325u\337r\326\231ved\3174\325u\337\222fo\3178\241" T(8, 4, 4) "\034"
    "\333\026\244\310tok\254_\222fo\224\027\362tok\254iz\376" T(16, 12, 12) "\241" T(8, 4, 4) "\034\333\026"
    "\244\340\022text\227\343\202l\254\377add_bos\377speci\017\227\261\224tok\254s\377\363paci\245\227\261"
    "\224c\364nt\362piec\376" T(24, 16, 16) "\241" T(8, 4, 4) "\034\333\026\244\377tok\254\340\351\024\375"
    "\326\227\261\224\223e\227\261\224is_\254d\362dec\006\376" T(32, 20, 20) "\241" T(8, 4, 4) "\034\333\013"
    "\340\212b\264\332\224b\264\332\340\212\015\224\015\362\370git\353" T(40, 24, 24) "\241" T(8, 4, 4) "\034"
    "\333\013\377row\227f\370\264\024\027\362\247gmax\317" T(48, 28, 28) "\241" T(8, 4, 4) "\034\333\013\377"
    "row\227\261\224tok\254\362embedd\222g\317" T(56, 32, 32) "\241" T(8, 4, 4) "\034\333\013\377sequ\254"
    "ce\340f\370\264\024\027\362\363\332\322c\266y\317" T(64, 36, 36) "\241" T(8, 4, 4) "\034\333\013\377"
    "from_sequ\254ce\377to_sequ\254ce\377from\377to\362\363\332e\242rim\317" T(72, 40, 40) "\241" T(8, 4, 4)
    "\034\333\013\377sequ\254ce\377from\377to\362\363\332\322shift\317" T(80, 44, 44) "\241" T(8, 4, 4) "\034"
    "\333\013\377sequ\254ce\377from\377d\244ta\362\363\332\322\230\240" T(88, 48, 48) "\241" T(8, 4, 4) "\034"
    "\333\013\377sequ\254ce\227\343\224\223\322\375\326\362\363\332\322sav\376" T(96, 52, 52) "\241" T(8, 4, 4)
    "\034\333\013\377sequ\254ce\227\333bu\234\231\227\343\202\363paci\245\227\343\224writt\254\362\363\332"
    "\322\366\225\321\376" T(104, 56, 56) "\241" T(8, 4, 4) "\034\333\013\377sequ\254ce\340\333\375\326\227"
    "\343\202\223\322\375\326\357\307}}\221\212\254g\222\204\216k\032\201\"table\202\230" T(192, 104, 104)
    "\200\017\031n\201" T(8, 4, 4) "\200fi\244d\016\225\347\350_\230\2400\325u\337abi\3174\325u\337n\256\376"
    "8\241" T(8, 4, 4) "\010\351\373v\231\005\317" T(16, 12, 12) "\241" T(8, 4, 4) "\010\351\373flag\353" T(24, 16, 16)
    "\325u\337r\326\231ved\317" T(28, 20, 20) "\325u\337\222it\317" T(32, 24, 24) "\241" T(8, 4, 4) "\034"
    "\263\212ho\225\224ho\225\340\022\257f\031\227\271\024\254g\222e\362shutdown\317" T(40, 28, 28) "\241"
     T(8, 4, 4) "\367\037\333\254g\222e\311ab\027\317" T(48, 32, 32) "\241" T(8, 4, 4) "\367\263\022\306\333"
    "\254g\222e\311prob\376" T(56, 36, 36) "\241" T(8, 4, 4) "\367\261\320\333\254g\222e\340\212so\270ce\224"
    "so\270ce\310\354why\311e\225im\264\376" T(64, 40, 40) "\241" T(8, 4, 4) "\034\333\254g\222e\340\212s"
    "o\270ce\224so\270ce\340\212\254g\222\322\004\224\004\310co\225\224\027\362bak\376" T(72, 44, 44) "\241"
     T(8, 4, 4) "\034\333\254g\222e\340\212so\270ce\224so\270ce\340\212\254g\222\322\004\224\004\340\212\015"
    "\224\015\362\266\254\317" T(80, 48, 48) "\241" T(8, 4, 4) "\034\333\254g\222e\340\212so\270ce\224so\270"
    "ce\340\212\254g\222\322\004\224\004\340\212\015\224\015\227\271\024\026\244\362c\370s\376" T(88, 52, 52)
    "\241" T(8, 4, 4) "\367\037\333\026\244\311p\321t\317" T(96, 56, 56) "\241" T(8, 4, 4) "\034\333\026\244"
    "\377way\377\032ex\310p\321t\224\027\362d\326crib\376" T(104, 60, 60) "\241" T(8, 4, 4) "\367\263\022"
    "\306\333\026\244\311\013_\266\254\317" T(112, 64, 64) "\241" T(8, 4, 4) "\034\333\026\244\340\212\254"
    "g\222\322\004\224\004\227\271\024\013\362\013_c\370s\376" T(120, 68, 68) "\241" T(8, 4, 4) "\367\037"
    "\333\013\311\013\242rim\317" T(128, 72, 72) "\241" T(8, 4, 4) "\367\343\320\333\013\377pr\326s\270e\311"
    "b\032\317" T(136, 76, 76) "\241" T(8, 4, 4) "\034\333\013\377\032ex\340\212t\254s\321\224t\254s\321\362"
    "c\247ry\317" T(144, 80, 80) "\241" T(8, 4, 4) "\034\333\013\377\027put\377\222put\377axis\362\366\235"
    "\240" T(152, 84, 84) "\241" T(8, 4, 4) "\367\037\333\013\311p\366\272\376" T(160, 88, 88) "\241" T(8, 4, 4)
    "\034\333\013\340\212\015\224\015\362\002\317" T(168, 92, 92) "\241" T(8, 4, 4) "\034\333\013\340\212"
    "\363ll\224\363ll\362profil\376" T(176, 96, 96) "\241" T(8, 4, 4) "\367\263\022\306\333\013\311tok\254"
    "\353" T(184, 100, 100) "\241" T(8, 4, 4) "\010\212\254g\222e\242ok\254s\215\"}}}\221\254um\016\330\342"
    "\016\316OK\2010\324INVALI\305ARGUMENT\001\324OUT_OF_MEM\035Y\2012\324OUT_OF_MEM\035Y_HOST\201258\324"
    "OUT_OF_MEM\035Y_BUDGET\201514\324BUSY\2013\324CANCELLED\2014\324CANCELLE\305TOKEN\201260\324CANCELLE"
    "\305CALLBACK\201516\324CANCELLE\305DEADLINE\201772\324IO\2015\324IO_OPEN\201261\324IO_READ\201517\324"
    "IO_W\312TE\201773\324IO_NO_SPACE\001029\324IO_PERMISSION\001285\324IO_MAP\001541\324NETW\035K\2016\324"
    "NETW\035K_RESOLVE\201262\324NETW\035K_CONNECT\201518\324NETW\035K_TLS\201774\324NETW\035K_HTTP\00103"
    "0\324NETW\035K_TIMEOUT\001286\324NETW\035K_OFFLINE\001542\324CHECKSUM\2017\324UNSUPP\035TE\305F\035M"
    "AT\2018\324UNSUPP\035TE\305MODEL\2012\334\324UNSUPP\035TE\305PACK\201520\324UNSUPP\035TE\305AUDIO\201"
    "776\324UNSUPP\035TE\305IMAGE\0010\255\324UNSUPP\035TE\305OPERAT\035\001288\324MALF\035MED\001544\324"
    "ENGINE_MISSING\001800\324MODEL_NOT_FOUND\2019\324PREPROCESSING_FAILED\0010\324INFERENCE_FAILED\0011\324"
    "POSTPROCESSING_FAILED\0012\324POLICY_DENIED\0013\324INTERNAL\0014\324P\312MARY_MASK\201255\221\212d\250"
    "\216\316FLOAT\255\001\324UINT8\2012\324INT8\2013\324UINT16\2014\324INT16\2015\324INT\255\2016\324INT"
    "\334\2017\324BOOL\2019\324FLOAT16\0010\324FLOAT\334\0011\324UINT\255\0012\324UINT\334\0013\324BFLOAT"
    "16\0016\221\212k\032\201\216\316TEXT\001\324AUDIO\2012\324IMAGE\2013\324TOKENS\2014\324EMBEDDING\201"
    "5\324TENS\035\2016\324LIST\2017\221\212f\321m\264\201\216\316F\035MAT_ENCODED\2010\324F\035MAT_F\255"
    "\001\324F\035MAT_PCM16\2012\324F\035MAT_RGB8\0016\324F\035MAT_RGBA8\0017\324F\035MAT_BGR8\0018\324F\035"
    "MAT_BGRA8\0019\324F\035MAT_GRAY8\20120\324F\035MAT_NV12\20121\324F\035MAT_NV21\20122\324F\035MAT_I42"
    "0\20123\221\212\370g_le\327\201\216\316LOG_OFF\2010\324LOG_ERR\035\001\324LOG_WARN\2012\324LOG_INFO\201"
    "3\324LOG_DEBUG\2014\221\020\033\322\004.flag\016\316RUNTIME_TELEMETRY_IS_OFF\001\324RUNTIME_MAY_SET_"
    "ENV\2012\221\212pr\326s\270\204\216\316PRESSURE_IDLE\2010\324PRESSURE_WARN\001\324PRESSURE_C\312TICA"
    "L\2012\221\020_\004.flag\016\316RUN_TRACE\001\324RUN_NO_PARTIALS\2012\324RUN_W\035DS\2014\324RUN_RAW"
    "\2018\221\212ev\254t_k\032\201\216\316EVENT_DONE\001\324EVENT_NEE\305INPUT\2012\324EVENT_PARTIAL\201"
    "6\324EVENT_SEGMENT\2017\324EVENT_AUDIO\2018\324EVENT_OUTPUT\2019\221\212f\222ish\201\216\316FINISH_S"
    "TOP\001\324FINISH_INTERRUPTED\2014\221\212\370ad_\004.flag\016\316LOA\305WARM\001\221\212\370ad_\026"
    "\204\216\316LOA\305AUTO\2010\324LOA\305MAP\001\324LOA\305READ\2012\221\212\254g\222e.flag\016\316ENG"
    "INE_NEEDS_GUARD\001\324ENGINE_NEEDS_PATH\2012\324ENGINE_OWN_THREADS\2014\324ENGINE_COSTLY_START\2018"
    "}\221\262ant\016\316AUTO\201-1\324ABI_VERSION\001\324ENGINE_ABI\001\324INPUT\2010\324OUTPUT\001\324T"
    "OKENS_NO_T\312M\001\324TOKENS_NO_SHIFT\2012\221\246e\016\330\342\217\"\360\212d\251\360\212k\032\201"
    "\"\360\212f\321m\264\201\"\360\212\370g_le\327\201\"\360\212pr\326s\270\204\"\360\212ev\254t_k\032\201"
    "\"\360\212f\222ish\201\"\360\212\370ad_\026\204\"\337handle\217\213\020\033e\202\212\361\202\212\026"
    "\244\202\212\013\202\330\366\256\202\212\015\214\200\363llback\016\212r\244eas\322fn\003\037\333\011"
    "\340\333d\264a\311\212\370g_fn\003\037\333\011\310\370g_le\327\202le\327\340\022room\340\022l\222e\311"
    "\212ev\254t_fn\003\261\320\333\011\340\212ev\254t\224ev\254t\311\212progr\326s_fn\003\261\320\333\011"
    "\227\343\202d\232\322\375\326\227\343\202tot\017_\375\326\311\212\366ad_fn\003\261\320\333\011\227\343"
    "\202\236s\205\227\333bu\234\231\227\343\202\223\322\375\326\311\212\332unk_fn\003\037\333\247g\377\332"
    "unk\377w\321k\231\311\212\015led_fn\003\037\333\247g\311\212\254g\222\322\254try_fn\003\263\212\254g"
    "\222e\224\306u\360ho\225_abi\307}\221fu\007\365\016\212r\244eas\322n\232\204\346\037\333\011\340\333"
    "d\264a\311\212v\231\005\003\263\022\304]\221\212abi_d\326crib\204\346\263\022\304]\221\352_n\256\204"
    "\346\263\022\306\352\202\225\345\311\212\344_\235\346\355\212\356\310\225\345\202c\006e\340\022subje"
    "\350\340\022\366as\232\311\212\015_c\366\264\204\346\355\020\033e\224rt\310\015\024\027\362\212\015_"
    "fir\204\346\037\212\015\224\015\311\212\015_is_fi\366d\003\261\320\263\212\015\224\015\311\212\015_f"
    "\366\204\346\037\212\015\224\015\311\212\336\322new\242ext\003\355\020\033e\224rt\340\022text\227\343"
    "\202l\254\310\361\024\027\362\212\336\322new_audio\003\355\020\033e\224rt\340f\370\264\224s\256pl\326"
    "\227\343\202fr\256\326\377s\256pl\322r\264e\377\332ann\244s\310r\244eas\322fn\202r\244ease\227\333r\244"
    "eas\322\011\310\361\024\027\362\212\336\322new_imag\204\346\355\020\033e\224rt\340\333pix\244s\310f\321"
    "m\264\202f\321m\264\377w\203th\377he\031ht\377\225\206\322\375\326\310r\244eas\322fn\202r\244ease\227"
    "\333r\244eas\322\011\310\361\024\027\362\212\336\322new_\375e\217\346\355\020\033e\224rt\340\333\375"
    "\326\227\343\202\223\322\375\326\310r\244eas\322fn\202r\244ease\227\333r\244eas\322\011\310\361\024\027"
    "\362\212\336\322new_fil\204\346\355\020\033e\224rt\340\022p\264h\310\361\024\027\362\212\336\322new\242"
    "\254s\321\003\355\020\033e\224rt\340\022n\256e\310d\246e\202d\246e\340\343\224shape\377rank\340\333d"
    "\264a\227\343\202\223\322\375\326\310r\244eas\322fn\202r\244ease\227\333r\244eas\322\011\310\361\024"
    "\027\362\212\336\322new\242ok\254\217\346\355\020\033e\224rt\340\343\224\203s\227\343\202c\364nt\310"
    "r\244eas\322fn\202r\244ease\227\333r\244eas\322\011\310\361\024\027\362\212\336\322new_embedd\222g\003"
    "\355\020\033e\224rt\340f\370\264\224v\017u\326\227\343\202c\364nt\310r\244eas\322fn\202r\244ease\227"
    "\333r\244eas\322\011\310\361\024\027\362\212\336\322new_li\225\003\355\020\033e\224rt\310\361\215\263"
    "\224items\377c\364nt\310\361\024\027\362\212\336\322from_js\232\003\355\020\033e\224rt\340\022js\232"
    "\227\343\202l\254\310\361\024\027\362\212\336\322dec\006\204\346\355\263\212\361\224\361\310\361\024"
    "\027\362\212\336\322view\003\263\212view\224\306\263\212\361\224\361\311\212\361\242ext\003\263\022\306"
    "\263\212\361\224\361\311\212\336\322f\370\264\217\346\263f\370\264\224\306\263\212\361\224\361\227\343"
    "\224c\364nt\311\212\336\322c\364nt\003\261\320\263\212\361\224\361\311\212\336\322\264\003\263\212\361"
    "\224\306\263\212\361\224\361\377\032ex\311\212\336\322f\032\003\263\212\361\224\306\263\212\361\224\361"
    "\340\022n\256e\311\212\336\322\235\346\355\212\361\224\361\340\022key\340\022v\017ue\362\212\336\322"
    "g\233\346\263\022\306\263\212\361\224\361\340\022key\311\212\336\322key\003\263\022\306\263\212\361\224"
    "\361\377\032ex\311\212\361\242o_js\232\003\355\263\212\361\224\361\310\361\024\027\362\212\336\322sa"
    "v\204\346\355\263\212\361\224\361\340\022p\264h\362\212\336\322\273a\222\003\212\361\224\306\263\212"
    "\361\224\361\311\212\336\322f\366\204\346\037\212\361\224\361\311\020\033\322\004_\222it\003\037\020"
    "\033\322\004\224\004\227u\360\225\347\350_\223e\311\020\033\322c\366\264\204\346\355\263\020\033\322"
    "\004\224\004\310\002\033e\024\027\362\020\033\322f\366\204\346\037\020\033e\224rt\311\020\033\322d\326"
    "crib\204\346\355\020\033e\224rt\310\361\024\027\362\020\033\322\225\264\217\346\037\263\020\033e\224"
    "rt\310\225\264s\224\027\311\020\033e\242rim\003\343\320\020\033e\224rt\310pr\326s\270e\202pr\326s\270"
    "e\311\020_\004_\222it\003\037\020_\004\224\004\227u\360\225\347\350_\223e\311\330\366\256_feed\003\355"
    "\330\366\256\224\225\366\256\310\361\224item\362\330\366\256_feed_audio\003\355\330\366\256\224\225\366"
    "\256\340f\370\264\224s\256pl\326\227\343\202fr\256\326\377s\256pl\322r\264e\377\332ann\244s\362\330\366"
    "\256_f\222ish\003\355\330\366\256\224\225\366\256\362\330\366\256_next\003\355\330\366\256\224\225\366"
    "\256\377wait_ms\340\212ev\254t\024\027\362\330\366\256_dra\222\003\355\330\366\256\224\225\366\256\310"
    "ev\254t_fn\202fn\227\333\011\310\361\024\027\362\330\366\256_\243\267upt\003\037\330\366\256\224\225"
    "\366\256\311\330\366\256_c\370s\204\346\037\330\366\256\224\225\366\256\311\212\370ad_\004_\222it\003"
    "\037\212\370ad_\004\224\004\227u\360\225\347\350_\223e\311\212\026\244_e\225im\264\204\346\355\020\033"
    "e\224rt\340\022\366f\340\212\370ad_\004\224\004\310e\225im\264e\224\027\362\212\026\244_\370ad\003\355"
    "\020\033e\224rt\340\022\366f\340\212\370ad_\004\224\004\310\026\244\024\027\362\212\026\244_\002\003"
    "\355\212\026\244\224\026\244\310\361\224\222\340\020_\004\224\004\310\361\024\027\362\212\026\244_\225"
    "\247t\003\355\212\026\244\224\026\244\310\361\224\222\340\020_\004\224\004\310\225\366\256\024\027\362"
    "\212\026\244_d\326crib\204\346\263\022\306\263\212\026\244\224\026\244\311\212\026\244_\273a\222\003"
    "\212\026\244\224\306\212\026\244\224\026\244\311\212\026\244_f\366\204\346\037\212\026\244\224\026\244"
    "\311\212\013_\004_\222it\003\037\212\013_\004\224\004\227u\360\225\347\350_\223e\311\212\013_\266\254"
    "\003\355\212\026\244\224\026\244\340\212\013_\004\224\004\310\013\024\027\362\212\013_\002\003\355\212"
    "\013\224\013\310\361\224\222\340\020_\004\224\004\310\361\024\027\362\212\013_\225\247t\003\355\212\013"
    "\224\013\310\361\224\222\340\020_\004\224\004\310\225\366\256\024\027\362\212\013_f\366\204\346\037\212"
    "\013\224\013\311\330ep_\366gi\225\231\003\355\020\033e\224rt\340\330ep\224\225ep\362\212\254g\222\322"
    "\366gi\225\231\003\355\020\033e\224rt\340\212\254g\222e\224\254g\222e\362\212\254g\222\322\370ad\003"
    "\355\020\033e\224rt\340\022p\264h\357\307}}}";

enum { TEXT_BYTES = N(34474, 34450, 34450) };
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
