/* cli/options.c - reads arguments by a command's table, and writes its help from the same table. */
#include "options.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/format.h"
#include "nearest.h"

int usage_fail(const command *m, const char *fmt, ...) {
    char    text[1024];
    va_list args;
    va_start(args, fmt);
    xb_vformat(text, sizeof text, fmt, args);
    va_end(args);
    cli_fail("%s", text);
    if (m) cli_hint("see: xybrid help %s", m->name);
    else cli_hint("see: xybrid help");
    return CLI_USAGE;
}

/* ---- reading ---- */

/* The option that `arg` names: "--input", "--input=x", "-i" or "-ix". *value points behind the name, NULL if nothing is
 * there. */
static const option *find(const command *m, const char *arg, const char **value) {
    for (size_t i = 0; i < m->option_count; i++) {
        const option *o = &m->options[i];
        size_t        size = strlen(o->name);
        if (strncmp(arg, o->name, size) == 0 && (arg[size] == 0 || arg[size] == '=')) {
            *value = arg[size] ? arg + size + 1 : NULL;
            return o;
        }
        if (!o->letter || strncmp(arg, o->letter, 2) != 0 || (arg[2] && !o->value)) continue;
        *value = arg[2] ? arg + 2 : NULL;
        return o;
    }
    return NULL;
}

static int fail_unknown(const command *m, const char *arg) {
    char   name[64];
    size_t size = strcspn(arg, "=");
    if (size >= sizeof name) size = sizeof name - 1;
    memcpy(name, arg, size);
    name[size] = 0;
    nearest n = { .word = name };
    for (size_t i = 0; i < m->option_count; i++) nearest_offer(&n, m->options[i].name);
    nearest_offer(&n, "--help");
    if (n.name) return usage_fail(m, "unknown option %s; did you mean %s?", name, n.name);
    return usage_fail(m, "unknown option %s", name);
}

int number_read(const char *text, double min, double max, float *out) {
    char  *end;
    double n = strtod(text, &end);
    if (end == text || *end || !(n >= min && n <= max)) return -1;
    *out = (float)n;
    return 0;
}

int whole_number_read(const char *text, int64_t min, int64_t max, int64_t *out) {
    int64_t     n = 0;
    const char *p = text;
    for (; *p >= '0' && *p <= '9' && n <= max / 10; p++) n = n * 10 + (*p - '0');
    if (p == text || *p || n < min || n > max) return -1;
    *out = n;
    return 0;
}

static int read_number(const command *m, const option *o, const char *text, void *out) {
    int failed = o->kind == OPTION_INT ? whole_number_read(text, o->min, o->max, out)
                                       : number_read(text, (double)o->min, (double)o->max, out);
    if (!failed) return CLI_OK;
    return usage_fail(m, "%s is \"%s\", wanted a number %lld..%lld", o->name, text, (long long)o->min, (long long)o->max);
}

/* Is what follows a file for the option? Its suffixes stand one behind the other: ".json.png". */
static int is_file_for(const option *o, const char *next) {
    const char *dot = strrchr(next, '.'), *at = dot ? strstr(o->suffix, dot) : NULL;
    return next[0] != '-' && at && dot[1] && (at[strlen(dot)] == 0 || at[strlen(dot)] == '.');
}

/* Stores one option. `next` is the argument behind it, NULL at the end; *took = 1 if it was used. */
static int store(const command *m, const option *o, const char *value, const char *next, char *args, int *took) {
    void       *field = args + o->field;
    const char *unused = NULL;
    if (o->kind == OPTION_SWITCH) {
        if (value) return usage_fail(m, "%s takes no value", o->name);
        *(int *)field = 1;
        return CLI_OK;
    }
    if (o->kind == OPTION_MAYBE) {
        option_maybe *maybe = field;
        if (!value && next && is_file_for(o, next)) value = next, *took = 1;
        maybe->given = 1;
        maybe->file = value;
        return CLI_OK;
    }
    if (!value && next && !(next[0] == '-' && next[1] && find(m, next, &unused))) value = next, *took = 1;
    if (!value) return usage_fail(m, "%s wants a value: %s %s", o->name, o->name, o->value);
    if (o->kind == OPTION_INT || o->kind == OPTION_NUMBER) return read_number(m, o, value, field);
    if (o->kind == OPTION_TEXT) {
        *(const char **)field = value;
    } else {
        option_texts *texts = field;
        texts->items[texts->count++] = value;
    }
    return CLI_OK;
}

