/* Any bytes as model_metadata.json: an error, or metadata that holds its promises; also as a patch laid over itself. */
#include "base/limits.h"
#include "pack/pack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_steps(const xb_pack_steps *s) {
    for (int i = 0; i < s->count; i++)
        if (!s->items[i].type || !s->items[i].params || s->items[i].index != i) __builtin_trap();
}

static void check(const xb_pack_metadata *m) {
    if (m->stage_count < 1 || !m->model_id || !m->version) __builtin_trap();
    for (int i = 0; i < m->stage_count; i++) {
        const xb_pack_stage *s = &m->stages[i];
        if (!s->name || !xb_pack_name_ok(s->model_file) || s->batch < 1) __builtin_trap();
        if (s->execution.mode == XB_PACK_WINDOWED && (s->execution.window < 1 || s->execution.hop < 1)) __builtin_trap();
        check_steps(&s->preprocessing);
        check_steps(&s->postprocessing);
    }
    check_steps(&m->preprocessing);
    check_steps(&m->postprocessing);
    if (m->voices)
        for (int i = 0; i < m->voices->count; i++)
            if (!m->voices->catalog[i].id) __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    xb_mem           mem;
    xb_arena         arena;
    xb_json_doc     *doc;
    xb_pack_metadata m;
    xb_str           merged;
    xybrid_error     err;
    if (size > XB_MAX_PACK_JSON_BYTES) return 0;
    xb_mem_init(&mem, NULL, NULL, NULL, XYBRID_AUTO);
    if (xb_json_parse(&mem, data, (int64_t)size, XB_MAX_PACK_JSON_BYTES, &doc, &err) != XYBRID_OK) return 0;
    xb_arena_init(&arena, &mem, 0);
    if (xb_pack_metadata_read(xb_json_root(doc), &arena, &m, &err) == XYBRID_OK) check(&m);
    else if (!err.message[0]) __builtin_trap();
    xb_str_init(&merged, &mem, XB_MAX_PACK_JSON_BYTES);
    if (size < 4096 && xb_pack_merge(xb_json_root(doc), xb_json_root(doc), &merged, &err) == XYBRID_OK) {
        xb_json_doc *again;
        if (xb_json_parse(&mem, merged.data, (int64_t)merged.size, XB_MAX_PACK_JSON_BYTES, &again, &err) != XYBRID_OK)
            __builtin_trap();
        xb_json_free(again);
    }
    xb_str_free(&merged);
    xb_json_free(doc);
    xb_arena_free(&arena);
    return 0;
}
