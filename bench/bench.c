/* bench/bench.c - see bench.h. */
#if !defined(_GNU_SOURCE)
#  define _GNU_SOURCE
#endif
#include "bench.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LINE_BYTES = 256, COMMAND_BYTES = 2048 };

static char program[64] = "bench"; /* the name for messages */
static char command[COMMAND_BYTES];

/* ---- arguments ---- */

_Noreturn void bench_die(const char *format, ...) {
    va_list args;
    fflush(stdout);
    fprintf(stderr, "bench/%s: ", program);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    exit(1);
}

void bench_check(xybrid_status status, const xybrid_error *err, const char *what) {
    if (status != XYBRID_OK) bench_die("%s: %s (%s)", what, err->message, xybrid_status_name(status));
}

void *bench_alloc(size_t count, size_t size) {
    void *memory = calloc(count, size);
    if (!memory) bench_die("no memory for %zu times %zu bytes", count, size);
    return memory;
}

static void print_help(const char *about, const bench_arg *args, size_t count) {
    printf("usage: bench/%s [arguments]\n\n%s\n\n", program, about);
    for (size_t i = 0; i < count; i++)
        if (args[i].about)
            printf("  %-9s %-6s %s%s%s%s\n", args[i].name, args[i].form, args[i].about, args[i].value ? " [" : "",
                   args[i].value ? args[i].value : "", args[i].value ? "]" : "");
    printf("  %-9s %-6s %s\n", "--help", "", "this text");
}

static void keep_command(int argc, char **argv) {
    const char *slash = strrchr(argv[0], '/');
    snprintf(program, sizeof program, "%s", slash ? slash + 1 : argv[0]);
    size_t at = 0;
    for (int i = 0; i < argc && at < sizeof command; i++) {
        int size = snprintf(command + at, sizeof command - at, "%s%s", i ? " " : "", argv[i]);
        if (size > 0) at += (size_t)size;
    }
}

static bench_arg *find_arg(bench_arg *args, size_t count, const char *name) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(args[i].name, name) == 0) return &args[i];
    return NULL;
}

void bench_parse(int argc, char **argv, const char *about, bench_arg *args, size_t count) {
    keep_command(argc, argv);
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            print_help(about, args, count);
            exit(0);
        }
        bench_arg *arg = find_arg(args, count, argv[i]);
        if (arg && !arg->form[0]) {
            arg->value = "1";
            continue;
        }
        if (!arg || i + 1 == argc) {
            fprintf(stderr, "bench/%s: %s %s; see --help\n", program, argv[i], arg ? "wants a value" : "is not known");
            exit(2);
        }
        arg->value = argv[++i];
    }
}

int bench_number(const bench_arg *arg, int least, int most) {
    char *end = NULL;
    long  value = strtol(arg->value, &end, 10);
    if (end == arg->value || *end || value < least || value > most) {
        fprintf(stderr, "bench/%s: %s is \"%s\", wanted a number from %d to %d\n", program, arg->name, arg->value, least, most);
        exit(2);
    }
    return (int)value;
}

/* ---- time ---- */

