/* case_report.c - tables are built from sorted keys, one for each way of counting. */
#include "case_report.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct row {
    char    key[128];
    int32_t counts[CASE_OUTCOMES];
} row;

typedef struct table {
    row    *rows;
    int32_t count;
} table;

static void add(table *t, const char *key, int32_t outcome) {
    row *r = NULL;
    for (int32_t i = 0; !r && i < t->count; i++)
        if (strcmp(t->rows[i].key, key) == 0) r = &t->rows[i];
    if (!r) {
        row *rows = realloc(t->rows, ((size_t)t->count + 1) * sizeof *rows);
        if (!rows) exit(1);
        t->rows = rows;
        r = &rows[t->count++];
        memset(r, 0, sizeof *r);
        snprintf(r->key, sizeof r->key, "%s", key);
    }
    r->counts[outcome]++;
}

static int by_key(const void *a, const void *b) { return strcmp(((const row *)a)->key, ((const row *)b)->key); }

static void print(table *t, const char *title) {
    if (t->count == 0) return;
    qsort(t->rows, (size_t)t->count, sizeof *t->rows, by_key);
    printf("\n%-44s %8s %8s %9s\n", title, "passed", "failed", "left out");
    for (int32_t i = 0; i < t->count; i++) {
        const row *r = &t->rows[i];
        printf("%-44s", r->key);
        for (int o = 0; o < CASE_OUTCOMES; o++) {
            if (r->counts[o]) printf(o == CASE_LEFT_OUT ? " %9d" : " %8d", r->counts[o]);
            else printf(o == CASE_LEFT_OUT ? " %9s" : " %8s", ".");
        }
        printf("\n");
    }
    free(t->rows);
    *t = (table){ 0 };
}

static void print_operators(const op_case *const *cases, const case_verdict *verdicts, int32_t count) {
    table t = { 0 };
    char  key[256];
    for (int32_t i = 0; i < count; i++) {
        const op_case *c = cases[i];
        if (!c->op[0]) snprintf(key, sizeof key, "(%s models)", c->category);
        else snprintf(key, sizeof key, "%s%s%s", c->domain, c->domain[0] ? ":" : "", c->op);
        add(&t, key, verdicts[i].outcome);
    }
    print(&t, "operator");
}

static void print_values(const case_verdict *verdicts, int32_t count) {
    static const char *const names[] = {
        "strings", "sequences", "optionals", "16-bit floats", "8, 6 or 4-bit floats", "4 or 2-bit integers"
    };
    table t = { 0 };
    for (int32_t i = 0; i < count; i++)
        for (int b = 0; b < 6; b++)
            if (verdicts[i].values >> b & 1) add(&t, names[b], verdicts[i].outcome);
    print(&t, "with inputs or outputs of");
}

static void print_totals(const op_case *const *cases, const case_verdict *verdicts, int32_t count) {
    table t = { 0 };
    char  key[256];
    for (int32_t i = 0; i < count; i++) {
        const op_case *c = cases[i];
        if (c->domain[0]) snprintf(key, sizeof key, "%s", c->domain);
        else if (c->op[0]) snprintf(key, sizeof key, "ai.onnx");
        else snprintf(key, sizeof key, "%s models", c->category);
        add(&t, key, verdicts[i].outcome);
    }
    print(&t, "domain");
}

static void print_names(const char *title, case_outcome outcome, const op_case *const *cases, const case_verdict *verdicts,
                        int32_t count) {
    int any = 0;
    for (int32_t i = 0; i < count; i++) {
        if (verdicts[i].outcome != (int32_t)outcome) continue;
        if (!any++) printf("\n%s\n", title);
        printf("  %s: %s\n", cases[i]->name, verdicts[i].reason);
    }
}

void case_report(const op_case *const *cases, const case_verdict *verdicts, int32_t count, int is_brief) {
    int32_t totals[CASE_OUTCOMES] = { 0 }, slowest = 0;
    double  seconds = 0;
    if (!is_brief) print_operators(cases, verdicts, count);
    print_names("failed", CASE_FAILED, cases, verdicts, count);
    if (!is_brief) print_names("left out", CASE_LEFT_OUT, cases, verdicts, count);
    print_values(verdicts, count);
    print_totals(cases, verdicts, count);
    for (int32_t i = 0; i < count; i++) {
        totals[verdicts[i].outcome]++;
        seconds += verdicts[i].seconds;
        if (verdicts[i].seconds > verdicts[slowest].seconds) slowest = i;
    }
    if (count) printf("\n%.1f s, of these %.1f s for %s\n", seconds, verdicts[slowest].seconds, cases[slowest]->name);
    printf("%d passed, %d failed, %d left out\n", totals[CASE_PASSED], totals[CASE_FAILED], totals[CASE_LEFT_OUT]);
}
