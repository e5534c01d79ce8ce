/* resident.h - what soaks measure. */
#ifndef RESIDENT_H
#define RESIDENT_H

#include <unistd.h>

#include "check.h"

/* The process's resident set; 0 and a failed check if the system does not say. */
static inline double resident_bytes(void) {
    char  line[128] = "", *second = line;
    FILE *f = fopen("/proc/self/statm", "r"); /* pages: all of them, then those that are resident */
    CHECK(f && fgets(line, sizeof line, f) && (second = strchr(line, ' ')) != NULL);
    if (f) fclose(f);
    return second ? (double)strtol(second, NULL, 10) * (double)sysconf(_SC_PAGESIZE) : 0;
}

#endif
