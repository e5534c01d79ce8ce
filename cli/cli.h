/* cli/cli.h - what the commands of `xybrid` share: the program's memory, its streams, its exit codes.
 *
 *     main: table of commands -> options: arguments -> cmd_*: the work, through <xybrid/xybrid.h> -> output: results
 *
 * Results go to standard output, everything else to standard error. One thread. */
#ifndef CLI_H
#define CLI_H

#include <stdio.h>
#include <xybrid/xybrid.h>

#include "base/arena.h"
#include "base/str.h"

enum { CLI_OK = 0, CLI_FAILED = 1, CLI_USAGE = 2, CLI_SIGNALLED = 128 /* plus the signal's number */ };

typedef struct cli {
    xb_mem   mem;
    xb_arena arena;        /* names and paths, kept until the program ends */
    int      output_error; /* errno of the first write to standard output that failed, 0 if none */
} cli;

void cli_init(cli *c);

/* Writes out what is left, tells of a failed write (but not of a reader that left early) and frees all. Returns the exit
 * code: `code`, or CLI_FAILED if results were lost. */
int cli_end(cli *c, int code);

/* Zeroed memory and formatted text (letters of base/format.h, at most 4,095 bytes), kept until cli_end. When memory is out
 * they say so and end the program. */
void *cli_alloc(cli *c, size_t count, size_t size);
char *cli_text(cli *c, const char *fmt, ...) XB_PRINTF(2, 3);

/* A builder of text without a practical limit; freed by cli_print, or by xb_str_free. */
void cli_begin(cli *c, xb_str *s);

/* Writes the text to standard output at once, and frees it. After a failed write it does nothing. */
void cli_print(cli *c, xb_str *s);

/* Has the reader of standard output gone, or the disk run full? Then further work is in vain. */
int cli_output_is_closed(const cli *c);

/* "xybrid: ..." on standard error. Returns CLI_FAILED. */
int cli_fail(const char *fmt, ...) XB_PRINTF(1, 2);

/* A line on standard error under a failure: what to do next. */
void cli_hint(const char *fmt, ...) XB_PRINTF(1, 2);

/* Anything else that is no result: "wrote out.png". */
void cli_note(const char *fmt, ...) XB_PRINTF(1, 2);

/* Escape sequences for a terminal; "" when `f` is none, or NO_COLOR is set. */
typedef enum cli_style { CLI_PLAIN, CLI_BOLD, CLI_DIM, CLI_RED, CLI_GREEN, CLI_YELLOW } cli_style;
const char *cli_style_of(FILE *f, cli_style style);

/* Adds `text` and blanks up to `width` columns (UTF-8 characters). */
void cli_pad(xb_str *s, const char *text, size_t width);

#endif
