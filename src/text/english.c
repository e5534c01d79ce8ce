/* english.c - see english.h. */
#include "text/english.h"

#include <string.h>

#include "base/utf8.h"
#include "text/letters.h"

enum { WORD = 132, ROOM = 512 /* bytes of a word's phonemes while it is made */, PARTS = 64 };
enum { KEEP = 99, WEAK = -4, LOWER = -2, HALF_LOWER = -1, ZERO = 0, HALF = 1, STRONG = 4 }; /* misaki's stress, doubled */

static const char VOWELS[] = "AIOQWYaiuæɑɒɔəɛɜɪʊʌᵻ", CONSONANTS[] = "bdfhjklmnpstvwzðŋɡɹɾʃʒʤʧθ", TAUS[] = "AIOWYiuæɑəɛɪɹʊʌ";
static const char PRIMARY[] = "ˈ", SECONDARY[] = "ˌ";

typedef struct context {
    int vowel; /* what follows begins with a vowel: 1, 0; -1 = a pause or nothing follows */
    int to;    /* the word behind is "to" */
} context;

typedef struct speaker {
    const xb_english *e;
    context           after;
    int               is_guess;
} speaker;

typedef struct said { /* a string of phonemes; size 0 = none */
    char   text[ROOM];
    size_t size;
} said;

/* ---- strings of phonemes ---- */

static size_t char_size(const char *p) { return (uint8_t)*p < 0x80 ? 1 : (uint8_t)*p < 0xe0 ? 2 : (uint8_t)*p < 0xf0 ? 3 : 4; }

static int is_in(const char *set, const char *p) {
    const size_t n = char_size(p);
    for (; *set; set += char_size(set))
        if (strncmp(set, p, n) == 0) return 1;
    return 0;
}
static int has(const said *s, const char *mark) { return strstr(s->text, mark) != NULL; }

static void set(said *s, const char *text) {
    s->size = strlen(text);
    if (s->size >= ROOM) s->size = 0;
    memcpy(s->text, text, s->size);
    s->text[s->size] = 0;
}
static void add(said *s, const char *text) {
    const size_t n = strlen(text);
    if (s->size + n >= ROOM) return;
    memcpy(s->text + s->size, text, n + 1);
    s->size += n;
}
static void insert(said *s, size_t at, const char *mark) {
    const size_t n = strlen(mark);
    if (s->size + n >= ROOM) return;
    memmove(s->text + at + n, s->text + at, s->size - at + 1);
    memcpy(s->text + at, mark, n);
    s->size += n;
}

/* Both marks have two bytes. */
static void drop(said *s, const char *mark) {
    for (char *p; (p = strstr(s->text, mark)) != NULL; s->size -= 2) memmove(p, p + 2, strlen(p + 2) + 1);
}
static void turn(said *s, const char *mark, const char *into) {
    for (char *p = s->text; (p = strstr(p, mark)) != NULL; p += 2) memcpy(p, into, 2);
}
static void before_vowel(said *s, const char *mark) {
    for (const char *p = s->text; *p; p += char_size(p))
        if (is_in(VOWELS, p)) {
            insert(s, (size_t)(p - s->text), mark);
            return;
        }
}

/* misaki's apply_stress. */
static void stress(said *s, int level) {
    const int primary = has(s, PRIMARY), secondary = has(s, SECONDARY);
    if (level == KEEP) return;
    if (level < LOWER) drop(s, PRIMARY), drop(s, SECONDARY);
    else if (level == LOWER || ((level == ZERO || level == HALF_LOWER) && primary))
        drop(s, SECONDARY), turn(s, PRIMARY, SECONDARY);
    else if (level >= ZERO && level <= 2 && !primary && !secondary) before_vowel(s, SECONDARY);
    else if (level >= 2 && !primary && secondary) turn(s, SECONDARY, PRIMARY);
    else if (level > 2 && !primary && !secondary) before_vowel(s, PRIMARY);
}

