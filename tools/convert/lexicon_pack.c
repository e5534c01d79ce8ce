/* lexicon_pack.c - packs a pronunciation lexicon and trains the rules for words that it lacks. Called by lexicon.py:
 *
 *     lexicon_pack OUT en-us [HELD-OUT] < words      word TAB is-silver TAB tag=phonemes|...     sorted by bytes
 *
 * Rules: letters and sounds are aligned by expectation maximisation (a letter makes 0, 1 or 2 sounds; Black, Lenzo, Pagel 1998,
 * "Issues in building general letter to sound rules"), then a decision tree for each letter asks about its neighbours, the
 * sounds just said and the word's end, split by the Gini index (Breiman et al. 1984). With HELD-OUT = n every n-th gold word is kept
 * out of the training and the errors on those words are printed. Only + - * / on doubles: every machine makes the same bytes. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_WORDS = 400000,
    MAX_UNITS = 64,   /* sounds of a word */
    MAX_LETTERS = 48, /* of a word */
    SYMBOLS = 256,    /* sounds, with and without stress */
    LETTERS = 28,     /* 0 = beyond the word, 1..26, 27 = ' */
    CHUNKS = 1024,    /* different groups of 0..2 sounds */
    FEATURES = 20,
    BLOCK = 16
};

static void die(const char *what) {
    fprintf(stderr, "lexicon_pack: %s\n", what);
    exit(1);
}
static void *need(size_t size) {
    void *p = calloc(1, size);
    if (!p) die("out of memory");
    return p;
}

/* ---- the words ---- */

typedef struct word_line {
    char *word, *value;
    int   is_silver;
} word_line;
static word_line words[MAX_WORDS];
static int       word_count;

static void read_words(void) {
    size_t used = 0, room = 1 << 24;
    char  *all = need(room + 1);
    for (size_t n; (n = fread(all + used, 1, room - used, stdin)) > 0;) {
        used += n;
        if (used == room && !(all = realloc(all, (room *= 2) + 1))) die("out of memory");
    }
    all[used] = 0;
    for (char *p = all; *p;) {
        char *end = strchr(p, '\n'), *flag = strchr(p, '\t');
        if (!end || !flag || flag > end || word_count == MAX_WORDS) die("a line that is no word");
        *end = *flag = 0;
        words[word_count].word = p, words[word_count].is_silver = flag[1] == '1', words[word_count].value = flag + 3;
        word_count++, p = end + 1;
    }
}

/* ---- sounds: a character of the lexicon, together with the stress before it ---- */

static char symbols[SYMBOLS][8];
static int  symbol_count = 1; /* 0 = none */

static int symbol_of(const char *bytes, size_t size) {
    for (int i = 1; i < symbol_count; i++)
        if (strlen(symbols[i]) == size && !memcmp(symbols[i], bytes, size)) return i;
    if (symbol_count == SYMBOLS || size > 7) die("too many sounds");
    memcpy(symbols[symbol_count], bytes, size);
    return symbol_count++;
}
static size_t char_size(const char *p) {
    const unsigned char c = (unsigned char)*p;
    return c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}
static int is_stress(const char *p) { return (uint8_t)p[0] == 0xcb && ((uint8_t)p[1] == 0x88 || (uint8_t)p[1] == 0x8c); }
static int is_long(const char *p) { return (uint8_t)p[0] == 0xcb && (uint8_t)p[1] == 0x90; }

/* Sounds of `text` up to `end`: stress goes with what follows, the mark of length with what is before. */
static int sounds_of(const char *text, const char *end, int *out) {
    int n = 0;
    for (const char *p = text; p < end;) {
        const char *start = p;
        if (is_stress(p)) p += 2;
        if (p < end) p += char_size(p);
        if (p < end && is_long(p)) p += 2;
        if (n == MAX_UNITS) return -1;
        out[n++] = symbol_of(start, (size_t)(p - start));
    }
    return n;
}

/* ---- alignment ---- */

