/* flow/run_embedder.c - a stage whose model gives a vector for a text: GGUF embedders (BERT and its kin, or any with a pooling).
 *
 *     Text -> tokens, cut to the stage's context -> decode -> pooled vector -> length 1 -> Embedding, float32 [width]
 *
 * A List of Texts becomes a List of Embeddings: as many texts as fit are computed at once, each a sequence of its own. A text that
 * was cut says in its metadata "tokens_dropped" how many tokens are not in its vector; those that the model puts around a text are
 * always in. Length 1 as sentence-transformers' Normalize: x / max(|x|, 1e-12). */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "engine/tokens.h"
#include "flow/flow_int.h"

enum { SEQUENCES = 16 }; /* texts computed at once */

/* ---- at load ---- */

/* Tokens that the model puts before and behind a text. */
static xybrid_status find_surroundings(xb_stage *s, xb_mem *mem, xybrid_error *err) {
    xb_token_list bare = { .mem = mem }, whole = { .mem = mem };
    xybrid_status st = xb_tokens_make(s->model, "a", 1, 0, 0, &bare, err);
    if (st == XYBRID_OK) st = xb_tokens_make(s->model, "a", 1, 1, 0, &whole, err);
    size_t added = whole.count > bare.count ? whole.count - bare.count : 0, before = 0;
    while (before < added && memcmp(whole.ids + before, bare.ids, bare.count * sizeof *bare.ids) != 0) before++;
    s->embedder.behind = (int32_t)(added - before);
    xb_token_list_free(&bare);
    xb_token_list_free(&whole);
    return st;
}

xybrid_status xb_embedder_plan(xybrid_model *m, xb_stage *s, xybrid_error *err) {
    xybrid_token_info info;
    int32_t           most = m->meta->options.context_length;
    if (m->meta->kind != XB_PACK_GGUF) return XYBRID_OK;
    XB_TRY(xb_tokens_info(s->model, &info, err));
    if (!(info.flags & XYBRID_TOKENS_POOLED)) return XYBRID_OK;
    if (most < 1 || most > info.context_tokens) most = info.context_tokens;
    if (most > info.max_batch) most = info.max_batch;
    m->engine_options.sequences = most < SEQUENCES ? 1 : SEQUENCES;
    m->engine_options.context_tokens = most - most % m->engine_options.sequences; /* a batch has as much room for each */
    s->embedder.context = m->engine_options.context_tokens;
    s->embedder.width = info.embedding_size;
    XB_TRY(find_surroundings(s, &m->env->root->mem, err));
    if (s->embedder.behind < s->embedder.context) return XYBRID_OK;
    return xb_fail(err, XYBRID_UNSUPPORTED_PACK, "context_length", "a context of %d tokens has no room for a text",
                   s->embedder.context);
}

/* ---- a request ---- */

typedef struct embedding {
    const xb_engine_run *run;
    xb_frame            *f;
    xb_token_list        ids;                       /* of the texts that are computed next, one behind the other */
    int32_t             *places;                    /* [context] the sequence of each */
    int32_t              dropped[SEQUENCES], count; /* texts in `ids` */
    xybrid_envelope    **out;                       /* of all texts */
    int32_t              done;                      /* of `out` */
} embedding;

static xybrid_status put_vector(embedding *e, int32_t sequence, xybrid_error *err) {
    const float *v;
    xb_tensor    t;
    int64_t      width = e->run->stage->embedder.width;
    double       sum = 0;
    char         dropped[16];
    XB_TRY(xb_tokens_embedding(e->run->engine, sequence, &v, err));
    for (int64_t i = 0; i < width; i++) sum += (double)v[i] * (double)v[i];
    if (!isfinite(sum))
        return xb_fail(err, XYBRID_INFERENCE_FAILED, e->run->stage->model->name,
                       "inference failed in \"%.96s\": the vector holds numbers that are not finite",
                       e->run->stage->model->name);
    XB_TRY(xb_tensor_new(e->f->mem, XYBRID_FLOAT32, 1, &width, &t, err));
    double length = fmax(sqrt(sum), 1e-12);
    for (int64_t i = 0; i < width; i++) ((float *)t.data)[i] = (float)((double)v[i] / length);
    xybrid_envelope *made = NULL;
    xybrid_status    st = xb_envelope_new_tensor(e->f->root, e->f->mem, XYBRID_EMBEDDING, NULL, &t, &made, err);
    xb_tensor_drop(&t);
    if (st == XYBRID_OK && e->dropped[sequence]) {
        xb_format(dropped, sizeof dropped, "%d", e->dropped[sequence]);
        st = xb_envelope_set(made, "tokens_dropped", dropped, err);
    }
    if (st) xb_envelope_drop(made);
    else e->out[e->done++] = made;
    return st;
}

