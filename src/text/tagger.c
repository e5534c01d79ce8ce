/* tagger.c - parts of speech by rules: closed classes from lists, open ones by ending and neighbours (the left one decides first:
 * "to record", "the record", "they record"). Only what a pronunciation hangs on is told apart. */
#include <string.h>

#include "base/limits.h"
#include "base/words.h"
#include "text/english.h"

/* What a word of a list is; beyond the tags: what it lets follow. */
enum { AUXILIARY = 32, BE, HAVE, DO, POSSESSIVE, CONJUNCTION, NEGATION, WH, SAY };

/* The words of each kind, in the order of list_kinds. */
static const char lists[] =
    " to \0"
    " the a an this these those some any each every no another both all either neither such \0"
    " my your our their his its whose \0"
    " i you he she it we they who me him us them something someone everyone everybody nobody anyone \0"
    " of in on at by for with from about into over after before between under during without through against among upon than "
    "like per "
    "since until within toward towards across behind beyond near off as via inside outside onto despite \0"
    " can could will would shall should may might must can't cannot couldn't won't wouldn't shouldn't mustn't i'll you'll "
    "he'll she'll it'll "
    "we'll they'll that'll i'd you'd he'd she'd we'd they'd let's let please helped help make makes made \0"
    " do does did don't doesn't didn't \0"
    " is are was were be been being am isn't aren't wasn't weren't i'm you're we're they're he's she's it's that's there's "
    "what's who's \0"
    " have has had having haven't hasn't hadn't i've you've we've they've \0"
    " and or but nor \0"
    " not never \0"
    " always often just also only really very too now then already still even soon ever again quickly usually sometimes "
    "rarely well almost "
    "quite here there yesterday today tomorrow maybe perhaps \0"
    " if because while although though unless whether when where why how what which \0"
    " say says said think thinks thought know knows knew believe believes believed hope hopes hoped told tell tells feel "
    "feels felt found find finds "
    "show shows showed shown mean means meant so sure glad fact idea \0";
static const uint8_t list_kinds[] = { XB_TAG_TO, XB_TAG_DT, POSSESSIVE,  XB_TAG_PRP, XB_TAG_IN, AUXILIARY, DO,
                                      BE,        HAVE,      CONJUNCTION, NEGATION,   XB_TAG_RB, WH,        SAY };

static int kind_of(const char *word, size_t n) {
    for (size_t i = 0; n && i < sizeof list_kinds; i++)
        for (const char *at = xb_word_at(lists, i); (at = strstr(at, word)) != NULL; at++)
            if (at[-1] == ' ' && at[n] == ' ') return list_kinds[i];
    return 0;
}

typedef struct token {
    char    word[20];                                                     /* small letters, cut */
    uint8_t size, kind, is_capital, is_loud, is_mark, is_number, is_open; /* open: of no list */
} token;

static int ends(const token *t, const char *end) {
    const size_t n = strlen(end);
    return t->size > n + 1 && memcmp(t->word + t->size - n, end, n) == 0;
}
static int is(const token *t, const char *words) { /* " a b " */
    const char *at = t->size ? strstr(words, t->word) : NULL;
    for (; at; at = strstr(at + 1, t->word))
        if (at > words && at[-1] == ' ' && at[t->size] == ' ') return 1;
    return 0;
}

static void read_token(const xb_spoken *s, size_t i, token *t) {
    const xb_spoken_word *w = &s->words[i];
    const char           *p = s->text.data + w->text;
    int                   lower = 0;
    memset(t, 0, sizeof *t);
    t->is_mark = w->kind == XB_SPOKEN_PUNCTUATION, t->is_number = (w->flags & XB_SPOKEN_NUMBER) != 0;
    if (w->kind != XB_SPOKEN_WORD) return;
    for (uint32_t k = 0; k < w->size; k++) {
        const char c = p[k];
        lower |= c >= 'a' && c <= 'z';
        if (t->size < sizeof t->word - 1) t->word[t->size++] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
    }
    t->is_capital = p[0] >= 'A' && p[0] <= 'Z', t->is_loud = (uint8_t)(t->is_capital && !lower && w->size > 1);
    t->kind = (uint8_t)kind_of(t->word, t->size);
    t->is_open = (uint8_t)(!t->kind && !t->is_number);
}