/* The last character; the one before it in *before (NULL: none). */
static const char *last_of(const said *s, const char **before) {
    const char *last = NULL, *second = NULL;
    for (const char *p = s->text; *p; p += char_size(p)) second = last, last = p;
    if (before) *before = second;
    return last;
}

/* ---- words ---- */

static int is_letters(const char *w) {
    for (; *w; w++)
        if (!((*w >= 'a' && *w <= 'z') || (*w >= 'A' && *w <= 'Z'))) return 0;
    return 1;
}
static void to_lower(const char *w, char out[WORD]) {
    size_t n = 0;
    for (; w[n] && n < WORD - 1; n++) out[n] = w[n] >= 'A' && w[n] <= 'Z' ? (char)(w[n] | 0x20) : w[n];
    out[n] = 0;
}
static int has_lower(const char *w) {
    for (; *w; w++)
        if (*w >= 'a' && *w <= 'z') return 1;
    return 0;
}
static int has_upper(const char *w) {
    for (; *w; w++)
        if (*w >= 'A' && *w <= 'Z') return 1;
    return 0;
}
static int is_word(const char *w, const char *small) { /* whatever its case */
    char lower[WORD];
    to_lower(w, lower);
    return strcmp(lower, small) == 0;
}
static int ends_with(const char *w, const char *end) {
    const size_t n = strlen(w), m = strlen(end);
    return n >= m && strcmp(w + n - m, end) == 0;
}

static int find(const speaker *s, const char *w, xb_pronunciation *p) {
    return xb_lexicon_find(s->e->lexicon, w, strlen(w), p);
}
static int is_gold(const speaker *s, const char *w) {
    xb_pronunciation p;
    return find(s, w, &p) && !p.is_silver;
}

static xb_said said_of(int tag, const xb_pronunciation *p) {
    switch (tag) {
    case XB_TAG_DT: return XB_SAID_DT;
    case XB_TAG_VBD: return p->has >> XB_SAID_VBD & 1 ? XB_SAID_VBD : XB_SAID_VERB;
    case XB_TAG_VBN: return p->has >> XB_SAID_VBN & 1 ? XB_SAID_VBN : XB_SAID_VERB;
    case XB_TAG_VBP: return p->has >> XB_SAID_VBP & 1 ? XB_SAID_VBP : XB_SAID_VERB;
    case XB_TAG_VB: return XB_SAID_VERB;
    case XB_TAG_NN:
    case XB_TAG_NNP: return XB_SAID_NOUN;
    case XB_TAG_JJ: return XB_SAID_ADJ;
    case XB_TAG_RB: return XB_SAID_ADV;
    default: return XB_SAID_DEFAULT;
    }
}

/* Letter by letter: all weak, the last one strong. */
static int spell(const speaker *s, const char *w, said *out) {
    xb_pronunciation p;
    set(out, "");
    for (; *w; w++) {
        const char letter[2] = { *w >= 'a' && *w <= 'z' ? (char)(*w & ~0x20) : *w, 0 };
        if (letter[0] < 'A' || letter[0] > 'Z') continue;
        if (letter[0] == 'A') add(out, "ˈA"); /* cmudict has the article */
        else if (!find(s, letter, &p) || !xb_pronunciation_for(&p, XB_SAID_DEFAULT)) return 0;
        else add(out, xb_pronunciation_for(&p, XB_SAID_DEFAULT));
    }
    stress(out, ZERO);
    for (char *mark = NULL, *next = out->text; (next = strstr(next, SECONDARY)) != NULL || mark;) {
        if (next) mark = next, next += 2;
        else return memcpy(mark, PRIMARY, 2), 1;
    }
    return out->size > 0;
}

static int is_known(const speaker *s, const char *w) {
    xb_pronunciation p;
    char             lower[WORD];
    if (find(s, w, &p)) return 1;
    if (!*w || !is_letters(w)) return 0;
    to_lower(w, lower);
    return !w[1] || (!has_lower(w) && is_gold(s, lower)) || !has_lower(w + 1);
}

