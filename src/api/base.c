/* api/base.c - include/xybrid/base.h. */
#include <xybrid/base.h>

#include "base/error.h"

#ifndef XYBRID_VERSION
#  define XYBRID_VERSION "0.0.0"
#endif

const char *xybrid_version(void) { return XYBRID_VERSION; }

const char *xybrid_status_name(xybrid_status status) { return xb_status_name(status); }

void xybrid_release_none(void *ctx, const void *data) { (void)ctx, (void)data; }

xybrid_status xybrid_error_set(xybrid_error *err, xybrid_status code, const char *subject, const char *reason) {
    xybrid_error own;
    return xb_fail(err ? err : &own, code, subject, "%s", reason ? reason : "");
}
