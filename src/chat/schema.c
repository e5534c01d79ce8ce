/* schema.c - from a JSON Schema to rules: references, choices, one rule for each different list of parts. */
#include <string.h>

#include "chat/schema_int.h"

/* ---- paths and failures ---- */

const char *xb_schema_path(xb_schema *s, const char *path, const char *key, xybrid_error *err) {
    const size_t a = strlen(path), b = strlen(key);
    char        *out = xb_arena_alloc(&s->arena, a + 2 * b + 2, err);
    if (!out) return NULL;
    memcpy(out, path, a);
    char *p = out + a;
    *p++ = '/';
    for (; *key; key++) {
        if (*key == '/' || *key == '~') *p++ = '~', *p++ = *key == '/' ? '1' : '0';
        else *p++ = *key;
    }
    return out;
}

xybrid_status xb_schema_unsupported(const char *path, const char *why, xybrid_error *err) {
    return xb_fail(err, XYBRID_UNSUPPORTED_FORMAT, path, "JSON Schema %s is not supported: %s", path, why);
}

xybrid_status xb_schema_malformed(const char *path, const char *wanted, xybrid_error *err) {
    return xb_fail(err, XYBRID_MALFORMED, path, "JSON Schema %s: wanted %s", path, wanted);
}

void xb_schema_never(xb_schema *s, const char *path, const char *why) {
    if (!s->never.code) (void)xb_fail(&s->never, XYBRID_INVALID_ARGUMENT, path, "JSON Schema %s cannot be met: %s", path, why);
    xb_str_add(&s->out, xb_schema_basic(s, XB_B_NEVER));
}

/* ---- references ---- */

static int hex(char c) {
    static const char digits[] = "0123456789abcdef";
    const char       *p = c ? strchr(digits, c >= 'A' && c <= 'F' ? c + 32 : c) : NULL;
    return p ? (int)(p - digits) : -1;
}

/* One step of a JSON pointer (RFC 6901), with %XX of a URI's fragment undone; returns what follows. */
static const char *pointer_step(const char *p, char out[XB_MAX_NAME]) {
    size_t n = 0;
    for (; *p && *p != '/' && n < XB_MAX_NAME - 1; p++) {
        out[n] = *p;
        if (*p == '%' && hex(p[1]) >= 0 && hex(p[2]) >= 0) out[n] = (char)(hex(p[1]) << 4 | hex(p[2])), p += 2;
        if (out[n] == '~' && (p[1] == '0' || p[1] == '1')) out[n] = *++p == '1' ? '/' : '~';
        n++;
    }
    out[n] = '\0';
    return p;
}

static const xb_json *child_of(const xb_json *v, const char *step) {
    if (xb_json_is(v, XB_JSON_OBJECT)) return xb_json_get(v, step);
    int64_t index = 0;
    for (const char *p = step; *p; p++) {
        if (*p < '0' || *p > '9' || index > XB_MAX_LIST_ITEMS) return NULL;
        index = index * 10 + (*p - '0');
    }
    return *step ? xb_json_at(v, index) : NULL;
}

/* "#name": the schema among the definitions whose $anchor it is. */
static const xb_json *find_anchor(const xb_json *root, const char *name) {
    static const char *const places[] = { "$defs", "definitions" };
    for (int i = 0; i < 2; i++)
        for (xb_json_iter it = xb_json_items(xb_json_get(root, places[i])); xb_json_next(&it);) {
            const char *text = "";
            size_t      size = 0;
            if (xb_json_string(xb_json_get(it.value, "$anchor"), &text, &size) && xb_streq(text, name)) return it.value;
            if (xb_json_string(xb_json_get(it.value, "$id"), &text, &size) && *text == '#' && xb_streq(text + 1, name))
                return it.value;
        }
    return NULL;
}