/* Computes the texts in `ids`. */
static xybrid_status compute(embedding *e, xybrid_error *err) {
    const xybrid_cancel *cancel = e->f->cancel;
    xybrid_batch         batch = {
        .struct_size = sizeof batch, .count = (int32_t)e->ids.count, .tokens = e->ids.ids, .sequences = e->places
    };
    for (int32_t i = 0; i < e->count; i++) XB_TRY(xb_tokens_trim(e->run->engine, i, 0, err));
    xybrid_status st = xb_tokens_decode(e->run->engine, &batch, cancel, err);
    if ((st & XYBRID_PRIMARY_MASK) == XYBRID_CANCELLED) xb_cancel_check(cancel, err); /* says why, in its words */
    if (st) return err->code;
    for (int32_t i = 0; i < e->count; i++) XB_TRY(put_vector(e, i, err));
    e->ids.count = 0;
    e->count = 0;
    return XYBRID_OK;
}

/* Adds a text to those that are computed next; first computes these when there is no room. */
static xybrid_status add_text(embedding *e, const xybrid_envelope *in, xybrid_error *err) {
    const xb_stage *s = e->run->stage;
    size_t          start = e->ids.count, context = (size_t)s->embedder.context, behind = (size_t)s->embedder.behind;
    int32_t         dropped = 0;
    if (in->view.kind != XYBRID_TEXT)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "input", "the input holds %s; Text, or a List of Texts, is wanted here",
                       xb_envelope_kind_name(in->view.kind));
    XB_TRY(xb_tokens_make(s->model, in->view.data, (size_t)in->view.size_bytes, 1, 0, &e->ids, err));
    size_t size = e->ids.count - start;
    if (size == 0) return xb_fail(err, XYBRID_INVALID_ARGUMENT, "input", "the text has no tokens, so it has no vector");
    if (size > context) { /* its end goes, but for what stands behind each text */
        memmove(e->ids.ids + start + context - behind, e->ids.ids + start + size - behind, behind * sizeof *e->ids.ids);
        dropped = (int32_t)(size - context);
        size = context;
    }
    if (start + size > context || e->count == e->run->session->model->engine_options.sequences) {
        e->ids.count = start;
        XB_TRY(compute(e, err));
        memmove(e->ids.ids, e->ids.ids + start, size * sizeof *e->ids.ids);
        start = 0;
    }
    e->ids.count = start + size;
    for (size_t i = start; i < start + size; i++) e->places[i] = e->count;
    e->dropped[e->count++] = dropped;
    return XYBRID_OK;
}

static xybrid_status embed(embedding *e, const xybrid_envelope *in, xybrid_error *err) {
    int     is_list = in->view.kind == XYBRID_LIST;
    int32_t count = is_list ? in->item_count : 1;
    e->places = xb_malloc(e->f->mem, (size_t)e->run->stage->embedder.context * sizeof *e->places, err);
    e->out = e->places ? xb_calloc(e->f->mem, (size_t)count, sizeof *e->out, err) : NULL;
    if (!e->out) return err->code;
    for (int32_t i = 0; i < count; i++) XB_TRY(add_text(e, is_list ? in->items[i] : in, err));
    if (e->count) XB_TRY(compute(e, err));
    xybrid_envelope *out = is_list ? NULL : xb_envelope_keep(e->out[0]);
    if (is_list) XB_TRY(xb_envelope_new_list(e->f->root, e->f->mem, e->out, count, &out, err));
    xb_value_set_envelope(&e->f->value, out);
    return XYBRID_OK;
}

xybrid_status xb_run_embedder(const xb_engine_run *run, xb_frame *f, xybrid_error *err) {
    embedding e = { .run = run, .f = f, .ids = { .mem = f->mem } };
    int64_t   start_ns = xb_trace_now(&run->session->trace);
    if (f->value.kind != XB_VALUE_ENVELOPE)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "input", "the input is %s; Text, or a List of Texts, is wanted here",
                       xb_value_describe(&f->value));
    xybrid_status st = embed(&e, f->value.envelope, err);
    for (int32_t i = 0; i < e.done; i++) xb_envelope_drop(e.out[i]);
    xb_free(f->mem, e.out);
    xb_free(f->mem, e.places);
    xb_token_list_free(&e.ids);
    if (st == XYBRID_OK)
        xb_trace_add(&run->session->trace, run->stage->model->name, "engine", run->stage->pack->name, start_ns);
    return st;
}
