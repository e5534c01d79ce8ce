/* corpus_driver.c - runs a fuzz target over files, with any compiler: every seed as it is, cut short, and with bytes flipped.
 *
 *     fuzz_wav_corpus fuzz/corpus/wav [more files or folders]
 *
 * The same changes on every run (a small generator with a fixed start), so that a failure comes again. */
#define _GNU_SOURCE
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A target's own mutator names it; nothing calls that one here, and not every linker leaves it out. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t capacity);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t capacity) {
    (void)data, (void)capacity;
    return size;
}

enum { CHANGES = 64, LARGEST = 1 << 20 };
static long runs;

static uint32_t random_state = 1;
static uint32_t next_random(void) { return random_state = random_state * 1664525u + 1013904223u, random_state >> 8; }

/* In a block of exactly this size, so that a sanitizer sees a read beyond its end. */
static void run(const uint8_t *bytes, size_t size) {
    uint8_t *copy = malloc(size ? size : 1);
    if (!copy) exit(1);
    if (size) memcpy(copy, bytes, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
    runs++;
}

static void run_file(const char *path) {
    FILE *f = fopen(path, "rb");
    if (!f) {
        fprintf(stderr, "cannot open %s\n", path);
        exit(1);
    }
    uint8_t *bytes = malloc(LARGEST), *changed = malloc(LARGEST);
    if (!bytes || !changed) exit(1);
    size_t size = fread(bytes, 1, LARGEST, f);
    fclose(f);
    run(bytes, size);
    for (int i = 0; i < CHANGES && size; i++) {
        run(bytes, next_random() % size);
        memcpy(changed, bytes, size);
        for (uint32_t n = 1 + next_random() % 4; n; n--) changed[next_random() % size] ^= (uint8_t)(1 + next_random() % 255);
        run(changed, size);
    }
    free(bytes);
    free(changed);
}

static void run_path(const char *path) {
    struct stat st;
    if (stat(path, &st)) {
        fprintf(stderr, "no corpus at %s\n", path);
        exit(1);
    }
    if (!S_ISDIR(st.st_mode)) {
        run_file(path);
        return;
    }
    DIR *dir = opendir(path);
    if (!dir) exit(1);
    for (struct dirent *e; (e = readdir(dir));) {
        char name[4096];
        if (e->d_name[0] == '.') continue;
        snprintf(name, sizeof name, "%s/%s", path, e->d_name);
        run_path(name);
    }
    closedir(dir);
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: %s FILE|FOLDER...\n", argv[0]);
        return 2;
    }
    run((const uint8_t *)"", 0);
    for (int i = 1; i < argc; i++) run_path(argv[i]);
    printf("%ld runs\n", runs);
    return 0;
}
