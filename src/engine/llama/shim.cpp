// engine/llama/shim.cpp - see shim.h. The only file that includes llama.cpp's headers.
#include "engine/llama/shim.h"

#include <cstdlib>
#include <cstring>
#include <exception>
#include <mutex>
#include <new>
#include <stdexcept>
#include <string>

#include "ggml-cpu.h"
#include "llama-arch.h"
#include "llama-context.h"
#include "llama-ext.h"
#include "llama-model.h"
#include "llama-vocab.h"
#include "llama.h"

#ifdef __linux__
#  include <malloc.h>
#  include <sys/mman.h>
#endif
#if defined(__SSE__) || defined(_M_X64)
#  include <xmmintrin.h>
#endif

extern "C" {
#include "engine/llama/cpu_levels.h"
ggml_backend_reg_t ggml_backend_cpu_reg(void);
}

namespace {

enum { LOG_ERROR = 1, LOG_WARN = 2, LOG_DEBUG = 4 }; // XYBRID_LOG_* of xybrid/runtime.h

thread_local xl_call *current = nullptr; // the call that this thread works for

struct ggml_broken : std::runtime_error {
    using std::runtime_error::runtime_error;
};

void keep(char *out, size_t capacity, const char *text) {
    size_t n = std::strlen(text);
    if (n >= capacity) n = capacity - 1;
    std::memcpy(out, text, n);
    out[n] = 0;
}

// ggml writes lines in pieces; an error's last line is kept as the reason.
void end_line(xl_call *call) {
    if (call->line[0]) {
        if (call->line_level == LOG_ERROR) keep(call->said, sizeof call->said, call->line);
        // an error here becomes the caller's error; in the log it is a detail
        int32_t level = call->line_level == LOG_ERROR ? LOG_WARN : call->line_level;
        if (level <= call->host->log_level) call->host->log(call->host->ctx, level, "llama", call->line);
    }
    call->line[0] = 0;
}

void on_log(ggml_log_level level, const char *text, void *) {
    xl_call *call = current;
    if (!call || level == GGML_LOG_LEVEL_NONE) return;
    // Between the header's reader and the tensors, whose memory is not all held by objects: there an allocation may stop it
    call->can_stop = std::strncmp(text, "load_tensors", 12) != 0 && (call->can_stop || std::strstr(text, "meta data"));
    if (level != GGML_LOG_LEVEL_CONT) {
        end_line(call);
        call->line_level = level == GGML_LOG_LEVEL_ERROR  ? LOG_ERROR
                           : level == GGML_LOG_LEVEL_WARN ? LOG_WARN
                                                          : LOG_DEBUG; // its INFO is a page for each model
    }
    for (const char *s = text; *s; s++) {
        if (*s == '\n') {
            end_line(call);
            continue;
        }
        size_t used = std::strlen(call->line);
        if (used + 1 < sizeof call->line) {
            call->line[used] = *s == '\r' || *s == '\t' ? ' ' : *s;
            call->line[used + 1] = 0;
        }
    }
}

// ggml's assertions call abort() behind this. Thrown from here they unwind to guarded(), unless other threads compute.
void on_abort(const char *message) {
    xl_call *call = current;
    if (!call) return;
    keep(call->said, sizeof call->said, message);
    call->host->log(call->host->ctx, LOG_ERROR, "llama", message);
    if (!call->is_parallel) throw ggml_broken(message);
}

// The library computes with denormals as the system has them; the caller's modes are put back.
struct usual_modes {
#if defined(__SSE__) || defined(_M_X64)
    unsigned old = _mm_getcsr();
    usual_modes() { _mm_setcsr(0x1F80); }
    ~usual_modes() { _mm_setcsr(old); }
#elif defined(__aarch64__)
    uint64_t old;
    usual_modes() {
        __asm__ volatile("mrs %0, fpcr" : "=r"(old));
        __asm__ volatile("msr fpcr, %0" : : "r"((uint64_t)0));
    }
    ~usual_modes() { __asm__ volatile("msr fpcr, %0" : : "r"(old)); }
#endif
};

// Runs `work` (which answers a status) for `call`.
template <typename F> int32_t guarded(xl_call *call, F work) {
    xl_call *outer = current;
    current = call;
    call->said[0] = call->line[0] = 0;
    int32_t status;
    try {
        status = work();
    } catch (const ggml_broken &) { status = XL_BROKEN; } catch (const std::bad_alloc &) {
        status = XL_MEMORY;
    } catch (const std::exception &e) {
        keep(call->said, sizeof call->said, e.what());
        status = XL_FAILED;
    } catch (...) { status = XL_FAILED; }
    end_line(call);
    current = outer;
    return status;
}

llama_model         *cast(xl_model *m) { return reinterpret_cast<llama_model *>(m); }
const llama_model   *cast(const xl_model *m) { return reinterpret_cast<const llama_model *>(m); }
llama_context       *cast(xl_context *c) { return reinterpret_cast<llama_context *>(c); }
const llama_context *cast(const xl_context *c) { return reinterpret_cast<const llama_context *>(c); }
ggml_threadpool     *cast(xl_pool *p) { return reinterpret_cast<ggml_threadpool *>(p); }
llama_memory_t       memory_of(const xl_context *c) { return llama_get_memory(cast(c)); }

template <typename F> F *cpu_function(const char *name) {
    return reinterpret_cast<F *>(ggml_backend_reg_get_proc_address(ggml_backend_cpu_reg(), name));
}

} // namespace

