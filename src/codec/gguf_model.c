/* codec/gguf_model.c - the numbers of a model, how they must fit each other, and its tensors against them. */
#include "codec/gguf_model.h"

#include <math.h>

#include "base/checked.h"
#include "base/error.h"
#include "codec/gguf_model_int.h"

enum {
    MAX_LAYERS = 512,    /* as in xb_gguf_keys */
    LEAST_ALIGNMENT = 32 /* ggml stops where the mapped weights do not begin at such an address */
};

typedef struct model {
    const xb_gguf      *g;
    const xb_gguf_kind *kind;
    int64_t             dims[D_COUNT];      /* -1: not given */
    int32_t             kv[MAX_LAYERS];     /* kv heads; 0: the layer is recurrent */
    uint8_t             is_swa[MAX_LAYERS]; /* has a sliding window */
    uint8_t            *is_met;             /* [tensor_count], found in the table */
    int                 is_long_rope, is_causal;
} model;

enum { KEY_BYTES = 128 }; /* "<architecture>.<name>" */

static const char *key_of(const model *m, const char *name, char *key) {
    xb_format(key, KEY_BYTES, "%s.%s", m->kind->name, name);
    return key;
}

/* ---------------------------------------------------------------- keys ------------------------------------------------- */

/* One for each layer. Only LFM2's kv heads may differ: elsewhere the tensors have the first layer's shape, and llama.cpp's
 * cache each layer's own. */
static xybrid_status read_layers(model *m, const xb_gguf_key *k, const char *key, const xb_gguf_value *v, int64_t *out,
                                 xybrid_error *err) {
    int64_t layers = m->dims[D_LAYERS];
    if (k->kind != XB_GGUF_KEY_LAYERED || (v->item_type != XB_GGUF_UINT32 && v->item_type != XB_GGUF_INT32) ||
        v->count != layers)
        return xb_fail(err, XYBRID_MALFORMED, key, "GGUF: %s is an array of %lld, wanted a uint32%s", key, (long long)v->count,
                       k->kind == XB_GGUF_KEY_LAYERED ? ", or one for each layer" : "");
    int can_differ = k->dim == D_KV && (m->kind->flags & XB_GGUF_SHORTCONV);
    *out = xb_gguf_item_int(v, 0);
    for (int64_t i = 0; i < layers; i++) {
        int64_t item = xb_gguf_item_int(v, i);
        if (item < k->least || item > k->most)
            return xb_fail(err, XYBRID_MALFORMED, key, "GGUF: %s is %lld in layer %lld, wanted %d to %d", key, (long long)item,
                           (long long)i, k->least, k->most);
        if (k->dim == D_KV) m->kv[i] = (int32_t)item;
        if (item != *out && !can_differ)
            return xb_fail(err, XYBRID_UNSUPPORTED_MODEL, key,
                           "GGUF: %s is %lld in layer 0, %lld in layer %lld; wanted one number", key, (long long)*out,
                           (long long)item, (long long)i);
        if (item > *out) *out = item;
    }
    return XYBRID_OK;
}

static xybrid_status read_key(model *m, const xb_gguf_key *k, xybrid_error *err) {
    char                 key[KEY_BYTES];
    int64_t              value = -1;
    const xb_gguf_value *v = xb_gguf_find(m->g, key_of(m, k->name, key));
    if (!v) {
        if (k->kind != XB_GGUF_KEY_REQUIRED) return XYBRID_OK;
        return xb_fail(err, XYBRID_MALFORMED, key, "GGUF: %s is missing", key);
    }
    if (v->type == XB_GGUF_ARRAY) {
        XB_TRY(read_layers(m, k, key, v, &value, err));
    } else {
        if (v->type != XB_GGUF_UINT32) return xb_fail(err, XYBRID_MALFORMED, key, "GGUF: %s must be a uint32", key);
        xb_gguf_int(m->g, key, &value);
        if (value < k->least || value > k->most)
            return xb_fail(err, value < k->least ? XYBRID_MALFORMED : XYBRID_UNSUPPORTED_MODEL, key,
                           "GGUF: %s is %lld, wanted %d to %d", key, (long long)value, k->least, k->most);
        if (k->dim == D_KV)
            for (int64_t i = 0; i < m->dims[D_LAYERS]; i++) m->kv[i] = (int32_t)value;
    }
    if (k->dim != D_NONE) m->dims[k->dim] = value;
    return XYBRID_OK;
}

