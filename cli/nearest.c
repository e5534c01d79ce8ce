/* cli/nearest.c - edit distance of short names (optimal string alignment). */
#include "nearest.h"

#include <string.h>

#include "base/str.h"

enum { WORD_MAX = 63 };

static int least(int a, int b) { return a < b ? a : b; }

/* Insertions, deletions, replacements and swaps of neighbours that make `b` of `a`; both at most WORD_MAX bytes. */
static int edits_between(const char *a, const char *b) {
    int    rows[3][WORD_MAX + 1]; /* i - 2, i - 1 and i, in turn */
    size_t size_a = strlen(a), size_b = strlen(b);
    for (size_t j = 0; j <= size_b; j++) rows[0][j] = (int)j;
    for (size_t i = 1; i <= size_a; i++) {
        int *now = rows[i % 3], *before = rows[(i + 2) % 3], *two_before = rows[(i + 1) % 3];
        now[0] = (int)i;
        for (size_t j = 1; j <= size_b; j++) {
            int cost = a[i - 1] != b[j - 1];
            now[j] = least(least(before[j] + 1, now[j - 1] + 1), before[j - 1] + cost);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) now[j] = least(now[j], two_before[j - 2] + 1);
        }
    }
    return rows[size_a % 3][size_b];
}

void nearest_offer(nearest *n, const char *name) {
    size_t size = strlen(n->word);
    if (size == 0 || size > WORD_MAX || strlen(name) > WORD_MAX) return;
    int limit = size < 3 ? 1 : (int)((size + 2) / 3);
    int edits = size >= 3 && xb_starts_with(name, n->word) ? 1 : edits_between(n->word, name);
    if (edits > limit || (n->name && edits >= n->edits)) return;
    n->name = name;
    n->edits = edits;
}
