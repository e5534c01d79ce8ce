/* cli/new_file.c - files that appear complete. */
#include "new_file.h"

#include <errno.h>
#include <string.h>

#include "system.h"

int new_file_open(cli *c, const char *path, new_file *out) {
    const char *part = cli_text(c, "%s.part", path);
    FILE       *stream = system_open(part, "wb");
    if (!stream) return cli_fail("cannot write %s: %s", path, strerror(errno));
    *out = (new_file){ stream, path, part };
    return CLI_OK;
}

int new_file_close(new_file *f, int is_good) {
    int error = ferror(f->stream) ? EIO : 0;
    if (fflush(f->stream)) error = errno;
    if (fclose(f->stream) && !error) error = errno;
    if (is_good && !error && system_rename(f->part, f->path)) error = errno;
    if (is_good && !error) return CLI_OK;
    if (is_good) cli_fail("cannot write %s: %s", f->path, strerror(error));
    system_remove(f->part);
    return CLI_FAILED;
}
