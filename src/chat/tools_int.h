/* chat/tools_int.h - the dialects as tables, and the readers of their bodies (tools_parse_json.c, tools_parse_loose.c). */
#ifndef XB_TOOLS_INT_H
#define XB_TOOLS_INT_H

#include "chat/tools.h"
#include "codec/json.h"

typedef enum xb_call_syntax { XB_CALL_JSON, XB_CALL_PYTHON, XB_CALL_GEMMA } xb_call_syntax;

/* Calls in tags: NAME name NAME_END, then for each argument KEY key KEY_END VALUE value VALUE_END, then END. NAME,
 * NAME_END and VALUE may be "": nothing stands there. */
typedef struct xb_call_tags { /* no pointers: each costs a relocation */
    char name[11], name_end[3], key[18], key_end[11], value[12], value_end[13], end[13];
} xb_call_tags;

typedef struct xb_dialect {
    char                name[15];
    xb_call_syntax      syntax;
    const char         *quote;     /* of a text, beside those of the syntax; NULL */
    const char         *name_ends; /* a name may stand before the brackets, up to one of these; NULL = none may */
    const xb_call_tags *tags;      /* calls may come in these as well; NULL */
    const char         *marks; /* each with its NUL; NULL. The first and, if is_second_begin, the second begin calls; the others
                                  stand behind them, the fifth only there */
    uint8_t             is_second_begin;
    uint8_t             is_bare;     /* a bracket at the beginning of the answer begins a call */
    uint8_t             is_sequence; /* a bracket behind a call begins another */
    uint8_t             is_open;     /* an answer begins within the mark: with "all" and text, or a name and a call */
} xb_dialect;

extern const xb_dialect xb_dialects[XB_TOOL_DIALECTS];

/* What a body says; the texts belong to `memory`. */
typedef struct xb_call_list {
    xb_mem *mem;
    void (*take)(void *ctx, const char *id, const char *name, const char *arguments, size_t size); /* id NULL = none given */
    void *ctx;
} xb_call_list;

/* A body whose brackets are closed: "name{..}", "[{..}]", "[f(a=1)]". The first pass takes nothing and only judges, so that a
 * body gives all its calls or none. Errors: MALFORMED, OUT_OF_MEMORY. */
xybrid_status xb_call_read(const xb_dialect *d, const char *body, size_t size, const xb_call_list *list, xybrid_error *err);

/* tools_parse_json.c: an object or an array of them, `header` before it (a name, or empty). */
xybrid_status xb_call_read_json(const xb_dialect *d, const char *header, size_t header_size, const char *json, size_t size,
                                const xb_call_list *list, xybrid_error *err);

/* tools_parse_loose.c: "[f(a=1), g()]" or "call:f{a:1}"; and calls in tags. */
xybrid_status xb_call_read_loose(const xb_dialect *d, const char *body, size_t size, const xb_call_list *list,
                                 xybrid_error *err);
xybrid_status xb_call_read_tags(const xb_call_tags *tags, const char *body, size_t size, const xb_call_list *list,
                                xybrid_error *err);

static inline int xb_is_call_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

#endif