/* A word whose neighbours decide: verb, noun, adjective? `before` is the next word on the left that is no adverb. */
static int open_tag(const token *before, const token *far, int before_tag, const token *t, const token *next) {
    const int next_opens_object = next->kind == XB_TAG_DT || next->kind == POSSESSIVE || next->kind == XB_TAG_PRP;
    const int next_is_name = next->is_open && !next->is_mark;
    if (ends(t, "ly") && !next_is_name) return XB_TAG_RB;
    if (!before->size) /* the sentence or clause begins: an order if an object follows */
        return next_opens_object || is(t, " read close live use ") ? XB_TAG_VB : XB_TAG_NN;
    switch (before->kind) {
    case XB_TAG_TO: return ends(t, "ing") || next->kind == BE ? XB_TAG_NN : XB_TAG_VB;
    case AUXILIARY:
        if (is(before, " make makes made help helped let ") && !next_opens_object) return XB_TAG_NN;
        return XB_TAG_VB;
    case DO: return XB_TAG_VB;
    case HAVE: return next_is_name && !ends(t, "ed") && !is(t, " read wound used ") ? XB_TAG_JJ : XB_TAG_VBN;
    case BE: return ends(t, "ing") ? XB_TAG_VB : ends(t, "ed") || is(t, " read wound ") ? XB_TAG_VBN : XB_TAG_JJ;
    case XB_TAG_PRP:
        if (far->kind == AUXILIARY || far->kind == DO) return XB_TAG_VB; /* can you read this? */
        if (is(before, " he she it who someone everyone everybody nobody something ")) return XB_TAG_VBD;
        if (is(before, " me him us them ")) return next_opens_object ? XB_TAG_VB : XB_TAG_NN;
        return XB_TAG_VBP;
    case XB_TAG_DT:
    case POSSESSIVE:
    case XB_TAG_IN: return next_is_name && ends(t, "ate") ? XB_TAG_JJ : XB_TAG_NN;
    case WH: return XB_TAG_NN;
    case CONJUNCTION:
        if (next_opens_object || far->kind == XB_TAG_TO || far->kind == AUXILIARY) return XB_TAG_VB;
        return XB_TAG_NN;
    case NEGATION: return XB_TAG_VB;
    default: break;
    }
    if (before->is_number) return XB_TAG_NN;
    if (before_tag == XB_TAG_NN || before_tag == XB_TAG_NNP) { /* "the people record it", "the band records a song" */
        if (ends(t, "ed")) return XB_TAG_VBD;
        if (is(t, " live lives ") && is(next, " in at on with next near by alone here there together far under from for "))
            return XB_TAG_VBP;
        if (next_opens_object || is(next, " up down in out to from with through around at on by through for as and ")
                ? ends(before, "s") || ends(t, "s") || next_opens_object
                : 0)
            return is(t, " read wound ") ? XB_TAG_VBD : XB_TAG_VBP;
        if (is(before, " people children men women police ") ||
            (ends(before, "s") && !ends(before, "ss") && !far->size && !next->size && !ends(t, "s")))
            return XB_TAG_VBP; /* young people rebel; metals contract */
    }
    if (next->kind == XB_TAG_DT && before_tag != XB_TAG_JJ) return XB_TAG_VBP;
    return XB_TAG_NN;
}

static int that_tag(const token *before, const token *next, const token *after) {
    if (!before->size || next->is_mark || !next->size) return XB_TAG_DT;
    if (before->kind == SAY)
        return next->is_open && !ends(next, "s") && !after->size ? XB_TAG_DT : XB_TAG_IN; /* I know that man. */
    if (before->kind == XB_TAG_IN || before->kind == CONJUNCTION || before->kind == BE || before->kind == DO ||
        before->kind == AUXILIARY)
        return before->kind == BE && next->kind != 0 ? XB_TAG_IN : XB_TAG_DT;
    if (before->kind == XB_TAG_TO || before->kind == XB_TAG_RB || before->kind == NEGATION) return XB_TAG_DT;
    return XB_TAG_IN;
}

