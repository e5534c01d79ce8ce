/* chat/template.h - chat templates: the Jinja that language models carry, from messages to the text the model was trained on.
 *
 *     xb_template *t = NULL;
 *     XB_TRY(xb_template_compile(mem, text, size, &t, err));            // tokenizer.chat_template of a GGUF file
 *     const xb_template_clock clock = { now_unix, offset_seconds };
 *     XB_TRY_OUT(xb_template_render(t, xb_json_root(doc), &clock, &prompt, err));
 *         // doc: {"messages": [{"role": "user", "content": "Hi"}], "add_generation_prompt": true, "bos_token": "<s>"}
 *     xb_template_free(t);
 *
 * The language is Jinja 3.1 as Hugging Face's transformers sets it up (apply_chat_template): trim_blocks and lstrip_blocks, the
 * loop controls, {% generation %}, tojson without HTML escapes, strftime_now, raise_exception, and the immutable sandbox, in
 * which a template changes nothing but its own namespaces. Values follow Python: truth, str() and repr(), comparison, slices,
 * strings that are counted in code points. What differs:
 *   - integers have 64 bits; a result beyond them is a failure, as is a whole number of the variables beyond int64_t;
 *   - no include, import, extends, block, autoescape, no calls of `loop`; no cycler, joiner, lipsum; no attr, batch, center,
 *     filesizeformat, forceescape, pprint, random, slice, striptags, truncate, urlencode, urlize, wordcount, wordwrap, xmlattr;
 *   - strftime_now knows a A b B h d m y Y H I M S p j F T z Z and "%-"; format() and % have no e and g;
 *   - upper case is known for letters of one code point (and for the German sharp s).
 * Each of these that a template asks for is refused by its name.
 *
 * Limits (base/limits.h): bytes, nesting and names of the template; depth, steps, memory and result of a rendering.
 *
 * Threads: a template never changes after compiling; any thread, several at once. A rendering takes its memory from the
 * template's xb_mem and gives it back before it returns.
 *
 * Errors of compiling: MALFORMED with err->line and err->column (from 1; in code points) and what was wanted;
 * UNSUPPORTED_FORMAT names a tag that is not built. Errors of rendering, with err->line: INVALID_ARGUMENT is raise_exception's
 * text, the template's word that it cannot take this conversation; PREPROCESSING_FAILED is anything that Python would have
 * refused (an attribute of an undefined value, a sum of text and number), and each limit.
 *
 * Reference: jinja2 3.1.6 and transformers/utils/chat_template_utils.py (5.23.0), byte for byte over the templates of
 * scripts/golden/chat_templates.py. */
#ifndef XB_TEMPLATE_H
#define XB_TEMPLATE_H

#include "base/str.h"
#include "codec/json.h"

typedef struct xb_template xb_template;

/* What strftime_now tells: seconds since 1970 (UTC), and the local time's distance from UTC. */
typedef struct xb_template_clock {
    int64_t now_unix;
    int32_t utc_offset_seconds;
} xb_template_clock;

/* `text` may be freed afterwards. On failure *out stays as it was. */
xybrid_status xb_template_compile(xb_mem *mem, const char *text, size_t size, xb_template **out, xybrid_error *err);

void xb_template_free(xb_template *t); /* NULL is fine */

/* `variables`: an object; NULL has none; numbers and texts are read in place, so the document must live until the end. Appends to
 * `out`, which is as before on failure. Its maximum bounds the result, and each text that is made on the way. */
xybrid_status xb_template_render(const xb_template *t, const xb_json *variables, const xb_template_clock *clock, xb_str *out,
                                 xybrid_error *err);

/* 1 if the template reads a variable of this name anywhere: "tools", "enable_thinking", "documents". */
int xb_template_mentions(const xb_template *t, const char *variable);

#endif