typedef struct example {
    int     letters, units, word;
    uint8_t letter[MAX_LETTERS];
    int     unit[MAX_UNITS];
    int     chunk[MAX_LETTERS]; /* what each letter says */
    int     is_held;
} example;
static example *examples;
static int      example_count;
static int      chunk_units[CHUNKS][2], chunk_count = 1; /* 0 = silent */
static double  *weight, *sums;                           /* [LETTERS][CHUNKS] */
static int16_t  chunk_ids[SYMBOLS][SYMBOLS];

static int chunk_of(int first, int second) {
    if (!first) return 0;
    if (!chunk_ids[first][second]) {
        if (chunk_count == CHUNKS) return -1;
        chunk_units[chunk_count][0] = first, chunk_units[chunk_count][1] = second;
        chunk_ids[first][second] = (int16_t)chunk_count++;
    }
    return chunk_ids[first][second];
}

static void collect(int held_out) {
    int gold = 0;
    examples = need(sizeof *examples * (size_t)word_count);
    for (int w = 0; w < word_count; w++) {
        example    *e = &examples[example_count];
        const char *text = strchr(words[w].value, '='), *end = text ? text + strcspn(text, "|") : NULL;
        int         n = 0;
        if (!text || words[w].value[0] != '0' || end == text + 1) continue;
        for (const char *p = words[w].word; *p; p++, n++) {
            const char c = n == 0 && *p >= 'A' && *p <= 'Z' ? (char)(*p + 32) : *p;
            if (n == MAX_LETTERS - 1 || !((c >= 'a' && c <= 'z') || c == '\'')) break;
            e->letter[n] = c == '\'' ? 27 : (uint8_t)(c - 'a' + 1);
        }
        if (words[w].word[n] || n < 2) continue;
        e->letters = n, e->word = w, e->units = sounds_of(text + 1, end, e->unit);
        if (e->units < 1 || e->units > 2 * n) continue;
        e->is_held = held_out && !words[w].is_silver && gold++ % held_out == 0;
        example_count++;
    }
}

/* Sums of products over all ways to part units among letters, forward and backward; adds the expected counts. */
static double  f[MAX_LETTERS + 1][MAX_UNITS + 1], b[MAX_LETTERS + 1][MAX_UNITS + 1];
static double *cell(double *table, const example *e, int letter, int unit, int count) {
    const int c = count == 0 ? 0 : chunk_of(e->unit[unit], count == 2 ? e->unit[unit + 1] : 0);
    return c < 0 ? NULL : &table[e->letter[letter] * CHUNKS + c];
}
static void expect(const example *e) {
    const int L = e->letters, U = e->units;
    memset(f, 0, sizeof f), memset(b, 0, sizeof b);
    f[0][0] = b[L][U] = 1;
    for (int l = 0; l < L; l++)
        for (int u = 0; u <= U; u++)
            for (int n = 0; n <= 2 && u + n <= U && f[l][u] > 0; n++) {
                const double *w = cell(weight, e, l, u, n);
                if (w) f[l + 1][u + n] += f[l][u] * *w;
            }
    for (int l = L - 1; l >= 0; l--)
        for (int u = 0; u <= U; u++)
            for (int n = 0; n <= 2 && u + n <= U; n++) {
                const double *w = cell(weight, e, l, u, n);
                if (w) b[l][u] += b[l + 1][u + n] * *w;
            }
    if (f[L][U] <= 0) return;
    for (int l = 0; l < L; l++)
        for (int u = 0; u <= U; u++)
            for (int n = 0; n <= 2 && u + n <= U; n++) {
                const double *w = cell(weight, e, l, u, n);
                if (w) *cell(sums, e, l, u, n) += f[l][u] * *w * b[l + 1][u + n] / f[L][U];
            }
}