/* Other keys that llama.cpp reads, and throws at when they are of another type. */
static const char floats[] =
    "\nrope.freq_base\nrope.freq_base_swa\nrope.scaling.factor\nrope.scale_linear\nrope.scaling.attn_factor"
    "\nrope.scaling.alpha\nrope.scaling.yarn_beta_fast\nrope.scaling.yarn_beta_slow"
    "\nrope.scaling.yarn_log_multiplier\nattention.temperature_scale\nattention.scale"
    "\nattn_logit_softcapping\nfinal_logit_softcapping\nlogit_scale\nresidual_scale\nembedding_scale"
    "\nattention.layer_norm_rms_epsilon\nattention.layer_norm_epsilon\n";
static const char bools[] = "\nattention.causal\nrope.scaling.finetuned\nssm.dt_b_c_rms\n";

static int is_listed(const char *list, const char *name) {
    size_t n = strlen(name);
    for (const char *at = list; (at = strstr(at + 1, name)) != NULL;)
        if (at[-1] == '\n' && at[n] == '\n') return 1;
    return 0;
}

static xybrid_status check_others(const model *m, xybrid_error *err) {
    char   key[KEY_BYTES];
    size_t n = strlen(key_of(m, "", key));
    for (int32_t i = 0; i < m->g->pair_count; i++) {
        const xb_gguf_pair *p = &m->g->pairs[i];
        double              value = 0;
        if (p->key.size <= n || p->key.size >= sizeof key || memcmp(p->key.data, key, n) != 0) continue;
        memcpy(key, p->key.data, p->key.size);
        key[p->key.size] = 0;
        if (is_listed(floats, key + n) && p->value.type != XB_GGUF_FLOAT32)
            return xb_fail(err, XYBRID_MALFORMED, key, "GGUF: %s must be a float32", key);
        if (is_listed(bools, key + n) && p->value.type != XB_GGUF_BOOL)
            return xb_fail(err, XYBRID_MALFORMED, key, "GGUF: %s must be a bool", key);
        if (xb_gguf_float(m->g, key, &value) && !isfinite((float)value))
            return xb_fail(err, XYBRID_MALFORMED, key, "GGUF: %s is not finite", key);
    }
    return XYBRID_OK;
}

static xybrid_status check_epsilon(const model *m, xybrid_error *err) {
    char   key[KEY_BYTES];
    double eps = 0;
    key_of(m, m->kind->flags & XB_GGUF_RMS ? "attention.layer_norm_rms_epsilon" : "attention.layer_norm_epsilon", key);
    if (!xb_gguf_float(m->g, key, &eps)) return xb_fail(err, XYBRID_MALFORMED, key, "GGUF: %s is missing", key);
    if (!(eps > 0 && eps <= 1))
        return xb_fail(err, XYBRID_MALFORMED, key, "GGUF: %s is %g, wanted above 0, at most 1", key, eps);
    return XYBRID_OK;
}

static xybrid_status read_scaling(model *m, xybrid_error *err) {
    static const char *const names[] = { "none", "linear", "yarn", "longrope" };
    char                     key[KEY_BYTES];
    xb_slice                 text = { "", 0 };
    if (!xb_gguf_find(m->g, key_of(m, "rope.scaling.type", key))) return XYBRID_OK;
    xb_gguf_text(m->g, key, &text);
    for (int i = 0; i < 4; i++) {
        if (!xb_slice_is(text, names[i])) continue;
        m->is_long_rope = i == 3;
        return XYBRID_OK;
    }
    return xb_fail(err, XYBRID_UNSUPPORTED_MODEL, key, "GGUF: %s is \"%.*s\", wanted none, linear, yarn or longrope", key,
                   xb_slice_len(text), text.data);
}

/* A decoder that sees ahead would stop llama.cpp at the first batch longer than a micro-batch. */
static xybrid_status read_causal(model *m, xybrid_error *err) {
    char key[KEY_BYTES];
    m->is_causal = strcmp(m->kind->name, "gemma-embedding") != 0;
    if (!xb_gguf_find(m->g, key_of(m, "attention.causal", key))) return XYBRID_OK;
    int value = 1;
    xb_gguf_bool(m->g, key, &value);
    if (!(m->kind->flags & XB_GGUF_EMBEDDER) && !value)
        return xb_fail(err, XYBRID_UNSUPPORTED_MODEL, key, "GGUF: %s is false, which \"%s\" models that write text cannot be",
                       key, m->kind->name);
    m->is_causal &= value;
    return XYBRID_OK;
}