static xybrid_status resolve(xb_schema *s, const xb_json *ref, const char *path, xb_spart *out, xybrid_error *err) {
    const char    *text = "", *id = "", *hash;
    size_t         size = 0, id_size = 0;
    char           step[XB_MAX_NAME];
    const xb_json *v = s->root;
    path = xb_schema_path(s, path, "$ref", err);
    if (!path) return err->code;
    if (!xb_json_string(ref, &text, &size)) return xb_schema_malformed(path, "a text", err);
    hash = strchr(text, '#');
    const size_t base = hash ? (size_t)(hash - text) : size;
    (void)xb_json_string(xb_json_get(s->root, "$id"), &id, &id_size);
    if (base && (base != strcspn(id, "#") || memcmp(id, text, base) != 0))
        return xb_schema_unsupported(path, "a reference to another document", err);
    hash = hash ? hash + 1 : "";
    if (*hash && *hash != '/') v = find_anchor(s->root, hash);
    else
        for (const char *p = hash; *p && v; v = child_of(v, step)) p = pointer_step(p + 1, step);
    if (!v) return xb_schema_malformed(path, "a reference to a schema that is there", err);
    out->node = v;
    out->path = xb_arena_strndup(&s->arena, text, size, err);
    return out->path ? XYBRID_OK : err->code;
}

/* ---- choices ---- */

static xybrid_status push_part(xb_schema *s, xb_spart part, xybrid_error *err) {
    for (int32_t up = part.from; up >= 0; up = s->stack[up].from)
        if (s->stack[up].node == part.node)
            return xb_schema_malformed(part.path, "a schema that does not refer to itself", err);
    for (size_t i = 0; i < s->stack_count; i++)
        if (s->stack[i].node == part.node) return XYBRID_OK;
    if (s->stack_count == XB_MAX_SCHEMA_PARTS)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, part.path,
                       "JSON Schema %s: more than %d schemas hold together (XB_MAX_SCHEMA_PARTS)", part.path,
                       XB_MAX_SCHEMA_PARTS);
    s->stack[s->stack_count++] = part;
    return XYBRID_OK;
}

/* What a part adds without a choice. */
static xybrid_status add_fixed(xb_schema *s, size_t at, xybrid_error *err) {
    const xb_spart p = s->stack[at];
    xb_spart       more = { NULL, NULL, (int32_t)at };
    int            truth = 0;
    if (!xb_json_is(p.node, XB_JSON_OBJECT) && !xb_json_bool(p.node, &truth))
        return xb_schema_malformed(p.path, "a schema: an object or a truth", err);
    const xb_json *ref = xb_json_get(p.node, "$ref"), *all = xb_json_get(p.node, "allOf");
    if (xb_json_get(p.node, "$dynamicRef") || xb_json_get(p.node, "$recursiveRef"))
        return xb_schema_unsupported(p.path, "$dynamicRef and $recursiveRef", err);
    if (ref) {
        XB_TRY(resolve(s, ref, p.path, &more, err));
        XB_TRY(push_part(s, more, err));
        if (s->refs_stand_alone) return s->stack[at].node = NULL, XYBRID_OK; /* says nothing more itself */
    }
    if (!all) return XYBRID_OK;
    if (!xb_json_is(all, XB_JSON_ARRAY)) return xb_schema_malformed(p.path, "a list behind allOf", err);
    for (xb_json_iter it = xb_json_items(all); xb_json_next(&it);) {
        char key[32];
        (void)xb_format(key, sizeof key, "allOf/%lld", (long long)it.index);
        more.node = it.value, more.path = xb_schema_path(s, p.path, "allOf", err);
        if (more.path) more.path = xb_schema_path(s, more.path, key + 6, err);
        if (!more.path) return err->code;
        XB_TRY(push_part(s, more, err));
    }
    return XYBRID_OK;
}

typedef struct chooser {
    xb_schema *s;
    xybrid_status (*visit)(xb_schema *s, void *ctx, xybrid_error *err); /* the parts are in s->stack */
    void *ctx;
} chooser;