static int best_path(example *e) {
    static uint8_t from[MAX_LETTERS + 1][MAX_UNITS + 1];
    const int      L = e->letters, U = e->units;
    memset(f, 0, sizeof f);
    f[0][0] = 1;
    for (int l = 0; l < L; l++)
        for (int u = 0; u <= U; u++)
            for (int n = 0; n <= 2 && u + n <= U && f[l][u] > 0; n++) {
                const double *w = cell(weight, e, l, u, n);
                if (w && f[l][u] * *w > f[l + 1][u + n]) f[l + 1][u + n] = f[l][u] * *w, from[l + 1][u + n] = (uint8_t)n;
            }
    if (f[L][U] <= 0) return 0;
    for (int l = L, u = U; l > 0; l--) {
        const int n = from[l][u];
        u -= n;
        e->chunk[l - 1] = n == 0 ? 0 : chunk_of(e->unit[u], n == 2 ? e->unit[u + 1] : 0);
    }
    return 1;
}

static void align(void) {
    weight = need(sizeof *weight * LETTERS * CHUNKS), sums = need(sizeof *sums * LETTERS * CHUNKS);
    for (int i = 0; i < LETTERS * CHUNKS; i++) {
        const int c = i % CHUNKS;
        weight[i] = c == 0 ? 0.2 : 0.01; /* silence is rarer than a sound, two sounds rarer still: see below */
    }
    for (int round = 0; round < 6; round++) {
        memset(sums, 0, sizeof *sums * LETTERS * CHUNKS);
        for (int i = 0; i < example_count; i++) expect(&examples[i]);
        for (int l = 0; l < LETTERS; l++) {
            double total = 1e-9;
            for (int c = 0; c < CHUNKS; c++) {
                double *s = &sums[l * CHUNKS + c];
                if (chunk_units[c][1] && round == 0) *s /= 20;
                total += *s;
            }
            for (int c = 0; c < CHUNKS; c++) {
                const double s = sums[l * CHUNKS + c];
                weight[l * CHUNKS + c] = round > 2 && s < (example_count > 10000 ? 8 : 0.01)
                                             ? 0
                                             : s / total; /* a group that few words make is a mistake */
            }
        }
    }
    int kept = 0;
    for (int i = 0; i < example_count; i++)
        if (best_path(&examples[i]) || examples[i].is_held) examples[kept++] = examples[i];
    fprintf(stderr, "%d words to learn from, %d do not align\n", kept, example_count - kept);
    example_count = kept;
}

/* ---- trees ---- */

/* The sound classes that trees name: groups that occur, at most 255. */
static int     class_of_chunk[CHUNKS], class_chunk[256], class_count;
static uint8_t class_stress[256]; /* 1: has primary stress */

static int is_vowel_letter(int c) { return c == 1 || c == 5 || c == 9 || c == 15 || c == 21 || c == 25; }

/* What a tree may ask of letter i: all are bytes. `said` holds the classes of the letters behind i (the word is said from its
 * end, for English stress hangs on endings). The same list stands in src/text/letters.c. */
static void features_of(const uint8_t *letter, int count, int i, const uint8_t *said, uint8_t out[FEATURES]) {
    int groups_before = 0, groups_after = 0, stressed = 0;
    for (int k = 0; k < 9; k++) {
        const int at = i + k - 4;
        out[k] = at < 0 || at >= count ? 0 : letter[at];
    }
    out[9] = i + 1 < count ? said[i + 1] : 255;
    out[10] = i + 2 < count ? said[i + 2] : 255;
    for (int k = 0; k < i; k++) groups_before += is_vowel_letter(letter[k]) && !is_vowel_letter(letter[k + 1]);
    for (int k = i + 1; k < count; k++) {
        groups_after += is_vowel_letter(letter[k]) && !is_vowel_letter(letter[k - 1]);
        stressed |= class_stress[said[k]];
    }
    out[11] = (uint8_t)(groups_before > 4 ? 4 : groups_before);
    out[12] = (uint8_t)(groups_after > 4 ? 4 : groups_after);
    out[13] = (uint8_t)stressed;
    out[14] = letter[count - 1];
    out[15] = count > 1 ? letter[count - 2] : 0;
    out[16] = count > 2 ? letter[count - 3] : 0;
    out[17] = i + 3 < count ? said[i + 3] : 255;
    out[18] = letter[0];
    out[19] = letter[1];
}