/* ModernBERT's feed-forward is of two halves, of which the activation makes one: with "relu" llama.cpp keeps both, and stops. */
static xybrid_status check_activation(const model *m, xybrid_error *err) {
    static const char names[][8] = { "gelu", "geglu", "silu", "swish", "swiglu", "reglu" };
    char              key[KEY_BYTES];
    xb_slice          text = { "", 0 };
    if (!xb_gguf_find(m->g, key_of(m, "hidden_activation", key))) return XYBRID_OK;
    xb_gguf_text(m->g, key, &text);
    for (int i = 0; i < 6; i++)
        if (xb_slice_is(text, names[i])) return XYBRID_OK;
    return xb_fail(err, XYBRID_UNSUPPORTED_MODEL, key, "GGUF: %s is \"%.*s\", wanted gelu, silu or reglu", key,
                   xb_slice_len(text), text.data);
}

/* A key that one architecture needs; keys that only the language half of a model for pictures has: layers that they are fed
 * to, positions of four numbers. */
static xybrid_status check_own_keys(const model *m, xybrid_error *err) {
    char        key[KEY_BYTES];
    int         is_granite = strcmp(m->kind->name, "granite") == 0;
    const char *name = m->kind->flags & XB_GGUF_SECTIONS ? "rope.dimension_sections" : "deepstack_mapping";
    if ((is_granite || (m->kind->flags & XB_GGUF_SECTIONS)) && xb_gguf_find(m->g, key_of(m, name, key)))
        return xb_fail(err, XYBRID_UNSUPPORTED_MODEL, key, "GGUF: %s: layers that take pictures are not taken", key);
    if (is_granite && !xb_gguf_find(m->g, key_of(m, "logit_scale", key)))
        return xb_fail(err, XYBRID_MALFORMED, key, "GGUF: %s is missing", key);
    return XYBRID_OK;
}

/* ---------------------------------------------------------------- relations -------------------------------------------- */

static xybrid_status fail_relation(const model *m, const char *name, int64_t found, const char *wanted, int64_t number,
                                   xybrid_error *err) {
    char key[KEY_BYTES];
    key_of(m, name, key);
    return xb_fail(err, XYBRID_MALFORMED, key, "GGUF: %s is %lld, wanted %s %lld", key, (long long)found, wanted,
                   (long long)number);
}

/* What is given is `wanted`; what is not becomes it. */
static xybrid_status same(model *m, int dim, const char *name, int64_t wanted, xybrid_error *err) {
    if (m->dims[dim] < 0) m->dims[dim] = wanted;
    return m->dims[dim] == wanted ? XYBRID_OK
                                  : fail_relation(m, name, m->dims[dim], "as the rest of the model has it:", wanted, err);
}

static xybrid_status relate_heads(model *m, xybrid_error *err) {
    int64_t *d = m->dims, heads = d[D_HEADS], most = 0, flags = m->kind->flags;
    if (heads < 1) return fail_relation(m, "attention.head_count", heads, "at least", 1, err);
    if (d[D_HEAD] < 0 && d[D_EMBD] % heads != 0)
        return fail_relation(m, "attention.head_count", heads, "a divisor of embedding_length", d[D_EMBD], err);
    if (d[D_KV] < 0)
        for (int64_t i = 0; i < d[D_LAYERS]; i++) m->kv[i] = (int32_t)heads;
    for (int64_t i = 0; i < d[D_LAYERS]; i++) {
        if (m->kv[i] > most) most = m->kv[i];
        if (m->kv[i] == 0 && (flags & XB_GGUF_SHORTCONV)) continue;
        if (m->kv[i] < 1 || heads % m->kv[i] != 0)
            return fail_relation(m, "attention.head_count_kv", m->kv[i], "a divisor of head_count", heads, err);
        if ((flags & XB_GGUF_EQUAL) && m->kv[i] != heads)
            return fail_relation(m, "attention.head_count_kv", m->kv[i], "as this architecture has it: head_count,", heads,
                                 err);
    }
    d[D_KV] = most;
    if (d[D_HEAD] < 0) d[D_HEAD] = d[D_EMBD] / heads;
    if (d[D_VALUE] < 0) d[D_VALUE] = d[D_EMBD] / heads; /* llama.cpp's default, whatever the key's length is */
    if (d[D_VALUE] != d[D_HEAD])
        return fail_relation(m, "attention.value_length", d[D_VALUE], "attention.key_length,", d[D_HEAD], err);
    if ((flags & XB_GGUF_PLAIN) && d[D_HEAD] * heads != d[D_EMBD])
        return fail_relation(m, "attention.key_length", d[D_HEAD], "embedding_length / head_count of", d[D_EMBD], err);
    if (d[D_ROT] < 0) d[D_ROT] = d[D_HEAD];
    if (flags & XB_GGUF_ROPE) {
        if (d[D_ROT] % 2 != 0 || d[D_ROT] < 2)
            return fail_relation(m, "rope.dimension_count", d[D_ROT], "an even number, at least", 2, err);
        if (d[D_HEAD] % 2 != 0) /* what is not turned is copied in pairs */
            return fail_relation(m, "attention.key_length", d[D_HEAD], "an even number, at least", 2, err);
        if ((flags & XB_GGUF_ROPE_WHOLE) ? d[D_ROT] != d[D_HEAD] : d[D_ROT] > d[D_HEAD])
            return fail_relation(m, "rope.dimension_count", d[D_ROT],
                                 flags & XB_GGUF_ROPE_WHOLE ? "the length of a head," : "at most the length of a head,",
                                 d[D_HEAD], err);
    }
    XB_TRY(same(m, D_HEAD_SWA, "attention.key_length_swa", d[D_HEAD], err));
    XB_TRY(same(m, D_VALUE_SWA, "attention.value_length_swa", d[D_VALUE], err));
    return same(m, D_ROT_SWA, "rope.dimension_count_swa", d[D_ROT], err);
}

