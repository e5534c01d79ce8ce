/* engine/llama/settings.c - the engine's own settings: a JSON object whose keys it does not know are passed over. */
#include <string.h>

#include "engine/llama/plugin.h"

/* ---- a reader of one object; values inside values are stepped over ---- */

typedef struct scan {
    const char *at;
} scan;

static void space(scan *s) { s->at += strspn(s->at, " \t\r\n"); }

/* The text between quotes, as it stands; NULL if there is none. No setting's name or value needs an escape. */
static const char *quoted(scan *s, size_t *len) {
    if (*s->at != '"') return NULL;
    const char *start = ++s->at;
    while (*s->at && *s->at != '"') s->at += s->at[0] == '\\' && s->at[1] ? 2 : 1;
    if (!*s->at) return NULL;
    *len = (size_t)(s->at++ - start);
    return start;
}

/* Steps over a value; 0 if there is none. */
static int32_t skip(scan *s) {
    const char *start = s->at;
    size_t      len;
    int32_t     depth = 0;
    do {
        space(s);
        if (*s->at == '"') {
            if (!quoted(s, &len)) return 0;
        } else if (*s->at == '{' || *s->at == '[') {
            depth++;
            s->at++;
            continue;
        } else if (*s->at == '}' || *s->at == ']') {
            depth--;
            s->at++;
        } else {
            size_t plain = strcspn(s->at, depth ? "\"{}[]" : ",}] \t\r\n");
            if (plain == 0) return 0;
            s->at += plain;
        }
    } while (depth > 0);
    return depth == 0 && s->at > start;
}

typedef struct item {
    const char *name, *value;
    size_t      name_len, value_len;
} item;

/* 1 = the next pair; 0 = the end; -1 = no JSON object. */
static int32_t next_item(scan *s, item *out) {
    space(s);
    if (*s->at == '}') return 0;
    if (*s->at == ',') s->at++, space(s);
    if (!(out->name = quoted(s, &out->name_len))) return -1;
    space(s);
    if (*s->at++ != ':') return -1;
    space(s);
    out->value = s->at;
    if (!skip(s)) return -1;
    out->value_len = (size_t)(s->at - out->value);
    space(s);
    return *s->at == ',' || *s->at == '}' ? 1 : -1;
}

static int32_t is(const char *text, size_t len, const char *word) {
    return strlen(word) == len && memcmp(text, word, len) == 0;
}

/* A whole number of at most 6 digits within bounds; 0 = it is none. */
static int32_t whole(const item *i, int32_t low, int32_t high, int32_t *out) {
    int32_t n = 0;
    if (i->value_len < 1 || i->value_len > 6) return 0;
    for (size_t k = 0; k < i->value_len; k++) {
        if (i->value[k] < '0' || i->value[k] > '9') return 0;
        n = n * 10 + (i->value[k] - '0');
    }
    if (n < low || n > high) return 0;
    *out = n;
    return 1;
}

static int32_t truth(const item *i, int32_t *out) {
    *out = is(i->value, i->value_len, "true");
    return *out || is(i->value, i->value_len, "false");
}

static int32_t pooling(const item *i, int32_t *out) {
    static const char *const names[] = { "\"none\"", "\"mean\"", "\"cls\"", "\"last\"" }; /* LLAMA_POOLING_TYPE_* */
    for (int32_t n = 0; n < 4; n++)
        if (is(i->value, i->value_len, names[n])) {
            *out = n;
            return 1;
        }
    return 0;
}

static int32_t take(const item *i, ll_settings *out, const char **wanted) {
    *wanted = "\"repack\" is true or false";
    if (is(i->name, i->name_len, "repack")) return truth(i, &out->is_repacking);
    *wanted = "\"pooling\" is \"none\", \"mean\", \"cls\" or \"last\"";
    if (is(i->name, i->name_len, "pooling")) return pooling(i, &out->pooling);
    *wanted = "\"micro_batch\" is a number from 16 to 2048";
    if (is(i->name, i->name_len, "micro_batch")) return whole(i, 16, LL_MAX_BATCH, &out->micro_tokens);
    *wanted = "\"gpu_layers\" is a number from 0 to 9999";
    if (is(i->name, i->name_len, "gpu_layers")) return whole(i, 0, 9999, &out->gpu_layers);
    return 1;
}

xybrid_status ll_settings_read(const xybrid_host *host, const char *config, ll_settings *out, xybrid_error *err) {
    ll_settings settings = { .is_repacking = 1, .pooling = -1 };
    scan        s = { config ? config : "{}" };
    item        i;
    int32_t     more;
    space(&s);
    if (*s.at++ != '{')
        return ll_fail(host, err, XYBRID_INVALID_ARGUMENT, "config", "the settings of llama are no JSON object");
    while ((more = next_item(&s, &i)) > 0) {
        const char *wanted;
        if (!take(&i, &settings, &wanted)) return ll_fail(host, err, XYBRID_INVALID_ARGUMENT, "config", "setting %s", wanted);
    }
    if (more < 0) return ll_fail(host, err, XYBRID_INVALID_ARGUMENT, "config", "the settings of llama are no JSON object");
    *out = settings;
    return XYBRID_OK;
}