static uint8_t *rows;      /* [FEATURES + 1] a letter of a word: what may be asked, what it says */
static int     *row_order; /* of one letter's rows, reordered as the tree splits */
enum { ROW = FEATURES + 1 };

static uint8_t *tree;
static size_t   tree_size, tree_room;
static void     put_tree(size_t at, const void *bytes, size_t size) {
    if (at + size > tree_room && !(tree = realloc(tree, tree_room = tree_room * 2 + size + 65536))) die("out of memory");
    memcpy(tree + at, bytes, size);
    if (at + size > tree_size) tree_size = at + size;
}

/* Gini: the sum of squares of the classes' counts over n, for both sides, is to be as large as can be. */
static int best_question(const int *at, int n, int *feature, int *value, double min_gain) {
    static int counts[256][256], totals[256], sizes[256];
    static int classes[256], values[256];
    double     whole = 0, best = 0;
    int        kinds = 0;
    memset(totals, 0, sizeof totals);
    for (int i = 0; i < n; i++)
        if (totals[rows[(size_t)at[i] * ROW + FEATURES]]++ == 0) classes[kinds++] = rows[(size_t)at[i] * ROW + FEATURES];
    if (kinds < 2) return 0;
    for (int k = 0; k < kinds; k++) whole += (double)totals[classes[k]] * totals[classes[k]];
    for (int q = 0; q < FEATURES; q++) {
        int seen = 0;
        for (int i = 0; i < n; i++) {
            const uint8_t *row = rows + (size_t)at[i] * ROW;
            if (sizes[row[q]]++ == 0) values[seen++] = row[q];
            counts[row[q]][row[FEATURES]]++;
        }
        for (int v = 0; v < seen; v++) {
            double    yes = 0, no = 0;
            const int m = sizes[values[v]];
            int      *c = counts[values[v]];
            for (int k = 0; k < kinds; k++) {
                const double y = c[classes[k]], z = totals[classes[k]] - y;
                yes += y * y, no += z * z, c[classes[k]] = 0;
            }
            sizes[values[v]] = 0;
            if (m == n) continue;
            const double gain = yes / m + no / (n - m) - whole / n;
            if (gain > best) best = gain, *feature = q, *value = values[v];
        }
    }
    return best > min_gain;
}

/* A node: feature, value, then 3 bytes: where "no" goes on, from the tree's start; "yes" follows at once. A leaf: 255, class. */
static void grow(int *at, int n, double min_gain) {
    int          feature = 0, value = 0;
    const size_t here = tree_size;
    if (!best_question(at, n, &feature, &value, min_gain)) {
        int     totals[256] = { 0 };
        uint8_t leaf[2] = { 255, 0 };
        for (int i = 0; i < n; i++) totals[rows[(size_t)at[i] * ROW + FEATURES]]++;
        for (int c = 0; c < 256; c++)
            if (totals[c] > totals[leaf[1]]) leaf[1] = (uint8_t)c;
        put_tree(here, leaf, 2);
        return;
    }
    int yes = 0;
    for (int i = 0; i < n; i++)
        if (rows[(size_t)at[i] * ROW + feature] == value) {
            const int t = at[i];
            at[i] = at[yes], at[yes++] = t;
        }
    uint8_t node[5] = { (uint8_t)feature, (uint8_t)value };
    put_tree(here, node, 5);
    grow(at, yes, min_gain);
    node[2] = (uint8_t)tree_size, node[3] = (uint8_t)(tree_size >> 8), node[4] = (uint8_t)(tree_size >> 16);
    put_tree(here, node, 5);
    grow(at + yes, n - yes, min_gain);
}

static uint32_t roots[LETTERS];

