/* Texts cut into phrases: where, with which pause, whole, bounded, and in parts as in one. */
#include "base/utf8.h"
#include "speech/phrases.h"
#include "support.h"

/* The pieces joined by '|', each with its pause's letter: n(one), c(omma), l (clause), s(entence), p(aragraph). */
static const char *cut(const char *text, int32_t first, int32_t soft) {
    static char out[4096];
    size_t      n = 0, size = strlen(text);
    xb_phrase   p;
    int32_t     count = 0;
    out[0] = 0;
    for (;; text += p.size, size -= p.size, count++) {
        int32_t          limit = count == 0 && first ? first : soft;
        xb_phrase_limits l = { limit, limit * 7 / 4, count == 0 && first };
        if (!xb_phrase_next(text, size, 1, &l, &p)) break;
        n += (size_t)snprintf(out + n, sizeof out - n, "%s%.*s[%c]", n ? "|" : "", (int)(p.end - p.start), text + p.start,
                              "nclsp"[p.pause]);
        CHECK(p.size > 0 && p.size <= size && p.end <= size);
        if (p.size == 0) break;
    }
    CHECK_INT(size, 0);
    return out;
}

static void sentences(void) {
    CHECK_STR(cut("One two. Three four! Five?", 0, 10), "One two.[s]|Three four![s]|Five?[s]");
    CHECK_STR(cut("One two. Three four! Five?", 0, 30), "One two. Three four! Five?[s]"); /* together up to the limit */
    CHECK_STR(cut("He said \"Stop.\" Then (really!) he left.", 0, 16), "He said \"Stop.\"[s]|Then (really!)[s]|he left.[s]");
    CHECK_STR(cut("What?! No... Yes.", 0, 8), "What?![s]|No...[s]|Yes.[s]");
    CHECK_STR(cut("no mark at the end", 0, 40), "no mark at the end[s]");
    CHECK_STR(cut("  spaces around.  \n", 0, 40), "spaces around.[s]");
    CHECK_STR(cut("\xe4\xbd\xa0\xe5\xa5\xbd\xe3\x80\x82\xe5\xa5\xbd\xe5\x90\x97\xef\xbc\x9f", 0, 4),
              "\xe4\xbd\xa0\xe5\xa5\xbd\xe3\x80\x82[s]|\xe5\xa5\xbd\xe5\x90\x97\xef\xbc\x9f[s]"); /* no spaces in Chinese */
}

static void abbreviations(void) {
    CHECK_STR(cut("Dr. Lee met Mr. J. Smith. He paid $3.50 at 10:30.", 0, 25),
              "Dr. Lee met Mr. J. Smith.[s]|He paid $3.50 at 10:30.[s]");
    CHECK_STR(cut("Use tea, e.g. green tea. Or water.", 0, 26), "Use tea, e.g. green tea.[s]|Or water.[s]");
    CHECK_STR(cut("Apples etc. are here. Pears, etc. All gone.", 0, 22), "Apples etc. are here.[s]|Pears, etc. All gone.[s]");
    CHECK_STR(cut("Pears, etc. All gone.", 0, 12), "Pears, etc.[s]|All gone.[s]");
    CHECK_STR(cut("It was I. She knew.", 0, 12), "It was I.[s]|She knew.[s]");
    CHECK_STR(cut("The U.S. economy grew. Fine.", 0, 22), "The U.S. economy grew.[s]|Fine.[s]");
    CHECK_STR(cut("Ein a\xc3\xb1o. Dann.", 0, 9), "Ein a\xc3\xb1o.[s]|Dann.[s]"); /* the o is no initial */
}

static void places_within_a_sentence(void) {
    CHECK_STR(cut("I came here today, I saw it all, and I won it.", 0, 18),
              "I came here today,[c]|I saw it all, and I won it.[s]");
    CHECK_STR(cut("The first part of it; the second part: three.", 0, 24),
              "The first part of it;[l]|the second part: three.[s]");
    CHECK_STR(cut("we walked home because it was late", 0, 17), "we walked home[n]|because it was late[s]");
    CHECK_STR(cut("aaaa bbbb cccc dddd", 0, 10), "aaaa bbbb[n]|cccc dddd[s]");
    CHECK_STR(cut("aaaaaaaaaaaaaaaaaaaaaaaaa", 0, 10), "aaaaaaaaaa[n]|aaaaaaaaaaaaaaa[s]");
    CHECK_STR(cut("1,000,000 people, they say so", 0, 16), "1,000,000 people,[c]|they say so[s]");
}

