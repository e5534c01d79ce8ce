/* schema_object.c - objects: members in the order of the schema, a comma between those that are there, and further ones.
 *
 * Rule (i, c) writes what follows when members i.. are to come and c are there: member i and rule (i + 1, c + 1), or, if it need not
 * be there, rule (i + 1, c). c is counted as far as minProperties and maxProperties ask, and at least to 1, for the comma. */
#include <string.h>

#include "base/checked.h"
#include "chat/schema_int.h"
#include "codec/slice.h"

typedef struct member {
    const char *name; /* in the document */
    size_t      size;
    uint32_t    rule;
    int         is_required, is_none; /* must be there; cannot be there */
} member;

typedef struct object {
    const xb_shape *h;
    member         *members; /* [count], in the arena */
    size_t          count, room;
    uint32_t        more_key, more_value; /* expression n%u or r%u of a further member's name; rule of its value */
    int             has_more, has_patterns, is_text_key;
    int64_t         min, max;    /* members; max -1: any number */
    uint32_t        base, width; /* rule (i, c) is n(base + i * width + c) */
} object;

static const xb_json *key_of(const object *o, size_t part, const char *key) { return xb_json_get(o->h->parts[part].node, key); }

/* ---- the members ---- */

static xybrid_status add_member(xb_schema *s, object *o, const char *name, size_t size, member **out, xybrid_error *err) {
    for (size_t i = 0; i < o->count; i++)
        if (o->members[i].size == size && memcmp(o->members[i].name, name, size) == 0) return *out = &o->members[i], XYBRID_OK;
    if (strlen(name) != size) return xb_schema_unsupported(o->h->parts[0].path, "a member's name with a NUL", err);
    if (o->count == XB_MAX_SCHEMA_PROPERTIES)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, o->h->parts[0].path,
                       "JSON Schema %s: more than %d members (XB_MAX_SCHEMA_PROPERTIES)", o->h->parts[0].path,
                       XB_MAX_SCHEMA_PROPERTIES);
    if (o->count == o->room) {
        member *grown = xb_arena_array(&s->arena, o->room * 2 + 16, sizeof *grown, err);
        if (!grown) return err->code;
        if (o->count) memcpy(grown, o->members, o->count * sizeof *grown);
        o->members = grown, o->room = o->room * 2 + 16;
    }
    *out = &o->members[o->count++];
    **out = (member){ name, size, 0, 0, 0 };
    return XYBRID_OK;
}

static xybrid_status find_members(xb_schema *s, object *o, xybrid_error *err) {
    member *m = NULL;
    for (size_t i = 0; i < o->h->part_count; i++) {
        const xb_json *list = key_of(o, i, "properties");
        if (list && !xb_json_is(list, XB_JSON_OBJECT))
            return xb_schema_malformed(o->h->parts[i].path, "an object behind properties", err);
        for (xb_json_iter it = xb_json_items(list); xb_json_next(&it);) XB_TRY(add_member(s, o, it.key, it.key_size, &m, err));
    }
    for (size_t i = 0; i < o->h->part_count; i++) {
        const xb_json *list = key_of(o, i, "required");
        int            truth = 0;
        if (!list || xb_json_bool(list, &truth)) continue; /* of draft 3, within the member */
        if (!xb_json_is(list, XB_JSON_ARRAY))
            return xb_schema_malformed(o->h->parts[i].path, "a list of names behind required", err);
        for (xb_json_iter it = xb_json_items(list); xb_json_next(&it);) {
            const char *name = "";
            size_t      size = 0;
            if (!xb_json_string(it.value, &name, &size))
                return xb_schema_malformed(o->h->parts[i].path, "names behind required", err);
            XB_TRY(add_member(s, o, name, size, &m, err));
            m->is_required = 1;
        }
    }
    return XYBRID_OK;
}

