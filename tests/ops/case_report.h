/* case_report.h - what the runner prints: a table by operator, the names of what failed and what was left out, and totals. */
#ifndef CASE_REPORT_H
#define CASE_REPORT_H

#include "run_case.h"

/* `cases` and `verdicts` have `count` entries. With is_brief only what failed and the totals. */
void case_report(const op_case *const *cases, const case_verdict *verdicts, int32_t count, int is_brief);

#endif
