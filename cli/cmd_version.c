/* cli/cmd_version.c - xybrid version. */
#include "commands.h"

static int run(cli *c, const command *self, const void *args) {
    (void)self, (void)args;
    xb_str s;
    cli_begin(c, &s);
    xb_str_addf(&s, "xybrid %s\n", xybrid_version());
    cli_print(c, &s);
    return CLI_OK;
}

const command cmd_version = {
    .name = "version",
    .summary = "prints the version",
    .text = "",
    .args_size = sizeof(common_args),
    .run = run,
};