/* misaki's lookup. `after` NULL: whatever follows. */
static int look_up(const speaker *s, const char *w, int tag, int level, const context *after, said *out) {
    xb_pronunciation p;
    char             lower[WORD];
    int              is_name = 0;
    const char      *text = NULL;
    if (!has_lower(w) && !is_gold(s, w)) {
        to_lower(w, lower);
        is_name = tag == XB_TAG_NNP && has_upper(w), w = lower;
    }
    if (find(s, w, &p) && !(is_name && p.is_silver)) {
        const xb_said kind = after && after->vowel < 0 && p.has >> XB_SAID_LAST & 1 ? XB_SAID_LAST : said_of(tag, &p);
        text = xb_pronunciation_for(&p, kind);
    }
    if (!text || (is_name && !strstr(text, PRIMARY))) return spell(s, w, out);
    set(out, text), stress(out, level);
    return out->size > 0;
}

/* ---- endings: en.wiktionary.org/wiki/-s, -ed, -ing ---- */

static void add_s(const speaker *s, said *out) {
    const char *last = last_of(out, NULL);
    if (!last) return;
    if (is_in("ptkfθ", last)) add(out, "s");
    else add(out, is_in("szʃʒʧʤ", last) ? s->e->is_british ? "ɪz" : "ᵻz" : "z");
}

static void add_ed(const speaker *s, said *out) {
    const char *before, *last = last_of(out, &before);
    if (!last) return;
    if (is_in("pkfθʃsʧ", last)) add(out, "t");
    else if (*last == 'd') add(out, s->e->is_british ? "ɪd" : "ᵻd");
    else if (*last != 't') add(out, "d");
    else if (s->e->is_british || !before) add(out, "ɪd");
    else if (is_in(TAUS, before)) out->size--, add(out, "ɾᵻd");
    else add(out, "ᵻd");
}

static int add_ing(const speaker *s, said *out) {
    const char *before, *last = last_of(out, &before);
    if (!last || (s->e->is_british && is_in("əː", last))) return 0;
    if (!s->e->is_british && *last == 't' && before && is_in(TAUS, before)) out->size--, add(out, "ɾɪŋ");
    else add(out, "ɪŋ");
    return 1;
}

/* The word without its last `cut` bytes, with `more` instead: if it is known. */
static int stem_is(const speaker *s, const char *w, size_t cut, const char *more, char out[WORD]) {
    const size_t n = strlen(w);
    if (n <= cut || n - cut + strlen(more) >= WORD) return 0;
    memcpy(out, w, n - cut);
    memcpy(out + n - cut, more, strlen(more) + 1);
    return is_known(s, out);
}

static int say_s(const speaker *s, const char *w, int tag, int level, said *out) {
    const size_t n = strlen(w);
    char         stem[WORD];
    if (n < 3 || w[n - 1] != 's') return 0;
    if (!(!ends_with(w, "ss") && stem_is(s, w, 1, "", stem)) &&
        !((ends_with(w, "'s") || (n > 4 && ends_with(w, "es") && !ends_with(w, "ies"))) && stem_is(s, w, 2, "", stem)) &&
        !(n > 4 && ends_with(w, "ies") && stem_is(s, w, 3, "y", stem)))
        return 0;
    if (!look_up(s, stem, tag, level, &s->after, out)) return 0;
    return add_s(s, out), 1;
}

static int say_ed(const speaker *s, const char *w, int tag, int level, said *out) {
    const size_t n = strlen(w);
    char         stem[WORD];
    if (n < 4 || w[n - 1] != 'd') return 0;
    if (!(!ends_with(w, "dd") && stem_is(s, w, 1, "", stem)) &&
        !(n > 4 && ends_with(w, "ed") && !ends_with(w, "eed") &&
          (stem_is(s, w, 2, "", stem) ||
           (n > 5 && w[n - 3] == w[n - 4] && stem_is(s, w, 3, "", stem))))) /* doubled: misaki lacks it */
        return 0;
    if (!look_up(s, stem, tag, level, &s->after, out)) return 0;
    return add_ed(s, out), 1;
}