static int used_tag(const token *far, const token *before, const token *after_to) {
    if (before->kind != BE || is(before, " i'm you're he's she's we're they're ")) return XB_TAG_VBD;
    if (far->kind == XB_TAG_PRP && !is(far, " it ")) return XB_TAG_JJ; /* she is used to noise */
    return after_to->is_open && !ends(after_to, "ing") && !ends(after_to, "s")
               ? XB_TAG_VBN
               : XB_TAG_JJ; /* is used to make; is used to noise */
}

static const token NOTHING;

static int tag_of(const token *t, size_t i, size_t count, const uint8_t *tags) {
    const token *me = &t[i], *next = i + 1 < count ? &t[i + 1] : &NOTHING, *after = i + 2 < count ? &t[i + 2] : &NOTHING;
    size_t       left = i;
    while (left > 0 && (t[left - 1].kind == XB_TAG_RB || ends(&t[left - 1], "ly")) && !t[left - 1].is_mark) left--;
    const token *before = left > 0 && !t[left - 1].is_mark ? &t[left - 1] : &NOTHING;
    const token *far = left > 1 && !t[left - 2].is_mark ? &t[left - 2] : &NOTHING;
    if (before->kind == NEGATION && left > 1) before = far->size ? far : before;
    if (me->is_number) return XB_TAG_CD;
    if (!strcmp(me->word, "that"))
        return i > 0 && t[i - 1].is_mark ? XB_TAG_IN : that_tag(i > 0 ? &t[i - 1] : &NOTHING, next, after);
    if (!strcmp(me->word, "in") && next->kind == CONJUNCTION) return XB_TAG_RB; /* come in and sit down */
    if (!strcmp(me->word, "used")) return used_tag(far, before, after);
    if (!strcmp(me->word, "to")) return XB_TAG_TO;
    if (!strcmp(me->word, "a")) return next->size ? XB_TAG_DT : XB_TAG_NN;
    if (is(me, " overall underground uphill downhill downstairs inside "))
        return next->is_open && next->size ? XB_TAG_JJ : XB_TAG_RB;
    if (me->is_loud) return XB_TAG_NNP;
    if (me->kind && me->kind < AUXILIARY) return me->kind;
    if (me->kind == POSSESSIVE) return XB_TAG_NONE;
    if (me->kind) return XB_TAG_VB;
    if (me->is_capital && i > 0 && !t[i - 1].is_mark) return XB_TAG_NNP;
    return open_tag(before, far, left > 0 ? tags[left - 1] : 0, me, next);
}

void xb_tag_sentence(const xb_spoken *s, uint8_t *tags) {
    token  window[XB_TAG_WINDOW];
    size_t from = 0; /* word of the sentence that window[0] is */
    size_t known = 0;
    memset(tags, 0, s->count);
    for (size_t i = 0; i < s->count; i++) {
        if (i - from > XB_TAG_WINDOW - 4) { /* keep the words before, drop those far away */
            const size_t drop = XB_TAG_WINDOW / 2;
            memmove(window, window + drop, (known - from - drop) * sizeof window[0]);
            from += drop;
        }
        while (known < s->count && known < i + 3) read_token(s, known, &window[known - from]), known++;
        tags[i] = (uint8_t)tag_of(window, i - from, known - from, tags + from);
    }
    /* "I read books every day" is no past */
    for (size_t i = 0; i < s->count; i++)
        if (tags[i] == XB_TAG_VBP && s->words[i].size == 4 && strncmp(s->text.data + s->words[i].text, "read", 4) == 0)
            for (size_t k = 0; k < s->count; k++) {
                token t;
                read_token(s, k, &t);
                if (is(&t, " every always usually often sometimes daily never ")) tags[i] = XB_TAG_VB;
            }
}
