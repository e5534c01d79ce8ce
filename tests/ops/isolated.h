/* isolated.h - a case in a process of its own, so that a crash is one failed case. */
#ifndef ISOLATED_H
#define ISOLATED_H

#include "run_case.h"

/* Can this system do it? */
int can_isolate(void);

/* As run_case, with an engine that is started in the new process, which ends after `seconds`. */
void run_isolated(const engine_adapter *adapter, int32_t threads, int32_t seconds, const op_case *c, case_verdict *out);

/* Starts an engine, runs the case and stops the engine. */
void run_on_fresh_engine(const engine_adapter *adapter, int32_t threads, const op_case *c, case_verdict *out);

#endif
