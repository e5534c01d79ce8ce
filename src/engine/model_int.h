/* engine/model_int.h - between engine_model.c, engine_session.c and engine_tokens.c. */
#ifndef XB_ENGINE_MODEL_INT_H
#define XB_ENGINE_MODEL_INT_H

#include "engine/model.h"

/* Opens the engine's session with the model's settled options. */
xybrid_status xb_engine_session_handle(xb_engine_model *model, const xybrid_engine_options *options, void **out,
                                       xybrid_error *err);

/* What the engine calls its session. */
void *xb_engine_session_of(const xb_engine_session *s);

#endif
