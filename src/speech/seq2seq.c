/* speech/seq2seq.c - see seq2seq.h. */
#include "speech/seq2seq.h"

#include <string.h>

#include "base/error.h"

struct xb_seq2seq {
    const xb_seq2seq_plan *plan;
    xb_mem                *mem;
    xb_net                 encoder, decoder;
    xb_tensor             *encoded; /* [encoder outputs] of the last xb_seq2seq_encode */
    xb_tensor             *outputs; /* [decoder outputs] of the last step */
    xb_tensor             *kept;    /* [caches] what is bound: zeros, then for merged ones what the first step made */
    xb_tensor              logits;
    int                    is_first;
    uint8_t                branch;
    int64_t                ids[XB_SEQ2SEQ_TOKENS];
};

/* ---- the plan ---- */

static const char past[] = "past_key_values.", present[] = "present.";

static xybrid_status fail_port(const xb_engine_model *m, const char *port, const char *why, xybrid_error *err) {
    return xb_fail(err, XYBRID_UNSUPPORTED_PACK, port, "%.96s: \"%.64s\" %s", m->name, port, why);
}

/* An output by the name of a past: "past_key_values.0.encoder.key" is made by "present.0.encoder.key". */
static int32_t find_present(const xb_engine_model *m, const char *input) {
    char name[XB_MAX_NAME];
    xb_format(name, sizeof name, "%s%s", present, input + sizeof past - 1);
    return xb_engine_model_find(m, XYBRID_OUTPUT, name);
}

/* Shape of a cache before the first step. Two dimensions may be free: the batch, and the length, which is 0. What a merged
 * decoder's first step does not read has a length of 1, as no engine minds that. */
static xybrid_status first_shape(const xb_engine_model *m, const xybrid_port *p, int is_merged, int64_t *shape,
                                 xybrid_error *err) {
    if (p->dtype != XYBRID_FLOAT32 || p->rank != 4) return fail_port(m, p->name, "is no float32 cache of 4 dimensions", err);
    if (p->shape[1] < 1 || p->shape[3] < 1 || p->shape[0] > 1)
        return fail_port(m, p->name, "has no fixed number of heads and width", err);
    memcpy(shape, p->shape, 4 * sizeof *shape);
    shape[0] = 1;
    shape[2] = p->shape[2] >= 0 ? p->shape[2] : is_merged;
    return XYBRID_OK;
}

static xybrid_status plan_cache(xb_seq2seq_plan *plan, int32_t input, xb_seq2seq_cache *c, xybrid_error *err) {
    const xb_engine_model *m = plan->decoder;
    const xybrid_port     *port = &m->inputs[input];
    int                    is_merged = plan->branch_input >= 0;
    *c = (xb_seq2seq_cache){ .input = input, .present = find_present(m, port->name), .encoder_output = -1 };
    c->is_cross = strstr(port->name, ".encoder.") != NULL;
    if (c->is_cross && !is_merged) c->encoder_output = find_present(plan->encoder, port->name);
    if (c->is_cross && !is_merged && c->encoder_output < 0)
        return fail_port(m, port->name, "is given by no output of the encoder", err);
    if (c->present < 0 && c->encoder_output < 0) return fail_port(m, port->name, "is made by no output", err);
    if (c->encoder_output >= 0) return XYBRID_OK;
    plan->first_wanted[c->present] = (uint8_t)c->is_cross;
    return first_shape(m, port, is_merged, c->first, err);
}

static xybrid_status plan_encoder(xb_arena *arena, xb_seq2seq_plan *plan, xybrid_error *err) {
    const xb_engine_model *m = plan->encoder;
    plan->features_input = -1;
    for (int32_t i = 0; i < m->input_count; i++) {
        if (m->inputs[i].optional) continue;
        if (plan->features_input >= 0) return fail_port(m, m->inputs[i].name, "is a second input, which has no value", err);
        plan->features_input = i;
    }
    plan->hidden_output = xb_engine_model_find(m, XYBRID_OUTPUT, "last_hidden_state");
    if (plan->features_input < 0 || m->output_count < 1) return fail_port(m, m->name, "has no input or no output", err);
    if (plan->hidden_output < 0) plan->hidden_output = 0;
    plan->encoder_wanted = xb_arena_alloc(arena, (size_t)m->output_count, err);
    if (!plan->encoder_wanted) return err->code;
    if (plan->hidden_input >= 0) plan->encoder_wanted[plan->hidden_output] = 1;
    for (int32_t i = 0; i < plan->cache_count; i++)
        if (plan->caches[i].encoder_output >= 0) plan->encoder_wanted[plan->caches[i].encoder_output] = 1;
    return XYBRID_OK;
}

