/* Shows what the host may decide: where memory comes from and how much there is, who reads the log, how many threads work.
 *
 *     host model.onnx */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <xybrid/xybrid.h>

/* An allocator that counts. It may be called on several threads at once; this program has one thread alone (see `threads`). */
typedef struct counter {
    int64_t bytes, most_bytes;
} counter;

static void *count_alloc(void *ctx, int64_t size_bytes, int64_t align) {
    counter *c = ctx;
    char    *block = malloc((size_t)(size_bytes + align) + sizeof(void *));
    if (!block) return NULL;
    uintptr_t at = (uintptr_t)block + sizeof(void *);
    char     *memory = block + sizeof(void *) + (uintptr_t)(-(intptr_t)at & (align - 1));
    ((void **)(void *)memory)[-1] = block;
    c->bytes += size_bytes;
    if (c->bytes > c->most_bytes) c->most_bytes = c->bytes;
    return memory;
}

static void count_free(void *ctx, void *memory, int64_t size_bytes, int64_t align) {
    counter *c = ctx;
    (void)align;
    c->bytes -= size_bytes;
    free(((void **)memory)[-1]);
}

static void print_log(void *ctx, xybrid_log_level level, const char *room, const char *line) {
    fprintf(ctx, "[%d] %s: %s\n", (int)level, room, line);
}

int main(int argc, char **argv) {
    xybrid_error           err;
    counter                memory = { 0, 0 };
    xybrid_allocator       allocator = { sizeof allocator, 0, &memory, count_alloc, count_free };
    xybrid_runtime_options opt;
    xybrid_runtime        *rt = NULL;
    xybrid_model          *model = NULL;
    xybrid_stats           stats;
    if (argc != 2) return fprintf(stderr, "usage: host MODEL\n"), 2;
    xybrid_runtime_options_init(&opt, sizeof opt);
    opt.allocator = &allocator;
    opt.memory_budget_bytes = 16 << 20; /* beyond it: XYBRID_OUT_OF_MEMORY_BUDGET */
    opt.threads = 1;
    opt.log = print_log;
    opt.log_ctx = stderr;
    opt.log_level = XYBRID_LOG_INFO;
    int failed = xybrid_runtime_create(&opt, &rt, &err) ||
                 xybrid_model_load(rt, argv[1], NULL, &model, &err);
    if (failed) fprintf(stderr, "%s\n", err.message);
    xybrid_runtime_stats(rt, &stats);
    printf("models %d, threads %d, counted here %s there\n", (int)stats.models, (int)stats.threads,
           stats.private_bytes == memory.bytes ? "as" : "otherwise than");
    xybrid_model_free(model);
    xybrid_runtime_free(rt);
    printf("most %s 16 MB, left %lld bytes\n", memory.most_bytes <= 16 << 20 ? "within" : "beyond", (long long)memory.bytes);
    return failed;
}