/* One schema more for a value; a truth adds nothing, or refuses it. */
static xybrid_status add_value(xb_schema *s, xb_sparts *parts, const xb_json *v, const char *path, const char *key,
                               int *is_none, xybrid_error *err) {
    int truth = 1;
    if (!v) return XYBRID_OK;
    if (xb_json_bool(v, &truth)) return *is_none |= !truth, XYBRID_OK;
    return xb_schema_add_part(s, parts, v, path, key, err);
}

static xybrid_status type_member(xb_schema *s, object *o, member *m, xybrid_error *err) {
    xb_sparts parts = { NULL, 0 };
    for (size_t i = 0; i < o->h->part_count; i++) {
        const xb_json *v = xb_json_get(key_of(o, i, "properties"), m->name);
        const char    *path = v ? xb_schema_path(s, o->h->parts[i].path, "properties", err) : o->h->parts[i].path;
        if (!path) return err->code;
        for (xb_json_iter it = xb_json_items(key_of(o, i, "patternProperties")); xb_json_next(&it);) {
            int matches = 0;
            XB_TRY(xb_schema_matches(s, it.key, it.key_size, m->name, path, &matches, err));
            if (matches)
                return xb_schema_unsupported(path, "a named member that a pattern of patternProperties matches, too", err);
        }
        XB_TRY(add_value(s, &parts, v ? v : key_of(o, i, "additionalProperties"), path, v ? m->name : "additionalProperties",
                         &m->is_none, err));
    }
    return m->is_none ? XYBRID_OK : xb_schema_rule(s, parts, 0, &m->rule, err);
}

/* ---- names that none of the members has ---- */

/* A character within a class of the grammar. */
static void class_char(xb_str *out, const char *c, int size) {
    if (strchr("]\\^-[\"", *c)) xb_str_addc(out, '\\');
    xb_str_addn(out, c, (size_t)size);
}

static int char_size(uint8_t first) { return first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4; }

typedef struct span { /* the names that begin with the same `depth` bytes, and the rule of what follows them */
    size_t   from, to, depth;
    uint32_t rule;
} span;

/* All names but the members', which are followed character by character; the rule begins behind the quote and ends with one. */
static xybrid_status other_names(xb_schema *s, object *o, uint32_t *rule, xybrid_error *err) {
    size_t   total = 1;
    member **sorted = xb_arena_array(&s->arena, o->count, sizeof *sorted, err);
    if (!sorted) return err->code;
    for (size_t i = 0; i < o->count; i++) {
        member *m = &o->members[i];
        size_t  k = i;
        total += m->size;
        for (size_t n = 0; n < m->size; n++)
            if ((uint8_t)m->name[n] < ' ' || m->name[n] == '"' || m->name[n] == '\\')
                return xb_schema_unsupported(o->h->parts[0].path,
                                             "further members beside a name that JSON writes with an escape", err);
        for (; k > 0 && strcmp(sorted[k - 1]->name, m->name) > 0; k--) sorted[k] = sorted[k - 1];
        sorted[k] = m;
    }
    span *todo = xb_arena_array(&s->arena, total, sizeof *todo, err);
    if (!todo) return err->code;
    const char *any = xb_schema_basic(s, XB_B_NAME_CHAR);
    size_t      count = 0;
    *rule = s->names++;
    todo[count++] = (span){ 0, o->count, 0, *rule };
    for (size_t next = 0; next < count; next++) {
        const span at = todo[next];
        size_t     i = at.from;
        xb_str_addf(&s->more, "n%u ::=", (unsigned)at.rule);
        if (sorted[i]->size == at.depth) i++; /* a whole name: may not end here */
        else xb_str_add(&s->more, " \"\\\"\" |");
        xb_str_addf(&s->more, " \"\\\\\" [\"\\\\bfnrt] %s* \"\\\"\" | [^\"\\\\\\x00-\\x1F", any);
        const size_t before = count;
        for (; i < at.to;) {
            const char *c = sorted[i]->name + at.depth;
            const int   size = char_size((uint8_t)*c);
            const span  child = { i, i, at.depth + (size_t)size, s->names };
            class_char(&s->more, c, size);
            while (i < at.to && memcmp(sorted[i]->name + at.depth, c, (size_t)size) == 0) i++;
            todo[count] = child, todo[count++].to = i;
            s->names++;
        }
        xb_str_addf(&s->more, "] %s* \"\\\"\"", any);
        for (size_t k = before; k < count; k++) {
            const char *c = sorted[todo[k].from]->name + at.depth;
            xb_str_add(&s->more, " | "), xb_schema_literal(&s->more, c, todo[k].depth - at.depth);
            xb_str_addf(&s->more, " n%u", (unsigned)todo[k].rule);
        }
        xb_str_addc(&s->more, '\n');
    }
    return XYBRID_OK;
}