static int say_ing(const speaker *s, const char *w, int tag, int level, said *out) {
    const size_t n = strlen(w);
    char         stem[WORD];
    if (n < 5 || !ends_with(w, "ing")) return 0;
    const int doubled = n > 5 && ((w[n - 4] == w[n - 5] && strchr("bcdgklmnprstvxz", w[n - 4])) || ends_with(w, "cking"));
    if (!(n > 5 && stem_is(s, w, 3, "", stem)) && !stem_is(s, w, 3, "e", stem) && !(doubled && stem_is(s, w, 4, "", stem)))
        return 0;
    return look_up(s, stem, tag, level == KEEP ? HALF : level, &s->after, out) && add_ing(s, out);
}

/* ---- words with rules of their own ---- */

static int is_noun(int tag) { return tag == XB_TAG_NN || tag == XB_TAG_NNP; }

static int say_special(const speaker *s, const char *w, int tag, int level, said *out) {
    const int    vowel = s->after.vowel;
    char         lower[WORD];
    const size_t n = strlen(w);
    if (n > 4) return 0;
    to_lower(w, lower);
    const int shouted = n > 1 && !has_lower(w);
    if (!strcmp(lower, "a")) return set(out, tag == XB_TAG_DT ? "ɐ" : "ˈA"), 1;
    if (!strcmp(lower, "i")) return *w == 'I' && tag == XB_TAG_PRP ? (set(out, "ˌI"), 1) : 0;
    if (!strcmp(lower, "am")) {
        if (is_noun(tag)) return spell(s, w, out);
        if (vowel < 0 || strcmp(w, "am") != 0 || (level != KEEP && level > 0)) return look_up(s, "am", tag, KEEP, NULL, out);
        return set(out, s->e->is_british ? "am" : "ɐm"), 1;
    }
    if (!strcmp(lower, "an")) return shouted && is_noun(tag) ? spell(s, w, out) : (set(out, "ɐn"), 1);
    if (!strcmp(lower, "by")) return tag == XB_TAG_RB ? (set(out, "bˈI"), 1) : 0;
    if (!strcmp(lower, "to") && (!shouted || tag == XB_TAG_TO || tag == XB_TAG_IN))
        return vowel < 0 ? look_up(s, "to", tag, KEEP, NULL, out) : (set(out, vowel ? "tʊ" : "tə"), 1);
    if (!strcmp(lower, "in") && (!shouted || tag != XB_TAG_NNP))
        return set(out, vowel < 0 || tag != XB_TAG_IN ? "ˈɪn" : "ɪn"), 1;
    if (!strcmp(lower, "the") && (!shouted || tag == XB_TAG_DT)) return set(out, vowel == 1 ? "ði" : "ðə"), 1;
    if (!strcmp(lower, "used"))
        return look_up(s, "used", s->after.to && (tag == XB_TAG_VBD || tag == XB_TAG_JJ) ? XB_TAG_VBD : XB_TAG_NONE, KEEP, NULL,
                       out);
    return 0;
}

static int say_word(const speaker *s, const char *w, int tag, int level, said *out) {
    char             lower[WORD], stem[WORD];
    xb_pronunciation p;
    const size_t     n = strlen(w);
    if (n == 0) return 0;
    if (say_special(s, w, tag, level, out)) return 1;
    to_lower(w, lower);
    if (n > 1 && has_upper(w) && (tag != XB_TAG_NNP || n > 7) && !find(s, w, &p) && (!has_lower(w) || !has_upper(w + 1)) &&
        (find(s, lower, &p) || say_s(s, lower, tag, level, out) || say_ed(s, lower, tag, level, out) ||
         say_ing(s, lower, tag, level, out)))
        w = lower;
    if (is_known(s, w)) return look_up(s, w, tag, level, &s->after, out);
    if (ends_with(w, "s'") && stem_is(s, w, 2, "'s", stem)) return look_up(s, stem, tag, level, &s->after, out);
    if (ends_with(w, "'") && stem_is(s, w, 1, "", stem)) return look_up(s, stem, tag, level, &s->after, out);
    return say_s(s, w, tag, level, out) || say_ed(s, w, tag, level, out) || say_ing(s, w, tag, level, out);
}

