/* step_rig.h - a step of flow's table as a pack makes it, for tests of single steps. */
#ifndef STEP_RIG_H
#define STEP_RIG_H

#include "codec/json.h"
#include "flow/step.h"
#include "support.h"

typedef struct rig {
    xb_json_doc       *doc;
    const xb_step_row *row;
    char               state[2048];
    xb_frame           frame; /* what flows, in `mem` */
} rig;

/* `params`: the step's object as JSON; `where` names it in messages. */
static inline xybrid_status rig_open_step(rig *r, xb_mem *mem, const char *name, const char *params, const char *where,
                                          xybrid_error *err) {
    memset(r, 0, sizeof *r);
    xybrid_status st = xb_json_parse(mem, params, (int64_t)strlen(params), XB_MAX_JSON_BYTES, &r->doc, err);
    r->row = xb_step_find(name);
    r->frame.mem = mem;
    xb_value_init(&r->frame.value, mem);
    if (st != XYBRID_OK || !r->row || r->row->state_bytes > sizeof r->state) return st ? st : XYBRID_INTERNAL;
    xb_step_maker m = { .mem = mem, .params = xb_json_root(r->doc), .where = where };
    return r->row->open ? r->row->open(&m, r->state, err) : XYBRID_OK;
}

#endif
