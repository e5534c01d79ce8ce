/* bench/bench.h - what the benchmarks share: arguments, clocks, quantiles, figures as JSON, the machine they were taken on.
 *
 * A program measures its arms in turn, in one process or in fresh ones, so that what else the machine does falls on all of
 * them; it reports medians and quartiles, and says how busy the machine was. */
#ifndef BENCH_H
#define BENCH_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <xybrid/xybrid.h>

#if defined(__GNUC__)
#  define BENCH_PRINTF __attribute__((format(printf, 1, 2)))
#else
#  define BENCH_PRINTF
#endif

/* ---- arguments ---- */

typedef struct bench_arg {
    const char *name;  /* "--pairs" */
    const char *form;  /* "N"; "" = the argument stands alone, its value becomes "1" */
    const char *about; /* one line */
    const char *value; /* the default; NULL = none */
} bench_arg;

/* Reads the command line into `args`; prints the help and ends (0) for --help, ends with 2 for what it does not know. */
void bench_parse(int argc, char **argv, const char *about, bench_arg *args, size_t count);

/* A whole number from `least` to `most`; ends with 2 if the value is none. */
int bench_number(const bench_arg *arg, int least, int most);

/* "bench/NAME: ..." to standard error, then the end with 1. */
BENCH_PRINTF _Noreturn void bench_die(const char *format, ...);

/* Ends with the error's message if the call failed. */
void bench_check(xybrid_status status, const xybrid_error *err, const char *what);

void *bench_alloc(size_t count, size_t size); /* zeroed; ends the program if there is none */

/* ---- time ---- */

int64_t bench_wall_ns(void);        /* steady, the same in all processes */
int64_t bench_cpu_ns(void);         /* of the calling thread: leaves out the time for which others had the processor */
int64_t bench_process_cpu_ns(void); /* of all threads of this process */

/* ---- processes and their memory ---- */

/* The number behind `key`, up to its colon, in a file of /proc such as "/proc/self/smaps_rollup"; KiB. -1: it does not tell. */
long bench_proc_kib(const char *path, const char *key);

/* Runs this program again with `argv`, which ends with NULL, and waits. 1: it ended well and wrote `size` bytes to standard
 * output, now in `result`. 0: it did not; `why` says how it ended. */
int bench_spawn(const char *const *argv, void *result, size_t size, char why[64]);

/* ---- distributions ---- */

typedef struct bench_spread {
    double p25, p50, p75, p99;
} bench_spread;

/* Of `count` values, which are sorted in place. Between two values: linear. */
bench_spread bench_spread_of(double *values, size_t count);

/* ---- figures ---- */

typedef struct bench_json bench_json;

/* Opens the document {"bench": NAME, command, machine, versions ...}. `path` NULL: nothing is written, the calls below do
 * nothing. */
bench_json *bench_json_open(const char *path, const char *name);
void        bench_json_begin(bench_json *json, const char *key); /* an object */
void        bench_json_begin_list(bench_json *json, const char *key);
void        bench_json_begin_item(bench_json *json); /* an object, in a list */
void        bench_json_end(bench_json *json);        /* of the object or list at hand */
void        bench_json_text(bench_json *json, const char *key, const char *value);
void        bench_json_number(bench_json *json, const char *key, double value);
void        bench_json_spread(bench_json *json, const char *key, bench_spread spread);
void        bench_json_close(bench_json *json); /* adds the load of now; ends the program if the file cannot be written */

/* Two lines about the machine and its load, to standard output. */
void bench_print_machine(void);

#endif
