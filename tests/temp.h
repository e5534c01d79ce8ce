/* temp.h - a folder for a test's files, below the current one, on every system.
 *
 *     temp_open();
 *     const char *path = temp_file("a.bin", bytes, size);      // valid until temp_close
 *     temp_close();                                            // removes what temp_file, temp_path and temp_folder named
 */
#ifndef TEMP_H
#define TEMP_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#if defined(_WIN32)
#  include <direct.h>
#  define temp_mkdir_(path) _mkdir(path)
#  define temp_rmdir_(path) _rmdir(path)
#else
#  include <unistd.h>
#  define temp_mkdir_(path) mkdir((path), 0777)
#  define temp_rmdir_(path) rmdir(path)
#endif

#include "plat/clock.h"
#include "plat/fork.h"

static char temp_root_[64];
static char temp_names_[256][512];
static int  temp_count_;

static inline const char *temp_path(const char *name) {
    char *path = temp_names_[temp_count_++ % 256];
    snprintf(path, sizeof temp_names_[0], "%s/%s", temp_root_, name);
    return path;
}
static inline void temp_open(void) {
    snprintf(temp_root_, sizeof temp_root_, "xb_temp_%llx_%llx", (unsigned long long)xb_process_id(),
             (unsigned long long)xb_clock_ns());
    temp_count_ = 0;
    if (temp_mkdir_(temp_root_) != 0) printf("cannot make %s\n", temp_root_);
}
static inline const char *temp_file(const char *name, const void *bytes, size_t size) {
    const char *path = temp_path(name);
    FILE       *f = fopen(path, "wb");
    if (!f || fwrite(bytes, 1, size, f) != size) printf("cannot write %s\n", path);
    if (f) fclose(f);
    return path;
}
static inline const char *temp_folder(const char *name) {
    const char *path = temp_path(name);
    if (temp_mkdir_(path) != 0) printf("cannot make %s\n", path);
    return path;
}
static inline void temp_close(void) {
    int count = temp_count_ < 256 ? temp_count_ : 256;
    for (int i = count - 1; i >= 0; i--)
        if (remove(temp_names_[i]) != 0) (void)temp_rmdir_(temp_names_[i]);
    if (temp_rmdir_(temp_root_) != 0) printf("files were left in %s\n", temp_root_);
}

#endif
