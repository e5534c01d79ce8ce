/* greedy - a plain program on llama.h, the independent reference of libxybrid-llama: greedy token ids for each line of standard
 * input, on the same archives. Nothing of ours but the prompts.
 *
 *     build/llama/greedy MODEL THREADS COUNT [PLUGIN] <prompts.txt
 *
 * A line of the output: the ids of the prompt, "=>", the ids that follow. COUNT ids at most; an end of generation ends the
 * line. With PLUGIN (the path of libxybrid-llama.so) it loads that first: two llama.cpp and two ggml in one program, which must
 * not meet. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "llama.h"

enum { MAX_TOKENS = 2048 };

static void quiet(enum ggml_log_level level, const char *text, void *data) { (void)level, (void)text, (void)data; }

static int answer(struct llama_model *model, const char *prompt, int threads, int count) {
    const struct llama_vocab   *vocab = llama_model_get_vocab(model);
    struct llama_context_params params = llama_context_default_params();
    params.n_ctx = MAX_TOKENS;
    params.n_threads = params.n_threads_batch = threads;
    struct llama_context *context = llama_init_from_model(model, params);
    if (!context) return 1;
    llama_token tokens[MAX_TOKENS];
    int         n = llama_tokenize(vocab, prompt, (int)strlen(prompt), tokens, MAX_TOKENS / 2, true, true), failed = n <= 0;
    for (int i = 0; i < n; i++) printf("%d ", tokens[i]);
    printf("=>");
    for (int made = 0, at = 0; !failed && made < count; made++) {
        if (llama_decode(context, llama_batch_get_one(tokens + at, n - at)) != 0) failed = 1;
        const float *logits = llama_get_logits_ith(context, -1);
        llama_token  best = 0;
        for (llama_token t = 1; logits && t < llama_vocab_n_tokens(vocab); t++)
            if (logits[t] > logits[best]) best = t;
        printf(" %d", best);
        if (llama_vocab_is_eog(vocab, best)) break;
        at = n;
        tokens[n++] = best;
    }
    printf("\n");
    llama_free(context);
    return failed;
}

int main(int argc, char **argv) {
    if (argc < 4 || argc > 5) return fprintf(stderr, "greedy MODEL THREADS COUNT [PLUGIN] <prompts.txt\n"), 2;
    llama_log_set(quiet, NULL);
    if (argc == 5) {
        void *plugin = dlopen(argv[4], RTLD_NOW | RTLD_LOCAL);
        if (!plugin || !dlsym(plugin, "xybrid_engine_entry")) return fprintf(stderr, "%s does not load\n", argv[4]), 2;
    }
    struct llama_model *model = llama_model_load_from_file(argv[1], llama_model_default_params());
    if (!model) return fprintf(stderr, "%s does not load\n", argv[1]), 2;
    char line[4096];
    int  failed = 0;
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = 0;
        failed |= answer(model, line, atoi(argv[2]), atoi(argv[3]));
    }
    llama_model_free(model);
    return failed;
}