static xybrid_status relate_experts(model *m, xybrid_error *err) {
    int64_t *d = m->dims, flags = m->kind->flags;
    if (d[D_EXPERTS] < 0) d[D_EXPERTS] = 0;
    if (d[D_USED] < 0) d[D_USED] = 0;
    if (d[D_EXPERTS] < 2 && strcmp(m->kind->name, "hunyuan-dense") == 0) /* its files call themselves one expert */
        d[D_EXPERTS] = d[D_USED] = 0;
    int is_needed = (flags & XB_GGUF_MOE_ONLY) || ((flags & XB_GGUF_MOE_EVERY) && d[D_MOE_EVERY] > 1);
    if (d[D_EXPERTS] > 0 ? !(flags & XB_GGUF_MOE) : is_needed)
        return fail_relation(m, "expert_count", d[D_EXPERTS], d[D_EXPERTS] > 0 ? "as this architecture has it:" : "at least",
                             d[D_EXPERTS] > 0 ? 0 : 1, err);
    if (d[D_USED] > d[D_EXPERTS] || (d[D_EXPERTS] > 0 && d[D_USED] < 1))
        return fail_relation(m, "expert_used_count", d[D_USED],
                             d[D_EXPERTS] > 0 ? "1 to expert_count," : "at most expert_count,", d[D_EXPERTS], err);
    if (d[D_LEAD] < 0 || !(flags & XB_GGUF_SHORTCONV)) d[D_LEAD] = 0;
    if (d[D_EXPERTS] == 0) return XYBRID_OK;
    if ((flags & XB_GGUF_FF_EXPERT) && d[D_FF_EXPERT] < 1)
        return fail_relation(m, "expert_feed_forward_length", d[D_FF_EXPERT], "at least", 1, err);
    if ((flags & XB_GGUF_SHORTCONV) && d[D_GATING] < 1)
        return fail_relation(m, "expert_gating_func", d[D_GATING], "at least", 1, err);
    if (!(flags & XB_GGUF_MOE_ONLY)) d[D_FF_EXPERT] = d[D_FF];
    else if (d[D_FF_EXPERT] < 1) d[D_FF_EXPERT] = d[D_FF] / d[D_USED];
    if (d[D_FF_SHARED] < 1) d[D_FF_SHARED] = d[D_FF];
    return XYBRID_OK;
}

