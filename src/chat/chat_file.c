/* chat/chat_file.c - a conversation as bytes, and back; see chat.h. */
#include <string.h>

#include "base/error.h"
#include "chat/chat.h"
#include "codec/sha256.h"

enum { IDENTITY, TURNS, TEXT, TOKENS, CACHE, PARTS };
enum { MAGIC_BYTES = 8, HEADER_BYTES = MAGIC_BYTES + 8 * PARTS, DIGEST_BYTES = 32 };
static const char magic[MAGIC_BYTES] = { 'X', 'Y', 'B', 'C', 'H', 'A', 'T', 1 };

/* ---- writing ---- */

static void put_u64(unsigned char *to, uint64_t value) {
    for (int i = 0; i < 8; i++) to[i] = (unsigned char)(value >> (8 * i));
}

static void put_tokens(xb_str *out, const xb_token_list *tokens) {
    for (size_t i = 0; i < tokens->count; i++) {
        uint32_t      id = (uint32_t)tokens->ids[i];
        unsigned char bytes[4] = { (unsigned char)id, (unsigned char)(id >> 8), (unsigned char)(id >> 16),
                                   (unsigned char)(id >> 24) };
        xb_str_addn(out, bytes, sizeof bytes);
    }
}

/* The cache of the tokens, written where it stays: at most `most` bytes, for which there is room. */
static xybrid_status put_cache(xb_chat *chat, xb_str *out, int64_t most, uint64_t *size, xybrid_error *err) {
    int64_t written = 0;
    if (most) XB_TRY(xb_tokens_save(chat->engine, 0, out->data + out->size, most, &written, err));
    out->size += (size_t)written;
    out->data[out->size] = 0;
    *size = (uint64_t)written;
    return XYBRID_OK;
}

xybrid_status xb_chat_write(xb_chat *chat, const char *identity, xb_str *out, xybrid_error *err) {
    uint64_t       sizes[PARTS] = { strlen(identity) };
    unsigned char  header[HEADER_BYTES] = { 0 }, digest[DIGEST_BYTES];
    size_t         start = out->size, before;
    xb_json_writer w;
    xb_str_addn(out, header, sizeof header);
    xb_str_addn(out, identity, (size_t)sizes[IDENTITY]);
    before = out->size;
    xb_json_writer_init(&w, out, XB_JSON_COMPACT);
    xb_history_write(&chat->history, 0, XB_HISTORY_FILE, &w);
    XB_TRY(xb_json_writer_status(&w, err));
    sizes[TURNS] = out->size - before;
    const xb_timeline *t = &chat->timeline;
    sizes[TEXT] = t->text.failed ? 0 : t->text.size;
    sizes[TOKENS] = 4 * (uint64_t)t->tokens.count;
    /* an engine that has no cache leaves it out, and it is computed again */
    const int64_t  most = chat->engine && t->tokens.count ? xb_tokens_saved_size(chat->engine, 0) : 0;
    const uint64_t rest = sizes[TEXT] + sizes[TOKENS] + (uint64_t)most + DIGEST_BYTES;
    (void)xb_str_room(out, rest > out->max ? out->max : (size_t)rest); /* all of it once, that nothing is moved or held twice */
    xb_str_addn(out, t->text.data, (size_t)sizes[TEXT]);
    put_tokens(out, &t->tokens);
    XB_TRY(xb_str_status(out, err));
    XB_TRY(put_cache(chat, out, most, &sizes[CACHE], err));
    memcpy(out->data + start, magic, MAGIC_BYTES);
    for (int i = 0; i < PARTS; i++) put_u64((unsigned char *)out->data + start + MAGIC_BYTES + 8 * i, sizes[i]);
    xb_sha256_of(out->data + start, out->size - start, digest);
    xb_str_addn(out, digest, sizeof digest);
    return xb_str_status(out, err);
}

/* ---- reading ---- */

static uint64_t get_u64(const unsigned char *from) {
    uint64_t value = 0;
    for (int i = 0; i < 8; i++) value |= (uint64_t)from[i] << (8 * i);
    return value;
}

typedef struct parts {
    const unsigned char *bytes[PARTS];
    uint64_t             sizes[PARTS];
} parts;