static xybrid_status explore(chooser *c, size_t at, int stage, xybrid_error *err);

/* ---- are two schemas apart? ---- */

typedef struct shapes {
    xb_shape *items;
    size_t    count;
} shapes;

static xybrid_status collect(xb_schema *s, void *ctx, xybrid_error *err) {
    shapes   *list = ctx;
    xb_spart *parts = xb_arena_array(&s->arena, s->stack_count + 1, sizeof *parts, err);
    xb_shape *items = parts ? xb_arena_array(&s->arena, list->count + 1, sizeof *items, err) : NULL;
    if (!items) return err->code;
    memcpy(parts, s->stack, s->stack_count * sizeof *parts);
    if (list->count) memcpy(items, list->items, list->count * sizeof *items);
    XB_TRY(xb_shape_of(s, parts, s->stack_count, &items[list->count], err));
    list->items = items;
    list->count++;
    return XYBRID_OK;
}

/* All shapes of one schema, with a stack of its own. */
static xybrid_status shapes_of(xb_schema *s, xb_spart part, shapes *out, xybrid_error *err) {
    const size_t  count = s->stack_count;
    const int32_t choices = s->choices;
    chooser       c = { s, collect, out };
    xb_spart     *saved = xb_arena_array(&s->arena, count + 1, sizeof *saved, err);
    if (!saved) return err->code;
    memcpy(saved, s->stack, count * sizeof *saved);
    if (!s->is_comparing++) s->base = saved, s->base_count = count;
    part.from = -1;
    s->stack[0] = part, s->stack_count = 1, s->choices = XB_MAX_SCHEMA_CHOICES - 64;
    const xybrid_status st = explore(&c, 0, 0, err);
    memcpy(s->stack, saved, count * sizeof *saved);
    s->stack_count = count, s->choices = choices, s->is_comparing--;
    return st;
}

static xybrid_status schemas_apart(xb_schema *s, xb_spart a, xb_spart b, int depth, int *out, xybrid_error *err);

static int is_required(const xb_shape *h, const char *name) {
    for (size_t i = 0; i < h->part_count; i++)
        for (xb_json_iter it = xb_json_items(xb_json_get(h->parts[i].node, "required")); xb_json_next(&it);) {
            const char *text = "";
            size_t      size = 0;
            if (xb_json_string(it.value, &text, &size) && xb_streq(text, name)) return 1;
        }
    return 0;
}

/* May no object of this shape have the member? `as_written`: none that the grammar makes of it, which gives members only where
 * a schema says so; the parts beside the choice lie in the stack. */
static int is_refused(const xb_schema *s, const xb_shape *h, const char *name, int as_written) {
    int is_named = 0;
    for (size_t i = 0; i < h->part_count + (as_written ? s->base_count : 0); i++) {
        const xb_json *v = i < h->part_count ? h->parts[i].node : s->base[i - h->part_count].node;
        const xb_json *more = xb_json_get(v, "additionalProperties"), *pattern = xb_json_get(v, "patternProperties");
        int            truth = 1;
        const int      has = xb_json_get(xb_json_get(v, "properties"), name) != NULL;
        if (xb_json_bool(more, &truth) && !truth && !pattern && !has) return 1;
        if (has || (more && truth) || pattern) as_written = 0;
        is_named |= xb_json_count(xb_json_get(v, "properties")) > 0 || xb_json_count(xb_json_get(v, "required")) > 0;
    }
    return as_written && is_named && !is_required(h, name);
}

/* Each object of b needs a member that no object of a has. */
static int lacks_needed(const xb_schema *s, const xb_shape *a, const xb_shape *b, int as_written) {
    for (size_t i = 0; i < b->part_count; i++)
        for (xb_json_iter it = xb_json_items(xb_json_get(b->parts[i].node, "required")); xb_json_next(&it);) {
            const char *name = "";
            size_t      size = 0;
            if (xb_json_string(it.value, &name, &size) && is_refused(s, a, name, as_written)) return 1;
        }
    return 0;
}

