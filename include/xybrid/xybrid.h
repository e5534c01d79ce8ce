/* xybrid/xybrid.h - everything an application needs. (Engine authors also include xybrid/engine.h.)
 *
 *     xybrid_error err;
 *     xybrid_runtime *rt = NULL;
 *     xybrid_model *model = NULL;
 *     xybrid_envelope *in = NULL, *out = NULL;
 *     if (xybrid_runtime_create(NULL, &rt, &err) ||
 *         xybrid_model_load(rt, "models/ppocr-v5", NULL, &model, &err) ||
 *         xybrid_envelope_new_file(rt, "receipt.png", &in, &err) ||
 *         xybrid_model_run(model, in, NULL, &out, &err) ||
 *         xybrid_envelope_save(out, "lines.txt", &err))
 *         fprintf(stderr, "%s\n", err.message);
 *     xybrid_envelope_free(out);  xybrid_envelope_free(in);
 *     xybrid_model_free(model);   xybrid_runtime_free(rt);
 *
 * Read in this order: base.h (rules), envelope.h, model.h, stream.h, session.h; the others when you need them.
 *
 *     runtime --+-- envelope      what goes in and out
 *               +-- model         loaded, immutable, shared
 *               |     +-- session       one timeline, one thread at a time
 *               |           +-- stream  one request in flight: feed, next, interrupt, close
 *               +-- cancel        one-shot token, fired from any thread
 *               +-- steps, engines
 */
#ifndef XYBRID_XYBRID_H
#define XYBRID_XYBRID_H

#include "base.h"
#include "cancel.h"
#include "envelope.h"
#include "runtime.h"
#include "stream.h"
#include "model.h"
#include "session.h"
#include "step.h"

#endif