/* ---- parts of a word: well-known, camelCase ---- */

typedef struct part {
    size_t from, to; /* bytes of the word */
    said   said;
    int    is_done;
} part;

static int cut_parts(const char *w, part *parts) {
    int    count = 0;
    size_t at = 0;
    while (w[at] && count < PARTS) {
        size_t end = at + 1;
        if (w[at] == '-' || (w[at] == '\'' && at == 0)) {
            while (w[end] == w[at]) end++;
        } else if (!(w[at] >= 'A' && w[at] <= 'Z' && w[end] >= 'A' && w[end] <= 'Z' && w[end + 1] >= 'a' && w[end + 1] <= 'z'))
            while (w[end] && w[end] != '-' && !(w[end - 1] >= 'a' && w[end - 1] <= 'z' && w[end] >= 'A' && w[end] <= 'Z'))
                end++;
        parts[count].from = at, parts[count].to = end, parts[count].is_done = 0, parts[count].said.size = 0,
        parts[count].said.text[0] = 0;
        count++, at = end;
    }
    return count;
}

static void look_back(speaker *s, const char *phonemes, const char *w) {
    for (const char *p = phonemes; *p; p += char_size(p)) {
        const int vowel = is_in(VOWELS, p);
        if (!vowel && !is_in(CONSONANTS, p)) continue;
        s->after.vowel = vowel;
        break;
    }
    s->after.to = is_word(w, "to");
}

static int level_of(const char *w) { return !has_upper(w) ? KEEP : has_lower(w) ? HALF : STRONG; }

/* A word that no lexicon knows. */
static void guess(speaker *s, const char *w, said *out) {
    char stem[WORD];
    int  had_s = 0;
    s->is_guess = 1;
    const size_t n = strlen(w);
    if (n > 2 && ends_with(w, "'s")) memcpy(stem, w, n - 2), stem[n - 2] = 0, w = stem, had_s = 1;
    set(out, "");
    out->size = xb_letters_say(s->e->rules, w, strlen(w), out->text, ROOM - 8);
    out->text[out->size] = 0;
    if (out->size == 0 && !spell(s, w, out)) set(out, "");
    if (strlen(w) > 1 && !has(out, PRIMARY)) {
        if (has(out, SECONDARY)) turn(out, SECONDARY, PRIMARY);
        else before_vowel(out, PRIMARY);
    }
    if (had_s) add_s(s, out);
}

static size_t weight_of(const said *p) {
    size_t w = 0;
    for (const char *c = p->text; *c; c += char_size(c)) w += is_in("AIOQWYʤʧ", c) ? 2 : 1;
    return w;
}

/* Of several parts only half keep their stress: the heavy ones. */
static void balance(const char *w, part *parts, int count) {
    int spoken[PARTS], n = 0, primary = 0;
    for (int i = 0; i < count; i++)
        if (parts[i].said.size) spoken[n++] = i, primary += has(&parts[i].said, PRIMARY);
    if (n == 2 && parts[spoken[0]].to - parts[spoken[0]].from == 1 && w[parts[spoken[0]].from] != '-') {
        stress(&parts[spoken[1]].said, HALF_LOWER);
        return;
    }
    if (n < 2 || primary <= (n + 1) / 2) return;
    for (int left = n / 2; left > 0; left--) { /* the lightest that is left */
        int best = -1;
        for (int k = 0; k < n; k++) {
            if (spoken[k] < 0) continue;
            if (best < 0) best = k;
            const said  *a = &parts[spoken[k]].said, *b = &parts[spoken[best]].said;
            const size_t a_key = (size_t)has(a, PRIMARY) * ROOM * 2 + weight_of(a),
                         b_key = (size_t)has(b, PRIMARY) * ROOM * 2 + weight_of(b);
            if (a_key < b_key) best = k;
        }
        stress(&parts[spoken[best]].said, HALF_LOWER);
        spoken[best] = -1;
    }
}