static void learn(double min_gain) {
    int count = 0, total = 0;
    for (int i = 0; i < example_count; i++)
        for (int l = 0; l < examples[i].letters && !examples[i].is_held; l++) class_of_chunk[examples[i].chunk[l]]++;
    for (int floor = 1 << 20; floor > 0; floor /= 2) /* the frequent ones first, so that the rare fall out */
        for (int c = 0; c < chunk_count; c++)
            if (class_of_chunk[c] >= floor && class_of_chunk[c] < (floor == 1 << 20 ? 1 << 30 : floor * 2) && class_count < 254)
                class_chunk[class_count++] = c;
    memset(class_of_chunk, -1, sizeof class_of_chunk);
    for (int k = 0; k < class_count; k++) {
        class_of_chunk[class_chunk[k]] = k;
        for (int u = 0; u < 2; u++)
            class_stress[k] |= (uint8_t)(!strncmp(symbols[chunk_units[class_chunk[k]][u]], "\xcb\x88", 2));
    }
    for (int i = 0; i < example_count; i++) total += examples[i].letters;
    rows = need((size_t)total * ROW), row_order = need(sizeof *row_order * (size_t)total);
    int *letter_of = need(sizeof *letter_of * (size_t)total);
    for (int i = 0; i < example_count; i++) {
        const example *e = &examples[i];
        uint8_t        said[MAX_LETTERS];
        int            ok = !e->is_held;
        for (int l = 0; l < e->letters && ok; l++)
            ok = class_of_chunk[e->chunk[l]] >= 0, said[l] = (uint8_t)class_of_chunk[e->chunk[l]];
        for (int l = 0; l < e->letters && ok; l++, count++) {
            features_of(e->letter, e->letters, l, said, rows + (size_t)count * ROW);
            rows[(size_t)count * ROW + FEATURES] = said[l], letter_of[count] = e->letter[l];
        }
    }
    for (int l = 1; l < LETTERS; l++) {
        int n = 0;
        for (int i = 0; i < count; i++)
            if (letter_of[i] == l) row_order[n++] = i;
        roots[l] = (uint32_t)tree_size;
        grow(row_order, n, min_gain);
    }
    fprintf(stderr, "%d sounds, %d classes, trees of %zu bytes\n", symbol_count, class_count, tree_size);
}

static int say(const uint8_t *letter, int count, int *units) {
    uint8_t said[MAX_LETTERS], q[FEATURES];
    int     n = 0;
    for (int i = count - 1; i >= 0; i--) {
        size_t at = roots[letter[i]];
        features_of(letter, count, i, said, q);
        while (tree[at] != 255)
            at = q[tree[at]] == tree[at + 1] ? at + 5 : tree[at + 2] | tree[at + 3] << 8 | tree[at + 4] << 16;
        said[i] = tree[at + 1];
    }
    for (int i = 0; i < count; i++)
        for (int u = 0; u < 2; u++)
            if (chunk_units[class_chunk[said[i]]][u]) units[n++] = chunk_units[class_chunk[said[i]]][u];
    return n;
}

/* Share of wrong sounds (edit distance over length) and words, with stress and without. */
static int plain[SYMBOLS];
static int distance(const int *a, int n, const int *c, int m, int with_stress) {
    int row[2 * MAX_UNITS + 1];
    for (int j = 0; j <= m; j++) row[j] = j;
    for (int i = 0; i < n; i++) {
        int corner = row[0];
        row[0] = i + 1;
        for (int j = 0; j < m; j++) {
            const int same = with_stress ? a[i] == c[j] : plain[a[i]] == plain[c[j]];
            int       best = corner + !same;
            corner = row[j + 1];
            if (row[j] + 1 < best) best = row[j] + 1;
            if (corner + 1 < best) best = corner + 1;
            row[j + 1] = best;
        }
    }
    return row[m];
}
static void judge(void) {
    double wrong[2] = { 0, 0 }, bad[2] = { 0, 0 };
    int    sounds = 0, held = 0;
    for (int s = 1, n = symbol_count; s < n; s++) {
        plain[s] = is_stress(symbols[s]) ? symbol_of(symbols[s] + 2, strlen(symbols[s] + 2)) : s;
    }
    for (int s = 1; s < symbol_count; s++)
        if (!plain[s]) plain[s] = s;
    for (int i = 0; i < example_count; i++) {
        int            units[2 * MAX_LETTERS];
        const example *e = &examples[i];
        if (!e->is_held) continue;
        const int n = say(e->letter, e->letters, units);
        held++, sounds += e->units;
        for (int s = 0; s < 2; s++) {
            const int d = distance(units, n, e->unit, e->units, s);
            wrong[s] += d, bad[s] += d > 0;
        }
    }
    if (held)
        printf("%d words held out: wrong sounds %.2f %% (with stress %.2f %%), words with an error %.1f %% (%.1f %%)\n", held,
               100 * wrong[0] / sounds, 100 * wrong[1] / sounds, 100 * bad[0] / held, 100 * bad[1] / held);
}