#ifdef __linux__

// Of this shared object alone (nothing is exported). llama.cpp builds its vocabulary, up to a second of work, without a question
// whether to go on; but it allocates all the time, and what allocates must bear a std::bad_alloc.
static void allocated(void *memory) {
    xl_call *call = current;
    if (!call || !call->progress) return;
    call->heap_bytes += (int64_t)malloc_usable_size(memory);
    if (++call->allocations % 256 != 0 || !call->can_stop || call->progress(call->progress_ctx, 0)) return;
    call->progress = nullptr; // once
    std::free(memory);
    throw std::bad_alloc();
}

static void freed(void *memory) {
    if (current && current->progress && memory) current->heap_bytes -= (int64_t)malloc_usable_size(memory);
}

void *operator new(std::size_t size) {
    void *memory = std::malloc(size ? size : 1);
    if (!memory) throw std::bad_alloc();
    allocated(memory);
    return memory;
}

void operator delete(void *memory) noexcept {
    freed(memory);
    std::free(memory);
}

void operator delete(void *memory, std::size_t) noexcept {
    freed(memory);
    std::free(memory);
}

// llama.cpp maps with MAP_POPULATE, which reads the whole file before it returns; advice to read ahead follows anyway.
extern "C" void *__real_mmap(void *address, size_t size, int protection, int flags, int file, off_t offset);
extern "C" void *__wrap_mmap(void *address, size_t size, int protection, int flags, int file, off_t offset) {
    return __real_mmap(address, size, protection, flags & ~MAP_POPULATE, file, offset);
}

#endif

// Linked with --wrap=getenv: nobody's environment changes what is computed, and a broken assumption starts no debugger.
extern "C" char *__wrap_getenv(const char *name) {
    static char one[] = "1";
    return std::strcmp(name, "GGML_NO_BACKTRACE") == 0 ? one : nullptr;
}

int32_t xl_start(xl_call *call) {
    static std::once_flag once;
    return guarded(call, [&] {
        std::call_once(once, [] {
            llama_log_set(on_log, nullptr);
            ggml_set_abort_callback(on_abort);
            llama_backend_init();
        });
        return XL_OK;
    });
}

const char *xl_version(void) {
    static const std::string text = std::string(llama_version()) + " (ggml " + ggml_version() + ")";
    return text.c_str();
}

const char *xl_cpu_level(void) { return xb_llama_cpu_level(); }