static xybrid_status check_decoder(const xb_seq2seq_plan *plan, xybrid_error *err) {
    const xb_engine_model *m = plan->decoder;
    if (plan->ids_input < 0 || m->inputs[plan->ids_input].dtype != XYBRID_INT64)
        return fail_port(m, "input_ids", "is no int64 input", err);
    if (plan->logits_output < 0 || m->outputs[plan->logits_output].dtype != XYBRID_FLOAT32)
        return fail_port(m, "logits", "is no float32 output", err);
    if (plan->branch_input >= 0 && m->inputs[plan->branch_input].dtype != XYBRID_BOOL)
        return fail_port(m, "use_cache_branch", "is no bool input", err);
    const xybrid_port *logits = &m->outputs[plan->logits_output];
    if (logits->rank != 3 || logits->shape[2] < 1) return fail_port(m, "logits", "has no [batch, tokens, vocabulary]", err);
    return XYBRID_OK;
}

xybrid_status xb_seq2seq_plan_make(xb_arena *arena, const xb_engine_model *encoder, const xb_engine_model *m,
                                   xb_seq2seq_plan *out, xybrid_error *err) {
    xb_seq2seq_plan plan = { .encoder = encoder,
                             .decoder = m,
                             .ids_input = xb_engine_model_find(m, XYBRID_INPUT, "input_ids"),
                             .hidden_input = xb_engine_model_find(m, XYBRID_INPUT, "encoder_hidden_states"),
                             .branch_input = xb_engine_model_find(m, XYBRID_INPUT, "use_cache_branch"),
                             .logits_output = xb_engine_model_find(m, XYBRID_OUTPUT, "logits"),
                             .alignment_output = xb_engine_model_find(m, XYBRID_OUTPUT, "alignment") };
    XB_TRY(check_decoder(&plan, err));
    plan.vocabulary = m->outputs[plan.logits_output].shape[2];
    size_t outputs = (size_t)m->output_count;
    plan.caches = xb_arena_array(arena, (size_t)m->input_count, sizeof *plan.caches, err);
    plan.first_wanted = xb_arena_alloc(arena, outputs, err);
    plan.later_wanted = xb_arena_alloc(arena, outputs, err);
    plan.align_wanted = xb_arena_alloc(arena, outputs, err);
    if (!plan.caches || !plan.first_wanted || !plan.later_wanted || !plan.align_wanted) return err->code;
    for (int32_t i = 0; i < m->input_count; i++) {
        if (i == plan.ids_input || i == plan.hidden_input || i == plan.branch_input) continue;
        if (strncmp(m->inputs[i].name, past, sizeof past - 1) == 0)
            XB_TRY(plan_cache(&plan, i, &plan.caches[plan.cache_count++], err));
        else if (!m->inputs[i].optional)
            return fail_port(m, m->inputs[i].name,
                             "is an input that has no value; known are input_ids, encoder_hidden_states, use_cache_branch and "
                             "past_key_values.*",
                             err);
    }
    plan.first_wanted[plan.logits_output] = plan.later_wanted[plan.logits_output] = 1;
    if (plan.alignment_output >= 0) plan.align_wanted[plan.alignment_output] = 1;
    XB_TRY(plan_encoder(arena, &plan, err));
    *out = plan;
    return XYBRID_OK;
}

/* ---- open, close ---- */

static void drop_all(xb_tensor *tensors, int32_t count) {
    for (int32_t i = 0; tensors && i < count; i++) xb_tensor_drop(&tensors[i]);
}

static int is_carried(const xb_seq2seq_cache *c) { return c->encoder_output < 0 && !c->is_cross; }

