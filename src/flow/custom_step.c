/* flow/custom_step.c - see custom_step.h. */
#include "flow/custom_step.h"

#include <string.h>

#include "base/error.h"
#include "plat/fpenv.h"

static void free_one(xb_custom_step *step, xb_mem *mem) {
    xb_free(mem, (void *)(uintptr_t)step->table.name);
    xb_free(mem, (void *)(uintptr_t)step->table.params);
    xb_free(mem, step);
}

xybrid_status xb_custom_step_add(xb_mem *mem, xb_custom_step **list, const xybrid_step *table, xybrid_error *err) {
    if (table->struct_size < sizeof *table)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "step.struct_size",
                       "step.struct_size is %u, wanted %zu: set it to sizeof(xybrid_step)", table->struct_size, sizeof *table);
    if (!table->name || !*table->name || strlen(table->name) > 64 || !table->run)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "step", "a step needs a name of 1 to 64 bytes and `run`");
    if (xb_step_find(table->name) || xb_custom_step_find(*list, table->name))
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, table->name, "there is a step \"%s\" already", table->name);
    xb_custom_step *step = xb_calloc(mem, 1, sizeof *step, err);
    if (!step) return err->code;
    step->table = *table;
    step->table.name = xb_strdup(mem, table->name, err);
    step->table.params = table->params && step->table.name ? xb_strdup(mem, table->params, err) : NULL;
    if (!step->table.name || (table->params && !step->table.params)) {
        free_one(step, mem);
        return err->code;
    }
    step->next = *list;
    *list = step;
    return XYBRID_OK;
}

const xb_custom_step *xb_custom_step_find(const xb_custom_step *list, const char *name) {
    while (list && strcmp(list->table.name, name)) list = list->next;
    return list;
}

void xb_custom_steps_free(xb_custom_step *list, xb_mem *mem) {
    for (xb_custom_step *next; list; list = next) {
        next = list->next;
        free_one(list, mem);
    }
}

/* Is `key` one of "a,b,c"? */
static int is_listed(const char *names, const char *key, size_t size) {
    for (const char *p = names; p && *p;) {
        size_t n = strcspn(p, ",");
        if (n == size && memcmp(p, key, size) == 0) return 1;
        p += n + (p[n] == ',');
    }
    return 0;
}

xybrid_status xb_custom_step_open(const xb_custom_step *step, xb_step_maker *m, void **state, xybrid_error *err) {
    const xybrid_step *t = &step->table;
    for (xb_json_iter it = xb_json_items(m->params); xb_json_next(&it);)
        if (strcmp(it.key, "type") && !is_listed(t->params, it.key, it.key_size))
            return xb_fail(err, XYBRID_MALFORMED, m->where, "%s.%s: step %s knows %s%s", m->where, it.key, t->name,
                           t->params ? "only " : "no parameters", t->params ? t->params : "");
    *state = NULL;
    if (!t->open) return XYBRID_OK;
    xb_str params;
    xb_str_init(&params, m->mem, XB_MAX_PACK_JSON_BYTES);
    xybrid_status st = xb_pack_merge(NULL, m->params, &params, err); /* the object as text */
    if (st == XYBRID_OK) {
        err->code = XYBRID_OK;
        xb_fp_modes was = xb_fp_usual();
        st = t->open(t->ctx, params.data, state, err);
        xb_fp_leave(was);
        if (st && err->code != st) xb_fail(err, st, t->name, "step %s refused its parameters", t->name);
    }
    xb_str_free(&params);
    return st;
}

xybrid_status xb_custom_step_run(const xb_custom_step *step, void *state, xb_frame *f, xybrid_error *err) {
    const xybrid_step *t = &step->table;
    xybrid_envelope   *in, *out = NULL;
    XB_TRY(xb_value_to_envelope(&f->value, f->root, f->mem, &in, err));
    err->code = XYBRID_OK;
    xb_fp_modes   was = xb_fp_usual();
    xybrid_status st = t->run(t->ctx, state, in, f->cancel, &out, err);
    xb_fp_leave(was);
    xb_envelope_drop(in);
    if (st) {
        if (err->code != st) xb_fail(err, st, t->name, "step %s failed", t->name);
        return st;
    }
    if (!out || out->mark != XB_ENVELOPE_MARK)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, t->name, "step %s gave no envelope", t->name);
    xb_value_set_envelope(&f->value, out);
    return XYBRID_OK;
}

void xb_custom_step_close(const xb_custom_step *step, void *state) {
    if (!step->table.close) return;
    xb_fp_modes was = xb_fp_usual();
    step->table.close(step->table.ctx, state);
    xb_fp_leave(was);
}
