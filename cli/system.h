/* cli/system.h - what differs between systems: one implementation each, system_posix.c and system_windows.c.
 * Paths and texts are UTF-8 everywhere. */
#ifndef SYSTEM_H
#define SYSTEM_H

#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/format.h"
#include "base/str.h"

/* First call of main: UTF-8 arguments (kept in `arena`), binary standard streams, escape sequences on the terminal; a closed
 * pipe becomes a failed write. Returns 0, or -1 without memory. */
int system_start(xb_arena *arena, int *argc, char ***argv);

const char *system_env(xb_arena *arena, const char *name); /* NULL if unset or empty */
void        system_set_env(const char *name, const char *value);

int    system_is_terminal(FILE *f);
double system_now_ms(void); /* only differences mean something */

int64_t system_peak_bytes(void); /* the most memory that this process has had in RAM; -1 if it cannot be known */

/* A line of standard input without its end, added to `line`; of a terminal, what was typed and edited there. 1, 0 at the end of
 * the input, or -1 with errno set. */
int system_read_line(xb_str *line);

typedef enum system_kind { SYSTEM_NOTHING, SYSTEM_FILE, SYSTEM_FOLDER } system_kind;
system_kind system_kind_of(const char *path);
int64_t     system_size_bytes(const char *path); /* of a file; -1 if there is none */

FILE *system_open(const char *path, const char *mode); /* as fopen */
int   system_rename(const char *from, const char *to); /* replaces; 0 = done, else errno is set */
int   system_remove(const char *path);                 /* a file */
int   system_make_folder(const char *path);            /* 0 also if it is there; else errno is set */

/* Calls fn for each entry but "." and "..", in no order. 0, or -1 if the folder cannot be read. */
int system_list(const char *folder, void (*fn)(void *ctx, const char *name), void *ctx);

/* In `arena`; NULL if it cannot be known. */
const char *system_absolute(xb_arena *arena, const char *path); /* also of what does not exist yet */
const char *system_program_folder(xb_arena *arena);             /* where this program lies */
const char *system_data_folder(xb_arena *arena);                /* of the user: ~/.local/share, %LOCALAPPDATA% */

int system_is_separator(char c); /* '/', on Windows '\\' too */

/* Ctrl-C, or the polite request to end: from now on the first one calls fn(ctx, signal) on a thread of its own, and a second
 * one ends the program. One at a time. 0, or -1 if it cannot be had: then the system's default stays. */
int system_on_interrupt(void (*fn)(void *ctx, int signal), void *ctx);

/* From now on the next one is a first one again. When it returns, fn is not running; it may run anew at any time. */
void system_rearm_interrupt(void);

/* Back to the system's default; when it returns, fn is not running and never will be. Also if system_on_interrupt failed. */
void system_off_interrupt(void);

#endif