int32_t xl_cpu_can(void) { return xb_llama_cpu_can(); }

int32_t xl_knows(xl_call *call, const char *architecture) {
    int32_t knows = 0;
    guarded(call, [&] {
        llm_arch arch = llm_arch_from_string(architecture);
        knows = arch != LLM_ARCH_UNKNOWN && arch != LLM_ARCH_CLIP;
        return XL_OK;
    });
    return knows;
}

int64_t xl_tensor_bytes(int32_t type, int64_t elements) {
    if (type < 0 || type >= GGML_TYPE_COUNT || elements < 0) return 0;
    int64_t block = ggml_blck_size(static_cast<ggml_type>(type));
    return block > 0 ? elements / block * (int64_t)ggml_type_size(static_cast<ggml_type>(type)) : 0;
}

// ---- threads ----

int32_t xl_pool_new(xl_call *call, int32_t threads, xl_pool **out) {
    return guarded(call, [&] {
        auto make = cpu_function<decltype(ggml_threadpool_new)>("ggml_threadpool_new");
        if (!make) throw std::runtime_error("ggml_threadpool_new is missing");
        ggml_threadpool_params params;
        ggml_threadpool_params_init(&params, threads);
        params.poll = 1; // 131,072 pauses, then it sleeps: waking it for each token costs some percent on an idle machine
        ggml_threadpool *pool = make(&params);
        if (!pool) return XL_MEMORY;
        *out = reinterpret_cast<xl_pool *>(pool);
        return XL_OK;
    });
}

void xl_pool_free(xl_call *call, xl_pool *pool) {
    if (!pool) return;
    guarded(call, [&] {
        cpu_function<decltype(ggml_threadpool_free)>("ggml_threadpool_free")(cast(pool));
        return XL_OK;
    });
}

// ---- models ----

int32_t xl_model_open(xl_call *call, const char *path, const xl_model_options *options, xl_model **out) {
    return guarded(call, [&] {
        llama_model_params params = llama_model_default_params();
        params.vocab_only = options->is_vocabulary != 0;
        params.use_extra_bufts = options->is_repacking != 0;
        params.n_gpu_layers = options->gpu_layers;
        params.load_mode = LLAMA_LOAD_MODE_MMAP;
        params.lazy_mode = LLAMA_LAZY_MODE_OFF;
        struct asked {
            const xl_model_options *options;
            bool                    is_stopped;
        } asked{ options, false };
        params.progress_callback = [](float done, void *data) {
            auto *a = static_cast<struct asked *>(data);
            if (a->options->progress(a->options->ctx, done)) return true;
            a->is_stopped = true;
            return false;
        };
        params.progress_callback_user_data = &asked;
        call->progress_ctx = options->ctx;
        call->progress = options->progress;
        struct unwatch {
            xl_call *call;
            ~unwatch() { call->progress = nullptr; }
        } unwatch{ call };
        llama_model *model = llama_model_load_from_file(path, params);
        if (asked.is_stopped || !call->progress) {
            llama_model_free(model);
            return XL_ABORTED;
        }
        if (!model) return XL_FAILED;
        *out = reinterpret_cast<xl_model *>(model);
        return XL_OK;
    });
}

void xl_model_free(xl_call *call, xl_model *model) {
    if (!model) return;
    guarded(call, [&] {
        llama_model_free(cast(model));
        return XL_OK;
    });
}

static const char *what_is_not_done(const llama_model *m) {
    if (llama_model_has_encoder(m)) return "models with an encoder of their own (T5) are not supported";
    if (llama_model_is_diffusion(m)) return "diffusion language models are not supported";
    switch (m->arch) {
    case LLM_ARCH_GEMMA4_ASSISTANT:
    case LLM_ARCH_EAGLE3:
    case LLM_ARCH_DFLASH: return "draft models that need the context of another model are not supported";
    case LLM_ARCH_WAVTOKENIZER_DEC: return "decoders of sound codes are not supported";
    default: return nullptr;
    }
}

