/* engine/native/regex.h - does a text match a pattern as a whole? For the operator RegexFullMatch.
 *
 * The syntax of RE2 (github.com/google/re2/wiki/Syntax) without look at Unicode properties, flags in the middle and captures:
 * literals, ., [a-z], [^...], \d \w \s \D \W \S, \b \B (ASCII), \x41, ( ), (?: ), |, * + ? {m,n} and their lazy forms, ^ $ at the ends. The
 * pattern becomes a nondeterministic automaton whose states are advanced together (K. Thompson, "Regular expression search
 * algorithm", 1968): time is pattern x text, whatever the pattern. Characters are Unicode code points. Pure; any thread. */
#ifndef XB_NATIVE_REGEX_H
#define XB_NATIVE_REGEX_H

#include "base/arena.h"
#include "codec/slice.h"

typedef struct xb_regex xb_regex;

enum { XB_REGEX_STATES = 10000 }; /* of one pattern, repetitions written out */

/* In the arena. INVALID_ARGUMENT with the place in the pattern. */
xybrid_status xb_regex_compile(xb_arena *arena, xb_slice pattern, xb_regex **out, xybrid_error *err);
int           xb_regex_matches(xb_regex *r, xb_slice text);

#endif
