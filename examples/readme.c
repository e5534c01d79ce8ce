/* Reads the text in a picture. */
#include <stdio.h>
#include <xybrid/xybrid.h>

int main(void) {
    xybrid_error     err;
    xybrid_runtime  *rt = NULL;
    xybrid_model    *ocr = NULL;
    xybrid_envelope *picture = NULL, *lines = NULL;
    int failed = xybrid_runtime_create(NULL, &rt, &err) || /* OK is 0, so calls chain with || */
                 xybrid_model_load(rt, "build/models/ppocr-v5", NULL, &ocr, &err) ||
                 xybrid_envelope_new_file(rt, "examples/receipt.png", &picture, &err) ||
                 xybrid_model_run(ocr, picture, NULL, &lines, &err);
    if (failed) fprintf(stderr, "%s\n", err.message); /* one line: what, where, the way out */
    else puts(xybrid_envelope_text(lines));
    xybrid_envelope_free(lines); /* NULL is fine, in any order */
    xybrid_envelope_free(picture);
    xybrid_model_free(ocr);
    xybrid_runtime_free(rt);
    return failed;
}