static void paragraphs(void) {
    CHECK_STR(cut("Title\n\nText goes on\nhere. More.", 0, 100), "Title[p]|Text goes on\nhere. More.[s]");
    CHECK_STR(cut("End.\n\nNew.", 0, 100), "End.[p]|New.[s]");
    CHECK_STR(cut("End,\r\n\r\nNew.", 0, 100), "End,[p]|New.[s]");
}

static void the_first_is_short(void) {
    const char *text =
        "When the sun came up over the hills, everybody who lived in the valley went out to look at it. Then they ate.";
    CHECK_STR(cut(text, 60, 240), "When the sun came up over the hills,[c]|"
                                  "everybody who lived in the valley went out to look at it. Then they ate.[s]");
    CHECK_STR(cut("Yes. It is a long and winding road that goes on without any comma at all.", 20, 240),
              "Yes.[s]|It is a long and winding road that goes on without any comma at all.[s]");
}

static void nothing_to_cut(void) {
    xb_phrase        p;
    xb_phrase_limits l = { 10, 17, 1 };
    CHECK_INT(xb_phrase_next("", 0, 1, &l, &p), 0);
    CHECK_INT(xb_phrase_next("   ", 3, 1, &l, &p), 1);
    CHECK(p.start == p.end && p.size == 3);
    CHECK_INT(xb_phrase_next("   ", 3, 0, &l, &p), 0);
}

static void waits_for_more(void) {
    xb_phrase        p;
    xb_phrase_limits l = { 60, 100, 0 }, first = { 60, 100, 1 };
    CHECK_INT(xb_phrase_next("It costs 3", 10, 0, &l, &p), 0);
    CHECK_INT(xb_phrase_next("It costs 3.", 11, 0, &l, &p), 0); /* 3.50? */
    CHECK_INT(xb_phrase_next("It costs 3. ", 12, 0, &l, &p), 0);
    CHECK_INT(xb_phrase_next("It costs 3. B", 13, 0, &l, &p), 1);
    CHECK_INT(p.end, 11);
    CHECK_INT(xb_phrase_next("After a long while, he", 22, 0, &l, &p), 0);
    CHECK_INT(xb_phrase_next("After a long while, he", 22, 0, &first, &p), 1);
    CHECK_INT(p.end, 19);
}

static uint32_t seed = 7;
static uint32_t next_random(uint32_t below) {
    seed = seed * 1103515245 + 12345;
    return (seed >> 16) % below;
}

/* Any bytes: every byte is in one piece, none is longer than the hard limit and its marks, and characters stay whole. */
static void any_text(void) {
    static const char *const parts[] = {
        "a",    "word ", ".",  ", ",    "! ",  "\n",           "\n\n",         "\xc3\xa9", "\xf0\x9f\x98\x80",
        "\xff", "3.5",   "\"", " and ", "...", "\xe2\x80\xa6", "\xe3\x80\x82", "Mr. ",     "\0",
        ")",    "\xe2"
    };
    char text[600];
    for (int round = 0; round < CHECK_ROUNDS(3000); round++) {
        size_t size = 0;
        for (uint32_t n = next_random(80); n > 0; n--) {
            const char *part = parts[next_random(sizeof parts / sizeof parts[0])];
            size_t      length = *part ? strlen(part) : 1;
            memcpy(text + size, part, length);
            size += length;
        }
        size_t  at = 0;
        int32_t soft = 1 + (int32_t)next_random(40), pieces = 0;
        for (xb_phrase p; at < size; at += p.size, pieces++) {
            xb_phrase_limits l = { soft, soft * 7 / 4, (int32_t)next_random(2) };
            if (!xb_phrase_next(text + at, size - at, 1, &l, &p)) {
                CHECK(0 && "all of it must come out");
                return;
            }
            int32_t chars = 0;
            for (size_t i = p.start, length; i < p.end; i += length, chars++) {
                uint32_t code;
                int      read = xb_utf8_read(text + at + i, text + at + p.end, &code);
                length = read > 0 ? (size_t)read : 1;
            }
            CHECK(p.size > 0 && p.start <= p.end && p.end <= p.size && p.size <= size - at);
            CHECK(chars <= l.hard + 16);
            if (p.end < size - at)
                CHECK(((uint8_t)text[at + p.end] & 0xc0) != 0x80 || (uint8_t)text[at + p.end - 1] < 0x80 ||
                      xb_utf8_valid(text + at, p.end) != p.end);
            if (p.size == 0) return;
        }
    }
}

CHECK_MAIN(RUN(sentences), RUN(abbreviations), RUN(places_within_a_sentence), RUN(paragraphs), RUN(the_first_is_short),
           RUN(nothing_to_cut), RUN(waits_for_more), RUN(any_text))