static void say_parts(speaker *s, const char *w, int tag, part *parts, int count) {
    int left = 0, right = count;
    while (left < right) {
        const size_t from = parts[left].from, n = parts[right - 1].to - from;
        char         text[WORD];
        said        *out = &parts[left].said;
        memcpy(text, w + from, n), text[n] = 0;
        if ((n < 48 || left + 1 == right) && say_word(s, text, tag, level_of(text), out)) {
            look_back(s, out->text, text);
            right = left, left = 0;
        } else if (left + 1 < right) {
            out->size = 0, out->text[0] = 0;
            left++;
        } else {
            right--, left = 0;
            if (text[0] != '-' && text[0] != '\'')
                guess(s, text, &parts[right].said), look_back(s, parts[right].said.text, text);
        }
    }
    balance(w, parts, count);
}

/* ---- the sentence ---- */

static void add_said(xb_str *text, const char *p) {
    for (; *p; p += char_size(p)) {
        if (strncmp(p, "ɾ", 2) == 0) xb_str_addc(text, 'T');
        else if (strncmp(p, "ʔ", 2) == 0) xb_str_addc(text, 't');
        else xb_str_addn(text, p, char_size(p));
    }
}

static void say_one(speaker *s, const char *w, int tag, int flags, part *parts, xb_str *text) {
    said *one = &parts[0].said;
    if (flags & XB_SPOKEN_LETTERS) {
        if (!spell(s, w, one)) set(one, "");
    } else if (flags & XB_SPOKEN_NUMBER) {
        if (!look_up(s, w, XB_TAG_NONE, flags & XB_SPOKEN_WEAK ? WEAK : KEEP, NULL, one) && !say_word(s, w, tag, KEEP, one))
            guess(s, w, one);
    } else {
        const int count = cut_parts(w, parts);
        if (count > 1) {
            say_parts(s, w, tag, parts, count);
            for (int i = 0; i < count; i++) add_said(text, parts[i].said.text);
            return;
        }
        if (!say_word(s, w, tag, level_of(w), one)) guess(s, w, one);
    }
    look_back(s, one->text, w);
    add_said(text, one->text);
}

static void say_sentence(speaker *s, const xb_spoken *sentence, const uint8_t *tags, part *parts, xb_str *text,
                         xb_said_word *out) {
    char w[WORD];
    for (size_t i = sentence->count; i-- > 0;) {
        const xb_spoken_word *word = &sentence->words[i];
        const char           *bytes = sentence->text.data + word->text;
        out[i].at = (uint32_t)text->size, s->is_guess = 0;
        if (word->kind == XB_SPOKEN_PUNCTUATION) {
            if (strchr(";:,.!?", *bytes) || !strncmp(bytes, "—", 3) || !strncmp(bytes, "…", 3)) s->after.vowel = -1;
        } else if (word->kind == XB_SPOKEN_PHONEMES) {
            xb_str_addn(text, bytes, word->size);
            s->after.to = 0;
        } else {
            const size_t n = word->size < WORD - 1 ? word->size : WORD - 1;
            memcpy(w, bytes, n), w[n] = 0;
            say_one(s, w, tags[i], word->flags, parts, text);
        }
        out[i].size = (uint32_t)text->size - out[i].at, out[i].is_guess = (uint8_t)s->is_guess;
    }
}

void xb_english_say(const xb_english *e, const xb_spoken *s, const uint8_t *tags, xb_str *text, xb_said_word *out) {
    speaker      one = { e, { -1, 0 }, 0 };
    xybrid_error err;
    part        *parts = xb_malloc(text->mem, PARTS * sizeof *parts, &err); /* 34 KB: too much for a small stack */
    if (!parts) text->failed = text->failed ? text->failed : err.code;
    else say_sentence(&one, s, tags, parts, text, out);
    xb_free(text->mem, parts);
}
