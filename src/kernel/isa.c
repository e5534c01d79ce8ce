/* kernel/isa.c - which tables this build has, best first. Compiled once for the library and once, with XB_WITH_SCALAR, for tests. */
#include "kernel/isa.h"

#include <string.h>

#include "kernel/qgemm.h"
#include "kernel/qgemm_kernels.h"

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
#if defined(XB_WITH_SCALAR)
    &xb_isa_table_scalar,
#endif
};

static const xb_qisa *const qtables[] = {
#if defined(__x86_64__) || defined(_M_X64)
    &xb_qisa_table_avx512vnni,
    &xb_qisa_table_avx2,
    &xb_qisa_table_sse4,
#elif defined(__aarch64__) || defined(_M_ARM64)
    &xb_qisa_table_neondot,
    &xb_qisa_table_neon,
#elif defined(XB_WASM_SIMD)
    &xb_qisa_table_wasm,
#endif
#if defined(XB_WITH_SCALAR)
    &xb_qisa_table_scalar,
#endif
};
enum { TABLES = sizeof tables / sizeof tables[0], QTABLES = sizeof qtables / sizeof qtables[0] };

const xb_isa *xb_isa_best(uint32_t cpu_features) {
    for (int i = 0; i < TABLES; i++)
        if ((tables[i]->needs & ~cpu_features) == 0) return tables[i];
    return NULL;
}

const xb_isa *xb_isa_named(const char *name) {
    for (int i = 0; i < TABLES; i++)
        if (strcmp(tables[i]->name, name) == 0) return tables[i];
    return NULL;
}

const xb_qisa *xb_qisa_best(uint32_t cpu_features) {
    for (int i = 0; i < QTABLES; i++)
        if ((qtables[i]->needs & ~cpu_features) == 0) return qtables[i];
    return NULL;
}

const xb_qisa *xb_qisa_named(const char *name) {
    for (int i = 0; i < QTABLES; i++)
        if (strcmp(qtables[i]->name, name) == 0) return qtables[i];
    return NULL;
}

const char *xb_isa_name(const xb_isa *isa) { return isa->name; }
uint32_t    xb_isa_needs(const xb_isa *isa) { return isa->needs; }
const char *xb_qisa_name(const xb_qisa *q) { return q->name; }
uint32_t    xb_qisa_needs(const xb_qisa *q) { return q->needs; }
