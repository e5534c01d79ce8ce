/* lexicon_list.c - pronunciations in the forms that people edit: misaki's JSON {"word": "phonemes" or {"DEFAULT": ..., "VERB":
 * ...}}, and cmudict.dict. A hash table with open addressing over the file's own bytes. */
#include "base/error.h"
#include "base/limits.h"
#include "text/lexicon_int.h"
#include "text/vocabulary.h"

static xybrid_status make_slots(xb_lexicon *l, xb_lexicon_list *list, int64_t count, xybrid_error *err) {
    uint32_t size = 16;
    if (count > XB_MAX_LEXICON_WORDS)
        return xb_fail(err, XYBRID_MALFORMED, "", "lexicon of %lld words; at most %d", (long long)count, XB_MAX_LEXICON_WORDS);
    while (size < 2 * (uint64_t)count) size *= 2;
    list->mask = size - 1;
    list->slots = xb_calloc(l->mem, size, sizeof *list->slots, err);
    return list->slots ? XYBRID_OK : err->code;
}

static xb_slice word_at(const xb_lexicon_list *list, uint32_t slot) {
    if (list->doc) {
        const xb_slice word = { list->members[slot - 1].key, list->members[slot - 1].key_size };
        return word;
    }
    xb_slice word = { list->lines.data + slot - 1, 0 };
    while (slot - 1 + word.size < list->lines.size && word.data[word.size] != ' ' && word.data[word.size] != '\n') word.size++;
    return word;
}

/* The slot of the word or the free one where it would stand; NULL: too many words of one hash. */
static uint32_t *slot_of(const xb_lexicon_list *list, xb_slice word) {
    const uint32_t hash = xb_hash_more(XB_HASH_START, word.data, word.size);
    for (uint32_t i = 0; i < XB_MAX_PROBES; i++) {
        uint32_t *slot = &list->slots[(hash + i) & list->mask];
        if (!*slot || xb_slice_eq(word_at(list, *slot), word)) return slot;
    }
    return NULL;
}

static xybrid_status degenerate(xybrid_error *err) {
    return xb_fail(err, XYBRID_MALFORMED, "", "lexicon: more than %d words share a hash", XB_MAX_PROBES);
}

xybrid_status xb_lexicon_list_json(xb_lexicon *l, xb_slice file, xybrid_error *err) {
    xb_lexicon_list *list = &l->lists[l->list_count++];
    uint32_t         n = 0;
    XB_TRY(xb_json_parse(l->mem, file.data, (int64_t)file.size, XB_MAX_LEXICON_BYTES, &list->doc, err));
    const xb_json *root = xb_json_root(list->doc);
    if (!xb_json_is(root, XB_JSON_OBJECT))
        return xb_fail(err, XYBRID_MALFORMED, "", "lexicon: a JSON object of words is wanted");
    XB_TRY(make_slots(l, list, xb_json_count(root), err));
    list->members = xb_calloc(l->mem, (size_t)xb_json_count(root) + 1, sizeof *list->members, err);
    if (!list->members) return err->code;
    for (xb_json_iter it = xb_json_items(root); xb_json_next(&it);) {
        const xb_slice word = { it.key, it.key_size };
        uint32_t      *slot = slot_of(list, word);
        if (!slot) return degenerate(err);
        list->members[n++] = it;
        *slot = n;
    }
    return XYBRID_OK;
}

xybrid_status xb_lexicon_open_cmu(xb_lexicon *l, xb_mem *mem, xb_slice file, xybrid_error *err) {
    xb_lexicon_list *list = &l->lists[0];
    xb_slice         rest = file, line;
    int64_t          count = 0;
    xybrid_status    st;
    memset(l, 0, sizeof *l);
    l->mem = mem, l->list_count = 1, list->lines = file;
    if (file.size > XB_MAX_LEXICON_BYTES)
        return xb_fail(err, XYBRID_MALFORMED, "", "cmudict of %lld bytes; at most %d", (long long)file.size,
                       XB_MAX_LEXICON_BYTES);
    while (xb_next_line(&rest, &line)) count++;
    XB_TRY_OUT(make_slots(l, list, count, err));
    for (rest = file; xb_next_line(&rest, &line);) {
        const uint32_t at = (uint32_t)(line.data - file.data) + 1;
        const xb_slice word = word_at(list, at);
        if (word.size == 0 || word.size == line.size || word.data[word.size - 1] == ')' || word.data[0] == ';') continue;
        uint32_t *slot = slot_of(list, word);
        if (!slot) {
            st = degenerate(err);
            goto out;
        }
        if (!*slot) *slot = at;
    }
    return XYBRID_OK;
out:
    xb_lexicon_close(l);
    return st;
}

void xb_lexicon_close(xb_lexicon *l) {
    for (int i = 0; i < 2; i++) {
        xb_json_free(l->lists[i].doc);
        if (l->mem) xb_free(l->mem, l->lists[i].members), xb_free(l->mem, l->lists[i].slots);
    }
    memset(l, 0, sizeof *l);
}

