/* What is thought and what is said, however it is cut. */
#include "answer_rig.h"

static void check_with(const char *prompt, const char *bytes, const char *wanted) {
    const xb_answer_options o = { .prompt = prompt, .prompt_bytes = prompt ? strlen(prompt) : 0 };
    answer_check(&o, bytes, strlen(bytes), wanted);
}
static void check(const char *bytes, const char *wanted) { check_with(NULL, bytes, wanted); }

static void parts_thoughts(void) {
    check("<think>\nI see.\n</think>\n\nHello.", "reasoning{I see.}text{Hello.}");
    check("<thinking>a</thinking>b", "reasoning{a}text{b}");
    check("[THINK]a[/THINK]b", "reasoning{a}text{b}");
    check("<seed:think>a</seed:think>b", "reasoning{a}text{b}");
    check("<|START_THINKING|>a<|END_THINKING|>b", "reasoning{a}text{b}");
    check(" \n<think>a\n\nb </think> c", "reasoning{a\n\nb}text{c}");
    check("<think>\n\n</think>\n\nHi", "text{Hi}");
    check("<think>a</think><think>b</think>c", "reasoning{ab}text{c}");
    check("<think>\xE2\x82\xAC</think>\xE2\x82\xAC", "reasoning{\xE2\x82\xAC}text{\xE2\x82\xAC}");
    check("<think>never closed \n", "reasoning{never closed}");
    check("<think>", "");
    check("<think></think>", "");
    check("", "");
}

static void knows_gemmas_channels(void) {
    check("<|channel>thought\nWhy?\n<channel|>Because.", "reasoning{Why?}text{Because.}");
    check("<|channel>thought\n<channel|>Because.", "text{Because.}");
    check("One.<|channel>thought\nTwo?<channel|>Three.", "text{One.}reasoning{Two?}text{Three.}");
    check("a <|channel>other b", "text{a <|channel>other b}");
    check("<<|channel>thought\nx<channel|>", "text{<}reasoning{x}");
}

static void begins_where_the_prompt_ends(void) {
    check_with("<|Assistant|><think>\n", "Let me see.\n</think>\n\nYes.", "reasoning{Let me see.}text{Yes.}");
    check_with("user <think>\n\n</think>\n\n", "Yes.", "text{Yes.}");
    check_with("<|turn>model\n<|channel>thought", "\nx<channel|>y", "reasoning{x}text{y}");
    check_with("<think>", "not closed <think>", "reasoning{not closed <think>}");
    check_with("<|start|>assistant", "<|channel|>analysis<|message|>a\n<|end|><|start|>assistant<|channel|>final<|message|>b",
               "reasoning{a}text{b}");
    check("<|end|> <|start|>assistant", "text{<|end|> <|start|>assistant}"); /* no such prompt */
    check_with("<think> or not", "said", "text{said}");
    check_with("<think>", "a</thinking>b</think>c", "reasoning{a</thinking>b}text{c}"); /* each its own end */
}

static void swallows_nothing(void) {
    check("A <think> tag is closed by </think>.", "text{A <think> tag is closed by </think>.}");
    check("<thin", "text{<thin}");
    check("<thin k>", "text{<thin k>}");
    check("  <b>", "text{  <b>}");
    check("\n\n", "text{\n\n}");
    check("<think>a</thin</think>b", "reasoning{a</thin}text{b}");
    check("<think>a <</think>b", "reasoning{a <}text{b}");
    check("<think>x                                                      y</think>z",
          "reasoning{x                                                      y}text{z}");
    check("<think>a</think>b<think>c</think>", "reasoning{a}text{b<think>c</think>}");
    check("</think>a", "text{</think>a}");
    check("[1, 2] < 3", "text{[1, 2] < 3}");
}

static void stays_in_the_text_if_wanted(void) {
    const char             *bytes = "<think>a</think>b";
    const xb_answer_options o = { .keeps_reasoning = 1 };
    answer_check(&o, bytes, strlen(bytes), "text{<think>a</think>b}");
}

static void stops_anywhere(void) {
    static const char *const stops[] = { "END", "</s>" };
    const xb_answer_options  o = { .stops = stops, .stop_count = 2 };
    const char              *bytes = "<think>a</think>b</s>c";
    answer_check(&o, bytes, strlen(bytes), "reasoning{a}text{b}");
    bytes = "<think>a END b</think>c";
    answer_check(&o, bytes, strlen(bytes), "reasoning{a}");
    bytes = "a EN <\xFF";
    answer_check(&o, bytes, strlen(bytes), "text{a EN <\xEF\xBF\xBD}");
}

/* What is not a tag or a blank beside one comes out, in order, whatever it is. */
static void loses_no_letter(void) {
    static const char *const parts[] = { "<think>", "</think>", "<thi", "nk>",      "<|channel>thought", "<channel|>", "x", "<",
                                         ">",       "\n",       " ",    "\xC3\xA9", "[THINK]",           "[/THINK]",   "y<" };
    for (int round = 0; round < CHECK_ROUNDS(3000); round++) {
        char                    bytes[256], letters[256], found_letters[256];
        size_t                  n = 0, m = 0;
        xb_test_mem             tm;
        xybrid_error            err;
        xb_str                  first, second;
        const xb_answer_options o = { .prompt = round % 3 ? "" : "<think>", .prompt_bytes = round % 3 ? 0 : 7 };
        bytes[0] = 0;
        for (uint32_t i = 1 + answer_below(14); i > 0; i--) strcat(bytes, parts[answer_below(15)]);
        xb_test_mem_init(&tm, 0, 0);
        CHECK_INT(answer_run(&tm.mem, &o, bytes, strlen(bytes), 0, &first, &err), XYBRID_OK);
        CHECK_INT(answer_run(&tm.mem, &o, bytes, strlen(bytes), 1 + answer_below(8), &second, &err), XYBRID_OK);
        CHECK_STR(second.data, first.data);
        for (const char *p = bytes; *p; p++)
            if (*p == 'y' || *p == 'x' || (uint8_t)*p == 0xA9) letters[n++] = *p;
        for (const char *p = first.data; *p; p++) {
            if (strncmp(p, "text{", 5) == 0) p += 4;
            else if (strncmp(p, "reasoning{", 10) == 0) p += 9;
            else if (*p == 'y' || *p == 'x' || (uint8_t)*p == 0xA9) found_letters[m++] = *p;
        }
        CHECK(n == m && memcmp(letters, found_letters, n) == 0);
        xb_str_free(&first), xb_str_free(&second);
        CHECK_INT(tm.live_blocks, 0);
    }
}

CHECK_MAIN(RUN(parts_thoughts), RUN(knows_gemmas_channels), RUN(begins_where_the_prompt_ends), RUN(swallows_nothing),
           RUN(stays_in_the_text_if_wanted), RUN(stops_anywhere), RUN(loses_no_letter))