/* A member of both whose values are apart. */
static xybrid_status members_apart(xb_schema *s, const xb_shape *a, const xb_shape *b, int depth, int *out, xybrid_error *err) {
    for (size_t m = 0; m < a->part_count && !*out; m++)
        for (xb_json_iter it = xb_json_items(xb_json_get(a->parts[m].node, "properties")); xb_json_next(&it) && !*out;) {
            if (!is_required(a, it.key) || !is_required(b, it.key)) continue;
            for (size_t n = 0; n < b->part_count && !*out; n++) {
                const xb_json *other = xb_json_get(xb_json_get(b->parts[n].node, "properties"), it.key);
                const xb_spart x = { it.value, a->parts[m].path, -1 }, y = { other, b->parts[n].path, -1 };
                if (other) XB_TRY(schemas_apart(s, x, y, depth + 1, out, err));
            }
        }
    return XYBRID_OK;
}

static xybrid_status objects_apart(xb_schema *s, const xb_shape *a, const xb_shape *b, int depth, int *out, xybrid_error *err) {
    const int as_written = depth == 0 && s->is_settled;
    *out = lacks_needed(s, a, b, 0) || lacks_needed(s, b, a, 0) ||
           (as_written && lacks_needed(s, a, b, 1) && lacks_needed(s, b, a, 1));
    return *out ? XYBRID_OK : members_apart(s, a, b, depth, out, err);
}

static int ranges_apart(const xb_sbound *high, const xb_sbound *low) {
    if (!high->is_there || !low->is_there) return 0;
    return high->value < low->value || (high->value <= low->value && (high->excludes || low->excludes));
}

static xybrid_status shapes_apart(xb_schema *s, const xb_shape *a, const xb_shape *b, int depth, int *out, xybrid_error *err) {
    unsigned both = a->types & b->types & (depth ? XB_T_ALL : s->base_types);
    *out = 1;
    for (size_t i = 0; a->values && b->values && i < a->value_count; i++)
        for (size_t k = 0; k < b->value_count; k++)
            if (xb_json_same(a->values[i], b->values[k], 0)) return *out = 0, XYBRID_OK;
    if (a->values && b->values) return XYBRID_OK;
    if (ranges_apart(&a->high, &b->low) || ranges_apart(&b->high, &a->low)) both &= ~(unsigned)XB_T_NUMBER;
    if ((a->max_length >= 0 && a->max_length < b->min_length) || (b->max_length >= 0 && b->max_length < a->min_length))
        both &= ~(unsigned)XB_T_STRING;
    if ((a->max_items >= 0 && a->max_items < b->min_items) || (b->max_items >= 0 && b->max_items < a->min_items))
        both &= ~(unsigned)XB_T_ARRAY;
    if (both & XB_T_OBJECT) {
        int apart = 0;
        XB_TRY(objects_apart(s, a, b, depth, &apart, err));
        if (apart) both &= ~(unsigned)XB_T_OBJECT;
    }
    *out = both == 0;
    return XYBRID_OK;
}

static xybrid_status all_apart(xb_schema *s, const shapes *x, const shapes *y, int depth, int *out, xybrid_error *err) {
    for (size_t i = 0; i < x->count; i++)
        for (size_t k = 0; k < y->count; k++) {
            XB_TRY(shapes_apart(s, &x->items[i], &y->items[k], depth, out, err));
            if (!*out) return XYBRID_OK;
        }
    return *out = 1, XYBRID_OK;
}

/* Can no value fit both? 1 only if that is sure. */
static xybrid_status schemas_apart(xb_schema *s, xb_spart a, xb_spart b, int depth, int *out, xybrid_error *err) {
    shapes x = { NULL, 0 }, y = { NULL, 0 };
    *out = 0;
    if (depth == 4 || ++s->compared > XB_MAX_SCHEMA_RULES) return XYBRID_OK;
    XB_TRY(shapes_of(s, a, &x, err));
    XB_TRY(shapes_of(s, b, &y, err));
    return all_apart(s, &x, &y, depth, out, err);
}

