/* expectations.h - lists of cases by name: those that are left out, and those that are known to fail.
 *
 *     # a comment
 *     test_image_decoder_*    decoding of pictures is codec's work, not an operator's
 *
 * A line is a name, in which '*' stands for any letters, then blanks and the reason. */
#ifndef EXPECTATIONS_H
#define EXPECTATIONS_H

#include <stdint.h>

typedef struct expectation {
    char   *pattern, *reason;
    int32_t matches; /* how often it was found */
} expectation;

typedef struct expectations {
    char        *text;
    expectation *items;
    int32_t      count;
} expectations;

/* 1: read. 0: there is no such file. */
int  expectations_read(const char *path, expectations *out);
void expectations_free(expectations *e);

/* The first line whose pattern fits, counted; NULL if there is none. */
expectation *expectations_find(expectations *e, const char *name);

/* Does `name` fit the pattern? */
int pattern_fits(const char *pattern, const char *name);

#endif
