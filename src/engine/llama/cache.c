/* engine/llama/cache.c - what a session holds of its sequences: copied, trimmed, moved, saved and restored.
 *
 * Saved bytes are llama.cpp's own state of one sequence behind a header of ours, little-endian:
 *
 *     | "XLC1" 4 | 0 4 | bytes of the state 8 | checksum of the state 8 | state |
 *
 * The checksum (FNV-1a, 64 bits, in words: Fowler, Noll, Vo) finds what was damaged; what was forged is the host's to find, which keys
 * saved conversations by model and tokens. A restored sequence is checked against the session's limits. */
#include <string.h>

#include "engine/llama/plugin.h"

static xybrid_status no_cache(ll_session *s, xybrid_error *err) {
    return ll_fail(s->host, err, XYBRID_UNSUPPORTED_FORMAT, "", "this model keeps nothing between batches");
}

static xybrid_status check(ll_session *s, int32_t sequence, xybrid_error *err) {
    xybrid_status st = ll_check_sequence(s, sequence, err);
    return st == XYBRID_OK && !s->has_cache ? no_cache(s, err) : st;
}

/* [from, to), to XYBRID_AUTO = the end. */
static xybrid_status check_range(ll_session *s, int32_t from, int32_t to, xybrid_error *err) {
    if (from < 0 || (to != XYBRID_AUTO && to < from))
        return ll_fail(s->host, err, XYBRID_INVALID_ARGUMENT, "positions", "positions from %d to %d", from, to);
    return XYBRID_OK;
}

xybrid_status ll_cache_copy(void *session, int32_t from_sequence, int32_t to_sequence, int32_t from, int32_t to,
                            xybrid_error *err) {
    ll_session   *s = session;
    xl_call       call = { .host = s->host };
    xybrid_status st = check(s, from_sequence, err);
    if (st == XYBRID_OK) st = check(s, to_sequence, err);
    if (st == XYBRID_OK) st = check_range(s, from, to, err);
    if (st != XYBRID_OK || from_sequence == to_sequence) return st;
    int32_t last = xl_last(s->handle, from_sequence);
    if (s->model->facts.is_recurrent && (from > 0 || (to != XYBRID_AUTO && to <= last)))
        return ll_fail(s->host, err, XYBRID_UNSUPPORTED_FORMAT, "", "a recurrent model's sequence is copied whole");
    if (xl_last(s->handle, to_sequence) >= 0) { /* cells of both would stand at one position */
        int32_t status = xl_remove(&call, s->handle, to_sequence, s->model->facts.is_recurrent ? -1 : from, to);
        if (status != XL_OK) return ll_status(s->host, err, status, &call, "making room for a copy");
    }
    return ll_status(s->host, err, xl_copy(&call, s->handle, from_sequence, to_sequence, from, to), &call,
                     "copying a sequence");
}

xybrid_status ll_cache_trim(void *session, int32_t sequence, int32_t from, int32_t to, xybrid_error *err) {
    ll_session   *s = session;
    xl_call       call = { .host = s->host };
    xybrid_status st = ll_check_sequence(s, sequence, err);
    if (st == XYBRID_OK) st = check_range(s, from, to, err);
    if (st != XYBRID_OK || !s->has_cache) return st; /* nothing is kept: nothing to forget */
    int32_t last = xl_last(s->handle, sequence);
    if (last < from || to == from) return XYBRID_OK; /* nothing there */
    int32_t is_whole = from == 0 && (to == XYBRID_AUTO || to > last);
    if (s->model->facts.is_recurrent && !is_whole)
        return ll_fail(s->host, err, XYBRID_UNSUPPORTED_FORMAT, "", "a recurrent model's sequence is dropped whole");
    int32_t status = xl_remove(&call, s->handle, sequence, is_whole ? -1 : from, is_whole ? -1 : to);
    return ll_status(s->host, err, status, &call, "trimming a sequence");
}

xybrid_status ll_cache_shift(void *session, int32_t sequence, int32_t from, int32_t delta, xybrid_error *err) {
    ll_session   *s = session;
    xl_call       call = { .host = s->host };
    xybrid_status st = check(s, sequence, err);
    if (st == XYBRID_OK) st = check_range(s, from, XYBRID_AUTO, err);
    if (st != XYBRID_OK) return st;
    if (!xl_can_shift(s->handle) || s->model->facts.positions > 1 || s->model->facts.is_recurrent)
        return ll_fail(s->host, err, XYBRID_UNSUPPORTED_FORMAT, "", "this model's positions cannot be moved");
    int32_t last = xl_last(s->handle, sequence);
    if (last < from || delta == 0) return XYBRID_OK;
    int64_t first = xl_first(s->handle, sequence) > from ? xl_first(s->handle, sequence) : from;
    if (first + delta < 0 || last + (int64_t)delta >= s->options.context_tokens)
        return ll_fail(s->host, err, XYBRID_INVALID_ARGUMENT, "delta",
                       "positions %lld to %d moved by %d leave the context of %d", (long long)first, last, delta,
                       s->options.context_tokens);
    return ll_status(s->host, err, xl_shift(&call, s->handle, sequence, from, delta), &call, "moving a sequence");
}

