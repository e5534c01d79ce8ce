/* text/lossy.h - bytes that should be UTF-8 to text that is: what is not becomes U+FFFD, one for each maximal part that could
 * have begun a character (Unicode 15, section 3.9, as the WHATWG decoder and Rust do). */
#ifndef XB_LOSSY_H
#define XB_LOSSY_H

#include "base/str.h"

void xb_str_add_lossy(xb_str *s, const char *bytes, size_t size);

#endif