/* ---- pronunciations ---- */

static int put_text(xb_pronunciation *p, int kind, const xb_json *value, int *used) {
    const char *text = "";
    size_t      size = 0;
    if (*used == 4 || (!xb_json_string(value, &text, &size) && !xb_json_is(value, XB_JSON_NULL)) || size >= XB_MAX_PHONEMES ||
        memchr(text, 0, size))
        return 0;
    memcpy(p->text[*used], text, size);
    p->text[*used][size] = 0;
    xb_pronunciation_put(p, (uint32_t)kind, used);
    return 1;
}

static int said_of_json(const xb_json *value, xb_pronunciation *out) {
    static const char names[XB_SAID_KINDS][8] = { "DEFAULT", "None", "NOUN", "VERB", "ADJ", "ADV", "DT", "VBD", "VBN", "VBP" };
    int               used = 0;
    if (!xb_json_is(value, XB_JSON_OBJECT)) return put_text(out, XB_SAID_DEFAULT, value, &used);
    for (int k = 0; k < XB_SAID_KINDS; k++) {
        const xb_json *v = xb_json_get(value, names[k]);
        if (v) put_text(out, k, v, &used);
    }
    return out->has & 1;
}

/* ARPABET (cmudict's 39 sounds) to misaki's symbols; the last two are AH and ER without stress. */
static const struct {
    char name[3], text[5];
} SOUNDS[] = { { "AA", "ɑ" }, { "AE", "æ" }, { "AH", "ʌ" }, { "AO", "ɔ" }, { "AW", "W" },  { "AY", "I" }, { "B", "b" },
               { "CH", "ʧ" }, { "D", "d" },  { "DH", "ð" }, { "EH", "ɛ" }, { "ER", "ɜɹ" }, { "EY", "A" }, { "F", "f" },
               { "G", "ɡ" },  { "HH", "h" }, { "IH", "ɪ" }, { "IY", "i" }, { "JH", "ʤ" },  { "K", "k" },  { "L", "l" },
               { "M", "m" },  { "N", "n" },  { "NG", "ŋ" }, { "OW", "O" }, { "OY", "Y" },  { "P", "p" },  { "R", "ɹ" },
               { "S", "s" },  { "SH", "ʃ" }, { "T", "t" },  { "TH", "θ" }, { "UH", "ʊ" },  { "UW", "u" }, { "V", "v" },
               { "W", "w" },  { "Y", "j" },  { "Z", "z" },  { "ZH", "ʒ" } };

static void add_sound(const char *name, size_t size, char out[XB_MAX_PHONEMES]) {
    const char stress = name[size - 1];
    const int  is_vowel = stress >= '0' && stress <= '2';
    size -= (size_t)is_vowel;
    for (size_t i = 0; i < sizeof SOUNDS / sizeof SOUNDS[0]; i++)
        if (strlen(SOUNDS[i].name) == size && memcmp(SOUNDS[i].name, name, size) == 0) {
            const char *text = SOUNDS[i].text;
            const char *mark = !is_vowel || stress == '0' ? "" : stress == '1' ? "ˈ" : "ˌ";
            if (is_vowel && stress == '0' && size == 2 && name[0] == 'A' && name[1] == 'H') text = "ə";
            if (is_vowel && stress == '0' && size == 2 && name[0] == 'E' && name[1] == 'R') text = "əɹ";
            const size_t used = strlen(out), more = strlen(mark) + strlen(text);
            if (used + more >= XB_MAX_PHONEMES) return;
            memcpy(out + used, mark, strlen(mark));
            memcpy(out + used + strlen(mark), text, strlen(text) + 1);
        }
}

static int said_of_line(xb_slice rest, xb_pronunciation *out) {
    for (size_t i = 0; i < rest.size && rest.data[i] != '\n' && rest.data[i] != '#';) {
        size_t end = i;
        while (end < rest.size && rest.data[end] > ' ') end++;
        if (end > i) add_sound(rest.data + i, end - i, out->text[0]);
        i = end + (end == i);
    }
    out->has = 1;
    return out->text[0][0] != 0;
}

int xb_lexicon_list_find(const xb_lexicon_list *list, const char *word, size_t size, xb_pronunciation *out) {
    xb_slice        key = { word, size };
    const uint32_t *slot;
    char            small[64];
    memset(out, 0, sizeof *out);
    if (!list->doc && size <= sizeof small) { /* cmudict knows no capitals */
        for (size_t i = 0; i < size; i++) small[i] = word[i] >= 'A' && word[i] <= 'Z' ? (char)(word[i] | 0x20) : word[i];
        key.data = small;
    }
    slot = slot_of(list, key);
    if (!slot || !*slot) return 0;
    if (list->doc) return said_of_json(list->members[*slot - 1].value, out);
    const size_t at = *slot - 1 + size;
    xb_slice     rest = { list->lines.data + at, list->lines.size - at };
    return said_of_line(rest, out);
}
