/* kernel/isa.c - which tables this build has, best first. */
#include "kernel/isa.h"

#include <string.h>

static const xb_isa *const tables[] = {
#if defined(__x86_64__) || defined(_M_X64)
    &xb_isa_table_avx512,
    &xb_isa_table_avx2,
    &xb_isa_table_sse4,
#elif defined(__aarch64__) || defined(_M_ARM64)
    &xb_isa_table_neon,
#elif defined(XB_WASM_SIMD)
    &xb_isa_table_wasm,
#endif
    &xb_isa_table_scalar,
};
enum { TABLES = sizeof tables / sizeof tables[0] };

const xb_isa *xb_isa_best(uint32_t cpu_features) {
    int i = 0;
    while (tables[i]->needs & ~cpu_features) i++; /* the last needs nothing */
    return tables[i];
}

const xb_isa *xb_isa_named(const char *name) {
    for (int i = 0; i < TABLES; i++)
        if (strcmp(tables[i]->name, name) == 0) return tables[i];
    return NULL;
}

const char *xb_isa_name(const xb_isa *isa) { return isa->name; }
uint32_t    xb_isa_needs(const xb_isa *isa) { return isa->needs; }
