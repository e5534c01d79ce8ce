/* bench/language_peer.c - llama-bench's measurement loop (llama.cpp, tools/llama-bench: test_prompt, test_gen) on the archives
 * that the plug-in is linked from. Started by bench/language, which tells it what to measure, a line each:
 *
 *     pp 512          a prompt of 512 tokens from an empty cache  ->  "WALL_NS CPU_NS" on standard output
 *     tg 128          128 tokens, one after another
 *
 *     build/llama/language_peer MODEL THREADS
 *
 * As llama-bench sets it up: batches of 2048 tokens, 512 at once, a thread pool for each measurement, which polls at level 50: a
 * pool that outlived it would go on for 400 ms in the other's turn. */
#if !defined(_GNU_SOURCE)
#  define _GNU_SOURCE
#endif
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "llama.h"

enum { MAX_TOKENS = 2048 };

typedef struct ggml_threadpool *(*pool_new)(struct ggml_threadpool_params *);
typedef void (*pool_free)(struct ggml_threadpool *);

static void quiet(enum ggml_log_level level, const char *text, void *data) { (void)level, (void)text, (void)data; }

static int64_t now_ns(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* `count` random tokens, `step` in each batch. */
static int run(struct llama_context *context, int32_t count, int32_t step, int32_t vocabulary) {
    llama_token tokens[MAX_TOKENS];
    llama_memory_clear(llama_get_memory(context), false);
    for (int32_t done = 0; done < count; done += step) {
        int32_t n = count - done < step ? count - done : step;
        for (int32_t i = 0; i < n; i++) tokens[i] = rand() % vocabulary;
        if (llama_decode(context, llama_batch_get_one(tokens, n)) != 0) return 1;
        llama_synchronize(context);
    }
    return 0;
}

int main(int argc, char **argv) {
    if (argc != 3) return fprintf(stderr, "language_peer MODEL THREADS\n"), 2;
    int threads = atoi(argv[2]), failed = 0;
    llama_log_set(quiet, NULL);
    struct llama_model *model = llama_model_load_from_file(argv[1], llama_model_default_params());
    if (!model) return fprintf(stderr, "%s does not load\n", argv[1]), 2;
    struct llama_context_params params = llama_context_default_params();
    params.n_ctx = MAX_TOKENS;
    params.n_batch = MAX_TOKENS;
    params.n_ubatch = 512;
    params.n_threads = params.n_threads_batch = threads;
    struct llama_context *context = llama_init_from_model(model, params);

    ggml_backend_reg_t            reg = ggml_backend_dev_backend_reg(ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU));
    pool_new                      make = (pool_new)ggml_backend_reg_get_proc_address(reg, "ggml_threadpool_new");
    pool_free                     end = (pool_free)ggml_backend_reg_get_proc_address(reg, "ggml_threadpool_free");
    struct ggml_threadpool_params pool_params = ggml_threadpool_params_default(threads);
    pool_params.poll = 50;
    if (!context || !make || !end) return fprintf(stderr, "no context\n"), 2;

    int32_t vocabulary = llama_vocab_n_tokens(llama_model_get_vocab(model)), count;
    char    line[64], what[8];
    while (!failed && fgets(line, sizeof line, stdin)) {
        if (sscanf(line, "%7s %d", what, &count) != 2 || count < 1 || count > MAX_TOKENS - 256) return 2;
        ggml_threadpool_t pool = make(&pool_params);
        if (!pool) return fprintf(stderr, "no threads\n"), 2;
        llama_attach_threadpool(context, pool, NULL);
        int64_t wall = now_ns(CLOCK_MONOTONIC), cpu = now_ns(CLOCK_PROCESS_CPUTIME_ID);
        failed = run(context, count, strcmp(what, "pp") == 0 ? MAX_TOKENS : 1, vocabulary);
        wall = now_ns(CLOCK_MONOTONIC) - wall;
        cpu = now_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
        llama_detach_threadpool(context);
        end(pool);
        printf("%lld %lld\n", (long long)wall, (long long)cpu);
        fflush(stdout);
    }
    llama_free(context);
    llama_model_free(model);
    return failed;
}
