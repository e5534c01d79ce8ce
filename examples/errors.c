/* Shows everything that an error knows.
 *
 *     errors models/broken */
#include <stdio.h>
#include <xybrid/xybrid.h>

static void print_error(const xybrid_error *e) {
    printf("%s (%s)\n", e->message, xybrid_status_name(e->code));
    for (int i = 0; i < 3 && e->cause[i] != XYBRID_OK; i++) printf("  caused by %s\n", xybrid_status_name(e->cause[i]));
    if (e->subject[0]) printf("  about %s\n", e->subject);
    if (e->stage >= 0) printf("  in stage %d\n", (int)e->stage + 1);
    if (e->step >= 0) printf("  at step %d\n", (int)e->step + 1);
    if (e->line > 0) printf("  line %d, column %d\n", (int)e->line, (int)e->column);
    if (e->position >= 0) printf("  byte %lld\n", (long long)e->position);
    if (e->os_code != 0) printf("  the system's number is %d\n", (int)e->os_code);
    if (e->retryable) printf("  may succeed later\n");
}

int main(int argc, char **argv) {
    xybrid_error    err;
    xybrid_runtime *rt = NULL;
    xybrid_model   *model = NULL;
    if (argc != 2) return fprintf(stderr, "usage: errors MODEL\n"), 2;
    xybrid_status st = xybrid_runtime_create(NULL, &rt, &err);
    if (!st) st = xybrid_model_load(rt, argv[1], NULL, &model, &err);
    if (st) print_error(&err);
    switch (st & XYBRID_PRIMARY_MASK) { /* a program acts on the primary code; details may be added */
        case XYBRID_OK: puts("no error"); break;
        case XYBRID_MODEL_NOT_FOUND: puts("choose another file"); break;
        case XYBRID_UNSUPPORTED_FORMAT: puts("this file will never load"); break;
        default: puts("show the message"); break;
    }
    xybrid_model_free(model);
    xybrid_runtime_free(rt);
    return st != XYBRID_OK;
}
