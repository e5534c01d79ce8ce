/* cli/commands.h - the commands: each in its file cmd_<name>.c. */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "options.h"

extern const command cmd_run, cmd_chat, cmd_bench, cmd_info, cmd_init, cmd_doctor, cmd_version, cmd_help;

/* The overview of all commands: a result when it was asked for, an answer to a call without a command otherwise. */
void help_all(cli *c, FILE *f);

#endif
