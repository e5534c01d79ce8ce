/* cli/system_posix.c - Linux, macOS and other POSIX systems. */
#define _GNU_SOURCE       /* POSIX 2008 in full, with any -std */
#define _FILE_OFFSET_BITS 64
#include "system.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#ifdef __APPLE__
#  include <mach-o/dyld.h>
#endif

#include "base/atomic.h"

#ifndef PATH_MAX
#  define PATH_MAX 4096
#endif

int system_start(xb_arena *arena, int *argc, char ***argv) { // NOLINT(readability-non-const-parameter): Windows writes them
    (void)arena, (void)argc, (void)argv;
    signal(SIGPIPE, SIG_IGN);
    return 0;
}

const char *system_env(xb_arena *arena, const char *name) {
    (void)arena;
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

void system_set_env(const char *name, const char *value) { setenv(name, value, 1); }

int system_is_terminal(FILE *f) { return isatty(fileno(f)); }

double system_now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

int64_t system_peak_bytes(void) {
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage)) return -1;
#ifdef __APPLE__
    return usage.ru_maxrss;
#else
    return (int64_t)usage.ru_maxrss * 1024;
#endif
}

int system_read_line(xb_str *line) {
    int c = getchar();
    for (errno = 0; c != EOF && c != '\n'; c = getchar()) xb_str_addc(line, (char)c);
    if (ferror(stdin)) return -1;
    return c != EOF || line->size > 0;
}

system_kind system_kind_of(const char *path) {
    struct stat st;
    if (stat(path, &st)) return SYSTEM_NOTHING;
    return S_ISDIR(st.st_mode) ? SYSTEM_FOLDER : SYSTEM_FILE;
}

int64_t system_size_bytes(const char *path) {
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) ? (int64_t)st.st_size : -1;
}

FILE *system_open(const char *path, const char *mode) { return fopen(path, mode); }

int system_rename(const char *from, const char *to) { return rename(from, to); }

int system_remove(const char *path) { return unlink(path); }

int system_make_folder(const char *path) {
    if (mkdir(path, 0777) == 0) return 0;
    return errno == EEXIST && system_kind_of(path) == SYSTEM_FOLDER ? 0 : -1;
}

int system_list(const char *folder, void (*fn)(void *ctx, const char *name), void *ctx) {
    DIR *dir = opendir(folder);
    if (!dir) return -1;
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) fn(ctx, entry->d_name);
    }
    closedir(dir);
    return 0;
}

const char *system_absolute(xb_arena *arena, const char *path) {
    xybrid_error err;
    char         folder[PATH_MAX], joined[2 * PATH_MAX];
    if (path[0] == '/') return xb_arena_strndup(arena, path, strlen(path), &err);
    if (!getcwd(folder, sizeof folder)) return NULL;
    size_t size = xb_format(joined, sizeof joined, "%s/%s", strcmp(folder, "/") == 0 ? "" : folder, path);
    return xb_arena_strndup(arena, joined, size, &err);
}

/* The program's own file, or NULL. */
static const char *program_file(char path[PATH_MAX]) {
#ifdef __APPLE__
    char     found[PATH_MAX];
    uint32_t size = sizeof found;
    return _NSGetExecutablePath(found, &size) == 0 ? realpath(found, path) : NULL;
#else
    return realpath("/proc/self/exe", path);
#endif
}

const char *system_program_folder(xb_arena *arena) {
    xybrid_error err;
    char         path[PATH_MAX];
    const char  *end = program_file(path) ? strrchr(path, '/') : NULL;
    if (!end) return NULL;
    return xb_arena_strndup(arena, path, end == path ? 1 : (size_t)(end - path), &err);
}

const char *system_data_folder(xb_arena *arena) {
    xybrid_error err;
    char         path[PATH_MAX];
    const char  *data = system_env(arena, "XDG_DATA_HOME"), *home = system_env(arena, "HOME");
    if (data && data[0] == '/') return data;
    if (!home) return NULL;
    size_t size = xb_format(path, sizeof path, "%s/.local/share", home);
    return xb_arena_strndup(arena, path, size, &err);
}

int system_is_separator(char c) { return c == '/'; }

/* ---- Ctrl-C: a thread waits for the signals, which all others block. So fn runs in no handler and may do anything. ---- */

static struct {
    pthread_t       thread;
    sigset_t        signals, mask_before;
    int             is_on;
    xb_atomic32     is_ending;
    pthread_mutex_t mutex;    /* while fn runs, and of first_ms */
    double          first_ms; /* when the first one came; -1 = none yet */
    void (*fn)(void *ctx, int signal);
    void *ctx;
} interrupt = { .mutex = PTHREAD_MUTEX_INITIALIZER };

/* `timeout` and some shells send one signal to the process and to its group: what follows at once is no second wish. */
static const double same_wish_ms = 250;

static void *wait_for_signals(void *arg) {
    for (int number = 0;;) {
        if (sigwait(&interrupt.signals, &number) || xb_atomic_get(&interrupt.is_ending)) return arg;
        double now_ms = system_now_ms();
        pthread_mutex_lock(&interrupt.mutex);
        if (interrupt.first_ms < 0) {
            interrupt.first_ms = now_ms;
            interrupt.fn(interrupt.ctx, number);
        } else if (now_ms - interrupt.first_ms > same_wish_ms) {
            _exit(128 + number);
        }
        pthread_mutex_unlock(&interrupt.mutex);
    }
}

/* A signal that the starter of this program ignores (nohup, a shell's background job) stays ignored. */
static int add_unless_ignored(int number) {
    struct sigaction now;
    if (sigaction(number, NULL, &now) || now.sa_handler == SIG_IGN) return 0;
    return sigaddset(&interrupt.signals, number) == 0;
}

int system_on_interrupt(void (*fn)(void *ctx, int signal), void *ctx) {
    interrupt.fn = fn;
    interrupt.ctx = ctx;
    interrupt.first_ms = -1;
    xb_atomic_set(&interrupt.is_ending, 0);
    sigemptyset(&interrupt.signals);
    if (add_unless_ignored(SIGINT) + add_unless_ignored(SIGTERM) == 0) return -1;
    if (pthread_sigmask(SIG_BLOCK, &interrupt.signals, &interrupt.mask_before)) return -1;
    interrupt.is_on = pthread_create(&interrupt.thread, NULL, wait_for_signals, NULL) == 0;
    if (!interrupt.is_on) pthread_sigmask(SIG_SETMASK, &interrupt.mask_before, NULL);
    return interrupt.is_on ? 0 : -1;
}

void system_rearm_interrupt(void) {
    pthread_mutex_lock(&interrupt.mutex);
    interrupt.first_ms = -1;
    pthread_mutex_unlock(&interrupt.mutex);
}

void system_off_interrupt(void) {
    if (!interrupt.is_on) return;
    xb_atomic_set(&interrupt.is_ending, 1);
    pthread_kill(interrupt.thread, sigismember(&interrupt.signals, SIGINT) == 1 ? SIGINT : SIGTERM);
    pthread_join(interrupt.thread, NULL);
    pthread_sigmask(SIG_SETMASK, &interrupt.mask_before, NULL);
    interrupt.is_on = 0;
}
