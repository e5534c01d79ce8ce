/* A processor without the vectors that the library needs is refused by name, and meets no instruction that it lacks: scripts/cross
 * runs this on such a one. */
#include <string.h>

#include "door.h"

static int has_vectors(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    return __builtin_cpu_supports("sse4.2") != 0;
#else
    return 1;
#endif
}

static void a_runtime_wants_vectors(void) {
    xybrid_error    err;
    xybrid_runtime *rt = NULL;
    xybrid_status   st = xybrid_runtime_create(NULL, &rt, &err);
    if (has_vectors()) {
        CHECK_INT(st, XYBRID_OK);
    } else {
        CHECK_INT(st, XYBRID_ENGINE_MISSING);
        CHECK(rt == NULL);
        CHECK_STR(err.subject, "processor");
        CHECK(strstr(err.message, "SSE4.2") != NULL);
    }
    xybrid_runtime_free(rt);
}

CHECK_MAIN(RUN(a_runtime_wants_vectors))
