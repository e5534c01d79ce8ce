/* bench/speech.h - what the files of the program `speech` share: the child that is ours, and the lines that all children speak.
 *
 *     speech.c         the table, the rounds, what is printed
 *     speech_peer.c    a child process: started, told, asked
 *     speech_own.c     the child that runs Xybrid, through the public interface alone
 *     speech_rival.py  the children that run others
 *
 * A command is a line of its standard input, an answer a line of its standard output; times in ms, text up to the end:
 *
 *     (start)   ready LOAD LOAD_CPU BASE_KIB VERSION    BASE_KIB: peak memory before anything of the library was there
 *     run       done WALL CPU FIRST FIRST_CPU AUDIO_S PEAK_KIB TEXT
 *     partial   the same: FIRST until the first partial result, AUDIO_S what was heard by then
 *     profile   the same, TEXT being where the time goes (ours only)
 *     end */
#ifndef BENCH_SPEECH_H
#define BENCH_SPEECH_H

#include "bench.h"

enum { SPEECH_LINE_BYTES = 8192 };

typedef enum speech_task { TASK_DETECT, TASK_RECOGNISE, TASK_SPEAK } speech_task;

/* A child's load. */
typedef struct speech_ready {
    double ms, cpu_ms, base_kib;
    char   version[128];
} speech_ready;

/* A call. */
typedef struct speech_done {
    double ms, cpu_ms, first_ms, first_cpu_ms, audio_s, peak_kib;
    char   text[2048];
} speech_done;

/* ---- the parent's side ---- */

typedef struct speech_peer speech_peer;

/* Starts `path` (looked for in PATH) with `argv`, which ends with NULL. Ends the program if that cannot be. */
speech_peer *speech_peer_start(const char *path, const char *const *argv);

/* The child's first line. 1, or 0 if the child ended instead. */
int speech_peer_ready(speech_peer *p, speech_ready *out);

/* Tells, and waits for the answer. 1, or 0 if the child ended or its answer is none. */
int speech_peer_ask(speech_peer *p, const char *command, speech_done *out);

void speech_peer_end(speech_peer *p); /* tells it to end and waits; NULL is fine */

/* ---- the child that is ours ---- */

typedef struct speech_setting {
    const char *pack, *input; /* folder; WAV of 16 kHz, or a text of phonemes, a sentence a line */
    const char *cache;        /* absolute folder of packed weights; NULL = none */
    speech_task task;
    int         threads;
} speech_setting;

_Noreturn void speech_own(const speech_setting *s);

#endif