xybrid_status xb_seq2seq_open(const xb_seq2seq_plan *plan, xb_mem *mem, const xb_net *encoder, const xb_net *decoder,
                              xb_seq2seq **out, xybrid_error *err) {
    xb_seq2seq *s = xb_calloc(mem, 1, sizeof *s, err);
    if (!s) return err->code;
    s->plan = plan;
    s->mem = mem;
    s->encoder = *encoder;
    s->decoder = *decoder;
    s->encoded = xb_calloc(mem, (size_t)plan->encoder->output_count, sizeof *s->encoded, err);
    s->outputs = s->encoded ? xb_calloc(mem, (size_t)plan->decoder->output_count, sizeof *s->outputs, err) : NULL;
    s->kept = s->outputs ? xb_calloc(mem, (size_t)plan->cache_count + 1, sizeof *s->kept, err) : NULL;
    xybrid_status st = s->kept ? XYBRID_OK : err->code;
    for (int32_t i = 0; i < plan->cache_count && st == XYBRID_OK; i++) {
        const xb_seq2seq_cache *c = &plan->caches[i];
        if (is_carried(c) && !xb_engine_session_is_carried(decoder->session, c->input))
            st = xb_engine_session_carry(decoder->session, c->present, c->input, 2, err);
    }
    if (st) xb_seq2seq_close(s);
    else *out = s;
    return st;
}

void xb_seq2seq_close(xb_seq2seq *s) {
    if (!s) return;
    xb_engine_session_reset(s->decoder.session); /* what is bound is about to go */
    xb_engine_session_unbind(s->decoder.session);
    xb_engine_session_unbind(s->encoder.session);
    drop_all(s->encoded, s->plan->encoder->output_count);
    drop_all(s->outputs, s->plan->decoder->output_count);
    drop_all(s->kept, s->plan->cache_count);
    xb_tensor_drop(&s->logits);
    xb_free(s->mem, s->encoded);
    xb_free(s->mem, s->outputs);
    xb_free(s->mem, s->kept);
    xb_free(s->mem, s);
}

/* ---- running ---- */

xybrid_status xb_seq2seq_encode(xb_seq2seq *s, const xb_tensor *features, xybrid_error *err) {
    const xb_seq2seq_plan *p = s->plan;
    xb_engine_session_reset(s->decoder.session);
    xb_engine_session_unbind(s->decoder.session);
    drop_all(s->encoded, p->encoder->output_count);
    s->is_first = 1;
    XB_TRY(xb_engine_session_bind(s->encoder.session, p->features_input, features, err));
    xybrid_status st = s->encoder.run(s->encoder.ctx, p->encoder_wanted, s->encoded, err);
    xb_engine_session_unbind(s->encoder.session);
    return st;
}

void xb_seq2seq_restart(xb_seq2seq *s) { s->is_first = 1; }

static xb_tensor wrap(void *data, xybrid_dtype dtype, int32_t rank, int64_t first, int64_t second) {
    return (xb_tensor){ .dtype = dtype, .rank = rank, .data = data, .shape = { first, second } };
}

/* What holds for all steps on one recording, and what the caches are before the first. */
static xybrid_status bind_first(xb_seq2seq *s, xybrid_error *err) {
    const xb_seq2seq_plan *p = s->plan;
    xb_engine_session     *d = s->decoder.session;
    xb_engine_session_reset(d);
    if (p->hidden_input >= 0) XB_TRY(xb_engine_session_bind(d, p->hidden_input, &s->encoded[p->hidden_output], err));
    for (int32_t i = 0; i < p->cache_count; i++) {
        const xb_seq2seq_cache *c = &p->caches[i];
        const xb_tensor        *t = c->encoder_output >= 0 ? &s->encoded[c->encoder_output] : &s->kept[i];
        if (c->encoder_output < 0 && (!t->buf || c->is_cross)) {
            xb_tensor zeros;
            XB_TRY(xb_tensor_zeros(s->mem, XYBRID_FLOAT32, 4, c->first, &zeros, err));
            xb_tensor_drop(&s->kept[i]);
            s->kept[i] = zeros;
        }
        XB_TRY(xb_engine_session_bind(d, c->input, t, err));
    }
    return XYBRID_OK;
}