/* ---- further members ---- */

/* Patterns are told apart by the text that they begin with. */
static int patterns_apart(xb_slice a, xb_slice b) {
    static const char special[] = ".*+?()[]{}|\\$^";
    for (size_t i = 1; i < a.size && i < b.size; i++) {
        if (a.data[0] != '^' || b.data[0] != '^') return 0;
        const int quantified = (i + 1 < a.size && strchr("*?{|", a.data[i + 1])) ||
                               (i + 1 < b.size && strchr("*?{|", b.data[i + 1]));
        if (quantified || strchr(special, a.data[i]) || strchr(special, b.data[i])) return 0;
        if (memchr(a.data, '|', a.size) || memchr(b.data, '|', b.size)) return 0;
        if (a.data[i] != b.data[i]) return 1;
    }
    return 0;
}

/* "name": value for each pattern, as rule n(more_key). */
static xybrid_status pattern_members(xb_schema *s, object *o, xybrid_error *err) {
    const char   *part = "";
    xb_slice      seen[64];
    size_t        count = 0;
    uint32_t      rule = 0;
    xb_str        held = s->out; /* a pattern is written to `out`; here that is `more` */
    xybrid_status st = XYBRID_OK;
    o->more_key = s->names++;
    xb_str_addf(&s->more, "n%u ::= ", (unsigned)o->more_key);
    s->out = s->more;
    for (size_t i = 0; i < o->h->part_count && st == XYBRID_OK; i++)
        for (xb_json_iter it = xb_json_items(key_of(o, i, "patternProperties")); xb_json_next(&it) && st == XYBRID_OK;) {
            xb_sparts   parts = { NULL, 0 };
            int         is_none = 0;
            const char *path = xb_schema_path(s, o->h->parts[i].path, "patternProperties", err);
            if (path) st = add_value(s, &parts, it.value, path, it.key, &is_none, err);
            else st = err->code;
            for (size_t k = 0; k < o->h->part_count && st == XYBRID_OK; k++)
                if (k != i) st = add_value(s, &parts, key_of(o, k, "additionalProperties"), path, it.key, &is_none, err);
            seen[count] = (xb_slice){ it.key, it.key_size };
            for (size_t k = 0; k < count && st == XYBRID_OK; k++)
                if (!patterns_apart(seen[k], seen[count]))
                    st = xb_schema_unsupported(path, "patterns that one name may match together", err);
            if (st == XYBRID_OK && ++count == 64) st = xb_schema_unsupported(path, "more than 63 patterns", err);
            if (st == XYBRID_OK) st = xb_schema_rule(s, parts, 0, &rule, err);
            if (st != XYBRID_OK || is_none) continue;
            xb_str_addf(&s->out, "%s\"\\\"\" (", part), part = " | ";
            st = xb_schema_write_pattern(s, it.key, it.key_size, 0, -1, path, err);
            xb_str_addf(&s->out, ") \"\\\"\" %s r%u", xb_schema_basic(s, XB_B_COLON), (unsigned)rule);
        }
    s->more = s->out, s->out = held;
    o->has_more = *part != 0;
    if (!o->has_more) xb_str_add(&s->more, xb_schema_basic(s, XB_B_NEVER));
    xb_str_addc(&s->more, '\n');
    return st;
}

