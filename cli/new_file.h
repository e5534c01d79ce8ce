/* cli/new_file.h - writes a file whole or not at all: under a temporary name, then renamed.
 *
 *     new_file f;
 *     if (new_file_open(c, "out.json", &f)) return CLI_FAILED;
 *     fputs(text, f.stream);
 *     return new_file_close(&f, 1); */
#ifndef NEW_FILE_H
#define NEW_FILE_H

#include "cli.h"

typedef struct new_file {
    FILE       *stream;
    const char *path, *part;
} new_file;

/* CLI_OK, or CLI_FAILED after it was told. */
int new_file_open(cli *c, const char *path, new_file *out);

/* is_good 0: the content failed, which the caller has told; the file is dropped. CLI_OK, or CLI_FAILED, told here. */
int new_file_close(new_file *f, int is_good);

#endif