int32_t xl_model_facts(xl_call *call, const xl_model *model, xl_facts *out) {
    return guarded(call, [&] {
        const llama_model *m = cast(model);
        const llama_vocab *v = llama_model_get_vocab(m);
        xl_facts           f = {};
        f.vocabulary = llama_vocab_n_tokens(v);
        f.context_tokens = llama_model_n_ctx_train(m);
        f.embedding_size = llama_model_n_embd_out(m);
        f.input_size = llama_model_n_embd_inp(m);
        f.layers = llama_model_n_layer(m);
        f.bos = f.eos = -1;
        if (llama_vocab_type(v) != LLAMA_VOCAB_TYPE_NONE) {
            f.bos = llama_vocab_bos(v);
            f.eos = llama_vocab_eos(v);
        }
        f.can_compute = !m->hparams.vocab_only;
        f.is_recurrent = llama_model_is_recurrent(m) || llama_model_is_hybrid(m);
        f.is_causal = m->hparams.causal_attn;
        f.pooling = m->hparams.pooling_type == LLAMA_POOLING_TYPE_UNSPECIFIED ? LLAMA_POOLING_TYPE_NONE
                                                                              : m->hparams.pooling_type;
        f.positions = (int32_t)m->hparams.n_pos_per_embd();
        f.unsupported = f.can_compute ? what_is_not_done(m) : "the file holds a vocabulary and no weights";
        f.chat_template = llama_model_chat_template(m, nullptr);
        f.architecture = llm_arch_name(m->arch);
        f.quantisation = llama_ftype_name(llama_model_ftype(m));
        f.parameters = (int64_t)llama_model_n_params(m);
        f.weight_bytes = (int64_t)llama_model_size(m);
        for (const auto &[type, bytes] : m->memory_breakdown())
            if (std::strcmp(ggml_backend_buft_name(type), "CPU_Mapped") != 0) f.private_bytes += (int64_t)bytes;
        *out = f;
        return XL_OK;
    });
}

int32_t xl_model_metadata(xl_call *call, const xl_model *model, int32_t index, char *key, int32_t key_size, char *value,
                          int32_t value_size) {
    return guarded(call, [&] {
        const llama_model *m = cast(model);
        if (index < 0 || index >= llama_model_meta_count(m)) return XL_FAILED;
        if (llama_model_meta_key_by_index(m, index, key, (size_t)key_size) < 0) return XL_FAILED;
        return llama_model_meta_val_str_by_index(m, index, value, (size_t)value_size) < 0 ? XL_FAILED : XL_OK;
    });
}

// Hangul syllables as their letters (Unicode 3.12). llama.cpp's own decomposition keeps the first letter of each, while BERT was
// trained with all of them.
static std::string hangul_letters(const char *text, int32_t len) {
    std::string out;
    auto        put = [&](unsigned c) {
        for (unsigned byte : { 0xE0 | c >> 12, 0x80 | (c >> 6 & 63), 0x80 | (c & 63) }) out += static_cast<char>(byte);
    };
    for (int32_t i = 0; i < len; i++) {
        auto     at = [&](int32_t k) { return static_cast<unsigned char>(text[i + k]); };
        unsigned s = 0;
        if (at(0) >= 0xEA && at(0) <= 0xED && len - i > 2 && (at(1) & 0xC0) == 0x80 && (at(2) & 0xC0) == 0x80)
            s = (at(0) & 15u) << 12 | (at(1) & 63u) << 6 | (at(2) & 63u);
        if (s < 0xAC00 || s > 0xD7A3) {
            out += text[i];
            continue;
        }
        s -= 0xAC00;
        put(0x1100 + s / 588);
        put(0x1161 + s % 588 / 28);
        if (s % 28) put(0x11A7 + s % 28);
        i += 2;
    }
    return out;
}