/* Do the parts add nothing to a choice at part `at` but what they say themselves? */
static int is_settled(const xb_schema *s, size_t at) {
    static const char *const keys[] = { "anyOf", "oneOf", "$ref", "allOf" };
    for (size_t i = 0; i < s->stack_count; i++)
        for (int k = 0; k < (i > at ? 4 : 2); k++)
            if (xb_json_get(s->stack[i].node, keys[k]) && !(i == at && k == 1)) return 0;
    return 1;
}

static xybrid_status check_apart(xb_schema *s, size_t at, const xb_spart *branches, size_t count, const char *path,
                                 xybrid_error *err) {
    xb_shape base;
    shapes  *of = xb_arena_array(&s->arena, count, sizeof *of, err);
    if (!of) return err->code;
    XB_TRY(xb_shape_of(s, s->stack, s->stack_count, &base, err));
    s->is_settled = is_settled(s, at), s->base_types = base.types, s->compared = 0;
    for (size_t i = 0; i < count; i++) XB_TRY(shapes_of(s, branches[i], &of[i], err));
    for (size_t i = 0; i < count; i++)
        for (size_t k = i + 1; k < count; k++) {
            int apart = 0;
            XB_TRY(all_apart(s, &of[i], &of[k], 0, &apart, err));
            if (!apart)
                return xb_schema_unsupported(
                    path, "its choices may hold for one value together; use anyOf, or give each a const that tells them apart",
                    err);
        }
    return XYBRID_OK;
}

/* Each branch of an anyOf or oneOf in turn. */
static xybrid_status explore_branches(chooser *c, size_t at, int stage, const xb_json *list, const char *key,
                                      xybrid_error *err) {
    xb_schema    *s = c->s;
    const size_t  before = s->stack_count;
    const int64_t count = xb_json_count(list);
    const char   *path = xb_schema_path(s, s->stack[at].path, key, err);
    xb_spart     *branches = path ? xb_arena_array(&s->arena, (size_t)count + 1, sizeof *branches, err) : NULL;
    if (!branches) return err->code;
    if (!xb_json_is(list, XB_JSON_ARRAY) || !count) return xb_schema_malformed(path, "a list of schemas", err);
    for (xb_json_iter it = xb_json_items(list); xb_json_next(&it);) {
        char index[24];
        (void)xb_format(index, sizeof index, "%lld", (long long)it.index);
        branches[it.index] = (xb_spart){ it.value, xb_schema_path(s, path, index, err), (int32_t)at };
        if (!branches[it.index].path) return err->code;
    }
    if (*key == 'o' && count > 1 && !s->is_comparing) XB_TRY(check_apart(s, at, branches, (size_t)count, path, err));
    if (s->depth == XB_MAX_SCHEMA_DEPTH)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, path,
                       "JSON Schema %s: choices in choices, at most %d (XB_MAX_SCHEMA_DEPTH)", path, XB_MAX_SCHEMA_DEPTH);
    s->depth++;
    for (int64_t i = 0; i < count; i++) {
        XB_TRY(push_part(s, branches[i], err));
        XB_TRY(explore(c, at, stage + 1, err));
        s->stack_count = before;
    }
    s->depth--;
    return XYBRID_OK;
}

static xybrid_status explore(chooser *c, size_t at, int stage, xybrid_error *err) {
    static const char *const keys[] = { "", "anyOf", "oneOf" };
    xb_schema               *s = c->s;
    for (; at < s->stack_count; at++, stage = 0) {
        if (stage == 0) XB_TRY(add_fixed(s, at, err));
        if (stage == 0) stage = 1;
        for (; stage < 3; stage++) {
            const xb_json *list = xb_json_get(s->stack[at].node, keys[stage]);
            if (list) return explore_branches(c, at, stage, list, keys[stage], err);
        }
    }
    if (++s->choices > XB_MAX_SCHEMA_CHOICES)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, s->stack[0].path,
                       "JSON Schema %s: more than %d combinations of anyOf and oneOf (XB_MAX_SCHEMA_CHOICES)", s->stack[0].path,
                       XB_MAX_SCHEMA_CHOICES);
    return c->visit(s, c->ctx, err);
}

