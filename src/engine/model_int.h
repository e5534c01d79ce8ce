/* engine/model_int.h - between engine_model.c and engine_session.c. */
#ifndef XB_ENGINE_MODEL_INT_H
#define XB_ENGINE_MODEL_INT_H

#include "engine/model.h"

/* Opens the engine's session with the model's settled options. */
xybrid_status xb_engine_session_handle(xb_engine_model *model, const xybrid_engine_options *options, void **out,
                                       xybrid_error *err);

#endif
