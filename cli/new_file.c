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
    errno = 0;
    int is_written = fflush(f->stream) == 0 && !ferror(f->stream);
    int error = errno;
    is_written = fclose(f->stream) == 0 && is_written;
    if (is_good && is_written && system_rename(f->part, f->path) == 0) return CLI_OK;
    if (is_good) cli_fail("cannot write %s: %s", f->path, strerror(error ? error : errno ? errno : EIO));
    system_remove(f->part);
    return CLI_FAILED;
}
