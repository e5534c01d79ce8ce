/* cli/options.h - the arguments of a command: one table reads them and makes the help.
 *
 *     typedef struct tool_args { common_args common; int loud; int64_t times; } tool_args;
 *     static const option options[] = {
 *         ROW_SWITCH(tool_args, loud, "--loud", "say it louder"),
 *         ROW_INT(tool_args, times, "--times", 1, 9, "how often"),
 *     };
 *     const command cmd_tool = { .name = "tool", .operand = "WORD", .summary = "one line", .text = "more lines",
 *                                .options = options, .option_count = 2, .args_size = sizeof(tool_args), .run = run };
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "cli.h"

typedef enum option_kind {
    OPTION_SWITCH, /* int: 1 if given */
    OPTION_TEXT,   /* const char *: the last one given, else NULL */
    OPTION_TEXTS,  /* option_texts: all that were given */
    OPTION_INT,    /* int64_t: min..max, XYBRID_AUTO if not given */
    OPTION_NUMBER, /* float: min..max, XYBRID_AUTO if not given */
    OPTION_MAYBE   /* option_maybe: may be followed by a file name with a suffix of `suffix` (or by =FILE, whatever its name) */
} option_kind;

typedef struct option_texts {
    const char **items;
    size_t       count;
} option_texts;

typedef struct option_maybe {
    int         given;
    const char *file; /* NULL if none */
} option_maybe;

typedef struct option {
    const char *name;   /* "--input" */
    const char *letter; /* "-i"; NULL if none */
    const char *value;  /* as the help shows it; NULL for a switch */
    const char *help;   /* lines */
    option_kind kind;
    size_t      field; /* offset in the command's arguments */
    int64_t     min, max;
    const char *suffix; /* ".json.png": one or the other */
} option;

#define ROW_SWITCH(type, field, name, help) { name, NULL, NULL, help, OPTION_SWITCH, offsetof(type, field), 0, 0, NULL }
#define ROW_TEXT(type, field, name, letter, value, help) \
    { name, letter, value, help, OPTION_TEXT, offsetof(type, field), 0, 0, NULL }
#define ROW_TEXTS(type, field, name, letter, value, help) \
    { name, letter, value, help, OPTION_TEXTS, offsetof(type, field), 0, 0, NULL }
#define ROW_INT(type, field, name, min, max, help) { name, NULL, "N", help, OPTION_INT, offsetof(type, field), min, max, NULL }
#define ROW_NUMBER(type, field, name, min, max, help) \
    { name, NULL, "X", help, OPTION_NUMBER, offsetof(type, field), min, max, NULL }
#define ROW_MAYBE(type, field, name, suffix, value, help) \
    { name, NULL, value, help, OPTION_MAYBE, offsetof(type, field), 0, 0, suffix }

/* Begins the arguments of each command. */
typedef struct common_args {
    const char *operand; /* NULL if none was given */
    int         help;
} common_args;

typedef struct command {
    const char   *name;
    const char   *operand; /* "MODEL", "[COMMAND]" if it may be left out; NULL if there is none */
    const char   *summary; /* one line without a full stop */
    const char   *text;    /* under the options: examples, environment; "" if none */
    const option *options;
    size_t        option_count;
    size_t        args_size;
    int (*run)(cli *c, const struct command *self, const void *args);
} command;

/* All commands, in the order of the help. */
extern const command *const commands[];
extern const size_t         command_count;

const command *command_find(const char *name);         /* NULL if there is none */
int            command_unknown(const char *name);      /* tells which one was meant; returns CLI_USAGE */
void           command_help(cli *c, const command *m); /* on standard output */

/* Reads argv[0..argc-1], what stands behind the command's name, into `args` (zeroed). CLI_OK or CLI_USAGE, then it was told. */
int options_read(cli *c, const command *m, int argc, char **argv, void *args);

/* The whole text as a number min..max. 0, or -1 if it is none. */
int number_read(const char *text, double min, double max, float *out);
int whole_number_read(const char *text, int64_t min, int64_t max, int64_t *out);

/* "xybrid: ..." and where the command's help is. Returns CLI_USAGE. */
int usage_fail(const command *m, const char *fmt, ...) XB_PRINTF(2, 3);

#endif