int32_t xl_tokenize(xl_call *call, const xl_model *model, const char *text, int32_t len, int32_t add_special,
                    int32_t parse_special, int32_t *tokens, int32_t capacity, int32_t *count) {
    return guarded(call, [&] {
        const llama_vocab *v = llama_model_get_vocab(cast(model));
        if (llama_vocab_type(v) == LLAMA_VOCAB_TYPE_NONE) throw std::runtime_error("the model has no vocabulary");
        std::string letters;
        if (llama_vocab_type(v) == LLAMA_VOCAB_TYPE_WPM && v->get_normalizer_opts().strip_accents) {
            letters = hangul_letters(text, len);
            if (letters.size() > INT32_MAX / 2) throw std::runtime_error("the text is too long");
            text = letters.data();
            len = (int32_t)letters.size();
        }
        int32_t n = llama_tokenize(v, text, len, tokens, capacity, add_special != 0, parse_special != 0);
        if (n == INT32_MIN) throw std::runtime_error("the text has more tokens than can be counted");
        *count = n < 0 ? -n : n;
        return XL_OK;
    });
}

int32_t xl_piece(xl_call *call, const xl_model *model, int32_t token, const char **bytes, int32_t *size, int32_t *flags) {
    return guarded(call, [&] {
        const llama_vocab *v = llama_model_get_vocab(cast(model));
        if (llama_vocab_type(v) == LLAMA_VOCAB_TYPE_NONE) throw std::runtime_error("the model has no vocabulary");
        const std::string &piece = v->token_to_piece(token); // kept by the vocabulary
        *bytes = piece.data();
        *size = (int32_t)piece.size();
        *flags = (llama_vocab_is_eog(v, token) ? XYBRID_PIECE_END : 0) |
                 (llama_vocab_is_control(v, token) ? XYBRID_PIECE_CONTROL : 0);
        return XL_OK;
    });
}

// ---- contexts ----

int32_t xl_context_open(xl_call *call, xl_model *model, const xl_context_options *options, xl_context **out) {
    usual_modes modes;
    return guarded(call, [&] {
        llama_context_params params = llama_context_default_params();
        params.n_ctx = (uint32_t)options->context_tokens;
        params.n_seq_max = (uint32_t)options->sequences;
        params.n_batch = (uint32_t)options->batch_tokens;
        params.n_ubatch = (uint32_t)options->micro_tokens;
        params.n_outputs_max = (uint32_t)options->output_rows;
        params.n_threads = params.n_threads_batch = 1;
        // none asked for: the model's own, which is none for one that generates
        params.pooling_type = options->pooling > 0 ? static_cast<enum llama_pooling_type>(options->pooling)
                                                   : LLAMA_POOLING_TYPE_UNSPECIFIED;
        params.embeddings = options->is_embedding != 0;
        params.kv_unified = true; // sequences may share a prefix
        params.swa_full = true;   // windows of attention can be cut, too
        params.no_perf = true;
        params.abort_callback = [](void *data) {
            auto *o = static_cast<const xl_context_options *>(data);
            return o->is_stopped(o->ctx) != 0;
        };
        params.abort_callback_data = const_cast<xl_context_options *>(options); // outlives the context
        llama_context *context = llama_init_from_model(cast(model), params);
        if (!context) return XL_FAILED;
        *out = reinterpret_cast<xl_context *>(context);
        return XL_OK;
    });
}

void xl_context_free(xl_call *call, xl_context *context) {
    if (!context) return;
    guarded(call, [&] {
        llama_free(cast(context));
        return XL_OK;
    });
}

int64_t xl_context_bytes(xl_call *call, const xl_context *context) {
    int64_t bytes = 0;
    guarded(call, [&] {
        for (const auto &[type, part] : llama_get_memory_breakdown(cast(context)))
            bytes += (int64_t)part.context + (int64_t)part.compute;
        return XL_OK;
    });
    return bytes;
}

void xl_context_use(xl_context *context, xl_pool *pool, int32_t threads) {
    llama_attach_threadpool(cast(context), cast(pool), cast(pool));
    llama_set_n_threads(cast(context), threads, threads);
}

