/* cli/cmd_help.c - xybrid help [COMMAND]. */
#include "commands.h"

void help_all(cli *c, FILE *f) {
    xb_str s;
    cli_begin(c, &s);
    xb_str_add(&s, "usage: xybrid COMMAND ...\n\nRuns speech, language and vision models on this device.\n\n");
    for (size_t i = 0; i < command_count; i++) {
        xb_str_add(&s, "  ");
        cli_pad(&s, commands[i]->name, 10);
        xb_str_addf(&s, "%s\n", commands[i]->summary);
    }
    xb_str_add(&s, "\nOf one command: xybrid help COMMAND\n\n"
                   "environment:\n"
                   "  XYBRID_MODELS   folder of models that are called by name; else models/ beside the program,\n"
                   "                  else xybrid/models in the user's data folder\n"
                   "  XYBRID_ENGINES  folder of engines' libraries; else engines/ beside the program, else what is installed\n"
                   "  XYBRID_LOG      off, error, warn, info or debug: lines on standard error; warn if unset\n"
                   "  NO_COLOR        no colours, also on a terminal\n\n"
                   "exit codes: 0 done, 1 failed, 2 wrong usage, 130 stopped by Ctrl-C\n");
    if (f == stdout) {
        cli_print(c, &s);
    } else {
        fputs(s.data, f);
        xb_str_free(&s);
    }
}

static int run(cli *c, const command *self, const void *args) {
    const common_args *common = args;
    if (!common->operand) {
        help_all(c, stdout);
        return CLI_OK;
    }
    const command *m = command_find(common->operand);
    (void)self;
    if (!m) return command_unknown(common->operand);
    command_help(c, m);
    return CLI_OK;
}

const command cmd_help = {
    .name = "help",
    .operand = "[COMMAND]",
    .summary = "says what the commands do",
    .text = "",
    .args_size = sizeof(common_args),
    .run = run,
};
