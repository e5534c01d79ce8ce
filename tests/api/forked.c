/* After fork: every call of the child answers BUSY, frees nothing, and does not hang; the parent goes on. */
#define _GNU_SOURCE
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "door.h"

static const char *echo_pack(void) {
    static const char json[] = "{\"model_id\":\"forked\",\"version\":\"1\",\"execution_template\":{\"type\":\"Onnx\",\"model_"
                               "file\":\"m.echo\"},\"files\":[]}";
    static const char echo[] = "xybrid-echo 1\ninput x float32 1 -1\noutput y x\nparallel 4\n";
    mkdir(XB_TEST_BUILD "/Testing", 0777);
    mkdir(XB_TEST_BUILD "/Testing/forked", 0777);
    door_write("forked/model_metadata.json", json, sizeof json - 1);
    door_write("forked/m.echo", echo, sizeof echo - 1);
    return XB_TEST_BUILD "/Testing/forked";
}

/* What the child sees, as its exit status: 0 = BUSY everywhere. */
static int child(xybrid_runtime *rt, xybrid_model *m, xybrid_session *s, xybrid_envelope *in, xybrid_cancel *stop) {
    xybrid_error     err;
    xybrid_envelope *out = NULL;
    xybrid_stream   *stream = NULL;
    xybrid_model    *other = NULL;
    if (xybrid_model_run(m, in, NULL, &out, &err) != XYBRID_BUSY) return 1;
    if (xybrid_session_run(s, in, NULL, &out, &err) != XYBRID_BUSY) return 2;
    if (xybrid_session_start(s, NULL, NULL, &stream, &err) != XYBRID_BUSY) return 3;
    if (xybrid_model_load(rt, "x", NULL, &other, &err) != XYBRID_BUSY) return 4;
    if (xybrid_envelope_new_text(rt, "x", -1, &out, &err) != XYBRID_BUSY) return 5;
    if (xybrid_envelope_to_json(in, &out, &err) != XYBRID_BUSY) return 6;
    if (xybrid_model_describe(m) != NULL || xybrid_runtime_trim(rt, XYBRID_PRESSURE_CRITICAL) != 0) return 7;
    xybrid_cancel_fire(stop);
    xybrid_cancel_free(stop);
    xybrid_envelope_free(in);
    xybrid_session_free(s);
    xybrid_model_free(m);
    xybrid_runtime_free(rt);
    xybrid_runtime *own = NULL; /* one of its own works */
    if (xybrid_runtime_create(NULL, &own, &err) != XYBRID_OK || xybrid_envelope_new_text(own, "x", -1, &out, &err) != XYBRID_OK)
        return 8;
    xybrid_envelope_free(out);
    xybrid_runtime_free(own);
    return 0;
}

static void a_child_answers_busy(void) {
    xybrid_error     err;
    xybrid_runtime  *rt = NULL;
    xybrid_model    *m = NULL;
    xybrid_session  *s = NULL;
    xybrid_cancel   *stop = NULL;
    xybrid_envelope *in = NULL, *out = NULL;
    float            values[4] = { 3 };
    DOOR_OK(xybrid_runtime_create(NULL, &rt, &err));
    DOOR_OK(xybrid_model_load(rt, echo_pack(), NULL, &m, &err));
    DOOR_OK(xybrid_session_open(m, NULL, &s, &err));
    DOOR_OK(xybrid_cancel_create(rt, &stop, &err));
    DOOR_OK(xybrid_envelope_new_tensor(rt, "x", XYBRID_FLOAT32, (int64_t[]){ 1, 4 }, 2, values, sizeof values, NULL, NULL, &in,
                                       &err));
    DOOR_OK(xybrid_session_run(s, in, NULL, &out, &err)); /* starts the pool's worker */
    xybrid_envelope_free(out);
    fflush(stdout);
    pid_t pid = fork();
    CHECK_OR_RETURN(pid >= 0);
    if (pid == 0) _exit(child(rt, m, s, in, stop));
    int status = -1;
    CHECK_INT(waitpid(pid, &status, 0), pid);
    CHECK_INT(WIFEXITED(status) ? WEXITSTATUS(status) : -1, 0);
    DOOR_OK(xybrid_session_run(s, in, NULL, &out, &err)); /* the parent's is as it was */
    xybrid_envelope_free(out);
    xybrid_envelope_free(in);
    xybrid_cancel_free(stop);
    xybrid_session_free(s);
    xybrid_model_free(m);
    xybrid_runtime_free(rt);
}

CHECK_MAIN(RUN(a_child_answers_busy))