static int store_operand(const command *m, const char *arg, common_args *common) {
    if (!m->operand) return usage_fail(m, "unexpected argument \"%s\"; \"%s\" takes none", arg, m->name);
    if (common->operand) return usage_fail(m, "unexpected argument \"%s\" after \"%s\"", arg, common->operand);
    common->operand = arg;
    return CLI_OK;
}

int options_read(cli *c, const command *m, int argc, char **argv, void *args) {
    common_args *common = args;
    for (size_t i = 0; i < m->option_count; i++) {
        void *field = (char *)args + m->options[i].field;
        if (m->options[i].kind == OPTION_INT) *(int64_t *)field = XYBRID_AUTO;
        if (m->options[i].kind == OPTION_NUMBER) *(float *)field = XYBRID_AUTO;
        if (m->options[i].kind == OPTION_TEXTS) ((option_texts *)field)->items = cli_alloc(c, (size_t)argc + 1, sizeof(char *));
    }
    int only_operands = 0;
    for (int i = 0; i < argc; i++) {
        const char *arg = argv[i], *value = NULL;
        int         took = 0, code;
        if (only_operands || arg[0] != '-' || !arg[1]) {
            code = store_operand(m, arg, common);
        } else if (strcmp(arg, "--") == 0) {
            only_operands = 1;
            continue;
        } else if (strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0) {
            common->help = 1;
            return CLI_OK;
        } else {
            const option *o = find(m, arg, &value);
            code = o ? store(m, o, value, i + 1 < argc ? argv[i + 1] : NULL, args, &took) : fail_unknown(m, arg);
        }
        if (code) return code;
        i += took;
    }
    if (m->operand && m->operand[0] != '[' && !common->operand) return usage_fail(m, "%s: %s is missing", m->name, m->operand);
    return CLI_OK;
}

/* ---- help ---- */

enum { HELP_COLUMN = 29 };

/* "  -i, --input TEXT|FILE|-    what goes in" and its further lines under the first. */
static void add_option(xb_str *s, const option *o) {
    char left[80];
    xb_format(left, sizeof left, "  %s%s%s%s%s", o->letter ? o->letter : "", o->letter ? ", " : "    ", o->name,
              o->value ? " " : "", o->value ? o->value : "");
    cli_pad(s, left, HELP_COLUMN - 1);
    xb_str_addc(s, ' ');
    for (const char *p = o->help; *p; p++) {
        xb_str_addc(s, *p);
        if (*p == '\n') cli_pad(s, "", HELP_COLUMN);
    }
    xb_str_addc(s, '\n');
}

void command_help(cli *c, const command *m) {
    static const option help = { .name = "--help", .letter = "-h", .help = "show this" };
    xb_str              s;
    cli_begin(c, &s);
    xb_str_addf(&s, "usage: xybrid %s%s%s%s\n\n", m->name, m->operand ? " " : "", m->operand ? m->operand : "",
                m->option_count ? " [options]" : "");
    xb_str_addf(&s, "xybrid %s - %s\n\n", m->name, m->summary);
    for (size_t i = 0; i < m->option_count; i++) add_option(&s, &m->options[i]);
    add_option(&s, &help);
    if (m->text[0]) xb_str_addc(&s, '\n');
    xb_str_add(&s, m->text);
    cli_print(c, &s);
}

/* ---- the list of commands ---- */

const command *command_find(const char *name) {
    for (size_t i = 0; i < command_count; i++) {
        if (strcmp(commands[i]->name, name) == 0) return commands[i];
    }
    return NULL;
}

int command_unknown(const char *name) {
    nearest n = { .word = name };
    for (size_t i = 0; i < command_count; i++) nearest_offer(&n, commands[i]->name);
    if (n.name) return usage_fail(NULL, "unknown command \"%s\"; did you mean \"%s\"?", name, n.name);
    return usage_fail(NULL, "unknown command \"%s\"", name);
}