int32_t xl_decode(xl_call *call, xl_context *context, const xl_batch *batch) {
    usual_modes modes;
    return guarded(call, [&] {
        llama_batch b = {};
        b.n_tokens = batch->count;
        b.token = const_cast<int32_t *>(batch->tokens);
        b.embd = const_cast<float *>(batch->vectors);
        b.pos = const_cast<int32_t *>(batch->positions);
        b.n_seq_id = batch->ones;
        b.seq_id = batch->lists;
        for (int32_t i = 0; i < batch->count; i++) batch->lists[i] = const_cast<int32_t *>(&batch->sequences[i]);
        b.logits = reinterpret_cast<int8_t *>(const_cast<uint8_t *>(batch->want));
        int32_t status = llama_decode(cast(context), b);
        llama_synchronize(cast(context));
        return status == 0 ? XL_OK : status == 1 ? XL_FULL : status == 2 ? XL_ABORTED : XL_FAILED;
    });
}

float *xl_logits(xl_call *call, xl_context *context, int32_t index) {
    float *row = nullptr;
    guarded(call, [&] {
        row = llama_get_logits_ith(cast(context), index);
        return XL_OK;
    });
    return row;
}

const float *xl_embedding(xl_call *call, xl_context *context, int32_t sequence) {
    const float *row = nullptr;
    guarded(call, [&] {
        row = llama_get_embeddings_seq(cast(context), sequence);
        return XL_OK;
    });
    return row;
}

int32_t xl_has_cache(const xl_context *context) { return memory_of(context) != nullptr; }

int32_t xl_can_shift(const xl_context *context) { return memory_of(context) && llama_memory_can_shift(memory_of(context)); }

int32_t xl_first(const xl_context *context, int32_t sequence) {
    return memory_of(context) ? llama_memory_seq_pos_min(memory_of(context), sequence) : -1;
}

int32_t xl_last(const xl_context *context, int32_t sequence) {
    return memory_of(context) ? llama_memory_seq_pos_max(memory_of(context), sequence) : -1;
}

int32_t xl_copy(xl_call *call, xl_context *context, int32_t from_sequence, int32_t to_sequence, int32_t from, int32_t to) {
    return guarded(call, [&] {
        llama_memory_seq_cp(memory_of(context), from_sequence, to_sequence, from, to);
        return XL_OK;
    });
}

int32_t xl_remove(xl_call *call, xl_context *context, int32_t sequence, int32_t from, int32_t to) {
    return guarded(call, [&] { return llama_memory_seq_rm(memory_of(context), sequence, from, to) ? XL_OK : XL_FAILED; });
}

int32_t xl_shift(xl_call *call, xl_context *context, int32_t sequence, int32_t from, int32_t delta) {
    return guarded(call, [&] {
        llama_memory_seq_add(memory_of(context), sequence, from, -1, delta);
        return XL_OK;
    });
}

int64_t xl_state_size(xl_call *call, xl_context *context, int32_t sequence) {
    int64_t bytes = 0;
    guarded(call, [&] {
        bytes = (int64_t)llama_state_seq_get_size(cast(context), sequence);
        return XL_OK;
    });
    return bytes;
}

int64_t xl_state_get(xl_call *call, xl_context *context, int32_t sequence, void *buffer, int64_t capacity) {
    int64_t bytes = 0;
    guarded(call, [&] {
        bytes = (int64_t)llama_state_seq_get_data(cast(context), static_cast<uint8_t *>(buffer), (size_t)capacity, sequence);
        return XL_OK;
    });
    return bytes;
}

int32_t xl_state_set(xl_call *call, xl_context *context, int32_t sequence, const void *bytes, int64_t size) {
    return guarded(call, [&] {
        size_t read = llama_state_seq_set_data(cast(context), static_cast<const uint8_t *>(bytes), (size_t)size, sequence);
        return read == (size_t)size ? XL_OK : XL_FAILED;
    });
}