static xybrid_status further_members(xb_schema *s, object *o, xybrid_error *err) {
    static const char named[] = "properties\0required\0patternProperties\0additionalProperties\0";
    xb_sparts         value = { NULL, 0 }, key = { NULL, 0 };
    int               is_none = 0, is_open = o->count == 0, is_closed = 0, is_told = 0, truth = 0;
    for (size_t i = 0; i < o->h->part_count; i++) {
        const xb_json *v = key_of(o, i, "additionalProperties"), *rest = key_of(o, i, "unevaluatedProperties");
        const char    *path = o->h->parts[i].path;
        const xb_json *name = key_of(o, i, "propertyNames");
        if (v) is_open = is_told = 1;
        if (rest && !xb_json_bool(rest, &truth))
            return xb_schema_unsupported(path, "unevaluatedProperties that is not a truth", err);
        if (rest && !truth) {
            if (xb_shape_has_cousins(o->h, i, named))
                return xb_schema_unsupported(path, "unevaluatedProperties beside members of other schemas", err);
            is_closed = 1;
        }
        XB_TRY(add_value(s, &value, v, path, "additionalProperties", &is_none, err));
        XB_TRY(add_value(s, &key, name, path, "propertyNames", &is_none, err));
        if (name && o->count) return xb_schema_unsupported(path, "propertyNames beside named members", err);
        o->has_patterns |= xb_json_count(key_of(o, i, "patternProperties")) > 0;
    }
    if (o->has_patterns) return pattern_members(s, o, err);
    if (is_none || !is_open || (is_closed && !is_told)) return XYBRID_OK;
    o->has_more = 1;
    XB_TRY(xb_schema_rule(s, value, 0, &o->more_value, err));
    o->is_text_key = o->count == 0;
    return o->is_text_key ? xb_schema_rule(s, key, 1, &o->more_key, err) : other_names(s, o, &o->more_key, err);
}

static void write_more(xb_schema *s, const object *o, xb_str *out) {
    const char *colon = xb_schema_basic(s, XB_B_COLON);
    if (o->has_patterns) xb_str_addf(out, " n%u", (unsigned)o->more_key);
    else if (o->is_text_key) xb_str_addf(out, " r%u %s r%u", (unsigned)o->more_key, colon, (unsigned)o->more_value);
    else xb_str_addf(out, " \"\\\"\" n%u %s r%u", (unsigned)o->more_key, colon, (unsigned)o->more_value);
}

/* ---- rules ---- */

static xybrid_status write_step(xb_schema *s, const object *o, size_t i, uint32_t c, xybrid_error *err) {
    const member  *m = &o->members[i];
    const uint32_t next = o->base + (uint32_t)(i + 1) * o->width;
    const uint32_t taken = c + 1 < o->width ? c + 1 : c;
    const char    *part = "";
    if (!m->is_none && !(o->max >= 0 && c >= o->max)) {
        if (c) xb_str_addf(&s->more, " %s", xb_schema_basic(s, XB_B_COMMA));
        xb_str         text;
        xb_json_writer w;
        xb_str_init(&text, s->mem, XB_MAX_SCHEMA_BYTES * 2), xb_json_writer_init(&w, &text, XB_JSON_COMPACT);
        xb_json_put_stringn(&w, m->name, m->size);
        const xybrid_status st = xb_json_writer_status(&w, err);
        xb_str_addc(&s->more, ' '), xb_schema_literal(&s->more, text.data, text.size);
        xb_str_free(&text);
        XB_TRY(st);
        xb_str_addf(&s->more, " %s r%u n%u", xb_schema_basic(s, XB_B_COLON), (unsigned)m->rule, (unsigned)(next + taken));
        part = " |";
    }
    if (!m->is_required) xb_str_addf(&s->more, "%s n%u", part, (unsigned)(next + c));
    else if (!*part) xb_str_addf(&s->more, " %s", xb_schema_basic(s, XB_B_NEVER));
    return XYBRID_OK;
}