/* ---- saved ---- */

enum { HEAD_BYTES = 24, MAGIC = 0x31434C58 /* "XLC1" */ };

typedef struct head {
    uint64_t magic, size, sum;
} head;

static uint64_t checksum(const unsigned char *bytes, int64_t size) {
    uint64_t sum = UINT64_C(0xCBF29CE484222325), word;
    int64_t  at = 0;
    for (; at + 8 <= size; at += 8) {
        memcpy(&word, bytes + at, 8);
        sum = (sum ^ word) * UINT64_C(0x100000001B3);
        sum ^= sum >> 29; /* a multiplication carries upwards only */
    }
    for (; at < size; at++) sum = (sum ^ bytes[at]) * UINT64_C(0x100000001B3);
    return sum;
}

xybrid_status ll_cache_size(void *session, int32_t sequence, int64_t *size_bytes, xybrid_error *err) {
    ll_session   *s = session;
    xl_call       call = { .host = s->host };
    xybrid_status st = check(s, sequence, err);
    if (st != XYBRID_OK) return st;
    int64_t size = xl_state_size(&call, s->handle, sequence);
    if (size <= 0) return ll_status(s->host, err, XL_FAILED, &call, "measuring a sequence");
    *size_bytes = size + HEAD_BYTES;
    return XYBRID_OK;
}

xybrid_status ll_cache_save(void *session, int32_t sequence, void *buffer, int64_t capacity, int64_t *written,
                            xybrid_error *err) {
    ll_session   *s = session;
    xl_call       call = { .host = s->host };
    int64_t       wanted = 0;
    xybrid_status st = ll_cache_size(session, sequence, &wanted, err);
    if (st != XYBRID_OK) return st;
    if (!buffer || capacity < wanted)
        return ll_fail(s->host, err, XYBRID_INVALID_ARGUMENT, "capacity", "the sequence has %lld bytes, there is room for %lld",
                       (long long)wanted, (long long)capacity);
    unsigned char *state = (unsigned char *)buffer + HEAD_BYTES;
    int64_t        size = xl_state_get(&call, s->handle, sequence, state, wanted - HEAD_BYTES);
    if (size <= 0) return ll_status(s->host, err, XL_FAILED, &call, "saving a sequence");
    head h = { MAGIC, (uint64_t)size, checksum(state, size) };
    memcpy(buffer, &h, HEAD_BYTES);
    *written = size + HEAD_BYTES;
    return XYBRID_OK;
}

xybrid_status ll_cache_restore(void *session, int32_t sequence, const void *bytes, int64_t size_bytes, xybrid_error *err) {
    ll_session   *s = session;
    xl_call       call = { .host = s->host };
    head          h = { 0, 0, 0 };
    xybrid_status st = check(s, sequence, err);
    if (st != XYBRID_OK) return st;
    const unsigned char *state = (const unsigned char *)bytes + HEAD_BYTES;
    if (bytes && size_bytes > HEAD_BYTES) memcpy(&h, bytes, HEAD_BYTES);
    if (h.magic != MAGIC || h.size != (uint64_t)(size_bytes - HEAD_BYTES) || checksum(state, (int64_t)h.size) != h.sum)
        return ll_fail(s->host, err, XYBRID_CHECKSUM, "", "%lld bytes that are no saved sequence, or damaged",
                       (long long)size_bytes);
    int32_t status = xl_state_set(&call, s->handle, sequence, state, (int64_t)h.size);
    if (status == XL_BROKEN) s->is_broken = 1;
    if (status == XL_OK && xl_last(s->handle, sequence) < s->options.context_tokens) return XYBRID_OK;
    if (!s->is_broken) (void)xl_remove(&call, s->handle, sequence, -1, -1);
    if (status == XL_OK)
        return ll_fail(s->host, err, XYBRID_INVALID_ARGUMENT, "", "the saved sequence is longer than the context of %d tokens",
                       s->options.context_tokens);
    if (status != XL_FAILED) return ll_status(s->host, err, status, &call, "restoring a sequence");
    return ll_fail(s->host, err, XYBRID_UNSUPPORTED_FORMAT, "", "the saved sequence is another model's, or has no room: %s",
                   call.said);
}
