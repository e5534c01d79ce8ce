/* codec/base64.h - base64 (RFC 4648, the standard alphabet) to bytes. */
#ifndef XB_BASE64_H
#define XB_BASE64_H

#include "codec/slice.h"

/* Decodes into `out` (3 bytes for 4 characters at most) and returns the length; -1 and *bad = the place if it is not base64.
 * Padding may be left out; nothing else may stand between. */
int64_t xb_base64_decode(xb_slice s, char *out, size_t *bad);

#endif