/* Which layers have a sliding window. */
static xybrid_status relate_window(model *m, xybrid_error *err) {
    char     key[KEY_BYTES];
    int64_t *d = m->dims, every = m->kind->pattern, count = 0;
    uint32_t flags = m->kind->flags;
    if (d[D_LAYERS] == 64 && strcmp(m->kind->name, "exaone4") == 0) flags |= XB_GGUF_SWA_ALWAYS; /* the 32B model, by that */
    if (d[D_WINDOW] < 0 && m->kind->window) d[D_WINDOW] = m->kind->window;
    if (!(flags & (XB_GGUF_SWA | XB_GGUF_SWA_ALWAYS)) || (d[D_WINDOW] < 1 && !(flags & XB_GGUF_SWA_ALWAYS))) {
        if (d[D_WINDOW] > 0 && (flags & XB_GGUF_SHORTCONV))
            return fail_relation(m, "attention.sliding_window", d[D_WINDOW], "as this architecture is taken with:", 0, err);
        d[D_WINDOW] = 0;
        return XYBRID_OK;
    }
    if (d[D_WINDOW] < 1) return fail_relation(m, "attention.sliding_window", d[D_WINDOW], "at least", 1, err);
    const xb_gguf_value *v = xb_gguf_find(m->g, key_of(m, "attention.sliding_window_pattern", key));
    int                  is_list = v && v->type == XB_GGUF_ARRAY;
    if (v && (is_list ? v->count != d[D_LAYERS] ||
                            (v->item_type != XB_GGUF_UINT32 && v->item_type != XB_GGUF_INT32 && v->item_type != XB_GGUF_BOOL)
                      : v->type != XB_GGUF_UINT32))
        return xb_fail(err, XYBRID_MALFORMED, key, "GGUF: %s must be a uint32, or an array with one for each layer", key);
    if (v && !is_list) xb_gguf_int(m->g, key, &every);
    for (int64_t i = 0; i < d[D_LAYERS]; i++) {
        int64_t is_swa = is_list ? xb_gguf_item_int(v, i) != 0 : every == 0;
        if (!is_list && every > 0) is_swa = flags & XB_GGUF_SWA_LATER ? i % every > 0 : i % every < every - 1;
        m->is_swa[i] = (uint8_t)is_swa;
        count += is_swa;
    }
    /* A graph without either kind leaves one of two masks, or of two caches, without the memory that is to be filled. */
    if (count == 0 || count == d[D_LAYERS])
        return xb_fail(err, XYBRID_MALFORMED, key,
                       "GGUF: %s gives %lld of %lld layers a sliding window of %lld, wanted some, not all", key,
                       (long long)count, (long long)d[D_LAYERS], (long long)d[D_WINDOW]);
    return XYBRID_OK;
}

static xybrid_status relate_recurrent(model *m, xybrid_error *err) {
    int64_t *d = m->dims, layers = d[D_LAYERS], recurrent = 0;
    if (m->kind->flags & XB_GGUF_SSM) {
        if (d[D_HEADS] > 0) return fail_relation(m, "attention.head_count", d[D_HEADS], "as Mamba has it:", 0, err);
        if (d[D_KERNEL] < 0 || d[D_STATE] < 0 || d[D_RANK] < 0)
            return xb_fail(err, XYBRID_MALFORMED, NULL, "GGUF: %s.ssm.conv_kernel, state_size or time_step_rank is missing",
                           m->kind->name);
        if (d[D_INNER] != 2 * d[D_EMBD])
            return fail_relation(m, "ssm.inner_size", d[D_INNER], "twice the embedding_length,", 2 * d[D_EMBD], err);
        memset(m->kv, 0, sizeof m->kv);
        d[D_HEADS] = d[D_KV] = d[D_HEAD] = d[D_VALUE] = d[D_ROT] = 0;
    }
    if (!(m->kind->flags & XB_GGUF_SHORTCONV)) return XYBRID_OK;
    for (int64_t i = 0; i < layers; i++) recurrent += m->kv[i] == 0;
    if (recurrent == 0 || recurrent == layers)
        return xb_fail(err, XYBRID_MALFORMED, NULL,
                       "GGUF: %s.attention.head_count_kv makes %lld of %lld layers recurrent, wanted some of each kind",
                       m->kind->name, (long long)recurrent, (long long)layers);
    if (d[D_CONV] < 0) return xb_fail(err, XYBRID_MALFORMED, NULL, "GGUF: %s.shortconv.l_cache is missing", m->kind->name);
    return XYBRID_OK;
}

static xybrid_status read_numbers(model *m, xybrid_error *err) {
    int64_t *d = m->dims;
    for (int i = 0; i < D_COUNT; i++) d[i] = -1;
    for (const xb_gguf_key *k = xb_gguf_keys; *k->name; k++) XB_TRY(read_key(m, k, err));
    XB_TRY(check_others(m, err));
    XB_TRY(check_epsilon(m, err));
    XB_TRY(read_scaling(m, err));
    XB_TRY(read_causal(m, err));
    XB_TRY(same(m, D_OUT, "embedding_length_out", d[D_EMBD], err));
    if (!(m->kind->flags & XB_GGUF_SSM)) {
        XB_TRY(relate_heads(m, err));
        if (d[D_FF] < 1 && !(m->kind->flags & XB_GGUF_MOE_ONLY))
            return fail_relation(m, "feed_forward_length", d[D_FF], "at least", 1, err);
    }
    XB_TRY(relate_experts(m, err));
    XB_TRY(relate_window(m, err));
    XB_TRY(relate_recurrent(m, err));
    if (strcmp(m->kind->name, "modern-bert") == 0) {
        XB_TRY(check_activation(m, err));
    } else if (strstr(m->kind->name, "bert")) {
        const char *key = "tokenizer.ggml.token_type_count";
        if (!xb_gguf_int(m->g, key, &d[D_TYPES]) || d[D_TYPES] < 1)
            return xb_fail(err, XYBRID_MALFORMED, key, "GGUF: %s is missing or 0, wanted at least 1", key);
    }
    XB_TRY(check_own_keys(m, err));
    d[D_FF2] = 2 * d[D_FF];
    d[D_EMBD3] = 3 * d[D_EMBD];
    d[D_INNER2] = 2 * d[D_INNER];
    d[D_XDT] = d[D_RANK] + 2 * d[D_STATE];
    d[D_ROT_HALF] = d[D_ROT] / 2;
    d[D_NONE] = 1;
    return XYBRID_OK;
}