/* ---- rules ---- */

xybrid_status xb_schema_add_part(xb_schema *s, xb_sparts *parts, const xb_json *node, const char *path, const char *key,
                                 xybrid_error *err) {
    xb_spart  one = { node, xb_schema_path(s, path, key, err), -1 };
    xb_spart *items = one.path ? xb_arena_array(&s->arena, parts->count + 1, sizeof *items, err) : NULL;
    if (!items) return err->code;
    for (int hops = 0; hops < 16 && xb_json_get(one.node, "$ref") && (s->refs_stand_alone || xb_json_count(one.node) == 1);
         hops++)
        XB_TRY(resolve(s, xb_json_get(one.node, "$ref"), one.path, &one, err)); /* nothing but a reference: its target */
    if (parts->count) memcpy(items, parts->items, parts->count * sizeof *items);
    items[parts->count++] = one;
    parts->items = items;
    return XYBRID_OK;
}

xybrid_status xb_schema_rule(xb_schema *s, xb_sparts parts, int is_key, uint32_t *out, xybrid_error *err) {
    uint32_t hash = (uint32_t)is_key;
    for (size_t i = 0; i < parts.count; i++)
        hash = (hash + (uint32_t)((uintptr_t)parts.items[i].node >> 3)) * UINT32_C(0x9E3779B1);
    for (size_t r = 0; r < s->rule_count; r++) {
        const xb_srule *old = &s->rules[r];
        size_t          same = 0;
        if (old->hash != hash || old->parts.count != parts.count || old->is_key != is_key) continue;
        while (same < parts.count && old->parts.items[same].node == parts.items[same].node) same++;
        if (same == parts.count) return *out = (uint32_t)r, XYBRID_OK;
    }
    XB_TRY(xb_grow(s->mem, (void **)&s->rules, &s->rule_room, s->rule_count, sizeof *s->rules, XB_MAX_SCHEMA_RULES,
                   "rules of a JSON Schema (XB_MAX_SCHEMA_RULES)", err));
    s->rules[s->rule_count] = (xb_srule){ parts, hash, is_key };
    *out = (uint32_t)s->rule_count++;
    return XYBRID_OK;
}

static xybrid_status write_choice(xb_schema *s, void *ctx, xybrid_error *err) {
    xb_shape  h;
    xb_spart *parts = xb_arena_array(&s->arena, s->stack_count + 1, sizeof *parts, err);
    if (!parts) return err->code;
    memcpy(parts, s->stack, s->stack_count * sizeof *parts);
    XB_TRY(xb_shape_of(s, parts, s->stack_count, &h, err));
    if (s->choices > 1) xb_str_add(&s->out, " | ");
    return xb_schema_write_shape(s, &h, *(const int *)ctx, err);
}

static xybrid_status write_rule(xb_schema *s, size_t r, xybrid_error *err) {
    const xb_srule rule = s->rules[r];
    int            is_key = rule.is_key;
    chooser        c = { s, write_choice, &is_key };
    s->stack_count = 0, s->choices = 0;
    if (rule.parts.count) {
        xb_str_add(&s->out, "# ");
        for (const char *p = rule.parts.items[0].path; *p; p++) xb_str_addc(&s->out, *p == '\n' || *p == '\r' ? ' ' : *p);
        xb_str_addc(&s->out, '\n');
    }
    xb_str_addf(&s->out, "r%u ::= ", (unsigned)r);
    for (size_t i = 0; i < rule.parts.count; i++) XB_TRY(push_part(s, rule.parts.items[i], err));
    if (!rule.parts.count) xb_str_add(&s->out, xb_schema_basic(s, is_key ? XB_B_STRING : XB_B_VALUE));
    else XB_TRY(explore(&c, 0, 0, err));
    xb_str_addc(&s->out, '\n');
    return xb_str_status(&s->out, err);
}

