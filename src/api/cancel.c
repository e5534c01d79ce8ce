/* api/cancel.c - include/xybrid/cancel.h. The token is plat's (plat/cancel.h); it keeps the runtime, whose memory it has. */
#include "api/api.h"
#include "base/error.h"
#include "plat/cancel.h"

xybrid_status xybrid_cancel_create(xybrid_runtime *rt, xybrid_cancel **out, xybrid_error *err) {
    xybrid_error own;
    err = err ? err : &own;
    XB_TRY(xb_check_runtime(rt, err));
    XB_TRY(xb_check_pointer(out, "out", err));
    xybrid_cancel *token;
    XB_TRY(xb_cancel_new(&rt->root.mem, &token, err));
    token->root = xb_root_keep(&rt->root);
    *out = token;
    return XYBRID_OK;
}

static int is_alive(const xybrid_cancel *cancel) { return cancel && cancel->mark == XB_CANCEL_MARK; }

void xybrid_cancel_fire(xybrid_cancel *cancel) {
    if (is_alive(cancel) && !xb_is_foreign_root(cancel->root)) xb_cancel_fire(cancel, XYBRID_CANCELLED_TOKEN);
}

int32_t xybrid_cancel_is_fired(const xybrid_cancel *cancel) { return is_alive(cancel) && xb_cancel_is_fired(cancel); }

void xybrid_cancel_free(xybrid_cancel *cancel) {
    if (!is_alive(cancel) || xb_is_foreign_root(cancel->root)) return;
    cancel->mark = 0;
    xb_cancel_drop(cancel);
}
