/* cli/plan.h - the plan of a model: what an engine computes, step by step, for given shapes.
 *
 * The model is run once, traced, on zeros of these shapes; the steps that its engine tells of are the plan. */
#ifndef PLAN_H
#define PLAN_H

#include "cli.h"
#include "codec/json.h"
#include "options.h"

/* `describe` is the model's description; `shapes` are texts like "x=1,3,640,640", for inputs with free dimensions (otherwise
 * these are 1). CLI_OK, or CLI_FAILED after the failure was told. */
int plan_print(cli *c, xybrid_runtime *rt, xybrid_model *model, const xb_json *describe, const option_texts *shapes);

#endif