/* ---- packing ---- */

typedef struct bytes {
    uint8_t *data;
    size_t   size, room;
} bytes;
static void put(bytes *o, const void *data, size_t size) {
    if (o->size + size > o->room && !(o->data = realloc(o->data, o->room = o->room * 2 + size + 65536))) die("out of memory");
    if (size) memcpy(o->data + o->size, data, size);
    o->size += size;
}
static void put8(bytes *o, unsigned v) {
    const uint8_t byte = (uint8_t)v;
    put(o, &byte, 1);
}
static void put16(bytes *o, unsigned v) { put8(o, v & 255), put8(o, v >> 8); }
static void put32(bytes *o, uint32_t v) { put16(o, v & 0xffff), put16(o, v >> 16); }

/* Texts of the codes: one for each character, then what two codes one behind the other often are (byte pair encoding, Gage
 * 1994). The phonemes of all words lie in `run`, each ended by a 0. */
static char     code_text[256][40];
static int      code_count = 1;
static uint8_t *run;
static size_t   run_size;

static void make_codes(void) {
    static int pairs[256][256];
    size_t     room = 0;
    for (int w = 0; w < word_count; w++) room += strlen(words[w].value) + 1;
    run = need(room);
    for (int w = 0; w < word_count; w++)
        for (char *v = words[w].value; *v;) {
            v += 2; /* tag and = */
            while (*v && *v != '|') {
                const size_t n = char_size(v);
                int          c = 1;
                while (c < code_count && (strlen(code_text[c]) != n || memcmp(code_text[c], v, n))) c++;
                if (c == code_count) memcpy(code_text[code_count++], v, n);
                run[run_size++] = (uint8_t)c, v += n;
            }
            run[run_size++] = 0, v += *v == '|';
        }
    while (code_count < 255) {
        int first = 0, second = 0;
        memset(pairs, 0, sizeof pairs);
        for (size_t i = 0; i + 1 < run_size; i++)
            if (run[i] && run[i + 1] && strlen(code_text[run[i]]) + strlen(code_text[run[i + 1]]) < 32)
                pairs[run[i]][run[i + 1]]++;
        for (int a = 1; a < code_count; a++)
            for (int c = 1; c < code_count; c++)
                if (pairs[a][c] > pairs[first][second]) first = a, second = c;
        if (!first) break;
        snprintf(code_text[code_count], sizeof code_text[0], "%s%s", code_text[first], code_text[second]);
        size_t kept = 0;
        for (size_t i = 0; i < run_size; i++) {
            const int joins = i + 1 < run_size && run[i] == first && run[i + 1] == second;
            run[kept++] = joins ? (uint8_t)code_count : run[i], i += (size_t)joins;
        }
        run_size = kept, code_count++;
    }
}