/* ---------------------------------------------------------------- tensors ---------------------------------------------- */

/* Element types that llama.cpp's processor code both looks up rows of and multiplies by, as bits: not the integers, F64,
 * Q8_1 and Q8_K (made at run time only), NVFP4 (needs scales in tensors of their own). */
static int is_weight(int32_t type) { return type >= 0 && type < 64 && (UINT64_C(0x28c60ff7dcf) >> type & 1); }

static void put_shape(char *out, size_t size, const int64_t *dims, int rank) {
    size_t n = xb_format(out, size, "[");
    for (int i = 0; i < rank; i++) n += xb_format(out + n, size - n, i ? ", %lld" : "%lld", (long long)dims[i]);
    xb_format(out + n, size - n, "]");
}

static xybrid_status check_tensor(const model *m, const xb_gguf_row *row, const xb_gguf_tensor *t, xybrid_error *err) {
    char    name[64], found[96], wanted[96];
    int64_t dims[4] = { 1, 1, 1, 1 };
    int     rank = 1;
    for (int i = 0; i < 3; i++) {
        dims[i] = m->dims[row->dims[i]];
        if (row->dims[i] != D_NONE) rank = i + 1;
    }
    xb_format(name, sizeof name, "%.*s", (int)t->name.size, t->name.data);
    if (memcmp(dims, t->dims, sizeof dims) != 0) {
        put_shape(found, sizeof found, t->dims, t->rank);
        put_shape(wanted, sizeof wanted, dims, rank);
        return xb_fail(err, XYBRID_MALFORMED, name, "GGUF: tensor \"%s\" has shape %s, wanted %s", name, found, wanted);
    }
    if (row->is_matrix ? !is_weight(t->type) : t->type != 0)
        return xb_fail(err, XYBRID_UNSUPPORTED_MODEL, name, "GGUF: tensor \"%s\" is of type %s, wanted %s", name,
                       xb_gguf_type_name(t->type), row->is_matrix ? "one that can be multiplied, such as F16 or Q4_K" : "F32");
    return XYBRID_OK;
}

static xybrid_status meet(model *m, const xb_gguf_row *row, int is_optional, int64_t layer, xybrid_error *err) {
    char name[64];
    if (row->when < XB_GGUF_EACH) xb_format(name, sizeof name, "%s", row->name);
    else xb_format(name, sizeof name, "blk.%lld.%s", (long long)layer, row->name);
    const xb_gguf_tensor *t = xb_gguf_find_tensor(m->g, name);
    if (!t && is_optional) return XYBRID_OK;
    if (!t)
        return xb_fail(err, XYBRID_MALFORMED, name, "GGUF: tensor \"%s\" is missing, which \"%s\" needs", name, m->kind->name);
    m->is_met[t - m->g->tensors] = 1;
    return check_tensor(m, row, t, err);
}

static int has_experts(const model *m, int64_t layer) {
    int64_t every = m->dims[D_MOE_EVERY];
    if (m->dims[D_EXPERTS] == 0 || layer < m->dims[D_LEAD]) return 0;
    return !(m->kind->flags & XB_GGUF_MOE_EVERY) || (every > 1 && layer % every == 1);
}

/* Does this model, or this layer of it, have the row's tensor? */
static int has_row(const model *m, const xb_gguf_row *row, int64_t layer, int is_fused) {
    int is_recurrent = m->kv[layer] == 0;
    switch (row->when) {
    case XB_GGUF_SHORT_ROPE: return !m->is_long_rope;
    case XB_GGUF_LONG_ROPE: return m->is_long_rope || (m->kind->flags & XB_GGUF_FACTORS);
    case XB_GGUF_LATER: return layer > 0;
    case XB_GGUF_ATTENTION: return !is_recurrent;
    case XB_GGUF_FUSED: return !is_recurrent && is_fused;
    case XB_GGUF_SPLIT: return !is_recurrent && !is_fused;
    case XB_GGUF_RECURRENT: return is_recurrent;
    case XB_GGUF_DENSE: return !has_experts(m, layer);
    case XB_GGUF_WITH_EXPERTS: return has_experts(m, layer);
    default: return 1;
    }
}

