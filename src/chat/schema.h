/* chat/schema.h - JSON Schema to a grammar, so that a model writes JSON that the schema accepts.
 *
 *     xb_grammar *g;
 *     XB_TRY(xb_schema_grammar(mem, json, size, &g, err));
 *     ... xb_grammar_state_open(mem, g, vocabulary, &state, err) ...
 *     xb_grammar_free(g);
 *
 * Draft 2020-12, and the older spellings of drafts 4 to 7 (definitions, items as a list, additionalItems, exclusiveMinimum as a
 * truth) and OpenAPI (nullable). What the grammar accepts, the schema accepts. The other way round it is narrower, so that an
 * answer stays small and can end: at most one space behind "," and ":", none elsewhere; members in the order of `properties`,
 * those that `required` alone names next, further ones last; further members only where additionalProperties or
 * patternProperties (and then these alone) say so, or nothing names any; integers without fraction and exponent; 15 digits before
 * the point and behind it; a text under `pattern` or `format` without needless escapes; enum and const written in one way.
 *
 * Known: type, enum, const, properties, required, additionalProperties, patternProperties, propertyNames, minProperties,
 * maxProperties, items, prefixItems, additionalItems, minItems, maxItems, anyOf, oneOf (whose choices must exclude each other),
 * allOf, not (of types), $ref into the same document, minLength, maxLength, pattern, format, minimum, maximum, exclusive*,
 * multipleOf, unevaluatedProperties and unevaluatedItems of false. Titles, defaults and what is no keyword are passed over.
 *
 * Errors: MALFORMED (no JSON: line and column; a keyword with a wrong value: its JSON path as subject), UNSUPPORTED_FORMAT (a
 * keyword that no grammar expresses, with its path), INVALID_ARGUMENT (a schema that cannot be met, with the path of what cannot;
 * a limit). Any thread. */
#ifndef XB_SCHEMA_H
#define XB_SCHEMA_H

#include "base/str.h"
#include "chat/grammar.h"

xybrid_status xb_schema_grammar(xb_mem *mem, const char *json, size_t size, xb_grammar **out, xybrid_error *err);

/* The same as GBNF text, for people; freed with xb_free. */
xybrid_status xb_schema_gbnf(xb_mem *mem, const char *json, size_t size, char **out, size_t *out_size, xybrid_error *err);

/* Any JSON object: what answers in "JSON mode" are. */
xybrid_status xb_json_object_grammar(xb_mem *mem, xb_grammar **out, xybrid_error *err);

#endif
