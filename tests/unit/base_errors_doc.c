/* docs/errors.md is made from src/base/status.def: this test holds the two together, and with XB_UPDATE_GOLDEN=1 in the
 * environment writes the page anew. */
#include <xybrid/base.h>

#include "check.h"

static char   page[1 << 15];
static size_t used;

static void add(const char *text) { used += (size_t)snprintf(page + used, sizeof page - used, "%s", text); }

static void add_row(const char *name, int code, const char *indent, const char *text) {
    char row[512];
    snprintf(row, sizeof row, "| %d | %s`%s` | %s |\n", code, indent, name, text);
    add(row);
}

static void the_page_is_the_list(void) {
    add("# Status codes\n\n"
        "Made from `src/base/status.def`. Every function that can fail returns one of these; the primary code is in the low "
        "byte\n"
        "(`status & XYBRID_PRIMARY_MASK`), the detail in the next. Numbers are never reused, so code that knows only the "
        "primary\n"
        "codes goes on working. `xybrid_status_name` gives the name.\n\n"
        "The rest of what went wrong is in the caller's `xybrid_error`: `message` is one line for people (what was found, what "
        "was\n"
        "wanted, where, the way out), `subject` the path, tensor or step it is about, `cause[]` the codes behind the code,\n"
        "`position` the byte, `retryable` whether the same call may succeed later.\n\n"
        "A failure inside a step becomes `PREPROCESSING_FAILED`, `INFERENCE_FAILED` or `POSTPROCESSING_FAILED` with its cause, "
        "and\n"
        "`err.step` says which. What is not the step's own passes through as it is: arguments of the caller, memory, cancel, "
        "busy.\n\n"
        "| number | name | meaning |\n|---:|---|---|\n");
#define XB_PRIMARY(name, number, text)         add_row("XYBRID_" #name, number, "", text);
#define XB_DETAIL(primary, name, number, text) add_row("XYBRID_" #name, XYBRID_##name, "&nbsp;&nbsp;", text);
#include "base/status.def"
#undef XB_PRIMARY
#undef XB_DETAIL
    static char found[1 << 15];
    const char *path = XB_TEST_SOURCE "/docs/errors.md";
    if (getenv("XB_UPDATE_GOLDEN")) {
        FILE *f = fopen(path, "wb");
        CHECK_OR_RETURN(f != NULL);
        size_t written = fwrite(page, 1, used, f);
        int    closed = fclose(f);
        CHECK(closed == 0 && written == used);
    }
    FILE *f = fopen(path, "rb");
    CHECK_OR_RETURN(f != NULL);
    found[fread(found, 1, sizeof found - 1, f)] = 0;
    fclose(f);
    CHECK_STR(found, page);
}

CHECK_MAIN(RUN(the_page_is_the_list))