/* Behind the named members: further ones, as many as there may and must be. */
static void write_end(xb_schema *s, const object *o, uint32_t c) {
    const int64_t min = xb_max64(o->min - (int64_t)c, 0), max = o->max < 0 ? -1 : xb_max64(o->max - (int64_t)c, 0);
    int64_t       least = min, most = max;
    if (!o->has_more || max == 0) {
        xb_str_add(&s->more, min > 0 ? " never" : " \"\"");
        if (min > 0) (void)xb_schema_basic(s, XB_B_NEVER);
        return;
    }
    if (!c) {
        xb_str_add(&s->more, min ? " " : " (");
        write_more(s, o, &s->more);
        least = min ? min - 1 : 0, most = max < 0 ? -1 : max - 1;
    }
    xb_str_addf(&s->more, " (%s", xb_schema_basic(s, XB_B_COMMA));
    write_more(s, o, &s->more);
    xb_str_addf(&s->more, "){%lld,", (long long)least);
    if (most >= 0) xb_str_addf(&s->more, "%lld", (long long)most);
    xb_str_add(&s->more, !c && !min ? "})?" : "}");
}

/* Bounds that say nothing are dropped, as far as that is sure. */
static xybrid_status set_bounds(object *o, xybrid_error *err) {
    int64_t needed = 0;
    for (size_t i = 0; i < o->count; i++) needed += o->members[i].is_required;
    o->min = o->h->min_members, o->max = o->h->max_members;
    if (o->min <= needed) o->min = 0;
    if (o->max >= 0 && !o->has_more && o->max >= (int64_t)o->count) o->max = -1;
    if (o->min > 1 && o->has_more)
        return xb_schema_unsupported(o->h->parts[0].path,
                                     "minProperties above 1 where names are free, since a name may come twice", err);
    const int64_t width = xb_max64(xb_max64(o->min, o->max), 1) + 1;
    if (width > 1024 || width * (int64_t)(o->count + 1) > XB_MAX_SCHEMA_RULES)
        return xb_schema_unsupported(o->h->parts[0].path, "minProperties or maxProperties as large as that", err);
    o->width = (uint32_t)width;
    return XYBRID_OK;
}

xybrid_status xb_schema_write_object(xb_schema *s, const xb_shape *h, xybrid_error *err) {
    object o = { .h = h };
    if (h->no_object) return xb_schema_unsupported(h->no_object, "no grammar lets one member depend on another", err);
    XB_TRY(find_members(s, &o, err));
    for (size_t i = 0; i < o.count; i++) {
        XB_TRY(type_member(s, &o, &o.members[i], err));
        if (o.members[i].is_none && o.members[i].is_required)
            return xb_schema_never(s, xb_schema_path(s, h->parts[0].path, o.members[i].name, err) ? h->parts[0].path : "#",
                                   "a required member is not allowed"),
                   XYBRID_OK;
    }
    XB_TRY(further_members(s, &o, err));
    XB_TRY(set_bounds(&o, err));
    o.base = s->names;
    s->names += o.width * (uint32_t)(o.count + 1);
    for (size_t i = 0; i <= o.count; i++)
        for (uint32_t c = 0; c < o.width && c <= i; c++) {
            xb_str_addf(&s->more, "n%u ::=", (unsigned)(o.base + (uint32_t)i * o.width + c));
            if (i < o.count) XB_TRY(write_step(s, &o, i, c, err));
            else write_end(s, &o, c);
            xb_str_addc(&s->more, '\n');
        }
    xb_str_addf(&s->out, "\"{\" n%u \"}\"", (unsigned)o.base);
    return XYBRID_OK;
}
