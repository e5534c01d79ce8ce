/* zoo_table.c - all models there are, and whether they are here. */
#include "zoo.h"

#include "plat/path.h"

const zoo_family *const zoo_families[ZOO_FAMILIES] = { &zoo_pictures,  &zoo_text,    &zoo_silero, &zoo_deepfilter,
                                                       &zoo_moonshine, &zoo_whisper, &zoo_voices };

const char *zoo_missing_file(xb_mem *mem, const zoo_model *m) {
    enum { FILES = sizeof m->files / sizeof m->files[0] };
    for (int i = 0; i < FILES && m->files[i]; i++) {
        char         path[1024];
        int32_t      kind = XB_PATH_NONE;
        xybrid_error err;
        zoo_path(m->files[i], path);
        if (xb_path_kind(mem, path, &kind, &err) != XYBRID_OK || kind != XB_PATH_FILE) return m->files[i];
    }
    return NULL;
}

const char *zoo_who_brings(const char *file) {
    return xb_starts_with(file, "data/") ? "of the reference data" : "brought by scripts/setup core zoo";
}
