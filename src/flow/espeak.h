/* flow/espeak.h - espeak-ng, if the user has it: a shared library that is loaded at run time and is no part of this one (it is
 * GPL-3; see its own licence).
 *
 *     xb_espeak_library *e = NULL;
 *     XB_TRY(xb_espeak_open(mem, NULL, NULL, &e, err));              // by its usual name, with its own data
 *     phonemizer_options.espeak = xb_espeak_functions(e);
 *     ...
 *     xb_espeak_close(e);
 *
 * espeak-ng has one state for the whole process, so that calls of all threads wait for each other here, and the first data folder
 * that is given serves all. Its functions: espeak-ng 1.51, src/include/espeak-ng/speak_lib.h. */
#ifndef XB_FLOW_ESPEAK_H
#define XB_FLOW_ESPEAK_H

#include "text/phonemize.h"

typedef struct xb_espeak_library xb_espeak_library;

/* `library`: a file or a name the system looks for, NULL = its usual name. `data`: the folder that holds espeak-ng-data, NULL = the
 * library's own. Errors: ENGINE_MISSING (it cannot be loaded, is none, or its data is missing), OUT_OF_MEMORY. */
xybrid_status xb_espeak_open(xb_mem *mem, const char *library, const char *data, xb_espeak_library **out, xybrid_error *err);
void          xb_espeak_close(xb_espeak_library *e); /* NULL is fine */

/* Any thread; lives as long as `e`. INVALID_ARGUMENT for a language that espeak-ng does not know. */
const xb_espeak *xb_espeak_functions(const xb_espeak_library *e);

#endif