/* Jina's BERT has both parts of the feed-forward in one tensor where it has twice the length and no other part. */
static int64_t up_length(const model *m, int64_t layer) {
    char                  name[64];
    const xb_gguf_tensor *t = NULL;
    xb_format(name, sizeof name, "blk.%lld.ffn_gate.weight", (long long)layer);
    if (!xb_gguf_find_tensor(m->g, name)) {
        xb_format(name, sizeof name, "blk.%lld.ffn_up.weight", (long long)layer);
        t = xb_gguf_find_tensor(m->g, name);
    }
    return t && t->dims[1] == m->dims[D_FF2] ? m->dims[D_FF2] : m->dims[D_FF];
}

static xybrid_status check_rows(model *m, int64_t layer, int is_first, xybrid_error *err) {
    char     name[64];
    int64_t *d = m->dims;
    int      can_split = 0;
    d[D_Q] = d[D_HEADS] * d[D_HEAD];
    d[D_KV] = m->kv[layer];
    d[D_G] = d[D_KV] * d[D_HEAD];
    d[D_QKV] = d[D_Q] + 2 * d[D_G];
    d[D_UP] = up_length(m, layer);
    for (const uint8_t *r = xb_gguf_lists + m->kind->tensors; *r != XB_GGUF_ROWS_END; r++)
        can_split |= xb_gguf_rows[*r & XB_GGUF_ROW].when == XB_GGUF_SPLIT;
    xb_format(name, sizeof name, "blk.%lld.attn_qkv.weight", (long long)layer);
    int is_fused = !can_split || xb_gguf_find_tensor(m->g, name) != NULL;
    for (const uint8_t *r = xb_gguf_lists + m->kind->tensors; *r != XB_GGUF_ROWS_END; r++) {
        const xb_gguf_row *row = &xb_gguf_rows[*r & XB_GGUF_ROW];
        if (is_first != (row->when < XB_GGUF_EACH) || !has_row(m, row, layer, is_fused)) continue;
        XB_TRY(meet(m, row, (*r & XB_GGUF_OPTIONAL) != 0, layer, err));
    }
    return XYBRID_OK;
}

static xybrid_status check_tensors(model *m, xb_arena *arena, xybrid_error *err) {
    const xb_gguf *g = m->g;
    m->is_met = xb_arena_alloc(arena, (size_t)g->tensor_count, err);
    if (!m->is_met) return err->code;
    XB_TRY(check_rows(m, 0, 1, err));
    for (int64_t i = 0; i < m->dims[D_LAYERS]; i++) XB_TRY(check_rows(m, i, 0, err));
    for (int32_t i = 0; i < g->tensor_count; i++) {
        xb_slice name = g->tensors[i].name;
        if (!m->is_met[i])
            return xb_fail(err, XYBRID_UNSUPPORTED_MODEL, NULL, "GGUF: tensor \"%.*s\" is none that \"%s\" with these keys has",
                           (int)name.size, name.data, m->kind->name);
    }
    return XYBRID_OK;
}

/* ---------------------------------------------------------------- the whole -------------------------------------------- */

/* What ggml's reader wants beyond ours, and what it takes differently. */
static xybrid_status check_container(const xb_gguf *g, xybrid_error *err) {
    int64_t parts = 0, expected = g->data_offset;
    if (g->nested_arrays) return xb_fail(err, XYBRID_UNSUPPORTED_MODEL, NULL, "GGUF: arrays in arrays are not taken");
    for (int32_t i = 0; i < g->pair_count; i++) {
        xb_slice key = g->pairs[i].key;
        if (memchr(key.data, 0, key.size)) /* ggml's keys end there */
            return xb_fail(err, XYBRID_MALFORMED, NULL, "GGUF: the key \"%.*s\" has a NUL inside", xb_slice_len(key), key.data);
    }
    if (xb_gguf_find(g, "split.count") && (!xb_gguf_int(g, "split.count", &parts) || parts > 1))
        return xb_fail(err, XYBRID_UNSUPPORTED_MODEL, "split.count",
                       "GGUF: one of %lld parts of a model; join them with: llama-gguf-split --merge", (long long)parts);
    if (g->alignment < LEAST_ALIGNMENT)
        return xb_fail(err, XYBRID_UNSUPPORTED_MODEL, "general.alignment", "GGUF: general.alignment is %d, wanted at least %d",
                       g->alignment, LEAST_ALIGNMENT);
    for (int32_t i = 0; i < g->tensor_count; i++) {
        const xb_gguf_tensor *t = &g->tensors[i];
        if (t->offset != expected)
            return xb_fail(err, XYBRID_MALFORMED, NULL,
                           "GGUF: tensor \"%.*s\" begins at byte %lld, wanted %lld, behind the one before it",
                           (int)t->name.size, t->name.data, (long long)t->offset, (long long)expected);
        expected += (t->size_bytes + g->alignment - 1) / g->alignment * g->alignment;
    }
    return XYBRID_OK;
}