static xybrid_status write_all(xb_schema *s, const char *json, size_t size, xybrid_error *err) {
    xb_sparts   parts = { NULL, 0 };
    const char *version = "";
    size_t      version_size = 0;
    uint32_t    first = 0;
    XB_TRY(xb_json_parse(s->mem, json, (int64_t)size, XB_MAX_SCHEMA_BYTES, &s->doc, err));
    s->root = xb_json_root(s->doc);
    (void)xb_json_string(xb_json_get(s->root, "$schema"), &version, &version_size);
    s->refs_stand_alone = strstr(version, "/draft-0") != NULL;
    parts.items = xb_arena_array(&s->arena, 1, sizeof *parts.items, err);
    if (!parts.items) return err->code;
    parts.items[0] = (xb_spart){ s->root, "#", -1 }, parts.count = 1;
    xb_str_add(&s->out, "root ::= r0\n");
    XB_TRY(xb_schema_rule(s, parts, 0, &first, err));
    for (; s->written < s->rule_count; s->written++) XB_TRY(write_rule(s, s->written, err));
    XB_TRY(xb_str_status(&s->more, err));
    xb_str_addn(&s->out, s->more.data, s->more.size);
    xb_schema_write_basics(s);
    return xb_str_status(&s->out, err);
}

static void close_schema(xb_schema *s) {
    xb_str_free(&s->out), xb_str_free(&s->more), xb_free(s->mem, s->rules), xb_json_free(s->doc), xb_arena_free(&s->arena);
    xb_free(s->mem, s);
}

static xybrid_status open_schema(xb_mem *mem, const char *json, size_t size, xb_schema **out, xybrid_error *err) {
    xb_schema *s = xb_calloc(mem, 1, sizeof *s, err);
    if (!s) return err->code;
    s->mem = mem;
    xb_arena_init(&s->arena, mem, XB_MAX_GRAMMAR_CALL_BYTES);
    xb_str_init(&s->out, mem, XB_MAX_GRAMMAR_BYTES), xb_str_init(&s->more, mem, XB_MAX_GRAMMAR_BYTES);
    const xybrid_status st = write_all(s, json, size, err);
    if (st == XYBRID_OK) *out = s;
    else close_schema(s);
    return st;
}

xybrid_status xb_schema_gbnf(xb_mem *mem, const char *json, size_t size, char **out, size_t *out_size, xybrid_error *err) {
    xb_schema *s = NULL;
    XB_TRY(open_schema(mem, json, size, &s, err));
    const xybrid_status st = xb_str_take(&s->out, out, out_size, err);
    close_schema(s);
    return st;
}

xybrid_status xb_schema_grammar(xb_mem *mem, const char *json, size_t size, xb_grammar **out, xybrid_error *err) {
    xb_schema *s = NULL;
    XB_TRY(open_schema(mem, json, size, &s, err));
    xybrid_status st = xb_grammar_compile(mem, s->out.data, s->out.size, out, err);
    if (st == XYBRID_MALFORMED) { /* of our own text only this is left: it never ends */
        if (!s->never.code)
            (void)xb_fail(&s->never, XYBRID_INVALID_ARGUMENT, "#",
                          "JSON Schema # cannot be met: each value needs another inside");
        *err = s->never;
        st = err->code;
    }
    close_schema(s);
    return st;
}

xybrid_status xb_json_object_grammar(xb_mem *mem, xb_grammar **out, xybrid_error *err) {
    static const char any[] = "{\"type\":\"object\"}";
    return xb_schema_grammar(mem, any, sizeof any - 1, out, err);
}
