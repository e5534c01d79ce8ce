/* bench/engines.h - what the files of the program `engines` share: the table's entries, recorded inputs, what a child finds.
 *
 *     engines.c          the table, the rounds, what is printed
 *     engines_record.c   the inputs of an entry: caught from the zoo's driver of the model (tests/zoo), kept in a file
 *     engines_child.c    one process that measures one thing of one entry */
#ifndef BENCH_ENGINES_H
#define BENCH_ENGINES_H

#include "zoo/zoo.h"

#include "bench.h"

enum { NATIVE, ORT, ARMS, MAX_NETS = 3, MAX_NET_PORTS = 128, NAME_BYTES = 128, PATH_BYTES = 1024 };

/* A line of the table: the nets that run one after the other, each as the zoo's driver runs it for the nth time. */
typedef struct entry {
    const char *name, *model; /* the zoo's */
    int         is_extra;     /* not in the means */
    int         net_count;
    struct {
        int file, run; /* of zoo_model.files; from 0 */
    } nets[MAX_NETS];
} entry;

/* ---- inputs ---- */

typedef struct port {
    char    name[NAME_BYTES];
    int32_t dtype, rank, is_wanted, reserved;
    int64_t dims[XB_MAX_RANK], size_bytes;
    int64_t at; /* of the bytes of an input, from the start of the file */
} port;

typedef struct net_record {
    char    path[PATH_BYTES]; /* absolute */
    int32_t input_count, output_count;
    port    inputs[MAX_NET_PORTS], outputs[MAX_NET_PORTS];
} net_record;

typedef struct record {
    int32_t    net_count;
    char      *bytes; /* the whole file */
    net_record nets[MAX_NETS];
} record;

/* Drives the model with ONNX Runtime of `library` until all is caught. Ends the program if that fails. */
void record_make(const entry *e, const char *library, const char *path);
void record_read(const char *path, record *out);

/* ---- a child ---- */

typedef struct child_setting {
    const char *library; /* absolute, of ONNX Runtime */
    const char *record;
    const char *cache; /* folder of native's packed weights, NULL = packed anew by each process, in private memory */
    int         threads, spins, round;
} child_setting;

enum { CPU, WALL, CLOCKS };

typedef struct times { /* ms by clock, of the arms; medians of this process */
    double create[ARMS][CLOCKS], first[ARMS][CLOCKS], run[ARMS][CLOCKS];
    char   failure[256];
} times;

typedef struct memory {
    int64_t private_bytes, peak_bytes; /* growth: sessions and runs, the caller's outputs not among them */
    int64_t library_bytes;             /* growth before that: library, environment, threads */
    double  library_ms;
    int64_t live_bytes, block_bytes, scratch_bytes, plan_bytes, packed_bytes; /* as the native engine says */
    char    failure[256];
} memory;

enum { MAX_GROUPS = 48, MAX_TOP = 16 };
typedef struct profile {
    double total_ms;
    int    group_count, top_count;
    struct {
        char   kernel[40];
        int    steps;
        double ms;
    } groups[MAX_GROUPS]; /* the longest first; the last may hold what found no room */
    struct {
        char   text[120];
        double ms;
    } top[MAX_TOP];
    char failure[256];
} profile;

/* Each measures in this process, which then ends. */
void child_prime(const child_setting *s);
void child_times(const child_setting *s, times *out);
void child_memory(const child_setting *s, int which, memory *out);
void child_profile(const child_setting *s, profile *out);

#endif
