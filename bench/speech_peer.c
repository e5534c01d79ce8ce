/* bench/speech_peer.c - see speech.h. */
#if !defined(_GNU_SOURCE)
#  define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "speech.h"

struct speech_peer {
    pid_t pid;
    FILE *to, *from;
    char  line[SPEECH_LINE_BYTES];
};

speech_peer *speech_peer_start(const char *path, const char *const *argv) {
    speech_peer *p = bench_alloc(1, sizeof *p);
    int          to[2], from[2];
    signal(SIGPIPE, SIG_IGN);
    fflush(stdout);
    if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC) || (p->pid = fork()) < 0) bench_die("no process for %s", argv[0]);
    if (p->pid == 0) {
        dup2(to[0], STDIN_FILENO);
        dup2(from[1], STDOUT_FILENO);
        execvp(path, (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    close(to[0]);
    close(from[1]);
    p->to = fdopen(to[1], "w");
    p->from = fdopen(from[0], "r");
    if (!p->to || !p->from) bench_die("no memory");
    return p;
}

/* What follows the line's first `used` characters, into `out`. */
static void take_rest(const char *line, int used, char *out, size_t size) {
    snprintf(out, size, "%s", line + used);
    out[strcspn(out, "\n")] = 0;
}

int speech_peer_ready(speech_peer *p, speech_ready *out) {
    int used = 0;
    if (!fgets(p->line, sizeof p->line, p->from)) return 0;
    if (sscanf(p->line, "ready %lf %lf %ld %n", &out->ms, &out->cpu_ms, &out->base_kib, &used) != 3 || !used) return 0;
    take_rest(p->line, used, out->version, sizeof out->version);
    return 1;
}

int speech_peer_ask(speech_peer *p, const char *command, speech_done *out) {
    int used = 0;
    if (fprintf(p->to, "%s\n", command) < 0 || fflush(p->to)) return 0;
    if (!fgets(p->line, sizeof p->line, p->from)) return 0;
    if (sscanf(p->line, "done %lf %lf %lf %lf %lf %ld %n", &out->ms, &out->cpu_ms, &out->first_ms, &out->first_cpu_ms,
               &out->audio_s, &out->peak_kib, &used) != 6)
        return 0;
    take_rest(p->line, used, out->text, sizeof out->text);
    return 1;
}

void speech_peer_end(speech_peer *p) {
    if (!p) return;
    fputs("end\n", p->to);
    fclose(p->to);
    fclose(p->from);
    waitpid(p->pid, NULL, 0);
    free(p);
}
