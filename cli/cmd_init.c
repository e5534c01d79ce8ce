/* cli/cmd_init.c - xybrid init: makes a pack of a bare .onnx file.
 *
 *     file -> loaded as it is -> description's "metadata" -> model_metadata.json beside the file, or in a folder with a copy */
#include <errno.h>
#include <string.h>

#include "codec/json.h"
#include "commands.h"
#include "find.h"
#include "host.h"
#include "new_file.h"
#include "system.h"

typedef struct init_args {
    common_args common; /* operand: the file */
    const char *folder, *engine_dir;
    int         force;
} init_args;

/* CLI_OK, or CLI_FAILED after it was told. */
static int copy_file(cli *c, const char *from, const char *to) {
    char     block[16384];
    new_file out;
    FILE    *in = system_open(from, "rb");
    if (!in) return cli_fail("cannot read %s: %s", from, strerror(errno));
    int code = new_file_open(c, to, &out);
    if (code == CLI_OK) {
        errno = 0;
        for (size_t n; (n = fread(block, 1, sizeof block, in)) > 0 && fwrite(block, 1, n, out.stream) == n;) continue;
        int is_good = !ferror(in);
        if (!is_good) cli_fail("cannot read %s: %s", from, strerror(errno));
        code = new_file_close(&out, is_good);
    }
    fclose(in);
    return code;
}

/* The files that the metadata lists, from beside the model to the new folder; those that are there stay. */
static int copy_files(cli *c, const xb_json *metadata, const char *from, const char *to) {
    for (xb_json_iter it = xb_json_items(xb_json_get(metadata, "files")); xb_json_next(&it);) {
        const char *name;
        size_t      size;
        if (!xb_json_string(it.value, &name, &size)) continue;
        const char *target = find_join(c, to, name);
        if (system_kind_of(target) == SYSTEM_FILE) continue;
        for (const char *p = name; (p = strchr(p, '/')); p++) { /* "weights/a.bin" */
            const char *folder = find_join(c, to, cli_text(c, "%.*s", (int)(p - name), name));
            if (system_make_folder(folder)) return cli_fail("cannot make %s: %s", folder, strerror(errno));
        }
        int code = copy_file(c, find_join(c, from, name), target);
        if (code) return code;
    }
    return CLI_OK;
}

static int write_pack(cli *c, const init_args *a, const xb_json *metadata) {
    const char *beside = find_folder_of(c, a->common.operand), *folder = a->folder ? a->folder : beside;
    const char *path = find_join(c, folder, "model_metadata.json");
    if (a->folder && system_make_folder(folder)) return cli_fail("cannot make %s: %s", folder, strerror(errno));
    if (!a->force && system_kind_of(path) != SYSTEM_NOTHING) {
        cli_fail("%s is there already", path);
        cli_hint("--force replaces it");
        return CLI_FAILED;
    }
    xybrid_error   err;
    xb_str         s;
    xb_json_writer w;
    new_file       file;
    cli_begin(c, &s);
    xb_json_writer_init(&w, &s, XB_JSON_PRETTY);
    xb_json_put_value(&w, metadata);
    xb_str_addc(&s, '\n');
    int code = xb_json_writer_status(&w, &err) ? cli_fail("%s", err.message) : CLI_OK;
    if (code == CLI_OK && a->folder) code = copy_files(c, metadata, beside, folder);
    if (code == CLI_OK) code = new_file_open(c, path, &file);
    if (code == CLI_OK) {
        fputs(s.data, file.stream);
        code = new_file_close(&file, 1);
    }
    xb_str_free(&s);
    if (code) return code;
    cli_note("wrote %s", path);
    cli_note("next: add the steps before and behind the model to it, then: xybrid run %s --input ...", folder);
    return CLI_OK;
}

static int init_from(cli *c, const init_args *a, const xybrid_model *model) {
    xybrid_error err;
    xb_json_doc *doc = NULL;
    const char  *describe = xybrid_model_describe(model);
    if (xb_json_parse(&c->mem, describe, (int64_t)strlen(describe), XB_MAX_JSON_BYTES, &doc, &err))
        return cli_fail("%s", err.message);
    int code = write_pack(c, a, xb_json_get(xb_json_root(doc), "metadata"));
    xb_json_free(doc);
    return code;
}

static int run(cli *c, const command *self, const void *args) {
    const init_args *a = args;
    const char      *file = a->common.operand;
    xybrid_error     err;
    host_options     host = { a->engine_dir, NULL, XYBRID_AUTO, XYBRID_AUTO };
    xybrid_runtime  *rt = NULL;
    xybrid_model    *model = NULL;
    if (system_kind_of(file) == SYSTEM_FOLDER) return usage_fail(self, "%s is a folder; init wants an .onnx file", file);
    int code = host_runtime(c, &host, &rt);
    if (code == CLI_OK && xybrid_model_load(rt, file, NULL, &model, &err)) code = host_fail(c, &err, NULL);
    if (code == CLI_OK) code = init_from(c, a, model);
    xybrid_model_free(model);
    xybrid_runtime_free(rt);
    return code;
}

static const option options[] = {
    ROW_TEXT(init_args, folder, "--output", "-o", "FOLDER",
             "make the pack there, with a copy of the file; else beside the file"),
    ROW_SWITCH(init_args, force, "--force", "replace a model_metadata.json that is there"),
    ROW_TEXT(init_args, engine_dir, "--engine-dir", NULL, "FOLDER", "where engines' libraries lie"),
};

const command cmd_init = {
    .name = "init",
    .operand = "FILE.onnx",
    .summary = "makes the model_metadata.json of a bare .onnx file",
    .text = "The file then is a pack: preprocessing and postprocessing can be added to it.\n\n"
            "example:\n"
            "  xybrid init mnist.onnx -o models/mnist && xybrid info models/mnist\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .args_size = sizeof(init_args),
    .run = run,
};