static xybrid_status split(const unsigned char *bytes, size_t size, parts *out, xybrid_error *err) {
    unsigned char digest[DIGEST_BYTES];
    uint64_t      at = HEADER_BYTES;
    if (size < HEADER_BYTES + DIGEST_BYTES || memcmp(bytes, magic, MAGIC_BYTES) != 0)
        return xb_fail(err, XYBRID_MALFORMED, "", "not a saved conversation of this version: it begins with other bytes");
    for (int i = 0; i < PARTS; i++) {
        out->bytes[i] = bytes + at;
        out->sizes[i] = get_u64(bytes + MAGIC_BYTES + 8 * i);
        if (out->sizes[i] > size - DIGEST_BYTES - at)
            return xb_fail_at(err, XYBRID_MALFORMED, MAGIC_BYTES + 8 * i, "",
                              "saved conversation: part %d has %llu bytes, the file %llu in all", i,
                              (unsigned long long)out->sizes[i], (unsigned long long)size);
        at += out->sizes[i];
    }
    if (at + DIGEST_BYTES != size || out->sizes[TOKENS] % 4)
        return xb_fail(err, XYBRID_MALFORMED, "", "saved conversation: its parts have %llu bytes, the file %llu",
                       (unsigned long long)at + DIGEST_BYTES, (unsigned long long)size);
    xb_sha256_of(bytes, (size_t)at, digest);
    return memcmp(digest, bytes + at, DIGEST_BYTES) == 0
               ? XYBRID_OK
               : xb_fail(err, XYBRID_CHECKSUM, "", "saved conversation: its sum is not that of its bytes; it is damaged");
}

static xybrid_status read_turns(xb_history *h, const parts *p, xybrid_error *err) {
    xb_json_doc *doc;
    XB_TRY(xb_json_parse(h->mem, p->bytes[TURNS], (int64_t)p->sizes[TURNS], XB_MAX_JSON_BYTES, &doc, err));
    xybrid_status st = xb_history_read(h, xb_json_root(doc), err);
    xb_json_free(doc);
    return st;
}

static int32_t get_token(const unsigned char *from) {
    return (int32_t)(from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 | (uint32_t)from[3] << 24);
}

/* Tokens, text and cache, if they are of this model and engine. What does not fit is computed again: no failure. */
static void read_cache(xb_chat *chat, const char *identity, const parts *p) {
    xybrid_error  unused;
    size_t        count = (size_t)p->sizes[TOKENS] / 4;
    xb_token_list ids = { .mem = chat->mem };
    int           is_same = *identity && p->sizes[IDENTITY] == strlen(identity) &&
                            memcmp(p->bytes[IDENTITY], identity, strlen(identity)) == 0;
    if (!is_same || !p->sizes[CACHE] || !count || count > (size_t)chat->context_tokens) return;
    int ok = xb_token_list_reserve(&ids, count, &unused) == XYBRID_OK && xb_chat_ready(chat, &unused) == XYBRID_OK;
    for (size_t i = 0; ok && i < count; i++) {
        int32_t id = get_token(p->bytes[TOKENS] + 4 * i);
        ok = id >= 0 && id < chat->model->info.vocabulary && xb_token_list_add(&ids, id, &unused) == XYBRID_OK;
    }
    ok = ok && xb_timeline_adopt(&chat->timeline, ids.ids, count, (const char *)p->bytes[TEXT], (size_t)p->sizes[TEXT],
                                 &unused) == XYBRID_OK;
    if (ok && xb_tokens_restore(chat->engine, 0, p->bytes[CACHE], (int64_t)p->sizes[CACHE], &unused) != XYBRID_OK) ok = 0;
    if (!ok) xb_chat_forget_cache(chat);
    xb_token_list_free(&ids);
}

xybrid_status xb_chat_read(xb_chat *chat, const char *identity, const void *bytes, size_t size, xybrid_error *err) {
    parts      p;
    xb_history h;
    XB_TRY(split(bytes, size, &p, err));
    xb_history_init(&h, chat->mem);
    xybrid_status st = read_turns(&h, &p, err);
    if (st) {
        xb_history_free(&h);
        return st;
    }
    xb_history_free(&chat->history);
    chat->history = h;
    xb_chat_forget_cache(chat); /* nothing of the old conversation may be taken for the new one's */
    read_cache(chat, identity, &p);
    return XYBRID_OK;
}