static void put_long(bytes *o, size_t v) {
    if (v >= 15) put8(o, (unsigned)(v - 15));
}
static void pack_words(bytes *data, bytes *blocks) {
    const uint8_t *at = run;
    for (int w = 0; w < word_count; w++) {
        const char *word = words[w].word, *before = w % BLOCK ? words[w - 1].word : "";
        size_t      shared = 0, variants = 1;
        while (word[shared] && word[shared] == before[shared]) shared++;
        const size_t own = strlen(word) - shared;
        if (shared > 200 || own > 200) die("a word too long");
        if (w % BLOCK == 0) put32(blocks, (uint32_t)data->size);
        put8(data, (unsigned)((shared < 15 ? shared : 15) << 4 | (own < 15 ? own : 15)));
        put_long(data, shared), put_long(data, own), put(data, word + shared, own);
        for (const char *v = words[w].value; *v; v++) variants += *v == '|';
        const int is_plain = variants == 1 && words[w].value[0] == '0' && words[w].value[2];
        const int silver = words[w].is_silver ? 128 : 0;
        if (!is_plain) put8(data, (unsigned)(silver | 64 | (int)variants));
        for (const char *v = words[w].value;; v = strchr(v, '|') + 1) {
            const size_t n = strlen((const char *)at);
            if (n > 62) die("too many phonemes");
            if (is_plain) put8(data, (unsigned)(silver | (int)n));
            else put8(data, (unsigned)(v[0] - '0')), put8(data, (unsigned)n);
            put(data, at, n), at += n + 1;
            if (!strchr(v, '|')) break;
        }
    }
    put32(blocks, (uint32_t)data->size);
}

/* 257 offsets of 2 bytes into the texts behind them: text i lies between offset i and i + 1. */
static void put_texts(bytes *o, char (*text)[40], int count) {
    size_t at = 0;
    for (int i = 0; i <= 256; i++) put16(o, (unsigned)at), at += i < count ? strlen(text[i]) : 0;
    for (int i = 0; i < count; i++) put(o, text[i], strlen(text[i]));
}

static void pack_rules(bytes *o) {
    static char class_text[256][40];
    for (int k = 0; k < class_count; k++)
        snprintf(class_text[k], sizeof class_text[k], "%s%s", symbols[chunk_units[class_chunk[k]][0]],
                 symbols[chunk_units[class_chunk[k]][1]]);
    for (int l = 0; l < LETTERS; l++) put32(o, roots[l]);
    put(o, class_stress, sizeof class_stress);
    put_texts(o, class_text, class_count);
    put(o, tree, tree_size);
}

static uint32_t fnv(const uint8_t *p, size_t size) {
    uint32_t h = UINT32_C(2166136261);
    for (size_t i = 0; i < size; i++) h = (h ^ p[i]) * UINT32_C(16777619);
    return h;
}

static void pack(const char *path, const char *language) {
    bytes data = { 0 }, blocks = { 0 }, codes = { 0 }, rules = { 0 }, body = { 0 }, head = { 0 };
    make_codes(), pack_words(&data, &blocks), put_texts(&codes, code_text, code_count), pack_rules(&rules);
    const bytes *parts[4] = { &blocks, &codes, &rules, &data };
    uint32_t     at[4];
    for (int i = 0; i < 4; i++) {
        while (body.size % 4) put8(&body, 0);
        at[i] = 64 + (uint32_t)body.size, put(&body, parts[i]->data, parts[i]->size);
    }
    char name[8] = { 0 };
    memcpy(name, language, strlen(language) < 7 ? strlen(language) : 7);
    put32(&head, fnv(body.data, body.size)), put(&head, name, 8), put32(&head, (uint32_t)word_count);
    for (int i = 0; i < 4; i++) put32(&head, at[i]), put32(&head, (uint32_t)parts[i]->size);
    bytes file = { 0 };
    put(&file, "xblexic1", 8), put32(&file, (uint32_t)(64 + body.size)), put32(&file, fnv(head.data, head.size));
    put(&file, head.data, head.size), put(&file, body.data, body.size);
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(file.data, 1, file.size, f) != file.size || fclose(f)) die("the file could not be written");
    fprintf(stderr, "%d words, %zu bytes: words %zu, blocks %zu, rules %zu\n", word_count, file.size, data.size, blocks.size,
            rules.size);
}

int main(int argc, char **argv) {
    if (argc < 3) die("OUT LANGUAGE [HELD-OUT]");
    read_words();
    collect(argc > 3 ? atoi(argv[3]) : 0);
    align();
    learn(1.0);
    judge();
    pack(argv[1], argv[2]);
    return 0;
}
