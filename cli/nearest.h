/* cli/nearest.h - "did you mean ...?": the known name that is closest to a mistyped one.
 *
 *     nearest n = { .word = "dcotor" };
 *     for each name: nearest_offer(&n, name);
 *     if (n.name) ...                          // "doctor"
 */
#ifndef NEAREST_H
#define NEAREST_H

typedef struct nearest {
    const char *word; /* what was typed */
    const char *name; /* closest so far; NULL if none is close enough */
    int         edits;
} nearest;

/* Close enough: a third of the word's letters inserted, left out, replaced or swapped with the next; or `name` begins with
 * the word. */
void nearest_offer(nearest *n, const char *name);

#endif
