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

static const char description[] =
    "{\"abi\":1,\"engine_abi\":1,\"pointer_bytes\":" T(8, 4, 4) ",\"int64_align\":" T(8, 8, 4) ","
    "\"structs\":{"
    "\"xybrid_error\":{\"kind\":\"frozen\",\"size\":1024,\"align\":" T(8, 8, 4) ",\"fields\":{"
    "\"code\":{\"offset\":0,\"size\":4,\"type\":\"int32_t\"},"
    "\"cause\":{\"offset\":4,\"size\":12,\"type\":\"int32_t\",\"count\":3},"
    "\"os_code\":{\"offset\":16,\"size\":4,\"type\":\"int32_t\"},"
    "\"engine_code\":{\"offset\":20,\"size\":4,\"type\":\"int32_t\"},"
    "\"http_status\":{\"offset\":24,\"size\":4,\"type\":\"int32_t\"},"
    "\"retry_after_ms\":{\"offset\":28,\"size\":4,\"type\":\"int32_t\"},"
    "\"retryable\":{\"offset\":32,\"size\":4,\"type\":\"int32_t\"},"
    "\"stage\":{\"offset\":36,\"size\":4,\"type\":\"int32_t\"},"
    "\"step\":{\"offset\":40,\"size\":4,\"type\":\"int32_t\"},"
    "\"line\":{\"offset\":44,\"size\":4,\"type\":\"int32_t\"},"
    "\"column\":{\"offset\":48,\"size\":4,\"type\":\"int32_t\"},"
    "\"reserved_1\":{\"offset\":52,\"size\":4,\"type\":\"int32_t\"},"
    "\"position\":{\"offset\":56,\"size\":8,\"type\":\"int64_t\"},"
    "\"subject\":{\"offset\":64,\"size\":192,\"type\":\"char\",\"count\":192},"
    "\"message\":{\"offset\":256,\"size\":576,\"type\":\"char\",\"count\":576},"
    "\"reserved_2\":{\"offset\":832,\"size\":192,\"type\":\"uint8_t\",\"count\":192}}},"
    "\"xybrid_view\":{\"kind\":\"view\",\"size\":" T(112, 96, 96) ",\"align\":" T(8, 8, 4) ",\"fields\":{"
    "\"struct_size\":{\"offset\":0,\"size\":4,\"type\":\"uint32_t\"},"
    "\"kind\":{\"offset\":4,\"size\":4,\"type\":\"xybrid_kind\"},"
    "\"name\":{\"offset\":8,\"size\":" T(8, 4, 4) ",\"type\":\"const char *\"},"
    "\"data\":{\"offset\":" T(16, 12, 12) ",\"size\":" T(8, 4, 4) ",\"type\":\"const void *\"},"
    "\"size_bytes\":{\"offset\":" T(24, 16, 16) ",\"size\":8,\"type\":\"int64_t\"},"
    "\"count\":{\"offset\":" T(32, 24, 24) ",\"size\":8,\"type\":\"int64_t\"},"
    "\"shape\":{\"offset\":" T(40, 32, 32) ",\"size\":" T(8, 4, 4) ",\"type\":\"const int64_t *\"},"
    "\"rank\":{\"offset\":" T(48, 36, 36) ",\"size\":4,\"type\":\"int32_t\"},"
    "\"dtype\":{\"offset\":" T(52, 40, 40) ",\"size\":4,\"type\":\"xybrid_dtype\"},"
    "\"format\":{\"offset\":" T(56, 44, 44) ",\"size\":4,\"type\":\"xybrid_format\"},"
    "\"sample_rate\":{\"offset\":" T(60, 48, 48) ",\"size\":4,\"type\":\"int32_t\"},"
    "\"channels\":{\"offset\":" T(64, 52, 52) ",\"size\":4,\"type\":\"int32_t\"},"
    "\"width\":{\"offset\":" T(68, 56, 56) ",\"size\":4,\"type\":\"int32_t\"},"
    "\"height\":{\"offset\":" T(72, 60, 60) ",\"size\":4,\"type\":\"int32_t\"},"
    "\"stride_bytes\":{\"offset\":" T(76, 64, 64) ",\"size\":4,\"type\":\"int32_t\"},"
    "\"score\":{\"offset\":" T(80, 68, 68) ",\"size\":4,\"type\":\"float\"},"
    "\"point_count\":{\"offset\":" T(84, 72, 72) ",\"size\":4,\"type\":\"int32_t\"},"
    "\"points\":{\"offset\":" T(88, 76, 76) ",\"size\":" T(8, 4, 4) ",\"type\":\"const float *\"},"
    "\"start_ms\":{\"offset\":" T(96, 80, 80) ",\"size\":8,\"type\":\"int64_t\"},"
    "\"end_ms\":{\"offset\":" T(104, 88, 88) ",\"size\":8,\"type\":\"int64_t\"}}},"
    "\"xybrid_allocator\":{\"kind\":\"table\",\"size\":" T(32, 20, 20) ",\"align\":" T(8, 4, 4) ",\"fields\":{"
    "\"struct_size\":{\"offset\":0,\"size\":4,\"type\":\"uint32_t\"},"
    "\"reserved\":{\"offset\":4,\"size\":4,\"type\":\"uint32_t\"},"
    "\"ctx\":{\"offset\":8,\"size\":" T(8, 4, 4) ",\"type\":\"void *\"},"
    "\"alloc\":{\"offset\":" T(16, 12, 12) ",\"size\":" T(8, 4, 4) ",\"returns\":\"void *\",\"parameters\":[[\"void *\","
        "\"ctx\"],[\"int64_t\",\"size_bytes\"],[\"int64_t\",\"align\"]]},"
    "\"free\":{\"offset\":" T(24, 16, 16) ",\"size\":" T(8, 4, 4) ",\"returns\":\"void\",\"parameters\":[[\"void *\","
        "\"ctx\"],[\"void *\",\"memory\"],[\"int64_t\",\"size_bytes\"],[\"int64_t\",\"align\"]]}}},"
    "\"xybrid_runtime_options\":{\"kind\":\"options\",\"size\":" T(80, 56, 52) ",\"align\":" T(8, 8, 4) ",\"fields\":{"
    "\"struct_size\":{\"offset\":0,\"size\":4,\"type\":\"uint32_t\"},"
    "\"flags\":{\"offset\":4,\"size\":4,\"type\":\"uint32_t\"},"
    "\"allocator\":{\"offset\":8,\"size\":" T(8, 4, 4) ",\"type\":\"const xybrid_allocator *\"},"
    "\"log\":{\"offset\":" T(16, 12, 12) ",\"size\":" T(8, 4, 4) ",\"type\":\"xybrid_log_fn\"},"
    "\"log_ctx\":{\"offset\":" T(24, 16, 16) ",\"size\":" T(8, 4, 4) ",\"type\":\"void *\"},"
    "\"log_level\":{\"offset\":" T(32, 20, 20) ",\"size\":4,\"type\":\"xybrid_log_level\"},"
    "\"threads\":{\"offset\":" T(36, 24, 24) ",\"size\":4,\"type\":\"int32_t\"},"
    "\"memory_budget_bytes\":{\"offset\":" T(40, 32, 28) ",\"size\":8,\"type\":\"int64_t\"},"
    "\"engine_dir\":{\"offset\":" T(48, 40, 36) ",\"size\":" T(8, 4, 4) ",\"type\":\"const char *\"},"
    "\"onnxruntime_api\":{\"offset\":" T(56, 44, 40) ",\"size\":" T(8, 4, 4) ",\"type\":\"const void *\"},"
    "\"engine_config\":{\"offset\":" T(64, 48, 44) ",\"size\":" T(8, 4, 4) ",\"type\":\"const char *\"},"
    "\"cache_dir\":{\"offset\":" T(72, 52, 48) ",\"size\":" T(8, 4, 4) ",\"type\":\"const char *\"}}},"
    "\"xybrid_stats\":{\"kind\":\"frozen\",\"size\":128,\"align\":" T(8, 8, 4) ",\"fields\":{"
    "\"private_bytes\":{\"offset\":0,\"size\":8,\"type\":\"int64_t\"},"
    "\"private_peak_bytes\":{\"offset\":8,\"size\":8,\"type\":\"int64_t\"},"
    "\"mapped_bytes\":{\"offset\":16,\"size\":8,\"type\":\"int64_t\"},"
    "\"allocations\":{\"offset\":24,\"size\":8,\"type\":\"int64_t\"},"
    "\"runs\":{\"offset\":32,\"size\":8,\"type\":\"int64_t\"},"
    "\"store_bytes\":{\"offset\":40,\"size\":8,\"type\":\"int64_t\"},"
    "\"models\":{\"offset\":48,\"size\":4,\"type\":\"int32_t\"},"
    "\"sessions\":{\"offset\":52,\"size\":4,\"type\":\"int32_t\"},"
    "\"streams\":{\"offset\":56,\"size\":4,\"type\":\"int32_t\"},"
    "\"threads\":{\"offset\":60,\"size\":4,\"type\":\"int32_t\"},"
    "\"reserved\":{\"offset\":64,\"size\":64,\"type\":\"int64_t\",\"count\":8}}},"
    "\"xybrid_run_options\":{\"kind\":\"options\",\"size\":" T(64, 48, 44) ",\"align\":" T(8, 8, 4) ",\"fields\":{"
    "\"struct_size\":{\"offset\":0,\"size\":4,\"type\":\"uint32_t\"},"
    "\"flags\":{\"offset\":4,\"size\":4,\"type\":\"uint32_t\"},"
    "\"cancel\":{\"offset\":8,\"size\":" T(8, 4, 4) ",\"type\":\"xybrid_cancel *\"},"
    "\"deadline_ms\":{\"offset\":" T(16, 16, 12) ",\"size\":8,\"type\":\"int64_t\"},"
    "\"into\":{\"offset\":" T(24, 24, 20) ",\"size\":" T(8, 4, 4) ",\"type\":\"xybrid_envelope *\"},"
    "\"speed\":{\"offset\":" T(32, 28, 24) ",\"size\":4,\"type\":\"float\"},"
    "\"reserved\":{\"offset\":" T(36, 32, 28) ",\"size\":4,\"type\":\"int32_t\"},"
    "\"voice\":{\"offset\":" T(40, 36, 32) ",\"size\":" T(8, 4, 4) ",\"type\":\"const char *\"},"
    "\"language\":{\"offset\":" T(48, 40, 36) ",\"size\":" T(8, 4, 4) ",\"type\":\"const char *\"},"
    "\"params\":{\"offset\":" T(56, 44, 40) ",\"size\":" T(8, 4, 4) ",\"type\":\"const char *\"}}},"
    "\"xybrid_event\":{\"kind\":\"view\",\"size\":" T(64, 64, 56) ",\"align\":" T(8, 8, 4) ",\"fields\":{"
    "\"struct_size\":{\"offset\":0,\"size\":4,\"type\":\"uint32_t\"},"
    "\"kind\":{\"offset\":4,\"size\":4,\"type\":\"xybrid_event_kind\"},"
    "\"data\":{\"offset\":8,\"size\":" T(8, 4, 4) ",\"type\":\"const xybrid_envelope *\"},"
    "\"number\":{\"offset\":" T(16, 16, 12) ",\"size\":8,\"type\":\"int64_t\"},"
    "\"finish\":{\"offset\":" T(24, 24, 20) ",\"size\":4,\"type\":\"xybrid_finish\"},"
    "\"reserved\":{\"offset\":" T(28, 28, 24) ",\"size\":4,\"type\":\"int32_t\"},"
    "\"text\":{\"offset\":" T(32, 32, 28) ",\"size\":" T(8, 4, 4) ",\"type\":\"const char *\"},"
    "\"text_bytes\":{\"offset\":" T(40, 40, 32) ",\"size\":8,\"type\":\"int64_t\"},"
    "\"start_ms\":{\"offset\":" T(48, 48, 40) ",\"size\":8,\"type\":\"int64_t\"},"
    "\"end_ms\":{\"offset\":" T(56, 56, 48) ",\"size\":8,\"type\":\"int64_t\"}}},"
    "\"xybrid_load_options\":{\"kind\":\"options\",\"size\":" T(160, 112, 112) ",\"align\":" T(8, 8, 4) ",\"fields\":{"
    "\"struct_size\":{\"offset\":0,\"size\":4,\"type\":\"uint32_t\"},"
    "\"flags\":{\"offset\":4,\"size\":4,\"type\":\"uint32_t\"},"
    "\"cancel\":{\"offset\":8,\"size\":" T(8, 4, 4) ",\"type\":\"xybrid_cancel *\"},"
    "\"engine\":{\"offset\":" T(16, 12, 12) ",\"size\":" T(8, 4, 4) ",\"type\":\"const char *\"},"
    "\"device\":{\"offset\":" T(24, 16, 16) ",\"size\":" T(8, 4, 4) ",\"type\":\"const char *\"},"
    "\"engine_config\":{\"offset\":" T(32, 20, 20) ",\"size\":" T(8, 4, 4) ",\"type\":\"const char *\"},"
    "\"metadata\":{\"offset\":" T(40, 24, 24) ",\"size\":" T(8, 4, 4) ",\"type\":\"const char *\"},"
    "\"threads\":{\"offset\":" T(48, 28, 28) ",\"size\":4,\"type\":\"int32_t\"},"
    "\"mode\":{\"offset\":" T(52, 32, 32) ",\"size\":4,\"type\":\"xybrid_load_mode\"},"
    "\"data\":{\"offset\":" T(56, 36, 36) ",\"size\":" T(8, 4, 4) ",\"type\":\"const void *\"},"
    "\"data_bytes\":{\"offset\":" T(64, 40, 40) ",\"size\":8,\"type\":\"int64_t\"},"
    "\"release\":{\"offset\":" T(72, 48, 48) ",\"size\":" T(8, 4, 4) ",\"type\":\"xybrid_release_fn\"},"
    "\"release_ctx\":{\"offset\":" T(80, 52, 52) ",\"size\":" T(8, 4, 4) ",\"type\":\"void *\"},"
    "\"read\":{\"offset\":" T(88, 56, 56) ",\"size\":" T(8, 4, 4) ",\"type\":\"xybrid_read_fn\"},"
    "\"read_ctx\":{\"offset\":" T(96, 60, 60) ",\"size\":" T(8, 4, 4) ",\"type\":\"void *\"},"
    "\"read_bytes\":{\"offset\":" T(104, 64, 64) ",\"size\":8,\"type\":\"int64_t\"},"
    "\"fd\":{\"offset\":" T(112, 72, 72) ",\"size\":4,\"type\":\"int32_t\"},"
    "\"max_sessions\":{\"offset\":" T(116, 76, 76) ",\"size\":4,\"type\":\"int32_t\"},"
    "\"fd_offset\":{\"offset\":" T(120, 80, 80) ",\"size\":8,\"type\":\"int64_t\"},"
    "\"fd_bytes\":{\"offset\":" T(128, 88, 88) ",\"size\":8,\"type\":\"int64_t\"},"
    "\"wait_ms\":{\"offset\":" T(136, 96, 96) ",\"size\":8,\"type\":\"int64_t\"},"
    "\"progress\":{\"offset\":" T(144, 104, 104) ",\"size\":" T(8, 4, 4) ",\"type\":\"xybrid_progress_fn\"},"
    "\"progress_ctx\":{\"offset\":" T(152, 108, 108) ",\"size\":" T(8, 4, 4) ",\"type\":\"void *\"}}},"
    "\"xybrid_estimate\":{\"kind\":\"frozen\",\"size\":512,\"align\":" T(8, 8, 4) ",\"fields\":{"
    "\"supported\":{\"offset\":0,\"size\":4,\"type\":\"int32_t\"},"
    "\"fits\":{\"offset\":4,\"size\":4,\"type\":\"int32_t\"},"
    "\"mapped_bytes\":{\"offset\":8,\"size\":8,\"type\":\"int64_t\"},"
    "\"private_bytes\":{\"offset\":16,\"size\":8,\"type\":\"int64_t\"},"
    "\"session_bytes\":{\"offset\":24,\"size\":8,\"type\":\"int64_t\"},"
    "\"peak_bytes\":{\"offset\":32,\"size\":8,\"type\":\"int64_t\"},"
    "\"download_bytes\":{\"offset\":40,\"size\":8,\"type\":\"int64_t\"},"
    "\"disk_bytes\":{\"offset\":48,\"size\":8,\"type\":\"int64_t\"},"
    "\"context_tokens\":{\"offset\":56,\"size\":4,\"type\":\"int32_t\"},"
    "\"tokens_per_second\":{\"offset\":60,\"size\":4,\"type\":\"float\"},"
    "\"engine\":{\"offset\":64,\"size\":32,\"type\":\"char\",\"count\":32},"
    "\"note\":{\"offset\":96,\"size\":320,\"type\":\"char\",\"count\":320},"
    "\"reserved\":{\"offset\":416,\"size\":96,\"type\":\"uint8_t\",\"count\":96}}},"
    "\"xybrid_session_options\":{\"kind\":\"options\",\"size\":8,\"align\":4,\"fields\":{"
    "\"struct_size\":{\"offset\":0,\"size\":4,\"type\":\"uint32_t\"},"
    "\"flags\":{\"offset\":4,\"size\":4,\"type\":\"uint32_t\"}}},"
    "\"xybrid_step\":{\"kind\":\"table\",\"size\":" T(56, 32, 32) ",\"align\":" T(8, 4, 4) ",\"fields\":{"
    "\"struct_size\":{\"offset\":0,\"size\":4,\"type\":\"uint32_t\"},"
    "\"reserved\":{\"offset\":4,\"size\":4,\"type\":\"uint32_t\"},"
    "\"name\":{\"offset\":8,\"size\":" T(8, 4, 4) ",\"type\":\"const char *\"},"
    "\"params\":{\"offset\":" T(16, 12, 12) ",\"size\":" T(8, 4, 4) ",\"type\":\"const char *\"},"
    "\"ctx\":{\"offset\":" T(24, 16, 16) ",\"size\":" T(8, 4, 4) ",\"type\":\"void *\"},"
    "\"open\":{\"offset\":" T(32, 20, 20) ",\"size\":" T(8, 4, 4) ",\"returns\":\"xybrid_status\","
        "\"parameters\":[[\"void *\",\"ctx\"],[\"const char *\",\"params\"],[\"void **\",\"state\"],[\"xybrid_error *\","
        "\"err\"]]},"
    "\"run\":{\"offset\":" T(40, 24, 24) ",\"size\":" T(8, 4, 4) ",\"returns\":\"xybrid_status\","
        "\"parameters\":[[\"void *\",\"ctx\"],[\"void *\",\"state\"],[\"const xybrid_envelope *\",\"in\"],"
        "[\"const xybrid_cancel *\",\"cancel\"],[\"xybrid_envelope **\",\"out\"],[\"xybrid_error *\",\"err\"]]},"
    "\"close\":{\"offset\":" T(48, 28, 28) ",\"size\":" T(8, 4, 4) ",\"returns\":\"void\",\"parameters\":[[\"void *\","
        "\"ctx\"],[\"void *\",\"state\"]]}}},"
    "\"xybrid_cancel_hook\":{\"size\":48,\"align\":" T(8, 8, 4) ",\"fields\":{"
    "\"opaque\":{\"offset\":0,\"size\":48,\"type\":\"uint64_t\",\"count\":6}}},"
    "\"xybrid_host\":{\"kind\":\"table\",\"size\":" T(128, 72, 72) ",\"align\":" T(8, 4, 4) ",\"fields\":{"
    "\"struct_size\":{\"offset\":0,\"size\":4,\"type\":\"uint32_t\"},"
    "\"abi\":{\"offset\":4,\"size\":4,\"type\":\"uint32_t\"},"
    "\"ctx\":{\"offset\":8,\"size\":" T(8, 4, 4) ",\"type\":\"void *\"},"
    "\"threads\":{\"offset\":" T(16, 12, 12) ",\"size\":4,\"type\":\"int32_t\"},"
    "\"log_level\":{\"offset\":" T(20, 16, 16) ",\"size\":4,\"type\":\"int32_t\"},"
    "\"alloc\":{\"offset\":" T(24, 20, 20) ",\"size\":" T(8, 4, 4) ",\"returns\":\"void *\",\"parameters\":[[\"void *\","
        "\"ctx\"],[\"int64_t\",\"size_bytes\"],[\"int64_t\",\"align\"]]},"
    "\"free\":{\"offset\":" T(32, 24, 24) ",\"size\":" T(8, 4, 4) ",\"returns\":\"void\",\"parameters\":[[\"void *\","
        "\"ctx\"],[\"void *\",\"memory\"]]},"
    "\"charge\":{\"offset\":" T(40, 28, 28) ",\"size\":" T(8, 4, 4) ",\"returns\":\"xybrid_status\","
        "\"parameters\":[[\"void *\",\"ctx\"],[\"int64_t\",\"delta_bytes\"],[\"xybrid_error *\",\"err\"]]},"
    "\"parallel\":{\"offset\":" T(48, 32, 32) ",\"size\":" T(8, 4, 4) ",\"returns\":\"void\",\"parameters\":[[\"void *\","
        "\"ctx\"],[\"int32_t\",\"chunks\"],[\"xybrid_chunk_fn\",\"fn\"],[\"void *\",\"arg\"]]},"
    "\"cancelled\":{\"offset\":" T(56, 36, 36) ",\"size\":" T(8, 4, 4) ",\"returns\":\"xybrid_status\","
        "\"parameters\":[[\"void *\",\"ctx\"],[\"const xybrid_cancel *\",\"cancel\"]]},"
    "\"on_cancel\":{\"offset\":" T(64, 40, 40) ",\"size\":" T(8, 4, 4) ",\"returns\":\"void\",\"parameters\":[[\"void *\","
        "\"ctx\"],[\"const xybrid_cancel *\",\"cancel\"],[\"xybrid_cancelled_fn\",\"fn\"],[\"void *\",\"arg\"],"
        "[\"xybrid_cancel_hook *\",\"hook\"]]},"
    "\"off_cancel\":{\"offset\":" T(72, 44, 44) ",\"size\":" T(8, 4, 4) ",\"returns\":\"void\",\"parameters\":[[\"void *\","
        "\"ctx\"],[\"const xybrid_cancel *\",\"cancel\"],[\"xybrid_cancel_hook *\",\"hook\"]]},"
    "\"log\":{\"offset\":" T(80, 48, 48) ",\"size\":" T(8, 4, 4) ",\"returns\":\"void\",\"parameters\":[[\"void *\","
        "\"ctx\"],[\"int32_t\",\"level\"],[\"const char *\",\"room\"],[\"const char *\",\"line\"]]},"
    "\"error_set\":{\"offset\":" T(88, 52, 52) ",\"size\":" T(8, 4, 4) ",\"returns\":\"xybrid_status\","
        "\"parameters\":[[\"xybrid_error *\",\"err\"],[\"xybrid_status\",\"code\"],[\"const char *\",\"subject\"],"
        "[\"const char *\",\"reason\"]]},"
    "\"error_detail\":{\"offset\":" T(96, 56, 56) ",\"size\":" T(8, 4, 4) ",\"returns\":\"void\","
        "\"parameters\":[[\"xybrid_error *\",\"err\"],[\"int32_t\",\"engine_code\"],[\"int64_t\",\"position\"]]},"
    "\"blob_get\":{\"offset\":" T(104, 60, 60) ",\"size\":" T(8, 4, 4) ",\"returns\":\"xybrid_status\","
        "\"parameters\":[[\"void *\",\"ctx\"],[\"const char *\",\"key\"],[\"const void **\",\"bytes\"],[\"int64_t *\","
        "\"size_bytes\"],[\"void **\",\"handle\"],[\"xybrid_error *\",\"err\"]]},"
    "\"blob_drop\":{\"offset\":" T(112, 64, 64) ",\"size\":" T(8, 4, 4) ",\"returns\":\"void\",\"parameters\":[[\"void *\","
        "\"ctx\"],[\"void *\",\"handle\"]]},"
    "\"blob_put\":{\"offset\":" T(120, 68, 68) ",\"size\":" T(8, 4, 4) ",\"returns\":\"xybrid_status\","
        "\"parameters\":[[\"void *\",\"ctx\"],[\"const char *\",\"key\"],[\"const void *\",\"bytes\"],[\"int64_t\","
        "\"size_bytes\"],[\"xybrid_error *\",\"err\"]]}}},"
    "\"xybrid_source\":{\"kind\":\"table\",\"size\":" T(64, 48, 40) ",\"align\":" T(8, 8, 4) ",\"fields\":{"
    "\"struct_size\":{\"offset\":0,\"size\":4,\"type\":\"uint32_t\"},"
    "\"is_mapped\":{\"offset\":4,\"size\":4,\"type\":\"int32_t\"},"
    "\"format\":{\"offset\":8,\"size\":" T(8, 4, 4) ",\"type\":\"const char *\"},"
    "\"path\":{\"offset\":" T(16, 12, 12) ",\"size\":" T(8, 4, 4) ",\"type\":\"const char *\"},"
    "\"bytes\":{\"offset\":" T(24, 16, 16) ",\"size\":" T(8, 4, 4) ",\"type\":\"const void *\"},"
    "\"size_bytes\":{\"offset\":" T(32, 24, 20) ",\"size\":8,\"type\":\"int64_t\"},"
    "\"identity\":{\"offset\":" T(40, 32, 28) ",\"size\":" T(8, 4, 4) ",\"type\":\"const char *\"},"
    "\"ctx\":{\"offset\":" T(48, 36, 32) ",\"size\":" T(8, 4, 4) ",\"type\":\"void *\"},"
    "\"sibling\":{\"offset\":" T(56, 40, 36) ",\"size\":" T(8, 4, 4) ",\"returns\":\"xybrid_status\","
        "\"parameters\":[[\"void *\",\"ctx\"],[\"const char *\",\"relative_path\"],[\"const void **\",\"bytes\"],"
        "[\"int64_t *\",\"size_bytes\"],[\"const char **\",\"path\"],[\"xybrid_error *\",\"err\"]]}}},"
    "\"xybrid_engine_options\":{\"kind\":\"options\",\"size\":" T(32, 24, 24) ",\"align\":" T(8, 4, 4) ",\"fields\":{"
    "\"struct_size\":{\"offset\":0,\"size\":4,\"type\":\"uint32_t\"},"
    "\"threads\":{\"offset\":4,\"size\":4,\"type\":\"int32_t\"},"
    "\"device\":{\"offset\":8,\"size\":" T(8, 4, 4) ",\"type\":\"const char *\"},"
    "\"context_tokens\":{\"offset\":" T(16, 12, 12) ",\"size\":4,\"type\":\"int32_t\"},"
    "\"sequences\":{\"offset\":" T(20, 16, 16) ",\"size\":4,\"type\":\"int32_t\"},"
    "\"config\":{\"offset\":" T(24, 20, 20) ",\"size\":" T(8, 4, 4) ",\"type\":\"const char *\"}}},"
    "\"xybrid_tensor\":{\"size\":" T(40, 40, 32) ",\"align\":" T(8, 8, 4) ",\"fields\":{"
    "\"struct_size\":{\"offset\":0,\"size\":4,\"type\":\"uint32_t\"},"
    "\"dtype\":{\"offset\":4,\"size\":4,\"type\":\"xybrid_dtype\"},"
    "\"data\":{\"offset\":8,\"size\":" T(8, 4, 4) ",\"type\":\"void *\"},"
    "\"size_bytes\":{\"offset\":" T(16, 16, 12) ",\"size\":8,\"type\":\"int64_t\"},"
    "\"shape\":{\"offset\":" T(24, 24, 20) ",\"size\":" T(8, 4, 4) ",\"type\":\"const int64_t *\"},"
    "\"rank\":{\"offset\":" T(32, 28, 24) ",\"size\":4,\"type\":\"int32_t\"},"
    "\"device\":{\"offset\":" T(36, 32, 28) ",\"size\":4,\"type\":\"int32_t\"}}},"
    "\"xybrid_port\":{\"size\":" T(40, 28, 28) ",\"align\":" T(8, 4, 4) ",\"fields\":{"
    "\"struct_size\":{\"offset\":0,\"size\":4,\"type\":\"uint32_t\"},"
    "\"dtype\":{\"offset\":4,\"size\":4,\"type\":\"xybrid_dtype\"},"
    "\"name\":{\"offset\":8,\"size\":" T(8, 4, 4) ",\"type\":\"const char *\"},"
    "\"shape\":{\"offset\":" T(16, 12, 12) ",\"size\":" T(8, 4, 4) ",\"type\":\"const int64_t *\"},"
    "\"symbols\":{\"offset\":" T(24, 16, 16) ",\"size\":" T(8, 4, 4) ",\"type\":\"const char *const  *\"},"
    "\"rank\":{\"offset\":" T(32, 20, 20) ",\"size\":4,\"type\":\"int32_t\"},"
    "\"optional\":{\"offset\":" T(36, 24, 24) ",\"size\":4,\"type\":\"int32_t\"}}},"
    "\"xybrid_call\":{\"kind\":\"table\",\"size\":" T(48, 28, 28) ",\"align\":" T(8, 4, 4) ",\"fields\":{"
    "\"struct_size\":{\"offset\":0,\"size\":4,\"type\":\"uint32_t\"},"
    "\"is_traced\":{\"offset\":4,\"size\":4,\"type\":\"int32_t\"},"
    "\"ctx\":{\"offset\":8,\"size\":" T(8, 4, 4) ",\"type\":\"void *\"},"
    "\"cancel\":{\"offset\":" T(16, 12, 12) ",\"size\":" T(8, 4, 4) ",\"type\":\"const xybrid_cancel *\"},"
    "\"wanted\":{\"offset\":" T(24, 16, 16) ",\"size\":" T(8, 4, 4) ",\"type\":\"const uint8_t *\"},"
    "\"out_alloc\":{\"offset\":" T(32, 20, 20) ",\"size\":" T(8, 4, 4) ",\"returns\":\"xybrid_status\","
        "\"parameters\":[[\"void *\",\"ctx\"],[\"int32_t\",\"index\"],[\"const xybrid_tensor *\",\"shape\"],[\"void **\","
        "\"data\"],[\"xybrid_error *\",\"err\"]]},"
    "\"out_give\":{\"offset\":" T(40, 24, 24) ",\"size\":" T(8, 4, 4) ",\"returns\":\"xybrid_status\","
        "\"parameters\":[[\"void *\",\"ctx\"],[\"int32_t\",\"index\"],[\"const xybrid_tensor *\",\"tensor\"],"
        "[\"xybrid_release_fn\",\"release\"],[\"void *\",\"release_ctx\"],[\"xybrid_error *\",\"err\"]]}}},"
    "\"xybrid_cost\":{\"size\":296,\"align\":" T(8, 8, 4) ",\"fields\":{"
    "\"struct_size\":{\"offset\":0,\"size\":4,\"type\":\"uint32_t\"},"
    "\"context_tokens\":{\"offset\":4,\"size\":4,\"type\":\"int32_t\"},"
    "\"mapped_bytes\":{\"offset\":8,\"size\":8,\"type\":\"int64_t\"},"
    "\"private_bytes\":{\"offset\":16,\"size\":8,\"type\":\"int64_t\"},"
    "\"session_bytes\":{\"offset\":24,\"size\":8,\"type\":\"int64_t\"},"
    "\"bytes_per_token\":{\"offset\":32,\"size\":8,\"type\":\"int64_t\"},"
    "\"missing\":{\"offset\":40,\"size\":256,\"type\":\"char\",\"count\":256}}},"
    "\"xybrid_token_info\":{\"size\":" T(40, 36, 36) ",\"align\":" T(8, 4, 4) ",\"fields\":{"
    "\"struct_size\":{\"offset\":0,\"size\":4,\"type\":\"uint32_t\"},"
    "\"vocabulary\":{\"offset\":4,\"size\":4,\"type\":\"int32_t\"},"
    "\"context_tokens\":{\"offset\":8,\"size\":4,\"type\":\"int32_t\"},"
    "\"embedding_size\":{\"offset\":12,\"size\":4,\"type\":\"int32_t\"},"
    "\"bos\":{\"offset\":16,\"size\":4,\"type\":\"int32_t\"},"
    "\"eos\":{\"offset\":20,\"size\":4,\"type\":\"int32_t\"},"
    "\"max_batch\":{\"offset\":24,\"size\":4,\"type\":\"int32_t\"},"
    "\"flags\":{\"offset\":28,\"size\":4,\"type\":\"int32_t\"},"
    "\"chat_template\":{\"offset\":32,\"size\":" T(8, 4, 4) ",\"type\":\"const char *\"}}},"
    "\"xybrid_batch\":{\"size\":" T(48, 28, 28) ",\"align\":" T(8, 4, 4) ",\"fields\":{"
    "\"struct_size\":{\"offset\":0,\"size\":4,\"type\":\"uint32_t\"},"
    "\"count\":{\"offset\":4,\"size\":4,\"type\":\"int32_t\"},"
    "\"tokens\":{\"offset\":8,\"size\":" T(8, 4, 4) ",\"type\":\"const int32_t *\"},"
    "\"vectors\":{\"offset\":" T(16, 12, 12) ",\"size\":" T(8, 4, 4) ",\"type\":\"const float *\"},"
    "\"positions\":{\"offset\":" T(24, 16, 16) ",\"size\":" T(8, 4, 4) ",\"type\":\"const int32_t *\"},"
    "\"sequences\":{\"offset\":" T(32, 20, 20) ",\"size\":" T(8, 4, 4) ",\"type\":\"const int32_t *\"},"
    "\"want\":{\"offset\":" T(40, 24, 24) ",\"size\":" T(8, 4, 4) ",\"type\":\"const uint8_t *\"}}},"
    "\"xybrid_engine_tokens\":{\"kind\":\"table\",\"size\":" T(112, 60, 60) ",\"align\":" T(8, 4, 4) ",\"fields\":{"
    "\"struct_size\":{\"offset\":0,\"size\":4,\"type\":\"uint32_t\"},"
    "\"reserved\":{\"offset\":4,\"size\":4,\"type\":\"uint32_t\"},"
    "\"info\":{\"offset\":8,\"size\":" T(8, 4, 4) ",\"returns\":\"xybrid_status\",\"parameters\":[[\"void *\",\"model\"],"
        "[\"xybrid_token_info *\",\"out\"],[\"xybrid_error *\",\"err\"]]},"
    "\"tokenize\":{\"offset\":" T(16, 12, 12) ",\"size\":" T(8, 4, 4) ",\"returns\":\"xybrid_status\","
        "\"parameters\":[[\"void *\",\"model\"],[\"const char *\",\"text\"],[\"int64_t\",\"len\"],[\"int32_t\",\"add_bos\"],"
        "[\"int32_t\",\"special\"],[\"int32_t *\",\"tokens\"],[\"int32_t\",\"capacity\"],[\"int32_t *\",\"count\"],"
        "[\"xybrid_error *\",\"err\"]]},"
    "\"piece\":{\"offset\":" T(24, 16, 16) ",\"size\":" T(8, 4, 4) ",\"returns\":\"xybrid_status\","
        "\"parameters\":[[\"void *\",\"model\"],[\"int32_t\",\"token\"],[\"const char **\",\"bytes\"],[\"int32_t *\",\"size\"],"
        "[\"int32_t *\",\"is_end\"],[\"xybrid_error *\",\"err\"]]},"
    "\"decode\":{\"offset\":" T(32, 20, 20) ",\"size\":" T(8, 4, 4) ",\"returns\":\"xybrid_status\","
        "\"parameters\":[[\"void *\",\"session\"],[\"const xybrid_batch *\",\"batch\"],[\"const xybrid_cancel *\",\"cancel\"],"
        "[\"xybrid_error *\",\"err\"]]},"
    "\"logits\":{\"offset\":" T(40, 24, 24) ",\"size\":" T(8, 4, 4) ",\"returns\":\"xybrid_status\","
        "\"parameters\":[[\"void *\",\"session\"],[\"int32_t\",\"row\"],[\"float **\",\"out\"],[\"xybrid_error *\",\"err\"]]},"
    "\"argmax\":{\"offset\":" T(48, 28, 28) ",\"size\":" T(8, 4, 4) ",\"returns\":\"xybrid_status\","
        "\"parameters\":[[\"void *\",\"session\"],[\"int32_t\",\"row\"],[\"int32_t *\",\"token\"],[\"xybrid_error *\","
        "\"err\"]]},"
    "\"embedding\":{\"offset\":" T(56, 32, 32) ",\"size\":" T(8, 4, 4) ",\"returns\":\"xybrid_status\","
        "\"parameters\":[[\"void *\",\"session\"],[\"int32_t\",\"sequence\"],[\"const float **\",\"out\"],[\"xybrid_error *\","
        "\"err\"]]},"
    "\"cache_copy\":{\"offset\":" T(64, 36, 36) ",\"size\":" T(8, 4, 4) ",\"returns\":\"xybrid_status\","
        "\"parameters\":[[\"void *\",\"session\"],[\"int32_t\",\"from_sequence\"],[\"int32_t\",\"to_sequence\"],[\"int32_t\","
        "\"from\"],[\"int32_t\",\"to\"],[\"xybrid_error *\",\"err\"]]},"
    "\"cache_trim\":{\"offset\":" T(72, 40, 40) ",\"size\":" T(8, 4, 4) ",\"returns\":\"xybrid_status\","
        "\"parameters\":[[\"void *\",\"session\"],[\"int32_t\",\"sequence\"],[\"int32_t\",\"from\"],[\"int32_t\",\"to\"],"
        "[\"xybrid_error *\",\"err\"]]},"
    "\"cache_shift\":{\"offset\":" T(80, 44, 44) ",\"size\":" T(8, 4, 4) ",\"returns\":\"xybrid_status\","
        "\"parameters\":[[\"void *\",\"session\"],[\"int32_t\",\"sequence\"],[\"int32_t\",\"from\"],[\"int32_t\",\"delta\"],"
        "[\"xybrid_error *\",\"err\"]]},"
    "\"cache_size\":{\"offset\":" T(88, 48, 48) ",\"size\":" T(8, 4, 4) ",\"returns\":\"xybrid_status\","
        "\"parameters\":[[\"void *\",\"session\"],[\"int32_t\",\"sequence\"],[\"int64_t *\",\"size_bytes\"],"
        "[\"xybrid_error *\",\"err\"]]},"
    "\"cache_save\":{\"offset\":" T(96, 52, 52) ",\"size\":" T(8, 4, 4) ",\"returns\":\"xybrid_status\","
        "\"parameters\":[[\"void *\",\"session\"],[\"int32_t\",\"sequence\"],[\"void *\",\"buffer\"],[\"int64_t\","
        "\"capacity\"],[\"int64_t *\",\"written\"],[\"xybrid_error *\",\"err\"]]},"
    "\"cache_restore\":{\"offset\":" T(104, 56, 56) ",\"size\":" T(8, 4, 4) ",\"returns\":\"xybrid_status\","
        "\"parameters\":[[\"void *\",\"session\"],[\"int32_t\",\"sequence\"],[\"const void *\",\"bytes\"],[\"int64_t\","
        "\"size_bytes\"],[\"xybrid_error *\",\"err\"]]}}},"
    "\"xybrid_engine\":{\"kind\":\"table\",\"size\":" T(192, 104, 104) ",\"align\":" T(8, 4, 4) ",\"fields\":{"
    "\"struct_size\":{\"offset\":0,\"size\":4,\"type\":\"uint32_t\"},"
    "\"abi\":{\"offset\":4,\"size\":4,\"type\":\"uint32_t\"},"
    "\"name\":{\"offset\":8,\"size\":" T(8, 4, 4) ",\"type\":\"const char *\"},"
    "\"version\":{\"offset\":" T(16, 12, 12) ",\"size\":" T(8, 4, 4) ",\"type\":\"const char *\"},"
    "\"flags\":{\"offset\":" T(24, 16, 16) ",\"size\":4,\"type\":\"uint32_t\"},"
    "\"reserved\":{\"offset\":" T(28, 20, 20) ",\"size\":4,\"type\":\"uint32_t\"},"
    "\"init\":{\"offset\":" T(32, 24, 24) ",\"size\":" T(8, 4, 4) ",\"returns\":\"xybrid_status\","
        "\"parameters\":[[\"const xybrid_host *\",\"host\"],[\"const char *\",\"config\"],[\"void **\",\"engine\"],"
        "[\"xybrid_error *\",\"err\"]]},"
    "\"shutdown\":{\"offset\":" T(40, 28, 28) ",\"size\":" T(8, 4, 4) ",\"returns\":\"void\",\"parameters\":[[\"void *\","
        "\"engine\"]]},"
    "\"about\":{\"offset\":" T(48, 32, 32) ",\"size\":" T(8, 4, 4) ",\"returns\":\"const char *\","
        "\"parameters\":[[\"void *\",\"engine\"]]},"
    "\"probe\":{\"offset\":" T(56, 36, 36) ",\"size\":" T(8, 4, 4) ",\"returns\":\"int32_t\",\"parameters\":[[\"void *\","
        "\"engine\"],[\"const xybrid_source *\",\"source\"],[\"xybrid_error *\",\"why\"]]},"
    "\"estimate\":{\"offset\":" T(64, 40, 40) ",\"size\":" T(8, 4, 4) ",\"returns\":\"xybrid_status\","
        "\"parameters\":[[\"void *\",\"engine\"],[\"const xybrid_source *\",\"source\"],[\"const xybrid_engine_options *\","
        "\"options\"],[\"xybrid_cost *\",\"out\"],[\"xybrid_error *\",\"err\"]]},"
    "\"bake\":{\"offset\":" T(72, 44, 44) ",\"size\":" T(8, 4, 4) ",\"returns\":\"xybrid_status\","
        "\"parameters\":[[\"void *\",\"engine\"],[\"const xybrid_source *\",\"source\"],[\"const xybrid_engine_options *\","
        "\"options\"],[\"const xybrid_cancel *\",\"cancel\"],[\"xybrid_error *\",\"err\"]]},"
    "\"open\":{\"offset\":" T(80, 48, 48) ",\"size\":" T(8, 4, 4) ",\"returns\":\"xybrid_status\","
        "\"parameters\":[[\"void *\",\"engine\"],[\"const xybrid_source *\",\"source\"],[\"const xybrid_engine_options *\","
        "\"options\"],[\"const xybrid_cancel *\",\"cancel\"],[\"void **\",\"model\"],[\"xybrid_error *\",\"err\"]]},"
    "\"close\":{\"offset\":" T(88, 52, 52) ",\"size\":" T(8, 4, 4) ",\"returns\":\"void\",\"parameters\":[[\"void *\","
        "\"model\"]]},"
    "\"port\":{\"offset\":" T(96, 56, 56) ",\"size\":" T(8, 4, 4) ",\"returns\":\"xybrid_status\","
        "\"parameters\":[[\"void *\",\"model\"],[\"int32_t\",\"way\"],[\"int32_t\",\"index\"],[\"xybrid_port *\",\"out\"],"
        "[\"xybrid_error *\",\"err\"]]},"
    "\"describe\":{\"offset\":" T(104, 60, 60) ",\"size\":" T(8, 4, 4) ",\"returns\":\"const char *\","
        "\"parameters\":[[\"void *\",\"model\"]]},"
    "\"session_open\":{\"offset\":" T(112, 64, 64) ",\"size\":" T(8, 4, 4) ",\"returns\":\"xybrid_status\","
        "\"parameters\":[[\"void *\",\"model\"],[\"const xybrid_engine_options *\",\"options\"],[\"void **\",\"session\"],"
        "[\"xybrid_error *\",\"err\"]]},"
    "\"session_close\":{\"offset\":" T(120, 68, 68) ",\"size\":" T(8, 4, 4) ",\"returns\":\"void\","
        "\"parameters\":[[\"void *\",\"session\"]]},"
    "\"session_trim\":{\"offset\":" T(128, 72, 72) ",\"size\":" T(8, 4, 4) ",\"returns\":\"int64_t\","
        "\"parameters\":[[\"void *\",\"session\"],[\"int32_t\",\"pressure\"]]},"
    "\"bind\":{\"offset\":" T(136, 76, 76) ",\"size\":" T(8, 4, 4) ",\"returns\":\"xybrid_status\","
        "\"parameters\":[[\"void *\",\"session\"],[\"int32_t\",\"index\"],[\"const xybrid_tensor *\",\"tensor\"],"
        "[\"xybrid_error *\",\"err\"]]},"
    "\"carry\":{\"offset\":" T(144, 80, 80) ",\"size\":" T(8, 4, 4) ",\"returns\":\"xybrid_status\","
        "\"parameters\":[[\"void *\",\"session\"],[\"int32_t\",\"output\"],[\"int32_t\",\"input\"],[\"int32_t\",\"axis\"],"
        "[\"xybrid_error *\",\"err\"]]},"
    "\"reset\":{\"offset\":" T(152, 84, 84) ",\"size\":" T(8, 4, 4) ",\"returns\":\"void\",\"parameters\":[[\"void *\","
        "\"session\"]]},"
    "\"prepare\":{\"offset\":" T(160, 88, 88) ",\"size\":" T(8, 4, 4) ",\"returns\":\"xybrid_status\","
        "\"parameters\":[[\"void *\",\"session\"],[\"const xybrid_cancel *\",\"cancel\"],[\"xybrid_error *\",\"err\"]]},"
    "\"run\":{\"offset\":" T(168, 92, 92) ",\"size\":" T(8, 4, 4) ",\"returns\":\"xybrid_status\","
        "\"parameters\":[[\"void *\",\"session\"],[\"const xybrid_call *\",\"call\"],[\"xybrid_error *\",\"err\"]]},"
    "\"profile\":{\"offset\":" T(176, 96, 96) ",\"size\":" T(8, 4, 4) ",\"returns\":\"const char *\","
        "\"parameters\":[[\"void *\",\"session\"]]},"
    "\"tokens\":{\"offset\":" T(184, 100, 100) ",\"size\":" T(8, 4, 4) ",\"type\":\"const xybrid_engine_tokens *\"}}}"
    "},"
    "\"enums\":{"
    "\"xybrid_status\":{\"XYBRID_OK\":0,\"XYBRID_INVALID_ARGUMENT\":1,\"XYBRID_OUT_OF_MEMORY\":2,"
        "\"XYBRID_OUT_OF_MEMORY_HOST\":258,\"XYBRID_OUT_OF_MEMORY_BUDGET\":514,\"XYBRID_BUSY\":3,\"XYBRID_CANCELLED\":4,"
        "\"XYBRID_CANCELLED_TOKEN\":260,\"XYBRID_CANCELLED_CALLBACK\":516,\"XYBRID_CANCELLED_DEADLINE\":772,\"XYBRID_IO\":5,"
        "\"XYBRID_IO_OPEN\":261,\"XYBRID_IO_READ\":517,\"XYBRID_IO_WRITE\":773,\"XYBRID_IO_NO_SPACE\":1029,"
        "\"XYBRID_IO_PERMISSION\":1285,\"XYBRID_IO_MAP\":1541,\"XYBRID_NETWORK\":6,\"XYBRID_NETWORK_RESOLVE\":262,"
        "\"XYBRID_NETWORK_CONNECT\":518,\"XYBRID_NETWORK_TLS\":774,\"XYBRID_NETWORK_HTTP\":1030,"
        "\"XYBRID_NETWORK_TIMEOUT\":1286,\"XYBRID_NETWORK_OFFLINE\":1542,\"XYBRID_CHECKSUM\":7,\"XYBRID_UNSUPPORTED_FORMAT\":8,"
        "\"XYBRID_UNSUPPORTED_MODEL\":264,\"XYBRID_UNSUPPORTED_PACK\":520,\"XYBRID_UNSUPPORTED_AUDIO\":776,"
        "\"XYBRID_UNSUPPORTED_IMAGE\":1032,\"XYBRID_UNSUPPORTED_OPERATOR\":1288,\"XYBRID_MALFORMED\":1544,"
        "\"XYBRID_ENGINE_MISSING\":1800,\"XYBRID_MODEL_NOT_FOUND\":9,\"XYBRID_PREPROCESSING_FAILED\":10,"
        "\"XYBRID_INFERENCE_FAILED\":11,\"XYBRID_POSTPROCESSING_FAILED\":12,\"XYBRID_POLICY_DENIED\":13,\"XYBRID_INTERNAL\":14,"
        "\"XYBRID_PRIMARY_MASK\":255},"
    "\"xybrid_dtype\":{\"XYBRID_FLOAT32\":1,\"XYBRID_UINT8\":2,\"XYBRID_INT8\":3,\"XYBRID_UINT16\":4,\"XYBRID_INT16\":5,"
        "\"XYBRID_INT32\":6,\"XYBRID_INT64\":7,\"XYBRID_BOOL\":9,\"XYBRID_FLOAT16\":10,\"XYBRID_FLOAT64\":11,"
        "\"XYBRID_UINT32\":12,\"XYBRID_UINT64\":13,\"XYBRID_BFLOAT16\":16},"
    "\"xybrid_kind\":{\"XYBRID_TEXT\":1,\"XYBRID_AUDIO\":2,\"XYBRID_IMAGE\":3,\"XYBRID_TOKENS\":4,\"XYBRID_EMBEDDING\":5,"
        "\"XYBRID_TENSOR\":6,\"XYBRID_LIST\":7},"
    "\"xybrid_format\":{\"XYBRID_FORMAT_ENCODED\":0,\"XYBRID_FORMAT_F32\":1,\"XYBRID_FORMAT_PCM16\":2,"
        "\"XYBRID_FORMAT_RGB8\":16,\"XYBRID_FORMAT_RGBA8\":17,\"XYBRID_FORMAT_BGR8\":18,\"XYBRID_FORMAT_BGRA8\":19,"
        "\"XYBRID_FORMAT_GRAY8\":20,\"XYBRID_FORMAT_NV12\":21,\"XYBRID_FORMAT_NV21\":22,\"XYBRID_FORMAT_I420\":23},"
    "\"xybrid_log_level\":{\"XYBRID_LOG_OFF\":0,\"XYBRID_LOG_ERROR\":1,\"XYBRID_LOG_WARN\":2,\"XYBRID_LOG_INFO\":3,"
        "\"XYBRID_LOG_DEBUG\":4},"
    "\"xybrid_runtime_options.flags\":{\"XYBRID_RUNTIME_TELEMETRY_IS_OFF\":1,\"XYBRID_RUNTIME_MAY_SET_ENV\":2},"
    "\"xybrid_pressure\":{\"XYBRID_PRESSURE_IDLE\":0,\"XYBRID_PRESSURE_WARN\":1,\"XYBRID_PRESSURE_CRITICAL\":2},"
    "\"xybrid_run_options.flags\":{\"XYBRID_RUN_TRACE\":1,\"XYBRID_RUN_NO_PARTIALS\":2,\"XYBRID_RUN_WORDS\":4,"
        "\"XYBRID_RUN_RAW\":8},"
    "\"xybrid_event_kind\":{\"XYBRID_EVENT_DONE\":1,\"XYBRID_EVENT_NEED_INPUT\":2,\"XYBRID_EVENT_PARTIAL\":6,"
        "\"XYBRID_EVENT_SEGMENT\":7,\"XYBRID_EVENT_AUDIO\":8,\"XYBRID_EVENT_OUTPUT\":9},"
    "\"xybrid_finish\":{\"XYBRID_FINISH_STOP\":1,\"XYBRID_FINISH_INTERRUPTED\":4},"
    "\"xybrid_load_options.flags\":{\"XYBRID_LOAD_WARM\":1},"
    "\"xybrid_load_mode\":{\"XYBRID_LOAD_AUTO\":0,\"XYBRID_LOAD_MAP\":1,\"XYBRID_LOAD_READ\":2},"
    "\"xybrid_engine.flags\":{\"XYBRID_ENGINE_NEEDS_GUARD\":1,\"XYBRID_ENGINE_NEEDS_PATH\":2,"
        "\"XYBRID_ENGINE_OWN_THREADS\":4,\"XYBRID_ENGINE_COSTLY_START\":8}"
    "},"
    "\"constants\":{"
    "\"XYBRID_AUTO\":-1,"
    "\"XYBRID_ABI_VERSION\":1,"
    "\"XYBRID_ENGINE_ABI\":1,"
    "\"XYBRID_INPUT\":0,"
    "\"XYBRID_OUTPUT\":1,"
    "\"XYBRID_TOKENS_NO_TRIM\":1,"
    "\"XYBRID_TOKENS_NO_SHIFT\":2"
    "},"
    "\"types\":{"
    "\"xybrid_status\":\"int32_t\","
    "\"xybrid_dtype\":\"int32_t\","
    "\"xybrid_kind\":\"int32_t\","
    "\"xybrid_format\":\"int32_t\","
    "\"xybrid_log_level\":\"int32_t\","
    "\"xybrid_pressure\":\"int32_t\","
    "\"xybrid_event_kind\":\"int32_t\","
    "\"xybrid_finish\":\"int32_t\","
    "\"xybrid_load_mode\":\"int32_t\""
    "},"
    "\"handles\":[\"xybrid_runtime\",\"xybrid_envelope\",\"xybrid_model\",\"xybrid_session\",\"xybrid_stream\","
        "\"xybrid_cancel\"],"
    "\"callbacks\":{"
    "\"xybrid_release_fn\":{\"returns\":\"void\",\"parameters\":[[\"void *\",\"ctx\"],[\"const void *\",\"data\"]]},"
    "\"xybrid_log_fn\":{\"returns\":\"void\",\"parameters\":[[\"void *\",\"ctx\"],[\"xybrid_log_level\",\"level\"],"
        "[\"const char *\",\"room\"],[\"const char *\",\"line\"]]},"
    "\"xybrid_event_fn\":{\"returns\":\"int32_t\",\"parameters\":[[\"void *\",\"ctx\"],[\"const xybrid_event *\","
        "\"event\"]]},"
    "\"xybrid_progress_fn\":{\"returns\":\"int32_t\",\"parameters\":[[\"void *\",\"ctx\"],[\"int64_t\",\"done_bytes\"],"
        "[\"int64_t\",\"total_bytes\"]]},"
    "\"xybrid_read_fn\":{\"returns\":\"int32_t\",\"parameters\":[[\"void *\",\"ctx\"],[\"int64_t\",\"offset\"],[\"void *\","
        "\"buffer\"],[\"int64_t\",\"size_bytes\"]]},"
    "\"xybrid_chunk_fn\":{\"returns\":\"void\",\"parameters\":[[\"void *\",\"arg\"],[\"int32_t\",\"chunk\"],[\"int32_t\","
        "\"worker\"]]},"
    "\"xybrid_cancelled_fn\":{\"returns\":\"void\",\"parameters\":[[\"void *\",\"arg\"]]},"
    "\"xybrid_engine_entry_fn\":{\"returns\":\"const xybrid_engine *\",\"parameters\":[[\"uint32_t\",\"host_abi\"]]}"
    "},"
    "\"functions\":{"
    "\"xybrid_release_none\":{\"returns\":\"void\",\"parameters\":[[\"void *\",\"ctx\"],[\"const void *\",\"data\"]]},"
    "\"xybrid_version\":{\"returns\":\"const char *\",\"parameters\":[]},"
    "\"xybrid_abi_describe\":{\"returns\":\"const char *\",\"parameters\":[]},"
    "\"xybrid_status_name\":{\"returns\":\"const char *\",\"parameters\":[[\"xybrid_status\",\"status\"]]},"
    "\"xybrid_error_set\":{\"returns\":\"xybrid_status\",\"parameters\":[[\"xybrid_error *\",\"err\"],[\"xybrid_status\","
        "\"code\"],[\"const char *\",\"subject\"],[\"const char *\",\"reason\"]]},"
    "\"xybrid_cancel_create\":{\"returns\":\"xybrid_status\",\"parameters\":[[\"xybrid_runtime *\",\"rt\"],"
        "[\"xybrid_cancel **\",\"out\"],[\"xybrid_error *\",\"err\"]]},"
    "\"xybrid_cancel_fire\":{\"returns\":\"void\",\"parameters\":[[\"xybrid_cancel *\",\"cancel\"]]},"
    "\"xybrid_cancel_is_fired\":{\"returns\":\"int32_t\",\"parameters\":[[\"const xybrid_cancel *\",\"cancel\"]]},"
    "\"xybrid_cancel_free\":{\"returns\":\"void\",\"parameters\":[[\"xybrid_cancel *\",\"cancel\"]]},"
    "\"xybrid_envelope_new_text\":{\"returns\":\"xybrid_status\",\"parameters\":[[\"xybrid_runtime *\",\"rt\"],"
        "[\"const char *\",\"text\"],[\"int64_t\",\"len\"],[\"xybrid_envelope **\",\"out\"],[\"xybrid_error *\",\"err\"]]},"
    "\"xybrid_envelope_new_audio\":{\"returns\":\"xybrid_status\",\"parameters\":[[\"xybrid_runtime *\",\"rt\"],"
        "[\"const float *\",\"samples\"],[\"int64_t\",\"frames\"],[\"int32_t\",\"sample_rate\"],[\"int32_t\",\"channels\"],"
        "[\"xybrid_release_fn\",\"release\"],[\"void *\",\"release_ctx\"],[\"xybrid_envelope **\",\"out\"],[\"xybrid_error *\","
        "\"err\"]]},"
    "\"xybrid_envelope_new_image\":{\"returns\":\"xybrid_status\",\"parameters\":[[\"xybrid_runtime *\",\"rt\"],"
        "[\"const void *\",\"pixels\"],[\"xybrid_format\",\"format\"],[\"int32_t\",\"width\"],[\"int32_t\",\"height\"],"
        "[\"int32_t\",\"stride_bytes\"],[\"xybrid_release_fn\",\"release\"],[\"void *\",\"release_ctx\"],"
        "[\"xybrid_envelope **\",\"out\"],[\"xybrid_error *\",\"err\"]]},"
    "\"xybrid_envelope_new_bytes\":{\"returns\":\"xybrid_status\",\"parameters\":[[\"xybrid_runtime *\",\"rt\"],"
        "[\"const void *\",\"bytes\"],[\"int64_t\",\"size_bytes\"],[\"xybrid_release_fn\",\"release\"],[\"void *\","
        "\"release_ctx\"],[\"xybrid_envelope **\",\"out\"],[\"xybrid_error *\",\"err\"]]},"
    "\"xybrid_envelope_new_file\":{\"returns\":\"xybrid_status\",\"parameters\":[[\"xybrid_runtime *\",\"rt\"],"
        "[\"const char *\",\"path\"],[\"xybrid_envelope **\",\"out\"],[\"xybrid_error *\",\"err\"]]},"
    "\"xybrid_envelope_new_tensor\":{\"returns\":\"xybrid_status\",\"parameters\":[[\"xybrid_runtime *\",\"rt\"],"
        "[\"const char *\",\"name\"],[\"xybrid_dtype\",\"dtype\"],[\"const int64_t *\",\"shape\"],[\"int32_t\",\"rank\"],"
        "[\"const void *\",\"data\"],[\"int64_t\",\"size_bytes\"],[\"xybrid_release_fn\",\"release\"],[\"void *\","
        "\"release_ctx\"],[\"xybrid_envelope **\",\"out\"],[\"xybrid_error *\",\"err\"]]},"
    "\"xybrid_envelope_new_tokens\":{\"returns\":\"xybrid_status\",\"parameters\":[[\"xybrid_runtime *\",\"rt\"],"
        "[\"const int64_t *\",\"ids\"],[\"int64_t\",\"count\"],[\"xybrid_release_fn\",\"release\"],[\"void *\","
        "\"release_ctx\"],[\"xybrid_envelope **\",\"out\"],[\"xybrid_error *\",\"err\"]]},"
    "\"xybrid_envelope_new_embedding\":{\"returns\":\"xybrid_status\",\"parameters\":[[\"xybrid_runtime *\",\"rt\"],"
        "[\"const float *\",\"values\"],[\"int64_t\",\"count\"],[\"xybrid_release_fn\",\"release\"],[\"void *\","
        "\"release_ctx\"],[\"xybrid_envelope **\",\"out\"],[\"xybrid_error *\",\"err\"]]},"
    "\"xybrid_envelope_new_list\":{\"returns\":\"xybrid_status\",\"parameters\":[[\"xybrid_runtime *\",\"rt\"],"
        "[\"xybrid_envelope *const  *\",\"items\"],[\"int32_t\",\"count\"],[\"xybrid_envelope **\",\"out\"],"
        "[\"xybrid_error *\",\"err\"]]},"
    "\"xybrid_envelope_from_json\":{\"returns\":\"xybrid_status\",\"parameters\":[[\"xybrid_runtime *\",\"rt\"],"
        "[\"const char *\",\"json\"],[\"int64_t\",\"len\"],[\"xybrid_envelope **\",\"out\"],[\"xybrid_error *\",\"err\"]]},"
    "\"xybrid_envelope_view\":{\"returns\":\"const xybrid_view *\",\"parameters\":[[\"const xybrid_envelope *\","
        "\"envelope\"]]},"
    "\"xybrid_envelope_text\":{\"returns\":\"const char *\",\"parameters\":[[\"const xybrid_envelope *\",\"envelope\"]]},"
    "\"xybrid_envelope_floats\":{\"returns\":\"const float *\",\"parameters\":[[\"const xybrid_envelope *\",\"envelope\"],"
        "[\"int64_t *\",\"count\"]]},"
    "\"xybrid_envelope_count\":{\"returns\":\"int32_t\",\"parameters\":[[\"const xybrid_envelope *\",\"envelope\"]]},"
    "\"xybrid_envelope_at\":{\"returns\":\"const xybrid_envelope *\",\"parameters\":[[\"const xybrid_envelope *\","
        "\"envelope\"],[\"int32_t\",\"index\"]]},"
    "\"xybrid_envelope_find\":{\"returns\":\"const xybrid_envelope *\",\"parameters\":[[\"const xybrid_envelope *\","
        "\"envelope\"],[\"const char *\",\"name\"]]},"
    "\"xybrid_envelope_set\":{\"returns\":\"xybrid_status\",\"parameters\":[[\"xybrid_envelope *\",\"envelope\"],"
        "[\"const char *\",\"key\"],[\"const char *\",\"value\"],[\"xybrid_error *\",\"err\"]]},"
    "\"xybrid_envelope_get\":{\"returns\":\"const char *\",\"parameters\":[[\"const xybrid_envelope *\",\"envelope\"],"
        "[\"const char *\",\"key\"]]},"
    "\"xybrid_envelope_key\":{\"returns\":\"const char *\",\"parameters\":[[\"const xybrid_envelope *\",\"envelope\"],"
        "[\"int32_t\",\"index\"]]},"
    "\"xybrid_envelope_to_json\":{\"returns\":\"xybrid_status\",\"parameters\":[[\"const xybrid_envelope *\",\"envelope\"],"
        "[\"xybrid_envelope **\",\"out\"],[\"xybrid_error *\",\"err\"]]},"
    "\"xybrid_envelope_save\":{\"returns\":\"xybrid_status\",\"parameters\":[[\"const xybrid_envelope *\",\"envelope\"],"
        "[\"const char *\",\"path\"],[\"xybrid_error *\",\"err\"]]},"
    "\"xybrid_envelope_retain\":{\"returns\":\"xybrid_envelope *\",\"parameters\":[[\"const xybrid_envelope *\","
        "\"envelope\"]]},"
    "\"xybrid_envelope_free\":{\"returns\":\"void\",\"parameters\":[[\"xybrid_envelope *\",\"envelope\"]]},"
    "\"xybrid_runtime_options_init\":{\"returns\":\"void\",\"parameters\":[[\"xybrid_runtime_options *\",\"options\"],"
        "[\"uint32_t\",\"struct_size\"]]},"
    "\"xybrid_runtime_create\":{\"returns\":\"xybrid_status\",\"parameters\":[[\"const xybrid_runtime_options *\","
        "\"options\"],[\"xybrid_runtime **\",\"out\"],[\"xybrid_error *\",\"err\"]]},"
    "\"xybrid_runtime_free\":{\"returns\":\"void\",\"parameters\":[[\"xybrid_runtime *\",\"rt\"]]},"
    "\"xybrid_runtime_describe\":{\"returns\":\"xybrid_status\",\"parameters\":[[\"xybrid_runtime *\",\"rt\"],"
        "[\"xybrid_envelope **\",\"out\"],[\"xybrid_error *\",\"err\"]]},"
    "\"xybrid_runtime_stats\":{\"returns\":\"void\",\"parameters\":[[\"const xybrid_runtime *\",\"rt\"],"
        "[\"xybrid_stats *\",\"out\"]]},"
    "\"xybrid_runtime_trim\":{\"returns\":\"int64_t\",\"parameters\":[[\"xybrid_runtime *\",\"rt\"],[\"xybrid_pressure\","
        "\"pressure\"]]},"
    "\"xybrid_run_options_init\":{\"returns\":\"void\",\"parameters\":[[\"xybrid_run_options *\",\"options\"],"
        "[\"uint32_t\",\"struct_size\"]]},"
    "\"xybrid_stream_feed\":{\"returns\":\"xybrid_status\",\"parameters\":[[\"xybrid_stream *\",\"stream\"],"
        "[\"xybrid_envelope *\",\"item\"],[\"xybrid_error *\",\"err\"]]},"
    "\"xybrid_stream_feed_audio\":{\"returns\":\"xybrid_status\",\"parameters\":[[\"xybrid_stream *\",\"stream\"],"
        "[\"const float *\",\"samples\"],[\"int64_t\",\"frames\"],[\"int32_t\",\"sample_rate\"],[\"int32_t\",\"channels\"],"
        "[\"xybrid_error *\",\"err\"]]},"
    "\"xybrid_stream_finish\":{\"returns\":\"xybrid_status\",\"parameters\":[[\"xybrid_stream *\",\"stream\"],"
        "[\"xybrid_error *\",\"err\"]]},"
    "\"xybrid_stream_next\":{\"returns\":\"xybrid_status\",\"parameters\":[[\"xybrid_stream *\",\"stream\"],[\"int32_t\","
        "\"wait_ms\"],[\"const xybrid_event **\",\"out\"],[\"xybrid_error *\",\"err\"]]},"
    "\"xybrid_stream_drain\":{\"returns\":\"xybrid_status\",\"parameters\":[[\"xybrid_stream *\",\"stream\"],"
        "[\"xybrid_event_fn\",\"fn\"],[\"void *\",\"ctx\"],[\"xybrid_envelope **\",\"out\"],[\"xybrid_error *\",\"err\"]]},"
    "\"xybrid_stream_interrupt\":{\"returns\":\"void\",\"parameters\":[[\"xybrid_stream *\",\"stream\"]]},"
    "\"xybrid_stream_close\":{\"returns\":\"void\",\"parameters\":[[\"xybrid_stream *\",\"stream\"]]},"
    "\"xybrid_load_options_init\":{\"returns\":\"void\",\"parameters\":[[\"xybrid_load_options *\",\"options\"],"
        "[\"uint32_t\",\"struct_size\"]]},"
    "\"xybrid_model_estimate\":{\"returns\":\"xybrid_status\",\"parameters\":[[\"xybrid_runtime *\",\"rt\"],"
        "[\"const char *\",\"ref\"],[\"const xybrid_load_options *\",\"options\"],[\"xybrid_estimate *\",\"out\"],"
        "[\"xybrid_error *\",\"err\"]]},"
    "\"xybrid_model_load\":{\"returns\":\"xybrid_status\",\"parameters\":[[\"xybrid_runtime *\",\"rt\"],[\"const char *\","
        "\"ref\"],[\"const xybrid_load_options *\",\"options\"],[\"xybrid_model **\",\"out\"],[\"xybrid_error *\",\"err\"]]},"
    "\"xybrid_model_run\":{\"returns\":\"xybrid_status\",\"parameters\":[[\"xybrid_model *\",\"model\"],"
        "[\"xybrid_envelope *\",\"in\"],[\"const xybrid_run_options *\",\"options\"],[\"xybrid_envelope **\",\"out\"],"
        "[\"xybrid_error *\",\"err\"]]},"
    "\"xybrid_model_start\":{\"returns\":\"xybrid_status\",\"parameters\":[[\"xybrid_model *\",\"model\"],"
        "[\"xybrid_envelope *\",\"in\"],[\"const xybrid_run_options *\",\"options\"],[\"xybrid_stream **\",\"out\"],"
        "[\"xybrid_error *\",\"err\"]]},"
    "\"xybrid_model_describe\":{\"returns\":\"const char *\",\"parameters\":[[\"const xybrid_model *\",\"model\"]]},"
    "\"xybrid_model_retain\":{\"returns\":\"xybrid_model *\",\"parameters\":[[\"xybrid_model *\",\"model\"]]},"
    "\"xybrid_model_free\":{\"returns\":\"void\",\"parameters\":[[\"xybrid_model *\",\"model\"]]},"
    "\"xybrid_session_options_init\":{\"returns\":\"void\",\"parameters\":[[\"xybrid_session_options *\",\"options\"],"
        "[\"uint32_t\",\"struct_size\"]]},"
    "\"xybrid_session_open\":{\"returns\":\"xybrid_status\",\"parameters\":[[\"xybrid_model *\",\"model\"],"
        "[\"const xybrid_session_options *\",\"options\"],[\"xybrid_session **\",\"out\"],[\"xybrid_error *\",\"err\"]]},"
    "\"xybrid_session_run\":{\"returns\":\"xybrid_status\",\"parameters\":[[\"xybrid_session *\",\"session\"],"
        "[\"xybrid_envelope *\",\"in\"],[\"const xybrid_run_options *\",\"options\"],[\"xybrid_envelope **\",\"out\"],"
        "[\"xybrid_error *\",\"err\"]]},"
    "\"xybrid_session_start\":{\"returns\":\"xybrid_status\",\"parameters\":[[\"xybrid_session *\",\"session\"],"
        "[\"xybrid_envelope *\",\"in\"],[\"const xybrid_run_options *\",\"options\"],[\"xybrid_stream **\",\"out\"],"
        "[\"xybrid_error *\",\"err\"]]},"
    "\"xybrid_session_free\":{\"returns\":\"void\",\"parameters\":[[\"xybrid_session *\",\"session\"]]},"
    "\"xybrid_step_register\":{\"returns\":\"xybrid_status\",\"parameters\":[[\"xybrid_runtime *\",\"rt\"],"
        "[\"const xybrid_step *\",\"step\"],[\"xybrid_error *\",\"err\"]]},"
    "\"xybrid_engine_register\":{\"returns\":\"xybrid_status\",\"parameters\":[[\"xybrid_runtime *\",\"rt\"],"
        "[\"const xybrid_engine *\",\"engine\"],[\"xybrid_error *\",\"err\"]]},"
    "\"xybrid_engine_load\":{\"returns\":\"xybrid_status\",\"parameters\":[[\"xybrid_runtime *\",\"rt\"],[\"const char *\","
        "\"path\"],[\"xybrid_error *\",\"err\"]]}"
    "}}";

const char *xybrid_abi_describe(void) { return description; }