static int64_t read_clock(clockid_t clock) {
    struct timespec t;
    if (clock_gettime(clock, &t)) bench_die("the clock cannot be read");
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t bench_wall_ns(void) { return read_clock(CLOCK_MONOTONIC); }
int64_t bench_cpu_ns(void) { return read_clock(CLOCK_THREAD_CPUTIME_ID); }
int64_t bench_process_cpu_ns(void) { return read_clock(CLOCK_PROCESS_CPUTIME_ID); }

/* ---- distributions ---- */

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double quantile(const double *sorted, size_t count, double p) {
    double at = p * (double)(count - 1);
    size_t below = (size_t)at, above = below + 1 < count ? below + 1 : below;
    return sorted[below] + (sorted[above] - sorted[below]) * (at - (double)below);
}

bench_spread bench_spread_of(double *values, size_t count) {
    if (count == 0) return (bench_spread){ 0 };
    qsort(values, count, sizeof *values, compare);
    return (bench_spread){ quantile(values, count, 0.25), quantile(values, count, 0.5), quantile(values, count, 0.75),
                           quantile(values, count, 0.99) };
}

/* ---- the machine ---- */

/* The first value of `key` in a file of "key : value" lines. */
static void read_line(const char *path, const char *key, char out[LINE_BYTES]) {
    char  line[LINE_BYTES];
    FILE *file = fopen(path, "r");
    out[0] = 0;
    while (file && fgets(line, sizeof line, file)) {
        const char *colon = strchr(line, ':');
        if (strncmp(line, key, strlen(key)) != 0 || !colon) continue; /* cpuinfo has blanks before the colon */
        snprintf(out, LINE_BYTES, "%s", colon + 1 + strspn(colon + 1, " \t"));
        out[strcspn(out, "\n")] = 0;
        break;
    }
    if (file) fclose(file);
}

long bench_proc_kib(const char *path, const char *key) {
    char line[LINE_BYTES], *end;
    read_line(path, key, line);
    long kib = strtol(line, &end, 10);
    return end == line ? -1 : kib;
}

/* ---- processes ---- */

static int read_all(int file, void *out, size_t size) {
    size_t at = 0;
    for (ssize_t got; at < size && (got = read(file, (char *)out + at, size - at)) != 0;)
        if (got > 0) at += (size_t)got;
        else if (errno != EINTR) return 0;
    return at == size;
}

int bench_spawn(const char *const *argv, void *result, size_t size, char why[64]) {
    int ends[2], status = 0;
    fflush(stdout);
    if (pipe(ends)) bench_die("pipe: %s", strerror(errno));
    pid_t child = fork();
    if (child < 0) bench_die("fork: %s", strerror(errno));
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        execv("/proc/self/exe", (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    close(ends[1]);
    int is_read = read_all(ends[0], result, size);
    close(ends[0]);
    if (waitpid(child, &status, 0) < 0) bench_die("waitpid: %s", strerror(errno));
    if (WIFSIGNALED(status)) snprintf(why, 64, "%s", strsignal(WTERMSIG(status)));
    else if (WEXITSTATUS(status) || !is_read) snprintf(why, 64, "ended with %d", WEXITSTATUS(status));
    else return 1;
    return 0;
}

/* ---- the load ---- */

/* Processes that ran or waited, averaged over the last minute; -1 = unknown. */
static double load_of_now(void) {
    double load;
    return getloadavg(&load, 1) == 1 ? load : -1;
}

static const char *compiler(void) {
#if defined(__clang__)
    return "clang " __clang_version__;
#elif defined(__GNUC__)
    return "gcc " __VERSION__;
#else
    return "unknown";
#endif
}

static void read_system(char system[LINE_BYTES], char cpu[LINE_BYTES]) {
    struct utsname names;
    if (uname(&names)) memset(&names, 0, sizeof names);
    snprintf(system, LINE_BYTES, "%.60s %.60s %.60s", names.sysname, names.release, names.machine);
    read_line("/proc/cpuinfo", "model name", cpu);
}

void bench_print_machine(void) {
    char system[LINE_BYTES], cpu[LINE_BYTES];
    read_system(system, cpu);
    printf("%s, %ld processors (%s), load %.1f\n", system, sysconf(_SC_NPROCESSORS_ONLN), cpu, load_of_now());
    printf("xybrid %s, built with %s\n", xybrid_version(), compiler());
}

/* ---- figures ---- */

struct bench_json {
    FILE       *file;
    const char *path;
    int         depth;
    int         has_items;   /* in the object or list at hand */
    int         is_list[16]; /* by depth */
};

static void put_string(FILE *file, const char *text) {
    fputc('"', file);
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\') fprintf(file, "\\%c", c);
        else if (c < 0x20) fprintf(file, "\\u%04x", c);
        else fputc(c, file);
    }
    fputc('"', file);
}

static void put_key(bench_json *json, const char *key) {
    fprintf(json->file, "%s\n%*s", json->has_items ? "," : "", 2 * json->depth, "");
    put_string(json->file, key);
    fputs(": ", json->file);
    json->has_items = 1;
}

bench_json *bench_json_open(const char *path, const char *name) {
    if (!path) return NULL;
    char system[LINE_BYTES], cpu[LINE_BYTES];
    read_system(system, cpu);
    bench_json *json = bench_alloc(1, sizeof *json);
    *json = (bench_json){ .file = fopen(path, "w"), .path = path, .depth = 1 };
    if (!json->file) bench_die("%s cannot be written", path);
    fputc('{', json->file);
    bench_json_text(json, "bench", name);
    bench_json_text(json, "command", command);
    bench_json_text(json, "xybrid", xybrid_version());
    bench_json_text(json, "compiler", compiler());
    bench_json_text(json, "system", system);
    bench_json_text(json, "cpu", cpu);
    bench_json_number(json, "processors", (double)sysconf(_SC_NPROCESSORS_ONLN));
    bench_json_number(json, "load_at_start", load_of_now());
    return json;
}

static void begin(bench_json *json, char bracket) {
    fputc(bracket, json->file);
    json->has_items = 0;
    json->is_list[++json->depth] = bracket == '[';
}

void bench_json_begin(bench_json *json, const char *key) {
    if (!json) return;
    put_key(json, key);
    begin(json, '{');
}

void bench_json_begin_list(bench_json *json, const char *key) {
    if (!json) return;
    put_key(json, key);
    begin(json, '[');
}

void bench_json_begin_item(bench_json *json) {
    if (!json) return;
    fprintf(json->file, "%s\n%*s", json->has_items ? "," : "", 2 * json->depth, "");
    begin(json, '{');
}

void bench_json_end(bench_json *json) {
    if (!json) return;
    int is_list = json->is_list[json->depth--];
    fprintf(json->file, "\n%*s%c", 2 * json->depth, "", is_list ? ']' : '}');
    json->has_items = 1;
}

void bench_json_text(bench_json *json, const char *key, const char *value) {
    if (!json) return;
    put_key(json, key);
    put_string(json->file, value);
}

void bench_json_number(bench_json *json, const char *key, double value) {
    if (!json) return;
    put_key(json, key);
    if (isfinite(value)) fprintf(json->file, "%.10g", value);
    else fputs("null", json->file);
}

void bench_json_spread(bench_json *json, const char *key, bench_spread spread) {
    bench_json_begin(json, key);
    bench_json_number(json, "p25", spread.p25);
    bench_json_number(json, "p50", spread.p50);
    bench_json_number(json, "p75", spread.p75);
    bench_json_number(json, "p99", spread.p99);
    bench_json_end(json);
}

void bench_json_close(bench_json *json) {
    if (!json) return;
    bench_json_number(json, "load_at_end", load_of_now());
    fputs("\n}\n", json->file);
    int failed = ferror(json->file);
    if (fclose(json->file) || failed) bench_die("%s cannot be written", json->path);
    free(json);
}
