/* cli/main.c - the program `xybrid`: finds the command, reads its arguments, runs it. */
#include <string.h>

#include "cli.h"
#include "commands.h"
#include "system.h"

const command *const commands[] = {
    &cmd_run, &cmd_chat, &cmd_bench, &cmd_info, &cmd_init, &cmd_doctor, &cmd_version, &cmd_help
};
const size_t command_count = sizeof commands / sizeof commands[0];

/* The usual spellings of what is a command here. */
static const char *without_dashes(const char *word) {
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) return cmd_help.name;
    if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0) return cmd_version.name;
    return word;
}

static int run_command(cli *c, int argc, char **argv) {
    if (argc < 2) {
        help_all(c, stderr);
        return CLI_USAGE;
    }
    const char    *word = without_dashes(argv[1]);
    const command *m = command_find(word);
    if (!m && system_kind_of(word) != SYSTEM_NOTHING) {
        return usage_fail(NULL, "unknown command \"%s\"; to run that model: xybrid run %s", word, word);
    }
    if (!m) return command_unknown(word);
    common_args *args = cli_alloc(c, 1, m->args_size);
    int          code = options_read(c, m, argc - 2, argv + 2, args);
    if (code) return code;
    if (args->help) {
        command_help(c, m);
        return CLI_OK;
    }
    return m->run(c, m, args);
}

int main(int argc, char **argv) {
    /* ONNX Runtime's own builds report their use unless this is set before they are loaded; see
     * XYBRID_RUNTIME_TELEMETRY_IS_OFF. */
    system_set_env("ORT_DISABLE_TELEMETRY", "1");
    cli c;
    cli_init(&c);
    if (system_start(&c.arena, &argc, &argv)) return cli_end(&c, cli_fail("out of memory"));
    int code = run_command(&c, argc, argv);
    return cli_end(&c, code);
}