/* The encoder's halves of a merged decoder, from the first step to all that follow. */
static xybrid_status keep_cross(xb_seq2seq *s, xybrid_error *err) {
    const xb_seq2seq_plan *p = s->plan;
    for (int32_t i = 0; i < p->cache_count; i++) {
        const xb_seq2seq_cache *c = &p->caches[i];
        if (is_carried(c) || c->encoder_output >= 0) continue;
        xb_tensor_drop(&s->kept[i]);
        s->kept[i] = s->outputs[c->present];
        s->outputs[c->present] = (xb_tensor){ 0 };
        XB_TRY(xb_engine_session_bind(s->decoder.session, c->input, &s->kept[i], err));
    }
    return XYBRID_OK;
}

static xybrid_status run_decoder(xb_seq2seq *s, const int64_t *ids, int64_t count, const uint8_t *wanted, xybrid_error *err) {
    const xb_seq2seq_plan *p = s->plan;
    xb_engine_session     *d = s->decoder.session;
    if (count < 1 || count > XB_SEQ2SEQ_TOKENS)
        return xb_fail(err, XYBRID_INVALID_ARGUMENT, "input_ids", "%lld ids in one step; 1 to %d go in", (long long)count,
                       XB_SEQ2SEQ_TOKENS);
    drop_all(s->outputs, p->decoder->output_count);
    if (s->is_first) XB_TRY(bind_first(s, err));
    memcpy(s->ids, ids, (size_t)count * sizeof *ids);
    xb_tensor input = wrap(s->ids, XYBRID_INT64, 2, 1, count);
    XB_TRY(xb_engine_session_bind(d, p->ids_input, &input, err));
    s->branch = !s->is_first;
    xb_tensor branch = wrap(&s->branch, XYBRID_BOOL, 1, 1, 0);
    if (p->branch_input >= 0) XB_TRY(xb_engine_session_bind(d, p->branch_input, &branch, err));
    XB_TRY(s->decoder.run(s->decoder.ctx, wanted, s->outputs, err));
    if (s->is_first && p->branch_input >= 0 && wanted == p->first_wanted) XB_TRY(keep_cross(s, err));
    s->is_first = 0;
    return XYBRID_OK;
}

static xybrid_status fail_shape(const xb_seq2seq *s, const char *name, const xb_tensor *t, const char *wanted,
                                xybrid_error *err) {
    char found[XB_SHAPE_TEXT_BYTES];
    xb_shape_format(t->rank, t->shape, found, sizeof found);
    return xb_fail(err, XYBRID_INFERENCE_FAILED, s->plan->decoder->name,
                   "inference failed in \"%.96s\": output \"%s\" is %s %s, wanted float32 %s", s->plan->decoder->name, name,
                   xb_dtype_name(t->dtype), found, wanted);
}

xybrid_status xb_seq2seq_step(xb_seq2seq *s, const int64_t *ids, int64_t count, xybrid_error *err) {
    const xb_seq2seq_plan *p = s->plan;
    XB_TRY(run_decoder(s, ids, count, s->is_first ? p->first_wanted : p->later_wanted, err));
    const xb_tensor *t = &s->outputs[p->logits_output];
    if (t->dtype != XYBRID_FLOAT32 || t->rank != 3 || t->shape[0] != 1 || t->shape[1] != count || t->shape[2] != p->vocabulary)
        return fail_shape(s, "logits", t, "[1, ids, vocabulary]", err);
    return XYBRID_OK;
}

float *xb_seq2seq_row(const xb_seq2seq *s, int64_t position) {
    return (float *)s->outputs[s->plan->logits_output].data + position * s->plan->vocabulary;
}

xybrid_status xb_seq2seq_align(xb_seq2seq *s, const int64_t *ids, int64_t count, xb_tensor *out, xybrid_error *err) {
    const xb_seq2seq_plan *p = s->plan;
    XB_CHECK(p->alignment_output >= 0);
    s->is_first = 1;
    XB_TRY(run_decoder(s, ids, count, p->align_wanted, err));
    s->is_first = 1;
    xb_tensor *t = &s->outputs[p->alignment_output];
    if (t->dtype != XYBRID_FLOAT32 || t->rank != 4 || t->shape[0] != 1 || t->shape[2] != count)
        return fail_shape(s, "alignment", t, "[1, heads, ids, frames]", err);
    *out = *t;
    *t = (xb_tensor){ 0 };
    return XYBRID_OK;
}
