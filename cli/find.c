/* cli/find.c - the folders of models and engines. */
#include "find.h"

#include <stdlib.h>
#include <string.h>

#include "nearest.h"
#include "system.h"

const char *find_join(cli *c, const char *folder, const char *name) {
    size_t size = strlen(folder);
    return cli_text(c, "%s%s%s", folder, size && system_is_separator(folder[size - 1]) ? "" : "/", name);
}

const char *find_base_name(const char *path) {
    const char *base = path;
    for (const char *p = path; *p; p++) {
        if (system_is_separator(*p) && p[1]) base = p + 1;
    }
    return base;
}

const char *find_folder_of(cli *c, const char *path) {
    size_t size = (size_t)(find_base_name(path) - path);
    if (size == 0) return ".";
    return cli_text(c, "%.*s", (int)(size > 1 ? size - 1 : size), path);
}

const char *find_models_folder(cli *c) {
    const char *env = system_env(&c->arena, "XYBRID_MODELS");
    if (env) return env;
    const char *program = system_program_folder(&c->arena), *data = system_data_folder(&c->arena);
    const char *beside = find_join(c, program ? program : ".", "models");
    if (!data || system_kind_of(beside) == SYSTEM_FOLDER) return beside;
    return find_join(c, data, "xybrid/models");
}

const char *find_engines_folder(cli *c, const char *given) {
    const char *folder = given ? given : system_env(&c->arena, "XYBRID_ENGINES");
    if (folder) return system_absolute(&c->arena, folder);
    const char *program = system_program_folder(&c->arena);
    if (!program) return NULL;
    const char *beside = find_join(c, program, "engines"), *installed = find_join(c, program, CLI_INSTALLED_ENGINES);
    return system_kind_of(beside) != SYSTEM_FOLDER && system_kind_of(installed) == SYSTEM_FOLDER ? installed : beside;
}

static int is_bare_name(const char *typed) {
    for (const char *p = typed; *p; p++) {
        if (system_is_separator(*p)) return 0;
    }
    return typed[0] && strcmp(typed, ".") != 0 && strcmp(typed, "..") != 0;
}

const char *find_model(cli *c, const char *typed) {
    if (system_kind_of(typed) != SYSTEM_NOTHING || !is_bare_name(typed)) return typed;
    const char *path = find_join(c, find_models_folder(c), typed);
    return system_kind_of(path) == SYSTEM_FOLDER ? path : typed;
}

/* ---- names ---- */

typedef struct names {
    cli         *c;
    const char  *folder;
    const char **items;
    size_t       count, capacity;
} names;

static void add_model(void *ctx, const char *name) {
    names *n = ctx;
    if (system_kind_of(find_join(n->c, find_join(n->c, n->folder, name), "model_metadata.json")) != SYSTEM_FILE) return;
    if (n->count == n->capacity) {
        size_t       capacity = n->capacity ? 2 * n->capacity : 16;
        const char **items = cli_alloc(n->c, capacity, sizeof *items);
        if (n->count) memcpy(items, n->items, n->count * sizeof *items);
        n->items = items;
        n->capacity = capacity;
    }
    n->items[n->count++] = cli_text(n->c, "%s", name);
}

static int by_name(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

const char **find_model_names(cli *c, const char *folder, size_t *count) {
    names n = { .c = c, .folder = folder };
    system_list(folder, add_model, &n);
    if (n.count) qsort(n.items, n.count, sizeof *n.items, by_name);
    *count = n.count;
    return n.items;
}

void find_hint_models(cli *c, const char *typed) {
    size_t       count = 0;
    const char  *folder = find_models_folder(c);
    const char **models = find_model_names(c, folder, &count);
    if (!is_bare_name(typed) || system_kind_of(find_model(c, typed)) != SYSTEM_NOTHING) return; /* the name is not to blame */
    nearest n = { .word = typed };
    for (size_t i = 0; i < count; i++) nearest_offer(&n, models[i]);
    if (n.name) {
        cli_hint("did you mean %s?", n.name);
    } else if (count) {
        xb_str s;
        cli_begin(c, &s);
        for (size_t i = 0; i < count && s.size < 900; i++) xb_str_addf(&s, "%s%s", i ? ", " : "", models[i]);
        cli_hint("models in %s: %s", folder, s.data);
        xb_str_free(&s);
    } else {
        cli_hint("no models in %s; XYBRID_MODELS names another folder", folder);
    }
}
