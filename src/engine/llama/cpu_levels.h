/* engine/llama/cpu_levels.h - the instruction level that runs here; see cpu_levels.c. */
#ifndef XB_ENGINE_LLAMA_CPU_LEVELS_H
#define XB_ENGINE_LLAMA_CPU_LEVELS_H

/* Its name; static. */
const char *xb_llama_cpu_level(void);

/* 0 = this processor lacks what even the first level is compiled for. */
int xb_llama_cpu_can(void);

#endif
