/* Shows how a binding makes sure of the layout it was written for: at compile time in C, at run time by the description in JSON,
 * which this program prints. */
#include <stddef.h>
#include <stdio.h>
#include <xybrid/engine.h>
#include <xybrid/xybrid.h>

/* Frozen structs have one size on every target. */
_Static_assert(sizeof(xybrid_error) == 1024, "error is frozen");
_Static_assert(offsetof(xybrid_error, position) == 56 && offsetof(xybrid_error, message) == 256, "error is frozen");
_Static_assert(sizeof(xybrid_estimate) == 512, "estimate is frozen");
_Static_assert(sizeof(xybrid_stats) == 128, "stats is frozen");

/* The others begin with their size, and grow at the end. */
#define BEGINS_WITH_SIZE(type) _Static_assert(offsetof(type, struct_size) == 0, #type)
BEGINS_WITH_SIZE(xybrid_runtime_options);
BEGINS_WITH_SIZE(xybrid_load_options);
BEGINS_WITH_SIZE(xybrid_session_options);
BEGINS_WITH_SIZE(xybrid_run_options);
BEGINS_WITH_SIZE(xybrid_view);
BEGINS_WITH_SIZE(xybrid_event);
BEGINS_WITH_SIZE(xybrid_allocator);
BEGINS_WITH_SIZE(xybrid_step);
BEGINS_WITH_SIZE(xybrid_engine);
BEGINS_WITH_SIZE(xybrid_host);

int main(void) {
    puts(xybrid_abi_describe());
    return 0;
}
