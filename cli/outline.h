/* cli/outline.h - a JSON value as indented lines for people.
 *
 *     {"id": "mnist", "stages": [{"name": "mnist", "inputs": [{"name": "x", "type": "float32", "shape": [1,784]}]}]}
 *
 *     id       mnist
 *     stages
 *       mnist
 *         inputs
 *           x  float32  [1,784]
 *
 * An object in an array is headed by its first member; if it has neither objects nor lists of objects, it is one line. Empty
 * values are left out; members named "bytes" or "..._bytes" are shown as "4.7 MB". */
#ifndef OUTLINE_H
#define OUTLINE_H

#include "cli.h"
#include "codec/json.h"

/* Adds the value's lines, `indent` columns in. */
void outline_add(xb_str *s, const xb_json *value, int indent);

/* One member: its key, and the value on the same line or in lines under it. Nothing for a missing or empty value. */
void outline_member(xb_str *s, const char *key, const xb_json *value, int indent, size_t key_width);

/* A line "key  text". */
void outline_line(xb_str *s, const char *key, const char *text, int indent, size_t key_width);

/* "23.1 MB", of 10^6 bytes as file managers count. */
void outline_bytes(char out[32], int64_t bytes);

#endif