static xybrid_status find_kind(const xb_gguf *g, const xb_gguf_kind **out, xybrid_error *err) {
    xb_slice name = { "", 0 };
    if (!xb_gguf_text(g, "general.architecture", &name))
        return xb_fail(err, XYBRID_MALFORMED, "general.architecture", "GGUF: general.architecture is missing; wanted a string");
    for (const xb_gguf_kind *k = xb_gguf_kinds; *k->name; k++) {
        if (!xb_slice_is(name, k->name)) continue;
        *out = k;
        return XYBRID_OK;
    }
    return xb_fail(err, XYBRID_UNSUPPORTED_MODEL, "general.architecture",
                   "GGUF: the file is sound, but its architecture \"%.*s\" is not one that this version runs",
                   xb_slice_len(name), name.data);
}

static void describe(const model *m, const xb_gguf_vocabulary *words, xb_gguf_model *out) {
    const int64_t *d = m->dims;
    xb_gguf_model  o = { .architecture = xb_slice_of(m->kind->name), .words = *words };
    int            attention = 0;
    for (int64_t i = 0; i < d[D_LAYERS]; i++) {
        int64_t bytes = 2 * m->kv[i] * (d[D_HEAD] + d[D_VALUE]);
        if (m->kv[i] > o.kv_heads) o.kv_heads = m->kv[i];
        attention += m->kv[i] > 0;
        o.kv_bytes_per_token += bytes;
        if (m->is_swa[i]) o.window_bytes += bytes;
    }
    int64_t recurrent = d[D_LAYERS] - attention;
    o.layers = (int32_t)d[D_LAYERS], o.embedding = (int32_t)d[D_EMBD], o.vocabulary = (int32_t)d[D_VOCAB];
    o.context = (int32_t)d[D_CONTEXT], o.heads = (int32_t)d[D_HEADS], o.feed_forward = (int32_t)xb_max64(d[D_FF], 0);
    o.key_size = (int32_t)d[D_HEAD], o.value_size = (int32_t)d[D_VALUE];
    o.experts = (int32_t)d[D_EXPERTS], o.experts_used = (int32_t)d[D_USED];
    o.window = (int32_t)d[D_WINDOW], o.pooling = (int32_t)d[D_POOLING];
    o.is_embedder = (m->kind->flags & XB_GGUF_EMBEDDER) != 0;
    o.is_recurrent = attention == 0, o.is_hybrid = attention > 0 && recurrent > 0;
    o.is_causal = m->is_causal, o.is_context_fixed = xb_gguf_find_tensor(m->g, "position_embd.weight") != NULL;
    if (o.is_recurrent) o.state_bytes = 4 * recurrent * ((d[D_KERNEL] - 1) * d[D_INNER] + d[D_STATE] * d[D_INNER]);
    if (o.is_hybrid) o.state_bytes = 4 * recurrent * (d[D_CONV] - 1) * d[D_EMBD];
    if (o.is_embedder) o.kv_bytes_per_token = o.window_bytes = 0; /* nothing is kept */
    *out = o;
}

xybrid_status xb_gguf_check_model(const xb_gguf *g, xb_arena *arena, xb_gguf_model *out, xybrid_error *err) {
    xb_gguf_vocabulary words;
    model              m = { .g = g };
    XB_TRY(check_container(g, err));
    XB_TRY(find_kind(g, &m.kind, err));
    if (g->tensor_count == 0)
        return xb_fail(err, XYBRID_UNSUPPORTED_MODEL, NULL, "GGUF: only a vocabulary, no weights; wanted a whole model");
    XB_TRY(read_numbers(&m, err));
    XB_TRY(xb_gguf_check_vocabulary(g, arena, &words, err));
    m.dims[D_VOCAB] = words.tokens.count;
    XB_TRY(check_tensors(&m, arena, err));
    describe(&m, &words, out);
    return XYBRID_OK;
}

const char *xb_gguf_architecture(int index) {
    int count = 0;
    while (*xb_gguf_kinds[count].name) count++;
    return index >= 0 && index < count ? xb_gguf_kinds[index].name : NULL;
}
