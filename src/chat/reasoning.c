/* chat/reasoning.c - see reasoning.h. What is held is blanks, then the beginning of a tag. */
#include "chat/reasoning.h"

#include <string.h>

enum { BLANKS = 40 };

enum { AT_BEGIN, ANYWHERE, HARMONY };

static const struct {
    const char *open, *close; /* close NULL: the mark alone is dropped */
    int         where;
} tags[] = {
    { "<think>", "</think>", AT_BEGIN },
    { "<thinking>", "</thinking>", AT_BEGIN },
    { "<|channel>thought", "<channel|>", ANYWHERE },
    { "[THINK]", "[/THINK]", AT_BEGIN },
    { "<seed:think>", "</seed:think>", AT_BEGIN },
    { "<|START_THINKING|>", "<|END_THINKING|>", AT_BEGIN },
    { "<|channel|>analysis<|message|>", "<|end|>", HARMONY },
    { "<|channel|>commentary<|message|>", NULL, HARMONY }, /* 32 bytes, the longest */
    { "<|channel|>final<|message|>", NULL, HARMONY },
    { "<|start|>assistant", NULL, HARMONY },
    { "<|end|>", NULL, HARMONY },
};
enum { TAGS = sizeof tags / sizeof tags[0] };

static int is_blank(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

void xb_reasoning_init(xb_reasoning *r, xb_reasoning_fn take, void *ctx, const char *prompt, size_t prompt_bytes) {
    *r = (xb_reasoning){ .take = take, .ctx = ctx, .is_begin = 1 };
    while (prompt_bytes > 0 && is_blank(prompt[prompt_bytes - 1])) prompt_bytes--;
    for (uint8_t i = 0; i < TAGS; i++) {
        size_t n = strlen(tags[i].open);
        if (prompt_bytes < n || memcmp(prompt + prompt_bytes - n, tags[i].open, n) != 0) continue;
        r->is_harmony = tags[i].where == HARMONY;
        r->is_inside = r->drops_blanks = tags[i].close != NULL;
        r->row = i;
    }
}

/* How the text stands to a tag: 2 = it is the tag, 1 = its beginning, 0 = neither. */
static int compare(const char *text, size_t size, const char *tag) {
    size_t n = strlen(tag);
    if (size > n || memcmp(text, tag, size) != 0) return 0;
    return size == n ? 2 : 1;
}

static int is_looked_for(const xb_reasoning *r, int tag) {
    return tags[tag].where == AT_BEGIN ? r->is_begin : tags[tag].where == ANYWHERE || r->is_harmony;
}

/* The same for what may come now: the end of this part, or the beginning of one. */
static int compare_tags(xb_reasoning *r, const char *text, size_t size) {
    int best = 0;
    if (r->is_inside) return compare(text, size, tags[r->row].close);
    for (uint8_t i = 0; i < TAGS && best < 2; i++) {
        int found = is_looked_for(r, i) ? compare(text, size, tags[i].open) : 0;
        if (found > best) best = found;
        if (found == 2) r->row = i;
    }
    return best;
}

static void give(xb_reasoning *r, size_t size) {
    if (size > 0) r->take(r->ctx, r->is_inside, r->held, size);
    r->held_size = (uint8_t)(r->held_size - size);
    memmove(r->held, r->held + size, r->held_size);
}

/* Gives or drops from the front until what is held can wait. */
static void settle(xb_reasoning *r) {
    while (r->held_size > 0) {
        size_t blanks = 0;
        while (blanks < r->held_size && is_blank(r->held[blanks])) blanks++;
        if (blanks > 0 && r->drops_blanks) {
            r->held_size = (uint8_t)(r->held_size - blanks);
            memmove(r->held, r->held + blanks, r->held_size);
            continue;
        }
        size_t may_wait = r->is_inside || r->is_begin ? BLANKS : 0; /* they are a tag's if one follows */
        if (blanks > may_wait) {
            give(r, 1);
            continue;
        }
        int found = blanks == r->held_size ? 1 : compare_tags(r, r->held + blanks, r->held_size - blanks);
        if (found == 1) return;
        if (found == 2) {
            r->held_size = 0;
            r->drops_blanks = tags[r->row].close != NULL;
            r->is_inside = r->drops_blanks && !r->is_inside;
            r->is_begin = 1;
            return;
        }
        r->drops_blanks = 0;
        if (!r->is_inside) r->is_begin = 0;
        give(r, blanks + 1);
    }
}

void xb_reasoning_feed(xb_reasoning *r, const char *text, size_t size) {
    for (size_t i = 0; i < size;) {
        size_t end = i;
        if (r->held_size == 0 && !r->is_begin && !r->is_inside) /* the plain answer, at once */
            while (end < size && text[end] != '<') end++;
        if (end > i) {
            r->take(r->ctx, 0, text + i, end - i);
            i = end;
            continue;
        }
        r->held[r->held_size++] = text[i++];
        settle(r);
    }
}

void xb_reasoning_finish(xb_reasoning *r) {
    size_t end = r->held_size;
    if (r->is_inside)
        while (end > 0 && is_blank(r->held[end - 1])) end--; /* nothing follows them */
    give(r, end);
    r->held_size = 0;
}
