/* A stranger's program: sees nothing but what was installed. */
#include <stdio.h>
#include <xybrid/xybrid.h>

int main(void) {
    xybrid_error     err;
    xybrid_runtime  *rt = NULL;
    xybrid_envelope *e = NULL;
    if (xybrid_runtime_create(NULL, &rt, &err) || xybrid_envelope_new_text(rt, "hello", -1, &e, &err)) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    printf("%s from xybrid %s\n", xybrid_envelope_text(e), xybrid_version());
    xybrid_envelope_free(e);
    xybrid_runtime_free(rt);
    return 0;
}
