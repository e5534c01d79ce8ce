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

/* Reads a line: `word`, `count` numbers, and text up to the end. */
static int read_answer(speech_peer *p, const char *word, double *numbers, int count, char *text, size_t size) {
    if (!fgets(p->line, sizeof p->line, p->from)) return 0;
    char *at = p->line, *end;
    if (strncmp(at, word, strlen(word)) != 0) return 0;
    at += strlen(word);
    for (int i = 0; i < count; i++, at = end) {
        numbers[i] = strtod(at, &end);
        if (end == at) return 0;
    }
    snprintf(text, size, "%s", at + (*at == ' '));
    text[strcspn(text, "\n")] = 0;
    return 1;
}

int speech_peer_ready(speech_peer *p, speech_ready *out) {
    double n[3];
    if (!read_answer(p, "ready", n, 3, out->version, sizeof out->version)) return 0;
    out->ms = n[0];
    out->cpu_ms = n[1];
    out->base_kib = n[2];
    return 1;
}

int speech_peer_ask(speech_peer *p, const char *command, speech_done *out) {
    double n[6];
    if (fprintf(p->to, "%s\n", command) < 0 || fflush(p->to)) return 0;
    if (!read_answer(p, "done", n, 6, out->text, sizeof out->text)) return 0;
    out->ms = n[0];
    out->cpu_ms = n[1];
    out->first_ms = n[2];
    out->first_cpu_ms = n[3];
    out->audio_s = n[4];
    out->peak_kib = n[5];
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
